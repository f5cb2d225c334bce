"""The counts of a review's flow diagram, as it prints them, and of the tables here."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from ..files.yamlfile import load_rules
from .frames import named_series, outcome_effects, pooled, response_effects, single_arms, whole_series

COLUMNS = ["stage", "step", "place", "title", "id", "label", "count"]


@cache
def layout() -> list[Mapping]:
    """flow.yml: the stages, their boxes and the lines of each."""
    return load_rules(Path(__file__).with_name("flow.yml"))


def review_flow(evidence) -> pd.DataFrame:
    """The lines of the diagram (COLUMNS), one row a line, from the top; place : 'box' or 'side'; count : as printed, ''
    where the review does not print it. Source of the boxes: Page 2021."""
    known = {e.id: e.printed("value")[0].shown for e in evidence.registry.of("stated")} if evidence.registry else {}
    steps = [(stage["stage"], step) for stage in layout() for step in stage["steps"]]
    rows = [
        (stage, number, place, step[place].get("title", ""), name, label, known.get(name, ""))
        for number, (stage, step) in enumerate(steps)
        for place in ("box", "side")
        if place in step
        for name, label in step[place]["lines"].items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def pool_flow(evidence) -> pd.DataFrame:
    """What the tables here hold: id, label, count (studies), level (0, or 1 for a part of the row above it).

    Rows of trials.csv with one registration are comparisons of one trial; rows of series.csv may be arms of one study.
    """
    rows = evidence.trials[evidence.trials["rechallenge"] == "yes"]
    trials = rows["nct"].where(rows["nct"] != "", rows["study"]).nunique()
    whole, named = whole_series(evidence), named_series(evidence)
    pools = {
        "OS": outcome_effects(evidence, "os"),
        "PFS": outcome_effects(evidence, "pfs"),
        "ORR": response_effects(evidence),
    }
    rows = [
        ("studies", "Studies", trials + _studies(whole), 0),
        ("randomised_trials", "Randomised trials of rechallenge", trials, 0),
        *((f"pooled_{name.lower()}", f"pooled for {name}", len(pooled(frame)), 1) for name, frame in pools.items()),
        ("single_arm_trials", "Single-arm studies", _studies(whole), 0),
        ("orr", "with a count of responders", _studies(single_arms(evidence, "orr")), 1),
        ("dcr", "with a count of disease control", _studies(single_arms(evidence, "dcr")), 1),
        ("mpfs", "with a median PFS", _studies(named[named["mpfs"].notna()]), 1),
    ]
    return pd.DataFrame(rows, columns=["id", "label", "count", "level"])


def _studies(rows) -> int:
    """How many studies rows of the series are of: arms and parts of one study count once."""
    return int(rows["trial"].nunique())

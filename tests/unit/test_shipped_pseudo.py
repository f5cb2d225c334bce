"""The shipped pseudo-cohorts among those that give the same
prints: near the middle, without heaps, with what is said.
"""

import numpy as np
import pandas as pd
import pytest

from papercheck.reconstruction.anneal import Solution
from papercheck.reconstruction.attained import with_groups
from papercheck.reconstruction.ensemble import values_of
from papercheck.reconstruction.folder import SHOWN
from papercheck.registry.labels import group_label
from papercheck.registry.registry import load_registry
from papercheck.registry.targets import label_levels
from papercheck.replicate.record import read_record
from rechallenge.replication.verdict import replicate_study
from tests.conftest import project

DRAWN = ["xu-2023", "shi-2026"]


def shipped(study):
    """The registry of a study and its cohort as the reconstruction had it."""
    folder, registry = project() / "data" / study, load_registry(study)
    adsl = pd.read_csv(folder / "adsl.csv", dtype=str).set_index("USUBJID")
    adtte = pd.read_csv(folder / "adtte.csv").set_index("USUBJID")
    levels = {name: found for name, found in label_levels(registry).items() if name in adsl and found}
    subjects = pd.DataFrame(
        {name: pd.Categorical(adsl[name], found, ordered=True) for name, found in levels.items()}, adsl.index
    )
    outcomes = {e: rows[["AVAL", "CNSR"]] for e, rows in adtte.groupby("PARAMCD")}
    return registry, Solution(0, with_groups(subjects, registry), outcomes)


def places(study):
    """{quantity: (value, lowest, middle, highest)} of what is not printed, in the shipped cohort and in those drawn."""
    registry, cohort = shipped(study)
    values = {what: each[0] for *what_, each in values_of([cohort], registry) for what in [tuple(what_)]}
    for column in cohort.subjects:
        for level in cohort.subjects[column].cat.categories:
            count = float((cohort.subjects[column] == level).sum())
            values["", "size", group_label({column: level}, registry)] = count
    found = {}
    for row in read_record(project() / "data" / study).spread:
        what = row["endpoint"], row["quantity"], row["group"]
        if row["quantity"] in SHOWN and what in values:
            found[what] = (values[what], *(row[k] for k in ("lowest", "middle", "highest")))
    return found


@pytest.mark.parametrize("study", DRAWN)
def test_the_cohort_that_is_shown_is_no_extreme_of_those_drawn(study):
    found = places(study)
    ends = [
        what
        for what, (value, low, middle, high) in found.items()
        if np.isnan(value) or (value <= low * 1.000001 and low < middle) or (value >= high * 0.999999 and middle < high)
    ]
    primary = load_registry(study).cohort["primary_endpoint"]
    assert sum(what[0] == primary for what in found) >= 7 and not any(what[0] == primary for what in ends)
    assert len(ends) < 0.1 * len(found)


@pytest.mark.parametrize("study", DRAWN)
def test_no_more_patients_have_one_time_than_chance_on_the_printed_grid_gives(study):
    registry, cohort = shipped(study)
    for rows in cohort.outcomes.values():
        steps = rows["AVAL"].quantile(0.75) / registry.own["grid"]  # so many times hold three of four patients
        allowed = 3 if len(rows) / steps < 0.2 else 5
        assert rows["AVAL"].value_counts().max() <= allowed


@pytest.mark.slow
@pytest.mark.parametrize("study", DRAWN)
def test_what_the_paper_says_in_words_was_imposed_and_holds(study):
    replication = replicate_study(load_registry(study))
    for check in replication.claims:
        assert check.imposed == (check.claim.kind != "other") and (check.state == "held") == check.imposed

"""What the endpoints of an outcome are called, and the ids that its results share."""

from collections.abc import Sequence

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.facts import LANGUAGES
from smallsurv.curve import observed

from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..replication.prints import events_known
from ..results import Result, results
from ..show.labels import landmark_suffix
from ..text.language import say, speaking
from ..text.words import listed

COURSES = "PARAMCD"  # `by` where the groups are the endpoints of the same patients


def endpoint_label(outcome: Outcome, short: bool = False) -> str:
    """What the endpoints of the outcome are called together, with the landmark."""
    codes = outcome.endpoints
    labels = [endpoint_rule(outcome.cohort, c)["short" if short else "label"] for c in codes]
    several = "Progression-free survival" if all("PFS" in c for c in codes) else "Survival"
    return say(labels[0] if len(labels) == 1 else several) + landmark_suffix(outcome)


def needs_event(outcome: Outcome) -> None:
    """Raises NotAvailable where nobody has the event, or the source of a reconstruction does not print who had it."""
    if observed(outcome.rows["CNSR"]).any():
        return
    label = endpoint_label(outcome, True)
    if not any(events_known(outcome.cohort, code) for code in outcome.endpoints):
        raise NotAvailable(say("needs the events of {endpoint}, which are not printed.", endpoint=label))
    raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=label))


def endpoint_words(outcome: Outcome, landmark: bool = True) -> str:
    """The English words of results.csv for the endpoints of an outcome; for people, never read back."""
    codes = outcome.endpoints
    several = "Progression-free survival" if all("PFS" in c for c in codes) else "Survival"
    one = endpoint_rule(outcome.cohort, codes[0])["short"] if len(codes) == 1 else several
    months = f"{outcome.landmark:g} month{'' if outcome.landmark == 1 else 's'}"
    return one + (f" from {months} on" if outcome.landmark and landmark else "")


def short_labels(outcome: Outcome) -> str:
    """The short labels of the endpoints, without the landmark: 'PFSR and PFS1'."""
    return listed(endpoint_rule(outcome.cohort, code)["short"] for code in outcome.endpoints)


def short_words(outcome: Outcome) -> str:
    """`short_labels` in the English of results.csv."""
    with speaking(LANGUAGES[0]):
        return str(short_labels(outcome))


def outcome_results(
    outcome: Outcome, frame: pd.DataFrame, quantity: str, units: dict, by: str | None = None, **place
) -> list[Result]:
    """Results of an outcome: each knows its endpoint, factor and landmark.

    Where the groups are the courses of the same patients, the level is the endpoint.
    """
    codes = outcome.endpoints
    if by == COURSES and "group" in frame:
        frame = frame.assign(endpoint=frame["group"].astype(str))
    elif len(codes) == 1:
        place = {"endpoint": codes[0]} | place
    place = {"by": by or "", "landmark": outcome.landmark, "item": endpoint_words(outcome)} | place
    return results(frame.drop(columns=[c for c in place if c in frame]), quantity, units, **place)


def fewest_of(rows: pd.DataFrame, factor: str, levels: Sequence[str]) -> int:
    """Of the groups of rows (with CNSR) that have these levels of a factor, the fewest patients with the event."""
    event = observed(rows["CNSR"])
    return min(int((event & (rows[factor].astype(object) == level)).sum()) for level in levels)

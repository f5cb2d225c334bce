"""What the sentences of one part of a paper are about, carried from each to the next by declared rules.

begin   another heading: nothing but the last endpoint is carried
topic   a sentence headed by one group, `In the A group, ...`: its patients, for sentences that name none; of patients
        that words describe, `Among those with X, ...`, a person says whether the next sentence is of all again
ends    all, overall, entire, whole; other patients named; no number: the topic ends
those   `Among these patients, ...`: the one group of the sentence before; where it names none or two, a person says
some    `Among 30 patients with X` of a study of 52: numbers that name nobody are for a person, until one says all
"""

import re
from dataclasses import dataclass, field, fields, replace

from .held import as_printed
from .phrases import is_share
from .scope import cohort_head, head_of

EVERYBODY = "all"
EVERYONE = re.compile(r"\b(?:all|overall|whole|entire|total|full|both|pooled)\b|全组|总体|全部|所有", re.I)
ALL_AGAIN = re.compile(r"\b(?:all|overall|whole|entire)\b(?! (?:survival|response|grades?))|全组|总体|全部|所有", re.I)
THOSE = re.compile(
    r"\s*(?:(?:Among|In|For|Of|Within) (?:all )?(?:of )?(?:these|those|them|this (?:sub)?(?:group"
    r"|population))\b|Their\b)"
)
ONCE = ("median_survival", "survival_rate")
OF_PATIENTS = (*ONCE, "median", "mean", "sd", "range", "iqr")


@dataclass
class Discourse:
    """What is carried; the study that a paper is of adds what holds for the whole paper."""

    section: tuple = ()
    last_endpoint: str = ""
    several: bool = False  # whether the last sentence with endpoints named several times to event
    last_groups: list[str] = field(default_factory=list)
    last_run: list[str] = field(default_factory=list)  # the groups of the last numbers that stood together, in order
    course: str = ""
    cohort: str = ""  # the part of the patients that the sentences are about, and the groups that it was divided in
    cohort_groups: set[str] = field(default_factory=set)
    in_turn: bool = False  # whether the sentence before set two groups side by side
    topic: str = ""  # the one group that headed a sentence, until other patients are named
    open: bool = False  # whether the topic are patients that words describe: the next sentence may be of all again
    of_some: bool = False  # whether the sentences since are of fewer, whom one named, until one says all again
    previous: str = ""  # the patients that the sentence before was about
    matched: bool = False  # whether a sentence before says that what follows is of matched or weighted patients

    def begin(self, place: tuple):
        """Another heading: nothing but the last endpoint is carried on."""
        if self.section == place:
            return
        fresh = Discourse(section=place, last_endpoint=self.last_endpoint, several=self.several)
        for known in fields(Discourse):
            setattr(self, known.name, getattr(fresh, known.name))


def is_once(reading) -> bool:
    """Whether a reading is a number that a group of patients has one of: a median, a rate, a share of responders."""
    share = reading.statistic == "percent" and is_share(reading.endpoint)
    return bool(reading.value) and (reading.statistic in ONCE or share)


def of_the_topic(scene, made: list) -> list:
    """The readings of a sentence that names no patients, of those that headed a sentence before."""
    study = scene.study
    head = head_of(scene) or cohort_head(scene)
    named = {m.name for m in scene.groups if m.kind != "bare"}
    if head and named == {head.name}:
        study.topic, study.open = head.name, head.kind == "with"
    elif named or not scene.forms or ALL_AGAIN.search(scene.text):
        study.topic = ""
    if named or not study.topic:
        return made
    open_ = [r for r in made if (r.statistic in OF_PATIENTS or is_once(r)) and not r.group]
    if study.open:
        return [as_printed(r) if r in open_ else r for r in made]  # of those with X, or of all again?
    return [replace(r, group=study.topic) if r in open_ else r for r in made]


def of_those(study, made: list, text: str) -> list:
    """`Among these patients, ...`: of those that the sentence before was about; where it does not say, for a person."""
    if not THOSE.match(text) or study.previous == EVERYBODY:
        return made
    open_ = [r for r in made if is_once(r) and not r.group]
    if not study.previous:
        return [as_printed(r) if r in open_ else r for r in made]
    return [replace(r, group=study.previous) if r in open_ else r for r in made]


def population(scene, made: list) -> str:
    """The patients that a next sentence means by `among these`: EVERYBODY, a group, or '' where it is not told."""
    if any(r.endpoint in ("patients included", "evaluable") and not r.group for r in made):
        return EVERYBODY
    named = {m.name for m in scene.groups if m.kind == "with"}
    return named.pop() if len(named) == 1 else ""

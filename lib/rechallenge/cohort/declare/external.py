"""The published arm with which cohort.yml asks to compare a cohort of one arm: what is printed of it, and its curve."""

from math import log
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from papercheck.files.findings import Message, did_you_mean
from papercheck.files.models import Entry, Text, wrong

PRINTED = ("mean", "sd", "median")  # what may be printed of a number; of a factor with levels: the share of each level
OFF = 0.1  # of its width by which a hazard ratio may lie beside the middle of its interval, on the log scale
SLACK = 0.02  # by which printed shares of all levels may miss 1
Above = Annotated[float, Field(gt=0)]


def _file(value):
    if Path(value).name != value or not value:
        raise wrong("expected the name of a file in the folder curves", "Such as os_points.csv.")
    return value


File = Annotated[Text, AfterValidator(_file)]


class ControlCurve(Entry):
    """A digitized curve; its files stand in the folder `curves` beside cohort.yml, times in months."""

    points: File = Field(
        description="CSV with the columns time, survival (1 to 0, or 100 to 0), as papercheck writes it."
    )
    at_risk: File | None = Field(None, description="CSV with the columns time, n; from time 0 on.")
    events: Annotated[int, Field(ge=0)] | None = Field(None, description="The printed total of events.")


class ControlResponse(Entry):
    """How many of the published arm responded."""

    responders: Annotated[int, Field(ge=0)] = Field(description="Patients with CR or PR.")
    patients: Annotated[int, Field(ge=1)] = Field(description="All patients of the arm.")

    @model_validator(mode="after")
    def _within(self):
        if self.responders > self.patients:
            raise wrong("more responders than patients", "Give the counts as printed: {responders: 12, patients: 60}.")
        return self


class Anchor(Entry):
    """The common comparator: an arm here, against which the published arm has a printed hazard ratio."""

    arm: Text = Field(description="Which level of the arm of `treatment` the published arm was also compared with.")
    hr: Above = Field(description="The printed hazard ratio of the published arm against that comparator.")
    ci: tuple[Above, Above] = Field(description="Its printed 95% interval: [0.45, 0.85].")
    modifiers: tuple[Text, ...] = Field(
        (), description="Which factors of `baseline` may change the effect; without any, all of them."
    )

    @model_validator(mode="after")
    def _in_the_middle(self):
        low, high = self.ci
        if not low < self.hr < high:
            raise wrong("the hazard ratio lies outside of its interval", "Give all three as printed.")
        if abs(log(self.hr**2 / (low * high))) > 2 * OFF * log(high / low):
            raise wrong("the hazard ratio is not in the middle of its interval", "Look the three numbers up again.")
        return self


class ExternalControl(Entry):
    """One published arm. median, rates ({months: share free of the
    event}), curve or patients; baseline: what is printed of it.
    """

    trial: Text = Field(
        "",
        description="A trial of the literature, whose median is taken: CONTACT-01; or one whose arms come with their curves: CHECKMATE-057.",
    )
    trial_arm: Literal["control", "experimental"] = Field("control", description="Which arm of `trial`.")
    label: Text = Field("", description="What the arm had, in words: docetaxel after platinum.")
    source: Text = Field("", description="The paper, with its table and figure.")
    endpoint: Literal["PFSR", "OS"] = Field(description="PFSR or OS: the endpoint of its numbers.")
    median: Above | None = Field(None, description="Its median, in months.")
    rates: dict[Above, Annotated[float, Field(gt=0, lt=1)]] = Field(
        {}, description="Shares free of the event at months: {12: 0.39}."
    )
    curve: ControlCurve | None = Field(
        None, description="Its digitized curve: {points: FILE, at_risk: FILE, events: N}."
    )
    patients: File | None = Field(
        None,
        description=(
            "In place of `curve`: CSV in the folder `curves` with time (months), event; as papercheck writes it."
        ),
    )
    arm: Text = Field("", description="Which arm of `patients`, where it has a column arm.")
    baseline: dict[Text, dict[Text, float]] = Field(
        {}, description="Its printed baseline: {AGE: {mean: 62, sd: 9}, ECOG: {'1': 0.67}}."
    )

    response: ControlResponse | None = Field(None, description="Its responses: {responders: 12, patients: 60}.")
    anchor: Anchor | None = Field(
        None, description="A comparator that both have: {arm: '0', hr: 0.62, ci: [0.45, 0.85]}."
    )

    @model_validator(mode="after")
    def _says_something(self):
        if self.trial and (self.median or self.label or self.source):
            raise wrong("`trial` says it already", "Leave out label, source and median, or trial.")
        if not self.trial and not (self.label and self.source):
            raise wrong("needs a label and a source", "Or name a `trial` of the literature, such as CONTACT-01.")
        if self.curve and self.patients:
            raise wrong("says the same in two ways", "Give one of curve, patients.")
        told = (self.trial, self.median, self.rates, self.curve, self.patients, self.response, self.anchor)
        if not any(told):
            raise wrong("nothing to compare with", "Give trial, median, rates, curve, patients, response or anchor.")
        return self


def check_external(told: ExternalControl, factors, treatment, fault):
    """Find entries of the baseline, and a comparator, that the cohort cannot have; fault(path, rule, action, value)
    takes every fault found."""
    if told.anchor:
        _check_anchor(told, factors, treatment, fault)
    for name, printed in told.baseline.items():
        path = ("external_control", "baseline", name)
        if name not in factors:
            fault(path, "not a factor", did_you_mean(name, factors), name)
        elif factors[name].after_baseline:
            fault(path, "arises after the start, and is no baseline", "Leave it out.", name)
        elif factors[name].levels:
            _check_shares(path, printed, factors[name].levels, fault)
        else:
            _check_numbers(path, printed, fault)


def _check_anchor(told: ExternalControl, factors, treatment, fault):
    path, anchor = ("external_control", "anchor"), told.anchor
    if treatment is None or treatment.arm not in factors:
        fault(path, "needs two arms here", "Name the factor that holds them under `treatment`.", anchor.arm)
    elif anchor.arm not in factors[treatment.arm].levels:
        levels = factors[treatment.arm].levels
        fault(
            (*path, "arm"),
            Message("not a level of {arm}", arm=treatment.arm),
            did_you_mean(anchor.arm, levels),
            anchor.arm,
        )
    for name in anchor.modifiers:
        if name not in told.baseline:
            fault((*path, "modifiers"), "not in `baseline`", did_you_mean(name, told.baseline), name)


def _check_shares(path: tuple, printed: dict[str, float], levels: Any, fault):
    for level, share in printed.items():
        if level not in levels:
            fault((*path, level), "not a level of it", did_you_mean(level, levels), level)
        elif not 0 <= share <= 1:
            fault((*path, level), "expected a share from 0 to 1", "Write 67% as 0.67.", share)
    total, every = sum(printed.values()), set(printed) == set(levels)
    if total > 1 + SLACK or every and total < 1 - SLACK:
        fault(
            path, Message("the shares add up to {total}", total=f"{total:g}"), "Of all levels they add up to 1.", total
        )


def _check_numbers(path: tuple, printed: dict[str, float], fault):
    for key in printed:
        if key not in PRINTED:
            fault((*path, key), "unknown key", did_you_mean(key, PRINTED), key)
    if "sd" in printed and ("mean" not in printed or printed["sd"] <= 0):
        fault((*path, "sd"), "needs a mean, and lies above 0", "Give both, or leave it out.", printed["sd"])

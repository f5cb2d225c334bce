"""The published arm with which cohort.yml asks to compare a cohort of one arm: what is printed of it, and its curve."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from papercheck.files.findings import did_you_mean
from papercheck.files.models import Entry, Text, wrong

PRINTED = ("mean", "sd", "median")  # what may be printed of a number; of a factor with levels: the share of each level
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


class ExternalControl(Entry):
    """One published arm. median, rates ({months: share free of the
    event}), curve or patients; baseline: what is printed of it.
    """

    trial: Text = Field("", description="A trial of the literature, whose median is taken: CONTACT-01.")
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

    @model_validator(mode="after")
    def _says_something(self):
        if self.trial and (self.median or self.label or self.source):
            raise wrong("`trial` says it already", "Leave out label, source and median, or trial.")
        if not self.trial and not (self.label and self.source):
            raise wrong("needs a label and a source", "Or name a `trial` of the literature, such as CONTACT-01.")
        if self.curve and self.patients:
            raise wrong("says the same in two ways", "Give one of curve, patients.")
        if not (self.trial or self.median or self.rates or self.curve or self.patients):
            raise wrong("nothing to compare with", "Give trial, median, rates, curve or patients.")
        return self


def check_external(told: ExternalControl, factors, fault):
    """Find entries of the baseline that the cohort cannot have;
    fault(path, rule, action, value) takes every fault found.
    """
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


def _check_shares(path: tuple, printed: dict[str, float], levels: Any, fault):
    for level, share in printed.items():
        if level not in levels:
            fault((*path, level), "not a level of it", did_you_mean(level, levels), level)
        elif not 0 <= share <= 1:
            fault((*path, level), "expected a share from 0 to 1", "Write 67% as 0.67.", share)
    total, every = sum(printed.values()), set(printed) == set(levels)
    if total > 1 + SLACK or every and total < 1 - SLACK:
        fault(path, f"the shares add up to {total:g}", "Of all levels they add up to 1.", total)


def _check_numbers(path: tuple, printed: dict[str, float], fault):
    for key in printed:
        if key not in PRINTED:
            fault((*path, key), "unknown key", did_you_mean(key, PRINTED), key)
    if "sd" in printed and ("mean" not in printed or printed["sd"] <= 0):
        fault((*path, "sd"), "needs a mean, and lies above 0", "Give both, or leave it out.", printed["sd"])

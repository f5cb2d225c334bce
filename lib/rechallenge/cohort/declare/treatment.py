"""The treatment that cohort.yml declares: which factor holds the arms, what to balance, when the arms were decided."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from papercheck.files.findings import Message, did_you_mean
from papercheck.files.models import Entry, Text, wrong

DECIDED = ("at zero", "after zero")


class Treatment(Entry):
    """`arm` is a factor with levels; `covariates` are factors; `decided` is one of DECIDED, or '' where nobody says."""

    arm: Text = ""
    covariates: tuple[Text, ...] = Field((), description="Write it as [AGE, SEX].")
    decided: Literal[DECIDED] = Field("", description="at zero: the arms were settled at the start of the endpoint.")
    note: Text = ""
    strata: tuple[Text, ...] = Field(
        (), description="Factors with levels, within which the arms are also compared: [ECOG]."
    )
    milestones: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (), description="Months at which the arms are compared."
    )
    further: bool = Field(
        False, description="true: the arms are also compared by other tests, matching and other weights."
    )

    @model_validator(mode="before")
    @classmethod
    def _arm_alone(cls, data):
        if isinstance(data, list):
            raise wrong("expected the name of a factor, or indented `name: value` lines")
        return data if isinstance(data, dict) else {"arm": data}


def check_treatment(treatment, factors, fault):
    """Find an arm or covariates that are no factors; fault(path, rule, action, value) takes every fault found."""
    arm, covariates = treatment.arm, treatment.covariates
    levelled = [name for name, factor in factors.items() if factor.levels]
    if arm not in levelled:
        fault(("treatment", "arm"), "not a factor with levels", did_you_mean(arm, levelled), arm or "missing")
    for i, name in enumerate(covariates):
        if name == arm or name in covariates[:i]:
            rule = "the arm itself" if name == arm else "stands twice"
            fault(("treatment", "covariates"), Message("a covariate is {rule}", rule=rule), "Leave it out.", name)
        elif name not in factors:
            fault(("treatment", "covariates"), "not a factor", did_you_mean(name, factors), name)
    for name in treatment.strata:
        if name not in levelled or name == arm:
            fault(
                ("treatment", "strata"), "not a factor with levels beside the arm", did_you_mean(name, levelled), name
            )

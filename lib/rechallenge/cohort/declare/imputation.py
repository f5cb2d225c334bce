"""The joint model whose missing factors cohort.yml asks to impute."""

from pydantic import Field, model_validator

from papercheck.files.findings import did_you_mean
from papercheck.files.models import Entry, Text, wrong


class Imputation(Entry):
    """factors : of the joint Cox model; auxiliary : further ones
    that help to draw what is missing, and are not in the model.
    """

    factors: tuple[Text, ...] = Field((), description="The factors of the joint model: [AGE, ECOG].")
    auxiliary: tuple[Text, ...] = Field((), description="Factors that help to draw what is missing: [SEX].")

    @model_validator(mode="after")
    def _names_some(self):
        if not self.factors:
            raise wrong("names no factor of the joint model", "Write `factors: [AGE, ECOG]`, chosen before looking.")
        return self


def check_imputation(told: Imputation, factors, fault):
    """Find names that are no factor, stand twice, or arise after
    the start; fault(path, rule, action, value) takes each.
    """
    seen: set[str] = set()
    for key in ("factors", "auxiliary"):
        for name in getattr(told, key):
            path = ("imputation", key)
            if name not in factors:
                fault(path, "not a factor", did_you_mean(name, factors), name)
            elif name in seen:
                fault(path, "stands twice", "Name it once.", name)
            elif factors[name].after_baseline:
                fault(path, "arises after the start: it cannot be imputed from the outcome", "Leave it out.", name)
            seen.add(name)

"""The other studies that cohort.yml asks to analyse together with a cohort: their patients, or pseudo-patients."""

from typing import Literal

from pydantic import Field, model_validator

from papercheck.files.findings import Message, did_you_mean
from papercheck.files.models import Entry, Text, wrong

from .external import File


class EvidenceStudy(Entry):
    """One study: a cohort of this project, a file of pseudo-patients of a paper, or what hospitals mailed."""

    label: Text = Field(min_length=1, description="What the study is called: Shi 2026.")
    source: Text = Field("", description="Of a file: the paper, with its figure.")
    cohort: Text | None = Field(None, description="A cohort of this project, by its folder in data/.")
    patients: File | None = Field(
        None, description="CSV in the folder `curves`: time (months), event, arm; of several versions also set."
    )
    mailed: File | None = Field(
        None, description="A folder beside cohort.yml with study.yml and the files that hospitals mailed."
    )
    model: Text = Field("", description="Of `mailed`: the id of its model, whose only term is the factor.")
    column: Text = Field("", description="The column that holds the level, where it has another name.")
    levels: dict[Text, Text] = Field({}, description="What the study calls a level: its level here. {B: '1'}.")

    @model_validator(mode="after")
    def _is_one(self):
        if sum(map(bool, (self.cohort, self.patients, self.mailed))) != 1:
            action = "Name a folder of data/, a file of the folder curves, or a folder of mailed files."
            raise wrong("needs one of cohort, patients, mailed", action)
        if bool(self.mailed) != bool(self.model):
            raise wrong("needs `mailed` and `model` together", "Write `model:` with the id that study.yml has.")
        if self.patients and not self.source:
            raise wrong("does not say where the pseudo-patients are from", "Write `source: the paper, figure 2`.")
        return self


class Evidence(Entry):
    """What is compared, and where else it is known."""

    factor: Text = Field(description="The factor that is compared in every study: RESIST.")
    endpoint: Literal["PFSR", "OS"] = Field(description="PFSR or OS.")
    studies: tuple[EvidenceStudy, ...] = Field((), description="The other studies, in the order they are shown.")

    @model_validator(mode="after")
    def _has_studies(self):
        labels = [study.label for study in self.studies]
        if not labels:
            raise wrong("names no other study", "Write `studies:` with a label and a cohort or patients each.")
        for label in labels:
            if labels.count(label) > 1:
                raise wrong(f"two studies are called {label}", "Give each a label of its own.")
        return self


def check_evidence(told: Evidence, factors, fault):
    """Find a factor without levels, or one that is none, and levels
    that it does not have; fault(path, rule, action, value) takes each.
    """
    if told.factor not in factors:
        fault(("evidence", "factor"), "not a factor", did_you_mean(told.factor, factors), told.factor)
        return
    factor = factors[told.factor]
    if not factor.levels:
        fault(("evidence", "factor"), "has no levels to compare", "Name a factor with levels.", told.factor)
    elif factor.after_baseline:
        rule = "arises after the start, and is not compared as if it were known then"
        fault(("evidence", "factor"), rule, "Name a factor that is known at the start.", told.factor)
    for i, study in enumerate(told.studies):
        for level in study.levels.values():
            if factor.levels and level not in factor.levels:
                path = ("evidence", "studies", i, "levels")
                fault(
                    path,
                    Message("not a level of {factor}", factor=told.factor),
                    did_you_mean(level, factor.levels),
                    level,
                )

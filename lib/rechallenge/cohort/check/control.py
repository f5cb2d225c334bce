"""The rules on the files of what a cohort is compared with, or analysed together with."""

from papercheck.files.findings import Finding, did_you_mean
from papercheck.files.project import cohort_folders

from ..control import read_control, told_control
from ..evidence import read_pseudo_study
from .rule import Data


def faults_of_control(data: Data):
    """What is wrong with the digitized curve or the pseudo-patients of `external_control`."""
    yield from told_control(data.meta)[1]
    yield from read_control(data.meta)[1]


def faults_of_evidence(data: Data):
    """What is wrong with the files of other studies; a cohort that is not there."""
    told = data.meta.evidence
    known = [path.parent.name for path in cohort_folders("cohort.yml")] if told else []
    for study in told.studies if told else ():
        if study.patients:
            yield from read_pseudo_study(data.meta, study)[1]
        elif study.cohort not in known:
            rule = f"evidence: no cohort {study.cohort}"
            yield Finding("cohort.yml", rule, did_you_mean(study.cohort, known), value=study.cohort)
        elif study.cohort == data.meta.name:
            yield Finding(
                "cohort.yml", "evidence: the cohort itself is no other study", "Leave it out.", value=study.cohort
            )

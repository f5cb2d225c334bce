"""The rules on the files of what a cohort is compared with, or analysed together with."""

from papercheck.files.findings import CohortError, Finding, Message, did_you_mean, link_fault
from papercheck.files.project import cohort_folders, data_folder
from papercheck.vocabulary.kinds import SIMULATED

from ..control import folder_of, read_control, told_control
from ..declare.meta import PROTECTED, load_meta
from ..evidence import read_pseudo_study
from .rule import Data


def faults_of_control(data: Data):
    """What is wrong with the digitized curve or the pseudo-patients of `external_control`."""
    yield from told_control(data.meta)[1]
    yield from read_control(data.meta)[1]


def faults_of_evidence(data: Data):
    """What is wrong with the files of other studies; a cohort that is not there, or whose patients need protection
    that the report of this one has not.
    """
    told = data.meta.evidence
    known = [path.parent.name for path in cohort_folders("cohort.yml")] if told else []
    for study in told.studies if told else ():
        if study.patients:
            yield from read_pseudo_study(data.meta, study)[1]
        elif study.mailed:
            yield from _faults_of_folder(data.meta, study.mailed)
        elif study.cohort not in known:
            rule = Message("evidence: no cohort {cohort}", cohort=study.cohort)
            yield Finding("cohort.yml", rule, did_you_mean(study.cohort, known), value=study.cohort)
        elif study.cohort == data.meta.name:
            yield Finding(
                "cohort.yml", "evidence: the cohort itself is no other study", "Leave it out.", value=study.cohort
            )
        elif data.meta.kind != SIMULATED and _kind_of(study.cohort) == SIMULATED:
            rule = Message("evidence: {cohort} is simulated, and no evidence of anything", cohort=study.cohort)
            yield Finding("cohort.yml", rule, "Leave it out.", value=study.cohort)
        elif data.meta.kind != PROTECTED and _kind_of(study.cohort) == PROTECTED:
            rule = Message(
                "evidence: {cohort} holds patients, and a report of kind: {kind} protects nobody",
                cohort=study.cohort,
                kind=data.meta.kind,
            )
            action = Message(
                "Declare `evidence` in data/{cohort}/cohort.yml, with this cohort as the other study.",
                cohort=study.cohort,
            )
            yield Finding("cohort.yml", rule, action, value=study.cohort)


def _faults_of_folder(meta, name):
    """A folder of mailed files that is not there, or leads out of the cohort's."""
    path = folder_of(meta) / name
    if leads_out := link_fault(path):
        yield leads_out
    elif not (path / "study.yml").is_file():
        action = Message(
            "Put study.yml and the files that the hospitals mailed into the folder {name} beside cohort.yml.", name=name
        )
        yield Finding(f"{name}/study.yml", "the file is missing", action)


def _kind_of(cohort) -> str:
    """What the subjects of another cohort are; "" where its cohort.yml cannot be read."""
    try:
        return load_meta(data_folder() / cohort).kind
    except CohortError:
        return ""

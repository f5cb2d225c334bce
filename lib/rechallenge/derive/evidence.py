"""The patients of a cohort and of the other studies that cohort.yml declares, with one factor in the words of the
cohort."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.vocabulary.kinds import NO_PERSONS
from smallsurv.curve import observed
from smallsurv.evidence import Mailed, Version
from smallsurv.pooled import Round

from ..cohort.cohort import Cohort, cohort_meta, load_cohort
from ..cohort.declare.evidence import Evidence, EvidenceStudy
from ..cohort.declare.meta import PROTECTED
from ..cohort.evidence import levels_here, read_pseudo_study
from ..context import PRIVACY, current
from ..text.bundle import data_bundle
from ..text.language import say
from .endpoints import derive_endpoints
from .outcome import Outcome
from .population import derive_population

OWN, PATIENTS, MAILED, PSEUDO = "own", "patients", "mailed", "pseudo"


@dataclass(frozen=True, eq=False)
class MailedSums:
    """levels : of the model of the hospitals as they are called here, its reference first; rounds : its answers, summed
    over the centres; centres, patients (None where held back), events; folder : where the files lie."""

    levels: tuple[str, ...]
    rounds: tuple[Round, ...]
    centres: int
    patients: int | None
    events: int
    folder: Path

    @property
    def seen(self) -> set[str]:
        """The levels that somebody has, as far as the sums tell."""
        known = max(self.rounds, key=lambda r: r.sums.loglik).known
        return {level for level, is_known in zip(self.levels, [known.any(), *known], strict=True) if is_known}

    def placed(self, levels) -> Mailed:
        """The sums as those of a model with these `levels`, the reference first."""
        here = np.array([[float(level == other) for other in levels[1:]] for level in self.levels])
        contrasts = np.full((len(levels) - 1, len(self.levels) - 1), np.nan)
        own = {level: row for level, row in zip(self.levels, np.eye(len(self.levels))[:, 1:], strict=True)}
        for j, level in enumerate(levels[1:]):
            if level in own and levels[0] in own:
                contrasts[j] = own[level] - own[levels[0]]
        return Mailed(self.rounds, here[1:] - here[0], contrasts)


@dataclass(frozen=True, eq=False)
class Study:
    """One study. kind : own, patients (another cohort), mailed (sums of hospitals), or one of NO_PERSONS; versions :
    rows (AVAL in the unit of the outcome, CNSR, LEVEL) of those with a level, one table or several drawn ones; unknown
    : patients without a level; sums : what hospitals mailed, in place of rows."""

    label: str
    kind: str
    versions: tuple[pd.DataFrame, ...]
    unknown: int = 0
    sums: "MailedSums | None" = None

    @property
    def real(self) -> bool:
        """Whether it tells of patients."""
        return self.kind not in NO_PERSONS


@dataclass(frozen=True, eq=False)
class Together:
    """outcome : of the cohort; levels : of the factor that somebody has, the reference first; studies : the cohort
    first; left : (label, why) of studies that cannot be used."""

    outcome: Outcome
    told: Evidence
    levels: tuple[str, ...]
    studies: tuple[Study, ...]
    left: tuple[tuple[str, str], ...]

    def versions(self, study: Study) -> list[Version] | Mailed:
        """Each version of a study as a Cox model takes it: a column for each level but the reference; or its sums."""
        if study.sums is not None:
            return study.sums.placed(self.levels)
        return [
            Version(
                rows["AVAL"].to_numpy(float),
                observed(rows["CNSR"]),
                np.column_stack([(rows["LEVEL"] == level).to_numpy(float) for level in self.levels[1:]]),
            )
            for rows in study.versions
        ]

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.outcome.rows, self.outcome.caption())


def derive_evidence(cohort: Cohort, unit="cohort", censor_at="last follow-up", read_mailed=None) -> Together:
    """The cohort and the other studies. read_mailed : makes the study of an entry with `mailed`, as mailed_study.

    Raises NotAvailable where none is declared, none can be used, or the factor is not known of each patient at the
    start.
    """
    told = cohort.meta.evidence
    if told is None:
        raise NotAvailable(say("needs other studies: `evidence` in cohort.yml."))
    if told.factor not in cohort.factors:
        raise NotAvailable(say("needs {factor}: nobody has a value.", factor=cohort.meta.factors[told.factor].label))
    if cohort.meta.is_free(told.factor):
        text = "needs {factor} of each patient: which pseudo-patients have which is a free choice."
        raise NotAvailable(say(text, factor=say(cohort.meta.factors[told.factor].label)))
    outcome = derive_endpoints(cohort, [told.endpoint], unit, censor_at)
    outcome.timely([told.factor])
    kind = cohort.meta.kind if cohort.meta.kind in NO_PERSONS else OWN
    own = outcome.rows[["AVAL", "CNSR"]].assign(LEVEL=outcome.rows[told.factor].astype(object))
    studies, left = [_known(say("This cohort"), kind, own)], []
    for other in told.studies:
        try:
            studies.append(
                read_mailed(outcome, other, censor_at) if other.mailed else _other(outcome, other, censor_at)
            )
        except NotAvailable as why:
            left.append((other.label, str(why)))
    if len(studies) == 1:
        named = say("; ").join(say("{what}: {found}", what=label, found=why) for label, why in left)
        raise NotAvailable(say("needs another study that can be used. {why}", why=named))
    seen = {level for study in studies for rows in study.versions for level in rows["LEVEL"].unique()}
    seen = seen.union(*(study.sums.seen for study in studies if study.sums))
    levels = tuple(level for level in cohort.meta.factors[told.factor].levels if level in seen)
    if len(levels) < 2:
        text = "needs two levels of {factor} that somebody has."
        raise NotAvailable(say(text, factor=say(cohort.meta.factors[told.factor].label)))
    return Together(outcome, told, levels, tuple(studies), tuple(left))


def _known(label, kind, *versions) -> Study:
    """A study of those with a level, of whom each version has some."""
    known = tuple(rows[rows["LEVEL"].notna()] for rows in versions)
    if not all(map(len, known)):
        raise NotAvailable(say("nobody in it has a level"))
    return Study(label, kind, known, len(versions[0]) - len(known[0]))


def _other(outcome, told: EvidenceStudy, censor_at) -> Study:
    if told.cohort:
        return _of_cohort(outcome, told, censor_at)
    versions = read_pseudo_study(outcome.cohort.meta, told)[0]
    rows = tuple(v.assign(AVAL=[outcome.time(m) for m in v["AVAL"]]) for v in versions)
    return _known(told.label, PSEUDO, *rows)


def _of_cohort(outcome, told, censor_at) -> Study:
    """Another cohort of the project, whose factor must be known of each of its patients."""
    meta, strict = outcome.cohort.meta, PRIVACY[2]
    column = told.column or meta.evidence.factor
    try:
        usual = cohort_meta(told.cohort).profile
        other = derive_population(load_cohort(told.cohort))
    except CohortError:
        raise NotAvailable(say("it has errors (`rechallenge check {cohort}`)", cohort=told.cohort)) from None
    if other.meta.kind == PROTECTED and usual == strict != current().privacy:
        raise NotAvailable(say("its profile is strict, and that of this report is not"))
    if column not in other.factors:
        raise NotAvailable(say("it has no factor {factor}", factor=column))
    if other.meta.is_free(column):
        raise NotAvailable(say("which of its pseudo-patients have which {factor} is a free choice", factor=column))
    found = derive_endpoints(other, [meta.evidence.endpoint], "months", censor_at)
    if column in found.later:
        raise NotAvailable(found.later[column])
    level, unknown = levels_here(found.rows[column], told, meta)
    if unknown:
        text = "its level {level} of {factor} is not named under `levels`"
        raise NotAvailable(say(text, level=str(found.rows[column].loc[unknown[0]]), factor=column))
    rows = found.rows[["AVAL", "CNSR"]].assign(LEVEL=level)
    rows["AVAL"] = [outcome.time(m) for m in rows["AVAL"]]
    return _known(told.label, other.meta.kind if other.meta.kind in NO_PERSONS else PATIENTS, rows)

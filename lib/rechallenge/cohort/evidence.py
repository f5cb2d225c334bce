"""The pseudo-patients of other studies that cohort.yml declares under `evidence`: their files read and checked."""

import pandas as pd

from papercheck.files.findings import Finding, Message, did_you_mean
from papercheck.files.project import CURVES

from .control import cell_faults, folder_of, pseudo_patients, timed
from .declare.evidence import EvidenceStudy
from .declare.meta import Meta

ARM, SET = "arm", "set"
MOST = 1000  # versions: each is a model


def read_pseudo_study(meta: Meta, told: EvidenceStudy) -> tuple[tuple[pd.DataFrame, ...], list[Finding]]:
    """The versions of a study's pseudo-patients, each with AVAL (months), CNSR, LEVEL (a level of the factor, of this
    cohort); and every fault of its file."""
    yml = folder_of(meta) / "cohort.yml"
    column, place = told.column or ARM, f"{CURVES}/{told.patients}"
    raw, faults = pseudo_patients(yml, told.patients, ("time", "event", column))
    if raw is None:
        return (), faults
    if "endpoint" in raw:
        raw = raw[raw["endpoint"] == meta.evidence.endpoint]
    rows, faults = timed(raw, place)
    level, unknown = levels_here(raw[column], told, meta)
    if unknown:
        action = did_you_mean(raw.at[unknown[0], column], meta.factors[meta.evidence.factor].levels)
        words = f"not a level of {meta.evidence.factor}, nor named under `levels`"
        faults += cell_faults(raw.loc[unknown, column], place, words, action)
    if not faults and not len(raw):
        faults.append(
            Finding(
                place,
                Message("no row of {endpoint}", endpoint=meta.evidence.endpoint),
                "Write one row for each pseudo-patient.",
            )
        )
    drawn = raw[SET].nunique() if SET in raw else 1
    if drawn > MOST:
        rule, action = (
            Message("more than {most} versions", most=f"{MOST:,}"),
            "Keep some of them: twenty or a hundred say as much.",
        )
        faults.append(Finding(place, rule, action, column=SET, value=f"{drawn:,}"))
    if faults:
        return (), faults
    rows = rows.assign(LEVEL=level)
    return tuple(part for _, part in rows.groupby(raw.get(SET, lambda _: 0), sort=False)), []


def levels_here(values: pd.Series, told: EvidenceStudy, meta: Meta) -> tuple[pd.Series, list]:
    """What a study calls its levels as this cohort does, and the rows of those that it does not know."""
    known = {level: level for level in meta.factors[meta.evidence.factor].levels} | dict(told.levels)
    mapped = values.astype("object").map(known)
    return mapped, list(values.index[mapped.isna() & values.notna() & (values.astype(str) != "")])

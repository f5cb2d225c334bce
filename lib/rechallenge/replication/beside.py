"""One cohort as a row beside the literature: its response, disease control and median PFS on rechallenge."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import named_series
from smallsurv.curve import median_survival

from ..cohort.cohort import list_cohorts, load_cohort
from ..cohort.part import part_named
from ..derive.adverse_events import ANY, SEVERE, course_sizes, derive_worst_grade
from ..derive.endpoints import derive_endpoints
from ..derive.population import derive_population
from ..derive.response import CONTROL, OBJECTIVE, derive_best_response
from .prints import grades_printed

PHASE, ENDPOINT = "RECHALLENGE", "PFSR"
COLUMNS = [
    "study",
    "n",
    "orr_n",
    "dcr_n",
    "severe_n",
    "severe_of",
    "mpfs",
    "mpfs_low",
    "mpfs_high",
    "method",
    "pseudo",
    "cohort",
    "no_rate",
    "no_severe",
    "no_time",
]
PATIENTS = {"severe": "severe_of"}  # of whom a rate is counted, where it is not `n`


def cohort_beside(
    name, confirmed=False, sd_min_weeks=6, censor_at="last follow-up", interval="log-log"
) -> pd.DataFrame:
    """The cohort as one row (COLUMNS), or no row where `name` has printed numbers only.

    n : subjects of the rechallenge course with a response (NE counts), else all; orr_n, dcr_n : whole subjects;
    severe_n, severe_of : subjects with an adverse event of grade 3 or more on that course, and all who had it; mpfs :
    months, Kaplan-Meier, interval of `method`; NaN for what the cohort cannot give; no_rate, no_severe and no_time say
    what each would need.
    """
    part = part_named(name)
    if (part.cohort if part else name) not in list_cohorts():
        return pd.DataFrame(columns=COLUMNS)
    study = derive_population(load_cohort(name))
    row = dict.fromkeys(COLUMNS, np.nan) | {
        "study": name,
        "n": len(study.table("adsl")),
        "pseudo": study.meta.kind == "pseudo",
        "cohort": part.cohort if part else name,
        "method": "",
    }
    for add, lacking in ((_responses, "no_rate"), (_severe, "no_severe"), (_progression, "no_time")):
        try:
            row |= add(study, confirmed, sd_min_weeks, censor_at, interval) | {lacking: ""}
        except NotAvailable as reason:
            row[lacking] = str(reason)
    return pd.DataFrame([row], columns=COLUMNS)


def _responses(study, confirmed, sd_min_weeks, censor_at, interval):
    best = derive_best_response(study, confirmed, sd_min_weeks)
    best = best[best["APHASE"] == PHASE]["AVALC"].astype(str)
    if best.empty:
        raise NotAvailable("needs responses of the rechallenge course in the table adrs.")
    return {"n": len(best), "orr_n": int(best.isin(OBJECTIVE).sum()), "dcr_n": int(best.isin(CONTROL).sum())}


def _severe(study, *_):
    sizes = course_sizes(study)
    if PHASE not in sizes:
        raise NotAvailable("needs adverse events of the rechallenge course in the table adae.")
    if not grades_printed(study, (SEVERE, 5), PHASE):
        raise NotAvailable("needs a printed number of patients with an adverse event of grade 3 or more.")
    worst = derive_worst_grade(study)
    grades = worst.loc[(worst["AEDECOD"] == ANY) & (worst["APHASE"] == PHASE), "ATOXGR"]
    ungraded = worst[(worst["APHASE"] == PHASE) & (worst["ATOXGR"] == 0)]["USUBJID"]
    graded = worst[(worst["APHASE"] == PHASE) & (worst["ATOXGR"] >= SEVERE)]["USUBJID"]
    if set(ungraded) - set(graded):
        raise NotAvailable("needs the grade of each adverse event of the rechallenge course: some have none.")
    return {"severe_n": int(grades.ge(SEVERE).sum()), "severe_of": int(sizes[PHASE])}


def _progression(study, confirmed, sd_min_weeks, censor_at, interval):
    found = median_survival(derive_endpoints(study, [ENDPOINT], "months", censor_at).rows, None, interval).iloc[0]
    return {"mpfs": found["median"], "mpfs_low": found["ci_low"], "mpfs_high": found["ci_high"], "method": interval}


def same_patients(evidence, beside) -> list[str]:
    """The series (by name) that hold the patients of the cohort: pooling both would count them twice."""
    rows = named_series(evidence)
    return list(rows.loc[(rows["cohort"] != "") & rows["cohort"].isin(beside["cohort"]), "study"])


def own_rate(beside, rate) -> pd.DataFrame:
    """The cohort's row with study, events, n and cohort of a rate; no row where it has none."""
    rows = beside[beside[f"{rate}_n"].notna()]
    counts = {"events": rows[f"{rate}_n"].astype(float), "n": rows[PATIENTS.get(rate, "n")].astype(float)}
    return rows.assign(**counts)[["study", "events", "n", "cohort"]]


def with_cohort(series, evidence, beside, rate="orr") -> pd.DataFrame:
    """`series` (study, events, n) with the cohort's own row in place of those that hold the same patients."""
    row = own_rate(beside, rate)
    if row.empty:
        return series
    rest = series[~series["study"].isin(same_patients(evidence, beside))]
    return pd.concat([rest, row], ignore_index=True)

"""One cohort as a row beside the literature: its response, disease control and median PFS on rechallenge."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import named_series
from smallsurv.curve import median_survival

from ..cohort.cohort import list_cohorts, load_cohort
from ..cohort.part import part_named
from ..derive.endpoints import derive_endpoints
from ..derive.population import derive_population
from ..derive.response import CONTROL, OBJECTIVE, derive_best_response

PHASE, ENDPOINT = "RECHALLENGE", "PFSR"
COLUMNS = [
    "study",
    "n",
    "orr_n",
    "dcr_n",
    "mpfs",
    "mpfs_low",
    "mpfs_high",
    "method",
    "pseudo",
    "cohort",
    "no_rate",
    "no_time",
]


def cohort_beside(
    name, confirmed=False, sd_min_weeks=6, censor_at="last follow-up", interval="log-log"
) -> pd.DataFrame:
    """The cohort as one row (COLUMNS), or no row where `name` has printed numbers only.

    n : subjects of the rechallenge course with a response (NE counts), else all; orr_n, dcr_n : whole subjects;
    mpfs : months, Kaplan-Meier, interval of `method`; NaN for what the cohort cannot give; no_rate and no_time say
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
    for add, lacking in ((_responses, "no_rate"), (_progression, "no_time")):
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


def _progression(study, confirmed, sd_min_weeks, censor_at, interval):
    found = median_survival(derive_endpoints(study, [ENDPOINT], "months", censor_at).rows, None, interval).iloc[0]
    return {"mpfs": found["median"], "mpfs_low": found["ci_low"], "mpfs_high": found["ci_high"], "method": interval}


def same_patients(evidence, beside) -> list[str]:
    """The series (by name) that hold the patients of the cohort: pooling both would count them twice."""
    rows = named_series(evidence)
    return list(rows.loc[(rows["cohort"] != "") & rows["cohort"].isin(beside["cohort"]), "study"])


def with_cohort(series, evidence, beside, rate="orr") -> pd.DataFrame:
    """`series` (study, events, n) with the cohort's own row in place of those that hold the same patients."""
    if beside.empty or beside[f"{rate}_n"].isna().all():
        return series
    row = beside.assign(events=beside[f"{rate}_n"])[["study", "events", "n", "cohort"]]
    rest = series[~series["study"].isin(same_patients(evidence, beside))]
    return pd.concat([rest, row], ignore_index=True)

"""Who is analysed: derived factors, eligibility criteria in order, and the count at each step."""

from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from papercheck.files.memory import last
from papercheck.vocabulary.endpoints import endpoint_rules

from ..cohort.cohort import Cohort
from .endpoints import derive_endpoints
from .response import derive_best_response
from .states import told_by_date


def derive_population(cohort: Cohort) -> Cohort:
    """The cohort with its derived factors, restricted to the subjects who meet every eligibility criterion."""
    found = _population(cohort)
    tables = {name: frame.copy(deep=False) for name, frame in found.tables.items()}  # a column that is set stays yours
    return replace(found, tables=tables)


@last(lambda cohort: cohort)
def _population(cohort) -> Cohort:
    cohort = derive_factors(cohort)
    adsl = cohort.table("adsl")
    keep = pd.Series(True, index=adsl.index)
    for criterion in cohort.meta.eligibility:
        keep &= _meets(adsl, criterion).eq(True)
    subjects = set(adsl.loc[keep, "USUBJID"])
    if len(subjects) < 2:
        raise request_error(
            f"{len(subjects)} subjects meet the eligibility criteria of {cohort.meta.name}",
            "At least 2 are needed: check `eligibility` in cohort.yml against the data.",
        )
    if len(subjects) == len(adsl):
        return cohort
    tables = {
        name: frame[frame["USUBJID"].isin(subjects)].reset_index(drop=True) for name, frame in cohort.tables.items()
    }
    return replace(cohort, tables={name: frame for name, frame in tables.items() if len(frame)})


def derive_attrition(cohort: Cohort) -> pd.DataFrame:
    """One row a step: label, n (left after it), excluded, not_met, missing, source. The first row is everybody."""
    adsl = derive_factors(cohort).table("adsl")
    keep = pd.Series(True, index=adsl.index)
    rows = [("Subjects recorded", len(adsl), 0, 0, 0, "")]
    for criterion in cohort.meta.eligibility:
        met = _meets(adsl, criterion)
        not_met, missing = int((keep & met.eq(False)).sum()), int((keep & met.isna()).sum())
        keep &= met.eq(True)
        rows.append((criterion.label, int(keep.sum()), not_met + missing, not_met, missing, criterion.source))
    return pd.DataFrame(rows, columns=["label", "n", "excluded", "not_met", "missing", "source"])


def _meets(adsl, criterion) -> pd.Series:
    """True, False, or missing where the column is."""
    if criterion.column not in adsl:
        raise request_error(
            f"the eligibility criterion '{criterion.label}' needs the column {criterion.column}",
            "Add it, or drop the criterion.",
        )
    values = adsl[criterion.column]
    met = pd.Series(True, index=adsl.index, dtype=object)
    if criterion.levels:
        met = values.astype(object).isin(criterion.levels).astype(object)
    if criterion.low is not None:
        met = (met.astype(bool) & (values >= criterion.low)).astype(object)
    if criterion.high is not None:
        met = (met.astype(bool) & (values <= criterion.high)).astype(object)
    return met.where(values.notna(), None)


def derive_factors(cohort: Cohort) -> Cohort:
    """Add the grouped factors that cohort.yml declares, and BOR_<course> for eligibility, to adsl."""
    adsl = cohort.table("adsl").copy()
    try:
        best = derive_best_response(cohort)
        best = best[best["SOURCE"] != "none"]  # not recorded and not assessed: unknown, not a failure to respond
        for phase, rows in best.groupby("APHASE", observed=True):
            adsl[f"BOR_{phase}"] = adsl["USUBJID"].map(rows.set_index("USUBJID")["AVALC"].astype(str))
    except NotAvailable:
        pass
    for name, levels in told_by_date(cohort.meta, adsl):
        adsl[name] = levels
    for name, grouping in cohort.meta.groupings.items():
        source = _source(cohort, adsl, grouping)
        if source is None:
            continue
        levels = list(cohort.meta.factors[name].levels)
        if grouping.cut:
            codes = np.searchsorted(grouping.cut, source.astype(float), side="right")
            grouped = pd.Series(np.array(levels, dtype=object)[codes], index=adsl.index).where(source.notna())
        else:
            grouped = source.astype(object).map(grouping.map)
        adsl[name] = pd.Categorical(grouped, levels, ordered=True)
    factors = tuple(f for f in cohort.meta.factors if f in adsl and adsl[f].notna().any())
    meta = replace(cohort.meta, factors=_stepped(cohort.meta.factors, adsl))
    return replace(cohort, meta=meta, tables={**cohort.tables, "adsl": adsl}, factors=factors)


def _stepped(factors, adsl) -> dict:
    """The factors, each number without a declared `per` with a step that these patients differ by: a hazard ratio per
    U/L of LDH is 1.000 whatever it does."""
    return {
        name: replace(f, per=natural_step(adsl[name])) if f.type == "number" and not f.step_said and name in adsl else f
        for name, f in factors.items()
    }


def natural_step(values: pd.Series) -> float:
    """The power of ten at or below the distance between the quartiles of the values; 1 where they hardly differ."""
    low, high = values.astype(float).quantile([0.25, 0.75]) if values.notna().any() else (0.0, 0.0)
    return float(10.0 ** np.floor(np.log10(high - low) + 1e-9)) if high > low else 1.0


def _source(cohort, adsl, grouping):
    """The column a grouping is made from: a column of adsl, or the duration of an endpoint.

    Durations are in the cohort's time_unit; one that is censored below the last cut has no known group.
    """
    name = grouping.source
    if name in adsl:
        return adsl[name]
    if name in endpoint_rules():
        try:
            rows = derive_endpoints(cohort, [name], cohort.meta.time_unit).rows.set_index("USUBJID")
        except NotAvailable:
            return None
        return adsl["USUBJID"].map(
            rows["AVAL"].where((rows["CNSR"] == 0) | (rows["AVAL"] >= max(grouping.cut, default=0)))
        )
    return None


def subgroup_factors(cohort, names=()) -> list[str]:
    """Factors with levels: as asked, else the declared subgroups, else every factor with levels.

    Raises CohortError for a factor the cohort does not have, or one that is a number.
    """
    asked = list(names) or [s for s in cohort.meta.subgroups if s in cohort.factors]
    grouped = {g.source for g in cohort.meta.groupings.values()}  # a grouped factor stands for its source
    asked = asked or [f for f in cohort.factors if cohort.factor(f).levels and f not in grouped]
    for name in asked:
        if not cohort.factor(name).levels:
            raise request_error(
                f"{name} is a number, not a factor with levels",
                "Declare a group of it under `factors` (from, cut, levels).",
                name,
            )
    return asked


def candidate_factors(cohort, names=()) -> list[str]:
    """Candidates of a model: as asked, else every factor of the cohort."""
    return [cohort.factor(name).name for name in names] or list(cohort.factors)


def joint_factors(cohort, names) -> tuple[list[str], list[str]]:
    """The factors of a joint model that the cohort has, and the labels of those that it does not have."""
    known = cohort.meta.factors
    for name in names:
        if name not in known:
            cohort.factor(name)
    return [n for n in names if n in cohort.factors], [known[n].label for n in names if n not in cohort.factors]


def model_coding(cohort) -> dict[str, dict]:
    """How factors enter a Cox model: the reference level of each with levels, the step of each number."""
    factors = [cohort.factor(name) for name in cohort.factors]
    return {"references": {f.name: f.reference for f in factors if f.levels}, "steps": {f.name: f.per for f in factors}}

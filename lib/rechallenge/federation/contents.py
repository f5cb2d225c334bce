"""What a centre computes of its own patients for a study: named records of numbers, of one shape at every centre."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import CohortError, Finding, NotAvailable, did_you_mean
from smallsurv.cox import NotEstimable, cox_fit
from smallsurv.curve import observed
from smallsurv.logrank import log_rank_sums
from smallsurv.pooled import cox_sums, risk_table

from ..cohort.cohort import Cohort
from ..derive.adverse_events import SEVERE, derive_worst_grade
from ..derive.causes import NOT_STATED, cause_column, derive_causes
from ..derive.endpoints import derive_endpoints
from ..derive.exposure import course_subjects
from ..derive.population import derive_population
from ..derive.response import RESPONSES, derive_best_response
from .study import Model, Study

ALL, MISSING = "ALL", "missing"
PLACE = "study.yml"


@dataclass(frozen=True)
class Rows:
    """The patients of a centre as a study sees them.

    cohort : those analysed; recorded : how many there are in the data; outcomes : {endpoint: frame of AVAL, event,
    CAUSE (0 censored, from 1 on the causes in their order) and every column that the study names}.
    """

    cohort: Cohort
    recorded: int
    outcomes: Mapping[str, pd.DataFrame]


def cause_levels(endpoint: str) -> list[str]:
    """The causes of an endpoint in their order; the last is for events whose cause is not stated."""
    return [*cause_column(endpoint).levels, NOT_STATED]


def rows_of(cohort: Cohort, study: Study) -> Rows:
    """The patients of a cohort for a study. Raises CohortError with everything that does not fit, all at once."""
    analysed = derive_population(cohort)
    adsl = analysed.table("adsl")
    faults = [*_of_columns(analysed, adsl, study)]
    outcomes = {}
    for code in study.endpoints:
        try:
            outcome = derive_endpoints(analysed, [code], study.unit)
        except NotAvailable as reason:
            faults.append(Finding(PLACE, f"asks for {code}: this cohort {reason}", "Add it to the data.", column=code))
            continue
        later = [name for name in _named(study) if name in outcome.later]
        faults += [Finding(PLACE, outcome.later[name], "Ask for another factor.", column=name) for name in later]
        columns = [c for c in _named(study) if c in adsl and c != "USUBJID"]
        rows = outcome.rows[["USUBJID", "AVAL", "CNSR"]].merge(adsl[["USUBJID", *columns]], on="USUBJID")
        outcomes[code] = rows.assign(event=observed(rows["CNSR"]), CAUSE=_causes(outcome, code, rows))
    if faults:
        raise CohortError(faults)
    return Rows(analysed, len(cohort.table("adsl")), outcomes)


def _named(study) -> list[str]:
    """Every column that the study names."""
    terms = [term.column for model in study.models for term in model.terms]
    return list(dict.fromkeys([*study.groups, *study.numbers, *terms]))


def _of_columns(cohort, adsl, study):
    """What is wrong with the columns that the study names: absent, of another kind, of other codes."""
    wanted = {name: set(levels) for name, levels in study.groups.items()}
    for term in (t for model in study.models for t in model.terms):
        wanted.setdefault(term.column, set(term.levels))
    for name in _named(study):
        if name not in adsl or name == "USUBJID":
            known = did_you_mean(name, [c for c in adsl if c != "USUBJID"])
            yield Finding(PLACE, "asks for a column that this cohort does not have", known, column=name)
            continue
        levels = wanted.get(name)
        if not levels:
            if not pd.api.types.is_numeric_dtype(adsl[name]):
                yield Finding(PLACE, "asks for a number, and this column holds words", "Name levels.", column=name)
            continue
        other = sorted(set(adsl[name].dropna().astype(str)) - levels)
        if other:
            action = f"The study knows {', '.join(sorted(levels))}: translate the codes in cohort.yml (`values`)."
            yield Finding("adsl", "holds a code that the study does not know", action, column=name, value=other[0])


def _causes(outcome, code, rows) -> np.ndarray:
    """0 for the censored, else the number of the cause from 1."""
    event, levels = observed(rows["CNSR"]), cause_levels(code)
    found = derive_causes(outcome)
    if code not in found:
        return np.where(event, len(levels), 0)
    labels = {label: i for i, label in enumerate(cause_column(code).levels.values(), 1)}
    cause = found[code].rows["CAUSE"].astype(object).map(labels).fillna(len(levels)).to_numpy(int)
    return np.where(event, cause, 0)


def contents_of(rows: Rows, study: Study) -> dict[str, dict]:
    """{what: record of numbers} of everything that the study asks once, as it stands before anything is held back."""
    made = {"flow": {"recorded": rows.recorded, "analysed": len(rows.cohort.table("adsl"))}}
    adsl = rows.cohort.table("adsl")
    for name, levels in study.groups.items():
        made[f"counts/{name}"] = _counts(adsl[name].astype(object), levels)
    for name in study.numbers:
        known = adsl[name].dropna().to_numpy(float)
        made[f"number/{name}"] = {
            "n": len(known),
            "sum": float(known.sum()),
            "squares": float((known**2).sum()),
            MISSING: int(adsl[name].isna().sum()),
        }
    if study.response:
        made["response"] = _responses(rows.cohort, study.response)
    if study.safety:
        made["safety"] = _safety(rows.cohort, study.safety)
    for code, frame in rows.outcomes.items():
        causes = len(cause_levels(code)) if code in study.incidence else 1
        for key, part in parts_of(frame, study):
            cause = part["CAUSE"] if causes > 1 else part["event"].astype(int)
            table = risk_table(part["AVAL"], cause, study.bins, causes)
            made[f"curve/{code}/{key}"] = {
                "n_risk": table.n_risk.tolist(),
                "events": table.events.tolist(),
                "censored": table.censored.tolist(),
            }
        for name, levels in study.groups.items():
            made[f"log_rank/{code}/{name}"] = _log_rank(frame, name, levels)
    return made


def parts_of(frame: pd.DataFrame, study: Study):
    """(key, rows) of everybody, then of each level of each group and of those without one."""
    yield ALL, frame
    for name, levels in study.groups.items():
        values = frame[name].astype(object)
        for level in levels:
            yield f"{name}/{level}", frame[values == level]
        yield f"{name}/{MISSING}", frame[values.isna()]


def _counts(values, levels) -> dict[str, int]:
    return {level: int((values == level).sum()) for level in levels} | {MISSING: int(values.isna().sum())}


def _responses(cohort, phase) -> dict[str, int]:
    """Patients by best overall response on a course; nobody where none is recorded."""
    try:
        best = derive_best_response(cohort)
    except NotAvailable:
        return dict.fromkeys(RESPONSES, 0)
    own = best[best["APHASE"] == phase]["AVALC"].astype(str)
    return {name: int((own == name).sum()) for name in RESPONSES}


def _safety(cohort, phase) -> dict[str, int]:
    """Patients of a course: with none, with a milder, with a severe adverse event; nobody where none is recorded."""
    try:
        worst = derive_worst_grade(cohort)
    except NotAvailable:
        return {"none": 0, "mild": 0, "severe": 0}
    grade = worst[worst["APHASE"] == phase].groupby("USUBJID")["ATOXGR"].max()
    severe = int((grade >= SEVERE).sum())
    size = len(course_subjects(cohort, phase))
    return {"none": size - len(grade), "mild": len(grade) - severe, "severe": severe}


def _triangle(matrix) -> list[float]:
    """The upper triangle of a symmetric matrix, row by row."""
    return [float(v) for v in np.asarray(matrix)[np.triu_indices(len(matrix))]]


def whole_matrix(triangle, k: int) -> np.ndarray:
    """The symmetric matrix (k, k) of an upper triangle."""
    made = np.zeros((k, k))
    made[np.triu_indices(k)] = triangle
    return made + np.triu(made, 1).T


def _log_rank(frame, name, levels) -> dict:
    """The sums of the log-rank test over the levels of a group, and of how many patients and events."""
    known = frame[frame[name].notna()]
    codes = known[name].astype(object).map({level: i for i, level in enumerate(levels)}).to_numpy(int)
    sums = log_rank_sums(known["AVAL"], codes, known["event"], len(levels))
    return {
        "n": [int((codes == i).sum()) for i in range(len(levels))],
        "events": int(known["event"].sum()),
        "excess": [float(v) for v in sums.excess],
        "covariance": _triangle(sums.covariance),
    }


def design_of(frame: pd.DataFrame, model: Model) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows without a missing value of a term, and the columns of the model (n, k)."""
    known = frame.dropna(subset=[term.column for term in model.terms])
    columns = []
    for term in model.terms:
        values = known[term.column].astype(object)
        columns += [(values == level).to_numpy(float) for level in term.levels[1:]]
        columns += [] if term.levels else [values.to_numpy(float) / term.per]
    return known, np.column_stack(columns) if len(known) else np.zeros((0, len(model.columns)))


def models_of(rows: Rows, study: Study, asked: Mapping[str, list[float]], own: bool) -> dict[str, dict]:
    """{"model/ID": what the centre adds at the coefficients that are asked}; own : with the fit of the centre alone."""
    made = {}
    for name, beta in asked.items():
        model = study.model_of(name)
        known, x = design_of(rows.outcomes[model.endpoint], model)
        sums = cox_sums(known["AVAL"], known["event"], x, np.asarray(beta, float))
        made[f"model/{name}"] = {
            "n": len(known),
            "events": sums.events,
            "loglik": sums.loglik,
            "score": [float(v) for v in sums.score],
            "information": _triangle(sums.info),
        }
        if own:
            made[f"own/{name}"] = _own_fit(known, x)
    return made


def _own_fit(known, x) -> dict:
    """Coefficients and covariance of the centre alone; empty lists where it has no finite estimate."""
    try:
        fit = cox_fit(known["AVAL"], known["event"], x)
    except NotEstimable:
        return {"coef": [], "covariance": []}
    return {"coef": [float(v) for v in fit.coef], "covariance": _triangle(fit.covariance)}

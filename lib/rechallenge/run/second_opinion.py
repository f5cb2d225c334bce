"""A second opinion: the numbers of a finished report, recomputed from the rows of the patients by other libraries.

lifelines counts the curves, tests and Cox models, scipy the intervals of shares, pandas the counts: no code of
smallsurv. What has no path here is listed and counts as nothing. The rows (who is analysed, which endpoint ended when)
are those of the report.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable

from ..cohort.cohort import list_cohorts, load_cohort
from ..cohort.part import part_named
from ..derive.adverse_events import ANY, GRADES, derive_events
from ..derive.endpoints import derive_endpoints
from ..derive.exposure import course_subjects
from ..derive.outcome import Outcome
from ..derive.population import derive_population
from ..derive.response import derive_best_response
from ..release import is_strict
from ..results import Result

EXACT, SEARCHED = 1e-6, 1e-4  # relative differences that count as none: sums, and what a search of a maximum ends with
Z = 1.959963984540054  # the 97.5 per cent point of the normal distribution
LIFELINES, SCIPY, PANDAS = "lifelines", "scipy", "pandas"
TIMES = ("PFS1", "PFSR", "OS")
RESPONDERS = {"ORR": ("CR", "PR"), "DCR": ("CR", "PR", "SD", "NON-CR/NON-PD")}


@dataclass(frozen=True)
class Opinion:
    """One number of a report beside the one of another library."""

    result: Result
    statistic: str
    other: float
    by: str
    tolerance: float

    @property
    def ours(self) -> float:
        """The number as the report has it."""
        return float(self.result[self.statistic])

    @property
    def agrees(self) -> bool:
        """Whether both are the same within the tolerance: relative, or absolute below 1; not reached is not reached."""
        if not (np.isfinite(self.ours) and np.isfinite(self.other)):
            return str(self.ours) == str(float(self.other))
        return abs(self.ours - self.other) <= self.tolerance * max(1.0, abs(self.other))

    def text(self) -> str:
        """Both numbers, in words for a terminal."""
        r = self.result
        where = " ".join(filter(None, (r.quantity, r.endpoint, r.variable, r.by, r.level, r.method, self.statistic)))
        return f"{where}: {self.ours:.8g} here, {self.other:.8g} by {self.by}"


@dataclass(frozen=True)
class SecondOpinion:
    """What was recomputed, and how many numbers of which quantity have no independent path."""

    given: tuple[Opinion, ...]
    without: Mapping[str, int]

    @property
    def different(self) -> tuple[Opinion, ...]:
        """The numbers that the other library does not find."""
        return tuple(o for o in self.given if not o.agrees)


def opinion_of(name: str, results: Iterable[Result], parameters: Mapping = {}) -> SecondOpinion | None:  # noqa: B006
    """As second_opinion, of the cohort of the run; None where there are no patients, or strict rounded the numbers."""
    if is_strict() or name not in list_cohorts() and part_named(name) is None:
        return None
    return second_opinion(derive_population(load_cohort(name)), results, parameters)


def second_opinion(study, results: Iterable[Result], parameters: Mapping = {}) -> SecondOpinion:  # noqa: B006
    """The numbers of a ledger of `study` (the patients analysed), recomputed. parameters : those of the report."""
    patients, given, without = _Patients(study, parameters), [], {}
    for result in results:
        path = PATHS.get(result.quantity)
        found = path(patients, result) if path and not result.landmark else {}
        for statistic in result.values:
            if statistic in found:
                other, by, tolerance = found[statistic]
                given.append(Opinion(result, statistic, float(other), by, tolerance))
            else:
                without[result.quantity] = without.get(result.quantity, 0) + 1
    return SecondOpinion(tuple(given), without)


@dataclass
class _Patients:
    """The rows behind a report."""

    study: object
    parameters: Mapping

    @cached_property
    def outcome(self) -> Outcome | None:
        asked = {k: self.parameters[k] for k in ("unit", "censor_at") if k in self.parameters}
        try:
            return derive_endpoints(self.study, TIMES, **asked)
        except NotAvailable:
            return None

    @cached_property
    def best(self) -> pd.DataFrame:
        asked = {k: self.parameters[k] for k in ("confirmed", "sd_min_weeks") if k in self.parameters}
        return derive_best_response(self.study, **asked)

    def times(self, result) -> pd.DataFrame | None:
        """time, event (and group) of the patients whom a result is of; None where they are not known here."""
        if self.outcome is None or result.endpoint not in self.outcome.endpoints:
            return None
        rows = self.outcome.rows[self.outcome.rows["PARAMCD"] == result.endpoint]
        frame = pd.DataFrame({"time": rows["AVAL"].astype(float), "event": rows["CNSR"] == 0, "id": rows["USUBJID"]})
        if result.by in ("", "PARAMCD"):
            return frame
        if result.by not in self.study.factors or result.by not in rows:
            return None
        frame["group"] = rows[result.by].astype(object)
        return frame[frame["group"].notna()]


def _curve(frame, follow_up=False):
    from lifelines import KaplanMeierFitter

    return KaplanMeierFitter().fit(frame["time"], ~frame["event"] if follow_up else frame["event"])


def _half(time, survival) -> float:
    """When a curve is at a half: the first time below it, the middle of the flat part that is on it (as R does)."""
    time, survival = np.asarray(time, float), np.asarray(survival, float)
    with np.errstate(invalid="ignore"):
        at, below = np.flatnonzero(survival <= 0.5 + 1e-9), np.flatnonzero(survival < 0.5 - 1e-9)
    if not len(at):
        return np.inf
    ends = time[below[0]] if len(below) else time[-1]  # of the flat part
    return float((time[at[0]] + ends) / 2) if abs(survival[at[0]] - 0.5) <= 1e-9 else float(time[at[0]])


def _first(time, survival) -> float:
    """The first time at which a curve is at a half or below."""
    at = np.flatnonzero(np.asarray(survival, float) <= 0.5 + 1e-9)
    return float(np.asarray(time, float)[at[0]]) if len(at) else np.inf


def _limits(fitted, method) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """(survival, lower, upper) at the times of a curve: lifelines
    counts, and gives log-log; log and plain by Greenwood's sum.
    """
    table = fitted.event_table
    survival = fitted.survival_function_.iloc[:, 0].to_numpy()
    if method in ("log-log", "reverse Kaplan-Meier"):
        low, high = fitted.confidence_interval_.to_numpy().T
        return survival, np.where(survival > 0, low, np.nan), np.where(survival > 0, high, np.nan)
    if method not in ("log", "plain"):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        risk, deaths = table["at_risk"].to_numpy(float), table["observed"].to_numpy(float)
        error = np.sqrt(np.cumsum(np.where(deaths > 0, deaths / (risk * (risk - deaths)), 0.0)))
        if method == "plain":
            low, high = survival - Z * error * survival, survival + Z * error * survival
        else:
            low, high = survival * np.exp(-Z * error), survival * np.exp(Z * error)
    keep = survival > 0
    return survival, np.where(keep, low, np.nan), np.where(keep, high, np.nan)


def _level(patients, result) -> pd.DataFrame | None:
    frame = patients.times(result)
    if frame is not None and "group" in frame:
        frame = frame[frame["group"].astype(str) == result.level]
    return frame if frame is not None and len(frame) else None


def _median(patients, result):
    frame = _level(patients, result)
    if frame is None:
        return {}
    found = {"n": (len(frame), PANDAS, EXACT), "events": (int(frame["event"].sum()), PANDAS, EXACT)}
    fitted = _curve(frame)
    limits = _limits(fitted, result.method)
    middle = _first if result.method == "spss" else _half  # SPSS takes the first time at a half or below
    found["median"] = (middle(fitted.event_table.index, fitted.survival_function_.iloc[:, 0]), LIFELINES, EXACT)
    for name, values in zip(("ci_low", "ci_high"), limits[1:] if limits else (), strict=False):
        found[name] = (_half(fitted.event_table.index, values), LIFELINES, EXACT)
    if limits and frame["event"].any() and np.isnan(limits[1][limits[0] < 1]).all():  # nowhere a limit: not estimable
        found["ci_low"] = (np.nan, LIFELINES, EXACT)
    return found


def _follow_up(patients, result):
    frame = _level(patients, result)
    if frame is None:
        return {}
    fitted = _curve(frame, follow_up=True)
    values = _limits(fitted, result.method) if fitted.event_table["observed"].sum() else None  # NE: nobody is censored
    names = ("follow_up", "follow_up_low", "follow_up_high")
    return {
        n: (_half(fitted.event_table.index, v), LIFELINES, EXACT) for n, v in zip(names, values or (), strict=False)
    }


def _rate(patients, result):
    frame = _level(patients, result)
    if frame is None or result.at is None or result.by not in ("", "PARAMCD"):
        return {}
    fitted, time = _curve(frame), patients.outcome.time(result.at)
    at = int(np.searchsorted(fitted.event_table.index.to_numpy(), time * (1 + 1e-9), side="right")) - 1
    limits = _limits(fitted, result.method)
    found = {"n_risk": (int((frame["time"] >= time * (1 - 1e-9)).sum()), PANDAS, EXACT)}
    found["survival"] = (fitted.survival_function_.iloc[at, 0], LIFELINES, EXACT)
    if limits and 0 < found["survival"][0] < 1:
        found |= {"ci_low": (limits[1][at], LIFELINES, EXACT), "ci_high": (limits[2][at], LIFELINES, EXACT)}
    return found


def _mean(patients, result):
    from lifelines.utils import restricted_mean_survival_time

    frame = _level(patients, result)
    if frame is None or "tau" not in result:
        return {}
    mean = restricted_mean_survival_time(_curve(frame), t=result["tau"])
    counts = {"n": (len(frame), PANDAS, EXACT), "events": (int(frame["event"].sum()), PANDAS, EXACT)}
    return counts | {"mean": (mean, LIFELINES, SEARCHED)}


def _log_rank(patients, result):
    from lifelines.statistics import multivariate_logrank_test

    frame = patients.times(result)
    if frame is None or "group" not in frame or frame["group"].nunique() < 2:
        return {}
    found = multivariate_logrank_test(frame["time"], frame["group"].astype(str), frame["event"])
    numbers = {"statistic": found.test_statistic, "p": found.p_value, "df": frame["group"].nunique() - 1}
    return {name: (value, LIFELINES, EXACT) for name, value in numbers.items()}


def _fitted(frame, **options):
    """A Cox model of lifelines; None where it does not converge."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of separation: such an estimate is not finite here, and has no path
            return CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-10}, **options)
    except (ConvergenceError, ValueError, np.linalg.LinAlgError):
        return None


def _ratios(model, name, factor=1.0) -> dict:
    row = model.summary.loc[name]
    with np.errstate(over="ignore"):
        hr, low, high = np.exp(factor * (row["coef"] + np.array([0, -Z, Z]) * row["se(coef)"]))
    return {k: (v, LIFELINES, SEARCHED) for k, v in (("hr", hr), ("ci_low", low), ("ci_high", high), ("p", row["p"]))}


def _hazard_ratio(patients, result):
    if result.model != "univariable" or result.method != "Cox, Efron ties" or not np.isfinite(result.estimate):
        return {}
    frame = patients.times(Result("", {}, endpoint=result.endpoint, by=result.variable))
    if frame is None or frame["group"].nunique() < 2:
        return {}
    factor = patients.study.meta.factors[result.variable]
    if result.level:
        levels = [x for x in sorted(frame["group"].astype(str).unique()) if x != result.reference]
        columns = {f"x_{x}": (frame["group"].astype(str) == x).astype(float) for x in levels}
        name, step = f"x_{result.level}", 1.0
    else:
        columns, name, step = {"x": frame["group"].astype(float)}, "x", float(factor.per)
    model = _fitted(frame[["time", "event"]].assign(**columns))
    found = _ratios(model, name, step) if model is not None and name in columns else {}
    if found and not result.level:
        found["events"] = (int(frame["event"].sum()), PANDAS, EXACT)
        found["n"] = (len(frame), PANDAS, EXACT)
    return found if len(columns) == 1 else {k: v for k, v in found.items() if k in ("hr", "ci_low", "ci_high")}


def _exact(count, n) -> dict:
    from scipy.stats import binomtest

    if not n > 0:
        return {}
    interval = binomtest(int(count), int(n)).proportion_ci(0.95, "exact")
    return {
        "share": (count / n, SCIPY, EXACT),
        "ci_low": (interval.low, SCIPY, EXACT),
        "ci_high": (interval.high, SCIPY, EXACT),
    }


def _response(patients, result):
    best = patients.best[patients.best["APHASE"].astype(str) == result.level]
    if result.by != "APHASE" or result.variable not in RESPONDERS or result.method != "Clopper-Pearson" or best.empty:
        return {}
    count = int(best["AVALC"].astype(str).isin(RESPONDERS[result.variable]).sum())
    found = {"count": (count, PANDAS, EXACT), "n": (len(best), PANDAS, EXACT)}
    selected = any(c.column == f"BOR_{result.level}" for c in patients.study.meta.eligibility)
    return found if selected and np.isnan(result["ci_low"]) else found | _exact(count, len(best))


def _best(patients, result):
    best = patients.best[patients.best["APHASE"].astype(str) == result.level]
    return {"count": (int((best["AVALC"].astype(str) == result.variable).sum()), PANDAS, EXACT)} if len(best) else {}


def _shares(patients, result):
    """The interval of a share from its own counts: the counts themselves are those of the report."""
    return _exact(result["count"], result.n) if result.method == "Clopper-Pearson" else {}


def _described(patients, result):
    adsl, name = patients.study.table("adsl"), result.variable
    if name not in adsl or not pd.api.types.is_numeric_dtype(adsl[name]):
        return {}
    known = adsl[name].dropna().astype(float)
    q1, median, q3 = np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else (np.nan,) * 3
    numbers = {"n": len(known), "missing": adsl[name].isna().sum(), "mean": known.mean(), "sd": known.std(ddof=1)}
    numbers |= {"median": median, "q1": q1, "q3": q3, "low": known.min(), "high": known.max()}
    return {k: (v, PANDAS, EXACT) for k, v in numbers.items()}


def _counted(patients, result):
    adsl = patients.study.table("adsl")
    name, _, level = result.variable.partition("=")
    if name not in adsl or not level or level not in map(str, adsl[name].dropna().unique()):
        return {}
    known = adsl[name].dropna().astype(str)
    count = int((known == level).sum())
    return {"count": (count, PANDAS, EXACT), "share": (count / len(known), PANDAS, EXACT)}


def _missing(patients, result):
    adsl = patients.study.table("adsl")
    if result.variable not in adsl:
        return {}
    known = int(adsl[result.variable].notna().sum())
    return {"known": (known, PANDAS, EXACT), "missing": (len(adsl) - known, PANDAS, EXACT)}


def _worst(patients, result):
    """Patients with an event of one term by their worst grade, counted one by one; of all who had the course."""
    adae, subjects = derive_events(patients.study), set(course_subjects(patients.study, result.level))
    if result.by != "APHASE" or not subjects:
        return {}
    of_course = adae[adae["APHASE"].astype(str) == result.level]
    rows = of_course if result.variable == ANY else of_course[of_course["AEDECOD"] == result.variable]
    worst: dict[str, int] = {}
    for subject, grade in zip(rows["USUBJID"], rows.get("ATOXGR", pd.Series(0, rows.index)).fillna(0), strict=True):
        worst[subject] = max(int(grade), worst.get(subject, 0))
    found = {}
    for name, (low, high) in GRADES.items():
        count = sum(low <= grade <= high for grade in worst.values())
        found[f"grade {name}, count"] = (count, PANDAS, EXACT)
        found[f"grade {name}, share"] = (count / len(subjects), PANDAS, EXACT)
    return found


def _paired(patients, result):
    """Rechallenge against the first course of the same patients, by three Cox models of both courses in one table."""
    both = [patients.times(Result("", {}, endpoint=code)) for code in (result.endpoint, result.reference)]
    if any(frame is None for frame in both):
        return {}
    kept = set(both[0]["id"]) & set(both[1]["id"])
    frame = pd.concat([f[f["id"].isin(kept)].assign(x=float(i == 0)) for i, f in enumerate(both)], ignore_index=True)
    how = {
        "as if unpaired": {},
        "clustered on patient": {"cluster_col": "id"},
        "stratified by patient": {"strata": ["id"]},
    }
    if result.method not in how:
        return {}
    frame = frame if how[result.method] else frame.drop(columns="id")
    model = _fitted(frame, **how[result.method])
    if model is None:
        return {}
    if result.method == "as if unpaired":
        return _ratios(model, "x") | {"n": (len(kept), PANDAS, EXACT)}
    # the limits of lifelines are others: its sandwich takes ties otherwise than R's, and of pairs it has no exact
    # limits
    return {"hr": _ratios(model, "x")["hr"]}


def _of_literature(patients, result):
    """The interval of a printed share from its printed counts."""
    if result.method != "Clopper-Pearson" or not float(result.events).is_integer():
        return {}
    found = _exact(result.events, result.n)
    return ({"estimate": found["share"]} | found) if found else {}


PATHS: dict[str, Callable[[_Patients, Result], dict]] = {
    "survival.median": _median,
    "survival.follow_up": _follow_up,
    "survival.rate": _rate,
    "survival.mean": _mean,
    "survival.log_rank": _log_rank,
    "hazard_ratio": _hazard_ratio,
    "response.rate": _response,
    "response.best": _best,
    "paired.ratio_share": _shares,
    "paired.hazard_ratio": _paired,
    "population.missing": _missing,
    "adverse_event.worst_grade": _worst,
    "literature.rate": _of_literature,
    "beside.rate": _of_literature,
    "baseline.number": _described,
    "baseline.share": _counted,
}

"""Known answers: what the estimators give here, beside R, lifelines and scipy, number by number.

The numbers of R stand in known.json with their data (made by tests/reference/make_known.py from the results that the
tests use); those of lifelines and scipy are computed anew by their own code.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from . import curve, firth, rmst
from .competing import cumulative_incidence, gray_test
from .cox import cox_fit
from .logrank import log_rank_test
from .proportions import proportion

R, LIFELINES, SCIPY = "R", "lifelines", "scipy"
EXACT, CLOSE, SEARCHED = (
    1e-9,
    1e-6,
    1e-3,
)  # relative differences that count as none: sums, maxima, limits found by search


@dataclass(frozen=True)
class Answer:
    """One number: what is estimated of which data, here and there. tolerance : relative, or absolute below 1."""

    estimator: str
    data: str
    number: str
    ours: float
    known: float
    source: str
    tolerance: float

    @property
    def difference(self) -> float:
        """The difference, relative to the known number where this is above 1; 0 where both are infinite or missing."""
        if not (np.isfinite(self.ours) and np.isfinite(self.known)):
            return 0.0 if str(self.ours) == str(self.known) else float("inf")
        return abs(self.ours - self.known) / max(1.0, abs(self.known))

    @property
    def agrees(self) -> bool:
        """Whether the two are the same within the tolerance."""
        return self.difference <= self.tolerance


@dataclass(frozen=True)
class PublicData:
    """A public data set of lifelines: how it is loaded, and the
    columns that hold time, event, group and a covariate.
    """

    name: str
    time: str
    event: str
    group: str
    covariate: str


PUBLIC = (
    PublicData("lung", "time", "status", "sex", "age"),
    PublicData("rossi", "week", "arrest", "fin", "prio"),
    PublicData("waltons", "T", "E", "group", "group"),
    PublicData("gbsg2", "time", "cens", "horTh", "age"),
    PublicData("larynx", "time", "death", "Stage_IV", "age"),
    PublicData("leukemia", "t", "status", "Rx", "logWBC"),
    PublicData("kidney_transplant", "time", "death", "black_male", "age"),
    PublicData("lymphoma", "Time", "Censor", "Stage_group", "Stage_group"),
    PublicData("lcd", "T", "E", "group", "group"),
    PublicData("psychiatric_patients", "T", "C", "sex", "Age"),
    PublicData("g3", "time", "event", "group", "age"),
    PublicData("dd", "duration", "observed", "democracy", "democracy"),
)
SHARES = ((0, 13), (1, 13), (5, 14), (18, 40), (101, 101))


def answers() -> Iterator[Answer]:
    """Every known answer, those of R first."""
    held = _held()
    for name, make in OF_R.items():
        for row in held["answers"][name]:
            yield from make(_Row(row), held["data"][row["set"]])
    for public in PUBLIC:
        yield from _of_lifelines(public)
    yield from _of_scipy()


def table_of(found: list[Answer]) -> str:
    """The answers as a table in Markdown, one row a number, then how many agree."""
    lines = ["| estimator | data | number | here | known | by | difference | |", "|---|---|---|---|---|---|---|---|"]
    lines += [
        f"| {a.estimator} | {a.data} | {a.number} | {a.ours:.10g} | {a.known:.10g} | {a.source} | {_magnitude(a)} |"
        f" {'agrees' if a.agrees else 'DIFFERS'} |"
        for a in found
    ]
    return "\n".join(lines) + "\n"


def _magnitude(answer) -> str:
    """The difference as the power of ten below it: the last digits differ between machines."""
    if np.isinf(answer.difference):
        return "endless"
    return "0" if answer.difference < 1e-12 else f"< 1e{int(np.ceil(np.log10(answer.difference))):d}"


class _Row(dict):
    """A row of a table of R; null is infinite for what is not reached."""

    def __getattr__(self, name):
        return self[name]

    def number(self, name, missing=float("inf")) -> float:
        return missing if self[name] is None else float(self[name])


@cache
def _held() -> dict:
    held = json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))
    held["data"] = {name: pd.DataFrame(columns) for name, columns in held["data"].items()}
    return held


def _adtte(data) -> pd.DataFrame:
    return pd.DataFrame({"AVAL": data["time"].astype(float), "CNSR": 1 - data["event"], "group": data["group"]})


def _medians(row, data):
    follow = row.kind == "follow-up"
    found = (curve.follow_up if follow else curve.median_survival)(_adtte(data), method=row.method).iloc[0]
    what = "median follow-up (reverse Kaplan-Meier)" if follow else "median survival"
    for name in ("median", "ci_low", "ci_high"):
        yield Answer(f"{what}, {row.method}", row.set, name, found[name], row.number(name), R, EXACT)


def _rates(row, data):
    found = curve.survival_at_times(_adtte(data), [row.time], method=row.method).iloc[0]
    for name in ("survival", "ci_low", "ci_high"):
        yield Answer(
            f"Kaplan-Meier, {row.method}", row.set, f"{name} at {row.time:g}", found[name], row.number(name), R, EXACT
        )


def _ranks(row, data):
    found = log_rank_test(data["time"], data["group"], data["event"] == 1)
    yield Answer("log-rank test", row.set, f"chi-square, {found.df} df", found.statistic, row.statistic, R, EXACT)


def _cox(row, data):
    columns = row.form.split("+")
    fit, j = cox_fit(data["time"], data["event"] == 1, data[columns].to_numpy(float)), columns.index(row.term)
    yield Answer("Cox model, Efron", row.set, f"coefficient of {row.term}", fit.coef[j], row.coef, R, CLOSE)
    yield Answer(
        "Cox model, Efron", row.set, f"standard error of {row.term}", np.sqrt(fit.covariance[j, j]), row.se, R, CLOSE
    )
    yield Answer("Cox model, Efron", row.set, "log likelihood", fit.loglik, row.loglik, R, EXACT)


def _mean(row, data):
    mean, error = rmst.restricted_mean(curve.kaplan_meier(data["time"], data["event"] == 1), row.tau)
    yield Answer("restricted mean", row.set, f"mean to {row.tau:g}", mean, row.mean, R, EXACT)
    yield Answer("restricted mean", row.set, f"standard error to {row.tau:g}", error, row.se, R, EXACT)


def _firth(row, data):
    columns = row.form.split("+")
    fit, j = firth.firth_cox(data["time"], data["event"] == 1, data[columns].to_numpy(float)), columns.index(row.term)
    for name, ours in (("coefficient", fit.coef[j]), ("lower limit", fit.low[j]), ("upper limit", fit.high[j])):
        known = row[{"coefficient": "coef", "lower limit": "low", "upper limit": "high"}[name]]
        yield Answer("Cox model with Firth's penalty", row.set, f"{name} of {row.term}", ours, known, R, SEARCHED)


def _gray(row, data):
    statistic, df = gray_test(data["time"], data["cause"], data["group"], row.cause)
    yield Answer(
        "Gray's test", row.set, f"chi-square of cause {row.cause}, {df} df", statistic, row.statistic, R, EXACT
    )


def _incidence(row, data):
    found = cumulative_incidence(data["time"], data["cause"], row.cause)
    at = int(np.searchsorted(found.time, row.time, side="right")) - 1
    ours = float(found.incidence[at]) if at >= 0 else 0.0
    yield Answer("cumulative incidence", row.set, f"cause {row.cause} at {row.time:g}", ours, row.estimate, R, EXACT)


OF_R: dict[str, Callable] = {
    "survival": _medians,
    "survival_at": _rates,
    "logrank": _ranks,
    "cox": _cox,
    "rmean": _mean,
    "firth": _firth,
    "gray": _gray,
    "incidence": _incidence,
}


def _public(public) -> pd.DataFrame:
    """time, event, group (codes from 0), x of a public data set; rows that lack one, or of no time, are left out."""
    from lifelines import datasets

    raw = getattr(datasets, f"load_{public.name}")()
    frame = pd.DataFrame(
        {"time": raw[public.time], "event": raw[public.event], "group": raw[public.group], "x": raw[public.covariate]}
    )
    frame = frame.dropna()
    frame = frame[frame["time"] > 0]
    codes = lambda values: pd.factorize(values, sort=True)[0]  # noqa: E731
    numeric = pd.api.types.is_numeric_dtype(frame["x"])
    return pd.DataFrame(
        {
            "time": frame["time"].astype(float),
            "event": frame["event"].astype(int) == int(frame["event"].max()),
            "group": codes(frame["group"]),
            "x": frame["x"].astype(float) if numeric else codes(frame["x"]).astype(float),
        }
    )


def _of_lifelines(public) -> Iterator[Answer]:
    """Our own sums and Newton steps against those of lifelines."""
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    data = _public(public)
    ours = curve.counted_curve(data["time"], data["event"])
    theirs = KaplanMeierFitter().fit(data["time"], data["event"]).survival_function_["KM_estimate"]
    far = max(abs(ours.survival - theirs.reindex(ours.time).to_numpy()))
    yield Answer("Kaplan-Meier, own sums", public.name, "largest difference of S(t)", far, 0.0, LIFELINES, EXACT)
    tested = multivariate_logrank_test(data["time"], data["group"], data["event"]).test_statistic
    found = log_rank_test(data["time"], data["group"], data["event"]).statistic
    yield Answer("log-rank test", public.name, "chi-square", found, tested, LIFELINES, CLOSE)
    frame = data[["time", "event", "x"]]
    model = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-10})
    fit = cox_fit(data["time"], data["event"], data[["x"]].to_numpy(float))
    yield Answer(
        "Cox model, Efron", public.name, "coefficient", float(fit.coef[0]), float(model.params_["x"]), LIFELINES, CLOSE
    )
    error = float(np.sqrt(fit.covariance[0, 0]))
    yield Answer(
        "Cox model, Efron", public.name, "standard error", error, float(model.standard_errors_["x"]), LIFELINES, CLOSE
    )


def _of_scipy() -> Iterator[Answer]:
    from scipy.stats import binomtest

    for count, n in SHARES:
        interval = binomtest(count, n).proportion_ci(0.95, "exact")
        _, low, high = proportion(count, n)
        for name, ours, known in (("lower", low, interval.low), ("upper", high, interval.high)):
            yield Answer("share, Clopper-Pearson", f"{count} of {n}", f"{name} limit", ours, float(known), SCIPY, EXACT)

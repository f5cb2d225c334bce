"""Cox regression of frames: univariable, multivariable, profile limits, separation, proportional hazards.

The fit is lifelines' (Efron ties) for few rows where every coefficient has an estimate; else, and for what lifelines
lacks, that of cox.maximum. Numerical trouble is a row with a reason: degrees of freedom are the rank of the
information.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from .cox import Maximum, clocked_sums, likelihood, maximum
from .curve import LARGE, counted_curve, observed
from .logrank import quadratic_form
from .times import joined, upcoming

COLUMNS = [
    "variable",
    "level",
    "reference",
    "n",
    "events",
    "hr",
    "ci_low",
    "ci_high",
    "p",
    "profile_low",
    "profile_high",
    "p_global",
    "p_ph",
    "reason",
    "method",
]
METHOD = "Cox, Efron ties"
CONSTANT = "one value in every patient: left out of the model"
NOBODY = "nobody in {} is at risk when an event happens"
NOT_PROPORTIONAL = 0.05  # P of proportional hazards below which a hazard ratio is called an average
LEFT_NOTHING = "no information is left: what is separated orders the events alone"
_FLAT = (
    50.0  # standard errors of a coefficient, in standard deviations of its column, from which its likelihood is flat
)
_PRECISE = {"precision": 1e-14, "r_precision": 0.0}  # lifelines takes the errors from the step before the last


@dataclass(frozen=True)
class Term:
    """One candidate: its design columns (level -> 0/1, or one numeric column '') and the reference level."""

    name: str
    design: pd.DataFrame
    reference: str = ""


def make_term(values: pd.Series, reference="", step=1.0) -> Term:
    """Design of one candidate. Numeric: one column, in steps of `step`.
    Categorical: indicators against `reference` (default: first level present).
    """
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return Term(values.name, pd.DataFrame({"": values.astype(float) / step}))
    present = [level for level in values.cat.categories if (values == level).any()]
    base = reference if reference in present else present[0] if present else ""
    columns = {level: (values == level).astype(float).where(values.notna()) for level in present if level != base}
    return Term(values.name, pd.DataFrame(columns, index=values.index), base)


def cox_univariable(adtte, candidates, references=None, steps=None) -> pd.DataFrame:
    """One Cox model a candidate, on the subjects with a value.

    adtte : rows of one PARAMCD with AVAL, CNSR and the candidate columns; references : {candidate: reference level};
    steps : {candidate: step of a numeric one's hazard ratio}. Returns one row a coefficient with COLUMNS: hr, ci_low,
    ci_high, p (Wald); profile_low, profile_high (profile likelihood, models of one coefficient); p_global (likelihood
    ratio of the candidate); p_ph (proportional hazards, score test of the candidate); reason says why a row has no
    estimate. Source: Cox 1972, Efron 1977.
    """
    rows = []
    for name in candidates:
        rows += _model(adtte, [make_term(adtte[name], (references or {}).get(name, ""), (steps or {}).get(name, 1.0))])[
            0
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class CoxModel:
    """One Cox model of several factors. frame: one row a coefficient with COLUMNS; n subjects, events and parameters
    (ranks of the information) of the model; excluded: subjects without a value of each factor."""

    frame: pd.DataFrame
    n: int
    events: int
    parameters: int
    excluded: int

    @property
    def events_per_variable(self) -> float:
        """Events for each coefficient; NaN without one."""
        return self.events / self.parameters if self.parameters else np.nan


def as_frame(result: "pd.DataFrame | CoxModel") -> pd.DataFrame:
    """The rows with COLUMNS of cox_univariable or of cox_multivariable."""
    return result.frame if isinstance(result, CoxModel) else result


def cox_multivariable(adtte, candidates, references=None, steps=None) -> CoxModel:
    """One Cox model with all candidates, on the subjects with a value of each; its rows as in cox_univariable."""
    complete = adtte.dropna(subset=list(candidates))
    events = int(observed(complete["CNSR"]).sum())
    terms = [
        make_term(complete[name], (references or {}).get(name, ""), (steps or {}).get(name, 1.0)) for name in candidates
    ]
    varying = [t for t in terms if len(t.design.columns) and (t.design.nunique() > 1).all()]
    rows, rank = _model(complete, varying) if varying else ([], 0)
    idle = {"n": len(complete), "events": events, "reason": CONSTANT, "method": METHOD}
    blank = dict.fromkeys(COLUMNS, np.nan)
    rows += [
        blank | {"variable": t.name, "level": "", "reference": t.reference} | idle for t in terms if t not in varying
    ]
    parameters = rank or sum(len(t.design.columns) for t in varying)
    return CoxModel(pd.DataFrame(rows, columns=COLUMNS), len(complete), events, parameters, len(adtte) - len(complete))


def _model(adtte, terms) -> tuple[list[dict], int]:
    """The result rows of one model with these terms, and the rank of its information (0 where it was not fitted)."""
    known = pd.concat([t.design for t in terms], axis=1).notna().all(axis=1)
    time, event = adtte.loc[known, "AVAL"].to_numpy(float), observed(adtte.loc[known, "CNSR"])
    labels = [(t, level) for t in terms for level in t.design.columns]
    size = {"n": int(known.sum()), "events": int(event.sum()), "method": METHOD, "reason": ""}
    blank = dict.fromkeys(COLUMNS, np.nan) | size
    if not labels:
        few = {"level": "", "reason": "fewer than two levels"}
        return [blank | few | {"variable": t.name, "reference": t.reference} for t in terms], 0
    x = np.column_stack([t.design.loc[known, level].to_numpy(float) for t, level in labels])
    rows = [blank | {"variable": t.name, "level": level, "reference": t.reference} for t, level in labels]
    reasons, found = estimability(time, event, x, labels)
    for row, reason in zip(rows, reasons, strict=True):
        row["reason"] = reason
    if found is None:
        return rows, 0
    coefs, errors = _fit(time, event, x, found)
    flat = (errors <= 0) | (errors * x.std(axis=0) > _FLAT)  # False where NaN: there is a reason already
    for i in np.flatnonzero(flat):
        reasons[i] = rows[i]["reason"] = LEFT_NOTHING
    half = norm.ppf(0.975) * errors
    for i in np.flatnonzero([not reason for reason in reasons]):
        rows[i] |= {"hr": np.exp(coefs[i]), "ci_low": np.exp(coefs[i] - half[i]), "ci_high": np.exp(coefs[i] + half[i])}
        rows[i]["p"] = 2 * norm.sf(abs(coefs[i] / errors[i]))
    if x.shape[1] == 1 and not reasons[0]:
        limits = np.exp(profile_limits(time, event, x[:, 0], coefs[0], found.loglik))
        rows[0] |= {"profile_low": limits[0], "profile_high": limits[1]}
    columns = [[i for i, (t, _) in enumerate(labels) if t is term] for term in terms]
    p_ph = proportional_hazards(time, event, x, found, columns)
    for mine, ph in zip(columns, p_ph, strict=True):
        if not all(reasons[i] for i in mine):
            p = _p_without(time, event, x, mine, found)
            for j in mine:
                rows[j] |= {"p_global": p, "p_ph": ph}
    return rows, found.rank


def _p_without(time, event, x, mine, found) -> float:
    """Likelihood-ratio P of the columns `mine`; degrees of freedom are the ranks of information that they add."""
    others = np.delete(x, mine, axis=1)
    null = maximum(time, event, others) if others.shape[1] else None
    loglik, rank = (null.loglik, null.rank) if null else (found.loglik0, 0)
    df = found.rank - rank
    return float(chi2.sf(max(0.0, 2 * (found.loglik - loglik)), df)) if df > 0 else np.nan


def estimability(time, event, x, labels) -> tuple[list[str], Maximum | None]:
    """Why each column of x (n, k) has no estimate ('' where it has one), and the maximum; None where nothing was
    fitted.

    labels : (Term, level) of each column.
    """
    k, events = x.shape[1], int(event.sum())
    if not events:
        return ["no event"] * k, None
    if len(time) < 2:
        return ["fewer than 2 subjects with a value"] * k, None
    found = maximum(time, event, x)
    if found.rank >= events and found.rank > 1:
        return [f"{found.rank} coefficients for {events} events"] * k, None
    reasons = no_information(time, event, x, labels, found)
    for j, reason in enumerate(_separated(event, x, labels, found.diverging & ~found.unknown)):
        reasons[j] = reasons[j] or reason
    return reasons, found


def not_estimable(time, event, x, labels) -> list[str]:
    """The reasons of estimability alone."""
    return estimability(time, event, x, labels)[0]


def no_information(time, event, x, labels, found) -> list[str]:
    """Reasons of the columns whose coefficient the risk sets do not tell: the level that is to blame, or the others."""
    reasons = [""] * len(labels)
    if not found.unknown.any():
        return reasons
    at_risk = ~(joined(time) < joined(time)[event].min())
    for j in np.flatnonzero(found.unknown):
        term, mine = labels[j][0], [i for i, (t, _) in enumerate(labels) if t is labels[j][0]]
        levels = x[:, mine].sum(axis=1)
        if np.ptp(x[:, j]) == 0:
            reasons[j] = "the same value in every subject"
        elif term.reference and not (x[at_risk, j] == 1).any():
            reasons[j] = f"no information: {NOBODY.format('this level')}"
        elif term.reference and not (levels[at_risk] == 0).any():
            reasons[j] = f"no information: {NOBODY.format('the reference level')}"
        elif found.idle[j]:
            reasons[j] = "no information: it does not vary among those at risk when an event happens"
        else:
            reasons[j] = "collinear with the other variables"
    return reasons


def _separated(event, x, labels, diverging) -> list[str]:
    """Reasons of the coefficients that run to infinity: an empty level by its name, else the factors that do so."""
    alone = "separated: it orders the events without exception"
    reasons, rest = [""] * len(labels), []
    for j in np.flatnonzero(diverging):
        term, mine = labels[j][0], [i for i, (t, _) in enumerate(labels) if t is labels[j][0]]
        if term.reference and not event[x[:, j] == 1].any():
            reasons[j] = "separated: no event in this level"
        elif term.reference and not event[x[:, mine].sum(axis=1) == 0].any():
            reasons[j] = "separated: no event in the reference level"
        else:
            rest.append(j)
    together = len({labels[j][0].name for j in rest}) > 1
    for j in rest:
        reasons[j] = "separated: the factors together order the events" if together else alone
    return reasons


def proportional_hazards(time, event, x, found, columns) -> list[float]:
    """P of proportional hazards of each term: the score test of a coefficient that changes with 1 - S(t-).

    found : the Maximum of x (n, k); columns : the column numbers of each term. As R's cox.zph with its default
    transform; degrees of freedom: the rank of the score's variance. NaN for a term with a coefficient that runs to
    infinity. Source: Grambsch and Therneau 1994; Therneau, survival 3.0.
    """
    curve = counted_curve(time, event)
    before = np.append(1.0, curve.survival)[upcoming(curve.time, time)]
    clock = 1.0 - before
    clock = clock - clock[event].mean()
    z = x[:, found.used]
    _, _, info, score_g, info_g, info_gg = clocked_sums(time, event, z - z.mean(axis=0), found.beta, clock)
    inverse, places = np.linalg.pinv(info, rcond=1e-14, hermitian=True), {j: i for i, j in enumerate(found.used)}
    answers = []
    for term in columns:
        mine = [places[j] for j in term if j in places]
        rest = info_gg[np.ix_(mine, mine)] - info_g[mine] @ inverse @ info_g[:, mine]
        usable = len(mine) and not found.diverging[term].any()
        answers.append(_score_p(score_g[mine], rest, info_gg[np.ix_(mine, mine)]) if usable else np.nan)
    return answers


def _score_p(score, variance, scale) -> float:
    """P of score' variance^- score on the rank of the variance (m, m), against `scale` (m, m); NaN where it holds
    nothing: all events at one time, nothing can change."""
    whole = np.diag(scale)
    varying = np.diag(variance) > 1e-9 * whole
    statistic, df = quadratic_form(score[varying], variance[np.ix_(varying, varying)])
    return float(chi2.sf(statistic, df)) if df else np.nan


def profile_limits(time, event, x, coef, top, level=0.95) -> tuple[float, float]:
    """Profile-likelihood limits of a single coefficient; infinite where the likelihood never falls far enough."""
    x = np.asarray(x, float).reshape(-1, 1)
    drop = chi2.ppf(level, 1) / 2
    unit = 1 / max(float(x.std()), 1e-12)
    at = likelihood(time, event, x)

    def fall(beta):
        return at(np.array([beta]))[0] - top + drop

    limits = []
    for sign in (-1, 1):
        reach = unit
        while fall(coef + sign * reach) > 0 and reach < 64 * unit:
            reach *= 2
        found = fall(coef + sign * reach) <= 0
        limits.append(brentq(fall, *sorted((coef, coef + sign * reach)), xtol=1e-10) if found else sign * np.inf)
    return limits[0], limits[1]


def _fit(time, event, x, found) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors (k,): lifelines' for few
    rows where every column has an estimate, else `found`.
    """
    if len(time) >= LARGE or found.unknown.any() or found.diverging.any():
        return found.coef, found.se
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])]).assign(time=joined(time), event=event)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sparse levels: the events per level and per variable are shown instead
            fit = CoxPHFitter().fit(frame, "time", "event", fit_options=_PRECISE)
    except ConvergenceError:  # its steps can overshoot at a level of one subject; the maximum exists all the same
        return found.coef, found.se
    return fit.params_.to_numpy(), fit.standard_errors_.to_numpy()

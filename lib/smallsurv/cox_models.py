"""Cox regression: univariable, multivariable, profile limits, separation, proportional hazards.

The fit is lifelines' (Efron ties). The partial likelihood here serves the checks that lifelines lacks. From LARGE rows
on, both come from fast.py: the same model, in linear time.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from .curve import LARGE, counted_curve, observed
from .likelihood import climb, partial_likelihood, partial_sums

COLUMNS = [
    "variable", "level", "reference", "n", "events", "hr", "ci_low", "ci_high", "p",
    "profile_low", "profile_high", "p_global", "p_ph", "reason", "method",
]  # fmt: skip
METHOD = "Cox, Efron ties"
_PRECISE = {"precision": 1e-14, "r_precision": 0.0}  # lifelines takes the errors from the step before the last


@dataclass(frozen=True)
class Term:
    """One candidate: its design columns (level -> 0/1, or one numeric column '') and the reference level."""

    name: str
    design: pd.DataFrame
    reference: str = ""


def make_term(values: pd.Series, reference="", step=1.0) -> Term:
    """Design of one candidate. Numeric: one column, in steps of `step`. Categorical: indicators against `reference` (default: first level present)."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return Term(values.name, pd.DataFrame({"": values.astype(float) / step}))
    present = [level for level in values.cat.categories if (values == level).any()]
    base = reference if reference in present else present[0] if present else ""
    columns = {level: (values == level).astype(float).where(values.notna()) for level in present if level != base}
    return Term(values.name, pd.DataFrame(columns, index=values.index), base)


def cox_univariable(adtte, candidates, references=None, steps=None) -> pd.DataFrame:
    """One Cox model a candidate, on the subjects with a value.

    adtte : rows of one PARAMCD with AVAL, CNSR and the candidate columns; references : {candidate: reference level};
    steps : {candidate: step of a numeric one's hazard ratio}.
    Returns one row a coefficient with COLUMNS: hr, ci_low, ci_high, p (Wald); profile_low, profile_high (profile
    likelihood, models of one coefficient); p_global (likelihood ratio of the candidate); p_ph (proportional hazards, score test of the candidate);
    reason says why a row has no estimate. Source: Cox 1972, Efron 1977.
    """
    rows = []
    for name in candidates:
        rows += _rows(adtte, [make_term(adtte[name], (references or {}).get(name, ""), (steps or {}).get(name, 1.0))])
    return pd.DataFrame(rows, columns=COLUMNS)


def cox_multivariable(adtte, candidates, references=None, steps=None) -> pd.DataFrame:
    """One Cox model with all candidates, on the subjects with a value of each. Returns COLUMNS; attrs hold
    n, events, parameters, events_per_variable."""
    complete = adtte.dropna(subset=list(candidates))
    if not len(candidates):
        return pd.DataFrame(columns=COLUMNS)
    terms = [
        make_term(complete[name], (references or {}).get(name, ""), (steps or {}).get(name, 1.0)) for name in candidates
    ]
    varying = [t for t in terms if len(t.design.columns) and (t.design.nunique() > 1).all()]
    rows = _rows(complete, varying) if varying else []
    events, parameters = int(observed(complete["CNSR"]).sum()), sum(len(t.design.columns) for t in varying)
    idle = {
        "n": len(complete),
        "events": events,
        "reason": "one value in every patient: left out of the model",
        "method": METHOD,
    }
    rows += [
        dict.fromkeys(COLUMNS, np.nan) | {"variable": t.name, "level": "", "reference": t.reference} | idle
        for t in terms if t not in varying
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame.attrs.update(
        n=len(complete), events=events, parameters=parameters, excluded=len(adtte) - len(complete),
        events_per_variable=events / parameters if parameters else np.nan,
    )  # fmt: skip
    return frame


def _rows(adtte, terms):
    """The result rows of one model with these terms."""
    known = pd.concat([t.design for t in terms], axis=1).notna().all(axis=1)
    time, event = adtte.loc[known, "AVAL"].to_numpy(float), observed(adtte.loc[known, "CNSR"])
    labels = [(t, level) for t in terms for level in t.design.columns]
    x = (
        np.column_stack([t.design.loc[known, level].to_numpy(float) for t, level in labels])
        if labels
        else np.empty((known.sum(), 0))
    )
    base = [dict.fromkeys(COLUMNS, np.nan) | {
        "variable": t.name, "level": level, "reference": t.reference, "n": int(known.sum()), "events": int(event.sum()),
        "reason": "", "method": METHOD} for t, level in labels]  # fmt: skip
    reasons = not_estimable(time, event, x, labels)
    if not labels:
        return [dict.fromkeys(COLUMNS, np.nan) | {"variable": t.name, "level": "", "reference": t.reference, "n": int(known.sum()),
                "events": int(event.sum()), "reason": "fewer than two levels", "method": METHOD} for t in terms]  # fmt: skip
    if any(reasons):
        whole = next(r for r in reasons if r)
        return [row | {"reason": reason or (f"no estimate, as another level is {whole}" if len(terms) == 1 else whole)}
                for row, reason in zip(base, reasons, strict=True)]  # fmt: skip
    coefs, errors, top = _fit(time, event, x)
    columns = [[i for i, (t, _) in enumerate(labels) if t is term] for term in terms]
    p_ph = proportional_hazards(time, event, x, coefs, columns)
    profile = profile_limits(time, event, x[:, 0], coefs[0], top) if x.shape[1] == 1 else (np.nan, np.nan)
    for i, row in enumerate(base):
        coef, se = coefs[i], errors[i]
        row |= {"hr": np.exp(coef), "ci_low": np.exp(coef - norm.ppf(0.975) * se), "ci_high": np.exp(coef + norm.ppf(0.975) * se),
                "p": 2 * norm.sf(abs(coef / se)), "profile_low": np.exp(profile[0]), "profile_high": np.exp(profile[1])}  # fmt: skip
        base[i] = row
    for mine, ph in zip(columns, p_ph, strict=True):
        others = np.delete(x, mine, axis=1)
        null = (
            newton(time, event, others)[1] if others.shape[1] else _likelihood(time, event, x)(np.zeros(x.shape[1]))[0]
        )
        p = float(chi2.sf(max(0.0, 2 * (top - null)), len(mine)))
        for i in mine:
            base[i] |= {"p_global": p, "p_ph": ph}
    return base


def not_estimable(time, event, x, labels) -> list[str]:
    """For each column, why no finite coefficient exists ('' where one does)."""
    k = x.shape[1]
    if not event.any():
        return ["no event"] * k
    if len(time) < 2:
        return ["fewer than 2 subjects with a value"] * k
    if any(np.ptp(x[:, j]) == 0 for j in range(k)):
        return ["the same value in every subject" if np.ptp(x[:, j]) == 0 else "" for j in range(k)]
    centred = x - x.mean(axis=0)
    if np.linalg.matrix_rank(centred) < k:
        return ["collinear with the other variables" if k > 1 else "the same value in every subject"] * k
    if k >= event.sum():
        return [f"{k} coefficients for {int(event.sum())} events"] * k if k > 1 else _separated(time, event, x, labels)
    return _separated(time, event, x, labels)


def _separated(time, event, x, labels):
    """Reasons where a coefficient runs to infinity: named for an empty level, else for the model as a whole."""
    diverging = newton(time, event, x)[2]
    if not diverging.any():
        return [""] * len(labels)
    single = len({t.name for t, _ in labels}) == 1
    whole = (
        "separated: it orders the events without exception"
        if single
        else "separated: the factors together order the events"
    )
    reasons = []
    for j, (term, _level) in enumerate(labels):
        mine = [i for i, (t, _) in enumerate(labels) if t is term]
        if not diverging[j]:
            reasons.append("" if single else whole)
        elif term.reference and not event[x[:, j] == 1].any():
            reasons.append("separated: no event in this level")
        elif term.reference and not event[x[:, mine].sum(axis=1) == 0].any():
            reasons.append("separated: no event in the reference level")
        else:
            reasons.append(whole)
    return reasons


def proportional_hazards(time, event, x, coef, columns) -> list[float]:
    """P of proportional hazards of each term: the score test of a coefficient that changes with 1 - S(t-).

    columns : the column numbers of each term. As R's cox.zph with its default transform; degrees of freedom: the
    term's columns. Source: Grambsch and Therneau 1994; Therneau, survival 3.0.
    """
    curve = counted_curve(time, event)
    before = np.append(1.0, curve.survival)[np.searchsorted(curve.time, time, side="left")]
    clock = 1.0 - before
    clock = clock - clock[event].mean()
    if len(time) >= LARGE:
        from .cox import clocked_sums as sums
    else:
        sums = partial_sums
    _, _, info, score_g, info_g, info_gg = sums(time, event, x - x.mean(axis=0), coef, clock)
    found = []
    for mine in columns:
        rest = info_gg[np.ix_(mine, mine)] - info_g[mine] @ np.linalg.solve(info, info_g[:, mine])
        try:
            statistic = score_g[mine] @ np.linalg.solve(rest, score_g[mine])
        except np.linalg.LinAlgError:  # all its events at one time: nothing can change
            statistic = np.nan
        found.append(float(chi2.sf(statistic, len(mine))))
    return found


def _likelihood(time, event, x):
    """partial_likelihood as a function of beta alone."""
    if len(time) >= LARGE:
        from .cox import likelihood

        return likelihood(time, event, x)
    return lambda beta: partial_likelihood(time, event, x, beta)


def newton(time, event, x, steps=30) -> tuple[np.ndarray, float, np.ndarray]:
    """Maximum of the partial likelihood: beta, log-likelihood, and which coefficients run to infinity."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    found = climb(_likelihood(time, event, (x - centre) / scale), x.shape[1], steps)
    return found.beta / scale, found.loglik, found.diverging


def profile_limits(time, event, x, coef, top, level=0.95) -> tuple[float, float]:
    """Profile-likelihood limits of a single coefficient; infinite where the likelihood never falls far enough."""
    x = np.asarray(x, float).reshape(-1, 1)
    drop = chi2.ppf(level, 1) / 2
    unit = 1 / max(float(x.std()), 1e-12)
    at = _likelihood(time, event, x)

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


def _fit(time, event, x):
    """Coefficients, standard errors, log-likelihood."""
    if len(time) >= LARGE:
        from .cox import cox_fit

        fit = cox_fit(time, event, x)
        return fit.coef, np.sqrt(np.diag(fit.covariance)), fit.loglik
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])]).assign(time=time, event=event)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sparse levels: the events per level and per variable are shown instead
            fit = CoxPHFitter().fit(frame, "time", "event", fit_options=_PRECISE)
    except ConvergenceError:  # its steps can overshoot at a level of one subject; the maximum exists all the same
        return _climbed(time, event, x)
    return fit.params_.to_numpy(), fit.standard_errors_.to_numpy(), fit.log_likelihood_


def _climbed(time, event, x):
    """_fit by Newton's method with step halving."""
    scale = x.std(axis=0)
    found = climb(_likelihood(time, event, (x - x.mean(axis=0)) / scale), x.shape[1], steps=60)
    return found.beta / scale, np.sqrt(np.diag(np.linalg.inv(found.info))) / scale, found.loglik

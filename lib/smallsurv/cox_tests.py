"""One factor of a Cox model under the conventions of other programs: ties by Efron or Breslow; Wald, likelihood-ratio, score P."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .cox_models import make_term, not_estimable
from .curve import observed
from .likelihood import climb, partial_likelihood

TIES = ("efron", "breslow")
COLUMNS = ["level", "reference", "n", "events", "hr", "ci_low", "ci_high", "p", "p_wald", "p_lr", "p_score", "reason"]


def cox_tests(adtte, factor, others=(), reference="", step=1.0, ties="efron", level=0.95) -> pd.DataFrame:
    """One row a coefficient of `factor`, on the subjects with a value of it and of the `others` in the model.

    adtte : rows of one PARAMCD with AVAL, CNSR and the columns; reference : of `factor`; step : of a numeric one's HR.
    Returns COLUMNS: hr with its Wald interval at `level`, p (Wald, of the coefficient), and p_wald, p_lr, p_score of
    the factor as a whole; reason says why a row has no estimate. Raises ValueError for other `ties` than TIES.
    Sources: Efron 1977; Breslow 1974; Klein and Moeschberger 2003, section 8.3.
    """
    if ties not in TIES:
        raise ValueError(f"no handling of ties {ties}: one of {', '.join(TIES)}")
    rows = adtte.dropna(subset=[factor, *others])
    terms = [make_term(rows[factor], reference, step), *(make_term(rows[name]) for name in others)]
    labels = [(term, column) for term in terms for column in term.design.columns]
    mine = len(terms[0].design.columns)
    time, event = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    x = np.column_stack([t.design[c].to_numpy(float) for t, c in labels]) if labels else np.empty((len(rows), 0))
    reasons = not_estimable(time, event, x, labels) if mine else []
    frame = pd.DataFrame(
        [(c, terms[0].reference, len(rows), int(event.sum()), *[np.nan] * 7) for c in terms[0].design.columns],
        columns=COLUMNS[:-1],
    ).assign(reason=(next(filter(None, reasons), "")))
    if not mine:
        empty = {"level": "", "reference": terms[0].reference, "n": len(rows), "events": int(event.sum())}
        return pd.DataFrame([empty | {"reason": "fewer than two levels"}], columns=COLUMNS)
    if any(reasons):
        return frame
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - centre) / scale

    def fit(columns):
        return climb(lambda beta: partial_likelihood(time, event, z[:, columns], beta, ties), len(columns), steps=60)

    every = list(range(x.shape[1]))
    top, null = fit(every), fit(every[mine:])
    beta, covariance = top.beta / scale, np.linalg.inv(top.info) / np.outer(scale, scale)
    error = np.sqrt(np.diag(covariance))
    low, high = (np.exp(beta + sign * norm.ppf(0.5 + level / 2) * error) for sign in (-1, 1))
    frame["hr"], frame["ci_low"], frame["ci_high"] = np.exp(beta)[:mine], low[:mine], high[:mine]
    frame["p"] = 2 * norm.sf(np.abs(beta / error))[:mine]
    restricted = np.r_[np.zeros(mine), null.beta]
    _, score, info = partial_likelihood(time, event, z, restricted, ties)
    wald = beta[:mine] @ np.linalg.solve(covariance[:mine, :mine], beta[:mine])
    statistics = {
        "p_wald": wald,
        "p_lr": 2 * (top.loglik - null.loglik),
        "p_score": score @ np.linalg.solve(info, score),
    }
    for name, statistic in statistics.items():
        frame[name] = float(chi2.sf(max(0.0, statistic), mine))
    return frame

"""One factor of a Cox model under the conventions of other programs:
ties by Efron or Breslow; Wald, likelihood-ratio, score P.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .cox import likelihood, maximum
from .cox_models import estimability, make_term
from .curve import observed
from .logrank import quadratic_form

TIES = ("efron", "breslow")
COLUMNS = ["level", "reference", "n", "events", "hr", "ci_low", "ci_high", "p", "p_wald", "p_lr", "p_score", "reason"]


@dataclass(frozen=True)
class Coding:
    """How a factor enters a model: `reference` level of one with
    levels ('' : its first); `step` of a numeric one's HR.
    """

    reference: str = ""
    step: float = 1.0


PLAIN = Coding()


def cox_tests(adtte, factor, others=(), coding=PLAIN, ties="efron", level=0.95) -> pd.DataFrame:
    """One row a coefficient of `factor`, on the subjects with a value of it and of the `others` in the model.

    adtte : rows of one PARAMCD with AVAL, CNSR and the columns; coding : of `factor`.
    Returns COLUMNS: hr with its Wald interval at `level`, p (Wald, of the coefficient), and p_wald, p_lr, p_score of
    the factor as a whole; reason says why a row has no estimate. Raises ValueError for other `ties` than TIES.
    Sources: Efron 1977; Breslow 1974; Klein and Moeschberger 2003, section 8.3.
    """
    if ties not in TIES:
        raise ValueError(f"no handling of ties {ties}: one of {', '.join(TIES)}")
    rows = adtte.dropna(subset=[factor, *others])
    terms = [make_term(rows[factor], coding.reference, coding.step), *(make_term(rows[name]) for name in others)]
    labels = [(term, column) for term in terms for column in term.design.columns]
    mine = len(terms[0].design.columns)
    time, event = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    x = np.column_stack([t.design[c].to_numpy(float) for t, c in labels]) if labels else np.empty((len(rows), 0))
    size = {"n": len(rows), "events": int(event.sum()), "reference": terms[0].reference}
    if not mine:
        return pd.DataFrame([size | {"level": "", "reason": "fewer than two levels"}], columns=COLUMNS)
    reasons, told = estimability(time, event, x, labels)
    frame = pd.DataFrame(
        [size | {"level": c, "reason": reason} for c, reason in zip(terms[0].design.columns, reasons, strict=False)],
        columns=COLUMNS,
    )
    if told is None or all(reasons[:mine]):
        return frame
    top = maximum(time, event, x, ties)
    good = np.flatnonzero([not reason for reason in reasons[:mine]])
    coef, error = top.coef[good], top.se[good]
    half = norm.ppf(0.5 + level / 2) * error
    frame.loc[good, "hr"], frame.loc[good, "p"] = np.exp(coef), 2 * norm.sf(np.abs(coef / error))
    frame.loc[good, "ci_low"], frame.loc[good, "ci_high"] = np.exp(coef - half), np.exp(coef + half)
    for name, (statistic, df) in _of_the_factor(time, event, x, mine, top, ties).items():
        frame[name] = float(chi2.sf(max(0.0, statistic), df)) if df > 0 else np.nan
    return frame


def _of_the_factor(time, event, x, mine, top, ties) -> dict[str, tuple[float, int]]:
    """Wald, likelihood-ratio and score statistic, with degrees of freedom, of the first `mine` columns of x (n, k)."""
    used = [i for i, j in enumerate(top.used) if j < mine]
    inner = top.covariance[np.ix_(used, used)]
    null = maximum(time, event, x[:, mine:], ties) if x.shape[1] > mine else None
    loglik, rank = (null.loglik, null.rank) if null else (top.loglik0, 0)
    restricted = np.zeros(x.shape[1])
    if null:
        restricted[mine + null.used] = null.beta
    _, score, info = likelihood(time, event, x - x.mean(axis=0), ties)(restricted)
    score, info = score[top.used], info[np.ix_(top.used, top.used)]
    return {
        "p_wald": quadratic_form(top.beta[used], inner),
        "p_lr": (2 * (top.loglik - loglik), top.rank - rank),
        "p_score": (quadratic_form(score, info)[0], top.rank - rank),
    }

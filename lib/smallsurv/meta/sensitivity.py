"""How a pool hangs on single studies: one left out, added by year, influence, asymmetry of the funnel."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, t

from .pool import COLUMNS, MODELS, between_variance, cochran_q, in_pool, on_scale, pool_row

FEWEST_FOR_EGGER = 10  # Cochrane Handbook 13.3.5.4: below ten studies the test cannot tell chance from asymmetry
EGGER = ["k", "estimate", "ci_low", "ci_high", "p", "df", "reason", "method"]
EGGER_METHOD = "Egger, regression of the standardized effect on precision"
PLAIN = ("common", "REML", "PM", "DL")
INFLUENCE = [
    "study",
    "weight",
    "rstudent",
    "dffits",
    "cook_d",
    "cov_r",
    "dfbeta",
    "tau2_deleted",
    "q_deleted",
    "method",
]


def leave_one_out(effects, model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool without each study in turn: `omitted`, then meta_pool.COLUMNS and q, p_q, i2_q of the rest."""
    usable = in_pool(effects)
    rows = []
    for place, study in enumerate(usable["study"]):
        rest = usable.drop(index=usable.index[place])
        rows.append({"omitted": study} | pool_row(rest, model, level) | _spread(rest))
    return on_scale(pd.DataFrame(rows, columns=["omitted", *COLUMNS, "q", "p_q", "i2_q"]), ratio)


def _spread(rest):
    """Cochran's Q of the studies, its P, and I2 from it; NaN below two studies."""
    y, v = rest["effect"].to_numpy(float), rest["se"].to_numpy(float) ** 2
    if len(y) < 2:
        return dict.fromkeys(("q", "p_q", "i2_q"), np.nan)
    q, df = cochran_q(y, v), len(y) - 1
    return {"q": q, "p_q": float(chi2.sf(q, df)), "i2_q": max(0.0, (q - df) / q) if q > 0 else 0.0}


def cumulative(effects, by="year", model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool after each study in rising order of `by` (ties in order of the table): `added`, `by` under its own name,
    then meta_pool.COLUMNS. Studies without a value of `by` or without se are left out. Source: Lau et al. 1992."""
    usable = in_pool(effects).dropna(subset=[by]).sort_values(by, kind="stable")
    rows = [
        {"added": study, by: place} | pool_row(usable.iloc[:count], model, level)
        for count, (study, place) in enumerate(zip(usable["study"], usable[by], strict=True), start=1)
    ]
    return on_scale(pd.DataFrame(rows, columns=["added", by, *COLUMNS]), ratio)


def influence(effects, model="REML") -> pd.DataFrame:
    """Influence of each study on the pool: INFLUENCE, one row a study with se; tau2 is estimated anew without it.

    rstudent : externally standardized residual; dffits, dfbeta : shift of the pool in standard errors; cook_d; cov_r :
    ratio of variances without and with the study. Fewer than three studies: NaN.
    Source: Viechtbauer and Cheung 2010.
    """
    usable = in_pool(effects)
    if model not in PLAIN:
        raise ValueError(f"no influence under {model}: one of {', '.join(PLAIN)}")
    frame = pd.DataFrame(np.nan, usable.index, INFLUENCE).astype({"study": object, "method": object})
    frame["study"], frame["method"] = usable["study"], f"{MODELS[model]}; each study deleted in turn"
    y, v = usable["effect"].to_numpy(float), usable["se"].to_numpy(float) ** 2
    if len(y) < 3:
        return frame.reset_index(drop=True)
    weight = 1 / (v + between_variance(y, v, model))
    centre, share = (weight * y).sum() / weight.sum(), weight / weight.sum()
    for i, index in enumerate(usable.index):
        rest = np.arange(len(y)) != i
        tau2 = between_variance(y[rest], v[rest], model)
        w = 1 / (v + tau2)
        mean, variance = (w * y)[rest].sum() / w[rest].sum(), 1 / w[rest].sum()
        shift = centre - mean
        numbers = {
            "weight": share[i],
            "rstudent": (y[i] - mean) / np.sqrt(v[i] + tau2 + variance),
            "dffits": shift / np.sqrt(share[i] * (tau2 + v[i])),
            "cook_d": shift**2 * weight.sum(),
            "cov_r": variance * weight.sum(),
            "dfbeta": shift * np.sqrt(w.sum()),
            "tau2_deleted": tau2,
            "q_deleted": cochran_q(y[rest], v[rest]),
        }
        frame.loc[index, list(numbers)] = list(numbers.values())
    return frame.reset_index(drop=True)


def egger(effects, fewest=FEWEST_FOR_EGGER, level=0.95) -> pd.DataFrame:
    """Egger's regression test: one row with k, estimate (intercept: bias), ci_low, ci_high, p, df, reason, method.

    Below `fewest` studies, or with one and the same se, nothing is computed and `reason` says why.
    Sources: Egger et al. 1997; Sterne et al. 2011.
    """
    usable = in_pool(effects)
    y, se = usable["effect"].to_numpy(float), usable["se"].to_numpy(float)
    k = len(y)
    row = dict.fromkeys(EGGER, np.nan) | {"k": k, "reason": "", "method": EGGER_METHOD}
    if k < fewest:
        reason = f"{k} studies: below {fewest} an asymmetric funnel cannot be told from chance"
    elif k < 3 or np.ptp(se) <= 1e-12 * se.max():
        reason = "the studies have one and the same precision: no line can be fitted"
    else:
        precision, ratio = 1 / se, y / se
        about = precision - precision.mean()
        slope = (about * ratio).sum() / (about**2).sum()
        bias = ratio.mean() - slope * precision.mean()
        scale = ((ratio - bias - slope * precision) ** 2).sum() / (k - 2)
        error = np.sqrt(scale * (1 / k + precision.mean() ** 2 / (about**2).sum()))
        reach = t.ppf(0.5 + level / 2, k - 2) * error
        row |= {"estimate": bias, "ci_low": bias - reach, "ci_high": bias + reach, "df": k - 2}
        return pd.DataFrame([row | {"p": float(2 * t.sf(abs(bias / error), k - 2))}], columns=EGGER)
    return pd.DataFrame([row | {"reason": reason}], columns=EGGER)

"""Pooling of study effects: common effect, random effects, heterogeneity, subgroups.

Effects are frames with study, effect (log scale for ratios) and se; `ratio` gives results as ratios. A study without a
finite se is left out of every pool, and `k` counts those that are in.
"""

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

COLUMNS = [
    "model",
    "k",
    "estimate",
    "ci_low",
    "ci_high",
    "p",
    "se",
    "tau2",
    "prediction_low",
    "prediction_high",
    "reason",
    "method",
]
HETEROGENEITY = [
    "k",
    "q",
    "df",
    "p",
    "i2",
    "i2_low",
    "i2_high",
    "i2_q",
    "tau2",
    "tau2_low",
    "tau2_high",
    "reason",
    "method",
]
INTERACTION = ["group", "reference", "estimate", "ci_low", "ci_high", "p", "q", "df", "p_global", "reason", "method"]
HETEROGENEITY_METHOD = "Cochran Q; REML tau2 with Q-profile limits"
INTERACTION_METHOD = "difference of two pools, normal"
ALONE = "one study: there is nothing to pool"
NOTHING = "no study with an interval: there is nothing to pool"
MODELS = {
    "common": "Common effect, inverse variance",
    "REML": "Random effects, REML",
    "PM": "Random effects, Paule-Mandel",
    "DL": "Random effects, DerSimonian-Laird",
    "REML HK": "Random effects, REML, Hartung-Knapp (never narrower)",
    "PM HK": "Random effects, Paule-Mandel, Hartung-Knapp (never narrower)",
}


FEWEST_TO_PREDICT = 5  # studies; a convention. How well the interval covers: Partlett and Riley 2017


def pool(effects, models=tuple(MODELS), ratio=True, level=0.95) -> pd.DataFrame:
    """Pooled effect under each of `models`, keys of MODELS.

    effects : one row a study with study, effect, se; if it has a column `control` (name of the control arm), no name
    may come twice. Returns COLUMNS, one row a model: estimate with interval and prediction interval (exp of them if
    `ratio`), p of no effect, se and tau2 on the scale of `effect`. The interval is normal, or t with k - 1 degrees of
    freedom and the variance of Hartung and Knapp, never taken below that of the model (HK). The prediction interval is
    t with k - 2: random effects, from FEWEST_TO_PREDICT studies on, as fewer leave it too wide to say anything. One
    study is returned as it is, with a `reason` that says that there is nothing to pool; no study: a row of NaN. Raises
    ValueError for an unknown model, a study that comes twice, or two rows of one control arm. Sources: Viechtbauer 2005
    (REML); Paule and Mandel 1982; DerSimonian and Laird 1986; Hartung and Knapp 2001; Knapp and Hartung 2003 and
    Roever, Knapp and Friede 2015 (the modification); Higgins, Thompson and Spiegelhalter 2009 (prediction).
    """
    usable = in_pool(effects)
    return on_scale(pd.DataFrame([pool_row(usable, model, level) for model in models], columns=COLUMNS), ratio)


def on_scale(frame, ratio) -> pd.DataFrame:
    """Rows of `pool_row` as ratios, if `ratio`, else as they are."""
    if ratio:
        shown = ["estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"]
        frame[shown] = np.exp(frame[shown].astype(float))
    return frame


def in_pool(effects) -> pd.DataFrame:
    """The studies with a finite effect and a finite se above 0.
    Raises ValueError for a study, or a control arm, twice.
    """
    effect, se = effects["effect"].to_numpy(float), effects["se"].to_numpy(float)
    usable = effects[np.isfinite(effect) & np.isfinite(se) & (se > 0)]
    for column, what in (("study", "a study"), ("control", "a control arm")):
        names = usable[column].dropna() if column in usable else pd.Series(dtype=object)
        if names.duplicated().any():
            twice = ", ".join(map(str, names[names.duplicated()].unique()))
            raise ValueError(f"{what} comes twice in one pool: {twice}; keep one of the rows")
    return usable


def pool_row(usable, model, level=0.95) -> dict:
    """One row of `pool` of studies that are all in the pool (`in_pool`), on the scale of the effects."""
    if model not in MODELS:
        raise ValueError(f"no model {model}: one of {', '.join(MODELS)}")
    y, v = usable["effect"].to_numpy(float), usable["se"].to_numpy(float) ** 2
    k, row = (
        len(y),
        dict.fromkeys(COLUMNS, np.nan) | {"model": model, "k": len(y), "reason": "", "method": MODELS[model]},
    )
    if not k:
        return row | {"reason": NOTHING}
    tau2 = between_variance(y, v, model.split()[0]) if k > 1 else 0.0
    centre, variance = _weighted_mean(y, 1 / (v + tau2))
    hartung_knapp = model.endswith("HK") and k > 1
    if hartung_knapp:
        variance *= max(1.0, (((y - centre) ** 2) / (v + tau2)).sum() / (k - 1))
    law = t(k - 1) if hartung_knapp else norm()
    se, reach = np.sqrt(variance), law.ppf(0.5 + level / 2)
    row |= {
        "estimate": centre,
        "se": se,
        "ci_low": centre - reach * se,
        "ci_high": centre + reach * se,
        "p": 2 * law.sf(abs(centre / se)),
        "reason": "" if k > 1 else ALONE,
    }
    if model != "common" and k > 1:
        row["tau2"] = tau2
    if model != "common" and k >= FEWEST_TO_PREDICT:
        wide = t(k - 2).ppf(0.5 + level / 2) * np.sqrt(tau2 + variance)
        row |= {"prediction_low": centre - wide, "prediction_high": centre + wide}
    return row


def _weighted_mean(y, w):
    return (w * y).sum() / w.sum(), 1 / w.sum()


def between_variance(y, v, estimator="REML") -> float:
    """tau2 of effects y (k,) with variances v (k,) by `common` (0),
    `REML`, `PM` or `DL`. Sources: Viechtbauer 2005; Paule and Mandel 1982; DerSimonian and Laird 1986.
    """
    if estimator == "common" or np.ptp(y) == 0:
        return 0.0
    if estimator == "PM":
        return _where_q_is(len(y) - 1, y, v)
    if estimator == "DL":
        w = 1 / v
        return float(max(0.0, (cochran_q(y, v) - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))
    # The restricted likelihood may have more than one top: the best point of a fine grid brackets the highest.
    grid = np.r_[0.0, np.geomspace(1e-9, 1.0, 400) * len(y) * np.ptp(y) ** 2]
    best = int(np.argmax(_restricted(grid[:, None], y, v)[0]))
    low, high = grid[max(0, best - 1)], grid[min(best + 1, len(grid) - 1)]
    slope = lambda tau2: float(_restricted(np.array([[tau2]]), y, v)[1][0])  # noqa: E731
    return (
        float(brentq(slope, low, high, xtol=1e-15, rtol=1e-13)) if slope(low) > 0 > slope(high) else float(grid[best])
    )


def _restricted(tau2, y, v):
    """Restricted log likelihood, without its constant, and its slope (m,) at tau2 (m, 1)."""
    w = 1 / (v + tau2)
    total = w.sum(axis=1)
    rest2 = (y - ((w * y).sum(axis=1) / total)[:, None]) ** 2
    value = (np.log(w).sum(axis=1) - np.log(total) - (w * rest2).sum(axis=1)) / 2
    return value, ((w**2 * rest2).sum(axis=1) - total + (w**2).sum(axis=1) / total) / 2


def cochran_q(y, v, tau2=0.0) -> float:
    """Weighted squares of effects y (k,) about their mean, weights 1 / (v + tau2)."""
    w = 1 / (v + tau2)
    return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())


def _where_q_is(wanted, y, v):
    """The tau2 at which the generalized Q, which falls with tau2, has the value `wanted`; 0 if it starts below."""
    if cochran_q(y, v) <= wanted:
        return 0.0
    high = np.ptp(y) ** 2
    while cochran_q(y, v, high) > wanted:
        high *= 2
    return float(brentq(lambda tau2: cochran_q(y, v, tau2) - wanted, 0.0, high, xtol=1e-15, rtol=1e-13))


def heterogeneity(effects, level=0.95) -> pd.DataFrame:
    """Differences between studies beyond chance: one row with HETEROGENEITY.

    q, df, p : Cochran's Q; tau2 : REML, with Q-profile limits; i2 (share, 0 to 1) : tau2 over tau2 plus the typical
    variance, its limits those of tau2; i2_q : (Q - df) / Q, not below 0, as RevMan prints. Fewer than two studies:
    reason. Sources: Cochran 1954; Higgins and Thompson 2002; Viechtbauer 2007 (Q-profile).
    """
    usable = in_pool(effects)
    y, v = usable["effect"].to_numpy(float), usable["se"].to_numpy(float) ** 2
    k = len(y)
    row = dict.fromkeys(HETEROGENEITY, np.nan) | {"k": k, "reason": "", "method": HETEROGENEITY_METHOD}
    if k < 2:
        return pd.DataFrame([row | {"reason": ALONE if k else NOTHING}], columns=HETEROGENEITY)
    q, df, w = cochran_q(y, v), k - 1, 1 / v
    typical = df * w.sum() / (w.sum() ** 2 - (w**2).sum())
    tails = (1 - level) / 2, (1 + level) / 2
    tau2 = [between_variance(y, v)] + [_where_q_is(chi2.isf(tail, df), y, v) for tail in tails]
    for name, value in zip(("", "_low", "_high"), tau2, strict=True):
        row |= {f"tau2{name}": value, f"i2{name}": value / (value + typical)}
    row |= {"q": q, "df": df, "p": float(chi2.sf(q, df)), "i2_q": max(0.0, (q - df) / q) if q > 0 else 0.0}
    return pd.DataFrame([row], columns=HETEROGENEITY)


def pool_weights(effects, model="common") -> pd.DataFrame:
    """Weight of each study in the pool: study, weight (shares of
    1, NaN for a study left out), method; order of `effects`.
    """
    usable = in_pool(effects)
    if model not in MODELS:
        raise ValueError(f"no model {model}: one of {', '.join(MODELS)}")
    y, v = usable["effect"].to_numpy(float), usable["se"].to_numpy(float) ** 2
    w = 1 / (v + (between_variance(y, v, model.split()[0]) if len(y) > 1 else 0.0))
    share = pd.Series(w / w.sum() if len(w) else w, usable.index).reindex(effects.index)
    frame = pd.DataFrame({"study": effects["study"], "weight": share, "method": MODELS[model]})
    return frame.reset_index(drop=True)


def subgroups(effects, by, model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool of each level of the column `by`: `group`, then COLUMNS; in order of first appearance
    (or of the categories). A study without a level of `by` is in none."""
    rows = []
    for group in _groups(effects[by]):
        found = pool(effects[effects[by] == group], (model,), ratio, level)
        rows.append(found.assign(group=group)[["group", *COLUMNS]])
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["group", *COLUMNS])


def _groups(column):
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [g for g in column.cat.categories if (column == g).any()]
    return list(column.dropna().unique())


def interaction(effects, by, model="common", ratio=True, level=0.95, reference=None) -> pd.DataFrame:
    """Difference between the pools of the levels of `by`: ratio of ratios against `reference` (default: first level).

    Returns one row a further level: group, reference, estimate, ci_low, ci_high, p, q, df, p_global, reason, method.
    Each level is pooled by itself under `model` (its own tau2). q, df and p_global test all levels at once.
    Levels of trials are not levels of patients: the comparison is ecological.
    Sources: Altman and Bland 2003; Borenstein and Higgins 2013.
    """
    pools = subgroups(effects, by, model, ratio=False, level=level)
    pools = pools[pools["se"].notna()].set_index("group")
    if reference is None:
        reference = next(iter(pools.index), None)
    if len(pools) < 2 or reference not in pools.index:
        few = "fewer than two groups with a pool: nothing to compare"
        reason = few if len(pools) < 2 else f"no study with an interval in the reference group {reference}"
        row = {"reference": reference, "reason": reason, "method": INTERACTION_METHOD}
        return pd.DataFrame([dict.fromkeys(INTERACTION, np.nan) | row], columns=INTERACTION)
    y, v = pools["estimate"].to_numpy(float), pools["se"].to_numpy(float) ** 2
    q, df, z = cochran_q(y, v), len(pools) - 1, norm.ppf(0.5 + level / 2)
    rows = []
    for group in pools.index.drop(reference):
        gap = pools.loc[group, "estimate"] - pools.loc[reference, "estimate"]
        error = np.hypot(pools.loc[group, "se"], pools.loc[reference, "se"])
        values = (gap, gap - z * error, gap + z * error)
        rows.append(
            (
                group,
                reference,
                *(np.exp(values) if ratio else values),
                2 * norm.sf(abs(gap / error)),
                q,
                df,
                float(chi2.sf(q, df)),
                "",
                INTERACTION_METHOD,
            )
        )
    return pd.DataFrame(rows, columns=INTERACTION)

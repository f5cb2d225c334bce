"""Log-rank tests: plain, weighted, and the scores of each subject."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .curve import LARGE, checked_weights, groups, in_blocks, observed, one_endpoint


def log_rank(adtte, by) -> pd.DataFrame:
    """Log-rank test over the levels of `by`: one row: statistic, df, p, method, reason (why p is missing, or '')."""
    one_endpoint(adtte)
    rows = adtte if adtte[by].notna().all() else adtte[adtte[by].notna()]
    k = rows[by].nunique()
    events = observed(rows["CNSR"]) if len(rows) else np.array([])
    reason = "only one group" if k < 2 else "no event" if not events.any() else ""
    statistic = p = np.nan
    if not reason:
        codes = rows[by].cat.codes if isinstance(rows[by].dtype, pd.CategoricalDtype) else rows[by]
        if len(rows) >= LARGE:
            statistic = log_rank_statistic(rows["AVAL"], pd.factorize(codes)[0], events)
            p = float(chi2.sf(statistic, k - 1))
        else:
            from lifelines.statistics import multivariate_logrank_test

            test = multivariate_logrank_test(rows["AVAL"], codes, events)
            statistic, p = float(test.test_statistic), float(test.p_value)
        if not np.isfinite(p):
            reason = "no two groups are at risk at the same time"
    row = {"statistic": statistic, "df": k - 1, "p": p, "method": "log-rank", "reason": reason}
    return pd.DataFrame([row])


def log_rank_statistic(time, group, event) -> float:
    """Log-rank chi-square of k groups in one sort and k running sums.

    time (n,), group (n,) int 0 to k - 1, event (n,) bool. Source: Mantel 1966; covariance as Kalbfleisch and Prentice 2002, section 1.5.
    """
    time, group = np.asarray(time, float), np.asarray(group)
    order, dead, first = in_blocks(time, np.asarray(event, bool))
    deaths = np.add.reduceat(dead, first, dtype=float)
    n_risk = (len(time) - first).astype(float)[deaths > 0]
    group, at = group[order], first[deaths > 0]
    deaths = deaths[deaths > 0]
    k = int(group.max()) + 1
    risk, seen = np.empty((len(at), k)), np.bincount(group[dead], minlength=k)
    for g in range(k):
        mine = np.cumsum(group == g)
        risk[:, g] = mine[-1] - np.where(at > 0, mine[at - 1], 0)
    excess = seen - (deaths / n_risk) @ risk
    factor = deaths * (n_risk - deaths) / np.maximum(n_risk - 1, 1) / n_risk**2
    covariance = np.diag((factor * n_risk) @ risk) - (risk * factor[:, None]).T @ risk
    return float(excess[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ excess[:-1])


LOG_RANK = "log-rank, weighted (Xie and Liu)"


def weighted_log_rank_z(time, event, group, weight) -> float:
    """Weighted log-rank statistic of two groups: standard normal if they do not differ, positive if group 1 dies faster.

    time (n,), event (n,) True where seen, group (n,) True or False, weight (n,) > 0. At each time, weights are rescaled
    to sum to the number at risk of their group. NaN if the two are never at risk at one time of death.
    Source: Xie and Liu 2005, section 3; the same as adjusted.LR of R IPWsurvival.
    """
    time, event, group = np.asarray(time, float), np.asarray(event, bool), np.asarray(group, bool)
    weight = checked_weights(time, weight)
    distinct, place = np.unique(time, return_inverse=True)

    def sums(values, risk=True):
        found = np.bincount(place, values, len(distinct))
        return found[::-1].cumsum()[::-1] if risk else found

    n = [sums(group == side) for side in (False, True)]
    both = (n[0] > 0) & (n[1] > 0)
    hazard, scatter = [], []
    for side in (False, True):
        mine = np.where(group == side, weight, 0.0)
        total = np.where(both, sums(mine), 1.0)
        hazard.append(sums(mine * event, risk=False) / total)
        scatter.append(sums(mine**2) / total**2)
    every, deaths = n[0] + n[1], sums(event, risk=False)
    excess = (n[0] * n[1] / every * (hazard[1] - hazard[0]))[both].sum()
    rate = deaths * (every - deaths) / (every * np.maximum(every - 1, 1))
    variance = (rate * (n[0] * n[1] / every) ** 2 * (scatter[0] + scatter[1]))[both].sum()
    return float(excess / np.sqrt(variance)) if variance > 0 else np.nan


def weighted_log_rank(adtte, by, weight) -> pd.DataFrame:
    """survival.log_rank with weights, two groups: one row: statistic (chi-square), df, p, method, reason.

    adtte : rows of one PARAMCD with AVAL, CNSR and the columns named `by` and `weight`. The weights are taken as known.
    """
    parts = groups(one_endpoint(adtte), by)
    rows = pd.concat([part for _, part in parts]) if parts else adtte.iloc[:0]
    event = observed(rows["CNSR"])
    reason = "" if len(parts) == 2 else "only one group" if len(parts) < 2 else "more than two groups"
    reason = reason or ("" if event.any() else "no event")
    z = np.nan
    if not reason:
        z = weighted_log_rank_z(rows["AVAL"], event, rows[by] == parts[1][0], rows[weight])
        reason = "" if np.isfinite(z) else "no two groups are at risk at the same time"
    row = {"statistic": z**2, "df": len(parts) - 1, "p": float(2 * norm.sf(abs(z))), "method": LOG_RANK}
    return pd.DataFrame([row | {"reason": reason}])


def log_rank_scores(time, event) -> np.ndarray:
    """Event minus Nelson-Aalen hazard of each subject (n,): their sum over a group is its observed minus expected events.

    time (n,), event (n,) True where seen. Source: Peto and Peto 1972.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    distinct, place = np.unique(time, return_inverse=True)
    deaths = np.bincount(place, event, len(distinct))
    n_risk = np.bincount(place, minlength=len(distinct))[::-1].cumsum()[::-1]
    return event - np.cumsum(deaths / n_risk)[place]

"""Log-rank tests of survival curves: of any number of groups, and of two weighted ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .curve import checked_weights, groups, observed, one_endpoint
from .times import Times, by_time

METHOD = "log-rank"
WEIGHTED = "log-rank, weighted (Xie and Liu)"
NEVER_TOGETHER = "no two groups are at risk at the same time"
_NOTHING = 1e-9  # eigenvalue of a correlation that is rounding, not variance


@dataclass(frozen=True)
class LogRank:
    """Chi-square `statistic` with `df` degrees of freedom, the rank of its covariance; which groups were at risk at an
    event (k,), the others tell nothing; NaN and 0 where no two groups are ever at risk together."""

    statistic: float
    df: int
    informative: np.ndarray

    @property
    def p(self) -> float:
        return float(chi2.sf(self.statistic, self.df)) if self.df else np.nan


def hypergeometric(deaths, n_risk) -> np.ndarray:
    """d (n - d) / (n^2 (n - 1)) of each time (t,): the log-rank variance without the shares of the groups."""
    return deaths * (n_risk - deaths) / np.maximum(n_risk - 1, 1) / n_risk**2


@dataclass(frozen=True)
class LogRankSums:
    """What a log-rank test needs of one stratum: excess (k,) of observed over expected events, their covariance (k, k)
    (exactly 0 where a group does not vary), and which groups were at risk at an event, seen (k,). Sums over strata are
    those of the stratified test."""

    excess: np.ndarray
    covariance: np.ndarray
    seen: np.ndarray

    def __add__(self, other: "LogRankSums") -> "LogRankSums":
        return LogRankSums(
            self.excess + other.excess, self.covariance + other.covariance, np.asarray(self.seen | other.seen)
        )

    def test(self) -> LogRank:
        """The test of these sums. Source of the strata: Mantel 1966."""
        varying = np.diag(self.covariance) > 0
        statistic, df = quadratic_form(self.excess[varying], self.covariance[np.ix_(varying, varying)])
        return LogRank(statistic, df, self.seen)


def log_rank_sums(time, group, event, k) -> LogRankSums:
    """The sums of a stratum over its times of events.

    time (n,), group (n,) int 0 to k - 1, event (n,) bool; n may be 0. Source: as log_rank_test.
    """
    group, event = np.asarray(group, int), np.asarray(event, bool)
    if not event.any():
        return LogRankSums(np.zeros(k), np.zeros((k, k)), np.zeros(k, bool))
    at = by_time(time)
    deaths, n_risk = at.total(event), at.n_risk
    when = deaths > 0
    risk = np.column_stack([at.at_risk(group == g)[when] for g in range(k)])
    deaths, n_risk = deaths[when], n_risk[when]
    factor = hypergeometric(deaths, n_risk)
    excess = np.bincount(group[event], minlength=k) - (deaths / n_risk) @ risk
    covariance = -(risk * factor[:, None]).T @ risk
    np.fill_diagonal(covariance, factor @ (risk * (n_risk[:, None] - risk)))
    return LogRankSums(excess, covariance, np.asarray((risk > 0).any(axis=0)))


def log_rank_test(time, group, event) -> LogRank:
    """Log-rank test of k groups in one sort and k running sums.

    time (n,), group (n,) int 0 to k - 1, event (n,) bool. Degrees of freedom: the rank of the covariance of the groups'
    observed minus expected events, which is k - 1 less the groups of whom nobody is at risk when an event happens.
    Source: Mantel 1966; covariance as Kalbfleisch and Prentice 2002, section 1.5.
    """
    return log_rank_sums(time, group, event, int(np.max(group)) + 1).test()


def quadratic_form(excess, covariance) -> tuple[float, int]:
    """excess' covariance^- excess and the rank of covariance (k, k), of positive diagonal; NaN and 0 where k is 0."""
    if not len(excess):
        return np.nan, 0
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    kept = values > _NOTHING
    along = vectors[:, kept].T @ (excess / scale)
    return float((along**2 / values[kept]).sum()), int(kept.sum())


def log_rank(adtte, by) -> pd.DataFrame:
    """Log-rank test over the levels of `by`: one row: statistic, df, p, method, reason (why p is missing, or ''), idle
    (the levels, a tuple, of whom nobody is at risk when an event happens; they use no degree of freedom).

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event) with `by`; rows without a level are left out.
    """
    rows = one_endpoint(adtte)
    rows = rows if rows[by].notna().all() else rows[rows[by].notna()]
    codes, levels = pd.factorize(rows[by], sort=True)
    events = observed(rows["CNSR"]) if len(rows) else np.array([], bool)
    reason = "only one group" if len(levels) < 2 else "no event" if not events.any() else ""
    test = LogRank(np.nan, max(0, len(levels) - 1), np.ones(len(levels), bool))
    if not reason:
        test = log_rank_test(rows["AVAL"], codes, events)
        reason = "" if test.df else NEVER_TOGETHER
    idle = tuple(level for level, seen in zip(levels, test.informative, strict=True) if not seen)
    p = np.nan if reason else test.p
    row = {"statistic": test.statistic, "df": test.df, "p": p, "method": METHOD, "reason": reason, "idle": idle}
    return pd.DataFrame([row])


def weighted_log_rank_z(time, event, group, weight) -> float:
    """Weighted log-rank statistic of two groups: standard normal if they do not differ, positive if group 1 dies
    faster.

    time (n,), event (n,) True where seen, group (n,) True or False, weight (n,) > 0. At each time, weights are rescaled
    to sum to the number at risk of their group. NaN if the two are never at risk at one time of death.
    Source: Xie and Liu 2005, section 3; the same as adjusted.LR of R IPWsurvival.
    """
    event, group, weight = np.asarray(event, bool), np.asarray(group, bool), checked_weights(time, weight)
    at: Times = by_time(time)
    n = [at.at_risk(group == side) for side in (False, True)]
    both = (n[0] > 0) & (n[1] > 0)
    hazard, scatter = [], []
    for side in (False, True):
        mine = np.where(group == side, weight, 0.0)
        whole = np.where(both, at.at_risk(mine), 1.0)
        hazard.append(at.total(mine * event) / whole)
        scatter.append(at.at_risk(mine**2) / whole**2)
    every, deaths = n[0] + n[1], at.total(event)
    excess = (n[0] * n[1] / every * (hazard[1] - hazard[0]))[both].sum()
    rate = hypergeometric(deaths, every) * every
    variance = (rate * (n[0] * n[1] / every) ** 2 * (scatter[0] + scatter[1]))[both].sum()
    return float(excess / np.sqrt(variance)) if variance > 0 else np.nan


def weighted_log_rank(adtte, by, weight) -> pd.DataFrame:
    """log_rank with weights, two groups: one row: statistic (chi-square), df, p, method, reason, idle (none).

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
        reason = "" if np.isfinite(z) else NEVER_TOGETHER
    p = float(2 * norm.sf(abs(z)))
    row = {"statistic": z**2, "df": len(parts) - 1, "p": p, "method": WEIGHTED, "reason": reason, "idle": ()}
    return pd.DataFrame([row])

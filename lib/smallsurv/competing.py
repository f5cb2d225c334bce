"""Competing risks: cumulative incidence of each cause (Aalen-Johansen) and Gray's test between groups.

lifelines' Aalen-Johansen moves tied times by a random jitter and has no Gray's test, so both are written here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .curve import groups
from .times import by_time, noise, reached, upcoming

METHOD = "Aalen-Johansen, log-log"
TEST = "Gray's test"


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one cause at the distinct times:
    time, n_risk, n_event (of this cause), incidence, variance.
    """

    time: np.ndarray
    n_risk: np.ndarray
    n_event: np.ndarray
    incidence: np.ndarray
    variance: np.ndarray

    @property
    def n(self):
        return int(self.n_risk[0])


def _counts(time, cause, of, group, k):
    """Distinct times, and at each for each of k groups: at risk,
    events of cause `of`, events of other causes (T, k).
    """
    at = by_time(time)
    distinct, cell = at.distinct, at.place * k + group

    def count(rows):
        return np.bincount(cell[rows], minlength=len(distinct) * k).reshape(-1, k).astype(float)

    cause = np.asarray(cause)
    leaving = count(np.ones(len(cell), bool))
    return distinct, leaving[::-1].cumsum(axis=0)[::-1], count(cause == of), count((cause != of) & (cause != 0))


def _before(values, start):
    """Each column one step earlier: the left limits of step functions that begin at `start`."""
    return np.concatenate([np.full_like(values[:1], start), values[:-1]])


def _ratio(upper, lower):
    """upper / lower, 0 where lower is not above 0."""
    return np.divide(upper, lower, out=np.zeros(np.broadcast(upper, lower).shape), where=lower > 0)


def _tie(d, n):
    """Share of the binomial variance that d tied events of n leave."""
    return np.where(d > 1, 1 - _ratio(d - 1, n - 1), 1.0)


def cumulative_incidence(time, cause, of=1) -> Incidence:
    """Cumulative incidence of cause `of` while the other causes compete.

    time (n,) > 0; cause (n,) int: 0 censored, else the cause of the event.
    Source: Aalen and Johansen 1978; variance Aalen 1978 with the tie correction of R's cmprsk.
    """
    return incidence_of_counts(
        *(a if a.ndim == 1 else a[:, 0] for a in _counts(time, cause, of, np.zeros(len(time), int), 1))
    )


def incidence_of_counts(distinct, at_risk, mine, other) -> Incidence:
    """cumulative_incidence of a risk table: at rising times (t,) how many are at risk just before, have an event of the
    cause and of the other causes."""
    survival = np.cumprod(1 - (mine + other) / at_risk)
    left = _before(survival, 1.0)
    incidence = np.cumsum(left * mine / at_risk)
    # var F(t) = sum over earlier times s of w (b + (F(s) - F(t)) / S(s))^2, b = 1 for this cause and 0 for the others
    first, both, second = np.zeros(len(distinct)), np.zeros(len(distinct)), np.zeros(len(distinct))
    inverse = _ratio(1.0, survival)
    for deaths, base in ((mine, 1.0), (other, 0.0)):
        spread = left**2 * _tie(deaths, at_risk) * deaths / at_risk**2
        reach = base + inverse * incidence
        first, both, second = first + spread * reach**2, both + spread * reach * inverse, second + spread * inverse**2
    variance = np.cumsum(first) - 2 * incidence * np.cumsum(both) + incidence**2 * np.cumsum(second)
    return Incidence(distinct, at_risk, mine, incidence, np.maximum(variance, 0.0))


def limits(curve: Incidence, level=0.95) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise interval of the cumulative incidence on the log-log scale, in [0, 1]; NaN where it is 0 or 1.

    Source: Choudhury 2002.
    """
    f, z = curve.incidence, norm.ppf(0.5 + level / 2)
    inside = (f > 0) & (f < 1)
    f = np.where(inside, f, 0.5)
    width = z * np.sqrt(curve.variance) / (f * np.log(f))
    return np.where(inside, f ** np.exp(-width), np.nan), np.where(inside, f ** np.exp(width), np.nan)


def incidence_curves(adtte, by=None) -> dict:
    """{(group, cause): Incidence} for each level of `by` and each level of CAUSE, in level order.

    adtte : rows of one PARAMCD with AVAL and CAUSE (ordered categorical; missing where censored).
    """
    found = {}
    for label, part in groups(adtte, by):
        for code, cause in enumerate(part["CAUSE"].cat.categories, start=1):
            found[label, cause] = cumulative_incidence(part["AVAL"], part["CAUSE"].cat.codes.to_numpy() + 1, code)
    return found


def incidence_at_times(adtte, times, by=None, level=0.95) -> pd.DataFrame:
    """Cumulative incidence of each cause in each group at `times` (unit of AVAL).

    Returns group, cause, n, events, time, n_risk, incidence, ci_low, ci_high, method. Beyond the last time of a group
    it is not estimable (NaN) unless nobody is left without an event.
    """
    times, rows = np.asarray(times, float), []
    nobody: dict = {}
    curves = incidence_curves(adtte, by)
    for (label, _), curve in curves.items():
        nobody[label] = nobody.get(label, 0.0) + curve.incidence[-1]
    for (label, cause), curve in curves.items():
        index = reached(curve.time, times)
        at_risk = np.append(curve.n_risk, 0)[upcoming(curve.time, times)].astype(int)
        known = (times <= curve.time[-1] + noise(curve.time)) | (nobody[label] > 1 - 1e-9)
        for j, value in enumerate(times):
            cells = [
                c[index[j]] if index[j] >= 0 else start
                for c, start in zip((curve.incidence, *limits(curve, level)), (0.0, np.nan, np.nan), strict=True)
            ]
            rows.append(
                (
                    label,
                    cause,
                    int(curve.n_risk[0]),
                    int(curve.n_event.sum()),
                    value,
                    at_risk[j],
                    *(cells if known[j] else [np.nan] * 3),
                    METHOD,
                )
            )
    columns = ["group", "cause", "n", "events", "time", "n_risk", "incidence", "ci_low", "ci_high", "method"]
    return pd.DataFrame(rows, columns=columns)


def gray_test(time, cause, group, of=1) -> tuple[float, int]:
    """Gray's chi-square for equal cumulative incidence of cause `of` in k groups, and its degrees of freedom.

    time (n,), cause (n,) int with 0 censored, group (n,) int 0 to k - 1. The weight is 1 (rho 0).
    NaN where the scores cannot vary. Source: Gray 1988, section 2.
    """
    group = np.asarray(group)
    k = int(group.max()) + 1
    _, at_risk, mine, other = _counts(time, cause, of, group, k)
    kept = (mine + other).sum(axis=1) > 0
    at_risk, mine, other = at_risk[kept], mine[kept], other[kept]
    survival = np.cumprod(1 - _ratio(mine + other, at_risk), axis=0)
    left = _before(survival, 1.0)
    own = np.cumsum(_ratio(left * mine, at_risk), axis=0)
    deaths = mine.sum(axis=1, keepdims=True)
    size = _ratio(at_risk, left)  # how many would be at risk, were there no other cause and no censoring
    exposed = size * (1 - _before(own, 0.0))
    score = (mine - deaths * exposed / exposed.sum(axis=1, keepdims=True)).sum(axis=0)
    whole = size.sum(axis=1, keepdims=True)
    pooled = np.cumsum(deaths / whole, axis=0)
    share = size[:, :, None] * (np.eye(k) - (size / whole)[:, None, :])  # (T, k, k)
    drift = np.cumsum(share * _ratio(deaths, whole * (1 - _before(pooled, 0.0)))[:, :, None], axis=0)
    variance = _Gray(at_risk, other, survival, left, deaths, whole, pooled, share, drift).variance()[:-1, :-1]
    if np.linalg.matrix_rank(variance) < k - 1:
        return np.nan, k - 1
    return float(score[:-1] @ np.linalg.solve(variance, score[:-1])), k - 1


@dataclass(frozen=True)
class _Gray:
    """What Gray's variance is made of, at each time (T, ...) and in each group: at risk; events of the other causes;
    survival from all and just before (`left`); events of the cause in all (`deaths`); the size that would be at risk in
    all (`whole`); the pooled incidence; the groups' shares of the size and the drift of their scores (T, k, k)."""

    at_risk: np.ndarray
    other: np.ndarray
    survival: np.ndarray
    left: np.ndarray
    deaths: np.ndarray
    whole: np.ndarray
    pooled: np.ndarray
    share: np.ndarray
    drift: np.ndarray

    def variance(self) -> np.ndarray:
        """Variance (k, k) of the scores: what the events of the cause add, and those of the others, group by group."""
        reach = _ratio(1 - self.pooled, self.survival)
        own = np.where(self.survival > 0, 1 - reach, 1.0)
        tied = np.where(self.deaths > 1, 1 - _ratio(self.deaths - 1, self.whole * self.left - 1), 1.0)
        own_weight = tied * _ratio(self.left * self.deaths, self.whole * self.at_risk)
        others = _tie(self.other, self.at_risk) * _ratio(self.left**2 * self.other, self.at_risk**2)
        other_weight = np.where(self.survival > 0, others, 0.0)
        final, total = self.drift[-1], np.zeros(self.drift.shape[1:])
        for weight, factor, moved in (
            (own_weight, own, self.share - own[:, None, :] * self.drift),
            (other_weight, reach, -reach[:, None, :] * self.drift),
        ):
            whole_move = moved + final * factor[:, None, :]
            total = total + np.einsum("tk,tik,tjk->ij", weight, whole_move, whole_move)
        return total


def gray_tests(adtte, by) -> pd.DataFrame:
    """Gray's test over the levels of `by`, a row for each cause: cause, statistic, df, p, method, reason (why p is
    missing).

    adtte : as for incidence_curves; rows without a level are left out.
    """
    known = adtte[adtte[by].notna()]
    codes = pd.factorize(known[by], sort=True)[0]
    k, rows = codes.max(initial=-1) + 1, []
    for code, cause in enumerate(adtte["CAUSE"].cat.categories, start=1):
        causes = known["CAUSE"].cat.codes.to_numpy() + 1
        reason = "only one group" if k < 2 else "no event" if not (causes == code).any() else ""
        statistic, df = gray_test(known["AVAL"], causes, codes, code) if not reason else (np.nan, max(k - 1, 0))
        p = float(chi2.sf(statistic, df)) if np.isfinite(statistic) else np.nan
        reason = reason or ("" if np.isfinite(p) else "no two groups are at risk at the same time")
        rows.append((cause, statistic, df, p, TEST, reason))
    return pd.DataFrame(rows, columns=["cause", "statistic", "df", "p", "method", "reason"])

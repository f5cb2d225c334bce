"""Tests of two groups where one log-rank test may not do: weighted (Fleming and Harrington), the largest of several
(MaxCombo), in strata, at a milestone, and pair by pair.

Sources: Harrington and Fleming 1982; Fleming and Harrington 1991, chapter 7; MaxCombo: Lin et al. 2020,
doi:10.1080/19466315.2019.1697738; milestone: Klein, Logan, Harhoff and Andersen 2007, doi:10.1002/sim.2864.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2, multivariate_normal, norm

from .curve import SEED, Curve, groups, observed, survival_at
from .episodes import episode_log_rank
from .logrank import hypergeometric, log_rank
from .multiplicity import holm
from .times import by_time, reached

COMBO = ((0, 0), (0, 1), (1, 0), (1, 1))  # (rho, gamma): even, late, early, middle
FEWEST = 1e-12  # variance that is none


@dataclass(frozen=True)
class RankTests:
    """Weighted log-rank tests of group 1 against 0: z (k,), positive where group 1 has more events than expected;
    correlation (k, k) of the z; weights, (rho, gamma) each."""

    z: np.ndarray
    correlation: np.ndarray
    weights: tuple

    @property
    def p(self) -> np.ndarray:
        """Two-sided P of each test (k,)."""
        return 2 * norm.sf(np.abs(self.z))

    @property
    def largest_p(self) -> float:
        """P of the largest |z| of all, by the joint normal distribution
        of the z; NaN where one of them has no variance.
        """
        if not np.isfinite(self.z).all():
            return np.nan
        top = np.full(len(self.z), np.abs(self.z).max())
        return float(np.clip(1 - _rectangle(top, self.correlation), 0.0, 1.0))


def _rectangle(top, correlation) -> float:
    """Probability that every |z| is below `top` (k,), z normal with this correlation (k, k). Seeded."""
    law = {"mean": np.zeros(len(top)), "cov": correlation, "allow_singular": True}
    return float(
        multivariate_normal.cdf(
            top, lower_limit=-top, maxpts=400_000, abseps=1e-6, releps=1e-6, rng=np.random.default_rng(SEED), **law
        )
    )


def rank_tests(time, event, group, weights=COMBO, strata=None) -> RankTests:
    """Fleming and Harrington's tests: weights S(t-)^rho (1 - S(t-))^gamma, S the pooled Kaplan-Meier curve of a
    stratum.

    time (n,), event (n,) bool, group (n,) bool, strata (n,) labels: scores and variances are summed over them.
    """
    time, event, group = np.asarray(time, float), np.asarray(event, bool), np.asarray(group, bool)
    strata = np.zeros(len(time), int) if strata is None else pd.factorize(np.asarray(strata))[0]
    score, variance = np.zeros(len(weights)), np.zeros((len(weights), len(weights)))
    for level in np.unique(strata):
        own = strata == level
        excess, spread, left = _by_time(time[own], event[own], group[own])
        w = np.array([left**rho * (1 - left) ** gamma for rho, gamma in weights]).reshape(len(weights), -1)
        score += w @ excess
        variance += (w * spread) @ w.T
    scale = np.sqrt(np.where(np.diag(variance) > FEWEST, np.diag(variance), np.nan))
    return RankTests(score / scale, variance / np.outer(scale, scale), tuple(weights))


def _by_time(time, event, group):
    """At each time of an event: observed minus expected events of the group, their variance, and S(t-) of all."""
    at = by_time(time)
    deaths, n_risk, mine = at.total(event), at.n_risk, at.at_risk(group)
    left = np.append(1.0, np.cumprod(1 - deaths / n_risk)[:-1])
    excess = at.total(event & group) - deaths * mine / n_risk
    spread = hypergeometric(deaths, n_risk) * mine * (n_risk - mine)
    when = deaths > 0
    return excess[when], spread[when], left[when]


def stratified_log_rank(adtte, by, strata) -> tuple[float, int, float]:
    """Chi-square, degrees of freedom and P of the log-rank test over the levels of `by` within each stratum.

    adtte : rows of one PARAMCD without missing values of `by` and of the columns `strata`. Source: Mantel 1966.
    """
    codes, event = pd.factorize(adtte[by].astype(str), sort=True)[0], observed(adtte["CNSR"])
    if not event.any() or codes.max(initial=0) < 1:
        return np.nan, 0, np.nan
    test = episode_log_rank(np.zeros(len(adtte)), adtte["AVAL"], event, codes, strata_of(adtte, strata))
    return test.statistic, test.df, test.p


def strata_of(adtte, strata) -> np.ndarray:
    """The number of the stratum of each row: one for each combination of levels of the columns `strata`."""
    return adtte.groupby(list(strata), observed=True, sort=True).ngroup().to_numpy()


@dataclass(frozen=True)
class Milestone:
    """Share free of the event at one time in both groups, their difference (1 less 0) with its limits, and P."""

    survival: tuple[float, float]
    n_risk: tuple[int, int]
    difference: float
    low: float
    high: float
    p: float


def milestone_test(control: Curve, treated: Curve, time, level=0.95) -> Milestone:
    """S(time) of two curves: the difference with its Greenwood interval, and P on the complementary log-log scale.

    NaN where a curve ends before `time`, and P where a share is 0 or 1. Source: Klein et al. 2007.
    """
    found = [survival_at(curve, [time], "plain").iloc[0] for curve in (control, treated)]
    s = np.array([r["survival"] for r in found])
    v = np.array([_greenwood(curve, time) for curve in (control, treated)])
    error = float(np.sqrt((s**2 * v).sum()))
    difference, half = float(s[1] - s[0]), norm.ppf(0.5 + level / 2) * error
    p = np.nan
    if ((s > 0) & (s < 1)).all():
        spread = (v / np.log(s) ** 2).sum()
        p = float(chi2.sf(np.diff(np.log(-np.log(s)))[0] ** 2 / spread, 1)) if spread > 0 else np.nan
    known = np.isfinite(difference) and error > 0
    limits = (max(-1.0, difference - half), min(1.0, difference + half)) if known else (np.nan, np.nan)
    at_risk = (int(found[0]["n_risk"]), int(found[1]["n_risk"]))
    return Milestone((float(s[0]), float(s[1])), at_risk, difference, float(limits[0]), float(limits[1]), p)


def _greenwood(curve, time) -> float:
    place = reached(curve.time, time)
    return float(curve.greenwood[place]) if place >= 0 else 0.0


def pairwise_log_rank(adtte, by, levels: Sequence[str] = ()) -> pd.DataFrame:
    """The log-rank test of every two levels of `by`: level,
    reference, n, events, p, p_holm (adjusted for their number).
    """
    present = [level for level, _ in groups(adtte, by)]
    order = [level for level in levels if level in present] or present
    rows = []
    for reference, level in combinations(order, 2):
        pair = adtte[adtte[by].isin([reference, level])]
        test = log_rank(pair.assign(**{by: pair[by].astype(str)}), by).iloc[0]
        rows.append(
            {
                "level": level,
                "reference": reference,
                "n": len(pair),
                "events": int(observed(pair["CNSR"]).sum()),
                "p": test["p"],
            }
        )
    frame = pd.DataFrame(rows, columns=["level", "reference", "n", "events", "p"])
    return frame.assign(p_holm=holm(frame["p"].to_numpy(float)) if len(frame) else [])

"""Pseudo-subjects from a digitized Kaplan-Meier curve: deaths where the curve falls, censorings by the numbers at risk.

Source: Guyot, Ades, Ouwens and Welton 2012, BMC Med Res Methodol 12:9, doi:10.1186/1471-2288-12-9. Two things differ. A
death is placed only at a point where the read curve falls, so that a flat tail has none. And the censorings between two
times of the risk table, there spread evenly, may come early or late, where that gives the curve, or the printed total
of events, better.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, median, numbers_at_risk, observed

BENDS = (1.0, 0.7, 0.4, 0.2, 1.5, 2.5, 5.0)  # how censorings are spread: evenly, ever later, ever earlier
JITTER = 0.003  # in S(t): a point that is no more below the one before it lies on the same step
NEAR = 3  # so many censorings more or fewer are tried


@dataclass(frozen=True)
class Fit:
    """How well pseudo-subjects give a digitized curve back.

    name : the group in words; n, events; printed_events or None; largest : the largest distance in S(t) at a digitized
    point, at time `at`; at_risk : time, printed, reproduced; median : with its limits, of `method`.
    """

    name: str
    n: int
    events: int
    printed_events: int | None
    largest: float
    at: float
    at_risk: pd.DataFrame
    median: tuple
    method: str

    @property
    def sentence(self) -> str:
        """The fit in one sentence."""
        worst = int((self.at_risk["reproduced"] - self.at_risk["printed"]).abs().max())
        events = f" of {self.printed_events} printed" if self.printed_events is not None else ""
        return (
            f"{self.name or 'All'}: {self.n} subjects, {self.events} events{events}; the curve is off by at most "
            f"{self.largest:.3f} (at {self.at:.4g}), a number at risk by at most {worst}"
        )


def pseudo_subjects(time, survival, risk_time, risk, events=None) -> pd.DataFrame:
    """AVAL and CNSR of the subjects behind a curve, by rising time; as many as the first number at risk.

    time (k,) and survival (k,): read points, times not falling, S from 1 to 0 not rising; risk_time (m,) from 0 rising,
    risk (m,) whole numbers at risk just before them; events : printed total, or None. Where two points have one time
    the lower S counts. In the last interval of the risk table censorings go on at the mean rate, or are chosen to give
    `events`. A total that the falls of the curve cannot give is not forced.
    """
    t, s = _points(np.asarray(time, float), np.asarray(survival, float), np.asarray(risk_time, float))
    starts = [*np.searchsorted(t, risk_time), len(t)]
    walk = _Walk((t, s), starts, [int(n) for n in risk], events)
    better = walk
    while better is not None:
        walk = better
        better = _nearer(walk, events)
    return walk.subjects()


def _points(time, survival, risk_time):
    """One point a time, from (0, 1), and one at each time of the risk table with S as it was; JITTER taken out."""
    distinct, place = np.unique(np.concatenate([[0.0], time, risk_time]), return_inverse=True)
    lowest = np.full(len(distinct), np.inf)
    np.minimum.at(lowest, place[1 : len(time) + 1], survival)
    level, levels = 1.0, np.ones(len(distinct))
    for k in range(1, len(distinct)):
        if lowest[k] < level - JITTER or lowest[k] <= 0:
            level = lowest[k]
        levels[k] = level
    return distinct, levels


def _nearer(walk, events):
    """The walk that exchanges one censoring for a death, or back, if it comes nearer to the printed events; or None.

    Of the intervals of the risk table the one in which the curve suffers least; the numbers at risk stay as they are.
    """
    lacking = 0 if events is None else events - walk.events
    if not lacking:
        return None
    sign, trials = (1 if lacking > 0 else -1), []
    for i, part in enumerate(walk.parts[:-1]):
        if part.censored >= sign:
            trials.append(
                _Walk((walk.t, walk.s), walk.starts, walk.risk, events, walk.fixed | {i: part.censored - sign})
            )
    trials = [x for x in trials if abs(events - x.events) < abs(lacking) and x.off_risk <= walk.off_risk]
    return min(trials, key=lambda x: x.distance, default=None)


@dataclass(frozen=True)
class _Part:
    """One interval of the risk table: from point `start` on, the deaths at each point and the censorings behind it
    (arrays); n at risk and S at its end; distance: sum of squared distances from the read curve."""

    start: int
    deaths: np.ndarray
    gaps: np.ndarray
    n: int
    km: float
    distance: float

    @property
    def censored(self) -> int:
        return int(self.gaps.sum())

    @property
    def events(self) -> int:
        return int(self.deaths.sum())


class _Walk:
    """A curve walked through from interval to interval of its risk table.

    points : (t, s); starts : the first point of each interval, and the number of points; fixed : {interval:
        censorings}.
    """

    def __init__(self, points, starts, risk, events, fixed=None):
        t, s = points
        self.t, self.s, self.starts, self.risk, self.fixed = t, s, starts, risk, fixed or {}
        self.falls = np.append(False, s[1:] < s[:-1])
        self.parts, self.off_risk = [], 0
        n, km = risk[0], 1.0
        for i, target in enumerate(risk[1:]):
            self.parts.append(self._to_target(i, n, km, target))
            n, km = self.parts[-1].n, self.parts[-1].km
            self.off_risk += abs(n - target)
        self.parts.append(self._to_end(n, km, events))

    @property
    def events(self) -> int:
        return sum(part.events for part in self.parts)

    @property
    def distance(self) -> float:
        return sum(part.distance for part in self.parts)

    def _part(self, i, n, km, censored, bend) -> _Part:
        """Interval i with so many censorings, spread by `bend`."""
        start, end = self.starts[i], self.starts[i + 1]
        length = self.t[min(end, len(self.t) - 1)] - self.t[start]
        when = self.t[start] + (np.arange(1, censored + 1) / (censored + 1)) ** bend * length
        wanted = np.bincount(np.searchsorted(self.t[start:end], when, side="right") - 1, minlength=end - start)
        deaths, gaps, distance = np.zeros(end - start, int), np.zeros(end - start, int), 0.0
        for k in range(end - start):
            if self.falls[start + k] and n > 0 and km > 0:
                deaths[k] = min(max(round(n * (1 - self.s[start + k] / km)), 0), n)
                km *= 1 - deaths[k] / n
            distance += (km - self.s[start + k]) ** 2
            n -= int(deaths[k])
            gaps[k] = min(int(wanted[k]), n)
            n -= int(gaps[k])
        return _Part(start, deaths, gaps, n, km, distance)

    def _to_target(self, i, n, km, target) -> _Part:
        """The interval that leaves `target` at risk, or as near to it as can be."""
        here, there = self.s[self.starts[i]], self.s[self.starts[i + 1]]
        censored = max(0, min(n, round(n * there / here - target) if here > 0 else n - target))
        return self._settle(i, n, km, censored, lambda part: part.n - target)

    def _to_end(self, n, km, events) -> _Part:
        """The last interval: censorings at the mean rate, or those that give the printed total of events."""
        i = len(self.parts)
        past, rest = self.t[self.starts[i]] - self.t[0], self.t[-1] - self.t[self.starts[i]]
        gone = sum(part.censored for part in self.parts)
        censored = min(round(gone * rest / past), n) if past > 0 else 0
        if events is None:
            return self._part(i, n, km, censored, 1.0)
        before = self.events
        return self._settle(i, n, km, censored, lambda part: before + part.events - events)

    def _settle(self, i, n, km, censored, excess) -> _Part:
        """Censorings without excess: changed by it until there is none or a number comes again; then those near them,
        under every bend, for the smallest excess and the smallest distance."""
        numbers = [self.fixed.get(i, censored)]
        while i not in self.fixed:
            after = max(0, min(n, numbers[-1] + excess(self._part(i, n, km, numbers[-1], 1.0))))
            if after in numbers:
                numbers = range(max(0, after - NEAR), min(n, after + NEAR) + 1)
                break
            numbers.append(after)
        parts = [self._part(i, n, km, number, bend) for bend in BENDS for number in numbers]
        return min(parts, key=lambda part: (abs(excess(part)), part.distance))

    def subjects(self) -> pd.DataFrame:
        """Deaths at their points, censorings half way to the next, the rest censored at the last point."""
        deaths, gaps = (np.concatenate([getattr(p, name) for p in self.parts]) for name in ("deaths", "gaps"))
        middle = np.append((self.t[:-1] + self.t[1:]) / 2, self.t[-1])
        rest = self.risk[0] - deaths.sum() - gaps.sum()
        time = np.concatenate([np.repeat(self.t, deaths), np.repeat(middle, gaps), np.repeat(self.t[-1], rest)])
        cnsr = np.repeat([0, 1], [deaths.sum(), gaps.sum() + rest])
        rows = pd.DataFrame({"AVAL": time, "CNSR": cnsr})
        return rows.sort_values(["AVAL", "CNSR"], kind="stable", ignore_index=True)


def fit_of(rows, data, name="", method="log-log") -> Fit:
    """How the rows of pseudo_subjects give the points, the numbers at risk and the events back.

    data : (time, survival, risk_time, risk) and, if they are printed, events, as `pseudo_subjects` takes them.
    """
    time, survival, risk_time, risk, events = (*data, None)[:5]
    curve = kaplan_meier(rows["AVAL"], observed(rows["CNSR"]))
    time, survival = np.asarray(time, float), np.asarray(survival, float)
    after = np.append(1.0, curve.survival)[np.searchsorted(curve.time, time, side="right")]
    before = np.append(1.0, curve.survival)[np.searchsorted(curve.time, time, side="left")]
    # A point may lie anywhere on the fall at its time.
    distance = np.maximum(np.maximum(survival - before, after - survival), 0)
    at = int(distance.argmax())
    table = pd.DataFrame({"time": risk_time, "printed": risk, "reproduced": numbers_at_risk(curve, risk_time)})
    off, where = float(distance[at]), float(time[at])
    return Fit(name, curve.n, curve.events, events, off, where, table, median(curve, method), method)


def hazard_ratio(rows, by, level) -> tuple[float, float, float]:
    """Hazard ratio of `level` of the column `by` against the rest, with its 95% limits; Cox, Efron ties.

    Raises ValueError as fast.cox_fit.
    """
    fit = cox_fit(rows["AVAL"], observed(rows["CNSR"]), (rows[by] == level).to_numpy(float))
    half = 1.959963984540054 * float(np.sqrt(fit.covariance[0, 0]))
    coef = float(fit.coef[0])
    return float(np.exp(coef)), float(np.exp(coef - half)), float(np.exp(coef + half))

"""Pseudo-patients of the curves of a figure: falls, censor marks, numbers at risk, events and the hazard ratio in one
search.

For each arm the numbers at risk before every fall are found together with the deaths at it, by dynamic programming over
the number at risk (Viterbi): whole patients, the curve given back within the noise of its reading, the printed numbers
at risk exactly, at least one censoring at every mark, and, by a price on deaths, the printed total of events. Printed
numbers at risk count those at risk just before the time or just after it: the convention that gives curve and hazard
ratio better is taken. What is not determined (how many left at a mark, where unmarked ones left) is spread evenly and
said.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, median, numbers_at_risk

UNMARKED = 2.5  # cost of a censoring between two falls where the figure has marks and none there
AGAIN = 0.8  # cost of a further one at a mark
SPREAD = 0.6  # weight of the even spread of censorings where a figure has no marks
ROUNDS = 14  # of the search for the price on deaths
FEW = 40  # censorings more than the expected between two falls that are looked at


@dataclass(frozen=True)
class Arm:
    """What is known of an arm: falls (time, survival after), end of its curve, marks, n at time 0, printed numbers at
    risk (times, counts), total of events and noise of the reading in S; name."""

    name: str
    time: np.ndarray
    survival: np.ndarray
    end: float
    n: int
    marks: np.ndarray = field(default_factory=lambda: np.zeros(0))
    at_risk: tuple = ((), ())
    events: int | None = None
    noise: float = 3e-4


@dataclass(frozen=True)
class ArmFit:
    """How pseudo-patients give an arm back: rows (AVAL, CNSR); largest and root mean square distance of S at the falls;
    largest difference of a number at risk; events printed and made; median with limits; cost of the search."""

    arm: Arm
    rows: pd.DataFrame
    largest: float
    scatter: float
    off_risk: int
    events: int
    median: tuple
    cost: float

    @property
    def sentence(self) -> str:
        """The fit in one sentence."""
        printed = f" of {self.arm.events} printed" if self.arm.events is not None else ""
        risk = f", numbers at risk by at most {self.off_risk}" if len(self.arm.at_risk[0]) else ""
        return (
            f"{self.arm.name}: {self.arm.n} pseudo-patients, {self.events} events{printed}; the curve is off by at most"
            f" {self.largest:.4f} (root mean square {self.scatter:.4f}){risk}; median {self.median[0]:.4g}"
        )


def fit_arms(arms, hr=None) -> list[ArmFit]:
    """The fits of arms, by the convention of numbers at risk that fits them best.

    hr : printed hazard ratio of the second arm against the first, or None. Raises ValueError for an arm without
        patients.
    """
    choices = []
    for after in (False, True):
        fits = [fit_arm(arm, after) for arm in arms]
        cost = sum(f.cost for f in fits)
        if hr and len(fits) == 2:
            cost += (np.log(hazard_ratio(fits) / hr) / 0.005) ** 2
        choices.append((cost, after, fits))
        if not any(len(a.at_risk[0]) > 1 for a in arms):
            break
    return min(choices, key=lambda c: c[:2])[2]


def hazard_ratio(fits) -> float:
    """Hazard ratio of the second arm against the first; Cox, Efron ties."""
    rows = pd.concat([f.rows.assign(arm=k) for k, f in enumerate(fits[:2])], ignore_index=True)
    fit = cox_fit(rows["AVAL"], (rows["CNSR"] == 0).to_numpy(), rows["arm"].to_numpy(float))
    return float(np.exp(fit.coef[0]))


def fit_arm(arm: Arm, after: bool = False) -> ArmFit:
    """Pseudo-patients of one arm; after: printed numbers count those at risk just after their time."""
    if arm.n < 1:
        raise ValueError(f"{arm.name}: no number of patients")
    nodes = _nodes(arm, after)
    price, low, high = 0.0, None, None
    best = None
    for _ in range(ROUNDS):
        search = _Search(arm, nodes, price)
        lacking = 0 if arm.events is None else arm.events - search.events
        if best is None or abs(lacking) < abs(best[0]):
            best = (lacking, search)
        if lacking == 0:
            break
        low, high = (price, high) if lacking < 0 else (low, price)
        price = _next_price(price, low, high, lacking)
    return _fitted(arm, best[1], after)


def _next_price(price, low, high, lacking):
    if low is not None and high is not None:
        return (low + high) / 2
    step = max(0.5, 2 * abs(price))
    return price + step if lacking < 0 else price - step


def _nodes(arm, after) -> list:
    """(time, S or None, n or None, marks before it) in order: falls and printed numbers at risk."""
    span = max(arm.end, 1e-9)
    nodes = [(float(t), 1, float(s), None) for t, s in zip(arm.time, arm.survival, strict=True)]
    for t, n in zip(*arm.at_risk, strict=True):
        if 0 < t <= arm.end * (1 - 1e-6):
            nodes.append((float(t) + (1e-5 * span if after else -1e-5 * span), 0, None, int(n)))
    nodes.sort(key=lambda v: v[:2])
    times = np.array([v[0] for v in nodes])
    # A mark at the time of a fall is a censoring behind it.
    before = np.searchsorted(np.sort(arm.marks) + 1e-6 * span, times, side="left")
    counts = np.diff(np.concatenate([[0], before]))
    return [(t, s, n, int(c)) for (t, _, s, n), c in zip(nodes, counts, strict=True)]


class _Search:
    """The cheapest course of numbers at risk through the nodes of an arm; price: cost of one death."""

    def __init__(self, arm, nodes, price):
        self.arm, self.nodes, self.price = arm, nodes, price
        size = arm.n + 1
        self.cost, self.km = np.full(size, np.inf), np.ones(size)
        self.cost[arm.n] = 0
        self.trail, last = [], 0.0
        rate = self._rate()
        for time, s, n, marks in nodes:
            gone = self._leave(marks, rate * max(time - last, 0))
            died = self._die(s) if s is not None else None
            if n is not None:
                self._at_risk(n)
            self.trail.append((gone, died))
            last = time
        self._back()

    def _rate(self) -> float:
        """Censorings in a unit of time where no mark tells of them."""
        low = self.arm.survival[-1] if len(self.arm.survival) else 1.0
        return 0.5 * self.arm.n * max(low, 0.1) / max(self.arm.end, 1e-9)

    def _leave(self, marks, expected):
        """Censorings before a node: for each number after, how many left."""
        size, marked = len(self.cost), len(self.arm.marks) > 0
        best, chosen = np.full(size, np.inf), np.zeros(size, int)
        km = self.km.copy()
        most = min(size, marks + FEW + int(3 * expected))
        for c in range(marks if marked else 0, most):
            extra = self._price(c, marks, expected, marked)
            tried = np.full(size, np.inf)
            tried[: size - c] = self.cost[c:] + extra
            better = tried < best
            best[better], chosen[better] = tried[better], c
        take = np.clip(np.arange(size) + chosen, 0, size - 1)
        self.cost, self.km = best, km[take]
        return chosen

    @staticmethod
    def _price(c, marks, expected, marked):
        if marked:
            return (c - marks) * (AGAIN if marks else UNMARKED)
        return SPREAD * (c - expected) ** 2 / (expected + 1)

    def _die(self, s):
        """Deaths at a fall to s: for each number after, (number before, deaths)."""
        size, arm = len(self.cost), self.arm
        before = np.arange(size)
        best, came, deaths, km = np.full(size, np.inf), np.zeros(size, int), np.zeros(size, int), np.ones(size)
        usual = np.rint(before * (1 - s / np.maximum(self.km, 1e-9)))
        for step in (0, -1, 1, 2):
            d = np.clip(usual + step, 1, before).astype(int)
            fine = np.isfinite(self.cost) & (before > 0)
            level = self.km * (1 - d / np.maximum(before, 1))
            cost = self.cost + ((level - s) / arm.noise) ** 2 + self.price * d
            for n in np.flatnonzero(fine):
                to = n - d[n]
                if cost[n] < best[to]:
                    best[to], came[to], deaths[to], km[to] = cost[n], n, d[n], level[n]
        self.cost, self.km = best, km
        return came, deaths

    def _at_risk(self, n):
        """The number is n; where that cannot be, the nearest that can."""
        possible = np.flatnonzero(np.isfinite(self.cost))
        if not len(possible):
            return
        at = n if n < len(self.cost) and np.isfinite(self.cost[n]) else int(possible[np.abs(possible - n).argmin()])
        kept = self.cost[at]
        self.cost = np.full(len(self.cost), np.inf)
        self.cost[at] = kept + 25.0 * abs(at - n)

    def _back(self):
        """deaths and leavers at each node, and the number left at the end."""
        at = int(np.argmin(self.cost)) if np.isfinite(self.cost).any() else 0
        self.total, self.left = float(self.cost[at]), at
        self.deaths, self.gone = np.zeros(len(self.nodes), int), np.zeros(len(self.nodes), int)
        for k in range(len(self.nodes) - 1, -1, -1):
            gone, died = self.trail[k]
            if died is not None:
                came, deaths = died
                self.deaths[k], at = deaths[at], came[at]
            self.gone[k] = gone[at]
            at = at + gone[at]
        self.events = int(self.deaths.sum())
        self.total -= self.price * self.events


def _fitted(arm, search, after) -> ArmFit:
    rows = _rows(arm, search)
    curve = kaplan_meier(rows["AVAL"], (rows["CNSR"] == 0).to_numpy())
    made = np.append(1.0, curve.survival)[np.searchsorted(curve.time, arm.time + 1e-9 * arm.end, side="right")]
    away = np.abs(made - arm.survival) if len(arm.time) else np.zeros(1)
    times = np.array(arm.at_risk[0], float)
    seen = times < arm.end
    off = 0
    if seen.any():
        shift = 1.5e-5 * arm.end if after else 0.0
        counts = numbers_at_risk(curve, times[seen] + shift)
        off = int(np.abs(np.asarray(counts) - np.array(arm.at_risk[1])[seen]).max())
    return ArmFit(
        arm,
        rows,
        float(away.max()),
        float(np.sqrt((away**2).mean())),
        off,
        search.events,
        median(curve, "log-log"),
        search.total,
    )


def _rows(arm, search) -> pd.DataFrame:
    """AVAL and CNSR: deaths at the falls, censorings at the marks, or spread evenly where there are none."""
    marks, at, last, rows = np.sort(arm.marks), 0, 0.0, []
    for (time, s, _, count), deaths, gone in zip(search.nodes, search.deaths, search.gone, strict=True):
        mine = marks[at : at + count]
        at += count
        rows += [(t, 1) for t in _places(mine, int(gone), last, time)]
        rows += [(time, 0)] * int(deaths if s is not None else 0)
        last = time
    rest = search.left
    mine = marks[at:][:rest]
    if len(mine) and len(mine) < rest:
        mine = np.concatenate([mine, np.full(rest - len(mine), max(arm.end, mine[-1]))])
    rows += [(t, 1) for t in (mine if len(mine) else np.full(rest, arm.end))]
    rows = [(max(t, 1e-9), c) for t, c in rows]
    return pd.DataFrame(rows, columns=["AVAL", "CNSR"]).sort_values(["AVAL", "CNSR"], kind="stable", ignore_index=True)


def _places(marks, count, start, stop) -> list:
    """Times of `count` censorings in an interval: every mark once, the further ones on the marks in turn, or evenly."""
    if not count:
        return []
    if len(marks):
        return sorted(np.resize(marks, count))
    return list(start + (np.arange(1, count + 1) / (count + 1)) * (stop - start))

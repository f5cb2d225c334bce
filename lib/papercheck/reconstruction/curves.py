"""The digitized curves of a registry: files read and checked, pseudo-subjects of each group put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..files.findings import CohortError, Finding, link_fault, request_error, shown
from ..files.project import CURVES
from ..registry.registry import Registry, group_levels
from ..registry.targets import as_group, survival_targets
from .anneal import Solution, cut_groups
from .attained import attained, is_met
from .digitized import Fit, fit_of, pseudo_subjects

RISE = 0.01  # a point may lie this much above the one before it: the unsteady hand of a reader
GROSS = 0.045  # points that rise by more than RISE are smoothed, and said to be; by this much they are misread
SCATTER = 0.015  # root mean square distance of the points from the smoothed curve that is still a hand's
EDGE = 0.02  # a point may lie this much above 1 or below 0: it is set to 1 or 0, and said to be
LAG = 0.03  # a time may go back by this share of the range of times: the points are smoothed, and said to be
START = 0.02  # and the first one this much below 1
DECIMALS = 4  # of the times of pseudo-subjects
PERCENT = 1.5  # values above are percent
NO_RISK = pd.DataFrame({"time": [], "n": []}, dtype=float)  # of a curve without numbers at risk


@dataclass(frozen=True)
class DigitizedCurve:
    """One curve: endpoint, group ((column, (level,)),) or (), points, risk table, printed events or None."""

    endpoint: str
    group: tuple
    time: np.ndarray
    survival: np.ndarray
    risk_time: np.ndarray
    risk: np.ndarray
    events: int | None = None
    smoothed: str = ""

    @property
    def name(self) -> str:
        """The endpoint, and the group in words."""
        return ", ".join([self.endpoint, *(f"{column} {levels[0]}" for column, levels in self.group)])

    @property
    def data(self) -> tuple:
        """What pseudo_subjects and fit_of take."""
        return self.time, self.survival, self.risk_time, self.risk, self.events


def from_curves(registry: Registry) -> tuple[Solution, list[Fit]]:
    """Pseudo-subjects of all curves of a registry, and how each curve comes back.

    The groups of one endpoint follow each other; a further endpoint is handed to the same subjects in the order of its
    times, as no curve says who is who, and progression-free survival is cut where overall survival ends. Printed
    numbers of these endpoints are not searched for: those that do not come back are `left_out` with what the curve
    gives. Raises CohortError with every fault of the files.
    """
    curves = read_curves(registry)
    endpoints = dict.fromkeys(c.endpoint for c in curves)
    subjects, outcomes = None, {}
    for endpoint in endpoints:
        mine = sorted((c for c in curves if c.endpoint == endpoint), key=lambda c: c.group)
        rows = pd.concat([pseudo_subjects(*c.data) for c in mine], ignore_index=True)
        outcomes[endpoint] = rows.round({"AVAL": DECIMALS}).set_axis(pd.RangeIndex(1, len(rows) + 1))
        subjects = _labels(registry, mine, rows.index + 1) if subjects is None else subjects
    if {"PFSR", "OS"} <= set(outcomes):
        outcomes["PFSR"] = _not_beyond(outcomes["PFSR"], outcomes["OS"])
    for endpoint in outcomes:
        subjects = subjects.assign(**cut_groups(registry, endpoint, outcomes[endpoint]))
    solution = Solution(0, subjects, outcomes)
    met, left_out = [], []
    for target in (t for e in endpoints for t in survival_targets(registry, e)):
        value = _value(target, solution.adtte(target.endpoint), registry)
        if not isinstance(value, str) and is_met(target, value):
            met.append(target)
        else:
            words = value if isinstance(value, str) else "–".join(f"{x:.4g}" for x in np.atleast_1d(value))
            left_out.append((target, f"the digitized curve gives {words}"))
    method = str(registry.cohort.get("paper_interval") or "log-log")
    fits = [fit_of(_rows_of(solution, c), c.data, c.name, method) for c in curves]
    words = {
        e: "; ".join(f.sentence + c.smoothed for f, c in zip(fits, curves, strict=True) if c.endpoint == e)
        for e in endpoints
    }
    return Solution(0, subjects, outcomes, tuple(met), (), tuple(left_out), (), words), fits


def _labels(registry, curves, index):
    """The column that tells the groups of an endpoint apart, if there are any."""
    if not curves[0].group:
        return pd.DataFrame(index=index)
    column = curves[0].group[0][0]
    levels = np.repeat([c.group[0][1][0] for c in curves], [c.risk[0] for c in curves])
    values = pd.Categorical(levels, group_levels(registry.factors)[column], ordered=True)
    return pd.DataFrame({column: values}, index=index)


def _not_beyond(first, last):
    """Progression-free survival no longer than overall survival."""
    return first.assign(AVAL=np.minimum(first["AVAL"], last["AVAL"]))


def _rows_of(solution, curve):
    rows = solution.adtte(curve.endpoint)
    for column, levels in curve.group:
        rows = rows[rows[column].isin(levels)]
    return rows


def _value(target, rows, registry):
    try:
        return attained(target, rows, registry)
    except (ValueError, KeyError) as reason:
        return f"none ({reason})"


def read_curves(registry: Registry) -> list[DigitizedCurve]:
    """The curves that `curves:` declares, their files read. Raises CohortError with every fault found."""
    faults, found = [], []
    for i, item in enumerate(registry.own.get("curves") or []):
        curve = read_curve(registry.path, item, f"curves.{i}", faults)
        if curve is not None:
            found.append(curve)
    if not faults:
        _check_together(registry, found, faults)
    if faults:
        raise CohortError(faults)
    if not found:
        raise request_error(f"{registry.name} declares no curve", "Add `curves:` to published.yml.")
    return found


def read_curve(path: Path, item: Mapping, key: str, faults: list) -> DigitizedCurve | None:
    """One curve that the YAML at `path` declares under `key`, or None with the faults noted; `curves` stands beside it.

    item : points, endpoint, at_risk (a file, a list or None: no numbers at risk), where and events if given."""
    before = len(faults)
    points = read_table(path, str(item["points"]), ("time", "survival"), faults)
    at_risk = item["at_risk"]
    if isinstance(at_risk, list):
        place = Place(path.name, f"{key}.at_risk")
        at_risk = pd.DataFrame(at_risk, columns=["time", "n"]).astype(float)
    else:
        place = Place(f"{CURVES}/{at_risk}", "")
        at_risk = read_table(path, str(at_risk), ("time", "n"), faults) if at_risk else NO_RISK
    if points is not None:
        points, rising = _in_order(points)
        survival, smoothed = _checked_points(points, Place(f"{CURVES}/{item['points']}", ""), faults)
        smoothed = rising + smoothed
    if at_risk is not None and len(at_risk):
        _check_at_risk(at_risk, place, item.get("events"), faults)
    if len(faults) > before:
        return None
    return DigitizedCurve(
        str(item["endpoint"]),
        as_group(item.get("where")),
        points["time"].to_numpy(),
        survival,
        at_risk["time"].to_numpy(),
        at_risk["n"].to_numpy(int),
        item.get("events"),
        smoothed,
    )


@dataclass(frozen=True)
class Place:
    """Where a table stands: its file, or the key of the registry that holds it."""

    file: str
    key: str

    def finding(self, rule, action, row=None, column="", value="") -> Finding:
        """A finding; row counts the rows of the table from 0, which in a file is line row + 2."""
        line = None if row is None or self.key else row + 2
        return Finding(self.file, rule, action, row=line, column=self.key or column, value=shown(value))


def read_table(yml: Path, name: str, columns: Sequence[str], faults: list) -> pd.DataFrame | None:
    """A CSV file in the folder `curves` beside `yml` as numbers, or None with the faults noted."""
    path, place = yml.parent / CURVES / name, Place(f"{CURVES}/{name}", "")
    if not path.is_file():
        faults.append(place.finding("the file is missing", f"Put it into the folder {CURVES} beside {yml.name}."))
        return None
    if leads_out := link_fault(path):
        faults.append(leads_out)
        return None
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        faults.append(place.finding("not a table of comma-separated values", f"Columns: {', '.join(columns)}."))
        return None
    if list(raw.columns[:2]) != list(columns) or len(raw.columns) > 2 or raw.empty:
        faults.append(
            place.finding(
                f"expected the columns {', '.join(columns)}",
                "Name them so in the first line.",
                value=", ".join(raw.columns),
            )
        )
        return None
    numbers = raw.apply(pd.to_numeric, errors="coerce")
    bad = ~np.isfinite(numbers.to_numpy(float))
    for row, k in np.argwhere(bad):
        faults.append(place.finding("not a number", "Write it with a decimal point.", row, columns[k], raw.iat[row, k]))
    return None if bad.any() else numbers.astype(float)


def _in_order(points):
    """Points whose times go back by less than LAG of their range: the rising times nearest to them (least squares), and
    a sentence that says so; other points as they are. The order is that of the clicks along the curve."""
    from scipy.optimize import isotonic_regression

    time = points["time"].to_numpy()
    back = np.maximum.accumulate(time) - time
    if not 0 < back.max() <= LAG * np.ptp(time):
        return points, ""
    many = int((back > 0).sum())
    words = (
        f"; {many} of {len(time)} read times went back, by at most {back.max():.3g}, and were smoothed to rising ones"
    )
    return points.assign(time=isotonic_regression(time).x), words


def _checked_points(points, place, faults):
    """S(t) as shares that do not rise by more than RISE, and
    what was smoothed for it; the faults of the points noted.
    """
    time, survival = points["time"].to_numpy(), points["survival"].to_numpy()
    again = "Read the point again."
    share = _as_shares(survival, place, faults)
    if share is None:
        return survival, ""
    for row in np.flatnonzero((share < -EDGE) | (share > 1 + EDGE)):
        rule = "S(t) is outside 0 to 1 (or 0 to 100)"
        faults.append(place.finding(rule, again, row, "survival", survival[row]))
    for row in np.flatnonzero(time < 0):
        faults.append(place.finding("a time below 0", again, row, "time", time[row]))
    for row in np.flatnonzero(np.diff(time) < 0) + 1:
        faults.append(place.finding("the time falls", "Sort the points by time.", row, "time", time[row]))
    beyond = float(max(share.max() - 1, -share.min(), 0))
    share = np.clip(share, 0, 1) if beyond <= EDGE else share
    edge = f"; points up to {beyond:.3f} beyond 0 or 1 were set to it" if 0 < beyond <= EDGE else ""
    if time[0] == 0 and share[0] < 1 - START:
        action = "S(0) is 1: read the point again."
        faults.append(place.finding("the curve does not start at 1", action, 0, "survival", survival[0]))
    rises = share[1:] - np.minimum.accumulate(share)[:-1]
    for row in np.flatnonzero(rises > GROSS) + 1:
        action = "A Kaplan-Meier curve never does: read the point again."
        faults.append(place.finding("survival rises", action, row, "survival", survival[row]))
    if (rises > RISE).any() and (rises <= GROSS).all():
        share, smoothed = _smoothed(share, rises, place, faults)
        return share, edge + smoothed
    return share, edge


def _as_shares(survival, place, faults):
    """S(t) in percent as shares; None, with the fault noted, where shares and percent stand in one column."""
    percent = survival.max() > PERCENT
    mixed = percent & (survival > 0) & (survival <= 1)
    if (mixed & (np.roll(survival, -1) > PERCENT)).any() or (percent and survival[0] <= 1):
        row = int(np.flatnonzero(mixed)[0])
        action = "Write all of S(t) from 1 to 0, or all from 100 to 0."
        faults.append(place.finding("shares and percent in one column", action, row, "survival", survival[row]))
        return None
    return survival / 100 if percent else survival


def _smoothed(share, rises, place, faults):
    """The falling curve nearest to points that rise a little (least squares), and a sentence that says so.

    Source: pool adjacent violators, Barlow et al. 1972, by scipy.
    """
    from scipy.optimize import isotonic_regression

    curve = isotonic_regression(share, increasing=False).x
    scatter = float(np.sqrt(np.mean((share - curve) ** 2)))
    if scatter > SCATTER:
        faults.append(place.finding(f"the points scatter around a falling curve by {scatter:.3f}", "Read them again."))
    many, most = int((rises > 0).sum()), float(rises.max())
    return (
        curve,
        f"; {many} of {len(share)} read points rose, by at most {most:.3f}, and were smoothed to a falling curve",
    )


def _check_at_risk(table, place, events, faults):
    time, n = table["time"].to_numpy(), table["n"].to_numpy()
    for row in np.flatnonzero((n < 0) | (n != np.round(n))):
        faults.append(place.finding("not a number of subjects", "Whole numbers of 0 or more.", row, "n", n[row]))
    for row in np.flatnonzero(np.diff(time) <= 0) + 1:
        faults.append(
            place.finding("the times of the risk table do not rise", "Mend the order.", row, "time", time[row])
        )
    for row in np.flatnonzero(np.diff(n) > 0) + 1:
        faults.append(place.finding("the number at risk rises", "Nobody comes back: read it again.", row, "n", n[row]))
    if time[0] != 0:
        faults.append(
            place.finding(
                "the risk table does not start at time 0", "Begin with 0 and all subjects.", 0, "time", time[0]
            )
        )
    if n[0] < 1:
        faults.append(place.finding("nobody is at risk at time 0", "Begin with the number of subjects.", 0, "n", n[0]))
    if events is not None and events > n[0]:
        faults.append(place.finding(f"{events} events of {n[0]:.0f} subjects", "Mend `events` or the risk table."))


def _check_together(registry, curves, faults):
    """The curves of one endpoint are those of all subjects, each in one group."""
    for endpoint in dict.fromkeys(c.endpoint for c in curves):
        mine = [c for c in curves if c.endpoint == endpoint]
        place = Place(registry.path.name, "curves")
        columns = {tuple(column for column, _ in c.group) for c in mine}
        if len(columns) > 1 or len({c.group for c in mine}) < len(mine):
            rule = f"the curves of {endpoint} are not of groups apart"
            faults.append(place.finding(rule, "Give one curve of all, or one for each level of one column."))
        total = sum(int(c.risk[0]) for c in mine)
        if total != registry.n:
            rule = f"{total} subjects at risk at time 0 in the curves of {endpoint}, {registry.n} in the study"
            faults.append(place.finding(rule, "Mend the risk tables, `n`, or add the curve of the other group."))
    groups = {c.endpoint: sorted((x.group, int(x.risk[0])) for x in curves if x.endpoint == c.endpoint) for c in curves}
    if len({tuple(g) for g in groups.values()}) > 1:
        rule = "the curves of two endpoints are of other groups, or of other numbers of subjects"
        faults.append(Place(registry.path.name, "curves").finding(rule, "Give the same groups for each endpoint."))

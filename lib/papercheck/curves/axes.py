"""Axes of a figure from its tick labels and tick marks: rows
and columns of numbers that rise evenly with their place.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from .drawing import Drawing, Text

NUMBER = re.compile(r"^[(]?\s*([-−–]?)\s*(\d*)(?:[.,·](\d+))?\s*%?\s*[)]?$")
UNITS = {  # a word of the label of the time axis: months in one of it
    "month": 1.0,
    "mo": 1.0,
    "mos": 1.0,
    "月": 1.0,
    "个月": 1.0,
    "year": 12.0,
    "yr": 12.0,
    "yrs": 12.0,
    "年": 12.0,
    "week": 12 * 7 / 365.25,
    "wk": 12 * 7 / 365.25,
    "wks": 12 * 7 / 365.25,
    "周": 12 * 7 / 365.25,
    "day": 12 / 365.25,
    "d": 12 / 365.25,
    "天": 12 / 365.25,
    "日": 12 / 365.25,
}
UNIT_NAMES = {1.0: "months", 12.0: "years", 12 * 7 / 365.25: "weeks", 12 / 365.25: "days"}
OFF = 0.45  # heights of a label that it may lie off its tick
FEWEST = 3  # labels that make an axis
ALIKE = 0.25  # heights of a label that a tick may lie from it otherwise than the other ticks do from theirs


@dataclass(frozen=True)
class Number:
    """A printed number and its place."""

    value: float
    text: Text


@dataclass(frozen=True)
class Axis:
    """value = (place - zero) / unit; labels: (value, place) it was read from; off: largest distance of a label's place
    from the line, in units of the drawing; by: ticks, grid, labels or person."""

    zero: float
    unit: float
    labels: tuple
    off: float
    by: str

    def value(self, place):
        """Values of places."""
        return (np.asarray(place, float) - self.zero) / self.unit

    def place(self, value):
        """Places of values."""
        return self.zero + self.unit * np.asarray(value, float)


@dataclass(frozen=True)
class Panel:
    """A plot: its axes, whether S is in percent, and its box x0, y0, x1, y1 in the drawing; label of the time axis."""

    x: Axis
    y: Axis
    percent: bool
    box: tuple
    label: str = ""

    @property
    def top(self) -> float:
        """The place of S = 1."""
        return float(self.y.place(100.0 if self.percent else 1.0))

    def survival(self, place):
        """S at places."""
        return self.y.value(place) / (100.0 if self.percent else 1.0)


def numbers(texts) -> list:
    """The texts that are one number."""
    found = []
    for text in texts:
        match = NUMBER.match(text.text.strip())
        if match and (match[2] or match[3]):
            value = float(f"{match[2] or 0}.{match[3] or 0}") * (-1 if match[1] else 1)
            found.append(Number(value, text))
    return found


def logarithmic(drawing: Drawing) -> bool:
    """Has a drawing a row or a column of numbers that stand evenly in their logarithms?"""
    known = numbers(drawing.texts)
    return any(_by_logarithm(n, known, along) for along in (0, 1) for n in known)


def _by_logarithm(number, known, along) -> bool:
    """Do the numbers of a row or column rise evenly in their logarithms, and not in themselves?"""
    size, text = number.text.height, number.text
    if along == 0:
        mates = [n for n in known if abs(n.text.middle[1] - text.middle[1]) < 0.5 * size]
    else:
        mates = [n for n in known if _same_column(n.text, text, size)]
    value, place = np.array([(n.value, n.text.middle[along]) for n in mates if n.value > 0]).reshape(-1, 2).T
    if len(set(value)) < max(FEWEST, len(mates)) or np.polyfit(place, value, 1)[0] * (1 - 2 * along) < 0:
        return False
    off = [np.abs(np.polyval(np.polyfit(v, place, 1), v) - place).max() for v in (value, np.log(value))]
    return bool(off[1] < OFF * size and off[0] > 0.8 * size)


def panels(drawing: Drawing) -> list:
    """The plots with a time axis and an axis of survival, the largest first."""
    known = numbers(drawing.texts)
    rows, columns = (
        [line for line in _lines(known, along) if not _by_logarithm(line[0], known, along)] for along in (0, 1)
    )
    found = []
    for column in columns:
        row = _row_below(column, rows)
        if row is None:
            continue
        x, y = _axis(drawing, row, 0), _axis(drawing, column, 1)
        if x is not None and y is not None and _of_survival(y):
            found.append(_panel(drawing, x, y, row))
    found = _distinct(found)
    return sorted(found, key=lambda p: -(p.box[2] - p.box[0]) * (p.box[3] - p.box[1]))


def _distinct(found):
    kept = []
    for panel in found:
        if all(abs(panel.x.zero - k.x.zero) + abs(panel.y.zero - k.y.zero) > 5 for k in kept):
            kept.append(panel)
    return kept


def _of_survival(axis) -> bool:
    values = [v for v, _ in axis.labels]
    top, low = max(values), min(values)
    fraction = 0.3 <= top <= 1.101 and low >= -0.3
    return fraction or (10 <= top <= 125 and low >= -25 and top - low >= 10)


def _lines(known, along) -> list:
    """Sets of numbers in a row (along 0) or column (along 1) that rise evenly; a column rises upwards."""
    across, sign = 1 - along, 1 if along == 0 else -1
    found, used = [], set()
    for number in known:
        if id(number) in used:
            continue
        size = number.text.height
        if along == 0:
            mates = [n for n in known if abs(n.text.middle[1] - number.text.middle[1]) < 0.5 * size]
        else:
            mates = [n for n in known if _same_column(n.text, number.text, size)]
        mates = sorted(mates, key=lambda n: sign * n.text.middle[along])
        for line in _even(mates, along, sign):
            used.update(id(n) for n in line)
            found.append(line)
    return [line for line in found if across in (0, 1)]


def _same_column(a, b, size) -> bool:
    return min(abs(a.box[2] - b.box[2]), abs(a.middle[0] - b.middle[0]), abs(a.box[0] - b.box[0])) < 0.6 * size


def _even(mates, along, sign) -> list:
    """The largest sets of `mates` whose value is a straight line of their place, rising."""
    found, rest = [], list(mates)
    while len(rest) >= FEWEST:
        place = np.array([n.text.middle[along] for n in rest])
        value = np.array([n.value for n in rest])
        size = np.median([n.text.height for n in rest])
        best = np.zeros(len(rest), bool)
        for i in range(len(rest)):
            for j in range(i + 1, len(rest)):
                if value[j] <= value[i] or sign * (place[j] - place[i]) < size:
                    continue
                unit = (place[j] - place[i]) / (value[j] - value[i])
                good = np.abs(place - place[i] - unit * (value - value[i])) < OFF * size
                if good.sum() > best.sum():
                    best = good
        if best.sum() < FEWEST:
            return found
        found.append([n for n, b in zip(rest, best, strict=True) if b])
        rest = [n for n, b in zip(rest, best, strict=True) if not b]
    return found


def _row_below(column, rows):
    """The row of numbers nearest below the foot of a column, to its right."""
    foot = max(column, key=lambda n: n.text.middle[1])
    x, y, size = foot.text.box[2], foot.text.middle[1], foot.text.height
    height = y - min(n.text.middle[1] for n in column)
    below = [
        r
        for r in rows
        if r[0].text.middle[1] > y - 0.3 * size
        and r[0].text.middle[1] - y < 0.6 * height + 4 * size
        and r[-1].text.middle[0] > x
        and r[0].text.middle[0] > x - 2.5 * size
        and r[0].text.middle[0] - x < 2.5 * height
    ]
    return min(below, key=lambda r: (r[0].text.middle[1], r[0].text.middle[0]), default=None)


def _axis(drawing, line, along) -> Axis | None:
    """The axis of a line of labels, at their tick marks, grid lines or middles."""
    size = float(np.median([n.text.height for n in line]))
    middles = [(n.value, n.text.middle[along]) for n in line]
    for by, places in (("ticks", _ticks(drawing, line, along, size)), ("grid", _grid(drawing, along, size))):
        pairs = _nearest(middles, places, size, along)
        if len(pairs) >= max(2, len(line) - 1):
            return _fitted(_alike(pairs, size), by)
    return _fitted(middles, "labels")


def _nearest(middles, places, size, along):
    pairs, reach = [], OFF * size + 0.25 * size * along
    for value, middle in middles:
        near = min(places, key=lambda p: abs(p - middle), default=None)
        if near is not None and abs(near - middle) <= reach:
            pairs.append((value, near, near - middle))
    return pairs


def _alike(pairs, size) -> list:
    """(value, place) without the one that is not as far from its label as the others: a frame was taken for it."""
    usual = np.median([aside for *_, aside in pairs])
    alike = [p[:2] for p in pairs if abs(p[2] - usual) <= ALIKE * size]
    return alike if len(alike) >= max(2, len(pairs) - 1) else [p[:2] for p in pairs]


def _fitted(pairs, by):
    """The axis through (value, place); places far from a line on which most others lie are left out."""
    value, place = np.array(pairs, float).T
    if by != "labels" and len(pairs) > FEWEST:
        near = max((_beside(value, place, i, j) for i in range(len(pairs)) for j in range(i)), key=np.sum)
        if near.sum() > len(pairs) / 2:
            pairs = [p for p, k in zip(pairs, near, strict=True) if k]
            value, place = value[near], place[near]
    unit, zero = np.polyfit(value, place, 1)
    off = np.abs(place - zero - unit * value)
    return Axis(float(zero), float(unit), tuple(map(tuple, pairs)), float(off.max()), by)


def _beside(value, place, i, j) -> np.ndarray:
    """Which places lie on the line through two of them, but for what drawing at whole pixels does."""
    if value[i] == value[j]:
        return np.zeros(len(value), bool)
    line = place[i] + (place[j] - place[i]) / (value[j] - value[i]) * (value - value[i])
    return np.abs(place - line) < 0.0025 * np.ptp(place)


def _ticks(drawing, line, along, size) -> list:
    """Places of short lines across the axis between the labels and the plot."""
    across, found = 1 - along, []
    edge = min(n.text.box[1] for n in line) if along == 0 else max(n.text.box[2] for n in line)
    for stroke in drawing.strokes:
        box = stroke.box
        if len(stroke.points) > 3 or box[along + 2] - box[along] > 0.05 * size + 0.01:
            continue
        length = box[across + 2] - box[across]
        near = (
            box[3] <= edge + 0.6 * size and box[3] > edge - 2.5 * size
            if along == 0
            else (box[0] >= edge - 0.6 * size and box[0] < edge + 2.5 * size)
        )
        if 0.1 * size < length < 2 * size and near:
            found.append((box[along] + box[along + 2]) / 2)
    return found


def _grid(drawing, along, size) -> list:
    """Places of long lines across the axis."""
    across = 1 - along
    long = 0.25 * (drawing.width, drawing.height)[across]
    boxes = [s.box for s in drawing.strokes if len(s.points) <= 3]
    return [
        (b[along] + b[along + 2]) / 2
        for b in boxes
        if b[along + 2] - b[along] < 0.02 * size + 0.01 and b[across + 2] - b[across] > long
    ]


def _panel(drawing, x, y, row) -> Panel:
    values = [v for v, _ in y.labels]
    percent = max(values) > 1.5
    times, levels = [p for _, p in x.labels], [p for _, p in y.labels]
    step = abs(np.median(np.diff(sorted(times))))
    top = float(y.place(100.0 if percent else 1.0))
    foot = max(max(levels), float(y.place(min(values))))
    if min(values) > 0:  # curves may go on below the lowest label, down to the axis of time
        foot = max(foot, min(float(y.place(0)), min(n.text.box[1] for n in row) - 0.6 * row[0].text.height))
    right = max(times) + 1.0 * step
    box = (min(times) - 0.02 * step, min(top, min(levels)), right, foot)
    return Panel(x, y, percent, tuple(map(float, box)), _label(drawing, row))


def _label(drawing, row) -> str:
    """The text below the labels of the time axis."""
    size, foot = row[0].text.height, max(n.text.box[3] for n in row)
    left, right = row[0].text.box[0], row[-1].text.box[2]
    below = [
        t
        for t in drawing.texts
        if -0.3 * size < t.box[1] - foot < 4 * size
        and left - 3 * size < t.middle[0] < right + 3 * size
        and re.search(r"[^\W\d]", t.text)
        and t.angle == 0
    ]
    named = [t for t in below if unit_like(t.text)]
    chosen = min(named or below, key=lambda t: t.box[1], default=None)
    return chosen.text if chosen else ""


def unit_of(label) -> float | None:
    """Months in one unit of the time axis by its label, or None."""
    for word, months in UNITS.items():
        if word.isascii():
            if re.search(rf"(?<![a-z]){word}s?(?![a-z])", label.lower()):
                return months
        elif word in label:
            return months
    return None


def unit_like(label) -> float | None:
    """As unit_of, for a label whose letters may be misread: a word that is nearly one of the units, and of no other."""
    return unit_of(label) or next((unit_of(w) for w in map(_near_unit, _parts(label)) if w), None)


def is_unit(label) -> bool:
    """Is a label, or the last word of it, nearly the word of a unit of time?"""
    parts = _parts(label)
    return bool(parts and _near_unit(parts[-1]))


def _parts(label) -> list:
    return re.findall(r"[a-z0-9]{4,}", label.lower())


def _near_unit(word) -> str:
    """The unit whose word a misread word is nearest to; none where it is not near, or not nearer than to another."""
    from difflib import SequenceMatcher

    near = {}
    for unit in ("months", "month", "years", "weeks", "days"):
        months = unit_of(unit)
        near[months] = max(near.get(months, (0, "")), (SequenceMatcher(None, word, unit).ratio(), unit))
    (best, unit), (second, _) = sorted(near.values(), reverse=True)[:2]
    if best >= 0.65 and best - second >= 0.15:
        return unit
    first = _near_unit(word[:5]) if len(word) >= 8 else ""  # two words that ran together
    return "" if first.startswith("month") else first  # monitored


def by_person(panel: Panel | None, asked: dict, drawing: Drawing) -> Panel | None:
    """The panel with what a person gave: {x0, x1, y0, y1: (value,
    place)}; without a place the first or last label's.
    """
    x, y = panel.x if panel else None, panel.y if panel else None
    x, y = _given(x, asked.get("x0"), asked.get("x1")), _given(y, asked.get("y0"), asked.get("y1"))
    if x is None or y is None:
        return panel
    percent = max(v for v, _ in y.labels) > 1.5
    if panel is not None:
        return replace(panel, x=x, y=y, percent=percent)
    xs, ys = [p for _, p in x.labels], [p for _, p in y.labels]
    top = float(y.place(100.0 if percent else 1.0))
    return Panel(x, y, percent, (min(xs), min(top, *ys), max(xs), max(*ys)))


def _given(axis, first, last) -> Axis | None:
    """The axis through two values of a person; a value without a place stands at the end of the labels read."""
    if not first or not last:
        return axis
    ends = sorted(axis.labels)[:: max(1, len(axis.labels) - 1)] if axis else [(0, None), (0, None)]
    pairs = [(v, p if p is not None else end) for (v, p), (_, end) in zip((first, last), ends, strict=False)]
    if any(p is None for _, p in pairs) or len({v for v, _ in pairs}) < 2 or len({p for _, p in pairs}) < 2:
        return axis
    return _fitted(pairs, "person")

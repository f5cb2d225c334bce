"""What a person says about a figure: axes, plot, unit, curves by
colour, single points; by options or a YAML file beside it.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..files.findings import CohortError, Finding, did_you_mean
from .axes import unit_of

KEYS = ("x0", "x1", "y0", "y1", "unit", "page", "panel", "curves", "points", "marks")
BESIDE = ".curves.yml"  # fig.png has fig.curves.yml


@dataclass
class Asked:
    """Corrections: axes {x0: (value, place or None), ...}; months in a unit of the time axis; page and panel from 1
    (panel 0: none asked for); colours [(colour, name)] of the curves to read; points [(curve, time, survival)]; marks
    {curve: times}."""

    axes: dict = field(default_factory=dict)
    unit: float | None = None
    page: int = 1
    panel: int = 0
    colours: list = field(default_factory=list)
    points: list = field(default_factory=list)
    marks: dict = field(default_factory=dict)

    def scaled(self, scale) -> dict:
        """The axes with their places in pixels of an image that was enlarged."""
        return {k: (v, None if place is None else place * scale) for k, (v, place) in self.axes.items()}

    def correct(self, reading) -> None:
        """Puts names, points and marks of a person into a reading,
        and notes them. Raises CohortError for unknown curves.
        """
        for k, (colour, name) in enumerate(self.colours):
            near = [c for c in reading.curves if _distance(c.colour, colour) < 60]
            if not near and k >= len(reading.curves):
                raise _fault(
                    reading.file, f"no curve of the colour {colour} was read", "Take the colour from the figure."
                )
            if near and name:
                min(near, key=lambda c: _distance(c.colour, colour)).name = name
        if self.colours:
            reading.curves = [
                c for c in reading.curves if any(_distance(c.colour, colour) < 60 for colour, _ in self.colours)
            ]
        names = {c.name: c for c in reading.curves}
        for name, time, survival in self.points:
            _set_point(_named(names, name, reading.file), time, survival)
        for name, times in self.marks.items():
            _named(names, name, reading.file).censored = np.sort(np.asarray(times, float))
        if self.points or self.marks:
            reading.notes.append(f"a person set {len(self.points)} points and the marks of {len(self.marks)} curves")


def _named(names, name, file):
    if name not in names:
        raise _fault(file, f"no curve is named {name!r}", did_you_mean(name, names))
    return names[name]


def _set_point(curve, time, survival):
    """S from `time` to the next fall is `survival`; falls that would rise go."""
    later = curve.time > time
    before = curve.time < time
    low = np.minimum(curve.survival[later], survival)
    high = np.maximum(curve.survival[before], survival)
    curve.time = np.concatenate([curve.time[before], [time], curve.time[later]])
    curve.survival = np.concatenate([high, [survival], low])
    drop = np.diff(np.append(1.0, curve.survival)) < -1e-9
    curve.time, curve.survival = curve.time[drop], curve.survival[drop]


def _distance(a, b) -> float:
    return float(np.linalg.norm([int(a[i : i + 2], 16) - int(b[i : i + 2], 16) for i in (1, 3, 5)]))


def _fault(file, rule, action, value="") -> CohortError:
    return CohortError([Finding(str(file), rule, action, value=value)])


def asked_of(path, options: dict) -> Asked:
    """Options of the command over the YAML file beside a figure. Raises CohortError with every fault of both."""
    path = Path(path)
    beside = path.with_suffix(BESIDE)
    stored = _stored(beside) if beside.is_file() else {}
    given = stored | {k: v for k, v in options.items() if v not in (None, [], "")}
    faults, asked = [], Asked()
    for name in ("x0", "x1", "y0", "y1"):
        if name in given:
            asked.axes[name] = _guard(faults, beside.name, name, given[name], _axis_point)
    if "unit" in given:
        asked.unit = _guard(faults, beside.name, "unit", given["unit"], _unit)
    for name in ("page", "panel"):
        if name in given:
            setattr(asked, name, _guard(faults, beside.name, name, given[name], _count))
    asked.colours = [_guard(faults, beside.name, "curves", c, _colour) for c in given.get("curves") or []]
    asked.points = [_guard(faults, beside.name, "points", p, _point) for p in given.get("points") or []]
    if given.get("marks"):
        asked.marks = _guard(faults, beside.name, "marks", given["marks"], _marks)
    if faults:
        raise CohortError(faults)
    return asked


def _stored(beside) -> dict:
    import yaml

    from ..files.yamlfile import parsed, text_of

    try:
        stored = parsed(text_of(beside)) or {}
    except (yaml.YAMLError, ValueError) as error:
        raise _fault(beside.name, "not a YAML file", "Mend it or take it away.", str(error)) from error
    if not isinstance(stored, dict):
        raise _fault(beside.name, "not a list of keys and values", f"Keys: {', '.join(KEYS)}.")
    unknown = [k for k in stored if k not in KEYS]
    if unknown:
        raise CohortError(
            [Finding(beside.name, "an unknown key", did_you_mean(k, KEYS), value=str(k)) for k in unknown]
        )
    return stored


def _guard(faults, file, column, value, read):
    try:
        return read(value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        faults.append(Finding(file, f"{column} is not understood", str(error), column=column, value=str(value)))
        return None


def _axis_point(value):
    parts = value if isinstance(value, (list, tuple)) else str(value).split("@")
    if not 1 <= len(parts) <= 2:
        raise ValueError("Write VALUE, or VALUE@PLACE.")
    try:
        numbers = [float(p) for p in parts]
    except ValueError:
        raise ValueError("Write VALUE, or VALUE@PLACE: numbers such as 0@131.") from None
    if not np.isfinite(numbers).all():
        raise ValueError("Write finite numbers.")
    return (numbers[0], numbers[1] if len(numbers) == 2 else None)


def _unit(value):
    months = unit_of(str(value))
    if months is None:
        raise ValueError("One of months, years, weeks, days.")
    return months


def _count(value):
    if int(value) < 1 or int(value) != float(value):
        raise ValueError("A whole number from 1.")
    return int(value)


def _colour(value):
    colour, _, name = (value["colour"], "", value.get("name", "")) if isinstance(value, dict) else value.partition("=")
    colour = colour.strip().lower()
    if len(colour) != 7 or colour[0] != "#" or not all(c in "0123456789abcdef" for c in colour[1:]):
        raise ValueError("Write the colour as #rrggbb, with =NAME to name the curve.")
    return colour, str(name).strip()


def _point(value):
    if isinstance(value, str):
        name, _, place = value.rpartition("=")
        time, survival = place.split(",")
    elif isinstance(value, dict):
        name, time, survival = value["curve"], value["time"], value["survival"]
    else:
        name, time, survival = value
    time, survival = float(time), float(survival)
    if not (np.isfinite(time) and time >= 0 and 0 <= survival <= 1):
        raise ValueError("A time from 0 and a survival from 0 to 1: CURVE=TIME,SURVIVAL.")
    return str(name), time, survival


def _marks(value):
    return {str(name): [float(t) for t in times] for name, times in value.items()}

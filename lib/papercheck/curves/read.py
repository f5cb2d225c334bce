"""A figure file to curves: vector drawings exactly, images by their pixels; what was not read is said."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..files.findings import CohortError, Finding
from .asked import Asked
from .axes import UNIT_NAMES, Panel, by_person, logarithmic, panels, unit_like, unit_of
from .drawing import Drawing
from .marks import with_marks
from .outlines import with_read_outlines
from .risk import with_names, with_risk
from .steps import Curve, step_curves

LARGEST = 100 * 2**20  # bytes of a figure
SECONDS = 30  # that a figure may take
NO_AXES = (
    "Say where the axes lie: --x0 VALUE@PLACE --x1 VALUE@PLACE --y0 VALUE@PLACE --y1 VALUE@PLACE, the place counted in "
    "pixels (an image) or points (a drawing) from the left, or from the top."
)
LOGARITHMIC = "Curves are read on an even axis alone: take a figure of S against time, without logarithms."
CROOKED = 0.005  # of the length of an axis that a label may lie beside its place
HIDDEN = 0.4  # of its length; a figure of curves hidden by more than this is looked at upside down
SMALL = "numbers at risk were read from small letters: compare each with the figure, or give a larger image"
RISING = "the curves rise from 0 (events or incidence): 1 - S was read and turned into S"


@dataclass
class Reading:
    """What a figure holds: its panel, curves, months in one unit
    of its time axis (None: not known), and notes for a person.
    """

    file: str
    kind: str
    panel: Panel
    curves: list
    unit: float | None
    notes: list = field(default_factory=list)

    @property
    def unit_name(self) -> str:
        """The unit of the times as printed."""
        return UNIT_NAMES.get(self.unit, "units of the axis")

    def months(self, time):
        """Times in months; as they are where the unit is not known."""
        return np.asarray(time, float) * (self.unit or 1.0)


def read_figure(path, asked: Asked | None = None) -> Reading:
    """The curves of a figure. Raises CohortError with what is wrong and what to do."""
    path, asked = Path(path), asked or Asked()
    return chosen(path, read_plots(path, _bytes(path), asked), asked)


def read_plots(path, data: bytes, asked: Asked) -> list[Reading]:
    """All plots with curves of a figure's bytes, from the top and the left. Raises CohortError where there is none."""
    kind = _kind(data)
    if kind == "":
        raise _fault(path, "neither a PDF, an SVG nor an image (PNG, JPEG, TIFF)", "Save the figure as one of these.")
    if kind == "image":
        return _image(path, data, asked)
    drawing = _drawing(path, data, kind, asked)
    read = _vector(path, drawing, asked)
    if not read and kind == "pdf":
        return _page_as_image(path, data, asked)
    if not read:
        raise _no_curve(path, drawing, asked)
    return read


def _bytes(path) -> bytes:
    if not path.is_file():
        raise _fault(path, "the file is missing", "Give the path of a figure.")
    if path.stat().st_size > LARGEST:
        raise _fault(path, "larger than 100 MB", "Cut the figure out and save it alone.")
    return path.read_bytes()


def _kind(data) -> str:
    head = data[:1024].lstrip()
    if data[:1024].find(b"%PDF") >= 0:
        return "pdf"
    if head.startswith((b"\x89PNG", b"\xff\xd8", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")) or head[8:12] == b"WEBP":
        return "image"
    if b"<svg" in data[:4096] or (head.startswith(b"<?xml") and b"<svg" in data[:65536]):
        return "svg"
    return ""


def _fault(path, rule, action, value="") -> CohortError:
    return CohortError([Finding(Path(path).name, rule, action, value=value)])


def _drawing(path, data, kind, asked) -> Drawing:
    from .pdf import read_pdf
    from .svg import read_svg

    try:
        drawing = read_svg(data) if kind == "svg" else read_pdf(data, asked.page - 1)
    except ValueError as error:
        action = "Open it with its password and save it without." if "assword" in str(error) else "Save it anew."
        raise _fault(path, f"the {kind.upper()} cannot be opened", action, str(error)) from error
    except IndexError as error:
        raise _fault(path, f"the file has no page {asked.page}", "Give a page that it has: --page.") from error
    return with_read_outlines(drawing)


def _vector(path, drawing, asked) -> list[Reading]:
    """The readings of a drawing, a plot each; none where no plot of it holds a curve."""
    plots = [by_person(p, asked.axes, drawing) for p in panels(drawing)] or [by_person(None, asked.axes, drawing)]
    read = [r for r in (_plot(path, drawing, p, asked) for p in plots if p is not None) if r is not None]
    return sorted(read, key=lambda r: (round(r.panel.box[1] / 30), r.panel.box[0]))


def chosen(path, read, asked) -> Reading:
    """The asked one of several plots, the first if none is asked
    for, with a note. Raises CohortError for one too many.
    """
    if asked.panel and asked.panel > len(read):
        raise _fault(path, f"the figure has no plot {asked.panel}", f"It has {len(read)}: --panel 1 to {len(read)}.")
    one = read[(asked.panel or 1) - 1]
    if len(read) > 1 and not asked.panel:
        one.notes.insert(
            0, f"the figure holds {len(read)} plots with curves: the first was read; --panel 2 reads the next"
        )
    return one


def _plot(path, drawing, panel, asked) -> Reading | None:
    notes = []
    curves = step_curves(drawing, panel)
    if not curves:
        turned = _upside_down(drawing, panel)
        curves = step_curves(turned, panel)
        if not curves:
            return None
        drawing = turned
        notes.append(RISING)
    with_marks(drawing, panel, curves)
    with_names(drawing, panel, curves)
    notes += with_risk(drawing, panel, curves)
    reading = Reading(path.name, drawing.kind, panel, curves, None, notes)
    return finished(reading, asked)


def _upside_down(drawing, panel) -> Drawing:
    """The drawing with S for 1 - S: its strokes mirrored about the middle of the axis from 0 to 1."""
    both = float(panel.y.place(0) + panel.y.place(100 if panel.percent else 1))
    strokes = [replace(s, points=np.column_stack([s.points[:, 0], both - s.points[:, 1]])) for s in drawing.strokes]
    return replace(drawing, strokes=strokes)


def finished(reading, asked) -> Reading:
    """The reading with unit, names, corrections of a person, and its notes."""
    reading.unit = asked.unit or (unit_like if reading.kind == "image" else unit_of)(reading.panel.label)
    if reading.unit is None:
        reading.notes.append(
            "the unit of the time axis is not known: times are in its units; --unit months (years, weeks, days)"
        )
    for axis, name in ((reading.panel.x, "time axis"), (reading.panel.y, "axis of survival")):
        if axis.by == "labels":
            reading.notes.append(f"no tick marks were found on the {name}: it was read from the middles of its labels")
        if axis.off > CROOKED * np.ptp([place for _, place in axis.labels]):
            reading.notes.append(
                f"the labels of the {name} do not lie on one straight line: look whether they are right"
            )
    for k, curve in enumerate(reading.curves, 1):
        curve.name = curve.name or f"curve {k}"
    _distinct_names(reading.curves)
    asked.correct(reading)
    return reading


def _distinct_names(curves):
    seen = {}
    for curve in curves:
        seen[curve.name] = seen.get(curve.name, 0) + 1
        if seen[curve.name] > 1:
            curve.name = f"{curve.name} ({seen[curve.name]})"


def _image(path, data, asked) -> list[Reading]:
    from .image import load

    try:
        image = load(data)
    except ValueError as error:
        raise _fault(path, "the image cannot be opened", "Save it anew as PNG.", str(error)) from error
    return _pixels(path, image, asked)


def _page_as_image(path, data, asked) -> list[Reading]:
    from .image import of_pixels
    from .pdf import picture

    return _pixels(path, of_pixels(picture(data, asked.page - 1)), asked)


def _pixels(path, image, asked) -> list[Reading]:
    """The readings of an image, a plot each."""
    from .image import drawing_of
    from .legend import entries
    from .raster import image_curves, mirrored, with_image_names
    from .whole import with_whole_times

    drawing = drawing_of(image)
    plots = [by_person(p, asked.scaled(image.scale), drawing) for p in panels(drawing)]
    plots = plots or [by_person(None, asked.scaled(image.scale), drawing)]
    read = []
    for panel in (p for p in plots if p is not None):
        curves, said = image_curves(image, drawing, panel)
        if all(c.hidden > HIDDEN for c in curves):
            rising, left = image_curves(*mirrored(image, drawing, panel))
            if any(c.hidden <= HIDDEN for c in rising):
                curves, said = rising, [RISING, *left]
        if curves:
            with_image_names(image, drawing, curves)
            notes = drawing.notes + said + with_risk(drawing, panel, curves)
            notes += _other_number([name for name, _ in entries(image, drawing)], curves)
            if image.scale > 1 and any(c.at_risk for c in curves):
                notes.append(SMALL)
            for curve in curves if image.turned else ():
                curve.colour = "#" + "".join(f"{255 - int(curve.colour[i : i + 2], 16):02x}" for i in (1, 3, 5))
            if len({c.colour for c in curves}) < len(curves):
                notes.append(
                    "several curves have one colour: where they meet they may be exchanged; look at the figure"
                )
            reading = finished(Reading(path.name, "image", panel, curves, None, notes), asked)
            reading.notes += filter(None, [with_whole_times(curves, panel, reading.unit, image.scale)])
            read.append(reading)
    if not read:
        raise _no_curve(path, drawing, asked)
    return sorted(read, key=lambda r: (round(r.panel.box[1] / 100), r.panel.box[0]))


def _other_number(listed, curves) -> list[str]:
    """A note where a legend of two lines or more lists another number of lines than were read."""
    if len(listed) == len(curves) or len(listed) < 2:
        return []
    look = "which is missing" if len(listed) > len(curves) else "whether one is a limit, or no curve"
    return [f"the legend lists {len(listed)} lines ({', '.join(listed)}) and {len(curves)} were read: look {look}"]


def _no_curve(path, drawing, asked) -> CohortError:
    if drawing is not None and logarithmic(drawing) and not asked.axes:
        return _fault(path, "an axis is logarithmic: its labels are even in their logarithms", LOGARITHMIC)
    if drawing is not None and not panels(drawing) and not asked.axes:
        return _fault(path, "no axes of time and survival were found", NO_AXES)
    return _fault(
        path,
        "no falling step curve that starts at 1 was found between the axes",
        "A table, a photograph or a smooth curve is not read; for another page or plot give --page or --panel.",
    )


def points(curve: Curve) -> tuple:
    """Times and S of a curve as a file of points has them: from (0, 1), each fall, and the end."""
    time = np.concatenate([[0.0], curve.time, [curve.end] if curve.end > curve.time.max(initial=0.0) else []])
    survival = np.concatenate([[1.0], curve.survival])
    return time, np.append(survival, survival[-1]) if len(time) > len(survival) else survival

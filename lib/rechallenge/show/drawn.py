"""What a figure draws, as numbers: lines, points, bars, bands and texts in the units of its axes."""

import csv
import re

import numpy as np

NAMELESS = re.compile(r"_(?:child\d+|nolegend_|container\d*)|")  # labels that matplotlib gives by itself
HEAD = ("panel", "mark", "series", "x", "y", "x_end", "y_end", "text", "x_axis", "y_axis")


def drawn_rows(figure) -> list[dict]:
    """One row for each point of a line, point, bar, corner of a band and text inside the axes of a figure.

    x, y : in the units of the axes, unrounded; x_end, y_end : the other corner of a bar; series : as in the legend;
    text : of an annotation. Lines that span the axes (references) come with the units that they have.
    """
    rows = []
    for i, axes in enumerate((a for a in figure.axes if a.get_visible()), 1):
        place = {"panel": i, "x_axis": _flat(axes.get_xlabel()), "y_axis": _flat(axes.get_ylabel())}
        for mark, series, values in _marks(axes):
            rows += [dict.fromkeys(HEAD, "") | place | {"mark": mark, "series": series} | v for v in values]
    return rows


def write_drawn(figure, path):
    """The rows of drawn_rows as CSV."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD, lineterminator="\n")
        writer.writeheader()
        writer.writerows(drawn_rows(figure))


def _marks(axes):
    """(mark, series, values) of everything drawn on the axes."""
    for line in axes.lines:
        joined = line.get_linestyle() not in ("None", "", " ")
        stepped = line.get_drawstyle().startswith("steps")  # a value holds until the next row
        yield "step" if joined and stepped else "line" if joined else "point", _name(line), _points(line.get_xydata())
    for collection in axes.collections:
        paths = collection.get_paths()
        offsets = np.ma.getdata(collection.get_offsets())
        if len(offsets) > 1 or (len(offsets) == 1 and offsets.any()):
            yield "point", _name(collection), _points(offsets)
        else:
            for path in paths:
                yield "band", _name(collection), _points(path.vertices)
    for patch in axes.patches:
        if hasattr(patch, "get_width") and not hasattr(patch, "get_boxstyle"):
            x, y = patch.get_xy()
            bar = {"x": float(x), "y": float(y), "x_end": float(x + patch.get_width())}
            yield "bar", _name(patch), [bar | {"y_end": float(y + patch.get_height())}]
        elif hasattr(patch, "get_xy") and np.ndim(patch.get_xy()) == 2:
            yield "shape", _name(patch), _points(patch.get_xy())
    for text in axes.texts:
        if text.get_text().strip():
            x, y = (float(v) for v in getattr(text, "xy", text.get_position()))
            yield "text", "", [{"x": x, "y": y, "text": _flat(text.get_text())}]


def _points(pairs):
    return [{"x": float(x), "y": float(y)} for x, y in np.asarray(pairs, float) if np.isfinite([x, y]).all()]


def _name(artist) -> str:
    label = str(artist.get_label())
    return "" if NAMELESS.fullmatch(label) else _flat(label)


def _flat(text) -> str:
    return " ".join(str(text).split())

"""Kinds of figures that once misled the reader: numbers at risk as labels, pale colours, tables above, whole months."""

from dataclasses import replace

import numpy as np
import pytest

from papercheck.curves.asked import Asked
from papercheck.curves.axes import Axis, Panel, _alike, _nearest, logarithmic
from papercheck.curves.drawing import Drawing, Text
from papercheck.curves.image import Image, _dashes
from papercheck.curves.inks import Ink, _clusters
from papercheck.curves.legend import entries
from papercheck.curves.misread import mend_labels
from papercheck.curves.raster import _areas, _bars, _sample
from papercheck.curves.read import Reading, _other_number, finished
from papercheck.curves.risk import disagreement, risk_rows
from papercheck.curves.steps import Curve
from papercheck.curves.whole import with_whole_times

TEAL, LAVENDER = (141.0, 211, 199), (190.0, 186, 218)


def word(text, x, y, size=10):
    return Text(text, (x - size, y - size / 2, x + size, y + size / 2))


def plot(foot=0.0):
    """A plot of 0 to 30 months on 100 to 400 points, S = 1 at 100 and `foot` at 300."""
    unit = -200 / (1 - foot)
    x = Axis(100.0, 10.0, tuple((v, 100.0 + 10 * v) for v in (0, 10, 20, 30)), 0.0, "ticks")
    y = Axis(100.0 - unit, unit, tuple((v, 100.0 - unit * (1 - v)) for v in (foot, 1.0)), 0.0, "ticks")
    return Panel(x, y, False, (100.0, 100.0, 400.0, 300.0))


def page(words):
    return Drawing(500, 500, "image", texts=[word(*w) for w in words])


def row(counts, y, name="Arm"):
    return [(name, 40, y), *((str(n), 100 + 100 * k, y) for k, n in enumerate(counts))]


def test_a_column_of_numbers_at_risk_is_mended_by_no_label():
    drawing = page([("24", 300, 320), ("16", 300, 360), ("0", 300, 400)])  # 24, 16 and a true 0 in even rows
    assert mend_labels(drawing) == [] and [t.text for t in drawing.texts] == ["24", "16", "0"]


@pytest.mark.parametrize(
    "y, more, read",
    [
        (340, [], (60, 31, 9, 0)),
        (40, [], (60, 31, 9, 0)),
        (40, [("0.8", 80, 60)], None),  # another plot stands above: the table is its own
        (340, [("55", 600, 340), ("20", 700, 340)], (60, 31, 9, 0)),  # and beside
    ],
)
def test_a_table_at_risk_stands_below_its_plot_or_above_it(y, more, read):
    rows = risk_rows(page([*row((60, 31, 9, 0), y), *more]), plot())
    assert [r[3] for r in rows] == ([read] if read else [])


def test_a_curve_that_leaves_the_plot_keeps_its_patients_at_risk():
    curve = Curve(np.array([5.0, 10.0]), np.array([0.7, 0.51]), 10.0, "#000000")
    curve.at_risk = (0.0, 10.0, 20.0), (60, 33, 12)
    assert "later ones are at risk" in disagreement(curve) and disagreement(curve, 0.5) == ""


@pytest.mark.parametrize(
    "values, level, wanted",
    [
        ((0.1, 0.2, 0.5, 1.0), np.log, True),
        ((0.4, 0.6, 0.8, 1.0), np.log, True),
        ((0.4, 0.6, 0.8, 1.0), float, False),
        ((0.7, 0.8, 0.9, 1.0), float, False),
    ],
)
def test_an_axis_of_logarithms_is_named(values, level, wanted):
    levels = np.array([level(v) for v in values])
    places = 300 - 250 * (levels - levels[0]) / np.ptp(levels)
    assert logarithmic(page([(str(v), 80, p) for v, p in zip(values, places, strict=True)])) == wanted


def test_a_frame_below_the_lowest_label_is_no_tick_mark_of_it():
    middles = [(0.0, 300.0), (50.0, 200.0), (100.0, 100.0)]
    framed, marked = (_nearest(middles, [foot, 201.0, 101.0], 10, 1) for foot in (304.0, 302.0))
    assert _alike(framed, 10) == [(50.0, 201.0), (100.0, 101.0)] and len(_alike(marked, 10)) == len(framed) == 3


def test_pale_colours_of_the_legend_are_inks_beside_black():
    pixels = np.repeat([[0.0] * 3, LAVENDER, TEAL], [3000, 500, 500], axis=0)
    assert len(_clusters(pixels, 20)) == 2  # lavender passes for a shade of black
    assert len(_clusters(pixels, 20, [np.array(LAVENDER), np.array(TEAL)])) == 3
    close = np.repeat([[72.0, 111, 133], [108.0, 124, 79]], 500, axis=0)
    assert [len(_clusters(close, 20, known)) for known in ((), close[[0, -1]])] == [1, 2]


def test_the_legend_says_the_colours_of_pale_lines_and_a_grid_is_no_sample():
    rgb = np.full((120, 300, 3), 255.0, np.float32)
    rgb[29:32, 20:60] = LAVENDER
    rgb[79:82, :] = 215  # a line of a grid
    ground = np.full_like(rgb, 255.0)
    image = Image(rgb, ground, ((255 - rgb).max(axis=-1) / 255).astype(np.float32), 1.0)
    texts = [Text(name, (75.0, y - 8, 130.0, y + 8)) for name, y in (("Women", 30), ("Men", 80))]
    listed = entries(image, Drawing(300, 120, "image", texts=texts))
    assert [name for name, _ in listed] == ["Women"] and np.abs(listed[0][1] - LAVENDER).max() < 1
    shares = [_sample(image, texts[0], np.array(c), [np.array(o)]) for c, o in ((TEAL, LAVENDER), (LAVENDER, TEAL))]
    assert shares[0] == 0 and shares[1] > 0.75  # a name goes to the nearest of two colours


def test_dashes_are_no_letters():
    boxes = np.array([[20.0 * k, 0, 20 * k + 14, 5] for k in range(6)])
    letters = np.array([[20.0 * k, 0, 20 * k + 14, 14] for k in range(6)])
    assert _dashes(boxes, 0, 1.0) and not _dashes(letters, 0, 1.0) and not _dashes(boxes, 0, 4.0)


@pytest.mark.parametrize(
    "noise, months, note", [(0.02, 1.0, "whole months"), (0.3, 1.0, ""), (0.02, None, "of the axis")]
)
def test_falls_at_whole_months_stand_there(noise, months, note):
    rng, at = np.random.default_rng(1), np.arange(1.0, 17)
    time = at + rng.uniform(-noise, noise, 16)
    curve = Curve(time, 1 - at / 20, 18.0, "#000000", censored=np.array([17.02]))
    panel = Panel(Axis(0.0, 30.0, ((0, 0.0), (20, 600.0)), 0.0, "ticks"), plot().y, False, (0, 0, 600, 300))
    said = with_whole_times([curve], panel, months, 1.0)
    assert (note in said) if note else said == ""
    assert (curve.time.tolist() == at.tolist() and curve.censored == [17.0]) if note else (curve.time == time).all()


def test_lines_more_or_fewer_than_the_legend_lists_are_said():
    assert _other_number(["A", "B"], [1, 2]) == _other_number(["A"], [1, 2]) == []
    assert "no curve" in _other_number(["A", "B"], [1, 2, 3])[0] and "missing" in _other_number(["A", "B"], [1])[0]


def test_slivers_of_marks_do_not_cut_whole_marks_into_many():
    high = np.zeros(200)
    for start, width in ((10, 4), (40, 4), (70, 8), (100, 1), (120, 1), (140, 1), (160, 4)):
        high[start : start + width] = 12.0
    assert len(_bars(high, 3.0)) == 8  # one of eight columns is two


def test_a_pale_ink_that_no_legend_lists_is_a_band():
    found = [Ink(colour, np.zeros((2, 2))) for colour in ("#066da7", "#d39c1d", "#cad2c4")]
    known = [np.array([10.0, 104, 162]), np.array([216.0, 154, 29])]
    assert _areas(found, known) == [False, False, True]
    assert _areas(found, known[:1]) == _areas(found[1:], known)[:1] * 3 == [False] * 3


@pytest.mark.parametrize("off, said", [(0.2, 0), (3.0, 1)])
def test_an_axis_whose_labels_are_not_even_is_said(off, said):
    panel = plot()
    reading = Reading("a.png", "image", replace(panel, y=replace(panel.y, off=off)), [], None)
    assert sum("axis of survival do not lie" in note for note in finished(reading, Asked()).notes) == said

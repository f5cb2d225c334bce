"""Curves of images: labels mended by their place, limits told
from arms, strokes to parts of a pixel, what is refused.
"""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest

from papercheck.curves.arms import _around, _falls_with
from papercheck.curves.axes import Panel, _fitted, panels, unit_like
from papercheck.curves.dashes import _likeliest
from papercheck.curves.drawing import Drawing, Text
from papercheck.curves.falls import falls, levels, uprights
from papercheck.curves.image import Image, _without_tick, drawing_of, load
from papercheck.curves.inks import Ink, _clusters, _without_halves
from papercheck.curves.letters import Glyph, _small_ells
from papercheck.curves.misread import mend_labels
from papercheck.curves.patients import arms_of
from papercheck.curves.pieces import dotted, percents
from papercheck.curves.raster import _entry, _filled, _in_order, _label
from papercheck.curves.read import Reading, read_figure
from papercheck.curves.risk import disagreement
from papercheck.curves.steps import Curve
from papercheck.curves.trace import Path, _best, _first, _is_line, _trimmed, edges, left_over
from papercheck.curves.whole import drawn_at
from papercheck.files.findings import CohortError
from smallsurv.curve import kaplan_meier, numbers_at_risk

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def labels(words, step=100):
    return [Text(w, (k * step - 10.0, 500.0, k * step + 10.0, 520.0)) for k, w in enumerate(words)]


@pytest.mark.parametrize(
    "words, wanted",
    [
        (["0", "5", "40", "45"], ["0", "5", "10", "15"]),
        (["0.0", "0.2", "0.1", "0.6"], ["0.0", "0.2", "0.4", "0.6"]),
        (["0", "5", "22", "45"], ["0", "5", "22", "45"]),  # 22 is no 10 that was misread
        (["60", "40", "18", "6"], ["60", "40", "18", "6"]),  # numbers at risk
        (["0", "12", "24", "36"], ["0", "12", "24", "36"]),
    ],
)
def test_a_misread_digit_is_mended_where_all_other_labels_say_how(words, wanted):
    drawing = Drawing(600, 600, "image", texts=labels(words))
    notes = mend_labels(drawing)
    assert [t.text for t in drawing.texts] == wanted
    assert len(notes) == sum(a != b for a, b in zip(words, wanted, strict=True))
    assert all(
        b in note for a, b in zip(words, wanted, strict=True) if a != b for note in notes if f"reads {a}" in note
    )


def test_points_too_small_to_be_seen_come_back_where_the_labels_then_rise_evenly():
    drawing = Drawing(600, 600, "image", texts=labels(["0 0", "0 2", "0 4", "0 6"]))
    assert len(mend_labels(drawing)) == 1 and [t.text for t in drawing.texts] == ["0.0", "0.2", "0.4", "0.6"]
    risk = Drawing(600, 600, "image", texts=labels(["60 58", "41 40", "22 20"]))
    assert not mend_labels(risk) and risk.texts[0].text == "60 58"


def arm(seed, n, scale, colour="#000000", dash=()):
    rng = np.random.default_rng(seed)
    death, last = rng.exponential(scale, n), rng.uniform(6, 40, n)
    made = kaplan_meier(np.minimum(death, last), death <= last)
    falls = made.n_event > 0
    curve = Curve(made.time[falls], made.survival[falls], float(made.time[-1]), colour, dash, name=f"arm {seed}")
    at = np.arange(0, 40, 6.0)
    curve.at_risk = tuple(at), tuple(int(v) for v in numbers_at_risk(made, at))
    return curve


def test_a_dashed_limit_falls_with_its_curve_and_another_arm_does_not():
    curve = arm(1, 60, 10)
    rng = np.random.default_rng(5)
    limit = Curve(
        np.sort(curve.time + rng.uniform(-0.05, 0.05, len(curve.time))), curve.survival**0.7, curve.end, "#000000"
    )
    assert _falls_with(limit, curve, 0.1)
    assert not _falls_with(arm(2, 60, 25), curve, 0.1)
    assert not _falls_with(arm(3, 400, 60), arm(4, 400, 10), 0.2)  # so many falls that chance brings them together


def test_numbers_at_risk_agree_with_their_own_curve_and_not_with_the_other_arms():
    pairs = [(arm(k, 60, 8), arm(k + 50, 60, 30)) for k in range(1, 11)]
    assert [disagreement(c) for pair in pairs for c in pair] == [""] * 20
    caught = 0
    for low, high in pairs:
        low.at_risk, high.at_risk = high.at_risk, low.at_risk
        caught += bool(disagreement(low) or disagreement(high))
    assert caught >= 9


def test_falls_too_small_for_the_patients_at_risk_are_said():
    curve = arm(1, 200, 30)
    curve.at_risk = curve.at_risk[0], tuple(v // 4 for v in curve.at_risk[1])
    assert disagreement(curve).startswith("its falls are too small for 50 patients")


def test_pseudo_patients_of_curves_that_may_be_exchanged_are_refused():
    pair = [arm(1, 60, 10), arm(2, 60, 11, dash=(1.0,))]
    with pytest.raises(CohortError, match="have one colour and meet"):
        arms_of(Reading("a.png", "image", None, pair, 1.0))
    assert len(arms_of(Reading("a.svg", "svg", None, pair, 1.0))) == 2
    pair[1].colour = "#cc0000"
    assert len(arms_of(Reading("a.png", "image", None, pair, 1.0))) == 2


def stroke(columns, levels, pen=4.0, size=(120, 160)):
    """Coverage of a falling line of a pen, drawn exactly: at each column of `columns` down to the next of `levels`."""
    fine, cover = 10, np.zeros(size)
    big = np.zeros((size[0] * fine, size[1] * fine), bool)
    x, h = [0, *columns, size[1] - 10], pen / 2
    for k, y in enumerate(levels):
        big[int((y - h) * fine) : int((y + h) * fine), max(0, int((x[k] - h) * fine)) : int((x[k + 1] + h) * fine)] = (
            True
        )
        if k:
            rows = slice(int((levels[k - 1] - h) * fine), int((y + h) * fine))
            big[rows, int((x[k] - h) * fine) : int((x[k] + h) * fine)] = True
    cover[:] = big.reshape(size[0], fine, size[1], fine).mean(axis=(1, 3))
    return cover


def test_a_fall_stands_at_the_middle_of_its_stroke_and_two_within_a_pen_are_two():
    one = uprights(stroke([70.3], [20, 80]), (71.0, 20.0, 80.0), 4.0)
    assert len(one) == 1 and one[0] == pytest.approx((70.3, 20, 80), abs=0.11)
    two = uprights(stroke([70.3, 73.5], [20, 50, 80]), (71.5, 20.0, 80.0), 4.0)
    assert [f[0] for f in two] == pytest.approx([70.3, 73.5], abs=0.11) and two[0][2] == pytest.approx(50, abs=2)
    low = (71.0, 20.0, 24.0)  # lower than the pen is wide: nothing of the stroke stands alone
    assert uprights(stroke([70.3], [20, 24]), low, 4.0) == [low]


def test_a_thin_line_that_fades_is_one_ink_and_two_inks_with_a_gap_are_two():
    red, share = np.array([200.0, 0, 0]), np.random.default_rng(1).uniform(0.4, 1, (4000, 1))
    assert len(_clusters(255 - share * (255 - red), 100)) == 1
    grey = np.repeat([[0.0, 0, 0], [140.0, 140, 140]], [1500, 2500], axis=0)
    assert len(_clusters(grey, 100)) == 2


@pytest.mark.slow
def test_two_plots_in_one_image_are_said_and_each_is_read(tmp_path):
    figure, both = plt.subplots(1, 2, figsize=(11, 4.5))
    for axes, seed in zip(both, (1, 2), strict=True):
        curve = arm(seed, 30, 12)
        axes.step([0, *curve.time, curve.end], [1, *curve.survival, curve.survival[-1]], where="post", color="#cc0000")
        axes.set(xlabel="Months", ylim=(0, 1.05))
    figure.savefig(tmp_path / "a.png", dpi=130)
    plt.close(figure)
    reading = read_figure(tmp_path / "a.png")
    assert "the figure holds 2 plots with curves" in reading.notes[0] and len(reading.curves) == 1
    assert reading.curves[0].at(10) == pytest.approx(float(arm(1, 30, 12).at(10)), abs=0.04)


def test_greys_with_few_pixels_between_them_are_inks_of_their_own_and_a_colour_does_not_fade_to_black():
    greys = np.repeat([[0.0] * 3, [102.0] * 3, [153.0] * 3], [2500, 1800, 1700], axis=0)
    assert sorted(round(c[0]) for c in _clusters(greys, 100)) == [0, 102, 153]
    fading = np.random.default_rng(2).uniform(0.3, 1, (4000, 1)) * np.full(3, 255.0)
    assert len(_clusters(255 - fading, 100)) == 1
    red = np.repeat([[4.0, 3, 3], [150.0, 53, 66], [90.0, 5, 8]], [8000, 3800, 1000], axis=0)
    assert len(_clusters(red, 100)) == 2


def picture(path, draw, dpi=180, **axes_set):
    """A plot drawn by `draw(axes)` as a PNG; its reading."""
    figure, axes = plt.subplots(figsize=(7, 5.5))
    draw(axes)
    axes.set(xlabel="Months", **axes_set)
    figure.savefig(path, dpi=dpi)
    plt.close(figure)
    return read_figure(path)


def steps(axes, curve, **style):
    axes.step([0, *curve.time, curve.end], [1, *curve.survival, curve.survival[-1]], where="post", **style)


def off(reading, curves):
    """Largest mean distance of S of curves from the nearest of a reading."""
    grid = [np.linspace(0, c.end, 101)[:-1] for c in curves]
    return max(min(np.abs(r.at(g) - c.at(g)).mean() for r in reading.curves) for c, g in zip(curves, grid, strict=True))


@pytest.mark.slow
def test_curves_of_incidence_in_an_image_are_turned(tmp_path):
    curve = arm(3, 40, 30)

    def draw(axes):
        axes.step([0, *curve.time, curve.end], [0, *(1 - curve.survival), 1 - curve.survival[-1]], where="post")

    reading = picture(tmp_path / "a.png", draw, ylim=(0, 1.05))
    assert any("1 - S was read" in note for note in reading.notes) and off(reading, [curve]) < 0.01


@pytest.mark.slow
def test_two_greys_a_framed_legend_and_an_axis_that_begins_higher_are_read(tmp_path):
    pair = [arm(1, 60, 60), arm(2, 60, 25)]

    def draw(axes):
        for curve, grey in zip(pair, ("#000000", "#909090"), strict=True):
            steps(axes, curve, color=grey, label=f"Arm {grey[1]}", linewidth=2)
        axes.legend(loc="upper right", fancybox=False, edgecolor="black", framealpha=1)

    low = min(c.survival[-1] for c in pair)
    ticks = [v for v in (0.25, 0.5, 0.75, 1.0) if v > low]
    reading = picture(tmp_path / "a.png", draw, ylim=(low - 0.05, 1.02), yticks=ticks)
    assert len(reading.curves) == 2 and off(reading, pair) < 0.012


@pytest.mark.slow
def test_dashes_with_marks_are_no_words(tmp_path):
    curve = arm(2, 25, 30)

    def draw(axes):
        steps(axes, curve, color="black", linestyle="--", linewidth=1.4)
        axes.plot(curve.time[::3] + 0.6, curve.at(curve.time[::3] + 0.6), "k|", markersize=9)

    reading = picture(tmp_path / "a.png", draw, ylim=(0, 1.05))
    assert off(reading, [curve]) < 0.012 and reading.curves[0].end == pytest.approx(curve.end, abs=1)


@pytest.mark.slow
def test_a_figure_on_a_dark_ground_is_read_with_its_own_colours(tmp_path):
    curve = arm(3, 30, 30)
    with plt.style.context("dark_background"):
        reading = picture(tmp_path / "a.png", lambda axes: steps(axes, curve, color="#40e0d0", lw=2), ylim=(0, 1.05))
    assert off(reading, [curve]) < 0.01 and reading.curves[0].colour == "#40e0d0"


@pytest.mark.slow
def test_four_black_arms_told_by_their_line_types_are_read(tmp_path):
    arms = [arm(1, 40, 18), arm(2, 40, 7), arm(3, 40, 2.5), arm(4, 40, 9)]
    types = ["-", (0, (4, 4)), (0, (1, 3)), (0, (1, 3, 4, 3))]

    def draw(axes):
        for curve, dash in zip(arms, types, strict=True):
            steps(axes, curve, color="black", linestyle=dash, linewidth=1.2)

    reading = picture(tmp_path / "a.png", draw, dpi=220, ylim=(-0.03, 1.03))
    assert len(reading.curves) == 4 and off(reading, arms) < 0.02


def test_a_row_of_pieces_changes_its_pattern_only_where_it_must():
    dots, dashes, both = [True] * 6, [False] * 6, [True, False] * 4
    assert _likeliest(np.array(dots)) == [2] * 6 and _likeliest(np.array(both)) == [1] * 8
    assert _likeliest(np.array([False, False, True, False, False, False])) == [0] * 6
    assert _likeliest(np.array(dashes + dots)) == [0] * 6 + [2] * 6


def test_marks_side_by_side_that_fill_an_area_are_no_ground():
    page, line, band = (np.full((60, 90, 3), v, np.float32) for v in (255, 51, 204))
    line_on_page = np.where(np.arange(60)[:, None, None] < 28, line, page)
    ground = line_on_page.copy()  # an area wider than what counts as a line
    ground[:10] = page[:10]
    assert _filled(line_on_page, ground, [Ink("#333333", np.zeros((60, 90)))]) and (ground == 255).all()
    ground = np.where(np.arange(60)[:, None, None] < 20, band, page)
    kept = ground.copy()
    assert not _filled(kept.copy(), ground, [Ink("#333333", np.zeros((60, 90)))]) and (ground == kept).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "more, said",
    [pytest.param((), False, marks=pytest.mark.thorough), (("Third",), True), (("95% CI", "Standard-censored"), False)],
)
def test_a_line_of_the_legend_that_was_not_read_is_said(tmp_path, more, said):
    pair = [arm(1, 40, 20), arm(2, 40, 8)]

    def draw(axes):
        for curve, colour, name in zip(pair, ("#1f77b4", "#d62728"), ("Docetaxel", "Standard"), strict=True):
            steps(axes, curve, color=colour, label=name, linewidth=2)
        for name in more:
            axes.plot([], [], color="black", linestyle="--", label=name)
        axes.legend(frameon=False)

    notes = picture(tmp_path / "a.png", draw, dpi=230, ylim=(0, 1.05)).notes
    assert ["3 lines (Docetaxel, Standard, Third) and 2 were read" in note for note in notes if "legend" in note] == [
        True
    ] * said


def test_names_keep_their_ells_and_entries_that_ran_together_name_no_curve():
    read = ["20 or Iess", "PIacebo", "InitiaI Iarge ceII", "Ipilimumab", "Arm I", "II and III", "In UI"]
    wanted = ["20 or less", "Placebo", "Initial large cell", "Ipilimumab", "Arm I", "II and III", "In UI"]
    assert [_small_ells(word) for word in read] == wanted
    together, alone = (Text(t, (0.0, 0.0, 90.0, 20.0), 0, "#cc0000") for t in ("Strata + Male + Female", "Female"))
    red = np.array([204.0, 0, 0])
    assert _entry(together.text) == _label(red, [together]) == "" and _label(red, [together, alone]) == "Female"


def test_an_unbroken_line_is_not_left_for_a_longer_dashed_one_that_it_crosses():
    cover = np.zeros((100, 300))
    cover[19:22, :100], cover[19:62, 98:101], cover[59:62, 98:160] = 1, 1, 1
    cover[19:42, 9:12] = 1
    cover[39:42, (np.arange(300) % 12 < 6) & (np.arange(300) > 9)] = 1
    hidden = np.zeros(cover.shape, bool)
    assert _best(cover, hidden, (20, 3)).last > 290
    assert _first(cover, hidden, (20, 3)).last == 159


def test_a_percent_sign_is_one_letter_of_its_three_pieces_level_or_read_from_below():
    def ring(x, y):
        return Glyph(np.ones((15, 14)), (x, y, x + 14, y + 15))

    digit, slash = Glyph(np.ones((29, 19)), (0, 0, 19, 29)), Glyph(np.ones((29, 20)), (29, 0, 49, 29))
    level = [digit, ring(22, 0), slash, ring(42, 14)]
    assert [g.box for g in percents(level)] == [(0, 0, 19, 29), (22, 0, 56, 29)]
    below = [Glyph(np.rot90(g.ink), (g.box[1], 100 - g.box[2], g.box[3], 100 - g.box[0])) for g in level]
    assert [g.box for g in percents(below)] == [(0, 81, 29, 100), (0, 44, 29, 78)]
    zeros = [Glyph(np.ones((22, 32)), (217, y, 249, y + 22)) for y in (121, 148)]  # of 1.00 read from below
    assert len(dotted(zeros)) == 2


@pytest.mark.parametrize("dpi, rotation", [(200, 90), pytest.param(72, 0, marks=pytest.mark.thorough)])
def test_labels_in_percent_are_an_axis(tmp_path, dpi, rotation):
    figure, axes = plt.subplots(figsize=(6.4, 3))
    axes.set(xlabel="Months", ylim=(0, 1.05), xlim=(0, 40))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"], rotation=rotation, va="center")
    figure.savefig(tmp_path / "a.png", dpi=dpi)
    plt.close(figure)
    panel = panels(drawing_of(load((tmp_path / "a.png").read_bytes())))[0]
    read = [v for v, _ in panel.y.labels]  # at 72 dpi a tick between two rows of pixels does not bear the axis
    assert panel.percent and (
        read == [0, 25, 50, 75, 100] if dpi > 72 else {0, 50, 100} <= {*read} <= {0, 25, 50, 75, 100}
    )


def test_one_tick_mark_far_off_moves_no_axis():
    pairs = [(0, 614.7), (20, 507.3), (40, 399.5), (60, 291.3), (80, 184.0), (100, 65.1)]
    assert _fitted(pairs, "ticks").place(100) == pytest.approx(76.4, abs=0.5)


def test_lines_and_tick_marks_at_whole_pixels_are_read_where_they_belong():
    axis = _fitted([(v, 100.5 + 50 * v) for v in range(5)], "ticks")
    panel = Panel(axis, _fitted([(v, 300.5 - 200 * v) for v in (0, 0.5, 1)], "ticks"), False, (100, 100, 300, 300))
    image = Image(np.zeros((1, 1, 3)), np.zeros((1, 1, 3)), np.zeros((1, 1)), 1.0)
    lines = {pen: np.repeat([120.0 + pen % 2 / 2, 200 + pen % 2 / 2], 50) for pen in (3, 4)}
    even, odd = (drawn_at(panel, image, lines[pen] - pen / 2, lines[pen] + pen / 2, pen) for pen in (4, 3))
    assert odd == panel and (even.x.zero, even.y.zero) == pytest.approx((axis.zero - 0.5, panel.y.zero - 0.5))
    upside = drawn_at(panel, replace(image, mirrored=True), lines[4] - 2, lines[4] + 2, 4)
    assert upside.y.zero == pytest.approx(panel.y.zero + 0.5)
    between = drawn_at(panel, image, lines[4] - 1.75, lines[4] + 2.25, 4)
    assert between == panel  # drawn where it belongs


def test_falls_whose_strokes_overlap_go_down_in_time():
    assert _in_order([(410.5, 20.0, 40.0), (410.0, 40.0, 60.0)]) == [(410.0, 20.0, 40.0), (410.5, 40.0, 60.0)]


def test_falls_nearer_to_each_other_than_the_pen_is_wide_are_told_by_both_edges():
    places, rows = [60.0, 66.0, 69.0], [20.0, 40.0, 55.0, 75.0]
    cover = stroke(places, rows, pen=8.0)
    path = Path(np.array([int(rows[np.searchsorted(places, x)]) for x in range(150)]), 0, 149, 8.0, 1.0, 0.0)
    lines, seen = levels(path, *edges(path, cover, np.zeros(cover.shape, bool)), 20.0)
    found = falls(lines, seen, 20.0, 1.0, 16.0)
    assert [f[0] for f in found] == pytest.approx(places, abs=0.6)
    assert [f[2] for f in found] == pytest.approx(rows[1:], abs=0.6)


def test_a_line_that_was_read_in_part_or_not_at_all_leaves_ink_that_is_seen():
    one, other = stroke([60.0, 90.0], [10, 40, 60], pen=3.0), stroke([80.0], [10, 90], pen=3.0)
    cover, hidden = np.maximum(one, other), np.zeros(one.shape, bool)
    read = [_best(part, hidden, (10, 3)) for part in (one, other)]
    assert left_over(cover, read, (10, 3)) is None
    short = replace(read[0], rows=read[0].rows[:80], last=79)
    assert left_over(cover, read[1:], (10, 3)) and left_over(cover, [short, read[1]], (10, 3))


@pytest.mark.parametrize(
    "label, months",
    [("Montbs", 1), ("flme (wwks)", 84 / 365.25), ("Yeamsince randomisation", 12), ("Marks", None), ("Dears", None),
     ("Monitored cases", None), ("hmeline", None), ("Survival probability", None)],
)  # fmt: skip
def test_units_of_blurred_labels_are_known_where_they_can_be_one_only(label, months):
    assert unit_like(label) == (months and pytest.approx(months))


def test_a_tick_mark_over_its_label_is_no_dot_of_a_letter():
    def piece(x0, y0, x1, y1):
        return Glyph(np.ones((y1 - y0, x1 - x0), np.float32), (x0, y0, x1, y1))

    tick, digit, dot, stem = piece(7, 0, 12, 12), piece(0, 20, 19, 49), piece(0, 0, 6, 6), piece(0, 12, 6, 40)
    assert len(dotted([tick, digit])) == 2 and len(dotted([dot, stem])) == 1
    assert _without_tick([tick, digit]) == [digit]


def test_rare_darker_pixels_are_no_ink_and_pale_colours_apart_are_two():
    assert len(_clusters(np.repeat([[58.0] * 3, [13.0] * 3], [6200, 540], axis=0), 100)) == 1
    assert len(_clusters(np.repeat([[145.0, 211, 201], [189, 186, 217]], [900, 700], axis=0), 20)) == 2


def test_a_thin_line_between_two_rows_of_pixels_is_no_grey_of_its_own():
    pixels = np.repeat([[150.0] * 3, [60.0] * 3], [500, 500], axis=0)
    colours = np.array([[60.0] * 3, [150.0] * 3])
    assert _without_halves(colours, pixels, np.repeat([60.0, 65.0], 500)).tolist() == [[60.0] * 3]
    assert len(_without_halves(colours, pixels, np.repeat([32.0, 65.0], 500))) == 2  # half the ink: a grey line


def test_limits_of_one_line_type_are_told_though_they_were_exchanged_at_their_curve():
    curve = arm(1, 60, 10)
    upper, lower = (replace(curve, survival=curve.survival**p, dash=(2.0,)) for p in (0.8, 1.2))
    early = curve.time < 8
    swapped = [
        replace(a, survival=np.where(early, a.survival, b.survival)) for a, b in ((upper, lower), (lower, upper))
    ]
    assert _around(upper, lower, curve) and _around(*swapped, curve)
    assert not _around(upper, replace(lower, dash=(3.0,)), curve) and not _around(upper, upper, curve)


def test_a_rim_and_the_area_of_a_band_are_no_lines():
    rows, cover = np.full(120, 60), np.zeros((120, 120))
    cover[58:63] = 1.0
    path = Path(rows, 0, 119, 4.0, 1.0, 0.0)
    assert _is_line(path, cover) and not _is_line(path, 0.55 * cover)
    cover[50:90] = 1.0
    assert not _is_line(path, cover)


def test_a_path_ends_with_its_ink_though_specks_are_left_behind_another():
    cover, hidden = np.zeros((20, 400)), np.zeros((20, 400), bool)
    cover[9:12, :120] = 1
    hidden[:, 120:] = True
    cover[9:12, 380:385] = 1
    assert _trimmed(np.full(400, 10), cover, hidden).last == 119
    cover[9:12, 340:400] = 1  # it comes out again
    assert _trimmed(np.full(400, 10), cover, hidden).last == 399


@pytest.mark.thorough
def test_black_and_grey_and_dotted_arms_are_read_at_72_dpi(tmp_path):
    arms = [arm(1, 40, 30), arm(2, 40, 9)]
    for second in (dict(color="0.6", lw=1.2), dict(color="0.1", ls=":", lw=1.5)):

        def draw(axes, second=second):
            steps(axes, arms[0], color="0.1", lw=1.2)
            steps(axes, arms[1], **second)

        reading = picture(tmp_path / "a.png", draw, dpi=72, ylim=(0, 1.05))
        assert len(reading.curves) == 2 and off(reading, arms) < 0.03

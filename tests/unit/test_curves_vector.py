"""Curves of vector figures: drawn from known patients, read
back exact to the drawing; bad figures said in one sentence.
"""

import matplotlib
import numpy as np
import pytest

from papercheck.curves.asked import asked_of
from papercheck.curves.axes import Axis, Panel
from papercheck.curves.drawing import Drawing, Shape, Text
from papercheck.curves.files import readings_csv
from papercheck.curves.marks import _carrier
from papercheck.curves.outlines import with_read_outlines
from papercheck.curves.read import read_figure
from papercheck.curves.risk import disagreement, with_risk
from papercheck.curves.steps import Curve, _limits
from papercheck.curves.svg import read_svg
from papercheck.files.findings import CohortError
from smallsurv.curve import kaplan_meier

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def patients(seed=1, n=40):
    rng = np.random.default_rng(seed)
    death, last = rng.exponential(10, n), rng.uniform(3, 30, n)
    return np.minimum(death, last).round(2) + 0.01, death <= last


def draw(path, *, percent=False, outlined=False, unit="Months", kind="KM", band=True):
    """Two arms with upright marks; the figure's patients."""
    arms = [patients(1), patients(2)]
    plt.rcParams["svg.fonttype"] = "path" if outlined else "none"
    figure, axes = plt.subplots(figsize=(5, 4))
    for (time, event), colour, dash, name in zip(arms, ("#c00000", "#0033aa"), ("-", "--"), "AB", strict=True):
        curve = kaplan_meier(time, event)
        at, s = np.append(0, curve.time), np.append(1, curve.survival) * (100 if percent else 1)
        s = (100 if percent else 1) - s if kind == "incidence" else s
        axes.step(at, s, where="post", color=colour, linestyle=dash, label=f"Arm {name}")
        gone = curve.time[curve.n_censor > 0]
        axes.plot(gone, s[1:][curve.n_censor > 0], "|", color=colour, markersize=7)
        if band:
            axes.fill_between(at, s - 0.1, s + 0.1, step="post", color=colour, alpha=0.2, linewidth=0)
    axes.set_xlabel(unit)
    axes.grid(True)
    axes.legend()
    figure.savefig(path)
    plt.close(figure)
    return arms


def off(reading, arms):
    """Largest distance of S at 400 times, and the censor marks found and drawn."""
    worst, marks = 0.0, []
    for curve, (time, event) in zip(reading.curves, arms, strict=True):
        true = kaplan_meier(time, event)
        grid = (np.arange(400) + 0.618) / 400 * true.time[-1]
        s = np.append(1, true.survival)[np.searchsorted(true.time, grid, side="right")]
        worst = max(worst, np.abs(curve.at(grid) - s).max())
        drawn = true.time[true.n_censor > 0]
        found = [np.abs(curve.censored - t).min(initial=9.0) < 0.01 for t in drawn]
        marks.append((sum(found), len(drawn), len(curve.censored)))
    return worst, marks


@pytest.mark.parametrize("name, asked", [("a.pdf", {}), ("a.svg", {"percent": True}), ("b.svg", {"outlined": True})])
def test_a_drawing_comes_back_as_it_was_drawn(tmp_path, name, asked):
    arms = draw(tmp_path / name, **asked)
    reading = read_figure(tmp_path / name)
    worst, marks = off(reading, arms)
    assert worst < 0.001
    assert all(found == drawn == read for found, drawn, read in marks)
    assert [c.name for c in reading.curves] == ["Arm A", "Arm B"]
    assert reading.unit == 1.0 and not reading.notes


def test_curves_that_rise_are_turned_and_said(tmp_path):
    arms = draw(tmp_path / "a.svg", kind="incidence")
    reading = read_figure(tmp_path / "a.svg")
    assert off(reading, arms)[0] < 0.001 and "rise from 0" in reading.notes[0]


def test_times_go_to_months_where_the_label_says_so_and_a_person_overrides(tmp_path):
    draw(tmp_path / "a.svg", unit="Years since start")
    path = tmp_path / "a.svg"
    years = read_figure(path)
    assert years.unit == 12.0
    first = [float(line.split(",")[1]) for line in readings_csv(years).splitlines()[2:4]]
    (tmp_path / "a.curves.yml").write_text("unit: weeks\ncurves: ['#0033aa=Treated']\npoints: ['Treated=1,0.5']\n")
    weeks = read_figure(path, asked_of(path, {}))
    assert [c.name for c in weeks.curves] == ["Treated"] and weeks.unit == pytest.approx(0.22998, abs=1e-5)
    assert weeks.curves[0].at(1.0) == 0.5 and (np.diff(weeks.curves[0].survival) < 0).all()
    assert first[0] == pytest.approx(12 * years.curves[0].time[0], rel=1e-5)


@pytest.mark.parametrize(
    "text, rule",
    [
        ("curve: 3", "an unknown key"),
        ("x0: '1@2@3'", "x0 is not understood"),
        ("unit: fortnights", "unit is not understood"),
        ("points: ['A=1,2']", "points is not understood"),
        ("a: [", "not a YAML file"),
    ],
)
def test_a_fault_of_the_corrections_is_said(tmp_path, text, rule):
    (tmp_path / "a.curves.yml").write_text(text)
    with pytest.raises(CohortError) as error:
        asked_of(tmp_path / "a.png", {})
    assert error.value.findings[0].rule == rule and error.value.findings[0].file == "a.curves.yml"


def test_parts_of_a_drawing_that_repeat_each_other_without_end_are_refused(monkeypatch):
    monkeypatch.setattr("papercheck.curves.svg.COPIES", 500)
    copies = "".join(f"<g id='l{i}'>" + f"<use href='#l{i - 1}'/>" * 10 + "</g>" for i in range(1, 10))
    parts = f"<defs><g id='l0'><path d='M0 0L1 1'/></g>{copies}</defs>"
    with pytest.raises(ValueError, match="repeat each other"):
        read_svg(f"<svg xmlns='http://www.w3.org/2000/svg'>{parts}<use href='#l9'/></svg>".encode())
    assert read_svg(f"<svg xmlns='http://www.w3.org/2000/svg'>{parts}<use href='#l2'/></svg>".encode()).width == 600


@pytest.mark.parametrize(
    "name, data, rule",
    [
        ("a.pdf", b"%PDF-1.7 broken", "the PDF cannot be opened"),
        ("a.svg", b"<svg><path", "the SVG cannot be opened"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no axes of time and survival were found"),
        ("a.txt", b"time,survival", "neither a PDF, an SVG nor an image (PNG, JPEG, TIFF)"),
    ],
)
def test_a_file_that_holds_no_figure_is_refused_with_what_to_do(tmp_path, name, data, rule):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CohortError) as error:
        read_figure(tmp_path / name)
    assert error.value.findings[0].rule == rule and error.value.findings[0].action


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("dpi, form, worst_rmse", [(200, "png", 0.008)])
def test_an_image_comes_back_within_its_pixels(tmp_path, dpi, form, worst_rmse):
    plt.rcParams["savefig.dpi"] = dpi
    try:
        arms = draw(tmp_path / f"a.{form}", band=False)
    finally:
        plt.rcParams["savefig.dpi"] = "figure"
    reading = read_figure(tmp_path / f"a.{form}")
    assert len(reading.curves) == 2 and reading.unit == 1.0
    by_colour = sorted(reading.curves, key=lambda c: c.colour, reverse=True)  # red, then blue
    errors = []
    for curve, (time, event) in zip(by_colour, arms, strict=True):
        true = kaplan_meier(time, event)
        grid = (np.arange(200) + 0.618) / 200 * true.time[-1]
        s = np.append(1, true.survival)[np.searchsorted(true.time, grid, side="right")]
        errors.append(np.mean((curve.at(grid) - s) ** 2))
    assert np.sqrt(np.mean(errors)) < worst_rmse


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["photograph", "table", "blank"])
def test_an_image_without_curves_is_refused_without_a_number(tmp_path, kind):
    from PIL import Image, ImageDraw

    pixels = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8) if kind == "photograph" else 255
    image = Image.fromarray(np.full((300, 400, 3), pixels, np.uint8))
    if kind == "table":
        for k in range(5):
            ImageDraw.Draw(image).text((20, 30 + 40 * k), f"{k * 6}   {100 - k}   {20 - k}", fill=0)
    image.save(tmp_path / "a.png")
    with pytest.raises(CohortError, match="no axes of time and survival were found"):
        read_figure(tmp_path / "a.png")


def test_circles_are_marks_and_a_tick_mark_at_the_foot_of_a_curve_is_none(tmp_path):
    gone = np.arange(1.5, 20, 2)
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.step(np.arange(21), 1 - 0.04 * np.arange(21), where="post", color="#c00000")
    axes.plot(gone, 1 - 0.04 * np.floor(gone), "o", color="#c00000", markersize=3, markerfacecolor="none")
    axes.set(xlabel="Months", ylim=(0.2, 1.05), xticks=[0, 10, 20])  # the curve ends at the foot, at a tick mark
    figure.savefig(tmp_path / "a.pdf")
    plt.close(figure)
    assert read_figure(tmp_path / "a.pdf").curves[0].censored == pytest.approx(gone, abs=0.01)


def test_marks_that_are_one_letter_in_a_row_stay_marks_where_they_are_no_word():
    def bar(x):
        return Shape((np.array([[x, 10.0], [x + 0.8, 10], [x + 0.8, 19.5], [x, 19.5]]),), "#1a1a1a")

    read = with_read_outlines(Drawing(100, 100, "svg", shapes=[bar(127.6), bar(131.9)]))
    assert len(read.shapes) == 2 and not read.texts


def whole(scale, n, last):
    """Falls of an arm of n patients in whole months, and S after each."""
    rng = np.random.default_rng(int(scale))
    made = kaplan_meier(np.minimum(np.ceil(rng.exponential(scale, n)), last), rng.uniform(size=n) < 0.97)
    falls = made.n_event > 0
    return made.time[falls], made.survival[falls]


@pytest.mark.parametrize("colours, dashes", [(("#1b9e77", "#d95f02"), ((), ())), (("#000000",) * 2, ((), (4.0,)))])
def test_arms_of_many_patients_in_whole_months_are_no_limits_of_each_other(colours, dashes):
    arms = [
        Curve(*whole(scale, 600, 40), 40.0, colour, dash)
        for scale, colour, dash in zip((12, 30), colours, dashes, strict=True)
    ]
    assert not _limits(arms)
    time, survival = arms[0].time, arms[0].survival
    pair = [Curve(time, survival**power, 40.0, colours[0], (2.0,), 0.5) for power in (0.9, 1.1)]
    assert _limits([*arms, *pair]) == {id(p) for p in pair}


def test_a_mark_at_a_fall_is_of_its_curve_where_a_program_put_it_beside():
    axis = Axis(0.0, 10.0, ((0.0, 0.0), (30.0, 300.0)), 0.0, "ticks")
    share = Axis(200.0, -200.0, ((0.0, 200.0), (1.0, 0.0)), 0.0, "ticks")
    panel = Panel(axis, share, False, (0.0, 0.0, 300.0, 200.0))
    curve = Curve(np.array([0.4]), np.array([0.8]), 20.0, "#000000")
    assert _carrier(3.75, 36.0, 44.0, "#000000", panel, [curve]) is curve  # at S = 0.8, a quarter of a point early
    assert _carrier(3.0, 36.0, 44.0, "#000000", panel, [curve]) is None


def test_a_row_at_risk_at_the_end_of_the_curve_is_its_own_but_for_rounding():
    curve = Curve(np.array([10.0, 20.0]), np.array([0.9, 0.8]), 51.9996, "#000000")
    curve.at_risk = (0.0, 26.0, 52.0), (100, 80, 76)
    assert not disagreement(curve)


def test_names_that_differ_in_their_signs_alone_get_each_its_row_at_risk():
    x = Axis(0.0, 10.0, ((0.0, 0.0), (10.0, 100.0), (20.0, 200.0)), 0.0, "ticks")
    y = Axis(200.0, -200.0, ((0.0, 200.0), (1.0, 0.0)), 0.0, "ticks")
    panel = Panel(x, y, False, (0.0, 0.0, 200.0, 200.0))
    curves = [
        Curve(np.array([5.0]), np.array([0.7]), 20.0, c, name=n) for c, n in (("#ff0000", "<40"), ("#0000ff", "≥40"))
    ]
    texts = []
    for row, (name, counts) in enumerate((("≥40:", (61, 30, 9)), ("<40:", (50, 31, 8)))):
        high = 250.0 + 20 * row
        texts.append(Text(name, (-60.0, high, -30.0, high + 10)))
        texts += [Text(str(n), (100.0 * k - 5, high, 100.0 * k + 5, high + 10)) for k, n in enumerate(counts)]
    assert not with_risk(Drawing(300, 300, "svg", texts=texts), panel, curves)
    assert [c.at_risk[1] for c in curves] == [(50, 31, 8), (61, 30, 9)]

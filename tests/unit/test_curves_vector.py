"""Curves of vector figures: drawn from known patients, read
back exact to the drawing; bad figures said in one sentence.
"""

import matplotlib
import numpy as np
import pytest

from papercheck.curves.asked import asked_of
from papercheck.curves.drawing import Drawing, Shape
from papercheck.curves.files import readings_csv
from papercheck.curves.outlines import with_read_outlines
from papercheck.curves.read import read_figure
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

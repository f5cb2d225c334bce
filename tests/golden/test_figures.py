"""Every kind of figure beside its golden picture, and what no figure may do: texts on texts, a legend over a curve."""

import json

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rechallenge.show import prints
from rechallenge.show.drawn import drawn_rows
from rechallenge.show.figures.bars import plot_strip, strip_rows
from rechallenge.show.figures.forest import Estimate, ForestRow, forest_table
from rechallenge.show.figures.km import CurveLook, cells, plot_curves, survival_panels
from rechallenge.show.figures.place import laid_out, text_inches
from rechallenge.show.forest import Axis, Row, forest
from rechallenge.show.prints import overlapping_texts
from rechallenge.show.style import SIZE, WIDTH, house_style, new_figure, text_width, wrap
from smallsurv.curve import band, kaplan_meier
from tests.golden.drawings import DRAWINGS, ESTIMATES, TICKS, curve
from tests.golden.pictures import BLOCK, DRAWN_BY, FOLDER, difference, golden, pixels
from tests.sizes import examples


@pytest.fixture(scope="module", params=DRAWINGS)
def drawn(request):
    return request.param, DRAWINGS[request.param]()


@pytest.mark.skipif(
    not matplotlib.__version__.startswith(DRAWN_BY), reason="other versions of matplotlib set text otherwise"
)
def test_a_figure_looks_as_it_did(drawn):
    name, figure = drawn
    assert not difference(pixels(figure), golden(name)), f"{name} {difference(pixels(figure), golden(name))}"


def test_no_text_lies_on_another(drawn):
    _, figure = drawn
    figure.draw_without_rendering()  # packed texts find their places
    assert not overlapping_texts(figure)


@pytest.mark.parametrize("weights", ["", "Weight"])
def test_a_forest_of_many_studies_fits_the_column_of_a_printed_page_in_letters_of_six_points(weights):
    rows = [Row(f"Study {i}", "study", "1/9", 20, 10, 30, "20.0 (10.0–30.0)", weight_text=weights) for i in range(25)]
    with house_style():
        figure, _ = forest(rows, ("Study", "Events/n", "ORR %, exact 95% CI", weights), Axis("ORR (%)", log=False))
    shrunk = min(127 / 25.4 / figure.get_figwidth(), 140 / 25.4 / figure.get_figheight())
    assert weights or shrunk * (SIZE - 1) > 6
    ends = [t.get_window_extent(laid_out(figure)).x1 for t in figure.texts]
    assert max(ends) <= figure.bbox.x1 and (figure.get_figwidth() == WIDTH) == bool(weights)


LONG = "血清乳酸脱氢酶与正常值上限之比（基线，治疗前七日内测定）：高于上限两倍对照不高于上限（以中心实验室为准）"


def boxes(figure, *texts):
    """The places of texts of a figure, in pixels."""
    renderer = laid_out(figure)
    found = {t.get_text().replace("\n", " "): t.get_window_extent(renderer) for t in figure.texts}
    return [found[text] for text in texts]


@pytest.mark.parametrize("dense", [True, False])
def test_a_long_label_of_a_forest_is_broken_and_keeps_the_table_within_two_columns_of_a_journal(dense):
    one = Estimate(1.2, 0.8, 1.9, "1.20 (0.80–1.90)", "0.31")
    rows = [ForestRow(LONG, "single", "26 / 134", "20 / 111", one, None if dense else one), *ESTIMATES]
    heads = {"ratio": "HR（95%置信区间，Wald 法）"} if dense else {}
    figure = forest_table(rows, "Hazard ratio", heads, dense=dense)[0]
    assert figure.get_figwidth() <= WIDTH and not overlapping_texts(figure)
    label, count = next(t for t in figure.texts if t.get_text().startswith("血清")), boxes(figure, "26 / 134")[0]
    assert label.get_text().replace("\n", "") == LONG  # nothing of it is lost
    assert label.get_window_extent().x1 + 4 < count.x0


@pytest.mark.parametrize("value, shape", [(0.15, "s"), (23.2, "s"), (1e4, ">"), (1e-4, "<")])
def test_an_estimate_without_an_interval_stands_whole_inside_the_axes_or_is_an_arrow_at_their_edge(value, shape):
    nan = float("nan")
    one = Estimate(1.2, nan, nan, "1.20"), Estimate(value, nan, nan, f"{value}")
    axes = forest_table([ForestRow(e.text, "single", "13", "11", e, free=True) for e in one], "Hazard ratio")[1]
    marks = [(line.get_marker(), line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    assert [mark for mark, _ in marks] == ["s", shape]
    low, high = axes.get_xlim()
    assert low < marks[0][1] < high and low <= marks[1][1] <= high
    assert shape != "s" or (marks[1][1] == value and low * 1.2 < value < high / 1.2)


@pytest.mark.parametrize("width, legible", [(11, False), (8.5, True)])
def test_a_figure_that_is_wider_than_two_columns_is_reduced_to_them_and_not_pushed_together(
    width, legible, tmp_path, monkeypatch
):
    written = []
    monkeypatch.setattr(prints, "_write", lambda figure, *more: written.append((overlapping_texts(figure), *more)))
    with house_style():
        figure, axes = new_figure(2, width=width, layout="none")
        axes.axis("off")
        half = "as wide as half of the drawing"
        while text_inches(figure, half)[0] < width / 2 - 0.1:
            half += "."
        for x in (0.0, 0.5):
            figure.text(x, 0.5, half)
        prints.write_prints(figure, "f", False, tmp_path)
    assert [overlaps for overlaps, *_ in written] == [set()]
    _, area, scale, *_ = written[0]
    assert (9 * scale >= prints.SMALLEST) == legible
    assert area.width * scale * 25.4 == pytest.approx(178, abs=0.2)


@pytest.mark.parametrize("count", ["3/30", "20 arms of 18 studies", ("1,203/11,030", "12,034/110,300")])
def test_a_name_of_a_forest_keeps_clear_of_the_counts_beside_it(count):
    row = Row("Random intercept (GLMM), without this cohort", "pool", count, 9.0, 5.0, 14.0, "9.0 (5.0–14.0)")
    head = ("Study", ("Arm", "Control") if isinstance(count, tuple) else "n", "ORR %", "")
    with house_style():
        figure = forest([row], head, Axis("ORR (%)", log=False))[0]
    name, counted = boxes(figure, row.label, count[0] if isinstance(count, tuple) else count)
    assert name.x1 + 6 < counted.x0


@pytest.mark.parametrize("levels", [("≥50%", "<50%"), (LONG[:16], LONG[5:21], LONG[12:28]), [f"Hospital {i} of the city" for i in range(9)]])  # fmt: skip
def test_the_patients_of_a_strip_have_their_room_beside_long_names_of_levels(levels):
    ids = [f"P{i:02d}" for i in range(18)]
    table = pd.DataFrame({"A": [*levels] * (18 // len(levels)), "B": ["0", None] * 9}, index=ids)
    outcome = pd.DataFrame({"USUBJID": ids, "value": np.linspace(9, 1, 18), "censored": [False] * 18})
    with house_style():
        tall = 0.3 * sum(row.height for row in strip_rows(table))
        figure, panels = new_figure(1.7 + tall, nrows=2, height_ratios=[1.4, tall])
        plot_strip(panels, outcome, table.astype("category"))
        figure.draw_without_rendering()
    assert panels[1].get_position().width > 0.4 and not overlapping_texts(figure)
    assert {t.get_text() for t in panels[1].texts} >= set(levels)  # none is shortened


def test_a_figure_whose_axes_lose_their_room_to_the_texts_beside_them_is_made_for_two_columns_only(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(prints, "_write", lambda *_: None)
    with house_style():
        for name, label in (("long", "a label" * 11), ("short", "a")):
            figure, axes = new_figure(1.5)
            axes.set_yticks([0, 1], [label, label])
            laid_out(figure)
            figure.set_layout_engine(None)
            prints.write_prints(figure, name, True, tmp_path, every=True)
    made = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("long", "short")}
    columns = {name: [column for column in of if of[column]] for name, of in made.items()}
    assert columns == {"long": ["double"], "short": ["double", "single"]}


def test_no_line_begins_with_a_closing_sign():
    assert wrap("（以中心实验室为准）高于", 20, 3).split("\n") == ["（以中心实验室为准）", "高于"]
    assert wrap("以上中心实验室为准者）", 20, 3).split("\n") == ["以上中心实验室为准", "者）"]


def test_no_golden_picture_is_idle():
    assert {path.stem for path in FOLDER.glob("*.png")} == set(DRAWINGS)


@pytest.mark.parametrize("change", ["moved", "missing", "colour", "size"])
def test_a_changed_picture_is_seen(change):
    wanted = golden("km_two_groups")
    found = wanted.copy()
    if change == "moved":
        found = np.roll(found, 8, axis=1)
    elif change == "missing":
        found[:60, -200:] = 255
    elif change == "colour":
        found = found[:, :, ::-1]
    else:
        found = found[:-BLOCK]
    assert difference(found, wanted)


def covered(axes, legend, renderer):
    """Points of the curves and bands that the legend lies on."""
    box = legend.get_window_extent(renderer)
    points = [line.get_transform().transform(line.get_xydata()) for line in axes.lines if line.get_gid() != "faint"]
    for collection in axes.collections:
        points += [collection.get_transform().transform(path.vertices) for path in collection.get_paths()]
    points = np.concatenate(points)
    return points[(points > box.p0).all(axis=1) & (points < box.p1).all(axis=1)]


LETTERS = st.sampled_from("aWi 0_≥程序性死亡")


@examples(4)
@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=40), min_size=2, max_size=4),
    st.integers(2, 40),
    st.floats(0.5, 60),
    st.booleans(),
)
def test_a_legend_never_lies_on_a_curve(labels, n, scale, banded):
    curves = {i: curve(scale * (1 + i), n) for i in range(len(labels))}
    bands = {i: band(c) for i, c in curves.items()} if banded else {}
    texts = dict.fromkeys(curves, "12.34 (1.23–NR)")
    look = CurveLook(bands=bands, median_texts=texts, median_head="Median, months (95% CI)", ylabel="OS (%)")
    figure, (axes, _) = survival_panels(curves, dict(enumerate(labels)), TICKS, look)
    renderer = laid_out(figure)
    if axes.get_legend():
        assert not len(covered(axes, axes.get_legend(), renderer))
        assert len(axes.get_legend().get_texts()) == len(labels)
    else:
        (legend,) = figure.legends
        assert legend.get_window_extent(renderer).y0 >= axes.get_window_extent(renderer).y1 - 1


def test_a_legend_of_32_chinese_letters_stands_above_curves_that_leave_no_room():
    curves = {i: kaplan_meier(np.arange(1.0, 25), np.arange(24) == 23) for i in range(2)}
    figure, (axes, _) = survival_panels(curves, {0: "程" * 32, 1: "序" * 32}, TICKS)
    assert axes.get_legend() is None or not len(covered(axes, axes.get_legend(), laid_out(figure)))
    texts = (axes.get_legend() or figure.legends[0]).get_texts()
    assert [t.get_text() for t in texts] == ["程" * 32, "序" * 32]


@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=30),
    st.lists(st.integers(0, 35), min_size=1, max_size=6),
)
def test_numbers_below_the_curves_add_up_to_the_group(rows, ticks):
    time, event = np.array([t for t, _ in rows], float), np.array([e for _, e in rows])
    drawn = kaplan_meier(time, event)
    risk, events, censored = (list(map(int, cells(drawn, ticks, what))) for what in ("risk", "events", "censored"))
    for tick, r, e, c in zip(ticks, risk, events, censored, strict=True):
        assert (r, e, c) == ((time >= tick).sum(), (event & (time < tick)).sum(), (~event & (time < tick)).sum())
        assert r + e + c == len(rows)


@given(st.text(LETTERS, max_size=80), st.integers(6, 40), st.integers(1, 4))
def test_a_wrapped_label_keeps_its_letters_and_its_width(text, width, lines):
    found = wrap(text, width, lines).split("\n")
    assert len(found) <= lines and all(text_width(line) <= width for line in found)
    kept = "".join("".join(found).split())
    assert "".join(text.split()).startswith(kept.removesuffix("…"))


def test_bands_are_drawn_only_where_they_are_given():
    with_bands = DRAWINGS["km_two_groups"]().axes[0].collections
    assert len(with_bands) == 2 and not DRAWINGS["km_four_groups"]().axes[0].collections


@pytest.mark.parametrize("event, end", [([1, 1, 1, 1], 4), ([1, 1, 0, 0], 4), ([1, 0, 0, 1], 4)])
def test_a_band_reaches_to_the_end_of_the_last_step_that_has_an_interval(event, end):
    """Widest where the fewest are at risk: the last step before the curve falls to 0, and a step that ends censored."""
    found = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array(event, bool))
    figure, axes = new_figure(3)
    plot_curves(axes, {"": found}, TICKS, CurveLook(bands={"": band(found)}))
    (filled,) = axes.collections
    assert filled.get_paths()[0].vertices[:, 0].max() == end


def test_a_row_of_a_forest_holds_both_estimates_on_one_line():
    figure = DRAWINGS["forest_with_firth"]()
    rows = [round(t.get_position()[1], 6) for t in figure.texts if t.get_text().startswith(("1.20 (", "1.40 ("))]
    assert rows[0] == rows[1]


def test_panels_of_a_waterfall_show_a_patient_at_the_same_place():
    first, again = DRAWINGS["waterfall"]().axes
    names = [[t.get_text() for t in axes.get_xticklabels()] for axes in (first, again)]
    assert names[0] == names[1] and names[0][0] == "P01" and names[0][-1] == "P13"
    assert "NE" in [t.get_text() for t in again.texts]  # P13 was not measured again


def test_the_numbers_behind_a_figure_name_its_curves():
    named = {row["series"] for row in drawn_rows(DRAWINGS["km_two_groups"]()) if row["mark"] == "step"}
    assert named == {"ECOG 0-1", "_ECOG 2"}

"""Every kind of figure beside its golden picture, and what no figure may do: texts on texts, a legend over a curve."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rechallenge.show.drawn import drawn_rows
from rechallenge.show.figures.km import CurveLook, cells, survival_panels
from rechallenge.show.figures.place import laid_out
from rechallenge.show.prints import overlapping_texts
from rechallenge.show.style import text_width, wrap
from smallsurv.curve import band, kaplan_meier
from tests.golden.drawings import DRAWINGS, TICKS, curve
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

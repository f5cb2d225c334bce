"""Figures drawn once as SVG and PNG, beside matplotlib's own renderers, which draw them twice."""

import io
import re
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import Circle
from matplotlib.textpath import TextToPath
from PIL import Image

from rechallenge.show.pictures import DPI, MeasuringCanvas, png_file, svg_and_png
from rechallenge.show.style import house_style, new_figure

SVG = "{http://www.w3.org/2000/svg}"


def everything():
    """A figure with each kind of drawing: lines, dashes, markers, hatches, collections, a mesh, clips, an image, turned text."""
    figure, axes = new_figure(3, 4, layout=None)
    axes.plot([0, 1, 2], [1, 0, 2], ls=(0, (5, 2)), marker="o", ms=5, label="curve")
    axes.fill_between([0, 1, 2], [0, 0, 0], [1, 0.5, 1], alpha=0.2, step="post")
    axes.bar([3, 4], [1, 2], hatch="////", edgecolor="k")
    axes.scatter(range(9), np.linspace(0, 2, 9), s=range(4, 40, 4), c=range(9), alpha=0.6, lw=0.5, edgecolor="k")
    axes.scatter([1], [1], s=30, marker="^")
    axes.add_patch(Circle((5, 1), 0.7, clip_on=True, color="#009E73"))
    axes.pcolormesh([5, 6, 7], [1.8, 2.1, 2.4], [[0, 1], [2, 3]], alpha=0.8)
    axes.hlines([0.2, 0.4], 0, 8, lw=[0.5, 2], ls=["-", ":"])
    picture = axes.imshow(np.arange(6.0).reshape(2, 3), extent=(6, 8, 0, 1), aspect="auto")
    picture.set_clip_path(Circle((7, 0.5), 0.6, transform=axes.transData))
    axes.set(xlabel="Months (n ≥ 3)", ylabel="Turned <text> & more", xlim=(-1, 9), ylim=(-0.5, 2.5))
    axes.text(2, 2, "half", alpha=0.5, rotation=30)
    axes.legend()
    return figure


def own_pictures(figure, area):
    """What matplotlib itself writes: the SVG text and the pixels at DPI."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", bbox_inches=area, metadata={"Date": None, "Creator": None}, dpi=DPI)
    figure.savefig(png, format="png", bbox_inches=area, dpi=DPI)
    return svg.getvalue(), np.asarray(Image.open(png).convert("RGB"), float)


def drawn(svg):
    """The drawing of an SVG file: the outlines of its paths, and how often each kind of element stands in it."""
    root = ET.fromstring(svg)
    tags = [e.tag for e in root.iter()]
    return sorted(e.get("d", "") for e in root.iter(f"{SVG}path")), {t: tags.count(t) for t in set(tags)}


def test_one_walk_draws_what_two_draw():
    with house_style(), mpl.rc_context({"image.composite_image": False}):
        figure = everything()
        area = figure.get_tightbbox().padded(0.05)
        own_svg, own_pixels = own_pictures(figure, area)
        svg, png = svg_and_png(figure, area)
    pixels = np.asarray(Image.open(io.BytesIO(png)), float)
    assert pixels.shape == own_pixels.shape
    assert np.abs(pixels - own_pixels).mean() < 2.0  # of 255: hinted glyphs and outlines differ at their edges
    blocks = lambda a: a[: len(a) // 20 * 20, : a.shape[1] // 20 * 20].reshape(len(a) // 20, 20, -1, 20, 3).mean((1, 3))  # noqa: E731
    assert np.abs(blocks(pixels) - blocks(own_pixels)).max() < 40  # edges of texts apart, nothing is missing or elsewhere
    (paths, tags), (own_paths, own_tags) = drawn(svg), drawn(own_svg)
    assert tags == own_tags
    same = [a for a in paths if a in set(own_paths)]
    assert len(same) >= 0.9 * len(own_paths)  # texts are placed by unhinted sizes, so their frames may differ in digits


def test_texts_are_placed_where_matplotlib_places_them():
    with house_style():
        figure = everything()
        own, _ = own_pictures(figure, figure.bbox_inches)
        svg, _ = svg_and_png(figure, figure.bbox_inches, png=False)
    place = re.compile(r"<!-- (.*?) -->.*?translate\(([-\d.]+) ([-\d.]+)\)(?: rotate\(([-\d.]+)\))?", re.DOTALL)
    found, wanted = place.findall(svg), place.findall(own)
    assert [f[0] for f in found] == [w[0] for w in wanted]
    numbers = lambda rows: np.array([[float(x or 0) for x in r[1:]] for r in rows])  # noqa: E731
    np.testing.assert_allclose(numbers(found), numbers(wanted), atol=0.002)


@pytest.mark.parametrize("text", ["Progression-free survival", "τ² = 0.35 (≥ 1)", "fi", " ", "–"])
def test_measures_are_those_of_outlines(text):
    with house_style():
        figure, _ = new_figure(3, 4)
        assert isinstance(figure.canvas, MeasuringCanvas)
        prop = mpl.font_manager.FontProperties(size=11)
        measured = figure.canvas.get_renderer().get_text_width_height_descent(text, prop, False)
        points = TextToPath().get_text_width_height_descent(text, prop, False)
    assert measured == pytest.approx([x * figure.dpi / 72 for x in points])


def test_no_png_where_none_is_asked_for():
    with house_style():
        figure, _ = new_figure(2, 2, layout=None)
        svg, png = svg_and_png(figure, figure.bbox_inches, png=False)
    assert png == b"" and svg.startswith("<?xml")


def test_text_stays_text_in_the_file():
    with house_style():
        figure, axes = new_figure(2, 3, layout=None)
        axes.set_title("--> <script>alert(1)</script> $x^2$")
        svg, _ = svg_and_png(figure, figure.bbox_inches, png=False)
    ET.fromstring(svg)
    assert "<script" not in svg and "-->" not in svg.replace(" -->\n", "")


def test_a_character_without_a_glyph_is_said_each_time():
    for _ in range(2):
        with house_style(), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            figure, axes = new_figure(2, 3, layout=None)
            axes.set_title("\U0001f9ec")
            svg_and_png(figure, figure.bbox_inches)
        assert any("missing from font" in str(w.message) for w in said)


def test_png_gives_its_pixels_back():
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), np.uint8)
    picture = Image.open(io.BytesIO(png_file(pixels)))
    assert picture.mode == "RGB" and round(picture.info["dpi"][0]) == DPI
    np.testing.assert_array_equal(np.asarray(picture), pixels)

"""Figures as SVG: the drawing that matplotlib writes, in fewer letters, with text that is text, safe inside a page."""

import io
import re
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.patches import Circle

from rechallenge.show import style
from rechallenge.show.pictures import SAVED, inline_svg, slimmed, svg_text
from rechallenge.show.style import FAMILY, add_legend, cjk_fonts, house_style, new_figure

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
ATTACKS = ["--> <script>alert(1)</script> $x^2$", "</svg><img src=x onerror=alert(1)>", 'url(#a) id="b" &amp; \' ]]>']


def everything():
    """A figure with each kind of drawing: lines, dashes, markers,
    hatches, collections, a mesh, clips, an image, turned text.
    """
    figure, axes = new_figure(3, 4, layout=None)
    axes.plot([0, 1, 2], [1, 0, 2], ls=(0, (5, 2)), marker="o", ms=5, label="curve")
    axes.fill_between([0, 1, 2], [0, 0, 0], [1, 0.5, 1], alpha=0.2, step="post")
    axes.bar([3, 4], [1, 2], hatch="////", edgecolor="k")
    axes.scatter(range(9), np.linspace(0, 2, 9), s=range(4, 40, 4), c=range(9), alpha=0.6, lw=0.5, edgecolor="k")
    axes.add_patch(Circle((5, 1), 0.7, clip_on=True, color="#009E73"))
    axes.pcolormesh([5, 6, 7], [1.8, 2.1, 2.4], [[0, 1], [2, 3]], alpha=0.8)
    picture = axes.imshow(np.arange(6.0).reshape(2, 3), extent=(6, 8, 0, 1), aspect="auto")
    picture.set_clip_path(Circle((7, 0.5), 0.6, transform=axes.transData))
    axes.set(xlabel="Months (n ≥ 3)", ylabel="Turned <text> & more", xlim=(-1, 9), ylim=(-0.5, 2.5))
    axes.text(2, 2, "two  blanks\nand a second line", alpha=0.5, rotation=30)
    axes.legend()
    return figure


@pytest.fixture(scope="module")
def files():
    """What matplotlib writes of `everything`, and what the library makes of it."""
    with house_style():
        figure = everything()
        own = io.StringIO()
        figure.savefig(own, format="svg", bbox_inches=figure.bbox_inches, metadata=SAVED)
        return own.getvalue(), svg_text(figure, figure.bbox_inches)


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_nothing_of_the_drawing_is_lost(files):
    own, ours = (ET.fromstring(f) for f in files)
    for tag in ("path", "use", "text", "image", "pattern", "clipPath", "rect"):
        assert len(list(ours.iter(SVG + tag))) == len(list(own.iter(SVG + tag))), tag
    above = {child: parent for parent in ours.iter() for child in parent}
    for tag in ("path", "use"):
        for a, b in zip(own.iter(SVG + tag), ours.iter(SVG + tag), strict=True):
            for name in ("style", "clip-path"):  # of the shape, or of the group of those that look alike
                found = [part.get(name, "") for part in (b, above[b]) if part.tag != SVG + "svg"]
                assert re.sub(r"#[^)]+", "#", a.get(name, "")) in [re.sub(r"#[^)]+", "#", each) for each in found]
            assert numbers(b.get("d", "")) == pytest.approx(numbers(a.get("d", "")), abs=0.0051)
    assert len(files[1]) < 0.75 * len(files[0])


def test_every_reference_finds_its_id_and_no_id_is_idle(files):
    root = ET.fromstring(files[1])
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    asked = {e.get(HREF)[1:] for e in root.iter() if e.get(HREF, "").startswith("#")}
    asked |= set(re.findall(r"url\(#([^)]+)\)", files[1]))
    assert len(ids) == len(set(ids)) and set(ids) == asked


def test_texts_stay_texts_with_their_blanks_and_places(files):
    own, ours = (list(ET.fromstring(f).iter(SVG + "text")) for f in files)
    assert [t.text for t in ours] == [t.text for t in own]
    assert "two  blanks" in [t.text for t in ours] and "Turned <text> & more" in [t.text for t in ours]
    for a, b in zip(own, ours, strict=True):
        assert [float(b.get(k, 0)) for k in "xy"] == pytest.approx([float(a.get(k, 0)) for k in "xy"], abs=0.0051)
        assert ("rotate(-90" in b.get("transform", "")) == ("rotate(-90" in a.get("transform", ""))
        assert "font-family" not in b.get("style") and "font-size" in b.get("style")
    assert ET.fromstring(files[1]).get("font-family").startswith("Arial, Helvetica")


@pytest.mark.parametrize("response", style.RESPONSE_HATCHES)
def test_a_hatched_bar_weighs_little(response):
    """A hatch is a pattern of its own in each figure: dots of four points a side weighed 180 kB."""
    figure, axes = new_figure(1)
    axes.bar([0], [1], hatch=style.RESPONSE_HATCHES[response])
    axes.axis("off")
    assert len(svg_text(figure, figure.bbox_inches)) < 4000


def test_the_same_figure_gives_the_same_file():
    with house_style():
        first, second = (svg_text(f, f.bbox_inches) for f in (everything(), everything()))
    assert first == second


@pytest.mark.parametrize("text", ATTACKS)
def test_text_from_data_stays_text_in_the_file_and_in_the_page(text):
    with house_style():
        figure, axes = new_figure(2, 3, layout=None)
        axes.set_title(text)
        svg = svg_text(figure, figure.bbox_inches)
    page = inline_svg(svg, "figure-1", text, 300)
    assert text in [t.text for t in ET.fromstring(svg).iter(SVG + "text")]

    tags, said = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.append(tag)

        def handle_data(self, data):
            said.append(data)

    Reader().feed(page)
    assert not {"script", "img"} & set(tags) and tags.count("svg") == 1
    assert text in "".join(said)


def test_two_figures_of_a_page_share_no_id(files):
    pages = [inline_svg(files[1], f"figure-{i}", "words", 300) for i in (1, 2)]
    ids = [re.findall(r'\bid="([^"]+)"', page) for page in pages]
    assert ids[0] and not set(ids[0]) & set(ids[1])
    for i, page in enumerate(pages, 1):
        assert all(f"#figure-{i}-" in found for found in re.findall(r'(?:url\(|href=")#[^")]+', page))
        assert not page.startswith("<?xml") and 'role="img"' in page and 'aria-label="words"' in page


def test_only_public_names_of_matplotlib_are_used():
    for module in (sys.modules[svg_text.__module__], style):
        with open(module.__file__, encoding="utf-8") as file:
            source = file.read()
        assert not re.search(r"(?:font_manager|figure|canvas|renderer|font|axes|mpl)\._\w", source)


def test_a_group_that_moves_something_is_kept():
    svg = f'<svg xmlns="{SVG[1:-1]}"><g id="a"><g transform="translate(1 2)"><path d="M 0 0"/></g></g></svg>'
    assert 'transform="translate(1 2)"' in slimmed(svg)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["_", "_x", "__", "_nolegend", "ECOG 2", "_ECOG  >= 2"])
def test_a_label_that_begins_with_an_underscore_is_in_the_legend(label):
    with house_style():
        figure, axes = new_figure(2, 3)
        (line,) = axes.plot([0, 1], [0, 1], label=label)
        legend = add_legend(axes, [line], [label], loc="upper right")
        svg = svg_text(figure, figure.bbox_inches)
    assert [t.get_text() for t in legend.get_texts()] == [label]
    assert label in [t.text for t in ET.fromstring(svg).iter(SVG + "text")]


def test_texts_are_measured_in_the_font_that_travels_along():
    with house_style():
        found = font_manager.findfont(mpl.font_manager.FontProperties(family=mpl.rcParams["font.family"]))
    assert found.endswith("LiberationSans-Regular.ttf") and mpl.rcParams["font.family"] != FAMILY


def test_a_chinese_font_that_matplotlib_has_not_listed_is_taken(monkeypatch):
    if not cjk_fonts():
        pytest.skip("no Chinese font on this machine")
    manager = font_manager.fontManager
    stale = [e for e in manager.ttflist if not style.CJK_FILES.search(e.fname)]
    monkeypatch.setattr(manager, "ttflist", stale)
    monkeypatch.setattr(style, "_found", {})
    assert not [e for e in stale if e.name in style.CJK]
    assert cjk_fonts()[0] in {e.name for e in manager.ttflist}


def test_a_broken_font_file_is_passed_over(monkeypatch, tmp_path):
    bad = tmp_path / "msyh.ttc"
    bad.write_bytes(b"nothing of a font")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(bad)])
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(style, "_found", {})
    assert cjk_fonts() == [] and style._found == {}

"""Figures inside a paper: their curves stand as files and as
entries behind # in the draft; what was not read is named.
"""

import matplotlib
import numpy as np
import pytest

from papercheck.reading.command import read_study
from papercheck.reading.figures import find_figures

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

TEXT = "Median overall survival was 11.2 months (95% CI 9.0 to 13.1) with A."
CAPTION = "Figure 1. Kaplan-Meier curves of overall survival by arm."
JATS = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><title-group>
<article-title>A trial</article-title></title-group></article-meta></front><body><sec><title>Results</title><p>{text}</p>
<fig><label>Figure 1</label><caption><p>{caption}</p></caption><graphic xlink:href="{picture}"/></fig></sec></body></article>"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A folder with km.svg: two arms of 20."""
    folder = tmp_path_factory.mktemp("drawn")
    with plt.rc_context({"svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(4, 3))
        for k, colour in enumerate(("#c00000", "#0033aa"), 1):
            time = np.sort(np.random.default_rng(k).exponential(10 * k, 20))
            axes.step([0, *time], [1, *(1 - np.arange(1, 21) / 20)], where="post", color=colour, label=f"Arm {k}")
        axes.set(xlabel="Months", ylim=(0, 1.05))
        axes.legend()
        figure.savefig(folder / "km.svg")
        plt.close(figure)
    return folder


def paper(folder, drawn, kind):
    """A paper of a kind in a folder, with the figure in it or beside it."""
    svg = (drawn / "km.svg").read_text()
    (folder / "km.svg").write_text(svg)
    path = folder / f"a.{kind}"
    if kind == "xml":
        path.write_text(JATS.format(text=TEXT, caption=CAPTION[10:], picture="km"))
    elif kind == "html":
        inline = svg[svg.index("<svg") :]
        path.write_text(
            f"<html><body><h1>A trial</h1><h2>Results</h2><p>{TEXT}</p><figure>{inline}"
            f"<figcaption>{CAPTION}</figcaption></figure></body></html>"
        )
    return path


@pytest.mark.parametrize("kind", ["xml", "html"])
def test_curves_of_a_paper_stand_beside_its_draft_and_behind_a_sign_in_it(tmp_path, drawn, kind):
    said = read_study([paper(tmp_path, drawn, kind)], "trial", tmp_path)
    assert "Figure 1: 2 curves read (Arm 1, Arm 2)" in said
    draft = (tmp_path / "trial" / "published.yml").read_text()
    assert "# curves:" in draft and "#   - {endpoint: OS, points: figure_1_points_2.csv" in draft
    rows = (tmp_path / "trial" / "curves" / "figure_1_points_1.csv").read_text().splitlines()
    first = np.sort(np.random.default_rng(1).exponential(10, 20))[0]
    assert rows[0] == "time,survival" and len(rows) >= 21
    assert [float(v) for v in rows[2].split(",")] == pytest.approx([first, 0.95], abs=0.01)


def test_a_figure_whose_picture_is_not_at_hand_or_holds_no_curve_is_named(tmp_path, drawn):
    path = paper(tmp_path, drawn, "xml")
    path.write_text(JATS.format(text=TEXT, caption=CAPTION[10:], picture="gone.jpg"))
    said = " ".join(read_study([path], "trial", tmp_path).split())
    assert "figure 1: a figure of survival was found, and its picture gone.jpg is not beside the paper" in said
    assert not (tmp_path / "trial" / "curves").exists()
    (tmp_path / "gone.jpg").write_bytes(b"\x89PNG no picture")
    found = find_figures([path])
    assert "its curves were not: the image cannot be opened" in found[0].unread.what


def test_other_figures_and_pictures_outside_the_papers_folder_are_left_alone(tmp_path, drawn):
    path = paper(tmp_path, drawn, "xml")
    path.write_text(JATS.format(text=TEXT, caption="Flow of patients through the study.", picture="km"))
    assert find_figures([path]) == []
    inner = tmp_path / "inner"
    inner.mkdir()
    path = inner / "a.xml"
    path.write_text(JATS.format(text=TEXT, caption=CAPTION[10:], picture="../km.svg"))
    assert find_figures([path])[0].unread is not None


def test_a_paper_that_is_read_again_takes_its_place_whole_and_what_else_stands_there_stays(
    tmp_path, drawn, monkeypatch
):
    from papercheck.reading import command

    path, study = paper(tmp_path, drawn, "xml"), tmp_path / "trial"
    read_study([path], "trial", tmp_path)
    (study / "curves" / "mine.csv").write_text("time,survival\n")
    (study / "notes.txt").write_text("mine")
    before = {p: p.read_bytes() for p in study.rglob("*") if p.is_file()}

    def full(readings, where):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="No space"):
        broken.setattr(command, "write_readings", full)
        read_study([path], "trial", tmp_path, replace=True)
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == before
    (study / "readings.csv").write_text("changed")
    read_study([path], "trial", tmp_path, replace=True)
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == before
    assert ".new" not in (study / "published.yml").read_text()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []

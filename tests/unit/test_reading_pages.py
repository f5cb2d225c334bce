"""Tables of a PDF that go on from page to page: drawn line by line, so that the text layer is known."""

import matplotlib
import pytest

from papercheck.reading.paper import read_paper

matplotlib.use("Agg")
from matplotlib.backends.backend_pdf import PdfPages  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

HEAD = ("Characteristic", "Arm A (n = 24)", "Arm B (n = 28)", "P")
FIRST = [("Sex", "", "", "0.11"), ("  Male", "18 (75.0)", "13 (46.4)", ""), ("  Female", "6 (25.0)", "15 (53.6)", ""),
         ("Prior lines", "", "", "0.88"), ("  1", "15 (62.5)", "15 (53.6)", "")]  # fmt: skip
REST = [("  2", "5 (20.8)", "2 (7.1)", ""), ("  3", "4 (16.7)", "11 (39.3)", "")]
PLACES = (0.1, 0.45, 0.65, 0.85)


def _line(figure, y, cells, places=PLACES):
    for x, text in zip(places, cells, strict=False):
        if text:
            figure.text(x + 0.01 * (len(text) - len(text.lstrip())), y, text.strip(), fontsize=9)


def _page(pages, start, lines):
    figure = Figure(figsize=(8.27, 11.69))
    for k, cells in enumerate(lines):
        _line(figure, start - 0.018 * k, cells)
    pages.savefig(figure)


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "paper.pdf"
    with matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(path) as pages:
        prose = [
            ("Results",),
            ("A total of 52 patients were enrolled at two hospitals and followed until their death or last visit.",),
        ]
        _page(pages, 0.22, [*prose, ("Table 1. Baseline characteristics",), HEAD, *FIRST])
        after = [
            ("Table 2. Efficacy",),
            ("Outcome", "Arm A", "Arm B", "P"),
            ("ORR, n (%)", "10 (41.7)", "5 (17.9)", "0.034"),
            ("DCR, n (%)", "7 (29.2)", "13 (46.4)", "0.21"),
        ]
        _page(pages, 0.93, [HEAD, *REST, *after])
    return read_paper([path], "study")


@pytest.mark.slow
def test_rows_under_a_head_again_go_on_with_the_table_of_the_page_before(paper):
    assert [t.label for t in paper.documents[0].tables] == ["Table 1", "Table 2"]
    found = {(r.endpoint.split(": ")[-1], r.group, r.value) for r in paper.readings if r.where.startswith("table 1")}
    assert {("2", "Arm A", "5"), ("3", "Arm B", "11"), ("1", "Arm A", "15")} <= found
    assert not [r for r in paper.readings if r.where.startswith("text") and r.value in ("20.8", "16.7")]


def test_lines_of_numbers_at_the_margin_are_no_running_heads(paper):
    rows = [[c.text for c in r] for r in paper.documents[0].tables[0].rows]
    assert ["1", "15 (62.5)", "15 (53.6)", ""] in rows and ["2", "5 (20.8)", "2 (7.1)", ""] in rows

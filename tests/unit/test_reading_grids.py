"""Lines of a PDF cut into cells: tight heads over loose rows, cells in the middle of two columns, divided words, captions
at the foot of a page.
"""

import pytest

from papercheck.reading.columns import columns_of
from papercheck.reading.document import Cell, Table
from papercheck.reading.heads import count_heads
from papercheck.reading.pdf_grid import grid_of
from papercheck.reading.pdf_tables import carry_captions
from papercheck.reading.pdf_text import joined_lines


def line(top, *texts):
    """Words of a line at some places: `60 Event`; words in one text stand close together."""
    made = []
    for text in texts:
        x, *words = text.split()
        for word in words:
            about = {"x0": float(x), "x1": float(x) + 4.0 * len(word), "top": top, "bottom": top + 8, "size": 8.0}
            made.append({**about, "text": word, "bold": False, "fontname": ""})
            x = float(x) + 4.0 * len(word) + 2
    return made


GRADES = [
    line(0, "60 Event", "215 Early", "395 Late"), line(10, "150 Any", "215 Grade ≥3", "330 Any", "395 Grade ≥3"),
    *(line(20 + 20 * k, f"60 {e}", "150 9 (27.3)", "215 2 (6.1)", "330 7 (24.1)", "395 1 (3.4)") for k, e in enumerate(("Rash", "Fatigue", "Colitis"))),
]  # fmt: skip
TIGHT = [line(0, "60 Factor", "200 Patients"), *(line(12 + 20 * k, f"60 {w}", f"200 {k} (9)") for k, w in enumerate(("Male", "Old", "Ill", "Fit")))]  # fmt: skip
MIDDLE = [
    line(0, "60 Group", "150 Median", "220 95% CI"), *(line(20 + 20 * k, f"60 {g}", f"150 5.{k}", "220 3.1-7.2") for k, g in enumerate(("Early", "Late"))),
    line(60, "60 P", "185 .012"),
]  # fmt: skip
SET_LEFT = [
    line(0, "60 Event", "160 Grade", "250 Early", "330 Late"),
    *(x for k, e in enumerate(("Rash", "Colitis")) for x in (
        line(20 + 40 * k, f"60 {e}", "160 Any", "250 9 (27.3)", "330 7 (24.1)"), line(40 + 40 * k, "130 ≥3", "250 2 (6.1)", "330 1 (3.4)"))),
]  # fmt: skip
GRIDS = [
    ("heads closer than rows", GRADES, 1, ["", "Any", "Grade ≥3", "Any", "Grade ≥3"]),
    ("a row as close as lines of a cell", TIGHT, 1, ["Male", "0 (9)"]),
    ("a P of two columns", MIDDLE, 1, ["Early", "5.0", "3.1-7.2"]),
    ("cells set to the left", SET_LEFT, 2, ["", "≥3", "2 (6.1)", "1 (3.4)"]),
]


@pytest.mark.parametrize("lines, k, row", [g[1:] for g in GRIDS], ids=[g[0] for g in GRIDS])
def test_a_grid(lines, k, row):
    assert [c.text for c in grid_of(lines)[k]] == row


def test_words_divided_at_the_end_of_a_line():
    assert joined_lines("Hypo‐", "thyroidism") == "Hypothyroidism"
    assert joined_lines("progression-free", "survival") == "progression-free survival"
    assert joined_lines("long-", "term") == "long-term"


def test_a_caption_at_the_foot_of_a_page_goes_with_its_table():
    rows = [line(50, "60 Group", "150 ORR", "220 DCR"), line(70, "60 Early", "150 9", "220 12")]
    pages = [
        {"words": line(700, "60 Outcomes are in Table 2.") + line(740, "60 Table 2. Outcomes"), "edges": []},
        {"words": [w for r in rows for w in r], "edges": []},
    ]
    carry_captions(pages)
    assert [w["text"] for w in pages[0]["words"]][-1] == "2."
    assert [w["text"] for w in sorted(pages[1]["words"], key=lambda w: w["top"])][:3] == ["Table", "2.", "Outcomes"]


def test_times_below_one_head_are_heads_and_so_are_n_and_percent_in_its_line():
    cells = [
        tuple(map(Cell, r)) for r in (["", "Rate, %", "Rate, %"], ["", "6 months", "12 months"], ["PFS", "50", "30"])
    ]
    assert count_heads(tuple(cells)) == 2
    head, row = tuple(map(Cell, ["Sex", "Arm A No.", "Arm A %"])), tuple(map(Cell, ["Male", "9", "30.1"]))
    columns = columns_of(Table("Table 1", "", (head, row), 1))
    assert [(c.role, c.group) for c in columns[1:]] == [("n", "Arm A"), ("percent", "Arm A")]

"""What of an executed notebook a report shows."""

import nbformat.v4 as nb

from rechallenge.run.collect import read_section
from rechallenge.show.display import MIME


def _code(source, *outputs):
    return nb.new_code_cell(source, outputs=list(outputs))


def test_a_heading_under_which_nothing_could_be_shown_is_left_out_with_its_words():
    shown = nb.new_output("display_data", {MIME: {"kind": "missing", "reason": "needs x"}})
    section = read_section("05_pfs", nb.new_notebook(cells=[
        nb.new_markdown_cell("# Title\n\nIntroduction."),
        nb.new_markdown_cell("## Choices\n\nEach row makes another one."),
        _code("table = make()"), _code("show(table)"),
        nb.new_markdown_cell("## Lacking\n\nWords."), _code("show(other)", shown),
        nb.new_markdown_cell("## Remarks\n\nBy the author."), _code("x = 1"),
    ]))  # fmt: skip
    assert [p.heading for p in section.parts if p.heading] == ["Lacking", "Remarks"]
    assert [p.prose for p in section.parts if p.prose] == ["Introduction.", "Words.", "By the author."]
    other = nb.new_notebook(
        cells=[nb.new_markdown_cell("# T"), nb.new_markdown_cell("## A\n\nB"), _code("show(x)", shown)]
    )
    assert not [p.heading for p in read_section("05_pfs", other, course="neither").parts if p.heading]
    said = {c: read_section("05_pfs", other, course=c).missing for c in ("first course", "neither")}
    assert said == {"first course": ["needs x"], "neither": ["needs what this cohort does not hold"]}

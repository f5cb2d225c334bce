"""The letter: each finding with its arithmetic and question, nothing as markup, the same bytes each time."""

from dataclasses import replace

import docx
import pytest

from papercheck.audit.engine import audit
from papercheck.audit.letter import letter_points, write_letter
from papercheck.files.findings import CohortError
from papercheck.literature.cited import cited_by
from papercheck.registry.registry import read_registry

WRONG = """title: "A *paper* <b>"
n: 31
numbers:
  - {id: r, statistic: count, where: {SEX: M}, printed: [{at: Abstract, count: "8", percent: "35.8"}]}
"""


def findings(tmp_path, text):
    path = tmp_path / "published.yml"
    path.write_text(text, encoding="utf-8")
    registry = read_registry(path)
    return registry, audit(registry, cited_by(registry))


def test_each_finding_has_print_arithmetic_and_question(tmp_path):
    registry, found = findings(tmp_path, WRONG)
    paths = write_letter(registry, found, tmp_path / "out")
    text = paths[0].read_text(encoding="utf-8")
    assert (
        "8/31 = 25.81%" in text
        and "35.8" in text
        and "25.8" in text
        and text.count("- Question:") == len(letter_points(found)) == 1
    )
    assert "<b>" not in text.replace("\\<b\\>", "")
    words = "\n".join(p.text for p in docx.Document(str(paths[1])).paragraphs)
    assert "8/31 = 25.81%" in words
    first = paths[1].read_bytes()
    write_letter(registry, found, tmp_path / "out")
    assert paths[1].read_bytes() == first


def test_without_a_finding_there_is_no_letter(tmp_path):
    registry, found = findings(tmp_path, WRONG.replace("35.8", "25.8"))
    with pytest.raises(CohortError, match="nothing to ask"):
        write_letter(registry, found, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_what_is_printed_alike_at_two_places_is_asked_once(tmp_path):
    _, found = findings(tmp_path, WRONG)
    twice = [*found, *(replace(f, places=("Table 2",)) for f in found)]
    one = letter_points(twice)
    assert len(one) == len(letter_points(found)) == 1 and "Abstract; Table 2" in one[0].printed


def test_a_number_that_is_asked_about_already_is_no_second_point(tmp_path):
    again = WRONG + '  - {id: s, statistic: count, where: {SEX: F}, printed: [{at: T, count: "23", percent: "7.42"}]}\n'
    registry, found = findings(tmp_path, again)
    first, other = (next(f for f in found if f.cells[0][0] == name) for name in ("r", "s"))
    said = replace(first, kind="contradiction", wording="8 of 31 is printed as 35.8% and 25.8%")
    points = letter_points([said, first, other])
    assert [p.also for p in points if "35.8" in p.printed] == [said.wording] and len(points) == 2
    text = write_letter(registry, [said, first, other], tmp_path / "out")[0].read_text(encoding="utf-8")
    assert "- Also: 8 of 31 is printed as 35.8% and 25.8%" in text

"""Papers that are none: what nobody writes is left out and said, and every fault of a file is one of the file."""

import pytest

from papercheck.files.findings import CohortError
from papercheck.reading.figures import find_figures
from papercheck.reading.files import LONGEST, MOST_NUMBERS, SILENT, read_file
from papercheck.reading.paper import read_paper
from papercheck.registry.registry import read_registry

OWN = "We enrolled 13 patients.\n\n"
NOISE = [
    "7" * 20_000,
    "1." * 20_000,
    "12, " * 20_000,
    "95% CI (7.2-" * 5_000,
    "n 12, " * 830,
    "12.3% (4/13) of a, " * 90,
]


@pytest.mark.parametrize("text", NOISE, ids=range(len(NOISE)))
def test_a_sentence_that_nobody_writes_is_left_out_and_said(tmp_path, text):
    (tmp_path / "a.txt").write_text(OWN + text)
    document = read_file(tmp_path / "a.txt")
    assert [s.text for s in document.sentences] == [OWN.strip()]
    assert "1 sentence of more than" in document.unread[0].what
    assert read_paper([tmp_path / "a.txt"], "x").readings  # at once: the noise alone would take minutes


@pytest.mark.parametrize(
    "text", ["a " * (LONGEST // 2 - 1) + "a.", "a 7 " * MOST_NUMBERS + "b.", f"a {'7' * (SILENT - 10)} b."]
)
def test_a_long_sentence_that_somebody_could_write_stays(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    assert [s.text for s in read_file(tmp_path / "a.txt").sentences] == [text.strip()]


def page_tree_in_a_circle() -> bytes:
    """A PDF whose pages are their own parent."""
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"])


def pdf_of(parts) -> bytes:
    """A PDF of these objects, the first its catalogue."""
    out, places = b"%PDF-1.4\n", []
    for i, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    n = len(parts) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (n, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % n + table + end


def test_figures_that_cannot_be_reached_are_said_and_hide_no_others(tmp_path):
    (tmp_path / "a.pdf").write_bytes(page_tree_in_a_circle())
    (tmp_path / "b.txt").write_text(OWN)
    found = find_figures([tmp_path / "a.pdf", tmp_path / "b.txt"])
    assert [f.unread.place for f in found] == ["a.pdf"] and "could not be reached" in found[0].unread.what


@pytest.mark.parametrize("name", ["a\u202etxt.txt", "a\n.txt"])
def test_a_file_whose_name_cannot_be_seen_is_refused(tmp_path, name):
    try:
        (tmp_path / name).write_text(OWN)
    except OSError:
        pytest.skip("this system has no such names")
    with pytest.raises(CohortError, match="a character that nobody sees"):
        read_file(tmp_path / name)


def test_a_number_larger_than_any_is_no_number_of_a_registry(tmp_path):
    text = f"title: T\nn: 13\nsource: {{doi: x}}\ngrid: {10**400}\n"
    (tmp_path / "published.yml").write_text(text)
    with pytest.raises(CohortError, match="expected a step of time above 0"):
        read_registry(tmp_path / "published.yml")


def test_an_xml_that_was_cut_off_says_so_and_a_whole_one_does_not(tmp_path):
    whole = "<article><body><sec><title>Results</title><p>All 13&#160;patients &nbsp; were treated.</p></sec></body></article>"
    for name, text in (("whole.xml", whole), ("cut.xml", whole[:-20])):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_file(tmp_path / "whole.xml").unread == []
    cut = read_file(tmp_path / "cut.xml")
    assert [u.place for u in cut.unread] == ["file"] and "cut off at line 1" in cut.unread[0].what and cut.sentences


def test_a_text_of_two_bytes_a_character_is_read(tmp_path):
    for k, encoding in enumerate(("utf-16", "utf-16-be")):
        raw = ("\ufeff" * k + OWN).encode(encoding)
        (tmp_path / f"{k}.txt").write_bytes(raw)
        assert [s.text for s in read_file(tmp_path / f"{k}.txt").sentences] == [OWN.strip()]


@pytest.mark.parametrize(
    ("name", "said"), [("https://a.org/paper.pdf", "an address and no file"), ("curve.png", "papercheck curve")]
)
def test_what_is_no_paper_says_what_to_do(tmp_path, name, said):
    if ":" not in name:
        (tmp_path / name).write_bytes(b"\x89PNG")
    with pytest.raises(CohortError, match=said):
        read_paper([name if ":" in name else tmp_path / name], "x")

"""Files that would take more time or memory than there is: one sentence that names the file, and nothing runs on."""

import os
import sys

import pytest

from papercheck.cli import main
from papercheck.files import bounded as limits
from papercheck.files.bounded import bounded, now_at
from papercheck.files.findings import CohortError, Finding
from papercheck.reading.figures import figures_within_limits
from rechallenge.cohort.read import excel
from tests.unit.test_reading_hostile import pdf_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


def turns_round(name):
    now_at(name)
    while True:
        pass


def fills():
    return [bytearray(2**26) for _ in range(1000)]


def breaks_down():
    os.kill(os.getpid(), 11)


def refuses():
    raise CohortError([Finding("b.pdf", "it is wrong", "Mend it.", row=3)])


def refused(work, *arguments, **named) -> str:
    with pytest.raises(CohortError) as error:
        bounded("a.pdf", work, *arguments, **named)
    return str(error.value)


def test_what_work_gives_and_what_it_raises_come_through():
    assert bounded("a.pdf", divmod, 7, 2) == (3, 1)
    assert "b.pdf, row 3: it is wrong" in refused(refuses)
    with pytest.raises(ZeroDivisionError) as error:
        bounded("a.pdf", divmod, 1, 0)
    assert "Traceback" in error.value.__notes__[0]


@pytest.mark.slow
@LINUX
def test_what_takes_too_much_is_refused_by_the_name_of_its_file(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "MEMORY", 2**28)
    assert "a.pdf" in (said := refused(fills)) and "GB of memory" in said and limits.ACTION in said
    assert "breaks the reader down" in refused(breaks_down)
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    monkeypatch.setattr(excel, "_read_xlsx", lambda path: breaks_down())
    assert excel.read_workbook(tmp_path / "a.xlsx")[1][0].file == "a.xlsx"
    assert "b.pdf: to read it takes more than 1 seconds" in refused(turns_round, "b.pdf", seconds=1)


FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def forms(depth, times) -> bytes:
    """A PDF of one page whose form draws the next one several times, and so on; the last one draws a line."""
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 700]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    parts = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", page, _stream("", "/X Do")]
    for k in range(depth):
        below = f"/Resources<</XObject<</X {6 + k} 0 R>>>>" if k < depth - 1 else ""
        drawn = "/X Do " * times if k < depth - 1 else "0 0 m 9 9 l S"
        parts.append(_stream(f"/Type/XObject/Subtype/Form/BBox[0 0 600 700]{below}", drawn))
    return pdf_of([part.encode() for part in parts])


def _stream(kind, text) -> str:
    return f"<<{kind}/Length {len(text)}>>stream\n{text}\nendstream"


@pytest.mark.thorough
@LINUX
def test_a_pdf_whose_forms_draw_each_other_ends_by_one_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.pdf").write_bytes(forms(25, 10))
    monkeypatch.setattr(limits, "MEMORY", 2**28)
    monkeypatch.setattr("papercheck.curves.read.SECONDS", 1)
    with pytest.raises(SystemExit) as end:
        main(["curve", str(tmp_path / "a.pdf")])
    said = capsys.readouterr().err
    assert end.value.code == 1 and said.count("\n") == 1 and said.startswith("error: a.pdf: to read it takes more")
    monkeypatch.setattr(limits, "SECONDS", 1)
    monkeypatch.setattr("papercheck.reading.figures.SECONDS", 1)
    (found,) = figures_within_limits([tmp_path / "a.pdf"])
    assert found.unread.place == "a.pdf" and "takes more than" in found.unread.what

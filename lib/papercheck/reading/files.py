"""The door of files: JATS XML, HTML, PDF, docx and text; a sentence for what cannot be read."""

import re
from dataclasses import replace
from pathlib import Path

from ..files.bounded import now_at
from ..files.findings import CohortError, Finding
from ..files.visible import is_seen
from .document import Document, Unread

TEXTS = (".txt", ".md", ".text")
FIGURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".svg")
KNOWN = "JATS XML (.xml, .nxml), HTML, PDF with text, Word (.docx) and plain text (.txt) are read."
LARGEST = 200_000_000
LONGEST, MOST_NUMBERS = 5_000, 200  # characters and numbers of a sentence
SILENT = 600  # characters without a letter
NUMBER = re.compile(r"\d+")
WITHOUT_LETTERS = re.compile(rf"[\W\d_]{{{SILENT}}}")


def read_file(path: Path) -> Document:
    """The document of a file. Raises CohortError: missing, empty, of another kind, encrypted, a picture of a page."""
    if not path.is_file():
        web = re.match(r"https?:/", str(path))
        action = "Load the paper down, and name its file." if web else "Name an existing file."
        raise _cannot(path, "this is an address and no file" if web else "the file is missing", action)
    if not is_seen(path.name):
        raise _cannot(path, "its name holds a character that nobody sees, or a broken byte", "Give it another name.")
    if path.stat().st_size == 0:
        raise _cannot(path, "the file is empty", "Load it down again.")
    if path.stat().st_size > LARGEST:
        raise _cannot(path, "the file is larger than 200 MB", "Give the pages of the paper alone.")
    now_at(path.name)
    start = path.read_bytes()[:2000]
    try:
        return _without_noise(reader_of(path, start)(path))
    except (CohortError, MemoryError):
        raise
    except Exception as error:  # a reader of another library: any fault of it is a fault of the file
        raise _cannot(
            path, f"the file could not be read ({type(error).__name__})", f"Save it again, or as text. {KNOWN}"
        ) from error


def _without_noise(document) -> Document:
    """The document without sentences and cells that nobody writes: longer than LONGEST characters, with more than
    MOST_NUMBERS numbers, or with no letter in SILENT characters. To look for what they say could take hours."""
    kept = [s for s in document.sentences if _is_written(s.text)]
    left = len(document.sentences) - len(kept)
    if left:
        many = f"{left} sentence{'s' if left > 1 else ''} of more than {LONGEST:,} characters or {MOST_NUMBERS} numbers"
        what = f"{many}, or of digits and signs alone"
        document.unread.append(Unread("text", what, "Give the paper's own text."))
    document.sentences = kept
    document.tables = [replace(t, rows=tuple(tuple(map(_cell, row)) for row in t.rows)) for t in document.tables]
    return document


def _cell(cell):
    return cell if _is_written(cell.text) else replace(cell, text="")


def _is_written(text) -> bool:
    if len(text) <= SILENT:
        return True
    return len(text) <= LONGEST and not WITHOUT_LETTERS.search(text) and len(NUMBER.findall(text)) <= MOST_NUMBERS


def reader_of(path, start):
    ending = path.suffix.lower()
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"%PDF"):
        from .pdf import read_pdf

        return read_pdf
    if start.startswith(b"PK") or ending == ".docx":
        _small_enough(path)
        from .word import read_word

        return read_word
    if ending in (".xml", ".nxml") or head.startswith(b"<?xml") and b"<html" not in head.lower():
        return _xml
    if ending in (".html", ".htm", ".xhtml") or head.lower().startswith((b"<!doctype html", b"<html")):
        from .html import read_html

        return read_html
    if ending in TEXTS or not ending:
        return _text
    more = " A figure: `papercheck curve FIGURE`." if ending in FIGURES else ""
    raise _cannot(path, f"files of kind {ending} are not read", f"{KNOWN}{more}")


def _small_enough(path):
    """Raises CohortError for a Word file whose packed parts would fill the memory."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist() if part.filename.endswith((".xml", ".rels")))
    except BadZipFile as error:
        raise _cannot(path, "the file is no Word file, or damaged", f"Save it again. {KNOWN}") from error
    if size > LARGEST:
        raise _cannot(path, "the text of the file is larger than 200 MB once unpacked", "Give the paper's own file.")


def _xml(path):
    from .jats import read_jats

    return read_jats(path, path.name)


def _text(path):
    from .plain_text import read_plain

    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", errors="replace").encode()
    if sum(b < 32 and b not in (9, 10, 12, 13, 27) for b in raw[:20000]) > 0.01 * len(raw[:20000]):
        raise _cannot(path, "the file holds no text", KNOWN)
    for encoding in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            return read_plain(raw.decode(encoding), path.name)
        except UnicodeDecodeError:
            continue
    raise _cannot(path, "the text is in an unknown encoding", "Save it as UTF-8.")


def _cannot(path, rule, action):
    return CohortError([Finding(path.name, rule, action)])

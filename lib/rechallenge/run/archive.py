"""Files with the same bytes at every run, that show whether a person has changed them since."""

import hashlib
import io
import re
import zipfile

FIXED = (1980, 1, 1, 0, 0, 0)  # the first time that a ZIP archive can hold
STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text) -> str:
    """A text without the characters that XML cannot hold."""
    return NOT_XML.sub("", str(text))


def without_clock(data: bytes) -> bytes:
    """A .docx or .xlsx file with its times set to FIXED and its parts in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        first = "[Content_Types].xml"  # where readers look for it
        for name in sorted(old.namelist(), key=lambda n: (n != first, n)):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return buffer.getvalue()


SIGNATURE = "<!-- made by rechallenge, {} -->\n"
TABLES = ("tables.docx", "tables_appendix.docx")  # of the brief, of the appendix
OFFICE = (*TABLES, "tables.xlsx", "methods.docx", "checklist.docx")
TEXTS = ("methods.md", "checklist.md")
EXPORTED = {*OFFICE, *TEXTS, "numbers"}  # what an export adds to the folder of a report


def signed(text) -> str:
    """A Markdown text with its own digest at the end."""
    return text + SIGNATURE.format(hashlib.sha256(text.encode()).hexdigest()[:16])


def changed_by_hand(folder) -> list[str]:
    """The names of exported files that are no longer as they were written."""
    return [n for n in (*OFFICE, *TEXTS) if (folder / n).exists() and not _as_written(folder / n)]


def _as_written(path) -> bool:
    if path.suffix == ".md":
        text = path.read_bytes().decode("utf-8", "replace")
        body = text[: text.rfind("<!-- made by")]
        return signed(body) == text
    try:
        with zipfile.ZipFile(path) as archive:
            return all(entry.date_time == FIXED for entry in archive.infolist())
    except zipfile.BadZipFile:
        return False

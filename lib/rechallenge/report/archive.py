"""Office files with the same bytes at every run: no clock in the archive, none in the properties."""

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

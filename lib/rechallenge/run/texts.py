"""Every text that a finished file holds, wherever it hides:
pages, drawings, chunks of pictures, members of archives.
"""

import base64
import binascii
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

DEPTH = 5  # archives in archives that are opened
DATA = re.compile(r"data:[\w/+.;=-]*base64,([A-Za-z0-9+/=\s]+)")
LONE = re.compile(r"[A-Za-z0-9+/\n]{80,}={0,2}\s*")
TAG = re.compile(r"<[^<>]*>")
UNICODE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?")
COUNTED = re.compile(rb"/Length\d* \d+|startxref\s+\d+")  # lengths and places of bytes, which could be days of Excel
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
HEX_STRING = re.compile(r"<([0-9A-Fa-f\s]{8,})>")
CELL = re.compile(
    r' (?:r|ref|sqref|activeCell|topLeftCell)="[A-Z]{1,3}\d+(?:[: ][A-Z]{1,3}\d+)*"'
)  # D10 of a sheet of Excel
LITERAL = re.compile(r"\(((?:[^()\\]|\\.)*)\)")
PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]")  # how a packed text begins
PRINTABLE = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]{3,}")
MARKUP = (".html", ".htm", ".svg", ".xml", ".rels", ".md")


def texts_of(data: bytes, name: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(place, text) of all that a file holds in words; name : how it is called, for the places."""
    if depth > DEPTH:
        return
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        yield from _archive(data, name, depth)
    elif data.startswith(b"\x89PNG"):
        yield from _png(data, name)
    elif data.startswith(b"\x1f\x8b"):
        yield from texts_of(_unpacked(data), f"{name}, unpacked", depth + 1)
    elif data.startswith(b"%PDF"):
        yield from _pdf(data, name)
    elif data.startswith((b"II*\0", b"MM\0*")):
        yield from _strings(_without_pixels(data), name)
    elif (text := _decoded(data)) is None:
        yield from _strings(data, name)
    elif name.endswith((".ipynb", ".json")) and (held := _json(text)) is not None:
        yield from _values(held, name, depth)
    else:
        yield from _variants(text, name, depth)


def _decoded(data) -> str | None:
    for code in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    return None


def _json(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _values(value, place, depth) -> Iterator[tuple[str, str]]:
    """Every key and text of a JSON value, each with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{place}, {key}", str(key)
            yield from _values(inner, f"{place}, {key}", depth)
    elif isinstance(value, list):
        if value and all(isinstance(v, str) for v in value):  # the lines of a cell
            yield from _variants("".join(value), place, depth)
            return
        for i, inner in enumerate(value):
            yield from _values(inner, f"{place}[{i}]", depth)
    elif isinstance(value, str):
        yield from _variants(value, place, depth)
    elif value is not None:
        yield place, str(value)


def _variants(text, place, depth) -> Iterator[tuple[str, str]]:
    """A text as it stands, without its tags, with its escapes resolved, and what is packed in it."""
    for packed in DATA.findall(text):
        yield from _packed(packed, place, depth)
    bare = DATA.sub(" ", text)
    if LONE.fullmatch(bare):
        yield from _packed(bare, place, depth)
        return
    if "xl/worksheets/" in place:
        bare = CELL.sub("", bare)
    yield place, bare
    if "<" in bare:
        yield f"{place}, text", TAG.sub("", bare)
        yield f"{place}, text", TAG.sub(" ", bare)
    if "%" in bare and (plain := unquote(bare)) != bare:
        yield f"{place}, with its % resolved", plain
    if "\\u" in bare:
        yield f"{place}, with its \\u resolved", UNICODE.sub(_character, bare)


def _character(match):
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 else ""


def _packed(text, place, depth) -> Iterator[tuple[str, str]]:
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        yield place, text
        return
    yield from texts_of(data, f"{place}, inside", depth + 1)


def _archive(data, name, depth) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name}, comment", archive.comment.decode("utf-8", "replace")
            for entry in archive.infolist():
                place = f"{name}: {entry.filename}"
                yield f"{place}, name", entry.filename
                yield f"{place}, comment", (entry.comment + entry.extra).decode("utf-8", "replace")
                yield from texts_of(archive.read(entry), place, depth + 1)
    except zipfile.BadZipFile:
        yield from _strings(data, name)


def _png(data, name) -> Iterator[tuple[str, str]]:
    """The text chunks of a picture, and what follows its end."""
    at = 8
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, at = data[at + 8 : at + 8 + size], at + 12 + size
        if kind == b"IEND":
            break
        if kind in (b"IHDR", b"IDAT", b"PLTE", b"pHYs", b"sRGB", b"gAMA", b"tRNS"):
            continue
        for part in body.split(b"\0"):
            yield f"{name}, chunk {kind.decode('latin-1')}", part.decode("utf-8", "replace")
        for packed in PACKED.finditer(body):  # a packed text holds zeros too
            yield (
                f"{name}, chunk {kind.decode('latin-1')}",
                _inflated(body[packed.start() :]).decode("utf-8", "replace"),
            )
    yield from _strings(data[at:], f"{name}, after the end of the picture")


def _without_pixels(data) -> bytes:
    """A TIFF without the strips of its pictures: in so many bytes every short word stands by chance."""
    from PIL import Image, UnidentifiedImageError

    left = bytearray(data)
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as picture:
            for place in range(getattr(picture, "n_frames", 1)):
                picture.seek(place)
                strips = zip(picture.tag_v2.get(273, ()), picture.tag_v2.get(279, ()), strict=False)
                for start, size in strips:
                    left[start : start + size] = bytes(len(left[start : start + size]))
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError):
        return data
    return bytes(left)


def _unpacked(data: bytes) -> bytes:
    """What a gzip file holds, as far as it can be read."""
    try:
        return zlib.decompressobj(31).decompress(data)
    except zlib.error:
        return b""


def _inflated(part: bytes) -> bytes:
    for start in (0, 1):
        try:
            return zlib.decompressobj().decompress(part[start:])
        except zlib.error:
            continue
    return b""


def _pdf(data, name) -> Iterator[tuple[str, str]]:
    """The strings of a PDF, its packed streams opened; text in letters that only its own fonts know is drawn from the
    same figure as the SVG beside it."""
    outside = COUNTED.sub(b" ", STREAM.sub(b" ", data))
    parts = [outside, *(_inflated(packed.strip(b"\r\n")) or packed for packed in STREAM.findall(data))]
    for part in parts:
        text = part.decode("latin-1")
        for literal in LITERAL.findall(text):
            yield name, re.sub(r"\\(.)", r"\1", literal)
            if literal.startswith("\xfe\xff"):
                yield name, literal.encode("latin-1")[2:].decode("utf-16-be", "replace")
        for packed in HEX_STRING.findall(text):
            raw = bytes.fromhex(
                "".join(packed.split()).ljust(len("".join(packed.split())) // 2 * 2, "0")[
                    : len("".join(packed.split())) // 2 * 2
                ]
            )
            yield name, raw.decode("utf-16" if raw[:2] == b"\xfe\xff" else "latin-1", "replace")
        joined = "".join(LITERAL.findall(text))
        yield name, joined
    yield from _strings(outside, name)


def _strings(data, name) -> Iterator[tuple[str, str]]:
    """Runs of printable characters of any other file, as bytes and as pairs of bytes."""
    for code in ("utf-8", "utf-16-le", "utf-16-be"):
        text = data.decode(code, "ignore")
        found = PRINTABLE.findall(text)
        if found:
            yield name, "\n".join(found)

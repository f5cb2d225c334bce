"""Text files as grids: .csv, .tsv and .txt in the encodings and with the separators that programs write."""

import contextlib
import csv
import gzip
import io
import re
import zlib
from pathlib import Path

from papercheck.files.findings import Finding, Message, shown

from .grid import MOST_BYTES, MOST_COLUMNS, Grid, too_large, unquoted

TELLS = re.compile(r"sep=(.)\s*$")  # a line that Excel writes
CODECS = ("utf-8-sig",)
EASTERN = {"gb18030": "Chinese text (GB18030)", "cp932": "Japanese text (Shift JIS)", "big5": "Chinese text (Big5)"}
COMMON = re.compile(
    "[日月年死生存性男女期別别開始开终終患者症投与]|[\u3040-\u309f]"
)  # what each of them holds, if rightly read
IDEOGRAPH, LEAST_COMMON = re.compile("[\u3040-\u9fff]"), 0.2  # share of common characters in text that is rightly read
WESTERN = "cp1252"
HIGH = re.compile(rb"([a-z]?)([\x80-\xff]+)([a-z]?)")
COMMENT = re.compile(r"#\s*[^\s,;\t|]")  # a column called # is none


def read_text(path: Path, encoding: str = "") -> tuple[Grid | None, list[Finding]]:
    """The lines of a text file. Reads UTF-8 (with or without mark), UTF-16, GB18030, Big5 and Shift JIS; comma,
    semicolon, tab or bar; gzipped too. Lines above the names that begin with # are its `comments` (cBioPortal)."""
    data, fault = _bytes(path)
    if fault:
        return None, [fault]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding:
        encoding = "utf-16"  # "Unicode text" of Excel
    text, codec = _decoded(data, encoding)
    if text is None or "\x00" in text:
        return None, [Finding(path.name, "the text encoding is not known", "Save it again as CSV UTF-8.")]
    if not text.strip():
        return None, [Finding(path.name, "the file is empty", "Fill it or delete it.")]
    faults = []
    if codec in EASTERN and not encoding:
        faults.append(_not_utf8(path, EASTERN[codec]))
    if codec == WESTERN and not encoding:
        faults.append(_not_utf8(path, "Western text (Windows-1252)"))
    return _grid(path, text.lstrip("\ufeff"), faults)


def _bytes(path) -> tuple[bytes, Finding | None]:
    if path.suffix.lower() != ".gz":
        size = path.stat().st_size
        if size > MOST_BYTES:
            return b"", too_large(path.name, f"{size / 1024**2:,.0f} MB")
        return path.read_bytes(), None
    try:
        with gzip.open(path) as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return b"", Finding(path.name, "not a readable gzip file", "The file may be cut off: export it again.")
    if len(data) > MOST_BYTES:
        return b"", too_large(path.name, Message("more than {size} MB unpacked", size=f"{MOST_BYTES / 1024**2:,.0f}"))
    return data, None


def _not_utf8(path, what):
    action = "If names look wrong, save the file as UTF-8, or declare its `encoding` in cohort.yml."
    return Finding(path.name, Message("not UTF-8; read as {what}", what=what), action, severity="warning")


def _is_western(data) -> bool:
    """Whether bytes above ASCII stand by themselves, as the letters ü and é do: Chinese characters take two of them."""
    runs = HIGH.findall(data[:1_000_000])
    alone = sum(1 for before, run, after in runs if len(run) % 2 or (before and after))
    return bool(runs) and alone > 0.5 * len(runs)


def _decoded(data, encoding):
    if not encoding and _is_western(data):
        try:
            return data.decode("utf-8-sig"), "utf-8-sig"
        except UnicodeDecodeError:
            text, codec = _eastern(data)
            if codec and len(COMMON.findall(text)) > LEAST_COMMON * len(IDEOGRAPH.findall(text)):
                return text, codec
            try:
                return data.decode(WESTERN), WESTERN
            except UnicodeDecodeError:
                pass
    for codec in [encoding] if encoding else CODECS:
        try:
            text = data.decode(codec)
            if encoding:
                text.encode()  # escapes of an encoding can make what is no text
            return text, codec
        except (UnicodeError, LookupError):
            continue
    return (None, "") if encoding else _eastern(data)


def _eastern(data):
    """The text in the encoding of the East in which most common characters stand; GB18030 where none tells."""
    found = {}
    for codec in EASTERN:
        with contextlib.suppress(UnicodeDecodeError):
            found[codec] = data.decode(codec)
    best = max(found, key=lambda codec: len(COMMON.findall(found[codec])), default="")
    return found.get(best), best


MARKS = ",;\t|，；"  # what splits the cells of a line


def _spaced(lines) -> bool:
    """Whether blanks split the lines, as write.table of R does: quoted names, or as many words in every line (one fewer
    in the first, where the rows are numbered)."""
    if any(mark in line for mark in MARKS for line in lines[:1]) or len(lines) < 3:
        return False
    widths = [len(re.findall(r'"[^"]*"|\S+', line)) for line in lines]
    return widths[1] > 1 and set(widths[1:]) == {widths[1]} and widths[0] in (widths[1], widths[1] - 1)


def _delimiter(lines) -> str:
    """The mark that splits the lines into most cells, the same number in most lines."""
    if _spaced(lines):
        return " "
    best, most = ",", 0
    wide = not any(mark in line for mark in MARKS[:4] for line in lines[:1])  # inside cells, where others split them
    for mark in MARKS if wide else MARKS[:4]:
        counts = [line.count(mark) for line in lines if mark in line]
        if counts:
            usual = max(set(counts), key=lambda n: (counts.count(n) * n, n))
            if counts.count(usual) * usual > most:
                best, most = mark, counts.count(usual) * usual
    return best


def _grid(path, text, faults):
    sample = [line for line in text[:200_000].splitlines() if line.strip() and not COMMENT.match(line)][:60]
    first = sample[0] if sample else ""
    told = TELLS.match(first)
    delimiter = told.group(1) if told else _delimiter(sample)
    grid = Grid(path.name, exact=True)
    spaced = delimiter == " "
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=spaced)
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                return None, [
                    too_large(path.name, Message("{n} columns in line {row}", n=f"{len(row):,}", row=reader.line_num))
                ]
            cells = [unquoted(cell.strip()) for cell in row if not spaced or cell]
            if not any(cells) or (told and row[0] == "sep="):
                continue
            if not grid.rows and COMMENT.match(cells[0]):
                grid.comments.append([cells[0].lstrip("# "), *cells[1:]])
            else:
                grid.lines.append(reader.line_num)
                grid.rows.append(cells)
    except csv.Error as error:
        what = (
            "the file ends inside a quoted value"
            if "unexpected end" in str(error)
            else Message("unreadable ({error})", error=error)
        )
        return None, [
            *faults,
            Finding(path.name, what, "The file may be cut off: export it again.", row=reader.line_num),
        ]
    if not grid.rows:
        return None, [*faults, Finding(path.name, "the file holds comments alone", "Fill it or delete it.")]
    if spaced and len(grid.rows[0]) == len(grid.rows[1]) - 1:
        grid.rows[0].insert(0, "")  # the numbers of the rows have no name
    return grid, faults + _cut_off(grid, text)


def _cut_off(grid, text) -> list[Finding]:
    """A warning where the last line has no end and its last
    cell is shorter than all above it: 21 below 8.6 and 12.4.
    """
    if text.endswith(("\n", "\r")) or len(grid.rows) < 7:
        return []
    width = len(grid.rows[-1])
    above = [row[-1] for row in grid.rows[1:-1] if len(row) == width and row[-1]]
    last = grid.rows[-1][-1]
    decimals = [len(cell.partition(".")[2]) for cell in above if re.fullmatch(r"-?\d+\.\d+", cell)]
    whole = len(decimals) == len(above) > 0
    shorter = whole and len(last.partition(".")[2]) < min(decimals) and re.fullmatch(r"-?\d*\.?\d*", last)
    dated = above and all(re.fullmatch(r"\d{4}-\d\d-\d\d", cell) for cell in above) and len(last) < 10
    if not (shorter or dated):
        return []
    rule = "the last line has no end and its last cell is shorter than the others: the file may be cut off"
    action = "Compare it with the original; export the file again."
    return [Finding(grid.place, rule, action, row=grid.lines[-1], value=shown(last), severity="warning")]

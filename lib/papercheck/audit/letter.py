"""A courteous letter about the findings of an audit: each printed number, the arithmetic, and the question to ask."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..files.findings import request_error
from ..files.swap import write_bytes_whole, write_whole
from ..files.visible import visible
from ..registry.registry import Registry
from .finding import AuditFinding

ASKED = ("impossible", "contradiction", "unlikely")  # kinds of findings that a letter asks about
QUESTION = {
    "impossible": "Could you check the number, and tell us what was counted?",
    "contradiction": "Could you tell us which of them is right?",
    "unlikely": "Right numbers seldom look so. Could you confirm it against the data?",
}
OPENING = (
    "We read the paper with interest, and recomputed its printed numbers from each other. Most of them agree. A few do"
    " not, and we would be grateful for your help with them. None of what follows speaks against the conclusions by"
    " itself: most such differences are slips of typing or rounding."
)
CLOSING = (
    "Each point rests on the printed numbers alone; we have not seen the data. If a point comes from our reading, we"
    " are glad to be corrected. If a number needs mending, a short correction would help later readers and"
    " meta-analyses."
)
BEFORE_SIGNING = "Compare each point with the paper before you sign: it rests on how its numbers were read."
UNSEEN = "(To be signed by the person who has compared every point with the paper.)"


@dataclass(frozen=True)
class Point:
    """One point of a letter."""

    title: str
    printed: str
    arithmetic: str
    also: str
    question: str


def letter_points(findings: list[AuditFinding]) -> list[Point]:
    """The points of a letter: what is impossible first, then contradictions, then what is unlikely. What is printed
    alike at several places is asked once, and so are numbers that an earlier point asks about already.
    """
    alike = {}
    for finding in sorted((f for f in findings if f.kind in ASKED), key=lambda f: ASKED.index(f.kind)):
        alike.setdefault((finding.kind, finding.wording, finding.evidence), []).append(finding)
    asked: list[tuple[list[AuditFinding], list[str]]] = []
    for same in alike.values():
        earlier = next((also for of, also in asked if _cells(same) <= _cells(of)), None)
        if earlier is None:
            asked.append((same, []))
        else:
            earlier.append(same[0].wording)
    return [_point(same, also) for same, also in asked]


def _cells(same):
    return {cell for finding in same for cell in finding.cells}


def _point(same, also):
    finding = same[0]
    shown = "; ".join(dict.fromkeys(cell[2] for f in same for cell in f.cells))
    places = "; ".join(dict.fromkeys(place for f in same for place in f.places))
    would = f" These would agree: {', '.join(finding.admissible)}." if finding.admissible else ""
    title = finding.wording[:1].upper() + finding.wording[1:]
    printed = f"{shown} ({places})" if places else shown
    return Point(title, printed, finding.evidence, "; ".join(also), QUESTION[finding.kind] + would)


def letter_text(registry: Registry, findings: list[AuditFinding]) -> str:
    """The letter as Markdown; text of the paper never becomes markup."""
    lines = [f"# Questions about: {_plain(registry.title)}", ""]
    lines += [f"*{_plain(str(registry.cohort['source']))}*", ""] if registry.cohort.get("source") else []
    lines += ["Dear editor, dear authors,", "", OPENING, ""]
    for i, point in enumerate(letter_points(findings), 1):
        lines += [f"## {i}. {_plain(point.title)}", "", f"- Printed: {_plain(point.printed)}"]
        lines += [f"- Arithmetic: {_plain(point.arithmetic)}"] if point.arithmetic else []
        lines += [f"- Also: {_plain(point.also)}"] if point.also else []
        lines += [f"- Question: {_plain(point.question)}", ""]
    return "\n".join([*lines, CLOSING, "", "With kind regards,", "", UNSEEN, ""])


def _plain(text):
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~" else c for c in " ".join(_lines(text).split()))


def _lines(text):
    """A text that XML can hold and a terminal does not obey."""
    return visible(str(text))


def write_letter(registry: Registry, findings: list[AuditFinding], folder: Path) -> list[Path]:
    """Write letter.md and letter.docx into a folder; returns their
    paths. Raises CohortError where nothing is to be asked.
    """
    if not letter_points(findings):
        action = "The audit found nothing that cannot be or contradicts itself; notes and conventions need no letter."
        raise request_error("there is nothing to ask", action, registry.name)
    folder.mkdir(parents=True, exist_ok=True)
    text, word = folder / "letter.md", folder / "letter.docx"
    write_whole(text, letter_text(registry, findings))
    write_bytes_whole(word, _same_bytes(_word(registry, findings)))
    return [text, word]


def _same_bytes(document) -> bytes:
    """A Word file whose bytes do not depend on the clock."""
    raw, out = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _word(registry, findings):
    from datetime import datetime

    import docx

    made = docx.Document()
    made.core_properties.created = made.core_properties.modified = datetime(2000, 1, 1)  # the same bytes each time
    made.core_properties.author = ""
    made.add_heading(f"Questions about: {_lines(registry.title)}", 1)
    if registry.cohort.get("source"):
        made.add_paragraph(_lines(registry.cohort["source"]))
    made.add_paragraph("Dear editor, dear authors,")
    made.add_paragraph(OPENING)
    for i, point in enumerate(letter_points(findings), 1):
        made.add_heading(f"{i}. {_lines(point.title)}", 2)
        for name in ("printed", "arithmetic", "also", "question"):
            value = getattr(point, name)
            if value:
                paragraph = made.add_paragraph(style="List Bullet")
                paragraph.add_run(f"{name.capitalize()}: ").bold = True
                paragraph.add_run(_lines(value))
    for line in (CLOSING, "With kind regards,", UNSEEN):
        made.add_paragraph(line)
    return made

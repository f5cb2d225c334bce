"""Cells that name several adverse events, each with its grade: 皮疹1级、肺炎2级."""

import re
import unicodedata
from functools import lru_cache

from .cells import GRADE, ROMAN

MARKS = re.compile(r"[、；;，。\n\r]+|(?<![A-Za-z0-9)]),\s*|,(?=\s*[^\x00-\x7f])")  # between the events of a list
LOOSE = re.compile(r"[,+/&]|\s+(?:and|und|et|y)\s+|[和及伴]")  # between events that have a grade each
LISTED = re.compile(r"(?:^|(?<=[\s)级度、；;，,。]))\d{1,2}[.、)](?!\d)\s*")
CIRCLED = re.compile(r"[①-⑳]")
DATED = re.compile(r"\([^()]*\d{4}[^()]*\)")
ONE = r"(?:[0-5]|I{1,3}|IV|V)"
SPAN = rf"(?:(?:>=?|<=?|≥|≤|约)\s*{ONE}|{ONE}\s*[-~～至/]\s*{ONE}|{ONE})"
GRADED = re.compile(
    rf"[(\[【]?\s*(?:ctcae\s*(?:v?\d(?:\.0)?)?\s*)?(?:(?:grade|gr\.?|(?<![A-Za-z])g|分级"
    rf"|级别)\s*[:=]?\s*({SPAN})(?![A-Za-z0-9])|"
    rf"(?<![A-Za-z0-9])({SPAN})\s*[级级度])\s*(?:以上|及以上)?\s*[)\]】]?|[(\[【]\s*({ONE})\s*[)\]】]$",
    re.IGNORECASE,
)
RUN_ON = re.compile(rf"(?:[^\dIV]+{ONE}\s*[级度])+")
NONE = re.compile(
    r"无(?:明显)?(?:不良反应|不良事件|毒副?反应|特殊)?|未见|未发生|否认?|none|no|nil|[-—–]+|/", re.IGNORECASE
)
AHEAD = re.compile(r"^(?:(?:ir)?aes?|不良(?:反应|事件)|毒副?反应)\s*[:：]\s*", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def events_in(cell, apart=()) -> tuple[tuple[str, str], ...]:
    """The events that a cell names, each with its grade as it is written ('' without one): (("皮疹", "1"), ("肺炎", "2")).

    What is no list is one event as it stands. An event of grade 0 and a word for none give none. apart : further marks
    that part events, as a person said; then an event begins with a capital, and a grade alone is of the event before.
    """
    kept = CIRCLED.sub("；", str(cell)).translate({ord("，"): "\x00", ord("；"): "\x01"})
    text = unicodedata.normalize("NFKC", kept).replace("\x00", "，").replace("\x01", "；").strip()
    parts = [p.strip() for p in _outside_brackets(MARKS, _without_numbers(AHEAD.sub("", text))) if p.strip()]
    parts = [one for part in parts for one in (_said_apart(part, apart) if apart else _graded_each(part))]
    found = [_event(part) for part in parts if not NONE.fullmatch(part)]
    found = [(term[:1].upper() + term[1:], grade) for term, grade in found] if apart else found
    return tuple((term, grade) for term, grade in found if grade != "0")


def _without_numbers(text) -> str:
    """A list without its numbers, 1) and 2); the 3) of (grade 3) is none."""
    inside = lambda m: text.count("(", 0, m.start()) > text.count(")", 0, m.start())  # noqa: E731
    return LISTED.sub(lambda m: m[0] if m[0].rstrip().endswith(")") and inside(m) else "；", text)


def _said_apart(part, marks) -> list:
    """The events of a part at the marks that a person said."""
    found = []
    for piece in _outside_brackets(re.compile("|".join(map(re.escape, marks)), re.IGNORECASE), part):
        if found and GRADED.fullmatch(piece.strip()):
            found[-1] += f" {piece.strip()}"
        elif piece.strip():
            found.append(piece.strip())
    return found


def _outside_brackets(marks, text) -> list:
    """A text in parts at the marks that stand in no bracket."""
    parts, start = [], 0
    for match in marks.finditer(text):
        before = text[start : match.start()]
        if len(re.findall(r"[(\[【]", before)) <= len(re.findall(r"[)\]】]", before)):
            parts.append(before)
            start = match.end()
    return [*parts, text[start:]]


def _graded_each(part) -> list:
    """The events of a part between marks that alone part nothing, where each has a grade of its own."""
    for pieces in (_outside_brackets(LOOSE, part), part.split()):
        if len(pieces) > 1 and all(GRADED.search(p) and _event(p.strip())[0] for p in pieces):
            return [p.strip() for p in pieces]
    if len(GRADED.findall(part)) > 1 and RUN_ON.fullmatch(part):
        return re.findall(rf"[^\dIV]+{ONE}\s*[级度]", part)
    return [part]


def _event(part) -> tuple[str, str]:
    """One event and its grade."""
    found = list(GRADED.finditer(part))
    if len(found) != 1:
        return part, ""
    match = found[0]
    behind = part[match.end() :]
    if match[0].lstrip()[0] in "([【" and match[0].rstrip()[-1] not in ")]】":  # a remark in the brackets of the grade
        behind = re.sub(r"^[^)\]】]*[)\]】]", "", behind)
    term = " ".join(DATED.sub(" ", f"{part[: match.start()]} {behind}").split()).strip(" :：-,，")
    written = " ".join(next(g for g in match.groups() if g).split())
    if not term:
        return part, ""
    whole = match[0].strip(" ()[]【】")
    number = GRADE.fullmatch(ROMAN.get(written.lower(), written))
    return term, number[1] if number and "以上" not in whole else "0" if written == "0" else whole

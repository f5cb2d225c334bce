"""What a sentence speaks of, and where: endpoints, points of time, courses, factors, grades."""

import re
from dataclasses import dataclass
from functools import cache

from .forms import NUM
from .words import endpoints, named

TIME_UNIT = r"(?:months?|mos?\b|m\b|years?|yrs?\b|y\b|weeks?|wks?\b|个月|月|周|年)"
SPELLED = {
    "four": "4",
    "nine": "9",
    "eighteen": "18",
    "one": "1",
    "two": "2",
    "three": "3",
    "five": "5",
    "six": "6",
    "twelve": "12",
}
SPELLED_NUM = "|".join(SPELLED)
TIMES = re.compile(
    rf"(?P<list>(?:{NUM}\s*-?\s*(?:{TIME_UNIT}[- ]*)?(?:,|and|or|,? ?and|和|及|与|、"
    rf"|/)\s*)*(?:{NUM}|(?<![A-Za-z])(?:one|two|three|four|five|six|nine|twelve"
    rf"|eighteen)(?=[- ])))\s*-?\s*(?P<unit>{TIME_UNIT})"
    r"(?=[- ]+(?:(?!and |with |vs |or |in |for |of |median )[\w-]+"
    r" ){0,3}?(?:PFS|OS|DFS|EFS|RFS|LRFS|DMFS|progression|overall(?= survival)|disease|event|survival|rates?"
    r"|landmark|estimate|cumulative|incidence)|的?(?:PFS|OS|DFS|无|总|生存))",
    re.I,
)
AT = re.compile(
    rf"(?:\bat|\balive(?: at)?|\b(?:alive|survival|PFS|OS|died"
    rf"|progressed) by) (?P<list>(?:{NUM}\s*(?:{TIME_UNIT}\s*)?(?:,|and|or|,? and)\s*)*(?:{NUM}|one|two|three"
    rf"|four|five|six|nine|twelve|eighteen))\s*-?\s*(?P<unit>months?|mos?\b|years?|yrs?\b|weeks?|wks?\b)",
    re.I,
)
GRADE = re.compile(
    r"(?:(?:greater than or equal to|at least|≥|>=?) grade (?P<least>[1-5])(?!\d))|"
    r"(?:grades? (?P<roman>(?-i:I{1,3}V?|IV|V)(?:\s*(?:-|to|or|and|/)\s*(?-i:I{1,3}V?|IV|V))?(?![A-Za-z])))|"
    r"(?:grades?|CTCAE|(?<![A-Za-z])(?-i:Gr\.?|G))\s*(?P<g>(?:[<>]=?|[≥≤]|greater than or equal to|of at least"
    r"|at least)?\s*[1-5](?:\s*(?:-|to|or|and|/)\s*[1-5])?(?:\s*(?:or"
    r" (?:higher|worse|more|greater|above)|and (?:above|higher)|\+))?|any)|(?P<any>any[- ]grade|any grade|all[-"
    r" ]grades?|of any"
    r" grade)|(?P<h>(?:≥|>=?)\s*(?:grade\s*)?[1-5])(?=\s*(?:级|grade|toxic|adverse|AE))"
    r"|(?P<zh>(?:≥\s*)?[1-5](?:[-~][1-5])?(?:级?(?:及以上|以上))?|[ⅠⅡⅢⅣ](?:[-~][ⅠⅡⅢⅣ])?(?:[级度]?(?:及以上"
    r"|以上))?)\s*(?:[级度]|(?<=以上))(?:及以上|以上)?",
    re.I,
)


@dataclass(frozen=True)
class Mention:
    """A word of a sentence: its kind, the name that it stands for, and its place."""

    kind: str
    name: str
    start: int
    end: int
    part: str = ""  # the part of its patients that the words beside it name


NEVER = re.compile(r"(?!)")
NONE_OF = re.compile(r"(?<![A-Za-z])[Nn]on-$|\b[Ww]ithout (?:any |disease )?$")  # patients of a non-PD had none


@cache
def _endpoint_pattern():
    return named("endpoints")


def endpoint_mentions(text: str, masked=()) -> list[Mention]:
    """Endpoints in order; a longer mention hides a shorter one inside it. `masked` spans are left out."""
    found = []
    for name, known in _endpoint_pattern():
        none = NONE_OF if name.startswith("BOR") else NEVER
        said = (m for m in known.finditer(text) if m.end() > m.start() and not none.search(text, 0, m.start()))
        found += [Mention(endpoints()[name].kind, name, *m.span()) for m in said]
    return _outermost([m for m in found if not any(a <= m.start and m.end <= b for a, b in masked)])


def _outermost(mentions):
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if kept and mention.start < kept[-1].end:
            continue
        kept.append(mention)
    return kept


def time_mentions(text: str) -> list[Mention]:
    """Points of time in order; `6- and 12-month` gives two at the same place. Names are months where they can be."""
    found = []
    for known in (TIMES, AT):
        for match in known.finditer(text):
            if FOLLOWED.match(text, match.end()) or any(m.start < match.end() and match.start() < m.end for m in found):
                continue
            numbers = list(
                re.finditer(
                    rf"(?P<n>{NUM}|\b(?:{SPELLED_NUM})\b)(?:\s*-?\s*(?P<unit>{TIME_UNIT}))?", match["list"], re.I
                )
            )
            start = match.start()
            if known is TIMES and len(numbers) > 1 and re.search(r"\b(?:was|were|is|reached)\s*$", text[:start]):
                start, numbers = match.start("list") + numbers[-1].start(), numbers[-1:]  # was 7 months and 12-month OS
            for number, unit in [(m["n"], m["unit"] or match["unit"]) for m in numbers]:
                number = SPELLED.get(number.lower(), number)
                found.append(Mention("time", _months(number, unit), start, match.end()))
    return sorted(found, key=lambda m: m.start)


def _months(number, unit):
    unit = (
        "years"
        if unit.lower().startswith(("y", "年"))
        else "weeks"
        if unit.lower().startswith(("w", "周"))
        else "months"
    )
    return f"{float(number) * 12:g} months" if unit == "years" else f"{number} {unit}"


FOLLOWED = re.compile(r"\s*of (?:median |mean )?follow-?up", re.I)
OF_COURSE = r"(?:ICIs?|IO|IT|ICB|immunotherapy|checkpoint inhibitors?|(?:anti-)?PD-?\(?L?\)?-?1)"
FIRST_COURSE = rf"(?:first(?=[.,;)]|$)(?<=the first)|{OF_COURSE}[- ]?(?:1|I)(?![\w%]|[.-]\w)|(?:1st|first) (?:course|{OF_COURSE}(?! inhibitor| therapy line)))"
SECOND_COURSE = rf"(?:{OF_COURSE}[- ]?(?:2|II)(?![\w%]|[.-]\w)|(?:2nd|second) (?:course|{OF_COURSE}))"
COURSE_NAME = re.compile(rf"{FIRST_COURSE}|{SECOND_COURSE}")
COURSE = re.compile(
    rf"(?<![\w-])(?:(?P<one>{FIRST_COURSE})|(?P<two>{SECOND_COURSE}))|"
    r"(?:(?:during|after|in|following|on|with|under|receiving|[Rr]egarding|than|versus|vs\.?|compared to"
    r"|between) (?:the"
    r" )?)(?P<first>(?:first|initial|prior)(?: course| line)?(?:"
    r" of)?(?: the)? ?(?:ICIs?|IO\b|immunotherapy|immune|PD|treatment|therapy|course))"
    r"|(?P<phrase>initial treatment with|first administration|first course had|首次(?:ICI|免疫)|初始(?:ICI|免疫))"
    r"|(?P<again>(?<![A-Za-z])(?:re-?challeng\w*|re-?treat\w*|re-?exposure|resum\w+)|再挑战|再次(?:使用|治疗))",
    re.I,
)


def course_mentions(text: str, masked=()) -> list[Mention]:
    """Courses of treatment that a sentence sets itself in: the first one, or the rechallenge."""
    found = [
        Mention("course", "rechallenge" if m["again"] or m["two"] else "first course", *m.span())
        for m in COURSE.finditer(text)
    ]
    return [m for m in found if not any(a <= m.start < b for a, b in masked)]


def factor_mentions(text: str) -> list[Mention]:
    """Factors in order: words that divide the patients, such as sex."""
    found = []
    for name, known in named("factors"):
        found += [Mention("factor", name, *m.span()) for m in known.finditer(text)]
    return _outermost(found)


NUMERALS = ("I", "II", "III", "IV", "V")
ROMAN = re.compile(r"(?<![A-Za-z])(?:I{1,3}|IV|V)(?![A-Za-z])")


def grade_mentions(text: str) -> list[Mention]:
    """Grades of adverse events in order."""
    found = []
    for m in GRADE.finditer(text):
        raw = next((m[k] for k in ("g", "h", "zh") if m[k]), "any")
        raw = f"≥{m['least']}" if m["least"] else ROMAN.sub(lambda r: str(NUMERALS.index(r[0]) + 1), m["roman"] or raw)
        found.append(Mention("grade", grade_name(raw), *m.span()))
    return found


def grade_name(raw: str) -> str:
    """A grade as one writes it: any, 1-2, >=3."""
    raw = raw.strip().lower().translate(str.maketrans({"ⅰ": "1", "ⅱ": "2", "ⅲ": "3", "ⅳ": "4"}))
    digits = re.findall(r"[1-5]", raw)
    if not digits:
        return "any"
    if len(digits) == 2:
        return f"{digits[0]}–{digits[1]}"
    return (
        f"≥{digits[0]}" if re.search(r"[≥>]|greater|least|higher|worse|more|above|greater|\+|以上", raw) else digits[0]
    )


def variable_of(text: str) -> str:
    """The last quantity of a patient that a text names, or ''."""
    last, at = "", -1
    for name, known in named("variables"):
        for match in known.finditer(text):
            if match.start() > at:
                last, at = name, match.start()
    return last

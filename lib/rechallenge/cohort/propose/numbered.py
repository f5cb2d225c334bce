"""Outcomes that a number tells apart (Response1, Response2): of two courses, two assessments, or the same one twice."""

import re

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from .courses import target_of
from .match import NAMED, candidates_of
from .questions import Reason, about, choices_of
from .wide import columns_of, find_visits, responses_in
from .words import NUMBERED, course_in

ORDINALS = {  # each as words, as figures and in Chinese
    1: r"(?<![a-z])(?:first|1st|i)(?![a-z])|(?<![\d.])1(?![a-z\d])|第?[一1]次|首次|初次",
    2: r"(?<![a-z])(?:second|2nd|ii)(?![a-z])|(?<![\d.])2(?![a-z\d])|第?[二2]次",
    3: r"(?<![a-z])(?:third|3rd|iii)(?![a-z])|(?<![\d.])[3-9](?![a-z\d])|第?[三四3-9]次",
}
OF_COURSE = re.compile(
    r"(?<![a-z])ici|(?<![a-z])io(?![a-z])|immun|rechall|re-?treat|course|line|regimen|treat|therap|pd-?l?1|linie|ligne|"
    r"再挑战|再次|免疫|疗程|[一二]程|治疗|线|方案|用药",
    re.IGNORECASE,
)
COURSES = {1: "INITIAL", 2: "RECHALLENGE"}
KINDS = {"BOR": ("adrs", "AVALC"), "PCHG": ("adtr", "PCHG"), "PDDT": ("adex", "PDDT")}  # where a label of each stands


def ask_numbered(sheet, chosen=()):
    """What outcomes are that a number alone tells apart; nothing is asked of those that speak of a course or a visit.

    chosen : columns whose meaning a person chose."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or ids[ids != ""].duplicated().any():
        return
    series, aside = {}, {sheet.id, *columns_of(find_visits(sheet)), *chosen, *sheet.placed, *sheet.as_visits}
    for name in (c for c in sheet.frame.columns if c not in aside):
        stem, number = _parted(name)
        kind = _kind(sheet, name) if number and not _speaks_of_a_course(sheet, name) else ""
        if kind:
            series.setdefault((kind, stem), {}).setdefault(number, name)
    for (kind, _), found in series.items():
        if {1, 2} <= set(found):
            _settle(sheet, kind, found, "courses")
            yield _question(sheet, kind, found), lambda answer, k=kind, f=found: _settle(sheet, k, f, answer)


def _question(sheet, kind, found):
    """The question of one series. found : {number: column}."""
    table, column = KINDS[kind]
    names = [found[n] for n in sorted(found)]
    words = {
        "columns": ", ".join(f"`{shown(n)}`" for n in names),
        "label": load_dictionary()[table].columns[column].label,
    }
    choices = [c for c in choices_of("numbered") if kind == "BOR" or c == "courses"]
    return about(
        sheet,
        "numbered",
        names[0],
        choices=(*choices, *names, "leave out"),
        proposed="courses" if _starts_are_numbered(sheet) else None,
        words=words,
        said={n: Reason("one of a course", column=shown(n)) for n in names},
    )


def _kind(sheet, name) -> str:
    """The outcome that a column holds, of those that a number may tell apart, or ''."""
    if responses_in(sheet, name):
        return "BOR"
    kind = target_of(sheet, name)[0].partition("_")[0]
    return kind if kind in KINDS and kind != "BOR" else ""


def _parted(name) -> tuple[str, int]:
    """A name without its ordinal number, and that number; 0 for none."""
    text = NUMBERED.sub(" ", str(name)).replace("_", " ")
    for number, pattern in ORDINALS.items():
        stem, found = re.subn(pattern, " ", text, count=1, flags=re.IGNORECASE)
        if found:
            return " ".join(re.sub(r"\W+", " ", stem).split()).lower(), number
    return text, 0


def _speaks_of_a_course(sheet, name) -> bool:
    """Whether the name, label or heading of a column says the course that its number counts."""
    texts = [NUMBERED.sub(" ", str(t)) for t in (name, sheet.label(name), sheet.groups.get(name, ""))]
    headed = course_in(sheet.groups.get(name, ""))[0]
    return bool(headed) or any(OF_COURSE.search(text) for text in texts)


def _starts_are_numbered(sheet) -> bool:
    """Whether the starts of the two courses are told apart by a number as well."""
    found = set()
    for name in (c for c in sheet.frame.columns if _parted(c)[1] in (1, 2)):
        said = candidates_of(((name, "name"), (sheet.label(name), "label")), "adsl")
        found |= {t for t, (score, _) in said.items() if t.startswith("ASTDT_") and score >= NAMED - 2}
    return len(found) == 2


def _settle(sheet, kind, found, answer):
    """Place the columns as answered; a later answer takes the place of an earlier one. found : {number: column}."""
    sheet.placed = {n: t for n, t in sheet.placed.items() if n not in found.values()}
    sheet.as_visits = tuple(n for n in sheet.as_visits if n not in found.values())
    if answer == "assessments":
        sheet.as_visits += tuple(found.values())
    elif answer == "courses":
        sheet.placed |= {name: f"{kind}_{COURSES[n]}" if n in COURSES else "" for n, name in found.items()}
    else:
        sheet.placed |= {name: f"{kind}_*" if name == answer else "" for name in found.values()}

"""Sheets of the same patients under the same names, one for each course: which sheet is of which course."""

import re

from ..read.grid import stem_of
from .match import candidates_of
from .questions import Value, about
from .together import LEAST_COMMON, numbered_from_one, patients_of
from .words import PLACES, course_in

CALLED = {"first course": "first course", "rechallenge": "rechallenge"}
SAID = {"INITIAL": "first course", "RECHALLENGE": "rechallenge"}
IMMUNE = re.compile(
    r"免疫|(?<![a-z])(?:ici|io)|immun|pd-?l?1|course|line", re.IGNORECASE
)  # beside the number of a course
LEAST = 2  # names of the facts of a course that the sheets share


def ask_sheet_courses(sheets):
    """Which course each of several sheets is of; then the names of its columns begin with the course."""
    alike = _alike(sheets)
    if len(alike) < len(CALLED):
        return
    said = {s.key: _named(s) for s in alike}
    whole = all(said.values()) and len(set(said.values())) == len(alike)
    if not whole and numbered_from_one([patients_of(s) for s in alike]):
        return  # patients of other hospitals, numbered anew on each sheet
    values = tuple(Value(s.key, len(s.frame)) for s in alike)
    both = _of_a_course(alike[0]) & _of_a_course(alike[1])
    shared = ", ".join(n for n in alike[0].frame.columns if n in both)
    yield (
        about(alike[0], "sheet_courses", of="courses.sheets", values=values, proposed=said if whole else None,
              words={"shared": shared}),
        lambda answer: [_call(s, sheets, answer[s.key]) for s in alike],
    )  # fmt: skip


def _named(sheet) -> str:
    """The course that the name of a sheet, or else of its file, speaks of; the 1 of Sheet1 is of none."""
    for text in filter(None, (sheet.sheet, stem_of(sheet.path))):
        course, by, _ = course_in(text)
        if course in SAID and (by not in PLACES or IMMUNE.search(text)):
            return SAID[course]
    return ""


def _alike(sheets) -> list:
    """The sheets with one row for each of the same patients that share names of facts of a course."""
    plain = [s for s in sheets if not (s.signs or s.date_parts or s.courses) and patients_of(s)]
    return [s for s in plain if any(_share_facts(s, other) for other in plain if other is not s)]


def _share_facts(sheet, other) -> bool:
    mine = patients_of(sheet)
    common = len(mine & patients_of(other)) >= LEAST_COMMON * len(mine)
    return common and len(_of_a_course(sheet) & _of_a_course(other)) >= LEAST


def _of_a_course(sheet) -> set:
    """The columns whose names say a fact of a course and not of which."""
    names = [n for n in sheet.frame.columns if n != sheet.id]
    by_course = {n: candidates_of(((n, "name"), (sheet.label(n), "label")), "adsl") for n in names}
    return {n for n, found in by_course.items() if any(t.endswith("_RECHALLENGE") or t == "PFSR" for t in found)}


def _call(sheet, sheets, course):
    """Let the names of a sheet's columns begin with its course, or leave the sheet out."""
    if course == "leave out":
        sheets[:] = [s for s in sheets if s is not sheet]
        return
    names = {n: f"{course} {n}" for n in sheet.frame.columns if n != sheet.id}
    sheet.frame, sheet.called = sheet.frame.rename(columns=names), course
    sheet.whole = None
    for part in (sheet.labels, sheet.codes, sheet.groups, sheet.missing):
        for old in [n for n in part if n in names]:
            part[names[old]] = part.pop(old)

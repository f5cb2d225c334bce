"""Columns under one name: told with their places, compared cell by cell, and asked which one is read."""

import re

from papercheck.files.findings import shown

from ..read.grid import column_letter
from .courses import is_of_a_course, target_of
from .look import TWICE
from .questions import Reason, about
from .wide import columns_of, find_visits, responses_in

NUMBERED = re.compile(r"\.\d+$")  # how pandas and R call a name that stands again: Response.1
PATIENTS = 3  # who are named


def ask_named_twice(sheet, chosen=()):
    """Which of several columns under one name is read; those that hold the responses of dated visits are asked as such.

    chosen : columns whose meaning a person chose."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or ids[ids != ""].duplicated().any():
        return
    aside = {sheet.id, *columns_of(find_visits(sheet)), *chosen}
    series = {}
    for name in (c for c in sheet.frame.columns if c not in aside):
        bare = TWICE.sub("", NUMBERED.sub("", name) if NUMBERED.sub("", name) in sheet.frame else name)
        series.setdefault(bare, []).append(name)
    for names in (found for bare, found in series.items() if len(found) > 1 and bare not in aside):
        differing = _differing(sheet, names)
        courses = _of_courses(sheet, names[0])
        _settle(sheet, names, courses, names[0])
        choices = [*(["courses"] if courses else []), *(["assessments"] if responses_in(sheet, names[0]) else [])]
        yield (
            about(
                sheet,
                "named_twice" if differing else "named_twice alike",
                names[0],
                of="named_twice",
                choices=(*choices, *names, "leave out"),
                proposed=None if differing else names[0],
                words={
                    "places": _places(sheet, names),
                    "n": len(differing),
                    "example": _example(sheet, names, differing),
                },
                said={n: Reason("this column", column=shown(n)) for n in names},
                blocking=bool(differing) and bool(target_of(sheet, names[0])[0]),
            ),
            lambda answer, n=names, c=courses: _settle(sheet, n, c, answer),
        )


def _differing(sheet, names) -> list:
    """The lines in which the columns hold different things, an empty cell among them."""
    rows = [set(row) for row in zip(*(sheet.cells(n) for n in names), strict=True)]
    return [line for line, row in zip(sheet.frame.index, rows, strict=True) if len(row) > 1]


def _places(sheet, names) -> str:
    """Where the columns stand on the sheet, as spreadsheets and people count them."""
    order = list(sheet.whole.columns if sheet.whole is not None else sheet.frame.columns)
    return ", ".join(f"{order.index(n) + 1} ({column_letter(order.index(n))})" for n in names if n in order)


def _example(sheet, names, differing) -> str:
    """What the columns hold of the first patients in whom they differ."""
    found = [
        f"{shown(sheet.cells(sheet.id)[line])}: {' / '.join(shown(sheet.cells(n)[line]) or '–' for n in names)}"
        for line in differing[:PATIENTS]
    ]
    return "; ".join(found)


def _of_courses(sheet, name) -> tuple:
    """The columns of the dictionary of the first course and of rechallenge that a name may be, () for none."""
    target = target_of(sheet, name)[0]
    if not is_of_a_course(target):
        return ()
    stem = re.sub(r"_(?:INITIAL|RECHALLENGE)$", "", target)
    if stem != target:
        return f"{stem}_INITIAL", f"{stem}_RECHALLENGE"
    return "PFS1" + target[4:], "PFSR" + target[4:]


def _settle(sheet, names, courses, answer):
    """Place the columns as answered; a later answer takes the place of an earlier one."""
    sheet.placed = {n: t for n, t in sheet.placed.items() if n not in names}
    sheet.as_visits = tuple(n for n in sheet.as_visits if n not in names)
    if answer == "assessments":
        sheet.as_visits += tuple(names)
    elif answer == "courses":
        sheet.placed |= dict.fromkeys(names, "") | dict(zip(names, courses, strict=False))
    else:
        sheet.placed |= dict.fromkeys(names, "")
        sheet.placed.pop(answer, None)
        if courses and NUMBERED.search(answer):  # its number counts no course
            sheet.placed[answer] = re.sub(r"_INITIAL|(?<=^PFS)1", lambda m: "_*" if m[0] != "1" else "*", courses[0])

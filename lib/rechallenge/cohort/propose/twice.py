"""A patient on two lines of a sheet of patients: the lines complete each other, or a person says which one holds."""

from papercheck.files.findings import shown

from ..read.merged import merged_lines
from .questions import Question, Value, choices_of

MOST = 0.5  # share of the lines that may be of patients who stand twice; above, a patient has several lines by design
CELLS = 4  # differing cells of a patient that are named


def lines_of_each(sheet) -> dict:
    """{patient: lines} of those with several, where few have; {} where a sheet has several lines for many."""
    ids = sheet.cells(sheet.id).str.strip() if sheet.id else []
    ids = ids[ids != ""] if len(ids) else ids
    if not len(ids) or not 0 < ids.duplicated(keep=False).mean() <= MOST:
        return {}
    return {patient: tuple(map(int, part.index)) for patient, part in ids.groupby(ids) if len(part) > 1}


def once_each(sheet, several) -> list[int]:
    """The lines to leave out so that each patient stands once: all but the first of each."""
    return [line for lines in several.values() for line in lines[1:]]


def ask_twice(sheet, several):
    """What holds of patients on several lines; several : as lines_of_each gives them."""
    differing = {patient: _differing(sheet, lines) for patient, lines in several.items()}
    alike = {p: lines for p, lines in several.items() if not differing[p]}
    if alike:
        said = "; ".join(f"{shown(p)}: {', '.join(map(str, lines))}" for p, lines in list(alike.items())[:8])
        words = {"n": len(alike), "lines": said}
        question = Question(
            f"complete.{sheet.key}",
            "complete",
            sheet.place,
            sheet.id,
            choices=choices_of("complete"),
            proposed="merge",
            words=words,
        )
        yield question, lambda answer: [_settle(sheet, lines, answer) for lines in alike.values()]
    rest = {p: lines for p, lines in several.items() if differing[p]}
    if rest:
        values = tuple(Value(p, 0, f"{' / '.join(map(str, lines))}: {differing[p]}") for p, lines in rest.items())
        question = Question(
            f"twice.{sheet.key}", "twice", sheet.place, sheet.id, choices=choices_of("twice"), values=values,
            words={"n": len(rest)},
        )  # fmt: skip
        yield question, lambda answer: [_settle(sheet, rest[p], choice) for p, choice in answer.items()]


def _differing(sheet, lines) -> str:
    """The columns in which the lines of a patient hold different values: Age 60 / 61."""
    found = []
    for name in sheet.frame.columns:
        cells = [str(x).strip() for x in sheet.cells(name).loc[list(lines)]]
        if len(set(cells) - {""}) > 1:
            found.append(f"{shown(name)} {' / '.join(shown(c) or '–' for c in cells)}")
    more = f"; +{len(found) - CELLS}" if len(found) > CELLS else ""
    return "; ".join(found[:CELLS]) + more


def _settle(sheet, lines, answer):
    if answer == "merge":
        sheet.frame = merged_lines(sheet.frame, [lines])
        sheet.merged.append(list(lines))
    else:
        kept = lines[0] if answer == "first line" else lines[-1]
        sheet.drop([line for line in lines if line != kept], odd=False)

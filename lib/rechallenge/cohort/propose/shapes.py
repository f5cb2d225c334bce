"""Sheets that are no table of patients by their shape: turned, side by side, several rows a patient."""

import re

from papercheck.files.findings import Finding, Message, shown

from .look import id_score
from .match import NAMED, candidates_of

ITEM = re.compile(
    r"(item|variable|field|question|parameter|param)[ _]?(name|label|oid|id|code|cd)?|(test)[ _]?(name|code|cd)",
    re.IGNORECASE,
)
VALUE = re.compile(r"(item)?[ _]?(value|result|answer)[ _]?(text|c|n)?", re.IGNORECASE)


def turned_faults(sheet, names):
    """A sheet whose patients stand in columns: most cells of a column are names of columns."""
    names = names[names != ""]
    named = [i for i in names if any(s >= NAMED - 2 for s, _ in candidates_of(((i, "name"),), "adsl").values())]
    if len(named) > 1 and len(named) >= 0.6 * len(names) and sheet.frame.shape[1] > 2:
        action = (
            "Turn the sheet (in Excel: copy, Paste Special, Transpose), so that every row is a patient; import it"
            " again."
        )
        yield Finding(
            sheet.place,
            Message("the patients seem to stand in columns: {columns}", columns=", ".join(map(shown, named[:4]))),
            action,
        )


def _side_by_side(sheet):
    """Two tables of patients beside each other, under two headings or under the same names again, each with its own
    column of identifiers."""
    columns = {}
    for name in map(str, sheet.frame.columns):
        again = re.fullmatch(r"(.+) (\(column \d+\))", name)  # how a name that stands twice is told from the first
        group = sheet.groups.get(name, "the names again" if again else "")
        columns.setdefault(group, set()).add(again[1] if again else name.removeprefix(group).strip())
    tables = {group: names for group, names in columns.items() if any(map(id_score, names)) and len(names) > 1}
    if len(tables) > 1 and len(set.intersection(*tables.values())) > 1:
        rule = Message("{n} tables of patients stand side by side", n=len(tables))
        action = "Put one below the other, with a column that tells which is which, and import the sheet again."
        yield Finding(sheet.place, rule, action)


UNSPLIT = re.compile(r"\S\s*[,，;；、|／/\t:：]\s*\S.*[,，;；、|／/\t:：]")  # names of columns in one cell


def shape_faults(plan):
    """A sheet whose patients stand in columns, or that has several rows for most patients: no row is a patient."""
    ids = plan.sheet.cells(plan.written("USUBJID"))
    ids = ids[ids != ""]
    yield from turned_faults(plan.sheet, ids)
    whole = plan.sheet.whole if plan.sheet.whole is not None else plan.sheet.frame
    if whole.shape[1] == 1 and UNSPLIT.search(str(whole.columns[0])):
        rule = "one column alone: the cells of a line are not told apart"
        action = (
            "Save the table as .xlsx, or as .csv with commas, semicolons or tabs between the cells, and import that."
        )
        yield Finding(plan.sheet.place, rule, action, column=shown(whole.columns[0]))
    yield from _side_by_side(plan.sheet)
    several = ids[ids.duplicated(keep=False)]
    item, value = (
        max((str(c) for c in plan.sheet.frame if p.fullmatch(str(c))), key=len, default="") for p in (ITEM, VALUE)
    )
    if len(several) > 0.5 * len(ids) and item and value:
        rule = Message(
            "a row for each item ({column}, {written}), not for each patient", column=shown(item), written=shown(value)
        )
        action = Message(
            "Make a column of each item (in Excel: Data, From Table, Pivot Column of {column} with "
            "the values of {written}, Don't Aggregate), so that every row is a patient; import it "
            "again.",
            column=shown(item),
            written=shown(value),
        )
        yield Finding(plan.sheet.place, rule, action, column=item)
        return
    if len(several) > 0.5 * len(ids) and len(ids) > 3:
        yield _several_rows(plan, several)


def _several_rows(plan, several) -> Finding:
    """That most patients have several rows. several : their identifiers, by line."""
    first = several.index[several == several.iloc[0]]
    lines = ", ".join(str(x) for x in first[:4])
    action = (
        "Make a sheet with one row a patient (what is known once: age, sex, death, last contact), keep this one"
        " beside it for the courses or assessments, and import both. Delete no row: each may be another course."
    )
    return Finding(
        plan.sheet.place,
        "several rows for most patients: no table of patients",
        action,
        column=plan.written("USUBJID"),
        value=f"{shown(several.iloc[0])} in lines {lines}",
    )


def no_subjects(sheets, plans, proposal):
    action = (
        "Name the column of the patient identifiers so (USUBJID, patient_id, 编号 ...), or add one (1, 2, 3 ...), or"
        " the sheet of patients."
    )
    places = [s for s in sheets if s.place in proposal.unused] or sheets
    return [
        Finding(
            s.place,
            Message("no table of patients: {why}", why=proposal.unused.get(s.place, "several rows a patient")),
            action,
        )
        for s in places
    ]

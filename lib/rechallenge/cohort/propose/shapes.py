"""Sheets that are no table of patients by their shape: side by side, several rows a patient."""

import re

from papercheck.files.findings import Finding, Message, shown

from .identified import id_score


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
    """A sheet of one column, of tables side by side, or that has several rows for most patients: none is a patient."""
    ids = plan.sheet.cells(plan.written("USUBJID"))
    ids = ids[ids != ""]
    whole = plan.sheet.whole if plan.sheet.whole is not None else plan.sheet.frame
    if whole.shape[1] == 1 and UNSPLIT.search(str(whole.columns[0])):
        rule = "one column alone: the cells of a line are not told apart"
        action = (
            "Save the table as .xlsx, or as .csv with commas, semicolons or tabs between the cells, and import that."
        )
        yield Finding(plan.sheet.place, rule, action, column=shown(whole.columns[0]))
    yield from _side_by_side(plan.sheet)
    several = ids[ids.duplicated(keep=False)]
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

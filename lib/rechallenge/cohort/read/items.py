"""A sheet with a row for each item of a patient (patient, item, value): the items become columns, a row a patient."""

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, further, shown

from ..declare.source import identifiers, written_cells


def _parts(frame, rule):
    """The patient, item and value of each row that names the first two."""
    cells = {"i": written_cells(frame[rule.by]).str.strip(), "v": written_cells(frame[rule.value]).str.strip()}
    found = pd.DataFrame({"p": identifiers(frame[rule.id]), **cells})
    return found[(found["p"] != "") & (found["i"] != "")]


def items_as_columns(frame, rule) -> pd.DataFrame:
    """One row a patient with a column for each item; the first filled cell of an item holds. The other columns of the
    sheet are left. The index is the first line of the patient.

    rule : `id`, `by` and `value`, the columns of the patient, of the item and of what it is.
    """
    parts = _parts(frame, rule)
    first, filled = parts.drop_duplicates("p"), parts[parts["v"] != ""].drop_duplicates(["p", "i"])
    found = filled.pivot(index="p", columns="i", values="v")
    found = found.reindex(index=first["p"], columns=list(dict.fromkeys(parts["i"]))).astype(object)
    found = found.where(found.notna(), None)
    found.insert(0, rule.id, first["p"].to_numpy())
    return found.set_axis(pd.Index(first.index, name=frame.index.name)).rename_axis(columns=None)


def faults_of_items(frame, rule, file):
    """Columns that are not there; items of a patient that stand twice with different values: which holds?"""
    for name in (n for n in (rule.id, rule.by, rule.value) if n not in frame):
        words = Message("`{key}` names a column that {file} does not have", key="items", file=file)
        action = Message("Look at the column names in {file}.", file=file)
        yield Finding("cohort.yml", words, action, column="tables.adsl.items", value=shown(name))
        return
    parts = _parts(frame, rule)
    parts = parts[parts["v"] != ""]
    bad = parts[parts["v"] != parts.groupby(["p", "i"])["v"].transform("first")]
    words, action = "an item of one patient stands twice with different values", "Keep the row that holds."
    for line, row in bad.iloc[:LIMIT].iterrows():
        yield Finding(
            file, words, action, row=int(line), column=shown(row["i"]), subject=shown(row["p"]), value=shown(row["v"])
        )
    yield from further(file, words, rule.by, len(bad) - LIMIT)

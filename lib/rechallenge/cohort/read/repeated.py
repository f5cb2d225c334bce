"""A sheet with a row for each event or assessment that repeats what is known once of the patient."""

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, further, shown

from ..declare.source import identifiers, written_cells


def patients_once(frame, id_column, columns) -> pd.DataFrame:
    """One row a patient of a frame with several: the first filled cell of each column. The index is the first line."""
    keys = identifiers(frame[id_column])
    kept = frame[[id_column, *(c for c in columns if c in frame and c != id_column)]][keys != ""]
    keys = keys[keys != ""]
    found = kept.groupby(keys.to_numpy(), sort=False).first()
    found.index = pd.Index(keys.index[~keys.duplicated()], name=frame.index.name)
    return found


def faults_of_repeats(frame, id_column, columns, file):
    """Cells that should be the same in all rows of a patient and differ; columns that are not there."""
    for name in (c for c in columns if c not in frame):
        rule, action = (
            Message("`{key}` names a column that {file} does not have", key="once", file=file),
            Message("Look at the column names in {file}.", file=file),
        )
        yield Finding("cohort.yml", rule, action, column="tables.adsl.once", value=shown(name))
    keys = identifiers(frame[id_column])
    for name in (c for c in columns if c in frame):
        words = written_cells(frame[name]).str.strip().replace("", None)
        first = words.groupby(keys.to_numpy()).transform("first")
        bad = words.notna() & (words != first) & (keys != "")
        rule, action = "differs among the rows of one patient; the first is read", "Write the same in each row."
        for line in frame.index[bad.to_numpy()][:LIMIT]:
            value, subject = shown(words[line]), shown(keys[line])
            yield Finding(file, rule, action, row=int(line), column=name, subject=subject, value=value)
        yield from further(file, rule, name, int(bad.sum()) - LIMIT)

"""One row a subject to long tables: the shortcuts of the subject sheet become rows of adex, adtte, adrs and adtr."""

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, further
from papercheck.vocabulary.dictionary import load_dictionary

UNTOLD = "outcome-half"  # the id of what lacks its other half: a duration without its event, or the reverse


def feeds() -> dict:
    """{(table, ((key, value), ...)): {subject-sheet column: long column}} from the dictionary."""
    found = {}
    for column in load_dictionary()["adsl"].columns.values():
        if column.feeds:
            fixed = {k: v for k, v in column.feeds.items() if k not in ("table", "column")}
            group = found.setdefault((column.feeds["table"], tuple(sorted(fixed.items()))), {})
            group[column.name] = column.feeds["column"]
    return found


def spread(tables) -> tuple[dict, list[Finding]]:
    """Move the shortcut columns of adsl into the long tables. Rows keep the (file, line) they came from."""
    tables, faults = dict(tables), []
    adsl = tables["adsl"]
    for (table, fixed), columns in feeds().items():
        present = [c for c in columns if c in adsl]
        if not present:
            continue
        rows = adsl[["USUBJID", *present]].dropna(subset=present, how="all").rename(columns=columns)
        rows = rows.assign(**dict(fixed))
        needed = {"adex": "ASTDT", "adtte": "AVAL", "adrs": "AVALC", "adtr": "PCHG"}[table]
        required = [needed, "EVENT"] if table == "adtte" else [needed]
        for long in required:
            source = next(c for c, target in columns.items() if target == long)
            lacking = rows if long not in rows else rows[rows[long].isna()]
            rule = Message(
                "{column} is missing while {other} is given", column=source, other=[p for p in present if p != source]
            )
            others = ", ".join(p for p in present if p != source)
            fill = Message("Fill in {column}; where it is not known, empty {others} too.", column=source, others=others)
            for index, row in lacking.iloc[:LIMIT].iterrows():
                faults.append(
                    Finding(
                        index[0],
                        rule,
                        fill,
                        row=index[1],
                        column=source,
                        subject=str(row["USUBJID"]),
                        id=UNTOLD,
                    )
                )
            if len(lacking) > LIMIT:
                faults += further(lacking.index[LIMIT][0], rule, source, len(lacking) - LIMIT)
        if all(long in rows for long in required):
            rows = rows.dropna(subset=required)
            tables[table] = pd.concat([tables[table], rows]) if table in tables else rows
    shortcuts = [c for group in feeds().values() for c in group if c in adsl]
    tables["adsl"] = adsl.drop(columns=shortcuts)
    return {name: frame for name, frame in tables.items() if name == "adsl" or len(frame)}, faults


def written_as(table, column, row, file) -> str:
    """The name under which a long column stands in `file`: its own, or that of the shortcut in the subject sheet."""
    if table in file.lower():
        return column
    for (target, fixed), columns in feeds().items():
        if target == table and all(row.get(k) == v for k, v in fixed):
            for source, long in columns.items():
                if long == column or (long, column) == ("EVENT", "CNSR"):
                    return source
    return column

"""pandera schemas made from the data dictionary, and their failures as findings."""

import pandera.pandas as pa

from papercheck.files.findings import LIMIT, Finding, did_you_mean, further, header_row, shown
from papercheck.vocabulary.dictionary import allowed_text, load_dictionary

from ..read.reshape import written_as

DTYPES = {"number": float, "integer": float, "flag": float, "date": "datetime64[ns]"}


def table_schema(name, meta, present) -> pa.DataFrameSchema:
    """The schema of one table for this cohort: required columns, levels, ranges."""
    columns = {}
    specs = dict(load_dictionary()[name].columns)
    if name == "adsl":
        specs |= {k: c for k, c in meta.factors.items() if k not in meta.groupings}
    for column in specs.values():
        if column.required or column.name in present:
            checks = []
            if column.levels:
                checks.append(pa.Check.isin(list(column.levels), error="level"))
            if column.range:
                checks.append(pa.Check.in_range(*column.range, error="range"))
            columns[column.name] = pa.Column(
                DTYPES.get(column.type), checks, nullable=not column.required, required=column.required
            )
    return pa.DataFrameSchema(columns)


def schema_findings(name, frame, meta) -> list[Finding]:
    """Missing required columns and cells, unknown levels, values out of range."""
    try:
        table_schema(name, meta, frame.columns).validate(frame.reset_index(), lazy=True)
        return []
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    file = frame.index[0][0] if len(frame) else name
    found, counts = [], {}
    turn = cases.groupby(["column", "check"], dropna=False).cumcount()
    for case in cases[turn < LIMIT].itertuples():
        if case.check == "column_in_dataframe":
            column = load_dictionary()[name].columns[case.failure_case]
            rule, action = (
                "a required column is missing",
                f"Add {column.name} ({column.label}) or map it under `columns`.",
            )
            found.append(Finding(file, rule, action, row=header_row(file), column=column.name))
            continue
        if case.index is None:  # dtype of an all-empty column
            continue
        place = frame.index[int(case.index)]
        column = meta.column(name, case.column)
        subject = frame["USUBJID"].iloc[int(case.index)] if "USUBJID" in frame else ""
        if case.check == "level":
            rule, action, value = "unknown level", did_you_mean(case.failure_case, column.levels), case.failure_case
        elif case.check == "range":
            unit = f" {column.unit}" if column.unit not in ("", "time") else ""
            rule, action, value = f"outside {allowed_text(column)}{unit}", "Correct the value.", case.failure_case
        else:
            rule, action, value = "a required value is missing", f"Fill in: {column.label}.", ""
        counts[case.column, case.check] = place[0], rule
        found.append(
            Finding(place[0], rule, action, row=place[1], column=written_as(name, case.column, frame.iloc[int(case.index)], place[0]),
                    subject=shown(subject), value=shown(f"{value:g}" if isinstance(value, float) else value))
        )  # fmt: skip
    for case in cases[turn == LIMIT].itertuples():
        if (case.column, case.check) in counts:
            more = ((cases["column"] == case.column) & (cases["check"] == case.check)).sum() - LIMIT
            found += further(*counts[case.column, case.check], case.column, int(more))
    return found

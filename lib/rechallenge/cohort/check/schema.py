"""What the data dictionary asks of a table: required columns and cells, levels, ranges."""

from dataclasses import replace

from papercheck.files.findings import Finding, Message, did_you_mean, header_row
from papercheck.vocabulary.dictionary import allowed_text, load_dictionary

from ..read.flag import flag_rows

LENIENT = {"rule": "unknown level, which counts as not recorded", "severity": "warning"}


def schema_findings(name, frame, meta) -> list[Finding]:
    """Missing required columns and cells, unknown levels, values out of range; frame : typed, by (file, line)."""
    specs = dict(load_dictionary()[name].columns)
    if name == "adsl":
        specs |= {k: c for k, c in meta.factors.items() if k not in meta.groupings}
    file = frame.index[0][0] if len(frame) else name
    return [f for column in specs.values() for f in _column_findings(name, file, frame, column)]


def _column_findings(name, file, frame, column):
    if column.name not in frame:
        if column.required:
            action = Message(
                "Add {column} ({label}) or map it under `columns`.", column=column.name, label=column.label
            )
            yield Finding(file, "a required column is missing", action, row=header_row(file), column=column.name)
        return
    cells = frame[column.name]
    if column.required:
        rule, action = "a required value is missing", Message("Fill in: {label}.", label=column.label)
        if cells.isna().any():
            yield from flag_rows(frame, cells.isna(), name, Finding("", rule, action, column=column.name))
    if column.levels:
        bad = cells.notna() & ~cells.isin([*column.levels, *column.not_known])
        unknown = Finding("", "unknown level", "Correct the cells.", column=column.name)
        for finding in flag_rows(frame, bad, name, unknown) if bad.any() else ():
            known = did_you_mean(finding.value, column.levels) if finding.value else finding.action
            yield replace(finding, action=known, **LENIENT) if column.lenient else replace(finding, action=known)
    if column.range:
        unit = f" {column.unit}" if column.unit not in ("", "time") else ""
        rule = Message("outside {allowed}{unit}", allowed=allowed_text(column), unit=unit)
        low, high = column.range
        bad = (cells < low) | (cells > high)
        if bad.any():
            yield from flag_rows(frame, bad, name, Finding("", rule, "Correct the value.", column=column.name))

"""A REDCap export with its data dictionary: labels, coded values, checkboxes, repeated instruments, events.

Source: the export of REDCap: a checkbox field makes a column field___code for each choice; the data dictionary holds
choices as `1, Male | 2, Female`.
"""

import re
from dataclasses import dataclass, field, replace

from papercheck.files.findings import shown

from ..declare.source import written_cells
from ..read.join import set_beside
from ..read.layout import FORM_ENDS
from .look import Part as Beside
from .look import Sheet
from .words import means_unknown, same

NAME = ("Variable / Field Name", "field_name")
COLUMNS = {"label": ("Field Label", "field_label"), "type": ("Field Type", "field_type"),
           "choices": ("Choices, Calculations, OR Slider Labels", "Choices OR Calculations", "select_choices_or_calculations"),
           "form": ("Form Name", "form_name")}  # fmt: skip
INSTRUMENT = ("redcap_repeat_instrument", "Repeat Instrument")
INSTANCE = ("redcap_repeat_instance", "Repeat Instance")
EVENT = ("redcap_event_name", "Event Name")
OWN = (*INSTRUMENT, *INSTANCE, *EVENT, "redcap_data_access_group", "Data Access Group", "redcap_survey_identifier")
BOX = re.compile(r"^(?P<field>.+?)___(?P<code>.+)$")
LABELLED_BOX = re.compile(r"^(?P<field>.+?)\s*\(choice=(?P<code>.+)\)$")
NONE = (
    "none",
    "no",
    "none of the above",
    "none of these",
    "not any",
    "no metastasis",
    "no metastases",
    "无",
    "没有",
    "以上都无",
    "以上都没有",
)
FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}


@dataclass(frozen=True)
class Field:
    """A field of the data dictionary: label, type, {code: label}, form."""

    label: str = ""
    type: str = ""
    choices: dict = field(default_factory=dict)
    form: str = ""


def is_dictionary(sheet) -> bool:
    """Whether a sheet is a REDCap data dictionary."""
    return any(n in sheet.frame.columns for n in NAME) and any(n in sheet.frame.columns for n in COLUMNS["type"])


def is_export(sheet) -> bool:
    """Whether a sheet looks like a REDCap export."""
    columns = sheet.frame.columns
    return any(c in OWN for c in columns) or any(BOX.match(c) or LABELLED_BOX.match(c) for c in columns)


def read_dictionary(sheet) -> dict[str, Field]:
    """The fields by name."""
    pick = {key: next((n for n in names if n in sheet.frame.columns), None) for key, names in COLUMNS.items()}
    names = sheet.cells(next(n for n in NAME if n in sheet.frame.columns))
    parts = {key: sheet.cells(column) if column else names.map(lambda _: "") for key, column in pick.items()}
    found = {}
    for line, name in names.items():
        kind = parts["type"][line].strip().lower()
        label = re.sub(r"<[^>]*>", " ", parts["label"][line])
        choices = FIXED.get(kind) or (
            _choices(parts["choices"][line]) if kind in ("radio", "dropdown", "checkbox") else {}
        )
        found[name.strip()] = Field(shown(label), kind, choices, parts["form"][line].strip())
    return found


def _choices(text) -> dict[str, str]:
    """`1, Male | 2, Female` as {1: Male, 2: Female}."""
    pairs = [part.split(",", 1) for part in text.split("|") if "," in part]
    return {code.strip(): shown(re.sub(r"<[^>]*>", " ", label)) for code, label in pairs}


def annotate(sheet, fields):
    """Give the columns of an export the labels and codes of the data dictionary."""
    by_label = {}
    for name, entry in fields.items():
        by_label.setdefault(entry.label, name)
    for column in sheet.frame.columns:
        box = BOX.match(column) or LABELLED_BOX.match(column)
        name = box["field"] if box else column
        entry = fields.get(name) or fields.get(by_label.get(name, ""))
        if entry is None:
            continue
        if box:
            label = next((v for k, v in entry.choices.items() if _box_code(k) == box["code"].lower()), box["code"])
            sheet.labels[column], sheet.codes[column] = f"{entry.label}: {label}", {"1": "Yes", "0": "No"}
        else:
            sheet.labels[column] = entry.label
            if entry.choices and not set(sheet.cells(column)) & set(entry.choices.values()):
                sheet.codes[column] = entry.choices


def _box_code(code) -> str:
    """A choice's code as the name of its column spells it."""
    return re.sub(r"[^a-z0-9]", "_", code.lower())


def checkboxes(sheet, columns) -> dict[str, dict]:
    """{field: {none: column or '', boxes: [columns], form: column of completeness or ''}} of the checkbox fields."""
    found = {}
    for column in columns:
        box = BOX.match(column) or LABELLED_BOX.match(column)
        if box:
            entry = found.setdefault(box["field"], {"none": "", "boxes": []})
            said = sheet.label(column).rsplit(": ", 1)[-1] if BOX.match(column) else box["code"]
            if not entry["none"] and any(same(word, said) for word in NONE):
                entry["none"] = column
            elif not means_unknown(said):
                entry["boxes"].append(column)
    for entry in found.values():
        entry["form"] = _form_of(sheet, entry["boxes"])
    return {name: entry for name, entry in found.items() if entry["boxes"]}


def _form_of(sheet, boxes) -> str:
    """The column that says whether the form of some boxes was filled in: the first one of completeness behind them."""
    names = list(sheet.frame.columns)
    places = [names.index(b) for b in boxes if b in names]
    behind = names[max(places) :] if places else []
    return next((n for n in behind if _ends_form(n)), "")


def _ends_form(name) -> bool:
    """Whether a column says that a form is complete."""
    return name.endswith("_complete") or name.split(" (column ")[0].lower() == FORM_ENDS


@dataclass(frozen=True)
class Part:
    """One table inside an export: the repeated instrument ('' for the records), its rows, the columns filled there."""

    instrument: str
    sheet: Sheet
    keep: dict
    columns: list
    why: str


def parts(sheet) -> list[Part]:
    """The tables inside an export: the records, then each repeated instrument."""
    frame = sheet.frame
    names = [c for c in frame.columns if c not in OWN and not _ends_form(c)]
    repeat = next((c for c in INSTRUMENT if c in frame.columns), None)
    if repeat is None:
        return [_records(sheet, {}, frame, names)]
    cells, found = sheet.cells(repeat), []
    for instrument in sorted(set(cells)):
        rows, keep = frame[cells == instrument], {repeat: [instrument]}
        filled = [c for c in names if c == names[0] or rows[c].notna().any()]
        filled += [c for c in names if not instrument and frame[c].isna().all()]
        if instrument:
            why = f"the repeated instrument {shown(instrument)}"
            found.append(Part(instrument, replace(sheet, frame=rows), keep, filled, why))
        else:
            found.append(_records(sheet, keep, rows, filled))
    return found


def _records(sheet, keep, rows, columns) -> Part:
    """The rows of no repeated instrument; with several events, those of the one with most on record."""
    event = next((c for c in EVENT if c in rows.columns), None)
    why = "rows of no repeated instrument: one row a record" if keep else ""
    if event is not None and rows[event].nunique() > 1:
        most = rows.notna().sum(axis=1).groupby(written_cells(rows[event])).sum().idxmax()
        keep, rows = {**keep, event: [most]}, rows[written_cells(rows[event]) == most]
        names, columns = columns, [c for c in columns if rows[c].notna().any()]
        why = f"the event {shown(most)} has most on record"
        rows, parts, unread = _of_other_events(sheet, rows, event, names, columns, keep)
        columns = [*columns, *(c for part in parts for c in part.columns)]
        why += f"; filled several times at other events, and not read: {', '.join(unread)}" if unread else ""
        return Part("", replace(sheet, frame=rows, parts=parts), keep, columns, why)
    return Part("", replace(sheet, frame=rows), keep, columns, why)


def _of_other_events(sheet, rows, event, names, had, keep):
    """The rows with the columns that other events alone fill, where an event fills them once a record: the rows, the
    parts that say so, and the columns that stay unread."""
    every, parts, record = sheet.frame, [], names[0]
    for column, cells in keep.items():
        every = every[written_cells(every[column]).isin(cells)] if column != event else every
    for name in dict.fromkeys(written_cells(every[event])):
        there = every[written_cells(every[event]) == name]
        taken = [c for c in names if c not in had and there[c].notna().any()]
        if taken and not there[record].duplicated().any():
            rows = set_beside(rows, record, there, record, taken)
            had = [*had, *taken]
            parts.append(Beside(sheet, record, tuple(taken), {**keep, event: [name]}))
    return rows, parts, [c for c in names if c not in had and every[c].notna().any()]

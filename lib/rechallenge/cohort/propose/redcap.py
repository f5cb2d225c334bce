"""A REDCap export with its data dictionary: labels, coded values, checkboxes, repeated instruments, events.

Source: the export of REDCap: a checkbox field makes a column field___code for each choice; the data dictionary holds
choices as `1, Male | 2, Female`.
"""

import re
from dataclasses import dataclass, field, replace

from papercheck.files.findings import shown

from ..read.column_names import FORM_ENDS
from ..read.courses import CALLED
from .courses import put_side_by_side
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
    return next((n for n in behind if ends_form(n)), "")


def ends_form(name) -> bool:
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
    """The tables inside an export: the records, then each repeated instrument that is not read with them."""
    frame = sheet.frame
    names = fields(frame)
    repeat = column_of(frame, INSTRUMENT)
    cells, found = sheet.cells(repeat) if repeat else None, []
    events = sheet.courses.values if sheet.courses else {}
    for instrument in sorted(set(cells)) if repeat else ():
        if instrument and instrument not in (sheet.courses.rows.get(repeat, ()) if sheet.courses else ()):
            rows, why = frame[cells == instrument], f"the repeated instrument {shown(instrument)}"
            filled = [c for c in names if c == names[0] or rows[c].notna().any()]
            found.append(
                Part(
                    instrument,
                    replace(sheet, frame=rows, courses=None, events=events),
                    {repeat: [instrument]},
                    filled,
                    why,
                )
            )
    return [_records(sheet, names, repeat), *found]


def _records(sheet, names, repeat) -> Part:
    """One row a record: the rows of no repeated instrument, or all that are put side by side."""
    if sheet.courses:
        whole = replace(
            sheet, **{k: dict(getattr(sheet, k)) for k in ("labels", "codes", "groups", "missing", "signs")}
        )
        whole.id = names[0]
        put_side_by_side(whole, sheet.courses)
        kept = [
            c for c in whole.frame if _field_of(c) not in OWN and (c in sheet.frame or whole.frame[c].notna().any())
        ]
        whole.frame = whole.frame[kept]
        of_visits = {c for entry in sheet.assessed.values() for c in entry.own}
        mine = [c for c in whole.frame.columns if _field_of(c) in names and _field_of(c) not in of_visits]
        return Part("", whole, {}, mine, "")
    if not repeat:
        return Part("", replace(sheet), {}, names, "")
    rows = sheet.frame[sheet.cells(repeat) == ""]
    filled = [c for c in names if c == names[0] or rows[c].notna().any() or sheet.frame[c].isna().all()]
    return Part(
        "", replace(sheet, frame=rows), {repeat: [""]}, filled, "rows of no repeated instrument: one row a record"
    )


def _field_of(name) -> str:
    """A column without the course that is put before it."""
    return next((name.removeprefix(f"{c} ") for c in CALLED if name.startswith(f"{c} ")), name)


def fields(frame) -> list:
    """The columns of the forms, that of the record first."""
    return [c for c in frame.columns if c not in OWN and not ends_form(c)]


def column_of(frame, names) -> str:
    """The one of some names that a frame has, or ''."""
    return next((n for n in names if n in frame.columns), "")

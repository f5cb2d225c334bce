"""Where a table stands, if not in a file of its own name: `tables` in cohort.yml, and the rows that it takes from there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, did_you_mean, further, shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.dates import read_date_formats

DECIMALS = (".", ",")
TICKED, UNTICKED = ("1", "checked"), ("0", "unchecked")


@dataclass(frozen=True)
class Source:
    """One entry of `tables`. `rows` keeps and `skip` drops rows by {written column: cells} ("" is an empty cell);
    `set` gives a column that the file lacks the same value in every row; `checkboxes` are {name: (none, boxes)}."""

    file: str
    sheet: str = ""
    header: int = 0
    encoding: str = ""
    decimal: str = ""
    rows: Mapping[str, tuple] = field(default_factory=dict)
    skip: Mapping[str, tuple] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, tuple] = field(default_factory=dict)
    ignore: tuple = ()
    checkboxes: Mapping[str, tuple] = field(default_factory=dict)


KEYS = {"file": str, "sheet": str, "header": int, "encoding": str, "decimal": str, "rows": dict, "skip": dict,
        "set": dict, "columns": dict, "values": dict, "dates": (str, list, dict), "ignore": list,
        "checkboxes": dict}  # fmt: skip


def read_sources(declared, known, fault) -> dict[str, Source]:
    """`tables` of cohort.yml; known : columns that a mapping may aim at; fault(path, rule, action, value) takes faults."""
    found = {}
    for table, entry in declared.items():
        path = ("tables", str(table))
        if table not in load_dictionary():
            fault(path, "not a table", did_you_mean(table, load_dictionary()), table)
        elif not isinstance(entry, dict) or "file" not in entry:
            fault(path, "a table needs the `file` that it stands in", "Such as `adsl: {file: study.sav}`.", entry)
        else:
            found[str(table)] = _source(entry, known, path, fault)
    return found


def _source(entry, known, path, fault) -> Source:
    good = {}
    for key, value in entry.items():
        if key not in KEYS:
            fault(path + (str(key),), "unknown key", did_you_mean(key, KEYS), key)
        elif KEYS[key] is str and not isinstance(value, dict | list | None):
            good[key] = str(value)
        elif value is not None and (not isinstance(value, KEYS[key]) or isinstance(value, bool)):
            fault(path + (str(key),), "not what this key takes", "See the examples in data/README.md.", value)
        elif value is not None:
            good[key] = value
    file = good.get("file", "")
    if "/" in file or "\\" in file or file.startswith("."):
        fault(path + ("file",), "not a file of the cohort's folder", "Put the file there and name it alone.", file)
    if good.get("decimal", ".") not in DECIMALS:
        fault(path + ("decimal",), "the decimal mark is a point or a comma", 'Write `decimal: ","`.', good["decimal"])
    for key in ("rows", "skip"):
        good[key] = {str(k): _cells(v) for k, v in good.get(key, {}).items()}
    good["set"] = {str(k): str(v) for k, v in good.get("set", {}).items()}
    for name in good["set"]:
        if name not in load_dictionary()[path[1]].columns:
            names = load_dictionary()[path[1]].columns
            fault(path + ("set", name), "not a column of the table", did_you_mean(name, names), name)
    good["columns"] = read_mapping(good.get("columns", {}), known, path + ("columns",), fault)
    good["values"] = read_values(good.get("values", {}), known, path + ("values",), fault)
    good["dates"] = read_date_formats(good.get("dates"), known, path + ("dates",), fault)
    good["ignore"] = tuple(str(c) for c in good.get("ignore", []))
    good["checkboxes"] = _checkboxes(good.get("checkboxes", {}), path + ("checkboxes",), fault)
    return Source(**good)


def _cells(value) -> tuple:
    return tuple("" if v is None else str(v) for v in (value if isinstance(value, list) else [value]))


def _checkboxes(declared, path, fault):
    found = {}
    for name, entry in declared.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("boxes"), list):
            fault(path + (str(name),), "expected `boxes: [columns]`, and `none: column` if one box means none",
                  "Mend this entry.", entry)  # fmt: skip
        else:
            found[str(name)] = str(entry.get("none") or ""), tuple(str(b) for b in entry["boxes"])
    return found


def read_mapping(declared, known, path, fault) -> dict[str, str]:
    """{written column: column of the dictionary}."""
    columns = {str(k): str(v) for k, v in declared.items()}
    for source, target in columns.items():
        if target not in known:
            fault(path + (source,), "unknown column on the right", did_you_mean(target, sorted(known)), target)
    return columns


def read_values(declared, known, path, fault) -> dict[str, dict[str, str]]:
    """{column: {written cell: meant}}."""
    values = {}
    for name, mapping in declared.items():
        if not isinstance(mapping, dict) or name not in known:
            action = did_you_mean(name, sorted(known))
            fault(path + (str(name),), "expected COLUMN: {written: meant}", action, mapping)
        else:
            values[str(name)] = {str(k): str(v) for k, v in mapping.items()}
    return values


def written_cells(column: pd.Series) -> pd.Series:
    """The cells of any column as a person writes them: '' where empty, 1 for 1.0, ISO dates."""
    if column.dtype.kind == "M":
        return column.dt.strftime("%Y-%m-%d").fillna("")
    if column.dtype.kind in "fiu":
        codes, values = pd.factorize(column)
        words = [str(int(v)) if float(v).is_integer() else f"{v:.15g}" for v in values]
        return pd.Series(pd.array([*words, ""], dtype=object)[codes], index=column.index)
    return column.astype(object).where(column.notna(), "").astype(str)


def subject_column(frame, meta) -> str:
    """The written column of the subject identifiers, or ''; meta : the facts as they hold for the table."""
    return next((c for c in frame.columns if meta.columns.get(c, c) == "USUBJID"), "")


def subjects_of(frame, meta) -> set:
    """The subjects of a table as written."""
    column = subject_column(frame, meta)
    return set(frame[column].dropna()) if column else set()


def _line(lines, table, name) -> int | None:
    """The line of cohort.yml that names a column of a table's file, else that of the table."""
    entry = ("tables", table)
    places = [path for path in lines if path[:2] == entry and path[-1] == name]
    return lines.get(places[0]) if places else lines.get(entry)


def take_rows(table, file, frame, source, lines) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows and columns that a source gives to its table, and what its declaration gets wrong.

    frame : as read; the columns of `set` are added. lines : of the keys of cohort.yml. Findings name cohort.yml for a column that the file lacks.
    """
    faults, wanted = [], [*source.columns, *source.rows, *source.skip, *source.ignore]
    for none, boxes in source.checkboxes.values():
        wanted += [none, *boxes]
    for name in dict.fromkeys(w for w in wanted if w and w not in frame.columns):
        rule = f"`tables` names a column that {file} does not have"
        near = get_close_matches(name, map(str, frame.columns), n=3, cutoff=0.5)
        action = f"Did you mean {' or '.join(near)}?" if near else f"Look at the column names in {file}."
        faults.append(Finding("cohort.yml", rule, action, row=_line(lines, table, name), column=f"tables.{table}", value=shown(name)))
    keep = pd.Series(True, index=frame.index)
    for kept, conditions in ((True, source.rows), (False, source.skip)):
        for name, cells in conditions.items():
            if name in frame.columns:
                keep &= written_cells(frame[name]).isin(cells) == kept
    frame = frame[keep]
    if not len(frame) and not faults:
        faults.append(Finding(file, f"no row is left for {table}", "Check `rows` and `skip` in cohort.yml."))
    faults += _box_findings(file, frame, source)
    given = {c for c in frame.columns if source.columns.get(c, c) in source.set}
    return frame.drop(columns=list(given)).assign(**source.set), faults


def _box_findings(file, frame, source):
    """Boxes that hold neither a tick nor none, and 'none' ticked beside another box."""
    id_column = subject_column(frame, source)
    for name, (none, boxes) in source.checkboxes.items():
        cells = {c: written_cells(frame[c]).str.strip().str.lower() for c in (none, *boxes) if c in frame.columns}
        for column, words in cells.items():
            bad = ~words.isin((*TICKED, *UNTICKED, ""))
            action = "Write 1 (ticked) or 0; Checked and Unchecked are read as well."
            yield from _flagged(file, frame, id_column, bad, column, f"not a tick of the checkbox {name}", action)
        if none in cells:
            for column in (b for b in boxes if b in cells):
                both = cells[none].isin(TICKED) & cells[column].isin(TICKED)
                rule = f"the checkbox {name} contradicts itself: {none} (none of them) is ticked as well"
                yield from _flagged(file, frame, id_column, both, column, rule, "Untick one of the two.")


def _flagged(file, frame, id_column, bad, column, rule, action):
    for line, row in frame[bad].iloc[:LIMIT].iterrows():
        subject = shown(row.get(id_column, ""))
        yield Finding(file, rule, action, row=line, column=column, subject=subject, value=shown(row[column]))
    yield from further(file, rule, column, int(bad.sum()) - LIMIT)


def missing_file(folder, source, table, lines) -> Finding:
    """The finding for a source whose file is not there."""
    present = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != "cohort.yml")
    rule = "`tables` names a file that the folder does not hold"
    return Finding("cohort.yml", rule, did_you_mean(source.file, present), row=lines.get(("tables", table, "file")),
                   column=f"tables.{table}.file", value=shown(source.file))  # fmt: skip

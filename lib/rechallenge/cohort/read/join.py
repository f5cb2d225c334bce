"""Columns of another sheet of the same patients, set beside those of the first: baseline here, follow-up there."""

import re
import unicodedata
from dataclasses import replace

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, further, shown

from ..declare.source import Source, identifiers, missing_file, written_cells
from .courses import CALLED, CELL
from .courses import LINES as OF_COURSE
from .dates import FORMATS, meanings, read_dates
from .event_columns import at_its_event
from .grid import place_of
from .visits import PIECE, at_its_visit

NEXT = 10_000_000  # what is added to the lines of each further sheet of other patients: a line tells its sheet
PROGRESSIONS = ("PDDT_RECHALLENGE", "PDDT_INITIAL")
DEAD = ("DTHFL", "OS_EVENT")  # flags of death
PLACE = (
    "file",
    "sheet",
    "header",
    "first_row",
    "last_row",
    "omit_rows",
    "encoding",
    "signs",
    "date_parts",
    "merge_rows",
    "called",
)
LINES = "(lines of part {})"  # a column of the joined frame: where each patient stands on the other sheet


def own_source(part) -> Source:
    """The sheet of a part as a source of its own."""
    place = {
        k: getattr(part, k)
        for k in ("file", "sheet", "header", "first_row", "last_row", "omit_rows", "encoding", "signs", "date_parts")
    }
    return Source(**place, columns={part.by: "USUBJID"}, called=getattr(part, "called", ""))


def paired(keys: pd.Series, others: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Identifiers of two sheets as they are compared: 001 of one is 1 of the other, where all are numbers and stay
    different without their zeros; ＬＣ－1 is lc-1, where all stay different so; P001 is p-1, or 1, as in by_number."""
    folded = [part.map(_folded) for part in (keys, others)]
    if all(part.nunique() == own.nunique() for part, own in zip(folded, (keys, others), strict=True)):
        keys, others = folded
    bare = [part.str.replace(r"^0+(?=\d)", "", regex=True) for part in (keys, others)]
    numbers = all(part[part != ""].str.fullmatch(r"\d+").all() for part in bare)
    alike = all(part.nunique() == own.nunique() for part, own in zip(bare, (keys, others), strict=True))
    return (bare[0], bare[1]) if numbers and alike else by_number(keys, others) or (keys, others)


def by_number(keys: pd.Series, others: pd.Series) -> tuple[pd.Series, pd.Series] | None:
    """The numbers of identifiers that have no other sign of each other: P001 of one sheet is p-1, or 1, of the other,
    where every identifier of a sheet has the same letters before its number, the letters of both are the same or one
    sheet has none, and half of the patients of the smaller sheet are found so. None where it is not so."""
    parts = [part.map(_folded).str.extract(r"^(?:([^\W\d_]*)[\W_]*0*(\d+))?$").fillna("") for part in (keys, others)]
    named = [part[own != ""] for part, own in zip(parts, (keys, others), strict=True)]
    letters = {*named[0][0]} | {*named[1][0]}
    whole = all(len(part) and (part[1] != "").all() and part[0].nunique() == 1 for part in named)
    if not whole or len(letters - {""}) != 1 or {*keys} & {*others} - {""}:
        return None
    numbers = [part[1] for part in parts]
    if any(part.nunique() != own.nunique() for part, own in zip(numbers, (keys, others), strict=True)):
        return None
    common = {*named[0][1]} & {*named[1][1]}
    return (numbers[0], numbers[1]) if 2 * len(common) >= min(part[1].nunique() for part in named) else None


def _folded(word) -> str:
    """An identifier without width, case, blanks and kinds of dashes."""
    return re.sub(r"[\s\u200b\ufeff]+", "", re.sub(r"[‐-―−－]", "-", unicodedata.normalize("NFKC", word))).casefold()


def as_subjects_are_written(tables, column_of) -> dict:
    """The tables with each identifier as the subjects have it: 001 of one table is 1 of the other, as `paired` compares
    them. tables : {table: (file, frame)}; column_of(table, frame) gives the column of identifiers, '' for none."""
    if "adsl" not in tables or not column_of("adsl", tables["adsl"][1]):
        return tables
    known, found = identifiers(tables["adsl"][1][column_of("adsl", tables["adsl"][1])]), dict(tables)
    for table, (file, frame) in tables.items():
        column = column_of(table, frame) if table != "adsl" else ""
        ids = identifiers(frame[column]) if column else known
        if ids.isin([*known, ""]).all():
            continue
        keys, others = paired(known, ids)
        written = others.map(dict(zip(keys, known, strict=True)))
        found[table] = file, frame.assign(**{column: written.where(written.notna(), ids).replace("", None)})
    return found


def set_beside(frame, id_column, other, by, columns, lines="") -> pd.DataFrame:
    """A frame with columns of another one, patient by patient;
    lines : name of a column that tells the rows of the other.
    """
    keys, others = paired(identifiers(frame[id_column]), identifiers(other[by]))
    rows = other.assign(**{lines: other.index}) if lines else other
    rows = rows.set_index(others)
    rows = rows[~rows.index.duplicated() & (rows.index != "")]
    of_cells = [c for c in other if lines and str(c).startswith(f"{lines} ")]
    taken = rows[[*columns, *([lines] if lines else []), *of_cells]].reindex(keys)
    taken.index = frame.index
    return pd.concat([frame.drop(columns=[c for c in taken if c in frame]), taken], axis=1)


def one_row_each(frame, by, columns, first, order, formats=(), lines="") -> tuple[pd.DataFrame, pd.Series]:
    """The visits of patients as one row a patient, and the dates of visits that cannot be read.

    by : the column of identifiers; of each of `columns` the last cell that is filled is taken, or the first one (those
    in `first`), in order of the dates in the column `order` ('' : of the lines), written in one of `formats`;
    lines : what the names of columns begin with that tell the line of each cell, '' for none of them.
    """
    words = written_cells(frame[order]) if order else pd.Series("", index=frame.index)
    days = read_dates(
        words.replace("", None), formats or [f for w in words.unique() for f in meanings(w) if f in FORMATS]
    )
    unread = words[(words != "") & days.isna()]
    ids = identifiers(frame[by])
    frame, ids = (part.loc[days.sort_values(kind="stable", na_position="first").index] for part in (frame, ids))
    found = {by: ids.groupby(ids.to_numpy(), sort=False).first()}
    for name in columns:
        cells = frame[name].where(written_cells(frame[name]).str.strip() != "").dropna()
        rows = pd.Series(cells.index, index=ids.loc[cells.index].to_numpy())
        rows = rows[~rows.index.duplicated(keep="first" if name in first else "last")]
        found[name] = pd.Series(cells.loc[rows.to_numpy()].to_numpy(), index=rows.index)
        if lines:
            found[f"{lines} {name}"] = rows
    whole = pd.DataFrame(found).reindex(found[by].index)
    kept = pd.Series(frame.index, index=ids.to_numpy())
    whole.index = pd.Index(kept[~kept.index.duplicated(keep="last")].reindex(whole.index), name=frame.index.name)
    return whole[whole[by] != ""], unread


def _visits(other, part, number, source, faults):
    """The sheet of a part with several visits a patient as one row a patient."""
    formats = list(dict.fromkeys(f for target, own in source.dates.items() for f in own))
    lines = LINES.format(number + 1)
    frame, unread = one_row_each(other, part.by, part.columns, part.first, part.order, formats, lines)
    rule = "the date of a visit cannot be read, so that nobody knows which visit is the last"
    action = "Write it as 2024-03-05, or say under `dates` how it is written."
    for line, word in unread[:LIMIT].items():
        faults.append(Finding(place_of(part), rule, action, row=int(line), column=part.order, value=shown(word)))
    faults += further(place_of(part), rule, part.order, len(unread) - LIMIT)
    faults += list(_contradictions(other, frame, part, source))
    return frame


def _contradictions(other, frame, part, source):
    """A death at one visit that a later one denies, and two dates of one death."""
    ids = identifiers(other[part.by])
    for name in (n for n in part.columns if source.columns.get(n) in (*DEAD, "DTHDT", *PROGRESSIONS)):
        target, cells = source.columns[name], written_cells(other[name]).str.strip()
        read = ids.map(frame.set_index(part.by)[name])
        read = written_cells(read.astype(object)).str.strip()
        if target in DEAD:
            meant = source.values.get(target, {})
            dead = {word for word in cells if meant.get(word, word) in ("1", "Y")}
            bad = cells.isin(dead) & ~read.isin(dead)
            rule, action = "a death at this visit; a later visit says otherwise", "Correct the visit that is wrong."
        else:
            bad = (cells != "") & (cells != read)
            rule, action = "two visits give two dates of death", "Correct the one that is wrong."
        severity = "warning" if target in PROGRESSIONS else "error"
        if target in PROGRESSIONS:
            rule = "two visits give two dates of progression; the first visit is read"
        for line in other.index[bad][:LIMIT]:
            yield Finding(
                place_of(part), rule, action, row=int(line), column=name, subject=shown(ids[line]),
                value=shown(cells[line]), against=shown(read[line]), severity=severity,
            )  # fmt: skip
        yield from further(place_of(part), rule, name, int(bad.sum()) - LIMIT)


def join_parts(folder, frame, id_column, source, read) -> tuple[pd.DataFrame, list[Finding]]:
    """The frame of a source with the columns of its parts (`join` in cohort.yml), and what does not fit together.

    read(path, source) gives the frame of another source and its faults.
    """
    faults: list[Finding] = []
    for number, part in enumerate(source.join):
        other = part_frame(folder, part, "join", read, faults, part.rows)
        if other is None or not id_column:
            continue
        if part.first or part.last:
            other = _visits(other, part, number, source, faults)
        faults += list(_strangers(frame, id_column, other, part, source))
        frame = set_beside(frame, id_column, other, part.by, part.columns, LINES.format(number + 1))
    return frame, faults


def part_frame(folder, part, entry, read, faults, rows=None) -> pd.DataFrame | None:
    """The sheet of a part that `entry` of cohort.yml names, or None; what is not there goes to `faults`.

    rows : {column: cells} of the lines that are taken, all without.
    """
    path, place = folder / part.file, place_of(part)
    if not path.is_file():
        faults.append(missing_file(folder, part, "adsl", {}))
        return None
    frame, more = read(path, own_source(part))
    faults += more
    if frame is None:
        return None
    if getattr(part, "fill_down", False) and part.by in frame:
        frame = frame.assign(**{part.by: frame[part.by].ffill()})
    for name, cells in (rows or {}).items():
        frame = frame[written_cells(frame[name]).isin(cells)] if name in frame else frame.iloc[:0]
    order = getattr(part, "order", "")
    lacking = [c for c in (part.by, *part.columns, *([order] if order else [])) if c not in frame]
    if not lacking:
        return frame
    rule = Message("`{key}` names a column that {file} does not have", key=entry, file=place)
    action = Message("Look at the column names in {file}.", file=place)
    faults.append(Finding("cohort.yml", rule, action, column=f"tables.adsl.{entry}", value=shown(lacking[0])))
    return None


def _strangers(frame, id_column, other, part, source):
    """Patients who stand twice on a part, or on it alone: none may be lost unsaid."""
    known, ids = paired(identifiers(frame[id_column]), identifiers(other[part.by]))
    known = set(known)
    place, first = place_of(part), place_of(source)
    kinds = (
        (ids.duplicated() & (ids != ""), "the patient stands twice on a sheet that is joined", "Keep one of the lines."),
        (~ids.isin(known) & (ids != ""), f"a patient who is not on {first}, to which this sheet is joined",
         "Add the patient there, correct the identifier, or delete the line."),
    )  # fmt: skip
    for bad, rule, action in kinds:
        for line in ids.index[bad][:LIMIT]:
            yield Finding(place, rule, action, row=int(line), column=part.by, value=shown(ids[line]))
        yield from further(place, rule, part.by, int(bad.sum()) - LIMIT)


def at_their_sheets(findings, raw, meta) -> list[Finding]:
    """The findings on cells of a joined sheet with that sheet and its line, as a person looks for them."""
    found, sources = [], [(raw[t][0], meta.sources[t]) for t in raw if t in meta.sources]
    wide = [(f, at_its_visit, s.visits) for f, s in sources if s.visits]
    wide += [(f, at_its_event, s.events) for f, s in sources if s.events]
    wide += [(f, lambda finding, _: replace(finding, row=finding.row % PIECE), s) for f, s in sources if s.separate]
    for finding in findings:
        for place, declared in ((put, d) for file, put, d in wide if finding.row and file == finding.file):
            finding = place(finding, declared)
        table = next((t for t, (file, _) in raw.items() if file == finding.file), None)
        source = meta.sources.get(table)
        composed = source and finding.row and (source.join or source.below or source.courses)
        found.append(_there(finding, raw[table][1], source) if composed else finding)
    return found


def _there(finding, frame, source):
    below, row = divmod(finding.row, NEXT)
    if below:
        return replace(finding, file=place_of(source.below[below - 1]), row=row)
    names = {finding.column, *(n for n, target in source.columns.items() if target == finding.column)}
    places = {LINES.format(number + 1): part for number, part in enumerate(source.join) if names & set(part.columns)}
    if source.courses:
        places |= {CELL.format(n): None for n in sorted(names) if CELL.format(n) in frame}
        places |= {OF_COURSE.format(c): None for c in CALLED if any(n.startswith(f"{c} ") for n in names)}
    visits = {f"{lines} {n}": part for lines, part in places.items() for n in sorted(names) if part}
    for lines, part in ({n: p for n, p in visits.items() if n in frame} | places).items():
        if lines in frame and finding.row in frame.index:
            line = frame.at[finding.row, lines]
            at = place_of(part) if part else finding.file
            return finding if pd.isna(line) else replace(finding, file=at, row=int(line))
    return finding

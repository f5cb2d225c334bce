"""Whether the cells of a column can be what a column of the dictionary asks for, and how its codes translate."""

import re
from dataclasses import dataclass, field

import pandas as pd

from papercheck.files.findings import shown

from ..read.dates import RIVALS, likely_dates, read_dates
from .words import level_of, means_unknown, synonyms, tokens

MOST = 0.5  # share of the cells that must be readable for a column to be placed
CODE = re.compile(r"^\d{1,2}$")
COMMA = re.compile(r"^[-+]?\d+,\d+$")


@dataclass
class Fit:
    """`values` : {cell: code}, `dates` : formats to declare, `open_dates` : those to choose from; `notes` say why, `unsettled` what a person must decide."""

    share: float = 1.0
    values: dict = field(default_factory=dict)
    dates: tuple = ()
    open_dates: list = field(default_factory=list)
    comma: bool = False
    notes: list = field(default_factory=list)
    unsettled: list = field(default_factory=list)


def fit(sheet, name, column) -> Fit:
    """How the column `name` of a sheet fits a column of the dictionary."""
    cells = sheet.cells(name)
    counts = cells[cells != ""].value_counts()
    labels = sheet.codes.get(name, {})
    unknown = {w: "NA" for w in counts.index if means_unknown(w) or w in labels and means_unknown(labels[w])}
    unknown = {w: c for w, c in unknown.items() if not (column.levels and level_of(labels.get(w, w), column))}
    known = counts[~counts.index.isin(list(unknown))]
    if column.type in ("number", "integer"):
        found = _number(known, column)
    elif column.type == "date":
        found = _date(known, sheet.counts_from)
    elif column.type in ("coded", "flag"):
        found = _coded(known, labels, column, name, sheet.label(name))
    else:
        return Fit()
    found.values |= unknown
    found.values = dict(sorted(found.values.items()))
    if unknown:
        words = ", ".join(f"{shown(w)}{f' ({shown(labels[w])})' if w in labels else ''}" for w in list(unknown)[:4])
        found.notes.append(f"{words}: not known")
    found.notes += declared_missing(sheet, name)
    return found


def declared_missing(sheet, name) -> list[str]:
    """The note on the codes that the file itself declares as missing."""
    return [f"{', '.join(sheet.missing[name])}: missing, as the file declares"] if sheet.missing.get(name) else []


def _share(counts, good) -> float:
    return float(counts[good].sum() / counts.sum()) if len(counts) else 0.0


def _number(counts, column) -> Fit:
    words = pd.Series(counts.index.astype(str), index=counts.index)
    commas = words.str.match(COMMA)
    if column.unit == "%":
        words = words.str.removesuffix("%").str.rstrip()
    comma = bool(commas.any() and not words.str.contains(r"\.").any())
    numbers = pd.to_numeric(words.str.replace(",", ".") if comma else words, errors="coerce")
    good = numbers.notna()
    if column.range:
        inside = numbers.between(*column.range)
        if _share(counts, inside) < MOST:
            return Fit(0.0)
    found = Fit(_share(counts, good), comma=comma)
    bad = [shown(w) for w in counts.index[~good]][:4]
    if bad and found.share >= MOST:
        found.unsettled.append(f"not numbers: {', '.join(bad)}")
    return found


def _date(counts, counts_from) -> Fit:
    """The formats that a column needs, declared only where the cells leave one reading."""
    words = pd.Series(counts.index.astype(str), index=counts.index)
    left = words[read_dates(words).isna()]
    can = {name: dates.notna() for name, dates in likely_dates(left).items()}
    readable = pd.Series(False, index=left.index)
    for mask in can.values():
        readable |= mask
    found = Fit(_share(counts, ~counts.index.isin(left.index[~readable])))
    if found.share < MOST or left.empty:
        return found
    chosen = []
    for name, mask in can.items():
        others = [can[r] for rivals in RIVALS if name in rivals for r in rivals if r != name]
        alone = mask.copy()
        for other in others:
            alone &= ~other
        rivalled = any(o.any() and (o & ~mask).any() for o in others)
        if alone.any() and not rivalled:
            chosen.append(name)
            found.notes.append(f"{left[alone].iloc[0]} can only be {name}")
    found.dates = tuple(chosen)
    settled = read_dates(left, tuple(chosen)).notna() if chosen else pd.Series(False, index=left.index)
    open_ = left[readable & ~settled]
    if len(open_):
        formats = [name for name, mask in can.items() if mask[open_.index].any()]
        cells = ", ".join(shown(w) for w in open_[:3])
        found.open_dates = formats
        counted = f" (this workbook counts its days from {counts_from})" if counts_from and "excel-1900" in formats else ""
        found.unsettled.append(
            f"{len(open_)} cells such as {cells} are no dates in one reading: declare {' or '.join(formats)}{counted}"
        )
    return found


def _coded(counts, labels, column, name, label) -> Fit:
    values, open_, unlabelled = {}, [], []
    for word in counts.index:
        meant = level_of(labels[word], column) if word in labels else level_of(word, column)
        plain_flag = column.type == "flag" and word in ("0", "1") and word not in labels
        if meant and meant != word:
            values[word] = meant
        elif not meant and not plain_flag:
            open_.append(word)
            if CODE.match(word) and word not in labels:
                unlabelled.append(word)
    for word, said in labels.items():  # codes that nobody has so far: the next export may hold them
        meant = level_of(said, column)
        if meant and meant != word:
            values.setdefault(word, meant)
    found = Fit(_share(counts, ~counts.index.isin(open_)), values)
    if column.type == "flag" and unlabelled:
        found.share = 0.0  # 1 and 2: which is the event?
    if column.type == "flag":
        _censoring(found, counts, labels, name, label)
    shown_values = [f"{shown(w)} = {shown(labels[w])}" for w in sorted(values) if w in labels][:5]
    if shown_values:
        found.notes.append(", ".join(shown_values))
    if unlabelled:
        codes = ", ".join(column.levels or ("1", "0"))
        found.unsettled.append(
            f"codes {', '.join(unlabelled[:5])} without labels: which is which of {codes}? "
            f"Say so under `columns` and `values: {{{column.name}: {{{unlabelled[0]}: ...}}}}`"
        )
    elif open_:
        found.unsettled.append(f"not a level of {column.name}: {', '.join(shown(w) for w in open_[:4])}")
    return found


def _censoring(found, counts, labels, name, label):
    """A flag that says censored by name has its 1 and 0 the other way round, unless its codes have labels."""
    if any(w in labels for w in counts.index) or not set(counts.index) <= {"0", "1"}:
        return
    words = set(tokens(name)) | set(tokens(label))
    if words & set(synonyms()["censor_words"]):
        found.values |= {"1": "0", "0": "1"}
        found.notes.append("its name says censored: 1 becomes 0 (no event)")
    else:
        found.notes.append("1 is taken as the event")


def as_number(sheet, name, column) -> dict | None:
    """The number that a coded column is cut from, if the cells are such numbers and not codes."""
    rule = synonyms()["as_number"].get(column.name)
    if not rule or sheet.codes.get(name):
        return None
    cells = sheet.cells(name)
    words = cells[(cells != "") & ~cells.map(means_unknown)].str.removesuffix("%").str.strip()
    numbers = pd.to_numeric(words, errors="coerce")
    return rule if len(numbers) and numbers.notna().mean() > 0.9 and numbers.max() > 4 else None

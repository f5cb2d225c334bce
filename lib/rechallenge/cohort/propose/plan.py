"""One table of the proposal: what it takes from a sheet, and what of the sheet it leaves."""

import re
from dataclasses import dataclass, field

import numpy as np

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..read.dates import means_date
from ..read.signs import NO_SIGN, means_ended, means_followed
from .fit import Fit, as_number, counts_of, fit
from .look import Sheet
from .match import LEFT_OUT, NO_SUCH, Match, match_columns, number_behind
from .questions import Reason, joined

TIED = (("PFS1", "PFS1_EVENT"), ("PFSR", "PFSR_EVENT"), ("OS", "OS_EVENT"))  # neither is read without the other
NEEDS = {
    f"{column}_{course}": f"ASTDT_{course}"
    for course in ("INITIAL", "RECHALLENGE")
    for column in ("AENDT", "PDDT", "TRT")
} | {"PFSR_CAUSE": "PFSR"}
BOXES = {"checked", "unchecked"}  # how REDCap writes a box in an export of labels
ZERO_DATE, ZERO_TIME = "ZERODT", "ZEROTM"  # from when survival counts, if from before rechallenge; the time until it
FOLLOWED = "FOLLOWED"  # the time that each patient was followed
LEVELS = 6  # most levels of a column that is offered as a factor


@dataclass
class TablePlan:
    """An entry of `tables` in cohort.yml with its reasons.

    `columns` : {written: column}; `why` : {written: reason}; `values` and `dates` by column of the dictionary, with
    `notes` on both; `unsettled` : [(written, what a person must decide)]; `left` : {written: why it is not placed};
    `factors` : declared ones, `offered` : ones to choose from, `renamed` : {factor: written} where the name cannot be
    that of a factor; `open_dates` : formats to choose from, by column of the dictionary; `source_why` : {key of the
    entry: reason}.
    """

    table: str
    sheet: Sheet
    columns: dict = field(default_factory=dict)
    why: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    dates: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    unsettled: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)
    skip: dict = field(default_factory=dict)
    set: dict = field(default_factory=dict)
    ignore: list = field(default_factory=list)
    separate: dict = field(default_factory=dict)
    checkboxes: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)
    factors: dict = field(default_factory=dict)
    offered: dict = field(default_factory=dict)
    renamed: dict = field(default_factory=dict)
    open_dates: dict = field(default_factory=dict)
    source_why: dict = field(default_factory=dict)
    fits: dict = field(default_factory=dict)
    split: dict = field(default_factory=dict)
    scales: dict = field(default_factory=dict)
    partial: dict = field(default_factory=dict)
    confirmed: dict = field(default_factory=dict)
    course: str = "RECHALLENGE"  # of what names no course; '' : of none
    chosen: dict = field(default_factory=dict)  # {written: column} that a person chose
    lost: list = field(
        default_factory=list
    )  # columns of the dictionary taken out for want of the start of their course
    halves: dict = field(default_factory=dict)  # durations taken out for want of their event, and the reverse
    decimal: str = ""
    beside: tuple = ()  # the other tables of the proposal
    late_entry: dict = field(default_factory=dict)  # of survival from a diagnosis, as in cohort.yml
    follow_up_time: bool = False  # whether a time of follow-up stands for empty times of those without the event
    born: str = ""  # the column of the births from which ages are computed
    alive_on: object = None  # the day to which everybody without a death or last contact on record was followed

    def written(self, target) -> str:
        """The written column that is placed under `target`, or ''."""
        return next((name for name, t in self.columns.items() if t == target), "")

    def cells_of(self, target):
        """The cells of a placed column as they are translated, '' where nothing is known."""
        name = self.written(target) or next((n for n, r in self.split.items() if target in (r["date"], r["other"])), "")
        meant = self.values.get(target, {})
        return self.sheet.cells(name).map(lambda cell: "" if meant.get(cell) == "NA" else meant.get(cell, cell))

    @property
    def read(self):
        """Which rows of the sheet are read: those that `skip` does not leave out."""
        kept = [~self.sheet.cells(name).isin(list(cells)) for name, cells in self.skip.items()]
        return np.logical_and.reduce([[True] * len(self.sheet.frame), *kept])

    def column(self, target) -> Column:
        """The definition of a column that the plan gives, declared factors among them."""
        known = load_dictionary()[self.table].columns
        if target in known:
            return known[target]
        if target == ZERO_DATE:
            return Column(target, self.table, target, "date")
        factor = self.factors.get(target, {})
        return Column(target, self.table, factor.get("label", target), "number", factor.get("unit", ""))

    def unsettled_of(self, target) -> list[str]:
        """What is open of a column, split ones among them."""
        written = self.written(target) or next(
            (n for n, r in self.split.items() if target in (r["date"], r["other"])), ""
        )
        own = [text for name, text in self.unsettled if name == written]
        return own or (self.fits[target].unsettled if target in self.fits and written in self.split else [])

    def settle(self, names, about):
        """Strike what is open of some written columns, where the text holds one of the words in `about`."""
        self.unsettled = [(n, t) for n, t in self.unsettled if n not in names or not any(a in t for a in about)]
        for target, found in self.fits.items():
            written = self.written(target) or next(
                (n for n, r in self.split.items() if target in (r["date"], r["other"])), ""
            )
            if written in names:
                found.unsettled = [t for t in found.unsettled if not any(a in t for a in about)]

    def place_as(self, name, target, why):
        """Place a written column as a person chose."""
        self.left.pop(name, None)
        if name in self.columns:
            self.unplace(name, "")
            del self.left[name]
        column = self.column(target)
        number = as_number(self.sheet, name, column)
        found = fit(self.sheet, name, number_behind(number) if number else column)
        (_place_number if number else _place)(self, Match(name, target, 200, why, found, number))
        if why == "chosen":
            self.chosen[name] = target

    def rename(self, name, target):
        """Give a placed column another place, with all that is known of it."""
        old = self.columns[name]
        self.columns[name] = target
        for part in (self.values, self.dates, self.notes, self.open_dates, self.fits):
            if old in part:
                part[target] = part.pop(old)

    @property
    def start(self) -> str:
        """The column of the start of the course that the plan is of, or ''."""
        return f"ASTDT_{self.course}" if self.course else ""

    @property
    def ends(self) -> bool:
        """Whether it is said who died and until when the others were
        seen, by dates or durations, here or in a table beside.
        """
        had = set(self.columns.values())
        dated = any(rule["other"] for rule in self.split.values()) or {"DTHDT", "LSTALVDT"} <= had
        return "adtte" in self.beside or dated or bool(had & {"OS", "PFSR", "PFS1"})

    @property
    def lost_choices(self) -> dict:
        """{written: column} of what a person chose and the plan does not read."""
        return {n: t for n, t in self.chosen.items() if n in self.left and self.left[n] not in ("", LEFT_OUT)}

    @property
    def tells(self) -> bool:
        """Whether a table says more than when: a sum of lesions needs a size."""
        return self.table != "adtr" or bool(self.written("SDIAM") or self.written("PCHG"))

    def missing(self) -> list[str]:
        """Required columns that the plan does not give."""
        columns = load_dictionary()[self.table].columns.values()
        had = {*self.columns.values(), *self.set}
        return [c.name for c in columns if c.required and c.name not in had]

    def unplace(self, name, why):
        """Take a column out of the plan."""
        target = self.columns.pop(name)
        for part in (
            self.why,
            self.values,
            self.dates,
            self.fits,
            self.open_dates,
            self.notes,
            self.partial,
            self.confirmed,
        ):
            part.pop(name if part is self.why else target, None)
        self.unsettled = [(n, text) for n, text in self.unsettled if n != name]
        self.left[name] = why


def plan_table(sheet, table, columns=None, least=0, course="RECHALLENGE", placed=()) -> TablePlan:
    """The plan of one table from a sheet, or from some of its columns. least : score below which nothing is placed;
    course and placed : as match_columns takes them."""
    matches = match_columns(sheet, table, columns, course, placed)
    plan = TablePlan(table, sheet, left=dict(matches.left), course=course)
    for match in (matches.placed[c] for c in sheet.frame.columns if c in matches.placed):
        if match.score < least:
            plan.left[match.name] = NO_SUCH
        elif match.number:
            _place_number(plan, match)
        else:
            _place(plan, match)
    drop_halves(plan)
    if plan.written("AVAL") and not plan.written("CNSR"):
        _event_by_sign(plan, plan.written("AVAL"), "CNSR")
    _set_constants(plan, course)
    return plan


def _place(plan, match):
    plan.columns[match.name], plan.why[match.name] = match.target, match.why
    plan.fits[match.target] = match.fit
    if match.fit.values:
        plan.values[match.target] = match.fit.values
    if match.fit.dates:
        plan.dates[match.target] = match.fit.dates
    if match.fit.notes:
        plan.notes[match.target] = joined(match.fit.notes)
    if match.fit.open_dates:
        plan.open_dates[match.target] = match.fit.open_dates
    if match.fit.comma:
        plan.decimal = ","
    plan.unsettled += [(match.name, text) for text in match.fit.unsettled]


def _place_number(plan, match):
    rule = match.number
    numbers = dict(match.fit.values)
    plan.fits[rule["name"]] = match.fit
    if numbers:
        plan.values[rule["name"]] = numbers
    plan.columns[match.name], plan.why[match.name] = rule["name"], match.why
    plan.factors[rule["name"]] = {"label": rule["label"], "type": "number", "unit": rule["unit"], "per": 10}
    plan.factors[rule["group"]] = {
        "label": rule["grouped"],
        "from": rule["name"],
        "cut": rule["cut"],
        "levels": rule["levels"],
    }


def dated(sheet) -> bool:
    """Whether a column of a sheet holds dates, against which a flag of death can be held."""
    for name in sheet.frame.columns:
        cells = [c for c in sheet.cells(name).unique() if c][:20]
        if sum(means_date(c) and len(c) > 4 for c in cells) > 0.5 * len(cells):
            return True
    return False


def drop_halves(plan):
    """Take out what cannot be read alone: a duration without its event, a date of a course without its start."""
    split = {t for rule in plan.split.values() for t in (rule["date"], rule["other"])}
    if plan.written("OS") and plan.written("DTHFL") and not plan.written("OS_EVENT"):
        plan.rename(plan.written("DTHFL"), "OS_EVENT")
    for pair in TIED:
        have = [t for t in pair if plan.written(t)]
        if len(have) == 1 and not plan.set.keys() & set(pair):
            lacking = next(t for t in pair if t not in have)
            name = plan.written(have[0])
            if have[0] == "OS_EVENT" and not plan.written("DTHFL") and dated(plan.sheet):
                plan.rename(name, "DTHFL")
                plan.why[name] = joined([plan.why[name], Reason("held against dates")])
                continue
            if _event_by_sign(plan, name, lacking):
                continue
            plan.halves[name] = have[0]
            kind = "half" if lacking.endswith("_EVENT") else "no duration"
            plan.unplace(name, Reason(kind, target=have[0], lacking=lacking))
    for target, needed in NEEDS.items():
        if plan.written(target) and not plan.written(needed) and needed not in split:
            plan.lost.append(target)
            plan.unplace(plan.written(target), Reason("needs", target=target, lacking=needed))


def _event_by_sign(plan, name, target) -> bool:
    """Place the signs beside the numbers of a duration as its event (10.6+), where no column says it."""
    sign = plan.sheet.signs.get(name)
    if not sign or not target.endswith(("_EVENT", "CNSR")):
        return False
    one, none = ("0", "1") if target == "CNSR" else ("1", "0")
    found = {NO_SIGN: one}
    for word in counts_of(plan.sheet, sign):
        found |= {word: none} if means_followed(word) else {word: one} if means_ended(word) else {}
    if any(means_ended(word) for word in found):
        del found[NO_SIGN]
    _place(plan, Match(sign, target, 0, joined([Reason("signs"), plan.why[name]]), Fit(values=found)))
    return True


def _set_constants(plan, course):
    """The course and the kind of row, where no column gives them."""
    columns = load_dictionary()[plan.table].columns
    if plan.table == "adsl":
        return
    if "APHASE" in columns and not plan.written("APHASE"):
        plan.set["APHASE"] = course or "RECHALLENGE"
        plan.source_why["set"] = (
            f"no column names the course: taken as {'the first' if course == 'INITIAL' else 'rechallenge'}"
        )
    if plan.table == "adrs" and not plan.written("PARAMCD"):
        plan.set["PARAMCD"] = "OVR" if plan.written("ADT") else "BOR"


def shadowed(plan) -> list[str]:
    """Columns left out that would be read all the same, because they are called like a column of the dictionary."""
    spec = load_dictionary()[plan.table].columns
    names = {c.lower() for c in spec} | {c.label.lower() for c in spec.values()}
    left = [n for n, why in plan.left.items() if why == LEFT_OUT]
    return [n for n in plan.sheet.frame.columns if n not in plan.columns and (n.lower() in names or n in left)]


def _own_name(name, taken) -> str:
    """What a column is called as a factor: its letters and figures, numbered where another is called so."""
    short = re.sub(r"\W+", "_", name).strip("_")[:40] or "COLUMN"
    numbered = (f"{short[:37]}_{k}" for k in range(2, 1000))
    return short if short not in taken else next(n for n in numbered if n not in taken)


def offer_factors(plan):
    """Columns left over that hold a few levels: lines for `factors`, to be chosen by a person."""
    if plan.table != "adsl":
        return
    none = {entry["none"] for entry in plan.checkboxes.values()}
    for name in (n for n in plan.left if n not in none):
        if not 1 < plan.sheet.frame[name].nunique() <= LEVELS:
            continue
        cells, labels = plan.sheet.cells(name), plan.sheet.codes.get(name, {})
        seen = sorted(set(cells) - {""}, key=lambda w: (len(w), w))
        if cells[cells != ""].value_counts().max() > 1:
            levels = {w: shown(labels.get(w, w)) for w in seen}
            if {w.lower() for w in seen} == BOXES:  # the reference comes first: not ticked
                levels = {seen[1]: "No", seen[0]: "Yes"}
            if len({v.lower() for v in levels.values()}) == len(levels):
                factor = _own_name(name, {*plan.offered, *plan.sheet.frame.columns} - {name})
                plan.offered[factor] = {"label": shown(plan.sheet.label(name) or name), "levels": levels}
                if factor != name:
                    plan.renamed[factor] = name

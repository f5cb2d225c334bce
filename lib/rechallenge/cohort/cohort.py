"""The door: a cohort folder in, a validated Cohort out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import (
    LIMIT,
    NOT_PRINTED,
    CohortError,
    Finding,
    Message,
    NotAvailable,
    did_you_mean,
    further,
    request_error,
)
from papercheck.files.memory import file_state, folder_state, last
from papercheck.files.project import check_folder, cohort_folders, data_folder
from papercheck.vocabulary.dictionary import Column, load_dictionary
from papercheck.vocabulary.units import Calendar

from ..context import PRIVACY, current
from ..text.language import say
from .check.questions import until_answered
from .check.rules import plausibility_findings
from .check.schema import schema_findings
from .check.written import Written
from .declare.meta import NOT_KNOWN, PROTECTED, Meta, load_meta
from .declare.source import with_all_rows
from .part import part_meta, part_named, take_part
from .privacy.cleaner import clean_text
from .privacy.elsewhere import elsewhere
from .privacy.identifying import Identifying, identifying
from .privacy.profile import is_protected, profiled
from .read.birth import with_ages
from .read.by_date import placed_by_date
from .read.join import at_their_sheets
from .read.left_out import shape
from .read.parse import EMPTY, type_table
from .read.readers import read_tables
from .read.reshape import UNTOLD, feeds, spread


def list_cohorts() -> list[str]:
    """Names of the folders that hold a cohort.yml."""
    return [path.parent.name for path in cohort_folders("cohort.yml")]


NEEDS_ROWS = "needs the table {name} ({label}): one row for each {row}, with {columns}."
NEEDS_ROWS_OR_COLUMNS = (
    "needs the table {name} ({label}): one row for each {row}, with {columns}; or simply {shortcuts} in adsl."
)


@dataclass(frozen=True, eq=False)  # one is equal to itself alone: frames have no truth
class Cohort:
    """A validated cohort: facts (`meta`), the tables it has, and the warnings of the checks.

    Coded columns are ordered categoricals. Treat the frames as read-only. profile : under which privacy profile it is
    seen;
    cutoffs : the data cut-off on the clock of each subject, where each has its own; None where one date holds for all.
    shortcuts : the columns of adsl that stood for rows of other tables, those without a value included.
    """

    meta: Meta
    tables: Mapping[str, pd.DataFrame]
    warnings: tuple[Finding, ...] = ()
    factors: tuple[str, ...] = field(default=())
    profile: str = PRIVACY[0]
    cutoffs: pd.Series | None = None
    shortcuts: frozenset[str] = frozenset()

    def table(self, name, *columns) -> pd.DataFrame:
        """A table, or NotAvailable with one sentence on what the cohort would need."""
        spec = load_dictionary()[name]
        if name not in self.tables and self.meta.reconstructed:
            lacking, why = say(spec.label), say(NOT_PRINTED)
            raise NotAvailable(say("needs {what} (table {name}): {why}.", what=lacking.lower(), name=name, why=why))
        if name not in self.tables:
            required = ", ".join(c.name for c in spec.columns.values() if c.required)
            shortcuts = [c for (table, _), columns in feeds().items() if table == name for c in columns]
            shown = {"name": name, "label": say(spec.label).lower(), "row": say(spec.row), "columns": required}
            if shortcuts:
                raise NotAvailable(say(NEEDS_ROWS_OR_COLUMNS, shortcuts=", ".join(shortcuts), **shown))
            raise NotAvailable(say(NEEDS_ROWS, **shown))
        lacking = [c for c in columns if c not in self.tables[name] or self.tables[name][c].isna().all()]
        if lacking:
            named = ", ".join(f"{c} ({say(spec.columns[c].label).lower()})" for c in lacking)
            raise NotAvailable(say("needs {named} in the table {name}.", named=named, name=name))
        return self.tables[name]

    def factor(self, name) -> Column:
        """The definition of a subgroup column of this cohort. Raises CohortError for a name it does not have."""
        if name not in self.factors:
            raise request_error(
                Message("{name} is not a factor of {cohort}", name=name, cohort=self.meta.name),
                did_you_mean(name, self.factors),
                name,
            )
        return self.meta.factors[name]

    def about(self, name) -> str:
        """The column that a factor is about: that which its groups are made from, or its own."""
        return self.meta.groupings[name].source if name in self.meta.groupings else name

    @property
    def calendar(self) -> Calendar:
        """How long a month of this cohort is (see papercheck.vocabulary.units)."""
        return self.meta.calendar

    @property
    def dated(self) -> bool:
        """Whether courses are dated, so that durations are counted in days."""
        return "adex" in self.tables


def _state(name):
    """What load_cohort depends on: the part that is meant, and the files of the folder."""
    part = part_named(name)
    return name, part, folder_state(data_folder() / str(part.cohort if part else name))


def data_folders(name) -> list[Path]:
    """The folders whose files enter the report of a cohort or study: its own, then those of the cohorts that it
    declares as `evidence`."""
    part = part_named(name)
    return [data_folder() / other for other in dict.fromkeys([str(part.cohort if part else name), *_evidence_of(name)])]


def _evidence_of(name) -> list[str]:
    """The cohorts that one declares as `evidence`; none where its cohort.yml cannot be read."""
    try:
        told = cohort_meta(name).evidence
    except CohortError:
        return []
    return [study.cohort for study in told.studies if study.cohort] if told else []


def load_cohort(name) -> Cohort:
    """Read and validate the cohort `data/<name>`, and let it be seen as the privacy profile of the run allows.

    The last one stays in memory until a file of its folder changes. Raises CohortError with every error and warning
    found; a Cohort that is returned has warnings only.
    """
    return _seen(name, current().privacy)


@last(lambda name, profile: (*_state(name), profile, *map(folder_state, data_folders(name)[1:])))
def _seen(name, profile):
    cohort = _whole(name)
    if not is_protected(cohort.meta, profile):
        return cohort
    part = part_named(name)
    folder = data_folder() / str(part.cohort if part else name)
    return profiled(cohort, profile, folder, telling(name))


@last(_state)
def _whole(name):
    cohort, findings = read_cohort(name)
    if cohort is None:
        raise CohortError(findings)
    return cohort


def telling(name, common="") -> Identifying:
    """What the files of a cohort, and of those whose patients enter its report, hold that would tell who somebody is.
    common : see privacy.identifying.
    """
    found = _telling(name, common)
    for other in dict.fromkeys(_evidence_of(name)):
        try:
            if cohort_meta(other).kind == PROTECTED:
                found = found.joined(_telling(other, common))
        except CohortError:  # what cannot be read enters no report
            continue
    return found


def _telling(name, common):
    folder, meta = data_folders(name)[0], cohort_meta(name)
    raw, _ = read_tables(folder, meta)
    found = identifying(raw, meta, common)
    whole = with_all_rows(meta)
    if whole is not meta:  # who is left out is a person too; a line of totals, which looks like no subject, is none
        more = identifying(read_tables(folder, whole)[0], whole, common)
        looks = {shape(subject) for subject in found.ids}
        found = found.joined(replace(more, ids=frozenset(i for i in more.ids if shape(i) in looks)))
    found = elsewhere(folder, raw, meta, found, common)
    return replace(found, days=found.days | {meta.data_cutoff}) if meta.data_cutoff else found


def told_title(name, profile) -> str:
    """The title of a cohort as a profile lets it be told, where the tables have not been read."""
    meta = cohort_meta(name)
    return clean_text(meta.title, telling(name)) if is_protected(meta, profile) else meta.title


def cohort_meta(name) -> Meta:
    """The facts of a cohort, or of the part of one that is called so. Raises CohortError for an unknown name."""
    part = part_named(name)
    whole = part.cohort if part else name
    if whole not in list_cohorts():
        raise request_error(Message("no cohort {cohort}", cohort=whole), did_you_mean(whole, list_cohorts()), whole)
    check_folder(data_folder() / whole, "cohort.yml")
    meta = _written_meta(data_folder() / whole)
    return part_meta(part, meta) if part else meta


@last(lambda folder: file_state(folder / "cohort.yml"))
def _written_meta(folder):
    return load_meta(folder)


def read_cohort(name, meta=None) -> tuple[Cohort | None, list[Finding]]:
    """The cohort (None if there is an error) and every finding,
    errors first. meta : facts in place of its cohort.yml.
    """
    part = part_named(name)
    whole = part.cohort if part else name
    try:
        meta = meta or cohort_meta(name)
    except CohortError as error:
        return None, error.findings
    raw, findings = read_tables(data_folder() / whole, meta)
    findings += _unknown_columns(raw, meta)
    tables = {}
    for table, (file, frame) in raw.items():
        tables[table], faults = type_table(table, file, frame, meta.of(table))
        tables[table] = _rescaled(tables[table], meta)
        if table == "adsl":
            tables[table] = _from_rechallenge(_censored_at_follow_up(tables[table], meta), meta)
        findings += faults
    findings = until_answered(findings, meta)
    if part and "adsl" in tables:
        try:
            tables, findings = take_part(part, tables, findings)
        except CohortError as error:
            return None, error.findings
    if "adsl" not in tables:
        if not any(f.severity == "error" for f in findings):
            action = "Add adsl.csv, or cohort.xlsx with a sheet adsl."
            findings.append(Finding("adsl.csv", "the table adsl (subjects) is missing", action))
        return None, _ordered(findings)
    shortcuts = frozenset(c for group in feeds().values() for c in group if c in tables["adsl"])
    tables, findings = _checked(tables, raw, meta, findings)
    if any(f.severity == "error" for f in findings):
        return None, findings
    tables = {table: _categories(table, frame, meta) for table, frame in tables.items()}
    factors = tuple(f for f in meta.factors if f in tables["adsl"] and tables["adsl"][f].notna().any())
    return Cohort(meta, tables, tuple(findings), factors, shortcuts=shortcuts), findings


def _unknown_columns(raw, meta):
    """Columns of `columns` in cohort.yml that no table has."""
    written = {column for _, frame in raw.values() for column in frame.columns}
    for source in (s for s in meta.columns if raw and s not in written):
        rule, action = "`columns` names a column that no table has", did_you_mean(source, sorted(written))
        yield Finding("cohort.yml", rule, action, row=meta.lines.get(("columns", source)), column=source)


def _checked(tables, raw, meta, findings):
    """The typed tables with what short columns of adsl stand for, and all findings, in order."""
    read_faults = {(f.file, f.row, f.column) for f in findings if f.severity == "error"}
    if "USUBJID" in tables["adsl"]:
        tables, faults = spread(tables)
        findings += [f for f in faults if (f.file, f.row, f.column) not in read_faults]
        tables, faults = with_ages(tables, raw, meta)
        findings += faults
        tables, faults = placed_by_date(tables)
        findings += [f for f in faults if (f.file, f.row, f.column) not in read_faults]
    tables = {table: _censoring(frame, findings) if table == "adtte" else frame for table, frame in tables.items()}
    read_faults = {(f.file, f.row, f.column) for f in findings if f.severity == "error"}
    for table, frame in tables.items():
        findings += [f for f in schema_findings(table, frame, meta) if (f.file, f.row, f.column) not in read_faults]
    written = Written(raw, meta)
    findings = [_as_confirmed(written.cell(f), meta) for f in findings]
    named = {(f.file, f.row, f.column, "total-row") for f in findings}  # a note between the rows is named once
    unread = {(f.file, f.row, f.column, "note") for f in findings if f.severity == "error"}  # named already
    found = plausibility_findings(tables, meta, raw)
    found = [f for f in found if (f.file, f.row, f.column, f.severity) not in unread]
    findings += [f for f in found if (f.file, f.row, f.column, f.id) not in named]
    return tables, _ordered(dict.fromkeys(at_their_sheets(findings, raw, meta)))


def _as_confirmed(finding, meta):
    """A missing half of an outcome of which a person said that its cell says nothing is told, and no error."""
    if finding.id != UNTOLD or meta.of("adsl").values.get(finding.column, {}).get(finding.value) not in EMPTY:
        return finding
    what = finding.column.removesuffix("_EVENT")
    rule = "whether it happened" if what != finding.column else "how long it took"
    rule = Message("{rule} is not known, as confirmed: left out of {what}", rule=Message(rule), what=what)
    return replace(finding, rule=rule, action="", severity="warning")


def _rescaled(frame, meta):
    """The columns of `scales`: fractions in percent, sums in mm, durations of another unit in that of the cohort."""
    scales = {name: scale for name, scale in meta.scales.items() if name in frame and scale != "percent"}
    convert, unit = meta.calendar.convert, meta.time_unit
    times = {"fraction": 100, "cm": 10}
    return frame.assign(
        **{n: frame[n] * times[s] if s in times else convert(frame[n], s, unit) for n, s in scales.items()}
    )


def _censored_at_follow_up(adsl, meta):
    """Durations that are empty where nobody had the event, filled with the time that each patient was followed."""
    ends = [(t, f"{t}_EVENT") for t in ("PFSR", "OS") if {t, f"{t}_EVENT", meta.follow_up_time} <= set(adsl)]
    followed = adsl.get(meta.follow_up_time)
    return adsl.assign(**{t: adsl[t].where(adsl[t].notna() | (adsl[event] != 0), followed) for t, event in ends})


def _from_rechallenge(adsl, meta):
    """Durations that count from before rechallenge, as `late_entry` says, without the time until it."""
    late = meta.late_entry
    counted = [name for name in late.durations if name in adsl] if late else []
    if late and late.zero_time in adsl:
        gap = adsl[late.zero_time]
    elif late and {late.zero_date, "ASTDT_RECHALLENGE"} <= set(adsl):
        days = (adsl["ASTDT_RECHALLENGE"] - adsl[late.zero_date]).dt.days
        gap = meta.calendar.convert(days.astype(float), "days", meta.time_unit)
    else:
        gap = np.nan
    return adsl.assign(**{name: adsl[name] - gap for name in counted})


def _ordered(findings):
    """Errors first, then warnings, then notes; each in the order of tables and rows."""
    tables, order = list(load_dictionary()), ("error", "warning", "note")
    place = lambda f: next((i for i, t in enumerate(tables) if t in f.file.lower()), -1)  # noqa: E731
    return sorted(findings, key=lambda f: (order.index(f.severity), place(f), f.file, f.row or 0))


def _censoring(adtte, findings):
    """CNSR from EVENT, the one place where 1 = event becomes 0 = event."""
    if "EVENT" not in adtte:
        return adtte
    from_event = 1 - adtte["EVENT"]
    cnsr = adtte["CNSR"].combine_first(from_event) if "CNSR" in adtte else from_event
    bad, rule = adtte["EVENT"].notna() & (cnsr + adtte["EVENT"] != 1), "EVENT and CNSR contradict each other"
    for index, row in adtte[bad].iloc[:LIMIT].iterrows():
        findings.append(
            Finding(
                index[0],
                rule,
                "Keep one of the two columns.",
                row=index[1],
                column="CNSR",
                subject=str(row["USUBJID"]),
            )
        )
    if bad.sum() > LIMIT:
        findings += further(adtte.index[bad][LIMIT][0], rule, "CNSR", int(bad.sum()) - LIMIT)
    return adtte.drop(columns="EVENT").assign(CNSR=cnsr)


def _categories(table, frame, meta):
    """Coded columns as ordered categoricals; whole numbers as integers; the file positions dropped."""
    frame = frame.reset_index(drop=True)
    for name in list(frame.columns):
        column = meta.column(table, name)
        states = frame[name].where(frame[name].isin(list(column.not_known))) if column.not_known else None
        if states is not None and states.notna().any():
            frame[f"{name}{NOT_KNOWN}"] = states
        if column.type == "coded":
            frame[name] = pd.Categorical(frame[name], list(column.levels), ordered=True)
        elif column.type in ("integer", "flag") and frame[name].notna().all():
            frame[name] = frame[name].astype(int)
    return frame

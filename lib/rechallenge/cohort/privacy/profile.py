"""The one place where a privacy profile is applied: between the files of a cohort and everything that is made of it.

`internal` changes nothing. `shared` and `strict` take out what names a person: identifiers become pseudonyms, dates
become days from each patient's own start, ages over 89 become 90, free text leaves as numbered terms, findings without
their values. What `strict` holds back of the results themselves stands in show/release.py. Pseudo-patients and public
data sets are no persons whom a report could betray: they stay as they are.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from papercheck.audit.finding import Message
from papercheck.files.findings import REQUEST, CohortError, Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ...context import PRIVACY
from ...text.days import ORIGIN, UNCOUNTED
from ..check.rules import RULES
from ..declare.meta import PROTECTED
from .cleaner import Cleaner
from .identifying import Identifying
from .pseudonyms import pseudonyms, secret_of
from .terms import coded, folded

INTERNAL, SHARED = PRIVACY[:2]
CUTOFF = dt.date(1949, 1, 1)  # between the two
OLDEST = 89  # the last age that is told; those above are one group (45 CFR 164.514(b)(2)(i)(C))
BIRTH = re.compile("birth|brth|born|出生", re.IGNORECASE)
OTHER_REASON = "Other reason"
REASONS = (
    "alive",
    "alive at last contact",
    "progression",
    "progressive disease",
    "disease progression",
    "death",
    "dead",
    "lost to follow-up",
    "lost to follow up",
    "withdrawal",
    "withdrew consent",
    "data cut-off",
    "cut-off",
    "censored",
    "last date on record",
    "last follow-up",
    "ongoing",
    "completed",
    "toxicity",
    "event",
    "no event",
    "进展",
    "死亡",
    "失访",
    "存活",
)


def is_protected(meta, profile: str) -> bool:
    """Whether a profile changes anything of a cohort of this kind."""
    return profile != INTERNAL and meta.kind == PROTECTED


def profiled(cohort, profile: str, folder, telling: Identifying):
    """The cohort as a profile lets it be seen. folder : where its secret is kept; telling : what its files hold of
    persons.

    Raises CohortError where the secret cannot be kept, where a factor parts ages that the profile tells as one group,
    or where the name of a column or of the folder tells who somebody is: names are ids and stay.
    """
    if not is_protected(cohort.meta, profile):
        return cohort
    _check_cuts(cohort, profile)
    _check_names(cohort, profile, telling)
    names = pseudonyms(cohort.tables["adsl"]["USUBJID"], secret_of(folder))
    names = _clear_of(names, telling.ids)
    zero = _starts(cohort)
    cleaner = Cleaner(telling, cohort.meta, cohort.tables["adsl"])
    tables = {table: _table(cohort, table, frame, names, zero, cleaner) for table, frame in cohort.tables.items()}
    meta = cleaner.facts(cohort.meta)
    tables["adsl"] = cleaner.levels(tables["adsl"])
    cutoffs = _cutoffs(cohort, names, zero)
    meta = replace(meta, data_cutoff=CUTOFF if cutoffs is not None else None)
    return replace(
        cohort,
        meta=meta,
        tables=tables,
        cutoffs=cutoffs,
        profile=profile,
        warnings=tuple(without_values(cohort.warnings, meta)),
    )


def told_by_another(meta) -> tuple[str, ...]:
    """The factors of whose column another factor is told under strict: two divisions of the same patients give by their
    differences what neither tells. The first of `subgroups` stays, else the arms of treatment, else the first declared.
    """
    divided = {}
    for name, factor in meta.factors.items():
        if factor.type != "number":
            source = meta.groupings[name].source if name in meta.groupings else name
            divided.setdefault(source, []).append(name)
    first = [*meta.subgroups, *([meta.treatment.arm] if meta.treatment else [])]
    kept = {next((n for n in first if n in names), names[0]) for names in divided.values()}
    return tuple(name for names in divided.values() for name in names if name not in kept)


def _check_cuts(cohort, profile):
    """No factor may part those above OLDEST: after the banding
    its groups would hold other patients than its names say.
    """
    adsl = cohort.tables["adsl"]
    for name, grouping in cohort.meta.groupings.items():
        late = [cut for cut in grouping.cut if cut > OLDEST + 1]
        if not late or grouping.source not in adsl or not _is_age(cohort.meta.column("adsl", grouping.source)):
            continue
        if (adsl[grouping.source] > OLDEST).any():
            rule = Message(
                "cuts an age at {late}, and {profile} tells ages over {oldest} as one group",
                late=f"{late[0]:g}",
                profile=profile,
                oldest=OLDEST,
            )
            action = Message("Cut at {oldest} at most, or make the report with --profile internal.", oldest=OLDEST + 1)
            raise CohortError([Finding("cohort.yml", rule, action, None, f"factors.{name}.cut", name, f"{late[0]:g}")])
    for name, factor in cohort.meta.factors.items():
        if name in adsl and name not in cohort.meta.groupings and (old := _tells_old(factor, adsl[name])):
            rule = Message(
                "tells an age over {oldest}, and {profile} tells these as one group", oldest=OLDEST, profile=profile
            )
            action = Message(
                "Write one level from {oldest} on, the age in place of a year of birth, or leave it out.",
                oldest=OLDEST + 1,
            )
            raise CohortError([Finding("cohort.yml", rule, action, None, f"factors.{name}", name, old)])


def _tells_old(factor, values) -> str:
    """A level of an age that begins above the last group, or a year of birth, as somebody has it; else ""."""
    if factor.levels and _is_age(factor):
        held = [
            level
            for level in values.dropna().unique()
            if (n := re.search(r"\d+", str(level))) and int(n[0]) > OLDEST + 1
        ]
        return str(held[0]) if held else ""
    if factor.type == "number" and BIRTH.search(f"{factor.name} {factor.label}"):
        years = values.dropna()
        return f"{years.min():g}" if len(years) else ""
    return ""


def _check_names(cohort, profile, telling):
    """No column of the cohort's own, and not its folder, may be called after a patient or a date."""
    cleaner, known = Cleaner(telling), load_dictionary()["adsl"].columns
    own = [("factors", n) for n in cohort.meta.factors if n not in known and n in cohort.tables["adsl"]]
    own += [("columns", n) for n in cohort.meta.moments]
    rule = Message("the name of a column tells who somebody is, and {profile} lets names stay", profile=profile)
    action = "Give the column another name (`columns: {yours: NAME}`), or make the report with --profile internal."
    found = [
        Finding("cohort.yml", rule, action, None, f"{key}.{name}", value=name)
        for key, name in own
        if cleaner.tells(name)
    ]
    told = cohort.meta.evidence
    others = [study.cohort for study in told.studies if study.cohort] if told else []
    found += told_by_folders([cohort.meta.name.partition("--")[0], *others], cleaner)
    if found:
        raise CohortError(found)


def told_by_folders(folders, cleaner) -> list[Finding]:
    """What is wrong with names of folders that hold an identifier, a date or a word of the data: no report has them."""
    action = "Give it another name, or ask for --profile internal."
    return [
        Finding(
            REQUEST,
            Message("the name of the folder data/{folder} tells who somebody is", folder=folder),
            action,
            value=folder,
        )
        for folder in filter(cleaner.tells, dict.fromkeys(folders))
    ]


def _clear_of(names, ids) -> Mapping[str, str]:
    """Pseudonyms with the first letter that none of the identifiers
    begins with, so that no two can be taken for one.
    """
    used = {i[:1].upper() for i in ids if i[1:2].isdigit()}
    letter = next((x for x in "PQRXYZK" if x not in used), "ZZ")
    return {subject: letter + name[1:] for subject, name in names.items()}


def _date_columns(frame) -> list[str]:
    return list(frame.select_dtypes("datetime").columns)


def _starts(cohort) -> pd.Series:
    """The day from which the days of each subject count: the first start on record, else the first date."""
    starts, dates = [], []
    for table, frame in cohort.tables.items():
        for column in _date_columns(frame):
            part = frame[["USUBJID", column]].dropna().set_axis(["USUBJID", "DAY"], axis=1)
            (starts if (table, column) in (("adex", "ASTDT"), ("adtte", "STARTDT")) else dates).append(part)
    if not starts and not dates:
        return pd.Series(dtype="datetime64[ns]")
    first = [pd.concat(parts).groupby("USUBJID")["DAY"].min() for parts in (starts, dates) if parts]
    return first[0] if len(first) == 1 else first[0].combine_first(first[1])


def _cutoffs(cohort, names, zero) -> pd.Series | None:
    """The cut-off on the clock of each subject, by pseudonym."""
    if cohort.meta.data_cutoff is None or not len(zero):
        return None
    days = ORIGIN + (pd.Timestamp(cohort.meta.data_cutoff) - zero)
    return days.set_axis(days.index.map(names))


def _table(cohort, table, frame, names, zero, cleaner) -> pd.DataFrame:
    """A table with pseudonyms, days, bands of age and coded terms, in the order of the pseudonyms.

    The order of the file would tell whoever has a list of the patients which is which. The rows of one subject stay in
    their order.
    """
    made = frame.copy()
    since = frame["USUBJID"].map(zero) if len(zero) else None
    cutoff = pd.Timestamp(cohort.meta.data_cutoff) if cohort.meta.data_cutoff else None
    for column in _date_columns(frame) if since is not None else ():  # no day to count from: no date on record
        days = ORIGIN + (frame[column] - since)
        if cutoff is not None:
            days = days.mask(frame[column] > cutoff, UNCOUNTED + (frame[column] - cutoff))
        made[column] = days.astype(frame[column].dtype)
    made["USUBJID"] = frame["USUBJID"].map(lambda s: names[str(s)])
    for column in frame.columns:
        definition = cohort.meta.column(table, column)
        if column in cohort.meta.factors and definition.type == "number" and _is_age(definition):
            made[column] = frame[column].where(~(frame[column] > OLDEST), OLDEST + 1)
        elif definition.type == "text" and column != "USUBJID" and column not in cohort.meta.factors:
            made[column] = _words(column, frame[column], cohort.meta.of(table), cleaner)
    return made.sort_values("USUBJID", kind="stable", ignore_index=True)


def _is_age(column) -> bool:
    label = f"{column.name} {column.label}".casefold()
    return bool(re.match("AGE(?!N)", column.name)) or "age" in label.replace("(", " ").split() or "年龄" in label


def _words(column, values, meta, cleaner) -> pd.Series:
    """Free text: adverse events as coded terms, reasons as known ones, the rest as numbers."""
    if column == "AEDECOD":
        meant = [m for m in meta.values.get("AEDECOD", {}).values() if m]
        return coded(values, [m for m in meant if cleaner.text(m) == m])
    if column == "EVNTDESC":
        causes = load_dictionary()["adsl"].columns["PFSR_CAUSE"].levels
        known = {folded(w) for w in (*REASONS, *causes, *causes.values())}
        return values.where(values.map(lambda v: pd.isna(v) or not str(v).strip() or folded(v) in known), OTHER_REASON)
    word = load_dictionary()["adsl" if column == "SITEID" else "adex"].columns[column].label
    counts = values.dropna().value_counts()
    order = sorted(counts.index, key=lambda v: (-counts[v], str(v)))
    return values.map({value: f"{word} {place}" for place, value in enumerate(order, 1)})


@dataclass(frozen=True)
class _Kind:
    """Findings that are told together."""

    file: str
    column: str
    rule: str
    action: str
    severity: str


def without_values(findings, meta) -> list[Finding]:
    """Findings as they may leave: how many of which rule in
    which column; no subject, row, value or word of the file.
    """
    rules = {rule.id: rule for rule in RULES}
    known = {c for t in load_dictionary().values() for c in t.columns} | set(meta.factors)
    counts = {}
    for f in findings:
        rule = rules.get(f.id)
        words = rule.words or rule.told if rule else "a finding of the reader"
        action = "`rechallenge check` lists it with its place."
        table = next((t for t in load_dictionary() if t in f.file.lower()), "data")
        kind = _Kind(table, f.column if f.column in known else "", words, action, f.severity)
        counts[kind] = counts.get(kind, 0) + 1
    return [
        Finding(
            k.file,
            Message("{rule}: {n} times", rule=k.rule, n=n) if n > 1 else k.rule,
            k.action,
            column=k.column,
            severity=k.severity,
            times=n,
        )
        for k, n in counts.items()
    ]

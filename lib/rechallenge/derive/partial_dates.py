"""What the rule for dates without a day or month does to the medians: they are set beside those of the other rules."""

from dataclasses import replace

from papercheck.files.findings import Finding, NotAvailable
from papercheck.files.project import data_folder
from papercheck.vocabulary.endpoints import endpoint_rules
from smallsurv.curve import kaplan_meier, median

from ..cohort.cohort import Cohort, cohort_meta, read_cohort
from ..cohort.declare.source import written_cells
from ..cohort.read.dates import RULES
from ..cohort.read.partial import partial_counts
from ..cohort.read.readers import read_tables
from ..text.language import say
from .endpoints import derive_endpoints

COUNTED = {"month": "{n} of a month", "year": "{n} of a year"}
READ_AS = {rule: f"dates without a day or month ({{parts}}) are read as the {rule} of their period" for rule in RULES}
MONTHS = "{endpoint}, first {first}, mid {mid}, last {last} months"
ENDPOINTS = ("PFSR", "PFS1", "OS")


def partial_sensitivity(cohort: Cohort) -> list[Finding]:
    """A note for each column with a declared rule: how many dates
    it completes, and the medians under each of the rules.
    """
    folder = data_folder() / cohort.meta.name
    if not folder.is_dir():
        return []
    meta = cohort_meta(cohort.meta.name)  # as written: a profile moves the dates
    declared = {t: meta.of(t).partial_dates for t in cohort.tables if meta.of(t).partial_dates}
    if not declared:
        return []
    said = say("; ").join(_medians(meta))
    found = []
    for table, (file, frame) in read_tables(folder, meta)[0].items():
        names = {target: name for name, target in meta.of(table).columns.items()}
        for column, entry in declared.get(table, {}).items():
            name = names.get(column, column)
            counts = partial_counts(written_cells(frame[name])) if name in frame else {}
            if sum(counts.values()):
                parts = say(", ").join(say(COUNTED[what], n=n) for what, n in counts.items() if n)
                rule = say(READ_AS[entry.rule], parts=parts)
                action = say("Medians by rule: {each}.", each=said) if said else say("No median depends on it.")
                found.append(Finding(file, rule, action, column=column, severity="note", id="partial-dates"))
    return found


def _medians(meta):
    """The median of each endpoint with the first, the middle and the last day for all partial dates, in words."""
    by_rule = {rule: _outcome(meta, rule) for rule in RULES}
    for code in ENDPOINTS:
        medians = {
            r: _median(o.rows[o.rows["PARAMCD"].astype(str) == code]) for r, o in by_rule.items() if o is not None
        }
        if any(medians.values()):
            unit = next(o.unit for o in by_rule.values() if o is not None)
            label = endpoint_rules()[code]["label"]
            middles = {rule: medians[rule] or say("not estimable") for rule in medians}
            middles |= {rule: say("none (another date forbids it)") for rule in RULES if rule not in medians}
            template = "{endpoint}, first {first}, mid {mid}, last {last} days" if unit == "days" else MONTHS
            yield say(template, endpoint=label, **middles)


def _outcome(meta, rule):
    """The outcome with one rule for all partial dates; None where the cohort cannot be read so, or has none."""
    changed = lambda rules: {c: e.model_copy(update={"rule": rule}) for c, e in rules.items()}  # noqa: E731
    sources = {t: s.model_copy(update={"partial_dates": changed(s.partial_dates)}) for t, s in meta.sources.items()}
    other = replace(meta, sources=sources, partial_dates=changed(meta.partial_dates))
    found = read_cohort(meta.name, other)[0]
    try:
        return derive_endpoints(found, ENDPOINTS) if found else None
    except NotAvailable:
        return None


def _median(rows) -> str:
    """The median of the rows of one endpoint as a report prints it, '' where it is not reached or there is no row."""
    if not len(rows):
        return ""
    middle = median(kaplan_meier(rows["AVAL"].to_numpy(float), 1 - rows["CNSR"].to_numpy(int)))[0]
    return f"{middle:.1f}" if middle < float("inf") else say("not reached")

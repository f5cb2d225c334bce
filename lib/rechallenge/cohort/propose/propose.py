"""The whole proposal for a person's files: which table each sheet is, the facts of the cohort, what finds no place."""

from dataclasses import dataclass, field

import pandas as pd

from papercheck.files.findings import CohortError, Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.dates import read_dates
from ..read.readers import stem_of
from . import adam, redcap
from .look import expand, look_at
from .plan import TablePlan, offer_factors, plan_table, shadowed
from .words import position, synonyms, unit_in

DURATIONS = ("PFSR", "PFS1", "OS")
BOX = "a box of a checkbox"
LONG = 60  # a median duration above this is in days, not months


@dataclass
class Proposal:
    """`plans` in the order of the dictionary; `facts` : {key of cohort.yml: (value, reason)}; `unused` : {place: why};
    `kinds` : what the files are in the words of the field; `doubts` : warnings on the files."""

    plans: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    unused: dict = field(default_factory=dict)
    kinds: list = field(default_factory=list)
    doubts: list = field(default_factory=list)


def propose(paths) -> Proposal:
    """Look at the files and propose a cohort. Raises CohortError with every file that cannot be read."""
    files, faults = expand(paths)
    sheets = []
    for path in files:
        found, more = look_at(path)
        sheets += found
        faults += more
    dictionaries = [s for s in sheets if redcap.is_dictionary(s)]
    sheets = [s for s in sheets if s not in dictionaries]
    if not sheets and not faults:
        faults.append(Finding(", ".join(str(p) for p in paths), "no rows of patients", "Name the files that hold them."))
    if any(f.severity == "error" for f in faults):
        raise CohortError(faults)
    proposal = Proposal(doubts=[f for f in faults if f.severity == "warning"])
    for sheet in dictionaries:
        proposal.unused[sheet.place] = "a REDCap data dictionary: its labels and codes are used, no copy is kept"
        for export in sheets:
            redcap.annotate(export, redcap.read_dictionary(sheet))
    candidates = _adam_plans(sheets, proposal) if adam.is_study(sheets) else _plans(sheets, proposal, bool(dictionaries))
    _choose(candidates, proposal)
    if not any(p.table == "adsl" for p in proposal.plans):
        raise CohortError(_no_subjects(sheets, candidates, proposal))
    for plan in proposal.plans:
        if plan.sheet.second:
            proposal.unused[f"{plan.sheet.place}, the row under the names"] = "a second header row: its words are the labels"
        plan.ignore = shadowed(plan)
        offer_factors(plan)
    _facts(proposal)
    return proposal


def _adam_plans(sheets, proposal):
    proposal.kinds.append("CDISC ADaM")
    plans = []
    for sheet in sheets:
        table = adam.table_of(sheet)
        if table:
            plans.append(adam.plan_adam(sheet, table))
        else:
            proposal.unused[sheet.place] = "not an ADaM table of the dictionary (adsl, adtte, adrs, adtr, adae)"
    return plans


def _plans(sheets, proposal, has_dictionary):
    plans = []
    for sheet in sheets:
        if redcap.is_export(sheet):
            proposal.kinds.append("REDCap export" + ("" if has_dictionary else " without its data dictionary"))
            for part in redcap.parts(sheet):
                boxes = redcap.checkboxes(part.sheet, part.columns)
                of_boxes = {c for entry in boxes.values() for c in (entry["none"], *entry["boxes"])}
                plan = _best(part.sheet, [c for c in part.columns if c not in of_boxes], part.instrument)
                if isinstance(plan, str):
                    proposal.unused[f"{sheet.place}: {part.instrument or 'records'}"] = plan
                    continue
                plan.rows, plan.source_why["rows"] = part.keep, part.why
                plan.checkboxes = boxes
                plan.left |= {c: BOX for c in part.columns if c in of_boxes}
                plans.append(plan)
        else:
            plan = _best(sheet, None, "", alone=len(sheets) == 1)
            if isinstance(plan, str):
                proposal.unused[sheet.place] = plan
            else:
                plans.append(plan)
    return plans


def _best(sheet, columns, name, alone=False) -> TablePlan | str:
    """The plan of the table that a sheet seems to be, or why it is none."""
    named = _named(sheet, name)
    subjects = plan_table(sheet, "adsl", columns)
    id_column = subjects.written("USUBJID")
    rows = sheet.cells(id_column) if id_column else pd.Series(dtype=str)
    if not name and named in ("", "adsl") and (alone or (id_column and not rows[rows != ""].duplicated().any())):
        return subjects if id_column else _without_subject(sheet)
    others = [t for t in load_dictionary() if t != "adsl"]
    plans = [plan_table(sheet, table, columns) for table in ([named] if named not in ("", "adsl") else others)]
    whole = [p for p in plans if not p.missing()]
    if whole:
        return max(whole, key=lambda p: len(p.columns))
    if not name and id_column:
        return subjects
    lacking = min((p.missing() for p in plans), key=len)
    table = f"{named}: " if named else ""
    return f"{table}no column for {', '.join(lacking)}" if lacking else _without_subject(sheet)


def _named(sheet, name) -> str:
    """The table that a sheet, an instrument or a file is called after, or ''."""
    for text in (name, sheet.sheet, stem_of(sheet.path)):
        if text.lower() in load_dictionary():
            return text.lower()
        for table, words in synonyms()["tables"].items():
            if text and any(position(word, text) for word in words):
                return table
        if name:
            break
    return ""


def _without_subject(sheet) -> str:
    return f"no column that names the patient among {', '.join(map(str, list(sheet.frame.columns)[:8]))}"


def _choose(plans, proposal):
    """One plan a table: the one that places most."""
    for table in load_dictionary():
        found = sorted((p for p in plans if p.table == table), key=lambda p: -len(p.columns))
        proposal.plans += found[:1]
        for plan in found[1:]:
            proposal.unused[plan.sheet.place] = f"a second table {table}; {found[0].sheet.place} gives more of it"
    for plan in [p for p in proposal.plans if p.missing() and p.table != "adsl"]:
        proposal.plans.remove(plan)
        proposal.unused[plan.sheet.place] = f"{plan.table}: no column for {', '.join(plan.missing())}"


def _no_subjects(sheets, plans, proposal):
    action = "Name the column of the patient identifiers so (USUBJID, patient_id, 编号 ...), or add the sheet of patients."
    places = [s for s in sheets if s.place in proposal.unused] or sheets
    return [Finding(s.place, f"no table of patients: {proposal.unused.get(s.place, 'several rows a patient')}", action)
            for s in places]  # fmt: skip


def _facts(proposal):
    """time_unit, data_cutoff, primary_endpoint and notice, each with its reason."""
    proposal.facts["time_unit"] = _time_unit(proposal.plans)
    proposal.facts["primary_endpoint"] = _primary(proposal.plans)
    cutoff = _latest(proposal.plans)
    if cutoff:
        proposal.facts["data_cutoff"] = cutoff
    grades = next((p for p in proposal.plans if "ATOXGR" in p.values and p.notes.get("ATOXGR", "").startswith("a severe")), None)
    if grades:
        notice = "Grades of adverse events are severities (mild 1, moderate 2, severe 3), not CTCAE grades."
        proposal.facts["notice"] = notice, "the file holds no CTCAE grades"


def _time_unit(plans):
    adam_rows = next((p for p in plans if p.table == "adtte"), None)
    if adam_rows is not None and "STARTDT" in adam_rows.columns.values():
        return "days", "ADaM counts days from STARTDT to ADT"
    for plan in plans:
        for target in DURATIONS:
            name = plan.written(target)
            spoken = next((u for u in (unit_in(name), unit_in(plan.sheet.label(name))) if u), "") if name else ""
            if spoken:
                return spoken, f"the name or label of {name} says {spoken}"
    for plan in plans:
        for target in DURATIONS:
            if plan.written(target):
                numbers = pd.to_numeric(plan.sheet.cells(plan.written(target)).str.replace(",", "."), errors="coerce")
                unit = "days" if numbers.median() > LONG else "months"
                return unit, f"no name says it; the median of {plan.written(target)} is {numbers.median():g}: check"
    return "months", "no durations among the columns"


def _primary(plans):
    had = {c for p in plans for c in p.columns.values()} | {c for p in plans for c in p.values.get("PARAMCD", {}).values()}
    dated = "ASTDT_RECHALLENGE" in had or any(p.table == "adex" for p in plans)
    for endpoint in ("PFSR", "OS", "PFS1"):
        if endpoint in had or (dated and endpoint == "PFSR"):
            return endpoint, "PFSR, PFS1 or OS: the endpoint of the subgroup and prognostic sections"
    return "PFSR", "no endpoint is placed"


def _latest(plans):
    """The latest date that can be read in a placed column."""
    best = None
    for plan in plans:
        for name, target in plan.columns.items():
            spec = load_dictionary()[plan.table].columns.get(target)
            if spec is not None and spec.type == "date":
                cells = plan.sheet.cells(name)
                dates = read_dates(pd.Series(cells[cells != ""].unique()), plan.dates.get(target, ()))
                latest = dates.max()
                if not pd.isna(latest) and (best is None or latest > best[0]):
                    best = latest, name
    return (best[0].date(), f"the latest date in the files ({best[1]}): replace it by the cut-off of the study") if best else None

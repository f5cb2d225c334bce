"""Tables of the CDISC Analysis Data Model (ADaM) to the dictionary, by the rules of adam.yml."""

import re
from functools import cache
from pathlib import Path

import yaml

from papercheck.vocabulary.dictionary import load_dictionary

from ..read.grid import stem_of
from .outcomes import PROGRESS, SURVIVAL
from .plan import TablePlan, plan_table
from .questions import Question, Value, choices_of

OWN_NAME = 95  # score from which a column of ADaM is taken by its name: they mean what the dictionary means


@cache
def rules() -> dict:
    """adam.yml."""
    return yaml.safe_load(Path(__file__).with_name("adam.yml").read_text(encoding="utf-8"))


def table_of(sheet) -> str:
    """The table that an ADaM file holds, by its name and columns, or ''."""
    stem = stem_of(sheet.path).lower()
    for table, rule in rules().items():
        if (stem.startswith(table) or sheet.sheet.lower() == table) and set(rule["by"]) <= set(sheet.frame.columns):
            return table
    return ""


def is_study(sheets) -> bool:
    """Whether the sheets are an ADaM folder: subjects as ADaM has them."""
    return any(table_of(s) == "adsl" for s in sheets)


def plan_adam(sheet, table, course="RECHALLENGE") -> TablePlan:
    """The plan of one ADaM table; course : the one that the study gave, '' for neither."""
    rule, columns = rules()[table], sheet.frame.columns
    plan = plan_table(sheet, table, [c for c in columns if c == "USUBJID" or table == "adsl"], OWN_NAME)
    plan.set, plan.source_why, plan.course = {}, {}, course
    for target, names in rule.get("first", {}).items():
        if target.endswith("_RECHALLENGE"):
            if not course:
                continue
            target = target.replace("RECHALLENGE", course)
        name = next((n for n in names if n in columns and sheet.frame[n].notna().any()), None)
        if name and target not in plan.columns.values():
            if load_dictionary()[table].columns[target].type == "date":
                plan.place_as(name, target, "ADaM")  # numbers without a format are asked about
            plan.columns[name], plan.why[name] = target, "ADaM"
            plan.left.pop(name, None)
    for entry in rule.get("rows", []):
        if entry["column"] in columns and set(sheet.cells(entry["column"])) & set(entry["cells"]):
            plan.rows[entry["column"]] = entry["cells"]
            plan.source_why["rows"] = entry["why"]
    plan.skip = {
        c: cells for c, cells in rule.get("skip", {}).items() if c in columns and set(sheet.cells(c)) & set(cells)
    }
    plan.set = {c: v for c, v in rule.get("set", {}).items() if c not in columns}
    if plan.set:
        plan.set = {c: course or v if c == "APHASE" else v for c, v in plan.set.items()}
        plan.source_why["set"] = (
            f"an ADaM study has one course: {'the first' if course == 'INITIAL' else 'taken as rechallenge'}"
        )
    _parameters(plan, rule, course)
    _one_assessor(plan)
    _one_record(plan, rule)
    _reasons_of_censoring(plan)
    _severity(plan, rule)
    return plan


def _parameters(plan, rule, course):
    """Keep the rows whose parameter the dictionary knows, under its code."""
    present = set(plan.sheet.cells("PARAMCD")) if "PARAMCD" in plan.sheet.frame.columns else set()
    codes = {}
    for target, names in rule.get("parameters", {}).items():
        if target == "PFSR" and course != "RECHALLENGE":
            if not course:
                continue
            target = "PFS1"
        name = next((n for n in names if n in present), None)
        if name and not (codes and "only_first" in rule):
            codes[name] = target
    if codes:
        plan.columns["PARAMCD"], plan.why["PARAMCD"] = "PARAMCD", "ADaM"
        plan.rows["PARAMCD"] = list(codes)
        plan.source_why["rows"] = rule.get("only_first", "the parameters that the dictionary knows")
        plan.values["PARAMCD"] = {name: target for name, target in codes.items() if name != target}
        plan.values = {c: v for c, v in plan.values.items() if v}
    for column, names in rule.get("keep", {}).items():
        name = next((n for n in names if n in present), None)
        if name:
            plan.rows[column] = [name]
            plan.source_why["rows"] = "the sum of diameters"


def ask_parameters(plan):
    """Which parameters of a table of times are the endpoints,
    where their codes are none that the standard's users share.
    """
    rule = rules()["adtte"]
    if plan.table != "adtte" or not {"PARAMCD", "AVAL", "CNSR"} <= set(plan.sheet.frame.columns):
        return
    had = {plan.values.get("PARAMCD", {}).get(code, code) for code in plan.rows.get("PARAMCD", [])}
    times = {"INITIAL": ("PFS1", "OS"), "RECHALLENGE": ("PFSR", "OS")}.get(plan.course, ("OS",))
    lacking = [t for t in times if t not in had]
    codes = plan.sheet.cells("PARAMCD")
    said = plan.sheet.cells("PARAM") if "PARAM" in plan.sheet.frame.columns else codes
    labels = {code: said[codes == code].iloc[0] for code in codes.unique() if code not in plan.rows.get("PARAMCD", [])}
    proposed = {code: _endpoint_of(f"{code} {label}", lacking) for code, label in labels.items() if code}
    if lacking and any(p != "leave out" for p in proposed.values()):
        values = tuple(Value(c, int((codes == c).sum()), "" if labels[c] == c else labels[c]) for c in proposed)
        choices = (*lacking, *choices_of("parameters"))
        once = len([p for p in proposed.values() if p != "leave out"]) == len(set(proposed.values()) - {"leave out"})
        question = Question(
            f"parameters.{plan.sheet.key}",
            "parameters",
            plan.sheet.place,
            "PARAMCD",
            "PARAMCD",
            choices,
            values,
            proposed if once else None,
        )
        yield question, lambda answer: _settle_parameters(plan, rule, answer)


def _endpoint_of(text, lacking) -> str:
    """The endpoint that a parameter speaks of, among those that are lacking."""
    progress, survival = PROGRESS.search(text), SURVIVAL.search(text)
    if progress and not re.search(r"time to|ttp|next|second|objective", text, re.IGNORECASE):
        return next((t for t in lacking if t.startswith("PFS")), "leave out")
    return "OS" if survival and not progress and "OS" in lacking else "leave out"


def _settle_parameters(plan, rule, answer):
    codes = {code: target for code, target in answer.items() if target != "leave out"}
    if not codes:
        return
    plan.columns["PARAMCD"], plan.why["PARAMCD"] = "PARAMCD", "ADaM"
    plan.rows["PARAMCD"] = [*plan.rows.get("PARAMCD", []), *codes]
    plan.source_why["rows"] = "the parameters that are endpoints, as answered"
    plan.values.setdefault("PARAMCD", {}).update({c: t for c, t in codes.items() if c != t})
    plan.left.pop("PARAMCD", None)
    _one_record(plan, rule)


def _one_assessor(plan):
    """Where investigator and independent review both stand in a table, the investigator's rows."""
    frame, kept = plan.sheet.frame, plan.rows.get("PARAMCD")
    if "PARCAT2" not in frame.columns or not kept:
        return
    cells = plan.sheet.cells("PARCAT2")[plan.sheet.cells("PARAMCD").isin(kept)]
    found = [c for c in sorted(set(cells)) if "INVESTIGATOR" in c.upper()]
    if len(set(cells)) > 1 and found:
        plan.rows["PARCAT2"] = found
        plan.source_why["rows"] = f"{plan.source_why.get('rows', '')}; the investigator's".lstrip("; ")


def _one_record(plan, rule):
    """Where a parameter has several records of a subject, those
    that a flag of analysis names, if it names one of each.
    """
    kept = plan.rows.get("PARAMCD")
    if not kept or "once" not in rule:
        return
    rows = plan.sheet.frame[plan.sheet.cells("PARAMCD").isin(kept)]
    for column, cells in plan.rows.items():
        rows = rows[plan.sheet.cells(column).reindex(rows.index).isin(cells)]
    keys = rows[["USUBJID", "PARAMCD"]]
    if not keys.duplicated().any():
        return
    for flag in (n for n in rule["once"] if n in rows.columns):
        named = keys[plan.sheet.cells(flag).reindex(rows.index) == "Y"]
        if len(named) == len(keys.drop_duplicates()) and not named.duplicated().any():
            plan.rows[flag] = ["Y"]
            plan.source_why["rows"] = f"{plan.source_why.get('rows', '')}; the record that {flag} names".lstrip("; ")
            return


def _reasons_of_censoring(plan):
    """CNSR is 0 for an event; 1, 2, 3 ... are reasons for censoring (ADaM Basic Data Structure for Time-to-Event)."""
    if plan.table == "adtte" and plan.written("CNSR"):
        words = {w.removesuffix(".0") for w in plan.sheet.cells(plan.written("CNSR"))} - {"", "0", "1"}
        if words and all(w.isdigit() for w in words):
            plan.values["CNSR"] = {w: "1" for w in sorted(words)}
            plan.notes["CNSR"] = "further reasons for censoring, as the standard numbers them"


def _severity(plan, rule):
    """Severity read as a grade, where no grade is on record."""
    severity = rule.get("severity", {})
    name = plan.written("ATOXGR")
    if name and name in severity.get("columns", []):
        plan.values["ATOXGR"] = dict(severity["values"])
        plan.why[name] = "no CTCAE grade in the file: severity as CTCAE names its grades 1 to 3"
        plan.notes["ATOXGR"] = "a severe event may be of grade 4 or 5: give grades if you have them"

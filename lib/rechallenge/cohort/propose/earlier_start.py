"""Survival from a diagnosis or a surgery: read less the time until rechallenge, and with late entry."""

import re

import pandas as pd

from papercheck.files.findings import shown

from .match import LEFT_OUT
from .outcomes import SURVIVAL, death_flag, kind_of_cells
from .plan import ZERO_DATE, ZERO_TIME
from .questions import Reason, about
from .words import course_in

FROM = "from "  # begins the choice of the column that says when survival counts from
STARTS = {
    "the diagnosis": re.compile(r"diagn[oó]s|诊断|确诊|診断|진단|\bdx\b", re.IGNORECASE),
    "the surgery": re.compile(r"surger|operation|chirurg|cirug|手术|手術", re.IGNORECASE),
}


def zeros_for(plan, name) -> dict:
    """{choice: what it says} of the columns that tell how long before rechallenge the survival of `name` begins: a date
    of the same start, or a time from it to rechallenge."""
    if plan.course != "RECHALLENGE" or plan.written("OS") or not _label(name) or not _died(plan, name):
        return {}
    found = {}
    for column in (n for n, why in plan.left.items() if n != name and why != LEFT_OUT and _label(n) == _label(name)):
        kind, start = kind_of_cells(plan, column), plan.written(plan.start)
        words = {"column": shown(column), "start": shown(start)}
        if kind == "date" and start:
            found[f"{FROM}{column}"] = Reason("from date", **words)
        elif kind == "number" and course_in(column)[0] == plan.course and not SURVIVAL.search(column.replace("_", " ")):
            found[f"{FROM}{column}"] = Reason("from time", **words)
    return found


def settle_zero(plan, name, column):
    """Read survival from an earlier start less the time until rechallenge. column : of the start, or of that time."""
    target = ZERO_DATE if kind_of_cells(plan, column) == "date" else ZERO_TIME
    flag = _died(plan, name)
    if plan.columns.get(flag) != "OS_EVENT":
        plan.place_as(flag, "OS_EVENT", "chosen")
    plan.place_as(name, "OS", "chosen")
    plan.place_as(column, target, "as answered")
    key = "zero_date" if target == ZERO_DATE else "zero_time"
    plan.late_entry = {"label": _label(name), key: target, "durations": ["OS"]}


ENTRY, ENTERED = "_t0", "ENTRYTM"  # of Stata's stset: when a patient came under observation; and what it is here


def ask_entry(plan):
    """Whether the patients are observed from the `_t0` of Stata's stset on, where `_t` is a duration and some enter
    later than they start."""
    if plan.table != "adsl" or ENTRY not in plan.left or plan.columns.get("_t") not in ("OS", "PFSR", "PFS1"):
        return
    times = pd.to_numeric(plan.sheet.cells(ENTRY), errors="coerce")
    if (times > 0).any():
        words = {"n": int((times > 0).sum()), "longest": f"{times.max():g}", "target": plan.columns["_t"]}
        yield about(plan.sheet, "entry", ENTRY, ENTERED, words=words), lambda answer: _settle_entry(plan, answer)


def _settle_entry(plan, answer):
    if answer == "late entry":
        plan.place_as(ENTRY, ENTERED, "as answered")
        plan.late_entry = {"label": "stset", "entry_time": ENTERED}
    else:
        plan.left[ENTRY] = LEFT_OUT


def _died(plan, name) -> str:
    return plan.written("OS_EVENT") or plan.written("DTHFL") or death_flag(plan, name)


def _label(name) -> str:
    """What a name counts from: the diagnosis, the surgery, or ''."""
    return next((start for start, words in STARTS.items() if words.search(name.replace("_", " "))), "")

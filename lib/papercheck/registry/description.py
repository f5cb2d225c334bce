"""What an entry of a registry says of its quantity: the columns,
levels, endpoints and events that it names must exist.
"""

import math

from ..files.findings import did_you_mean
from ..vocabulary.dictionary import load_dictionary
from .declared import check_columns, check_group

COURSES = ("INITIAL", "RECHALLENGE")
HAVING = "Y"  # the level of a column of overlapping groups that says who is in the group
GROUPS = ("where", "of", "literal", "event_of")
ONE_COLUMN = (
    "cox",
    "odds_ratio",
    "risk_ratio",
    "difference",
    "mean_difference",
    "rmst_difference",
    "interaction",
    "group_test",
    "smd",
)  # statistics that compare the levels of a single column
WEIGHTS = ("iptw", "matched", "overlap", "other")
COLUMNS = ("by", "adjusted", "stratified", "across", "factor")


def check_description(item, path, levels, fault, further=()):
    """Find the faults in what an entry (a mapping) describes; fault(path, rule, action, value) takes them.

    levels : column -> its levels (none for a number), as `registry.group_levels` gives them. further : endpoints that
    the registry declares beside the known ones.
    """
    endpoints = [*load_dictionary()["adtte"].columns["PARAMCD"].levels, *further]
    if "endpoint" in item and str(item["endpoint"]) not in endpoints:
        action = f"{did_you_mean(item['endpoint'], endpoints)} Declare another one under `further_endpoints`."
        fault(path + ("endpoint",), "unknown endpoint", action, item["endpoint"])
    if item.get("weights", "iptw") not in WEIGHTS:
        fault(path + ("weights",), "unknown weights", did_you_mean(item["weights"], WEIGHTS), item["weights"])
    if "per" in item and not _is_time(item["per"] or None):
        fault(
            path + ("per",), "expected a number above 0", "Such as 100, for a rate per 100 person-years.", item["per"]
        )
    if "variable" in item and not isinstance(item["variable"], str):
        fault(path + ("variable",), "expected the name of a column", "Such as AGE.", item["variable"])
    if "whole" in item and not isinstance(item["whole"], bool):
        fault(path + ("whole",), "expected true or false", "true where only whole numbers can occur.", item["whole"])
    if "time" in item and not _is_time(item["time"]):
        fault(path + ("time",), "expected a number, not below 0", "Such as 12, in `time_unit`.", item["time"])
    for key in GROUPS:
        check_group(item.get(key, {}), path + (key,), levels, fault)
    for key in COLUMNS:
        check_columns(item.get(key, []), path + (key,), levels, fault)
    _check_comparison(item, path, levels, fault)
    _check_event(item, path, fault)
    _check_includes(item, path, fault)


def _is_time(value):
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < math.inf


def _check_comparison(item, path, levels, fault):
    """One column with the compared levels, or several columns of groups that may overlap."""
    by = item.get("by")
    if isinstance(by, list):
        if len(by) < 2 or item.get("statistic") in ONE_COLUMN:
            fault(path + ("by",), "expected one column", "Such as by: SEX.", by)
        for column in by:
            if levels.get(str(column)) and HAVING not in levels[str(column)]:
                action = f"Under a list each column needs the levels N and {HAVING}: {HAVING} is in the group."
                fault(path + ("by",), f"{column} has no level {HAVING}", action, column)
    for key in ("group", "against"):
        if key in item and isinstance(by, str) and levels.get(by) and str(item[key]) not in levels[by]:
            fault(path + (key,), f"not a level of {by}", did_you_mean(item[key], levels[by]), item[key])
    if item.get("group") is not None and item.get("group") == item.get("against"):
        fault(path + ("against",), "the level is compared with itself", "Name the other level.", item["against"])


def _check_event(item, path, fault):
    event = item.get("event")
    if event is None:
        return
    if not isinstance(event, dict) or not set(event) <= {"AEDECOD", "APHASE", "ATOXGR"} or "APHASE" not in event:
        fault(
            path + ("event",), "expected {AEDECOD: term, APHASE: course, ATOXGR: [grades]}", "APHASE is needed.", event
        )
        return
    if not isinstance(event.get("AEDECOD", ""), str):
        fault(path + ("event", "AEDECOD"), "expected one term", "Such as Rash.", event["AEDECOD"])
    if event["APHASE"] not in COURSES:
        fault(path + ("event", "APHASE"), "unknown course", did_you_mean(event["APHASE"], COURSES), event["APHASE"])
    grades = event.get("ATOXGR", [1])
    if not isinstance(grades, list) or not grades or any(not _is_grade(g) for g in grades):
        fault(path + ("event", "ATOXGR"), "expected a list of grades 1 to 5", "Such as [3, 4].", grades)


def _is_grade(value):
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5


def _check_includes(item, path, fault):
    named = item.get("includes", {"AEDECOD": [], "APHASE": COURSES[0]})
    if (
        not isinstance(named, dict)
        or set(named) != {"AEDECOD", "APHASE"}
        or not isinstance(named["AEDECOD"], list)
        or named["APHASE"] not in COURSES
    ):
        action = "Name the events of the sentence."
        fault(path + ("includes",), "expected {AEDECOD: [terms], APHASE: course}", action, named)

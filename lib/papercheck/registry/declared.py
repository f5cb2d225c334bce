"""What a registry declares beside its numbers: groups of subjects, implications, exclusions, weights, grid, endpoints whose
events are known (fixed), tables to fill freely (synthetic), curves.

curves: one entry a digitized Kaplan-Meier curve.
    endpoint : PFS1, PFSR or OS; where : {COLUMN: level} of one column, or nothing for all subjects.
    points : CSV in the folder `curves` beside published.yml, with the columns time, survival (1 to 0, or 100 to 0).
    at_risk : CSV there with the columns time, n, or [[time, n], ...]; from time 0 on.
    events : the printed total, if there is one; at : where the curve stands, such as Figure 2.
"""

import math
from pathlib import Path

from ..files.findings import did_you_mean
from ..vocabulary.dictionary import load_dictionary

IMPLICATION_KEYS = ("if", "then", "why")
EXCLUSION_KEYS = ("at", "text", "says", "endpoint")
SAYS = ("no_censoring", "discontinued_for_other_reasons", "other")
WEIGHT_KEYS = ("treatment", "covariates")
FIXED = ("all_events", "no_events")
SYNTHETIC = ("adtr",)
FINEST = 0.0001  # step of time; finer ones make numbers that the searches cannot hold
WEIGHT_WORDS = ("decided", "note")  # said of the treatment in the cohort, not needed for the weights
CURVE_KEYS = ("endpoint", "points", "at_risk", "where", "events", "at")


def check_declared(raw, levels, fault):
    """Find the faults of what a registry declares beside its numbers; fault(path, rule, action, value) takes them.

    levels : column -> its levels (none for a number), as `group_levels` gives them.
    """
    for i, item in enumerate(_items(raw, "implications", IMPLICATION_KEYS, ("if", "then", "why"), fault)):
        for side in ("if", "then"):
            path = ("implications", str(i), side)
            check_group(item.get(side, {}), path, levels, fault)
            for column in item.get(side, {}) if isinstance(item.get(side), dict) else ():
                if levels.get(column) == ():
                    action = "Declare a group of it under `factors` (from, cut, levels) and name that."
                    fault(path + (str(column),), f"{column} has no levels", action, column)
    for i, item in enumerate(_items(raw, "exclusions", EXCLUSION_KEYS, ("at", "text", "says"), fault)):
        if "says" in item and item["says"] not in SAYS:
            path = ("exclusions", str(i), "says")
            fault(path, "unknown kind of exclusion", did_you_mean(item["says"], SAYS), item["says"])
    _check_weights(raw, levels, fault)
    for i, item in enumerate(_items(raw, "curves", CURVE_KEYS, ("endpoint", "points", "at_risk"), fault)):
        _check_curve(item, ("curves", str(i)), levels, fault)
    _check_fixed(raw.get("fixed"), fault)
    _check_synthetic(raw.get("synthetic"), fault)
    if isinstance(raw.get("software"), list | dict):
        fault(("software",), "expected one line of text", "Such as SPSS 26.0.", raw["software"])
    grid = raw.get("grid", 1)
    if isinstance(grid, bool) or not isinstance(grid, int | float) or not 0 < grid < math.inf:
        fault(("grid",), "expected a step of time above 0", "Such as 0.01, in `time_unit`.", grid)
    elif grid < FINEST:
        fault(("grid",), f"a step of time below {FINEST}", "Such as 0.01, in `time_unit`.", grid)


def _check_fixed(fixed, fault):
    """`fixed` says of an endpoint that everybody had the event, or nobody."""
    endpoints = load_dictionary()["adtte"].columns["PARAMCD"].levels
    if fixed is not None and not isinstance(fixed, dict):
        fault(("fixed",), f"expected ENDPOINT: {' or '.join(FIXED)}", "Such as {PFS1: all_events}.", fixed)
        return
    for endpoint, word in (fixed or {}).items():
        if str(endpoint) not in endpoints:
            fault(("fixed", str(endpoint)), "unknown endpoint", did_you_mean(endpoint, endpoints), endpoint)
        if word not in FIXED:
            fault(("fixed", str(endpoint)), "unknown value", did_you_mean(word, FIXED), word)


def _check_synthetic(tables, fault):
    if tables is not None and not isinstance(tables, list):
        fault(("synthetic",), "expected a list", "Such as [adtr].", tables)
        return
    for i, table in enumerate(tables or []):
        if table not in SYNTHETIC:
            fault(("synthetic", str(i)), "no such table is made up", did_you_mean(table, SYNTHETIC), table)


def check_group(group, path, levels, fault):
    """Find unknown columns and levels of a group of subjects, {COLUMN: level or list of levels}."""
    if not isinstance(group, dict):
        fault(path, "expected {COLUMN: level}", "Such as {SEX: M}.", group)
        return
    for column, wanted in group.items():
        here = path + (str(column),)
        if column not in levels:
            fault(here, "unknown column", did_you_mean(column, levels), column)
            continue
        if wanted == []:
            fault(here, "names no level", did_you_mean("", levels[column]), column)
        for level in wanted if isinstance(wanted, list) else [wanted]:
            if levels[column] and str(level) not in levels[column]:
                fault(here, f"not a level of {column}", did_you_mean(level, levels[column]), level)


def check_columns(columns, path, levels, fault):
    """Find unknown columns in one name or a list of names."""
    for column in columns if isinstance(columns, list) else [columns]:
        if str(column) not in levels:
            fault(path, "unknown column", did_you_mean(column, levels), column)


def _items(raw, key, known, needed, fault) -> list[dict]:
    """The entries of a list of mappings, an empty one for each that is none."""
    items = raw.get(key) or []
    if not isinstance(items, list):
        fault((key,), "expected a list", f"One line each: - {{{': ..., '.join(known)}: ...}}", items)
        return []
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            fault((key, str(i)), f"expected {', '.join(needed)}", "Mend this entry.", item)
            continue
        for name in item:
            if name not in known:
                fault((key, str(i), str(name)), f"unknown key of {key}", did_you_mean(name, known), name)
        for name in needed:
            if item.get(name) in (None, ""):
                fault((key, str(i)), f"{key} need `{name}`", f"Add `{name}:`.", item)
    return [item if isinstance(item, dict) else {} for item in items]


def _check_weights(raw, levels, fault):
    weights = raw.get("weights")
    if weights is None:
        return
    if not isinstance(weights, dict) or set(weights) - set(WEIGHT_WORDS) != set(WEIGHT_KEYS):
        fault(("weights",), "expected {treatment: COLUMN, covariates: [COLUMN, ...]}", "Give both.", weights)
        return
    for key in WEIGHT_KEYS:
        check_columns(weights[key], ("weights", key), levels, fault)


def _check_curve(item, path, levels, fault):
    """Find the faults of one entry of `curves`; the files that it names are read where they are used."""
    endpoints = load_dictionary()["adtte"].columns["PARAMCD"].levels
    if "endpoint" in item and str(item["endpoint"]) not in endpoints:
        fault(path + ("endpoint",), "unknown endpoint", did_you_mean(item["endpoint"], endpoints), item["endpoint"])
    where = item.get("where", {})
    check_group(where, path + ("where",), levels, fault)
    if isinstance(where, dict) and (len(where) > 1 or any(isinstance(x, list) for x in where.values())):
        fault(path + ("where",), "expected one level of one column", "Such as {ARM: A}.", where)
    for key in ("points", "at_risk"):
        value = item.get(key, "points.csv")
        table = key == "at_risk" and isinstance(value, list) and value
        if table and not all(isinstance(x, list) and len(x) == 2 and all(map(_is_number, x)) for x in value):
            fault(path + (key,), "expected [[time, n], ...]", "Such as [[0, 30], [6, 21]].", value)
        elif not table and (not isinstance(value, str) or Path(value).name != value):
            fault(path + (key,), "expected the name of a file in the folder curves", "Such as os_points.csv.", value)
    events = item.get("events", 0)
    if not isinstance(events, int) or isinstance(events, bool) or events < 0:
        fault(path + ("events",), "expected a whole number", "The printed total of events.", events)


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

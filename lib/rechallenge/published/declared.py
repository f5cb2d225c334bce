"""What a registry declares beside its numbers: groups of subjects, implications, exclusions, weights, grid."""

import math

from ..intake.findings import did_you_mean

IMPLICATION_KEYS = ("if", "then", "why")
EXCLUSION_KEYS = ("at", "text", "says", "endpoint")
SAYS = ("no_censoring", "discontinued_for_other_reasons", "other")
WEIGHT_KEYS = ("treatment", "covariates")


def check_declared(raw, levels, fault):
    """Find the faults of `implications`, `exclusions`, `weights` and `grid`; fault(path, rule, action, value) takes them.

    levels : column -> its levels (none for a number), as `group_levels` gives them.
    """
    for i, item in enumerate(_items(raw, "implications", IMPLICATION_KEYS, ("if", "then", "why"), fault)):
        for side in ("if", "then"):
            check_group(item.get(side, {}), ("implications", str(i), side), levels, fault)
    for i, item in enumerate(_items(raw, "exclusions", EXCLUSION_KEYS, ("at", "text", "says"), fault)):
        if "says" in item and item["says"] not in SAYS:
            path = ("exclusions", str(i), "says")
            fault(path, "unknown kind of exclusion", did_you_mean(item["says"], SAYS), item["says"])
    _check_weights(raw, levels, fault)
    grid = raw.get("grid", 1)
    if isinstance(grid, bool) or not isinstance(grid, int | float) or not 0 < grid < math.inf:
        fault(("grid",), "expected a step of time above 0", "Such as 0.01, in `time_unit`.", grid)


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
    if not isinstance(weights, dict) or set(weights) != set(WEIGHT_KEYS):
        fault(("weights",), "expected {treatment: COLUMN, covariates: [COLUMN, ...]}", "Give both.", weights)
        return
    for key in WEIGHT_KEYS:
        check_columns(weights[key], ("weights", key), levels, fault)

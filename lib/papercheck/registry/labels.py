"""What an entry of a registry is, in plain words: 'PFSR median, ECOG performance status: 0-1'."""

from ..vocabulary.dictionary import load_dictionary, phase_labels
from ..vocabulary.endpoints import endpoint_rules
from .registry import Entry, Registry

PARTS = {
    "count": "n",
    "percent": "%",
    "estimate": "value",
    "ci": "CI",
    "sd": "SD",
    "quartiles": "quartiles",
    "range": "range",
    "p": "P",
    "hr": "HR",
    "or": "OR",
    "rr": "RR",
    "difference": "difference",
    "nnt": "NNT",
    "events": "events",
    "exposure": "person-time",
    "trials": "trials",
    "subjects": "subjects",
    "value": "value",
}


def part_label(entry: Entry, part, registry: Registry) -> str:
    """A part as people call it: 'n', '%', '95% CI', 'P'."""
    if part == "ci":
        return f"{float(entry.get('level', registry.level)):g}% CI"
    if part == "estimate":
        return {"median_survival": "median", "median_follow_up": "median"}.get(entry.statistic, "value")
    return PARTS[part]


def describe_entry(entry: Entry, registry: Registry) -> str:
    """One entry in one line; the same words for the same thing in every registry."""
    where = group_label(entry.get("where"), registry)
    weighted = ", weighted" if entry.get("weights") else ""
    text = _WORDS[entry.statistic](entry, registry, where)
    of = group_label(entry.get("of"), registry)
    tail = "" if entry.statistic == "count" or not where else f", {where}"
    return f"{text}{tail}{weighted}{f', of those with {of}' if of else ''}"


def describe_cell(entry: Entry, part, printed, registry: Registry) -> str:
    """One printed number with its place: 'Sex: Male, n 10 (Text 3.1; Table 3)'. printed : as Cell.shown gives it."""
    places = dict.fromkeys(place for cell in entry.printed(part) if cell.shown == printed for place in cell.at)
    label = part_label(entry, part, registry)
    value = printed if part == "estimate" else f"{printed}%" if label == "%" else f"{label} {printed}"
    return f"{describe_entry(entry, registry)}, {value}" + (f" ({'; '.join(places)})" if places else "")


def describe_implication(rule, registry: Registry) -> str:
    """An implication as a sentence: 'Resistance: Acquired means PFS on the first course: at least 6 months'."""
    given = group_label(rule.get("if"), registry)
    then = group_label(rule["then"], registry)
    return f"{given} means {then}" if given else f"Everybody has {then}"


def group_label(where, registry: Registry) -> str:
    """A group of subjects: 'ECOG performance status: 0-1; Sex: Male', or ''."""
    return "; ".join(f"{column_label(c, registry)}: {level_label(c, w, registry)}" for c, w in (where or {}).items())


def column_label(name, registry: Registry) -> str:
    """The label of a column by which a registry names groups."""
    columns = load_dictionary()["adsl"].columns
    factor = registry.factors.get(str(name)) or columns.get(str(name))
    return factor.label if factor else str(name)


def level_label(name, wanted, registry: Registry) -> str:
    """One level, or several as 'CR or PR'; responses by their codes."""
    factor = registry.factors.get(str(name))
    levels = factor.levels if factor else {}
    words = [str(levels.get(str(w), w)) for w in (wanted if isinstance(wanted, list) else [wanted])]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def compared_label(registry: Registry, column: str, *levels: str) -> str:
    """What a quantity of the spread compares: 'Sex: Female against Male', or the factor alone."""
    named = [level_label(column, level, registry) for level in levels]
    return f"{column_label(column, registry)}{': ' if named else ''}{' against '.join(named)}"


def time_label(registry: Registry, time: float) -> str:
    """When a survival of the spread is read: 'at 6 months'."""
    return f"at {time:g} {registry.cohort.get('time_unit', 'months')}"


def _endpoint(entry, registry):
    """The short name of an endpoint: of endpoints.yml, or as the registry declares it; '' without one."""
    code = str(entry.get("endpoint") or "")
    further = registry.own.get("further_endpoints") or {}
    return endpoint_rules()[code]["short"] if code in endpoint_rules() else str(further.get(code, code))


def _count(entry, registry, where):
    event = entry.get("event")
    if not event:
        return where or "Subjects"
    grades = event.get("ATOXGR")
    grades = grades if isinstance(grades, list) else [] if grades is None else [grades]
    span = f"{grades[0]}–{grades[-1]}" if len(grades) > 1 else str(grades[0]) if grades else ""
    course = phase_labels()[event["APHASE"]]
    text = f"{event.get('AEDECOD', 'Any adverse event')}{f', grade {span}' if span else ''}, {course}"
    return f"{text}, {where}" if where else text


def _compared(entry, registry):
    """'ECOG performance status: 2 against 0-1', or the factor alone."""
    by = entry.get("by")
    label = " or ".join(column_label(c, registry) for c in by) if isinstance(by, list) else column_label(by, registry)
    if entry.get("group") is None:
        return label
    against = f" against {level_label(by, entry.get('against'), registry)}" if entry.get("against") is not None else ""
    return f"{label}: {level_label(by, entry.get('group'), registry)}{against}"


def _adjusted(entry, registry):
    said = {"adjusted": "adjusted for", "stratified": "stratified by"}
    text = ""
    for key, words in said.items():
        others = entry.get(key) or []
        others = others if isinstance(others, list) else [others]
        text += f", {words} {' and '.join(column_label(o, registry) for o in others)}" if others else ""
    return text


def _outcome(entry, registry):
    """What a comparison is of: an endpoint (at a time), a number, a column, an outcome, an adverse event."""
    if entry.get("endpoint"):
        at = f" at {float(entry.get('time')):g}" if entry.get("time") is not None else ""
        return f"{_endpoint(entry, registry)}{at}"
    for key in ("variable", "factor"):
        if entry.get(key):
            return column_label(entry.get(key), registry)
    if entry.get("event_of"):
        return group_label(entry.get("event_of"), registry)
    return _count(entry, registry, "") if entry.get("event") else str(entry.get("what") or "")


def _of_outcome(label):
    """A statistic of something, compared or not: 'Difference of shares, CR or PR, Sex: Female against Male'."""

    def text(entry, registry, where):
        by = _compared(entry, registry) if entry.get("by") else ""
        across = f"across {column_label(entry.get('across'), registry)}" if entry.get("across") else ""
        what = str(entry.get("what") or "") if entry.get("endpoint") or entry.get("event_of") else ""
        parts = (label, what, _outcome(entry, registry), by, across)
        return ", ".join(part for part in parts if part) + _adjusted(entry, registry)

    return text


_WORDS = {
    "count": _count,
    "events": lambda e, r, w: f"{_endpoint(e, r)} events",
    "mean": lambda e, r, w: f"{column_label(e.get('variable'), r)}, mean",
    "median": lambda e, r, w: f"{column_label(e.get('variable'), r)}, median",
    "range": lambda e, r, w: f"{column_label(e.get('variable'), r)}, range",
    "median_survival": lambda e, r, w: f"{_endpoint(e, r)} median",
    "median_follow_up": lambda e, r, w: f"Follow-up median ({_endpoint(e, r)})",
    "survival_at": lambda e, r, w: (
        f"{_endpoint(e, r)} at {float(e.get('time')):g} {r.cohort.get('time_unit', 'months')}"
    ),
    "longest": lambda e, r, w: f"Longest {_endpoint(e, r)}",
    "log_rank": lambda e, r, w: f"{_endpoint(e, r)} log-rank test, {_compared(e, r)}{_adjusted(e, r)}",
    "cox": lambda e, r, w: f"{_endpoint(e, r)} hazard ratio, {_compared(e, r)}{_adjusted(e, r)}",
    "odds_ratio": lambda e, r, w: f"Odds ratio of {group_label(e.get('event_of'), r)}, {_compared(e, r)}",
    "risk_ratio": _of_outcome("Risk ratio"),
    "difference": _of_outcome("Difference of shares"),
    "mean_difference": _of_outcome("Difference of means"),
    "group_test": _of_outcome("Test"),
    "interaction": _of_outcome("Interaction"),
    "rmst": _of_outcome("Restricted mean"),
    "rmst_difference": _of_outcome("Difference of restricted means"),
    "event_rate": _of_outcome("Events per person-time"),
    "auc": _of_outcome("AUC"),
    "c_index": _of_outcome("C-index"),
    "smd": _of_outcome("Standardized difference"),
    "pooled": lambda e, r, w: f"Pooled {e.get('outcome')}{', ' + str(e.get('subset')) if e.get('subset') else ''}",
    "stated": lambda e, r, w: _first_upper(str(e.get("what") or e.note or e.id)),
}


def _first_upper(text):
    return text[:1].upper() + text[1:]

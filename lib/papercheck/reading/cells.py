"""One cell of a table: tests, ratios and adverse events; other values stand in cell_values."""

import re

from .cell_values import percent_first, value_cell
from .columns import GRADE_HEAD
from .document import Cell
from .forms import find_forms
from .mentions import endpoint_mentions
from .place import (
    ALONE,
    DASH,
    DOUBLE,
    PAIR,
    Place,
    any_survival,
    column_ends,
    compared_of,
    cut,
    digits,
    endpoint_of,
    head_ends,
    interval_beside,
    made,
    rows_are_groups,
    share_readings,
    with_beside,
)
from .readings import Reading
from .rows import is_reference
from .signs import plain


def read_cell(place: Place, cell: Cell, cells) -> tuple[list[Reading], set[int]]:
    """The readings of a cell, and the columns that were read along with it."""
    role, text = place.column.role, plain(cell.text).strip()
    if role == "fit":
        return [], set()  # kept as printed
    if role in ("p", "test", "smd") or place.wanted in ("p", "test"):
        return _test_cell(place, cell, text), set()
    if role in ("ratio",) and is_reference(cell) and not re.search(r"\d\s*[(\[]\s*\d", text):
        return [], set()
    if role in ("ratio", "ci") or place.wanted == "ratio" or re.match(r"(?:HR|OR|RR)\b", text):
        return _ratio_cell(place, cell, text, cells)
    if place.kind == "adverse":
        return _adverse_cell(place, cell, text, cells)
    return value_cell(place, cell, text, cells)


def _test_cell(place, cell, text):
    match = (
        ALONE.fullmatch(re.sub(r"^(?:P\s*=?|[a-zA-Zχ²]{1,3}2?\s*=)\s*", "", text)) if not DASH.fullmatch(text) else None
    )
    if not match:
        found = [f for f in find_forms(text) if f.kind == "p"]
        if found:
            return [
                _p(
                    place,
                    cell,
                    found[0].text(cell.text),
                    text[slice(*found[0].parts["operator"])] if "operator" in found[0].parts else "",
                )
            ]
        if re.fullmatch(r"n\.?s\.?|not significant", text, re.I):
            return [_p(place, cell, cell.text.strip(), "")]
        return []
    value = digits(cell, match)
    if place.column.role == "p" or place.wanted == "p":
        return [_p(place, cell, value, match["operator"])]
    head = plain(place.column.head[-1]).lower() if place.column.head else ""
    if place.wanted == "test":
        return _test_of_column(place, cell, value)
    between = "between groups weighted" if place.column.weight == "weighted" else "between groups"
    if place.column.role == "test" and rows_are_groups(place) and any(c.role == "p" for c in place.columns):
        about = {"endpoint": endpoint_of(place, True) or any_survival(place), "group": compared_of(place)}
        return [made(place, "chi2" if re.match(r"χ|chi|卡|x", head) else head[:1], value, cell, total="", **about)]
    said = re.match(r"[tzZFU](?=\s*=)", text)
    if said:
        return [made(place, said[0].lower(), value, cell, group=between, total="")]
    if re.search(r"[χx].*[/,、].*t|\bt\b.*[/,、].*[χx]|统计|检验|statistic", head):  # a column of two tests
        means = any("±" in c.text for c in place.row.cells)
        return [made(place, "t" if means else "chi2", value, cell, group=between, total="")]
    statistic = "smd" if place.column.role == "smd" else "chi2" if re.match(r"χ|chi|卡|x", head) else head[:1]
    return [made(place, statistic, value, cell, group=between, total="")]


def _test_of_column(place, cell, value):
    """A row of the values of a test, below rows that are groups: of the endpoint of each column."""
    ends, arms = column_ends(place.column.head), place.study.arms
    name = plain(place.row.label).lower()
    statistic = "chi2" if re.match(r"χ|chi|卡|x", name) else name[:1]
    group = f"{arms[0]} vs {arms[1]}" if len(arms) == 2 else "between groups"
    endpoint = ends[0].name if ends else endpoint_of(place)
    return [made(place, statistic, value, cell, endpoint=endpoint, group=group, total="")]


def _p_behind(place, cell, form):
    """The P behind a ratio in one cell."""
    source = cell.text.strip()
    operator = plain(source)[slice(*form.parts["operator"])] if "operator" in form.parts else ""
    return _p(place, cell, form.text(source), operator)


def _p(place, cell, value, operator):
    operator = {"≤": "<", "≥": ">", "=": ""}.get(operator, operator)
    survival = (
        place.kind == "cox"
        or place.wanted in ("median_survival", "survival_rate", "ratio")
        or any(c.role == "ratio" for c in place.columns)
        or place.wanted == "p"
        and any(m.kind == "time" for words in (place.row.block, *place.column.head[-1:]) for m in head_ends(words))
    )
    endpoint = (endpoint_of(place, survival) or any_survival(place)) if survival else endpoint_of(place)
    group = compared_of(place)
    interacts = bool(re.search(r"int(?:eraction)?\b|交互", plain(" ".join([*place.column.head[-1:], place.row.label]))))
    if interacts and place.column.role == "p":
        group = (place.row.block or place.row.label) or group
    ends = column_ends(place.column.head)
    if ends and (place.wanted == "p" or rows_are_groups(place)) and place.kind != "cox":
        endpoint = ends[0].name
        over = [r[0].text for r in place.table.rows if r[place.index] is cell]
        group = " vs ".join(over) if len(over) == 2 else group
    return made(
        place,
        "p_interaction" if interacts else "p",
        value,
        cell,
        operator=operator,
        endpoint=endpoint or endpoint_of(place),
        group=group,
        total="",
    )


def _ratio_cell(place, cell, text, cells):
    match = PAIR.fullmatch(text) or PAIR.match(text)
    statistic = place.column.ratio or "hazard_ratio"
    head = plain(" ".join(place.column.head))
    if re.search(r"\bORs?\b|[Oo]dds", head) and any(
        m.kind == "share" for m in endpoint_mentions(plain(place.row.label))
    ):
        statistic = "odds_ratio"  # a column of `HR or OR`
    endpoint = endpoint_of(place, statistic == "hazard_ratio") or any_survival(place) or endpoint_of(place)
    more = {"endpoint": endpoint, "group": compared_of(place), "level": place.column.level, "total": ""}
    if match:
        limits = {k: cut(cell, match, k) for k in ("low", "high")}
        ratio = made(place, statistic, cut(cell, match, "value"), cell, **limits, **more)
        tests = [f for f in find_forms(text) if f.kind == "p" and f.start >= match.end()]
        return [ratio, *(_p_behind(place, cell, f) for f in tests[:1])], set()
    if place.column.role == "ci" and (
        place.index < 1 or place.columns[place.index - 1].role not in ("ratio", "value", "n")
    ):
        return [], set()
    alone = ALONE.fullmatch(text)
    if not alone or place.column.role == "ci":
        return [], set()
    low, high, used = interval_beside(place, cells)
    evidence = with_beside(cell, cells, used)
    return [made(place, statistic, digits(cell, alone), evidence, low=low, high=high, **more)], used


RECURRED = re.compile(r"(?:irAE )?(?:recurren(?:ce|t)|recurred)(?: of irAE)?|复发", re.I)


def _adverse_cell(place, cell, text, cells):
    double, strange = DOUBLE.fullmatch(text), _strange_column(place)
    if strange and not double and not (DASH.fullmatch(text) and _with_counts(place)):
        return [], set()
    term = place.row.label
    if place.row.block and GRADE_HEAD.fullmatch(plain(term).strip()):
        term = place.row.block  # a row for each grade of an event
    grade = place.column.grade or _grade_of_rows(place) or "any"
    base = {"endpoint": f"{term}, grade {grade}", "model": ""}
    if RECURRED.fullmatch(place.column.group):
        base |= {"endpoint": f"{term}, recurrent, grade {grade}", "group": ""}
    elif strange:  # what became of it, such as `led to discontinuation`
        base |= {"endpoint": f"{term}, {place.column.group}", "group": ""}
    if DASH.fullmatch(text):
        zero = any(re.search(r"none|no event|zero|无", plain(n), re.I) for n in place.table.notes)
        return [
            made(place, "ae_count", cell.text.strip(), cell, confidence=0.9 if zero else 0.6, kind="dash", **base)
        ], set()
    share = next((f for f in find_forms(text) if f.kind == "share"), None)
    if share:
        return share_readings(place, cell, share, base, "ae_"), set()
    if double:
        order = ("second", "value") if percent_first(place, double) else ("value", "second")
        count, percent = (cut(cell, double, k) for k in order)
        return [made(place, "ae_count", count, cell, **base), made(place, "ae_percent", percent, cell, **base)], set()
    alone = ALONE.fullmatch(text)
    if not alone:
        return [], set()
    head = plain(place.column.head[-1]) if place.column.head else ""
    percent = (
        alone["percent"]
        or re.search(r"[,(]\s*%\)?$", head)
        and not re.search(r"n\s*\(%\)", head)
        and not _with_counts(place)
        or place.column.role == "percent"
        or re.search(r"^\s*%|rate", plain(place.column.head[-1] if place.column.head else ""))
    )
    return [made(place, "ae_percent" if percent else "ae_count", digits(cell, alone), cell, **base)], set()


def _with_counts(place):
    """Whether other cells of the column print a count with its percentage: a number alone there is a count."""
    rows = place.table.rows[place.table.heads :]
    return any(DOUBLE.fullmatch(plain(r[place.index].text).strip()) for r in rows)


def _strange_column(place):
    """A column of words of its own beside columns of grades: no group of patients, and no grade."""
    column, others = place.column, [c for c in place.columns if c.grade]
    return bool(others and column.group and not (column.grade or column.n or column.group in place.study.arms)) and all(
        not c.group for c in others
    )


def _grade_of_rows(place):
    from .columns import _grade

    return _grade([plain(p) for p in place.row.path])

"""One cell of a table: its form, and what row and column say that it is."""

import re
from dataclasses import dataclass

from .columns import Column
from .document import Cell, Table
from .forms import LIMIT, NUM, Form, find_forms
from .mentions import endpoint_mentions
from .readings import Reading
from .rows import Row, is_reference
from .scene import Study
from .signs import plain
from .words import endpoints

PAIR = re.compile(
    rf"(?P<value>-?{NUM}|N[RE]|未达到|not reached)\s*%?\s*[\[(]\s*(?P<low>-?{LIMIT})\s*%?\s*(?:-|~|,|;|to|至|/)\s*(?P<high>-?{LIMIT})\s*%?\s*[\])]",
    re.I,
)
DOUBLE = re.compile(rf"(?P<value>{NUM})\s*[\[(]\s*(?P<second>{NUM})\s*(?P<percent>%?)\s*[\])]")
ALONE = re.compile(
    rf"(?P<operator>[<>≤≥]?)\s*=?\s*(?P<value>-?{NUM})\s*(?P<percent>%?)\s*(?P<mark>[a-z*†‡§¶#]{{0,2}})", re.I
)
LIMITS = re.compile(rf"[\[(]?\s*(?P<low>-?{LIMIT})\s*%?\s*(?:-|~|,|;|to|至)\s*(?P<high>-?{LIMIT})\s*%?\s*[\])]?", re.I)
DASH = re.compile(r"-{1,2}|\.\.|…")
RANGE_WORD = re.compile(r"range|min|max|范围", re.I)
IQR_WORD = re.compile(r"IQR|interquartile|Q1|25th|quartile|四分位", re.I)
SD_WORD = re.compile(
    r"mean\s*±|±\s*(?:SD|s\b|standard|标准差)|\(\s*SD\s*\)|mean\b.*\bSD\b|standard deviation|标准差", re.I
)


@dataclass(frozen=True)
class Place:
    """Where a cell stands, and what its row is about."""

    table: Table
    kind: str
    row: Row
    column: Column
    columns: list[Column]
    index: int
    wanted: str
    groups: list[str]
    study: Study

    @property
    def where(self) -> str:
        return f"{self.table.label.lower()} | {' > '.join(self.row.path)} | {' > '.join(self.column.head)}"

    @property
    def pair(self) -> str:
        return f"{self.table.label}|{self.table.caption[:20]}|{self.row.index}|{self.index}"


def statistic_of_row(row: Row, table: Table, kind: str) -> str:
    """What the words of a row promise: median_survival, survival_rate, follow_up, median, mean, ratio, share or ''."""
    label = plain(" ".join(row.path[-2:]))
    own = plain(row.label)
    ends = endpoint_mentions(label)
    timed = [m for m in ends if m.kind == "time"]
    if re.search(r"follow-?up|随访", label, re.I):
        return "follow_up"
    if re.search(r"hazard ratio|\bHR\b", own):
        return "ratio"
    if timed and re.search(r"median|\bm(?:PFS|OS)\b|中位", label, re.I) and not re.search(r"n\s*\(%\)", own, re.I):
        return "median_survival"
    if (
        timed
        and re.search(r"\d+[- ]?(?:months?|years?|mo\b|个月|年)", label, re.I)
        and re.search(r"rate|%|survival|率", label, re.I)
    ):
        return "survival_rate"
    if (
        re.search(r"median|中位", own, re.I)
        or re.search(r"median|中位", label, re.I)
        and not re.search(r"n\s*\(%\)", own)
    ):
        return "median"
    if SD_WORD.search(label) or re.search(r"\bmean\b|平均|均数", label, re.I):
        return "mean"
    if timed and re.search(r"months?|月", label, re.I) and not re.search(r"[<>≥≤]|n\s*\(%\)|\d", label):
        return "median_survival"
    return ""


def endpoint_of(place: Place, survival: bool = False) -> str:
    """The endpoint of a cell: of the column's head, the row, or the caption for a time to event; else the row's labels."""
    sources = [*place.column.head[::-1], *place.row.path[::-1], place.table.caption]
    if survival:
        for words in sources:
            found = [m for m in endpoint_mentions(plain(words)) if m.kind == "time"]
            if found:
                return found[0].name
        return (
            place.study.last_endpoint
            if place.study.last_endpoint and endpoints()[place.study.last_endpoint].kind == "time"
            else ""
        )
    label = plain(place.row.label)
    shares = [m for m in endpoint_mentions(label) if m.kind == "share" and m.start < 4]
    if shares and not re.search(r"initial|first|prior|previous|初始|首次", plain(" ".join(place.row.path)), re.I):
        return shares[0].name
    return ": ".join(place.row.path[-2:]) if len(place.row.path) > 1 else place.row.label


def read_cell(place: Place, cell: Cell, cells) -> tuple[list[Reading], set[int]]:
    """The readings of a cell, and the columns that were read along with it."""
    role, text = place.column.role, plain(cell.text).strip()
    if role in ("p", "test", "smd"):
        return _test_cell(place, cell, text), set()
    if role in ("ratio",) and is_reference(cell) and not re.search(r"\d\s*[(\[]\s*\d", text):
        return [], set()
    if role in ("ratio", "ci") or place.wanted == "ratio":
        return _ratio_cell(place, cell, text, cells)
    if place.kind == "adverse":
        return _adverse_cell(place, cell, text, cells)
    return _value_cell(place, cell, text, cells)


def made(place: Place, statistic: str, value: str, cell: Cell, **more) -> Reading:
    """A reading of a cell."""
    known = {
        "endpoint": endpoint_of(place), "group": group_of(place), "total": place.column.n, "model": place.column.model,
        "pair": place.pair, "course": place.column.course, "confidence": 0.95,
    }  # fmt: skip
    return Reading(statistic, value, place.where, cell.text, **{**known, **more})


def group_of(place: Place) -> str:
    """The patients of a column; weighted ones are called so."""
    column = place.column
    name = column.group
    if column.weight == "weighted" and not re.search("weight|iptw|match", name, re.I):
        name = f"{name} weighted".strip()
    return name


def _cut(cell: Cell, match, name: str) -> str:
    """A part of a match, as the cell prints it."""
    lead = len(cell.text) - len(cell.text.lstrip())
    return cell.text[match.start(name) + lead : match.end(name) + lead].strip() if match[name] is not None else ""


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
    value = _digits(cell, match)
    if place.column.role == "p":
        return [_p(place, cell, value, match["operator"])]
    head = plain(place.column.head[-1]).lower() if place.column.head else ""
    statistic = "smd" if place.column.role == "smd" else "chi2" if re.match(r"χ|chi|卡|x", head) else head[:1]
    return [made(place, statistic, value, cell, group="between groups", total="")]


def _digits(cell, match):
    """The number of a match in the cell's own signs."""
    raw = cell.text.strip()
    found = re.search(rf"-?{NUM}", plain(raw))
    return raw[found.start() : found.end()] if found else raw


def _p(place, cell, value, operator):
    operator = {"≤": "<", "≥": ">", "=": ""}.get(operator, operator)
    survival = (
        place.kind == "cox"
        or place.wanted in ("median_survival", "survival_rate", "ratio")
        or any(c.role == "ratio" for c in place.columns)
    )
    endpoint = endpoint_of(place, survival) if survival else endpoint_of(place)
    return made(
        place,
        "p",
        value,
        cell,
        operator=operator,
        endpoint=endpoint or endpoint_of(place),
        group=_compared(place),
        total="",
    )


def _compared(place):
    """What a P or ratio of a row compares: the arms in a table of outcomes, the row's factor in one of factors."""
    outcome = any(m.start < 6 or m.kind == "time" for m in endpoint_mentions(plain(place.row.label)))
    arms = place.groups if len(place.groups) == 2 else place.study.arms if len(place.study.arms) == 2 else []
    if place.kind == "cox" or any(c.role == "ratio" for c in place.columns) and not outcome:
        model = f", {place.column.model}" if place.column.model else ""
        return f"{': '.join(place.row.path[-2:])}{model}"
    if outcome and arms:
        return f"{arms[0]} vs {arms[1]}"
    if place.wanted == "median_survival" or _has_survival_columns(place):
        return place.row.label
    return "between groups" if place.kind != "adverse" or not arms else f"{arms[0]} vs {arms[1]}"


def _has_survival_columns(place):
    return any(endpoint_mentions(plain(h)) for c in place.columns for h in c.head[-1:])


def _ratio_cell(place, cell, text, cells):
    match = PAIR.fullmatch(text) or PAIR.match(text)
    statistic = place.column.ratio or "hazard_ratio"
    endpoint = endpoint_of(place, statistic == "hazard_ratio") or endpoint_of(place)
    more = {"endpoint": endpoint, "group": _compared(place), "level": place.column.level, "total": ""}
    if match:
        return [
            made(
                place,
                statistic,
                _cut(cell, match, "value"),
                cell,
                low=_cut(cell, match, "low"),
                high=_cut(cell, match, "high"),
                **more,
            )
        ], set()
    if place.column.role == "ci" and (
        place.index < 1 or place.columns[place.index - 1].role not in ("ratio", "value", "n")
    ):
        return [], set()
    alone = ALONE.fullmatch(text)
    if not alone or place.column.role == "ci":
        return [], set()
    low, high, used = _interval_beside(place, cells)
    evidence = cell if not used else Cell(f"{cell.text} | {cells[place.index + 1].text}")
    return [made(place, statistic, _digits(cell, alone), evidence, low=low, high=high, **more)], used


def _interval_beside(place, cells):
    """The limits in the next column, if that is a column of intervals (one, or two for low and high)."""
    j = place.index + 1
    if j >= len(cells) or place.columns[j].role != "ci":
        return "", "", set()
    raw = cells[j].text.strip()
    match = LIMITS.fullmatch(plain(raw))
    if match:
        return raw[slice(*match.span("low"))], raw[slice(*match.span("high"))], {j}
    return "", "", {j}


def _adverse_cell(place, cell, text, cells):
    term = place.row.label
    grade = place.column.grade or _grade_of_rows(place) or "any"
    base = {"endpoint": f"{term}, grade {grade}", "model": ""}
    if DASH.fullmatch(text):
        zero = any(re.search(r"none|no event|zero|无", plain(n), re.I) for n in place.table.notes)
        return [
            made(place, "ae_count", cell.text.strip(), cell, confidence=0.9 if zero else 0.6, kind="dash", **base)
        ], set()
    share = next((f for f in find_forms(text) if f.kind == "share"), None)
    if share:
        return _shares(place, cell, share, base, "ae_"), set()
    double = DOUBLE.fullmatch(text)
    if double:
        return [
            made(place, "ae_count", _cut(cell, double, "value"), cell, **base),
            made(place, "ae_percent", _cut(cell, double, "second"), cell, **base),
        ], set()
    alone = ALONE.fullmatch(text)
    if not alone:
        return [], set()
    percent = (
        alone["percent"]
        or place.column.role == "percent"
        or re.search(r"^\s*%|rate", plain(place.column.head[-1] if place.column.head else ""))
    )
    return [made(place, "ae_percent" if percent else "ae_count", _digits(cell, alone), cell, **base)], set()


def _grade_of_rows(place):
    from .columns import _grade

    return _grade([plain(p) for p in place.row.path])


def _shares(place, cell, form: Form, base, prefix=""):
    lead = len(cell.text) - len(cell.text.lstrip())
    source = cell.text[lead:]
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    more = {**base, "total": total or place.column.n}
    readings = [made(place, f"{prefix}count", count, cell, **more)] if count else []
    if percent:
        limits = {k: form.text(source, k) for k in ("low", "high", "level")}
        readings.append(made(place, f"{prefix}percent", percent, cell, **more, **limits))
    return readings


def _value_cell(place, cell, text, cells):
    lead = len(cell.text) - len(cell.text.lstrip())
    source = cell.text[lead:]
    forms = find_forms(text)
    share = next((f for f in forms if f.kind == "share" and f.start == 0), None)
    if share and place.wanted not in ("median_survival", "median", "mean", "survival_rate"):
        return _shares(place, cell, share, {}), set()
    mean = next((f for f in forms if f.kind == "mean"), None)
    if mean:
        no = {"total": place.column.n}
        return [
            made(place, "mean", mean.text(source), cell, **no),
            made(place, "sd", mean.text(source, "sd"), cell, **no),
        ], set()
    pair = PAIR.match(text)
    if pair:
        return _pair_cell(place, cell, pair), set()
    double = DOUBLE.fullmatch(text)
    if double:
        return _double_cell(place, cell, double), set()
    percent = next((f for f in forms if f.kind == "percent" and f.start == 0), None)
    if percent and percent.parts.get("low"):
        limits = {k: percent.text(source, k) for k in ("low", "high", "level")}
        return [_rate(place, cell, percent.text(source), limits)], set()
    return _alone_cell(place, cell, text, cells)


def _rate(place, cell, value, limits):
    if place.wanted == "survival_rate":
        time = re.search(r"(\d+)[- ]?(months?|years?|个月|年)", plain(" ".join(place.row.path)), re.I)
        months = f"{int(time[1]) * 12 if time[2].lower().startswith(('y', '年')) else time[1]} months" if time else ""
        return made(
            place,
            "survival_rate",
            value,
            cell,
            endpoint=f"{endpoint_of(place, True)} at {months}",
            time=months,
            **limits,
        )
    return made(place, "percent", value, cell, **limits)


def _pair_cell(place, cell, match):
    """`2.90 (1.97-3.83)`: an interval, a range or quartiles, by the words of row, column and notes."""
    value, low, high = (_cut(cell, match, k) for k in ("value", "low", "high"))
    words = plain(" ".join([*place.row.path[-2:], *place.column.head]))
    limits = {"low": low, "high": high, "level": _level(place, words)}
    if (
        place.wanted == "survival_rate"
        or "%" in plain(cell.text)[: match.end()]
        and place.wanted not in ("median", "mean")
    ):
        return [_rate(place, cell, value, limits)]
    if place.wanted in ("median_survival", "follow_up") and (
        re.search(r"CI|区间|confidence", words) or not (RANGE_WORD.search(words) or IQR_WORD.search(words))
    ):
        return [made(place, place.wanted, value, cell, endpoint=endpoint_of(place, True) or "OS", **limits)]
    if place.column.ratio or re.search(r"\bHR\b|hazard ratio", words):
        return [
            made(
                place, "hazard_ratio", value, cell, endpoint=endpoint_of(place, True), group=_compared(place), **limits
            )
        ]
    survival = _survival_head(place)
    if survival and not RANGE_WORD.search(plain(place.row.label)):
        return [made(place, "median_survival", value, cell, endpoint=survival, group=_row_group(place), **limits)]
    name = (
        "iqr"
        if IQR_WORD.search(words)
        or (not RANGE_WORD.search(words) and IQR_WORD.search(plain(" ".join(place.table.notes))))
        else "range"
    )
    first = (
        "follow_up"
        if place.wanted == "follow_up"
        else "mean"
        if place.wanted == "mean" and not re.search("median", words, re.I)
        else "median"
    )
    first = "median_survival" if place.wanted == "median_survival" else first
    return [made(place, first, value, cell), made(place, name, "", cell, low=low, high=high)]


def _survival_head(place):
    """The time to event that the column of a cell prints medians of."""
    for words in place.column.head[::-1]:
        found = [m for m in endpoint_mentions(plain(words)) if m.kind == "time"]
        if found and not re.search(r"n\s*\(%\)|rate|%", plain(words)):
            return found[0].name
    return ""


def _row_group(place):
    rows = ": ".join(place.row.path[-2:])
    return f"{rows}, {place.column.group}" if place.column.group else rows


def _level(place, words):
    from .columns import CI_HEAD

    found = (
        CI_HEAD.search(words)
        or CI_HEAD.search(plain(place.table.caption))
        or next((m for n in place.table.notes if (m := CI_HEAD.search(plain(n)))), None)
    )
    return found["level"] if found else ""


def _double_cell(place, cell, match):
    """`9 (69.2)`: a number and its percentage, or a mean with its standard deviation."""
    value, second = _cut(cell, match, "value"), _cut(cell, match, "second")
    if place.wanted == "mean" or (
        "." in value and SD_WORD.search(plain(" ".join([*place.row.path, *place.table.notes])))
    ):
        return [made(place, "mean", value, cell), made(place, "sd", second, cell)]
    if "." in value:
        return [
            made(place, "printed", value, cell, confidence=0.3),
            made(place, "printed", second, cell, confidence=0.3),
        ]
    return [made(place, "count", value, cell), made(place, "percent", second, cell)]


def _alone_cell(place, cell, text, cells):
    role = place.column.role
    not_reached = re.fullmatch(r"N[RE]|not (?:yet )?reached|未达到", text, re.I)
    alone = ALONE.fullmatch(text)
    survival = _survival_head(place)
    if not_reached:
        if place.wanted == "median_survival" or survival:
            group = {"group": _row_group(place)} if survival else {}
            return [
                made(
                    place,
                    "median_survival",
                    cell.text.strip(),
                    cell,
                    endpoint=survival or endpoint_of(place, True),
                    **group,
                )
            ], set()
        return [], set()
    if not alone or alone["operator"]:
        return [], set()
    value = _digits(cell, alone)
    if survival and role == "value" and not alone["percent"]:
        low, high, used = _interval_beside(place, cells)
        evidence = Cell(f"{cell.text} | {cells[place.index + 1].text}") if used else cell
        return [
            made(
                place,
                "median_survival",
                value,
                evidence,
                endpoint=survival,
                group=_row_group(place),
                low=low,
                high=high,
            )
        ], used
    if place.wanted in ("median_survival", "follow_up"):
        low, high, used = _interval_beside(place, cells)
        return [
            made(place, place.wanted, value, cell, endpoint=endpoint_of(place, True) or "OS", low=low, high=high)
        ], used
    if place.wanted in ("median", "mean") and role != "percent":
        return [made(place, place.wanted, value, cell)], set()
    if (
        place.wanted == "survival_rate"
        or alone["percent"]
        or role == "percent"
        or re.search(r"[,(]\s*%\)?$", plain(place.row.label))
        and "." in value
    ):
        return [_rate(place, cell, value, {})], set()
    if role == "events":
        return [made(place, "events", value, cell, endpoint=endpoint_of(place, True))], set()
    if re.search(r"effective (?:sample )?(?:size|n)", plain(place.row.label), re.I):
        return [made(place, "effective_n", value, cell)], set()
    if "." not in value and not value.startswith("-"):
        return [made(place, "count", value, cell)], set()
    return [made(place, "printed", value, cell, confidence=0.3)], set()

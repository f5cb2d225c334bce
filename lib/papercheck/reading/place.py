"""Where a cell stands: its row, its column, and what the two say of it."""

import re
from dataclasses import dataclass, replace

from .columns import CI_HEAD, COUNT_HEAD, N_EQUALS, P_HEAD, PERCENT_HEAD, TEST_HEAD, WEIGHT, Column
from .document import Cell, Table
from .forms import LIMIT, NUM, Form
from .mentions import Mention, endpoint_mentions
from .readings import Reading
from .rows import Row, is_reference
from .scene import Study
from .signs import plain
from .words import endpoints

PAIR = re.compile(
    rf"(?:(?:HR|OR|RR)\s*[:=]?\s*)?(?P<value>-?{NUM}|N[RE]|未达到|not reached)\s*%?\s*[\[(]\s*"
    rf"(?:\d\d(?:\.\d)?\s*%\s*-?\s*(?:CI|置信区间|可信区间)\s*[:,=]?\s*)?(?P<low>-?{LIMIT})\s*%?\s*(?:-|~|,|;|to|至"
    rf"|/)\s*(?P<high>-?{LIMIT})\s*%?\s*(?:[\])]|(?=[;,]\s*P\b))",
    re.I,
)


DOUBLE = re.compile(rf"(?P<value>{NUM})\s*(?P<first>%?)\s*[\[(]\s*(?P<second>{NUM})\s*(?P<percent>%?)\s*[\])]")


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


EARLIER = re.compile(r"\b(?:initial|first|prior|previous)\b|初始|首次|既往|先前|前次", re.I)


def statistic_of_row(row: Row, table: Table, kind: str) -> str:
    """What the words of a row promise: median_survival, survival_rate, follow_up, median, mean, ratio, share or ''."""
    label = plain(" ".join(row.path[-2:]))
    own = plain(row.label)
    timed = [m for m in endpoint_mentions(label) if m.kind == "time"]
    spread = (RANGE_WORD.search(label) or IQR_WORD.search(label)) and not CI_HEAD.search(label)
    if timed and spread and EARLIER.search(label):
        return "median"  # a characteristic: how long the first course had lasted
    if P_HEAD.fullmatch(own):
        return "p"
    if TEST_HEAD.fullmatch(own):
        return "test"
    if re.search(r"follow-?up|随访", label, re.I):
        return "follow_up"
    if re.search(r"[Hh]azard ratio|\bHR\b", own):
        return "ratio"
    if timed:
        told = _statistic_of_time(label, own)
        if told:
            return told
    counted = re.search(r"n\s*\(%\)", own)
    if re.search(r"median|中位", own, re.I) or re.search(r"median|中位", label, re.I) and not counted:
        return "median"
    caption = re.search(r"\bmedians?\b|中位", plain(table.caption), re.I)
    if timed and caption and not re.search(r"\d|%", own) and timed[0].name == own.strip():
        return "median_survival"
    if SD_WORD.search(label) or re.search(r"\bmean\b|平均|均数", label, re.I):
        return "mean"
    return "median_survival" if timed and _in_units_of_time(label) else ""


def _statistic_of_time(label: str, own: str) -> str:
    """median_survival or survival_rate, where the words of a row with a time to event say so; else ''."""
    median = re.search(r"median|\bm(?:rw-?)?(?:PFS|OS|DO?R)\b|中位", label, re.I)
    if median and not re.search(r"n\s*\(%\)", own, re.I):
        return "median_survival"
    point = re.search(r"\d+[- ]?(?:months?|years?|mo\b|个月|年)", label, re.I)
    if point and re.search(r"rate|%|survival|率|proportion|free at", label, re.I):
        return "survival_rate"
    return ""


def _in_units_of_time(label: str) -> bool:
    bare = CI_HEAD.sub("", label)
    unit = re.search(r"months?|\bmos?\b|weeks?|\bwk|月|周", bare, re.I)
    return bool(unit) and not re.search(r"[<>≥≤%]|n\s*\(%\)|\d", bare)


def endpoint_of(place: Place, survival: bool = False) -> str:
    """The endpoint of a cell: of the column's head, the row, or
    the caption for a time to event; else the row's labels.
    """
    sources = [*place.column.head[::-1], *place.row.path[::-1], place.table.caption]
    if survival:
        found = [(m, plain(w)[m.start : m.end]) for w in sources for m in head_ends(w) if m.kind == "time"]
        told = [m.name for m, words in found if not re.fullmatch(r"survival rates?", words, re.I)]
        if found:  # a head that says survival rate is of the endpoint of its rows, if they name one
            return told[0] if told else found[0][0].name
        return (
            place.study.last_endpoint
            if place.study.last_endpoint and endpoints()[place.study.last_endpoint].kind == "time"
            else ""
        )
    path = place.row.path if place.wanted != "p" or not place.row.block else place.row.path[:-1]
    label = plain(path[-1] if path else "")
    shares = [m for m in endpoint_mentions(label) if m.kind == "share" and m.start < 4]
    if shares and shares[0].name == "BOR: NE" and place.row.block and not RESPONSE_WORD.search(plain(place.row.block)):
        shares = []  # a level `not evaluable` of a characteristic
    if shares and not re.search(
        r"initial|first|prior|previous|初始|首次|既往|先前|前线|前次", plain(" ".join(place.row.path)), re.I
    ):
        return shares[0].name
    return ": ".join(path[-2:])


RESPONSE_WORD = re.compile(r"respon|remission|RECIST|outcome|缓解|疗效", re.I)


STATISTIC_HEAD = re.compile(r"(?:median|\d+[- ]?(?:month|year|mo)|P\b|p-?value|HR\b|hazard|95|90|中位)", re.I)


def column_ends(head: tuple[str, ...]) -> list[Mention]:
    """The endpoints that a column prints: of its last head, or of the one above that a statistic stands below."""
    last = head_ends(head[-1]) if head else []
    if last or len(head) < 2 or not STATISTIC_HEAD.match(plain(head[-1]).strip()):
        return last
    return head_ends(head[-2])


def head_ends(words: str) -> list[Mention]:
    """The endpoints that a head names; a head such as `PFS on the first ICI >=6 months` names patients."""
    text = plain(words)
    if re.search(r"[<>≥≤]=?\s*\d", text):
        return []
    if not N_EQUALS.search(text) and re.fullmatch(
        r"(?:tumou?r )?respon(?:ses?|ders)(?:,? ?[(]?)(?:n|no\.?|%).*", text, re.I
    ):
        return [Mention("share", "ORR", 0, len(text))]
    sized = bool(N_EQUALS.search(text))  # `Progression (n = 23)` names patients
    return [m for m in endpoint_mentions(text) if not (sized and m.name.startswith("BOR"))]


def made(place: Place, statistic: str, value: str, cell: Cell, **more) -> Reading:
    """A reading of a cell."""
    known = {
        "endpoint": endpoint_of(place),
        "group": group_of(place),
        "total": place.column.n,
        "model": place.column.model,
        "pair": place.pair,
        "course": place.column.course,
        "confidence": 0.95,
    }
    response = share_head(place) if statistic in ("count", "percent") and "endpoint" not in more else ""
    if response:
        known |= {"endpoint": response, "group": row_group(place)}
    return Reading(statistic, value, place.where, cell.evidence, **{**known, **more})


def share_head(place: Place) -> str:
    """The response that the column of a cell prints (ORR, n
    (%)), where the rows are groups and name none themselves.
    """
    if not EARLIER.search(plain(place.row.block)) and any(
        m.kind == "share" for m in endpoint_mentions(plain(place.row.label))
    ):
        return ""
    heads = place.column.head[-1:]
    if len(place.column.head) > 1 and any(k.fullmatch(plain(heads[0])) for k in (COUNT_HEAD, PERCENT_HEAD)):
        heads = (" ".join(place.column.head[-2:]),)  # n and % below one response
    found = [m for h in heads for m in head_ends(h) if m.kind == "share" and m.start < 4]
    return found[0].name if found else ""


def group_of(place: Place) -> str:
    """The patients of a column; weighted ones are called so."""
    column = place.column
    name = column.group
    weighted = column.weight == "weighted" or weighted_row(place)
    if weighted and not re.search("weight|iptw|match", name, re.I):
        name = f"{name} weighted".strip()
    return name


WEIGHTED_LABEL = re.compile(r"(?:IPTW|SMRW|PSM|propensity)?[- ]?(?:weighted|matched)\b|加权后|匹配后", re.I)


def weighted_row(place) -> bool:
    """Whether the block of a row, or the first word of its label, says that its patients are weighted."""
    return any(_of_weighted(p) for p in place.row.path[:-1]) or bool(WEIGHTED_LABEL.match(plain(place.row.label)))


def _of_weighted(words):
    found = WEIGHT.search(plain(words))
    return bool(found and found["after"])


def cut(cell: Cell, match, name: str) -> str:
    """A part of a match, as the cell prints it."""
    lead = len(cell.text) - len(cell.text.lstrip())
    return cell.text[match.start(name) + lead : match.end(name) + lead].strip() if match[name] is not None else ""


def digits(cell, match):
    """The number of a match in the cell's own signs."""
    raw = cell.text.strip()
    found = re.search(rf"-?{NUM}", plain(raw))
    return raw[found.start() : found.end()] if found else raw


def compared_of(place):
    """What a P or ratio compares: the arms in a table of outcomes,
    the row's factor in one of factors; after weighting or not.
    """
    weighted = place.column.weight == "weighted" or weighted_row(place)
    return f"{_compared_of(place)}{' weighted' if weighted else ''}"


VERSUS = re.compile(
    r"(?:HR|hazard ratio|OR|odds ratio)\b[^,;:]*[,;:]\W*(?P<two>[^,;]+? (?:vs\.?|versus) [^,;]+)$", re.I
)


def _against_reference(place):
    """The arm of a ratio's column against the arm whose cell in the row says that it is the reference."""
    beside = [c.group for c, x in zip(place.columns, place.row.cells, strict=True) if c.group and is_reference(x)]
    if place.wanted == "p" and place.row.index > place.table.heads:  # the row of the ratios stands above
        above = place.table.rows[place.row.index - 1]
        beside = [c.group for c, x in zip(place.columns, above, strict=True) if c.group and is_reference(x)]
    said = VERSUS.search(plain(place.row.label))
    if place.column.group and len(beside) == 1 and place.wanted in ("ratio", "p"):
        return f"{place.column.group} vs {beside[0]}"
    return said["two"] if said and place.column.role == "value" else ""


def _compared_of(place):
    told = _against_reference(place)
    if told:
        return told
    outcome = any(m.start < 6 or m.kind == "time" for m in endpoint_mentions(plain(place.row.label)))
    outcome = outcome and not EARLIER.search(plain(place.row.block))
    blocked = place.wanted in ("median_survival", "survival_rate") and not has_survival_columns(place)
    outcome = outcome or blocked and any(m.kind == "time" for m in endpoint_mentions(plain(place.row.block)))
    arms = place.groups if len(place.groups) == 2 else place.study.arms if len(place.study.arms) == 2 else []
    below = place.row.block or has_survival_columns(place)
    if place.wanted in ("p", "ratio") and below and arms and place.kind != "cox":
        return f"{arms[0]} vs {arms[1]}"
    if place.kind == "cox" or any(c.role == "ratio" for c in place.columns) and not outcome:
        model = f", {place.column.model}" if place.column.model else ""
        return f"{': '.join(place.row.path[-2:])}{model}"
    if outcome and arms:
        return f"{arms[0]} vs {arms[1]}"
    if place.wanted == "median_survival" or has_survival_columns(place):
        return place.row.label
    return "between groups" if place.kind != "adverse" or not arms else f"{arms[0]} vs {arms[1]}"


def has_survival_columns(place):
    return any(column_ends(c.head) for c in place.columns)


def any_survival(place) -> str:
    """The time to event that some column of the table prints; '' where there are several or none."""
    found = {m.name for c in place.columns for h in c.head[-1:] for m in head_ends(h) if m.kind == "time"}
    return found.pop() if len(found) == 1 else ""


def interval_beside(place, cells):
    """The limits in the next column, if that is a column of intervals (one, or two for low and high)."""
    j = place.index + 1
    if j >= len(cells) or place.columns[j].role != "ci":
        return "", "", set()
    raw = cells[j].text.strip()
    match = LIMITS.fullmatch(plain(raw))
    if match:
        return raw[slice(*match.span("low"))], raw[slice(*match.span("high"))], {j}
    both = j + 1 < len(cells) and place.columns[j + 1].role == "ci"
    if both and all(ALONE.fullmatch(plain(cells[k].text).strip()) for k in (j, j + 1)):
        return raw, cells[j + 1].text.strip(), {j, j + 1}
    return "", "", {j}


def with_beside(cell: Cell, cells, used: set[int]) -> Cell:
    """A cell with those beside it that were read along with it, as one piece of evidence."""
    beside = " | ".join([cell.evidence, *(cells[k].evidence for k in sorted(used))])
    return replace(cell, printed=beside) if used else cell


def share_readings(place, cell, form: Form, base, prefix=""):
    lead = len(cell.text) - len(cell.text.lstrip())
    source = cell.text[lead:]
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    tail = (
        re.match(rf"\s*[\[(]\s*(?P<x>{NUM})\s*%?\s*[\])]", plain(source)[form.end :]) if total and not percent else None
    )
    percent = source[form.end :][slice(*tail.span("x"))] if tail else percent  # 5/40 (12.5)
    more = {**base, "total": total or place.column.n}
    readings = [made(place, f"{prefix}count", count, cell, **more)] if count else []
    if percent:
        limits = {k: form.text(source, k) for k in ("low", "high", "level")}
        readings.append(made(place, f"{prefix}percent", percent, cell, **more, **limits))
    return readings


def rows_are_groups(place) -> bool:
    """Whether the rows are the groups and the columns what is printed of them."""
    return has_survival_columns(place) and not any(c.n for c in place.columns) and place.kind != "adverse"


def row_group(place):
    rows = ": ".join(place.row.path[-2:])
    return f"{rows}, {place.column.group}" if place.column.group else rows

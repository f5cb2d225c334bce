"""Readings held against the paper's own arithmetic before they are accepted.

One cell that does not fit is the paper's (an error to be found); a column of such cells was misread. Where the sizes of
the arms show that two columns were taken for each other, they change places; else their numbers stay as printed.
"""

import re
from collections import defaultdict
from dataclasses import replace

from .columns import CI_HEAD, N_EQUALS, Column
from .forms import NUM
from .readings import SHARES, Reading
from .signs import plain

LEAST = 3  # cells that have to contradict before a column is held to be misread
LIMITED = re.compile(
    rf"(?:[<>≥≤=]=?|\b(?:of|than|least|most|to|above|below|over|under|within|PS|grade))\s*{NUM}\s*%?", re.I
)
LOOSE = re.compile(rf"(?<![\w.,/-])\d+\.\d+(?:\s*[(]\s*{NUM}|\s*(?:[~-]|$|\s))")
PRINTED_TIME = re.compile(rf"{NUM}\s*(?:months?|mos?\b|weeks?|%|个月)", re.I)


def held(columns: list[Column], readings: list[Reading], sizes: dict[str, str]) -> list[Reading]:
    """The readings of a table: those of misread columns as printed, those of swapped arms with their arms.

    sizes : how many patients -> the one arm of that size, by the heads of all tables
    """
    if any(holds_data(c) for c in columns):
        return [as_printed(r) for r in readings]
    readings = _swapped_back(columns, readings, sizes)
    misread = {j for j in range(len(columns)) if _contradicts(_checks([r for r in readings if r.column == j]))}
    misread |= _grades_turned(readings) | _tiny(readings)
    return [as_printed(r) if r.column in misread else r for r in readings]


def misfits(readings: list[Reading]) -> int:
    """How many numbers cannot be what they were read as: counts with decimals, shares above 100, values left over."""
    counts = [r for r in readings if r.statistic in ("count", "ae_count", "events") and r.kind != "dash"]
    return sum(number(r.value) is not None and "." in plain(r.value) for r in counts) + _checks(readings).count(False)


def as_printed(reading: Reading, doubt: str = "") -> Reading:
    """A reading that is not understood: the number with its cell or sentence and what it may be, for a person."""
    may = (reading.statistic, reading.endpoint, reading.patients) if reading.understood else reading.may
    known = {"doubt": doubt or reading.doubt, "may": may}
    return replace(reading, statistic="printed", endpoint="", group="", part="", confidence=0.3, **known)


def holds_data(column: Column) -> bool:
    """Whether the head of a column holds results: then rows were taken for its head."""
    return any(LOOSE.search(LIMITED.sub("", CI_HEAD.sub("", N_EQUALS.sub("", plain(h)))).strip()) for h in column.head)


def odd_group(name: str) -> bool:
    """Whether words cannot name patients: a bracket that does not close, a loose result, a word that leads on."""
    return any(_odd(side) for side in re.split(r" vs\.? ", plain(name)) if side)


def _odd(words):
    loose = PRINTED_TIME.search(LIMITED.sub("", words)) and re.search(r"\d\.\d", LIMITED.sub("", words))
    return bool(
        words.count("(") != words.count(")")
        or loose
        or re.match(r"(?:vs\b|versus\b|and\b|[,;:)])", words)
        or re.search(r"(?:\b(?:in|of|for|to|the|and|or|versus|vs|with|exon|least|than)|[,;:(])$", words)
    )


def number(text: str) -> float | None:
    """A printed number as one; None for words."""
    found = re.fullmatch(rf"-?{NUM}", plain(text).strip().rstrip("+"))
    return float(plain(found[0]).strip().rstrip("+").replace(",", "")) if found else None


def _contradicts(checks):
    return checks.count(False) >= LEAST and checks.count(False) > 0.5 * len(checks)


def _checks(readings):
    """Whether each number is one that its statistic can have, and lies within its own limits."""
    made, centres = [], {r.pair: number(r.value) for r in readings if r.statistic in ("median", "mean", "follow_up")}
    for r in readings:
        value, low, high = (number(x) for x in (r.value, r.low, r.high))
        if r.statistic in ("range", "iqr"):
            value = centres.get(r.pair)
        if r.statistic.startswith("p_") or r.statistic == "p":
            made += [value <= 1] if value is not None else []
        elif r.statistic in ("percent", "ae_percent", "survival_rate"):
            made += [0 <= value <= 100] if value is not None else []
        if None not in (value, low, high):
            made.append(low <= value <= high)
    return made


def _tiny(readings):
    """The columns whose percentages, without counts, are all below 1: differences or tests whose head was not known."""
    alone = defaultdict(list)
    for r in readings:
        if r.statistic == "percent" and r.kind != "dash" and "(" not in r.evidence and "%" not in r.evidence:
            alone[r.column].append(number(r.value))
    return {j for j, values in alone.items() if len(values) >= LEAST and None not in values and max(values) < 1}


def _grades_turned(readings):
    """The columns of adverse events where most events are more often severe than of any grade."""
    counts = defaultdict(dict)
    for r in readings:
        if r.statistic == "ae_count" and number(r.value) is not None:
            event, _, grade = r.endpoint.rpartition(", grade ")
            counts[event, r.group][grade] = r
    pairs = [(g["any"], g[k]) for g in counts.values() for k in ("≥3", "3", "3–4") if "any" in g and k in g]
    wrong = [p for p in pairs if number(p[0].value) < number(p[1].value)]
    turned = _contradicts([number(a.value) >= number(b.value) for a, b in pairs])
    return {r.column for p in wrong for r in p} if turned else set()


def fits(count: str, percent: str, total: int) -> bool:
    """Whether a percentage is that of a count among so many patients, as rounded or cut off."""
    k, x = number(count), number(percent)
    unit = 10.0 ** -len(plain(percent).partition(".")[2])
    return k is not None and x is not None and total > 0 and abs(100 * k / total - x) < unit


def _swapped_back(columns, readings, sizes):
    """Two groups whose counts and percentages fit the size of the other, and not their own, change places."""
    known = {arm: int(n) for n, arm in sizes.items() if arm and n.isdecimal()}
    known |= {c.group: int(c.n) for c in columns if c.group and c.n.isdecimal()}
    groups = [g for g in dict.fromkeys(c.group for c in columns) if g in known]
    shares = {g: _shares([r for r in readings if r.group == g]) for g in groups}
    for a in groups:
        for b in groups[groups.index(a) + 1 :]:
            if known[a] != known[b] and _are(shares[a], known[b], known[a]) and _are(shares[b], known[a], known[b]):
                other = {a: b, b: a}
                return [replace(r, group=other.get(r.group, r.group)) for r in readings]
    return readings


def _are(pairs, total, own):
    """Whether counts and percentages are plainly those of so many patients, and not of the group's own number."""
    right = [fits(k, x, total) for k, x in pairs]
    return (
        len(pairs) > LEAST
        and right.count(True) > 0.8 * len(right)
        and sum(fits(k, x, own) for k, x in pairs) < 0.5 * len(right)
    )


def _shares(readings):
    """Count and percentage of the cells that print both, nought left out."""
    cells = defaultdict(dict)
    for r in readings:
        if r.statistic in SHARES:
            cells[r.pair][r.statistic.removeprefix("ae_")] = r.value
    return [(c["count"], c["percent"]) for c in cells.values() if len(c) == 2 and number(c["count"])]

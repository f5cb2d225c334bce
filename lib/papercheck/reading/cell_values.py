"""Cells that print values: counts, shares, medians, means, rates, with what stands in brackets behind them."""

import re
from dataclasses import replace

from .columns import CI_HEAD
from .document import Cell
from .forms import find_forms
from .mentions import endpoint_mentions
from .place import (
    ALONE,
    DOUBLE,
    IQR_WORD,
    LIMITS,
    PAIR,
    RANGE_WORD,
    SD_WORD,
    any_survival,
    column_ends,
    compared_of,
    cut,
    digits,
    endpoint_of,
    head_ends,
    interval_beside,
    made,
    row_group,
    rows_are_groups,
    share_head,
    share_readings,
    with_beside,
)
from .signs import is_decimal, is_whole, plain


def value_cell(place, cell, text, cells):
    """Readings of a cell, and the columns beside it that are read with it."""
    listed = _listed_cell(place, cell, text)
    if listed:
        return listed, set()
    source, forms = cell.text[len(cell.text) - len(cell.text.lstrip()) :], find_forms(text)
    share = next((f for f in forms if f.kind == "share" and f.start == 0), None)
    counted = _events_of_share(place, cell, share, source) if share else []
    if counted:
        return counted, set()
    if share and place.wanted not in ("median_survival", "median", "mean", "survival_rate"):
        return _with_interval(place, cell, cells, share_readings(place, cell, share, {}))
    mean = next((f for f in forms if f.kind == "mean"), None)
    if mean:
        parts = {"mean": mean.text(source), "sd": mean.text(source, "sd")}
        return [made(place, name, value, cell, total="") for name, value in parts.items()], set()
    worded = next((f for f in forms if f.kind == "value" and f.start == 0 and _spreads(f)), None)
    if worded:
        return _worded_cell(place, cell, worded, source), set()
    pair, double = PAIR.match(text), DOUBLE.match(text)
    if pair:
        return _pair_cell(place, cell, pair), set()
    if double and (double.end() == len(text) or LIMITS.fullmatch(text[double.end() :].strip())):
        return _double_with_interval(place, cell, double, cells)
    return _one_value(place, cell, text, cells, source)


def _events_of_share(place, cell, share, source) -> list:
    """Events of a share in a column of events, or in the row of an endpoint; [] for other shares."""
    if place.column.role == "events" and share.parts.get("total"):
        return _events_of(place, cell, share.text(source, "n"), share.text(source, "total"))
    event = _event_of_row(place) if share.parts.get("percent") else ""
    parts = {"events": share.text(source, "n"), "percent": share.text(source, "percent")} if event else {}
    more = {"endpoint": event, "total": place.column.n}
    return [made(place, name, value, cell, **more) for name, value in parts.items()]


def _double_with_interval(place, cell, double, cells):
    """`31 (67.4)`; its percentage with the limits of the column beside, if that is one of intervals."""
    low, high, used = interval_beside(place, cells)
    readings = _double_cell(place, cell, double)
    if not low:
        return readings, set()
    limits = {"low": low, "high": high, "evidence": with_beside(cell, cells, used).evidence}
    return [replace(r, **limits) if r.statistic == "percent" else r for r in readings], used


def _one_value(place, cell, text, cells, source):
    """A percentage with its limits, limits alone, or a number alone."""
    percent = next((f for f in find_forms(text) if f.kind == "percent" and f.start == 0), None)
    if percent and percent.parts.get("low"):
        limits = {k: percent.text(source, k) for k in ("low", "high", "level")}
        return [_rate(place, cell, percent.text(source), limits)], set()
    limits, words = LIMITS.fullmatch(text), plain(place.row.label)
    spread = "iqr" if IQR_WORD.search(words) else "range" if RANGE_WORD.search(words) else ""
    if limits and spread and not CI_WORD.search(words):
        return [made(place, spread, "", cell, low=cut(cell, limits, "low"), high=cut(cell, limits, "high"))], set()
    return _alone_cell(place, cell, text, cells)


def _with_interval(place, cell, cells, readings):
    """Readings of a share; its percentage with the limits of the column beside, if that is one of intervals."""
    low, high, used = interval_beside(place, cells)
    beside, bare = (
        with_beside(cell, cells, used).evidence,
        [r for r in readings if r.statistic == "percent" and not r.low],
    )
    if not low or not bare:
        return readings, set()
    return [replace(r, low=low, high=high, evidence=beside) if r in bare else r for r in readings], used


def _listed_cell(place, cell, text):
    """`31 (67.4)/15 (32.6)` beside `Sex, male/female`: one share a level; [] for any other cell."""
    name, _, levels = re.sub(r"[)\s]+$", "", place.row.label).rpartition("," if "," in place.row.label else "(")
    parts, levels = text.split("/"), [x.strip() for x in levels.split("/")]
    found = [DOUBLE.fullmatch(x.strip()) or ALONE.fullmatch(x.strip()) for x in parts]
    wrong = OF_TOTAL.search(place.row.label) or not name.strip() or "" in levels
    if len(parts) < 2 or len(parts) != len(levels) or not all(found) or wrong:
        return []
    counts = [m["value"] for m in found]
    size = int(place.column.n) if place.column.n.isdecimal() else 0
    if not all(c.isdecimal() for c in counts) or size and sum(map(int, counts)) > size:
        return []
    shares = [m.groupdict().get("second") for m in found]
    made_of, printed = [], cell.text.strip().split("/" if "/" in cell.text else "／")
    for level, match, share, raw in zip(levels, found, shares, printed, strict=True):
        about, raw = {"endpoint": f"{name.strip(' ,')}: {level}"}, Cell(raw.strip())
        made_of.append(made(place, "count", cut(raw, match, "value"), cell, **about))
        made_of += [made(place, "percent", cut(raw, match, "second"), cell, **about)] if share else []
    return made_of


OF_TOTAL = re.compile(r"/ ?(?:N\b|n\b|(?i:totals?|all|patients|evaluable|assessable|known|tested)\b)")


def _spreads(form):
    """The limits that a cell names itself: quartiles and range."""
    return [(name, k) for name, k in (("iqr", "q"), ("range", "r")) if form.parts.get(f"{k}low")]


def _worded_cell(place, cell, form, source):
    """`66 (IQR 58-72; range 44-81)`: a median with the limits that its own cell names."""
    first = made(place, place.wanted if place.wanted in TIMES else "median", form.text(source), cell)
    limits = [(name, form.text(source, f"{k}low"), form.text(source, f"{k}high")) for name, k in _spreads(form)]
    return [first, *(made(place, name, "", cell, low=low, high=high) for name, low, high in limits)]


TIMES = ("median_survival", "follow_up")


def _rate(place, cell, value, limits):
    if place.wanted == "survival_rate":
        time = re.search(
            r"(\d+)[- ]?(months?|years?|个月|年)", plain(" ".join([*place.row.path, *place.column.head])), re.I
        )
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
    value, low, high = (cut(cell, match, k) for k in ("value", "low", "high"))
    words = plain(" ".join([*place.row.path[-2:], *place.column.head]))
    limits = {"low": low, "high": high, "level": _level(place, words)}
    percent = "%" in CI_HEAD.sub("", plain(cell.text)[: match.end()]) or _row_of_shares(place, words)
    if place.wanted == "survival_rate" or percent and place.wanted not in ("median", "mean"):
        return [_rate(place, cell, value, limits)]
    spread = RANGE_WORD.search(words) or IQR_WORD.search(words)
    if place.wanted in ("median_survival", "follow_up") and (CI_WORD.search(words) or not spread):
        return [made(place, place.wanted, value, cell, endpoint=endpoint_of(place, True) or "OS", **limits)]
    if place.column.ratio or re.search(r"\bHR\b|hazard ratio", words):
        about = {"endpoint": endpoint_of(place, True), "group": compared_of(place)}
        return [made(place, "hazard_ratio", value, cell, **about, **limits)]
    share = share_head(place) if re.search(r"%", CI_HEAD.sub("", plain(" ".join(place.column.head[-1:])))) else ""
    if share and CI_WORD.search(words):
        return [made(place, "percent", value, cell, **limits)]
    survival = _survival_head(place)
    if survival and not RANGE_WORD.search(plain(place.row.label)):
        return [made(place, "median_survival", value, cell, endpoint=survival, group=row_group(place), **limits)]
    first, name = _centre_of(place, words), _spread_of(place, words)
    if CI_WORD.search(words) and not spread:
        return [made(place, first, value, cell, **limits)]
    notes = plain(" ".join([words, *place.table.notes]))
    if CI_HEAD.search(plain(place.table.caption)) and not (RANGE_WORD.search(notes) or IQR_WORD.search(notes)):
        return [made(place, first, value, cell, **limits)]
    return [made(place, first, value, cell), made(place, name, "", cell, low=low, high=high)]


CI_WORD = re.compile(r"(?<![A-Za-z])CIs?(?![A-Za-z])|区间|confidence")


def _row_of_shares(place, words):
    """Whether a row prints shares with their intervals: `ORR, % (95% CI)`."""
    label = CI_HEAD.sub("", plain(place.row.label))
    printed = re.search(r"[,(] ?%", label) or any(m.kind == "share" and m.start < 4 for m in head_ends(label))
    return bool(printed and CI_WORD.search(words) and not place.wanted and not _survival_head(place))


def _spread_of(place, words):
    """Whether the limits behind a median or mean are quartiles or a range."""
    noted = not RANGE_WORD.search(words) and IQR_WORD.search(plain(" ".join(place.table.notes)))
    return "iqr" if IQR_WORD.search(words) or noted else "range"


def _centre_of(place, words):
    if place.wanted in ("follow_up", "median_survival"):
        return place.wanted
    return "mean" if place.wanted == "mean" and not re.search("median", words, re.I) else "median"


def _rate_head(place):
    """Endpoint and time of a column of rates: 6-month PFS (%), or 6-month rate below PFS."""
    words = plain(place.column.head[-1]) if place.column.head else ""
    found = [m for m in column_ends(place.column.head) if m.kind == "time"]
    time = re.search(r"(\d+)[- ]?(months?|years?|mo\b|个月|年)", words, re.I)
    if not (found and time and re.search(r"%|rate|率", words)):
        return None
    return found[0].name, f"{int(time[1]) * (12 if time[2].lower().startswith(('y', '年')) else 1)} months"


def _survival_head(place):
    """The time to event that the column of a cell prints medians of."""
    words = CI_HEAD.sub("", plain(place.column.head[-1])) if place.column.head else ""
    if re.search(r"n\s*\(%\)|rate|%", words):
        return ""
    for words in place.column.head[::-1]:
        found = [m for m in head_ends(words) if m.kind == "time"]
        if found and not re.search(r"n\s*\(%\)|rate|%", CI_HEAD.sub("", plain(words))):
            return found[0].name
    return ""


def _level(place, words):
    found = (
        CI_HEAD.search(words)
        or CI_HEAD.search(plain(place.table.caption))
        or next((m for n in place.table.notes if (m := CI_HEAD.search(plain(n)))), None)
    )
    return found["level"] if found else ""


def _double_cell(place, cell, match):
    """`9 (69.2)`: a number and its percentage, or a mean with its standard deviation."""
    value, second = cut(cell, match, "value"), cut(cell, match, "second")
    if percent_first(place, match):
        value, second = second, value
    elif place.wanted == "mean" or (
        is_decimal(value) and SD_WORD.search(plain(" ".join([*place.row.path, *place.table.notes])))
    ):
        return [made(place, "mean", value, cell), made(place, "sd", second, cell)]
    if is_decimal(value):
        return [
            made(place, "printed", value, cell, confidence=0.3),
            made(place, "printed", second, cell, confidence=0.3),
        ]
    event = _event_of_row(place)
    if event:
        about = {"endpoint": event}
        return [made(place, "events", value, cell, **about), made(place, "percent", second, cell, **about)]
    tail = LIMITS.fullmatch(plain(cell.text).strip()[match.end() :].strip())
    behind = len(plain(cell.text).strip()) - len(tail[0]) if tail else 0
    limits = {k: cell.text.strip()[slice(*(x + behind for x in tail.span(k)))] for k in ("low", "high")} if tail else {}
    return [made(place, "count", value, cell), made(place, "percent", second, cell, **limits)]


def percent_first(place, match) -> bool:
    """Whether a cell prints the percentage before the count: `64% (41)`, or below `% (n)`."""
    said = plain(" ".join([*place.row.path[-2:], *place.column.head[-1:], place.table.caption]))
    whole = not is_decimal(match["second"]) and not match["percent"]
    return whole and bool(match["first"] or re.search(r"%\s*[,(]\s*(?:n|no\.?)\b", said, re.I))


def _alone_cell(place, cell, text, cells):
    """A number that stands alone, or the word for a median that was not reached."""
    bare = re.sub(r" ?(?:months?|mo|个月)$", "", text) if place.wanted in TIMES else text
    survival, alone = _survival_head(place), ALONE.fullmatch(bare)
    if re.fullmatch(r"N[RE]|not (?:yet )?reached|未达到", text, re.I):
        return _open_cell(place, cell, survival), set()
    if not alone or alone["operator"]:
        return [], set()
    value = digits(cell, alone)
    rate = _rate_head(place)
    if rate:
        about = {"endpoint": f"{rate[0]} at {rate[1]}", "time": rate[1]}
        about["group"] = place.column.group if place.column.n else row_group(place)
        return [made(place, "survival_rate", value, cell, **about)], set()
    if survival and place.column.role == "value" and not alone["percent"]:
        low, high, used = interval_beside(place, cells)
        evidence = with_beside(cell, cells, used)
        about = {"endpoint": survival, "group": row_group(place), "low": low, "high": high}
        return [made(place, "median_survival", value, evidence, **about)], used
    return _by_row(place, cell, cells, value, bool(alone["percent"]))


def _open_cell(place, cell, survival):
    """A median that was not reached."""
    if not survival and place.wanted != "median_survival":
        return []
    group = {"group": row_group(place)} if survival else {}
    endpoint = survival or endpoint_of(place, True)
    return [made(place, "median_survival", cell.text.strip(), cell, endpoint=endpoint, **group)]


def _by_row(place, cell, cells, value, percent):
    """A lone number by what its row and the kind of its column say."""
    role = place.column.role
    if place.wanted in ("median_survival", "follow_up"):
        low, high, used = interval_beside(place, cells)
        cell = with_beside(cell, cells, used)
        return [
            made(place, place.wanted, value, cell, endpoint=endpoint_of(place, True) or "OS", low=low, high=high)
        ], used
    if place.wanted in ("median", "mean") and role != "percent":
        return [made(place, place.wanted, value, cell)], set()
    if percent and POINT.match(plain(place.row.label)):  # `6-month PFS`, and % behind the number
        place = replace(place, wanted="survival_rate")
    if (
        place.wanted == "survival_rate"
        or percent
        or role == "percent"
        or (share_head(place) and re.search(r"(?:^|[(, ])%", plain(place.column.head[-1])) and is_decimal(value))
        or re.search(r"[,(]\s*%\)?$", plain(place.row.label))
        and (is_decimal(value) or re.search(r"[^)],\s*%$", plain(place.row.label)))
    ):
        low, high, used = interval_beside(place, cells)
        return [_rate(place, with_beside(cell, cells, used), value, {"low": low, "high": high})], used
    return _counted(place, cell, value), set()


POINT = re.compile(r"(?:\d+|one|two)[- ]?(?:month|mo|year|yr)s?[- ](?:m?PFS|m?OS|progression|overall)", re.I)
EVENT_ROW = re.compile(
    r"(?:(?:no\.?|number) of )?(?:(?P<time>PFS|OS) events|(?P<any>events)|deaths)\W{0,2}(?:,? ?(?:n"
    r"|no\.?))?(?: ?\(%\))?",
    re.I,
)


def _event_of_row(place):
    """The time to event whose events a row counts: deaths, PFS events, or `Events` below an endpoint; ''."""
    found = EVENT_ROW.fullmatch(plain(place.row.label).strip())
    if not found:
        return ""
    block = [m.name for m in head_ends(place.row.block) if m.kind == "time"]
    return (block[0] if block else "") if found["any"] else found["time"].upper() if found["time"] else "OS"


def _counted(place, cell, value):
    """A lone number that can only be a count, or is not understood."""
    role = place.column.role
    if role == "events":
        return _events_of(place, cell, value)
    if re.search(r"effective (?:sample )?(?:size|n)", plain(place.row.label), re.I):
        return [made(place, "effective_n", value, cell)]
    event = _event_of_row(place) if is_whole(value) else ""
    if event:
        return [made(place, "events", value, cell, endpoint=event)]
    if is_whole(value):
        if OF_PATIENTS.fullmatch(plain(place.row.label).strip()) and not place.row.block:
            return [made(place, "count", value, cell, endpoint="patients included")]
        if role == "n" and rows_are_groups(place):
            group = ": ".join(place.row.path[-2:])
            return [made(place, "count", value, cell, endpoint="patients included", group=group)]
        return [made(place, "count", value, cell)]
    if _beside_shares(place, cell) and 0 <= float(plain(value)) <= 100:
        return [made(place, "percent", value, cell, confidence=0.85)]
    return [made(place, "printed", value, cell, confidence=0.3)]


def _events_of(place, cell, events, patients=""):
    """`28/37` of a column of events: of the row's patients, or of the column's where the row names an endpoint."""
    named = any(m.kind == "time" for m in endpoint_mentions(plain(place.row.label)))
    levels = not named and (place.column.group or rows_are_groups(place) or place.kind == "cox")
    group = {"group": row_group(place)} if levels else {}
    endpoint = endpoint_of(place, True) or any_survival(place)
    made_of = [made(place, "events", events, cell, endpoint=endpoint, **group)]
    return made_of + ([made(place, "count", patients, cell, endpoint="patients included", **group)] if patients else [])


OF_PATIENTS = re.compile(
    r"(?:(?:total )?(?:no\.?|number)s? of (?:patients|pts|subjects)|(?:all )?patients|例数)(?:, ?(?:n|no\.?))?", re.I
)


def _beside_shares(place, cell):
    """Whether the other columns of a row print counts with
    percentages: a weighted column beside them prints the latter.
    """
    others = [plain(c.text).strip() for c in place.row.cells[1:] if c is not cell]
    return any(DOUBLE.fullmatch(t) and not is_decimal(t.split("(")[0]) or re.search(r"\d\s*%", t) for t in others)

"""Checks of effects against the numbers of their groups:
differences, risk ratios, restricted means, rates, interactions.
"""

from itertools import pairwise
from math import inf, log, sqrt

from ..registry.printed import print_as, read_printed
from .chance import chi_square_tail, normal_quantile
from .comparisons import having, within_of
from .consistency import overlap
from .denominators import read_as_fewer, tables_between
from .endpoints import height, heights
from .finding import Message, found, listed, prints_of, share_of
from .group_tests import event_row
from .kinds import p_window, test_kind
from .paper import Paper, as_group, finest, whole, widest

# By tests/bench/audit_tolerance.py: in 99% of right trials the whole is within FAR standard errors of its parts; no
# interaction statistic was further from the difference of its subgroups than 1.41.
FAR = 1.5
INTERACTION = (0.1, 1.5)  # a share of the statistic, and a constant


def differences(paper: Paper):
    """A difference of shares, of means or of restricted means, or a risk ratio, that is not that of its two groups."""
    for entry in paper.registry.of("difference", "risk_ratio", "mean_difference", "rmst_difference"):
        if entry.get("adjusted") or entry.get("weights") or None in (entry.get("group"), entry.get("against")):
            continue
        part = "rr" if entry.statistic == "risk_ratio" else "difference"
        p, sides = finest(prints_of(entry, part)), [_side(paper, entry, entry.get(k)) for k in ("group", "against")]
        own = widest(p.cell.text) if p is not None else None
        if own is None or None in sides:
            continue
        (first, shown, q), (second, other, r) = sides
        allowed = _between_sides(part, first, second)
        kind = "" if overlap(own, allowed) else _verdict(paper, entry, part, own)
        if not kind:
            continue
        turned = _ratio(second, first) if part == "rr" else (second[0] - first[1], second[1] - first[0])
        sign = "/" if part == "rr" else "-"
        wording = Message(
            "{name}: {printed} is not that of the printed groups, {shown} and {other}",
            name=paper.name(entry),
            printed=p.shown,
            shown=shown,
            other=other,
        )
        wording = (
            Message("{what}; it is that of the comparison turned round", what=wording)
            if overlap(own, turned)
            else Message("{what}; an adjusted one would be another (`adjusted` in the registry says so)", what=wording)
        )
        decimals = read_printed(p.cell.text).decimals
        near = list(dict.fromkeys(print_as(x, decimals) for x in allowed if abs(x) != inf))
        evidence = Message(
            "{shown} {sign} {other} lies in {allowed} to {allowed2}",
            shown=shown,
            sign=sign,
            other=other,
            allowed=f"{allowed[0]:.4g}",
            allowed2=f"{allowed[1]:.4g}",
        )
        yield found(kind, [p, *q, *r], read_as_fewer(kind, wording), evidence, near)


def numbers_needed(paper: Paper):
    """A number needed to treat that is not one over its difference of shares, rounded or rounded up (Altman 1998)."""
    for entry in paper.registry.of("difference"):
        nnt, p = (finest(prints_of(entry, part)) for part in ("nnt", "difference"))
        sides = [None if p else _side(paper, entry, entry.get(k)) for k in ("group", "against")]
        own, prints = widest(p.cell.text) if p is not None else None, [p]
        if None not in sides:
            own, prints = _between_sides("difference", sides[0][0], sides[1][0]), [*sides[0][2], *sides[1][2]]
        number = read_printed(nnt.cell.text) if nnt is not None else None
        if number is None or number.bound or own is None or own[0] <= 0 <= own[1]:
            continue
        least, most = sorted(100 / abs(x) for x in own)
        low, high = float(abs(number.value) - number.unit), float(abs(number.value) + number.unit)
        if most < low or least > high:
            said = "{name}: a number needed to treat of {nnt} is not one over the difference"
            wording = Message(said, name=paper.name(entry), nnt=nnt.shown)
            evidence = Message("one over it lies in {low} to {high}", low=f"{least:.1f}", high=f"{most:.1f}")
            yield found("contradiction", [nnt, *prints], wording, evidence)


def _between_sides(part, first, second) -> tuple[float, float]:
    return _ratio(first, second) if part == "rr" else (first[0] - second[1], first[1] - second[0])


def _verdict(paper, entry, part, own) -> str:
    """The verdict about a number that those of all subjects do not give: counts may be of fewer."""
    pair = [entry.get(key) for key in ("group", "against")]
    if not entry.get("event_of") and not isinstance(entry.get("event"), dict):
        return "contradiction"
    counted = [_counted(paper, entry, level)[0] for level in pair]
    tables = tables_between(paper, entry, pair, counted)
    return tables.verdict(
        lambda t: overlap(own, _between_sides(part, *map(_share, t))),
        lambda t: [_between_sides(part, *map(_share, t))],
        own,
    )


def _share(counted) -> tuple[float, float]:
    """The window of a percentage; a difference of rounded percentages is off by half a unit each."""
    share = 100 * counted[0] / counted[1]
    return share - 0.06, share + 0.06


def _counted(paper, entry, level):
    """((with the outcome, of so many), prints) of one group of a comparison of counts; None where it is not printed."""
    by, where = {str(entry.get("by")): str(level)}, entry.get("where")
    if isinstance(entry.get("event"), dict):
        row, prints = event_row(paper, entry, where, by)
        return ((row[0], sum(row)), prints) if row and sum(row) else None
    counted = having(paper, entry, level)
    return (counted, within_of(paper, entry, level)) if counted is not None and counted[1] else None


def _ratio(a, b):
    return (a[0] / b[1] if b[1] > 0 else inf), (a[1] / b[0] if b[0] > 0 else inf)


def _side(paper, entry, level):
    """(window, text, prints) of one group of a comparison; None where it is not printed."""
    by, where = {str(entry.get("by")): str(level)}, entry.get("where")
    group = as_group(where, by)
    if entry.statistic == "mean_difference":
        return _printed(paper, "mean", group, "estimate", variable=entry.get("variable"))
    if entry.statistic == "rmst_difference":
        return _printed(paper, "rmst", group, "estimate", endpoint=entry.get("endpoint"), time=entry.get("time"))
    if entry.get("endpoint"):
        return _printed(paper, "survival_at", group, "percent", endpoint=entry.get("endpoint"), time=entry.get("time"))
    if isinstance(entry.get("event"), dict) or entry.get("event_of"):
        found_ = _counted(paper, entry, level)
        return found_ and (_share(found_[0]), share_of(*found_[0]), found_[1])
    return None


def _printed(paper, statistic, group, part, **same):
    for other in paper.registry.of(statistic):
        alike = all(str(other.get(key)) == str(value) for key, value in same.items())
        if alike and as_group(other.get("where")) == group and not other.get("weights"):
            p = finest(prints_of(other, part))
            if p is not None and widest(p.cell.text):
                return widest(p.cell.text), p.shown, [p]
    return None


def restricted_means(paper: Paper):
    """A restricted mean outside what the longest possible time, and the printed survival and median, allow.

    It is the area under the curve up to the time tau, which never rises: between two printed heights it is no higher
    than the first and no lower than the second.
    """
    for entry in paper.registry.of("rmst"):
        p, tau, group = finest(prints_of(entry, "estimate")), float(entry.get("time")), as_group(entry.get("where"))
        own = widest(p.cell.text) if p is not None else None
        if own is None or entry.get("weights") or not paper.in_study_unit(entry):
            continue
        points = heights(paper).get((str(entry.get("endpoint")), group), [])
        limits = [((0.0, tau), "the time itself", [])]
        for point in [[x] for x in points] + ([points] if len(points) > 1 else []):
            prints = list({id(q): q for *_, q in point}.values())
            limits.append((_area(point, tau), listed(map(height, prints)), prints))
        for (low, high), why, prints in limits:
            if not overlap(own, (low, high)):
                kind = "contradiction" if prints else "impossible"
                wording = Message(
                    "{name}: {printed} up to {tau} does not go with {why}",
                    name=paper.name(entry),
                    printed=p.shown,
                    tau=f"{tau:g}",
                    why=why,
                )
                yield found(
                    kind,
                    [p, *prints],
                    wording,
                    Message("the area under the curve lies in {low} to {high}", low=f"{low:.4g}", high=f"{high:.4g}"),
                )
                break


def _area(points, tau) -> tuple[float, float]:
    """The least and greatest area under a curve up to tau through [(time, least, most, print)]."""
    times = sorted({0.0, tau, *(t for t, *_ in points if t < tau)})
    least = most = 0.0
    for start, end in pairwise(times):
        least += (end - start) * max((low for t, low, _, _ in points if t >= end), default=0.0)
        most += (end - start) * min((high for t, _, high, _ in points if t <= start), default=1.0)
    return least, most


def rates_of_exposure(paper: Paper):
    """A rate per person-time that is not its events over its person-time."""
    for entry in paper.registry.of("event_rate"):
        rate, events, exposure = (finest(prints_of(entry, part)) for part in ("estimate", "events", "exposure"))
        if None in (rate, events, exposure) or whole(events) is None:
            continue
        own, time, per = widest(rate.cell.text), widest(exposure.cell.text), float(entry.get("per"))
        if own is None or time is None or time[0] <= 0 or time[1] == inf:
            continue
        allowed = per * whole(events) / time[1], per * whole(events) / time[0]
        if not overlap(own, allowed):
            near = print_as(sum(allowed) / 2, read_printed(rate.cell.text).decimals)
            wording = Message(
                "{name}: {rate} is not {events} events in {exposure} {unit} per {per}",
                name=paper.name(entry),
                rate=rate.shown,
                events=events.shown,
                exposure=exposure.shown,
                unit=entry.unit or "units of time",
                per=f"{per:g}",
            )
            yield found(
                "contradiction",
                [rate, events, exposure],
                wording,
                f"{per:g} x {events.shown} / {exposure.shown} = {near}",
                [near],
            )


def _subgroups(paper):
    """{(endpoint, by, group, against, rest): {column: {level: (entry,
    log hazard ratio, standard error, prints)}}}, wholes under ''.
    """
    found_ = {}
    for entry in paper.registry.of("cox", "odds_ratio"):
        hr, ci = finest(prints_of(entry, "hr", "or")), finest(prints_of(entry, "ci"))
        if hr is None or ci is None or not isinstance(ci.cell.text, tuple) or entry.get("weights"):
            continue
        own, limits = widest(hr.cell.text), [widest(t) for t in ci.cell.text]
        if None in limits or min(own[0], limits[0][0]) <= 0 or limits[1][1] == inf or own[1] == inf:
            continue
        level = float(entry.get("level", paper.registry.level))
        spread = log(limits[1][1] / limits[0][0]) / 2 / normal_quantile(0.5 + level / 200)
        value = entry, (log(own[0]) + log(own[1])) / 2, spread, [hr, ci]
        where = entry.get("where") or {}
        for column, at in [(c, x) for c, x in where.items() if not isinstance(x, list)] or [("", "")]:
            key = (
                str(entry.get("endpoint") or entry.get("event_of")),
                *(str(entry.get(k)) for k in ("by", "group", "against")),
                as_group({c: x for c, x in where.items() if c != column}),
            )
            found_.setdefault(key, {}).setdefault(str(column), {})[str(at)] = value
    return found_


def subgroups_and_whole(paper: Paper):
    """A hazard ratio of all beyond those of every level of a factor, by more than its own error.

    The whole is nearly the mean of its parts where the factor is spread evenly over the groups (FAR is by simulation);
    where it is not, the paradox of Simpson can do it.
    """
    for (endpoint, by, *_), columns in _subgroups(paper).items():
        pooled = columns.get("", {}).get("")
        for column, levels in columns.items() if pooled is not None else ():
            if (
                not column
                or pooled[0].statistic != "cox"
                or len(levels) < 2
                or not set(paper.levels.get(column) or ("?",)) <= set(levels)
            ):
                continue
            logs = [value for _, value, _, _ in levels.values()]
            entry, value, se, prints = pooled
            beyond = max(min(logs) - value, value - max(logs))
            if (
                beyond <= max(FAR * se, 0.1)
                or entry.get("adjusted")
                or any(e.get("adjusted") for e, *_ in levels.values())
            ):
                continue
            yield found(
                "convention",
                [*prints, *(q for row in levels.values() for q in row[3])],
                _whole_beyond_parts(paper, (endpoint, by, column), prints, levels),
                Message(
                    "beyond by {beyond} on the log scale, its standard error is {se}",
                    beyond=f"{beyond:.2f}",
                    se=f"{se:.2f}",
                ),
            )


def _whole_beyond_parts(paper, about, prints, levels) -> Message:
    """That the hazard ratio of all lies beyond those of every level of a factor: about is (endpoint, by, factor)."""
    endpoint, by, column = about
    return Message(
        "{endpoint} by {factor}: the hazard ratio of all, {shown}, lies beyond those "
        "of every level of {factor2}: {shown2}. It holds only if {factor2} is spread "
        "unevenly over the groups, or one of them is a misprint",
        endpoint=paper.endpoint(endpoint),
        factor=paper.label(by),
        shown=prints[0].shown,
        factor2=paper.label(column),
        shown2=[Message("{shown} ({level})", shown=row[3][0].shown, level=level) for level, row in levels.items()],
    )


def interactions(paper: Paper):
    """An interaction P against the ratios of its subgroups.

    With two subgroups its statistic is nearly the difference of the log ratios over its error, with more Cochran's Q;
    how nearly (INTERACTION) is by simulation, as one model with all subgroups shares its baseline.
    """
    groups = _subgroups(paper)
    for entry in paper.registry.of("interaction"):
        p, across = finest(prints_of(entry, "p")), str(entry.get("across"))
        number = read_printed(p.cell.text) if p is not None else None
        about = str(entry.get("endpoint") or entry.get("event_of")), str(entry.get("by"))
        keyed = [v for k, v in groups.items() if k[:2] == about]
        for levels in [columns[across] for columns in keyed if across in columns]:
            few = len(levels) < 2 or not set(paper.levels.get(across) or ("?",)) <= set(levels)
            if number is None or number.value > 1 or few or entry.get("adjusted") or entry.get("weights"):
                continue
            kind, z = test_kind(p.cell), _between(levels)
            if len(levels) > 2 and kind.sides == 1:
                continue
            share, constant = INTERACTION
            allowed = p_window(max(0.0, z * (1 - share) - constant), z * (1 + share) + constant, kind.sides)
            if "other" in kind.kinds or overlap(number.widest_window, allowed):
                continue
            implied = p_window(z, z, kind.sides)[0]
            text = print_as(implied, 3) if implied >= 0.001 else f"{implied:.1g}"
            shown = [Message("{shown} ({level})", shown=q.shown, level=r.shown) for *_, (q, r) in levels.values()]
            wording = Message(
                "{name}: an interaction P of {printed} does not go with {shown}",
                name=paper.name(entry),
                printed=p.shown,
                shown=shown,
            )
            evidence = _ratios_differ(z, len(levels), text)
            kind = "convention" if len(levels) > 2 and number.window[1] < implied else "contradiction"
            yield found(kind, [p, *(x for *_, prints in levels.values() for x in prints)], wording, evidence, [text])


def _ratios_differ(z, n, text) -> Message:
    """By how much the log ratios of n levels differ (a normal value), and about which P that makes."""
    if n > 2:
        return Message(
            "the log ratios differ as a normal value of {z} (Cochran's Q of {n}): P "
            "about {text}; a trend test may differ",
            z=f"{z:.2f}",
            n=n,
            text=text,
        )
    return Message("the log ratios differ by {z} standard errors: P about {text}", z=f"{z:.2f}", text=text)


def _between(levels) -> float:
    """The size of the normal value whose P is that of the
    differences of the log ratios between levels (Cochran's Q).
    """
    rows = [(value, 1 / se**2) for _, value, se, _ in levels.values()]
    mean = sum(v * w for v, w in rows) / sum(w for _, w in rows)
    q = sum(w * (v - mean) ** 2 for v, w in rows)
    if len(rows) == 2:
        return sqrt(q)
    tail = chi_square_tail(q, len(rows) - 1)
    return normal_quantile(1 - tail / 2) if tail > 1e-15 else 8.0

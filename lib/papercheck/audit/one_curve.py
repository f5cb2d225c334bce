"""Checks of one Kaplan-Meier curve against its events, its end and the numbers at risk."""

from math import asin, exp, inf, log, pi, sin, sqrt

from ..registry.printed import read_printed
from .chance import normal_quantile
from .endpoints import height, heights
from .finding import Either, Message, found, prints_of
from .intervals import LEVELS
from .paper import Paper, as_group, finest, widest

TOGETHER = 4  # events at one time, and in percent of the subjects, that are told
NOT_ESTIMABLE = (
    "{what}. It holds if the curve falls from above 50% to 0 with the last subject at risk: its limits cannot be"
    " estimated then"
)
SLACK = 1.1  # a bootstrap varies: a bound on a variance is moved by this factor


def survival_points(paper):
    """(entry, print, window of survival from 0 to 1, group) of each printed survival at a time, unweighted."""
    for entry in paper.registry.of("survival_at"):
        p = finest(prints_of(entry, "percent"))
        own = widest(p.cell.text) if p is not None else None
        if own and not entry.get("weights") and paper.in_study_unit(entry):
            yield entry, p, (own[0] / 100, own[1] / 100), as_group(entry.get("where"))


def curves_without_events(paper: Paper):
    """A median, or survival below 100%, where nobody had the event."""
    for (endpoint, group), (_, most, prints) in paper.events().items():
        if most or not prints:
            continue
        median = paper.by_endpoint("median_survival", "estimate").get((endpoint, group))
        below = [
            p
            for e, p, own, g in survival_points(paper)
            if (str(e.get("endpoint")), g) == (endpoint, group) and own[1] < 1
        ]
        reached = [median] if median is not None and read_printed(median.cell.text) is not None else []
        for p in (*reached, *below):
            wording = Message(
                "{name}: {printed}, but nobody had the event ({group})",
                name=paper.name(p.entry),
                printed=p.shown,
                group=paper.words(group),
            )
            yield found("contradiction", [p, *prints], wording, Message("without an event the curve stays at 100%"))


def events_of_curves(paper: Paper):
    """The events printed beside a curve against those printed elsewhere of the same subjects."""
    for curve in paper.registry.own.get("curves") or []:
        drawn, key = curve.get("events"), (str(curve["endpoint"]), as_group(curve.get("where")))
        least, most, prints = paper.events().get(key, (0, inf, []))
        if drawn is not None and not least <= drawn <= most:
            said = "{endpoint}: {drawn} events beside the curve ({place}), but {events} printed elsewhere ({group})"
            shown = Either([p.shown for p in prints])
            place = str(curve.get("at", "curves"))
            wording = Message(
                said, endpoint=paper.endpoint(key[0]), drawn=drawn, place=place, events=shown, group=paper.words(key[1])
            )
            near = f"at least {least}" if drawn < least else f"at most {most}"
            yield found("contradiction", prints, wording, Message("{drawn} is not {near}", drawn=drawn, near=near))


def events_at_the_end(paper: Paper):
    """More events than the curve at its last time leaves room for: S(t) is at most 1 - events until t / n."""
    longest = paper.by_endpoint("longest", "estimate")
    for entry, p, (low, _), group in survival_points(paper):
        endpoint = str(entry.get("endpoint"))
        last, events, n = (
            longest.get((endpoint, group)),
            paper.events().get((endpoint, group)),
            paper.followed(endpoint, group),
        )
        end = widest(last.cell.text) if last is not None else None
        time = float(entry.get("time"))
        if not end or events is None or not n or time < end[0] or events[0] <= n * (1 - low) + 1e-6:
            continue
        wording = Message(
            "{name} at {time}: {printed}% are printed at the end of the curve, but {events} of {n} had the event",
            name=paper.name(entry),
            time=f"{time:g}",
            printed=p.shown,
            events=events[0],
            n=n,
        )
        evidence, more = f"1 - {events[0]}/{n} = {1 - events[0] / n:.3f}", events[0] - n * (1 - low)
        prints = [p, *events[2], last]
        if time >= end[1] or (more >= max(6, n // 5) and read_printed(last.cell.text).decimals):
            yield found("contradiction", prints, wording, evidence)
        else:
            wording = Message(
                "{what}: it holds only if the others had it between {time} and the end, which prints {last}",
                what=wording,
                time=f"{time:g}",
                last=last.shown,
            )
            yield found("convention", prints, wording, evidence)


def few_events(paper: Paper):
    """Survival that is lower than so few events make it, while half of the subjects were followed for longer.

    Of n with d events 1 - S(t) is at most 2 d / n before the median follow-up by reverse Kaplan-Meier (each event
    weighs one over the share not yet censored, Satten and Datta 2001); where it is that of those without the event, m
    of them or more are at risk after t, and S(t) is at least m / (m + d).
    """
    follow_up, events = paper.by_endpoint("median_follow_up", "estimate"), paper.events()
    for (endpoint, group), points in heights(paper).items():
        q, n = follow_up.get((endpoint, group)), paper.followed(endpoint, group)
        _, d, behind = events.get((endpoint, group), (0, 0, []))
        until = widest(q.cell.text) if q is not None else None
        if not until or not behind or not n or d >= n:
            continue
        left = (n - d + 1) // 2
        least = min(1 - 2 * d / n, left / (left + d))
        for time, _, high, p in points:
            if time < until[0] and high < least:
                said = (
                    "{name}: {height}, but {events} of {n} had the event and half were followed for {follow_up} or longer:"
                    " it holds only if follow-up is the time to the cut-off of those too who were lost before"
                )
                shown = {"height": height(p), "events": d, "n": n, "follow_up": q.shown}
                wording = Message(said, name=paper.name(p.entry), **shown)
                evidence = Message("so few events leave at least {least} at that time", least=f"{least:.1%}")
                yield found("convention", [p, *behind, q], wording, evidence)
                break


def beyond_the_end(paper: Paper):
    """Survival at a time after the longest time, where the curve has ended."""
    longest = paper.by_endpoint("longest", "estimate")
    for entry, p, (low, _), group in survival_points(paper):
        endpoint, time = str(entry.get("endpoint")), float(entry.get("time"))
        last = longest.get((endpoint, group), longest.get((endpoint, ())))
        end = widest(last.cell.text) if last is not None else None
        n = paper.followed(endpoint, group)
        if end and n and endpoint_is_over(p, n) and end[0] > time and (endpoint, group) in longest:
            wording = Message(
                "{name}: {printed}% at {time}, but somebody was followed until {last}",
                name=paper.name(entry),
                printed=p.shown,
                time=f"{time:g}",
                last=last.shown,
            )
            yield found("contradiction", [p, last], wording, Message("a curve at 0 has nobody left"))
        if end and time > end[1] and low > 0:
            wording = Message(
                "{name}: {printed}% at {time}, but nobody was followed for longer than "
                "{last}: it holds only if the curve is drawn on beyond its end",
                name=paper.name(entry),
                printed=p.shown,
                time=f"{time:g}",
                last=last.shown,
            )
            yield found("convention", [p, last], wording, f"{time:g} > {last.shown}")


def endpoint_is_over(p, n) -> bool:
    """Whether printed survival can only be 0 among n subjects."""
    number = read_printed(p.cell.text)
    return number.value == 0 and not number.bound and number.widest_window[1] < 100 / n


def lower_limits_not_reached(paper: Paper):
    """A lower limit that is called not reached beside a median that is reached."""
    for entry in paper.registry.of("median_survival", "median_follow_up"):
        p, ci = finest(prints_of(entry, "estimate")), finest(prints_of(entry, "ci"))
        if p is None or ci is None or not isinstance(ci.cell.text, tuple) or ci.cell.text[0] != "NR":
            continue
        wording = Message(
            "{name}: the median is {printed}, but its lower limit is called not reached",
            name=paper.name(entry),
            printed=p.shown,
        )
        evidence, kind = Message("the lower band is below the curve and reaches 50% before it does"), "contradiction"
        if ci.cell.text[1] == "NR":
            kind, wording = "convention", Message(NOT_ESTIMABLE, what=wording)
        yield found(kind, [p, ci], wording, evidence)


def at_risk(paper: Paper) -> dict:
    """{(endpoint, group): ([(time, at risk)], place)} as `curves` of the registry lists them in the file itself."""
    rows = {}
    for curve in paper.registry.own.get("curves") or []:
        if isinstance(curve.get("at_risk"), list):
            key = str(curve["endpoint"]), as_group(curve.get("where"))
            rows[key] = sorted((float(t), float(n)) for t, n in curve["at_risk"]), str(curve.get("at", "curves"))
    return rows


def numbers_at_risk(paper: Paper):
    """Numbers at risk that rise, or of which more are left than
    survival or the median allows: S(t) is at least r(t) / n.
    """
    medians = paper.by_endpoint("median_survival", "estimate")
    for (endpoint, group), (rows, place) in at_risk(paper).items():
        name = Message("{endpoint} ({group})", endpoint=paper.endpoint(endpoint), group=paper.words(group))
        yield from _rising_at_risk(name, rows, place)
        yield from _at_risk_at_the_start(paper, (endpoint, group), name, rows[0][1], place)
        yield from _more_at_risk_than_survive(paper, (endpoint, group), medians, rows, place)


def _rising_at_risk(name, rows, place):
    """Numbers at risk that rise."""
    for (early, first), (late, second) in zip(rows, rows[1:], strict=False):
        if second > first:
            wording = Message(
                "{name}: {first} at risk at {early}, but {second} at {late} ({place})",
                name=name,
                first=f"{first:g}",
                early=f"{early:g}",
                second=f"{second:g}",
                late=f"{late:g}",
                place=place,
            )
            yield found(
                "contradiction",
                [],
                wording,
                Message("{second} > {first}: nobody enters later", second=f"{second:g}", first=f"{first:g}"),
            )


def _at_risk_at_the_start(paper, key, name, n, place):
    """Another number at risk at the start than there are subjects; key : (endpoint, group)."""
    size, group = paper.followed(*key), key[1]
    if size is not None and n > size:
        wording = Message(
            "{name}: {n} at risk at the start, but {size} subjects ({place})",
            name=name,
            n=f"{n:g}",
            size=size,
            place=place,
        )
        yield found("contradiction", paper.behind(group), wording, f"{n:g} > {size}")
    elif size is not None and n < size:
        wording = Message(
            "{name}: {n} at risk at the start, of {size} subjects: the others are not in the curve ({place})",
            name=name,
            n=f"{n:g}",
            size=size,
            place=place,
        )
        yield found("note", paper.behind(group), wording, f"{size} - {n:g} = {size - n:g}")


def _more_at_risk_than_survive(paper, key, medians, rows, place):
    """More at risk after a time than printed survival or the median allows; key : (endpoint, group)."""
    n = rows[0][1]
    for time, high, p in _upper_limits(paper, key, medians.get(key)):
        left = max((r for t, r in rows if t > time), default=0)
        if n and left > n * high + 1e-6:
            wording = Message(
                "{name}: {printed} does not go with {left} of {n} still at risk after {time} ({place})",
                name=paper.name(p.entry),
                printed=p.shown,
                left=f"{left:g}",
                n=f"{n:g}",
                time=f"{time:g}",
                place=place,
            )
            evidence = Message(
                "survival is at least {left}/{n} = {n2} there", left=f"{left:g}", n=f"{n:g}", n2=f"{left / n:.3f}"
            )
            yield found("contradiction", [p], wording, evidence)
        elif p.cell.part == "percent":
            yield from _at_risk_just_then(paper, p, (n, dict(rows).get(time, 0)), high, place)


def _upper_limits(paper, key, median) -> list:
    """[(time, highest survival, print)] of the printed survival of a curve, and of its median, if one is printed."""
    limits = [
        (float(e.get("time")), own[1], p)
        for e, p, own, g in survival_points(paper)
        if (str(e.get("endpoint")), g) == key
    ]
    own = widest(median.cell.text) if median is not None else None
    return [*limits, (own[1], 0.5, median)] if own else limits


def _at_risk_just_then(paper, p, sizes, high, place):
    """More at risk at the very time of printed survival than survive it: so many had the event exactly then."""
    n, left = sizes
    more = left - n * high
    if more >= max(TOGETHER, n * TOGETHER / 100):
        wording = Message(
            "{name}: {printed}% does not go with {left} of {n} at risk at that time "
            "({place}): it holds only if at least {more} had the event exactly then, or a "
            "number is a misprint",
            name=paper.name(p.entry),
            printed=p.shown,
            left=f"{left:g}",
            n=f"{n:g}",
            place=place,
            more=f"{more:.0f}",
        )
        yield found("convention", [p], wording, f"{left:g}/{n:g} = {left / n:.3f}")


def wide_survival(paper: Paper):
    """An interval of survival at a time that is wider than the subjects still under observation allow.

    With r subjects observed beyond the time, Greenwood's variance of log S is at most -log S / r: a proof. r is at
    least the number at risk later, and the events less those that the curve itself takes until then.
    """
    risks = at_risk(paper)
    for entry, p, (low, high), group in survival_points(paper):
        ci, n = finest(prints_of(entry, "ci")), paper.followed(entry.get("endpoint"), group)
        limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
        key, time = (str(entry.get("endpoint")), group), float(entry.get("time"))
        if None in limits or not n or not 0.02 < low <= high < 0.98:
            continue
        events = paper.events().get(key)
        later = events[0] - n * (1 - low) if events else 0
        left = max(later, max((r for t, r in risks.get(key, ([], ""))[0] if t > time), default=0))
        if left >= 2:
            prints = [p, ci, *(events[2] if events and later >= left else [])]
            yield from _wider_than_allowed(paper, prints, limits, (low, high), left)


def _wider_than_allowed(paper, prints, limits, shares, left):
    """An interval with these limits around survival in a window, if so few subjects observed beyond the time do not
    allow it; prints : survival, its interval, and the events that say how many are left.
    """
    p, ci = prints[:2]
    level = float(p.entry.get("level", paper.registry.level))
    least, most = _around(shares, left, level)
    if _inside(limits, (least, most)):
        return
    wording = Message(
        "{name} at {time}: {ci} is wider than {left} subjects still observed allow around {printed}% at {level}%",
        name=paper.name(p.entry),
        time=f"{float(p.entry.get('time')):g}",
        ci=ci.shown,
        left=f"{left:.0f}",
        printed=p.shown,
        level=f"{level:g}",
    )
    evidence = Message(
        "by every usual kind of interval within {n}–{n2}", n=f"{100 * least:.1f}", n2=f"{100 * most:.1f}"
    )
    fits = [f"{x:g}%" for x in LEVELS if x > level and _inside(limits, _around(shares, left, x))]
    if fits:
        wording = Message("{wording}; it would do at {listed}", wording=wording, listed=Either(fits))
    yield found("convention" if fits else "contradiction", prints, wording, evidence)


def _inside(limits, allowed) -> bool:
    """Whether printed limits, as windows in percent, can lie within the lowest and highest allowed."""
    return limits[0][1] / 100 >= allowed[0] and limits[1][0] / 100 <= allowed[1]


def _around(shares, left, level) -> tuple[float, float]:
    """The lowest and highest limits around survival in a window, with so many subjects observed beyond the time."""
    z = normal_quantile(0.5 + level / 200)
    reach = [_reach(s, z * sqrt(-log(s) / left * SLACK)) for s in shares]
    return min(r[0] for r in reach), max(r[1] for r in reach)


def _reach(s, half) -> tuple[float, float]:
    """The lowest and highest limits around s by every usual interval of a curve; half : of log S."""
    bend, odds, (angle, turn) = half / abs(log(s)), half / (1 - s), (asin(sqrt(s)), half * sqrt(s / (1 - s)) / 2)
    lows = [s * (1 - half), s * exp(-half), s ** exp(bend), 1 / (1 + (1 - s) / s * exp(odds))]
    highs = [s * (1 + half), s * exp(half), s ** exp(-bend), 1 / (1 + (1 - s) / s * exp(-odds))]
    lows, highs = [*lows, sin(max(0.0, angle - turn)) ** 2], [*highs, sin(min(pi / 2, angle + turn)) ** 2]
    return max(0.0, min(lows)), min(1.0, max(highs)) if max(highs) < inf else 1.0

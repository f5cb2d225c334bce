"""Checks of best responses against progression-free survival, duration of response and the change of the lesions.

Progressive disease as best response is progression at the first assessment, and so an event of PFS (RECIST 1.1,
Eisenhauer 2009). Response and PFS of one paper may have been read by different people, or up to different days: a
reading that is named, and excluded where more than a quarter of all subjects would have to be read differently.
"""

from itertools import product
from math import inf

from .finding import Either, Message, found
from .integers import summaries
from .one_curve import endpoint_is_over, survival_points
from .paper import OF_RESPONDERS, Paper, widest
from .parts import subjects_of_groups

PROGRESSED, RESPONDED = ("PD",), ("CR", "PR")
ENDS = {"BOR_RECHALLENGE": "PFSR", "BOR_INITIAL": "PFS1"}  # best response -> the endpoint that its progression ends
CHANGES = {"BOR_RECHALLENGE": "PCHG_RECHALLENGE", "BOR_INITIAL": "PCHG_INITIAL"}
DURATION = "DOR"  # duration of response, where a registry declares it under further_endpoints
LATE = {"months": 6, "days": 183}  # by then a first assessment has been made
NEXT = "TTNT"  # time to next treatment, likewise
LONGER = {
    "OS": (
        "{name}: {duration} is longer than the longest OS, {longest}: it holds only if it is of another course than OS"
    ),
    "PFSR": (
        "{name}: {duration} is longer than the longest PFS, {longest}: it holds only if response and PFS were read by"
        " others, or up to another day"
    ),
}
STILL = (
    "{n} of {of} responded, and {share}% of them were in response for {time}, but {percent}% of all were free of"
    " progression then: it holds only if response and PFS were read by others, or of other subjects"
)
SOON = (
    "{n} of {of} responded, but {percent}% were free of progression at {time}: it holds only if response and PFS were"
    " read by others, or of other subjects"
)
AFTER_DEATH = "{name}: {next}, but OS: {os}: it holds only if a death does not end the time to next treatment"
APART, FEWEST = 4, 5  # one in so many, and no fewer, are not read differently by two readers
DECREASE = -30  # percent: a partial response has it (RECIST 1.1)


def _of_response(paper, levels):
    """(column of the response, the other conditions, (least, most, prints)) of each printed count of these levels."""
    for group, row in subjects_of_groups(paper).items():
        for column, own in group:
            if column in ENDS and own == levels:
                yield column, tuple(part for part in group if part[0] != column), row


def progressions(paper: Paper):
    """More subjects with progressive disease as best response than had an event of PFS, or than PFS leaves room for."""
    for column, rest, (least, _, prints) in _of_response(paper, PROGRESSED):
        endpoint, n = ENDS[column], paper.size(rest) or paper.n
        events = paper.events().get((endpoint, rest))
        if events is not None and least > events[1] and events[2]:
            said = (
                "{progressed} have progressive disease as best response, but {endpoint} has {events} events"
                " ({group}): such a progression is an event"
            )
            wording = Message(
                said, progressed=least, endpoint=paper.endpoint(endpoint), events=events[1], group=paper.words(rest)
            )
            yield _read_otherwise(least - events[1], n, [*prints, *events[2]], wording, f"{least} > {events[1]}")
            continue
        for entry, p, (low, _), group in survival_points(paper):
            late = float(entry.get("time")) >= LATE[str(paper.registry.cohort.get("time_unit", "months"))]
            if str(entry.get("endpoint")) != endpoint or group != rest or not n or not late or least > n:
                continue
            if least - n * (1 - low) >= 1:
                said = (
                    "{progressed} of {n} have progressive disease as best response, but {percent}% are free of"
                    " progression at {time} ({endpoint}, {group}): a first assessment comes before that"
                )
                time = f"{float(entry.get('time')):g}"
                wording = Message(
                    said,
                    progressed=least,
                    n=n,
                    percent=p.shown,
                    time=time,
                    endpoint=paper.endpoint(endpoint),
                    group=paper.words(rest),
                )
                evidence = f"1 - {least}/{n} = {1 - least / n:.3f}"
                yield _read_otherwise(int(least - n * (1 - low)), n, [*prints, p], wording, evidence)


def _read_otherwise(more, n, prints, wording, evidence):
    """A convention where other readers or days may make the difference, a contradiction where it is too large."""
    if n and more >= max(FEWEST, n / APART):
        return found("contradiction", prints, wording, evidence)
    said = "{what}. It holds only if response and PFS were read by others, or up to another day"
    return found("convention", prints, Message(said, what=wording), evidence)


def durations_of_response(paper: Paper):
    """More events of the duration of response than responders; a duration longer than the longest follow-up."""
    responders = {(c, rest): row for c, rest, row in _of_response(paper, RESPONDED)}
    for (endpoint, group), (least, _, prints) in paper.events().items():
        rest = tuple(part for part in group if part[0] not in ENDS)
        known = [row for (_, other), row in responders.items() if other == rest]
        if endpoint == DURATION and known and least > max(row[1] for row in known):
            most = max(row[1] for row in known)
            said = "{events} events of the duration of response, but {responders} responders ({group})"
            wording = Message(said, events=least, responders=most, group=paper.words(rest))
            yield found("contradiction", [*prints, *(p for row in known for p in row[2])], wording, f"{least} > {most}")
    longest = {
        key: (p, own) for key, p in paper.by_endpoint("longest", "estimate").items() if (own := widest(p.cell.text))
    }
    for entry, p, _, group in survival_points(paper):
        if (n := paper.size(group)) and endpoint_is_over(p, n):
            longest.setdefault((str(entry.get("endpoint")), group), (p, (0.0, float(entry.get("time")))))
    for statistic in ("median_survival", "longest"):
        for (endpoint, _), p in paper.by_endpoint(statistic, "estimate").items():
            if endpoint in OF_RESPONDERS:
                yield from _longer_than(paper, p, longest)


def _longer_than(paper, p, longest):
    """A duration of response or a time to it after the longest OS, else after the longest PFS."""
    own = widest(p.cell.text)
    for endpoint in ("OS", "PFSR"):
        last, limit = longest.get((endpoint, ()), (None, None))
        if limit and own and own[0] > limit[1]:
            until = last.shown if last.entry.statistic == "longest" else f"{limit[1]:g}"
            shown = {"duration": p.shown, "longest": until, "name": paper.name(p.entry)}
            wording = Message(LONGER[endpoint], **shown)
            yield found("convention", [p, last], wording, f"{p.shown} > {until}")
            return


def lasting_responses(paper: Paper):
    """More subjects who responded, or are still in response, than are free of progression at that time.

    Responders are free of progression until after they respond; who is in response for t months is so for longer.
    """
    points = [
        (str(e.get("endpoint")), float(e.get("time")), own, p)
        for e, p, own, group in survival_points(paper)
        if not group
    ]
    early = LATE[str(paper.registry.cohort.get("time_unit", "months"))] / 6
    rows = [row for column, rest, row in _of_response(paper, RESPONDED) if column == "BOR_RECHALLENGE" and not rest]
    for (least, _, prints), (name, time, own, p) in product(rows[:1], points):
        lasting = [(1.0, None)] if name == "PFSR" and time <= early else []
        lasting += [(d[0], q) for other, at, d, q in points if (other, name) == (DURATION, "PFSR") and at == time]
        for share, q in lasting:
            more = least * share - (paper.n or 0) * own[1]
            if paper.n and more >= max(2, paper.n / 20):
                shown = {
                    "n": least,
                    "of": paper.n,
                    "time": f"{time:g}",
                    "percent": p.shown,
                    "share": q.shown if q else "",
                }
                wording = Message(STILL if q else SOON, **shown)
                steps = (
                    f"{least} x {share:.3f} = {least * share:.1f} > {paper.n} x {own[1]:.3f} = {paper.n * own[1]:.1f}"
                )
                yield found("convention", [p, *([q] if q else []), *prints], wording, steps)


def next_treatments(paper: Paper):
    """A time to next treatment above OS: whoever dies has no later treatment."""
    medians, events = paper.by_endpoint("median_survival", "estimate"), paper.events()
    for (endpoint, group), p in medians.items():
        q = medians.get(("OS", group))
        own, dead = widest(p.cell.text), widest(q.cell.text) if q is not None else None
        if endpoint == NEXT and dead and (p.cell.text == "NR" or (own and own[0] > dead[1])):
            wording = Message(AFTER_DEATH, name=paper.name(p.entry), next=p.shown, os=q.shown)
            yield found("convention", [p, q], wording, f"{p.shown} > {q.shown}")
    for (endpoint, group), (_, most, prints) in events.items():
        deaths = events.get(("OS", group))
        if endpoint == NEXT and deaths and prints and deaths[0] > most:
            name = Message("{endpoint} events", endpoint=paper.endpoint(endpoint))
            wording = Message(AFTER_DEATH, name=name, next=most, os=deaths[0])
            yield found("convention", [*prints, *deaths[2]], wording, f"{most} < {deaths[0]}")


def depths_of_response(paper: Paper):
    """Partial responses, where no target lesion shrank by 30%."""
    known = summaries(paper)
    for column, variable in CHANGES.items():
        for range_ in known.get((variable, ()), {}).get("range", []):
            low = widest(range_.cell.text[0]) if isinstance(range_.cell.text, tuple) else None
            if low and DECREASE < low[0] < inf:
                yield from _without_decrease(paper, column, range_)


def _without_decrease(paper, column, range_):
    """Responses beside a best change of more than -30%: partial ones, or of both kinds where their sum is printed."""
    for levels in (("PR",), RESPONDED):
        rows = [row for c, rest, row in _of_response(paper, levels) if c == column and not rest]
        for least, _, prints in rows:
            said = "{n} responses ({levels}), but the best change of a sum of target lesions is {change}%"
            wording = Message(said, n=least, levels=Either(levels), change=range_.cell.text[0])
            evidence = Message("a partial response is a decrease by 30% or more (RECIST 1.1)")
            if least and levels == RESPONDED:
                said = "{what}. It holds only if all of them are complete responses without a target lesion"
                yield found("convention", [range_, *prints], Message(said, what=wording), evidence)
            elif least:
                yield found("contradiction", [range_, *prints], wording, evidence)
        if rows:
            return

"""Checks between the endpoints of the same subjects: events, times, medians, what can be reached.

Whoever dies has an event of PFS at that time or before it, unless PFS was censored earlier (missed assessments, a new
therapy): a reading that is named where it reconciles. A Kaplan-Meier curve of PFS may cross that of OS where many were
censored; how often it does is simulated. Sources: Kaplan and Meier 1958; FDA guidance on endpoints 2018 for censoring.
"""

from math import inf, sqrt

from ..registry.printed import read_printed
from .chance import normal_quantile
from .finding import Message, found, listed, prints_of
from .medians import RARE, no_censoring
from .paper import Paper, as_group, finest, widest

PROGRESSION, DEATH = "PFSR", "OS"
HEAVILY_CENSORED = (
    "only heavy censoring of progression-free subjects can do this; in simulated cohorts of {drawn}, a fifth, a half or"
    " more of them censored, it happened {how_often}"
)
CENSORED = "curves cross where many are censored, or where deaths are followed up for longer"
BY_CENSORING = "{what}. It holds only by the censoring of progression-free subjects, or a number is a misprint"
FEWEST = 5  # subjects of whom the curves are simulated
LOST = 0.1  # a share of subjects lost before the cut-off that is usual, give or take three errors of it
LIMITED = {  # statistics whose limits are not below 0 -> the highest that they can be
    "median_survival": inf, "median_follow_up": inf, "cox": inf, "odds_ratio": inf, "risk_ratio": inf, "pooled": inf,
    "survival_at": 100, "count": 100, "auc": 1, "c_index": 1, "rmst": inf, "event_rate": inf,
}  # fmt: skip


def events_of_subjects(paper: Paper):
    """More events than subjects, or more events in a part than in the whole; the same for those without an event."""
    events = paper.events()
    for (endpoint, group), (least, most, prints) in events.items():
        size = paper.size(group) if paper.size(group) is not None else paper.n
        if size is not None and least > size:
            wording = Message(
                "{endpoint}: {least} events among {size} subjects ({group})",
                endpoint=paper.endpoint(endpoint),
                least=least,
                size=size,
                group=paper.words(group),
            )
            yield found(
                "contradiction",
                [*prints, *paper.counts.get(group, [])],
                wording,
                f"{least} > {size}",
                [Message("at most {size}", size=size)],
            )
            continue
        for (other, outer), (_, limit, behind) in events.items():
            if other != endpoint or outer == group or not paper.holds(outer, group):
                continue
            if least > limit:
                wording = Message(
                    "{endpoint}: {least} events in {group}, more than the {limit} in {group2}",
                    endpoint=paper.endpoint(endpoint),
                    least=least,
                    group=paper.words(group),
                    limit=limit,
                    group2=paper.words(outer),
                )
                yield found("contradiction", [*prints, *behind], wording, f"{least} > {limit}")
            yield from _without_event(paper, endpoint, (group, most, prints), (outer, events[endpoint, outer]))


def _without_event(paper, endpoint, part, around):
    """Fewer subjects without an event in the whole than in a part of it."""
    (group, most, prints), (outer, whole_) = part, around
    inner_size, outer_size = paper.size(group), paper.size(outer)
    if None in (inner_size, outer_size) or inner_size - most <= outer_size - whole_[0] or inner_size > outer_size:
        return
    wording = Message(
        "{endpoint}: {n} without an event in {group}, more than the {n2} in {group2}",
        endpoint=paper.endpoint(endpoint),
        n=inner_size - most,
        group=paper.words(group),
        n2=outer_size - whole_[0],
        group2=paper.words(outer),
    )
    evidence = f"{inner_size} - {most} = {inner_size - most} > {outer_size} - {whole_[0]} = {outer_size - whole_[0]}"
    yield found("contradiction", [*prints, *whole_[2]], wording, evidence)


def events_of_parts(paper: Paper):
    """Events of groups that exclude each other against the events of all."""
    events = paper.events()
    for endpoint in dict.fromkeys(name for name, _ in events):
        own = {group: value for (name, group), value in events.items() if name == endpoint}
        for (column, rest), levels in paper.divisions(own).items():
            if rest not in own or len(levels) < 2:
                continue
            least, most = (sum(own[g][side] for g in levels.values()) for side in (0, 1))
            prints = [p for g in (rest, *levels.values()) for p in own[g][2]]
            sums = " + ".join(str(own[g][0]) for g in levels.values())
            label = paper.label(column)
            if least > own[rest][1]:
                wording = Message(
                    "{endpoint}: the events by {label} are more than the {own} events of {group}",
                    endpoint=paper.endpoint(endpoint),
                    label=label,
                    own=own[rest][1],
                    group=paper.words(rest),
                )
                yield found("contradiction", prints, wording, f"{sums} = {least} > {own[rest][1]}", [least])
            elif most < own[rest][0] and _complete(paper, column, rest, levels):
                wording = Message(
                    "{endpoint}: the events by {label} are fewer than the {own} events of {group}",
                    endpoint=paper.endpoint(endpoint),
                    label=label,
                    own=own[rest][0],
                    group=paper.words(rest),
                )
                yield found("contradiction", prints, wording, f"{sums} = {most} < {own[rest][0]}", [most])


def _complete(paper, column, rest, levels) -> bool:
    sizes = [paper.printed_size(group) for group in levels.values()]
    return paper.is_whole(column, levels, rest) and None not in sizes and sum(sizes) == paper.size(rest)


def deaths_and_progressions(paper: Paper):
    """More deaths than events of progression-free survival among the same subjects."""
    events, told = paper.events(), {}
    rows = [(group, *own) for (endpoint, group), own in events.items() if endpoint == DEATH]
    for group, deaths, _, prints in sorted(rows, key=lambda row: len(row[0])):
        progressions = events.get((PROGRESSION, group))
        if progressions and deaths > progressions[1]:
            more = deaths - progressions[1]
            if any(more <= others and paper.holds(outer, group) for outer, others in told.items()):
                continue  # they are among those of the whole
            told[group] = more
            wording = Message(
                "{deaths} deaths, but {progressions} events of PFS ({group}): a death is "
                "such an event. It holds only if PFS of {more} who died was censored before "
                "(missed assessments, a new therapy)",
                deaths=deaths,
                progressions=progressions[1],
                group=paper.words(group),
                more=more,
            )
            yield found("convention", [*prints, *progressions[2]], wording, f"{deaths} > {progressions[1]}")


def progression_free_and_alive(paper: Paper):
    """More subjects progression-free at a time than alive."""
    points = {}
    for entry in paper.registry.of("survival_at"):
        points.setdefault((float(entry.get("time")), str(entry.get("weights", ""))), []).append(entry)
    for (time, weights), entries in points.items():
        registry_at = paper.by_endpoint_of(entries, "percent", weights=weights)
        for (endpoint, group), p in registry_at.items():
            q = registry_at.get((DEATH, group))
            own, alive = widest(p.cell.text), widest(q.cell.text) if q is not None else None
            if endpoint != PROGRESSION or not own or not alive or own[0] <= alive[1]:
                continue
            wording = Message(
                "{printed}% are progression-free at {time}, but {beside}% alive ({group})",
                printed=p.shown,
                time=f"{time:g}",
                beside=q.shown,
                group=paper.words(group),
            )
            apart = (own[0] - alive[1]) / 100
            yield from _crossing(paper, group, [p, q], wording, ("share", apart, (own[0] + alive[1]) / 200))


def median_progression_and_death(paper: Paper):
    """A median PFS above the median OS of the same subjects."""
    entries = paper.registry.of("median_survival")
    by_weights = [paper.by_endpoint_of(entries, "estimate", weights=weights) for weights in paper.weights]
    for (endpoint, group), p, medians in [(*row, own) for own in by_weights for row in own.items()]:
        q = medians.get((DEATH, group))
        if endpoint != PROGRESSION or q is None or q.cell.text in ("NR", "NA", "NE") or p.cell.text in ("NA", "NE"):
            continue
        own, dead = (inf, inf) if p.cell.text == "NR" else widest(p.cell.text), widest(q.cell.text)
        if own[0] <= dead[1] or dead[1] <= 0:
            continue
        words = "not reached" if own[0] == inf else p.shown
        wording = Message(
            "Median PFS {words}, but median OS {beside} ({group}): nobody dies before the end of PFS",
            words=words,
            beside=q.shown,
            group=paper.words(group),
        )
        yield from _crossing(paper, group, [p, q], wording, ("median", own[0] / dead[1], 0.5))


def progression_free_later_than_alive(paper: Paper):
    """More subjects progression-free at a time than alive at an earlier one; a median is the time of 50%."""
    points = heights(paper)
    for (endpoint, group), own in points.items():
        for late, low, _, p in own if endpoint == PROGRESSION else ():
            for early, _, high, q in points.get((DEATH, group), []):
                medians = {e.statistic for e in (p.entry, q.entry)} == {"median_survival"}
                same = p.entry.statistic == q.entry.statistic and early == late
                if medians or same or early > late or low <= high:
                    continue
                wording = Message(
                    "{name}: {height}, but {name2}: {height2}: nobody dies before the end of PFS, and no curve rises",
                    name=paper.name(p.entry),
                    height=height(p),
                    name2=paper.name(q.entry),
                    height2=height(q),
                )
                yield from _crossing(paper, group, [p, q], wording, ("share", low - high, (low + high) / 2))
                break


def restricted_means_of_both(paper: Paper):
    """A restricted mean of PFS above that of OS up to the same time."""
    means = {}
    for entry in paper.registry.of("rmst"):
        p = finest(prints_of(entry, "estimate"))
        if p is not None and widest(p.cell.text) and not entry.get("weights") and paper.in_study_unit(entry):
            means[str(entry.get("endpoint")), as_group(entry.get("where")), float(entry.get("time"))] = p
    for (endpoint, group, time), p in means.items():
        q = means.get((DEATH, group, time))
        own, dead = widest(p.cell.text), widest(q.cell.text) if q is not None else None
        if endpoint == PROGRESSION and dead and own[0] > dead[1]:
            wording = Message(
                "Restricted mean PFS to {time}: {printed}, but that of OS: {beside} ({group})",
                time=f"{time:g}",
                printed=p.shown,
                beside=q.shown,
                group=paper.words(group),
            )
            yield from _crossing(paper, group, [p, q], wording, ("share", (own[0] - dead[1]) / time, 0.5))


def heights(paper) -> dict:
    """{(endpoint, group): [(time, least, most survival from 0
    to 1 there, print)]} of survival at times and of medians.
    """
    points = {}
    for entry in paper.registry.of("survival_at", "median_survival"):
        p = finest(prints_of(entry, "percent", "estimate"))
        own = widest(p.cell.text) if p is not None else None
        if not own or inf in own or entry.get("weights") or not paper.in_study_unit(entry):
            continue
        here = points.setdefault((str(entry.get("endpoint")), as_group(entry.get("where"))), [])
        if entry.statistic == "survival_at":
            here.append((float(entry.get("time")), own[0] / 100, own[1] / 100, p))
        else:  # above 50% before the median, at most 50% from it on
            here += [(own[0], 0.5, 1.0, p), (own[1], 0.0, 0.5, p)]
    return points


def height(p) -> str:
    return f"{p.shown}% at {float(p.entry.get('time')):g}" if p.entry.statistic == "survival_at" else p.shown


def _crossing(paper, group, prints, wording, measure):
    """PFS above OS: a contradiction where nobody was censored, else unlikely or a note, by how often it is so in
    simulated cohorts."""
    claim = no_censoring(paper, PROGRESSION) or no_censoring(paper, DEATH)
    if no_censoring(paper, PROGRESSION) and no_censoring(paper, DEATH):
        yield found(
            "contradiction", prints, wording, Message("without censoring the curves cannot cross; {claim}", claim=claim)
        )
        return
    n, kind, probability, evidence = paper.size(group), "convention", None, Message(CENSORED)
    if n and n >= FEWEST and not prints[0].entry.get("weights"):  # of a few, or of who knows how many, nothing is rare
        from .simulate import crossing_rate

        known = paper.events().get((PROGRESSION, group))
        events = known[0] if known and known[0] == known[1] <= n else None
        rate, draws = crossing_rate(n, *measure, events)
        if draws and rate < RARE:
            drawn = Message("{n} with about {events} events", n=n, events=events) if events is not None else n
            seen = {"rate": f"{rate:.2%}", "draws": f"{draws:,}"}
            how_often = Message("in at most {rate} ({draws} drawn)" if rate else "in none of {draws}", **seen)
            kind, probability = "unlikely", max(rate, 1 / draws)
            evidence = Message(HEAVILY_CENSORED, drawn=drawn, how_often=how_often)
    if kind == "convention":
        wording = Message(BY_CENSORING, what=wording)
    yield found(kind, prints, wording, evidence, probability=probability)


def reached(paper: Paper):
    """A median that is called not reached though more than half had the event; limits that do not go with it."""
    events, intervals = paper.events(), paper.by_endpoint("median_survival", "ci")
    for (endpoint, group), p in paper.by_endpoint("median_survival", "estimate").items():
        if p.cell.text != "NR":
            continue
        least, _, prints = events.get((endpoint, group), (0, 0, []))
        size = paper.followed(endpoint, group)
        if size and 2 * least > size:
            wording = Message(
                "{endpoint}: the median is not reached, but {least} of {size} had the event ({group})",
                endpoint=paper.endpoint(endpoint),
                least=least,
                size=size,
                group=paper.words(group),
            )
            evidence = Message("the curve ends at {n}/{size} or below, under 50%", n=size - least, size=size)
            yield found("contradiction", [p, *prints, *paper.counts.get(group, [])], wording, evidence)
        ci = intervals.get((endpoint, group))
        if ci is not None and isinstance(ci.cell.text, tuple) and read_printed(ci.cell.text[1]) is not None:
            wording = Message(
                "{endpoint}: the median is not reached, but its upper limit is {ci} ({group})",
                endpoint=paper.endpoint(endpoint),
                ci=ci.cell.text[1],
                group=paper.words(group),
            )
            yield found(
                "contradiction", [p, ci], wording, Message("a curve whose upper limit is below 50% is below 50% itself")
            )


def upper_limit_reached(paper: Paper):
    """An upper limit that is called not reached though everybody had the event.

    Where all n fail, the curve steps from k/n to (k - 1)/n; the limit is not reached only if no step stands where the
    upper band is at most 50%, that is, if the last ones failed all at one time.
    """
    events = paper.events()
    for (endpoint, group), ci in paper.by_endpoint("median_survival", "ci").items():
        size, (least, _, prints) = paper.followed(endpoint, group), events.get((endpoint, group), (0, 0, []))
        if not size or least < size or not isinstance(ci.cell.text, tuple) or ci.cell.text[1] not in ("NR", "NE"):
            continue
        z = normal_quantile(0.5 + float(ci.entry.get("level", paper.registry.level)) / 200)
        together = _last_below(size, z)
        wording = Message(
            "{endpoint}: the upper limit is not reached, but all {size} had the event ({group})",
            endpoint=paper.endpoint(endpoint),
            size=size,
            group=paper.words(group),
        )
        evidence = Message("the last {together} would have to fail all at one and the same time", together=together)
        if together >= max(6, size // 5) and ci.cell.text[1] == "NR":
            yield found("contradiction", [ci, *prints], wording, evidence)
        elif together > 1:
            wording = Message(
                "{what}: it holds only if the last {together} had it at one and the same time, or it was not computed",
                what=wording,
                together=together,
            )
            yield found("convention", [ci, *prints], wording, evidence)


def _last_below(n, z) -> int:
    """How many of n are left where the upper limit falls to 50% under the widest of the usual bands (Greenwood)."""
    from math import exp, log

    for left in range(n - 1, 0, -1):
        s = left / n
        se = sqrt((1 - s) / left)  # of log S without censoring
        upper = s + z * s * se, s * exp(z * se), s ** exp(-z * se / abs(log(s)))
        if max(upper) <= 0.5:
            return left
    return 0


def longest_times_of_endpoints(paper: Paper):
    """A follow-up above the longest time, a longest PFS above the longest OS."""
    longest = paper.by_endpoint("longest", "estimate")
    limits = {key: (widest(p.cell.text), p) for key, p in longest.items() if widest(p.cell.text)}
    for (endpoint, group), p in paper.by_endpoint("median_follow_up", "estimate").items():
        own, limit = widest(p.cell.text), limits.get((endpoint, ()), limits.get((endpoint, group)))
        if own and limit and own[0] > limit[0][1]:
            yield _follow_up_above_longest(paper, endpoint, group, p, limit[1])
    for (endpoint, group), (own, p) in limits.items():
        whole_ = limits.get((endpoint, ()))
        if group and whole_ and own[0] > whole_[0][1]:
            wording = Message(
                "{endpoint}: the longest time of {group}, {printed}, is longer than that of all, {shown}",
                endpoint=paper.endpoint(endpoint),
                group=paper.words(group),
                printed=p.shown,
                shown=whole_[1].shown,
            )
            yield found("contradiction", [p, whole_[1]], wording, f"{p.shown} > {whole_[1].shown}")
        dead = limits.get((DEATH, group))
        if endpoint == PROGRESSION and dead and own[0] > dead[0][1]:
            wording = Message(
                "The longest PFS, {printed}, is longer than the longest OS, {shown} ({group})",
                printed=p.shown,
                shown=dead[1].shown,
                group=paper.words(group),
            )
            yield found("contradiction", [p, dead[1]], wording, f"{p.shown} > {dead[1].shown}")


def _follow_up_above_longest(paper, endpoint, group, p, limit):
    """A median follow-up above the longest time: impossible where few had the event, else by one reading."""
    wording = Message(
        "The median follow-up ({endpoint}), {printed}, is longer than the longest time, {shown}",
        endpoint=endpoint,
        printed=p.shown,
        shown=limit.shown,
    )
    size, known = paper.followed(endpoint, group), paper.events().get((endpoint, group))
    told = size is not None and known is not None
    few = told and size / 2 - known[1] > LOST * size + 3 * sqrt(LOST * (1 - LOST) * size)
    if not few:
        wording = Message(
            "{what}: it holds only if it is the time to the cut-off of all, those "
            "included who died or were lost before, or one of the two is a misprint",
            what=wording,
        )
    kind, prints = ("contradiction", known[2]) if few else ("convention", [])
    return found(kind, [p, limit, *prints], wording, f"{p.shown} > {limit.shown}")


def negative_times(paper: Paper):
    """Limits of a time below 0, of a ratio below 0, of a percentage outside 0 to 100."""
    for entry in paper.registry.of(*LIMITED):
        high = LIMITED[entry.statistic]
        for cell in entry.cells:
            numbers = [read_printed(t) for t in cell.text] if cell.part == "ci" and isinstance(cell.text, tuple) else []
            wrong = [x.text for x in numbers if x is not None and not 0 <= x.value <= high]
            if not wrong:
                continue
            p = paper.print_of(entry, cell)
            name, middle = paper.name(entry), paper.by_symmetry(entry, cell)
            limit = f"0 and {high}" if high < inf else "0"
            if middle and entry.statistic not in ("cox", "odds_ratio", "risk_ratio", "pooled"):
                wording = Message(
                    "{name}: {printed} reaches beyond {limit}: a symmetric interval that is not cut there",
                    name=name,
                    printed=p.shown,
                    limit=limit,
                )
                yield found(
                    "convention",
                    [p],
                    wording,
                    f"{listed(wrong)}; {middle}",
                    ["0" if x.startswith("-") else f"{high}" for x in wrong],
                )
            else:
                what = f"it lies between 0 and {high}" if high < inf else "it cannot be negative"
                yield found(
                    "impossible",
                    [p],
                    Message("{name}: {listed} as a limit: {what}", name=name, listed=list(wrong), what=what),
                    Message("{printed} reaches beyond {limit}", printed=p.shown, limit=limit),
                )

"""Checks of Kaplan-Meier medians: the kind of their interval, times and classes against them."""

import re
from itertools import pairwise
from math import ceil, comb, inf

from ..registry.printed import print_as, read_printed
from .consistency import middle_window, on_grid, overlap, uncensored_median_interval_exists, uncensored_spacings
from .finding import Message, found, placed, prints_of
from .paper import Paper, as_group, finest, whole, widest, window

CHANCE = 1e-3  # below it, intervals are not symmetric by accident
RARE = 0.005  # what happens less often among right numbers is reported as unlikely
NEVER = 1e-6  # below it, one that is not is held to be wrong, where the software is not said to be SPSS

AT_A_LIMIT = (
    "{name}: {median} is a limit of its own interval, {ci}, while {n} other intervals of the paper are symmetric. It"
    " holds if its limits are times of events, as where many have the event at one visit, or a number is a misprint"
)
EXACTLY_THEN = (
    "{what}: it holds only if at least {more} had the event at exactly {cut}, which this class holds and survival there"
    " does not, or a number is a misprint"
)
REACHED = {  # by whether the paper says it of its groups
    True: (
        "{name}: {reached} of {n} subjects reach {cut} {unit}, by what the paper says of its groups, so that the curve"
        " is still above 50% there and its median is at least {cut}, not {printed}"
    ),
    False: (
        "{name}: {reached} of {n} subjects reach {cut} {unit} so that the curve is still above 50% there and its median"
        " is at least {cut}, not {printed}"
    ),
}

SYMMETRIC = {  # by whether there are two
    True: (
        "The paper states {software}. Both intervals of a median are symmetric to the last digit, as SPSS prints them;"
        " the limits of R's survfit are event times, which lie so only by accident"
    ),
    False: (
        "The paper states {software}. All {n} intervals of a median are symmetric to the last digit, as SPSS prints"
        " them; the limits of R's survfit are event times, which lie so only by accident"
    ),
}


def medians_by_group(paper, group="where") -> dict:
    """{(endpoint, weights, group): (estimate, ci)} of the finest
    prints. group : 'where', or 'literal' for those that have it.
    """
    found_ = {}
    for entry in paper.registry.of("median_survival"):
        if group == "literal" and not entry.get(group):
            continue
        key = str(entry.get("endpoint")), str(entry.get("weights", "")), as_group(entry.get(group))
        estimate, ci = finest(prints_of(entry, "estimate")), finest(prints_of(entry, "ci"))
        if estimate is None and (reached := prints_of(entry, "estimate")):
            estimate = reached[0]
        found_.setdefault(key, (estimate, ci))
    return found_


def value_of(estimate) -> tuple[float, float] | None:
    """The window of a median; (inf, inf) where it is not reached; None where it is not known."""
    if estimate is None:
        return None
    return (inf, inf) if estimate.cell.text == "NR" else window(estimate.cell.text)


def _intervals(paper) -> list:
    """(estimate, ci, its windows) of the medians and follow-ups with two numeric limits."""
    rows = []
    for entry in paper.registry.of("median_survival", "median_follow_up"):
        estimate, ci = finest(prints_of(entry, "estimate")), finest(prints_of(entry, "ci"))
        if estimate is not None and ci is not None and isinstance(ci.cell.text, tuple):
            windows = window(estimate.cell.text), *map(window, ci.cell.text)
            if None not in windows and inf not in windows[2]:
                rows.append((estimate, ci, windows))
    return rows


def is_symmetric(windows) -> bool:
    """Whether the estimate can be the middle of its interval, a lower limit of 0 standing for a negative one."""
    own, low, high = windows
    if low[0] <= 0 <= low[1]:
        return 2 * own[0] - high[1] <= low[1]
    return overlap(own, middle_window(low, high))


def _different(rows) -> dict:
    """{(statistic, endpoint, windows): row}: one median with one interval in several groups is no new coincidence."""
    return {(row[0].entry.statistic, str(row[0].entry.get("endpoint")), row[2]): row for row in rows}


def _visits(paper, endpoint) -> float:
    """The time between the visits that all printed medians of an endpoint and their limits lie on; 0 where none shows.

    Four times and more, apart by whole multiples of their least distance, ten units of rounding or more, are on visits.
    """
    numbers = {}
    for entry in paper.registry.of("median_survival"):
        if str(entry.get("endpoint")) == endpoint and paper.in_study_unit(entry):
            for cell in entry.cells:
                for text in cell.text if isinstance(cell.text, tuple) else (cell.text,):
                    number = read_printed(text) if cell.part in ("estimate", "ci") else None
                    if number is not None and not number.bound:
                        numbers[float(number.value)] = float(number.unit)
    times = sorted(numbers)
    step = min((b - a for a, b in pairwise(times)), default=0.0)
    if len(times) < 4 or step < 10 * max(numbers.values()):
        return 0.0
    steps = round((times[-1] - times[0]) / step)
    apart = (times[-1] - times[0]) / steps  # the visits more finely, of all times
    off = [abs((t - times[0]) / apart - round((t - times[0]) / apart)) * apart for t in times]
    return apart if max(off) <= 1.5 * max(numbers.values()) else 0.0


def _by_chance(windows, n, visits=0.0) -> float:
    """How often an interval whose limits are event times would look symmetric, of n subjects seen at visits so far
    apart.

    The density of its middle around the median, 1.12 n^(1/4) over the width of the interval (limits at the ranks of
    Brookmeyer and Crowley, spacings of order statistics), times the width of the windows.
    """
    own, low, high = windows
    if low[0] <= 0 <= low[1]:
        return 1.0
    slack = (own[1] - own[0]) + (low[1] - low[0] + high[1] - high[0]) / 2
    slack = max(slack, visits)
    if all(abs(sum(w) / 2 - round(sum(w) / 2)) < 1e-9 for w in windows):
        slack = max(slack, 1.0)  # times in whole units, whatever digits are printed
    return min(1.0, max(2.0, 1.12 * n**0.25) * slack / max(high[1] - low[0], 1e-12))


def _symmetry(paper):
    """(symmetric rows, others, and how often so many would look symmetric by chance; 0 where that says nothing)."""
    rows = _intervals(paper)
    good = [row for row in rows if is_symmetric(row[2])]
    bad = [row for row in rows if row not in good]
    chance = float(comb(len(rows), len(bad)))  # any of them might be the others
    for (statistic, endpoint, windows), (estimate, *_) in _different(good).items():
        visits = _visits(paper, endpoint) if statistic == "median_survival" else 0.0
        chance *= _by_chance(windows, paper.size(as_group(estimate.entry.get("where"))) or paper.n or 1, visits)
    return good, bad, chance if len(good) > 1 and len(good) > 2 * len(bad) and chance < CHANCE else 0.0


def asymmetric_interval(paper: Paper):
    """A median that is not the middle of its interval, where the paper's intervals are symmetric (SPSS)."""
    good, bad, symmetric = _symmetry(paper)
    by_spss = "spss" in paper.registry.software.lower()
    sure = by_spss or symmetric < NEVER
    for estimate, ci, (own, low, high) in bad if symmetric else []:
        if not by_spss and (overlap(own, low) or overlap(own, high)):
            shown = {"median": estimate.shown, "ci": ci.shown, "n": len(good)}
            wording = Message(AT_A_LIMIT, name=paper.name(estimate.entry), **shown)
            yield found("convention", [estimate, ci], wording, f"{estimate.shown}; {ci.shown}")
            continue
        middle = middle_window(low, high)
        decimals = read_printed(estimate.cell.text).decimals
        fine = read_printed(ci.cell.text[1]).decimals + 1
        near = print_as(sum(middle) / 2, decimals)
        value = read_printed(estimate.cell.text).value
        limits = [print_as(2 * float(value) - sum(side) / 2, fine - 1) for side in (high, low)]
        said = (
            "{name}: {median} is not the middle of {ci}; {n} other intervals of the paper are symmetric. The median, or"
            " one of the limits, is wrong"
        )
        name = paper.name(estimate.entry)
        wording = Message(said, name=name, median=estimate.shown, ci=ci.shown, n=len(good))
        evidence = f"({ci.cell.text[0]} + {ci.cell.text[1]}) / 2 = {print_as(sum(middle) / 2, fine)}"
        admissible = [
            Message("median {value}", value=near),
            Message("lower limit {value}", value=limits[0]),
            Message("upper limit {value}", value=limits[1]),
        ]
        if sure:
            yield found("contradiction", [estimate, ci], wording, evidence, admissible)
        else:
            rare = f"{symmetric:.1g}"
            said = "{what}. Intervals of another kind look so in fewer than {rare} of papers"
            wording = Message(said, what=wording, rare=rare)
            yield found("unlikely", [estimate, ci], wording, evidence, admissible, symmetric)


def kind_of_interval(paper: Paper):
    """Intervals of a kind that the stated software does not print."""
    good, bad, symmetric = _symmetry(paper)
    software = paper.registry.software
    says_spss, says_r = "spss" in software.lower(), bool(re.search(r"\bR\b", software))
    if symmetric and not bad and says_r and not says_spss:
        prints = [p for estimate, ci, _ in good for p in (estimate, ci)]
        steps = "; ".join(f"({ci.cell.text[0]} + {ci.cell.text[1]}) / 2 = {_middle_text(ci)}" for _, ci, _ in good)
        said = SYMMETRIC[len(good) == 2]
        wording = Message(said, software=software, n=len(good))
        yield found("convention", prints, wording, steps)
    cut = [row for row in bad if not _holds_zero(row)]
    if says_spss and not says_r and len(cut) > len(good):
        prints = [p for estimate, ci, _ in cut for p in (estimate, ci)]
        wording = Message(
            "The paper states {software}, whose intervals of a median are symmetric; these are not", software=software
        )
        yield found(
            "convention", prints, wording, Message("{n} of {n2} are not symmetric", n=len(cut), n2=len(cut) + len(good))
        )


def _middle_text(ci):
    low, high = map(read_printed, ci.cell.text)
    return print_as((low.value + high.value) / 2, max(low.decimals, high.decimals))


def _holds_zero(row):
    return row[2][1][0] <= 0 <= row[2][1][1]


def limit_cut_at_zero(paper: Paper):
    """Lower limits printed as 0 where the symmetric one would be negative."""
    good, _, symmetric = _symmetry(paper)
    cut = [row for row in good if _holds_zero(row) and 2 * row[2][0][1] < row[2][2][0]]
    if symmetric and cut:
        prints = [ci for _, ci, _ in cut]
        values = [
            2 * float(read_printed(e.cell.text).value) - float(read_printed(ci.cell.text[1]).value) for e, ci, _ in cut
        ]
        steps = "; ".join(
            f"2 x {e.shown} - {ci.cell.text[1]} = {print_as(v, 3)}" for (e, ci, _), v in zip(cut, values, strict=True)
        )
        wording = Message(
            "{n} lower limits are printed as 0 where the symmetric interval reaches below it: a time cannot be negative"
            if len(cut) > 1
            else "{n} lower limit is printed as 0 where the symmetric interval reaches below it: a time cannot be"
            " negative",
            n=len(cut),
        )
        yield found("note", prints, wording, steps)


def no_censoring(paper, endpoint) -> str:
    """What the paper prints that leaves nobody censored for this endpoint, or ''."""
    primary = paper.registry.cohort.get("primary_endpoint")
    for rule in paper.registry.own.get("exclusions") or []:
        if rule["says"] == "no_censoring" and endpoint == rule.get("endpoint", primary):
            return Message('"{quote}" ({places})', quote=str(rule["text"]).rstrip("."), places=(str(rule["at"]),))
    for entry, p, events in _event_counts(paper, endpoint):
        if events == paper.size(as_group(entry.get("where"))) == paper.n:
            return f"the {events} events among {paper.n} subjects ({placed([p])})"
    return ""


def declares_censoring(paper, endpoint) -> bool:
    """Whether the paper shows that somebody was censored: fewer events than subjects, or a median not reached."""
    fewer = any(
        events < (paper.size(as_group(entry.get("where"))) or 0) for entry, _, events in _event_counts(paper, endpoint)
    )
    return fewer or any(
        e == endpoint and value_of(v[0]) == (inf, inf) for (e, _, _), v in medians_by_group(paper).items()
    )


def _event_counts(paper, endpoint):
    for entry in paper.registry.of("events"):
        if str(entry.get("endpoint")) == endpoint:
            for p in prints_of(entry, "count"):
                if whole(p) is not None:
                    yield entry, p, whole(p)


def uncensored_intervals(paper: Paper):
    """SPSS intervals that no uncensored data on the grid of the printed times give, where nobody should be censored."""
    good, _, symmetric = _symmetry(paper)
    step = float(paper.registry.own.get("grid", 0) or 0)
    if not symmetric or not step or not all(_on_step(row[2], step) for row in good):
        return  # the times are not shown to lie on the grid
    failing, tried = [], 0
    for estimate, ci, (own, low, high) in good:
        endpoint, group = str(estimate.entry.get("endpoint")), as_group(estimate.entry.get("where"))
        n = paper.size(group)
        if not n or estimate.entry.statistic != "median_survival" or not no_censoring(paper, endpoint):
            continue
        tried += 1
        low = (-inf, low[1]) if low[0] <= 0 <= low[1] else low
        if not uncensored_median_interval_exists(n, own, low, high, step):
            failing.append((estimate, ci, n, endpoint))
    if failing:
        estimate, ci, n, endpoint = max(failing, key=lambda row: row[2])
        half = float(read_printed(ci.cell.text[1]).value) - float(read_printed(estimate.cell.text).value)
        single = next((w for k, w in uncensored_spacings(n, (half, half)) if k == _untied(n)), None)
        text = "{ci} in {n}: half-width {half}, and no pattern of ties puts them on a grid of {step}"
        apart = (
            "{ci} in {n}: half-width {half}; with one event at a time the event times around the median lie {apart}"
            " apart, and no pattern of ties puts them on a grid of {step}"
        )
        shown = {"ci": ci.shown, "n": n, "half": print_as(half, 3), "step": f"{step:g}"}
        evidence = Message(apart, apart=print_as(single[0], 3), **shown) if single else Message(text, **shown)
        wording = Message(
            "{failing} of {tried} intervals of a median, as SPSS computes them, cannot come from times that are all"
            " events on a grid of {step}: somebody was censored, against {claim}",
            failing=len(failing),
            tried=tried,
            step=f"{step:g}",
            claim=no_censoring(paper, endpoint),
        )
        yield found("contradiction", [ci for _, ci, _, _ in failing], wording, evidence)


def _on_step(windows, step) -> bool:
    """Whether the middle of an interval, finer than the grid, lies on it; a lower limit cut at 0 says nothing."""
    _, low, high = windows
    if low[0] <= 0 <= low[1]:
        return True
    middle = middle_window(low, high)
    return middle[1] - middle[0] < step / 2 and bool(on_grid(middle, step))


def _untied(n):
    """Subjects left after u, at the median and at l if no two events coincide."""
    k_u = next(k for k in range(n + 1) if k >= 0.55 * n - 1e-9)
    k_m = max(k for k in range(n + 1) if k <= 0.5 * n + 1e-9)
    k_l = max(k for k in range(n + 1) if k <= 0.45 * n + 1e-9)
    return k_u, k_m, min(k_l, k_m)


def longest_times(paper: Paper):
    """Medians beyond the longest time of their endpoint; nobody is followed for PFS longer than for OS."""
    for entry in paper.registry.of("longest"):
        p, group, own = finest(prints_of(entry, "estimate")), as_group(entry.get("where")), str(entry.get("endpoint"))
        limit = window(p.cell.text) if p is not None else None
        for (endpoint, _, part), (estimate, _) in medians_by_group(paper).items():
            value = value_of(estimate)
            of_both = endpoint == "PFSR" and own == "OS"
            if not limit or not value or value[0] == inf or not (endpoint == own or of_both):
                continue
            if set(group) <= set(part) and value[0] >= limit[1]:
                shown = {"estimate": estimate.shown, "printed": p.shown}
                said = "{name}: {estimate} is longer than the longest time, {printed}"
                said = "{name}: {estimate} is longer than the longest OS, {printed}" if of_both else said
                wording = Message(said, name=paper.name(estimate.entry), **shown)
                yield found("contradiction", [estimate, p], wording, f"{estimate.shown} > {p.shown}")
        yield from _limits_after_the_end(paper, entry, p)


def _limits_after_the_end(paper, entry, last):
    """Upper limits of a median after the longest time: the limits of a band are times of events."""
    end = widest(last.cell.text) if last is not None else None
    end = None if "spss" in paper.registry.software.lower() else end
    for (endpoint, _, part), (estimate, ci) in medians_by_group(paper).items():
        inside = endpoint == str(entry.get("endpoint")) and set(as_group(entry.get("where"))) <= set(part)
        if not end or not inside or estimate is None or ci is None or not isinstance(ci.cell.text, tuple):
            continue
        own, low, high = value_of(estimate), *(widest(text) for text in ci.cell.text)
        if None in (own, low, high) or high[0] == inf or high[0] <= end[1] or is_symmetric((own, low, high)):
            continue
        said = (
            "{name}: the upper limit {limit} is after the longest time, {last}: it holds only if the limits are made of"
            " the slope at the median (SPSS) or of a parametric model"
        )
        wording = Message(said, name=paper.name(estimate.entry), limit=ci.cell.text[1], last=last.shown)
        yield found("convention", [ci, last], wording, f"{ci.cell.text[1]} > {last.shown}")


def survival_at_times(paper: Paper):
    """Survival at a time against the median, and against survival at other times."""
    medians = medians_by_group(paper)
    for key, points in _survival_by_group(paper).items():
        yield from _rises(points)
        estimate = medians.get(key, (None,))[0]
        value = value_of(estimate) if estimate is None or paper.in_study_unit(estimate.entry) else None
        value = value if value is None or value[0] == inf else widest(estimate.cell.text)
        for time, share, p in points if value else []:
            if (share[0] > 50 + 1e-6 and value[1] <= time) or (share[1] < 50 - 1e-6 and value[0] > time):
                yield _not_with_median(time, p, estimate)


def _survival_by_group(paper) -> dict:
    """(time, (low, high), print) of each printed survival at a time, by endpoint, weights and group, the earliest
    first."""
    groups = {}
    for entry in paper.registry.of("survival_at"):
        p = finest(prints_of(entry, "percent"))
        if p is not None and widest(p.cell.text) and paper.in_study_unit(entry):
            key = str(entry.get("endpoint")), str(entry.get("weights", "")), as_group(entry.get("where"))
            groups.setdefault(key, []).append((float(entry.get("time")), widest(p.cell.text), p))
    return {key: sorted(points, key=lambda point: point[0]) for key, points in groups.items()}


def _rises(points):
    """Survival that is higher at a later time."""
    for (early, first, p), (late, second, q) in pairwise(points):
        if first[1] <= second[0]:
            wording = Message(
                "Survival rises from {printed}% at {early} to {beside}% at {late}",
                printed=p.shown,
                early=f"{early:g}",
                beside=q.shown,
                late=f"{late:g}",
            )
            yield found("contradiction", [p, q], wording, f"{p.shown} < {q.shown}")


def _not_with_median(time, p, estimate):
    """A survival above 50% after the median, or below 50% before it."""
    said = "that is not reached" if estimate.cell.text == "NR" else Message("of {median}", median=estimate.shown)
    wording = Message(
        "{printed}% at {time} does not go with a median {said}", printed=p.shown, time=f"{time:g}", said=said
    )
    why = Message("the median is the time at which the curve reaches 50%")
    return found("contradiction", [p, estimate], wording, why)


def classes_of_time(paper: Paper):
    """A median, or survival, below what the subjects make it who are printed to have reached a time.

    S(t) of Kaplan and Meier is at least the share of subjects followed beyond t, censored or not.
    """
    for column, grouping in paper.registry.groupings.items():
        estimate, _ = medians_by_group(paper).get((grouping.source, "", ()), (None, None))
        value = value_of(estimate) or (inf, inf)
        levels = list(paper.registry.factors[column].levels)
        for i, cut in enumerate(grouping.cut, start=1) if paper.n else ():
            rows = [paper.at_least(((column, (level,)),)) for level in levels[i:]]
            reached = sum(n for n, _, _ in rows)
            yield from _survival_at_cut(paper, grouping.source, cut, (reached, rows))
            if reached > paper.n / 2 and value[1] < cut:
                prints = [estimate, *(p for _, _, behind in rows for p in behind)]
                reasons = [why for _, whys, _ in rows for why in whys]
                shown = {"name": paper.name(estimate.entry), "reached": reached, "n": paper.n, "cut": f"{cut:g}"}
                shown |= {"unit": paper.registry.cohort.get("time_unit", "units of time"), "printed": estimate.shown}
                wording = Message(REACHED[bool(reasons)], **shown)
                step = f"S({cut:g}) >= {reached}/{paper.n} = {print_as(reached / paper.n, 3)}"
                evidence = Message("{each}", each=(step, *reasons))
                yield found("contradiction", prints, wording, evidence, [Message("at least {k}", k=f"{cut:g}")])


def _survival_at_cut(paper, endpoint, cut, behind):
    """Survival at the time that divides classes, below the share of subjects printed to have reached it."""
    reached, rows = behind
    for entry in paper.registry.of("survival_at"):
        p = finest(prints_of(entry, "percent"))
        own = widest(p.cell.text) if p is not None else None
        about = str(entry.get("endpoint")) == endpoint and not entry.get("where") and not entry.get("weights")
        if own and about and float(entry.get("time")) == cut and own[1] < 100 * reached / paper.n - 1e-9:
            said = "{name}: {percent}% at {cut}, but {reached} of {n} subjects reach {cut} {unit}"
            shown = {"name": paper.name(entry), "percent": p.shown, "cut": f"{cut:g}", "reached": reached, "n": paper.n}
            wording = Message(said, **shown, unit=paper.registry.cohort.get("time_unit", "units of time"))
            step = f"S({cut:g}) >= {reached}/{paper.n} = {print_as(reached / paper.n, 3)}"
            evidence = Message("{each}", each=(step, *(why for _, whys, _ in rows for why in whys)))
            more = reached - paper.n * own[1] / 100
            wording = Message(EXACTLY_THEN, what=wording, more=ceil(more - 1e-9), cut=f"{cut:g}")
            yield found("convention", [p, *(q for *_, prints in rows for q in prints)], wording, evidence)

"""Checks of a rate per person-time against its events, its person-time and the follow-up."""

from math import exp, inf, sqrt

from .chance import gamma_quantile, normal_quantile
from .consistency import overlap
from .finding import Either, Message, found, prints_of
from .intervals import LEVELS
from .paper import Paper, as_group, finest, whole, widest
from .two_groups import ROOM, is_modelled

IN_MONTHS = {"year": 12, "month": 1, "day": 12 / 365.25, "week": 84 / 365.25}  # units of person-time
LONGER = 1.03  # months of 30 days, or of 30.4


def exposures(paper: Paper):
    """More person-time than all subjects have, each followed for the longest time; more events than were counted."""
    longest = paper.by_endpoint("longest", "estimate").get(("OS", ()))
    for entry in paper.registry.of("event_rate"):
        exposure, events = (finest(prints_of(entry, part)) for part in ("exposure", "events"))
        group = as_group(entry.get("where"))
        n, unit = paper.size(group) or paper.n, months_of(entry.unit)
        own = widest(exposure.cell.text) if exposure is not None else None
        limit = widest(longest.cell.text) if longest is not None else None
        each = months_of(str(paper.registry.cohort.get("time_unit", "months")))
        if None not in (own, limit, n, unit) and own[0] * unit > LONGER * n * limit[1] * each:
            said = "{name}: {exposure} {unit}, more than {n} subjects have who were followed for {longest} at most"
            wording = Message(
                said, name=paper.name(entry), exposure=exposure.shown, unit=entry.unit, n=n, longest=longest.shown
            )
            most = n * sum(limit) / 2 * each / unit
            evidence = f"{n} x {longest.shown} = {most:.4g} {entry.unit}"
            yield found("contradiction", [exposure, longest], wording, evidence)
        counted = paper.events().get((str(entry.get("endpoint")), group))
        if counted and events is not None and whole(events) is not None and whole(events) > counted[1]:
            said = "{name}: a rate of {events} events, but {counted} printed of the same subjects"
            shown = Either([p.shown for p in counted[2]])
            wording = Message(said, name=paper.name(entry), events=events.shown, counted=shown)
            yield found("contradiction", [events, *counted[2]], wording, f"{whole(events)} > {counted[1]}")
        elif counted and events is not None and whole(events) is not None and whole(events) < counted[0]:
            said = (
                "{name}: a rate of {events} events, but {counted} printed of the same subjects: it holds only if the"
                " rate is of a shorter time"
            )
            shown = Either([p.shown for p in counted[2]])
            wording = Message(said, name=paper.name(entry), events=events.shown, counted=shown)
            yield found("convention", [events, *counted[2]], wording, f"{whole(events)} < {counted[0]}")


def months_of(unit) -> float | None:
    """How many months one unit of person-time has; None where the unit is not known."""
    return next((months for word, months in IN_MONTHS.items() if word in unit.casefold()), None)


def intervals_of_rates(paper: Paper):
    """Intervals of a rate per person-time that no usual method gives for its number of events (Poisson)."""
    for entry in paper.registry.of("event_rate"):
        rate, ci, events = (finest(prints_of(entry, part)) for part in ("estimate", "ci", "events"))
        if None in (rate, ci, events) or not isinstance(ci.cell.text, tuple) or not whole(events) or is_modelled(entry):
            continue
        own, limits, k = widest(rate.cell.text), [widest(t) for t in ci.cell.text], whole(events)
        if own is None or None in limits or own[0] <= 0 or limits[1][1] == inf:
            continue
        level = float(entry.get("level", paper.registry.level))
        if _rate_within(own, limits, k, level):
            continue
        middle = sum(own) / 2
        usual = {how: (low * middle, high * middle) for how, (low, high) in _of_events(k, level).items()}
        evidence = "; ".join(f"{how} {low:.3g} to {high:.3g}" for how, (low, high) in usual.items())
        fitting = [x for x in LEVELS if x != level and _rate_within(own, limits, k, x)]
        wording = Message(
            "{name}: {ci} is no usual {level}% interval of a rate of {rate} with {k} events",
            name=paper.name(entry),
            ci=ci.shown,
            level=f"{level:g}",
            rate=rate.shown,
            k=k,
        )
        if fitting:
            yield found(
                "convention",
                [rate, ci, events],
                Message(
                    "{wording}; it would do at {listed}",
                    wording=wording,
                    listed=Either([f"{x:g}%" for x in fitting]),
                ),
                evidence,
            )
        elif limits[0][0] <= max(x[0] for x in usual.values()) and limits[1][1] >= min(x[1] for x in usual.values()):
            wording = Message("{what}: it holds only if the counts vary more than Poisson's law", what=wording)
            yield found("convention", [rate, ci, events], wording, evidence)
        else:
            yield found("contradiction", [rate, ci, events], wording, evidence)


def _of_events(k, level) -> dict[str, tuple[float, float]]:
    """Limits of a rate over the rate itself, of k events: exact (Garwood 1936), on the log scale, plain."""
    z, tail = normal_quantile(0.5 + level / 200), (1 - level / 100) / 2
    found_ = {"exact": (gamma_quantile(tail, k) / k, gamma_quantile(1 - tail, k + 1) / k)}
    found_["log"] = exp(-z / sqrt(k)), exp(z / sqrt(k))
    return found_ | {"plain": (max(0.0, 1 - z / sqrt(k)), 1 + z / sqrt(k))}


def _rate_within(own, limits, k, level) -> bool:
    ends = _of_events(k, level).values()
    lows, highs = [low for low, _ in ends], [high for _, high in ends]
    slack = ROOM * (max(highs) - min(lows))
    low = (min(lows) - slack) * own[0], (max(lows) + slack) * own[1]
    return overlap(limits[0], low) and overlap(
        limits[1], ((min(highs) - slack) * own[0], (max(highs) + slack) * own[1])
    )

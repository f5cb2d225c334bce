"""Checks of the interval of a Kaplan-Meier median: against the intervals of survival at a time, and against how many
subjects there are."""

from dataclasses import dataclass
from math import asin, exp, inf, log, pi, sin, sqrt

from ..registry.printed import read_printed
from .chance import normal_quantile
from .finding import Message, found, prints_of
from .medians import is_symmetric
from .one_curve import survival_points
from .paper import Paper, as_group, finest, widest
from .prints import DAYS

NEARLY = 1.1  # by this factor half-widths of a band differ where they are bootstrapped, or few are left
CLEARLY = 1.6  # by this factor the usual bands (plain, log, log-log) do
EDGE = 5e-4  # a limit so near 0 or 100% may have been cut there
WITHIN, FAR_OUT = 0.05, 0.25  # shares of its width by which bootstrap and exact limits differ, and by which none does
BANDS = {  # kind of band -> its scale, the slope of the scale on log survival, and survival by the scale
    "plain": (lambda s: s, lambda s: s, lambda x: min(max(x, 0.0), 1.0)),
    "log": (log, lambda s: 1.0, lambda x: min(exp(x), 1.0)),
    "log-log": (lambda s: log(-log(s)), lambda s: 1 / abs(log(s)), lambda x: exp(-exp(x))),
    "arcsine": (lambda s: asin(sqrt(s)), lambda s: sqrt(s / (1 - s)) / 2, lambda x: sin(min(max(x, 0.0), pi / 2)) ** 2),
    "logit": (lambda s: log(s / (1 - s)), lambda s: 1 / (1 - s), lambda x: 1 / (1 + exp(-x))),
}
OF_ONE_BAND = {
    "inside": (
        "{name}: {time} lies inside {limits}, but the interval of survival there, {band} around {share}%, has not 50%"
        " in it: both come from one band of the curve"
    ),
    "outside": (
        "{name}: {time} lies outside {limits}, but the interval of survival there, {band} around {share}%, has 50% in"
        " it: both come from one band of the curve"
    ),
}
SLOPE = "{what}, unless the limits are made of the slope at the median, as in SPSS"
UNLIKE = "{what}. It holds if the limits of the median are of another kind of band (plain, log, log-log)"
RISES = "{what}. It holds only if the band rises again where few are left, or is of another kind"
SIDES = ("lower", "upper")
BETWEEN = 91  # days between two assessments at most: PFS falls at them, and so do the limits of its median
WIDER = 1.5  # a limit is called far that is further than in any of the simulated cohorts by this factor
OTHER = ("bootstrap", "bayes", "reflected", "weighted")  # intervals that are not made of the band of the curve


def _medians(paper):
    """(entry, median, interval, windows of both limits, level) of each unweighted median; no limit is infinite."""
    for entry in paper.registry.of("median_survival"):
        p, ci = finest(prints_of(entry, "estimate")), finest(prints_of(entry, "ci"))
        other = entry.get("weights") or any(word in c.method.casefold() for c in entry.cells for word in OTHER)
        if p is None or ci is None or not isinstance(ci.cell.text, tuple) or other or not paper.in_study_unit(entry):
            continue
        limits = [(inf, inf) if text == "NR" else widest(text) for text in ci.cell.text]
        if None not in limits and limits[0][0] < inf:
            yield entry, p, ci, limits, float(entry.get("level", paper.registry.level))


def limits_and_survival(paper: Paper):
    """A time inside the interval of the median where survival clearly differs from 50%, or outside where it does not.

    The limits of a median are the times at which the band of the curve reaches 50% (Brookmeyer and Crowley 1982), so
    that 50% lies in the interval of survival at just the times within them. SPSS takes the slope at the median instead.
    """
    points = {}
    for other in paper.registry.of("survival_at"):
        p, ci = finest(prints_of(other, "percent")), finest(prints_of(other, "ci"))
        if p is not None and ci is not None and isinstance(ci.cell.text, tuple) and not other.get("weights"):
            points.setdefault(_about(paper, other), []).append((float(other.get("time")), p, ci))
    for entry, median, ci, limits, _ in _medians(paper):
        for time, p, around in points.get(_about(paper, entry), []) if paper.in_study_unit(entry) else []:
            share, band = widest(p.cell.text), [widest(text) for text in around.cell.text]
            side = None if None in (share, *band) else _wrong_side(time, limits, share, band)
            if side and not _by_slope(paper):
                yield _against_survival((paper, entry), (median, ci, limits), (time, p, around), side)


def _by_slope(paper) -> bool:
    """Whether the limits of medians are plainly made of the
    slope at the median: SPSS is named, or all are symmetric.
    """
    symmetric = [
        is_symmetric((widest(p.cell.text), *limits)) for _, p, _, limits, _ in _medians(paper) if limits[1][1] < inf
    ]
    return "spss" in paper.registry.software.lower() or (len(symmetric) > 1 and all(symmetric))


def _about(paper, entry):
    level = float(entry.get("level", paper.registry.level))
    return str(entry.get("endpoint")), as_group(entry.get("where")), level


@dataclass(frozen=True)
class _Side:
    """Where a time lies on the wrong side of a limit: 'inside' or 'outside', and the reading under which it may."""

    where: str
    reading: str = ""


def _wrong_side(time, limits, share, band) -> _Side | None:
    """How a time lies on the wrong side of a limit by the interval of survival; None where it need not."""
    shares, bands = ([(max(low, 0.0) / 100, min(high, 100.0) / 100) for low, high in x] for x in ([share], band))
    own = shares[0]
    if own[0] <= 0.5 <= own[1] or not 0 < own[0] <= own[1] < 1:
        return None
    above = own[0] > 0.5
    limit = limits[0] if above else limits[1]
    past = limit[1] < time if above else time < limit[0]  # within the interval of the median, by this limit
    before = time < limit[0] if above else limit[1] < time
    made = {kind: reach for kind in BANDS if (reach := _reach_of(kind, own, bands))}
    needs = {kind: sorted(_way(kind, s, 0.5) for s in own) for kind in BANDS}
    if not made or not (past or before):
        return None
    by_factor = {
        (kind, other): needs[other][0] / reach[1] if past else reach[0] / needs[other][1]
        for kind, reach in made.items()
        for other in BANDS
    }
    side, reading = "inside" if past else "outside", UNLIKE if past or above else RISES
    if (past or above) and min(by_factor.values()) > NEARLY:
        return _Side(side)
    return _Side(side, reading) if min(by_factor[kind, kind] for kind in made) > CLEARLY else None


def _way(kind, s, limit) -> float:
    """How far a limit lies from survival s, in errors of log survival, by one kind of band."""
    scale, slope, _ = BANDS[kind]
    return abs(scale(limit) - scale(s)) / slope(s)


def _reach_of(kind, own, bands) -> tuple[float, float] | None:
    """The least and greatest half-width of a band, in errors of log survival, that both printed limits allow."""
    least, most = 0.0, inf
    for low, high in bands:
        ends = [min(max(x, EDGE), 1 - EDGE) for x in (low, high)]
        ways = [_way(kind, s, x) for s in own for x in ends]
        crossed = low <= own[1] and own[0] <= high
        least = max(least, 0.0 if crossed else min(ways))
        most = min(most, inf if low <= EDGE or high >= 1 - EDGE else max(ways))
    return (least, most) if least <= most * NEARLY else None


def _against_survival(about, median, point, side):
    (paper, entry), (p, ci, limits), (time, share, around) = about, median, point
    said = OF_ONE_BAND[side.where]
    shown = {"name": paper.name(entry), "time": f"{time:g}", "limits": ci.shown, "band": around.shown}
    wording, kind = Message(said, **shown, share=share.shown), "contradiction"
    if limits[1][1] < inf and is_symmetric((widest(p.cell.text), *limits)):
        kind, wording = "convention", Message(SLOPE, what=wording)
    elif side.reading:
        kind, wording = "convention", Message(side.reading, what=wording)
    return found(kind, [p, ci, share, around], wording, f"{side.where} {ci.shown}; at {time:g} {around.shown}")


def uneven_survival(paper: Paper):
    """An interval of survival whose limits lie so unevenly around it that no usual kind of interval has both.

    From each limit every kind of band (BANDS) gives the other; between them lie the exact, Wilson and bootstrap
    intervals too, within WITHIN of the width.
    """
    for entry, p, own, _ in survival_points(paper):
        ci = finest(prints_of(entry, "ci"))
        limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
        if None in limits or any(word in ci.cell.method.casefold() for word in OTHER):
            continue
        low, high = ((a / 100, b / 100) for a, b in limits)
        if not EDGE < low[0] < own[0] <= own[1] < high[1] < 1 - EDGE or low[1] >= own[0] or high[0] <= own[1]:
            continue
        lows, highs = _other_limits(own, high), _other_limits(own, low)
        off = max(max(made[0] - x[1], x[0] - made[1]) for made, x in ((lows, low), (highs, high)))
        if off > WITHIN * (high[1] - low[0]):
            yield _uneven((paper, entry), (p, ci), (lows, highs), off > FAR_OUT * (high[1] - low[0]))


def _uneven(about, prints, made, far):
    (paper, entry), (p, ci), (lows, highs) = about, prints, made
    said = "{name} at {time}: no usual interval (plain, log, log-log, logit, arcsine) has both limits of {ci} around {share}%"
    time = f"{float(entry.get('time')):g}"
    wording = Message(said, name=paper.name(entry), time=time, ci=ci.shown, share=p.shown)
    ends = [f"{100 * x:.1f}" for x in (*lows, *highs)]
    said = (
        "with a lower limit of {low} the upper one is {c} to {d}, with an upper one of {high} the lower is {a} to {b}"
    )
    limits = dict(zip(("low", "high", "a", "b", "c", "d"), (*ci.cell.text, *ends), strict=True))
    if not far:
        more = "{what}. It holds only as an interval of another kind (bootstrap, exact), or a number is a misprint"
        wording = Message(more, what=wording)
    return found("contradiction" if far else "convention", [p, ci], wording, Message(said, **limits))


def _other_limits(own, limit) -> tuple[float, float]:
    """The least and greatest limit that any band has whose other one is printed, from survival in a window."""
    made = [back(2 * scale(s) - scale(x)) for scale, _, back in BANDS.values() for s in own for x in limit]
    return min(made), max(made)


def limits_and_subjects(paper: Paper):
    """Limits of a median further from it, or of median OS nearer to it, than in any simulated cohort of this size."""
    for entry, p, ci, limits, level in _medians(paper):
        own, group = widest(p.cell.text), as_group(entry.get("where"))
        endpoint = str(entry.get("endpoint"))
        n = paper.followed(endpoint, group)
        known = paper.events().get((endpoint, group))
        if own is None or not n or n < 20 or own[0] <= 0 or limits[0][0] <= 0:
            continue  # a lower limit that prints as 0 is one of the slope at the median, cut there, as in SPSS
        events = known[0] if known and known[0] == known[1] <= n else n // 2
        if events == 0:
            continue  # nobody had the event: no median can be
        usual = 2 * normal_quantile(0.5 + level / 200) * 1.5 / events**0.5
        visit = 0.0 if endpoint == "OS" else BETWEEN / DAYS[str(paper.registry.cohort.get("time_unit", "months"))][0]
        above = max((limits[1][0] - visit) / own[1], 1) if limits[1][0] < inf else 1
        far = [log(max(own[0] / (limits[0][1] + visit), 1)), log(above)]
        near = log(limits[1][1] / max(limits[0][0], 1e-9)) if limits[1][1] < inf and limits[0][0] > 0 else inf
        grid = all(float(read_printed(t).value) % 1 == 0 for t in (p.cell.text, *ci.cell.text) if read_printed(t))
        near = inf if endpoint != "OS" or grid else near  # PFS falls at assessments, and whole months are ties
        if max(far) < usual and near > usual / 12:
            continue
        from .simulate import median_limits

        spread, draws = median_limits(n, events if known else None, level)
        wide = [k for k in (0, 1) if far[k] > WIDER * spread[k]]
        if wide or near < spread[2] / WIDER:
            far_sides = Message("the {side} limit lies further from the median", side=[SIDES[k] for k in wide])
            what = far_sides if wide else "the limits lie nearer to each other"
            so_many = Message("{n} events" if known else "{n} subjects", n=events if known else n)
            shown = {"name": paper.name(entry), "printed": p.shown, "ci": ci.shown, "what": what, "so_many": so_many}
            wording = Message("{name}: {printed} with {ci}: {what} than {so_many} make it", **shown)
            prints = [p, ci, *(known[2] if known else [])]
            yield found("unlikely", prints, wording, _in_simulated(draws, spread, far), probability=1 / draws)


def _in_simulated(draws, spread, far) -> Message:
    """How far the limits lie from the median, and from each other, in the simulated cohorts and here."""
    most = " and ".join(f"{x:.2f}" for x in spread[:2])
    return Message(
        "in {draws} simulated cohorts the limits lie at most {most} from the median "
        "on the log scale, and at least {spread} from each other; here {far} and "
        "{far2}",
        draws=f"{draws:,}",
        most=most,
        spread=f"{spread[2]:.2f}",
        far=f"{far[0]:.2f}",
        far2=f"{far[1]:.2f}",
    )

"""Checks of how wide an interval of a hazard ratio or of survival is, against the events and subjects behind it."""

from math import asin, cosh, exp, inf, log, pi, sin, sqrt

from smallsurv.information import events_of_interval

from ..registry.printed import read_printed
from .chance import normal_quantile
from .finding import Either, Message, found, prints_of
from .intervals import LEVELS, _sizes
from .paper import Paper, as_group, finest, widest

NOT_NARROW = (
    "bootstrap",
    "bayes",
    "jackknife",
    "robust",
    "weighted",
    "firth",
    "penal",
    "peto",
)  # intervals that the bound is not proved for
HALF_WIDTH = {  # by whether the events say more than the subjects
    False: "the half-width is at least {z} x sqrt(S (1 - S) / {n}) = {half}",
    True: "so few events make it as precise as {n} uncensored subjects: the half-width is at least {half}",
}
NO_EVENT = {  # by whether it is the group that is compared
    True: "{name}: {hr}, but nobody of {level} had the event: the ratio is 0",
    False: "{name}: {hr}, but nobody of {level} had the event: the ratio is infinite",
}
PENALIZED = ("firth", "penal", "exact", "peto", "bayes", "ridge", "lasso")  # ratios that are finite without an event
WIDE = 1.25  # an interval is called wide that is wider than any of the simulated cohorts by this factor


def narrow_ratio(paper: Paper):
    """An interval of a hazard ratio that is narrower than its events allow (smallsurv.information).

    Without a printed number of events everybody may have had one.
    """
    for entry in paper.registry.of("cox"):
        ci, group = finest(prints_of(entry, "ci")), as_group(entry.get("where"))
        limits = _bounded(paper, entry, ci)
        events = paper.events().get((str(entry.get("endpoint")), group))
        most = events[1] if events else paper.size(group) or paper.n
        level = float(entry.get("level", paper.registry.level))
        if limits is None or not most or _allowed(limits, level, most) or _of_both(paper, entry) is not None:
            continue  # where both groups are printed, narrow_for_allocation says more
        what = Message("{n} events" if events else "events of all {n} subjects", n=most)
        wording = Message(
            "{name}: {ci} is narrower than {what} allow at {level}%",
            name=paper.name(entry),
            ci=ci.shown,
            what=what,
            level=f"{level:g}",
        )
        error = log(limits[1] / limits[0]) / (2 * normal_quantile(0.5 + level / 200))
        least = f"at least 2 / sqrt({most}) = {2 / sqrt(most):.3f}"
        evidence = Message(
            "the standard error of the log ratio is {error} at most, and {least}", error=f"{error:.3f}", least=least
        )
        prints, fitting = [ci, *(events[2] if events else [])], [x for x in LEVELS if _allowed(limits, x, most)]
        if fitting:
            wording = Message(
                "{what}; it would do at {listed}", what=wording, listed=Either([f"{x:g}%" for x in fitting])
            )
            yield found(
                "convention",
                prints,
                wording,
                evidence,
                [Message("an interval at {level}%", level=f"{x:g}") for x in fitting],
            )
        else:
            yield found("contradiction", prints, wording, evidence)


def ratios_without_events(paper: Paper):
    """A hazard ratio of two groups of which one had no event: its likelihood has no maximum (Cox 1972)."""
    for entry in paper.registry.of("cox"):
        hr, where, by = finest(prints_of(entry, "hr")), entry.get("where"), str(entry.get("by"))
        own = widest(hr.cell.text) if hr is not None else None
        said = " ".join(c.method for c in entry.cells).lower()
        rows = [
            paper.events().get((str(entry.get("endpoint")), as_group(where, {by: str(entry.get(k))})))
            for k in ("group", "against")
        ]
        unlike = None in rows or (rows[0][1] == 0) == (rows[1][1] == 0) or min(r[1] for r in rows) < 0
        if own is None or own[0] <= 0 or own[1] == inf or unlike or any(w in said for w in PENALIZED):
            continue
        empty = "group" if rows[0][1] == 0 else "against"
        evidence = Message("without an event in a group the likelihood of a hazard ratio has no maximum")
        text = NO_EVENT[empty == "group"]
        wording = Message(text, name=paper.name(entry), hr=hr.shown, level=str(entry.get(empty)))
        prints = [hr, *rows[0][2], *rows[1][2]]
        if own[0] > 1 if empty == "group" else own[1] < 1:
            yield found("contradiction", prints, wording, evidence)
        else:
            text = "{what}. It holds only as a penalized (Firth), exact or Peto ratio"
            yield found("convention", prints, Message(text, what=wording), evidence)


def _bounded(paper, entry, ci) -> tuple[float, float] | None:
    """The widest limits of a ratio of two groups that the bound is proved for, or None."""
    said = " ".join(c.method for c in entry.cells).lower()
    if ci is None or not isinstance(ci.cell.text, tuple) or any(word in said for word in NOT_NARROW):
        return None
    low, high = (widest(t) for t in ci.cell.text)
    unknown = low is None or high is None or low[0] <= 0 or high[1] == inf
    if unknown or entry.get("weights") or not paper.levels.get(str(entry.get("by"))):
        return None
    return low[0], high[1]


def _allowed(limits, percent, most) -> bool:
    """Whether this many events allow an interval of this level so narrow."""
    return events_of_interval(*limits, percent / 100) <= most * (1 + 2e-6)


def narrow_survival(paper: Paper):
    """An interval of survival at a time that is narrower than so many subjects, or so few events, allow.

    Censoring only widens: the variance is at least S (1 - S) / n, and with k events at least that of n_of_events
    subjects. Every usual interval (plain, log, log-log, logit, arcsine, Wilson) must fail, with a tenth more subjects
    than there are, as a bootstrap varies. Source: Greenwood 1926.
    """
    for entry in paper.registry.of("survival_at"):
        estimate, ci = finest(prints_of(entry, "percent")), finest(prints_of(entry, "ci"))
        n = paper.followed(entry.get("endpoint"), as_group(entry.get("where"))) or paper.n
        if estimate is None or ci is None or not isinstance(ci.cell.text, tuple) or not n or entry.get("weights"):
            continue
        own, low, high = (widest(t) for t in (estimate.cell.text, *ci.cell.text))
        if None in (own, low, high) or not 0.5 <= own[0] <= own[1] <= 99.5:
            continue
        level = float(entry.get("level", paper.registry.level))
        events = paper.events().get((str(entry.get("endpoint")), as_group(entry.get("where"))))
        worth = max(n_of_events(s / 100, events[1]) for s in own) if events and events[1] else inf
        most = min(n, worth)
        if _wide_enough(own, low, high, 1.1 * most, level):
            continue
        prints = [estimate, ci, *(events[2] if worth < n else [])]
        so_many = f"{events[1]} events" if worth < n else f"{n} subjects"
        time, share = f"{float(entry.get('time')):g}", float(read_printed(estimate.cell.text).value) / 100
        half = f"{100 * normal_quantile(0.5 + level / 200) * sqrt(share * (1 - share) / most):.1f}"
        said = "{name} at {time}: {ci} is narrower than {so_many} allow around {share}% at {level}%"
        shown = {"name": paper.name(entry), "time": time, "ci": ci.shown, "level": f"{level:g}"}
        wording = Message(said, **shown, so_many=so_many, share=estimate.shown)
        z = f"{normal_quantile(0.5 + level / 200):.2f}"
        evidence = Message(HALF_WIDTH[worth < n], z=z, n=f"{most:.0f}", half=half)
        fitting = [x for x in LEVELS if x < level and _wide_enough(own, low, high, 1.1 * most, x)]
        if fitting:
            wording = Message(
                "{what}; it would do at {levels}", what=wording, levels=Either([f"{x:g}%" for x in fitting])
            )
        yield found("convention" if fitting else "contradiction", prints, wording, evidence)


def n_of_events(s, k) -> float:
    """How many uncensored subjects have survival s as precise as k events can make it.

    An event among r takes x = -log(1 - 1 / r) from log survival and adds 2 (cosh x - 1) to Greenwood's variance: a
    convex function, so that k events adding up to H = -log s add at least 2 k (cosh(H / k) - 1), those of one time too.
    """
    return (1 - s) / (s * 2 * k * (cosh(min(-log(s) / k, 700)) - 1))


def _wide_enough(own, low, high, n, level) -> bool:
    """Whether some usual interval of some value in the window reaches as far as the printed limits."""
    z = normal_quantile(0.5 + level / 200)
    ends = [_limits_of(s / 100, n, z) for s in own]
    return any(
        low[0] <= 100 * upper_end[0] + 1e-6 and high[1] >= 100 * lower_end[1] - 1e-6
        for lower_end, upper_end in zip(*ends, strict=True)
    )


def _limits_of(s, n, z) -> list[tuple[float, float]]:
    """Limits of survival s among n uncensored subjects by each usual interval."""
    se = sqrt(s * (1 - s) / n)
    plain, rate, odds = (s - z * se, s + z * se), se / s, se / (s * (1 - s))
    bend = se / (s * abs(log(s)))
    logit = [1 / (1 + (1 - s) / s * exp(sign * z * odds)) for sign in (1, -1)]
    centre, spread = (s + z**2 / 2 / n) / (1 + z**2 / n), z * sqrt(s * (1 - s) / n + z**2 / 4 / n**2) / (1 + z**2 / n)
    angle, turn = asin(sqrt(s)), se / (2 * sqrt(s * (1 - s)))
    pairs = [
        plain,
        (sin(max(0.0, angle - z * turn)) ** 2, sin(min(pi / 2, angle + z * turn)) ** 2),
        (s * exp(-z * rate), s * exp(z * rate)),
        (s ** exp(z * bend), s ** exp(-z * bend)),
        tuple(logit),
        (centre - spread, centre + spread),
    ]
    return [(max(0.0, low), min(1.0, high)) for low, high in pairs]


def narrow_for_allocation(paper: Paper):
    """An interval of a hazard ratio that is narrower than the events of its two groups allow.

    The score equation of Cox's model gives Var >= 1 / d1 + 1 / d0 (the shares at risk sum to the events of a group, and
    a variance is concave in them), with other factors in the model or without. A ratio of observed to expected events
    (Peto, Pike) obeys it with the expected ones, which the subjects bound.
    """
    for entry in paper.registry.of("cox"):
        ci = finest(prints_of(entry, "ci"))
        limits, known = _bounded(paper, entry, ci), _of_both(paper, entry)
        if limits is None or known is None:
            continue
        most, sizes, total, words, prints = known
        level = float(entry.get("level", paper.registry.level))
        least, width = _least_error(*most, total), log(limits[1] / limits[0]) / 2
        error = width / normal_quantile(0.5 + level / 200)
        if error >= 0.99 * least:
            continue
        wording = _narrower(paper, entry, ci, words, level)
        evidence = Message(
            "the standard error of the log ratio is {error}, and by Cox's model at least {least}",
            error=f"{error:.3f}",
            least=f"{least:.3f}",
        )
        fits = [f"{x:g}%" for x in LEVELS if x < level and width / normal_quantile(0.5 + x / 200) >= 0.99 * least]
        if fits:
            yield found(
                "convention",
                [ci, *prints],
                Message("{wording}; it would do at {listed}", wording=wording, listed=Either(fits)),
                evidence,
            )
        elif error >= 0.99 * _least_expected(most, sizes, total):
            wording = Message("{what}: it holds if the ratio is one of observed to expected events", what=wording)
            yield found("convention", [ci, *prints], wording, evidence)
        else:
            yield found("contradiction", [ci, *prints], wording, evidence)


def _narrower(paper, entry, ci, words, level) -> Message:
    """That an interval is narrower than the events of its groups, in words, allow."""
    return Message(
        "{name}: {ci} is narrower than {words} allow at {level}%",
        name=paper.name(entry),
        ci=ci.shown,
        words=words,
        level=f"{level:g}",
    )


def _of_both(paper, entry):
    """(most events of each group, their sizes, events of both, in words,
    prints) of a comparison; None where a group is not printed.
    """
    where, by, endpoint = entry.get("where"), str(entry.get("by")), str(entry.get("endpoint"))
    pair, known = [entry.get(key) for key in ("group", "against")], paper.events()
    groups = [as_group(where, {by: str(level)}) for level in pair]
    whole_, own = known.get((endpoint, as_group(where))), [known.get((endpoint, group)) for group in groups]
    sizes = [paper.size(group) for group in groups]
    most = [e[1] if e else n for e, n in zip(own, sizes, strict=True)]
    if None in (*pair, *most) or min(most) < 1:
        return None
    total = whole_[1] if whole_ and whole_[1] > 1 else sum(most)
    said = ("{n} subjects of {level}", "{n} events of {level}")
    parts = [Message(said[bool(e)], n=n, level=str(x)) for x, n, e in zip(pair, most, own, strict=True)]
    words = Message("{parts}", parts=[*([Message("{n} events", n=total)] if whole_ and None in own else []), *parts])
    prints = [p for e in (whole_, *own) if e for p in e[2]] + [p for group in groups for p in paper.behind(group)]
    return most, sizes, total, words, prints


def _least_error(first, second, total) -> float:
    """The least root of 1 / d1 + 1 / d0 with d1 and d0 at most as given and their sum at most `total`."""
    small = min(first, second, total / 2)
    large = min(max(first, second), total - small)
    return sqrt(1 / small + 1 / large)


def _least_expected(most, sizes, total) -> float:
    """The same of expected events: when k events of the other group
    are to come, at most n / (n + k) of those at risk are of this.
    """
    if None in sizes:
        return 0.0
    expected = []
    for n, own in zip(sizes, most, strict=True):
        later = max(0, total - own)  # events that can only be of the other group
        expected.append(total - later + sum(n / (n + k) for k in range(1, later + 1)))
    return _least_error(*expected, total)


def wide_ratio(paper: Paper):
    """An unadjusted interval of a hazard ratio that is far wider than so many events make it in simulated cohorts."""
    for entry in paper.registry.of("cox"):
        ci, where, known = finest(prints_of(entry, "ci")), as_group(entry.get("where")), paper.events()
        events, sizes = known.get((str(entry.get("endpoint")), where)), _sizes(paper, entry)
        said = " ".join(c.method for c in entry.cells).lower()
        if (
            events is None
            or sizes is None
            or not _allocated(paper, entry)
            or events[0] < 4
            or events[0] > sum(sizes)
            or any(w in said for w in NOT_NARROW)
        ):
            continue
        if _bounded(paper, entry, ci) is None or entry.get("adjusted") or entry.get("stratified"):
            continue
        if {str(entry.get(k)) for k in ("group", "against")} != set(
            map(str, paper.levels.get(str(entry.get("by"))) or ())
        ):
            continue
        (_, low), (high, _) = (widest(t) for t in ci.cell.text)
        level = float(entry.get("level", paper.registry.level))
        error = log(high / low) / 2 / normal_quantile(0.5 + level / 200) if high > low > 0 else 0.0
        split = _split(entry, known)
        if error < WIDE * max(2 / sqrt(events[0]), split):
            continue
        from .simulate import error_of_ratio

        most, draws = error_of_ratio(sizes, events[0], log(high * low) / 2)
        if error > WIDE * most:
            yield _wider(paper, entry, ci, events, error, (most, draws))


def _wider(paper, entry, ci, events, error, simulated):
    """The finding of an interval that is wider than its events make it; simulated : (most error, number of cohorts)."""
    most, draws = simulated
    wording = Message(
        "{name}: {ci} is wider than {events} events make it: it holds if it is adjusted, or of fewer subjects",
        name=paper.name(entry),
        ci=ci.shown,
        events=events[0],
    )
    evidence = Message(
        "the standard error of the log ratio is {error}; in {draws} simulated cohorts at most {most}",
        error=f"{error:.3f}",
        draws=draws,
        most=f"{most:.3f}",
    )
    return found("unlikely", [ci, *events[2]], wording, evidence, probability=1 / draws)


def _allocated(paper, entry) -> bool:
    """Whether the sizes of both groups of a ratio are printed: of few in one group an interval is wide."""
    groups = [as_group(entry.get("where"), {str(entry.get("by")): str(entry.get(k))}) for k in ("group", "against")]
    return all(paper.size(group) for group in groups)


def _split(entry, known) -> float:
    """The root of 1 / d1 + 1 / d0 where the events of both groups are printed; else 0."""
    where, by, endpoint = entry.get("where"), str(entry.get("by")), str(entry.get("endpoint"))
    own = [known.get((endpoint, as_group(where, {by: str(entry.get(k))}))) for k in ("group", "against")]
    return sqrt(sum(1 / max(e[0], 1) for e in own)) if None not in own else 0.0


def precise_subgroups(paper: Paper):
    """A hazard ratio of a part of the subjects whose interval is narrower than that of all."""
    rows = [
        (e, ci, limits)
        for e in paper.registry.of("cox")
        if (limits := _bounded(paper, e, ci := finest(prints_of(e, "ci"))))
    ]
    for entry, ci, limits in rows:
        for other, whole, around in rows:
            same = all(
                str(entry.get(k)) == str(other.get(k))
                for k in ("endpoint", "by", "group", "against", "adjusted", "level")
            )
            inner, outer = as_group(entry.get("where")), as_group(other.get("where"))
            if not same or inner == outer or not paper.holds(outer, inner):
                continue
            (_, low), (high, _) = (widest(t) for t in whole.cell.text)
            if low > 0 and log(limits[1] / limits[0]) < 0.98 * log(max(high / low, 1)):
                wording = Message(
                    "{name}: {ci} is narrower than {whole} of {group}, who hold these "
                    "subjects: it holds only if the groups are spread very unevenly, or one "
                    "of the two is a misprint",
                    name=paper.name(entry),
                    ci=ci.shown,
                    whole=whole.shown,
                    group=paper.words(outer),
                )
                width = [f"{log(x[1] / x[0]):.2f}" for x in (limits, around)]
                yield found(
                    "convention",
                    [ci, whole],
                    wording,
                    Message("{width} wide on the log scale against {width2}", width=width[0], width2=width[1]),
                )

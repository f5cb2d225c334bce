"""What right numbers look like at a size: cohorts drawn on the spot, so that a tolerance is no constant.

Every function draws from a fixed seed and so gives the same answer each time. It is called only where a relation
already fails on paper, and loads numpy then.
"""

from functools import lru_cache
from itertools import product

import numpy as np

from .chance import normal_quantile

SEED = 20251201
DRAWS = 2000
NEAR = 0.1  # how far the share of events may be from the printed one
CENSORED = ((0.2, 0, 1.2), (0.5, 0, 1.2), (0.2, 0, 2.4), (0.5, 0, 2.4), (1.0, 0.6, 1.1), (1.0, 0.2, 1.3), (1.0, 0, 3.0))
LEAST = 100  # cohorts like the printed one that a rate is of; of fewer none is told


@lru_cache(maxsize=64)
def crossing_rate(n, measure, apart, level, events=None) -> tuple[float, int]:
    """How often PFS lies above OS by chance alone: the highest rate over several laws, and the draws of all.

    n : subjects. measure : 'share' (of the curves at one time, `apart` from 0 to 1) or 'median' (`apart` a ratio,
    infinite where the median of PFS is not reached). level : the height of the curves where they are compared. events :
    of PFS, if they are printed; then laws count under which about so many have it. PFS is exponential; four of five
    who progress die after an exponential time, a tenth or a third as long as PFS or as long; a fifth, a half or all are
    censored, evenly over a span of time, in shares (CENSORED) of the time when PFS falls to the level; deaths until
    the same end, or until a later one.
    """
    rng = np.random.default_rng(SEED)
    at = -np.log(np.clip(level, 0.02, 0.98))
    draws, rates = max(200, min(2 * DRAWS, 200_000 // n)), []
    laws = product((0.1, 0.3, 1.0), CENSORED)
    for lag, (censored, *span) in laws:
        progress = rng.exponential(1.0, (draws, n))
        death = progress + np.where(rng.random((draws, n)) < 0.8, rng.exponential(lag, (draws, n)), 0.0)
        end = np.where(rng.random((draws, n)) < censored, rng.uniform(*span, (draws, n)) * at, np.inf)
        like = np.abs((progress <= end).mean(1) - (events if events is not None else n) / n) <= NEAR
        if events is not None and like.sum() < LEAST:
            continue
        free = _curve(np.minimum(progress, end), progress <= end)
        for last in (end, end + at):
            alive = _curve(np.minimum(death, last), death <= last)
            crosses = _crosses((free, alive), at, measure, apart)
            rates.append((crosses if events is None else crosses[like]).mean())
    return (float(max(rates)) if rates else 1.0), draws * len(rates)


def _crosses(curves, at, measure, apart):
    if measure == "share":
        free, alive = (_at(*curve, at) for curve in curves)
        return free - alive >= apart
    free, dead = (_median(*curve) for curve in curves)
    return np.isfinite(dead) & ((np.isfinite(free) & (free >= apart * dead)) if np.isfinite(apart) else np.isinf(free))


def _curve(time, event):
    """Times by rank and the Kaplan-Meier curve behind each; one row a cohort."""
    order = np.argsort(time, axis=-1, kind="stable")
    at_risk = np.arange(time.shape[-1], 0, -1)
    return np.take_along_axis(time, order, -1), np.cumprod(1 - np.take_along_axis(event, order, -1) / at_risk, -1)


def _at(time, survival, when):
    return np.min(np.where(time <= when, survival, 1.0), axis=-1)


def _median(time, survival):
    return np.min(np.where(survival <= 0.5 + 1e-12, time, np.inf), axis=-1)


@lru_cache(maxsize=64)
def test_differences(sizes, events, log_hr, z, kinds, assessed=True) -> tuple[float, float]:
    """How far the size of another test statistic of one comparison lies from that of its Wald statistic: (least, most).

    sizes : subjects of both groups; events : their number; log_hr, z : the printed estimate and its size as a Wald
    statistic; kinds : of score, likelihood, stratified; assessed : whether events are seen at assessments only.
    Cohorts are drawn whose Wald statistic, with ties by Breslow or Efron, is near z: hazards proportional, or one of
    the groups fails early and the other late; without ties and in whole months, or at a few assessments; censored at
    random or at a cut-off; stratified: by two, four or eight strata of ten events and more, spread by chance, of which
    the last has 1.5 or 2.5 times the hazard of the first. What was seen is widened, as rare draws are not seen: by a
    half and 0.2, that of stratified tests by a fifth and 0.2.
    """
    rng = np.random.default_rng(SEED)
    group = np.repeat([1.0, 0.0], sizes)
    found, near = [], max(0.5, 0.25 * z)
    for k in range(max(120, min(600, 120_000 // len(group)))):
        strata = min((2, 4, 8)[k // 4 % 3], 8 if events >= 80 else 4 if events >= 40 else 2)
        stratum = rng.integers(strata, size=len(group))
        worse = np.log(1.5 + (k % 4 > 1)) * stratum / (strata - 1)
        time = rng.exponential(1.0, len(group)) / np.exp(log_hr * group + worse)
        if k % 5 > 2:
            time = time ** np.where(group == k % 5 - 3, 0.4 if assessed else 0.6, 1.6)
        time, event = _observed(rng, time, events, at_random=k % 2)
        if assessed or k % 3 < 2:
            time = np.ceil(time * ((1, 2, 4)[k % 3] if assessed else 8))
        for wald, others in _statistics(time, event, group, stratum, kinds):
            if np.isfinite(wald) and abs(wald - z) <= near:
                found += [other - wald for other in others]
    if not found:
        return -np.inf, np.inf
    least, most = float(min(*found, 0.0)), float(max(*found, 0.0))
    wider = 1.2 if kinds == ("stratified",) else 1.5
    return wider * least - 0.2, wider * most + 0.2


def _observed(rng, time, events, at_random):
    """Times, and which of them end in an event: `events` of them, the others censored before it or at a cut-off."""
    if at_random:
        event = np.ones(len(time), bool)
        event[rng.permutation(len(time))[events:]] = False
        return np.where(event, time, time * rng.random(len(time))), event
    cut = np.sort(time)[events - 1]
    return np.minimum(time, cut), time <= cut


def _statistics(time, event, group, stratum, kinds):
    """Sizes of the Wald statistic of Cox's model, and of the other kinds of test, by Breslow's and by Efron's ties."""
    at_risk, others = _risk_sets(time, event, group), []
    if "score" in kinds:
        others.append(_log_rank([at_risk], [group[event]]))
    if "stratified" in kinds:
        parts = [stratum == x for x in np.unique(stratum)]
        sets = [_risk_sets(time[s], event[s], group[s]) for s in parts]
        others.append(_log_rank(sets, [group[s & event] for s in parts]))
    tied = at_risk[2].max(initial=1) > 1
    for sets in [at_risk, *([_efron(time[event], group[event], at_risk)] if tied else [])]:
        beta, information, ratio = _fit(sets, group[event])
        own = [*others, *([np.sqrt(max(2 * ratio, 0.0))] if "likelihood" in kinds else [])]
        yield abs(beta) * np.sqrt(information), [x for x in own if np.isfinite(x)]


def _efron(when, is_one, at_risk):
    """Risk sets of tied events as Efron 1977 thins them: of the k-th of d at one time, less k/d of those who fail."""
    order = np.argsort(when, kind="stable")
    first = np.searchsorted(when[order], when, side="left")
    rank = np.empty(len(when))
    rank[order] = np.arange(len(when))
    ties = at_risk[2]
    gone = (rank - first) / ties
    _, where = np.unique(when, return_inverse=True)
    failing = np.bincount(where, is_one)[where]
    return np.array([at_risk[0] - gone * failing, at_risk[1] - gone * (ties - failing), ties])


def _risk_sets(time, event, group):
    """For each event: subjects at risk in group 1 and 0, and the events at its time."""
    when = time[event]
    ones, zeros = np.sort(time[group == 1]), np.sort(time[group == 0])
    risk = [len(t) - np.searchsorted(t, when, side="left") for t in (ones, zeros)]
    ties = np.searchsorted(np.sort(when), when, side="right") - np.searchsorted(np.sort(when), when, side="left")
    return np.array([*risk, ties], float)


def _fit(at_risk, is_one):
    """Newton's steps of the partial likelihood of one indicator: (beta, information, gain in log likelihood)."""
    ones, zeros, _ = at_risk
    beta = 0.0
    for _ in range(12):
        share = ones * np.exp(beta) / (ones * np.exp(beta) + zeros)
        information = (share * (1 - share)).sum()
        if information <= 1e-9 or abs(beta) > 8:
            return np.nan, np.nan, np.nan
        step = (is_one - share).sum() / information
        beta += float(np.clip(step, -1, 1))
        if abs(step) < 1e-6:
            break
    gain = (is_one * beta - np.log(ones * np.exp(beta) + zeros) + np.log(ones + zeros)).sum()
    return beta, information, gain


def _log_rank(sets, ones) -> float:
    """The size of the (stratified) log-rank statistic, with the variance of the hypergeometric law."""
    excess = variance = 0.0
    for (one, zero, ties), is_one in zip(sets, ones, strict=True):
        total = one + zero
        share = one / total
        excess += (is_one - share).sum()
        variance += (share * (1 - share) * np.where(total > 1, (total - ties) / np.maximum(total - 1, 1), 0)).sum()
    return abs(excess) / np.sqrt(variance) if variance > 0 else np.nan


@lru_cache(maxsize=64)
def against_medians_rate(sizes, events, log_hr, se, ratio) -> tuple[float, int]:
    """How often the ratio of two medians is `ratio` or further on the wrong side of 1 beside such a hazard ratio.

    sizes : subjects of the group and of the one that it is compared with; events of both; log_hr, se : as printed;
    ratio : median of the group over that of the other. Proportional hazards, Weibull shapes 0.6, 1 and 1.6.
    """
    rng = np.random.default_rng(SEED)
    group = np.repeat([1.0, 0.0], sizes)
    draws, rates, seen = max(200, min(1000, 200_000 // len(group))), [], []
    for shape in (0.6, 1.0, 1.6):
        hits = tried = 0
        for _ in range(draws):
            truth = log_hr + se * rng.standard_normal()
            time = (rng.exponential(1.0, len(group)) / np.exp(truth * group)) ** (1 / shape)
            event = np.ones(len(group), bool)
            event[rng.permutation(len(group))[events:]] = False
            time = np.where(event, time, time * rng.random(len(group)))
            beta, _, _ = _fit(_risk_sets(time, event, group), group[event])
            if not abs(beta - log_hr) <= max(0.5 * se, 0.1):
                continue
            tried += 1
            first, second = (_median(*_curve(time[group == x], event[group == x])) for x in (1, 0))
            hits += _beyond(first, second, ratio)
        rates.append(hits / tried if tried >= LEAST else 1.0)
        seen.append(tried)
    return max(rates), min(seen)


@lru_cache(maxsize=64)
def beyond_parts_rate(sizes, measure, apart, values) -> tuple[float, int]:
    """How often a whole lies beyond all its parts by `apart` or more: the highest rate over several laws, and the
    draws.

    sizes, values : of the parts, their medians or their survival (0 to 1) at one time. measure : 'median' (apart is the
    ratio of the whole to the nearest part) or 'share' (their difference). Weibull times whose hazards cross or not; a
    fifth of all, half, or most of one part are censored, evenly over once or twice the time of the print.
    """
    rng, laws = np.random.default_rng(SEED), []
    draws = max(100, min(600, 150_000 // sum(sizes)))
    for shapes in ((1.0, 1.0), (0.5, 2.0), (2.0, 0.5)):
        for censored in ((0.2, 0.2), (0.5, 0.5), (0.1, 0.8), (0.8, 0.1)):
            laws += [(shapes, censored, reach) for reach in (1.2, 2.4)]
    rates = [_beyond_rate(rng, draws, law, sizes, (measure, apart, values)) for law in laws]
    return float(max(rates)), draws * len(laws)


def _beyond_rate(rng, draws, law, sizes, asked) -> float:
    (measure, apart, values), (shapes, censored, reach) = asked, law
    parts = []
    for k, (n, value) in enumerate(zip(sizes, values, strict=True)):
        level = 0.5 if measure == "median" else float(np.clip(value, 0.02, 0.98))
        at = value if measure == "median" else 1.0
        time = at * (rng.exponential(1.0, (draws, n)) / -np.log(level)) ** (1 / shapes[k % 2])
        span = reach * (max(values) if measure == "median" else 1.0)
        end = np.where(rng.random((draws, n)) < censored[k % 2], rng.random((draws, n)) * span, np.inf)
        parts.append((np.minimum(time, end), time <= end))
    whole = tuple(np.concatenate(x, axis=-1) for x in zip(*parts, strict=True))
    if measure == "median":
        own, *others = (_median(*_curve(*x)) for x in (whole, *parts))
        if apart > 1:
            return (np.isfinite(np.max(others, 0)) & (own >= apart * np.max(others, 0))).mean()
        return (np.isfinite(own) & (own <= apart * np.min(others, 0))).mean()
    own, *others = (_at(*_curve(*x), 1.0) for x in (whole, *parts))
    return (own - np.max(others, 0) >= apart).mean() if apart > 0 else (own - np.min(others, 0) <= apart).mean()


@lru_cache(maxsize=64)
def against_rates_rate(sizes, events, ratio, reference, apart) -> tuple[float, int]:
    """How often two curves at a time are `apart` or further from such a hazard ratio, with proportional hazards.

    sizes, events : as below; ratio : (log hazard ratio, its standard error); reference : survival of the other group at
    the time (0 to 1); apart : log(-log S) of the group, less that of the other and the log hazard ratio.
    """
    rng, (log_hr, se) = np.random.default_rng(SEED), ratio
    group = np.repeat([1.0, 0.0], sizes)
    edge, other = 0.5 / max(sizes), sizes[1]
    draws, hits, tried = max(400, min(2000, 400_000 // len(group))), 0, 0
    for _ in range(draws):
        time = rng.exponential(1.0, len(group)) / np.exp((log_hr + se * rng.standard_normal()) * group)
        event = np.ones(len(group), bool)
        event[rng.permutation(len(group))[events:]] = False
        time = np.where(event, time, time * rng.random(len(group)))
        true = rng.beta(reference * other + 0.5, (1 - reference) * other + 0.5)  # the curve behind the printed one
        at = -np.log(np.clip(true, 1e-6, 1 - 1e-6))
        heights = [np.clip(_at(*_curve(time[group == x], event[group == x]), at), edge, 1 - edge) for x in (1, 0)]
        if abs(heights[1] - reference) > max(0.05, 1 / other):
            continue
        beta, _, _ = _fit(_risk_sets(time, event, group), group[event])
        if not abs(beta - log_hr) <= max(0.5 * se, 0.1):
            continue
        tried += 1
        away = np.log(-np.log(heights[0])) - np.log(-np.log(heights[1])) - beta
        hits += away >= apart if apart > 0 else away <= apart
    return (hits / tried if tried >= LEAST else 1.0), tried


@lru_cache(maxsize=64)
def error_of_ratio(sizes, events, log_hr) -> tuple[float, int]:
    """The largest standard error of a log hazard ratio of two
    such groups with so many events, and the cohorts drawn.
    """
    rng, found = np.random.default_rng(SEED), []
    group = np.repeat([1.0, 0.0], sizes)
    draws = max(100, min(400, 100_000 // len(group)))
    for k in range(draws):
        time = rng.exponential(1.0, len(group)) / np.exp(log_hr * group)
        event = np.ones(len(group), bool)
        if k % 2:
            event[rng.permutation(len(group))[events:]] = False
            time = np.where(event, time, time * rng.random(len(group)))
        else:
            cut = np.sort(time)[events - 1]
            time, event = np.minimum(time, cut), time <= cut
        _, information, _ = _fit(_risk_sets(time, event, group), group[event])
        found.append(1 / np.sqrt(information) if np.isfinite(information) and information > 0 else np.inf)
    return float(max(found)), draws


@lru_cache(maxsize=64)
def median_limits(n, events, level) -> tuple[tuple[float, float, float], int]:
    """How far the limits of a median lie from it, and from each other, on the log scale: the most below and above, the
    least from each other; and the cohorts drawn.

    n : subjects; events : those who had it, or None (then half, three quarters and nearly all); level : in percent.
    Weibull shapes 0.5, 1 and 2, everybody at risk or a third of those without an event cured; the rest censored
    evenly before their time. Limits by the plain and the log-log band, whichever is further or nearer.
    """
    rng, below, above, apart = np.random.default_rng(SEED), [], [], []
    z, draws = normal_quantile(0.5 + level / 200), max(60, min(400, 60_000 // n))
    laws = [(shape, cured) for shape in (0.5, 1.0, 2.0) for cured in (0.0, 0.34)]
    for k in [events] if events is not None else [n // 2, 3 * n // 4, n - n // 20]:
        for shape, cured in laws:
            time = rng.exponential(1.0, (draws, n)) ** (1 / shape)
            event = np.argsort(rng.random((draws, n)), axis=1) < k
            end = np.where(
                rng.random((draws, n)) < cured, rng.uniform(1.0, 4.0, (draws, n)), time * rng.random((draws, n))
            )
            time, survival, error = _band(np.where(event, time, end), event)
            middle = _median(time, survival)
            bands = [_limits_of_median(time, survival, z * error, how) for how in ("plain", "log-log")]
            with np.errstate(invalid="ignore", divide="ignore"):
                below += [np.log(middle / low) for low, _ in bands]
                above += [np.log(high / middle) for _, high in bands]
                apart += [np.log(high / low) for low, high in bands]
    sides = [np.concatenate(x) for x in (below, above, apart)]
    known = ~np.isnan(sides[0]) & ~np.isnan(sides[1])
    far = [float(np.max(x[known], initial=0.0)) for x in sides[:2]]
    return (*far, float(np.min(sides[2][known & np.isfinite(sides[2])], initial=np.inf))), len(sides[0])


def _band(time, event):
    """Times by rank, the Kaplan-Meier curve behind each, and the standard error of its logarithm (Greenwood)."""
    order = np.argsort(time, axis=-1, kind="stable")
    happened, at_risk = np.take_along_axis(event, order, -1), np.arange(time.shape[-1], 0, -1)
    steps = np.where(happened, 1 / (at_risk * np.maximum(at_risk - 1, 1e-9)), 0.0)
    return np.take_along_axis(time, order, -1), np.cumprod(1 - happened / at_risk, -1), np.sqrt(np.cumsum(steps, -1))


def _limits_of_median(time, survival, reach, how):
    """The first times at which the lower and the upper band are at most 50%."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if how == "plain":
            low, high = survival * (1 - reach), survival * (1 + reach)
        else:
            bend = reach / np.abs(np.log(survival))
            low, high = survival ** np.exp(bend), survival ** np.exp(-bend)
    low, high = np.where(np.isnan(low), survival, low), np.where(np.isnan(high), survival, high)
    return _median(time, low), _median(time, high)


def _beyond(first, second, ratio) -> bool:
    if not (np.isfinite(first) or np.isfinite(second)):
        return True
    own = np.inf if not np.isfinite(first) else 0.0 if not np.isfinite(second) else first / second
    return own <= ratio if ratio < 1 else own >= ratio

"""Kaplan-Meier curves, plain and weighted, medians with five named intervals, survival at given times, follow-up."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from .times import by_time, joined, noise, reached, upcoming

METHODS = ("log-log", "log", "plain", "spss", "bootstrap")
FEWEST_DRAWN = 2  # events of a group below which resamples of it say nothing of its scatter
REPLICATES = 2000
SEED = 20251201
LARGE = 5_000  # rows from which running sums take over; below, lifelines is quick and its import is paid anyway
_TOLERANCE = 1e-8  # R's survfit treats S(t) this close to 0.5 as equal


def _within(level) -> float:
    """The z between which and -z a standard normal value is with probability `level`."""
    from scipy.special import ndtri  # loads for a tenth of a second, and who only counts events does without

    return ndtri(0.5 + level / 2)


def observed(cnsr) -> np.ndarray:
    """CNSR (0 event, 1 censored) as lifelines' event_observed (True event): the only place where the flag turns."""
    return np.asarray(cnsr) == 0


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve at its distinct times: time, n_risk, n_event, n_censor, survival, greenwood (all arrays).

    `greenwood` is the running sum of d / (n (n - d)); infinite once the curve is at 0. `subjects`: how many the curve
    is made of, where not all of them are at risk from the start (late entry).
    """

    time: np.ndarray
    n_risk: np.ndarray
    n_event: np.ndarray
    n_censor: np.ndarray
    survival: np.ndarray
    greenwood: np.ndarray
    subjects: int = 0

    @property
    def n(self):
        return self.subjects or int(self.n_risk[0])

    @property
    def events(self):
        return int(self.n_event.sum())


def kaplan_meier(time, event) -> Curve:
    """Kaplan-Meier curve, with lifelines below LARGE rows. time (n,) > 0; event (n,) True where the event was seen.

    Times that differ by float noise are one time (times.joined). Source: Kaplan and Meier 1958.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    if len(time) >= LARGE:
        return counted_curve(time, event)
    return _fitted_curve(joined(time).tobytes(), event.tobytes())


@lru_cache(maxsize=256)  # table, figure and tests of a section ask for the same few curves
def _fitted_curve(time, event) -> Curve:
    """kaplan_meier by lifelines, of the bytes of both arrays."""
    from lifelines import KaplanMeierFitter

    fit = KaplanMeierFitter().fit(np.frombuffer(time), np.frombuffer(event, bool))
    table = fit.event_table
    table = table[table["removed"] > 0]
    n_risk, deaths = table["at_risk"].to_numpy(float), table["observed"].to_numpy(float)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(deaths / (n_risk * (n_risk - deaths)))
    survival = fit.survival_function_.loc[table.index].to_numpy().ravel()
    columns = (table.index.to_numpy(float), n_risk, deaths, table["censored"].to_numpy(float), survival, greenwood)
    arrays = [np.array(column) for column in columns]
    for array in arrays:
        array.flags.writeable = False  # every caller gets the same arrays
    at, n_risk, deaths, censored, survival, greenwood = arrays
    return Curve(at, n_risk, deaths, censored, survival, greenwood)


def counted_curve(time, event, weight=None) -> Curve:
    """kaplan_meier in one sort and running sums; with a weight (n,) > 0 a subject, weighted_kaplan_meier."""
    event, at = np.asarray(event, bool), by_time(time)
    n_risk, deaths = at.n_risk, at.total(event)
    if weight is None:
        return curve_of_counts(at.distinct, n_risk, deaths, at.leaving - deaths)
    with np.errstate(divide="ignore", invalid="ignore"):
        heavy, squares = at.at_risk(weight), at.at_risk(weight**2)
        stay = 1 - at.total(weight * event) / heavy
        stay[np.abs(stay) < 1e-12] = 0.0  # all that are at risk die: sums of weights agree but for rounding
        spread = np.where(deaths > 0, (1 - stay) / stay * squares / heavy**2, 0.0)
    return Curve(at.distinct, n_risk, deaths, at.leaving - deaths, np.cumprod(stay), np.cumsum(spread))


def nelson_aalen(time, event) -> np.ndarray:
    """Cumulative hazard (n,) at the time of each subject."""
    at = by_time(time)
    return np.cumsum(at.total(np.asarray(event, float)) / at.n_risk)[at.place]


def curve_of_counts(time, n_risk, deaths, censored) -> Curve:
    """The curve of a risk table: at rising times (t,) how many
    are at risk just before, and how many die and leave there.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        stay, spread = 1 - deaths / n_risk, deaths / (n_risk * (n_risk - deaths))
    return Curve(time, n_risk, deaths, censored, np.cumprod(stay), np.cumsum(spread))


def weighted_kaplan_meier(time, event, weight) -> Curve:
    """Kaplan-Meier curve with a weight a subject. n_risk, n_event and n_censor count subjects, unweighted.

    time (n,) > 0, event (n,) True where seen, weight (n,) > 0. `greenwood` sums (1 - s) / (M s), with s the weighted
    survival of one time and M = (sum w)^2 / sum w^2 of its risk set; it is Greenwood's sum when the weights are equal.
    Raises ValueError for missing times or weights, or a weight of 0 or less. Source: Xie and Liu 2005.
    """
    return counted_curve(time, event, checked_weights(time, weight))


def band(curve: Curve, method="log-log", level=0.95) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise interval of S(t) at the curve's times, clipped to [0, 1]; NaN where the transform has no value.

    method : log-log, log or plain. Source: Kalbfleisch and Prentice 2002; Klein and Moeschberger 2003, section 4.3.
    """
    z = _within(level)
    s, v = curve.survival, curve.greenwood
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "plain":
            se = np.where(s > 0, s * np.sqrt(v), np.nan)
            low, high = s - z * se, s + z * se
        elif method == "log":
            low, high = s * np.exp(-z * np.sqrt(v)), s * np.exp(z * np.sqrt(v))
        elif method == "log-log":
            theta = z * np.sqrt(v) / np.log(s)
            low, high = s ** np.exp(-theta), s ** np.exp(theta)
            low, high = np.where(s == 1, 1.0, low), np.where(s == 1, 1.0, high)
        else:
            raise ValueError(f"no band of method {method}")
    low, high = np.where(s > 0, low, np.nan), np.where(s > 0, high, np.nan)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def crossing(time, values, level=0.5) -> float:
    """First time at which a falling step function reaches `level`; the middle of the step if it rests exactly there.

    Inf if it never does; NaN values are passed over. This is R's quantile.survfit.
    """
    good = np.isfinite(values)
    time, values = np.asarray(time)[good], np.asarray(values)[good]
    below = np.flatnonzero(values <= level + _TOLERANCE)
    if not len(below):
        return np.inf
    first = below[0]
    if abs(values[first] - level) < _TOLERANCE:
        lower = np.flatnonzero(values < level - _TOLERANCE)
        if len(lower):
            return (time[first] + time[lower[0]]) / 2
        return (time[first] + time[-1]) / 2 if time[-1] > time[first] else time[first]
    return float(time[first])


def median(curve: Curve, method="log-log", level=0.95) -> tuple[float, float, float]:
    """Median and its interval. A limit that is never reached is inf; one that cannot be estimated is NaN.

    log-log, log, plain : inverted pointwise limits (plain: Brookmeyer and Crowley 1982; log-log: Borgan and Liestøl
    1990), as R's survfit.
    spss : symmetric, from the slope of the curve around the median (Collett 2003), as SPSS prints it.
    bootstrap : percentiles of 2,000 resamples of the subjects, seeded; NaN for one event, which resamples hardly vary.
    """
    if method == "spss":
        return _median_spss(curve, level)
    middle = crossing(curve.time, curve.survival)
    if method == "bootstrap":
        if 0 < curve.events < FEWEST_DRAWN:
            return middle, np.nan, np.nan
        draws = bootstrap_medians(curve)
        tail = (1 - level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], method="inverted_cdf")
        return middle, float(low), float(high)
    if method not in METHODS:
        raise ValueError(f"no interval method {method}: one of {', '.join(METHODS)}")
    low, high = (crossing(curve.time, limit) for limit in band(curve, method, level))
    return middle, np.nan if np.isinf(low) and np.isfinite(middle) else low, high


def _median_spss(curve, level):
    at_event = curve.n_event > 0
    time, s, v = curve.time[at_event], curve.survival[at_event], curve.greenwood[at_event]
    eps = 1e-12
    reached = np.flatnonzero(s <= 0.5 + eps)
    if not len(reached):
        return np.inf, np.nan, np.nan
    m = reached[0]
    above, below = np.flatnonzero(s >= 0.55 - eps), np.flatnonzero(s <= 0.45 + eps)
    if not len(above) or not len(below) or s[m] <= eps:
        return float(time[m]), np.nan, np.nan
    u, low = above[-1], below[0]
    slope = (s[u] - s[low]) / (time[low] - time[u])
    z = 1.96 if level == 0.95 else _within(level)  # SPSS takes the rounded one
    half = z * s[m] * np.sqrt(v[m]) / slope
    return float(time[m]), max(0.0, float(time[m] - half)), float(time[m] + half)


def _resamples(curve, replicates, seed):
    """Kaplan-Meier curves of bootstrap samples: (replicates, times), from multinomial counts at each distinct row."""
    rng = np.random.default_rng(seed)
    counts = np.concatenate([curve.n_event, curve.n_censor])
    draws = rng.multinomial(curve.n, counts / counts.sum(), size=replicates).astype(float)
    deaths, censored = draws[:, : len(curve.time)], draws[:, len(curve.time) :]
    at_risk = np.cumsum((deaths + censored)[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.cumprod(np.where(at_risk > 0, 1 - deaths / at_risk, 1.0), axis=1)


def bootstrap_medians(curve: Curve, replicates=REPLICATES, seed=SEED) -> np.ndarray:
    """Medians of resampled curves (inf where the curve stays above 0.5). Source: Efron 1981."""
    surv = _resamples(curve, replicates, seed)
    hit = surv <= 0.5 + _TOLERANCE
    first = hit.argmax(axis=1)
    exact = hit.any(axis=1) & (np.abs(np.take_along_axis(surv, first[:, None], 1)[:, 0] - 0.5) < _TOLERANCE)
    medians = np.where(hit.any(axis=1), curve.time[first], np.inf)
    for i in np.flatnonzero(exact):
        medians[i] = crossing(curve.time, surv[i])
    return medians


def survival_at(curve: Curve, times, method="log-log", level=0.95) -> pd.DataFrame:
    """S(t) with a pointwise interval at each of `times`: time, n_risk, survival, ci_low, ci_high, method.

    Beyond the last follow-up S(t) is not estimable (NaN) unless the curve has reached 0. `spss` uses the plain
    interval.
    """
    times = np.asarray(times, float)
    index = reached(curve.time, times)
    if method == "bootstrap":
        surv = _resamples(curve, REPLICATES, SEED)
        low, high = np.quantile(surv, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    else:
        low, high = band(curve, "plain" if method == "spss" else method, level)

    def pick(values, start):
        return np.where(index >= 0, values[np.maximum(index, 0)], start)

    known = (times <= curve.time[-1] + noise(curve.time)) | (curve.survival[-1] == 0)
    frame = pd.DataFrame(
        {
            "time": times,
            "n_risk": numbers_at_risk(curve, times),
            "survival": pick(curve.survival, 1.0),
            "ci_low": pick(low, 1.0),
            "ci_high": pick(high, 1.0),
        }
    )
    frame.loc[~known, ["survival", "ci_low", "ci_high"]] = np.nan
    if method == "log-log":  # no value at 1, as in R: before the first event the data show no scatter
        frame.loc[frame["survival"] == 1, ["ci_low", "ci_high"]] = np.nan
    frame["method"] = "plain" if method == "spss" else method
    return frame


def numbers_at_risk(curve: Curve, times) -> np.ndarray:
    """Subjects still under observation just before each of `times`."""
    return np.append(curve.n_risk, 0).astype(int)[upcoming(curve.time, times)]


def groups(adtte, by=None):
    """(label, rows) of each level of `by` that has rows, in level order; one group '' without `by`.

    Rows whose level is missing are left out.
    """
    if by is None:
        return [("", adtte)]
    return [(level, rows) for level, rows in adtte.groupby(by, observed=True, sort=True)]


def survival_curves(adtte, by=None) -> dict[str, Curve]:
    """The Kaplan-Meier curve of each group, in level order."""
    return {label: kaplan_meier(part["AVAL"], observed(part["CNSR"])) for label, part in groups(adtte, by)}


def median_survival(adtte, by=None, method="log-log", level=0.95) -> pd.DataFrame:
    """Median survival with its interval, overall or for each level of `by`.

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event), or several with by="PARAMCD"; plus column `by`.
    method : one of METHODS, or several.
    Returns one row a group and method: group, n, events, median, ci_low, ci_high (units of AVAL), method.
    Never reached is inf (printed NR); not estimable is NaN (printed NE).
    Raises ValueError if one group holds more than one PARAMCD. Sources: as `median`.
    """
    rows = []
    for _, part in groups(adtte, by):
        one_endpoint(part)
    for label, curve in survival_curves(adtte, by).items():
        for name in [method] if isinstance(method, str) else method:
            rows.append((label, curve.n, curve.events, *median(curve, name, level), name))
    return pd.DataFrame(rows, columns=["group", "n", "events", "median", "ci_low", "ci_high", "method"])


def one_endpoint(adtte):
    """adtte as it is. Raises ValueError where it holds more than one PARAMCD."""
    if "PARAMCD" in adtte and adtte["PARAMCD"].nunique() > 1:
        raise ValueError("several endpoints in one group: keep one PARAMCD, or use by='PARAMCD'")
    return adtte


def survival_at_times(adtte, times, by=None, method="log-log") -> pd.DataFrame:
    """survival_at for each group: group, n, events, time, n_risk, survival, ci_low, ci_high, method."""
    parts = []
    for label, curve in survival_curves(adtte, by).items():
        parts.append(survival_at(curve, times, method).assign(group=label, n=curve.n, events=curve.events))
    columns = ["group", "n", "events", "time", "n_risk", "survival", "ci_low", "ci_high", "method"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def follow_up(adtte, by=None, method="log-log", level=0.95) -> pd.DataFrame:
    """Median follow-up by reverse Kaplan-Meier: the columns of median_survival; `events` counts the censored.

    Of a group in which nobody is censored it is not estimable (NaN, no infinite time): each was followed to the event,
    and nothing tells for how long there would have been follow-up. Source: Schemper and Smith 1996.
    """
    found = median_survival(adtte.assign(CNSR=1 - adtte["CNSR"]), by, method, level)
    found.loc[found["events"] == 0, ["median", "ci_low", "ci_high"]] = np.nan
    return found


def weighted_median_survival(adtte, weight, by=None, method="log-log", level=0.95) -> pd.DataFrame:
    """survival.median_survival with weights: group, n, events (unweighted), median, ci_low, ci_high, method.

    adtte : rows of one PARAMCD with AVAL, CNSR and the column named `weight`, plus column `by`. The interval takes the
    weights as known. method : log-log, log, plain or spss; the bootstrap must refit the weights: see resampling.
    Raises ValueError for several endpoints, for method bootstrap, and as weighted_kaplan_meier.
    """
    if method == "bootstrap":
        raise ValueError("a bootstrap of a weighted median must refit the weights: choose log-log, log, plain or spss")
    rows = []
    for label, part in groups(one_endpoint(adtte), by):
        curve = weighted_kaplan_meier(part["AVAL"], observed(part["CNSR"]), part[weight])
        rows.append((label, curve.n, curve.events, *median(curve, method, level), f"{method}, weighted"))
    return pd.DataFrame(rows, columns=["group", "n", "events", "median", "ci_low", "ci_high", "method"])


def checked_weights(time, weight):
    weight = np.asarray(weight, float)
    if np.isnan(np.asarray(time, float)).any():
        raise ValueError(f"{np.isnan(np.asarray(time, float)).sum()} times are missing: leave these rows out")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError("weights are finite numbers above 0: leave the other rows out")
    return weight

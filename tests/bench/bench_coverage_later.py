"""Coverage of the later methods at n = 40, 100 and 400: factors that arise later, splines, imputation, arms made alike,
competing risks, visits, a published arm, two strategies; type I error of their tests at a P of 0.05.

Each part draws samples with a known truth. Counts are kept in coverage_later.json after each part, so that single parts
can be run anew; coverage_later.md is written of them, beside itself.
Run: python tests/bench/bench_coverage_later.py [part or part:size ...] (a quarter of an hour on one core; `page`: no part).
"""

import json
import sys
import time
from pathlib import Path

import bench_coverage as earlier
import numpy as np
import pandas as pd
from bench_coverage import ALPHA, Z, covers, groups, sample
from scipy.stats import poisson
from tests.unit.test_emulation import GRACE, simulated

from smallsurv import curve as km
from smallsurv.adjusted import Sample, bootstrap, doubly_robust, percentile_limits, pseudo_observations
from smallsurv.competing import cumulative_incidence, limits
from smallsurv.cox import NotEstimable, cox_fit, maximum
from smallsurv.emulation import Decisions, emulate
from smallsurv.episodes import entry_curve, episode_log_rank, episode_maximum, split_by_state
from smallsurv.evidence import Version, one_stage
from smallsurv.external import beside, constant_hazard, external_bootstrap, one_sample_log_rank
from smallsurv.fine_gray import fine_gray
from smallsurv.frailty import gamma_frailty
from smallsurv.imputation import complete, pooled_cox
from smallsurv.proportions import event_rate
from smallsurv.rank_tests import milestone_test, rank_tests
from smallsurv.shape import best_cut, fit_shape, spline_knots
from smallsurv.standardized import Margin, drawn_population, simulated_bootstrap
from smallsurv.turnbull import turnbull_bootstrap

SIZES = (40, 100, 400)
SAMPLES, DRAWN = 3000, {40: 500, 100: 250, 400: 60}  # DRAWN: of what resamples in each sample
RESAMPLES = 300
COMBOS = {40: 150, 100: 100, 400: 60}  # samples of MaxCombo, whose P is an integral
CENTRED = {40: 1500, 100: 1000, 400: 150}  # samples of centres, whose frailty is looked for at 15 variances
SLOPE, RATE = 0.5, np.log(2)
HERE = Path(__file__).parent


class Tally:
    """Samples with a result, and hits among them; samples without one."""

    def __init__(self, samples=0, hits=0, none=0):
        self.samples, self.hits, self.none = samples, hits, none

    def add(self, hit, usable=True):
        self.none += not usable
        self.samples += bool(usable)
        self.hits += bool(hit) and bool(usable)

    def cell(self):
        if not self.samples:
            return "–"
        share = self.hits / self.samples
        error = 100 * np.sqrt(max(share * (1 - share), 0.25 / self.samples) / self.samples)
        lost = f" [{100 * self.none / (self.none + self.samples):.0f}]" if self.none else ""
        return f"{100 * share:.1f} ± {error:.1f}{lost}"


class Found(dict):
    def __missing__(self, key):
        self[key] = Tally()
        return self[key]


def _interval(found, name, coef, se, truth):
    found[name].add(abs(coef - truth) <= Z * se, np.isfinite(coef) and np.isfinite(se) and se > 0)


def _cox(time, event, x):
    x = np.asarray(x, float).reshape(len(time), -1)
    return maximum(time, event, x) if np.any(event) else None


def later(rng, n, found):
    """A state that begins at an exponential time: at a landmark where it does nothing, as episodes where it doubles."""
    for _ in range(SAMPLES):
        onset, end = rng.exponential(1, n), rng.uniform(0.5, 4, n)
        free = rng.exponential(1 / RATE, n)
        time, event = np.minimum(free, end), free <= end
        at = time > 0.5
        fit = _cox(time[at], event[at], onset[at] <= 0.5)
        known = fit is not None and np.isfinite(fit.coef[0])
        _interval(found, "landmark: hazard ratio 1", *((fit.coef[0], fit.se[0]) if known else (np.nan, np.nan)), 0.0)
        left = rng.exponential(1, n) / RATE  # of hazard RATE before the onset and twice that after it
        true = np.where(left < onset, left, onset + (left - onset) / 2)
        time, event = np.minimum(true, end), true <= end
        rows = split_by_state(time, event, onset, np.ones(n, int))
        if not rows.event.any():
            continue
        fit = episode_maximum(rows.start, rows.stop, rows.event, rows.state[:, None].astype(float))
        _interval(found, "time-dependent Cox: hazard ratio 2", fit.coef[0], fit.se[0], np.log(2))


def entered(rng, n, found):
    """Patients observed from a uniform time on, those alive then: median, hazard ratio 2, log-rank."""
    labels = groups(n)
    for _ in range(SAMPLES):
        enter = rng.uniform(0, 1, n)
        true = enter + rng.exponential(1 / RATE, n)  # alive at the entry, and without memory of it
        stop = np.minimum(true, enter + rng.uniform(0.5, 3, n))
        event = true <= stop
        with np.errstate(all="ignore"):
            _, low, high = km.median(entry_curve(enter, stop, event), "log-log")
        found["late entry: median, log-log"].add(covers(low, high, 1.0), not (np.isnan(low) and np.isnan(high)))
        test = episode_log_rank(enter, stop, event, labels)
        found["log-rank with late entry"].add(test.p < ALPHA, np.isfinite(test.p))
        fit = episode_maximum(enter, stop, event, labels[:, None].astype(float))
        _interval(found, "late entry: hazard ratio 1", fit.coef[0], fit.se[0], 0.0)


def shaped(rng, n, found):
    """A straight line of a normal factor: its spline of three knots at 1 against 0, the test of what is not linear."""
    for i in range(SAMPLES):
        x = rng.normal(size=n)
        true, end = rng.exponential(np.exp(-SLOPE * x) / RATE), rng.uniform(0.5, 4, n)
        try:
            fit = fit_shape(np.minimum(true, end), true <= end, x, spline_knots(x, 3))
        except NotEstimable:
            found["spline: 1 against 0"].add(False, False)
            continue
        _, low, high = fit.log_hazard([1.0], 0.0)
        found["spline: 1 against 0"].add(low[0] <= SLOPE <= high[0])
        found["spline: what is not linear"].add(fit.nonlinear[2] < ALPHA)
        if i < DRAWN[n]:
            none = rng.exponential(1 / RATE, n)
            cut = best_cut(np.minimum(none, end), none <= end, x, draws=299, seed=i)
            found["chosen cut-point, P corrected"].add(cut.p <= ALPHA)
            found["chosen cut-point, P not corrected"].add(cut.p_naive <= ALPHA)


def imputed(rng, n, found):
    """A factor that is missing in 30%, more often where a second one is high; ten completed tables."""
    for _ in range(DRAWN[n]):
        z = rng.normal(size=n)
        x = 0.5 * z + rng.normal(size=n) * np.sqrt(0.75)
        true, end = rng.exponential(np.exp(-SLOPE * x - 0.3 * z) / RATE), rng.uniform(0.5, 4, n)
        time, event = np.minimum(true, end), true <= end
        lost = rng.random(n) < 1 / (1 + np.exp(0.95 - z))
        frame = pd.DataFrame({"x": np.where(lost, np.nan, x), "z": z})
        try:
            tables = complete(frame, time, event, 10, 5, int(rng.integers(2**31)))
            fit = pooled_cox(time, event, [t.to_numpy(float) for t in tables])
        except NotEstimable:
            found["multiple imputation"].add(False, False)
            continue
        found["multiple imputation"].add(fit.low[0] <= SLOPE <= fit.high[0])


def _confounded(rng, n):
    """A covariate that treatment and outcome depend on; treatment multiplies the hazard by 0.6, adds 0.2 to response."""
    x = rng.normal(size=n)
    treated = rng.random(n) < 1 / (1 + np.exp(-0.5 * x))
    true, end = rng.exponential(np.exp(-SLOPE * x) / RATE / np.where(treated, 0.6, 1.0)), rng.uniform(0.5, 4, n)
    answer = rng.random(n) < np.clip(0.3 + 0.1 * x + 0.2 * treated, 0, 1)
    return x[:, None], treated, np.minimum(true, end), true <= end, answer


def alike(rng, n, found):
    """Difference of the shares at 1 under treatment and without, by weights and doubly robust."""
    nodes, heights = np.polynomial.hermite_e.hermegauss(60)
    heights = heights / heights.sum()
    s = [(heights * np.exp(-RATE * ratio * np.exp(SLOPE * nodes))).sum() for ratio in (1.0, 0.6)]
    truth = s[1] - s[0]
    respond = [(heights * np.clip(0.3 + 0.1 * nodes + add, 0, 1)).sum() for add in (0.0, 0.2)]
    for i in range(DRAWN[n] * 2):
        x, treated, time, event, answer = _confounded(rng, n)
        made = Sample(time, event, treated, x, [1.0], 1.0)
        for kind in ("ATE", "entropy") if i < DRAWN[n] else ():
            low, high = percentile_limits(bootstrap(made, kind, RESAMPLES, int(rng.integers(2**31))))
            found[f"share at 1, weights {kind}, bootstrap"].add(low[0] <= truth <= high[0], np.isfinite(low[0]))
        score, place = made.scores(), np.empty(n, int)
        place[made.order] = np.arange(n)
        if score is None:
            found["share at 1, doubly robust"].add(False, False)
            continue
        y = pseudo_observations(time, event, [1.0], 1.0)
        low, high = doubly_robust(y, treated, score[place], x).limits()
        found["share at 1, doubly robust"].add(low[0] <= truth <= high[0], np.isfinite(low[0]))
        low, high = doubly_robust(answer.astype(float), treated, score[place], x).limits()
        found["response, doubly robust"].add(low[0] <= respond[1] - respond[0] <= high[0], np.isfinite(low[0]))


def competing(rng, n, found):
    """Two causes, of the first the subdistribution of Fine and Gray with a log ratio of 0.5."""
    p, labels = 0.5, groups(n).astype(float)
    for _ in range(SAMPLES if n < 400 else 500):
        ratio = np.exp(SLOPE * labels)
        first = rng.random(n) < 1 - (1 - p) ** ratio
        u = rng.random(n) * (1 - (1 - p) ** ratio)
        of_first = -np.log(1 - (1 - (1 - u) ** (1 / ratio)) / p)
        true = np.where(first, of_first, rng.exponential(1, n))
        end = rng.uniform(0.5, 4, n)
        time, cause = np.minimum(true, end), np.where(true <= end, np.where(first, 1, 2), 0)
        if not (cause == 1).any():
            continue
        fit = fine_gray(time, cause, labels[:, None])
        _interval(found, "Fine and Gray: subdistribution hazard ratio", fit.coef[0], fit.se[0], SLOPE)
        own = labels == 0
        held = _incidence_at(time[own], cause[own], 1.0)
        found["cumulative incidence at 1"].add(held[0] <= p * (1 - np.exp(-1.0)) <= held[1], np.isfinite(held[0]))


def _incidence_at(time, cause, at):
    curve = cumulative_incidence(time, cause, 1)
    low, high = limits(curve)
    place = np.searchsorted(curve.time, at, side="right") - 1
    return (low[place], high[place]) if place >= 0 and curve.incidence[place] > 0 else (np.nan, np.nan)


def visited(rng, n, found):
    """Events known between visits half a median apart: the share at 1, whole range of the bounds."""
    for _ in range(DRAWN[n] // 2):
        true, end = rng.exponential(1 / RATE, n), rng.uniform(0.5, 4, n)
        seen = np.arange(0, 4.6, 0.5) + rng.uniform(-0.15, 0.15, (n, 10))
        seen[:, 0] = 0
        known = np.where(seen <= end[:, None], seen, np.nan)
        left = np.nanmax(np.where(known < true[:, None], known, 0), axis=1)
        right = np.nanmin(np.where(known >= true[:, None], known, np.inf), axis=1)
        low, high = turnbull_bootstrap(left, right, [1.0], RESAMPLES // 2, int(rng.integers(2**31)))
        found["Turnbull: share at 1"].add(percentile_limits(low)[0, 0] <= 0.5 <= percentile_limits(high)[1, 0])


def published(rng, n, found):
    """An arm of twice as many that differs in a factor which decides the outcome; one-sample test of a known rate."""
    for _ in range(SAMPLES):
        true, end = rng.exponential(1 / RATE, n), rng.uniform(0.5, 4, n)
        time, event = np.minimum(true, end), true <= end
        test = one_sample_log_rank(constant_hazard(time, 0.5, 1.0), event)
        found["one-sample log-rank, exact"].add(test.p <= ALPHA)
        found["events over expected, exact"].add(test.low <= 1 <= test.high)
    nodes, heights = np.polynomial.hermite_e.hermegauss(60)
    for _ in range(DRAWN[n]):
        own, far = rng.normal(size=n), rng.normal(0.5, 1, 2 * n)
        arms = []
        for x, ratio in ((own, 0.6), (far, 1.0)):
            true, end = rng.exponential(np.exp(-SLOPE * x) / RATE / ratio), rng.uniform(0.5, 4, len(x))
            arms.append((np.minimum(true, end), true <= end))
        s = [
            (heights * np.exp(-RATE * ratio * np.exp(SLOPE * (nodes + 0.5)))).sum() / heights.sum()
            for ratio in (1.0, 0.6)
        ]
        made = beside(*arms, own[:, None], [1.0], 1.0)
        draws = external_bootstrap(made, np.array([0.5]), RESAMPLES, int(rng.integers(2**31)))
        low, high = percentile_limits(draws)
        found["published arm, share at 1: weighted (MAIC)"].add(low[1] <= s[1] - s[0] <= high[1], np.isfinite(low[1]))


def modelled(rng, n, found):
    """As published, by an outcome model."""
    nodes, heights = np.polynomial.hermite_e.hermegauss(60)
    heights = heights / heights.sum()
    for _ in range(COMBOS[n]):
        own, far = rng.normal(size=n), rng.normal(0.5, 1, 2 * n)
        arms = []
        for x, ratio in ((own, 0.6), (far, 1.0)):
            true, end = rng.exponential(np.exp(-SLOPE * x) / RATE / ratio), rng.uniform(0.5, 4, len(x))
            arms.append((np.minimum(true, end), true <= end))
        s = [(heights * np.exp(-RATE * ratio * np.exp(SLOPE * (nodes + 0.5)))).sum() for ratio in (1.0, 0.6)]
        x, drawn = drawn_population([Margin(own, 0.5, 1.0)], 7)
        draws = simulated_bootstrap(*arms, x, drawn, [1.0], 1.0, RESAMPLES // 2, int(rng.integers(2**31)))
        low, high = percentile_limits(draws)
        found["published arm, share at 1: outcome model (STC)"].add(
            low[1] <= s[1] - s[0] <= high[1], np.isfinite(low[1])
        )


def tested(rng, n, found):
    """Two groups that do not differ: weighted tests, the largest of them, in strata, at a milestone."""
    labels = groups(n)
    for i in range(SAMPLES):
        times, dead, group = sample(rng, labels)
        strata = rng.integers(0, 3, n)
        tests = rank_tests(times, dead, group)
        found["Fleming and Harrington (0, 1)"].add(tests.p[1] < ALPHA, np.isfinite(tests.p[1]))
        found["log-rank in three strata"].add(rank_tests(times, dead, group, ((0, 0),), strata).p[0] < ALPHA)
        if i < COMBOS[n]:
            found["MaxCombo"].add(tests.largest_p < ALPHA, np.isfinite(tests.largest_p))
        parts = [km.counted_curve(times[group == g], dead[group == g]) for g in (0, 1)]
        held = milestone_test(*parts, 1.0)
        found["milestone at 1"].add(held.p < ALPHA, np.isfinite(held.p))
        found["difference at a milestone, Greenwood"].add(held.low <= 0 <= held.high, np.isfinite(held.low))


def centred(rng, n, found):
    """Ten centres whose hazards are drawn from a gamma distribution of mean 1 and variance 0.5: a factor that varies
    within them, with the frailty of the centre, within centres, and as one sample."""
    for _ in range(CENTRED[n]):
        centre, x = rng.integers(0, 10, n), rng.normal(size=n)
        hazard = rng.gamma(2.0, 0.5, 10)[centre] * np.exp(SLOPE * x) * RATE
        true, end = rng.exponential(1 / hazard), rng.uniform(0.5, 4, n)
        time, event, x = np.minimum(true, end), true <= end, x[:, None]
        shared = gamma_frailty(time, event, x, centre)
        error = np.sqrt(shared.covariance[0, 0])
        _interval(found, "ten centres, gamma frailty: hazard ratio", shared.coef[0], error, SLOPE)
        within = cox_fit(time, event, x, strata=centre)
        error = np.sqrt(within.covariance[0, 0])
        _interval(found, "ten centres, within centres: hazard ratio", within.coef[0], error, SLOPE)
        plain = maximum(time, event, x)
        _interval(found, "ten centres, as one sample: hazard ratio", plain.coef[0], plain.se[0], SLOPE)


def strategies(rng, n, found):
    """The cohort of tests/unit/test_emulation.py, in which rechallenge does nothing: difference at 12 months."""
    for _ in range(DRAWN[n] // 2):
        decisions = Decisions(*simulated(n, int(rng.integers(2**31))), grace=GRACE)
        made = emulate(decisions, [12.0], RESAMPLES // 2, int(rng.integers(2**31)))
        if made is None:
            found["two strategies: difference at 12 months"].add(False, False)
            continue
        low, high = made.limits()
        found["two strategies: difference at 12 months"].add(low[0] <= 0 <= high[0], np.isfinite(low[0]))


def together(rng, n, found):
    """Three studies with hazards of their own, hazard ratio 2."""
    sizes = (n // 2, n // 4, n - n // 2 - n // 4)
    for _ in range(SAMPLES):
        studies = []
        for k, m in enumerate(sizes):
            times, dead, group = sample(rng, groups(m), 2.0)
            studies.append([Version(times * (k + 1), dead, group[:, None].astype(float))])
        try:
            fit = one_stage(studies).fit
        except NotEstimable:
            found["three studies, one model"].add(False, False)
            continue
        found["three studies, one model"].add(fit.low[0] <= np.log(2) <= fit.high[0])


def counted(n):
    """Exact coverage of Garwood's limits of a rate: no simulation is needed; `n` events expected."""
    counts = np.arange(0, int(poisson.isf(1e-12, n)) + 1)
    limits = [event_rate(int(k), 1.0)[1:] for k in counts]
    hit = sum(poisson.pmf(k, n) for k, (low, high) in zip(counts, limits, strict=True) if low <= n <= high)
    return f"{100 * hit:.1f}"


PARTS = (
    later,
    entered,
    shaped,
    imputed,
    alike,
    competing,
    visited,
    published,
    modelled,
    tested,
    strategies,
    together,
    centred,
)
TESTS = {
    "log-rank with late entry",
    "spline: what is not linear",
    "chosen cut-point, P corrected",
    "chosen cut-point, P not corrected",
    "one-sample log-rank, exact",
    "Fleming and Harrington (0, 1)",
    "log-rank in three strata",
    "MaxCombo",
    "milestone at 1",
    "log-rank",
    "Cox, Wald",
    "Cox, likelihood ratio",
    "Cox, Firth, penalized likelihood ratio",
    "log-rank, exact permutation",
    "log-rank, weighted (Xie and Liu)",
    "log-rank, ignoring the covariate",
}


def lines(head, made, names):
    yield f"| {head} | " + " | ".join(f"n = {n}" for n in SIZES) + " |"
    yield "|---" * (len(SIZES) + 1) + "|"
    for name in names:
        yield f"| {name} | " + " | ".join(made[n].get(name, Tally()).cell() for n in SIZES) + " |"


def at_400(rng, n, found):
    """The methods of coverage.md at n = 400, with fewer samples."""
    earlier.SAMPLES, earlier.FEWER = 1000, 60
    for part in (earlier.ratios, earlier.means, earlier.tests, earlier.weighted, earlier.medians) if n == 400 else ():
        part(np.random.default_rng([n, len(part.__name__)]), n, found)


def kept() -> dict:
    """{n: counts by name} of the parts that were run."""
    path = HERE / "coverage_later.json"
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {n: {name: Tally(*counts) for name, counts in held.get(str(n), {}).items()} for n in SIZES}


def keep(made):
    held = {n: {name: [t.samples, t.hits, t.none] for name, t in found.items()} for n, found in made.items()}
    (HERE / "coverage_later.json").write_text(json.dumps(held, indent=0) + "\n", encoding="utf-8")


def main(asked):
    start, made = time.process_time(), kept()
    for part in (*PARTS, at_400):
        for n in SIZES:
            if asked and not {part.__name__, f"{part.__name__}:{n}"} & set(asked):
                continue
            found = Found()
            part(np.random.default_rng([n, len(part.__name__), 7]), n, found)
            made[n] |= found
            keep(made)
            print(f"{part.__name__} {n}: {time.process_time() - start:.0f} s", file=sys.stderr, flush=True)
    (HERE / "coverage_later.md").write_text(page(made), encoding="utf-8")


def page(made) -> str:
    names = list(dict.fromkeys(name for n in SIZES for name in made[n]))
    rates = ", ".join(f"{counted(n)} of {n}" for n in (2, 5, 20))
    text = [
        "# Coverage of the later methods",
        "",
        "Written by `python tests/bench/bench_coverage_later.py`. Unless a row says otherwise: exponential times of median 1, censored uniformly between "
        "0.5 and 4. Percent of the samples with a result, ± the Monte Carlo error (one standard error); in brackets: % of samples without a result. "
        f"What resamples in each sample ({RESAMPLES} times, half as often for Turnbull's estimate and the imitated trial) has fewer samples.",
        "",
        "## Intervals: % that hold the truth (promised: 95)",
        "",
        *lines("interval", made, [n for n in names if n not in TESTS]),
        "",
        f"Rate of events, Garwood: exact, no simulation: {rates} events expected. The median with late entry "
        "rests on early risk sets that are small.",
        "",
        "## Tests: % that reject a true null hypothesis at P 0.05 (promised: 5)",
        "",
        *lines("test", made, [n for n in names if n in TESTS]),
        "",
    ]
    return "\n".join(text)


if __name__ == "__main__":
    main(sys.argv[1:])

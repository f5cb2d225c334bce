"""Which method keeps its promise at which size: coverage of 95% intervals and type I error of tests at a P of 0.05.

Samples with a known truth: exponential times (median 1), censored by a uniform time, two groups of 2 : 3. Writes
coverage.md beside itself. Run: python tests/bench/bench_coverage.py (some minutes on one core).
"""

import sys
import time
from pathlib import Path

import numpy as np
from coverage_kernels import fall, log_rank, peak, pieces
from scipy.stats import binom, chi2, norm, t

from smallsurv import curve as km
from smallsurv import logrank, weights
from smallsurv.cox import cox_fit
from smallsurv.curve import METHODS
from smallsurv.firth import firth_cox
from smallsurv.permutation import permutation_log_rank
from smallsurv.proportions import proportion
from smallsurv.rmst import corrected_mean, mean_limits

SIZES = (13, 40, 100)
SAMPLES, FEWER = 10_000, 2_000  # FEWER for what resamples, or fits a propensity model, in each sample
PERMUTATIONS = 999
CENSORING = (0.5, 4.0)  # uniform between these multiples of the median
RATIO = 2.0  # hazard ratio of the smaller group where intervals are judged
TAU = 1.0
ALPHA = 0.05
CUT = chi2.isf(ALPHA, 1)
Z = norm.isf(ALPHA / 2)
SHARES = (0.1, 0.3, 0.5)
HERE = Path(__file__).parent


def groups(n):
    """0/1 labels, two fifths in group 1."""
    return (np.arange(n) < round(0.4 * n)).astype(np.int64)


def sample(rng, group, ratio=1.0):
    """Times, latest first, with events and labels; hazard log(2), times `ratio` in group 1."""
    true = rng.exponential(1 / np.log(2), len(group)) / np.where(group == 1, ratio, 1.0)
    end = rng.uniform(*CENSORING, len(group))
    order = np.argsort(-np.minimum(true, end), kind="stable")
    return np.minimum(true, end)[order], (true <= end)[order], group[order]


def covers(low, high, truth):
    """Whether the interval holds the truth; a lower limit that cannot be had counts as 0, an upper one as infinite."""
    return not (low > truth) and not (high < truth)


class Tally:
    """Counts of a method: samples, hits, samples without a result."""

    def __init__(self):
        self.samples = self.hits = self.none = 0

    def add(self, hit, usable=True):
        self.samples += 1
        self.none += not usable
        self.hits += bool(hit) and usable

    def cell(self):
        share = self.hits / max(1, self.samples - self.none)
        missing = f" [{100 * self.none / self.samples:.1f}]" if self.none else ""
        return f"{100 * share:.1f}{missing}"


def medians(rng, n, found):
    for i in range(SAMPLES):
        times, dead, _ = sample(rng, np.zeros(n, np.int64))
        curve = km.counted_curve(times, dead)
        for method in METHODS:
            if method == "bootstrap" and i >= FEWER:
                continue
            with np.errstate(all="ignore"):
                _, low, high = km.median(curve, method)
            found[f"median, {method}"].add(covers(low, high, 1.0), not (np.isnan(low) and np.isnan(high)))


def means(rng, n, found):
    labels, rate = groups(n), np.log(2)
    true = [(1 - np.exp(-h * TAU)) / h for h in (rate, RATIO * rate)]
    wide = t.ppf(1 - ALPHA / 2, n - 2)
    for _ in range(SAMPLES):
        times, dead, group = sample(rng, labels, RATIO)
        pair = [corrected_mean(km.counted_curve(times[group == g], dead[group == g]), TAU) for g in (0, 1)]
        low, high = mean_limits(*pair[0], TAU)
        found["restricted mean, one group of three fifths"].add(covers(low, high, true[0]), np.isfinite(low))
        difference, error = pair[1][0] - pair[0][0], np.hypot(pair[0][1], pair[1][1])
        found["restricted mean, difference"].add(
            abs(difference - true[1] + true[0]) <= wide * error, np.isfinite(difference)
        )


def ratios(rng, n, found):
    labels, truth = groups(n), np.log(RATIO)
    for _ in range(SAMPLES):
        _, dead, group = sample(rng, labels, RATIO)
        top, penalized = peak(dead, group, False), peak(dead, group, True)
        finite = np.isfinite(top)
        error = 1 / np.sqrt(pieces(dead, group, top)[2]) if finite else np.nan
        found["hazard ratio, Wald"].add(abs(top - truth) <= Z * error, finite)
        found["hazard ratio, profile"].add(fall(dead, group, top, truth, False) <= CUT)
        found["hazard ratio, Firth, profile"].add(fall(dead, group, penalized, truth, True) <= CUT)


def tests(rng, n, found):
    labels = groups(n)
    for i in range(SAMPLES):
        times, dead, group = sample(rng, labels)
        top, penalized = peak(dead, group, False), peak(dead, group, True)
        finite = np.isfinite(top)
        found["log-rank"].add(log_rank(dead, group) >= CUT)
        found["Cox, Wald"].add(top**2 * pieces(dead, group, top)[2] >= CUT if finite else False)
        found["Cox, likelihood ratio"].add(fall(dead, group, top, 0.0, False) >= CUT)
        found["Cox, Firth, penalized likelihood ratio"].add(fall(dead, group, penalized, 0.0, True) >= CUT)
        if n <= 20:
            found["log-rank, exact permutation"].add(permutation_log_rank(times, dead, group).p <= ALPHA)
        elif i < FEWER:
            drawn = permutation_log_rank(times, dead, group, draws=PERMUTATIONS, seed=i, most=0)
            found["log-rank, exact permutation"].add(drawn.p <= ALPHA)


def weighted(rng, n, found):
    """Treatment depends on a covariate that the times depend on too; treatment itself does nothing."""
    for _ in range(FEWER):
        x = rng.normal(size=n)
        treated = rng.random(n) < 1 / (1 + np.exp(-0.5 * x))
        true, end = rng.exponential(np.exp(-0.5 * x) / np.log(2)), rng.uniform(*CENSORING, n)
        times, dead = np.minimum(true, end), true <= end
        try:
            model = weights.propensity_model(treated, x)
        except ValueError:
            found["log-rank, weighted (Xie and Liu)"].add(False, usable=False)
            continue
        weight = weights.propensity_weights(treated, model.score, "ATE")
        z = logrank.weighted_log_rank_z(times, dead, treated, weight)
        found["log-rank, weighted (Xie and Liu)"].add(abs(z) >= Z, np.isfinite(z))
        found["log-rank, ignoring the covariate"].add(
            logrank.log_rank_test(times, treated.astype(int), dead).statistic >= CUT, dead.any()
        )


def shares(n):
    """Exact coverage of Clopper-Pearson at SHARES: no simulation is needed."""
    limits = [proportion(count, n)[1:] for count in range(n + 1)]
    for share in SHARES:
        hit = sum(binom.pmf(k, n, share) for k, (low, high) in enumerate(limits) if low <= share <= high)
        yield f"share of {share:g}, Clopper-Pearson", f"{100 * hit:.1f}"


def check_kernels(rng):
    """The compiled loops against the functions of the workbook, on samples of 20."""
    for _ in range(20):
        times, dead, group = sample(rng, groups(20), RATIO)
        if not np.isfinite(peak(dead, group, False)):
            continue
        fit, penalized = cox_fit(times, dead, group), firth_cox(times, dead, group)
        assert np.isclose(peak(dead, group, False), fit.coef[0], rtol=1e-6, atol=1e-8)
        assert np.isclose(1 / np.sqrt(pieces(dead, group, fit.coef[0])[2]), np.sqrt(fit.covariance[0, 0]), rtol=1e-6)
        assert np.isclose(peak(dead, group, True), penalized.coef[0], rtol=1e-5, atol=1e-7)
        for limit in (penalized.low[0], penalized.high[0]):
            assert np.isclose(fall(dead, group, penalized.coef[0], limit, True), CUT, rtol=1e-4)
        assert np.isclose(log_rank(dead, group), logrank.log_rank_test(times, group, dead).statistic, rtol=1e-8)


class Found(dict):
    def __missing__(self, key):
        self[key] = Tally()
        return self[key]


def table(head, columns):
    """Markdown rows of {n: {method: cell}}."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [f"| {head} | " + " | ".join(f"n = {n}" for n in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return lines + [f"| {name} | " + " | ".join(c.get(name, "–") for c in columns.values()) + " |" for name in names]


def main():
    start, cover, error, censored = time.perf_counter(), {}, {}, []
    check_kernels(np.random.default_rng(0))
    for n in SIZES:
        intervals, rejected = Found(), Found()
        for part, found in (
            (medians, intervals),
            (ratios, intervals),
            (means, intervals),
            (tests, rejected),
            (weighted, rejected),
        ):
            part(np.random.default_rng([n, len(part.__name__)]), n, found)
            print(f"{n} {part.__name__} {time.perf_counter() - start:.0f} s", file=sys.stderr)
        cover[n] = {name: tally.cell() for name, tally in intervals.items()} | dict(shares(n))
        error[n] = {name: tally.cell() for name, tally in rejected.items()}
        censored.append(np.mean([1 - sample(np.random.default_rng(i), groups(n))[1].mean() for i in range(2000)]))
    wide, narrow = (100 * np.sqrt(0.05 * 0.95 / count) for count in (FEWER, SAMPLES))
    text = [
        "# Coverage of intervals, type I error of tests",
        "",
        f"Written by `python tests/bench/bench_coverage.py`. Exponential times of median 1, about {100 * np.mean(censored):.0f}% censored (uniform between "
        f"{CENSORING[0]:g} and {CENSORING[1]:g} medians), groups of 2 : 3. {SAMPLES:,} samples a cell (Monte Carlo error {narrow:.1f} percentage points where "
        f"the truth is 5 or 95%); {FEWER:,} (error {wide:.1f}) for the bootstrap, the weighted test and, from n = 40 on, the permutation test ({PERMUTATIONS} permutations). "
        "In brackets: % of samples without a result, which are left out of the share (intervals) or could not be tested.",
        "",
        "## Intervals: % that hold the truth (promised: 95)",
        "",
        *table("interval", cover),
        "",
        f"Hazard ratio {RATIO:g}; restricted mean up to the median of the larger group. A median's limit that is not reached counts as infinite. Clopper-Pearson: exact, no simulation.",
        "",
        "## Tests: % that reject a true null hypothesis at P 0.05 (promised: 5)",
        "",
        *table("test", error),
        "",
        "In the two last rows treatment goes with a covariate that shortens survival, and does nothing itself: the plain log-rank test is biased, the weighted one takes its weights as known.",
        "",
    ]  # fmt: skip
    (HERE / "coverage.md").write_text("\n".join(text), encoding="utf-8")
    print("\n".join(text), f"{time.perf_counter() - start:.0f} s", sep="\n")


if __name__ == "__main__":
    main()

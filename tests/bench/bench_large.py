"""Estimates on registries of 10,000 to 1,000,000 rows and the resampling works, beside R survival and lifelines.

Run: python tests/bench/bench_large.py [--slow] [--sizes 10000 100000]. Same rows for all three; seconds are the median
of a few runs inside one process, without the reading of data, and for ours without the compilation (one warm-up call on
200 rows). --slow adds R's weighted robust model of a million rows: ten minutes. lifelines is left out where more than a
minute is to be expected. Writes the part `large` of tests/bench/results.json.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from measure import machine, median, record

HERE = Path(__file__).parent
RUNS = {10_000: 5, 100_000: 3, 1_000_000: 3}
PATIENCE = 60  # seconds that lifelines may take
EFFECTS = np.array([0.15, -0.20, 0.45, 0.25, -0.30, 0.40, 0.20, -0.10])
X = [f"x{i}" for i in range(1, 9)]
COLUMNS = {
    "Kaplan-Meier": ["time", "event", "group"], "log-rank": ["time", "event", "group"],
    "Cox, 8 covariates": ["time", "event", *X], "Cox, 8 covariates, ties": ["week", "event", *X],
    "Cox, weighted robust": ["time", "event", "group", "weight"],
}  # fmt: skip


def registry(n, seed=20251201) -> pd.DataFrame:
    """A made-up registry of `n` subjects after rechallenge: exponential days, administrative and other censoring.

    x1 age (SD), x2 female, x3 ECOG 2, x4 liver, x5 PD-L1 share, x6 brain, x7 steroids, x8 log lymphocytes; group:
    combination therapy, the likelier the younger; weight; week: days rounded up to weeks, which gives ties.
    """
    rng = np.random.default_rng(seed)
    x = np.column_stack([
        rng.normal(size=n), rng.random(n) < 0.4, rng.random(n) < 0.25, rng.random(n) < 0.2, rng.beta(0.6, 0.9, n),
        rng.random(n) < 0.15, rng.random(n) < 0.1, rng.normal(size=n),
    ]).astype(float)  # fmt: skip
    group = (rng.random(n) < 1 / (1 + np.exp(0.3 * x[:, 0] + 0.5 * x[:, 2]))).astype(float)
    days = rng.exponential(150 / np.log(2) * np.exp(-(x @ EFFECTS - 0.2 * group)))
    follow_up = np.minimum(rng.uniform(60, 1500, n), rng.exponential(2000, n))
    frame = pd.DataFrame(x, columns=X).assign(
        time=np.minimum(days, follow_up),
        event=(days <= follow_up).astype(float),
        group=group,
        weight=rng.uniform(0.5, 2, n),
    )
    return frame.assign(week=np.ceil(frame["time"] / 7))


def ours(d):
    from smallsurv import cox, logrank
    from smallsurv import curve as km

    adtte = pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "group": d["group"]})
    x = d[X].to_numpy()
    return {
        "Kaplan-Meier": lambda: min(c.survival.min() for c in km.survival_curves(adtte, "group").values()),
        "log-rank": lambda: logrank.log_rank(adtte, "group")["statistic"].iloc[0],
        "Cox, 8 covariates": lambda: cox.cox_fit(d["time"], d["event"], x).coef[0],
        "Cox, 8 covariates, ties": lambda: cox.cox_fit(d["week"], d["event"], x).coef[0],
        "Cox, weighted robust": lambda: (
            cox.cox_fit(d["time"], d["event"], d["group"], d["weight"], robust=True).robust_covariance[0, 0] ** 0.5
        ),
    }


def resampled(d):
    from smallsurv import bootstrap, permutation

    m = d.head(100)
    return {
        "permutation log-rank, 10,000": lambda: (
            permutation.permutation_log_rank(m["time"], m["event"] == 1, m["group"]).p
        ),
        "IPTW bootstrap, 2,000": lambda: np.nanstd(
            bootstrap.iptw_bootstrap(d["time"], d["event"], d["group"], d[X[:5]]).log_hazard_ratios, ddof=1
        ),
    }


def lifelines(d):
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    def curves():
        parts = [part for _, part in d.groupby("group")]
        fits = [KaplanMeierFitter().fit(part["time"], part["event"]) for part in parts]
        return min(fit.survival_function_.to_numpy().min() for fit in fits)

    def cox(duration, columns, **named):
        return CoxPHFitter().fit(d[[duration, "event", *columns]], duration, "event", **named)

    return {
        "Kaplan-Meier": curves,
        "log-rank": lambda: multivariate_logrank_test(d["time"], d["group"], d["event"]).test_statistic,
        "Cox, 8 covariates": lambda: cox("time", X).params_.iloc[0],
        "Cox, 8 covariates, ties": lambda: cox("week", X).params_.iloc[0],
        "Cox, weighted robust": (
            lambda: cox("time", ["group", "weight"], weights_col="weight", robust=True).standard_errors_.iloc[0]
        ),
    }


def timed(work, runs):
    """Median seconds of some runs, and the value."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        value = work()
        seconds.append(time.perf_counter() - start)
    return median(seconds), float(value)


def in_r(d, runs, slow):
    """{work: (seconds, value)} from peer/large.R; {} without R."""
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "names.txt").write_text(" ".join(d.columns))
        d.to_numpy(float).T.tofile(Path(folder) / "registry.bin")
        command = ["Rscript", HERE / "peer" / "large.R", folder, len(d), runs, int(slow)]
        said = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout
    rows = [line.rsplit(",", 2) for line in said.splitlines()]
    return {work: (float(seconds), float(value)) for work, seconds, value in rows}


def memory(work, given):
    """Peak of the memory that one run allocates, and that over the size of the columns it reads."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"peak_mb": peak / 1e6, "peak_to_input": peak / given.to_numpy().nbytes}


def compare(d, works, rivals, runs, slow, known):
    """One row a work at this size. `known`: seconds of lifelines
    at the size before, to see what would take too long.
    """
    found, peer, rows = {name: timed(work, runs) for name, work in works.items()}, in_r(d, runs, slow), []
    for name, (seconds, value) in found.items():
        row = {"work": name, "n": len(d), "seconds": seconds, "r": None, "lifelines": None, "ratio_to_r": None}
        row |= memory(works[name], d[COLUMNS.get(name, list(d))])
        if name in peer:
            row["r"], theirs = peer[name]
            row["ratio_to_r"] = seconds / row["r"]
            row["difference_from_r"] = abs(value - theirs)
        growth = {"Cox, weighted robust": 100, "Cox, 8 covariates": 40}.get(name, 10)
        if name in rivals and known.get(name, 0) * growth <= PATIENCE:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row["lifelines"] = timed(rivals[name], 1 if known.get(name, 0) > 1 else runs)[0]
        known[name] = row["lifelines"] or np.inf
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow", action="store_true", help="R's weighted robust model of a million rows as well")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(RUNS))
    asked = parser.parse_args()
    tiny = registry(200)
    for work in (ours(tiny) | resampled(registry(101))).values():
        work()
    from smallsurv import curve as km

    with_all = km.LARGE
    km.LARGE = 1
    for work in ours(tiny).values():
        work()
    km.LARGE = with_all
    rows, known = [], {}
    for n in asked.sizes:
        d = registry(n)
        rows += compare(d, ours(d), lifelines(d), RUNS.get(n, 1), asked.slow, known)
    small = registry(101)
    rows += [
        row | {"n": 100 if "perm" in row["work"] else 101} for row in compare(small, resampled(small), {}, 3, False, {})
    ]
    print(f"{machine()}\nseconds, compilation excluded by a warm-up call; the same rows for all\n")
    print(f"{'work':30} {'rows':>9} {'ours':>8} {'R':>9} {'lifelines':>10} {'ours / R':>9}")
    show = lambda value, digits=3: "-" if value is None else f"{value:.{digits}f}"  # noqa: E731
    for row in rows:
        print(
            f"{row['work']:30} {row['n']:9,} {show(row['seconds']):>8} {show(row['r']):>9} {show(row['lifelines']):>10}"
            f" {show(row['ratio_to_r']):>9}"
        )
    record("large", rows)


if __name__ == "__main__":
    main()

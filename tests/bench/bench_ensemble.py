"""Does the range of drawn cohorts hold the truth? Simulated studies, printed as an abstract prints, rebuilt 20 times.

Run: python tests/bench/bench_ensemble.py [STUDIES]. The lowest to the highest of 20 cohorts would hold that of one
more of the same law in 19 of 21, 90%. The law of the simulated studies is not that of the reconstruction: times are
Weibull with shapes from 0.8 to 1.5, a patient in ten is lost early, accrual is of any length. Prints a table.
"""

import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from papercheck.reconstruction.anneal import Solution
from papercheck.reconstruction.ensemble import values_of
from papercheck.reconstruction.folder import SHOWN
from papercheck.reconstruction.reconstruct import reconstruct_many
from papercheck.registry.registry import load_registry
from smallsurv.curve import kaplan_meier, median
from smallsurv.logrank import log_rank

MEMBERS = 20
STUDIES = 15


def simulate(rng):
    """A study with its truth: rows of PFSR and OS in months with one decimal, two arms."""
    n, shape = int(rng.integers(20, 61)), rng.uniform(0.8, 1.5)
    arm = np.where(rng.random(n) < rng.uniform(0.35, 0.65), "B", "A")
    scale = rng.uniform(4, 12) * np.where(arm == "B", rng.uniform(0.5, 2.0), 1.0)
    progression = scale * rng.weibull(shape, n)
    death = progression + rng.uniform(4, 14) * rng.weibull(shape, n)
    accrual, further = rng.uniform(6, 36), rng.uniform(2, 12)
    end = further + rng.uniform(0, accrual, n)
    end = np.where(rng.random(n) < 0.1, end * rng.random(n), end)
    subjects = pd.DataFrame({"ARM": pd.Categorical(arm, ["A", "B"], ordered=True)})
    outcomes = {}
    for name, time in (("PFSR", progression), ("OS", death)):
        seen = time <= end
        outcomes[name] = pd.DataFrame(
            {"AVAL": np.maximum(np.minimum(time, end).round(1), 0.1), "CNSR": (~seen).astype(int)}
        )
    return Solution(0, subjects, outcomes)


def printed(study):
    """The registry of a study as an abstract prints it: sizes, medians of all and by arm, the P value."""
    rows, numbers = study.adtte("PFSR"), []

    def add(statistic, keys, **parts):
        numbers.append(
            {"id": f"x{len(numbers)}", "statistic": statistic, **keys, "printed": [{"at": "Abstract", **parts}]}
        )

    def middle(data):
        value = median(kaplan_meier(data["AVAL"], data["CNSR"] == 0))[0]
        return f"{value:.1f}" if np.isfinite(value) else "NR"

    add("count", {"where": {"ARM": "A"}}, count=str(int((rows["ARM"] == "A").sum())))
    add("count", {"where": {"ARM": "B"}}, count=str(int((rows["ARM"] == "B").sum())))
    add("median_survival", {"endpoint": "PFSR"}, estimate=middle(rows))
    for level in "AB":
        add(
            "median_survival",
            {"endpoint": "PFSR", "where": {"ARM": level}},
            estimate=middle(rows[rows["ARM"] == level]),
        )
    add("log_rank", {"endpoint": "PFSR", "by": "ARM"}, p=f"{max(log_rank(rows, 'ARM')['p'].iloc[0], 0.001):.3f}")
    add("median_survival", {"endpoint": "OS"}, estimate=middle(study.outcomes["OS"]))
    factors = {"ARM": {"levels": ["A", "B"]}}
    return {
        "title": "Simulated",
        "n": len(rows),
        "time_unit": "months",
        "grid": 0.1,
        "factors": factors,
        "numbers": numbers,
    }


def held(seed, folder):
    """{(endpoint, quantity): (below, inside, above)} of one study: where the truth lies against the drawn cohorts."""
    truth = simulate(np.random.default_rng(seed))
    path = Path(folder) / f"s{seed}.yml"
    path.write_text(yaml.safe_dump(printed(truth)), encoding="utf-8")
    registry = load_registry(path)
    try:
        members = [m.solution for m in reconstruct_many(registry, seed, MEMBERS)]
    except Exception as reason:  # a study without a find is said, and counts for nothing
        print(f"study {seed}: {reason}")
        return {}
    found = defaultdict(lambda: np.zeros(3, int))
    for endpoint, quantity, _, values in values_of([truth, *members], registry):
        real, drawn = values[0], values[1:][~np.isnan(values[1:])]
        if quantity in SHOWN and not np.isnan(real) and len(drawn) > MEMBERS / 2 and len(np.unique(values)) > 1:
            found[endpoint, quantity] += [real < drawn.min(), drawn.min() <= real <= drawn.max(), real > drawn.max()]
    return found


def main(studies=STUDIES):
    total = defaultdict(lambda: np.zeros(3, int))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, studies + 1):
            for what, counts in held(seed, folder).items():
                total[what] += counts
            told(total, f"after study {seed}")


def told(total, title):
    """Print the table so far."""
    print(f"\n{title:24} {'below':>6} {'inside':>7} {'above':>6} {'held':>6}")
    for what, (below, inside, above) in [*sorted(total.items()), (("all",), sum(total.values(), np.zeros(3, int)))]:
        print(
            f"{' '.join(what):24} {below:6} {inside:7} {above:6} {inside / max(below + inside + above, 1):6.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

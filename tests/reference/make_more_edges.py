"""The 60 drawn sets of more_edges.R, five of each kind. Run: python tests/reference/make_more_edges.py."""

from pathlib import Path

import numpy as np
import pandas as pd

KINDS = (
    "two",
    "noise",
    "empty",
    "heavy",
    "all_censored",
    "one_group",
    "first_day",
    "late",
    "late_few",
    "no_weight",
    "causes",
    "separated",
)


def drawn(kind, number) -> pd.DataFrame:
    """The rows of one set; times and entries are written to the last bit."""
    rng = np.random.default_rng(1000 * KINDS.index(kind) + number + 7)
    n = {"two": 2 + number % 3, "late_few": 5 + number}.get(kind, (8, 12, 17, 25, 40)[number])
    levels = 2 if kind == "two" else 2 + number % 2
    group = rng.permutation(np.resize(np.arange(levels), n)) if kind != "one_group" else np.zeros(n, int)
    time, event = np.round(rng.exponential(8, n) + 0.3, 1), rng.random(n) < 0.65
    event[0] |= kind == "two"
    if kind == "noise":  # the same halves, reached by a sum, a product and a last bit
        time = np.round(time * 2) / 2 + 0.5
        time = np.choose(np.arange(n) % 3, [(time + 2.1) - 2.1, (time * 3) / 3, time * (1 + 3e-16)])
    if kind in ("heavy", "causes", "first_day"):
        time = np.ceil(time / 4)
    if kind == "first_day":
        time[rng.random(n) < 0.3] = 1.0
    if kind in ("all_censored", "separated"):
        event[group == (1 if kind == "all_censored" else levels - 1)] = False
    event[np.argmax(group == 0)] |= not event.any()
    if kind == "empty":  # nobody of the last level outlives the first event
        time[group == levels - 1] = time[event].min() / 2
        event[group == levels - 1] = False
        event[np.argmax(group == 0)] |= not event.any()
    entry = np.round(time * rng.random(n) * 0.8, 1) * (rng.random(n) < 0.7) if kind.startswith("late") else np.zeros(n)
    entry = np.where(entry > 0, (entry + 0.7) - 0.7, 0.0)
    weight = np.round(rng.gamma(2, 1, n) + 0.1, 3)
    if kind == "no_weight":
        weight[1:][rng.random(n - 1) < 0.3] = 0
    rest = {
        "cause": np.where(event, 1 + (rng.random(n) < 0.4), 0),
        "stratum": rng.integers(0, 2, n),
        "cluster": rng.integers(0, max(2, n // 4), n),
    }
    columns = {
        "set": f"{kind}_{number}",
        "time": time,
        "event": event * 1,
        "group": group,
        "x": rng.normal(size=n).round(2),
    }
    return pd.DataFrame(columns | {"entry": entry, "weight": weight} | rest)


if __name__ == "__main__":
    every = pd.concat([drawn(kind, number) for kind in KINDS for number in range(5)])
    every[["time", "entry"]] = every[["time", "entry"]].map(lambda value: repr(float(value)))
    every.to_csv(Path(__file__).with_name("data_more_edges.csv"), index=False)

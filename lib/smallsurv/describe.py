"""Description of one numeric column."""

from typing import Any

import numpy as np
import pandas as pd

QUARTILES: dict[str, Any] = {"R, type 7": "linear", "SPSS, type 6": "weibull"}  # program: NumPy's name of its rule


def describe(values: pd.Series) -> dict:
    """A numeric column: n, missing, mean, sd, median, q1, q3, low, high."""
    known = values.dropna().astype(float)
    stats = {"n": len(known), "missing": int(values.isna().sum())}
    if not len(known):
        return stats | dict.fromkeys(("mean", "sd", "median", "q1", "q3", "low", "high"), np.nan)
    q1, middle, q3 = np.percentile(known, [25, 50, 75])
    sd = known.std(ddof=1) if len(known) > 1 else np.nan
    return stats | {
        "mean": known.mean(),
        "sd": sd,
        "median": middle,
        "q1": q1,
        "q3": q3,
        "low": known.min(),
        "high": known.max(),
    }


def quartiles(values, rule="R, type 7") -> tuple[float, float]:
    """Lower and upper quartile of the known values under a rule of QUARTILES. Source: Hyndman and Fan 1996."""
    low, high = np.percentile(pd.Series(values).dropna().astype(float), [25, 75], method=QUARTILES[rule])
    return float(low), float(high)

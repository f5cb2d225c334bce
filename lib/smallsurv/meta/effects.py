"""What one study contributes: a log ratio with its standard error, from the interval it prints or from its counts."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import norm

COLUMNS = ["study", "estimate", "ci_low", "ci_high", "level", "effect", "se", "p", "off_centre", "method"]
ARMS = ["events", "n", "events_control", "n_control"]
LEVELS = (0.80, 0.90, 0.95, 0.99)
METHOD = "printed interval, log scale"
WOOLF = "Woolf"
CORRECTED = "Woolf, 0.5 added to each cell"
ONE_SIDED = "no event, or nothing but events, in both arms: it says nothing about the ratio"


def log_ratios(studies, level=0.95) -> pd.DataFrame:
    """Log ratio and standard error of each study from its printed interval, read at the level of that interval.

    studies : one row a study with study, estimate, ci_low, ci_high and level (share: 0.95, 0.80); limits may be
    missing. Returns COLUMNS, then the other columns of `studies`, one row a study in the same order. effect =
    log(estimate), se = (log ci_high - log ci_low) / (2 z of its own level), ci_low and ci_high at `level` (as printed
    where that is their level), p two-sided (Wald), off_centre = (effect - middle of the log interval) / se, near 0
    where the print agrees with itself. A study without an interval or a level keeps its estimate and has no se, limits
    or p. Source: Parmar, Torri and Stewart 1998; Cochrane Handbook 6.3.
    """
    rows = studies.reset_index(drop=True)
    known = {name: pd.to_numeric(rows[name]).to_numpy(float) for name in ("estimate", "ci_low", "ci_high", "level")}
    low, high = np.log(known["ci_low"]), np.log(known["ci_high"])
    effect = np.log(known["estimate"])
    se = (high - low) / (2 * norm.ppf(0.5 + known["level"] / 2))
    found = _limits(effect, se, level)
    printed = np.isclose(known["level"], level, rtol=0, atol=1e-9)
    for name in ("ci_low", "ci_high"):
        found[name] = np.where(printed, known[name], found[name])
    found |= {"study": rows["study"], "estimate": known["estimate"], "off_centre": (effect - (low + high) / 2) / se}
    return _beside(found | {"method": METHOD}, COLUMNS, rows)


def _limits(effect, se, level):
    """Limits at `level` as ratios, and the two-sided Wald P, of log ratios (n,)."""
    z = norm.ppf(0.5 + level / 2)
    return {
        "effect": effect,
        "se": se,
        "level": level,
        "ci_low": np.exp(effect - z * se),
        "ci_high": np.exp(effect + z * se),
        "p": 2 * norm.sf(np.abs(effect / se)),
    }


def _beside(found, columns, rows):
    """The result columns, then what else the input carries."""
    frame = pd.DataFrame(found, index=rows.index)[columns]
    return pd.concat([frame, rows.drop(columns=[c for c in rows.columns if c in columns])], axis=1)


def interval_levels(estimate, ci_low, ci_high, levels=LEVELS, sides=2, digits=2) -> pd.DataFrame:
    """What one printed interval would mean at each of several levels: the check of a disputed level against a printed
    P.

    Returns one row a level: level, se, p, p_low, p_high (the P values, of `sides` 1 or 2, that prints of `digits`
    decimals allow), ci_low and ci_high at 95%. A one-sided P is that of the direction of the estimate.
    Source: Altman and Bland 2011, doi:10.1136/bmj.d2304 (P from an interval).
    """
    half = 0.5 * 10.0**-digits
    corners = list(
        product((estimate - half, estimate + half), (ci_low - half, ci_low + half), (ci_high - half, ci_high + half))
    )
    spans_one = estimate - half < 1 < estimate + half
    rows = []
    for level in levels:
        width = 2 * norm.ppf(0.5 + level / 2)
        se = np.log(ci_high / ci_low) / width
        p = [_p(x, np.log(high / low) / width, sides) for x, low, high in corners if x > 0 and 0 < low < high]
        largest = sides / 2 if spans_one else max(p, default=np.nan)
        found = _limits(np.log(estimate), se, 0.95)
        rows.append(
            (level, se, _p(estimate, se, sides), min(p, default=np.nan), largest, found["ci_low"], found["ci_high"])
        )
    return pd.DataFrame(rows, columns=["level", "se", "p", "p_low", "p_high", "ci_low", "ci_high"])


def _p(estimate, se, sides):
    return float(sides * norm.sf(abs(np.log(estimate)) / se))


def odds_ratios(arms, level=0.95) -> pd.DataFrame:
    """Odds ratio of each study from the counts of its arms.

    arms : one row a study with study, events, n, events_control, n_control (patients).
    Returns COLUMNS and `reason`, then the other columns of `arms`: an empty cell adds 0.5 to the four cells of that
    study; a study with no event, or nothing but events, in both arms has no estimate and says so in `reason`.
    Sources: Woolf 1955; Haldane 1956.
    """
    rows = arms.reset_index(drop=True)
    cells = four_cells(rows)
    says = informative(cells)
    empty = (cells == 0).any(axis=1)
    filled = cells + 0.5 * empty[:, None]
    effect = np.where(says, np.log(filled[:, 0] * filled[:, 3] / (filled[:, 1] * filled[:, 2])), np.nan)
    se = np.where(says, np.sqrt((1 / filled).sum(axis=1)), np.nan)
    counted = ~np.isnan(cells).any(axis=1)
    reason = np.where(says, "", np.where(counted, ONE_SIDED, "counts missing"))
    found = _limits(effect, se, level) | {
        "study": rows["study"],
        "estimate": np.exp(effect),
        "off_centre": 0.0 * effect,
    }
    found |= {"method": np.where(empty & says, CORRECTED, WOOLF), "reason": reason}
    return _beside(found, [*COLUMNS, "reason"], rows)


def four_cells(arms) -> np.ndarray:
    """Events and non-events of the first arm, then of the control arm: (studies, 4), NaN where a count is missing.

    Raises ValueError for a negative count or more events than patients.
    """
    events, n, events_control, n_control = (pd.to_numeric(arms[name]).to_numpy(float) for name in ARMS)
    cells = np.column_stack([events, n - events, events_control, n_control - events_control])
    if (cells < 0).any():
        raise ValueError("a count is negative, or an arm has more events than patients")
    return cells


def informative(cells) -> np.ndarray:
    """Which studies (n, 4) say anything about the ratio: both
    arms have patients, and there are events and non-events.
    """
    a, b, c, d = cells.T
    return (a + c > 0) & (b + d > 0) & (a + b > 0) & (c + d > 0)

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


def log_ratios(studies, level=0.95) -> pd.DataFrame:
    """Log ratio and standard error of each study from its printed interval, read at the level of that interval.

    studies : one row a study with study, estimate, ci_low, ci_high and level (share: 0.95, 0.80); limits may be missing.
    Returns COLUMNS, then the other columns of `studies`, one row a study in the same order. effect = log(estimate),
    se = (log ci_high - log ci_low) / (2 z of its own level), ci_low and ci_high at `level` (as printed where that is
    their level), p two-sided (Wald), off_centre = (effect - middle of the log interval) / se, near 0 where the print
    agrees with itself. A study without an interval or a level keeps its estimate and has no se, limits or p.
    Source: Parmar, Torri and Stewart 1998; Cochrane Handbook 6.3.
    """
    raise NotImplementedError


def interval_levels(estimate, ci_low, ci_high, levels=LEVELS, sides=2, digits=2) -> pd.DataFrame:
    """What one printed interval would mean at each of several levels: the check of a disputed level against a printed P.

    Returns one row a level: level, se, p, p_low, p_high (the P values, of `sides` 1 or 2, that prints of `digits`
    decimals allow), ci_low and ci_high at 95%. A one-sided P is that of the direction of the estimate.
    Source: Altman and Bland 2011.
    """
    raise NotImplementedError


def error_from_p(estimate, p, sides=2) -> float:
    """Standard error of log(estimate) that a P value of `sides` 1 or 2 implies; NaN for an estimate of 1 or P of 0 or 1.
    Source: Altman and Bland 2011."""
    raise NotImplementedError


def odds_ratios(arms, level=0.95) -> pd.DataFrame:
    """Odds ratio of each study from the counts of its arms.

    arms : one row a study with study, events, n, events_control, n_control (patients).
    Returns COLUMNS and `reason`, then the other columns of `arms`: an empty cell adds 0.5 to the four cells of that
    study; a study with no event, or nothing but events, in both arms has no estimate and says so in `reason`.
    Sources: Woolf 1955; Haldane 1956.
    """
    raise NotImplementedError

"""The effect that a comparison can detect."""

import numpy as np
from scipy.stats import norm

ALPHA, POWER = 0.05, 0.80


def detectable_hazard_ratio(events, share, alpha=ALPHA, power=POWER) -> float:
    """The smallest hazard ratio above 1 that a log-rank test finds with this power, for these events.

    share : of the patients in one of two groups. Its inverse is the largest below 1. Infinite without events.
    Source: Schoenfeld 1981.
    """
    information = events * share * (1 - share)
    return float(np.exp((norm.isf(alpha / 2) + norm.ppf(power)) / np.sqrt(information))) if information > 0 else np.inf

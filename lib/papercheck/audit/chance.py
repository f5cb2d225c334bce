"""Probabilities that the checks need, without a statistics library: an audit starts faster than that would load."""

from math import erfc, sqrt
from statistics import NormalDist


def normal_quantile(share) -> float:
    """The value below which this share of the standard normal distribution lies."""
    return NormalDist().inv_cdf(share)


def normal_tail(z) -> float:
    """How often a standard normal value is above z."""
    return erfc(z / sqrt(2)) / 2

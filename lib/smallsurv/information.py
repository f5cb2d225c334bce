"""How many events an interval of a hazard ratio takes. Loads no library: an audit starts faster than one would load."""

from math import log
from statistics import NormalDist


def events_of_interval(low: float, high: float, level: float) -> float:
    """Events that an interval of a hazard ratio of two groups takes at least: its standard error is at least 2 /
    sqrt(events).

    low, high : limits above 0; level : share. An event brings at most 1/4 to the information on an indicator, with or
    without other factors in the model. Source: Schoenfeld 1983.
    """
    return (4 * NormalDist().inv_cdf(0.5 + level / 2) / log(high / low)) ** 2

"""Which raw values can lie behind summary statistics: windows of sums, squares, Wald ratios, event times.

A window is (low, high), both ends included: the values that a printed number allows.
"""

from collections.abc import Iterator
from math import ceil, floor, inf, sqrt

_FUZZ = 1e-9
SPSS_Z = (1.9599, 1.9601)  # 1.96, and the quantile itself


def whole_sums(mean, n) -> range:
    """Sums of n whole numbers whose mean lies in the window `mean`. Source: Brown and Heathers 2017 (GRIM)."""
    return range(ceil(mean[0] * n - _FUZZ), floor(mean[1] * n + _FUZZ) + 1)


def whole_spread_exists(mean, sd, n) -> bool:
    """Whether n whole numbers can have a mean and a standard deviation (n - 1) in these windows.

    Their sum of squares is whole, of the parity of their sum, and no smaller than evenly spread values give.
    Necessary, not sufficient. Source: Anaya 2016 (GRIMMER).
    """
    for total in whole_sums(mean, n):
        centre = total * total / n
        low, high = (max(0.0, s) ** 2 * (n - 1) + centre for s in sd)
        share, rest = divmod(total, n)
        least = rest * (share + 1) ** 2 + (n - rest) * share**2
        first = max(ceil(low - _FUZZ * max(1.0, low)), least)
        first += (first - total) % 2
        if first <= high + _FUZZ * max(1.0, high):
            return True
    return False


def whole_median_steps(n) -> float:
    """The grid on which the median of n whole numbers lies: 1 if n is odd, 0.5 if it is even."""
    return 1.0 if n % 2 else 0.5


def on_grid(window, step) -> list[float]:
    """The multiples of `step` inside the window."""
    first, last = ceil(window[0] / step - _FUZZ), floor(window[1] / step + _FUZZ)
    return [k * step for k in range(first, last + 1)]


def overlap(a, b) -> bool:
    """Whether two windows have a value in common."""
    return a[0] <= b[1] + _FUZZ * max(1.0, abs(b[1])) and b[0] <= a[1] + _FUZZ * max(1.0, abs(a[1]))


def middle_window(low, high) -> tuple[float, float]:
    """Where the middle of an interval can lie whose limits lie in two windows."""
    return (low[0] + high[0]) / 2, (low[1] + high[1]) / 2


def wald_ratios(low, high, estimate=(-inf, inf)) -> tuple[float, float] | None:
    """The range of estimate / half-width of a symmetric interval, or None if none has its middle in `estimate`.

    low, high, estimate : windows on the scale on which the interval is symmetric (log for a ratio). The set of limits
    is a convex polygon and the ratio is linear over linear, so that its extremes lie on the corners. Times the normal
    quantile of the level it is the Wald statistic.
    """
    corners = [(a, b) for a in low for b in high]
    for middle in estimate:
        if abs(middle) != inf:
            corners += [(a, 2 * middle - a) for a in low] + [(2 * middle - b, b) for b in high]
    inside = [
        (a, b)
        for a, b in corners
        if overlap((a, a), low) and overlap((b, b), high) and overlap(((a + b) / 2,) * 2, estimate) and b > a
    ]
    if not inside:
        return None
    ratios = [(a + b) / (b - a) for a, b in inside]
    return min(ratios), max(ratios)


def least_magnitude(window) -> tuple[float, float]:
    """The range of |x| for x in a window."""
    low, high = window
    return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def uncensored_spacings(n, half) -> Iterator[tuple[tuple[int, int, int], tuple[float, float]]]:
    """Spacings l - u that an SPSS interval of a median implies if nobody is censored.

    n : subjects; half : window of the half-width. Yields ((k_u, k_m, k_l), window of l - u): subjects still without
    event after u (last event time with S >= 0.55), the median, and l (first one with S <= 0.45). Ties are allowed, so
    that every triple of counts is tried. Source: SE(median) = SE(S) / slope, Collett 2003; see survival.median, spss.
    """
    for k_u in range(ceil(0.55 * n - _FUZZ), n):
        for k_m in range(1, floor(0.5 * n + _FUZZ) + 1):
            resting = k_m > 0.45 * n + _FUZZ  # the median lies before l
            for k_l in range(0, floor(0.45 * n + _FUZZ) + 1) if resting else (k_m,):
                spread = sqrt(k_m * (n - k_m) / n**3)
                drop = (k_u - k_l) / n
                yield (k_u, k_m, k_l), (half[0] * drop / (SPSS_Z[1] * spread), half[1] * drop / (SPSS_Z[0] * spread))


def uncensored_median_interval_exists(n, median, low, high, step) -> bool:
    """Whether n uncensored times on a grid of `step` can give an SPSS interval with this median and these limits.

    median, low, high : windows in the unit of `step`; a lower limit that is cut at 0 is (-inf, its upper end).
    """
    for middle in on_grid(median, step):
        half = max(high[0] - middle, middle - low[1]), min(high[1] - middle, middle - low[0])
        if half[0] > half[1] + _FUZZ:
            continue
        before = round(middle / step) - 1  # grid points above 0 and before the median
        for (_, k_m, k_l), window in uncensored_spacings(n, half):
            for spacing in on_grid(window, step):
                steps = round(spacing / step)
                if k_m == k_l and 1 <= steps <= before:  # l is the median itself
                    return True
                if k_m != k_l and steps >= 2 and before >= 1:
                    return True
    return False

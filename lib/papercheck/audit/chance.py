"""Probabilities that the checks need, without a statistics library: an audit starts faster than that would load."""

from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

STEPS = 500  # terms of a series or continued fraction
STEPS_OF_HALVES = 70  # of a bisection
_TINY = 1e-300


def crossed(low, high, below) -> float:
    """Where `below`, true from `low` on, ends on the way to `high`: by bisection."""
    for _ in range(STEPS_OF_HALVES):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


def normal_quantile(share) -> float:
    """The value below which this share of the standard normal distribution lies."""
    return NormalDist().inv_cdf(share)


def normal_tail(z) -> float:
    """How often a standard normal value is above z."""
    return erfc(z / sqrt(2)) / 2


def chi_square_tail(x, df) -> float:
    """How often a chi-square value of `df` degrees of freedom
    is above x. Source: Abramowitz and Stegun 6.5.29, 6.5.31.
    """
    a, x = df / 2, x / 2
    if x <= 0:
        return 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for k in range(1, STEPS):
            term *= x / (a + k)
            total += term
            if term < total * 1e-15:
                break
        return max(0.0, 1 - scale * total)
    return min(1.0, scale * _fraction(x + 1 - a, lambda k: (-k * (k - a), x + 2 * k + 1 - a)))


def _fraction(first, term) -> float:
    """1 / (first + a1 / (b1 + a2 / (b2 + ...))) with (a, b) of term(k), by Lentz's method."""
    c, d = 1 / _TINY, 1 / (first or _TINY)
    found = d
    for k in range(1, STEPS):
        a, b = term(k)
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        found *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return found


def beta_share(x, a, b) -> float:
    """How often a beta value of parameters a and b is below x. Source: Abramowitz and Stegun 26.5.8."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a

    def term(k):
        m = k // 2
        up = m * (b - m) if k % 2 == 0 else -(a + m) * (a + b + m)
        return up * x / ((a + k - 1) * (a + k)), 1.0

    return scale * _fraction(1.0, term)


def t_tail(t, df) -> float:
    """How often Student's t of `df` degrees of freedom is above t, 0 or more."""
    return beta_share(df / (df + t * t), df / 2, 0.5) / 2


def f_tail(f, first, second) -> float:
    """How often an F value is above f, 0 or more."""
    return 0.0 if f == inf else beta_share(second / (second + first * f), second / 2, first / 2)


def beta_quantile(share, a, b) -> float:
    """The value below which this share of a beta distribution lies."""
    return crossed(0.0, 1.0, lambda x: beta_share(x, a, b) < share)


def gamma_quantile(share, shape) -> float:
    """The value below which this share of a gamma distribution of scale 1 lies."""
    return crossed(0.0, 10 * shape + 50.0, lambda x: 1 - chi_square_tail(2 * x, 2 * shape) < share)


def t_quantile(share, df) -> float:
    """The value below which this share, a half or more, of Student's t of `df` degrees of freedom lies."""
    return crossed(0.0, 200.0, lambda x: t_tail(x, df) > 1 - share)


def _corrected(count, n, z) -> tuple[float, float]:
    """Wilson's limits with continuity correction, as R's prop.test gives them (Newcombe 1998)."""
    p, centre, width = count / n, 2 * count + z**2, 2 * (n + z**2)
    low, high = (z**2 - 1 / n + 4 * count * (1 - p) + sign * (4 * p - 2) for sign in (1, -1))
    lower = (centre - z * sqrt(max(low, 0.0)) - 1) / width if count else 0.0
    return lower, (centre + z * sqrt(max(high, 0.0)) + 1) / width if count < n else 1.0


def share_limits(count, n, level) -> dict[str, tuple[float, float]]:
    """Limits of the share count / n by each usual interval, from 0 to 1. level : in percent.

    Sources: Clopper and Pearson 1934; Wilson 1927; Agresti and Coull 1998; Brown, Cai and DasGupta 2001 (Jeffreys).
    """
    tail, p = (1 - level / 100) / 2, count / n
    z = normal_quantile(1 - tail)
    centre, spread = (p + z**2 / 2 / n) / (1 + z**2 / n), z * sqrt(p * (1 - p) / n + z**2 / 4 / n**2) / (1 + z**2 / n)
    shrunk = (count + z**2 / 2) / (n + z**2)
    about = {"Wald": z * sqrt(p * (1 - p) / n), "Wald, corrected": z * sqrt(p * (1 - p) / n) + 0.5 / n}
    agresti = z * sqrt(shrunk * (1 - shrunk) / (n + z**2))
    found = {
        "Clopper-Pearson": (
            beta_quantile(tail, count, n - count + 1) if count else 0.0,
            beta_quantile(1 - tail, count + 1, n - count) if count < n else 1.0,
        ),
        "Wilson": (centre - spread, centre + spread),
        "Agresti-Coull": (shrunk - agresti, shrunk + agresti),
        "Jeffreys": (
            beta_quantile(tail, count + 0.5, n - count + 0.5) if count else 0.0,
            beta_quantile(1 - tail, count + 0.5, n - count + 0.5) if count < n else 1.0,
        ),
        "Wilson, corrected": _corrected(count, n, z),
        **{name: (p - half, p + half) for name, half in about.items()},
    }
    return {name: (max(0.0, low), min(1.0, high)) for name, (low, high) in found.items()}

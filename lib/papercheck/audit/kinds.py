"""Windows of P values and of the normal statistics behind them."""

from ..registry.printed import print_as
from ..registry.test_kinds import ANY, TestKind, test_kind
from .chance import normal_quantile, normal_tail

__all__ = ["ANY", "TestKind", "p_window", "p_words", "test_kind", "z_window"]


def p_window(low, high, sides=2) -> tuple[float, float]:
    """The P values of statistics between low and high, 0 <= low <= high."""
    return normal_tail(high) * sides, normal_tail(low) * sides


def p_words(window_) -> str:
    """'0.0421 to 0.0433' for a window of P values."""
    low, high = (print_as(p, 4) if p >= 0.0001 else f"{p:.1g}" for p in window_)
    return low if low == high else f"{low} to {high}"


def z_window(p, sides=2) -> tuple[float, float]:
    """The sizes of a normal statistic that a window of P values allows; a one-sided P above a half is of the other
    direction.
    """
    low, high = (min(max(x / sides, 0.0), 1.0) for x in p)
    if low > 0.5:
        low, high = 1 - high, 1 - low
    least = 0.0 if high >= 0.5 else normal_quantile(1 - high)
    most = float("inf") if low <= 0 else abs(normal_quantile(1 - low)) if low < 1 else float("inf")
    return least, max(least, most)

"""P values of a printed table of counts, by every test that a paper may have used."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise, product
from math import exp, lgamma, log, prod, sqrt

from .chance import chi_square_tail, normal_tail

MOST_TABLES = 60_000  # up to which Fisher's test is enumerated
DRAWS = 20_000  # tables drawn for it above
CHI, EXACT, TREND, RANK = "chi-square", "exact", "trend", "rank"


@lru_cache(maxsize=256)
def table_p(table, family) -> dict[str, tuple[float, float]]:
    """{name of the test: (least, most) two-sided P} of one family of tests. table : rows of counts, one row a group.

    The two values differ only where a P is drawn. Sources: Pearson 1900; Yates 1934; Fisher 1935; Armitage 1955;
    Campbell 2007 (N - 1); Kruskal and Wallis 1952.
    """
    table = _used(table)
    if len(table) < 2 or len(table[0]) < 2:
        return {}
    found = {CHI: _chi_square, EXACT: _fisher, TREND: _trend, RANK: _rank}[family](table)
    return {name: p if isinstance(p, tuple) else (p, p) for name, p in found.items()}


def readings(table) -> list[tuple]:
    """The table, and what it becomes where levels are joined or one of them is left out (not known)."""
    width = len(table[0])
    joined = [tuple((sum(r[:k]), sum(r[k:])) for r in table) for k in range(1, width)] if width > 2 else []
    joined += [tuple((sum(r) - r[k], r[k]) for r in table) for k in range(width)] if width > 2 else []
    without = [tuple(r[:k] + r[k + 1 :] for r in table) for k in range(width)] if width > 2 else []
    return list(dict.fromkeys([tuple(table), *joined, *without]))


def _used(table) -> tuple:
    """Without empty rows and columns."""
    rows = [r for r in table if sum(r)]
    keep = [k for k in range(len(table[0])) if any(r[k] for r in rows)]
    return tuple(tuple(r[k] for k in keep) for r in rows)


def _margins(table):
    return [sum(r) for r in table], [sum(c) for c in zip(*table, strict=True)], sum(map(sum, table))


def _chi_square(table):
    rows, columns, n = _margins(table)
    expected = [[a * b / n for b in columns] for a in rows]
    cells = [(o, e) for r, s in zip(table, expected, strict=True) for o, e in zip(r, s, strict=True)]
    df, x = (len(rows) - 1) * (len(columns) - 1), sum((o - e) ** 2 / e for o, e in cells)
    found = {"chi-square": chi_square_tail(x, df), "chi-square, N - 1": chi_square_tail(x * (n - 1) / n, df)}
    found["likelihood ratio"] = chi_square_tail(2 * sum(o * log(o / e) for o, e in cells if o), df)
    if len(cells) == 4:
        corrected = sum(max(0.0, abs(o - e) - 0.5) ** 2 / e for o, e in cells)
        found["chi-square, corrected"] = chi_square_tail(corrected, 1)
        (a, b), (c, d) = table
        share, other = a / (a + b), c / (c + d)
        spread = share * (1 - share) / (a + b) + other * (1 - other) / (c + d)
        found |= {"z test": 2 * normal_tail(abs(share - other) / sqrt(spread))} if spread else {}
        if min(a, b, c, d):
            found["Wald"] = 2 * normal_tail(abs(log(a * d / b / c)) / sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    return found


def _fisher(table):
    """Fisher's exact P, and the mid-P; of larger tables drawn."""
    rows, columns, n = _margins(table)
    if len(columns) == 2 and len(rows) > 2:
        table = tuple(zip(*table, strict=True))
        rows, columns = columns, rows
    if len(rows) > 2 or prod(min(c, max(rows)) + 1 for c in columns[1:]) > MOST_TABLES:
        return _drawn(table)
    logs = [[_log_choose(c, k) for k in range(c + 1)] for c in columns]
    whole, own = _log_choose(n, rows[0]), sum(logs[j][k] for j, k in enumerate(table[0]))
    p = same = 0.0
    for rest in product(*(range(min(c, rows[0]) + 1) for c in columns[1:])):
        first = rows[0] - sum(rest)
        if 0 <= first <= columns[0]:
            value = logs[0][first] + sum(logs[j][k] for j, k in enumerate(rest, 1))
            chance = exp(value - whole)
            p += chance if value <= own + 1e-7 else 0.0
            same += chance if abs(value - own) <= 1e-7 else 0.0
    return {"Fisher": min(1.0, p), "Fisher, mid-P": min(1.0, p - same / 2)}


def exact_law(a, b, c, d) -> tuple[int, int, Callable[[float], list[float]]]:
    """The count `a` of a table of four given its margins: least, most, and a function of the log odds ratio to the
    weights (most - least + 1,) of each, not normed. Source: Fisher 1935 (noncentral hypergeometric law)."""
    first, ones = a + c, a + b
    low, high = max(0, a - d), min(first, ones)
    logs = [
        -lgamma(k + 1) - lgamma(first - k + 1) - lgamma(ones - k + 1) - lgamma(d - a + k + 1)
        for k in range(low, high + 1)
    ]

    def weights(log_odds):
        terms = [x + log_odds * k for k, x in enumerate(logs, low)]
        top = max(terms)
        return [exp(t - top) for t in terms]

    return low, high, weights


def _log_choose(n, k) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _drawn(table):
    """Fisher's P of a large table: of tables drawn with its margins, with four standard errors on either side."""
    import numpy as np

    rng, (rows, columns, _) = np.random.default_rng(20251201), _margins(table)
    labels = np.repeat(np.arange(len(columns)), columns)
    edges = np.cumsum([0, *rows])
    logs = np.array([lgamma(k + 1) for k in range(sum(rows) + 1)])
    own = sum(logs[k] for r in table for k in r)
    draws = max(1000, min(DRAWS, 4_000_000 // len(labels)))
    hits = 0
    for _ in range(draws):
        rng.shuffle(labels)
        made = [np.bincount(labels[a:b], minlength=len(columns)) for a, b in pairwise(edges)]
        hits += sum(logs[r].sum() for r in made) >= own - 1e-7
    p = hits / draws
    slack = 4 * sqrt(max(p * (1 - p), 1 / draws) / draws)
    return {"Fisher": (max(0.0, p - slack), min(1.0, p + slack))}


def _trend(table):
    """Linear by linear association, with levels and groups in their order (Cochran and Armitage where one has two)."""
    rows, columns, n = _margins(table)
    weighted = [(i, j, k) for i, r in enumerate(table) for j, k in enumerate(r)]
    mean_i, mean_j = (sum(i * k for i, k in enumerate(m)) / n for m in (rows, columns))
    across = sum(k * (i - mean_i) * (j - mean_j) for i, j, k in weighted)
    spread = sum(k * (i - mean_i) ** 2 for i, k in enumerate(rows)) * sum(
        k * (j - mean_j) ** 2 for j, k in enumerate(columns)
    )
    if not spread:
        return {}
    r2 = across**2 / spread
    return {"trend": chi_square_tail(n * r2, 1), "trend, N - 1": chi_square_tail((n - 1) * r2, 1)}


def _rank(table):
    """Kruskal and Wallis (Mann and Whitney) of the levels in their order, with their ties."""
    rows, columns, n = _margins(table)
    before, ranks = 0, []
    for c in columns:
        ranks.append(before + (c + 1) / 2)
        before += c
    sums = [sum(k * rank for k, rank in zip(r, ranks, strict=True)) for r in table]
    ties = 1 - sum(c**3 - c for c in columns) / (n**3 - n)
    if ties <= 0:
        return {}
    h = (12 / (n * (n + 1)) * sum(s * s / size for s, size in zip(sums, rows, strict=True)) - 3 * (n + 1)) / ties
    found = {"rank": chi_square_tail(h, len(rows) - 1)}
    if len(rows) == 2:
        u, spread = sums[0] - rows[0] * (rows[0] + 1) / 2, sqrt(rows[0] * rows[1] * (n + 1) / 12 * ties)
        away = max(0.0, abs(u - rows[0] * rows[1] / 2) - 0.5)
        found["rank, corrected"] = 2 * normal_tail(away / spread)
    return found

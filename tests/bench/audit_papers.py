"""Right papers: registries printed from simulated cohorts of 12 to 800 subjects, one arm or two.

Under several rules of rounding, conventions of software, kinds of interval and kinds of test.
"""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import erfc, exp, isfinite, log, sqrt
from pathlib import Path

import numpy as np
from scipy import stats

from papercheck.audit.chance import share_limits
from papercheck.registry.registry import Cell, Entry, Registry
from papercheck.vocabulary.factors import read_factors
from smallsurv.cox import cox_fit
from smallsurv.curve import counted_curve, median, survival_at
from smallsurv.logrank import log_rank_test

FACTORS, GROUPINGS = read_factors({"ARM": {"levels": ["A", "B"]}, "SEX": {"levels": ["M", "F"]}}, None)
QUANTILES = {80: 1.2815515655, 90: 1.6448536270, 95: 1.9599639845}
RESPONSE, CONTROL = {"BOR_RECHALLENGE": ["CR", "PR"]}, {"BOR_RECHALLENGE": ["CR", "PR", "SD"]}


class Printer:
    """Entries of a registry by one rule of rounding."""

    def __init__(self, rng):
        self.rounding = [ROUND_HALF_UP, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN][rng.integers(4)]
        self.shares, self.ratios, self.times = (int(rng.integers(a, b)) for a, b in ((0, 3), (2, 4), (1, 3)))
        self.entries = []

    def text(self, value, decimals):
        return f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), self.rounding):f}"

    def time(self, value):
        return self.text(value, self.times) if isfinite(value) else "NR"

    def p(self, value):
        return "<0.001" if value < 0.001 else self.text(value, 3)

    def add(self, name, statistic, parts, method="", **spec):
        line = len(self.entries) + 1
        cells = tuple(Cell(part, text, ("T",), line, method if part == "p" else "") for part, text in parts.items())
        self.entries.append(Entry(name, statistic, spec, cells, line))

    def count(self, name, k, n, alone=False, **spec):
        """alone : the percentage without its count."""
        exact = Decimal(100 * int(k)) / Decimal(int(n))
        percent = {"percent": f"{exact.quantize(Decimal(1).scaleb(-self.shares), self.rounding):f}"}
        self.add(name, "count", ({} if alone else {"count": str(k)}) | percent, **spec)

    def interval(self, rng, k, n):
        """The interval of the share that was printed last, by one of the usual methods, for some papers."""
        if rng.random() < 0.5:
            limits = share_limits(k, n, 95)
            low, high = limits[str(rng.choice(sorted(limits)))]
            last = self.entries.pop()
            text = self.text(100 * low, 1), self.text(100 * high, 1)
            cells = (*last.cells, Cell("ci", text, ("T",), last.line))
            self.entries.append(Entry(last.id, last.statistic, last.spec | {"level": 95}, cells, last.line))


def draw(rng):
    """A cohort as arrays: arm, sex, response, progression and death with their censoring, grades, age."""
    n = int(np.exp(rng.uniform(log(12), log(800))))
    two = n > 15 and rng.random() < 0.6
    c = {
        "arm": (rng.permutation(n) % 2 if two else np.zeros(n, int)),
        "sex": rng.integers(0, 2, n),
        "age": rng.integers(40, 81, n),
    }
    c["response"] = rng.choice(5, n, p=[0.03, 0.17, 0.4, 0.35, 0.05])  # CR, PR, SD, PD, NE
    rate = np.exp(c["arm"] * rng.normal(0, 0.4) + c["sex"] * rng.normal(0, 0.5)) / rng.uniform(2, 15)
    progression = rng.weibull(rng.uniform(0.7, 1.5), n) / rate
    death = progression + np.where(rng.random(n) < 0.8, rng.exponential(rng.uniform(0.2, 2) / rate), 0)
    end = rng.uniform(rng.uniform(0, 10), rng.uniform(15, 60), n) if rng.random() < 0.8 else np.full(n, np.inf)
    grid = rng.choice([0.0, 0.1, 0.0329, 1.0])  # exact, tenths, days, whole months
    if grid:
        progression, death, end = (np.ceil(x / grid) * grid for x in (progression, death, end))
    seen = rng.random() < 0.5  # PFS censored at the last assessment before the end
    last = np.where(np.isfinite(end), np.floor(end / 2) * 2 + 1e-3 * (end < 2), end) if seen else end
    c["pfs"], c["pfs_event"] = np.minimum(progression, np.minimum(last, end)), progression <= np.minimum(last, end)
    c["os"], c["os_event"] = np.minimum(death, end), death <= end
    died = c["os_event"] & ~c["pfs_event"]  # a death is an event of PFS
    c["pfs"], c["pfs_event"] = np.where(died, c["os"], c["pfs"]), c["pfs_event"] | died
    c["pfs"] = np.maximum(c["pfs"], 1e-3)
    c["end"] = end
    c["grade"] = rng.choice(4, n, p=[0.5, 0.2, 0.2, 0.1])
    return c, n, two


@lru_cache(maxsize=64)
def right_registry(seed) -> Registry:
    """A registry whose numbers are all those of one simulated cohort."""
    rng, habits = (np.random.default_rng([k, seed]) for k in (7, 8))
    c, n, two = draw(rng)
    assessed, alone = habits.random() < 0.3, habits.random() < 0.2  # responses of those assessed; without their counts
    to_cutoff = habits.random() < 0.2
    out = Printer(rng)
    groups = {"": np.ones(n, bool)} | ({"A": c["arm"] == 0, "B": c["arm"] == 1} if two else {})
    software = str(rng.choice(["SPSS 26", "R 4.3.1", "SAS 9.4", ""]))
    method = "spss" if "SPSS" in software else str(rng.choice(["log", "log-log", "plain"]))
    for level, rows in groups.items():
        where = {"ARM": level} if level else {}
        spec = {"where": where} if where else {}
        if level:
            out.count(f"n{level}", rows.sum(), n, **spec)
        for name, wanted, top in (("orr", RESPONSE, 2), ("dcr", CONTROL, 3)):
            of = {"of": where} if where else {}
            k, m = int((c["response"][rows] < top).sum()), int((rows & (c["response"] < 4)).sum() or rows.sum())
            m = m if assessed else int(rows.sum())
            out.count(f"{name}{level}", k, m, alone and habits.random() < 0.5, where=where | wanted, **of)
            out.interval(rng, k, m)
        out.count(f"any{level}", (c["grade"][rows] > 0).sum(), rows.sum(), event={"APHASE": "RECHALLENGE"}, **spec)
        out.count(
            f"severe{level}",
            (c["grade"][rows] > 2).sum(),
            rows.sum(),
            event={"APHASE": "RECHALLENGE", "ATOXGR": [3, 4, 5]},
            **spec,
        )
        for endpoint, key in (("PFSR", "pfs"), ("OS", "os")):
            _times(out, f"{key}{level}", c[key][rows], c[f"{key}_event"][rows], method, endpoint=endpoint, **spec)
        _follow_up(out, level, [c[key][rows] for key in ("os", "os_event", "end")], to_cutoff, spec)
    for k, level in enumerate(("M", "F")):
        out.count(f"sex{level}", (c["sex"] == k).sum(), n, where={"SEX": level})
    _age(out, c["age"])
    level = int(rng.choice([95, 95, 95, 90, 80]))
    if two:
        for endpoint, key in (("PFSR", "pfs"), ("OS", "os")):
            _ratio(out, rng, key, c[key], c[f"{key}_event"], c["arm"], level, endpoint=endpoint)
        _odds(out, rng, c, level)
        _subgroups(out, c, level)
        _tests(out, rng, c, n)
    return Registry(
        "drawn",
        Path("drawn.yml"),
        n,
        tuple(out.entries),
        {"primary_endpoint": "PFSR"},
        FACTORS,
        GROUPINGS,
        software,
        float(level),
    )


def _times(out, name, time, event, method, **spec):
    curve = counted_curve(time, event)
    middle, low, high = median(curve, method)
    ci = (out.time(low), out.time(high)) if isfinite(low) else "NA"
    out.add(f"{name}_median", "median_survival", {"estimate": out.time(middle), "ci": ci}, **spec)
    out.add(f"{name}_events", "events", {"count": str(int(event.sum()))}, **spec)
    out.add(f"{name}_longest", "longest", {"estimate": out.text(time.max(), out.times)}, **spec)
    if method == "spss":
        method = "plain"
    for at in (6, 12):
        row = survival_at(curve, [at], method).iloc[0]
        if isfinite(row["survival"]) and isfinite(row["ci_low"]) and at < time.max():
            parts = {
                "percent": out.text(100 * row["survival"], 1),
                "ci": tuple(out.text(100 * row[x], 1) for x in ("ci_low", "ci_high")),
            }
            out.add(f"{name}_at{at}", "survival_at", parts, time=at, **spec)


def _follow_up(out, level, times, to_cutoff, spec):
    """Median follow-up by reverse Kaplan-Meier, or the time from entry to the cut-off, those included who died."""
    time, event, end = times
    if not event.all():
        reverse = median(counted_curve(time, ~event), "log-log")[0]
        value = np.median(end) if to_cutoff and np.isfinite(end).all() else reverse
        out.add(f"os{level}_follow", "median_follow_up", {"estimate": out.time(value)}, endpoint="OS", **spec)


def _age(out, age):
    out.add(
        "age_mean", "mean", {"estimate": out.text(age.mean(), 1), "sd": out.text(age.std(ddof=1), 1)}, variable="AGE"
    )
    out.add("age_median", "median", {"estimate": out.text(np.median(age), 1)}, variable="AGE")
    out.add("age_range", "range", {"range": (str(age.min()), str(age.max()))}, variable="AGE")


def _ratio(out, rng, name, time, event, arm, level, **spec):
    try:
        fit = cox_fit(time, event, (arm == 1).astype(float), ties=str(rng.choice(["efron", "breslow"])))
    except ValueError:
        return
    beta, se = float(np.ravel(fit.coef)[0]), float(np.sqrt(fit.covariance[0, 0]))
    test = log_rank_test(time, arm, event)
    if se > 3 or beta - QUANTILES[level] * se < log(0.6 * 10.0**-out.ratios):
        return
    wald = erfc(abs(beta) / se / sqrt(2))
    score = erfc(sqrt(max(test.statistic, 0)) / sqrt(2))
    kind = rng.integers(4)
    p, method = [(wald, ""), (score, ""), (score, "log-rank"), (wald / 2, "one-sided")][kind]
    limits = tuple(out.text(exp(beta + s * QUANTILES[level] * se), out.ratios) for s in (-1, 1))
    parts = {"hr": out.text(exp(beta), out.ratios), "ci": limits, "p": out.p(p)}
    out.add(f"{name}_hr", "cox", parts, method, by="ARM", group="B", against="A", level=level, **spec)
    out.add(f"{name}_lr", "log_rank", {"p": out.p(score)}, by="ARM", **spec)
    if rng.random() < 0.3:
        limits = tuple(out.text(exp(-beta + s * QUANTILES[level] * se), out.ratios) for s in (-1, 1))
        out.add(
            f"{name}_turned",
            "cox",
            {"hr": out.text(exp(-beta), out.ratios), "ci": limits},
            by="ARM",
            group="A",
            against="B",
            level=level,
            **spec,
        )


def _odds(out, rng, c, level):
    have = c["response"] < 2
    table = np.array([[(have & (c["arm"] == x)).sum(), (~have & (c["arm"] == x)).sum()] for x in (1, 0)], float)
    if rng.random() < 0.3 or (table == 0).any():
        table = table + 0.5
    (a, b), (d, e) = table
    out.add(
        "or",
        "odds_ratio",
        {"or": out.text(a * e / (b * d), out.ratios)} | _of_another_test(out, table),
        by="ARM",
        group="B",
        against="A",
        level=95,
        event_of=RESPONSE,
    )


def _of_another_test(out, table):
    """The interval of Woolf, and a P of Fisher's or the corrected test, which the print does not name."""
    if (table % 1).any():
        return {}
    middle, error = log(table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0]), sqrt((1 / table).sum())
    limits = tuple(out.text(exp(middle + s * QUANTILES[95] * error), out.ratios) for s in (-1, 1))
    exact = stats.fisher_exact(table.astype(int)).pvalue
    p = exact if out.ratios == 2 else stats.chi2_contingency(table).pvalue
    return {"ci": limits, "p": out.p(float(p))}


def _subgroups(out, c, level):
    """Hazard ratios of progression by sex, and their interaction."""
    found = []
    for k, sex in enumerate(("M", "F")):
        rows = c["sex"] == k
        try:
            fit = cox_fit(c["pfs"][rows], c["pfs_event"][rows], (c["arm"][rows] == 1).astype(float))
        except ValueError:
            return
        found.append((sex, float(np.ravel(fit.coef)[0]), float(np.sqrt(fit.covariance[0, 0]))))
    if any(not isfinite(se) or se > 2 for _, _, se in found):
        return
    for sex, beta, se in found:
        limits = tuple(out.text(exp(beta + s * QUANTILES[level] * se), 3) for s in (-1, 1))
        where = {"endpoint": "PFSR", "by": "ARM", "group": "B", "against": "A", "level": level, "where": {"SEX": sex}}
        out.add(f"pfs_hr{sex}", "cox", {"hr": out.text(exp(beta), 3), "ci": limits}, **where)
    arm, sex = c["arm"].astype(float), c["sex"].astype(float)
    joint = cox_fit(c["pfs"], c["pfs_event"], np.column_stack([arm, sex, arm * sex]))
    z = abs(float(joint.coef[2])) / float(np.sqrt(joint.covariance[2, 2]))
    if isfinite(z):
        out.add("interaction", "interaction", {"p": out.p(erfc(z / sqrt(2)))}, endpoint="PFSR", by="ARM", across="SEX")


def _tests(out, rng, c, n):
    """Baseline tests and the difference of the response rates, with the counts and means that they are of."""
    arms = [c["arm"] == k for k in (0, 1)]
    table = np.array([[(rows & (c["sex"] == k)).sum() for k in (0, 1)] for rows in arms])
    for arm, row in zip("AB", table, strict=True):
        for sex, k in zip("MF", row, strict=True):
            out.count(f"sex{sex}{arm}", k, row.sum(), where={"SEX": sex, "ARM": arm}, of={"ARM": arm})
    if (table.sum(0) > 0).all():
        p, method = _test_of(table, int(rng.integers(4)))
        out.add("sex_test", "group_test", {"p": out.p(p)}, method, by="ARM", factor="SEX")
    ages = [c["age"][rows] for rows in arms]
    for arm, values in zip("AB", ages, strict=True):
        parts = {"estimate": out.text(values.mean(), 1), "sd": out.text(values.std(ddof=1), 1)}
        out.add(f"age{arm}", "mean", parts, variable="AGE", where={"ARM": arm})
    welch = bool(rng.integers(2))
    p, method = stats.ttest_ind(*ages, equal_var=not welch).pvalue, "t test"
    if rng.random() < 0.4:
        p, method = stats.mannwhitneyu(*ages).pvalue, str(rng.choice(["Mann-Whitney", ""]))
    out.add("age_test", "group_test", {"p": out.p(float(p))}, method, by="ARM", variable="AGE")
    shares = [100 * (c["response"][rows] < 2).mean() for rows in arms]
    keys = {"by": "ARM", "group": "B", "against": "A", "event_of": RESPONSE}
    out.add("gap", "difference", {"difference": out.text(shares[1] - shares[0], 1)}, **keys)


def _test_of(table, kind):
    """A P of a table by one of the tests that papers use, and how the print names it."""
    if kind == 0:
        return float(stats.fisher_exact(table)[1]), "Fisher"
    if kind == 1:
        return float(stats.fisher_exact(table)[1]), ""
    return float(stats.chi2_contingency(table, correction=kind == 2).pvalue), "chi-square" if kind == 2 else ""

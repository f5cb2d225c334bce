"""How much the audit of printed numbers misses, and whether it accuses: `python tests/bench/audit_benchmark.py [PAPERS]`.

Registries are printed from simulated cohorts of 12 to 800 subjects, one arm or two, under several rules of rounding and
conventions of software: none may be called impossible or a contradiction. Then one error of each of KINDS is planted in
each: how many are named. Prints two tables in Markdown.
"""

import sys
from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from math import erfc, exp, isfinite, log, sqrt
from pathlib import Path

import numpy as np

from papercheck.audit.engine import audit
from papercheck.registry.printed import read_printed
from papercheck.registry.registry import Cell, Entry, Registry
from papercheck.vocabulary.factors import read_factors
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, median, survival_at
from smallsurv.logrank import log_rank_test

ACCUSED = ("impossible", "contradiction")
NAMED = (*ACCUSED, "unlikely", "convention")
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

    def count(self, name, k, n, **spec):
        exact = Decimal(100 * int(k)) / Decimal(int(n))
        self.add(
            name,
            "count",
            {"count": str(k), "percent": f"{exact.quantize(Decimal(1).scaleb(-self.shares), self.rounding):f}"},
            **spec,
        )


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
    c["grade"] = rng.choice(4, n, p=[0.5, 0.2, 0.2, 0.1])
    return c, n, two


def right_registry(seed) -> Registry:
    """A registry whose numbers are all those of one simulated cohort."""
    rng = np.random.default_rng([7, seed])
    c, n, two = draw(rng)
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
            out.count(f"{name}{level}", (c["response"][rows] < top).sum(), rows.sum(), where=where | wanted, **of)
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
    for k, level in enumerate(("M", "F")):
        out.count(f"sex{level}", (c["sex"] == k).sum(), n, where={"SEX": level})
    _age(out, c["age"])
    level = int(rng.choice([95, 95, 95, 90, 80]))
    if two:
        for endpoint, key in (("PFSR", "pfs"), ("OS", "os")):
            _ratio(out, rng, key, c[key], c[f"{key}_event"], c["arm"], level, endpoint=endpoint)
        _odds(out, rng, c, level)
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
    curve = kaplan_meier(time, event)
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
    if spec["endpoint"] == "OS" and not event.all():
        out.add(
            f"{name}_follow",
            "median_follow_up",
            {"estimate": out.time(median(kaplan_meier(time, ~event), "log-log")[0])},
            **spec,
        )


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
        {"or": out.text(a * e / (b * d), out.ratios)},
        by="ARM",
        group="B",
        against="A",
        event_of=RESPONSE,
    )


def _changed(registry, name, part, change):
    """The registry with another text in one part of an entry, or None where it has none."""
    entries = list(registry.entries)
    at = next((i for i, e in enumerate(entries) if e.id == name and any(c.part == part for c in e.cells)), None)
    if at is None:
        return None
    entry = entries[at]
    old = next(c.text for c in entry.cells if c.part == part)
    new = change(old)
    if new is None or new == old:
        return None
    cells = tuple(Cell(c.part, new if c.part == part else c.text, c.at, c.line, c.method) for c in entry.cells)
    entries[at] = Entry(entry.id, entry.statistic, entry.spec, cells, entry.line)
    return Registry(**vars(registry) | {"entries": tuple(entries)})


def _value(registry, name, part):
    entry = next((e for e in registry.entries if e.id == name), None)
    cell = next((c for c in entry.cells if c.part == part), None) if entry else None
    number = read_printed(cell.text) if cell is not None and isinstance(cell.text, str) else None
    return None if number is None or number.bound else float(number.value)


def _scaled(factor):
    return lambda text: (
        None
        if read_printed(text) is None
        else f"{float(read_printed(text).value) * factor:.{read_printed(text).decimals}f}"
    )


def _swapped(text):
    for i, (a, b) in enumerate(zip(text, text[1:], strict=False)):
        if a.isdigit() and b.isdigit() and a != b:
            return text[:i] + b + a + text[i + 2 :]
    return None


def _above(name, part, other, by):
    """The number of another entry, and more, in the place of one."""

    def plant(registry):
        limit = _value(registry, other, part)
        decimals = 0 if part == "count" else 1
        return None if limit is None else _changed(registry, name, part, lambda _: f"{limit + by:.{decimals}f}")

    return plant


def _inverted(registry):
    hr = _value(registry, "os_hr", "hr")
    turn = lambda t: None if not float(t) else f"{1 / float(t):.{len(t.partition('.')[2])}f}"  # noqa: E731
    changed = _changed(registry, "os_hr", "hr", turn) if hr else None
    return changed and _changed(changed, "os_hr", "ci", lambda pair: (turn(pair[1]) or "0.01", turn(pair[0]) or "99"))


KINDS = {
    "a count": ("orr", lambda r: _changed(r, "orr", "count", lambda t: str(int(t) + 1))),
    "a percentage": ("dcr", lambda r: _changed(r, "dcr", "percent", lambda t: f"{float(t) + (0.9 if '.' in t else 7):.{len(t.partition('.')[2])}f}")),
    "digits exchanged": ("sexM", lambda r: _changed(r, "sexM", "percent", _swapped)),
    "a subgroup's size": ("sexM", lambda r: _changed(r, "sexM", "count", lambda t: str(int(t) + 2))),
    "events above subjects": ("os_events", lambda r: _changed(r, "os_events", "count", lambda _: str(r.n + 1))),
    "events of an arm": ("pfsA_events", lambda r: _above("pfsA_events", "count", "pfs_events", 1)(r)),
    "deaths above PFS events": ("os_events", lambda r: _above("os_events", "count", "pfs_events", 1)(r)),
    "ORR above DCR": ("orr", lambda r: _above("orr", "count", "dcr", 1)(r)),
    "severe above any": ("severe", lambda r: _above("severe", "count", "any", 1)(r)),
    "PFS above OS": ("pfs_at12", lambda r: _above("pfs_at12", "percent", "os_at12", 15.0)(r)),
    "median PFS twice": ("pfs_median", lambda r: _changed(r, "pfs_median", "estimate", _scaled(2))),
    "median outside its interval": ("os_median", lambda r: _changed(r, "os_median", "estimate", _scaled(3))),
    "limits of survival too near": ("os_at6", lambda r: _changed(r, "os_at6", "ci", lambda p: tuple(f"{(float(p[0]) + float(p[1])) / 2 + x:.1f}" for x in (-0.8, 0.8)))),
    "hazard ratio, another digit": ("os_hr", lambda r: _changed(r, "os_hr", "hr", lambda t: f"{float(t) + 0.2:.{len(t.partition('.')[2])}f}")),
    "hazard ratio turned round": ("os_hr", _inverted),
    "limits of the ratio too near": ("os_hr", lambda r: _changed(r, "os_hr", "ci", lambda p: tuple(f"{exp(log(max(float(p[0]), 0.01)) * w + log(float(p[1])) * (1 - w)):.3f}" for w in (0.75, 0.25)))),
    "P off by ten": ("os_hr", lambda r: _changed(r, "os_hr", "p", lambda t: None if "<" in t or not 0.002 <= float(t) <= 0.09 else f"{float(t) * 10:.3f}")),
    "log-rank P": ("pfs_lr", lambda r: _changed(r, "pfs_lr", "p", lambda t: None if "<" in t else f"{(float(t) + 0.5) % 1:.3f}")),
    "odds ratio": ("or", lambda r: _changed(r, "or", "or", _scaled(1.4))),
    "not reached": ("os_median", lambda r: _changed(r, "os_median", "estimate", lambda t: "NR")),
    "mean beyond its range": ("age_mean", lambda r: _changed(r, "age_mean", "estimate", _scaled(1.7))),
}  # fmt: skip


def planted(kind, seed) -> bool | None:
    """Whether the audit names the entry of one planted error that the right registry was not named for; None: no place."""
    name, plant = KINDS[kind]
    right = right_registry(seed)
    wrong = plant(right)
    if wrong is None:
        return None
    known = {(f.check, f.wording) for f in audit(right)}
    return any(f.kind in NAMED and name in f.ids and (f.check, f.wording) not in known for f in audit(wrong))


def main(papers=2000, errors=40):
    kinds = Counter(f.kind for seed in range(papers) for f in audit(right_registry(seed)))
    print(f"Right papers: {papers}\n\n| verdict | findings |\n|---|---|")
    print("\n".join(f"| {kind} | {kinds[kind]} |" for kind in (*ACCUSED, "unlikely", "convention", "note")))
    print("\n| planted error | planted | named | n below 60 | n of 60 or more |\n|---|---|---|---|---|")
    for kind in KINDS:
        told = [(x, right_registry(seed).n < 60) for seed in range(errors) if (x := planted(kind, seed)) is not None]
        parts = [[x for x, small in told if small is side] for side in (True, False)]
        shares = " | ".join(f"{sum(part)} of {len(part)}" for part in parts)
        print(f"| {kind} | {len(told)} | {sum(x for x, _ in told)} | {shares} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

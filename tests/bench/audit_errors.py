"""Kinds of one planted error, and whether the audit names it."""

from functools import lru_cache
from math import exp, log

from tests.bench.audit_papers import QUANTILES, right_registry

from papercheck.audit.engine import audit
from papercheck.registry.printed import read_printed
from papercheck.registry.registry import Cell, Entry, Registry

ACCUSED = ("impossible", "contradiction")
NAMED = (*ACCUSED, "unlikely", "convention")


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


def _moved(text):
    """A P far from the one that is right."""
    return None if "<" in text else f"{(float(text) + 0.45) % 0.9 + 0.01:.3f}"


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
    "P of a table": ("sex_test", lambda r: _changed(r, "sex_test", "p", _moved)),
    "P of means": ("age_test", lambda r: _changed(r, "age_test", "p", _moved)),
    "interval of a share": ("dcr", lambda r: _changed(r, "dcr", "ci", lambda p: None if isinstance(p, str) else (p[0], f"{(float(p[0]) + float(p[1])) / 2:.1f}"))),
    "difference of shares": ("gap", lambda r: _changed(r, "gap", "difference", lambda t: f"{float(t) + 5:.1f}")),
    "interaction P": ("interaction", lambda r: _changed(r, "interaction", "p", _moved)),
    "mean of an arm": ("ageA", lambda r: _changed(r, "ageA", "estimate", lambda t: f"{float(t) + 9:.1f}")),
}  # fmt: skip


@lru_cache(maxsize=64)
def _known(seed) -> frozenset:
    """What the audit says of a right paper."""
    return frozenset((f.check, f.wording) for f in audit(right_registry(seed)))


def planted(kind, seed) -> str | None:
    """'named', 'missed' or 'hidden' for one planted error; None where the paper has no place for it.

    named : the audit says something of the entry that it does not say of the right paper; hidden : the wrong number is
    one that a right paper could print beside the others, so that nothing can find it.
    """
    name, plant = KINDS[kind]
    right = right_registry(seed)
    wrong = plant(right)
    if wrong is None:
        return None
    found = [f for f in audit(wrong) if f.kind in NAMED and name in f.ids and (f.check, f.wording) not in _known(seed)]
    return "named" if found else "hidden" if kind in HIDDEN and HIDDEN[kind](right, wrong) else "missed"


def _count_fits(name):
    """The percentage is one of the wrong count too, and no other printed count contradicts it."""

    def hidden(right, wrong):
        entry = next(e for e in wrong.entries if e.id == name)
        count, percent = (next(c.text for c in entry.cells if c.part == part) for part in ("count", "percent"))
        low, high = read_printed(percent).widest_window
        return low <= 100 * int(count) / wrong.n <= high

    return hidden


def _pair(registry, name, part):
    entry = next((e for e in registry.entries if e.id == name), None)
    cell = next((c for c in entry.cells if c.part == part), None) if entry else None
    if cell is None or not isinstance(cell.text, tuple):
        return None
    low, high = map(read_printed, cell.text)
    return (float(low.value) if low else 0.0), (float(high.value) if high else float("inf"))


def _median_fits(name, key):
    """A median inside its printed interval, on the right side of every printed survival."""

    def hidden(right, wrong):
        value, limits = _value(wrong, name, "estimate"), _pair(wrong, name, "ci")
        value = float("inf") if value is None else value
        if limits is None or not limits[0] <= value <= limits[1]:
            return limits is None and value == float("inf")
        for at in (6, 12):
            share = _value(wrong, f"{key}_at{at}", "percent")
            if share is not None and (share > 50) != (value > at) and abs(share - 50) > 0.1:
                return False
        return True

    return hidden


def _share_is_possible(right, wrong):
    """PFS above OS at 12 months: in few subjects heavy censoring can do it."""
    return wrong.n < 20


def _ratio_fits(right, wrong):
    """A hazard ratio that is still the middle of its limits by their digits."""
    value, limits = _value(wrong, "os_hr", "hr"), _pair(wrong, "os_hr", "ci")
    unit = 10.0**-3 if value is None else 0.01
    return (
        bool(value and limits and limits[0] > 0)
        and abs(log(value) - (log(limits[0]) + log(limits[1])) / 2) < unit / limits[0]
    )


def _p_fits(entry, part="p"):
    """A P that another usual test of the same limits gives: Wald,
    score and likelihood ratio lie about 5% and 0.2 apart.
    """

    def hidden(right, wrong):
        from papercheck.audit.chance import normal_quantile

        p, limits = _value(wrong, entry, part), _pair(wrong, "os_hr" if entry == "os_hr" else "pfs_hr", "ci")
        if p is None or not 0 < p < 1 or limits is None or limits[0] <= 0:
            return True
        level = QUANTILES[int(wrong.level)]
        z = abs(log(limits[0]) + log(limits[1])) * level / (log(limits[1]) - log(limits[0]))
        return any(abs(abs(normal_quantile(1 - q)) - z) < 0.25 + 0.05 * z for q in (p / 2, p))

    return hidden


def _interaction_fits(right, wrong):
    """Within what the interaction tests of right trials differ by from their subgroups."""
    from papercheck.audit.chance import normal_quantile

    pairs = [_pair(wrong, f"pfs_hr{x}", "ci") for x in "MF"]
    p = _value(wrong, "interaction", "p")
    level = QUANTILES[int(wrong.level)]
    if None in pairs or p is None:
        return True
    (a, s), (b, t) = (((log(x) + log(y)) / 2, (log(y) - log(x)) / 2 / level) for x, y in pairs)
    z = abs(a - b) / (s * s + t * t) ** 0.5
    return abs(abs(normal_quantile(1 - p / 2)) - z) < 1.5 + 0.1 * z


def _rank_possible(right, wrong):
    """A P of an unnamed or rank test is not given by means."""
    entry = next(e for e in wrong.entries if e.id == "age_test")
    return entry.cells[0].method != "t test"


HIDDEN = {
    "a count": _count_fits("orr"), "a subgroup's size": _count_fits("sexM"), "median PFS twice": _median_fits("pfs_median", "pfs"),
    "not reached": _median_fits("os_median", "os"), "PFS above OS": _share_is_possible, "hazard ratio, another digit": _ratio_fits,
    "P off by ten": _p_fits("os_hr"), "log-rank P": _p_fits("pfs_lr"), "interaction P": _interaction_fits,
    "P of means": _rank_possible,
}  # fmt: skip

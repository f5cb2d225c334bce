"""What the privacy profile strict lets out of the results: small counts held back with their partners, the rest coarse.

The rules are those of release.yml. Every number that leaves is made of rounded counts or rounded itself, so that no
difference, percentage or interval gives a small count back.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from papercheck.files.yamlfile import load_rules
from smallsurv.coarse import held_back, to_multiple

from .context import PRIVACY, current
from .results import Result

SHARE_STEPS = (
    0.05,
    0.1,
    0.2,
    0.25,
    0.5,
    1.0,
)  # to which shares of an estimate are rounded: the first that is a count's step
DAYS_STEP = 30  # and days; months to whole ones
DIGITS = 2  # of a ratio


@cache
def rules() -> Mapping[str, Mapping]:
    """What release.yml holds."""
    return load_rules(Path(__file__).with_name("release.yml"))


def is_strict() -> bool:
    """Whether this code is part of a run under strict."""
    return current().privacy == PRIVACY[2]


def rule_of(result: Result) -> Mapping | None:
    """The rule of a result, or None for one that is not let out."""
    return rules().get(result.quantity) or rules().get(result.quantity.split(".")[0])


def released(results: Iterable[Result], step: int) -> list[Result]:
    """The results that may be told under strict, in their order, made coarse. step : counts below it are not told."""
    families = {}
    for result in results:
        rule = rule_of(result)
        if rule is not None and not {result.by, result.variable.partition("=")[0]} & {*current().silent}:
            families.setdefault(_whole(result, rule), []).append(result)
    told = {}
    for family in families.values():
        rule = rule_of(family[0])
        out = _partners(family, rule, step)
        made = {id(r): coarse for r in family if id(r) not in out and (coarse := _told(r, rule, step)) is not None}
        if not rule.get("together") or len(made) == len(family):
            told |= made
    return [told[id(r)] for r in results if id(r) in told]


def _whole(result, rule) -> tuple:
    """What the results that are parts of one whole have in common."""
    place = {
        k: getattr(result, k)
        for k in ("quantity", "endpoint", "by", "level", "reference", "variable", "at", "landmark", "model", "method")
    }
    if rule.get("item"):
        place["item"] = result.variable.partition("=")[0]
    return tuple(v for k, v in place.items() if k not in rule.get("parts", ()))


def _partners(family, rule, step) -> set[int]:
    """The results of a family that are held back: those with a small count, and the others that would give it back."""
    held = set()
    names = [n for n in (rule.get("n"), rule.get("events"), rule.get("of"), *rule.get("counts", ())) if n]
    found = [[_plain(r.get(name)) for r in family] for name in names]
    whole = rule.get("of") or rule.get("n")
    for name in (*rule.get("counts", ()), *filter(None, [rule.get("events")])) if whole else ():  # and who had it not
        found.append([_plain(r.get(whole)) - _plain(r.get(name)) for r in family])
    for counts in found if len(family) > 1 else ():
        held |= {id(r) for r, out in zip(family, held_back(counts, step), strict=True) if out}
    return held


def _plain(value) -> float:
    return 0.0 if value is None or math.isnan(value) else float(value)


def _told(result, rule, step) -> Result | None:
    """A result alone as it may be told; None if it tells of too few."""
    if rule["kind"] == "open":
        return result
    if rule["kind"] == "count":
        return _counted(result, rule, step)
    n = _plain(result.get(rule["n"]))
    events = _plain(result.get(rule["events"])) if "events" in rule else step
    if n < 2 * step or events < step or 0 < n - events < step and "events" in rule:
        return None
    if rule.get("groups") and (result.level or result.reference) and not result.fewest >= step:  # nor if not known
        return None
    kept = {s: v for s, v in result.values.items() if s in rule["keep"]}
    counts = {rule["n"], rule.get("events")}
    survival = _plain(result.get("survival")) or 1.0
    if survival < 1 and n / survival - n < step:  # a share of so many at risk comes of so few events before
        return None
    grid = share_step(n, survival, step)
    values = {
        s: float(to_multiple(v, step)) if s in counts else coarse(v, result.units.get(s, ""), grid)
        for s, v in kept.items()
    }
    return replace(result, values=values, units={s: u for s, u in result.units.items() if s in values})


def _counted(result, rule, step) -> Result | None:
    """Counts as multiples of the step, shares made of these, no interval: it would give both counts back."""
    end = rule.get("all_counts")
    names = [s for s in result.values if end and s.endswith(end)] or list(rule.get("counts", ()))
    counts = {s: _plain(result.get(s)) for s in names}
    whole = _plain(result.get(rule["of"])) if "of" in rule else None
    if any(math.isnan(result.get(name, 0)) for name in names):  # a share that is no count's (Kaplan-Meier of a ratio)
        return None
    small = [c for c in counts.values() if 0 < c < step]
    if small or (whole is not None and (whole < 2 * step or any(0 < whole - c < step for c in counts.values()))):
        return None
    values = {s: float(to_multiple(c, step)) for s, c in counts.items()}
    if whole is not None:
        values[rule["of"]] = float(to_multiple(whole, step))
        values[rule["share"]] = min(values[names[0]] / values[rule["of"]], 1.0)
    pairs = [(names[0], rule["share"])] if "share" in rule and whole is None else []
    if rule.get("all_shares"):
        pairs = [(name, name.removesuffix(end) + rule["all_shares"]) for name in names]
    for name, share in pairs:
        total = counts[name] / result[share] if _plain(result.get(share)) else 0.0
        if counts[name] and (total < 2 * step or 0 < round(total) - counts[name] < step):
            return None
        values[share] = min(values[name] / to_multiple(total, step), 1.0) if total else _plain(result.get(share))
    order = [s for s in result.values if s in values]
    return replace(result, values={s: values[s] for s in order}, units={s: result.units.get(s, "") for s in order})


def share_step(n_risk: float, survival: float, step: int) -> float:
    """To which shares of patients are rounded, of which n_risk at risk are a share `survival`: one stands for `step` of
    them or more.

    Of 20 patients 5 per cent are one: 80 per cent would tell of 4 events.
    """
    smallest = step * survival / n_risk
    return next((s for s in SHARE_STEPS if s >= smallest - 1e-9), SHARE_STEPS[-1])


def coarse(value: float, unit: str, grid: float = SHARE_STEPS[0]) -> float:
    """An estimate as it may be told: months to whole ones, days to 30, shares to the grid, ratios to two digits."""
    if value is None or math.isnan(value) or math.isinf(value):
        return value
    if unit == "share":
        return round(round(value / grid) * grid, 2)
    if unit == "days":
        return float(round(value / DAYS_STEP) * DAYS_STEP)
    if unit == "ratio":
        return float(f"{value:.{DIGITS}g}")
    return float(round(value))

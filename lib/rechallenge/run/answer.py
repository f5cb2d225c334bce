"""The question of the workbook, answered in three sentences from the ledger of a report; nothing beyond its numbers.

First how long rechallenge held (beside the first course), then response and what the study compared, then what stays open
at this size. The sentences stand in languages/<code>.yml under `answer`; a number that the report lacks drops out; where times count from a
landmark, the first sentence is followed by one that says so.
"""

import re

from ..text.language import language, say, words
from ..text.words import (
    FREE_MARK,
    INTERVAL_NAMES,
    NOT_ESTIMABLE,
    NOT_REACHED,
    decimals_for,
    interval,
    ledger_value,
    percent,
    percent_of,
    rounded,
)

LIMITS = ("ci_low", "ci_high")
LANDMARK = re.compile(r" from ([\d.]+) months? on$")
AT_LEAST = re.compile(r"ratio PFSR / PFS1 at least ([\d.]+)")
MODELS = ("weighted, bootstrap", "weighted", "adjusted", "unadjusted")  # of a treatment; the first that was estimated
AS_GIVEN = "As given by the study"
POOLS = {"synthesis pfs": "PFS", "synthesis os": "OS"}


def answer(ledger, cohort=None) -> list[str]:
    """The sentences. ledger : rows of a report {section, item, by, group, statistic, value, unit, method}; cohort : for labels."""
    if cohort is None:
        return list(filter(None, [_trials(ledger), _single_arm(ledger), _random(ledger)]))
    times = {code: _time(ledger, code) for code in ("PFSR", "PFS1", "OS")}
    shares = {
        code: _estimate(ledger, {"item": code, "by": "APHASE", "group": "RECHALLENGE"}) for code in ("ORR", "DCR")
    }
    return list(
        filter(None, [_how_long(times), _how_well(ledger, times, shares, cohort), _open(ledger, times, shares)])
    )


def _estimate(ledger, place) -> dict:
    """The first estimate at a place: {statistic: value} of the rows of one method, with method, item and the unit of a median."""
    found = {}
    for row in ledger:
        if all(row[k] == v for k, v in place.items()) and found.setdefault("method", row["method"]) == row["method"]:
            if row["statistic"] in found:  # the same estimate once more, in another section
                break
            found |= {row["statistic"]: ledger_value(row["value"]), "item": row["item"]}
            found |= {"unit": row["unit"]} if row["statistic"] == "median" else {}
    return found


def _time(ledger, code) -> dict:
    """The first median of an endpoint over all patients: that of the interval which the report was asked for."""
    rows = [
        r for r in ledger
        if r["statistic"] in ("n", "events", "median", *LIMITS) and " at " not in r["item"] and "restricted" not in r["item"]
        and (r["group"] == code if r["by"] == "PARAMCD" else not r["by"] and LANDMARK.sub("", r["item"]) == code)
    ]  # fmt: skip
    found = _estimate(rows, {})
    return found if "median" in found and "n" in found else {}


def _said(key, **holes) -> str:
    return words(language(), "answer")[key].format(**holes)


def _time_text(found) -> str:
    if not found["events"]:
        return _said("no_event", n=f"{found['n']:.0f}")
    digits = decimals_for(found["unit"])
    value = rounded(found["median"], digits)
    value = _said("not_reached") if found["median"] == float("inf") else _said(found["unit"], value=value)
    return _said("time", value=value, interval=interval(*(found[k] for k in LIMITS), digits), events=f"{found['events']:.0f}",
                 method=say(INTERVAL_NAMES[found["method"]]), n=f"{found['n']:.0f}")  # fmt: skip


def _share_text(found) -> str:
    return _said("share", count=f"{found['count']:.0f}", n=f"{found['n']:.0f}", percent=percent_of(found["count"], found["n"]),
                 interval=f"{percent(found['ci_low'])}–{percent(found['ci_high'])}")  # fmt: skip


def _joined(parts) -> str:
    """Clauses as one sentence."""
    parts = list(filter(None, parts))
    said = _said("semicolon").join(parts) + _said("stop") if parts else ""
    return said[:1].upper() + said[1:]


def _how_long(times) -> str:
    first, again, survival = times["PFS1"], times["PFSR"], times["OS"]
    if again and first:
        said = _said("both_courses", rechallenge=_time_text(again), first=_time_text(first))
    elif again:
        said = _said("rechallenge_alone", rechallenge=_time_text(again))
    elif survival:
        said = _said("survival_alone", survival=_time_text(survival))
    else:
        return ""
    late = LANDMARK.search((again or survival)["item"])
    return f"{said} {_said('counted_from', months=late[1])}" if late else said


def _how_well(ledger, times, shares, cohort) -> str:
    clauses = []
    if "share" in shares["ORR"] and shares["ORR"]["n"]:
        clauses.append(_said("response", orr=_share_text(shares["ORR"]), dcr=_share_text(shares["DCR"])))
    elif times["OS"] and times["PFSR"]:
        clauses.append(_said("survival", survival=_time_text(times["OS"])))
    ratio = next((found for row in ledger if (found := AT_LEAST.fullmatch(row["item"]))), None)
    if ratio and times["PFSR"] and times["PFS1"]:
        share = _estimate(ledger, {"item": ratio[0], "method": "Clopper-Pearson"})
        clauses.append(_said("longer", gmi=ratio[1], share=_share_text(share)) if "count" in share else "")
    compared = _arms(ledger, cohort) or _resistance(ledger)
    return _joined([*clauses, compared])


def _ratio_text(found, method) -> str:
    return _said("ratio", value=rounded(found["hr"]), interval=interval(*(found[k] for k in LIMITS)), method=method)


def _arms(ledger, cohort) -> str:
    """The comparison of the arms that the cohort declares, by the model that does most to make them alike."""
    rows = [r for r in ledger if r["statistic"] in ("hr", *LIMITS) and r["item"] in MODELS and r["unit"] == "ratio"]
    for model in MODELS:
        found = _estimate(rows, {"item": model})
        if found.get("hr", float("nan")) > 0:
            row = next(r for r in rows if r["item"] == model)
            levels = cohort.factor(row["by"]).levels
            control = next(label for code, label in levels.items() if code != row["group"])
            ratio = _ratio_text(found, say(model))
            said = _said("arms", treated=say(levels[row["group"]]), control=say(control), ratio=ratio)
            return said + (_said("free") if found["method"].endswith(FREE_MARK) else "")
    return ""


def _resistance(ledger) -> str:
    """Acquired against primary resistance where the study itself classed its patients."""
    found = _estimate(ledger, {"item": "PFSR", "by": "RESCLASS", "group": AS_GIVEN})
    if not found.get("hr", float("nan")) > 0:
        return ""
    ratio = {"hr": found["hr"], "ci_low": found["hr_low"], "ci_high": found["hr_high"]}
    return _said("resistance", ratio=_ratio_text(ratio, "Wald"))


def _open(ledger, times, shares) -> str:
    """How wide the intervals are, and what a cohort without a control cannot say."""
    again, parts = times["PFSR"], []
    if again and again["events"]:
        low, high = (rounded(again[k], decimals_for(again["unit"])) for k in LIMITS)
        if high == NOT_REACHED:
            parts.append(_said("open_end", low=_said(again["unit"], value=low)) if low != NOT_ESTIMABLE else "")
        elif low != NOT_ESTIMABLE:
            parts.append(_said("open_time", low=low, high=_said(again["unit"], value=high)))
    if "share" in shares["ORR"] and shares["ORR"]["n"]:
        parts.append(_said("open_share", low=percent(shares["ORR"]["ci_low"]), high=percent(shares["ORR"]["ci_high"])))
    pools = _pools(ledger)
    if not again and not shares["ORR"]:
        return _trials(ledger)
    control = _said("no_control_trials", pools=pools) if pools else _said("no_control")
    n = again["n"] if again else shares["ORR"]["n"]
    wide = _said("and").join(filter(None, parts))
    return _said("open", n=f"{n:.0f}", parts=_said("semicolon").join(filter(None, [wide, control])))


def _pools(ledger) -> str:
    """The pooled ratios of the randomised trials, common effect."""
    said = []
    for item, endpoint in POOLS.items():
        found = _estimate(ledger, {"item": item, "by": "pool", "group": "common"})
        if found.get("estimate", float("nan")) > 0:
            said.append(_said("pool", value=rounded(found["estimate"]), endpoint=endpoint, k=f"{found['k']:.0f}",
                              interval=interval(*(found[k] for k in LIMITS))))  # fmt: skip
    return _said("and").join(said)


def _trials(ledger) -> str:
    pools = _pools(ledger)
    return _said("trials", pools=pools) if pools else ""


def _single_arm(ledger) -> str:
    found = _estimate(ledger, {"item": "synthesis orr", "by": "pool of series", "group": "GLMM"})
    if "estimate" not in found:
        return ""
    return _said("single_arm", k=f"{found['k']:.0f}", percent=percent(found["estimate"]),
                 interval=f"{percent(found['ci_low'])}–{percent(found['ci_high'])}")  # fmt: skip


def _random(ledger) -> str:
    """The intervals under random effects, which few trials make wide."""
    said = []
    for item, endpoint in POOLS.items():
        found = _estimate(ledger, {"item": item, "by": "pool", "group": "REML HK"})
        if found.get("estimate", float("nan")) > 0:
            said.append(_said("random_part", interval=interval(*(found[k] for k in LIMITS)), endpoint=endpoint))
    return _said("random", parts=_said("and").join(said)) if said else ""

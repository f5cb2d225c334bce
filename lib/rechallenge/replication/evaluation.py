"""A described statistic on a cohort: its value under every convention that a paper may have followed."""

from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.audit.finding import Message
from papercheck.files.findings import NotAvailable
from papercheck.registry.registry import Entry
from papercheck.replicate.values import EVERY_GRADE, OF_KNOWN, Value
from papercheck.vocabulary.facts import ENDPOINTS
from smallsurv.curve import observed
from smallsurv.describe import QUARTILES, describe, quartiles
from smallsurv.proportions import METHOD, odds_ratio, proportion, wilson

from ..derive.adverse_events import ANY
from .study import Study, prepare
from .survival_values import cox, log_rank, longest, median_follow_up, median_survival, survival_at


def evaluate(entry: Entry, cohort, registry) -> list[Value]:
    """The values of an entry on a cohort; a part has one Value for each convention that gives another number.

    The convention that the workbook itself follows comes first. Raises NotAvailable, with the reason, for a statistic
    that no cohort or not this cohort can give.
    """
    return values(entry, prepare(cohort, registry))


def values(entry: Entry, study: Study) -> list[Value]:
    """`evaluate` for a study that is prepared already."""
    _refuse_unknown(entry)
    return EVALUATORS[entry.statistic](entry, study)


def _refuse_unknown(entry):
    """What is described and cannot be recomputed: other endpoints, other weights, stratified models."""
    endpoint, weights = entry.get("endpoint"), entry.get("weights", "")
    if endpoint and endpoint not in ENDPOINTS and entry.statistic not in WITHOUT_PATIENTS:
        raise NotAvailable(Message("{endpoint} is no endpoint of the workbook", endpoint=endpoint))
    if weights and (weights != "iptw" or entry.statistic not in WEIGHTED):
        raise NotAvailable("the workbook does not recompute this weighted statistic")
    if entry.get("stratified"):
        raise NotAvailable("the workbook does not recompute stratified tests and models")


def _count(entry, study):
    """Subjects in `where` or with an adverse event, and their share of the subjects in `of`."""
    inside, base = study.group(entry.get("where")), study.group(entry.get("of"))
    if entry.get("event"):
        at_risk = study.subjects["USUBJID"].isin(study.course(entry.get("event")["APHASE"]))
        base &= at_risk
        found = [
            (_with_event(study, entry.get("event"), worst) & inside & base, name)
            for worst, name in ((True, ""), (False, EVERY_GRADE))
        ]
    else:
        found = [(inside & base, "")]
    result = []
    level = float(entry.get("level", study.registry.level)) / 100
    for rows, method in found:
        result += _share(int(rows.sum()), int(entry.get("denominator", base.sum())), method, level)
    known = int((base & study.known(entry.get("where"))).sum())
    if "denominator" not in entry.spec and not entry.get("event") and known < base.sum():
        result += [v for v in _share(int((inside & base).sum()), known, OF_KNOWN) if v.part == "percent"]
    return _distinct(result)


def _share(count, n, method="", level=0.95) -> list[Value]:
    basis = Message("{k} of {n}", k=count, n=n)
    share = Fraction(100 * count, n) if n else np.nan
    values = [Value("count", count, method, basis, n), Value("percent", share, method, basis, n)]
    if not 0 < n >= count:
        return values
    exact = proportion(count, n, level)[1:]
    half = norm.ppf(0.5 + level / 2) * np.sqrt(count * (n - count) / n**3)
    wald = max(0.0, count / n - half), min(1.0, count / n + half)
    intervals = ((METHOD, exact), ("Wilson", wilson(count, n, level)), ("Wald", wald))
    return values + [Value("ci", (100 * low, 100 * high), name, basis) for name, (low, high) in intervals]


def _with_event(study, event, worst) -> pd.Series:
    """Which subjects had the event: by their worst grade of the term, or by any of its events."""
    rows = study.worst_grades if worst else study.events
    term = " ".join(str(event.get("AEDECOD", ANY)).split()).casefold()
    rows = rows[rows["APHASE"] == event["APHASE"]]
    if worst or "AEDECOD" in event:
        rows = rows[rows["AEDECOD"] == term]
    if "ATOXGR" in event:
        grades = event["ATOXGR"]
        rows = rows[rows["ATOXGR"].isin(grades if isinstance(grades, list) else [grades])]
    return study.subjects["USUBJID"].isin(rows["USUBJID"])


def _events(entry, study):
    rows = study.outcome(entry.get("endpoint"), entry.get("where"))
    return _share(int(observed(rows["CNSR"]).sum()), len(rows))


def _numbers(entry, study) -> pd.Series:
    """The known values of a numeric column, or the times of an endpoint, in the group."""
    name = str(entry.get("variable"))
    if name not in study.subjects and name in ("PFS1", "PFSR", "OS"):
        return study.outcome(name, entry.get("where"), entry.unit)["AVAL"]
    found = study.column(name)[study.group(entry.get("where"))].dropna()
    if not pd.api.types.is_numeric_dtype(found):
        raise NotAvailable(Message("the column {name} of the cohort is not a number", name=name))
    if found.empty:
        raise NotAvailable(Message("nobody of this group has a value of {name}", name=name))
    return found


def _mean(entry, study):
    found = describe(_numbers(entry, study))
    basis = f"n = {found['n']}"
    return [Value("estimate", found["mean"], "", basis), Value("sd", found["sd"], "", basis)]


def _median(entry, study):
    numbers = _numbers(entry, study)
    basis = f"n = {len(numbers)}"
    pairs = [Value("quartiles", quartiles(numbers, rule), rule, basis) for rule in QUARTILES]
    return [Value("estimate", describe(numbers)["median"], "", basis), *_distinct(pairs)]


def _range(entry, study):
    found = describe(_numbers(entry, study))
    return [Value("range", (found["low"], found["high"]), "", f"n = {found['n']}")]


def _odds_ratio(entry, study):
    """Odds of `event_of` ({column: level or levels}) in the level `group` of `by` against the level `against`."""
    wanted = entry.get("event_of")
    if not isinstance(wanted, dict):
        raise NotAvailable("the registry does not say, as {COLUMN: level}, what the event is")
    by = study.grouped(entry.get("by")).set_axis(study.subjects.index)
    against, group = study.contrast(entry)
    kept = study.group(entry.get("where")) & study.known(wanted) & by.isin([against, group])
    level = float(entry.get("level", study.registry.level)) / 100
    found = odds_ratio(study.group(wanted)[kept], by[kept] == group, level)
    basis = Message("{n} subjects", n=int(kept.sum()))
    names = {
        "p_exact": "Fisher's exact test",
        "p_chi2": "chi-square test",
        "p_yates": "chi-square test, corrected",
        "p_wald": "Wald test of the odds ratio",
    }
    return [
        Value("or", found["or"], "", basis),
        Value("ci", (found["ci_low"], found["ci_high"]), "Woolf", basis),
        *(Value("p", found[key], name, basis) for key, name in names.items()),
    ]


def _distinct(found) -> list[Value]:
    """The values without those that repeat an earlier one of the same part under another name."""
    kept = []
    for value in found:
        if not any(value.part == k.part and value.value == k.value for k in kept):
            kept.append(value)
    return kept


def _never(entry, study):
    raise NotAvailable(WITHOUT_PATIENTS[entry.statistic])


def _not_yet(entry, study):
    raise NotAvailable("the workbook does not recompute this statistic from patients")


WITHOUT_PATIENTS = {  # statistics that no cohort gives, and why
    "pooled": "a result of a meta-analysis: no cohort gives it",
    "stated": "stated, not a statistic of the subjects",
}
WEIGHTED = ("median_survival", "log_rank", "cox")  # that are recomputed under weights too
NOT_RECOMPUTED = (
    "risk_ratio",
    "difference",
    "mean_difference",
    "group_test",
    "interaction",
    "rmst",
    "rmst_difference",
    "event_rate",
    "auc",
    "c_index",
    "smd",
)
EVALUATORS = {
    "count": _count,
    "events": _events,
    "mean": _mean,
    "median": _median,
    "range": _range,
    "median_survival": median_survival,
    "median_follow_up": median_follow_up,
    "survival_at": survival_at,
    "longest": longest,
    "log_rank": log_rank,
    "cox": cox,
    "odds_ratio": _odds_ratio,
    **dict.fromkeys(WITHOUT_PATIENTS, _never),
    **dict.fromkeys(NOT_RECOMPUTED, _not_yet),
}

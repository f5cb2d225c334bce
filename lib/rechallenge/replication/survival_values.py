"""Values of the time-to-event statistics of a registry, under the conventions of the programs that papers use."""

import numpy as np
import pandas as pd

from papercheck.audit.finding import Message
from papercheck.files.findings import NotAvailable
from papercheck.replicate.values import BELOW_HALF, CENSORED_TIMES, FIRST_TIME, MIDDLE, OBSERVED_TIMES, Value
from smallsurv.cox_models import cox_univariable
from smallsurv.cox_tests import PLAIN, Coding, cox_tests
from smallsurv.curve import METHODS, follow_up, kaplan_meier, observed
from smallsurv.curve import median_survival as medians
from smallsurv.curve import survival_at as survival_at_times
from smallsurv.logrank import log_rank as log_rank_test
from smallsurv.times import TOLERANCE

TIE_NAMES = {"efron": "Efron ties", "breslow": "Breslow ties"}
FACTOR_TESTS = {"p_lr": "likelihood ratio", "p_wald": "Wald", "p_score": "score"}


def basis_of(n, events, *further, text="{n} subjects, {k} events") -> Message:
    """'13 subjects, 11 events' of a value, and what else went into it."""
    return Message.of_parts(Message(text, n=n, k=events), *further)


def level_of(entry, study) -> float:
    """The level of the intervals of an entry, such as 0.95."""
    return float(entry.get("level", study.registry.level)) / 100


def median_survival(entry, study):
    """Median with the five intervals; weighted where the entry says so."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    if entry.get("weights"):
        return median_values(study.weighting.medians(rows, level_of(entry, study)), study.weighting.words)
    return median_values(medians(rows, method=METHODS, level=level_of(entry, study)))


def below_half(entry, study) -> Value:
    """The first time at which the curve is below a half: another median where it rests on a half; infinity where it
    never falls further. Tried only where no other rule gives the print."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    curve = kaplan_meier(rows["AVAL"], observed(rows["CNSR"]))
    below = curve.time[curve.survival < 0.5 - TOLERANCE]
    basis = basis_of(len(rows), int(observed(rows["CNSR"]).sum()))
    return Value("estimate", float(below[0]) if len(below) else np.inf, BELOW_HALF, basis)


def median_values(frame, *further, text="{n} subjects, {k} events") -> list[Value]:
    """Rows of estimate.median_survival, one a method, as values. further, text : as of basis_of."""
    basis = basis_of(int(frame["n"].iloc[0]), int(frame["events"].iloc[0]), *further, text=text)
    by = frame.set_index(frame["method"].str.removesuffix(", weighted"))
    middle, first = by["median"].drop("spss").iloc[0], by.loc["spss", "median"]
    found = [Value("estimate", float(middle), "" if middle == first else MIDDLE, basis)]
    if middle != first:
        found.append(Value("estimate", float(first), FIRST_TIME, basis))
    return found + [Value("ci", (float(r.ci_low), float(r.ci_high)), str(m), basis) for m, r in by.iterrows()]


def median_follow_up(entry, study):
    """Reverse Kaplan-Meier; and the two medians of plain times that papers also call follow-up."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    reverse = follow_up(rows, method=METHODS, level=level_of(entry, study))
    estimable = bool(reverse["events"].iloc[0])
    found = median_values(reverse, text="{n} subjects, {k} censored") if estimable else []
    found.append(Value("estimate", float(rows["AVAL"].median()), OBSERVED_TIMES, f"{len(rows)} subjects"))
    censored = rows.loc[~observed(rows["CNSR"]), "AVAL"]
    if len(censored):
        found.append(Value("estimate", float(censored.median()), CENSORED_TIMES, f"{len(censored)} subjects"))
    return found


def survival_at(entry, study):
    """Kaplan-Meier estimate at `time`, in percent, with its pointwise intervals."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    curve = kaplan_meier(rows["AVAL"], observed(rows["CNSR"]))
    time = float(entry.get("time"))
    found = [survival_at_times(curve, [time], m, level_of(entry, study)).iloc[0] for m in ("log-log", "log", "plain")]
    basis = Message("{n} subjects, {k} at risk", n=len(rows), k=int(found[0]["n_risk"]))
    return [
        Value("percent", 100 * float(found[0]["survival"]), "", basis),
        *(Value("ci", (100 * float(r["ci_low"]), 100 * float(r["ci_high"])), r["method"], basis) for r in found),
    ]


def longest(entry, study):
    """The longest time of an endpoint, event or not."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    return [Value("estimate", float(rows["AVAL"].max()), "", f"{len(rows)} subjects")]


def log_rank(entry, study):
    """Log-rank P over the levels of a column; or over several columns, one group each, whose subjects may overlap."""
    by = entry.get("by")
    rows = _overlapping(entry, study) if isinstance(by, list) else grouped_outcome(entry, study, [str(by)])
    if entry.get("weights"):
        return study.weighting.log_rank(rows, str(by))
    name = "group" if isinstance(by, list) else str(by)
    rows = rows.dropna(subset=[name])
    test = log_rank_test(rows, name).iloc[0]
    basis = basis_of(len(rows), int(observed(rows["CNSR"]).sum()))
    if test["reason"]:
        basis = Message("{basis}: no test, {reason}", basis=basis, reason=test["reason"])
    return [Value("p", float(test["p"]), "", basis)]


def grouped_outcome(entry, study, names) -> pd.DataFrame:
    """The rows of the endpoint with the columns `names` of the subjects."""
    rows = study.outcome(entry.get("endpoint"), entry.get("where"), entry.unit)
    columns = {name: rows["USUBJID"].map(study.grouped(name)) for name in names}
    for name, values in columns.items():
        origin = study.grouped(name).dtype
        columns[name] = values.astype(origin) if isinstance(origin, pd.CategoricalDtype) else values
    return rows.assign(**columns)


def _overlapping(entry, study) -> pd.DataFrame:
    """One copy of a subject's row for each column under `by` in which it has the characteristic."""
    parts = []
    for name in entry.get("by"):
        rows = grouped_outcome(entry, study, [name])
        parts.append(rows[rows[name] == study.having(name)].assign(group=name))
    return pd.concat(parts, ignore_index=True)


def cox(entry, study):
    """Hazard ratio, interval and P of one contrast, or P of a factor whose contrast is not said."""
    by, others = str(entry.get("by")), [str(a) for a in _listed(entry.get("adjusted"))]
    rows = grouped_outcome(entry, study, [by, *others])
    if entry.get("weights"):
        return study.weighting.cox(rows, entry, level_of(entry, study))
    model = {"others": others, "level": level_of(entry, study)}
    factor = study.registry.factors.get(by)
    if factor is not None and not factor.levels:
        found = _model(rows, by, "", **model)
        if factor.per != 1:  # the workbook's own step beside the single unit that papers mostly print
            stepped = _model(rows, by, "", coding=Coding(step=factor.per), **model)
            found += [
                Value(v.part, v.value, f"{v.method}, per {factor.per:g}", v.basis) for v in stepped if v.part != "p"
            ]
        return found
    if entry.get("group") is None and rows[by].nunique() > 2:
        return _model(rows, by, None, **model)
    against, group = study.contrast(entry)
    found = _model(rows, by, group, coding=Coding(against), **model)
    if not others and rows[by].nunique() == 2 and model["level"] == 0.95:
        fit = cox_univariable(rows, [by], {by: against}).iloc[0]
        pair = (float(fit["profile_low"]), float(fit["profile_high"]))
        found.append(Value("ci", pair, f"profile likelihood, {TIE_NAMES['efron']}", found[0].basis))
    return found


def _listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def _model(rows, by, group, others, level, coding=PLAIN) -> list[Value]:
    """The coefficient of `group` ('' for a number) under each
    handling of ties; group None: the P of the whole factor.
    """
    found, seen = [], None
    for ties, name in TIE_NAMES.items():
        frame = cox_tests(rows, by, others, coding, ties, level)
        several = len(frame) > 1
        if group is not None:
            frame = frame[frame["level"] == group]
        if frame.empty:
            raise NotAvailable(Message("nobody of this group has {by} {group}", by=by, group=group))
        row = frame.iloc[0]
        here = [row["hr"], row["p_score"]]
        if seen is not None and np.allclose(here, seen, rtol=1e-7, atol=0, equal_nan=True):
            continue  # no tied events: both are one model
        seen = here
        found += _coefficient(row, name, several, whole=group is None)
    return found


def _coefficient(row, ties, several, whole) -> list[Value]:
    """The row of one coefficient; several : whether its factor
    has further ones, so that some tests are of the factor.
    """
    basis = basis_of(int(row["n"]), int(row["events"]))
    basis = Message("{basis}: {reason}", basis=basis, reason=row["reason"]) if row["reason"] else basis
    of = " of the factor" if several else ""
    tests = [Value("p", float(row[key]), f"{name}{of}, {ties}", basis) for key, name in FACTOR_TESTS.items()]
    if whole:
        return tests
    return [
        Value("hr", float(row["hr"]), ties, basis),
        Value("ci", (float(row["ci_low"]), float(row["ci_high"])), f"Wald, {ties}", basis),
        Value("p", float(row["p"]), f"Wald, {ties}", basis),
        *(test for test in tests if several or not test.method.startswith("Wald")),
    ]

"""What few patients can carry: exact tests, penalized models, restricted means, how firm a comparison is."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from papercheck.vocabulary.units import convert
from smallsurv.curve import groups, observed
from smallsurv.firth import FEW_EVENTS
from smallsurv.fragility import MOST_CHANGES, outcome_changes
from smallsurv.permutation import permutation_test
from smallsurv.power import ALPHA, POWER, detectable_hazard_ratio
from smallsurv.rmst import default_tau, mean_contrasts, restricted_means

from ..derive.endpoints import endpoint_rule
from ..show.display import Table, ledger
from ..show.words import (
    FREE_MARK,
    FREE_NOTE,
    LEGEND,
    decimals_for,
    free_mark,
    group_label,
    listed,
    p_value,
    plural,
    rounded,
    with_interval,
)

EXACT_BELOW = 100  # subjects below which the exact log-rank P stands beside the asymptotic one


def chosen_tau(tau, unit, longest) -> float:
    """`tau` months in `unit`, or the longest time that can be had where tau is 0."""
    if tau < 0:
        raise request_error("tau is a time of 0 or more", "For example tau=6.", tau)
    return float(convert(np.float64(tau), "months", unit)) if tau else float(longest)


def exact_test(adtte, by):
    """The row of permutation_test for fewer than EXACT_BELOW subjects, else None."""
    return permutation_test(adtte, by).iloc[0] if len(adtte) < EXACT_BELOW else None


def exact_note(tests) -> str:
    """How exact P values were found. tests : rows of permutation_test."""
    known = [t for t in tests if t is not None and not t["reason"]]
    if not known:
        return ""
    drawn = [t for t in known if t["standard_error"]]
    counted = max((t["assignments"] for t in known if not t["standard_error"]), default=0)
    said = [f"Exact P: the log-rank chi-square under every assignment to the groups, counted, up to {counted:,}." if counted else ""]  # fmt: skip
    if drawn:
        error = max(t["standard_error"] for t in drawn)
        said.append(f"{'Where too many' if counted else 'Exact P: the log-rank chi-square under'}, {drawn[0]['assignments']:,} random assignments (standard error of P up to {rounded(error, 4)}).")  # fmt: skip
    return " ".join(filter(None, said))


def mean_table(cohort, adtte, tau=0.0, by=None) -> Table:
    """Restricted mean survival of each group up to `tau` months (0: the shortest follow-up of the groups)."""
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    if not observed(adtte["CNSR"]).any():
        raise NotAvailable("needs at least one event: none is recorded.")
    until = chosen_tau(tau, unit, default_tau(adtte, by))
    means = restricted_means(adtte, until, by)
    rows = [
        [group_label(cohort, by, m.group), str(m.n), str(m.events), with_interval(m.mean, m.ci_low, m.ci_high, digits)]
        for m in means.itertuples()
    ]
    short = listed(endpoint_rule(cohort, code)["short"] for code in dict.fromkeys(adtte["PARAMCD"].astype(str)))
    beyond = "NE: the follow-up ends before, or fewer than 2 events come before." if means["ci_low"].isna().any() else ""
    said = (
        "declared"
        if tau
        else "the shortest follow-up of the curves, found in the data; declare it beforehand for a test"
    )
    units = {"n": "subjects", "events": "events", "mean": unit, "ci_low": unit, "ci_high": unit, "tau": unit}
    return Table(
        title=f"{short}: mean time without an event up to {rounded(until, digits)} {unit}",
        columns=["Group" if by != "PARAMCD" else "Endpoint", "n", "Events", f"Mean ({unit}, 95% CI)"],
        rows=rows, numbers=ledger(means, f"{short}, restricted mean", units, by or ""),
        notes=[f"Restricted mean: area under the Kaplan-Meier curve, Greenwood's variance times m / (m - 1) for m events, interval on the logit scale of the share of that time. The time is {said}. {beyond}".strip()],
    )  # fmt: skip


def firmness_table(cohort, adtte, factors, tau=0.0) -> Table:
    """For each factor of two groups: means up to tau, effect that could be detected, changes that move P across 0.05."""
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    rows, numbers, used = [], [], []
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"]
    for name in factors:
        known = adtte[adtte[name].notna()]
        events = observed(known["CNSR"])
        if len(groups(known, name)) != 2 or not events.any():
            continue
        until = chosen_tau(tau, unit, default_tau(known, name))
        means = restricted_means(known, until, name)
        contrast = mean_contrasts(means).set_index("contrast")
        second = (known[name] == means["group"].iloc[1]).to_numpy()
        least = detectable_hazard_ratio(int(events.sum()), second.mean())
        changes = outcome_changes(known["AVAL"], events, second)
        cells = [
            with_interval(r["estimate"], r["ci_low"], r["ci_high"], d)
            for r, d in ((contrast.loc["difference"], digits), (contrast.loc["ratio"], 2))
        ]
        towards = f"{group_label(cohort, name, means['group'].iloc[1])} against {group_label(cohort, name, means['group'].iloc[0])}"
        rows.append([f"{cohort.factor(name).label}: {towards}{free_mark(cohort, name)}", rounded(until, digits), *cells,
                     f"{rounded(least, 1)} or {rounded(1 / least, 2)}", f"over {MOST_CHANGES}" if changes is None else f"{'up to ' if changes > 2 else ''}{changes}"])  # fmt: skip
        place = contrast.reset_index().assign(item=lambda d: f"{label}, restricted mean, " + d["contrast"])
        numbers += ledger(place, "item", {"estimate": "", "ci_low": "", "ci_high": "", "p": ""}, name)
        found = pd.DataFrame(
            [{"tau": until, "detectable_hr": least, "changes": np.nan if changes is None else float(changes)}]
        )
        numbers += ledger(
            found, label, {"tau": unit, "detectable_hr": "ratio", "changes": "subjects"}, name, method="stability"
        )
        used.append(name)
    if not rows:
        raise NotAvailable("needs a factor with two groups and an event, to say how firm the comparison is.")
    many = f"{POWER:.0%}"
    return Table(
        title=f"How firm are the comparisons of two groups? {label}",
        columns=["Comparison", f"Tau ({unit})", f"Difference of means ({unit}, 95% CI)", "Ratio of means (95% CI)", "Detectable HR", "Changes"],
        rows=rows, numbers=numbers,
        notes=["Means up to tau: Kaplan-Meier areas, Greenwood's variance times m / (m - 1) for m events, groups independent, Student's t; ratio on the log scale." + ("" if tau else " Tau: the shortest follow-up of the two groups."),
               f"Detectable HR: found with a power of {many} at a two-sided P of {ALPHA:g} by this number of events (Schoenfeld 1981). Changes: patients whose event would have to be a censoring at the same time, or the reverse, for the log-rank P to cross {ALPHA:g}; one patient a step. {LEGEND}",
               FREE_NOTE if any(map(cohort.meta.is_free, used)) else ""],
    )  # fmt: skip


def firth_table(cohort, frame, penalized, adtte) -> Table | tuple:
    """Penalized estimates beside the ordinary ones of the models that are separated or have few events; () where none is.

    frame : of cox_univariable or cox_multivariable; penalized : of firth_beside, for the same rows.
    """
    if penalized.empty:
        return ()
    models = 1 if frame.attrs else penalized["variable"].nunique()
    rows, reasons = [], {}
    ordinary = frame.set_index(["variable", "level"])[["hr", "ci_low", "ci_high"]]
    for r in penalized.to_dict("records"):
        factor = cohort.factor(r["variable"])
        name = (
            f"{factor.label}: {factor.levels[r['level']]} against {factor.levels[r['reference']]}"
            if r["level"]
            else f"{factor.label}, per {factor.per:g} {factor.unit}".rstrip()
        )
        rows.append([name + free_mark(cohort, r["variable"]), str(r["events"]), with_interval(*ordinary.reindex([(r["variable"], r["level"])]).iloc[0], 3),
                     with_interval(r["hr"], r["ci_low"], r["ci_high"], 3), p_value(r["p"])])  # fmt: skip
        if r["reason"]:
            reasons.setdefault(r["reason"], []).append(factor.label)
    kind = "multivariable" if frame.attrs else "univariable"
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"]
    place = penalized.assign(
        item=penalized["variable"] + np.where(penalized["level"] == "", "", "=" + penalized["level"]),
        group=penalized["level"],
        method=penalized["method"] + penalized["variable"].map(cohort.meta.is_free).map({True: FREE_MARK, False: ""}),
    )
    return Table(
        title=f"With Firth's penalty, {kind}, {label}",
        columns=["Factor", "Events", "HR, ordinary (95% CI, Wald)", "HR, penalized (95% CI, profile)", "P"], rows=rows,
        numbers=ledger(place, "item", {"hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""}, f"{kind}, penalized"),
        notes=[f"{'The model is' if frame.attrs else plural(models, 'model') + (' is' if models == 1 else ' are')} separated, or {'has' if frame.attrs or models == 1 else 'have'} fewer than {FEW_EVENTS} events a coefficient. Penalized partial likelihood (Firth 1993; Heinze and Schemper 2001), Efron ties; limits and P from the penalized profile. It is finite where the ordinary one is not, and leans towards 1.",
               " ".join(f"NE, {reason}: {listed(dict.fromkeys(names))}." for reason, names in reasons.items()),
               FREE_NOTE if any(cohort.meta.is_free(v) for v in penalized["variable"]) else ""],
    )  # fmt: skip

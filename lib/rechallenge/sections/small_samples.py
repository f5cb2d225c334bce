"""What few patients can carry: exact tests, penalized models, restricted means, how firm a comparison is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.curve import groups, observed
from smallsurv.firth import FEW_EVENTS
from smallsurv.fragility import MOST_CHANGES, outcome_changes
from smallsurv.permutation import permutation_test
from smallsurv.power import ALPHA, POWER, detectable_hazard_ratio
from smallsurv.rmst import default_tau, mean_contrasts, restricted_means

from ..context import current
from ..derive.outcome import Outcome, TimeScale
from ..release import is_strict
from ..results import RATIO_UNITS, Result
from ..show.display import Table
from ..show.labels import factor_contrast, free_mark, group_label
from ..text.language import say
from ..text.words import (
    FREE_MODEL,
    FREE_NOTE,
    LEGEND,
    decimals_for,
    listed,
    ratio,
    ratio_with_interval,
    rounded,
    tested,
    with_interval,
)
from .endpoint import COURSES, endpoint_words, needs_event, outcome_results, short_labels, short_words

EXACT_BELOW = 100  # subjects below which the exact log-rank P stands beside the asymptotic one
MEANS = (
    "Restricted mean: area under the Kaplan-Meier curve, Greenwood's variance times m / (m - 1) for m events, "
    "interval on the logit scale of the share of that time."
)
CONTRASTS = (
    "Means up to tau: Kaplan-Meier areas, Greenwood's variance times m / (m - 1) for m events, groups independent, "
    "Student's t; ratio on the log scale."
)
FIRMNESS = (
    "Detectable HR: found with a power of {power} at a two-sided P of {alpha} by this number of events (Schoenfeld "
    "1981). Changes: patients whose event would have to be a censoring at the same time, or the reverse, for the "
    "log-rank P to cross {alpha}, each patient once; found one patient a step, so that fewer may do where it says"
    " up to, and some may do where none were found."
)
FIRTH = (
    "Penalized partial likelihood (Firth 1993; Heinze and Schemper 2001), Efron ties; limits and P from the penalized "
    "profile. It is finite where the ordinary one is not, and leans towards 1."
)
WHY_PENALIZED = {  # of one model: whether it is separated, whether it has few events
    (True, True): "The model is separated, and has fewer than {n} events a coefficient.",
    (True, False): "The model is separated.",
    (False, True): "The model has fewer than {n} events a coefficient.",
}
WHERE_PENALIZED = "{models} models: {parted} separated, {few} with fewer than {n} events a coefficient."


def chosen_tau(tau: float, scale: TimeScale, longest: float) -> float:
    """`tau` months in the unit of an outcome or of pairs, or the longest
    time that can be had where tau is 0. Raises CohortError below 0.
    """
    if tau < 0:
        raise request_error("tau is a time of 0 or more", "For example tau=6.", tau)
    return scale.time(tau) if tau else float(longest)


def told_tau(outcome: Outcome, by: str | None) -> float:
    """The longest time up to which restricted means can be had, in the unit of the outcome.

    That is the last time of one patient; under strict it is the last whole month at which as many patients of each
    group that is told (twice as many and more) are at risk as the smallest count that is. Raises NotAvailable where
    there is none.
    """
    if not is_strict():
        return default_tau(outcome.rows, by)
    step = current().smallest
    times = [np.sort(part["AVAL"])[-step] for _, part in groups(outcome.rows, by) if len(part) >= 2 * step]
    months = math.floor(outcome.in_months(min(times)) + 1e-9) if times else 0
    if not months:
        raise NotAvailable("needs more patients at risk after a month than the privacy profile strict holds back.")
    return outcome.time(months)


def exact_test(rows: pd.DataFrame, by: str) -> pd.Series | None:
    """The row of permutation_test for fewer than EXACT_BELOW subjects, else None."""
    return permutation_test(rows, by).iloc[0] if len(rows) < EXACT_BELOW else None


def exact_note(tests) -> str:
    """How exact P values were found. tests : rows of permutation_test."""
    known = [t for t in tests if t is not None and not t["reason"]]
    drawn = [t for t in known if t["standard_error"]]
    counted = max((t["assignments"] for t in known if not t["standard_error"]), default=0)
    said = []
    if counted:
        template = "Exact P: the log-rank chi-square under every assignment to the groups, counted, up to {counted}."
        said.append(say(template, counted=f"{counted:,}"))
    if drawn:
        error = rounded(max(t["standard_error"] for t in drawn), 4)
        beside = "Where too many, {drawn} random assignments (standard error of P up to {error})."
        alone = "Exact P: the log-rank chi-square under {drawn} random assignments (standard error of P up to {error})."
        said.append(say(beside if counted else alone, drawn=f"{drawn[0]['assignments']:,}", error=error))
    return " ".join(said)


def mean_table(outcome: Outcome, tau: float = 0.0, by: str | None = None) -> Table:
    """Restricted mean survival of each group up to `tau` months (0: the shortest follow-up of the groups)."""
    needs_event(outcome)
    rows, unit, digits = outcome.rows, outcome.unit, decimals_for(outcome.unit)
    free = bool(by) and by != COURSES and outcome.cohort.meta.is_free(by)
    until = chosen_tau(tau, outcome, 0 if tau else told_tau(outcome, by))
    means = restricted_means(rows, until, by)
    units = {"n": "subjects", "events": "events", "mean": unit, "ci_low": unit, "ci_high": unit, "tau": unit}
    item = f"{short_words(outcome)}, restricted mean"
    return Table(
        id="survival.means",
        of="-".join(outcome.endpoints).lower(),
        title=say(
            "{endpoint}: mean time without an event up to {time} {unit}",
            endpoint=short_labels(outcome),
            time=rounded(until, digits),
            unit=unit,
        ),
        columns=[
            say("Endpoint") if by == COURSES else say("Group"),
            say("n"),
            say("Events"),
            say("Mean ({unit}, 95% CI)", unit=unit),
        ],
        rows=[
            [
                group_label(outcome.cohort, by, m.group),
                str(m.n),
                str(m.events),
                with_interval(m.mean, m.ci_low, m.ci_high, digits, free),
            ]
            for m in means.itertuples()
        ],
        results=outcome_results(outcome, means, "survival.mean", units, by, item=item),
        notes=[" ".join(filter(None, [say(MEANS), *_mean_remarks(means, declared=bool(tau))]))],
    )


def _mean_remarks(means, declared) -> list[str]:
    """How the time was chosen, and what NE stands for where a group has no interval."""
    found = (
        "The time is the shortest follow-up of the curves that do not end at 0, else the longest time of all; found in"
        " the data: declare it beforehand for a test."
    )
    beyond = "NE: the follow-up ends before, or fewer than 2 events come before."
    chosen = say("The time is declared.") if declared else say(found)
    return [chosen, say(beyond) if means["ci_low"].isna().any() else ""]


def firmness_table(outcome: Outcome, factors: Sequence[str], tau: float = 0.0) -> Table:
    """For each factor of two groups: means up to tau, effect
    that could be detected, changes that move P across 0.05.
    """
    unit, meta = outcome.unit, outcome.cohort.meta
    found = [f for name in outcome.timely(factors) if (f := _firmness(outcome, name, tau))]
    if not found:
        raise NotAvailable("needs a factor with two groups and an event, to say how firm the comparison is.")
    shortest = (
        ""
        if tau
        else say(
            "Tau: the shortest follow-up of the groups whose curve does not end at 0, else the longest time of all."
        )
    )
    return Table(
        id="subgroups.firmness",
        of="-".join(outcome.endpoints).lower(),
        title=say("How firm are the comparisons of two groups? {endpoint}", endpoint=short_labels(outcome)),
        columns=[
            say("Comparison"),
            say("Tau ({unit})", unit=unit),
            say("Difference of means ({unit}, 95% CI)", unit=unit),
            say("Ratio of means (95% CI)"),
            say("Detectable HR"),
            say("Changes"),
        ],
        rows=[row for _, row, _ in found],
        results=[r for _, _, made in found for r in made],
        notes=[
            " ".join(filter(None, [say(CONTRASTS), shortest])),
            f"{say(FIRMNESS, power=f'{POWER:.0%}', alpha=f'{ALPHA:g}')} {say(LEGEND)}",
            say(FREE_NOTE) if any(meta.is_free(name) for name, _, _ in found) else "",
        ],
    )


def _firmness(outcome, name, tau) -> tuple[str, list[str], list[Result]] | None:
    """The row and the results of one factor; None where it has not two groups, or nobody has an event."""
    known = outcome.rows[outcome.rows[name].notna()]
    events = observed(known["CNSR"])
    if len(groups(known, name)) != 2 or not events.any():
        return None
    until = chosen_tau(tau, outcome, default_tau(known, name))
    means = restricted_means(known, until, name)
    contrast = mean_contrasts(means).set_index("contrast")
    against, level = means["group"]
    second = (known[name] == level).to_numpy()
    least = detectable_hazard_ratio(int(events.sum()), second.mean())
    changes = outcome_changes(known["AVAL"], events, second)
    firm = _Firmness(outcome, name, level, against, until, contrast, least, changes, len(known))
    place = {"by": name, "free": outcome.cohort.meta.is_free(name)}
    made = _contrast_results(outcome, contrast, **place, reference=str(against), variable=str(level))
    frame = pd.DataFrame([{"tau": until, "detectable_hr": least, "changes": np.nan if changes is None else changes}])
    units = {"tau": outcome.unit, "detectable_hr": "ratio", "changes": "subjects"}
    made += outcome_results(outcome, frame, "survival.firmness", units, method="stability", **place)
    return name, firm.row(), made


@dataclass(frozen=True)
class _Firmness:
    """What the two levels of a factor can carry: the contrast of their means up to `until`, the least hazard ratio that
    could be detected, the changes of an outcome that move P across 0.05 (None: none found), and the patients."""

    outcome: Outcome
    name: str
    level: str
    against: str
    until: float
    contrast: pd.DataFrame
    least: float
    changes: int | None
    n: int

    def row(self) -> list[str]:
        """The cells of its line."""
        cohort, digits = self.outcome.cohort, decimals_for(self.outcome.unit)
        free = cohort.meta.is_free(self.name)
        level, against = (group_label(cohort, self.name, value) for value in (self.level, self.against))
        versus = say("{a} against {b}", a=level, b=against)
        label = say("{factor}: {contrast}", factor=say(cohort.factor(self.name).label), contrast=versus)
        cells = [
            with_interval(*self.contrast.loc[kind, ["estimate", "ci_low", "ci_high"]], places, free)
            for kind, places in (("difference", digits), ("ratio", 2))
        ]
        least = say("{high} or {low}", high=ratio(self.least, 1), low=ratio(1 / self.least, 2))
        changes = "–" if free else self._many()  # of a P value that nobody knows
        return [label + free_mark(cohort, self.name), rounded(self.until, digits), *cells, least, changes]

    def _many(self) -> str:
        if self.changes is None:
            return say("none found up to {n}", n=min(MOST_CHANGES, self.n))
        return say("up to {n}", n=self.changes) if self.changes > 2 else str(self.changes)


def _contrast_results(outcome, contrast, **place) -> list[Result]:
    made = []
    for kind, quantity in (("difference", "survival.mean_difference"), ("ratio", "survival.mean_ratio")):
        units = {"estimate": "", "ci_low": "", "ci_high": "", "p": ""}
        item = f"{endpoint_words(outcome, landmark=False)}, restricted mean, {kind}"
        made += outcome_results(outcome, contrast.loc[[kind]], quantity, units, item=item, **place)
    return made


def firth_table(outcome: Outcome, frame: pd.DataFrame, penalized: pd.DataFrame, joint: bool) -> Table | tuple:
    """Penalized estimates beside the ordinary ones of the models that are separated or have few events; () where none
    is.

    frame : of cox_univariable or cox_multivariable; penalized : of firth_beside, for the same rows; joint : whether
    they are of one model.
    """
    if penalized.empty:
        return ()
    cohort, label, kind = outcome.cohort, short_labels(outcome), "multivariable" if joint else "univariable"
    title = (
        "With Firth's penalty, multivariable, {endpoint}" if joint else "With Firth's penalty, univariable, {endpoint}"
    )
    names = penalized["variable"]
    free = names.map(lambda name: cohort.meta.is_free(*(frame["variable"] if joint else [name]))).astype(bool)
    return Table(
        id="prognosis.firth",
        of=f"{label}_{kind}".lower(),
        title=say(title, endpoint=label),
        columns=[
            say("Factor"),
            say("Events"),
            say("HR, ordinary (95% CI, Wald)"),
            say("HR, penalized (95% CI, profile)"),
            say("P"),
        ],
        rows=_firth_rows(cohort, frame, penalized, free),
        results=_firth_results(outcome, penalized, f"{kind}, penalized", free),
        notes=[
            f"{_firth_why(frame, penalized, joint)} {say(FIRTH)}",
            _firth_reasons(cohort, penalized),
            say(FREE_MODEL if joint else FREE_NOTE) if free.any() else "",
        ],
    )


def _firth_rows(cohort, frame, penalized, free) -> list[list[str]]:
    ordinary = frame.set_index(["variable", "level"])[["hr", "ci_low", "ci_high"]]
    rows = []
    for r, marked in zip(penalized.to_dict("records"), free, strict=True):
        plain = ratio_with_interval(*ordinary.reindex([(r["variable"], r["level"])]).iloc[0], free=marked)
        shown = ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], free=marked)
        name = factor_contrast(cohort, r["variable"], r["level"], r["reference"])
        rows.append([name + (" †" if marked else ""), str(r["events"]), plain, shown, tested(r["p"], marked)])
    return rows


def _firth_results(outcome, penalized, model, free) -> list[Result]:
    place = penalized.assign(
        item=penalized["variable"] + np.where(penalized["level"] == "", "", "=" + penalized["level"]), free=free
    )
    made = outcome_results(outcome, place.drop(columns="item"), "hazard_ratio.firth", RATIO_UNITS, model=model, item="")
    return [replace(r, item=item) for r, item in zip(made, place["item"], strict=True)]


def _firth_why(ordinary, penalized, joint) -> str:
    reasons = ordinary["reason"].str.contains("separated").groupby(ordinary["variable"]).any()
    sizes = penalized.groupby("variable")["events"].agg(["first", "size"])
    parted, few = reasons.reindex(sizes.index), sizes["first"] < FEW_EVENTS * sizes["size"]
    if joint:
        parted, few = reasons, penalized["events"].head(1) < FEW_EVENTS * len(penalized)
    if joint or len(sizes) == 1:
        return say(WHY_PENALIZED[bool(parted.any()), bool(few.any())], n=FEW_EVENTS)
    return say(WHERE_PENALIZED, models=len(sizes), n=FEW_EVENTS, parted=int(parted.sum()), few=int(few.sum()))


def _firth_reasons(cohort, penalized) -> str:
    reasons = {}
    for r in penalized[penalized["reason"] != ""].to_dict("records"):
        reasons.setdefault(r["reason"], []).append(say(cohort.factor(r["variable"]).label))
    return " ".join(
        say("NE, {reason}: {factors}.", reason=say(reason), factors=listed(dict.fromkeys(names)))
        for reason, names in reasons.items()
    )

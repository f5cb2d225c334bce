"""Time to event in the levels of each factor: medians, tests and their key lines."""

from collections.abc import Sequence

import pandas as pd

from smallsurv.curve import median_survival, survival_curves
from smallsurv.logrank import log_rank

from ..derive.outcome import Outcome
from ..replication.prints import sizes_of_many
from ..results import Result
from ..show.display import Figure, Table
from ..show.labels import free_mark, landmark_note
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    INTERVAL_NAMES,
    INTERVAL_NOTES,
    LEGEND,
    decimals_for,
    key_comparisons,
    listed,
    p_value,
    plural,
    rounded,
    tested,
    with_interval,
)
from .curves import survival_figure, tested_p
from .endpoint import endpoint_label, outcome_results
from .family import family
from .small_samples import exact_note, exact_test
from .survival import checked_method, endpoint_standing, output_name, time_units

FEW_IN_LEVEL = 5  # patients below which a median of the key results tells them


def subgroup_figures(outcome: Outcome, factors: Sequence[str], method: str = "log-log") -> list[Figure]:
    """One figure of curves for each factor with at least two groups."""
    kept = outcome.timely(factors)
    return [survival_figure(outcome, f, method) for f in kept if len(survival_curves(outcome.rows, f)) > 1]


def subgroup_table(outcome: Outcome, factors: Sequence[str], method: str = "log-log") -> Table:
    """Each level of each factor: n, events, median, interval (and the paper's, if another); log-rank P of the factor,
    asymptotic, exact for few patients, and adjusted for the number of factors (Holm)."""
    asked, factors = factors, outcome.timely(factors)
    found = _Subgroups(outcome, tuple(factors), checked_method(method))
    label = endpoint_label(outcome, True)
    return Table(
        id="subgroups.medians",
        of=output_name(outcome, None, "subgroups"),
        title=say("{endpoint} by subgroup", endpoint=endpoint_label(outcome)),
        columns=found.columns(),
        rows=[row for name in factors for row in found.rows(name)],
        indent=[i for name in factors for i in found.indent(name)],
        blocks=[outcome.cohort.about(name) for name in factors],
        results=[r for name in factors for r in found.results(name)],
        key=key_comparisons(
            [k for name in factors for k in found.key(name)], say("{endpoint} by subgroup, log-rank", endpoint=label)
        ),
        notes=[
            *found.remarks(),
            *outcome.untimely(asked),
            landmark_note(outcome),
            *found.standing(),
            endpoint_standing(outcome),
        ],
    )


class _Subgroups:
    """The comparisons of the levels of several factors: computed once, shown as rows, results, notes and key lines."""

    def __init__(self, outcome, factors, method):
        self.outcome, self.cohort, self.factors = outcome, outcome.cohort, factors
        self.unit, self.digits = outcome.unit, decimals_for(outcome.unit)
        self.paper = self.cohort.meta.paper_interval if self.cohort.meta.paper_interval != method else ""
        self.methods = [method, *([self.paper] if self.paper else [])]
        self.tests = {name: log_rank(outcome.rows, name).iloc[0] for name in factors}
        self.exact = {name: exact_test(outcome.rows, name) for name in factors}
        self.few = any(test is not None for test in self.exact.values())
        declared = self.exact if self.few else self.tests
        self.adjusted = family(self.cohort, {name: declared[name]["p"] for name in factors})
        self.medians = {name: {m: median_survival(outcome.rows, name, m) for m in self.methods} for name in factors}

    def rows(self, name) -> list[list[str]]:
        """The factor with its P values, then its levels with their medians."""
        factor, frames = self.cohort.factor(name), self.medians[name]
        found, free = [self.tests[name]["p"], *([self.exact[name]["p"]] if self.few else [])], self._is_free(name)
        shown = [tested(p, free) for p in found]
        shown.append(p_value(self.adjusted[name]) if name in self.adjusted else "–")
        head = [say(factor.label) + free_mark(self.cohort, name), *([""] * (2 + len(frames))), *shown]
        made = [head]
        for i, m in enumerate(frames[self.methods[0]].itertuples()):
            cells = (f.iloc[i] for f in frames.values())
            cells = [with_interval(r["median"], r["ci_low"], r["ci_high"], self.digits, free) for r in cells]
            made.append([say(factor.levels[m.group]), str(m.n), str(m.events), *cells, *([""] * len(shown))])
        return made

    def columns(self) -> list[str]:
        """The heads of the table."""
        paper = say("Median, {method} convention", method=INTERVAL_NAMES[self.paper]) if self.paper else ""
        medians = [say("Median ({unit}, 95% CI)", unit=self.unit), *filter(None, [paper])]
        tests = [say("Log-rank P"), *([say("Exact P")] if self.few else []), say("Holm P")]
        return [say("Subgroup"), say("n"), say("Events"), *medians, *tests]

    def remarks(self) -> list[str]:
        """How the intervals and the P values were made, then the notes of each factor."""
        shown = {
            "tests": plural(sum(not test["reason"] for test in self.tests.values()), "log-rank test"),
            "endpoint": endpoint_label(self.outcome, True),
            "p": say("the exact P") if self.few else "P",
        }
        some = "{tests} of {endpoint} over all subgroups; Holm P: {p} adjusted for the number of the factors without †."
        every = "{tests} of {endpoint} over all subgroups; Holm P: {p} adjusted for their number."
        alone = "1 log-rank test of {endpoint}: nothing to adjust for, so Holm P is {p}."
        one = sum(not test["reason"] for test in self.tests.values()) == 1 and not self._free
        adjusted = say(alone if one else some if self._free else every, **shown)
        made = say("Interval: {text}", text=say(INTERVAL_NOTES[self.methods[0]])) + " " + say(LEGEND)
        paper = say(INTERVAL_NOTES[self.paper]) if self.paper else ""
        own = [sizes_of_many(self.cohort, self.factors), *(n for name in self.factors for n in self.notes(name))]
        return [made, paper, adjusted, exact_note(self.exact.values()), *own]

    def standing(self) -> list[str]:
        """What free factors mean for the table."""
        return [say(FREE_NOTE)] if self._free else []

    @property
    def _free(self) -> bool:
        return any(map(self._is_free, self.factors))

    def _is_free(self, name) -> bool:
        return self.cohort.meta.is_free(name)

    def indent(self, name) -> list[int]:
        return [0] + [1] * len(self.medians[name][self.methods[0]])

    def results(self, name) -> list[Result]:
        place = {"by": name, "free": self.cohort.meta.is_free(name)}
        frame = pd.concat(self.medians[name].values())
        made = self._of(frame, "survival.median", time_units(self.unit), **place)
        place["level"] = ""
        units = {"statistic": "", "df": "", "p": ""}
        made += self._of(pd.DataFrame([self.tests[name]]), "survival.log_rank", units, **place)
        if self.few:
            units = {"p": "", "standard_error": "", "assignments": ""}
            made += self._of(pd.DataFrame([self.exact[name]]), "survival.log_rank_exact", units, **place)
        if name not in self.adjusted:
            return made
        adjusted = pd.DataFrame([{"p": self.adjusted[name]}])
        method = f"{'exact ' if self.few else ''}log-rank, Holm"
        return made + self._of(adjusted, "survival.log_rank_holm", {"p": ""}, method=method, **place)

    def _of(self, frame, quantity, units, **place):
        return outcome_results(self.outcome, frame, quantity, units, **place)

    def notes(self, name) -> list[str]:
        factor, said = say(self.cohort.factor(name).label), []
        if self.tests[name]["reason"]:
            said.append(say("{factor}: no test, {reason}.", factor=factor, reason=self.tests[name]["reason"]))
        if self.tests[name]["idle"]:
            idle = listed(say(self.cohort.factor(name).levels[level]) for level in self.tests[name]["idle"])
            template = "{factor}: no information from {levels}, where nobody is at risk when an event happens."
            said.append(say(template, factor=factor, levels=idle))
        missing = int(self.outcome.rows[name].isna().sum())
        if missing:
            patients = plural(missing, "patient")
            said.append(say("{factor}: {patients} without a value left out.", factor=factor, patients=patients))
        return said

    def key(self, name) -> list[tuple]:
        """The line of the key results, with its P, of a factor that was declared and is no free choice."""
        meta, factor = self.cohort.meta, self.cohort.factor(name)
        declared = len(self.factors) <= 4 or name in meta.subgroups
        if self.tests[name]["reason"] or meta.is_free(name) or not declared:
            return []
        levels = self.medians[name][self.methods[-1]].itertuples()
        groups = say(" against ").join(
            say(
                "{value} ({words})" if m.n >= FEW_IN_LEVEL else "{value} ({words}, n = {n})",
                value=rounded(m.median, self.digits),
                words=say(factor.levels[m.group]),
                n=m.n,
            )
            for m in levels
        )
        shown = {"factor": say(factor.label), "groups": groups, "unit": self.unit}
        shown["p"] = tested_p(self.tests[name], self.exact[name])
        if self.paper:
            shown["method"] = INTERVAL_NAMES[self.paper]
            text = say("{factor}: median {groups} {unit} ({method} convention); log-rank {p}", **shown)
        else:
            text = say("{factor}: median {groups} {unit}; log-rank {p}", **shown)
        endpoint = endpoint_label(self.outcome, True)
        return [(say("{endpoint} by subgroup", endpoint=endpoint), text, self.tests[name]["p"])]

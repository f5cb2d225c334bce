"""Cox models of an outcome: one factor at a time or together; tables and forest plots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.cox_models import NOT_PROPORTIONAL, cox_multivariable, cox_univariable, make_term
from smallsurv.firth import firth_beside

from ..cohort.cohort import Cohort
from ..derive.outcome import Outcome
from ..derive.population import model_coding
from ..replication.prints import adjusted_p, drawn, ratio_printed
from ..results import RATIO_UNITS, results
from ..show.display import Table
from ..show.labels import factor_contrast, landmark_note
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import (
    FREE_MODEL,
    FREE_NOTE,
    NOT_ESTIMABLE,
    capital,
    interval,
    key_comparisons,
    listed,
    p_sentence,
    p_value,
    plural,
    ratio_interval,
    ratio_with_interval,
    rounded,
    tested,
)
from .endpoint import endpoint_label, endpoint_words, fewest_of
from .family import FAMILY_NOTE, family

UNITS = (
    {"n": "subjects", "events": "events"}
    | RATIO_UNITS
    | {"profile_low": "ratio", "profile_high": "ratio", "p_global": "", "p_ph": ""}
)
UNSTABLE = 10  # events per variable below which a joint model is exploratory
AVERAGE = (
    "P of PH below 0.05, so that one hazard ratio is an average that depends on how long patients were followed: "
    "{factors}."
)


@dataclass(frozen=True, eq=False)
class CoxModels:
    """Cox models of one outcome. `joint`: one model of all factors, in place of one model each.

    frame : one row a coefficient, as smallsurv.cox_models.cox_univariable; penalized : with Firth's penalty, of the
    models that are separated or have few events. lacking : labels of the factors that were asked for and are not in the
    cohort; untimely : why factors that arise later are left out, a sentence each.
    n, events : patients and events; excluded : patients with a missing value; parameters : coefficients (of the joint
    model).
    """

    outcome: Outcome
    frame: pd.DataFrame
    penalized: pd.DataFrame
    joint: bool
    lacking: tuple[str, ...] = ()
    untimely: tuple[str, ...] = ()
    n: int = 0
    events: int = 0
    excluded: int = 0
    parameters: int = 0

    @property
    def model(self) -> str:
        """univariable or multivariable."""
        return "multivariable" if self.joint else "univariable"

    @property
    def label(self) -> str:
        """The endpoint, with its landmark."""
        return endpoint_label(self.outcome, short=True)

    @property
    def name(self) -> str:
        """A name of files and ids: 'pfsr_multivariable'."""
        return f"{endpoint_words(self.outcome).lower().replace(' ', '_')}_{self.model}"

    @property
    def events_per_variable(self) -> float:
        """Events per coefficient of the joint model."""
        return self.events / self.parameters if self.parameters else np.nan

    def is_free(self, variable: str) -> bool:
        """Whether an estimate rests on a free choice: of who carries the factor, or all factors of a joint model."""
        return self.outcome.cohort.meta.is_free(*(self.frame["variable"] if self.joint else [variable]))

    def mark(self, variable: str) -> str:
        """' †' behind what rests on a free choice."""
        return "\N{NO-BREAK SPACE}†" if self.is_free(variable) else ""

    @property
    def free_note(self) -> str:
        """What † means here, or '' where nothing has it."""
        if not any(map(self.is_free, self.frame["variable"])):
            return ""
        return say(FREE_MODEL) if self.joint else say(FREE_NOTE)

    def _repr_mimebundle_(self, include=None, exclude=None):
        models = 1 if self.joint else self.frame["variable"].nunique()
        return data_bundle(
            self.frame, say("{endpoint}: {models}", endpoint=self.label, models=plural(models, "Cox model"))
        )


def univariable_models(outcome: Outcome, factors: Sequence[str]) -> CoxModels:
    """One Cox model a factor, on the patients with a value of it. Raises NotAvailable without a factor."""
    _needs_factor(factors)
    coding, later = model_coding(outcome.cohort), tuple(outcome.untimely(factors))
    frame = cox_univariable(outcome.rows, outcome.timely(factors), **coding)
    return CoxModels(outcome, frame, firth_beside(outcome.rows, frame, **coding), joint=False, untimely=later)


def multivariable_model(outcome: Outcome, factors: Sequence[str], lacking: Sequence[str] = ()) -> CoxModels:
    """One Cox model of all factors, on the patients with a value of each. Raises NotAvailable without a factor.

    lacking : labels of factors that were asked for and are not in the cohort; the table names them.
    """
    _needs_factor(factors, lacking)
    coding = model_coding(outcome.cohort)
    model = cox_multivariable(outcome.rows, outcome.timely(factors), **coding)
    size = {"n": model.n, "events": model.events, "excluded": model.excluded, "parameters": model.parameters}
    penalized = firth_beside(outcome.rows, model, **coding)
    later = tuple(outcome.untimely(factors))
    return CoxModels(outcome, model.frame, penalized, True, tuple(lacking), later, **size)


def joint_design(models: CoxModels, kept: pd.Series | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The patients of a joint model, rows of its outcome, and its columns (n, k) in the order of its coefficients.

    kept : bool by row of the outcome, to leave out more patients.
    """
    coding, names = model_coding(models.outcome.cohort), list(models.frame["variable"].unique())
    rows = models.outcome.rows if kept is None else models.outcome.rows[kept]
    rows = rows.dropna(subset=names)
    terms = [make_term(rows[n], coding["references"].get(n, ""), coding["steps"].get(n, 1.0)) for n in names]
    return rows, pd.concat([term.design for term in terms], axis=1)


def _needs_factor(factors, lacking=()):
    if len(factors):
        return
    if lacking:
        needs = "needs at least one factor. None of the chosen is there: {factors}."
        raise NotAvailable(say(needs, factors=listed(map(say, lacking))))
    raise NotAvailable(say("needs at least one factor."))


def cox_table(models: CoxModels, title: str = "") -> Table:
    """Hazard ratios with Wald and profile intervals, P of the coefficient and of the factor, proportional hazards.

    title : a message with {endpoint}, in place of the usual one.
    """
    usual = (
        "Multivariable Cox regression for {endpoint}" if models.joint else "Univariable Cox regression for {endpoint}"
    )
    profile, holm_p = ([], []) if models.joint else ([say("95% CI, profile")], [say("Holm P")])
    adjusted = holm_adjusted(models)
    lines = [
        line
        for name, part in models.frame.groupby("variable", sort=False)
        for line in _lines(models, name, part, adjusted)
    ]
    return Table(
        id=f"prognosis.{models.model}",
        of=models.name,
        title=say(title or usual, endpoint=models.label),
        columns=[
            say("Factor"),
            say("n"),
            say("Events"),
            say("HR (95% CI, Wald)"),
            say("P (Wald)"),
            *profile,
            say("P of the factor"),
            *holm_p,
            say("P of PH"),
        ],
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        notes=_cox_notes(models),
        results=_cox_results(models, adjusted),
        key=_key(models),
    )


def holm_adjusted(models) -> dict[str, float]:
    """{factor: its P adjusted by Holm}, without those that are a free choice of a reconstruction."""
    whole = models.frame.groupby("variable", sort=False)["p_global"].first()
    return family(models.outcome.cohort, whole.to_dict())


def _lines(models, name, part, adjusted):
    """(indent, cells) of one factor: its head, where it has levels, and its coefficients."""
    cohort, many = models.outcome.cohort, len(part) > 1 or bool(part["level"].iloc[0])
    mark, width = models.mark(name), 7 if models.joint else 9
    lines = [(0, [say(cohort.factor(name).label) + mark] + [""] * (width - 1))] if many else []
    for r in part.to_dict("records"):
        holm_p = [] if models.joint else [p_value(adjusted[name]) if name in adjusted else "–"]
        whole = [tested(r[key], models.is_free(name)) for key in ("p_global", "p_ph")]
        cells = [*_estimate_cells(models, r, len(part) == 1), whole[0], *holm_p, whole[1]]
        lines.append((int(many), [coefficient_label(cohort, r) + ("" if many else mark), *cells]))
    return lines


def _estimate_cells(models, r, alone):
    """n, events, hazard ratio, its P and, outside a joint model, the profile interval of a single coefficient."""
    free = models.is_free(r["variable"])
    p = NOT_ESTIMABLE if r["reason"] else _printed_p(models, r) or tested(r["p"], free)
    cells = [str(r["n"]), str(r["events"]), ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], free=free), p]
    if models.joint:
        return cells
    profiled = alone and np.isfinite(r["hr"]) and not free
    return [*cells, ratio_interval(r["profile_low"], r["profile_high"]) if profiled else "–"]


def _printed_p(models, r) -> str:
    """The P of a coefficient of a joint model that is free, where the paper prints it; else ''."""
    name, outcome = r["variable"], models.outcome
    if not models.joint or outcome.landmark or not models.is_free(name):
        return ""
    p = adjusted_p(outcome.cohort, outcome.endpoints[0], name, r["level"], models.frame["variable"])
    return say("{p}, as printed", p=p) if p else ""


def coefficient_label(cohort: Cohort, r: dict) -> str:
    """'Age, per 10 years' of a number, 'Female against Male' of a level, the factor alone where it has one level."""
    factor = cohort.factor(r["variable"])
    if r["level"]:
        return say("{a} against {b}", a=factor.levels[r["level"]], b=factor.levels[r["reference"]])
    if r["reference"]:
        return say(factor.label)
    return factor_contrast(cohort, r["variable"])


def full_label(models: CoxModels, r: dict) -> str:
    """A coefficient (a row of the frame) with its factor: 'Sex: Female against Male'."""
    cohort = models.outcome.cohort
    label, mark = coefficient_label(cohort, r), models.mark(r["variable"])
    if not r["level"]:
        return label + mark
    return say("{factor}: {contrast}", factor=cohort.factor(r["variable"]).label, contrast=label) + mark


def _cox_results(models, adjusted):
    """A result a coefficient; outside a joint model, also the P of each factor adjusted for their number."""
    frame, outcome = models.frame, models.outcome
    place = {"endpoint": outcome.endpoints[0], "landmark": outcome.landmark, "model": models.model}
    item = frame["variable"] + np.where(frame["level"] == "", "", "=" + frame["level"])
    more = {"free": [models.is_free(v) for v in frame["variable"]], "fewest": list(_fewest(models))}
    made = results(frame.assign(item=item, **more), "hazard_ratio", UNITS, **place)
    if models.joint:
        return made
    corrected = pd.DataFrame({"variable": adjusted.keys(), "p_holm": adjusted.values()})
    corrected = corrected.assign(item=corrected["variable"])
    method = "likelihood ratio, Holm"
    return made + results(corrected, "hazard_ratio.holm", {"p_holm": ""}, method=method, **place)


def _fewest(models):
    """For each coefficient of levels the fewest events of the two that it compares; NaN for a number."""
    frame, rows = models.frame, models.outcome.rows
    for name, level, reference in zip(frame["variable"], frame["level"], frame["reference"], strict=True):
        known = rows.dropna(subset=frame["variable"].unique() if models.joint else [name])
        yield fewest_of(known, name, (level, reference)) if level else np.nan


def not_proportional(models: CoxModels) -> str:
    """Whose hazards are not proportional, so that one ratio does not stand for the whole follow-up; '' where none, and
    of a reconstruction, whose single times are its own choice."""
    frame, cohort = models.frame, models.outcome.cohort
    if cohort.meta.reconstructed:
        return ""
    told = frame[(frame["p_ph"] < NOT_PROPORTIONAL) & (frame["reason"] == "")]["variable"].unique()
    factors = [say(cohort.factor(name).label) for name in told if not cohort.meta.is_free(name)]
    return say(AVERAGE, factors=listed(factors)) if factors else ""


def _cox_notes(models) -> list[str]:
    """Method, size of the model, what is left out, why an estimate is missing."""
    cohort = models.outcome.cohort
    method = (
        "Endpoint {endpoint}. Cox model, Efron ties, complete cases. HR above 1: shorter survival. P of the factor: "
        "likelihood ratio. P of PH: score test of proportional hazards (as R's cox.zph), for the factor."
    )
    lacking = listed(map(say, models.lacking))
    free = any(map(cohort.meta.is_free, models.frame["variable"]))
    return [
        say(method, endpoint=models.label),
        *(_joint_notes(models) if models.joint else [_single_note(models, free)]),
        say("Not in this cohort, so not in the model: {factors}.", factors=lacking) if models.lacking else "",
        *models.untimely,
        not_proportional(models),
        _reasons(models),
        models.free_note,
        say(FAMILY_NOTE) if free and not models.joint else "",
        landmark_note(models.outcome),
    ]


def _joint_notes(models):
    ratio = models.events_per_variable
    size = say(
        "{n} patients, {events} events, {coefficients}: {ratio} events per variable.",
        n=models.n,
        events=models.events,
        coefficients=plural(models.parameters, "coefficient"),
        ratio=rounded(ratio, 1),
    )
    few = say("Below {n} the estimates are unstable: read them as exploratory.", n=UNSTABLE) if ratio < UNSTABLE else ""
    patients = plural(models.excluded, "patient")
    left = say("{patients} with a missing value left out.", patients=patients) if models.excluded else ""
    return [f"{size} {few}".strip(), left]


def _tested(models) -> int:
    """How many factors have a P that Holm adjusts."""
    return sum(not np.isnan(p) for p in holm_adjusted(models).values())


def _single_note(models, free):
    """How many models there are. free : whether a further note says which of them the Holm P is adjusted for."""
    fitted, tests = plural(models.frame["variable"].nunique(), "model"), _tested(models)
    if free or not tests:
        return say(
            "{models}, one factor each. Profile: profile likelihood, for models of one coefficient.", models=fitted
        )
    if tests < models.frame["variable"].nunique():
        return say(
            "{models}, one factor each. Holm P: P of the factor adjusted for the number of these P values, {n}. Profile:"
            " profile likelihood, for models of one coefficient.",
            models=fitted,
            n=tests,
        )
    return say(
        "{models}, one factor each. Holm P: P of the factor adjusted for their number. Profile: profile likelihood, "
        "for "
        "models of one coefficient.",
        models=fitted,
    )


def _reasons(models) -> str:
    """Why an estimate is missing, and of which factors."""
    reasons, counts = {}, models.frame["variable"].value_counts()
    for r in models.frame[models.frame["reason"] != ""].to_dict("records"):
        factor = models.outcome.cohort.factor(r["variable"])
        name = say(factor.label)
        if counts[r["variable"]] > 1:
            name = say("{factor} ({level})", factor=name, level=factor.levels[r["level"]])
        reasons.setdefault(r["reason"], []).append(name)
    if not reasons:
        return ""
    each = [
        say("{reason}: {factors}.", reason=capital(say(why)), factors=listed(names)) for why, names in reasons.items()
    ]
    return " ".join([say("NE, not estimable."), *each])


def _key(models) -> list[tuple]:
    """Lines of the key results: the joint model in one, or the hazard ratios of the declared subgroups."""
    if models.joint:
        return list(_key_adjusted(models))
    label = say("{endpoint}, univariable hazard ratios of the subgroups with two levels", endpoint=models.label)
    return key_comparisons(list(_key_univariable(models)), label)


def _key_univariable(models) -> Iterator[tuple]:
    """The hazard ratio of each declared subgroup with two levels, whatever its P."""
    frame, cohort = models.frame, models.outcome.cohort
    label = say("{endpoint}, univariable HR", endpoint=models.label)
    counts = frame["variable"].value_counts()
    for r in frame[(frame["reason"] == "") & frame["variable"].isin(cohort.meta.subgroups)].to_dict("records"):
        if counts[r["variable"]] > 1 or cohort.meta.is_free(r["variable"]):
            continue
        shown = {"value": rounded(r["hr"], 3), "interval": interval(r["ci_low"], r["ci_high"], 3)}
        shown |= {"contrast": full_label(models, r), "p": p_sentence(r["p"])}
        ratio = unprinted_ratio(models.outcome, r["variable"], r["level"], r["reference"], r["hr"])
        text = "{contrast}: {ratio}" if ratio else "{contrast}: {value} (95% CI {interval}, Wald), {p}"
        yield label, say(text, ratio=ratio, **shown), np.nan if ratio else r["p"]


def unprinted_ratio(outcome: Outcome, by: str, level: str, reference: str, value: float) -> str:
    """A hazard ratio of pseudo-patients that their paper does not print, as the range over the cohorts that were drawn:
    never with an interval or a P value, which would be those of one reconstruction. '' where it is printed, and for
    patients."""
    cohort, endpoint = outcome.cohort, outcome.endpoints[0]
    if not cohort.meta.reconstructed or (not outcome.landmark and ratio_printed(cohort, endpoint, by, level)):
        return ""
    found = None if outcome.landmark else drawn(cohort, "hr", endpoint, by, (level, reference))
    shown = {"value": rounded(value, 2)}
    if not found:
        return say("{value} in one reconstruction", **shown)
    low, high = rounded(found.lowest, 2), rounded(found.highest, 2)
    if low == high:
        return say("{value} in each of {n} drawn cohorts, not printed", n=found.members, **shown | {"value": low})
    text = "{span} over {n} drawn cohorts, not printed ({value} in the one shown)"
    return say(text, span=f"{low}–{high}", n=found.members, **shown)


def _key_adjusted(models) -> Iterator[tuple]:
    """The joint model in one line, where all of it can be estimated and none of it is a free choice; a model of one
    factor is adjusted for nothing and has no line."""
    frame, cohort = models.frame, models.outcome.cohort
    if (
        frame["variable"].nunique() < 2
        or (frame["reason"] != "").any()
        or frame["variable"].map(cohort.meta.is_free).any()
    ):
        return
    pseudo = cohort.meta.reconstructed
    said = [
        f"{full_label(models, r)} {ratio_with_interval(r['hr'], r['ci_low'], r['ci_high'], 2, pseudo)}"
        for r in frame.to_dict("records")
    ]
    ratios = say("; ").join(said)
    if pseudo:
        label = say("{endpoint}, adjusted hazard ratios", endpoint=models.label)
        yield label, say("{ratios}; in one reconstruction, and so without intervals", ratios=ratios)
        return
    yield say("{endpoint}, adjusted hazard ratios (95% CI, Wald)", endpoint=models.label), ratios

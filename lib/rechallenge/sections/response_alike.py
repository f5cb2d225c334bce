"""Response of two arms, as they are and made alike by the doubly robust estimate."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.adjusted import doubly_robust
from smallsurv.proportions import compare_shares
from smallsurv.weights import covariate_design, propensity_scores

from ..derive.response import OBJECTIVE, on_last_course
from ..derive.treatment import Comparison
from ..results import results
from ..show.display import Table
from ..text.language import say
from ..text.words import percent, plural, share_of, share_with_interval, tested
from .alike import WAYS
from .trial import arm_labels, covariate_labels, free_note

PLAIN, ROBUST = "Newcombe; Fisher's exact test", "augmented weights, influence function"
HOW = (
    "Response: CR or PR; who was not evaluated did not respond. Difference: treated less control. Not adjusted:"
    " Newcombe's interval, Fisher's exact test. Augmented weights: the share of responders had all patients been in the"
    " arm, by a linear model in each arm and inverse probability weights; right if one of the two models is (Bang and"
    " Robins 2005); normal interval."
)
TOO_FEW = "an arm has too few patients for its model"
ALIKE = "fewer than two patients of an arm responded, or did not, so that its error is not known"
APART = "no weights make the arms alike: a covariate tells them apart"
UNITS = dict.fromkeys(("treated", "control", "estimate", "ci_low", "ci_high"), "share") | {"p": ""}


def response_alike_table(trial: Comparison, best: pd.DataFrame) -> Table:
    """Share of responders in both arms and its difference, not adjusted and doubly robust.

    best : derive_best_response. Raises NotAvailable for pseudo-patients, who carry printed responses by free choice,
    without a covariate, and where fewer than two patients of an arm have a response on record."""
    _, last = on_last_course(trial.cohort, best)
    if not trial.covariates:
        raise NotAvailable(say("needs at least one covariate that differs between patients."))
    rows = _responses(trial, last)
    treated = (rows[trial.arm] == trial.levels[1]).to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        raise NotAvailable(say("needs the response of two patients or more in each arm."))
    plain, (robust, reason) = _plain(rows, treated), _robust(rows, treated, list(trial.covariates))
    lost = len(trial.rows) - len(rows)
    control, name = arm_labels(trial)
    free = trial.cohort.meta.is_free(trial.arm)
    shown = [_row("none", plain, free), _row("robust", robust, free or trial.free)]
    shown[0][1:3] = [share_of(int(rows["R"][side].sum()), int(side.sum())) for side in (treated, ~treated)]
    return Table(
        id="arms.response",
        title=say("Response: {treated} less {control}, made alike", treated=name, control=control),
        columns=[say("Way"), name, control, say("Difference, points (95% CI)"), say("P")],
        rows=shown,
        results=_results(trial, plain, robust),
        notes=[
            say(HOW),
            say("Covariates: {covariates}.", covariates=covariate_labels(trial.cohort, trial.covariates)),
            say("{way}: no estimate, {reason}.", way=say(WAYS["robust"]), reason=say(reason)) if reason else "",
            say("{patients} without a response on record left out.", patients=plural(lost, "patient")) if lost else "",
            free_note(trial.free),
        ],
    )


def _responses(trial, last) -> pd.DataFrame:
    """The compared patients whose response on the last course is on record, with R (1 for CR or PR)."""
    found = last.set_index("USUBJID")["AVALC"].astype(str)
    rows = trial.rows.assign(R=trial.rows["USUBJID"].map(found.isin(OBJECTIVE).astype(float)))
    return rows.dropna(subset=["R"]).reset_index(drop=True)


def _plain(rows, treated) -> dict:
    d = compare_shares(rows["R"] == 1, treated)
    names = {"estimate": "difference", "ci_low": "difference_low", "ci_high": "difference_high", "p": "p_exact"}
    shares = {"treated": d["count"] / d["n"], "control": d["count_reference"] / d["n_reference"]}
    return shares | {ours: d[theirs] for ours, theirs in names.items()}


def _robust(rows, treated, covariates) -> tuple[dict, str]:
    """The doubly robust estimate, or blanks and why there is none."""
    design, blank = covariate_design(rows[covariates]), dict.fromkeys(UNITS, np.nan)
    design = design.loc[:, design.nunique() > 1]
    if min(treated.sum(), (~treated).sum()) <= design.shape[1] + 1:
        return blank, TOO_FEW
    same = [int(rows["R"][side].sum()) for side in (treated, ~treated)]
    if min(*same, treated.sum() - same[0], (~treated).sum() - same[1]) < 2:
        return blank, ALIKE
    score = propensity_scores(treated, design)
    if score is None:
        return blank, APART
    found = doubly_robust(rows["R"], treated, score, design.to_numpy(float))
    (low,), (high,) = found.limits()
    values = {"treated": found.means[1, 0], "control": found.means[0, 0], "estimate": found.difference[0]}
    return values | {"ci_low": low, "ci_high": high, "p": found.p[0]}, ""


def _row(way, d, free) -> list[str]:
    if np.isnan(d["estimate"]):
        return [say(WAYS[way]), *[say("NE")] * 4]
    points = share_with_interval(d["estimate"], d["ci_low"], d["ci_high"], free)
    return [say(WAYS[way]), f"{percent(d['treated'])}%", f"{percent(d['control'])}%", points, tested(d["p"], free)]


def _results(trial, plain, robust) -> list:
    frame = pd.DataFrame([plain | {"model": "none", "method": PLAIN}, robust | {"model": "robust", "method": ROBUST}])
    frame = frame[frame["estimate"].notna()]
    place = {"by": trial.arm, "variable": "ORR", "item": "response of the arms", "free": trial.free}
    return results(frame, "arms.response", UNITS, **place)

"""The joint Cox model where patients come from several centres: within centres, and with a frailty of the centre."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from smallsurv.cox import NotEstimable, cox_fit
from smallsurv.curve import observed
from smallsurv.frailty import MOST, gamma_frailty

from ..release import is_strict
from ..results import RATIO_UNITS
from ..show.display import Table
from ..text.language import say
from ..text.words import plural, ratio_with_interval, rounded
from .endpoint import endpoint_label, outcome_results
from .regression import CoxModels, full_label, joint_design

SITE = "SITEID"
FEW = 20  # centres below which an error that counts centres is too small (Cameron and Miller 2015)
Z = float(norm.ppf(0.975))
WITHIN = (
    "Within centres: each centre has a baseline hazard of its own, so that patients are compared with those of their"
    " centre alone (stratified model)."
)
SHARED = (
    "Frailty: each centre multiplies the hazard by a number that is drawn from a gamma distribution (Therneau and"
    " Grambsch 2000). Its variance here: {variance}; the interval takes it as known. 0: nothing speaks for centres that"
    " differ."
)
CLUSTERED = "By centre: an error that counts centres (Lee, Wei and Amato 1992)."
TOO_FEW = "An error that counts centres is not shown: with fewer than {few} it is too small (Cameron and Miller 2015)."
HEADS = {
    "one sample": "As one sample",
    "stratified": "Within centres",
    "gamma frailty": "With a frailty of the centre",
    "clustered": "Error by centre",
}
WAYS = (*HEADS,)


def centre_table(models: CoxModels) -> Table | tuple:
    """Hazard ratios of a joint model as one sample, within centres and with a frailty of the centre, on the patients
    whose centre is known; () where the cohort names one centre or none, or a factor is free.

    Raises NotAvailable where no centre has two patients, or a coefficient has no estimate.
    """
    cohort, frame = models.outcome.cohort, models.frame
    subjects = cohort.table("adsl")
    free = any(map(models.is_free, frame["variable"]))
    if SITE not in subjects or SITE in set(frame["variable"]) or free or subjects[SITE].nunique() < 2:
        return ()
    sites = models.outcome.rows["USUBJID"].map(subjects.set_index("USUBJID")[SITE].astype(object))
    rows, design = joint_design(models, sites.notna())
    centre = sites.loc[rows.index].astype(str).to_numpy()
    if pd.Series(centre).value_counts().max() < 2:
        raise NotAvailable(say("needs a centre with two patients or more."))
    fits = _fits(rows["AVAL"], observed(rows["CNSR"]), design.to_numpy(float), centre)
    if fits[WAYS[0]].reason:
        needs = "needs a joint model with an estimate of each coefficient: {why}."
        raise NotAvailable(say(needs, why=say(fits[WAYS[0]].reason)))
    return _table(models, fits, _notes(fits, centre, int(sites.isna().sum())))


@dataclass(frozen=True)
class _Fit:
    """Coefficients and their errors (k,), variance of the frailty; `reason`: why there is none."""

    coef: np.ndarray
    error: np.ndarray
    variance: float = np.nan
    reason: str = ""


def _fits(time, event, x, centre) -> dict[str, _Fit]:
    """The fit of each way; the frailty only where its sums fit into memory, errors by centre only of many centres."""
    ways = {
        "one sample": lambda: _cox(cox_fit(time, event, x)),
        "stratified": lambda: _cox(cox_fit(time, event, x, strata=centre)),
        "gamma frailty": lambda: _shared(gamma_frailty(time, event, x, centre)),
        "clustered": lambda: _cox(cox_fit(time, event, x, clusters=centre)),
    }
    centres = len(np.unique(centre))
    if len(x) * (x.shape[1] + centres) ** 2 > MOST:
        del ways["gamma frailty"]
    if centres < FEW:
        del ways["clustered"]
    fits = {}
    for way, fit in ways.items():
        try:
            fits[way] = fit()
        except NotEstimable as none:
            fits[way] = _Fit(*np.full((2, x.shape[1]), np.nan), reason=none.reason)
    return fits


def _cox(fit) -> _Fit:
    covariance = fit.covariance if fit.robust_covariance is None else fit.robust_covariance
    return _Fit(fit.coef, np.sqrt(np.diag(covariance)))


def _shared(fit) -> _Fit:
    return _Fit(np.where(fit.diverging, np.nan, fit.coef), np.sqrt(np.diag(fit.covariance)), fit.variance)


def _table(models, fits, notes) -> Table:
    lines = models.frame.to_dict("records")
    ratios = {way: [*_ratios(fit)] for way, fit in fits.items()}
    label = endpoint_label(models.outcome, True)
    return Table(
        id="prognosis.centres",
        of=models.name,
        title=say("{endpoint}: hazard ratios (95% CI, Wald) of the joint model and the centres", endpoint=label),
        columns=[say("Factor"), *(say(HEADS[way]) for way in fits)],
        rows=[
            [full_label(models, r), *(ratio_with_interval(*each[i]) for each in ratios.values())]
            for i, r in enumerate(lines)
        ],
        results=[r for way, each in ratios.items() for r in _results(models, way, each)],
        notes=notes,
    )


def _ratios(fit) -> Iterator[tuple[float, float, float]]:
    for b, se in zip(fit.coef, fit.error, strict=True):
        yield tuple(np.exp([b, b - Z * se, b + Z * se]))


def _results(models, way, ratios):
    place = models.frame[["variable", "level", "reference"]].reset_index(drop=True)
    frame = place.join(pd.DataFrame(ratios, columns=["hr", "ci_low", "ci_high"]))
    units = {k: v for k, v in RATIO_UNITS.items() if k in frame}
    kept = {"method": f"Cox, Efron ties, {way}", "model": models.model}
    return outcome_results(models.outcome, frame, "hazard_ratio.centres", units, **kept)


def _notes(fits, centre, unknown) -> list[str]:
    sizes = pd.Series(centre).value_counts()
    who = [say("{patients} of {n} centres.", patients=plural(len(centre), "patient"), n=len(sizes))]
    alone = int((sizes == 1).sum())
    if unknown and not is_strict():
        who.append(say("{patients} without a centre left out.", patients=plural(unknown, "patient")))
    if alone and not is_strict():
        alike = "Of one patient each, and so without a comparison within centres: {centres}."
        who.append(say(alike, centres=plural(alone, "centre")))
    shared = fits.get("gamma frailty")
    return [
        " ".join(who),
        say(WITHIN),
        say(SHARED, variance=rounded(shared.variance, 3)) if shared else "",
        say(CLUSTERED) if "clustered" in fits else say(TOO_FEW, few=FEW),
        *(say("{way}: NE, {why}.", way=say(HEADS[way]), why=say(f.reason)) for way, f in fits.items() if f.reason),
    ]

"""A cohort of one arm beside the published arm that cohort.yml
declares: times of both, and what of its baseline is printed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import observed
from smallsurv.standardized import Margin

from ..cohort.cohort import Cohort
from ..cohort.control import read_control, told_control
from ..cohort.declare.external import ExternalControl
from ..text.bundle import data_bundle
from ..text.language import say
from .endpoints import derive_endpoints
from .outcome import Outcome


@dataclass(frozen=True)
class Printed:
    """One printed number of the baseline: of a factor its `kind` (mean, sd, median) or the share of a `level`.

    values (n,): of each patient what has this mean if the cohort is as printed; target : that mean; NaN where not
    known.
    """

    factor: str
    kind: str
    level: str
    number: float
    values: np.ndarray
    target: float


@dataclass(frozen=True, eq=False)
class External:
    """outcome : the own rows of one endpoint; told : what is declared; control : rows (AVAL, CNSR) of the published arm
    in the unit of the outcome, or None; points : its curve (time (k,), survival (k,)), or None; printed : its
    baseline."""

    outcome: Outcome
    told: ExternalControl
    control: pd.DataFrame | None
    points: tuple[np.ndarray, np.ndarray] | None
    printed: tuple[Printed, ...]

    @property
    def matched(self) -> tuple[Printed, ...]:
        """The printed numbers that weights are to meet: of all
        levels of a factor the largest follows from the others.
        """
        return tuple(p for p in self.printed if not self._follows(p))

    def _follows(self, p) -> bool:
        levels = self.told.baseline[p.factor]
        every = p.level and set(levels) == set(self.outcome.cohort.factor(p.factor).levels)
        return bool(every) and p.level == max(levels, key=lambda level: levels[level])

    @property
    def complete(self) -> np.ndarray:
        """Whose printed characteristics are all known (n,) bool."""
        known = [np.isfinite(p.values) for p in self.printed]
        return np.logical_and.reduce(known) if known else np.ones(len(self.outcome.rows), bool)

    def margins(self, kept) -> list[Margin]:
        """Each printed characteristic of the patients `kept` (n,) bool, and how the published arm has it. A number
        without a printed sd has that of these patients; shares that are not printed part what is left as they have."""
        return [self._margin(name, self.outcome.rows[name][kept]) for name in self.told.baseline]

    def _margin(self, name, values) -> Margin:
        printed, factor = self.told.baseline[name], self.outcome.cohort.factor(name)
        if not factor.levels:
            middle = printed.get("mean", printed.get("median", np.nan))
            return Margin(values.to_numpy(float), middle, printed.get("sd", float(values.std())))
        codes = values.astype(object).map({level: i for i, level in enumerate(factor.levels)}).to_numpy(int)
        shares = np.array([printed.get(level, np.nan) for level in factor.levels])
        rest, lacking = max(0.0, 1 - np.nansum(shares)), np.isnan(shares)
        here = np.bincount(codes, minlength=len(shares)) * lacking
        parts = here / here.sum() if here.any() else lacking / max(1, lacking.sum())
        return Margin(codes, shares=np.where(lacking, rest * parts, shares))

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.outcome.rows, self.outcome.caption())


def derive_external(cohort: Cohort, unit="cohort", censor_at="last follow-up") -> External:
    """The cohort beside the published arm. Raises NotAvailable where none is declared, its endpoint is not there, or a
    factor of its baseline is not in the data."""
    told = told_control(cohort.meta)[0]
    if told is None:
        raise NotAvailable(say("needs a published arm: `external_control` in cohort.yml."))
    outcome = derive_endpoints(cohort, [told.endpoint], unit, censor_at)
    if not observed(outcome.rows["CNSR"]).any():
        raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=told.endpoint))
    lacking = [cohort.meta.factors[name].label for name in told.baseline if name not in cohort.factors]
    if lacking:
        text = "needs {factors}, which `baseline` of `external_control` names: nobody has a value."
        raise NotAvailable(say(text, factors=", ".join(map(say, lacking))))
    found = read_control(cohort.meta)[0]
    control, points = found.rows, found.points
    if control is not None:
        control = control.assign(AVAL=[outcome.time(months) for months in control["AVAL"]])
    if points is not None:
        points = (np.array([outcome.time(months) for months in points[0]]), points[1])
    return External(outcome, told, control, points, tuple(_printed(outcome.rows, told)))


def _printed(rows, told):
    for factor, numbers in told.baseline.items():
        for key, number in numbers.items():
            if isinstance(rows[factor].dtype, pd.CategoricalDtype):
                values = (rows[factor] == key).astype(float).where(rows[factor].notna()).to_numpy(float)
                yield Printed(factor, "", key, number, values, number)
            else:
                values, target = _moment(rows[factor].to_numpy(float), key, numbers)
                yield Printed(factor, key, "", number, values, target)


def _moment(values, key, numbers) -> tuple[np.ndarray, float]:
    """What has a mean as printed: the value, its squared distance from the printed mean, or whether it is above the
    median.

    Source: Signorovitch et al. 2010; the median as in Phillippo et al. 2016.
    """
    if key == "mean":
        return values, numbers[key]
    if key == "sd":
        return (values - numbers["mean"]) ** 2, numbers[key] ** 2
    return np.where(np.isnan(values), np.nan, values > numbers[key]), 0.5

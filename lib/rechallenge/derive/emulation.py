"""The choices of a cohort that holds patients with and without
rechallenge: follow-up, start and covariates by interval.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.emulation import Decisions
from smallsurv.weights import covariate_design

from ..cohort.cohort import Cohort
from ..cohort.declare.emulation import Emulation
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import plural
from .endpoints import last_contact

STEP = 1.0  # months of an interval


@dataclass(frozen=True, eq=False)
class Choices:
    """decisions : in months from the choice; rows : of the patients who count, with exit, event, start (months);
    covariates : factors in the model of starting; missing : patients left out without a covariate, unknown : without
    follow-up."""

    cohort: Cohort
    told: Emulation
    decisions: Decisions
    rows: pd.DataFrame
    covariates: tuple[str, ...]
    missing: int
    unknown: int

    def _repr_mimebundle_(self, include=None, exclude=None):
        started = plural(int(np.isfinite(self.rows["start"]).sum()), "patient")
        caption = say(
            "{patients}, {started} with rechallenge", patients=plural(len(self.rows), "patient"), started=started
        )
        return data_bundle(self.rows, caption)


def derive_choices(cohort: Cohort, grace: int = 0, months: float = 0.0) -> Choices:
    """grace : months, else as cohort.yml says; months : up to which patients are followed (0: the longest follow-up).

    Raises NotAvailable where cohort.yml declares no such trial, its columns are missing, or nobody counts.
    """
    told = cohort.meta.emulation
    if told is None:
        raise NotAvailable(say("needs patients with and without rechallenge: `emulation` in cohort.yml."))
    whole = _followed(cohort, told)
    known = whole["exit"].notna() & (whole["exit"] > 0) & whole["event"].notna()
    rows = whole[known]
    covariates = [c for c in told.covariates if c in cohort.factors]
    complete = rows[covariates].notna().all(axis=1)
    rows = rows[complete].reset_index(drop=True)
    if len(rows) < 2:
        raise NotAvailable(
            say("needs patients with follow-up after the choice and every covariate known; there are none.")
        )
    longest = months or float(rows["exit"].max())
    grace = grace or told.grace
    intervals = max(int(np.ceil(longest / STEP - 1e-9)), grace)
    x = _covariates(cohort, told, rows, covariates, intervals)
    decisions = Decisions(rows["exit"], rows["event"] == 1, rows["start"], x, STEP, grace)
    return Choices(cohort, told, decisions, rows, tuple(covariates), int((~complete).sum()), int((~known).sum()))


def _followed(cohort, told) -> pd.DataFrame:
    """USUBJID, the factors, exit, event and start of every patient, in months from the choice."""
    adsl = cohort.table("adsl")
    wanted = [told.zero_date, told.start_date] if told.zero_date else [told.start_time, told.time, told.event]
    lacking = [c for c in wanted if c not in adsl]
    if lacking:
        raise NotAvailable(
            say("needs the column {column} in adsl, which `emulation` in cohort.yml names.", column=lacking[0])
        )
    frame = adsl[["USUBJID", *(c for c in cohort.factors if c in adsl)]]
    unit, convert = cohort.meta.time_unit, cohort.calendar.convert
    if not told.zero_date:
        start = convert(adsl[told.start_time].astype(float), unit, "months").fillna(np.inf)
        exit = convert(adsl[told.time].astype(float), unit, "months")
        return frame.assign(exit=exit, event=adsl[told.event].astype(float), start=start)
    zero, dead = adsl[told.zero_date], adsl["DTHDT"] if "DTHDT" in adsl else pd.Series(pd.NaT, index=adsl.index)
    if cohort.meta.data_cutoff is not None:
        dead = dead.where(dead <= pd.Timestamp(cohort.meta.data_cutoff))
    last = dead.fillna(last_contact(cohort, adsl["USUBJID"])[0])
    days = {"exit": (last - zero).dt.days + 1.0, "start": (adsl[told.start_date] - zero).dt.days.astype(float)}
    months = {name: convert(values, "days", "months") for name, values in days.items()}
    start = months["start"].where(months["start"] <= months["exit"]).fillna(np.inf)
    return frame.assign(exit=months["exit"], event=dead.notna().astype(float), start=start)


def _covariates(cohort, told, rows, names, intervals) -> np.ndarray:
    """(n, intervals, k): each covariate at the beginning of each interval; a dated factor as it is then."""
    design = covariate_design(rows[names]) if names else pd.DataFrame(index=rows.index)
    x = np.repeat(design.to_numpy(float)[:, None, :], intervals, axis=1)
    begins = STEP * np.arange(intervals)
    for j, column in enumerate(design.columns):
        name = str(column).partition(": ")[0]
        factor = cohort.factor(name)
        if factor.after_baseline:
            onset = _onset(cohort, told, rows, factor)
            x[:, :, j] *= onset[:, None] <= begins + 1e-9
    return x


def _onset(cohort, told, rows, factor) -> np.ndarray:
    """Months from the choice at which a factor that arises later
    arose. Raises NotAvailable without its date or time.
    """
    adsl, column = cohort.table("adsl").set_index("USUBJID"), factor.date or factor.time
    if not column or column not in adsl or (factor.date and not told.zero_date):
        needs = (
            "needs the date of {factors}: declare the column that holds it as `date:` under `factors` in cohort.yml."
        )
        raise NotAvailable(say(needs, factors=factor.label))
    moment, convert = rows["USUBJID"].map(adsl[column]), cohort.calendar.convert
    if factor.time:
        months = convert(moment.astype(float), cohort.meta.time_unit, "months")
    else:
        days = (moment - rows["USUBJID"].map(adsl[told.zero_date])).dt.days.astype(float)
        months = convert(days, "days", "months")
    return months.fillna(np.inf).to_numpy(float)

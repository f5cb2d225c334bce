"""What of the literature goes into an estimate, and why the rest does not: frames for estimate/meta_*."""

from fractions import Fraction
from re import fullmatch

import pandas as pd

from smallsurv.meta.effects import log_ratios, odds_ratios

from ..registry.printed import STANDARD, roundings_that_print
from .checks import OUTCOMES
from .shared import one_ratio, one_table, with_shared

NO_RECHALLENGE = "no test of rechallenge"
NO_RATIO = "no usable hazard ratio sourced"
NO_INTERVAL = "no interval sourced"
NO_COUNTS = "no counts of both arms sourced"
ARM = {"r_exp": "events", "r_exp_n": "n", "r_ctl": "events_control", "r_ctl_n": "n_control"}
CARRIED = ["study", "year", "class", "entry", "rechallenge", "control", "patients", "line"]


def _carried(trials) -> pd.DataFrame:
    """What a forest plot and a subgroup need beside the estimate; `control` is the control arm's own name."""
    control = trials["control_arm"].where(trials["control_arm"] != "", trials["study"])
    return trials.assign(control=control, patients=trials["n"])[CARRIED].reset_index(drop=True)


def outcome_effects(evidence, outcome, other_level=False) -> pd.DataFrame:
    """Log hazard ratio of each trial with one: log_ratios and study, year, class, entry, control, patients,
    printed_level (share), left_out ('' for a row that is pooled, else why it is not).

    outcome : 'os' or 'pfs'; other_level : read a disputed interval at its other level (os_level_other). Rows that share
    a control arm are pooled as one row at the end, by estimate/meta_shared, if its events are known; else the first one
    is.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"no outcome {outcome}: one of {', '.join(OUTCOMES)}")
    trials = evidence.trials.reset_index(drop=True)
    level = trials[f"{outcome}_level"]
    if other_level and outcome == "os":
        level = trials["os_level_other"].fillna(level)
    given = {"estimate": f"{outcome}_hr", "ci_low": f"{outcome}_low", "ci_high": f"{outcome}_high"}
    inputs = _carried(trials).assign(**{name: trials[column] for name, column in given.items()}, level=level / 100)
    inputs = inputs.assign(printed_level=inputs["level"], control_events=trials[f"{outcome}_ctl_events"])
    frame = log_ratios(inputs[inputs["estimate"].notna()])
    return with_shared(frame.assign(left_out=_left_out(frame, NO_INTERVAL)), one_ratio)


def response_effects(evidence) -> pd.DataFrame:
    """Odds ratio of response of each trial with counts of both arms: odds_ratios (its arms beside) and left_out.

    Of rows that share a control arm the other arms are put together, in one row at the end.
    """
    trials = evidence.trials.reset_index(drop=True)
    inputs = _carried(trials).assign(**{name: trials[column] for column, name in ARM.items()})
    frame = odds_ratios(inputs[inputs[list(ARM.values())].notna().all(axis=1)])
    return with_shared(frame.assign(left_out=_left_out(frame, NO_COUNTS)), one_table)


def _left_out(frame, lacking) -> list[str]:
    """Why a row stays out of every pool: not of this question, or nothing to weigh it by."""
    return [
        NO_RECHALLENGE if rechallenge != "yes" else "" if error > 0 else lacking
        for rechallenge, error in zip(frame["rechallenge"], frame["se"], strict=True)
    ]


def pooled(frame) -> pd.DataFrame:
    """The rows that enter the pool."""
    return frame[frame["left_out"] == ""].reset_index(drop=True)


def disputed_trials(evidence) -> pd.DataFrame:
    """The trials of rechallenge whose OS interval is printed at two levels."""
    trials = evidence.trials
    return trials[trials["os_level_other"].notna() & (trials["rechallenge"] == "yes")].reset_index(drop=True)


def single_arms(evidence, rate="orr") -> pd.DataFrame:
    """The series with a count of `rate` ('orr', 'dcr' or 'severe'): study (with its year), trial, events, n, class,
    year, cohort, subgroup, line.

    A part of the patients of a study whose whole stands in the table too is left out: nobody counts twice.
    """
    rows = whole_series(evidence)
    rows = rows.assign(severe_n=[severe_count(*row) for row in zip(rows["g3_ae_pct"], rows["n"], strict=True)])
    rows = rows[rows[f"{rate}_n"].notna()]
    return rows.assign(events=rows[f"{rate}_n"])[
        ["study", "trial", "events", "n", "class", "year", "cohort", "subgroup", "line"]
    ].reset_index(drop=True)


def severe_count(printed, n) -> float:
    """Patients with an adverse event of grade 3 or more behind a printed percentage of n: 0 for 'none', NaN where it is
    no single number, no whole number of patients gives it, or more than one does.
    """
    if printed == "none":
        return 0.0
    if not fullmatch(r"\d+(\.\d+)?", printed) or not n > 0:
        return float("nan")
    fit = [
        x for x in range(int(n) + 1) if set(roundings_that_print(Fraction(100 * x, int(n)), printed)) & set(STANDARD)
    ]
    return float(fit[0]) if len(fit) == 1 else float("nan")


def whole_series(evidence) -> pd.DataFrame:
    """The series with `study` as 'Fujita 2018', without the parts of studies that stand there as a whole."""
    rows = named_series(evidence)
    key = evidence.series["study"] + evidence.series["year"].astype(str)
    whole = set(key[evidence.series["subgroup"] == ""])
    return rows[(evidence.series["subgroup"] == "") | ~key.isin(whole)].reset_index(drop=True)


def named_series(evidence) -> pd.DataFrame:
    """All rows of the series, each with a name of its own (study, year, and the part of the patients) and its `trial`:
    the study that it is an arm or a part of, so that studies can be counted."""
    rows = evidence.series
    year = rows["year"].map(lambda y: "" if y != y else f" {int(y)}")
    part = rows["subgroup"].map(lambda s: f", {s}" if s else "")
    trial = rows["part_of"].where(rows["part_of"] != "", rows["study"] + year)
    return rows.assign(study=rows["study"] + year + part, trial=trial)

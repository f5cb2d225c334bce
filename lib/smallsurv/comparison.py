"""Two treatment arms compared: weights, unadjusted, adjusted and weighted estimates side by side."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from .balance import balance
from .bootstrap import REPLICATES, Bootstrap, iptw_bootstrap
from .cox import NotEstimable
from .cox_models import cox_multivariable, cox_univariable
from .curve import SEED, kaplan_meier, median_survival, observed, weighted_kaplan_meier, weighted_median_survival
from .evalue import RARE, e_value, risk_ratio_of
from .firth import firth_beside
from .logrank import log_rank, weighted_log_rank
from .rmst import CONTRAST, mean_contrasts, restricted_mean, restricted_means
from .times import joined, noise
from .weights import (
    covariate_design,
    effective_size,
    propensity_scores,
    propensity_weights,
    truncated,
    weighted_hazard_ratio,
)

WEIGHT = "PSWEIGHT"  # column of the weights
DRAWS = 40_000_000  # rows drawn by all replicates together: bounds the time of a large sample
FEWEST = 200  # replicates, however large the sample
LOST = 0.1  # share of replicates without an estimate above which the others make no interval
GRID = 400  # times at which the band of a curve is computed, at most
COMMON = (0.1, 0.9)  # scores outside: hardly a patient like these in the other arm (Crump 2009)
IMBALANCE = 0.1  # standardized difference that counts as imbalance (Austin 2009)
# Analyses in which no covariate, no weight and no choice of subjects has a part but who is in which arm; and those with
# a penalty.
UNADJUSTED = ("unadjusted", "unadjusted, all", "unadjusted, Firth")
PENALIZED = ("unadjusted, Firth", "adjusted, Firth")
COLUMNS = ["analysis", "n", "events", "hr", "ci_low", "ci_high", "p", "e_value", "e_limit", "reason", "method"]
MEANS = "restricted mean, weighted, bootstrap"
BOOTSTRAP = "Cox, weighted, bootstrap standard error"


@dataclass(frozen=True)
class Weighted:
    """Subjects with their weights. `rows`: AVAL, CNSR, the arm, covariates, WEIGHT; treated (n,) bool; score (n,).

    Without a finite propensity model `score` is None and every weight is 1. `uncut` holds the weights before
    truncation.
    """

    rows: pd.DataFrame
    arm: str
    covariates: tuple
    treated: np.ndarray
    score: np.ndarray | None
    uncut: np.ndarray
    estimand: str
    stabilized: bool
    truncate: tuple

    @property
    def weight(self) -> np.ndarray:
        return self.rows[WEIGHT].to_numpy()

    @property
    def scores(self) -> np.ndarray:
        """score. Raises ValueError where the propensity model has no finite estimate."""
        if self.score is None:
            raise ValueError("the propensity model has no finite estimate: there are no scores")
        return self.score

    @property
    def arms(self):
        """(level, rows of that arm as a mask) of the control and then of the treated."""
        control, treated = self.rows[self.arm].cat.categories
        return (control, ~self.treated), (treated, self.treated)


@dataclass(frozen=True)
class Effects:
    """`frame`: hazard ratios of the treated against the control, one row an analysis, with COLUMNS; events for each
    coefficient of the adjusted model, NaN without covariates."""

    frame: pd.DataFrame
    events_per_variable: float


def weigh(rows, arm, covariates, estimand="ATE", stabilized=False, truncate=(0, 100)) -> Weighted:
    """Propensity weights of two arms.

    rows : one row a subject, without missing values; the categorical `arm` has two levels, control first.
    covariates : names of columns, at least one; estimand, stabilized, truncate as in weighting.
    """
    treated = (rows[arm] == rows[arm].cat.categories[1]).to_numpy()
    score = propensity_scores(treated, covariate_design(rows[list(covariates)])) if covariates else None
    uncut = np.ones(len(rows))
    if score is not None:
        uncut = propensity_weights(treated, score, estimand, stabilized)
    weight = truncated(uncut, truncate)
    return Weighted(
        rows.assign(**{WEIGHT: weight}),
        arm,
        tuple(covariates),
        treated,
        score,
        uncut,
        estimand,
        stabilized,
        tuple(truncate),
    )


def separating(rows, arm, covariates) -> list[tuple]:
    """Covariates that tell the arms apart by themselves: (covariate, level, arm level, subjects) for a level that one
    arm alone has; (covariate, '', '', subjects) for a number whose ranges do not overlap."""
    found = []
    control, treated = rows[arm].cat.categories
    for name in covariates:
        values = rows[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            counts = pd.crosstab(values, rows[arm])
            for level, row in counts.iterrows():
                for mine, other in ((control, treated), (treated, control)):
                    if row[mine] and not row[other]:
                        found.append((name, level, mine, int(row[mine])))
        else:
            parts = values[rows[arm] == control], values[rows[arm] == treated]
            if parts[0].max() < parts[1].min() or parts[1].max() < parts[0].min():
                found.append((name, "", "", len(values)))
    return found


def weight_summary(weighted: Weighted) -> pd.DataFrame:
    """One row an arm: group, n, effective_n, score_low, score_high, weight_mean, weight_low, weight_high, uncut_high,
    largest_share (of the arm's weight in one subject), outside (scores beyond COMMON), cut (weights truncated)."""
    rows = []
    for level, mine in weighted.arms:
        weight, score = weighted.weight[mine], weighted.scores[mine]
        rows.append(
            {
                "group": level,
                "n": int(mine.sum()),
                "effective_n": effective_size(weight),
                "score_low": score.min(),
                "score_high": score.max(),
                "weight_mean": weight.mean(),
                "weight_low": weight.min(),
                "weight_high": weight.max(),
                "uncut_high": weighted.uncut[mine].max(),
                "largest_share": weight.max() / weight.sum(),
                "cut": int((weight != weighted.uncut[mine]).sum()),
                "outside": int(((score < COMMON[0]) | (score > COMMON[1])).sum()),
            }
        )
    return pd.DataFrame(rows)


def covariate_balance(weighted: Weighted) -> pd.DataFrame:
    """weighting.balance of every covariate, all levels of those with three or more; adds covariate and level."""
    design = covariate_design(weighted.rows[list(weighted.covariates)], every_level=True)
    frame = balance(weighted.treated, design, weighted.weight, weighted.estimand)
    split = frame["variable"].str.partition(": ")
    return frame.assign(covariate=split[0], level=split[2])


def resample(weighted: Weighted, replicates=REPLICATES, seed=SEED) -> tuple[Bootstrap, np.ndarray]:
    """The bootstrap of resampling.iptw_bootstrap, and the rising times (at most GRID) at which its curves are read.

    A large sample gets fewer replicates: DRAWS rows in all, but FEWEST replicates.
    """
    rows = weighted.rows
    event = observed(rows["CNSR"])
    times = np.unique(rows["AVAL"].to_numpy()[event])
    if len(times) > GRID:
        times = times[np.linspace(0, len(times) - 1, GRID).astype(int)]
    replicates = min(replicates, max(FEWEST, DRAWS // len(rows)))
    how = {"estimand": weighted.estimand, "stabilized": weighted.stabilized, "truncate": weighted.truncate}
    covariates = rows[list(weighted.covariates)]
    draws = iptw_bootstrap(rows["AVAL"], event, weighted.treated, covariates, replicates, times, seed=seed, **how)
    return draws, times


def arm_medians(weighted: Weighted, method="log-log", draws: Bootstrap | None = None) -> pd.DataFrame:
    """Medians of the arms: group, n, events, median, ci_low, ci_high, method; unweighted, then weighted if there are
    scores (limits: percentiles of `draws`, NaN if more than LOST of them are missing)."""
    plain = median_survival(weighted.rows, weighted.arm, method)
    if weighted.score is None or draws is None:
        return plain
    found = weighted_median_survival(weighted.rows, WEIGHT, weighted.arm)
    limits = draws.median_limits() if draws.unweighted <= LOST * len(draws.medians) else np.full((2, 2), np.nan)
    found = found.assign(ci_low=limits[:, 0], ci_high=limits[:, 1], method="weighted, bootstrap")
    return pd.concat([plain, found], ignore_index=True)


def arm_curves(weighted: Weighted) -> tuple[dict, dict]:
    """The Kaplan-Meier curve of each arm, and the weighted one; {level: Curve}."""
    plain, heavy = {}, {}
    for level, mine in weighted.arms:
        time, event = weighted.rows.loc[mine, "AVAL"], observed(weighted.rows.loc[mine, "CNSR"])
        plain[level] = kaplan_meier(time, event)
        heavy[level] = weighted_kaplan_meier(time, event, weighted.weight[mine])
    return plain, heavy


def arm_means(weighted: Weighted, tau, draws: Bootstrap | None = None, times=()) -> pd.DataFrame:
    """Restricted means of the arms up to `tau`, unweighted and, with draws, weighted: model, control, treated, estimate
    (treated minus control), ci_low, ci_high, method; in the unit of AVAL.

    draws, times : of `resample`. The weighted interval holds the percentiles of the differences over the resamples that
    have weights; NaN if more than LOST have none. A curve that ends before tau is carried on. Unweighted as
    rmst.mean_contrasts.
    """
    means = restricted_means(weighted.rows, tau, weighted.arm)
    means = means.set_index("group").loc[[level for level, _ in weighted.arms]].reset_index()
    plain = mean_contrasts(means).set_index("contrast").loc["difference"]
    rows = [("", *means["mean"], plain["estimate"], plain["ci_low"], plain["ci_high"], CONTRAST)]
    if draws is not None:
        control, treated = (restricted_mean(curve, tau)[0] for curve in arm_curves(weighted)[1].values())
        low, high = np.nan, np.nan
        if draws.unweighted <= LOST * len(draws.medians):
            areas = _areas(draws.survival[~np.isnan(draws.medians[:, 0])], np.asarray(times, float), tau)
            low, high = np.quantile(areas[:, 1] - areas[:, 0], [0.025, 0.975], method="inverted_cdf")
        rows.append(("weighted", control, treated, treated - control, low, high, MEANS))
    columns = ["model", "control", "treated", "estimate", "ci_low", "ci_high", "method"]
    return pd.DataFrame(rows, columns=columns)


def _areas(survival, times, tau) -> np.ndarray:
    """Areas (b, arms) up to tau under step curves (b, arms, t) that are read at their times (t,)."""
    inside = times < tau
    edges = np.concatenate([[0.0], times[inside], [tau]])
    height = np.concatenate([np.ones((*survival.shape[:2], 1)), survival[:, :, inside]], axis=2)
    return (height * np.diff(edges)).sum(axis=2)


def weighted_at_risk(weighted: Weighted, times) -> dict[str, np.ndarray]:
    """Sum of the weights at risk just before each time, rescaled so that each arm starts at its number of subjects."""
    time, weight = np.asarray(weighted.rows["AVAL"], float), weighted.weight
    return {level: weights_at_risk(time[mine], weight[mine], times) for level, mine in weighted.arms}


def weights_at_risk(time, weight, times) -> np.ndarray:
    """Sum of the weights (n,) at risk just before each of `times` (t,), rescaled to the mean 1."""
    time, weight = joined(time), np.asarray(weight, float)
    weight = weight * len(weight) / weight.sum()
    return np.array([weight[time >= t - noise(time)].sum() for t in times])


def rank_tests(weighted: Weighted) -> pd.DataFrame:
    """Log-rank test of the arms, and the weighted one: statistic, df, p, method, reason."""
    plain = log_rank(weighted.rows, weighted.arm)
    if weighted.score is None:
        return plain
    return pd.concat([plain, weighted_log_rank(weighted.rows, weighted.arm, WEIGHT)], ignore_index=True)


def treatment_effects(weighted: Weighted, everyone, draws=None, references=None, steps=None) -> Effects:
    """Hazard ratios of the treated against the control, one row an analysis.

    everyone : the rows before those with a missing covariate went; references, steps : as in regression. draws : the
    Bootstrap, where there are scores. `reason` says why a row has no estimate. E-values take the outcome as rare below
    RARE events a subject.
    """
    arm, covariates = weighted.arm, list(weighted.covariates)
    control = weighted.rows[arm].cat.categories[0]
    references = {**(references or {}), arm: control}
    single = cox_univariable(weighted.rows, [arm], references)
    plain = single.iloc[0]
    rows = [{"analysis": "unadjusted", **plain}, *_penalized(weighted, "unadjusted", single, references, steps)]
    if len(everyone) > len(weighted.rows):
        rows.insert(0, {"analysis": "unadjusted, all", **cox_univariable(everyone, [arm], references).iloc[0]})
    epv = np.nan
    if covariates:
        joint = cox_multivariable(weighted.rows, [arm, *covariates], references, steps)
        epv = joint.events_per_variable
        rows.append({"analysis": "adjusted", **joint.frame[joint.frame["variable"] == arm].iloc[0]})
        rows += _penalized(weighted, "adjusted", joint, references, steps)
    if weighted.score is not None:
        rows += _weighted_rows(weighted, plain, draws)
    frame = pd.DataFrame(rows).reindex(columns=COLUMNS)
    for i, row in frame.iterrows():
        rare = row["events"] / row["n"] < RARE
        point, limit = e_value(*(risk_ratio_of(row[c], rare) for c in ("hr", "ci_low", "ci_high")))
        frame.loc[i, ["e_value", "e_limit"]] = point, limit
    return Effects(frame, epv)


def _penalized(weighted, analysis, frame, references, steps):
    """The row of the arm with Firth's penalty, where the model of `frame` is separated or has few events; else none."""
    found = firth_beside(weighted.rows, frame, references, steps)
    return [
        {**row, "analysis": f"{analysis}, Firth"} for row in found[found["variable"] == weighted.arm].to_dict("records")
    ]


def _weighted_rows(weighted, plain, draws):
    """The weighted Cox model with its two intervals; without an estimate where the unweighted one has none, as weights
    do not change which subjects are at risk."""
    reason, robust = plain["reason"], None
    if not reason:
        try:
            robust = weighted_hazard_ratio(weighted.rows, weighted.arm, WEIGHT).iloc[0]
        except NotEstimable as fault:
            reason = fault.reason
    if robust is None:
        blank = {"n": plain["n"], "events": plain["events"], "reason": reason}
        return [{"analysis": "weighted", **blank}, {"analysis": "weighted, bootstrap", **blank}]
    coef, se = np.log(robust["hr"]), draws.standard_error
    half = norm.ppf(0.975) * se
    resampled = {
        "hr": robust["hr"],
        "ci_low": np.exp(coef - half),
        "ci_high": np.exp(coef + half),
        "p": float(2 * norm.sf(abs(coef / se))),
        "n": robust["n"],
        "events": robust["events"],
        "method": BOOTSTRAP,
    }
    reason = ""
    if draws.failed > LOST * len(draws.log_hazard_ratios):
        reason = f"{draws.failed:,} of {len(draws.log_hazard_ratios):,} resamples have no estimate"
        resampled |= {"hr": np.nan, "ci_low": np.nan, "ci_high": np.nan, "p": np.nan}
    return [
        {"analysis": "weighted", **robust, "reason": ""},
        {"analysis": "weighted, bootstrap", **resampled, "reason": reason},
    ]


def late_start(rows, arm) -> tuple[str, int, float]:
    """Whether one arm is free of events for longer than chance lets it: (level, first events that are all of the other
    arm, probability of that if the arms did not differ); the level with the smaller probability.

    rows : AVAL, CNSR and the categorical `arm` of two levels. A sign of time that nobody of the arm can die in.
    """
    control, treated = rows[arm].cat.categories
    found = [(control, 0, 1.0)]
    for mine in (control, treated):
        member = (rows[arm] == mine).to_numpy()
        time, event = joined(rows["AVAL"]), observed(rows["CNSR"])
        first = time[member & event].min(initial=np.inf)
        chance, count = 1.0, 0
        deaths = zip(*np.unique(time[event & ~member & (time < first)], return_counts=True), strict=True)
        for t, tied in deaths:
            at_risk = time >= t
            for gone in range(tied):
                chance *= ((at_risk & ~member).sum() - gone) / (at_risk.sum() - gone)
            count += int(tied)
        found.append((mine, count, float(chance)))
    return min(found, key=lambda row: row[2])

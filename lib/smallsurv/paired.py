"""Two courses of the same patient: ratio of their durations,
Cox models that know the pairs, paired yes-or-no outcomes.
"""

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm

from .cox import NotEstimable, cox_fit
from .curve import kaplan_meier, observed, survival_at
from .proportions import METHOD as CLOPPER_PEARSON
from .proportions import proportion
from .times import joined

RATIO = 1.33  # the ratio of Von Hoff 1998, and the default of the notebooks
KAPLAN_MEIER = "Kaplan-Meier of the ratio, log-log"
MIDRANK = "midrank, Wald"
SHARE_COLUMNS = ["method", "n", "count", "share", "ci_low", "ci_high", "reason"]
NO_WALD = "a Wald interval of a share of 0% or 100% has no width, and one from 0% to 100% says nothing"
NOT_KNOWN = "the Kaplan-Meier curve of the ratio has no interval there"
NAIVE, CLUSTERED, STRATIFIED = "as if unpaired", "clustered on patient", "stratified by patient"


def pair_courses(adtte, first="PFS1", second="PFSR") -> pd.DataFrame:
    """One row a patient with both endpoints: USUBJID, first, first_event, second, second_event, ratio (second / first),
    UNIT.

    adtte : rows with USUBJID, PARAMCD, AVAL, CNSR. The ratio is missing where the first duration is censored, as it has
    no upper bound then, and where the first duration is 0, by which nothing can be divided. Where the second is
    censored the true ratio is at least as large. UNIT is that of adtte.
    """
    sides = []
    for name, code in (("first", first), ("second", second)):
        rows = adtte[adtte["PARAMCD"] == code]
        side = pd.DataFrame(
            {name: rows["AVAL"].to_numpy(float), f"{name}_event": observed(rows["CNSR"])}, index=rows["USUBJID"]
        )
        sides.append(side)
    pairs = sides[0].join(sides[1], how="inner").reset_index()
    divisor = pairs["first"].where(pairs["first_event"] & (pairs["first"] > 0))
    pairs["ratio"] = pairs["second"] / divisor
    return pairs.assign(UNIT=adtte["UNIT"].iloc[0] if "UNIT" in adtte and len(adtte) else "")


def ratio_shares(pairs, threshold=RATIO, level=0.95) -> pd.DataFrame:
    """Share of patients whose ratio is at least `threshold`: method, n, count, share, ci_low, ci_high, reason.

    pairs : the frame of pair_courses; patients without a ratio are left out. `reason` says why there is no interval.
    Count: ratios that reached the threshold, censored or not; one censored below it counts as not reached, so that the
    share is a lower bound. Kaplan-Meier: of the censored ratio, just before the threshold; it takes censoring to be
    independent of the ratio, which a ratio is not exactly. Midrank: patients whose second duration has a midrank no
    lower than `threshold` times the first, among all these durations together. Sources: Von Hoff 1998; Clopper and
    Pearson 1934; Kovalchik and Mietlowski 2011; Texier 2018 (comparison).
    """
    known = pairs.dropna(subset=["ratio"])
    n = len(known)
    if not n:
        return pd.DataFrame(columns=SHARE_COLUMNS)
    ratio, event = joined([*known["ratio"], threshold]), known["second_event"].to_numpy(bool)
    ratio, threshold = ratio[:-1], ratio[-1]
    reached = int((ratio >= threshold).sum())
    rows: list[tuple] = [(CLOPPER_PEARSON, n, reached, *proportion(reached, n, level))]
    earlier = ratio[ratio < threshold].max(initial=0.0)
    at = survival_at(
        kaplan_meier(ratio, event), [earlier if (ratio >= threshold).any() else threshold], "log-log", level
    ).iloc[0]
    rows.append((KAPLAN_MEIER, n, np.nan, at["survival"], at["ci_low"], at["ci_high"]))
    success = _midrank_success(threshold * known["first"].to_numpy(), known["second"].to_numpy(), event)
    rows.append((MIDRANK, n, int(success.sum()), *_wald(float(success.mean()), n, level)))
    frame = pd.DataFrame(rows, columns=SHARE_COLUMNS[:-1])
    return frame.assign(reason=np.where(frame["ci_low"].isna(), [NOT_KNOWN, NOT_KNOWN, NO_WALD], ""))


def ratio_range(pairs, threshold=RATIO) -> tuple[int, int]:
    """The fewest and the most patients whose ratio is at least `threshold`, over every way to pair the same times.

    pairs : the frame of pair_courses; first durations without a ratio are paired with nobody. Largest matchings of a
    sorted list, one time after the other, so the limits are exact.
    """
    known = pairs.dropna(subset=["ratio"])
    both = joined(np.concatenate([threshold * known["first"].to_numpy(float), pairs["second"].to_numpy(float)]))
    first, second = np.sort(both[: len(known)]), np.sort(both[len(known) :])
    most = reached = 0
    for time in second:  # the shortest second duration that reaches the shortest bound that is left
        reached += bool(reached < len(first) and time >= first[reached])
    for bound in first:  # the shortest bound that is above the shortest second duration that is left
        most += bool(most < len(second) and second[most] < bound)
    return len(first) - most, reached


def _wald(share, n, level) -> tuple[float, float, float]:
    """A share and its Wald interval; none for a share of 0 or 1, which it would call known without error, and none that
    reaches from 0 to 1."""
    if not 0 < share < 1:
        return share, np.nan, np.nan
    half = norm.ppf(0.5 + level / 2) * np.sqrt(share * (1 - share) / n)
    if half >= max(share, 1 - share):
        return share, np.nan, np.nan
    return share, max(0.0, share - half), min(1.0, share + half)


def _midrank_success(first, second, event) -> np.ndarray:
    """Whether each second duration has at least the midrank of the first one (n,) bool.

    The midrank of an interval: half the sum of the lowest and the highest rank that it can have among all of them; a
    censored duration reaches from its value to infinity. Source: Kovalchik and Mietlowski 2011.
    """
    lower = joined(np.concatenate([first, second]))
    upper = np.where(np.concatenate([np.ones(len(first), bool), event]), lower, np.inf)
    lowest = np.searchsorted(np.sort(upper), lower, side="left") + 1
    highest = np.searchsorted(np.sort(lower), upper, side="right")
    middle = (lowest + highest) / 2
    return middle[len(first) :] >= middle[: len(first)]


def paired_cox(pairs, level=0.95) -> pd.DataFrame:
    """Hazard ratio of the second course against the first, three ways: method, n, events, hr, ci_low, ci_high, p,
    reason.

    pairs : the frame of pair_courses. As if unpaired: every course a patient of its own. Clustered: the same ratio with
    an error that counts patients (Lee, Wei and Amato 1992). Stratified: each patient is compared with himself; the
    ratio is the pairs whose second course ended first over those whose first one did, its interval and P are exact
    (sign test). Pairs whose courses both end with the event at the same time, or where the earlier time is censored,
    say nothing there. Source: Therneau and Grambsch 2000, chapter 8.
    """
    n, z = len(pairs), norm.ppf(0.5 + level / 2)
    time = np.concatenate([pairs["first"], pairs["second"]])
    event = np.concatenate([pairs["first_event"], pairs["second_event"]]).astype(bool)
    course = np.repeat([0.0, 1.0], n)
    rows = []
    try:
        fit = cox_fit(time, event, course, clusters=np.tile(np.arange(n), 2))
        for method, variance in ((NAIVE, fit.covariance), (CLUSTERED, fit.sandwich)):
            coef, se = fit.coef[0], float(np.sqrt(variance[0, 0]))
            limits = np.exp(coef - z * se), np.exp(coef + z * se)
            rows.append((method, n, int(event.sum()), np.exp(coef), *limits, 2 * norm.sf(abs(coef / se)), ""))
    except NotEstimable as fault:
        rows = [(method, n, int(event.sum()), *[np.nan] * 4, fault.reason) for method in (NAIVE, CLUSTERED)]
    return pd.DataFrame(
        [*rows, _sign_ratio(pairs, level)],
        columns=["method", "n", "events", "hr", "ci_low", "ci_high", "p", "reason"],
    )


def _sign_ratio(pairs, level):
    first, second = np.split(joined(np.append(pairs["first"], pairs["second"])), 2)
    ended = pairs["first_event"].to_numpy(bool), pairs["second_event"].to_numpy(bool)
    same = first == second  # who is censored at the time of an event was still at risk of it
    again = int((ended[1] & ((second < first) | same & ~ended[0])).sum())
    before = int((ended[0] & ((first < second) | same & ~ended[1])).sum())
    told = again + before
    if not told:
        return STRATIFIED, 0, 0, *[np.nan] * 4, "no pair whose earlier end is an event"
    _, low, high = proportion(again, told, level)
    odds = lambda share: share / (1 - share) if share < 1 else np.inf  # noqa: E731
    p = float(binomtest(again, told).pvalue)
    return STRATIFIED, told, told, odds(again / told), odds(low), odds(high), p, ""


def mcnemar(first, second, level=0.95) -> dict:
    """Two yes-or-no outcomes of the same patients: both, first_only, second_only, neither, n, p (exact McNemar), and
    recurrence (second among those with the first), recurrence_low, recurrence_high (Clopper-Pearson).

    first, second (n,) bool. P is 1 where no patient differs. Recurrence is NaN where nobody had the first.
    Source: McNemar 1947; exact as a binomial test of the discordant patients.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    both, lost, new = int((first & second).sum()), int((first & ~second).sum()), int((~first & second).sum())
    p = float(binomtest(new, lost + new).pvalue) if lost + new else 1.0
    share = proportion(both, both + lost, level) if both + lost else (np.nan, np.nan, np.nan)
    names = ("recurrence", "recurrence_low", "recurrence_high")
    counts = {"both": both, "first_only": lost, "second_only": new, "neither": int((~first & ~second).sum())}
    return counts | {"n": len(first), "p": p} | dict(zip(names, share, strict=True))


def mcnemar_range(first: tuple[int, int], second: tuple[int, int], n: int) -> dict[str, tuple[float, float]]:
    """The lowest and the highest of what `mcnemar` gives over every way to choose who of `n` patients had either
    outcome: both, first_only, second_only, neither, p, recurrence.

    first, second : the fewest and the most patients with each outcome. With both numbers given, P is lowest where as
    many as can be had both outcomes, and highest where as few.
    """
    found: list[dict] = []
    for a in range(first[0], first[1] + 1):
        for b in range(second[0], second[1] + 1):
            for both in {max(0, a + b - n), min(a, b)}:
                told = {"both": both, "first_only": a - both, "second_only": b - both, "neither": n - a - b + both}
                p = float(binomtest(b - both, a + b - 2 * both).pvalue) if a + b > 2 * both else 1.0
                found.append(told | {"p": p, "recurrence": both / a if a else np.nan})
    names = ("both", "first_only", "second_only", "neither", "p", "recurrence")
    columns = {name: [row[name] for row in found if row[name] == row[name]] or [np.nan] for name in names}
    return {name: (min(values), max(values)) for name, values in columns.items()}

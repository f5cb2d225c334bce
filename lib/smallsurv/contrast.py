"""Two groups compared: difference of their medians and hazard ratio, with intervals."""

import numpy as np
import pandas as pd

from .cox_tests import Coding, cox_tests
from .curve import FEWEST_DRAWN, REPLICATES, SEED, bootstrap_medians, kaplan_meier, median, observed
from .logrank import log_rank

METHOD = "bootstrap percentile (difference), Cox with Efron ties (ratio), log-rank"
COLUMNS = [
    "n_reference",
    "n",
    "events_reference",
    "events",
    "median_reference",
    "median",
    "difference",
    "ci_low",
    "ci_high",
    "hr",
    "hr_low",
    "hr_high",
    "p",
    "reason",
    "method",
]


def median_difference(time, event, group, replicates=REPLICATES, seed=SEED, level=0.95) -> tuple[float, float, float]:
    """Median of the group minus median of the others, with percentiles of resamples drawn within each of the two.

    time (n,), event (n,) True where seen, group (n,) bool. Infinite where only one of the medians is reached, NaN where
    neither is; a limit is NaN where too many resamples reach neither, and where one of the two has a single
    event, which resamples hardly vary. Source: Efron 1981.
    """
    time, event, group = np.asarray(time, float), np.asarray(event, bool), np.asarray(group, bool)
    curves = [kaplan_meier(time[mine], event[mine]) for mine in (group, ~group)]
    with np.errstate(invalid="ignore"):
        difference = float(median(curves[0])[0] - median(curves[1])[0])
    if any(0 < c.events < FEWEST_DRAWN for c in curves):
        return difference, np.nan, np.nan
    with np.errstate(invalid="ignore"):
        first, second = (bootstrap_medians(c, replicates, seed + i) for i, c in enumerate(curves))
        draws = first - second
    tail = (1 - level) / 2
    open_ = np.isnan(draws).mean()
    if open_ > tail:
        return difference, np.nan, np.nan
    low, high = np.quantile(draws[~np.isnan(draws)], [tail, 1 - tail], method="inverted_cdf")
    return difference, float(low), float(high)


def contrast(adtte, by, group, reference) -> dict:
    """Level `group` of `by` against `reference`: sizes, events, medians, their difference with an interval, hr with its
    Wald interval, log-rank p. Other levels are left out.

    adtte : rows of one PARAMCD with AVAL, CNSR and `by`. Returns COLUMNS; `reason` says why there is no ratio.
    """
    rows = adtte[adtte[by].isin([group, reference])]
    mine = (rows[by] == group).to_numpy()
    found = dict.fromkeys(COLUMNS, np.nan) | {"reason": "", "method": METHOD}
    event = observed(rows["CNSR"])
    sizes = {"n": int(mine.sum()), "n_reference": int((~mine).sum())}
    found |= sizes | {"events": int(event[mine].sum()), "events_reference": int(event[~mine].sum())}
    if not min(sizes.values()):
        return found | {"reason": "only one of the two groups"}
    time = rows["AVAL"].to_numpy(float)
    found["median"], found["median_reference"] = (median(kaplan_meier(time[m], event[m]))[0] for m in (mine, ~mine))
    found["difference"], found["ci_low"], found["ci_high"] = median_difference(time, event, mine)
    two = rows.assign(**{by: pd.Categorical(rows[by].astype(str), [reference, group])})
    model = cox_tests(two, by, coding=Coding(reference)).iloc[0]
    found |= {"hr": model["hr"], "hr_low": model["ci_low"], "hr_high": model["ci_high"], "reason": model["reason"]}
    found["p"] = log_rank(two, by)["p"].iloc[0]
    return found

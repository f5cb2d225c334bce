"""How many changes of outcome undo a result."""

import numpy as np
from scipy.stats import chi2

from .power import ALPHA
from .times import by_time

MOST_CHANGES = 30


def outcome_changes(time, event, group, alpha=ALPHA, most=MOST_CHANGES) -> int | None:
    """Patients whose outcome must change for the log-rank P of two groups to cross `alpha`, from either side.

    time (n,), event (n,) True where seen, group (n,) bool. A change turns an event into a censoring at the same time,
    or the reverse; each step takes the one that moves P most, no patient twice. 1 and 2 are the fewest there are;
    more is an upper bound. None if no step up to `most` does it. Survival form of the fragility index of Walsh 2014.
    """
    at, group = by_time(time), np.asarray(group, bool)
    at_risk, in_group, place = at.n_risk, at.at_risk(group), at.place
    dead, bound = np.asarray(event, bool).copy(), chi2.isf(alpha, 1)
    changed = np.zeros(len(dead), bool)
    share = in_group / at_risk
    factor = share * (1 - share) / np.maximum(at_risk - 1, 1)

    def statistic():
        deaths = at.total(dead)
        excess, spread = (group & dead).sum() - deaths @ share, (factor * deaths * (at_risk - deaths)).sum()
        return excess, spread, deaths

    excess, spread, deaths = statistic()
    significant = spread > 0 and excess**2 / spread >= bound
    for count in range(1, min(most, len(dead)) + 1):
        sign = np.where(dead, -1.0, 1.0)  # what changing each subject adds to the deaths at its time
        moved = excess + sign * (group - share[place])
        wide = spread + _change(factor[place], at_risk[place], deaths[place], sign)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(wide > 1e-12, moved**2 / wide, 0.0)
        worst = np.inf if significant else -np.inf
        value = np.where(changed, worst, value)
        best = int(np.argmin(value) if significant else np.argmax(value))
        dead[best], changed[best] = ~dead[best], True
        excess, spread, deaths = statistic()
        now = spread > 1e-12 and excess**2 / spread >= bound
        if now != significant:
            return count
    return None


def _change(factor, at_risk, deaths, sign):
    """What one death more or less (sign) at its time adds to the log-rank variance."""
    return factor * ((deaths + sign) * (at_risk - deaths - sign) - deaths * (at_risk - deaths))

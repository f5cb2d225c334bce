"""What a paper says in words of an endpoint, as checks that the annealer computes beside the printed numbers.

The rules are those by which a claim is held against patients: an independent factor has a Wald P below ALPHA in the
joint Cox model, a difference a log-rank P below it and the longer median where the paper says, no difference a P that
is not below it. A claim is given up before any printed number is.
"""

import numpy as np
from scipy.stats import chi2, norm

from ..registry.declared import ALPHA, Claim
from .anneal_checks import Checks, NotAsked, reference

EDGE = 1e-3  # of the statistic, that its P is clear of ALPHA by any software


def ask_claim(checks: Checks, claim: Claim):
    """Add the checks of a claim; NotAsked, with the reason, for one that the search cannot compute."""
    if claim.kind not in ASKED:
        raise NotAsked("it is not of the times of an endpoint")
    ASKED[claim.kind](checks, claim)


def _where(claim):
    return tuple((column, tuple(v if isinstance(v, list) else [v])) for column, v in claim.where.items())


def _independent(checks, claim):
    where = _where(claim)
    for by in claim.by:
        base = reference(checks.registry, by)
        columns = checks.indicators(where, by, base)
        if len(columns) != 1:
            raise NotAsked(f"{by} has more than two levels, and their joint P is not searched for")
        for other in claim.beside:
            columns += checks.indicators(where, other, reference(checks.registry, other))
        side = (-1.0 if claim.longer == columns[0][0] else 1.0) if claim.longer else 0.0
        checks.ask_joint(where, columns, (norm.isf(ALPHA / 2) + EDGE, np.inf), claim, side)


def _difference(checks, claim):
    (by,) = claim.by[:1]
    levels = checks.levels.get(by, ())
    side = 0.0
    if claim.longer and len(levels) == 2:
        side = 1.0 if claim.longer == levels[1] else -1.0
    _log_rank(checks, claim, by, (chi2.isf(ALPHA, max(len(levels) - 1, 1)) ** 0.5 + EDGE, np.inf), side)
    for level in levels if claim.longer else ():
        if level != claim.longer:
            groups = (checks.group((*_where(claim), (by, (x,)))) for x in (claim.longer, level))
            checks.add("LONGER", tuple(groups), [(0.0, 0.0)], 1.0, claim)


def _no_difference(checks, claim):
    for by in claim.by:
        degrees = max(len(checks.levels.get(by, ())) - 1, 1)
        _log_rank(checks, claim, by, (0.0, chi2.isf(ALPHA, degrees) ** 0.5 - EDGE), 0.0)


def _log_rank(checks, claim, by, window, side):
    """side: 1 where the second level is to fare better, -1 where the first, 0 where it is not said."""
    groups = [checks.group((*_where(claim), (by, (each,)))) for each in checks.levels.get(by, ())]
    if len(groups) < 2:
        raise NotAsked(f"{by} has fewer than two levels")
    checks.ask_test(groups, window, claim, side)


ASKED = {"independent": _independent, "difference": _difference, "no_difference": _no_difference}

"""Pooling of counts: odds ratios of two arms, proportions of single arms."""

import numpy as np
import pandas as pd

from .meta_pool import COLUMNS, pool

ODDS = {
    "IV": "Odds ratio, common effect, inverse variance",
    "IV REML HK": "Odds ratio, random effects, REML, Hartung-Knapp (never narrower)",
    "MH": "Odds ratio, common effect, Mantel-Haenszel",
    "Peto": "Odds ratio, common effect, Peto",
}
PROPORTIONS = {
    "GLMM": "Random-intercept logistic regression, adaptive Gauss-Hermite maximum likelihood",
    "logit": "Logit, inverse variance, REML",
    "Freeman-Tukey": "Freeman-Tukey double arcsine, REML, back at the harmonic mean of n",
}


def pool_odds(arms, methods=tuple(ODDS), level=0.95) -> pd.DataFrame:
    """Pooled odds ratio under each of `methods`, keys of ODDS.

    arms : as in meta_effects.odds_ratios. Returns meta_pool.COLUMNS and q, df, p_q. IV adds 0.5 to the cells of a study
    with an empty one; Mantel-Haenszel (variance of Robins, Breslow and Greenland) and Peto add nothing. A study
    without event, or without non-event, in both arms says nothing about the ratio and is in none of them (`k`).
    Sources: Mantel and Haenszel 1959; Robins, Breslow and Greenland 1986; Yusuf et al. 1985.
    """
    raise NotImplementedError


def exact_proportions(series, level=0.95) -> pd.DataFrame:
    """Share and exact interval of each study: study, events, n, estimate, ci_low, ci_high, method, then the other columns.

    series : one row a study with study, events, n (patients). A study without a count or n has NaN.
    Source: Clopper and Pearson 1934.
    """
    raise NotImplementedError


def pool_proportions(series, methods=tuple(PROPORTIONS), level=0.95) -> pd.DataFrame:
    """Pooled share (0 to 1) under each of `methods`, keys of PROPORTIONS.

    series : one row a study with study, events, n. Returns meta_pool.COLUMNS with `events` and `n` in the pool after k:
    se and tau2 on the scale of the method (logit, or arcsine of the root), estimate and limits as shares, no p. GLMM is
    the main one: it needs no correction of zero events. logit adds 0.5 to the events and non-events of a study with an
    empty cell, which pulls small studies to one half; Freeman-Tukey goes back by one n for all studies, which misleads
    where the n differ much (it may fall outside the studies). No event at all, or nothing else: GLMM has the estimate 0
    or 1 without an interval, and `reason`.
    Sources: Hamza, van Houwelingen and Stijnen 2008; Pinheiro and Bates 1995; Freeman and Tukey 1950; Miller 1978;
    Schwarzer et al. 2019.
    """
    raise NotImplementedError

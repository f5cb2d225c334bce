"""How a pool hangs on single studies: one left out, added by year, influence, asymmetry of the funnel."""

import numpy as np
import pandas as pd

from .meta_pool import MODELS, pool

FEWEST_FOR_EGGER = 10  # Cochrane Handbook 13.3.5.4: below ten studies the test cannot tell chance from asymmetry
INFLUENCE = [
    "study", "weight", "rstudent", "dffits", "cook_d", "cov_r", "hat", "dfbeta", "tau2_deleted", "q_deleted", "method",
]  # fmt: skip


def leave_one_out(effects, model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool without each study in turn: `omitted`, then meta_pool.COLUMNS and q, p_q, i2_q of the rest."""
    raise NotImplementedError


def cumulative(effects, by="year", model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool after each study in rising order of `by` (ties in order of the table): `added`, `by` under its own name,
    then meta_pool.COLUMNS. Studies without a value of `by` or without se are left out. Source: Lau et al. 1992."""
    raise NotImplementedError


def influence(effects, model="REML") -> pd.DataFrame:
    """Influence of each study on the pool: INFLUENCE, one row a study with se; tau2 is estimated anew without it.

    rstudent : externally standardized residual; dffits, dfbeta : shift of the pool in standard errors; cook_d; cov_r :
    ratio of variances without and with the study. Fewer than three studies: NaN.
    Source: Viechtbauer and Cheung 2010.
    """
    raise NotImplementedError


def egger(effects, fewest=FEWEST_FOR_EGGER, level=0.95) -> pd.DataFrame:
    """Egger's regression test: one row with k, estimate (intercept: bias), ci_low, ci_high, p, df, reason, method.

    Below `fewest` studies, or with one and the same se, nothing is computed and `reason` says why.
    Sources: Egger et al. 1997; Sterne et al. 2011.
    """
    raise NotImplementedError

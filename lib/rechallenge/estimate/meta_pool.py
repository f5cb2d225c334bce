"""Pooling of study effects: common effect, random effects, heterogeneity, subgroups.

Effects are frames with study, effect (log scale for ratios) and se; `ratio` gives results as ratios. A study without a
finite se is left out of every pool, and `k` counts those that are in.
"""

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

COLUMNS = [
    "model", "k", "estimate", "ci_low", "ci_high", "p", "se", "tau2", "prediction_low", "prediction_high",
    "reason", "method",
]  # fmt: skip
HETEROGENEITY = [
    "k", "q", "df", "p", "i2", "i2_low", "i2_high", "i2_q", "tau2", "tau2_low", "tau2_high", "reason", "method",
]  # fmt: skip
MODELS = {
    "common": "Common effect, inverse variance",
    "REML": "Random effects, REML",
    "PM": "Random effects, Paule-Mandel",
    "REML HK": "Random effects, REML, Hartung-Knapp (never narrower)",
    "PM HK": "Random effects, Paule-Mandel, Hartung-Knapp (never narrower)",
}


def pool(effects, models=tuple(MODELS), ratio=True, level=0.95) -> pd.DataFrame:
    """Pooled effect under each of `models`, keys of MODELS.

    effects : one row a study with study, effect, se; if it has a column `control` (name of the control arm), no name may
    come twice. Returns COLUMNS, one row a model: estimate with interval and prediction interval (exp of them if `ratio`),
    p of no effect, se and tau2 on the scale of `effect`. The interval is normal, or t with k - 1 degrees of freedom
    and the variance of Hartung and Knapp, never taken below that of the model (HK). The prediction interval is t with
    k - 2: random effects, from three studies on. One study is returned as it is, with a `reason` that says that there
    is nothing to pool; no study: a row of NaN.
    Raises ValueError for an unknown model, a study that comes twice, or two rows of one control arm.
    Sources: Viechtbauer 2005 (REML); Paule and Mandel 1982; Hartung and Knapp 2001; Knapp and Hartung 2003 and Roever,
    Knapp and Friede 2015 (the modification); Higgins, Thompson and Spiegelhalter 2009 (prediction).
    """
    raise NotImplementedError


def heterogeneity(effects, level=0.95) -> pd.DataFrame:
    """Differences between studies beyond chance: one row with HETEROGENEITY.

    q, df, p : Cochran's Q; tau2 : REML, with Q-profile limits; i2 (share, 0 to 1) : tau2 over tau2 plus the typical
    variance, its limits those of tau2; i2_q : (Q - df) / Q, not below 0, as RevMan prints. Fewer than two studies: reason.
    Sources: Cochran 1954; Higgins and Thompson 2002; Viechtbauer 2007 (Q-profile).
    """
    raise NotImplementedError


def pool_weights(effects, model="common") -> pd.DataFrame:
    """Weight of each study in the pool: study, weight (shares of 1, NaN for a study left out), method; order of `effects`."""
    raise NotImplementedError


def subgroups(effects, by, model="common", ratio=True, level=0.95) -> pd.DataFrame:
    """The pool of each level of the column `by`: `group`, then COLUMNS; in order of first appearance (or of the categories)."""
    raise NotImplementedError


def interaction(effects, by, model="common", ratio=True, level=0.95, reference=None) -> pd.DataFrame:
    """Difference between the pools of the levels of `by`: ratio of ratios against `reference` (default: first level).

    Returns one row a further level: group, reference, estimate, ci_low, ci_high, p, q, df, p_global, reason, method.
    Each level is pooled by itself under `model` (its own tau2). q, df and p_global test all levels at once.
    Levels of trials are not levels of patients: the comparison is ecological.
    Sources: Altman and Bland 2003; Borenstein and Higgins 2013.
    """
    raise NotImplementedError

"""Multiple imputation by chained equations for a Cox model: missing factors drawn from models of all others and of the
outcome, the Cox model fitted to each completed table, the fits put together by Rubin's rules.

Sources: chained equations: White, Royston and Wood 2011; the outcome by the event and the Nelson-Aalen hazard: White
and Royston 2009; Rubin 1987; degrees of freedom: Barnard and Rubin 1999.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from .cox import NotEstimable, maximum
from .curve import SEED, nelson_aalen

IMPUTATIONS, ROUNDS, DONORS = 20, 10, 5
MOST_MISSING = 0.8  # share from which a factor is not imputed
FEWEST = 10  # known values of a factor that is imputed
_PRIOR = 0.01  # of a coefficient of the multinomial model: 1 / variance, columns standardized
_STEPS = 50


class NotImputed(NotEstimable):
    """A column that cannot be imputed: `column`, and the reason."""

    def __init__(self, column, reason):
        super().__init__(reason, f"{column}: {reason}")
        self.column = column


@dataclass(frozen=True)
class Pooled:
    """Coefficients (k,) of a Cox model over m imputations: coef, se, df, limits, two-sided p, and the share of the
    information that is missing (fmi); all (k,)."""

    coef: np.ndarray
    se: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    fmi: np.ndarray
    m: int


def rubin(coef, variance, df_complete, level=0.95) -> Pooled:
    """Estimates coef (m, k) with variance (m, k) of m imputations put
    together. df_complete : degrees of freedom if nothing were missing.
    """
    coef, variance = np.asarray(coef, float), np.asarray(variance, float)
    m = len(coef)
    middle, within, between = coef.mean(axis=0), variance.mean(axis=0), coef.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total
    old = (m - 1) / np.maximum(share, 1e-8) ** 2
    seen = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    df = old * seen / (old + seen)
    ratio = share / (1 - share)
    fmi = (ratio + 2 / (df + 3)) / (ratio + 1)
    se = np.sqrt(total)
    half = student.ppf(0.5 + level / 2, df) * se
    p = 2 * student.sf(np.abs(middle / se), df)
    return Pooled(middle, se, df, middle - half, middle + half, p, fmi, m)


def complete(frame: pd.DataFrame, time, event, m=IMPUTATIONS, rounds=ROUNDS, seed=SEED) -> list[pd.DataFrame]:
    """`frame` (n rows; numbers and categoricals) m times with its missing values drawn.

    A number by predictive mean matching, a categorical by a multinomial logistic model; each given all other columns,
    the event (n,) and the cumulative hazard at `time` (n,). Raises NotImputed for a column of which MOST_MISSING or
    more is missing, or fewer than FEWEST values are known, or all known ones are the same.
    """
    _check(frame)
    rng = np.random.default_rng(seed)
    outcome = np.column_stack([np.asarray(event, float), nelson_aalen(time, event)])
    return [_chain(frame, outcome, rounds, rng) for _ in range(m)]


def _check(frame):
    for name in frame:
        known = frame[name].dropna()
        if len(known) == len(frame):
            continue
        if len(frame) - len(known) >= MOST_MISSING * len(frame):
            raise NotImputed(name, "missing in too many")
        if len(known) < FEWEST or known.nunique() < 2:
            raise NotImputed(name, "too little is known of it")


def _chain(frame, outcome, rounds, rng) -> pd.DataFrame:
    """One completed frame: missing values start as draws of the known ones, then each column in turn is drawn anew."""
    missing = {name: frame[name].isna().to_numpy() for name in frame if frame[name].isna().any()}
    order = sorted(missing, key=lambda name: missing[name].sum())
    filled = {name: _codes(frame[name]) for name in frame}
    for name in order:
        known = filled[name][~missing[name]]
        filled[name][missing[name]] = rng.choice(known, missing[name].sum())
    for _ in range(rounds if order else 0):
        for name in order:
            others = [_columns(frame[o], filled[o]) for o in frame if o != name]
            x = _standardized(np.column_stack([outcome, *others]))
            draw = _match if _is_number(frame[name]) else _multinomial
            filled[name][missing[name]] = draw(filled[name], x, missing[name], rng)
    return pd.DataFrame({name: _decoded(frame[name], filled[name]) for name in frame}, index=frame.index)


def _is_number(column) -> bool:
    return not isinstance(column.dtype, pd.CategoricalDtype)


def _codes(column) -> np.ndarray:
    """Values as numbers: of a categorical the place of its level."""
    return (column.to_numpy(float) if _is_number(column) else column.cat.codes.to_numpy(float)).copy()


def _decoded(column, values):
    return values if _is_number(column) else pd.Categorical.from_codes(values.astype(int), dtype=column.dtype)


def _columns(column, values) -> np.ndarray:
    """(n, c): a number as it is, of a categorical an indicator of each level but the first."""
    if _is_number(column):
        return values[:, None]
    return (values[:, None] == np.unique(values)[1:]).astype(float)


def _standardized(x) -> np.ndarray:
    """(n, 1 + c): a constant, then the columns that vary, standardized."""
    spread = x.std(axis=0)
    return np.column_stack([np.ones(len(x)), ((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1))[:, spread > 0]])


def _match(values, x, missing, rng) -> np.ndarray:
    """Values of donors whose prediction is near: predictive mean
    matching, the missing predicted with drawn coefficients.
    """
    seen, y = x[~missing], values[~missing]
    ridge = seen.T @ seen + 1e-5 * np.diag(np.diag(seen.T @ seen))
    inverse = np.linalg.inv(ridge)
    beta = inverse @ (seen.T @ y)
    df = max(len(y) - x.shape[1], 1)
    sigma = np.sqrt(((y - seen @ beta) ** 2).sum() / rng.chisquare(df))
    drawn = beta + sigma * np.linalg.cholesky((inverse + inverse.T) / 2) @ rng.normal(size=len(beta))
    apart = np.abs((x[missing] @ drawn)[:, None] - (seen @ beta)[None, :])
    near = np.argpartition(apart, min(DONORS, len(y)) - 1, axis=1)[:, : min(DONORS, len(y))]
    return y[near[np.arange(len(near)), rng.integers(near.shape[1], size=len(near))]]


def _multinomial(values, x, missing, rng) -> np.ndarray:
    """Levels drawn from a multinomial logistic model with drawn coefficients."""
    levels = np.unique(values[~missing])
    hot = (values[~missing][:, None] == levels[1:]).astype(float)
    beta, information = _logistic(hot, x[~missing])
    root = np.linalg.cholesky(np.linalg.inv(information))
    drawn = beta + (root @ rng.normal(size=beta.size)).reshape(beta.shape)
    cumulative = np.cumsum(_chances(x[missing] @ drawn.T), axis=1)
    return levels[(rng.random(len(cumulative))[:, None] > cumulative[:, :-1]).sum(axis=1)]


def _chances(eta) -> np.ndarray:
    """(n, levels) of linear predictors (n, levels - 1)."""
    whole = np.column_stack([np.zeros(len(eta)), eta])
    whole = np.exp(whole - whole.max(axis=1, keepdims=True))
    return whole / whole.sum(axis=1, keepdims=True)


def _logistic(hot, x) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (levels - 1, c) of hot (n, levels - 1) on x (n, c), with a weak normal prior but for the constant;
    and their information, coefficients of one level after the other."""
    k, c = hot.shape[1], x.shape[1]
    beta, prior = np.zeros((k, c)), np.tile(np.r_[1e-8, np.full(c - 1, _PRIOR)], k)
    for _ in range(_STEPS):
        p = _chances(x @ beta.T)[:, 1:]
        score = ((hot - p).T @ x).ravel() - prior * beta.ravel()
        spread = np.einsum("ia,ab->iab", p, np.eye(k)) - np.einsum("ia,ib->iab", p, p)
        information = np.einsum("iab,ic,id->acbd", spread, x, x).reshape(k * c, k * c) + np.diag(prior)
        step = np.linalg.solve(information, score).reshape(k, c)
        beta = beta + step / max(1.0, np.abs(step).max() / 2)
        if np.abs(step).max() < 1e-8:
            break
    return beta, information


def pooled_cox(time, event, designs) -> Pooled:
    """Cox models (Efron ties) of m designs (n, k) put together. Degrees of freedom without missing values: events less
    k.

    Raises NotEstimable where a coefficient of one of them has no finite estimate."""
    fits = [maximum(time, event, design) for design in designs]
    if not all(np.isfinite(fit.coef).all() and np.isfinite(fit.se).all() for fit in fits):
        raise NotEstimable(
            "a completed table has no finite estimate", "a coefficient has no finite estimate in one of the fits"
        )
    k = len(fits[0].coef)
    freedom = max(int(np.sum(event)) - k, 1)
    return rubin([fit.coef for fit in fits], [fit.se**2 for fit in fits], freedom)

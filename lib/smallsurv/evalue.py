"""Sensitivity of a hazard ratio to what was not measured."""

import numpy as np

RARE = 0.15  # share of subjects with an event below which a hazard ratio is read as a risk ratio


def risk_ratio_of(hazard_ratio, rare=False) -> float:
    """The risk ratio that a hazard ratio stands for: itself if the outcome is rare, else by the square-root transform.

    Source: VanderWeele and Ding 2017, Table 2.
    """
    hr = float(hazard_ratio)
    return hr if rare else float((1 - 0.5 ** np.sqrt(hr)) / (1 - 0.5 ** np.sqrt(1 / hr)))


def e_value(risk_ratio, ci_low=np.nan, ci_high=np.nan) -> tuple[float, float]:
    """E-value of a risk ratio, and of the limit of its interval that is nearer to 1 (1 if the interval holds 1).

    The least risk ratio that an unmeasured confounder must have with both treatment and outcome, beyond the measured
    covariates, to explain the estimate away. NaN for a missing estimate or limit. Source: VanderWeele and Ding 2017.
    """
    if not np.isfinite(risk_ratio):
        return np.nan, np.nan
    limit = ci_low if risk_ratio >= 1 else ci_high
    if np.isnan(limit):
        return _bound(risk_ratio), np.nan
    crossed = limit <= 1 if risk_ratio >= 1 else limit >= 1
    return _bound(risk_ratio), 1.0 if crossed else _bound(limit)


def _bound(risk_ratio) -> float:
    above = max(risk_ratio, 1 / risk_ratio)
    return float(above + np.sqrt(above * (above - 1)))

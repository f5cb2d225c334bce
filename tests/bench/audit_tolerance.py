"""How near right numbers of subgroups lie to each other: the tolerances of the audit's interaction and subgroup checks.

Run: python tests/bench/audit_tolerance.py [TRIALS]. Randomised trials of 40 to 800 with two arms and a prognostic
factor of two levels are simulated; per trial three Cox fits for the subgroups and the whole, and one with the
interaction. Printed are the largest excess of the interaction statistic over that of the subgroups, and how far the
whole lies beyond its parts.
"""

import sys

import numpy as np

from smallsurv.cox import cox_fit


def trial(rng):
    """(z of the subgroups, z of the interaction term, how far the whole is beyond its parts in its standard errors)."""
    n = int(np.exp(rng.uniform(np.log(40), np.log(800))))
    arm, factor = rng.permutation(n) % 2, (rng.random(n) < rng.uniform(0.25, 0.75)).astype(int)
    effect = rng.normal(0, 0.5) * arm + rng.normal(0, 0.7) * factor + rng.normal(0, 0.4) * arm * factor
    time = rng.weibull(rng.uniform(0.7, 1.5), n) / np.exp(effect)
    end = rng.uniform(0.2, 3, n)
    event, time = time <= end, np.minimum(time, end)
    if rng.random() < 0.3:
        time = np.ceil(time * 10)
    x = arm.astype(float)
    parts = [cox_fit(time[factor == k], event[factor == k], x[factor == k]) for k in (0, 1)]
    (a, s), (b, t), (c, u) = (_estimate(fit, 0) for fit in (*parts, cox_fit(time, event, x)))
    joint = cox_fit(time, event, np.column_stack([x, factor, x * factor]))
    term, error = _estimate(joint, 2)
    return abs(a - b) / np.hypot(s, t), abs(term) / error, max(min(a, b) - c, c - max(a, b)) / u


def _estimate(fit, k):
    return float(np.ravel(fit.coef)[k]), float(np.sqrt(fit.covariance[k, k]))


def main(trials=3000):
    rng, rows = np.random.default_rng(20251201), []
    for _ in range(trials):
        try:
            rows.append(trial(rng))
        except ValueError:  # a subgroup without events in one arm
            continue
    own, joint, beyond = np.array([r for r in rows if np.isfinite(r).all()]).T
    print(
        f"{len(own)} trials; whole beyond its parts, standard errors: 99% {np.quantile(beyond, 0.99):.2f}, most"
        f" {beyond.max():.2f}"
    )
    excess = np.abs(joint - own)
    for low, high in ((0, 1), (1, 2), (2, 3), (3, 9)):
        mine = excess[(own >= low) & (own < high)]
        if len(mine):
            print(
                f"z {low}-{high}: interaction differs by at most {mine.max():.2f} (99% {np.quantile(mine, 0.99):.2f})"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

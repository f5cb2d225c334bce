"""Pseudo-patients of a figure that was read: its curves, marks and numbers at risk with what the text prints."""

import numpy as np
import pandas as pd

from ..files.findings import CohortError, Finding, did_you_mean
from ..files.visible import safe_text
from ..reconstruction.joint import Arm, fit_arms, hazard_ratio
from .read import Reading

DRAWN, SEEN = 3e-4, 1.5e-3  # noise of S read from a drawing, from an image
APART, MEET = 0.95, 0.015  # S below which curves are apart; distance at which two meet
HEAD = "# pseudo-patients made from a figure: not patients\n"


def arms_of(reading: Reading, numbers=(), events=()) -> list[Arm]:
    """The arms of a reading; numbers, events: ["NAME=137", ...]. Raises CohortError for a name or number not
    understood, and for an arm without a number of patients."""
    _distinct(reading)
    names = [c.name for c in reading.curves]
    given_n, given_events = (
        _pairs(reading, option, pairs, names) for option, pairs in (("--n", numbers), ("--events", events))
    )
    arms, faults = [], []
    for curve in reading.curves:
        at_zero = curve.at_risk[1][0] if curve.at_risk and curve.at_risk[0][0] == 0 else None
        n, total = given_n.get(curve.name, at_zero), given_events.get(curve.name)
        if n is None:
            faults.append(
                _fault(reading, f"the number of patients of {curve.name} is not known", f'--n "{curve.name}=NUMBER"')
            )
        elif total is not None and total > n:
            faults.append(_fault(reading, f"{total} events of {n} patients of {curve.name}", "Mend one of them."))
        else:
            noise, time, survival = DRAWN, curve.time, curve.survival
            if reading.kind == "image":
                near = (curve.width + 2) / abs(reading.panel.x.unit) if reading.panel else 0.0
                noise, (time, survival) = SEEN, _of_patients(curve, int(n), near)
            arms.append(
                Arm(
                    curve.name,
                    time,
                    survival,
                    curve.end,
                    int(n),
                    np.asarray(curve.censored),
                    curve.at_risk or ((), ()),
                    total,
                    noise,
                )
            )
    if faults:
        raise CohortError(faults)
    return arms


def _of_patients(curve, n, near) -> tuple:
    """Times of falls of an image and S after each, as many as patients can have made: where falls stand within `near`
    together, no more than their whole drop holds deaths of those at risk, printed or left by falls and marks until
    then.
    """
    times, counts = (np.array(v, float) for v in curve.at_risk or ((0.0,), (n,)))
    groups = np.split(np.arange(len(curve.time)), np.flatnonzero(np.diff(curve.time) > near) + 1)
    kept, after, level = [], [], 1.0
    for group in (g for g in groups if len(g)):
        time, lowest = curve.time[group], float(curve.survival[group[-1]])
        printed = counts[np.clip(np.searchsorted(times, time[0], side="right") - 1, 0, None)]
        left = n - len(kept) - np.searchsorted(curve.censored, time[0] - near)
        most = int((level - lowest) / level * max(min(printed, left), 1) + 0.5) if level else 0
        if not most and lowest:
            continue
        drops = -np.diff(np.append(level, curve.survival[group]))
        mine = np.sort(np.argsort(-drops)[: max(most, 1)])
        kept += list(time[mine])
        after += [*curve.survival[group][mine[:-1]], lowest]
        level = lowest
    return np.array(kept), np.array(after)


def _distinct(reading):
    """Raises CohortError where curves of an image have one colour and meet: which is which beyond is not known."""
    for k, a in enumerate(reading.curves if reading.kind == "image" else []):
        for b in reading.curves[k + 1 :]:
            grid = np.linspace(0, min(a.end, b.end), 201)[1:]
            apart = np.abs(a.at(grid) - b.at(grid))[(a.at(grid) < APART) & (b.at(grid) < APART)]
            if a.colour == b.colour and (apart < MEET).any():
                rule = f"{a.name} and {b.name} have one colour and meet: which is which beyond is not known"
                action = "Take the figure as PDF or SVG, where a line is followed through."
                raise CohortError([_fault(reading, rule, action)])


def _pairs(reading, option, pairs, names) -> dict:
    found = {}
    for pair in pairs or ():
        name, _, value = str(pair).rpartition("=")
        if name not in names or not value.strip().isdecimal():
            action = did_you_mean(name, names) if name not in names else "Write NAME=NUMBER."
            raise CohortError([_fault(reading, f"{option} is not understood", action, str(pair))])
        found[name] = int(value)
    return found


def _fault(reading, rule, action, value="") -> Finding:
    return Finding(reading.file, rule, action, value=value)


def patients(reading: Reading, numbers=(), events=(), hr=None) -> tuple[str, list[str]]:
    """The CSV of pseudo-patients (arm, time in months, event), and sentences on the fit."""
    fits = fit_arms(arms_of(reading, numbers, events), hr)
    frames = [
        pd.DataFrame(
            {"arm": safe_text(f.arm.name), "time": reading.months(f.rows["AVAL"]), "event": 1 - f.rows["CNSR"]}
        )
        for f in fits
    ]
    table = pd.concat(frames, ignore_index=True).round({"time": 6})
    words = [f.sentence for f in fits]
    if len(fits) == 2:
        made = hazard_ratio(fits)
        against = f"; printed {hr:g}" if hr else ""
        words.append(f"hazard ratio of {fits[1].arm.name} against {fits[0].arm.name}: {made:.3f}{against}")
    return HEAD + table.to_csv(index=False, lineterminator="\n"), words

"""What is shown under the privacy profile strict in place of tables, figures and sentences."""

import math
from dataclasses import replace

from ..context import current
from ..release import is_strict, released
from ..results import Result, quantities
from ..text.language import language, say
from ..text.words import NOT_ESTIMABLE, NOT_REACHED, ledger_value

HELD = "Held back under the privacy profile strict."
STATISTICS = {
    "n": "n",
    "n_risk": "at risk",
    "events": "events",
    "count": "patients",
    "share": "share",
    "median": "median",
    "mean": "mean",
    "survival": "event-free",
    "hr": "HR",
    "tau": "up to",
    "ci_low": "95% CI from",
    "ci_high": "95% CI to",
    "acquired": "acquired",
    "primary": "primary",
    "not classified": "not classified",
    "not evaluable": "not evaluable",
}


def told(results: list[Result]) -> list[Result]:
    """The results as the run lets them be told."""
    return released(results, current().smallest) if is_strict() else results


def label_of(result: Result) -> str:
    """What a quantity is called in the language of the run."""
    entry = quantities()[result.quantity]
    return entry.get(language(), entry["label"])


def plain_table(table):
    """A table of nothing but what may be told: one row a result, its statistics in words; None where nothing may."""
    results = told(table.results)
    if not results:
        return None
    heads = ["What", "Endpoint", "Of", "Level", "At", "Numbers"]
    rows = [
        [label_of(r), r.endpoint, r.variable or r.by, r.level, "" if r.at is None else f"{r.at:g}", _numbers(r)]
        for r in results
    ]
    kept = [j for j in range(len(heads)) if any(row[j] for row in rows)]
    title = "; ".join(dict.fromkeys(row[0] for row in rows))
    note = say(
        "Privacy profile strict: counts are multiples of {step}, smaller ones are held back; estimates are rounded.",
        step=current().smallest,
    )
    return replace(
        table,
        title=title,
        columns=[say(heads[j]) for j in kept],
        rows=[[row[j] for j in kept] for row in rows],
        indent=[],
        spans=[],
        results=results,
        notes=[note],
        key=[],
    )


def _numbers(result) -> str:
    return "; ".join(f"{say(STATISTICS.get(name, name))} {_value(v)}" for name, v in result.values.items())


def _value(value) -> str:
    """A coarse number in as many digits as it has; whole ones without a point."""
    number = ledger_value(value)
    if number is None or math.isnan(number):
        return NOT_ESTIMABLE if number is not None else str(value)
    if math.isinf(number):
        return NOT_REACHED
    return f"{number:.0f}" if number == int(number) else f"{number:.4g}"

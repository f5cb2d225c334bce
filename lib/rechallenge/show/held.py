"""What is shown under the privacy profile strict in place of tables, figures and sentences."""

from dataclasses import replace

from ..context import current
from ..release import is_strict, released
from ..results import Result, quantities
from ..text.language import language, say
from ..text.words import ledger_value, significant

HELD = "Held back under the privacy profile strict."


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
    note = say("Privacy profile strict: counts are multiples of {step}, smaller ones are held back; estimates are rounded.",
               step=current().smallest)  # fmt: skip
    return replace(
        table, title=title, columns=[say(heads[j]) for j in kept], rows=[[row[j] for j in kept] for row in rows], indent=[], spans=[],
        results=results, notes=[note], key=[],
    )  # fmt: skip


def _numbers(result) -> str:
    return "; ".join(f"{name} {_value(v)}" for name, v in result.values.items())


def _value(value) -> str:
    shown = ledger_value(value)
    return shown if isinstance(shown, str) else significant(shown)

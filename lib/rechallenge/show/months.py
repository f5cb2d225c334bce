"""What a month is: said under whatever tells times in months where the months of a cohort are not the usual ones."""

from collections.abc import Iterable, Iterator

from papercheck.vocabulary.units import Calendar

from ..results import Result
from ..text.language import say
from .display import Shown


def month_note(calendar: Calendar) -> str:
    """How many days a month has."""
    return say("A month is {days} days.", days=f"{calendar.month:.7g}")


def with_month(made, inputs: Iterable):
    """What a section made, each table, figure or sentence in months with the length of the month where it is another.

    made : a Shown, several, or anything else, which stays as it is; inputs : what it was made of, of which one has a
        cohort.
    """
    inputs = list(inputs)
    calendar = next((found for found in map(_calendar, inputs) if found is not None), None)
    if calendar is None or calendar.usual:
        return made
    clocked = any(_unit(i) == "months" for i in inputs)
    for shown in _each(made):
        note = month_note(calendar)
        if note not in shown.notes and (clocked or any(map(_in_months, shown.results))):
            shown.notes = [*shown.notes, note]
    return made


def _each(made) -> Iterator[Shown]:
    if isinstance(made, Shown):
        yield made
    elif isinstance(made, list | tuple):
        for part in made:
            yield from _each(part)


def _calendar(source) -> Calendar | None:
    """The calendar of the cohort that something is, or was made of."""
    found = getattr(source, "calendar", None) or getattr(getattr(source, "cohort", None), "calendar", None)
    return found if isinstance(found, Calendar) else None


def _unit(source) -> str:
    """The unit of the times of an outcome, or of what holds one."""
    return getattr(getattr(source, "outcome", source), "unit", "")


def _in_months(result: Result) -> bool:
    """Whether a number is in months, at a month, or counted from one."""
    return "months" in result.units.values() or result.at is not None or bool(result.landmark)

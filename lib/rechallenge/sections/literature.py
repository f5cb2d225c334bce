"""What a report shows of the literature alone is made once a process: the same for every cohort."""

from functools import wraps
from inspect import signature

from ..text.language import language


def kept(make):
    """Decorate make(evidence, ...): what it made stays as long as the evidence does, one for each language.

    The reports of a batch are forks of a process that has it, as with load_cohort; nothing is kept on disk.
    """

    known = signature(make)

    @wraps(make)
    def once(evidence, *values, **named):
        asked = known.bind(evidence, *values, **named)
        asked.apply_defaults()
        key = make.__module__, make.__name__, *list(asked.arguments.values())[1:], language()
        if key not in evidence.made:
            evidence.made[key] = make(evidence, *values, **named)
        return evidence.made[key]

    return once

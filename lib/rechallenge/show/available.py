"""What a notebook calls: a sentence in place of what a cohort
cannot give, and the months of the cohort under what is shown.
"""

from functools import wraps
from inspect import signature

from papercheck.files.findings import NotAvailable

from ..derive.outcome import Outcome
from ..text.language import say
from ..text.words import listed
from .display import Missing
from .months import with_month

FACTORS = ("by", "factors")  # the arguments that name factors of an outcome


def available(function):
    """The function for notebooks: where the cohort lacks what it needs, it gives Missing in place of a result.

    A factor that is asked for (FACTORS) and is no column of the outcome is such a lack.
    """
    parameters = tuple(signature(function).parameters)

    @wraps(function)
    def given(*args, **kwargs):
        lacking = next((a for a in (*args, *kwargs.values()) if isinstance(a, Missing)), None)
        if lacking is not None:
            return lacking
        try:
            _needs_factors(dict(zip(parameters, args, strict=False)) | kwargs)
            return with_month(function(*args, **kwargs), (*args, *kwargs.values()))
        except NotAvailable as reason:
            return Missing(str(reason))

    return given


def _needs_factors(arguments):
    """Raises NotAvailable where the arguments name a factor that the outcome beside them does not have."""
    held = [a if isinstance(a, Outcome) else getattr(a, "outcome", None) for a in arguments.values()]
    outcome = next((o for o in held if isinstance(o, Outcome)), None)
    asked = [arguments.get(name) or () for name in FACTORS]
    names = [name for part in asked for name in ([part] if isinstance(part, str) else part)]
    if outcome is None:
        return
    lacking = [name for name in names if name not in outcome.rows and name not in outcome.later]
    if lacking:
        template = "needs {factors}, which this cohort does not have as a factor. It has {known}."
        raise NotAvailable(say(template, factors=listed(lacking), known=listed(outcome.cohort.factors)))

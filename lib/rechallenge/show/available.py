"""What a notebook calls: a sentence in place of what a cohort
cannot give, and the months of the cohort under what is shown.
"""

from functools import wraps

from papercheck.files.findings import NotAvailable

from .display import Missing
from .months import with_month


def available(function):
    """The function for notebooks: where the cohort lacks what it needs, it gives Missing in place of a result."""

    @wraps(function)
    def given(*args, **kwargs):
        lacking = next((a for a in (*args, *kwargs.values()) if isinstance(a, Missing)), None)
        if lacking is not None:
            return lacking
        try:
            return with_month(function(*args, **kwargs), (*args, *kwargs.values()))
        except NotAvailable as reason:
            return Missing(str(reason))

    return given

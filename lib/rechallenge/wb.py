"""The workbench of the notebooks: `from rechallenge import wb`, then what a section needs by name.

A function given what the cohort lacks does not fail: it gives one sentence on what is missing, and what is asked of that
is missing too (show/display.py). Frames and records are those of the library; nothing here computes.
"""

from collections.abc import Sequence

from .cohort.cohort import Cohort, load_cohort
from .derive import endpoints as _endpoints
from .derive.outcome import Outcome
from .derive.population import derive_population
from .sections import survival as _survival
from .show.display import available, show

__all__ = ["load_study", "outcome", "show"]


def load_study(cohort: str) -> Cohort:
    """The subjects of `data/<cohort>` who are analysed. Raises CohortError with every fault of the data."""
    return derive_population(load_cohort(cohort))


@available
def outcome(
    study: Cohort, endpoints: str | Sequence[str], unit="cohort", censor_at="last follow-up", landmark=0.0
) -> Outcome:
    """Time-to-event rows of one endpoint or several (see derive.endpoints.derive_endpoints)."""
    names = [endpoints] if isinstance(endpoints, str) else list(endpoints)
    return _endpoints.derive_endpoints(study, names, unit, censor_at, landmark)


survival_table = available(_survival.survival_table)

"""The workbench of the notebooks: `from rechallenge import wb`, then what a section needs by name.

A function given what the cohort lacks does not fail: it gives one sentence on what is missing, and what is asked of that
is missing too (show/display.py). Frames and records are those of the library; nothing here computes.
"""

from collections.abc import Sequence

from papercheck.audit import engine as _audit
from papercheck.literature import table as _literature
from papercheck.replicate import record as _record

from .cohort.cohort import Cohort, load_cohort
from .derive import endpoints as _endpoints
from .derive.outcome import Outcome
from .derive.population import derive_population
from .replication import beside as _beside
from .replication import verdict as _verdict
from .sections import literature_flow as _flow
from .sections import published as _published
from .sections import reconstruction as _reconstruction
from .sections import series as _series
from .sections import survival as _survival
from .sections import synthesis as _synthesis
from .sections import synthesis_checks as _checks
from .show.display import Data, available, show
from .text.words import plural

__all__ = ["load_study", "outcome", "rows", "show"]


@available
def rows(frame) -> Data:
    """A frame of the data, shown with how many rows it has."""
    return Data(frame, plural(len(frame), "row"))


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

# Published numbers
load_registry = available(_verdict.available_registry)
replicate = available(_verdict.replicate_study)
load_record = available(_record.available_record)
status_table = available(_published.status_table)
number_tables = available(_published.number_tables)
finding_tables = available(_published.finding_tables)
cited_table = available(_published.cited_table)
determined_table = available(_reconstruction.determined_table)
spread_tables = available(_reconstruction.spread_tables)
contradiction_tables = available(_reconstruction.contradiction_tables)


@available
def audit(registry) -> list:
    """What cannot be true of the numbers that a paper prints, found without any patient."""
    return _audit.audit_study(registry.name)[1]


# Evidence synthesis
load_evidence = available(_literature.load_evidence)
cohort_beside = available(_beside.cohort_beside)
trial_forest = available(_synthesis.trial_forest)
odds_table = available(_synthesis.odds_table)
model_table = available(_checks.model_table)
review_table = available(_checks.review_table)
level_table = available(_checks.level_table)
hang_table = available(_checks.hang_table)
entry_table = available(_checks.entry_table)
small_trials = available(_checks.small_trials)
rate_forest = available(_series.rate_forest)
medians_figure = available(_series.medians_figure)
regimen_figure = available(_series.regimen_figure)
promises_table = available(_series.promises_table)
prisma_figure = available(_flow.prisma_figure)
flow_table = available(_flow.flow_table)
blank_note = available(_flow.blank_note)

"""The workbench of the notebooks: `from rechallenge import wb`, then what a section needs by name.

A function given what the cohort lacks does not fail: it gives one sentence on what is missing, and what is asked of
that is missing too (show/display.py). Frames and records are those of the library; nothing here computes.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature

import pandas as pd

from papercheck.literature import table as _literature
from papercheck.replicate import record as _record

from .cohort.cohort import Cohort
from .cohort.cohort import load_cohort as _load_cohort
from .context import PRIVACY, current, in_a_run, running
from .derive import adverse_events as _adverse_events
from .derive import endpoints as _endpoints
from .derive import exposure as _exposure
from .derive import external as _outside
from .derive import interval as _intervals
from .derive import late_entry as _entry
from .derive import pairs as _pairs
from .derive import patterns as _patterns
from .derive import population as _study
from .derive import resistance as _classes
from .derive import response as _derived_response
from .derive import treatment as _treatment
from .derive.outcome import Outcome
from .derive.population import derive_attrition, derive_population
from .replication import beside as _beside
from .replication import verdict as _verdict
from .sections import alike as _alike
from .sections import anchored as _anchored
from .sections import calibration as _calibration
from .sections import causes as _causes
from .sections import centres as _centres
from .sections import claims as _claims
from .sections import course_times as _course_times
from .sections import curves as _curves
from .sections import discrimination as _discrimination
from .sections import effects as _effects
from .sections import emulation as _emulation
from .sections import event_groups as _event_groups
from .sections import evidence as _evidence
from .sections import external as _external
from .sections import external_response as _external_response
from .sections import forests as _forests
from .sections import glance as _glance
from .sections import histories as _histories
from .sections import imputation as _imputation
from .sections import interval_censored as _interval
from .sections import late_entry as _late
from .sections import later_factors as _later
from .sections import literature_flow as _flow
from .sections import multiverse as _multiverse
from .sections import nomogram as _nomogram
from .sections import one_sample as _one_sample
from .sections import other_tests as _tests
from .sections import paired as _paired
from .sections import planning as _planning
from .sections import population as _population
from .sections import published as _published
from .sections import reconstruction as _reconstruction
from .sections import regression as _regression
from .sections import resistance as _resistance
from .sections import resistance_figures as _resistance_figures
from .sections import resistance_patterns as _resistance_patterns
from .sections import response as _response
from .sections import response_alike as _response_alike
from .sections import response_figures as _response_figures
from .sections import response_groups as _response_groups
from .sections import safety as _safety
from .sections import safety_figures as _safety_figures
from .sections import series as _series
from .sections import shape as _shape
from .sections import small_samples as _small_samples
from .sections import study_medians as _study_medians
from .sections import subgroups as _subgroups
from .sections import survival as _survival
from .sections import synthesis as _synthesis
from .sections import synthesis_checks as _checks
from .sections import trial as _trial
from .sections import weighted_curves as _weighted_curves
from .sections import weighting as _weighting
from .show.available import available
from .show.display import Data, Missing, show
from .text.language import say
from .text.words import plural

__all__ = ["derive_attrition", "load_cohort", "load_study", "outcome", "rows", "show"]


def __getattr__(name):
    raise AttributeError(f"wb has no {name}. Notebooks of an older edition are replaced by: rechallenge init --update")


@available
def rows(frame: pd.DataFrame) -> Data:
    """A frame of the data, shown with how many rows of how many patients it has."""
    counted = plural(len(frame), "row")
    if "USUBJID" not in frame:
        return Data(frame, counted)
    patients = plural(frame["USUBJID"].nunique(), "patient")
    return Data(frame, say("{rows} of {patients}", rows=counted, patients=patients))


def _optional(function, *names):
    """`available`, for a function that does without some of its arguments where the cohort lacks them."""
    inner = available(function)

    @wraps(function)
    def given(*args, **kwargs):
        bound = signature(function).bind(*args, **kwargs)
        for name in names:
            if isinstance(bound.arguments.get(name), Missing):
                bound.arguments[name] = None
        return inner(*bound.args, **bound.kwargs)

    return given


def load_cohort(cohort: str) -> Cohort:
    """The subjects of `data/<cohort>`, as the privacy profile
    of the run lets them be seen; outside a run as `shared`.
    """
    if in_a_run():
        return _load_cohort(cohort)
    with running(replace(current(), privacy=PRIVACY[1])):
        return _load_cohort(cohort)


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


# Study population, baseline characteristics
baseline_table = available(_population.baseline_table)
flow_figure = available(_population.flow_figure)
missing_figure = available(_population.missing_figure)
missing_table = available(_population.missing_table)

# At a glance
first_picture = _optional(_glance.first_picture, "changes", "best")

# Response
best_change = available(_derived_response.derive_best_change)
change_notes = available(_response_figures.change_notes)
changes_left_out = available(_derived_response.changes_left_out)
changes_that_differ = available(_derived_response.changes_that_differ)
best_response = available(_derived_response.derive_best_response)
lanes = available(_exposure.derive_lanes)
response_flow_figure = available(_histories.response_flow_figure)
response_groups_table = available(_response_groups.response_groups_table)
response_table = available(_response.response_table)
spider_figure = _optional(_histories.spider_figure, "best")
swimmer_figure = _optional(_response_figures.swimmer_figure, "best")
waterfall_figure = _optional(_response_figures.waterfall_figure, "best")

# Time to event
censoring_table = available(_course_times.censoring_table)
competing_risks = available(_causes.competing_risks)
course_times_table = available(_course_times.course_times_table)
occupancy_figure = available(_histories.occupancy_figure)
response_duration_figure = available(_course_times.response_duration_figure)
gray_table = available(_causes.gray_table)
interval_methods_table = available(_survival.interval_methods_table)
landmark_table = available(_survival.landmark_table)
maturity_note = available(_survival.maturity_note)
mean_table = available(_small_samples.mean_table)
survival_figure = available(_curves.survival_figure)
survival_table = available(_survival.survival_table)

# Between two assessments
intervals = available(_intervals.derive_intervals)
interval_figure = available(_interval.interval_figure)
interval_table = available(_interval.interval_table)

# Both courses of the same patient
courses_table = available(_paired.courses_table)
pairs = available(_pairs.derive_pairs)
ratio_figure = available(_paired.ratio_figure)
ratio_table = available(_paired.ratio_table)

# Safety
adverse_event_table = available(_safety.adverse_event_table)
event_incidence_figure = available(_safety_figures.event_incidence_figure)
paired_bars_figure = available(_safety_figures.paired_bars_figure)
course_sizes = available(_adverse_events.course_sizes)
paired_events = available(_adverse_events.derive_paired_events)
recurrence_table = available(_paired.recurrence_table)
worst_grade = available(_adverse_events.derive_worst_grade)

# Resistance patterns
MODIFIERS = _patterns.MODIFIERS
model_factors = available(_patterns.model_factors)
resistance = available(_classes.classify)
agreement_figure = available(_resistance_figures.agreement_figure)
agreement_table = available(_multiverse.agreement_table)
class_flow_figure = available(_resistance_figures.class_flow_figure)
class_table = available(_resistance.class_table)
decision_table = available(_resistance.decision_table)
definitions_table = available(_resistance.definitions_table)
interaction_table = available(_resistance_patterns.interaction_table)
multiverse = available(_multiverse.multiverse)
multiverse_figure = available(_resistance_figures.multiverse_figure)
multiverse_table = available(_multiverse.multiverse_table)
pattern_model = available(_resistance_patterns.pattern_model)
pattern_table = available(_resistance_patterns.pattern_table)


def patterns(study: Cohort, resistance, definition: str = "first", oligo_lesions: int = 2) -> Cohort:
    """The study with the factors RESCLASS, PROGTYPE and TFI where it has them (see derive.patterns.derive_patterns); as
    it is where no class of resistance can be told."""
    if isinstance(resistance, Missing):
        return study
    return _patterns.derive_patterns(study, resistance.rows, definition, oligo_lesions)


# Subgroups
subgroup_factors = _study.subgroup_factors
firmness_table = available(_small_samples.firmness_table)
strip_figure = available(_histories.strip_figure)
subgroup_figures = available(_subgroups.subgroup_figures)
subgroup_table = available(_subgroups.subgroup_table)

# Prognostic factors
candidate_factors, joint_factors = _study.candidate_factors, _study.joint_factors
brief_forest = available(_forests.brief_forest)
calibration_figures = available(_calibration.calibration_figures)
centre_table = available(_centres.centre_table)
cox_table = available(_regression.cox_table)
discrimination_table = available(_discrimination.discrimination_table)
forest_figure = available(_forests.forest_figure)
model_discrimination = available(_discrimination.model_discrimination)
nomogram_figure = available(_nomogram.nomogram_figure)
multivariable_model = available(_regression.multivariable_model)
univariable_models = available(_regression.univariable_models)


@available
def firth_table(models: _regression.CoxModels):
    """Penalized estimates beside the ordinary ones (see
    sections.small_samples.firth_table); () where none is needed.
    """
    return _small_samples.firth_table(models.outcome, models.frame, models.penalized, models.joint)


# Missing factors
imputed_model = available(_imputation.imputed_model)
imputed_table = available(_imputation.imputed_table)

# Continuous factors
continuous_factors = available(_shape.continuous_factors)
cut_table = available(_shape.cut_table)
shape_figures = available(_shape.shape_figures)
shape_table = available(_shape.shape_table)

# What arises later
later_factors = available(_later.later_factors)
later_forest = available(_later.later_forest)
later_table = available(_later.later_table)
state_figures = available(_later.state_figures)

# Late entry
late_outcome = available(_entry.derive_late_entry)
late_figures = available(_late.late_figures)
late_medians = available(_late.late_medians)
late_ratios = available(_late.late_ratios)

# Treatment comparison
comparison = available(_treatment.derive_comparison)
weights = available(_treatment.derive_weights)
arm_table = available(_effects.arm_table)
balance_table = available(_weighting.balance_table)
balance_verdict = available(_weighting.balance_verdict)
effects = available(_effects.estimate_effects)
effects_table = available(_effects.effects_table)
love_figure = available(_weighting.love_figure)
overlap_figure = available(_weighting.overlap_figure)
target_trial_table = available(_trial.target_trial_table)
trial_warnings = available(_trial.trial_warnings)
weight_table = available(_weighting.weight_table)
weighted_figure = available(_weighted_curves.weighted_figure)

# The arms by other tests
hazards_verdict = available(_tests.hazards_verdict)
other_tests = available(_tests.other_tests)
pairs_table = available(_tests.pairs_table)
subdistribution_table = available(_tests.subdistribution_table)

# The arms made alike in several ways
alike_table = available(_alike.alike_table)
arms_alike = available(_alike.arms_alike)
balance_of_ways = available(_alike.balance_of_ways)
response_alike_table = available(_response_alike.response_alike_table)
tipping_table = available(_alike.tipping_table)

# Rechallenge against none
emulated = available(_emulation.emulated)
emulated_figure = available(_emulation.emulated_figure)
emulated_table = available(_emulation.emulated_table)
emulation_protocol = available(_emulation.emulation_protocol)
emulation_weights = available(_emulation.emulation_weights)

# All evidence at once
all_evidence = available(_evidence.all_evidence)
compare_evidence = available(_evidence.compare_evidence)
evidence_forest = available(_evidence.evidence_forest)
evidence_studies = available(_evidence.evidence_studies)
evidence_table = available(_evidence.evidence_table)

# Beside a published arm
anchored_table = available(_anchored.anchored_table)
compare_external = available(_external.compare_external)
external_arm = available(_outside.derive_external)
external_balance = available(_external.external_balance)
external_figure = available(_external.external_figure)
external_response = available(_external_response.external_response)
external_table = available(_external.external_table)
external_tests = available(_one_sample.external_tests)

# The next study
delayed_plan = available(_planning.delayed_plan)
mean_plan = available(_planning.mean_plan)
single_arm_plan = available(_planning.single_arm_plan)
two_arm_plan = available(_planning.two_arm_plan)

# Groups of adverse events
attribution_table = available(_event_groups.attribution_table)
event_group_table = available(_event_groups.event_group_table)
group_again_table = available(_event_groups.group_again_table)
organ_class_table = available(_event_groups.organ_class_table)

# Published numbers
load_registry = available(_verdict.available_registry)
replicate = available(_verdict.replicate_study)
load_record = available(_record.available_record)
headline_table = available(_published.headline_table)
status_table = available(_published.status_table)
number_tables = available(_published.number_tables)
claims_table = available(_claims.claims_table)
finding_tables = available(_published.finding_tables)
cited_table = available(_published.cited_table)
determined_table = available(_reconstruction.determined_table)
spread_tables = available(_reconstruction.spread_tables)
contradiction_tables = available(_reconstruction.contradiction_tables)


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
medians_figure = available(_study_medians.medians_figure)
regimen_figure = available(_series.regimen_figure)
promises_table = available(_series.promises_table)
prisma_figure = available(_flow.prisma_figure)
flow_table = available(_flow.flow_table)
blank_note = available(_flow.blank_note)

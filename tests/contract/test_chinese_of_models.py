"""Resistance, Cox models and treatment in Chinese: no English word in tables, notes and alternative texts."""

import re

import pytest

from rechallenge.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.patterns import CLASS, derive_patterns, model_factors
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import CLASSES, classify
from rechallenge.derive.treatment import derive_comparison, derive_weights
from rechallenge.sections import (
    effects,
    forests,
    multiverse,
    regression,
    resistance,
    resistance_figures,
    resistance_patterns,
    trial,
    weighted_curves,
    weighting,
)
from rechallenge.text.language import speaking

LATIN = re.compile(r"[A-Za-z][A-Za-z'-]{2,}")
PEOPLE = [
    "Cox",
    "Efron",
    "Wald",
    "Firth",
    "Holm",
    "Cohen",
    "Fleiss",
    "Kaplan-Meier",
    "Kish",
    "Crump",
    "Austin",
    "Stuart",
    "Xie",
    "Liu",
    "Lin",
    "Wei",
    "VanderWeele",
    "Ding",
    "Love",
    "Schoenfeld",
    "Wang",
    "Jung",
    "Lung-MAP",
    "Abstract",
    "Meier",
]  # names of persons, studies and sources
TERMS = [
    "Kappa",
    "kappa",
    "logistic",
    "log-log",
    "log-rank",
    "zph",
    "cox",
    "adsl",
    "landmark",
    "covariates",
]  # Latin in Chinese papers; names


def texts(shown):
    """Every text of a table, figure or note that a reader sees."""
    yield from (str(t) for t in [shown.title, *shown.notes, *(part for line in shown.key for part in line)])
    yield from (
        str(t) for t in [*getattr(shown, "columns", ()), *(c for row in getattr(shown, "rows", ()) for c in row)]
    )
    yield from (str(label) for label, _ in getattr(shown, "spans", ()))
    yield from (t for t in (getattr(shown, "alt", ""), getattr(shown, "text", "")) if isinstance(t, str))


def english(shown):
    """The words that are neither a code or an abbreviation, nor a name or a term that stays Latin."""
    words = {word for text in texts(shown) for word in LATIN.findall(re.sub(r"`[^`]*`|\(?doi:\S+|\S+\.yml", "", text))}
    return {w for w in words if not w.isupper() and w not in (*PEOPLE, *TERMS) and not re.fullmatch(r"[A-Z]+[a-z]?", w)}


@pytest.fixture(scope="module")
def chinese():
    with speaking("zh"):
        yield


@pytest.fixture(scope="module")
def xu(chinese):
    population = derive_population(load_cohort("xu-2023"))
    classes = classify(population)
    study = derive_patterns(population, classes.rows)
    return classes, study, derive_endpoints(study, ["PFSR"])


@pytest.fixture(scope="module")
def shi(chinese):
    compared = derive_comparison(derive_population(load_cohort("shi-2026")))
    return compared, derive_weights(compared)


@pytest.mark.slow
def test_resistance_is_said_in_chinese(xu):
    classes, _, outcome = xu
    compared = multiverse.multiverse(classes, outcome)
    for shown in (
        resistance.class_table(classes),
        resistance.decision_table(classes),
        multiverse.agreement_table(classes),
        multiverse.multiverse_table(classes, compared, outcome),
        resistance_patterns.interaction_table(outcome, ["PROGTYPE", "INTERIM"]),
        resistance_figures.multiverse_figure(compared, outcome),
        resistance_figures.class_flow_figure(classes),
        resistance_figures.agreement_figure(classes),
    ):
        assert english(shown) == set(), shown.id


def test_the_clause_that_decided_is_said_in_chinese_and_the_class_is_not_a_word(xu):
    classes, _, _ = xu
    assert set(classes.rows["RESCLASS"]) <= set(CLASSES)
    assert not {w for rule in classes.rows["RULE"].unique() for w in LATIN.findall(rule) if w.islower()}


@pytest.mark.slow
def test_cox_models_are_said_in_chinese(xu):
    _, study, outcome = xu
    joint = regression.multivariable_model(outcome, model_factors(study, [CLASS, "PROGTYPE", "INTERIM"]), ["Age"])
    single = regression.univariable_models(outcome, [CLASS, "PROGTYPE"])
    for shown in (
        resistance_patterns.pattern_model(joint),
        regression.cox_table(single),
        forests.forest_figure(single),
    ):
        assert english(shown) == set(), shown.id


@pytest.mark.slow
def test_the_comparison_of_arms_is_said_in_chinese(shi):
    compared, weighted = shi
    found = effects.estimate_effects(compared, weighted, replicates=100)
    for shown in (
        trial.target_trial_table(compared, weighted),
        *trial.trial_warnings(compared),
        weighting.overlap_figure(compared, weighted),
        weighting.weight_table(compared, weighted),
        weighting.balance_table(compared, weighted),
        weighting.balance_verdict(compared, weighted),
        weighting.love_figure(compared, weighted),
        effects.arm_table(found),
        effects.effects_table(found),
        weighted_curves.weighted_figure(found),
    ):
        assert english(shown) == set(), shown.id

"""Reconstructions beyond the print: what is said in words, ties
at printed medians, the law of what is free, the middle.
"""

import numpy as np
import pytest
import yaml
from scipy.stats import weibull_min

from papercheck.reconstruction import anneal
from papercheck.reconstruction.ensemble import most_central
from papercheck.reconstruction.label_claims import holds, impose
from papercheck.reconstruction.law import SHAPE, draw_law, follow_up_against_scale
from papercheck.reconstruction.tables import LabelModel
from papercheck.registry.declared import Claim
from papercheck.registry.registry import load_registry
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, median
from smallsurv.logrank import log_rank

HEAD = {"title": "Test", "n": 60, "time_unit": "months", "grid": 0.1, "paper_interval": "spss"}
FACTORS = {"ARM": {"levels": ["A", "B"]}, "OLD": {"levels": ["N", "Y"]}}


def entry(statistic, **keys):
    parts = {k: keys.pop(k) for k in ("estimate", "ci", "p", "count", "percent") if k in keys}
    name = "_".join([statistic, *(str(v) for v in keys.values())])
    return {"id": name, "statistic": statistic, **keys, "printed": [{"at": "Text", **parts}]}


@pytest.fixture
def registry(tmp_path):
    def write(numbers, claims=(), **keys):
        path = tmp_path / "study.yml"
        claims = [{"at": "Text", "text": "so it is said", **claim} for claim in claims]
        raw = {**HEAD, "factors": FACTORS, **keys, "claims": claims, "numbers": numbers}
        path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
        return load_registry(path)

    return write


MEDIAN = entry("median_survival", endpoint="PFSR", estimate="6.0")
PFSR = {"endpoint": "PFSR"}


def wald(rows, by, other):
    columns = np.column_stack([rows[c] == rows[c].cat.categories[1] for c in (by, other)]).astype(float)
    fit = cox_fit(rows["AVAL"], (rows["CNSR"] == 0).to_numpy(), columns)
    return fit.coef[0] / np.sqrt(fit.covariance[0, 0])


@pytest.mark.parametrize("longer", ["", "N", "Y"])
def test_an_independent_factor_is_one_in_the_joint_model_and_on_the_side_that_is_said(registry, longer):
    claim = {"kind": "independent", **PFSR, "by": "OLD", "beside": ["ARM"]} | ({"longer": longer} if longer else {})
    for seed in (1, 2):
        found = anneal.reconstruct(registry([MEDIAN], [claim]), seed=seed)
        z = wald(found.adtte("PFSR"), "OLD", "ARM")
        assert found.whole and len(found.imposed) == 1 and abs(z) > 1.9599
        assert not longer or (z < 0) == (longer == "Y")  # a hazard below that of N


def test_a_difference_has_a_small_p_and_the_longer_median_and_no_difference_has_none(registry):
    claims = [
        {"kind": "difference", **PFSR, "by": "ARM", "longer": "B", "where": {"OLD": "Y"}},
        {"kind": "no_difference", **PFSR, "by": ["OLD"]},
    ]
    found = anneal.reconstruct(registry([MEDIAN], claims), seed=3)
    rows = found.adtte("PFSR")
    old = rows[rows["OLD"] == "Y"]
    medians = {a: median(kaplan_meier(g["AVAL"], g["CNSR"] == 0))[0] for a, g in old.groupby("ARM", observed=True)}
    assert found.whole and len(found.imposed) == 2 and medians["B"] > medians["A"]
    assert log_rank(old, "ARM")["p"].iloc[0] < 0.05 <= log_rank(rows, "OLD")["p"].iloc[0]


def test_a_claim_is_given_up_before_a_print(registry):
    numbers = [MEDIAN, entry("log_rank", endpoint="PFSR", by="ARM", p="0.70")]
    claims = [
        {"kind": "difference", **PFSR, "by": "ARM"},
        {"kind": "independent", **PFSR, "by": "OLD", "beside": ["ARM"]},
    ]
    found = anneal.reconstruct(registry(numbers, claims), seed=4, effort=(3, 8000))
    assert found.whole and [c.kind for c in found.imposed] == ["independent"]
    assert [(c.kind, why) for c, why in found.not_imposed] == [("difference", anneal.NOT_FOUND)]


def test_what_the_search_cannot_compute_is_named_with_the_reason(registry):
    factors = FACTORS | {"SITE": {"levels": ["A", "B", "C"]}}
    claims = [{"kind": "independent", **PFSR, "by": "SITE", "beside": ["ARM"]}]
    found = anneal.reconstruct(registry([MEDIAN], claims, factors=factors), seed=1)
    ((claim, why),) = found.not_imposed
    assert claim.by == ("SITE",) and "more than two levels" in why and found.imposed == ()


@pytest.mark.parametrize("grid", [0.01, 0.1])
def test_no_more_patients_tie_at_a_printed_median_than_the_grid_asks_for(registry, grid):
    numbers = [
        entry("median_survival", endpoint="PFSR", estimate="7.1"),
        entry("median_survival", endpoint="PFSR", estimate="5.2", where={"ARM": "A"}),
        entry("median_survival", endpoint="OS", estimate="19.4"),
        entry("log_rank", endpoint="PFSR", by="ARM", p="0.02"),
    ]
    study = registry(numbers, grid=grid)
    found = anneal.reconstruct(study, seed=5)
    assert found.whole
    for rows in found.outcomes.values():
        # an even draw of 60 times on this grid ties so many at one place with a chance below one in a thousand
        assert rows["AVAL"].value_counts().max() <= (3 if grid == 0.01 else 5)
    early, late = found.outcomes["PFSR"], found.outcomes["OS"]
    assert ((late["AVAL"] <= early["AVAL"]) & (late["CNSR"] == 0)).sum() <= 2  # death on the day of progression is rare


def test_the_law_of_follow_up_leaves_the_share_of_censored_that_is_asked(registry):
    for censored, early, shape in ((0.1, 0.2, 1.0), (0.4, 0.5, 0.7), (0.85, 0.1, 1.5), (0.02, 0.1, 0.7)):
        x = follow_up_against_scale(censored, early, shape)
        ends = np.linspace(early * x, x, 20_001)
        assert np.exp(-(ends**shape)).mean() == pytest.approx(censored, abs=1e-3)
    problem = anneal.pose(registry([MEDIAN, entry("median_follow_up", endpoint="PFSR", estimate="14.0")]), "PFSR")
    law = draw_law(problem, np.random.default_rng(1))
    assert (law.first + law.last) / 2 == pytest.approx(140)  # steps of 0.1 months
    unreached = anneal.pose(registry([entry("median_survival", endpoint="OS", estimate="NR"), MEDIAN]), "OS")
    law = draw_law(unreached, np.random.default_rng(1))
    assert 1.5 * 60 <= law.last <= 3 * 60 and law.scale * np.log(2) ** (1 / law.shape) > law.last


def test_a_start_is_drawn_by_the_law_and_nobody_is_censored_before_the_first_end(registry):
    problem, rng = anneal.pose(registry([MEDIAN]), "PFSR"), np.random.default_rng(2)
    shares, meant = [], []
    for _ in range(200):
        law = draw_law(problem, rng)
        time, event, _ = problem.draw(rng, law)
        shares.append(1 - event.mean())
        ends = np.linspace(law.first, law.last, 500)
        meant.append(np.exp(-((ends / law.scale) ** law.shape)).mean())
        assert time[~event].min(initial=10**6) >= round(law.first)
    assert np.mean(shares) == pytest.approx(np.mean(meant), abs=0.012)  # of 12,000 subjects: standard error 0.004
    low, high = problem.alive  # times reach four times the largest printed one, so that a few must be left
    assert low <= min(meant) < 0.1 and 0.45 < max(meant) <= high + 0.01


def test_the_shape_of_the_law_is_drawn_and_its_median_is_the_printed_one(registry):
    problem, rng = anneal.pose(registry([MEDIAN]), "PFSR"), np.random.default_rng(3)
    laws = [draw_law(problem, rng) for _ in range(100)]
    assert all(law.scale * np.log(2) ** (1 / law.shape) == pytest.approx(problem.middle) for law in laws)
    low, high = SHAPE
    assert low < min(law.shape for law in laws) < 0.8 and 1.3 < max(law.shape for law in laws) < high


@pytest.mark.parametrize("shape", [0.7, 1.0, 1.5])
def test_the_density_of_the_law_is_that_of_weibull_times_behind_the_floor(shape):
    from papercheck.reconstruction.anneal_search import Chance, Freedom, log_law

    one, none, no_labels = np.ones(1, bool), np.zeros(1, bool), np.zeros((0, 1), bool)
    freedom = Freedom(
        np.array([20]), np.array([10**6]), one, np.zeros(0, np.int64), no_labels, np.zeros(0, np.int64), True
    )
    chance = Chance(50.0, shape, 30.0, 90.0, one, 0, 1)
    for time in (21, 50, 200):
        known = weibull_min.logpdf(time - 20, shape, scale=50)
        assert log_law(chance, freedom, 0, time, True) == pytest.approx(known)
    alive = log_law(chance._replace(doomed=none), freedom, 0, 40, False)
    assert alive == pytest.approx(weibull_min.logsf(20, shape, scale=50) - np.log(61))  # one of 61 even ends


def test_an_unprinted_number_of_events_keeps_the_law_beside_a_print_that_lets_no_single_move_pass(registry):
    numbers = [
        MEDIAN,
        *(entry("median_survival", **PFSR, estimate=e, where={"ARM": x}) for e, x in (("7.3", "A"), ("4.8", "B"))),
        entry("log_rank", **PFSR, by="ARM", p="0.283"),
    ]
    study = registry(numbers, n=40)
    found = [anneal.reconstruct(study, ["PFSR"], seed=seed) for seed in range(8)]
    assert all(each.whole for each in found)
    # the law leaves up to a half censored; a search that turns events at will left a third and seldom below a quarter
    censored = [each.outcomes["PFSR"]["CNSR"].mean() for each in found]
    assert np.mean(censored) < 0.29 and min(censored) < 0.15


def test_the_most_central_solution_is_in_the_middle_most_of_all_of_the_primary_endpoint():
    values = [
        ("PFSR", "events", "", np.array([5.0, 6, 7, 8, 6])),
        ("PFSR", "hr", "x", np.array([0.3, 0.9, 0.5, 0.2, np.nan])),  # no value is as far as can be
        ("OS", "median", "", np.array([np.inf, np.inf, np.inf, 9, np.inf])),
        ("OS", "events", "", np.array([3.0, 3, 3, 3, 3])),
    ]
    assert most_central(values) == 2 and most_central([]) == 0
    first, other = np.array([1.0, 2, 4, 6, 7, 5, 3]), np.array([1.0, 4, 5, 2, 3, 7, 6])
    values = [("PFSR", "events", "", first), *[("OS", "events", group, other) for group in "abcde"]]
    assert most_central(values) == 1 and most_central(values, "PFSR") == 2
    assert most_central(values, "PFSR", np.array([1, 1, 1, 0, 0, 0, 0])) in (3, 4, 5, 6)
    many = np.arange(40.0)  # the middle of the others is an extreme of the primary endpoint: the next best is taken
    values = [("PFSR", "events", "", np.roll(many, 20)), *[("OS", "events", group, many) for group in "abcdefgh"]]
    assert 20 - most_central(values, "PFSR") not in (0, 1, 39)
    other = np.arange(11.0)
    other[[5, 10]] = other[[10, 5]]  # the middle of the primary endpoint is at an end of another quantity
    for row in (other, np.where(other == 10, np.nan, other)):
        assert most_central([("PFSR", "events", "", np.arange(11.0)), ("", "size", "x", row)], "PFSR") in (4, 6)


COUNTS = [
    entry("count", event={"AEDECOD": term, "APHASE": course}, count=str(k))
    for term, course, k in (("Rash", "INITIAL", 9), ("Cough", "INITIAL", 4), ("Rash", "RECHALLENGE", 5))
]


@pytest.mark.thorough
def test_claims_of_counts_hold_or_are_asked_for_and_never_cost_a_printed_count(registry):
    study = registry([*COUNTS, entry("count", where={"ARM": ["A", "B"]}, count="12")], n=12)
    make = lambda **claim: Claim.model_validate(  # noqa: E731
        {"at": "Text", "text": "x", **claim}, context={"levels": {"ARM": ("A", "B"), "OLD": ("N", "Y")}}
    )
    labels = LabelModel(study).solve(1)
    assert holds(make(kind="most_common", course="INITIAL", terms=["rash"]), labels)
    assert not holds(make(kind="most_common", course="INITIAL", terms=["Cough"]), labels)
    assert holds(make(kind="fewer", course="RECHALLENGE"), labels)
    for level in "AB":
        common, model = make(kind="most_common", by="ARM", longer=level), LabelModel(study)
        model.claims.append(impose(model, common))
        found = model.solve(1)
        assert holds(common, found) and not found.missed
    model, false = LabelModel(study), make(kind="most_common", course="INITIAL", terms=["Cough"])
    model.claims.append(impose(model, false))
    found = model.solve(1)
    assert not found.missed and not holds(false, found)

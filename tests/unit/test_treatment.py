"""The treatment that cohort.yml declares, the comparison of its
arms, the landmark, and what section 09 says of bad data.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from papercheck.registry.registry import load_registry
from rechallenge.cohort import CohortError, NotAvailable, load_cohort
from rechallenge.cohort.cohort import cohort_meta
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.derive.treatment import checked_replicates, derive_comparison, derive_weights
from rechallenge.run.build import build_report
from rechallenge.run.sections import find_sections, parse_parameters
from rechallenge.sections.effects import arm_table, effects_table, estimate_effects
from rechallenge.sections.regression import cox_table, univariable_models
from rechallenge.sections.survival import survival_table
from rechallenge.sections.trial import target_trial_table, trial_warnings
from rechallenge.sections.weighted_curves import _is_banded, weighted_figure
from rechallenge.sections.weighting import balance_table, balance_verdict, needs_scores, weight_table
from rechallenge.text.words import rounded
from smallsurv.comparison import WEIGHT, _areas, covariate_balance
from smallsurv.cox_models import cox_univariable

ARM = "  ARM: {label: Regimen, levels: {A: Old, B: New}}\n"
YML = (
    f"title: T\ntime_unit: months\nprimary_endpoint: PFSR\nfactors:\n{ARM}treatment: {{arm: ARM, covariates: [AGE,"
    " SEX]}\n"
)


def subjects(n=40, **change):
    """adsl of n subjects in two arms; change : column=function(i, row) over the plain value, None for a missing one."""
    rng, rows = np.random.default_rng(1), []
    for i in range(n):
        row = {"USUBJID": f"S{i:02d}", "ARM": "AB"[i % 2], "AGE": int(rng.integers(40, 80)), "SEX": "MF"[int(rng.integers(2))],
               "PFSR": round(float(rng.exponential(6)) + 0.1, 1), "PFSR_EVENT": int(rng.random() < 0.7)}  # fmt: skip
        rows.append(row | {k: f(i, row) for k, f in change.items()})
    lines = [",".join(rows[0])] + [",".join("" if v is None else str(v) for v in r.values()) for r in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture
def study(write_cohort):
    """study(yml=..., **change) is the population of a cohort written on the fly."""

    def make(yml=YML, n=40, **change):
        write_cohort(yml=yml, adsl=subjects(n, **change))
        return derive_population(load_cohort("c"))

    return make


def test_an_arm_of_two_of_whom_one_lacks_a_covariate_is_told_with_both_numbers(study):
    cohort = study(n=12, ARM=lambda i, row: "B" if i < 2 else "A", AGE=lambda i, row: row["AGE"] if i else None)
    with pytest.raises(NotAvailable, match="New has 1 with every covariate known, and 2 in all. Age .*is missing in 1"):
        derive_comparison(cohort)


def effects_of(cohort, **asked):
    trial = derive_comparison(cohort, **asked)
    return estimate_effects(trial, derive_weights(trial), replicates=100)


# cohort.yml


def test_the_treatment_may_be_one_word(study):
    assert study(YML.replace("{arm: ARM, covariates: [AGE, SEX]}", "ARM")).meta.treatment.arm == "ARM"


@pytest.mark.parametrize(
    "entry, words",
    [
        ("AGE", "not a factor with levels"),
        ("{covariates: [AGE]}", "not a factor with levels"),
        ("{arm: ARM, covariate: [AGE]}", "unknown key"),
        ("{arm: ARM, covariates: AGE}", "expected a list"),
        ("{arm: ARM, covariates: [AGEE]}", "not a factor"),
        ("{arm: ARM, covariates: [ARM]}", "the arm itself"),
        ("{arm: ARM, covariates: [AGE, AGE]}", "stands twice"),
        ("{arm: ARM, decided: later}", "unknown value"),
        ("[ARM]", "the name of a factor"),
    ],
)
def test_a_wrong_treatment_is_named_at_the_door(write_cohort, entry, words):
    write_cohort(yml=YML.replace("{arm: ARM, covariates: [AGE, SEX]}", entry), adsl=subjects())
    with pytest.raises(CohortError, match=words) as error:
        load_cohort("c")
    assert error.value.findings[0].file == "cohort.yml" and error.value.findings[0].row == 6


def test_a_reconstructed_cohort_carries_the_treatment_of_its_registry():
    weights, treatment = load_registry("shi-2026").own["weights"], cohort_meta("shi-2026").treatment
    assert (treatment.arm, list(treatment.covariates)) == (weights["treatment"], weights["covariates"])
    assert treatment.note == weights["note"]


# who is compared


def test_without_a_treatment_one_sentence_says_what_to_declare(study):
    with pytest.raises(NotAvailable, match="needs a treatment: name the factor that holds the arms"):
        derive_comparison(study(YML.split("treatment")[0]))


def test_covariates_are_those_asked_else_declared_else_the_usual_ones(study):
    cohort = study()
    assert derive_comparison(cohort, covariates=["SEX"]).covariates == ("SEX",)
    assert derive_comparison(cohort).covariates == ("AGE", "SEX")
    assert derive_comparison(study(YML.replace(", covariates: [AGE, SEX]", ""))).covariates == ("AGE", "SEX")
    assert derive_comparison(cohort, arm="SEX").covariates == ("AGE",)


def test_the_reference_level_is_the_control(study):
    assert derive_comparison(study()).levels == ("A", "B")
    yml = YML.replace("{A: Old, B: New}", "{A: Old, B: New}, reference: B")
    assert derive_comparison(study(yml)).levels == ("B", "A")


@pytest.mark.slow
def test_nobody_is_dropped_without_a_count(study):
    cohort = study(ARM=lambda i, r: None if i < 5 else r["ARM"], AGE=lambda i, r: None if 5 <= i < 12 else r["AGE"])
    trial = derive_comparison(cohort)
    assert (trial.without_arm, trial.missing, len(trial.everyone), len(trial.rows)) == (5, {"AGE": 7}, 35, 28)
    text = target_trial_table(trial, derive_weights(trial)).text()
    assert "5 patients without a recorded arm left out." in text
    assert "7 patients of 35 with a missing covariate left out (Age 7 (20.0%))" in text
    rows = effects_table(effects_of(cohort)).rows
    assert [r[1] for r in rows] == ["35", "28", "28", "28", "28", "28"]


def test_a_covariate_missing_in_half_of_the_patients_is_warned_of(study):
    cohort = study(AGE=lambda i, r: None if i < 20 else r["AGE"])
    said = " ".join(note.text for note in trial_warnings(derive_comparison(cohort)))
    assert "Age: missing in half of the patients or more" in said


def test_a_constant_covariate_is_left_out_and_named(study):
    cohort = study(SEX=lambda i, r: "M")
    trial = derive_comparison(cohort)
    assert (trial.covariates, trial.constant) == (("AGE",), ("SEX",))
    text = target_trial_table(trial, derive_weights(trial)).text()
    assert "The same in every patient, so not in the model: Sex." in text


@pytest.mark.parametrize(
    "change, words",
    [
        ({"ARM": lambda i, r: "B" if i == 3 else "A"}, "at least 2 patients in each arm: New has 1"),
        ({"ARM": lambda i, r: "A"}, "two arms: Regimen has 1 arm"),
        ({"ARM": lambda i, r: None}, "no patient has a value"),
        ({"AGE": lambda i, r: None if r["ARM"] == "B" else 50}, "Age is missing in 20 of 40: leave it out"),
    ],
)
def test_arms_that_cannot_be_compared_are_one_sentence(study, change, words):
    with pytest.raises(NotAvailable, match=words):
        derive_comparison(study(**change))


def test_an_endpoint_without_events_is_one_sentence(study):
    with pytest.raises(NotAvailable, match="at least one event of PFSR"):
        effects_of(study(PFSR_EVENT=lambda i, r: 0))


@pytest.mark.slow
def test_an_arm_without_events_keeps_its_curve_and_says_why_there_is_no_ratio(study):
    effects = effects_of(study(PFSR_EVENT=lambda i, r: int(r["ARM"] == "A")))
    table = effects_table(effects)
    assert [r[3] for r in table.rows if "Firth" not in r[0]] == ["NE"] * 4
    assert [r[3] == "NE" for r in table.rows if "Firth" in r[0]] == [False, False]
    assert "separated: no event in this level." in table.text() and "read the curves, the log-rank test" in table.text()
    assert "NR" in arm_table(effects).rows[0] and weighted_figure(effects).figure is not None


@pytest.mark.parametrize(
    "lost, at_risk, free, banded",
    [(0, 5, False, True), (0, 4, False, False), (900, 5, False, False), (0, 5, True, False)],
)
def test_bands_are_told_only_where_there_are_any(lost, at_risk, free, banded):
    """Of arms of 3 there is no band, nor where too many resamples are lost, nor of pseudo-patients."""
    draws = SimpleNamespace(medians=range(1000))
    effects = SimpleNamespace(free=free, unweighted=lost, draws=draws)
    assert _is_banded(effects, {"A": SimpleNamespace(n_risk=np.array([at_risk, 1]))}) == banded


@pytest.mark.slow
def test_long_names_of_arms_are_whole_beside_their_numbers_and_apart(study, monkeypatch):
    from rechallenge.sections import weighted_curves
    from rechallenge.show.figures.place import laid_out

    names = [
        "帕博利珠单抗或信迪利单抗联合安罗替尼口服抗血管生成靶向治疗方案组",
        "A regimen with a name that takes three lines, as long",
    ]
    effects = effects_of(study())
    monkeypatch.setattr(weighted_curves, "arm_labels", lambda _: names)
    figure = weighted_figure(effects).figure
    renderer = laid_out(figure)
    for table in figure.axes[1:]:
        ticks = table.get_yticklabels()
        said = [tick.get_text() for tick in ticks]
        assert [text.replace("\n", "" if text[0] > "z" else " ") for text in said] == names
        above, below = (tick.get_window_extent(renderer) for tick in ticks)
        assert above.y0 > below.y1 + 3


@pytest.mark.slow
def test_separation_names_the_level_and_what_to_do_and_leaves_the_rest(study):
    cohort = study(SEX=lambda i, r: "M" if r["ARM"] == "A" else "MF"[i // 2 % 2])
    trial = derive_comparison(cohort)
    weighted = derive_weights(trial)
    with pytest.raises(
        NotAvailable, match="all 10 patients with Sex Female in the arm New.* Leave such a covariate out"
    ):
        needs_scores(trial, weighted)
    assert len(effects_table(estimate_effects(trial, weighted)).rows) == 3  # with the penalized one
    assert "Sex: Female" in balance_table(trial, weighted).text()


@pytest.mark.slow
def test_more_coefficients_than_events_is_a_sentence(study):
    table = effects_table(effects_of(study(PFSR_EVENT=lambda i, r: int(i in (3, 6)))))
    ratios = {row[0]: row[3] for row in table.rows}
    assert (
        ratios["Cox, adjusted for the covariates"] == "NE" != ratios["Cox, adjusted, Firth's penalty"]
        and "3 coefficients for 2 events" in table.text()
    )


def test_extreme_weights_and_failed_balance_are_said_with_what_to_do(study):
    rng = np.random.default_rng(3)
    cohort = study(AGE=lambda i, r: int((70 if r["ARM"] == "A" else 50) + rng.normal(0, 12)))
    trial = derive_comparison(cohort)
    weighted = derive_weights(trial)
    text = weight_table(trial, weighted).text()
    assert "Positivity:" in text and "Extreme weights:" in text and "truncate=1,99" in text
    assert balance_verdict(trial, weighted).text.startswith("Balance failed")
    overlap = derive_weights(trial, "overlap")
    assert balance_verdict(trial, overlap).text.startswith("Balance reached")


def test_the_largest_difference_is_named_with_the_covariate_that_has_it(study):
    rng = np.random.default_rng(3)
    trial = derive_comparison(study(AGE=lambda i, r: int((70 if r["ARM"] == "A" else 50) + rng.normal(0, 12))))
    weighted = derive_weights(trial, "overlap")
    rows = covariate_balance(weighted)
    largest = rows["smd"].abs().max()
    assert abs(rows.set_index("variable")["smd"]["AGE"]) == largest
    said = f"the largest standardized difference is {rounded(largest, 3)} (Age) before weighting and 0.000 after"
    assert said in balance_verdict(trial, weighted).text


@pytest.mark.slow
@pytest.mark.parametrize(
    "call, words",
    [
        (lambda c: derive_comparison(c, arm="AGE"), "AGE is a number"),
        (lambda c: derive_comparison(c, arm="ARMM"), "not a factor"),
        (lambda c: derive_comparison(c, covariates=["ARM"]), "the arm itself"),
        (lambda c: derive_comparison(c, covariates=["ZZ"]), "not a factor"),
        (lambda c: derive_weights(derive_comparison(c), "ATC"), "unknown estimand"),
        (lambda c: derive_weights(derive_comparison(c), "ATT", True), "stabilized weights are for the ATE"),
        (lambda c: derive_weights(derive_comparison(c), truncate=[99, 1]), "two percentiles"),
        (lambda c: checked_replicates(5), "5 replicates are too few"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(study, call, words):
    with pytest.raises(CohortError, match=words):
        call(study())


# immortal time and the landmark


@pytest.mark.parametrize(
    "decided, landmark, words",
    [
        ("", 0.0, "when the arms were decided is not declared"),
        ("after zero", 0.0, "immortal time"),
        ("after zero", 1.0, "within 1 month of time zero"),
        ("at zero", 0.0, ""),
    ],
)
def test_arms_of_unknown_or_later_date_are_warned_of(study, decided, landmark, words):
    cohort = study(YML.replace("[AGE, SEX]}", f"[AGE, SEX], decided: {decided or '~'}}}"))
    said = [n.text for n in trial_warnings(derive_comparison(cohort, landmark=landmark))]
    assert len(said) == bool(words) and all(words in text for text in said)


def test_an_arm_made_from_the_outcome_is_known_late_and_one_from_the_earlier_course_is_not(study):
    group = '{{from: {}, cut: [6], levels: ["<6", ">=6"]}}'
    yml = YML.split("treatment")[0] + f"  LONG: {group.format('PFSR')}\n  FIRST: {group.format('PFS1')}\n"
    cohort = study(yml, PFS1=lambda i, r: 3 + i % 7, PFS1_EVENT=lambda i, r: 1)
    assert derive_comparison(cohort, arm="LONG").decided == "after zero"
    assert derive_comparison(cohort, arm="FIRST").decided == ""
    assert derive_comparison(cohort, arm="FIRST", endpoint="PFS1").decided == "after zero"
    assert derive_comparison(cohort, arm="ARM", covariates=["LONG", "SEX"]).late == ("LONG",)


def test_an_arm_that_starts_late_shows_in_the_first_events(study):
    cohort = study(PFSR=lambda i, r: r["PFSR"] + 6 * (r["ARM"] == "B"))
    said = " ".join(n.text for n in trial_warnings(derive_comparison(cohort)))
    assert "are all outside the arm New" in said


def test_the_order_of_times_that_were_drawn_is_no_warning(study):
    cohort = study(YML + "kind: pseudo\n", PFSR=lambda i, r: r["PFSR"] + 6 * (r["ARM"] == "B"))
    assert cohort.meta.kind == "pseudo"
    assert "outside the arm" not in " ".join(n.text for n in trial_warnings(derive_comparison(cohort)))


def test_a_landmark_keeps_who_is_at_risk_after_it_and_counts_from_it(write_cohort):
    adsl = "USUBJID,PFSR,PFSR_EVENT\nA,2.9,1\nB,3,1\nC,3,0\nD,3.1,1\nE,8,0\n"
    write_cohort(adsl=adsl)
    cohort = load_cohort("c")
    outcome = derive_endpoints(cohort, ["PFSR"], landmark=3.0)
    assert dict(zip(outcome.rows["USUBJID"], outcome.rows["AVAL"].round(6), strict=True)) == {"D": 0.1, "E": 5.0}
    assert (outcome.left_out, outcome.landmark) == ({"PFSR": (2, 1)}, 3.0)
    text = survival_table(outcome).text()
    assert (
        "3 months after the start of rechallenge; 2 patients with an event and 1 censored by then are left out" in text
    )
    assert "without PFSR left out" not in text


def test_a_landmark_in_months_is_the_same_in_days(write_cohort):
    write_cohort(adsl="USUBJID,PFSR,PFSR_EVENT\nA,2,1\nB,5,1\nC,7,0\n")
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"], "days", landmark=4.0)
    assert list(outcome.rows["AVAL"]) == pytest.approx([30.4375, 3 * 30.4375])


def test_a_landmark_behind_everybody_is_one_sentence(write_cohort):
    write_cohort()
    with pytest.raises(NotAvailable, match="still at risk at the landmark of 90 months"):
        derive_endpoints(load_cohort("c"), ["PFSR"], landmark=90)


def test_every_section_of_times_to_event_takes_the_landmark():
    taking = {s.number for s in find_sections() if "landmark" in s.parameters}
    assert {"05", "06", "07", "08", "09"} <= taking
    assert parse_parameters(["landmark=3"], find_sections(["09"])) == {"landmark": 3.0}
    with pytest.raises(CohortError, match="landmark is a number"):
        parse_parameters(["landmark=-1"], find_sections(["09"]))


def test_a_merged_column_does_not_lose_the_landmark(study):
    outcome = derive_comparison(study(), landmark=3.0).outcome
    merged = outcome.merge(pd.DataFrame({"USUBJID": outcome.rows["USUBJID"], "MARKER": 1.0}))
    assert merged.landmark == 3.0 and merged.left_out == outcome.left_out
    assert univariable_models(merged, ["ARM"]).label == "PFSR from 3 months on"
    table = cox_table(univariable_models(merged, ["ARM"]))
    assert {r.landmark for r in table.results} == {3.0} and any("from the landmark" in note for note in table.notes)


# the numbers behind the tables


@pytest.mark.slow
def test_the_frames_give_the_numbers_of_the_tables(study):
    cohort = study()
    trial, effects = derive_comparison(cohort), effects_of(cohort)
    weighted = derive_weights(trial)
    ratios = effects_table(effects).frame.set_index("model")["hr"]
    assert [rounded(hr, 3) for hr in ratios] == [row[3].split(" ")[0] for row in effects_table(effects).rows]
    sizes = weight_table(trial, weighted).frame.set_index("level")["effective_n"]
    assert [rounded(sizes[level], 1) for level in "BA"] == [row[2] for row in weight_table(trial, weighted).rows]
    balance = balance_table(trial, weighted).frame
    assert [rounded(x, 3) for x in balance["smd_weighted"]] == [row[-1] for row in balance_table(trial, weighted).rows]


def test_what_rests_on_a_free_covariate_is_free_and_nothing_else():
    trial = derive_comparison(derive_population(load_cohort("shi-2026")))
    weighted = derive_weights(trial)
    effects = estimate_effects(trial, weighted, replicates=100)
    free = {r.model: r.free for r in effects_table(effects).results if r.quantity == "effect.hazard_ratio"}
    assert free == {"unadjusted": False, "adjusted": True, "weighted": True, "weighted, bootstrap": True}
    assert [r.free for r in arm_table(effects).results] == [False, False, True, True, False, True]
    assert all(r.free for table in (weight_table, balance_table) for r in table(trial, weighted).results)


# the report


@pytest.fixture(scope="module")
def shi_folder(made_once):
    build = lambda out: build_report("shi-2026", ["replicates=200"], out=out, only=["09"])  # noqa: E731
    return made_once("shi", build) / "shi-2026"


@pytest.fixture(scope="module")
def shi(shi_folder):
    return (shi_folder / "report.html").read_text(encoding="utf-8")


TREATED, CONTROL = "Chemo-immunotherapy plus anti-angiogenesis", "Chemo-immunotherapy"


@pytest.mark.parametrize(
    "control, method, printed", [("6.06", "log-rank", "0.03"), ("6.89", "log-rank, weighted (Xie and Liu)", "0.01")]
)
def test_the_report_of_shi_2026_shows_the_printed_medians_and_p(shi, shi_folder, control, method, printed):
    said = (
        "P 0.01, as printed" if "weighted" in method else "P = "
    )  # what is weighted by a free choice has no P of its own
    assert f"median 11.49 ({TREATED}) against {control} ({CONTROL}) months; log-rank {said}" in shi
    ledger = pd.read_csv(shi_folder / "results.csv").query("item == 'PFSR' and statistic == 'p' and method == @method")
    assert rounded(float(ledger["value"].iloc[0])) == printed


@pytest.mark.parametrize(
    "words",
    [
        f" of 45 ({TREATED}) and ",
        f" of 56 ({CONTROL})",
        "Balance reached:",
        "Smoking status: Ever, % †",
        "These two are our choice",
    ],
)
def test_the_report_of_shi_2026_shows_balance_effective_size_and_what_is_free(shi, words):
    assert words in shi


@pytest.mark.slow
def test_a_cohort_without_arms_has_one_sentence(tmp_path):
    done = build_report("quzhou-2025", out=tmp_path, only=["09"])
    assert [s.name for s in done.unavailable] == ["09_treatment_comparison"] and not done.failed


@pytest.mark.slow
@pytest.mark.parametrize("late, said", [(True, True), (False, False)])
def test_a_hazard_ratio_of_hazards_that_are_not_proportional_says_so(study, late, said):
    """Without the drug all end early; with it one half earlier still and one half much later: the curves cross."""
    crossing = {"A": lambda i: 5 + i % 5 / 10, "B": lambda i: 1 + i / 100 if i % 4 < 2 else 20 + i}
    change = {"PFSR": lambda i, r: crossing[r["ARM"]](i), "PFSR_EVENT": lambda i, r: 1} if late else {}
    trial = derive_comparison(study(**change))
    effects = estimate_effects(trial, derive_weights(trial), replicates=200)
    p = cox_univariable(trial.rows, ["ARM"])["p_ph"].iloc[0]
    assert bool(p < 0.05) == said
    table = effects_table(effects)
    assert table.text().count("Hazards are not proportional") == said
    assert all(text.count("hazards not proportional") == said for _, text in table.key)
    means = [r for r in table.results if r.quantity == "survival.mean_difference"]
    assert table.text().count("Restricted means to") == said and [r.model for r in means] == ["", "weighted"] * said
    for result, weights in zip(means, (None, effects.weighted.rows[WEIGHT]), strict=False):
        low, high = (area(trial, effects.tau, level, weights) for level in trial.levels)
        assert (result["control"], result["treated"]) == pytest.approx((low, high), rel=1e-9)
        assert result["estimate"] == pytest.approx(high - low) and result["ci_low"] < high - low < result["ci_high"]


def area(trial, tau, level, weights):
    """The restricted mean of an arm by lifelines."""
    rows = trial.rows[trial.rows[trial.arm] == level]
    kept = None if weights is None else weights[rows.index]
    fit = KaplanMeierFitter().fit(rows["AVAL"], rows["CNSR"] == 0, weights=kept)
    return restricted_mean_survival_time(fit, t=tau)


def test_the_interval_of_weighted_means_holds_the_percentiles_of_the_areas_of_the_resampled_curves():
    survival, times = np.array([[[0.5, 0.0], [1.0, 0.5]], [[0.8, 0.8], [0.8, 0.2]]]), np.array([1.0, 3.0])
    assert _areas(survival, times, 4.0) == pytest.approx(np.array([[2.0, 3.5], [3.4, 2.8]]))
    assert _areas(survival, times, 3.0) == pytest.approx(np.array([[2.0, 3.0], [2.6, 2.6]]))


@pytest.mark.parametrize(
    "given", ["milestones=abc", "milestones=6,-1", "nomogram=soon", "rate_months=3,x", "calibration=[]"]
)
def test_a_list_of_months_takes_numbers_alone(given):
    with pytest.raises(CohortError, match="is a list of numbers from 0"):
        parse_parameters([given], find_sections())
    assert parse_parameters(["milestones=6,12", "factors=SEX"], find_sections()) == {
        "milestones": [6, 12],
        "factors": ["SEX"],
    }

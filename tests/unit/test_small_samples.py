"""What the sections say of few patients: exact P, penalized models, restricted means, firmness, paired courses."""

from dataclasses import replace

import numpy as np
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.adverse_events import derive_paired_events, derive_worst_grade
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.pairs import derive_pairs
from rechallenge.derive.population import candidate_factors, derive_population, model_coding
from rechallenge.sections.forests import brief_forest, forest_figure
from rechallenge.sections.paired import courses_table, plot_ratio, ratio_figure, ratio_table, recurrence_table
from rechallenge.sections.regression import cox_table, multivariable_model, univariable_models
from rechallenge.sections.small_samples import firmness_table, firth_table, mean_table
from rechallenge.sections.subgroups import subgroup_table
from rechallenge.show.style import new_figure
from smallsurv.cox_models import cox_multivariable, cox_univariable
from smallsurv.firth import firth_beside, offered_models

BOTH = "USUBJID,SEX,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT\n"
FOUR = BOTH + "A,M,2,1,4,1\nB,F,4,1,2,1\nC,M,3,1,5,0\nD,F,6,0,3,1\n"


@pytest.fixture(scope="module")
def quzhou():
    return derive_population(load_cohort("quzhou-2025"))


def pairs_of(study):
    return derive_pairs(derive_endpoints(study, ["PFSR", "PFS1"]))


@pytest.mark.slow
def test_the_exact_p_stands_beside_the_asymptotic_one_and_holm_beside_both(quzhou):
    table = subgroup_table(derive_endpoints(quzhou, ["PFSR"]), ["ECOG", "PDL1GR1"])
    assert table.columns[-3:] == ["Log-rank P", "Exact P", "Holm P"]
    assert [row[-3:] for row in table.rows if row[-1]] == [["0.004", "0.009", "0.017"], ["0.067", "0.081", "0.081"]]
    assert any("up to 1,287" in note for note in table.notes)


def test_a_larger_cohort_has_no_exact_p():
    lung = derive_population(load_cohort("ncctg-lung"))
    table = subgroup_table(derive_endpoints(lung, ["OS"]), ["SEX"])
    assert table.columns[-2:] == ["Log-rank P", "Holm P"] and table.rows[0][-2:] == ["0.001", "0.001"]


def test_the_share_of_longer_courses_by_hand(write_cohort):
    """Of three with a ratio, A (2) reaches 1.33, B (0.5) does not, C is censored at 1.67, beyond it."""
    write_cohort(adsl=FOUR)
    table = ratio_table(pairs_of(load_cohort("c")), 1.33)
    assert table.rows[0][:3] == ["By count", "3", "2"] and table.rows[0][3].startswith("66.7 (")
    assert "1 ratio censored, as PFSR is." in table.notes
    assert any("1 patient without an event on the first course" in note for note in table.notes)


def test_a_ratio_of_zero_is_refused_by_name(write_cohort):
    write_cohort(adsl=FOUR)
    with pytest.raises(CohortError, match="above 0"):
        ratio_table(pairs_of(load_cohort("c")), 0)


def test_the_comparison_says_which_row_is_valid(write_cohort):
    write_cohort(adsl=FOUR)
    table = courses_table(pairs_of(load_cohort("c")))
    assert [row[-1].split(":")[0].split(",")[0] for row in table.rows] == ["no", "yes", "yes", "yes"]


def test_censored_pairs_are_hollow_with_an_arrow_outwards(write_cohort):
    write_cohort(adsl=FOUR)
    _, axes = new_figure(3)
    plot_ratio(axes, pairs_of(load_cohort("c")).rows, 1.33)
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in hollow] == [(3, 5), (6, 3)]
    assert [text.get_position() for text in axes.texts] == [(0, 18), (18, 0)]
    alt = ratio_figure(pairs_of(load_cohort("c")), 1.33).alt
    assert "4 patients: 2 on or above the line of ratio 1.33" in alt


def test_a_cohort_with_one_course_says_what_it_needs(write_cohort):
    write_cohort()
    study = load_cohort("c")
    with pytest.raises(NotAvailable, match="PFS1 and PFSR"):
        pairs_of(study)


@pytest.mark.parametrize("tau, until", [(0.0, "5.00"), (3.0, "3.00")])
def test_the_mean_is_counted_up_to_the_declared_time_or_the_shortest_follow_up(write_cohort, tau, until):
    write_cohort(adsl=FOUR)
    study = load_cohort("c")
    table = mean_table(derive_endpoints(study, ["PFSR"]), tau)
    assert f"up to {until} months" in table.title
    # By hand: 2 months at 1, one at 3/4, and two more at 1/2 (3 to 4), 1/4 (4 to 5).
    assert table.rows[0][3].startswith({"5.00": "3.50", "3.00": "2.75"}[until])


def test_a_time_below_zero_or_no_event_is_said(write_cohort):
    write_cohort(adsl=FOUR)
    study = load_cohort("c")
    outcome = derive_endpoints(study, ["PFSR"])
    silent = outcome.with_rows(outcome.rows.assign(CNSR=1))
    with pytest.raises(CohortError, match="tau is a time"):
        mean_table(outcome, -1.0)
    with pytest.raises(NotAvailable, match="at least one event"):
        mean_table(silent)
    with pytest.raises(NotAvailable, match="two groups"):
        firmness_table(silent, ["SEX"])


def test_firmness_of_the_ecog_comparison(quzhou):
    row = firmness_table(derive_endpoints(quzhou, ["PFSR"]), ["ECOG"]).rows[0]
    least = np.exp((1.959964 + 0.841621) / np.sqrt(11 * 5 / 13 * 8 / 13))  # Schoenfeld 1981, 11 events, 5 of 13
    assert row[-2] == f"{least:.1f} or {1 / least:.2f}" and row[-1] == "2"


def test_penalized_models_are_those_that_are_separated_or_have_few_events(quzhou):
    outcome = derive_endpoints(quzhou, ["PFSR"])
    frame, coding = outcome.rows, model_coding(quzhou)
    single = cox_univariable(frame, ["AGE", "ECOG", "HIST", "METSITE"], **coding)
    assert offered_models(single, 13) == [["HIST"], ["METSITE"]]  # 11 events: one coefficient has enough
    assert offered_models(single, 501) == []
    joint = cox_multivariable(frame, ["AGE", "SEX", "ECOG"], **coding)
    assert offered_models(joint, 13) == [["AGE", "SEX", "ECOG"]]
    ecog = single[single["variable"] == "ECOG"]
    assert firth_table(outcome, ecog, firth_beside(frame, ecog, **coding), False) == ()
    table = firth_table(outcome, joint.frame, firth_beside(frame, joint, **coding), True)
    assert len(table.rows) == 3 and all(row[3] != "NE" for row in table.rows)
    assert {r.model for r in table.results} == {"multivariable, penalized"}


def test_the_forest_shows_the_penalized_estimate_beside_the_ordinary_one_or_in_its_place(write_cohort):
    adsl = "USUBJID,SEX,DISTMET,PFSR,PFSR_EVENT\n" + "".join(
        f"P{i},{'M' if i < 4 else 'F'},{'Y' if i % 2 else 'N'},{i + 1},1\n" for i in range(8)
    )
    write_cohort(adsl=adsl)
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["PFSR"])
    single = univariable_models(outcome, ["SEX", "DISTMET"])
    assert "separated" in single.frame["reason"].iloc[0] and not single.frame["reason"].iloc[1]
    alone, both = forest_figure(replace(single, penalized=single.penalized.iloc[:0])), forest_figure(single)
    assert "Sex" in alone.notes[1] and not both.notes[1] and "Diamonds" in both.notes[0]
    assert "2 hazard ratios" in both.alt and "Sex: Female against Male" in both.alt and "Firth" in both.alt
    texts = [[text.get_text() for text in figure.figure.texts] for figure in (alone, both)]
    assert "NE" in texts[0] and "P, Firth" not in texts[0] and "P, Firth" in texts[1]
    assert all(text.count("reference") == 2 for text in texts)  # Male, and no distant metastases


def test_a_forest_names_the_level_that_it_leaves_out_and_not_its_whole_factor(write_cohort):
    ecog = "0011201"  # level 2 is censored before the first event
    rows = "".join(f"P{i},{e},{0.5 if e == '2' else i + 1},{int(e != '2')}\n" for i, e in enumerate(ecog))
    write_cohort(adsl="USUBJID,ECOG,PFSR,PFSR_EVENT\n" + rows)
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["PFSR"])
    models = univariable_models(outcome, ["ECOG"])
    said = forest_figure(replace(models, penalized=models.penalized.iloc[:0])).notes[1]
    assert said == "Not estimable, so not drawn: ECOG performance status (2)."


def test_one_free_factor_makes_a_joint_model_free_and_a_single_model_alone(quzhou):
    outcome = derive_endpoints(quzhou, ["PFSR"])
    alone = {r.variable: r.free for r in cox_table(univariable_models(outcome, ["AGE", "ECOG"])).results}
    together = {r.variable: r.free for r in cox_table(multivariable_model(outcome, ["AGE", "ECOG"])).results}
    assert (alone, together) == ({"AGE": True, "ECOG": False}, {"AGE": True, "ECOG": True})


def test_the_frame_of_a_model_gives_the_numbers_of_its_table(quzhou):
    model = multivariable_model(derive_endpoints(quzhou, ["PFSR"]), ["AGE", "SEX", "ECOG"], ["Stage"])
    table = cox_table(model)
    shown = [row[3].split(" ")[0] for row in table.rows if row[3]]
    assert [f"{hr:.3f}" for hr in table.frame["hr"]] == shown and set(table.frame["model"]) == {"multivariable"}
    assert (model.n, model.events, model.parameters, model.excluded) == (13, 11, 3, 0)
    assert "Not in this cohort, so not in the model: Stage." in table.notes


def test_a_model_without_a_factor_is_one_sentence(quzhou):
    outcome = derive_endpoints(quzhou, ["PFSR"])
    with pytest.raises(NotAvailable, match="at least one factor. None of the chosen is there: Age and Sex."):
        multivariable_model(outcome, [], ["Age", "Sex"])


def test_events_of_both_courses_are_counted_by_patient(write_cohort):
    adae = "USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,Rash,1\nA,RECHALLENGE,Rash,2\nB,INITIAL,Rash,1\nC,RECHALLENGE,Fever,1\n"
    write_cohort(adsl=FOUR, adae=adae)
    study = load_cohort("c")
    events = derive_paired_events(study, derive_worst_grade(study))
    assert events["USUBJID"].nunique() == 4
    rows = {row[0]: row[1:6] for row in recurrence_table(study, events).rows}
    assert rows["Rash"] == ["1", "1", "0", "2", ">0.999"] and rows["Fever"] == ["0", "0", "1", "3", ">0.999"]
    assert rows["Any adverse event"] == ["1", "1", "1", "1", ">0.999"]


def test_patients_without_one_of_the_courses_are_no_pair(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\nA,INITIAL,2023-01-01\nA,RECHALLENGE,2024-01-01\nB,INITIAL,2023-01-01\n"
    adae = "USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\nB,INITIAL,Rash,1\n"
    write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\n", adsl="USUBJID,AGE\nA,60\nB,70\n", adex=adex, adae=adae)
    study = load_cohort("c")
    events = derive_paired_events(study, derive_worst_grade(study))
    assert events["USUBJID"].unique().tolist() == ["A"]


def test_events_of_one_course_alone_are_not_compared(write_cohort):
    write_cohort(adsl=FOUR, adae="USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\n")
    study = load_cohort("c")
    with pytest.raises(NotAvailable, match="both courses"):
        derive_paired_events(study, derive_worst_grade(study))


@pytest.mark.slow
def test_a_long_forest_has_a_brief_one_with_a_line_for_each_ratio(quzhou):
    outcome = derive_endpoints(quzhou, ["PFSR"])
    models = univariable_models(outcome, candidate_factors(quzhou))
    figure = brief_forest(models)
    written = [t.get_text() for t in figure.figure.texts]
    assert sum("ECOG performance status: 2 against 0-1" in text for text in written) == 1 and "5 / 8" in written
    assert brief_forest(univariable_models(outcome, ["ECOG"])) == ()  # short enough as it is


def test_the_note_of_penalized_models_says_which_case_applies(quzhou):
    outcome, coding = derive_endpoints(quzhou, ["PFSR"]), model_coding(quzhou)
    joint = cox_multivariable(outcome.rows, ["AGE", "SEX", "ECOG"], **coding)
    table = firth_table(outcome, joint.frame, firth_beside(outcome.rows, joint, **coding), True)
    assert "The model has fewer than 10 events a coefficient." in " ".join(map(str, table.notes))
    parted = joint.frame.assign(reason="separated: no event in this level")
    table = firth_table(outcome, parted, firth_beside(outcome.rows, joint, **coding), True)
    assert "The model is separated, and has fewer than 10 events" in " ".join(map(str, table.notes))


@pytest.mark.slow
def test_a_ratio_whose_hazards_are_not_proportional_is_named_an_average():
    lung = derive_population(load_cohort("ncctg-lung"))
    models = univariable_models(derive_endpoints(lung, ["OS"]), ["SEX", "KARNOF"])
    for shown in (cox_table(models), forest_figure(models)):
        (said,) = [str(note) for note in shown.notes if "is an average" in str(note)]
        assert said.endswith("followed: Karnofsky performance score.")
    assert "is an average" not in " ".join(map(str, cox_table(univariable_models(models.outcome, ["SEX"])).notes))
    chen = derive_population(load_cohort("chen-2025"))
    made = univariable_models(derive_endpoints(chen, ["PFSR"]), ["IMAINT"])
    assert "is an average" not in " ".join(map(str, cox_table(made).notes))


def test_a_single_comparison_is_not_said_to_be_adjusted(quzhou):
    outcome = derive_endpoints(quzhou, ["PFSR"])
    notes = [" ".join(map(str, subgroup_table(outcome, names).notes)) for names in (["ECOG"], ["ECOG", "HIST"])]
    assert ["nothing to adjust for" in text for text in notes] == [True, False]
    assert ["adjusted for" in text for text in notes] == [False, True]


def test_changes_that_nobody_found_are_no_more_than_the_patients(write_cohort):
    write_cohort(adsl=FOUR)
    row = firmness_table(derive_endpoints(load_cohort("c"), ["PFSR"]), ["SEX"]).rows[0]
    assert row[-1] == "none found up to 4"


def test_a_hazard_ratio_that_one_event_could_show_is_small_and_not_zero(write_cohort):
    """Schoenfeld, arms of half: exp(2 (1.960 + 0.842)) = 271.3 of one event, and one over it 0.0037."""
    one = FOUR.replace("4,1\nB", "4,0\nB").replace("2,1\nC", "2,1\nC").replace("3,1\n", "3,0\n")
    write_cohort(adsl=one)
    assert firmness_table(derive_endpoints(load_cohort("c"), ["PFSR"]), ["SEX"]).rows[0][4] == "271.3 or <0.01"

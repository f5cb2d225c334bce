"""What a paper does not print of a cohort is called not printed, and never none."""

import pytest

from rechallenge import wb
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.replication.prints import events_known, grades_printed
from rechallenge.sections.glance import Glance, _words
from rechallenge.sections.population import baseline_table
from rechallenge.sections.survival import maturity_note, survival_table

OF_ONE = "Median of one reconstruction, months (95% CI)"


@pytest.fixture(scope="module")
def quzhou():
    return derive_population(load_cohort("quzhou-2025"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "cohort, endpoint, known", [("quzhou-2025", "OS", False), ("xu-2023", "OS", False), ("ncctg-lung", "OS", True)]
)
def test_events_are_known_of_patients_and_of_prints(cohort, endpoint, known):
    assert events_known(load_cohort(cohort), endpoint) is known


@pytest.mark.slow
def test_a_grade_is_known_where_the_paper_says_how_many_had_it():
    chen, quzhou = load_cohort("chen-2025"), load_cohort("quzhou-2025")
    assert grades_printed(chen, (5, 5), "RECHALLENGE") and not grades_printed(quzhou, (5, 5), "RECHALLENGE")
    assert not grades_printed(chen, (5, 5), "INITIAL") and not grades_printed(chen, (4, 4), "RECHALLENGE")


def test_a_size_of_a_group_that_is_not_printed_is_marked_where_it_stands():
    table = baseline_table(load_cohort("shi-2026"))
    heads = [row[0] for row in table.rows if row[0].split(" ")[0] in ("Smoking", "Rechallenge", "Response")]
    assert heads == ["Smoking status †", "Rechallenge regimen", "Response to prior immunotherapy †"]
    assert any(note.startswith("† Sizes of groups that are not printed") for note in table.notes)


def test_a_number_of_deaths_that_is_not_printed_is_no_maturity_of_zero(quzhou):
    survival = derive_endpoints(quzhou, ["OS"])
    note, table = maturity_note(survival).text, survival_table(survival)
    assert "the number of events is not printed" in note and "0 events" not in note and "0.0%" not in note
    assert table.key[0][1] == "number of events not printed (13 patients)"
    assert table.rows[0][2:4] == ["not printed", "NE"]


@pytest.mark.slow
def test_deaths_by_adverse_events_that_are_not_printed_are_not_called_none(quzhou):
    harms = wb.adverse_event_table(quzhou, wb.worst_grade(quzhou), wb.course_sizes(quzhou))
    said = " ".join(harms.notes)
    assert "Events of grade 5: not printed" in said and "No event of grade 5" not in said
    assert all(text.endswith("grade 5: not printed") for _, text in harms.key)
    chen = derive_population(load_cohort("chen-2025"))
    harms = wb.adverse_event_table(chen, wb.worst_grade(chen), wb.course_sizes(chen))
    assert "No event of grade 5." in harms.notes and harms.key[-1][1].endswith("grade 5: 0")


@pytest.mark.slow
def test_the_first_picture_writes_the_printed_intervals_where_the_paper_prints_each():
    """Its sentence leads with them; in another unit than that of the prints the intervals are those of the curves."""
    study = derive_population(load_cohort("quzhou-2025"))
    both = Glance(derive_endpoints(study, ["PFS1", "PFSR"]))
    assert both.medians() == {"INITIAL": "5.97 (4.13–7.81)", "RECHALLENGE": "2.90 (1.97–3.83)"}
    assert Glance(derive_endpoints(study, ["PFS1", "PFSR"], "days")).printed() == {}


@pytest.mark.parametrize("cohort, head", [("quzhou-2025", "Median, months (95% CI, as printed)"), ("shi-2026", OF_ONE)])
def test_an_interval_of_the_first_picture_that_no_paper_prints_is_called_that_of_one_reconstruction(cohort, head):
    times = derive_endpoints(load_cohort(cohort), ["PFSR"])
    assert _words(Glance(times))["median"] == head

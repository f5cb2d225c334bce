"""Groups of adverse events by declared terms: hand counts, exact intervals, sentences where nothing is declared."""

import pytest
from scipy.stats import poisson

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.sections.event_groups import event_group_table, group_again_table
from smallsurv.proportions import event_rate, proportion

YML = (
    "title: T\ndata_cutoff: 2024-12-31\nevent_groups:\n  IRAE: {label: Immune-related, terms: [rash, Pneumonitis],"
    " source: the protocol}\n"
)
ADSL = "USUBJID,AGE\nA,60\nB,61\nC,62\nD,63\n"
ADEX = "USUBJID,APHASE,ASTDT,AENDT\n" + "".join(
    f"{i},INITIAL,2022-01-01,2022-03-01\n{i},RECHALLENGE,2023-01-01,2023-03-31\n" for i in "ABCD"
)
ADAE = (
    "USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,Rash,1\nA,RECHALLENGE,Rash,3\nA,RECHALLENGE,Pneumonitis,2\nB,INITIAL,Pneumonitis,2\n"
    "C,RECHALLENGE,RASH,\nD,RECHALLENGE,Fatigue,4\n"
)


@pytest.fixture
def cohort(write_cohort):
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adae=ADAE)
    return load_cohort("c")


def test_counts_by_grade_and_exposure_are_those_counted_by_hand(cohort):
    found = {r.level: r for r in event_group_table(cohort).results}
    again, first = found["RECHALLENGE"], found["INITIAL"]
    assert [again[k] for k in ("any", "3 or higher", "5", "not known")] == [2, 1, 0, 1] and first["any"] == 2
    assert (again["ci_low"], again["ci_high"]) == pytest.approx(proportion(2, 4)[1:])
    months = 4 * 90 / 30.4375 / 100
    assert again["rate"] == pytest.approx(3 / months) and cohort.meta.asks("event_groups")


def test_the_rate_says_over_whom_and_how_long_it_is_counted(write_cohort):
    ongoing = ADEX.replace("D,RECHALLENGE,2023-01-01,2023-03-31", "D,RECHALLENGE,2023-01-01,")
    write_cohort(yml=YML, adsl=ADSL, adex=ongoing, adae=ADAE)
    (note,) = [note for note in event_group_table(load_cohort("c")).notes if note.startswith("Rate")]
    first, again = 4 * 60 / 30.4375, 3 * 90 / 30.4375  # days with the first and the last one, and in months
    assert f"First ICI course 4 of 4, {first:.1f} patient-months; ICI rechallenge 3 of 4, {again:.1f} pat" in note


def test_the_poisson_interval_is_exact():
    rate, low, high = event_rate(7, 2.0)
    assert (
        rate == 3.5
        and poisson.sf(6, 2 * low) == pytest.approx(0.025)
        and poisson.cdf(7, 2 * high) == pytest.approx(0.025)
    )
    assert event_rate(0, 1.0)[1] == 0 and event_rate(0, 0.0) == pytest.approx((float("nan"),) * 3, nan_ok=True)


def test_the_same_group_again_has_its_exact_interval(cohort):
    (r,) = group_again_table(cohort).results
    assert (r["first"], r["again"]) == (2, 1)
    assert (r.estimate, r.low, r.high) == pytest.approx(proportion(1, 2))
    assert group_again_table(cohort).rows[0][3] == "1"


def test_without_a_list_or_its_source_a_sentence(write_cohort):
    write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\n", adsl=ADSL, adex=ADEX, adae=ADAE)
    with pytest.raises(NotAvailable, match="needs lists of terms"):
        event_group_table(load_cohort("c"))
    write_cohort(yml=YML.replace(", source: the protocol", ""), adsl=ADSL, adex=ADEX, adae=ADAE)
    assert any("source" in f.rule or "source" in (f.column or "") for f in read_cohort("c")[1])

"""Not known is a state: shown apart with its count, and a level of no test, model or denominator."""

import pytest

from rechallenge.cohort import load_cohort
from rechallenge.context import PRIVACY, Run, running
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.sections.population import baseline_table
from rechallenge.sections.survival import survival_table

ADSL = "USUBJID,PDL1,OS,OS_EVENT\nA,<1%,3,1\nB,not tested,4,1\nC,UNKNOWN,5,0\nD,>=50%,6,1\nE,,7,1\nF,<1%,8,0\n"


def test_not_tested_is_no_level_and_stands_apart_from_missing(write_cohort):
    write_cohort(adsl=ADSL)
    cohort = load_cohort("c")
    assert list(cohort.factor("PDL1").levels) == ["<1%", "1-49%", ">=50%"]
    assert cohort.table("adsl")["PDL1"].isna().tolist() == [False, True, True, False, True, False]
    rows = {row[0]: row[1] for row in baseline_table(cohort).rows}
    assert (rows["<1%"], rows["≥50%"], rows["Not tested"], rows["Missing"]) == ("2 (66.7)", "1 (33.3)", "2", "1")


def test_no_curve_and_no_test_takes_it_for_a_group(write_cohort):
    write_cohort(adsl=ADSL)
    table = survival_table(derive_endpoints(load_cohort("c"), ["OS"]), "PDL1")
    assert not any("ot tested" in cell for row in table.rows for cell in row)


@pytest.mark.parametrize("profile", PRIVACY)
def test_every_profile_keeps_the_state(write_cohort, profile):
    write_cohort(adsl=ADSL)
    with running(Run(privacy=profile)):
        held = load_cohort("c").table("adsl")
    assert held["PDL1.not_known"].notna().sum() == 2 and held["PDL1"].isna().sum() == 3

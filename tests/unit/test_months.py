"""One length of a month for a cohort: declared once, used by every conversion, and told in the notes."""

import ast
import re

import pytest

from papercheck.files.findings import CohortError
from papercheck.vocabulary.units import DAYS_PER_MONTH, Calendar
from rechallenge import wb
from rechallenge.cohort import load_cohort
from rechallenge.derive.course_times import derive_course_times
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.resistance import read_limit
from rechallenge.sections.survival import landmark_table, survival_table
from rechallenge.show.display import Missing
from tests.conftest import project

DATED = {
    "adsl": "USUBJID,DTHDT,LSTALVDT\nA,2024-04-29,2024-04-29\nB,,2024-12-31\nC,2024-08-27,2024-08-27\n",
    "adex": "USUBJID,APHASE,ASTDT,AENDT\n" + "".join(f"{s},RECHALLENGE,2024-01-01,2024-03-01\n" for s in "ABC"),
}


def at(write_cohort, month, unit="months", **tables):
    write_cohort(yml=f"title: T\ndata_cutoff: 2025-01-01\n{month}time_unit: {unit}\n", **tables)
    return load_cohort("c")


@pytest.mark.slow
@pytest.mark.parametrize(
    "written, days",
    [("", DAYS_PER_MONTH), ("days_per_month: 30\n", 30.0), ("days_per_month: 365.25/12\n", 30.4375),
     ("days_per_month: 365 / 12\n", 365 / 12)],
)  # fmt: skip
def test_dates_become_months_of_the_declared_length(write_cohort, written, days):
    cohort = at(write_cohort, written, **DATED)
    assert cohort.meta.days_per_month == pytest.approx(days)
    rows = derive_endpoints(cohort, ["OS"]).rows.set_index("USUBJID")["AVAL"]
    assert rows[["A", "C"]].tolist() == pytest.approx([120 / days, 240 / days])
    treated = derive_course_times(cohort)  # months too
    assert treated["AVAL"].notna().all() and treated["AVAL"].max() <= 366 / days


def test_a_landmark_and_a_table_at_months_count_the_same_month(write_cohort):
    cohort = at(write_cohort, "days_per_month: 30\n", "days", adsl="USUBJID,OS,OS_EVENT\nA,180,1\nB,181,1\nC,400,0\n")
    outcome = derive_endpoints(cohort, ["OS"], "days", landmark=6)
    assert outcome.rows["AVAL"].tolist() == [1.0, 220.0]  # 6 months are 180 days: A is gone by then
    table = landmark_table(derive_endpoints(cohort, ["OS"], "days"), [6])
    assert any("A month is 30 days." in str(note) for note in table.notes)


@pytest.mark.slow
def test_the_month_is_told_under_survival_from_dates(write_cohort):
    note = " ".join(
        map(str, survival_table(derive_endpoints(at(write_cohort, "days_per_month: 30\n", **DATED), ["OS"])).notes)
    )
    assert "A month is 30 days." in note


def test_a_limit_of_resistance_counts_it_too():
    assert read_limit(">=6 months", Calendar(30.0))[1] == 180


@pytest.mark.parametrize("value", ["12", "32", "abc", "true", "30/12", "365.25/0"])
def test_another_length_is_refused(write_cohort, value):
    write_cohort(yml=f"title: T\ndays_per_month: {value}\n", adsl="USUBJID,OS,OS_EVENT\nA,1,1\nB,2,0\n")
    with pytest.raises(CohortError, match="not the days of a month"):
        load_cohort("c")


def test_no_conversion_of_the_workbook_knows_another_month_than_that_of_its_cohort():
    """Between cohorts of several months (the index of a batch) and
    before there is a cohort (the import) the usual one stands.
    """
    allowed, found = {"index.py", "facts.py", "resistance.py", "meta.py", "cells.py"}, []
    for path in (project() / "lib" / "rechallenge").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name not in allowed and re.search(r"\b(?:USUAL|DAYS_PER_MONTH)\b", text):
            names = {n.name for node in ast.walk(ast.parse(text)) for n in getattr(node, "names", ())}
            found += [path.name] if names & {"USUAL", "DAYS_PER_MONTH"} else []
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("month", ["", "days_per_month: 30\n"])
def test_another_month_is_told_under_each_thing_that_counts_in_it(write_cohort, month):
    cohort = at(write_cohort, month, **DATED)
    outcome = wb.outcome(cohort, ["OS"])
    shown = [wb.survival_table(outcome), wb.survival_figure(outcome), wb.landmark_table(outcome, [1, 3]),
             wb.mean_table(wb.outcome(cohort, ["OS"], landmark=1.0)), wb.interval_methods_table(outcome)]  # fmt: skip
    shown = [s for s in shown if not isinstance(s, Missing)]
    told = [[str(note) for note in s.notes].count("A month is 30 days.") for s in shown]
    assert len(shown) >= 3 and told == [1 if month else 0] * len(shown)


def test_what_has_no_time_is_told_nothing_of_months(write_cohort):
    cohort = at(
        write_cohort,
        "days_per_month: 30\n",
        **DATED
        | {
            "adsl": (
                DATED["adsl"]
                .replace("LSTALVDT\n", "LSTALVDT,AGE\n")
                .replace("-29\n", "-29,61\n")
                .replace("-31\n", "-31,55\n")
                .replace("-27\n", "-27,72\n")
            )
        },
    )
    assert "A month is 30 days." not in map(str, wb.baseline_table(wb.load_study("c")).notes) and cohort.factors

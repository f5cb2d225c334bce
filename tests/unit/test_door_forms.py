"""Forms of files that hospitals and registries write: each gives the right value, or a question with the right proposal."""

import pytest

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import is_legend, legend_in, unit_in, without_legend
from tests.unit.test_door_kinds import DEATHS, book, data, deaths, file, patients, short, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
REDCAP = (
    "Record ID,Repeat Instrument,Repeat Instance,Sex,ICI rechallenge start,Progression on rechallenge,Date of death,"
    "Last follow-up,Complete?,AE term,Grade,Complete?"
)


@pytest.mark.parametrize(
    "text, codes, name",
    [("1生0死", {}, ""), ("(1生0死)", {"1": "生", "0": "死"}, ""), ("status (dead=1, alive=0)", {"1": "dead", "0": "alive"}, "status"),
     ("OS status (1=alive)", {"1": "alive"}, "OS status"), ("PD-L1 (1-49%)", {}, "PD-L1 (1-49%)"), ("line 1 or 2", {}, "line 1 or 2")],
)  # fmt: skip
def test_how_codes_are_explained(text, codes, name):
    assert legend_in(text) == codes and without_legend(text) == name and is_legend(text) == (text == "1生0死")


def test_codes_that_the_line_of_units_explains_are_proposed(tmp_path):
    head = ["病案号", "性别", "年龄", "再挑战OS(月)", "生存状态"]
    units = [None, None, "岁", "月", "1生0死"]
    rows = [[f"P{i}", "男", 60 + i, 5.5 + i, (i + 1) % 2] for i in range(8)]
    proposal, cohort = taken(book(tmp_path, [head, units, *rows, ["合计", "8例"], [None, "8例"]]))
    assert deaths(cohort) == DEATHS and len(cohort.table("adsl")) == 8 and not proposal.open(blocking=True)


def test_of_two_codes_the_one_that_the_name_explains_settles_the_other(tmp_path):
    rows = [[f"P{i}", 5 + i, (i + 1) % 2] for i in range(8)]
    assert deaths(taken(file(tmp_path, ["id", "rechallenge OS months", "OS status (1=alive)"], rows))[1]) == DEATHS


def test_a_line_of_totals_whose_word_stands_beside_the_identifier_is_no_patient(tmp_path):
    lines = [["序号", "病案号", "再挑战OS(月)", "是否死亡"], *([i, *row] for i, row in enumerate(short(), start=1))]
    proposal = propose([book(tmp_path, [*lines, ["合计", "8例"], [], ["统计", "男", "女"], ["人数", 5, 3]])])
    assert len(proposal.plans[0].sheet.frame) == 8 and not [q for q in proposal.questions if q.topic == "lines"]


def test_labels_that_stand_on_several_forms_of_redcap_are_no_fault(tmp_path):
    rows = [[p[0], "", "", "Male", *p[1:], "Complete", "", "", ""] for p in patients()]
    rows += [["P1", "Adverse events", 1, *[""] * 6, "Rash", 2, "Complete"]]
    _, cohort = taken(file(tmp_path, REDCAP.split(","), rows))
    assert len(cohort.table("adsl")) == 8 and cohort.table("adae")["AEDECOD"].tolist() == ["Rash"]


def test_a_number_that_means_not_known_is_proposed_so_beside_known_codes(tmp_path):
    rows = [[*row, 9 if i == 3 else i % 3] for i, row in enumerate(short())]
    proposal = propose([file(tmp_path, ["编号", "再挑战OS(月)", "是否死亡", "ECOG"], rows)])
    assert next(q for q in proposal.questions if q.topic == "codes").proposed == {"9": "unknown"}


@pytest.mark.parametrize(
    "name, unit", [("PFS (m)", "months"), ("OS(d)", "days"), ("OS (months)", "months"), ("OS", "")]
)
def test_the_unit_that_a_name_says(name, unit):
    assert unit_in(name) == unit


def test_a_duration_in_its_own_unit_is_shown_as_it_was_written(tmp_path):
    head = ["id", "PFS on rechallenge (months)", "PFS event", "rechallenge OS (days)", "death"]
    rows = [[f"P{i}", 5 + i, 1, 30 if i == 2 else 400 + i, 1] for i in range(8)]
    taken(file(tmp_path, head, rows), course="rechallenge")
    found = [f for f in read_cohort("c")[1] if f.subject == "P2" and f.severity == "error"]
    assert [(f.column, f.value) for f in found] == [("PFSR", "7")] and "OS 0.98" in found[0].against

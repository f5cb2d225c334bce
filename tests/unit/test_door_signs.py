"""Durations whose sign says who is still followed (10.6+): asked with counts, read as confirmed, held against flags."""

import pytest
from openpyxl import Workbook

from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.signs import number_and_sign
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
HEAD = ["编号", "再挑战PFS（月）", "再挑战OS(月)"]


def rows(spell, head=0):
    """Eight patients: every second one still followed for PFS; of these two for OS as well."""
    return [
        [f"P{i + head}", spell.format(3.5 + i) if i % 2 else 3.5 + i, 20.5 + i if i % 4 else spell.format(20.5 + i)]
        for i in range(8)
    ]


def counted(cohort):
    found = cohort.table("adtte")
    return {
        p: (len(part), int((part["CNSR"] == 0).sum()), part["AVAL"].median())
        for p, part in found.groupby(found["PARAMCD"].astype(str))
    }


RIGHT = {"PFSR": (8, 4, 7.0), "OS": (8, 6, 24.0)}


@pytest.mark.parametrize(
    "cell, pair",
    [("10.6+", ("10.6", "+")), ("10.6 +", ("10.6", "+")), ("＞10.6", ("10.6", ">")), ("≥10,6", ("10,6", ">=")),
     ("10.6 (ongoing)", ("10.6", "ongoing")), ("10.6个月+", ("10.6个月", "+")), ("10.6+ months", ("10.6months", "+")),
     ("10.6†", ("10.6", "†")), ("10.6（存活）", ("10.6", "存活")), ("10.6", ("10.6", "")), ("10.6 weeks", ("", "")),
     ("<3", ("", "")), ("约3", ("", "")), ("2024-03+", ("", "")), ("10.6 (12.3)", ("", ""))],
)  # fmt: skip
def test_a_number_and_its_sign(cell, pair):
    assert number_and_sign(cell) == pair


@pytest.mark.slow
@pytest.mark.parametrize("spell", ["{}+", "{} +", ">{}", "{} (ongoing)", "{}个月+", "{}（删失）"])
def test_the_sign_alone_says_who_had_the_event(tmp_path, spell):
    proposal, cohort = taken(file(tmp_path, HEAD, rows(spell)))
    asked = [q for q in proposal.questions if q.topic == "sign"]
    assert {q.target for q in asked} == {"PFSR_EVENT", "OS_EVENT"} and all(q.blocking for q in asked)
    assert "no sign: 4" in asked[0].text() and "无符号: 4" in asked[0].text("zh")
    assert counted(cohort) == RIGHT and not [f for f in read_cohort("c")[1] if f.severity == "error"]
    assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
def test_a_mark_with_several_uses_is_asked_without_a_proposal(tmp_path):
    path = file(tmp_path, HEAD, rows("{}†"))
    proposal, cohort = taken(path)
    assert cohort is None and all(q.proposed is None for q in proposal.questions if q.topic == "sign")
    answers = {"sign": {"†": "event", "no sign": "censored"}}
    assert counted(taken(path, **answers)[1])["PFSR"][1] == 4


@pytest.mark.slow
def test_signs_that_most_patients_carry(tmp_path):
    lines = [[p, f"{3.5 + i}+" if i else 3.5, f"{9.5 + i}+"] for i, (p, *_) in enumerate(rows("{}"))]
    path = file(tmp_path, HEAD, lines)
    assert taken(path)[1] is None  # nobody died by the signs: not proposed
    answers = {q.id: {v.word: "event" if v.word == "no sign" else "censored" for v in q.values}
               for q in propose([path]).questions if q.topic == "sign"}  # fmt: skip
    proposal = propose([path], answers)
    assert not proposal.open(blocking=True) and proposal.plans[0].confirmed["OS_EVENT"]["event"] == []


@pytest.mark.slow
@pytest.mark.parametrize("flag, found", [(1, ["P1"]), (0, [])])
def test_the_sign_is_held_against_the_flag_of_the_event(tmp_path, flag, found):
    lines = [[p, pfs, flag if i == 1 else int(i % 2 == 0)] for i, (p, pfs, _) in enumerate(rows("{}+"))]
    proposal, cohort = taken(file(tmp_path, [*HEAD[:2], "PFS事件"], lines))
    assert counted(cohort)["PFSR"][:2] == (8, 4 + flag) and {q.topic for q in proposal.questions} >= {"signed", "event"}
    told = [f for f in read_cohort("c")[1] if f.id == "sign-against-flag"]
    assert [f.subject for f in told] == found and all("+" in f.against and f.value == "1" for f in told)


@pytest.mark.slow
def test_signs_on_sheets_of_hospitals_and_on_rows_of_courses(tmp_path):
    book = Workbook()
    for number, spell in enumerate(("{}+", "{}")):
        sheet = book.active if not number else book.create_sheet("b")
        sheet.append(HEAD)
        for row in rows(spell, 8 * number):
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    _, cohort = taken(tmp_path / "a.xlsx")
    assert counted(cohort) == {"PFSR": (16, 12, 7.0), "OS": (16, 14, 24.0)}
    first = ([p, "首次", 10.5 + i, os] for i, (p, _, os) in enumerate(rows("{}+")))
    lines = [
        line for pair in zip(first, ([p, "再挑战", *rest] for p, *rest in rows("{}+")), strict=True) for line in pair
    ]
    path = file(tmp_path, ["住院号", "治疗阶段", "PFS（月）", "OS（月）"], lines, "b.csv")
    _, cohort = taken(path)
    assert counted(cohort) == {**RIGHT, "PFS1": (8, 8, 14.0)}
    assert 'signs: ["PFS（月）", "OS（月）"]' in (data_folder() / "c" / "cohort.yml").read_text(encoding="utf-8")


def test_a_duration_of_no_named_course_is_asked_for_it_all_the_same(tmp_path):
    proposal = propose([file(tmp_path, ["id", "PFS months"], [[p, x] for p, x, _ in rows("{}+")])])
    assert {q.topic for q in proposal.open(blocking=True)} == {"course", "sign"}


def test_a_duration_without_a_sign_beside_one_with_signs_is_asked_for_its_own_event(tmp_path):
    """No number of PFSR carries a sign, and a column may say who progressed: nobody is an event for want of a plus."""
    text = "id,PFS on first ICI,rechallenge PFS months,rechallenge PD\n1,8.2,3.1,1\n2,5+,2,1\n3,6,1.4,0\n4,9.9,6.5,1\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    asked = {q.column: q for q in propose([tmp_path / "a.csv"]).questions}
    assert asked["PFS on first ICI (sign)"].topic == "sign"
    assert "by rechallenge PD" in asked["rechallenge PFS months"].choices

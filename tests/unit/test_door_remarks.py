"""Dates with words beside them, of one order proven elsewhere, without a format, or in columns that need another one;
identifiers that two sheets write differently."""

import datetime as dt

import pandas as pd
import pytest
from openpyxl import Workbook

from rechallenge.cohort.propose.guide import counts_of_proposal
from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import DATED, DEATHS, data, file, patients, taken

__all__ = ["data"]  # the folder of these cohorts, for every test


def topics(proposal):
    return [q.topic for q in proposal.questions]


@pytest.mark.slow
def test_a_date_with_words_beside_it_is_read_if_confirmed(tmp_path):
    rows = [
        [
            p[0],
            f"{p[1]}起",
            f"{p[2]} 未进展" if i < 2 else f"PD {p[2]}",
            p[3] and f"{p[3]}(死亡)",
            f"{p[4]}（电话随访）",
        ]
        for i, p in enumerate(patients())
    ]
    proposal, cohort = taken(file(tmp_path, DATED, rows))
    asked = {q.column: q for q in proposal.questions if q.topic == "remarked"}
    assert list(asked) == DATED[1:] and all(q.blocking for q in asked.values())
    assert asked[DATED[2]].proposed == {"未进展": "unknown", "PD": "the date"} and "PD: 6" in asked[DATED[2]].text("zh")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adex")["PDDT"].notna().sum() == 6
    assert cohort.table("adsl")["LSTALVDT"].max().date() == dt.date.fromisoformat(patients()[-1][4])
    assert [counts_of_proposal(proposal)[k] for k in ("deaths", "progressions")] == [DEATHS, 6]
    none = {"死亡": "unknown"}
    given = {f"remarked.a.csv.{n}": q.proposed if n != DATED[3] else none for n, q in asked.items()}
    assert set(propose([tmp_path / "a.csv"], given).plans[0].values["DTHDT"].values()) == {"NA"}


@pytest.mark.parametrize("cell", ["2021-03-12 2021-04-12", "2021-03-12 (3)"])
def test_a_date_with_figures_beside_it_is_not_read(tmp_path, cell):
    path = file(tmp_path, DATED, [[*p[:4], cell] for p in patients()])
    assert "remarked" not in topics(propose([path])) and propose([path]).open(blocking=True)


@pytest.mark.slow
@pytest.mark.parametrize("none", ["99999999", "0", "00000000"])
def test_figures_for_no_date_are_proposed_so(tmp_path, none):
    rows = [[w.replace("-", "") or none for w in p] for p in patients()]
    proposal, cohort = taken(file(tmp_path, DATED, rows))
    assert [q.proposed for q in proposal.questions if q.topic == "codes"] == [{none: "unknown"}]
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


def test_the_order_that_other_columns_prove_is_proposed(tmp_path):
    rows = [[*p[:4], "05/06/2022"] for p in patients(lambda d: d.strftime("%d/%m/%Y"))]
    asked = next(q for q in propose([file(tmp_path, DATED, rows)]).questions if q.topic == "order")
    assert asked.proposed == "day-first" and asked.blocking


def test_a_date_that_waits_for_the_start_of_its_course_is_read_once_that_is_said(tmp_path):
    path = file(tmp_path, ["编号", "再挑战进展日期", "再挑战首用", "死亡日期", "末次随访日期"],
                [[p[0], p[2], p[1], *p[3:]] for p in patients()])  # fmt: skip
    assert [q.column for q in propose([path]).questions if q.topic == "placed"] == ["再挑战首用", "再挑战进展日期"]
    proposal = propose([path], {"place.a.csv.再挑战首用": "ASTDT_RECHALLENGE"})
    assert proposal.plans[0].columns["再挑战进展日期"] == "PDDT_RECHALLENGE" and topics(proposal).count("placed") == 1


@pytest.mark.slow
def test_days_of_a_study_in_sas_without_a_format_are_asked(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    folder = tmp_path / "study"
    folder.mkdir()
    start = [float((dt.date.fromisoformat(p[1]) - dt.date(1960, 1, 1)).days) for p in patients()]
    adsl = pd.DataFrame({"STUDYID": "S", "USUBJID": [p[0] for p in patients()], "TRTSDT": start})
    pyreadstat.write_xport(adsl, folder / "adsl.xpt", table_name="ADSL")
    rows = [("S", p[0], "OS", "Overall Survival (days)", 300.0 + i, float(i % 2)) for i, p in enumerate(patients())]
    names = ["STUDYID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "CNSR"]
    pyreadstat.write_xport(pd.DataFrame(rows, columns=names), folder / "adtte.xpt", table_name="ADTTE")
    proposal, cohort = taken(folder, course="rechallenge")
    assert next(q for q in proposal.questions if q.topic == "counted").proposed == "sas"
    assert cohort.table("adex")["ASTDT"].min().date() == dt.date.fromisoformat(patients()[0][1])


@pytest.mark.slow
def test_identifiers_that_two_sheets_write_differently_are_the_same_patients(tmp_path):
    made = Workbook()
    made.active.append(["患者编号", "再挑战开始日期", "再挑战进展日期"])
    other = made.create_sheet("随访")
    other.append(["患者编号", "死亡日期", "末次随访日期"])
    for i, p in enumerate(patients()):
        made.active.append([f"ＬＣ－0{i}", *p[1:3]])
        other.append([f"lc-0{i} ", *p[3:]])
    made.save(tmp_path / "a.xlsx")
    proposal, cohort = taken(tmp_path / "a.xlsx")
    assert next(q for q in proposal.questions if q.id == "table.adsl").proposed == "join"
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and len(cohort.table("adsl")) == 8


@pytest.mark.slow
def test_dates_in_portuguese(tmp_path):
    head = ["Prontuário", "Início da reintrodução", "Data da progressão", "Data do óbito", "Data do último contato"]
    proposal, cohort = taken(file(tmp_path, head, patients()), course="rechallenge")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adex")["PDDT"].notna().sum() == 8
    assert "placed" not in topics(proposal)


def test_a_date_that_may_be_the_only_start_waits_for_an_answer(tmp_path):
    head = ["SUBJID", "RESTART", "DTHDT", "LASTFU"]
    path = file(tmp_path, head, [[p[0], p[1], *p[3:]] for p in patients()])
    assert [q.column for q in propose([path]).open(blocking=True)] == ["RESTART"]

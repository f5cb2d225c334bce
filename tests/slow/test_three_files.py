"""Three files as people have them, from the untouched file to a right report: a hospital's Excel, SPSS, cBioPortal."""

import csv
import datetime as dt

import pandas as pd
import pyreadstat
import pytest
import yaml
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from rechallenge.cohort import load_cohort
from tests.conftest import use_data

NAMES = [
    "序号",
    "住院号",
    "性别",
    "年龄",
    "ECOG",
    "分期",
    "PD-L1(TPS)",
    "开始日期",
    "进展日期",
    "最佳疗效",
    "开始日期",
    "进展日期",
    "疗效",
    "死亡",
    "死亡/末次随访日期",
]
WAYS = ("{:%Y-%m-%d}", "{:%Y/%m/%d}", "{:%Y.%m.%d}", "{:%Y年%m月%d日}")


def hospital(path):
    """26 patients with what sheets kept by hand hold: titles,
    groups, units, colours, totals, notes, dates in every way.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "病例总表"
    sheet.append(["某院免疫再挑战患者汇总表"])
    sheet.append(["基本信息", *[None] * 6, "首次免疫治疗", None, None, "免疫再挑战", None, None, "随访", None])
    sheet.append(NAMES)
    for area in ("A1:O1", "A2:G2", "H2:J2", "K2:M2", "N2:O2"):
        sheet.merge_cells(area)
    deaths = 0
    for i in range(26):
        first = dt.date(2021, 1, 5) + dt.timedelta(days=20 * i)
        start = first + dt.timedelta(days=300)
        end = start + dt.timedelta(days=200 + 9 * i)
        dead = i % 5 not in (1, 4)
        deaths += dead
        write = lambda day, i=i: WAYS[i % 4].format(day) if i % 5 else dt.datetime(day.year, day.month, day.day)  # noqa: E731
        sheet.append([i + 1, f"{70010000 + 37 * i}", "男女"[i % 2], f"{50 + i}岁", f"{i % 3}分", ["IVA期", "Ⅲb", "IVB"][i % 3],
                      ["阴性", "TPS<1%", "60%", "TPS 20%", "未查"][i % 5], write(first), write(first + dt.timedelta(days=250)),
                      ["PR", "SD(缩小)", "PD"][i % 3], write(start), write(start + dt.timedelta(days=90 + i)) if i % 4 else None,
                      ["SD（增大）", "PR", "PD"][i % 3] if i % 4 else "SD", "是" if dead else "否失"[i % 2].replace("失", "失访"),
                      "2023-08" if i == 11 else write(end)])  # fmt: skip
        if i == 8:
            sheet.append([])
    sheet["A5"].fill = PatternFill("solid", fgColor="FFFF9999")
    for row in (32, 33):
        sheet.append(["合计" if row == 32 else "注：红色=死亡", None, "男13 女13"] if row == 32 else ["注：红色=死亡"])
    sheet["A34"] = "审核：科室"
    sheet["A34"].font = Font(italic=True)
    events = book.create_sheet("不良反应")
    for line in (
        ["住院号", "治疗阶段", "不良反应", "CTCAE分级"],
        ["70010000", "再挑战", "皮疹", "G3"],
        ["70010037", "首次", "乏力", "2级"],
    ):
        events.append(line)
    book.save(path)
    return deaths


def ledger(out, name):
    with open(out / name / "results.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    return tmp_path / "data"


def answer_all(command, path, tmp_path, *chosen):
    """Two commands and no YAML typed by hand but the answers: import says what it asks, and takes the answers."""
    from rechallenge.cohort.propose.propose import propose

    answers = dict(chosen)
    for _ in range(12):
        open_ = propose([path], answers).open(blocking=True)
        if not open_:
            break
        for q in open_:
            assert q.proposed is not None or q.choices == ("seen",), q.text()
            answers[q.id] = q.proposed or "seen"
    file = tmp_path / "answers.yml"
    file.write_text(yaml.safe_dump(answers, allow_unicode=True), encoding="utf-8")
    return command("import", path, "--as", "医院", "--answers", file)


def test_a_hospital_excel_in_two_commands(tmp_path, data, command):
    deaths = hospital(tmp_path / "患者.xlsx")
    code, said = answer_all(command, tmp_path / "患者.xlsx", tmp_path, ("partial.病例总表.死亡/末次随访日期", "mid"))
    assert code == 0, said
    cohort = load_cohort("医院")
    adsl, adex = cohort.table("adsl"), cohort.table("adex")
    assert (
        len(adsl) == 26
        and adsl["DTHDT"].notna().sum() == deaths
        and adsl["AGE"].tolist() == [50 + i for i in range(26)]
    )
    assert (adex["APHASE"].astype(str) == "RECHALLENGE").sum() == 26 and adex["PDDT"].notna().sum() == 26 + 19
    assert adsl["LSTALVDT"].notna().all() and set(adsl["STAGE"].astype(str)) == {"IVA", "IIIB", "IVB"}
    assert cohort.table("adae")["ATOXGR"].tolist() == [3, 2]


@pytest.mark.slow
def test_its_report_counts_what_the_sheet_holds(tmp_path, data, command):
    from rechallenge.run.build import build_report

    deaths = hospital(tmp_path / "患者.xlsx")
    answer_all(command, tmp_path / "患者.xlsx", tmp_path, ("partial.病例总表.死亡/末次随访日期", "mid"))
    report = build_report("医院", out=tmp_path / "out", only=("06",))
    rows = [r for r in ledger(report.path.parent.parent, "医院") if r["quantity"] == "survival.median" and not r["by"]]
    assert {r["statistic"]: int(r["value"]) for r in rows if r["statistic"] in ("n", "events")} == {
        "n": 26,
        "events": deaths,
    }
    page = report.path.read_text(encoding="utf-8")
    assert "Overall survival, first 11.9, mid 11.9, last 11.9 months" in page and "1949" not in page


def test_an_spss_file_with_turned_codes(tmp_path, data, command):
    n = 12
    frame = pd.DataFrame({"编号": range(1, n + 1), "PFS": [2.0 + i for i in range(n)], "进展": [1.0 if i % 3 else 2.0 for i in range(n)],
                          "OS": [5.0 + 2 * i for i in range(n)], "结局": [1.0 if i < 7 else 2.0 for i in range(n)]})  # fmt: skip
    path = tmp_path / "研究.sav"
    pyreadstat.write_sav(frame, str(path), column_labels=["患者编号", "再挑战PFS(月)", "再挑战是否进展", "总生存期(月)", "生存结局"],
                         variable_value_labels={"进展": {1.0: "进展", 2.0: "删失"}, "结局": {1.0: "死亡", 2.0: "失访"}})  # fmt: skip
    code, said = answer_all(command, path, tmp_path)
    assert code == 0, said
    adtte = load_cohort("医院").table("adtte")
    events = (adtte["CNSR"] == 0).groupby(adtte["PARAMCD"].astype(str)).sum()
    assert events["OS"] == 7 and events["PFSR"] == 8


def test_a_cbioportal_file(tmp_path, data, command):
    head = (
        "#Patient Identifier\tAge\tSex\tOverall Survival (Months)\tOverall Survival"
        " Status\n#id\tage\tsex\tos\tstatus\n#STRING\tNUMBER\tSTRING\tNUMBER\tSTRING\n#1\t1\t1\t1\t1\n"
    )
    rows = "".join(
        f"S{i}\t{50 + i}\t{'Male' if i % 2 else 'Female'}\t{3 + i}\t{'1:DECEASED' if i % 3 else '0:LIVING'}\n"
        for i in range(9)
    )
    path = tmp_path / "data_clinical_patient.txt"
    path.write_text(f"{head}PATIENT_ID\tAGE\tSEX\tOS_MONTHS\tOS_STATUS\n{rows}", encoding="utf-8")
    code, said = answer_all(command, path, tmp_path, ("course", "neither"))
    assert code == 0, said
    cohort = load_cohort("医院")
    assert (cohort.table("adtte")["CNSR"] == 0).sum() == 6 and len(cohort.table("adsl")) == 9
    assert "rechallenge" not in cohort.meta.endpoints["OS"]["text"]

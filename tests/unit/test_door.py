"""The files that people have, by the kind of what is odd in
them: each gives the right value, or a question, or a refusal.
"""

import datetime as dt
import gzip
import zipfile

import pandas as pd
import pyreadstat
import pytest
import yaml
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from papercheck.files.findings import CohortError
from rechallenge.cohort import load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.look import Asked
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.cohort.read.dates import meanings, period
from rechallenge.cohort.read.grid import MOST_COLUMNS
from tests.conftest import use_data

HEAD = [
    "Patient ID",
    "Age",
    "Sex",
    "Start of rechallenge",
    "Progression on rechallenge",
    "Last follow-up",
    "Best response to rechallenge",
]
ROWS = [
    ["P1", 60, "M", dt.datetime(2024, 1, 5), dt.datetime(2024, 4, 5), dt.datetime(2024, 6, 5), "PR"],
    ["P2", 61, "F", dt.datetime(2024, 1, 6), None, dt.datetime(2024, 6, 5), "SD"],
    ["P3", 55, "M", dt.datetime(2024, 2, 5), dt.datetime(2024, 5, 5), dt.datetime(2024, 6, 5), "PD"],
]


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    return tmp_path / "data"


def save(path, lines, change=None):
    """A workbook of these lines; change(book, sheet) adds what is odd."""
    book = Workbook()
    for line in lines:
        book.active.append(line)
    if change:
        change(book, book.active)
    book.save(path)
    return path


def look(tmp_path, lines, change=None, answers=None, **asked):
    return propose([save(tmp_path / "a.xlsx", lines, change)], answers, Asked(**asked))


def text(tmp_path, words, name="a.csv", answers=None):
    path = tmp_path / name
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return propose([path], answers)


def ids(proposal):
    return proposal.plans[0].sheet.cells(proposal.plans[0].written("USUBJID")).tolist()


def question(proposal, topic):
    return next(q for q in proposal.questions if q.topic == topic)


def typed(proposal, *columns):
    write_cohort("c", proposal)
    return load_cohort("c").table("adsl")[list(columns)]


# Lines that are no patients

UNDER = {
    "total": ["Total", 3], "median": ["Median", 60], "合计": ["合计", 3, "男2 女1"], "平均": ["平均年龄", 58.7], "mean and sd": ["Mean (SD)", 58.7], "missing": ["Missing", 0, 1], "缺失": ["缺失例数", 0, 1], "valid": ["Valid n", 3, 3],
    "n": ["n = 3"], "footnote": ["* response by RECIST 1.1"], "note": ["注：红色=死亡"], "checked by": ["checked by LW 2024"],
    "legend": [None, None, None, "red = dead"], "again": HEAD,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", UNDER)
def test_a_line_under_the_table_is_no_patient_and_is_said(tmp_path, kind):
    proposal = look(tmp_path, [HEAD, *ROWS, UNDER[kind]])
    sheet = proposal.plans[0].sheet
    assert ids(proposal) == ["P1", "P2", "P3"] and [e.line for e in sheet.left_out] == [5]
    write_cohort("c", proposal)
    entry = yaml.safe_load((tmp_path / "data" / "c" / "cohort.yml").read_text(encoding="utf-8"))["tables"]["adsl"]
    assert (entry["first_row"], entry["last_row"]) == (2, 4)
    if not proposal.open(blocking=True):
        assert load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61, 55]


@pytest.mark.parametrize("line", [["Total", 3], ["checked by LW"], ["P9"]])
def test_the_same_lines_of_a_plain_folder_are_refused_by_name(tmp_path, write_cohort, line):
    rows = "".join(f"{i},{a},{s},2,1,SD\n" for i, a, s in (("A", 60, "M"), ("B", 61, "F"), ("C", 62, "M")))
    write_cohort(
        adsl=(
            f"USUBJID,AGE,SEX,PFSR,PFSR_EVENT,BOR_RECHALLENGE\n{rows}{','.join(map(str, line))}{',' * (6 - len(line))}\n"
        )
    )
    found = [f for f in read_cohort("c")[1] if f.severity == "error"]
    assert [f.row for f in found if "no patient" in f.rule] == [5]


def test_a_patient_with_an_identifier_alone_is_asked_about(tmp_path):
    lines = [HEAD, *ROWS, ["P4"]]
    proposal = look(tmp_path, lines)
    asked = question(proposal, "lines")
    assert asked.blocking and "5 (P4" in asked.text() and ids(proposal) == ["P1", "P2", "P3"]
    assert ids(look(tmp_path, lines, answers={asked.id: "patients"})) == ["P1", "P2", "P3", "P4"]


def test_blank_lines_and_a_starred_patient_stay_in_the_table(tmp_path):
    lines = [HEAD, ROWS[0], [], ["*P2", *ROWS[1][1:]], [], ROWS[2]]
    assert ids(look(tmp_path, lines)) == ["P1", "*P2", "P3"]


def test_patients_added_under_the_last_line_are_no_secret(tmp_path, data):
    write_cohort("c", look(tmp_path, [HEAD, *ROWS, ["Total", 3]]))
    save(data / "c" / "a.xlsx", [HEAD, *ROWS, ["P4", 50, "F", *ROWS[0][3:]], ["Total", 4]])
    assert any(
        "below the last line of patients" in f.rule and f.row == 5 for f in read_cohort("c")[1] if f.severity == "error"
    )


# Names of columns

TITLE, GROUPS = ["Rechallenge in one hospital"], ["Baseline", None, None, "ICI rechallenge", None, None, None]


def test_titles_groups_and_units_above_the_patients_are_found(tmp_path):
    short = ["Patient ID", "Age", "Sex", "Start", "Progression", "Last follow-up", "Best response"]
    units = [None, "years", "M/F", "yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd", None]
    proposal = look(
        tmp_path,
        [TITLE, [], GROUPS, short, units, *ROWS],
        lambda b, s: s.merge_cells("A3:C3") or s.merge_cells("D3:G3"),
    )
    plan = proposal.plans[0]
    assert plan.sheet.header == (3, 4) and ids(proposal) == ["P1", "P2", "P3"]
    assert set(plan.columns.values()) == {
        "USUBJID",
        "AGE",
        "SEX",
        "ASTDT_RECHALLENGE",
        "PDDT_RECHALLENGE",
        "LSTALVDT",
        "BOR_RECHALLENGE",
    }
    assert typed(proposal, "AGE")["AGE"].tolist() == [60, 61, 55]


def test_a_name_that_stands_under_two_groups_is_told_apart_by_them(tmp_path):
    groups, names = (
        ["", "First ICI course", "", "ICI rechallenge", ""],
        ["Patient ID", "Start", "Best response", "Start", "Best response"],
    )
    rows = [[f"P{i}", dt.datetime(2022, 1, i), "PR", dt.datetime(2024, 1, i), "SD"] for i in (1, 2, 3)]
    proposal = look(tmp_path, [groups, names, *rows])
    assert sorted(proposal.plans[0].columns.values()) == [
        "ASTDT_INITIAL",
        "ASTDT_RECHALLENGE",
        "BOR_INITIAL",
        "BOR_RECHALLENGE",
        "USUBJID",
    ]
    write_cohort("c", proposal)
    adrs = read_cohort("c")[0]
    assert adrs is not None and set(adrs.table("adrs")["APHASE"].astype(str)) == {"INITIAL", "RECHALLENGE"}


def test_a_person_can_say_where_the_table_lies(tmp_path):
    lines = [["x", "y"], HEAD, *ROWS]
    assert ids(look(tmp_path, lines, header=(2,), rows=(4, 5))) == ["P2", "P3"]


def test_columns_without_a_name_are_not_read_and_said(tmp_path):
    proposal = text(tmp_path, '"","id","OS","OS_EVENT"\n"1","A",3,1\n"2","B",4,0\n')
    assert proposal.plans[0].columns == {"id": "USUBJID", "OS": "OS", "OS_EVENT": "OS_EVENT"}
    assert any("(column 1)" in seen.said() for seen in proposal.plans[0].sheet.beyond)
    write_cohort("c", proposal)
    assert not [f for f in read_cohort("c")[1] if "no name" in f.rule]


# What the eye sees


def test_hidden_and_struck_lines_are_asked_about_and_colours_are_said(tmp_path):
    def odd(book, sheet):
        sheet.row_dimensions[3].hidden = True
        for cell in sheet[4]:
            cell.font = Font(strike=True)
        sheet["B2"].fill = PatternFill("solid", fgColor="FFFF0000")
        sheet["XFD2"] = "stray"

    proposal = look(tmp_path, [HEAD, *ROWS], odd)
    assert {q.topic for q in proposal.open(blocking=True)} == {"hidden", "struck"}
    said = " ".join(seen.said() for seen in proposal.plans[0].sheet.beyond)
    assert "FF0000: 1" in said and "XFD2 (stray)" in said
    answers = {question(proposal, "hidden").id: "patients", question(proposal, "struck").id: "leave out"}
    assert ids(look(tmp_path, [HEAD, *ROWS], odd, answers)) == ["P1", "P2"]


def test_a_hidden_sheet_is_not_read_and_said(tmp_path):
    def odd(book, sheet):
        other = book.create_sheet("old")
        other.append(HEAD)
        other.append(ROWS[0])
        other.sheet_state = "hidden"

    assert any("is hidden and not read" in f.rule for f in look(tmp_path, [HEAD, *ROWS], odd).doubts)


def test_two_tables_on_one_sheet_are_two(tmp_path):
    events = [
        ["Adverse events"],
        ["Patient ID", "Event", "Grade", "Course"],
        ["P1", "Rash", 2, "rechallenge"],
        ["P2", "Colitis", 3, "rechallenge"],
    ]
    proposal = look(tmp_path, [HEAD, *ROWS, [], *events])
    assert ids(proposal) == ["P1", "P2", "P3"] and [p.table for p in proposal.plans] == ["adsl", "adae"]
    write_cohort("c", proposal)
    assert load_cohort("c").table("adae")["ATOXGR"].tolist() == [2, 3]


def test_a_formula_without_a_value_is_named(tmp_path):
    with pytest.raises(CohortError) as error:
        look(tmp_path, [HEAD, *ROWS], lambda b, s: s.__setitem__("B3", "=B2+1"))
    assert [(f.row, f.column, f.rule) for f in error.value.findings] == [(3, "Age", "a formula without a stored value")]


# Files

FRAME = pd.DataFrame({"patient_id": ["a", "b"], "age": [60, 61], "pfs2_months": [3.5, 4.25], "pfs2_event": [1, 0]})


def ods(path):
    """A spreadsheet of OpenDocument by hand: no library that writes it is among ours."""
    named = {k: f"urn:oasis:names:tc:opendocument:xmlns:{k}:1.0" for k in ("office", "table", "text")}

    def cell(value):
        kind = "string" if isinstance(value, str) else "float"
        number = "" if kind == "string" else f' office:value="{value}"'
        return f'<table:table-cell office:value-type="{kind}"{number}><text:p>{value}</text:p></table:table-cell>'

    lines = [list(FRAME.columns), *FRAME.itertuples(index=False)]
    rows = "".join(f"<table:table-row>{''.join(map(cell, line))}</table:table-row>" for line in lines)
    spaces = " ".join(f'xmlns:{k}="{urn}"' for k, urn in named.items())
    sheet = f'<office:spreadsheet><table:table table:name="Sheet1">{rows}</table:table></office:spreadsheet>'
    content = f"<office:document-content {spaces}><office:body>{sheet}</office:body></office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{space}">{entry}</m:manifest>')


WRITTEN = {
    "a.csv": lambda p: FRAME.to_csv(p, index=False), "b.csv": lambda p: FRAME.to_csv(p, sep=";", decimal=",", index=False),
    "c.tsv": lambda p: FRAME.to_csv(p, sep="\t", index=False), "d.txt": lambda p: FRAME.to_csv(p, sep="\t", index=False, encoding="utf-16"),
    "e.txt": lambda p: p.write_bytes(("#Patient\tAge\tPFS\tStatus\n" + FRAME.to_csv(sep="\t", index=False)).encode()),
    "f.csv.gz": lambda p: FRAME.to_csv(p, index=False), "g.xlsx": lambda p: FRAME.to_excel(p, index=False), "h.parquet": FRAME.to_parquet,
    "i.sav": lambda p: pyreadstat.write_sav(FRAME, str(p)), "j.dta": lambda p: pyreadstat.write_dta(FRAME, str(p)),
    "k.xpt": lambda p: pyreadstat.write_xport(FRAME.rename(columns={"patient_id": "patid"}), str(p)), "l.ods": ods,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITTEN)
def test_every_kind_of_file_gives_the_same_cohort(tmp_path, name):
    path = tmp_path / name
    WRITTEN[name](path)
    answers = {
        "course": "rechallenge",
        "event.PFSR_EVENT": ["1"],
        f"pfs2.{'Sheet1' if name.endswith(('xlsx', 'ods')) else name}.pfs2_months": "rechallenge",
    }
    first = propose([path])
    answers = {k: v for k, v in answers.items() if k in {q.id for q in first.questions}}
    proposal = propose([path], answers)
    assert not proposal.open(blocking=True)
    write_cohort("c", proposal)
    adtte = load_cohort("c").table("adtte")
    assert adtte["AVAL"].tolist() == [3.5, 4.25] and adtte["CNSR"].tolist() == [0, 1]


def test_files_that_would_fill_the_memory_are_refused_in_a_sentence(tmp_path, monkeypatch):
    from rechallenge.cohort.read import textfile

    monkeypatch.setattr(textfile, "MOST_BYTES", 1000)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"0" * 100_000))
    wide = ",".join(f"c{i}" for i in range(MOST_COLUMNS + 1)) + "\n"
    for name, words in (("bomb.csv.gz", None), ("wide.csv", wide)):
        if words:
            monkeypatch.undo()
            use_data(monkeypatch, tmp_path / "data")
            (tmp_path / name).write_text(words, encoding="utf-8")
        with pytest.raises(CohortError) as error:
            propose([tmp_path / name])
        assert "too large to be a table of patients" in error.value.findings[0].rule


# Cells

CELLS = [  # column, cells, meant
    ("age", ["67岁", "58 岁", "６１", "60.0", "59 years"], "AGE", [67, 58, 61, 60, 59]),
    ("ecog", ["1分", "ECOG 2", "1.0", "0", "PS=1"], "ECOG", ["1", "2", "1", "0", "1"]),
    ("stage", ["Ⅲb", "IVA期", "ⅣB", "iiia", "4a"], "STAGE", ["IIIB", "IVA", "IVB", "IIIA", "IVA"]),
    ("pd-l1", ["TPS<1%", "阴性", "TPS 20%", "≥50%", "60%"], "PDL1", ["<1%", "<1%", "1-49%", ">=50%", ">=50%"]),
    ("histology", ["LUAD", "鳞癌", "NSCLC-NOS", "腺鳞癌", "Adenocarcinoma"], "HIST", ["ADENO", "SQUAMOUS", "OTHER", "ADENOSQ", "ADENO"]),
    ("sex", ["男", "F", "Male", "female", "女"], "SEX", ["M", "F", "M", "F", "F"]),
]  # fmt: skip


@pytest.mark.parametrize("name, cells, target, meant", CELLS, ids=[c[0] for c in CELLS])
def test_a_cell_is_read_as_it_is_meant(tmp_path, name, cells, target, meant):
    lines = "".join(f"p{i},{cell},x\n" for i, cell in enumerate(cells))
    assert typed(text(tmp_path, f"patient_id,{name},note\n{lines}"), target)[target].astype(object).tolist() == meant


@pytest.mark.parametrize("word", ["SD(缩小)", "SD（增大）", "3:SD", "疾病稳定(SD)", "stable disease"])
def test_a_response_with_a_remark_is_the_response(tmp_path, word):
    proposal = text(tmp_path, f"patient_id,best response rechallenge\na,{word}\nb,POD\nc,Progressed\n")
    write_cohort("c", proposal)
    assert load_cohort("c").table("adrs")["AVALC"].astype(str).tolist() == ["SD", "PD", "PD"]


@pytest.mark.parametrize(
    "words, event",
    [(("1:DECEASED", "0:LIVING"), "1:DECEASED"), (("TRUE", "FALSE"), "TRUE"), (("Yes", "No"), "Yes"), (("是", "失访"), "是"),
     (("1.0", "0.0"), "1.0"), (("dead", "alive"), "dead")],
)  # fmt: skip
def test_the_event_of_a_flag_is_proposed_with_counts_and_holds_once_confirmed(tmp_path, words, event):
    lines = f"patient_id,OS_MONTHS,OS_STATUS\na,3,{words[0]}\nb,4,{words[0]}\nc,5,{words[1]}\n"
    first = question(text(tmp_path, lines), "event")
    assert first.blocking and {v.word: v.count for v in first.values} == {words[0]: 2, words[1]: 1}
    assert first.proposed == {w: "event" if w == event else "censored" for w in words}
    write_cohort("c", text(tmp_path, lines, answers={"course": "neither", "event.OS_EVENT": {"event": [event]}}))
    assert load_cohort("c").table("adtte")["CNSR"].tolist() == [0, 0, 1]


def test_codes_turned_round_by_their_labels_are_right_once_confirmed(tmp_path):
    frame = pd.DataFrame(
        {
            "id": range((1.0).__int__(), 21),
            "os": [float(i) for i in range(1, 21)],
            "st": [1.0] * 4 + [2.0] * 6 + [1.0] * 4 + [2.0] * 6,
        }
    )
    pyreadstat.write_sav(frame, str(tmp_path / "r.sav"), column_labels=["id", "OS months", "status"],
                         variable_value_labels={"st": {1.0: "alive/lost to FU", 2.0: "dead"}})  # fmt: skip
    first = propose([tmp_path / "r.sav"])
    asked = question(first, "event")
    assert "1 = alive/lost to FU: 8; 2 = dead: 12" in asked.text() and asked.proposed == {"1": "censored", "2": "event"}
    write_cohort("c", propose([tmp_path / "r.sav"], {"course": "neither", asked.id: asked.proposed}))
    assert (load_cohort("c").table("adtte")["CNSR"] == 0).sum() == 12


def test_a_name_that_says_alive_is_taken_the_other_way_round(tmp_path):
    asked = question(text(tmp_path, "patient_id,os_months,是否存活\na,3,是\nb,4,否\n"), "event")
    assert asked.proposed == {"是": "censored", "否": "event"}


@pytest.mark.parametrize("sentinel", ["999", "-9"])
def test_a_number_that_stands_for_not_known_is_asked_about(tmp_path, sentinel):
    lines = f"patient_id,age\na,60\nb,{sentinel}\nc,61\n"
    asked = question(text(tmp_path, lines), "sentinels")
    assert asked.proposed == {sentinel: "unknown"}
    assert typed(text(tmp_path, lines, answers={asked.id: asked.proposed}), "AGE")["AGE"].isna().tolist() == [
        False,
        True,
        False,
    ]


def test_shares_of_one_are_asked_about_and_become_percent(tmp_path):
    lines = "patient_id,best change rechallenge\na,-0.45\nb,-0.10\nc,0.25\nd,-1\ne,0.05\nf,-0.35\n"
    asked = question(text(tmp_path, lines), "fraction")
    write_cohort("c", text(tmp_path, lines, answers={asked.id: "shares"}))
    raw = yaml.safe_load((tmp_path / "data" / "c" / "cohort.yml").read_text(encoding="utf-8"))
    assert asked.blocking and raw["scales"] == {"PCHG_RECHALLENGE": "fraction"}


# Dates


@pytest.mark.parametrize(
    "cell",
    [
        "05-Jan-24",
        "05JAN24",
        "05/01/2024 14:30",
        "2024-01-05T09:30:00Z",
        "2024年1月5日",
        "2024年1月5号",
        "２０２４－０１－０５",
        "5-Jan-2024",
        "2024.1.5",
    ],
)
def test_a_date_as_programs_and_people_write_it(cell):
    assert dt.date(2024, 1, 5) in meanings(cell).values() and period(cell) is None


def test_a_word_for_the_month_and_a_time_of_day_need_one_declaration_each(write_cohort):
    yml = "title: t\ndata_cutoff: 2024-12-31\ndates: [day-first, day-first-20yy, date-and-time]\n"
    write_cohort(
        yml=yml,
        adsl=(
            "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\nA,05-Jan-24,25/03/2024"
            " 14:30,01-Aug-24\nB,06-Jan-24,13/04/2024 0:00,01-Aug-24\n"
        ),
    )
    adex = load_cohort("c").table("adex")
    assert adex["ASTDT"].tolist() == [pd.Timestamp(2024, 1, 5), pd.Timestamp(2024, 1, 6)]
    assert adex["PDDT"].tolist() == [pd.Timestamp(2024, 3, 25), pd.Timestamp(2024, 4, 13)]


DAYS = (
    "id,ICI start date,PD date,Death date,Last"
    " visit\nP1,18740,18900,19000,19000\nP2,18611,18700,,19305\nP3,19100,,,19300\n"
)


def test_day_numbers_are_asked_about_with_what_each_count_means(tmp_path):
    asked = question(text(tmp_path, DAYS), "counted")
    assert asked.blocking and set(asked.choices) == {"sas", "days-since-1970"} and asked.proposed is None
    assert "2021-04-23" in asked.choice_text("days-since-1970") and "2011-04-23" in asked.choice_text("sas")
    write_cohort("c", text(tmp_path, DAYS, answers={asked.id: "days-since-1970", "course": "rechallenge"}))
    assert load_cohort("c").table("adsl")["DTHDT"][0] == pd.Timestamp(2022, 1, 8)


def test_one_plausible_count_is_proposed_and_still_asked(tmp_path):
    asked = question(text(tmp_path, DAYS.replace("18", "44").replace("19", "44")), "counted")
    assert asked.proposed == "excel-1900" and asked.blocking


PARTIAL = (
    "patient_id,start of rechallenge,last follow"
    " up\na,2024-03-20,2024-05-01\nb,2024-03-02,2024-05\nc,2024-05-20,2024-05\nd,2024-01-02,2024\n"
)


@pytest.mark.slow
def test_a_partial_date_is_refused_without_a_rule_and_placed_by_one(tmp_path):
    asked = question(text(tmp_path, PARTIAL), "partial")
    assert "3 dates" in asked.text() and asked.proposed is None and asked.blocking
    write_cohort("c", text(tmp_path, PARTIAL))
    assert [(f.row, f.rule[:12]) for f in read_cohort("c")[1] if f.column == "LSTALVDT"] == [(3, "3 cells wait")]
    placed = {}
    for rule in ("first", "mid", "last"):
        found = text(tmp_path, PARTIAL, answers={asked.id: rule})
        write_cohort("c", found, replace=True)
        placed[rule] = [d.date().isoformat() for d in load_cohort("c").table("adsl")["LSTALVDT"][1:]]
    assert placed["first"] == ["2024-05-01", "2024-05-20", "2024-01-02"]  # never before the start of treatment
    assert placed["mid"] == ["2024-05-15", "2024-05-20", "2024-07-01"]
    assert placed["last"] == ["2024-05-31", "2024-05-31", "2024-12-31"]


@pytest.mark.parametrize("cell, first, last", [("2024.12", (12, 1), (12, 31)), ("2024年2月", (2, 1), (2, 29)), ("2024", (1, 1), (12, 31)),
                                               ("Mar 2024", (3, 1), (3, 31)), ("2024-03-UN", (3, 1), (3, 31))])  # fmt: skip
def test_the_period_of_a_partial_date(cell, first, last):
    assert period(cell) == (dt.date(2024, *first), dt.date(2024, *last)) and not meanings(cell)


def test_october_written_as_a_number_is_no_january():
    assert period("2024.1") is None and not meanings("2024.1")


COMBINED = "住院号,再挑战开始日期,死亡,死亡/末次随访日期\nA,2023-01-01,是,2023-05-01\nB,2023-01-02,失访,2023-06-01\nC,2023-01-03,否,2023-07-01\n"


def test_a_date_of_death_or_last_contact_is_split_by_the_flag_on_confirmation(tmp_path):
    first = text(tmp_path, COMBINED)
    asked = question(first, "split")
    assert asked.blocking and "是: 1" in asked.text() and asked.proposed == "split"
    answers = {asked.id: "split"}
    died = question(text(tmp_path, COMBINED, answers=answers), "event")
    assert died.blocking and died.proposed == {"是": "event", "失访": "censored", "否": "censored"}
    found = typed(text(tmp_path, COMBINED, answers=answers | {died.id: died.proposed}), "DTHDT", "LSTALVDT")
    assert found["DTHDT"].notna().tolist() == [True, False, False] and found["LSTALVDT"].notna().all()


# Not known is a state

REDCAP = (
    "record_id,sex,demographics_complete,mets___1,mets___2,mets___0,mets_form_complete\n"
    "1,1,2,1,0,0,2\n2,2,2,0,0,0,0\n3,1,2,0,0,1,2\n4,2,2,0,1,0,2\n5,2,2,0,0,0,2\n"
)
FIELDS = (
    '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"\n'
    'record_id,demographics,text,Record,\nsex,demographics,radio,Sex,"1, Male | 2, Female"\n'
    'mets,mets_form,checkbox,Metastases,"1, Brain | 2, Liver | 0, None"\n'
)


def test_boxes_that_nobody_was_asked_about_are_not_known(tmp_path, data):
    (tmp_path / "rc.csv").write_text(REDCAP, encoding="utf-8")
    (tmp_path / "d.csv").write_text(FIELDS, encoding="utf-8")
    proposal = propose([tmp_path / "rc.csv", tmp_path / "d.csv"])
    assert proposal.plans[0].checkboxes["mets"] == {
        "none": "mets___0",
        "boxes": ["mets___1", "mets___2"],
        "form": "mets_form_complete",
    }
    write_cohort("c", proposal)
    path = data / "c" / "cohort.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("#factors:", "factors:").replace("#  mets___1", "  mets___1"),
        encoding="utf-8",
    )
    found = load_cohort("c").table("adsl")["mets___1"].astype(object)
    assert found.isna().tolist() == [False, True, False, False, True] and found.dropna().tolist() == ["1", "0", "0"]


# Which course


def test_outcomes_of_no_named_course_are_asked_about_and_follow_the_answer(tmp_path):
    lines = "patient_id,PFS_months,PFS_event,best response\na,3,1,PR\nb,4,0,SD\n"
    assert question(text(tmp_path, lines), "course").blocking
    targets = {c: set(text(tmp_path, lines, answers={"course": c}).plans[0].columns.values()) - {"USUBJID"}
               for c in ("rechallenge", "first course", "neither")}  # fmt: skip
    assert targets["rechallenge"] == {"PFSR", "PFSR_EVENT", "BOR_RECHALLENGE"}
    assert targets["first course"] == {"PFS1", "PFS1_EVENT", "BOR_INITIAL"} and targets["neither"] == set()


def test_pfs2_is_asked_about(tmp_path):
    lines = "patient_id,PFS2,PFS2_event\na,3,1\nb,4,0\n"
    asked = question(text(tmp_path, lines), "pfs2")
    assert asked.blocking and "NEXT line" in asked.text()
    assert set(text(tmp_path, lines, answers={asked.id: "leave out"}).plans[0].columns) == {"patient_id"}


@pytest.mark.parametrize("name", ["住院号", "病案号", "MRN", "USUBJID", "PATIENT_ID", "编号"])
def test_identifiers_are_known_by_their_names(tmp_path, name):
    assert text(tmp_path, f"{name},age\na,60\nb,61\n").plans[0].columns[name] == "USUBJID"


def test_of_two_identifiers_the_one_that_the_other_sheet_knows_is_taken(tmp_path):
    def events(book, sheet):
        other = book.create_sheet("不良反应")
        for line in (
            ["住院号", "不良反应", "CTCAE分级", "治疗阶段"],
            ["H7", "皮疹", "G3", "再挑战"],
            ["H8", "皮疹", "2级", "首次"],
        ):
            other.append(line)

    proposal = look(tmp_path, [["编号", "住院号", "年龄"], [1, "H7", 60], [2, "H8", 61]], events)
    assert proposal.plans[0].written("USUBJID") == "住院号"
    write_cohort("c", proposal)
    assert load_cohort("c").table("adae")["ATOXGR"].tolist() == [3, 2]


# Answers


@pytest.mark.slow
def test_an_answer_that_is_none_is_named_and_nothing_is_written(tmp_path):
    lines = "patient_id,OS_MONTHS,OS_STATUS\na,3,1\nb,4,0\n"
    for answers, rule in (
        ({"course": "second"}, "not an answer"),
        ({"event.OS_EVENT": {"1": "event"}}, "a value without an answer"),
        ({"event.OS_EVENT": {"1": "dead", "0": "censored"}}, "not a meaning"),
        ({"event.OS_EVENT": ["7"]}, "does not hold"),
    ):
        with pytest.raises(CohortError) as error:
            text(tmp_path, lines, answers=answers)
        assert any(rule in f.rule for f in error.value.findings)


def test_a_question_is_asked_in_chinese_too(tmp_path):
    asked = question(text(tmp_path, "patient_id,OS_MONTHS,OS_STATUS\na,3,1\nb,4,0\n"), "event")
    assert "哪个值" in asked.text("zh") and asked.choice_text("censored", "zh") == "无事件（删失）"

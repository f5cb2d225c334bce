"""The door: every fault of the data is named with file, row,
column, value and what to do; good data comes through unchanged.
"""

import pytest
from openpyxl import Workbook

from rechallenge.cohort import CohortError, load_cohort
from rechallenge.cohort.cohort import read_cohort
from tests.conftest import GOOD_ADSL, GOOD_YML

DATED = GOOD_YML + "data_cutoff: 2024-12-31\n"
TWO = "USUBJID,AGE\nA,60\nB,61\n"
COURSES = "USUBJID,APHASE,ASTDT,AENDT,PDDT\nA,INITIAL,2023-01-01,2023-06-01,2023-07-01\nA,RECHALLENGE,2024-01-01,2024-03-01,2024-04-01\n"


def findings(severity="error"):
    return [f for f in read_cohort("c")[1] if f.severity == severity]


def has(rule, column=None, row=None, value=None, subject=None, severity="error"):
    """Whether one finding fits all that is asked."""
    for f in findings(severity):
        wanted = {"column": column, "row": row, "value": value, "subject": subject}
        if rule in f.rule and all(v is None or getattr(f, k) == v for k, v in wanted.items()) and f.action:
            return True
    raise AssertionError(f"no finding {rule!r} in {read_cohort('c')[1]}")


BAD = [
    # name, files, rule, column, row, value
    ("missing required column", {"adsl": "AGE\n60\n61\n"}, "required column is missing", "USUBJID", 1, None),
    ("missing required cell", {"adsl": "USUBJID,AGE\n,60\nB,61\nC,62\n"}, "required value is missing", "USUBJID", 2, None),
    ("unknown level", {"adsl": TWO.replace("AGE", "SEX").replace("61", "X").replace("60", "M")}, "unknown level", "SEX", 3, "X"),
    ("wrong type", {"adsl": TWO.replace("61", "old")}, "not a number", "AGE", 3, "old"),
    ("decimal comma", {"adsl": 'USUBJID;AGE\nA;60,5\nB;61\n'}, "not a number", "AGE", 2, "60,5"),
    ("infinite", {"adsl": TWO.replace("61", "1e999")}, "not a number", "AGE", 3, "1e999"),
    ("out of range", {"adsl": TWO.replace("61", "161")}, "outside 0 to 120 years", "AGE", 3, "161"),
    ("ambiguous date", {"adsl": "USUBJID,DTHDT\nA,03/05/2024\nB,\n", "yml": DATED}, "not a date", "DTHDT", 2, "03/05/2024"),
    ("impossible date", {"adsl": "USUBJID,DTHDT\nA,2024-02-30\nB,\n", "yml": DATED}, "not a date", "DTHDT", 2, "2024-02-30"),
    ("duplicate subject", {"adsl": TWO.replace("\nB", "\nA")}, "duplicate subject", "USUBJID", 3, "A"),
    ("unknown subject", {"adsl": TWO, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\nZ,INITIAL,Rash,1\n"}, "not in adsl", "USUBJID", 2, "Z"),
    ("one subject", {"adsl": "USUBJID\nA\n"}, "fewer than 2 subjects", None, None, "1"),
    ("empty table", {"adsl": TWO, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\n"}, "header and no rows", None, None, None),
    ("empty file", {"adsl": ""}, "the file is empty", None, None, None),
    ("course ends early", {"adsl": TWO, "yml": DATED, "adex": COURSES.replace("2024-03-01", "2023-12-01")}, "ends before it starts", "AENDT", 3, "2023-12-01"),
    ("progression early", {"adsl": TWO, "yml": DATED, "adex": COURSES.replace("2024-04-01", "2023-12-31")}, "progression before", "PDDT", 3, "2023-12-31"),
    ("courses swapped", {"adsl": TWO, "yml": DATED, "adex": COURSES.replace("2023-01-01", "2024-05-01").replace("2023-06-01", "").replace("2023-07-01", "")}, "on or before the first course", "ASTDT", 3, "2024-01-01"),
    ("after death", {"adsl": "USUBJID,DTHDT\nA,2024-02-01\nB,\n", "yml": DATED, "adex": COURSES}, "after death", "PDDT", 3, "2024-04-01"),
    ("a century", {"adsl": "USUBJID,LSTALVDT\nA,1900-01-01\nB,2024-02-01\n", "yml": DATED}, "a date before 2010", "LSTALVDT", 2, "1900-01-01"),
    ("no cut-off", {"adsl": TWO, "adex": COURSES}, "without a data cut-off", "data_cutoff", None, None),
    ("negative duration", {"adsl": GOOD_ADSL.replace("2.5", "-1")}, "below zero", "PFSR", 2, "-1"),
    ("PFS above OS", {"adsl": GOOD_ADSL.replace("2.5", "20")}, "longer than overall survival", "PFSR", 2, "20"),
    ("flag", {"adsl": GOOD_ADSL.replace("2.5,1", "2.5,2")}, "not a flag", "PFSR_EVENT", 2, "2"),
    ("duration without flag", {"adsl": GOOD_ADSL.replace("2.5,1", "2.5,")}, "PFSR_EVENT is missing", "PFSR_EVENT", 2, None),
    ("flags contradict", {"adsl": TWO, "adtte": "USUBJID,PARAMCD,AVAL,CNSR,EVENT\nA,OS,3,1,1\n"}, "contradict", "CNSR", 2, None),
    ("grade 6", {"adsl": TWO, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,Rash,6\n"}, "outside 1 to 5", "ATOXGR", 2, "6"),
    ("grade 2.5", {"adsl": TWO, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,Rash,2.5\n"}, "not a whole number", "ATOXGR", 2, "2.5"),
    ("best response too good", {"adsl": TWO, "yml": DATED, "adrs": "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2024-01-01,SD\nA,INITIAL,BOR,,PR\n"}, "better than every assessment", "AVALC", 3, "PR"),
    ("assessment without date", {"adsl": TWO, "adrs": "USUBJID,APHASE,PARAMCD,AVALC\nA,INITIAL,OVR,SD\n"}, "without a date", "ADT", 2, None),
    ("assessment of no course", {"adsl": TWO, "yml": DATED, "adrs": "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2024-01-01,SD\n"}, "a course without a start date", "APHASE", 2, None),
    ("enormous number", {"adsl": GOOD_ADSL.replace("2.5", "1e300")}, "not a number", "PFSR", 2, "1e300"),
    ("two columns for one", {"yml": "title: T\ncolumns: {age_years: AGE}\n", "adsl": "USUBJID,age_years,AGE\nA,1,2\nB,1,2\n"}, "a second column for AGE", "AGE", 1, None),
    ("factor without levels", {"yml": "title: T\nfactors: {KRAS: {label: K}}\n", "adsl": "USUBJID,KRAS\nA,WT\nB,MUT\nC,WT\n"}, "the factor KRAS has no levels", "KRAS", 2, "MUT, WT"),
    ("factor without levels, numbers in it", {"yml": "title: T\nfactors: {LDH: {label: L}}\n", "adsl": "USUBJID,LDH\nA,high\nB,190\n"}, "not a number", "LDH", 2, "high"),
    ("half a line", {"adsl": "USUBJID,AGE,SEX\nA,60,M\nB,6"}, "2 cells where the header has 3", None, 3, None),
    ("open quote", {"adsl": 'USUBJID,AGE\nA,"60\nB,61\n'}, "ends inside a quoted value", None, None, None),
    ("double column", {"adsl": "USUBJID,AGE,AGE\nA,1,2\nB,1,2\n"}, "column name stands twice", "AGE", 1, None),
    ("unnamed column", {"adsl": "USUBJID,,AGE\nA,1,2\nB,1,2\n"}, "column 2 has no name", None, 1, None),
    ("binary", {"adsl": b"USUBJID\x00\x00\xff\xfe"}, "encoding is not known", None, None, None),
    ("formula", {"adsl": 'USUBJID,AGE\n"=HYPERLINK(""http://x"")",60\nB,61\n'}, "formula or markup", "USUBJID", 2, None),
    ("markup", {"adsl": TWO, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,<script>x</script>,1\n"}, "formula or markup", "AEDECOD", 2, None),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name, files, rule, column, row, value", BAD, ids=[b[0] for b in BAD])
def test_a_fault_is_named_with_its_place_and_what_to_do(write_cohort, name, files, rule, column, row, value):
    write_cohort(**files)
    assert has(rule, column, row, value)
    with pytest.raises(CohortError):
        load_cohort("c")


def test_all_faults_come_at_once(write_cohort):
    write_cohort(
        adsl="USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,old,Q,-1,7\nA,999,M,3,1\n",
        adae="USUBJID,APHASE,AEDECOD,ATOXGR\nZ,NEVER,Rash,9\n",
    )
    rules = {f.rule for f in findings()}
    for part in (
        "not a number",
        "unknown level",
        "not a flag",
        "outside 0 to 120 years",
        "duplicate subject",
        "not in adsl",
        "outside 1 to 5",
    ):
        assert any(part in rule for rule in rules), (part, rules)


WARNINGS = [
    ("all censored", {"adsl": GOOD_ADSL.replace(",1,", ",0,").replace("12,1", "12,0")}, "all subjects are censored for PFSR"),
    ("days", {"adsl": "USUBJID,PFSR,PFSR_EVENT\nA,150,1\nB,90,1\nC,61,1\n"}, "looks like days"),
    ("stage IV", {"adsl": "USUBJID,STAGE,DISTMET\nA,IV,N\nB,III,N\n"}, "stage IV without"),
    ("stage III", {"adsl": "USUBJID,STAGE,DISTMET\nA,IV,Y\nB,IIIA,Y\n"}, "another stage with it"),
    ("after cut-off", {"adsl": "USUBJID,LSTALVDT\nA,2025-06-01\nB,2024-01-01\n", "yml": DATED}, "after the data cut-off"),
    ("unknown column", {"adsl": TWO.replace("AGE", "AGEE")}, "unknown column"),
    ("response without shrinkage", {"adsl": "USUBJID,BOR_INITIAL,PCHG_INITIAL\nA,PR,-10\nB,SD,0\n"}, "less than 30% shrinkage"),
    ("two starts", {"adsl": TWO, "yml": DATED, "adex": COURSES + "A,RECHALLENGE,2024-02-01,,\n"}, "second start of the same course"),
    ("identifiers alike", {"adsl": "USUBJID\na1\nA1\nB\n"}, "only in case or spaces"),
    ("dates after last contact", {"adsl": "USUBJID,LSTALVDT\nA,2024-02-01\nB,2024-02-01\n", "yml": DATED, "adex": COURSES}, "after the last date known alive"),
    ("a long duration", {"adsl": GOOD_ADSL.replace("8,1", "100000,1")}, "more than 20 years"),
    ("Latin-1", {"adsl": "USUBJID,SITEID\nA,M\u00fcller\nB,x\n".encode("latin-1")}, "read as Western text"),
    ("dead, yet censored for PFS", {"adsl": GOOD_ADSL.replace("2.5,1,8,1", "2.5,0,8,1")}, "censored for PFS, yet dead"),
    ("best response PD, yet censored", {"adsl": "USUBJID,BOR_RECHALLENGE,PFSR,PFSR_EVENT\nA,PD,3,0\nB,SD,4,1\n"}, "best response is progression, yet censored"),
    ("best response PD without date", {"adsl": TWO, "yml": DATED, "adex": COURSES.replace("2024-04-01", ""), "adrs": "USUBJID,APHASE,PARAMCD,AVALC\nA,RECHALLENGE,BOR,PD\n"}, "no date of progression"),
    ("event of no course", {"adsl": TWO, "yml": DATED, "adex": COURSES, "adae": "USUBJID,APHASE,AEDECOD,ATOXGR\nB,INITIAL,Rash,1\n"}, "a course that the subject did not have"),
    ("no follow-up", {"adsl": TWO, "yml": DATED, "adex": "USUBJID,APHASE,ASTDT\nA,RECHALLENGE,2024-01-01\n"}, "no date after the start of the course"),
    ("best response worse", {"adsl": TWO, "yml": DATED, "adex": COURSES, "adrs": "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2024-01-01,PR\nA,INITIAL,BOR,,SD\n"}, "worse than an assessment"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name, files, rule", WARNINGS, ids=[w[0] for w in WARNINGS])
def test_a_doubt_is_a_warning_and_the_cohort_loads(write_cohort, name, files, rule):
    write_cohort(**files)
    assert has(rule, severity="warning")
    assert load_cohort("c").warnings


YML = [
    ("unknown key", "title: T\ntitel: x\n", "unknown key", "Did you mean title?"),
    ("no title", "kind: patients\n", "`title` is missing", ""),
    ("bad kind", "title: T\nkind: people\n", "unknown value", "patients"),
    ("bad date", "title: T\ndata_cutoff: soon\n", "a date such as", ""),
    ("twice", "title: T\ntitle: U\n", "stands twice", ""),
    ("not YAML", "title: [T\n", "not valid YAML", ""),
    ("tab", "title: T\n\tkind: x\n", "a tab stands", "spaces"),
    ("empty", "", "no `key: value` lines", "rechallenge new"),
    ("list", "- a\n- b\n", "no `key: value` lines", ""),
    ("factor without levels", "title: T\nfactors:\n  A: {type: coded}\n", "has `levels`", ""),
    ("bad reference", "title: T\nfactors:\n  A: {levels: [a, b], reference: c}\n", "not one of the levels", "a, b"),
    ("bad cut", "title: T\nfactors:\n  A: {from: AGE, cut: [60], levels: [a, b, c]}\n", "cut points", ""),
    (
        "bad map",
        "title: T\nfactors:\n  A: {from: SEX, map: {M: z}, levels: [a, b]}\n",
        "maps to an unknown level",
        "a, b",
    ),
    ("bad subgroup", "title: T\nsubgroups: [ECGO]\n", "not a factor", "Did you mean ECOG?"),
    ("bad criterion", "title: T\neligibility:\n  - {label: x, column: AGEE, min: 1}\n", "unknown column", "AGE"),
    ("empty criterion", "title: T\neligibility:\n  - {label: x, column: AGE}\n", "says nothing", ""),
    ("bad provenance", "title: T\nprovenance: {adtr: guess}\n", "expected indented `name: value` lines", ""),
    ("bad mapping", "title: T\ncolumns: {x: AGEE}\n", "unknown column on the right", "AGE"),
    ("absent mapping", "title: T\ncolumns: {age_years: AGE}\n", "names a column that no table has", ""),
    ("alias", "title: &a [*a]\n", "not valid YAML", ""),
    ("deep", "title: " + "[" * 3000 + "\n", "nested too deeply", ""),
    ("bad cut-off", "title: T\ndata_cutoff: 2024-02-30\n", "a value that cannot be read", ""),
    ("surrogate", 'title: "\\ud800"\n', "invalid Unicode", ""),
    ("list as title", "title: [1, 2]\n", "one line of text", ""),
    ("encoding", "title: T\nencoding: klingon\n", "unknown encoding", ""),
    ("levels in two cases", "title: T\nfactors: {G: {levels: [a, A]}}\n", "differ only in case", ""),
    ("levels with one label", "title: T\nfactors: {G: {levels: {A: x, B: x}}}\n", "differ only in case, or share", ""),
    ("level twice", "title: T\nfactors: {G: {levels: [a, a]}}\n", "a level stands twice", ""),
    ("reserved factor", "title: T\nfactors: {CNSR: {levels: [a, b]}}\n", "a column of the dictionary", ""),
    ("factor as a path", "title: T\nfactors: {a/b: {levels: [a, b]}}\n", "not usable as a column name", ""),
    (
        "group over a column",
        "title: T\nfactors: {SEX: {from: AGE, cut: [61], levels: [a, b]}}\n",
        "cannot be a group",
        "SEXGR1",
    ),
    (
        "group from nothing",
        "title: T\nfactors: {G: {from: NOPE, cut: [61], levels: [a, b]}}\n",
        "not a column or endpoint",
        "AGE",
    ),
    ("cut of levels", "title: T\nfactors: {G: {from: SEX, cut: [61], levels: [a, b]}}\n", "SEX has levels", "map"),
    (
        "map of no level",
        "title: T\nfactors: {G: {from: SEX, map: {Male: a}, levels: [a, b]}}\n",
        "not a level of SEX",
        "M, F",
    ),
    ("infinite step", "title: T\nfactors: {AGE: {type: number, per: .inf}}\n", "a number above 0", ""),
    ("numeric subgroup", "title: T\nsubgroups: [AGE]\n", "a number, not a factor", ""),
    (
        "criterion of no level",
        "title: T\neligibility:\n  - {label: x, column: SEX, in: [Male]}\n",
        "not a level of SEX",
        "M, F",
    ),
    ("limit of levels", "title: T\neligibility:\n  - {label: x, column: SEX, min: 2}\n", "for a column of numbers", ""),
    ("provenance of nothing", "title: T\nprovenance: {adslx: {status: synthetic, note: x}}\n", "not a table", "adsl"),
    ("bad endpoint", "title: T\nendpoints: {OSS: {text: x}}\n", "expected ENDPOINT", "OS"),
]


@pytest.mark.parametrize("name, yml, rule, action", YML, ids=[y[0] for y in YML])
def test_a_fault_in_cohort_yml_is_named(write_cohort, name, yml, rule, action):
    write_cohort(yml=yml)
    found = [f for f in findings() if f.file == "cohort.yml" and rule in f.rule]
    assert found and action in found[0].action, findings()


def test_a_yml_fault_names_its_line(write_cohort):
    write_cohort(yml="title: T\n\nfactors:\n  A:\n    levels: [a]\n    refrence: a\n")
    assert [f.row for f in findings()] == [6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_names_and_codes_are_mapped(write_cohort, encoding):
    yml = "title: T\ncolumns: {编号: USUBJID, 性别: SEX, age_years: AGE}\nvalues: {SEX: {男: M, 女: F}}\n"
    write_cohort(yml=yml, adsl="编号,性别,age_years\n甲,男,60\n乙,女,61\n".encode(encoding))
    adsl = load_cohort("c").table("adsl")
    assert adsl["SEX"].tolist() == ["M", "F"] and adsl["USUBJID"].tolist() == ["甲", "乙"]


def test_labels_and_lower_case_stand_for_codes(write_cohort):
    write_cohort(adsl="usubjid,Age,Sex,Histology\nA,60,female,adeno\nB,61,m,Squamous cell carcinoma\n")
    adsl = load_cohort("c").table("adsl")
    assert adsl["SEX"].tolist() == ["F", "M"] and adsl["HIST"].tolist() == ["ADENO", "SQUAMOUS"]


def test_yes_and_no_stay_words_in_cohort_yml(write_cohort):
    write_cohort(
        yml="title: T\nfactors: {LIVER: {label: Liver, levels: {N: No, Y: Yes}}}\n", adsl="USUBJID,LIVER\nA,Y\nB,N\n"
    )
    assert dict(load_cohort("c").factor("LIVER").levels) == {"N": "No", "Y": "Yes"}


def test_semicolons_and_quoted_commas_are_read(write_cohort):
    write_cohort(adsl='USUBJID;AGE;SITEID\nA;60;"x; y"\nB;61;z\n')
    assert load_cohort("c").table("adsl")["SITEID"].tolist() == ["x; y", "z"]


def workbook(folder, fill):
    (folder / "adsl.csv").unlink()
    book = Workbook()
    book.active.title = "adsl"
    fill(book.active)
    book.save(folder / "cohort.xlsx")


def test_excel_is_read_with_dates_and_numbers(write_cohort):
    import datetime

    def fill(sheet):
        sheet.append(["USUBJID", "AGE", "DTHDT"])
        sheet.append([1, 60, datetime.datetime(2024, 3, 5)])
        sheet.append([2, 61.5, None])

    workbook(write_cohort(yml=DATED), fill)
    adsl = load_cohort("c").table("adsl")
    assert adsl["USUBJID"].tolist() == ["1", "2"] and adsl["AGE"].tolist() == [60, 61.5]
    assert adsl["DTHDT"].iloc[0].isoformat() == "2024-03-05T00:00:00"


def test_merged_cells_in_excel_are_named(write_cohort):
    def fill(sheet):
        sheet.append(["USUBJID", "AGE"])
        sheet.append(["A", 60])
        sheet.merge_cells("A1:B1")

    workbook(write_cohort(), fill)
    assert has("merged cells at A1:B1")


def test_a_link_formula_and_a_formula_without_value_in_excel_are_named(write_cohort):
    def fill(sheet):
        sheet.append(["USUBJID", "AGE"])
        sheet.append(['=HYPERLINK("http://x","A")', "=1+1"])
        sheet.append(["B", 61])

    workbook(write_cohort(), fill)
    assert has("a link or command formula", row=2) and has("a formula without a stored value", row=2)


def test_a_file_that_is_not_excel_is_named(write_cohort):
    folder = write_cohort()
    (folder / "cohort.xlsx").write_bytes(b"no zip")
    assert has("not a readable .xlsx file")


def test_a_table_given_twice_is_named(write_cohort):
    folder = write_cohort()
    book = Workbook()
    book.active.title = "adsl"
    book.active.append(["USUBJID"])
    book.active.append(["A"])
    book.save(folder / "cohort.xlsx")
    assert has("stands in adsl.csv as well")


def test_two_sheets_of_one_table_are_named(write_cohort):
    def fill(sheet):
        for target in (sheet, sheet.parent.create_sheet("ADSL ")):
            target.append(["USUBJID"])
            target.append(["A"])
            target.append(["B"])

    workbook(write_cohort(), fill)
    assert has("stands in cohort.xlsx[adsl] as well")


def test_a_level_may_be_a_word_that_else_means_empty(write_cohort):
    write_cohort(
        yml="title: T\nfactors: {G: {levels: {NA: Not applicable, N: None}}}\n",
        adsl="USUBJID,G,SITEID\nA,NA,NA\nB,N,x\n",
    )
    adsl = load_cohort("c").table("adsl")
    assert adsl["G"].tolist() == ["NA", "N"] and adsl["SITEID"].tolist() == [None, "x"]


def test_excel_saved_csv_with_a_separator_line(write_cohort):
    write_cohort(adsl="sep=;\nUSUBJID;AGE\nA;60\nB;61\n")
    assert load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61]


def test_files_in_other_formats_are_named(write_cohort):
    (write_cohort() / "data.numbers").write_bytes(b"x")
    assert has("a format that is not read", severity="warning")


def test_unknown_cohort_lists_those_that_exist():
    with pytest.raises(CohortError, match="Did you mean quzhou-2025"):
        load_cohort("quzhou-2024")


@pytest.mark.parametrize("name, n", [("quzhou-2025", 13), ("ncctg-lung", 228)])
def test_shipped_cohorts_load(name, n):
    assert len(load_cohort(name).table("adsl")) == n

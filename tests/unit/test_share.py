"""Nothing of a person leaves: leaks planted in every kind of place are found, and a clean folder raises no alarm."""

import base64
import gzip
import io
import json
import re
import struct
import zipfile
import zlib

import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import load_cohort, telling
from rechallenge.cohort.privacy import pseudonyms as secrets
from rechallenge.cohort.privacy.cleaner import clean_text
from rechallenge.cohort.privacy.dates import found_dates, without_dates
from rechallenge.cohort.privacy.identifying import Identifying
from rechallenge.cohort.privacy.terms import coded
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.run.patient_rows import PatientRows
from rechallenge.run.share import leaks_of, packed
from rechallenge.run.texts import texts_of
from tests.conftest import use_run

YML = """title: Rechallenge since 2019-03-01, read by Zhang Weiming
kind: patients
source: Records of ZJ4410021, seen 5 May 2021
data_cutoff: 2021-03-01
time_unit: months
primary_endpoint: PFSR
confirmed: {course: rechallenge}
factors:
  SEX: {label: Sex as told by Zhang Weiming, levels: {M: Male, F: Female}}
"""
ADSL = """USUBJID,NAME,REMARK,AGE,SEX,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,DTHDT
ZJ4410021,Zhang Weiming,lives near the old mill by the river,93,M,2020-01-07,2020-06-09,2020-11-20,2020-11-20
ZJ4410022,李小娜,none,61,F,2020-02-11,,2021-04-02,
ZJ4410023,Greta Holmqvist,none,70,M,2020-03-17,2020-05-05,2021-02-03,
ZJ4410024,Ana Ibarra,none,58,F,2020-04-21,2020-12-24,2021-01-29,2021-01-29
"""
ADAE = """USUBJID,APHASE,AEDECOD,ATOXGR
ZJ4410021,RECHALLENGE,Rash,1
ZJ4410022,RECHALLENGE,"itch, told Zhang Weiming on 12.02.2020",2
ZJ4410023,RECHALLENGE,rash ,3
ZJ4410024,RECHALLENGE,肺炎,2
"""


@pytest.fixture
def hospital(write_cohort, monkeypatch):
    write_cohort("c", YML, ADSL, adae=ADAE)
    use_run(monkeypatch, privacy="shared")
    return "c"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(k, b) for k, b in (*chunks, (b"IEND", b"")))


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return buffer.getvalue()


def notebook(**cell):
    return json.dumps({"cells": [{"cell_type": "code", "source": [], "outputs": []} | cell], "metadata": {}}).encode()


def packed_in_page(text):
    return f'<img src="data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}">'.encode()


def frame(subject):
    return notebook(
        outputs=[{"data": {"text/html": f"<table><tr><th>USUBJID</th></tr><tr><td>{subject}</td></tr></table>"}}]
    )


PLANTED = {  # what: (file, its bytes)
    "identifier in a page": ("report.html", b"<p>patient ZJ4410021</p>"),
    "identifier broken by tags": ("report.html", b"<p>ZJ44<b>10021</b></p>"),
    "identifier as entities": ("report.html", b"<p>&#90;J4410021</p>"),
    "identifier in an attribute": ("report.html", b'<svg aria-label="of ZJ4410022"></svg>'),
    "identifier in a comment": ("report.html", b"<!-- zj4410023 -->"),
    "identifier in JSON of the page": ("report.html", b'<script>{"p": "\\u005aJ4410021"}</script>'),
    "identifier in an address": ("report.html", b'<a href="x?id=ZJ%34410021">x</a>'),
    "identifier in a file name": ("figures/ZJ4410021.svg", b"<svg/>"),
    "identifier in the ledger": ("results.csv", b"section,quantity,group\n01,x,ZJ4410024\n"),
    "identifier in a drawing": ("figures/a.svg", b"<svg><text>ZJ4410021</text></svg>"),
    "identifier in a drawing inside a page": ("report.html", packed_in_page("<text>ZJ4410021</text>")),
    "date ISO": ("report.html", b"<p>2020-06-09</p>"),
    "date in words": ("report.html", b"<p>on 9 June 2020</p>"),
    "date of America": ("report.html", b"<p>6/9/2020</p>"),
    "date of Germany": ("report.html", b"<p>09.06.20</p>"),
    "date in Chinese": ("report.html", "<p>２０２０年６月９日</p>".encode()),
    "date without marks": ("methods.md", b"seen 20200609"),
    "date as a number": ("results.csv", b"section,quantity,group,value\n01,x,,43991\n"),
    "date of the cut-off": ("report.html", b"<p>March 1, 2021</p>"),
    "name in a page": ("report.html", b"<p>Ana  Ibarra</p>"),
    "name turned round": ("report.html", b"<p>Holmqvist, Greta</p>"),
    "name in Chinese": ("report.html", "<p>患者李小娜好转</p>".encode()),
    "remark in part": ("report.html", b"<p>near the old mill by</p>"),
    "source of a notebook": ("notebooks/01_a.ipynb", notebook(source=["x = 'ZJ44", "10021'"])),
    "output of a notebook": ("notebooks/01_a.ipynb", notebook(outputs=[{"text": "Ana Ibarra"}])),
    "metadata of a notebook": ("notebooks/01_a.ipynb", notebook(metadata={"by": "Zhang Weiming"})),
    "frame of a notebook": ("notebooks/01_a.ipynb", frame("27")),
    "picture of a notebook": ("notebooks/01_a.ipynb", notebook(outputs=[{"image/png": base64.b64encode(png((b"tEXt", b"t\0" + b"x" * 90 + b" ZJ4410021"))).decode()}])),
    "text chunk of a picture": ("figures/a.png", png((b"tEXt", b"Title\0ZJ4410021"))),
    "packed chunk with zeros in it": ("figures/a.png", png((b"iTXt", b"Title\0\1\0\0\0" + zlib.compress(b"ZJ4410021", 0)))),
    "packed file": ("figures/a.svg.gz", gzip.compress(b"<svg><title>ZJ4410021</title></svg>")),
    "packed chunk of a picture": ("figures/a.png", png((b"zTXt", b"Title\0\0" + zlib.compress(b"ZJ4410021")))),
    "after the end of a picture": ("figures/a.png", png() + b"ZJ4410021"),
    "a Word table": ("tables.docx", archive(word__document_xml="<w:t>ZJ4410021</w:t>")),
    "a Word table in pieces": ("tables.docx", archive(word__document_xml="<w:r><w:t>ZJ44</w:t></w:r><w:r><w:t>10021</w:t></w:r>")),
    "properties of a Word file": ("tables.docx", archive(docProps__core_xml="<dc:creator>Zhang Weiming</dc:creator>")),
    "a sheet of Excel": ("tables.xlsx", archive(xl__sharedStrings_xml="<t>2020-06-09</t>")),
    "a serial in Excel": ("tables.xlsx", archive(xl__worksheets__sheet1_xml="<v>43991</v>")),
    "a file in a file": ("x.zip", archive(a=archive(b="ZJ4410021"))),
    "a PDF": ("figures/a.pdf", b"%PDF-1.4\n1 0 obj << /Title (ZJ4410021) >>"),
    "a packed stream of a PDF": ("figures/a.pdf", b"%PDF-1.4\nstream\n" + zlib.compress(b"BT (ZJ4410021) Tj ET") + b"\nendstream"),
    "a TIFF": ("figures/a.tiff", b"II*\0\x08\0\xff\xfe" + b"ZJ4410021\0"),
    "UTF-16": ("x.txt", "ZJ4410021".encode("utf-16")),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_leak_is_found_and_its_place_named(hospital, tmp_path, what):
    name, data = PLANTED[what]
    path = tmp_path / "report" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found = list(leaks_of(tmp_path / "report", hospital))
    assert found and found[0].place.startswith(name)


def test_a_folder_without_a_leak_raises_no_alarm(hospital, tmp_path):
    folder = tmp_path / "report"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "report.html").write_text(
        "<p>P01 to P04, day 17; Python 3.11.14, pandas 2.3.3; Holm 1979; Zhang 2020; Greta; doi:10.3389/fonc.2020.161; "
        "published online 13 May 2025; PFS 4.4 (1.0-2.2); 4410021.5; 0.20200609; none; Rash; 肺炎; male</p>"
    )
    (folder / "notebooks" / "01_a.ipynb").write_bytes(frame("P03"))
    assert list(leaks_of(folder, hospital)) == []


def test_the_profile_leaves_nothing_of_a_person_in_what_sections_get(hospital, monkeypatch):
    seen = load_cohort(hospital)
    said = repr(seen.meta) + "".join(f.to_csv() for f in seen.tables.values()) + repr(seen.warnings)
    assert list(telling(hospital).hits(said.replace("datetime.date(1949, 1, 1)", ""))) == []
    assert sorted(seen.table("adsl")["USUBJID"]) == ["P01", "P02", "P03", "P04"]
    assert seen.table("adsl")["AGE"].max() == 90
    assert set(seen.table("adae")["AEDECOD"].str.strip().str.lower()) == {"rash", "肺炎", "event 1 (name held back)"}
    use_run(monkeypatch, privacy="internal")
    whole = load_cohort(hospital)
    assert "ZJ4410021" in set(whole.table("adsl")["USUBJID"]) and whole.meta.title.startswith("Rechallenge since 2019")


@pytest.mark.parametrize("endpoint", ["PFSR", "OS"])
def test_times_and_events_are_the_same_under_both_profiles(hospital, monkeypatch, endpoint):
    from rechallenge.derive.endpoints import derive_endpoints

    shared = derive_endpoints(load_cohort(hospital), [endpoint]).rows
    use_run(monkeypatch, privacy="internal")
    internal = derive_endpoints(load_cohort(hospital), [endpoint]).rows
    columns = ["AVAL", "CNSR", "EVNTDESC"]
    assert sorted(shared[columns].values.tolist()) == sorted(internal[columns].values.tolist())


def test_the_order_of_the_pseudonyms_is_kept_by_a_secret_that_no_other_cohort_has(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    subjects = [f"H{i}" for i in range(40)]
    first, again, other = (secrets.pseudonyms(subjects, secrets.secret_of(tmp_path / f)) for f in ("a", "a", "b"))
    assert first == again != other and list(first) != subjects
    assert (tmp_path / "a" / secrets.FILE).stat().st_mode & 0o077 == 0
    assert [p.name for p in (tmp_path / "a").iterdir()] == [secrets.FILE]


@pytest.mark.parametrize("kind", ["pseudo", "public"])
def test_who_is_no_person_keeps_the_identifier(write_cohort, monkeypatch, kind):
    write_cohort("c", YML.replace("kind: patients", f"kind: {kind}"), ADSL)
    use_run(monkeypatch, privacy="shared")
    assert "ZJ4410021" in set(load_cohort("c").table("adsl")["USUBJID"])


def test_identifiers_that_look_like_pseudonyms_get_another_letter(write_cohort, monkeypatch):
    write_cohort("c", YML, ADSL.replace("ZJ441002", "P0"))
    use_run(monkeypatch, privacy="shared")
    assert sorted(load_cohort("c").table("adsl")["USUBJID"]) == ["Q01", "Q02", "Q03", "Q04"]


@pytest.mark.parametrize("text", ["2021-03-05", "5.3.2021", "Mar 5, 2021", "05MAR2021", "2021年3月5日", "20210305", "5th of March 2021", "5. März 2021", "5 mars 2021"])  # fmt: skip
def test_a_date_is_known_however_it_is_written(text):
    import datetime

    assert any(datetime.date(2021, 3, 5) in days for _, days, _ in found_dates(f"on {text}."))
    assert without_dates(f"on {text}, ") == "on [date], "


@pytest.mark.parametrize("text", ["民国110年3月5日", "民國110/3/5", "令和3年3月5日", "平成33.3.5"])
def test_a_date_of_an_era_is_known(text):
    assert without_dates(f"on {text}, ") == "on [date], "


@pytest.mark.parametrize(
    "form, cell", [("excel-1900", "43991"), ("roc", "109/6/9"), ("yymmdd", "200609"), ("", "令和2年6月9日")]
)
def test_a_day_that_the_reader_knows_is_searched_for_however_the_file_writes_it(write_cohort, form, cell):
    dates = f"dates: {{PDDT_RECHALLENGE: {form}}}\n" if form else ""
    write_cohort(
        "c", YML + dates, ADSL.replace("2020-06-09", cell).replace(",2020-05-05", ",").replace(",2020-12-24", ",")
    )
    assert ("date", "2020-06-09") in list(telling("c").hits("on 2020-06-09"))


def test_terms_that_are_known_stay_and_others_are_numbered_by_how_often_they_stand():
    import pandas as pd

    said = coded(pd.Series(["Anaemia", "anemia", "Mr Li fell", "fever per Wu", "mr  li fell", None]))
    assert list(said[:5]) == [
        "Anaemia",
        "anemia",
        "Event 1 (name held back)",
        "Event 2 (name held back)",
        "Event 1 (name held back)",
    ]


def test_an_archive_has_the_same_bytes_and_lists_what_it_holds(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.txt").write_text("x")
    first, second = packed(tmp_path / "c"), packed(tmp_path / "c")
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["c/MANIFEST.csv", "c/a.txt"]
        assert b"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881,1" in archive.read("c/MANIFEST.csv")


TITLE = (
    "住院号 0012345678 与 0012345678患者, 王小明 and 王小明, seen 07.01.20; 12345678, 138-1234-5000, 138 1234 5000; "
    "ward 0098\u202e; \u200b王小\u200b明; ０012345678; phone 021-65431234"
)
HOSPITAL = """USUBJID,NAME,PHONE,AGE,SEX,ASTDT_RECHALLENGE,LSTALVDT
住院号 0012345678,王小明,02165431234,93,M,2020-01-07,2020-11-20
13812345000,O'Brien,02165431235,61,F,2020-02-11,2021-04-02
0012345679,Straße Ümit,02165431236,61,F,2020-02-11,2021-04-02
"""


def test_a_cut_off_beside_durations_alone_is_not_told(write_cohort, monkeypatch):
    write_cohort("durations", YML.replace(", seen 5 May 2021", ""), adsl="USUBJID,SEX,OS,OS_EVENT\nA,M,2,1\nB,F,3,0\n")
    use_run(monkeypatch, privacy="shared")
    assert load_cohort("durations").meta.data_cutoff is None


def test_everything_that_tells_is_taken_out_of_a_title_wherever_and_however_often_it_stands(write_cohort, monkeypatch):
    from rechallenge.cohort.cohort import told_title

    write_cohort(
        "c", YML.replace("Rechallenge since 2019-03-01, read by Zhang Weiming", f'"{TITLE}; STRASSE ÜMIT"'), HOSPITAL
    )
    said = told_title("c", "shared")
    for written in ("12345678", "1234", "王小", "07.01", "6543", "\u202e", "STRA"):
        assert written not in said
    assert said.count("[taken out]") >= 8 and said.startswith("[taken out]") and "ward 0098; " in said
    assert told_title("c", "internal").startswith("住院号")


CALLED = """１３９１２３４５６７８;139.1234.5678;(010) 65123456;010 6512 3456;电话65123456;tel 555-010-7788
１１０１０１１９６００３０７１０００;110101 19600307 1000;110101600307100;x0＠mail.cn;x0 @ mail.cn;x0[at]mail.cn
DR. HALVORSEN;dr.halvorsen;Dr.Halvorsen;Dr. van Halvorsen;Drs. Halvorsen and Osterbrook;Halvorsen, MD;PI: Halvorsen
李 主任;李明哲副主任医师;李明哲主治医师;主管医师：李明哲;医生李明;欧阳主任"""


@pytest.mark.parametrize("written", re.split("[;\n]", CALLED))
def test_whom_a_text_calls_or_how_to_reach_him_is_taken_out_whole(written):
    assert clean_text(f"Cohort, {written}", Identifying()) in ("Cohort, [taken out]", "Cohort, [taken out].")


NUMBERS = """139 123 45678;139/1234/5678;139_1234_5678;139·1234·5678;65123456;6512-3456;1 3 9 1 2 3 4 5 6 7 8;555-0107;call 5550107
07700 900123;一三九一二三四五六七八;one three nine one two three four five;QQ:12345678;微信 halvorsen88;MRN 001-23-45;病历号 A12345
住院号:12345;ZJ-44-10-021;医保卡号 330802196;case 99/12345;1101 0119 6003 0710 00;110101196003071000;210303;1614729600"""
MOMENTS = """the third of March 2021;March third, 2021;3rd March;3 March;March 3;三月三日;三月初三;2021年3月;March 2021;spring 2021;2021Q1
week 9 of 2021;2021-W09;2021-062;Christmas 2020;03/2021;2021.3;2021年三月;二〇二一年三月;III/2021;03.03.;Mar '21;March of last year"""
OF_NOBODY = """n = 12,345;Ann Oncol 2021;32:881-895;N Engl J Med 2015;373:1627-39;Front Oncol 2025;15:1621860;BMI 18.5-23.9
100-1000 IU/mL;platelets 100000;2019-2023;2019/2020;HR 0.62 0.48-0.80;may receive 2 doses;the first 12 months;80-89;PMID 31562796
CheckMate 017 and 057;<1%, 1-49%;十二指肠;三月以上;HBV DNA 2000 copies;ICD-10 C34.1;8140/3;ChiCTR2000012345;May improve"""


@pytest.mark.parametrize("written", [NUMBERS, MOMENTS], ids=["numbers", "moments"])
def test_whatever_has_the_digits_of_a_person_or_tells_a_month_is_taken_out_however_it_is_written(written):
    said = [clean_text(f"Cohort, {one}", Identifying()) for one in re.split("[;\n]", written)]
    assert [s for s in said if "[taken out]" not in s or re.search(r"\d{3}.*\d{3}", s)] == []


def test_months_stay_in_the_name_of_a_folder_and_measured_numbers_everywhere():
    from rechallenge.cohort.privacy.cleaner import Cleaner

    assert [s for s in re.split("(?<!\\d);|\n", OF_NOBODY) if clean_text(s, Identifying()) != s] == []
    assert not any(map(Cleaner(Identifying()).tells, ("liu_2021.03", "liu_2019_2023", "nct02366143")))
    assert Cleaner(Identifying()).tells("liu_13912345678")


@pytest.mark.parametrize("text", ["PFS 0.12345678 (95% CI 3.1-5.2)", "n = 1234, 2010 to 2021", "医生常规评估", "主任", "MS data, Median MD",
    "Investigator-assessed PFS at 24 months", "IMpower150, NCT02366143", "doi:10.1016/j.lungcan.2021.03.012", "doctor visits", "PD-L1 ≥ 1 %, ＋"])  # fmt: skip
def test_words_and_numbers_of_nobody_stay(text):
    assert clean_text(text, Identifying()) == text


@pytest.mark.parametrize(
    "written", ["id 12345678.0", "a_0012345679.svg", "患者0012345679入院", "tel. 138-1234-5000", "021 6543 1234"]
)
def test_numbers_are_found_without_zeros_as_decimals_in_groups_and_beside_words(write_cohort, written):
    write_cohort("c", YML, HOSPITAL)
    assert list(telling("c").hits(written))


@pytest.mark.parametrize("written", ["0.12345678", "12345678.5", "112345678", "12 345 679", "x12345678"])
def test_a_number_that_only_holds_the_digits_of_an_identifier_is_none(write_cohort, written):
    write_cohort("c", YML, HOSPITAL)
    assert not list(telling("c").hits(written))


def test_the_number_of_a_trial_that_all_identifiers_share_is_none(write_cohort):
    write_cohort("c", YML, ADSL.replace("ZJ441002", "NCT04267848-00"))
    assert not list(telling("c").hits("Trial NCT04267848, 04267848, 4267848"))
    assert list(telling("c").hits("patient NCT04267848-003"))


def test_a_part_whose_value_is_a_date_or_an_identifier_gives_no_folder_its_name(write_cohort):
    from papercheck.files.project import data_folder
    from rechallenge.cohort.part import split

    levels = "factors:\n  SEX: {levels: [M, F]}\n  WARD: {levels: [seen 2021-03-05, ZJ4410021, East]}\n"
    lines = (
        ADSL.replace("REMARK", "WARD").replace("lives near the old mill by the river", "seen 2021-03-05").splitlines()
    )
    ward = "\n".join(
        [*lines[:2], lines[2].replace("none", "ZJ4410021"), *(line.replace("none", "East") for line in lines[3:])]
    )
    write_cohort("c", YML.split("factors:")[0] + levels, ward + "\n")
    parts, _ = split(data_folder() / "c", "WARD")
    assert sorted(p.name for p in parts) == ["c--East", "c--value", "c--value-2"]


@pytest.mark.parametrize("last, refused", [(90, False), (91, True)])
def test_a_factor_that_parts_ages_above_ninety_is_refused_where_they_are_one_group(
    last, refused, write_cohort, monkeypatch
):
    grouped = f"  OLD: {{label: Age, from: AGE, cut: [65, {last}], levels: {{A: young, B: old, C: very old}}}}\n"
    write_cohort("c", YML + grouped, ADSL, adae=ADAE)
    use_run(monkeypatch, privacy="shared")
    if refused:
        with pytest.raises(CohortError, match=f"cuts an age at {last}.*Cut at 90 at most"):
            load_cohort("c")
    else:
        assert load_cohort("c").tables["adsl"]["AGE"].max() == 90  # and so still in the last group


@pytest.mark.parametrize("text", ["23 12 11", "7.2–23", "23 7.21", "11.2-23"])
def test_numbers_at_risk_and_intervals_are_no_dates(text):
    assert list(found_dates(text)) == []


@pytest.mark.parametrize(
    "text",
    ["5/3-21", "5. 3. 21", "5.3.21", "21-03-05", "二〇二一年三月五日", "21年3月5日", "3月5日", "bed 12 5.3.2021"],
)
def test_a_date_without_a_century_or_a_year_or_in_chinese_numerals_is_known(text):
    import datetime

    assert any(datetime.date(2021, 3, 5) in days for _, days, _ in found_dates(text))
    assert "3" not in without_dates(text, doubtful=True) and "三" not in without_dates(text, doubtful=True)


def test_rows_stand_in_the_order_of_the_pseudonyms_and_those_of_one_subject_in_their_own(hospital):
    """The order of the file is that of the ward's list: whoever has the list could read off who P07 is."""
    for name, frame in load_cohort(hospital).tables.items():
        subjects = list(frame["USUBJID"])
        assert subjects == sorted(subjects), name


def test_a_meaning_of_an_adverse_event_that_names_somebody_is_numbered(write_cohort, monkeypatch):
    meant = "values: {AEDECOD: {Rash: rash of Ana Ibarra, rash: rash tel 13900001111, 肺炎: Lung fever}}\n"
    write_cohort("c", YML + meant, ADSL, adae=ADAE)
    use_run(monkeypatch, privacy="shared")
    said = set(load_cohort("c").table("adae")["AEDECOD"])
    assert said == {"Lung fever", "Event 1 (name held back)", "Event 2 (name held back)", "Event 3 (name held back)"}


@pytest.mark.parametrize(
    "declared, value",
    [
        ("BORN: {label: Born in, type: number}", "1927"),
        ("出生年: {label: x, type: number}", "1927"),
        ("AGEGR: {label: Age group, levels: ['<65', 65-89, 90-94, '>=95']}", "'>=95'"),
        ("OLDER: {label: Age group, levels: ['65', '97']}", "'97'"),
    ],
)
def test_a_level_or_a_year_of_birth_that_tells_an_age_above_ninety_is_refused(
    declared, value, write_cohort, monkeypatch
):
    column, written = declared.partition(":")[0], value.strip("'")
    adsl = ADSL.replace("REMARK", column).replace("lives near the old mill by the river", written).replace("none", "")
    write_cohort("c", f"{YML}  {declared}\n", adsl)
    use_run(monkeypatch, privacy="internal")
    assert load_cohort("c").tables["adsl"][column].notna().any()
    use_run(monkeypatch, privacy="shared")
    with pytest.raises(CohortError, match="tells an age over 89"):
        load_cohort("c")


@pytest.mark.slow
def test_sizes_lengths_and_the_theme_of_word_and_excel_are_no_days_of_excel(write_cohort, tmp_path):
    """43991 is 2020-06-09 and 45000 is 2023-03-15: of many dated patients some day is always the size of a file."""
    from docx import Document
    from openpyxl import Workbook

    write_cohort("c", YML, ADSL.replace("2021-04-02", "2023-03-15"))
    folder = tmp_path / "report"
    folder.mkdir()
    Workbook().save(folder / "a.xlsx")
    Document().save(folder / "a.docx")
    (folder / "a.pdf").write_bytes(b"%PDF-1.4\n1 0 obj << /Length 43991 >>\nstartxref\n45000\n%%EOF")
    (folder / "ro-crate-metadata.json").write_text('{"@graph": [{"contentSize": "43991"}]}')
    assert list(leaks_of(folder, "c")) == []
    (folder / "ro-crate-metadata.json").write_text('{"@graph": [{"name": "43991"}]}')
    assert [leak.kind for leak in leaks_of(folder, "c")] == ["date as a number of Excel"]


TIMES = [1.216, 2.957, 3.318, 4.008, 5.421, 7.162, 9.133, 11.203]
AGES = [61, 67, 58, 73, 49, 66, 70, 55]
ROWS = PatientRows(frozenset({"P01", "P08"}), {"PFSR, months": TIMES, "adsl.AGE": AGES})


def page(*columns):
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in zip(*columns, strict=True))
    return f"<table><tr><th>A</th></tr>{rows}</table>"


@pytest.mark.parametrize(
    "name, text, kind",
    [
        ("report.html", "<p>The longest response is that of P08.</p>", "pseudonym"),
        ("a.csv", "USUBJID,AGE\nP01,61\n", "pseudonym"),
        ("report.html", page(range(8), TIMES), "PFSR"),
        ("report.html", page(sorted(AGES), range(8)), "AGE"),
        ("numbers/a.csv", "time\n" + "\n".join(f"{t:.1f}" for t in TIMES), "PFSR"),
        ("numbers/a.csv", "time\n" + "\n".join(map(str, TIMES[:5])), "PFSR"),
        ("results.csv", "quantity,statistic,value\n" + "\n".join(f"own,time,{t}" for t in TIMES), "PFSR"),
        ("a.ipynb", json.dumps({"payload": {"rows": [[str(i), str(t)] for i, t in enumerate(TIMES)]}}), "PFSR"),
        ("a.json", json.dumps([{"x": i, "y": t} for i, t in enumerate(TIMES)]), "PFSR"),
        ("a.txt", "\n".join(f"{i}  {t:.2f}  x" for i, t in enumerate(TIMES)), "PFSR"),
        ("a.docx", "<w:tbl>" + "".join(f"<w:tr><w:tc><w:t>{t}</w:t></w:tc></w:tr>" for t in TIMES) + "</w:tbl>", "PFSR"),
        ("a.xlsx", "<sheetData>" + "".join(f'<row r="1"><c t="n"><v>{t}</v></c></row>' for t in TIMES) + "</sheetData>", "PFSR"),
    ],
)  # fmt: skip
def test_a_row_of_a_patient_is_known_by_its_pseudonym_or_by_what_its_column_holds(name, text, kind):
    found = list(ROWS.hits(text, name))
    assert found and all(kind in what for what, _ in found)


@pytest.mark.parametrize(
    "name, text",
    [
        ("report.html", page(range(8), [5, 10, 15, 20, 25, 30, 35, 40])),
        ("report.html", page([1.0, 2.0, 0.35, 0.5, 0.71, 0.9, 12.0, 4.0])),
        ("results.csv", "quantity,statistic,value\n" + "\n".join(f"survival.rate,survival,{i / 20}" for i in range(9))),
        ("report.html", '<path id="P01" d="M7.162"/><a href="#P08">x</a> P021'),
        ("a.txt", "a, b, c"),
        ("report.html", page([f"{t:02.0f}" for t in TIMES])),
        ("checklist.md", "\n".join(f"| {i} | asked |" for i in range(1, 23))),
        ("checklist.md", "\n\n".join(f"| {t:.0f} | asked |\n| {t:.0f}a | asked |" for t in TIMES)),
    ],
)
def test_coarse_numbers_and_other_words_are_no_row_of_a_patient(name, text):
    assert [what for what, _ in ROWS.hits(text, name) if "P01" not in text] == []


def test_under_strict_a_planted_row_keeps_the_folder_from_being_packed(hospital, tmp_path):
    folder = tmp_path / "report"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "01_a.ipynb").write_bytes(frame("P03"))
    assert list(leaks_of(folder, hospital, "shared")) == []
    leaks = list(leaks_of(folder, hospital, "strict"))
    assert {(leak.place.partition(",")[0], leak.written) for leak in leaks} == {("notebooks/01_a.ipynb", "P03")}


def test_the_address_of_a_cell_and_the_points_of_a_picture_are_no_identifier():
    import numpy as np
    from PIL import Image

    sheet = '<sheetData><row r="10"><c r="D10" t="n"><v>7</v></c></row></sheetData><mergeCell ref="A1:D10"/>'
    assert "D10" not in " ".join(t for _, t in texts_of(archive(xl__worksheets__sheet1_xml=sheet), "a.xlsx"))
    points = np.frombuffer(b" D10 " * 720, np.uint8).reshape(30, 40, 3)
    buffer = io.BytesIO()
    Image.fromarray(points).save(buffer, "TIFF", description="of D11")
    said = " ".join(text for _, text in texts_of(buffer.getvalue(), "a.tiff"))
    assert "D10" not in said and "D11" in said


@pytest.mark.parametrize(
    "cell, text",
    [
        ("Progression Free Survival", "progression-free survival progression"),
        ("FIRST DEGREE ATRIOVENTRICULAR BLOCK", "Atrioventricular block first degree Atrioventricular block second"),
    ],
)
def test_what_the_workbook_says_itself_is_no_name_turned_round(write_cohort, cell, text):
    """Columns of ADaM that are not used hold terms: a report that names them beside each other holds no name."""
    write_cohort("c", YML, "USUBJID,AGE,PARAM,NAME\n" + f"ZJ4410021,60,{cell},Zhang Weiming\n")
    found = telling("c", common="progression-free survival, rash")
    assert list(found.hits(text)) == [] and list(found.hits("by Weiming Zhang"))


@pytest.mark.parametrize(
    "declared",
    [
        "skip: {SEX: [F]}",
        "rows: {SEX: [M]}",
        "merge_rows: [[2, 3]], skip: {WHO: [Median]}",
        "skip: {WHO: [Median, ZJ4410022]}",
    ],
)
def test_who_is_left_out_of_the_files_is_searched_for_and_a_line_of_totals_is_nobody(write_cohort, declared):
    source = f"tables: {{adsl: {{file: list.csv, columns: {{WHO: USUBJID}}, {declared}}}}}\n"
    folder = write_cohort("c", YML + source, None)
    (folder / "list.csv").write_text(ADSL.replace("USUBJID", "WHO") + "Median,,,65,F,,,,\n", encoding="utf-8")
    found = {written for _, written in telling("c").hits("the median without ZJ4410022 (李小娜)")}
    assert "李小娜" in found and "median" not in found and "zj4410022" in found


@pytest.mark.parametrize(
    "cell, text", [("李 娜", "患者李娜好转"), ("李　娜", "by 李 娜"), ("欧阳明慧", "欧阳 明慧"), ("王建国", "王 建 国")]
)
def test_a_chinese_name_is_found_and_taken_out_with_blanks_in_it_or_without(write_cohort, cell, text):
    """Lists put a blank into names of two characters so that a column of names is filled."""
    write_cohort("c", YML, ADSL.replace("李小娜", cell))
    found = telling("c")
    assert {kind for kind, _ in found.hits(text)} == {"text of the column NAME"}
    said = clean_text(f"A case, {text}.", found)
    assert not list(found.hits(said)) and said.startswith("A case, ") and said.endswith(".")
    assert not list(found.hits("李家 娜拉 欧阳修 王建"))


BOOK_YML = (
    YML
    + """tables:
  adsl:
    file: list.xlsx
    sheet: Base
    columns: {No: USUBJID}
    join: [{file: list.xlsx, sheet: Visits, by: Number, columns: [DTHDT], last: [DTHDT], order: VISIT}]
"""
)


@pytest.fixture
def book(write_cohort):
    """A workbook of which one sheet and one column of another are read; all else of it holds what tells."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    rows = [line.split(",") for line in ADSL.replace(", t", " t").splitlines()]
    made = Workbook()
    made.active.title = "Base"
    for row in rows:
        made.active.append(["No" if cell == "USUBJID" else cell for cell in row[:8]])
    made.active["D3"].comment = Comment("is the mayor of Kestrel Bay", "x")
    visits, hidden, codes = (made.create_sheet(name) for name in ("Visits", "Old", "Codes"))
    visits.append(["Number", "VISIT", "DTHDT", "CALLED"])
    for row in rows[1:]:
        visits.append([row[0], "2020-02-17", None, "Orla Brandt"])
        visits.append([row[0], row[7], row[8] or None, ""])
    hidden.append(["No", "WHO"])
    hidden.append(["ZJ9990001", "Rudi Falkner"])
    hidden.sheet_state = "hidden"
    for line in (["No", "meaning"], ["SEX", "Sex of Rudi Falkner"], ["AGE", "Years"]):
        codes.append(line)
    folder = write_cohort("c", BOOK_YML, None)
    made.save(folder / "list.xlsx")
    (folder / "more.csv").write_text("who,said\nZJ4410023,prefers the sea\nnobody,told by all\n")
    return folder


@pytest.mark.parametrize(
    "text, kind",
    [
        ("by Orla Brandt", "text of the column CALLED"),
        ("seen on 17 February 2020", "date"),
        ("Rudi Falkner", "text of the column WHO"),
        ("ZJ9990001", "identifier"),
        ("he is the mayor of kestrel bay", "text of the column remarks, 8"),
        ("who prefers the sea", "text of the column said"),
        ("Sex of Rudi", ""),
        ("told by all", ""),
        ("Years", ""),
    ],
)
def test_what_stands_in_files_and_sheets_that_are_not_read_is_searched_for_too(book, text, kind):
    found = telling("c")
    assert [what for what, _ in found.hits(text)][:1] == ([kind] if kind else [])
    assert found.ids == {"ZJ4410021", "ZJ4410022", "ZJ4410023", "ZJ4410024", "ZJ9990001"}


def test_a_unit_or_a_name_that_a_column_of_the_files_repeats_stays_what_it_is(write_cohort, monkeypatch):
    """AVALU of ADaM says DAYS in every row: cohort.yml says days, and no report may fail over it."""
    use_run(monkeypatch, privacy="shared")
    yml = "title: Times in days\nkind: patients\ntime_unit: days\nprimary_endpoint: OS\nsubgroups: [COMBI]\n"
    yml += "factors: {COMBI: {label: Regimen, levels: {MONO: alone, COMBI: with chemotherapy}}}\n"
    yml += "treatment: {arm: COMBI, covariates: [AGE], decided: at zero}\nscales: {AVAL: days}\n"
    adsl = "USUBJID,AGE,COMBI,NOTE\nA01,60,MONO,Combi\nB02,65,COMBI,at zero\nC03,70,MONO,patients\n"
    adtte = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\nA01,OS,300,DAYS,0\nB02,OS,400,DAYS,1\nC03,OS,500,DAYS,0\n"
    write_cohort(yml=yml, adsl=adsl, adtte=adtte)
    seen = load_cohort("c")
    meta = seen.meta
    assert (meta.time_unit, meta.kind, meta.subgroups, meta.scales) == (
        "days",
        "patients",
        ("COMBI",),
        {"AVAL": "days"},
    )
    assert (meta.treatment.arm, meta.treatment.decided) == ("COMBI", "at zero")
    assert sorted(derive_endpoints(seen, ["OS"]).rows["AVAL"]) == [300, 400, 500]
    assert meta.title == "Times in days"

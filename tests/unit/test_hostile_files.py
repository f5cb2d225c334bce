"""Files that somebody else wrote: nothing in them is run, followed to another place, or obeyed by the terminal."""

import json
import os
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from papercheck.cli import main as papercheck
from papercheck.curves.asked import asked_of
from papercheck.files.findings import CohortError
from papercheck.files.visible import visible, visible_json
from papercheck.files.yamlfile import load_yaml, parsed
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.cohort.privacy.pseudonyms import FILE as SECRET
from rechallenge.cohort.privacy.pseudonyms import secret_of
from rechallenge.cohort.propose.again import earlier, read_answers
from rechallenge.run.collect import safe_cell
from rechallenge.text.language import numbered, translated
from tests.conftest import GOOD_ADSL, GOOD_YML, use_data

LIU = "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,M,2.5,1\nB,65,F,4,0\nC,70,M,6,1\nD,58,F,1.5,1\n"
TAGGED = (
    "a: !!python/object/apply:os.system [id]",
    "a: !!python/object:os.x {b: 1}",
    "a: !own {b: 1}",
    "a: !own [1]",
    "a: !!set {b, c}",
    "a: !!omap [1, 2]",
    "a: !!map [1]",
    "a: !!binary aGVs",
    "!own\na: 1",
    "!!set {a, b}",
    "!own a: 1",
    "? !!python/tuple [1, 2]\n: 1",
)
COPIED = ("a: &x [1]\nb: *x", "a: &x [*x]")
DEEP = ("a: " + "[" * 20_000 + "]" * 20_000, "\n".join(" " * i + "a:" for i in range(1500)))


@pytest.mark.parametrize("text", [*TAGGED, *COPIED, *DEEP], ids=range(len(TAGGED) + len(COPIED) + len(DEEP)))
def test_yaml_builds_no_object_and_copies_nothing_whoever_reads_it(tmp_path, text):
    (tmp_path / "cohort.yml").write_text(text)
    with pytest.raises(CohortError, match="not read|too deeply|must be one word"):
        load_yaml(tmp_path / "cohort.yml")
    with pytest.raises(CohortError, match="not a readable file of answers"):
        read_answers(tmp_path / "cohort.yml")
    (tmp_path / "fig.curves.yml").write_text(text)
    with pytest.raises(CohortError, match="not a YAML file"):
        asked_of(tmp_path / "fig.png", {})


def test_a_yaml_that_nobody_wrote_is_refused_unread_and_a_number_of_base_60_is_text(tmp_path):
    assert parsed("a: 12:30\nb: -1:30:00.5\nc: 1_000\nd: 1.5e+3") == {
        "a": "12:30",
        "b": "-1:30:00.5",
        "c": 1000,
        "d": 1500.0,
    }
    (tmp_path / "a.curves.yml").write_text(f"a: [{'1,' * 1_000_000}1]")
    for read in (load_yaml, read_answers, lambda path: asked_of(tmp_path / "a.png", {})):
        with pytest.raises(CohortError, match="larger than 2 MB"):
            read(tmp_path / "a.curves.yml")


@pytest.mark.parametrize("text", ["x: 5\nx: 6", "x: {a: 1, b: 2, a: 3}", "x: [{a: 1, a: 2}]"])
def test_a_key_that_stands_twice_is_refused_whoever_reads_it(tmp_path, text):
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(CohortError, match="stands twice"):
        load_yaml(tmp_path / "a.yml")
    with pytest.raises(CohortError, match="not a readable file of answers") as error:
        read_answers(tmp_path / "a.yml")
    assert "stands twice: keep one" in error.value.findings[0].value
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        parsed(text)


def test_a_value_may_be_called_text_and_words_stay_words():
    assert parsed("a: !!str 5\nb: no\nc: 2024-01-01", words=True) == {"a": "5", "b": "no", "c": "2024-01-01"}
    assert parsed("a: !!str 5\nb: 5") == {"a": "5", "b": 5} and parsed("") is None
    with pytest.raises(yaml.YAMLError):
        parsed("a: [")


def test_a_link_out_of_the_folder_is_refused_by_name_and_one_within_is_followed(write_cohort, tmp_path):
    folder = write_cohort()
    elsewhere = tmp_path / "elsewhere.csv"
    (folder / "adsl.csv").rename(elsewhere)
    (folder / "adsl.csv").symlink_to(elsewhere)
    found = [f for f in read_cohort("c")[1] if f.file == "adsl.csv"]
    assert "a link to a file outside of this folder" in found[0].rule and found[0].severity == "error"
    (folder / "cohort.yml").write_text(GOOD_YML + "tables:\n  adsl: {file: adsl.csv}\n")
    assert any("a link to a file" in f.rule for f in read_cohort("c")[1])
    (folder / "adsl.csv").unlink()
    (folder / "mine.dat").write_text(GOOD_ADSL)
    (folder / "adsl.csv").symlink_to("mine.dat")
    assert len(load_cohort("c").table("adsl")) == 4
    (tmp_path / "data" / "linked").symlink_to(folder)  # whoever made data/ may put a folder elsewhere
    assert len(load_cohort("linked").table("adsl")) == 4


def test_a_workbook_of_few_cells_far_out_does_not_fill_the_memory(write_cohort, monkeypatch):
    from rechallenge.cohort.read import excel

    folder, book = write_cohort(adsl=None), Workbook()
    for line in range(1, 31):
        book.active.cell(line, 1, f"S{line}")
        book.active.cell(line, 16_384, "x")
    book.save(folder / "adsl.xlsx")
    monkeypatch.setattr(excel, "MOST_CELLS", 30 * 16_383)
    found = [f for f in read_cohort("c")[1] if f.file == "adsl.xlsx[Sheet]"]
    assert "too large to be a table of patients: 491,520 cells" in found[0].rule


def test_an_import_reads_no_file_beside_the_folder_that_an_earlier_cohort_yml_names(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    (tmp_path / "data" / "c").mkdir()
    (tmp_path / "secret.csv").write_text(LIU)
    (tmp_path / "data" / "c" / "cohort.yml").write_text(GOOD_YML + "tables:\n  adsl: {file: ../../secret.csv}\n")
    assert earlier("c") == ({}, None, True)


@pytest.mark.slow
def test_an_import_anew_keeps_the_secret_of_the_pseudonyms_and_leaves_no_litter(tmp_path, monkeypatch, command):
    use_data(monkeypatch, tmp_path / "data")
    source = tmp_path / "liu.csv"
    source.write_text(LIU)
    command("import", source, "--as", "liu")
    folder = tmp_path / "data" / "liu"
    assert sorted(p.name for p in folder.iterdir()) == ["cohort.yml", "liu.csv"]
    (folder / SECRET).write_text("0" * 64)
    source.write_text(LIU.replace("D,58", "D,57"))
    command("import", source, "--as", "liu")
    assert (folder / SECRET).read_text() == "0" * 64 and "D,57" in (folder / "liu.csv").read_text()
    (folder / "cohort.yml").write_text((folder / "cohort.yml").read_text() + "# mine\n")
    source.write_text(LIU)
    command("import", source, "--as", "liu")
    assert (folder / SECRET).exists() and (folder / "cohort.yml").read_text().endswith("# mine\n")
    assert (folder / "liu.csv").read_text() == LIU and [p.name for p in folder.parent.iterdir()] == ["liu"]


def test_what_a_killed_run_left_of_a_secret_is_swept_and_the_secret_stays(tmp_path):
    (tmp_path / f"{SECRET}.1.new").write_text("half")
    first = secret_of(tmp_path)
    (tmp_path / f"{SECRET}.2.new").write_text("half")
    assert secret_of(tmp_path) == first and [p.name for p in tmp_path.iterdir()] == [SECRET]
    if os.name != "nt":
        assert (tmp_path / SECRET).stat().st_mode & 0o077 == 0


REGISTRY = """title: "\\e[2Jgone \\x9b31m \\u202egnp.exe"
n: 20
time_unit: months
factors:
  ARM: {levels: [A, "\\e[31mB"]}
numbers:
  - {id: a, statistic: count, where: {ARM: A}, printed: [{at: "Table \\e[5m1", count: "10", percent: "51.0"}]}
"""


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "--json"], ["letter"]])
@pytest.mark.parametrize("program", ["papercheck", "rechallenge"])
def test_no_word_of_a_paper_is_obeyed_by_the_terminal(tmp_path, monkeypatch, capsys, program, arguments):
    import sys

    from rechallenge.cli import main

    use_data(monkeypatch, tmp_path / "data")
    path = tmp_path / "data" / "p" / "published.yml"
    path.parent.mkdir()
    path.write_text(REGISTRY)
    monkeypatch.setattr(sys, "argv", ["rechallenge", arguments[0], str(path), *arguments[1:]])
    with pytest.raises(SystemExit) as end:
        papercheck([arguments[0], str(path), *arguments[1:]]) if program == "papercheck" else main()
    said = capsys.readouterr()
    assert end.value.code == 0 and said.out and visible(said.out + said.err) == said.out + said.err


def test_json_keeps_its_values_without_a_control_character():
    value = {"a": "x\x7f\x9b31m\u202ey\x1b[2J", "b": 1}
    text = visible_json(json.dumps(value, ensure_ascii=False))
    assert visible(text) == text and json.loads(text) == value


def test_an_interrupt_of_papercheck_is_one_line(monkeypatch, capsys, tmp_path):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("papercheck.registry.registry.read_registry", interrupted)
    with pytest.raises(SystemExit) as end:
        papercheck(["audit", str(tmp_path / "x.yml")])
    assert end.value.code == 130 and capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "@x", "\t=1", "\r=1", "-1+cmd|' /C calc'!A0", "-x", "-"])
def test_a_cell_that_a_spreadsheet_would_compute_is_text(cell):
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1.5", "-inf", "-1e-05", "a=b", "", "1-2", 3])
def test_a_number_and_other_words_stay(cell):
    assert safe_cell(cell) == cell


@pytest.mark.slow
def test_what_patient_prints_is_said_to_stay(write_cohort, command):
    write_cohort(yml=GOOD_YML + "kind: patients\nprofile: strict\n")
    assert "this must stay" in command("patient", "c", "A")[1]
    write_cohort(yml=GOOD_YML + "kind: public\n")
    assert "this must stay" not in command("patient", "c", "A")[1]


def test_a_numbered_level_has_its_name_in_chinese():
    assert translated(numbered(2), "zh") == "类别 2" and translated(numbered(12), "en") == "level 12"


def test_a_new_cohort_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    from rechallenge.cohort import template

    use_data(monkeypatch, tmp_path / "data")

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(template, "template_workbook", full)
    with pytest.raises(OSError) as said:
        template.new_cohort("mine")
    assert Path(said.value.filename).name == "mine" and list((tmp_path / "data").iterdir()) == []


def test_what_nobody_sees_in_a_cohort_yml_stands_in_no_fact_of_it(write_cohort):
    from rechallenge.cohort.cohort import cohort_meta

    hidden = '"T\\x1b[31m\\x07\\x9b\\u202egnp\\x08"'
    factor = f'factors:\n  SEX: {{label: {hidden}, levels: {{"M\\x1b": {hidden}, F: f}}}}\n'
    write_cohort(yml=GOOD_YML.replace("Test", hidden) + f"source: {hidden}\n{factor}")
    meta = cohort_meta("c")
    assert meta.title == meta.source == meta.factors["SEX"].label == "T[31mgnp"
    assert meta.factors["SEX"].levels == {"M": "T[31mgnp", "F": "f"}


def test_no_word_of_a_paper_is_computed_by_a_spreadsheet(tmp_path):
    import csv
    import dataclasses

    from papercheck.reading.readings import Reading, write_readings

    fields = {f.name: "" for f in dataclasses.fields(Reading)}
    said = '=HYPERLINK("http://x")', "@SUM(1)", "+cmd", "\t=1", "-2+3+cmd|' /C calc'!A0"
    for text in said:
        made = Reading(**fields | {"value": "-12.3", "where": text, "evidence": text, "confidence": 1.0})
        write_readings([made], tmp_path / "readings.csv")
        with open(tmp_path / "readings.csv", newline="") as file:
            cells = list(csv.reader(file))[1]
        assert cells.count(f"'{text}") == 2 and "-12.3" in cells


@pytest.mark.slow
def test_a_small_workbook_that_unpacks_to_a_hundred_times_its_size_is_refused_unread(tmp_path):
    import io
    import zipfile

    from rechallenge.cohort.read.excel import read_workbook
    from rechallenge.cohort.read.grid import BLOWN_UP

    book, buffer = Workbook(), io.BytesIO()
    book.active.append(["USUBJID", "AGE"])
    book.save(buffer)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (BLOWN_UP + 1))
    (tmp_path / "adsl.xlsx").write_bytes(buffer.getvalue())
    (fault,) = read_workbook(tmp_path / "adsl.xlsx")[1]
    assert "too large to be a table of patients: 64 MB unpacked" in fault.rule
    (tmp_path / "adsl.ods").write_bytes(buffer.getvalue())
    assert read_workbook(tmp_path / "adsl.ods")[1][0].rule == fault.rule


def test_what_nobody_sees_in_a_table_of_trials_stands_in_no_cell_of_it(tmp_path):
    from papercheck.literature.table import _rows

    (tmp_path / "trials.csv").write_bytes(
        b"study,experimental,control,rechallenge,source,verified\r\nA\x1b[31m,b,doce\x08\xe2\x80\xaetaxel,yes,s,no\r\n"
    )
    rows, _ = _rows(tmp_path / "trials.csv", "trials")
    assert [(row["study"], row["control"]) for row in rows] == [("A[31m", "docetaxel")]

"""The command: messages, exit codes, a new cohort from the template."""

import subprocess
import sys

import pytest
from openpyxl import load_workbook

from papercheck.files.project import data_folder
from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort import load_cohort
from rechallenge.cohort.template import new_cohort
from rechallenge.run import build
from rechallenge.run.build import build_report
from rechallenge.run.collect import read_section
from tests.conftest import project, use_data


def rechallenge(*arguments, data=None, cwd=None):
    """The command in a process of its own, on the cohorts of this one, or of `data`; or in a working folder."""
    place = [] if cwd else ["--data", str(data or data_folder())]
    command = [sys.executable, "-m", "rechallenge", *arguments, *place]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd or project())
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["cohorts"], 0, "quzhou-2025 Pseudo-patients, not patients"),
        (["rapport"], 1, "No such command"),
    ],
)
def test_messages_and_exit_codes(arguments, code, words):
    found, text = rechallenge(*arguments)
    assert found == code and words in text, text


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["check", "quzhou-2025"], 0, "no error, 1 warning."),
        (["check", "quzhou"], 1, "Did you mean quzhou-2025?"),
        (["report"], 1, "Missing argument 'COHORT'"),
        (["new", "quzhou-2025"], 1, "exists already"),
        (["report", "nowhere"], 1, "Known: chen-2025, ncctg-lung, quzhou-2025, shi-2026, xu-2023."),
        (["report", "quzhou-2025", "-p", "intervall=x"], 1, "Did you mean interval?"),
        (["new", "../x"], 1, "cannot be a cohort name"),
        (["new", "nul.2024"], 1, "nul.2024 cannot be a cohort name: Windows can have no folder of this name"),
        (["new", "ward."], 1, "Windows can have no folder of this name"),
        (["report", "../quzhou-2025"], 1, "no cohort"),
    ],
)
def test_messages_and_exit_codes_without_a_process_of_their_own(command, arguments, code, words):
    found, text = command(*arguments)
    assert found == code and words in text, text


def test_errors_of_the_data_come_as_a_table_and_exit_1(write_cohort, command):
    write_cohort(adsl="USUBJID,AGE\nA,six\nB,700\n")
    code, text = command("report", "c")
    assert code == 1 and "not a number" in text and "outside 0 to 120 years" in text and "Nothing was written" in text


@pytest.mark.slow
def test_a_failed_section_exits_2(tmp_path, monkeypatch, command):
    why = "its process ended with code 9"
    monkeypatch.setattr(
        build, "run_sections", lambda s, *a, **k: ((x.name, read_section(x.name, None, why)) for x in s)
    )
    code, text = command("report", "quzhou-2025", "--out", tmp_path)
    assert code == 2 and why in text


@pytest.mark.slow
def test_the_report_command_prints_the_path(tmp_path):
    code, text = rechallenge("report", "ncctg-lung", "--sections", "02", "--out", str(tmp_path))
    assert code == 0 and text.endswith(f"{tmp_path}/ncctg-lung/report.html")


@pytest.mark.slow
def test_a_new_cohort_has_drop_downs_and_can_be_filled_in(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    folder = new_cohort("ours")
    assert sorted(p.name for p in folder.iterdir()) == ["COLUMNS.html", "cohort.xlsx", "cohort.yml"]
    book = load_workbook(folder / "cohort.xlsx")
    assert book.sheetnames == [*load_dictionary(), "columns"]
    lists = [v.formula1 for v in book["adsl"].data_validations.dataValidation]
    assert '"M,F"' in lists and '"CR,PR,SD,NON-CR/NON-PD,PD,NE"' in lists
    sheet = book["adsl"]
    place = {cell.value: cell.column for cell in sheet[1]}
    for i in range(20):
        row = {
            "USUBJID": f"P{i:02d}", "AGE": 50 + i, "SEX": "MF"[i % 2], "ECOG": str(i % 3), "PFS1": 5 + i % 7, "PFS1_EVENT": 1,
            "PFSR": 1.5 + i % 5, "PFSR_EVENT": int(i % 4 > 0), "BOR_INITIAL": "PR", "BOR_RECHALLENGE": ["SD", "PD", "PR"][i % 3],
        }  # fmt: skip
        for name, value in row.items():
            sheet.cell(i + 2, place[name], value)
    for i in range(5):
        book["adae"].append([f"P{i:02d}", "RECHALLENGE", "Fatigue", 1 + i % 3])
    book.save(folder / "cohort.xlsx")
    cohort = load_cohort("ours")
    assert sorted(cohort.tables) == ["adae", "adrs", "adsl", "adtte"] and len(cohort.table("adsl")) == 20
    done = build_report("ours", out=tmp_path / "out", only=["01", "02", "06", "09", "11"])
    assert done.failed == []
    assert [c.name for c in done.unavailable] == [
        "06_overall_survival",
        "09_treatment_comparison",
        "11_published_numbers",
    ]


def test_a_second_ctrl_c_neither_hides_the_sentence_nor_changes_the_exit_code():
    """An impatient person, or a terminal that tells the whole group of processes."""
    code = (
        "import os, signal, sys, typer\nfrom rechallenge.cli.place import placed\ndef stop():\n    raise"
        " KeyboardInterrupt\ntry:\n    placed(stop)()\nexcept typer.Exit as end:\n    os.kill(os.getpid(),"
        " signal.SIGINT)\n    sys.exit(end.exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=180)
    assert (done.returncode, done.stderr, done.stdout) == (130, "Interrupted.\n", "")


def test_an_interrupt_before_the_command_has_begun_is_said_too():
    program = "import rechallenge.cli.command as c, rechallenge.cli; c.run = lambda: 130; rechallenge.cli.main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_a_full_disk_is_named_by_the_place_that_a_copy_goes_to(monkeypatch, command):
    def full(*values, **named):
        raise OSError(28, "No space left on device", "liu.csv", None, "data/liu/liu.csv")

    monkeypatch.setattr("rechallenge.cohort.template.new_cohort", full)
    code, text = command("new", "liu")
    assert code == 1 and text.strip() == "Error: No space left on device: data/liu/liu.csv"

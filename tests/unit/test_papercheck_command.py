"""The command `papercheck`: a file is enough, no project, no cohort, no workbook."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parents[2] / "lib"
GOOD = """title: T
n: 20
time_unit: months
factors:
  ARM: {levels: [A, B]}
numbers:
  - {id: a, statistic: count, where: {ARM: A}, printed: [{at: Table 1, count: "10", percent: "50.0"}]}
  - {id: m, statistic: median_survival, endpoint: PFSR, printed: [{at: Text, estimate: "6.2"}]}
"""
WRONG = GOOD.replace('"50.0"', '"51.0"')
BAD = GOOD.replace("statistic: count, where: {ARM: A}", "statistic: cuont").replace("n: 20", "n: few")
HEAVY = ("rechallenge", "pandas", "scipy", "numba", "ortools", "matplotlib")


@pytest.fixture
def papercheck(tmp_path):
    """papercheck(*arguments) runs the command in an empty folder, with `rechallenge` not to be found."""
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "papercheck").symlink_to(LIB / "papercheck")
    (tmp_path / "alone" / "smallsurv").symlink_to(LIB / "smallsurv")
    start = f"import sys; sys.path.insert(0, {str(tmp_path / 'alone')!r}); sys.modules['rechallenge'] = None; "
    start += "from papercheck.cli import main; main(sys.argv[1:])"

    def run(*arguments):
        command = [sys.executable, "-P", "-c", start, *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env={"HOME": str(tmp_path)})

    return run


def write(folder, text, name="paper.yml"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_file_is_audited_without_a_project(papercheck, tmp_path):
    done = papercheck("audit", write(tmp_path, GOOD))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("T: 3 printed numbers, 0 findings.")
    done = papercheck("audit", write(tmp_path, WRONG), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)[0]["kind"] == "impossible"


def test_every_fault_of_a_file_is_told_at_once_and_the_code_is_1(papercheck, tmp_path):
    done = papercheck("audit", write(tmp_path, BAD))
    assert done.returncode == 1 and done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "error"]
    assert "row 2, n: expected a whole number above 0 ('few')" in done.stderr and "Did you mean count?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "none.yml"), "the file is missing"),
        (("audit", "."), "is a folder"),
        (("audi", "paper.yml"), "invalid choice"),
        (("reconstruct", "paper.yml", "--seed", "-1"), "--seed"),
        (("reconstruct", "paper.yml", "--ensemble", "0"), "expected a whole number from 1, not 0"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_the_code_is_1(papercheck, tmp_path, arguments, words):
    write(tmp_path, GOOD)
    done = papercheck(*arguments)
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr


def test_pseudo_patients_are_written_beside_the_file(papercheck, tmp_path):
    done = papercheck("reconstruct", write(tmp_path, GOOD))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "paper" / "adtte.csv").is_file() and "20 pseudo-patients, not patients" in done.stdout


def test_help_and_audit_load_no_library_of_numbers(tmp_path):
    code = "import sys\nfrom papercheck.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
    code += f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    for arguments in (["--help"], ["audit", str(write(tmp_path, WRONG))]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
        assert done.stderr.strip() == "[]", arguments

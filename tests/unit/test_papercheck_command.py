"""The command `papercheck`: a file is enough, no project, no cohort, no workbook."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from papercheck.cli import main

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
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=600, env={"HOME": str(tmp_path)}
        )

    return run


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """here(*arguments) is the same command in this process, with what `papercheck` gives."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code, stdout=said.out, stderr=said.err)

    return run


def write(folder, text, name="paper.yml"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_file_is_audited_without_a_project(papercheck, tmp_path):
    done = papercheck("audit", write(tmp_path, GOOD))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("T: 3 printed numbers, 0 findings.")
    done = papercheck("audit", write(tmp_path, WRONG), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)[0]["kind"] == "impossible"


def test_every_fault_of_a_file_is_told_at_once_and_the_code_is_1(here, tmp_path):
    done = here("audit", write(tmp_path, BAD))
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
def test_a_wrong_request_is_one_sentence_and_the_code_is_1(here, tmp_path, arguments, words):
    write(tmp_path, GOOD)
    done = here(*arguments)
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr


def test_pseudo_patients_are_written_beside_the_file(papercheck, tmp_path):
    done = papercheck("reconstruct", write(tmp_path, GOOD))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "paper" / "adtte.csv").is_file() and "20 pseudo-patients, not patients" in done.stdout
    assert "Searching for 20 patients who print these numbers" in done.stderr


@pytest.mark.slow
def test_help_and_audit_load_no_library_of_numbers(tmp_path):
    code = "import sys\nfrom papercheck.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
    code += f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    for arguments in (["--help"], ["audit", str(write(tmp_path, WRONG))]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=180)
        assert done.stderr.strip() == "[]", arguments


RESPONDERS = (
    GOOD.split("numbers:")[0]
    + """numbers:
  - {id: orr, statistic: count, where: {BOR_RECHALLENGE: [CR, PR]}, printed: [{at: T, count: "5"}]}
  - {id: m, statistic: median_survival, endpoint: PFSR, where: {BOR_RECHALLENGE: [CR, PR]}, printed: [{at: T, estimate: "11.1"}]}
"""
)
SHARES_OF_A_GROUP = """title: T
n: 40
time_unit: months
factors:
  AR: {levels: [Y, N]}
  OLIGO: {levels: [Y, N]}
numbers:
  - {id: ar, statistic: count, where: {AR: Y}, printed: [{at: T, count: "30"}]}
  - {id: oligo, statistic: count, where: {OLIGO: Y}, of: {AR: Y}, printed: [{at: T, count: "26", percent: "86.7"}]}
  - {id: m_o, statistic: median_survival, endpoint: OS, where: {AR: Y, OLIGO: Y}, printed: [{at: T, estimate: "18.9"}]}
"""


@pytest.mark.slow
def test_groups_of_best_response_are_made_and_nobody_progresses_at_once_without_an_event(here, tmp_path):
    done = here("reconstruct", write(tmp_path, RESPONDERS))
    assert done.returncode == 0, done.stderr
    best = [line.split(",")[3] for line in (tmp_path / "paper" / "adrs.csv").read_text().splitlines()[1:]]
    assert sum(level in ("CR", "PR") for level in best) == 5 and "NE" not in best


@pytest.mark.slow
def test_a_count_of_a_part_is_given(here, tmp_path):
    done = here("reconstruct", write(tmp_path, SHARES_OF_A_GROUP))
    assert done.returncode == 0 and "the pseudo-patients have" not in done.stdout, done.stderr
    head, *rows = [line.split(",") for line in (tmp_path / "paper" / "adsl.csv").read_text().splitlines()]
    column = {name: head.index(name) for name in ("AR", "OLIGO")}
    assert sum(row[column["AR"]] == row[column["OLIGO"]] == "Y" for row in rows) == 26


@pytest.mark.slow
def test_what_the_pseudo_patients_do_not_print_is_said(here, tmp_path):
    wrong = SHARES_OF_A_GROUP.replace('percent: "86.7"', 'percent: "65.0"')
    done = here("reconstruct", write(tmp_path, wrong))
    assert done.returncode == 0 and "65.0% (T): the pseudo-patients have 26 of 30" in done.stdout


def noisy_curve(tmp_path, noise, seed=3):
    import numpy as np

    time = np.linspace(0, 24, 80)
    survival = np.clip(np.exp(-time / 10) + noise * np.random.default_rng(seed).standard_normal(80), 0, 1)
    survival[0] = 1
    rows = "".join(f"{t},{s}\n" for t, s in zip(time, survival, strict=True))
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "os.csv").write_text(f"time,survival\n{rows}")
    curve = "curves: [{endpoint: OS, points: os.csv, at_risk: [[0, 100], [12, 28]], events: 85, at: Figure 1}]\n"
    return write(
        tmp_path,
        f"title: T\nn: 100\n{curve}numbers: [{{id: n, statistic: count, printed: [{{at: T, count: '100'}}]}}]\n",
    )


@pytest.mark.slow
def test_points_read_with_an_unsteady_hand_are_smoothed_and_that_is_said(here, tmp_path):
    done = here("reconstruct", noisy_curve(tmp_path, 0.005))
    assert done.returncode == 0, done.stderr
    assert "were smoothed to a falling curve" in (tmp_path / "paper" / "cohort.yml").read_text()


def test_points_that_are_no_falling_curve_are_refused(here, tmp_path):
    done = here("reconstruct", noisy_curve(tmp_path, 0.05))
    assert done.returncode == 1 and "survival rises" in done.stderr and not (tmp_path / "paper").exists()

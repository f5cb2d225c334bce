"""watch: a new report after every change, the earlier one kept when the data are wrong."""

import os
import queue
import shutil
import subprocess
import sys
import threading

import pytest

from rechallenge.run.pool import start_method
from rechallenge.run.watch import _counts
from tests.conftest import GOOD_ADSL, project

WAIT = 180  # seconds: patience on a busy machine


@pytest.fixture
def watching(write_cohort, tmp_path):
    """The cohort's folder and a function that waits for the next line that holds some words."""
    folder, home = write_cohort(), tmp_path / "home"
    (home / "notebooks").mkdir(parents=True)
    shutil.copy(project() / "notebooks" / "06_overall_survival.ipynb", home / "notebooks")
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [
        sys.executable,
        "-m",
        "rechallenge",
        "watch",
        "c",
        "--out",
        str(tmp_path / "o"),
        "--data",
        str(folder.parent),
        "--project",
        str(home),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    lines = queue.Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()

    def wait_for(words):
        seen = []
        while True:
            seen.append(lines.get(timeout=WAIT))
            if words in seen[-1]:
                return "".join(seen)

    yield folder, wait_for
    process.terminate()
    process.wait(timeout=WAIT)


@pytest.mark.skipif(start_method() != "fork", reason="the warm process is forked")
def test_a_change_of_the_data_makes_a_new_report_and_wrong_data_keep_it(watching, tmp_path):
    folder, wait_for = watching
    report = tmp_path / "o" / "c" / "report.html"
    wait_for("report.html")
    assert "n = 4" in report.read_text(encoding="utf-8")
    figures = {p.suffix for p in (report.parent / "figures").iterdir()}
    assert figures == {".svg"}  # the picture of 300 dpi is left to `report`
    (folder / "adsl.csv").write_text(GOOD_ADSL + "E,61,F,2.2,1,5,1\n", encoding="utf-8")
    wait_for("report.html")
    kept = report.read_bytes()
    assert b"n = 5" in kept
    (folder / "adsl.csv").write_text(GOOD_ADSL.replace("60", "sixty"), encoding="utf-8")
    said = wait_for("Nothing was written")
    assert "not a number" in said and "Traceback" not in said
    assert report.read_bytes() == kept
    (folder / "cohort.yml").write_text("title: Renamed\n", encoding="utf-8")
    wait_for("Nothing was written")
    (folder / "adsl.csv").write_text(GOOD_ADSL, encoding="utf-8")
    wait_for("report.html")
    assert "<h1>Renamed</h1>" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name, counts",
    [("a.csv", True), ("~$a.xlsx", False), (".a.csv.swp", False), ("__pycache__/x.pyc", False), ("11_x.ipynb", True)],
)
def test_what_programs_keep_for_themselves_makes_no_report(tmp_path, name, counts):
    assert _counts(None, str(tmp_path / name)) is counts

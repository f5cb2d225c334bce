"""Shared: cohorts written on the fly, and one finished report of each shipped cohort."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from papercheck.files import project as files_project
from papercheck.files.project import Project
from rechallenge import context
from rechallenge.run.build import build_report

try:
    import fcntl
except ImportError:  # no such lock on Windows: each worker makes its own reports there
    fcntl = None

COHORTS = ("quzhou-2025", "ncctg-lung")
GOOD_YML = "title: Test\ntime_unit: months\nprimary_endpoint: PFSR\n"
GOOD_ADSL = (
    "USUBJID,AGE,SEX,PFSR,PFSR_EVENT,OS,OS_EVENT\nA,60,M,2.5,1,8,1\nB,65,F,4,0,9,0\nC,70,M,6,1,12,1\nD,58,F,1.5,1,3,1\n"
)


def pytest_collection_modifyitems(items):
    """Slow are the tests of tests/slow, and those that need a report of several sections or commands in processes of their own."""
    slow, needs = Path(__file__).parent / "slow", {"reports", "registry_report", "shi_folder", "papercheck"}
    for item in items:
        if slow in Path(item.path).parents or needs & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def use_data(monkeypatch, folder, **settings):
    """Let the cohorts of this process be those of a folder; settings : other fields of the run (context.Run)."""
    place = Project(project(), Path(folder))
    place.data.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(context._current, "_process", context.Run(project=place, **settings))
    monkeypatch.setattr(files_project._current, "_process", place)


def use_run(monkeypatch, **settings):
    """Let this process be part of a run with these settings, in the place where it is."""
    monkeypatch.setattr(context._current, "_process", replace(context.current(), **settings))


@pytest.fixture
def write_cohort(tmp_path, monkeypatch):
    """write_cohort(name='c', yml=..., adsl=..., **files) writes a cohort folder that load_cohort finds; returns it."""
    use_data(monkeypatch, tmp_path / "data")

    def write(name="c", yml=GOOD_YML, adsl=GOOD_ADSL, **files):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cohort.yml").write_text(yml, encoding="utf-8")
        for table, text in ({"adsl": adsl} | files).items():
            if isinstance(text, bytes):
                (folder / f"{table}.csv").write_bytes(text)
            elif text is not None:
                (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def command(monkeypatch, capsys):
    """command(*arguments, data=None) runs `rechallenge` in this process: exit code and words, as of test_cli in its own."""

    def run(*arguments, data=None):
        from rechallenge.cli import main

        place = ["--data", data] if data else []
        monkeypatch.setattr(sys, "argv", ["rechallenge", *map(str, [*arguments, *place])])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, " ".join("".join(capsys.readouterr()).split())

    return run


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """The finished report folder of each shipped cohort."""
    out = tmp_path_factory.mktemp("outputs")
    if "PYTEST_XDIST_WORKER" in os.environ and fcntl:
        shared = tmp_path_factory.getbasetemp().parent / "outputs"  # of all workers; each gets a copy of its own
        with open(f"{shared}.lock", "w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            for name in COHORTS:
                made = shared / name
                shutil.copytree(made if made.exists() else build_report(name, out=shared).path.parent, out / name)
        return {name: out / name for name in COHORTS}
    return {name: build_report(name, out=out).path.parent for name in COHORTS}


@pytest.fixture(scope="session")
def ledgers(reports):
    """results.csv of each report, as text."""
    return {
        name: pd.read_csv(folder / "results.csv", dtype=str, keep_default_na=False) for name, folder in reports.items()
    }


def project() -> Path:
    return Path(__file__).resolve().parents[1]

"""Shared: cohorts written on the fly, and one finished report of each shipped cohort."""

import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from papercheck.files import project as files_project
from papercheck.files.project import Project
from rechallenge import context
from rechallenge.run.build import build_report

from . import sizes

try:
    import fcntl
except ImportError:  # no such lock on Windows: each worker makes its own reports there
    fcntl = None

COHORTS = ("quzhou-2025", "ncctg-lung")
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
COMPILING = {"test_anneal", "test_exact", "test_reconstruct"}  # the search of a reconstruction, in a fresh checkout
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
GOOD_YML = "title: Test\ntime_unit: months\nprimary_endpoint: PFSR\n"
GOOD_ADSL = (
    "USUBJID,AGE,SEX,PFSR,PFSR_EVENT,OS,OS_EVENT\nA,60,M,2.5,1,8,1\nB,65,F,4,0,9,0\nC,70,M,6,1,12,1\nD,58,F,1.5,1,3,1\n"
)


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="everything at its full size: about an hour on two cores")


def pytest_configure(config):
    sizes.begin(config.getoption("--thorough"))


def pytest_collection_modifyitems(config, items):
    """Slow are the tests of tests/slow, and those that need a report of several sections or commands in processes of
    their own.

    Thorough ones are left out of every run but that with --thorough. What compiles comes first, the slow before the
    quick: the first of two workers begins there, the other one with the second half, and takes from the end what is
    left.
    """
    slow, needs = (
        Path(__file__).parent / "slow",
        {"reports", "registry_report", "shi_folder", "papercheck", "browser", "chromium"},
    )
    for item in items:
        if slow in Path(item.path).parents or needs & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    if not config.getoption("--thorough"):
        large = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=large)
        items[:] = [item for item in items if item not in set(large)]
    items.sort(key=lambda item: (Path(item.path).stem not in COMPILING, item.get_closest_marker("slow") is None))


def use_data(monkeypatch, folder, **settings):
    """Let the cohorts of this process be those of a folder; settings : other fields of the run (context.Run)."""
    place = Project(project(), Path(folder))
    place.data.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(context._current, "_process", context.Run(project=place, **settings))
    monkeypatch.setattr(files_project._current, "_process", place)


def use_run(monkeypatch, **settings):
    """Let this process be part of a run with these settings, in the place where it is."""
    monkeypatch.setattr(context._current, "_process", replace(context.current(), **settings))


@pytest.fixture(autouse=True)
def heard():
    """Programs that a test starts hear an interrupt, also where a shell ignores it in the background, and after a test
    of what a command leaves behind when it ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def write_cohort(tmp_path, monkeypatch):
    """write_cohort(name='c', yml=..., adsl=..., **files) writes a cohort folder that load_cohort finds; returns it."""
    return cohort_writer(monkeypatch, tmp_path / "data")


def cohort_writer(monkeypatch, data):
    """As write_cohort, for cohorts in the folder `data`."""
    use_data(monkeypatch, data)

    def write(name="c", yml=GOOD_YML, adsl=GOOD_ADSL, **files):
        folder = data / name
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
    """command(*arguments, data=None) runs `rechallenge` in this
    process: exit code and words, as of test_cli in its own.
    """

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
def made_once(tmp_path_factory):
    """made_once(name, make): the folder `name` that make(folder)
    filled, once for all workers of the run. Only read it.
    """
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ and fcntl else place

    def get(name, make):
        place.joinpath("made").mkdir(exist_ok=True)
        done, half = place / "made" / name, place / "made" / f"{name}.half"
        with open(place / "made" / f"{name}.lock", "w") as lock:
            if fcntl:
                fcntl.lockf(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(half, ignore_errors=True)
                make(half)
                half.rename(done)
        return done

    return get


@pytest.fixture(scope="session")
def reports(made_once, tmp_path_factory):
    """The finished report folder of each shipped cohort; a copy for this process."""
    out = tmp_path_factory.mktemp("outputs")
    for name in COHORTS:
        made = made_once(name, lambda folder, name=name: build_report(name, out=folder))
        shutil.copytree(made / name, out / name)
    return {name: out / name for name in COHORTS}


@pytest.fixture(scope="module")  # not longer: its event loop would be that of every other test
def chromium():
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(chromium):
    """The Chromium of a test, whose pages are gone after it; those that were open before stay."""
    before = list(chromium.contexts)
    yield chromium
    for opened in chromium.contexts:
        if opened not in before:
            opened.close()


@pytest.fixture(scope="session")
def ledgers(reports):
    """results.csv of each report, as text."""
    return {
        name: pd.read_csv(folder / "results.csv", dtype=str, keep_default_na=False) for name, folder in reports.items()
    }


def project() -> Path:
    return Path(__file__).resolve().parents[1]

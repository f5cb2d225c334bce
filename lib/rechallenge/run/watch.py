"""Keep a warm process and make the report again whenever the data, the literature, a notebook or the library changes."""

import os
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from papercheck.files.memory import file_state
from papercheck.files.project import PROJECT, data_folder
from papercheck.literature.table import literature_files

from .ahead import prepare
from .render import exporter
from .run import can_fork, warm
from .sections import find_sections

PAUSE = 0.1  # seconds between two looks at the files
LIBRARY = Path(__file__).resolve().parents[2]  # the three packages


def watch(cohort, make, say, rounds=None):
    """Call make() in a fork of a warm process, now and after every change; returns after `rounds` reports (None: never).

    make() builds the report and prints what a person should read; say(text) prints what happens in between.
    A change of the library starts this program anew, so that no old code stays loaded.
    """
    warm(find_sections())
    exporter()
    prepare()
    seen, library = None, snapshot([LIBRARY])
    made = 0
    while rounds is None or made < rounds:
        now = settled(cohort)
        if snapshot([LIBRARY]) != library:
            say("The library changed: starting anew.")
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        if now != seen:
            seen = now
            _in_fork(make)
            made += 1
        time.sleep(PAUSE)


def _in_fork(make):
    if not can_fork():
        make()
        return
    process = get_context("fork").Process(target=make)
    process.start()
    process.join()


def snapshot(folders) -> dict:
    """The state of every file below the folders, caches left out."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if "__pycache__" in path.parts or path.name.startswith((".", "~$")):
                continue
            if path.is_file():
                found[path] = file_state(path)
    return found


def settled(cohort) -> dict:
    """The state of the cohort's folder, the notebooks and the literature, once it no longer moves (a file may be half saved)."""
    folders = [data_folder() / cohort, PROJECT / "notebooks", *{path.parent for path in literature_files()}]
    before = snapshot(folders)
    while True:
        time.sleep(PAUSE / 2)
        now = snapshot(folders)
        if now == before:
            return now
        before = now

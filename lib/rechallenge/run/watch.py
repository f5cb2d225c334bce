"""Keep a warm process and make the report again whenever the
data, the literature, a notebook or the library changes.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from papercheck.files.findings import CohortError
from papercheck.files.project import data_folder
from papercheck.literature.cited import FILE as CITED
from papercheck.literature.where import literature_files

from ..cohort.cohort import cohort_meta, data_folders
from ..context import current, project, running
from .execute import warm, warm_literature
from .library import PACKAGES
from .pool import Call, Died, Processes, start_method
from .render import exporter
from .sections import find_sections

QUIET = 100  # milliseconds without a change after which what was changed is taken for whole (a file may be half saved)
STARTS = (".", "~$")  # of the names of files that programs keep for themselves


def watch(cohort, make, say, pairs=(), rounds=None):
    """Call make() in a fork of a warm process, now and after every change; returns after `rounds` reports (None:
    never).

    make() builds the report, with the parameters `pairs`, and gives the text that a person should read; say(text)
    prints it, and what happens in between. A change of the library starts this program anew, so that no old code
    stays loaded.
    """
    from watchfiles import watch as changes_of

    warm(find_sections())
    exporter()
    made = 0
    while made != rounds:
        watched = _watched(cohort)
        # The first turn comes without a change: the watch begins before the first report, so that none is missed.
        turns = {"watch_filter": _counts, "step": QUIET, "yield_on_timeout": True, "rust_timeout": QUIET}
        for changes in changes_of(*watched, **turns):
            if any(package in Path(path).parents for _, path in changes for package in PACKAGES):
                say("The library changed: starting anew.")
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
            if made and not changes:
                continue
            _make_ahead(cohort, pairs)
            say(_in_process(make))
            made += 1
            if made == rounds or _watched(cohort) != watched:  # cohort.yml names another cohort as evidence
                break


def _watched(cohort) -> list[Path]:
    """What a report depends on: the data, notebooks, the library, the literature."""
    cited = data_folder() / CITED
    data = [*filter(Path.is_dir, data_folders(cohort)), *([cited] if cited.is_file() else [])]
    return [*data, project().notebooks, *PACKAGES, *dict.fromkeys(path.parent for path in literature_files())]


def _make_ahead(cohort, pairs):
    """Make what a report shows of the literature alone, where this process does not have it already."""
    if start_method() == "fork":
        with suppress(CohortError):  # what is wrong is the report's to say
            warm_literature(find_sections(), pairs, cohort_meta(cohort).language)


def _in_process(make) -> str:
    if start_method() != "fork":
        return make()
    ((_, said),) = Processes().run([Call("report", in_run, (make, current()))])
    return said.why if isinstance(said, Died) else said


def in_run(make, run):
    """make() as part of a run; for a process of its own."""
    with running(run):
        return make()


def _counts(change, path) -> bool:
    """Whether a changed file may change the report."""
    name = Path(path)
    return "__pycache__" not in name.parts and not name.name.startswith(STARTS)

"""Where the project is: found from the working folder upward, as git finds its own, or named by whoever calls."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .current import Current
from .findings import CohortError, Message, link_fault, request_error
from .visible import is_seen

NAME = re.compile(r"[^\W_][\w.\-]{0,60}")  # of a folder of data/; letters of any script
KEPT_BY_WINDOWS = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
NOTEBOOKS, DATA, OUTPUTS = "notebooks", "data", "outputs"
CURVES, FIGURES = "curves", "figures"  # folders of a cohort or study: digitized curves, and the pictures of them
NUMBERED = "[0-9][0-9]_*.ipynb"
REPORT = "report.html"  # a folder with this file keeps executed notebooks: it is a report and no project
START = "Go into the folder of a project, name one with --project, or start one: rechallenge init FOLDER."


def check_folder_name(name: str, what: str) -> None:
    """Raise CohortError for a name that a folder of data/ cannot have, on this system or on another one that gets it.

    what : "a cohort name".
    """
    action = "Use letters, digits, dot, dash and underscore."
    if not NAME.fullmatch(name):
        raise request_error(Message("{name} cannot be {what}", name=name, what=what), action)
    if KEPT_BY_WINDOWS.fullmatch(name) or name.endswith("."):
        raise request_error(
            Message("{name} cannot be {what}: Windows can have no folder of this name", name=name, what=what),
            "Choose another one.",
        )


def check_folder(folder: Path, file: str) -> None:
    """Raise CohortError for a folder of data/ whose name cannot be seen or written, and for one whose `file`, which
    says what it holds, lies elsewhere."""
    if not is_seen(folder.name):
        rule = Message(
            "the name of the folder data/{name} holds a character that nobody sees, or a broken byte", name=folder.name
        )
        raise request_error(rule, "Give the folder another name.")
    if leads_out := link_fault(folder / file):
        raise CohortError([leads_out])


@dataclass(frozen=True)
class Project:
    """folder : the folder that holds notebooks/, or None where
    a data folder is named alone. data : the cohorts' folder.
    """

    folder: Path | None
    data: Path

    @property
    def notebooks(self) -> Path:
        """The folder of the numbered notebooks. Raises CohortError without a project."""
        return self._folder / NOTEBOOKS

    @property
    def outputs(self) -> Path:
        """Where reports go that name no other folder. Raises CohortError without a project."""
        return self._folder / OUTPUTS

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            raise request_error("there is no project here: no folder with notebooks/ and numbered notebooks", START)
        return self.folder


_current: Current[Project] = Current("project")


def current_project() -> Project:
    """The project of this process: the one that was named, else the one found from the working folder upward.

    Raises CohortError where there is none, where it holds no numbered notebook, or where it lies inside another.
    """
    return _current.get() or find_project(working_folder())


def working_folder() -> Path:
    """Where the user stands. Raises CohortError where that folder has been removed or replaced."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        rule = "the folder that you stand in has been removed or replaced"
        raise request_error(rule, "Go to a folder that exists (cd), then try again.") from None


def data_folder() -> Path:
    """Where the cohorts are. Raises CohortError without a project."""
    return current_project().data


def find_project(start: Path) -> Project:
    """The project that `start` lies in. Raises CohortError as current_project."""
    start = Path(start).absolute()
    held = [folder for folder in (start, *start.parents) if _candidate(folder)]
    whole = [folder for folder in held if numbered(folder)]
    if not held:
        raise request_error(Message("no project in {start} or above it", start=start), START)
    if not whole:
        raise request_error(
            Message("{folder} holds no numbered notebook (01_name.ipynb)", folder=held[0] / NOTEBOOKS), START
        )
    if len(whole) > 1:
        rule = Message("the project {inner} lies inside the project {outer}", inner=whole[0], outer=whole[1])
        raise request_error(rule, "Move it out, or say with --project which one is meant.")
    return Project(whole[0], whole[0] / DATA)


def open_project(folder: Path) -> Project:
    """The project whose folder is named. Raises CohortError if it is none."""
    folder = Path(folder).absolute()
    if not folder.is_dir():
        raise request_error(Message("there is no folder {folder}", folder=folder), START)
    if not (folder / NOTEBOOKS).is_dir():
        raise request_error(Message("{folder} is no project: it holds no notebooks/", folder=folder), START)
    if not numbered(folder):
        raise request_error(
            Message("{folder} holds no numbered notebook (01_name.ipynb)", folder=folder / NOTEBOOKS), START
        )
    return Project(folder, folder / DATA)


def _candidate(folder) -> bool:
    return (folder / NOTEBOOKS).is_dir() and not (folder / REPORT).exists()


def numbered(folder: Path) -> list[Path]:
    """The numbered notebooks of a project folder, in their order."""
    return sorted((Path(folder) / NOTEBOOKS).glob(NUMBERED))


def cohort_folders(pattern: str) -> list[Path]:
    """Files of the data folder that match `*/<pattern>`; folders whose name starts with a dot are none of a person."""
    return sorted(p for p in data_folder().glob(f"*/{pattern}") if not p.parent.name.startswith("."))


@contextmanager
def within_project(project: Project) -> Iterator[Project]:
    """Let this be the project for the block."""
    with _current.within(project):
        yield project


def settle_project(project: Project | None) -> None:
    """Let this be the project of the process; None: that of the working folder."""
    _current.settle(project)

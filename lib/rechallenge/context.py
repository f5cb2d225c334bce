"""What a run is about: one record that is handed to every process, and that what stands far below may ask for."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from papercheck.files.current import Current
from papercheck.files.project import Project, current_project, settle_project, within_project
from papercheck.vocabulary.kinds import LANGUAGES

PRIVACY = ("internal", "shared", "strict")  # what an output may show of persons, from all to little
SMALLEST = 5  # counts below it are held back under strict, if nothing else is declared


@dataclass(frozen=True)
class Part:
    """The subjects of `cohort` whose `column` of adsl is `value`; `name` is what the part is called."""

    name: str
    cohort: str
    column: str
    value: str


@dataclass(frozen=True)
class Run:
    """The settings of a run.

    project : where notebooks and data are (None: found from the working folder). cohort : the name of the cohort or
        part.
    part : what part of a cohort that name means. parameters : of the notebooks. language : a code of LANGUAGES. privacy
    : one of PRIVACY; smallest : counts below it are held back under strict; silent : factors that are not told there,
    beside another one of the same column. prints : the folder for figures in the forms of a journal; None for none.
    every_form : in all of them, and for one column too.
    """

    project: Project | None = None
    cohort: str = ""
    part: Part | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    language: str = LANGUAGES[0]
    privacy: str = PRIVACY[0]
    prints: Path | None = None
    smallest: int = SMALLEST
    silent: tuple[str, ...] = ()
    every_form: bool = False

    def as_text(self) -> str:
        """The run as JSON, for a process that can only be given text."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)


def run_from_text(text: str) -> Run:
    """The run that Run.as_text wrote."""
    held = json.loads(text)
    place, part, prints = held.pop("project"), held.pop("part"), held.pop("prints")
    project = Project(Path(place["folder"]) if place["folder"] else None, Path(place["data"])) if place else None
    held["silent"] = tuple(held["silent"])
    return Run(**held, project=project, part=Part(**part) if part else None, prints=Path(prints) if prints else None)


_current: Current[Run] = Current("run")
_plain = Run()


def current() -> Run:
    """The run that this code is part of; outside any run one with every default."""
    return _current.get() or _plain


def in_a_run() -> bool:
    """Whether this code is part of a run; a notebook that a person opens is part of none."""
    return _current.get() is not None


def project() -> Project:
    """The project of the run. Raises CohortError where there is none."""
    return current_project()


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Let the block be part of this run."""
    with _current.within(run):
        if run.project is None:
            yield run
            return
        with within_project(run.project):
            yield run


def start(run: Run | None) -> None:
    """Let this process be part of this run from now on; None: of no run."""
    _current.settle(run)
    settle_project(run.project if run else None)

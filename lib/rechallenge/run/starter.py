"""A new project: the notebooks, an example cohort and the literature, as they come with the workbook."""

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from papercheck.files.findings import CohortError, request_error
from papercheck.files.project import DATA, NOTEBOOKS, Project, find_project, numbered
from papercheck.files.swap import replacing

from .edition import RECORD, UPDATE, digest, is_as_given, read_record, write_record
from .library import LIBRARY

# What a project starts with; setup.py puts the same into the wheel.
SHIPPED = (
    NOTEBOOKS,
    f"{DATA}/README.md",
    f"{DATA}/cited-studies.yml",  # names chen-2025, which cites the others
    f"{DATA}/chen-2025",
    f"{DATA}/quzhou-2025",
    f"{DATA}/rechallenge-review-2026",
)
EXAMPLE = "quzhou-2025"
PRESENT = "present"  # folder of notebooks/: the present edition of notebooks that stay because they were edited
IGNORED = """\
outputs/
.ipynb_checkpoints/
# Patients stay at home: only what came with the project is in git.
data/*
!data/README.md
!data/cited-studies.yml
!data/chen-2025/
!data/quzhou-2025/
!data/rechallenge-review-2026/
"""
README = f"""\
# A project of the rechallenge workbook

`notebooks/` holds the sections of a report, `data/` one folder a cohort (`data/README.md` explains the columns), `outputs/`
the reports.

    rechallenge report {EXAMPLE}    the report of the example: outputs/{EXAMPLE}/report.html
    rechallenge import FILE... --as NAME  a cohort from the files that you have
    rechallenge new NAME                  or one to fill in: data/NAME/cohort.xlsx
    rechallenge check NAME                what is wrong or missing
    rechallenge report NAME               its report
    rechallenge lab                       the notebooks in JupyterLab
    {UPDATE}             the notebooks of a newer workbook in place of those that nobody edited
    rechallenge --help                    all commands; rechallenge report --help: one of them

A section of your own is a copy of a notebook whose name begins with two digits that no other has (50_my_section.ipynb):
change its heading, its sentences and what it asks for, then rechallenge report {EXAMPLE} --sections my_section
--out trial shows it alone.

Patients stay here: `.gitignore` keeps every cohort but those that came with it out of git.
"""


def start_project(folder) -> Path:
    """Make a project; returns its folder. Raises CohortError for a folder that holds something or lies in a project."""
    folder = Path(folder).absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise request_error(f"{folder} is not empty", "Name a folder that does not exist yet.", folder.name)
    outer = _project_around(folder.parent)
    if outer:
        rule = f"{folder} would lie inside the project {outer}"
        raise request_error(rule, "Name a folder outside of it; no project lies inside another.", folder.name)
    if not folder.exists():
        with replacing(folder) as new:
            _fill(new)
        return folder
    made = folder / "project"  # an empty folder stays the one that it is: somebody may stand in it
    with replacing(made) as new:
        _fill(new)
    for path in sorted(made.iterdir()):
        path.rename(folder / path.name)
    made.rmdir()
    return folder


def _fill(new):
    source = shipped_files()
    for name in SHIPPED:
        _copy(source / name, new / name)
    write_record(new / NOTEBOOKS, shipped_notebooks().values(), {})
    (new / "outputs").mkdir()
    (new / "README.md").write_text(README, encoding="utf-8", newline="\n")
    (new / ".gitignore").write_text(IGNORED, encoding="utf-8", newline="\n")


def _project_around(folder):
    try:
        return find_project(folder).folder
    except CohortError:
        return None


def _copy(source, target):
    if not source.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"), copy_function=shutil.copyfile)


def shipped_files() -> Path:
    """Where the files of SHIPPED are: in the installed package, or in the checkout that this library stands in."""
    installed = Path(str(files("rechallenge"))) / "starter"
    return installed if installed.is_dir() else LIBRARY.parent


def shipped_notebooks() -> dict[str, Path]:
    """{what a notebook is called, without its number: its present edition}."""
    return {_called(path): path for path in sorted((shipped_files() / NOTEBOOKS).glob("*.ipynb"))}


def _called(path) -> str:
    return path.stem[3:] if path.stem[:2].isdigit() else path.stem


@dataclass(frozen=True)
class Update:
    """Names of files of notebooks/: replaced by the present edition; added; and those of which the present edition was
    put aside into PRESENT, since the notebook of the project was edited or its number is taken."""

    replaced: list[str]
    added: list[str]
    aside: list[str]


def update_project(project: Project) -> Update:
    """Put the present edition in the place of every notebook that nobody has edited, and beside the others.

    A notebook that was taken out of the project stays out, if what the project was given is on record. Raises
    CohortError in the repository, whose notebooks are the present edition.
    """
    shipped, folder = shipped_notebooks(), project.notebooks
    if (shipped_files() / NOTEBOOKS).resolve() == folder.resolve():
        raise request_error("these notebooks are those that the workbook comes with", "There is nothing to update.")
    theirs, record = {_called(path): path for path in sorted(folder.glob("*.ipynb"))}, read_record(folder)
    out = {_called(Path(name)) for name in record} - set(theirs)
    other = [name for name in shipped if name not in out and digest(shipped[name]) != digest(theirs.get(name, folder))]
    gone = {theirs[name].name for name in other if name in theirs and is_as_given(theirs[name])}
    taken = {path.name[:2] for path in numbered(project.folder) if path.name not in gone}
    done = Update([], [], [])
    with replacing(folder, keeps=lambda name: name not in gone | {RECORD, PRESENT}) as new:
        for name in other:
            own = theirs[name].name if name in theirs else ""
            file = own if own in gone and shipped[name].name[:2] in taken else shipped[name].name
            if own in gone or (not own and file[:2] not in taken):
                shutil.copyfile(shipped[name], new / file)
                (done.replaced if own else done.added).append(file)
            else:
                (new / PRESENT).mkdir(exist_ok=True)
                shutil.copyfile(shipped[name], new / PRESENT / file)
                done.aside.append(file)
        write_record(new, shipped.values(), record)
    return done

"""Where the tables of the literature are; needs no library."""

from pathlib import Path

from ..files.project import DATA, current_project

FILES = {"trials": "trials.csv", "series": "series.csv"}


def literature_files() -> list[Path]:
    """Every trials.csv and series.csv: those of the project, and those beside the cohorts."""
    place = current_project()
    own = [place.folder / DATA] if place.folder else []
    folders = dict.fromkeys([*own, place.data])
    found = [path for folder in folders for file in FILES.values() for path in sorted(folder.glob(f"*/{file}"))]
    return [path for path in found if not path.parent.name.startswith(".")]


def literature_folders() -> dict[str, Path]:
    """Every folder with trials.csv or series.csv; one beside the cohorts stands before one of the project."""
    return {path.parent.name: path.parent for path in literature_files()}


def list_literature() -> list[str]:
    """Names of the folders that hold trials.csv or series.csv."""
    return sorted(literature_folders())

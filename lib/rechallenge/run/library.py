"""Where the code of the workbook itself is."""

from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]
PACKAGES = tuple(LIBRARY / name for name in ("smallsurv", "papercheck", "rechallenge"))
SOURCES = (".py", ".yml", ".po", ".j2", ".css", ".js", ".json", ".txt")


def library_files() -> list[Path]:
    """Every file of the packages that may change what a report says."""
    return [path for folder in PACKAGES for path in sorted(folder.rglob("*")) if path.suffix in SOURCES]

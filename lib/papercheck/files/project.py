"""Where the project is, and the names of its folders."""

import os
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")  # of a folder of data/


def data_folder() -> Path:
    """Where the cohorts are: `data/` of the project, or the folder that RECHALLENGE_DATA names."""
    return Path(os.environ.get("RECHALLENGE_DATA") or PROJECT / "data")

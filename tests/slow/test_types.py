"""The statistics package and the records pass the type checker (pyproject.toml names them)."""

import subprocess
import sys

from tests.conftest import project


def test_the_type_checker_finds_nothing():
    found = subprocess.run([sys.executable, "-m", "mypy"], cwd=project(), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout

"""The statistics package passes the type checker."""

import subprocess
import sys

from tests.conftest import project


def test_the_type_checker_finds_nothing():
    found = subprocess.run([sys.executable, "-m", "mypy"], cwd=project(), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout

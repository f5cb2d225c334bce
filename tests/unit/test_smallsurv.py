"""The statistics package by itself: its examples run, and nothing of ours is imported."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import smallsurv
from tests.conftest import project

MODULES = [m.name for m in pkgutil.walk_packages(smallsurv.__path__, "smallsurv.") if "kernels" not in m.name]


def test_the_examples_of_the_readme_give_what_they_say():
    found = doctest.testfile(str(project() / "lib" / "smallsurv" / "README.md"), module_relative=False)
    assert found.attempted >= 4 and found.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.slow
def test_the_package_stands_alone():
    code = (
        f"import sys, importlib; [importlib.import_module(n) for n in {MODULES!r}]; "
        "assert not [m for m in sys.modules if m.split('.')[0] in ('papercheck', 'rechallenge')]; "
        "assert 'lifelines' not in sys.modules and 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

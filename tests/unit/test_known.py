"""The known answers agree, are those of R in tests/reference, and would say so if one did not."""

import importlib.util
import re
from dataclasses import replace

import numpy as np
import pytest

from smallsurv.known import PUBLIC, Answer, answers, table_of
from tests.conftest import project


@pytest.fixture(scope="module")
def found():
    return list(answers())


def script(path):
    spec = importlib.util.spec_from_file_location("script", project() / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_known_answer_comes_out_and_there_are_enough(found):
    assert [a for a in found if not a.agrees] == []
    assert len(found) >= 60 and len({a.estimator for a in found}) >= 15
    assert len(PUBLIC) >= 12 and {a.source for a in found} == {"R", "lifelines", "scipy"}


def test_a_wrong_answer_is_told():
    right = Answer("x", "y", "z", 2.0, 2.0, "R", 1e-9)
    assert right.agrees and "agrees" in table_of([right])
    for ours in (2.1, np.inf, np.nan):
        assert not replace(right, ours=ours).agrees and "DIFFERS" in table_of([replace(right, ours=ours)])
    assert replace(right, ours=np.inf, known=np.inf).agrees


def test_the_package_carries_the_numbers_of_the_reference():
    text = script("tests/reference/make_known.py").known()
    assert (project() / "lib" / "smallsurv" / "known.json").read_text(encoding="utf-8") == text


def test_the_page_lists_the_same_numbers(found):
    text = (project() / "docs" / "validation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|.*\| agrees \|$", text, re.M)
    assert rows == [(a.estimator, a.data, a.number) for a in found]

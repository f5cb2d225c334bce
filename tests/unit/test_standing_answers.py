"""What the statistics answer on three small sets does not move unseen (tests/standing.py)."""

import json

import pytest

from tests.standing import STORED, answers


@pytest.mark.slow
def test_every_function_answers_as_before():
    wanted = json.loads(STORED.read_text(encoding="utf-8"))
    differ = list(_differences(answers(), wanted, "smallsurv"))
    assert not differ, "meant? then `python -m tests.standing`:\n" + "\n".join(differ[:20])


def test_what_differs_is_named_with_its_place():
    before = {"f": {"few": {"p": [0.5, 1.0], "reason": ""}}}
    assert not list(_differences({"f": {"few": {"p": [0.5 + 1e-9, 1.0], "reason": ""}}}, before, "s"))
    found = _differences({"f": {"few": {"p": [0.5, 1.1], "reason": "x"}}, "g": {}}, before, "s")
    assert list(found) == [
        "s: other names",
        "s, f, few, p, 1: 1.1, and 1.0 before",
        "s, f, few, reason: x, and  before",
    ]


def _differences(found, wanted, place):
    if isinstance(wanted, dict) and isinstance(found, dict):
        if sorted(found) != sorted(wanted):
            yield f"{place}: other names"
        for key in sorted(set(found) & set(wanted)):
            yield from _differences(found[key], wanted[key], f"{place}, {key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(found) == len(wanted):
        for i, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from _differences(one, other, f"{place}, {i}")
    elif isinstance(wanted, float) and isinstance(found, float):
        if found != pytest.approx(wanted, rel=1e-5, abs=1e-7):
            yield f"{place}: {found}, and {wanted} before"
    elif found != wanted:
        yield f"{place}: {found}, and {wanted} before"

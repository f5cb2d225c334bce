"""What a batch and a watch make before their processes part is what the reports show of the literature alone."""

import ast
import json
from functools import partial
from types import SimpleNamespace

import pytest

from papercheck.literature.table import load_evidence
from rechallenge import wb
from rechallenge.run import execute, render, task, watch
from rechallenge.run.build import Options
from rechallenge.run.pool import Processes
from rechallenge.run.sections import find_sections
from rechallenge.sections import literature_ahead
from rechallenge.sections.literature_ahead import SHOWN, make_literature
from rechallenge.show.display import Figure
from rechallenge.text.language import speaking
from tests.conftest import project

LITERATURE = "rechallenge-review-2026"


@pytest.fixture
def evidence():
    """The literature, of which nothing is made yet."""
    found = load_evidence(LITERATURE)
    found.made.clear()
    yield found
    found.made.clear()


def cells():
    notebook = json.loads((project() / "notebooks" / "12_evidence_synthesis.ipynb").read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


def asked_of_the_literature_alone():
    """(name, arguments in words) of each call of the notebook with the evidence and words alone."""
    found = set()
    for call in ast.walk(ast.parse("\n".join(cells()))):
        if isinstance(call, ast.Call) and call.args and getattr(call.args[0], "id", "") == "evidence":
            values = [*call.args[1:], *(k.value for k in call.keywords)]
            if all(isinstance(v, ast.Constant) for v in values):
                found.add((call.func.attr, *(v.value for v in values)))
    return found


def test_all_that_the_notebook_asks_of_the_literature_alone_is_made_ahead():
    named = [make if isinstance(make, partial) else partial(make) for make in SHOWN]
    ahead = {(make.func.__name__, *make.keywords.values()) for make in named}
    assert {call for call in ahead if call[0] != "literature_pools"} == asked_of_the_literature_alone()
    assert all(hasattr(getattr(wb, call[0]), "__wrapped__") for call in asked_of_the_literature_alone())


@pytest.mark.thorough
def test_the_section_finds_all_that_needs_no_cohort_made(evidence):
    make_literature(LITERATURE)
    made = dict(evidence.made)
    drawn = [v._drawn for v in made.values() if isinstance(v, Figure)]
    assert len(drawn) >= 3 and all(list(d) == ["en"] for d in drawn)
    pictures = [dict(d) for d in drawn]
    space = {}
    for source in cells():
        exec(source, space)
        show = lambda *items: [i._repr_mimebundle_() for i in items if hasattr(i, "_repr_mimebundle_")]  # noqa: E731
        space["wb"] = SimpleNamespace(**vars(wb) | {"show": show})
    assert evidence.made == made
    assert [v._drawn for v in made.values() if isinstance(v, Figure)] == pictures


def test_each_language_has_its_own_and_what_is_lacking_or_faulty_is_passed_over(evidence, monkeypatch):
    monkeypatch.setattr(literature_ahead, "SHOWN", (literature_ahead.flow_table, lacks))
    make_literature(LITERATURE)
    with speaking("zh"):
        make_literature(LITERATURE)
    assert sorted(key[-1] for key in evidence.made) == ["en", "zh"]
    make_literature("no such folder")


def lacks(evidence):
    raise literature_ahead.NotAvailable("needs more")


@pytest.mark.parametrize(
    ("only", "pairs", "made"), [(("12",), (), [LITERATURE]), (("02",), (), []), (("12",), ("x=1",), [])]
)
def test_a_batch_makes_it_ahead_where_its_sections_ask_for_it(only, pairs, made, monkeypatch):
    asked = []
    monkeypatch.setattr(literature_ahead, "make_literature", asked.append)
    execute.warm_literature(find_sections(only), pairs)
    assert asked == made


def test_batch_and_watch_make_it_before_the_first_process(monkeypatch):
    asked = []
    monkeypatch.setattr(task, "SHARED", ())
    monkeypatch.setattr(render, "exporter", lambda: None)
    for place in (task, watch):
        monkeypatch.setattr(place, "warm", lambda sections: None)
        monkeypatch.setattr(place, "warm_literature", lambda *a: asked.append(a[1:]))
    monkeypatch.setattr(Processes, "run", lambda self, calls: iter(()))
    list(task.run_tasks({"ncctg-lung": None}, "", Options(pairs=("a=1",), language="zh"), Processes()))
    watch._make_ahead("ncctg-lung", ["b=2"])
    assert asked == [(("a=1",), "zh"), (["b=2"], "en")]

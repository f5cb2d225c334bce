"""Coded columns whose cells stand for several levels: smoking yes and no, ever; asked, and read as a factor of groups."""

import pytest

from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]


def smokers(tmp_path, cells):
    rows = [[f"P{i}", 5.5 + i, i % 2, cell] for i, cell in enumerate(cells)]
    return file(tmp_path, ["Patient", "OS rechallenge (months)", "died", "Smoking"], rows)


@pytest.mark.parametrize(
    "cells, proposed, groups",
    [(["yes", "no", "no", "yes"], "groups", "Never (no), Ever (yes)"), (["1", "0", "0", "1"], None, "Never (0), Ever (1)"),
     (["ever", "never", "ever", "ever"], "groups", "Ever (ever)"), (["former", "never", "current", "never"], None, "")],
)  # fmt: skip
def test_yes_and_no_are_asked_as_groups_of_levels(tmp_path, cells, proposed, groups):
    found = [q for q in propose([smokers(tmp_path, cells)]).questions if q.topic == "grouped"]
    assert [q.words["groups"] for q in found] == ([groups] if groups else [])
    assert all(q.proposed == proposed and q.blocking for q in found)


@pytest.mark.slow
def test_ever_smokers_are_a_factor_that_former_and_current_ones_join(tmp_path):
    proposal, cohort = taken(smokers(tmp_path, ["ever", "never", "former", "never", "unknown"]), grouped="groups")
    assert list(cohort.table("adsl")["SMOKEGR1"].astype(str)) == ["Ever", "Never", "Ever", "Never", "nan"]
    assert not [q for q in proposal.questions if q.topic == "codes"]

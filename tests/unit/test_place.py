"""Which project a command works in: found from the working folder upward, named, or refused in one sentence."""

from pathlib import Path

import pytest

from papercheck.files.findings import CohortError
from papercheck.files.project import (
    cohort_folders,
    current_project,
    find_project,
    open_project,
    within_project,
    working_folder,
)
from rechallenge import context
from rechallenge.context import Part, Run, current, run_from_text, running
from rechallenge.run.starter import start_project
from tests.conftest import use_data


def make(folder, notebooks=("01_first.ipynb",)):
    (folder / "notebooks").mkdir(parents=True)
    (folder / "data").mkdir()
    for name in notebooks:
        (folder / "notebooks" / name).write_text("{}")
    return folder


@pytest.mark.parametrize("inside", ["", "notebooks", "data/mine", "outputs/mine/figures"])
def test_a_project_is_found_from_any_of_its_folders(tmp_path, inside):
    home = make(tmp_path / "home")
    (home / inside).mkdir(parents=True, exist_ok=True)
    found = find_project(home / inside)
    assert (found.folder, found.data) == (home, home / "data")
    assert (found.notebooks, found.outputs) == (home / "notebooks", home / "outputs")


def test_a_report_keeps_notebooks_and_is_no_project(tmp_path):
    home = make(tmp_path / "home")
    report = make(home / "outputs" / "c")
    (report / "report.html").write_text("")
    assert find_project(report / "notebooks").folder == home


def test_refusals_name_the_folder_and_what_to_do(tmp_path):
    with pytest.raises(CohortError, match=f"no project in {tmp_path} or above it.*rechallenge init"):
        find_project(tmp_path)
    empty = make(tmp_path / "empty", ["explore.ipynb", "1_x.ipynb"])
    with pytest.raises(CohortError, match="empty/notebooks holds no numbered notebook"):
        find_project(empty)
    outer = make(tmp_path / "outer")
    inner = make(outer / "inner")
    with pytest.raises(CohortError, match=f"{inner} lies inside the project {outer}.*--project"):
        find_project(inner / "data")
    assert open_project(inner).folder == inner
    for folder, words in ((tmp_path / "no", "there is no folder"), (tmp_path, "is no project"), (empty, "no numbered")):
        with pytest.raises(CohortError, match=words):
            open_project(folder)


def test_a_folder_with_a_dot_is_no_cohort(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    for name in ("mine", ".mine.new", ".trash"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cohort.yml").write_text("")
    assert [p.parent.name for p in cohort_folders("cohort.yml")] == ["mine"]


def test_a_block_is_part_of_its_run_and_of_its_place(tmp_path):
    before, place = current(), open_project(make(tmp_path / "home"))
    with running(Run(project=place, language="zh")) as run:
        assert current() is run and current_project() == place
        with running(Run(language="en")):
            assert current().language == "en" and current_project() == place
        with within_project(open_project(make(tmp_path / "other"))):
            assert current_project().folder == tmp_path / "other"
    assert current() == before


def test_a_run_survives_its_text(tmp_path):
    place = open_project(make(tmp_path / "home"))
    part = Part("c--1", "c", "SITE", "中心 'A' \\ \"B\"")
    run = Run(place, "c--1", part, {"factors": ["a"], "landmark": 6.0}, "zh", "strict", tmp_path / "prints")
    assert run_from_text(run.as_text()) == run and run_from_text(Run().as_text()) == Run()


def test_the_settled_run_of_a_process_holds_where_no_block_says_otherwise(monkeypatch):
    monkeypatch.setattr(context._current, "_process", None)
    context._current.settle(Run(language="zh"))
    assert current().language == "zh"
    with running(Run()):
        assert current().language == "en"


@pytest.mark.parametrize("there", [False, True])
def test_a_started_project_is_whole_and_stands_alone(tmp_path, there, monkeypatch):
    if there:  # as after `mkdir w; cd w; rechallenge init .`
        (tmp_path / "w").mkdir()
        monkeypatch.chdir(tmp_path / "w")
    made = start_project("." if there else tmp_path / "w").resolve()
    if there:
        assert Path.cwd() == made and Path("notebooks").is_dir()
    assert find_project(made / "data" / "quzhou-2025").folder == made
    assert {p.name for p in made.iterdir()} == {"notebooks", "data", "outputs", "README.md", ".gitignore"}
    for folder, words in ((made / "inner", "inside the project"), (made, "is not empty")):
        with pytest.raises(CohortError, match=words):
            start_project(folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w"]


def test_a_working_folder_that_is_gone_is_said(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(CohortError, match="you stand in has been removed"):
        working_folder()

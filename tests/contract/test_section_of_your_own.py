"""A section is added by copying one notebook and changing three
names, as docs/section.md says, and taken out by deleting it.
"""

import json
import re
import shutil
from dataclasses import replace

import pytest

from papercheck.files import project as files_project
from papercheck.files.project import Project
from rechallenge import context
from rechallenge.run.batch import run_batch
from rechallenge.run.sections import find_sections
from rechallenge.show import prints
from tests.conftest import project

pytestmark = pytest.mark.slow  # two reports
STANDARD = ["05_progression_free_survival", "06_overall_survival", "07_subgroups", "09_treatment_comparison"]


def names_to_change():
    """{where: (from, to)} of the page."""
    page = (project() / "docs" / "section.md").read_text(encoding="utf-8")
    return {where: (old, new) for where, old, new in re.findall(r"^\| ([\w ]+) \| `(.+?)` \| `(.+?)` \|$", page, re.M)}


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """The notebooks of a new project with some of the standard sections."""
    home = tmp_path / "home"
    (home / "notebooks").mkdir(parents=True)
    for name in STANDARD:
        shutil.copy(project() / "notebooks" / f"{name}.ipynb", home / "notebooks")
    place = Project(home, project() / "data")
    monkeypatch.setattr(files_project._current, "_process", place)
    monkeypatch.setattr(context._current, "_process", replace(context.current(), project=place))
    return home / "notebooks"


def add_section(notebooks, file):
    """Do what the page says, under a file name; returns its title."""
    change = names_to_change()
    assert list(change) == ["file name", "heading", "endpoint"]
    text = (notebooks / f"{change['file name'][0]}.ipynb").read_text(encoding="utf-8")
    for old, new in (change["heading"], change["endpoint"]):
        old, new = json.dumps(old)[1:-1], json.dumps(new)[1:-1]
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (notebooks / f"{file}.ipynb").write_text(text, encoding="utf-8")
    return change["heading"][1].removeprefix("# ")


def add_remark(notebooks, file, title):
    """A section that shows one table that no checklist asks for."""
    text = (notebooks / "06_overall_survival.ipynb").read_text(encoding="utf-8").replace('\\"OS\\"', '\\"PFSR\\"')
    notebook = json.loads(text)
    cells = [c for c in notebook["cells"] if c["id"] in ("c00", "c01", "c02", "c04", "c10", "c15")]
    cells[0]["source"] = [f"# {title}"]
    (notebooks / f"{file}.ipynb").write_text(json.dumps(notebook | {"cells": cells}), encoding="utf-8")


def made(out):
    """The report, the checklist by item, and the note on sections without an item, of a batch of one cohort."""
    batch = run_batch(["quzhou-2025"], out=out, export=True)
    assert [r["state"] for r in batch.records] == ["done"]
    assert "quzhou-2025/report.html" in batch.index.read_text(encoding="utf-8")
    folder = out / "quzhou-2025"
    text = (folder / "checklist.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert text.startswith("STROBE")
    items = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    note = next((line for line in text.splitlines() if line.startswith("Sections that no item leads to")), "")
    return folder, items, note


def no_print(figure, name, constrained, folder, every):
    """As write_prints where no column is wide enough: pictures are no matter here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text("{}", encoding="utf-8")


def test_a_section_added_as_the_page_says_is_everywhere_and_one_removed_is_nowhere(notebooks, tmp_path, monkeypatch):
    monkeypatch.setattr(prints, "write_prints", no_print)
    for old, new in (("07_subgroups", "09_subgroups"), ("09_treatment_comparison", "12_treatment_comparison")):
        (notebooks / f"{old}.ipynb").rename(notebooks / f"{new}.ipynb")
    title = add_section(notebooks, "07_time_on_first_course")  # between two others
    add_remark(notebooks, "13_means_alone", "Means alone")
    assert [s.name[:2] for s in find_sections()] == ["05", "06", "07", "09", "12", "13"]
    folder, items, note = made(tmp_path / "with")
    page = (folder / "report.html").read_text(encoding="utf-8")
    anchor = re.search(rf'<li><a href="#(section-[^"]+)">{title}</a>', page).group(1)  # of the contents
    assert re.search(rf'<section id="{anchor}".*?<h2[^>]*>{title}', page, re.S)
    assert "07_time_on_first_course" in (folder / "results.csv").read_text(encoding="utf-8")
    assert "Means alone" in note and title not in note  # its tables are such that an item asks for them
    links = {item: re.findall(r"\[([A-Z][^\]]+)\]\(report", line) for item, line in items.items()}
    assert "Subgroups" in links["12b"] and title not in links["12b"] and title not in links["9"]

    (notebooks / "07_time_on_first_course.ipynb").unlink()
    (notebooks / "09_subgroups.ipynb").unlink()
    folder, items, _ = made(tmp_path / "without")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert title not in page and anchor not in page
    assert "Subgroups" not in items["12b"]
    assert len(links["7"]) > len(re.findall(r"\(report", items["7"]))  # with it, one table of medians more
    assert links["9"] == re.findall(r"\[([A-Z][^\]]+)\]\(report", items["9"])

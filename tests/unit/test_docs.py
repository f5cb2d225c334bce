"""The pages: those that are made are current, links lead somewhere, and the front page is short."""

import importlib.util
import json
import re

import pytest

from rechallenge.results import COLUMNS, VERSION
from tests.conftest import project

PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "outputs/README.md", *(
    f"docs/{path.name}" for path in sorted((project() / "docs").glob("*.md"))
)]  # fmt: skip


def text(page):
    return (project() / page).read_text(encoding="utf-8")


def maker():
    spec = importlib.util.spec_from_file_location("make_pages", project() / "docs" / "make_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(page):
    """The anchors that a page of Markdown gets of its headings."""
    heads = re.findall(r"^#+ (.+)$", text(page), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_the_page_of_quantities_is_made_from_the_vocabulary():
    assert text("docs/quantities.md") == maker().quantities_page()


def test_the_checks_of_the_audit_are_those_of_the_code():
    assert text("docs/audit.md") == maker().with_checks(text("docs/audit.md"))


def test_the_pages_of_data_of_rules_and_for_editors_are_those_of_the_code():
    pages = maker()
    assert text("data/README.md") == pages.with_dictionary(text("data/README.md"))
    assert text("docs/rules.md") == pages.rules_page() and all(r.find.__doc__ or r.words for r in pages.RULES)
    assert text("docs/schema/cohort.schema.json") == pages.cohort_schema()
    assert text("docs/schema/published.schema.json") == pages.registry_schema()


def test_every_column_of_results_csv_is_explained_under_its_version():
    page = text("docs/formats.md")
    assert maker().documented_columns(page) == COLUMNS
    assert f"## results.csv, format {VERSION}\n" in page


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings_that_exist(page):
    folder = (project() / page).parent
    for link in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (folder / file).resolve() if file else project() / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(str(target.relative_to(project()))), link


def test_the_front_page_is_short_and_names_every_section():
    front = text("README.md")
    assert len(front.splitlines()) <= 120
    names = [path.stem for path in (project() / "notebooks").glob("[0-9][0-9]_*.ipynb")]
    lacking = [name for name in names if name not in front]
    assert not lacking, f"give each a line in the table of README.md: {lacking}"


def test_the_version_is_one():
    version = re.search(r'^version = "(.+)"$', text("pyproject.toml"), re.M).group(1)
    assert f'__version__ = "{version}"' in text("lib/rechallenge/__init__.py")
    assert f"\nversion: {version}\n" in text("CITATION.cff") and f"## {version}\n" in text("CHANGELOG.md")


def test_the_guide_names_every_command_and_the_site_every_page():
    from rechallenge.cli.command import command_line

    named = set(re.findall(r"^rechallenge (\w+)", text("docs/guide.md").split("## Commands")[1], re.M))
    assert named == set(command_line().commands)
    pages = {path.name for path in (project() / "docs").glob("*.md")}
    assert {page for page in re.findall(r": ([\w/]+\.md)$", text("mkdocs.yml"), re.M) if "/" not in page} == pages


def test_the_site_has_every_module_of_the_statistics():
    assert text("docs/api/smallsurv.md") == maker().statistics_page()


def test_help_says_what_each_command_is_for_in_one_whole_line_and_names_no_type():
    from rechallenge.cli.command import command_line

    group = command_line()
    with group.make_context("rechallenge", [], resilient_parsing=True) as context:
        page = group.get_help(context)
        pages = {name: command.get_help(context) for name, command in group.commands.items()}
    assert "..." not in page.split("Commands:")[1]
    assert {name: text for name, text in pages.items() if re.search(r"<\w", text)} == {}


def test_the_tables_of_speed_are_those_that_were_measured():
    spec = importlib.util.spec_from_file_location("bench_table", project() / "tests" / "bench" / "table.py")
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    found = json.loads(table.RESULTS.read_text(encoding="utf-8"))
    assert text("docs/speed.md") == table.with_tables(text("docs/speed.md"), found)

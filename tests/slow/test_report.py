"""The finished report: the numbers of the seed paper, determinism, failed and missing sections, nothing lost."""

import json
import re
import shutil
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from papercheck.files import project as files_project
from papercheck.files.project import Project
from rechallenge.cohort import CohortError
from rechallenge.run.build import build_report
from rechallenge.run.pool import start_method
from tests.conftest import COHORTS, project
from tests.sizes import size

SVG = "{http://www.w3.org/2000/svg}"
OF_PATIENTS = [f"{i:02d}" for i in range(12)]  # every section but the literature, which is the same beside each cohort


def value(ledger, **place):
    rows = ledger
    for column, wanted in place.items():
        rows = rows[rows[column] == wanted]
    assert len(rows) == 1, (place, rows)
    return rows["value"].iloc[0]


def number(ledger, **place):
    return float(value(ledger, **place))


@pytest.mark.parametrize(
    "endpoint, method, median, low, high",
    [("PFSR", "spss", 2.90, 1.97, 3.83), ("PFS1", "spss", 5.97, 4.13, 7.81), ("PFSR", "log-log", 2.90, 1.68, 8.19)],
)
def test_medians_and_intervals_of_the_paper(ledgers, endpoint, method, median, low, high):
    rows = ledgers["quzhou-2025"]
    rows = rows[
        (rows["section"] == "05_progression_free_survival")
        & (rows["group"] == endpoint)
        & (rows["method"] == method)
        & (rows["unit"] == "months")
    ]
    found = {
        s: round(float(rows[rows["statistic"] == s]["value"].iloc[-1]), 2) for s in ("median", "ci_low", "ci_high")
    }
    assert found == {"median": median, "ci_low": low, "ci_high": high}


def test_ecog_subgroup_and_hazard_ratio_of_the_paper(ledgers):
    ledger = ledgers["quzhou-2025"]
    place = {"section": "07_subgroups", "by": "ECOG", "statistic": "median", "method": "spss"}
    assert [number(ledger, group=g, **place) for g in ("0-1", "2")] == [6.14, 1.68]
    place = {"section": "07_subgroups", "statistic": "p"}
    assert round(number(ledger, by="ECOG", method="log-rank", **place), 3) == 0.004
    assert round(number(ledger, by="PDL1GR1", method="log-rank", **place), 3) == 0.067
    exact = [number(ledger, by=f, method="log-rank, exact permutation", **place) for f in ("ECOG", "PDL1GR1")]
    assert exact == pytest.approx([0.00854700854700855, 0.0808080808080808])  # survdiff of every assignment in R
    place = {"section": "08_prognostic_factors", "item": "ECOG=2", "by": "univariable"}
    found = [round(number(ledger, statistic=s, **place), 3) for s in ("hr", "ci_low", "ci_high", "p")]
    assert found == [6.839, 1.557, 30.032, 0.011]


def test_response_rates_of_the_paper(ledgers):
    place = {"section": "04_tumor_response", "by": "APHASE", "group": "RECHALLENGE"}
    ledger = ledgers["quzhou-2025"]
    assert [number(ledger, item="ORR", statistic=s, **place) for s in ("count", "n")] == [0, 13]
    assert [number(ledger, item="DCR", statistic=s, **place) for s in ("count", "n")] == [8, 13]


def test_median_follow_up_of_the_paper(ledgers):
    place = {"section": "06_overall_survival", "item": "OS", "statistic": "follow_up"}
    assert number(ledgers["quzhou-2025"], **place) == 10.31


def test_ncctg_lung_equals_the_published_analysis(ledgers):
    ledger = ledgers["ncctg-lung"]
    rows = ledger[
        (ledger["section"] == "06_overall_survival")
        & (ledger["statistic"] == "median")
        & (ledger["method"] == "log-log")
    ]
    assert float(rows["value"].iloc[0]) == 310 and rows["unit"].iloc[0] == "days"
    place = {"section": "08_prognostic_factors", "item": "SEX=F", "by": "univariable"}
    assert [round(number(ledger, statistic=s, **place), 3) for s in ("hr", "ci_low", "ci_high")] == [
        0.588,
        0.424,
        0.816,
    ]


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_notebook_runs_for_every_shipped_cohort(reports, cohort):
    html = (reports[cohort] / "report.html").read_text(encoding="utf-8")
    assert 'class="failed"' not in html
    run = sorted(p.stem for p in (reports[cohort] / "notebooks").glob("*.ipynb"))
    notebooks = {p.stem: json.loads(p.read_text()) for p in (project() / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    asked = tuple(
        name for name, nb in notebooks.items() if nb["metadata"].get("rechallenge", {}).get("asks")
    )  # of cohort.yml
    made = list(notebooks)
    of_rechallenge = ("00", "03", "12") if cohort == "ncctg-lung" else ()  # patients without a checkpoint inhibitor
    assert run == sorted(name for name in made if not name.startswith((*asked, *of_rechallenge)))


def test_survival_at_a_landmark_in_months_of_a_cohort_in_days(ledgers):
    """R: summary(survfit(Surv(time, status) ~ 1, lung, conf.type = 'log-log'), times = 6 * 30.4375)."""
    rows = ledgers["ncctg-lung"].query("item == 'OS at 6 months'").set_index("statistic")["value"].astype(float)
    assert rows[["survival", "ci_low", "ci_high"]].tolist() == pytest.approx([0.7079, 0.6441, 0.7625], abs=5e-4)
    assert rows["n_risk"] == 156


def test_missing_sections_are_listed_with_what_they_need(reports):
    html = (reports["quzhou-2025"] / "report.html").read_text(encoding="utf-8")
    listed = html[html.index('id="not-available"') : html.index('id="about"')]
    for words in ("Treatment comparison", "needs a treatment", "cohort.yml"):
        assert words in listed


def test_a_cohort_of_no_such_course_carries_no_pools_of_rechallenge(reports):
    html = (reports["ncctg-lung"] / "report.html").read_text(encoding="utf-8")
    assert "pooled" not in html and "andomised trials" not in html and "adrs" not in html
    assert "rechallenge adds" not in html and "from the first dose of rechallenge" not in html


@pytest.mark.parametrize("cohort", COHORTS)
def test_nothing_outside_the_file_is_referenced(reports, cohort):
    references = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attributes):
            references.extend(
                (tag, k, v) for k, v in attributes if k in ("src", "href", "srcset", "action", "data") and v
            )

    html = (reports[cohort] / "report.html").read_text(encoding="utf-8")
    Finder().feed(html)
    assert references and all(v.startswith(("#", "data:image/")) for _, _, v in references)
    assert not re.search(r"url\((?!['\"]?data:|#)|@import|\bfetch\(|XMLHttpRequest", html)
    assert str(project()) not in html


def test_every_page_of_a_pseudo_cohort_says_so(reports):
    html = (reports["quzhou-2025"] / "report.html").read_text(encoding="utf-8")
    chapters = html.count('class="chapter"') - html.count('id="about"') - html.count('id="not-available"')
    assert html.count('class="badge"') == chapters + 2  # and the appendix, and the key results
    assert "Not patients" in html and "@bottom-center" in html
    head = html[: html.index("<main")]
    assert "Not patients" in head and '<a href="#standing">' in head  # the banner on top leads to what is free
    told = html[html.index('id="standing"') : html.index('class="chapter"')]
    assert "5 of 13 times of PFSR" in told and "Bound by printed results" in told and "Free within" in told
    assert "Pseudo-patients" not in (reports["ncctg-lung"] / "report.html").read_text(encoding="utf-8")


def test_two_runs_give_the_same_bytes(write_cohort, tmp_path):
    """In one process; test_wheel compares the report of a shipped
    cohort with that of another process and installation.
    """
    write_cohort()
    only = size(["00", "05", "07"], OF_PATIENTS)  # figures, and what is drawn at random
    first, again = (build_report("c", out=tmp_path / o, only=only).path.parent for o in ("first", "again"))
    names = sorted(str(p.relative_to(first)) for p in first.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(again)) for p in again.rglob("*") if p.is_file())
    assert {n.split("/")[0] for n in names} == {
        "report.html",
        "results.csv",
        "ro-crate-metadata.json",
        "figures",
        "notebooks",
    }
    assert [n for n in names if (first / n).read_bytes() != (again / n).read_bytes()] == []


@pytest.mark.parametrize("cohort", COHORTS)
def test_each_figure_is_a_vector_file_whose_text_is_text(reports, cohort):
    figures = sorted((reports[cohort] / "figures").glob("*"))
    assert len(figures) >= 6
    for path in figures:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert path.suffix == ".svg" and len(list(root.iter(SVG + "text"))) > 2, f"{path.name} has no text"
        assert any(len(element.get("d", "")) > 20 for element in root.iter(SVG + "path")), f"{path.name} is blank"


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A copy of the project's notebooks that a test may change."""
    root = tmp_path / "project"
    shutil.copytree(project() / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    monkeypatch.setattr(files_project._current, "_process", Project(root, project() / "data"))
    return root / "notebooks"


def break_cell(path, line):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][-1]["source"] = [line]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_a_section_that_fails_is_named_in_its_place_and_the_others_are_whole(notebooks, tmp_path):
    break_cell(notebooks / "10_safety.ipynb", "1 / 0")
    done = build_report("quzhou-2025", out=tmp_path / "o", only=["04", "10"])
    assert [c.name for c in done.failed] == ["10_safety"]
    html = done.path.read_text(encoding="utf-8")
    assert str(project()) not in html
    assert "ZeroDivisionError: division by zero" in html and "Best overall response" in html


def test_a_section_whose_process_dies_is_named(notebooks, tmp_path):
    break_cell(notebooks / "10_safety.ipynb", "import os; os._exit(9)")
    done = build_report("quzhou-2025", out=tmp_path / "o", only=["02", "10"])
    assert [c.error for c in done.failed] == ["its process ended with code 9"]


ONE = size(["06"], ["01", "06"])


@pytest.mark.thorough
@pytest.mark.skipif(start_method() != "fork", reason="sections are not forked here")
def test_kernels_give_the_same_report_as_forks(tmp_path):
    forks = build_report("ncctg-lung", out=tmp_path / "forks", only=ONE).path.parent
    kernels = build_report("ncctg-lung", out=tmp_path / "kernels", only=ONE, kernels=True).path.parent
    assert (forks / "results.csv").read_bytes() == (kernels / "results.csv").read_bytes()
    assert (forks / "report.html").read_bytes() == (kernels / "report.html").read_bytes()


@pytest.mark.parametrize(
    "pairs, only, words",
    [
        (["intervall=spss"], [], "Did you mean interval"),
        (["interval=spps"], [], "Did you mean spss"),
        (["landmarks=soon"], [], "list of numbers"),
        (["sd_min_weeks=six"], [], "sd_min_weeks is a whole number"),
        (["confirmed=maybe"], [], "confirmed is a yes or no"),
        (["interval"], [], "name=value"),
        (["interval="], [], "cannot be empty"),
        (["continuous=mean"], [], "mean .SD."),
        (["sd_min_weeks=-5"], [], "whole number"),
        (["landmarks=True"], [], "list of numbers"),
        (["landmarks=3,3"], [], "twice"),
        (["unit=days", "unit=months"], [], "given twice"),
        (["factors=ECGO"], ["07"], "Did you mean ECOG"),
        (["factors=AGE"], ["07"], "AGE is a number"),
        (["by=AGE"], ["02"], "AGE is a number"),
        (["by=ECGO"], ["02"], "Did you mean ECOG"),
        (["multivariable=AGE,SEXX"], ["08"], "Did you mean SEX"),
        ([], ["99"], "no section 99"),
    ],
)
def test_a_wrong_request_is_refused_and_the_earlier_report_stays(reports, pairs, only, words):
    folder = reports["quzhou-2025"]
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(CohortError, match=words):
        build_report("quzhou-2025", pairs, out=folder.parent, only=only)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert sorted(p.name for p in folder.parent.iterdir()) == sorted(COHORTS)


def test_bad_data_leaves_the_earlier_report(write_cohort, tmp_path):
    folder = write_cohort()
    first = build_report("c", out=tmp_path / "o", only=["02"]).path.read_bytes()
    (folder / "adsl.csv").write_text("USUBJID,AGE\nA,six", encoding="utf-8")
    with pytest.raises(CohortError, match="not a number"):
        build_report("c", out=tmp_path / "o")
    assert (tmp_path / "o" / "c" / "report.html").read_bytes() == first


def test_a_folder_with_other_files_is_never_replaced(write_cohort, tmp_path):
    write_cohort()
    (tmp_path / "o" / "c").mkdir(parents=True)
    (tmp_path / "o" / "c" / "thesis.docx").write_text("mine")
    with pytest.raises(CohortError, match="holds other files"):
        build_report("c", out=tmp_path / "o")
    assert (tmp_path / "o" / "c" / "thesis.docx").read_text() == "mine"


def test_text_from_data_never_becomes_markup(write_cohort, tmp_path):
    evil = 'a & b > c "quoted" $x^2$ {{7*7}} {% raw %}'
    yml = (
        f"title: '<script>alert(1)</script>'\nsource: '<img src=x onerror=alert(1)>'\nfactors: {{G: {{label: '{evil}',"
        " levels: ['<b>x</b>', y]}}\nsubgroups: [G]\nprimary_endpoint: OS\n"
    )
    adsl = "USUBJID,G,OS,OS_EVENT\n" + "".join(
        f"S{i},{'y' if i % 2 else '<b>x</b>'},{i},{i % 3 > 0:d}\n" for i in range(1, 9)
    )
    write_cohort(yml=yml, adsl=adsl.replace("<b>x</b>", "y", 0))
    with pytest.raises(CohortError, match="markup"):
        build_report("c", out=tmp_path / "o")
    write_cohort(yml=yml.replace("'<b>x</b>'", "'x & z'"), adsl=adsl.replace("<b>x</b>", "x & z"))
    html = build_report("c", out=tmp_path / "o", only=OF_PATIENTS).path.read_text(encoding="utf-8")
    assert "<script>alert" not in html and "<img src=x" not in html and "&lt;script&gt;alert(1)" in html
    assert "a &amp; b &gt; c" in html and "x &amp; z" in html and "{{7*7}}" in html


@pytest.mark.parametrize("n", [2, pytest.param(3, marks=pytest.mark.thorough)])
def test_the_smallest_cohorts_make_a_whole_report(write_cohort, tmp_path, n):
    rows = ["A,60,M,2,1,PD,PR", "B,65,F,4,0,SD,PR", "C,70,M,6,1,SD,PR"][:n]
    write_cohort(adsl="USUBJID,AGE,SEX,PFSR,PFSR_EVENT,BOR_RECHALLENGE,BOR_INITIAL\n" + "\n".join(rows) + "\n")
    assert build_report("c", out=tmp_path / "o", only=OF_PATIENTS).failed == []


@pytest.mark.parametrize(
    "adsl",
    [
        pytest.param(
            "USUBJID,BMI,PFSR,PFSR_EVENT\nA,20,2,1\nB,22,3,1\nC,25,5,0\nD,19,1,1\n", marks=pytest.mark.thorough
        ),
        pytest.param(
            "USUBJID,ASTDT_INITIAL,PDDT_INITIAL\nA,2023-01-01,2023-06-01\nB,2023-01-01,2023-08-01\n",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\n" + "".join(f"S{i},{50 + i},M,{i + 1},1\n" for i in range(20)),
            marks=pytest.mark.thorough,
        ),
        "USUBJID,AGE,SEX,OS,OS_EVENT\n" + "".join(f"S{i},{50 + i},{'MF'[i % 2]},{i + 1},0\n" for i in range(6)),
    ],
    ids=["no usual factor", "first course alone", "separated age", "all censored"],
)
def test_odd_cohorts_make_a_whole_report(write_cohort, tmp_path, adsl):
    write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\n", adsl=adsl)
    assert build_report("c", out=tmp_path / "o", only=OF_PATIENTS).failed == []


def test_a_foreign_report_is_never_replaced(write_cohort, tmp_path):
    write_cohort()
    (tmp_path / "o" / "c").mkdir(parents=True)
    (tmp_path / "o" / "c" / "report.html").write_text("<html>mine</html>")
    with pytest.raises(CohortError, match="holds other files"):
        build_report("c", out=tmp_path / "o")
    build_report("c", out=tmp_path / "p", only=["02"])
    (tmp_path / "p" / "c" / "notes.txt").write_text("mine too")
    with pytest.raises(CohortError, match="holds other files"):
        build_report("c", out=tmp_path / "p")


def test_a_cohort_of_identifiers_alone_makes_a_report_that_says_what_is_missing(write_cohort, tmp_path):
    write_cohort(adsl="USUBJID\nA\nB\n")
    done = build_report("c", out=tmp_path / "o")
    assert done.failed == [] and len(done.unavailable) >= 5

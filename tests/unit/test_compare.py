"""Two reports number by number: what counts as a difference, and what is no report."""

import json
import sys

import pytest

from papercheck.files import project as files_project
from papercheck.files.findings import CohortError
from papercheck.files.project import Project
from rechallenge import cli
from rechallenge.results import COLUMNS
from rechallenge.run import compare as comparing
from rechallenge.run.build import build_report
from rechallenge.run.provenance import FILE
from rechallenge.run.render import run_facts
from rechallenge.run.verify import verify

FACTS = {"parameters": {"gmi": 1.33, "factors": []}, "versions": {"Python": "3.11.7"}}


@pytest.fixture
def run(tmp_path):
    """run(name, *rows, **facts) writes a report folder; rows: (item, statistic, value)."""

    def write(name, *rows, head=COLUMNS, facts=FACTS):
        folder = tmp_path / name
        folder.mkdir()
        island = f'<script type="application/json" id="run">{json.dumps(facts)}</script>' if facts else ""
        (folder / "report.html").write_text(f"<html>{island}</html>", encoding="utf-8")
        lines = [",".join(head), *(f"05_x,{i},,,{s},{v},months,log-log,survival.median,{i},,,,,," for i, s, v in rows)]
        (folder / "results.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return write


def command(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["rechallenge", "compare", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


def test_changed_new_and_gone_numbers_are_named_with_both_values(run, monkeypatch, capsys):
    a = run("a", ("OS", "median", "2.5"), ("OS", "n", "13"), ("PFS", "p", "0.04"))
    b = run("b", ("OS", "median", "2.75"), ("OS", "n", "13"), ("OS", "p", "NE"))
    code, out, _ = command(monkeypatch, capsys, a, b / "report.html")
    assert code == 3 and "1 changed, 1 new, 1 gone, of 3 numbers" in out and "2.75" in out
    code, out, _ = command(monkeypatch, capsys, a, b, "--json")
    found = json.loads(out)
    assert code == 3 and not found["same"]
    assert [(r["item"], r["statistic"], r["first"], r["second"]) for r in found["changed"]] == [
        ("OS", "median", "2.5", "2.75")
    ]
    assert [(r["statistic"], r["value"]) for r in found["added"] + found["gone"]] == [("p", "NE"), ("p", "0.04")]


def test_equal_numbers_end_with_0_whatever_parameters_and_versions_say(run, monkeypatch, capsys):
    a = run("a", ("OS", "median", "2.5"))
    other = {"parameters": {"gmi": 1.5, "factors": []}, "versions": {"Python": "3.12.0"}}
    code, out, _ = command(monkeypatch, capsys, a, run("b", ("OS", "median", "2.50"), facts=other))
    assert code == 0 and "Every number is the same" in out and "1.33" in out and "1.5" in out and "3.12.0" in out
    done = comparing.compare_runs(a, a)
    assert done.same and done.parameters == {} and done.versions == {}


def test_the_last_digits_of_another_machine_are_counted_and_no_difference(run):
    done = comparing.compare_runs(run("a", ("OS", "p", "0.123456789012")), run("b", ("OS", "p", "0.123456789013")))
    assert done.same and done.nearly == 1
    assert not comparing.compare_runs(run("c", ("OS", "p", "0.1234567")), run("d", ("OS", "p", "0.1234568"))).same
    assert not comparing.compare_runs(run("e", ("OS", "p", "NR")), run("f", ("OS", "p", "NE"))).same
    assert comparing.compare_runs(run("g", ("OS", "p", "NR")), run("h", ("OS", "p", "NR"))).same


def test_a_number_that_stands_twice_is_compared_in_its_order(run):
    first, second = (("OS", "n", "1"), ("OS", "n", "2")), (("OS", "n", "1"), ("OS", "n", "3"), ("OS", "n", "4"))
    done = comparing.compare_runs(run("a", *first), run("b", *second))
    assert [(a, b) for _, a, b in done.changed] == [("2", "3")] and [v for _, v in done.added] == ["4"]


def test_a_report_of_an_earlier_workbook_says_that_its_parameters_are_not_known(run, monkeypatch, capsys):
    code, out, _ = command(monkeypatch, capsys, run("a", facts=None), run("b"))
    assert code == 0 and "does not say its parameters" in out


def test_everything_that_is_wrong_is_said_at_once(run, tmp_path, monkeypatch, capsys):
    other = run("other", head=("a", "b"))
    code, out, err = command(monkeypatch, capsys, tmp_path, other)
    assert code == 1 and out == "" and "it has no report.html" in err
    assert "has the columns a, b; a report has section, item" in " ".join(err.split())


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda f: (f / "results.csv").unlink(), "has no results.csv"),
        (lambda f: (f / "results.csv").write_text(",".join(COLUMNS) + "\n1,2\n"), "row 2, has 2 cells in place of 16"),
        (lambda f: (f / "results.csv").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
        (lambda f: (f / "results.csv").write_text(""), "has the columns none"),
    ],
)
def test_a_spoilt_ledger_is_named(run, spoil, words):
    folder = run("a")
    spoil(folder)
    with pytest.raises(comparing.CohortError, match=words):
        comparing.read_run(folder)


def test_an_unknown_name_and_another_file_are_refused(run, tmp_path):
    with pytest.raises(comparing.CohortError, match="no report nowhere"):
        comparing.read_run("nowhere")
    (tmp_path / "x.html").write_text("")
    with pytest.raises(comparing.CohortError, match=r"x\.html is no report\.html"):
        comparing.read_run(tmp_path / "x.html")


def test_a_cohort_names_its_report_in_outputs(run, tmp_path, monkeypatch):
    monkeypatch.setattr(files_project._current, "_process", Project(tmp_path, tmp_path / "data"))
    (tmp_path / "outputs").mkdir()
    run("outputs/mine", ("OS", "n", "3"))
    assert list(comparing.read_run("mine").rows.values()) == ["3"]
    with pytest.raises(comparing.CohortError, match="Did you mean mine"):
        comparing.read_run("mime")


@pytest.mark.slow
def test_a_report_carries_its_parameters_and_no_text_can_leave_them(write_cohort, tmp_path):
    write_cohort()
    done = build_report("c", ["continuous=mean (SD)"], out=tmp_path / "o", only=["02"])
    found = comparing.read_run(done.path)
    assert (
        found.parameters == {"by": "", "continuous": "mean (SD)", "p_values": "none"} and "lifelines" in found.versions
    )
    evil = {"name": "c", "parameters": {"by": {"value": "</script><b>&amp;"}}, "versions": {}}
    text = run_facts(evil)
    assert "<" not in text and json.loads(text)["parameters"]["by"] == "</script><b>&amp;"


def test_a_report_of_the_first_edition_is_named_with_what_to_do(run):
    old = run("old", head=comparing.FIRST_EDITION)
    with pytest.raises(CohortError) as error:
        comparing.compare_runs(old, run("new", ("OS", "n", "1")))
    assert "first edition" in str(error.value) and "Make that report again" in str(error.value)


@pytest.mark.parametrize("facts", ["{", "[1]", '{"parameters": "x"}', '{"versions": [1]}', "[" * 5000])
def test_a_report_whose_record_of_its_making_was_changed_is_refused(tmp_path, facts):
    for name, told in (("a", "{}"), ("b", facts)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.csv").write_text(",".join(COLUMNS) + "\n")
        page = f'<script type="application/json" id="run">{told}</script>'
        (tmp_path / name / "report.html").write_text(page)
    with pytest.raises(CohortError, match="of its making is not as it was written. Make it again"):
        comparing.compare_runs(tmp_path / "a", tmp_path / "b")


ASKED = {"parameters": "{}", "sections": "[]", "language": '"en"', "profile": '"shared"', "part": "null"}


def metadata(identifier="c", **asked) -> str:
    """Metadata of a report as they are written, but for what is named."""
    told = [{"@id": f"#{k}", "@type": "PropertyValue", "name": k, "value": v} for k, v in (ASKED | asked).items()]
    return json.dumps({"@graph": [{"@id": "./", "@type": "Dataset", "identifier": identifier}, *told]})


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1]", "{}", '{"@graph": "x"}', '{"@graph": [{}]}', "\ud800", "[" * 5000),
        metadata(["c"]),
        metadata(parameters='"x"'),
        metadata(sections="[1]"),
        metadata(part='{"cohort": [1]}'),
        metadata(part="{"),
    ],
    ids=range(13),
)
def test_metadata_that_are_not_as_they_were_written_are_refused_by_their_file(tmp_path, text):
    (tmp_path / "report.html").write_text("")
    (tmp_path / "results.csv").write_text("")
    (tmp_path / FILE).write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(CohortError, match=f"{FILE} is not as it was written. Make the report again"):
        verify(tmp_path)
    (tmp_path / FILE).write_text(metadata("nobody"))
    with pytest.raises(CohortError, match="nobody"):  # nothing is wrong with these
        verify(tmp_path)

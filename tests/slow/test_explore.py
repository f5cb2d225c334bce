"""The explorer: what it offers, what it draws, the command that it writes; and one patient's dates."""

import shlex

import pandas as pd
import pytest
from typer.testing import CliRunner

from rechallenge.cli.command import app
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.cohort.declare.adding import put_subgroup
from rechallenge.cohort.declare.meta import load_meta
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.patient import DERIVED, GIVEN, endpoint_trace, patient_dates
from rechallenge.derive.population import derive_population
from rechallenge.explore import Explorer, report_command
from rechallenge.run.build import build_report
from rechallenge.run.sections import find_sections, parse_parameters
from rechallenge.show.display import Figure
from rechallenge.show.timeline import dates_table, timeline_figure, trace_table
from tests.conftest import project

YML = "title: T\ndata_cutoff: 2024-12-31\n"
DATED = (
    "USUBJID,SEX,ASTDT_INITIAL,PDDT_INITIAL,TRT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\n"
    "A,M,2023-01-01,2023-07-01,R&D 3 < 4,2023-09-01,2023-12-01,2024-03-01,\n"
    "B,F,2023-01-01,2023-07-01,,2023-09-01,,,2025-02-01\n"
)


@pytest.fixture
def dated(write_cohort):
    write_cohort(yml=YML, adsl=DATED)
    return load_cohort("c")


def test_every_date_of_a_patient_stands_in_order_with_its_study_day(dated):
    dates = patient_dates(dated, "A")
    assert list(zip(dates["column"], dates["phase"], dates["day"], strict=True)) == [
        ("ASTDT", "INITIAL", -243), ("PDDT", "INITIAL", -62), ("ASTDT", "RECHALLENGE", 1), ("PDDT", "RECHALLENGE", 92), ("DTHDT", "", 183),
    ]  # fmt: skip
    assert dates["value"].iloc[0] == "R&D 3 < 4"
    late = patient_dates(dated, "B")
    assert late.loc[~late["counts"], "column"].tolist() == ["LSTALVDT"]  # after the data cut-off


def test_the_trace_names_what_ended_the_clock_and_agrees_with_the_endpoints(dated):
    trace = endpoint_trace(dated, "A", "days").set_index("PARAMCD")
    assert trace.loc["PFSR", ["AVAL", "CNSR", "EVNTDESC", "origin", "source"]].tolist() == [
        92,
        0,
        "Progression",
        DERIVED,
        "adex.PDDT",
    ]
    assert trace.loc["OS", "source"] == "adsl.DTHDT"
    frame = derive_endpoints(dated, unit="days").rows
    assert trace["AVAL"].to_dict() == frame[frame["USUBJID"] == "A"].set_index("PARAMCD")["AVAL"].to_dict()
    cut = endpoint_trace(dated, "B").set_index("PARAMCD").loc["OS"]
    assert (cut["CNSR"], cut["EVNTDESC"], cut["source"]) == (1, "Data cut-off", "")


def test_durations_say_that_they_are_given(write_cohort):
    write_cohort()
    cohort = load_cohort("c")
    assert set(endpoint_trace(cohort, "A")["origin"]) == {GIVEN} and patient_dates(cohort, "A").empty


def test_an_unknown_patient_is_named(dated):
    with pytest.raises(CohortError, match="no patient Z"):
        patient_dates(dated, "Z")


def test_text_of_the_data_stays_text(dated):
    shown = dates_table(dated, "A").html() + trace_table(dated, "A").html()
    assert "R&amp;D 3 &lt; 4" in shown
    assert timeline_figure(dated, "A").figure is not None


@pytest.mark.parametrize("cohort", ["quzhou-2025", "chen-2025", "xu-2023", "shi-2026", "ncctg-lung"])
def test_every_choice_of_every_cohort_shows_something_and_its_command_is_valid(cohort, monkeypatch):
    said = []
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: said.append(displays)))
    explorer = Explorer(cohort)
    assert explorer.endpoint.options and explorer.patient.options and said
    sections = {word for s in find_sections() for word in (s.number, s.name, s.name[3:])}
    for endpoint in explorer.endpoint.options:
        explorer.endpoint.value = endpoint
        for _, group in explorer.group.options[:3]:
            explorer.group.value, explorer.landmark.value = group, 1
            assert said[-1] and all(d is not None for d in said[-1])
            explorer.write_command()
            words = shlex.split(explorer.command.value)
            assert words[:3] == ["rechallenge", "report", cohort] and words[-1] in sections
            pairs = [words[i + 1] for i, w in enumerate(words) if w == "-p"]
            assert "landmark=1" in pairs
            parse_parameters(pairs, find_sections([words[-1]]))


def test_a_change_of_group_changes_the_curve(monkeypatch):
    said = []
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: said.append(displays)))
    explorer = Explorer("quzhou-2025")
    explorer.endpoint.value = "PFSR"
    before = said[-2][0].alt if len(said[-1]) == 3 else said[-1][0].alt
    explorer.group.value = "ECOG"
    figure, table = said[-1]
    assert figure.alt != before and "Log-rank P" in " ".join(table.columns) and explorer.command.value == ""


def test_a_faulty_cohort_says_what_is_wrong_and_a_good_one_follows(write_cohort, monkeypatch):
    said = []
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: said.append(displays)))
    write_cohort()
    write_cohort("faulty", adsl="USUBJID,SEX\nA,Q\n")
    explorer = Explorer("faulty")
    assert any("faulty" in d.reason or "SEX" in d.reason for shown in said for d in shown)
    explorer.cohort.value = "c"
    assert explorer.endpoint.value == "PFSR" and said[-2][0].name.startswith("pfsr")


def test_the_command_leaves_out_what_is_as_usual():
    assert report_command("c", "OS", "", "log-log", 0) == "rechallenge report c --sections overall_survival"
    line = report_command("c", "PFSR", "SEX", "spss", 3)
    assert (
        line
        == "rechallenge report c -p endpoint=PFSR -p factors=SEX -p interval=spss -p landmark=3 --sections subgroups"
    )


def test_the_command_makes_a_report(tmp_path):
    words = shlex.split(report_command("quzhou-2025", "PFSR", "ECOG", "spss", 2))[1:]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    numbers = pd.read_csv(tmp_path / "quzhou-2025" / "results.csv")
    assert "spss" in set(numbers["method"])


def written(folder):
    return (folder / "cohort.yml").read_text(encoding="utf-8")


HABITS = {
    "no key": ("", "brief: {subgroups: [SEX]}\n"),
    "a list in one line": (
        "subgroups: [ECOG]  # ours\n",
        "subgroups: [SEX, ECOG]  # ours\nbrief: {subgroups: [ECOG, SEX]}\n",
    ),
    "a list of lines": ("subgroups:\n- ECOG\n", "subgroups:\n- SEX\n- ECOG\nbrief: {subgroups: [ECOG, SEX]}\n"),
    "lines set in": (
        "subgroups:\n  - ECOG # ours\n",
        "subgroups:\n  - SEX\n  - ECOG # ours\nbrief: {subgroups: [ECOG, SEX]}\n",
    ),
    "a key without a value": ("brief:\n# none yet\n", "brief: {subgroups: [SEX]}\n# none yet\n"),
    "a brief": ("brief:\n  leave_out: [os]\n", "brief:\n  subgroups: [SEX]\n  leave_out: [os]\n"),
    "a brief with subgroups": ("brief: {subgroups: [ECOG]}\n", "brief: {subgroups: [SEX, ECOG]}\n"),
    "there already": ("brief: {subgroups: [SEX]}\n", "brief: {subgroups: [SEX]}\n"),
}


@pytest.mark.parametrize("habit", HABITS)
def test_a_group_is_put_into_cohort_yml_as_people_write_it(write_cohort, habit):
    before, after = HABITS[habit]
    folder = write_cohort(yml="title: T # mine\n" + before)
    put_subgroup(folder, load_meta(folder), "SEX")
    assert written(folder) == "title: T # mine\n" + after
    assert load_meta(folder).brief.subgroups.count("SEX") == 1


def test_a_cut_point_is_shown_with_its_warning_and_put_into_the_report(write_cohort, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: said.append(displays)))
    folder = write_cohort(yml="title: T\nfactors:\n  # our own\n  AGE: {per: 10}\n")
    explorer = Explorer("c")
    explorer.endpoint.value, explorer.cut_of.value = "PFSR", "AGE"
    assert (explorer.cut_at.value, explorer.group.value) == (62.5, "AGECUT")
    warning, figure, table = said[-1]
    assert "too small" in warning.reason and "Log-rank" in figure.alt
    explorer.cut_at.value = 65
    assert [r[0] for r in said[-1][2].rows] == ["Age, cut-point chosen from the data", "<65 years", "≥65 years"]
    explorer.write_command()
    assert explorer.command.value == "" and "first" in explorer.said.value
    assert "AGECUT" not in written(folder)  # nothing before it is asked for
    explorer.put_into_report()
    entry = (
        "AGECUT: {label: 'Age, cut-point chosen from the data', from: AGE, cut: [65.0], levels: {<65: <65 years,"
        " '>=65': ≥65"
    )
    assert (
        entry in written(folder) and "# our own" in written(folder) and explorer.said.value.startswith("AGECUT stands")
    )
    adsl = derive_population(load_cohort("c")).table("adsl").set_index("USUBJID")
    assert adsl["AGECUT"].astype(str).to_dict() == {"A": "<65", "B": ">=65", "C": ">=65", "D": "<65"}  # 65 is above
    explorer.write_command()
    assert "factors=AGECUT" in explorer.command.value
    page = build_report("c", out=tmp_path / "o", only=["05", "07"]).path.read_text(encoding="utf-8")
    brief = page[page.index('id="brief"') : page.index('id="appendix"')]
    assert "Age, cut-point chosen from the data" in brief


def test_pseudo_patients_and_no_group_are_told_what_to_do(monkeypatch):
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: None))
    explorer = Explorer("quzhou-2025")
    explorer.group.value = ""
    explorer.put_into_report()
    assert explorer.said.value.startswith("Choose a group first")
    before = written(project() / "data" / "quzhou-2025")
    explorer.group.value = "SEX"
    explorer.put_into_report()
    assert "rechallenge reconstruct quzhou-2025" in explorer.said.value
    assert written(project() / "data" / "quzhou-2025") == before


def test_the_explorer_speaks_chinese_where_it_is_chosen(monkeypatch):
    said = []
    monkeypatch.setattr(Explorer, "_say", staticmethod(lambda place, *displays: said.append(displays)))
    explorer = Explorer("quzhou-2025")
    explorer.endpoint.value = "PFSR"
    assert explorer.cohort.description == "Cohort" and explorer.group.options[0] == ("all patients", "")
    explorer.language.value = "zh"
    assert (explorer.cohort.description, explorer.put.description) == ("队列", "写入报告")
    assert explorer.endpoint.value == "PFSR" and explorer.group.options[0] == ("全部患者", "")
    (figure,) = (d for displays in said[-2:] for d in displays if isinstance(d, Figure) and d.name.startswith("pfsr"))
    assert "中位" in str(figure.notes)

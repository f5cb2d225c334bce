"""Late entry: declared, checked, and in every estimate; against R survival."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.late_entry import derive_late_entry, left_out_words
from rechallenge.derive.population import derive_population
from rechallenge.sections.late_entry import late_figures, late_medians, late_ratios

REFERENCE = Path(__file__).parents[1] / "reference"
YML = "title: Test\ntime_unit: months\nprimary_endpoint: OS\nfactors: {GRP: {label: Group, levels: ['0', '1', '2']}}\n"
TIMED = YML + "late_entry: {label: the diagnosis, zero_time: GAP}\n"


def drawn() -> str:
    d = pd.read_csv(REFERENCE / "data_episodes_late.csv")
    start = d["start"].clip(lower=1)
    frame = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in d.index], "OS": d["stop"] - start, "OS_EVENT": d["event"]})
    return frame.assign(GAP=start, GRP=d["state"]).query("OS > 0").to_csv(index=False)


@pytest.fixture
def late(write_cohort):
    write_cohort(yml=TIMED, adsl=drawn())
    return derive_late_entry(derive_population(load_cohort("c")))


@pytest.mark.parametrize("method", ["log-log", "log", "plain"])
def test_medians_with_late_entry_are_those_of_r(late, method):
    wanted = pd.read_csv(REFERENCE / "episodes_median.csv").query("method == @method")
    found = late_medians(late, ["GRP"], method).results
    assert [r.level for r in found] == ["", "0", "1", "2"] and [r.n for r in found] == list(wanted["n"])
    for name, column in (("median", "median"), ("ci_low", "low"), ("ci_high", "high")):
        ours = np.array([r[name] for r in found])
        ours = np.where(np.isinf(ours), np.nan, ours)
        assert np.allclose(ours, wanted[column], atol=1e-9, equal_nan=True), name


def test_hazard_ratios_with_late_entry_are_those_of_r(late):
    wanted = pd.read_csv(REFERENCE / "episodes_levels.csv")
    found = [r for r in late_ratios(late, ["GRP"]).results if r.quantity == "late_entry.hazard_ratio"]
    assert np.allclose([np.log(r["hr"]) for r in found], wanted["coef"], atol=1e-6)
    width = [np.log(r["ci_high"] / r["ci_low"]) / 2 / 1.959963984540054 for r in found]
    assert np.allclose(width, wanted["se"], atol=1e-6)
    assert np.allclose([np.log(r["ignoring"]) for r in found], wanted["ignoring"], atol=1e-6)


def test_the_log_rank_test_of_a_factor_stands_once_and_not_beside_each_of_its_ratios(late):
    table = late_ratios(late, ["GRP"])
    column = table.columns.index("Log-rank P of the factor")
    shown = [row[column] for row in table.rows]
    assert len(shown) == 2 and shown[0] not in ("", "–") and shown[1] == ""


def test_one_line_says_what_ignoring_the_entry_would_do(late):
    table = late_medians(late)
    ignoring = table.results[0]["ignoring"]
    assert ignoring > table.results[0].estimate
    assert any(f"a median of {ignoring:.2f} months in place of" in n for n in table.notes)


@pytest.mark.slow
def test_numbers_at_risk_rise_in_the_figure_and_small_risk_sets_are_named(late):
    rows = late.outcome.rows
    figure = late_figures(late, ["GRP"])[0]
    texts = [t.get_text() for axes in figure.figure.axes for t in axes.texts]
    at_6 = int(((rows["ENTRY"] < 6) & (rows["AVAL"] >= 6)).sum())
    assert str(at_6) in texts and "0" in texts and at_6 > (rows["ENTRY"] <= 1).sum()
    assert len(late_figures(late, ["GRP"])) == 2
    alone = late.outcome.rows.assign(ENTRY=np.where(late.outcome.rows.index == 0, 0.0, rows["ENTRY"].clip(lower=4)))
    first = alone.assign(AVAL=alone["AVAL"].where(alone.index > 0, 2.0), CNSR=alone["CNSR"].where(alone.index > 0, 0))
    changed = type(late)(late.outcome.with_rows(first.query("AVAL > ENTRY")), "the diagnosis", 0, 0)
    assert any("only 1 at risk at an early event" in n for n in late_medians(changed).notes)


def test_a_later_beginning_leaves_out_who_had_left(late, write_cohort):
    study = late.outcome.cohort
    found = derive_late_entry(study, since=8.0)
    assert (found.outcome.rows["ENTRY"] >= 8).all() and found.outside == (late.outcome.rows["AVAL"] <= 8).sum() > 0
    assert f"{found.outside} patients not at risk after the entry left out." in left_out_words(found)
    assert any("conditional on being alive 8 months after the diagnosis" in n for n in late_medians(found).notes)
    with pytest.raises(NotAvailable, match="nobody is"):
        derive_late_entry(study, since=900.0)


def test_dates_of_the_first_course_are_a_clock_too(write_cohort):
    yml = YML + "data_cutoff: 2024-12-31\nlate_entry: {zero_course: INITIAL, entry_date: SEQDT}\n"
    adsl = "USUBJID,DTHDT,LSTALVDT,SEQDT\nA,2023-06-30,,2023-01-31\nB,,2024-01-01,2022-12-01\nC,2023-12-01,,\n"
    adex = "USUBJID,APHASE,ASTDT\n" + "".join(f"{i},INITIAL,2022-01-01\n{i},RECHALLENGE,2023-01-01\n" for i in "ABC")
    write_cohort(yml=yml, adsl=adsl, adex=adex)
    found = derive_late_entry(derive_population(load_cohort("c")), unit="days")
    rows = found.outcome.rows
    assert list(rows["ENTRY"]) == [395.0, 334.0] and list(rows["AVAL"]) == [365 + 181.0, 365 + 366.0]
    assert found.unknown == 1 and found.zero == "the start of the first ICI course"


@pytest.mark.parametrize(("late", "adsl", "rule"), [
    ("{entry_time: SEQTM}", "USUBJID,OS,OS_EVENT,SEQTM\nA,5,1,5\nB,6,1,2\n", "entry-after-exit"),
    ("{entry_date: SEQDT}", "USUBJID,DTHDT,SEQDT\nA,2023-06-30,2023-07-01\nB,2023-06-30,2023-01-01\n", "entry-after-exit"),
    ("{label: the diagnosis, zero_time: GAP}", "USUBJID,OS,OS_EVENT,GAP\nA,5,1,-2\nB,6,1,2\n", "zero-after-start"),
])  # fmt: skip
def test_an_entry_that_cannot_be_is_an_error(write_cohort, late, adsl, rule):
    more = "data_cutoff: 2024-12-31\n" if "DTHDT" in adsl else ""
    write_cohort(yml=YML + more + f"late_entry: {late}\n", adsl=adsl)
    cohort, found = read_cohort("c")
    assert cohort is None and any(f.id == rule and f.subject == "A" and f.severity == "error" for f in found)


@pytest.mark.parametrize(("late", "words"), [
    ("{label: x}", "says neither from when times count"),
    ("{zero_time: GAP}", "the key `label` is missing"),
    ("{label: x, zero_time: GAP, zero_date: DXDT}", "says the same in two ways"),
])  # fmt: skip
def test_a_declaration_says_each_thing_once(write_cohort, late, words):
    write_cohort(yml=YML + f"late_entry: {late}\n", adsl="USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n")
    assert words in " ".join(f.rule for f in read_cohort("c")[1])


def test_without_a_declaration_or_a_value_a_sentence(write_cohort, late):
    with pytest.raises(NotAvailable, match="log-log, log or plain"):
        late_medians(late, (), "spss")
    adsl = "USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n"
    write_cohort(yml=YML, adsl=adsl)
    with pytest.raises(NotAvailable, match="from when each patient was observed"):
        derive_late_entry(derive_population(load_cohort("c")))
    write_cohort(yml=TIMED, adsl=adsl)
    with pytest.raises(NotAvailable, match="needs the column GAP in adsl"):
        derive_late_entry(derive_population(load_cohort("c")))


def test_nothing_is_said_to_be_too_long_that_is_not_and_the_curve_before_anybody_is_at_risk_is_named(write_cohort):
    adsl = "USUBJID,OS,OS_EVENT,GAP\nA,9,1,2\nB,9,1,2\nC,9,1,3\nD,9,0,3\n"
    write_cohort(yml=TIMED.replace("factors: {GRP: {label: Group, levels: ['0', '1', '2']}}\n", ""), adsl=adsl)
    late = derive_late_entry(derive_population(load_cohort("c")))
    notes = " ".join(late_medians(late).notes)
    assert "the same median here" in notes and "in place of" not in notes and "too long" not in notes
    assert "Nobody is at risk before 2.00 months" in notes
    assert any("Nobody is at risk before 2.00 months" in n for n in late_figures(late)[0].notes)

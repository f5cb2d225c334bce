"""The literature beside the cohort: tables that refuse bad
rows, pools against hand counts, figures against the ledger.
"""

import csv
import math
import shutil

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from papercheck.literature.flow import pool_flow
from papercheck.literature.frames import (
    named_series,
    outcome_effects,
    pooled,
    response_effects,
    single_arms,
    whole_series,
)
from papercheck.literature.table import layout, load_evidence, read_evidence
from rechallenge.cohort import CohortError
from rechallenge.replication.beside import cohort_beside, same_patients, with_cohort
from rechallenge.results import ledger_rows
from rechallenge.run.build import build_report
from rechallenge.sections.literature_flow import blank_note, flow_table, prisma_figure
from rechallenge.sections.series import promises_table, rate_forest, regimen_figure
from rechallenge.sections.study_medians import medians_figure
from rechallenge.sections.synthesis import trial_forest
from rechallenge.sections.synthesis_checks import (
    entry_table,
    hang_table,
    level_table,
    model_table,
    review_table,
    small_trials,
)
from rechallenge.show.display import Note
from smallsurv.meta.pool import heterogeneity, pool
from tests.conftest import project, use_data

NAME = "rechallenge-review-2026"
Z = {80: 1.2815515655446004, 95: 1.959963984540054}
# Hazard ratios for OS as the reports of the trials print them: estimate, limits, level of the interval.
OS = {
    "SAPPHIRE": (0.86, 0.70, 1.05, 95),
    "CONTACT-01": (0.88, 0.68, 1.16, 95),
    "LEAP-008": (0.98, 0.78, 1.23, 95),
    "Lung-MAP S1800A": (0.69, 0.51, 0.92, 80),
    "Pragmatica-Lung S2302": (0.99, 0.81, 1.22, 95),
    "SAFFRON-301": (1.02, 0.75, 1.39, 95),
    "KEYVIBE-002 + docetaxel": (0.76, 0.50, 1.15, 95),
    "Jung 2022": (1.09, 0.66, 1.83, 95),
}


@pytest.fixture(scope="module")
def evidence():
    return load_evidence(NAME)


@pytest.fixture
def literature(tmp_path, monkeypatch):
    """literature(trials=[{...}], series=[{...}]) writes a folder
    `lit` with these rows; what a row needs is filled in.
    """
    use_data(monkeypatch, tmp_path)
    needed = {
        "trials": {
            "experimental": "A",
            "control": "B",
            "rechallenge": "yes",
            "source": "hand",
            "verified": "confirmed",
        },
        "series": {"n": "20", "source": "hand", "verified": "confirmed"},
    }

    def write(**tables):
        (tmp_path / "lit").mkdir(exist_ok=True)
        for table, rows in tables.items():
            with open(tmp_path / "lit" / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(layout()[table]["columns"]))
                writer.writeheader()
                writer.writerows(needed[table] | row for row in rows)
        return "lit"

    return write


def hand_pool(rows):
    """Common effect by inverse variance, on paper."""
    weights = [(2 * Z[level] / math.log(high / low)) ** 2 for _, low, high, level in rows]
    mean = sum(w * math.log(hr) for w, (hr, *_) in zip(weights, rows, strict=True)) / sum(weights)
    reach = Z[95] / math.sqrt(sum(weights))
    return [math.exp(x) for x in (mean, mean - reach, mean + reach)]


def trial(study, hr="0.80", low="0.60", high="1.07", **more):
    return {"study": study, "os_hr": hr, "os_low": low, "os_high": high, "os_level": "95"} | more


def found_by(name):
    evidence, findings = read_evidence(name)
    return evidence, [(f.file, f.row, f.column, f.rule, f.severity) for f in findings]


def test_the_eight_trials_pool_as_on_paper(evidence):
    used = pooled(outcome_effects(evidence, "os"))
    assert list(used["study"]) == list(OS)
    found = pool(used, ("common",)).iloc[0]
    assert np.allclose([found["estimate"], found["ci_low"], found["ci_high"]], hand_pool(list(OS.values())), rtol=1e-12)
    assert [round(x, 2) for x in hand_pool(list(OS.values()))] == [0.92, 0.83, 1.01]


def test_the_disputed_interval_decides_whether_the_pool_excludes_one(evidence):
    rows = [(*row[:3], 95) for row in OS.values()]
    found = pool(pooled(outcome_effects(evidence, "os", other_level=True)), ("common",)).iloc[0]
    assert np.allclose([found["estimate"], found["ci_low"], found["ci_high"]], hand_pool(rows), rtol=1e-12)
    assert [round(x, 2) for x in hand_pool(rows)] == [0.9, 0.82, 0.99]
    table = level_table(evidence)
    assert [row[2] for row in table.rows] == ["0.92 (0.83–1.01)", "0.90 (0.82–0.99)"]
    assert "80% would give P = 0.053 and 95% would give P = 0.007" in " ".join(table.notes)
    assert "0.82–0.99" in table.notes[-2] and "an inference" in table.notes[-2]  # the limits that the review prints
    assert "at 95% is not possible" in table.notes[-1] and "needs 168 deaths" in table.notes[-1]
    assert not any("at 80% is not possible" in note for note in table.notes)


def test_pfs_pools_seven_trials_and_one_of_the_two_rows_that_share_a_control_arm(evidence):
    frame = outcome_effects(evidence, "pfs").set_index("study")
    assert (
        frame.loc["KEYVIBE-002 alone", "left_out"]
        == "control arm shared with KEYVIBE-002 + docetaxel, whose events are not sourced"
    )
    found = pool(pooled(frame.reset_index()), ("common",)).iloc[0]
    printed = [(1.08, 0.89, 1.32, 95), (0.74, 0.59, 0.92, 95), (0.89, 0.70, 1.12, 95), (0.86, 0.66, 1.14, 80),
               (0.82, 0.62, 1.07, 95), (0.77, 0.53, 1.13, 95), (1.06, 0.69, 1.62, 95)]  # fmt: skip
    assert np.allclose([found["estimate"], found["ci_low"], found["ci_high"]], hand_pool(printed))
    assert [round(found[c], 2) for c in ("estimate", "ci_low", "ci_high")] == [0.89, 0.80, 0.98]


def test_trials_of_another_question_or_without_interval_are_shown_and_not_pooled(evidence):
    reasons = outcome_effects(evidence, "os").set_index("study")["left_out"]
    assert reasons[["LATIFY", "ATALANTE-1", "LUNAR"]].tolist() == [
        "no interval sourced", "no test of rechallenge", "no test of rechallenge"]  # fmt: skip
    text = trial_forest(evidence, "os", by_entry=True)
    assert "LATIFY: no interval sourced" in " ".join(text.notes)


def test_response_pools_the_three_trials_with_counts(evidence):
    frame = response_effects(evidence)
    assert frame["study"].tolist() == ["SAPPHIRE", "SAFFRON-301", "KEYVIBE-002 + docetaxel"]
    assert np.isclose(frame["estimate"].iloc[1], (23 * 166) / (164 * 24))


def test_printed_pools_stand_beside_the_own_ones_with_the_trials_named(evidence):
    table = review_table(evidence)
    rows = {row[0]: row for row in table.rows}
    assert rows["OS"][1] == "HR 0.91 (0.82–0.99)" and rows["OS"][2] == "10" and rows["OS"][5] == "8"
    assert rows["ORR"][1] == "OR 1.12, interval not given" and rows["PFS"][1] == "HR 0.89 (0.81–0.99)"
    acquired = rows["OS, acquired resistance"]
    hand = hand_pool([OS[s] for s in ("SAPPHIRE", "Lung-MAP S1800A", "Pragmatica-Lung S2302")])
    assert acquired[1] == "HR 0.86 (0.77–0.97)"
    assert acquired[3] == f"HR {hand[0]:.2f} ({hand[1]:.2f}–{hand[2]:.2f})"
    assert any(n.startswith("OS. Here: SAPPHIRE") and "No interval sourced: LATIFY" in n for n in table.notes)


def test_the_entry_rule_is_compared_by_the_ratio_of_the_two_pools(evidence):
    table = entry_table(evidence)
    groups = [[OS[s] for s in OS if (s in ("SAPPHIRE", "Lung-MAP S1800A", "Pragmatica-Lung S2302")) is acquired] for acquired in (True, False)]  # fmt: skip
    a, b = (hand_pool(g) for g in groups)
    assert table.rows[-1][2].startswith(f"{a[0] / b[0]:.2f} (")
    assert "ecological" in " ".join(table.notes)


def test_leaving_one_out_and_the_growth_by_year_end_at_the_whole_pool(evidence):
    table = hang_table(evidence)
    assert table.rows[-1] == ["2025: with Pragmatica-Lung S2302", "8", "0.92 (0.83–1.01)", "0.089", "", ""]
    pulls = {r["group"]: r["value"] for r in ledger_rows(table.results) if r["statistic"] == "cook_d"}
    assert max(pulls, key=pulls.get) == "Pragmatica-Lung S2302" and len(pulls) == 8
    without = hand_pool([row for s, row in OS.items() if s != "LEAP-008"])
    assert [r[2] for r in table.rows if r[0] == "Without LEAP-008"] == [
        f"{without[0]:.2f} ({without[1]:.2f}–{without[2]:.2f})"
    ]


def test_every_model_stands_beside_the_others_with_its_spread(evidence):
    table = model_table(evidence)
    cells = {(row[0], i > 6): row[1:] for i, row in enumerate(table.rows)}
    assert cells["Common effect, inverse variance", False] == ["0.92 (0.83–1.01)", "0.089", "–", "–"]
    assert cells["Common effect, inverse variance", True][0] == "0.89 (0.80–0.98)"
    assert cells["Random effects, REML", True][2] == "0.010" and len(table.rows) == 14


def test_one_trial_has_no_table_of_models(literature):
    with pytest.raises(NotAvailable):
        model_table(load_evidence(literature(trials=[trial("Alone")])))


def test_below_ten_trials_a_sentence_stands_for_the_funnel(evidence):
    note = small_trials(evidence)
    assert isinstance(note, Note) and "with 8 trials an asymmetric funnel cannot be told from chance" in note.text


def test_ten_trials_get_a_funnel_and_egger(literature):
    rows = [
        trial(f"T{i}", f"{0.7 + 0.03 * i:.2f}", f"{0.7 + 0.03 * i - 0.1 - 0.02 * i:.2f}", f"{0.9 + 0.09 * i:.2f}")
        for i in range(10)
    ]
    figure = small_trials(load_evidence(literature(trials=rows)))
    assert figure.name == "synthesis_os_funnel" and "Egger: intercept" in figure.notes[0]


def test_a_pool_of_one_trial_shows_it_and_says_that_there_is_nothing_to_pool(literature):
    figure = trial_forest(load_evidence(literature(trials=[trial("Alone")])), "os", by_entry=True)
    assert "HR 0.80 (95% CI 0.60–1.07); one study: there is nothing to pool" in figure.alt
    with pytest.raises(NotAvailable):
        hang_table(load_evidence("lit"))
    with pytest.raises(NotAvailable):
        trial_forest(load_evidence("lit"), "pfs")


def test_a_pool_of_one_series_shows_it_and_says_that_there_is_nothing_to_pool(literature):
    evidence = load_evidence(literature(series=[{"study": "Alone", "year": "2024", "orr_n": "3", "orr_pct": "15.0"}]))
    figure = rate_forest(evidence, cohort_beside("lit"))
    assert "one study: there is nothing to pool" in figure.alt and "single arms (1 study)" in figure.title


def test_every_trial_without_interval_leaves_no_pool(literature):
    evidence = load_evidence(literature(trials=[{"study": "Bare", "os_hr": "0.90"}]))
    assert "no study with an interval: there is nothing to pool" in trial_forest(evidence, "os").alt


BAD_TRIALS = {
    "limits of the interval are reversed": trial("X", low="1.07", high="0.60"),
    "estimate is outside its limits": trial("X", hr="1.30"),
    "not a known level": trial("X", os_level="67"),
    "level of the interval is not given": trial("X", os_level=""),
    "one limit of the interval is missing": trial("X", low=""),
    "not a number above 0": trial("X", hr="0"),
    "not a whole number from 0": {"study": "X", "r_exp": "-3", "r_exp_n": "40"},
    "more responders than patients": {"study": "X", "r_exp": "41", "r_exp_n": "40"},
    "the count does not give the percentage": {"study": "X", "r_exp": "10", "r_exp_n": "40", "orr_exp_pct": "26.0"},
    "a count without the number of patients": {"study": "X", "r_exp": "10"},
    "the arms hold more patients than the trial": {"study": "X", "n": "100", "n_exp": "60", "n_ctl": "50"},
    "an interval without its estimate": trial("X", hr=""),
    "a row needs it": {"study": "X", "source": ""},
    "not a number from 0 to 1 but a bound": {"study": "X", "os_p": "<0.05"},
    "not a known word": {"study": "X", "rechallenge": "perhaps"},
}


@pytest.mark.parametrize("rule", BAD_TRIALS)
def test_a_bad_row_is_named_with_its_line(literature, rule):
    evidence, findings = found_by(literature(trials=[trial("Good"), BAD_TRIALS[rule]]))
    assert evidence is None
    errors = [f for f in findings if f[4] == "error"]
    assert any(rule in f[3] for f in errors) and {f[:2] for f in errors} == {("trials.csv", 3)}


def test_all_faults_of_both_tables_come_at_once_and_the_command_ends_with_1(literature, command):
    two = [
        trial("A", nct="NCT1", low="1.07", high="0.60"),
        trial("A", nct="NCT1"),
        {"study": "B", "r_exp": "-1", "r_exp_n": "9"},
    ]
    series = [
        {"study": "S", "year": "2020", "orr_n": "30"},
        {"study": "s", "year": "2020", "mpfs": "2", "mpfs_low": "3", "mpfs_high": "4", "level": "95"},
        {"study": "T", "orr_n": "5", "dcr_n": "4", "later_trial": "B2"},
    ]
    _, findings = found_by(literature(trials=two, series=series))
    assert {f[1:3] for f in findings if f[0] == "trials.csv"} == {
        (2, "os_low"), (2, "control_arm"), (3, "control_arm"), (3, "study"), (4, "r_exp")}  # fmt: skip
    assert {f[1:3] for f in findings if f[0] == "series.csv"} == {
        (2, "orr_n"), (3, "study"), (3, "mpfs"), (4, "orr_n"), (4, "later_trial")}  # fmt: skip
    code, said = command("check", "lit")
    assert code == 1 and "10 errors" in said


def test_two_rows_that_name_one_control_arm_are_never_pooled_together(literature):
    rows = [trial("A1", nct="N1", control_arm="A control"), trial("A2", nct="N1", control_arm="A control"), trial("B")]
    used = pooled(outcome_effects(load_evidence(literature(trials=rows)), "os"))
    assert used["study"].tolist() == ["A1", "B"]


def test_rows_of_one_control_arm_with_known_events_are_pooled_as_one_with_their_covariance(literature):
    both = {"nct": "N1", "control_arm": "c", "n": "300", "n_ctl": "100", "os_ctl_events": "80"}
    rows = [trial("A1", **both), trial("A2", "0.90", "0.66", "1.23", **both), trial("B")]
    frame = outcome_effects(load_evidence(literature(trials=rows)), "os")
    assert pooled(frame)["study"].tolist() == ["B", "A1 and A2"]
    assert frame["left_out"].tolist()[:2] == ["in the pool as A1 and A2, one comparison with their control arm"] * 2
    y, v = frame["effect"].to_numpy()[:2], frame["se"].to_numpy()[:2] ** 2
    s = 1 / 80  # by hand: the weights of two correlated means
    w = np.array([v[1] - s, v[0] - s]) / (v.sum() - 2 * s)
    assert frame["effect"].iloc[-1] == pytest.approx(w @ y)
    assert frame["se"].iloc[-1] == pytest.approx(np.sqrt((v[0] * v[1] - s**2) / (v.sum() - 2 * s)))
    assert "A1 and A2" in {r["group"] for r in ledger_rows(trial_forest(load_evidence("lit"), "os").results)}


def test_counts_of_one_control_arm_enter_once_beside_the_other_arms_together(literature):
    both = {"nct": "N1", "control_arm": "c", "r_ctl": "10", "r_ctl_n": "80"}
    rows = [
        {"study": "A1", "r_exp": "20", "r_exp_n": "90", **both},
        {"study": "A2", "r_exp": "12", "r_exp_n": "70", **both},
    ]
    used = pooled(response_effects(load_evidence(literature(trials=rows))))
    assert used["study"].tolist() == ["A1 and A2"]
    assert used["estimate"].item() == pytest.approx((32 / 128) / (10 / 70))


def test_rows_of_one_control_arm_must_agree_on_it_and_leave_room_for_its_events(literature):
    both = {"nct": "N1", "control_arm": "c", "n": "300"}
    rows = [trial("A1", n_ctl="100", os_ctl_events="20", **both), trial("A2", n_ctl="90", os_ctl_events="21", **both)]
    _, findings = found_by(literature(trials=rows))
    assert {(f[1], f[2]) for f in findings if "for the same control arm" in f[3]} == {
        (3, "n_ctl"),
        (3, "os_ctl_events"),
    }
    narrow = [trial(s, "0.80", "0.75", "0.85", n_ctl="100", os_ctl_events="80", **both) for s in ("A1", "A2")]
    _, findings = found_by(literature(trials=narrow))
    assert [f[1] for f in findings if "too narrow for 80 events" in f[3]] == [2, 3]


def test_rows_of_one_control_arm_under_two_entry_rules_are_not_combined(literature):
    both = {"nct": "N1", "control_arm": "c", "os_ctl_events": "80"}
    rows = [trial("A1", entry="mixed", **both), trial("A2", entry="acquired-like", **both)]
    frame = outcome_effects(load_evidence(literature(trials=rows)), "os")
    assert frame["left_out"].tolist() == ["", "control arm shared with A1, entry rule another"]


def test_the_printed_p_tells_the_level_of_the_interval(literature):
    row = trial("S", "0.69", "0.51", "0.92", os_level="95", os_p="0.05", os_p_sides="1")
    _, findings = found_by(literature(trials=[row]))
    assert [f[3:] for f in findings] == [("the printed P does not fit an interval of 95%", "warning")]
    assert found_by(literature(trials=[row | {"os_level": "80"}]))[1] == []


def test_digits_that_are_cut_off_are_a_warning_and_right_digits_none(literature):
    rows = [{"study": "Cut", "n": "11", "orr_n": "3", "orr_pct": "27.2"}, {"study": "Right", "n": "11", "orr_n": "3", "orr_pct": "27.3"}]  # fmt: skip
    evidence, findings = found_by(literature(series=rows))
    assert evidence is not None and [f[1] for f in findings] == [2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("study,colour\n", "unknown column"),
        ("study\nA,B\n", "column is missing"),
        ("study;n\nA;3\n", "separated by semicolons"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_a_finding(literature, tmp_path, text, said):
    literature(series=[{"study": "S"}])
    path = tmp_path / "lit" / "trials.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    evidence, findings = read_evidence("lit")
    assert evidence is None and any(said in f.rule for f in findings)


def test_a_study_is_added_with_a_row_and_nothing_else(tmp_path, monkeypatch, evidence):
    use_data(monkeypatch, tmp_path)
    shutil.copytree(project() / "data" / NAME, tmp_path / NAME)
    with open(tmp_path / NAME / "series.csv", "a", encoding="utf-8") as file:
        columns = list(layout()["series"]["columns"])
        new = {"study": "New", "year": "2026", "n": "40", "orr_n": "4", "orr_pct": "10.0", "source": "hand", "verified": "confirmed"}  # fmt: skip
        csv.DictWriter(file, columns, lineterminator="\n").writerow(new)
    grown = single_arms(load_evidence(NAME))
    assert grown["events"].sum() == single_arms(evidence)["events"].sum() + 4
    assert grown["study"].tolist()[-1] == "New 2026"


def test_a_row_with_too_many_cells_is_named(literature, tmp_path):
    literature(series=[{"study": "S"}])
    with open(tmp_path / "lit" / "series.csv", "a", encoding="utf-8") as file:
        file.write("A,B\n")
    _, findings = found_by("lit")
    assert [(f[1], f[3]) for f in findings] == [(3, f"2 cells under {len(layout()['series']['columns'])} column names")]


def test_an_unknown_literature_is_an_error_that_names_the_known_ones():
    with pytest.raises(CohortError, match=NAME):
        load_evidence("rechallenge-review-2025")


def test_the_cohort_stands_among_the_series_and_is_not_pooled_unless_asked(evidence):
    beside = cohort_beside("quzhou-2025")
    assert beside[["n", "orr_n", "dcr_n"]].iloc[0].tolist() == [13, 0, 8]
    series = single_arms(evidence, "dcr")
    assert same_patients(evidence, beside) == ["Wang J 2025"]
    assert with_cohort(series, evidence, beside, "dcr")["n"].sum() == series["n"].sum()  # in place of, not on top of
    figure = rate_forest(evidence, beside, "orr")
    assert "Neither the cohort's row nor Wang J 2025" in " ".join(figure.notes)
    (pool,) = [r for r in figure.results if r.quantity == "literature.rate_pool" and r.model == "GLMM"]
    assert pool["k"] == len(single_arms(evidence)) - 1  # its own paper is not in the pool that it is compared with
    own = [r for r in ledger_rows(figure.results) if r["by"] == "this cohort" and r["statistic"] == "estimate"]
    assert [r["value"] for r in own] == [0.0]


def test_a_cohort_of_other_patients_is_added_to_the_pool_when_asked(evidence):
    series = single_arms(evidence)
    beside = cohort_beside("chen-2025").assign(study="mine", cohort="mine")
    grown = with_cohort(series, evidence, beside)
    assert grown["n"].sum() == series["n"].sum() + 14 and grown["events"].sum() == series["events"].sum() + 4


def test_a_part_of_a_study_never_stands_beside_its_whole(evidence):
    assert [s for s in whole_series(evidence)["study"] if s.startswith("Xu M 2023")] == ["Xu M 2023"]
    figure = medians_figure(evidence, cohort_beside("xu-2023"))
    shown = {
        r["group"]: r["value"] for r in ledger_rows(figure.results) if r["statistic"] == "mpfs" and r["by"] == "series"
    }
    assert shown["Xu M 2023, acquired"] == 7.0 and shown["Xu M 2023, primary"] == 2.1  # the whole has no median


def test_a_cohort_without_response_still_shows_the_literature(evidence):
    beside = cohort_beside("ncctg-lung")
    assert beside[["orr_n", "mpfs"]].isna().all(axis=None)
    rates, medians = (" ".join(f.notes) for f in (rate_forest(evidence, beside), medians_figure(evidence, beside)))
    assert "This cohort has no row: it needs the table adrs" in rates
    assert (
        "This cohort has no row: it needs Progression-free survival on rechallenge" in medians and "adrs" not in medians
    )
    assert regimen_figure(evidence, beside).alt.startswith("Bubble plot of 20 arms of 18 studies")


def test_the_numbers_behind_a_forest_plot_are_those_drawn(evidence):
    figure = trial_forest(evidence, "os", by_entry=True)
    frame = pd.DataFrame(ledger_rows(figure.results))
    trials = frame[frame["by"] == "trials"].pivot(index="group", columns="statistic", values="value")
    assert math.isclose(sum(trials.loc[list(OS), "weight"]), 1)
    assert [trials.loc[s, "estimate"] for s in OS] == [row[0] for row in OS.values()]
    spread = heterogeneity(pooled(outcome_effects(evidence, "os"))).iloc[0]
    assert frame[(frame["by"] == "heterogeneity") & (frame["statistic"] == "q")]["value"].item() == spread["q"]
    drawn = {text.get_text() for text in figure.figure.texts}
    assert {"0.92 (0.83–1.01)", "0.86 (0.70–1.05)", "100%"} <= drawn


def test_single_arm_promises_stand_beside_the_later_trial(evidence):
    rows = {row[0]: row[1:] for row in promises_table(evidence).rows}
    assert rows["Single arm: MRTX-500 prior-benefit subset 2021, acquired-like"] == ["68", "16%", "6.0", "15.0", "", ""]
    assert rows["Randomised: SAPPHIRE (2024), against docetaxel"] == [
        "577", "15.6% vs 17.2%", "4.4 vs 5.4", "12.2 vs 10.6", "1.08 (0.89–1.32)", "0.86 (0.70–1.05)"]  # fmt: skip
    assert rows["Randomised: LATIFY (2026), against docetaxel"][-1] == "0.9 (no interval)"
    assert sum(name.startswith("Single arm") for name in rows) == 3


def flow_text(figure):
    """What stands in the boxes, with plain spaces."""
    return "\n".join(text.get_text() for text in figure.figure.axes[0].texts).replace("\u00a0", " ")


def test_a_flow_of_which_little_is_printed_is_a_sentence(evidence):
    rows = {row[0]: row[1:] for row in flow_table(evidence).rows}
    assert rows["pooled for OS"] == ["10", "8"] and rows["pooled for PFS"] == ["", "7"]
    said = prisma_figure(evidence).text
    assert "Studies included in the review 116" in said and "12 of 15 counts are not printed" in said
    assert "COSTAR Lung" in blank_note(evidence).text


def test_a_count_of_the_search_that_published_yml_gives_fills_its_box(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    shutil.copytree(project() / "data" / NAME, tmp_path / NAME)
    counts = ("records_screened", "records_databases", "records_duplicate", "records_excluded", "reports_sought")
    line = '  - {{id: {id}, statistic: stated, what: records, printed: [{{at: Text, value: "4,321"}}]}}\n'
    with open(tmp_path / NAME / "published.yml", "a", encoding="utf-8") as file:
        file.writelines(line.format(id=name) for name in counts)
    figure = prisma_figure(load_evidence(NAME))
    drawn = flow_text(figure)
    assert "Studies included in the review (n = 116)" in drawn and "Records screened (n = 4,321)" in drawn
    assert "Reports assessed for eligibility (n =     )" in drawn and "7 of 15 counts are not printed" in figure.alt
    assert {r["group"]: r["value"] for r in ledger_rows(figure.results)}["records_screened"] == 4321


def test_a_literature_without_printed_numbers_gets_no_flow(literature):
    said = prisma_figure(load_evidence(literature(trials=[trial("Alone")])))
    assert said.results == [] and "No count" in said.text


def test_every_row_of_the_literature_names_its_source_and_state_of_verification(evidence):
    for frame in (evidence.trials, evidence.series):
        assert (frame["source"].str.len() > 5).all() and frame["verified"].ne("").all()


def test_a_study_without_patients_gets_a_report_of_what_needs_none(tmp_path):
    done = build_report(NAME, out=tmp_path)
    page = done.path.read_text(encoding="utf-8")
    assert not done.failed and "no patients" in page and "Evidence synthesis" in page
    sections = set(pd.read_csv(tmp_path / NAME / "results.csv")["section"])
    assert sections == {"11_published_numbers", "12_evidence_synthesis"}


def test_a_section_on_patients_cannot_be_asked_of_a_study_without_any(tmp_path):
    with pytest.raises(CohortError, match="no patients"):
        build_report(NAME, out=tmp_path, only=["06"])


def test_arms_of_one_study_are_counted_as_one_study(evidence):
    rows = single_arms(evidence, "orr")
    two = rows["trial"].isin(["HUDSON", "Zheng"])
    assert two.sum() == 4 and rows.loc[~two, "trial"].is_unique
    title, alt = (getattr(rate_forest(evidence, evidence.series.iloc[:0], "orr"), name) for name in ("title", "alt"))
    assert "20 arms of 18 studies" in title and "20 arms of 18 studies" in alt


def test_an_interval_that_needs_more_events_than_patients_is_an_error(literature):
    """At 95% the widest limits that print as 0.51-0.92 need 168 deaths."""
    wide = trial("T", "0.69", "0.51", "0.92", n="167")
    assert "an interval of 95% that needs 168 events, and the trial has 167 patients" in [
        f[3] for f in found_by(literature(trials=[wide]))[1]
    ]
    assert not [f for f in found_by(literature(trials=[wide | {"n": "168"}]))[1] if "needs" in f[3]]


def test_a_one_sided_p_above_half_is_of_a_test_for_benefit(literature):
    pfs = {"pfs_hr": "1.40", "pfs_low": "0.96", "pfs_high": "2.02", "pfs_level": "95", "pfs_p": "0.9622"}
    row = {"study": "T", "n": "255"} | pfs
    assert not [f for f in found_by(literature(trials=[row | {"pfs_p_sides": "1"}]))[1] if "printed P" in f[3]]
    assert [f for f in found_by(literature(trials=[row | {"pfs_p_sides": "2"}]))[1] if "printed P" in f[3]]


def test_arms_and_parts_of_one_study_count_once_in_the_flow(evidence):
    count = pool_flow(evidence).set_index("id")["count"]
    assert [count["orr"], count["dcr"]] == [single_arms(evidence, r)["trial"].nunique() for r in ("orr", "dcr")]
    assert count["orr"] == 18 and count["studies"] == count["randomised_trials"] + count["single_arm_trials"]
    named = named_series(evidence)
    assert count["single_arm_trials"] == named["trial"].nunique() >= count["mpfs"]
    assert "Xu M 2023" not in str(blank_note(evidence).text)  # its parts have a median

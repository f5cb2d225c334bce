"""Digitized curves: pseudo-subjects against the data behind a
curve and Guyot's steps in R; every fault of a file by name.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError
from papercheck.reconstruction.curves import from_curves, read_curves
from papercheck.reconstruction.digitized import fit_of, hazard_ratio, pseudo_subjects
from papercheck.reconstruction.folder import reconstruct_study
from papercheck.registry.registry import load_registry
from rechallenge.cohort.cohort import load_cohort
from smallsurv.curve import kaplan_meier, median, numbers_at_risk, observed
from tests.conftest import use_data
from tests.sizes import size

REFERENCE = Path(__file__).parents[1] / "reference"
POINTS = pd.read_csv(REFERENCE / "curve_points.csv")
GUYOT = pd.read_csv(REFERENCE / "guyot.csv").set_index("arm")


def lung(arm):
    """Points, risk table and events of one curve as read off a picture of known data."""
    part = {kind: rows for kind, rows in POINTS[POINTS["arm"] == arm].groupby("kind")}
    point, risk = part["point"], part["at risk"]
    return (
        point["time"].to_numpy(), point["value"].to_numpy(), risk["time"].to_numpy(), risk["value"].to_numpy(int),
        int(part["events"]["value"].iloc[0]),
    )  # fmt: skip


def read_off(rows, every, noise=0.0, seed=0):
    """Both ends of every fall of the curve of some rows, unsteadily
    read, and its risk table: the input of pseudo_subjects.
    """
    curve = kaplan_meier(rows["AVAL"], observed(rows["CNSR"]))
    falls = curve.n_event > 0
    before = np.append(1.0, curve.survival[falls][:-1])
    survival = np.column_stack([before, curve.survival[falls]]).ravel()
    rng = np.random.default_rng(seed)
    survival = np.minimum.accumulate(
        np.clip(survival + rng.normal(0, noise, len(survival)) if noise else survival, 0, 1)
    )
    at = np.arange(0, curve.time[-1], every)
    return np.repeat(curve.time[falls], 2), survival, at, numbers_at_risk(curve, at), curve.events


@pytest.mark.parametrize("arm", [0, 1])
def test_the_data_behind_a_curve_come_back(arm):
    data = lung(arm)
    rows = pseudo_subjects(*data)
    fit = fit_of(rows, data)
    assert fit.events == fit.printed_events == data[-1]
    assert list(fit.at_risk["printed"]) == list(fit.at_risk["reproduced"])
    assert fit.largest < 0.005
    assert fit.median[0] == pytest.approx(GUYOT.loc[arm, "true_median"], abs=0.05)
    assert abs(fit.events - GUYOT.loc[arm, "events"]) <= 1  # the original steps, in R


def test_the_hazard_ratio_of_two_curves_comes_back():
    rows = pd.concat([pseudo_subjects(*lung(arm)).assign(arm=arm) for arm in (0, 1)])
    ratio, low, high = hazard_ratio(rows, "arm", 1)
    true, guyot, se = (GUYOT[name].iloc[0] for name in ("true_coef", "coef", "true_se"))
    assert abs(np.log(ratio) - true) < 0.1 * se and abs(np.log(ratio) - guyot) < 0.1 * se
    assert np.log(high / low) / 2 / 1.96 == pytest.approx(se, rel=0.02)


def test_a_curve_without_censoring_comes_back_exactly():
    rows = pseudo_subjects([1, 2, 3, 4, 5], [0.8, 0.6, 0.4, 0.2, 0], [0], [5], 5)
    assert rows.values.tolist() == [[1, 0], [2, 0], [3, 0], [4, 0], [5, 0]]


def test_deaths_stand_at_the_falls_and_censorings_between_the_times_at_risk_by_hand():
    # Ten at risk, deaths at 1, 2 and 3; three leave before 5; of four one dies at 6; three are left at 10.
    points = [0, 1, 2, 3, 6, 10], [1, 0.9, 0.8, 0.7, 0.525, 0.525]
    rows = pseudo_subjects(*points, [0, 5, 10], [10, 4, 3], 4)
    assert list(rows.loc[rows["CNSR"] == 0, "AVAL"]) == [1, 2, 3, 6]
    gone = rows.loc[rows["CNSR"] == 1, "AVAL"].to_numpy()
    assert len(gone) == 6 and (gone[:3] < 5).all() and (gone[3:] == 10).all()
    fit = fit_of(rows, (*points, [0, 5, 10], [10, 4, 3], 4))
    assert fit.largest < 1e-9 and list(fit.at_risk["reproduced"]) == [10, 4, 3]


@pytest.mark.parametrize("events", [None, 4, 9])
def test_a_flat_tail_has_no_death_whatever_total_is_printed(events):
    points = [0, 1, 2, 3, 6, 24], [1, 0.9, 0.8, 0.7, 0.525, 0.525]
    rows = pseudo_subjects(*points, [0, 5, 12, 24], [10, 4, 3, 1], events)
    assert rows.loc[rows["CNSR"] == 0, "AVAL"].max() <= 6
    assert len(rows) == 10


def test_an_unsteady_flat_tail_has_no_death():
    time = np.append([0, 1, 2], np.linspace(3, 40, 200))
    survival = np.append([1, 0.8, 0.6], 0.6 + np.random.default_rng(1).normal(0, 0.0008, 200))
    rows = pseudo_subjects(time, survival, [0, 20], [100, 40], 60)
    assert rows.loc[rows["CNSR"] == 0, "AVAL"].max() <= 2
    assert (rows["CNSR"] == 0).sum() == 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size(5, 12)))
def test_random_cohorts_come_back_with_their_events_numbers_at_risk_and_median(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    death, last = rng.exponential(8, n), rng.uniform(4, 40, n)
    rows = pd.DataFrame({"AVAL": np.minimum(death, last).round(2) + 0.01, "CNSR": (death > last).astype(int)})
    data = read_off(rows, every=6.0, noise=0.001, seed=seed)
    found = pseudo_subjects(*data)
    fit = fit_of(found, data)
    assert len(found) == n and (found["AVAL"] > 0).all()
    assert fit.events == data[-1]
    assert list(fit.at_risk["printed"]) == list(fit.at_risk["reproduced"])
    true = median(kaplan_meier(rows["AVAL"], observed(rows["CNSR"])))[0]
    assert fit.median[0] == pytest.approx(true, abs=0.3)


def test_the_fit_names_the_largest_deviation_and_where_it_is():
    rows = pd.DataFrame({"AVAL": [1.0, 2, 3, 4], "CNSR": [0, 0, 0, 0]})
    fit = fit_of(rows, ([1, 2, 3], [0.75, 0.2, 0.25], [0, 2.5], [4, 3], 4), "A")
    assert (fit.largest, fit.at) == (pytest.approx(0.3), 2.0)
    assert (
        fit.sentence
        == "A: 4 subjects, 4 events of 4 printed; the curve is off by at most 0.300 (at 2), a number at risk by at"
        " most 1"
    )


# Registries with curves

POINT_FILE = "time,survival\n0,1\n2,0.9\n4,0.7\n8,0.4\n12,0.4\n"
RISK_FILE = "time,n\n0,10\n6,6\n12,2\n"


@pytest.fixture
def study(tmp_path):
    def write(curves=None, files=None, **keys):
        folder = tmp_path / "made-up"
        (folder / "curves").mkdir(parents=True, exist_ok=True)
        for name, text in ({"os.csv": POINT_FILE, "risk.csv": RISK_FILE} | (files or {})).items():
            (folder / "curves" / name).write_text(text, encoding="utf-8")
        printed = [{"at": "Text", "estimate": "8.0"}]
        numbers = [{"id": "os", "statistic": "median_survival", "endpoint": "OS", "printed": printed}]
        raw = {"title": "T", "n": 10, "time_unit": "months", "primary_endpoint": "OS", "numbers": numbers,
               "factors": {"ARM": {"levels": ["A", "B"]}}, "curves": curves or [curve()]}  # fmt: skip
        (folder / "published.yml").write_text(json.dumps(raw | keys, indent=1), encoding="utf-8")
        return load_registry(folder / "published.yml")

    return write


def curve(endpoint="OS", points="os.csv", at_risk="risk.csv", **keys):
    return {"endpoint": endpoint, "points": points, "at_risk": at_risk, **keys}


def test_percent_and_shares_a_file_and_a_list_are_read_alike(study):
    percent = "time,survival\n0,100\n2,90\n4,70\n8,40\n12,40\n"
    listed = [[0, 10], [6, 6], [12, 2]]
    first = from_curves(study())[0].outcomes["OS"]
    second = from_curves(study([curve(at_risk=listed)], {"os.csv": percent}))[0].outcomes["OS"]
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    "file, text, rule, row",
    [
        ("os.csv", "time,survival\n0,1\n2,0.9\n4,0.95\n", "survival rises", 4),
        ("os.csv", "time,survival\n0,1\n4,0.9\n2,0.8\n", "the time falls", 4),
        ("os.csv", "time,survival\n-1,1\n4,0.9\n", "a time below 0", 2),
        ("os.csv", "time,survival\n0,1\n4,0.9\n5,-0.1\n", "S(t) is outside 0 to 1 (or 0 to 100)", 4),
        ("os.csv", "time,survival\n0,100\n4,120\n", "S(t) is outside 0 to 1 (or 0 to 100)", 3),
        ("os.csv", "time,survival\n0,1\n2,0.9\n4,70\n5,60\n", "shares and percent in one column", 2),
        ("os.csv", "time,survival\n0,100\n2,0.9\n4,70\n", "shares and percent in one column", 3),
        ("os.csv", "time,survival\n0,0.9\n4,0.8\n", "the curve does not start at 1", 2),
        ("os.csv", "time,survival\n0,1\n4,high\n", "not a number", 3),
        ("os.csv", "month,survival\n0,1\n", "expected the columns time, survival", None),
        ("os.csv", "time,survival\n", "expected the columns time, survival", None),
        ("os.csv", "", "not a table of comma-separated values", None),
        ("risk.csv", "time,n\n0,10\n6,11\n", "the number at risk rises", 3),
        ("risk.csv", "time,n\n0,10\n6,5.5\n", "not a number of subjects", 3),
        ("risk.csv", "time,n\n0,10\n0,5\n", "the times of the risk table do not rise", 3),
        ("risk.csv", "time,n\n3,10\n6,5\n", "the risk table does not start at time 0", 2),
        ("risk.csv", "time,n\n0,0\n", "nobody is at risk at time 0", 2),
    ],
)  # fmt: skip
def test_a_fault_of_a_file_is_found_with_its_line(study, file, text, rule, row):
    with pytest.raises(CohortError) as error:
        read_curves(study(files={file: text}))
    first = error.value.findings[0]
    assert (first.file, first.rule, first.row) == (f"curves/{file}", rule, row)


@pytest.mark.parametrize("unsteady", [0.0, 0.1])
def test_clicks_of_a_half_percent_noise_are_smoothed_and_said_in_every_file(study, unsteady):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        fall = np.sort(rng.exponential(10, 30))
        after = 1 - np.arange(1, 31) / 30
        time = np.append(0, np.repeat(fall, 2)) + np.append(0, rng.normal(0, unsteady, 60))
        clicks = np.append(1, np.column_stack([np.append(1, after[:-1]), after])) + rng.normal(0, 0.005, 61)
        clicks[0] += 0.005  # above 1
        lines = "".join(f"{max(t, 0):.4f},{s:.5f}\n" for t, s in zip(time, clicks, strict=True))
        (read,) = read_curves(study(files={"os.csv": "time,survival\n" + lines}))
        assert (np.diff(read.survival) <= 0.01).all() and (np.diff(read.time) >= 0).all()
        assert read.survival.min() >= 0 and read.survival.max() <= 1 and "were s" in read.smoothed


def test_all_faults_of_all_files_are_found_at_once(study):
    files = {"os.csv": "time,survival\n0,1\n3,0.5\n2,0.8\n", "risk.csv": "time,n\n0,10\n6,11\n"}
    with pytest.raises(CohortError) as error:
        read_curves(study([curve(), curve("PFSR", "none.csv")], files))
    rules = [f.rule for f in error.value.findings]
    assert rules == [
        "the time falls",
        "survival rises",
        "the number at risk rises",
        "the file is missing",
        "the number at risk rises",
    ]


@pytest.mark.parametrize(
    "curves, words",
    [
        ([curve(events=11)], "11 events of 10 subjects"),
        ([curve(where={"ARM": "A"})] * 2, "not of groups apart"),
        ([curve(), curve(where={"ARM": "A"})], "not of groups apart"),
        ([curve(at_risk=[[0, 9], [6, 5]])], "9 subjects at risk at time 0 in the curves of OS, 10 in the study"),
        ([curve(), curve("PFSR", where={"ARM": "A"})], "of other groups"),
    ],
)
def test_curves_that_do_not_fit_together_are_refused(study, curves, words):
    with pytest.raises(CohortError, match=words):
        read_curves(study(curves))


@pytest.mark.parametrize(
    "item, column",
    [
        (curve("DFS"), "curves.0.endpoint"), (curve(where={"SITE": "A"}), "curves.0.where.SITE"),
        (curve(where={"ARM": "A", "SEX": "F"}), "curves.0.where"), (curve(points="../os.csv"), "curves.0.points"),
        (curve(at_risk=[[0, "ten"]]), "curves.0.at_risk"), (curve(events="4"), "curves.0.events"),
        (curve(colour="red"), "curves.0.colour"), ({"endpoint": "OS", "points": "os.csv"}, "curves.0.at_risk"),
    ],
)  # fmt: skip
def test_a_fault_of_the_key_curves_is_found_when_the_registry_is_read(study, item, column):
    with pytest.raises(CohortError) as error:
        study([item])
    assert [f.column for f in error.value.findings] == [column]


def test_the_curves_of_two_groups_and_two_endpoints_become_one_set_of_subjects(study):
    risk = {"A": [[0, 6], [6, 3]], "B": [[0, 4], [6, 3]]}
    pfs = "time,survival\n0,1\n2,0.7\n4,0.5\n8,0.3\n"
    curves = [
        curve(e, p, risk[arm], where={"ARM": arm}) for e, p in (("OS", "os.csv"), ("PFSR", "pfs.csv")) for arm in "BA"
    ]
    solution, fits = from_curves(study(curves, {"pfs.csv": pfs}))
    assert list(solution.subjects["ARM"]) == ["A"] * 6 + ["B"] * 4
    assert (solution.outcomes["PFSR"]["AVAL"] <= solution.outcomes["OS"]["AVAL"]).all()
    assert [f.name for f in fits] == ["OS, ARM B", "OS, ARM A", "PFSR, ARM B", "PFSR, ARM A"]
    assert sorted(f.n for f in fits) == [4, 4, 6, 6]


def test_a_printed_number_that_a_curve_does_not_give_is_left_out_with_what_it_gives(study):
    numbers = [
        {"id": "os", "statistic": "median_survival", "endpoint": "OS", "printed": [{"at": "Text", "estimate": "9.0"}]}
    ]
    solution, _ = from_curves(study(numbers=numbers))
    assert [(t.id, why) for t, why in solution.left_out] == [("os", "the digitized curve gives 8")]
    assert [t.id for t in from_curves(study())[0].met] == ["os"]


@pytest.mark.slow
def test_a_cohort_is_written_from_a_curve_and_the_printed_numbers_of_another_endpoint(study, monkeypatch, tmp_path):
    printed = {"OS": "8.0", "PFSR": "3.0"}
    numbers = [
        {"id": e, "statistic": "median_survival", "endpoint": e, "printed": [{"at": "Text", "estimate": x}]}
        for e, x in printed.items()
    ]
    registry = study([curve(events=5)], numbers=numbers)
    versions = tmp_path / "versions.csv"
    found, folder = reconstruct_study(registry, seed=1, versions=versions)
    written = pd.read_csv(versions, comment="#")
    assert list(written.columns[:4]) == ["set", "endpoint", "time", "event"] and set(written["set"]) == {1}
    for endpoint, rows in found.solution.outcomes.items():
        mine = written[written["endpoint"] == endpoint]
        assert mine["time"].tolist() == pytest.approx(rows["AVAL"].tolist())
        assert mine["event"].tolist() == (1 - rows["CNSR"]).tolist()
    assert found.engine == "annealing" and "off by at most" in found.solution.curves["OS"]
    use_data(monkeypatch, folder.parent)
    cohort = load_cohort("made-up")
    rows = cohort.table("adtte")
    last, first = (rows[rows["PARAMCD"] == e].set_index("USUBJID") for e in ("OS", "PFSR"))
    pd.testing.assert_series_equal(
        last["AVAL"].reset_index(drop=True), from_curves(registry)[0].outcomes["OS"]["AVAL"].reset_index(drop=True)
    )
    assert not cohort.warnings and (first["AVAL"] <= last["AVAL"] + 1e-9).all()
    assert "digitized" in cohort.meta.provenance["adtte.OS"]["note"]
    assert reconstruct_study(study([curve(events=5)]), seed=1)[0].engine == "digitized"

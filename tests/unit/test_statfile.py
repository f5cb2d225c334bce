"""Files of SPSS, Stata and SAS: what they hold comes in
unchanged, what they declare missing is empty, damage is named.
"""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from rechallenge.cohort import CohortError, load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.declare.source import written_cells
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.statfile import Labels, _without_letters, read_catalog, read_statfile
from tests.conftest import project, use_data
from tests.unit.test_door_kinds import taken

FRAME = pd.DataFrame(
    {
        "id": ["A1", "A2", "A3", "A4"],
        "age": [60.0, 999.0, 70.5, 55.0],
        "sex": [1.0, 2.0, 1.0, 9.0],
        "died": [dt.date(2024, 3, 5), None, dt.date(2023, 1, 1), None],
        "名称": ["甲", " 乙 ", "", "丁"],
    }
)
LABELS = {"sex": {1: "Male", 2: "Female", 9: "Unknown"}}


def write_sav(path, **options):
    pyreadstat.write_sav(FRAME, str(path), column_labels={"age": "Age"}, variable_value_labels=LABELS, **options)
    return path


def test_spss_comes_with_labels_and_without_declared_missing_codes(tmp_path):
    path = write_sav(tmp_path / "a.sav", missing_ranges={"age": [{"lo": 900, "hi": 999}], "sex": [9]})
    frame, faults, labels = read_statfile(path)
    assert not faults and list(frame.index) == [1, 2, 3, 4] and list(frame["id"]) == list(FRAME["id"])
    np.testing.assert_array_equal(frame["age"], [60, np.nan, 70.5, 55])
    np.testing.assert_array_equal(frame["sex"], [1, 2, 1, np.nan])
    assert list(frame["died"].dropna()) == [pd.Timestamp(2024, 3, 5), pd.Timestamp(2023, 1, 1)]
    assert [x if isinstance(x, str) else None for x in frame["名称"]] == ["甲", "乙", None, "丁"]
    assert labels.columns == {"age": "Age"} and labels.values["sex"] == {"1": "Male", "2": "Female", "9": "Unknown"}
    assert labels.missing == {"age": ["900 to 999"], "sex": ["9"]}


def test_stata_and_sas_transport_hold_the_same_cells(tmp_path):
    write = {
        "a.dta": lambda p: pyreadstat.write_dta(FRAME, p, variable_value_labels=LABELS),
        "a.xpt": lambda p: pyreadstat.write_xport(FRAME.drop(columns="名称"), p),
    }
    for name, writer in write.items():
        writer(str(tmp_path / name))
        frame, faults, _ = read_statfile(tmp_path / name)
        assert not faults and list(frame["id"]) == list(FRAME["id"]) and list(frame["age"]) == list(FRAME["age"])
        assert list(frame["died"].dropna()) == [pd.Timestamp(2024, 3, 5), pd.Timestamp(2023, 1, 1)]


def test_dates_of_any_century_are_kept_for_the_checks(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"d": [dt.date(1602, 1, 1), dt.date(9999, 12, 31)]}), str(path))
    assert [str(x)[:10] for x in read_statfile(path)[0]["d"]] == ["1602-01-01", "9999-12-31"]


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".xpt", ".sas7bdat", ".por", ".zsav"])
@pytest.mark.parametrize("data", [b"", b"x", b"not such a file " * 300, bytes(range(256)) * 40])
def test_what_is_no_such_file_is_named(tmp_path, suffix, data):
    (tmp_path / f"a{suffix}").write_bytes(data)
    frame, (fault,), _ = read_statfile(tmp_path / f"a{suffix}")
    assert frame is None and f"not a readable {suffix} file" in fault.rule and fault.action


def test_a_file_that_is_cut_off_anywhere_is_named(tmp_path):
    whole = write_sav(tmp_path / "a.sav").read_bytes()
    for size in range(0, len(whole) - 1, 61):
        (tmp_path / "b.sav").write_bytes(whole[:size])
        frame, faults, _ = read_statfile(tmp_path / "b.sav")
        assert frame is None and len(faults) == 1, size


def test_an_encrypted_file_says_so(tmp_path):
    (tmp_path / "a.sav").write_bytes(b"\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV\x15\0\0\0" + b"\x8f" * 500)
    _, (fault,), _ = read_statfile(tmp_path / "a.sav")
    assert fault.rule == "the file is encrypted" and "password" in fault.action


def test_a_file_called_like_a_table_is_read_with_the_mapping_of_cohort_yml(write_cohort):
    folder = write_cohort(
        yml="title: T\ndata_cutoff: 2024-12-31\ncolumns: {id: USUBJID, died: DTHDT}\nvalues: {SEX: {1: M, 2: F}}\n",
        adsl=None,
    )
    write_sav(folder / "adsl.sav", missing_ranges={"age": [999], "sex": [9]})
    adsl = load_cohort("c").table("adsl")
    assert list(adsl["SEX"].astype(object))[:3] == ["M", "F", "M"] and adsl["SEX"].isna()[3] and adsl["AGE"].isna()[1]
    assert adsl["DTHDT"].notna().tolist() == [True, False, True, False]


def test_faults_in_stored_cells_have_row_and_value(write_cohort):
    folder = write_cohort(yml="title: T\ncolumns: {id: USUBJID}\nvalues: {SEX: {1: M, 2: F}}\n", adsl=None)
    write_sav(folder / "adsl.sav")
    found = {(f.file, f.row, f.column, f.value) for f in read_cohort("c")[1] if f.severity == "error"}
    assert found == {("adsl.sav", 2, "AGE", "999"), ("adsl.sav", 4, "SEX", "9")}
    with pytest.raises(CohortError):
        load_cohort("c")


def test_numbers_and_dates_kept_as_text_or_counts_are_read_as_declared(write_cohort):
    folder = write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\ndates: {LSTALVDT: sas, DTHDT: yyyymmdd}\n", adsl=None)
    columns = {"USUBJID": ["A", "B"], "AGE": ["60", "61.5"], "LSTALVDT": [23440.0, None], "DTHDT": [None, 20240305.0]}
    pyreadstat.write_sav(pd.DataFrame(columns), str(folder / "adsl.sav"))
    adsl = load_cohort("c").table("adsl")
    assert list(adsl["AGE"]) == [60, 61.5]
    assert adsl["LSTALVDT"][0] == adsl["DTHDT"][1] == pd.Timestamp(2024, 3, 5)
    (folder / "cohort.yml").write_text("title: T\ndata_cutoff: 2024-12-31\n", encoding="utf-8")
    bad = [f for f in read_cohort("c")[1] if f.severity == "error"]
    assert {f.column for f in bad} == {"LSTALVDT", "DTHDT"} and "(sas)" in bad[0].action + bad[1].action


STORED = project() / "tests" / "reference" / "statfiles"  # made by tests/reference/statfiles.R


@pytest.mark.parametrize("name", ["small.sav", "small.dta"])
def test_cells_and_labels_are_those_that_another_reader_finds(name):
    asked = pd.read_csv(STORED / "read_by_r.csv", dtype=str, keep_default_na=False).query("file == @name")
    frame, faults, labels = read_statfile(STORED / name)
    assert not faults
    for column in ("id", "age", "sex", "grade", "died"):
        if column in frame:
            assert written_cells(frame[column]).tolist() == asked[column].tolist(), column
    assert [labels.values["sex"].get(code, "") for code in written_cells(frame["sex"])] == asked["label"].tolist()


def test_a_sas_data_set_is_read():
    frame, faults, _ = read_statfile(STORED / "small.sas7bdat")
    assert not faults and written_cells(frame["age"]).tolist() == ["60", "999", "70.5", "", "55"]
    assert written_cells(frame["died"]).tolist() == ["2024-03-05", "", "2023-01-01", "", "2000-02-29"]


@pytest.mark.parametrize("name", ["small.dta", "small.sas7bdat"])
def test_no_row_is_lost_from_a_stored_file_that_is_cut_off(tmp_path, name):
    whole = (STORED / name).read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / name).write_bytes(whole[:size])
        frame, faults, _ = read_statfile(tmp_path / name)
        assert (frame is None and faults) or len(frame) == 5, size


def test_the_time_of_a_stored_date_is_declared_by_the_import(tmp_path, monkeypatch):
    start = pd.Timestamp("2021-03-01 08:30")
    frame = pd.DataFrame(
        {"patid": [f"P{i}" for i in range(8)], "start_rechallenge": [start + pd.Timedelta(days=9 * i) for i in range(8)],
         "died": [i % 2 for i in range(8)], "last_fu": [start + pd.Timedelta(days=200 + i) for i in range(8)]}
    )  # fmt: skip
    label = {"last_fu": "Date of death or last contact"}
    frame.to_stata(tmp_path / "a.dta", write_index=False, variable_labels=label)
    use_data(monkeypatch, tmp_path / "data")
    _, cohort = taken(tmp_path / "a.dta")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == 4
    assert cohort.table("adsl")["LSTALVDT"].min() == pd.Timestamp("2021-09-17")
    assert cohort.table("adex")["ASTDT"].min() == pd.Timestamp("2021-03-01")


def test_special_missing_values_are_empty_and_named():
    cells = pd.Series([1.0, "A", "B", 2.0, None], dtype=object)
    numbers, named = _without_letters(cells, ["A", "B"])
    assert numbers.tolist()[:1] == [1.0] and numbers.isna().tolist() == [False, True, True, False, True]
    assert named == [".A", ".B"] and numbers.dtype.kind == "f"
    words, _ = _without_letters(pd.Series(["A", "x", None], dtype=object), ["A"])
    assert words.tolist()[1] == "x" and words.isna().tolist() == [True, False, True]


def test_a_catalog_of_formats_gives_the_labels_of_a_sas_data_set(tmp_path, monkeypatch):
    frame, _, labels = read_statfile(STORED / "small.sas7bdat")
    told = Labels(labels.columns, {}, {}, {"sex": "SEXF"})
    monkeypatch.setattr("rechallenge.cohort.propose.look.read_stored", lambda path: (frame, [], told))
    catalog = SimpleNamespace(value_labels={"SEXF": {1.0: "Male", 2.0: "Female"}})
    monkeypatch.setattr(pyreadstat, "read_sas7bcat", lambda path: (None, catalog))
    paths = [tmp_path / "a.sas7bdat", tmp_path / "formats.sas7bcat"]
    for path in paths:
        path.write_bytes(b"x")
    plan = propose(paths).plans[0]
    assert plan.sheet.codes["sex"] == {"1": "Male", "2": "Female"} and plan.values["SEX"]["2"] == "F"


def test_a_catalog_that_is_none_is_named(tmp_path):
    (tmp_path / "a.sas7bcat").write_bytes(b"no catalog")
    labels, (fault,) = read_catalog(tmp_path / "a.sas7bcat")
    assert labels == {} and "not a readable .sas7bcat file" in fault.rule

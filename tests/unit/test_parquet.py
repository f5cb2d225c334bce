"""Parquet beside CSV: the same cohort, the same findings, and figures that stay small however many the patients."""

import pandas as pd
import pytest

from papercheck.files.findings import LIMIT
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.derive.response import best_overall_response, derive_best_response
from rechallenge.run.build import build_report
from tests.bench.make_registry import make_registry, registry_tables
from tests.conftest import GOOD_ADSL, use_data
from tests.sizes import size

ADSL = {"USUBJID": ["A", "B", "C"], "AGE": [60.0, 65.0, None], "SEX": ["M", "F", "M"]}


@pytest.fixture
def write_parquet(write_cohort):
    """write_parquet(table=columns or frame, ...) writes the cohort c from such tables."""

    def write(yml="title: T\ntime_unit: months\n", **tables):
        folder = write_cohort(yml=yml, adsl=None)
        for name, columns in tables.items():
            pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")
        return folder

    return write


def faults(severity="error"):
    return {(f.file, f.rule, f.column, f.row) for f in read_cohort("c")[1] if f.severity == severity}


@pytest.mark.slow
def test_parquet_gives_the_tables_that_csv_gives(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    make_registry(tmp_path / "parquet", 300)
    make_registry(tmp_path / "csv", 300, form="csv")
    stored, text = load_cohort("parquet"), load_cohort("csv")
    assert list(stored.tables) == list(text.tables)
    for name, frame in text.tables.items():
        pd.testing.assert_frame_equal(stored.tables[name], frame)


@pytest.mark.slow
def test_shortcut_columns_of_parquet_become_tables(write_cohort):
    import io

    folder = write_cohort()
    wide = load_cohort("c")
    pd.read_csv(io.StringIO(GOOD_ADSL)).to_parquet(folder / "adsl.parquet")
    (folder / "adsl.csv").unlink()
    for name, frame in load_cohort("c").tables.items():
        pd.testing.assert_frame_equal(frame, wide.tables[name])


def test_numbers_serve_as_codes_and_identifiers(write_parquet):
    write_parquet(adsl={"USUBJID": [1, 2, 3], "ECOG": [0.0, 1.0, None]})
    adsl = load_cohort("c").table("adsl")
    assert adsl["USUBJID"].tolist() == ["1", "2", "3"]
    assert adsl["ECOG"].tolist()[:2] == ["0", "1"] and adsl["ECOG"].isna().tolist() == [False, False, True]


def test_stored_dates_are_dates_and_a_time_of_day_is_refused(write_parquet):
    yml = "title: T\ndata_cutoff: 2024-12-31\n"
    days = pd.to_datetime(["2024-01-02", "2024-03-05", None])
    write_parquet(yml, adsl=ADSL | {"LSTALVDT": days.date})
    assert load_cohort("c").table("adsl")["LSTALVDT"].tolist()[:2] == list(days[:2])
    write_parquet(yml, adsl=ADSL | {"LSTALVDT": days + pd.Timedelta(hours=5)})
    assert ("adsl.parquet", "not a date", "LSTALVDT", 1) in faults()


WRONG = [
    ("text for a number", {"AGE": ["60", "65", "x"]}, "the column holds text", "AGE"),
    ("numbers for a date", {"LSTALVDT": [1, 2, 3]}, "the column holds numbers", "LSTALVDT"),
    ("dates for a code", {"SEX": pd.to_datetime(["2024-01-01"] * 3)}, "the column holds dates", "SEX"),
    ("truth for a code", {"SEX": [True, False, True]}, "the column holds true and false", "SEX"),
    ("a time zone", {"DTHDT": pd.to_datetime(["2024-01-01"] * 3, utc=True)}, "times with a time zone", "DTHDT"),
    ("lists", {"AGE": [[1], [2], [3]]}, "cannot be read", "AGE"),
    ("unknown level", {"SEX": pd.Categorical(["M", "X", "F"])}, "unknown level", "SEX"),
    ("out of range", {"AGE": [60, 161, 70]}, "outside 0 to 120 years", "AGE"),
    ("double subject", {"USUBJID": ["A", "A", "B"]}, "duplicate subject", "USUBJID"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name, columns, rule, column", WRONG, ids=[w[0] for w in WRONG])
def test_a_column_that_does_not_fit_is_named(write_parquet, name, columns, rule, column):
    write_parquet(adsl=ADSL | columns)
    assert any(rule in r and c == column for _, r, c, _ in faults()), faults()
    with pytest.raises(CohortError):
        load_cohort("c")


def test_rows_of_parquet_count_from_one(write_parquet):
    write_parquet(adsl=ADSL | {"AGE": [60, 161, 70]})
    assert {row for *_, row in faults()} == {2}


def test_a_missing_required_column_has_no_row(write_parquet):
    write_parquet(adsl={"AGE": [60, 61]})
    assert ("adsl.parquet", "a required column is missing", "USUBJID", None) in faults()


def test_a_damaged_or_empty_parquet_file_is_named(write_parquet):
    folder = write_parquet(adsl=ADSL)
    whole = (folder / "adsl.parquet").read_bytes()
    for data in (whole[: len(whole) // 2], b"", b"not a table"):
        (folder / "adsl.parquet").write_bytes(data)
        assert any("not a readable Parquet file" in rule for _, rule, *_ in faults())
    write_parquet(adsl=pd.DataFrame(ADSL).iloc[:0])
    assert any("no rows" in rule for _, rule, *_ in faults())


def test_a_table_in_two_formats_is_refused(write_parquet):
    folder = write_parquet(adsl=ADSL)
    (folder / "adsl.csv").write_text("USUBJID\nA\nB\n", encoding="utf-8")
    assert any("stands in adsl.csv as well" in rule for _, rule, *_ in faults())


@pytest.mark.slow
def test_findings_of_one_rule_are_counted_beyond_the_limit(write_parquet):
    n = LIMIT + 234
    subjects = [f"S{i}" for i in range(n)]
    write_parquet(adsl={"USUBJID": subjects, "AGE": [161] * n, "SEX": ["X"] * n})
    rules = [r for _, r, *_ in faults()]
    assert "outside 0 to 120 years: 234 further rows" in rules and "unknown level: 234 further rows" in rules
    assert len(read_cohort("c")[1]) == 2 * (LIMIT + 1)


@pytest.mark.slow
def test_a_cohort_is_read_again_once_a_file_of_it_changes(write_cohort):
    folder = write_cohort()
    first = load_cohort("c")
    assert load_cohort("c") is first
    text = (folder / "adsl.csv").read_text(encoding="utf-8")
    (folder / "adsl.csv").write_text(text.replace("60", "61"), encoding="utf-8")
    assert load_cohort("c").table("adsl")["AGE"].iloc[0] == 61
    (folder / "adae.csv").write_text("USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\n", encoding="utf-8")
    assert "adae" in load_cohort("c").tables


@pytest.mark.slow
def test_responses_of_a_whole_cohort_follow_the_rule_of_one_course(write_parquet):
    visits = {"A": ["SD", "PR", "PD"], "B": ["PD"], "C": ["NE", "SD"]}
    start = pd.Timestamp("2024-01-01")
    rows = [(s, start + pd.Timedelta(weeks=6 * i + 6), r) for s, seen in visits.items() for i, r in enumerate(seen)]
    adrs = pd.DataFrame(rows, columns=["USUBJID", "ADT", "AVALC"]).assign(APHASE="INITIAL", PARAMCD="OVR")
    adex = pd.DataFrame({"USUBJID": list("ABC"), "APHASE": "INITIAL", "ASTDT": start})
    write_parquet("title: T\ndata_cutoff: 2025-12-31\n", adsl=ADSL, adrs=adrs.iloc[::-1], adex=adex)
    best = derive_best_response(load_cohort("c")).set_index("USUBJID")["AVALC"].astype(str)
    for subject, seen in adrs.groupby("USUBJID"):
        assert best[subject] == best_overall_response(list(zip(seen["ADT"], seen["AVALC"], strict=True)), start)


def test_the_registry_is_the_same_for_the_same_seed():
    for name, frame in registry_tables(50).items():
        pd.testing.assert_frame_equal(frame, registry_tables(50)[name])


@pytest.fixture(scope="module")
def registry_report(made_once):
    """The folder of the report of many subjects without its Cox models: population, response, survival, safety."""

    def build(folder):
        make_registry(folder / "data" / "registry", size(5_000, 20_000))
        with pytest.MonkeyPatch.context() as patch:
            use_data(patch, folder / "data")
            done = build_report("registry", out=folder, only=("01", "04", "05", "06", "07", "10"))
        assert not done.failed and not done.unavailable

    return made_once("registry", build) / "registry"


@pytest.mark.thorough
def test_no_figure_of_a_large_cohort_grows_with_it(registry_report):
    sizes = {p.name: p.stat().st_size for p in (registry_report / "figures").glob("*.svg")}
    assert {"01_missing.svg", "04_waterfall.svg", "04_swimmer.svg", "06_os_curves.svg"} <= set(sizes)
    assert max(sizes.values()) < 400_000, sizes


@pytest.mark.thorough
def test_a_large_report_says_what_its_figures_leave_out(registry_report):
    page = (registry_report / "report.html").read_text(encoding="utf-8")
    for said in ("are not drawn one by one", "in place of a bar for each", "lanes are not drawn", "are not marked"):
        assert said in page, said

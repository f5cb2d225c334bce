"""ADaM: the pharmaverse example loads from its own files, and RECIST 1.1 gives the answers of admiralonco."""

import gzip
import io
from dataclasses import replace

import pandas as pd
import pyreadstat
import pytest

from rechallenge.cohort import load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.derive.adverse_events import derive_worst_grade
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.response import derive_best_change, derive_best_response
from tests.conftest import project, use_data
from tests.sizes import size

FOLDER = project() / "tests" / "data" / "pharmaverse_onco"
SHORT_YML = """\
title: pharmaverse
time_unit: days
data_cutoff: 2015-03-05
tables:
  adsl: {file: adsl.csv.gz, rows: {SAFFL: [Y]}, ignore: [DTHCGR1],
    columns: {TRTSDT: ASTDT_RECHALLENGE, TRTEDT: AENDT_RECHALLENGE}}
  adrs: {file: adrs_onco.csv.gz, rows: {PARAMCD: [OVR]}, set: {APHASE: RECHALLENGE}}
  adtr: {file: adtr_onco.csv.gz, rows: {PARAMCD: [SDIAM]}, set: {APHASE: RECHALLENGE}, columns: {AVAL: SDIAM}, ignore: [PCHG]}
  adtte: {file: adtte_onco.csv.gz, rows: {PARAMCD: [PFS, OS]}, values: {PARAMCD: {PFS: PFSR}}}
  adae: {file: adae.csv.gz, rows: {TRTEMFL: [Y]}, set: {APHASE: RECHALLENGE}, columns: {AESEV: ATOXGR}, values: {ATOXGR: {MILD: 1, MODERATE: 2, SEVERE: 3}}}
"""


def table(name):
    return pd.read_csv(FOLDER / f"{name}.csv.gz", dtype=str, keep_default_na=False)


def answers(parameter):
    rows = table("adrs_onco").query("PARAMCD == @parameter and AVALC != 'MISSING'")
    return rows.set_index("USUBJID")["AVALC"].to_dict()


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    home = tmp_path_factory.mktemp("adam")
    folder = home / "onco"
    folder.mkdir()
    for path in FOLDER.glob("*.gz"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "cohort.yml").write_text(SHORT_YML, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        use_data(patch, home)
        return load_cohort("onco")


@pytest.mark.slow
def test_the_folder_loads_with_a_short_cohort_yml(cohort):
    sizes = {name: len(frame) for name, frame in cohort.tables.items()}
    assert sizes == {"adsl": 254, "adrs": 22, "adtr": 25, "adtte": 508, "adae": 1122, "adex": 254}
    assert not set(table("adsl").query("SAFFL == 'N'")["USUBJID"]) & set(cohort.table("adsl")["USUBJID"])


@pytest.mark.parametrize("confirmed, parameter", [(False, "BOR"), (True, "CBOR")])
def test_best_responses_are_those_of_admiralonco(cohort, confirmed, parameter):
    expected = answers(parameter)
    assert len(expected) == 8
    best = derive_best_response(cohort, confirmed).set_index("USUBJID")["AVALC"]
    assert best[list(expected)].to_dict() == expected
    assert set(best.drop(list(expected))) == {"NE"}


@pytest.mark.slow
def test_progression_free_survival_from_dates_is_that_of_admiralonco(cohort):
    given = table("adtte_onco").query("PARAMCD == 'PFS'").set_index("USUBJID")
    alone = replace(cohort, tables={k: v for k, v in cohort.tables.items() if k != "adtte"})
    rows = derive_endpoints(alone, ["PFSR"], "days", censor_at="last assessment").rows.set_index("USUBJID")
    deaths = table("adsl").query("DTHDT != ''")["USUBJID"]
    for subject in answers("BOR"):
        assert (rows["AVAL"][subject], rows["CNSR"][subject]) == (
            float(given["AVAL"][subject]),
            int(given["CNSR"][subject]),
        )
    for subject in deaths:
        assert (rows["CNSR"][subject], rows["EVNTDESC"][subject]) == (int(given["CNSR"][subject]), "Death")


@pytest.mark.slow
def test_changes_of_the_sum_of_diameters_are_those_of_the_file(cohort):
    rows = table("adtr_onco").query("PARAMCD == 'SDIAM' and ABLFL != 'Y'")
    lowest = rows.assign(PCHG=rows["PCHG"].astype(float)).groupby("USUBJID")["PCHG"].min()
    best = derive_best_change(cohort).set_index("USUBJID")["PCHG"]
    pd.testing.assert_series_equal(best.sort_index(), lowest.sort_index(), check_names=False)


def test_severities_count_as_the_grades_that_cohort_yml_says(cohort):
    treated = table("adae").query("TRTEMFL == 'Y'")
    worst = derive_worst_grade(cohort).query("AEDECOD == 'PRURITUS'")
    assert len(worst) == treated.query("AEDECOD == 'PRURITUS'")["USUBJID"].nunique()
    assert (worst["ATOXGR"] == 3).sum() == treated.query("AEDECOD == 'PRURITUS' and AESEV == 'SEVERE'")[
        "USUBJID"
    ].nunique()


def answered(paths):
    """The proposal with the course, and the cause of death that ADaM does not tell, answered."""
    first = propose(paths, {"course": "rechallenge"})
    unknown = {q.id: {v.word: "unknown" for v in q.values} for q in first.open(blocking=True)}
    return propose(paths, {"course": "rechallenge"} | unknown)


@pytest.mark.slow
def test_import_proposes_what_the_short_cohort_yml_says(cohort):
    write_cohort("again", answered([FOLDER]))
    again = load_cohort("again")
    assert again.meta.notice.startswith("Grades of adverse events are severities")
    for name in ("adrs", "adtr", "adtte", "adae"):
        pd.testing.assert_frame_equal(again.tables[name][cohort.tables[name].columns], cohort.tables[name])
    assert again.meta.data_cutoff == cohort.meta.data_cutoff


TABLES = ("adsl", "adrs_onco", "adtr_onco", "adtte_onco", "adae")


@pytest.fixture
def transport(tmp_path):
    """transport(changes) writes the tables as SAS transport files, with {column: value} set in a row of adtte."""

    def write(changes, tables=TABLES):
        folder = tmp_path / "xpt"
        folder.mkdir(exist_ok=True)
        for name in tables:
            frame = table(name)
            for column in frame:
                if column in ("AGE", "AVAL", "CNSR", "PCHG"):
                    frame[column] = pd.to_numeric(frame[column], errors="coerce")
                elif column.endswith("DT"):
                    frame[column] = pd.to_datetime(frame[column].str[:10], format="%Y-%m-%d", errors="coerce")
            if name == "adtte_onco":
                for column, value in changes.items():
                    frame.loc[5, column] = value
            pyreadstat.write_xport(frame, str(folder / f"{name[:4] if name != 'adtte_onco' else 'adtte'}.xpt"))
        return folder

    return write


@pytest.mark.slow
def test_transport_files_give_the_same_cohort(transport, cohort):
    write_cohort("xpt", answered([transport({}, size(TABLES[:4], TABLES))]))
    stored = load_cohort("xpt")
    for name in size(("adrs", "adtte"), ("adrs", "adtte", "adae")):
        pd.testing.assert_frame_equal(stored.tables[name][cohort.tables[name].columns], cohort.tables[name])


@pytest.mark.thorough
@pytest.mark.slow
def test_a_further_reason_for_censoring_is_declared_and_without_that_named(transport):
    folder = write_cohort("xpt", answered([transport({"CNSR": 2}, ["adsl", "adtte_onco"])]))
    assert load_cohort("xpt")
    path = folder / "cohort.yml"
    text = path.read_text(encoding="utf-8")
    assert '{"2": "1"}' in text
    path.write_text(text.replace('{"2": "1"}', '{"9": "1"}'), encoding="utf-8")
    (fault,) = [f for f in read_cohort("xpt")[1] if f.severity == "error"]
    assert (fault.file, fault.row, fault.column, fault.value) == ("adtte.xpt", 6, "CNSR", "2")
    assert "values: {CNSR: {2: 1" in fault.action


def test_a_transport_file_that_is_cut_off_is_refused(transport):
    folder = transport({}, ["adtte_onco"])
    whole = (folder / "adtte.xpt").read_bytes()
    for kept in (len(whole) // 2, len(whole) // 2 // 80 * 80):
        (folder / "adtte.xpt").write_bytes(whole[:kept])
        with pytest.raises(Exception, match="not a readable .xpt file"):
            propose([folder])


def test_a_gzipped_table_is_read_by_its_name_alone(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "cohort.yml").write_text("title: T\n", encoding="utf-8")
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="w") as file:
        file.write(b"USUBJID,AGE\nA,60\nB,61\n")
    (tmp_path / "c" / "adsl.csv.gz").write_bytes(buffer.getvalue())
    assert load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61]

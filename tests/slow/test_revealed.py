"""What the printed numbers of a report determine is the truth: times that an outsider finds are those of patients."""

import csv
import json
import re

import pandas as pd

from rechallenge.results import COLUMNS, Result, ledger_rows, results
from rechallenge.run.revealed import COARSE, CURVES, revealed
from smallsurv.curve import median_survival

TIMES = [1.12, 2.05, 2.56, 3.4, 4.44, 5.1, 5.97, 6.6, 8.15, 10.11, 12.3, 14.0, 20.5]


def ledger(folder, found):
    with open(folder / "results.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(ledger_rows(found, "05"))


def test_the_median_and_its_limits_give_the_times_of_three_patients_away(tmp_path):
    frame = median_survival(pd.DataFrame({"AVAL": TIMES, "CNSR": 0}))
    units = {"n": "subjects", "events": "events", "median": "months", "ci_low": "months", "ci_high": "months"}
    ledger(tmp_path, results(frame, "survival.median", units, endpoint="PFSR"))
    said = list(revealed(tmp_path))
    assert said[0] == "Told patient by patient: nothing."
    found = re.findall(r"patient (\d+) of 13 by length: ([\d.]+) months", said[1])
    assert len(found) >= 2 and all(TIMES[int(rank) - 1] == float(time) for rank, time in found)


def test_what_stands_patient_by_patient_is_named_and_large_cohorts_are_not_searched(tmp_path):
    lengths = [
        Result("course.length", {"length": float(i)}, {"length": "months"}, endpoint="PFSR", level=f"P{i:02d}")
        for i in range(1, 4)
    ]
    whole = {"n": 40.0, "events": 30.0, "median": 5.0, "ci_low": 3.0, "ci_high": 8.0}
    ledger(tmp_path, [*lengths, Result("survival.median", whole, {"median": "months"}, endpoint="OS")])
    said = list(revealed(tmp_path))
    assert said[0] == "Told patient by patient: length of a course (PFSR), 3 patients."
    assert said[1].startswith("OS: 40 patients; more than 15 are not searched")


SIX = {"P1": 1.25, "P2": 2.5, "P3": 3.75, "P4": 5.5, "P5": 7.25, "P6": 9.5}
YML = "title: T\nkind: patients\ntime_unit: months\nprimary_endpoint: PFSR\nconfirmed: {course: rechallenge}\n"
ROW = "<table><tr><th>USUBJID</th><th>AGE</th><th>AVALC</th></tr><tr><td>P01</td><td>61</td><td>PR</td></tr></table>"


def test_rows_and_numbers_that_a_report_holds_of_patients_are_named_with_their_files(tmp_path, write_cohort):
    write_cohort("c", YML, "USUBJID,PFSR,PFSR_EVENT\n" + "".join(f"{p},{t},1\n" for p, t in SIX.items()))
    folder = tmp_path / "report"
    folder.mkdir()
    ledger(folder, [])
    assert list(revealed(folder, "c", "shared")) == ["Told patient by patient: nothing.", CURVES]
    (folder / "01.ipynb").write_text(json.dumps({"cells": [{"outputs": [{"data": {"text/html": ROW}}]}]}))
    (folder / "drawn.csv").write_text("mark,x\n" + "".join(f"step,{time}\n" for time in SIX.values()))
    said = list(revealed(folder, "c", "shared"))
    assert said[1] == "Rows of patients, under pseudonyms, stand in 1 notebooks: AGE, AVALC."
    assert said[2].endswith(": the patients' own values stand in 1 files (drawn.csv).")


def test_under_strict_no_time_is_called_determined_by_rounded_counts(tmp_path):
    whole = {"n": 15.0, "events": 15.0, "median": 7.0, "ci_low": 5.0, "ci_high": 8.0}
    ledger(tmp_path, [Result("survival.median", whole, {"median": "months"}, endpoint="PFSR")])
    assert list(revealed(tmp_path, "", "strict")) == ["Told patient by patient: nothing.", COARSE]

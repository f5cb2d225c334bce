"""What docs/section.md shows works as it stands there: the name that it gives is free, its cells run, its code too."""

import re

import numpy as np
import pandas as pd
import pytest
from lifelines import NelsonAalenFitter

from papercheck.files.yamlfile import parsed
from rechallenge import results, wb
from rechallenge.derive.outcome import Outcome
from rechallenge.sections import endpoint
from rechallenge.show import display
from rechallenge.text import language, words
from smallsurv import curve
from tests.conftest import project
from tests.dated import YML, dated_files

PAGE = (project() / "docs" / "section.md").read_text(encoding="utf-8")


def blocks(heading, kind="python"):
    """The code blocks under a heading of the page, without their indent."""
    part = PAGE.split(f"\n## {heading}")[1].split("\n## ")[0]
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```", part, re.M | re.S)
    return ["".join(line.removeprefix(indent) + "\n" for line in text.splitlines()) for indent, text in found]


def run_cells(cohort):
    """The names that the cells of the example give, of a cohort."""
    names = {"wb": wb, "cohort": cohort, "unit": "cohort"}
    for cell in blocks("An example: the time between the courses")[:2]:  # the third draws
        exec(cell, names)
    return names


def test_the_name_of_the_example_is_free():
    name = re.search(r"^\| file name \| `.+?` \| `(.+?)` \|$", PAGE, re.M).group(1)
    assert [p.name for p in (project() / "notebooks").glob(f"{name[:2]}_*.ipynb")] == []
    assert f"--sections {name[3:]} " in PAGE


@pytest.mark.slow
def test_the_cells_of_the_example_give_a_number_of_a_dated_cohort(write_cohort):
    write_cohort(yml=YML, **dated_files())
    assert 0 < run_cells("c")["table"].frame["hr"][0] < float("inf")


def test_the_cells_of_the_example_give_a_sentence_of_a_cohort_without_dates():
    assert "needs TFI" in run_cells("quzhou-2025")["table"].reason


def test_the_statistic_of_the_page_is_that_of_lifelines_and_a_declared_result(monkeypatch):
    names = {
        name: value for module in (curve, endpoint, display, language, words) for name, value in vars(module).items()
    }
    names |= {"np": np, "pd": pd, "Outcome": Outcome}
    declared = dict(results.quantities()) | parsed(blocks("Numbers that nobody", "yaml")[0])
    monkeypatch.setattr(results, "quantities", lambda: declared)
    for code in blocks("Numbers that nobody"):
        exec(code, names)
    times = wb.outcome(wb.load_study("quzhou-2025"), "PFSR")
    fit = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(times.rows["AVAL"], times.rows["CNSR"] == 0)
    (made,) = names["hazard_table"](times).results
    assert made.estimate == pytest.approx(fit.cumulative_hazard_.iloc[-1, 0], rel=1e-12)
    assert made.endpoint == "PFSR" and made.item == "PFSR"

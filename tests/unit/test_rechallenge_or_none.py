"""Rechallenge against none as a section shows it: declared, refused with a sentence, never ever against never."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.emulation import derive_choices
from rechallenge.derive.population import derive_population
from rechallenge.sections.emulation import (
    emulated,
    emulated_figure,
    emulated_table,
    emulation_protocol,
    emulation_weights,
)
from tests.conftest import project

EXAMPLE = project() / "docs" / "examples" / "simulated-decision"
YML, ADSL = ((EXAMPLE / f).read_text(encoding="utf-8") for f in ("cohort.yml", "adsl.csv"))


def study(write_cohort, yml=YML, adsl=ADSL):
    write_cohort(yml=yml, adsl=adsl)
    return derive_population(load_cohort("c"))


def test_the_example_says_that_it_is_simulated_and_is_without_a_finding():
    assert "kind: simulated" in YML and "Simulated, not patients" in YML


@pytest.mark.slow
def test_the_example_finds_no_effect_where_the_naive_comparison_does(write_cohort):
    cohort = study(write_cohort)
    assert read_cohort("c")[1] == []
    trial = emulated(cohort, [6, 12], replicates=150, naive=True)
    low, high = trial.found.limits()[:, trial.place]
    assert (low < 0).all() and (high > 0).all()
    table = emulated_table(trial)
    ((label, said),) = table.key
    assert label.startswith("Alive, Rechallenge within") and said.count("difference in points") == len(trial.at)
    naive = float(table.rows[2][3].removeprefix("✗ "))
    assert naive > 100 * high[0] and table.rows[2][0].endswith("ever against never, not valid")
    kinds = [r.quantity for r in table.results]
    assert kinds.count("emulation.survival") == 4 and kinds.count("emulation.difference") == 2
    assert len(emulation_protocol(trial).rows) == 8 and len(emulation_weights(trial).rows) == 2
    assert "6 months" in emulated_figure(trial).alt


@pytest.mark.slow
def test_the_weights_say_of_which_month_they_are(write_cohort):
    """R (glm, clones month by month): 171.9 and 41.3 effective, at most 2.28 and 20.90; in any month 5.24 and 20.90."""
    table = emulation_weights(emulated(study(write_cohort), [6], replicates=100))
    assert [row[2:] for row in table.rows] == [["187", "171.9", "2.28"], ["155", "41.3", "20.90"]]
    assert "The largest in any month: No rechallenge 5.24 and Rechallenge within 3 months 20.90." in table.notes[1]


def test_a_dated_covariate_counts_as_it_is_in_each_month(write_cohort):
    choices = derive_choices(study(write_cohort))
    d = pd.read_csv(EXAMPLE / "adsl.csv")
    onset = d["WORSETM"].fillna(np.inf).to_numpy()
    assert np.array_equal(
        choices.decisions.x[:, :, 0], (onset[:, None] <= np.arange(choices.decisions.intervals)).astype(float)
    )
    assert choices.covariates == ("WORSE",) and choices.decisions.grace == 3


def test_dates_and_durations_say_the_same(write_cohort):
    yml = (
        "title: T\ntime_unit: months\ndata_cutoff: 2024-12-31\n"
        "emulation: {label: progression, zero_date: PDT, start_date: RDT}\n"
    )
    adsl = "USUBJID,PDT,RDT,DTHDT,LSTALVDT\nA,2023-01-01,2023-02-15,2023-06-30,\nB,2023-01-01,,,2023-12-31\n"
    d = derive_choices(study(write_cohort, yml, adsl)).decisions
    assert d.exit * 30.4375 == pytest.approx([181, 365]) and list(d.event) == [True, False]
    assert d.start[0] * 30.4375 == pytest.approx(45) and np.isinf(d.start[1])


@pytest.mark.parametrize(("change", "words"), [
    (lambda f: f.assign(RECHTM=np.nan), "start rechallenge within the grace period; nobody does"),
    (lambda f: f.assign(DIED=0), "at least one death"),
    (lambda f: f.assign(RECHTM=np.where(f["WORSETM"].notna(), 0.0, np.nan), WORSETM=f["WORSETM"] * 0), "positivity"),
    (lambda f: f.drop(columns="RECHTM"), "needs the column RECHTM"),
])  # fmt: skip
def test_what_cannot_be_compared_is_a_sentence(write_cohort, change, words):
    frame = change(pd.read_csv(EXAMPLE / "adsl.csv"))
    with pytest.raises(NotAvailable, match=words):
        emulated(study(write_cohort, adsl=frame.to_csv(index=False)), replicates=100)


def test_a_cohort_that_declares_nothing_is_asked_to(write_cohort):
    with pytest.raises(NotAvailable, match="`emulation` in cohort.yml"):
        emulated(study(write_cohort, YML.split("emulation:")[0]))
    for more, words in (
        ("time: FUTM\n  event: DIED\n", "needs either dates or durations"),
        ("zero_date: X\n", "needs either"),
    ):
        write_cohort(yml=YML.split("emulation:")[0] + "emulation:\n  label: x\n  " + more, adsl=ADSL)
        assert words in " ".join(f.rule for f in read_cohort("c")[1])

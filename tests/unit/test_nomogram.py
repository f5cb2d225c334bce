"""The joint model as a nomogram: points add up to the shares of the model, and the warning stands with it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.discrimination import model_discrimination
from rechallenge.sections.nomogram import make_nomogram, nomogram_figure
from rechallenge.sections.regression import multivariable_model
from smallsurv.standardized import averaged_survival

REFERENCE = Path(__file__).parents[1] / "reference"
YML = "title: T\ntime_unit: days\nprimary_endpoint: OS\nfactors: {X: {label: Score, type: number, per: 10}}\n"


@pytest.fixture
def told(write_cohort):
    d = pd.read_csv(REFERENCE / "data_lung.csv").dropna(subset=["x"])
    adsl = pd.DataFrame(
        {"USUBJID": [f"P{i:03d}" for i in d.index], "X": d["x"], "SEX": np.where(d.index % 3, "M", "F")}
    )
    write_cohort(yml=YML, adsl=adsl.assign(OS=d["time"], OS_EVENT=d["event"]).to_csv(index=False))
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["OS"])
    return model_discrimination(multivariable_model(outcome, ["X", "SEX"]), 20)


def test_points_of_a_patient_add_up_to_the_share_of_the_model(told):
    made, rows = make_nomogram(told, [6, 12]), told.models.outcome.rows
    x = np.column_stack([rows["X"] / 10, rows["SEX"].astype(str) != str(told.models.frame["reference"].iloc[-1])])
    at, curves = averaged_survival(rows["AVAL"], rows["CNSR"] == 0, x.astype(float), x[:3, None].astype(float))
    (_, numbers), (_, levels) = made.scales
    slope = np.diff([p for _, p in numbers])[0] / np.diff([float(t) for t, _ in numbers])[0]
    for i, survival in enumerate(curves):
        by_x = numbers[0][1] + slope * (rows["X"].iloc[i] - float(numbers[0][0]))
        by_sex = dict(levels)[{"M": "Male", "F": "Female"}[rows["SEX"].iloc[i]]]
        for month in (6, 12):
            share = survival[at <= told.models.outcome.time(month)][-1]
            assert made.share(by_x + by_sex, month) == pytest.approx(share, rel=1e-9)
            assert made.points(share, month) == pytest.approx(by_x + by_sex, abs=1e-6)
    assert max(p for _, ticks in made.scales for _, p in ticks) == pytest.approx(100)


def test_it_is_drawn_for_named_months_alone_and_with_its_warning(told):
    assert nomogram_figure(told) == ()
    figure = nomogram_figure(told, [6])
    assert "no tool for deciding about a patient" in figure.notes[0] and "Corrected C-index" in figure.notes[0]
    texts = [t.get_text() for t in figure.figure.axes[0].texts]
    assert {"Points", "All points", "Free of the event at 6 months, %"} <= set(texts)
    with pytest.raises(CohortError, match="month 900 lies before the first event or beyond the follow-up"):
        nomogram_figure(told, [900])

"""Continuous factors in a section: declared, drawn, tested; cut-points with a P that counts the search."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.shape import continuous_factors, cut_table, shape_figures, shape_table
from smallsurv.shape import best_cut, fit_shape, spline_knots

YML = "title: T\ntime_unit: months\nprimary_endpoint: OS\nfactors: {NLR: {label: NLR, type: number}}\nshapes: [NLR]\n"


def drawn(n=120, seen=0.8, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = np.round(rng.gamma(3, 2, n), 1)
    time = np.round(rng.exponential(np.exp(-0.3 * (x - 5) ** 2 / 4)) * 10, 2) + 0.1
    frame = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in range(n)], "NLR": x, "OS": time})
    return frame.assign(OS_EVENT=(rng.random(n) < seen).astype(int))


def outcome_of(write_cohort, frame, yml=YML):
    write_cohort(yml=yml, adsl=frame.to_csv(index=False))
    return derive_endpoints(derive_population(load_cohort("c")), ["OS"])


def test_the_table_and_the_figure_have_the_numbers_of_the_spline(write_cohort):
    frame = drawn()
    found = continuous_factors(outcome_of(write_cohort, frame))
    table, x = shape_table(found), frame["NLR"].to_numpy()
    shape = fit_shape(frame["OS"], frame["OS_EVENT"] == 1, x, spline_knots(x, 4))
    test, low, high = table.results
    assert test.estimate == pytest.approx(shape.overall[2]) and test["p_nonlinear"] == pytest.approx(shape.nonlinear[2])
    assert shape.nonlinear[2] < 0.01 < shape.linear[2] or shape.nonlinear[2] < shape.linear[2]
    at = np.quantile(x, 0.9)
    assert np.log([high.estimate, high.low, high.high]) == pytest.approx(np.ravel(shape.log_hazard([at], np.median(x))))
    figure = shape_figures(found)[0]
    line = figure.figure.axes[0].lines[0]
    assert line.get_xdata()[[0, -1]] == pytest.approx(np.quantile(x, (0.05, 0.95))) and figure.by == "NLR"


def test_a_cut_from_the_data_has_a_corrected_p_and_no_hazard_ratio(write_cohort):
    frame = drawn()
    table = cut_table(continuous_factors(outcome_of(write_cohort, frame)))
    wanted = best_cut(frame["OS"], frame["OS_EVENT"] == 1, frame["NLR"])
    assert table.results[0].estimate == pytest.approx(wanted.cut) and table.results[0].p == wanted.p
    assert table.rows[0][-1].startswith("✗ ") and not any("HR" in c for c in table.columns)
    assert any(note.startswith("No hazard ratio is given at such a cut") for note in table.notes)


def test_few_events_and_one_value_have_a_reason_and_no_number(write_cohort):
    few = continuous_factors(outcome_of(write_cohort, drawn(40, 0.3)))
    assert few[0].reason == "12 events; 20 or more are needed" and not shape_figures(few)
    assert shape_table(few).rows[0][3:] == ["NE"] * 5 and cut_table(few).rows[0][1:] == ["NE"] * 5
    same = continuous_factors(
        outcome_of(write_cohort, drawn().assign(NLR=lambda f: np.where(f.index < 100, 2.0, f["NLR"])))
    )
    assert any("NLR: no estimate, too many patients have one value." in n for n in shape_table(same).notes)


@pytest.mark.parametrize(("shapes", "words"), [
    ("[NLRX]", "not a factor"),
    ("[SEX]", "has levels: a curve needs a factor of numbers"),
    ("[NLR, NLR]", "stands twice"),
])  # fmt: skip
def test_what_is_no_continuous_factor_is_named(write_cohort, shapes, words):
    write_cohort(yml=YML.replace("[NLR]", shapes), adsl=drawn(20).to_csv(index=False))
    assert words in " ".join(f.rule for f in read_cohort("c")[1])


def test_without_a_continuous_factor_a_sentence(write_cohort):
    outcome = outcome_of(write_cohort, drawn(), YML.replace("shapes: [NLR]\n", ""))
    with pytest.raises(NotAvailable, match="needs a continuous factor"):
        continuous_factors(outcome)
    assert continuous_factors(outcome, ["NLR"])[0].shape
    pseudo = YML + "kind: pseudo\nprovenance: {adsl.NLR: {status: synthetic, note: drawn}}\n"
    with pytest.raises(NotAvailable, match="free choices"):
        continuous_factors(outcome_of(write_cohort, drawn(), pseudo))

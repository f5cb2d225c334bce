"""Multiple imputation: against mice, Rubin's rules against R, no bias
where complete patients have one; the section and its refusals.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.imputation import imputed_model, imputed_table
from smallsurv.cox import NotEstimable, maximum
from smallsurv.imputation import NotImputed, complete, pooled_cox, rubin

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="module")
def missing():
    d = pd.read_csv(REFERENCE / "data_missing.csv")
    group, ecog = (pd.Categorical(d[n].map({0: "0", 1: "1", 2: "2"})) for n in ("group2", "ecog"))
    return d["time"], d["event"] == 1, pd.DataFrame({"x": d["x"], "group": group, "ecog": ecog})


def design(table):
    return np.column_stack([table["x"], table["group"] == "1", table["ecog"] == "1", table["ecog"] == "2"]).astype(
        float
    )


def test_rubins_rules_are_those_of_mice():
    r = pd.read_csv(REFERENCE / "rubin.csv").set_index("name")["value"]
    coef, variance = ([[r[f"{k}{i}"]] for i in range(1, 6)] for k in ("coef", "variance"))
    found = rubin(coef, variance, 60 - 4)
    ours = (found.coef[0], found.se[0] ** 2, found.df[0], found.fmi[0])
    assert ours == pytest.approx([r["qbar"], r["t"], r["df"], r["fmi"]], rel=1e-9)
    half = stats.t.ppf(0.975, r["df"]) * np.sqrt(r["t"])
    assert (found.low[0], found.high[0]) == pytest.approx((r["qbar"] - half, r["qbar"] + half), rel=1e-9)


def test_imputed_estimates_are_those_of_mice_within_the_error_of_the_draws(missing):
    time, event, frame = missing
    r, tables = pd.read_csv(REFERENCE / "imputation.csv"), complete(frame, time, event, 12, 4)
    designs = [design(t) for t in tables]
    each = np.array([maximum(time, event, x).coef for x in designs])
    found = pooled_cox(time, event, designs)
    assert found.coef == pytest.approx(each.mean(axis=0))
    error = np.hypot(each.std(axis=0, ddof=1) / np.sqrt(12), r["error"])
    assert (np.abs(found.coef - r["coef"]) < 4 * error).all() and found.se == pytest.approx(
        r["se"].to_numpy(), rel=0.15
    )
    assert (found.se < r["complete_se"]).all() and ((found.fmi > 0) & (found.fmi < 1)).all()


def test_what_is_known_stays_and_the_draws_are_seeded(missing):
    time, event, frame = missing
    one, two = (complete(frame, time, event, 2, 2)[1] for _ in range(2))
    assert one.equals(two) and not one.isna().any(axis=None)
    for name in frame:
        known = frame[name].notna()
        assert (one[name][known] == frame[name][known]).all() and set(one[name]) <= set(frame[name].dropna())
    assert one["ecog"].dtype == frame["ecog"].dtype


def test_draws_know_the_outcome():
    """A factor that decides the event and is missing at random
    for half: its share among the drawn follows the event.
    """
    rng = np.random.default_rng(6)
    x = rng.random(400) < 0.5
    time = rng.exponential(np.where(x, 1.0, 6.0))
    event = time < 3
    frame = pd.DataFrame({"x": pd.Categorical(np.where(rng.random(400) < 0.5, None, np.where(x, "1", "0")))})
    lost = frame["x"].isna()
    drawn = complete(frame, np.minimum(time, 3), event, 1, 2)[0]["x"][lost] == "1"
    assert drawn[event[lost]].mean() > 0.55 > 0.3 > drawn[~event[lost]].mean()


def test_what_cannot_be_imputed_is_refused():
    time, event = np.arange(1.0, 21), np.ones(20, bool)
    for column in ([1.0, 2, 3] + [np.nan] * 17, [1.0] * 15 + [np.nan] * 5, [1.0, 2] * 4 + [np.nan] * 12):
        with pytest.raises(NotImputed):
            complete(pd.DataFrame({"x": column}), time, event, 2)
    with pytest.raises(NotEstimable):
        pooled_cox(time, np.zeros(20, bool), [np.ones((20, 1))] * 2)


YML = (
    "title: T\ntime_unit: days\nprimary_endpoint: OS\nfactors: {X: {label: Score, type: number}, GRP: {label: Group,"
    " levels: ['0', '1']}}\nimputation: {factors: [X, ECOG], auxiliary: [GRP]}\n"
)


def outcome_of(write_cohort, yml=YML, **changed):
    d = pd.read_csv(REFERENCE / "data_missing.csv")
    adsl = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in d.index], "X": d["x"], "ECOG": d["ecog"], "GRP": d["group2"]})
    adsl = adsl.assign(OS=d["time"], OS_EVENT=d["event"], **changed).astype({"ECOG": "Int64", "GRP": "Int64"})
    write_cohort(yml=yml, adsl=adsl.to_csv(index=False))
    return derive_endpoints(derive_population(load_cohort("c")), ["OS"])


def test_the_table_sets_imputed_beside_complete(write_cohort):
    outcome = outcome_of(write_cohort)
    found = imputed_model(outcome, imputations=5)
    table = imputed_table(found)
    assert list(found.terms["variable"]) == ["X", "ECOG", "ECOG"] and found.pooled.m == 5
    d = pd.read_csv(REFERENCE / "data_missing.csv").dropna(subset=["x", "ecog"])
    whole = maximum(d["time"], d["event"] == 1, np.column_stack([d["x"], d["ecog"] == 1, d["ecog"] == 2]).astype(float))
    assert found.n_complete == len(d)
    ours = np.log([r["complete_hr"] for r in table.results])
    assert ours == pytest.approx(whole.coef * [10, 1, 1], abs=1e-5)  # the score in steps of 10
    r = table.results[0]
    assert np.log([r.estimate, r.low, r.high]) == pytest.approx(
        [found.pooled.coef[0], found.pooled.low[0], found.pooled.high[0]]
    )
    assert r["missing"] == outcome.rows["X"].isna().sum() and "Also used to draw what is missing: Group." in table.notes


def test_as_many_imputations_as_percent_of_incomplete_patients(write_cohort, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "rechallenge.sections.imputation.complete", lambda f, t, e, m: asked.append(m) or complete(f, t, e, 2, 1)
    )
    outcome = outcome_of(write_cohort)
    imputed_model(outcome)
    incomplete = outcome.rows[["X", "ECOG", "GRP"]].isna().any(axis=1).mean()
    assert asked == [int(np.ceil(100 * incomplete))] and asked[0] > 20


@pytest.mark.slow
def test_what_is_mostly_missing_or_whole_has_a_sentence(write_cohort):
    few = pd.Series(np.where(np.arange(228) % 6 == 0, np.arange(228) % 30, np.nan))
    with pytest.raises(NotAvailable, match="needs more values of Score: it is missing in 190 of 228 patients"):
        imputed_model(outcome_of(write_cohort, X=few))
    whole = outcome_of(write_cohort, X=np.arange(228) % 30, ECOG=np.arange(228) % 2, GRP=np.arange(228) % 2)
    with pytest.raises(NotAvailable, match="each patient has all factors"):
        imputed_model(whole)
    with pytest.raises(CohortError, match="imputations is a number from 5 to 500"):
        imputed_model(outcome_of(write_cohort), imputations=2)
    with pytest.raises(NotAvailable, match="needs the factors of a joint model"):
        imputed_model(outcome_of(write_cohort, YML.split("imputation")[0]))


@pytest.mark.parametrize(("told", "words"), [
    ("{auxiliary: [X]}", "names no factor of the joint model"),
    ("{factors: [Y]}", "not a factor"),
    ("{factors: [X], auxiliary: [X]}", "stands twice"),
    ("{factors: [X, LATE]}", "arises after the start"),
])  # fmt: skip
def test_a_faulty_declaration_is_named(write_cohort, told, words):
    yml = YML.split("imputation")[0].replace(
        "factors: {", "factors: {LATE: {label: Late, levels: ['0', '1'], after_baseline: true}, "
    )
    write_cohort(yml=yml + f"imputation: {told}\n", adsl="USUBJID,X,LATE,OS,OS_EVENT\nA,1,0,5,1\nB,2,1,6,1\n")
    assert words in " ".join(f.rule for f in read_cohort("c")[1])

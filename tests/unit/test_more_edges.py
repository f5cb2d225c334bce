"""Estimators at their edges against stored numbers of R survival (tests/reference/more_edges.R), 60 drawn sets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import baseline_tests, comparison, competing, cox, curve, discrimination, episodes, external, rmst
from smallsurv.fine_gray import fine_gray
from smallsurv.frailty import gamma_frailty
from smallsurv.rank_tests import milestone_test, rank_tests, stratified_log_rank
from smallsurv.turnbull import turnbull

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = dict(list(pd.read_csv(REFERENCE / "data_more_edges.csv", float_precision="round_trip").groupby("set")))
R = {
    key: rows.sort_values("i")["value"].to_numpy()
    for key, rows in pd.read_csv(REFERENCE / "more_edges.csv").groupby(["name", "set"])
}
NOISE = (5.4 - 2.1, 3.3)  # one time; the first is a hair later


def of_maximum(found):
    return np.append(found.coef, found.se)


def robust(rows, **sampling):
    found = cox.cox_fit(rows["time"], rows["event"], rows[["x"]], **sampling)
    return np.append(found.coef, np.sqrt(np.diag(found.sandwich)))


def half(rows, method):
    middle, low, high = curve.median(curve.kaplan_meier(rows["time"], rows["event"]), method)
    return [np.nan if np.isinf(value) else value for value in (middle, low, high)]


def stratified(rows):
    found = cox.cox_fit(rows["time"], rows["event"], rows[["x"]], strata=rows["stratum"])
    return np.append(found.coef, np.sqrt(np.diag(found.covariance)))


def log_rank_in_strata(rows):
    adtte = rows.rename(columns={"time": "AVAL"}).assign(CNSR=1 - rows["event"])
    return np.nan_to_num(stratified_log_rank(adtte, "group", ["stratum"])[0])  # R gives 0 where nothing is told


def late_curve(rows):
    found = episodes.entry_curve(rows["entry"], rows["time"], rows["event"])
    return found.survival[found.n_event > 0]


def weighted_curve(rows):
    rows = rows[rows["weight"] > 0]
    return curve.weighted_kaplan_meier(rows["time"], rows["event"], rows["weight"]).survival


ASKED = {
    "median_log": lambda d: half(d, "log"),
    "median_plain": lambda d: half(d, "plain"),
    "log_rank_strata": log_rank_in_strata,
    "early": lambda d: np.nan_to_num(rank_tests(d["time"], d["event"], d["group"] == 1, ((1, 0),)).z ** 2),
    "breslow": lambda d: of_maximum(cox.maximum(d["time"].to_numpy(), d["event"].to_numpy(bool), d[["x"]], "breslow")),
    "strata": stratified,
    "clusters": lambda d: robust(d, clusters=d["cluster"]),
    "weights": lambda d: robust(d, weights=d["weight"], robust=True),
    "curve_weights": weighted_curve,
    "late_curve": late_curve,
    "late": lambda d: of_maximum(episodes.episode_maximum(d["entry"], d["time"], d["event"], d[["x"]])),
    "late_log_rank": lambda d: episodes.episode_log_rank(d["entry"], d["time"], d["event"], d["group"]).statistic,
    "incidence": lambda d: competing.cumulative_incidence(d["time"], d["cause"]).incidence,
    "subdistribution": lambda d: of_maximum(fine_gray(d["time"], d["cause"], d[["x"]])),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_an_estimator_equals_r_on_every_set_that_r_can_tell(name):
    sets = [key[1] for key in R if key[0] == name]
    assert len(sets) >= (9 if name.startswith("late") else 20)
    for each in sets:
        assert ASKED[name](DATA[each]) == pytest.approx(R[name, each], rel=1e-6, abs=1e-7, nan_ok=True), each


def test_the_mean_and_the_concordance_equal_r():
    for key, values in R.items():
        rows = DATA[key[1]]
        if key[0] == "mean":
            found = rmst.restricted_mean(curve.kaplan_meier(rows["time"], rows["event"]), values[0])
            assert found == pytest.approx(values[1:], rel=1e-6)
        if key[0] == "concordance":
            pairs = discrimination.ordered_pairs(rows["time"], rows["event"])
            assert discrimination.concordance(pairs, values[0] * rows["x"]) == pytest.approx(values[1], rel=1e-6)


def test_there_are_sixty_sets_of_twelve_kinds():
    assert len(DATA) == 60 and len({name.rsplit("_", 1)[0] for name in DATA}) == 12


def test_a_hair_is_no_time_at_a_milestone():
    later, exact = (curve.kaplan_meier([1, time, 5, 8], [True] * 4) for time in NOISE)
    other = curve.kaplan_meier([2, 4, 6, 9], [True] * 4)
    assert milestone_test(other, later, NOISE[1]) == milestone_test(other, exact, NOISE[1])


def test_a_hair_is_no_time_between_visits_nor_at_the_end_of_a_printed_curve():
    later, exact = (turnbull([0, 0, time, 6], [time, time, 7, np.inf]) for time in NOISE)
    assert np.allclose(later.bounds([NOISE[1]]), exact.bounds([NOISE[1]])) and later.bounds([NOISE[1]])[0] == 0.5
    for time in NOISE:
        cut, seen = external.within([time, 2, 4], [True, True, True], NOISE[1])
        assert cut == pytest.approx([3.3, 2, 3.3]) and seen.tolist() == [True, True, False]


def test_an_entry_a_hair_before_the_exit_is_at_it():
    assert len(episodes.entry_curve([0, 3.2], [5, NOISE[0]], [True, True]).time) == 3
    with pytest.raises(ValueError, match="1 not before the exit, the first in row 1"):
        episodes.entry_curve([0, NOISE[1]], [5, NOISE[0]], [True, True])


FEW_CENTRES = pd.DataFrame({
    "time": [29.3, 25.7, 20.1, 2.4, 7.4, 17.5, 2.2], "event": [0, 0, 1, 1, 1, 1, 1],
    "x": [-1.63, 0.78, -0.71, -0.23, 1.2, 0.29, 1.22], "centre": [1, 1, 1, 0, 1, 1, 0],
})  # fmt: skip


def test_of_two_tops_of_the_likelihood_of_a_frailty_the_higher_one_is_taken():
    """R coxph: variance 0.788976, coefficient 0.652440, though the likelihood falls at first from no frailty on."""
    found = gamma_frailty(*(FEW_CENTRES[c] for c in ("time", "event")), FEW_CENTRES[["x"]], FEW_CENTRES["centre"])
    assert found.variance == pytest.approx(0.788976, abs=1e-5)
    assert found.coef == pytest.approx([0.652440], abs=1e-6)


def test_numbers_without_scatter_within_the_groups_have_no_p_of_zero():
    """R t.test: data are essentially constant."""
    group = pd.Series(list("aabb"))
    assert np.isnan(baseline_tests.characteristic_p(pd.Series([1.0, 1, 2, 2]), group, "usual"))
    assert baseline_tests.characteristic_p(pd.Series([1.0, 1, 2, 3]), group, "usual") == pytest.approx(
        0.2048328, abs=1e-6
    )


@pytest.mark.parametrize("n, p", [(20, 0.28876706), (49, 0.08819386), (50, 0.08543098)])
def test_the_mann_whitney_test_is_exact_as_long_as_r_counts_it(n, p):
    """R wilcox.test of 1 to n times 1.37 against 1 to n times 1.1 less 0.003; from 50 on it is the normal P."""
    numbers = np.arange(1.0, n + 1)
    values = pd.Series(np.r_[numbers * 1.37, numbers * 1.1 - 0.003])
    assert baseline_tests.characteristic_p(values, pd.Series(list("a" * n + "b" * n)), "exact") == pytest.approx(
        p, abs=1e-6
    )


def test_two_deaths_of_one_day_leave_the_second_one_fewer_to_come_from():
    """Both first deaths are of b, of 2 and 3 at risk: 3/5 times 2/4."""
    rows = pd.DataFrame({"AVAL": [5, 6, 1, 1, 7], "CNSR": 0, "g": pd.Categorical(list("aabbb"))})
    assert comparison.late_start(rows, "g") == ("a", 2, pytest.approx(0.3))

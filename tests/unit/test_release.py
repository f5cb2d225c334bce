"""What strict lets out gives no small count back: by counts, sums, shares, curves and numbers at risk."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from rechallenge.release import released, rules
from rechallenge.results import Result, quantities
from rechallenge.run.batch import _facts
from rechallenge.run.index import read_numbers, write_index
from smallsurv.coarse import coarse_curve, held_back, to_multiple
from smallsurv.curve import kaplan_meier, numbers_at_risk

STEP = 5


def share(variable, count, n, level=""):
    values = {"count": float(count), "share": count / n}
    return Result("baseline.share", values, {"count": "", "share": ""}, variable=variable, level=level)


def median(level, n, events):
    values = {"n": float(n), "events": float(events), "median": 7.31, "ci_low": 3.77, "ci_high": float("inf")}
    units = {"n": "subjects", "events": "events", "median": "months", "ci_low": "months", "ci_high": "months"}
    return Result("survival.median", values, units, endpoint="PFSR", by="SEX", level=level)


def test_nobody_is_told_even_where_all_others_are_few():
    assert held_back([4] * 10 + [0], 5).tolist() == [True] * 10 + [False]


@pytest.mark.parametrize("counts", [p for p in itertools.product((0, 1, 3, 4, 5, 7, 20), repeat=3) if sum(p) >= 10])
def test_no_small_count_can_be_told_from_the_others_and_the_sum(counts):
    held = held_back(counts, STEP)
    assert all(h for c, h in zip(counts, held, strict=True) if 0 < c < STEP)
    if held.any():
        assert held.sum() >= 2 or np.count_nonzero(counts) < 2
        assert np.array(counts)[held].sum() >= STEP


@pytest.mark.slow
@pytest.mark.parametrize("n", (10, 17, 24, 25, 26, 31, 38, 45, 52))
def test_an_attacker_with_all_that_is_told_finds_no_count_below_the_threshold(n):
    """Whoever knows the rules lists every table of three levels
    that would be told alike: a small count is never certain.
    """
    tables = [t for t in itertools.product(range(n + 1), repeat=2) if sum(t) <= n]
    told = {}
    for a, b in tables:
        counts = (a, b, n - a - b)
        kept = released([share(f"X={i}", c, n) for i, c in enumerate(counts)], STEP)
        key = tuple((r.variable, *r.values.values()) for r in kept)
        told.setdefault(key, []).append(counts)
    for same in told.values():
        for place in range(3):
            possible = {counts[place] for counts in same}
            assert not (len(possible) == 1 and 0 < next(iter(possible)) < STEP), same


@pytest.mark.parametrize(
    "counts, held",
    [
        ((18, 18, 1), [1, 1, 1]),  # 37 patients and 18 to 22: only 18, 18 and 1 are left
        ((30, 15, 2), [1, 0, 1]),
        ((20, 19, 18, 17, 2), [1, 1, 1, 0, 1]),
        ((1, 0), [1, 1]),
    ],
)
def test_who_knows_which_partner_is_held_back_does_not_bound_the_small_count(counts, held):
    assert held_back(counts, STEP).tolist() == [bool(h) for h in held]


def best(counts, n):
    """The best responses of n patients, and the rates that are sums of them."""
    found = [Result("response.best", {"count": float(c), "share": c / n}, {}, variable=f"{c}") for c in counts]
    sums = {"ORR": sum(counts[:2]), "DCR": sum(counts[:3])}
    return found + [Result("response.rate", rated(c, n), {}, variable=name) for name, c in sums.items()]


def rated(count, n):
    return {"count": float(count), "n": float(n), "share": count / n if n else 0.0}


def test_categories_whose_sums_are_told_elsewhere_are_told_all_or_not_at_all():
    assert [r.variable for r in released(best((2, 10, 13, 12), 37), STEP)] == ["ORR", "DCR"]
    assert len(released(best((0, 10, 15, 12), 37), STEP)) == 6


def test_a_group_held_back_for_those_without_the_event_takes_the_other_with_it():
    levels = [
        Result("response.rate", rated(c, n), {}, variable="ORR", by="SEX", level=level)
        for level, c, n in (("M", 7, 11), ("F", 5, 20))
    ]
    whole = Result("response.rate", rated(12, 31), {}, variable="ORR")
    assert released([whole, *levels], STEP) == released([whole], STEP) != []
    ended = [median("M", 30, 28), median("F", 30, 12)]
    assert released(ended, STEP) == []


@pytest.mark.slow
@pytest.mark.parametrize("n", (23, 33))
def test_an_attacker_with_sizes_and_rates_of_two_levels_finds_no_count_below_the_threshold(n):
    told = {}
    for m, r, q in itertools.product(range(n + 1), repeat=3):
        if r <= m and q <= n - m and (m + r + q) % 2:  # every other table
            parts = (("", r + q, n), ("M", r, m), ("F", q, n - m))
            rates = [Result("response.rate", rated(c, k), {}, by="SEX"[: 3 * len(v)], level=v) for v, c, k in parts]
            kept = released([share("SEX=M", m, n), share("SEX=F", n - m, n), *rates], STEP)
            key = tuple((x.quantity, x.variable, x.level, *x.values.values()) for x in kept)
            told.setdefault(key, []).append((m, n - m, r, q, m - r, n - m - q, r + q, n - r - q))
    for same in told.values():
        for possible in map(set, zip(*same, strict=True)):
            assert not (len(possible) == 1 and 0 < next(iter(possible)) < STEP), same


def test_of_two_divisions_of_one_column_strict_tells_one(write_cohort):
    from dataclasses import replace

    from rechallenge.cohort.cohort import cohort_meta
    from rechallenge.cohort.privacy.profile import told_by_another
    from rechallenge.context import current, running
    from tests.conftest import GOOD_YML

    groups = "".join(f"  AGEGR{i}: {{from: AGE, cut: [{c}], levels: [young, old]}}\n" for i, c in ((1, 60), (2, 65)))
    write_cohort(yml=f"{GOOD_YML}factors:\n{groups}")
    assert told_by_another(cohort_meta("c")) == ("AGEGR2",)
    write_cohort(yml=f"{GOOD_YML}factors:\n{groups}subgroups: [SEX, AGEGR2]\n")
    assert (silent := told_by_another(cohort_meta("c"))) == ("AGEGR1",)
    both = [share(f"{name}={i}", 20, 40) for name in ("AGEGR1", "AGEGR2") for i in (1, 2)]
    with running(replace(current(), silent=silent)):
        assert {r.variable[:6] for r in released([*both, median("M", 30, 20)], STEP)} == {"AGEGR2", ""}


def test_counts_are_multiples_and_shares_are_those_of_the_multiples():
    rate = Result("response.rate", {"count": 13.0, "n": 31.0, "share": 13 / 31, "ci_low": 0.2, "ci_high": 0.6}, {})
    (kept,) = released([rate], STEP)
    assert dict(kept.values) == {"count": 15.0, "n": 30.0, "share": 0.5}
    assert released([Result("response.rate", {"count": 28.0, "n": 31.0, "share": 28 / 31}, {})], STEP) == []


def test_a_level_of_few_takes_its_partner_with_it():
    assert [r.level for r in released([median("M", 30, 20), median("F", 25, 15)], STEP)] == ["M", "F"]
    assert released([median("M", 30, 20), median("F", 4, 3)], STEP) == []
    (kept,) = released([median("", 31, 20)], STEP)
    assert kept.values == {"n": 30.0, "events": 20.0, "median": 7.0, "ci_low": 4.0, "ci_high": float("inf")}


def test_what_no_rule_lets_out_stays():
    assert set(rules()) - {"literature"} <= set(quantities())
    for name in ("response.change", "course.length", "resistance.decision", "survival.log_rank"):
        assert released([Result(name, {"p": 0.01, "length": 3.0}, {})], STEP) == []
    open_ = Result("literature.pool", {"estimate": 0.777}, {"estimate": "ratio"})
    assert released([open_], STEP) == [open_]


@pytest.mark.parametrize("seed", range(8))
def test_a_coarse_curve_falls_for_several_patients_at_whole_months_only(seed):
    rng = np.random.default_rng(seed)
    time, seen = rng.exponential(9, 63).round(2) + 0.01, rng.random(63) < 0.6
    exact = kaplan_meier(time, seen)
    coarse = coarse_curve(exact, STEP)
    assert (coarse.n_event % STEP == 0).all() and (coarse.n_censor % STEP == 0).all() and coarse.n % STEP == 0
    assert (coarse.time == np.round(coarse.time)).all() and len(coarse.time) <= 63 / STEP + 1
    assert all(k % STEP == 0 for k in numbers_at_risk(coarse, range(0, 40)))
    at = np.searchsorted(exact.time, coarse.time, side="right") - 1
    assert np.abs(coarse.survival - exact.survival[at]).max() < 0.35


def test_a_curve_of_few_is_none():
    assert coarse_curve(kaplan_meier(np.arange(1.0, 7.0), np.ones(6, bool)), STEP) is None
    assert to_multiple(12.5, 5) == 15 and to_multiple(2.4, 5) == 0


def rate(n, events):
    """Survival of n patients without a loss, of whom so many had the event; log-log limits."""
    s = 1 - events / n
    width = 1.96 * np.sqrt(events / (n * (n - events))) / abs(np.log(s)) if events else 0.0
    values = {"survival": s, "ci_low": s ** np.exp(width), "ci_high": s ** np.exp(-width), "n_risk": float(n - events)}
    return Result("survival.rate", values, dict.fromkeys(("survival", "ci_low", "ci_high"), "share"), endpoint="PFSR")


@pytest.mark.parametrize("n", (15, 20, 24, 31, 40, 63, 100, 200))
def test_a_share_of_a_curve_does_not_tell_how_few_events_came_before(n):
    """Of 20 patients 5 per cent are one: 0.80 would tell of four
    events. Whoever knows n lists what would be told alike.
    """
    told = {}
    for events in range(n):
        for kept in released([rate(n, events)], STEP):
            told.setdefault(tuple(kept.values.items()), []).append(events)
    assert told
    assert not [same for same in told.values() if len(same) == 1 and 0 < same[0] < STEP]


@pytest.fixture
def strict(monkeypatch):
    from tests.conftest import use_run

    use_run(monkeypatch, privacy="strict")


def test_no_form_of_a_frame_of_results_holds_a_number(strict):
    """A page asks IPython, and IPython asks pandas for every form that is not given."""
    from IPython.core.formatters import DisplayFormatter

    from rechallenge.run.execute import _hold_back
    from rechallenge.show.display import MIME, Numbers

    data, _ = DisplayFormatter().format(Numbers({"USUBJID": ["P59"], "AVAL": [7.162218]}))
    assert set(data) >= {MIME, "text/html", "text/plain"} and "7.16" not in str(data)
    import nbformat

    shown = {MIME: {"kind": "numbers", "rows": 0}, "text/plain": "Held back", "text/html": "<td>7.162218</td>"}
    output = nbformat.v4.new_output("display_data", data=shown)
    cell = nbformat.v4.new_code_cell("x", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    _hold_back(notebook)
    assert "7.16" not in str(notebook)


@pytest.mark.parametrize(
    "reason, told",
    [
        ("needs either arm for every patient: all 32 patients with Sex Male are in one arm", False),
        ("需要两臂: 全部32名患者", False),
        ("needs PFS1 and PD-L1 in the table adsl.", True),
    ],
)
def test_a_reason_for_what_is_missing_tells_no_count(strict, reason, told):
    from rechallenge.show.display import Missing

    assert (reason in str(Missing(reason)._repr_mimebundle_())) == told


def test_a_share_that_no_count_stands_behind_is_not_told_as_none():
    values = {"n": 60.0, "count": float("nan"), "share": 0.31, "ci_low": 0.2, "ci_high": 0.44}
    assert released([Result("paired.ratio_share", values, {}, method="Kaplan-Meier of the ratio, log-log")], STEP) == []


@pytest.mark.parametrize("privacy, until", [("shared", 11.5), ("strict", 7.0)])
def test_the_time_of_restricted_means_is_not_that_of_one_patient(write_cohort, monkeypatch, privacy, until):
    """Twelve patients, followed 0.5 to 11.5 months: five are at risk at 7.5, so at 7."""
    from rechallenge.cohort.cohort import load_cohort
    from rechallenge.derive.endpoints import derive_endpoints
    from rechallenge.sections.small_samples import mean_table
    from tests.conftest import use_run

    times = "".join(f"s{i},{i + 0.5},{i < 6:d}\n" for i in range(12))
    write_cohort(adsl="USUBJID,PFSR,PFSR_EVENT\n" + times)
    use_run(monkeypatch, privacy=privacy)
    results = mean_table(derive_endpoints(load_cohort("c"), ["PFSR"])).results
    assert [r["tau"] for r in results] == [until]


@pytest.mark.parametrize("profile, told", [("shared", "1 subject (the"), ("strict", "some subjects (the")])
def test_a_page_of_parts_tells_under_strict_not_how_many_are_in_none(write_cohort, tmp_path, profile, told):
    write_cohort("c", "title: T\nkind: patients\n")
    facts = _facts(["c"], "SEX", ["s1"], profile)
    assert told in write_index(tmp_path, [], facts).read_text(encoding="utf-8")


def test_the_page_of_a_batch_is_chinese_where_its_reports_are(tmp_path):
    from rechallenge.text.language import speaking

    facts = {"each": "", "cohort": "", "left_out": "", "untold": False}
    record = {"name": "c", "state": "bad", "title": "T", "kind": "Patients", "endpoint": "OS", "errors": []}
    record |= {"unavailable": ["Safety"], "digest": ""}
    with speaking("zh"):
        page = write_index(tmp_path, [record], facts).read_text(encoding="utf-8")
    body = re.sub("<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert "1 个队列" in body and "未能给出：安全性" in body and "无报告" in body
    assert set(re.findall("[A-Za-z]{3,}", body)) == {"Kaplan", "Meier", "PFSR", "ORR", "DCR", "results", "csv"}


def test_a_share_without_limits_shows_none():
    row = {"quantity": "response.rate", "variable": "ORR", "by": "APHASE", "group": "RECHALLENGE", "item": "ORR"}
    blank = dict.fromkeys(("section", "endpoint", "reference", "at", "landmark", "model", "free"), "")
    row |= blank | {"method": "Clopper-Pearson", "unit": ""}
    rows = [row | {"statistic": s, "value": v} for s, v in (("count", "15"), ("n", "30"), ("share", "0.5"))]
    assert [share["detail"] for share in read_numbers(rows)["shares"].values()] == [""]


def test_events_of_pseudo_patients_that_no_paper_prints_are_not_told_as_none():
    from rechallenge.run.task import _events_unknown

    blank = dict.fromkeys(("section", "by", "group", "variable", "reference", "at", "landmark", "model", "free"), "")
    row = blank | {"quantity": "survival.median", "endpoint": "OS", "item": "OS", "method": "log-log", "unit": ""}
    for events, median in (("0", "NR"), ("4", "9.1")):
        values = {"n": "13", "events": events, "median": median, "ci_low": "3.2", "ci_high": "NR"}
        rows = [row | {"statistic": s, "value": v, "unit": "months"} for s, v in values.items()]
        known, not_known = (read_numbers(rows, unknown)["times"]["OS"] for unknown in ((), ["OS"]))
        told = [" ".join((time["text"], time["detail"])) for time in (known, not_known)]
        assert "no event in 13" in told[0] or "4/13 events" in told[0]
        assert "number of events not printed (13 patients)" in told[1]
        assert "4/13" not in told[1] and "no event" not in told[1]
    assert _events_unknown("quzhou-2025") == ["PFSR", "OS"]
    assert _events_unknown("ncctg-lung") == []


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [False, True])
def test_what_leaves_as_literature_is_the_same_whatever_the_patients_are(pooled):
    """A rule that lets numbers out as they are lets out none that a patient of the cohort has moved."""
    from papercheck.literature.table import load_evidence
    from rechallenge.sections.series import rate_forest
    from rechallenge.sections.study_medians import medians_figure

    def told(orr, mpfs):
        own = {"study": "c", "cohort": "c", "pseudo": False, "n": 40, "orr_n": orr, "dcr_n": 37, "method": "log-log"}
        beside = pd.DataFrame([own | {"mpfs": mpfs, "mpfs_low": mpfs - 1, "mpfs_high": mpfs + 1}])
        evidence = load_evidence("rechallenge-review-2026")
        made = rate_forest(evidence, beside, "orr", pooled).results + medians_figure(evidence, beside).results
        assert any(r.quantity.startswith("beside.rate") for r in made)
        return [(r.quantity, r.level, dict(r.values)) for r in released(made, STEP)]

    assert repr(told(28, 6.4887)) == repr(told(9, 3.1)) != "[]"


def ratio(level, fewest, **more):
    values = {"n": 60.0, "events": 50.0, "hr": 1.9, "ci_low": 0.68, "ci_high": 5.6}
    place = {"variable": "SEX", "level": level, "reference": "M" if level else "", "fewest": fewest} | more
    return Result("hazard_ratio", values, {"hr": "ratio", "ci_low": "ratio", "ci_high": "ratio"}, **place)


def test_a_ratio_is_told_where_each_group_has_enough_events_and_somebody_counted_them():
    given = [ratio("F", 5.0), ratio("F", 4.0, variable="A"), ratio("F", float("nan"), variable="B"), ratio("", 0.0)]
    assert [r.fewest for r in released(given, 5)] == [5.0, 0.0]  # a ratio of a number compares no groups


def few_women(n, women):
    """60 patients of whom some are women, all with events at their own times."""
    rows = (f"Z{i},{50 + i % 30},{'F' if i < women else 'M'},{1 + (7 * i) % n},1" for i in range(n))
    return "\n".join(["USUBJID,AGE,SEX,PFSR,PFSR_EVENT", *rows, ""])


@pytest.mark.slow
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("women", [1, 4, 5, 30])
def test_no_interval_of_a_ratio_gives_the_events_of_a_small_group_back(write_cohort, strict, women, joint):
    """The variance of a log hazard ratio is about 1/e + 1/(E - e): who has the interval has e, the events of the fewer."""
    from rechallenge.cohort.cohort import load_cohort
    from rechallenge.derive.endpoints import derive_endpoints
    from rechallenge.sections.regression import cox_table, multivariable_model, univariable_models

    write_cohort(adsl=few_women(60, women))
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"])
    models = (multivariable_model if joint else univariable_models)(outcome, ["SEX", "AGE"])
    found = [r for r in cox_table(models).results if r.quantity == "hazard_ratio"]
    assert {r.variable for r in found} == {"SEX", "AGE"}
    told = {r.variable for r in released(found, 5)}
    assert told == ({"SEX", "AGE"} if women >= 5 else {"AGE"})

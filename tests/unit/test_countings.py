"""A print that differs is tried under other ways of counting times and patients, and the one that gives it is named."""

import numpy as np
import pandas as pd
import pytest

from papercheck.registry.registry import load_registry
from rechallenge.cohort.cohort import load_cohort
from rechallenge.replication.verdict import FAILED, REPRODUCED, replicate

DAYS = np.array([70, 211, 333, 480, 611, 755, 820, 901, 1100, 1333, 1500])
EVENT = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0])
YML = "title: T\nkind: patients\ndata_cutoff: 2026-12-31\n"
HEAD = "title: T\nn: 11\ntime_unit: months\nnumbers:\n"


def dated() -> str:
    start = pd.Timestamp(2020, 1, 1)
    last = [(start + pd.Timedelta(days=int(d) - 1)).date().isoformat() for d in DAYS]
    died = ["" if not e else d for d, e in zip(last, EVENT, strict=True)]
    rows = zip(range(11), died, last, strict=True)
    return "USUBJID,ASTDT_RECHALLENGE,DTHDT,LSTALVDT\n" + "".join(f"S{i},2020-01-01,{d},{a}\n" for i, d, a in rows)


def held(write_cohort, *printed, adsl=None, yml=YML):
    folder = write_cohort(yml=yml, adsl=adsl or dated())
    lines = "".join(f"  - {{id: e{i}, {entry}}}\n" for i, entry in enumerate(printed))
    (folder / "published.yml").write_text(HEAD + lines, encoding="utf-8")
    return replicate(load_registry("c"), load_cohort("c"))


def median_of(days, event) -> float:
    """The Kaplan-Meier median by a plain loop."""
    survival = 1.0
    for day, dead in sorted(zip(days, event, strict=True)):
        survival *= 1 - dead / sum(d >= day for d in days)
        if survival <= 0.5:
            return float(day)
    return np.inf


MEDIAN = median_of(DAYS, EVENT)
OF_DEAD = float(np.median(DAYS[EVENT == 1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "value, words",
    [
        (MEDIAN / 30, "months of 30 days"),
        ((MEDIAN - 1) / 30.4375, "the day of the start not counted"),
        ((MEDIAN - 1) / 30, "months of 30 days and the day of the start not counted"),
        (MEDIAN / 28, "months of 28 days"),
    ],
)
def test_a_convention_that_gives_the_print_is_named(write_cohort, value, words):
    row = held(
        write_cohort, f"statistic: median_survival, endpoint: OS, printed: [{{at: page 1, estimate: '{value:.2f}'}}]"
    ).iloc[0]
    assert row["status"] == REPRODUCED and row["recomputed"] == f"{value:.2f}"
    assert row["why"] == f"under {words}; as this cohort counts it is {MEDIAN / 30.4375:.2f}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "value, words",
    [(OF_DEAD / 30.4375, "every censored patient left out"), (OF_DEAD / 30, "months of 30 days and every censored"),
     (float(np.median(DAYS)) / 30.4375, "every censored patient counted as an event")],
)  # fmt: skip
def test_a_fault_that_gives_the_print_is_named_and_does_not_reproduce_it(write_cohort, value, words):
    row = held(
        write_cohort, f"statistic: median_survival, endpoint: OS, printed: [{{at: page 1, estimate: '{value:.2f}'}}]"
    ).iloc[0]
    assert row["status"] == FAILED and row["recomputed"] == f"{MEDIAN / 30.4375:.2f}"
    assert f"{value:.2f} comes back with {words}" in row["why"] and "no estimate of survival" in row["why"]


@pytest.mark.slow
def test_what_nothing_gives_stays_without_a_convention(write_cohort):
    row = held(
        write_cohort, "statistic: median_survival, endpoint: OS, printed: [{at: page 1, estimate: '77.77'}]"
    ).iloc[0]
    assert row["status"] == FAILED and "comes back" not in row["why"]


@pytest.mark.slow
def test_shares_and_follow_up_are_searched_too(write_cohort):
    reverse = median_of(DAYS, 1 - EVENT)
    rows = held(write_cohort, f"statistic: median_follow_up, endpoint: OS, printed: [{{at: page 1, estimate: '{reverse / 30:.2f}'}}]",
                f"statistic: longest, endpoint: OS, printed: [{{at: page 1, estimate: '{1500 / 30:.1f}'}}]")  # fmt: skip
    assert rows["status"].tolist() == [REPRODUCED] * 2 and rows["why"].str.startswith("under months of 30 days").all()


@pytest.mark.slow
def test_durations_in_days_become_months_of_another_length_and_those_in_months_do_not(write_cohort):
    texts = [f"S{i},{d},{e}\n" for i, (d, e) in enumerate(zip(DAYS, EVENT, strict=True))]
    printed = f"statistic: median_survival, endpoint: OS, printed: [{{at: page 1, estimate: '{MEDIAN / 30:.2f}'}}]"
    days = "title: T\ntime_unit: days\n"
    row = held(write_cohort, printed, adsl="USUBJID,OS,OS_EVENT\n" + "".join(texts), yml=days).iloc[0]
    assert row["status"] == REPRODUCED and "months of 30 days" in row["why"]
    months = "".join(f"S{i},{d / 30.4375:.4f},{e}\n" for i, (d, e) in enumerate(zip(DAYS, EVENT, strict=True)))
    row = held(write_cohort, printed, adsl="USUBJID,OS,OS_EVENT\n" + months, yml="title: T\ntime_unit: months\n").iloc[
        0
    ]
    assert row["status"] == FAILED and "30 days" not in row["why"]


def test_another_rule_of_the_median_where_the_curve_rests_on_a_half(write_cohort):
    adsl = "USUBJID,OS,OS_EVENT\n" + "".join(f"S{t},{t},1\n" for t in (1, 2, 4, 7))
    rows = held(write_cohort, *(f"statistic: median_survival, endpoint: OS, printed: [{{at: page 1, estimate: '{v}'}}]" for v in ("3.0", "2.0", "4.0")),
                adsl=adsl, yml="title: T\ntime_unit: months\n")  # fmt: skip
    assert rows["status"].tolist() == [REPRODUCED] * 3
    assert [w.split(";")[0] for w in rows["why"]] == [
        "",
        "under first time with S(t) ≤ 0.5",
        "under first time with S(t) < 0.5",
    ]


@pytest.mark.slow
def test_a_one_sided_p_is_half_of_the_two_sided_one_and_only_where_the_print_says_so(write_cohort):
    # R survival 3.x: survdiff(Surv(c(2,4,5,9,1,3,3.5,6), c(1,1,0,1,1,1,1,1)) ~ SEX) has chi2 1.42045984, P 0.23332773
    adsl = "USUBJID,SEX,OS,OS_EVENT\n" + "".join(
        f"S{i},{'M' if i < 4 else 'F'},{t},{int(i != 2)}\n" for i, t in enumerate((2, 4, 5, 9, 1, 3, 3.5, 6))
    )

    def found(printed, method):
        log_rank = f"statistic: log_rank, endpoint: OS, by: SEX, printed: [{{at: T, p: '{printed}', method: {method}}}]"
        return held(write_cohort, log_rank, adsl=adsl, yml="title: T\nkind: patients\ntime_unit: months\n").iloc[0]

    two = found("0.001", "log-rank")["value"]
    assert two == pytest.approx(0.23332773, abs=1e-8)
    assert found(f"{two:.4f}", "log-rank")["status"] == REPRODUCED
    assert found(f"{two / 2:.4f}", "one-sided")["status"] == REPRODUCED
    assert found(f"{two / 2:.4f}", "log-rank")["status"] == found(f"{two:.4f}", "one-sided")["status"] == FAILED
    other = found(f"{1 - two / 2:.4f}", "one-sided log-rank")
    assert other["status"] == REPRODUCED and "against the direction of the estimate" in other["why"]

"""The three sentences on top of a report: every number from the ledger, and no claim where it is missing."""

import re

import pytest

from rechallenge.run.answer import answer
from tests.conftest import use_run


def row(item, statistic, value, by="", group="", unit="", method=""):
    return {
        "section": "s",
        "item": item,
        "by": by,
        "group": group,
        "statistic": statistic,
        "value": value,
        "unit": unit,
        "method": method,
    }


def median(item, values, by="", group="", unit="months", method="log-log"):
    names = ("n", "events", "median", "ci_low", "ci_high")
    units = ("subjects", "events", unit, unit, unit)
    return [row(item, s, v, by, group, u, method) for s, v, u in zip(names, values, units, strict=True)]


def rate(item, values, phase="RECHALLENGE"):
    names = ("count", "n", "share", "ci_low", "ci_high")
    return [row(item, s, v, "APHASE", phase, "", "Clopper-Pearson") for s, v in zip(names, values, strict=True)]


def pool(item, group, values):
    return [row(item, s, v, "pool", group) for s, v in zip(("estimate", "ci_low", "ci_high", "k"), values, strict=True)]


PFS = "Progression-free survival"
BOTH = [
    *median(PFS, (13, 13, 5.97, 2.56, 10.11), "PARAMCD", "PFS1"),
    *median(PFS, (13, 11, 2.9, 1.68, "NR"), "PARAMCD", "PFSR"),
    *median(PFS, (13, 11, 99, 99, 99), "PARAMCD", "PFSR", method="spss"),
]
RATES = [
    *rate("ORR", (13, 13, 1, 0.75, 1), "INITIAL"),
    *rate("ORR", (0, 13, 0, 0, 0.247)),
    *rate("DCR", (8, 13, 0.615, 0.316, 0.861)),
]
TRIALS = [
    *pool("synthesis os", "common", (0.919, 0.834, 1.013, 8)),
    *pool("synthesis pfs", "common", (0.891, 0.802, 0.990, 6)),
]


class Cohort:
    """Only the labels of the arms."""

    def factor(self, name):
        return type("Factor", (), {"levels": {"A": "old", "B": "new"}})


def test_both_courses_response_and_what_stays_open():
    first, second, third = answer(BOTH + RATES, Cohort())
    assert first == (
        "Median PFS was 2.90 months (95% CI 1.68–NR, log-log; 11/13 events) on rechallenge"
        " and 5.97 months (95% CI 2.56–10.11, log-log; 13/13 events) on the first ICI course."
    )
    assert second == (
        "On rechallenge 0/13 (0.0%; 95% CI 0.0–24.7%, Clopper-Pearson) responded"
        " and 8/13 (61.5%; 95% CI 31.6–86.1%, Clopper-Pearson) had their disease controlled."
    )
    assert third == (
        "Uncertain at n = 13: the interval of the median PFS reaches from 1.68 months to no upper limit and that of the"
        " response rate from 0.0% to 24.7%; without a control the cohort cannot show what rechallenge adds."
    )


def test_trials_with_a_control_stand_beside_the_cohort():
    assert answer(BOTH + TRIALS, Cohort())[-1].endswith(
        "(randomised trials, pooled hazard ratio, common effect: 0.89 for PFS, 95% CI 0.80–0.99, 6 trials"
        " and 0.92 for OS, 95% CI 0.83–1.01, 8 trials)."
    )


def test_what_the_report_lacks_is_not_claimed():
    assert answer([], Cohort()) == [] and answer([]) == []
    (first, second) = answer(median("PFSR", (14, 10, 11.7, 2.3, 13)), Cohort())
    assert first.endswith("the report has none of the first ICI course.") and "response" not in second
    (alone,) = answer(median("OS", (228, 165, 310, 285, 361), unit="days"), Cohort())
    assert alone == (
        "Median overall survival was 310 days (95% CI 285–361, log-log; 165/228 events);"
        " the report has no PFS on rechallenge."
    )
    (response, uncertain) = answer(RATES, Cohort())
    assert response.startswith("On rechallenge 0/13") and "PFS" not in uncertain


@pytest.mark.parametrize(
    "values, words",
    [
        ((13, 0, "NR", "NE", "NE"), "without an event in 13 patients"),
        ((40, 8, "NR", 21.8, "NR"), "not reached (95% CI 21.80–NR"),
    ],
)
def test_medians_at_the_edge(values, words):
    assert words in answer(median("PFSR", values), Cohort())[0]


def test_a_landmark_is_said():
    late = median("PFSR from 3 months on", (9, 5, 2.9, 1.7, 4))
    assert answer(late, Cohort())[0].endswith("Times count from the landmark, 3 months after the start.")
    assert "landmark" not in answer(BOTH, Cohort())[0]


def test_the_arms_are_compared_by_the_most_adjusted_model_and_a_free_choice_is_said():
    rows = [*median("PFSR", (101, 60, 7.1, 6.9, 11.49))]
    free = "; a free choice of the reconstruction"
    for model, hr in (("unadjusted", 0.541), ("weighted", 0.5), ("weighted, bootstrap", 0.503)):
        for statistic, value in zip(("hr", "ci_low", "ci_high"), (hr, 0.295, 0.86), strict=True):
            rows.append(row(model, statistic, value, "ARM", "B", "ratio", f"Cox{free}"))
    said = answer(rows, Cohort())[1]
    assert said == (
        "PFS on rechallenge, new against old: HR 0.50 (95% CI 0.30–0.86, weighted, bootstrap);"
        " its covariates are a free choice of the reconstruction."
    )
    assert "free choice" not in answer([r | {"method": "Cox"} if r["by"] == "ARM" else r for r in rows], Cohort())[1]


def test_a_study_without_patients_is_answered_by_the_trials():
    series = [
        row("synthesis orr", s, v, "pool of series", "GLMM")
        for s, v in (("estimate", 0.1038), ("ci_low", 0.0741), ("ci_high", 0.1436), ("k", 18))
    ]
    random = pool("synthesis os", "REML HK", (0.919, 0.818, 1.033, 8))
    said = answer(TRIALS + series + random)
    assert said == [
        "Randomised trials of rechallenge against a control, pooled hazard ratio, common effect: 0.89 for PFS, 95% CI 0.80–0.99,"
        " 6 trials and 0.92 for OS, 95% CI 0.83–1.01, 8 trials.",
        "In 18 single-arm studies 10.4% of the patients responded (95% CI 7.4–14.4%, random-intercept logistic model).",
        "Uncertain with few trials: with random effects (REML, Hartung-Knapp) the 95% CI is 0.82–1.03 for OS.",
    ]


def test_the_chinese_sentences_hold_the_same_numbers(monkeypatch):
    english = answer(BOTH + RATES + TRIALS, Cohort())
    use_run(monkeypatch, language="zh")
    chinese = answer(BOTH + RATES + TRIALS, Cohort())
    for one, other in zip(english, chinese, strict=True):
        assert sorted(re.findall(r"\d[\d.]*", one)) == sorted(re.findall(r"\d[\d.]*", other))


def test_every_number_of_the_sentences_of_the_default_cohort_is_in_its_key_results(browserless_page):
    sentences, box = browserless_page
    assert len(sentences) == 3
    for value in re.findall(r"\d+\.\d+(?:–\d+\.\d+)?", " ".join(sentences[:2])):
        assert value in box, value


@pytest.fixture
def browserless_page(reports):
    html = (reports["quzhou-2025"] / "report.html").read_text(encoding="utf-8")
    top = html[html.index('class="answer"') : html.index('id="section-01"')]
    said, box = top.split("</div>", 1)
    return re.findall(r"<p>(.*?)</p>", said), box

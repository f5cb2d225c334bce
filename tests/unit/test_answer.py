"""The three sentences on top of a report: every number from the ledger, and no claim where it is missing."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from rechallenge.results import Result
from rechallenge.run.answer import answer
from rechallenge.text.language import speaking

INF, NAN = float("inf"), float("nan")


def median(endpoint, values, by="", unit="months", method="log-log", **more):
    found = dict(zip(("n", "events", "median", "ci_low", "ci_high"), values, strict=True))
    units = {"n": "subjects", "events": "events"} | dict.fromkeys(("median", "ci_low", "ci_high"), unit)
    place = {"endpoint": endpoint, "by": by, "level": endpoint if by else "", "method": method}
    return [Result("survival.median", found, units, **place, **more)]


def rate(name, values, phase="RECHALLENGE"):
    found = dict(zip(("count", "n", "share", "ci_low", "ci_high"), values, strict=True))
    return [Result("response.rate", found, by="APHASE", level=phase, variable=name, method="Clopper-Pearson")]


def pool(outcome, model, values):
    found = dict(zip(("estimate", "ci_low", "ci_high", "k"), values, strict=True))
    return [Result("literature.pool", found, by="pool", level=model, model=model, variable=outcome)]


BOTH = [
    *median("PFS1", (13, 13, 5.97, 2.56, 10.11), "PARAMCD"),
    *median("PFSR", (13, 11, 2.9, 1.68, INF), "PARAMCD"),
    *median("PFSR", (13, 11, 99, 99, 99), "PARAMCD", method="spss"),
]
RATES = [
    *rate("ORR", (13, 13, 1, 0.75, 1), "INITIAL"),
    *rate("ORR", (0, 13, 0, 0, 0.247)),
    *rate("DCR", (8, 13, 0.615, 0.316, 0.861)),
]
TRIALS = [
    *pool("os", "common", (0.919, 0.834, 1.013, 8)),
    *pool("pfs", "common", (0.891, 0.802, 0.990, 6)),
]


class Cohort:
    """Only the labels of the arms, and whose patients they are."""

    def __init__(self, kind="patients", name="hospital"):
        self.meta = SimpleNamespace(kind=kind, name=name, confirmed=SimpleNamespace(course=""))

    def factor(self, name):
        return type("Factor", (), {"levels": {"A": "old", "B": "new"}})


def test_both_courses_response_and_what_stays_open():
    first, second, third = answer(BOTH + RATES, Cohort())
    assert (
        first == "Median PFS was 2.90 months (95% CI 1.68–NR; 11 of 13 with an event) on rechallenge"
        " and 5.97 months (95% CI 2.56–10.11; 13 of 13 with an event) on the first ICI course."
    )
    assert (
        second == "On rechallenge 0 of 13 (0.0%; 0.0–24.7%) responded"
        " and 8 of 13 (61.5%; 31.6–86.1%) had their disease controlled."
    )
    assert (
        third
        == "Uncertain at n = 13: the interval of the median PFS reaches from 1.68 months to no upper limit and that"
        " of the"
        " response rate from 0.0% to 24.7%; without a control the cohort cannot show what rechallenge adds."
    )


def test_what_stays_open_names_the_patients_of_each_interval():
    said = answer([*BOTH, *rate("ORR", (0, 20, 0, 0, 0.168))], Cohort())[-1]
    assert said.startswith("Uncertain at n = 13 (PFS) and 20 (response): the interval of the median PFS")


def test_a_response_rate_alone_is_a_sentence_of_its_own():
    said = answer(RATES, Cohort())[-1]
    assert said.startswith("Uncertain at n = 13: the interval of the response rate reaches from 0.0% to 24.7%;")


def test_trials_with_a_control_stand_beside_the_cohort():
    assert answer(BOTH + TRIALS, Cohort())[-1].endswith(
        "(HR for PFS 0.89 (95% CI 0.80–0.99) with a common effect, 6 trials"
        "; HR for OS 0.92 (95% CI 0.83–1.01) with a common effect, 8 trials)."
    )


def test_what_the_report_lacks_is_not_claimed():
    assert answer([], Cohort()) == [] and answer([]) == []
    first, second = answer(median("PFSR", (14, 10, 11.7, 2.3, 13)), Cohort())
    assert first.endswith("the report has none of the first ICI course.") and "response" not in second
    alone, open_ = answer(median("OS", (228, 165, 310, 285, 361), unit="days"), Cohort())
    assert open_.startswith("Uncertain at n = 228: the interval of the median overall survival reaches from 285 to 361")
    assert (
        alone == "Median overall survival was 310 days (95% CI 285–361; 165 of 228 with an event);"
        " the report has no PFS on rechallenge."
    )
    response, uncertain = answer(RATES, Cohort())
    assert response.startswith("On rechallenge 0 of 13") and "PFS" not in uncertain


@pytest.mark.parametrize("lacking", [(), ("DCR",), ("ORR",), ("ORR", "DCR")])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_strict_holds_back_is_not_said_and_ends_no_report(lacking, language):
    """Counts come without intervals there, and either rate may be held back alone."""
    told = [
        replace(r, values={k: v for k, v in r.values.items() if not k.startswith("ci_")})
        for r in RATES
        if r.variable not in lacking
    ]
    with speaking(language):
        said = " ".join(answer(BOTH + told, Cohort()))
    assert "NE" not in said and "nan" not in said and ("0.0%" in said) == ("ORR" not in lacking)
    assert ("61.5%" in said) == (not lacking)  # control alone, without response, is not told


@pytest.mark.parametrize(
    "values, words",
    [
        ((13, 0, INF, NAN, NAN), "was not reached (0 of 13 with an event)"),
        ((15, 1, INF, INF, INF), "was not reached (1 of 15 with an event)"),
        ((1, 1, 5.0, NAN, NAN), "was 5.00 months (1 of 1 with an event)"),
        ((40, 8, INF, 21.8, INF), "not reached (95% CI 21.80–NR"),
    ],
)
def test_medians_at_the_edge(values, words):
    assert words in answer(median("PFSR", values), Cohort())[0]


def test_a_number_of_events_that_the_paper_does_not_print_is_not_said_to_be_none():
    said = answer(
        [*median("PFSR", (13, 11, 2.9, 1.7, 4)), *median("OS", (13, 0, INF, NAN, NAN))], Cohort("pseudo", "quzhou-2025")
    )
    assert "Median overall survival was not known (n = 13; the number of events is not printed)" in " ".join(said)
    assert "no event" not in " ".join(said)


OS = median("OS", (20, 14, 13.2, 4.8, 15))


def test_survival_stands_beside_the_response_where_it_is_known():
    said = answer([*BOTH, *OS, *RATES], Cohort())
    lived = "; median overall survival was 13.20 months (95% CI 4.80–15.00; 14 of 20 with an event)."
    assert len(said) == 3 and said[1].endswith(f"had their disease controlled{lived}")
    none = answer([*BOTH, *median("OS", (18, 0, INF, NAN, NAN)), *RATES], Cohort())[1]
    assert none.endswith("; median overall survival was not reached (0 of 18 with an event).")
    unprinted = [*BOTH, *median("OS", (13, 0, INF, NAN, NAN)), *RATES]
    assert "survival" not in answer(unprinted, Cohort("pseudo", "quzhou-2025"))[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_first_course_is_told_in_three_sentences_with_their_intervals(language):
    cohort = Cohort()
    cohort.meta.confirmed.course = "first course"
    first = [*median("PFS1", (20, 18, 6, 4, 8)), *OS]
    rates = [*rate("ORR", (5, 21, 0.238, 0.08, 0.47), "INITIAL"), *rate("DCR", (9, 21, 0.43, 0.2, 0.6), "INITIAL")]
    with speaking(language):
        said = answer([*first, *rates], cohort)
        alone = answer(OS, cohort)
    assert len(said) == 3 and "13.20" in said[1] and "4.00" in said[2] and "8.0%" in said[2] and "21" in said[2]
    assert len(alone) == 2 and "15.00" in alone[0] and "4.80" in alone[1]


def test_a_landmark_is_said():
    late = median("PFSR", (9, 5, 2.9, 1.7, 4), landmark=3.0)
    assert answer(late, Cohort())[0].endswith("Times count from the landmark, 3 months after the start.")
    assert "landmark" not in answer(BOTH, Cohort())[0]


def test_the_arms_are_compared_by_the_most_adjusted_model_and_never_by_a_free_choice():
    rows = [*median("PFSR", (101, 60, 7.1, 6.9, 11.49))]
    for model, hr in (("unadjusted", 0.541), ("weighted", 0.5), ("weighted, bootstrap", 0.503)):
        values = {"hr": hr, "ci_low": 0.295, "ci_high": 0.86}
        place = {"by": "ARM", "level": "B", "reference": "A", "endpoint": "PFSR"}
        rows.append(Result("effect.hazard_ratio", values, model=model, free=model != "unadjusted", **place))
    said = answer(rows, Cohort())[1]
    assert said == "PFS on rechallenge, new against old: HR 0.50 (95% CI 0.30–0.86, weighted, bootstrap)."
    said = " ".join(answer(rows, Cohort("pseudo", "nowhere")))
    assert "HR 0.54 in these pseudo-patients" in said and "0.50" not in said and "0.86" not in said
    assert "7.10 months in these pseudo-patients (60 of 101 with an event)" in said and "printed" not in said
    said = " ".join(answer([replace(r, free=True) for r in rows], Cohort("pseudo", "nowhere")))
    assert "new against old" not in said


def test_a_study_without_patients_is_answered_by_the_trials():
    values = {"estimate": 0.1038, "ci_low": 0.0741, "ci_high": 0.1436, "k": 18}
    series = [Result("literature.rate_pool", values, variable="orr", by="pool of series", level="GLMM", model="GLMM")]
    random = pool("os", "REML HK", (0.919, 0.818, 1.033, 8))
    said = answer(TRIALS + series + random)
    assert said == [
        (
            "Randomised trials after an ICI, most of PD-(L)1-based combinations against standard treatment: HR for PFS 0.89"
            " (95% CI 0.80–0.99) with a common effect, 6 trials; HR for OS 0.92 (95% CI 0.83–1.01) with a common"
            " effect, 0.92 (0.82–1.03) with random effects, 8 trials."
        ),
        (
            "Over 18 single arms of the literature the response rate pools to 10.4% (95% CI 7.4–14.4%,"
            " random-intercept logistic model)."
        ),
    ]


def test_a_share_that_rests_on_a_free_pairing_is_not_said():
    values = dict(zip(("n", "count", "share", "ci_low", "ci_high"), (13, 3, 0.231, 0.05, 0.538), strict=True))
    ratio = Result("paired.ratio_share", values, reference="1.33", method="Clopper-Pearson")
    assert "at least 1.33 times" in answer([*BOTH, ratio], Cohort())[1]
    assert not any("1.33" in sentence for sentence in answer([*BOTH, replace(ratio, free=True)], Cohort()))


def test_the_chinese_sentences_hold_the_same_numbers():
    english = answer(BOTH + RATES + TRIALS, Cohort())
    with speaking("zh"):
        chinese = answer(BOTH + RATES + TRIALS, Cohort())
    assert chinese != english
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
    top = html[html.index('class="answer"') : html.index('id="section-study-population"')]
    said, box = top.split("</div>", 1)
    return re.findall(r"<p>(.*?)</p>", said), box


def test_an_arm_that_is_a_group_of_another_column_has_its_labels(write_cohort):
    from rechallenge.cohort.cohort import load_cohort
    from rechallenge.run.build import _facts
    from rechallenge.run.collect import SectionContent

    arm = "factors:\n  ARM: {from: SEX, map: {M: A, F: B}, levels: {A: old, B: new}}\ntreatment: ARM\n"
    write_cohort(yml="title: Test\nkind: public\ntime_unit: months\nprimary_endpoint: PFSR\n" + arm)
    place = {"by": "ARM", "level": "B", "reference": "A", "model": "weighted"}
    ratio = Result("effect.hazard_ratio", {"hr": 0.5, "ci_low": 0.2, "ci_high": 0.9}, endpoint="PFSR", **place)
    content = SectionContent("09_arms", "Arms", [], results=[*median("PFSR", (4, 3, 2.5, 1, INF)), ratio])
    assert any("new" in s and "old" in s for s in _facts([], {}, [content], load_cohort("c"))["answer"])

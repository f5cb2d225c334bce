"""The grammar of printed results: each form of the field, in its parts, and what is no result."""

import pytest

from papercheck.reading.claims import Study, read_sentence
from papercheck.reading.document import Sentence
from papercheck.reading.forms import find_forms
from papercheck.reading.signs import plain
from papercheck.registry.number_words import in_digits

PARTS = [
    (
        "2.79 months (95% CI, 0.92–6.44)",
        {"value": "2.79", "low": "0.92", "high": "6.44", "level": "95", "unit": "months"},
    ),
    ("2·90 months (90% CI 1·97 to 3·83)", {"value": "2.90", "low": "1.97", "high": "3.83", "level": "90"}),
    ("中位PFS为2.9个月（95%CI 1.97～3.83）", {"value": "2.9", "low": "1.97", "high": "3.83", "unit": "个月"}),
    ("9/13 (69.2%)", {"n": "9", "total": "13", "percent": "69.2"}),
    ("67.7% (21/31)", {"n": "21", "total": "31", "percent": "67.7"}),
    ("28 of 52 (53.8%)", {"n": "28", "total": "52", "percent": "53.8"}),
    ("(n = 2, 3.8%)", {"n": "2", "percent": "3.8"}),
    ("71.4% (n = 10)", {"n": "10", "percent": "71.4"}),
    ("66.9 ± 9.0 years", {"value": "66.9", "sd": "9.0"}),
    (
        "12.4 (range 4.1–25.5; IQR 6.9–17.5) months",
        {"value": "12.4", "rlow": "4.1", "rhigh": "25.5", "qlow": "6.9", "qhigh": "17.5"},
    ),
    ("HR=1.47 (0.72-2.97)", {"value": "1.47", "low": "0.72", "high": "2.97", "label": "HR"}),
    (
        "hazard ratio for death, 0.62; 90% CI, 0.45 to 0.83",
        {"value": "0.62", "low": "0.45", "high": "0.83", "level": "90"},
    ),
    ("HR: 0.50, 95% CI: 0.27-0.91", {"value": "0.50", "low": "0.27", "high": "0.91"}),
    ("P<.001", {"value": ".001", "operator": "<"}),
    ("79.7% (64.3–89.0)", {"percent": "79.7", "low": "64.3", "high": "89.0"}),
    ("not reached (NR; 95% CI 17.1–NE)", {"value": "not reached", "low": "17.1", "high": "NE"}),
    ("5.2 (95%CI: 3.6 to 6.8) months", {"value": "5.2", "low": "3.6", "high": "6.8", "level": "95"}),
]


@pytest.mark.parametrize(("text", "parts"), PARTS, ids=[t for t, _ in PARTS])
def test_a_form_is_read_in_its_parts(text, parts):
    text = plain(text)
    assert any(all(form.text(text, k) == v for k, v in parts.items()) for form in find_forms(text))


def readings(text, arms=()):
    return [
        (r.statistic, r.endpoint, r.patients, r.operator + r.value, r.low, r.high)
        for r in read_sentence(Sentence(text, "results", ("Results",)), Study(arms=list(arms)))
    ]


def test_two_numbers_go_to_the_two_arms_in_order():
    found = readings(
        "Median PFS was 5.2 vs 2.8 months (HR 0.50, 95% CI 0.27-0.91; P = 0.024).", ["Combination", "Chemotherapy"]
    )
    assert found == [
        ("median_survival", "PFS", "Combination", "5.2", "", ""),
        ("median_survival", "PFS", "Chemotherapy", "2.8", "", ""),
        ("hazard_ratio", "PFS", "Combination vs Chemotherapy", "0.50", "0.27", "0.91"),
        ("p", "PFS", "Combination vs Chemotherapy", "0.024", "", ""),
    ]


def test_a_list_of_times_divides_rates():
    found = readings("The 6- and 12-month PFS rates were 57.5% and 36.9%; the 1-year OS rate was 79.7% (64.3–89.0).")
    assert [(e, v) for s, e, _, v, *_ in found if s == "survival_rate"] == [
        ("PFS at 6 months", "57.5"), ("PFS at 12 months", "36.9"), ("OS at 12 months", "79.7"),
    ]  # fmt: skip


def test_limits_doses_and_names_are_no_results():
    for text in (
        "Patients received 240 mg every 2 weeks.",
        "Toxicity of grade 3 or higher was managed with steroids.",
        "Patients had a PFS of at least 6 months.",
        "See Table 2 and Figure 3.",
    ):
        assert not readings(text), text


def test_not_significant_in_words_is_a_reading_in_the_papers_words():
    assert readings("By sex, PFS did not differ significantly.") == [
        ("p", "PFS", "male vs female", "did not differ significantly", "", "")
    ]


@pytest.mark.parametrize(
    "text, digits", [("Fifty-two", "52"), ("a hundred and four", "104"), ("两", "2"), ("none", "0"), ("n = 3", "n = 3")]
)
def test_a_number_in_words_is_its_digits(text, digits):
    assert in_digits(text) == digits

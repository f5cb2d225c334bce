"""Rounding and wording."""

import re
from pathlib import Path

import numpy as np
import pytest

import rechallenge.sections
from rechallenge.text import words
from rechallenge.text.language import speaking


@pytest.mark.parametrize(
    "value, decimals, text",
    [(2.675, 2, "2.68"), (0.5, 0, "1"), (1.5, 0, "2"), (2.5, 0, "3"), (-0.004, 2, "0.00"), (30.0317, 3, "30.032"), (5.97, 2, "5.97"),
     (np.inf, 2, "NR"), (np.nan, 2, "NE"), (1e6, 0, "1000000")],
)  # fmt: skip
def test_numbers_round_half_up_and_keep_their_zeros(value, decimals, text):
    assert words.rounded(value, decimals) == text


def test_a_ratio_without_bound_is_infinite_and_a_count_of_thousands_has_its_comma():
    assert words.ratio_with_interval(np.inf, 3.86, np.inf, 2) == "∞ (3.86–∞)" and words.ratio(1500) == ">1,000"
    assert [words.plural(n, "resample") for n in (1, 999, 1326)] == ["1 resample", "999 resamples", "1,326 resamples"]


@pytest.mark.parametrize("language, said", [("en", "0: 3.42 (2.17–5.65); 1: NR"), ("zh", "0：3.42 (2.17–5.65)；1：NR")])
def test_a_level_that_is_a_number_stands_apart_from_its_median(language, said):
    with speaking(language):
        assert words.labelled([("0", "3.42 (2.17–5.65)"), ("1", "NR")]) == said


@pytest.mark.parametrize(
    "p, text",
    [(0.0004, "<0.001"), (0.0005, "0.001"), (0.0445, "0.045"), (0.9996, ">0.999"), (1.0, ">0.999"), (np.nan, "NE")],
)
def test_p_has_three_decimals(p, text):
    assert words.p_value(p) == text


@pytest.mark.parametrize(
    "phrase, en, zh", [("9 find both", "9 find both.", "9 find both。"), ("all 13 of them.",) * 3, ("是否一致？",) * 3]
)
def test_a_phrase_that_stands_as_a_sentence_has_one_full_stop(phrase, en, zh):
    assert words.sentence(phrase) == en[:1].upper() + en[1:]
    with speaking("zh"):
        assert words.sentence(phrase) == zh[:1].upper() + zh[1:]


def test_intervals_say_not_reached_and_not_estimable():
    assert words.with_interval(2.9, 1.97, 3.83) == "2.90 (1.97–3.83)"
    assert words.with_interval(2.9, 1.68, np.inf) == "2.90 (1.68–NR)"
    assert words.with_interval(np.inf, np.inf, np.inf) == "NR"
    assert words.with_interval(np.inf, np.nan, np.nan) == "NR (NE)"
    assert words.with_interval(np.nan, np.nan, np.nan) == "NE"


def test_an_interval_with_a_negative_limit_is_not_written_with_a_dash():
    assert words.with_interval(-2.34, -5.51, 0.83) == "-2.34 (-5.51 to 0.83)"


def test_percentages_round_half_up_from_the_exact_fraction():
    assert [words.percent_of(*p) for p in ((23, 80), (1, 80), (3, 80), (8, 13), (1, 13))] == [
        "28.8",
        "1.3",
        "3.8",
        "61.5",
        "7.7",
    ]


def test_counts_with_percent():
    assert [words.count_percent(8, 13), words.count_percent(0, 13), words.count_percent(0, 0)] == ["8 (61.5)", "0", "0"]


def test_few_comparisons_are_listed_and_of_many_none_is_chosen_by_its_p():
    lines = [(f"by {i}", "text", p) for i, p in enumerate([0.9, 0.04, np.nan, 0.2])]
    assert words.key_comparisons(lines, "OS") == [(f"by {i}", "text") for i in range(4)]
    ((label, text),) = words.key_comparisons([*lines, ("by 4", "text", 0.3)], "OS by subgroup")
    assert label == "OS by subgroup" and text.startswith("5 comparisons, P = 0.040 to 0.900, not adjusted")


def test_no_section_shows_the_limits_of_a_hazard_ratio_beyond_what_a_reader_can_use():
    """A model of few events gives 8.67 (0.00-347548.53): every section lets one function write a ratio."""
    assert words.ratio_with_interval(8.67, 0.0002, 347548.53, 2) == "8.67 (<0.01–>1,000)"
    bare = re.compile(r"(?<!ratio_)with_interval\([^()]*\bhr\b")
    files = sorted(Path(rechallenge.sections.__file__).parent.glob("*.py"))
    assert len(files) > 40 and [f.name for f in files if bare.search(f.read_text(encoding="utf-8"))] == []


def test_what_holds_a_comma_is_listed_with_semicolons():
    assert words.listed(["SITC 2020, single agent", "Xu 2023", "HUDSON"]) == "SITC 2020, single agent; Xu 2023; HUDSON"
    assert words.listed(["A", "B", "1,000"]) == "A, B and 1,000" and words.listed(["A, B"]) == "A, B"

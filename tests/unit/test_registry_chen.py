"""Registries of Chen 2025 and of the review of trials: what the papers print is in them, place by place."""

from collections import Counter
from fractions import Fraction

import pytest

from papercheck.registry.printed import as_written, read_printed, roundings_that_print
from papercheck.registry.registry import load_registry
from rechallenge.cohort import CohortError

# Counted by hand in the paper: how many numbers stand at a place. An interval is one, count and percent are two, a
# number that a section repeats is one.
COUNTED = {
    "Abstract": 9,
    "Text, Statistical analysis": 1,
    "Text, Patient characteristics": 38,
    "Text, Immunotherapy regimen": 8,
    "Text, Clinical effect": 28,
    "Text, Toxicity evaluation": 8,
    "Discussion": 12,
    "Figure 1 caption": 6,
    "Table 1": 45,
    "Table 2": 22,
    "Table 3": 73,
    "Table 4": 16,
}

PRINTED = [  # entry, part, printed, one of its places
    ("age_mean", "estimate", "66.143", "Table 1"),
    ("age_median", "estimate", "66.1", "Text, Patient characteristics"),
    ("adenosquamous", "percent", "7.2", "Table 1"),
    ("ecog_2", "percent", "7.2", "Table 1"),
    ("brain_metastasis", "percent", "7.1", "Table 1"),
    ("same_ici_no", "count", "4", "Text, Immunotherapy regimen"),
    ("same_ici_no", "percent", "28.6", "Text, Immunotherapy regimen"),
    ("same_ici_no", "count", "6", "Table 2"),
    ("same_ici_no", "percent", "42.9", "Table 2"),
    ("pfsr_median", "ci", "6.399–17.001", "Figure 1 caption"),
    ("pfsr_longest", "estimate", "14.7", "Text, Clinical effect"),
    ("pfsr_median_male", "estimate", "11.70", "Table 3"),
    ("pfsr_median_age_over_65", "ci", "NA", "Table 3"),
    ("pfsr_median_adenocarcinoma", "estimate", "11.3", "Table 3"),
    ("pfsr_median_squamous", "ci", "11.280–13.520", "Table 3"),
    ("pfsr_median_pdl1_positive", "estimate", "13.0", "Abstract"),
    ("pfsr_median_pdl1_positive", "ci", "4.86–21.140", "Text, Clinical effect"),
    ("pfsr_median_pdl1_negative_or_unknown", "ci", "0–22.39", "Table 3"),
    ("pfsr_log_rank_stage", "p", "0.82", "Table 3"),
    ("pfsr_log_rank_pdl1", "p", "0.048", "Abstract"),
    ("dose_kept", "percent", "92.9", "Discussion"),
    ("immune_related_1_2", "percent", "21.4", "Discussion"),
    ("significance", "value", "<0.05", "Text, Statistical analysis"),
]


@pytest.fixture(scope="module")
def chen():
    return load_registry("chen-2025")


def entry(registry, name):
    return next(e for e in registry.entries if e.id == name)


def number(registry, name, part="count"):
    (cell,) = entry(registry, name).printed(part)
    return float(cell.text)


def test_the_registry_holds_every_entry_and_cell(chen):
    assert (chen.n, len(chen.entries), len(chen.frame())) == (14, 111, 184)


@pytest.mark.parametrize("place", COUNTED)
def test_as_many_numbers_stand_at_a_place_as_the_paper_prints_there(chen, place):
    assert Counter(at for e in chen.entries for cell in e.cells for at in cell.at)[place] == COUNTED[place]


def test_no_number_stands_at_a_place_that_the_paper_does_not_have(chen):
    assert {at for e in chen.entries for cell in e.cells for at in cell.at} == set(COUNTED)


@pytest.mark.parametrize(("name", "part", "text", "place"), PRINTED)
def test_a_printed_number_stands_with_its_zeros_and_its_place(chen, name, part, text, place):
    found = entry(chen, name).printed(part)
    assert [cell.shown for cell in found if cell.shown == text and place in cell.at] == [text]


def test_the_survival_numbers_of_the_paper_are_76(chen):
    parts = Counter((e.statistic, c.part) for e in chen.of("median_survival", "log_rank", "longest") for c in e.cells)
    assert parts == {
        ("log_rank", "p"): 13,
        ("median_survival", "estimate"): 31,
        ("median_survival", "ci"): 31,
        ("longest", "estimate"): 1,
    }
    assert Counter(c.text for e in chen.of("median_survival") for c in e.printed("ci"))["NA"] == 7


def test_each_tested_factor_has_a_median_for_each_of_its_levels_and_no_other(chen):
    compared = [by for e in chen.of("log_rank") for by in [e.get("by")] if isinstance(by, str)]
    medians = [tuple(e.get("where").items()) for e in chen.of("median_survival") if e.get("where")]
    levels = [((by, level),) for by in compared for level in chen.factors[by].levels if level != "NONE"]
    assert Counter(medians) == Counter([*levels, (("METBRAIN", "Y"),)])
    assert list(chen.cohort["subgroups"]) == [
        "PDL1GR1", "SEX", "AGEGR1", "ECOG", "HIST", "STAGE", "SMOKE", "DISTMET", "IMAINT", "SAMEICI", "BORGR1", "PFS1GR1",
    ]  # fmt: skip
    assert sorted(compared) == sorted([*chen.cohort["subgroups"], "METSITE"])


def test_the_groups_of_each_factor_add_up_to_the_cohort_save_where_text_and_table_differ(chen):
    sums = Counter()
    for e in chen.of("count"):
        where = e.get("where", {})
        column = next(iter(where), "")
        if column in chen.factors and not column.startswith("MET") and len(e.printed("count")) == 1:
            sums[column] += int(e.printed("count")[0].text)
    assert sums.pop("SAMEICI") == 8  # the others are printed as 4 and as 6
    assert sums.pop("DOSERED") == 1 and sums.pop("IRAE") == 3  # their complements are not printed as counts
    assert len(sums) == 12 and set(sums.values()) == {14}


def test_eight_sites_stand_among_seven_patients_with_metastasis(chen):
    sites = ("bone_metastasis", "brain_metastasis", "liver_metastasis", "adrenal_metastasis")
    assert sum(number(chen, site) for site in sites) == 8 and number(chen, "metastasis_yes") == 7


def test_table_4_counts_twelve_events_in_nine_patients(chen):
    terms = [e for e in chen.of("count") if "AEDECOD" in e.get("event", {})]
    assert len(terms) == 16 and sum(int(e.cells[0].text) for e in terms) == 12
    assert number(chen, "any_event") == 9
    grade_3 = [e.get("event")["AEDECOD"] for e in terms if e.get("event")["ATOXGR"] == [3] and e.cells[0].text == "1"]
    assert grade_3 == ["Hand-foot syndrome"]


def test_the_mean_age_is_a_sum_of_whole_years_over_fourteen():
    assert roundings_that_print(Fraction(926, 14), "66.143") == ["half up", "half even"]


def test_the_age_groups_meet_between_65_and_66(chen):
    assert chen.groupings["AGEGR1"].source == "AGE" and chen.groupings["AGEGR1"].cut == (66,)
    assert list(chen.factors["AGEGR1"].levels) == ["<=65", ">65"]


def test_every_implication_says_whether_the_paper_or_the_clinic_gives_it(chen):
    sources = {rule["why"].split(":")[0].split(",")[0] for rule in chen.own["implications"]}
    assert sources == {"Text", "Clinical", "No site", "Reading"}


def test_the_paper_left_out_whoever_was_censored(chen):
    (rule,) = chen.own["exclusions"]
    assert rule["says"] == "no_censoring" and "without observed events" in rule["text"]


def test_the_review_holds_its_pools_and_no_interval_that_is_not_printed():
    review = load_registry("rechallenge-review-2026")
    pools = {e.id: {c.part: c.shown for c in e.cells} for e in review.of("pooled")}
    assert pools == {
        "pooled_os": {"hr": "0.91", "ci": "0.82–0.99", "trials": "10"},
        "pooled_pfs": {"hr": "0.89", "ci": "0.81–0.99"},
        "pooled_orr": {"or": "1.12", "trials": "8"},
        "pooled_os_acquired": {"hr": "0.86", "ci": "0.77–0.97"},
    }
    assert {e.get("model") for e in review.of("pooled")} == {"fixed"}
    assert (review.n, len(review.entries), len(review.frame())) == (3081, 8, 14)


def test_the_trials_of_the_review_add_up():
    review = load_registry("rechallenge-review-2026")
    assert number(review, "studies", "value") == 116 == number(review, "randomised_trials", "value") + 106
    assert [cell.text for cell in entry(review, "single_arm_trials").cells] == ["106", ">100"]
    (cell,) = entry(review, "subjects").cells
    assert cell.text == "3,081" and read_printed(cell.text).value == review.n


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [("3,081", 3081, 0), ("1,234,567", 1234567, 0), ("226650", 226650, 0), ("3\u2019081", 3081, 0), ("3'081", 3081, 0)],
)
def test_a_comma_or_an_apostrophe_divides_thousands(text, value, decimals):
    assert (read_printed(text).value, read_printed(text).decimals) == (value, decimals)


@pytest.mark.parametrize(
    ("text", "read"),
    [(".37", "0.37"), ("2\u00b790", "2.90"), ("12.5%", "12.5"), ("= 0.37", "0.37"), ("P-value = .02", "0.02")]
    + [("\uff11\uff12\uff0e\uff15", "12.5"), ("\u20131.2", "-1.2"), ("+3.2", "3.2"), ("0.03*", "0.03")]
    + [("0.03\u2020", "0.03"), ("p=NS", "NS"), ("not reached yet", "NR"), ("Inf", "NR"), ("\u2014", "NA")],
)
def test_numbers_are_read_as_papers_print_them(text, read):
    number = read_printed(text)
    assert (as_written(text) if number is None else number.text) == read


@pytest.mark.parametrize("text", ["2,9", "0,048", "30,81", "3,0811", ",081", "3,081,", "1234,567"])
def test_a_comma_elsewhere_is_not_read_as_a_number(text):
    with pytest.raises(ValueError):
        read_printed(text)


def test_a_comma_in_a_number_that_is_no_count_is_a_fault(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text(
        "title: T\nn: 13\nnumbers:\n  - {id: a, statistic: median_survival, endpoint: OS, printed: [{at: T, estimate:"
        ' "2,901", ci: ["1,970", "3.8"]}]}\n  - {id: b, statistic: count, printed: [{at: T, count: "3,081"}]}\n'
    )
    with pytest.raises(CohortError) as error:
        load_registry(path)
    assert [(f.row, f.rule, f.value) for f in error.value.findings] == [
        (4, "a comma in a number that is no count", "2,901"),
        (4, "a comma in a number that is no count", "1,970"),
    ]

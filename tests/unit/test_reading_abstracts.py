"""Which patients, and which endpoint, the numbers of an abstract are of; where two readings compete, neither is given."""

import pytest

from papercheck.reading.paper import read_paper


def read(folder, results, before=""):
    path = folder / "abstract.txt"
    path.write_text(
        f"Abstract\n\nMethods: {before or 'Patients were followed.'}\n\nResults: {results}\n", encoding="utf-8"
    )
    return read_paper([path], "study").readings


def told(readings):
    return {(r.statistic, r.endpoint, r.patients, r.value) for r in readings}


SENTENCES = [
    ("", "Of 62 patients, the median OS (median follow-up, 21.2 months) was 14.1 months.", {("median_survival", "OS", "", "14.1")}),
    ("", "The median times from randomization to progression or death post-crossover were 8.4 months.",
     {("median_survival", "PFS2", "", "8.4")}),
    ("", "The median PFS and OS were not reached.",
     {("median_survival", "PFS", "", "not reached"), ("median_survival", "OS", "", "not reached")}),
    ("", "A poor status (HR, 2.18; 95% CI 1.13-4.22; p = 0.021) was associated with PFS.", {("hazard_ratio", "PFS", "A poor status", "2.18")}),
    ("", "Forty patients went on and had longer progression-free survival (PFS) compared to the 21 patients who stopped treatment"
     " (20.8 months vs 10.9 months, P = 1.3E-04).",
     {("median_survival", "PFS", "who stopped treatment", "10.9"), ("p", "PFS", "who stopped treatment vs not who stopped treatment", "1.3E-04"),
      ("median_survival", "PFS", "not who stopped treatment", "20.8")}),
    ("", "In the pretreated cohort (n = 60), the PFS was 7.1 months in the combination group and 4.4 months in the monotherapy group."
     " The OS was 17.2 months in the combination group and 8.8 months in the monotherapy group.",
     {("median_survival", "PFS", "combination, pretreated", "7.1"), ("median_survival", "OS", "monotherapy, pretreated", "8.8")}),
    ("", "在单药组中,使用甲药和乙药的中位PFS分别为8.1(95%CI:4.0~12.0)个月和6.4(95%CI:4.1~8.8)个月。",
     {("median_survival", "PFS", "甲药, 单药组", "8.1"), ("median_survival", "PFS", "乙药, 单药组", "6.4")}),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("before, results, expected", SENTENCES)
def test_numbers_of_an_abstract(tmp_path, before, results, expected):
    found = told(read(tmp_path, results, before))
    assert expected <= found, found


@pytest.mark.parametrize("results", [
    "For patients on treatment for 3 to 6 months, the median PFS was 13.1 months.",
    "Patients treated beyond 6 months had longer PFS.",
])  # fmt: skip
def test_a_class_of_times_is_no_result(tmp_path, results):
    assert not {"3", "6"} & {r.value for r in read(tmp_path, results) if r.statistic != "printed"}


def test_two_values_of_the_same_in_an_abstract_are_both_for_a_person(tmp_path):
    made = read(
        tmp_path,
        "After completion, the OS rate was 94.4% at 12 months. After stopping, the OS rate was 88.0% at 12 months.",
    )
    assert {r.statistic for r in made if r.value in ("94.4", "88.0")} == {"printed"}


def test_run_in_results_without_a_colon_begin_the_results(tmp_path):
    path = tmp_path / "abstract.txt"
    path.write_text(
        "Objective To compare two drugs.Methods Patients of one hospital were followed.Results A total of 45"
        " patients had a median OS of 10.1 months.",
        encoding="utf-8",
    )
    assert ("median_survival", "OS", "", "10.1") in told(read_paper([path], "study").readings)


TITLE = "The trial was one comparing pembrolizumab and docetaxel."


@pytest.mark.parametrize("results", [
    "Median OS was longer with pembrolizumab among patients with squamous histology (9.2 months vs 7.3 months, HR = 0.71).",
    "Among 101 pembrolizumab patients and 99 docetaxel patients with squamous histology, median OS was 9.2 vs 7.3 months"
    " (HR = 0.71, 95% CI = 0.51-0.99).",
])  # fmt: skip
def test_both_arms_within_a_part_of_the_patients(tmp_path, results):
    found = told(read(tmp_path, results, TITLE))
    one, two = (f"{arm}, with squamous histology" for arm in ("pembrolizumab", "docetaxel"))
    assert {("median_survival", "OS", one, "9.2"), ("median_survival", "OS", two, "7.3")} <= found, found
    assert ("hazard_ratio", "OS", "pembrolizumab vs docetaxel, with squamous histology", "0.71") in found, found


def test_the_two_groups_together_are_no_group(tmp_path):
    made = read(tmp_path, "在延长患者的PFS(HR=0.88, 95%CI: 0.58~1.33)方面两组差异无统计学意义。")
    assert not any("两组" in r.group for r in made)


def test_two_drugs_that_results_stand_with_are_the_arms(tmp_path):
    made = read(
        tmp_path,
        "The median overall survival was 9.1 months (95% CI, 7.2 to 13.1) with nivolumab versus 6.2 months"
        " (95% CI, 5.0 to 7.1) with docetaxel (hazard ratio, 0.61; 95% CI, 0.45 to 0.81).",
    )
    found = told(made)
    assert ("median_survival", "OS", "docetaxel", "6.2") in found, found
    assert ("hazard_ratio", "OS", "nivolumab vs docetaxel", "0.61") in found, found


def test_a_pooled_weighted_median_is_not_of_weighted_patients(tmp_path):
    assert {r.group for r in read(tmp_path, "The pooled weighted median OS was 11.1 months.") if r.value == "11.1"} == {
        ""
    }


KINDS = [  # a construction, whatever its words: what heads, sides of a comparison, words that touch a number, what is counted
    ("Among the booster group, the median number of cycles was 4. The ORR was 31.0%. Median PFS was 5.9 months. In all patients, the"
     " ORR was 27.5%.", {("percent", "ORR", "booster", "31.0"), ("median_survival", "PFS", "booster", "5.9"), ("percent", "ORR", "", "27.5")}),
    ("Among patients with rash, the ORR was 40.0%. Median OS was 12.3 months.",
     {("percent", "ORR", "with rash", "40.0"), ("printed", "", "", "12.3")}),
    ("However, PFS was longer in ABC1 altered tumours (n = 66) compared to ABC1 intact (n = 73) tumours (8.4m vs. 3.6m, HR = 0.44).",
     {("median_survival", "PFS", "ABC1 altered tumours", "8.4"), ("median_survival", "PFS", "ABC1 intact", "3.6")}),
    ("The ORR differed among KX (7.4%), KY (35.7%) and KZ (28.6%).", {("percent", "ORR", "KX", "7.4"), ("percent", "ORR", "KZ", "28.6")}),
    ("Patients over 70 had an ORR of 46.9% on drug X and 25.0% on drug Y.",
     {("percent", "ORR", "drug X", "46.9"), ("percent", "ORR", "drug Y", "25.0")}),
    ("Most participants (88%) relapsed within a year.", {("percent", "relapsed within a year", "", "88")}),
    ("PD-L1 expression was ≥50% in 46.7%, 1-49% in 13.3%, and <1% in 22.2%.", {("percent", "PD-L1 expression 1-49%", "", "13.3")}),
    ("Twenty patients (10 of site A, 10 of site B) developed colitis.", {("count", "developed colitis", "", "Twenty")}),
    ("The second share was of what nobody knew, and on 12.5%.", {("printed", "", "", "12.5")}),
    ("Rechallenge prolonged PFS if patients developed oligo-progression (5.4 months vs. 1.1 months).",
     {("median_survival", "PFS", "developed oligo-progression", "5.4"), ("median_survival", "PFS", "not developed oligo-progression", "1.1")}),
    ("In patients with marker Q ≥ 1%, median PFS was 5.9 months versus 3.6 months. The median OS in this subgroup was 12.1 months.",
     {("median_survival", "OS", "with marker Q ≥ 1%", "12.1")}),
    ("Median PFS was 3.6 months overall (95% CI, 2.8-4.5).", {("median_survival", "PFS", "", "3.6")}),
    ("Drug use within a month of the start was linked to shorter PFS than in non-users (median PFS: 9.9 vs. 12.7 months).",
     {("median_survival", "PFS", "non-users", "12.7")}),
    ("Median OS was 9.9 months with dose one and 12.7 months with dose two. The ORR was 18.5% in the former and 13.1% in the latter.",
     {("percent", "ORR", "dose one", "18.5"), ("percent", "ORR", "dose two", "13.1")}),
    ("47.9% of patients harbored change A; 20.5%, G12V; and 17.4%, G12D.", {("percent", "G12V", "", "20.5"), ("percent", "G12D", "", "17.4")}),
    ("The HR for death was 0.47 (95% CI, 0.31-0.72) for an interval of a year.", {("hazard_ratio", "OS", "interval of a year", "0.47")}),
    ("Nine (11.4%) had site A, and more than half (54.4%) had site B.", {("percent", "site B", "", "54.4")}),
    ("PFS did not differ in univariate (HR, 1.26) analysis.", {("printed", "", "", "1.26")}),
    ("33.0% (173/531) of patients given drug X were noted to have an event.", {("percent", "noted to have an event", "given drug X", "33.0")}),
]  # fmt: skip


@pytest.mark.parametrize("results, expected", KINDS, ids=[k[0][:30] for k in KINDS])
def test_a_construction_is_read_whatever_its_words(tmp_path, results, expected):
    found = told(read(tmp_path, results))
    assert expected <= found, found


ARMS = "345 patients were allocated to drug X 2 mg/kg and 346 patients were allocated to drug X 10 mg/kg."


@pytest.mark.parametrize("results, expected", [
    ("Median OS was 10.4 months with drug X 2 mg/kg and 12.7 months with drug X 10 mg/kg.", {("median_survival", "OS", "drug X 10 mg/kg", "12.7")}),
    ("Overall survival in the QX population was longer with drug X 2 mg/kg than with drug X 10 mg/kg (12.6 vs 8.9 months).",
     {("median_survival", "OS", "drug X 2 mg/kg, QX", "12.6"), ("median_survival", "OS", "drug X 10 mg/kg, QX", "8.9")}),
])  # fmt: skip
def test_arms_of_one_drug_are_told_by_their_dose_and_within_a_part(tmp_path, results, expected):
    found = told(read(tmp_path, results, ARMS))
    assert expected <= found, found

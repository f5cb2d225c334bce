"""Whose the numbers of a sentence are: groups by where they stand, the part of the patients that a sentence is about."""

import pytest
import yaml

from papercheck.reading.command import read_study
from papercheck.reading.document import Cell
from papercheck.reading.heads import count_heads
from papercheck.reading.paper import read_paper


def readings(folder, results, before=""):
    path = folder / "abstract.txt"
    methods = before or "Patients were followed."
    path.write_text(f"Abstract\n\nMethods: {methods}\n\nResults: {results}\n", encoding="utf-8")
    return read_paper([path], "study").readings


def told(made):
    return {(r.statistic, r.endpoint, r.patients, r.value) for r in made}


SENTENCES = [
    ("The median OS was 9.2 months for EP compared to 9.5 months with EP + atezolizumab (HR 1.52 [1.05 - 2.19], p=0.026).",
     {("median_survival", "OS", "EP", "9.2"), ("median_survival", "OS", "EP + atezolizumab", "9.5")}),
    ("Median follow-up was 13.4 months for drug A and 8.6 months for drug B.",
     {("follow_up", "OS", "drug A", "13.4"), ("follow_up", "OS", "drug B", "8.6")}),
    ("Median OS (exmab vs. chemotherapy) was 10 versus 8 months (HR, 0.64; 95% CI, 0.41-1.02), and ORR was 25% versus 9%.",
     {("median_survival", "OS", "exmab", "10"), ("median_survival", "OS", "chemotherapy", "8"), ("percent", "ORR", "exmab", "25"),
      ("percent", "ORR", "chemotherapy", "9"), ("hazard_ratio", "OS", "exmab vs chemotherapy", "0.64")}),
    ("Compared to their NLR low counterparts who had a median OS of 34.8 months, patients with NLRs above 4.8 had a median OS of 7.6 months.",
     {("median_survival", "OS", "NLR low", "34.8"), ("median_survival", "OS", "with NLRs above 4.8", "7.6")}),
    ("The median PFS of patients with an NLR of < 3 at 2 weeks after treatment was 5.3 months.",
     {("median_survival", "PFS", "with an NLR of < 3 at 2 weeks after treatment", "5.3")}),
    ("Overall, patients with durable benefit had a median PFS of 37.1 months and median OS of 58.8 months from start of ICI.",
     {("median_survival", "PFS", "with durable benefit", "37.1"), ("median_survival", "OS", "with durable benefit", "58.8")}),
    ("The median OS for the immunotherapy combined with chemotherapy group was 27.8 months, and the median PFS was 11.5 months.",
     {("median_survival", "OS", "immunotherapy combined with chemotherapy", "27.8"),
      ("median_survival", "PFS", "immunotherapy combined with chemotherapy", "11.5")}),
    ("The median OS was longer in the extrathoracic group than in the thoracic and liver progression groups (30.2 months [95% CI, 13.4 to not"
     " reached (NR)], 11.7 months [95% CI, 9.5-21.1], and 5.4 months [95% CI, 2.6-NR], respectively, P < 0.001).",
     {("median_survival", "OS", "extrathoracic", "30.2"), ("median_survival", "OS", "thoracic", "11.7"),
      ("median_survival", "OS", "liver progression", "5.4")}),
    ("Patients classified as resistant had worse OS than not resistant patients (HR=0.60; 95% CI: 0.37-0.97) and patients classified as"
     " sensitive had better OS than not sensitive patients (HR=0.56; 95% CI: 0.33-0.97).",
     {("hazard_ratio", "OS", "classified as resistant vs not resistant", "0.60"),
      ("hazard_ratio", "OS", "classified as sensitive vs not sensitive", "0.56")}),
    ("One year survival for the sensitive group was 65% and 29% of the resistant group.", {("survival_rate", "OS at 12 months", "sensitive", "65")}),
    ("ORR was 16% [95% CI, 7-29] and was similar across key subgroups.", {("percent", "ORR", "", "16")}),
    ("The ORR and DCR were respectively of 1.8 and 36.4%.", {("percent", "ORR", "", "1.8"), ("percent", "DCR", "", "36.4")}),
    ("The multivariate analysis revealed that PNI (for OS HR = 0.465, 95% CI: 0.236-0.916, p = 0.027; for PFS HR = 0.493, 95% CI;"
     " 0.251-0.936) and ECOG score (for OS HR = 4.601, 95%Cl: 2.676-7.910) were prognostic factors.",
     {("hazard_ratio", "OS", "PNI", "0.465"), ("hazard_ratio", "PFS", "PNI", "0.493"), ("hazard_ratio", "OS", "ECOG score", "4.601")}),
]  # fmt: skip


@pytest.mark.parametrize("results, expected", SENTENCES)
def test_groups_by_their_place(tmp_path, results, expected):
    found = told(readings(tmp_path, results))
    assert expected <= found, found


def test_words_that_say_what_patients_did_are_no_part_of_their_name(tmp_path):
    made = readings(tmp_path, "156 patients with ES-SCLC underwent treatment at our centres between 2018 and 2021.")
    assert not any("underwent" in r.patients for r in made)


IN_TRIALS = (
    "In KEYNOTE-911, median OS (exmab vs. chemotherapy) was 10 versus 8 months, and median DOR was 9 months (4-26)"
    " versus 7 months (3–7). In KEYNOTE-912, median OS (exmab vs. chemotherapy) was 17 months versus 11 months."
)


def test_the_head_of_a_sentence_is_the_part_of_all_patients_that_its_numbers_are_of(tmp_path):
    found = {(r.group, r.part, r.value) for r in readings(tmp_path, IN_TRIALS) if r.endpoint == "OS"}
    assert found == {
        ("exmab", "KEYNOTE-911", "10"),
        ("chemotherapy", "KEYNOTE-911", "8"),
        ("exmab", "KEYNOTE-912", "17"),
        ("chemotherapy", "KEYNOTE-912", "11"),
    }


OLDER = (
    "OS benefits were seen for patients < 75 years receiving combination therapy (36.1 vs. 18.7 months, P < 0.001; HR 0.61), whereas no advantage"
    " was observed in those ≥ 75 years (29.2 vs. 34.9 months, P = 0.645; HR 1.10)."
)
ARMS = "In all, 641 patients (149 monotherapy, 492 combination therapy) were studied: 492 received combination therapy and 149 received monotherapy."


def test_two_arms_within_parts_of_the_patients(tmp_path):
    found = {(r.statistic, r.group, r.part, r.value) for r in readings(tmp_path, OLDER, ARMS)}
    assert {
        ("median_survival", "combination therapy", "< 75 years", "36.1"),
        ("median_survival", "monotherapy", "< 75 years", "18.7"),
        ("median_survival", "combination therapy", "≥ 75 years", "29.2"),
        ("median_survival", "monotherapy", "≥ 75 years", "34.9"),
        ("hazard_ratio", "combination therapy vs monotherapy", "≥ 75 years", "1.10"),
    } <= found, found


def test_a_draft_has_arm_and_part_as_two_levels(tmp_path):
    path = tmp_path / "abstract.txt"
    path.write_text(f"Abstract\n\nMethods: {ARMS}\n\nResults: {OLDER}\n", encoding="utf-8")
    read_study([path], "study", tmp_path / "data")
    draft = yaml.safe_load((tmp_path / "data" / "study" / "published.yml").read_text(encoding="utf-8"))
    medians = [n for n in draft["numbers"] if n["statistic"] == "median_survival"]
    assert len(medians) == 4 and all(len(n["where"]) == 2 and "ARM" in n["where"] for n in medians), medians
    ratios = [n for n in draft["numbers"] if n["statistic"] == "cox"]
    assert ratios and all(n["by"] == "ARM" and n["where"] for n in ratios), ratios


def test_numbers_behind_a_sentence_about_matching_are_of_matched_patients(tmp_path):
    made = readings(
        tmp_path,
        "The median OS for the chemotherapy group was 34.9 months. After PSM matching, each group comprised 27 patients."
        " The median OS for the chemotherapy group was 17.8 months.",
    )
    assert {(r.group, r.value) for r in made if r.endpoint == "OS"} == {
        ("chemotherapy", "34.9"),
        ("chemotherapy weighted", "17.8"),
    }


def test_objective_response_begins_no_part_of_an_abstract(tmp_path):
    made = readings(tmp_path, "Data from 55 patients were analyzed. Objective Response Rate (ORR) was 36.4%.")
    assert ("percent", "ORR", "", "36.4") in told(made)


SWITCH = "47 patients were assigned to the immunotherapy continuation group and 53 to the chemotherapy switch group."
OF_ARMS = [
    ("Patients who continued immunotherapy lived for a median of 13.9 months (95% CI 10.8-17.2), those who switched for 9.6 months (7.7-11.8).",
     {("median_survival", "OS", "immunotherapy continuation", "13.9"), ("median_survival", "OS", "chemotherapy switch", "9.6")}),
    ("Grade 3 or worse adverse events were seen in 9 [19.1%] of 47 patients who continued immunotherapy and in 21 [39.6%] of 53 who switched.",
     {("ae_percent", "Any event, grade ≥3", "immunotherapy continuation", "19.1"), ("ae_percent", "Any event, grade ≥3", "chemotherapy switch", "39.6")}),
    ("In all, 41 patients in the continuation group and 49 in the switch group had progressed or died.",
     {("events", "PFS", "immunotherapy continuation", "41"), ("events", "PFS", "chemotherapy switch", "49")}),
]  # fmt: skip


@pytest.mark.parametrize("results, expected", OF_ARMS)
def test_words_of_one_arm_alone_are_that_arm_in_any_form(tmp_path, results, expected):
    found = told(readings(tmp_path, results, SWITCH))
    assert expected <= found, found


@pytest.mark.parametrize("results, wanted", [
    ("We screened 143 patients.", ("count", "screened", "", "143")),
    ("Median PFS was 3.2 months (95% CI 1.9 to 5.0) for the second course and 9.4 months (95% CI 6.3 to 13.0) for the first.",
     ("median_survival", "PFS1", "", "9.4")),
    ("OS was poor. In the multivariable model, late start (HR, 0.60; 95% CI, 0.40-0.90; P = .01), ECOG PS of 2 or more (HR, 2.14; 95% CI,"
     " 1.24-3.69; P = .006), and age (HR, 1.1; 95% CI, 0.9-1.4) were independently associated with PFS.",
     ("hazard_ratio", "PFS", "ECOG PS of 2 or more", "2.14")),
    ("两组年龄分别为（61.7±8.4）岁和（62.9±9.0）岁，甲组26例，乙组27例。", ("mean", "Age", "乙组", "62.9")),
])  # fmt: skip
def test_further_kinds_of_sentences(tmp_path, results, wanted):
    found = told(readings(tmp_path, results))
    assert wanted in found, found


def test_a_value_without_patients_behind_one_of_a_group_is_for_a_person(tmp_path):
    made = readings(tmp_path, "Median OS was 11.9 months in patients with EGFR mutations and 8.1 months otherwise.")
    assert {r.statistic for r in made if r.value == "8.1"} == {"printed"}


def test_events_of_patients_below_the_name_of_an_arm(tmp_path):
    path = tmp_path / "paper.html"
    head = "<tr><th>Subgroup</th><th></th><th>Early, events/No.</th><th>Late, events/No.</th></tr>"
    rows = "<tr><td>PD-L1</td><td>&lt;1%</td><td>15/17</td><td>14/19</td></tr>" * 2
    path.write_text(
        f"<html><body><h1>P</h1><h2>Results</h2><p>PFS is in Table 1.</p><table><caption>Table 1. PFS in subgroups</caption>"
        f"<thead>{head}</thead><tbody>{rows}</tbody></table></body></html>",
        encoding="utf-8",
    )
    made = read_paper([path], "study").readings
    assert {("events", "15"), ("events", "14"), ("count", "17"), ("count", "19")} <= {
        (r.statistic, r.value) for r in made
    }


FURTHER = [
    ("The median OS was 13.1 months for the unselected cohort, and 15.5 months for CM-743-eligible patients (16.7 months for the non-epithelioid"
     " and 10 months for the epithelioid subtypes).",
     {("median_survival", "OS", "CM-743-eligible", "15.5"), ("median_survival", "OS", "non-epithelioid", "16.7")}),
    ("Steroids were not associated with OS (HR, 0.98; 95% CI, 0.95-1.02; P = .37).", {("hazard_ratio", "OS", "Steroids", "0.98")}),
    ("PFS was longer in patients with a CPS ≥ 20 (7.5 [95% CI 1.8-13.1] vs. 1.9 [1.4-2.3] months), and a trend was seen in those with CPS ≥ 10.",
     {("median_survival", "PFS", "with a CPS ≥ 20", "7.5"), ("median_survival", "PFS", "not with a CPS ≥ 20", "1.9")}),
    ("Ten patients (33.3%) had an independently assessed objective response.", {("percent", "ORR", "", "33.3")}),
    ("Three (10.0%) treatment-related grade 3 adverse events were reported: two (6.7%) pneumonitis and one (3.3%) increased cardiac troponin I. No"
     " grade 4 events were reported.",
     {("ae_percent", "Pneumonitis, grade 3", "", "6.7"), ("ae_percent", "Increased cardiac troponin I, grade 3", "", "3.3")}),
    ("The drugs had a median survival of 18.1 months, compared to just 14.1 months for chemotherapy.",
     {("printed", "", "", "18.1"), ("median_survival", "OS", "chemotherapy", "14.1")}),
    ("OS was 9 vs 7 months in A-high and A-low patients, respectively. Light events were associated with longer OS compared to grave ones (22.7"
     " months vs. 16.7 months median OS).", {("median_survival", "OS", "Light events", "22.7"), ("median_survival", "OS", "grave ones", "16.7")}),
    ("Ablation had tolerable toxicity, and the response rate was 24%.", {("percent", "ORR", "", "24")}),
    ("Patients who had benefited for 6 months or longer lived longer than those who had not (median OS, 14.9 v 8.0 months; HR, 0.49).",
     {("median_survival", "OS", "who had benefited for 6 months or longer", "14.9")}),
    ("KRASMUT persisted as a negative factor for OS (HR 1.288, 95% CI 1.091-1.521).", {("hazard_ratio", "OS", "KRASMUT", "1.288")}),
    ("The median OS was 19.2 months versus 16.8 months for patients with and without KRAS mutation, respectively.",
     {("median_survival", "OS", "with KRAS mutation", "19.2"), ("median_survival", "OS", "without KRAS mutation", "16.8")}),
    ("KRASMUT had a significant (p = 0.006) better outcome than KRASWT with a median OS 23 vs 6 months.",
     {("median_survival", "OS", "KRASMUT", "23"), ("median_survival", "OS", "KRASWT", "6")}),
    ("Fifty-six percent of patients were alive at 1 year and 32% were alive at 2 years.",
     {("survival_rate", "OS at 12 months", "", "Fifty-six"), ("survival_rate", "OS at 24 months", "", "32")}),
]  # fmt: skip


@pytest.mark.parametrize("results, expected", FURTHER)
def test_groups_of_further_sentences(tmp_path, results, expected):
    found = told(readings(tmp_path, results))
    assert expected <= found, found


RETREATED = "39 patients were assigned to the rechallenge group and 82 to the no rechallenge group."
OF_TWO = [
    (RETREATED, "Rechallenged patients survived longer (median OS from progression, 15.8 months; 90% CI, 12.0-20.1) than those who were not"
     " rechallenged (8.7 months; 90% CI, 7.1-10.6; HR, 0.55; 90% CI, 0.38-0.79).",
     {("median_survival", "OS", "rechallenge", "15.8"), ("median_survival", "OS", "no rechallenge", "8.7"),
      ("hazard_ratio", "OS", "rechallenge vs no rechallenge", "0.55")}),
    (RETREATED, "In the end, 24 of the rechallenged patients and 66 of the others had died.", {("events", "OS", "rechallenge", "24")}),
    ("Patients received drugs (Group A, n = 72) or others (Group B, n = 69).",
     "Median PFS was 5.1 and 5.9 months in Groups A and B; objective response rates were 19.4 and 30.4%.",
     {("median_survival", "PFS", "Group A", "5.1"), ("median_survival", "PFS", "Group B", "5.9"), ("percent", "ORR", "Group A", "19.4")}),
    ("", "70.1% and 51.9% were alive at 6 and 12 months.",
     {("survival_rate", "OS at 6 months", "", "70.1"), ("survival_rate", "OS at 12 months", "", "51.9")}),
    ("", "On Cox regression, old age (HR, 0.41 [95% CI, 0.19-0.88]; P = .02) and an interval of 6 months or longer (HR, 0.52 [95% CI, 0.25-1.07];"
     " P = .08) were linked to longer PFS.", {("hazard_ratio", "PFS", "an interval of 6 months or longer", "0.52")}),
    ("", "Median PFS was 8.0 months and median OS was 24.0 months. The univariate analysis revealed that stage (HR = 1.59, 95% CI: 1.09-2.34) was a"
     " prognostic factor.", {("hazard_ratio", "", "stage", "1.59")}),
]  # fmt: skip


@pytest.mark.parametrize("before, results, expected", OF_TWO, ids=[s[1][:30] for s in OF_TWO])
def test_arms_by_their_letters_verbs_and_negation(tmp_path, before, results, expected):
    found = told(readings(tmp_path, results, before))
    assert expected <= found, found


def test_a_table_of_events_of_as_many_patients_as_one_arm_has_is_of_that_arm(tmp_path):
    path = tmp_path / "paper.html"
    baseline = "<tr><td>Male</td><td>27 (69.2%)</td><td>53 (64.6%)</td></tr>" * 2
    events = (
        "<tr><td>Rash</td><td>6 (15.4)</td><td>0</td></tr><tr><td>Colitis</td><td>4 (10.3)</td><td>1 (2.6)</td></tr>"
    )
    path.write_text(
        "<html><body><h1>P</h1><h2>Results</h2><table><caption>Table 1. Baseline characteristics</caption><thead><tr><th></th><th>Again (n = 39)"
        f"</th><th>Never (n = 82)</th></tr></thead><tbody>{baseline}</tbody></table><table><caption>Table 2. Adverse events (n = 39)</caption>"
        f"<thead><tr><th>Event</th><th>Any grade, n (%)</th><th>Grade ≥3, n (%)</th></tr></thead><tbody>{events}</tbody></table></body></html>",
        encoding="utf-8",
    )
    made = [
        r for r in read_paper([path], "study").readings if r.where.startswith("table 2") and r.statistic == "ae_count"
    ]
    assert {(r.group, r.value) for r in made} == {("Again", "6"), ("Again", "0"), ("Again", "4"), ("Again", "1")}


def test_a_row_of_events_is_no_row_of_grades():
    rows = [["irAE", "Any grade", "Grade ≥3"], ["Pneumonitis", "5", "3"], ["Colitis", "4", "2"]]
    assert count_heads(tuple(tuple(Cell(t) for t in row) for row in rows)) == 1

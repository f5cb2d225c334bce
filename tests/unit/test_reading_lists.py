"""Lists of endpoints, groups and courses in one sentence: each number finds its own, and what cannot be told is kept as printed."""

import pytest

from papercheck.reading.paper import read_paper


def told(folder, results, before="Patients were followed.", title=""):
    path = folder / "abstract.txt"
    path.write_text(f"{title}\n\nAbstract\n\nMethods: {before}\n\nResults: {results}\n", encoding="utf-8")
    return {
        (r.statistic, r.endpoint, r.patients, r.course, r.value, r.low) for r in read_paper([path], "study").readings
    }


def facts(found):
    return {(s, e, g, v) for s, e, g, _, v, _ in found}


ARMS = "Patients were randomized 1:1 to tislelizumab (n = 61) or docetaxel-ramucirumab (n = 58)."
ONE, TWO = "tislelizumab", "docetaxel-ramucirumab"

SENTENCES = [
    (ARMS, "Median PFS and OS were 2.6 and 9.4 months v 2.8 and 10.3 months.",
     {("median_survival", "PFS", ONE, "2.6"), ("median_survival", "OS", TWO, "10.3")}),
    (ARMS, "Median PFS and 1-year PFS were 1.8 months and 9.8% for tislelizumab versus 5.4 months and 13.8% for docetaxel-ramucirumab.",
     {("median_survival", "PFS", TWO, "5.4"), ("survival_rate", "PFS at 12 months", ONE, "9.8"), ("survival_rate", "PFS at 12 months", TWO, "13.8")}),
    (ARMS, "The 6-month PFS and OS rates were 31.1% and 70.5% with tislelizumab.",
     {("survival_rate", "PFS at 6 months", ONE, "31.1"), ("survival_rate", "OS at 6 months", ONE, "70.5")}),
    ("", "The ORR and DCR were higher in patients with liver metastases than in those without liver metastases"
     " (21% vs 34% and 55% vs 71%).",
     {("percent", "ORR", "with liver metastases", "21"), ("percent", "DCR", "with liver metastases", "55"),
      ("percent", "DCR", "without liver metastases", "71")}),
    ("", "Median PFS was 11.4 months (14.2 months and 8.1 months for adenocarcinoma and squamous carcinoma, respectively).",
     {("median_survival", "PFS", "adenocarcinoma", "14.2"), ("median_survival", "PFS", "squamous carcinoma", "8.1")}),
    ("", "The response rates for chemotherapy-naive and previously-treated patients were 44% and 19%, respectively; median PFS was 9.1 and"
     " 3.3 months.",
     {("percent", "ORR", "chemotherapy-naive", "44"), ("median_survival", "PFS", "previously-treated", "3.3")}),
    ("", "Neither ORR (41.2% vs. 28.6%; P = 0.41) nor PFS (3.1 vs. 2.7 months; P = 0.62) differed between anlotinib and topotecan.",
     {("percent", "ORR", "anlotinib", "41.2"), ("median_survival", "PFS", "topotecan", "2.7")}),
    ("", "Restarting the ICI ≥12 months after its stop was associated with longer PFS (7.9 versus 3.6 months).",
     {("median_survival", "PFS", "Restarting the ICI ≥12 months after its stop", "7.9"),
      ("median_survival", "PFS", "not Restarting the ICI ≥12 months after its stop", "3.6")}),
    ("Patients formed a good PS group (n = 40), a poor PS group (n = 21) and an SC group (n = 30).",
     "OS of patients with PS of 3 in the poor PS group was not longer than that in the SC group (HR, 1.31; 95% CI, 0.70-2.41).",
     {("hazard_ratio", "OS", "poor PS, with PS of 3 vs SC", "1.31")}),
    ("", "The 2-year OS for chemotherapy-naive patients was 48%.", {("survival_rate", "OS at 24 months", "chemotherapy-naive", "48")}),
    ("", "Partial and complete responses were achieved in 86% (n = 30) and 14% (n = 5) of patients, respectively.",
     {("percent", "BOR: PR", "", "86"), ("count", "BOR: CR", "", "5")}),
    ("", "One case was complete response and 6 cases partial response, 9 cases had stable disease.",
     {("count", "BOR: CR", "", "One"), ("count", "BOR: PR", "", "6"), ("count", "BOR: SD", "", "9")}),
    ("Patients were divided into a control group (CG, given chemotherapy) or an observation group (OG, given both).",
     "There was no significant difference in ORR between OG (35.9%) and CG (27.1%), and median PFS and OS in OG were 8.2 months and"
     " 22.5 months, which were longer than 5.3 months and 17.9 months in CG.",
     {("percent", "ORR", "observation group (OG)", "35.9"), ("percent", "ORR", "control group (CG)", "27.1"),
      ("median_survival", "PFS", "control group (CG)", "5.3"), ("median_survival", "OS", "observation group (OG)", "22.5")}),
    ("", "Median OS in the low-risk (score ≤ 2, 41.3%) group was longer than in the high-risk group (14.1 vs 6.2 months).",
     {("median_survival", "OS", "low-risk", "14.1"), ("median_survival", "OS", "high-risk", "6.2")}),
    ("", "Median OS was not reached (NR) and 7.3 months for untreated and pretreated patients, respectively.",
     {("median_survival", "OS", "untreated", "not reached"), ("median_survival", "OS", "pretreated", "7.3")}),
    ("", "Camrelizumab plus chemotherapy showed longer PFS and OS than chemotherapy alone (PFS: 11.2 months vs. 5.6 months, P<0.001; OS:"
     " unreached vs. 20.4 months).",
     {("median_survival", "PFS", "Camrelizumab plus chemotherapy", "11.2"), ("median_survival", "OS", "chemotherapy alone", "20.4"),
      ("median_survival", "OS", "Camrelizumab plus chemotherapy", "unreached")}),
    ("", "No differences were seen in mOS (17.1 vs. 25.3 months; p=0.31), mToT (10.2 vs. 9.9 months; p=0.81) or DCR (71% vs. 69%) between"
     " elder and younger age groups, respectively.",
     {("median_survival", "OS", "elder", "17.1"), ("percent", "DCR", "younger age", "69"), ("median", "treatment duration", "elder", "10.2")}),
    ("", "Among elders, a status of ≥ 2 was associated with worse OS (4.4 vs. 21.3 m; HR 2.31; 95% CI 1.21-4.52) whereas smokers had longer"
     " OS (22.1 vs. 12.7 months).",
     {("median_survival", "OS", "status of ≥ 2, elders", "4.4"), ("median_survival", "OS", "not smokers, elders", "12.7"),
      ("hazard_ratio", "OS", "status of ≥ 2 vs not status of ≥ 2, elders", "2.31")}),
    ("", "The ORR and DCR were 14.9% and 44.7%, respectively, in older patients and 8.8% and 29.4%, respectively, in those with poor PS.",
     {("percent", "ORR", "older patients", "14.9"), ("percent", "DCR", "poor PS", "29.4")}),
    ("", "In all, 44 patients were included. In these patients who received the drug, the ORR and median PFS were 51.2% and 7.3 months, respectively.",
     {("percent", "ORR", "", "51.2"), ("median_survival", "PFS", "", "7.3")}),
    ("", "PFS was 5.3 months (95% CI, 3.1-8.0) in adenocarcinoma and 3.4 months (95% CI, 2.2-7.9) in squamous carcinoma.",
     {("median_survival", "PFS", "adenocarcinoma", "5.3"), ("median_survival", "PFS", "squamous carcinoma", "3.4")}),
    ("", "According to this analysis, first-line durvalumab significantly improved OS over single-agent chemotherapy (10.9 vs. 9.1 months; HR,"
     " 0.77).", {("median_survival", "OS", "first-line durvalumab", "10.9"), ("median_survival", "OS", "single-agent chemotherapy", "9.1"),
                 ("hazard_ratio", "OS", "first-line durvalumab vs single-agent chemotherapy", "0.77")}),
    ("", "Durvalumab enhanced OS (HR 0.81; 95% CI, 0.75-0.88) and PFS (HR 0.74; 95% CI, 0.63-0.86) in advanced disease compared with"
     " chemotherapy.", {("hazard_ratio", "OS", "Durvalumab vs chemotherapy", "0.81"), ("hazard_ratio", "PFS", "Durvalumab vs chemotherapy", "0.74")}),
    ("", "For RCC, ORR was 33% (95% CI 21% to 46%), median TTF was 7 months and 12-month OS was 77%.",
     {("percent", "ORR", "RCC", "33"), ("median_survival", "TTF", "RCC", "7"), ("survival_rate", "OS at 12 months", "RCC", "77")}),
    ("", "In patients with liver metastases, the ORR was 12% and median PFS was 2.1 months.",
     {("percent", "ORR", "with liver metastases", "12"), ("median_survival", "PFS", "with liver metastases", "2.1")}),
    ("", "Durvalumab gave rise to a higher ORR (ORR; 17.1 % vs. 8.2 %).", {("percent", "ORR", "Durvalumab", "17.1")}),
    ("", "The 12-month progression-free survival rate was 67.9%, the 18-month progression-free survival rate was 44.8%, and the 12-month"
     " survival rate was 90%.", {("survival_rate", "PFS at 12 months", "", "67.9"), ("survival_rate", "PFS at 18 months", "", "44.8"),
                                 ("survival_rate", "OS at 12 months", "", "90")}),
    (ARMS, "PFS was 3.1 versus 5.2 months with docetaxel-ramucirumab and tislelizumab, respectively. OS was 9.1 versus 14.2 months,"
     " respectively.", {("median_survival", "OS", TWO, "9.1"), ("median_survival", "OS", ONE, "14.2")}),
    ("", "OS was shorter in CP-B than A (7.1 months vs 15.9 months) and in late use (10.1 months vs 16.0 months).",
     {("median_survival", "OS", "CP-B", "7.1"), ("median_survival", "OS", "A", "15.9"), ("printed", "", "", "10.1")}),
    ("", "The median OS with nintedanib was 9.4 months.", {("median_survival", "OS", "nintedanib", "9.4")}),
]  # fmt: skip


@pytest.mark.parametrize("before, results, wanted", SENTENCES, ids=[s[1][:40] for s in SENTENCES])
def test_each_number_of_a_list_finds_its_endpoint_and_group(tmp_path, before, results, wanted):
    found = facts(told(tmp_path, results, before or "Patients were followed."))
    assert wanted <= found, wanted - found


COURSES = [
    ("ORR with 1st ICI and 2nd ICI was 36% and 11%, respectively.", "percent", "ORR", "36", "11"),
    ("Objective response rate was 24% at ICI-1 and 17% at ICI-2.", "percent", "ORR", "24", "17"),
    ("Median time-to-progression at ICI-1 and ICI-2 was 5.1 (95% CI 3.2-7.4) and 4.8 months (95% CI 3.1-6.9), respectively.",
     "median_survival", "TTP", "5.1", "4.8"),
]  # fmt: skip


@pytest.mark.parametrize("results, statistic, endpoint, first, second", COURSES)
def test_two_courses_by_their_numbers(tmp_path, results, statistic, endpoint, first, second):
    found = {f[:5] for f in told(tmp_path, results)}
    assert (statistic, endpoint, "", "first course", first) in found, found
    assert (statistic, endpoint, "", "rechallenge", second) in found, found
    assert not {f for f in found if f[4] in ("1", "2")}


EVENTS = [
    ("Common adverse events were skin disorders (21%) and malaise (18%).", {("Skin disorders, grade any", "21"), ("Malaise, grade any", "18")}),
    ("Common adverse events greater than or equal to grade 3 were neutropenia (61%) and rash (9%).", {("Neutropenia, grade ≥3", "61")}),
    ("Grade III/IV irAEs were rare: 3 (2%) had grade III rash and 4 (3%) had grade III rise of lipase.",
     {("Rash, grade 3", "2"), ("Rise of lipase, grade 3", "3")}),
    ("Severe pneumonitis was more frequent in the frail group than in the fit group (24% vs. 3%).", {("Pneumonitis, grade any", "3")}),
    ("AEs occurred in 58%; AEs were fatal in 2% of patients, and led to permanent treatment discontinuation in 29%.",
     {("Fatal event, grade any", "2"), ("Any discontinuing event, grade any", "29")}),
    ("24 of 40 (60%) patients had recurrence of irAEs, and 18 (45%) developed second grade ≥2 irAEs.",
     {("Any recurrent event, grade any", "60"), ("Any immune-related event, grade ≥2", "45")}),
    ("Ninety patients (88.2%) reported adverse events of any grade.", {("Any event, grade any", "88.2")}),
]  # fmt: skip


@pytest.mark.parametrize("results, wanted", EVENTS)
def test_the_event_and_grade_that_the_words_beside_a_number_name(tmp_path, results, wanted):
    found = {(e, v) for s, e, _, v in facts(told(tmp_path, results)) if s == "ae_percent"}
    assert wanted <= found, found


@pytest.mark.parametrize("results, before", [
    ("The drug was stopped because of progression (n = 19) or toxicity (n = 4). Median PFS was 3.4 vs 2.1 months.", ""),
    ("Of 90 patients, 30 (57%) had grade 1/2 active disease.", ""),
    ("New irAEs occurred in 40 patients with 22 (57%) requiring steroids.", ""),
    ("Adverse events were seen in 60% of patients, almost all of whom were given steroids (57%).", ""),
])  # fmt: skip
def test_what_is_no_arm_and_no_event(tmp_path, results, before):
    found = told(tmp_path, results, before or "Patients were followed.")
    assert not {f for f in found if f[4] in ("3.4", "2.1") and f[2]}
    assert not {f for f in found if f[4] == "57" and f[0].startswith("ae_")}


@pytest.mark.parametrize("results, values", [
    ("The ORR was 31% and 22%.", ("31", "22")),
    ("Median PFS was 5.2 months with treatment v 3.1 months.", ("3.1",)),
    ("PFS was 6.2 months (95% CI 4.1-8.3), TFX (2.2 months; 95% CI 1.1-4.0).", ("2.2",)),
])  # fmt: skip
def test_numbers_that_nothing_tells_apart_are_kept_as_printed(tmp_path, results, values):
    found = {f[4]: f[0] for f in told(tmp_path, results)}
    assert {found[v] for v in values} == {"printed"}, found


THOSE = [
    ("About 30% went on. Among these patients, the ORR was 21%.", ("printed", "", "21")),
    ("Patients with brain metastases were 20. Among these patients, the ORR was 21%.", ("percent", "with brain metastases", "21")),
    ("In all, 27 patients were included. For these patients, the ORR was 21%.", ("percent", "", "21")),
]  # fmt: skip


@pytest.mark.parametrize("results, wanted", THOSE)
def test_those_patients_are_those_of_the_sentence_before(tmp_path, results, wanted):
    found = {(s, g, v) for s, _, g, v in facts(told(tmp_path, results))}
    assert wanted in found, found


def test_a_number_of_no_arm_in_a_trial_of_two_is_for_a_person(tmp_path):
    found = facts(
        told(
            tmp_path,
            "The ORR was 13.4%. The overall DCR was 50.2%.",
            "Patients were randomly assigned to one of two drugs.",
        )
    )
    assert ("printed", "", "", "13.4") in found and ("percent", "DCR", "", "50.2") in found, found


def test_what_a_bracket_holds_beside_an_interval_parts_no_list(tmp_path):
    text = "Median PFS and OS were 5.9 months (95% CI 4.6 to 7.1; I2 = 78%; p<0.001) and 14.1 months (95% CI 11.0 to 17.4; p=0.001)."
    found = {f[1]: f[4:] for f in told(tmp_path, text) if f[0] == "median_survival"}
    assert found == {"PFS": ("5.9", "4.6"), "OS": ("14.1", "11.0")}


def test_a_share_of_patients_who_achieve_a_response_is_of_all(tmp_path):
    found = facts(told(tmp_path, "Outcomes were favourable, with 41.3% of patients achieving a partial response."))
    assert ("percent", "BOR: PR", "", "41.3") in found, found

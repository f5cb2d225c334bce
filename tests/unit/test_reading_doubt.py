"""What a printed number is of, where the nearest words mislead:
sizes of arms, heads that name patients, grades as heads.
"""

import pytest

from papercheck.reading.document import Cell, Sentence
from papercheck.reading.heads import count_heads
from papercheck.reading.paper import read_paper
from papercheck.reading.pdf_tables import _last_rule
from papercheck.reading.write import draft_text
from papercheck.registry.number_words import in_digits

from .test_reading_drawn_sentences import spoken

ARMS = (
    "<table><caption>Table 1. Patients</caption><tr><th></th><th>Planned stop (n=18)</th><th>Progression"
    " (n=23)</th></tr><tr><td>Men</td><td>13 (72.2)</td><td>17 (73.9)</td></tr></table>"
)
RELAPSE = ARMS.replace("Planned stop", "Early relapse").replace("Progression", "Late relapse")
OTHER = ARMS.replace("Planned stop", "Durvalumab").replace("Progression", "Other ICI")
DRUGS = ARMS.replace("Planned stop (n=18)", "Anlotinib + sintilimab (n=38)").replace(
    "Progression (n=23)", "Anlotinib alone (n=35)"
)


def read(folder, body, name="paper.html"):
    path = folder / name
    path.write_text(f"<html><body><h2>Results</h2>{body}</body></html>", encoding="utf-8")
    return {(r.statistic, r.endpoint, r.patients, r.value, r.low) for r in read_paper([path], "study").readings}


SENTENCES = [
    (ARMS, "Visceral metastases were more common after progression than after a planned stop (16/23 [69.6%] vs 7/18 [38.9%]).",
     {("count", "Progression", "16"), ("percent", "Planned stop", "38.9")}),
    (ARMS, "Responses occurred in 8/18 (44.4%) and 3/23 (13.0%) patients after a planned stop and after progression, respectively.",
     {("count", "Planned stop", "8"), ("percent", "Progression", "13.0")}),
    (DRUGS, "Of these, 38 received anlotinib plus sintilimab and 35 anlotinib alone.",
     {("count", "Anlotinib + sintilimab", "38"), ("count", "Anlotinib alone", "35")}),
    (DRUGS, "The mean age was 60.4 (SD 8.8) years with the combination and 61.7 (SD 7.9) years with anlotinib alone.",
     {("mean", "Anlotinib + sintilimab", "60.4"), ("sd", "Anlotinib alone", "7.9")}),
    (DRUGS, "At 6 months, 50.0% of patients on the combination and 25.7% of those on anlotinib alone were free of progression.",
     {("survival_rate", "Anlotinib + sintilimab", "50.0"), ("survival_rate", "Anlotinib alone", "25.7")}),
    (DRUGS, "Sex and smoking did not differ between the two groups (all P &gt; 0.10).",
     {("p", "between groups", "did not differ between the two groups (all P > 0.10)")}),
    (DRUGS, "No treatment-related death occurred in either group.", {("ae_count", "", "No")}),
    (ARMS, "The unweighted hazard ratio for death was 0.71 (95% CI, 0.47 to 1.08), and the weighted one 0.76 (95% CI, 0.52 to 1.11).",
     {("hazard_ratio", "Planned stop vs Progression", "0.71"), ("hazard_ratio", "Planned stop vs Progression weighted", "0.76")}),
    ("", "Pts with a chemo-free interval ≥ 6 mo had longer mPFS (3.9 v 1.9 mo) and mOS (10.8 v 6.0 mo).",
     {("median_survival", "with a chemo-free interval ≥ 6 mo", "10.8"), ("median_survival", "not with a chemo-free interval ≥ 6 mo", "6.0")}),
    ("", "A high neutrophil ratio (NLR ≥ 5) was associated with shorter OS (HR 1.92, 95% CI 1.15–3.20, P = 0.012).",
     {("hazard_ratio", "A high neutrophil ratio (NLR ≥ 5)", "1.92"), ("p", "A high neutrophil ratio (NLR ≥ 5)", "0.012")}),
    (RELAPSE, "PFS at 12 months was 16.7% for early and 47.1% for late relapse.",
     {("survival_rate", "Early relapse", "16.7"), ("survival_rate", "Late relapse", "47.1")}),
    (RELAPSE, "PFS at 12 months was 16.7% there; it was 47.1% in the late relapse group.",
     {("printed", "", "16.7"), ("survival_rate", "Late relapse", "47.1")}),
    (RELAPSE, "PFS at 12 months was 34.5% in the whole study, and 47.1% in the late relapse group.", {("survival_rate", "", "34.5")}),
    (RELAPSE, "The early relapse group had 10 PFS events and the late relapse group 12.",
     {("events", "Early relapse", "10"), ("events", "Late relapse", "12")}),
    ("", "The population comprised 29 patients, 11 of them women (37.9%).", {("count", "", "11"), ("percent", "", "37.9")}),
    ("", "PFS was 8.1 months. The time since surgery was 3.9 months (range 1.8–5.7).", {("printed", "", "3.9")}),
    ("", "In all, 123 patients were randomized (82 ADC, 41 SOC). Grade 3 or 4 rash was seen in 5% with ADC and 2% with SOC.",
     {("count", "ADC", "82"), ("ae_percent", "SOC", "2")}),
    ("", "PFS improved (one-sided P = 0.014).", {("printed", "", "0.014")}),
    (OTHER, "In weighted patients, 1-year OS was 49.0% with durvalumab and 44.1% with another ICI.",
     {("survival_rate", "Other ICI weighted", "44.1")}),
    (OTHER, "During a median (IQR) follow-up of 15.7 (8.2-24.9) months, 44 patients in the durvalumab group and 108 in the other ICI group died.",
     {("follow_up", "", "15.7"), ("events", "Durvalumab", "44"), ("events", "Other ICI", "108")}),
    (OTHER, "Mean (SD) age was 64.1 (9.4) years with durvalumab and 66.7 (9.9) years with another ICI.",
     {("mean", "Durvalumab", "64.1"), ("sd", "Other ICI", "9.9")}),
    (OTHER, "In the durvalumab group, 3 patients (8.8%) responded; the disease control rate was 47.1%.", {("percent", "Durvalumab", "47.1")}),
    ("", "Patients with ≥ 12 months on the ICI had a higher ORR than those with less (24.4% vs. 6.6%).", {("percent", "with ≥ 12 months on the ICI", "24.4")}),
    ("", "One patient (1.0%) died of myocarditis.", {("ae_count", "", "One")}),
    (OTHER, "Median OS was 9 months. The odds of response were higher (OR 5.60, 95% CI 1.24–25.3).", {("odds_ratio", "Durvalumab vs Other ICI", "5.60")}),
    (ARMS, "The ORR was 26.3% (5 of 18) with a planned stop and 13.0% (3 of 23) with progression.", {("count", "Progression", "3")}),
    ("", "34 patients with renal-cell carcinoma were rechallenged.", {("count", "", "34")}),
    ("", "ORR was 26.7% (8/30) in NSCLC and 44.4% (8/18) in melanoma.", {("percent", "NSCLC", "26.7"), ("percent", "melanoma", "44.4")}),
    ("", "首次免疫治疗中位持续时间为7.9个月（3.0-25.4个月）。", {("median", "", "7.9")}),
]  # fmt: skip


@pytest.mark.parametrize("table, sentence, wanted", SENTENCES, ids=[s[1][:30] for s in SENTENCES])
def test_whose_numbers_a_sentence_prints(tmp_path, table, sentence, wanted):
    assert wanted <= {(s, g, v) for s, _, g, v, _ in read(tmp_path, f"<p>{sentence}</p>{table}")}


def test_a_list_of_drugs_is_no_comparison(tmp_path):
    text = (
        "Drugs were nivolumab ± ipilimumab (n=29), pembrolizumab (n=21), atezolizumab (n=14). PFS was 3.9 v 1.9 months."
    )
    assert not {g for s, _, g, _, _ in read(tmp_path, f"<p>{text}</p>") if s == "median_survival"}


def test_levels_and_tests_of_a_table_of_two_groups_named_by_an_outcome(tmp_path):
    rows = (
        "<tr><td>ECOG</td><td>0</td><td>9 (50.0)</td><td>7"
        " (30.4)</td><td>0.33</td></tr><tr><td>PD-L1</td><td>IC0/1</td><td>8 (44.4)</td><td>15"
        " (65.2)</td><td>0.42</td></tr>"
    )
    head = "<tr><th>Item</th><th>Category</th><th>Stop (n=18)</th><th>Progression (n=23)</th><th>P</th></tr>"
    found = read(tmp_path, f"<table><caption>Table 1. Patients</caption>{head}{rows}</table>")
    assert {("p", "between groups", "0.33"), ("p", "between groups", "0.42")} <= {(s, g, v) for s, _, g, v, _ in found}
    assert not {f for f in found if f[2] == "Category"}


def test_a_column_of_numbers_or_values_with_the_intervals_beside_it(tmp_path):
    head = "<tr><th>Outcome</th><th>No. (%) or value</th><th>90% CI</th></tr>"
    rows = (
        "<tr><td>Disease control rate</td><td>23 (63.9)</td><td>48.8–77.2</td></tr><tr><td>Median PFS,"
        " months</td><td>3.8</td><td>2.9–5.4</td></tr>"
    )
    found = read(tmp_path, f"<table><caption>Table 2. Activity</caption>{head}{rows}</table>")
    assert {("percent", "DCR", "", "63.9", "48.8"), ("median_survival", "PFS", "", "3.8", "2.9")} <= found


def test_odds_and_hazard_ratios_of_one_column_events_and_two_tests(tmp_path):
    head = "<tr><th>End point</th><th>Switch</th><th>Same</th><th>Odds or hazard ratio (95% CI)</th></tr>"
    rows = (
        "<tr><td>Objective response, n (%)</td><td>11 (21.2)</td><td>11 (14.9)</td><td>1.54 (0.61 to"
        " 3.85)</td></tr><tr><td>PFS events</td><td>34</td><td>33</td><td></td></tr><tr><td>Median PFS, months (95%"
        " CI)</td><td>4.4 (3.0 to 6.2)</td><td>3.6 (2.7 to 4.5)</td><td>0.80 (0.55 to 1.16)</td></tr>"
    )
    found = read(tmp_path, f"<table><caption>Table 2. Outcomes</caption>{head}{rows}</table>")
    assert ("odds_ratio", "ORR", "Switch vs Same", "1.54", "0.61") in found
    assert ("hazard_ratio", "PFS", "Switch vs Same", "0.80", "0.55") in found
    assert ("events", "PFS", "Switch", "34", "") in found
    head = "<tr><th>项目</th><th>甲组（n=42）</th><th>乙组（n=46）</th><th>t/χ²值</th></tr>"
    rows = "<tr><td>年龄</td><td>61.9±8.4</td><td>63.8±9.2</td><td>1.009</td></tr><tr><td>男</td><td>28（66.7）</td><td>33（71.7）</td><td>0.241</td></tr>"
    found = read(tmp_path, f"<table><caption>表1 资料</caption>{head}{rows}</table>")
    assert {("t", "1.009"), ("chi2", "0.241")} <= {(s, v) for s, _, _, v, _ in found}


def test_numbers_of_grades_below_a_bold_head_are_head():
    rows = (("Event", "Patients by grade", "Patients by grade"), ("", "1", "2"), ("Rash", "7", "4"))
    grid = tuple(tuple(Cell(t, head=i < 1) for t in row) for i, row in enumerate(rows))
    assert count_heads(grid) == 2


def test_the_text_below_a_table_in_its_column_is_no_row_of_it():
    def line(top, words, width):
        step = width / words
        return [
            {
                "x0": k * step,
                "x1": (k + 1) * step - 1,
                "top": top,
                "bottom": top + 9,
                "size": 9,
                "text": "word",
                "bold": False,
            }
            for k in range(words)
        ]

    rows = [line(y, 1, 40) for y in (20, 30, 40)] + [line(y, 8, 196) for y in (60, 70, 80)]
    rules = [(0, 200, y, []) for y in (10, 28, 50, 95)]
    assert _last_rule(rules, rows) == 50


def test_a_word_with_a_hyphen_stays_one_at_the_end_of_a_line():
    from papercheck.reading.pdf import _flush

    class Writer:
        def paragraph(self, text):
            self.text = Sentence(text, "results").text

    writer = Writer()
    _flush(["median progression-", "free survival and rest-", "ing time"], writer)
    assert writer.text == "median progression-free survival and resting time"


def test_numbered_headings_below_the_results_stay_results(tmp_path):
    path = tmp_path / "paper.html"
    path.write_text(
        "<html><body><h2>3 Results</h2><h2>3.1 Patients</h2><p>Median PFS was 2.8 months (90% CI"
        " 2.1–3.9).</p></body></html>",
        encoding="utf-8",
    )
    assert [r.value for r in read_paper([path], "study").readings] == ["2.8"]


def test_a_column_of_responses_where_rows_are_groups(tmp_path):
    head = "<tr><th>Group</th><th>n</th><th>Response, n (%)</th><th>Median PFS, months (95% CI)</th></tr>"
    rows = "<tr><td>Early relapse</td><td>12</td><td>2 (16.7)</td><td>4.1 (2.2 to 6.9)</td></tr>"
    found = read(tmp_path, f"<table><caption>Table 2. Outcomes</caption>{head}{rows}</table>")
    assert ("percent", "ORR", "Early relapse", "16.7", "") in found


def test_patients_with_an_adverse_event_and_one_sided_tests(tmp_path):
    head = "<tr><th></th><th>irAE (n=22)</th><th>No irAE (n=31)</th><th>1-sided P value</th></tr>"
    rows = "<tr><td>Male</td><td>15 (68.2)</td><td>20 (64.5)</td><td>0.78</td></tr>"
    caption = "Table 1. Characteristics of patients with and without an immune-related adverse event"
    found = read(tmp_path, f"<table><caption>{caption}</caption>{head}{rows}</table>")
    assert ("p", "Male", "between groups", "0.78", "") in found and ("count", "Male", "irAE", "15", "") in found


def test_numbers_and_shares_below_one_head_of_responses(tmp_path):
    for head in ("<th>Responses n</th><th>Responses %</th>", "<th>Responses, n</th><th>Responses, %</th>"):
        heads = f"<tr><th>Subgroup</th><th>N</th>{head}<th>Median PFS, months (90% CI)</th></tr>"
        rows = "<tr><td>ECOG 2</td><td>15</td><td>1</td><td>6.7</td><td>1.9 (1.4–2.8)</td></tr>"
        found = read(tmp_path, f"<table><caption>Table 2. Outcomes</caption>{heads}{rows}</table>")
        assert {("count", "ORR", "ECOG 2", "1", ""), ("percent", "ORR", "ECOG 2", "6.7", "")} <= found


def test_medians_and_intervals_that_only_the_caption_names(tmp_path):
    head = "<tr><th>Endpoint</th><th>Kept (n=66)</th><th>Stopped (n=83)</th></tr>"
    rows = "<tr><td>OS</td><td>11.5 (9.0–14.9)</td><td>8.6 (7.0–10.4)</td></tr>"
    found = read(
        tmp_path, f"<table><caption>Table 1. Outcomes: medians in months (95% CI)</caption>{head}{rows}</table>"
    )
    assert ("median_survival", "OS", "Kept", "11.5", "9.0") in found and not {f for f in found if f[0] == "range"}


def test_sizes_of_levels_beside_their_medians(tmp_path):
    head = "<tr><th>Feature</th><th>Level</th><th>n</th><th>Median PFS, months (95% CI)</th></tr>"
    rows = (
        "<tr><td rowspan=2>First response</td><td>PR</td><td>15</td><td>7.9"
        " (4.8–11.4)</td></tr><tr><td>SD</td><td>19</td><td>4.0 (2.5–6.1)</td></tr>"
    )
    found = read(tmp_path, f"<table><caption>Table 1. PFS</caption>{head}{rows}</table>")
    assert ("count", "patients included", "First response: SD", "19", "") in found


AFTER = (
    "Median PFS2 was not reached in pts with prior CR/PR vs 5.7 mo (3.9-NR) in those without. One-year PFS rates were 62% and 29%, respectively."
    " Retreated pts lived longer than those not retreated (median OS 31.4 v 18.6 mo).",
    {("survival_rate", "PFS at 12 months", "with prior CR/PR", "62", "")},
)
ZH = (
    "纳入46例患者，其中A组28例，B组18例。全组ORR为13.0%（6/46）。A组与B组的ORR分别为17.9%和5.6%。全组中位PFS为4.5个月，A组5.3个月，优于B组的3.1个月。",
    {("count", "patients included", "", "46", ""), ("count", "ORR", "", "6", ""), ("percent", "ORR", "A组", "17.9", ""),
     ("median_survival", "PFS", "", "4.5", ""), ("median_survival", "PFS", "A组", "5.3", "")},
)  # fmt: skip
PLAINLY = [
    AFTER,
    ZH,
    ("The OS at 24 mo: 71% (95% CI, 54% to 83%).", {("survival_rate", "OS at 24 months", "", "71", "54")}),
    ("Median OS2 was 12.0 months; 1y-OS 50%, 2y-OS 22%.", {("survival_rate", "OS at 24 months", "", "22", "")}),
    (
        "OS at 6 months and 1 year was 57% and 36% in group 1, and 47% and 25% in group 2.",
        {
            ("survival_rate", "OS at 12 months", "group 1", "36", ""),
            ("survival_rate", "OS at 6 months", "group 2", "47", ""),
        },
    ),
    (
        "ECOG PS 2 (HR 2.31, 95% CI 1.20-4.45) predicted shorter PFS, whereas a time to progression of at least 6 months was protective (HR 0.52).",
        {("hazard_ratio", "PFS", "time to progression of at least 6 months", "0.52", "")},
    ),
    (
        "In a model of OS, only NLR remained significant on MVA (aHR 0.53 [0.28-0.99]).",
        {("hazard_ratio", "OS", "NLR", "0.53", "0.28")},
    ),
    (
        "Group 1 (no therapy between) comprised 624 patients (41.1%) and group 2 (chemotherapy) 893 (58.9%).",
        {("count", "patients included", "Group 1", "624", ""), ("percent", "patients included", "group 2", "58.9", "")},
    ),
    (
        "Longer treatment was associated with longer OS (6–12 vs <3 months: HR 0.81 [0.69–0.95]; ≥12 vs <3 months: HR 0.66 [0.55–0.79]).",
        {("hazard_ratio", "OS", "6-12 vs <3 months", "0.81", "0.69")},
    ),
    (
        "Objective response was achieved by 18 patients in the rechallenge group and 13 in the docetaxel group (17.3% vs. 12.0%).",
        {("count", "ORR", "docetaxel", "13", "")},
    ),
    (
        "Grade ≥3 adverse events were less frequent with nivolumab (16.3% with nivolumab vs. 42.6% with docetaxel).",
        {("ae_percent", "Any event, grade ≥3", "docetaxel", "42.6", "")},
    ),
    (
        "更换PD-1抑制剂者与未更换者PFS差异无统计学意义（3.6个月 vs 3.9个月，P=0.61）。任何级别irAE 29例（35.8%），3～4级6例（7.4%）。",
        {("median_survival", "PFS", "未更换者", "3.9", ""), ("ae_count", "Any event, grade 3–4", "", "6", "")},
    ),
    (
        "A total of 58 patients were included (arm A, immunotherapy alone, n = 25; arm B, immunotherapy plus chemotherapy, n = 33).",
        {("count", "patients included", "", "58", "")},
    ),
    (
        "有停药间隔者24例，无停药间隔者39例。多因素分析显示，首次免疫治疗PFS≥6个月（HR=0.51，95%CI：0.29～0.90，P=0.020）是OS的保护因素，肝转移（HR=2.12，95%CI：1.15～3.91）是危险因素。",
        {
            ("count", "patients included", "无停药间隔者", "39", ""),
            ("hazard_ratio", "OS", "首次免疫治疗PFS≥6个月", "0.51", "0.29"),
            ("hazard_ratio", "OS", "肝转移", "2.12", "1.15"),
        },
    ),
    (
        "纳入52例患者，随机分为观察组（26例）和对照组（26例）。观察组ORR为19.2%（5/26），对照组为7.7%（2/26）。观察组3级以上不良反应4例（15.4%），对照组3例（11.5%）。",
        {("count", "ORR", "对照组", "2", ""), ("ae_count", "Any event, grade ≥3", "对照组", "3", "")},
    ),
    (
        "Responders to the first course had an ORR of 38.5% vs 12.5% in non-responders (p = 0.19).",
        {("percent", "ORR", "responders", "38.5", ""), ("percent", "ORR", "non-responders", "12.5", "")},
    ),
    (
        "ORR was 16% in group A and 7% in group B. Rechallenge did not improve OS compared with docetaxel (HR 0.95, 95% CI 0.83-1.08).",
        {("printed", "", "", "0.95", "0.83")},
    ),
]


@pytest.mark.parametrize("text, wanted", PLAINLY)
def test_a_number_is_of_those_whom_its_own_clause_names(tmp_path, text, wanted):
    assert wanted <= read(tmp_path, f"<p>{text}</p>")


def test_levels_of_a_cox_table_are_counted_and_a_sentence_behind_a_table_is_no_note(tmp_path):
    head = "<tr><th>Variable</th><th>n</th><th>HR (95% CI)</th></tr>"
    rows = "<tr><td>Female v male</td><td>29</td><td>0.92 (0.55–1.53)</td></tr>"
    behind = "<p>Unweighted, the median PFS was 4.1 months.</p>"
    found = read(tmp_path, f"<table><caption>Table 2. Cox regression for PFS</caption>{head}{rows}</table>{behind}")
    assert {("count", "Female v male", "", "29", ""), ("median_survival", "PFS", "", "4.1", "")} <= found


DOUBTED = [  # a sentence, a number of it, the rule that doubts it, and what the number may be
    ("OS benefit was seen with A versus B (P = 0.01), and in patients who had rash (P = 0.02).", "0.02", "beside a head", "p"),
    ("PFS was longer in patients with rash than in those without it (P = 0.01), especially in patients given steroids (P = 0.02).",
     "0.02", "sides of its own", "p"),
    ("Rash and vitiligo correlated with OS in patients with brain metastases (P = 0.004 and P = 0.028, respectively).", "0.004", "beside a head", "p"),
    ("ORR was 12%. There was a trend towards an association between icORR and ECOG PS (P = 0.05).", "0.05", "own endpoint", "p"),
    ("In all, 30 (45.7%) patients developed irAEs, including 11 (20.9%) with severe irAEs.", "20.9", "severity", "ae_percent"),
    ("A total of 132 patients developed pneumonitis.", "132", "only some", "count"),
    ("There were 68 patients (28.3%) receiving nivolumab who were older.", "28.3", "only described", "percent"),
    ("A total of 33 patients were included. Of seven thymoma, two (28.6%) had partial response.", "28.6", "some or all", "percent"),
    ("The mOS in patients treated by TAS-102 combined with bevacizumab was 10.41 (95% CI: 8.40-12.89) months.", "10.41", "unnamed", "median_survival"),
    ("The mOS in patients treated by TAS-102 combined with bevacizumab was 10.41 months, and the mPFS was 4.35 months.", "4.35", "unnamed",
     "median_survival"),
    ("The cohorts comprised 122 and 47 patients.", "47", "only some", "count"),
    ("Their characteristics were: median age: 59, 52, and 58 years.", "52", "one of several", "median"),
    ("OS from 760 days was 79% in all patients.", "760", "point of time", "median_survival"),
    ("Local control at treated sites was 88%, while median progression-free survival (PFS) was 5.1 months (2-year survival rate 51%).",
     "88", "endpoint behind", "survival_rate"),
    ("After adjustments for smoking and histologic type, the difference in OS remained (hazard ratio, 1.33; 95% CI, 0.78-2.25).", "1.33",
     "adjusted for", "hazard_ratio"),
    ("The combination group included 50 patients who received both drugs, while the other group included 67 patients.", "50", "only some", "count"),
    ("There were 13 partial responses (PR), and 5 cases lost to follow-up.", "5", "other response", "count"),
    ("Adverse events included white cell decrease (37.5%) and neutrophil decrease (31.3%).", "37.5", "unknown event", "ae_percent"),
    ("There were no differences in OS, PFS and DCR between A and B (P = 0.36, 0.53 and 0.06, respectively).", "0.36", "several in turn", "p"),
]  # fmt: skip


@pytest.mark.parametrize("text, value, rule, statistic", DOUBTED)
def test_a_number_whose_support_is_too_little_is_asked_with_what_it_may_be(text, value, rule, statistic):
    found = [r for r in spoken(text, *(("A", "B") if " A " in text else ())) if r.value == value]
    assert [(r.statistic, r.doubt, r.may[0]) for r in found] == [("printed", rule, statistic)]


SIDES = [  # the number of the named side is the one that the word of the comparison says
    ("PFS was shorter in the elderly group (87 vs. 45 days).", {("elderly", "45"), ("not elderly", "87")}),
    ("PFS was longer in the elderly group (87 vs. 45 days).", {("elderly", "87"), ("not elderly", "45")}),
    ("Patients with rash had longer PFS (87 vs. 45 days).", {("with rash", "87"), ("not with rash", "45")}),
    ("Patients with rash had longer PFS (45 vs. 87 days).", set()),  # word and numbers contradict each other
    ("PFS in patients with rash was 87 vs. 45 days.", set()),  # no word says whose is which
    ("In patients with rash, radiotherapy improved the median PFS from 45 to 87 days.", set()),
]


@pytest.mark.parametrize("text, expected", SIDES)
def test_two_numbers_beside_one_group(text, expected):
    found = {(r.patients, r.value) for r in spoken(text) if r.statistic == "median_survival"}
    assert found == expected


def test_a_number_of_patients_that_is_the_sum_of_two_groups_is_of_both():
    text = "Data of 130 patients who received LEN (n=52) and ATEZO/BEV (n=78) were collected."
    assert {(r.patients, r.value) for r in spoken(text, "LEN", "ATEZO/BEV")} == {
        ("", "130"),
        ("LEN", "52"),
        ("ATEZO/BEV", "78"),
    }


def test_a_doubted_number_keeps_its_sentence_and_its_candidate_in_the_draft(tmp_path):
    text = "Rash and vitiligo correlated with OS in patients with brain metastases (P = 0.004 and P = 0.028, respectively)."
    (tmp_path / "a.txt").write_text(
        f"Abstract\nResults: A total of 40 patients were included. {text}\n", encoding="utf-8"
    )
    draft, _ = draft_text(read_paper([tmp_path / "a.txt"], "study"))
    assert "perhaps p OS (Rash)" in draft and '"0.004"' in draft


def test_a_word_before_patients_is_a_part_of_their_name():
    text = "The ORR was 48% overall and 56.6% in treatment-naïve patients without brain metastases."
    assert {(r.patients, r.value) for r in spoken(text) if r.endpoint == "ORR"} == {
        ("", "48"),
        ("without brain metastases, treatment-naïve", "56.6"),
    }


def test_a_number_in_words_over_a_hundred_and_a_hyphen():
    assert [r.value for r in spoken("One hundred-fifty five patients were enrolled.")] == ["One hundred-fifty five"]
    assert in_digits("One hundred-fifty five") == "155"


def test_durations_and_years_are_no_patients():
    text = (
        "The median durations of treatment and follow-up were 24.0 and 33.9 months, respectively."
        " The rates of OS for the 1st and 2nd years were 89.5% and 73.7%, respectively."
    )
    assert {(r.statistic, r.patients) for r in spoken(text) if r.understood} == {("median", ""), ("follow_up", "")}

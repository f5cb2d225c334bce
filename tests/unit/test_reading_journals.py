"""Forms of journals that their styles prescribe: heads with statistics, events of
patients, arms by abbreviations, tests at the foot of a table, turned pages.
"""

import docx
import pytest

from papercheck.reading.arms import long_names
from papercheck.reading.document import Document, Sentence
from papercheck.reading.paper import read_paper
from papercheck.reading.pdf import _is_turned
from papercheck.reading.write import draft_text

ABSTRACT = (
    "Continued ICI (cICI) or docetaxel plus ramucirumab (DR) was given. In all, 98 pts were randomized (65 cICI, 33 DR). "
    "mPFS was 5.3 mo (80% CI 4.4-6.4) for cICI vs 4.1 mo (80% CI 3.2-5.5) for DR. "
    "Gr ≥ 3 TRAEs occurred in 11 (16.9%) and 18 (54.5%) pts."
)
SENTENCES = [
    ("126 patients were assigned: 64 to the drug plus group and 62 to the control group.", {
        ("count", "patients included", "control", "62", ""),
    }),
    ("Patients with a treatment-free interval (TFI) of 6 months or longer had longer PFS than those with a shorter TFI (5.7 versus 2.8 months).", {
        ("median_survival", "PFS", "with a treatment-free interval (TFI) of 6 months or longer", "5.7", ""),
        ("median_survival", "PFS", "with a shorter TFI", "2.8", ""),
    }),
    ("The median TFI was 5.1 months (interquartile range: 2.6–9.8).", {("median", "TFI", "", "5.1", ""), ("iqr", "TFI", "", "", "2.6")}),
    ("There were 61 deaths in the kept group and 112 in the other group during a median follow-up of 19.4 (95% CI, 17.2–22.0) months.", {
        ("follow_up", "OS", "", "19.4", "17.2"),
    }),
    ("The difference in ECOG performance status was balanced (standardized mean difference, 0.26).", {("smd", "ECOG PS", "between groups", "0.26", "")}),
    ("No grade 5 irAE was observed.", {("ae_count", "Any event, grade 5", "", "No", "")}),
    ("Of 311 patients, 142 received the combination in the added group and 169 were in the control group.", {("count", "patients included", "", "311", "")}),
    ("At a median follow-up of 18.2 months (range, 1.4 to 47.0 months), 80 PFS events and 58 deaths had been recorded.", {
        ("events", "PFS", "", "80", ""), ("events", "OS", "", "58", ""),
    }),
    ("The median PFS with rechallenge was 2.5 months (95% CI 1.6–4.1) compared with 7.3 months (95% CI 4.9–11.2) with the initial ICI.", {
        ("median_survival", "PFS", "", "2.5", "1.6"), ("median_survival", "PFS1", "", "7.3", "4.9"),
    }),
    ("The drugs were nivolumab in 11, pembrolizumab in 9, and atezolizumab in 4 patients.", {("count", "pembrolizumab", "", "9", "")}),
    ("97 and 109 PFS events had occurred in the added and control groups, respectively.", {("events", "PFS", "added", "97", ""), ("events", "PFS", "control", "109", "")}),
    ("ORR was 26.2% in arm A and 11.9% in arm B; G3–4 TRAEs: 23.8% (arm A), 9.5% (arm B).", {
        ("percent", "ORR", "arm A", "26.2", ""), ("ae_percent", "Any treatment-related event, grade 3–4", "arm B", "9.5", ""),
    }),
    ("There was no significant difference in baseline characteristics between the groups.", {("p", "", "between groups", "no significant difference", "")}),
    ("首次治疗PFS≥6个月者的中位PFS长于<6个月者（4.9个月比2.6个月，P=0.004）。", {
        ("median_survival", "PFS", "首次治疗PFS≥6个月", "4.9", ""), ("median_survival", "PFS", "<6个月", "2.6", ""),
    }),
    ("Median OS was not reached (95% CI: 13.0–NE) in patients with disease control and was 7.7 months in those without.", {
        ("median_survival", "OS", "with disease control", "not reached", "13.0"),
    }),
    ("irAEs were seen in 47 of 134 patients (35.1%), with grade 3 or 4 in 14 (10.4%).", {
        ("ae_count", "Any immune-related event, grade 3–4", "", "14", ""), ("ae_percent", "Any immune-related event, grade 3–4", "", "10.4", ""),
    }),
    ("The HRs of the kept and changed groups were 0.66 (95% CI, 0.46–0.95; P=.02) for OS and 0.88 (95% CI, 0.65–1.20) for PFS.", {
        ("hazard_ratio", "OS", "kept vs changed", "0.66", "0.46"), ("hazard_ratio", "PFS", "kept vs changed", "0.88", "0.65"),
    }),
    ("11 (19.0%) of 58 patients had an objective response (90% CI 11.3–29.3).", {("count", "ORR", "", "11", ""), ("percent", "ORR", "", "19.0", "11.3")}),
    ("Of the 11 responders, one had a complete response.", {("count", "ORR", "", "11", ""), ("count", "BOR: CR", "", "one", "")}),
    ("In patients with PD-L1 ≥50% (n=287), the OS rate at 12 months was 41.2%.", {("count", "patients included", "PD-L1 ≥50%", "287", "")}),
    ("Median age 67; 64.2% male.", {("median", "Age", "", "67", "")}),
    ("Mean ages were 66 and 67 years in the kept and changed groups.", {("mean", "Age", "kept", "66", ""), ("mean", "Age", "changed", "67", "")}),
    ("联合组和对照组1年生存率分别为57.7%和44.0%。", {("survival_rate", "OS at 12 months", "联合组", "57.7", ""), ("survival_rate", "OS at 12 months", "对照组", "44.0", "")}),
    ("Both were associated with reduced PFS and OS [ECOG PS: HR=2.09; P=0.028 and HR=2.02; P=0.035, respectively; NLR: HR=4.34 and HR=4.89, respectively].", {
        ("hazard_ratio", "PFS", "ECOG PS", "2.09", ""), ("hazard_ratio", "OS", "ECOG PS", "2.02", ""), ("p", "OS", "ECOG PS", "0.035", ""),
        ("hazard_ratio", "PFS", "NLR", "4.34", ""), ("hazard_ratio", "OS", "NLR", "4.89", ""),
    }),
    ("Compared to the single group, patients in the combination group had longer median PFS (PFS,6.40 months vs 3.00 months) and OS (OS,10.20 months vs 6.30 months).", {
        ("median_survival", "PFS", "combination", "6.40", ""), ("median_survival", "PFS", "single", "3.00", ""),
        ("median_survival", "OS", "combination", "10.20", ""), ("median_survival", "OS", "single", "6.30", ""),
    }),
    ("In all, 28 (55%) regained disease control and 42% were alive 2 years after the first dose; median overall survival was 21 months.", {
        ("survival_rate", "OS at 24 months", "", "42", ""), ("median_survival", "OS", "", "21", ""),
    }),
    ("Response rates in the drug plus vaccine and drug plus placebo groups were 3 of 23 (13.0%) and 3 of 8 (37.5%), respectively.", {
        ("count", "ORR", "drug plus vaccine", "3", ""), ("percent", "ORR", "drug plus placebo", "37.5", ""),
    }),
    ("Before matching, PFS differed between the kept and changed groups (P = 0.056); after matching it did with HR 0.69 (P = 0.12).", {
        ("p", "PFS", "kept vs changed", "0.056", ""), ("p", "PFS", "kept vs changed weighted", "0.12", ""),
    }),
    ("Median PFS was longer in the added group. These events resolved within a median of 4 days.", {("printed", "", "", "4", "")}),
    ("Estimated PFS was 31.9% at 6 months and 13.2% at 12 months.", {
        ("survival_rate", "PFS at 6 months", "", "31.9", ""), ("survival_rate", "PFS at 12 months", "", "13.2", ""),
    }),
    ("With 61 events, PFS was not longer in the added group (median 2.7 months vs 2.5 months in the other group).", {("events", "PFS", "", "61", "")}),
    ("Eight patients in the added group and six in the control group responded.", {("count", "ORR", "added", "Eight", ""), ("count", "ORR", "control", "six", "")}),
    ("Two patients in the added group died from treatment-related pneumonitis.", {("ae_count", "Fatal event, grade any", "added", "Two", "")}),
    ("Patients of the early group were younger than those of the late group (median 62 (IQR 54 to 69) v 66 (59 to 73) years).", {
        ("median", "Age", "early", "62", ""), ("median", "Age", "late", "66", ""),
    }),
    ("The patients had an ECOG PS 2 in 14 (22.2%).", {("percent", "ECOG PS 2", "", "22.2", "")}),
    ("Among 134 patients with pneumonitis, 52 (38.8%) were rechallenged. From the landmark, median OS was 21.3 months in rechallenged patients and 14.4 months"
     " in patients who were not rechallenged. The 2-year OS rate was 46% and 33%.", {
        ("count", "patients included", "", "134", ""), ("median_survival", "OS", "not rechallenged", "14.4", ""),
        ("survival_rate", "OS at 24 months", "rechallenged", "46", ""), ("survival_rate", "OS at 24 months", "not rechallenged", "33", ""),
    }),
    ("Of 15 patients with prior monotherapy, 1 (6.7%) responded, as did 5 of 29 (17.2%) with prior chemotherapy.", {("percent", "ORR", "with prior chemotherapy", "17.2", "")}),
    ("既往免疫治疗获益≥6个月的患者中位PFS为5.3个月，<6个月者为2.7个月。", {
        ("median_survival", "PFS", "既往免疫治疗获益≥6个月", "5.3", ""), ("median_survival", "PFS", "<6个月", "2.7", ""),
    }),
    ("39 (75%) patients in the added group and 45 (92%) in the single group had progressed or died.", {
        ("events", "PFS", "added", "39", ""), ("events", "PFS", "single", "45", ""),
    }),
    ("Best overall response was complete in two and partial in 15 patients.", {("count", "BOR: CR", "", "two", ""), ("count", "BOR: PR", "", "15", "")}),
    ("Two groups were compared. The groups did not differ in sex.", {("p", "male vs female", "between groups", "did not differ", "")}),
    ("Median OS was 9.9 mo (95% CI 7.6-12.8). mPFS was longer in pts with IO-free interval ≥6 mo (4.8 vs 2.5 mo in the others).", {
        ("median_survival", "OS", "", "9.9", "7.6"),
    }),
    ("mPFS on first IO was 9.1 mo (95% CI 7.0-11.8).", {("median_survival", "PFS1", "", "9.1", "7.0")}),
    ("Among patients who responded better (complete or partial response) to prior therapy, median OS was 14.8 months and 8.8 months in the kept"
     " group (n=20) and in the stopped group (n=18).", {
        ("median_survival", "OS", "kept, who responded better", "14.8", ""), ("median_survival", "OS", "stopped, who responded better", "8.8", ""),
    }),
    ("One hundred eighty-six patients were assigned drug plus vaccine, and 180 docetaxel. Median OS was 10.7 months with drug plus vaccine"
     " and 10.5 months with docetaxel.", {
        ("median_survival", "OS", "drug plus vaccine", "10.7", ""), ("median_survival", "OS", "docetaxel", "10.5", ""),
    }),
    ("The disease control rate of the kept group (79.57%) was higher than that of the stopped group (64.47%; p = 0.028).", {
        ("percent", "DCR", "kept", "79.57", ""), ("percent", "DCR", "stopped", "64.47", ""),
    }),
    ("The kept group and the stopped group were compared in first-line (mPFS1, 6.2 vs. 5.1 months) and second-line median PFS (mPFS2, 4.5 vs. 2.6 months).", {
        ("median_survival", "PFS1", "kept", "6.2", ""), ("median_survival", "PFS2", "stopped", "2.6", ""),
    }),
    ("ECOG performance status was 0 in 11 (35.5%) and 1 in 20 (64.5%).", {("count", "ECOG performance status 0", "", "11", ""), ("percent", "ECOG performance status 1", "", "64.5", "")}),
    ("Response was seen in 15 of 60 (25.0%) with low and 4 of 42 (9.5%) with high LDH, for an overall ORR of 18.6%.", {("percent", "ORR", "", "18.6", "")}),
    ("截至末次随访，A组33例、B组39例出现疾病进展。", {("events", "PFS", "A组", "33", ""), ("events", "PFS", "B组", "39", "")}),
    ("Median PFS was 10.2 mo (95% CI 8.1-12.0) with ICI-TKI and 9.9 mo (95% CI 7.9-11.5) with TKI. ORR: 34% vs 33%.", {
        ("median_survival", "PFS", "ICI-TKI", "10.2", "8.1"), ("percent", "ORR", "TKI", "33", ""),
    }),
    ("观察组男33例，女13例，年龄41～78岁；对照组男30例。", {
        ("count", "男", "观察组", "33", ""), ("count", "女", "观察组", "13", ""), ("range", "Age", "观察组", "", "41"),
    }),
    ("观察组和对照组中位PFS分别为4.7、2.9个月。", {("median_survival", "PFS", "观察组", "4.7", ""), ("median_survival", "PFS", "对照组", "2.9", "")}),
]  # fmt: skip
ARMS = "Patients received cemiplimab plus the drug (arm A) or cemiplimab (arm B). ORR was 26.2% in arm A and 11.9% in arm B."
REGISTRY = """<table><caption>Table 6. Outcomes</caption><tr><th></th><th>Kept (n=412)</th><th>Changed (n=612)</th></tr>
<tr><td>mrwPFS, mo (95% CI)</td><td>5.1 (4.6–5.7)</td><td>4.0 (3.7–4.4)</td></tr>
<tr><td>Deaths, n (%)</td><td>268 (65.0)</td><td>421 (68.8)</td></tr>
<tr><td>Time on previous ICI, months (median, IQR)</td><td>6.9 (4.2–11.5)</td><td>6.4 (3.9–10.8)</td></tr></table>"""
EARLIER = """<table><caption>Table 7. Activity</caption><tr><th>Subgroup</th><th></th><th>n</th><th>Objective response, n (%)</th></tr>
<tr><td rowspan="2">Best response to previous immunotherapy</td><td>Complete or partial response</td><td>27</td><td>8 (29.6)</td></tr>
<tr><td>Stable disease</td><td>31</td><td>3 (9.7)</td></tr></table>"""
AGAIN = """<table><caption>Table 8. First irAE and recurrence</caption><tr><th>irAE</th><th>First course, n (%)</th><th>Recurrence, n</th></tr>
<tr><td>Colitis</td><td>4 (25.0)</td><td>1</td></tr></table>"""
SCOPES = (
    "The added group (n = 40) and the alone group (n = 38) were compared. Response rates were 35.7% vs 12.0% among patients"
    " without the marker and 58.3% vs 23.1% among those with the marker."
)
REFERENCES = """<table><caption>Table 9. Outcome</caption><tr><th></th><th>Low dose (n=180)</th><th>High dose (n=181)</th><th>Control (n=179)</th></tr>
<tr><td colspan="4">Progression-free survival by review</td></tr>
<tr><td>Number of events*</td><td>129 (72%)</td><td>126 (70%)</td><td>155 (87%)</td></tr>
<tr><td>Proportion progression free at 6 months</td><td>34% (27–41)</td><td>38% (31–45)</td><td>16% (10–22)</td></tr>
<tr><td>HR for death or disease progression, drug vs control</td><td>0.57 (0.45–0.73)</td><td>0.50 (0.39–0.64)</td><td>Ref</td></tr></table>"""
MATCHED = """<table><caption>Table 10. Subgroups in the matched cohort</caption><tr><th></th><th>Kept, n</th><th>Changed, n</th><th>HR (95% CI)</th></tr>
<tr><td>Best response to first ICI</td><td></td><td></td><td></td></tr>
<tr><td>&#160;&#160;CR/PR</td><td>44</td><td>40</td><td>0.55 (0.34–0.88)</td></tr></table>"""
RESPONDERS = """<table><caption>Table 5. Baseline</caption><tr><th></th><th>Responders (n = 45)</th><th>Non-responders (n = 20)</th></tr>
<tr><td>Male sex</td><td>33 (73.3)</td><td>14 (70.0)</td></tr></table>"""
FACTORS = """<table><caption>表3 PFS的单因素分析</caption><tr><th>因素</th><th>例数</th><th>中位PFS（月）</th><th>95%CI</th><th>χ²值</th><th>P值</th></tr>
<tr><td>性别</td><td></td><td></td><td></td><td>0.184</td><td>0.668</td></tr>
<tr><td>&#160;&#160;男</td><td>49</td><td>3.5</td><td>2.7～4.3</td><td></td><td></td></tr>
<tr><td>&#160;&#160;女</td><td>19</td><td>3.8</td><td>2.4～5.2</td><td></td><td></td></tr></table>"""
SYSTEMS = """<table><caption>Table 11. Adverse events</caption><thead><tr><th rowspan="2">System</th><th rowspan="2">Event</th>
<th colspan="2">Added (n=37)</th></tr><tr><th>Grade 1–2</th><th>Grade ≥3</th></tr></thead>
<tbody><tr><td rowspan="2">Blood</td><td>Neutropenia</td><td>6 (16.2)</td><td>17 (45.9)</td></tr><tr><td>Anaemia</td><td>15 (40.5)</td><td>9 (24.3)</td></tr>
<tr><td>Skin</td><td>Rash</td><td>6 (16.2)</td><td>0 (0)</td></tr></tbody></table>"""
SHARES_ALONE = """<table><caption>Table 12. irAEs</caption><tr><th>irAE</th><th>Any grade</th><th>Any grade, %</th><th>Grade ≥3</th></tr>
<tr><td>Rash</td><td>15</td><td>12.7</td><td>1</td></tr></table>"""
ESS = """<table><caption>Table 13. Patients</caption><tr><th></th><th>Early (ESS 47.9)</th><th>Late (ESS 49.6)</th></tr>
<tr><td>Male sex, %</td><td>71.2</td><td>71.2</td></tr></table>"""
BY_EVENTS = """<table><caption>Table 14. Patients by irAE on the first course</caption><tr><th></th><th>Never irAE (n=84)</th><th>irAE (n=60)</th></tr>
<tr><td>Age, years, mean (SD)</td><td>64.4 (9.3)</td><td>65.2 (8.6)</td></tr><tr><td>Men</td><td>59 (70.2)</td><td>39 (65.0)</td></tr>
<tr><td>First-course PFS, months, median (IQR)</td><td>5.1 (2.4–9.9)</td><td>9.7 (5.2–17.1)</td></tr></table>"""
BALANCE = """<table><caption>Table 15. Balance</caption><thead><tr><th rowspan="2">Characteristic</th><th colspan="2">Patients, No. (%)</th>
<th colspan="2">SMD</th></tr><tr><th>Same (n = 97)</th><th>Other (n = 71)</th><th>Unweighted</th><th>Weighted</th></tr></thead>
<tbody><tr><td>Female</td><td>33 (34.0)</td><td>22 (31.0)</td><td>0.07</td><td>0.02</td></tr></tbody></table>"""
VALUES = """<table><caption>表1 一般资料［n（%）］</caption><tr><th>项目</th><th>A组（n=39）</th><th>B组（n=41）</th><th>统计值</th><th>P</th></tr>
<tr><td>年龄（岁，x±s）</td><td>60.4±8.2</td><td>61.6±7.7</td><td>0.675</td><td>0.502</td></tr>
<tr><td>男性</td><td>29（74.4）</td><td>31（75.6）</td><td>0.016</td><td>0.898</td></tr></table>"""
SUBGROUPS = """<table><caption>Table 1. Subgroups for progression-free survival</caption>
<tr><th></th><th></th><th>Added drug (events/patients)</th><th>Docetaxel (events/patients)</th><th>HR (95% CI)</th><th>pinteraction</th></tr>
<tr><td rowspan="2">Sex</td><td>Male</td><td>36/47</td><td>43/47</td><td>0·60 (0·38–0·94)</td><td rowspan="2">0·82</td></tr>
<tr><td>Female</td><td>13/17</td><td>13/15</td><td>0·54 (0·25–1·18)</td></tr></table>"""
SHARES = """<table><caption>Table 2. Response</caption><tr><th></th><th>Added drug (n=64)</th><th>Docetaxel (n=62)</th></tr>
<tr><td>Objective response</td><td>13 (20%, 11–32)</td><td>6 (10%, 4–20)</td></tr></table>"""
MEDIANS = """<table><caption>Table 3. Survival</caption><tr><th>Outcome</th><th>Rechallenge, median (95% CI), mo</th>
<th>Chemotherapy, median (95% CI), mo</th></tr><tr><td>OS</td><td>14.2 (11.3-18.0)</td><td>10.0 (8.5-12.1)</td></tr>
<tr><td>Weighted OS</td><td>13.8 (11.0-17.1)</td><td>10.2 (8.7-12.4)</td></tr></table>"""
FOOT = """<table><caption>表2 近期疗效［例（%）］</caption><tr><th>组别</th><th>例数</th><th>ORR</th></tr>
<tr><td>观察组</td><td>46</td><td>10（21.7）</td></tr><tr><td>对照组</td><td>44</td><td>4（9.1）</td></tr>
<tr><td>χ²值</td><td></td><td>2.745</td></tr><tr><td>P值</td><td></td><td>0.098</td></tr></table>"""
EVENTS = """<table><caption>Table 4. irAEs</caption><tr><th>irAE</th><th>Any Grade, n (%)</th><th>Grade ≥3, n (%)</th>
<th>Same irAE During First ICI, n</th></tr><tr><td>Colitis</td><td>6 (5.4)</td><td>3 (2.7)</td><td>2</td></tr></table>"""


def facts(paper):
    return {(r.statistic, r.endpoint, r.patients, r.value, r.low) for r in paper.readings}


def read(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_paper([path], "study")


def cells(folder, *tables):
    return facts(read(folder, "paper.html", f"<html><body><h2>Results</h2>{''.join(tables)}</body></html>"))


@pytest.mark.parametrize("sentence, wanted", SENTENCES, ids=[s[:24] for s, _ in SENTENCES])
def test_a_sentence(tmp_path, sentence, wanted):
    assert wanted <= facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {sentence}\n"))


def test_arms_by_abbreviations_are_spelled_out(tmp_path):
    found = facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {ABSTRACT}\n"))
    kept, changed = "Continued ICI (cICI)", "docetaxel plus ramucirumab (DR)"
    assert {
        ("count", "patients included", kept, "65", ""), ("count", "patients included", changed, "33", ""),
        ("median_survival", "PFS", kept, "5.3", "4.4"), ("median_survival", "PFS", changed, "4.1", "3.2"),
        ("ae_count", "Any treatment-related event, grade ≥3", kept, "11", ""),
    } <= found  # fmt: skip


def test_lettered_arms_are_called_by_what_they_were_given(tmp_path):
    paper = read(tmp_path, "paper.txt", f"Abstract\nResults: {ARMS}\n")
    assert ("percent", "ORR", "arm A", "26.2", "") in facts(paper)
    assert paper.called["arm A"] == "cemiplimab plus the drug (arm A)"
    assert "cemiplimab plus the drug (arm A)" in draft_text(paper)[0]


def test_rows_of_a_registry(tmp_path):
    found = cells(tmp_path, REGISTRY)
    assert {
        ("median_survival", "PFS", "Kept", "5.1", "4.6"), ("events", "OS", "Changed", "421", ""), ("percent", "OS", "Changed", "68.8", ""),
    } <= found  # fmt: skip
    assert {f[0] for f in found if f[3] == "6.9"} == {"median"} and "4.2" in {f[4] for f in found if f[0] == "iqr"}


def test_responses_of_patients_by_an_earlier_response(tmp_path):
    group = "Best response to previous immunotherapy: Complete or partial response"
    assert {("count", "ORR", group, "8", ""), ("percent", "ORR", group, "29.6", "")} <= cells(tmp_path, EARLIER)


def test_a_column_of_recurrences(tmp_path):
    assert ("ae_count", "Colitis, recurrent, grade any", "", "1", "") in cells(tmp_path, AGAIN)


def test_a_table_after_rechallenge_is_not_weighted(tmp_path):
    found = cells(tmp_path, MATCHED.replace("in the matched cohort", "of PFS after rechallenge"))
    assert not any("weighted" in f[2] for f in found)


def test_two_arms_within_patients_named_behind(tmp_path):
    found = facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {SCOPES}\n"))
    assert {
        ("percent", "ORR", "added, without the marker", "35.7", ""), ("percent", "ORR", "alone, with the marker", "23.1", ""),
    } <= found  # fmt: skip


def test_a_ratio_of_three_arms_is_against_the_one_marked_as_reference(tmp_path):
    found = cells(tmp_path, REFERENCES)
    assert {
        ("hazard_ratio", "PFS", "High dose vs Control", "0.50", "0.39"), ("survival_rate", "PFS at 6 months", "Control", "16", "10"),
        ("events", "PFS", "Low dose", "129", ""),
    } <= found  # fmt: skip


def test_a_table_of_the_matched_cohort_alone(tmp_path):
    found = cells(tmp_path, MATCHED)
    assert ("hazard_ratio", "Best response to first ICI: CR/PR weighted") in {(f[0], f[2]) for f in found}


def test_events_below_their_system(tmp_path):
    assert ("ae_count", "Anaemia, grade ≥3", "Added", "9", "") in cells(tmp_path, SYSTEMS)


def test_a_column_of_percentages_beside_counts(tmp_path):
    assert ("ae_percent", "Rash, grade any", "", "12.7", "") in cells(tmp_path, SHARES_ALONE)


def test_an_effective_size_in_a_head(tmp_path):
    assert ("effective_n", "patients included", "Early", "47.9", "") in cells(tmp_path, ESS)


def test_heads_of_an_abstract_in_capitals(tmp_path):
    text = "Retreatment of patients in a cohort\nBACKGROUND: Others had a median PFS of 2.0 months.\nRESULTS: Median PFS was 3.9 months.\n"
    found = facts(read(tmp_path, "paper.txt", text))
    assert ("median_survival", "PFS", "", "3.9", "") in found and "2.0" not in {f[3] for f in found}


def test_a_paragraph_behind_a_table_of_word_is_text(tmp_path):
    source = docx.Document()
    source.add_heading("Results", 1)
    source.add_paragraph("Table 1. Patients")
    table = source.add_table(2, 2)
    for cell, text in zip([c for r in table.rows for c in r.cells], ("", "No. (%)", "Male", "26 (59.1)"), strict=True):
        cell.text = text
    source.add_paragraph(
        "Six patients had a confirmed response. Median PFS was 2.6 months in all patients, and the PFS rate at 6 months was 24.1%."
        * 2
    )
    source.save(tmp_path / "paper.docx")
    assert ("median_survival", "PFS", "", "2.6", "") in facts(read_paper([tmp_path / "paper.docx"], "study"))


def test_patients_by_what_events_they_had_are_no_table_of_events(tmp_path):
    found = cells(tmp_path, BY_EVENTS)
    assert {
        ("mean", "Age, years, mean (SD)", "Never irAE", "64.4", ""), ("sd", "Age, years, mean (SD)", "irAE", "8.6", ""), ("count", "Men", "irAE", "39", ""),
        ("median", "First-course PFS, months, median (IQR)", "Never irAE", "5.1", ""),
    } <= found  # fmt: skip


def test_weighted_and_unweighted_below_one_head_of_differences(tmp_path):
    found = cells(tmp_path, BALANCE)
    assert {
        ("smd", "Female", "between groups", "0.07", ""),
        ("smd", "Female", "between groups weighted", "0.02", ""),
    } <= found


def test_a_column_of_values_of_tests(tmp_path):
    found = {(f[0], f[3]) for f in cells(tmp_path, VALUES)}
    assert {("t", "0.675"), ("chi2", "0.016")} <= found


def test_responders_with_their_number_are_a_group(tmp_path):
    assert ("percent", "Male sex", "Responders", "73.3", "") in cells(tmp_path, RESPONDERS)


def test_a_test_of_a_factor_beside_medians_is_of_that_factor(tmp_path):
    found = cells(tmp_path, FACTORS)
    assert {("chi2", "PFS", "性别", "0.184", ""), ("median_survival", "PFS", "性别: 男", "3.5", "2.7")} <= found


def test_an_abbreviation_of_other_letters_is_no_long_name():
    text = Sentence("Patients on the drug in question (DR) were compared.", "results")
    assert not long_names([Document("x", sentences=[text])], ["DR", "Kept"])


def test_events_of_patients_and_interaction_in_a_table_of_subgroups(tmp_path):
    found = cells(tmp_path, SUBGROUPS)
    assert {
        ("events", "PFS", "Sex: Male, Added drug", "36", ""), ("count", "patients included", "Sex: Male, Added drug", "47", ""),
        ("events", "PFS", "Sex: Female, Docetaxel", "13", ""), ("p_interaction", "PFS", "Sex", "0·82", ""),
    } <= found  # fmt: skip
    assert sum(f[0] == "p_interaction" for f in found) == 1


def test_a_share_with_its_interval_behind_a_comma(tmp_path):
    assert ("percent", "ORR", "Added drug", "20", "11") in cells(tmp_path, SHARES)


def test_an_arm_whose_head_says_median(tmp_path):
    found = cells(tmp_path, MEDIANS)
    assert {
        ("median_survival", "OS", "Rechallenge", "14.2", "11.3"), ("median_survival", "OS", "Chemotherapy weighted", "10.2", "8.7"),
    } <= found  # fmt: skip
    assert not [f for f in found if f[0] in ("median", "range")]


def test_a_test_at_the_foot_of_a_table(tmp_path):
    assert ("chi2", "ORR", "2.745") in {(f[0], f[1], f[3]) for f in cells(tmp_path, FOOT)}


def test_a_column_beside_the_grades_that_no_rule_explains_is_left_for_a_person(tmp_path):
    found = cells(tmp_path, EVENTS)
    assert ("ae_count", "Colitis, grade any", "", "6", "") in found
    assert {f[0] for f in found if f[3] == "2"} == {"printed"}


def test_letters_turned_with_the_rests_of_a_rotation():
    assert _is_turned({"matrix": (6e-17, -1.0, 1.0, 6e-17, 0, 0)})
    assert not _is_turned({"matrix": (1.0, 0.0, 0.2, 1.0, 0, 0)})

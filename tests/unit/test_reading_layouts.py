"""Layouts of papers: which headings rule which text, rows of tests below their outcome, heads that name patients."""

import base64
import io
import zipfile

import docx
import pytest

from papercheck.audit.engine import audit
from papercheck.files.findings import CohortError
from papercheck.reading.command import read_study
from papercheck.reading.paper import read_paper
from papercheck.reading.pdf import _title
from papercheck.registry.registry import read_registry

SENTENCES = [
    ("The median PFS (mPFS) and median OS (mOS) were 4.3 months (95% CI: 3.4–5.2) and 12.9 months (95% CI: 9.7–16.1).", {
        ("median_survival", "PFS", "", "4.3", "3.4"), ("median_survival", "OS", "", "12.9", "9.7"),
    }),
    ("The 1-year and 2-year OS rates were 53.4% and 24.8%, respectively.", {
        ("survival_rate", "OS at 12 months", "", "53.4", ""), ("survival_rate", "OS at 24 months", "", "24.8", ""),
    }),
    ("The one-year OS rate was 61.9% (95% CI: 49.8-76.9%).", {("survival_rate", "OS at 12 months", "", "61.9", "49.8")}),
    ("There were 63 males (73.3%).", {("count", "males", "", "63", ""), ("percent", "males", "", "73.3", "")}),
    ("Responses were seen in 13 of 74 patients (complete response in 1 and partial response in 12).", {
        ("count", "BOR: CR", "", "1", ""), ("count", "BOR: PR", "", "12", ""),
    }),
    ("ORR was 15.3% (9/59) in pts with PD-L1 TPS ≥1% and 11.9% (5/42) in pts with TPS <1%.", {
        ("percent", "ORR", "PD-L1 TPS ≥1%", "15.3", ""), ("percent", "ORR", "with TPS <1%", "11.9", ""),
    }),
    ("Median (range) time from first dose to data cutoff was 18.9 (12.1–26.3) mo.", {
        ("follow_up", "OS", "", "18.9", ""), ("range", "follow-up", "", "", "12.1"),
    }),
    ("There were 1 CR and 13 PRs; median rwPFS was 4.9 months (95%CI 3.5-6.1).", {
        ("count", "BOR: PR", "", "13", ""), ("median_survival", "PFS", "", "4.9", "3.5"),
    }),
    ("At data cutoff, 109 progression-free survival events had occurred, and 79 pts (67%) have died.", {
        ("events", "PFS", "", "109", ""), ("events", "OS", "", "79", ""),
    }),
    ("The interaction between timing and ECOG PS was not significant (P for interaction = .41).", {
        ("p_interaction", "", "ECOG PS", ".41", ""),
    }),
    ("70% (37) were men; no grade 5 toxicity was seen.", {("count", "men", "", "37", ""), ("ae_count", "Any event, grade 5", "", "no", "")}),
    ("联合组6个月、12个月PFS率分别为42.1%、15.8%。中位随访时间为15.2个月（3.1～38.7个月），共41例患者死亡，49例患者疾病进展。", {
        ("survival_rate", "PFS at 12 months", "联合组", "15.8", ""), ("range", "follow-up", "", "", "3.1"),
        ("events", "OS", "", "41", ""), ("events", "PFS", "", "49", ""),
    }),
]  # fmt: skip
OUTCOMES = """<table><caption>Table 1. Outcomes</caption><tr><th>Outcome</th><th>PFS on first ICI ≥6 mo (n = 41)</th>
<th>PFS on first ICI &lt;6 mo (n = 33)</th></tr><tr><td>Age, y, median (IQR)</td><td>67 (60–72)</td><td>64 (57–70)</td></tr>
<tr><td>ORR, % (95% CI)</td><td>24.4 (12.4–40.3)</td><td>9.1 (1.9–24.3)</td></tr>
<tr><td>Median DOR, mo (95% CI)</td><td>9.2 (5.5–NE)</td><td>4.2 (NE–NE)</td></tr>
<tr><td>mOS, months (95% CI)</td><td>14.7 (95% CI: 10.2-19.9)</td><td>8.0 (95% CI: 5.1-11.3)</td></tr></table>"""
TESTS = """<table><caption>Table 2. Efficacy</caption><tr><th rowspan="2">Endpoint</th><th colspan="2">Before PSM</th>
<th colspan="2">After PSM</th></tr><tr><th>ICI</th><th>Docetaxel</th><th>ICI</th><th>Docetaxel</th></tr>
<tr><td>Median PFS, weeks (95% CI)</td><td>19.4 (16.1-23.0)</td><td>14.6 (12.0-17.1)</td><td>18.9 (15.0-23.3)</td><td>14.9 (12.1-18.0)</td></tr>
<tr><td>HR (95% CI)</td><td colspan="2">0.73 (0.55-0.96)</td><td colspan="2">0.76 (0.54-1.06)</td></tr>
<tr><td>P value</td><td colspan="2">0.025</td><td colspan="2">0.107</td></tr></table>"""
RESPONSES = """<table><caption>表3 疗效</caption><tr><th>组别</th><th>例数</th><th>PR</th><th>PD</th><th>ORR（%）</th></tr>
<tr><td>联合组</td><td>38</td><td>8</td><td>12</td><td>21.1</td></tr><tr><td>单药组</td><td>34</td><td>3</td><td>19</td><td>8.8</td></tr>
<tr><td>P值</td><td></td><td></td><td></td><td>0.148</td></tr></table>"""
EFFECT = """<table><caption>Table 4. Survival</caption><tr><th></th><th>Kept (n=63)</th><th>Stopped (n=61)</th><th>Effect size (95% CI)</th></tr>
<tr><td>Median OS, months (95% CI)</td><td>13.8 (10.6–18.0)</td><td>11.2 (9.0–14.9)</td><td>HR 0.84 (0.55–1.29)</td></tr></table>"""


def facts(paper):
    return {(r.statistic, r.endpoint, r.patients, r.value, r.low) for r in paper.readings}


def read(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_paper([path], "study")


@pytest.mark.parametrize("sentence, wanted", SENTENCES, ids=[s[:24] for s, _ in SENTENCES])
def test_a_sentence(tmp_path, sentence, wanted):
    assert wanted <= facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {sentence}\n"))


def test_a_p_behind_words_of_a_test_is_read_once(tmp_path):
    text = (
        "Abstract\nResults: PFS was not significantly longer in the ICI group than in the control group (median 18.9"
        " vs. 14.9 weeks, HR 0.76 [95% CI 0.54-1.06], P = 0.11).\n"
    )
    tests = [r.value for r in read(tmp_path, "paper.txt", text).readings if r.statistic == "p"]
    assert tests == ["0.11"]


def cells(tmp_path, table):
    return facts(read(tmp_path, "paper.html", f"<html><body><h2>Results</h2>{table}</body></html>"))


def test_a_head_that_names_patients_is_no_endpoint(tmp_path):
    found = cells(tmp_path, OUTCOMES)
    early, late = "PFS on first ICI <6 mo", "PFS on first ICI ≥6 mo"
    assert {
        ("percent", "ORR", late, "24.4", "12.4"), ("median_survival", "DOR", late, "9.2", "5.5"),
        ("median_survival", "OS", early, "8.0", "5.1"), ("median", "Age, y, median (IQR)", early, "64", ""),
    } <= found  # fmt: skip


def test_rows_of_ratio_and_p_are_of_the_outcome_above_and_of_the_columns_that_they_span(tmp_path):
    found = cells(tmp_path, TESTS)
    assert {
        ("hazard_ratio", "PFS", "ICI vs Docetaxel", "0.73", "0.55"), ("p", "PFS", "ICI vs Docetaxel", "0.025", ""),
        ("hazard_ratio", "PFS", "ICI vs Docetaxel weighted", "0.76", "0.54"), ("p", "PFS", "ICI vs Docetaxel weighted", "0.107", ""),
    } <= found  # fmt: skip
    assert sum(f[0] in ("hazard_ratio", "p") for f in found) == 4


def test_columns_of_responses_are_no_columns_of_p(tmp_path):
    found = cells(tmp_path, RESPONSES)
    assert {("count", "联合组", "8"), ("count", "单药组", "19"), ("percent", "联合组", "21.1")} <= {
        (s, g, v) for s, _, g, v, _ in found
    }
    assert {(e, v) for s, e, _, v, _ in found if s == "p"} == {("ORR", "0.148")}


def test_a_cell_that_names_its_ratio(tmp_path):
    assert ("hazard_ratio", "OS", "Kept vs Stopped", "0.84", "0.55") in cells(tmp_path, EFFECT)


ABSTRACT = (
    "<h2>Abstract</h2><h3>Introduction</h3><p>Little is known.</p><h3>Results</h3><p>ORR was"
    " 17.6%.</p><h3>Conclusions</h3><p>Good.</p>"
)


def test_headings_of_an_abstract_that_begins_with_introduction(tmp_path):
    page = (
        f"<html><body><h1>Title</h1>{ABSTRACT}<h2>Results</h2><h3>Patients</h3><p>Median OS was 9.1"
        " months.</p></body></html>"
    )
    read_ = {r.value: r.where for r in read(tmp_path, "paper.html", page).readings}
    assert read_ == {"17.6": "abstract: Results", "9.1": "text: Results > Patients"}


def test_an_abstract_of_run_in_heads_that_begins_with_introduction(tmp_path):
    text = (
        "Rechallenge in the clinic\n\nIntroduction: Data are scarce.\n\nMethods: Records of 99 pts.\n\nResults: Median"
        " OS was 9.1 months.\n"
    )
    assert ("median_survival", "OS", "", "9.1", "") in facts(read(tmp_path, "paper.txt", text))


def test_headings_below_words_that_ran_into_the_abstract_begin_anew(tmp_path):
    paper = docx.Document()
    for kind, text in (("h2", "Abstract"), ("p", "Results: ORR was 17.6%."), ("p", "Conclusion: Good."), ("h2", "3. Results"), ("h3", "3.1. Efficacy"),
                       ("p", "Median OS was 9.1 months."), ("h2", "4. Discussion"), ("p", "Median OS was 5.5 months.")):  # fmt: skip
        paper.add_heading(text, int(kind[1])) if kind[0] == "h" else paper.add_paragraph(text)
    paper.save(tmp_path / "paper.docx")
    assert {r.value for r in read_paper([tmp_path / "paper.docx"], "study").readings} == {"17.6", "9.1"}


WHOSE = [
    ("Patients were randomized to sitra + nivo, n = 284; docetaxel, n = 293 (median follow-up, 17.1 months). Sitra + nivo did not significantly "
     "improve OS versus docetaxel [median, 12.2 versus 10.6 months; hazard ratio (HR) 0.86, 95% CI 0.70-1.05; P = 0.144].", {
        ("count", "patients included", "sitra + nivo", "284", ""), ("follow_up", "OS", "", "17.1", ""),
        ("median_survival", "OS", "docetaxel", "10.6", ""), ("hazard_ratio", "OS", "sitra + nivo vs docetaxel", "0.86", "0.70"),
    }),
    ("The 3-year OS rate was 16.6%. LTSs' median PFS was 28.4 months; mOS was not reached.", {
        ("median_survival", "PFS", "LTSs", "28.4", ""), ("median_survival", "OS", "LTSs", "not reached", ""),
    }),
    ("In the group with prior ICI, ORR and DCR were higher than without it (p = 0.012 and 0.028, respectively).", {
        ("p", "ORR", "with prior ICI vs others", "0.012", ""), ("p", "DCR", "with prior ICI vs others", "0.028", ""),
    }),
    ("Adverse events of any grade occurred in 399 of 636 patients assigned to chemotherapy (62.7%).", {
        ("ae_count", "Any event, grade any", "assigned to chemotherapy", "399", ""),
    }),
    ("There were 13 deaths related to therapy. Median PFS of patients receiving initial ICI was 5.7 months.", {
        ("ae_count", "Fatal event, grade any", "", "13", ""), ("median_survival", "PFS1", "", "5.7", ""),
    }),
    ("SPP was longer in the TBP than in the OAT group (12.6 vs. 9.3 months, P = .22).", {("median_survival", "PPS", "TBP", "12.6", "")}),
    ("Nineteen patients had partial response (18.8%) and no patients achieved complete response.", {("count", "BOR: CR", "", "no", "")}),
    ("At 12.8 months of median follow-up, 56 percent of patients were alive.", {("follow_up", "OS", "", "12.8", "")}),
]  # fmt: skip


@pytest.mark.parametrize("text, wanted", WHOSE, ids=[s[:24] for s, _ in WHOSE])
def test_whose_a_number_is(tmp_path, text, wanted):
    found = facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {text}\n"))
    assert wanted <= found
    assert not [f for f in found if f[0] == "p" and not f[3].startswith(("0", "."))]


def test_two_values_of_one_endpoint_are_not_both_of_all_patients(tmp_path):
    text = (
        "Abstract\nResults: Median OS was 6.2 months (95% CI 5.5-7.4) in Pre- and 8.9 months (95% CI 7.5-10.6) in"
        " Post-1L IO.\n"
    )
    found = read(tmp_path, "paper.txt", text).readings
    assert {(r.value, r.statistic, r.group) for r in found} == {
        ("6.2", "printed", ""),
        ("8.9", "median_survival", "Post-1L IO"),
    }


def test_a_share_of_as_many_patients_as_one_group_has_is_of_that_group(tmp_path):
    text = (
        "Abstract\nResults: Forty patients underwent retreatment (rechallenged group), while 59 discontinued it"
        " (discontinued group). A rash was seen in 24 of 40 (60%).\n"
    )
    assert {r.group for r in read(tmp_path, "paper.txt", text).readings if r.value in ("24", "60")} == {"rechallenged"}


def test_dates_are_no_counts(tmp_path):
    text = (
        "Abstract\nResults: Between 07/11/2019 and 23/12/2020, 22 patients were enrolled; the cut-off was 2021-11-08.\n"
    )
    assert [r.value for r in read(tmp_path, "paper.txt", text).readings] == ["22"]


EVENTS = [
    ("Serious adverse events were reported in 17 of 62 patients (27.4%).", {("ae_count", "Any serious event, grade any", "", "17", "")}),
    ("AEs were reported in 100.0% (any grade) and 59.1% (grade ≥3) of patients.", {
        ("ae_percent", "Any event, grade any", "", "100.0", ""), ("ae_percent", "Any event, grade ≥3", "", "59.1", ""),
    }),
    ("Common adverse events were rash (11, 19.6%), raised lipase (9, 16.1%) and fatigue (8, 14.3%).", {
        ("ae_count", "Raised lipase, grade any", "", "9", ""),
    }),
    ("The first ICI was stopped because of progression in 71 (60%), toxicity in 29 (25%) and clinical decision in 18 (15%).", {
        ("count", "toxicity", "", "29", ""), ("count", "clinical decision", "", "18", ""),
    }),
    ("Partial response was seen in 7 (14.9%), 26 (55.3%) had stable disease, 11 (23.4%) progressive disease and 3 (6.4%) were not evaluable.", {
        ("count", "BOR: SD", "", "26", ""), ("count", "BOR: PD", "", "11", ""), ("count", "BOR: NE", "", "3", ""),
    }),
    ("联合组PR 8例（21.1%），SD 18例（47.4%），PD 12例（31.6%）。", {("count", "BOR: SD", "联合组", "18", ""), ("count", "BOR: PD", "联合组", "12", "")}),
    ("两组常见不良反应为乏力，3级及以上不良反应发生率分别为15.8%（6/38）和2.9%（1/34）。", {
        ("ae_count", "Any event, grade ≥3", "", "6", ""), ("ae_count", "Any event, grade ≥3", "", "1", ""),
    }),
]  # fmt: skip


@pytest.mark.parametrize("text, wanted", EVENTS, ids=[s[:24] for s, _ in EVENTS])
def test_what_an_event_or_response_is(tmp_path, text, wanted):
    assert wanted <= facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {text}\n"))


RIGHT = """<html><body><h2>Abstract</h2><h3>Results</h3><p>Of 171 patients screened, 124 were included. The HR for PFS was 0.64
(95% CI 0.44-0.93; P = 0.019) before weighting and the weighted HR 0.67 (95% CI 0.47-0.96; P = 0.028).</p>
<h2>Results</h2><p>Serious adverse events were seen in 17 (27%) of 62 patients in the switch group. Kept patients had less anaemia than
the switch group (1.6% vs 10.0%). An ICI was stopped for progression in 71 (57%), toxicity in 32 (26%) and other reasons in 21 (17%).</p>
<table><caption>Table 1. Patients</caption><tr><th></th><th>Keep (n = 63)</th><th>Switch (n = 61)</th><th>P</th><th>P after PSM</th></tr>
<tr><td>Stage, n (%)</td><td></td><td></td><td>0.412</td><td>0.857</td></tr><tr><td>&#160;III</td><td>20 (32)</td><td>24 (39)</td><td></td><td></td></tr>
<tr><td>&#160;IV</td><td>43 (68)</td><td>37 (61)</td><td></td><td></td></tr><tr><td>PD-L1, n (%)</td><td></td><td></td><td>0.70</td><td>0.90</td></tr>
<tr><td>&#160;Positive</td><td>56 (89)</td><td>56 (92)</td><td></td><td></td></tr>
<tr><td>&#160;Not evaluable</td><td>7 (11)</td><td>5 (8)</td><td></td><td></td></tr></table>
<table><caption>Table 2. Responses</caption><tr><th></th><th>Keep (n = 63)</th><th>Switch (n = 61)</th></tr>
<tr><td>Not evaluable</td><td>4 (6)</td><td>6 (10)</td></tr></table>
<table><caption>Table 3. Adverse events</caption><tr><th>Event</th><th>Grade</th><th>Keep (n = 62)</th><th>Switch (n = 60)</th></tr>
<tr><td rowspan="2">Anaemia</td><td>Any</td><td>9 (15)</td><td>30 (50)</td></tr><tr><td>≥3</td><td>1 (2)</td><td>6 (10)</td></tr>
<tr><td rowspan="2">Rash</td><td>Any</td><td>24 (39)</td><td>12 (20)</td></tr><tr><td>≥3</td><td>2 (3)</td><td>0 (0)</td></tr></table></body></html>"""


def test_a_right_paper_is_not_accused(tmp_path):
    (tmp_path / "paper.html").write_text(RIGHT, encoding="utf-8")
    read_study([tmp_path / "paper.html"], "study", tmp_path)
    found = [
        f
        for f in audit(read_registry(tmp_path / "study" / "published.yml"))
        if f.kind in ("impossible", "contradiction")
    ]
    assert [(f.check, f.wording) for f in found if f.check != "tests of counts"] == []


def cannot(folder, name, raw):
    (folder / name).write_bytes(raw)
    with pytest.raises(CohortError) as error:
        read_paper([folder / name], "study")
    assert len(error.value.findings) == 1
    return error.value.findings[0].rule


def test_files_that_hold_no_paper(tmp_path):
    assert cannot(tmp_path, "noise.txt", bytes(range(256)) * 20) == "the file holds no text"
    assert cannot(tmp_path, "sheet.docx", b"PK\x03\x04 no zip") == "the file is no Word file, or damaged"


def test_a_word_file_that_would_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("papercheck.reading.files.LARGEST", 100_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b" " * 1_000_000)
    assert "once unpacked" in cannot(tmp_path, "bomb.docx", packed.getvalue())


def test_tables_that_are_pictures_are_named(tmp_path):
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    paper = docx.Document()
    paper.add_heading("Results", 1)
    paper.add_paragraph("Median OS was 9.1 months.")
    paper.add_paragraph("Table 2. Patients")
    paper.add_picture(io.BytesIO(pixel))
    paper.save(tmp_path / "paper.docx")
    page = (
        '<html><body><h2>Results</h2><p>Median OS was 9.1 months.</p><figure><img src="a.png"><figcaption>Table 2.'
        " Patients</figcaption></figure></body></html>"
    )
    (tmp_path / "paper.html").write_text(page, encoding="utf-8")
    for name in ("paper.docx", "paper.html"):
        read_ = read_paper([tmp_path / name], "study")
        assert [(u.place, u.what) for u in read_.unread] == [("table 2", "the table is a picture")]
        assert [r.value for r in read_.readings] == ["9.1"]


def test_a_ratio_of_nobody_is_left_for_a_person(tmp_path):
    text = (
        "Abstract\nResults: There was no improvement of PFS (HR 0.92 [95% CI 0.79-1.07]) in 99 patients (150 mg n = 60,"
        " 120 mg n = 39).\n"
    )
    found = facts(read(tmp_path, "paper.txt", text))
    assert ("printed", "", "", "0.92", "0.79") in found
    assert {
        ("count", "patients included", "150 mg", "60", ""),
        ("count", "patients included", "120 mg", "39", ""),
    } <= found


SURVIVAL = """<table><caption>Table 2. Survival</caption><tr><th rowspan="2"></th><th colspan="3">Progression-free survival</th></tr>
<tr><th>Median (95% CI), months</th><th>12-month rate, %</th><th>P</th></tr>
<tr><td>Responders</td><td>5.7 (4.1–7.6)</td><td>26.0</td><td rowspan="2">0.003</td></tr>
<tr><td>Non-responders</td><td>2.7 (2.1–3.5)</td><td>9.8</td></tr></table>"""


def test_statistics_below_a_time_to_event_with_groups_in_rows(tmp_path):
    found = cells(tmp_path, SURVIVAL)
    assert {
        ("median_survival", "PFS", "Responders", "5.7", "4.1"), ("survival_rate", "PFS at 12 months", "Non-responders", "9.8", ""),
        ("p", "PFS", "Responders vs Non-responders", "0.003", ""),
    } <= found  # fmt: skip
    assert sum(f[0] == "p" for f in found) == 1


def test_arms_give_the_size_of_a_study_that_no_sentence_does(tmp_path):
    text = (
        "Abstract\nResults: Patients were randomised (Arm A, n = 40; Arm B, n = 41). A rash was seen in 9 patients"
        " (11.1%).\n"
    )
    (tmp_path / "paper.txt").write_text(text, encoding="utf-8")
    read_study([tmp_path / "paper.txt"], "study", tmp_path)
    assert read_registry(tmp_path / "study" / "published.yml").n == 81


def test_an_abstract_below_one_run_in_head_of_its_aim(tmp_path):
    text = "Aim: to describe second courses. The estimated 6-month PFS rate was 73.5% (95% CI, 43.9–89.1)."
    (tmp_path / "paper.txt").write_text(text, encoding="utf-8")
    assert [(r.endpoint, r.value) for r in read_paper([tmp_path / "paper.txt"], "s").readings] == [
        ("PFS at 6 months", "73.5")
    ]


CHANGES = """<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:r><w:t xml:space="preserve">All 31 patients were treated. </w:t></w:r>
<w:del w:id="1"><w:r><w:delText xml:space="preserve">Median OS was 99.9 months. </w:delText></w:r></w:del>
<w:ins w:id="2"><w:hyperlink><w:r><w:t xml:space="preserve">Median OS was 12.3 months. </w:t></w:r></w:hyperlink></w:ins>
<w:moveFrom w:id="3"><w:r><w:t xml:space="preserve">ORR was 77.7%. </w:t></w:r></w:moveFrom>
<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t xml:space="preserve">Median PFS was 5.2 months.</w:t></w:r></w:sdtContent></w:sdt></w:p>"""


def test_tracked_changes_are_read_as_accepted_and_said(tmp_path):
    source = docx.Document()
    source.add_heading("Results", 1)
    source.element.body.append(docx.oxml.parse_xml(CHANGES))
    source.save(tmp_path / "paper.docx")
    paper = read_paper([tmp_path / "paper.docx"], "study")
    assert {r.value for r in paper.readings} == {"31", "12.3", "5.2"}
    assert [u.place for u in paper.unread] == ["tracked changes"]


def test_a_page_set_in_one_size_has_no_title():
    words = [{"text": text, "size": 9.0} for text in ["Median", "PFS", "was", "5.2", "months"]]
    assert _title([{"words": words}]) == ""
    assert _title([{"words": [{"text": "Rechallenge", "size": 15.0}, *words]}]) == "Rechallenge"

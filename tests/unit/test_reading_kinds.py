"""Kinds of sentences and cells that papers of the field print:
who is meant by a list, a bracket, a head over two columns.
"""

import pytest

from papercheck.audit.engine import audit
from papercheck.reading.command import read_study
from papercheck.reading.paper import read_paper
from papercheck.registry.registry import read_registry

SENTENCES = [
    ("The ORR and DCR were 17.8% and 77.8%, respectively; mDoR 6.9 mos.", {
        ("percent", "ORR", "", "17.8", ""), ("percent", "DCR", "", "77.8", ""), ("median_survival", "DOR", "", "6.9", ""),
    }),
    ("With a median f/u of 13.7 mos, mPFS was 6.8 vs 4.3 mos in pts with PD-L1 ≥1% vs <1%.", {
        ("follow_up", "OS", "", "13.7", ""), ("median_survival", "PFS", "PD-L1 ≥1%", "6.8", ""),
        ("median_survival", "PFS", "PD-L1 <1%", "4.3", ""),
    }),
    ("In a Cox model, ECOG PS 2 (HR 2.6, 95% CI 1.3–5.2) and liver metastases (HR 1.9, 95% CI 1.0–3.6) were associated with OS.", {
        ("hazard_ratio", "OS", "ECOG PS 2", "2.6", "1.3"), ("hazard_ratio", "OS", "liver metastases", "1.9", "1.0"),
    }),
    ("Overall irAEs went with longer PFS (11.2 vs. 3.4 months) and OS (31.4 vs. 14.0 months).", {
        ("printed", "", "", "11.2", ""), ("printed", "", "", "31.4", ""), ("printed", "", "", "14.0", ""),  # nothing says of whom
    }),
    ("PFS at 6 months was 75.1% and OS at 12 months was 87.7%.", {
        ("survival_rate", "PFS at 6 months", "", "75.1", ""), ("survival_rate", "OS at 12 months", "", "87.7", ""),
    }),
    ("CR, PR, SD and PD were observed in 11, 21, 16 and 15 patients, respectively.", {
        ("count", "BOR: CR", "", "11", ""), ("count", "BOR: PR", "", "21", ""), ("count", "BOR: PD", "", "15", ""),
    }),
    ("In the subgroup with ECOG PS 2, median PFS was 2.6 months, whereas it was 5.9 months in the subgroup with ECOG PS 0.", {
        ("median_survival", "PFS", "with ECOG PS 2", "2.6", ""), ("median_survival", "PFS", "with ECOG PS 0", "5.9", ""),
    }),
    ("In multivariable analysis, a first PFS of at least 6 months (HR 0.5, 95% CI 0.3–0.9, P = 0.02) predicted PFS.", {
        ("hazard_ratio", "PFS", "a first PFS of at least 6 months", "0.5", "0.3"), ("p", "PFS", "a first PFS of at least 6 months", "0.02", ""),
    }),
    ("Of 412 patients screened, 74 were included.", {("count", "screened", "", "412", ""), ("count", "patients included", "", "74", "")}),
    ("ORR in the experimental and control groups was 30.2% and 13.9%, respectively.", {
        ("percent", "ORR", "experimental", "30.2", ""), ("percent", "ORR", "control", "13.9", ""),
    }),
    ("使用国产药和进口药的中位PFS分别为9.0（95%CI：3.0~15.0）个月和7.4（95%CI：4.8~9.8）个月。", {
        ("median_survival", "PFS", "国产药", "9.0", "3.0"), ("median_survival", "PFS", "进口药", "7.4", "4.8"),
    }),
    ("The proportion of patients alive at 1, 2 and 3 years was 53.8%, 28.1% and 14.9%, respectively.", {
        ("survival_rate", "OS at 12 months", "", "53.8", ""), ("survival_rate", "OS at 36 months", "", "14.9", ""),
    }),
    ("One hundred and four patients were enrolled from 5/2019 to 11/2021; 39 (61%) patients had died.", {
        ("count", "patients included", "", "One hundred and four", ""), ("events", "OS", "", "39", ""),
    }),
]  # fmt: skip
TABLES = """<html><body><h2>3. Results</h2><p>Seven patients responded. Previous studies found a median PFS of 1.6 months.</p>
<table><caption>Table 1. Patients</caption><tr><th></th><th>Kept (n=40)</th><th>Switched (n=48)</th><th>Kept, weighted</th></tr>
<tr><td>Male sex</td><td>29 (72.5)</td><td>31 (64.6)</td><td>68.0</td></tr>
<tr><td>Serum marker</td><td>1.2/3.4/5.6</td><td>x</td><td>y</td></tr></table>
<table><caption>Table 2. Outcomes</caption><tr><th></th><th>Kept</th><th>Switched</th><th>HR or OR (90% CI)</th><th>P</th></tr>
<tr><td>ORR, n/N (%)</td><td>5/40 (12.5)</td><td>5/48 (10.4)</td><td>1.23 (0.32–4.70)</td><td>.38</td></tr>
<tr><td><b>Overall survival</b></td><td></td><td></td><td></td><td></td></tr>
<tr><td>&#160;&#160;Median, months (90% CI)</td><td>11.0 (8.2–NR)</td><td>9.5 (6.1–13.4)</td><td>0.71 (0.48–1.04)</td><td>.07</td></tr></table>
<table><caption>Table 3. By reason</caption><tr><th>Reason</th><th>n</th><th>Median PFS, weeks (90% CI)</th></tr>
<tr><td>Toxicity</td><td>21</td><td>22.6 (14.1–35.9)</td></tr><tr><td>Progression</td><td>66</td><td>10.9 (8.7–13.0)</td></tr></table>
</body></html>"""


def facts(paper):
    return {(r.statistic, r.endpoint, r.patients, r.value, r.low) for r in paper.readings}


def read(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_paper([path], "study")


@pytest.mark.parametrize("sentence, wanted", SENTENCES, ids=[s[:24] for s, _ in SENTENCES])
def test_a_sentence(tmp_path, sentence, wanted):
    assert wanted <= facts(read(tmp_path, "paper.txt", f"Abstract\nResults: {sentence}\n"))


def test_cells_and_what_no_rule_places(tmp_path):
    paper = read(tmp_path, "paper.html", TABLES)
    found = facts(paper)
    assert {
        ("percent", "Male sex", "Kept weighted", "68.0", ""), ("count", "ORR", "Kept", "5", ""), ("percent", "ORR", "Switched", "10.4", ""),
        ("odds_ratio", "ORR", "Kept vs Switched", "1.23", "0.32"), ("p", "OS", "Kept vs Switched", ".07", ""),
        ("median_survival", "PFS", "Toxicity", "22.6", "14.1"),
    } <= found  # fmt: skip
    assert ("1.6" not in {f[3] for f in found}) and any("1.6" in words for words in paper.aside)
    kept = [r for r in paper.readings if not r.understood]
    assert [(r.value, r.evidence) for r in kept] == [("1.2", "1.2/3.4/5.6")]


def test_the_numbers_that_cannot_be_right_are_written(tmp_path):
    text = "Abstract\nResults: Sixty patients were enrolled. An objective response was seen in 8/31 (35.8%).\n"
    paper, flags = tmp_path / "paper.txt", tmp_path / "flags.csv"
    paper.write_text(text, encoding="utf-8")
    read_study([paper], "study", tmp_path, flags=flags)
    rows = flags.read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("value,where,kind") and any(r.startswith("35.8,Abstract") for r in rows[1:])
    assert any(f.kind == "impossible" for f in audit(read_registry(tmp_path / "study" / "published.yml")))


@pytest.mark.parametrize(
    ("share", "kinds"), [("12/64 (18.8%)", set()), ("12/64 (12.0%)", {"convention", "contradiction", "impossible"})]
)
def test_a_share_that_only_other_patients_explain_is_among_the_doubted(tmp_path, share, kinds):
    text = f"Abstract\nResults: Sixty-four patients were enrolled. An objective response was seen in {share}.\n"
    paper, flags = tmp_path / "paper.txt", tmp_path / "flags.csv"
    paper.write_text(text, encoding="utf-8")
    read_study([paper], "study", tmp_path, flags=flags)
    found = {row.split(",")[2] for row in flags.read_text(encoding="utf-8").splitlines()[1:]}
    assert found <= kinds and bool(found) == bool(kinds)


def test_columns_that_carry_their_model_or_only_what_a_program_prints(tmp_path):
    head = "".join(
        f"<th>{h}</th>"
        for h in ("Factor", "B", "SE", "Wald", "Univariable analysis HR", "95% CI", "Univariable analysis P")
    )
    cells = "".join(f"<td>{c}</td>" for c in ("Liver metastases", "0·55", "0·43", "5·95", "1·73", "0·74–4·02", "0·015"))
    page = (
        "<html><body><h2>Results</h2><table><caption>Table 1. Cox regression of"
        f" PFS</caption><tr>{head}</tr><tr>{cells}</tr></table></body></html>"
    )
    found = {(r.statistic, r.value, r.low) for r in read(tmp_path, "paper.html", page).readings}
    assert {("hazard_ratio", "1·73", "0·74"), ("p", "0·015", "")} <= found
    assert {s for s, v, _ in found if v in ("0·55", "0·43", "5·95")} == {"printed"}


def test_a_column_of_a_response_is_of_the_groups_in_its_rows(tmp_path):
    table = (
        "<tr><th>Group</th><th>n</th><th>ORR, n (%)</th></tr><tr><td>continued</td><td>66</td><td>17"
        " (25.8)</td></tr><tr><td>switched</td><td>21</td><td>9 (42.9)</td></tr>"
    )
    found = facts(
        read(
            tmp_path,
            "paper.html",
            f"<html><body><h2>Results</h2><table><caption>Table 1. Efficacy</caption>{table}</table></body></html>",
        )
    )
    assert {("count", "ORR", "continued", "17", ""), ("percent", "ORR", "switched", "42.9", "")} <= found

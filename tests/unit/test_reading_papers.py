"""Papers in several styles, all invented: what must be read,
what must not, and that every number stands in its evidence.
"""

from pathlib import Path

import docx
import pytest

from papercheck.audit.engine import audit
from papercheck.files.findings import CohortError
from papercheck.reading.command import read_study
from papercheck.reading.paper import read_paper
from papercheck.registry.registry import read_registry

DATA = Path(__file__).parents[1] / "data" / "reading"
JATS = """<article><front><article-meta><title-group><article-title>Nivolumab again</article-title></title-group><abstract><sec>
<title>Findings</title><p>118 patients were included. Median follow-up was 14·6 months (IQR 8·2–22·9). Median overall survival was
9·8 months (95% CI 7·6–not reached). 19 patients (16·1%, 95% CI 10·0–24·0) had an objective response.</p></sec></abstract></article-meta>
</front><body><sec><title>Introduction</title><p>In an earlier trial, median PFS was 4·0 months <xref ref-type="bibr">2</xref>.</p></sec>
<sec><title>Methods</title><p>Nivolumab 240 mg was given. p&lt;0·05 was significant.</p></sec><sec><title>Results</title>
<p>PFS rates at 6 and 12 months were 28·4% and 12·9%.</p><table-wrap><label>Table 2</label>
<caption><p>Cox regression for overall survival</p></caption><table><thead><tr><th rowspan="2"/><th colspan="2">Univariable</th></tr>
<tr><th>HR (95% CI)</th><th>p value</th></tr></thead><tbody><tr><td>ECOG performance status</td><td/><td/></tr>
<tr><td>&#xa0;&#xa0;0–1</td><td>1 (ref)</td><td>··</td></tr><tr><td>&#xa0;&#xa0;2</td><td>1·92 (1·20–3·07)</td><td>0·0065</td></tr></tbody>
</table></table-wrap></sec></body></article>"""
CHINESE = """免疫再挑战的疗效
摘要
方法 回顾性分析62例患者，其中联合组32例，化疗组30例。结果 联合组和化疗组的客观缓解率（ORR）分别为28.1%（9/32）和13.3%（4/30），差异无统计学意义（χ²=2.03，P=0.154）。联合组中位PFS为5.6个月（95%CI 4.1～7.3），化疗组为3.2个月（95%CI 2.4～4.0）。
"""
HTML = """<html><body><h2>Results</h2><p>In the weighted population, the HR for death was 0.72 (90% CI 0.48–1.08; one-sided P = 0.09).</p>
<table><caption>Table 1. Before and after weighting</caption><thead><tr><th rowspan="2">Characteristic</th><th colspan="2">Unweighted</th>
<th colspan="2">Weighted (IPTW)</th></tr><tr><th>Both (n=44)</th><th>ICI (n=40)</th><th>Both</th><th>ICI</th></tr></thead><tbody>
<tr><td colspan="5"><b>Sex</b></td></tr><tr><td style="padding-left:1em">Male</td><td>30 (68.2%)</td><td>28 (70.0%)</td><td>69.1%</td>
<td>68.7%</td></tr></tbody></table></body></html>"""
ABSTRACT = """Background: Few options. Methods: Pts received pembrolizumab 200 mg Q3W (one-sided alpha 0.05). Results: 37 pts were enrolled
(median age 64 y [range 38-81]). Confirmed ORR was 21.6% (8/37; 95% CI 9.8-38.2). mPFS was 5.4 mo (95% CI, 3.8-6.9) and mOS 12.6 mo
(95% CI, 9.0-NR). ORR was 33% in PD-L1 >=1% (n=18) and 11% in PD-L1 <1% (n=19) (p=0.12). Grade >=3 TRAEs occurred in 46% of pts."""


def facts(paper):
    return {(r.statistic, r.endpoint, r.patients, r.operator + r.value, r.low, r.high) for r in paper.readings}


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


STYLES = [
    ("lancet.xml", JATS, {
        ("count", "patients included", "", "118", "", ""), ("iqr", "follow-up", "", "", "8·2", "22·9"),
        ("median_survival", "OS", "", "9·8", "7·6", "not reached"), ("percent", "ORR", "", "16·1", "10·0", "24·0"),
        ("survival_rate", "PFS at 12 months", "", "12·9", "", ""),
        ("hazard_ratio", "OS", "ECOG performance status: 2, univariable", "1·92", "1·20", "3·07"),
        ("p", "OS", "ECOG performance status: 2, univariable", "0·0065", "", ""),
    }),
    ("chinese.txt", CHINESE, {
        ("count", "patients included", "联合组", "32", "", ""), ("percent", "ORR", "化疗组", "13.3", "", ""),
        ("chi2", "ORR", "联合组 vs 化疗组", "2.03", "", ""), ("median_survival", "PFS", "化疗组", "3.2", "2.4", "4.0"),
    }),
    ("weighted.html", HTML, {
        ("hazard_ratio", "OS", "Both vs ICI weighted", "0.72", "0.48", "1.08"), ("count", "Sex: Male", "ICI", "28", "", ""),
        ("percent", "Sex: Male", "Both weighted", "69.1", "", ""),
    }),
    ("abstract.txt", ABSTRACT, {
        ("count", "patients included", "", "37", "", ""), ("range", "Age", "", "", "38", "81"),
        ("percent", "ORR", "", "21.6", "9.8", "38.2"), ("median_survival", "OS", "", "12.6", "9.0", "NR"),
        ("percent", "ORR", "PD-L1 <1%", "11", "", ""), ("ae_percent", "Any treatment-related event, grade ≥3", "", "46", "", ""),
    }),
]  # fmt: skip
FOREIGN = {"4·0", "240", "200", "0·05", "0.05", "2"}


@pytest.mark.parametrize(("name", "text", "wanted"), STYLES, ids=[s[0] for s in STYLES])
def test_a_paper_of_each_style_is_read(tmp_path, name, text, wanted):
    paper = read_paper([written(tmp_path, name, text)], "s")
    assert wanted <= facts(paper)
    assert not {r.value for r in paper.readings if r.statistic != "count"} & FOREIGN


@pytest.mark.slow
def test_ruled_tables_over_two_pages_and_turned_tables_are_read():
    found = facts(read_paper([DATA / "trial.pdf"], "s"))
    assert ("count", "Factor 0: Yes", "Intensified arm", "20", "", "") in found  # page 1
    assert ("percent", "Factor 8: No", "Standard arm", "48.9", "", "") in found  # page 2
    assert ("ae_percent", "Colitis, grade any", "Standard arm", "4.4", "", "") in found  # turned page
    assert ("median_survival", "PFS", "Intensified", "4.4", "3.1", "5.9") in found


@pytest.mark.slow
def test_every_number_stands_in_its_evidence(tmp_path):
    papers = [read_paper([written(tmp_path, name, text)], "s") for name, text, _ in STYLES]
    papers.append(read_paper([DATA / "trial.pdf"], "s"))
    count = 0
    for reading in (r for p in papers for r in p.readings):
        for text in (reading.value, reading.low, reading.high):
            assert text in reading.evidence, (text, reading.evidence)
            count += 1
    assert count > 500


def test_a_word_file_becomes_a_draft_whose_audit_names_the_wrong_number(tmp_path):
    document = docx.Document()
    document.add_heading("Results", 1)
    document.add_paragraph("Responses were seen in 8/31 patients (35.8%) given A. Of 31 patients, 20 (64.5%) were men.")
    document.add_paragraph("Table 1. Outcome")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for r in table.rows for c in r.cells), ("", "All (n=31)", "ORR, n (%)", "8 (25.8)"), strict=True
    ):
        cell.text = text
    document.save(str(tmp_path / "paper.docx"))
    read_study([tmp_path / "paper.docx"], "wrong", tmp_path, tmp_path / "out.csv")
    registry = read_registry(tmp_path / "wrong" / "published.yml")
    assert any(
        "35.8" in cell[2] for f in audit(registry) for cell in f.cells if f.kind in ("impossible", "contradiction")
    )
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("statistic,endpoint,group")
    with pytest.raises(CohortError, match="exists already"):
        read_study([tmp_path / "paper.docx"], "wrong", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "is empty"),
        ("a.rtf", b"{rtf}", "not read"),
        ("b.docx", b"PK\x03\x04", "no Word file"),
        ("c.xml", b"<a/>", "could not be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CohortError, match=says):
        read_study([path], "s", tmp_path)
    assert not (tmp_path / "s").exists()


def test_a_notice_of_retraction_is_said(tmp_path):
    path = written(
        tmp_path, "r.txt", "Retraction: Rechallenge\n\nThe article has been retracted. All 13 patients were included.\n"
    )
    assert any("retraction" in u.what for u in read_paper([path], "s").unread)

"""Cells as tables of the field print them: marks of notes, shares turned round, several numbers in one cell."""

import pytest

from papercheck.audit.engine import audit
from papercheck.reading.command import read_study
from papercheck.reading.document import Cell, Table
from papercheck.reading.marks import raised, without_marks
from papercheck.reading.paper import read_paper
from papercheck.registry.registry import read_registry

HEAD = "<tr><th>Characteristic</th><th>All patients (n = 46)</th></tr>"
ARMS = "<tr><th></th><th>Early (n = 31)</th><th>Late (n = 28)</th><th>Never (n = 22)</th></tr>"
ROWS = [
    ("marks", "Baseline", HEAD, ["Male|34 (74)a", "Age, median (range)|67<sup>1</sup> (39–84)"], {
        ("count", "Male", "all", "34", ""), ("percent", "Male", "all", "74", ""), ("median", "Age, median (range)", "all", "67", ""),
    }),
    ("percent first", "Efficacy", HEAD, ["ORR, % (n)|33 (15)"], {("percent", "ORR", "all", "33", ""), ("count", "ORR", "all", "15", "")}),
    ("percent first with a sign", "Adverse events", HEAD, ["Rash|13% (6)"], {
        ("ae_percent", "Rash, grade any", "all", "13", ""), ("ae_count", "Rash, grade any", "all", "6", ""),
    }),
    ("interval behind a share", "Efficacy", HEAD, ["ORR, n (%)|15 (32.6)<br>[19.5–48.0]"], {("percent", "ORR", "all", "32.6", "19.5")}),
    ("levels in a list", "Baseline", HEAD, ["ECOG PS, 0/1/2|14 (30.4)/26 (56.5)/6 (13.0)", "Sex (male/female)|31/15"], {
        ("count", "ECOG PS: 1", "all", "26", ""), ("percent", "ECOG PS: 2", "all", "13.0", ""), ("count", "Sex: female", "all", "15", ""),
    }),
    ("limits that the cell names", "Baseline", HEAD, ["Age, years|66 (IQR 58–72; range 44–81)"], {
        ("median", "Age, years", "all", "66", ""), ("iqr", "Age, years", "all", "", "58"), ("range", "Age, years", "all", "", "44"),
    }),
    ("limits alone", "Baseline", HEAD, ["Age, years|", "Median|66", "Min–max|44–81"], {("range", "Age, years: Min–max", "all", "", "44")}),
    ("interval in the next column", "Efficacy", HEAD[:-5] + "<th>95% CI</th></tr>", ["PFS rate at 6 months, %|44|31–57", "ORR, %|33|20–48"], {
        ("survival_rate", "PFS at 6 months", "all", "44", "31"), ("percent", "ORR", "all", "33", "20"),
    }),
    ("units and signs behind numbers", "Outcomes", "<tr><th>Measure</th><th>Estimate</th><th>95% CI</th></tr>", ["Objective response rate|23.9% (17/71)|14.6–35.5%", "6-month PFS|47.2%|35.9–58.1%", "Median PFS|4.8 months|3.1–8.2"], {
        ("percent", "ORR", "all", "23.9", "14.6"), ("survival_rate", "PFS at 6 months", "all", "47.2", "35.9"), ("median_survival", "PFS", "all", "4.8", "3.1"),
    }),
    ("ratio with its P", "Efficacy", "<tr><th>Endpoint</th><th>HR (95% CI; P)</th></tr>", ["PFS|0.83 (0.41–1.68; P = 0.61)"], {
        ("hazard_ratio", "PFS", "between groups", "0.83", "0.41"), ("p", "PFS", "between groups", "0.61", ""),
    }),
    ("arms against a reference", "Efficacy", ARMS, [
        "Progression-free survival|||", "Events, n (%)|25 (80.6)|26 (92.9)|19 (86.4)", "HR (95% CI)|0.61 (0.33–1.11)|0.89 (0.48–1.60)|1 (reference)", "P value|0.11|0.67|",
    ], {("hazard_ratio", "PFS", "Early vs Never", "0.61", "0.33"), ("p", "PFS", "Late vs Never", "0.67", ""), ("events", "PFS", "Late", "26", "")}),
    ("arms below an endpoint", "Survival", "<tr><th rowspan='2'></th><th rowspan='2'>Median (95% CI), months</th><th colspan='2'>Survival rate, % (95% CI)</th></tr>"
     "<tr><th>6 months</th><th>12 months</th></tr>", ["Progression-free survival|||", "Anti-PD-1|10.1 (6.4–19.4)|50.4 (35.4–59.5)|30.4 (15.4–39.5)", "Anti-PD-L1|9.1 (6.2–15.4)|48.4 (33.4–59.0)|28.4 (13.4–39.5)"], {
        ("median_survival", "PFS", "Anti-PD-1", "10.1", "6.4"), ("survival_rate", "PFS at 12 months", "Anti-PD-L1", "28.4", "13.4"),
    }),
    ("a P behind an adjusted ratio", "Crude and adjusted hazard ratios for progression", "<tr><th>Variable</th><th>HR (95% CI)</th><th>P</th><th>Adjusted HR (95% CI)</th><th>P</th></tr>",
     ["Sex|||", "Female|Reference||Reference|", "Male|0.92 (0.60–1.40)|0.69|0.57 (0.34–0.93)|0.025"], {
        ("p", "PFS", "Sex: Male, multivariable", "0.025", ""), ("hazard_ratio", "PFS", "Sex: Male", "0.92", "0.60"),
    }),
    ("sizes in the rows", "Response", "<tr><th>Class</th><th>CR</th><th>ORR (95% CI)</th></tr>", ["Anti-PD-1 (n = 33)|1 (3.0)|21.2 (9.0–38.9)", "Anti-PD-L1 (n = 29)|0 (0.0)|13.8 (3.9–31.7)"], {
        ("count", "patients included", "Anti-PD-1", "33", ""),
    }),
    ("a nought among counts", "Adverse events", "<tr><th rowspan='2'>Event</th><th rowspan='2'>Grade</th><th>Early</th></tr><tr><th>n = 33 (%)</th></tr>",
     ["Rash|Any|5 (15.2)", "Rash|≥3|0"], {("ae_count", "Rash, grade ≥3", "Early", "0", "")}),
    ("what became of events", "Adverse events", HEAD[:-5] + "<th>Grade 3–4</th><th>Grade 1–2</th><th>Led to discontinuation</th></tr>", ["Rash|6 (13.0)|1 (2.2)|5 (10.9)|2 (4.3)"], {
        ("ae_count", "Rash, Led to discontinuation", "all", "2", ""),
    }),
    ("age and sex in one cell", "Course", "<tr><th>No.</th><th>Age/sex</th><th>OS (months)</th></tr>", ["1|64/M|9.1", "2|57/F|8.2", "3|70/M|7.0"], {
        ("individual", "Age", "patient 2", "57", ""),
    }),
]  # fmt: skip


@pytest.mark.parametrize("caption, head, rows, wanted", [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_a_cell(tmp_path, caption, head, rows, wanted):
    body = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row.split('|'))}</tr>" for row in rows)
    page = f"<html><body><h2>Results</h2><p><b>Table 1.</b> {caption}</p><table><thead>{head}</thead><tbody>{body}</tbody></table></body></html>"  # fmt: skip
    (tmp_path / "paper.html").write_text(page, encoding="utf-8")
    made = read_paper([tmp_path / "paper.html"], "study").readings
    assert wanted <= {(r.statistic, r.endpoint, r.patients or "all", r.value, r.low) for r in made}
    assert all(part in r.evidence for r in made for part in (r.value, r.low, r.high))


def test_marks_are_kept_as_evidence_and_units_are_no_marks():
    row = tuple(map(Cell, ("Male", "34 (53)†", "14d", "0.012*", "9 (3) b")))
    read = without_marks(Table("Table 1", "", ((Cell("x"),) * 5, row), 1, ("b Not tested.",))).rows[1]
    assert [c.text for c in read] == ["Male", "34 (53)", "14d", "0.012", "9 (3)"]
    assert [c.evidence for c in read] == [c.text for c in row]
    assert (raised("2", "0.01"), raised("9", "× 10"), raised("2", "m")) == ("²", "9", "2")


def test_two_arms_against_one_reference_are_two_comparisons(tmp_path):
    head = ARMS.replace("<th></th>", "<th>Endpoint</th>")
    rows = (
        "Median PFS, months|9.6|8.9|8.0",
        "HR (95% CI)|0.61 (0.33–1.11)|0.89 (0.48–1.60)|1 (reference)",
        "P value|0.11|0.67|",
    )
    body = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row.split('|'))}</tr>" for row in rows)
    (tmp_path / "paper.html").write_text(
        f"<h2>Results</h2><table><caption>Table 1. Efficacy</caption>{head}{body}</table>"
    )
    read_study([tmp_path / "paper.html"], "study", tmp_path)
    found = audit(read_registry(tmp_path / "study" / "published.yml"))
    assert not [f for f in found if f.check == "several prints"]

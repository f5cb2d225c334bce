"""Files out: Word, Excel, figures, numbers, methods and checklists say what the report and its ledger say."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import fields, replace
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser

import numpy as np
import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from papercheck.registry.registry import load_registry
from rechallenge.cohort import CohortError
from rechallenge.results import Result, quantities
from rechallenge.run import checklist, methods, word
from rechallenge.run.archive import OFFICE, TABLES, TEXTS, changed_by_hand, signed
from rechallenge.run.build import build_report
from rechallenge.run.collect import SectionContent, read_section
from rechallenge.run.sheets import tables_workbook
from rechallenge.show import prints
from rechallenge.show.prints import FORMS
from tests.conftest import use_run

SECTIONS = ["02", "05"]
WARNING = "Pseudo-patients built from printed results. Not patients."
FACTS = {"title": "T", "name": "c", "kind": "patients", "n": 4, "versions": {"Python": "3"}, "changed": {}}


@pytest.fixture(scope="module")
def exported(made_once):
    build = lambda out: build_report("quzhou-2025", out=out, only=SECTIONS, export=True, every_form=True)  # noqa: E731
    return made_once("exported", build) / "quzhou-2025"


def ledger_of(folder):
    with open(folder / "results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def html_tables(page):
    """{number: the cells of the table with this number, row by row}, from the anchors of the page."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.tables, self.number, self.cell, self.inside = {}, None, None, False

        def handle_starttag(self, tag, attributes):
            found = re.fullmatch(r"table-(\d+)", dict(attributes).get("id") or "")
            self.number = int(found[1]) if tag == "figure" and found else None if tag == "figure" else self.number
            if tag == "table" and self.number:
                self.inside, self.tables[self.number] = True, []
            elif tag == "tr" and self.inside:
                self.tables[self.number].append([])
            elif tag in ("td", "th") and self.inside:
                self.cell = ""

        def handle_endtag(self, tag):
            if tag == "table":
                self.inside = False
            elif tag in ("td", "th") and self.inside:
                self.tables[self.number][-1].append(" ".join(self.cell.split()))
                self.cell = None

        def handle_data(self, data):
            if self.cell is not None:
                self.cell += data

    reader = Reader()
    reader.feed(page)
    return reader.tables


def word_rows(table):
    """The cells of a Word table; merged ones once."""
    rows = []
    for row in table.rows:
        cells = list(dict.fromkeys(cell._tc for cell in row.cells))
        rows.append([" ".join("".join(t.text or "" for t in c.iter(qn("w:t"))).split()) for c in cells])
    return rows


def sections_with(**table):
    """A report of one section with one table."""
    table = {"kind": "table", "label": "Table 1", "number": 1, "title": "T", "notes": [], "results": []} | table
    part = type("Part", (), {"outputs": [table]})
    return [SectionContent("02_x", "X", [part])]


def test_an_export_adds_these_files_and_no_other(exported):
    names = {p.name for p in exported.iterdir()}
    assert names == {
        "report.html",
        "results.csv",
        "ro-crate-metadata.json",
        "figures",
        "notebooks",
        "numbers",
        *OFFICE,
        *TEXTS,
    }
    assert changed_by_hand(exported) == []


def word_captions(document):
    """The text of each caption, with the numbers that stand in fields."""
    texts = (
        "".join(t.text or "" for t in p._p.iter(qn("w:t"))) for p in document.paragraphs if p.style.name == "Caption"
    )
    return list(texts)


def word_tables(folder):
    """Every table of the Word files of an export: of the brief, then of the appendix."""
    return [t for name in TABLES if (folder / name).exists() for t in Document(folder / name).tables]


def test_the_word_tables_are_the_tables_of_the_page(exported):
    pages = html_tables((exported / "report.html").read_text(encoding="utf-8"))
    assert [word_rows(t) for t in word_tables(exported)] == [pages[i] for i in sorted(pages)] and len(pages) >= 6
    files = [Document(exported / name) for name in TABLES]
    captions = [c for document in files for c in word_captions(document)]
    assert [int(c.split()[1].rstrip(".")) for c in captions] == sorted(pages)  # the fields of Word count in this order
    fields = [[f.get(qn("w:instr")) for f in d.element.body.iter(qn("w:fldSimple"))] for d in files]
    begins = [[f for f in of if "\\r" in f] for of in fields]
    assert begins == [["SEQ Table \\r 1 \\* ARABIC"], [f"SEQ Table \\r {len(files[0].tables) + 1} \\* ARABIC"]]


def test_the_tables_of_the_brief_are_a_file_of_their_own(exported):
    page = (exported / "report.html").read_text(encoding="utf-8")
    brief = page[page.index('id="brief"') : page.index('id="appendix"')]
    shown = len(re.findall(r"<figure[^>]*class=\"[^\"]*table", brief))
    assert len(Document(exported / "tables.docx").tables) == shown > 2


def rounded_forms(value):
    """A ledger value as any table could print it: 0 to 3 decimals, half up, as it is and in percent."""
    try:
        exact = Decimal(value)
    except ArithmeticError:
        return {value}
    if not exact.is_finite():
        return {"NR"}
    steps = [Decimal(1).scaleb(-d) for d in range(4)]
    return {f"{abs(x.quantize(s, ROUND_HALF_UP)):f}" for x in (exact, 100 * exact) for s in steps}


def test_every_number_in_a_word_table_is_a_rounded_number_of_the_ledger(exported):
    checked = 0
    for i, table in enumerate(map(word_rows, word_tables(exported)), 1):
        with open(exported / "numbers" / f"table-{i:02d}.csv", encoding="utf-8", newline="") as file:
            known = set().union(*(rounded_forms(row["value"]) for row in csv.DictReader(file)))
        for row in table[1:]:
            for cell in row[1:]:
                for number in re.findall(r"\d+(?:\.\d+)?", re.sub(r"95%|\[|\]", " ", cell)):
                    checked += 1
                    # a P below its limit is printed as the limit
                    assert number in known or number == "0.001", (i, row, number)
    assert checked > 100


def test_the_numbers_of_the_tables_and_figures_are_the_ledger(exported):
    found = Counter()
    for path in (exported / "numbers").glob("*.csv"):
        if not path.stem.endswith("_drawn"):
            with open(path, encoding="utf-8", newline="") as file:
                found.update(tuple(row.values()) for row in csv.DictReader(file))
    assert found == Counter(tuple(row.values()) for row in ledger_of(exported))


def test_every_number_of_the_results_paragraphs_is_in_the_ledger(exported):
    known = set().union(*(rounded_forms(row["value"]) for row in ledger_of(exported)))
    registry = load_registry("quzhou-2025")
    known |= {n for e in registry.entries for c in e.cells for n in re.findall(r"\d+(?:\.\d+)?", c.shown)}
    text = (exported / "methods.md").read_text(encoding="utf-8")
    results = re.split(r"^## ", text, flags=re.MULTILINE)[2]
    results = re.sub(r"95% CI|PFS1|At \d+ months|at least [\d.]+|grade [\d–]+|2 against 0-1", " ", results)
    results = re.sub(r"(\d+ to )?\d+ of \d+ over the reconstructions drawn", " ", results)
    results = re.sub(r"([\d.]+%? to )?[\d.]+%? over those drawn", " ", results)
    results = re.sub(r"\[[\d.]+%?( to [\d.]+%?)?\\?\]", " ", results)  # a spread, in brackets
    numbers = re.findall(r"\d+(?:\.\d+)?", results)
    assert len(numbers) > 20 and [n for n in numbers if n not in known] == []
    assert "Median PFSR was 2.90 months (95% CI 1.97–3.83) as printed; the number of events is not printed" in text
    assert "8.19" not in results and "11 of 13" not in results
    assert "PFSR hazard ratio, ECOG performance status: 2 against 0-1: HR 6.839, 95% CI 1.557–30.032, P 0.011." in text
    assert "Pseudo-patients" in text and "lifelines 0.30.3" in text


def test_methods_say_only_what_was_run(exported):
    text = (exported / "methods.md").read_text(encoding="utf-8")
    assert "at least 1.33 times PFS1" in text and "Kaplan-Meier" in text
    for absent in ("Firth", "propensity", "log-rank test", "McNemar", "pooled by inverse variance"):
        assert absent not in text
    same = [p.text for p in Document(exported / "methods.docx").paragraphs]
    for line in text.splitlines():
        if line.startswith(("Survival was", "Median PFS1", "The analysis was")):
            assert line.replace("\\", "") in same


def test_results_round_half_up_name_what_is_not_reached_and_leave_out_what_is_not_estimable():
    values = {"median": 2.675, "ci_low": 1.005, "ci_high": np.inf, "n": 4, "events": 3}
    median = Result("survival.median", values, dict.fromkeys(values, "months"), endpoint="OS", method="log-log")
    facts = FACTS | {"parameters": {"interval": {"value": "log-log"}}}

    def said(result, facts):
        return {t: x for part, t, x in methods.paragraphs([result], facts) if part == "Results"}

    wanted = "Median OS was 2.68 months (95% CI 1.01–NR; events in 3 of 4 patients)."
    assert said(median, facts) == {"Time to event": wanted}
    endless = replace(median, values=values | {"median": np.inf})
    assert "was not reached" in said(endless, facts)["Time to event"]
    assert said(replace(median, values=values | {"median": np.nan}), facts) == {}
    assert said(median, FACTS | {"parameters": {"interval": {"value": "spss"}}}) == {}


def test_a_free_choice_of_a_reconstruction_is_counted_and_not_told():
    values = dict.fromkeys(("hr", "ci_low", "ci_high", "p"), 1.5)
    free = Result("hazard_ratio", values, by="ECOG", level="2", reference="0-1", model="univariable", free=True)
    text = methods.paragraphs([free], FACTS | {"parameters": {}, "kind": "pseudo"})[-1][2]
    assert text.startswith("1 further result of what is a free choice") and "1.5" not in text


def test_excel_holds_numbers_as_numbers_and_never_a_formula(exported):
    book = load_workbook(exported / "tables.xlsx")
    tables = len(word_tables(exported))
    assert len(book.sheetnames) == tables + 1 and book["Contents"]["A2"].value == WARNING
    sheet = next(book[n] for n in book.sheetnames if "Median time" in str(book[n]["A1"].value))
    cells = {c.value: c for r in sheet.iter_rows() for c in r if c.value is not None}
    assert cells[13].data_type == "n" and cells[2.9].data_type == "n"
    evil = ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "a\x00b\ud800", "1.50", "9.99"]
    rows = [[text] for text in evil]
    data = tables_workbook(sections_with(columns=["=HYPERLINK(1)"], rows=rows, results=[{"value": 1.5}]), FACTS)
    sheet = load_workbook(io.BytesIO(data))["Table 1"]
    found = [sheet.cell(i, 1) for i in range(2, 10)]
    assert [c.data_type for c in found[:6]] == ["s"] * 6 and found[1].quotePrefix
    assert found[5].value == "ab" and found[6].value == 1.5 and found[7].value == "9.99"  # not in the ledger: a text


def test_a_word_table_has_three_rules_a_repeated_head_and_whole_rows():
    spans = [["", 1], ["Both", 2]]
    table = {"columns": ["a", "b", "c"], "rows": [["x <&> \x01", "1", "2"]], "spans": spans, "notes": ["n"]}
    document = Document(io.BytesIO(word.tables_documents(sections_with(**table), FACTS)[TABLES[0]]))
    made = document.tables[0]
    edges = [e.tag.split("}")[1] for e in made._tbl.tblPr.find(qn("w:tblBorders"))]
    assert edges == ["top", "bottom"]
    sides = {e.tag.split("}")[1] for b in made._tbl.iter(qn("w:tcBorders")) for e in b}
    assert sides == {"bottom"}
    heads = [r._tr.trPr.find(qn("w:tblHeader")) is not None for r in made.rows]
    assert heads == [True, True, False] and all(r._tr.trPr.find(qn("w:cantSplit")) is not None for r in made.rows)
    assert word_rows(made) == [["", "Both"], ["a", "b", "c"], ["x <&>", "1", "2"]]
    body = ["".join(t.text or "" for t in e.iter(qn("w:t"))) for e in document.element.body]
    assert body.index("Table 1. T") + 1 == next(i for i, e in enumerate(document.element.body) if e is made._tbl)
    assert body.index("n") == body.index("Table 1. T") + 2


def test_a_wide_table_stands_on_a_landscape_page_and_the_next_one_not():
    wide = {"columns": [f"column number {i}" for i in range(12)], "rows": [["some longer text"] * 12]}
    sections = sections_with(**wide) + sections_with(columns=["a"], rows=[["b"]], label="Table 2", number=2)
    document = Document(io.BytesIO(word.tables_documents(sections, FACTS)[TABLES[0]]))
    assert [s.page_width > s.page_height for s in document.sections] == [False, True, False]
    width = sum(c.width for c in document.tables[0].columns)
    assert width <= document.sections[1].page_width - 2 * document.sections[1].left_margin + 12


def test_a_table_whose_words_fit_stays_upright_and_no_word_of_its_head_is_broken():
    """A landscape page for four rows is nearly empty; cells may be broken into lines, words may not."""
    heads = ["Comparison", "Tau (months)", "Difference of means (months, 95% CI)", "Ratio of means (95% CI)", "Changes"]
    rows = [
        ["Rechallenge against the first course of the same patients", "8.80", "0.72 (-3.17 to 4.60)", "1.17", "up to 3"]
    ]
    document = Document(
        io.BytesIO(word.tables_documents(sections_with(columns=heads, rows=rows * 4), FACTS)[TABLES[0]])
    )
    assert [s.page_width > s.page_height for s in document.sections] == [False]
    made = document.tables[0]
    inside = document.sections[0].page_width - 2 * document.sections[0].left_margin
    assert sum(c.width for c in made.columns) <= inside + 12
    for column, head in zip(made.columns, heads, strict=True):
        longest = max(head.split(), key=len)
        assert column.width.mm >= word.LETTER * len(longest), longest


def test_figures_have_the_width_and_resolution_of_a_journal(exported):
    with open(exported / "figures" / "figures.csv", encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [entry["columns"] for entry in listed] == ["double single"] * 2
    for column, width in (("double", 178), ("single", 85)):
        for entry in listed:
            stem = exported / "figures" / column / entry["file"]
            page = PdfReader(f"{stem}.pdf").pages[0].mediabox
            assert float(page.width) / 72 * 25.4 == pytest.approx(width, abs=0.2)
            assert float(page.height) / 72 * 25.4 == pytest.approx(float(entry[f"height_mm_{column}"]), abs=0.4)
            svg = stem.with_name(stem.name + ".svg").read_text(encoding="utf-8")
            assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 * 25.4 == pytest.approx(width, abs=0.2)
            for dpi in (300, 600):
                for kind in ("png", "tiff"):
                    picture = Image.open(f"{stem}_{dpi}dpi.{kind}")
                    assert round(picture.info["dpi"][0]) == dpi
                    assert picture.size[0] / dpi * 25.4 == pytest.approx(width, abs=0.2)
                assert picture.info["compression"] == "tiff_lzw"
    assert min(float(e["smallest_text_pt"]) for e in listed) >= 6


def draw(tmp_path, monkeypatch, fill, every=False):
    from rechallenge.show.style import house_style, new_figure

    monkeypatch.setattr(prints, "_picture", lambda *_: Image.new("RGB", (2, 2)))
    with house_style():
        figure, axes = new_figure(2, layout="none")
        fill(figure, axes)
        prints.write_prints(figure, "f", False, tmp_path / "p", every)
    return tmp_path / "p"


def test_a_figure_whose_texts_would_lie_on_each_other_is_made_for_two_columns_only(tmp_path, monkeypatch):
    def texts(figure, axes):
        axes.axis("off")
        figure.text(0, 0.5, "a label of some forty letters, no less...")
        figure.text(0.4, 0.5, "another one of some forty letters")

    folder = draw(tmp_path, monkeypatch, texts, every=True)
    made = json.loads((folder / "f.json").read_text())
    assert [*made] == ["double", "single"] and made["double"] and not made["single"]
    assert not list(folder.glob("f_single*"))


def test_by_default_a_figure_is_written_as_one_vector_and_one_picture_for_two_columns(tmp_path, monkeypatch):
    """As it was drawn for the page: no text is set anew."""
    monkeypatch.setattr(prints, "_fit", None)
    folder = draw(tmp_path, monkeypatch, lambda figure, axes: axes.set(title="T", ylabel="Y"))
    assert {p.name for p in folder.iterdir()} == {"f.csv", "f.json", *(f"f_double{form}" for form in FORMS[:2])}
    assert FORMS[:2] == (".pdf", "_300dpi.png") and [*json.loads((folder / "f.json").read_text())] == ["double"]
    page = PdfReader(folder / "f_double.pdf").pages[0].mediabox
    assert float(page.width) / 72 * 25.4 == pytest.approx(178, abs=0.2)


def test_what_a_figure_draws_is_written_in_the_units_of_its_axes(tmp_path, monkeypatch):
    def marks(figure, axes):
        axes.step([0, 1, 3], [100, 50, 25], where="post", label="A")
        axes.barh([5], [2], left=1, height=1, label="B")
        axes.scatter([1.5], [60])
        axes.set(xlabel="Months", ylabel="%")

    folder = draw(tmp_path, monkeypatch, marks)
    with open(folder / "f.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [(float(r["x"]), float(r["y"])) for r in rows if r["mark"] == "step" and r["series"] == "A"]
    assert steps == [(0, 100), (1, 50), (3, 25)] and rows[0]["x_axis"] == "Months"
    bar = next(r for r in rows if r["mark"] == "bar")
    assert [float(bar[k]) for k in ("x", "y", "x_end", "y_end")] == [1, 4.5, 3, 5.5]
    assert [(r["x"], r["y"]) for r in rows if r["mark"] == "point"] == [("1.5", "60.0")]


def test_the_curves_behind_a_figure_are_the_kaplan_meier_estimate(exported):
    """PFSR of Wang 2025 at 3 months: 6 of 13 at risk, 46.2%."""
    with open(exported / "numbers" / "figure-01_drawn.csv", encoding="utf-8", newline="") as file:
        steps = [r for r in csv.DictReader(file) if r["mark"] == "step" and r["series"] == "PFSR"]
    at_three = [float(r["y"]) for r in steps if float(r["x"]) <= 3][-1]
    wanted = [
        r["value"]
        for r in ledger_of(exported)
        if r["item"].endswith("at 3 months") and r["group"] == "PFSR" and r["statistic"] == "survival"
    ]
    assert at_three == pytest.approx(100 * float(wanted[0])) and round(at_three, 1) == 46.2


@pytest.mark.parametrize("name, count", [("strobe", 34), ("remark", 20), ("prisma", 42)])
def test_a_checklist_has_every_item_of_its_statement_once(name, count):
    entry = checklist.load_rules(checklist.FOLDER / f"{name}.yml")
    numbers = [item["item"] for item in entry["items"]]
    assert len(numbers) == len(set(numbers)) == count and "doi:" in entry["source"]
    assert all(item.get("authors") or "at" in item for item in entry["items"])


def test_each_place_of_a_checklist_exists_and_what_the_report_lacks_is_not_done(exported):
    text = (exported / "checklist.md").read_text(encoding="utf-8")
    page = (exported / "report.html").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    for link in links:
        file, _, anchor = link.partition("#")
        assert (exported / file).exists() and (not anchor or f'id="{anchor}"' in page), link
    assert "STROBE" in text and "REMARK" not in text and "PRISMA" not in text  # no prognostic factors were shown
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    assert lines["13c"].endswith("| not done |") and "[Table 1](report.html#table-1)" in lines["14a"]
    assert lines["22"].endswith("| for the authors |")


def test_the_word_checklist_leads_to_the_same_places_in_the_same_words(exported):
    document = Document(exported / "checklist.docx")
    text = (exported / "checklist.md").read_text(encoding="utf-8")
    relations = [r.target_ref for r in document.part.rels.values() if r.is_external]
    links = [relations.index(a) for a in dict.fromkeys(re.findall(r"\]\(([^)]+)\)", text))]
    assert links == list(range(len(relations)))
    rows = [r for t in document.tables for r in word_rows(t)[1:]]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| \d+[a-e]? \|", line)]
    assert rows == [[re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", cell) for cell in line] for line in lines]


def test_a_section_that_failed_is_said_in_every_document(monkeypatch, tmp_path):
    from rechallenge.run import build

    def ended(sections, *others):
        return ((s.name, read_section(s.name, None, "it ended")) for s in sections)

    monkeypatch.setattr(build, "run_sections", ended)
    folder = build_report("quzhou-2025", out=tmp_path, only=["02"], export=True).path.parent
    for name in ("tables.docx", "methods.docx", "checklist.docx"):
        texts = [p.text for p in Document(folder / name).paragraphs]
        assert "Baseline characteristics: this section failed; its results are missing here." in texts
    assert "this section failed" in (folder / "methods.md").read_text(encoding="utf-8")


def test_a_checklist_applies_by_kind_and_by_what_was_run():
    def named(kind, results):
        return [c["name"].split()[0].strip(",") for c in checklist.checklists([], {"kind": kind}, results)]

    cox = [Result("hazard_ratio", {"hr": 1.5}, by="ECOG", model="univariable")]
    assert named("patients", []) == ["STROBE"] and named("pseudo", cox) == ["STROBE", "REMARK"]
    assert named("study", cox) == ["PRISMA"]


@pytest.mark.thorough
def test_two_exports_give_the_same_bytes_without_a_clock(write_cohort, tmp_path):
    write_cohort()
    first, again = (
        build_report("c", out=tmp_path / o, only=["06"], export=True).path.parent for o in ("first", "again")
    )
    names = sorted(str(p.relative_to(first)) for p in first.rglob("*") if p.is_file())
    assert len(names) > 15 and names == sorted(str(p.relative_to(again)) for p in again.rglob("*") if p.is_file())
    assert [n for n in names if (first / n).read_bytes() != (again / n).read_bytes()] == []
    for name in OFFICE:
        with zipfile.ZipFile(first / name) as archive:
            assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
            assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) <= {"2000-01-01T"}


def test_a_file_changed_by_hand_is_never_replaced(write_cohort, tmp_path):
    write_cohort()
    folder = tmp_path / "o" / "c"
    build_report("c", out=tmp_path / "o", only=["02"], export=True)
    document = Document(folder / "tables.docx")
    document.add_paragraph("mine")
    document.save(folder / "tables.docx")
    text = (folder / "methods.md").read_text(encoding="utf-8").replace("Methods", "My methods")
    (folder / "methods.md").write_text(text, encoding="utf-8")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(CohortError, match=r"tables\.docx, methods\.md in .* was changed"):
        build_report("c", out=tmp_path / "o", only=["02"])
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    (folder / "tables.docx").unlink()
    (folder / "methods.md").unlink()
    build_report("c", out=tmp_path / "o", only=["02"])
    assert {p.name for p in folder.iterdir()} == {
        "report.html",
        "results.csv",
        "ro-crate-metadata.json",
        "figures",
        "notebooks",
    }


def test_an_export_in_chinese_names_the_same_places_and_holds_the_same_numbers(write_cohort, tmp_path):
    write_cohort()
    said = {}
    for language in ("en", "zh"):
        folder = build_report("c", out=tmp_path / language, only=["02"], language=language, export=True).path.parent
        captions = [p.text for p in Document(folder / "tables.docx").paragraphs if p.style.name == "Caption"]
        links = re.findall(r"\(([^)]+)\)", (folder / "checklist.md").read_text(encoding="utf-8"))
        numbers = {p.name: p.read_bytes() for p in (folder / "numbers").iterdir()}
        said[language] = captions, (links, numbers)
    assert said["en"][1] == said["zh"][1] and said["en"][0] != said["zh"][0] and said["zh"][0][0].startswith("表")


def test_a_wrong_request_leaves_the_earlier_export(exported):
    before = {p: p.stat().st_mtime_ns for p in exported.rglob("*")}
    with pytest.raises(CohortError, match="Did you mean interval"):
        build_report("quzhou-2025", ["intervall=spss"], out=exported.parent, only=SECTIONS, export=True)
    assert {p: p.stat().st_mtime_ns for p in exported.rglob("*")} == before
    assert [p.name for p in exported.parent.iterdir()] == ["quzhou-2025"]


def test_a_signature_holds_for_its_text_alone(tmp_path):
    (tmp_path / "methods.md").write_text(signed("a\n"), encoding="utf-8", newline="\n")
    assert changed_by_hand(tmp_path) == []
    (tmp_path / "methods.md").write_text(signed("a\n") + "b", encoding="utf-8", newline="\n")
    assert changed_by_hand(tmp_path) == ["methods.md"]
    (tmp_path / "tables.docx").write_bytes(b"no archive")
    assert changed_by_hand(tmp_path) == ["tables.docx", "methods.md"]


def test_a_report_without_an_export_writes_none_of_it(write_cohort, tmp_path, monkeypatch):
    use_run(monkeypatch, prints=tmp_path / "elsewhere")
    write_cohort()
    folder = build_report("c", out=tmp_path / "o", only=["06"]).path.parent
    assert {p.name for p in folder.iterdir()} == {
        "report.html",
        "results.csv",
        "ro-crate-metadata.json",
        "figures",
        "notebooks",
    }
    assert not (tmp_path / "elsewhere").exists() and [p for p in (folder / "figures").iterdir() if p.is_dir()] == []


def test_every_sentence_of_the_rules_can_be_said():
    import string

    from rechallenge.run.sections import find_sections

    def names(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    places = {f.name for f in fields(Result)} - {"values", "units"}
    parameters = {name for s in find_sections() for name in s.parameters}
    words = {"variable", "reference", "by", "level", "method", "model", "name", "at", "unit", "contrast"}
    words |= {"course", "model_first"}
    for part in ("methods", "results"):
        for sentence in (s for block in methods.rules()[part] for s in block["sentences"]):
            when, needs = sentence.get("when", {}), set(sentence.get("needs", []))
            assert set(when) <= places, sentence
            named = when.get("quantity", [])
            assert all(q in quantities() for q in ([named] if isinstance(named, str) else named)), named
            known = parameters if part == "methods" else needs | words if when else {"n", "people"}
            known |= {"ci"} if {"ci_low", "ci_high"} <= needs else set()
            for key in ("text", "all", "each", "endless", "alone"):
                listing = {"each"} if "each" in sentence and key in ("text", "all") else set()
                assert names(sentence.get(key, "")) <= known | listing, sentence
            assert {sentence.get("changed", "gmi")} <= parameters

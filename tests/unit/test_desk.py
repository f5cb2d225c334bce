"""Confirming readings, from an XML file to the letter, by the widgets as a person uses them."""

import pytest

from papercheck.files.findings import CohortError
from papercheck.reading.desk import Desk
from papercheck.reading.desk_page import DeskPage

XML = """<article><front><article-meta><title-group><article-title>A paper &lt;b&gt;</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>31 patients were included, 20 (64.5%) were men. Objective responses were seen in 8/31 patients (35.8%).</p>
<table-wrap><label>Table 1</label><caption><p>Outcome</p></caption><table><thead><tr><th/><th>All (n=31)</th></tr></thead>
<tbody><tr><td>ORR, n (%)</td><td>8 (25.8)</td></tr></tbody></table></table-wrap></sec></body></article>"""


def paper(folder):
    path = folder / "paper.xml"
    path.write_text(XML, encoding="utf-8")
    return path


def press(page, word):
    def buttons(widget):
        found = [widget] if getattr(widget, "description", None) == word and hasattr(widget, "click") else []
        return found + [b for child in getattr(widget, "children", ()) for b in buttons(child)]

    buttons(page)[0].click()


@pytest.mark.slow
def test_from_an_xml_file_to_the_letter(tmp_path):
    page = DeskPage([paper(tmp_path)], "study", tmp_path)
    press(page.page, "Read")
    assert "<mark>31</mark>" in page.paper.value and "35.8% cannot arise" in page.said.value
    page.place.value = "table 1"
    assert "<table>" in page.paper.value
    press(page.page, "Accept all of this place")
    assert page.desk.counts()["accepted"] == len(page.desk.places()["table 1"])
    press(page.page, "Write registry, readings and letter")
    names = {p.name for p in (tmp_path / "study").iterdir()}
    assert names == {"published.yml", "readings.csv", "letter.md", "letter.docx"}
    press(page.page, "Write registry, readings and letter")
    assert "exists already" in page.said.value


def test_a_correction_must_stand_in_the_evidence_and_a_rejection_leaves_the_registry(tmp_path):
    desk = Desk([paper(tmp_path)], "study", tmp_path)
    wrong = next(i for i, r in enumerate(desk.readings) if r.value == "35.8")
    with pytest.raises(CohortError, match="does not stand"):
        desk.correct(wrong, value="25.8")
    desk.reject(wrong)
    registry, found = desk.audited()
    assert registry is not None and not any("35.8" in cell[2] for f in found for cell in f.cells)


def test_an_arm_is_named_once(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "Results\n\n31 patients in the blue group and 29 in the red group. Median PFS was 5.2 vs 2.8 months.\n",
        encoding="utf-8",
    )
    desk = Desk([path], "study", tmp_path)
    assert desk.paper.arms == ["blue", "red"]
    desk.rename("blue", "Combination")
    assert {r.group for r in desk.readings if r.statistic == "median_survival"} == {"Combination", "red"}


def test_text_of_the_paper_is_no_markup(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Results\n\nMedian PFS was 5.2 months in <script>x</script> patients.\n", encoding="utf-8")
    desk = Desk([path], "study", tmp_path)
    assert "<script>" not in desk.shown(0) and "<mark>5.2</mark>" in desk.shown(0)


def test_the_number_of_patients_is_asked_and_what_was_confirmed_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Results\n\nThe DCR was 35.8%. Median PFS was 5.2 months.\n", encoding="utf-8")
    page = DeskPage([path], "study", tmp_path)
    press(page.page, "Read")
    assert "No audit yet" in page.said.value and "number of patients was not found" in page.said.value
    page.count.value = "many"
    assert "a whole number above 0" in page.said.value
    page.count.value = "31"
    assert "Audit: 1 findings" in page.said.value and "No count of 31 gives 35.8%" in page.said.value
    page.desk.reject(1)
    page._accept()
    page.desk.write()
    text = (tmp_path / "study" / "published.yml").read_text(encoding="utf-8")
    assert "A person confirmed every number." in text and "\nn: 31\n" in text


def test_behind_the_last_number_of_a_place_comes_the_next_place(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "Methods\n\n31 patients were included.\n\nResults\n\nMedian PFS was 5.2 months.\n", encoding="utf-8"
    )
    page = DeskPage([path], "study", tmp_path)
    press(page.page, "Read")
    seen = []
    for _ in range(2):
        seen.append(page.place.value)
        press(page.page, "Accept")
    assert seen == list(page.desk.places()) and page.desk.counts()["accepted"] == 2

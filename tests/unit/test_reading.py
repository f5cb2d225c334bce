"""The report as a thing to read: axe-core, keyboard, contents,
tools on tables and figures, paper, languages in the browser.
"""

import csv
import re
from itertools import product
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.conftest import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
expect.set_options(timeout=30_000)  # ms: a busy machine
SVG = "{http://www.w3.org/2000/svg}"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


def open_as(browser, folder, scheme="light", javascript=True, **viewport):
    context = browser.new_context(
        viewport=viewport or DESKTOP, color_scheme=scheme, java_script_enabled=javascript, accept_downloads=True
    )
    page = context.new_page()
    page.goto(f"file://{folder / 'report.html'}")
    return page


@pytest.fixture(scope="module")
def opened(chromium, reports):
    """opened(viewport) is the report of the default cohort there, opened once: for what only looks at it."""
    pages = {}

    def get(viewport=None):
        viewport = viewport or DESKTOP
        key = viewport["width"]
        pages[key] = pages.get(key) or open_as(chromium, reports["quzhou-2025"], **viewport)
        return pages[key]

    return get


ORDINARY = {("quzhou-2025", "desktop", "light"), ("ncctg-lung", "phone", "dark")}
SCREENS = [
    pytest.param(*screen, id="-".join(screen), marks=() if screen in ORDINARY else pytest.mark.thorough)
    for screen in product(("quzhou-2025", "ncctg-lung"), ("desktop", "phone"), ("light", "dark"))
]


@pytest.mark.parametrize("cohort, viewport, scheme", SCREENS)
def test_axe_finds_no_serious_violation(browser, reports, cohort, viewport, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = open_as(browser, reports[cohort], scheme, **{"desktop": DESKTOP, "phone": PHONE}[viewport])
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # A picture is one thing for who does not see it: its paths, which are most of the page, are not looked at one by
    # one.
    page.evaluate("document.querySelectorAll('svg[role=img]').forEach(picture => picture.replaceChildren())")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response  # every rule, not all that it passes
    assert len(found["passes"]) > 20
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert bad == [], [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in bad]


def test_the_first_stop_of_the_keyboard_skips_to_the_report(browser, reports):
    page = open_as(browser, reports["quzhou-2025"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_contents_follow_the_reader(browser, reports, viewport):
    page = open_as(browser, reports["quzhou-2025"], **viewport)
    current = "[...document.querySelectorAll('nav [aria-current]')].map(a => a.hash)"
    assert page.evaluate(current) == ["#patients"]
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    for section in ("pfs", "about"):
        page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
        expect(page.locator("nav [aria-current]").first).to_have_attribute("href", f"#{section}")
        top = page.locator(f"#{section} h2").bounding_box()["y"]
        nav = page.locator("nav").bounding_box()
        assert 0 <= nav["y"] < 100  # in sight
        assert top >= (nav["y"] + nav["height"] if viewport is PHONE else 30)  # and not over the heading


def test_every_table_names_its_caption_and_every_head_its_scope(opened):
    page = opened()
    tables = page.evaluate("""[...document.querySelectorAll('table')].map(t => [
        (document.getElementById(t.getAttribute('aria-labelledby')) || t).textContent.trim() !== '' && (t.hasAttribute('aria-labelledby') || t.hasAttribute('aria-label')),
        [...t.querySelectorAll('th')].every(h => h.scope && h.textContent.trim())])""")
    assert len(tables) > 20 and all(named and scoped for named, scoped in tables)
    alts = page.evaluate("[...document.querySelectorAll('svg[role=img]')].map(i => i.getAttribute('aria-label'))")
    assert len(alts) > 10 and all(re.search(r"\d", alt) for alt in alts)  # what a figure shows, not what it is


def test_a_table_can_be_copied_and_taken_along(browser, reports, tmp_path):
    page = open_as(browser, reports["quzhou-2025"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("button.open-all").click()
    figure = page.locator("figure.table", has_text="Multivariable Cox regression for PFSR")
    figure.get_by_role("button", name="Copy").click()
    expect(page.locator("[role=status].said").first).to_have_text("Copied")
    shown = figure.evaluate(
        "f => [...f.querySelectorAll('tr')].map(r => [...r.querySelectorAll('th, td')].map(c => c.innerText))"
    )
    copied = [line.split("\t") for line in page.evaluate("navigator.clipboard.readText()").split("\n")]
    assert [r[0].strip() for r in copied] == [r[0].strip() for r in shown] and len({len(r) for r in copied}) == 1
    assert copied[0] == shown[0] and copied[1][1:] == shown[1][1:]
    with page.expect_download() as download:
        figure.get_by_role("button", name="CSV").click()
    assert re.fullmatch(r"quzhou-2025-table-\d+\.csv", download.value.suggested_filename)
    download.value.save_as(tmp_path / "t.csv")
    with open(tmp_path / "t.csv", encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == copied


def test_a_cell_that_begins_like_a_formula_is_not_one_in_the_csv(browser, reports, tmp_path):
    page = open_as(browser, reports["quzhou-2025"])
    cell = "document.querySelector('#table-2 tbody td')"
    page.evaluate(f"""{cell}.textContent = '=1+1, "x"'""")
    with page.expect_download() as download:
        page.locator("#table-2").get_by_role("button", name="CSV").click()
    assert """"'=1+1, ""x\"""" + '""' in download.value.path().read_text(encoding="utf-8-sig")


def test_a_figure_can_be_taken_along_as_drawn(opened, reports, tmp_path):
    from PIL import Image

    page = opened()
    number, ours = "figure-1", reports["quzhou-2025"] / "figures" / "00_glance_wide.svg"
    for kind in ("SVG", "PNG"):
        with page.expect_download() as download:
            page.locator(f"#{number}").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"quzhou-2025-{number}.{kind.lower()}"
        download.value.save_as(tmp_path / f"f.{kind.lower()}")
    found, wanted = (ElementTree.parse(path).getroot() for path in (tmp_path / "f.svg", ours))
    texts = [["".join(e.itertext()) for e in root.iter(f"{SVG}text")] for root in (found, wanted)]
    assert texts[0] == texts[1] and len(texts[0]) > 40
    width, height = (float(v) for v in wanted.get("viewBox").split()[2:])
    picture = Image.open(tmp_path / "f.png").convert("L")
    assert (
        max(abs(a - b * 300 / 72) for a, b in zip(picture.size, (width, height), strict=True)) <= 6
    )  # 300 points an inch
    assert 0.01 < sum(picture.histogram()[:200]) / (picture.size[0] * picture.size[1]) < 0.5


def test_without_a_script_everything_can_be_read(browser, reports):
    page = open_as(browser, reports["quzhou-2025"], javascript=False)
    assert page.locator("button:visible").count() == 0
    assert page.locator("nav a[href='#about']").is_visible() and page.locator("figure.table").count() > 20
    assert all(f.is_visible() for f in page.locator("#brief .brief-part figure").all())
    folds = page.locator("#appendix details.fold > summary").all()
    assert len(folds) > 10 and all(f.is_visible() for f in folds)


def printed_texts(page, folder, **options):
    """Size of the paper and text of each sheet of a page as PDF."""
    from pypdf import PdfReader

    # Figures keep their place, but their paths, which hold no text, are most of what would have to be read.
    page.add_style_tag(content="img { visibility: hidden !important }")
    page.pdf(path=folder / "report.pdf", **options)
    sheets = PdfReader(folder / "report.pdf").pages
    return sheets[0].mediabox[2:], [sheet.extract_text() for sheet in sheets]


PAPERS = {"A4": (595, 842), "Letter": (612, 792)}


@pytest.fixture(scope="module")
def printed(chromium, reports, tmp_path_factory):
    """printed(paper) : size and texts of the sheets of the default
    cohort's report, and the page, printed once from dark.
    """
    page, made = open_as(chromium, reports["quzhou-2025"], scheme="dark"), {}

    def get(paper):
        if paper not in made:
            made[paper] = printed_texts(page, tmp_path_factory.mktemp("printed"), format=paper)
        return *made[paper], page

    return get


@pytest.mark.parametrize("paper", ["A4", pytest.param("Letter", marks=pytest.mark.thorough)])
def test_no_printed_page_ends_in_a_heading_or_caption_and_buttons_stay_on_the_screen(printed, paper):
    size, texts, page = printed(paper)
    heads = page.evaluate(
        "[...document.querySelectorAll('h2, h3, figure.table figcaption')].map(h => (h.lastChild.nodeType === 3 ?"
        " h.lastChild : h).textContent.trim())"
    )
    assert [round(v) for v in size] == pytest.approx(PAPERS[paper], abs=2)
    for number, text in enumerate(texts, 1):
        lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
        assert not any(lines[-1].endswith(head) for head in heads if len(head) > 5), (number, lines[-1])
        assert not {"Copy", "CSV", "SVG", "PNG", "Copy CSV", "SVG PNG"} & set(lines)


def test_the_brief_prints_on_six_pages_and_every_page_of_pseudo_patients_says_so(printed):
    _, texts, _ = printed("A4")
    assert 4 < len(texts) <= 6
    assert all("Not patients" in text for text in texts)


def test_a_wide_table_scrolls_in_its_box_and_says_so(opened):
    page = opened(PHONE)
    wide = page.locator("figure.table.wide")
    assert wide.count() > 5
    assert wide.first.locator(".hint").is_visible() and wide.first.locator(".scroll").get_attribute("tabindex") == "0"
    still = page.locator("figure.table:not(.wide)").first
    assert not still.locator(".hint").is_visible() and still.locator(".scroll").get_attribute("tabindex") is None


def test_no_table_is_wider_than_the_paper(browser, reports):
    page = open_as(browser, reports["quzhou-2025"], width=680, height=950)  # A4 less its margins, at 96 points an inch
    page.emulate_media(media="print")
    right = page.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
    assert len(right) > 20 and max(right) <= 681

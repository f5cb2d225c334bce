"""The report in headless Chromium, opened from file://."""

import pytest

from tests.conftest import CHROMIUM, COHORTS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")


def open_report(browser, folder, **viewport):
    page = browser.new_page(viewport=viewport or {"width": 1280, "height": 900}, reduced_motion="reduce")
    page.said, page.asked = [], []
    page.on("console", lambda m: page.said.append(m.text))
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.on("request", lambda r: page.asked.append(r.url))
    page.goto(f"file://{folder / 'report.html'}")
    return page


@pytest.fixture(scope="module")
def opened(chromium, reports):
    """opened(cohort) is its report on a wide screen, at the top, opened once: for what only looks at it."""
    pages = {}

    def get(cohort):
        pages[cohort] = pages.get(cohort) or open_report(chromium, reports[cohort])
        pages[cohort].evaluate("() => scrollTo({top: 0, behavior: 'instant'})")
        return pages[cohort]

    return get


@pytest.mark.parametrize("cohort", COHORTS)
def test_it_opens_offline_without_error_or_request(opened, cohort):
    page = opened(cohort)
    assert page.said == []
    assert [u for u in page.asked if not u.startswith(("file://", "data:"))] == []
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 100)")


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_link_of_the_contents_leads_to_its_section(opened, cohort):
    page = opened(cohort)
    links = page.locator("nav a").all()
    shown = [link for link in links if link.is_visible()]  # a wide screen has the chapters alone
    assert len(shown) >= 6
    for link in shown:
        link.click()
        assert page.url.split("#")[1] == link.get_attribute("href")[1:]
    assert all(page.locator(link.get_attribute("href")).count() == 1 for link in links)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("paper", ["A4", pytest.param("Letter", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("cohort", COHORTS)
def test_the_brief_prints_on_six_pages(chromium, reports, cohort, paper):
    from io import BytesIO

    from pypdf import PdfReader

    page = open_report(chromium, reports[cohort])
    assert len(PdfReader(BytesIO(page.pdf(format=paper))).pages) <= 6
    page.close()


@pytest.mark.parametrize("cohort", COHORTS)
def test_a_screenshot_is_not_blank(opened, cohort, tmp_path):
    from PIL import Image

    page = opened(cohort)
    page.screenshot(path=tmp_path / "top.png")
    assert len(set(Image.open(tmp_path / "top.png").convert("L").get_flattened_data())) > 50


@pytest.mark.parametrize("cohort", COHORTS)
def test_nothing_is_wider_than_a_phone(browser, reports, cohort):
    page = open_report(browser, reports[cohort], width=390, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_first_screen_holds_the_answer_and_its_picture(opened):
    page = opened("quzhou-2025")
    answer, picture = (page.locator(place).bounding_box() for place in (".answer", "#figure-1 svg"))
    assert answer["y"] + answer["height"] < 450 and picture["y"] < 450 and picture["y"] + picture["height"] < 950
    text = page.locator(".answer").inner_text()
    for words in ("2.90 months", "5.97 months", "8 of 13 (61.5%", "0 of 13 (0.0%"):
        assert words in text, words


def test_the_key_results_hold_what_the_paper_prints(opened):
    page = opened("quzhou-2025")
    text = page.locator("#key-results").text_content()
    for words in (
        "2.90 months",
        "1.97–3.83",
        "5.97 months",
        "4.13–7.81",
        "8/13 (61.5%",
        "0/13 (0.0%",
        "6.14",
        "1.68",
        "P = 0.004",
        "6.839",
        "1.557–30.032",
    ):
        assert words in text, words


@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_of_the_banner_leads_to_what_is_determined_and_what_is_free(browser, reports, width):
    page = open_report(browser, reports["quzhou-2025"], width=width, height=800)
    page.locator(".banner a").click()
    box = page.locator("#standing")
    text = box.inner_text()
    assert "not patients" in text and "Determined by the printed numbers" in text and "Free within" in text
    assert box.evaluate("e => e.getBoundingClientRect().top") < 800
    size = float(box.evaluate("e => getComputedStyle(e).fontSize").removesuffix("px"))
    assert size >= 13 and box.evaluate("e => e.scrollWidth <= e.clientWidth")
    ink, paper = (
        page.locator(".banner").evaluate(f"e => getComputedStyle(e).{c}") for c in ("color", "backgroundColor")
    )
    assert contrast(ink, paper) > 7


def contrast(*colours):
    """Contrast of two CSS colours 'rgb(r, g, b)' by WCAG 2.2."""

    def luminance(colour):
        parts = [int(v) / 255 for v in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted(map(luminance, colours), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_page_lets_no_other_script_run_and_nothing_be_sent(browser, reports):
    page = open_report(browser, reports[COHORTS[0]])
    assert page.said == []  # its own script and styles are within the policy
    page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.bad = 1'}))"
    )
    assert page.evaluate("window.bad") is None
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
    for word in ("CSV", "SVG", "PNG"):
        with page.expect_download() as got:
            page.locator(f".tools button:has-text('{word}')").first.evaluate("button => button.click()")
        assert got.value.path().stat().st_size > 100

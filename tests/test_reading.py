"""The report as a thing to read: axe-core, keyboard, contents, tools on tables and figures, paper, languages in the browser."""

import csv
import re

import pytest

from .test_browser import CHROMIUM, browser, open_report  # noqa: F401

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


def open_as(browser, folder, scheme="light", javascript=True, **viewport):  # noqa: F811
    context = browser.new_context(
        viewport=viewport or DESKTOP, color_scheme=scheme, java_script_enabled=javascript, accept_downloads=True
    )
    page = context.new_page()
    page.goto(f"file://{folder / 'report.html'}")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("cohort", ["quzhou-2025", "ncctg-lung"])
def test_axe_finds_no_serious_violation(browser, reports, cohort, viewport, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page = open_as(browser, reports[cohort], scheme, **viewport)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert bad == [], [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in bad]

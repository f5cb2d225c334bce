"""JupyterLab in headless Chromium: the explorer follows its
widgets, a section runs with Run All Cells for another cohort.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import CHROMIUM, project
from tests.unit.test_desk import XML

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
PATIENCE = 180_000  # ms: a cold kernel on a busy machine


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder of the project that JupyterLab shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(home):
    """The address of a JupyterLab on copies of some notebooks, with settings of its own."""
    (home / "notebooks").mkdir()
    shutil.copytree(project() / "data", home / "data")
    for name in ("explore.ipynb", "import.ipynb", "check_paper.ipynb", "05_progression_free_survival.ipynb"):
        text = (project() / "notebooks" / name).read_text(encoding="utf-8")
        (home / "notebooks" / name).write_text(text.replace("quzhou-2025", "xu-2023") if name[0] == "0" else text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        name: str(home / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    }
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=t",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]  # fmt: skip
    log = open(home / "log", "w")  # noqa: SIM115
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "jupyter"), "lab", *options],
        cwd=home / "notebooks",
        env=os.environ | places,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api?token=t", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((home / "log").read_text()[-2000:])
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def run_all(browser, lab, notebook):
    page = browser.new_page(viewport={"width": 1400, "height": 6000})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab}/lab/workspaces/{notebook[:2]}/tree/{notebook}?token=t")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    return page


def faults(page):
    shown = page.locator(
        "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    )
    return shown.all_inner_texts()


@pytest.mark.thorough  # test_explore.py follows every choice without a browser
def test_the_explorer_follows_its_widgets(browser, lab, home):
    page = run_all(browser, lab, "explore.ipynb")
    figure = page.locator(".jp-OutputArea figure img").first
    figure.wait_for()
    before = figure.get_attribute("alt")

    def choose(label, value):
        page.locator(f".widget-dropdown:has(label:text-is('{label}')) select").select_option(value)

    choose("Endpoint", "PFSR")
    page.wait_for_function("before => document.querySelector('.jp-OutputArea figure img')?.alt !== before", arg=before)
    before = figure.get_attribute("alt")
    choose("Group", "ECOG performance status")
    page.wait_for_function("before => document.querySelector('.jp-OutputArea figure img')?.alt !== before", arg=before)
    assert "Log-rank" in figure.get_attribute("alt")
    page.get_by_role("button", name="Write as a command").click()
    line = page.locator(".widget-text input[type=text]")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.widget-text input')].some(i => i.value.startsWith('rechallenge'))"
    )
    assert line.input_value() == "rechallenge report quzhou-2025 -p endpoint=PFSR -p factors=ECOG --sections subgroups"
    choose("Patient", "P03")
    page.locator(".jp-OutputArea figcaption", has_text="Patient P03: how each endpoint came about").wait_for()
    choose("Cohort", "ncctg-lung")
    page.locator(".widget-dropdown:has(label:text-is('Cut a number')) option[value='Age']").first.wait_for(
        state="attached"
    )
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
    settled(page)  # a choice made while the widgets are still being filled is lost
    choose("Cut a number", "Age")
    page.locator(".jp-OutputArea", has_text="P values that are too small").first.wait_for()
    page.get_by_role("button", name="Put this into the report").click()
    page.locator(".widget-label", has_text="AGECUT stands in cohort.yml").wait_for()
    assert "brief: {subgroups: [" in (home / "data" / "ncctg-lung" / "cohort.yml").read_text(encoding="utf-8")
    page.get_by_role("button", name="中文", exact=True).click()
    page.locator(".widget-dropdown:has(label:text-is('终点'))").wait_for()
    page.locator(".jp-OutputArea", has_text="置信区间").first.wait_for()
    assert faults(page) == []
    page.close()


@pytest.mark.thorough  # the kernels of a report run sections too
def test_a_section_runs_for_another_cohort(browser, lab):
    page = run_all(browser, lab, "05_progression_free_survival.ipynb")
    page.locator(".jp-OutputArea figcaption", has_text="at given months").first.wait_for()
    assert faults(page) == []
    page.close()


WORDS = {  # of the page of the import, by language
    "zh": ("中文", "查看", "是：按该标志拆分", "中间（15日", "否：不影响数据", "确定", "写入队列", "已写入", "26 名患者，{} 例死亡，19 例进展"),
    "en": ("English", "Look", "yes: split by the flag", "the middle (the 15th", "no: they change nothing", "OK", "Write the cohort", "Written:",
           "26 patients, {} deaths, 19 progressions"),
}  # fmt: skip


def settled(page):
    """Wait until the page is drawn: the kernel is idle, and no part of the page was exchanged for a second."""
    page.evaluate("""() => new Promise(done => {
            let timer = setTimeout(done, 1000);
            new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, 1000); })
                .observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true});
        })""")


def guided(page, language, name, deaths):
    """What a person does on the page: looks, clicks the last line, answers, looks at the counts, writes."""
    toggle, look, *choices, accept, write, written, counts = WORDS[language]
    page.get_by_role("button", name=toggle, exact=True).click()
    page.locator(".widget-text input[type=text]").fill(name)
    page.locator(".widget-text input[type=text]").press("Tab")
    page.get_by_role("button", name=look, exact=True).click()
    page.get_by_role("button", name="30", exact=True).click()  # line 30 as the last patient, as it is proposed
    for n, choice in enumerate(choices, 1):
        settled(page)
        page.get_by_text(choice).first.click()
        page.wait_for_function("n => document.querySelectorAll('input[type=radio]:checked').length >= n", arg=n)
    settled(page)
    page.get_by_role("button", name=accept, exact=True).first.click()
    page.get_by_text(counts.format(deaths)).wait_for()
    page.get_by_role("button", name=write, exact=True).click()
    page.get_by_text(written).first.wait_for()


def test_an_untouched_hospital_excel_becomes_a_cohort_by_the_guide(browser, lab, home, monkeypatch):  # noqa: F811
    import json

    from rechallenge.cohort import load_cohort
    from tests.conftest import use_data
    from tests.slow.test_three_files import hospital

    deaths = hospital(home / "患者.xlsx")
    opened = {"files": [str(home / "患者.xlsx")], "name": "", "language": "en"}
    (home / "data" / ".import.json").write_text(json.dumps(opened), encoding="utf-8")
    page = run_all(browser, lab, "import.ipynb")
    assert page.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0  # no code to read
    guided(page, "zh", "hospital", deaths)
    page.get_by_role("button", name=WORDS["en"][0], exact=True).click()  # the same page in English
    page.get_by_text(WORDS["en"][-1].format(deaths)).wait_for()
    assert faults(page) == []
    page.close()
    assert "last_row: 30" in (home / "data" / "hospital" / "cohort.yml").read_text(encoding="utf-8")
    use_data(monkeypatch, home / "data")
    adsl = load_cohort("hospital").table("adsl")  # test_three_files makes the report of this sheet
    assert (len(adsl), adsl["DTHDT"].notna().sum()) == (26, deaths)


def test_a_paper_goes_from_its_xml_file_to_the_letter(browser, lab, home):
    (home / "paper.xml").write_text(XML, encoding="utf-8")
    page = run_all(browser, lab, "check_paper.ipynb")
    page.locator(".widget-textarea textarea").fill(str(home / "paper.xml"))
    page.locator(".widget-text input[type=text]").first.fill("checked")
    page.locator(".widget-text input[type=text]").first.press("Tab")
    page.get_by_role("button", name="Read", exact=True).click()
    page.get_by_text("35.8% cannot arise").first.wait_for()
    page.locator(".widget-html mark", has_text="31").first.wait_for()
    page.locator(".widget-dropdown select").first.select_option("table 1")
    page.locator(".widget-html table mark").first.wait_for()
    page.get_by_role("button", name="Accept all of this place", exact=True).click()
    page.get_by_text("3 accepted").first.wait_for()
    page.get_by_role("button", name="Write registry, readings and letter", exact=True).click()
    page.get_by_text("Written:").first.wait_for()
    assert faults(page) == []
    page.close()
    written = home / "data" / "checked"
    assert {f.name for f in written.iterdir()} == {"published.yml", "readings.csv", "letter.md", "letter.docx"}
    assert "35.8%" in (written / "letter.md").read_text(encoding="utf-8")

"""Many cohorts in one go: bad ones beside good ones, parts, resume, dead processes, Dask, and the page over all."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import cohort_meta, load_cohort
from rechallenge.cohort.part import split
from rechallenge.run import build, pool
from rechallenge.run import task as task_module
from rechallenge.run.batch import run_batch
from rechallenge.run.collect import read_section
from rechallenge.run.index import read_numbers
from rechallenge.run.pool import start_method
from tests.conftest import CHROMIUM, FLAGS, GOOD_ADSL, GOOD_YML, cohort_writer, project, use_data, use_run
from tests.forked import Forked

SECTIONS = ["02", "05"]
REVIEW = "rechallenge-review-2026"  # printed numbers, no patients
forks = pytest.mark.skipif(start_method() != "fork", reason="cohorts are not forked here")


def tree(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def states(batch):
    return {r["name"]: r["state"] for r in batch.records}


def whole(out, name):
    kinds = {p.name for p in (out / name).iterdir()}
    page = (out / name / "report.html").read_text(encoding="utf-8")
    return kinds == {
        "report.html",
        "results.csv",
        "ro-crate-metadata.json",
        "figures",
        "notebooks",
    } and page.rstrip().endswith("</html>")


def nothing_left(out):
    return [p.name for p in out.iterdir() if p.name.startswith(".")] == []


def write_three(write):
    write("good")
    write("other & more", yml=GOOD_YML.replace("Test", "'1 < 2 <b>bold</b>'") + "kind: pseudo\n")
    write("wrong", adsl="USUBJID,AGE\nA,'<script>alert(1)</script>'\nB,700\n")


@pytest.fixture
def cohorts(write_cohort, tmp_path):
    """Two good cohorts and a bad one; returns the data folder."""
    write_three(write_cohort)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch of these three; its data stand beside its folder."""
    home = tmp_path_factory.mktemp("batch")
    with pytest.MonkeyPatch.context() as patch:
        write_three(cohort_writer(patch, home / "data"))
        return run_batch(["good", "wrong", "other & more"], out=home / "o", only=SECTIONS)


def test_a_bad_cohort_is_named_and_the_others_are_whole(batch):
    out = batch.index.parent
    assert states(batch) == {"good": "done", "wrong": "bad", "other & more": "done"}
    assert all(whole(out, name) for name in ("good", "other & more"))
    assert not (out / "wrong").exists() and nothing_left(out)
    assert "outside 0 to 120 years" in " ".join(batch.records[1]["errors"])


def test_a_study_without_patients_goes_into_a_batch_by_its_name_and_all_says_that_it_leaves_it_out(
    write_cohort, tmp_path, command
):
    data = write_cohort("good").parent
    shutil.copytree(project() / "data" / REVIEW, data / REVIEW)
    batch = run_batch(["good", REVIEW], out=tmp_path / "o", only=["11"])
    assert states(batch) == {"good": "done", REVIEW: "done"} and whole(tmp_path / "o", REVIEW)
    assert "Printed numbers, no patients" in batch.index.read_text(encoding="utf-8")
    _, text = command("report", "--all", "--sections", "02", "--out", tmp_path / "all")
    assert f"Without patients, and not among the cohorts: {REVIEW}" in " ".join(text.split())
    assert not (tmp_path / "all" / REVIEW).exists()


def test_a_batch_gives_the_same_bytes_as_single_reports_and_as_itself(batch, tmp_path, monkeypatch):
    from rechallenge.run.build import build_report

    out = batch.index.parent
    use_data(monkeypatch, out.parent / "data")
    alone = build_report("good", out=tmp_path / "alone", only=SECTIONS).path.parent
    assert tree(alone) == tree(out / "good")
    assert all((alone / n).read_bytes() == (out / "good" / n).read_bytes() for n in tree(alone))
    first = batch.index.read_bytes()
    again = run_batch(["good", "wrong", "other & more"], out=out, only=SECTIONS)
    assert again.index.read_bytes() == first and again.resumed == 0


def test_the_page_holds_the_numbers_of_the_ledgers_and_escapes_every_text(batch, tmp_path):
    html = batch.index.read_text(encoding="utf-8")
    assert "<script>alert" not in html and "alert(1)" not in html  # a value of the file: it stays with the file
    assert "<b>bold" not in html and "1 &lt; 2 &lt;b&gt;bold" in html
    links = re.findall(r'<a href="([^"]*)"', html)
    assert links == ["good/report.html", "other%20%26%20more/report.html"]
    assert "4.25 months" in html and "log-log; 3/4 events" in html
    assert html.count('class="badge">pseudo-patients') >= 2 and 'class="hollow"' in html
    assert 'aria-sort="none"' in html and "<svg" in html and "no report" in html


def test_the_page_asks_for_nothing_outside(batch):
    references = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attributes):
            references.extend(v for k, v in attributes if k in ("src", "href", "srcset", "action", "data") and v)

    html = batch.index.read_text(encoding="utf-8")
    Finder().feed(html)
    assert references and all(re.fullmatch(r"[^:/]+/report\.html", v) for v in references)
    assert not re.search(r"url\((?!['\"]?data:)|@import|\bfetch\(|XMLHttpRequest", html)
    assert str(project()) not in html and str(batch.index.parent) not in html


def test_the_numbers_of_the_page_are_those_of_the_seed_paper(ledgers, batch):
    found = read_numbers(ledgers["quzhou-2025"].to_dict("records"))
    assert found["n"] == 13 and found["times"]["PFSR"]["text"] == "2.90 months"
    assert found["times"]["PFSR"]["detail"] == "1.68–8.19, log-log; 11/13 events"
    assert found["times"]["OS"]["text"] == "no event in 13"  # of the ledger alone; the page knows what is printed
    assert "no event in 13" not in batch.index.read_text(encoding="utf-8")
    assert [found["shares"][c]["text"] for c in ("ORR", "DCR")] == ["0.0% (0/13)", "61.5% (8/13)"]
    assert found["ratios"]["ECOG = 2"]["text"] == "6.84"
    assert "SEX = F" not in found["ratios"]  # a free choice of the reconstruction is not compared
    found = read_numbers(ledgers["ncctg-lung"].to_dict("records"))
    assert found["n"] == 228 and found["times"]["OS"]["text"] == "310 days"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_table_is_sorted_by_mouse_and_keyboard_and_says_so(batch):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        said, asked = [], []
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        page.goto(f"file://{batch.index}")
        names = lambda: page.eval_on_selector_all("#cohorts tbody th", "e => e.map(x => x.dataset.sort)")  # noqa: E731
        head = page.locator("#cohorts thead th")
        head.nth(0).locator("button").click()
        assert names() == ["good", "other & more", "wrong"] and head.nth(0).get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert names() == ["wrong", "other & more", "good"] and head.nth(0).get_attribute("aria-sort") == "descending"
        page.get_by_role("button", name="Median PFSR").click()
        assert names()[-1] == "wrong" and head.nth(0).get_attribute("aria-sort") == "none"
        assert said == [] and len(asked) == 1
        browser.close()


SITES = "USUBJID,SITEID,AGE,SEX,PFSR,PFSR_EVENT\n" + "".join(
    f"S{i},{site},{50 + i},{'MF'[i % 2]},{i + 1},1\n"
    for i, site in enumerate(["1", "1", "1", "A/B", "A/B", "A B", "A B", "lone", "", ""])
)


def test_each_value_gets_a_report_of_its_own_subjects(write_cohort, tmp_path):
    write_cohort(adsl=SITES)
    done = run_batch(["c"], out=tmp_path / "o", only=["02"], each="SITEID")
    assert states(done) == {"c--1": "done", "c--A-B": "done", "c--A-B-2": "done", "c--lone": "bad"}
    assert done.left_out == ["S8", "S9"] and "fewer" not in done.index.read_text(encoding="utf-8")
    html = done.index.read_text(encoding="utf-8")
    assert (
        "2 subjects (the command says which)" in html
        and "S8" not in html
        and "1 subject with SITEID = [taken out]" in html
        and "lone" not in html.replace("c--lone", "")
        and "Study site: A/B" in html
    )
    report = (tmp_path / "o" / "c--1" / "report.html").read_text(encoding="utf-8")
    assert "n = 3" in report and "Test. Study site: 1" in report


def test_a_part_holds_its_subjects_their_rows_and_their_faults_alone(write_cohort, monkeypatch):
    adae = "USUBJID,APHASE,AEDECOD,ATOXGR\nS0,RECHALLENGE,Rash,1\nS3,RECHALLENGE,Rash,2\nS4,RECHALLENGE,Rash,many\n"
    folder = write_cohort(adsl=SITES, adae=adae)
    parts, _ = split(folder, "SITEID")
    by_value = {p.value: p for p in parts}
    use_run(monkeypatch, part=by_value["1"])
    cohort = load_cohort("c--1")
    assert list(cohort.table("adsl")["USUBJID"]) == ["S0", "S1", "S2"] and len(cohort.table("adae")) == 1
    assert cohort_meta("c--1").name == "c--1"
    use_run(monkeypatch, part=by_value["A/B"])
    with pytest.raises(CohortError, match="adae.csv, row 4, ATOXGR, subject S4"):
        load_cohort(by_value["A/B"].name)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["report", "c", "--each", "SITE"], "Did you mean SITEID?"),
        (["report", "c", "--each", "AGE"], "AGE is not a column of groups"),
        (["report", "c", "d", "--each", "SITEID"], "Name exactly one"),
        (["report", "c", "--all"], "takes every cohort"),
        (["report", "c", "d", "-p", "intervall=x"], "Did you mean interval?"),
        (["report", "c", "--scheduler", "tcp://127.0.0.1:1"], "no Dask scheduler at tcp://127.0.0.1:1"),
    ],
)
def test_a_wrong_request_for_many_exits_1_and_writes_nothing(
    write_cohort, command, tmp_path, monkeypatch, arguments, words
):
    write_cohort(adsl=SITES)
    monkeypatch.setattr(pool, "CONNECT", "1s")
    code, text = command(*arguments, "--out", tmp_path / "o", data=tmp_path / "data")
    assert code == 1 and words in text, text
    assert not (tmp_path / "o").exists() or list((tmp_path / "o").iterdir()) == []


def test_the_command_says_what_went_wrong_and_exits_1(cohorts, tmp_path, command):
    code, text = command("report", "--all", "--sections", "02", "--out", tmp_path / "o")
    assert code == 1 and "No report: wrong: " in text and "2 of 3 reports whole." in text
    assert text.endswith(f"{tmp_path}/o/index.html")


@forks
def test_a_failed_section_or_run_exits_2(write_cohort, tmp_path, monkeypatch, command):
    write_cohort("good")
    write_cohort("sad")
    (tmp_path / "o" / "sad").mkdir(parents=True)
    real, why = build.run_sections, "its process ended with code 9"

    def run(sections, run, *rest):
        if run.cohort == "good":
            return real(sections, run, *rest)
        return ((s.name, read_section(s.name, None, why)) for s in sections)

    monkeypatch.setattr(build, "run_sections", run)
    code, text = command("report", "good", "sad", "--sections", "02", "--out", tmp_path / "o")
    assert code == 2 and f"Failed: sad: Baseline characteristics: {why}" in text


def test_a_foreign_index_page_is_never_replaced(write_cohort, tmp_path):
    write_cohort("good")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "index.html").write_text("mine")
    with pytest.raises(CohortError, match="another page"):
        run_batch(["good"], out=tmp_path / "o", only=["02"])
    assert (tmp_path / "o" / "index.html").read_text() == "mine"


def wait_for(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.thorough
@forks
def test_an_interrupted_batch_goes_on_where_it_stopped(write_cohort, tmp_path):
    names = [f"c{i}" for i in range(4)]
    for name in names:
        write_cohort(name)
    out = tmp_path / "o"
    process = Forked(lambda: run_batch(names, out=out, only=["02"], workers=1), project(), tmp_path / "said")
    lines = lambda: [line for p in out.glob(".batch-*.jsonl") for line in p.read_text().split("\n") if line]  # noqa: E731
    wait_for(lambda: len(lines()) >= 2)
    process.kill()
    process.communicate()
    kept = [json.loads(line)["record"]["name"] for line in lines()]
    assert 2 <= len(kept) < 4 and not (out / "index.html").exists()
    inodes = {name: (out / name).stat().st_ino for name in kept}
    write_cohort(kept[0], adsl=GOOD_ADSL.replace("60", "61"))  # changed meanwhile: made again
    (journal,) = out.glob(".batch-*.jsonl")
    journal.write_text(journal.read_text() + '{"cut off')
    done = run_batch(names, out=out, only=["02"], workers=1)
    assert [r["name"] for r in done.records] == names and set(states(done).values()) == {"done"}
    assert done.resumed == len(kept) - 1 and nothing_left(out)
    assert all((out / name).stat().st_ino == inodes[name] for name in kept[1:])
    assert (out / kept[0]).stat().st_ino != inodes[kept[0]]


@forks
def test_two_equal_batches_do_not_run_at_a_time(write_cohort, tmp_path):
    write_cohort("good")
    out = tmp_path / "o"
    on, go = tmp_path / "on", tmp_path / "go"

    def hold(*_):
        on.touch()
        wait_for(go.exists)

    run = lambda: run_batch(["good"], out=out, only=["02"], progress=hold)  # noqa: E731
    first = Forked(run, project(), tmp_path / "said")
    wait_for(on.exists)
    with pytest.raises(CohortError, match="running already"):
        run_batch(["good"], out=out, only=["02"])
    go.touch()
    first.communicate()
    assert first.returncode == 0 and nothing_left(out)


@forks
def test_a_process_that_dies_is_replaced_and_its_cohort_run_again_once(write_cohort, tmp_path, monkeypatch):
    for name in ("good", "once", "always"):
        write_cohort(name)
    real = task_module.record_of

    def make(name, *rest):
        trace = tmp_path / f"{name}.runs"
        trace.write_text(trace.read_text() + "x" if trace.exists() else "x")
        if name == "always" or (name == "once" and trace.read_text() == "x"):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(name, *rest)

    monkeypatch.setattr(task_module, "record_of", make)
    done = run_batch(["always", "once", "good"], out=tmp_path / "o", only=["02"])
    assert states(done) == {"always": "failed", "once": "done", "good": "done"}
    assert [(tmp_path / f"{n}.runs").read_text() for n in ("always", "once", "good")] == ["xx", "xx", "x"]
    assert done.records[0]["errors"] == ["its process ended 2 times, the last time with code -9"]
    assert nothing_left(tmp_path / "o")


@pytest.mark.thorough
@pytest.mark.parametrize("kernels", [False, True])
def test_without_forks_the_same_batch_comes_of_new_processes(write_cohort, tmp_path, monkeypatch, kernels):
    write_cohort("good")
    monkeypatch.setattr(pool, "start_method", lambda: "spawn")
    done = run_batch(["good", "nowhere"], out=tmp_path / "o", only=["02"], kernels=kernels)
    assert states(done) == {"good": "done", "nowhere": "bad"} and whole(tmp_path / "o", "good")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two worker processes with one thread each, on loopback; (address, their processes)."""
    pytest.importorskip("distributed")
    import rechallenge

    library = str(Path(rechallenge.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": library, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}
    file, started = tmp_path / "scheduler.json", []

    def start(*arguments):
        with open(tmp_path / f"dask{len(started)}.log", "w") as log:
            started.append(subprocess.Popen([sys.executable, "-m", "dask", *arguments], stderr=log, stdout=log,
                                            env=environment, cwd=tmp_path, start_new_session=True))  # fmt: skip

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    wait_for(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
    address = json.loads(file.read_text())["address"]
    for _ in range(2):
        start("worker", address, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--no-nanny")
    yield address, started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.thorough
def test_a_dask_cluster_makes_every_report_once_and_a_killed_worker_loses_none(
    cohorts, write_cohort, cluster, tmp_path
):
    write_cohort("third")
    names, out = ["good", "wrong", "other & more", "third"], tmp_path / "o"
    address, (_, victim, _) = cluster
    finished = []

    def progress(n, total, name):
        finished.append(name)
        if name and n == 2:  # in the middle: both workers are at a cohort
            os.kill(victim.pid, signal.SIGKILL)

    done = run_batch(names, out=out, only=["02"], scheduler=address, progress=progress)
    assert states(done) == dict.fromkeys(names, "done") | {"wrong": "bad"}
    assert sorted(finished) == ["", *sorted(names)] and nothing_left(out) and victim.wait() == -signal.SIGKILL
    assert all(whole(out, name) for name in names if name != "wrong")
    here = run_batch(["good"], out=tmp_path / "here", only=["02"]).index.parent / "good"
    assert tree(here) == tree(out / "good")
    assert all((here / name).read_bytes() == (out / "good" / name).read_bytes() for name in tree(here))

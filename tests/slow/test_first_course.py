"""The report of a first-course cohort has its own words: nothing on the page speaks of rechallenge."""

import datetime as dt
import html
import re

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.run.build import build_report
from tests.conftest import use_data
from tests.slow.test_three_files import ledger

HEAD = "Patient ID,Age,Sex,ECOG,Start date,Progression date,Best response,Date of death,Last follow-up\n"


def rows(n=16):
    for i in range(n):
        start = dt.date(2021, 1, 4) + dt.timedelta(days=20 * i)
        end = start + dt.timedelta(days=200 + 17 * (7 * i % n))
        progressed = start + dt.timedelta(days=90 + 5 * i) if i % 4 else ""
        died = end if i % 3 else ""
        yield f"A{i:02d},{50 + i},{'MF'[i % 2]},{i % 3},{start},{progressed},{['PR', 'SD', 'PD'][i % 3]},{died},{end}\n"


def visible(page) -> list[str]:
    """The lines that a reader sees or hears, without code."""
    page = re.sub(r"(?s)<(script|style|code|pre|head)\b.*?</\1>", " ", page)
    heard = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', page)
    page = re.sub(r"<(p|div|h\d|li|t[dhr]|figcaption|summary|text|dt|dd)\b", "\n<\\1", page)
    return [*heard, *html.unescape(re.sub(r"<[^>]+>", "", page)).split("\n")]


@pytest.mark.parametrize("language, only", [("en", ()), pytest.param("zh", ("05", "06"), marks=pytest.mark.thorough)])
def test_no_word_of_rechallenge_stands_in_it(tmp_path, monkeypatch, language, only):
    use_data(monkeypatch, tmp_path / "data")
    (tmp_path / "a.csv").write_text(HEAD + "".join(rows()), encoding="utf-8")
    write_cohort("first", propose([tmp_path / "a.csv"], {"course": "first course"}))
    report = build_report("first", out=tmp_path / "out", language=language, only=only)
    assert not report.failed
    lines = visible(report.path.read_text(encoding="utf-8"))
    own = re.compile(r"re-?challenge(?! (\d|check|share|report|new))|retreat|re-?treatment|再挑战|PFSR", re.IGNORECASE)
    assert [line.strip()[:150] for line in lines if own.search(line) and "one of:" not in line] == []
    found = [r for r in ledger(tmp_path / "out", "first") if r["quantity"] == "survival.median" and not r["by"]]
    for code, events in (("OS", 10), ("PFS1", 14)):
        said = {
            r["statistic"]: float(r["value"])
            for r in found
            if r["endpoint"] == code and r["statistic"] in ("n", "events")
        }
        assert not said or said == {"n": 16, "events": events}
    assert any(r["endpoint"] == "OS" for r in found)

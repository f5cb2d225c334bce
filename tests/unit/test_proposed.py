"""What only needs a confirmation is proposed and marked so; nothing that is proposed is taken without an answer."""

import datetime as dt

import pytest

from rechallenge.cohort.propose.guide import Guide
from rechallenge.cohort.propose.match import candidates_of
from rechallenge.cohort.propose.propose import propose
from tests.conftest import use_data


def asked(tmp_path, lines, topic, answers=None):
    path = tmp_path / "a.csv"
    path.write_text(lines, encoding="utf-8")
    proposal = propose([path], answers or {})
    return next(q for q in proposal.questions if q.topic == topic), proposal


@pytest.mark.parametrize(
    "names, proposed",
    [("PFS,PFS_EVENT,best response rechallenge", "rechallenge"), ("OS,OS_EVENT,best response first ICI", "first course"),
     ("PFS,PFS_EVENT,best response first ICI", None), ("PFS,PFS_EVENT,best response", None)],
)  # fmt: skip
def test_the_course_that_the_names_speak_of_is_proposed_and_not_taken(tmp_path, names, proposed):
    lines = f"patient_id,{names}\n" + "".join(f"P{i},{i + 2},{i % 2},PR\n" for i in range(6))
    question, proposal = asked(tmp_path, lines, "course")
    assert question.proposed == proposed and "course" not in proposal.answers and question in proposal.open(True)


@pytest.mark.parametrize("unit, days", [("months", 30.4375), ("days", 1)])
def test_the_unit_is_proposed_by_the_dates_beside_the_durations(tmp_path, unit, days):
    rows = []
    for i in range(8):
        start = dt.date(2022, 1, 3) + dt.timedelta(days=i)
        end = start + dt.timedelta(days=20 + 5 * i if unit == "days" else 2000 + 40 * i)  # the median alone misleads
        rows.append(f"P{i},{start},{end},{(end - start).days / days:.1f},{i % 2}\n")
    head = "patient_id,start of rechallenge,last follow up,overall survival,os_event\n"
    question, proposal = asked(tmp_path, head + "".join(rows), "unit")
    assert question.proposed == unit and f"the dates beside it say {unit}" in question.text()
    assert "旁边的日期" in question.text("zh") and "unit" not in proposal.answers


def test_without_dates_the_median_proposes_the_unit(tmp_path):
    lines = "patient_id,overall survival,os_event\n" + "".join(f"P{i},{100 + i},{i % 2}\n" for i in range(6))
    question, _ = asked(tmp_path, lines, "unit", {"course": "neither"})
    assert question.proposed == "days" and "dates" not in question.text()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_click_takes_what_is_proposed_but_no_event_and_no_course(tmp_path, monkeypatch, language):
    use_data(monkeypatch, tmp_path / "data")
    rows = [f"P{i},{i + 2},{i % 2},2022-02-0{i + 1}\n" for i in range(6)]
    lines = "patient_id,PFS,PFS_EVENT,start of rechallenge\n" + "".join(rows) + "Total,6,,\nchecked by LW,,,\n"
    (tmp_path / "a.csv").write_text(lines, encoding="utf-8")
    page = Guide([tmp_path / "a.csv"], "c", language)
    page.start()
    button = next(
        (b for b in page.body.children if getattr(b, "description", "").startswith(("Take the", "采用"))), None
    )
    assert button is not None, [q.id for q in page.proposal.open()]
    button.click()
    topics = {q.topic for q in page.proposal.open()}
    assert {"course", "event"} & topics and not any(
        q.proposed and not q.values for q in page.proposal.open() if q.topic != "course"
    )


@pytest.mark.parametrize("name, target, score", [("os时间", "OS", 90), ("os结局", "OS", 88), ("BMI病理", "HIST", 88)])
def test_either_script_of_a_name_is_called_so(name, target, score):
    """The halves of a name in two scripts are the name, though nothing stands between them."""
    assert candidates_of(((name, "name"),), "adsl")[target][0] == score

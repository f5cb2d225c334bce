"""Which tables and figures open a report: the rules of brief.yml, and what cohort.yml says of them."""

import re
from types import SimpleNamespace

import pytest

from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort.declare.brief import PARTS, BriefChoice
from rechallenge.results import Result
from rechallenge.run.brief import make_brief, number_displays, rules
from rechallenge.run.collect import Part, SectionContent

SIZES = {"ECOG": (9, 6), "SEX": (20, 5), "PDL1": (11, 4), "LINE": (8, 7)}


def figure(id, by="", of="", curves_of=()):
    return {"kind": "figure", "id": id, "by": by, "of": of, "title": id, "curves_of": curves_of}


def table(id, rows=3):
    return {
        "kind": "table",
        "id": id,
        "by": "",
        "of": "",
        "columns": ["a"],
        "rows": [[str(i)] for i in range(rows)],
        "indent": [],
        "spans": [],
    }


@pytest.fixture
def sections():
    """A report with a long baseline table, curves of four subgroups, and a forest of the literature."""
    results = [
        Result("survival.median", {"n": n}, by=by, level=str(i), endpoint="PFSR")
        for by, sizes in SIZES.items()
        for i, n in enumerate(sizes)
    ]
    made = [
        ("02_baseline_characteristics", [table("baseline.characteristics", rows=14)]),
        ("07_subgroups", [table("subgroups.medians"), *(figure("survival.curves", by) for by in SIZES)]),
        ("12_evidence_synthesis", [figure("literature.rates", of="orr"), table("literature.trials")]),
    ]
    found = []
    for name, outputs in made:
        content = SectionContent(name, name, [Part("", outputs=outputs)])
        content.results = results if "subgroups" in name else []
        found.append(content)
    return found


def declared(factors=(), **brief):
    return SimpleNamespace(subgroups=factors, brief=BriefChoice(**brief))


def curves(sections, meta):
    brief = make_brief(sections, "en", meta)
    return [o["by"] for part in brief.parts for o in part.outputs if o["id"] == "survival.curves"]


def test_the_parts_that_a_cohort_can_leave_out_are_those_of_the_rules():
    assert [part["id"] for part in rules()["parts"]] == list(PARTS)


def test_declared_subgroups_with_five_in_each_level_open_and_no_other(sections):
    assert curves(sections, declared(("ECOG", "SEX", "PDL1"))) == ["ECOG", "SEX"]
    assert curves(sections, declared()) == curves(sections, None) == []


def test_the_subgroups_that_the_brief_names_stand_in_its_order_however_small(sections):
    assert curves(sections, declared(("ECOG", "SEX", "PDL1"), subgroups=("PDL1", "ECOG"))) == ["PDL1", "ECOG"]


def test_a_part_that_is_left_out_stands_in_the_appendix_with_its_number(sections):
    brief = make_brief(sections, "en", declared(leave_out=("literature",)))
    number_displays(sections, brief)
    assert [part.id for part in brief.parts] == ["patients", "subgroups"]
    rates = sections[2].parts[0].outputs[0]
    assert not rates["brief"] and "part" not in rates and rates["label"].startswith("Figure ")


def test_a_long_table_is_cut_in_the_brief_and_whole_behind_it(sections):
    brief = make_brief(sections, "en", declared())
    number_displays(sections, brief)
    long = sections[0].parts[0].outputs[0]
    shown = brief.parts[0].outputs[0]
    assert (long["part"], long["brief"], shown["total"], shown["whole"]) == ("patients", False, 14, long["anchor"])
    assert shown["html"].count("<tr") - 1 == rules()["rows"] == 12


FACTORS = ["METSITE", "BMI", "SEX", "PDL1", "AGE", "PDL1", "SMOKE", "ECOG"]  # the second PDL1: its groups


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([3] * 8, ["SEX", "PDL1", "AGE", "ECOG"]),
        ([3, 3, 9, 3, 9, 3, 3, 3], ["BMI", "PDL1", "SMOKE", "ECOG"]),  # what has no room makes way for what has
        ([2] * 8, ["BMI", "SEX", "PDL1", "AGE", "SMOKE", "ECOG"]),
        ([1, 1, 1, 1, 1, 6, 1, 1], ["METSITE", "BMI", "SEX", "PDL1", "AGE", "SMOKE", "ECOG"]),
        ([13] * 8, []),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_the_more_important_factors_stay_where_a_table_has_room_for_some(sections, sizes, kept, named):
    long = sections[0].parts[0].outputs[0]
    rows = [[f"{i} {name}" if not j else "level"] for i, (name, n) in enumerate(zip(FACTORS, sizes, strict=True)) for j in range(n)]  # fmt: skip
    long |= {"rows": rows, "indent": [int(row == ["level"]) for row in rows], "blocks": FACTORS if named else []}
    long |= {"inline": False}
    brief = make_brief(sections, "en")
    long["inline"] = False
    number_displays(sections, brief)
    html = brief.parts[0].outputs[0]["html"]
    shown = [name.split()[1] for name in re.findall(r"\d [A-Z]\w+", html)]
    assert html.count("<tr") - 1 <= rules()["rows"]
    if named and kept:
        assert shown == kept
    else:  # the first ones, and where not one has room its beginning
        assert shown == FACTORS[: len(shown)] and shown


def test_the_factors_of_the_dictionary_have_each_a_place_of_their_own():
    places = [c.importance for c in load_dictionary()["adsl"].columns.values() if c.factor]
    assert sorted(places) == list(range(1, len(places) + 1))


def test_the_picture_leaves_room_for_a_title_and_an_answer_of_any_length():
    from rechallenge.run.render import above_picture

    short, long = ({"title": "T", "answer": [text]} for text in ("a" * 126, "a" * 127))
    assert above_picture(long) - above_picture(short) == pytest.approx(1.5, abs=0.1)  # a line more
    assert above_picture({"title": "T", "answer": ["再" * 63]}) == above_picture(short)
    assert above_picture({"title": "T" * 76, "answer": ["a"]}) > above_picture(short)


@pytest.mark.parametrize(("free", "shown"), [((True, True), False), ((True, False), True)])
def test_a_forest_of_free_choices_alone_is_not_in_the_brief(sections, free, shown):
    content = SectionContent("03_resistance_patterns", "", [Part("", outputs=[figure("resistance.multiverse_forest")])])
    content.results = [Result("resistance.contrast", {"hr": 1.0}, variable=str(i), free=f) for i, f in enumerate(free)]
    brief = make_brief([*sections, content], "en", declared())
    assert ("resistance.multiverse_forest" in [o["id"] for part in brief.parts for o in part.outputs]) == shown


def test_levels_of_a_characteristic_share_a_row_where_the_table_is_too_long_for_the_brief(sections):
    levels = [f"level {i}" for i in range(rules()["rows"])]
    rows = [
        ["Age", "64"],
        ["Sex", ""],
        ["Male", "20"],
        ["Female", "6"],
        ["PD-L1, %", "35"],
        ["Missing", "2"],
        ["Site", ""],
    ]
    long = sections[0].parts[0].outputs[0]
    long |= {"rows": [*rows, *([name, "1"] for name in levels)], "indent": [0, 0, 1, 1, 0, 1, 0, *(1 for _ in levels)]}
    long["columns"] = ["Characteristic", "All"]
    brief = make_brief(sections, "en")
    number_displays(sections, brief)
    shown = brief.parts[0].outputs[0]
    assert (
        "Sex: Male / Female</th><td>20 / 6</td>" in shown["html"]
        and "PD-L1, % / Missing</th><td>35 / 2" in shown["html"]
    )
    assert not shown["cut"] and shown["total"] == 7 + len(levels) and len(long["rows"]) == shown["total"]


def test_a_part_opens_with_the_sentence_that_its_section_has_for_it(sections):
    note = {"kind": "note", "id": "survival.maturity", "text": "24 events in 26 patients.", "of": "", "by": ""}
    outputs = [note, table("survival.medians")]
    sections.append(SectionContent("06_overall_survival", "OS", [Part("", outputs=outputs)]))
    part = next(p for p in make_brief(sections, "en").parts if p.id == "os")
    assert part.notes == ["24 events in 26 patients."]


def test_a_curve_that_the_first_picture_has_is_not_drawn_twice(sections):
    medians, curves = table("survival.medians"), figure("survival.curves", "PARAMCD")
    sections.append(SectionContent("05_progression_free_survival", "PFS", [Part("", outputs=[medians, curves])]))
    alone = next(p for p in make_brief(sections, "en").parts if p.id == "pfs")
    assert [o["id"] for o in alone.outputs] == ["survival.medians"]  # the curves are the first picture themselves
    picture = figure("glance.picture", of="wide", curves_of=["PFS1", "PFSR"])
    sections.append(SectionContent("00_at_a_glance", "", [Part("", outputs=[picture])]))
    brief = make_brief(sections, "en")
    assert brief.picture == [picture]
    assert [o["id"] for o in next(p for p in brief.parts if p.id == "pfs").outputs] == ["survival.medians"]
    assert not curves["brief"]


WAYS = [  # section, its table and figure, the part of the brief, what the first picture holds, whether it is drawn again
    ("04_tumor_response", "response.best", "response.waterfall", "response", ["PFSR"], True),
    ("04_tumor_response", "response.best", "response.waterfall", "response", ["PFSR", "PCHG"], False),
    ("06_overall_survival", "survival.medians", "survival.curves", "os", ["PFSR"], True),
    ("06_overall_survival", "survival.medians", "survival.curves", "os", ["PFSR", "OS"], False),
]


@pytest.mark.parametrize("section, first_table, drawn, part, first, shown", WAYS)
def test_what_the_first_picture_holds_is_not_drawn_again(sections, section, first_table, drawn, part, first, shown):
    outputs = [table(first_table), figure(drawn)]
    sections.append(SectionContent(section, "OS" if part == "os" else "", [Part("", outputs=outputs)]))
    picture = figure("glance.picture", of="wide", curves_of=first)
    sections.append(SectionContent("00_at_a_glance", "", [Part("", outputs=[picture])]))
    found = next(p for p in make_brief(sections, "en").parts if p.id == part)
    assert (drawn in [o["id"] for o in found.outputs]) == shown


def test_what_explains_a_mark_is_printed_and_a_note_is_printed_whole_and_once(sections):
    method, long, mark = "Interval: exact.", "Long. " * 80, "† Of few patients."
    first, second = table("baseline.characteristics"), table("subgroups.medians")
    first["notes"], second["notes"] = [method, long, "", mark], [method, "No event of grade 5."]
    sections[0].parts[0].outputs[:], sections[1].parts[0].outputs[0] = [first], second
    brief = make_brief(sections, "en")
    number_displays(sections, brief)
    assert (first["lead"], first["rest"]) == ([method, mark], [long])
    assert (second["lead"], second["rest"]) == ([method, "No event of grade 5."], [])
    only = table("subgroups.medians") | {"notes": [long]}
    sections[1].parts[0].outputs[0] = only
    number_displays(sections, make_brief(sections, "en"))
    assert (only["lead"], only["rest"]) == ([long], [])  # no table is left without a note that it has


@pytest.mark.parametrize(
    ("title", "endpoint", "heading"),
    [
        ("Rechallenge in Quzhou", "PFSR", "Rechallenge in Quzhou"),
        ("hosp-a", "PFSR", "ICI rechallenge: 26 patients (hosp-a)"),
        ("hosp-a", "PFS1", "First ICI course: 26 patients (hosp-a)"),
        ("hosp-a", "", "Cohort hosp-a: 26 patients"),
    ],
)
def test_a_report_without_a_title_of_its_own_is_called_after_what_its_cohort_is_of(title, endpoint, heading):
    from rechallenge.run.build import _heading

    assert _heading(SimpleNamespace(name="hosp-a", title=title, primary_endpoint=endpoint), 26) == heading

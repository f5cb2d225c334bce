"""Kinds of sentences with results, drawn from a small grammar with a fixed seed: each number has the group, endpoint and
limits that the grammar gave it, and nothing else is read.
"""

import random

import pytest

from papercheck.reading.claims import read_sentence
from papercheck.reading.document import Sentence
from papercheck.reading.paper import read_paper
from papercheck.reading.scene import Study
from papercheck.reading.sections import split_sentences

FACTORS = ["older age", "bone metastases", "a high tumour burden", "prior surgery", "low albumin", "a poor performance status", "weight loss"]  # fmt: skip
DRAWS = range(8)


def spoken(text, *arms, zone="results", **known):
    """The readings of a text of results, sentence by sentence."""
    study = Study(arms=list(arms), **known)
    return [r for s in split_sentences(text) for r in read_sentence(Sentence(s, zone, ("Results",), "Results"), study)]


def told(readings, *statistics):
    return {(r.endpoint, r.patients, r.operator + r.value) for r in readings if r.statistic in statistics}


def ratio(draw):
    return f"{draw.uniform(0.3, 3):.2f}"


@pytest.mark.parametrize("seed", DRAWS)
def test_ratios_of_several_factors_in_one_bracket(seed):
    draw = random.Random(seed)
    names = draw.sample(FACTORS, draw.choice((2, 2, 3)))
    listed = ", ".join(names[:-1]) + f" and {names[-1]}"
    values, tests = [ratio(draw) for _ in names], [f"0.0{draw.randint(11, 49)}" for _ in names]
    paired = ", ".join(f"{v}, p = {p}" for v, p in zip(values, tests, strict=True))
    apart = f"{' and '.join(values)}" if len(names) == 2 else f"{', '.join(values[:-1])} and {values[-1]}"
    end, label = draw.choice(("PFS", "OS")), draw.choice(("HR", "hazard ratio", "HR:"))
    said = draw.choice(
        ("were independent predictors of", "were associated with shorter", "were prognostic factors for")
    )
    lead = draw.choice(("", "In the multivariable analysis, ", "The model showed that "))
    bracket = draw.choice((f"({label} {paired}, respectively)", f"({label} {apart}, respectively)"))
    made = spoken(f"{lead}{listed} {said} {end} {bracket}.")
    bare = [n.removeprefix("a ") for n in names]
    assert told(made, "hazard_ratio") == {(end, n, v) for n, v in zip(bare, values, strict=True)}
    if paired in bracket:
        assert told(made, "p") == {(end, n, p) for n, p in zip(bare, tests, strict=True)}


@pytest.mark.parametrize("level", ["[IC95%: {}]", "(CI 95%: {})", "(CI95%, {})", "[IC 95% {}]", "(C.I. 95%: {})"])
@pytest.mark.parametrize("between", ["-", " to "])
def test_a_level_behind_the_word_of_its_interval(level, between):
    made = spoken(f"Median OS was 13.4 months {level.format(f'9.1{between}17.8')}.")
    assert [(r.value, r.low, r.high) for r in made] == [("13.4", "9.1", "17.8")] and made[0].level == "95"


@pytest.mark.parametrize("text", [
    "The risk of death was 37% lower with cemiplimab than with gemcitabine.",
    "Cemiplimab reduced the risk of progression by 37%.",
    "One step more of the score was associated with a 37% higher hazard of death.",
    "There was a 37% reduction in the risk of death.",
])  # fmt: skip
def test_by_how_much_a_risk_changes_is_no_share(text):
    assert not [r for r in spoken(text, "cemiplimab", "gemcitabine") if r.value == "37" and r.statistic != "printed"]


@pytest.mark.parametrize("seed", DRAWS)
def test_what_a_share_counts_is_no_group(seed):
    draw = random.Random(seed)
    one, two = draw.sample(["a mixed response", "pseudoprogression", "new lesions", "hyperprogression"], 2)
    k, m = draw.sample(range(11, 60), 2)
    shape = draw.choice(("{x}% (n = {k}) patients", "{k} ({x}%) patients", "{x}% (N = {k}) of patients"))
    first, second = (shape.format(k=n, x=f"{n}.5") for n in (k, m))
    made = spoken(f"After stopping, {first} developed {one}, and {second.split(' pat')[0].removesuffix(' of')} {two}.")
    assert {(r.patients, r.value) for r in made if r.statistic == "count"} == {("", str(k)), ("", str(m))}
    assert {r.patients for r in made if r.statistic == "percent"} == {""}


@pytest.mark.parametrize("seed", DRAWS)
def test_those_who_did_against_those_who_did_not_within_a_part(seed):
    draw = random.Random(seed)
    part = draw.choice(("oligoprogression", "brain metastases", "a durable response"))
    did = draw.choice(("received radiotherapy", "switched drugs", "stopped early", "underwent surgery"))
    (a, b), (c, d) = ([f"{draw.uniform(low, low + 14):.1f}" for low in (16, 2)] for _ in "cd")
    vs = draw.choice(("versus", "vs.", "vs"))
    text = (
        f"For patients with {part}, those who {did} had a longer median PFS ({a} {vs} {b} months, HR = 0.51) and a longer"
        f" median OS ({c} {vs} {d} months, HR = 0.42) compared with those who did not."
    )
    known = told(spoken(text), "median_survival", "hazard_ratio")
    group, both = f"who {did}", f"who {did} vs not who {did}"
    expected = {("PFS", group, a), ("PFS", f"not {group}", b), ("OS", group, c), ("OS", f"not {group}", d)}
    expected |= {("PFS", both, "0.51"), ("OS", both, "0.42")}
    assert {(e, g.split(",")[0], v) for e, g, v in known} == expected


@pytest.mark.parametrize("seed", DRAWS)
def test_numbers_that_each_stand_beside_their_group(seed):
    draw = random.Random(seed)
    names = draw.sample(["gefitinib", "proton beams", "stereotactic beams", "watchful waiting", "cryotherapy"], 3)
    values = [str(v) for v in draw.sample(range(31, 95), 3)]
    signs = draw.choice(((", ", ", and "), (": ", ", and "), ("; ", "; "), (", ", " and ")))
    word = draw.choice(("with", "for", "after"))
    parts = [f"{v}% {word} {n}" for v, n in zip(values, names, strict=True)]
    made = spoken(f"The disease control rate was {parts[0]}{signs[0]}{parts[1]}{signs[1]}{parts[2]}.")
    assert told(made, "percent") == {("DCR", n, v) for n, v in zip(names, values, strict=True)}


@pytest.mark.parametrize("shape", [
    "The score gave three groups, {a}, {b} and {c}, with {end} of {x}, {y} and {z} months, respectively.",
    "{A}, {b} and {c} risk groups had {end} of {x}, {y} and {z} months, respectively.",
    "Patients were divided in three classes ({a}, {b}, and {c}) with median {end} of {x}, {y}, and {z} months, respectively.",
])  # fmt: skip
@pytest.mark.parametrize("names", [("low", "middle", "high"), ("early", "intermediate", "late")])
@pytest.mark.parametrize("end", ["PFS", "OS"])
def test_groups_that_a_sentence_lists(shape, names, end):
    a, b, c = names
    made = spoken(shape.format(a=a, A=a.title(), b=b, c=c, end=end, x="9.1", y="5.4", z="2.6"))
    values = {(e, g.lower(), v) for e, g, v in told(made, "median_survival")}
    assert values == {(end, a, "9.1"), (end, b, "5.4"), (end, c, "2.6")}


@pytest.mark.parametrize("seed", DRAWS)
def test_two_courses_set_against_each_other(seed):
    draw = random.Random(seed)
    a, b, c, d = (f"{draw.uniform(5, 80):.1f}" for _ in range(4))
    first = draw.choice(("initial ICI", "the first immunotherapy", "prior ICI"))
    lead = draw.choice(
        ("Patients rechallenged with ICI had", "On retreatment patients had", "At rechallenge there were")
    )
    text = f"{lead} lower ORR and DCR than {first} ({a}% versus {b}%, p = 0.004; {c}% versus {d}%, p = 0.03)."
    made = spoken(text)
    shares = {(r.endpoint, r.course, r.value) for r in made if r.statistic == "percent"}
    assert shares == {
        ("ORR", "rechallenge", a),
        ("ORR", "first course", b),
        ("DCR", "rechallenge", c),
        ("DCR", "first course", d),
    }
    both = "rechallenge vs first course"
    assert told(made, "p") == {("ORR", both, "0.004"), ("DCR", both, "0.03")}
    assert all(r.opposed for r in made if r.statistic == "percent")


def test_an_arm_within_the_name_of_another():
    arms = ("cemiplimab", "cemiplimab + gemcitabine")
    text = "The PFS was 8 months for patients receiving cemiplimab + gemcitabine and 3 months for those receiving cemiplimab alone."
    made = told(spoken(text, *arms), "median_survival")
    assert made == {("PFS", arms[1], "8"), ("PFS", arms[0], "3")}


@pytest.mark.parametrize("name", ["arm B", "group A", "cohort C", "arms A and B"])
def test_a_letter_of_an_arm_ends_a_sentence(name):
    assert len(split_sentences(f"The ORR was 31% in {name}. Fatigue was frequent.")) == 2


@pytest.mark.parametrize("words, event", [
    ("adverse events of grade 3 or higher", "Any event, grade ≥3"), ("grade 3-4 toxicities", "Any event, grade 3–4"),
    ("serious AEs", "Any serious event, grade any"), ("pneumonitis of any grade", "Pneumonitis, grade any"),
    ("AEs leading to treatment discontinuation", "Any discontinuing event, grade any"),
])  # fmt: skip
@pytest.mark.parametrize("result", ["(RR 1.84; P = .03)", "(relative risk, 1.84; p = 0.03)", "(OR 1.84, p = 0.03)"])
def test_ratios_and_tests_of_adverse_events(words, event, result):
    made = spoken(
        f"Overall survival was no aim. The combination had more {words} {result}.", "the combination", "placebo"
    )
    assert {(r.endpoint, r.value.lstrip("0")) for r in made if r.statistic != "printed"} == {
        (event, "1.84"),
        (event, ".03"),
    }


def test_a_test_of_events_is_not_of_the_endpoint_before():
    made = spoken(
        "Median OS was 8 vs 12 months. Grade 3-4 AEs did not differ between the groups (p = 0.25).", "early", "late"
    )
    assert ("Any event, grade 3–4", "early vs late", "0.25") in told(made, "p")


@pytest.mark.parametrize("text", [
    "荟萃分析显示甲药联合化疗对比化疗可显著延长患者的PFS(HR=0.61, 95%CI: 0.50~0.74)、OS(HR=0.72, 95%CI: 0.60~0.87)。",
    "与化疗相比,甲药联合化疗可显著延长PFS(HR=0.61, 95%CI: 0.50~0.74)和OS(HR=0.72, 95%CI: 0.60~0.87)。",
])  # fmt: skip
def test_two_treatments_against_each_other_in_chinese(text):
    both = "甲药联合化疗 vs 化疗"
    assert told(spoken(text), "hazard_ratio") == {("PFS", both, "0.61"), ("OS", both, "0.72")}


@pytest.mark.parametrize("text", [
    "The score was prognostic, with PFS of 6.0 and 3.8 months, respectively (HR 1.94, p < 0.001).",
    "Outcomes did not differ [PFS: HR 1.37, P = 0.135].",
])  # fmt: skip
def test_words_of_order_and_endpoints_are_no_groups(text):
    assert not {"respectively", "PFS"} & {r.patients for r in spoken(text)}


@pytest.mark.parametrize("drug", ["PD-L1 inhibitors", "PD-1/PD-L1 blockade", "anti-PD-L1 therapy", "PD-L1 antibodies"])
def test_a_drug_is_no_factor(drug):
    made = spoken(f"{drug} improved OS (HR 0.68; 95% CI 0.53-0.87; P = .002).")
    assert not [r for r in made if r.patients == "PD-L1"]


@pytest.mark.parametrize("tail", [" before treatment", " at 4 weeks after the start", " at baseline"])
@pytest.mark.parametrize("second", ["whereas that of patients with a ratio of ≥ 3 was", "and that of those with a ratio of ≥ 3 was"])  # fmt: skip
def test_the_second_group_ends_as_the_first(tail, second):
    text = f"The median PFS of patients with a ratio of < 3{tail} was 5.3 months, {second} 2.1 months."
    made = told(spoken(text), "median_survival")
    assert made == {("PFS", f"with a ratio of < 3{tail}", "5.3"), ("PFS", f"with a ratio of ≥ 3{tail}", "2.1")}


@pytest.mark.parametrize("text, n", [
    ("We randomly assigned 214 patients to receive one of two drugs.", "214"),
    ("This was a cohort study with 214 pts from 2018-2021.", "214"),
    ("We evaluated the relation between a ratio and survival in 214 patients with cancer.", "214"),
    ("Fifty-one patients received atezolizumab every 3 weeks.", "Fifty-one"),
])  # fmt: skip
def test_patients_that_methods_count(text, n):
    assert ("patients included", "", n) in told(spoken(text, zone="methods"), "count")


def test_one_value_of_two_times():
    made = spoken("The 1-year and 2-year PFS rates were the same at 13.8%.")
    assert told(made, "survival_rate") == {("PFS at 12 months", "", "13.8"), ("PFS at 24 months", "", "13.8")}


def test_the_tests_of_a_list_are_of_the_endpoint_behind_it():
    text = (
        "The predictors were site (P = .02) for ORR; histology (P = .025), age (P = .038), and stage (P = .014) for OS."
    )
    assert told(spoken("Methods follow. " + text), "p") >= {("OS", "histology", ".025"), ("OS", "age", ".038")}


@pytest.mark.parametrize("seed", DRAWS)
def test_shares_behind_the_names_of_their_groups(seed):
    draw = random.Random(seed)
    names = draw.sample(["good-risk", "middle-risk", "bad-risk", "sarcomatoid features", "clear cells"], 3)
    values = [f"{v}.{draw.randint(0, 9)}" for v in draw.sample(range(11, 90), 3)]
    lead = draw.choice(
        ("ORR by risk category was", "The response rate according to histology was", "DCR across the groups was")
    )
    word = draw.choice((" ", " of "))
    parts = [f"{n}{word}{v}%" for n, v in zip(names, values, strict=True)]
    made = spoken(f"{lead} {parts[0]}, {parts[1]}, and by {parts[2]}.")
    end = "DCR" if lead.startswith("DCR") else "ORR"
    assert told(made, "percent") == {(end, n, v) for n, v in zip(names, values, strict=True)}


@pytest.mark.parametrize("limits", [("0", "1-20", "> 20%"), ("< 1%", "1-49%", "≥50%"), ("< 3", "3-5", "> 5")])
@pytest.mark.parametrize("lead", ["patients with the tumour expression of", "those with a ratio of", "a score of"])
def test_groups_by_the_limits_of_one_quantity(limits, lead):
    a, b, c = limits
    made = spoken(f"The ORR was 26.9%, 51.0%, and 75.0% for {lead} {a}, {b}, or {c}, respectively.")
    groups = {r.value: r.patients for r in made if r.statistic == "percent"}
    assert list(groups) == ["26.9", "51.0", "75.0"]
    assert all(g.endswith(x) for g, x in zip(groups.values(), limits, strict=True)), groups


@pytest.mark.parametrize("verb", ["were untreated", "were pretreated", "had melanoma"])
@pytest.mark.parametrize("link", [" of which ", ", of whom ", ", among whom "])
def test_a_part_of_those_before(verb, link):
    made = spoken(f"A total of 214 patients were identified; 120 {verb}{link}38 (31.7%) had brain lesions.")
    what = verb.removeprefix("were ").removeprefix("had ")
    assert {(what, "38"), (what, "31.7")} <= {(r.patients, r.value) for r in made}


@pytest.mark.parametrize("everyone", ["For the entire cohort", "In the overall population", "In the whole group"])
def test_a_number_of_everyone_beside_one_of_a_part(everyone):
    made = spoken(
        f"{everyone} the ORR was 48%, for patients without brain lesions the ORR was 57% with a median PFS of 9 months."
    )
    assert told(made, "percent") == {("ORR", "", "48"), ("ORR", "without brain lesions", "57")}


@pytest.mark.parametrize(
    "level", ["95% CI 17%-40%", "90% CI: 17-40", "95CI 17-40", "95%, CI: 17-40", "95% CI, 17 to 40"]
)
def test_the_interval_of_a_share_behind_its_group(level):
    made = spoken(f"The ORR was 28% for cemiplimab ({level}) and 9% for placebo.", "cemiplimab", "placebo")
    assert {(r.patients, r.value, r.low, r.high) for r in made if r.statistic == "percent"} == {
        ("cemiplimab", "28", "17", "40"), ("placebo", "9", "", "")}  # fmt: skip


@pytest.mark.parametrize("words", ["were male", "had liver lesions", "were current smokers"])
@pytest.mark.parametrize("join", ["and", "vs.", "versus"])
def test_two_shares_of_one_characteristic(words, join):
    text = f"Median age was 64 and 69 years in the early and late arm, respectively. 67% {join} 65% {words}."
    made = [r for r in spoken(text, "early", "late") if r.statistic == "percent"]
    assert [(r.patients, r.value) for r in made] == [("early", "67"), ("late", "65")] and len(
        {r.endpoint for r in made}
    ) == 1


@pytest.mark.parametrize("text", [
    "Median OS was 21.8 months after initiation of second-line therapy.", "Median OS from diagnosis was 21.8 months.",
    "A median OS of 21.8 months was observed from the start of first-line therapy with one of 11.0 months from the start of the third.",
])  # fmt: skip
def test_a_time_from_another_origin_is_for_a_person(text):
    assert {r.statistic for r in spoken(text) if r.value == "21.8"} == {"printed"}


def test_a_quantity_that_is_no_endpoint_beside_one_that_is():
    made = spoken("Median xToD and OS were 7.0 (95% CI, 6.0-8.4) and 24.5 (95% CI, 20.1-29.3) months, respectively.")
    assert told(made, "median") == {("xToD", "", "7.0")} and told(made, "median_survival") == {("OS", "", "24.5")}


@pytest.mark.parametrize("text, group", [
    ("In a model, pneumonitis increased the risk of death (HR 1.61, 95% CI 1.0-2.5).", "pneumonitis"),
    ("Death was more frequent, after adjustment for low albumin (HR 1.61, 95% CI 1.0-2.5).", "low albumin"),
    ("Fibrosis was associated with a higher risk for pneumonitis (HR 1.61, 95% CI 1.0-2.5).", "Fibrosis"),
    ("A higher grade of pneumonitis was associated with worse outcomes (HR 1.61, 95% CI 1.0-2.5).", "A higher grade of pneumonitis"),
])  # fmt: skip
def test_the_factor_of_a_ratio(text, group):
    assert {r.patients for r in spoken(text) if r.value == "1.61"} == {group}


def test_patients_between_whom_a_sentence_compares():
    text = (
        "OS did not differ between patients receiving one drug and two drugs together (39.4 months versus undefined)."
    )
    made = told(spoken(text), "median_survival")
    assert made == {("OS", "receiving one drug", "39.4"), ("OS", "receiving two drugs together", "undefined")}


@pytest.mark.parametrize(
    "design", ["retrospective cohort", "single-center observational cohort", "prospective multicentre cohort"]
)
def test_the_design_of_a_study_names_no_patients(design):
    made = spoken(f"In this {design} study, the efficacy of two drugs in 71 patients was evaluated.", zone="methods")
    assert told(made, "count") == {("patients included", "", "71")}


@pytest.mark.parametrize("names", [("AB+C50", "AB+C100"), ("ipi/nivo", "ipi"), ("ABCP", "PC")])
def test_arms_that_a_sentence_shortens(names, tmp_path):
    one, two = names
    path = tmp_path / "a.txt"
    path.write_text(
        f"Abstract\n\nMethods: Patients were randomized 1:1 to drug A with drug B for 4 doses ({one}), or the same drug A alone ({two}).\n\n"
        f"Results: Grade 3-5 TRAEs occurred in 12 (24%) patients in {one} and 20 (39%) in {two}. ORR was 55% for {one} and 61% for {two}.\n",
        encoding="utf-8",
    )  # fmt: skip
    made = {(r.statistic, r.patients, r.value) for r in read_paper([path], "a").readings}
    assert {("ae_count", one, "12"), ("ae_count", two, "20"), ("percent", one, "55"), ("percent", two, "61")} <= made


@pytest.mark.parametrize(
    "step",
    ["Per 10-year increase in age", "For every doubling of LDH", "With each further line", "Each 10% rise in PD-L1"],
)
@pytest.mark.parametrize(
    "verb",
    [
        "the hazard ratio for death was 1.12 (95% CI 0.91-1.38)",
        "the risk of death was higher (HR 1.12, 95% CI 0.91-1.38)",
    ],
)
def test_a_ratio_by_the_step_of_a_quantity(step, verb):
    made = spoken(f"{step}, {verb}.", "early", "late")
    assert [(r.endpoint, r.patients, r.low) for r in made if r.statistic == "hazard_ratio"] == [("OS", step, "0.91")]


@pytest.mark.parametrize("close", ["p=0.018", "p = 0.018", "log-rank p=0.018"])
@pytest.mark.parametrize("span", ["0.44-0.93", "0.44 to 0.93"])
def test_a_ratio_without_its_name_behind_two_medians(close, span):
    made = spoken(
        f"Median PFS was 3.9 months (2.7-5.4) versus 2.2 months (1.9-2.8) (0.64, {span}; {close}).", "early", "late"
    )
    assert told(made, "hazard_ratio") == {("PFS", "early vs late", "0.64")}
    assert ("PFS", "early vs late", "0.018") in told(made, "p")


@pytest.mark.parametrize("one, two", [("male", "female"), ("smokers", "never smokers"), ("early", "late")])
def test_counts_behind_their_names_in_a_bracket(one, two):
    made = spoken(f"We included 152 patients ({one}, 110; {two}, 42).")
    assert {(one, "", "110"), (two, "", "42")} <= told(made, "count")


@pytest.mark.parametrize("word", ["when", "if", "in"])
def test_what_makes_an_event_less_likely(word):
    made = spoken(f"Recurrence was less likely {word} the interval was long (OR 0.31, 95% CI 0.10-0.96; P = 0.04).")
    assert {r.patients for r in made if r.statistic in ("odds_ratio", "p")} == {"the interval was long"}


def test_a_group_by_a_limit_ends_before_its_number():
    text = "Patients with a score below 2 had a median OS of 13.9 months and those with a score ≥2 of 5.2 months."
    made = told(spoken(text), "median_survival")
    assert made == {("OS", "with a score below 2", "13.9"), ("OS", "with a score ≥2", "5.2")}


@pytest.mark.parametrize("ratio_word", ["risk ratio", "RR", "relative risk", "OR"])
def test_two_circumstances_that_are_compared(ratio_word):
    made = spoken(
        f"ORR was higher after toxicity than after progression ({ratio_word} 2.36, 95% CI 1.41-3.95; P = 0.001)."
    )
    assert {(r.endpoint, r.patients) for r in made} == {("ORR", "toxicity vs progression")}


def rows(folder, caption, *lines):
    """The readings of a table; a cell `name*2` runs over two columns."""
    made = []
    for line in lines:
        cells = (c.partition("*") for c in line.split("|"))
        made.append("".join(f'<td colspan="{span or 1}">{text.strip()}</td>' for text, _, span in cells))
    body = "".join(f"<tr>{m}</tr>" for m in made)
    path = folder / "t.html"
    path.write_text(
        f"<html><body><h2>Results</h2><table><caption>{caption}</caption>{body}</table></body></html>", encoding="utf-8"
    )
    return read_paper([path], "t").readings


@pytest.mark.parametrize(
    "heads",
    [
        ("Variable|HR|95% CI*2|P", "|||Lower|Upper|"),
        ("Variable|HR|Lower 95% CI|Upper 95% CI|P",),
        ("Variable|HR|95% LCL|95% UCL|P",),
    ],
)
def test_limits_in_columns_of_their_own(heads, tmp_path):
    heads = tuple(h.replace("|||Lower", "||Lower").replace("Upper|", "Upper|") for h in heads)
    made = rows(
        tmp_path,
        "Table 1. Multivariable Cox model of OS",
        *heads,
        "Sex (male = 0)|0.92|0.62|1.37|0.68",
        "Age (per year)|1.01|0.99|1.03|0.31",
    )
    ratios = {(r.row, r.value, r.low, r.high) for r in made if r.statistic == "hazard_ratio"}
    assert ratios == {("Sex (male = 0)", "0.92", "0.62", "1.37"), ("Age (per year)", "1.01", "0.99", "1.03")}
    assert all(x in r.evidence for r in made for x in (r.value, r.low, r.high))


@pytest.mark.parametrize("unit", ["Months", "Weeks"])
def test_numbers_at_risk_in_a_table(unit, tmp_path):
    made = rows(
        tmp_path,
        "Table 2. Patients at risk (overall survival)",
        f"{unit}|0|6|12|18",
        "Early|40|31|12|4",
        "Late|38|20|9|2",
    )
    at_risk = {(r.endpoint, r.group, r.value) for r in made if r.statistic == "at_risk"}
    assert ("OS at 12 " + unit.lower(), "Early", "12") in at_risk and len(at_risk) == 8 == len(made)


def test_events_of_patients_below_the_arms(tmp_path):
    made = rows(tmp_path, "Table 3. Overall survival by subgroup", "Subgroup|Events/patients*2|HR (95% CI)", "|Early|Late|", "Sex|||",
                "&emsp;Male|30/40|31/37|0.74 (0.45-1.22)", "&emsp;Female|15/22|19/22|0.66 (0.34-1.30)")  # fmt: skip
    events = {(r.group, r.value) for r in made if r.statistic == "events"}
    assert events == {
        ("Sex: Male, Early", "30"),
        ("Sex: Male, Late", "31"),
        ("Sex: Female, Early", "15"),
        ("Sex: Female, Late", "19"),
    }


def test_shares_with_limits_in_rows_of_cohorts(tmp_path):
    made = rows(
        tmp_path,
        "Table 5. Response by cohort",
        "Cohort|Responders, n|Patients, n|ORR, % (95% CI)",
        "Cohort A|9|61|14.8 (7.0-26.2)",
        "Cohort B|5|48|10.4 (3.5-22.7)",
    )
    shares = {(r.endpoint, r.group, r.value, r.low) for r in made if r.statistic == "percent"}
    assert shares == {("ORR", "Cohort A", "14.8", "7.0"), ("ORR", "Cohort B", "10.4", "3.5")}


@pytest.mark.parametrize("place", ["6 institutions in two countries", "12 infusion centres", "4 insured regions"])
def test_no_place_is_a_patient(place):
    made = spoken(f"We analysed patients with cancer who were treated at {place}.", zone="methods")
    assert not told(made, "count")


@pytest.mark.parametrize(
    "ends", [("objective response and disease control rates", "ORR", "DCR"), ("PFS and OS", "PFS", "OS")]
)
def test_two_tests_of_two_endpoints_in_one_bracket(ends):
    words, one, two = ends
    made = spoken(f"The {words} were better with A than with B (P = 0.14 and P < 0.01, respectively).", "A", "B")
    assert {(e, v) for e, _, v in told(made, "p")} == {(one, "0.14"), (two, "<0.01")}


def test_cycles_are_no_survival():
    made = spoken("Median OS was 34.9 months. The drug was given for a median of 17 cycles (10 to 24).")
    assert told(made, "median_survival") == {("OS", "", "34.9")} and told(made, "median") == {("cycles", "", "17")}


@pytest.mark.parametrize("ratio", ["", "; HR 0.52, 95% CI 0.39-0.69"])
def test_an_endpoint_that_no_word_declares_is_not_the_one_before(ratio):
    made = spoken(f"Median DoR was 9 months. Median TXDM was longer with A (23.2 vs 14.6 months{ratio}).", "A", "B")
    assert not [r for r in made if r.endpoint == "DOR" and r.value != "9"]


@pytest.mark.parametrize(
    "verb", ["were assigned to", "were assigned", "were randomised to", "were randomized 1:1 to", "were allocated to"]
)
def test_the_sizes_of_two_arms(verb):
    made = spoken(f"Overall, 323 patients {verb} AX + BY and 328 to CZ.", "AX + BY", "CZ")
    assert told(made, "count") == {("patients included", "AX + BY", "323"), ("patients included", "CZ", "328")}


def test_rates_at_two_times_of_two_arms():
    made = spoken(
        "12- and 18-month PFS rates were 55.9% versus 35.3% and 44.2% versus 27.0%, respectively.", "early", "late"
    )
    assert told(made, "survival_rate") == {
        ("PFS at 12 months", "early", "55.9"), ("PFS at 12 months", "late", "35.3"),
        ("PFS at 18 months", "early", "44.2"), ("PFS at 18 months", "late", "27.0")}  # fmt: skip


@pytest.mark.parametrize("words", ["were each 4.3%", "occurred in 4.3% each", "were both 4.3%"])
def test_one_share_of_two_events(words):
    made = spoken(f"Grade 3/4 pneumonitis and febrile neutropenia {words}.")
    assert {(e, v) for e, _, v in told(made, "ae_percent")} == {
        ("Pneumonitis, grade 3–4", "4.3"),
        ("Febrile neutropenia, grade 3–4", "4.3"),
    }


def test_heterogeneity_is_no_share_of_patients():
    made = spoken("The pooled median PFS was 3.27 months (2.99-3.55, I2 = 73.0%, P = 0.001).")
    assert told(made, "median_survival") == {("PFS", "", "3.27")} and told(made, "i2") == {("PFS", "", "73.0")}


@pytest.mark.parametrize("one, two", [("treatment", "control"), ("treatment", "placebo"), ("added", "single")])
def test_medians_with_their_intervals_behind_the_arms(one, two):
    text = (
        f"In the {one} arm, median OS was 10.7 months (95% CI, 8.8-12.3) vs 10.5 in the {two} arm (95% CI, 8.6-13.0)."
    )
    made = {(r.patients, r.value, r.low, r.high) for r in spoken(text) if r.statistic == "median_survival"}
    assert made == {(one, "10.7", "8.8", "12.3"), (two, "10.5", "8.6", "13.0")}


@pytest.mark.parametrize(
    "one, two", [("cross-line", "rechallenge"), ("continuation", "retreatment"), ("early", "late")]
)
def test_two_groups_that_one_word_binds(one, two):
    made = spoken(f"Grade 3 TRAEs occurred in 58.9% and 77.5% of patients in the {one} and {two} groups, respectively.")
    assert {(g, v) for _, g, v in told(made, "ae_percent")} == {(one, "58.9"), (two, "77.5")}


@pytest.mark.parametrize("text", ["The mean PFS was 3.4 months.", "The risk of progression was 26% (PFS HR, 0.74; 95% CI, 0.59-0.92)."])  # fmt: skip
def test_means_of_times_and_risks_are_for_a_person(text):
    assert {r.statistic for r in spoken(text, "A", "B") if r.value in ("3.4", "26")} == {"printed"}


def test_the_parts_of_an_allocation_are_no_patients():
    assert not told(spoken("Patients were assigned 2:1 to AX or BY.", "AX", "BY"), "count")


TUMOURS = [("melanoma", "NSCLC"), ("NSCLC", "mesothelioma"), ("SCLC", "NSCLC")]


@pytest.mark.parametrize("one, two", TUMOURS)
@pytest.mark.parametrize("numbers", [("five (25%; 95% CI 9-49) of 20", "eight (31%; 14-52) of 26"), ("11 (22%) of 50", "9 (45%) of 20")])  # fmt: skip
def test_a_response_in_so_many_of_the_patients_of_each_tumour(one, two, numbers):
    first, second = numbers
    made = spoken(f"An extracranial response was seen in {first} patients with {one} and {second} patients with {two}.")
    shares = [(r.patients, r.value) for r in made if r.statistic == "percent"]
    assert shares == [(one, first.split("(")[1].split("%")[0]), (two, second.split("(")[1].split("%")[0])]
    assert len({r.endpoint for r in made}) == 1


@pytest.mark.parametrize("words", ["liver metastases", "effusions", "bone lesions"])
@pytest.mark.parametrize("head", ["Of 90 (30.0%) patients with {}", "Among 90 (30.0%) patients with {}"])
def test_shares_of_the_patients_that_head_a_sentence(words, head):
    made = spoken(
        f"{head.format(words)}, 60 (66.7%) had treated {words} (before the drug), and 30 (33.3%) had untreated {words}."
    )
    assert [(r.patients, r.value) for r in made if r.statistic == "percent"] == [
        ("", "30.0"), (f"with {words}", "66.7"), (f"with {words}", "33.3")]  # fmt: skip


@pytest.mark.parametrize("seed", DRAWS)
def test_events_of_a_list_by_their_grades_with_the_arm_behind(seed):
    draw = random.Random(seed)
    named = draw.sample(["colitis", "pneumonitis", "fatigue", "rash"], 2) + draw.sample(["hypomagnesemia", "amylase elevation", "acute renal failure"], 1)  # fmt: skip
    grades = [draw.randint(2, 4) for _ in named]
    listed = [f"grade {g} {n} (n={k} [{4 * k}%])" for k, (g, n) in enumerate(zip(grades, named, strict=True), start=1)]
    made = spoken(f"Serious events were {', '.join(listed[:-1])}, and {listed[-1]} in the maintenance cohort.")
    assert {(e, g, v) for e, g, v in told(made, "ae_percent")} == {
        (f"{n.capitalize()}, grade {g}", "maintenance", str(4 * k))
        for k, (g, n) in enumerate(zip(grades, named, strict=True), start=1)
    }


def test_patients_who_are_fewer_than_all(tmp_path):
    (tmp_path / "a.txt").write_text(
        "A trial of AX\n\nResults\nAmong 30 patients with bulky disease, a response was observed in 12 (40.0%). "
        "Median progression-free survival was 4.4 months. Among all 52 patients, grade 3 events occurred in six (12%).\n"
    )
    made = read_paper([tmp_path / "a.txt"], "a").readings
    assert [(r.patients, r.value) for r in made if r.statistic in ("percent", "ae_percent")] == [
        ("with bulky disease", "40.0"), ("", "12")]  # fmt: skip
    assert not told(made, "median_survival")  # of those, or of all?


def test_a_share_of_a_few_is_not_of_all():
    made = spoken("Of 800 patients, 90 were treated again. About 33 of 60 patients (55%) had a recurrent irAE.")
    assert not [r for r in made if r.value in ("33", "55") and r.understood]


@pytest.mark.parametrize("words", ["In the remaining 13 (43.3%) treated with AX alone", "Of the other 21 (40%)"])
def test_the_rest_of_the_patients_are_for_a_person(words):
    assert not [r for r in spoken(f"{words}, ORR was 36.4%.") if r.understood]


def test_drugs_of_a_list_are_counted_with_their_whole_names():
    made = spoken("Agents on retreatment: nivolumab ± ipilimumab (n=8), pembrolizumab (n=5), and durvalumab (n=2).")
    assert {(e, v) for e, _, v in told(made, "count")} == {("nivolumab ± ipilimumab", "8"), ("pembrolizumab", "5"), ("durvalumab", "2")}  # fmt: skip


def test_all_but_one_is_no_count():
    assert not told(spoken("Responses lasted in all but one patient with NSCLC who responded."), "count")


def test_the_first_patients_that_were_analyzed_are_all():
    made = spoken("Between 2014 and 2019, 412 patients with mNSCLC treated with AX-based therapy were analyzed.")
    assert told(made, "count") == {("patients included", "", "412")}


@pytest.mark.parametrize("head", ["Among 90 patients evaluable for survival", "Of 90 patients suitable for comparison"])
def test_patients_that_head_a_comparison_are_of_none_of_its_sides(head):
    made = spoken(f"{head}, AX at any line was associated with longer OS compared to BY alone (17.0 vs 8.2 months).")
    assert [(r.group, r.value) for r in made if r.statistic == "count"] == [("", "90")]


def test_a_share_of_it_is_for_a_person():
    made = spoken("From diagnosis it was 20.3% and from the second drug it was 15.1%.")
    assert not [r for r in made if r.understood]

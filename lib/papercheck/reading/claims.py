"""A sentence becomes readings: each form of it finds its
statistic, endpoint, group and time among the words around it.
"""

import re
from dataclasses import replace

from .compared import ratio_readings
from .counted import nobody, worded_readings
from .discourse import EVERYONE, ONCE, is_once, of_the_topic, of_those, population
from .document import Sentence
from .doubts import doubted
from .forms import is_limit
from .group_sizes import note_sizes, of_all_together, of_its_arm
from .held import as_printed
from .mentions import variable_of
from .readings import Reading
from .scene import Study, endpoint_at, make, notes_matching, scene_of, speaks_of_some
from .shares import percent_readings, range_of_percents, share_readings
from .signs import is_decimal
from .tested import p_readings, test_readings, words_of_p
from .values import value_readings
from .words import endpoints


def read_sentence(sentence: Sentence, study: Study) -> list[Reading]:
    """The readings of one sentence of the study's own results."""
    study.begin((sentence.where, sentence.section))
    scene = scene_of(_without_lead(sentence), study)
    notes_matching(scene)
    made = scene.made
    for i, form in enumerate(scene.forms):
        read = READERS[form.kind](scene, i, form) if i not in scene.unplaced else []
        made += [_with_course(scene, form, r) for r in read or _not_understood(scene, i, form)]
    if not study.total:
        made[:] = [_of_everyone(r, scene) for r in made]
    made[:] = of_all_together([of_its_arm(study, r) for r in _apart(made, study.arms, scene.text)])
    made[:] = [
        as_printed(r) if r.statistic == "i2" and not before.understood else r
        for before, r in zip(made[:1] + made, made, strict=False)
    ]
    made[:] = of_those(study, of_the_topic(scene, made), scene.text)
    study.of_some = speaks_of_some(scene.text, study)
    made += words_of_p(scene, made)
    made[:] = doubted(scene, made)
    note_sizes(study, made)
    study.previous = population(scene, made)
    made += nobody(scene)
    sides = {scene.assigned.get(i, "") for run in scene.runs for i in run} - {""}
    study.in_turn = len(sides) == 2 or study.in_turn and not scene.groups and bool(scene.forms)
    if scene.courses:
        study.course = scene.courses[-1].name
    if scene.ends:
        study.last_endpoint = scene.ends[-1].name
        study.several = len({m.name for m in scene.ends if m.kind == "time"}) > 1
    return made


LEAD = re.compile(
    r"(?:Furthermore|However|In addition|Additionally|Notably|Of note|Similarly|In contrast|By contrast"
    r"|Moreover|Importantly|Conversely|Meanwhile"
    r"|Interestingly|Specifically|Accordingly|Likewise|Also|Finally|First|Second|Third|In particular"
    r"|Nevertheless|On the other hand|Consistently), "
)


def _without_lead(sentence):
    """A sentence behind the word that only links it to the one before: what heads it then stands first."""
    lead = LEAD.match(sentence.text)
    return replace(sentence, text=sentence.text[lead.end() :]) if lead else sentence


def _apart(made, arms, text):
    """Two values of one endpoint in one sentence cannot both
    be of all patients: then whose they are is for a person.
    """
    alike: dict = {}
    for r in made:
        if is_once(r):
            alike.setdefault((r.statistic, r.endpoint, r.course, r.time, r.patients), []).append(r)
    unclear = [r for known in alike.values() if len({r.value.lstrip("0") for r in known}) > 1 for r in known]
    if not EVERYONE.search(text):  # beside a value of an arm, one that names no patients
        of_arms = {key[:4] for key in alike if key[4] in arms}
        unclear += [r for key, known in alike.items() if not key[4] and key[:4] in of_arms for r in known]
    named = {key[:4] for key in alike if key[4]}
    if not EVERYONE.search(text):  # behind a value of a group, one that names none
        firsts = {
            key: min(made.index(r) for k, known in alike.items() if k[:4] == key and k[4] for r in known)
            for key in named
        }
        behind = [(key[:4], r) for key, known in alike.items() if not key[4] and key[:4] in named for r in known]
        unclear += [r for key, r in behind if made.index(r) > firsts[key]]
    return [as_printed(r, "two values") if r in unclear else r for r in made]


def without_contradictions(readings: list[Reading], parts: str) -> list[Reading]:
    """Two values of one endpoint and group in the sentences of one abstract are of patients that the reader did not
    tell apart: whose they are is for a person. `parts` is a pattern of the places that are an abstract.
    """
    alike: dict = {}
    for r in readings:
        prose = not r.row and re.match(parts, r.where)
        share = r.statistic == "percent" and r.endpoint in ("ORR", "DCR")
        if (r.statistic in (*ONCE, "hazard_ratio") or share) and r.value and prose:
            alike.setdefault((r.where, r.statistic, r.endpoint, r.patients, r.course, r.time, r.model), []).append(r)
    unclear = {id(r) for known in alike.values() if len({k.value for k in known}) > 1 for r in known}
    for before, test in zip(readings, readings[1:], strict=False):  # a test behind a number that is unclear is so too
        if (
            test.statistic in ("p", "i2")
            and id(before) in unclear
            and test.evidence == before.evidence
            and test.group == before.group
        ):
            unclear.add(id(test))
    return [as_printed(r, "two values") if id(r) in unclear else r for r in readings]


ANALYZED = re.compile(r" (?:were|was) (?:retrospectively )?(?:analy[sz]ed|included|enrolled|identified|reviewed)\b")


def _of_everyone(reading, scene):
    """The first number of patients of a paper, `90 patients with X treated with Y were analyzed`, is of all of them."""
    said = next((m for m in scene.groups if m.kind == "with" and m.name == reading.group), None)
    first = reading.endpoint == "patients included" and said and len(scene.forms) == 1
    return replace(reading, group="") if first and ANALYZED.match(scene.text, said.end) else reading


def _not_understood(scene, i, form):
    """A result in shape (an interval, a decimal, a percentage) that no rule places: kept as printed, for a person."""
    value = form.text(scene.sentence.text)
    shaped = {"low", "rlow", "qlow", "percent"} & set(form.parts) or is_decimal(value)
    shaped = shaped or i in scene.unplaced
    if not shaped or not re.search(r"\d", value) or is_limit(scene.text, form):
        return []
    if any(a <= form.start < b for a, b in scene.taken):
        return []
    if not re.search(r"[A-Za-z]{3}|[\u4e00-\u9fff]", scene.text):
        return []  # ticks of an axis
    if re.match(r"10\.\d{4,9}/", scene.text[form.start :]):
        return []  # a DOI
    if (
        i
        and scene.forms[i - 1].kind == "p"
        and re.fullmatch(r"\s*and\s*", scene.text[scene.forms[i - 1].end : form.start])
    ):
        return []  # the second of two P, read with the first
    if form.kind == "p" or range_of_percents(scene.text, form) or DOSE.match(scene.text[form.end :]):
        return []
    return [make(scene, "printed", form, value, endpoint="", confidence=0.3)]


DOSE = re.compile(r"\s*(?:mg|g|Gy|mL|µg|μg|IU|cm|mm|kg|%?\s*(?:alpha|significance|power))", re.I)


PRIOR_RESPONSE = re.compile(
    r"[)\]%\s]*(?:patients |of them )?(?:had |have )?(?:previously )?respon\w+ to (?:their |the |its"
    r" )?(?:first|initial|prior|previous)",
    re.I,
)


def _with_course(scene, form, reading):
    """The course of treatment that a reading is of, as the sentence or the one before it says."""
    before = [m.name for m in scene.courses if m.start < form.start]
    behind = (
        [m.name for m in scene.courses] if len({m.name for m in scene.courses}) == 1 and "low" in form.parts else []
    )
    prior = PRIOR_RESPONSE.match(scene.text, form.end) if reading.endpoint in endpoints() else None
    at = scene.course_at.get(next((k for k, f in enumerate(scene.forms) if f is form), -1), "")
    said = ["first course"] if prior else at and [at] or before or behind or [scene.study.course]
    course = said[-1]
    if (
        reading.endpoint == "PFS"
        and course == "first course"
        and reading.statistic in ("median_survival", "survival_rate")
    ):
        reading = replace(reading, endpoint="PFS1")
    return replace(reading, course=course, opposed=bool(at)) if course else reading


def _mean(scene, i, form):
    source = scene.sentence.text
    variable = variable_of(scene.text[: form.start]) or variable_of(scene.text)
    more = {"endpoint": variable, "group": scene.assigned.get(i, ""), "low": "", "high": "", "level": ""}
    return [
        make(scene, "mean", form, form.text(source), **more),
        make(scene, "sd", form, form.text(source, "sd"), **more),
    ]


def _open(scene, i, form):
    """Not reached, of a time to event: only where an endpoint with a median stands before it."""
    beside = any(i in run and any(scene.forms[k].kind == "value" for k in run) for run in scene.runs)
    if re.search(r"(?<!not )(?<!never )\breached (?:vs\.?|versus)\s*$", scene.text[: form.start]):
        return []  # reached vs. not reached: no number of either
    if not beside and not re.search(r"median|中位|mPFS|mOS|Overall survival", scene.text[: form.start], re.I):
        return []
    endpoint = endpoint_at(scene, form, ("time",))
    if not endpoint or not (
        form.parts
        or beside
        or re.search(
            r"(?:[\u4e00-\u9fff]|OS|PFS|:|was|were|is|为|\bvs\.?|versus|and|,|months?|尚|\))\s*\(?$",
            scene.text[: form.start].rstrip(),
            re.I,
        )
    ):
        return []
    source = scene.sentence.text
    value = form.text(source, "again") or form.text(source)
    both = BOTH_OPEN.search(scene.text[: form.start])
    listed = [m.name for m in scene.ends if both and both.start() <= m.start < form.start and m.kind == "time"]
    ends = dict.fromkeys(listed) if len(set(listed)) == 2 else [endpoint]
    ranged = RANGED.search(scene.text[: form.start])  # median (range) DOR was not reached (4 to 26)
    no = {"low": "", "high": "", "level": ""} if ranged and "level" not in form.parts else {}
    group = scene.assigned.get(i, "")
    return [make(scene, "median_survival", form, value, endpoint=e, group=group, **no) for e in ends]


RANGED = re.compile(r"\bmedian\s*[\[(]\s*(?:range|IQR|interquartile)", re.I)


BOTH_OPEN = re.compile(r"\bmedian [^.,;\d]{2,60} and [^.,;\d]{2,40} (?:were|are)(?: both)?(?: still| yet)?\s*$", re.I)


def _span(scene, i, form):
    """`aged 41 to 78 years`: the range of the ages."""
    source, group = scene.sentence.text, scene.assigned.get(i, "")
    low, high = form.text(source), form.text(source, "rhigh")
    return [make(scene, "range", form, "", endpoint="Age", group=group, low=low, high=high, level="", unit="years")]


READERS = {
    "span": _span,
    "share": share_readings,
    "percent": percent_readings,
    "value": value_readings,
    "worded": worded_readings,
    "mean": _mean,
    "ratio": ratio_readings,
    "p": p_readings,
    "test": test_readings,
    "open": _open,
}

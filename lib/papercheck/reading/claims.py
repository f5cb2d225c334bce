"""A sentence becomes readings: each form of it finds its statistic, endpoint, group and time among the words around it."""

import re
from dataclasses import replace

from .compared import compared, p_readings, ratio_readings, test_readings, words_of_p
from .counted import count_readings, nobody, worded_readings
from .document import Sentence
from .forms import is_limit
from .mentions import variable_of
from .phrases import adverse_event, subject_of, terms_each
from .readings import Reading
from .scene import Study, clause_of, endpoint_at, hash_of, make, scene_of, window_of, without_groups
from .signs import plain
from .words import endpoints, named, pattern

TIMED = re.compile(r"month|mos?$|week|wk|year|yr|day|^d$|月|周|年|天", re.I)

NAMED_NUMBER = re.compile(r"(?:\bPS|ECOG|status|grades?|scores?|stages?)(?: of| was| =)? ?[≥≤<>]?\s*$", re.I)
DIED = re.compile(
    r"[)\]\s%]*(?:of (?:the |all )?)?(?:\d+ )?(?:patients?|pts|subjects|participants)?\s*(?:had died|died|were dead)\b",
    re.I,
)


def read_sentence(sentence: Sentence, study: Study) -> list[Reading]:
    """The readings of one sentence of the study's own results."""
    if study.section != (sentence.where, sentence.section):
        study.section, study.course, study.last_groups = (sentence.where, sentence.section), "", []
    scene = scene_of(sentence, study)
    made = scene.made
    for i, form in enumerate(scene.forms):
        read = READERS[form.kind](scene, i, form)
        made += [_with_course(scene, form, r) for r in read or _not_understood(scene, form)]
    made += words_of_p(scene, made)
    made += nobody(scene)
    if scene.courses:
        study.course = scene.courses[-1].name
    if scene.ends:
        study.last_endpoint = scene.ends[-1].name
    return made


def _not_understood(scene, form):
    """A result in shape (an interval, a decimal, a percentage) that no rule places: kept as printed, for a person."""
    value = form.text(scene.sentence.text)
    shaped = {"low", "rlow", "qlow", "percent"} & set(form.parts) or "." in plain(value)
    if not shaped or not re.search(r"\d", value) or is_limit(scene.text, form):
        return []
    if not re.search(r"[A-Za-z]{3}|[\u4e00-\u9fff]", scene.text):
        return []  # ticks of an axis
    if form.kind == "p" or _range_of_percents(scene.text, form) or DOSE.match(scene.text[form.end :]):
        return []
    return [make(scene, "printed", form, value, endpoint="", confidence=0.3)]


DOSE = re.compile(r"\s*(?:mg|g|Gy|mL|µg|μg|IU|cm|mm|kg|%?\s*(?:alpha|significance|power))", re.I)


def _with_course(scene, form, reading):
    """The course of treatment that a reading is of, as the sentence or the one before it says."""
    before = [m.name for m in scene.courses if m.start < form.start]
    behind = (
        [m.name for m in scene.courses] if len({m.name for m in scene.courses}) == 1 and "low" in form.parts else []
    )
    said = before or behind or [scene.study.course]
    course = said[-1]
    if (
        reading.endpoint == "PFS"
        and course == "first course"
        and reading.statistic in ("median_survival", "survival_rate")
    ):
        reading = replace(reading, endpoint="PFS1")
    return replace(reading, course=course) if course else reading


def _named_time(scene, form):
    before = [m for m in scene.times if m.start < form.start]
    behind = [m for m in scene.times if form.end <= m.start <= form.end + 6]
    return (behind or before[-1:] or scene.times[:1] or [None])[0]


def _share(scene, i, form):
    source = scene.sentence.text
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    if is_limit(scene.text, form) and (not percent or re.search(r"[<>≥≤]=?\s*$", scene.text[: form.start])):
        return []
    if count and percent and not total and NAMED_NUMBER.search(scene.text[: form.start]):
        count = ""  # a performance status of 2 (8.9%) counts nobody
    adverse = adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    died = DIED.match(scene.text[form.end :]) if not adverse else None
    if died and count:
        subject, group = "OS", group
    prefix = "ae_" if adverse else ""
    made = []
    low = {"low": "", "high": "", "level": ""}
    if re.search(r"\beach\b", scene.text[form.start : form.end + 8]) and adverse:
        return [
            r
            for name in terms_each(scene, i, form, adverse)
            for r in _pair(scene, form, prefix, count, percent, name, group, total)
        ]
    if count:
        counted = "events" if died else f"{prefix}count"
        made.append(make(scene, counted, form, count, endpoint=subject, group=group, total=total, **low))
    if percent:
        made.append(make(scene, f"{prefix}percent", form, percent, endpoint=subject, group=group, total=total))
    return made


def _pair(scene, form, prefix, count, percent, subject, group, total):
    no = {
        "low": "",
        "high": "",
        "level": "",
        "endpoint": subject,
        "group": group,
        "total": total,
        "pair": f"{form.start}|{subject}|{hash_of(scene.text)}",
    }
    made = [make(scene, f"{prefix}count", form, count, **no)] if count else []
    return made + ([make(scene, f"{prefix}percent", form, percent, **no)] if percent else [])


def _percent(scene, i, form):
    if is_limit(scene.text, form) or _range_of_percents(scene.text, form):
        return []
    value = form.text(scene.sentence.text)
    time = _named_time(scene, form)
    endpoint = endpoint_at(scene, form)
    clause = clause_of(scene, form)
    rate = re.search(
        r"\brates?\b|survival|\balive\b|event-free|progression-free|生存率|率",
        clause[-160:] + scene.text[form.end : form.end + 40],
        re.I,
    )
    rate = rate or re.search(r"\b(?:was|were|remained) (?:still )?(?:alive|event-free|progression-free)\b", scene.text)
    last = [m for m in scene.ends if m.start < form.start]
    timed = endpoints()[endpoint].kind == "time" if endpoint else False
    if time and timed and (rate or follows_time(scene, time)) and (not last or last[-1].kind == "time"):
        at = scene.at_time.get(i, time.name)
        return [
            make(
                scene,
                "survival_rate",
                form,
                value,
                endpoint=f"{endpoint} at {at}",
                time=at,
                group=scene.assigned.get(i, ""),
                unit="%",
            )
        ]
    if re.search(r"difference[^.;]{0,25}$", scene.text[: form.start], re.I):
        return [make(scene, "difference", form, value, endpoint=endpoint, group=compared(scene, i, form), unit="%")]
    adverse = adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    if adverse and re.match(r"\s*%?\s*each", scene.text[form.end :]):
        return [
            r
            for name in terms_each(scene, i, form, adverse)
            for r in _pair(scene, form, "ae_", "", value, name, group, "")
        ]
    return [make(scene, "ae_percent" if adverse else "percent", form, value, endpoint=subject, group=group)]


def follows_time(scene, time):
    """Whether an endpoint stands right behind a point of time: 2-year OS."""
    return any(0 <= m.start - time.start <= 25 for m in scene.ends if m.kind == "time")


def _range_of_percents(text, form):
    return bool(re.match(r"%?\s*(?:-|to|~)\s*\d", text[form.end - 1 : form.end + 5])) or bool(
        re.search(r"\d\s*%?\s*(?:-|to|~)\s*$", text[: form.start])
    )


def _value(scene, i, form):
    source = scene.sentence.text
    value, unit = form.text(source), form.text(source, "unit")
    clause, window = clause_of(scene, form), window_of(scene, i, form)
    rich = any(k in form.parts for k in ("low", "rlow", "qlow"))
    if not rich and (is_limit(scene.text, form) or re.search(r"\d\s*[-~]\s*$", scene.text[: form.start])):
        return []
    statistic, endpoint = _kind_of_value(scene, i, form, clause, window, unit, rich)
    if not statistic:
        return count_readings(scene, i, form, value)
    group = compared(scene, i, form) if statistic == "hazard_ratio" else scene.assigned.get(i, "")
    made = [make(scene, statistic, form, value, endpoint=endpoint, group=group, unit=unit)]
    if statistic in ("median", "mean", "follow_up", "median_survival"):
        of = "follow-up" if statistic == "follow_up" else endpoint
        no = {"low": "", "high": "", "level": ""}
        for part, name in (("r", "range"), ("q", "iqr")):
            if f"{part}low" in form.parts:
                ends = {"low": form.text(source, f"{part}low"), "high": form.text(source, f"{part}high")}
                made.append(make(scene, name, form, "", endpoint=of, group=group, unit=unit, **{**no, **ends}))
        said = re.search(r"median\s*[\[(]\s*(IQR|interquartile|range)", clause, re.I)
        if (statistic in ("median", "mean") or said) and "low" in form.parts and "level" not in form.parts:
            made[0] = replace(made[0], **no)
            name = (
                "range"
                if said and said[1].lower() == "range"
                else "iqr"
                if re.search(r"IQR|interquartile|四分位", scene.text, re.I)
                else "range"
            )
            made.append(make(scene, name, form, "", endpoint=of, group=group, unit=unit))
    return made


def _kind_of_value(scene, i, form, clause, window, unit, rich):
    """Statistic and endpoint of a number with or without a unit; ('', '') for what can only be a count."""
    timed = (
        bool(TIMED.search(unit))
        or i in scene.at_time
        or _shares_unit(scene, i)
        or _follows(scene, i) == "median_survival"
    )
    if _follows(scene, i) in ("effective_n", "smd", "auc", "c_index", "hazard_ratio") and not unit:
        return _follows(scene, i), scene.made[-1].endpoint
    near = clause[-140:]
    ratio = re.search(r"hazard ratio|\bHR\b|风险比", near)
    if ratio and not unit and rich and not timed:
        return "hazard_ratio", endpoint_at(scene, form, ("time",))
    if (
        ratio
        and not timed
        and "." in form.text(scene.text)
        and re.search(r"(?:was|of|to|,|:|为|and)\s*$", scene.text[: form.start])
    ):
        return "hazard_ratio", endpoint_at(scene, form, ("time",))
    for name, known in named("other_statistics"):
        again = (
            bool(scene.made) and scene.made[-1].statistic == name and re.search(r"\b(?:and|vs\.?|versus)\s*$", window)
        )
        if (known.search(window) or again) and "." in form.text(scene.text):
            return name, "patients included" if name == "effective_n" else endpoint_at(scene, form)
    both = re.search(r"durations? of (?:treatment|therapy|exposure) and follow-up", clause, re.I)
    if both and timed and next((run for run in scene.runs if run[0] == i and len(run) == 2), None):
        return _centre(near), "treatment duration"
    follow = [m.start() for m in pattern("follow_up").finditer(clause)]
    ends = [m for m in scene.ends if m.start < form.start and m.kind == "time"]
    variable = variable_of(without_groups(scene, form.start)[-140:])
    if not timed and not rich:
        if variable == "Age" and re.search(r"(?:mean|median|average|中位|平均)", near) and unit != "%":
            return _centre(near), "Age"
        return "", ""
    last_end = ends[-1].start if ends else -1
    if follow and follow[-1] > last_end and re.search(r"median|mean|followed|中位|平均", clause, re.I):
        return "follow_up", "OS"
    at = max(
        (m.end() for _, known in named("variables") for m in known.finditer(without_groups(scene, form.start))),
        default=-1,
    )
    if variable and at > last_end:
        return _centre(near), variable
    if re.search(r"maxim|longest|最长|minim|shortest", near, re.I):
        return "longest" if re.search("maxim|longest|最长", near, re.I) else "printed", endpoint_at(
            scene, form, ("time",)
        )
    endpoint = endpoint_at(scene, form, ("time",))
    if not rich and not ends and not re.search("median|中位|vs|versus", scene.text, re.I):
        return "", ""
    if endpoint and (timed or rich):
        return "median_survival", endpoint
    return ("median" if re.search("median|中位", near, re.I) else "printed"), ""


def _centre(words):
    means = [m.start() for m in re.finditer(r"\bmean\b|average|平均", words, re.I)]
    medians = [m.start() for m in re.finditer(r"median|中位", words, re.I)]
    return "mean" if means and (not medians or means[-1] > medians[-1]) else "median"


def _shares_unit(scene, i):
    """The first of `11.49 vs. 6.06 months` has the unit of the last."""
    for j in range(i + 1, len(scene.forms)):
        between = scene.text[scene.forms[j - 1].end : scene.forms[j].start]
        if not re.fullmatch(
            r"\s*,?\s*(?:vs?\.?|versus|and|or|compared with|against|to|,|对|比|和|与)\s*", between, re.I
        ):
            return False
        unit = scene.forms[j].text(scene.text, "unit")
        if unit:
            return bool(TIMED.search(unit))
    return bool(re.search(r"\bmonths?\b|个月", scene.text[scene.forms[-1].end : scene.forms[-1].end + 12])) or (
        bool(scene.ends) and re.match(r"\s*(?:vs?\.?|versus)\s", scene.text[scene.forms[i].end :]) is not None
    )


def _follows(scene, i):
    """The last of `11.49 vs. 6.89` is what the first is."""
    if not i or not scene.made:
        return ""
    between = scene.text[scene.forms[i - 1].end : scene.forms[i].start]
    return scene.made[-1].statistic if re.fullmatch(r"\s*\)?\s*(?:vs\.?|versus|and)\s*", between, re.I) else ""


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
    if not re.search(r"median|中位|mPFS|mOS|Overall survival", scene.text[: form.start], re.I):
        return []
    endpoint = endpoint_at(scene, form, ("time",))
    if not endpoint or not (
        form.parts
        or re.search(
            r"(?:[\u4e00-\u9fff]|OS|PFS|was|were|is|为|\bvs\.?|and|,|months?|尚|\))\s*\(?$",
            scene.text[: form.start].rstrip(),
            re.I,
        )
    ):
        return []
    source = scene.sentence.text
    value = form.text(source, "again") or form.text(source)
    return [make(scene, "median_survival", form, value, endpoint=endpoint, group=scene.assigned.get(i, ""))]


READERS = {
    "share": _share,
    "percent": _percent,
    "value": _value,
    "worded": worded_readings,
    "mean": _mean,
    "ratio": ratio_readings,
    "p": p_readings,
    "test": test_readings,
    "open": _open,
}

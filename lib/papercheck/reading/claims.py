"""A sentence becomes readings: each form of it finds its statistic, endpoint, group and time among the words around it."""

import re
from dataclasses import dataclass, field, replace

from .document import Sentence
from .forms import Form, find_forms, is_limit
from .mentions import (
    Mention,
    course_mentions,
    endpoint_mentions,
    factor_mentions,
    group_mentions,
    time_mentions,
    variable_of,
)
from .phrases import adverse_event, closed, subject_of, terms_each
from .readings import Reading
from .series import groups_of, series_of
from .signs import plain
from .words import endpoints, named, pattern

TIMED = re.compile(r"month|mo$|week|wk|year|yr|day|^d$|月|周|年|天", re.I)


@dataclass
class Study:
    """What is known of the paper while it is read: its arms in order, and what the last sentences spoke of."""

    arms: list[str] = field(default_factory=list)
    adverse: bool = False
    last_endpoint: str = ""
    last_groups: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    section: tuple = ()
    course: str = ""


@dataclass
class Scene:
    """One sentence with everything found in it."""

    sentence: Sentence
    text: str
    forms: list[Form]
    ends: list[Mention]
    groups: list[Mention]
    times: list[Mention]
    study: Study
    assigned: dict[int, str] = field(default_factory=dict)
    at_time: dict[int, str] = field(default_factory=dict)
    made: list[Reading] = field(default_factory=list)
    courses: list[Mention] = field(default_factory=list)
    ends_at: dict[int, str] = field(default_factory=dict)


def scene_of(sentence: Sentence, study: Study) -> Scene:
    """The forms and mentions of a sentence."""
    text = plain(sentence.text)
    times = time_mentions(text)
    groups = group_mentions(text, study.arms)
    masks = [(m.start, m.end) for m in groups if m.kind == "with"]
    ends = endpoint_mentions(text, masks)
    forms = [
        f for f in find_forms(text) if not _within(f, times) and not _is_part(f, groups) and not _bare_limit(text, f)
    ]
    scene = Scene(sentence, text, forms, ends, groups, times, study)
    scene.courses = course_mentions(text, masks)
    runs = series_of(text, forms)
    groups_of(scene, runs)
    _ends_of(scene, runs)
    return scene


def _bare_limit(text, form):
    """A limit, dose or name: no result, and no end of the words around the next one."""
    return form.kind == "value" and not {"low", "rlow", "qlow"} & set(form.parts) and is_limit(text, form)


def _within(form, mentions):
    return any(m.start <= form.start < m.end for m in mentions)


def _is_part(form, groups):
    """A number inside the words of a group: patients with PFS of 6 months."""
    inside = [m for m in groups if m.start < form.start < m.end and form.end <= m.end + 12]
    return bool(inside) and form.kind in ("value", "worded", "percent")


def _ends_of(scene, runs):
    """The endpoints of a list: median PFS and OS were 2.7 and 7.5 months, respectively."""
    for run in runs:
        before = [m for m in scene.ends if m.end <= scene.forms[run[0]].start]
        listed = before[-len(run) :]
        if len(run) < 2 or len(listed) < len(run) or len({m.name for m in listed}) < len(run):
            continue
        gaps = [scene.text[a.end : b.start] for a, b in zip(listed, listed[1:], strict=False)]
        if all(re.fullmatch(r"\s*(?:\([^()]*\))?\s*,?\s*(?:and|,|或|和)?\s*(?:the |median )*", g) for g in gaps):
            scene.ends_at |= {scene.forms[i].start: m.name for i, m in zip(run, listed, strict=True)}


def read_sentence(sentence: Sentence, study: Study) -> list[Reading]:
    """The readings of one sentence of the study's own results."""
    if study.section != (sentence.where, sentence.section):
        study.section, study.course, study.last_groups = (sentence.where, sentence.section), "", []
    scene = scene_of(sentence, study)
    made = scene.made
    for i, form in enumerate(scene.forms):
        made += [_with_course(scene, form, r) for r in READERS[form.kind](scene, i, form)]
    made += _words_of_p(scene, made)
    made += _nobody(scene)
    if scene.courses:
        study.course = scene.courses[-1].name
    if scene.ends:
        study.last_endpoint = scene.ends[-1].name
    return made


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


NOBODY = re.compile(
    r"\b(?P<n>No|None|Zero|no|none)\b(?: of the)? (?:[\w-]+ )?(?:patients?|subjects?|deaths?|fatalit\w+|grade [345])\b"
    r"(?P<what>[^.;]*\b(?:died|death|fatal|toxic|treatment-related|discontinu)[^.;]*|(?<=deaths)[^.;]*)|(?P<zh>无)(?P<wzh>[^,。;]{0,8}死亡)"
)


def _nobody(scene):
    """Nought in words: no patient died of toxicity."""
    match = NOBODY.search(scene.text)
    if not match or not re.search(r"toxic|treatment|adverse|drug|药|治疗", match[0], re.I):
        return []
    span = match.span("n") if match["n"] else match.span("zh")
    form = Form("worded", *span, span)
    what = "Fatal event" if re.search("died|death|fatal|死亡", match[0]) else "Discontinuation for an adverse event"
    return [
        make(scene, "ae_count", form, scene.sentence.text[slice(*span)], endpoint=f"{what}, grade any", kind="worded")
    ]


WEIGHTED = re.compile(
    r"IPTW|inverse probability|(?<!un)weighted (?!kappa)|(?:after|following|in the) (?:propensity|matching|weighting|PSM|matched)|propensity[- ]score[- ]matched|加权后|匹配后",
    re.I,
)


def make(scene: Scene, statistic: str, form: Form, value: str, **more) -> Reading:
    """A reading of a form of a sentence."""
    source = scene.sentence.text
    if (
        WEIGHTED.search(scene.text)
        and statistic not in ("count", "ae_count")
        and more.get("group", "") != "between groups"
    ):
        more["group"] = f"{more.get('group', '')} weighted".strip()
    low, high = (form.text(source, k) for k in ("low", "high"))
    pair = f"{scene.sentence.where}|{form.start}|{hash_of(source)}"
    known = {"low": low, "high": high, "level": form.text(source, "level"), "pair": pair, "kind": form.kind}
    return Reading(statistic, value, scene.sentence.where, source, **{**known, **more})


def hash_of(text: str) -> str:
    """A short name of a sentence."""
    import zlib

    return f"{zlib.crc32(text.encode()):08x}"


def endpoint_at(scene: Scene, form: Form, kinds=("time", "share")) -> str:
    """The endpoint that a form is of: named right behind it, or last before it, or by the sentence before."""
    if form.start in scene.ends_at:
        return scene.ends_at[form.start]
    at = form.value[0] if form.value else form.start
    behind = next((m for m in scene.ends if 0 <= m.start - form.end <= 14 and m.kind in kinds), None)
    if behind and re.fullmatch(
        r"[\s,)]*(?:months?|个月)?[)\s]*(?:for|in|of|on) (?:the |median )?\s*", scene.text[form.end : behind.start]
    ):
        return behind.name
    before = [m for m in scene.ends if m.start < at and m.kind in kinds]
    before = [m for m in before if not closed(scene.text[m.end : form.start])] or before
    if before:
        return before[-1].name
    after = [
        m for m in scene.ends if m.start >= form.end and m.kind in kinds and ";" not in scene.text[form.end : m.start]
    ]
    if after:
        return after[0].name
    last = scene.study.last_endpoint
    return last if last and endpoints()[last].kind in kinds else ""


def _named_time(scene, form):
    before = [m for m in scene.times if m.start < form.start]
    behind = [m for m in scene.times if form.end <= m.start <= form.end + 6]
    return (behind or before[-1:] or scene.times[:1] or [None])[0]


def _window(scene, i, form):
    """The words between the form before and this one, from the last stop on."""
    start = scene.forms[i - 1].end if i else 0
    return scene.text[start : form.start]


def _clause(scene, form):
    """The words before a form, since the last semicolon."""
    return re.split(r"[;。]", scene.text[: form.start])[-1]


def _share(scene, i, form):
    source = scene.sentence.text
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    if is_limit(scene.text, form) and (not percent or re.search(r"[<>≥≤]=?\s*$", scene.text[: form.start])):
        return []
    adverse = adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
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
        made.append(make(scene, f"{prefix}count", form, count, endpoint=subject, group=group, total=total, **low))
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
    clause = _clause(scene, form)
    rate = re.search(r"\brates?\b|survival|生存率|率", clause[-160:] + scene.text[form.end : form.end + 40], re.I)
    last = [m for m in scene.ends if m.start < form.start]
    timed = endpoints()[endpoint].kind == "time" if endpoint else False
    if time and timed and rate and (not last or last[-1].kind == "time"):
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
    adverse = adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    if adverse and re.match(r"\s*%?\s*each", scene.text[form.end :]):
        return [
            r
            for name in terms_each(scene, i, form, adverse)
            for r in _pair(scene, form, "ae_", "", value, name, group, "")
        ]
    return [make(scene, "ae_percent" if adverse else "percent", form, value, endpoint=subject, group=group)]


def _range_of_percents(text, form):
    return bool(re.match(r"%?\s*(?:-|to|~)\s*\d", text[form.end - 1 : form.end + 5])) or bool(
        re.search(r"\d\s*%?\s*(?:-|to|~)\s*$", text[: form.start])
    )


def _value(scene, i, form):
    source = scene.sentence.text
    value, unit = form.text(source), form.text(source, "unit")
    clause, window = _clause(scene, form), _window(scene, i, form)
    rich = any(k in form.parts for k in ("low", "rlow", "qlow"))
    if not rich and is_limit(scene.text, form):
        return []
    statistic, endpoint = _kind_of_value(scene, i, form, clause, window, unit, rich)
    if not statistic:
        return _count(scene, i, form, value)
    group = compared(scene, i, form) if statistic == "hazard_ratio" else scene.assigned.get(i, "")
    made = [make(scene, statistic, form, value, endpoint=endpoint, group=group, unit=unit)]
    if statistic in ("median", "mean", "follow_up", "median_survival"):
        of = "follow-up" if statistic == "follow_up" else endpoint
        no = {"low": "", "high": "", "level": ""}
        for part, name in (("r", "range"), ("q", "iqr")):
            if f"{part}low" in form.parts:
                ends = {"low": form.text(source, f"{part}low"), "high": form.text(source, f"{part}high")}
                made.append(make(scene, name, form, "", endpoint=of, group=group, unit=unit, **{**no, **ends}))
        if statistic in ("median", "mean") and "low" in form.parts and "level" not in form.parts:
            made[0] = replace(made[0], **no)
            name = "iqr" if re.search(r"IQR|interquartile|四分位", scene.text, re.I) else "range"
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
        if known.search(window) and "." in form.text(scene.text):
            return name, "patients included" if name == "effective_n" else endpoint_at(scene, form)
    follow = [m.start() for m in pattern("follow_up").finditer(clause)]
    ends = [m for m in scene.ends if m.start < form.start and m.kind == "time"]
    variable = variable_of(near)
    if not timed and not rich:
        if variable == "Age" and re.search(r"(?:mean|median|average|中位|平均)", near) and unit != "%":
            return _centre(near), "Age"
        return "", ""
    last_end = ends[-1].start if ends else -1
    if follow and follow[-1] > last_end and re.search(r"median|mean|followed|中位|平均", clause, re.I):
        return "follow_up", "OS"
    at = max((m.end() for _, known in named("variables") for m in known.finditer(scene.text[: form.start])), default=-1)
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
            r"\s*,?\s*(?:vs\.?|versus|and|or|compared with|against|to|,|对|比|和|与)\s*", between, re.I
        ):
            return False
        unit = scene.forms[j].text(scene.text, "unit")
        if unit:
            return bool(TIMED.search(unit))
    return bool(re.search(r"\bmonths?\b|个月", scene.text[scene.forms[-1].end : scene.forms[-1].end + 12])) or (
        bool(scene.ends) and re.match(r"\s*(?:vs\.?|versus)\s", scene.text[scene.forms[i].end :]) is not None
    )


def _follows(scene, i):
    """The last of `11.49 vs. 6.89` is what the first is."""
    if not i or not scene.made:
        return ""
    between = scene.text[scene.forms[i - 1].end : scene.forms[i].start]
    return scene.made[-1].statistic if re.fullmatch(r"\s*\)?\s*(?:vs\.?|versus|and)\s*", between, re.I) else ""


def _count(scene, i, form, value):
    """A whole number with a word that counts: patients, deaths, events, n =."""
    if "." in value or form.parts.get("unit") or is_limit(scene.text, form):
        return []
    behind, before = scene.text[form.end : form.end + 60], scene.text[: form.start]
    if re.match(r"\s*(?:treatment|drug|toxicity)[- ]related (?:deaths?|fatalit)", behind):
        return [
            make(scene, "ae_count", form, value, endpoint="Fatal event, grade any", group=scene.assigned.get(i, ""))
        ]
    response = next((m for m in scene.ends if m.name.startswith("BOR") and 0 < m.start - form.end <= 12), None)
    if response and re.fullmatch(r"\s*(?:confirmed |had )?", scene.text[form.end : response.start]):
        return [make(scene, "count", form, value, endpoint=response.name, group=scene.assigned.get(i, ""))]
    if (
        re.match(r"\s*(?:例|名)", behind)
        and re.search("共|纳入|选取|收治|收集|分析", before)
        and not scene.assigned.get(i)
    ):
        return [make(scene, "count", form, value, endpoint="patients included")]
    for name in ("OS", "PFS"):
        if re.match(rf"\s*(?:{pattern('events', name).pattern})", behind, re.I) and not re.match(
            r"\s*(?:of|/)", behind
        ):
            return [make(scene, "events", form, value, endpoint=name, group=scene.assigned.get(i, ""))]
    if re.search(r"(?<![A-Za-z])[nN]\s*=\s*$", before):
        group = next((m for m in reversed(scene.groups) if m.start < form.start), None)
        if group and group.kind in ("arm", "side", "zh"):
            return [make(scene, "count", form, value, endpoint="patients included", group=group.name)]
        last = scene.made[-1] if scene.made and scene.made[-1].statistic.endswith("percent") else None
        if (
            last is not None
            and re.search(r"[(]\s*[nN]\s*=\s*$", before)
            and i
            and ";" not in scene.text[scene.forms[i - 1].end : form.start]
        ):
            statistic = last.statistic.replace("percent", "count")  # 42.9% of patients (n = 6)
            return [make(scene, statistic, form, value, endpoint=last.endpoint, group=last.group)]
        if not group and not re.search(r"patients|subjects|cases|study|cohort|患者", scene.text, re.I):
            return []
        return [make(scene, "count", form, value, endpoint=group.name if group else "patients included")]
    assigned = scene.assigned.get(i, "")
    last = scene.made[-1] if scene.made and i else None
    if (
        last is not None
        and last.statistic == "events"
        and re.search(r"\band\s*$", before)
        and re.match(r"\s*in\b", behind)
    ):
        return [make(scene, "events", form, value, endpoint=last.endpoint, group=assigned)]
    if assigned and re.match(
        r"\s*(?:patients?\s*|cases?\s*|例\s*(?:患者)?)?(?:in|were|received|for|to|with|为|\()", behind
    ):
        return [make(scene, "count", form, value, endpoint="patients included", group=assigned)]
    if not re.match(rf"\s*(?:[\w-]+ ){{0,3}}?(?:{pattern('subjects').pattern})", behind, re.I):
        return []
    subject, group = subject_of(scene, i, form)
    adverse = adverse_event(scene, i, form)
    if subject == "patients included" or re.fullmatch(
        r"(?:patients|cases|subjects|participants|例|例患者)?", subject or ""
    ):
        subject = "patients included"
        group = group if any(m.name == group and m.kind in ("arm", "side", "zh") for m in scene.groups) else ""
    if adverse and not re.match(r"\s*(?:\w+ )?(?:patients|例)[^.;]*(?:included|enrolled|analy)", behind):
        return [make(scene, "ae_count", form, value, endpoint=adverse, group=group)]
    return [make(scene, "count", form, value, endpoint=subject, group=group)]


def _worded(scene, i, form):
    return _count(scene, i, form, form.text(scene.sentence.text))


def _mean(scene, i, form):
    source = scene.sentence.text
    variable = variable_of(scene.text[: form.start]) or variable_of(scene.text)
    more = {"endpoint": variable, "group": scene.assigned.get(i, ""), "low": "", "high": "", "level": ""}
    return [
        make(scene, "mean", form, form.text(source), **more),
        make(scene, "sd", form, form.text(source, "sd"), **more),
    ]


def _ratio(scene, i, form):
    label = form.text(scene.text, "label")
    statistic = next((n for n, known in named("ratios") if known.fullmatch(label)), "hazard_ratio")
    endpoint = endpoint_at(scene, form, ("time",) if statistic == "hazard_ratio" else ("share", "time"))
    model = "multivariable" if re.search(r"multivaria|adjusted|aHR|多因素", scene.text, re.I) else ""
    return [
        make(
            scene,
            statistic,
            form,
            form.text(scene.sentence.text),
            endpoint=endpoint,
            group=compared(scene, i, form),
            model=model,
        )
    ]


FACTOR_SUBJECT = re.compile(
    r"(?P<name>[\w≥≤<>/\- ]{3,60}?) (?:was|were|is|remained|as) (?:also |an? |the |independent(?:ly)? |significant(?:ly)? |adverse |poor |strong )*"
    r"(?:risk factors?|prognostic|predict|associated|correlated)",
    re.I,
)


def compared(scene: Scene, i: int, form: Form) -> str:
    """What a ratio or a P compares: two groups of the sentence, a factor named before it, or the arms."""
    start = scene.forms[i - 1].end if i else 0
    near = factor_mentions(scene.text[start : form.start])
    subject = FACTOR_SUBJECT.search(scene.text[start : form.start])
    said = []
    for j in range(i):
        group = scene.assigned.get(j, "")
        if group and group not in said:
            said.append(group)
    between = [m.name for m in scene.groups if m.kind in ("arm", "with", "signed", "side", "zh", "given")]
    if len(said) >= 2:
        return f"{said[-2]} vs {said[-1]}"
    if near and not said and (len(scene.study.arms) != 2 or subject):
        return near[-1].name
    if subject and not said:
        return re.sub(r"^(?:.*\b(?:that|revealed|showed|demonstrated|the)\s)", "", subject["name"])
    if len(dict.fromkeys(between)) >= 2:
        first, second = list(dict.fromkeys(between))[:2]
        return f"{first} vs {second}"
    if len(scene.study.arms) == 2:
        return f"{scene.study.arms[0]} vs {scene.study.arms[1]}"
    if near:
        return near[-1].name
    if between:
        return f"{between[0]} vs others"
    factors = factor_mentions(scene.text[: form.start])
    if factors:
        return factors[-1].name
    return " vs ".join(scene.study.last_groups[-2:])


def _p(scene, i, form):
    source = scene.sentence.text
    operator = form.text(scene.text, "operator").removeprefix("均").replace("≤", "<").replace("≥", ">")
    operator = operator if operator in ("<", ">") else ""
    if _covered_by_words(scene, form):
        return []
    about = form.text(scene.text, "about")
    statistic = "p_interaction" if re.search("interaction", scene.text[max(0, form.start - 40) : form.start]) else "p"
    one_sided = re.search(r"one-sided|单侧", scene.text[max(0, form.start - 30) : form.end + 14], re.I)
    before = [r for r in scene.made if r.endpoint and r.statistic not in ("p", "count", "mean", "sd")]
    between = [m for m in scene.ends if scene.forms[i - 1].end <= m.start < form.start] if i else scene.ends
    endpoint = before[-1].endpoint.split(" at ")[0] if before and not between else endpoint_at(scene, form)
    more = {"endpoint": endpoint, "group": compared(scene, i, form), "operator": operator}
    if about or one_sided:
        more["model"] = "one-sided" if one_sided else about
    return [make(scene, statistic, form, form.text(source), **more)]


def _covered_by_words(scene, form):
    return any(m.start() <= form.start and form.end <= m.end() for m in pattern("p_in_words").finditer(scene.text))


def _words_of_p(scene, made):
    """A test said in words, where no P stands beside it."""
    found = []
    for match in pattern("p_in_words").finditer(scene.text):
        if any(f.kind == "p" and -2 <= f.start - match.end() < 60 for f in scene.forms) and "P" not in match[0]:
            continue
        form = Form("p", *match.span(), match.span())
        i = sum(f.start < match.start() for f in scene.forms)
        factors = [m.name for m in factor_mentions(scene.text)]
        said_by = bool(re.search(r"stratified by|according to|by |with respect to|in terms of", scene.text))
        group = (
            "between groups"
            if match[0].lower().find("similar") >= 0
            else factors[0]
            if factors and (said_by or not _arms_named(scene))
            else compared(scene, i, form)
        )
        ends = [m.name for m in scene.ends]
        endpoint = (ends or factors or [scene.study.last_endpoint])[0]
        found.append(
            make(
                scene,
                "p",
                form,
                scene.sentence.text[slice(*match.span())],
                endpoint=endpoint,
                group=group,
                kind="words",
            )
        )
    return found


def _arms_named(scene):
    return bool(re.search(r"between (?:the )?(?:two |both )?(?:groups|arms)|两组", scene.text))


def _test(scene, i, form):
    label = form.text(scene.text, "label").lower()
    statistic = "chi2" if label.startswith(("χ", "chi", "卡", "x")) else f"{label}_value"
    return [
        make(
            scene,
            statistic,
            form,
            form.text(scene.sentence.text),
            endpoint=endpoint_at(scene, form),
            group=compared(scene, i, form),
        )
    ]


def _open(scene, i, form):
    """Not reached, of a time to event: only where an endpoint with a median stands before it."""
    if not re.search(r"median|中位|mPFS|mOS|Overall survival", scene.text[: form.start], re.I):
        return []
    endpoint = endpoint_at(scene, form, ("time",))
    if not endpoint or not (
        form.parts
        or re.search(r"(?:was|were|is|为|\bvs\.?|and|,|months?|尚|\))\s*\(?$", scene.text[: form.start].rstrip(), re.I)
    ):
        return []
    source = scene.sentence.text
    value = form.text(source, "again") or form.text(source)
    return [make(scene, "median_survival", form, value, endpoint=endpoint, group=scene.assigned.get(i, ""))]


READERS = {
    "share": _share, "percent": _percent, "value": _value, "worded": _worded, "mean": _mean, "ratio": _ratio, "p": _p,
    "test": _test, "open": _open,
}  # fmt: skip

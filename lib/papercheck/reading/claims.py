"""A sentence becomes readings: each form of it finds its
statistic, endpoint, group and time among the words around it.
"""

import re
from dataclasses import dataclass, replace

from ..registry.number_words import in_digits
from .adverse import AE_TERMS, adverse_event, terms_each
from .compared import compared, p_readings, ratio_readings, test_readings, words_of_p
from .counted import nobody, worded_readings
from .document import Sentence
from .forms import is_change, is_limit
from .held import as_printed, odd_group
from .mentions import endpoint_mentions, variable_of
from .phrases import is_share, subject_of
from .readings import Reading
from .scene import Study, clause_of, endpoint_at, hash_of, make, notes_matching, scene_of, speaks_of_some
from .signs import is_decimal, plain
from .values import limits_behind, value_readings
from .words import endpoints

NAMED_NUMBER = re.compile(r"(?:\bPS|ECOG|status|grades?|scores?|stages?)(?: of| was| =)? ?[≥≤<>]?\s*$", re.I)
BOTH_HAD = re.compile(
    r"[)\]\s%]*(?:patients )?in the [\w +/-]{2,50}? (?:group|arm)(?: and \d+(?:/\d+)? ?(?:\(\d[\d.]*%\) )?(?:patients )?in the"
    r" [\w +/-]{2,50}? (?:group|arm))? had (?P<did>progressed or died|died)\b"
)
DIED = re.compile(
    r"[)\]\s%]*(?:of (?:the |all )?)?(?:\d+ )?(?:patients?|pts|subjects|participants)?\s*(?:(?:had |have )?died|were"
    r" dead)\b",
    re.I,
)


FATAL = re.compile(rf"[)\]\s%]*(?:patients? )?died (?:of|from) (?:an? )?(?:treatment|toxic|drug|{AE_TERMS})", re.I)


def read_sentence(sentence: Sentence, study: Study) -> list[Reading]:
    """The readings of one sentence of the study's own results."""
    if study.section != (sentence.where, sentence.section):
        study.section, study.course, study.last_groups = (sentence.where, sentence.section), "", []
        study.last_run = []
        study.in_turn, study.cohort, study.cohort_groups, study.previous = False, "", set(), ""
        study.matched = study.of_some = False
    scene = scene_of(sentence, study)
    notes_matching(scene)
    made = scene.made
    for i, form in enumerate(scene.forms):
        read = READERS[form.kind](scene, i, form) if i not in scene.unplaced else []
        made += [_with_course(scene, form, r) for r in read or _not_understood(scene, i, form)]
    if not study.total:
        made[:] = [_of_everyone(r, scene) for r in made]
    made[:] = [_of_its_arm(study, r) for r in _apart(made, study.arms, scene.text)]
    made[:] = [as_printed(r) if odd_group(r.patients) or _counts_a_number(r) else r for r in made]
    made[:] = [
        as_printed(r) if r.statistic == "i2" and not before.understood else r
        for before, r in zip(made[:1] + made, made, strict=False)
    ]
    made[:] = _of_those(study, made, scene.text)
    if study.randomized and not EVERYONE.search(scene.text):
        made[:] = [as_printed(r) if _once(r) and not r.group else r for r in made]  # an arm's, but whose?
    study.of_some = speaks_of_some(scene.text, study)
    if study.of_some:
        made[:] = [as_printed(r) if r.understood and not r.group else r for r in made]  # of those, or of all?
    _note_sizes(study, made)
    study.previous = _population(scene, made)
    made += words_of_p(scene, made)
    made += nobody(scene)
    sides = {scene.assigned.get(i, "") for run in scene.runs for i in run} - {""}
    study.in_turn = len(sides) == 2 or study.in_turn and not scene.groups and bool(scene.forms)
    if scene.courses:
        study.course = scene.courses[-1].name
    if scene.ends:
        study.last_endpoint = scene.ends[-1].name
        study.several = len({m.name for m in scene.ends if m.kind == "time"}) > 1
    return made


ONCE = ("median_survival", "survival_rate")
THOSE = re.compile(
    r"\s*(?:(?:Among|In|For|Of|Within) (?:all )?(?:of )?(?:these|those|them|this (?:sub)?(?:group|population))\b|Their\b)"
)
EVERYBODY = "all"


def _counts_a_number(reading):
    """Whether the words of what is counted end in another number, `deaths in 44`: then they are of that one."""
    return reading.statistic == "count" and bool(re.search(r"\bin \d+$", reading.endpoint))


def _once(reading):
    """Whether a reading is a number that a group of patients has one of: a median, a rate, a share of responders."""
    share = reading.statistic == "percent" and is_share(reading.endpoint)
    return bool(reading.value) and (reading.statistic in ONCE or share)


def _population(scene, made):
    """The patients that a next sentence means by `among these`: EVERYBODY, a group, or '' where it is not told."""
    if any(r.endpoint in ("patients included", "evaluable") and not r.group for r in made):
        return EVERYBODY
    named = {m.name for m in scene.groups if m.kind == "with"}
    return named.pop() if len(named) == 1 else ""


def _of_those(study, made, text):
    """`Among these patients, ...`: of those that the sentence before was about; where it does not say, for a person."""
    if not THOSE.match(text) or study.previous == EVERYBODY:
        return made
    open_ = [r for r in made if _once(r) and not r.group]
    if not study.previous:
        return [as_printed(r) if r in open_ else r for r in made]
    return [replace(r, group=study.previous) if r in open_ else r for r in made]


def _apart(made, arms, text):
    """Two values of one endpoint in one sentence cannot both
    be of all patients: then whose they are is for a person.
    """
    alike: dict = {}
    for r in made:
        if _once(r):
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
    return [replace(r, statistic="printed", endpoint="", confidence=0.3) if r in unclear else r for r in made]


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
    return [
        replace(r, statistic="printed", endpoint="", group="", confidence=0.3) if id(r) in unclear else r
        for r in readings
    ]


EVERYONE = re.compile(r"\b(?:all|overall|whole|entire|total|full|both|pooled)\b|全组|总体|全部|所有", re.I)


ANALYZED = re.compile(r" (?:were|was) (?:retrospectively )?(?:analy[sz]ed|included|enrolled|identified|reviewed)\b")


def _of_everyone(reading, scene):
    """The first number of patients of a paper, `90 patients with X treated with Y were analyzed`, is of all of them."""
    said = next((m for m in scene.groups if m.kind == "with" and m.name == reading.group), None)
    first = reading.endpoint == "patients included" and said and len(scene.forms) == 1
    return replace(reading, group="") if first and ANALYZED.match(scene.text, said.end) else reading


def _of_its_arm(study, reading):
    """A number of patients of one arm that is the size of the other is that other's."""
    if reading.statistic != "count" or reading.endpoint != "patients included" or not reading.group:
        return reading
    return replace(reading, group=_sized(study, reading.value, reading.group))


def _of_few(study, size):
    """Whether a number of patients is less than half of the study's: it is then not all of them."""
    size, total = (in_digits(n).replace(",", "") for n in (size, study.total or "0"))
    return size.isdigit() and total.isdigit() and 2 * int(size) < int(total)


def _sized(study, size, group):
    """The group that a number of patients is the size of, where
    none is named, or another arm than the one of that size.
    """
    known = study.sizes.get(size, "")
    return known if known and (not group or known in study.arms and group in study.arms) else group


def _note_sizes(study, made):
    """How many patients each group has, where one group alone has so many."""
    for r in made:
        if r.statistic == "count" and r.endpoint == "patients included":
            size = in_digits(r.value)
            study.total = study.total or ("" if r.group else size)
            if study.sizes.get(size) in study.arms and r.group in ("", *study.arms):
                continue  # the heads of the tables know it
            study.sizes[size] = r.group if study.sizes.get(size, r.group) == r.group else ""


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
    if form.kind == "p" or _range_of_percents(scene.text, form) or DOSE.match(scene.text[form.end :]):
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


def _named_time(scene, form):
    before = [m for m in scene.times if m.start < form.start]
    behind = [m for m in scene.times if form.end <= m.start <= form.end + 6]
    behind = [m for m in behind if "," not in scene.text[form.end : m.start]]  # 68.7%, the 18-month rate was ...
    return (behind or before[-1:] or scene.times[:1] or [None])[0]


@dataclass(frozen=True)
class Shared:
    """The parts of a share: the count, the percentage and the number that it is of, each as printed or empty."""

    prefix: str
    count: str
    percent: str
    total: str


OF_WHOM = re.compile(
    r"[)\]%\s]*(?:patients )?(?P<g>(?:with|without|who) [^,.;()]{3,50}?)(?=[,.;]|$| and | had | responded| versus | vs)"
)


OF_ITSELF = re.compile(r"(?:with|who|developed|had|having|receiving|on)\b")


def _share(scene, i, form):
    source = scene.sentence.text
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    if is_limit(scene.text, form) and (not percent or re.search(r"[<>≥≤]=?\s*$", scene.text[: form.start])):
        return _size_of_level(scene, form, count)
    if count and percent and not total and NAMED_NUMBER.search(scene.text[: form.start]):
        count = ""  # a performance status of 2 (8.9%) counts nobody
    adverse = adverse_event(scene, i, form)
    fatal = FATAL.match(scene.text, form.end)
    adverse = "Fatal event, grade any" if fatal else adverse
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    group = _sized(scene.study, total, group)
    responses = re.search(
        r"respon|ongoing", scene.text[max(0, form.start - 15) : form.end + 20]
    )  # 21 of 25 responses are ongoing
    if total and not group and not responses and _of_few(scene.study, total):
        return []  # of others than all, whom nothing names
    which = WHICH.search(scene.text[: form.start])
    group = group or (which["of"].strip() if which else "")
    if is_share(subject) and not group and total and OF_WHOM.match(scene.text, form.end):
        words = OF_WHOM.match(scene.text, form.end)["g"]
        course = re.search(r"re-?challeng|re-?treat|re-?expos|\b(?:first|initial)\b", words, re.I)
        group = "" if course or endpoint_mentions(words) else words
    died = DIED.match(scene.text[form.end :]) if not adverse else None
    had = BOTH_HAD.match(plain(scene.text), form.end) if not adverse and not died else None
    said = re.sub(r"^(?:who|with) ", "", group) if OF_ITSELF.match(group) else ""
    heads = any(m.name == group and m.end <= form.start for m in scene.groups) and said != subject
    group = "" if said and said in subject and not heads else group  # 6 (2%) patients with X: X of all
    shared = Shared("ae_" if adverse else "", count, percent, total)
    if re.search(r"\beach\b", scene.text[form.start : form.end + 8]) and adverse:
        return [r for name in terms_each(scene, i, form, adverse) for r in _pair(scene, form, shared, name, group)]
    counted = "events" if (died or had) and count else f"{shared.prefix}count"
    event = "PFS" if had and "progressed" in had["did"] else "OS"
    about = {"endpoint": event if counted == "events" else subject, "group": group, "total": total}
    no = {"low": "", "high": "", "level": ""}
    made = [make(scene, counted, form, count, **about, **no)] if count else []
    limits = limits_behind(scene, form, percent) if percent else {}
    return made + ([make(scene, f"{shared.prefix}percent", form, percent, **about, **limits)] if percent else [])


WHICH = re.compile(
    r"\b\d+ (?:patients |pts )?(?:were|had|received) (?P<of>[^,.;()\d]{3,50}?),? (?:of|among) (?:which|whom),? $"
)


def _size_of_level(scene, form, count):
    """The number of `PD-L1 ≥50% (n=287)`: of patients of that level."""
    group = next((m for m in scene.groups if m.start < form.start < m.end), None)
    if not count or group is None or not re.search(r"[(]\s*[nN]\s*=\s*$", scene.text[: form.parts["n"][0]]):
        return []
    return [
        make(scene, "count", form, count, endpoint="patients included", group=group.name, low="", high="", level="")
    ]


def _pair(scene, form, shared: Shared, subject, group):
    """A share of several subjects, each with the same count and percentage."""
    pair = f"{form.start}|{subject}|{hash_of(scene.text)}"
    no = {"low": "", "high": "", "level": "", "endpoint": subject, "group": group, "total": shared.total, "pair": pair}
    made = [make(scene, f"{shared.prefix}count", form, shared.count, **no)] if shared.count else []
    return made + ([make(scene, f"{shared.prefix}percent", form, shared.percent, **no)] if shared.percent else [])


def _percent(scene, i, form):
    if is_limit(scene.text, form) or _range_of_percents(scene.text, form) or is_change(scene.text, form):
        return []
    value = form.text(scene.sentence.text)
    if re.search(r"\bI(?:2|²)\s*[=:]\s*$", scene.text[: form.start]):
        about = scene.made[-1] if scene.made and scene.made[-1].understood else None
        if about is None:
            return []
        return [make(scene, "i2", form, value, endpoint=about.endpoint, group=about.group, unit="%")]
    endpoint = "OS" if LIVED.match(scene.text, form.end) else endpoint_at(scene, form)
    if OVERALL.search(scene.text[: form.start]):
        scene.assigned.pop(i, None)  # for an overall ORR of 18.6%
    apart = re.search(r"difference[^.;]{0,25}$", scene.text[: form.start], re.I)
    apart = apart and not any(re.fullmatch(r" ?[(]", scene.text[m.end : form.start]) for m in scene.groups)
    rate = "" if apart else _rate_at(scene, i, form, endpoint)
    if rate:
        group = scene.assigned.get(i, "")
        return [
            make(scene, "survival_rate", form, value, unit="%", endpoint=f"{endpoint} at {t}", time=t, group=group)
            for t in _times_alike(scene, i, form) or [rate]
        ]
    if apart:
        return [make(scene, "difference", form, value, endpoint=endpoint, group=compared(scene, i, form), unit="%")]
    if OF_THESE.match(scene.text, form.end) and i not in scene.assigned and not scene.study.previous:
        return []  # most (63%) of these patients: of whom no sentence says
    adverse = adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    each = re.search(r"\b(?:each|both)(?: in)?\s*$", scene.text[: form.start])
    if adverse and (each or re.match(r"\s*%?\s*each", scene.text[form.end :])):
        shared = Shared("ae_", "", value, "")
        return [r for name in terms_each(scene, i, form, adverse) for r in _pair(scene, form, shared, name, group)]
    if re.search(r"\b(?:it|they) (?:was|were)\s*$", scene.text[: form.start]) and not subject:
        return []  # of what no word of the sentence says
    if re.match(r"(?:the )?(?:risks?|odds|hazard) of ", subject, re.I) and not adverse:
        return []  # risk of progression was 26%: no share of patients
    limits = limits_behind(scene, form, value)
    return [make(scene, "ae_percent" if adverse else "percent", form, value, endpoint=subject, group=group, **limits)]


RATE = re.compile(r"\brates?\b|survival|\balive\b|event-free|progression-free|生存率|率", re.I)
ALIVE = re.compile(
    r"\b(?:was|were|remained) (?:still )?(?:alive|event-free|progression-free|free (?:of|from) progression)\b"
)


LIVED = re.compile(r"[)%\]\s]*(?:of (?:the |all )?patients )?(?:were|was|remained) (?:still )?alive\b")


def _rate_at(scene, i, form, endpoint):
    """The time that a percentage is the survival at; '' for what is no rate at a time."""
    time = _named_time(scene, form)
    last = [m for m in scene.ends if m.start < form.start]
    if LIVED.match(scene.text, form.end) and time:
        return scene.at_time.get(i, time.name)
    if not time or not endpoint or endpoints()[endpoint].kind != "time" or last and last[-1].kind != "time":
        return ""
    behind = 0 <= time.start - form.end <= 6  # 31.9% at 6 months
    rate = behind or RATE.search(clause_of(scene, form)[-160:] + scene.text[form.end : form.end + 40])
    if not (rate or ALIVE.search(scene.text) or follows_time(scene, time) or _before_time(scene, time)):
        return ""
    return scene.at_time.get(i, time.name)


def _before_time(scene, time):
    """Whether an endpoint stands right before a point of time: OS at 12 months."""
    return any(0 <= time.start - m.end <= 2 for m in scene.ends if m.kind == "time")


def follows_time(scene, time):
    """Whether an endpoint stands right behind a point of time: 2-year OS."""
    return any(0 <= m.start - time.start <= 25 for m in scene.ends if m.kind == "time")


OVERALL = re.compile(r"\b(?:an overall (?:ORR|DCR|response rate|rate)|overall (?:ORR|DCR))\b[^.;\d]{0,12}$")


def _times_alike(scene, i, form):
    """The times of `1-year and 2-year rates were both 14%`; [] where one value is of one time."""
    before = [m for m in scene.times if m.end <= form.start]
    names = list(dict.fromkeys(m.name for m in before))
    said = before and re.search(r"\b(?:both|same|each|identical|unchanged)\b", scene.text[before[-1].end : form.start])
    return names if said and len(names) > 1 and i not in scene.at_time else []


OF_THESE = re.compile(
    r"[)%\]\s]*of (?:these|those) (?:patients|pts|cases|subjects)\b(?! (?:with|who|whose|in|receiving|treated))"
)


def _range_of_percents(text, form):
    return bool(re.match(r"%?\s*(?:-|to|~)\s*\d", text[form.end - 1 : form.end + 5])) or bool(
        re.search(r"\d\s*%?\s*(?:-|to|~)\s*$", text[: form.start])
    )


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
    "share": _share,
    "percent": _percent,
    "value": value_readings,
    "worded": worded_readings,
    "mean": _mean,
    "ratio": ratio_readings,
    "p": p_readings,
    "test": test_readings,
    "open": _open,
}

"""Shares, percentages and rates of a sentence: `12 (40%)`, `of 30 patients`, `the 1-year OS rate was 45%`."""

import re
from dataclasses import dataclass

from .adverse import AE_TERMS, adverse_event, terms_each
from .compared import compared
from .forms import is_change, is_limit
from .group_sizes import group_of_size, of_few
from .mentions import endpoint_mentions
from .phrases import is_share, outside_brackets, subject_of
from .scene import clause_of, endpoint_at, hash_of, make
from .signs import plain
from .values import limits_behind
from .words import endpoints

BOTH_HAD = re.compile(
    r"[)\]\s%]*(?:patients )?in the [\w +/-]{2,50}? (?:group|arm)(?: and \d+(?:/\d+)? ?"
    r"(?:\(\d[\d.]*%\) )?(?:patients )?in the [\w +/-]{2,50}? (?:group|arm))? had (?P<did>progressed or died|died)\b"
)
NAMED_NUMBER = re.compile(r"(?:\bPS|ECOG|status|grades?|scores?|stages?)(?: of| was| =)? ?[≥≤<>]?\s*$", re.I)
DIED = re.compile(
    r"[)\]\s%]*(?:of (?:the |all )?)?(?:\d+ )?(?:patients?|pts|subjects|participants)?\s*(?:(?:had |have )?died|were"
    r" dead)\b",
    re.I,
)
FATAL = re.compile(rf"[)\]\s%]*(?:patients? )?died (?:of|from) (?:an? )?(?:treatment|toxic|drug|{AE_TERMS})", re.I)
OF_WHOM = re.compile(
    r"[)\]%\s]*(?:patients )?(?P<g>(?:with|without|who) [^,.;()]{3,50}?)(?=[,.;]|$| and | had | responded| versus | vs)"
)
OF_ITSELF = re.compile(r"(?:with|who|developed|had|having|receiving|on)\b")
WHICH = re.compile(
    r"\b\d+ (?:patients |pts )?(?:were|had|received) (?P<of>[^,.;()\d]{3,50}?),? (?:of|among) (?:which|whom),? $"
)
RATE = re.compile(r"\brates?\b|survival|\balive\b|event-free|progression-free|生存率|率", re.I)
ALIVE = re.compile(
    r"\b(?:was|were|remained) (?:still )?(?:alive|event-free|progression-free|free (?:of|from) progression)\b"
)
LIVED = re.compile(r"[)%\]\s]*(?:of (?:the |all )?patients )?(?:were|was|remained) (?:still )?alive\b")
OVERALL = re.compile(r"\b(?:an overall (?:ORR|DCR|response rate|rate)|overall (?:ORR|DCR))\b[^.;\d]{0,12}$")
OF_THESE = re.compile(
    r"[)%\]\s]*of (?:these|those) (?:patients|pts|cases|subjects)\b(?! (?:with|who|whose|in|receiving|treated))"
)


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


def share_readings(scene, i, form):
    """The count and the percentage of a share, of those whom the sentence says; [] for what counts nobody."""
    source = scene.sentence.text
    count, percent, total = (form.text(source, k) for k in ("n", "percent", "total"))
    if is_limit(scene.text, form) and (not percent or re.search(r"[<>≥≤]=?\s*$", scene.text[: form.start])):
        return _size_of_level(scene, form, count)
    if count and percent and not total and NAMED_NUMBER.search(scene.text[: form.start]):
        count = ""  # a performance status of 2 (8.9%) counts nobody
    adverse = "" if i in scene.labelled else adverse_event(scene, i, form)
    fatal = FATAL.match(scene.text, form.end)
    adverse = "Fatal event, grade any" if fatal else adverse
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    if not adverse and (sized_by(scene, i, form) or count and _goes_on(scene, i, form)):
        subject, group = "patients included", scene.assigned[i]
    if not subject:
        return []  # of what, no words tell
    group = _whom(scene, form, total, subject, group)
    if group is None:
        return []
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


def _whom(scene, form, total, subject, group) -> str | None:
    """The group that a share is of, as its number and the words about it say; None of others than all, whom nothing
    names."""
    group = group_of_size(scene.study, total, group)
    around = scene.text[max(0, form.start - 15) : form.end + 20]
    responses = re.search(r"respon|ongoing", around)  # 21 of 25 responses are ongoing
    if total and not group and not responses and of_few(scene.study, total):
        return None
    which = WHICH.search(scene.text[: form.start])
    group = group or (which["of"].strip() if which else "")
    if is_share(subject) and not group and total and OF_WHOM.match(scene.text, form.end):
        words = OF_WHOM.match(scene.text, form.end)["g"]
        course = re.search(r"re-?challeng|re-?treat|re-?expos|\b(?:first|initial)\b", words, re.I)
        group = "" if course or endpoint_mentions(words) else words
    return group


SIZED_BY = re.compile(r"\b(?:comprised|included|consisted of|contained|numbered|encompassed) $")


def sized_by(scene, i, form):
    """Whether a count is the size of the one group that is its subject: `Group 1 (...) comprised 624 patients`."""
    return bool(scene.assigned.get(i) and SIZED_BY.search(scene.text[: form.start]))


def _goes_on(scene, i, form):
    """Whether only another group parts a count from the size of one: `... and group 2 (...) 893`."""
    last = scene.made[-1] if scene.made else None
    if last is None or last.endpoint != "patients included" or scene.assigned.get(i) in (None, "", last.group):
        return False
    near = outside_brackets(scene.text[scene.forms[i - 1].end : form.start].lstrip(")] "))
    return bool(re.fullmatch(rf"(?:patients,? )?(?:and |, |; )*(?:the )?{re.escape(scene.assigned[i])}[ )]*", near))


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


def percent_readings(scene, i, form):
    """A percentage alone: a rate at a time, a difference, heterogeneity, an adverse event or a share of patients."""
    if is_limit(scene.text, form) or range_of_percents(scene.text, form) or is_change(scene.text, form):
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
    adverse = "" if i in scene.labelled else adverse_event(scene, i, form)
    subject, group = (adverse, scene.assigned.get(i, "")) if adverse else subject_of(scene, i, form)
    each = re.search(r"\b(?:each|both)(?: in)?\s*$", scene.text[: form.start])
    if adverse and (each or re.match(r"\s*%?\s*each", scene.text[form.end :])):
        shared = Shared("ae_", "", value, "")
        return [r for name in terms_each(scene, i, form, adverse) for r in _pair(scene, form, shared, name, group)]
    if re.search(r"\b(?:it|they) (?:was|were)\s*$", scene.text[: form.start]) and not subject:
        return []  # of what no word of the sentence says
    if not subject or re.match(r"(?:the )?(?:risks?|odds|hazard) of ", subject, re.I) and not adverse:
        return []  # risk of progression was 26%: no share of patients
    if subject in endpoints() and endpoints()[subject].kind == "time":
        return []  # a survival rate at a time that no word tells
    limits = limits_behind(scene, form, value)
    return [make(scene, "ae_percent" if adverse else "percent", form, value, endpoint=subject, group=group, **limits)]


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
    if not (rate or ALIVE.search(scene.text) or _follows_time(scene, time) or _before_time(scene, time)):
        return ""
    return scene.at_time.get(i, time.name)


def _before_time(scene, time):
    """Whether an endpoint stands right before a point of time: OS at 12 months."""
    return any(0 <= time.start - m.end <= 2 for m in scene.ends if m.kind == "time")


def _follows_time(scene, time):
    """Whether an endpoint stands right behind a point of time: 2-year OS."""
    return any(0 <= m.start - time.start <= 25 for m in scene.ends if m.kind == "time")


def _times_alike(scene, i, form):
    """The times of `1-year and 2-year rates were both 14%`; [] where one value is of one time."""
    before = [m for m in scene.times if m.end <= form.start]
    names = list(dict.fromkeys(m.name for m in before))
    said = before and re.search(r"\b(?:both|same|each|identical|unchanged)\b", scene.text[before[-1].end : form.start])
    return names if said and len(names) > 1 and i not in scene.at_time else []


def range_of_percents(text, form):
    """Whether a percentage is one end of a range: 20-30%."""
    return bool(re.match(r"%?\s*(?:-|to|~)\s*\d", text[form.end - 1 : form.end + 5])) or bool(
        re.search(r"\d\s*%?\s*(?:-|to|~)\s*$", text[: form.start])
    )

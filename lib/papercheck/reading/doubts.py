"""What a reading of running text rests on: where that is too little, its number is asked for, and not asserted.

Each rule is a row of `RULES`: its name, and when it holds. A doubted number stays with its sentence, the name of the
rule and what it may be.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..registry.number_words import WORDED, in_digits
from .compared import RATIOS
from .discourse import EVERYONE, ONCE, is_once
from .held import as_printed, odd_group
from .mentions import factor_mentions
from .pairs import in_title
from .patients import NOT_GROUP
from .phrases import closed
from .readings import SHARES, Reading
from .words import endpoints

TESTS = ("p", "p_interaction", *RATIOS)


@dataclass(frozen=True)
class Rule:
    """When a reading rests on too little."""

    name: str
    holds: Callable  # (scene, number of its form, reading) -> whether


def doubted(scene, readings: list[Reading]) -> list[Reading]:
    """The readings of a sentence as they stand, or each with the first rule that doubts it; so are the tests behind a
    doubted number or test that compare the same patients.
    """
    made: list[Reading] = []
    for reading in readings:
        i = _form_of(scene, reading)
        rule = next((r.name for r in RULES if r.holds(scene, i, reading)), "") if reading.understood else ""
        behind = made and not made[-1].understood and reading.statistic in (*TESTS, "i2")
        if not rule and behind and made[-1].may[2] == reading.patients and made[-1].doubt:
            rule = made[-1].doubt
        made.append(as_printed(reading, rule) if rule else reading)
    return made


def _form_of(scene, reading):
    """The number of the form that a reading was made of; -1 where it is none of the sentence."""
    start = reading.pair.split("|")[1:2]
    return next((k for k, f in enumerate(scene.forms) if [str(f.start)] == start), -1)


def _counts_a_number(scene, i, reading):
    """`deaths in 44`: the words of what is counted end in another number, and are of that one."""
    return reading.statistic == "count" and bool(re.search(r"\bin \d+$", reading.endpoint))


def _of_an_arm(scene, i, reading):
    """A number of a trial by lot that names no arm."""
    lot = scene.study.randomized and not EVERYONE.search(scene.text)
    return lot and is_once(reading) and not reading.group


HEAD_OF_SOME = re.compile(rf"\s*(?:Of|Among|In|For) (?:the )?(?P<n>\d[\d,]*|{WORDED}) [^,;]{{3,80}},", re.I)


def _of_some(scene, i, reading):
    """A number that names nobody, behind words of fewer patients than all: `Of 26 thymic carcinomas, five ...`."""
    head, total = HEAD_OF_SOME.match(scene.text), scene.study.total.replace(",", "")
    size = in_digits(head["n"]).replace(",", "") if head else ""
    few = size.isdigit() and total.isdigit() and int(size) < 0.8 * int(total)
    few = few and reading.endpoint != "DOR"
    return not reading.group and (scene.study.of_some or few and i >= 0 and scene.forms[i].start >= head.end())


UNNAMED = re.compile(
    r"\b(?:in|among|for|of) (?:the )?(?:patients|pts|those|subjects|individuals) (?P<g>(?:treated|managed"
    r"|given|receiving"
    r"|who|whose|with|without|having|undergoing|harbou?ring|aged|on) [^,;:()]{3,80}?)(?= (?:was|were|is|had)\b|[,;:(])",
    re.I,
)


def _of_unnamed(scene, i, reading):
    """A number that names nobody, where words of its clause describe patients whom no rule took for a group."""
    if i < 0 or reading.group or reading.course or not is_once(reading):
        return False
    start = scene.text.rfind(";", 0, scene.forms[i].start) + 1
    for said in UNNAMED.finditer(scene.text, start, scene.forms[i].start):
        known = any(m.start < said.end("g") and said.start("g") < m.end for m in scene.groups)
        if not (known or NOT_GROUP.match(said["g"]) or in_title(said["g"], scene.study.title)):
            return True
    return False


NOBODY = re.compile(
    r"(?:the )?(?:these|those|them|they|which|whom|it|total)(?: patients)?|(?:[\w+/-]+ ){0,3}(?:groups?|arms?|cohorts?)"
    r"|\d+(?:st|nd|rd|th)(?: years?)?"
    rf"|(?:{WORDED}|\d+)(?: (?!or\b)[a-z].*)?|(?!with|who|Most)\S.* (?:reported|experienced|developed|achieved"
    rf"|received) .+",
    re.I,
)


def _counts_nothing(scene, i, reading):
    """What is counted is a word that only points, or a group."""
    own = reading.statistic in ("count", "percent") and reading.endpoint == reading.group != ""
    own = own or reading.statistic == "p" and reading.endpoint == "patients included"
    return reading.statistic in ("count", "percent", "p") and (own or bool(NOBODY.fullmatch(reading.endpoint)))


DID = re.compile(
    r"\s*(?:(?:[\w-]+ ){0,2}?(?:patients|pts|cases|subjects|participants|individuals)\s+)?(?:developed|(?:had"
    r"|have)(?! been)"
    r"|experienced|showed|achieved|died|progressed|responded|discontinued|having)\b|\s*(?P<of>with|who)\b"
)
SEEN_IN = re.compile(r"\b(?:observed|seen|occurred|developed|reported|noted|recorded|documented|found) (?:in|by)\b")


OF_A_GROUP = re.compile(
    r"\b(?:groups?|arms?|cohorts?) (?:included|comprised|consisted of|contained|had|numbered) (?:only )?$", re.I
)


def _only_some(scene, i, reading):
    """`132 patients developed X`, `X was seen in 22 and 11 patients`: a number of patients, and none of the study's."""
    if i < 0 or (reading.statistic, reading.endpoint) != ("count", "patients included"):
        return False
    sized = OF_A_GROUP.search(scene.text[: scene.forms[i].start])
    if not reading.group and (sized or any(i in run and len(run) > 1 for run in scene.runs)):
        return True  # the groups comprised 122 and 47 patients
    did = DID.match(scene.text, scene.forms[i].end)
    if reading.group and did and not did["of"]:
        return False
    return bool(did or SEEN_IN.search(scene.text[: scene.forms[i].start]))


PREDICATE = re.compile(r"\b(?:were|was|had|achieved|developed|experienced|showed|died|responded)\b")


def _only_described(scene, i, reading):
    """`68 (28%) receiving X and 45 (37%) receiving Y were aged 65`: of what they were is said behind."""
    described = re.match(r"(?:receiving|given|treated with|having|who (?:received|had)|on|in) ", reading.endpoint)
    shares = reading.statistic in ("count", "percent")
    return i >= 0 and shares and bool(described and PREDICATE.search(scene.text, scene.forms[i].end))


MIDDLE = re.compile(r"(?i:median|mean\b|average|±|\bSD\b|中位|平均|均数)|\bm[A-Z]")


def _no_middle(scene, i, reading):
    """A median or mean, where no word of the sentence says so."""
    spread = i >= 0 and {"low", "rlow", "qlow", "sd"} & set(scene.forms[i].parts)
    return reading.statistic in ("median", "mean") and not spread and not MIDDLE.search(scene.text)


BESIDE = re.compile(
    r"\b(?:in|among) (?:both )?(?:the |those |patients |pts )*(?P<g>(?!(?:either|all|overall|whole|entire|total|ITT)\b)"
    r"[^,;()\[\]]{2,60}?)(?: groups?| arms?)? [(\[]\s*$"
)


OTHERS = re.compile(r"(?:others?|rest|remain\w+|counterparts?)\b", re.I)


def _beside_a_head(scene, i, reading):
    """A test whose bracket stands right behind patients that it was not given: `... in those with X (P = 0.01)`."""
    if i < 0 or reading.statistic not in TESTS:
        return False
    opened = max(scene.text.rfind(sign, 0, scene.forms[i].start) for sign in "([")
    said = BESIDE.search(scene.text[: opened + 1]) if not closed(scene.text[opened : scene.forms[i].start]) else None
    if not said or any(said.start("g") <= m.start < said.end("g") for m in scene.ends) or OTHERS.match(said["g"]):
        return False
    told = {w for w in re.findall(r"[\w+/-]{2,}", f"{reading.patients} {reading.course}".lower())}
    return not told & set(re.findall(r"[\w+/-]{2,}", said["g"].lower()))


OWN_NAME = re.compile(r"(?<![\w-])(?!m|rw)[a-z]{1,3}-?(?:ORR|DCR|PFS|OS|DOR)\b")


def _own_endpoint(scene, i, reading):
    """An endpoint that only the paper has a name for, `icORR`, stands between the endpoint and its number."""
    if i < 0 or reading.endpoint.split(" at ")[0] not in endpoints():
        return False
    at = max((m.end for m in scene.ends if m.end <= scene.forms[i].start), default=0)
    start = max(at, scene.text.rfind(";", 0, scene.forms[i].start))
    return bool(OWN_NAME.search(scene.text[start : scene.forms[i].start]))


SEVERE = re.compile(r"\b(?:severe|serious|high[- ]grade|life[- ]threatening)\b", re.I)


def _of_what_grade(scene, i, reading):
    """An event of any grade, where a word of its severity stands beside the number."""
    if i < 0 or not reading.statistic.startswith("ae_") or not reading.endpoint.endswith("grade any"):
        return False
    start = scene.forms[i - 1].end if i else 0
    stop = scene.forms[i + 1].start if i + 1 < len(scene.forms) else len(scene.text)
    return bool(SEVERE.search(scene.text[start:stop])) and not SEVERE.search(reading.endpoint)


ENDED = re.compile(r"\b(?:mortality|deaths?|died|survival)\b", re.I)


def _event_or_death(scene, i, reading):
    """A ratio of an event, where the sentence speaks of deaths too."""
    return reading.statistic in RATIOS and reading.endpoint.endswith("grade any") and bool(ENDED.search(scene.text))


OWN_SIDES = re.compile(
    r"\b(?:versus|vs\.?|than|compared (?:with|to)|between)\b|\b(?:in|among|for|of) (?:the )?(?:patients|those|pts)\b",
    re.I,
)


PAIR = re.compile(
    r"\d[\s)%]*(?:months?|mos?\b|weeks|days|years)?\s*(?:versus|vs\.?|than|compared (?:with|to))\s*(?=\d|N[RE]|not)"
)


def _sides_of_its_own(scene, i, reading):
    """A further test of a sentence whose own words name patients or sides, and not those that it was given."""
    if i < 1 or reading.statistic not in TESTS or i in scene.factors:
        return False
    form, start = scene.forms[i], max((f.end for f in scene.forms[:i] if f.kind in ("p", "ratio", "test")), default=0)
    opened = scene.text.rfind("(", start, form.start)
    stop = form.start if opened < 0 or closed(scene.text[opened : form.start]) else opened
    words = PAIR.sub("", scene.text[start:stop])
    if not start or not OWN_SIDES.search(words):
        return False
    sides = reading.group.removesuffix(" weighted").split(" vs ")
    if reading.part and reading.part in words:
        return False
    return not all(side.removeprefix("not ").split(", ")[0] in words for side in sides)


AGAINST = re.compile(
    r"\b(?:compared|versus|vs\.?|than|relative to|over|in favou?r of|between|as against|respectively)\b"
)


def _sides_behind(scene, i, reading):
    """A test, one side of which only words behind it name."""
    if i < 0 or reading.statistic not in TESTS:
        return False
    given = {scene.assigned.get(k, "") for k in range(i)}
    end = scene.forms[i].end
    for side in set(reading.group.split(" vs ")) - given:
        named = [m for m in scene.groups if m.name == side]
        if named and all(m.start > end and not AGAINST.search(scene.text[end : m.end]) for m in named):
            return True
    return False


MORE_P = re.compile(r"\s*(?:,|and|or|, and)\s*0?\.\d+\b")


def _first_of_a_list(scene, i, reading):
    """The first P of `P = 0.36, 0.53 and 0.06`, which are of several endpoints in turn."""
    listed = (
        i >= 0 and reading.statistic == "p" and scene.forms[i].start not in scene.ends_at and i not in scene.factors
    )
    return bool(listed and MORE_P.match(scene.text, scene.forms[i].end) and not _paired(scene, reading))


def _paired(scene, reading):
    """Whether the sentence made two tests of one P, one of each endpoint or factor."""
    return sum(r.pair == reading.pair for r in scene.made) > 1


def _compares_nothing(scene, i, reading):
    """Words of a test that name neither an endpoint nor sides."""
    return reading.kind == "words" and not reading.endpoint and not reading.group


BARE_LIST = re.compile(r"\d%?, \d[\d.]*%?,? and $")


def _one_of_several(scene, i, reading):
    """One quantity of one group has one value: of several in turn, `median age: 59, 52 and 58 years`, nothing tells
    whose each is.
    """
    run = next((r for r in scene.runs if i in r and len(r) > 1), ())
    alone = i >= 0 and not run and not reading.group and reading.statistic in SHARES
    if alone and BARE_LIST.search(scene.text[: scene.forms[i].start]):
        return True  # 31.3, 37.5 and 12.5% had X, Y and Z
    known = ("statistic", "endpoint", "patients", "time", "course")
    return any(
        r.value != reading.value
        and r.kind != "share"
        and _form_of(scene, r) in run
        and all(getattr(r, k) == getattr(reading, k) for k in known)
        for r in scene.made
    )


CASES_OF = re.compile(r"\s*(?:cases?|patients?) (?:of|lost|with|who)\b")


def _other_response(scene, i, reading):
    """`..., 2 cases of stable disease`: a response named before the number, where its own words follow."""
    if i < 0 or reading.statistic != "count" or not reading.endpoint.startswith("BOR"):
        return False
    end = scene.forms[i].end
    own = any(m.name == reading.endpoint and 0 <= m.start - end <= 45 for m in scene.ends)
    return bool(CASES_OF.match(scene.text, end)) and not own


EVENTS_ONLY = re.compile(r"\b(?:events?|T?R?AEs?|irAEs?|toxicit\w+|grades?.*|patients|any)\W*[(\[]\W*$", re.I)


def _unknown_event(scene, i, reading):
    """An event of a list that no word is known for, `X proliferation (37.5%)`: not the events that the list is of."""
    if i < 0 or not re.match(r"Any .*event, grade any$", reading.endpoint) or not reading.statistic.startswith("ae_"):
        return False
    start = scene.forms[i - 1].end if i else 0
    words = scene.text[start : scene.forms[i].start]
    return bool(re.search(r"[a-z]{3,} [(\[]\W*$", words)) and not EVENTS_ONLY.search(words)


FROM = re.compile(r"\b(?:from|since|beyond|after|within|until|over)\s+$", re.I)


def _point_of_time(scene, i, reading):
    """`OS from 760 days`: a point of time, and no median."""
    bare = i >= 0 and reading.statistic == "median_survival" and not reading.low
    return bare and bool(FROM.search(scene.text[: scene.forms[i].start]))


MIDDLE_BEFORE = re.compile(r"\b(?:median|mean)(?: age)?(?: was| of|:|,)?\s+$", re.I)


def _middle_counts(scene, i, reading):
    """`median age 63, ...` counts nobody."""
    return i >= 0 and reading.statistic == "count" and bool(MIDDLE_BEFORE.search(scene.text[: scene.forms[i].start]))


PARTED = re.compile(r"[,;]|\b(?:while|whereas)\b")


def _endpoint_behind(scene, i, reading):
    """A time to event that only a further part of the sentence names, behind the number."""
    if i < 0 or reading.statistic not in ONCE:
        return False
    form, name = scene.forms[i], reading.endpoint.split(" at ")[0]
    named = [m for m in scene.ends if m.name == name]
    return bool(named) and all(m.start > form.end and PARTED.search(scene.text[form.end : m.start]) for m in named)


ADJUSTED_FOR = re.compile(r"\b(?:adjust\w*|controll\w+|correct\w+) for\b.*?(?=, (?:the|there|no|an?)\b|$)", re.I)


def _adjusted_for(scene, i, reading):
    """A ratio of a factor that the sentence only adjusts for."""
    if i < 0 or reading.statistic not in TESTS:
        return False
    before = scene.text[: scene.forms[i].start]
    said, factors = ADJUSTED_FOR.search(before), [m for m in factor_mentions(before) if m.name == reading.group]
    return bool(said and factors) and all(said.start() <= m.start < said.end() for m in factors)


RULES = (
    Rule("no patients", lambda scene, i, r: odd_group(r.patients)),
    Rule("another number", _counts_a_number),
    Rule("counts nothing", _counts_nothing),
    Rule("only some", _only_some),
    Rule("only described", _only_described),
    Rule("no middle", _no_middle),
    Rule("middle", _middle_counts),
    Rule("point of time", _point_of_time),
    Rule("endpoint behind", _endpoint_behind),
    Rule("own endpoint", _own_endpoint),
    Rule("other response", _other_response),
    Rule("unknown event", _unknown_event),
    Rule("severity", _of_what_grade),
    Rule("event or death", _event_or_death),
    Rule("several in turn", _first_of_a_list),
    Rule("compares nothing", _compares_nothing),
    Rule("beside a head", _beside_a_head),
    Rule("sides behind", _sides_behind),
    Rule("sides of its own", _sides_of_its_own),
    Rule("adjusted for", _adjusted_for),
    Rule("one of several", _one_of_several),
    Rule("which arm", _of_an_arm),
    Rule("some or all", _of_some),
    Rule("unnamed", _of_unnamed),
)

"""A sentence with everything found in it, and the reading that is made of one form of it."""

import re
from dataclasses import dataclass, field, replace

from .adverse import STOPPED, TERM
from .assign import groups_of
from .attached import compared_sides
from .discourse import ALL_AGAIN, EVERYBODY, Discourse
from .document import Sentence
from .forms import Form, find_forms, is_limit
from .group_names import COURSE_ONLY, as_arms
from .in_turn import factors_in_turn, tests_in_turn
from .mentions import Mention, course_mentions, endpoint_mentions, time_mentions
from .pairs import (
    RATIO,
    against_in_chinese,
    by_limits,
    described_mentions,
    each_before,
    each_with,
    in_title,
    paired_mentions,
    placed_mentions,
    subject_mentions,
)
from .patients import NOT_GROUP, arm_mentions, group_mentions, with_same_end
from .phrases import closed, outside_brackets
from .quantities import in_step
from .readings import Reading
from .scope import SUBJECT_OF_RATIO, group_and_part, headed_by, within
from .series import percents_of_chain, series_of
from .signs import plain
from .words import endpoints


@dataclass
class Study(Discourse):
    """What is known of the paper while it is read: its arms in order, its sizes, and what its sentences speak of."""

    arms: list[str] = field(default_factory=list)
    adverse: bool = False
    others: list[str] = field(default_factory=list)
    total: str = ""  # how many patients the study has, as its sentences say
    sizes: dict[str, str] = field(default_factory=dict)  # how many patients -> the one group of that size
    everyone: int = 0  # how many patients a sentence calls all of them
    title: str = ""
    randomized: bool = False
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)  # a composed name -> its group and its part of all


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
    runs: list[list[int]] = field(default_factory=list)
    unplaced: set[int] = field(default_factory=set)
    course_at: dict[int, str] = field(default_factory=dict)
    sides: list[list[list[int]]] = field(default_factory=list)  # sides of a comparison, each a list of quantities
    consumed: set[int] = field(default_factory=set)  # where words of patients stand that numbers before them took
    taken: list[tuple[int, int]] = field(default_factory=list)  # limits that were read with a number before them
    variables: dict[int, str] = field(default_factory=dict)  # number -> the quantity of a list that is no endpoint
    opposed: set[int] = field(default_factory=set)  # numbers that only their courses set against each other
    labelled: set[int] = field(default_factory=set)  # numbers that words of their own touch
    factors: dict[int, str] = field(default_factory=dict)  # number of a ratio or test -> its factor of a list


THIS = re.compile(r"(?:this|that) (?:sub)?(?:group|set|population|cohort)s?$", re.I)
BARE = re.compile(r"^(?:(?:with|who|whose|received|receiving|treated|given|were|had|having) )+")
CUT = re.compile(r"(?:in|among|for|of|within|after|patients|the|median) ")


def scene_of(sentence: Sentence, study: Study) -> Scene:
    """The forms and mentions of a sentence."""
    text = plain(sentence.text)
    if CUT.match(text):  # behind a cut lead: `However, in patients with`
        text = text[:1].upper() + text[1:]
    times = time_mentions(text)
    groups = _of_part(text, _groups(text, study), study)
    masks = [(m.start, m.end) for m in groups if m.kind in ("with", "subject", "arm")]
    masks += [m.span("of") for m in SUBJECT_OF_RATIO.finditer(text)]
    ends = endpoint_mentions(text, masks)
    if len({m.name for m in ends}) > 1 and RATIO.search(text):  # first-line PFS >= 6 months (HR 0.5): a factor
        ends = [m for m in ends if not AS_LIMIT.match(text, m.end)]
    if STOPPED.search(text):  # progression as the reason why a treatment was stopped is no response
        ends = [m for m in ends if m.name != "BOR: PD"]
    forms = [
        f for f in find_forms(text) if not _within(f, times) and not _is_part(f, groups) and not _bare_limit(text, f)
    ]
    forms = percents_of_chain(text, forms)
    scene = Scene(sentence, text, forms, ends, groups, times, study)
    scene.courses = course_mentions(text, masks)
    scene.runs = runs = in_step(scene, series_of(text, forms))
    _ratios_of_two_ends(scene)
    scene.factors = factors_in_turn(text, forms)
    _beside_unknown(scene)
    scene.ends_at |= tests_in_turn(text, forms, ends)
    _courses_of(scene, runs)
    groups_of(scene, runs)
    for i in scene.opposed:
        scene.assigned.pop(i, None)
    return scene


def _groups(text, study):
    """The groups of patients of a sentence, in order."""
    ends, courses = endpoint_mentions(text), course_mentions(text)
    pairs = paired_mentions(text, [*arm_mentions(text, study.arms), *ends, *courses])
    found = group_mentions(text, study.arms, [m for m in pairs if not TERM.search(m.name)])
    found += [m for m in against_in_chinese(text) if not any(o.start < m.end and m.start < o.end for o in found)]
    found += subject_mentions(text, [*found, *ends])
    found += described_mentions(text, [*found, *ends, *courses], study.title)
    listed = [*by_limits(text), *each_before(text, ends)]
    found = [m for m in found if not any(o.start < m.end and m.start < o.end for o in listed)] + listed
    found += [m for m in each_with(text, [*found, *ends, *courses]) if not TERM.search(m.name)]
    placed = placed_mentions(text, [*found, *ends, *courses], ends, study.title)
    found += [m for m in placed if not TERM.search(m.name)]
    found += [m for m in compared_sides(text, found) if not TERM.search(m.name)]
    found = _with_head(text, found, study)
    found = as_arms(found, study.arms) if len(study.arms) > 1 else found
    found = _former_and_latter(text, found, study)
    this = study.topic or study.previous
    found = [replace(m, name=this) if THIS.match(m.name) else m for m in found]
    found = [m for m in found if m.name not in ("", EVERYBODY) and not NO_PEOPLE.fullmatch(m.name)]
    found = [m for m in found if m.name != "treatment" or not DURATION.search(text[: m.end])]
    found = [replace(m, name=within(study, m.name, m.part)) if m.part else m for m in found]
    return with_same_end(sorted(found, key=lambda m: m.start))


NO_PEOPLE = re.compile(  # what stands beside numbers in turn, and is nobody
    r"(?:the )?(?:follow-?up|adverse events?|(?:other |unknown )?(?:causes?|reasons?)|\d+(?:st|nd|rd"
    r"|th)(?: (?:years?|months?))?)",
    re.I,
)
DURATION = re.compile(r"\bdurations? of (?:the )?(?:treatment|therapy)$", re.I)
FORMER = re.compile(r"\b(?:in|for|among|with|of) the (?P<which>former|latter)(?: (?:group|arm|cohort|patients))?\b")


def _former_and_latter(text, found, study):
    """The groups of a sentence with `the former` and `the latter`: the two that the sentences before named last."""
    said = list(FORMER.finditer(text))
    found = [m for m in found if not any(s.start() < m.end and m.start < s.end() for s in said)]
    two = study.last_groups[-2:] if len(study.last_groups) >= 2 else study.arms if len(study.arms) == 2 else ["", ""]
    told = [(two[s["which"] == "latter"], s.span()) for s in said]
    return found + [Mention("side", name, *span) for name, span in told if name]


def _with_head(text, found, study):
    """The groups of a sentence with the patients that head it, where no other words told them."""
    head = next(iter(headed_by(text)), None)
    if head is None or NOT_GROUP.match(head.name) or COURSE_ONLY.match(head.name):
        return found
    inside = [m for m in found if m.end > head.start and m.start < head.end]
    if in_title(BARE.sub("", head.name), study.title) or any(m.kind in ("arm", "with", "part") for m in inside):
        return found
    signed = next((m for m in inside if m.kind == "signed" and head.name == f"with {m.name}"), None)
    head = replace(signed, kind="with") if signed else head  # `with PD-L1 ≥ 50%` is called PD-L1 ≥ 50% elsewhere
    return [m for m in found if m not in inside] + [head]


AMONG = re.compile(
    r"(?:Among|Of|In)(?: the| all| these)? (?P<n>\d[\d,]*) (?:[\w-]+ ){0,3}?(?:patients|pts) (?=with |who )"
)


def speaks_of_some(text: str, study: Study) -> bool:
    """Whether a sentence is about fewer patients than another one calls all, by their number, or stands behind such."""
    said = AMONG.search(text)
    if said and study.everyone:
        return int(said["n"].replace(",", "")) < study.everyone
    return study.of_some and not ALL_AGAIN.search(text)


def _of_part(text, groups, study):
    """The groups of a sentence; the patients that it says it is about are no group where they are all of the study."""
    said = AMONG.search(text)
    first = not (study.total or study.last_endpoint or study.last_groups)
    if said and int(said["n"].replace(",", "")) < study.everyone:
        return groups
    if not said or said["n"] != study.total and not first:
        return groups
    return [m for m in groups if m.kind != "with" or not said.start() <= m.start <= said.end()]


def _bare_limit(text, form):
    """A limit, dose or name: no result, and no end of the words around the next one."""
    if form.kind == "share" and "percent" in form.parts and re.search(r"[<>≥≤]=?\s*$", text[: form.start]):
        return "total" not in form.parts and not re.search(r"\bn\s*=", text[form.start : form.end], re.I)
    return form.kind == "value" and not {"low", "rlow", "qlow"} & set(form.parts) and is_limit(text, form)


def _within(form, mentions):
    return any(m.start <= form.start < m.end for m in mentions)


def _is_part(form, groups):
    """A number inside the words of a group: patients with PFS of 6 months."""
    inside = [m for m in groups if m.start < form.start < m.end and form.end <= m.end + 12]
    inside += [m for m in groups if m.kind == "limit" and m.start <= form.start < m.end]
    inside += [m for m in groups if m.start == form.start and DOSED.match(m.name)]
    return bool(inside) and form.kind in ("value", "worded", "percent", "span")


AS_LIMIT = re.compile(r"\s*[≥≤<>]=?\s*\d[\d.]*\s*(?:months?|mos?\b|m\b|个月|月)")
DOSED = re.compile(r"\d[\d.]*(?: ?-?(?:mg|g|µg|μg|Gy)\b|[A-Z-])")  # the 3 mg/kg dose, 2L-ICIs
AND_RATIO = re.compile(r"[\s,;\])]*(?:P\s*[=<>]\s*[\d.]+)?\s*and\s*$", re.I)


def _ratios_of_two_ends(scene):
    """The endpoints of `reduced PFS and OS (HR 2.1 and HR 2.0, respectively)`."""
    ratios = [f for f in scene.forms if f.kind == "ratio"]
    for one, two in zip(ratios, ratios[1:], strict=False):
        ends = list(dict.fromkeys(m.name for m in scene.ends if m.kind == "time" and m.end <= one.start))
        joined = AND_RATIO.fullmatch(scene.text[one.end : two.start])
        if len(ends) == 2 and joined and re.search(r"respectively", scene.text[two.end : two.end + 30]):
            scene.ends_at |= {one.start: ends[0], two.start: ends[1]}


BESIDE = re.compile(r"\b[Mm]edian (?P<of>[\w-]{3,15}) and (?:median )?$")


def _beside_unknown(scene):
    """The numbers of `Median ToX and OS were 7.0 and 24.5 months`: the first is of a quantity that is no endpoint."""
    for mention in scene.ends:
        said = BESIDE.search(scene.text[: mention.start])
        run = next((r for r in scene.runs if len(r) == 2 and scene.forms[r[0]].start > mention.end), None)
        if said and run and not endpoint_mentions(said["of"]) and "respectively" in scene.text[mention.end :]:
            scene.variables[run[0]] = said["of"]
            scene.ends_at[scene.forms[run[1]].start] = mention.name
            scene.runs[:] = [p for r in scene.runs for p in ([[r[0]], [r[1]]] if r is run else [r])]
            return


AGAINST = re.compile(r"[^;()]{0,60}\b(?:than|versus|vs\.?|compared (?:with|to)|relative to)\b[^;()]{0,40}")


def _set_against(scene, first):
    """The last two courses before numbers, where one is set against the other: PFS was longer on the first course than
    on rechallenge (8 vs 3 months); [] else.
    """
    two = [m for m in scene.courses if m.end <= first][-2:]
    if len(two) < 2 or two[0].name == two[1].name or not AGAINST.fullmatch(scene.text[two[0].end : two[1].end]):
        return []
    between = scene.text[two[1].end : first]
    return (
        [m.name for m in two]
        if not any(m.start >= two[0].end and m.end <= first for m in scene.groups if m.start > two[1].end)
        and not re.search(r"\.\s", between)
        else []
    )


def _courses_of(scene, runs):
    """The courses of numbers that two courses are set against each other by: 2.5 months with rechallenge compared with
    7.3 months with the first ICI.
    """
    if len({m.name for m in scene.courses}) < 2:
        return
    for k, run in enumerate(runs):
        end = scene.forms[runs[k + 1][0]].start if k + 1 < len(runs) else len(scene.text)
        last = scene.forms[run[-1]].end
        behind = [m.name for m in scene.courses if last <= m.start < end and _bound(scene.text[last : m.start])]
        before = [m.name for m in scene.courses if m.end <= scene.forms[run[0]].start]
        both = list(dict.fromkeys(m.name for m in scene.courses if m.end <= scene.forms[run[0]].start))
        against = _set_against(scene, scene.forms[run[0]].start)
        if len(run) == 2 and against and not behind:
            scene.course_at |= dict(zip(run, against, strict=True))
            scene.opposed |= set(run)
            continue
        if len(run) == 2 == len(both) and not behind and "respectively" in scene.text[last:end]:
            scene.course_at |= dict(zip(run, both, strict=True))
        elif len(run) == 2 and behind and before and behind[0] != before[-1] and not _of_two_ends(scene, run):
            scene.course_at |= {run[0]: before[-1], run[1]: behind[0]}
        elif behind:
            scene.course_at |= dict.fromkeys(run, behind[0])


def _of_two_ends(scene, run):
    return all(scene.forms[i].start in scene.ends_at for i in run)


def _bound(words):
    return bool(
        re.fullmatch(
            r"[\s)%]*(?:months?|mos?|weeks?|(?:of )?patients?|pts)?\s*(?:(?:with|on|during|at|for) (?:the )?)?", words
        )
    )


WEIGHTED = re.compile(
    r"IPTW|inverse probability|(?<!un)(?<!pooled )weighted (?!kappa)|(?:after|following|in the)"
    r" (?:propensity|matching|weighting|PSM|matched)|propensity[- ]score[- ]matched|加权后|匹配后",
    re.I,
)


MATCHED = re.compile(r"\s*(?:After|Following|In the) (?:the )?(?:[\w:-]+ ){0,4}?(?:weight|match|PSM|IPTW)\w*", re.I)


def notes_matching(scene: Scene):
    """A sentence without results, `After matching, each group had 27 patients`, says whose those behind it are."""
    study = scene.study
    if UNWEIGHTED.search(scene.text):
        study.matched = False
    elif MATCHED.match(scene.text) and not any(
        f.kind in ("value", "percent", "ratio", "open") and f.parts for f in scene.forms
    ):
        study.matched = True


UNWEIGHTED = re.compile(
    r"(?:before|prior to) (?:the )?(?:weighting|IPTW|matching|PSM|propensity)|unweighted|unmatched|加权前|匹配前", re.I
)


def is_weighted(text: str, form: Form) -> bool:
    """Whether a form is of weighted or matched patients. Where a sentence speaks of both, the words that touch it say
    so, else the last ones before it in its clause, else the nearest.
    """
    apart = [m.span() for m in UNWEIGHTED.finditer(text)]
    weighted = [m.span() for m in WEIGHTED.finditer(text) if not any(a <= m.start() < b for a, b in apart)]

    def away(span):
        return max(span[0] - form.end, form.start - span[1], 0)

    if not apart or not weighted:
        return bool(weighted)
    clause = text.rfind(";", 0, form.start) + 1
    ahead = [s for s in sorted([*apart, *weighted]) if clause <= s[0] and s[1] <= form.start]
    near = min([*apart, *weighted], key=away)
    touches = away(near) <= 3 and ";" not in text[form.end : near[0]]
    return (near if touches or not ahead else ahead[-1]) in weighted


def make(scene: Scene, statistic: str, form: Form, value: str, **more) -> Reading:
    """A reading of a form of a sentence."""
    source = scene.sentence.text
    more["group"], part = group_and_part(scene.study, more.get("group", ""))
    if part:
        more["part"] = part
        scene.study.parts[f"{more['group']}, {part}"] = more["group"], part
    if (
        (is_weighted(scene.text, form) or scene.study.matched)
        and statistic not in ("count", "ae_count")
        and more.get("group", "") != "between groups"
    ):
        more["group"] = f"{more.get('group', '').removesuffix('weighted').strip()} weighted".strip()
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
    behind = next((m for m in scene.ends if 0 <= m.start - form.end <= 34 and m.kind in kinds), None)
    if behind and re.fullmatch(
        r"(?:\s*[;,]\s*P\s*[=<>]\s*[\d.]+)?[\s,)\]]*(?:months?|个月)?[)\s]*(?:for|in|of|on) (?:the |median )?\s*",
        scene.text[form.end : behind.start],
        re.I,
    ):
        return behind.name
    before = [m for m in scene.ends if m.start < at and m.kind in kinds]
    before = [m for m in before if not closed(scene.text[m.end : form.start])] or before
    if before:
        return "" if _of_unknown(scene, before[-1].end, at) else before[-1].name
    after = [
        m for m in scene.ends if m.start >= form.end and m.kind in kinds and not parted(scene.text[form.end : m.start])
    ]
    if after:
        return after[0].name
    last = scene.study.last_endpoint
    if not scene.ends and UNDECLARED.search(scene.text[: form.start]):
        return ""
    if form.kind == "value" and OF_NO_SURVIVAL.search(clause_of(scene, form)[-90:]):
        return ""
    if last.startswith("BOR") and form.kind == "p":
        return ""
    return last if last and endpoints()[last].kind in kinds else ""


UNDECLARED = re.compile(r"\b[Mm]edian (?P<of>[A-Z][A-Za-z]{0,3}[A-Z][A-Za-z]{0,3}) (?:was|were|of)\b")
UNKNOWN = re.compile(
    r"[,;]\s*(?:(?:and|or|nor) )?(?:the |median )?(?P<of>[A-Za-z]{0,2}[A-Z][A-Za-z]?[A-Z]+[a-z]?)(?: (?:was"
    r"|were|of)|:|,)?\s*[(\[]?\s*$"
)


def _of_unknown(scene, start, at):
    """Whether an abbreviation that no word declares stands between an endpoint and a number: `PFS (...), mToT (`."""
    if re.search(r"\b[a-z]+[- ]free (?:survival|interval)\b", scene.text[start:at]):
        return True
    said = UNKNOWN.search(scene.text[start:at])
    known = said and any(m.start < start + said.end("of") and start + said.start("of") < m.end for m in scene.groups)
    return bool(said) and not known and not re.fullmatch("HRs?|ORs?|CI|RR|OS|PFS", said["of"])


def parted(between: str) -> bool:
    """Whether a semicolon outside the bracket of a number parts it from what is named behind."""
    rest = between.partition(")")[2] if closed(between) else between
    return ";" in outside_brackets(rest)


OF_NO_SURVIVAL = re.compile(
    r"resol|onset|within a median|interval|cycles|doses|duration|steroid|recover|hospital|\bstay\b|缓解时间|恢复|间隔",
    re.I,
)


def window_of(scene, i, form):
    """The words between the form before and this one, from the last stop on."""
    start = scene.forms[i - 1].end if i else 0
    return scene.text[start : form.start]


def without_groups(scene, end: int) -> str:
    """The words before a position with those of groups blanked: patients with NLR below 5 speak of no NLR."""
    text = scene.text[:end]
    for m in scene.groups:
        if m.kind in ("with", "signed") and m.start < end:
            text = text[: m.start] + " " * (min(m.end, end) - m.start) + text[min(m.end, end) :]
    return text


def clause_of(scene, form):
    """The words before a form, since the last semicolon that stands in no bracket."""
    text, depth, start = scene.text, 0, 0
    for i, sign in enumerate(text[: form.start]):
        depth = max(0, depth + (sign in "([") - (sign in ")]"))
        if sign == "。" or sign == ";" and not depth:
            start = i + 1
    inside = max(text.rfind("(", 0, form.start), text.rfind("[", 0, form.start))
    opened = inside > start and not re.search(r"[)\]]", text[inside : form.start])
    return text[max(start, text.rfind(";", inside, form.start) + 1) if opened else start : form.start]

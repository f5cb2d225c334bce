"""Ratios of a sentence, and what a ratio or test compares."""

import re

from .adverse import TERM, event_tested
from .assign import arms_of_part
from .forms import Form, is_change
from .mentions import endpoint_mentions, factor_mentions
from .scene import Scene, endpoint_at, make
from .scope import SUBJECT_OF_RATIO, cohort_head, head_of, within
from .words import named

FACTOR_SUBJECT = re.compile(
    r"(?P<name>[\w≥≤<>/\- ]{3,60}?(?: [(][^()]{1,60}[)])?) (?:was|were|is|are|remained|persisted as|emerged as"
    r"|proved|stayed|as) (?:not |also |an? |the |only |sole"
    r" |strongest |more |less |most"
    r" important |independent(?:ly)? |significant(?:ly)? |adverse |poor |strong |negative |positive "
    r"|favou?rable |unfavou?rable |protective )*"
    r"(?:(?:risk )?factors?\b|prognostic|predict|associated|correlated|reliable)"
    r"|(?P<raised>[\w≥≤<>/\- ]{3,60}?) (?:\w+ly )?(?:increased|decreased|raised|lowered|reduced"
    r"|doubled) the (?:risks?|odds|hazard)"
    r"|(?P<had>[\w≥≤<>/\- ]{3,60}?) (?:also )?had (?:also )?(?:an? )?(?:independent |significant "
    r"|good )*(?:predictive|prognostic) (?:roles?|values?|impact|significance)",
    re.I,
)


def compared(scene: Scene, i: int, form: Form) -> str:
    """What a ratio or a P compares: two groups of the sentence, a factor named before it, or the arms."""
    if i in scene.factors:
        return scene.factors[i]
    opposed = sorted(j for j in scene.opposed if j < i)[-2:]
    if opposed and not any(
        opposed[-1] < j < i and scene.forms[j].kind not in ("p", "ratio") for j in range(len(scene.forms))
    ):
        return " vs ".join(scene.course_at[j] for j in opposed)
    start = next((f.end for f in reversed(scene.forms[:i]) if not (is_change(scene.text, f) or _in_words(scene, f))), 0)
    near = [m for m in factor_mentions(scene.text[: form.start]) if m.start >= start and not _of_a_group(scene, m)]
    listed = re.search(r"\b[Ff]actors? [^.;]*\b(?:included|were|was|are)\b", scene.text[:start])
    if form.kind == "p" and not listed and ALSO_OUTCOME.search(scene.text[start : form.start]):
        return scene.made[-1].patients if scene.made and scene.made[-1].statistic == "p" else ""
    if _of_unplaced(scene, i, form):
        return ""
    told = _told_before(scene, start, i, form)
    if told:
        return told
    subject = FACTOR_SUBJECT.search(scene.text[start : form.start])
    said = list(dict.fromkeys(filter(None, (scene.assigned.get(j, "") for j in range(i)))))
    between = [m.name for m in scene.groups if m.kind in SIDED]
    head = head_of(scene) or cohort_head(scene)
    if head and len(set(between) - {head.name}) >= 2:
        between = [name for name in between if name != head.name]
    near_by = _near_by(scene, i, form)
    if near_by:
        return near_by
    if len(said) >= 2:
        return f"{said[-2]} vs {said[-1]}"
    of_part = arms_of_part(scene, scene.groups) if form.kind == "ratio" and len(said) < 2 else []
    if of_part:
        return " vs ".join(of_part)
    if near and not said and (len(scene.study.arms) != 2 or subject):
        return near[-1].name
    if subject and not said and not (subject["raised"] and len(scene.study.arms) == 2):
        return _factor(subject["name"] or subject["raised"] or subject["had"])
    return _by_arms(scene, form, near, between)


def _factor(words):
    """The name of a factor without the words that lead to it."""
    return re.sub(r"^(?:.*\b(?:that|revealed|showed|demonstrated|the)\s)", "", words).strip()


def _told_before(scene, start, i, form) -> str:
    """The factor that the words right before a ratio or test tell; '' where they tell none."""
    predicate = next((m for m in SUBJECT_OF_RATIO.finditer(scene.text) if m.end() == form.start), None)
    told = _factor(predicate["of"]) if predicate else _before_bracket(scene, start, form)
    unit = PER_UNIT.search(scene.text[_last_ratio(scene, i) : form.start]) if form.kind == "ratio" else None
    frequent = MORE_IN.search(scene.text[start : form.start]) if form.kind in ("p", "ratio") else None
    return told or (unit["of"].strip() if unit else "") or (frequent["of"] if frequent else "")


def _of_unplaced(scene, i, form):
    """Whether only signs and units stand between a test and two numbers whose patients no word tells."""
    pair = next((r for r in reversed(scene.runs) if r[-1] < i), [])
    between = scene.text[scene.forms[pair[-1]].end : form.start] if len(pair) == 2 else "."
    return set(pair) <= scene.unplaced and bool(re.fullmatch(r"[\s)%,;(]*(?:months?|mos?|个月)?[\s)%,;(]*", between))


def _in_words(scene, form):
    """Whether a bare number stands within Chinese words, and ends none: `ECOG PS评分2分`."""
    bare = form.kind == "value" and not form.parts and form.text(scene.text).isdigit()
    return bare and bool(re.match("[\u4e00-\u9fff]{1,3}[(]", scene.text[form.end :]))


def _by_arms(scene, form, near, between) -> str:
    """What is compared where no factor is the subject of the sentence: two groups that it names, or the arms."""
    if len(dict.fromkeys(between)) >= 2:
        return " vs ".join(list(dict.fromkeys(between))[:2])
    if len(scene.study.arms) == 2:
        within = re.search(r"\b[Rr]espective\b", scene.text[: form.start]) and any(
            m.name not in scene.study.arms for m in scene.groups
        )
        return "" if within else f"{scene.study.arms[0]} vs {scene.study.arms[1]}"
    if near:
        return near[-1].name
    if between:
        return f"{between[0]} vs others" if WITHOUT_IT.search(scene.text) else ""
    factors = factor_mentions(scene.text[: form.start])
    if factors:
        return factors[-1].name
    behind = RATIO_FOR.match(scene.text, form.end) if form.kind == "ratio" else None
    if behind and not endpoint_mentions(behind["of"]):
        return behind["of"].strip()
    other = OTHER_SIDE.search(scene.text)  # a side of its own, of which no sentence before spoke
    if other and not any(other["of"].casefold() in name.casefold() for name in scene.study.last_groups[-2:]):
        return ""
    carried = COMPARES.search(scene.text) or re.fullmatch(r"[)\].\s]*", scene.text[form.end :])
    sides = scene.study.last_groups[-2:]
    return " vs ".join(sides) if carried and len(sides) == 2 and not MODELLED.search(scene.text) else ""


RATIO_FOR = re.compile(
    r"[)\]\s]*(?:for|with) (?:an? |the )?(?P<of>[^,.;()]{3,60}?)(?= and (?:was )?\d|,| with | as |[.;]|$)"
)


COMPARES = re.compile(
    r"\b(?:log-?rank|differ\w*|between|vs\.?|versus|respectively|compared|correspond\w*|longer|shorter|higher"
    r"|lower|better|worse|improv\w*|favou?r\w*|reduc\w*|similar|benefit|than|groups|arms)\b|两组|分别",
    re.I,
)


OTHER_SIDE = re.compile(
    r"\b(?:compared (?:with|to)|than(?: with| on)?|versus|vs\.?|relative to) (?!those\b|that\b|the\b|those\b"
    r"|not\b|reached\b|an?\b|in\b)(?P<of>[A-Za-z][\w-]{2,})"
)


WITHOUT_IT = re.compile(r"\bwithout(?: it| them)?(?=[\s.,;()])(?! [a-z]{4})|\bthan (?:the )?(?:others|rest)\b")


SIDED = ("arm", "with", "signed", "side", "zh", "given", "part")


def _near_by(scene, i, form) -> str:
    """What a second ratio of a sentence compares, where groups stand between the ratio before and it: two sides of its
    own, or the sides of the one before within a part of the patients that only it names.
    """
    ratios = [f for f in scene.forms[:i] if f.kind == "ratio"]
    last = next((r for r in reversed(scene.made) if r.statistic in RATIOS), None)
    if form.kind != "ratio" or not ratios or last is None:
        return ""
    names = list(
        dict.fromkeys(m.name for m in scene.groups if ratios[-1].end <= m.start < form.start and m.kind in SIDED)
    )
    if len(names) == 2:
        return " vs ".join(names)
    sides = last.group.split(" vs ")
    if (
        len(names) != 1
        or len(sides) != 2
        or names[0] in sides
        or not (last.part or set(sides) <= set(scene.study.arms))
    ):
        return ""
    return " vs ".join(within(scene.study, side, names[0]) for side in sides)


RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")


def _of_a_group(scene, factor):
    """Whether a factor is a word of a group's name: the poor PS group."""
    return any(m.start <= factor.start < m.end for m in scene.groups if m.kind != "bare")


AS_FACTOR = re.compile(r" (?:as|to be) (?:an? |the |one of the )?(?:[\w-]+ ){0,3}(?:factors?|predictors?|markers?)\s*$")


COX = re.compile(r"\bCox (?:proportional[- ]hazards? )?(?:regression|analys[ie]s|model)", re.I)


SAME_BRACKET = re.compile(
    r"\s*[;,]\s*(?:and\s+)?(?:for |in )?(?:the )?[A-Za-z-]{2,12}(?: [a-z]+)?\s*[:,]?\s*"
)  # ; for PFS HR


MODELLED = re.compile(
    r"associat|predict|differences? (?:with|for)|prognos|independent|risk"
    r" factors?|correlated|adjust(?:ed|ment|ing) for|multivaria|univaria|Cox|因素",
    re.I,
)


LED = re.compile(
    r"(?:^|[,;:]|\b(?:and|or(?! (?:more|higher|greater|above|over|worse|older|longer|less|fewer|later|younger"
    r"|lower)\b)|that|were|was|is|including|namely|whereas|while|but|showed|revealed|identified))\s+|(?:显示|提示"
    r"|表明)[,:]?|(?:^|[)])\s*[和及与、,]\s*(?=[\u4e00-\u9fffA-Z])"
)


RELATED = re.compile(r"^.*\b(?:differences?|associations?|correlations?|improvement) (?:with|for|in|by) ")


LABELLED = re.compile(r"(?:[;\[(]|respectively[;,]?)\s*(?P<of>[^;:\[\]()]*?[A-Za-z][^;:\[\]()]{0,48}):\s*$")


OUTCOME = re.compile(
    r"(?:PFS|OS|survival|models?|analys\w*|death|progression|mortality)\W*$|risk of|factors?\b|predict|[(]$", re.I
)


BRACKETED = re.compile(r"\s*\([^()\d]*\)(?=\s*[(\[])")  # Response (partial or complete) (OR ...


def _last_ratio(scene, i):
    """Where the ratio before a form ends; 0 without one."""
    return next((f.end for f in reversed(scene.forms[:i]) if f.kind == "ratio"), 0)


PER_UNIT = re.compile(
    r"(?:^|[.;,(] ?|\band )(?P<of>(?:[Pp]er|[Ff]or (?:each|every)|[Ee]ach|[Ee]very|[Ww]ith (?:each"
    r"|every)) (?:[^.;(),]|\.(?=\d)){2,70}?)"
    r"(?=,? (?:the|was|were|had|increased|decreased|raised|lowered)\b|,? [(])"
)


MORE_IN = re.compile(
    r"\b(?:more|less) (?:common|frequent|likely|often|prevalent) (?:in|among|with|when|if"
    r"|where) (?P<of>[^,;()]{3,50}?) [(]\s*$"
)


ALSO_OUTCOME = re.compile(  # with longer survival (p) and higher PD-L1 expression (p): an outcome, no factor
    r"^[\s)\]]*,? ?(?:and|with|or) (?:a |an )?(?:\w+ly )?(?:higher|longer|better|lower|shorter|worse|poorer"
    r"|greater|improved|reduced|increased|more|less|fewer) [^.;()]{3,60}[(]\s*$"
)


def _before_bracket(scene, start, form):
    """The factor of a model right before the bracket of its ratio:
    `ECOG PS 2 (HR 2.6, ...) and liver metastases (HR ...)`.
    """
    near = scene.text[start : form.start]
    last = scene.made[-1] if scene.made and scene.made[-1].statistic in ("hazard_ratio", "odds_ratio", "p") else None
    paired = form.kind == "ratio" and form.start in scene.ends_at and re.fullmatch(r"[\s,;\])]*and\s*", near)
    if last and (paired or re.fullmatch(r"[\s,;\])]*", near) or SAME_BRACKET.fullmatch(near) or _and_end(near)):
        return last.patients
    ahead = LABELLED.search(scene.text[: form.start]) if form.kind == "ratio" else None
    limits = ahead and re.fullmatch(r"[<>≥≤\d][^.]*\bvs\.? [<>≥≤\d][^.]*", ahead["of"].strip())
    labelled = ahead if limits else LABELLED.search(near)  # 6-12 vs <3 months: HR
    if labelled and form.kind in ("ratio", "value") and not _only_ends(labelled["of"]):
        return labelled["of"].strip()
    if not MODELLED.search(scene.text) or form.kind not in ("ratio", "value", "p"):
        return ""
    if NO_LONGER.search(near):
        return ""
    significant = SIGNIFICANT.search(near)
    if significant:
        return significant["of"].strip()
    piece = LED.split(BRACKETED.sub(" ", near))[-1]
    words = re.sub(r"\s*[(\[][^()]*$", "", piece) if re.search(r"[(\[]", piece) else ""
    words = AS_FACTOR.sub("", words)
    words = RELATED.sub("", re.sub(r"^[)\]\s]+(?:[是为][^,(]{0,16}因素,)?", "", words).strip())
    adjusted = ADJUSTED.search(words)
    if adjusted:
        return words[adjusted.end() :]
    named = (
        not NO_FACTOR.search(words)
        and 2 < len(words) <= 70
        and not LINKED.match(words)
        and not OUTCOME.search(words)
        and not re.fullmatch(r"[\s,]*respectively[\s,]*", words)
    )
    return words if named and not _only_ends(words) else ""


NO_LONGER = re.compile(r"\b(?:no longer|not|never) (?:statistically )?significant\s*[(\[]$")


SIGNIFICANT = re.compile(
    r"(?:^|[,;:] |\b(?:only|that) )(?P<of>[^,;:()]{3,70}?) (?:was|were|remained"
    r"|proved) (?:\w+ly )?(?:significant|predictive|prognostic)\s*[(\[]$"
)


NO_FACTOR = re.compile(
    r"\b(?:uni|multi)varia(?:te|ble)(?: analys[ie]s)?$|\bbetween (?:the )?(?:two )?(?:groups|arms)\b|\bdid not\b", re.I
)


LINKED = re.compile(
    r"(?:\w+ly )?(?:associated|linked|correlated|related|predictive|prognostic(?= (?:for|of|in|factor"
    r"|significance|value)|$))\b",
    re.I,
)


ADJUSTED = re.compile(r"^.*\b(?:adjust(?:ment|ing|ed)|controlling|correction) for ", re.I)


AND_END = re.compile(
    r"[\s,;\])]*(?:P\s*[=<>]\s*[\d.]+[\s)\]]*)?(?:and|or|as well as|,|;)?\s*(?:(?:for|with|of|the|an?|also"
    r"|both|poor|poorer|worse|shorter|longer|better|improved|inferior|superior|prolonged) )*"
)


def _and_end(near):
    """Whether only a further endpoint stands between two ratios: they are then of the same groups."""
    ends = endpoint_mentions(near)
    last = ends[-1].end if ends else 0
    return (
        bool(ends)
        and bool(AND_END.fullmatch(near[: ends[0].start]))
        and bool(re.fullmatch(r"[\s)]*[(\[:,=]\s*|\s*", near[last:]))
        and _only_ends(near)
    )


def _only_ends(words):
    """Whether words name endpoints and nothing else: they are no group."""
    rest = words
    for m in reversed(endpoint_mentions(words)):
        rest = rest[: m.start] + rest[m.end :]
    return rest != words and not re.search(
        r"[A-Za-z]{4}|[\u4e00-\u9fff]", re.sub(r"\b(?:median|rates?|both|analys[ie]s|outcomes?)\b", "", rest)
    )


def ratio_readings(scene, i, form):
    label = form.text(scene.text, "label")
    statistic = next((n for n, known in named("ratios") if known.fullmatch(label)), "hazard_ratio")
    shares = any(m.kind == "share" for m in scene.ends)
    endpoint = endpoint_at(
        scene, form, ("time",) if statistic == "hazard_ratio" else ("share",) if shares else ("share", "time")
    )
    model = (
        "multivariable" if re.search(r"multivaria|adjusted|adjust(?:ment|ing) for|aHR|多因素", scene.text, re.I) else ""
    )
    model = model or ("Cox regression" if COX.search(scene.text) else "")
    group = compared(scene, i, form)
    if not group:
        return []  # a ratio always compares: of what, is for a person
    event = "" if TERM.search(group) or re.search("adverse events?|toxicit", group) else event_tested(scene, i, form)
    endpoint = event or ("" if _of_several(scene, endpoint) else endpoint)
    return [
        make(
            scene,
            statistic,
            form,
            form.text(scene.sentence.text),
            endpoint=endpoint,
            group=group,
            model=model,
        )
    ]


def _of_several(scene, endpoint):
    """Whether the endpoint of a ratio is only the last of several that the sentence before named."""
    return scene.study.several and not scene.ends and endpoint == scene.study.last_endpoint

"""Whole numbers of a sentence that count: patients of a group, deaths, events, responses, nobody."""

import re

from .adverse import AE_TERMS, adverse_event
from .forms import Form, is_limit
from .phrases import is_share, subject_of
from .scene import make
from .signs import is_decimal
from .words import pattern

NOBODY = re.compile(
    r"\b(?P<n>No|None|Zero|no|none)\b(?: of the)? (?:[\w-]+ )?(?:patients?|subjects?|deaths?|fatalit\w+|grade [345])\b"
    r"(?P<what> (?:ir|TR|TE)?AEs?\b| (?:[\w-]+ )?(?:adverse )?events?\b| toxicit\w+|[^.;]*\b(?:died|death"
    r"|fatal|toxic|treatment-related|discontinu)[^.;]*|(?:(?<=deaths)|(?<=related"
    r" death))[^.;]*)|(?P<zh>无)(?P<wzh>[^,。"
    r";]{0,8}死亡)"
)


NO_RESPONSE = re.compile(
    r"\b(?P<n>No|None|no|none)\b(?: of the)? (?:patients? )?(?:had|achieved|experienced|showed|attained|reached) (?:an?"
    r" )?(?:complete (?:response|remission)|CR\b)"
)


STUDIED = re.compile(
    r"(?:\b(?:studied|included|enrolled|analy[sz]ed|recruited|reviewed|identified|comprised|involved|collected"
    r"|conducted"
    r" (?:on|in)|"
    r"(?:efficacy|safety|outcomes?|records|characteristics)(?: of [^.;\d]{3,50}?)? (?:in|of|from)|(?:study"
    r"|cohort|analysis|series|trial) (?:of|with|in|on|including|involving)|(?:evaluated|studied|investigated"
    r"|assessed|analy[sz]ed|compared)\b[^.;\d]{5,110}\bin|"
    r"performed (?:on|in)|data (?:of|from|on)|a total of|total of|assigned|randomi[sz]ed|registered|accrued"
    r"|evaluated))\s*(?:a total of |data (?:of|from) )?$",
    re.I,
)
WHOLE_STUDY = re.compile(r"\s*(?:[\w-]+ ){0,7}?(?:patients|pts|cases|subjects|participants)\b", re.I)


def _arm_at(scene, i):
    group = scene.assigned.get(i, "")
    return group if any(m.name == group and m.kind in ("arm", "side", "zh") for m in scene.groups) else ""


def nobody(scene):
    """Nought in words: no patient died of toxicity."""
    none = NO_RESPONSE.search(scene.text)
    if none:
        form = Form("worded", *none.span("n"), none.span("n"))
        value = scene.sentence.text[slice(*none.span("n"))]
        return [make(scene, "count", form, value, endpoint="BOR: CR", kind="worded")]
    match = NOBODY.search(scene.text)
    if not match or not re.search(
        r"toxic|treatment|adverse|drug|药|治疗|AEs?\b|grade [345] [\w-]* ?event", match[0], re.I
    ):
        return []
    span = match.span("n") if match["n"] else match.span("zh")
    form = Form("worded", *span, span)
    graded = re.search(r"grade ([345])", match[0])
    what = (
        f"Any event, grade {graded[1]}"
        if graded
        else (
            "Fatal event, grade any"
            if re.search("died|death|fatal|死亡", match[0])
            else "Discontinuation for an adverse event, grade any"
        )
    )
    return [make(scene, "ae_count", form, scene.sentence.text[slice(*span)], endpoint=what, kind="worded")]


def _listed_or_studied(scene, i, form, value):
    """A count of a list of responses, of the patients screened, or of those that a verb says were studied."""
    behind, before = scene.text[form.end : form.end + 60], scene.text[: form.start]
    listed = scene.ends_at.get(form.start, "")
    if is_share(listed):
        return [make(scene, "count", form, value, endpoint=listed, group=scene.assigned.get(i, ""))]
    if re.match(
        r"\s*(?:[\w-]+ ){0,3}(?:patients|cases|subjects) (?:were )?(?:screened|assessed for eligibility)", behind
    ):
        return [make(scene, "count", form, value, endpoint="screened")]
    if re.search(r"\b(?:screened|assessed|invited|approached)(?: (?:a total of|the records of))?\s*$", before):
        return [make(scene, "count", form, value, endpoint="screened")]
    told = re.match(r"\s*(?:patients|cases) with (?:an? )?", behind)
    if told and any(m.name.startswith("BOR") and m.start == form.end + told.end() for m in scene.ends):
        return []
    if STUDIED.search(before) and WHOLE_STUDY.match(behind) and value.lower() not in ("one", "1"):
        return [make(scene, "count", form, value, endpoint="patients included", group=_arm_at(scene, i))]
    return []


LISTED_IN = re.compile(
    r"(?:^|[,:;]|\b(?:and|were|was|with|included|including|developed|had|as))\s*(?P<what>[A-Za-z][\w+/ -]{2,60}?)(?: [(][\w/+-]{2,10}[)])?(?:/[\w /-]{2,50}?(?: [(][\w/+-]{2,10}[)])?)? in\s*$"
)
LIST_GOES_ON = re.compile(r"(?:,? (?:and )?[A-Za-z][\w+/ ()-]{2,90}? in \d+)+ (?:patients|pts|cases|subjects)\b")
LIST_ENDS = re.compile(r"\s*(?:patients|pts|cases|subjects)\b(?=\s*[.,;)]|$)")
LIST_SO_FAR = re.compile(
    r" in \d+(?:, (?:[A-Za-z][\w+/ ()-]{2,90}? in \d+, )*(?:and )?| and )[A-Za-z][\w+/ ()-]{2,90}? in\s*$"
)


ALL_OF_THEM = re.compile(r"\s*(?:[\w-]+ ){0,3}?(?:patients|pts) (?=with |who )")


def _all_of_study(scene, form, value):
    """`Among 134 patients with pneumonitis`, where those are all of the study."""
    behind = ALL_OF_THEM.match(scene.text, form.end)
    before = re.search(r"\b(?:Among|Of|In)(?: the| all| these)? $", scene.text[: form.start])
    named = behind and any(m.start >= form.end and m.start <= behind.end() for m in scene.groups)
    return [make(scene, "count", form, value, endpoint="patients included")] if before and behind and not named else []


def _listed_in(scene, i, form, value):
    """`nivolumab in 11, pembrolizumab in 9, and atezolizumab in 4 patients`."""
    said = LISTED_IN.search(scene.text[: form.start])
    ends = LIST_ENDS.match(scene.text, form.end) and LIST_SO_FAR.search(scene.text[: form.start])
    if not said or not (ends or LIST_GOES_ON.match(scene.text, form.end)) or scene.assigned.get(i):
        return []
    if any(said.start("what") <= m.start < form.start for m in scene.ends):
        return []  # a response is told by its own rule
    adverse = adverse_event(scene, i, form)
    what = re.sub(r"^(?:and|the|were|was|with) ", "", said["what"].strip())
    return [make(scene, "ae_count" if adverse else "count", form, value, endpoint=adverse or what)]


def _behind(scene, i, form):
    """The words behind a number; behind the last one for the first of `97 and 109 PFS events`."""
    run = next((r for r in scene.runs if i in r), [i])
    pairs = [
        scene.text[scene.forms[a].end : scene.forms[b].start] for a, b in zip(run, run[1:], strict=False) if a >= i
    ]
    alone = pairs and all(re.fullmatch(r"\s*(?:and|vs\.?|versus|,|, and)\s*", p) for p in pairs)
    end = scene.forms[run[-1]].end if alone and not any(scene.forms[j].parts for j in run) else form.end
    return scene.text[end : end + 60]


FATAL_BEHIND = re.compile(
    rf"\s*patients?\b[^.;,]{{0,40}}? died (?:of|from) (?:an? )?(?:treatment|toxic|drug|adverse|{AE_TERMS})", re.I
)
ZH_BOTH = re.compile(
    r"\s*例\s*[,、和]\s*[\u4e00-\u9fffA-Z]{1,7}组\s*\d+\s*例(?:患者)?(?:发生|出现)?(?:疾病)?(?P<did>进展|死亡)"
)
OF_THE = re.compile(r"\b(?:Of|Among) (?:the |these |all )?$")


def count_readings(scene, i, form, value):
    """A whole number with a word that counts: patients, deaths, events, n =."""
    if is_decimal(value) or form.parts.get("unit") or is_limit(scene.text, form) or _but(scene.text[: form.start]):
        return []
    told = _listed_or_studied(scene, i, form, value) or _listed_in(scene, i, form, value)
    told = told or _all_of_study(scene, form, value)
    for tell in (_fatal, _events_said, _answered, _of_sex, _included):
        told = told or tell(scene, i, form, value)
    if told:
        return told
    if re.search(r"(?<![A-Za-z])[nN]\s*=\s*$", scene.text[: form.start]):
        return _size_of_group(scene, i, form, value)
    return _of_group(scene, i, form, value) or _of_subjects(scene, i, form, value)


def _fatal(scene, i, form, value):
    """Deaths of the treatment: `2 treatment-related deaths`."""
    behind = _behind(scene, i, form)
    related = r"\s*(?:treatment|drug|toxicity)[- ]related (?:deaths?|fatalit)|\s*deaths? (?:related|attributed|due) to"
    if not re.match(related, behind) and not FATAL_BEHIND.match(behind):
        return []
    about = {"endpoint": "Fatal event, grade any", "group": scene.assigned.get(i, "")}
    return [make(scene, "ae_count", form, value, **about)]


BOTH_DID = re.compile(  # 41 in the one group and 49 in the other had progressed or died
    r"\s*(?:patients )?(?:of the [\w +-]{2,40}?(?: and \d+ of the [\w +-]{2,40}?)?"
    r"|in the [\w +-]{2,50}? (?:group|arm)(?: and \d+ (?:patients )?in the [\w +-]{2,50}? (?:group|arm))?"
    r"|of both groups)"
    r" had (?P<did>progressed or died|progressed|died)\b"
)


def _events_said(scene, i, form, value):
    """Events of a time to event: `with 61 events, median PFS was`, `45 patients died`, `33例进展`."""
    behind, before = _behind(scene, i, form), scene.text[: form.start]
    group = scene.assigned.get(i, "")
    next_end = next((m.name for m in scene.ends if m.start > form.end and m.kind == "time"), "")
    if next_end and re.match(r"\s*events?\b\s*,", behind) and re.search(r"\b[Ww]ith\s*$", before):
        return [make(scene, "events", form, value, endpoint=next_end)]
    did = ZH_BOTH.match(behind)
    if did:
        return [make(scene, "events", form, value, endpoint="OS" if did["did"] == "死亡" else "PFS", group=group)]
    if re.match(r"\s*responders\b", behind) and OF_THE.search(before):
        return [make(scene, "count", form, value, endpoint="ORR", group=group)]
    both = BOTH_DID.match(scene.text, form.end)
    if both:
        return [make(scene, "events", form, value, endpoint="PFS" if "progress" in both["did"] else "OS", group=group)]
    for name in ("OS", "PFS"):
        said = re.match(rf"\s*(?:patients )?(?:{pattern('events', name).pattern})", behind, re.I)
        if said and not re.match(r"\s*(?:of|/)", behind):
            return [make(scene, "events", form, value, endpoint=name, group=group)]
    return []


def _answered(scene, i, form, value):
    """Patients with a best response: `complete response in 1`, `12 had a partial response`."""
    group = scene.assigned.get(i, "")
    told = _response_in(scene, form)
    subjects = pattern("subjects").pattern
    if told and re.match(rf"\s*(?:{subjects})?\s*(?:and|or|in|[,;.)]|$)", _behind(scene, i, form)):
        return [make(scene, "count", form, value, endpoint=told, group=group)]
    response = next((m for m in scene.ends if m.name.startswith("BOR") and 0 < m.start - form.end <= 45), None)
    if response and re.fullmatch(
        r"\s*(?:patients? |pts |cases? |of them )?(?:was |were |had |achieved |showed |experienced |obtained "
        r"|reached |with )?(?:an?"
        r" )?(?:(?:confirmed|unconfirmed|ongoing|durable|additional) )*",
        scene.text[form.end : response.start],
    ):
        return [make(scene, "count", form, value, endpoint=response.name, group=group)]
    return []


def _of_sex(scene, i, form, value):
    """Men, women and smokers: `男41例`, `58 of whom were male`; others `of whom` are patients of that kind."""
    behind, before = _behind(scene, i, form), scene.text[: form.start]
    group = scene.assigned.get(i, "")
    sex = re.search(r"(?:^|[,;:。组者性别])(?P<who>[男女])(?:性|性患者)?\s*$", before)
    if sex and re.match(r"\s*例", behind):
        return [make(scene, "count", form, value, endpoint=sex["who"], group=group)]
    whom = re.match(r"\s*of (?:whom|them|these)\b(?P<did>[^,.;()]{3,60}?)(?= and \d|[,.;(]|$)", behind)
    sex = re.match(r"\s*(?:were )?(?P<who>(?:fe)?male|men|women|males|females)\b", whom["did"]) if whom else None
    if sex:
        return [make(scene, "count", form, value, endpoint=sex["who"], group=group)]
    if whom:
        group = re.sub(r"^(?:had |were |was |received |resumed )", "", whom["did"].strip())
        return [make(scene, "count", form, value, endpoint="patients included", group=group)]
    return []


def _included(scene, i, form, value):
    """Patients of the study: `共纳入86例`, `86例患者中`; then men, women and smokers told by a verb."""
    behind, before = _behind(scene, i, form), scene.text[: form.start]
    group = scene.assigned.get(i, "")
    heads = scene.sentence.zone == "methods" and not before.strip() and not (group or scene.study.total)
    heads = heads and not re.search(r"\b(?:groups?|arms?|cohorts?|while|whereas|others?)\b", scene.text)
    if heads and re.match(
        r"\s*(?:[\w-]+ ){0,4}?(?:patients|pts|participants) (?:received|were treated|underwent|were given)\b", behind
    ):
        return [make(scene, "count", form, value, endpoint="patients included")]
    if re.match(r"\s*(?:例|名)患者(?:中|的?[A-Z]{2,})", behind):
        return [make(scene, "count", form, value, endpoint="patients included")]
    taken = re.match(r"\s*(?:例|名)", behind) and re.search("共|纳入|选取|收治|收集|分析", before)
    ahead = any(m.kind != "bare" and m.end <= form.start for m in scene.groups)
    if taken and (not group or not ahead and re.match(r"\s*(?:例|名)[^,;。]{0,12}[,;]", behind)):
        return [make(scene, "count", form, value, endpoint="patients included")]
    label = re.search(r"[(;]\s*(?P<of>[A-Za-z][\w -]{2,30}),\s*$", before) if re.match(r"\s*[;)]", behind) else None
    if label and re.search(r"\b(?:patients|pts|subjects|participants|cases)\b", before):
        return [make(scene, "count", form, value, endpoint=label["of"], group=group)]  # patients (male, 90; female, 31)
    who = re.match(
        r"\s*(?:were|was) (?P<who>(?:fe)?males?|men|women|(?:(?:non|never|ever|current|former)[- ]?)?smokers)\b", behind
    )
    return [make(scene, "count", form, value, endpoint=who["who"], group=group)] if who else []


def _response_in(scene, form):
    """The response of `complete response in 1 and partial response in 12`; '' for none."""
    last = next((m for m in reversed(scene.ends) if m.end <= form.start and m.kind == "share"), None)
    words = r"\s*(?:(?:was|were) )?(?:(?:seen|observed|achieved|recorded|noted) )?(?:in|by)\s*(?:only )?"
    return last.name if last and re.fullmatch(words, scene.text[last.end : form.start]) else ""


LISTED_DRUG = re.compile(  # Drugs on rechallenge: A (n=4), B ± C (n=2)
    r"\b(?:[Dd]rugs?|[Aa]gents?|[Ii]nhibitors|[Rr]egimens?)\b[^.;:,]{0,40}:(?:[^.;:]*,)?\s*(?:and )?(?P<of>[A-Za-z][^,.;:()]{3,50}?)\s*\(\s*[nN]\s*=\s*$"
)
DRUG_BEFORE = re.compile(
    r"(?<![+\w-])(?<!plus )(?<!\+ )(?P<of>[A-Za-z][a-z]{3,}(?:mab|taxel|platin|trexed|tinib|citabine|poside"
    r"|relbine))\s*[(\[]\s*[nN]\s*=\s*$"
)


PART_BEFORE = re.compile(
    r"\b(?P<what>landmark analysis|subset|evaluable|(?:per-protocol|safety|efficacy)"
    r" (?:set|population|analysis))\b[^,;()]{0,30}[(]\s*[nN]\s*=\s*$"
)


def _but(before):
    """Whether a number is of the few that are left out: all but one."""
    return bool(re.search(r"\b(?:all|everyone|any) (?:but|except(?: for)?) $", before))


def _size_of_group(scene, i, form, value):
    """`(n = 6)` behind a group or a percentage."""
    before = scene.text[: form.start]
    each = re.search(r"\b(?:each|per|either|both) (?:arm|group|cohort)s?,?\s*[(]?\s*[nN]\s*=\s*$", before)
    if each and len(scene.study.arms) > 1:
        return [make(scene, "count", form, value, endpoint="patients included", group=a) for a in scene.study.arms]
    part = PART_BEFORE.search(before)
    if part:
        return [make(scene, "count", form, value, endpoint=part["what"])]
    if re.search(rf"(?<![A-Za-z])(?:{AE_TERMS})\s*[(]\s*[nN]\s*=\s*$", before, re.I):
        event, whom = adverse_event(scene, i, form), scene.assigned.get(i, "")
        return [make(scene, "ae_count", form, value, endpoint=event, group=whom)]
    group = next((m for m in reversed(scene.groups) if m.start < form.start), None)
    dose = re.search(r"[(,;]\s*(?P<g>\d[\d.]* ?(?:mg|g|µg|Gy)(?:/kg|/m2)?(?: [A-Z0-9]+)?),?\s+[nN]\s*=\s*$", before)
    if dose:
        return [make(scene, "count", form, value, endpoint="patients included", group=dose["g"])]
    listed = LISTED_DRUG.search(before)
    if listed:
        return [make(scene, "count", form, value, endpoint=listed["of"])]
    drug = DRUG_BEFORE.search(before)
    several = drug and re.search(r"[±+/][^,;:]{0,3}$|\b(?:plus|with|and|or) $", before[: drug.start("of")])
    if drug and not several and not (group and group.end >= drug.start("of") and group.kind in ("arm", "side")):
        return [make(scene, "count", form, value, endpoint="patients included", group=drug["of"])]
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
        return [make(scene, statistic, form, value, endpoint=last.endpoint, group=last.patients)]
    if not group and not re.search(r"patients?|subjects|cases|study|cohort|患者", scene.text, re.I):
        return []
    return [make(scene, "count", form, value, endpoint=group.name if group else "patients included")]


BOTH_DIED = re.compile(
    r"\s*(?:patients )?in the [\w +-]{2,40}? (?:group|arm)(?: and \w+ (?:patients )?in the [\w +-]{2,40}?"
    r" (?:group|arm))? (?:had )?(?P<did>died|responded)\b"
)


OF_WHICH = re.compile(r"\s*(?:patients |pts )?were (?P<what>[a-z][\w -]{3,40}?)(?=,? (?:of|among) (?:which|whom)\b)")
GIVEN = re.compile(
    r"\s*(?:patients |pts |cases )?(?:were (?:then )?(?:treated with|given)|received"
    r"|had received) (?:the )?(?P<what>[A-Za-z][\w +/-]{2,50}?)(?=[,.;]|$|,? and \d| \()"
)


def _of_group(scene, i, form, value):
    """`29 in the chemotherapy group`, `50 were evaluable`; [] for anything else."""
    behind, before = scene.text[form.end : form.end + 130], scene.text[: form.start]
    assigned = scene.assigned.get(i, "")
    last = scene.made[-1] if scene.made and i else None
    did = BOTH_DIED.match(behind) if assigned else None
    if did:
        statistic, endpoint = ("events", "OS") if did["did"] == "died" else ("count", "ORR")
        return [make(scene, statistic, form, value, endpoint=endpoint, group=assigned)]
    between = scene.text[scene.forms[i - 1].end : form.start] if i else ""
    other = assigned and last and assigned != last.group and re.match(r"\s*[,.;]", behind)
    told = re.search(r"\band\s*$", before) and re.match(r"\s*(?:patients )?(?:in|given|receiving|with|on)\b", behind)
    told = told or other and re.fullmatch(r"[^.;]{0,20}\band (?:the )?[^.;,\d]{2,40}", between)
    if (
        told
        and last is not None
        and (last.statistic == "events" or last.statistic in ("count", "percent") and is_share(last.endpoint))
    ):
        statistic = "events" if last.statistic == "events" else "count"
        return [make(scene, statistic, form, value, endpoint=last.endpoint, group=assigned)]
    if assigned and re.match(
        r"\s*(?:patients?\s*|cases?\s*|例\s*(?:患者)?)?(?:in|were|received|allocated|assigned|randomi[sz]ed|for"
        r"|to|with|underwent|discontinued|continued|switched|resumed|stopped)\b|\s*(?:例\s*(?:患者)?)?为"
        r"|\s*(?:patients?\s*|cases?\s*)?\(",
        behind,
    ):
        return [make(scene, "count", form, value, endpoint="patients included", group=assigned)]
    if any(m.kind == "arm" and m.name == assigned and 0 <= m.start - form.end <= 1 for m in scene.groups):
        return [make(scene, "count", form, value, endpoint="patients included", group=assigned)]  # and 35 docetaxel
    given = (OF_WHICH.match(scene.text, form.end) or GIVEN.match(scene.text, form.end)) if not assigned else None
    if given:
        return [make(scene, "count", form, value, endpoint=given["what"])]
    if re.match(
        r"\s*(?:were|was) (?:evaluated|studied|reviewed|assessed|evaluable|eligible|included|enrolled"
        r"|analy[sz]ed|randomi[sz]ed)",
        behind,
    ):
        what = "evaluable" if "evaluable" in behind[:18] else "patients included"
        return [make(scene, "count", form, value, endpoint=what, group=assigned)]
    return []


def _of_subjects(scene, i, form, value):
    """A number of patients, cases or events with what is said of them."""
    behind = scene.text[form.end : form.end + 60]
    if not re.match(rf"\s*(?:[\w-]+ ){{0,3}}?(?:{pattern('subjects').pattern})", behind, re.I):
        return []
    subject, group = subject_of(scene, i, form)
    adverse = adverse_event(scene, i, form)
    if re.match(r"\d", subject or ""):
        subject = "patients included"  # the median OS for 132 patients was 45.3 months
    if subject == "patients included" or re.fullmatch(
        r"(?:patients|cases|subjects|participants|例|例患者)?", subject or ""
    ):
        subject = "patients included"
        group = group if any(m.name == group and m.kind in ("arm", "side", "zh") for m in scene.groups) else ""
        group = "" if re.search(r"\ba total of\s*$", scene.text[: form.start], re.I) else group
    if adverse and not re.match(r"\s*(?:\w+ )?(?:patients|例)[^.;]*(?:included|enrolled|analy)", behind):
        return [make(scene, "ae_count", form, value, endpoint=adverse, group=group)]
    return [make(scene, "count", form, value, endpoint=subject, group=group)]


def worded_readings(scene, i, form):
    return count_readings(scene, i, form, form.text(scene.sentence.text))

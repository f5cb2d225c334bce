"""What stands above the numbers of a sentence: the patients whom its head names, and the groups within them."""

import re

from .mentions import Mention


def within(study, group: str, part: str) -> str:
    """The name of the patients of a group within a part of all, as `A, with brain metastases`; the study keeps both."""
    name = f"{group}, {part}"
    study.parts[name] = (group, part)
    return name


def group_and_part(study, name: str) -> tuple[str, str]:
    """The group and the part of all patients that a name stands for; of `X vs Y` the part that both sides share."""
    if name in study.parts:
        group, part = study.parts[name]
        inner, more = group_and_part(study, group)
        return inner, ", ".join(filter(None, [more, part]))
    both = name.split(" vs ")
    sides = [group_and_part(study, side) for side in both] if len(both) == 2 else []
    if sides and sides[0][1] and sides[0][1] == sides[1][1]:
        return " vs ".join(side[0] for side in sides), sides[0][1]
    return name, ""


def head_of(scene) -> Mention | None:
    """The patients whom the head of a sentence names: `Among patients who responded, ...`."""
    scope = next((m for m in scene.groups if m.kind == "with"), None)
    if scope is None or not SCOPE.fullmatch(scene.text[: scope.start]):
        return None
    ended = HEAD_END.match(scene.text, scope.end) or scene.text[scope.end - 1] == ","
    return scope if ended else None


SUBJECT_OF_RATIO = re.compile(  # a TTP of 6 months or more was protective (HR: what the ratio is of, up to the verb
    r"(?:^|[;:,] |\) )(?:(?:and|but|whereas|while|although|that|only|an?|the) )*(?P<of>(?:[^,;:()]"
    r"|\([^()]*\)){3,90}?) (?:was|were|is|are|remained|proved|appeared|stayed)"
    r" (?:\w+ly |also |an? |independent |significant(?= \w+[ (]) )*(?:protective|detrimental|harmful"
    r"|favou?rable|adverse|unfavou?rable|significant|prognostic|predictive)(?: factors?)?"
    r"(?: (?:on|in|at|by|after) (?:the )?(?:MVA|UVA|(?:multi|uni)varia\w+|adjust\w+)(?: analys[ie]s| model)?)?\s*[(\[]"
    r"(?=(?:a|adjusted )?(?:HR|OR|RR|hazard|odds)\b)"
)
SCOPE = re.compile(r"\s*(?:(?:Among|In|For|Within|Of) (?:the |those )?(?:\d+ and \d+ )?(?:[a-z][\w-]* ){0,2})?")
HEAD_END = re.compile(r"(?:\s*\((?:[^()\d]*|\s*[nN]\s*=\s*\d+\s*|\s*[<>≥≤]=?\s*\d+ ?%?)\)[^,.;()\d]{0,40})?,")
HEADED = re.compile(
    r"(?:Among|In|For|Within|Of) (?:the |all |those |\d+ )*(?!these )(?:[\w-]+ )?(?:patients|pts|those"
    r"|individuals|subjects|participants|cases|tumou?rs)"
    r" (?P<g>(?:with|without|who|whose|aged|harbou?ring|receiving|having|expressing|re-?challenged after"
    r"|re-?treated after) (?:[^,()]|,(?=\d))+?)(?=\s*(?:\([^()]*\))?,)"
)


def headed_by(text: str) -> list[Mention]:
    """The patients that head a sentence, `In patients with PD-L1 ≥ 1%, ...`, up to its comma, whatever their words."""
    said = HEADED.match(text)
    if (
        not said
        or len(said["g"]) > 90
        or re.search(r"\b(?:was|were|had) (?:\w+ )?\d", said["g"].replace("whose", "")[-40:])
        and "whose" not in said["g"]
    ):
        return []
    return [Mention("with", said["g"].strip(), *said.span("g"))]


SUBJECT_OF = re.compile(
    r"(?:(?:The |the |[Mm]edian |[Ee]stimated )*(?:overall |progression-free )?(?:survival|OS|PFS|m?OS|m?PFS"
    r"|ORR|response rates?|benefit)(?: \([A-Z]+\))?,? (?:in|for|among|of)"
    r" (?:the |those |patients )*|(?:The )?[Pp]atients in (?:the )?)(?:\w+ )?",
    re.I,
)
DID = re.compile(
    r"(?: (?:population|subgroup|subset|cohort|group|patients))?(?:\s*\([^()]*\))?,? (?:also "
    r"|significantly )*(?:was|were|had|showed|derived|experienced|favou?red)\b"
)


def part_of(scene) -> Mention | None:
    """The part of all patients that the subject of a sentence names, where its numbers are set against each other by
    the arms: `Overall survival in the X population was longer with A than with B`.
    """
    arms = scene.study.arms if len(scene.study.arms) == 2 else []
    others = [m for m in scene.groups if m.kind in ("with", "signed", "side", "subject") and m.name not in arms]
    if len({m.name for m in others}) != 1 or not any(m.name in arms for m in scene.groups):
        return None
    lead = scene.text[: others[0].start]
    return others[0] if SUBJECT_OF.fullmatch(lead) and DID.match(scene.text, others[0].end) else None


def _arms_of(scene, part):
    """Give both arms a pair of numbers that was taken for those of one arm and of the part that the subject names."""
    named = list(dict.fromkeys(m.name for m in scene.groups if m.name in scene.study.arms))
    for run in scene.runs if part else ():
        names = [scene.assigned.get(i, "") for i in run]
        if len(run) == 2 and part.name in names:
            both = [*named, *(a for a in scene.study.arms if a not in named)]
            scene.assigned |= dict(zip(run, both[:2], strict=True))


def within_scope(scene):
    """`Among patients who responded to prior therapy, PFS was ... in the A and B groups`: of those of each group."""
    scope = head_of(scene)
    if scope is None:
        scope = part_of(scene)
        _arms_of(scene, scope)
    if scope is None:
        return
    divided = {m.name for m in scene.groups if m.kind in ("arm", "subject", "side", "pair")}
    arms = scene.study.arms if len(scene.study.arms) > 1 else []
    divided |= {f"not {name}" for name in divided} | set(arms)
    scene.assigned |= {i: within(scene.study, g, scope.name) for i, g in scene.assigned.items() if g in divided}


COHORT_HEAD = re.compile(r"\s*(?:\([^()]{1,20}\))?\s*中?\s*[,，]")


def cohort_head(scene) -> Mention | None:
    """The group that heads a sentence by its name: `In the treated cohort, ...`."""
    head = next((m for m in scene.groups if m.start <= 12 and m.kind in ("side", "zh", "arm")), None)
    listed = head and any(
        0 <= m.start - head.end <= 3 and m.kind != "with" for m in scene.groups
    )  # low, middle and high risk
    return head if head and not listed and COHORT_HEAD.match(scene.text, head.end) else None


def within_cohort(scene):
    """`In the treated cohort, PFS was ... in the A and B groups`: of those of each group, also in the sentences behind
    that name the same groups.
    """
    head = cohort_head(scene)
    given = {g for g in scene.assigned.values() if not head or g != head.name}
    if head and len(given) >= 2 and not (head.name in scene.study.arms and given & set(scene.study.arms)):
        scene.study.cohort, scene.study.cohort_groups = head.name, given
    elif head or not given or given != scene.study.cohort_groups or all(m.kind != "time" for m in scene.ends):
        return
    cohort = scene.study.cohort
    scene.assigned |= {i: within(scene.study, g, cohort) for i, g in scene.assigned.items() if g in given}


def heads_sentence(scene, runs):
    """The one group that heads a sentence, `In the continued
    group, ...`, is that of its numbers behind a semicolon too.
    """
    heads = [m for m in scene.groups if m.kind in ("arm", "side", "zh", "with")]
    heads = [m for m in heads if m.start <= 8 or m.kind == "with" and COUNTED_HEAD.fullmatch(scene.text[: m.start])]
    alone = heads and len({m.name for m in scene.groups if m.kind != "bare"}) == 1
    if alone and re.match(r"\s*,", scene.text[heads[0].end :]):
        for i in (i for run in runs for i in run if scene.forms[i].start > heads[0].end):
            scene.assigned.setdefault(i, name_of(scene, heads[0]))


COUNTED_HEAD = re.compile(r"(?:Of|Among) (?:the |these )?\d[\d,]* (?:\([^()]*\) )?")  # patients with X, a (..) had Y


COMBINED = re.compile(
    r"(?:(?:who )?(?:receiv\w+|given|on|treated with|assigned to) (?:the )?)?combin(?:ation|ed)(?:"
    r" (?:therapy|treatment|arm|group))?",
    re.I,
)


def name_of(scene, mention):
    """The name of a mention: the other group is named as what the first is not."""
    arms = scene.study.arms
    if COMBINED.fullmatch(mention.name):
        added = [a for a in arms if re.search(r"\+|\bplus\b|combin", a, re.I)]
        return added[0] if len(arms) == 2 and len(added) == 1 else mention.name
    if mention.kind != "others":
        return mention.name
    if re.match("non-?responders", scene.text[mention.start :], re.I):
        return "non-responders"
    earlier = [m for m in scene.groups if m.start < mention.start and m.kind != "others"]
    if earlier:
        return f"not {earlier[-1].name}"
    said = re.match(r"(?:those|patients) (?P<g>(?:with|who) [^,.;()]{3,50})", scene.text[mention.start :], re.I)
    words = said["g"].strip() if said else "others"
    return arms[1] if len(arms) == 2 else "" if re.fullmatch(r"who (?:had|did) not", words) else words

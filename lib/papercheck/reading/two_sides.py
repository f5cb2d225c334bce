"""Two numbers beside one group: whether they are of its two sides, and which side is which."""

import re

from .held import number as as_number
from .scope import HEAD_END, group_and_part, name_of, within

NO_SIDE = re.compile(r"m?PFS\d?|m?OS|ORR|DCR|DOR|ICIs?|IO|NSCLC|PD-?1|PD-?L1|CTLA-?4|AEs?|irAEs?", re.I)


EITHER = re.compile(
    r"(?P<lead>who|with|receiving) (?P<a>[\w -]+?) (?:or|and) (?:(?:who|with|receiving|were|had) )?(?P<b>[\w -]+)"
)


def is_comparison(scene, run):
    """Whether the numbers of a run are set against each other: whose they are is then no matter of all patients."""
    known = (
        all(i in scene.course_at for i in run)
        or all(i in scene.at_time for i in run)
        or all(scene.forms[i].start in scene.ends_at for i in run)
    )
    pairs = [scene.text[scene.forms[a].end : scene.forms[b].start] for a, b in zip(run, run[1:], strict=False)]
    return not known and any(re.search(r"\bvs?\b|versus|compared|against|比|对", p) for p in pairs)


MORE = r"longer|higher|better|greater|superior|improv\w+|prolong\w+|more|increas\w+|favou?rable|benefit\w*"
LESS = r"shorter|lower|worse|poorer|inferior|reduc\w+|decreas\w+|less|fewer|unfavou?rable|impair\w+"
DIRECTION = re.compile(rf"\b(?:(?P<more>{MORE})|{LESS})\b", re.I)


def pair_of_one(scene, run, mention):
    """The two groups of a pair of numbers that only one mention names; [] when it tells none.

    Which number is whose, and that there is a second side at all, rests on the word of the comparison: where it says
    `shorter in X`, the smaller number is that of X. Without such a word, the sides are for a person.
    """
    names = _pair_of_one(scene, run, mention)
    name = name_of(scene, mention)
    told = [n for n in names if n != name and (n == f"not {name}" or n in scene.study.arms)]
    if not told or name not in names or within_name(names):
        return names
    return _as_the_word_says(scene, run, mention, [_counterpart(scene, name) or n if n in told else n for n in names])


def within_name(names):
    """Whether the sides of a pair are groups within one part."""
    return all(", " in n for n in names)


def _counterpart(scene, name):
    """The other one of the two groups that the sentences before set side by side; ''."""
    two = scene.study.last_run
    return next((n for n in two if n != name), "") if len(two) == 2 and name in two else ""


def _as_the_word_says(scene, run, mention, names):
    """The two sides in the order of their numbers, by the word that says whose is larger; [] where no word does, and
    where the word contradicts the numbers of `X had longer ...`, whose order is the sides'.
    """
    first, name = scene.forms[run[0]].start, name_of(scene, mention)
    opened = scene.text.rfind("(", 0, first)
    stop = opened if opened > scene.text.rfind(")", 0, first) else first
    start = max(scene.text.rfind(sign, 0, stop) for sign in (";", ". ")) + 1
    words = list(DIRECTION.finditer(scene.text, start, stop))
    one, two = (_amount(scene, i) for i in run)
    if not words or None in (one, two) or one == two:
        return names if words else []
    larger = bool(words[-1]["more"]) != bool(SECOND.search(_lead_of(scene, mention)))
    at = int(larger != (one > two))  # where the number of the named side stands
    if names[at] == name:
        return names
    return names[::-1] if words[-1].end() <= mention.start else []


def _amount(scene, i):
    """The number of a form; one that is not reached is above all others."""
    form = scene.forms[i]
    return float("inf") if form.kind == "open" else as_number(form.text(scene.text))


def _pair_of_one(scene, run, mention):
    name, arms = name_of(scene, mention), scene.study.arms
    both = re.search(r"(\S+) and (\S+)$", name)
    if both and all(re.match(r"[A-Z]", w) and not NO_SIDE.fullmatch(w) for w in both.groups()):
        return list(both.groups())  # after AR and RR (7.0 months vs 2.1 months)
    with_without = re.fullmatch(r"with(?P<a>out)? (?:and|or|vs\.?|versus) with(?P<b>out)? (?P<what>.+)", name)
    if with_without:
        return [f"with{with_without[k] or ''} {with_without['what']}" for k in ("a", "b")]
    between = re.search(r"\bbetween (?:the )?(?:patients |those |pts )?$", scene.text[: mention.start + 9])
    between = between or re.search(r"\bbetween $", scene.text[: mention.start])
    behind = mention.start >= scene.forms[run[-1]].end
    either = EITHER.fullmatch(name) if (behind or between) and is_comparison(scene, run) else None
    if either:
        return [f"{either['lead']} {either['a']}", f"{either['lead']} {either['b']}"]
    if name == "non-responders":
        return (
            ["responders", name] if re.match(r"[^.;]{0,40}\bnon-?resp", scene.text[scene.forms[run[-1]].end :]) else []
        )
    if mention.kind == "others" and name.startswith("not "):
        return [name.removeprefix("not "), name]
    if behind and re.search(r"\bcompared\b", scene.text[scene.forms[run[0]].end : scene.forms[run[1]].start]):
        return [f"not {name}", name]  # 7.1 months, compared to 2.7 months for those with X
    if len(arms) == 2 and _scope_behind(scene, run, mention):
        scene.consumed.add(mention.start)
        return [within(scene.study, arm, name) for arm in arms]
    if led_by(scene, mention):
        return []
    if _second_side(scene, mention, scene.forms[run[0]].start):
        return [*(a for a in arms if len(arms) == 2 and name in arms and a != name), f"not {name}"][:1] + [name]
    if len(arms) == 2 and name in arms:
        more = re.search(
            r"(?:higher|longer|lower|shorter|better|worse|more|less|fewer|greater|frequent)",
            scene.text[: mention.start],
        )
        sides = [group_and_part(scene.study, g)[0] for g in scene.study.last_run]
        if NO_DIFFERENCE.search(scene.text[: mention.start + 7]) and len(sides) == 2 and not set(sides) & set(arms):
            return [within(scene.study, side, name) for side in sides]
        return [name, *(a for a in arms if a != name)] if more else list(arms)
    return [name, f"not {name}"]


NO_DIFFERENCE = (
    re.compile(  # no difference was seen in arm A (10.1 vs 9.0): of the sides that the sentence before compared
        r"\b(?:no (?:significant |such |clear )*(?:differences?|benefit|advantage|association)|similar|comparable"
        r"|not differ\w*)\b[^.;\d]{0,40}\b(?:in|with|for|among)\b[^.;\d]{0,8}$",
        re.I,
    )
)


SECOND = re.compile(
    r"\b(?:than|compared (?:with|to)|as against|relative to)(?: (?:that|those))?(?: (?:in|of|for"
    r"|with))?(?: the)?(?: \d+)? $",
    re.I,
)


def _second_side(scene, mention, first):
    """Whether a group before its pair is what another was set against: longer than in the 17 patients who stopped."""
    if mention.end > first or not re.search(r"[A-Za-z]", scene.text[: mention.start]):
        return False
    words = _lead_of(scene, mention)
    head = re.split(r"[.;]\s", words)[-1]
    return bool(SECOND.search(words)) and not re.match(r"\s*(?:when |as )?compared", head, re.I)


SCOPE_LED = re.compile(r"(?:(?:For|In|Among|Of|Within) (?:the )?(?:\d+ and \d+ )?)?$")


def _lead_of(scene, mention):
    """The words up to the name of a group."""
    name = scene.text.find(mention.name.split()[0], mention.start, mention.end)
    return re.sub(
        r"(?:patients|pts|those|individuals|subjects) $", "", scene.text[: name if name >= 0 else mention.start]
    )


def led_by(scene, mention):
    """Whether a group heads the sentence: `For patients with relapsed NSCLC, ...` divides no numbers of it."""
    head = re.match(SCOPE_LED, scene.text[: mention.start].lstrip())
    return mention.kind == "with" and bool(head) and bool(HEAD_END.match(scene.text, mention.end))


COMPARED_TO = re.compile(r"(?:^|[.;)])\s*(?:When |As )?[Cc]ompared(?: (?:to|with)(?: the)?)?\s*$")


def plain_pair(scene, run):
    """Two values of one time to event, `was 46% and 33%`: of the two groups that were set side by side before."""
    between = scene.text[scene.forms[run[0]].end : scene.forms[run[1]].start]
    times = {m.name for m in scene.times}
    ends = {m.name for m in scene.ends}
    timed = all(m.kind == "time" for m in scene.ends)
    return timed and len(ends) == 1 and len(times) < 2 and bool(re.fullmatch(r"[\s)%]*(?:months?)?\s*and\s*", between))


def _scope_behind(scene, run, mention):
    """Whether the patients of a comparison of two arms stand behind its numbers: 36% vs 12% among those without."""
    last = scene.forms[run[-1]].end
    lead = re.search(r"\b(?:among|in) (?:the )?$", scene.text[: mention.start])
    versus = re.search(r"\bvs?\b|versus", scene.text[scene.forms[run[0]].end : scene.forms[run[-1]].start])
    return bool(mention.kind in ("with", "signed") and mention.start >= last and lead and versus) and not (
        mention.name in scene.study.arms or any(m.kind == "others" for m in scene.groups)
    )

"""The groups of the numbers of a sentence: each run of numbers gets those that the words around it name."""

import re

from .attached import label_numbers
from .scope import group_and_part, heads_sentence, name_of, within, within_cohort, within_scope
from .two_sides import COMPARED_TO, is_comparison, led_by, pair_of_one, plain_pair


def groups_of(scene, runs):
    """Give each form of a scene its group (`assigned`) and, in a list of times, its time (`at_time`)."""
    if len(scene.times) > 1:
        _times(scene, runs)
    _sides(scene, runs)
    for k, run in enumerate(runs):
        if not all(i in scene.assigned for i in run):
            _of_run(scene, runs, k)
    heads_sentence(scene, runs)
    told = list(dict.fromkeys(scene.assigned[i] for run in runs for i in run if i in scene.assigned))
    scene.study.last_run = told if len(told) == 2 else scene.study.last_run
    head = HEAD_COUNT.match(scene.text)  # among 90 patients who could be judged, AX was better
    if head and scene.forms and not any(m.start < head.end() for m in scene.groups):
        first = scene.forms[0]
        if head.start("n") <= first.start < head.end("n"):
            scene.assigned.pop(0, None)
    _of_graded_list(scene)
    _of_the_rest(scene)
    scene.unplaced |= {i for i in (r[0] for r in runs if len(r) == 1) if _other_side(scene, i)}
    scene.unplaced |= _set_against_a_group(scene, runs) | _half_told(scene, runs)
    label_numbers(scene)
    within_scope(scene)
    within_cohort(scene)


def _of_run(scene, runs, k):
    """Give the forms of one run their groups: of its window, the next run, its clause or the last run."""
    run, start = runs[k], _window_start(scene, runs, k)
    end = scene.forms[runs[k + 1][0]].start if k + 1 < len(runs) else len(scene.text)
    if FROM_TO.search(scene.text[: scene.forms[run[0]].start]) and len(run) == 2 and len(scene.courses) < 2:
        scene.unplaced |= set(run)  # improved OS from 6 to 8 months: of whom, no word beside them says
        return
    names = _names(scene, run, start, end)
    if not any(names) and is_comparison(scene, run):
        scene.unplaced |= set(run)
    if not any(names) and len(run) == 1 and k + 1 < len(runs):
        names = [_of_next(scene, run[0], runs, k)]
    if not any(names) and k and len(run) == 1:
        names = [_of_clause(scene, runs[k][0]) or _of_owner(scene) or _of_last(scene, runs, k)]
    if len(set(names)) > 1 and all(names):
        scene.study.last_run = names
    several = len({m.name for m in scene.groups if m.kind in ("arm", "side", "zh")})
    for i, name in zip(run, names, strict=True):
        if name:
            scene.assigned[i] = name
            if name not in scene.study.last_groups[-max(2, min(several, 4)) :]:
                scene.study.last_groups.append(name)


FROM_TO = re.compile(r"\bfrom (?:an? |the )?(?:median (?:[\w-]+ )?(?:of )?)?$", re.I)


HEAD_COUNT = re.compile(r"(?:Among|Of|In) (?:the )?(?P<n>\d[\d,]*) (?:[\w-]+ ){0,3}?(?:patients|pts)\b[^,;.()\d]*,")


IN_GRADED_LIST = re.compile(r"[)\]%,\s]*(?:and )?grades? \d[^,;()\[\]]{2,45}[(\[]\s*(?:n\s*=\s*)?", re.I)


def _of_graded_list(scene):
    """The group behind a list of events by their grades is that of each: `grade 3 X (n=1), grade 2 Y (n=1) in A`."""
    shares = [i for i, f in enumerate(scene.forms) if f.kind == "share"]
    for one, two in reversed(list(zip(shares, shares[1:], strict=False))):
        between = scene.text[scene.forms[one].end : scene.forms[two].start]
        if two in scene.assigned and one not in scene.assigned and IN_GRADED_LIST.fullmatch(between):
            scene.assigned[one] = scene.assigned[two]


REST = re.compile(r"(?:In|Of|Among|For) the (?:remaining|other|rest of)\b[^,;]{3,90}, ")


def _of_the_rest(scene):
    """Numbers behind `in the remaining 13 patients, ...` are of some whom no word of the sentence names."""
    said = None if scene.groups else REST.match(scene.text)
    if said:
        scene.unplaced |= {i for i in range(len(scene.forms)) if i not in scene.assigned}


def _other_side(scene, i):
    """Whether a number is set against another one, `v 3.2 months`, and nothing says whose it is."""
    told = i in scene.assigned or i in scene.course_at or i in scene.at_time
    return not told and bool(re.search(r"\d[^.;]*\b(?:vs?\.?|versus)\s*$", scene.text[: scene.forms[i].start]))


def _half_told(scene, runs):
    """Numbers of a list of which some have a group and others none: whose those are, no word tells."""
    made = set()
    for run in (r for r in runs if len(r) > 1):
        told = [i for i in run if i in scene.assigned]
        apart = {(scene.ends_at.get(scene.forms[i].start, ""), scene.at_time.get(i, "")) for i in run}
        if told and len(told) < len(run) and len(apart) == 1 and not any(i in scene.course_at for i in run):
            made |= set(run) - set(told)
    return made


AGAINST = re.compile(
    r"[^.;\d]{0,30}\b(?:compared (?:to|with)|versus|vs\.?|as against)[^.;\d]{0,30}"
    r"|[)%\]\s]*(?:months?)?\s*(?:in|for|among|with) (?!all\b|the (?:whole|entire|overall|total"
    r"|full)\b)[^.;,\d]{1,40} and ",
    re.I,
)


def _set_against_a_group(scene, runs):
    """Numbers of nobody that are set against one of a group, `18 months, compared to 14 for chemotherapy`."""
    made = set()
    for one, two in zip(runs, runs[1:], strict=False):
        known = one[0] in scene.assigned or one[0] in scene.course_at or one[0] in scene.at_time
        between = scene.text[scene.forms[one[-1]].end : scene.forms[two[0]].start]
        if len(one) == len(two) == 1 and not known and two[0] in scene.assigned and AGAINST.fullmatch(between):
            made.add(one[0])
    return made


def _sides(scene, runs):
    """Whose the sides of a comparison are that list several endpoints: `2.4 and 9.3 v 2.9 and 10.1 months`."""
    for sides in scene.sides:
        k, heads = runs.index(sides[0]), [side[0] for side in sides]
        end = scene.forms[runs[k + len(sides)][0]].start if k + len(sides) < len(runs) else len(scene.text)
        names = _names(scene, heads, _window_start(scene, runs, k), end, apart=True)
        if not all(names):
            scene.unplaced |= {i for side in sides for i in side}
            continue
        scene.assigned |= {i: name for side, name in zip(sides, names, strict=True) for i in side}
        scene.study.last_groups += [n for n in names if n not in scene.study.last_groups[-len(names) :]]


def _window_start(scene, runs, k):
    """Where the words of a run begin: behind the run before, or the last full stop of a clause."""
    first = scene.forms[runs[k][0]].start
    behind = scene.forms[runs[k - 1][-1]].end if k else 0
    stops = [m.end() for m in re.finditer(r"[;。]", scene.text[:first])]
    return max([behind, *stops[-1:]]) if k else (stops[-1] if stops else 0)


def _times(scene, runs):
    for run in runs:
        if len(run) < 2 or all(i in scene.at_time for i in run):
            continue
        first = scene.forms[run[0]].start
        before = [m for m in scene.times if m.start < first]
        together = [m for m in before if m.start == before[-1].start] if before else []
        behind = [m for m in scene.times if m.start >= scene.forms[run[-1]].end]
        times = together if len(together) == len(run) else behind if len(behind) == len(run) else []
        if not times and before and len(before) >= 2:  # a list of times given once for several runs
            shared = [m for m in scene.times if m.start == scene.times[0].start]
            times = shared if len(shared) == len(run) else []
        for i, mention in zip(run, times, strict=False):
            scene.at_time[i] = mention.name


def _names(scene, run, start, end, apart=False):
    """The groups of a run, one each; '' where all patients are meant or nothing is said. `apart`: the numbers are of
    the same endpoint and time.
    """
    by_time = len(run) > 1 and not apart and _differ(scene, run)
    first, last = scene.forms[run[0]].start, scene.forms[run[-1]].end
    subject = [m for m in scene.groups if m.kind == "subject" and m.end <= first][-1:]
    mentions = [m for m in scene.groups if (start <= m.start < end or m in subject) and m.kind != "bare"]
    mentions = [m for m in mentions if m.start not in scene.consumed and (m.kind != "subject" or m.end <= first)]
    if any(m.kind == "subject" for m in mentions):
        mentions = [m for m in mentions if not led_by(scene, m)]
    bare = [m for m in scene.groups if start <= m.start < end and m.kind == "bare"]
    before = [m for m in mentions if m.end <= first]
    after = [m for m in mentions if m.start >= last and _bound(scene.text[last : m.start])]
    after = [m for m in after if not CLAUSE.match(scene.text, scene.text.rfind(",", 0, m.start + 1))]
    after = [m for m in after if not re.match(r"\s*,\s*n\s*=", scene.text[m.end :])]  # its own size follows
    after = [m for m in after if not ("," in scene.text[last : m.start] and OWN_NUMBER.match(scene.text, m.end))]
    after = [
        m for m in after if not (before and re.match(r"\s*(?:had |of |was )?\d", scene.text[m.end :]))
    ]  # of its own number
    inside = [m for m in mentions if first <= m.start and m.end <= last]
    if len(run) == 1 and EVERYBODY.search(scene.text[max(start, scene.text.rfind(";", 0, first)) : first]):
        return [""]
    told = BETWEEN_THEM.search(scene.text[start:first])
    if told and len(run) == len(scene.study.arms) == 2 and not [m for m in before if m.start > start + told.start()]:
        known = scene.study.last_run
        return list(known if set(known) == set(scene.study.arms) else scene.study.arms)
    labels = [m for m in mentions if m.kind == "label" and 0 <= first - m.end <= 8]
    if labels:
        return [labels[-1].name] * len(run)
    if len(run) == 1 and len(inside) == 1:
        return [name_of(scene, inside[0])]
    if len(run) == 1 or by_time:
        return [_single(scene, before, after, bare, first)] * len(run)
    return _several(scene, run, [m for m in mentions if m.start < last or m in after], before, after)


OWN_NUMBER = re.compile(r"\s*(?:had |of |was |为)?\s*\d[\d.]*\s*(?:%|months?|mos?\b|个月)")


EVERYBODY = re.compile(
    r"\b(?:for|in|among|across) (?:the )?(?:entire|whole|overall|total|full) (?:study )?(?:cohort|population"
    r"|group|series|set|sample)\b,?[^.;,]{0,40}$",
    re.I,
)


CLAUSE = re.compile(
    r",\s*(?:the )?(?:patients|those|pts|individuals|subjects)\b(?:[^.;]|\.(?=\d)){0,80}? (?:had|showed"
    r"|achieved|experienced)\b"
)


BETWEEN_THEM = re.compile(r"\bbetween (?:the )?(?:two |both )?(?:treatment )?(?:groups|arms|cohorts)\b[^.;\d]{0,20}$")


def _differ(scene, run):
    """Whether the numbers of a run are told apart by their times or endpoints, and not by groups."""
    told = {(scene.ends_at.get(scene.forms[i].start, ""), scene.at_time.get(i, "")) for i in run}
    return len(told) == len(run)


def _of_next(scene, i, runs, k):
    """The group of `12.2 months among 292 patients in the nivolumab group` stands behind its size."""
    following = scene.forms[runs[k + 1][0]]
    between = scene.text[scene.forms[i].end : following.start]
    if re.fullmatch(r",? and (?:partial|stable|progressi)[a-z]*(?: [a-z]+)? in ", between):
        end = scene.forms[runs[k + 2][0]].start if k + 2 < len(runs) else len(scene.text)
        names = _names(scene, runs[k + 1], following.start, end)
        return names[0] if names else ""
    if not re.fullmatch(r"\s*[)\]]?\s*(?:among|in|for|of)\s+(?:the )?", between):
        return ""
    end = scene.forms[runs[k + 2][0]].start if k + 2 < len(runs) else len(scene.text)
    after = [m for m in scene.groups if following.end <= m.start < end and m.kind in ("arm", "side", "zh")]
    return name_of(scene, after[0]) if after else ""


def _of_clause(scene, i):
    """The group that heads a clause of several numbers: in the combination group 2 had CR, 6 had PR."""
    first = scene.forms[i].start
    start = max([m.end() for m in re.finditer(r"[;。]", scene.text[:first])], default=0)
    numbers = [f.start for f in scene.forms if f.start >= start]
    heads = [m for m in scene.groups if start <= m.start and m.end <= min(numbers) and m.kind in ("arm", "side", "zh")]
    inside = [m for m in scene.groups if min(numbers) < m.start < first and m.kind != "bare"]
    return name_of(scene, heads[-1]) if len({m.name for m in heads}) == 1 and not inside else ""


FURTHER = re.compile(
    r"[\s)\]]*(?:\([^()]*\)|\[[^\[\]]*\])?[\s)\]]*,?\s*(?:and|with|,)\s+(?:an?|the|its|their)?\s*"
    r"(?:[\w-]+ ){0,2}?(?:median|mean|m?(?:PFS|OS)\b|ORR|DCR|[\w-]+ survival|(?:objective|overall) response"
    r"|disease control)[^.;:,\d]{0,50}$",
    re.I,
)


def _of_last(scene, runs, k):
    """The one group a sentence has named so far, of its further results: `had a PFS of 37 and a median OS of 58`."""
    between = scene.text[scene.forms[runs[k - 1][-1]].end : scene.forms[runs[k][0]].start]
    named = {m.name for m in scene.groups if m.start < scene.forms[runs[k][0]].start and m.kind != "bare"}
    told = {g for g in scene.assigned.values()}
    everyone = re.search(r"\b(?:overall|whole|entire|total|all|full)\b(?! (?:survival|response))", between, re.I)
    alone = len(named) == 1 == len(told) and len(runs[k - 1]) == 1
    return told.pop() if alone and not everyone and FURTHER.fullmatch(between) else ""


def _of_owner(scene):
    """The group whose possession heads the sentence, where it
    names no other: `LTSs' PFS was 28.4 months; OS was ...`.
    """
    others = [m for m in scene.groups if m.kind != "owner"]
    owner = next((m for m in scene.groups if m.kind == "owner" and m.start <= 2), None)
    return owner.name if owner and not others else ""


def _bound(between):
    """Words between a number and the group named behind it that still bind the two."""
    parted = (
        r"[;。]|\.\s|\bwhereas\b|\bwhile\b|\bthan\b|,\s*(?:with|which|including|and|indicating|suggesting)\b"
        r"|,\s*(?:the |an? )?(?:median|mean|estimated|overall|\d+-)"
    )
    sized = re.search(r"\b(?:were|was)\b[^()]*\([^()]*$", between)  # 58 patients were included (arm A, n = 25
    return len(between) < 90 and not sized and not re.search(parted, between)


def _single(scene, before, after, bare, first=None):
    arms = scene.study.arms
    if bare and len(arms) == 2 and not after:
        return arms[1]
    if before and after and AND_OTHER.search(scene.text[: after[0].end]):
        after = []  # 624 patients (41%) and group 2: of the next number
    last = (
        scene.forms[max((i for i, f in enumerate(scene.forms) if f.end <= after[0].start), default=0)].end
        if after
        else 0
    )
    tied = bool(after) and re.fullmatch(
        r"\s*\)?\s*(?:,? respectively,?\s*)?(?:for|in|among|of|with)\s+(?:the )?(?:(?:patients|pts|those"
        r"|tumou?rs|cases|subjects)"
        r" (?:with|having) )?",
        scene.text[last : after[0].start],
        re.I,
    )
    close = [m for m in after if m.kind != "signed" or tied]
    if not tied and before and first is not None and re.fullmatch(r"\s*[(\[]\s*", scene.text[before[-1].end : first]):
        return name_of(scene, before[-1])  # the rate of the combination group (79.6%)
    chinese = bool(re.search("[\u4e00-\u9fff]", scene.text))  # there the group stands before its number
    if close and not (chinese and (before or scene.study.arms)):
        return name_of(scene, close[0])
    return name_of(scene, before[-1]) if before else ""


AND_OTHER = re.compile(r"[)\d%] and (?:the )?(?:[Gg]roup|[Aa]rm|[Cc]ohort) \w+$")


LED_BY = re.compile(r"\b(?:among|in|for)(?: the| all)?(?: \d+(?: and \d+)?)? (?:(?:patients|those|pts) )?$", re.I)


def arms_of_part(scene, mentions) -> list[str]:
    """The two arms of a paper within the patients that a sentence speaks of beside an arm, `OS was longer with A among
    patients with squamous histology (8.9 v 7.7)`; [] where it speaks of none.
    """
    arms = scene.study.arms
    named = list(dict.fromkeys(m.name for m in scene.groups if m.name in arms))
    parts = [m for m in mentions if m.kind in ("with", "signed") and m.name not in arms]
    if len(arms) != 2 or not {m.name for m in mentions} & set(arms) or len({m.name for m in parts}) != 1:
        return []
    lead = scene.text[: parts[0].start]
    if not LED_BY.search(lead) and not any(re.search(rf"{re.escape(a)} $", lead, re.I) for a in arms):
        return []
    return [within(scene.study, a, parts[0].name) for a in [*named, *(a for a in arms if a not in named)]]


def _several(scene, run, mentions, before, after):
    """The groups of a run of several numbers of one endpoint; '' for each where nothing tells them apart."""
    of_part = arms_of_part(scene, before or mentions) or _of_next_part(scene, run, mentions) if len(run) == 2 else []
    if of_part:
        return of_part
    inner = [m for m in mentions if not led_by(scene, m)]
    if inner and len(inner) < len(mentions):  # For patients with X, those who ... had longer PFS (a vs b)
        mentions, before, after = inner, [m for m in before if m in inner], [m for m in after if m in inner]
    names, k = list(dict.fromkeys(name_of(scene, m) for m in mentions)), len(run)
    if len(names) == k == 2 and COMPARED_TO.search(scene.text[: mentions[0].start]):
        return names[::-1]  # Compared with A, patients of B had longer PFS (b vs a)
    if len(names) >= k:
        return _in_order(scene, k, mentions, before, after)
    told = pair_of_one(scene, run, mentions[0]) if len(names) == 1 and k == 2 else []
    return told or _of_elsewhere(scene, run, names)


def _in_order(scene, k, mentions, before, after):
    """The k groups of a run that as many or more words name: those behind it, else those before it."""
    names = list(dict.fromkeys(name_of(scene, m) for m in mentions))
    side = after if len(after) >= k else before if len(before) >= k else mentions
    ordered = list(dict.fromkeys(name_of(scene, m) for m in side))
    ordered = ordered if len(ordered) >= k else names
    return ordered if len(ordered) == k else ordered[-k:] if len(before) >= k else ordered[:k]


def _of_elsewhere(scene, run, names):
    """The groups of a run that no words near it name: those of the run before, of the sentence, or the arms."""
    k, arms = len(run), scene.study.arms
    everywhere = list(dict.fromkeys(name_of(scene, m) for m in scene.groups if m.kind not in ("bare", "subject")))
    earlier = next((r for r in reversed(scene.runs) if r[-1] < run[0] and len(r) == k > 1), [])
    told = [scene.assigned[i] for i in earlier if i in scene.assigned]
    since = scene.text[scene.forms[earlier[-1]].end : scene.forms[run[0]].start] if earlier else ""
    others = re.search(r"\b(?:in|for|among|with)\b(?! (?:median|respect))", since)  # that no word is known for
    if len(told) == k and not names and not others:
        return told  # PFS (3.9 v 1.9) and OS (10.8 v 6.0 months) of the same two groups
    if len(everywhere) == k and not others:
        return everywhere
    since_named = not scene.study.last_groups or set(arms) & {
        group_and_part(scene.study, g)[0] for g in scene.study.last_groups
    }  # the arms, or others whom the sentences so far have named
    if len(arms) == k and k > 1 and since_named:
        last = scene.study.last_run if len(scene.study.last_run) == k else arms
        if not {group_and_part(scene.study, g)[0] for g in last} & set(arms):
            scene.unplaced |= set(run)  # of the arms, or of the sides that the sentence before compared within one?
            return [""] * k
        bare = [group_and_part(scene.study, g)[0] for g in last]
        last = bare if bare == list(arms) and "respectively" not in scene.text else last
        in_turn = list(last) == list(arms) or "respectively" in scene.text
        scene.unplaced |= set() if in_turn else set(run)
        return list(last) if in_turn else [""] * k  # in which order is for a person
    return _of_before(scene, run, names) if k >= 2 and not others else [""] * k


def _of_before(scene, run, names):
    """The groups of a pair that a sentence before set side by side, where this one compares no others."""
    k, study = len(run), scene.study
    compares = re.search(r"\bvs?\b|versus|respectively|compared|corresponding|分别", scene.text, re.I)
    compares = compares or k == 2 and not names and study.in_turn and plain_pair(scene, run)
    unknown = not study.arms and any(led_by(scene, m) for m in scene.groups)  # of whom no sentence before spoke
    own = None if "respectively" in scene.text else OWN_SIDES.search(scene.text[: scene.forms[run[0]].start])
    own = bool(own) and not any(g and g in own[0] for g in study.last_run)
    if not compares or unknown or own:
        return [""] * k
    return list(study.last_run) if len(study.last_run) == k else [""] * k


OWN_SIDES = re.compile(  # a comparison of others than those that the sentences before spoke of
    r"\b(?:than|compared (?:to|with)|associated with|relative to|if|when|whose)\b(?! (?:that|those|the other"
    r"|compared)\b)[^.;]*$",
    re.I,
)


def _of_next_part(scene, run, mentions) -> list[str]:
    """The groups of the pair before within another part of the patients: `in those aged 75 or more (29.2 v 34.9)`."""
    earlier = [r for r in scene.runs if r[-1] < run[0] and len(r) == 2]
    told = [scene.study.parts.get(scene.assigned.get(i, "")) for i in earlier[-1]] if earlier else []
    named = {m.name for m in mentions if m.start < scene.forms[run[0]].start}
    if len(told) != 2 or None in told or len(named) != 1 or not all(m.kind in ("with", "signed") for m in mentions):
        return []
    part = named.pop()
    return [within(scene.study, group, part) for group, _ in told]

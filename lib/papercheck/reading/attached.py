"""What a sentence compares, and the words that touch a number: declared constructions of English, whatever the words.

Sides: `A was better than B`, `in A compared with B`, where numbers or a test stand beside. Labels: numbers of one
endpoint that each carry words of their own, `KL (7.4%), KP (35.7%)`, `46.9% on A and 25.0% on B`.
"""

import re

from .mentions import Mention, course_mentions, endpoint_mentions
from .pairs import ELSEWHERE, NO_NAME, PHRASE, RATIO
from .patients import FEW, GROUP_WORD, NOT_GROUP
from .scope import within
from .series import closing

COMPARED = re.compile(
    r",? \b(?:as |when )?(?:compared (?:with|to)|versus|vs\.?|than|relative to|as opposed to) +(?!\d"
    r"|not reached|N[RE]\b|(?:half|an?|one|two|three|four|twice|once|expected|usual)\b)"
)
THOSE = r"(?:(?:[Tt]hat|[Tt]hose|[Tt]he|[Pp]atients|pts|[Aa]n?|in|of|for|with|among|on|after|during|following|receiving|treated|given|without(?= \w+ \w+ without))\s+)*"
WORDS = r"[^\s,.;:()][^\s,;:()]*(?: (?!(?:was|were|had|has|have|is|are|did|in terms|respectively|for both|regardless|at|but|while|whereas|resulted|showed|with (?:an? )?(?:median|HR|hazard|m?PFS|m?OS))\b)[^\s,;:()]+){0,8}"
RIGHT = re.compile(rf"{THOSE}(?P<g>{WORDS})")
LEFT = re.compile(rf"\b(?:in|for|with|among|of|on|after|following|under|receiving|by|between) +{THOSE}(?P<g>{WORDS})$")
BETWEEN = re.compile(
    rf"\bdifferences?\b[^.;]*? between (?:the )?(?P<a>{PHRASE}) and (?:the )?(?P<b>{PHRASE}(?: plus {PHRASE})?)(?=\s*[.,;]|\s*$)"
)
VERB = (
    r"(?:was|were|had|has|have|showed|demonstrated|achieved|experienced|exhibited|resulted|led|improved"
    r"|prolonged|provided|yielded"
    r"|conferred|reduced|increased|significantly|did|derived|gave)\b"
)
SUBJECT = re.compile(
    rf"(?:^|[;:] |, |\b(?:that|whereas|while|but|and) ){THOSE}(?P<g>[^,;:()]{{2,70}}?) +(?=(?:\w+ly )?{VERB})"
)
ALONE = re.compile(rf"(?:^|[,;:] |\b(?:examining|comparing) ){THOSE}(?P<g>{WORDS})$")
NUMBERS = re.compile(r"\d[^.;()]{0,12}\b(?:vs?\.?|versus)(?: +\d|\s+N[RE]\b| +not)|\([^()]*\d[^()]*\)")
EACH = r"\s*(?:months?|mos?\b\.?|m\b|weeks|days|d\b|years|%)?\)?(?:\s*[(\[][^()\[\]]*[)\]])?,?"
TOUCHING = re.compile(
    rf"{EACH} (?:with|in|for|among|on|after|during|following|under|of) (?:the |those |patients "
    rf"|pts )*(?P<g>{PHRASE})(?=\s*(?:[,;:.()]|$| (?:and|versus|vs|compared|as compared|than|respectively)\b))"
)
BRACKETED = re.compile(
    rf".*(?:^|[,;:] |\b(?:and|or|among|for|in|with|of|between|to|vs\.?|versus|was"
    rf"|were) )(?:and )?(?:the )?(?P<g>{PHRASE})(?: groups?| arms?| cohorts?| patients)? [(\[]$"
)
NOBODY = re.compile(
    r"(?:.*\b(?:benefits?|improvements?|differences?|outcomes?|risks?|prognosis|efficacy|activity|addition to"
    r"|comparison|contrast|terms|responses?|rates?|events?|toxicit\w+|disease|survival|PFS|OS|ORR|DCR|grade"
    r"|median|months?|95|CI|HR|P|times?|follow-?up|cut-?off|"
    r"weeks?|years?|data|expected|controls? rate|one another|each other|baseline|before|previous\w*|historical"
    r"|others?|either|alive)\b.*|.*\d[\d.]*%?)",
    re.I,
)


def compared_sides(text: str, found: list[Mention]) -> list[Mention]:
    """The sides of a comparison that no word of `found` names, where numbers stand against each other, or a ratio."""
    bare = re.sub(r"\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\]", lambda m: " " * len(m[0]), text)
    made: list[Mention] = []
    if not NUMBERS.search(text) and not RATIO.search(text):
        return []
    for match in BETWEEN.finditer(bare):
        new = [Mention("side", match[k].strip(), *match.span(k)) for k in ("a", "b")]
        if all(_names(m.name) for m in new) and not any(_known((m.start, m.end), found) for m in new):
            made += new
    for match in COMPARED.finditer(bare):
        right = RIGHT.match(bare, match.end())
        led = re.match(r"(?:in|for|with|among|on|after|during|following|receiving) ", bare[match.end() :])
        left = _left(bare, match.start(), bool(led))
        sides = [side for side in (left, right) if side]
        if len(sides) < 2 or left["g"].strip() == right["g"].strip():
            continue
        new = [_side(m) for m in sides if not _known(m.span("g"), [*found, *made])]
        named = [
            m for m in [*found, *made] if left.start("g") <= m.end and m.start < right.end("g") and m.kind != "bare"
        ]
        if (
            all(_names(m.name) or m.start == left.start("g") for m in new)
            and len(new) + len({m.name for m in named}) == 2
        ):
            made += new
    return made


def _left(text, end, led):
    """The words that stand on the left of a comparison: behind the last preposition, else the subject of the clause;
    where a preposition leads the right (`led`), one leads the left too.
    """
    start = max(text.rfind(stop, 0, end) for stop in (". ", "; ")) + 1
    clause = text[:end].rstrip()
    near = LEFT.search(clause, start)
    if near and _names(near["g"].strip()):
        return near
    alone = None if led else ALONE.search(clause, start)
    if alone and _names(alone["g"].strip()):
        return alone
    subjects = [] if led else [m for m in SUBJECT.finditer(clause, start) if _heads(m["g"].strip())]
    return subjects[-1] if subjects else None


def _side(match):
    """A side by its name, without the word that only says that it is a group."""
    name = re.sub(rf" {GROUP_WORD}$", "", match["g"].strip(), flags=re.I)
    return Mention("side", name, match.start("g"), match.start("g") + len(match["g"].rstrip()))


def _known(span, mentions):
    return any(m.start < span[1] and span[0] < m.end for m in mentions if m.kind != "bare")


def _names(words):
    """Whether words can name patients: no endpoint, no number, no word that tells nobody apart."""
    plainly = (
        NOT_GROUP.match(words)
        or re.match(r"(?:and|or|but|more|less|fewer|half|former|latter)\b", words, re.I)
        or re.fullmatch(FEW, words, re.I)
        or ELSEWHERE.fullmatch(words)
        or NO_NAME.fullmatch(words)
        or NOBODY.fullmatch(words)
    )
    return bool(re.search("[A-Za-z]{2}", words)) and not (plainly or endpoint_mentions(words) or course_mentions(words))


def _heads(words):
    """Whether the subject of a clause can name patients by what they had: `Antibiotics within a month of the start`."""
    said = NOT_GROUP.match(words) or re.match(
        r"(?:there|it|this|no|median|results?|analys\w*|(?:\w+ )?(?:responses?|rates?|survival|outcomes?"
        r"|events?)|the difference)\b",
        words,
        re.I,
    )
    return not (said or endpoint_mentions(words) or re.search(r"\d\.\d", words))


def label_numbers(scene):
    """Numbers of one endpoint that each carry words of their own are of the patients whom those name."""
    labels = {}
    for i in (i for run in scene.runs for i in run):
        form = scene.forms[i]
        kinds = ("share",) if form.kind in ("percent", "share") else ("time",)
        if not any(m.end <= form.start and m.kind in kinds for m in scene.ends):
            continue
        said = BRACKETED.search(scene.text[: form.start]) or TOUCHING.match(scene.text, _end(scene, form))
        if said and _names(said["g"]) and not _known(said.span("g"), scene.ends):
            of = next(
                (
                    m.name
                    for m in scene.groups
                    if m.kind != "bare" and m.start < said.end("g") and said.start("g") < m.end
                ),
                "",
            )
            labels[i] = of or re.sub(rf" {GROUP_WORD}$", "", said["g"], flags=re.I)
    labels = {i: g for run in scene.runs if all(i in labels for i in run) for i, g in labels.items() if i in run}
    if len(set(labels.values())) < 2 or any(i in scene.at_time or i in scene.course_at for i in labels):
        return
    head = next((m for m in scene.groups if m.kind == "with" and m.start <= 12), None)
    heads = bool(head) and any(scene.assigned.get(i) == head.name for i in labels)
    for i, name in labels.items():
        known = scene.assigned.get(i, "")
        if known and not (heads and known == head.name) and known not in labels.values():
            continue
        scene.labelled.add(i)
        scene.unplaced.discard(i)
        scene.assigned[i] = within(scene.study, name, head.name) if heads else name


def _end(scene, form):
    inside = scene.text[form.start - 1 : form.start] == "("
    return closing(scene.text, form) if not inside else form.end

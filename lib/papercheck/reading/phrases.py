"""What is counted, in the paper's own words: the response or the characteristic that a share is of."""

import re
from dataclasses import dataclass

from .forms import NUM, Form
from .words import endpoints

TRIM = re.compile(
    r"^(?:[\s,;:.)(\]-]|and |vs\.? ?|versus |v |or |of |in |were |was |had |a |an |the |with |who |patients? |cases?"
    r" |as |being |are |is |only |including |among |these |them |to |experienced |for |received )+|[\s,;:.()\[\]]+$|(?:"
    r" (?:was|were|in|and|of|had|is|are|at|the|a|respectively|seen|observed|recorded|while|but))+$",
    re.I,
)
DULL = re.compile(
    r"(?:accounting for|comprising|representing|followed by|including|consisting of|with|only|respectively"
    r"|(?:the |a |in )?(?:vast |great )?(?:most|majority|minority|more than half|less than half|half|all|many"
    r"|some|few|the rest|the remainder)"
    r"(?: of(?: them| the| these)?)?(?: (?:patients|pts|participants|cases|subjects|individuals|of))*)",
    re.I,
)
SUBJECT_ALONE = re.compile(
    r"(?:of )?(?:the |all )?(?:\d+ )?(?:patients|pts|cases|subjects|participants|例|例患者)", re.I
)


GOT = re.compile(
    r"[)\]%\s]*(?:(?:of (?:the )?)?(?:patients?|pts)"
    r" )?(?:had|achieved|achieving|experienced|exhibited|showed|with|developed|attained|reached|obtained|达到?|获得)"
    r" (?:a |an |the )?(?:[a-z]+ly )?(?:assessed |reviewed )?(?:confirmed |best response of )?"
)
BEHIND = re.compile(
    r"[)\]%\s]*(?:had|achieved|achieving|experienced|showed|with|of|were|was|for|developed|attained|reached|as|could"
    r" not|为|达)?\s*(?:a |an |the )?(?:confirmed |best response of )?"
)
OWNED = re.compile(
    r"\s*(?:(?:cases?|patients?|pts|had|with|was|were|an?) )+"
)  # 5 patients had a partial response, 12 ...
EITHER = re.compile(r"(?:CR|complete(?: response| remission)?) or (?:PR|partial)\b", re.I)
NOT_EVALUATED = re.compile(
    r"[)\]%\s]*(?:patients?|cases?|例)?[)\s]*(?:could not be|(?:were |was )?(?:not|in)["
    r" -]?(?:evaluable|assessable|evaluated))"
)
TOUCHING = re.compile(r"[)\]%]*\s+(?=[A-Za-z])")
INCLUDED = re.compile(
    r"(?:entered (?:the|this) (?:study|trial|cohort)|were (?:re-?challenged|re-?treated)\b|included|enrolled"
    r"|randomi[sz]ed|assigned|analy[sz]ed|identified|been treated|resumed treatment|were"
    r" reviewed|eligible|recruited|underwent|纳入|入组|收集)"
)
OF_PATIENTS = re.compile(
    r"^[)\]%\s]*(?:of (?:the |all |these |those |our )*(?:patients|cases|participants|pts"
    r"|subjects)(?: in (?:both|the two|all) (?:arms|groups|cohorts))?)(?= (?:had|were|was|harbou?r|express"
    r"|underwent|achieved|with|received|experienc|develop|hav))"
)


@dataclass(frozen=True)
class Around:
    """A share or count with the words before and behind it, up to the forms beside it."""

    scene: object
    i: int
    form: Form
    group: str
    start: int
    near: str
    behind: str
    shares: list

    @property
    def earlier(self) -> list:
        """Responses named anywhere before it; those in a bracket that has closed only where there is no other."""
        text, at = self.scene.text, self.form.start
        before = [m for m in self.shares if m.start < at]
        return [m for m in before if not closed(text[m.end : at])] or before

    @property
    def before(self) -> list:
        """Responses named since the form before, in no bracket that has closed."""
        text, at = self.scene.text, self.form.start
        told = [m for m in self.shares if self.start <= m.start < at and not closed(text[m.end : at])]
        return [
            m for m in told if not (self.i and OWNED.fullmatch(text[self.start : m.start]) and "," in text[m.end : at])
        ]

    def after(self, known) -> list:
        """Responses named right behind it, behind the words of a pattern."""
        match = known.match(self.behind)
        reach = self.form.end + (match.end() if match else 0) + 2
        return [m for m in self.shares if self.form.end <= m.start <= reach]


def subject_of(scene, i: int, form: Form) -> tuple[str, str]:
    """What a share or count is of, and in which group: a declared response, or the words behind or before it."""
    start = scene.forms[i - 1].end if i else 0
    stop = next((f.start for f in scene.forms[i + 1 :] if f.kind != "value" or "low" in f.parts), len(scene.text))
    near, behind = scene.text[start : form.start], scene.text[form.end : stop]
    aside = ASIDE.match(scene.text, form.end)
    if aside:
        stop = next((f.start for f in scene.forms if f.start >= aside.end()), len(scene.text))
        behind = scene.text[aside.end() : stop]
    if not _alone(behind):
        behind = _behind_run(scene, i) or behind
    behind = RESPECTIVELY.sub(r"\1 ", behind)
    shares = [m for m in scene.ends if m.kind == "share"]
    around = Around(scene, i, form, scene.assigned.get(i, ""), start, near, behind, shares)
    for rule in (_named_behind, _labelled, _of_next_group, _listed, _inside, _of_level, _got, _response, _in_words):
        found = rule(around)
        if found is not None:
            found = _of_last(around) if ZH_GROUP.fullmatch(found) else found
            return "" if NO_SUBJECT.match(found) else found or _of_run(around), around.group
    return _of_run(around), around.group


ZH_GROUP = re.compile("[\u4e00-\u9fffA-Za-z+]{1,8}组(?:的)?(?:分别)?为?")


def _of_last(around):
    """Of a Chinese number before which only its group stands, `单药组为7.1%`: what the share before it is of."""
    return next((r.endpoint for r in reversed(around.scene.made) if r.statistic.endswith("percent")), "")


def _of_run(around):
    """The subject of a number without words of its own: that of the first of its run."""
    first = next((run[0] for run in around.scene.runs if around.i in run[1:]), None)
    start = str(around.scene.forms[first].start) if first is not None else ""
    return next((r.endpoint for r in around.scene.made if r.pair.split("|")[1:2] == [start]), "")


NAMED_BEHIND = re.compile(r"[)%\]]*, (?P<of>[A-Z][\w/+-]{1,20}(?: [A-Za-z][\w-]*)?)(?=;|\.(?:\s|$)|$)")


def _named_behind(around):
    """What a list names behind each of its numbers: `20.5%, G12V; 17.4%, G12D`."""
    said = NAMED_BEHIND.match(around.scene.text, around.form.end)
    listed = re.search(r"; (?:and )?$", around.scene.text[: around.form.start])
    return said["of"] if said and listed else None


NO_SUBJECT = re.compile(  # words that count nothing: what leads on, stands between, or only says whose a number is
    r"(?:(?:which|that|it|on|for|in|of|by|to|than|vs|versus|compared|different|respectively|confirmed|as|but"
    r"|also|each|were|was)(?: |$)"
    r"|(?:patients|participants|cases|subjects|years old|time|rates?|points?|cut-?off.*|(?:with|among|for) .*"
    r"|.* (?:accounting for|comprising|including|representing|estimated to be|set at|to be|as compared|over"
    r"|versus|vs))$)",
    re.I,
)
LEVEL_IN = re.compile(
    r"(?:^|[ (])(?P<level>(?:[<>≥≤]=? ?)?\d[\d.]*(?: ?- ?\d[\d.]*)? ?%?|negative|positive|unknown|high|low) in $"
)
OF_LEVELS = re.compile(
    r"(?P<what>[A-Z][\w/-]*(?: [\w/-]+){0,4}?) (?:was|were|of) (?:[<>≥≤]=? ?)?\d[\d.]*(?: ?- ?\d[\d.]*)? ?%? in "
)


def _of_level(around):
    """The level of a quantity that a list divides the patients by: `PD-L1 was ≥50% in 46.7%, 1-49% in 13.3%`."""
    before = around.scene.text[: around.form.start]
    level = LEVEL_IN.search(before)
    what = OF_LEVELS.search(before[-200:]) if level else None
    return f"{what['what']} {level['level']}" if what else None


RESPECTIVELY = re.compile(
    r"^([)\]%\s]*(?:of (?:the )?(?:patients|pts))?),? respectively,? (?=(?:had|have|were|was|did|received"
    r"|experienced|developed|achieved)\b)"
)
ASIDE = re.compile(  # 20 patients (10 of A, 6 of B) developed X
    r"[)%\]\s]*(?:patients|pts|cases|participants|subjects) \((?:[^()]|\([^()]*\))*\)(?= (?:[a-z]+ed|had|were"
    r"|was|underwent|got) )"
)


def _labelled(around):
    """Of a number that words of its own touch, `KL (7.4%)`: the last response named before it."""
    earlier = around.earlier if around.i in around.scene.labelled else []
    return earlier[-1].name if earlier else None


def _alone(behind):
    """Whether more than a joining word stands behind a share."""
    return not re.fullmatch(r"[\s)%\]]*(?:and|vs\.?|versus)\s*", behind)


def _behind_run(scene, i):
    """The words behind the last share of `67% and 65% were male`, which are of both."""
    run = next((r for r in scene.runs if i in r), [i])
    pairs = [
        scene.text[scene.forms[a].end : scene.forms[b].start] for a, b in zip(run, run[1:], strict=False) if a >= i
    ]
    end = scene.forms[run[-1]].end
    stop = next((f.start for f in scene.forms if f.start >= end), len(scene.text))
    return scene.text[end:stop] if pairs and not any(_alone(p) for p in pairs) else ""


NEXT_GROUP = re.compile(r"\s*(?:patients|pts|those) (?:with|who|in|on|given) [^,.;()\d]{2,60}?,? and (?:in )?")


def _of_next_group(around):
    """The subject of `four (22%) of 18 patients with A and six (33%) of 18 patients with B`: that of the first."""
    scene, i = around.scene, around.i
    both = i and all({"total", "percent"} <= set(f.parts) for f in scene.forms[i - 1 : i + 1])
    same = scene.made[-1] if both and scene.made else None
    told = same and same.pair.split("|")[1:2] == [str(scene.forms[i - 1].start)]
    return same.endpoint if told and NEXT_GROUP.fullmatch(around.near) else None


def _listed(around):
    """A response of a list, or that of the first number of a run."""
    scene, listed = around.scene, around.scene.ends_at.get(around.form.start, "")
    if is_share(listed):
        return listed
    first = next((run[0] for run in scene.runs if around.i in run[1:]), None)
    if (
        first is None
        or GOT.match(around.behind)
        and around.after(GOT)
        or any(around.start <= m.start < around.form.start for m in around.shares)
    ):
        return None
    same = next((r for r in scene.made if r.pair.split("|")[1:2] == [str(scene.forms[first].start)]), None)
    return same.endpoint if same and is_share(same.endpoint) else None


def _inside(around):
    """A response, or a sex, that the form itself names."""
    form = around.form
    inside = [m for m in around.shares if form.start < m.start and m.end <= form.end]
    sex = re.search(r"\b(?:men|women|males?|females?)\b", around.scene.text[form.start : form.end])
    return inside[0].name if inside else sex[0] if sex else None


def _got(around):
    """A response that the patients got, behind the number; else the last one before it; CR or PR is a response."""
    if NOT_EVALUATED.match(around.scene.text, around.form.end):
        return "BOR: NE"
    reached = next((k for k in (GOT, TOUCHING) if k.match(around.behind)), None)
    direct = around.after(reached) if reached else []
    if len(direct) == 1 and EITHER.match(around.scene.text, direct[0].start):
        return "ORR"
    return direct[0].name if direct else around.before[-1].name if around.before else None


def _response(around):
    """A response right behind the number, patients that could not be evaluated, or the patients of the study."""
    after = around.after(BEHIND)
    if after:
        return after[0].name
    if INCLUDED.search(around.behind[:90]) and "percent" not in around.form.parts:
        return "patients included"
    return None


THAN_THAT = re.compile(
    r"\b(?:higher|lower|longer|shorter|better|worse|greater|less|more|fewer) than (?:that|those|the)\b"
)


def _in_words(around):
    """The paper's own words behind the number, or before it."""
    if around.earlier and THAN_THAT.search(around.near):
        return around.earlier[-1].name
    near, behind = around.near, OF_PATIENTS.sub("", _behind_group(around))
    if re.search(r"\b(?:it|they) (?:was|were)\s*$", near):
        return around.earlier[-1].name if around.earlier else ""  # of what a sentence before spoke of
    if around.earlier and _whose_alone(around):
        return around.earlier[-1].name
    of_patients = re.match(r"[)\]%\s]*of (?:the |all |these |those )?(?:patients|cases|participants)\b", behind)
    said = _before(near)
    if said and (of_patients or re.search(r"[(\[]\s*(?:in )?$", near)):
        return said
    if said and re.search(r"(?:[a-z]{3}|[A-Z]{2,}\w*) in\s*$", near):
        return said  # toxicity in 29 (25%) and decision in 18 (15%)
    words = _behind(behind)
    if re.search(r"(?:in|as|was|were|of|:|\()\s*$", near) and len(words) <= 3:
        words = ""
    last = around.earlier[-1].name if around.earlier else ""
    if SUBJECT_ALONE.fullmatch(words) and last:
        return last
    if words and around.group and around.shares and _only_group(words, around.group):
        at = around.form.start
        still = [m for m in around.earlier if not closed(around.scene.text[m.end : at])]
        return still[-1].name if still else words
    if words:
        return words
    if last and around.i and around.i in around.scene.assigned:
        return last
    return said or last


def _behind_group(around):
    """The words behind a share, without those that say of which patients it is: `33% of patients given X had Y`."""
    at = around.form.end
    of = re.match(r"[)\]%\s]*of (?:the |all )?(?=patients |pts |those )", around.behind)
    group = next((m for m in around.scene.groups if of and m.start == at + of.end()), None)
    return around.behind[group.end - at :] if group and group.end < at + len(around.behind) - 3 else around.behind


def _whose_alone(around):
    """Whether the words around a share only say whose it is, a group or a course: `OG (36.9%)`, `26% at ICI-2`."""
    scene, form = around.scene, around.form
    told = [m for m in [*scene.groups, *scene.courses] if m.kind != "bare"]
    before = any(re.fullmatch(r" ?[(]", scene.text[m.end : form.start]) for m in told)
    lead = r"[)%\]\s]*(?:(?:in|at|with|for|on|during|after|of) )?(?:the |those |patients )*"
    return before or any(re.fullmatch(lead, scene.text[form.end : m.start]) for m in told if m.start >= form.end)


def _behind(behind):
    behind = re.sub(r"^[\s)%\]]*(?:patients|pts|cases|of them|subjects)? ?(?:had|have|with) (?=[<>≥≤\d])", " ", behind)
    if re.match(r"[\s)%\]]*with (?:an? )?(?:median|mean|hazard|P\b)", behind):
        return ""
    words = re.split(
        r"[,;:。]|\.(?:\s|$)| and \d| and [\w-]+ (?:was|were|had) | while | whereas |\(", behind.lstrip(" )%]")
    )[0]
    return TRIM.sub("", TRIM.sub("", words)).strip()[:80]


QUANTIFIER = re.compile(
    r"(?:the |a )?(?:vast |great )?(?:most|majority|minority|more than half|less than half|half|all|many|some"
    r"|few|the rest|the remainder)"
    r"(?: of(?: them| the| these)?)?(?: (?:patients|pts|participants|cases|subjects|individuals|of))*"
)


def _before(near):
    pieces = re.split(r"[,;:。]|\.\s|\(| and (?=[a-z]+ (?:was|were))", near)
    told = [p for p in pieces if TRIM.sub("", p).strip() and not DULL.fullmatch(TRIM.sub("", p).strip())]
    last = next((TRIM.sub("", p).strip() for p in reversed(pieces) if TRIM.sub("", p).strip()), "")
    if QUANTIFIER.fullmatch(last):
        return ""  # more than half (54%) had Y: what stands before is of others
    words = told[-1] if told else ""
    words = TRIM.sub("", re.sub(rf"{NUM}\s*%", "", TRIM.sub("", words))).strip()
    return words if len(words) <= 80 else words[-80:].partition(" ")[2]


GROUP_WORDS = {"for", "in", "with", "the", "of", "group", "arm", "and", "pts", "patients", "those"}


def _only_group(words, group):
    """Whether the words only repeat the group: 21.7% for D."""
    said = set(re.findall(r"[a-z]+", words.lower())) - {w.lower() for w in GROUP_WORDS}
    return said <= set(re.findall(r"[a-z]+", group.lower()))


def closed(between: str) -> bool:
    """Whether a bracket that was open before these words closes in them: what stood in it speaks of something else."""
    depth = 0
    for sign in between:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return True
    return False


def outside_brackets(text: str) -> str:
    """The words that stand in no bracket opened in the text."""
    kept, depth = [], 0
    for sign in text:
        depth = max(0, depth + (sign in "([") - (sign in ")]"))
        kept += [sign] if not depth else []
    return "".join(kept)


def is_share(name: str) -> bool:
    """Whether a name is a declared response or rate."""
    return name in endpoints() and endpoints()[name].kind == "share"

"""What is counted, in the paper's own words: the response,
the characteristic or the adverse event that a share is of.
"""

import re
from dataclasses import dataclass

from .forms import NUM, Form
from .mentions import grade_mentions
from .words import endpoints, pattern

AE_TERMS = (
    "pneumonitis|interstitial (?:lung"
    " disease|pneumonia)|rash|pruritus|fatigue|an(?:a)?emia|neutropenia|leu[ck]openia|leukocytopenia|thrombocytopenia|"
    "nausea|vomiting|diarrh(?:o)?ea|colitis|hepatitis|hypothyroidism|hyperthyroidism|thyroiditis|hypophysitis|myocarditis|"
    "nephritis|arthralgia|myalgia|fever|pyrexia|cough|dyspn(?:o)?ea|hypertension|proteinuria|hand-foot (?:syndrome|skin"
    " reaction)|"
    "h(?:a)?emoptysis|bleeding|h(?:a)?emorrhage|(?:liver|hepatic)"
    " (?:injury|toxicity|dysfunction)|(?:ALT|AST|transaminases?)(?: (?:increased?|elevation))?|"
    "adrenal insufficiency|stomatitis|mucositis|constipation|alopecia|neuropathy|infection|decreased appetite|anorexia|"
    "myelosuppression|febrile neutropenia|hyperglyc(?:a)?emia|infusion(?:-related)? reactions?|endocrinopathy|"
    "肺炎|皮疹|瘙痒|乏力|疲劳|贫血|中性粒细胞减少|白细胞减少|血小板减少|恶心|呕吐|腹泻|结肠炎|肝炎|肝功能(?:异常|损伤)|甲状腺功能(?:减退|亢进)|高血压|蛋白尿|手足综合征|食欲(?:减退|下降)|骨髓抑制|发热"
)
TERM = re.compile(rf"(?<![A-Za-z])(?:{AE_TERMS})(?![A-Za-z])", re.I)
TRIM = re.compile(
    r"^(?:[\s,;:.)(\]-]|and |vs\.? ?|versus |v |or |of |in |were |was |had |a |an |the |with |who |patients? |cases?"
    r" |as |being |are |is |only |including |among |these |them |to |experienced |for |received )+|[\s,;:.()\[\]]+$|(?:"
    r" (?:was|were|in|and|of|had|is|are|at|the|a|respectively|seen|observed|recorded|while|but))+$",
    re.I,
)
DEATH = re.compile(
    r"died of (?:toxicity|treatment)|treatment-related (?:deaths?|fatalit)|toxic deaths?|fatalit"
    r"|deaths? (?:related|attributed|due) to (?:therapy|treatment|study|toxicity|adverse)",
    re.I,
)


SUBJECT_ALONE = re.compile(
    r"(?:of )?(?:the |all )?(?:\d+ )?(?:patients|pts|cases|subjects|participants|例|例患者)", re.I
)
DULL = re.compile(
    r"(?:accounting for|comprising|representing|followed by|including|consisting of|with|only|respectively)", re.I
)


def adverse_event(scene, i: int, form: Form) -> str:
    """The adverse event that a share or count is of, with its grade; '' for what is none."""
    if STOPPED.search(scene.text[: form.start]) and not grade_mentions(scene.text):
        return ""  # why a treatment was stopped
    if NO_EVENT.match(scene.text, form.end):
        return ""
    if not (TERM.search(scene.text) or EVENTS.search(scene.text) or DEATH.search(scene.text)):
        return ""
    safety = any(re.search(r"safety|toxic|adverse|不良|安全|毒", s, re.I) for s in scene.sentence.section)
    start = scene.forms[i - 1].end if i else 0
    near = re.split(r"[;。]", scene.text[start : form.start])[-1]
    whole = re.split(r"[;。]", scene.text[: form.start])[-1]
    behind = re.split(r"[,;。.]", scene.text[form.end : form.end + 70])[0]
    direct = re.match(
        r"[)%\]\s]*(?:of |with |cases? of |had |patients? |reported |experienced |developed |at least one |an? |any )*",
        behind,
    )
    spoken = (
        pattern("adverse").search(near)
        or TERM.search(near)
        or pattern("adverse").match(behind[direct.end() :])
        or DEATH.search(scene.text[form.end : form.end + 40])
        or _of_last(scene, near)
        or HAD_EVENTS.match(scene.text, form.end)
    )
    if not (
        spoken
        or (
            (safety or GENERIC.search(whole) or TERM.search(whole) and grade_mentions(whole))
            and (TERM.search(whole) or GENERIC.search(whole))
            and not re.search(r"\b(?:whom|who|which|whose)\b", near)  # almost all of whom were given steroids (59%)
        )
    ):
        return ""
    if (
        not safety
        and re.search(r"objective|response|control|resist|缓解率|控制率", near, re.I)
        and not TERM.search(near)
    ):
        return ""
    said = max([m.end() for k in (GENERIC, TERM) for m in k.finditer(scene.text[: form.start])], default=0)
    if (
        not safety
        and any(m.kind == "share" and said < m.start < form.start for m in scene.ends)
        and not _of_last(scene, near)
    ):
        return ""  # with tolerable toxicity, and the response rate was
    term = _term(scene, near, whole, form)
    had, events = HAD.match(scene.text, form.end), HAD_EVENTS.match(scene.text, form.end)
    grades = (
        (grade_mentions(had["grade"]) if had and had["grade"] else [])
        or (grade_mentions(events[0]) if events else [])
        or grade_mentions(near)
        or (grade_mentions(behind)[:1] if not TERM.search(near) else [])
        or grade_mentions(re.split(r" and |[,;]", scene.text[form.end : form.end + 45])[0])
        or grade_mentions(whole)
    )
    grade = _grade_said(scene, i, form) or (grades[-1].name if grades else "any")
    return f"{term}, grade {grade}"


def _grade_said(scene, i, form):
    """The grade in the bracket behind a share, or of its place in a list: any grade or grade >=3 in 95.5% and 50.0%."""
    bracket = re.match(r"\s*%?\s*[(\[](?P<g>[^()\[\]]{3,24})[)\]]", scene.text[form.end :])
    inside = grade_mentions(bracket["g"]) if bracket and not re.search(r"\d\s*%", bracket["g"]) else []
    if len(inside) == 1:
        return inside[0].name
    run = next((r for r in scene.runs if i in r and len(r) == 2), None)
    if run is None:
        return ""
    said = [m for m in grade_mentions(scene.text) if m.end <= scene.forms[run[0]].start][-2:]
    joined = len(said) == 2 and re.fullmatch(r"\s*(?:or|and)\s*", scene.text[said[0].end : said[1].start])
    return said[run.index(i)].name if joined else ""


NO_EVENT = re.compile(
    r"[)%\]\s]*(?:of (?:the |all |these )?)?(?:patients |pts )?(?:(?:were|was|had been) (?:not )?(?:re-?challenged|re-?treated|male|female|men|women)\b"
    r"|(?:requir|receiv|need|stopp|discontinu|recover|resolv|continu|resum)(?:ed|ing)\b)",
    re.I,
)
STOPPED = re.compile(
    r"(?:\breasons?\b|\bstopp\w+|\bdiscontinu\w+|\bceas\w+)[^.;]*(?:because of|due to|owing to|were|was|for)\b", re.I
)
GENERIC = re.compile(
    r"adverse (?:events?|reactions?)|\b(?:TR|ir|TE|S)?AEs?\b|toxicit(?:y|ies)|不良反应|不良事件|毒副反应", re.I
)
EVENTS = re.compile(rf"{GENERIC.pattern}|\bevents?\b|\breactions?\b|毒|不良|安全", re.I)
SPECIAL = {  # events that are a part of all events
    "serious": re.compile(r"\bserious\b|\bSAEs?\b|严重不良", re.I),
    "discontinuing": re.compile(
        r"(?:leading|led) to (?:treatment |drug |study |permanent )*(?:discontinu|withdraw)", re.I
    ),
    "recurrent": re.compile(r"\brecurren(?:t|ce)|\brecurred", re.I),
    "immune-related": re.compile(r"immune[- ]related|\birAEs?\b|免疫相关"),
    "treatment-related": re.compile(r"(?:treatment|drug)[- ]related|\bTRAEs?\b|治疗相关"),
}
JOINED = re.compile(r"[\s)\]%]*(?:and|vs\.?|versus|和|与|及|、|,)\s*[(\[]?\s*")
WHO_AND = re.compile(  # 9 of 47 who continued and in 21 of 53 who switched
    r"[\s)\]%]*(?:of \d+ )?(?:patients )?(?:who|in the|with|receiving|on|in|among) [^.;,()\d]{2,50} (?:and|vs\.?|versus|compared with) (?:in |by )?"
)
LISTED_TERM = re.compile(
    r"[\s)\]%,;]*(?:and |followed by |和|及|与|以及)?(?P<t>[A-Za-z][A-Za-z -]{3,38}?|[\u4e00-\u9fff]{2,8})\s*[(\[]?\s*"
)


def _any_event(words):
    """Events of any kind, or of the kind that the words name."""
    special = next((name for name, known in SPECIAL.items() if known.search(words)), "")
    return f"Any {special} event" if special else "Any event"


def _of_list(scene, near, form):
    """The event of a list of events that the reader has no word for: `rash 11, raised lipase 9`."""
    last = scene.made[-1] if scene.made else None
    listed = LISTED_TERM.fullmatch(near)
    if (
        last is None
        or not last.statistic.startswith("ae_")
        or not listed
        or GENERIC.search(near)
        or DULL.fullmatch(listed["t"])
    ):
        return ""
    plainly = re.search(r"\b(?:was|were|in|of|grade|patients?|had|with|the|at)\b|级|例|患者", listed["t"])
    return "" if plainly else listed["t"][0].upper() + listed["t"][1:]


FIRST_OF_LIST = re.compile(
    r"(?:adverse (?:events?|reactions?)|AEs?|toxicit(?:y|ies))(?: \([^()\d]*\))?(?: (?:of any grade|reported|observed))?"
    r" (?:were|was|included|including) (?:the |an? )?(?P<t>[a-z][a-z -]{3,38}?)\s*[(\[]\s*$"
)


HAD = re.compile(
    r"[)%\]\s]*(?:patients? |pts )?(?:had|developed|experienced|reported) (?:an? |asymptomatic |new |severe )*"
    r"(?P<grade>grades? [\w/-]+ )?(?P<t>[A-Za-z][\w/ -]{2,40}?)(?=[,.;)]|$| and | in \d| \()"
)


HAD_EVENTS = re.compile(
    r"[)%\]\s]*(?:of (?:the )?)?(?:patients? |pts )?(?:had|developed|experienced|reported|suffered) [^,.;()]{0,50}?"
    rf"(?:{GENERIC.pattern})",
    re.I,
)


def _had(scene, form):
    """The event that patients are said to have had right behind the number, with a grade or by a known word; ''."""
    said = HAD.match(scene.text, form.end)
    term = TERM.match(said["t"]) if said else None
    spoken = term or said and said["grade"] and GENERIC.search(scene.text)
    if not said or not spoken or GENERIC.search(said["t"]):
        return ""
    name = term[0] if term else said["t"]
    return name[0].upper() + name[1:]


def _of_last(scene, near):
    """Whether only a joining word stands between a number and one of an adverse event: 25% v 2%."""
    last = scene.made[-1] if scene.made else None
    return (
        last is not None
        and last.statistic.startswith("ae_")
        and bool(JOINED.fullmatch(near) or WHO_AND.fullmatch(near))
    )


NAMED_BEHIND = re.compile(
    r"[)%\]\s]*(?:of |cases? of |with )?(?P<t>[A-Za-z][A-Za-z -]{3,38}?)(?=\s+(?:and|or) \w+|[,.;]|$)"
)


def _named_behind(scene, form):
    """The event right behind its number, where the one before has its event behind it too: `two (7%) pneumonitis and
    one (3%) raised troponin`.
    """
    forms = [f for f in scene.forms if f.kind == "share"]
    at = next((k for k, f in enumerate(forms) if f is form), 0)
    words = [NAMED_BEHIND.match(scene.text, f.end) for f in (forms[at - 1 : at] if at else []) + [form]]
    first = bool(words[-1] and TERM.fullmatch(words[-1]["t"]) and re.search(r":\s*$", scene.text[: form.start]))
    known = first or at and words[0] and TERM.fullmatch(words[0]["t"])
    told = words[-1] if known else None
    return told["t"][0].upper() + told["t"][1:] if told and not GENERIC.search(told["t"]) else ""


def _term(scene, near, whole, form):
    if DEATH.search(scene.text[form.start : form.end + 60]) or re.search(r"\b(?:were|was) fatal\b", near):
        return "Fatal event"
    behind = _named_behind(scene, form)
    if behind:
        return behind
    had, events = _had(scene, form), HAD_EVENTS.match(scene.text, form.end)
    if had or events:
        return had or _any_event(events[0])
    if _of_last(scene, near):
        return scene.made[-1].endpoint.rpartition(", grade ")[0]
    first = FIRST_OF_LIST.search(near)
    if first and not TERM.search(near):
        return first["t"][0].upper() + first["t"][1:]
    if GENERIC.search(near) and not TERM.search(near):
        return _any_event(near)
    listed = "" if TERM.search(near) else _of_list(scene, near, form)
    if listed:
        return listed
    for part in (near, whole):
        found = TERM.findall(part)
        if found:
            return found[-1][0].upper() + found[-1][1:]
    behind = (
        TERM.search(re.split(r"[,;]", scene.text[form.end : form.end + 60])[0])
        if re.match(r"[)%\s]*(?:of|cases|events|instances?)", scene.text[form.end :])
        else None
    )
    return behind[0].capitalize() if behind else _any_event(whole + scene.text[form.start : form.end + 60])


def terms_each(scene, i: int, form: Form, adverse: str) -> list[str]:
    """The events of `anemia and neutropenia (15.4% each)`, each with the grade that is said."""
    start = scene.forms[i - 1].end if i else 0
    grade = adverse.rpartition(", grade ")[2]
    found = [t[0].upper() + t[1:] for t in TERM.findall(scene.text[start : form.start])]
    return [f"{t}, grade {grade}" for t in dict.fromkeys(found)] or [adverse]


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
    r"(?:entered (?:the|this) (?:study|trial|cohort)|were (?:re-?challenged|re-?treated)\b|included|enrolled|randomi[sz]ed|assigned|analy[sz]ed|identified|been treated|resumed treatment|were"
    r" reviewed|eligible|recruited|underwent|纳入|入组|收集)"
)
OF_PATIENTS = re.compile(
    r"^[)\]%\s]*(?:of (?:the |all )?(?:patients|cases|participants))(?= (?:had|were|was|achieved|with|received))"
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
    shares = [m for m in scene.ends if m.kind == "share"]
    around = Around(scene, i, form, scene.assigned.get(i, ""), start, near, behind, shares)
    for rule in (_listed, _inside, _got, _response, _in_words):
        found = rule(around)
        if found is not None:
            return found, around.group
    return "", around.group


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
    near, behind = around.near, OF_PATIENTS.sub("", around.behind)
    if around.earlier and _whose_alone(around):
        return around.earlier[-1].name
    of_patients = re.match(r"[)\]%\s]*of (?:the |all )?(?:patients|cases|participants)\b", behind)
    said = _before(near)
    if said and (of_patients or re.search(r"[(\[]\s*$", near)):
        return said
    if said and re.search(r"[a-z]{3,} in\s*$", near):
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


def _whose_alone(around):
    """Whether the words around a share only say whose it is, a group or a course: `OG (36.9%)`, `26% at ICI-2`."""
    scene, form = around.scene, around.form
    told = [m for m in [*scene.groups, *scene.courses] if m.kind != "bare"]
    before = any(re.fullmatch(r" ?[(]", scene.text[m.end : form.start]) for m in told)
    lead = r"[)%\]\s]*(?:(?:in|at|with|for|on|during|after|of) )?(?:the |those |patients )*"
    return before or any(re.fullmatch(lead, scene.text[form.end : m.start]) for m in told if m.start >= form.end)


def _behind(behind):
    words = re.split(
        r"[,;:。]|\.(?:\s|$)| and \d| and [\w-]+ (?:was|were|had) | while | whereas |\(", behind.lstrip(" )%]")
    )[0]
    return TRIM.sub("", TRIM.sub("", words)).strip()[:80]


def _before(near):
    pieces = re.split(r"[,;:。]|\.\s|\(| and (?=[a-z]+ (?:was|were))", near)
    told = [p for p in pieces if TRIM.sub("", p).strip() and not DULL.fullmatch(TRIM.sub("", p).strip())]
    words = told[-1] if told else ""
    return TRIM.sub("", re.sub(rf"{NUM}\s*%", "", TRIM.sub("", words))).strip()[-80:]


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

"""The adverse event that a share or count is of, with its grade, in the paper's own words."""

import re

from .forms import Form
from .mentions import grade_mentions
from .phrases import DULL
from .words import pattern

AE_TERMS = (
    "pneumonitis|interstitial (?:lung"
    " disease|pneumonia)|rash|pruritus|fatigue|an(?:a)?emia|neutropenia|leu[ck]openia|leukocytopenia|thrombocytopenia|"
    "nausea|vomiting|diarrh(?:o)?ea|colitis|hepatitis|hypothyroidism|hyperthyroidism|thyroiditis|hypophysitis"
    "|myocarditis|"
    "nephritis|arthralgia|myalgia|fever|pyrexia|cough|dyspn(?:o)?ea|hypertension|proteinuria|hand-foot (?:syndrome|skin"
    " reaction)|"
    "h(?:a)?emoptysis|bleeding|h(?:a)?emorrhage|(?:liver|hepatic)"
    " (?:injury|toxicity|dysfunction)|(?:ALT|AST|transaminases?)(?: (?:increased?|elevation))?|"
    "adrenal insufficiency|stomatitis|mucositis|constipation|alopecia|neuropathy|infection|decreased appetite|anorexia|"
    "myelosuppression|febrile neutropenia|hyperglyc(?:a)?emia|infusion(?:-related)? reactions?|endocrinopathy|"
    "肺炎|皮疹|瘙痒|乏力|疲劳|贫血|中性粒细胞减少|白细胞减少|血小板减少|恶心|呕吐|腹泻|结肠炎|肝炎|肝功能(?:异常|损伤)|甲状腺功能(?:减退|亢进)|高血压|蛋白尿|手足综合征|食欲(?:减退"
    "|下降)|骨髓抑制|发热"
)
TERM = re.compile(rf"(?<![A-Za-z])(?:{AE_TERMS})(?![A-Za-z])", re.I)
DEATH = re.compile(
    r"died of (?:toxicity|treatment)|treatment-related (?:deaths?|fatalit)|toxic deaths?|fatalit"
    r"|deaths? (?:related|attributed|due) to (?:therapy|treatment|study|toxicity|adverse)",
    re.I,
)


def adverse_event(scene, i: int, form: Form) -> str:
    """The adverse event that a share or count is of, with its grade; '' for what is none."""
    start = scene.forms[i - 1].end if i else 0
    near = re.split(r"[;。]", scene.text[start : form.start])[-1]
    whole = re.split(r"[;。]", scene.text[: form.start])[-1]
    if not _is_event(scene, form, near, whole):
        return ""
    behind = re.split(r"[,;。.]", scene.text[form.end : form.end + 70])[0]
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
    return f"{_term(scene, near, whole, form)}, grade {grade}"


def _is_event(scene, form, near, whole):
    """Whether the words around a share or count are of adverse events, and of nothing else behind them."""
    text = scene.text
    if STOPPED.search(text[: form.start]) and not grade_mentions(text) or NO_EVENT.match(text, form.end):
        return False  # why a treatment was stopped, or what patients had to do with it
    if not (TERM.search(text) or EVENTS.search(text) or DEATH.search(text)):
        return False
    safety = any(re.search(r"safety|toxic|adverse|不良|安全|毒", s, re.I) for s in scene.sentence.section)
    carried = (safety or GENERIC.search(whole) or grade_mentions(whole)) and (
        TERM.search(whole) or GENERIC.search(whole)
    )
    carried = carried and not re.search(r"\b(?:whom|who|which|whose)\b", near)  # all of whom were given steroids (59%)
    if not (_spoken(scene, form, near) or carried):
        return False
    if safety:
        return True
    if re.search(r"objective|response|control|resist|缓解率|控制率", near, re.I) and not TERM.search(near):
        return False
    said = max([m.end() for k in (GENERIC, TERM) for m in k.finditer(text[: form.start])], default=0)
    share = any(m.kind == "share" and said < m.start < form.start for m in scene.ends)
    return not share or _of_last(scene, near)  # not: with tolerable toxicity, and the response rate was


DIRECT = re.compile(
    r"[)%\]\s]*(?:of |with |cases? of |had |patients? |reported |experienced |developed |at least one |an? |any )*"
)


def _spoken(scene, form, near):
    """Whether words of adverse events stand right before a number, or right behind it."""
    behind = re.split(r"[,;。.]", scene.text[form.end : form.end + 70])[0]
    return (
        pattern("adverse").search(near)
        or TERM.search(near)
        or pattern("adverse").match(behind[DIRECT.match(behind).end() :])
        or DEATH.search(scene.text[form.end : form.end + 40])
        or _of_last(scene, near)
        or HAD_EVENTS.match(scene.text, form.end)
    )


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


LAST_VERB = re.compile(r".*\b(?:was|were|is|are|had|have|increased|reduced|caused|led to)\b")


def without_groups(scene, start, end):
    """Words of a sentence with those of its groups blanked: the toxicity group speaks of no event."""
    text = scene.text
    for m in scene.groups:
        text = text[: m.start] + " " * (m.end - m.start) + text[m.end :] if start <= m.start < end else text
    return text[start:end]


def event_tested(scene, i: int, form: Form) -> str:
    """The adverse event that a ratio or test is of, by the words since the number before it: `more events of grade 3 or
    worse (RR 1.1)`; '' where they name none, or an endpoint.
    """
    start = scene.forms[i - 1].end if i else 0
    near = re.split(r"[;。]", without_groups(scene, start, form.start))[-1]
    if any(start <= m.start < form.start for m in scene.ends) or not (GENERIC.search(near) or TERM.search(near)):
        return ""
    verb = LAST_VERB.match(near)
    behind = near[verb.end() :] if verb else near
    if verb and (GENERIC.search(behind) or TERM.search(behind)):
        near = behind
    elif verb and re.search(r"\b(?:associated|correlated|linked|related|predict\w*|prognos\w*|factors?)\b", behind):
        return ""  # pneumonitis was associated with a worse outcome
    term, grades = TERM.findall(near), grade_mentions(near)
    name = term[-1][0].upper() + term[-1][1:] if term else _any_event(near)
    return f"{name}, grade {grades[-1].name if grades else 'any'}"


NO_EVENT = re.compile(
    r"[)%\]\s]*(?:of (?:the |all |these )?)?(?:patients |pts )?(?:(?:were|was"
    r"|had been) (?:not )?(?:re-?challenged|re-?treated|male|female|men|women)\b"
    r"|(?:requir|receiv|need|stopp|discontinu|recover|resolv|continu|resum)(?:ed|ing)\b)",
    re.I,
)
STOPPED = re.compile(
    r"(?:\breasons?\b|\bstopp\w+|\bdiscontinu\w+|\bceas\w+)[^.;]*(?:because of|due to|owing to|were|was|for)\b", re.I
)
GENERIC = re.compile(
    r"adverse (?:events?|reactions?)|(?<![A-Za-z])(?:TR|ir|TE|S)?AEs?(?![A-Za-z])|toxicit(?:y|ies)|不良反应|不良事件|毒副反应",
    re.I,
)
EVENTS = re.compile(rf"{GENERIC.pattern}|\bevents?\b|\breactions?\b|毒|不良|安全", re.I)
SPECIAL = {  # events that are a part of all events
    "serious": re.compile(r"\b[Ss]erious\b|\bSAEs?\b|严重不良", re.I),
    "discontinuing": re.compile(
        r"(?:leading|led) to (?:treatment |drug |study |permanent )*(?:discontinu|withdraw)", re.I
    ),
    "recurrent": re.compile(r"\brecurren(?:t|ce)|\brecurred", re.I),
    "immune-related": re.compile(r"[Ii]mmune[- ]related|\b[Ii]rAEs?\b|免疫相关"),
    "treatment-related": re.compile(r"(?:[Tt]reatment|[Dd]rug)[- ]related|\bTRAEs?\b|治疗相关"),
}
JOINED = re.compile(r"[\s)\]%]*(?:and|vs?\.?|versus|和|与|及|、|,)\s*[(\[]?\s*")
WHO_AND = re.compile(  # 9 of 47 who continued and in 21 of 53 who switched
    r"[\s)\]%]*(?:of \d+ )?(?:patients )?(?:who|in the|with|receiving|on|in|among) [^.;,()\d]{2,50} (?:and"
    r"|vs\.?|versus|compared with) (?:in |by )?"
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
    plainly = re.search(r"\b(?:was|were|in|of|grade|patients?|had|with|the|at)\b|级|例|患者|组$", listed["t"])
    return "" if plainly else listed["t"][0].upper() + listed["t"][1:]


GRADED = re.compile(
    r"[)\]%,\s]*(?:and )?grades? \d(?: ?[-–] ?\d| or \d)? (?P<t>[a-z][a-z -]{3,38}?)\s*[(\[]\s*(?:n\s*=\s*)?$", re.I
)


def _graded(scene, near):
    """The event behind its grade in a list of such, though no word is known for it: `, grade 4 word (n=1 [5%])`."""
    said = GRADED.fullmatch(near)
    if not said or GENERIC.search(said["t"]) or not scene.made or not scene.made[-1].statistic.startswith("ae_"):
        return ""
    return said["t"][0].upper() + said["t"][1:]


FIRST_OF_LIST = re.compile(
    r"(?:adverse (?:events?|reactions?)|AEs?|toxicit(?:y|ies))(?: \([^()\d]*\))?(?: (?:of any grade|reported"
    r"|observed))?"
    r" (?:were|was|included|including) (?:the |an? )?(?!(?:less|more|fewer|higher|lower|similar|comparable"
    r"|significantly|not|also|rare|mild|infrequent|manageable|generally|mostly|seen|recorded"
    r"|noted)\b)(?P<t>[a-z][a-z -]{3,38}?)\s*[(\[]\s*$"
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
    graded = "" if TERM.search(near) else _graded(scene, near)
    if graded:
        return graded
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

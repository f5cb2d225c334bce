"""What is counted, in the paper's own words: the response, the characteristic or the adverse event that a share is of."""

import re

from .forms import NUM, Form
from .mentions import grade_mentions
from .words import endpoints, pattern

AE_TERMS = (
    "pneumonitis|interstitial (?:lung disease|pneumonia)|rash|pruritus|fatigue|an(?:a)?emia|neutropenia|leu[ck]openia|leukocytopenia|thrombocytopenia|"
    "nausea|vomiting|diarrh(?:o)?ea|colitis|hepatitis|hypothyroidism|hyperthyroidism|thyroiditis|hypophysitis|myocarditis|"
    "nephritis|arthralgia|myalgia|fever|pyrexia|cough|dyspn(?:o)?ea|hypertension|proteinuria|hand-foot (?:syndrome|skin reaction)|"
    "h(?:a)?emoptysis|bleeding|h(?:a)?emorrhage|(?:liver|hepatic) (?:injury|toxicity|dysfunction)|(?:ALT|AST|transaminases?)(?: (?:increased?|elevation))?|"
    "adrenal insufficiency|stomatitis|mucositis|constipation|alopecia|neuropathy|infection|decreased appetite|anorexia|"
    "myelosuppression|febrile neutropenia|hyperglyc(?:a)?emia|infusion(?:-related)? reactions?|endocrinopathy|"
    "肺炎|皮疹|瘙痒|乏力|疲劳|贫血|中性粒细胞减少|白细胞减少|血小板减少|恶心|呕吐|腹泻|结肠炎|肝炎|肝功能(?:异常|损伤)|甲状腺功能(?:减退|亢进)|高血压|蛋白尿|手足综合征|食欲(?:减退|下降)|骨髓抑制|发热"
)
TERM = re.compile(rf"(?<![A-Za-z])(?:{AE_TERMS})(?![A-Za-z])", re.I)
TRIM = re.compile(
    r"^(?:[\s,;:.)(\]-]|and |vs\.? ?|versus |v |or |of |in |were |was |had |a |an |the |with |who |patients? |cases? |as |being |are |is |only |including |among |these |them |to |experienced |for |received )+|[\s,;:.()\[\]]+$|(?: (?:was|were|in|and|of|had|is|are|at|the|a|respectively|seen|observed|recorded|while|but))+$",
    re.I,
)
DEATH = re.compile(r"died of (?:toxicity|treatment)|treatment-related (?:deaths?|fatalit)|toxic deaths?|fatalit", re.I)


SUBJECT_ALONE = re.compile(
    r"(?:of )?(?:the |all )?(?:\d+ )?(?:patients|pts|cases|subjects|participants|例|例患者)", re.I
)
DULL = re.compile(
    r"(?:accounting for|comprising|representing|followed by|including|consisting of|with|only|respectively)", re.I
)


def adverse_event(scene, i: int, form: Form) -> str:
    """The adverse event that a share or count is of, with its grade; '' for what is none."""
    safety = any(re.search(r"safety|toxic|adverse|不良|安全|毒", s, re.I) for s in scene.sentence.section)
    start = scene.forms[i - 1].end if i else 0
    near = re.split(r"[;。]", scene.text[start : form.start])[-1]
    whole = re.split(r"[;。]", scene.text[: form.start])[-1]
    behind = re.split(r"[,;。.]", scene.text[form.end : form.end + 70])[0]
    direct = re.match(r"[)%\]\s]*(?:of |with |cases? of |had |patients? )*", behind)
    spoken = (
        pattern("adverse").search(near)
        or TERM.search(near)
        or pattern("adverse").match(behind[direct.end() :])
        or DEATH.search(scene.text[form.end : form.end + 40])
    )
    if not (
        spoken
        or ((safety or pattern("adverse").search(whole)) and (TERM.search(whole) or pattern("adverse").search(whole)))
    ):
        return ""
    if (
        not safety
        and re.search(r"objective|response|control|resist|缓解率|控制率", near, re.I)
        and not TERM.search(near)
    ):
        return ""
    term = _term(scene, near, whole, form)
    grades = (
        grade_mentions(near)
        or (grade_mentions(behind)[:1] if not TERM.search(near) else [])
        or grade_mentions(re.split(r" and |[,;]", scene.text[form.end : form.end + 45])[0])
        or grade_mentions(whole)
    )
    grade = grades[-1].name if grades else "any"
    return f"{term}, grade {grade}"


def _term(scene, near, whole, form):
    if DEATH.search(scene.text[form.start : form.end + 60]):
        return "Fatal event"
    for part in (near, whole):
        found = TERM.findall(part)
        if found:
            return found[-1][0].upper() + found[-1][1:]
    behind = (
        TERM.search(re.split(r"[,;]", scene.text[form.end : form.end + 60])[0])
        if re.match(r"[)%\s]*(?:of|cases|events|instances?)", scene.text[form.end :])
        else None
    )
    return behind[0].capitalize() if behind else "Any event"


def terms_each(scene, i: int, form: Form, adverse: str) -> list[str]:
    """The events of `anemia and neutropenia (15.4% each)`, each with the grade that is said."""
    start = scene.forms[i - 1].end if i else 0
    grade = adverse.rpartition(", grade ")[2]
    found = [t[0].upper() + t[1:] for t in TERM.findall(scene.text[start : form.start])]
    return [f"{t}, grade {grade}" for t in dict.fromkeys(found)] or [adverse]


def subject_of(scene, i: int, form: Form) -> tuple[str, str]:
    """What a share or count is of, and in which group: a declared response, or the words behind or before it."""
    group = scene.assigned.get(i, "")
    start = scene.forms[i - 1].end if i else 0
    stop = next((f.start for f in scene.forms[i + 1 :] if f.kind != "value" or "low" in f.parts), len(scene.text))
    near, behind = scene.text[start : form.start], scene.text[form.end : stop]
    shares = [m for m in scene.ends if m.kind == "share"]
    listed = scene.ends_at.get(form.start, "")
    if is_share(listed):
        return listed, group
    first = next((run[0] for run in scene.runs if i in run[1:]), None)
    if first is not None and scene.made and not any(start <= m.start < form.start for m in shares):
        same = next((r for r in scene.made if r.pair.split("|")[1:2] == [str(scene.forms[first].start)]), None)
        if same and is_share(same.endpoint):
            return same.endpoint, group
    inside = [m for m in shares if form.start < m.start and m.end <= form.end]
    if inside:
        return inside[0].name, group
    sex = re.search(r"\b(?:men|women|males?|females?)\b", scene.text[form.start : form.end])
    if sex:
        return sex[0], group
    before = [m for m in shares if start <= m.start < form.start and not closed(scene.text[m.end : form.start])]
    verb = re.match(
        r"[)\]%\s]*(?:of (?:the )?patients? )?(?:had|achieved|achieving|experienced|exhibited|showed|with|developed|attained|reached|obtained|达到?|获得) (?:a |an |the )?(?:confirmed |best response of )?",
        behind,
    )
    direct_after = [m for m in shares if verb and form.end <= m.start <= form.end + verb.end() + 2]
    if direct_after:
        return direct_after[0].name, group
    if before:
        return before[-1].name, group
    direct = re.match(
        r"[)\]%\s]*(?:had|achieved|achieving|experienced|showed|with|of|were|was|for|developed|attained|reached|as|could not|为|达)?\s*(?:a |an |the )?(?:confirmed |best response of )?",
        behind,
    )
    after = [m for m in shares if form.end <= m.start <= form.end + (direct.end() if direct else 0) + 2]
    if after:
        return after[0].name, group
    if re.match(r"\s*(?:patients?|cases?|例)?[)\s]*(?:could not be|not evaluable)", behind):
        return "BOR: NE", group
    if (
        re.search(
            r"(?:included|enrolled|randomi[sz]ed|assigned|analy[sz]ed|resumed treatment|were reviewed|eligible|recruited|underwent|纳入|入组|收集)",
            behind[:90],
        )
        and "percent" not in form.parts
    ):
        return "patients included", group
    behind = re.sub(
        r"^[)\]%\s]*(?:of (?:the |all )?(?:patients|cases|participants))(?= (?:had|were|was|achieved|with|received))",
        "",
        behind,
    )
    if re.match(r"[)\]%\s]*of (?:the |all )?(?:patients|cases|participants)\b", behind) and _before(near):
        return _before(near), group
    if re.search(r"[(\[]\s*$", near) and _before(near):
        return _before(near), group
    words = (
        _behind(behind) if not re.search(r"(?:in|as|was|were|of|:|\()\s*$", near) or len(_behind(behind)) > 3 else ""
    )
    if SUBJECT_ALONE.fullmatch(words) and any(m.start < form.start for m in shares):
        return [m for m in shares if m.start < form.start][-1].name, group
    if words and group and shares and _only_group(words, group):
        earlier = [m for m in shares if m.start < form.start and not closed(scene.text[m.end : form.start])]
        return (earlier[-1].name, group) if earlier else (words, group)
    if words:
        return words, group
    earlier = [m for m in shares if m.start < form.start]
    if earlier and i and i in {j for j in scene.assigned}:
        return earlier[-1].name, group
    said = _before(near)
    if said:
        return said, group
    return (earlier[-1].name if earlier else ""), group


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


def _only_group(words, group):
    """Whether the words only repeat the group: 21.7% for D."""
    said = set(re.findall(r"[A-Za-z]+", words)) - {"for", "in", "with", "the", "of", "group", "arm", "and"}
    return said <= set(re.findall(r"[A-Za-z]+", group))


def closed(between: str) -> bool:
    """Whether a bracket that was open before these words closes in them: what stood in it speaks of something else."""
    depth = 0
    for sign in between:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return True
    return False


def is_share(name: str) -> bool:
    """Whether a name is a declared response or rate."""
    return name in endpoints() and endpoints()[name].kind == "share"

"""What a sentence speaks of, and where: endpoints, groups of patients, points of time, factors, grades."""

import re
from dataclasses import dataclass
from functools import cache

from .forms import NUM
from .words import endpoints, named

NOT_GROUP = re.compile(
    r"^(?:(?:the|an?|all|these|those|our|with|who|were|was|had|have|has|received|underwent|undergoing|and|or|of|in|advanced|metastatic|"
    r"recurrent|locally|stage|iv|iii|iiib|non|small|cell|lung|cancer|nsclc|sclc|escc|esophageal|squamous|carcinomas?|head|neck|oral|pleural|thymic|bladder|cervical|endometrial|renal|urothelial|hepatocellular|melanoma|gastric|colorectal|mesothelioma|solid|tumou?rs?|evaluable|included|"
    r"enrolled|eligible|treated|treatment|therapy|rechallenge[d]?|retreated|retreatment|icis?|immunotherapy|immune|checkpoint|"
    r"inhibitors?|resumed|available|data|study|entire|whole|overall|total|cohort|patients|population|both|two|groups?|safety|"
    r"analysis|set|intention-to-treat|itt|response|evaluated|assessed|measurable|disease|died|progressed|alive|achieved|"
    r"diagnosed|lacking|without|targetable|driver|gene|mutations?|alterations?|this|full|same|each|most|either|any|one|at|least|"
    r"single|other|small|for|to|on|experienced|being|not|could|be|years?|first|second)[\s\-]*)+$",
    re.I,
)
STOP = (
    r"(?=,|"
    r" (?:had|have|has|was|were|is|are|did|achieved|showed|experienced|demonstrated|displayed|exhibited|survived|obtained)\b(?!"
    r" (?:given|received|been|not received|a PFS of \d|lasted))"
    r"|[;:)]|\((?!(?-i:[A-Z][\w-]{1,9})\) (?:of|[<>≥≤]))| (?:than|versus|vs\b|and (?:those|patients|in|not|\d)|as compared|compared|respectively|against)| (?<!of"
    r" )(?<!least )(?<![<>≥≤] )(?<!grade )(?<!than )(?<!below )(?<!above )(?<!under )(?<!over )(?<!ECOG )(?<!PS )(?<!or"
    r" )(?<!to )(?<!age )\d|\.$|\.\s|$)"
)
GROUP_WORD = r"(?:groups?|arms?|cohorts?|subgroups?)"
OTHERS = (
    r"(?:(?:the )?others\b|the rest\b|the remainder|the remaining patients|(?:those|patients) (?:with|who had|who did)"
    r" (?:less|not|fewer|neither)\b|those without(?: it\b)?(?=\s*(?:[.,;()]|$))|the other"
    r" (?:group|arm|patients)|non-?responders|没有者|其余患者|其他患者|未发生者)"
)
PATTERNS = (
    ("others", re.compile(OTHERS, re.I)),
    (
        "side",
        re.compile(
            r"(?:in|for|of|with|among)? ?(?:the )?(?P<g>(?:[\w+/<>≥≤%.\-]+ ){0,5}?[\w+/<>≥≤%.\-]+) (?:\([^()]{1,40}\) )?"
            + GROUP_WORD
            + r"\b",
            re.I,
        ),
    ),
    (
        "side",
        re.compile(
            r"\b(?:in|of|for|among|the) (?P<g>(?:non-?|not )?(?:re-?challenged|re-?treated)) (?:patients|pts|group)\b"
            r"|\b(?:patients|pts|those) (?:who (?:were|had been) )?not (?:re-?challenged|re-?treated)\b",
            re.I,
        ),
    ),
    (
        "signed",
        re.compile(
            r"(?P<g>[A-Z][\w()]*(?:-[\w()]+)*-(?:positive|negative|high|low|mutant|wild-type)(?: (?:or|and)"
            r" \w+)?|PD-?L1 (?:TPS |CPS |expression )?(?:[<>≥≤]=?|of )\s*\d+%?(?:\s*-\s*\d+%)?|PD-?L?1"
            r" (?:positive|negative)(?: expression)?(?: or (?:as"
            r" )?(?:negative|unknown))?|(?:high|low|poor|good|favou?rable|younger|older)(?:er)?"
            r" (?:[A-Z][\w-]+|patients|age))(?= (?:patients|tumou?rs|cases|individuals|expression|group))?"
        ),
    ),
    (
        "with",
        re.compile(
            r"(?:patients|pts|those|individuals|subjects|participants|cases|men|women|persons|ones|survivors|(?:sub)?groups?|subsets?|cohorts?)"
            r" (?:in (?:this|our|the present) (?:study|series|cohort) )?(?P<g>(?:with(?:out)?(?! \d+ ?\()(?! a"
            r" median)|who|whose|receiving|(?:re-?)?treated with|re-?challenged with|treated(?= [<>≥≤])|assigned to|randomi[sz]ed to|given|aged|in"
            r" whom|having|achieving|experiencing|developed|developing|not receiving|carrying|on|developing|rechallenged with \w+ after)"
            r" (?:[^,;:()]|\((?-i:[A-Z][\w-]{1,9})\)(?= (?:of|[<>≥≤])))*?)" + STOP,
            re.I,
        ),
    ),
    (
        "owner",
        re.compile(r"\b(?P<g>[A-Z][\w-]+s|[Rr]esponders|[Nn]on-?responders)(?:['’]|(?= had (?:a )?(?:\d|median)))"),
    ),
    (
        "given",
        re.compile(
            r"(?:with|given|receiving|for|on|after|under) (?:the"
            r" )?(?P<g>(?:combination|control|monotherapy|placebo|standard|experimental|combined)[\w\- ]{0,30}?)"
            + STOP,
            re.I,
        ),
    ),
    (
        "with",
        re.compile(
            r"(?P<g>[^,。;:()的中位为与和于较比<>≥≤]{0,14}[≥<>≤]\s*\d+(?:\.\d+)?\s*(?:个月|岁|%|分|周|年)?)(?:者|的?患者|组)"
        ),
    ),
    ("bare", re.compile(r"\b(?P<g>without)(?=[.,;)]|$)")),
    (
        "zh",
        re.compile(
            "(?P<g>(?:[A-Za-z0-9+\\-]{1,12}|联合(?:治疗)?|对照|观察|试验|实验|化疗|单药|治疗|研究|免疫(?:治疗)?|高(?:表达)?|低(?:表达)?|阳性|阴性|年轻|老年|[\u4e00-\u9fff]{2,6}?)(?:组)|[A-Za-z0-9\\-]{0,10}(?:阳性|阴性)(?=患者|者))"
        ),
    ),
)
TIME_UNIT = r"(?:months?|mo\b|years?|yr\b|weeks?|个月|月|周|年)"
SPELLED = {"one": "1", "two": "2", "three": "3", "five": "5", "six": "6", "twelve": "12"}
TIMES = re.compile(
    rf"(?P<list>(?:{NUM}\s*-?\s*(?:{TIME_UNIT}[- ]*)?(?:,|and|or|,? ?and|和|及|与|、"
    rf"|/)\s*)*(?:{NUM}|(?<![A-Za-z])(?:one|two|three|five|six|twelve)(?=-)))\s*-?\s*(?P<unit>{TIME_UNIT})"
    r"(?=[- ]+(?:(?!and |with |vs |or |in |for |of )[\w-]+"
    r" ){0,3}?(?:PFS|OS|DFS|EFS|RFS|LRFS|DMFS|progression|overall|disease|event|survival|rates?|landmark|estimate|cumulative|incidence)|的?(?:PFS|OS|DFS|无|总|生存))",
    re.I,
)
AT = re.compile(
    rf"(?:\bat|\balive(?: at)?) (?P<list>(?:{NUM}\s*(?:,|and|or|,? and)\s*)*{NUM})\s*-?\s*(?P<unit>months?|years?|weeks?)",
    re.I,
)
GRADE = re.compile(
    r"(?:(?:greater than or equal to|at least|≥|>=?) grade (?P<least>[1-5])(?!\d))|"
    r"(?:grades? (?P<roman>(?-i:I{1,3}V?|IV|V)(?:\s*(?:-|to|or|and|/)\s*(?-i:I{1,3}V?|IV|V))?(?![A-Za-z])))|"
    r"(?:grades?|CTCAE|(?<![A-Za-z])(?-i:Gr\.?|G))\s*(?P<g>(?:[<>]=?|[≥≤]|greater than or equal to|of at least|at least)?\s*[1-5](?:\s*(?:-|to|or|and|/)\s*[1-5])?(?:\s*(?:or"
    r" (?:higher|worse|more|greater|above)|and (?:above|higher)|\+))?|any)|(?P<any>any[- ]grade|any grade|all[-"
    r" ]grades?|of any"
    r" grade)|(?P<h>(?:≥|>=?)\s*(?:grade\s*)?[1-5])(?=\s*(?:级|grade|toxic|adverse|AE))|(?P<zh>(?:≥\s*)?[1-5](?:[-~][1-5])?(?:级?(?:及以上|以上))?|[ⅠⅡⅢⅣ](?:[-~][ⅠⅡⅢⅣ])?(?:[级度]?(?:及以上|以上))?)\s*(?:[级度]|(?<=以上))(?:及以上|以上)?",
    re.I,
)


@dataclass(frozen=True)
class Mention:
    """A word of a sentence: its kind, the name that it stands for, and its place."""

    kind: str
    name: str
    start: int
    end: int


@cache
def _endpoint_pattern():
    return named("endpoints")


def endpoint_mentions(text: str, masked=()) -> list[Mention]:
    """Endpoints in order; a longer mention hides a shorter one inside it. `masked` spans are left out."""
    found = []
    for name, known in _endpoint_pattern():
        found += [Mention(endpoints()[name].kind, name, *m.span()) for m in known.finditer(text) if m.end() > m.start()]
    return _outermost([m for m in found if not any(a <= m.start and m.end <= b for a, b in masked)])


def _outermost(mentions):
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if kept and mention.start < kept[-1].end:
            continue
        kept.append(mention)
    return kept


def arm_mentions(text: str, arms=()) -> list[Mention]:
    """The arms of the paper by their names."""
    found = [m for arm in arms for m in _arm_mentions(text, arm)]
    for arm in arms:  # with docetaxel and tislelizumab
        joined = re.compile(rf" (?:and|or|versus|vs\.?) (?:the )?{re.escape(arm)}(?![\w+-])", re.I)
        found += [
            Mention("arm", arm, match.start() + 1, match.end())
            for m in list(found)
            if m.name != arm
            and (match := joined.match(text, m.end))
            and not any(o.start < match.end() and match.start() + 1 < o.end for o in found)
        ]
    return found + [m for m in _short_arms(text, arms) if not any(a.start < m.end and m.start < a.end for a in found)]


def group_mentions(text: str, arms=(), known=()) -> list[Mention]:
    """Groups of patients in order: arms of the paper by their names, those that are known already, and what words such
    as `patients with` begin.
    """
    found = [*arm_mentions(text, arms), *known]
    found += _coordinated(text, found)
    for kind, known in PATTERNS:
        taken = [(m.start, m.end) for m in found]
        for match in known.finditer(text):
            free = not any(a < match.end() and match.start() < b for a, b in taken)
            mention = _mention(kind, match, text) if free else None
            if mention:
                found.append(mention)
                taken.append((mention.start, mention.end))
    found += _versus(text, found)
    tumours = [Mention("side", m["g"], *m.span()) for m in TUMOUR.finditer(text)]
    if len({m.name for m in tumours}) > 1:  # 26.7% in NSCLC and 44.4% in melanoma
        found += [m for m in tumours if not any(a.start < m.end and m.start < a.end for a in found)]
    return sorted((_part_of(text, m) for m in found), key=lambda m: m.start)


PART_OF = re.compile(
    r"\b(?:patients|pts|those|subjects|individuals) (?P<g>(?:with(?:out)?|who|whose|aged) [^,;()]{2,60}?) (?:among|in|of|within|from)"
    r" (?:patients in )?(?:the )?$",
    re.I,
)


def _part_of(text, mention):
    """A group with the part of its patients that stands right before it: `patients with brain metastases in arm A`."""
    lead = text[: mention.start] if mention.kind in ("arm", "side") else ""
    said = text[mention.start :]
    lead += re.match(r"(?:(?:among|in|of|within|from) (?:the )?)?", said)[0] if lead else ""
    part = PART_OF.search(lead)
    if not part or re.search(r"\b(?:was|were|had|is|are|than|longer|higher)\b", part["g"]):
        return mention
    return Mention("part", f"{mention.name}, {part['g']}", part.start(), mention.end)


def _arm_mentions(text, arm):
    """An arm by its name, where a word before or behind marks it as a group."""
    word = re.escape(arm).replace(r"\ ", "[ -]").replace(r"[ -]\+[ -]", r"(?: ?\+ ?| plus | and )")
    word = re.sub(r"^Other\b", "(?:An)?other", word)
    lead = (
        r"(?:(?:in|with|given|for|receiving|received|on|by|of|and|vs\.?|versus|to|than|the|both|from|after) (?:the |an?"
        r" )?(?:ICI )?)?"
    )
    bordered = rf"{lead}(?P<g>(?<![\w+-]){word}(?![\w+-])(?: alone| therapy| {GROUP_WORD})?)"
    for match in re.finditer(bordered, text, re.I):
        marked = re.search(rf"(?:alone|therapy|{GROUP_WORD})$", match["g"], re.I) or re.match(
            r"(?:with|given|receiving|received|by|in|for|vs|versus|than|on|after)\b", match[0], re.I
        )
        sized = re.match(r"\s*[(,]\s*n\s*=", text[match.end() :])
        sized = sized or re.search(r"\d (?:patients |pts )?$", text[: match.start()])  # 64 to A and 62 to B
        if LETTERED.fullmatch(arm) or marked or re.search("[\u4e00-\u9fff]", arm) or _abbreviation(arm) or sized:
            yield Mention("arm", arm, match.start(), match.end())


LETTERED = re.compile(r"(?:arm|group|cohort)s? (?:[A-D]|[1-4]|I{1,3}|IV)", re.I)


def _abbreviation(arm):
    return bool(re.fullmatch(r"[a-z]?[A-Z0-9+/-]{2,}", arm))


TUMOUR = re.compile(
    r"\b(?:in|for|among) (?P<g>N?SCLC|melanoma|RCC|HCC|HNSCC|mesothelioma|adenocarcinoma|(?:renal|urothelial|squamous)["
    r" -]cell carcinoma)\b"
)


def _short_arms(text, arms):
    """The first of two arms that share their last word: for early and late relapse."""
    one, two = (a.split() for a in arms) if len(arms) == 2 else ([], [])
    if len(one) < 2 or len(two) < 2 or one[-1].lower() != two[-1].lower():
        return
    for arm, words in zip(arms, (one, two), strict=True):
        told = rf"\b(?:in|for|after|of|with) (?:the )?{re.escape(' '.join(words[:-1]))}(?= (?:and|or|vs|versus)\b)"
        yield from (Mention("arm", arm, *m.span()) for m in re.finditer(told, text, re.I))


COORDINATED = re.compile(
    r"(?:in|of|between|for) (?:the )?(?P<a>(?:[A-Z][\w+-]*|[a-z][\w-]{3,}))(?: group| arm)? "
    r"(?:(?:and|or|vs\.?|versus) (?:the )?(?P<b>[\w+-]+) (?:groups|arms|cohorts)"
    r"|than (?:in )?(?:the )?(?P<c>[\w+-]+) (?:groups?|arms?|cohorts?))\b"
)
TWO_GROUPS = re.compile(
    r"\b(?:in|of|for|between) (?:the )?(?P<a>[\w+-]+(?: (?:plus|and|or|with|\+) [\w+-]+)) and (?:the )?"
    r"(?P<b>[\w+-]+(?: (?:plus|with|\+) [\w+-]+)?) (?:groups|arms|cohorts)\b"
)
USED = re.compile(
    "(?:使用|应用|接受|采用)(?P<a>[^,。;:()的]{2,12}?)(?:和|与|及)(?P<b>[^,。;:()的]{2,12}?)(?:治疗)?的(?=[^。"
    ";]{0,40}分别)"
)


def _coordinated(text, found):
    """Two groups that one word binds: the experimental and control groups."""
    made = []
    for match in [*TWO_GROUPS.finditer(text), *COORDINATED.finditer(text), *USED.finditer(text)]:
        inside = any(m.start < match.end() and match.start() < m.end for m in found)
        two = [k for k in match.groupdict() if match[k]]
        if inside or any(NOT_GROUP.match(match[k]) for k in two):
            continue
        made += [Mention("side", match[k], match.start(k), match.end(k)) for k in two]
    return made


WEIGHTED_ONLY = re.compile(r"(?:un)?(?:weighted|matched|adjusted)|original|crude|IPTW|PSM", re.I)


def _mention(kind, match, text):
    """The group that a match of a pattern names; None where its words name none."""
    name = _cleaned(
        kind, re.sub(r" (?:and|or|but|which|who|that)$", "", (match.groupdict().get("g") or match[0]).strip(" ."))
    )
    if not name or WEIGHTED_ONLY.fullmatch(name) or kind == "signed" and endpoint_mentions(name.split()[-1]):
        return None  # a higher ORR is no group
    bracket = "(" in text[match.end() : match.end() + 2]
    counted = re.search(r"(?:\d|\w{3,})\s*$", text[: match.start()])
    listed = re.search(
        r"(?<!\b[Ii]n )(?<!\b[Oo]f )(?<!mong )(?<!\b[Ff]or )(?<!\bthe )(?<!\d)\d+\s*$", text[: match.start()]
    )
    if kind == "with" and RESPONSE.match(name) and (counted and bracket or listed):
        return None
    if kind == "with" and re.search(r"%[^.;,]{0,20} of (?:the )?$", text[: match.start()]) and ACHIEVING.match(name):
        return None  # 41% of patients achieving a response
    against = re.search(r"(?:than|vs\.?|versus|compared (?:with|to)|against) $", text[: match.start()])
    against = against or match[0].startswith("those ") or "squamous" in name and "adenocarcinoma" in text
    if kind == "with" and not against and NOT_GROUP.match(name) or kind in ("with", "side") and _generic(name):
        return None
    if kind in ("with", "side") and (
        re.search(r"\b(?:[Dd]espite|[Ii]n contrast to|[Uu]nlike)(?: the)?\s*$", text[: match.start()] + " ")
        or re.fullmatch(r"who were (?:older|younger)", name)
    ):
        return None  # patients that others are set against, or a description of all
    if kind == "with" and (re.search(r" (?:from|with|of|to|than|on|in|for|by)$", name) or COURSE_ONLY.fullmatch(name)):
        return None
    if kind == "with" and re.search(r"\b[Tt]hese $", text[: match.start()]):
        return None  # those that a sentence before spoke of
    if kind == "with" and SAID_OF_ALL.match(name) and re.match(r"[.;]|$", text[match.end() :]):
        return None  # patients developed a rash.
    name = ZH_LEAD.sub("", name) if kind == "zh" else name
    if re.search("(?:[两各三本该]|多个)组$", name):
        return None  # the groups together
    start = match.end() - len(match[0]) + max(0, match[0].find(name)) if kind == "side" else match.start()
    return Mention(kind, name, start, match.end())


VERSUS = re.compile(r"\s*(?:vs?\.?|versus) (?:the |those )?(?P<g>[^,;:()]{2,60}?)" + STOP, re.I)


def _versus(text, found):
    """The other side of `patients with PD-L1 >=1% vs <1%`, called by the words that both sides share."""
    made = []
    for mention in found:
        match = VERSUS.match(text, mention.end) if mention.kind in ("with", "signed") else None
        if not match or any(m.start < match.end() and match.start() < m.end for m in found):
            continue
        name = match["g"].strip()
        if re.match(r"\d+(?:\.\d+)?\s*(?:months?|mos?\b|%|[(])", name):
            continue
        lead = re.sub(r"(?:\s*[<>≥≤]=?\s*|\s)\d.*$", "", mention.name).strip()
        made.append(
            Mention("with", f"{lead} {name}" if re.match(r"[<>≥≤=\d]", name) else name, match.start("g"), match.end())
        )
    return made


ACHIEVING = re.compile(r"(?:achieving|experiencing|developing|having) ", re.I)
SAID_OF_ALL = re.compile(r"developed|experienced|had ", re.I)
COURSE_ONLY = re.compile(
    r"(?:receiving|treated with|given|on|who received) (?:the |an? )?(?:first|initial|prior)(?: course| line)?(?:"
    r" of)? ?"
    r"(?:ICIs?|immunotherapy|treatment|therapy|course)(?: treatment| therapy)?"
)
RESPONSE = re.compile(
    r"(?:with|who had|who achieved) (?:an? )?(?:stable|progressive|partial|complete|objective|SD\b|PD\b|PR\b|CR\b)",
    re.I,
)
ZH_LEAD = re.compile(
    "^.*?(?:其中|和|与|及|长于|高于|低于|短于|优于|对比|较|而|在|为|的|于|患者|中)(?=[\u4e00-\u9fffA-Z]{1,6}组)"
)
LEAD = re.compile(
    r".*\b(?:than|of|the|in|that|between|while|and|with|was|were|for|observed|a|an|by|from|to|as|PFS|OS|when|both|two|entire|whole)\s+",
    re.I,
)


def _cleaned(kind, name):
    """The name of a group without the words that lead to it."""
    name = name.replace(")", "").replace("(", "") if kind == "signed" else name
    if kind != "side":
        return name
    words = LEAD.sub("", name)
    alone = (
        r"(?:total|overall|full|pooled|ITT|intention-to-treat|intent-to-treat|per-protocol|two|both|study|entire|whole|other|same|this|each|our|treatment|patient|age|risk|present|current|all|one|three|small|first|second|between|control|Eastern"
        r" Cooperative Oncology|Oncology|.*Cooperative)"
    )
    if re.fullmatch(r"(?:the|a|an|of|in|and|with|for|to|by|\d+|four|five|six|same|full|whole)", words, re.I):
        return ""
    return "" if re.fullmatch(alone, words, re.I) and words.lower() not in ("control",) else words


def _generic(name):
    return bool(
        re.match(
            r"(?:the |all |both |two |these |between |into |each |other |study |which |three"
            r" )*(?:groups?|arms?|two|both|three|between.*|into.*)?$",
            name,
            re.I,
        )
    )


def time_mentions(text: str) -> list[Mention]:
    """Points of time in order; `6- and 12-month` gives two at the same place. Names are months where they can be."""
    found = []
    for known in (TIMES, AT):
        for match in known.finditer(text):
            if FOLLOWED.match(text, match.end()) or any(m.start < match.end() and match.start() < m.end for m in found):
                continue
            numbers = list(re.finditer(NUM, match["list"]))
            start = match.start()
            if len(numbers) > 1 and re.search(r"\b(?:was|were|is|reached)\s*$", text[:start]):
                start, numbers = match.start("list") + numbers[-1].start(), numbers[-1:]  # was 7 months and 12-month OS
            for number in [m[0] for m in numbers] or [SPELLED[match["list"].lower()]]:
                found.append(Mention("time", _months(number, match["unit"]), start, match.end()))
    return sorted(found, key=lambda m: m.start)


def _months(number, unit):
    unit = (
        "years"
        if unit.lower().startswith(("y", "年"))
        else "weeks"
        if unit.lower().startswith(("w", "周"))
        else "months"
    )
    return f"{float(number) * 12:g} months" if unit == "years" else f"{number} {unit}"


FOLLOWED = re.compile(r"\s*of (?:median |mean )?follow-?up", re.I)
OF_COURSE = r"(?:ICIs?|IO|IT|ICB|immunotherapy|checkpoint inhibitors?|(?:anti-)?PD-?\(?L?\)?-?1)"
FIRST_COURSE = (
    rf"(?:{OF_COURSE}[- ]?(?:1|I)(?![\w%]|[.-]\w)|(?:1st|first) (?:course|{OF_COURSE}(?! inhibitor| therapy line)))"
)
SECOND_COURSE = rf"(?:{OF_COURSE}[- ]?(?:2|II)(?![\w%]|[.-]\w)|(?:2nd|second) (?:course|{OF_COURSE}))"
COURSE_NAME = re.compile(rf"{FIRST_COURSE}|{SECOND_COURSE}")
COURSE = re.compile(
    rf"(?<![\w-])(?:(?P<one>{FIRST_COURSE})|(?P<two>{SECOND_COURSE}))|"
    r"(?:(?:during|after|in|following|on|with|under|receiving|[Rr]egarding) (?:the"
    r" )?)(?P<first>(?:first|initial|prior)(?: course| line)?(?:"
    r" of)?(?: the)? ?(?:ICIs?|IO\b|immunotherapy|immune|PD|treatment|therapy|course))"
    r"|(?P<phrase>initial treatment with|first administration|first course had|首次(?:ICI|免疫)|初始(?:ICI|免疫))"
    r"|(?P<again>(?<![A-Za-z])(?:re-?challeng\w*|re-?treat\w*|re-?exposure|resum\w+)|再挑战|再次(?:使用|治疗))",
    re.I,
)


def course_mentions(text: str, masked=()) -> list[Mention]:
    """Courses of treatment that a sentence sets itself in: the first one, or the rechallenge."""
    found = [
        Mention("course", "rechallenge" if m["again"] or m["two"] else "first course", *m.span())
        for m in COURSE.finditer(text)
    ]
    return [m for m in found if not any(a <= m.start < b for a, b in masked)]


def factor_mentions(text: str) -> list[Mention]:
    """Factors in order: words that divide the patients, such as sex."""
    found = []
    for name, known in named("factors"):
        found += [Mention("factor", name, *m.span()) for m in known.finditer(text)]
    return _outermost(found)


NUMERALS = ("I", "II", "III", "IV", "V")
ROMAN = re.compile(r"(?<![A-Za-z])(?:I{1,3}|IV|V)(?![A-Za-z])")


def grade_mentions(text: str) -> list[Mention]:
    """Grades of adverse events in order."""
    found = []
    for m in GRADE.finditer(text):
        raw = next((m[k] for k in ("g", "h", "zh") if m[k]), "any")
        raw = f"≥{m['least']}" if m["least"] else ROMAN.sub(lambda r: str(NUMERALS.index(r[0]) + 1), m["roman"] or raw)
        found.append(Mention("grade", grade_name(raw), *m.span()))
    return found


def grade_name(raw: str) -> str:
    """A grade as one writes it: any, 1-2, >=3."""
    raw = raw.strip().lower().translate(str.maketrans({"ⅰ": "1", "ⅱ": "2", "ⅲ": "3", "ⅳ": "4"}))
    digits = re.findall(r"[1-5]", raw)
    if not digits:
        return "any"
    if len(digits) == 2:
        return f"{digits[0]}–{digits[1]}"
    return (
        f"≥{digits[0]}" if re.search(r"[≥>]|greater|least|higher|worse|more|above|greater|\+|以上", raw) else digits[0]
    )


def variable_of(text: str) -> str:
    """The last quantity of a patient that a text names, or ''."""
    last, at = "", -1
    for name, known in named("variables"):
        for match in known.finditer(text):
            if match.start() > at:
                last, at = name, match.start()
    return last

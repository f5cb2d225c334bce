"""Groups of patients that a sentence names: arms by their names, and what words such as `patients with` begin."""

import re
from dataclasses import replace

from .group_names import ACHIEVING, COURSE_ONLY, DID, RESPONSE, SAID_OF_ALL, ZH_LEAD, cleaned, generic
from .mentions import Mention, endpoint_mentions

NOT_GROUP = re.compile(
    r"^(?:(?:the|an?|all|these|those|our|with|who|were|was|had|have|has|received|underwent|undergoing|and|or"
    r"|of|in|advanced|metastatic|"
    r"recurrent|locally|stage|iv|iii|iiib|non|small|cell|lung|cancer|nsclc|sclc|escc|esophageal|squamous"
    r"|carcinomas?|head|neck|oral|pleural|thymic|bladder|cervical|endometrial|renal|urothelial|hepatocellular"
    r"|melanoma|gastric|colorectal|mesothelioma|solid|tumou?rs?|evaluable|included|"
    r"enrolled|eligible|treated|treatment|therapy|rechallenge[d]?|retreated|retreatment|icis?|immunotherapy"
    r"|immune|checkpoint|"
    r"inhibitors?|resumed|available|data|study|entire|whole|overall|total|cohort|patients|population|both|two"
    r"|groups?|safety|"
    r"analysis|set|intention-to-treat|itt|response|evaluated|assessed|measurable|disease|died|progressed|alive"
    r"|achieved|"
    r"diagnosed|lacking|without|targetable|driver|gene|mutations?|alterations?|this|full|same|each|most|either"
    r"|any|one|at|least|"
    r"single|other|small|for|to|on|experienced|being|not|could|be|years?|first|second)[\s\-]*)+$",
    re.I,
)


FEW = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]{3,6}teen|(?:twenty|thirty|forty|fifty)(?:-[a-z]+)?)"


STOP = (
    r"(?=,| of (?<=[\d%] of )(?=\d[\d.]* ?(?:months|mos?\b|weeks|years|%))|"
    r" (?:had|have|has|was|were|is|are|did|achieved|showed|experienced|demonstrated|displayed|exhibited"
    r"|survived|lived|obtained)\b(?!"
    r" (?:given|received|been|not received|a PFS of \d|lasted))"
    r"|[;:)]|\((?!(?-i:[A-Z][\w-]{1,9})\) (?:of|[<>≥≤]))| (?:than|versus|vs\b|and (?:those|patients|in|not|\d)|and "
    + FEW
    + r" (?:\(|\[|of\b|\d)|as compared|compared|respectively|against)| (?<!of"
    r" )(?<!least )(?<![<>≥≤] )(?<!grade )(?<!than )(?<!below )(?<!above )(?<!under )(?<!over )(?<!ECOG )(?<!PS )(?<!\bor"
    r" )(?<!to )(?<!was )(?<!were )(?<!age )(?!\d+ (?:weeks?|months?|days?|cycles?) (?:after|of|from|into"
    r"|before|post|or (?:longer|more|less)))\d|\.$|\.\s|$)"
)


GROUP_WORD = r"(?:groups?|arms?|cohorts?|subgroups?|counterparts?)"


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
            r"(?:\b(?:in|for|of|with|among) )?(?P<g>\b(?:[Gg]roup|[Aa]rm|[Cc]ohort) (?:[A-D]|[1-4]|I{1,3}"
            r"|IV))\b(?! ?[-–.]\w| (?:and|or) (?:[A-D]|\d|I+)\b)"
        ),
    ),
    ("zh", re.compile(r"(?P<g>[\u4e00-\u9fffA-Za-z0-9/+-]{2,14}者)(?=[与和及](?:未|无|非|不)[^,。;()者]{1,12}者)")),
    ("zh", re.compile(r"(?<![\u4e00-\u9fff])(?:其中)?(?P<g>[有无未][\u4e00-\u9fffA-Za-z0-9/+-]{1,12}者)(?=\d+例)")),
    ("zh", re.compile(r"(?<=者[与和及])(?P<g>(?:未|无|非|不)[\u4e00-\u9fffA-Za-z0-9/+-]{1,12}者)")),
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
            r"\b(?:in|for|among|than|versus|vs\.?|and) (?:the )?(?P<g>(?:[\w-]+ ){0,2}(?:non-?)?(?:users"
            r"|carriers|smokers))\b"
        ),
    ),
    (
        "side",
        re.compile(r"(?:in|for|of|among) the (?P<g>(?:[\w+/<>≥≤%.\-]+ ){0,5}?[\w+/<>≥≤%.\-]+) populations?\b", re.I),
    ),
    (
        "side",
        re.compile(
            r"(?:^|\b(?:in|of|for|among|the) )(?P<g>(?:non-?|not )?(?:re-?challenged|re-?treated)) (?:patients"
            r"|pts|group)\b"
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
            r" )?(?:negative|unknown))?|(?:[Vv]ery )?(?:high|low|poor|good|favou?rable|younger|older)(?:er)?"
            r" (?:[A-Z][\w-]+|patients|age))(?= (?:patients|tumou?rs|cases|individuals|expression|group))?"
        ),
    ),
    (
        "with",
        re.compile(
            r"(?:patients|pts|those|individuals|subjects|participants|cases|men|women|persons|ones|survivors"
            r"|(?:sub)?groups?|subsets?|cohorts?)"
            r" (?:in (?:this|our|the present) (?:study|series|cohort) )?(?P<g>(?:with(?:out)?(?! \d+ ?\()(?! a"
            r" median)|who|whose|receiving|(?:re-?)?treated with|re-?challenged with|treated(?= [<>≥≤])"
            r"|(?:classified|categori[sz]ed|defined|identified|deemed|considered|regarded)(?: as)?|harbou?ring"
            r"|undergoing|exhibiting|continuing|discontinuing|resuming|assigned to|randomi[sz]ed to|given|aged"
            r"|in"
            r" whom|having|achieving|experiencing|developed|developing|not receiving|carrying|on|developing"
            r"|rechallenged with \w+ after)"
            r" (?:[^,;:()]|\((?-i:[A-Z][\w-]{1,9})\)(?= (?:of|[<>≥≤])))*?)" + STOP,
            re.I,
        ),
    ),
    (
        "side",
        re.compile(
            r"\b(?:at|with|in|of|for) (?:the |a )?(?P<g>\d[\d.]*[ -]?(?:mg|g|µg|μg|Gy)(?:/kg|/m2"
            r"|/m²)?(?:[ -]?(?:Q\dW|daily))?) ?-?(?:dose|group|arm|cohort|level)s?\b"
        ),
    ),
    (
        "with",
        re.compile(
            r"\b(?:patients|pts|those|individuals|subjects"
            r"|cases) (?:aged )?(?P<g>[<>≥≤]=? ?\d+(?:\.\d+)?(?: ?%| years?(?: old| of age)?)?)(?=[\s,.;)])"
        ),
    ),
    (
        "with",
        re.compile(
            rf"(?:patients|pts|those) (?P<g>whose [^,;:()]{{3,60}}? (?:was|were|had|exceeded"
            rf"|lasted) [^,;:()]{{2,60}}?){STOP}",
            re.I,
        ),
    ),
    ("with", re.compile(r"(?<=\d )(?P<g>(?:who|receiving) (?:[^,;:()])*?)" + STOP, re.I)),
    (
        "owner",
        re.compile(r"\b(?P<g>[A-Z][\w-]+s|[Rr]esponders|[Nn]on-?responders)(?:['’]|(?= had (?:a )?(?:\d|median)))"),
    ),
    (
        "given",
        re.compile(
            r"(?:with|given|receiving|for|on|after|under) (?:the"
            r" )?(?P<g>(?:combination|control|monotherapy|placebo|standard|experimental"
            r"|combined)(?![\w])[\w\- ]{0,30}?)" + STOP,
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
            "(?P<g>(?:[A-Za-z0-9+\\-]{1,12}|联合(?:治疗)?|对照|观察|试验|实验|化疗|单药|治疗|研究|免疫(?:治疗)?|高(?:表达)?|低(?:表达)?|阳性"
            "|阴性|年轻|老年|[\u4e00-\u9fff]{2,6}?)(?:组)|[A-Za-z0-9\\-]{0,10}(?:阳性|阴性)(?=患者|者))"
        ),
    ),
)


BOTH_LETTERED = re.compile(
    r"\b(?P<word>arm|group|cohort)s (?P<a>[A-D]|[1-4]|I{1,3}|IV) (?:and|vs\.?|versus|or) (?P<b>[A-D]|[1-4]"
    r"|I{1,3}|IV)\b",
    re.I,
)


def arm_mentions(text: str, arms=()) -> list[Mention]:
    """The arms of the paper by their names."""
    found = [m for arm in arms for m in _arm_mentions(text, arm)]
    known = {arm.lower(): arm for arm in arms}
    for match in BOTH_LETTERED.finditer(text):  # in Groups A and B
        both = [(known.get(f"{match['word']} {match[k]}".lower()), match.span(k)) for k in ("a", "b")]
        found = (
            [m for m in found if m.end <= match.start() or match.end() <= m.start] if all(a for a, _ in both) else found
        )
        found += [Mention("arm", arm, *span) for arm, span in both] if all(a for a, _ in both) else []
    for arm in arms:  # the docetaxel and tislelizumab groups
        led = re.compile(rf"(?<![\w+-]){re.escape(arm)}(?= (?:and|or|versus|vs\.?) (?:the )?$)", re.I)
        others = [(m, text.rfind(m.name, m.start, m.end)) for m in found if m.name != arm]
        before = [said for m, at in others if at > 0 and (said := led.search(text[:at]))]
        taken = [said for said in before if any(o.start < said.end() and said.start() < o.end for o in found)]
        found += [Mention("arm", arm, *said.span()) for said in before[:1] if said not in taken]
    for arm in arms:  # with docetaxel and tislelizumab
        joined = re.compile(rf" (?:and|or|versus|vs\.?) (?:the )?{re.escape(arm)}(?![\w+-])", re.I)
        found += [
            Mention("arm", arm, match.start() + 1, match.end())
            for m in list(found)
            if m.name != arm
            and (match := joined.match(text, m.end))
            and not any(o.start < match.end() and match.start() + 1 < o.end for o in found)
        ]
    found = [m for m in found if not any(o.start <= m.start and m.end < o.end and o.name != m.name for o in found)]
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
    if len({m.name for m in tumours}) > 1 and not ONE_OF_TWO.search(text):  # 26.7% in NSCLC and 44.4% in melanoma
        found += [m for m in tumours if not any(a.start < m.end and m.start < a.end for a in found)]
    return sorted((_described(text, _part_of(text, m)) for m in found), key=lambda m: m.start)


DESCRIBED = re.compile(
    r"(?:^|\b(?:in|of|for|among|the|and|than|\d+) )(?P<g>(?:[\w-]+-(?:naïve|naive|positive|negative|mutant"
    r"|mutated|pretreated"
    r"|resistant|refractory|risk)|elderly|older|younger|female|male)) $",
    re.I,
)


def _described(text, mention):
    """A group with the word that describes its patients before it: `treatment-naïve patients with brain metastases`."""
    said = DESCRIBED.search(text[: mention.start]) if mention.kind == "with" and not mention.part else None
    return replace(mention, part=said["g"]) if said else mention


PART_OF = re.compile(
    r"\b(?:patients|pts|those|subjects|individuals) (?P<g>(?:with(?:out)?|who|whose"
    r"|aged) [^,;()]{2,60}?) (?:among|in|of|within|from)"
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
    return Mention("part", mention.name, part.start(), mention.end, part["g"])


def _arm_mentions(text, arm):
    """An arm by its name, where a word before or behind marks it as a group."""
    word = re.escape(arm).replace(r"\ ", "[ -]").replace(r"[ -]\+[ -]", r"(?: ?\+ ?| plus | and )")
    word = re.sub(r"^Other\b", "(?:An)?other", word)
    lead = (
        r"(?:(?:in|with|given|assigned|allocated|for|receiving|received|receive|on|by|of|and|vs\.?|versus|to"
        r"|than|the|both|from|after) (?:the |an?"
        r" )?(?:ICI )?)?"
    )
    bordered = rf"{lead}(?P<g>(?<![\w+/-]){word}(?![\w+/-])(?: alone| therapy| {GROUP_WORD})?)"
    for match in re.finditer(bordered, text, re.I):
        marked = re.search(rf"(?:alone|therapy|{GROUP_WORD})$", match["g"], re.I) or re.match(
            r"(?:with|given|assigned|allocated|receiving|received|receive|by|in|for|vs|versus|than|on|after)\b",
            match[0],
            re.I,
        )
        marked = marked or LOTTED.search(text[: match.start()]) and match[0].startswith("to ")
        sized = re.match(r"\s*[(,]\s*n\s*=", text[match.end() :])
        sized = sized or re.search(r"\d (?:patients |pts )?$", text[: match.start()])  # 64 to A and 62 to B
        if LETTERED.fullmatch(arm) or marked or re.search("[\u4e00-\u9fff]", arm) or _abbreviation(arm) or sized:
            yield Mention("arm", arm, match.start(), match.end())


LOTTED = re.compile(r"\b(?:randomi[sz]ed|randomly assigned|assigned|allocated)(?: \d:\d)? $", re.I)


LETTERED = re.compile(r"(?:arm|group|cohort)s? (?:[A-D]|[1-4]|I{1,3}|IV)", re.I)


def _abbreviation(arm):
    return bool(re.fullmatch(r"[a-z]?[A-Z0-9+/-]{2,}", arm))


TUMOUR = re.compile(
    r"\b(?:in|for|among|(?:patients|pts|those) with) (?P<g>N?SCLC|melanoma|RCC|HCC|HNSCC|mesothelioma"
    r"|adenocarcinoma|(?:renal|urothelial|squamous)["
    r" -]cell carcinoma)\b"
)


ONE_OF_TWO = re.compile(rf"{TUMOUR.pattern} (?:or|and) (?!{FEW}\b)(?:with )?[A-Za-z]")  # with melanoma or NSCLC


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
    r"(?:(?:and|or|vs\.?|versus) (?:the )?(?P<b>[\w+-]+(?: (?:progression|disease|response|therapy|treatment"
    r"|metastas[ie]s))?) (?:groups|arms|cohorts)"
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


CONTROLLED = re.compile(r"\b(?:control|placebo|comparator|comparison) (?:arm|group)\b", re.I)


SIDE_WORD = re.compile(r"(?:re-?challenged?|re-?treatment|immunotherapy|treatment|first|second)", re.I)  # of two groups


def _coordinated(text, found):
    """Two groups that one word binds: the experimental and control groups."""
    made = []
    for match in [*TWO_GROUPS.finditer(text), *COORDINATED.finditer(text), *USED.finditer(text)]:
        inside = any(m.start < match.end() and match.start() < m.end for m in found)
        two = [k for k in match.groupdict() if match[k]]
        if inside or any(NOT_GROUP.match(match[k]) and not SIDE_WORD.fullmatch(match[k]) for k in two):
            continue
        made += [Mention("side", match[k], match.start(k), match.end(k)) for k in two]
    return made


WEIGHTED_ONLY = re.compile(r"(?:un)?(?:weighted|matched|adjusted)|original|crude|IPTW|PSM", re.I)


def _mention(kind, match, text):
    """The group that a match of a pattern names; None where its words name none."""
    name = cleaned(
        kind, re.sub(r" (?:and|or|but|which|who|that)$", "", (match.groupdict().get("g") or match[0]).strip(" ."))
    )
    if not name and kind == "side" and CONTROLLED.search(text) and re.search(r"\btreatment (?:arm|group)$", match[0]):
        name = "treatment"
    if (
        not name
        or re.fullmatch(FEW, name, re.I)
        or WEIGHTED_ONLY.fullmatch(name)
        or kind == "signed"
        and endpoint_mentions(name.split()[-1])
    ):
        return None  # a higher ORR is no group
    name = re.sub(r"^(who [a-z]+ed) (?:for|after|at|in)$", r"\1", name)
    name = re.sub(r"(?<=[\d%]) (?:of|at|for|as)$", "", name) if kind == "with" else name
    name = re.sub(r",? (?:the )?(?:median )?(?:m?PFS|m?OS|ORR|DCR|DOR)$", "", name) if kind == "with" else name
    if kind == "signed" and PREDICATE.search(text[: match.start()]):
        return None  # 115 (40%) patients had PD-L1 >= 50%
    if kind == "with" and _not_with(name, match, text) or kind in ("with", "side") and _not_apart(name, match, text):
        return None
    name = ZH_LEAD.sub("", name) if kind == "zh" else name
    cut = DID.search(name) if kind == "with" and re.match(r"with(?:out)?\b", name, re.I) else None
    if cut:  # patients with NSCLC underwent surgery
        name = name[: cut.start()]
        end = match.end() - len(match["g"]) + cut.start()
        return None if NOT_GROUP.match(name) else Mention(kind, name, match.start(), end)
    if re.search("(?:[两各三本该]|多个)组$", name):
        return None  # the groups together
    start = match.end() - len(match[0]) + max(0, match[0].find(name)) if kind == "side" else match.start()
    return Mention(kind, name, start, match.end())


def _not_with(name, match, text):
    """Whether words such as `patients with` begin no group: a response that is counted, all patients, a course."""
    before, behind = text[: match.start()], text[match.end() :]
    counted = re.search(r"(?:\d|\w{3,})\s*$", before) and "(" in behind[:2]
    listed = re.search(r"(?<!\b[Ii]n )(?<!\b[Oo]f )(?<!mong )(?<!\b[Ff]or )(?<!\bthe )(?<!\d)\d+\s*$", before)
    if RESPONSE.match(name) and (counted or listed):
        return True
    if re.search(r"%[^.;,]{0,20} of (?:the )?$", before) and ACHIEVING.match(name):
        return True  # 41% of patients achieving a response
    if re.match(r"developed |had ", name) and (not LEADS_TO.search(before) or re.search(r"[%)] of (?:the )?$", before)):
        return True  # 12 (40%) patients developed a rash
    against = re.search(r"(?:than|vs\.?|versus|compared (?:with|to)|against) $", before)
    against = against or match[0].startswith("those ") or "squamous" in name and "adenocarcinoma" in text
    if not against and NOT_GROUP.match(name):
        return True
    if re.search(r" (?:from|with|of|to|than|on|in|for|by)$", name) or COURSE_ONLY.fullmatch(name):
        return True
    those = re.search(r"\b[Tt]hese $", before)  # those that a sentence before spoke of
    return bool(those or SAID_OF_ALL.match(name) and re.match(r"[.;]|$", behind))  # patients developed a rash.


PREDICATE = re.compile(
    r"[\d%]\)?\s*(?:patients|pts|cases|of them|subjects)? (?:had|have|showed|expressed|with) (?:an? )?$"
)


LEADS_TO = re.compile(
    r"\b(?:if|when|in|of|for|among|between|than|vs\.?|versus|with|that|to|and) (?:the |those )?$", re.I
)


ENDED = re.compile(r"(?P<lead>.*?)\s*[<>≥≤]=?\s*\d[\d.]*\s*%?(?P<tail> .+)?$")


def with_same_end(mentions: list[Mention]) -> list[Mention]:
    """Groups by a limit with the words that the first of them adds: `with NLR < 3 at week 2`, and `with NLR >= 3`."""
    made, ends = [], {}
    for mention in mentions:
        said = ENDED.fullmatch(mention.name) if mention.kind == "with" else None
        if said and said["tail"]:
            ends[said["lead"]] = said["tail"]
        elif said and ends.get(said["lead"]):
            mention = replace(mention, name=mention.name + ends[said["lead"]])
        made.append(mention)
    return made


def _not_apart(name, match, text):
    """Whether words tell no patients from others, or only describe them, or those that others are set against."""
    set_against = r"\b(?:[Dd]espite|[Ii]n contrast to|[Uu]nlike)(?: the)?\s*$"
    described = re.fullmatch(r"who were (?:older|younger)", name)
    return bool(generic(name) or described or re.search(set_against, text[: match.start()] + " "))


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

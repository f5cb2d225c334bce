"""Groups that only their place in a sentence tells: `61% and 25% for untreated and treated patients, respectively`."""

import re

from .mentions import Mention, time_mentions
from .patients import FEW, GROUP_WORD, NOT_GROUP

WORD = r"[A-Za-z\u00c0-\u024f0-9≥≤<>+%/'.-]*[A-Za-z\u00c0-\u024f0-9%+]"
PHRASE = rf"(?:(?!(?:and|or|in|for|with|was|were|had|the|of|respectively|than|as|by|versus|vs)\b){WORD} (?:[+±&] )?){{0,4}}?{WORD}"
WHO = rf"(?:patients|pts|{GROUP_WORD}|cases|tumou?rs?|subsets?)"
LEAD = (
    r"\b(?:for|in|among|with|of|between|on|after|from|to|by) (?:the |those |patients |pts )*"
    r"(?:(?:with|without|receiving|treated with|who received|given|on|in) (?:the )?)?"
)
NEXT = r"(?:the |those |patients |pts |in |with |for |of |on |receiving )*"
OF_BARE = r"(?:(?:in|with|for|of|on|after) )?(?:the )?"  # no word that a pattern of patients begins with
UNIT = r"[\d)%\]]\s*(?:months?|mos?\.?|weeks|days|years|%)?\s*\)?"
LISTED = re.compile(
    rf"{LEAD}(?P<a>{PHRASE})(?:, {NEXT}(?P<b>{PHRASE}))?,? (?:and|or|vs\.?|versus) {NEXT}(?P<c>{PHRASE})(?: {WHO})?"
    rf"(?P<end>,? respectively| (?:was|were|had) (?:both )?\d|[.;,(]|$)",
    re.I,
)
NO_NAME = re.compile(
    r"(?:months?|weeks?|years?|days?|[\d.%]+|with|without|both|each|all|overall|respectively|grade.*|time"
    r"|median.*|rates?|confidence.*|groups?|patients"
    r"|p ?[<=>].*|ci|95%.*|it|they|that|those|which|who|whom|vs\.?|versus|other|others|same|efficacy|safety"
    r"|analys[ie]s|univariate|multivariate|(?:not |un)?(?:yet )?reached|undefined|not (?:estimable|defined)"
    r"|[\d.]+ (?:months?|mos?|weeks|years).*|N[RE]|controlling.*|adjust.*)",
    re.I,
)


MORE = (
    r"(?:improved?|longer|better|superior|prolonged|higher|greater|increased|shorter|worse|poorer|inferior"
    r"|lower|reduced|decreased"
    r"|favou?rable)"
)
DID = (
    r"(?:(?:also|significantly|independently|strongly|both) )*(?:showed|had|has|achieved|demonstrated"
    r"|displayed|exhibited|provided"
    r"|yielded|experienced|presented with|resulted in|led to|gave rise to|conferred|produced|(?:was|were|is"
    r"|are) (?:\w+ly |also )*(?:associated|correlated|linked) with)"
)
THAN = r"(?:than|as compared (?:with|to)|compared (?:with|to)|versus|vs\.?|relative to|over)"
LED = r"(?:according|after|although|among|at|based|by|compared|during|following|for|from|in|of|on|since|to|using|when|with|within|no)\b"
IMPROVED = r"(?:\w+ly )*(?:improved|enhanced|prolonged|extended|increased|reduced|decreased|shortened)\b"
SUBJECT = (
    rf"(?:^|[;.,] |\b(?:whereas|while|but|and|that) )(?:the |an? )?(?!{LED})"
    rf"(?P<a>(?:[^,;:()]|[(][A-Z][\w -]{{0,11}}[)]){{3,80}}?) (?:{DID} (?:[^.;:()]"
    rf"|[(][^()]*[)]){{0,80}}?{MORE}\b|{IMPROVED})"
)
END = r"(?=\s*(?:[(,;.]|$)| with (?:an? )?(?:median|mean|m?(?:PFS|OS)\b))"
SUBJECTS_COMPARED = re.compile(
    rf"{SUBJECT}(?:[^.;()]|\.(?=\d)|[(][^()]*[)]){{0,200}}?\b{THAN} {OF_BARE}(?P<c>{PHRASE}){END}", re.I
)
PLACES_COMPARED = re.compile(
    rf"\b(?:{MORE}|different|similar|comparable) (?:in|with|for|after|among|following|on) (?:the )?"
    rf"(?P<a>{PHRASE}) (?:{THAN}|and) {OF_BARE}(?P<c>{PHRASE}){END}",
    re.I,
)
SUBJECT_ALONE = re.compile(SUBJECT, re.I)
PAIR = re.compile(
    r"(?:\d|NR|NE|reached)\)?\s*(?:%|months?|mos?)?\s*(?:\([^()]*\))?\s*(?:vs?\.?|versus) +(?:\d|N[RE]\b|not|un)", re.I
)


NAMED = rf"(?P<a>{PHRASE})(?: {WHO})? (?:vs\.?|versus) (?:the |those )?(?P<c>{PHRASE})"
VERSUS_NAMES = re.compile(r"[(\[](?P<a>[^()\[\];,\d]{2,50}?) (?:vs\.?|versus) (?P<c>[^()\[\];,\d]{2,50}?)[)\]]")
VERSUS_TOLD = re.compile(
    rf"(?:^|[:;,(] ?|\b(?:for|in|of|with|between|comparing|receiving|on|among) )(?:the |those |patients )?{NAMED}"
    rf"(?=(?: {WHO})?(?: (?:was|were|had|showed|is|are|achieved|respectively)\b|[,:;).(]| [(\[]|$))"
)
RATIO = re.compile(r"\b(?:HR|OR|RR|hazard ratio|odds ratio|risk ratio|relative risk)\b[^.;]{0,12}\d")


ONE = r"[A-Za-z][\w-]*"
LISTED_SUBJECT = re.compile(
    rf"(?:^|[;.:] |\bthe |\bThe "
    rf"|\b[Pp]atients in the )(?P<a>{ONE})(?:, (?P<b>{ONE}))?,? and (?P<c>{ONE})(?:[ -][a-z]+)? (?:groups|arms"
    rf"|cohorts|subgroups|patients|cases)"
    r"(?= (?:had|showed|were|achieved|experienced|demonstrated|reached|have|has)\b)"
)
LISTED_GROUPS = re.compile(
    rf"\b(?:groups|subgroups|cohorts|classes|categories)(?:,|:|, namely| of"
    rf"| \()? ?(?P<a>{ONE}), (?P<b>{ONE}),? and (?P<c>{ONE})[,)]?(?= (?:with|having|had|for whom)\b)"
)
EACH_WITH = re.compile(
    rf"\d\)?\s*(?:%|months?|mos?|weeks)\)?(?:\s*[(\[][^()\[\]]*[)\]])?,? (?:with|in|for|among|on|after"
    rf"|following|under) (?:the |those |patients |given |receiving )*(?P<g>{PHRASE})"
    r"(?=\s*(?:[,;:.)]|(?:and|versus|vs\.?|compared with|against) \d|$))"
)
ZH_AGAINST = (
    re.compile(
        r"(?:^而?|[,;。]而?|显示|提示|表明|示)(?P<a>(?!而)[\u4e00-\u9fffA-Za-z0-9+/-]{2,20}?)(?:组)?(?:对比|相比于|相较于"
        r"|相对于)(?P<c>[\u4e00-\u9fffA-Za-z0-9+/-]{2,12}?)(?:组)?(?=可|在|的|能|方面|显著|治疗|,|延长|提高|降低)"
    ),
    re.compile(
        r"(?:与|和|较)(?P<c>[\u4e00-\u9fffA-Za-z0-9+/-]{2,12}?)(?:组)?(?:相比|比较"
        r"|相较),(?P<a>[\u4e00-\u9fffA-Za-z0-9+/-]{2,20}?)(?:组)?(?=可|显著|明显|能|的|在|一线|二线|延长|提高|降低|\d)"
    ),
)
ZH_RATIO = re.compile(r"(?:HR|OR|RR|风险比|比值比)\s*(?:=|为)?\s*\d")


def against_in_chinese(text: str) -> list[Mention]:
    """The two sides of `A对比B可延长PFS(HR=0.6)`, where a ratio compares them."""
    match = next((m for k in ZH_AGAINST if (m := k.search(text))), None) if ZH_RATIO.search(text) else None
    if not match:
        return []
    names = {k: re.sub("^.*(?:显示|提示|表明|示|而)", "", match[k]) for k in ("a", "c")}
    if match.start("a") < match.start("c"):
        return [Mention("zh", names[k], *match.span(k)) for k in ("a", "c")]
    at = match.start()  # 与B相比,A: A is set against B, and stands first
    return [Mention("zh", names["a"], at, at + 1), Mention("zh", names["c"], *match.span("c"))]


EACH_BEFORE = re.compile(
    rf"(?:^|, |; |: |\band |\b(?:was|were) )(?:and )?(?:(?:by|for|in|with) )?(?P<g>{PHRASE}) (?:(?:was"
    rf"|of) )?\d[\d.]*%(?=[,.;]|$| and\b| \()"
)
DIVIDED = re.compile(r"\b(?:by|according to|across|stratified by|for each|per) [^,;.\d]{3,80}? (?:was|were)\b")
LIMIT = r"(?:[<>≥≤]=? ?)?\d[\d.]*(?: ?- ?\d[\d.]*)? ?%?"
QUANTITY = r"(?!(?:and|or|were|was|had|is|are|of|patients|pts|respectively|at|with|grades?|CI)\b)[A-Za-z][\w-]*"
BY_LIMITS = re.compile(
    rf"\b(?:for|in|among|with|of) (?:the )?(?:patients |those |pts )?(?:with )?(?:the "
    rf"|an? )?(?P<lead>{QUANTITY}(?: {QUANTITY}){{0,5}}?)(?: of)? (?P<list>{LIMIT}(?:, {LIMIT})*,? (?:and"
    rf"|or) {LIMIT}),? respectively"
)


def each_before(text: str, ends: list[Mention]) -> list[Mention]:
    """The groups right before their shares, `ORR by risk was favourable 57%, poor 25%`."""
    divided = DIVIDED.search(text) if ends and ends[0].kind == "share" else None
    found = [m for m in EACH_BEFORE.finditer(text, ends[0].end) if _names(m["g"])] if divided else []
    return [Mention("label", m["g"], *m.span("g")) for m in found] if len(found) > 1 else []


def by_limits(text: str) -> list[Mention]:
    """Groups by limits of one quantity in a list: `26%, 50% and 75% for a PD-L1 expression of 0, 1-20 or > 20%`."""
    made = []
    for match in BY_LIMITS.finditer(text):
        for limit in re.finditer(LIMIT, match["list"]):
            at = match.start("list") + limit.start()
            made.append(Mention("limit", f"{match['lead']} {limit[0].strip()}", at, match.start("list") + limit.end()))
    return made


def each_with(text: str, found: list[Mention]) -> list[Mention]:
    """The groups that stand right behind two or more numbers each: `89% with A, 88% with B and 87% with C`."""
    matches = [m for m in EACH_WITH.finditer(text) if _names(m["g"]) and not ELSEWHERE.fullmatch(m["g"])]
    mentions = [Mention("side", m["g"], *m.span("g")) for m in matches]
    free = len(mentions) > 1 and all(_free([m], found) for m in mentions)
    return mentions if free and any(not NOT_GROUP.match(m.name) for m in mentions) else []


OF_BOTH = re.compile(
    r"\b(?:interval|intervals|time|times|duration|period|association|correlation|relation|relationship"
    r"|agreement|gap)(?: duration)?\s*$"
)


def paired_mentions(text: str, found: list[Mention]) -> list[Mention]:
    """The two or three groups of a list beside as many numbers, and those that a verb compares. `found` are words that
    are known otherwise: arms, endpoints, courses.
    """
    made: list[Mention] = []
    pair = bool(PAIR.search(text))
    compared = (SUBJECTS_COMPARED, PLACES_COMPARED) if pair or RATIO.search(text) else ()
    named = (VERSUS_NAMES, VERSUS_TOLD) if pair or "respectively" in text else ()
    for known in (LISTED_GROUPS, LISTED_SUBJECT, *named, LISTED, *compared):
        for match in known.finditer(text):
            mentions = [_mention(match, k) for k in match.groupdict() if k != "end" and match[k]]
            apart = match[0].startswith("between") and OF_BOTH.search(text[: match.start()])
            if known is LISTED and apart:
                continue  # the interval between A and B
            if known is LISTED and not _beside_numbers(text, match) or not _free(mentions, [*found, *made]):
                continue
            told = all(_names(m.name) for m in mentions) and any(not NOT_GROUP.match(m.name) for m in mentions)
            made += mentions if told else []
    return made


PLACED = re.compile(
    rf"(?: rates?| time)?(?: \([^()\d]*\))? (?:in|for|among|with|of|on) (?:the |an? )?(?P<g>{PHRASE}) (?:was"
    rf"|were|is|had been|reached|lasted)\b"
)
FOLLOWED = re.compile(r"follow-?up|duration", re.I)
BEHIND = re.compile(
    rf"\d\s*(?:(?:months?|mos?|weeks|days|years)\)? (?:in|for|among|with|on)|(?:months?|mos?|weeks|days"
    rf"|years)[^.;()]{{0,3}}[(]"
    rf"[^()]*[)] (?:in|for|among|with|on)|% (?:in|for|among)) (?:the "
    rf"|an? )?(?P<g>{PHRASE}(?: and {PHRASE}(?=,? (?:compared|versus|vs|than)\b))?)(?=[,.;)]|$| [(\[]"
    rf"| and (?:of )?\d| (?:versus|vs|compared|than)\b)"
)
ELSEWHERE = re.compile(
    r".*\b(?:favou?r|terms|addition|contrast|analys[ie]s|trial|study|series|setting|time|line|follow-up|data"
    r"|cut-?off|year|review|cohort"
    r"|patients|pts|subjects|participants|cases|population|months|median|treatment|therapy|care|total|number"
    r"|range|use|assessment|criteria)\b.*",
    re.I,
)


def placed_mentions(text: str, found: list[Mention], ends: list[Mention], title: str = "") -> list[Mention]:
    """Patients that only their place tells: `PFS with nintedanib was 3 months`, `5.1 months in adenocarcinoma`."""
    matches = [m for e in ends if (m := PLACED.match(text, e.end))]
    matches += BEHIND.finditer(text) if any(e.kind == "time" for e in ends) or FOLLOWED.search(text) else []
    made = []
    for match in matches:
        mention = Mention("side", match["g"], match.start("g"), match.end("g"))
        words = mention.name
        titled = in_title(words, title)
        known = ELSEWHERE.fullmatch(words) or OF_MANY.fullmatch(words) or titled
        if not known and _names(words) and _free([mention], [*found, *made]):
            made.append(mention)
    return made if any(not NOT_GROUP.match(m.name) for m in made) else []


def in_title(words, title):
    """Whether the title has all words of a phrase: they then say of whom the whole paper is."""
    return bool(title) and all(re.search(rf"(?<!\w){re.escape(w)}s?(?!\w)", title, re.I) for w in words.split())


def subject_mentions(text: str, found: list[Mention]) -> list[Mention]:
    """The subject of a comparison without another side: `Restarting early was associated with longer PFS (7 v 3)`."""
    made = []
    for match in SUBJECT_ALONE.finditer(text) if PAIR.search(text) else ():
        mention = Mention("subject", match["a"], match.start("a"), match.end("a"))
        odd = re.search(r"\bvs?\b|versus|compared|\bthan\b|(?<![<>≥≤=\d.] )(?<![A-Za-z<>≥≤=\d.-])\d", mention.name)
        if not odd and _free([mention], found) and _names(mention.name) and not NOT_GROUP.match(mention.name):
            made.append(mention)
    return made


def _free(mentions, taken):
    return not any(m.start < o.end and o.start < m.end for m in mentions for o in taken)


def _mention(match, part):
    return Mention("side", match[part], match.start(part), match.end(part))


def _beside_numbers(text, match):
    """Whether numbers stand right before the words, or behind them: the words then say whose they are."""
    before, end = text[: match.start()], match["end"]
    numbers = re.search(rf"{UNIT}(?:,? respectively,?)?\s*$", before)
    between = match[0].startswith("between") and not match["b"] and bool(PAIR.search(text))
    if end.endswith("respectively"):
        return between or bool(numbers or re.match(r"[^.;]{0,60}\d", text[match.end() :]))
    return between or end[-1:].isdigit()


def _names(words):
    """Whether a phrase can name patients."""
    spoken = re.search(r"\b(?:patients|pts|who|those|weighted|matched)\b", words)
    return not (spoken or time_mentions(words) or NO_NAME.fullmatch(words)) and bool(
        re.search("[A-Za-z]{2}|^[A-Z]$", words)
    )


ADJECTIVE = re.compile(
    rf"(?:^|; |, (?:and|while|whereas) )(?P<h>[A-Z][\w-]*-(?:treated|exposed|na[iï]ve|resistant|refractory"
    rf"|sensitive|pretreated)) (?:patients|pts)(?= (?:had|achieved|showed|experienced)\b)|"
    rf"\b(?:for|in|among|of|than|than did|versus|vs\.?|with(?=[^,;.]{{1,40}} (?:showing|having"
    rf"|achieving) )) (?:the )?(?P<g>(?:{WORD} ){{0,2}}?{WORD}) (?:patients|pts)\b(?! (?:with|who|whose"
    rf"|receiving|treated|in whom|aged|had been))"
)
AMONG = re.compile(rf"^(?P<h>(?!))?(?:Among|For|In) (?:the )?(?P<g>{PHRASE})(?=,)")
HEADING = re.compile(
    r"(?:(?:primary|overall|total|ITT|intention-to-treat|intent-to-treat|safety|evaluable|efficacy|study|whole"
    r"|full) population|addition|total|all|conclusion|summary|contrast|particular|general|brief|fact|short"
    r"|parallel|turn|comparison|example|instance"
    r"|safety|efficacy|our|this|these|which|whom|them|(?:.* )?\d[\d.,%]*(?: .*)?|.*\b(?:setting|line|model|end"
    r"|case|study|trial|cohort|analys[ie]s|arm|group)s?)",
    re.I,
)
NUMBERED = re.compile(
    r"[A-Z][\w-]*[A-Z-]\d[\w-]*|(?:cohort|part|study|trial) (?:\d|[A-D])(?!\w)", re.I
)  # a trial, a cohort
OF_MANY = re.compile(
    r"(?:.*\b(?:these|those|most|some|few|several|many|more|fewer|additional|remaining|other|all|such|half"
    r"|majority|number|our|consecutive"
    r"|real-world|cancer|tumor|Chinese|Japanese|Korean|Asian|French|Italian|hospitali[sz]ed|recruited|enrolled"
    r"|responding|adult|selected)\b.*|(?:.* )?\d[\d.,%]*(?: .*)?)",
    re.I,
)


def described_mentions(text: str, found: list[Mention], title: str = "") -> list[Mention]:
    """Patients that words before them describe: `for treatment-naive patients`; what the title says is no group."""
    made = []
    for match in [*AMONG.finditer(text), *ADJECTIVE.finditer(text)]:
        words = match["g"] or match["h"]
        taken = any(m.start < match.end() and match.start() < m.end for m in found)
        titled = match.re is ADJECTIVE and in_title(words, title)
        known = (
            NOT_GROUP.match(words)
            or OF_MANY.fullmatch(words)
            or re.fullmatch(FEW, words, re.I)
            or HEADING.fullmatch(words)
        )
        known = known and not (match.re is AMONG and NUMBERED.fullmatch(words))
        if not taken and not titled and not known and _names(words):
            made.append(Mention("with", words, match.start("g" if match["g"] else "h"), match.end()))
    return made

"""The arms of a comparison, found once for a paper: in heads
of tables with n, else in the sentences that count them.
"""

import re

from ..registry.number_words import WORDED
from .columns import N_EQUALS, columns_of
from .document import Document
from .group_names import ZH_LEAD
from .mentions import COURSE_NAME, factor_mentions
from .own import is_own
from .patients import GROUP_WORD, group_mentions
from .signs import plain

COUNTED = re.compile(
    r"(?P<n>\d+)\s*(?:patients |cases )?(?:were |was )?(?:assigned |enrolled |allocated |included"
    rf" )?(?:in|to|received|into|为|in the|were in) (?:the )?(?P<name>[\w+/\- ]{{2,40}}?) {GROUP_WORD}\b",
    re.I,
)
NAMED_N = re.compile(
    rf"(?:the )?(?P<name>(?<![\w/])[A-Z][\w+/\-]{{1,20}}"
    rf"|[a-z][\w+\- ]{{2,30}}?) {GROUP_WORD}\s*\(\s*(?:[\w+-]{{1,12}}[,;:]"
    r" )?n\s*=\s*\d+",
    re.I,
)
RECEIVED = re.compile(
    r"(?P<n>\d+) (?:patients )?(?:received|were given|were assigned to(?: receive)?) (?:the )?(?P<name>[a-z][\w+\-"
    r" ]{2,30}?)(?= and \d|[,.;(]|$)",
    re.I,
)
BRACKETED = re.compile(r"(?<![\w/-])(?P<name>[A-Z][\w+/\-]{0,15})\s*\(\s*[nN]\s*=\s*\d+\s*[;,)]")
CALLED = re.compile(
    rf"[(](?:the |i\\.e\\.,? )?(?P<name>[\w+\-]{{2,20}}(?: [\w+\-]{{2,20}})?) {GROUP_WORD}(?:, ?n ?= ?\d+)?[)]", re.I
)
LISTED = re.compile(
    rf"(?:^|[:;,(]\s*|\b(?:and|to) )(?P<name>[A-Za-z][\w+/-]*(?: [\w+/-]+){{0,4}}?)(?: {GROUP_WORD})?, [nN]\s*=\s*\d+"
)
LETTERED = re.compile(r"[(](?P<name>(?:[Aa]rm|[Gg]roup|[Cc]ohort) (?:[A-D]|[1-4]|I{1,3}))(?:, ?n ?= ?\d+)?[)]")
PAIRED = re.compile(r"(?:[(]|\band |, ?)(?P<n>\d+) (?P<name>[a-z]?[A-Z][A-Z0-9+/-]{1,11})(?=[,;)]| and \d)")
ASSIGNED = re.compile(
    rf"(?:\d|{WORDED})[\w -]* (?:were |was )?(?:randomly )?(?:assigned|allocated|randomi[sz]ed|given"
    rf"|received)(?: to)?(?: receive)?"
    r" (?P<a>[a-z][\w+ -]{3,50}?),? and \d+ (?:patients )?(?:were )?(?:received |assigned |allocated "
    r"|randomi[sz]ed )?(?:to )?(?:receive )?(?P<b>[a-z][\w+-]+(?: [\w+-]+){0,4}?)"
    r"(?=[.,;(]|$)"
)
ALLOCATED = re.compile(
    r"\d (?:patients )?(?:were )?(?:randomly )?(?:allocated|assigned"
    r"|randomi[sz]ed) to (?:receive )?(?P<name>[a-z][\w+-]+(?: (?:plus "
    r"|\+ )?[\w+/-]+(?:\.\d+)?(?:/[\w]+)?){0,4}?)(?=,? and \d|, \d|[.;(]|$)"
)
SHORT = re.compile(rf"\b{GROUP_WORD} *[(](?P<name>[A-Z][A-Z0-9+-]{{1,5}})[,;)]")
DISEASE = re.compile(r"(?:[NES]*SCC?LC|[A-Z]*SCC|LU[AS][DC]|HCC|RCC|NSCLC|SCLC|AEs?|irAEs?|m?PFS|m?OS|ORR|DCR)", re.I)
SIZED = re.compile(
    r"(?<!and/)(?:into|of|in|and|,|comprising|to|or|either|receive|versus|vs\.?) (?:the "
    r"|an? )?(?P<name>[A-Za-z][\w+/-]{1,40}"
    r"(?: (?:plus|\+|alone|[\w+/-]+)){0,3}?)\s*\(\s*[nN]\s*=\s*\d+\s*\)"
)
CHINESE = re.compile(r"(?P<name>[\u4e00-\u9fffA-Za-z+]{1,8}?组)\s*[(,]?\s*(?:n\s*=\s*)?(?P<n>\d+)\s*例?")


def find_arms(documents: list[Document]) -> list[str]:
    """The two or more groups whose sizes a paper prints side by side; none for a single group."""
    for document in documents:
        for table in document.tables:
            names = [
                c.group
                for c in columns_of(table)
                if c.n and c.group and c.role in ("value", "n") and c.weight != "weighted"
            ]
            names = [
                n
                for n in dict.fromkeys(names)
                if not re.fullmatch(r"(?:all|total|overall|whole|entire).*|.*(?:cohort|population)", n, re.I)
            ]
            if len(names) >= 2:
                return [_short(n) for n in names]
    for document in documents:
        for sentence in document.sentences:
            names = _arms_said(plain(sentence.text))
            if names:
                return names
    return _side_by_side(documents)


SUBGROUPS = re.compile(r"\bsubgroups? [(]\s*[nN]\s*=")
BY_LOT = re.compile(r"\brandomi[sz]ed|\brandomly|\bassigned\b|\breceived? either\b", re.I)
SHORTENED = re.compile(
    r"[a-z\d%] [(](?P<name>(?=[\w+/-]*[A-Za-z])[A-Za-z][\w+/-]{1,19})[)](?= (?:or|versus|vs\.?|and|up|for"
    r"|every|until|in)\b|[.,;])"
)
REASON = re.compile(r"\b(?:because of|due to|owing to|reasons?\b[^.;]{0,40}) [^.;()]{3,60}[(]\s*n\s*=", re.I)


def _arms_said(text: str) -> list[str]:
    """The two or more groups one sentence sets side by side, by the first way of saying so that fits; [] for none."""
    ways = ((COUNTED, NAMED_N), (CALLED,), (LETTERED,), (ALLOCATED,), (ASSIGNED,), (RECEIVED,))
    ways += ((BRACKETED,), (LISTED,), (SIZED,), (PAIRED,), (SHORT,), (CHINESE,))
    if REASON.search(text):
        ways = ways[:2]
    listed = len(re.findall(r"[(]\s*n\s*=\s*\d", text))
    if SUBGROUPS.search(text):
        ways = [tuple(k for k in way if k not in (NAMED_N, COUNTED)) for way in ways]
    short = [m["name"] for m in SHORTENED.finditer(text)] if BY_LOT.search(text) else []
    short = [n for n in dict.fromkeys(short) if not DISEASE.fullmatch(n) and not MARKER.fullmatch(n)]
    if len(short) == 2:
        return short
    for patterns in ways:
        matches = sorted((m for known in patterns for m in known.finditer(text)), key=lambda m: m.start())
        named = [m[k] for m in matches for k in ("name", "a", "b") if m.groupdict().get(k)]
        names = [
            n
            for n in dict.fromkeys(_short(n) for n in named)
            if not re.fullmatch(r"(?:this|the|each|study|same|other|two|both|primary|secondary|对照研究)", n, re.I)
            and not (DISEASE.fullmatch(n) and f"non-{n}".lower() not in {_short(m).lower() for m in named})
            and not COURSE_NAME.fullmatch(n)
        ]
        if len(names) >= 2 and listed <= max(2, len(names)):  # a longer list is of drugs or sites
            return names
    return []


def sizes_of(document: Document, arms: list[str]) -> dict[str, str]:
    """How many patients each arm has by the heads of the tables: size -> the one arm of that size."""
    sizes: dict[str, str] = {}
    for column in (c for t in document.tables for c in columns_of(t)):
        arm = _short(column.group) if column.n and column.role in ("value", "n") else ""
        if arm in arms:
            sizes[column.n] = arm if sizes.get(column.n, arm) == arm else ""
    return sizes


SMALL = ("and", "or", "of", "the", "with", "plus", "in", "to", "for", "a", "an", "by")


def long_names(documents: list[Document], arms: list[str]) -> dict[str, str]:
    """The arms that the paper calls by an abbreviation, as it spells them out: `docetaxel plus ramucirumab (DR)`."""
    made: dict[str, str] = {}
    for arm in (a for a in arms if re.fullmatch(r"[a-z]?[A-Z0-9+/-]{2,}", a) or IN_ARM.fullmatch(a)):
        told = re.compile(rf"(?P<words>[A-Za-z][\w+/ -]{{3,80}}) [(](?:the )?{re.escape(arm)}(?: {GROUP_WORD})?[;,)]")
        for sentence in (s for d in documents for s in d.sentences):
            found = told.search(plain(sentence.text))
            lettered = bool(IN_ARM.fullmatch(arm))
            words = (_received(found["words"]) if lettered else _spelled(found["words"], arm)) if found else ""
            if words:
                made[arm] = f"{words} ({arm})"
                break
    return made


IN_ARM = re.compile(r"(?:arm|group|cohort) (?:[A-D]|[1-4]|I{1,3})", re.I)


def _received(text):
    """What a lettered arm was given: the words behind the verb, or behind `or`, before its bracket; ''."""
    parts = re.split(r"\b(?:received?|receiving|given|to|or|versus|vs\.?|with either|either)\s+", text)
    said = parts[-1].strip() if len(parts) > 1 else ""
    return said if 2 < len(said) <= 60 and not re.search(r"\d:\d|\band$|\b(?:was|were)\b", said) else ""


def _spelled(text, short):
    """The last words of a text whose first letters are those of an abbreviation; ''."""
    words = text.split()
    for k in range(1, min(len(words), 8) + 1):
        said = [w for part in words[-k:] for w in re.split(r"[-+/]", part) if w and w.lower() not in SMALL]
        first = "".join(w if w.isupper() else w[0] for w in said)
        if first.lower() == re.sub(r"[-+/]", "", short).lower() and words[-k].lower() not in SMALL:
            return " ".join(words[-k:])
    return ""


SUBSET = re.compile(
    r"\b(?:mutants?|mutated|wild[- ]type|low|high|poor|good|old|young|older|younger|positive|negative"
    r"|responders?|male|female|early|late|PS|irAEs?)\b",
    re.I,
)


def _side_by_side(documents):
    """Two groups that one sentence of the study's own sets side by side, without their sizes."""
    for sentence in (s for d in documents for s in d.sentences if is_own(s)):
        names = list(dict.fromkeys(m.name for m in group_mentions(plain(sentence.text)) if m.kind == "side"))
        if (
            len(names) == 2
            and not any(SUBSET.search(n) or factor_mentions(n) for n in names)
            and re.search(r"\bvs?\b|versus|compared|respectively", sentence.text)
        ):
            return names
    return _told_apart(documents)


WITH_BOTH = re.compile(
    r"\d[^;]{0,60}? with (?P<a>[A-Z][A-Za-z0-9+/-]*[A-Z0-9])\b[^.;]{0,10}? and \d[^;]{0,60}? with (?P<b>[A-Z][A-Za-z0-9+/-]*[A-Z0-9])\b"
)


MARKER = re.compile(
    r"^(?:PD-?L?-?[12]?|EGFR|ALK|KRAS|STK11|TP53|NLR|LDH|CRP|TPS|CPS|CNS|CR|PR|SD|PD|N[RE]|ICIs?|IO|ECOG|PS"
    r"|BMI|TMB|MSI)$"
)
DISEASE_ONLY = re.compile(rf"^{DISEASE.pattern}$", re.I)


DRUG = r"[A-Za-z][a-z]{3,}(?:mab|taxel|platin|trexed|tinib)"
TWO_DRUGS = (
    re.compile(
        rf"(?:\bcomparing (?=\w+ (?:and|with|to|vs\.?|versus|or) )|(?:^|[.:] )(?=\w+ (?:vs\.?|versus|or"
        rf"|compared with) ))(?P<a>{DRUG}) (?:and|vs\.?|versus|with|to|or|compared with)"
        rf" (?P<b>{DRUG})\b(?! (?:plus|and|or|with)\b)"
    ),
    re.compile(
        rf"\d[^.;]{{0,60}}? with (?P<a>{DRUG}) (?:vs\.?|versus"
        rf"|and) [^;]{{0,60}}? with (?P<b>{DRUG})\b(?! (?:plus|and)\b)"
    ),
)


CARE = (
    r"(?:[a-z-]*chemotherapy|[a-z-]*immunotherapy|chemoradiotherapy|radiotherapy|monotherapy|placebo"
    r"|inhibitors?|blockade|best supportive care|BSC|TKIs?"
    r"|surgery|observation|[A-Za-z][a-z]{3,}(?:mab|taxel|platin|trexed|tinib|citabine|lotinib))"
)
REGIMEN = rf"(?:(?:[A-Za-z][\w/()-]*|PD-1/PD-L1) ){{0,3}}?{CARE}(?: (?:plus|\+|combined with) (?:[\w/-]+ ){{0,3}}?{CARE}| alone| monotherapy| therapy)*"
TWO_REGIMENS = re.compile(
    rf"(?:\bcompar(?:ed|ing|es) (?:the [\w ,]{{3,40}} of )?(?P<a>{REGIMEN}) (?:with|to|and|against|versus"
    rf"|vs\.?)|(?:\b[Cc]omparison of |\b(?:efficacy|safety) of |\beffects? of |^)(?P<c>{REGIMEN}) (?:versus"
    rf"|vs\.?|against|compared (?:with|to))) (?:that of )?(?P<b>{REGIMEN})"
    r"(?= (?:in|as|for|among|on|after|by)\b|[.,;:)]|$)"
)


def _told_apart(documents):
    """Two drugs or regimens that the title or a sentence compares, or two abbreviations that results stand with: `10.2
    mo with ICI-TKI and 9.9 mo with TKI`.
    """
    for text in (t for d in documents for t in [d.title, *(s.text for s in d.sentences)]):
        drugs = next((m for k in TWO_DRUGS if (m := k.search(plain(text)))), None)
        if drugs and drugs["a"].lower() != drugs["b"].lower():
            return [drugs["a"].lower(), drugs["b"].lower()]
        regimens = TWO_REGIMENS.search(plain(text))
        sides = [regimens["a"] or regimens["c"], regimens["b"]] if regimens else []
        sides = [re.sub(r"^(?:the |an? |(?:first|second|third|front)-line )+", "", side, flags=re.I) for side in sides]
        if sides and sides[0].lower() != sides[1].lower():
            return sides
    for sentence in (s for d in documents for s in d.sentences if is_own(s)):
        found = WITH_BOTH.search(plain(sentence.text))
        names = [found["a"], found["b"]] if found else []
        if len(set(names)) == 2 and not any(k.search(n) for n in names for k in (DISEASE_ONLY, SUBSET, MARKER)):
            return names
    return []


def _short(name):
    name = N_EQUALS.sub("", plain(name)).strip(" ,:;")
    name = ZH_LEAD.sub("", name)
    name = re.sub(r"^.*\b(?:defined as|called|the|in|into|to|of|as)\s+", "", name)
    name = re.sub(rf"\s+{GROUP_WORD}$", "", name, flags=re.I)
    return re.sub(
        r"^(?:.*\b(?:formed|comprised|included|made up) )?(?:(?:the|in|of|and|or|(?-i:an?))\s+)*", "", name, flags=re.I
    )

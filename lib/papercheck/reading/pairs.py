"""Groups that only their place in a sentence tells: `61% and 25% for untreated and treated patients, respectively`."""

import re

from .mentions import GROUP_WORD, NOT_GROUP, Mention, time_mentions

WORD = r"[A-Za-z\u00c0-\u024f0-9≥≤<>+%/'.-]*[A-Za-z\u00c0-\u024f0-9%+]"
PHRASE = rf"(?:(?!(?:and|or|in|for|with|was|were|had|the|of|respectively|than|as|by)\b){WORD} ){{0,4}}?{WORD}"
WHO = rf"(?:patients|pts|{GROUP_WORD}|cases|tumou?rs?|subsets?)"
LEAD = (
    r"\b(?:for|in|among|with|of|between|on|after|from|to|by) (?:the |those |patients |pts )*"
    r"(?:(?:with|without|receiving|treated with|who received|given|on|in) (?:the )?)?"
)
NEXT = r"(?:the |those |patients |pts |in |with |for |of |on |receiving )*"
UNIT = r"[\d)%\]]\s*(?:months?|mos?\.?|weeks|days|years|%)?\s*\)?"
LISTED = re.compile(
    rf"{LEAD}(?P<a>{PHRASE})(?:, {NEXT}(?P<b>{PHRASE}))?,? (?:and|or|vs\.?|versus) {NEXT}(?P<c>{PHRASE})(?: {WHO})?"
    rf"(?P<end>,? respectively| (?:was|were|had) (?:both )?\d|[.;,(]|$)",
    re.I,
)
NO_NAME = re.compile(
    r"(?:months?|weeks?|years?|days?|[\d.%]+|both|each|all|overall|respectively|grade.*|time|median.*|rates?|confidence.*|groups?|patients"
    r"|p ?[<=>].*|ci|95%.*|it|they|that|those|which|who|whom|vs\.?|versus|other|others|same|efficacy|safety|analys[ie]s|univariate|multivariate)",
    re.I,
)


def paired_mentions(text: str, found: list[Mention]) -> list[Mention]:
    """The two or three groups of a list beside as many numbers. `found` are words that are known otherwise: groups,
    endpoints, courses.
    """
    made: list[Mention] = []
    for match in LISTED.finditer(text):
        if not _beside_numbers(text, match):
            continue
        mentions = [_mention(match, k) for k in "abc" if match[k]]
        free = not any(m.start < o.end and o.start < m.end for m in mentions for o in [*found, *made])
        told = all(_names(m.name) for m in mentions) and any(not NOT_GROUP.match(m.name) for m in mentions)
        if free and told:
            made += mentions
    return made


def _mention(match, part):
    return Mention("side", match[part], match.start(part), match.end(part))


def _beside_numbers(text, match):
    """Whether numbers stand right before the words, or behind them: the words then say whose they are."""
    before, end = text[: match.start()], match["end"]
    numbers = re.search(rf"{UNIT}(?:,? respectively,?)?\s*$", before)
    if end.endswith("respectively"):
        return bool(numbers or re.match(r"[^.;]{0,60}\d", text[match.end() :]))
    if end[-1:].isdigit():
        return True
    pair = re.search(r"\d\s*(?:%|months)?\s*(?:vs\.?|versus) \d", text)
    return bool(pair) and match[0].startswith("between") and not match["b"]


def _names(words):
    """Whether a phrase can name patients."""
    return not (time_mentions(words) or NO_NAME.fullmatch(words)) and bool(re.search("[A-Za-z]{2}", words))


ADJECTIVE = re.compile(
    rf"\b(?:for|in|among|of) (?:the )?(?P<g>(?:{WORD} ){{0,2}}?{WORD}) (?:patients|pts)\b(?! (?:with|who|whose|receiving|treated|in whom|aged|had been))"
)
OF_MANY = re.compile(
    r"(?:.*\b(?:these|those|most|some|few|several|many|more|fewer|additional|remaining|other|all|such|half|majority|number|our|consecutive"
    r"|real-world|cancer|tumor|Chinese|Japanese|Korean|Asian|French|Italian|hospitali[sz]ed|recruited|enrolled|responding|adult|selected)\b.*|.*\d.*)",
    re.I,
)


def described_mentions(text: str, found: list[Mention], title: str = "") -> list[Mention]:
    """Patients that words before them describe: `for treatment-naive patients`; what the title says is no group."""
    made = []
    for match in ADJECTIVE.finditer(text):
        words = match["g"]
        taken = any(m.start < match.end() and match.start() < m.end for m in found)
        in_title = bool(title) and all(w.lower() in title.lower() for w in words.split())
        known = NOT_GROUP.match(words) or OF_MANY.fullmatch(words)
        if not taken and not in_title and not known and _names(words):
            made.append(Mention("with", words, match.start("g"), match.end()))
    return made

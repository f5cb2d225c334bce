"""Names of groups: the words that lead to them taken off, and groups that are an arm in other words."""

import re
from dataclasses import replace

from .mentions import Mention

DID = re.compile(
    r" (?<!who )(?<!that )(?<!which )(?<!had )(?<!have )(?<!not )(?<!and )(?<!previously )(?:underwent"
    r"|received|remained|responded|continued|discontinued"
    r"|completed|started|stopped|required|progressed|died|developed|presented|resumed|could|may|should|will"
    r"|would|can)\b"
)


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


DESIGN = re.compile(
    r"(?=.*\b(?:retrospective|prospective|observational|real[- ]world|institution(?:al)?|cent(?:er|re)"
    r"|multicent(?:er|re)|randomi[sz]ed|clinical|study)\b)(?:(?:this|our|a|an|the|single|multi|present|current"
    r"|retrospective|prospective|observational|real[- ]world|institution(?:al)?|cent(?:er|re)|multicent(?:er"
    r"|re)|national"
    r"|international|randomi[sz]ed|clinical|study|whole|entire|large|small|consecutive|Japanese|Chinese)[- ]*)+",
    re.I,
)


LEAD = re.compile(
    r".*\b(?:than|of|the|in|that|between|while|(?<!combined )(?<!combination )(?<!together )(?<!along )with"
    r"|and|was|were|for|observed|a|an|by|from|to|as|PFS|OS|when|both|two|entire|whole)\s+",
    re.I,
)


def cleaned(kind, name):
    """The name of a group without the words that lead to it."""
    name = name.replace(")", "").replace("(", "") if kind == "signed" else name
    if kind != "side":
        return name
    words = re.sub(r"^(?:their|its|our) ", "", LEAD.sub("", name))
    alone = (
        r"(?:total|overall|full|pooled|primary|evaluable|eligible|safety|efficacy|general|target|analysis"
        r"|intent-to-treat|ITT|intention-to-treat|intent-to-treat|per-protocol|two|both|study|entire|whole"
        r"|other|same|this|each|our|treatment|patient|age|risk|present|current|all|one|three|small|first"
        r"|second|between|control|Eastern"
        r" Cooperative Oncology|Oncology|.*Cooperative(?: Oncology)?)"
    )
    if re.search(r"^\d[\d.]*\s*(?:months?|weeks?|years?|%|per$)|\b(?:two|three|four|five|several)$", words):
        return ""  # 5.9 months in Groups
    if DESIGN.fullmatch(words) or re.search(r"\b(?:the|up|of|made)$", words):
        return ""  # in this retrospective cohort
    if re.match(r"(?:similar|comparable|consistent|different|across|between|most|any|key|several)\b", words, re.I):
        return ""  # similar across key subgroups
    if re.fullmatch(r"(?:the|a|an|of|in|and|with|for|to|by|\d+|four|five|six|same|full|whole)", words, re.I):
        return ""
    return "" if re.fullmatch(alone, words, re.I) and words.lower() not in ("control",) else words


def generic(name):
    return bool(
        re.match(
            r"(?:the |all |both |two |these |between |into |each |other |study |which |three"
            r" )*(?:groups?|arms?|two|both|three|between.*|into.*)?$",
            name,
            re.I,
        )
    )


OF_ANY = re.compile(
    r"(?:who|whose|with|were|was|had|have|been|the|those|patients?|pts|treated|treatments?|therap(?:y|ies)"
    r"|received|receiving|given|on|to|and|plus|in|of|a|an"
    r"|groups?|arms?|undergoing|underwent|randomi[sz]ed|assigned|alone)$",
    re.I,
)


NOT_AN_ARM = re.compile(r"\b(?:prior|previous|previously|first|initial|before|after|by|only|other)\b|[\d<>≥≤]", re.I)


def as_arms(mentions: list[Mention], arms) -> list[Mention]:
    """Groups whose words are those of one of the arms alone, in any form, are that arm: `patients who switched to
    chemotherapy`, beside the arms `chemotherapy switch` and `immunotherapy continuation`.
    """
    known = {arm: _stems(arm) for arm in arms}
    made = []
    for mention in mentions:
        said = (
            _stems(mention.name) if mention.kind in ("with", "side", "given") and mention.name not in known else set()
        )
        of = [arm for arm, stems in known.items() if said and said == stems] or [
            arm for arm, stems in known.items() if said and said <= stems and "no" not in said ^ stems
        ]
        one = len(of) == 1 and not NOT_AN_ARM.search(mention.name)
        made.append(replace(mention, kind="arm", name=of[0]) if one else mention)
    return made


def _stems(words):
    """The first letters of the words that tell one arm from another."""
    words = re.sub(r"\b(?:not|without|non|no)\b", "no", words, flags=re.I)
    return {w[:6].lower().rstrip("e") for w in re.findall(r"[A-Za-z][A-Za-z-]+", words) if not OF_ANY.match(w)}

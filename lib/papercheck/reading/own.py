"""Whose number it is: the study's own, or of a cited study, a plan, a definition."""

import re

from .document import Sentence
from .signs import plain
from .words import pattern

OWN_ZONES = ("abstract", "results", "caption")
PLANNED = re.compile(
    r"\b(?:sample size|power of|would|hypothes|calculated that|assum|planned|two-sided|one-sided"
    r" (?:alpha|significance|type)|"
    r"considered (?:statistically )?significant|was significant\b|called significant|significance (?:level|was"
    r" set)|defined as|was defined|were defined|"
    r"classified as|inclusion criteria|exclusion criteria|cut-?off)|检验水准|为差异有统计学意义|定义为|纳入标准|排除标准",
    re.I,
)
SIGNIFICANCE = re.compile(
    r"P\s*(?:[<≤]|value)[^.;]*?(?:considered|called|regarded|deemed|defined|taken|was"
    r" significant|significant\.)|差异有统计学意义\s*。?$|以\s*P",
    re.I,
)

ELSEWHERE = re.compile(
    r"(?:(?:In|From|According to) )?(?:an? |the |some |several |many |two |three |four"
    r" )?(?:previous|prior|earlier|other|recent|published|historical)\w* "
    r"(?:[\w-]+ ){0,2}(?:stud|trial|series|report|meta-analys|cohort)",
    re.I,
)


def is_own(sentence: Sentence) -> bool:
    """Whether a sentence speaks of the study's own results.

    Results, abstract and captions do, unless they speak of a plan or cite; of the discussion only what says `our` does.
    """
    text = plain(sentence.text)
    own, others = bool(pattern("own").search(text)), bool(pattern("others").search(text))
    if sentence.zone in ("methods", "introduction", "back", "title"):
        return False
    counted = re.search(r"(?:were|was) (?:enrolled|included|analy[sz]ed)|\(n ?= ?\d+\)", text)
    if (
        PLANNED.search(text)
        and not counted
        and (sentence.zone != "results" or re.search("检验水准|considered|called", text))
    ):
        return False
    if sentence.zone in OWN_ZONES:
        foreign = others and not own and (sentence.cites or bool(ELSEWHERE.match(text)))
        return not foreign and not SIGNIFICANCE.search(text)
    if sentence.zone == "text":
        return not others and not sentence.cites and not PLANNED.search(text)
    return own and not sentence.cites and not _foreign(text, others)


def _foreign(text, others):
    return others or bool(re.search(r"\b(?:suggested that patients|reported by|previous|similar to that of)\b", text))


def counts_subjects(sentence: Sentence) -> bool:
    """Whether a sentence of methods may say how many patients the study had."""
    text = plain(sentence.text)
    said = (
        r"\b(?:conducted (?:on|in)|studied|collected|selected|assigned|received|involved|included|enrolled|performed"
        r" on|(?:study|cohort|series|analysis|trial) (?:with|of|in|on|including)|analy[sz]ed|recruited"
        r"|comprised|reviewed|studied|identified|evaluated|underwent|discontinued|resumed)\b|纳入|收集|选取|选择|收治|分析"
    )
    plan = r"\b(?:would|planned|defined|criteria|required|at least)\b|标准"
    return sentence.zone == "methods" and bool(re.search(said, text)) and not re.search(plan, text)

"""Headings and sentences: to which part of a paper a heading leads, and where a sentence ends."""

import re

from .document import Document, Sentence
from .signs import plain, tidy

HEADS = {
    "introduction": (
        r"introduction|background|objectives?|aims?|purpose|importance|rationale|context|引言|前言|背景|目的"
    ),
    "methods": (
        r"(?:materials?|patients?|subjects?) and methods?|methods?|methodology|patients|design.*|setting.*|participants"
        r"|interventions?|main outcomes?.*|exposures?|statistical analys.*|experimental"
        r" design|材料与方法|资料与方法|对象与方法|方法|一般资料|统计学.*"
    ),
    "results": r"results?|findings?|main results|key (?:findings|results)|results and discussion|outcomes?|结果",
    "discussion": (
        r"discussion|conclusions?(?: and relevance)?|interpretation|authors' conclusions|implications?|limitations?"
        r"|meaning|讨论|结论|小结"
    ),
    "abstract": r"abstract|summary|摘要",
    "back": (
        r"references|acknowledge?ments?|funding|(?:conflicts?|declarations?|competing|ethic|author|data"
        r" avail|publisher|suppl"
        r"|abbreviations|keywords|consent|disclosures?|rights|additional information|cite this|about this|similar"
        r" content"
        r"|download|open access|corresponding|contributions|article info|linked entities|full-text"
        r" entities|figures$|source:"
        r"|关键词|参考文献|作者|基金|利益).*"
    ),
}
ZONE_OF = {zone: re.compile(rf"(?:\d+(?:\.\d+)*\.?\s*)?(?:{words})\s*[:.]?", re.I) for zone, words in HEADS.items()}
RUN_IN = re.compile(
    r"(?P<head>BACKGROUND|INTRODUCTION|OBJECTIVES?|PURPOSE|AIMS?|METHODS?|RESULTS?|FINDINGS|CONCLUSIONS?"
    r"|DISCUSSION|Background|Introduction|Objectives?|Purpose|Aims?|Importance|Methods?|Patients? and Methods?"
    r"|Materials? and"
    r" Methods?"
    r"|Design|Setting|Findings|Main Results|Results?|Conclusions?(?: and Relevance)?|Interpretation|Funding|Discussion"
    r"|目的|方法|资料与方法|结果|结论)(?:\s*[:.\u3000\uff1a]\s*|\s+(?=(?!Response|Remission|Resection|Control|Tumor"
    r"|Study)[A-Z][a-z]|A [a-z]|\d|(?<=[\u4e00-\u9fff]\s)[\u4e00-\u9fff]))"
)
BRACKETED = re.compile(r"[\[【](目的|方法|结果|结论|摘要)[\]】]\s*")
WEAK = re.compile(
    r"patients|participants|setting|outcomes?|interventions?|exposures?|患者|一般资料", re.I
)  # a part of Methods, or below Results
MAIN = ("introduction", "methods", "results", "discussion", "back")
ABBREVIATED = re.compile(
    r"(?:\b(?:vs|Fig|Figs|Tab|No|et al|i\.e|e\.g|cf|ca|approx|Dr|St|Ref|Suppl|Eq|resp|incl|C\.I|I\.C|[A-HJ-Z])|^\d+)$"
)
END = re.compile(
    r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(\[]?(?:[A-Z0-9\u0391-\u03a9]|m(?:PFS|OS|DO?R)\b))"
    r"|(?<=[a-z)\]])\.(?=[A-Z][a-z])|(?<=[。！？])"
)
LETTERED = re.compile(
    r"\b(?:arm|group|cohort|part|stage|class|type|hepatitis|Child-Pugh)s?(?: [A-D] (?:and|or|vs\.?|versus))? [A-D]\.$",
    re.I,
)
CITED = re.compile(
    r"\[\d+(?:\s*[-,\u2013]\s*\d+)*\]|(?<!\d )(?<!\d% )(?<!months )(?<!weeks )(?<!years )(?<!days )\((?:\d{1,3}(?:\s*[,\u2013-]\s*\d{1,3})*)\)(?=\s*[.,;]|$)|\bet al\b"
)


def zone_of(heading: str, above: str = "text") -> str:
    """The part of the paper that a heading begins: a heading of no known part stays in the part above it."""
    words = plain(tidy(heading)).strip()
    return next((zone for zone, known in ZONE_OF.items() if known.fullmatch(words)), above)


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph, each as printed."""
    pieces, start = [], 0
    for match in END.finditer(text):
        before = text[start : match.start() + (1 if text[match.start() : match.start() + 1] == "." else 0)]
        if before.endswith(".") and ABBREVIATED.search(before.rstrip(".")) and not LETTERED.search(before):
            continue
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


class Writer:
    """Takes headings and paragraphs in the order of a file, and fills a document."""

    def __init__(self, document: Document):
        self.document, self.path, self.zone, self.abstract = document, [], "text", False
        self.zones: list[str] = []
        self.levels: list[int] = []  # of each heading of the path, as the file has it
        self.by_headings, self.ran_in = False, False
        self.pending, self.just = None, False  # the caption of a table to come; whether a table was the last thing
        self.open_lines: list[str] = []

    def heading(self, text: str, level: int = 1):
        """A heading; level 1 is the highest. A lower one stays in the part of the paper that it stands in."""
        text = tidy(text)
        if self.ran_in:
            self._cut(0)  # the words that ran into paragraphs are above no heading
        numbered = re.match(r"(\d+(?:\.\d+)+)\.?\s", text)
        level = max(level, numbered[1].count(".") + 1) if numbered else level  # 3.1 stands below 3
        if self.zones and self.zones[0] == "results" and not self.abstract and WEAK.fullmatch(text):
            level = max(level, self.levels[0] + 1)
        self._cut(next((k for k, known in enumerate(self.levels) if known >= level), len(self.levels)))
        above = self.zones[-1] if self.zones else "text"
        zone = above if above in MAIN and self.zones else zone_of(text, above)
        self.abstract = self._still_abstract(text, zone)
        if zone == "abstract":
            self._cut(0)
        else:
            self.path.append(text)
            self.zones.append(zone)
            self.levels.append(level)
        self.zone = zone

    def _cut(self, keep):
        """The headings of the path from one on are left."""
        del self.path[keep:], self.zones[keep:], self.levels[keep:]
        self.ran_in = False

    def _still_abstract(self, text, zone):
        """The abstract begins with its heading, or with Background
        as the first heading; it ends behind its conclusion.
        """
        if zone == "abstract":
            return True
        if re.match(r"\d+(?:\.\d+)*\.?\s", text):
            return False  # the headings of an abstract carry no numbers
        first = not self.document.sentences and re.fullmatch(
            r"(?:background|objectives?|purpose|aims?|importance|目的)\W*", text, re.I
        )
        if first:
            return True
        if (
            self.abstract
            and not self.by_headings
            and self.document.sentences
            and self.document.sentences[-1].in_abstract
        ):
            return False  # its text stood below its heading: the next heading is of the paper
        self.by_headings = self.abstract
        begun = any(s.in_abstract for s in self.document.sentences)
        introduced = begun and re.search(r"introduction|引言|前言", text, re.I)
        ended = introduced or zone == "back" or self.zone == "discussion"
        return self.abstract and not ended

    def part_of_abstract(self, head: str):
        """A heading inside the abstract."""
        self.abstract, self.path, self.zone = True, [tidy(head)] if head else [], zone_of(head, "abstract")
        self.zones = [self.zone] if head else []
        self.levels, self.ran_in = [1] * len(self.zones), False

    def paragraph(self, text: str, cites: bool = False):
        """A paragraph; run-in headings such as `Results:` begin a part of their own in an abstract."""
        text = tidy(text)
        for head, piece in self._run_in(text):
            if head:
                self.path, self.zone = [head], zone_of(head, self.zone)
                self.zones, self.levels, self.ran_in = [self.zone], [1], True
            for sentence in split_sentences(piece):
                self._add(sentence, cites)

    def caption(self, place: str, text: str):
        """The caption of a figure: numbers of the study, at a place of its own."""
        for sentence in split_sentences(tidy(text)):
            self.document.sentences.append(Sentence(sentence, "caption", place=place))

    def _add(self, sentence, cites):
        cites = cites or bool(CITED.search(plain(sentence)))
        self.document.sentences.append(
            Sentence(sentence, self.zone, tuple(self.path), self.abstract, cites and self.zone != "abstract")
        )

    def _run_in(self, text):
        if not (self.abstract or self.ran_in or self.zone == "text"):
            return [("", text)]
        heads = [m for m in [*RUN_IN.finditer(text), *BRACKETED.finditer(text)] if _starts(text, m)]
        if not heads:
            return [("", text)]
        heads.sort(key=lambda m: m.start())
        pieces = [("", text[: heads[0].start()])] if heads[0].start() else []
        ends = [m.start() for m in heads[1:]] + [len(text)]
        return pieces + [(m[1], text[m.end() : end]) for m, end in zip(heads, ends, strict=True)]


def _starts(text, match):
    """A run-in head begins the text or a sentence."""
    before = text[: match.start()].rstrip()
    return not before or before[-1] in ".。;；"

"""A paper and its supplements are read: documents, readings, what was left aside and what was not read."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files.bounded import now_at
from .arms import find_arms, long_names, sizes_of
from .claims import read_sentence, without_contradictions
from .document import Document, Unread
from .mentions import endpoint_mentions
from .own import counts_subjects, is_own
from .patients import LETTERED
from .readings import Reading
from .scene import Study
from .signs import plain
from .tables import read_at_risk, read_table


@dataclass
class Paper:
    """Everything read of a paper."""

    name: str
    documents: list[Document]
    readings: list[Reading] = field(default_factory=list)
    arms: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)  # a lettered arm -> what it was given
    n: str = ""  # the number of patients, where a person gave it
    confirmed: tuple[int, int] = (0, 0)  # how many readings a person confirmed, of how many

    @property
    def unread(self) -> list[Unread]:
        return [u for d in self.documents for u in d.unread]

    @property
    def title(self) -> str:
        return next((d.title for d in self.documents if d.title), self.name)


def read_documents(documents: list[Document], name: str) -> Paper:
    """The readings of documents, in their order: text first, then tables, then numbers at risk."""
    paper = Paper(name, documents, arms=find_arms(documents))
    for document in documents:
        _say_if_retracted(document)
    for document in documents:
        now_at(document.name)
        study = Study(arms=list(paper.arms), sizes=sizes_of(document, paper.arms), title=paper.title)
        study.randomized = not document.tables and _randomized(document)
        study.everyone = _everyone(document)
        for sentence in document.sentences:
            if is_own(sentence):
                paper.readings += read_sentence(sentence, study)
            elif counts_subjects(sentence):
                paper.readings += [
                    r
                    for r in read_sentence(sentence, study)
                    if r.statistic == "count" and r.endpoint == "patients included"
                ]
            elif re.search(r"\d", sentence.text):
                paper.aside.append(sentence.text)
        for table in document.tables:
            study.last_endpoint = next(
                (m.name for m in endpoint_mentions(plain(table.caption)) if m.kind == "time"), ""
            )
            paper.readings += read_table(table, study)
        for figure in document.at_risk:
            ends = [m.name for m in endpoint_mentions(plain(figure.caption)) if m.kind == "time"]
            paper.readings += read_at_risk(figure, ends[0] if ends else "")
        paper.aside += study.others
    parts = r"abstract" if any(d.tables or d.at_risk for d in documents) else r"abstract|text\b"
    paper.readings = without_contradictions(paper.readings, parts)
    for short, name in long_names(documents, paper.arms).items():
        if LETTERED.fullmatch(short):
            paper.called[short] = name  # its numbers stay of arm A, as the paper has it
        else:
            _call(paper, short, name)
    return paper


RANDOMIZED = re.compile(
    r"\b(?:were|was) (?:\d+ )?(?:randomly|randomi[sz]ed)|\brandomly assigned|\bwe randomi[sz]ed"
    r"|\brandomi[sz]ed,? (?:[\w-]+,? ){0,6}(?:phase (?:\d|I+)|trial|study)\b",
    re.I,
)


def _randomized(document):
    """Whether an abstract is of patients who were assigned to arms by lot: no number of it is then of all of them."""
    own = [s.text for s in document.sentences if s.zone not in ("introduction", "discussion", "back")]
    return any(RANDOMIZED.search(plain(text)) for text in [document.title, *own])


ALL = re.compile(
    r"\b(?:[Aa]mong|[Ii]n|[Oo]f|[Ff]or|[Aa]cross) all (?P<n>\d[\d,]*) (?:[\w-]+ ){0,3}?(?:patients|pts|participants)\b"
)


def _everyone(document):
    """How many patients a sentence calls all of them, `among all 42 patients`; 0 where none or several do."""
    said = {m["n"] for s in document.sentences if is_own(s) for m in ALL.finditer(plain(s.text))}
    return int(said.pop().replace(",", "")) if len(said) == 1 else 0


def _call(paper, short, name):
    """Give an arm its name in every reading."""
    word = re.compile(rf"(?<!\w){re.escape(short)}(?!\w)")
    paper.readings = [replace(r, group=word.sub(lambda _: name, r.group)) for r in paper.readings]
    paper.arms = [name if arm == short else arm for arm in paper.arms]


def _say_if_retracted(document):
    first = " ".join([document.title, *(s.text for s in document.sentences[:6])])
    if re.search(r"\bretract(?:ed|ion)\b|撤稿|expression of concern", first, re.I):
        what = "this reads as a notice of retraction or concern, not as a paper"
        document.unread.append(
            Unread("paper", what, "Read the paper itself, and say with its numbers that it was retracted.")
        )


def read_paper(paths, name: str) -> Paper:
    """Read a paper (the first file) and its supplements. Raises CohortError for a file that cannot be read."""
    from .files import read_file

    return read_documents([read_file(Path(p)) for p in paths], name)

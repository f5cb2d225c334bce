"""Questions of the import as records: asked in the terminal, in the browser or by a file of answers, all the same."""

import datetime
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from papercheck.files.findings import Finding, Message, did_you_mean, shown
from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.dictionary import dictionary_words

from ...text.language import translated
from ..read.signs import NO_SIGN

LANGUAGES = ("en", "zh")
NAMES = ("column", "columns", "by", "id", "number", "first", "order", "file", "base")  # of the file, as it writes them
LINES_SHOWN = 6
MADE_WORDS = (NO_SIGN, "the date alone")  # values that no cell holds
KINDS = {
    "course": "course",
    "course alone": "course",
    "event": "event",
    "sign": "event",
    "placed": "placed",
}  # kind in cohort.yml; every other topic is `settle`


@dataclass(frozen=True)
class Value:
    """One written cell of a column: how many rows hold it, and what the file says that it means."""

    word: str
    count: int
    label: str = ""

    def text(self, language="en") -> str:
        """Such as `1 = alive: 8`."""
        word = self.word if self.word else "(empty)"
        word = texts()["words"][word][language] if word in MADE_WORDS and language != "en" else word
        count = f": {self.count}" if self.count else ""
        label = (
            f" = {self.label if not self.count else shown(self.label)}" if self.label else ""
        )  # of no count: made here
        return f"{shown(word)}{label}{count}"


@dataclass(frozen=True)
class Lines:
    """Lines of a sheet as a question names them: 12 (合计 | 26: a note), 13 (...)."""

    entries: tuple

    def said(self, language="en") -> str:
        """In words, the first of them."""
        found = ", ".join(
            f"{e.line} ({shown(e.text)}: {said_why(e.why, language)})" for e in self.entries[:LINES_SHOWN]
        )
        more = {"en": "and {} more", "zh": "以及另外 {} 行"}[language].format(len(self.entries) - LINES_SHOWN)
        return f"{found} {more}" if len(self.entries) > LINES_SHOWN else found


@dataclass(frozen=True)
class Noticed:
    """What the eye sees on a sheet and the cells do not say; kind : an entry of `noticed` in questions.yml."""

    kind: str
    what: str

    def said(self, language="en") -> str:
        """In words."""
        return texts()["noticed"][self.kind][language].format(what=self.what)


class Reason(str):
    """Why a column is not placed: an entry of `reasons` in questions.yml with its words; as text, it is English."""

    kind: str
    words: dict

    def __new__(cls, kind, **words):
        made = super().__new__(cls, texts()["reasons"][kind]["en"].format(**words))
        made.kind, made.words = kind, words
        return made

    def said(self, language="en") -> str:
        """In words."""
        words = {
            k: v.said(language) if isinstance(v, Reason) else said_why(v, language) if k == "unit" else v
            for k, v in self.words.items()
        }
        return texts()["reasons"][self.kind][language].format(**words)


@dataclass(frozen=True)
class Reasons:
    """Several reasons as a question names them."""

    entries: tuple

    def said(self, language="en") -> str:
        """In words."""
        return "; ".join(reason.said(language) for reason in self.entries)


def joined(reasons) -> str:
    """Several reasons as one: a; b."""
    whole, *others = [r for r in reasons if r] or [""]
    for more in others:
        whole = Reason("and", first=whole, more=more)
    return whole


def reason_kind(why) -> str:
    """The kind of a reason, '' for plain text."""
    return why.kind if isinstance(why, Reason) else ""


def said_why(why, language="en") -> str:
    """Why a column is what it is, or a line no patient, in a language."""
    if isinstance(why, Reason):
        return why.said(language)
    entry = texts()["words"].get(why)
    return entry[language] if entry and language != "en" else translated(why, language)


@dataclass(frozen=True)
class Question:
    """One thing that only a person knows.

    `topic` : entry of questions.yml; `choices` : of the whole question, or, where `values` stand, of each value;
    `proposed` : a choice, or {written: choice}; None where nothing is proposed; `words` fill the sentence;
    `blocking` : no report without the answer.
    """

    id: str
    topic: str
    file: str = ""
    column: str = ""
    target: str = ""
    choices: tuple = ()
    values: tuple = ()
    proposed: object = None
    words: dict = field(default_factory=dict)
    said: dict = field(default_factory=dict)  # choice: text, where questions.yml has none
    blocking: bool = True
    free_date: bool = False  # any other day is an answer too
    targets: tuple = ()  # further columns of the dictionary that wait for the answer

    @property
    def kind(self) -> str:
        """The kind under which cohort.yml lists it."""
        return KINDS.get(self.topic, "settle")

    def text(self, language="en") -> str:
        """The question in words."""
        counts = "; ".join(v.text(language) for v in self.values)
        words = {"file": self.file, "column": self.column, "counts": counts, **self.words}
        words = {
            k: v.said(language) if isinstance(v, Lines | Noticed | Reason | Reasons) else v for k, v in words.items()
        }
        if language != "en":
            known = dictionary_words(language) | {e: w[language] for e, w in texts()["words"].items()}
            words = {k: known.get(v, v) if isinstance(v, str) and k not in NAMES else v for k, v in words.items()}
        return texts()["questions"][self.topic][language].format(**words)

    def who(self, language="en") -> str:
        """Who can answer."""
        return texts()["who"][texts()["questions"][self.topic]["who"]][language]

    def how(self, language="en") -> str:
        """What an answer in a file looks like."""
        said = ((c, self.choice_text(c, language)) for c in self.choices)
        choices = ", ".join(f"`{c}`" + (f" ({text})" if text != c else "") for c, text in said)
        one = "write day" if self.free_date else "write one"
        kind = one if not self.values else "write events" if self.kind == "event" else "write each"
        return told(kind, language, choices=choices)

    def choice_text(self, choice, language="en") -> str:
        """A choice in words."""
        entry = texts()["choices"].get(choice)
        text = self.said.get(choice) or (entry[language] if entry else choice)
        known = dictionary_words(language) if language != "en" else {}
        if isinstance(text, Reason):
            return Reason(text.kind, **{k: known.get(v, v) for k, v in text.words.items()}).said(language)
        return known.get(text, text)


def about(sheet, topic, column="", target="", *, of="", **more) -> Question:
    """A question on a sheet, or on a column of it, called after its topic or what it is `of`; its choices are those of
    the topic unless others are given."""
    name = ".".join(filter(None, (of or topic, sheet.key, column)))
    return Question(name, topic, sheet.place, column, target, **{"choices": choices_of(topic)} | more)


def told(kind, language="en", **words) -> str:
    """An entry of `told` in questions.yml in words."""
    return texts()["told"][kind][language].format(**words)


@cache
def texts() -> dict:
    """questions.yml."""
    return load_rules(Path(__file__).with_name("questions.yml"))


def choices_of(topic) -> tuple:
    """The choices of a topic that questions.yml fixes."""
    entry = texts()["questions"][topic]
    return tuple(entry.get("each") or entry.get("one") or ())


def answer_faults(question, answer) -> list[Finding]:
    """What is wrong with an answer: a choice that there is not,
    a value that the column does not hold, one left open.
    """
    if not question.values:
        if isinstance(answer, str) and (answer in question.choices or question.free_date and is_day(answer)):
            return []
        action = Message("Choose one: {choices}.", choices=", ".join(question.choices))
        return [Finding("answers", "not an answer to this question", action, column=question.id, value=shown(answer))]
    if not isinstance(answer, dict):
        action = Message("Write VALUE: CHOICE for {words}.", words=", ".join(v.word for v in question.values))
        return [
            Finding("answers", "expected a meaning for each value", action, column=question.id, value=shown(answer))
        ]
    return [*_faults_of_values(question, answer)]


def _faults_of_values(question, answer):
    """Faults of an answer with a meaning for each value: values and meanings that there are not, values left open."""
    held = {v.word for v in question.values}
    for word, choice in answer.items():
        if str(word) not in held:
            rule, action = "a value that the column does not hold", did_you_mean(word, sorted(held))
            yield Finding("answers", rule, action, column=question.id, value=shown(word))
        elif choice not in question.choices:
            rule, action = "not a meaning of this column", did_you_mean(choice, question.choices)
            yield Finding("answers", rule, action, column=question.id, value=shown(choice))
    for word in sorted(held - {str(w) for w in answer}):
        rule, action = "a value without an answer", Message("Choose one of {words}.", words=", ".join(question.choices))
        yield Finding("answers", rule, action, column=question.id, value=shown(word))


def is_day(text) -> bool:
    """Whether a text is a day written as 2024-03-05."""
    try:
        return len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def expanded(question, answer):
    """An answer as given, in full: `{event: [2]}` or `[2]` stand for {2: event} and censored for every other value that
    is written; where two or more are, an empty cell of which nothing is said is not known. yes and no stand for the one
    choice that begins so."""
    found = _in_full(question, answer)
    empty = question.kind == "event" and len(question.values) > 2 and any(v.word == "" for v in question.values)
    return {"": "unknown"} | found if empty and isinstance(found, dict) else found


def _in_full(question, answer):
    if question.free_date and isinstance(answer, datetime.date):
        return answer.isoformat()
    if not question.values and not isinstance(answer, dict | list):
        return _named_choice(question, answer)
    if not question.values or question.kind != "event":
        return {str(k): str(v) for k, v in answer.items()} if isinstance(answer, dict) else answer
    if isinstance(answer, str | int | float):
        answer = [answer]
    if isinstance(answer, list):
        answer = {"event": answer}
    if not isinstance(answer, dict):
        return answer
    if not set(map(str, answer)) & {"event", "censored", "unknown"} or any(
        not isinstance(v, list | str | int) for v in answer.values()
    ):
        return {str(k): str(v) for k, v in answer.items()}
    if all(str(v) in question.choices for v in answer.values() if not isinstance(v, list)) and not any(
        isinstance(v, list) for v in answer.values()
    ):
        return {str(k): str(v) for k, v in answer.items()}
    found = {}
    for choice in ("event", "censored", "unknown"):
        words = answer.get(choice, [])
        for word in words if isinstance(words, list) else [words]:
            found[str(word)] = choice
    several = len(question.values) > 2
    for value in (v for v in question.values if v.word or not several):
        proposed = (question.proposed or {}).get(value.word)
        found.setdefault(value.word, "unknown" if proposed == "unknown" else "censored")
    return found


def _named_choice(question, answer):
    """The choice that an answer names: by its code, or as the only one whose words begin with a yes or a no."""
    said = {True: "yes", False: "no"}.get(answer, answer) if isinstance(answer, bool) else answer
    begins = {"yes": "yes", "no": "no", "是": "yes", "否": "no"}.get(str(said).strip().lower())
    if said in question.choices or not begins:
        return said
    meant = [c for c in question.choices if question.choice_text(c).split(":")[0].split(",")[0] == begins]
    return meant[0] if len(meant) == 1 else answer

"""The two kinds of file that travel: an answer of a centre,
and the question of a round. JSON that a person can read.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from papercheck.files.findings import CohortError, Finding
from papercheck.files.models import Entry

from .masks import BITS, is_key
from .possible import contradictions
from .shapes import Shape, shapes
from .study import Study, digest_of

SCHEMA = 1
ANSWER, QUESTION = "rechallenge answer", "rechallenge question"
LARGEST = 50_000_000  # bytes of a file that is read
MOST, MOST_PATIENTS = 1e100, 10**9  # a sum beyond the one, a count beyond the other is no answer of a hospital
DIGEST = re.compile(r"[0-9a-f]{64}")
KIND = "kind of data"  # the definition that says of whom an answer tells
SENT_AGAIN = "Ask the centre to send it again, as the command wrote it."
Digest = Annotated[str, Field(pattern=DIGEST.pattern)]


def unit_of(name: str) -> str:
    """What the definition of the unit of a column of numbers is called."""
    return f"unit of {name}"


class Question(Entry):
    """What a round asks. beta : {model: coefficients at which each centre answers}; contents : whether counts, tables
    and tests are asked too; centres : who is asked; keys : {centre: public key} of a masked study."""

    format: Literal[QUESTION] = QUESTION
    schema_: int = Field(SCHEMA, alias="schema")
    study: Digest
    round: Annotated[int, Field(ge=0, le=99)]
    centres: tuple[str, ...]
    contents: bool
    beta: dict[str, list[float]]
    keys: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """What tells this question from every other one."""
        return digest_of(self.model_dump(mode="json", by_alias=True))


class Answer(Entry):
    """What a centre mails. told : {record: {field: numbers}}, None where held back, or hexadecimal digits under masks;
    held : what is held back, in words; data : a salted digest of the data; definitions : {what: in words}; digest : of
    all the rest."""

    format: Literal[ANSWER] = ANSWER
    schema_: int = Field(SCHEMA, alias="schema")
    study: Digest
    title: str
    centre: str
    round: Annotated[int, Field(ge=0, le=99)]
    question: Digest
    transport: Literal["open", "masked"]
    version: str
    data: Digest
    definitions: dict[str, str]
    key: str = ""
    held: tuple[str, ...] = ()
    told: dict[str, dict[str, Any]] = {}
    digest: str = ""

    @field_validator("key")
    @classmethod
    def _key(cls, key):
        if key and not is_key(key):
            raise ValueError("no public key")
        return key

    def sealed(self) -> "Answer":
        """The same with its digest."""
        return self.model_copy(update={"digest": self._own_digest()})

    def _own_digest(self) -> str:
        return digest_of(self.model_dump(mode="json", by_alias=True, exclude={"digest"}))

    @property
    def whole(self) -> bool:
        """Whether nothing was changed since it was written. No proof
        against who means to deceive: the digest has no secret.
        """
        try:
            return self.digest == self._own_digest()
        except ValueError:  # nested deeper than anything that is written
            return False


def first_question(study: Study, centres) -> Question:
    """What a study asks before anybody has answered: of a masked
    one the keys, else everything, with coefficients of 0.
    """
    masked = study.transport == "masked"
    beta = {} if masked else zeros(study)
    return Question(
        study=study.digest, round=0 if masked else 1, centres=tuple(centres), contents=not masked, beta=beta
    )


def zeros(study: Study) -> dict[str, list[float]]:
    """The coefficients at which every climb begins."""
    return {model.id: [0.0] * len(model.columns) for model in study.models}


def text_of(entry: Question | Answer) -> str:
    """A file as it is written: indented, lists of numbers on one line, with a line end."""
    held = json.dumps(entry.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False, allow_nan=False)
    return re.sub(r"\[[^\[\]{}]*\]", lambda m: _one_line(m[0]), held) + "\n"


def _one_line(listed) -> str:
    """A list of numbers without its line ends; a list of words as it is."""
    return listed if '"' in listed else re.sub(r"\s*\n\s*", " ", listed).replace("[ ", "[").replace(" ]", "]")


def read_question(path: Path, study: Study) -> Question:
    """A question of this study. Raises CohortError."""
    raw, name = _json(path), Path(path).name
    if raw.get("format") != QUESTION:
        raise _refused(name, "is no question of a round", "Name the file round-N.json that the coordinator sent.")
    _same_schema(raw, name)
    try:
        question = Question.model_validate(raw)
    except ValidationError:
        raise _refused(name, "is not whole", "Ask the coordinator to send it again.") from None
    if question.study != study.digest:
        raise _refused(name, "belongs to another study.yml", "Take both from the same mail of the coordinator.")
    lengths = {model.id: len(model.columns) for model in study.models}
    good = all(name in lengths and len(b) == lengths[name] for name, b in question.beta.items())
    if not good or not all(math.isfinite(v) for b in question.beta.values() for v in b):
        raise _refused(name, "asks for models that the study does not have", "Ask the coordinator to send it again.")
    if not all(is_key(key) for key in question.keys.values()):
        raise _refused(name, "holds something that is no public key", "Ask the coordinator to send it again.")
    return question


def read_answer(path: Path, study: Study) -> Answer:
    """An answer to this study, changed by nobody and of the form that is asked. Raises CohortError."""
    raw, name = _json(path), Path(path).name
    if raw.get("format") != ANSWER:
        raise _refused(name, "is no answer of a centre", "Move it out of the folder.")
    _same_schema(raw, name)
    try:
        answer = Answer.model_validate(raw)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise _refused(name, "is not whole", SENT_AGAIN, where) from None
    if answer.study != study.digest:
        raise _refused(name, f"answers another study.yml ({answer.title})", "Send the centre the study.yml of here.")
    if answer.transport != study.transport:
        raise _refused(name, f"is {answer.transport}, the study {study.transport}", SENT_AGAIN)
    if not answer.whole:
        raise _refused(name, "was changed after it was written (its digest does not fit)", SENT_AGAIN)
    if answer.centre not in study.centres:
        raise _refused(
            name, "comes from no centre of the study", "Mend the name, there or in study.yml.", answer.centre
        )
    return answer


def check_told(answer: Answer, question: Question, study: Study, name: str) -> list[Finding]:
    """What is wrong with the numbers of an answer: of another form than is asked, or impossible."""
    wanted = shapes(study, question.beta, question.contents) if question.round else {}
    open_ = study.transport == "open"
    faults = []
    own = {f"own/{m.id}": {"coef": k, "covariance": (math.comb(k[0] + 1, 2),)} for m, k in _coefficients(study)}
    for key in (k for k in answer.told if k not in wanted and not (open_ and k in own)):
        faults.append(Finding(name, "tells what is not asked", SENT_AGAIN, column=key))
    for key, fields in wanted.items():
        record = answer.told.get(key)
        if record is None:
            if not (open_ and key.startswith("curve/")):
                faults.append(Finding(name, "lacks what is asked", SENT_AGAIN, column=key))
        elif not (_is_open(key, record, fields, study) if open_ else _is_masked(record, fields)):
            faults.append(Finding(name, "holds numbers of another form than is asked", SENT_AGAIN, column=key))
    for key in own.keys() & answer.told.keys() if open_ else ():
        record = answer.told[key]
        if any(record.values()) and (None in record.values() or not _is_open(key, record, own[key], study)):
            faults.append(Finding(name, "holds numbers of another form than is asked", SENT_AGAIN, column=key))
    if open_ and not faults:
        faults = [Finding(name, rule, SENT_AGAIN, column=key) for key, rule in contradictions(answer.told)]
    return faults


def _coefficients(study) -> list[tuple]:
    """(model, the shape of its coefficients) of a study."""
    return [(model, (len(model.columns),)) for model in study.models]


def _is_masked(record, fields: Mapping[str, Shape]) -> bool:
    size = sum(math.prod(shape) for shape in fields.values())
    values = record.get("masked")
    return (
        set(record) == {"masked"}
        and isinstance(values, list)
        and len(values) == size
        and all(isinstance(v, str) and re.fullmatch(rf"[0-9a-f]{{{BITS // 4}}}", v) for v in values)
    )


def _is_open(key, record, fields, study) -> bool:
    """Whether a record holds the fields that are asked, each None
    or numbers of its shape, counts whole and not below 0.
    """
    if key.startswith("curve/"):
        return _is_table(record, fields, study)
    counted = key.split("/")[0] in ("flow", "counts", "response", "safety")
    return set(record) == set(fields) and all(
        record[name] is None or _has_shape(record[name], shape, counted or name in ("n", "events"))
        for name, shape in fields.items()
    )


def _is_table(record, fields, study) -> bool:
    """Whether a risk table adds up, at edges of the study."""
    edges = record.get("edges")
    if (
        not isinstance(edges, list)
        or set(record) != {"edges", *fields}
        or not _has_shape(edges, (len(edges or ()),), False)
        or len(edges) < 2
    ):
        return False
    bins, causes = len(edges) - 1, fields["events"][1]
    told = [_has_shape(record[n], s, True) for n, s in (("n_risk", (bins,)), ("censored", (bins,)))]
    if not all(told) or not _has_shape(record["events"], (bins, causes), True):
        return False
    if (
        (edges[0], edges[-1]) != (0, study.bins[-1])
        or any(e not in study.bins for e in edges)
        or sorted(set(edges)) != edges
    ):
        return False
    left = [n - sum(d) - c for n, d, c in zip(record["n_risk"], record["events"], record["censored"], strict=True)]
    return left[:-1] == record["n_risk"][1:] and left[-1] >= 0


def _has_shape(value, shape, counted) -> bool:
    if shape:
        return (
            isinstance(value, list)
            and len(value) == shape[0]
            and all(_has_shape(part, shape[1:], counted) for part in value)
        )
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST:  # nor is NaN
        return False
    return not counted or (0 <= value <= MOST_PATIENTS and value == int(value))


def _same_schema(raw, name):
    if raw.get("schema") != SCHEMA:
        rule = f"is of format {raw.get('schema')}, and this version reads {SCHEMA}"
        raise _refused(name, rule, "Install one version of rechallenge at every centre.")


def _json(path) -> dict:
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise _refused(path.name, "is larger than any answer", SENT_AGAIN)
        if not path.is_file():
            raise _refused(path.name, "is no file", "Move it out of the folder.")
        raw = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
        json.dumps(raw, ensure_ascii=False).encode()  # an escape can stand for half a character
    except FileNotFoundError:
        raise _refused(path.name, "is not there", "Name a file that exists.", str(path)) from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _refused(path.name, "is no JSON, or was cut off", SENT_AGAIN) from None
    if not isinstance(raw, dict):
        raise _refused(path.name, "is no file of a study", SENT_AGAIN)
    return raw


def _no_constant(name):
    raise ValueError(name)


def _refused(name, rule, action, value="") -> CohortError:
    return CohortError([Finding(name, rule, action, value=value)])

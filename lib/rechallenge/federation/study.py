"""study.yml: what a coordinating centre asks of every hospital. Its digest stands in every file that is mailed."""

import hashlib
import json
import math
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from papercheck.files.findings import CohortError, did_you_mean, request_error
from papercheck.files.models import Entry, Text, read_model, wrong, wrong_at
from papercheck.files.project import KEPT_BY_WINDOWS, NAME
from papercheck.files.yamlfile import fault_list, load_yaml
from papercheck.vocabulary.endpoints import endpoint_rules

SMALLEST, LEAST = (
    5,
    3,
)  # patients of whom an open file tells together, if nothing else is asked; the least that may be asked
FEWEST_CENTRES = 3  # of a masked sum: of two, each knows the other's numbers by subtracting its own
MOST_BINS, MOST_CENTRES, MOST_TERMS = 200, 1000, 20
TRANSPORTS = ("open", "masked")


def _bins(edges):
    if len(edges) < 2 or edges[0] != 0 or any(not a < b < math.inf for a, b in zip(edges, edges[1:], strict=False)):
        raise wrong("expected rising times that begin with 0", "Such as [0, 3, 6, 12, 18, 24].")
    if len(edges) > MOST_BINS:
        raise wrong(f"more than {MOST_BINS} bins", "Ask for fewer: each tells more of single patients.")
    return edges


def _endpoint(code):
    if code not in endpoint_rules():
        raise wrong("not an endpoint", did_you_mean(code, endpoint_rules()))
    return code


def _twice(names):
    again = sorted({n for n in names if list(names).count(n) > 1})
    if again:
        raise wrong(f"{again[0]} stands twice", "Keep one of the two.")
    return names


def _centres(names):
    bad = [n for n in names if not NAME.fullmatch(n) or KEPT_BY_WINDOWS.fullmatch(n)]
    if bad:
        raise wrong("a name of a centre becomes the name of a file", "Use letters, digits, - and _ only.")
    if len(names) > MOST_CENTRES:
        raise wrong(f"more than {MOST_CENTRES} centres", "Split the study.")
    return _twice(names)


Names = Annotated[tuple[Text, ...], AfterValidator(_twice)]
Endpoint = Annotated[Text, AfterValidator(_endpoint)]


class Term(Entry):
    """One term of a model: a factor with its levels, the first
    of them the reference, or a number for each `per` units.
    """

    column: Text = Field(description="A column of adsl or a factor of cohort.yml that every centre has.")
    levels: Names = Field((), description="The codes, the reference first; none for a number.")
    per: float = Field(1.0, gt=0, description="The units that a hazard ratio of a number is for.")

    @property
    def columns(self) -> list[str]:
        """What its columns of the model are called."""
        return [f"{self.column} = {level}" for level in self.levels[1:]] if self.levels else [self.column]


class Model(Entry):
    """A Cox model, stratified by centre."""

    id: Text = Field(description="A short name, such as main.")
    endpoint: Endpoint = Field(description="An endpoint, such as OS.")
    terms: tuple[Term, ...] = Field(description="A list of `column` with `levels`, or with `per` for a number.")

    @model_validator(mode="after")
    def _few(self):
        if not 0 < len(self.columns) <= MOST_TERMS:
            raise wrong(f"a model has 1 to {MOST_TERMS} coefficients", "Leave terms out, or name one.")
        return self

    @property
    def columns(self) -> list[str]:
        """What the coefficients are called."""
        return [name for term in self.terms for name in term.columns]


class Study(Entry):
    """What is asked: endpoints in `unit`, their risk tables at
    `bins`, overall and by `groups`, tests of these groups, models.
    """

    title: Text = Field(description="What the study asks, in one line.")
    centres: Annotated[tuple[Text, ...], AfterValidator(_centres)] = Field(description="The centres that take part.")
    endpoints: tuple[Endpoint, ...] = Field(description="A list such as [PFSR, OS].")
    unit: Literal["months", "days"] = Field("months", description="The unit of bins.")
    bins: Annotated[tuple[float, ...], AfterValidator(_bins)] = Field(description="Times such as [0, 3, 6, 12].")
    groups: dict[Text, Names] = Field({}, description="{column: [codes of its levels]}.")
    numbers: Names = Field((), description="Columns of numbers that are described, such as [AGE].")
    incidence: tuple[Endpoint, ...] = Field((), description="Endpoints whose causes compete.")
    response: Literal["", "INITIAL", "RECHALLENGE"] = Field("", description="The course whose responses are counted.")
    safety: Literal["", "INITIAL", "RECHALLENGE"] = Field(
        "", description="The course whose adverse events are counted."
    )
    models: tuple[Model, ...] = Field((), description="A list of id, endpoint and terms.")
    smallest: Annotated[int, Field(ge=LEAST, le=50)] = Field(
        SMALLEST,
        description=(
            f"Of how many patients together an open file tells at least; {LEAST} or more, or it would keep nothing"
            " private."
        ),
    )
    transport: Literal[TRANSPORTS] = Field(
        "open", description="open: each file can be read; masked: only the sum of all files can."
    )

    @model_validator(mode="after")
    def _whole(self):
        faults = []
        if len(self.centres) < 2:
            faults.append((("centres",), "one centre alone needs no pooling", "Name two or more.", ""))
        if self.transport == "masked" and len(self.centres) < FEWEST_CENTRES:
            rule = f"a masked sum of fewer than {FEWEST_CENTRES} centres hides nothing"
            faults.append((("transport",), rule, "Name more centres, or use open.", "masked"))
        if not self.endpoints:
            faults.append((("endpoints",), "no endpoint is asked for", "Name one or more.", ""))
        for i, model in enumerate(self.models):
            if model.endpoint not in self.endpoints:
                faults.append((("models", i, "endpoint"), "not among `endpoints`", "Add it there.", model.endpoint))
        for i, code in enumerate(self.incidence):
            if code not in self.endpoints:
                faults.append((("incidence", i), "not among `endpoints`", "Add it there.", code))
        if len({m.id for m in self.models}) < len(self.models):
            faults.append((("models",), "two models have one id", "Give each its own.", ""))
        for name, levels in self.groups.items():
            if len(levels) < 2:
                faults.append((("groups", name), "a group needs two levels or more", "List the codes.", name))
        if faults:
            raise wrong_at(faults)
        return self

    @cached_property
    def digest(self) -> str:
        """What tells this study from every other one: of its meaning, not of its blanks and comments."""
        return digest_of(self.model_dump(mode="json"))

    def model_of(self, name: str) -> Model:
        """The model of an id."""
        return next(m for m in self.models if m.id == name)


def digest_of(held) -> str:
    """SHA-256 of a value of JSON, whatever the order of its keys."""
    text = json.dumps(held, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def load_study_file(path: Path) -> Study:
    """study.yml, read and checked. Raises CohortError with every fault, its line and what to do."""
    raw, lines = load_yaml(Path(path))
    faults, fault = fault_list(Path(path).name, lines)
    made = None
    with suppress(AssertionError):  # what is left after its faults is no study
        made = read_model(Study, raw, fault)
    if faults or made is None:
        raise CohortError(list(dict.fromkeys(faults)))
    return made


def participants(study: Study, without: Sequence[str] = ()) -> list[str]:
    """The centres of the study but those named. Raises CohortError for a name that is none of them."""
    unknown = [name for name in without if name not in study.centres]
    if unknown:
        raise request_error(f"{unknown[0]} is no centre of the study", did_you_mean(unknown[0], study.centres))
    return [name for name in study.centres if name not in without]

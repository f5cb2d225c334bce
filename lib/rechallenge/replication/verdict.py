"""Does a printed number come back? Every cell of a registry
beside what the cohort gives, with a status and the reason.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from papercheck.audit.engine import audit
from papercheck.audit.finding import Message, without_stop
from papercheck.files.findings import NotAvailable
from papercheck.literature.cited import cited_by
from papercheck.registry.labels import describe_entry, part_label
from papercheck.registry.printed import read_printed, roundings_that_print
from papercheck.registry.registry import Cell, Entry, Registry, list_studies, load_registry
from papercheck.replicate.conventions import (
    TRUNCATED,
    Match,
    as_sided,
    convention_words,
    expected_order,
    matches,
    print_as_cell,
    program,
    stated,
)
from papercheck.replicate.record import Record, read_record
from papercheck.replicate.values import Value

from ..cohort.cohort import Cohort, list_cohorts, load_cohort
from ..cohort.part import part_named
from ..text.language import say
from .claims import Checked, check_claims
from .counting import AS_IS, Counting, countings
from .evaluation import WITHOUT_PATIENTS, evaluate, values
from .study import Study, prepare, why_not
from .survival_values import below_half

__all__ = ["Replication", "available_registry", "count_statuses", "evaluate", "replicate", "replicate_study"]

REPRODUCED, MISPRINT, UNCHECKED, FAILED = "reproduced", "misprint", "not checkable", "not reproduced"
STATUSES = (FAILED, MISPRINT, REPRODUCED, UNCHECKED)  # in the order in which a reader wants them
CUT_OFF, ANOTHER = "cut off", "another"  # how a number came back: its digits cut off, or under another convention
UNDER, UNDER_TRUNCATION = "under {words}", "under truncation, rounded it is {value}"
AS_COUNTED = "under {words}; as this cohort counts it is {value}"
COMES_BACK, WITH_NEAREST = "{printed} comes back with {words}", "{proof}; nearest possible: {values}"
GIVES = {  # by why the convention is the expected one
    "": "{words} gives {value}",
    "as printed": "{words} as printed gives {value}",
    "named": "{words} of {program}, which the paper names, gives {value}",
}
READING, REMARK_AND_READING = "Reading: {reading}", "{remark}. {reading}"
COLUMNS = [
    "id",
    "what",
    "part",
    "printed",
    "at",
    "recomputed",
    "value",
    "method",
    "rounding",
    "status",
    "under",
    "free",
    "why",
]
OF_TIMES = ("median_survival", "median_follow_up", "survival_at", "longest", "log_rank", "cox")
NO_COHORT = "no patient-level data of this study"
NO_REGISTRY = (
    "needs published.yml, the printed numbers of the paper: `rechallenge new {cohort} --published` starts one."
)


@dataclass(frozen=True)
class Replication:
    """A study held against its paper: one row a printed number, the findings of the audit, the record of a
    reconstruction, whether the patients are pseudo-patients, the claims of the paper in words."""

    registry: Registry
    numbers: pd.DataFrame
    findings: tuple = ()
    record: Record | None = None
    pseudo: bool = False
    claims: tuple[Checked, ...] = ()


def available_registry(cohort) -> Registry:
    """The registry of a cohort. Raises NotAvailable with one sentence where the cohort has none."""
    if part_named(cohort):
        raise NotAvailable("needs the whole cohort: a paper prints no numbers of a part of it.")
    if cohort not in list_studies():
        raise NotAvailable(say(NO_REGISTRY, cohort=cohort))
    return load_registry(cohort)


def replicate_study(registry: Registry) -> Replication:
    """A registry against the cohort of the same name (where there is one), with the audit of the paper.

    Raises CohortError for a faulty cohort, reconstruction record or file of cited studies.
    """
    cohort = load_cohort(registry.name) if registry.name in list_cohorts() else None
    record = read_record(registry.path.parent)
    findings = tuple(audit(registry, cited_by(registry)))
    pseudo = cohort is not None and cohort.meta.kind == "pseudo"
    study = prepare(cohort, registry) if cohort is not None else None
    claims = check_claims(registry, study, record.imposed if record else ())
    return Replication(registry, _numbers(registry, study, findings, record), findings, record, pseudo, claims)


def replicate(registry: Registry, cohort: Cohort | None = None, findings=(), record: Record | None = None):
    """One row a printed number, in file order, with COLUMNS.

    cohort : None where there are no patients; findings : AuditFindings of the registry; record : of a reconstruction.
    recomputed : the value with the printed decimals; value : unrounded, a pair for an interval, None where there is
    none; method : the convention that gives it; status : one of STATUSES. Raises CohortError for a faulty cohort.
    """
    return _numbers(registry, prepare(cohort, registry) if cohort is not None else None, findings, record)


def _numbers(registry, study, findings, record) -> pd.DataFrame:
    rows = []
    for entry in registry.entries:
        found = _values(entry, study)
        for cell in _alike_once(entry):
            proof = _proof(entry, cell, findings, record) or _by_its_count(entry, cell, found, findings, record)
            rows.append(_row(_Asked(entry, registry, study, found, findings), cell, proof))
    return pd.DataFrame(rows, columns=COLUMNS)


def _alike_once(entry: Entry) -> list[Cell]:
    """The printed numbers of an entry, one that stands alike in several places once, with all of them."""
    found = {}
    for cell in entry.cells:
        known = found.get((cell.part, cell.text, cell.method))
        places = (*known.at, *(p for p in cell.at if p not in known.at)) if known else cell.at
        found[cell.part, cell.text, cell.method] = replace(known or cell, at=places)
    return [*found.values()]


def count_statuses(numbers) -> dict[str, int]:
    """How many printed numbers have each status, in the order of STATUSES."""
    return {status: int((numbers["status"] == status).sum()) for status in STATUSES}


def _recomputed(cell, value, hits) -> str:
    """The value in the form of the cell, under the rounding that gives the print where one does."""
    if value is None:
        return ""
    return print_as_cell(value.value, cell, TRUNCATED if hits and hits[0].rounding == TRUNCATED else "half up")


def as_json(paper: Replication) -> dict:
    """A replication as plain values: NaN as "NE", infinity as "NR", an interval as a list."""
    numbers = [
        row | {"value": _json_value(row["value"]), "at": "; ".join(row["at"])}
        for row in paper.numbers.to_dict("records")
    ]
    counts = count_statuses(paper.numbers)
    claims = [
        {"at": c.claim.at, "kind": c.claim.kind, "text": c.claim.text, "state": c.state, "why": c.why, "free": c.free}
        | {"measures": [{"of": m.of} | {k: _json_value(v) for k, v in m.values.items()} for m in c.measures]}
        for c in paper.claims
    ]
    return {
        "study": paper.registry.name,
        "title": paper.registry.title,
        "counts": counts,
        "numbers": numbers,
        "claims": claims,
    }


def _json_value(value):
    if isinstance(value, tuple):
        return [_json_value(v) for v in value]
    if value is None or value != value:
        return None if value is None else "NE"
    return ("NR" if value > 0 else "-inf") if value in (float("inf"), float("-inf")) else value


def _values(entry, study):
    """The values of an entry, or the reason why there are none."""
    if study is None and entry.statistic not in WITHOUT_PATIENTS:
        return NO_COHORT
    try:
        return values(entry, study)
    except NotAvailable as reason:
        return why_not(reason)


@dataclass(frozen=True)
class _Asked:
    """An entry of a registry, the study that it is held against (None without patients), the values found or why there
    are none, the findings of the audit."""

    entry: Entry
    registry: Registry
    study: Study | None
    found: list | str
    findings: tuple

    @property
    def free(self) -> bool:
        """Whether a number of times to an event rests on who carries a characteristic that a reconstruction dealt out
        freely: by its groups, its model or its weights."""
        if self.study is None or self.entry.statistic not in OF_TIMES:
            return False
        named = [self.entry.get("by") or [], self.entry.get("adjusted") or []]
        columns = [c for part in named for c in (part if isinstance(part, list) else [part])]
        columns += [*(self.entry.get("where") or {})]
        columns += self.registry.own.get("weights", {}).get("covariates", []) if self.entry.get("weights") else []
        return any(self.study.cohort.meta.is_free(str(column)) for column in columns)

    def values(self, cell) -> list[Value]:
        """The values of the part that the cell prints, the most expected convention first."""
        mine = [v for v in self.found if v.part == cell.part] if isinstance(self.found, list) else []
        return expected_order(cell, as_sided(cell, mine), self.registry)


@dataclass(frozen=True)
class _Verdict:
    """status : one of STATUSES; value : what the cohort gives; hits : the matches with the print, the standing one
    first; under : CUT_OFF or ANOTHER where it came back so only."""

    status: str
    why: str
    value: Value | None
    hits: list[Match]
    under: str = ""


def _verdict(asked: _Asked, cell: Cell, proof: str) -> _Verdict:
    entry, ordered = asked.entry, asked.values(cell)
    hits = matches(cell, ordered)
    if hits:
        said, under = _how(entry, cell, hits[0], ordered, asked.registry)
        return _Verdict(REPRODUCED, said, hits[0].value, hits, under)
    value = ordered[0] if ordered else None
    if proof:
        return _Verdict(MISPRINT, proof, value, hits)
    if value is None:
        nothing = "the registry describes too little for it"
        return _Verdict(UNCHECKED, asked.found if isinstance(asked.found, str) else nothing, value, hits)
    way = _otherwise(asked, cell)
    if way and way.counting.sound:
        why = Message(AS_COUNTED, words=way.words, value=print_as_cell(value.value, cell))
        return _Verdict(REPRODUCED, why, way.hit.value, [way.hit], ANOTHER)
    said = [_instead(entry, cell, ordered), Message(COMES_BACK, printed=cell.shown, words=way.words) if way else ""]
    said += [f.wording for f in _about(entry, cell, asked.findings, "contradiction")]
    return _Verdict(FAILED, Message("{said}", said=tuple(filter(None, said))), value, hits)


def _row(asked: _Asked, cell: Cell, proof: str) -> dict:
    entry, found = asked.entry, _verdict(asked, cell, proof)
    value, why = found.value, found.why
    if entry.reading and value is not None and found.status != MISPRINT:
        reading = Message(READING, reading=entry.reading.rstrip("."))
        why = Message(REMARK_AND_READING, remark=why, reading=reading) if why else reading
    return {
        "id": entry.id,
        "what": describe_entry(entry, asked.registry),
        "part": part_label(entry, cell.part, asked.registry),
        "printed": cell.shown,
        "at": cell.at,
        "recomputed": _recomputed(cell, value, found.hits),
        "value": _plain(value.value) if value else None,
        "method": value.method if value else "",
        "rounding": found.hits[0].rounding if found.hits else "",
        "status": found.status,
        "under": found.under,
        "free": asked.free,
        "why": why,
    }


@dataclass(frozen=True)
class _Way:
    """A way of counting under which a print comes back, and whether by the rule that is expected."""

    counting: Counting
    hit: Match
    expected: bool

    @property
    def words(self) -> list[str]:
        return [*self.counting.words, *([] if self.expected else [self.hit.value.method])]


def _otherwise(asked: _Asked, cell: Cell) -> _Way | None:
    """The way of counting times and patients under which the print of a time-to-event statistic comes back, conventions
    before faults and the expected rule before others; None where there is none."""
    of_times = asked.study is not None and asked.entry.statistic in OF_TIMES
    others: list[_Way] = []
    for counting in (AS_IS, *countings(asked.study.cohort)) if of_times else ():
        if others and others[0].counting.sound and not counting.sound:
            break
        study = asked.study.under(counting)
        ordered = replace(asked, found=_values(asked.entry, study)).values(cell)
        strict = (
            asked.entry.statistic == "median_survival" and not asked.entry.get("weights") and cell.part == "estimate"
        )
        ordered += [below_half(asked.entry, study)] if ordered and strict else []
        hit = next((m for m in matches(cell, ordered) if m.standard), None)
        way = _Way(counting, hit, hit.value is ordered[0]) if hit else None
        if way and way.expected:
            return way
        others += [way] if way else []
    return others[0] if others else None


def _how(entry, cell, hit, ordered, registry) -> tuple[str, str]:
    """Under what a number comes back, where that is not what one expects, and what the expected convention gives; and
    which kind that is: CUT_OFF, ANOTHER or ''."""
    said, first = [], ordered[0]
    under = ANOTHER if hit.value is not first or not hit.standard else ""
    under = CUT_OFF if hit.value is first and hit.rounding == TRUNCATED else under
    if hit.value is not first:
        source = ("as printed" if cell.method else "named") if first is stated(cell, ordered, registry) else ""
        shown = {"words": convention_words(first, entry), "value": print_as_cell(first.value, cell)}
        said.append(Message(UNDER, words=convention_words(hit.value, entry)))
        said.append(Message(GIVES[source], program=program(registry), **shown))
    if hit.rounding == TRUNCATED:
        said.append(Message(UNDER_TRUNCATION, value=print_as_cell(hit.value.value, cell)))
    elif not hit.standard:
        said.append(Message(UNDER, words=hit.rounding))
    if entry.get("weights"):
        said.append(hit.value.basis)
    return Message("{said}", said=tuple(said)) if said else "", under


def _instead(entry, cell, ordered, most=3) -> str:
    """What the cohort gives in place of the printed number, under the first conventions."""
    said = {}
    for value in ordered:
        text = print_as_cell(value.value, cell)
        words = [*filter(None, [convention_words(value, entry), value.basis])]
        said.setdefault(text, Message("{value} ({words})", value=text, words=words) if words else text)
    return Message("the cohort gives {values}", values=tuple(list(said.values())[:most]))


def _about(entry, cell, findings, *kinds):
    """The findings of some kinds that name the cell."""
    return [f for f in findings if f.kind in kinds and (entry.id, cell.part, cell.shown) in f.cells]


def _proof(entry, cell, findings, record) -> str:
    """Why the number cannot be true, with the nearest that can be; '' without proof."""
    for finding in _about(entry, cell, findings, "impossible"):
        return _with_nearest(finding.wording, finding.admissible)
    for entry_ in record.impossible if record else ():
        if (entry_.id, entry_.part, entry_.printed) == (entry.id, cell.part, cell.shown):
            return _with_nearest(entry_.proof, [entry_.admissible] if entry_.admissible else [])
    return ""


def _by_its_count(entry, cell, found, findings, record) -> str:
    """Why a percentage cannot be true: it is that of a count, printed with it, that cannot be; '' otherwise."""
    shares = [v for v in found if v.part == "percent" and not v.method] if isinstance(found, list) else []
    if cell.part != "percent" or not shares:
        return ""
    total = shares[0].of
    for count in entry.printed("count"):
        printed = read_printed(count.text)
        proof = _proof(entry, count, findings, record) if set(count.at) & set(cell.at) and printed else ""
        if proof and not printed.bound and roundings_that_print(Fraction(100 * int(printed.value), total), cell.text):
            said = "{share}% is {count} of {n}. {proof}"
            return Message(said, share=cell.shown, count=count.shown, n=total, proof=proof)
    return ""


def _with_nearest(proof, nearest) -> str:
    """The proof, and the nearest possible values unless it names them already."""
    if all(value in proof for value in nearest):
        return without_stop(proof)
    return Message(WITH_NEAREST, proof=without_stop(proof), values=Message.of_parts(*nearest))


def _plain(value):
    """A value as a float, or a pair of floats."""
    return tuple(map(float, value)) if isinstance(value, tuple) else float(value)

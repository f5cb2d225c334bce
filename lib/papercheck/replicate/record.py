"""reconstruction.yml: what the reconstruction of a cohort wrote down about itself, read and checked."""

from dataclasses import dataclass, field
from pathlib import Path

from ..audit.finding import Message
from ..files.findings import CohortError, NotAvailable
from ..files.memory import file_state, last
from ..files.yamlfile import fault_list, load_yaml
from ..registry.registry import Registry

FILE = "reconstruction.yml"
PROVED = ("id", "part", "printed", "proof")
GIVEN_UP = ("rule", "kept", "of", "proof")
RANGE = ("lowest", "quartile_1", "middle", "quartile_3", "highest")
SAY, WITH, EACH = "say", "with", "each"
AGAIN = "Run `rechallenge reconstruct` again."


@dataclass(frozen=True)
class Impossible:
    """A printed number that no cohort can have with the others:
    the proof in one sentence, the nearest value that can be.
    """

    id: str
    part: str
    printed: str
    proof: str
    admissible: str = ""


@dataclass(frozen=True)
class GivenUp:
    """A rule of the paper that its printed numbers do not let every pseudo-patient keep: `kept` of `of` do; why."""

    rule: str
    kept: int
    of: int
    proof: str
    why: str = ""


@dataclass(frozen=True)
class Record:
    """What a reconstruction says of itself.

    skeleton : {endpoint: sentences on what all solutions share}; times : {endpoint: {rank: time}} that the printed
    numbers fix, in the time unit of the cohort; not_searched : printed numbers that the search left out, with the
    reason; members,
    asked : cohorts that were drawn, and asked for; spread : rows as of reconstruction.ensemble, of what is not printed
    (NaN: none, infinity: not reached); imposed : claims of the paper in words that were asked for and hold, by their
    place in the registry (1, 2, ...); not_imposed : {place: why} of the others.
    """

    engine: str = ""
    seed: str = ""
    solutions: str = ""
    impossible: tuple[Impossible, ...] = ()
    skeleton: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, dict[int, float]] = field(default_factory=dict)
    contradictions: tuple[GivenUp, ...] = ()
    not_searched: tuple[str, ...] = ()
    members: int = 1
    asked: int = 1
    spread: tuple[dict, ...] = ()
    imposed: tuple[int, ...] = ()
    not_imposed: dict[int, str] = field(default_factory=dict)


def as_stored(value):
    """A record as YAML holds it: a message by its template and what fills it, for any language."""
    if isinstance(value, Message):
        return {SAY: value.template, **({WITH: as_stored(value.values)} if value.values else {})}
    if isinstance(value, dict):
        return {key: as_stored(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return {EACH: [as_stored(part) for part in value]}
    return [as_stored(part) for part in value] if isinstance(value, list) else value


def as_told(value):
    """A text as `as_stored` wrote it: a message, or the plain text of an older record. Raises ValueError else."""
    if isinstance(value, dict) and EACH in value:
        return tuple(map(as_told, value[EACH]))
    if isinstance(value, dict):
        try:
            return Message(value[SAY], **{name: as_told(part) for name, part in (value.get(WITH) or {}).items()})
        except (KeyError, IndexError, TypeError, AttributeError):
            raise ValueError("no message") from None
    return [as_told(part) for part in value] if isinstance(value, list) else "" if value is None else str(value)


def _proved(raw, told, fault) -> tuple[Impossible, ...]:
    entries = _entries(raw, ("impossible",), PROVED, fault)
    shown = [{k: _shown(e.get(k, "")) for k in (*PROVED, "admissible")} | {"proof": told(e["proof"])} for e in entries]
    return tuple(Impossible(**parts) for parts in shown)


def _given_up(raw, told, fault) -> tuple[GivenUp, ...]:
    return tuple(
        GivenUp(told(e["rule"]), int(e["kept"]), int(e["of"]), told(e["proof"]), str(e.get("why", "")))
        for e in _entries(raw, ("contradictions",), GIVEN_UP, fault, whole=("kept", "of"))
    )


def _teller(fault):
    """told(value, *where): what a value of the record says; '' with a fault for what says nothing."""

    def told(value, *where):
        try:
            return as_told(value)
        except ValueError:
            fault(where, "expected a text, or `say` with what fills it under `with`", value)
            return ""

    return told


@last(lambda folder: file_state(Path(folder) / FILE))
def read_record(folder: Path) -> Record | None:
    """The record beside a cohort.yml, read again when the file changes: treat it as read-only. None where the cohort
    is no reconstruction. Raises CohortError for a bad one."""
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    raw, lines = load_yaml(path)
    faults, add = fault_list(FILE, lines)

    def fault(where, rule, value=""):
        add(where, rule, AGAIN, value)

    told = _teller(fault)
    proved, given_up = _proved(raw, told, fault), _given_up(raw, told, fault)
    skeleton = {
        endpoint: tuple(told(line, "skeleton", str(endpoint)) for line in lines)
        for endpoint, lines in _by_endpoint(raw, "skeleton", list, fault).items()
        if isinstance(lines, list)
    }
    times, solutions = _by_endpoint(raw, "times", dict, fault), told(raw.get("solutions"), "solutions")
    not_searched = tuple(told(line, "not_searched") for line in raw.get("not_searched") or [])
    ensemble = _mapping(raw.get("ensemble"), ("ensemble",), fault)
    claims, spread = _claims(raw, fault), tuple(_spread(ensemble, fault))
    counts = ensemble if ensemble and _are_whole(ensemble, ("members", "asked"), ("ensemble",), fault) else {}
    if faults:
        raise CohortError(faults)
    return Record(
        engine=str(raw.get("engine", "")),
        seed=str(raw.get("seed", "")),
        solutions=solutions,
        impossible=proved,
        skeleton=skeleton,
        times=times,
        contradictions=given_up,
        not_searched=not_searched,
        members=int(counts.get("members", 1)),
        asked=int(counts.get("asked", counts.get("members", 1))),
        spread=spread,
        **claims,
    )


def _claims(raw, fault) -> dict:
    """Which claims were imposed, and why the others were not, as fields of a Record."""
    claims = _mapping(raw.get("claims"), ("claims",), fault)
    imposed, others = claims.get("imposed") or [], _mapping(claims.get("not_imposed"), ("claims", "not_imposed"), fault)
    places = [*(imposed if isinstance(imposed, list) else [imposed]), *others]
    if not all(isinstance(place, int) and place > 0 for place in places):
        fault(("claims",), "expected the places of claims, such as [1, 2]", places)
        return {}
    whys = {place: str(why) for place, why in others.items()}
    return {"imposed": tuple(places[: len(places) - len(others)]), "not_imposed": whys}


def _spread(ensemble, fault) -> list[dict]:
    """The ranges of the quantities that are not printed."""
    return [
        row | {key: _number(row.get(key), ("ensemble", "spread"), fault) for key in RANGE}
        for row in _entries(ensemble, ("ensemble", "spread"), ("quantity",), fault)
    ]


def available_record(registry: Registry) -> Record:
    """The record of the study's reconstruction. Raises NotAvailable where its patients are not reconstructed."""
    record = read_record(registry.path.parent)
    if record is None:
        raise NotAvailable("needs reconstruction.yml: nothing here is made from printed numbers.")
    return record


def _mapping(value, where, fault) -> dict:
    if value is not None and not isinstance(value, dict):
        fault(where, "expected indented `name: value` lines", value)
    return value if isinstance(value, dict) else {}


def _entries(raw, where, needed, fault, whole=()) -> list[dict]:
    """The mappings of the list under the last name of `where`
    that hold all that is needed, whole numbers where asked.
    """
    entries, found = raw.get(where[-1]) or [], []
    if not isinstance(entries, list):
        fault(where, "expected a list", entries)
        return []
    for i, entry in enumerate(entries):
        lacking = [k for k in needed if not isinstance(entry, dict) or entry.get(k) in (None, "")]
        if lacking:
            fault((*where, str(i)), f"needs {', '.join(lacking)}", entry)
        elif _are_whole(entry, whole, (*where, str(i)), fault):
            found.append(entry)
    return found


def _by_endpoint(raw, key, kind, fault) -> dict:
    """{endpoint: list or mapping}; what is neither is a finding."""
    found = _mapping(raw.get(key), (key,), fault)
    for endpoint, value in found.items():
        if not isinstance(value, kind):
            fault((key, str(endpoint)), f"expected a {'list' if kind is list else 'mapping'}", value)
    return found


def _are_whole(entry, names, where, fault) -> bool:
    """Whether the named values, where they are given, are whole numbers."""
    wrong = [n for n in names if n in entry and (not isinstance(entry[n], int) or isinstance(entry[n], bool))]
    for name in wrong:
        fault((*where, name), "expected a whole number", entry[name])
    return not wrong


def _number(value, where, fault) -> float:
    """A number of the spread; NR is infinity, none is NaN."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if value not in (None, "NR"):
        fault(where, "expected a number, or NR", value)
    return float("inf") if value == "NR" else float("nan")


def _shown(value):
    """A printed cell as Cell.shown gives it: the limits of an interval joined by a dash."""
    return "–".join(map(str, value)) if isinstance(value, list) else str(value)

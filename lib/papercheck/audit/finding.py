"""One finding of the audit, and what the checks share in writing it."""

from collections.abc import Callable
from dataclasses import dataclass

from ..files.findings import Either as Either
from ..files.findings import Message as Message
from ..files.findings import listed as listed
from ..registry.registry import Cell, Entry


def without_stop(text: str) -> str:
    """A sentence as a clause of another: without its full stop."""
    if isinstance(text, Message) and text.template.endswith("."):
        return Message(text.template[:-1], **text.values)
    return text if isinstance(text, Message) else text.rstrip(".")


KINDS = {
    "impossible": "The number cannot be true",
    "contradiction": "Two prints cannot both be true",
    "unlikely": "Would be a rare accident",
    "convention": "Holds under an unusual convention only",
    "note": "Worth knowing",
}


@dataclass(frozen=True)
class AuditFinding:
    """What one check found.

    kind : a key of KINDS; `impossible` is a proof that one of `cells` cannot be, `contradiction` that they cannot be
    together under any admissible reading; `unlikely` says with `probability` how often right numbers look so at most;
    `convention` names the reading under which they hold.
    cells : (id of the entry, part, printed text); places : where they stand; evidence : the arithmetic in one line;
    admissible : the nearest values that would hold; line : of the registry.
    """

    kind: str
    cells: tuple[tuple[str, str, str], ...]
    places: tuple[str, ...]
    wording: str
    evidence: str
    admissible: tuple[str, ...] = ()
    line: int = 0
    check: str = ""
    probability: float | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The entries that the finding is about."""
        return tuple(dict.fromkeys(cell[0] for cell in self.cells))


@dataclass(frozen=True)
class Check:
    """One rule of the audit. `find` takes a Paper and yields AuditFindings; `source` is who described the method."""

    name: str
    title: str
    find: Callable
    source: str = ""


@dataclass(frozen=True)
class Print:
    """A cell together with the entry that it belongs to."""

    entry: Entry
    cell: Cell

    @property
    def shown(self) -> str:
        return self.cell.shown


def prints_of(entry, *parts) -> list[Print]:
    """The prints of some parts of an entry (without a name: of all), in file order."""
    return [Print(entry, cell) for cell in entry.cells if not parts or cell.part in parts]


def found(kind, prints, wording, evidence, admissible=(), probability=None) -> AuditFinding:
    """A finding about `prints`, each named once."""
    cells = tuple(dict.fromkeys((p.entry.id, p.cell.part, p.shown) for p in prints))
    places = tuple(dict.fromkeys(place for p in prints for place in p.cell.at))
    line = min((p.cell.line for p in prints), default=0)
    return AuditFinding(
        kind,
        cells,
        places,
        wording,
        evidence,
        tuple(a if isinstance(a, str) else str(a) for a in admissible),
        line,
        "",
        probability,
    )


def placed(prints) -> Message:
    """'Abstract; Table 3' for some prints."""
    return Message("{places}", places=tuple(dict.fromkeys(place for p in prints for place in p.cell.at)))


def share_of(k, n) -> Message:
    """'12 of 40'."""
    return Message("{k} of {n}", k=k, n=n)


def against(first, second) -> Message:
    """'12 of 20 against 6 of 20'."""
    return Message("{a} against {b}", a=first, b=second)


def with_interval(prints) -> Message | str:
    """'0.62 with 0.45–0.85' of an estimate and its interval, or of one of them alone."""
    shown = [p.shown for p in prints]
    return Message("{estimate} with {ci}", estimate=shown[0], ci=shown[1]) if len(shown) == 2 else shown[0]


def each_placed(prints_by_text) -> Message:
    """'7.2%: Table 1. 7.1%: Table 2' of texts and the prints of each."""
    said = [Message("{shown}: {places}", shown=text, places=placed(prints)) for text, prints in prints_by_text.items()]
    holes = {f"part{i}": part for i, part in enumerate(said)}
    return Message(". ".join(f"{{{hole}}}" for hole in holes), **holes)

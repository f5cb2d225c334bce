"""One finding of the audit, and what the checks share in writing it."""

from collections.abc import Callable
from dataclasses import dataclass

from ..registry.registry import Cell, Entry


class Message(str):
    """A sentence with what it was made of: it reads as English, and may be said in another language by `template`.

    values : text, a list ('a, b and c', of Either 'a, b or c') or a tuple ('a; b'), of messages or not. The parts of a
    label are a message without a template of its own (`of_parts`)."""

    template: str
    values: dict

    def __new__(cls, template: str, /, **values) -> "Message":
        """The sentence whose holes are filled."""
        said = super().__new__(cls, template.format(**{name: _joined(value) for name, value in values.items()}))
        said.template, said.values = template, values
        return said

    @classmethod
    def of_parts(cls, *parts) -> "Message":
        """'a, b' of the parts that say something."""
        told = {f"part{i}": part for i, part in enumerate(filter(None, parts))}
        return cls(", ".join(f"{{{hole}}}" for hole in told), **told)

    def __reduce__(self):
        return _message, (self.template, self.values)


class Either(list):
    """Texts of which one holds: 'a, b or c', each once."""

    def __str__(self):
        return listed(self, "or")


def _message(template, values) -> Message:
    return Message(template, **values)


def without_stop(text: str) -> str:
    """A sentence as a clause of another: without its full stop."""
    if isinstance(text, Message) and text.template.endswith("."):
        return Message(text.template[:-1], **text.values)
    return text if isinstance(text, Message) else text.rstrip(".")


def _joined(value):
    if isinstance(value, tuple):
        return "; ".join(dict.fromkeys(map(str, value)))
    return value if isinstance(value, Either) else listed(value) if isinstance(value, list) else value


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


def listed(words, last="and") -> str:
    """'a, b and c', each word once."""
    words = list(dict.fromkeys(map(str, words)))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""

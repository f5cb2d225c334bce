"""What is wrong with the input: one finding a row, all at once."""

from dataclasses import dataclass

LIMIT = 1000  # findings of one rule and column that are listed one by one
REQUEST = "request"  # the file of a finding on what was asked for: it stands in none
LONGEST = 300  # characters of a value that a finding quotes: a cell may hold a book
# Files of stored columns: rows count from 1, and no line holds the column names.
STORED = (".parquet", ".sav", ".zsav", ".por", ".dta", ".xpt", ".sas7bdat")
NOT_PRINTED = "no printed number to make it from is on record"  # why a reconstructed cohort lacks something


def listed(words, last="and") -> str:
    """'a, b and c', each word once."""
    words = list(dict.fromkeys(map(str, words)))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


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


def _joined(value):
    if isinstance(value, tuple):
        return "; ".join(dict.fromkeys(map(str, value)))
    return value if isinstance(value, Either) else listed(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Finding:
    """One fault. `row` is the line of the file (header = 1), or the row of a file of stored columns (first = 1);
    `severity` is error, warning, or note (accepted, and said); `id` names the rule of a check, and `against` is what
    the value is held against, in words; `times` is how many findings are told as this one."""

    file: str
    rule: str
    action: str
    row: int | None = None
    column: str = ""
    subject: str = ""
    value: str = ""
    severity: str = "error"
    id: str = ""
    against: str = ""
    times: int = 1

    def __post_init__(self):
        if self.row is not None:
            object.__setattr__(self, "row", int(self.row))
        if len(str(self.value)) > LONGEST:
            object.__setattr__(self, "value", str(self.value)[: LONGEST - 3] + "...")


def further(file, rule, column, count, severity="error") -> list[Finding]:
    """The finding that stands for the `count` cells beyond LIMIT; none if there are none."""
    if count <= 0:
        return []
    action = Message("The first {limit} are listed: mend these, then check again.", limit=f"{LIMIT:,}")
    return [
        Finding(
            file,
            Message("{rule}: {count} further rows", rule=rule, count=f"{count:,}"),
            action,
            column=column,
            severity=severity,
        )
    ]


def link_fault(path) -> Finding | None:
    """The finding for a file of a folder that is a link to somewhere else: what stands there was not put here to be
    read.

    The folder itself may be a link. path : a pathlib.Path.
    """
    if not path.is_symlink() or path.resolve().is_relative_to(path.parent.resolve()):
        return None
    return Finding(
        path.name, "a link to a file outside of this folder: it is not read", "Copy the file into the folder."
    )


def header_row(file) -> int | None:
    """The line of the column names; a file of stored columns has none."""
    return None if file.lower().endswith(STORED) else 1


def shown(value) -> str:
    """A value as a finding quotes it: on one line, at most 60 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


class CohortError(Exception):
    """The data or the request cannot be used. `findings` holds every fault found, warnings included."""

    def __init__(self, findings):
        self.findings = list(findings)
        super().__init__("\n".join(sentence(f) for f in self.findings if f.severity == "error"))

    def __reduce__(self):
        return type(self), (self.findings,)

    def _render_traceback_(self):
        """Jupyter shows the sentences, not the stack."""
        return ["CohortError"] + [f"- {line}" for line in str(self).split("\n")]


class NotAvailable(Exception):
    """A part of the report needs a table or column that this cohort does not have."""

    def _render_traceback_(self):
        return [f"Not available: {self}"]


def sentence(finding) -> str:
    """One finding in one line."""
    place = [
        "" if finding.file == REQUEST else finding.file,
        f"row {finding.row}" if finding.row else "",
        finding.column,
    ]
    place += [f"subject {finding.subject}" if finding.subject else ""]
    against = f"; {finding.against}" if finding.against else ""
    value = f" ({finding.value!r}{against})" if finding.value or against else ""
    where = ", ".join(filter(None, place))
    return f"{where}{': ' * bool(where)}{finding.rule}{value}. {finding.action}"


def request_error(rule, action, value="") -> CohortError:
    """A CohortError for a request (a parameter, a name) rather than a file."""
    return CohortError([Finding(file=REQUEST, rule=rule, action=action, value=shown(value) if value else "")])


def did_you_mean(word, known) -> str:
    """'Did you mean X? ' and the list of known words."""
    from difflib import get_close_matches

    known = [str(k) for k in known]
    near = get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return Message("Did you mean {word}? Known: {words}.", word=near[0], words=", ".join(known))
    return Message("Known: {words}.", words=", ".join(known)) if known else "None is known."

"""A person confirms readings: accepts, corrects, rejects, names arms
once; the audit runs along; at the end the files are written.
"""

import re
from dataclasses import replace
from html import escape
from pathlib import Path

from ..audit.engine import audit
from ..audit.finding import AuditFinding
from ..audit.letter import letter_points, write_letter
from ..files.bounded import bounded
from ..files.findings import CohortError, Finding, request_error
from ..files.project import check_folder_name
from ..files.swap import replacing, write_whole
from ..literature.cited import cited_by
from ..registry.registry import FILE, Registry, read_registry
from .command import READINGS
from .document import Table
from .paper import Paper, read_paper
from .readings import Reading, write_readings
from .write import draft_text

OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
FIELDS = ("statistic", "endpoint", "group", "value", "low", "high", "level", "operator")


class Desk:
    """The readings of a paper and what a person said of each. `states` and `readings` run in parallel."""

    def __init__(self, files, study: str, folder: Path):
        check_folder_name(study, "a name of a study")
        self.paper: Paper = bounded(Path(files[-1]).name, read_paper, [Path(f) for f in files], study)
        self.study, self.folder = study, Path(folder) / study
        self.readings: list[Reading] = list(self.paper.readings)
        self.states = [OPEN] * len(self.readings)

    def places(self) -> dict[str, list[int]]:
        """Where readings stand (abstract, a section, a table), with the numbers of the readings."""
        found: dict[str, list[int]] = {}
        for i, reading in enumerate(self.readings):
            found.setdefault(reading.where.split(" | ")[0], []).append(i)
        return found

    def accept(self, *numbers: int):
        """Accept readings as they stand."""
        for i in numbers:
            self.readings[i] = replace(self.readings[i], confidence=1.0)
            self.states[i] = ACCEPTED

    def count_patients(self, text: str):
        """Take the number of patients from the person; an empty text leaves it to what is printed.

        Raises CohortError for what is no whole number above 0.
        """
        said = text.strip().replace(",", "")
        if said and not (said.isascii() and said.isdigit() and int(said)):
            raise request_error("the number of patients is a whole number above 0", "Write it such as 75.", text)
        self.paper.n = said

    def reject(self, i: int):
        """Leave a reading out of the registry."""
        self.states[i] = REJECTED

    def correct(self, i: int, **changes):
        """Change what a reading says, and accept it. Its evidence stays as printed.

        Raises CohortError for a value that the sentence or cell does not print.
        """
        evidence = self.readings[i].evidence
        for part in ("value", "low", "high"):
            text = changes.get(part, "")
            if text and text not in evidence:
                raise request_error(
                    f"{text} does not stand in the sentence or cell", "Write the number as it is printed.", text
                )
        told = {"doubt": "", "may": ("", "", "")} if changes.get("statistic", "printed") != "printed" else {}
        self.readings[i] = replace(self.readings[i], **changes, **told, confidence=1.0)
        self.states[i] = ACCEPTED

    def rename(self, old: str, new: str):
        """Name an arm once: in every reading, and as a level of the registry."""
        if not new.strip() or old == new:
            return
        word = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.I)
        self.readings = [
            replace(r, group=word.sub(lambda _: new, r.group), part=word.sub(lambda _: new, r.part))
            for r in self.readings
        ]
        self.paper.arms = [new if a == old else a for a in self.paper.arms]

    def kept(self) -> Paper:
        """The paper with the readings that are not rejected."""
        left = [r for r, state in zip(self.readings, self.states, strict=True) if state != REJECTED]
        counts = self.counts()
        return replace(self.paper, readings=left, confirmed=(counts[ACCEPTED], counts[ACCEPTED] + counts[OPEN]))

    def counts(self) -> dict[str, int]:
        """How many readings are open, accepted, rejected."""
        return {state: self.states.count(state) for state in (OPEN, ACCEPTED, REJECTED)}

    def audited(self) -> tuple[Registry | None, list[AuditFinding] | list[Finding]]:
        """The registry as it stands now, and its audit; None and what it lacks while it cannot be audited."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / FILE
            path.write_text(draft_text(self.kept())[0], encoding="utf-8")
            try:
                registry = read_registry(path)
            except CohortError as error:
                return None, error.findings
            return registry, audit(registry, cited_by(registry))

    def write(self) -> list[Path]:
        """Write registry, readings and, where something is to be asked, the letter; returns the paths.

        Raises CohortError for a registry that stands there already.
        """
        if (self.folder / FILE).exists():
            raise request_error(f"{self.folder / FILE} exists already", "Choose another name for the study.")
        paper = self.kept()
        with replacing(self.folder, keeps=lambda entry: entry not in (FILE, READINGS)) as new:
            write_whole(new / FILE, draft_text(paper)[0])
            write_readings(paper.readings, new / READINGS)
        path, *_ = paths = [self.folder / FILE, self.folder / READINGS]
        try:
            registry = read_registry(path)
        except CohortError:
            return paths
        findings = audit(registry, cited_by(registry))
        return paths + (write_letter(registry, findings, self.folder) if letter_points(findings) else [])

    def shown(self, i: int) -> str:
        """The sentence or the whole table of a reading as HTML, its
        number marked. Text of the paper never becomes markup.
        """
        reading = self.readings[i]
        table = next(
            (t for d in self.paper.documents for t in d.tables if reading.where.startswith(f"{t.label.lower()} |")),
            None,
        )
        return _table_shown(table, reading) if table is not None else f"<p>{_marked(reading.evidence, reading)}</p>"


def _marked(text: str, reading: Reading) -> str:
    made = escape(text)
    for part in dict.fromkeys(filter(None, (reading.value, reading.low, reading.high))):
        made = re.sub(rf"(?<![\w.]){re.escape(escape(part))}(?![\w])", lambda m: f"<mark>{m[0]}</mark>", made, count=1)
    return made


def _table_shown(table: Table, reading: Reading) -> str:
    path = reading.where.split(" | ")[1] if reading.where.count(" | ") > 1 else ""
    rows = []
    for k, row in enumerate(table.rows):
        here = k < table.heads if path == "head" else row[0].text and row[0].text == path.split(" > ")[-1]
        cells = [
            f"<{'th' if k < table.heads else 'td'} style='padding-left:{6 + 8 * c.indent}px'>"
            f"{_marked(c.text, reading) if here and c.text == reading.evidence else escape(c.text)}</{'th' if k < table.heads else 'td'}>"
            for c in row
        ]
        rows.append(f"<tr{' style=background:#fff7d6' if here else ''}>{''.join(cells)}</tr>")
    notes = "".join(f"<p><small>{escape(n)}</small></p>" for n in table.notes)
    return f"<p><b>{escape(table.label)}</b> {escape(table.caption)}</p><table>{''.join(rows)}</table>{notes}"

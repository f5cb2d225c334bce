"""Executed notebooks to the content of a report: sections, numbered displays, ledger, key results, figure files."""

import itertools
import re
from dataclasses import dataclass, field

from papercheck.files.findings import Finding

from ..results import Result, read_ledger
from ..show.display import MIME
from ..text.language import say
from ..text.words import ledger_value
from .refused import KIND, refused_in

ERROR_MARK = "papermill-error-cell-tag"  # of cells that papermill adds to a notebook that failed
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


LEADING = ("printed.headlines",)  # whose lines of the key results stand before all others
OTHER_COURSES = ("first course", "neither")


@dataclass
class Part:
    """One cell as the report shows it: a heading, prose, folded code, outputs."""

    heading: str = ""
    prose: str = ""
    code: str = ""
    outputs: list = field(default_factory=list)
    anchor: str = ""


@dataclass
class SectionContent:
    """One section: state is done, unavailable (nothing could be shown) or failed."""

    name: str
    title: str
    parts: list[Part]
    state: str = "done"
    error: str = ""
    missing: list[str] = field(default_factory=list)
    ledger: list[dict] = field(default_factory=list)  # rows of results.csv
    results: list[Result] = field(default_factory=list)  # the same as records
    key: list = field(default_factory=list)
    lead: list = field(default_factory=list)  # lines that stand before all others
    figures: list = field(default_factory=list)  # (file stem, svg text)
    refused: list[Finding] = field(default_factory=list)  # what a CohortError raised in a cell says

    @property
    def id(self) -> str:
        """What the section is called, wherever it stands: its notebook's name without the number."""
        return self.name[3:]

    @property
    def anchor(self) -> str:
        """Where it is in the page."""
        return f"section-{self.id.replace('_', '-')}"

    def shown(self, *kinds) -> list[dict]:
        """The tables, figures and notes that it shows, in their order."""
        return [o for part in self.parts for o in part.outputs if o["kind"] in kinds]


def read_section(name, notebook, reason="", course="") -> SectionContent:
    """The content of one executed notebook (None if its process died, with the reason).

    course : that the cohort was confirmed to be of. A cell may have other words for it in its metadata ("rechallenge":
    {"courses": {"first course": "..."}}); where these are empty, the cell and what stands under it are left out. Of a
    cohort of another course than rechallenge nothing within a section is called missing, and of one of neither it is
    not said what a section of ICI would need.
    """
    if notebook is None:
        return SectionContent(name, _title(name), [], state="failed", error=reason)
    content = SectionContent(name, _title(name), [])
    shown = 0
    for cell in _cells_of(notebook.cells, course):
        if ERROR_MARK in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            heading, prose = _split(cell.source)
            if heading.startswith("# "):
                content.title, heading = heading[2:], ""
            content.parts.append(Part(heading=heading.lstrip("# "), prose=prose))
        elif cell.cell_type == "code":
            part = Part(code=cell.source)
            for output in cell.outputs:
                shown += _add_output(content, part, output)
            content.parts.append(part)
    if course in OTHER_COURSES and content.missing:
        if course == "neither":
            content.missing = [say("needs what this cohort does not hold")]
        for part in content.parts:
            part.outputs = [o for o in part.outputs if o["kind"] != "missing"]
    if not content.error:
        _without_idle_headings(content.parts)
    if content.error:
        content.state = "failed"
    elif not shown and content.missing:
        content.state = "unavailable"
    return content


def _cells_of(cells, course):
    """The cells in the words of a course, without those that it has none for and what stands under these."""
    shown = True
    for cell in cells:
        own = cell.metadata.get("rechallenge", {}).get("courses", {})
        if cell.cell_type == "markdown":
            shown = own.get(course, cell.source) != ""
            cell.source = own.get(course, cell.source)
        if shown or "parameters" in cell.metadata.get("tags", []):
            yield cell


def _without_idle_headings(parts):
    """Take the words off headings under which cells were to show something and the cohort had nothing to show."""
    heads = [i for i, part in enumerate(parts) if part.heading] + [len(parts)]
    for first, end in itertools.pairwise(heads):
        under = parts[first + 1 : end]
        if any("show(" in part.code for part in under) and not any(part.outputs or part.prose for part in under):
            parts[first].heading = parts[first].prose = ""


def _title(name):
    return name[3:].replace("_", " ").capitalize()


def _split(source):
    """The heading line of a markdown cell and the rest."""
    first, _, rest = source.partition("\n")
    return (first.strip(), rest.strip()) if first.startswith("#") else ("", source)


def _since_heading(content, part) -> list[dict]:
    """What stands under the present heading so far."""
    outputs = list(part.outputs)
    for earlier in reversed(content.parts):
        if earlier.heading:
            break
        outputs += earlier.outputs
    return outputs


def _add_output(content, part, output) -> int:
    """Take one output into the part; returns 1 if it shows a result."""
    if output.output_type == "stream":
        part.outputs.append({"kind": "text", "text": output.text})
        return 0
    if output.output_type == "error":
        content.error = f"{output.ename}: {output.evalue}"
        part.outputs.append({"kind": "error", "text": ANSI.sub("", "\n".join(output.traceback))})
        return 0
    payload = output.data.get(MIME)
    if payload is None:
        if "image/png" in output.data:
            part.outputs.append({"kind": "image", "png": output.data["image/png"].replace("\n", "")})
        elif "text/html" in output.data:
            part.outputs.append({"kind": "html", "html": output.data["text/html"]})
        else:
            part.outputs.append({"kind": "text", "text": output.data.get("text/plain", "")})
        return 1
    if payload["kind"] == "missing":
        content.missing.append(payload["reason"])
        if {"kind": "missing", "reason": payload["reason"]} not in _since_heading(content, part):
            part.outputs.append({"kind": "missing", "reason": payload["reason"]})
        return 0
    if payload["kind"] == KIND:
        content.refused += refused_in(payload)
        return 0
    if payload["kind"] in ("data", "numbers"):  # for those who read the notebook; the report shows what is made of them
        return 0
    entry = dict(payload)
    if payload["kind"] == "figure":
        entry["svg"] = output.data["image/svg+xml"]
        content.figures.append((f"{content.name[:2]}_{payload['name']}", entry["svg"]))
    part.outputs.append(entry)
    rows = [row | {"section": content.name} for row in payload.get("results", [])]
    content.ledger += rows
    content.results += read_ledger(rows)
    lines = content.lead if payload["id"] in LEADING else content.key
    lines += payload.get("key", [])
    return 1


def in_order(sections, *kinds) -> list[tuple[SectionContent, dict]]:
    """(section, table or figure) of a report in the order of their
    numbers; one that is drawn twice, for two screens, once.
    """
    found = {}
    for section in sections:
        for output in section.shown(*kinds):
            found.setdefault((output["kind"], output["number"]), (section, output))
    return [found[key] for key in sorted(found)]


def key_results(sections) -> list[tuple[str, list[str]]]:
    """The lines of the key-results box: each label once, with all that is said under it."""
    found, done = {}, [section for section in sections if section.state == "done"]
    for label, text in [line for s in done for line in s.lead] + [line for s in done for line in s.key]:
        found.setdefault(label, []).append(text)
    return list(found.items())


def safe_cell(value):
    """A cell that a spreadsheet does not take for a formula."""
    if isinstance(value, float):
        return repr(value)
    risky = isinstance(value, str) and (
        value.startswith(("=", "+", "@", "\t", "\r")) or (value.startswith("-") and ledger_value(value) is None)
    )
    return f"'{value}" if risky else value

"""`papercheck read`: from files of a paper to a draft registry and a table of readings, whole or not at all."""

import csv
import io
import textwrap
from collections import Counter
from pathlib import Path

from ..audit.engine import audit
from ..files.bounded import bounded
from ..files.findings import request_error
from ..files.project import CURVES, FIGURES, check_folder_name
from ..files.swap import keep, replacing, write_whole
from ..files.visible import safe_text
from ..registry.registry import FILE, read_registry
from .drawn import curves_block, curves_lines, write_curves
from .figures import figures_within_limits
from .paper import Paper, read_paper
from .readings import write_readings
from .write import NOT_FOUND, draft_text

READINGS = "readings.csv"
MOST = 12  # lines of a list in the terminal
SAID = {
    "printed": "printed and not understood",
    "p": "P",
    "ae_count": "adverse event counts",
    "ae_percent": "adverse event percentages",
}


def read_study(
    files, name: str, folder: Path, readings: Path | None = None, replace: bool = False, flags: Path | None = None
) -> str:
    """Read a paper with its supplements; write folder/name/published.yml and readings.csv. Returns what to tell the
    person.

    Raises CohortError: a name that is no folder name, a registry that stands there already, a file that cannot be read.
    """
    check_folder_name(name, "a name of a study")
    target = Path(folder) / name
    if (target / FILE).exists() and not replace:
        action = "Choose another name, or --replace to lose what stands there."
        raise request_error(f"{target / FILE} exists already", action)
    paper, text, demoted = bounded(Path(files[-1]).name, _drafted, files, name)
    if not paper.readings:
        rule = f"no number of the study's own was found in {', '.join(Path(f).name for f in files)}"
        said = " ".join(f"{u.place}: {u.what}. {u.action}" for u in paper.unread)
        raise request_error(rule, said or "Is it a paper with results? Give its text, tables or supplement.")
    figures = figures_within_limits(files)
    with replacing(target, keeps=lambda entry: entry not in (FILE, READINGS)) as new:
        for drawn in (CURVES, FIGURES):
            if (target / drawn).is_dir():
                keep(target / drawn, new / drawn)
        curves = write_curves(figures, new, target)
        write_readings(paper.readings, new / READINGS)
        write_whole(new / FILE, text + curves_block(curves))
    if readings:
        write_readings([r for r in paper.readings if r.understood], readings)
    if flags:
        write_flags(target / FILE, flags)
    paper.documents[-1].unread += [f.unread for f in figures if f.unread]
    return summary(paper, target, demoted, curves_lines(curves), NOT_FOUND not in text)


def _drafted(files, name) -> tuple[Paper, str, int]:
    """A paper, the text of its registry, and how many quantities need a person."""
    paper = read_paper(files, name)
    return paper, *draft_text(paper)


FLAGGED = ("impossible", "contradiction")


def write_flags(registry_file: Path, path: Path):
    """Write the numbers that the audit holds to be errors, or takes for a misprint where no unusual reading explains
    them: one row a printed number, with its kind and the arithmetic.

    Raises CohortError for a draft that cannot be audited yet.
    """
    registry = read_registry(registry_file)
    places: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for entry in registry.entries:
        for cell in entry.cells:
            key = (entry.id, cell.part, cell.shown)
            places[key] = (*places.get(key, ()), *cell.at)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("value", "where", "kind", "check", "id", "part", "wording", "evidence"))
    for found in audit(registry):
        doubted = found.kind in FLAGGED or found.kind == "convention" and found.admissible
        for identity, part, printed in found.cells if doubted else ():
            at = places.get((identity, part, printed), found.places)
            for place in dict.fromkeys(at):
                told = (printed, place, found.kind, found.check, identity, part, found.wording, found.evidence)
                writer.writerow([safe_text(str(cell)) for cell in told])
    write_whole(Path(path), file.getvalue())


def summary(paper: Paper, target: Path, demoted: int, curves: list[str], counted: bool) -> str:
    """How many numbers were read of each kind, what is unsure, what was left aside, and what comes next.

    counted : whether the number of patients was found, without which nothing can be audited.
    """
    kinds = Counter(r.statistic for r in paper.readings)
    unsure = [r for r in paper.readings if r.confidence < 0.7 or not r.understood]
    lines = [
        f"{paper.title}: {len(paper.readings)} printed number{'s' * (len(paper.readings) != 1)} read.",
        ", ".join(f"{n} {SAID.get(k, k.replace('_', ' '))}" for k, n in kinds.most_common()),
    ]
    lines += [f"Arms: {', '.join(paper.arms)}."] if paper.arms else []
    if unsure:
        lines.append(f"{len(unsure)} to look at first (of low confidence, or printed and not understood):")
        lines += [f"  {r.operator}{r.value or r.low + '-' + r.high} ({r.where})" for r in unsure[:MOST]]
    if paper.aside:
        lines.append(
            f"{len(paper.aside)} sentences or tables with numbers of other studies, methods or plans were left aside."
        )
    lines += curves
    lines += [f"Not read: {u.place}: {u.what}. {u.action}" for u in paper.unread]
    if demoted:
        lines.append(f"{demoted} quantities stand as stated numbers: their group or endpoint needs a person.")
    if not counted:
        lines.append("The number of patients was not found: write it behind n: in row 4 of the draft before the audit.")
    lines += [
        f"{target / FILE}: a draft; compare each number with the line above it.",
        f"Next: papercheck audit {target / FILE}",
    ]
    return "\n".join(
        w for line in lines for w in textwrap.wrap(line, 120, subsequent_indent="    ", break_long_words=False) or [""]
    )

"""Curves of a paper's figures as files beside its draft, and as entries of it that a person confirms."""

import json
from dataclasses import dataclass
from pathlib import Path

from ..curves.files import write_folder
from ..files.project import CURVES, FIGURES
from ..files.swap import write_bytes_whole
from .figures import Found

HEAD = """
# Curves read from figures. Nobody has confirmed them: look at each over its figure ({command}),
# put the level that a curve is of under where, the endpoint where it says WHICH, and take away the #.
# curves:
"""


@dataclass(frozen=True)
class Drawn:
    """A plot of a figure that was read: `before` the names of its files; command: what shows it again."""

    found: Found
    reading: object
    before: str
    command: str


def write_curves(figures: list[Found], folder: Path, target: Path) -> list[Drawn]:
    """Writes pictures to figures/, points, marks and numbers at risk of each curve to curves/ of a folder that becomes
    the study `target`."""
    made = []
    for found in (f for f in figures if f.readings):
        picture = found.picture
        of_page = picture.page and picture.name.lower().endswith(".pdf")
        if not of_page:
            (folder / FIGURES).mkdir(parents=True, exist_ok=True)
            write_bytes_whole(folder / FIGURES / picture.name, picture.data)
        shown = f"{picture.name} --page {picture.page}" if of_page else str(target / FIGURES / picture.name)
        for k, reading in enumerate(found.readings, 1):
            several = len(found.readings) > 1
            before = f"{picture.stem}_{f'{k}_' if several else ''}"
            write_folder(reading, folder / CURVES, before)
            made.append(Drawn(found, reading, before, f"papercheck curve {shown}{f' --panel {k}' if several else ''}"))
    return made


def curves_block(drawn: list[Drawn]) -> str:
    """The entries of a draft, behind #: a program does not know which level of the study a curve is of."""
    if not drawn:
        return ""
    out = HEAD.format(command="papercheck curve FIGURE")
    for plot in drawn:
        picture = plot.found.picture
        out += f"#   # {picture.label}: {' '.join(picture.caption.split())[:160]} ({plot.command})\n"
        for k, curve in enumerate(plot.reading.curves, 1):
            risk = f"{plot.before}at_risk_{k}.csv" if curve.at_risk else "[[0, PATIENTS]]"
            name = json.dumps(" ".join(curve.name.split()), ensure_ascii=False)
            out += (
                f"#   - {{endpoint: {picture.endpoint or 'WHICH'}, points: {plot.before}points_{k}.csv, "
                f"at_risk: {risk}, at: {json.dumps(picture.label, ensure_ascii=False)}}}  # {name}\n"
            )
    return out


def curves_lines(drawn: list[Drawn]) -> list[str]:
    """What to tell a person of the curves."""
    return [
        f"{p.found.picture.label}: {len(p.reading.curves)} curve{'s' * (len(p.reading.curves) != 1)} read"
        f" ({', '.join(c.name for c in p.reading.curves)}), for a person to confirm: {CURVES}/{p.before}points_*.csv;"
        f" {p.command}" + "".join(f"; {note}" for note in p.reading.notes)
        for p in drawn
    ]

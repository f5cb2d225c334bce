"""The findings of an audit as plain text, for a terminal or a file."""

import textwrap

from .engine import KINDS, counts_by_kind

WIDTH = 120


def audit_text(registry, findings, width=WIDTH) -> str:
    """How many findings of each kind, then every finding: what is printed and where, what is wrong, the arithmetic."""
    cells = sum(len(entry.cells) for entry in registry.entries)
    counts = ", ".join(_counted(n, kind) for kind, n in counts_by_kind(findings).items())
    lines = [
        f"{registry.title}: {_plural(cells, 'printed number')}, {_plural(len(findings), 'finding')}.",
        f"{counts}.",
    ]
    for kind, title in KINDS.items():
        mine = [f for f in findings if f.kind == kind]
        if mine:
            lines += ["", f"{title} ({kind})"]
            lines += [line for f in mine for line in ("", *_block(f, width))]
    return "\n".join(lines)


def _block(finding, width):
    printed = "; ".join(dict.fromkeys(cell[2] for cell in finding.cells))
    where = "; ".join(finding.places)
    head = f"line {finding.line}: {printed}" if finding.line else printed
    rows = [f"{head} ({where})" if where else head, finding.wording, finding.evidence]
    rows += [f"Would hold: {'; '.join(finding.admissible)}"] if finding.admissible else []
    for i, row in enumerate(filter(None, rows)):
        indent = "  " if i == 0 else "      "
        yield from textwrap.wrap(row, width, initial_indent=indent, subsequent_indent="      ")


def _counted(n, kind) -> str:
    return f"{n} {kind}" if kind in ("impossible", "unlikely") else _plural(n, kind)


def _plural(n, noun) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"

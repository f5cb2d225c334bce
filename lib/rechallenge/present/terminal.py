"""Tables of the published numbers for a terminal. `console` is a rich Console everywhere."""

from itertools import chain

from rich.table import Table
from rich.text import Text

from ..published.audit.engine import KINDS, counts_by_kind
from ..published.replication.verdict import STATUSES, count_statuses
from .display import Note
from .published import TITLES, counts_text
from .reconstruction import contradiction_tables, determined_table, spread_tables
from .words import plural


def print_audit(registry, findings, console):
    """How many findings an audit has of each kind, then the findings, one table a kind."""
    numbers = plural(len(registry.frame()), "printed number")
    console.print(f"{registry.title}: {numbers}, {plural(len(findings), 'finding')}.")
    counts = counts_by_kind(findings).items()
    console.print(f"{', '.join(f'{n} {kind}' if kind == 'impossible' else plural(n, kind) for kind, n in counts)}.")
    for kind, title in KINDS.items():
        table = Table(
            title=Text(f"{title} ({kind})"), title_justify="left", show_edge=False, pad_edge=False, show_lines=True
        )
        for head, share in (("printed", 2), ("where", 2), ("finding", 6), ("arithmetic", 4), ("would hold", 1)):
            table.add_column(head, overflow="fold", ratio=share)
        for f in (f for f in findings if f.kind == kind):
            printed = "; ".join(dict.fromkeys(cell[2] for cell in f.cells))
            cells = printed, "; ".join(f.places), f.wording, f.evidence, "; ".join(f.admissible)
            table.add_row(*(Text(cell) for cell in cells))
        if table.row_count:
            console.print()
            console.print(table, soft_wrap=False)


def print_replication(paper, console):
    """The counts of a replication, then every printed number, one table a status."""
    console.print(f"{paper.registry.name}: {counts_text(count_statuses(paper.numbers))}.")
    for status in STATUSES:
        rows = paper.numbers[paper.numbers["status"] == status]
        if rows.empty:
            continue
        console.print(f"\n{TITLES[status]}: {len(rows)}", style="bold")
        table = Table(show_edge=False, pad_edge=False, expand=False)
        for head in ("printed number", "part", "printed", "recomputed", "where", "why"):
            table.add_column(head, overflow="fold")
        for row in rows[["what", "part", "printed", "recomputed", "at", "why"]].itertuples(index=False):
            table.add_row(*map(Text, row))
        console.print(table, soft_wrap=False)


def print_reconstruction(registry, record, folder, console):
    """What the report shows of a reconstruction, as text, and where the cohort is."""
    shown = determined_table(registry, record), contradiction_tables(registry, record), spread_tables(registry, record)
    for item in chain.from_iterable(s if isinstance(s, list) else [s] for s in shown):
        if isinstance(item, Note):
            console.print(f"\n{item.text}")
        else:
            print_display(item, console)
    console.print(f"\n{folder}")


def print_display(display, console):
    """A table of a report (present.display.Table) in the width of the terminal."""
    table = Table(title=Text(display.title), title_justify="left", show_edge=False, pad_edge=False)
    for head in display.columns:
        table.add_column(head, overflow="fold")
    for i, row in enumerate(display.rows):
        level = display.indent[i] if display.indent else 0
        table.add_row(Text("  " * level + row[0]), *map(Text, row[1:]))
    console.print()
    console.print(table, soft_wrap=False)
    for note in filter(None, display.notes):
        console.print(note)

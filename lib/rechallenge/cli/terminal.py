"""Tables of the published numbers for a terminal. `console` is a rich Console everywhere."""

from itertools import chain

from rich.table import Table
from rich.text import Text

from ..replication.verdict import STATUSES, count_statuses
from ..sections.claims import claims_table
from ..sections.published import TITLES, counts_text
from ..sections.reconstruction import contradiction_tables, determined_table, spread_tables
from ..show.display import Note
from ..text.words import ledger_value, plural, significant

MOST = 200  # numbers of one kind that a comparison lists


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
            table.add_row(*(Text("; ".join(cell) if isinstance(cell, tuple) else cell) for cell in row))
        console.print(table, soft_wrap=False)
    if paper.claims:
        print_display(claims_table(paper), console)


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


def print_comparison(done, console):
    """What differs between two reports (report.compare.Comparison)."""
    counts = f"{len(done.changed)} changed, {len(done.added)} new, {len(done.gone)} gone"
    said = "Every number is the same." if done.same else f"{counts}, of {plural(len(done.first.rows), 'number')}."
    console.print(f"{done.first.path} against {done.second.path}: {said}")
    if done.nearly:
        console.print(
            f"{plural(done.nearly, 'more number')} differ past the ninth digit only; these count as the same."
        )
    if done.first.parameters is None or done.second.parameters is None:
        console.print(
            "One of the reports does not say its parameters and versions: it was made by an earlier workbook."
        )
    for title, pairs in (("Parameters", done.parameters), ("Versions", done.versions)):
        _print_rows(title, ("", "first", "second"), [(k, _told(a), _told(b)) for k, (a, b) in pairs.items()], console)
    head = ("section", "item", "by", "group", "statistic", "unit", "method")
    _print_rows("Changed", (*head, "first", "second"), [(*p, *_both(a, b)) for p, a, b in done.changed], console)
    for title, rows in (("New in the second", done.added), ("Gone from the first", done.gone)):
        _print_rows(title, (*head, "value"), [(*p, _both(v, v)[0]) for p, v in rows], console)


def _print_rows(title, head, rows, console):
    if not rows:
        return
    console.print(f"\n{title}: {len(rows)}", style="bold")
    table = Table(show_edge=False, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows[:MOST]:
        table.add_row(*map(Text, row))
    console.print(table, soft_wrap=False)
    if len(rows) > MOST:
        console.print(f"And {len(rows) - MOST} more: --json lists all.")


def _told(value) -> str:
    return "–" if value in (None, "", []) else str(value)


def _both(a, b) -> tuple[str, str]:
    """Two values of the ledger in six digits, or whole where these are the same."""
    short = tuple(v if ledger_value(v) is None else significant(v) for v in (a, b))
    return short if short[0] != short[1] or a == b else (a, b)

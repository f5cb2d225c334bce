"""The files that authors hand in, beside a report: Word and Excel tables, figures, numbers, methods, checklists.

All of it comes from the displays and the ledger that the report itself shows (collect.py).
"""

import csv
import json
import shutil

from ..cohort.cohort import list_cohorts, load_cohort
from ..context import current, running
from ..results import COLUMNS
from ..show import prints as journal
from . import checklist, methods, word
from .archive import signed
from .collect import in_order, safe_cell
from .pool import Call, Died, Processes
from .sheets import tables_workbook

FIGURES = (
    "figure",
    "file",
    "title",
    "section",
    "columns",
    "height_mm_double",
    "height_mm_single",
    "smallest_text_pt",
    "note",
)
TOO_WIDE = "one column is too narrow for its texts: two columns only"


def write_export(work, contents, facts, prints):
    """Write the files of an export into the folder of a report.
    prints : where the notebooks left figures, by section.
    """
    results = [r for content in contents for r in content.results]
    lacking = [
        f"{c.title}: this section failed; its results are missing here." for c in contents if c.state == "failed"
    ]
    facts = facts | {"lacking": lacking}
    warning = word.warning(facts)
    _write_tables(work, contents, facts, warning)
    _write_methods(work, methods.paragraphs(results, facts, _cohort(facts["name"])), facts, warning)
    _write_checklists(work, checklist.checklists(contents, facts, results), facts, warning)
    _write_numbers(work / "numbers", contents, prints)
    _write_figures(work / "figures", contents, prints)
    shutil.rmtree(prints)


def _write_tables(work, contents, facts, warning):
    """The tables as Word and as Excel, at the same time."""
    calls = [Call("docx", _within, (current(), word.tables_documents, contents, facts))]
    calls += [Call("xlsx", _within, (current(), tables_workbook, contents, facts, warning))]
    for kind, made in Processes().run(calls):
        if isinstance(made, Died):
            raise RuntimeError(f"tables.{kind} was not made: {made.why}")
        for name, data in (made if kind == "docx" else {"tables.xlsx": made}).items():
            (work / name).write_bytes(data)


def _within(run, make, *arguments):
    """What `make` gives in a process that is part of this run."""
    with running(run):
        return make(*arguments)


def _cohort(name):
    from ..derive.population import derive_population

    return derive_population(load_cohort(name)) if name in list_cohorts() else None


def _write_methods(work, paragraphs, facts, warning):
    document, lines, part = word.new_document(facts), [f"# {checklist.plain(facts['title'])}"], ""
    lines += [f"**{warning}**"] if warning else []
    lines += [checklist.plain(text) for text in facts["lacking"]]
    for heading, topic, text in paragraphs:
        if heading != part:
            document.add_heading(heading, 1)
            lines.append(f"## {heading}")
            part = heading
        document.add_heading(topic, 2)
        document.add_paragraph(word.clean(text))
        lines += [f"### {topic}", checklist.plain(text)]
    rows = [
        [name, _written(p["value"]), p["help"]]
        for name, first in facts["parameters"].items()
        for p in (first, *first["others"])
    ]
    table = {"title": "Parameters of the analysis", "columns": ["Parameter", "Value", "Meaning"], "rows": rows}
    document.add_heading("Parameters", 1)
    word.add_table(document, table)
    body = ["| Parameter | Value | Meaning |", "|---|---|---|"]
    body += [f"| {' | '.join(checklist.plain(c) for c in row)} |" for row in rows]
    lines += ["## Parameters", "\n".join(body)]
    _write_both(work / "methods", "\n\n".join(lines) + "\n", document)


def _written(value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _write_checklists(work, lists, facts, warning):
    document = word.new_document(facts)
    for entry in lists:
        word.add_table(document, checklist.as_table(entry))
    _write_both(work / "checklist", checklist.as_markdown(lists, facts["title"], warning), document)


def _write_both(stem, markdown, document):
    stem.with_suffix(".md").write_text(signed(markdown), encoding="utf-8", newline="\n")
    stem.with_suffix(".docx").write_bytes(word.document_bytes(document))


def _write_numbers(folder, contents, prints):
    """The ledger rows of each table and figure, and of each figure what it draws."""
    folder.mkdir()
    for content, display in in_order(contents, "table", "figure"):
        stem = _stem(display["label"])
        rows = [row | {"section": content.name} for row in display["results"]]
        if rows:
            _write_csv(folder / f"{stem}.csv", COLUMNS, rows)
        drawn = prints / content.name[:2] / f"{display.get('name')}.csv"
        if display["kind"] == "figure" and drawn.exists():
            with open(drawn, encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                _write_csv(folder / f"{stem}_drawn.csv", reader.fieldnames, list(reader))


def _stem(label) -> str:
    """'figure-08' of 'Figure 8'."""
    kind, number = label.lower().split(" ")
    return f"{kind}-{int(number):02d}"


def _write_figures(folder, contents, prints):
    """Put the figures into a folder a column width; figures.csv lists them."""
    rows = []
    for content, figure in in_order(contents, "figure"):
        stem, source = f"{content.name[:2]}_{figure['name']}", prints / content.name[:2]
        made = json.loads((source / f"{figure['name']}.json").read_text(encoding="utf-8"))
        written = {column: entry for column, entry in made.items() if entry}
        for column in written:
            (folder / column).mkdir(exist_ok=True)
            begin = f"{figure['name']}_{column}"
            for form in journal.FORMS:
                if (source / f"{begin}{form}").exists():
                    shutil.copyfile(source / f"{begin}{form}", folder / column / f"{stem}{form}")  # shown twice, maybe
        heights = {f"height_mm_{column}": entry["height_mm"] for column, entry in written.items()}
        smallest = min((entry["text_pt"] for entry in written.values()), default="")
        named = {"figure": figure["label"], "file": stem, "title": figure["title"], "section": content.name}
        named["columns"] = " ".join(written)
        note = TOO_WIDE if "single" in made and "single" not in written else ""
        rows.append(dict.fromkeys(FIGURES, "") | named | heights | {"smallest_text_pt": smallest, "note": note})
    if rows:
        _write_csv(folder / "figures.csv", FIGURES, rows)


def _write_csv(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: safe_cell(v) for k, v in row.items()} for row in rows)

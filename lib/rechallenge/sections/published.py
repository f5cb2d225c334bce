"""Printed numbers: what came back, what cannot be true, what is printed of cited studies."""

from collections import Counter
from string import ascii_lowercase

import numpy as np
import pandas as pd

from papercheck.audit.engine import CHECKS
from papercheck.audit.finding import KINDS, Message
from papercheck.files.findings import NotAvailable
from papercheck.literature.cited import ITSELF, load_cited
from papercheck.registry.places import place_kind

from ..replication.prints import headline_of, headline_text, headlines, led_text, only_abstract, parts_text
from ..replication.said import audit_said, said_entry, said_places
from ..replication.verdict import (
    ANOTHER,
    CUT_OFF,
    FAILED,
    MISPRINT,
    REMARK_AND_READING,
    REPRODUCED,
    STATUSES,
    UNCHECKED,
    count_statuses,
)
from ..results import Result, number, results
from ..show.display import LONG, Note, Table
from ..text.language import say
from ..text.words import listed, percent_of, plural

MEANINGS = {
    FAILED: "The cohort gives another number, under every convention known to the workbook.",
    MISPRINT: (
        "Proved under what each proof names: no patients can have this number, or none who have the other printed"
        " numbers too."
    ),
    REPRODUCED: (
        "The cohort's number prints as it stands in the paper; where only under an unusual convention, that is said."
    ),
    UNCHECKED: "No patient-level column, no statistic of the patients, or the paper says too little.",
}
BY_CHOICE = (
    "† {numbers} came back by a free choice of the reconstruction: who carries which characteristic was chosen so."
)
AS_READ = (
    "As read: the paper leaves open what the number is of; how it is read here stands behind it in the table of printed"
    " numbers."
)
TITLES = {FAILED: "Not reproduced", MISPRINT: "Misprints", REPRODUCED: "Reproduced", UNCHECKED: "Not checkable"}
BACK = {FAILED: "no", MISPRINT: "proved misprint", UNCHECKED: "not checkable"}
REASONS = {FAILED: "What the cohort gives", MISPRINT: "Proof", REPRODUCED: "Remark", UNCHECKED: "Why"}
CELLS = "A printed number is one cell: the limits of an interval are one, the places that print it alike are one."
PSEUDO_NOTE = (
    "The patients are pseudo-patients, built from these numbers: a number that comes back agrees with the others; "
    "that does not make it true."
)


def counts_text(counts) -> str:
    """'127 of 150 printed numbers reproduced, 14 proved misprints, 9 not checkable'."""
    total, misprints = plural(sum(counts.values()), "printed number"), counts[MISPRINT]
    if counts[UNCHECKED] == sum(counts.values()):
        return say("{numbers}, not checkable", numbers=total)
    text = [say("{n} of {numbers} reproduced", n=counts[REPRODUCED], numbers=total)]
    text += [plural(misprints, "proved misprint")] if misprints else []
    text += [say("{n} not reproduced", n=counts[FAILED])] if counts[FAILED] else []
    text += [say("{n} not checkable", n=counts[UNCHECKED])] if counts[UNCHECKED] else []
    return say(", ").join(text)


def _of_pseudo(said) -> str:
    return say("{text}; the pseudo-patients were built from these numbers", text=said)


def status_table(paper) -> Table:
    """How many printed numbers have each status; one line for the key results."""
    counts = count_statuses(paper.numbers)
    total = sum(counts.values())
    frame = pd.DataFrame({"level": list(counts), "count": list(counts.values())})
    software = paper.registry.software
    place = {"item": "printed numbers", "by": "published", "method": "comparison of printed strings"}
    return Table(
        id="printed.status",
        title=say("{n} printed numbers of the paper", n=total),
        columns=[say("Status"), say("n"), say("%"), say("Meaning")],
        rows=[
            [say(TITLES[s]), str(n), percent_of(n, total), say(MEANINGS[s])]
            for s, n in counts.items()
            if n or s in (REPRODUCED, FAILED)
        ],
        notes=[
            say(CELLS),
            _unusual(paper.numbers),
            say("Statistical software of the paper: {software}.", software=say(software)) if software else "",
            say(PSEUDO_NOTE) if paper.pseudo else "",
            say(BY_CHOICE, numbers=plural(int(free), "printed number"))
            if (free := paper.numbers["free"].sum())
            else "",
        ],
        results=results(frame, "printed.status", {"count": "numbers"}, free=bool(free), **place),
        key=[
            (
                say("Printed numbers of the paper"),
                _of_pseudo(counts_text(counts)) if paper.pseudo else counts_text(counts),
            )
        ],
    )


def headline_table(paper) -> Table:
    """What the paper prints of its results in its abstract, and whether each number comes back. Raises NotAvailable
    where nothing of it is printed there."""
    groups = headlines(paper.registry)
    if not groups:
        raise NotAvailable(say("needs numbers that are printed in the abstract."))
    by_id = paper.numbers.groupby("id", sort=False)["status"].agg(list).to_dict()
    found = {}
    for entry in paper.registry.entries:
        found.setdefault(headline_of(entry, paper.registry), []).extend(by_id.get(entry.id, []))
    read = {headline_of(entry, paper.registry) for entry in paper.registry.entries if entry.reading}
    rows = [[what, parts_text(parts), _comes_back(found.get(what, []))] for _, lines in groups for what, parts in lines]
    head = say("Headlines of the paper, as printed")
    return Table(
        id="printed.headlines",
        title=say(
            "What the abstract prints, and whether it comes back: {numbers}"
            if only_abstract(paper.registry)
            else "What the abstract and a report about the paper print, and whether it comes back: {numbers}",
            numbers=plural(len(rows), "result"),
        ),
        notes=[say(AS_READ) if any(row[0] in read for row in rows) else ""],
        columns=[say("Printed result"), say("Printed"), say("Comes back")],
        rows=rows,
        key=[(head, headline_text(lines)) for _, lines in groups],
    )


def _comes_back(statuses) -> str:
    """'yes', or what became of those that do not."""
    other = [s for s in dict.fromkeys(statuses) if s != REPRODUCED]
    return say("yes") if not other else listed(say(BACK[s]) for s in other)


def _unusual(numbers) -> str:
    """How many numbers came back only with digits cut off, or only under another convention than expected."""
    under = numbers.loc[numbers["status"] == REPRODUCED, "under"].value_counts()
    cut, rest = int(under.get(CUT_OFF, 0)), int(under.get(ANOTHER, 0))
    said = [say("{n} only with their digits cut off instead of rounded", n=cut)] if cut else []
    said += [say("{n} only under another convention than expected", n=rest)] if rest else []
    return say("Of the reproduced numbers, {each}.", each=listed(said)) if said else ""


def number_tables(paper) -> list[Table]:
    """Every printed number, one table a status, those that did not come back first."""
    tables = []
    for status in STATUSES:
        part = paper.numbers[paper.numbers["status"] == status]
        if len(part):
            named = {entry.id: said_entry(entry, paper.registry) for entry in paper.registry.entries}
            part = part.assign(what=part["id"].map(named) + np.where(part["free"], " †", ""))
            tables.append(_numbers_table(part, status, len(paper.numbers)))
    return tables


def _numbers_table(part, status, total) -> Table:
    """The numbers of one status, in blocks by the place of the paper where they stand."""
    other = status != REPRODUCED and part["recomputed"].ne("").any()  # what came back is the printed text again
    columns = [
        say("Printed number"),
        say("Printed"),
        *([say("Recomputed")] if other else []),
        say("Also in"),
        say(REASONS[status]),
    ]
    rows, indent = [], []
    blocks = [(place, _lines(block)) for place, block in part.groupby(part["at"].map(_main_place), sort=False)]
    marks = _marks([line for _, lines in blocks for line in lines])
    for place, lines in blocks:
        rows.append([said_places([place]), *[""] * (len(columns) - 1)])
        indent.append(0)
        for line in lines:
            cells = [line["what"], line["printed"], *([line["recomputed"]] if other else [])]
            others = [p for p in line["at"] if p != place]
            rows.append([*cells, said_places(others), _remark(line["why"], marks)])
            indent.append(1)
    return Table(
        id="printed.numbers",
        of=status,
        title=say(f"{TITLES[status]}: {{n}} of {{m}} printed numbers", n=len(part), m=total),
        columns=columns,
        rows=rows,
        indent=indent,
        notes=[
            *(f"({mark}) {say('{sentence}.', sentence=text)}" for text, mark in marks.items()),
            say(BY_CHOICE, numbers=plural(int(part["free"].sum()), "printed number")) if part["free"].any() else "",
        ],
        results=_results(part),
    )


def _pieces(why) -> list[str]:
    """The remark on a number and the reading behind it, in the language of the run."""
    both = isinstance(why, Message) and why.template == REMARK_AND_READING
    return [audit_said(piece, stop=False) for piece in (why.values.values() if both else [why]) if piece]


def _marks(lines) -> dict[str, str]:
    """A letter for each long text that more than one line of a table would repeat: {text: letter}."""
    counts = Counter(piece for line in lines for piece in _pieces(line["why"]))
    repeated = [text for text, n in counts.items() if n > 1 and len(text) > LONG]
    letters = [*ascii_lowercase, *(a + b for a in ascii_lowercase for b in ascii_lowercase)]
    return dict(zip(repeated, letters, strict=False))


def _remark(why, marks) -> str:
    """The text of a line, or its letters in brackets."""
    pieces = _pieces(why)
    if all(piece in marks for piece in pieces):
        return " ".join(f"({marks[piece]})" for piece in pieces)
    return say(". ").join(f"({marks[piece]})" if piece in marks else piece for piece in pieces)


def _main_place(at) -> str:
    """The place that heads the block of a number: the first table that prints it, else its first place."""
    return next((place for place in at if place_kind(place) == "table"), at[0])


def _lines(block) -> list[dict]:
    """The rows of a block; the parts of one entry in one line where places and reason are the same."""
    lines = []
    for row in block.to_dict("records"):
        texts = {k: led_text(row["part"], row[k]) for k in ("printed", "recomputed")}
        same = lines and all(lines[-1][k] == row[k] for k in ("id", "at", "why"))
        if same:
            lines[-1] |= {k: ", ".join(filter(None, [lines[-1][k], text])) for k, text in texts.items()}
        else:
            lines.append(row | texts)
    return lines


def _results(part) -> list[Result]:
    """The unrounded numbers: one result each, with two statistics for an interval."""
    made = []
    for row in part.to_dict("records"):
        if row["value"] is None:
            continue
        pair = row["value"] if isinstance(row["value"], tuple) else (row["value"],)
        names = [row["part"]] if len(pair) == 1 else [f"{row['part']} low", f"{row['part']} high"]
        values = {name: number(value) for name, value in zip(names, pair, strict=True)}
        place = {
            "item": row["id"],
            "variable": row["id"],
            "by": "published",
            "level": "; ".join(row["at"]),
            "method": row["method"],
            "free": row["free"],
        }
        made.append(Result("printed.value", values, dict.fromkeys(values, ""), **place))
    return made


def finding_tables(findings):
    """What the audit of a paper found, one table a kind, the impossible first; a sentence where it found nothing."""
    if not findings:
        return Note(id="audit.findings", text=say("The audit found nothing in the printed numbers."))
    kinds = {kind: [f for f in findings if f.kind == kind] for kind in KINDS}
    return [_findings_table(found, kind) for kind, found in kinds.items() if found]


def _findings_table(findings, kind) -> Table:
    admissible = any(f.admissible for f in findings)
    columns = [
        say("What"),
        say("Printed"),
        say("Where"),
        say("Evidence"),
        *([say("Nearest possible")] if admissible else []),
    ]
    rows = [
        [
            _what(f),
            _some([cell[2] for cell in f.cells]),
            said_places(f.places),
            audit_said(f.evidence),
            *([say(" or ").join(map(audit_said, f.admissible))] if admissible else []),
        ]
        for f in findings
    ]
    title = say("{kind}: {findings} of the audit", kind=say(KINDS[kind]), findings=plural(len(findings), "finding"))
    return Table(id="audit.findings", of=kind, title=title, columns=columns, rows=rows)


def _what(finding) -> str:
    """What a finding says; where it is not known in the language of the run, the check that found it stands before."""
    wording = audit_said(finding.wording)
    title = next((check.title for check in CHECKS if check.name == finding.check), "")
    if say(title) == title or wording != finding.wording:
        return wording
    return say("{what}: {found}", what=say(title), found=wording)


def _some(texts, most=4) -> str:
    """The first few texts, each once, and how many more there are."""
    texts = list(dict.fromkeys(texts))
    first = ", ".join(texts[:most])
    return say("{first} and {n} more", first=first, n=len(texts) - most) if len(texts) > most else first


QUANTITIES = {
    "n": "n",
    "responders": "responders",
    "controlled": "with disease control",
    "orr": "ORR",
    "dcr": "DCR",
    "ae3": "adverse events of grade 3 or more",
    "pfs": "median PFS",
    "os": "median OS",
}


def cited_table(registry) -> Table:
    """What a paper prints of the studies that it cites, beside what others and the studies themselves print.

    Raises NotAvailable for a paper without cited studies on record.
    """
    cited = load_cited(registry.name)
    if cited.empty:
        raise NotAvailable(say("needs the studies that the paper cites: data/cited-studies.yml has none of them."))
    lines = [
        line for label, study in cited.groupby("label", sort=False) for line in _cited_lines(label, study, registry)
    ]
    return Table(
        id="printed.cited",
        title=say("Cited studies as printed here and elsewhere: {n}", n=cited["study"].nunique()),
        columns=[say("Study"), say("This paper"), say("Other papers"), say("The study itself")],
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        notes=[
            say(
                "Numbers as printed; –: not on record here. Other papers: those of this workbook that cite the study"
                " too."
            )
        ],
    )


def _cited_lines(label, study, registry):
    """(indent, cells) of a cited study: each quantity as this paper, other papers and the study itself print it."""
    yield 0, [label, "", "", ""]
    what = study["quantity"].str.replace("_(?:low|high)$", "", regex=True)
    for (quantity, group), rows in study.groupby([what, "group"], sort=False):
        prints = rows.to_dict("records")
        by = {source: [p for p in prints if p["source"] == source] for source in (registry.name, ITSELF)}
        others = [p for p in prints if p["source"] not in by]
        name = _quantity(quantity)
        name = say("{what}, {group}", what=name, group=say(group)) if group else name
        yield 1, [name, *map(_cited_text, (by[registry.name], others, by[ITSELF]))]


def _quantity(name):
    base, _, kind = name.partition("_")
    forms = {"": "{quantity}", "ci": "{quantity}, 95% CI", "range": "{quantity}, range"}
    return say(forms[kind], quantity=say(QUANTITIES[base]))


def _cited_text(prints) -> str:
    """The prints of one quantity by one kind of source, each text once; the two limits of a pair joined."""
    places, texts = {}, []
    for row in prints:
        places.setdefault((row["source"], row["at"]), []).append(row)
    for rows in places.values():
        printed, unit = [row["printed"] for row in rows], rows[0]["unit"]
        text = "–".join(dict.fromkeys(printed)) if len(rows) == 2 else " or ".join(printed)
        texts.append(
            text + ("" if text in ("NA", "NR", "NE", "None") or not unit else "%" if unit == "%" else f" {say(unit)}")
        )
    return " or ".join(dict.fromkeys(texts)) or "–"

"""A reconstruction: what the printed numbers determine, what they contradict, how far apart the cohorts are that give
them.

`registry` is the paper's, `record` what the reconstruction wrote down (replication.record) everywhere.
"""

from itertools import permutations

import numpy as np
import pandas as pd

from papercheck.reconstruction.ensemble import TIMES
from papercheck.registry.labels import compared_label, part_label, time_label
from papercheck.vocabulary.endpoints import endpoint_rules

from ..replication.said import audit_said, said_entry, said_level, said_places
from ..results import Result, results
from ..show.display import Note, Table
from ..text.language import say
from ..text.words import LEGEND, capital, number, plural, rounded
from .claims import claims_text, said_claim

# What is shown of the spread, in this order. P values of tests that the paper does not print are left out: over cohorts
# that differ in free choices they say nothing that the hazard ratio does not.
QUANTITIES = {
    "size": "patients",
    "events": "events",
    "median": "median",
    "follow_up": "median follow-up",
    "survival_at": "event-free",
    "hr": "hazard ratio",
}
TIMED = ("median", "follow_up")
LEFT_OUT = (
    "Left out: results by a characteristic of which it is a free choice who carries it, and P values of tests that are"
    " not printed."
)
EVERY_PATTERN = (
    "Every pattern of events and censorings without ties was tried. Ranks count the patients by their time, the"
    " shortest first."
)
SPREAD = (
    "A spread over drawn cohorts, not a confidence interval: it says how far the printed numbers leave a quantity open,"
    " by the way the cohorts are drawn. A cohort in which it is not estimable is not in the quartiles."
)
ONE_DRAWN = (
    "Only one cohort was drawn: how far the cohorts differ that give the same printed numbers is not known here. "
    "`rechallenge reconstruct {name} --ensemble 50` notes it."
)
NOTHING_GIVEN_UP = (
    "Nothing had to be given up: the pseudo-patients give every printed number that was asked for. What the paper says"
    " in words alone, such as that a factor is independent, was not asked for and need not hold in them."
)
GIVEN_UP_NOTHING = (
    "Nothing had to be given up: the pseudo-patients give every printed number that was asked for. What the paper says"
    " in words: {claims}."
)
IMPOSED = "Imposed beside the printed numbers, as the paper says it in words: {which}."
NOT_IMPOSED = "Said in words and not imposed: {which}."
NOT_SEARCHED = "Not asked for by the search: {each}."


def determined_table(registry, record):
    """What every cohort that gives the printed numbers shares,
    one row an endpoint; a sentence where nothing is counted.
    """
    unit = str(registry.cohort.get("time_unit", "months"))
    left = say(NOT_SEARCHED, each=audit_said(tuple(record.not_searched))) if record.not_searched else ""
    left = " ".join(filter(None, [left, *_in_words(registry, record)]))
    if not record.skeleton:
        open_ = say("Not all of them were searched: no single time and no single patient is known to be determined.")
        found = audit_said(record.solutions)
        return Note(id="reconstruction.determined", text=f"{found} {open_} {left}".strip())
    rows = [
        [_endpoint(endpoint), " ".join(map(audit_said, shared)), _times(record.times.get(endpoint, {}), registry.n)]
        for endpoint, shared in record.skeleton.items()
    ]
    frame = pd.DataFrame(
        [(e, f"rank {rank}", t) for e, times in record.times.items() for rank, t in times.items()],
        columns=["endpoint", "level", "time"],
    )
    place = {"item": "fixed times", "method": "exact search"}
    return Table(
        id="reconstruction.determined",
        title=say("What every cohort that gives the printed numbers shares"),
        columns=[say("Endpoint"), say("Events, censorings and groups"), say("Times that are fixed, {unit}", unit=unit)],
        rows=rows,
        notes=[say(EVERY_PATTERN), left],
        results=results(frame.assign(by=frame["endpoint"]), "reconstruction.fixed_time", {"time": unit}, **place),
    )


def _in_words(registry, record) -> list[str]:
    """Which claims of the paper in words were imposed on the cohort, and which were not and why."""
    numbered = dict(enumerate(registry.claims, 1))
    imposed = [said_claim(numbered[i], registry) for i in record.imposed if i in numbered]
    others = [
        say("{claim} ({why})", claim=said_claim(numbered[i], registry), why=say(why))
        for i, why in record.not_imposed.items()
        if i in numbered
    ]
    return [say(text, which=say("; ").join(each)) for text, each in ((IMPOSED, imposed), (NOT_IMPOSED, others)) if each]


def _endpoint(code):
    return endpoint_rules()[code]["short"] if code in endpoint_rules() else code


def _times(times, n) -> str:
    """'2 of 13: rank 3: 1.68, rank 5: 2.27'."""
    if not times:
        return say("none")
    digits = max(len(f"{time:.10g}".partition(".")[2]) for time in times.values())
    each = say(", ").join(say("rank {rank}: {time}", rank=rank, time=rounded(t, digits)) for rank, t in times.items())
    return say("{k} of {n}: {each}", k=len(times), n=n, each=each)


def contradiction_tables(registry, record, claims=()):
    """Printed numbers that cannot hold together with the others, and rules of the paper that had to be given up. claims
    : of a replication (replication.claims), what the paper says in words and whether it holds."""
    tables = []
    if record.impossible:
        tables.append(_impossible_table(registry, record))
    if record.contradictions:
        tables.append(_rules_table(record))
    if tables or record.not_searched:  # what was not asked for or not given is listed with what is determined
        return tables
    return [
        Note(
            id="reconstruction.given_up",
            text=say(GIVEN_UP_NOTHING, claims=claims_text(claims, registry)) if claims else say(NOTHING_GIVEN_UP),
        )
    ]


def _impossible_table(registry, record) -> Table:
    entries = {e.id: e for e in registry.entries}
    rows = []
    for cell in record.impossible:
        entry = entries.get(cell.id)
        places = [p for c in entry.printed(cell.part) if c.shown == cell.printed for p in c.at] if entry else []
        part = part_label(entry, cell.part, registry) if entry else cell.part
        rows.append(
            [
                said_entry(entry, registry) if entry else cell.id,
                _with_part(part, cell.printed),
                said_places(places),
                audit_said(cell.admissible),
                audit_said(cell.proof),
            ]
        )
    title = "Given up, as they cannot hold together with the others: {numbers}"
    return Table(
        id="reconstruction.given_up",
        title=say(title, numbers=plural(len(rows), "printed number")),
        columns=[say("Printed number"), say("Printed"), say("Where"), say("Instead"), say("Proof")],
        rows=rows,
        notes=[say("Instead: what the pseudo-patients have in its place; they have every other printed number.")],
    )


def _with_part(part, text) -> str:
    """'95% CI 2.1–18.4', 'P 0.82', '28.6%', '11.3'."""
    return f"{text}%" if part == "%" else text if part in ("n", "value", "median", "range") else f"{part} {text}"


def _rules_table(record) -> Table:
    rows = [
        [audit_said(r.rule), audit_said(r.why), say("{k} of {n}", k=r.kept, n=r.of), audit_said(r.proof)]
        for r in record.contradictions
    ]
    title = "What the paper says of its patients and its numbers do not let all of them be: {rules}"
    note = (
        "The printed numbers are met first; the rule is kept by as many pseudo-patients as they allow in the cohort"
        " written."
    )
    return Table(
        id="reconstruction.rules",
        title=say(title, rules=plural(len(rows), "rule")),
        rows=rows,
        notes=[say(note)],
        columns=[say("Rule"), say("Where the paper says so"), say("Kept by"), say("Why not by all")],
    )


def spread_tables(registry, record):
    """What the paper does not print, over the cohorts that were drawn: what is the same in all of them, then the spread
    of the rest. A sentence where only one was drawn."""
    if record.members < 2:
        return Note(id="reconstruction.spread", text=say(ONE_DRAWN, name=registry.name))
    unit = str(registry.cohort.get("time_unit", "months"))
    shown = [row for row in record.spread if row["quantity"] in QUANTITIES]
    settled = [row for row in shown if _is_settled(row) and np.isfinite(row["middle"])]
    loose = [row for row in shown if not _is_settled(row)]
    tables = [_settled_table(settled, registry, record, unit)] if settled else []
    tables += [_loose_table(loose, registry, record, unit)] if loose else []
    if tables:
        tables[0].results = _spread_results(record)
    return tables


def _settled_table(rows, registry, record, unit) -> Table:
    rows, indent = _in_blocks(rows, registry, lambda row: [_number(row, "middle")], unit)
    fewer = record.asked > record.members
    some = say("{n} of {m} cohorts were found.", n=record.members, m=record.asked) if fewer else ""
    room = say("The printed numbers leave these little or no room, as far as the drawn cohorts tell.")
    title = say("Not printed, yet the same in all {cohorts} that were drawn", cohorts=plural(record.members, "cohort"))
    return Table(
        id="reconstruction.settled",
        title=title,
        columns=[say("Quantity"), say("Value")],
        rows=rows,
        indent=indent,
        notes=[f"{some} {room}".strip()],
    )


def _loose_table(rows, registry, record, unit) -> Table:
    rows, indent = _in_blocks(rows, registry, _ranged, unit)
    title = say(
        "Not printed, and not the same in all {cohorts} that were drawn", cohorts=plural(record.members, "cohort")
    )
    return Table(
        id="reconstruction.spread",
        title=title,
        rows=rows,
        indent=indent,
        columns=[say("Quantity"), say("Middle (quartiles)"), say("Lowest to highest")],
        notes=[say(SPREAD), say(LEGEND), say(LEFT_OUT)],
    )


def _is_settled(row) -> bool:
    """Whether a quantity is the same, as it is shown, in all cohorts."""
    return _number(row, "lowest") == _number(row, "highest") and not row.get("without")


def _ranged(row) -> list[str]:
    """'19 (18–21)', '14–24'; behind the range, in how many cohorts there is none."""
    low, q1, middle, q3, high = (_number(row, k) for k in ("lowest", "quartile_1", "middle", "quartile_3", "highest"))
    lacking = say("; NE in {n}", n=row["without"]) if row.get("without") else ""
    return [f"{middle} ({q1}–{q3})", f"{low}–{high}{lacking}"]


def _in_blocks(spread, registry, cells, unit) -> tuple[list, list]:
    """Rows of a table and their indents: a block for the group sizes, then for each endpoint, first of all patients.

    cells : row of the spread -> its cells behind the name of the quantity.
    """
    known, said, blocks = [factor.label for factor in registry.factors.values()], _said_groups(registry), {}
    for row in spread:
        factor, group = _split(str(row.get("group", "")), known)
        group = said.get(str(row.get("group", "")), group)
        place = row["quantity"] != "size", _place(row.get("endpoint", "")), factor != ""
        blocks.setdefault((place, _block(row.get("endpoint", ""), factor)), []).append((group, row))
    rows, indent = [], []
    for (_, title), lines in sorted(blocks.items(), key=lambda block: block[0][0]):
        lines = sorted(lines, key=lambda line: list(QUANTITIES).index(line[1]["quantity"]))
        table = [[_quantity(group, row["quantity"], unit), *cells(row)] for group, row in lines]
        rows += [[title, *[""] * (len(table[0]) - 1)], *table]
        indent += [0] + [1] * len(table)
    return rows, indent


def _quantity(group, kind, unit) -> str:
    """'Events', 'Male: median, months', 'Event-free at 6 months, %'."""
    if kind == "size":
        return group
    what = say(QUANTITIES[kind])
    if kind in TIMED:
        what = say("{what}, {unit}", what=what, unit=unit)
    if kind == "survival_at":
        return capital(say("{what} {at}, %", what=what, at=group))
    return capital(say("{group}: {what}", group=group, what=what) if group else what)


def _said_groups(registry) -> dict[str, str]:
    """How the groups of a record are called in the language of
    the run: {group as recorded: its level, contrast or time}.
    """
    said = {}
    for column, factor in registry.factors.items():
        levels = {str(code): said_level(column, code, registry) for code in factor.levels}
        said |= {compared_label(registry, column, code): text for code, text in levels.items()}
        for a, b in permutations(levels, 2):
            said[compared_label(registry, column, a, b)] = say("{a} against {b}", a=levels[a], b=levels[b])
    unit = str(registry.cohort.get("time_unit", "months"))
    for time in TIMES.get(unit, ()):
        said[time_label(registry, time)] = say(f"at {{time}} {unit}", time=f"{time:g}")
    return said


def _split(group, labels) -> tuple[str, str]:
    """The label of the factor and the rest of 'Sex: Female against Male'; ('', group) for all patients."""
    factor = next((label for label in labels if group == label or group.startswith(f"{label}: ")), "")
    return factor, group.removeprefix(factor).removeprefix(": ")


def _place(endpoint):
    codes = list(endpoint_rules())
    return codes.index(endpoint) if endpoint in codes else -1


def _block(endpoint, factor):
    if not endpoint:
        return say("Group sizes: {factor}", factor=say(factor))
    if factor:
        return say("{endpoint} by {factor}", endpoint=_endpoint(endpoint), factor=say(factor))
    return say("{endpoint}, all patients", endpoint=_endpoint(endpoint))


def _number(row, key) -> str:
    """A number of the spread as it is shown: counts as they are, percentages with one decimal, the rest with two."""
    kind, value = row["quantity"], row[key]
    if kind in ("size", "events") and np.isfinite(value):
        return number(value)
    return rounded(value, 1 if kind == "survival_at" else 2)


def _spread_results(record) -> list[Result]:
    """The unrounded spread of everything that the record holds."""
    frame = pd.DataFrame(record.spread)
    if frame.empty:
        return []
    item = frame["endpoint"].str.cat(frame["quantity"], sep=" ").str.strip()
    frame = frame.assign(item=item, variable=frame["quantity"], level=frame["group"]).drop(
        columns=["quantity", "group"]
    )
    units = dict.fromkeys(["lowest", "quartile_1", "middle", "quartile_3", "highest", "without"], "")
    method = f"spread over {record.members} reconstructed cohorts"
    return results(frame, "reconstruction.spread", units, by="published", method=method)

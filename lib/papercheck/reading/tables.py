"""A table becomes readings: the kind of table, then each cell by its row and column."""

import re
from dataclasses import replace

from .cells import read_cell
from .columns import N_EQUALS, Column, columns_of, numeric
from .document import AtRisk, Table
from .forms import NUM
from .held import held, misfits
from .marks import without_marks
from .mentions import endpoint_mentions
from .place import Place, column_ends, statistic_of_row
from .place import made as made_of
from .readings import Reading
from .rows import OF_OUTCOME, Row, is_reference, label_columns, rows_of
from .scene import Study
from .signs import is_decimal, plain
from .words import pattern

CASES = re.compile(
    r"(?:case|patient|pt|no\.?|number|subject|id|病例|编号|序号|患者|#)s?(?: ?(?:no\.?|number|id))?\s*", re.I
)
STUDIES = re.compile(r"\b(?:author|study|reference|trial|first author|publication)s?\b|作者|文献|研究", re.I)
ADVERSE = re.compile(r"adverse|toxicit|safety|irAE|immune-related events?|不良|毒副|毒性|安全性", re.I)
PATIENTS = re.compile(r"\b(?:baseline|characteristics|demographics?|features)\b|基线|一般资料|特征", re.I)
COX = re.compile(r"\bCox\b|univaria|multivaria|hazard|prognostic|predictors|logistic|风险|单因素|多因素|预后", re.I)


def read_table(table: Table, study: Study) -> list[Reading]:
    """The readings of a table; none of a table of other studies."""
    if (
        len(table.rows) <= table.heads
        or len(table.rows[0]) < 2
        or table.zone in ("methods", "back")
        and not _numbers(table)
    ):
        return []
    table = without_marks(table)
    columns = columns_of(table)
    if is_of_other_studies(table):
        study.others.append(table.label)
        return []
    kind = kind_of(table, columns)
    if kind == "individual":
        return _individual(table, columns)
    labels = label_columns(table, columns)
    columns = [replace(c, role="label", group="") if j in labels else c for j, c in enumerate(columns)]
    columns = _of_one_arm(table, kind, columns, study)
    heads, rows = _counts_of_heads(table, columns), rows_of(table, columns)
    made = _rows(table, kind, rows, columns, study)
    if kind == "adverse" and misfits(made) > 1:  # numbers that no events are counted by: patients by what they had
        other = _rows(table, "other", rows, columns, study)
        made = other if misfits(other) < misfits(made) else made
    return held(columns, heads + made, study.sizes)


def _of_one_arm(table, kind, columns, study):
    """Columns of adverse events without groups, below a caption whose n is the size of one arm, are that arm's."""
    sized = N_EQUALS.search(plain(table.caption))
    digits = re.search(r"\d+", sized[0]) if sized else None
    arm = study.sizes.get(digits[0], "") if digits else ""
    if kind != "adverse" or arm not in study.arms or any(c.group for c in columns):
        return columns
    return [replace(c, group=arm) if c.role == "value" else c for c in columns]


def _rows(table, kind, rows, columns, study):
    return [r for row in rows for r in _row(table, kind, row, columns, study)]


def _numbers(table):
    return sum(numeric(c) for r in table.rows[table.heads :] for c in r[1:]) > 2


def is_of_other_studies(table: Table) -> bool:
    """A table whose rows are other papers: a column of authors or studies, or most labels with a year or citation."""
    head = plain(table.rows[0][0].text) if table.heads else ""
    labels = [plain(r[0].text) for r in table.rows[table.heads :] if r[0].text]
    dated = [t for t in labels if re.search(r"\((?:19|20)\d\d\)|\bet al\b|\[\d+\]|,\s*(?:19|20)\d\d\b", t)]
    return bool(labels) and (len(dated) >= 0.5 * len(labels) or bool(STUDIES.search(head) and len(labels) > 2))


def kind_of(table: Table, columns: list[Column]) -> str:
    """individual, adverse, cox, or other."""
    head = plain(table.rows[0][0].text) if table.heads else ""
    labels = [plain(r[0].text).strip() for r in table.rows[table.heads :]]
    whole = [int(t) for t in labels if t.isdecimal()]
    if (
        CASES.fullmatch(head.strip() or "x")
        and len(whole) >= 3
        and whole == sorted(whole)
        and len(whole) >= 0.8 * len(labels)
    ):
        return "individual"
    heads = " ".join(plain(h) for c in columns for h in c.head)
    caption = plain(table.caption)
    if ADVERSE.search(caption) and not PATIENTS.search(caption) or sum(bool(c.grade) for c in columns) >= 2:
        return "adverse"
    arms = {c.group for c in columns if c.role in ("value", "n") and c.group}
    models = any(c.role == "ratio" for c in columns) and COX.search(heads) and len(arms) < 2
    if COX.search(plain(table.caption)) or models:
        return "cox"
    return "other"


def _individual(table, columns):
    made = []
    for i, row in enumerate(table.rows[table.heads :]):
        case = plain(row[0].text).strip()
        for column, cell in zip(columns[1:], row[1:], strict=True):
            name, raw = _number_of_two(" ".join(column.head), cell.text.strip())
            match = re.fullmatch(r"(?:[<>]\s*)?-?\d+(?:\.\d+)?\s*\+?", plain(raw))
            if not case or not match or re.search(r"date|year of|日期|cycle start", name, re.I):
                continue
            where = f"{table.label.lower()} | {row[0].text} | {' > '.join(column.head)}"
            made.append(
                Reading(
                    "individual",
                    raw,
                    where,
                    cell.evidence,
                    endpoint=name,
                    group=f"patient {case}",
                    pair=f"{table.label}|{i}|{column.head}",
                    confidence=0.95,
                )
            )
    return made


def _number_of_two(head, text):
    """Head and number of `Age/sex` and `64/M`: the one of the two that is a number; else both as they are."""
    heads, parts = re.split("[/／]", head), re.split("[/／]", text)
    numbers = [k for k, part in enumerate(parts) if re.fullmatch(r"\d+(?:\.\d+)?", plain(part).strip())]
    one = len(parts) == len(heads) == 2 and len(numbers) == 1
    return (heads[numbers[0]].strip(), parts[numbers[0]].strip()) if one else (head, text)


def _counts_of_heads(table, columns):
    """The n of each group in the head, once a group."""
    made, seen = [], set()
    for column in columns:
        if not column.n or (column.group, column.n) in seen or column.role in ("p", "test", "smd"):
            continue
        seen.add((column.group, column.n))
        statistic = (
            "effective_n"
            if is_decimal(column.n)
            or re.search("effective|weighted|IPTW|ESS", column.n_cell, re.I)
            and column.weight == "weighted"
            else "count"
        )
        where = f"{table.label.lower()} | head | {column.n_cell}"
        made.append(
            Reading(
                statistic,
                column.n,
                where,
                column.n_cell,
                endpoint="patients included",
                group=_group(column, ""),
                pair=where,
            )
        )
    return made


def _group(column, fallback):
    weight = {"weighted": "weighted", "unweighted": ""}.get(column.weight, "")
    name = column.group or fallback
    return name if not weight or weight in name.lower() or "iptw" in name.lower() else f"{name} {weight}".strip()


AT_RISK = re.compile(r"\b(?:patients|numbers?|no\.?|pts)? ?at risk\b", re.I)
RISK_ONLY = re.compile(
    r"\W*(?:(?:patients|numbers?|no\.?|pts|all) ?(?:of )?(?:patients )?)?(?:at risk)?(?:,? ?n)?\W*", re.I
)


def _at_risk(table, row, columns, study):
    """A row of numbers at risk, below heads that are times; [] for any other."""
    times = [plain(c.head[-1]).strip() if c.head else "" for c in columns]
    told = AT_RISK.search(plain(f"{table.caption} {row.label} {row.block}"))
    if not told or sum(bool(re.fullmatch(r"\d+(?:\.\d+)?", t)) for t in times) < 3:
        return []
    unit = re.search(r"weeks?|years?", plain(f"{columns[0].head} {table.caption}"), re.I)
    unit = (unit[0].lower().rstrip("s") if unit else "month") + "s"
    ends = [
        m.name for w in (row.label, row.block, table.caption) for m in endpoint_mentions(plain(w)) if m.kind == "time"
    ]
    endpoint = (ends or [study.last_endpoint or "OS"])[0]
    label = plain(row.label).strip()
    group = "" if RISK_ONLY.fullmatch(label) else re.sub(r",? ?(?:patients |number )?at risk$", "", label, flags=re.I)
    return [
        Reading(
            "at_risk",
            cell.text.strip(),
            f"{table.label.lower()} | {row.label} | {t}",
            cell.text,
            endpoint=f"{endpoint} at {t} {unit}",
            group=group,
            time=f"{t} {unit}",
            pair=f"{table.label}|{row.index}|{j}",
            row=row.label,
            column=j,
            confidence=0.95,
        )
        for j, (t, cell) in enumerate(zip(times, row.cells, strict=True))
        if re.fullmatch(r"\d+(?:\.\d+)?", t) and re.fullmatch(r"\d+", plain(cell.text).strip())
    ]


def _row(table: Table, kind: str, row: Row, columns: list[Column], study: Study) -> list[Reading]:
    at_risk = _at_risk(table, row, columns, study)
    if at_risk:
        return at_risk
    made: list[Reading] = _size_of_row(table, row, columns)
    wanted = statistic_of_row(row, table, kind)
    if _is_arm_of_outcome(row, columns):
        columns = [replace(c, group=row.label) if c.role == "value" else c for c in columns]
    done: set[int] = set()
    groups = [c.group for c in columns if c.role in ("value", "n", "estimate") and c.group]
    shown = next((c.text for c in row.cells[1:] if c.text), "")
    for j, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        if j == 0 or column.role == "label" or j in done or not cell.text.strip() or cell is row.cells[0]:
            continue
        if column.role == "p" and row.index > table.heads and table.rows[row.index - 1][j] is cell:
            continue  # one P over several rows is read once
        if j > 1 and row.cells[j] is row.cells[j - 1] and columns[j].head != columns[j - 1].head:
            continue  # one cell over several columns is read once
        over = [c.group for c, x in zip(columns, row.cells, strict=True) if x is cell and c.group]
        place = Place(
            table,
            kind,
            row,
            column,
            columns,
            j,
            wanted or _wanted_of_head(column, row),
            list(dict.fromkeys(over[1:] and over or groups)),
            study,
        )
        readings, used = read_cell(place, cell, row.cells)
        readings = readings or _not_understood(place, cell)
        made += [replace(r, column=j) for r in readings]
        done |= used
    return [replace(r, block=" > ".join(row.path[:-1]), row=row.label) for r in made] if shown else []


def _wanted_of_head(column, row):
    """median_survival below a head that says `median (95% CI)`, survival_rate below one with a time, in a row or block
    of a time to event.
    """
    timed = any(m.kind == "time" for words in row.path[-2:] for m in endpoint_mentions(plain(words)))
    head = plain(" ".join(column.head))
    own = [head[m.start : m.end].lower() for m in endpoint_mentions(head) if m.kind == "time"]
    if not timed or column.role != "value" or any(not w.startswith("survival rate") for w in own):
        return ""
    if re.search(r"\d+[- ]?(?:months?|years?|个月|年)", head) and re.search(r"rate|%|率", head, re.I):
        return "survival_rate"
    return "median_survival" if re.search(r"\bmedian\b|中位", plain("".join(column.head[-1:])), re.I) else ""


def _is_arm_of_outcome(row, columns):
    """Whether a row is a group below a block that names a time to event, and the columns are what is printed of it."""
    timed = bool(row.block) and any(m.kind == "time" for m in endpoint_mentions(plain(row.block)))
    sized = any(c.n or c.group and c.role in ("n", "events") for c in columns)
    said = {_wanted_of_head(c, row) for c in columns}
    return timed and not sized and bool(said - {""}) and not OF_OUTCOME.match(plain(row.label))


def _size_of_row(table, row, columns):
    """The size of a group that a row's own label prints, where the columns are outcomes: `Anti-PD-1 (n = 33)`."""
    found = N_EQUALS.search(plain(row.label))
    if not found or any(c.n for c in columns) or not any(column_ends(c.head) for c in columns):
        return []
    size, name = found["n"] or found["zh"] or "", row.label[: found.start()].strip(" ,:")
    where = f"{table.label.lower()} | {row.label}"
    about = {"endpoint": "patients included", "group": name, "pair": where}
    return [Reading("count", size, where, row.cells[0].evidence, **about)] if size and name else []


def _not_understood(place: Place, cell) -> list[Reading]:
    """The numbers of a cell that no rule places: kept as printed. A reference row and a note's mark print none."""
    text = plain(cell.text).strip()
    if is_reference(cell) or place.column.role == "skip" or not re.match(rf"[<>≤≥(\[]?\s*-?{NUM}", text):
        return []
    value = re.search(NUM, text)
    return [made_of(place, "printed", cell.text.strip()[slice(*value.span())], cell, confidence=0.3)]


def read_at_risk(figure: AtRisk, endpoint: str) -> list[Reading]:
    """The numbers at risk below a figure."""
    unit = "months"
    found = pattern("endpoints", "OS", "words").search(plain(figure.caption))
    name = endpoint or ("OS" if found else "PFS")
    made = []
    for group, counts in figure.rows:
        for time, count in zip(figure.times, counts, strict=False):
            where = f"{figure.label.lower()} at risk | {group} | {time}"
            evidence = f"{group} {' '.join(counts)}"
            made.append(
                Reading(
                    "at_risk",
                    count,
                    where,
                    evidence,
                    endpoint=f"{name} at {time} {unit}",
                    group=group,
                    time=f"{time} {unit}",
                    pair=where,
                )
            )
    return made

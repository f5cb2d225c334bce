"""The names of the columns of a table: of one line or of several, and of the groups above them."""

import re

from papercheck.files.findings import Finding, Message, shown

FORM_ENDS = "complete?"  # how REDCap calls the last column of each form in an export of labels


def names_of(grid, header, strict=False, unnamed=False, again=False) -> tuple[list[str], list[Finding]]:
    """The names of the columns. Of two lines the lower one names; where it is blank or says the same twice, with its
    group. Units under names that stand twice follow them: PFS (months), PFS (event).
    """
    below = _named_above(grid, header)
    lower = _lowest(grid, header[:1] if below else header)
    groups = {i: text for i, text in enumerate(below) if text} or groups_of(grid, header)
    used = [i for i, row in zip(grid.lines, grid.rows, strict=True) if i > (header[-1] if header else 0)]
    named = max((i + 1 for i, name in enumerate(lower) if name), default=0)  # a spreadsheet saves blank columns too
    width = max([named, *([] if not used else [_width(grid, header)])])
    names, faults = [], []
    for i in range(width):
        own = lower[i] if i < len(lower) else ""
        upper = groups.get(i, "")
        twice = own and lower.count(own) > 1
        whole = f"{own} ({upper})" if below else f"{upper} {own}".strip()
        names.append(whole if (twice or not own) and upper else own)
    names = names if strict and not again else _after_the_column_before(names)
    labelled = any(name.lower() == FORM_ENDS for name in names)  # forms of REDCap may share a label
    for i, name in enumerate(names):
        if not name and strict and not unnamed and not _counts_rows(grid, header, i) and _holds(grid, header, i):
            faults.append(
                Finding(grid.place, Message("column {i} has no name", i=i + 1), "Name it or delete it.", row=header[-1])
            )
        elif name and name in names[:i]:
            if strict and not labelled and not again:
                rule = "the column name stands twice"
                faults.append(Finding(grid.place, rule, "Rename or delete one.", row=header[-1], column=shown(name)))
            names[i] = f"{name} (column {i + 1})"
        if not name:
            names[i] = f"(column {i + 1})"
    return names, faults


OF_ANOTHER = re.compile(  # a name of what stands before
    r"dates?|datum|fecha|grade|日期|时间|分级|(?:is_?)?(?:censor(?:ed|ing)?|cens|cnsr)|events?|status|zensiert|ereignis"
    r"|censur[ée]e?|evento|删失|是否删失|事件|状态",
    re.IGNORECASE,
)


def _after_the_column_before(names) -> list:
    """Names that stand twice and say nothing alone, each behind that of the column before it: Death, Death Date."""
    found = list(names)
    for name in {n for n in names if OF_ANOTHER.fullmatch(n) and names.count(n) > 1}:
        places = [i for i, n in enumerate(names) if n == name]
        before = [names[i - 1] if i else "" for i in places]
        if all(names.count(b) == 1 for b in before) and all(before):
            for i, column in zip(places, before, strict=True):
                found[i] = f"{column} {name}"
    return found


def _named_above(grid, header) -> list:
    """The units or labels of two lines, of which the upper one names every column that they are of; [] for groups."""
    if len(header) != 2:
        return []
    names, labels = ([" ".join(c.split()) for c in grid.line(line)] for line in header)
    full = all(i < len(names) and names[i] for i, label in enumerate(labels) if label)
    return labels if full else []


def _lowest(grid, header) -> list:
    """The names of the last line, and where it is blank under a name of the line between, that one."""
    lower = [" ".join(c.split()) for c in grid.line(header[-1])] if header else []
    for line in header[1:-1]:
        middle = grid.line(line)
        lower += [""] * (len(middle) - len(lower))
        lower = [low or (middle[i] if i < len(middle) else "") for i, low in enumerate(lower)]
    return lower


def _width(grid, header) -> int:
    """The last column that holds something under the names."""
    first = header[-1] if header else 0
    return max(
        (
            max((j + 1 for j, c in enumerate(row) if c), default=0)
            for line, row in zip(grid.lines, grid.rows, strict=True)
            if line > first
        ),
        default=0,
    )


def _holds(grid, header, column) -> bool:
    """Whether a column holds anything under the names."""
    return any(
        column < len(row) and row[column] for line, row in zip(grid.lines, grid.rows, strict=True) if line > header[-1]
    )


def _counts_rows(grid, header, column) -> bool:
    """Whether a column without a name counts the rows, as R and pandas write them."""
    cells = [
        row[column] for line, row in zip(grid.lines, grid.rows, strict=True) if line > header[-1] and column < len(row)
    ]
    numbers = [int(c) for c in cells if c.isdigit()]
    return len(numbers) == len(cells) > 0 and numbers == sorted(set(numbers))


def groups_of(grid, header) -> dict[int, str]:
    """{column: group} where a line of groups stands above the names; a group reaches to the next one."""
    if len(header) < 2 or _named_above(grid, header):
        return {}
    upper, lower = grid.line(header[0]), _lowest(grid, header)
    spans = {
        left: right for top, left, bottom, right in grid.merged if top <= header[0] <= bottom and bottom < header[-1]
    }
    found, current, until = {}, "", -1
    for i in range(max(len(upper), len(lower))):
        if i < len(upper) and upper[i]:
            current, until = upper[i], spans.get(i, i if spans else 10**6)
        if current and i <= until and i < len(lower) and lower[i]:
            found[i] = current
        elif i < len(upper) and upper[i]:
            found[i] = upper[i]
    return found

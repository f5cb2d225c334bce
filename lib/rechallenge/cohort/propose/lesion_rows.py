"""A sheet with a row for each lesion at each assessment: whether its sizes are summed by patient and day."""

import re
from types import SimpleNamespace

from papercheck.files.findings import shown

from ..read.lesion_rows import SUM, sums_of_lesions
from .fit import counts_of
from .match import candidates_of
from .outcomes import kind_of
from .questions import Reason, about

SIZE = re.compile(r"diamet|longest|\bsize\b|\bldi?\b|short axis|长径|直径|大小|durchmesser|diam[èe]tre", re.IGNORECASE)
NO_TARGET = re.compile(r"non[ -]?target|non[ -]?measur|非靶|^\s*nt\s*$", re.IGNORECASE)


def ask_lesion_rows(sheet):
    """Whether the sizes of single lesions are summed to the sums of target lesions."""
    if not sheet.id or sheet.courses or sheet.once:
        return
    names = [c for c in sheet.frame.columns if c != sheet.id]
    sizes = [
        n for n in names if SIZE.search(f"{n} {sheet.label(n)}".replace("_", " ")) and kind_of(sheet, n) == "number"
    ]
    days = [n for n in names if kind_of(sheet, n) == "date" and _dates_assessments(sheet, n)]
    if len(sizes) != 1 or len(days) != 1:
        return
    keys = sheet.cells(sheet.id) + "\0" + sheet.cells(days[0])
    several = int(keys.duplicated(keep=False).sum())
    if several < 2:
        return
    rows = _targets(sheet, [n for n in names if n not in (*sizes, *days)])
    rule = {"size": sizes[0], "day": days[0], **({"rows": rows} if rows else {})}
    words = {"n": several, "size": shown(sizes[0]), "day": shown(days[0])}
    words["rows"] = (
        Reason("only lesions", rows="; ".join(f"{shown(c)}: {', '.join(map(shown, w))}" for c, w in rows.items()))
        if rows
        else Reason("no more")
    )
    yield (
        about(sheet, "lesion_rows", sizes[0], proposed="sum", words=words),
        lambda answer: _settle(sheet, rule, answer),
    )


def _dates_assessments(sheet, name) -> bool:
    return "ADT" in candidates_of(((name, "name"), (sheet.label(name), "label")), "adtr")


def _targets(sheet, names) -> dict:
    """{column: cells} of the target lesions, where a column tells them from others."""
    for name in names:
        words = list(counts_of(sheet, name))
        others = [w for w in words if NO_TARGET.search(sheet.codes.get(name, {}).get(w, w))]
        if others and len(words) > len(others):
            return {name: [w for w in words if w not in others]}
    return {}


def _settle(sheet, rule, answer):
    if answer == "sum":
        size = rule["size"]
        sheet.frame = sums_of_lesions(sheet.frame, sheet.id, SimpleNamespace(**{"rows": {}, **rule}))
        sheet.whole, sheet.lesions = None, rule
        sheet.labels[SUM] = f"Sum of target lesions, {size}"
        sheet.placed = {**sheet.placed, SUM: "SDIAM"}

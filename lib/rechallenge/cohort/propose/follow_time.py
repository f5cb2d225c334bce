"""Times to an event that are empty where there was none: whether a time of follow-up stands for them."""

from papercheck.files.findings import shown

from .fit import counts_of
from .match import LEFT_OUT
from .outcomes import CONTACT, PARTNER, kind_of_cells
from .plan import FOLLOWED
from .questions import Reason, about

LASTING = "is "  # begins the choice of a column


def ask_follow_time(plan):
    """Which column holds the time that those were followed whose time to the event is empty, where a flag is not."""
    ends = [t for t in ("OS", "PFSR") if plan.table == "adsl" and plan.written(t) and plan.written(PARTNER[t])]
    lacking = {t: (plan.cells_of(t) == "") & (plan.cells_of(PARTNER[t]) != "") for t in ends}
    lacking = {t: rows for t, rows in lacking.items() if rows.any()}
    some = sum(rows.astype(int) for rows in lacking.values()) > 0 if lacking else None
    names = [n for n in plan.left if lacking and _is_follow_up(plan, n) and (plan.sheet.cells(n) != "")[some].all()]
    if not names:
        return
    columns = ", ".join(f"`{shown(plan.written(t))}`" for t in lacking)
    said = {f"{LASTING}{n}": Reason("followed for", column=shown(n)) for n in names}
    words = {"columns": columns, "n": int(some.sum())}
    yield (
        about(plan.sheet, "follow_time", choices=(*said, "leave out"), said=said, words=words),
        lambda answer: _settle(plan, answer),
    )


def _is_follow_up(plan, name) -> bool:
    """Whether a column is called a follow-up and holds numbers."""
    text = f"{name} {plan.sheet.label(name)}".replace("_", " ")
    free = plan.left[name] != LEFT_OUT and len(counts_of(plan.sheet, name)) > 1
    return free and bool(CONTACT.search(text)) and kind_of_cells(plan, name) == "number"


def _settle(plan, answer):
    if answer != "leave out":
        plan.place_as(answer.removeprefix(LASTING), FOLLOWED, "as answered")
        plan.follow_up_time = True

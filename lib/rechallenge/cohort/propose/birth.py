"""A date or year of birth where no column gives the age: whether the age is computed from it."""

from ..check.patterns import BIRTH
from ..read.birth import births
from .match import LEFT_OUT, NO_SUCH
from .questions import Reason, about

MOST = 0.5  # share of the cells that must tell a birth


def ask_birth(plan):
    """Whether the age at the start of the course is computed from a date or year of birth. Read so until it is
    answered."""
    dated = any(plan.written(t) for t in ("ASTDT_RECHALLENGE", "ASTDT_INITIAL")) or "adex" in plan.beside
    if plan.table != "adsl" or plan.written("AGE") or not dated:
        return
    for name in [n for n, why in plan.left.items() if why in (NO_SUCH, Reason("born"))]:
        cells = plan.sheet.cells(name).str.strip()
        known = cells[cells != ""]
        told = births(known, ("day-first", "month-first")).notna()
        if not BIRTH.search(f"{name} {plan.sheet.label(name)}") or not len(known) or told.mean() < MOST:
            continue
        plan.born, plan.left[name] = name, Reason("born")
        words = {"n": int(told.sum())}
        yield (
            about(plan.sheet, "birth", name, "AGE", proposed="age", words=words, blocking=False),
            lambda answer, n=name: _leave(plan, n) if answer == "leave out" else None,
        )
        return


def _leave(plan, name):
    plan.born, plan.left[name] = "", LEFT_OUT

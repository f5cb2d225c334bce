"""Two columns that may both be one fact of the patient, such as PD-L1 by two assays: which one is read is asked."""

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from .match import LEFT_OUT
from .questions import Reason, about, reason_kind
from .words import course_in, synonyms

MOST = 8  # columns that are offered


def ask_rivals(plan):
    """Which of several columns is read as a fact of the patient, where they hold different things. A column of the
    first course beside one of rechallenge, or of neither, is proposed against."""
    spec = load_dictionary()[plan.table].columns
    numbers = {rule["name"]: target for target, rule in synonyms()["as_number"].items()}
    held = {numbers.get(t, t): n for n, t in plan.columns.items()} if plan.table == "adsl" else {}
    lost = {n: why.words["target"] for n, why in plan.left.items() if reason_kind(why) in ("better", "as well")}
    for target in (t for t in held if t in lost.values() and spec[t].factor and not spec[t].feeds):
        names = [held[target], *(n for n, t in lost.items() if t == target)][:MOST]
        differing = [_differing(plan.sheet, names[0], name) for name in names[1:]]
        if not any(differing):
            continue
        said = {name: course_in(f"{name} {plan.sheet.label(name)}")[0] for name in names}
        later = [n for n, course in said.items() if course == "RECHALLENGE"]
        later = later or [n for n, course in said.items() if course != "INITIAL"]
        words = {"label": spec[target].label, "columns": ", ".join(map(shown, names)), "n": max(differing)}
        yield (
            about(
                plan.sheet,
                "rivals",
                target=target,
                column=names[0],
                choices=(*names, "leave out"),
                proposed=later[0] if len(later) == 1 and plan.course != "INITIAL" else None,
                words=words,
                said={name: Reason("this column", column=shown(name)) for name in names},
            ),
            lambda answer, t=target, names=names: _settle(plan, t, names, answer),
        )


def _differing(sheet, one, other) -> int:
    """Rows in which two columns hold different things."""
    return int((sheet.cells(one) != sheet.cells(other)).sum())


def _settle(plan, target, names, answer):
    if answer != names[0]:
        plan.unplace(names[0], LEFT_OUT)
        rule = synonyms()["as_number"].get(target, {})
        for part in (rule.get("name"), rule.get("group")):
            plan.factors.pop(part, None)
        if answer != "leave out":
            plan.place_as(answer, target, Reason("chosen"))
    for name in (n for n in names if n != answer):
        plan.left[name] = LEFT_OUT

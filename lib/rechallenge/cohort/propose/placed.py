"""Columns that have no place and may be an outcome: what they are is asked; those that a person left out are named."""

import re

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..check.patterns import outcome_like
from .earlier_start import FROM, settle_zero, zeros_for
from .fit import FLAGS, MOST, counts_of, fit
from .lines import STSET
from .match import LEFT_OUT, NO_SUCH, candidates_of
from .outcomes import EVENTS, NO_START, PARTNER, PLACES, PROGRESS, SURVIVAL, YESNO, kind_of_cells
from .plan import NEEDS, dated
from .questions import Question, Reason, about, choices_of, reason_kind
from .words import (
    level_of,
    means_unknown,
    of_visit,
    speaks_against,
    tokens,
    without_legend,
    without_typos,
)

RESPONDER = re.compile(r"respond(?:er|ed)|objective[ _-]?response|应答|是否缓解|客观缓解", re.IGNORECASE)


def _says_who_responded(plan, name) -> bool:
    """Whether a column that is called a response holds yes and no alone, or responder and non-responder."""
    why, said = plan.left[name], [w for w in counts_of(plan.sheet, name) if not means_unknown(w)]
    best = reason_kind(why) == "holds" and why.words["target"].startswith("BOR_")
    named = best or (why == NO_SUCH and RESPONDER.search(f"{name} {plan.sheet.label(name)}"))
    labels = plan.sheet.codes.get(name, {})
    either = all(level_of(labels.get(w, w), YESNO) or RESPONDER.search(labels.get(w, w)) for w in said)
    flag = {w.removesuffix(".0") for w in said} == {"0", "1"} and not labels
    of_flag = flag and RESPONDER.search(f"{name} {plan.sheet.label(name)}".replace("_", " "))
    return bool(named and said) and bool(either or of_flag)


def ask_placed(plan):
    """Columns that came near a column of the dictionary or look like an outcome, and have no place. Without those that
    could be an outcome which is not there yet, there is no report."""
    for name in [n for n in plan.left if plan.table == "adsl" and _says_who_responded(plan, n)]:
        plan.left[name] = Reason("responder")
    order = {"flag": 0, "date": 1, "number": 2, "words": 3}
    names = [n for n, why in plan.left.items() if why != LEFT_OUT and not plan.sheet.frame[n].isna().all()]
    wanted, no_end, waiting = _dates_wanted(plan), not plan.ends, set()
    needs = {n for n in names if reason_kind(plan.left[n]) == "needs"}  # asked after what they need
    first = {n for n in names if _with_flag(plan, n, _like(plan, n))}  # they may take a flag, which then needs no place
    for name in sorted(names, key=lambda n: (n in needs, n not in first, order[kind_of_cells(plan, n)])):
        found = _Placeless(plan, name, wanted)
        if not found.is_asked() or (found.half and PARTNER[plan.halves[name]] in waiting):
            continue  # a half comes back with its event
        yield found.question(no_end), lambda answer, name=name: _settle_placed(plan, name, answer)
        if plan.left.get(name, LEFT_OUT) != LEFT_OUT:
            waiting |= found.targets()


def ask_empty(plan):
    """Columns of dates of an event that hold nothing: whether nobody had the event, or nobody wrote it down."""
    duration = {"PDDT_INITIAL": "PFS1", "PDDT_RECHALLENGE": "PFSR", "DTHDT": "OS"}
    given = any(plan.written(t) for t in duration.values()) or "adtte" in plan.beside
    for name, why in list(plan.left.items()):
        target = why.words["target"] if reason_kind(why) == "nothing" else ""
        split = {t for rule in plan.split.values() for t in (rule["date"], rule["other"])}
        needed = NEEDS.get(target, "")
        if target not in duration or plan.written(target) or plan.written(duration[target]) or target in split:
            continue
        if needed and not plan.written(needed):
            continue
        words = {"label": plan.column(target).label}
        yield (
            about(plan.sheet, "empty", name, target, words=words, blocking=not given),
            lambda answer, name=name, target=target: _settle_empty(plan, name, target, answer),
        )


def _settle_empty(plan, name, target, answer):
    if answer == "nobody":
        plan.place_as(name, target, Reason("empty answered"))
    else:
        plan.left[name] = LEFT_OUT


def _like(plan, name) -> bool:
    """Whether a column is called like an outcome."""
    return outcome_like(name) or outcome_like(plan.sheet.label(name))


class _Placeless:
    """A column without a place. like : it is called like an outcome; dated : it holds dates, and some in `free` are
    still wanted; best : the best responses that its cells may be; meant : the target that its name misspells; half : it
    lacks its partner; unread : an outcome that cannot be read as it is."""

    def __init__(self, plan, name, wanted):
        self.plan, self.name, self.why = plan, name, plan.left.get(name, LEFT_OUT)
        self.like = _like(plan, name)
        self.free = {t for t in wanted if not plan.written(t)}
        self.dated = bool(self.free) and kind_of_cells(plan, name) == "date" and not NO_START.search(name)
        self.best = _best_responses(plan, name)
        self.meant = _by_a_typo(plan, name)
        self.half = reason_kind(self.why) == "half"
        better = self.why.words["target"] if reason_kind(self.why) == "better" else ""
        self.other_start = (
            better.startswith("ASTDT_") and kind_of_cells(plan, name) == "date"
        )  # of the course that no name tells
        self.unread = unread_outcome(plan, name, self.why)
        rival = self.why.words["target"] if reason_kind(self.why) == "as well" else ""
        both = {f"{rival.removesuffix(end)}{end}" for end in ("_RECHALLENGE", "_INITIAL") if rival.endswith(end)}
        self.either = {t for t in both if not plan.written(t)}  # the facts of a course that no name tells

    def is_asked(self) -> bool:
        """Whether it came near a column of the dictionary, or may be an outcome or a wanted date."""
        if self.plan.table != "adsl" or unlabelled_target(self.plan, self.name, self.why):
            return False
        if self.why == NO_SUCH:
            return bool(self.like or self.dated or self.best or self.meant)
        told = reason_kind(self.why) in (
            "flag alone",
            "born",
            "says who",
            "says who progressed",
            "visit",
            "visit asked",
            "event",
        ) or self.why.startswith("a box")
        return self.why != LEFT_OUT and not told

    def said_why(self):
        """Why it has no place: survival from another start than that of the course is said so."""
        against = any(
            speaks_against("OS", t, self.plan.course) for t in (self.name, self.plan.sheet.label(self.name)) if t
        )
        other = self.why == NO_SUCH and against and kind_of_cells(self.plan, self.name) == "number"
        return Reason("other start") if other and SURVIVAL.search(self.name.replace("_", " ")) else self.why

    def targets(self) -> set:
        """The columns of the dictionary that it may be."""
        found = _targets(self.plan, self.name, self.like) | self.best | self.either | ({self.meant} - {""})
        first = {"ASTDT_INITIAL"} if self.plan.course and not self.plan.written("ASTDT_INITIAL") else set()
        return found | (self.free | first if self.dated else set())

    def question(self, no_end) -> Question:
        """What it is. no_end : whether nothing says yet when a patient was last seen."""
        plan, targets = self.plan, self.targets()
        flags = (
            flags_for(plan, PARTNER[plan.halves[self.name]]) if self.half else _with_flag(plan, self.name, self.like)
        )
        zeros = zeros_for(plan, self.name) if reason_kind(self.said_why()) == "other start" else {}
        flags |= zeros
        more = "which flag" if self.half and flags else "add flag" if self.half else "mend" if self.unread else "none"
        if self.half and not plan.halves[self.name].endswith("_EVENT"):
            flags |= {EVERYBODY: Reason("everybody")}
        cells = list(dict.fromkeys(c for c in plan.sheet.cells(self.name) if c))[:3]
        blocking = bool(
            ((self.like or self.unread) and (self.half or self.unread or flags or targets & OUTCOME_TARGETS))
            or (self.dated and (_waits_for_start(plan, targets) or no_end))
            or self.best
            or self.either
            or zeros
            or (self.other_start and any(t.endswith("_INITIAL") for t in _wanted_beside(plan, self.name)))
            or self.meant in READABLE
        )
        return about(
            plan.sheet,
            "placed",
            self.name,
            of="place",
            choices=(*sorted(targets), *flags, *choices_of("placed")),
            proposed=self.meant or ("leave out" if not blocking and plan.start not in targets else None),
            words={"example": ", ".join(map(shown, cells)), "why": self.said_why(), "more": Reason(more)},
            said=flags,
            blocking=blocking,
        )


def _wanted_beside(plan, name) -> set:
    """What the other columns without a place may be."""
    others = [n for n, why in plan.left.items() if n != name and reason_kind(why) in ("better", "as well", "needs")]
    return {t for n in others for t in (*_meant(plan, n, outcome_like(n)), plan.left[n].words["target"])}


def _best_responses(plan, name) -> set:
    """The best responses that are not there yet, where every cell of a column is a response and two differ."""
    spec = load_dictionary()["adsl"].columns["BOR_RECHALLENGE"]
    labels = plan.sheet.codes.get(name, {})
    words = [labels.get(w, w) for w in counts_of(plan.sheet, name)]
    levels = [level_of(w, spec) for w in words if not means_unknown(w)]
    if "adrs" in plan.beside or of_visit(name, plan.sheet.label(name)) or not all(levels) or len(set(levels)) < 2:
        return set()
    return {t for t in ("BOR_RECHALLENGE", "BOR_INITIAL") if plan.course and not plan.written(t)}


EVERYBODY = "everybody"  # the choice of a duration whose event every patient had
BY = "by "  # begins the choice of the column that says who had the event of a duration
MOST_FLAGS = 8  # columns that are offered


def flags_for(plan, target) -> dict:
    """{choice: its column and cells} of the columns without a place that may say who had the event of a duration."""
    found, other = {}, PROGRESS if target == "OS_EVENT" else SURVIVAL
    for name in (
        n
        for n, why in plan.left.items()
        if n != STSET and why in (NO_SUCH,) or reason_kind(why) in ("better", "as well", "holds")
    ):
        counts = counts_of(plan.sheet, name)
        blank = len(plan.sheet.frame) - sum(counts.values())
        counts |= {"": blank} if len(counts) == 1 and blank else {}  # √ and nothing else: a blank may be the other one
        if (
            1 < len(counts) <= 4
            and not other.search(name.replace("_", " "))
            and max(counts.values()) > 1
            and kind_of_cells(plan, name) == "flag"
        ):
            cells = "; ".join(f"{shown(w) or '–'}: {n}" for w, n in sorted(counts.items()))
            found[f"{BY}{name}"] = f"`{shown(name)}` ({cells})"
    return dict(list(found.items())[:MOST_FLAGS])


def _with_flag(plan, name, like) -> dict:
    """{choice: what it says} of durations that a column may be, each with a column that may say who had its event."""
    found = _meant(plan, name, like) if like and kind_of_cells(plan, name) == "number" else set()
    return {
        f"{target} {by}": Reason("with flag", target=target, flag=said)
        for target in sorted(found & set(PARTNER))
        if not plan.written(target) and not target.endswith("_EVENT") and not plan.written(PARTNER[target])
        for by, said in flags_for(plan, PARTNER[target]).items()
    }


def _dates_wanted(plan) -> set:
    """The columns of dates without which a cohort has no outcome: the start of its course, and any end of it."""
    start = {plan.start} if plan.start and not plan.written(plan.start) and "adex" not in plan.beside else set()
    start |= _starts_lacking(plan)
    ends = {t for t in PLACES["date"][0] + PLACES["date"][1] if plan.course or not t.startswith("PDDT")}
    return start | (ends if not plan.ends else set())


def _starts_lacking(plan) -> set:
    """The starts of courses for want of which another date of the sheet has no place."""
    needs = {why.words["lacking"] for why in plan.left.values() if reason_kind(why) == "needs"}
    return {t for t in needs if t.startswith("ASTDT") and not plan.written(t) and "adex" not in plan.beside}


def _by_a_typo(plan, name) -> str:
    """The free column that a name would mean if one letter of a word were right, where its cells can be that."""
    texts = [(t, where) for t, where in ((name, "name"), (plan.sheet.label(name), "label")) if t]
    mended = [(without_typos(t), where) for t, where in texts]
    if plan.table != "adsl" or all(
        t == " ".join(tokens(text)) for (t, _), (text, _) in zip(mended, texts, strict=True)
    ):
        return ""
    spec, found = load_dictionary()["adsl"].columns, candidates_of(mended, plan.table, plan.course)
    fits = [t for t in found if not plan.written(t) and t != "USUBJID" and fit(plan.sheet, name, spec[t]).share >= MOST]
    return max(fits, key=lambda t: found[t][0], default="")


def unread_outcome(plan, name, why) -> bool:
    """Whether a column is called like a date or duration of an
    outcome and holds numbers that cannot be read as such.
    """
    column = load_dictionary()["adsl"].columns.get(why.words["target"]) if reason_kind(why) == "holds" else None
    if column is None or column.name not in READABLE:
        return False
    counts = counts_of(plan.sheet, name)
    few = len(counts) <= FLAGS  # as few could be a flag: only what has a year, or day, month and year, is a date
    if few and column.type != "date":
        return False
    number = r"(?<!\d)(?:19|20)\d{2}|\d\D+\d+\D+\d" if few else r"\d{2}|\d\D+\d"
    numbered = sum(n for w, n in counts.items() if re.search(number, w))
    return numbered >= 0.5 * sum(counts.values())


OUTCOME_TARGETS = {t for pair in PLACES.values() for group in pair for t in group}
READABLE = {
    *PLACES["date"][0],
    *PLACES["date"][1],
    *PLACES["number"][0],
    *PLACES["number"][1],
    "ASTDT_RECHALLENGE",
    "ASTDT_INITIAL",
}


def _waits_for_start(plan, targets) -> bool:
    """Whether a date may be the start of the course to which other dates or responses of the sheet belong, or from
    which the dates of death and last contact count where there is no duration."""
    course = plan.start.partition("_")[2]
    had = set(plan.columns.values())
    alone = bool(had & {"DTHDT", "LSTALVDT"}) and not had & {"OS", "PFSR", "PFS1"} and "adtte" not in plan.beside
    return (
        bool(_starts_lacking(plan) & targets)
        or plan.start in targets
        and (alone or any(NEEDS.get(t, "").endswith(course) for t in (*plan.columns.values(), *plan.lost)))
    )


def ask_lost(plan):
    """What a person chose and what cannot be read all the same, for want of the column that it belongs to."""
    for name, target in plan.lost_choices.items():
        words = {"target": target, "why": plan.left.get(name, "")}
        yield (
            about(plan.sheet, "lost", name, target, words=words),
            lambda answer, name=name: plan.left.update({name: LEFT_OUT}),
        )


def _meant(plan, name, like) -> set:
    """The columns of the dictionary that a written one may be, by its name and by what its cells are."""
    spec = load_dictionary()[plan.table].columns
    texts = ((name, "name"), (plan.sheet.label(name), "label"))
    found = {t for course in ("RECHALLENGE", "INITIAL") for t in candidates_of(texts, plan.table, course)}
    kind, said = kind_of_cells(plan, name), " ".join(t for t, _ in texts if t).replace("_", " ")
    kinds = {"date": ("date",), "flag": ("flag", "coded", "text"), "number": ("number", "integer", "text")}
    found = {t for t in found if spec[t].type in kinds.get(kind, ("text", "coded"))}
    if like and kind in PLACES:
        death, progression = PLACES[kind][0], PLACES[kind][1] if plan.course else ()
        found |= set(
            death
            if SURVIVAL.search(said) and not PROGRESS.search(said)
            else progression
            if PROGRESS.search(said) and not SURVIVAL.search(said)
            else (*death, *progression)
        )
    against = {t for t in found if any(speaks_against(t, without_legend(x), plan.course) for x, _ in texts if x)}
    return {t for t in found if plan.course or not t.startswith(("PFS", "PDDT"))} - against


def _targets(plan, name, like) -> set:
    """Those of them that are free, and whose partner is there where they are not read without one."""
    kind, found = kind_of_cells(plan, name), _meant(plan, name, like)
    taken = {t for t in found if plan.written(t)}
    plain = kind == "flag" and not any(re.search(r"\d\D*\d", w) for w in counts_of(plan.sheet, name))
    if plan.written("OS_EVENT") or not (plan.written("OS") or "OS" in plan.halves.values()):
        taken |= {"OS_EVENT"}
    if plan.written("OS_EVENT") or "OS" in plan.halves.values() or (plain and not dated(plan.sheet)):
        taken |= {"DTHFL"}
    half = {
        t for t in found if t in PARTNER and not plan.written(PARTNER[t]) and PARTNER[t] not in plan.halves.values()
    }
    return found - taken - half


def unlabelled_target(plan, name, why) -> str:
    """The coded column that a written one of codes without labels is called like, or ''."""
    target = why.words["target"] if reason_kind(why) == "holds" else ""
    column = load_dictionary()[plan.table].columns.get(target)
    ok = column is not None and column.type == "coded" and not plan.written(target) and target not in EVENTS
    return target if ok and 0 < len(counts_of(plan.sheet, name)) <= 12 else ""


def never_given(plan) -> list:
    """The required columns that a plan does not give and no answer on codes without labels will."""
    asked = {unlabelled_target(plan, name, why) for name, why in plan.left.items()}
    return [target for target in plan.missing() if target not in asked]


def _settle_placed(plan, name, answer):
    if answer == "leave out":
        plan.left[name] = LEFT_OUT
        return
    if answer.startswith(FROM):
        return settle_zero(plan, name, answer.removeprefix(FROM))
    if answer == EVERYBODY:
        target = plan.halves[name]
        plan.set[PARTNER[target]] = "1"
        plan.source_why["set"] = Reason("everybody answered", target=target)
        return plan.place_as(name, target, Reason("chosen"))
    target, by, flag = answer.partition(f" {BY}")
    if by:
        plan.place_as(flag, PARTNER[target], Reason("chosen"))
        return _settle_placed(plan, name, target)
    if answer.startswith(BY):
        return _settle_placed(plan, answer.removeprefix(BY), PARTNER[plan.halves[name]])
    if answer == "OS" and plan.written("DTHFL"):
        plan.rename(plan.written("DTHFL"), "OS_EVENT")
    plan.place_as(name, answer, Reason("chosen"))
    for other, why in list(plan.left.items()):
        if reason_kind(why) == "needs" and why.words["lacking"] == answer and not plan.written(why.words["target"]):
            plan.place_as(other, why.words["target"], Reason("with", other=answer))
    other = next((n for n, target in plan.halves.items() if target == PARTNER.get(answer)), "")
    if other and _waits_for_its_other_half(plan, other):
        plan.place_as(other, plan.halves[other], Reason("with", other=name))


def _waits_for_its_other_half(plan, name) -> bool:
    """Whether a half that was taken out may come back."""
    return name in plan.left and plan.left[name] != LEFT_OUT and not plan.written(plan.halves[name])

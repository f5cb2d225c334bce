"""Checks of what a paper claims in words, against the P values, medians and counts that it prints itself."""

from ..registry.declared import ALPHA, OTHER_COURSE
from .events import counted_events, most_patients
from .finding import Message, found, listed, prints_of
from .medians import value_of
from .paper import Paper, as_group, finest, widest
from .statements import said

WIDER = 0.10  # a level of significance that papers use besides ALPHA, also that of a one-sided test at ALPHA
TESTS = {"log_rank": None, "cox": 1.0, "difference": 0.0, "rmst_difference": 0.0}  # statistic -> its value of no effect
GRADED = frozenset({1, 2, 3, 4})  # what the columns of a table by grade cover, where nobody died


def claims(paper: Paper):
    """What the paper says in words that its own P values, medians or counts deny."""
    for claim in paper.registry.claims:
        quoted = said(f'"{claim.text}"', listed(claim.at), what="claim")
        for finding in RULES.get(claim.kind, _no_rule)(paper, claim):
            kind, prints, wording, evidence = finding
            told = Message('"{text}": {wording}', text=claim.text, wording=wording)
            yield found(kind, [quoted, *prints], told, evidence)


def _no_rule(paper, claim):
    return ()


def _tests(paper, claim, joint=None):
    """(least P, greatest P, print) of each printed test or interval of the comparison; joint : of adjusted models only.

    An interval that leaves out no effect counts as a P below ALPHA, one that holds it as one of ALPHA or more.
    """
    for entry in paper.registry.of(*TESTS):
        by = entry.get("by")
        here = str(entry.get("endpoint")) == claim.endpoint and as_group(entry.get("where")) == as_group(claim.where)
        if not here or not isinstance(by, str) or by not in claim.by or (joint and not entry.get("adjusted")):
            continue
        for p in prints_of(entry, "p"):
            window = widest(p.cell.text)
            if window is not None:
                yield *window, p
        ci, null = finest(prints_of(entry, "ci")), TESTS[entry.statistic]
        limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
        if None not in limits and null is not None:
            beyond = limits[0][1] > null or limits[1][0] < null
            yield *((0.0, ALPHA) if beyond else (ALPHA, 1.0)), ci


def _difference(paper, claim):
    """Said to differ: one P is below the level; the longer median is where the words say."""
    yield from _significant(list(_tests(paper, claim)))
    medians = {}
    for entry in paper.registry.of("median_survival"):
        p = (prints_of(entry, "estimate") or [None])[0]
        if p is not None and str(entry.get("endpoint")) == claim.endpoint and value_of(p) is not None:
            medians.setdefault(as_group(entry.get("where")), []).append((value_of(p), p))
    column = claim.by[0]
    own = medians.get(as_group(claim.where, {column: claim.longer}), []) if claim.longer else []
    for level in paper.levels.get(column) or () if own else ():
        other = medians.get(as_group(claim.where, {column: level}), []) if level != claim.longer else []
        if other and max(w[1] for w, _ in own) < min(w[0] for w, _ in other):
            wording = Message(
                "of {longer} the median is {shown}, of {level} {shown2}",
                longer=claim.longer,
                shown=own[0][1].shown,
                level=level,
                shown2=other[0][1].shown,
            )
            yield "contradiction", [p for _, p in own + other], wording, f"{own[0][1].shown} < {other[0][1].shown}"


def _independent(paper, claim):
    yield from _significant([t for t in _tests(paper, claim, joint=True) if t[2].entry.get("by") == claim.by[0]])


def _significant(tests):
    p_values = [t for t in tests if t[2].cell.part == "p"]
    if not p_values or min(low for low, _, _ in tests) < ALPHA:
        return
    least = min(low for low, _, _ in p_values)
    shown = [t[2].shown for t in p_values]
    wording, prints = Message("but P is {shown}", shown=shown), [t[2] for t in tests]
    if least < WIDER:
        wording = Message("{what}: it holds only at a level of 10%, or one-sided", what=wording)
        yield "convention", prints, wording, f"{listed(shown)} >= {ALPHA}"
    else:
        yield "contradiction", prints, wording, f"{listed(shown)} >= {ALPHA}"


def _no_difference(paper, claim):
    """Said not to differ: one P is not below the level."""
    for column in claim.by:
        tests = [t for t in _tests(paper, claim) if t[2].entry.get("by") == column]
        p_values = [t[2] for t in tests if t[2].cell.part == "p"]
        if p_values and max(high for _, high, _ in tests) < ALPHA:
            shown = [p.shown for p in p_values]
            yield "contradiction", p_values, Message("but P is {shown}", shown=shown), f"{listed(shown)} < {ALPHA}"


def _most_common(paper, claim):
    """Said to be the most common: no other is printed of more subjects."""
    if claim.course:
        yield from _most_common_events(paper, claim)
        return
    sizes = {x: paper.printed_size(as_group(claim.where, {claim.by[0]: x})) for x in paper.levels[claim.by[0]] or ()}
    own = sizes.get(claim.longer)
    for level, size in sizes.items():
        if own is not None and size is not None and size > own:
            prints = [q for x in (claim.longer, level) for q in paper.behind(as_group(claim.where, {claim.by[0]: x}))]
            wording = Message("{own} subjects, but {size} of {level}", own=own, size=size, level=level)
            yield "contradiction", prints, wording, f"{size} > {own}"


def _most_common_events(paper, claim):
    rows, folded = {}, {}
    for key, row in counted_events(paper).items():
        if key[0] == claim.course and key[1]:
            rows.setdefault(_folded(key[1]), {})[key] = row
            folded[_folded(key[1])] = key[1]
    named = {_folded(term) for term in claim.terms}
    most = {t: most_patients(rows[t]) for t in named if t in rows and _graded(rows[t])}
    others = {t: max(size for size, _ in mine.values()) for t, mine in rows.items() if t not in named}
    for term, size in most.items():
        more = [t for t, other in others.items() if other > size]
        if more:
            prints = [p for t in (term, *more) for _, own in rows[t].values() for p in own]
            told = listed(f"{folded[t]} {others[t]}" for t in more)
            wording = Message(
                "{folded} is printed of {size} subjects at most, {told}: it holds only of "
                "some kinds or grades of events, or a count is a misprint",
                folded=folded[term],
                size=size,
                told=told,
            )
            yield "convention", prints, wording, f"{max(others[t] for t in more)} > {size}"


NONE_LOWER = {  # by whether one alone is higher
    True: (
        "of the counts printed of both courses none is lower and {n} is higher: it holds only of shares, where fewer"
        " subjects had the other course"
    ),
    False: (
        "of the counts printed of both courses none is lower and {n} are higher: it holds only of shares, where fewer"
        " subjects had the other course"
    ),
}


def _graded(rows) -> bool:
    """Whether the counts of a term leave out no grade that a patient survives."""
    return frozenset().union(*(grades for _, _, grades in rows)) >= GRADED


def _fewer(paper, claim):
    """Said to be fewer in one course: not every count is at least that of the other course, and one above it."""
    rows, named = counted_events(paper), {_folded(term) for term in claim.terms}
    pairs = []
    for (course, term, grades), row in rows.items():
        other = rows.get((OTHER_COURSE[claim.course], term, grades))
        if course == claim.course and other and (not named or _folded(term) in named):
            pairs.append((row, other))
    if pairs and all(a >= b for (a, _), (b, _) in pairs) and any(a > b for (a, _), (b, _) in pairs):
        higher = [(a, b) for a, b in pairs if a[0] > b[0]]
        wording = Message(NONE_LOWER[len(higher) == 1], n=len(higher))
        evidence = listed(f"{a[0]} against {b[0]}" for a, b in higher)
        yield "convention", [p for pair in higher for _, own in pair for p in own], wording, evidence


def _folded(term) -> str:
    return " ".join(str(term).split()).casefold()


RULES = {
    "difference": _difference, "independent": _independent, "no_difference": _no_difference,
    "most_common": _most_common, "fewer": _fewer,
}  # fmt: skip

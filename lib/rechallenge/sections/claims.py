"""What a paper says in words, and whether it holds in the cohort: one row a claim, with the numbers that decide it."""

from papercheck.files.findings import NotAvailable
from papercheck.registry.declared import OTHER_COURSE
from papercheck.registry.labels import column_label
from papercheck.vocabulary.dictionary import phase_labels
from papercheck.vocabulary.endpoints import endpoint_rules

from ..replication.claims import HELD, NOT_HELD, OPEN, lower_and_higher
from ..replication.said import said_groups, said_level, said_places
from ..results import Result
from ..show.display import Table
from ..text.language import say
from ..text.words import capital, listed, p_sentence, plural, rounded

STATES = {HELD: "holds", NOT_HELD: "does not hold", OPEN: "not checkable"}
UNITS = {"hr": "ratio", "p": "", "n": "subjects", "n_other": "subjects", "events": "events", "median": ""}
UNITS |= {"count": "subjects", "count_other": "subjects"}
RULES = (
    "Rules: an independent factor has P < 0.05 in the joint Cox model; a difference has a log-rank P < 0.05 and the"
    " longer median where the paper says; no difference has P ≥ 0.05, which is not the same as alike; the most common"
    " has the highest count; less frequent means a smaller share of patients in more terms than a larger one."
)
IMPOSED = (
    "‡ was imposed on the pseudo-patients beside the printed numbers: it holds by construction, and its numbers are no"
    " evidence. † rests on a free choice of the reconstruction and says nothing of the patients."
)
NOT_IMPOSED = (
    "The pseudo-patients were built from the printed numbers alone; what is said in words was not imposed on them. †"
    " rests on a free choice of the reconstruction and says nothing of the patients."
)


def claims_table(paper) -> Table:
    """The claims of a replication. Raises NotAvailable for a paper of which none is declared."""
    if not paper.claims:
        raise NotAvailable(say("needs what the paper says in words: `claims` in published.yml."))
    rows = [
        [
            _claim(check.claim, paper.registry),
            said_places(check.claim.at),
            state_text(check),
            _arithmetic(check, paper.registry),
        ]
        for check in paper.claims
    ]
    return Table(
        id="printed.claims",
        title=say("What the paper says in words, and whether it holds: {claims}", claims=plural(len(rows), "claim")),
        columns=[say("What is said"), say("Where"), say("In this cohort"), say("Arithmetic")],
        rows=rows,
        notes=[
            say(RULES) if any(c.state != OPEN for c in paper.claims) else "",
            say(IMPOSED if any(c.imposed for c in paper.claims) else NOT_IMPOSED) if paper.pseudo else "",
        ],
        results=_results(paper),
        key=[(say("What the paper says in words"), claims_text(paper.claims, paper.registry))],
    )


def claims_text(claims, registry) -> str:
    """'3 of 5 claims hold; not held: ...; 1 not checkable'."""
    states = [check.state for check in claims]
    if len(claims) == states.count(OPEN):
        return say("{claims}, not checkable", claims=plural(len(claims), "claim"))
    parts = [say("{k} of {claims} hold", k=states.count(HELD), claims=plural(len(claims), "claim"))]
    failed = [check for check in claims if check.state == NOT_HELD]
    if failed:
        which = say("; ").join(_short(check, registry) for check in failed)
        parts.append(say("not held: {which}", which=which))
    imposed = sum(check.imposed for check in claims)
    if imposed:
        parts.append(say("{n} imposed on the pseudo-patients, and so by construction", n=imposed))
    if OPEN in states:
        parts.append(say("{n} not checkable", n=states.count(OPEN)))
    return say("; ").join(parts)


def state_text(check) -> str:
    """'holds', with a mark where it was imposed or rests on a free choice."""
    return say(STATES[check.state]) + _mark(check)


def _mark(check) -> str:
    return " ‡" if check.imposed else " †" if check.free else ""


def _short(check, registry) -> str:
    return _said(check.claim, registry) + _mark(check)


def said_claim(claim, registry) -> str:
    """What a claim says, or where no rule says it the words of the paper."""
    return _said(claim, registry) or say("“{words}”", words=claim.text)


def _claim(claim, registry) -> str:
    """What is claimed, and the words of the paper."""
    said = _said(claim, registry)
    return say("{claim}: “{words}”", claim=said, words=claim.text) if said else say("“{words}”", words=claim.text)


def _said(claim, registry) -> str:
    text = SENTENCES[claim.kind](claim, registry) if claim.kind in SENTENCES else ""
    return (
        say("{what}, among those with {group}", what=text, group=said_groups(claim.where, registry))
        if claim.where
        else text
    )


def _factors(names, registry) -> str:
    return listed(say(column_label(name, registry)) for name in names)


def _endpoint(claim) -> str:
    return endpoint_rules()[claim.endpoint]["short"]


def _independent(claim, registry) -> str:
    return say(
        "{factor} is an independent factor for {endpoint}",
        factor=_factors(claim.by, registry),
        endpoint=_endpoint(claim),
    )


def _difference(claim, registry) -> str:
    shown = {"endpoint": _endpoint(claim), "factor": _factors(claim.by, registry)}
    if claim.longer:
        level = said_level(claim.by[0], claim.longer, registry)
        return say("{endpoint} is longer with {factor}: {level}", level=level, **shown)
    return say("{endpoint} differs by {factor}", **shown)


def _no_difference(claim, registry) -> str:
    many = len(claim.by) > 3
    factor = say("{n} factors", n=len(claim.by)) if many else _factors(claim.by, registry)
    return say("no difference of {endpoint} by {factor}", endpoint=_endpoint(claim), factor=factor)


def _most_common(claim, registry) -> str:
    if claim.course:
        terms, course = listed(say(term) for term in claim.terms), say(phase_labels()[claim.course])
        return say("most common adverse events, {course}: {terms}", course=course, terms=terms)
    level = said_level(claim.by[0], claim.longer, registry)
    return say("most common, {factor}: {level}", factor=_factors(claim.by, registry), level=level)


def _fewer(claim, _registry) -> str:
    course, other = (say(phase_labels()[c]) for c in (claim.course, OTHER_COURSE[claim.course]))
    return say("adverse events are less frequent, {course} against {other}", course=course, other=other)


SENTENCES = {
    "independent": _independent,
    "difference": _difference,
    "no_difference": _no_difference,
    "most_common": _most_common,
    "fewer": _fewer,
}


def _arithmetic(check, registry) -> str:
    return say(check.why) if check.state == OPEN else ARITHMETIC[check.claim.kind](check, registry)


def _joint(check, registry) -> str:
    (measure,) = check.measures
    values = measure.values
    shown = {"p": p_sentence(values["p"]), "others": _factors(check.claim.beside, registry)}
    shown |= {"n": values["n"], "events": values["events"]}
    text = say("{p} in the joint model with {others}; {events} events in {n}", **shown)
    return say("HR {hr}, {rest}", hr=rounded(values["hr"]), rest=text) if "hr" in values else text


def _two(check, registry) -> str:
    tested, *medians = check.measures
    (by,) = check.claim.by[:1]
    text = say("log-rank {p}", p=p_sentence(tested.values["p"]))
    each = (
        say("{level}: {median}", level=said_level(by, m.of, registry), median=rounded(m.values["median"]))
        for m in medians
    )
    return say("{what}; medians {each}", what=text, each=say(" against ").join(each)) if medians else text


def _several(check, registry) -> str:
    if len(check.measures) == 1:
        return _two(check, registry)
    ordered = sorted(check.measures, key=lambda m: m.values["p"])
    lowest, highest = (p_sentence(m.values["p"]) for m in (ordered[0], ordered[-1]))
    name = say(column_label(ordered[0].of, registry))
    return say(
        "log-rank, {n} tests: lowest {lowest} ({factor}), highest {highest}",
        n=len(ordered),
        lowest=lowest,
        factor=name,
        highest=highest,
    )


def _counts(check, registry) -> str:
    each = (
        say("{what} {k} of {n}", what=_named(check.claim, m.of, registry), k=m.values["count"], n=m.values["n"])
        for m in check.measures
        if m.named
    )
    text = say("; ").join(each)
    for m in check.measures:
        if not m.named:
            next_ = _named(check.claim, m.of, registry)
            text = say("{text}; next: {what} {k} of {n}", text=text, what=next_, k=m.values["count"], n=m.values["n"])
    return text


def _named(claim, name, registry) -> str:
    return say(capital(name)) if claim.course else said_level(claim.by[0], name, registry)


def _both_courses(check, _registry) -> str:
    lower, higher = lower_and_higher(check.measures)
    each = say("; ").join(
        say(
            "{term} {a} of {n} against {b} of {m}",
            term=say(capital(m.of)),
            a=a,
            n=m.values["n"],
            b=b,
            m=m.values["n_other"],
        )
        for m in check.measures
        for a, b in [(m.values["count"], m.values["count_other"])]
    )
    shown = {"a": lower, "b": higher, "k": len(check.measures)}
    return say("a smaller share in {a} of {k} terms, a larger one in {b}: {each}", each=each, **shown)


ARITHMETIC = {
    "independent": _joint,
    "difference": _two,
    "no_difference": _several,
    "most_common": _counts,
    "fewer": _both_courses,
}


def _results(paper) -> list[Result]:
    """The unrounded numbers that decide the claims, one result a measure."""
    made, unit = [], str(paper.registry.cohort.get("time_unit", "months"))
    for i, check in enumerate(paper.claims, 1):
        for measure in check.measures:
            units = {name: unit if name == "median" else UNITS[name] for name in measure.values}
            place = {"item": f"claim {i}", "variable": measure.of, "by": "published", "level": f"claim {i}"}
            place |= {"endpoint": check.claim.endpoint or "", "method": check.claim.kind, "free": check.free}
            made.append(Result("printed.claim", dict(measure.values), units, **place))
    return made

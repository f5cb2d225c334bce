"""What of a reconstructed cohort is determined by printed numbers and what is free, in words."""

from papercheck.files.findings import CohortError
from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules

from ..cohort.cohort import load_cohort
from ..context import current
from ..text.language import say
from ..text.words import capital, continued, listed, plural

SEARCHED = (
    "Determined by the printed numbers, if no two patients have the same time and the prints are read as their section"
    " says: {names}."
)
ONE = "What is not printed is that of one reconstruction."
OF_NO_TIMES = ("printed", "reconstruction", "literature", "audit", "population", "baseline", "weights", "evidence")
MOST_NAMED = 3  # characteristics of one standing that a sentence names; more are counted
TABLES = {"adrs": "best responses", "adtr": "changes of target lesions", "adae": "adverse events"}


class StandingNote(str):
    """A note on what is not determined, and the tables or columns that it is about: ('adtte.PFSR',)."""

    about: tuple[str, ...] = ()


def standing(cohort, *names) -> list[tuple[str, str, str]]:
    """(labels, status, why) of what is not determined; columns that share status and reason stand together.

    names : tables or columns ('adtr', 'adtte.PFSR'); without, everything that cohort.yml lists under `provenance`.
    """
    groups = {}
    for key, entry in cohort.meta.provenance.items():
        if entry["status"] != "determined" and (not names or key in names or key.split(".")[0] in names):
            groups.setdefault((entry["status"], entry["note"]), []).extend(_labels(cohort, key))
    return [(listed(dict.fromkeys(labels)), *why) for why, labels in groups.items() if labels]


def standing_list(cohort) -> list[tuple[str, str]]:
    """(why, labels) of all that is not determined: what has the same reason stands together, whatever its status."""
    groups = {}
    for labels, status, why in standing(cohort):
        groups.setdefault(why, []).append(say("{labels}: {status}", labels=capital(labels), status=status))
    return [(say(why), say("; ").join(labels)) for why, labels in groups.items()]


def standing_note(cohort, *names) -> StandingNote:
    """What is not determined of the named tables or columns, or ''. The reason stands as cohort.yml has it."""
    said = _reasons(cohort, names)
    note = StandingNote(f"{said} {say(ONE)}" if any(_bound(cohort, name) for name in names) else said)
    note.about = names
    return note


def _reasons(cohort, names) -> str:
    return " ".join(
        say("{labels} ({status}): {reason}", labels=capital(labels), status=status, reason=continued(say(why)))
        for labels, status, why in standing(cohort, *names)
    )


def _bound(cohort, name) -> bool:
    """Whether a key of `provenance` is an endpoint whose printed results are met, and whose times are one choice."""
    entry = cohort.meta.provenance.get(name, {})
    return name.startswith("adtte.") and entry.get("status") == "constrained"


def drawn_at_random(cohort, table) -> bool:
    """Whether nothing of a table is printed, so that pseudo-patients have it at random."""
    return cohort.meta.provenance.get(table, {}).get("status") == "synthetic"


def endpoint_notes(shown) -> list[str]:
    """What is not determined of the endpoints that a table or figure is about, in the run of a reconstructed cohort.

    shown : with its id, what it is of, and its results; what it says by itself is not said twice."""
    codes = [] if shown.id.split(".")[0] in OF_NO_TIMES else _endpoints_of(shown)
    if not codes or not current().cohort:
        return []
    try:
        cohort = load_cohort(current().cohort)
    except CohortError:  # a study without patients
        return []
    names = [f"adtte.{code}" for code in codes]
    told = {name for note in shown.notes if isinstance(note, StandingNote) for name in note.about}
    if not cohort.meta.reconstructed or told.issuperset(names):
        return []
    note = standing_note(cohort, *names)
    return [note] if note else []


def _endpoints_of(shown) -> list[str]:
    """The endpoints of the results, and of the id of what is drawn."""
    named = {r.endpoint for r in shown.results} | set(shown.of.upper().split("_")[0].split("-"))
    return [code for code in endpoint_rules() if code in named]


def _labels(cohort, key) -> list[str]:
    """The labels of a key of `provenance`; `adsl` stands for every factor that has no entry of its own."""
    table, _, column = key.partition(".")
    if key == "adsl":
        named = [f for f in cohort.factors if f"adsl.{f}" not in cohort.meta.provenance]
        return [say(cohort.factor(f).label) for f in named]
    if table == "adtte" or not column:
        return [column or _table_label(table)]
    factor = cohort.meta.factors.get(column) or load_dictionary()["adsl"].columns.get(column)
    return [say(factor.label) if factor else column]


def _table_label(table) -> str:
    return say(TABLES[table]) if table in TABLES else continued(say(load_dictionary()[table].label))


def banner(cohort, record=None) -> list[str]:
    """A few sentences for the head of a report: what is determined, what is bound, what is free. [] for patients.

    record : of the reconstruction (replication.record), or None for pseudo-patients made in another way.
    """
    if not cohort.meta.reconstructed:
        return []
    kinds = _by_kind(cohort)
    fixed = {code: times for code, times in record.times.items() if times and _printed(cohort, code)} if record else {}
    said = [_determined(kinds["determined"], fixed, len(cohort.table("adsl")))]
    if kinds["bound"]:
        times = "the other times of {endpoints}" if fixed else "the times of {endpoints}"
        said.append(say("Bound by printed results, but not fixed: {names}.", names=_named(kinds["bound"], times)))
    free = []
    if kinds["counted"]:
        names = _named(kinds["counted"], "the times of {endpoints}")
        free.append(say("Free within the printed counts: {names}.", names=names))
    if kinds["synthetic"]:
        names = _named(kinds["synthetic"], "the events of {endpoints}")
        free.append(say("Nothing is printed of: {names}.", names=names))
    return [*said, " ".join(free)] if free else said


def _printed(cohort, code) -> bool:
    """Whether anything of an endpoint's events is printed: times of patients who are all carried as censored, because
    no event is printed, are not known to be anybody's."""
    return cohort.meta.provenance.get(f"adtte.{code}", {}).get("status") != "synthetic"


def _by_kind(cohort) -> dict[str, list[tuple[str, str]]]:
    """(table, label) of what is determined, bound by printed results, counted in print, and printed nowhere."""
    kinds = {"determined": [], "bound": [], "counted": [], "synthetic": []}
    for key, entry in cohort.meta.provenance.items():
        tied = entry.get("ties") or key.startswith("adtte.") or _made_of_times(cohort, key)
        kind = entry["status"] if entry["status"] != "constrained" else "bound" if tied else "counted"
        kinds[kind].extend((key.split(".")[0], label) for label in _labels(cohort, key))
    return kinds


def _made_of_times(cohort, key) -> bool:
    """Whether a key of `provenance` is a factor that is cut or mapped from the times of an endpoint."""
    made = cohort.meta.groupings.get(key.partition(".")[2])
    return made is not None and f"adtte.{made.source}" in cohort.meta.provenance


def _determined(sure, fixed, n) -> str:
    """The first sentence. sure : (table, label) of what is determined; fixed : {endpoint: its times that are fixed}."""
    times = [say("{known} of {n} times of {endpoint}", known=len(t), n=n, endpoint=e) for e, t in fixed.items()]
    if not times and not sure:
        return say("Determined are the printed results; no single time and no single patient is known to be.")
    names = [say("who has which {factor}", factor=label) if table == "adsl" else label for table, label in sure]
    said = say("; ").join(filter(None, [listed(times), listed(names)]))
    if times:
        return say(SEARCHED, names=said)
    return say("Determined by the printed numbers: {names}.", names=said)


def _named(names, times) -> str:
    """'the other times of PFSR; best responses, Sex and Age'; of many characteristics only how many there are.

    times : the template of what is named of endpoints.
    """
    endpoints = [label for table, label in names if table == "adtte"]
    factors = [label for table, label in names if table == "adsl"]
    others = [label for table, label in names if table not in ("adtte", "adsl")]
    few = factors if len(factors) <= MOST_NAMED else [plural(len(factors), "characteristic")]
    known = say(times, endpoints=listed(endpoints)) if endpoints else ""
    return say("; ").join(filter(None, [known, listed([*others, *few])]))

"""What of a reconstructed cohort is determined by printed numbers and what is free, in words."""

from papercheck.vocabulary.dictionary import load_dictionary

from ..text.words import continued, listed, plural

MOST_NAMED = 3  # characteristics of one standing that a sentence names; more are counted
TABLES = {"adrs": "best responses", "adtr": "changes of target lesions", "adae": "adverse events"}


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
        groups.setdefault(why, []).append(f"{_capital(labels)}: {status}")
    return [(why, "; ".join(labels)) for why, labels in groups.items()]


def standing_note(cohort, *names) -> str:
    """What is not determined of the named tables or columns, or ''."""
    return " ".join(
        f"{_capital(labels)} ({status}): {continued(note)}" for labels, status, note in standing(cohort, *names)
    )


def _labels(cohort, key) -> list[str]:
    """The labels of a key of `provenance`; `adsl` stands for every factor that has no entry of its own."""
    table, _, column = key.partition(".")
    if key == "adsl":
        return [cohort.factor(f).label for f in cohort.factors if f"adsl.{f}" not in cohort.meta.provenance]
    if table == "adtte" or not column:
        return [column or TABLES.get(table, load_dictionary()[table].label.lower())]
    factor = cohort.meta.factors.get(column) or load_dictionary()["adsl"].columns.get(column)
    return [factor.label if factor else column]


def _capital(text):
    return text[:1].upper() + text[1:]


def banner(cohort, record=None) -> list[str]:
    """A few sentences for the head of a report: what is determined, what is bound, what is free. [] for patients.

    record : of the reconstruction (replication.record), or None for pseudo-patients made in another way.
    """
    if not cohort.meta.reconstructed:
        return []
    bound, counted, made_up, sure = [], [], [], []
    for key, entry in cohort.meta.provenance.items():
        names = [(key.split(".")[0], label) for label in _labels(cohort, key)]
        tied = entry.get("ties") or key.startswith("adtte.")
        kinds = {"determined": sure, "synthetic": made_up, "constrained": bound if tied else counted}
        kinds[entry["status"]].extend(names)
    fixed = {endpoint: times for endpoint, times in record.times.items() if times} if record else {}
    said = [_determined(sure, fixed, len(cohort.table("adsl")))]
    if bound:
        said.append(f"Bound by printed results, but not fixed: {_named(bound, 'other times' if fixed else 'times')}.")
    free = [f"Free within the printed counts: {_named(counted)}."] if counted else []
    free += [f"Nothing is printed of: {_named(made_up, 'events')}."] if made_up else []
    return [*said, " ".join(free)] if free else said


def _determined(sure, fixed, n) -> str:
    """The first sentence. sure : (table, label) of what is determined; fixed : {endpoint: its times that are fixed}."""
    times = [f"{len(known)} of {n} times of {endpoint}" for endpoint, known in fixed.items()]
    if not times and not sure:
        return "Determined are the printed results; no single time and no single patient is known to be."
    names = [f"who has which {label}" if table == "adsl" else label for table, label in sure]
    return f"Determined by the printed numbers: {'; '.join(filter(None, [listed(times), listed(names)]))}."


def _named(names, of="times") -> str:
    """'the other times of PFSR; best responses, Sex and Age'; of many characteristics only how many there are."""
    endpoints = [label for table, label in names if table == "adtte"]
    factors = [label for table, label in names if table == "adsl"]
    others = [label for table, label in names if table not in ("adtte", "adsl")]
    few = factors if len(factors) <= MOST_NAMED else [plural(len(factors), "characteristic")]
    return "; ".join(filter(None, [f"the {of} of {listed(endpoints)}" if endpoints else "", listed([*others, *few])]))

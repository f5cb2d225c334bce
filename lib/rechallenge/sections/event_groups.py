"""Groups of adverse events, by declared lists of terms, system organ class, relation to the treatment: any grade, 3 or
higher, 5, not known; rates; the same again."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.proportions import event_rate, proportion

from ..cohort.cohort import Cohort
from ..derive.adverse_events import course_sizes, derive_events
from ..derive.exposure import course_subjects
from ..derive.timeline import derive_timeline
from ..results import Result, results
from ..show.display import Table
from ..show.labels import group_label
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import interval, percent, plural, rounded, share_of

GRADES = {"any": (0, 5), "3 or higher": (3, 5), "5": (5, 5), "not known": (0, 0)}
PER = 100  # patient-months of a rate
ONCE = (
    "A patient counts once in a group and course, at the worst grade; shares with exact Clopper-Pearson intervals. An"
    " event without a grade counts under any grade and in a column of its own."
)
RATE = (
    "Rate: events over the time from the first to the last dose, exact Poisson interval (Garwood 1936), too short "
    "where events of one patient go together. Patients with both dates, who alone count in it: {each}."
)
OPEN = (
    "† Pseudo-patients: who had which event is a free choice of the reconstruction. Of a group at least as many had"
    " one as"
    " of one term, at most as many as of all its terms together."
)
TWICE = "needs patients: who had which event on both courses is a free choice of the reconstruction."
CHOSEN = (
    "Of the patients with both courses; any grade; exact Clopper-Pearson intervals. Who was rechallenged after an event"
    " was chosen for it: the share does not hold for the others."
)
RELATION = {  # part: its label and the codes of AEREL
    "related": ("Related to the treatment", ("RELATED", "DEFINITE", "PROBABLE", "POSSIBLE")),
    "not related": ("Not related to the treatment", ("UNLIKELY", "UNRELATED")),
}
UNJUDGED, UNKNOWN_CLASS = "Relation not recorded", "Class not recorded"
JUDGED = (
    "Related: recorded as possibly, probably or definitely related; unlikely counts as not related. It is the judgement"
    " of who treated the patients, who knew the treatment."
)
FLAGS = {"AEIRFL": ("immune-related", "Immune-related"), "AESTRFL": ("corticosteroid", "Corticosteroid given")}
FLAG_UNKNOWN = "{what}: not recorded of {events}, which do not count there."
CLASSES = "Classes as recorded (MedDRA), by the number of patients; of several classes a patient counts in each."
AGAIN_UNITS = dict.fromkeys(("recurrence", "recurrence_low", "recurrence_high"), "share") | dict.fromkeys(
    ("first", "again"), "subjects"
)


def _groups(cohort) -> dict:
    """{id: group} of cohort.yml. Raises NotAvailable without one."""
    if not cohort.meta.event_groups:
        needs = "needs lists of terms: `event_groups: {IRAE: {label: ..., terms: [...], source: ...}}` in cohort.yml."
        raise NotAvailable(say(needs))
    return dict(cohort.meta.event_groups)


def _of_group(events, group) -> pd.DataFrame:
    """The events whose term is in the list, whatever the case and the blanks."""
    folded = {" ".join(term.split()).casefold() for term in group.terms}
    return events[events["AEDECOD"].str.split().str.join(" ").str.casefold().isin(folded)]


def event_group_table(cohort: Cohort) -> Table:
    """Patients with an event of each group on each course, by
    worst grade, with exact intervals, and events by exposure.
    """
    groups, events = _groups(cohort), derive_events(cohort)
    parts = [(key, group.label, _of_group(events, group)) for key, group in groups.items()]
    sources = [say("{group}: {source}.", group=g.label, source=g.source) for g in groups.values()]
    return _parts_table(cohort, "safety.groups", "adverse_event.group", say("Groups of adverse events"), parts, sources)


def organ_class_table(cohort: Cohort) -> Table | tuple:
    """Patients with an event of each system organ class on each course, by worst grade; () where no class is known."""
    events = derive_events(cohort)
    if "AEBODSYS" not in events or events["AEBODSYS"].isna().all():
        return ()
    patients = (
        events.groupby("AEBODSYS", observed=True)["USUBJID"].nunique().sort_values(ascending=False, kind="stable")
    )
    levels = cohort.meta.column("adae", "AEBODSYS").levels
    parts = [(code, levels[code], events[events["AEBODSYS"] == code]) for code in patients.index]
    unknown = events[events["AEBODSYS"].isna()]
    parts += [("not recorded", UNKNOWN_CLASS, unknown)] if len(unknown) else []
    title = say("Adverse events by system organ class")
    return _parts_table(cohort, "safety.organ_classes", "adverse_event.organ_class", title, parts, [say(CLASSES)])


def attribution_table(cohort: Cohort) -> Table | tuple:
    """Patients with an event that the study held to be related to the treatment, to be not related, or did not judge,
    and with one that was immune-related or treated with a corticosteroid, by course and worst grade; () where none of
    it is recorded."""
    events = derive_events(cohort)
    parts, notes = [], []
    if "AEREL" in events and events["AEREL"].notna().any():
        of = events["AEREL"].astype(object)
        parts += [(key, label, events[of.isin(codes)]) for key, (label, codes) in RELATION.items()]
        unknown = events[of.isna()]
        parts += [("not judged", UNJUDGED, unknown)] if len(unknown) else []
        notes.append(say(JUDGED))
    for column, (key, label) in FLAGS.items():
        if column in events and events[column].notna().any():
            parts.append((key, label, events[events[column] == "Y"]))
            unknown = int(events[column].isna().sum())
            said = {"what": say(label), "events": plural(unknown, "event")}
            notes += [say(FLAG_UNKNOWN, **said)] if unknown else []
    if not parts:
        return ()
    title = say("Adverse events by their relation to the treatment")
    return _parts_table(cohort, "safety.attribution", "adverse_event.attribution", title, parts, notes)


def _parts_table(cohort, table_id, quantity, title, parts, notes) -> Table:
    """parts : (key, label, events) each; a row for each part and course."""
    found = _counted(cohort, parts)
    labels = {key: label for key, label, _ in parts}
    rows = [_row(_label(cohort, labels[f["variable"]], f["level"]), f) for f in found]
    dated = any(np.isfinite(f["rate"]) for f in found)
    heads = [say("Any grade"), say("Grade 3 or higher"), say("Grade 5"), say("Grade not known")]
    rate = [say("Events in {per} patient-months", per=PER)] if dated else []
    return Table(
        id=table_id,
        title=title,
        rows=[row if dated else row[:-1] for row in rows],
        columns=[say("Group"), say("Patients"), *heads, *rate],
        results=_results(found, quantity),
        notes=[
            say(ONCE),
            say(RATE, each=_exposed(cohort)) if dated else "",
            *notes,
            say(OPEN) if any(f["free"] for f in found) else "",
            standing_note(cohort, "adae"),
        ],
    )


def _counted(cohort, parts) -> list[dict]:
    """Patients and events of each part on each course."""
    exposure, found = _exposure(cohort), []
    for key, label, own in parts:
        for phase, n in course_sizes(cohort).items():
            part = own[own["APHASE"] == phase]
            values = _counts(part, int(n)) | _rate(part, exposure.get(phase, {}))
            values["spans"] = _spans(part, int(n)) if cohort.meta.kind == "pseudo" else {}
            values["free"] = bool(values["spans"])
            found.append(values | {"variable": key, "level": phase, "item": f"{label}, {phase}"})
    return found


def _label(cohort, label, phase) -> str:
    return say("{group}, {course}", group=say(label), course=group_label(cohort, "APHASE", phase))


def _counts(part, n) -> dict:
    """Patients of each group of grades; those with no known grade at all by themselves."""
    grade = part["ATOXGR"].fillna(0).astype(int) if "ATOXGR" in part else pd.Series(0, index=part.index)
    worst = grade.groupby(part["USUBJID"]).max()
    counts = {name: int(worst.between(low, high).sum()) for name, (low, high) in GRADES.items()}
    _, low, high = proportion(counts["any"], n)
    return {"n": n, "share": counts["any"] / n, "ci_low": low, "ci_high": high} | counts


def _spans(part, n) -> dict[str, tuple[int, int]]:
    """The fewest and the most pseudo-patients with an event of the group, as its terms alone are known: at least as
    many as of one term, at most as many as of all together; {} where that is one number."""
    each = [_counts(rows, n) for _, rows in part.groupby("AEDECOD")]
    spans = {name: (max(c), min(n, sum(c))) for name in GRADES if (c := [counts[name] for counts in each])}
    return spans if any(low < high for low, high in spans.values()) else {}


def _exposure(cohort) -> dict[str, dict]:
    """{course: {patient: months from the first to the last dose}} of those with both dates."""
    courses = derive_timeline(cohort).courses
    if "LASTDT" not in courses or courses.empty:
        return {}
    known = courses.dropna(subset=["STARTDT", "LASTDT"])
    months = cohort.calendar.convert((known["LASTDT"] - known["STARTDT"]).dt.days + 1.0, "days", "months")
    return {
        phase: dict(zip(part["USUBJID"], months[part.index], strict=True))
        for phase, part in known.groupby("APHASE", observed=True)
    }


def _exposed(cohort) -> str:
    """'First ICI course 60 of 60, 434.0 patient-months' for each course: over whom and how long a rate is counted."""
    exposure = _exposure(cohort)
    said = (
        say(
            "{course} {k} of {n}, {months} patient-months",
            course=group_label(cohort, "APHASE", phase),
            k=len(exposure.get(phase, {})),
            n=int(n),
            months=rounded(sum(exposure.get(phase, {}).values()), 1),
        )
        for phase, n in course_sizes(cohort).items()
    )
    return say("; ").join(said)


def _rate(part, exposure) -> dict:
    events = int(part["USUBJID"].isin(exposure).sum()) if exposure else 0
    rate, low, high = event_rate(events, sum(exposure.values()) / PER if exposure else 0.0)
    return {"rate": rate, "rate_low": low, "rate_high": high}


def _row(label, v) -> list[str]:
    if v["spans"]:
        spans = [f"{low}–{high}" if low < high else str(low) for low, high in v["spans"].values()]
        return [f"{label} †", str(v["n"]), *spans, say("NE")]
    share = f"{share_of(v['any'], v['n'])}, {percent(v['ci_low'])}–{percent(v['ci_high'])}"
    rate = (
        f"{rounded(v['rate'], 1)} ({interval(v['rate_low'], v['rate_high'], 1)})"
        if np.isfinite(v["rate"])
        else say("NE")
    )
    return [label, str(v["n"]), share, str(v["3 or higher"]), str(v["5"]), str(v["not known"]), rate]


def _results(found, quantity) -> list[Result]:
    units = {"n": "subjects", "share": "share", "ci_low": "share", "ci_high": "share"} | dict.fromkeys(
        GRADES, "subjects"
    )
    units |= dict.fromkeys(("rate", "rate_low", "rate_high"), f"events in {PER} patient-months")
    return results(pd.DataFrame(found), quantity, units, by="APHASE", method="worst grade")


def group_again_table(cohort: Cohort) -> Table:
    """Of those with an event of the group on the first course, how
    many had one again on rechallenge, with exact intervals.
    """
    groups, events = _groups(cohort), derive_events(cohort)
    seen = set(events["APHASE"].astype(str))
    if not {"INITIAL", "RECHALLENGE"} <= seen:
        raise NotAvailable(say("needs adverse events of both courses in adae, to compare the same patients."))
    if cohort.meta.kind == "pseudo":
        raise NotAvailable(say(TWICE))
    both = set(course_subjects(cohort, "INITIAL")) & set(course_subjects(cohort, "RECHALLENGE"))
    found = [
        _again(_of_group(events, group), both) | {"variable": key, "item": f"{group.label}, again"}
        for key, group in groups.items()
    ]
    return Table(
        id="safety.group_again",
        title=say("The same group of events again at rechallenge"),
        rows=[_again_row(say(group.label), len(both), f) for group, f in zip(groups.values(), found, strict=True)],
        columns=[
            say("Group"),
            say("Patients with both courses"),
            say("Again, of those who had it"),
            say("New at rechallenge"),
        ],
        results=results(pd.DataFrame(found), "adverse_event.group_again", AGAIN_UNITS, method="Clopper-Pearson"),
        notes=[say(CHOSEN)],
    )


def _again(own, both) -> dict:
    """Of the patients `both` with both courses: who had an event of the group first, again, and anew."""
    first, again = (set(own.loc[own["APHASE"] == p, "USUBJID"]) & both for p in ("INITIAL", "RECHALLENGE"))
    came, had = len(first & again), len(first)
    share, low, high = proportion(came, had) if had else (np.nan, np.nan, np.nan)
    shares = {"recurrence": share, "recurrence_low": low, "recurrence_high": high}
    return shares | {"first": had, "again": came, "new": len(again - first)}


def _again_row(label, n, f) -> list[str]:
    limits = f"{percent(f['recurrence_low'])}–{percent(f['recurrence_high'])}"
    shown = f"{share_of(f['again'], f['first'])}, {limits}" if f["first"] else say("nobody had it")
    return [label, str(n), shown, str(f["new"])]

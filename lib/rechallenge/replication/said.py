"""An entry of a registry in the language of the run: the words of papercheck's `describe_entry`, said forward."""

from papercheck.registry.labels import column_label, describe_entry
from papercheck.registry.registry import Entry, Registry
from papercheck.vocabulary.dictionary import phase_labels
from papercheck.vocabulary.endpoints import endpoint_rules

from ..text.language import say


def said_entry(entry: Entry, registry: Registry) -> str:
    """What an entry is, in one line. In English as describe_entry; what has no sentence of its own is told as there."""
    plain = not entry.get("adjusted") and not entry.get("stratified") and not entry.get("of")
    maker = SENTENCES.get(entry.statistic)
    if maker is None or not plain or entry.get("endpoint", "OS") not in endpoint_rules():
        return describe_entry(entry, registry)
    text = maker(entry, registry)
    where = said_groups(entry.get("where"), registry)
    if where and entry.statistic != "count":
        text = say("{what}, {group}", what=text, group=where)
    return say("{what}, weighted", what=text) if entry.get("weights") else text


def said_groups(where, registry) -> str:
    """A group of subjects: 'Sex: Male; ECOG: 2'; '' for all."""
    said = (
        say("{factor}: {level}", factor=column_label(name, registry), level=said_level(name, wanted, registry))
        for name, wanted in (where or {}).items()
    )
    return say("; ").join(said)


def said_level(name, wanted, registry) -> str:
    """The label of one level, or several as 'CR, PR or SD'."""
    factor = registry.factors.get(str(name))
    codes = [*map(str, wanted)] if isinstance(wanted, list) else [str(wanted)]
    *first, last = (say(str(factor.levels.get(code, code))) if factor else code for code in codes)
    return say("{first} or {last}", first=say(", ").join(first), last=last) if first else last


def _short(entry) -> str:
    return endpoint_rules()[str(entry.get("endpoint"))]["short"]


def _compared(entry, registry) -> str:
    by = entry.get("by")
    if isinstance(by, list):
        return say(" or ").join(say(column_label(name, registry)) for name in by)
    label = say(column_label(by, registry))
    if entry.get("group") is None:
        return label
    group = said_level(by, entry.get("group"), registry)
    if entry.get("against") is not None:
        group = say("{a} against {b}", a=group, b=said_level(by, entry.get("against"), registry))
    return say("{factor}: {contrast}", factor=label, contrast=group)


def _count(entry, registry) -> str:
    event, where = entry.get("event"), said_groups(entry.get("where"), registry)
    if not event:
        return where or say("Subjects")
    grades = event.get("ATOXGR")
    grades = grades if isinstance(grades, list) else [] if grades is None else [grades]
    span = f"{grades[0]}–{grades[-1]}" if len(grades) > 1 else str(grades[0]) if grades else ""
    shown = {"term": say(event.get("AEDECOD", "Any adverse event")), "course": say(phase_labels()[event["APHASE"]])}
    text = say("{term}, grade {span}, {course}", span=span, **shown) if span else say("{term}, {course}", **shown)
    return say("{what}, {group}", what=text, group=where) if where else text


def _pooled(entry, registry) -> str:
    text = say("Pooled {outcome}", outcome=str(entry.get("outcome")))
    subset = entry.get("subset")
    return say("{what}, {group}", what=text, group=say(str(subset))) if subset else text


SENTENCES = {
    "count": _count,
    "median": lambda e, r: say("{factor}, median", factor=say(column_label(e.get("variable"), r))),
    "range": lambda e, r: say("{factor}, range", factor=say(column_label(e.get("variable"), r))),
    "mean": lambda e, r: say("{factor}, mean", factor=say(column_label(e.get("variable"), r))),
    "median_survival": lambda e, r: say("{endpoint} median", endpoint=_short(e)),
    "median_follow_up": lambda e, r: say("Follow-up median ({endpoint})", endpoint=_short(e)),
    "log_rank": lambda e, r: say("{endpoint} log-rank test, {factor}", endpoint=_short(e), factor=_compared(e, r)),
    "cox": lambda e, r: say("{endpoint} hazard ratio, {factor}", endpoint=_short(e), factor=_compared(e, r)),
    "pooled": _pooled,
}

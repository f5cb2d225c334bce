"""An entry of a registry, its places and what the audit says of it in the language of the run, said forward."""

import re

from papercheck.audit.finding import Either, Message
from papercheck.registry.labels import column_label, describe_entry
from papercheck.registry.registry import Entry, Registry
from papercheck.vocabulary.dictionary import phase_labels
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.facts import LANGUAGES

from ..text.language import AsWritten, language, say, translated
from ..text.words import capital, listed

PLACES = (  # how places of a paper are named in a registry, and their message; a heading stays as it is printed
    (r"(Abstract|Introduction|Methods|Results|Discussion|Conclusion|Report)", ""),
    (r"Text (?P<n>\d[\d.]*)", "Text {n}"),
    (r"Text (?P<n>\d[\d.]*), (?P<heading>.+)", "Text {n}, “{heading}”"),
    (r"Text, (?P<heading>.+)", "Text, “{heading}”"),
    (r"Table (?P<n>\w+)", "Table {n}"),
    (r"Figure (?P<n>\w+)", "Figure {n}"),
    (r"Figure (?P<n>\w+) caption", "Caption of figure {n}"),
    (r"Figure (?P<n>\w+) description", "Description of figure {n}"),
    (r"Supplementary figure (?P<n>\w+) legend", "Legend of supplementary figure {n}"),
)


WRITTEN = {"column", "file", "sheet", "written"}  # holes of what stands in a file or is to be typed


def audit_said(text, stop: bool = True) -> str:
    """What the audit, a registry or the record of a reconstruction says, in the language of the run where it is known:
    its lists, and the sentences in it, too. stop : whether a sentence keeps its full stop."""
    if isinstance(text, Either):
        *first, last = dict.fromkeys(map(audit_said, text))
        return say("{first} or {last}", first=say(", ").join(first), last=last) if first else last
    if isinstance(text, list):
        return listed(map(audit_said, text))
    if isinstance(text, tuple):
        return say("; ").join(dict.fromkeys(audit_said(part, stop=False) for part in text))
    said, ended = _known(str(text)), True
    if isinstance(text, Message):
        template, ended = _template(text.template)
        if template:
            said = say(template, **{name: _filled(template, name, value) for name, value in text.values.items()})
    return str(said) if stop and ended else said.rstrip(".。")


def _filled(template, name, value) -> AsWritten:
    """What fills a hole of a message: said, but for what stands in a file, or stands in `code` to be typed."""
    plain = not isinstance(value, Message | list | tuple)
    typed = name in WRITTEN or any(f"{{{name}}}" in code for code in template.split("`")[1::2])
    return AsWritten(value if plain and typed else audit_said(value))


def _template(template) -> tuple[str, bool]:
    """The template that is known in the language of the run, and whether its full stop is the sentence's own; ''
    where it is not known, and so stands as it is. One without a word of its own is always known."""
    whole = f"{template}."
    if translated(template, language()) != template:
        return template, True
    if translated(whole, language()) != whole:
        return whole, False
    return ("" if re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", template)) else template), True


def _known(text) -> str:
    """A whole text in the language of the run, with or without its full stop; the name of a place as one."""
    said = translated(text, language())
    if said == text and (whole := translated(f"{text}.", language())) != f"{text}.":
        return whole.rstrip("。")
    return said_place(text) if said == text else said


def said_places(places) -> str:
    """Places of a paper: 'Text 3.1; Table 3', each once."""
    return say("; ").join(dict.fromkeys(map(said_place, places)))


def said_place(place) -> str:
    """One place of a paper as its registry names it; in another language its kind is said in that language."""
    for pattern, template in PLACES if language() != LANGUAGES[0] else ():
        if found := re.fullmatch(pattern, place):
            return say(template, **found.groupdict()) if template else say(place)
    return place


def said_entry(entry: Entry, registry: Registry) -> str:
    """What an entry is, in one line. In English as describe_entry; what has no sentence of its own is told as there."""
    plain = not entry.get("stratified") and not entry.get("of")
    maker = SENTENCES.get(entry.statistic)
    if maker is None or not plain or entry.get("endpoint", "OS") not in endpoint_rules():
        return describe_entry(entry, registry)
    text, others = maker(entry, registry), entry.get("adjusted") or []
    if others:
        named = listed(say(column_label(o, registry)) for o in (others if isinstance(others, list) else [others]))
        text = say("{what}, adjusted for {factors}", what=text, factors=named)
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
    "events": lambda e, r: say("{endpoint} events", endpoint=_short(e)),
    "longest": lambda e, r: say("Longest {endpoint}", endpoint=_short(e)),
    "log_rank": lambda e, r: say("{endpoint} log-rank test, {factor}", endpoint=_short(e), factor=_compared(e, r)),
    "cox": lambda e, r: say("{endpoint} hazard ratio, {factor}", endpoint=_short(e), factor=_compared(e, r)),
    "pooled": _pooled,
    "stated": lambda e, r: capital(say(str(e.get("what") or e.note or e.id))),
}

"""Durations whose sign (10.6+) is all that says who had the event: the signs become a column, which is asked about."""

from dataclasses import replace

from papercheck.vocabulary.dictionary import load_dictionary

from ..read.signs import COLUMN, number_and_sign, set_apart
from .fit import MOST, counts_of
from .match import candidates_of
from .placed import flags_for
from .plan import plan_table
from .words import means_unknown


def part_signs(sheets, course, placed):
    """Set the signs of durations apart where no column says who had the event, and then those of their other durations,
    and of the same endpoints on sheets of other patients.

    placed : {sheet's key: {written: column}} that a person chose.
    """
    found = set()
    for sheet in sheets:
        for name in [n for n in sheet.frame.columns if n != sheet.id and _signed_duration(sheet, n)]:
            found |= _tried(sheet, name, course, placed)
    for sheet in sheets if found else ():
        wanted = () if sheet.signs else found
        for name in [n for n in sheet.frame.columns if n not in sheet.signs and _duration(sheet, n)]:
            _tried(sheet, name, course, placed, wanted)


def _tried(sheet, name, course, placed, wanted=()) -> set:
    """The columns of events that the signs of a duration give, where nothing else does; they are set apart then."""
    trial = replace(
        sheet, frame=set_apart(sheet.frame, [name]), whole=None, signs={**sheet.signs, name: COLUMN.format(name)}
    )
    plans = [
        plan_table(trial, "adsl", course=c, placed=placed[sheet.key]) for c in dict.fromkeys((course, "RECHALLENGE"))
    ]
    plans.append(plan_table(trial, "adtte", course=course))
    given = {p.columns[COLUMN.format(name)] for p in plans if COLUMN.format(name) in p.columns}
    if not _signed_duration(sheet, name) and any(flags_for(plans[0], target) for target in given):
        return set()  # no sign, and a column that may say it: which one does is asked
    if given and (not wanted or given & set(wanted)):
        with_signs(sheet, name)
    return given


def with_signs(sheet, name):
    """Set the signs of one column apart."""
    sheet.frame = set_apart(sheet.frame, [name])
    if sheet.whole is not None:
        sheet.whole = set_apart(sheet.whole, [name])
    sheet.signs[name] = COLUMN.format(name)


def _signed_duration(sheet, name) -> bool:
    """Whether a column is called like a duration and holds numbers, of which some carry a sign."""
    counts = {w: n for w, n in counts_of(sheet, name).items() if not means_unknown(w)}
    pairs = {w: number_and_sign(w) for w in counts}
    numbered = sum(n for w, n in counts.items() if pairs[w][0])
    if not any(sign for _, sign in pairs.values()) or numbered < MOST * sum(counts.values()):
        return False
    return _duration(sheet, name)


def _duration(sheet, name) -> bool:
    """Whether a column is called like the duration of an endpoint."""
    texts, group = ((name, "name"), (sheet.label(name), "label")), sheet.groups.get(name, "")
    for table in ("adsl", "adtte"):
        spec = load_dictionary()[table].columns
        found = {t for c in ("RECHALLENGE", "INITIAL") for t in candidates_of(texts, table, c, group)}
        if any(spec[t].unit == "time" for t in found):
            return True
    return False

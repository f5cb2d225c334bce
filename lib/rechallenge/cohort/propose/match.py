"""Columns of a sheet to columns of a table: the best match by name and label that the cells allow, with its reason."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..read.date_parts import spans_in
from ..read.dates import means_date
from .fit import MOST, Fit, as_number, declared_missing, fit
from .look import columns_of_event
from .questions import Reason, joined
from .words import (
    OF_VISIT,
    course_in,
    level_of,
    of_visit,
    phrases,
    position,
    same,
    speaks_against,
    synonyms,
    tokens,
    without_legend,
)

CHOSEN, EXACT, LABELLED, NAMED, SURE, WITHIN = (
    200,
    100,
    95,
    90,
    80,
    50,
)  # what a kind of match is worth; by the label 5 less

UNNAMED = 55  # what a name of a fact among other words, without its course, stays below

BY_LABEL = ("label", "its label", "the label")  # how a reason by the label begins: the name may say better
DAY = re.compile(r"(?<![a-z])(?:date|datum|dt|fecha|data)(?![a-z])|日期", re.IGNORECASE)
LANDMARK = re.compile(r"\d[ -]?(?:mo?|mos|months?|w|weeks?|y|yrs?|years?|个?月|年)(?![a-z])", re.IGNORECASE)
LEFT_OUT = "left out, as chosen"
NO_SUCH = "no column of the dictionary is called so"


@dataclass
class Match:
    """A written column placed under `target`, how sure (`score`), and why."""

    name: str
    target: str
    score: float
    why: str
    fit: Fit = field(default_factory=Fit)
    number: dict | None = None  # as_number of synonyms.yml, where the column holds the number behind a coded one


@dataclass
class Matches:
    """The matches of a sheet for one table by written name, and the columns left over with the reason."""

    table: str
    placed: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)

    def targets(self) -> dict:
        return {m.target: m for m in self.placed.values()}


def match_columns(sheet, table, columns=None, course="RECHALLENGE", placed=()) -> Matches:
    """The proposal for the columns of a sheet (or some of them), as columns of one table.

    course : the course that a column is of whose name says none ('' : it has no place); placed : {written: column} that
    a person chose, which comes first ('' : left out).
    """
    of_any = {n for n, t in dict(placed).items() if "*" in t}  # BOR_*, PFS*: of the course of the cohort
    again, phase = "1" if course == "INITIAL" else "R", course or "RECHALLENGE"
    placed = {n: t.replace("_*", f"_{phase}").replace("*", again) for n, t in dict(placed).items()}
    signs = set(sheet.signs.values())  # placed beside their numbers, if at all
    wide = (*sheet.wide, *sheet.wide_sums)
    aside = {v[k] for v in wide for k in ("response", "sum", "date") if k in v} - set(placed)
    events = sheet.adverse if table == "adsl" else ()  # on a sheet of events they are what it holds
    aside |= {c for event in events for c in columns_of_event(event)} - set(placed)
    aside |= {*spans_in(sheet.frame), *(c for parts in sheet.date_parts.values() for c in parts)} - set(placed)
    names = [c for c in sheet.frame.columns if (columns is None or c in columns) and c not in {*signs, *aside}]
    found, refused = [], {}
    for name in (n for n in names if placed.get(n) != ""):
        why = Reason("chosen, no course") if name in of_any else Reason("chosen")
        matches, why_not = _matches_of(sheet, name, table, course, placed.get(name), why)
        found += matches
        if why_not:
            refused[name] = why_not
    result = _best_of(table, found, names)
    for name in (n for n in names if placed.get(n) == ""):
        result.left[name] = LEFT_OUT
    for name in names:
        if name in refused and name not in result.placed:
            result.left[name] = refused[name]
        elif name not in result.placed:
            result.left.setdefault(name, NO_SUCH)
    return result


def _best_of(table, found, names) -> Matches:
    """Each column under the best target that no better match took (of two that are called alike the one whose cells are
    all known); the others left over with the rival. Two of which neither says its course have no place."""
    result, taken, apart = Matches(table), {}, _of_either_course(found)
    for match in sorted(found, key=lambda m: (-m.score, bool(m.fit.untranslated), names.index(m.name))):
        if match.name in result.placed:
            continue
        if match.name in apart:
            result.left[match.name] = Reason("as well", target=match.target, other=apart[match.name])
            continue
        rival = taken.get(match.target)
        if rival is None:
            taken[match.target] = match
            result.placed[match.name] = match
        elif rival.score == match.score and match.name not in result.left:
            result.left[match.name] = Reason("as well", target=match.target, other=rival.name)
        else:
            result.left.setdefault(match.name, Reason("better", other=rival.name, target=match.target))
    result.left = {n: why for n, why in result.left.items() if n not in result.placed}
    return result


def _of_either_course(found) -> dict[str, str]:
    """{column: the other one} of columns that hold the same fact of a course and of which no name says which course."""
    free, sure, most = {}, {m.target for m in found if m.score > UNNAMED}, {}
    for match in found:
        most[match.name] = max(match.score, most.get(match.name, 0))
    for match in (m for m in found if m.score == most[m.name] and WITHIN < m.score < UNNAMED):
        if match.target.endswith(("_RECHALLENGE", "PFSR")) and match.target not in sure:
            free.setdefault(match.target, []).append(match.name)
    return {name: next(n for n in names if n != name) for names in free.values() if len(names) > 1 for name in names}


def _matches_of(sheet, name, table, course, chosen, why_chosen) -> tuple[list, str]:
    """What a column may be, and the reason against the first thing that it is called and is not."""
    spec = load_dictionary()[table].columns
    texts, group = ((name, "name"), (sheet.label(name), "label")), sheet.groups.get(name, "")
    candidates = candidates_of(texts, table, course, group)
    if name == sheet.id and not candidates and "USUBJID" in spec:
        candidates = {"USUBJID": (EXACT, Reason("row names"))}
    if chosen in spec:
        candidates = {chosen: (CHOSEN, why_chosen)}
    elif _holds_codes_of_event(sheet, name):  # PFS (1=yes) under the name of the time: it says who had the event
        of_time = {f"{t}_EVENT": c for t, c in candidates.items() if f"{t}_EVENT" in spec}
        candidates = {t: c for t, c in candidates.items() if f"{t}_EVENT" not in spec}
        candidates |= {t: max(c, candidates.get(t, c)) for t, c in of_time.items()}
    if sheet.id and name != sheet.id:
        candidates.pop("USUBJID", None)
    if set(tokens(sheet.label(name))) < set(tokens(name)):  # OS as the label of OS_STATUS says less than the name
        by_name = {t: c for t, c in candidates.items() if not c[1].startswith(BY_LABEL)}
        candidates = by_name if max((score for score, _ in by_name.values()), default=0) >= NAMED else candidates
    visit = of_visit(name, sheet.label(name)) and candidates_of(
        ((OF_VISIT.sub(" ", name), "name"),), table, course, group
    )
    found, refused, called = [], Reason("visit") if visit and not candidates else "", 0
    for target, (score, why) in sorted(candidates.items(), key=lambda x: -x[1][0]):
        if sheet.label(name) and not why.startswith(("label", "its label", "chosen")):
            why = Reason("with label", why=why, label=shown(sheet.label(name)))
        if score < called:
            break  # called so, but something else: nothing that it is called less
        match = _checked(sheet, name, spec[target], score, why)
        if isinstance(match, str) and chosen == target:
            fitted = fit(sheet, name, spec[target])
            match = Match(name, target, score, why, fitted) if fitted.share else match
        if isinstance(match, str):
            refused = refused or match
            called = score if score > SURE and not why.startswith(BY_LABEL) else called
        else:
            found.append(match)
    return found, refused


def _holds_codes_of_event(sheet, name) -> bool:
    """Whether a column holds 0 and 1 alone, or codes whose labels say who had an event, and so no durations."""
    if LANDMARK.search(f"{name} {sheet.label(name)}"):
        return False  # PFS at 6 months says who reached a time
    held = {c.removesuffix(".0") for c in sheet.cells(name) if c}
    flag = load_dictionary()["adsl"].columns["OS_EVENT"]
    said = sheet.codes.get(name, {})
    return held == {"0", "1"} or bool(held) and bool(said) and all(level_of(said.get(c, ""), flag) for c in held)


def _checked(sheet, name, column, score, why) -> Match | str:
    """The match if the cells allow it, else the reason against it."""
    if sheet.frame[name].isna().all():
        return Reason("nothing", target=column.name)
    number = as_number(sheet, name, column)
    if number:
        cut = Reason("cut", cut=", ".join(map(str, number["cut"])))
        why = joined([why, cut, *declared_missing(sheet, name)])
        return Match(name, column.name, score, why, fit(sheet, name, number_behind(number)), number)
    fitted = fit(sheet, name, column)
    if fitted.share < MOST or (column.name.startswith("TRT") and _no_words(sheet, name)):
        cells = sheet.cells(name)
        seen = ", ".join(shown(w) for w in list(dict.fromkeys(cells[cells != ""]))[:3])
        more = Reason("further", what=fitted.unsettled[0]) if fitted.unsettled else ""
        return Reason("holds", target=column.name, cells=seen, more=more)
    return Match(name, column.name, score, why, fitted)


def number_behind(number) -> Column:
    """The column of the number that a coded one is cut from. number : as_number of synonyms.yml."""
    return Column(number["name"], "adsl", number["label"], "number", number["unit"], range=(0, 100))


def _no_words(sheet, name) -> bool:
    """Whether a column holds dates, numbers, or yes and no, and so no names of drugs."""
    cells = [c for c in sheet.cells(name).unique() if c]
    flag = load_dictionary()["adsl"].columns["OS_EVENT"]
    return all(means_date(c) or re.fullmatch(r"[\d.,]+", c) or level_of(c, flag) for c in cells)


def candidates_of(texts, table, course="RECHALLENGE", group="") -> dict[str, tuple[float, str]]:
    """{column of the table: (score, reason)} by the words of a name and its label, under the heading of a group."""
    return dict(_candidates(tuple(texts), table, course, group))


@lru_cache(maxsize=4096)  # each topic of questions asks anew for the columns of a sheet
def _candidates(texts, table, course, group) -> dict[str, tuple[float, str]]:
    headed = course_in(group)[0] if group else ""
    texts = [(without_legend(text), where) for text, where in texts if text]
    labelled = "".join(text for text, where in texts if where == "label")
    found = {}
    for target, column in load_dictionary()[table].columns.items():
        if any(speaks_against(target, text, course) for text, _ in texts if text):
            continue
        if target.startswith(("BOR_", "PCHG_")) and any(of_visit(text, labelled) for text, _ in texts):
            continue  # the best of a course is none of a visit
        best = max(
            (_score(text, where, column, table, course, headed) for text, where in texts if text),
            default=(0, ""),
        )
        if best[0]:
            found[target] = best
    return found


def _score(text, where, column, table, default, headed) -> tuple[float, str]:
    """How well one text speaks of a column: the score and the reason."""
    by_label, target = 0 if where == "name" else 5, column.name
    if str(text).strip().lower() == target.lower():
        return EXACT - by_label, Reason("same name") if where == "name" else Reason("its label", target=target)
    if same(column.label, text):
        return LABELLED - by_label, Reason(f"{where} is that", target=target)
    course, words = phrases(table).get(target, ("", ()))
    spoken, by, rest = course_in(text) if course else ("", "", text)
    if course and not spoken and headed:
        spoken, by = headed, Reason("heading")
    if course and spoken and spoken != course:
        return 0, ""
    said = [t for t in tokens(rest) if t not in synonyms()["between"]]
    best, bare, shorter = (0, ""), " ".join(said), len(said) < len(tokens(rest))
    if target.startswith("ASTDT_") and spoken == course and not said and DAY.search(str(text)):
        return NAMED - 2 - by_label, f'{where} "{shown(text)}": a date and the course alone'
    for word in words:
        covered = position(word, rest) or (position(word, bare) if shorter else 0) or int(same(word, rest))  # 性 别
        if not covered or (word in synonyms()["alone"] and not same(word, rest)):
            continue
        named = NAMED if same(word, rest) else NAMED - 2 if bare and same(word, bare) else 0
        score = named or WITHIN + 20 * min(1, covered / max(1, len(tokens(rest))))
        if course and not spoken:
            score = WITHIN + (score - WITHIN) / 5 if course == default else 0
        if score and not named and not word.isascii():
            score += min(len(word), 20) / 100  # 无进展生存期 says more than 进展 inside it
        of = Reason("of course", by=by) if spoken else Reason(f"taken {default}") if course else ""
        reason = Reason(where, text=shown(text), word=word, of=of)
        best = max(best, (score - by_label, reason), key=lambda x: x[0])
    return best if best[0] > 0 else (0, "")

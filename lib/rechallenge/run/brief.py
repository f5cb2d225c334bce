"""The brief of a report: which tables and figures open, by the rules of brief.yml; everything else is the appendix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isnan
from pathlib import Path
from unicodedata import east_asian_width

from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.dictionary import load_dictionary

from ..show.display import Table
from ..text.language import say
from ..text.words import sentence
from .collect import SectionContent

SYMBOLS = ("†", "‡", "§", "¶")  # a note that begins with one explains it
SHORT = 170  # letters of a first note that keeps its place before them
ROOM = {"table": 330, "figure": 620}  # letters of printed notes: two lines under a table, a column beside a figure


@dataclass
class BriefPart:
    """One heading of the brief with what stands under it. texts : (label, sentences) of the key results; notes :
    sentences of a section."""

    id: str
    label: str
    short: str
    outputs: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    section: str = ""  # anchor of the section that says more


@dataclass
class Brief:
    """picture : the figures of the first screen (for a wide one and a phone, or one for both); parts : what follows."""

    picture: list = field(default_factory=list)
    parts: list = field(default_factory=list)


@cache
def rules() -> Mapping:
    """What brief.yml holds."""
    return load_rules(Path(__file__).with_name("brief.yml"))


def make_brief(sections: Sequence[SectionContent], language: str, meta=None) -> Brief:
    """The brief of a report. meta : what cohort.yml says of the cohort, if there is one: its subgroups, its `brief`.

    Each output that the brief shows has its part as `part`; a table that is too long for it is shown cut, with the
    whole in the appendix, and one that is whole there is marked `brief`.
    """
    left_out = meta.brief.leave_out if meta else ()
    done = [s for s in sections if s.state == "done"]
    brief = Brief(picture=next(filter(None, (_found(spec, done, meta) for spec in rules()["picture"])), []))
    taken = {id(output) for output in brief.picture}
    first = {code for output in brief.picture for code in output.get("curves_of", ())}
    for rule in rules()["parts"]:
        if rule["id"] in left_out:
            continue
        wanted = [spec for spec in rule["shows"] if not first.intersection(spec.get("unless", ()))]
        outputs = [o for spec in wanted for o in _found(spec, done, meta) if id(o) not in taken]
        texts = _texts(rule.get("text"), done)
        if outputs or texts:
            home = _home(outputs, rule.get("text"), done)
            label = rule.get("short", rule["label"])[language]
            for output in outputs:
                output["part"] = rule["id"]
            notes = _notes(rule.get("note"), done)
            brief.parts.append(BriefPart(rule["id"], rule["label"][language], label, outputs, texts, notes, home))
            taken |= {id(o) for o in outputs}
    for section in done:
        for output in section.shown("table", "figure"):
            output["brief"] = id(output) in taken and not _is_long(output)
    return brief


def _found(spec, sections, meta) -> list[dict]:
    """The tables and figures that an entry of brief.yml means."""
    inside = [s for s in sections if spec.get("section") in (None, s.id)]
    wanted = spec["shown"] if isinstance(spec["shown"], list) else [spec["shown"]]
    by_id = ([(s, o) for s in inside for o in s.shown("table", "figure") if o["id"] == name] for name in wanted)
    found = next(filter(None, by_id), [])
    if "of" in spec:
        found = [(s, o) for s, o in found if o["of"] in spec["of"]]
    if spec.get("declared"):
        asked = meta.brief.subgroups if meta else ()
        if asked:  # in the order asked for, however small a level is
            return sorted((o for _, o in found if o["by"] in asked), key=lambda o: asked.index(o["by"]))
        found = [(s, o) for s, o in found if meta and o["by"] in meta.subgroups]
    if spec.get("known"):
        found = [(s, o) for s, o in found if not _is_free(s, o["by"])]
    if "known_of" in spec:
        found = [(s, o) for s, o in found if any(_is_known(r, spec["known_of"]) for r in s.results)]
    if "level_n" in spec:
        found = [(s, o) for s, o in found if _smallest(s, o["by"]) >= spec["level_n"]]
    for _, output in found:
        output["inline"] = spec.get("inline", False)
    return [o for _, o in found][: spec.get("most")]


def _is_known(r, quantity) -> bool:
    """Whether a result is of a quantity, has an estimate, and rests on no free choice of a reconstruction."""
    return r.quantity == quantity and not r.free and not isnan(r.estimate)


def _is_free(section, factor) -> bool:
    """Whether the medians by a factor rest on a free choice of a reconstruction."""
    return any(r.free for r in section.results if r.quantity == "survival.median" and r.by == factor)


def _smallest(section, factor) -> float:
    """The patients of the smallest level of a factor whose medians the section gives; 0 where it gives none."""
    return min((r.n for r in section.results if r.quantity == "survival.median" and r.by == factor), default=0)


def _texts(section_id, sections) -> list[tuple[str, list[str]]]:
    found = {}
    for section in sections:
        for label, text in section.key if section.id == section_id else ():
            found.setdefault(label, []).append(sentence(text))
    return list(found.items())


def _notes(spec, sections) -> list[str]:
    """The sentences of a section that an entry of brief.yml means."""
    inside = [s for s in sections if spec and s.id == spec["section"]]
    return [o["text"] for s in inside for o in s.shown("note") if o["id"] == spec["shown"]]


def _home(outputs, section_id, sections) -> str:
    """The anchor of the section that holds the outputs of a part, or its text."""
    for section in sections:
        if section.id == section_id or any(o is own for own in section.shown("table", "figure") for o in outputs):
            return section.anchor
    return ""


def _is_long(output) -> bool:
    return output["kind"] == "table" and len(output["rows"]) > rules()["rows"]


def _cut(output) -> dict:
    """The output, or a copy of a long table with the blocks of rows that have room, and how many rows there are.

    The more important factors stay (the dictionary says which they are), in the order of the whole table; where its
    blocks are no factors, the first ones.
    """
    if not _is_long(output):
        return output
    rows, indent = output["rows"], output["indent"] or [0] * len(output["rows"])
    blocks = _blocks(rows, indent)
    if output["inline"]:
        blocks = [[(_in_one([row for row, _ in block]), 0)] for block in blocks]
    kept = [line for i in _that_fit(blocks, output.get("blocks", [])) for line in blocks[i]]
    kept = kept or [line for block in blocks for line in block][: rules()["rows"]]
    spans = [tuple(span) for span in output["spans"]]
    shown = Table(columns=output["columns"], rows=[r for r, _ in kept], indent=[i for _, i in kept], spans=spans)
    more = {"whole": output["anchor"], "anchor": f"brief-{output['anchor']}", "total": len(output["rows"])}
    return output | {"html": shown.html(), "cut": len(kept) < sum(map(len, blocks))} | more


def _blocks(rows, indent) -> list[list[tuple]]:
    """The (row, indent) of each block: a row that is not indented, and those under it."""
    blocks = []
    for row, level in zip(rows, indent, strict=True):
        blocks[-1].append((row, level)) if level and blocks else blocks.append([(row, level)])
    return blocks


def _that_fit(blocks, factors) -> list[int]:
    """The places of the blocks that have room together. factors : the column that each is about, or none."""
    known, room, fitting = len(factors) == len(blocks), rules()["rows"], []
    for i in sorted(range(len(blocks)), key=lambda i: _rank(factors, i) if known else ()):
        if len(blocks[i]) <= room:
            fitting.append(i)
            room -= len(blocks[i])
        elif not known:  # nothing is left out between two that are shown
            break
    return sorted(fitting)


def _rank(factors, i) -> tuple[int, int]:
    """The place of a factor among others: those that the dictionary ranks, then the cohort's own, and last what shows
    the column of another one once more."""
    column = load_dictionary()["adsl"].columns.get(factors[i])
    importance = column.importance if column else 0
    return (2 if factors[i] in factors[:i] else 0 if importance else 1), importance


def _in_one(block) -> list[str]:
    """A block of rows as one; a head with values of its own, as of a number, is the first of them."""
    names, *columns = zip(*block, strict=True)
    values = [" / ".join(filter(None, column)) for column in columns]
    if any(block[0][1:]) or len(block) == 1:
        return [" / ".join(names), *values]
    return [say("{factor}: {level}", factor=names[0], level=" / ".join(names[1:])), *values]


def number_displays(sections: Sequence[SectionContent], brief: Brief) -> None:
    """Give every table and figure its number in the order of reading, the brief first, and every heading its anchor."""
    first = [o for o in brief.picture] + [o for part in brief.parts for o in part.outputs]
    rest = [o for section in sections for o in section.shown("table", "figure")]
    counts, known = {"table": 0, "figure": 0}, set()
    for section in sections:
        for i, part in enumerate(section.parts):
            part.anchor = f"{section.anchor}-{i}"
    for output in [*first, *rest]:
        if id(output) in known:
            continue
        known.add(id(output))
        kind = output["kind"]
        again = output["of"] == "phone" and output["id"] == "glance.picture"  # the same picture for another screen
        counts[kind] += not again
        number = counts[kind]
        output |= {
            "label": f"{kind.capitalize()} {number}",
            "number": number,
            "anchor": f"{kind}-{number}{'-phone' * again}",
        }
    _part_notes(first)
    for part in brief.parts:
        part.outputs = [_cut(o) for o in part.outputs]


def _part_notes(outputs) -> None:
    """Give each display of the brief its notes in two parts: `lead`, which is printed with it, and `rest`, which opens
    on the screen.

    What explains a mark is always printed, whole notes else as far as there is room, and none that stands before.
    """
    printed = set()
    for output in outputs:
        notes = list(dict.fromkeys(filter(None, output.get("notes", ()))))
        head = notes[:1] if notes and _letters(notes[0]) <= SHORT else []
        marks = [n for n in notes if n.startswith(SYMBOLS) and n not in head]
        room, lead = ROOM[output["kind"]], [*head, *marks]
        for note in notes:
            fits = _letters("".join(lead)) + _letters(note) <= room
            if note not in lead and note not in printed and (fits or not lead):
                lead.append(note)
        output |= {"lead": lead, "rest": [n for n in notes if n not in lead]}
        printed |= set(lead) - set(marks)


def _letters(text) -> int:
    """The width of a text in Latin letters; a Chinese character is as wide as two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)

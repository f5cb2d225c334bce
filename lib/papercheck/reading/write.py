"""The draft registry as YAML: what a person reads, mends and
keeps. It is valid for the audit, or says what is missing.
"""

import re
import tempfile
from pathlib import Path

import yaml

from ..files.findings import CohortError
from ..registry.registry import FILE, read_registry
from .draft import Drafter, Item
from .paper import Paper

HEAD = """\
# A draft, read by program from {files}. {confirmed}
# Above each entry stands the sentence or cell that prints it. A confidence below 0.7 is marked "look".
"""
LONGEST = 220  # characters of evidence above an entry
NOT_FOUND = "   # not found: write the number of patients"


class _Quoted(str):
    """A printed number, which keeps its quotation marks."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def draft_text(paper: Paper) -> tuple[str, int]:
    """The text of published.yml, and how many quantities could only be kept as stated numbers."""
    drafter = Drafter(paper)
    items = drafter.all()
    _settle_adjusted(items, drafter)
    demoted = 0
    for _ in range(6):
        text, lines = _text(paper, drafter, items)
        faults = _faults(text)
        rows = sorted({f.row for f in faults if f.row})
        wrong = {next((i for i, (a, b) in lines.items() if a <= row <= b), None) for row in rows} - {None}
        if not wrong:
            return text, demoted
        demoted += len(wrong)
        items = [one for i, item in enumerate(items) for one in (_as_stated(item) if i in wrong else [item])]
    return text, demoted


def _settle_adjusted(items, drafter):
    """The further factors of a model are the columns of its other rows."""
    for item in items:
        if "adjusted" in item.spec:
            columns = [
                i.spec["by"]
                for i in items
                if i.statistic == "cox" and "adjusted" in i.spec and i.spec["by"] != item.spec["by"]
            ]
            item.spec["adjusted"] = list(dict.fromkeys(columns))
            if not columns:
                item.spec.pop("adjusted")


def _as_stated(item: Item) -> list[Item]:
    """Each part of an entry that has no place as a number of its own: a ratio and its limits are no prints of one."""
    made: dict[str, Item] = {}
    for at, parts in item.prints:
        for name, value in parts.items():
            ends = (
                {f"{name}, lower end": value[0], f"{name}, upper end": value[1]}
                if isinstance(value, list)
                else {name: value}
            )
            for end, one in ends.items() if name != "method" else ():
                what = f"{item.statistic} {item.name}"[:120] + f", {end}"
                made.setdefault(end, Item("stated", {"what": what}, [], item.evidence, 0.3, item.name)).prints.append(
                    (at, {"value": one})
                )
    return list(made.values())


def _faults(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(text, encoding="utf-8")
        try:
            read_registry(path)
        except CohortError as error:
            return error.findings
    return []


def _text(paper, drafter, items):
    factors = drafter.groups.yaml()
    head = HEAD.format(files=", ".join(d.name for d in paper.documents), confirmed=_confirmed(*paper.confirmed))
    head += _line({"title": paper.title[:200]}) + f"n: {drafter.n or ''}{_of_n(drafter)}\n"
    head += "level: 95\ntime_unit: months\n"
    head += f"further_endpoints: {_flow(drafter.further)}\n" if drafter.further else ""
    if factors:
        head += "\nfactors:\n" + "".join(f"  {_flow({column: factor})[1:-1]}\n" for column, factor in factors.items())
    lines, out, names = {}, head + "\nnumbers:\n", {}
    for i, item in enumerate(items):
        out += _evidence(item)
        start = out.count("\n") + 1
        out += f"  - {_flow({'id': _id(item, names), 'statistic': item.statistic, **item.spec, 'printed': _prints(item)})}\n"
        lines[i] = (start, start)
    return out + _tail(paper, drafter), lines


def _confirmed(done, whole):
    if not done:
        return "Nobody has confirmed it: compare each number with the paper."
    if done == whole:
        return "A person confirmed every number."
    return f"A person confirmed {done} of {whole} numbers: compare the others with the paper."


def _of_n(drafter):
    """What is said beside the number of patients."""
    if not drafter.n:
        return NOT_FOUND
    return "   # the sum of the arms, which the paper does not print" if drafter.summed and not drafter.paper.n else ""


def _tail(paper, drafter):
    """What was read and has no place in a registry, and what was not read: said, never dropped."""
    out = ""
    if drafter.left:
        out += (
            f"\n# Read, without a place here ({len(drafter.left)}): rows of single patients, numbers at risk, words."
            " They stand in --readings.\n"
        )
    for part in paper.unread:
        out += f"# Not read: {part.place}: {part.what}. {part.action}\n"
    return out


def _evidence(item):
    look = "look: " if item.confidence < 0.7 else ""
    numbers = [
        v
        for _, parts in item.prints
        for value in parts.values()
        for v in (value if isinstance(value, list) else [value])
    ]
    shown = dict.fromkeys(_around(text, numbers) for text in item.evidence)
    return "".join(f"  # {look}{line}\n" for line in list(shown)[:4])


def _around(text, numbers):
    """The part of a sentence that prints the numbers, at most LONGEST characters."""
    words = re.sub(r"[^\x20-\x7e\u00a1-\ud7ff]", " ", " ".join(text.split()))
    if len(words) <= LONGEST:
        return words
    first = re.search("|".join(rf"(?<![\d.]){re.escape(n)}(?!\d)" for n in map(str, numbers)), words)
    start = min(max(0, (first.start() if first else 0) - LONGEST // 2), len(words) - LONGEST)
    return f"{'...' * bool(start)}{words[start : start + LONGEST]}{'...' * (start + LONGEST < len(words))}"


def _prints(item):
    """The prints of an item; the same parts at several places are one print with a list of places."""
    merged: dict[str, tuple[list[str], dict]] = {}
    for at, parts in item.prints:
        places, _ = merged.setdefault(repr(parts), ([], parts))
        if at not in places:
            places.append(at)
    whole = _joined(list(merged.values()))
    return [
        {
            "at": places[0] if len(places) == 1 else places,
            **{k: v if k == "method" else _quote(v) for k, v in parts.items()},
        }
        for places, parts in whole
    ]


def _joined(prints):
    """Parts that stand at exactly the same places become one print: hr and ci with their p."""
    made: list[tuple[list[str], dict]] = []
    for places, parts in prints:
        same = next((m for m in made if m[0] == places and not set(m[1]) & set(parts)), None)
        if same:
            same[1].update(parts)
        else:
            made.append((places, dict(parts)))
    return made


def _quote(value):
    return [_Quoted(v) for v in value] if isinstance(value, list) else _Quoted(value)


def _id(item, names):
    base = re.sub(r"[^a-z0-9]+", "_", f"{item.statistic}_{item.name}".lower()).strip("_")[:60] or item.statistic
    name, k = base, 1
    while name in names:  # an item may itself be called `stated_2`
        k = max(k, names[base]) + 1
        names[base] = k
        name = f"{base}_{k}"
    names[name] = 1
    return name


def _flow(value) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=float("inf"), allow_unicode=True
    ).strip()


def _line(value) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=float("inf"), allow_unicode=True)

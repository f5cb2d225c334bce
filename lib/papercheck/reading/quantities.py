"""Lists of quantities (`median PFS and OS`, `PFS and 1-year PFS rate`) and the numbers that stand in step with them."""

import re
from dataclasses import dataclass

from .series import joined

VERSUS = re.compile(r"\bvs?\b|\bversus\b|compared (?:with|to)|\bagainst\b|比|对")
GAP = re.compile(
    r"\s*(?:\([^()\d]*\))?\s*(?:(?:rates?|times?|probabilit(?:y|ies)|durations?|months?"
    r"|estimates?) *)?,?\s*(?:and|or|,|&|/|或|和|与|及)?\s*"
    r"(?:(?:the|a|an|median|mean|estimated|confirmed|best)\s+)*",
    re.I,
)


@dataclass(frozen=True)
class Quantity:
    """An endpoint of a list, with the time of its rate; '' where it is a median or a share."""

    endpoint: str
    kind: str
    time: str
    start: int
    end: int

    def fits(self, form) -> bool:
        """Whether a form can be a number of this quantity: a rate or share in percent, a median in time."""
        percent = form.kind in ("percent", "share")
        counted = form.kind in ("value", "worded") and not form.parts
        if self.kind == "share":
            return percent or counted
        return percent if self.time else not percent


def quantity_lists(scene) -> list[list[Quantity]]:
    """The quantities of a sentence, those that only a comma or a word such as `and` divides in one list."""
    lists: list[list[Quantity]] = []
    for quantity in _quantities(scene):
        last = lists[-1][-1] if lists else None
        if last is not None and (last.start == quantity.start or _listed(scene, last, quantity)):
            lists[-1].append(quantity)
        else:
            lists.append([quantity])
    return [_with_times(_told_once(quantities)) for quantities in lists]


def _quantities(scene):
    made: list[Quantity] = []
    for mention in scene.ends:
        last = made[-1] if made else None
        if last and last.endpoint == mention.name and re.fullmatch(r"\s*\(", scene.text[last.end : mention.start]):
            continue  # median PFS (mPFS)
        times = [t for t in scene.times if 0 <= mention.start - t.end <= 25 or 0 <= t.start - mention.end <= 2]
        if last:
            times = [t for t in times if t.start >= last.start]
        for name in dict.fromkeys(t.name for t in times) or [""]:
            start = min([mention.start, *(t.start for t in times)])
            end = max([mention.end, *(t.end for t in times)])
            made.append(Quantity(mention.name, mention.kind, name, start, end))
    return made


def _listed(scene, last, quantity):
    """Whether only words that join a list stand between two quantities."""
    return bool(GAP.fullmatch(scene.text[last.end : quantity.start]))


def _told_once(quantities):
    """A list without what it names again: `progression-free survival (PFS)`."""
    return list({(q.endpoint, q.time): q for q in quantities}.values())


def _with_times(quantities):
    """`6-month PFS and OS rates`: the time of the first is that of the others."""
    time = quantities[0].time
    if len(quantities) < 2 or not time or any(q.time for q in quantities[1:]):
        return quantities
    return [Quantity(q.endpoint, q.kind, time if q.kind == "time" else "", q.start, q.end) for q in quantities]


def in_step(scene, runs: list[list[int]]) -> list[list[int]]:
    """The runs of a sentence, each as long as the list of quantities or of groups that it is in step with. Endpoints
    (`ends_at`) and times (`at_time`) of numbers in step with a list are told; sides of a comparison, `2.4 and 9.3 v
    2.9 and 10.1 months`, are kept in `scene.sides`.
    """
    lists = quantity_lists(scene)
    for k, quantities in enumerate(lists):
        stop = lists[k + 1][0].start if k + 1 < len(lists) else len(scene.text)
        numbers = [i for i, f in enumerate(scene.forms) if quantities[-1].end <= f.start < stop]
        numbers = [i for i in numbers if any(i in run for run in runs)]
        chains = _chains(scene, numbers) if len(quantities) > 1 else []
        if len(chains) == len(quantities) > 1 and all(_each_versus(scene, c) for c in chains):
            runs = _told(scene, runs, chains, [[q] * len(c) for q, c in zip(quantities, chains, strict=True)])
            continue  # lower ORR and DCR (13 vs 42%; 51 vs 74%)
        whole = [c for c in chains if len(c) == len(quantities) and _fit(scene, quantities, c)]
        if whole and whole == chains[: len(whole)]:
            runs = _told(scene, runs, whole, [quantities] * len(whole))
        elif chains:
            runs = _stepped(scene, runs, quantities, chains[0])
    return runs


def _each_versus(scene, chain):
    """Whether the two or more numbers of a chain are all set against each other."""
    pairs = zip(chain, chain[1:], strict=False)
    return len(chain) > 1 and all(re.search(r"\bvs?\b|versus", _between(scene, a, b)) for a, b in pairs)


def _chains(scene, numbers):
    """The numbers behind a list, those that only a joining word divides in one chain."""
    chains = [[i] for i in numbers[:1]]
    for one, two in zip(numbers, numbers[1:], strict=False):
        if joined(scene.text, scene.forms[one], scene.forms[two]):
            chains[-1].append(two)
        else:
            chains.append([two])
    return chains


def _fit(scene, quantities, numbers):
    return all(q.fits(scene.forms[i]) for q, i in zip(quantities, numbers, strict=False))


def _stepped(scene, runs, quantities, chain):
    """Runs with those of a chain cut into steps of its quantities; a chain that is in no step stays as it is."""
    m, n = len(quantities), len(chain)
    versus = [k for k in range(1, n) if VERSUS.search(_between(scene, chain[k - 1], chain[k]))]
    if n < 2 * m or n % m or not versus:
        return runs
    groups = n // m
    sides = [chain[k : k + m] for k in range(0, n, m)]
    if versus == list(range(m, n, m)) and all(_fit(scene, quantities, side) for side in sides):
        scene.sides.append(sides)
        return _told(scene, runs, sides, [quantities] * groups)
    turns = [chain[k : k + groups] for k in range(0, n, groups)]
    named = [[q] * groups for q in quantities]
    fit = all(_fit(scene, q, turn) for q, turn in zip(named, turns, strict=True))
    if versus == [k for k in range(1, n) if k % groups] and fit:
        return _told(scene, runs, turns, named)
    return runs


def _between(scene, one, two):
    return scene.text[scene.forms[one].end : scene.forms[two].start]


def _told(scene, runs, parts, quantities):
    """Runs with the numbers of a list in the given parts, their endpoints and times told."""
    for part, named in zip(parts, quantities, strict=True):
        for i, quantity in zip(part, named, strict=True):
            scene.ends_at[scene.forms[i].start] = quantity.endpoint
            if quantity.time:
                scene.at_time[i] = quantity.time
    taken = {i for part in parts for i in part}
    rest = [[i for i in run if i not in taken] for run in runs]
    return sorted([*parts, *(r for r in rest if r)])

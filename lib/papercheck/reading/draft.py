"""A draft registry of readings: published.yml with every
number, its places, and the sentence or cell that prints it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import product

from ..registry.number_words import in_digits
from .draft_comparisons import Comparisons
from .draft_words import RESPONSES, _levelled, _printed, _word
from .groups import TAIL, Groups
from .paper import Paper
from .readings import Reading
from .signs import plain
from .words import endpoints

VARIABLES = {"age": "AGE", "bmi": "BMI", "body mass": "BMI", "年龄": "AGE"}


@dataclass
class Item:
    """One quantity of the draft: what it is, and its prints."""

    statistic: str
    spec: dict
    prints: list[tuple[str, dict]] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    confidence: float = 1.0
    name: str = ""


class Drafter(Comparisons):
    """Makes items of readings; one for a paper."""

    def __init__(self, paper: Paper):
        self.paper, self.groups, self.items = paper, Groups(), {}
        self.arms = _one_division(paper.arms)
        self.groups.arms([paper.called.get(a, a) for a in self.arms])
        self.left: list[Reading] = []
        self.further: dict[str, str] = {}
        self.sides: dict[str, dict[str, str]] = {}  # a side of a comparison in a sentence -> its column and level
        self.summed = False  # whether the number of patients is a sum that the paper does not print
        self.sizes: dict[str, str] = {}
        self.has_pfs1 = any(r.endpoint == "PFS1" for r in paper.readings)

    def all(self) -> list[Item]:
        """The items of the paper, in its order."""
        pairs: dict[str, list[Reading]] = {}
        for reading in self.paper.readings:
            pairs.setdefault(
                f"{reading.pair}|{reading.statistic in ('p',)}" if reading.pair else str(id(reading)), []
            ).append(reading)
        self.ratios = {self._near(r): r for r in self.paper.readings if r.statistic == "hazard_ratio"}
        for reading in self.paper.readings:
            self._learn_sides(reading)
        for together in pairs.values():
            self._take(together)
        return list(self.items.values())

    def _near(self, reading):
        """The row of a table or the sentence that a reading stands in, with what it compares."""
        place = reading.pair.rsplit("|", 1)[0] if reading.row else reading.pair.split("|")[-1]
        return place, reading.model if reading.row else reading.patients, reading.endpoint.split(" at ")[0]

    def _take(self, together):
        maker = self.makers().get(together[0].statistic)
        if maker is None or not maker(together):
            for reading in together:
                self._stated(reading)

    def makers(self) -> dict:
        """Of each statistic that has a place in a registry: what makes its entry."""
        return {
            "count": self._share,
            "percent": self._share,
            "ae_count": self._share,
            "ae_percent": self._share,
            "median_survival": self._median,
            "follow_up": self._follow_up,
            "survival_rate": self._rate,
            "hazard_ratio": self._ratio,
            "odds_ratio": self._odds,
            "risk_ratio": self._odds,
            "smd": self._smd,
            "p": self._p,
            "events": self._events,
            "mean": self._centre,
            "median": self._centre,
        }

    def _add(self, statistic, spec, reading, parts):
        key = statistic + repr(sorted(map(repr, spec.items())))
        item = self.items.setdefault(key, Item(statistic, spec))
        item.prints.append((place_of(reading.where), parts))
        item.evidence.append(reading.evidence)
        item.confidence = min(item.confidence, reading.confidence)
        item.name = item.name or "_".join(filter(None, [reading.endpoint or reading.statistic, reading.patients]))
        return True

    def _stated(self, reading):
        if reading.statistic in ("individual", "at_risk"):
            self.left.append(reading)
            return
        value = reading.value or f"{reading.low}-{reading.high}"
        text = in_digits(plain(reading.operator + value))
        what = _in_words(reading)[:160]
        ends = {"": text, ", lower end": plain(reading.low), ", upper end": plain(reading.high)}
        values = {end: one for end, one in ends.items() if _printed(one)}
        if not values:
            self.left.append(reading)
        # nothing says that two such numbers are prints of one
        alone = not reading.understood or not reading.endpoint or reading.endpoint == "patients included"
        for end, one in values.items():
            more = f"{what}{end}"
            if alone:
                more = f"{more[:80]} {reading.evidence}"[:150] + f", {one}"
            self._add("stated", {"what": more}, reading, {"value": one})

    def where(self, reading: Reading) -> dict:
        """The group of patients of a reading, as levels of columns."""
        if reading.part:  # of a group within a part of all
            return {**self.where(replace(reading, part="")), **self.groups.yes(reading.part)}
        group = reading.group
        if not group or group == "all" or group == "weighted":
            return {}
        arm = self._arm(group) or ({} if reading.row else self.sides.get(group.casefold(), {}))
        if arm:
            return dict(arm)
        level, _, last = group.rpartition(", ")
        if reading.row and level and self._arm(last):  # of a level of one arm
            return {**self.where(replace(reading, group=level)), **self._arm(last)}
        if reading.row and ": " in group or (reading.row and group == reading.row):
            path = [reading.block, reading.row] if reading.block else [reading.row]
            return self.groups.of_row(path)
        return self.groups.yes(group)

    def _arm(self, group):
        words = plain(group).casefold()
        for name in self.arms:
            if words.replace(" alone", "") == name.casefold().replace(" alone", "") or re.fullmatch(
                rf"{re.escape(name)}(?: (?:group|arm|weighted))?", group, re.I
            ):
                return self.groups.level("ARM", "Treatment arm", self.paper.called.get(name, name))
        return {}

    def _share(self, together):
        first = together[0]
        if "weighted" in first.group:
            return False  # a registry has no weighted counts
        parts = {}
        for reading in together:
            part = "percent" if reading.statistic.endswith("percent") else "count"  # of events too
            text = in_digits(plain(reading.value))
            if reading.kind == "dash" or not _printed(text):
                return False
            parts.setdefault(part, text)
        where = self._subjects(first)
        all_of_them = not (first.group or first.row or first.total) and parts.get("count") == self.n
        if where is None or all_of_them and "percent" in parts and not re.match(r"100\b", plain(parts["percent"])):
            return False  # `of 75 patients, 25.3% had X`: the two are no pair
        spec = dict(where)
        share = spec.pop("of", None)
        if share:
            spec["of"] = share
        if (
            first.total
            and "percent" in parts
            and not (share and self._size(share) == first.total)
            and first.total != self.n
        ):
            spec.pop("of", None)
            spec["denominator"] = (
                int(plain(first.total).replace(",", "")) if plain(first.total).replace(",", "").isdigit() else None
            )
            if spec["denominator"] is None:
                spec.pop("denominator")
        if {"count", "percent"} <= set(parts) and not (first.total or first.row or share):
            spec |= self._denominator(parts)
        limits = next((r for r in together if r.low), None)
        if limits and all(_printed(plain(t)) for t in (limits.low, limits.high)):
            parts["ci"] = [_word(limits.low).removesuffix("%"), _word(limits.high).removesuffix("%")]
            spec = _levelled(spec, limits)
        return self._add("count", spec, first, parts)

    def _denominator(self, parts):
        """The size of the one group, other than all, that a count
        and its percentage fit; {} where they fit all, or none.
        """
        count, percent = plain(parts["count"]), plain(parts["percent"])
        sizes = {
            in_digits(plain(r.value)) for r in self.paper.readings if r.endpoint == "patients included" and r.group
        }
        digits = len(percent.partition(".")[2])
        if not count.isdigit() or not re.fullmatch(r"\d+(?:\.\d+)?", percent) or not self.n:
            return {}
        fits = [
            s
            for s in {*sizes, self.n}
            if s.isdigit() and int(s) and abs(100 * int(count) / int(s) - float(percent)) <= 0.51 / 10**digits
        ]
        return {"denominator": int(fits[0])} if len(fits) == 1 and fits[0] != self.n else {}

    @property
    def n(self):
        """The number of patients as printed: the count of all that stands most often."""
        if not hasattr(self, "_n"):
            counts = Counter(
                in_digits(plain(r.value)).replace(",", "")
                for r in self.paper.readings
                if r.statistic == "count" and r.endpoint == "patients included" and not r.group
                for _ in range(2 if " | head | " in r.where else 1)  # of whom the tables tell
            )
            digits = {k: v for k, v in counts.items() if k.isdigit() and int(k) > 0}
            self._n = max(digits, key=lambda k: (digits[k], int(k))) if digits else self._together()
        return self.paper.n or self._n

    def _together(self):
        """The number of patients of the arms together; None where an arm prints several, and no sum is printed too."""
        sizes = [self._sizes(label) for label in self.groups.factors.get("ARM", {}).get("levels", {}).values()]
        if len(sizes) < 2 or not all(sizes):
            return None
        sums = {str(sum(map(int, chosen))) for chosen in product(*sizes)}
        printed = sums & {size for some in sizes for size in some}
        found = printed or sums
        self.summed = not printed
        return next(iter(found)) if len(found) == 1 else None

    def _sizes(self, label):
        """The numbers of patients that are printed of an arm, each once."""
        printed = [
            in_digits(plain(r.value)).replace(",", "")
            for r in self.paper.readings
            if r.endpoint == "patients included" and r.group and r.group.casefold() == label.casefold()
        ]
        return list(dict.fromkeys(size for size in printed if size.isdigit()))

    def _size(self, where):
        name = where.get("ARM", "")
        sizes = self._sizes(self.groups.factors.get("ARM", {}).get("levels", {}).get(name, name))
        return next((size for size in sizes if size != self.n), None)

    def _subjects(self, reading):
        """`where`, `event` and `of` of a share; None for what has no place in a registry."""
        group = self.where(reading) if reading.group else {}
        of = {"of": dict(group)} if group else {}
        if reading.statistic.startswith("ae_"):
            return self._event(reading, group)
        if reading.endpoint == "patients included":
            return self._included(reading, group)
        if self._more_than_all(reading):
            return None
        if reading.endpoint in RESPONSES:
            course = "INITIAL" if reading.course == "first course" else "RECHALLENGE"
            return {"where": {f"BOR_{course}": RESPONSES[reading.endpoint], **group}, **of}
        if not reading.endpoint or reading.endpoint in endpoints():
            return None
        path = (
            [reading.block.split(" > ")[-1], reading.row]
            if reading.row and reading.block
            else [reading.row or reading.endpoint]
        )
        own = self.groups.of_row(path) if reading.row else self.groups.yes(reading.endpoint)
        return {"where": {**own, **group}, **of}

    def _included(self, reading, group):
        """The patients of a group; None where a table or sentence tells of other patients, such as those treated."""
        size = in_digits(plain(reading.value)).replace(",", "")
        known = self.sizes.setdefault(repr(group), self._size(group) or size if group else self.n or size)
        return None if size != known else {"where": group} if group else {}

    def _more_than_all(self, reading):
        """Whether more are counted than the study has: those screened, or treated elsewhere."""
        value = in_digits(plain(reading.value)).replace(",", "")
        alone = reading.statistic == "count" and not reading.group and not reading.total
        return alone and value.isdigit() and bool(self.n) and int(value) > int(self.n)

    def _event(self, reading, group):
        term, _, grade = reading.endpoint.rpartition(", grade ")
        term = term or reading.endpoint
        event = (
            {}
            if re.fullmatch(r"any (?:event|adverse event|grade|AE|TRAE|irAE)s?|total|任何.*|fatal event", term, re.I)
            else {"AEDECOD": plain(term)[:80]}
        )
        event["APHASE"] = "INITIAL" if reading.course == "first course" else "RECHALLENGE"
        digits = [int(d) for d in re.findall(r"[1-5]", grade)]
        if digits:
            event["ATOXGR"] = list(range(digits[0], 6)) if "≥" in grade else list(range(digits[0], digits[-1] + 1))
        if term == "Fatal event":
            event["ATOXGR"] = [5]
        return {"event": event, **({"where": group, "of": dict(group)} if group else {})}

    def _code(self, name):
        known = endpoints().get(name.split(" at ")[0])
        if not known or known.kind != "time":
            return ""
        if not known.code:  # an endpoint that only the audit knows
            code = re.sub(r"\W", "", known.name.upper())
            self.further[code] = known.name
            return code
        return known.code

    def _timed(self, reading):
        code = self._code(reading.endpoint)
        if not code or "weighted" in reading.group and not self.arms:
            return None
        if reading.course == "first course" and code == "PFSR":
            code = "PFS1"
        spec = {"endpoint": code}
        where = self.where(reading)
        if where:
            spec["where"] = where
        if "weighted" in reading.group or "iptw" in reading.group.lower():
            spec["weights"] = "iptw"
        return spec

    def _median(self, together):
        return all(
            [
                self._one_median(r) if r.statistic == "median_survival" else bool(self._stated(r) or True)
                for r in together
            ]
        )

    def _one_median(self, reading):
        spec = self._timed(reading)
        parts = {"estimate": _word(reading.value)} if reading.value else {}
        if reading.low or reading.high:
            parts["ci"] = [_word(reading.low), _word(reading.high)]
        if spec is None or not all(_printed(v) for v in [parts.get("estimate", "1"), *parts.get("ci", [])]):
            return False
        return self._add("median_survival", _levelled(spec, reading), reading, parts)

    def _follow_up(self, together):
        for reading in together:
            if reading.statistic != "follow_up" or not _printed(_word(reading.value)):
                self._stated(reading)
                continue
            parts = {"estimate": _word(reading.value)}
            if reading.low:
                parts["ci"] = [_word(reading.low), _word(reading.high)]
            where = self.where(reading)
            self._add("median_follow_up", {"endpoint": "OS", **({"where": where} if where else {})}, reading, parts)
        return True

    def _rate(self, together):
        reading = together[0]
        spec, months = self._timed(reading), re.match(r"[\d.]+", reading.time)
        if spec is None or not months or "weeks" in reading.time or "weights" in spec:
            return False  # a registry has no weighted rates
        spec["time"] = int(months[0]) if months[0].isdigit() else float(months[0])
        parts = {"percent": _word(reading.value)}
        if reading.low:
            parts["ci"] = [_word(reading.low).removesuffix("%"), _word(reading.high).removesuffix("%")]
        return self._add("survival_at", _levelled(spec, reading), reading, parts)

    def _events(self, together):
        spec = self._timed(together[0])
        if spec is None or "weights" in spec:
            return False
        if any(r.statistic == "percent" for r in together):  # 29 (65.9%) had died: a share as well
            self._share([replace(r, endpoint=f"{r.endpoint} events") for r in together])
        return self._add("events", spec, together[0], {"count": in_digits(plain(together[0].value))})

    def variable(self, words):
        """The column of a number of each patient, by the words of its row."""
        known = next((v for w, v in VARIABLES.items() if re.search(rf"(?<![a-z]){w}", plain(words), re.I)), "")
        return known or re.sub(r"\W+", "_", TAIL.sub("", plain(words)).upper()).strip("_")[:30]

    def _centre(self, together):
        first = together[0]
        variable = self.variable(first.endpoint)
        if "weighted" in first.group:
            return False
        if first.group and not self._arm(first.group):
            return False  # of patients whom the registry does not know, such as an arm before treatment
        where = self.where(first)
        if not variable or not _printed(_word(first.value)):
            return False
        spec = {"variable": variable, **({"where": where} if where else {})}
        for reading in together:
            if reading.statistic in ("mean", "median"):
                self._add(reading.statistic, spec, reading, {"estimate": _word(reading.value)})
            elif reading.statistic == "sd":
                self._add("mean", spec, reading, {"sd": _word(reading.value)})
            elif reading.statistic == "iqr":
                self._add("median", spec, reading, {"quartiles": [_word(reading.low), _word(reading.high)]})
            elif reading.statistic == "range":
                self._add("range", spec, reading, {"range": [_word(reading.low), _word(reading.high)]})
            else:
                self._stated(reading)
        return True


def _in_words(reading: Reading) -> str:
    """What a number is, for a person; of one that was doubted, what it may be."""
    statistic, endpoint, patients = (
        reading.may if reading.doubt else (reading.statistic, reading.endpoint, reading.patients)
    )
    said = " ".join(filter(None, [statistic.replace("_", " "), endpoint, f"({patients})" if patients else ""]))
    return f"printed, perhaps {said}:" if reading.doubt else said


SIDES = r"(?:high(?:er)?|low(?:er)?|positive|negative|with(?:out)?|non|not|no|[+≥≤<>-])"
SIDE = re.compile(rf"^{SIDES}[\s-]*(?=\w)|[\s-]*\(?{SIDES}\)?$", re.I)


def _one_division(arms: list[str]) -> list[str]:
    """The arms, where they divide the patients once; none where they are sides of several divisions, such as high and
    low A beside high and low B: each of these is a column of its own."""
    sides = Counter(SIDE.sub("", plain(arm)).strip().casefold() for arm in arms)
    return [] if sum(n > 1 for n in sides.values()) > 1 else list(arms)


def place_of(where: str) -> str:
    """Where a reading stands, as a registry says it: Abstract, Text Efficacy, Table 2, Figure 1 caption."""
    head = where.split(" | ")[0]
    if head.startswith("abstract"):
        return "Abstract"
    if head.startswith("text"):
        path = head.removeprefix("text").lstrip(": ").split(" > ")
        return f"Text, {path[-1]}" if path[-1] else "Text"
    return head[:1].upper() + head[1:]

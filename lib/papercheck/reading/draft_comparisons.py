"""Comparisons of a draft registry: hazard and odds ratios, tests, and the columns and levels that they compare."""

import re

from .draft_words import RESPONSES, _levelled, _printed, _word
from .groups import TAIL
from .mentions import endpoint_mentions
from .rows import TEST_ROW
from .signs import plain

CONTINUOUS = re.compile(r"\bper (?:unit|\d|10|SD|year|month|doubling|log)|continuous|连续|每增加", re.I)


class Comparisons:
    """What compares groups; a part of Drafter, which holds `paper`, `groups`, `ratios` and `_add`."""

    def _compared(self, reading):
        """Column, group and reference of a comparison; None where they are not known."""
        sides = re.split(r" vs ", reading.group.removesuffix(" weighted"))
        if set(sides) == {"rechallenge", "first course"}:
            return None  # two courses of the same patients are no groups
        told = not reading.row or self._arm(sides[0]) or TEST_ROW.fullmatch(plain(reading.row))
        if len(sides) == 2 and told:
            one, two = (self._arm(s) or None for s in sides)
            if one and two:
                return "ARM", one["ARM"], two["ARM"]
            if sides[1].startswith("not ") or sides[1] == "others":
                column, level = next(iter(self.groups.yes(sides[0]).items()))
                return column, level, "N"
            first = plain(sides[0]).strip()
            if first in ("male",):
                self.groups.level("SEX", "Sex", "Male"), self.groups.level("SEX", "Sex", "Female")
                return "SEX", "M", "F"
            label = f"{sides[0]} or {sides[1]}"
            column = self.groups.column(label)
            return column, *(self.groups.level(column, label, s)[column] for s in sides)
        if reading.row:
            return self._compared_row(reading)
        if reading.group and len(sides) == 1 and reading.group != "between groups":
            return self.groups.column(reading.group), "", ""
        return None

    def _learn_sides(self, reading):
        """The two sides that a sentence compares are levels of one column, also where another sentence names one."""
        names = reading.group.removesuffix(" weighted").split(" vs ")
        if reading.row or len(names) != 2 or self._arm(names[0]) or self._arm(names[1]):
            return
        column, *codes = self._compared(reading) or ("",)
        if all(codes) and len(codes) == 2:
            for name, code in zip(names, codes, strict=True):
                self.sides.setdefault(name.casefold(), {column: code})

    def _compared_row(self, reading):
        if CONTINUOUS.search(plain(reading.row)):
            return None  # a step of a number of each patient: no two groups
        bracket = re.fullmatch(
            r"(?P<name>.+?)\s*[(:,]\s*(?P<a>[^()]+?)\s*(?:vs\.?|versus|对|比)\s*(?P<b>[^()]+?)\s*\)?",
            plain(reading.row),
        )
        if bracket:
            column = self.groups.column(bracket["name"])
            if set(self.groups.factors.get(column, {}).get("levels", {})) == {"N", "Y"} and {
                bracket["a"].casefold(),
                bracket["b"].casefold(),
            } == {"yes", "no"}:
                return (
                    column,
                    "Y" if bracket["a"].casefold() == "yes" else "N",
                    "N" if bracket["a"].casefold() == "yes" else "Y",
                )
            return column, *(
                self.groups.level(column, bracket["name"], s)[column] for s in (bracket["a"], bracket["b"])
            )
        ends = endpoint_mentions(plain(reading.block.split(" > ")[-1]))
        if reading.block and not (ends and ends[0].kind == "time" and ends[0].start == 0):
            column, level = next(iter(self.groups.of_row([reading.block.split(" > ")[-1], reading.row]).items()))
            return column, level, ""
        return self.groups.column(reading.row), "", ""

    def _ratio(self, together):
        reading = together[0]
        compared, spec = self._compared(reading), None
        code = self._code(reading.endpoint)
        if compared and code and _printed(_word(reading.value)):
            spec = self._cox(code, compared, reading)
            if spec is not None:
                parts = {"hr": _word(reading.value)}
                if reading.low and _printed(_word(reading.low)):
                    parts["ci"] = [_word(reading.low), _word(reading.high)]
                return self._add("cox", _levelled(spec, reading), reading, parts)
        return False

    def _cox(self, code, compared, reading):
        column, group, against = compared
        if column not in self.groups.factors:
            self.groups.factors[column] = {"label": reading.row or reading.group, "levels": {"N": "No", "Y": "Yes"}}
        spec = {"endpoint": code, "by": column, **self._within(reading)}
        spec |= {"group": group} if group else {}
        spec |= {"against": against} if against and against in self.groups.factors[column]["levels"] else {}
        if reading.group.endswith(" weighted"):
            spec["weights"] = "other"
        if reading.model == "multivariable":
            others = [
                r.row
                for r in self.paper.readings
                if r.statistic == "hazard_ratio" and r.model == "multivariable" and r.row and r.row != reading.row
            ]
            spec["adjusted"] = ["?", *dict.fromkeys(others)]
        return spec

    def _p(self, together):
        reading = together[0]
        text = _word(reading.operator + reading.value) if reading.kind != "words" else "NS"
        if not _printed(text) or reading.statistic not in ("p", "p_interaction"):
            return False
        parts = {"p": text, **({"method": "one-sided"} if reading.model == "one-sided" else {})}
        code, compared = self._code(reading.endpoint), self._compared(reading)
        if code and CONTINUOUS.search(plain(reading.row)):
            return False
        if reading.statistic == "p_interaction" or not code or not compared:
            return reading.statistic == "p" and self._group_test(reading, parts)
        ratio = self.ratios.get(self._near(reading)) or self._ratio_above(reading)
        if ratio is not None and ratio.patients == reading.patients:
            spec = self._cox(code, self._compared(ratio), ratio)
            return self._add("cox", _levelled(spec, ratio), reading, parts)
        self._known(compared[0], reading)
        weights = {"weights": "other"} if reading.group.endswith(" weighted") else {}
        return self._add(
            "log_rank", {"endpoint": code, "by": compared[0], **weights, **self._within(reading)}, reading, parts
        )

    def _ratio_above(self, reading):
        """The ratio of the same arms in another row of the table, where a row prints nothing but P; None for others."""
        if not TEST_ROW.fullmatch(plain(reading.row)) or " vs " not in reading.group:
            return None
        table, same = reading.where.split(" | ")[0], (reading.patients, reading.endpoint, reading.column)
        ratios = [r for r in self.paper.readings if r.statistic == "hazard_ratio" and r.row]
        near = [r for r in ratios if r.where.split(" | ")[0] == table]
        return next((r for r in near if (r.patients, r.endpoint, r.column) == same), None)

    def _within(self, reading):
        """The part of all patients that a comparison is within, as `where`."""
        return {"where": self.groups.yes(reading.part)} if reading.part else {}

    def _known(self, column, reading):
        if column not in self.groups.factors:
            self.groups.factors[column] = {"label": reading.row or reading.group, "levels": {"N": "No", "Y": "Yes"}}

    def _group_test(self, reading, parts):
        """A test between the arms: of a row of characteristics, of a response, of an adverse event."""
        if len(self.arms) < 2:
            return False
        what = self._tested(reading)
        weights = {"weights": "other"} if reading.group.endswith(" weighted") else {}
        return bool(what) and self._add("group_test", {"by": "ARM", **what, **weights}, reading, parts)

    def _tested(self, reading):
        if reading.endpoint in RESPONSES:
            return {"event_of": {"BOR_RECHALLENGE": RESPONSES[reading.endpoint]}}
        if ", grade " in reading.endpoint:
            return {"event": self._event(reading, {})["event"]}
        if not reading.row:
            return {}
        if re.search(r"\bage|年龄|BMI|median|mean|中位|±", plain(reading.row), re.I):
            return {"variable": self.variable(reading.row)}
        column = self.groups.column(TAIL.sub("", plain(reading.row)).strip(" :,"))
        self._known(column, reading)
        return {"factor": column}

    def _smd(self, together):
        reading = together[0]
        if reading.group.endswith(" weighted"):
            return False  # a registry has no weighted differences
        what = self._tested(reading) if len(self.arms) >= 2 and _printed(_word(reading.value)) else {}
        return bool(what) and self._add("smd", {"by": "ARM", **what}, reading, {"estimate": _word(reading.value)})

    def _odds(self, together):
        reading = together[0]
        compared = self._compared(reading)
        if not compared or reading.endpoint not in RESPONSES or not _printed(_word(reading.value)):
            return False
        self._known(compared[0], reading)
        spec = {"event_of": {"BOR_RECHALLENGE": RESPONSES[reading.endpoint]}, "by": compared[0]}
        spec |= {k: v for k, v in zip(("group", "against"), compared[1:], strict=True) if v}
        parts = {"or" if reading.statistic == "odds_ratio" else "rr": _word(reading.value)}
        if reading.low and _printed(_word(reading.low)):
            parts["ci"] = [_word(reading.low), _word(reading.high)]
        return self._add(reading.statistic, _levelled(spec, reading), reading, parts)

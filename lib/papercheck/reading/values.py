"""A number of a sentence with or without a unit: which statistic of which endpoint it is, by the words around it."""

import re
from dataclasses import dataclass, replace

from .compared import RATIOS, compared
from .counted import count_readings
from .forms import INTERVAL, Form, is_limit
from .held import number as as_number
from .mentions import endpoint_mentions, factor_mentions, variable_of
from .phrases import closed
from .scene import Scene, clause_of, endpoint_at, make, window_of, without_groups
from .signs import is_decimal
from .words import named, pattern

TIMED = re.compile(r"month|mos?$|^m$|week|wk|year|yr|day|^d$|月|周|年|天", re.I)
SIZE = re.compile(r"(?<![A-Za-z])[nN]\s*=\s*$")
JOINED = re.compile(r"\s*,?\s*(?:vs?\.?|versus|and|or|compared with|against|to|,|对|比|和|与)\s*", re.I)
INDEXES = ("effective_n", "smd", "auc", "c_index", "hazard_ratio")


BEHIND = re.compile(rf"[)\]%\s]*(?:of \d+ )?[^.;()\d]{{0,60}}[(\[]\s*{INTERVAL.replace('{0}', '')}", re.I)
LIMITS = ("low", "high", "level")


def limits_behind(scene, form, value_said):
    """The interval that stands behind what a number is of: 11 (19.0%) had a response (90% CI 11.3-29.3)."""
    found = BEHIND.match(scene.text, form.end) if "low" not in form.parts else None
    if not found or not found["low"] or not found["high"]:
        return {}
    value, low, high = (as_number(x) for x in (value_said, found["low"], found["high"]))
    if None in (value, low, high) or not low <= value <= high:
        return {}
    source = scene.sentence.text
    scene.taken.append(found.span())
    level = "level" if found["level"] else "level__0"
    return {k: source[slice(*found.span(name))].strip() for k, name in zip(LIMITS, ("low", "high", level), strict=True)}


@dataclass(frozen=True)
class Number:
    """A bare number with what is known of it before its words are read."""

    scene: Scene
    i: int
    form: Form
    unit: str
    rich: bool  # an interval, a range or quartiles stand behind it
    timed: bool
    clause: str

    @property
    def near(self) -> str:
        return self.clause[-140:]

    @property
    def ends(self):
        """Times to event that are named before it."""
        return [m for m in self.scene.ends if m.start < self.form.start and m.kind == "time"]

    def endpoint(self, *kinds: str) -> str:
        return endpoint_at(self.scene, self.form, kinds or ("time",))


def number_of(scene: Scene, i: int, form: Form) -> Number:
    """A form as a number."""
    unit = form.text(scene.sentence.text, "unit")
    timed = (
        bool(TIMED.search(unit))
        or i in scene.at_time
        or _shares_unit(scene, i)
        or _follows(scene, i) == "median_survival"
    )
    rich = any(k in form.parts for k in ("low", "rlow", "qlow"))
    return Number(scene, i, form, unit, rich, timed, clause_of(scene, form))


def value_readings(scene, i, form):
    """The readings of a number: its statistic with its interval, range and quartiles, or a count."""
    source = scene.sentence.text
    value, number = form.text(source), number_of(scene, i, form)
    before = scene.text[: form.start]
    if not number.rich and (is_limit(scene.text, form) or re.search(r"\d\s*[-~]\s*$", before)):
        return []
    statistic, endpoint = ("", "") if SIZE.search(before) else kind_of(number)
    if not statistic:
        return count_readings(scene, i, form, value)
    group = compared(scene, i, form) if statistic in RATIOS else scene.assigned.get(i, "")
    if statistic == "hazard_ratio" and not group:
        return []  # of what, is for a person
    ended = re.match(r"[)\s]*(?:months?|years?)?\s*,\s*\d", scene.text[form.end :])  # of 15.7 months, 44 in ...
    if statistic == "follow_up" and (ended or _in_bracket_of_its_own(scene, form) or _during(scene, form)):
        group = ""
    if statistic == "smd":
        factors = factor_mentions(before)
        endpoint, group = factors[-1].name if factors else endpoint, "between groups"
    more = {"endpoint": endpoint, "group": group, "unit": number.unit}
    behind = limits_behind(scene, form, value) if statistic == "median_survival" and not number.rich else {}
    made = [make(scene, statistic, form, value, **more, **behind)]
    if statistic not in ("median", "mean", "follow_up", "median_survival"):
        return made
    more["endpoint"] = "follow-up" if statistic == "follow_up" else endpoint
    for part, name in (("r", "range"), ("q", "iqr")):
        if f"{part}low" in form.parts:
            limits = {"low": form.text(source, f"{part}low"), "high": form.text(source, f"{part}high"), "level": ""}
            made.append(make(scene, name, form, "", **more, **limits))
    return _spread(number, made, more)


DURING = re.compile(
    r"\b(?:during|with|after|at|over) (?:an? |the )?(?:overall )?median (?:duration of )?follow-?up", re.I
)


def _during(scene, form):
    """Whether a follow-up is the one that numbers of several groups before it were counted in."""
    said = DURING.search(scene.text[: form.start])
    return bool(said) and len({m.name for m in scene.groups if m.end <= said.start()}) > 1


def _in_bracket_of_its_own(scene, form):
    """Whether a follow-up stands in a bracket that names no patients: (median follow-up, 17.1 months)."""
    start = scene.text.rfind("(", 0, form.start)
    inside = scene.text[start : form.start]
    named = any(m.start > start for m in scene.groups)
    return start >= 0 and ")" not in inside and bool(pattern("follow_up").search(inside)) and not named


def _spread(number, made, more):
    """The limits in brackets behind a median or mean of a quantity are a range or quartiles, and no interval."""
    scene, form, statistic = number.scene, number.form, made[0].statistic
    said = re.search(r"median\s*[\[(]\s*(IQR|interquartile|range)", number.clause, re.I)
    if (statistic in ("median", "mean", "follow_up") or said) and "low" in form.parts and "level" not in form.parts:
        quartiles = re.search(r"IQR|interquartile|四分位", scene.text, re.I)
        name = "range" if said and said[1].lower() == "range" or not quartiles else "iqr"
        made[0] = replace(made[0], low="", high="", level="")
        made.append(make(scene, name, form, "", **more))
    return made


def kind_of(number: Number) -> tuple[str, str]:
    """Statistic and endpoint of a number; ('', '') for what can
    only be a count. The first rule that knows it decides.
    """
    if number.i in number.scene.variables:
        return "median", number.scene.variables[number.i]
    if number.unit == "%":
        return "", ""
    if number.timed and number.ends and _other_origin(number):
        return "printed", ""
    if re.fullmatch(r"cycles|lines", number.unit):
        return (
            (_centre(number.near), "cycles" if number.unit == "cycles" else "prior lines")
            if re.search("median|mean|中位|平均", number.near, re.I)
            else ("", "")
        )
    for rule in (_index, _other, _both, _bare, _follow_up, _quantity, _longest, _named_median):
        found = rule(number)
        if found is not None:
            return found
    endpoint = number.endpoint()
    if not number.rich and not number.ends and not re.search("median|中位|vs|versus", number.scene.text, re.I):
        return "", ""
    if not number.ends and not number.scene.ends and {"rlow", "qlow"} & set(number.form.parts):
        return "printed", ""  # a range of what no word of the sentence tells
    of_ratio = re.search(r"\bratio|\b[HO]Rs?\b|风险比", number.clause)
    if endpoint and re.search(r"\bmean\b", number.near) and not re.search(r"median|中位", number.near, re.I):
        return "printed", ""  # a mean of times to event
    if endpoint and (number.timed or number.rich and not of_ratio):
        return "median_survival", endpoint
    return "printed", ""


ORIGIN = re.compile(
    r"\s*\)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*(?:after|from|since) (?:the )?(?:(?:initiation|start|time|date"
    r"|beginning) of )?(?:the |an? )?(?:initial )?"
    r"(?:diagnosis|(?:second|third|fourth|subsequent|next|salvage|later)[- ]?(?:line)?\b|surgery|brain metast"
    r"|metastatic disease|relapse|recurrence)"
)
ORIGIN_BEFORE = re.compile(
    r"\b(?:OS|survival|PFS)(?: \([A-Z]+\))?,? (?:from|since|after) (?:the )?(?:(?:initiation|start|time|date"
    r"|beginning) of )?(?:the )?(?:initial )?(?:diagnosis|(?:second|third|subsequent"
    r"|next)[- ]line[^.;,\d]{0,20}|surgery)"
    r"[^.;\d]{0,12}$"
)


STARTS = re.compile(r"\b(?:from|since|after) (?:the )?(?:initiation|start|time|date|beginning|diagnosis)\b")


def _other_origin(number):
    """Whether a time to event is counted from elsewhere than the treatment: from diagnosis, after a next line."""
    text, form = number.scene.text, number.form
    if len(STARTS.findall(text)) > 1 and STARTS.search(text[form.end : form.end + 60]):
        return True  # 29 months from the start of the first line, 11 months from that of the third
    return bool(ORIGIN.match(text, form.end) or ORIGIN_BEFORE.search(text[: form.start]))


def _index(number):
    """A ratio or an index, also as the second of two."""
    ratio = next((r.statistic for r in reversed(number.scene.made) if r.statistic in RATIOS), "")
    if number.i in number.scene.factors and ratio:
        return ratio, number.endpoint()
    last = _follows(number.scene, number.i)
    if last in INDEXES and not number.unit:
        return last, number.scene.made[-1].endpoint
    one = re.search(
        r"\b(?:adjusted|weighted|crude|multivariable|unadjusted|unweighted) one (?:was |of )?$", number.clause
    )
    same = next((r for r in reversed(number.scene.made) if r.statistic in INDEXES), None)
    if one and same:
        return same.statistic, same.endpoint
    if not re.search(r"hazard ratio|\bHRs?\b|风险比", number.near) or number.timed:
        return None
    told = re.search(r"(?:was|of|to|,|:|为|and)\s*$", number.scene.text[: number.form.start])
    if number.rich and not number.unit or told and is_decimal(number.form.text(number.scene.text)):
        return "hazard_ratio", number.endpoint()
    return None


def _other(number):
    """A declared statistic that its word names right before it."""
    scene, window = number.scene, window_of(number.scene, number.i, number.form)
    if not is_decimal(number.form.text(scene.text)):
        return None
    joined = re.search(r"\b(?:and|vs\.?|versus)\s*$", window)
    for name, known in named("other_statistics"):
        again = bool(scene.made) and scene.made[-1].statistic == name and joined
        if known.search(window) or again:
            return name, "patients included" if name == "effective_n" else _of_index(number, name)
    return None


def _of_index(number, name):
    """The outcome that an index such as the C-index is of: one that the sentence names, or the time to event before."""
    endpoint = number.endpoint("time", "share")
    return "" if name == "c_index" and endpoint.startswith("BOR") else endpoint


def _both(number):
    """The first of `durations of treatment and follow-up`."""
    both = re.search(r"durations? of (?:treatment|therapy|exposure) and follow-up", number.clause, re.I)
    first = any(run[0] == number.i and len(run) == 2 for run in number.scene.runs)
    return (_centre(number.near), "treatment duration") if both and number.timed and first else None


def _bare(number):
    """A number without unit and interval: an age, or a count."""
    if number.timed or number.rich:
        return None
    variable = variable_of(without_groups(number.scene, number.form.start)[-140:])
    means, window = r"mean|median|average|中位|平均", window_of(number.scene, number.i, number.form)
    said = re.search(means, window, re.I) or _follows(number.scene, number.i) in ("median", "mean")
    return (_centre(number.near), "Age") if variable == "Age" and said and number.unit != "%" else ("", "")


def _follow_up(number):
    if re.match(r"\s*of (?:median |mean )?follow-?up", number.scene.text[number.form.end :], re.I):
        return "follow_up", "OS"
    told = [m for m in pattern("follow_up").finditer(number.clause) if not closed(number.clause[m.end() :])]
    follow = [m.start() for m in told]
    last = number.ends[-1].start if number.ends else -1
    if follow and follow[-1] > last and re.search(r"median|mean|average|followed|中位|平均", number.clause, re.I):
        return "follow_up", "OS"
    return None


def _quantity(number):
    """A quantity of the patients, named behind the last time to event."""
    words = without_groups(number.scene, number.form.start)
    at = max((m.end() for _, known in named("variables") for m in known.finditer(words)), default=-1)
    variable = variable_of(words[-140:])
    last = number.ends[-1].start if number.ends else -1
    return (_centre(number.near), variable) if variable and at > last else None


MEDIAN_OF = re.compile(r"\bmedian (?P<of>[A-Za-z][\w /-]{1,50}?)(?: \([A-Z][\w-]{1,9}\))? (?:was|were|of|at)\s*$", re.I)


def _named_median(number):
    """`The median TFI was 5.1 months`: a quantity by the paper's own words, which are no time to event."""
    run = next((r for r in number.scene.runs if number.i in r[1:]), [])
    first = str(number.scene.forms[run[0]].start) if run else ""
    same = next(
        (r for r in number.scene.made if r.statistic in ("median", "mean") and r.pair.split("|")[1:2] == [first]), None
    )
    if same is not None:
        return same.statistic, same.endpoint
    said = MEDIAN_OF.search(number.clause)
    if (
        not said
        or said["of"].lower() in ("time", "times", "value", "duration")
        or endpoint_mentions(said["of"])
        or re.search(r"surviv|follow|respon|value", said["of"], re.I)
    ):
        return None
    return "median", said["of"]


def _longest(number):
    """The longest or shortest time of a patient; with an interval it is a group's median that is longest."""
    longest = re.search("maxim(?!\\w* benefit)|longest|最长", number.near, re.I)
    if "low" in number.form.parts or not (longest or re.search("minim|shortest", number.near, re.I)):
        return None
    return "longest" if longest else "printed", number.endpoint()


def _centre(words):
    means = [m.start() for m in re.finditer(r"\bmean\b|average|平均", words, re.I)]
    medians = [m.start() for m in re.finditer(r"median|中位", words, re.I)]
    return "mean" if means and (not medians or means[-1] > medians[-1]) else "median"


def _shares_unit(scene, i):
    """The first of `11.49 vs. 6.06 months` has the unit of the last."""
    for j in range(i + 1, len(scene.forms)):
        if not JOINED.fullmatch(scene.text[scene.forms[j - 1].end : scene.forms[j].start]):
            return False
        unit = scene.forms[j].text(scene.text, "unit")
        if unit:
            return bool(TIMED.search(unit))
    last = scene.forms[-1].end
    versus = re.match(r"\s*(?:vs?\.?|versus)\s", scene.text[scene.forms[i].end :])
    return bool(re.search(r"\bmonths?\b|个月", scene.text[last : last + 12])) or bool(scene.ends and versus)


def _follows(scene, i):
    """The last of `11.49 vs. 6.89` is what the first is."""
    if not i or not scene.made:
        return ""
    between = scene.text[scene.forms[i - 1].end : scene.forms[i].start]
    return scene.made[-1].statistic if re.fullmatch(r"\s*\)?\s*(?:vs\.?|versus|and)\s*", between, re.I) else ""

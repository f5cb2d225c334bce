"""The grammar of printed results: which pieces of a text are numbers, and what belongs to one number.

All patterns run over plain signs (signs.plain), which stand where the paper's own signs stand; every part of a form is
kept as a span, so that its text can be cut out of the paper's own words.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from ..registry.number_words import WORDED
from .words import alternation, pattern, rules

NUM = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
OPEN = (
    r"(?:NE|NR|NA|N\.?R\.?|N/A|ND|not (?:yet"
    r" )?(?:reached|estimable|evaluable|available|calculable)|undefined|infinity|inf|∞|未达到|未到达|-|\+∞)"
)
LIMIT = rf"(?:{NUM}\+?|{OPEN})"
NEGATIVE = rf"(?:-?{NUM}\+?|{OPEN})"
TO = r"\s*%?\s*(?:-|~|,|;|至|to|and|/)\s*"
UNITS = r"(?:months?|mos?(?![a-z])|m(?=\s*(?:[;,)]|vs\b|versus\b))|weeks?|wks?(?![a-z])|years?|yrs?(?![a-z])|y(?![a-z])|days?|d(?![a-z])|hours?|cycles|lines|cm|mm|kg/m2|kg/m²|个月|月|周|年|岁|天|%)"
LEVEL = r"(?:(?P<{0}level>\d{2}(?:\.\d+)?)\s*(?:(?:%|per ?cent)\s*[-,]?|(?=C[Il](?![A-Za-z])))\s*)"
INTERVAL_WORD = (
    r"(?:C[Il]s?(?![A-Za-z])|C\.I\.|CrI|confidence (?:intervals?|limits)|credible intervals?|(?:可信|置信)区间)"
)
LEVEL_BEHIND = (
    r"(?:IC|C\.?I\.?|可信区间|置信区间)\s*[,:(=]?\s*(?P<{0}level__0>\d{2}(?:\.\d+)?)\s*%\s*\)?"  # CI95%, IC 95%
)
INTERVAL = (
    rf"(?:{LEVEL}{INTERVAL_WORD}|{LEVEL_BEHIND})"
    + r"(?:\s*[,(\[]\s*(?:95%\s*)?CIs?\s*[\])]?)?\s*(?:[:,;=(\[]|为|was|of|from)?\s*[\[(]?\s*(?P<{0}low>"
    + NEGATIVE
    + r")(?:\s*"
    + UNITS
    + r")?"
    + TO
    + r"(?P<{0}high>"
    + NEGATIVE
    + r")(?:\s*[\[(]N[RE][\])])?\s*%?(?:\s*"
    + UNITS
    + r")?\s*[\])]?"
)
BARE = r"[\[(]\s*(?P<{0}low>" + LIMIT + r")" + TO + r"(?P<{0}high>" + LIMIT + r")\s*%?"
RANGE = (
    r"(?:rang(?:e[sd]?|ing)|min-max|最小-最大|范围)\s*[:,=]?\s*(?:of|from|为)?\s*[\[(]?(?P<{0}rlow>"
    + NUM
    + r"\+?)(?:\s*"
    + UNITS
    + r")?"
    + TO
    + r"(?P<{0}rhigh>"
    + NUM
    + r"\+?)(?:\s*"
    + UNITS
    + r"(?=,))?"
)
QUARTILES = (
    r"(?:IQR|inter-?quartile range(?: \(IQR\))?|interquartile"
    r" interval|quartiles|Q1\s*[-,]\s*Q3|四分位数?间?距?)\s*[:,=;]?\s*(?:of|from|为)?\s*[\[(]?(?P<{0}qlow>"
    + NUM
    + r")(?:\s*"
    + UNITS
    + r")?"
    + TO
    + r"(?P<{0}qhigh>"
    + NUM
    + r")"
)
SUBJECTS = (
    r"(?:patients?|pts?(?![a-z])|cases?|subjects?|participants?|individuals?|people|men|women|males?|females?"
    r"|(?:(?:never|current|former|ever|non)[-"
    r" ]?)?smokers|of them|responders|例患者|例|名患者|名|人)"
)
BEFORE = r"(?<![\w./-])(?:(?<!\d,)|(?<=\.\d,)|(?<=\.\d\d,))(?:(?<![a-zA-Z],)|(?<=[a-zA-Z],)(?=\d+\.\d))(?<!\d )"


SD_SAID = re.compile(r"mean\s*[\[(]\s*(?:SD|standard deviation)\s*[\])](?:[^.;]|\.(?=\d)){0,110}$", re.I)


UNLABELLED = re.compile(
    r"\b(?:vs?\.?|versus)\b[^.;]*(?:\.\d[^.;]*)*[(\[]\s*$"
)  # a versus b months (0.64, 0.44-0.93; p = 0.02)
GRADED = re.compile(
    r"\b(?:grades?|stages?|CTCAE|Gr\.?|PS|ECOG|status)(?: was| were| of)?\s*(?:[≥≤<>]=?\s*)?(?:[1-5]\s*(?:or"
    r"|and|to|-|/)\s*)?$",
    re.I,
)
AGED = re.compile(
    r"(?:\b(?:aged|ages?)\b(?: (?:of|at \w+))?|年龄)\s*(?:(?:rang(?:ed|ing)|was|were|from|between|为"
    r"|范围)\s*){0,3}[:,(]?\s*$",
    re.I,
)


@dataclass(frozen=True)
class Form:
    """One printed result: `kind` is its shape; spans are positions of its parts in the text."""

    kind: str
    start: int
    end: int
    value: tuple[int, int] | None = None
    parts: dict = field(default_factory=dict)  # percent n total low high level rlow rhigh qlow qhigh sd unit label

    def text(self, source: str, part: str = "value") -> str:
        """The text of a part, cut out of the paper's own words; '' without it."""
        span = self.value if part == "value" else self.parts.get(part)
        return source[span[0] : span[1]].strip() if span else ""


def _tail() -> str:
    """What may stand in brackets behind a value: an interval, a range, quartiles, in any order, with a unit or a P."""
    inside = f"(?:{INTERVAL.replace('{0}', '')}|{RANGE.replace('{0}', '')}|{QUARTILES.replace('{0}', '')})"
    return inside


NARROW = rf"(?P<low>{NUM})\s*%?\s*(?:-|~|to)\s*(?P<high>{NUM})(?!\s*(?:{UNITS}))"
LOW_HIGH = r"(?P<low>@num@)\s*%?\s*(?:-|~|,|to|至)\s*(?P<high>@num@)\s*%?"
SHAPES = (  # kind and pattern, the richer before the poorer; @word@ stands for a piece of `_pieces`
    ("ratio", r"(?P<label>@ratio@)@adjusted@@joint@(?P<value>@num@)(?:\s*per [\w-]+(?: [\w-]+)?)?\s*[,;]?\s*[\[(]?\s*(?:with an? )?(?:@interval@|@open@)"),
    ("ratio", r"(?P<label>@ratio@)@adjusted@@joint@(?P<value>@num@)\s*[\[(]?\s*(?:@interval@|@bare@)"),
    ("ratio", r"(?P<label>@ratio@)@adjusted@@joint@(?P<value>@num@)(?!\d|\.\d)(?!\s*(?:@units@))"),
    ("ratio", r"(?P<value>\d{1,2}\.\d{1,2})\s*[,;\[(]\s*(?:95% CI,? )?(?P<low>\d{1,2}\.\d{1,2})\s*(?:-|to)\s*(?P<high>\d{1,2}\.\d{1,2})\)?\s*[;,]\s*(?=(?:log-?rank )?P\s*[=<>])"),
    ("mean", r"(?P<value>@num@)\s*(?:±|\+/-)\s*(?P<sd>@num@)"),
    ("mean", r"(?<!PR )(?<!PR: )(?<!CR )(?P<value>@num@)\s*(?:@units@)?\s*[\[(;,]\s*(?:SD|standard deviation|标准差)\s*[,:=]?\s*±?\s*(?P<sd>@num@)"),
    ("share", r"@count@\s*/\s*(?P<total>@num@)\s*(?:@subjects@)?\s*[\[(,;:]?\s*=?\s*@percent@(?:\s*[;,(\[]?\s*(?:@interval@|@open@))?"),
    ("share", r"@percent@\s*[\[(]\s*(?:n\s*=\s*)?@count@\s*(?:/|of|out of)\s*(?P<total>@num@)(?:\s*@subjects@)?(?:\s*[;,]\s*@interval@)?"),
    ("share", r"@percent@\s*[\[(]@count@[\])](?=\s+(?:were|was|had|of|with|men|women|male|female|patients)\b)"),
    ("share", r"@percent@ of (?:the |all )?@subjects@\s*[\[(]\s*(?:n\s*=\s*)?@count@\s*(?:/|of|out of)\s*(?P<total>@num@)\s*[\])]"),
    ("share", r"@count@ of (?P<total>@num@) @subjects@ (?:assigned to|randomi[sz]ed to|given|receiving|treated with|in|on) [\w+ -]{2,40}?\s*[\[(]\s*@percent@"),
    ("share", r"(?P<n>@whole@|@worded@)\s*(?:@subjects@ )?(?:of|out of|among|in)\s*(?:the |all |those |these )*(?P<total>@num@)\s*(?:[a-zA-Z-]+ ){0,3}?(?:@subjects@)?\s*[\[(]\s*@percent@(?:\s*[;,(\[]{0,2}\s*@interval@)?"),
    ("share", r"@percent@\s*[\[(]\s*n\s*=\s*@count@"),
    ("share", r"n\s*=\s*@count@\s*[,;:(\[]\s*@percent@"),
    ("share", r"@percent@\s*[,;]\s*n\s*=\s*@count@"),
    ("share", r"(?P<n>@whole@|@worded@)\s*(?:@subjects@)?(?:\s+each)?\s*[\[(]\s*@percent@(?:\s*[;,]\s*(?:@interval@|@limits@))?\s*[\])]\s*(?:of|out of|among)\s*(?:the )?(?P<total>\d+)(?!\s*%|\.\d)"),
    ("share", r"@count@\s*[\[(]\s*@percent@\s*[,;\[(]\s*@limits@\s*[\])]"),
    ("share", r"@count@\s*(?:@subjects@)?(?:\s+each)?\s*[\[(,]\s*@percent@(?:\s*[;,(\[]{0,2}\s*@interval@)?"),
    ("share", r"[\[(]\s*@count@\s*@subjects@(?:\s+each)?\s*[,;]\s*@percent@"),
    ("percent", r"@percent@\s*[,;]?\s*[\[(]?\s*@interval@"),
    ("percent", r"@percent@\s*[\[(]\s*@limits@\s*[\])]"),
    ("share", r"@count@\s*/\s*(?P<total>@num@)(?!\s*/)"),
    ("share", r"@count@\s*@subjects@\s+(?:with|had|having) [a-z][a-z -]{3,40}?\s*[\[(]\s*@percent@"),
    ("share", r"(?P<n>@worded@)\s+(?:@subjects@\s*)?[\[(]\s*@percent@"),
    ("value", r"(?P<value>@num@)@unit@(?:\s+(?:overall|in total))?\s*[,;]?\s*(?:(?:with|and) (?:an? |the )?)?[\[(]?\s*@tail@(?:\s*[;,]\s*@tail2@)?(?:\s*\)?\s*(?P<unit2>@units@))?"),
    ("value", r"(?P<value>@num@)@unit@\s*@bare@\s*(?P<unit2>@units@)?\s*(?:[\])]|(?=[,;]\s*(?:I2|I²|P)\s*[=<>]))"),
    ("open", r"(?P<value>@nr@)\s*[(](?:N[RE]|未达到)[)](?=\s*(?:and|v|vs|,|;|in|for|with)\b)"),
    ("open", r"(?P<value>@nr@)\s*(?:[\[(;,]\s*)*(?:(?P<again>N[RE]|未达到)\s*[;,]\s*)?(?:@interval@|@bare@)"),
    ("mean", r"(?P<value>@num@)\s*[\[(]\s*(?P<sd>@num@)\s*[\])]"),
    ("percent", r"@percent@"),
    ("percent", r"(?P<percent>@worded@)\s+per ?cent(?![a-z])"),
    ("span", r"(?P<value>@num@)(?:\s*(?:years|岁))?\s*(?:-|~|to|至)\s*(?P<rhigh>@num@)\s*(?P<unit>years|岁)"),
    ("value", r"(?P<value>\d{1,3} \d{3})(?=\s*(?:@subjects@))"),
    ("value", r"(?P<value>@num@)@unit@"),
    ("open", r"(?P<value>@nr@)"),
    ("worded", r"(?P<value>@worded@)(?!\s+per ?cent)(?=\s+(?:[a-z-]+ ){0,3}?(?:(?:grades? |G)[\d-]+ )?(?:@subjects@|(?:TR|TE|ir|S)?AEs?(?![A-Za-z])|deaths?|events?|instances?|(?:complete |partial )?responses?|CRs?|PRs?|(?:were|was) )|\s+in the [\w -]{2,30}? (?:groups?|arms?)\b|\s+in (?:arm|group|cohort) [A-D1-4]\b|,? and (?:partial|stable|progressi))"),
)  # fmt: skip


def _pieces() -> dict[str, str]:
    """The pieces that patterns of forms share."""
    interval, bare = INTERVAL.replace("{0}", ""), BARE.replace("{0}", "")
    return {
        "tail2": _tail().replace("(?P<", "(?P<b_"),
        "tail": _tail(),
        "unit": r"(?:\s*-?\s*(?P<unit>@units@))?",
        "percent": rf"(?P<percent>@num@)\s*(?:%|per ?cent(?:age points?)?(?![a-z]))(?!\s*[-,]?\s*{INTERVAL_WORD})",
        "count": r"(?P<n>@whole@)",
        "whole": r"(?:\d{1,3}(?:,\d{3})+|\d+)(?!\.?\d)",
        "limits": LOW_HIGH,
        "interval": interval,
        "open": NARROW,
        "bare": bare,
        "ratio": alternation([w for words in rules()["ratios"].values() for w in words]),
        "adjusted": r"(?:\s*[(\[]\s*9\d ?% ?CI\s*[)\]])?(?:\s*[(\[,]\s*[^()\[\]\d,]{0,40}[)\],])?",
        "joint": r"\s*(?:[:,;=(\[]|was|of|is|为|were|being|for [^.,;()\d]{1,60}?(?=,| was| of| \d))*\s*",
        "nr": alternation(rules()["not_reached"]),
        "subjects": SUBJECTS,
        "worded": WORDED,
        "units": UNITS,
        "num": NUM,
    }


@cache
def shapes() -> tuple[tuple[str, re.Pattern], ...]:
    """Kinds of forms with their patterns, the richer before the poorer."""
    made = []
    for kind, text in SHAPES:
        for name, piece in _pieces().items():
            text = text.replace(f"@{name}@", piece)
        made.append((kind, _compiled(text)))
    return tuple(made)


def _compiled(text):
    return re.compile(_unique(text), re.I)


def _unique(text):
    """A name may stand once in a pattern: further ones get a number, and count for the same part."""
    seen: dict[str, int] = {}

    def rename(match):
        name = match[1]
        seen[name] = seen.get(name, 0) + 1
        return f"(?P<{name}__{seen[name]}>" if seen[name] > 1 else match[0]

    return re.sub(r"\(\?P<([a-z_0-9]+)>", rename, text)


P_VALUE = re.compile(
    rf"(?:(?<![A-Za-z])(?:P(?:\s*(?:-|\s)?\s*values?)?|log-?rank(?: test)?(?: P)?)(?:\s*(?:for|of)\s*(?P<of>[a-z"
    rf" -]{{3,30}}?))?"
    rf"(?:\s*\((?P<about>[^()]{{1,30}})\))?|P值)\s*(?:of|was|were|is|为|值)?\s*(?P<operator>[=<>≤≥:]"
    rf"|均[<>])?\s*=?\s*(?P<value>{NUM}(?:e-?\d+)?)"
    r"(?:\s*[x×]\s*10\s*\^?-?\s*\d+)?(?!\s*%)",
    re.I,
)
NOT_SIGNIFICANT = re.compile(r"(?<![A-Za-z])P\s*=\s*(?P<value>N\.?S\.?)(?![A-Za-z])", re.I)
TEST_VALUE = re.compile(
    rf"(?P<label>χ2|χ²|χ|chi-?squared?|卡方值?|(?<![A-Za-z])[tZ])\s*(?:值|value)?\s*=\s*(?P<value>-?{NUM})"
)


PARTS = re.compile(r"(?<![\d.:])\d{1,2}(?::\d{1,2})+(?![\d:%]|\.\d)")  # assigned 2:1
DATE = re.compile(
    r"(?<![\d/.])\d{1,2}([/.-])\d{1,2}\1(?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d([/.-])\d{1,2}\2\d{1,2}(?!\d)"
)


def find_forms(text: str) -> list[Form]:
    """The forms of a piece of plain text, in order; none overlaps another."""
    found, at = _p_values(text), 0
    taken = [(f.start, f.end) for f in found] + [m.span() for k in (DATE, PARTS) for m in k.finditer(text)]
    for start in _starts(text):
        if start < at or any(a <= start < b for a, b in taken):
            continue
        form = _at(text, start)
        if form is None:
            continue
        cut = next((a for a, b in taken if form.start < a < form.end), None)
        if cut is not None and any(part[1] > cut for part in [form.value or (0, 0), *form.parts.values()]):
            continue
        found.append(form)
        at = form.end
    return sorted(found, key=lambda f: f.start)


def _p_values(text):
    forms = []
    for match in [*P_VALUE.finditer(text), *NOT_SIGNIFICANT.finditer(text)]:
        if not match.groupdict().get("operator") and not re.match(r"\s*(?:P|log)", match[0][:1] + match[0][1:], re.I):
            continue
        if (
            "operator" in match.groupdict()
            and match["operator"] is None
            and not re.search(r"(?:of|was|were|is|为|值)\s*$", text[match.start() : match.start("value")])
        ):
            continue
        parts = {k: match.span(k) for k in ("operator", "of", "about") if match.groupdict().get(k)}
        forms.append(Form("p", match.start(), match.end(), match.span("value"), parts))
    for match in TEST_VALUE.finditer(text):
        forms.append(Form("test", match.start(), match.end(), match.span("value"), {"label": match.span("label")}))
    return forms


@cache
def _start_pattern():
    ratio = alternation([w for words in rules()["ratios"].values() for w in words])
    nr = alternation(rules()["not_reached"])
    return re.compile(
        rf"(?P<r>{ratio})|(?P<o>{nr})|{BEFORE}[\[(]?(?:n\s*=\s*)?(?={NUM})|(?<![A-Za-z])(?={WORDED}(?![A-Za-z]))", re.I
    )


def _starts(text):
    starts = set()
    for match in _start_pattern().finditer(text):
        starts.add(match.start())
        inner = re.match(r"[\[(]?(?:n\s*=\s*)?", text[match.start() : match.end()], re.I)
        if inner and inner.end():
            starts.add(match.start() + inner.end())
            starts.add(match.start() + (1 if text[match.start()] in "[(" else 0))
    starts -= {m.start() for m in re.finditer(r"\d+(?:st|nd|rd|th)(?![A-Za-z])", text)}  # the 2nd course
    starts |= {m.start() for m in re.finditer(rf"(?<=[=<>≤≥:~])\s*(?={NUM})|(?<=[\u4e00-\u9fff])(?={NUM})", text)}
    return sorted(starts | {s + len(text[s:]) - len(text[s:].lstrip()) for s in starts})


def _in_and_no_part(match):
    """Whether `1 in 20 (64.5%)` is no share of 20: the first number says what the 20 had, not how many there were."""
    parts = match.groupdict()
    said = re.search(r"\d\s+in\s+\d", match[0])
    numbers = [parts.get(k) or "" for k in ("n", "total", "percent")]
    if not said or not all(re.fullmatch(r"\d+(?:\.\d+)?", x) for x in numbers) or not float(numbers[1]):
        return False
    count, total, percent = map(float, numbers)
    return abs(100 * count / total - percent) > 5


def _at(text, start):
    for kind, shape in shapes():
        match = shape.match(text, start)
        if (
            not match
            or kind == "share"
            and GRADED.search(text[:start])
            and match["n"] == match[0][: len(match["n"])]
            or kind == "share"
            and _in_and_no_part(match)
            or kind == "mean"
            and not re.search(r"±|\+/-|\bSD\b|standard deviation|标准差", match[0])
            and not SD_SAID.search(text[:start])
            or kind == "ratio"
            and "label" not in match.groupdict()
            and not UNLABELLED.search(text[:start])
            or kind == "span"
            and not AGED.search(text[:start])
        ):
            continue
        parts: dict = {}
        for name, found in match.groupdict().items():
            base = re.sub(r"^b_|(?:__\d+)+$", "", name).removeprefix("b_")
            if found is not None and base not in parts:
                parts[base] = match.span(name)
        if "unit2" in parts:
            parts.setdefault("unit", parts.pop("unit2"))
        value = parts.pop("value", None) or parts.get("percent") or parts.get("n")
        return Form(kind, match.start(), match.end(), value, parts)
    return None


@cache
def threshold_before() -> re.Pattern:
    """Words before a number that make it a limit: at least, under, every."""
    words = [re.escape(w) if w in "<>≤≥" else w for w in rules()["thresholds_before"]]
    return re.compile(rf"(?:{alternation(words)}|[<>≤≥]=?)\s*$", re.I)


@cache
def threshold_behind() -> re.Pattern:
    """Words behind a number (and its unit) that make it a limit or a dose."""
    return re.compile(rf"\s*(?:{UNITS})?\s*(?:{alternation(rules()['thresholds_behind'])})", re.I)


@cache
def name_before() -> re.Pattern:
    """Words before a number that make it a name: grade 3, table 2, phase 3."""
    return re.compile(
        rf"(?:{alternation(rules()['names_before'])})\s*(?:of |[≥≤<>]|and |or |\d\s*(?:-|or|and|to)\s*)?\s*$", re.I
    )


def _is_class(before, number, behind):
    """Whether a whole number is a limit of a class of times, `treated for 3 to 6 months`, and no result."""
    if not number.isdigit() or re.search(r"\b(?:from|(?:in|de)creas|improv|extend|prolong)", before[-60:], re.I):
        return False
    return bool(re.match(rf"\s*(?:to|-)\s*\d+[\s-](?:{UNITS})\b", behind) or re.search(r"(?<![\d.])\d+ to $", before))


CONTRASTED = re.compile(
    r"\b(?:which|that) (?:was|were) (?:\w+ly )?(?:longer|shorter|higher|lower|greater|better|worse) than\s*$"
)


def is_limit(text: str, form: Form) -> bool:
    """Whether a bare number is a limit, a dose or a name (grade 3, at least 6 months), and no result."""
    before, behind = text[: form.start], text[form.end :]
    if (
        form.kind == "share"
        and re.fullmatch(r"(?:19|20)\d\d", form.text(text, "total"))
        and int(form.text(text, "n") or 0) <= 12
    ):
        return True  # 5/2019
    if CONTRASTED.search(before):
        return False
    if threshold_before().search(before) or _is_class(before, form.text(text), behind):
        return True
    if re.match(r"\s*年?\s*\d*\s*[年月日]", text[form.end - 1 :]) and re.search(
        r"(?:19|20)\d\d", text[max(0, form.start - 9) : form.end]
    ):
        return True
    if re.fullmatch(r"(?:19|20)\d\d", form.text(text)) and form.kind == "value" and not form.parts.get("unit"):
        return True
    if not re.search(r"\d\.\d", form.text(text)) and name_before().search(before):
        return True
    if re.search(r"(?<![A-Za-z])(?:version|SPSS|CTCAE|RECIST|software|R)\s*\(?(?:v(?:ersion)?\.?\s*)?$", before):
        return True
    return bool(threshold_behind().match(behind) and pattern("thresholds_behind"))


CHANGE_BEHIND = re.compile(
    r"[)%\s]*(?:relative |absolute |risk |statistically |significant(?:ly)? )*(?:lower|higher|greater|less"
    r"|shorter|longer|fewer|worse|better"
    r"|reductions?|decreases?|increases?|improvements?|decline)\b(?! (?:rates? )?(?:response|ORR|DCR))"
)
CHANGED_BY = re.compile(
    r"\b(?:reduc(?:ed|es|tions?|ing)|decreas(?:ed|es?|ing)|increas(?:ed|es?|ing)|lower(?:ed|s)|improv(?:ed|es"
    r"|ing)|rais(?:ed|es)|cut)\b"
    r"[^.;\d]{0,50} by (?:an? |about |approximately |nearly )*$"
)


def is_change(text: str, form: Form) -> bool:
    """Whether a percentage says by how much something is less or more: a risk 41% lower, reduced by 41%."""
    return form.kind == "percent" and bool(CHANGE_BEHIND.match(text, form.end) or CHANGED_BY.search(text[: form.start]))

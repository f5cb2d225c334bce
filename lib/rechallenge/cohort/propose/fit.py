"""Whether the cells of a column can be what a column of the dictionary asks for, and how its codes translate."""

import datetime
import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from papercheck.files.findings import shown

from ..read.cells import number_text, plain, shares_of_one
from ..read.dates import DAY_COUNTS, FIRST_ICI, LIKELY, RIVALS, meanings, period
from ..read.visits import written_date
from .questions import Reason
from .words import level_of, means_unknown, side_of, synonyms, tokens

MOST = 0.5  # share of the cells that must be readable for a column to be placed
FEW = 0.1  # share of dates below which words of what did not happen make no column of dates
FLAGS = 8  # most different cells of a column that may be a flag
CODE = re.compile(r"^-?\d{1,3}(\.0+)?$")
GROUPED = re.compile(r"^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")
SIGNED = re.compile(  # a number with what may stand before and behind it, and the sign of one who is still followed
    r"(about|approx\.?|approximately|ca\.?|约|大约|近|~|≈|>=?|<=?|大于|超过|至少)?\s*(\d+年零?\d+|\d+(?:\.\d+)?)\s*(\+|以上|余|多|个多)?"
    r"\s*([^\d\s+]{0,10}?)\s*(\+|以上|余|多|左右)?",
    re.IGNORECASE,
)
DENIED = re.compile(  # words of a date of what did not happen
    r"未|无|没|否|存活|在世|不|alive|\bno\b|\bnot\b|none|\bnil\b|never|ongoing|stable|\b(?:sd|pr|cr)\b|living|lebt|kein|"
    r"\bnon\b|aucun|ningun",
    re.IGNORECASE,
)
COMMA = re.compile(r"^[-+]?\d+,\d+$")
ORDER = {f: set(rivals) - {f} for rivals in RIVALS[:2] for f in rivals}  # the orders that each one rules out


@dataclass
class Fit:
    """How a column fits. `values` : {cell: code}; `dates` : formats to declare; `open_dates` : those to choose from,
    with an example; `counted` : the formats that fit its day numbers; `partial` : how many dates name a month or year
    alone;
    `remarked` : {cell: (date, words)} of dates with words beside them; `fraction` : cells that may be shares or
    percent; `untranslated` : {cell: count} of codes without a meaning;
    `sentinels` : numbers that may stand for not known; `notes` say why, `unsettled` what a person must decide."""

    share: float = 1.0
    values: dict = field(default_factory=dict)
    dates: tuple = ()
    open_dates: list = field(default_factory=list)
    counted: list = field(default_factory=list)
    partial: dict = field(default_factory=dict)
    remarked: dict = field(default_factory=dict)
    fraction: list = field(default_factory=list)
    untranslated: dict = field(default_factory=dict)
    sentinels: dict = field(default_factory=dict)
    comma: bool = False
    notes: list = field(default_factory=list)
    unsettled: list = field(default_factory=list)


def counts_of(sheet, name) -> Counter:
    """How many rows hold each written cell of a column, empty ones left out, in the order of the sheet."""
    cells = sheet.cells(name)
    return Counter(c for c in cells if c != "")


def fit(sheet, name, column) -> Fit:
    """How the column `name` of a sheet fits a column of the dictionary."""
    counts, labels = counts_of(sheet, name), sheet.codes.get(name, {})
    unknown = {w: "NA" for w in counts if means_unknown(w) or w in labels and means_unknown(labels[w])}
    unknown = {w: c for w, c in unknown.items() if not (column.levels and level_of(labels.get(w, w), column))}
    known = Counter({w: n for w, n in counts.items() if w not in unknown})
    if column.type in ("number", "integer"):
        found = _number(known, column)
    elif column.type == "date":
        found = _date(known, sheet.counts_from)
    elif column.type in ("coded", "flag"):
        found = _coded(known, labels, column, name, sheet.label(name))
    else:
        return Fit()
    found.values |= unknown
    found.values = dict(sorted(found.values.items()))
    if unknown:
        words = ", ".join(f"{shown(w)}{f' ({shown(labels[w])})' if w in labels else ''}" for w in list(unknown)[:4])
        found.notes.append(Reason("not known", words=words))
    found.notes += declared_missing(sheet, name)
    return found


def declared_missing(sheet, name) -> list[str]:
    """The note on the codes that the file itself declares as missing."""
    return [Reason("declared missing", codes=", ".join(sheet.missing[name]))] if sheet.missing.get(name) else []


def _share(counts, good) -> float:
    total = sum(counts.values())
    return sum(n for w, n in counts.items() if w in good) / total if total else 0.0


def _units(column) -> tuple:
    return ("months", "days", "weeks") if column.unit == "time" else (column.unit,)


def numbers_of(words, column) -> tuple[dict, bool]:
    """{cell: number} of the cells that are numbers with or
    without the unit of the column; whether commas are decimal.
    """
    commas = any(COMMA.match(plain(w)) for w in words) and not any("." in w for w in words)
    found = {word: float(number) for word, number in thousands(words).items()}
    commas = commas and not found
    for word in (w for w in words if w not in found):
        for unit in _units(column):
            text = number_text(word, unit, column.name == "ATOXGR")
            number = pd.to_numeric(text.replace(",", ".") if commas else text, errors="coerce")
            if not pd.isna(number):
                found[word] = float(number)
                break
    return found, commas


def thousands(words) -> dict:
    """{cell: number} of numbers such as 1,384 among others without a comma, as spreadsheets group thousands. Where
    every number has a comma and three digits behind it, nothing tells the two meanings apart: none is given."""
    grouped = [w for w in words if GROUPED.match(plain(w))]
    others = [w for w in words if w not in grouped]
    clear = any("." in w or w.count(",") > 1 for w in words) or any(re.fullmatch(r"\d{2,}", plain(w)) for w in others)
    if not grouped or not clear or any("," in w for w in others):
        return {}
    return {w: plain(w).replace(",", "") for w in grouped}


def _twofold(words) -> bool:
    """Whether every number is like 1,384: 1384 as well as 1.384."""
    return len(words) > 1 and all(GROUPED.match(plain(w)) for w in words)


def _number(counts, column) -> Fit:
    if _twofold(counts):
        example = next(iter(counts))
        meant = {"whole": example.replace(",", ""), "decimal": example.replace(",", ".")}
        return Fit(0.0, unsettled=[Reason("twofold", cell=shown(example), **meant)])
    numbers, comma = numbers_of(counts, column)
    if column.range:
        low = 0 if column.name == "ATOXGR" else column.range[0]  # grade 0: no event, in rows that are left out
        inside = {w for w, x in numbers.items() if low <= x <= column.range[1]}
        if _share(counts, inside) < MOST:
            return Fit(0.0)
    found = Fit(_share(counts, {**numbers, **signed_numbers(counts, column)}), comma=comma)
    found.values = thousands(counts)
    found.sentinels = _sentinels(counts, numbers, column)
    bad = [shown(w) for w in counts if w not in numbers]
    if bad and found.share >= MOST:
        found.untranslated = {w: n for w, n in counts.items() if w not in numbers}
        found.unsettled.append(Reason("no numbers", cells=", ".join(bad[:4])))
    if column.unit == "%" and shares_of_one(numbers.items(), "PCHG" in column.name):
        found.fraction = [w for w in counts if w in numbers and "%" not in plain(w)]
    return found


def signed_numbers(words, column) -> dict:
    """{cell: its number} of cells that are a number with a sign
    of censoring, of a bound or of roughness: 9.9+, ≥9.9, 约3个月.
    """
    unit = {"time": "months", "": ""}.get(column.unit, column.unit)
    found = {}
    for word in words if column.type in ("number", "integer") and column.name != "ATOXGR" else ():
        match = SIGNED.fullmatch(plain(word))
        number = number_text(f"{match[2]}{match[4]}", unit) if match and (match[1] or match[3] or match[5]) else ""
        if re.fullmatch(r"\d+(\.\d+)?", number):
            found[word] = number
    return found


def _sentinels(counts, numbers, column) -> dict:
    """{cell: count} of numbers that people write for not known: outside the range, or far above all others."""
    suspects = set(synonyms()["sentinels"])
    others = [x for w, x in numbers.items() if w.removesuffix(".0") not in suspects]
    highest = max(others, default=0)
    low, high = column.range or (0, 240 if column.unit == "time" else float("inf"))
    found = {}
    for word, x in numbers.items():
        odd = word.removesuffix(".0") in suspects and (len(word.strip("-")) > 1 or x < 0)
        beyond = not low <= x <= high or (x > 1.5 * highest and x > 50) or x < 0 <= min(others, default=0)
        if odd and beyond:
            found[word] = counts[word]
    return found


def _date(counts, counts_from) -> Fit:
    """The formats that a column needs, declared only where the cells leave one reading."""
    none = {w: "NA" for w in counts if w.split(" ")[0] in synonyms()["no_dates"]}
    left = {w: meanings(w) for w in counts if w not in none and "" not in meanings(w)}
    spans = {w: period(w) for w in left if not meanings(w)}
    spans = {w: s for w, s in spans.items() if s}
    can = {w: m for w, m in left.items() if m and w not in spans and not _far_off(m)}
    remarked = {w: part for w in left if w not in can and w not in spans and all(part := written_date(w))}
    remarked = {w: part for w, part in remarked.items() if not re.search(r"\d", part[1])}
    known = {*can, *spans, *none, *remarked} | {w for w in counts if "" in meanings(w)}
    few = _share(counts, known) < FEW  # a date among words is no column of dates
    found = Fit(_share(Counter({w: n for w, n in counts.items() if few or not denied(w)}), known), remarked=remarked)
    found.values = none
    if none:
        found.notes.append(Reason("date not known", words=", ".join(none)))
    if found.share < MOST:
        return found
    found.partial = {w: counts[w] for w in spans}
    inside = [day for day, rest in remarked.values() if "" not in meanings(day) and not DENIED.search(rest)]
    can |= {day: meanings(day) for day in inside}
    _settle_formats(found, can, counts_from)
    if remarked:
        found.unsettled.append(Reason("words beside", n=len(remarked), cell=shown(next(iter(remarked)))))
    unread = [w for w in counts if "" not in meanings(w) and w not in known]
    if unread:
        found.untranslated = {w: counts[w] for w in unread}
        found.unsettled.append(Reason("no dates", cells=", ".join(map(shown, unread[:4]))))
    return found


def _settle_formats(found, can, counts_from):
    """The formats of the dates among {word: {format: date}}, and what of them the cells leave open, into `found`."""
    plausible = {w: _plausible(m) for w, m in can.items()}
    days = [w for w in can if any(f in DAY_COUNTS for f in can[w]) and not set(can[w]) - {*DAY_COUNTS}]
    found.counted = _counted(days, plausible)
    words = [w for w in can if w not in days]
    formats, open_ = _formats(words, plausible, can)
    found.dates = tuple(formats)
    found.notes += [Reason("is format", cell=shown(word), format=name) for name, word in formats.items()]
    if open_:
        found.open_dates = open_
        cells = ", ".join(map(shown, words[:3]))
        found.unsettled.append(Reason("two orders", n=len(words), cells=cells, formats=" / ".join(open_)))
    if days:
        book = Reason("counts from", year=counts_from) if counts_from else ""
        found.unsettled.append(Reason("day numbers", n=len(days), cells=", ".join(days[:3]), book=book))


def denied(word) -> bool:
    """Whether a cell says in words alone that what would be dated did not happen: no PD, none to date, alive."""
    return not re.search(r"\d", word) and bool(DENIED.search(word) or level_of(word, _FLAG) == "0")


def _far_off(meant) -> bool:
    """Whether a number is a day of recent years under no count of days: 0, 1 and 8.6 are no dates."""
    return set(meant) <= {*DAY_COUNTS, "spss"} and not any(LIKELY[0] <= day <= LIKELY[1] for day in meant.values())


def _plausible(meant) -> dict:
    """The meanings between the first checkpoint inhibitors and today."""
    today = datetime.date.today()
    return {f: day for f, day in meant.items() if FIRST_ICI <= day <= today}


def _counted(days, plausible) -> list[str]:
    """The formats under which every day number is a plausible date."""
    return [f for f in DAY_COUNTS if days and all(f in plausible[w] for w in days)]


def _formats(words, plausible, can) -> tuple[dict, list]:
    """{format to declare: the cell that shows it}, and the formats to choose from where cells leave two readings."""
    found, doubtful, neutral = {}, [], []
    for word in words:
        meant = plausible[word] or can[word]
        if len(set(meant.values())) == 1:
            if len(meant) > 1 and re.fullmatch(r"[\d/.\- :]+", word):
                neutral.append(word)  # 5/5/24 proves no order
            else:
                found.setdefault(next(iter(meant)), word)
        else:
            doubtful.append(word)
    names, open_ = {n for f in found for n in f.split("+")}, []
    for word in doubtful:
        options = list(plausible[word] or can[word])
        proven = [
            f
            for f in options
            if f in found or f.split("+")[0] in names and not ORDER.get(f.split("+")[0], set()) & names
        ]
        if len(proven) == 1:
            found.setdefault(proven[0], word)
        else:
            open_ += [f.split("+")[0] for f in options if f.split("+")[0] not in open_]
    for word in neutral if not open_ else ():
        if not set(can[word]) & set(found):
            found.setdefault(next(iter(can[word])), word)
    rivals = [r for r in RIVALS[:2] if len({f.split("+")[0] for f in found} & set(r)) > 1]
    for pair in rivals:  # the cells prove both orders: a person must say
        for f in [f for f in found if f.split("+")[0] in pair]:
            del found[f]
        open_ += [n for n in pair if n not in open_]
    spread = {}
    for f, word in found.items():
        for part in f.replace("+time", "+date-and-time").split("+"):
            if not ORDER.get(part, set()) & set(spread):
                spread.setdefault(part, word)
    if any("+time" in f or f == "date-and-time" for w in words for f in can[w]):
        spread.setdefault("date-and-time", words[0])
    return spread, open_


def _coded(counts, labels, column, name, label) -> Fit:
    values, open_, codes = {}, {}, _may_be_codes(counts)
    for word, n in counts.items():
        meant = level_of(labels[word], column) if word in labels else level_of(word, column)
        if not meant and column.type == "flag" and labels.get(word):
            meant = side_of(labels[word], column)
        if not meant:
            meant = "" if word in codes else _binned(word, column)
        if meant and meant != word:
            values[word] = meant
        elif not meant:
            open_[word] = n
    for word in _two_letters_of_one_level(counts, labels, column):
        values.pop(word, None)
        open_[word] = counts[word]
    for word, said in labels.items():  # codes that nobody has so far: the next export may hold them
        meant = level_of(said, column)
        if meant and meant != word:
            values.setdefault(word, meant)
    found = Fit(_share(counts, set(counts) - set(open_)), values, untranslated=open_)
    unlabelled = [w for w in open_ if CODE.match(w) and w not in labels]
    if column.type == "flag":
        _flag(found, counts, labels, name, label, column)
    shown_values = [f"{shown(w)} = {shown(labels[w])}" for w in sorted(values) if w in labels][:5]
    if shown_values:
        found.notes.append(", ".join(shown_values))
    if unlabelled:
        codes = ", ".join(column.levels or ("1", "0"))
        found.unsettled.append(Reason("no labels", codes=", ".join(unlabelled[:5]), levels=codes))
    elif open_:
        cells = ", ".join(shown(w) for w in list(open_)[:4])
        found.unsettled.append(Reason("not a level", column=column.name, cells=cells))
    if column.name == "PDL1":
        found.fraction = [w for w in counts if "." in w and "%" not in w and _share_of(w)]
    return found


def _two_letters_of_one_level(counts, labels, column) -> list[str]:
    """The cells that are one letter where two of them would mean the same level: M beside H is a woman in Spanish."""
    letters = {}
    for word in (w for w in counts if re.fullmatch("[A-Za-z]", w) and w not in labels):
        letters.setdefault(level_of(word, column), {}).setdefault(word.lower(), []).append(word)
    several = [of for code, of in letters.items() if code and len(of) > 1]
    return [word for of in several for words in of.values() for word in words]


def _share_of(word) -> bool:
    number = pd.to_numeric(word, errors="coerce")
    return bool(0 < number <= 1)


def _may_be_codes(counts) -> set:
    """The cells that are whole numbers, where none is above 4: codes of groups so well as percentages."""
    whole = {w for w in counts if re.fullmatch(r"\d{1,3}(\.0+)?", plain(w))}
    return whole if whole and max(float(plain(w)) for w in whole) <= 4 else set()


def _binned(word, column) -> str:
    """The level of a coded column that a number falls into, where it is often recorded as a number (PD-L1 60%)."""
    rule = synonyms()["as_number"].get(column.name)
    match = (
        re.fullmatch(r"(?:pd-?l1|tps)*\s*[=:]?\s*(\d+(?:\.\d+)?)\s*(%?)", plain(word), re.IGNORECASE) if rule else None
    )
    if not match or float(match[1]) > 100 or (not match[2] and 0 < float(match[1]) <= 1):
        return ""
    return rule["codes"][sum(float(match[1]) >= cut for cut in rule["cut"])]


def _flag(found, counts, labels, name, label, column):
    """Which written value a flag proposes as the event; a name that says censored or alive turns 1 and 0 round."""
    if set(found.untranslated) - set(synonyms()["sentinels"]) and any(
        CODE.match(w) and w not in labels for w in found.untranslated
    ):
        found.values = {w: c for w, c in found.values.items() if w in labels or not CODE.match(w)}
    words = set(tokens(name)) | set(tokens(label))
    turned = words & set(synonyms()["censor_words"])
    told = {w: level_of(labels[w], _FLAG) or side_of(labels[w], _FLAG) for w in counts if w in labels}
    yes_or_no = {w for w in told if turned and level_of(labels[w], _YESNO)}  # alive: 1 = yes
    told = {w: {"1": "0", "0": "1"}[code] if w in yes_or_no else code for w, code in told.items()}
    found.values |= {w: told[w] for w in yes_or_no}
    found.notes += [Reason("turned", word=sorted(turned)[0])] if yes_or_no else []
    if len(counts) == 2 and len(told) == 1 and all(told.values()):  # (1 = alive): the other value is the other one
        other, (code,) = next(w for w in counts if w not in told), told.values()
        found.values |= told | {other: {"1": "0", "0": "1"}[code]}
        return
    if len(counts) <= FLAGS and not any(meanings(w) and not CODE.match(w) for w in counts):
        found.share = 1.0  # which value is the event is asked, not guessed
    if column.name == "CNSR":  # its own code: 0 is the event, whatever the column is called
        found.values = {w: _censoring(w, labels.get(w, w), c) for w, c in found.values.items()}
        return
    if turned and not any(w in labels for w in counts) and not found.untranslated:
        whole = {w: level_of(w, _FLAG) or w for w in counts}
        answers = {w for w in counts if CODE.match(w) or level_of(w, _YESNO)}  # dead says itself what it is
        found.values = {w: {"1": "0", "0": "1"}.get(c, c) if w in answers else c for w, c in whole.items()}
        if answers:
            found.notes.append(Reason("turned", word=sorted(turned)[0]))
    elif not labels and set(counts) <= {"0", "1", "0.0", "1.0"}:
        found.notes.append(Reason("one is event"))


def says_both(name, label="") -> bool:
    """Whether the name of a flag speaks of the event and of none (death / alive): its 1 may be either."""
    words = {w for text in (name, label) for w in tokens(text)}
    events = {w for w in synonyms()["levels"]["flag"]["1"] if len(w) > 1 and not level_of(w, _YESNO)}
    return bool(words & set(synonyms()["censor_words"])) and bool(words & events)


def _censoring(word, said, code) -> str:
    """The code of CDISC for a cell of a column of censoring: 0 of an event, 1 of none; numbers without a label stay."""
    return word.removesuffix(".0") if said == word and CODE.match(word) else {"1": "0", "0": "1"}.get(code, code)


class _FLAG:
    name, type, levels = "", "flag", {}


class _YESNO:
    name, type, levels = "", "coded", {"N": "No", "Y": "Yes"}


def as_number(sheet, name, column) -> dict | None:
    """The number that a coded column is cut from, if the cells are such numbers and not codes."""
    rule = synonyms()["as_number"].get(column.name)
    if not rule or sheet.codes.get(name):
        return None
    words = {w: n for w, n in counts_of(sheet, name).items() if not means_unknown(w)}
    numbers = {w: pd.to_numeric(plain(w).removesuffix("%").strip(), errors="coerce") for w in words}
    good = {w: x for w, x in numbers.items() if not pd.isna(x)}
    if not good or _share(words, good) <= 0.9:
        return None
    shares = all(0 <= x <= 1 for x in good.values()) and any(x % 1 for x in good.values())
    return rule if max(good.values()) > 4 or shares else None

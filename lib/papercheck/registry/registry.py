"""The registry of a paper: every number it prints, as a string, with its place and its meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..files.findings import CohortError, did_you_mean, request_error
from ..files.memory import file_state, last
from ..files.project import check_folder, cohort_folders, data_folder
from ..files.yamlfile import fault_list, load_rules, load_yaml
from ..vocabulary.dictionary import Column, load_dictionary
from ..vocabulary.factors import Grouping, read_eligibility, read_factors
from ..vocabulary.facts import check_subgroups, read_facts
from ..vocabulary.first_course import read_first_course
from .declared import Claim, check_declared, read_claims
from .description import COURSES, check_description
from .printed import NOT_SIGNIFICANT, WORDS, as_written, read_printed

FILE = "published.yml"
ENDINGS = (".yml", ".yaml")
PAIRS = ("ci", "range", "quartiles")  # parts that are two numbers
NUMBERS_IN = re.compile(r"[<>]?\s?-?\d*\.?\d+")
DIVIDED = re.compile(r"(.*?\S)\s*(?:\bto\b|[-;~]|,\s)\s*(\S.*)")  # the limits of an interval in one string
WHOLE = (
    "count",
    "trials",
    "subjects",
    "value",
    "events",
    "exposure",
)  # parts in which a comma can only divide thousands
GENERAL = ("id", "statistic", "unit", "note", "reading", "printed")
COHORT_KEYS = (
    "title",
    "source",
    "time_unit",
    "ctcae",
    "primary_endpoint",
    "paper_interval",
    "factors",
    "subgroups",
    "eligibility",
    "endpoints",
    "first_course",
    "notice",
)
OWN_KEYS = (
    "n",
    "software",
    "read",
    "level",
    "numbers",
    "implications",
    "exclusions",
    "grid",
    "kind",
    "weights",
    "fixed",
    "synthetic",
    "curves",
    "further_endpoints",
    "captions",
    "definitions",
    "enumerations",
    "claims",
    "accrual",
)
MOST_SUBJECTS = 1_000_000  # of which counts are still tried one by one in seconds


@dataclass(frozen=True)
class Cell:
    """One printed number: a part of an entry as it stands at one or more places. `text` is a pair for an interval."""

    part: str
    text: str | tuple[str, str]
    at: tuple[str, ...]
    line: int
    method: str = ""

    @property
    def shown(self) -> str:
        """As printed: '2.90', '1.97-3.83'."""
        return self.text if isinstance(self.text, str) else f"{self.text[0]}–{self.text[1]}"


@dataclass(frozen=True)
class Entry:
    """One quantity of a paper: what it is (`statistic` and `spec`), and every print of it."""

    id: str
    statistic: str
    spec: Mapping
    cells: tuple[Cell, ...]
    line: int
    unit: str = ""
    note: str = ""
    reading: str = ""

    def get(self, key, default=None):
        """A key of the description, such as endpoint, where or by."""
        return self.spec.get(key, default)

    def printed(self, part) -> list[Cell]:
        """The prints of one part, in file order."""
        return [c for c in self.cells if c.part == part]


@dataclass(frozen=True)
class Registry:
    """A study's printed numbers. `cohort` holds the keys that a cohort.yml would hold too, as written."""

    name: str
    path: Path
    n: int | None
    entries: tuple[Entry, ...]
    cohort: Mapping = field(default_factory=dict)
    factors: Mapping[str, Column] = field(default_factory=dict)
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    software: str = ""
    level: float = 95
    own: Mapping = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.cohort.get("title", self.name))

    def of(self, *statistics) -> list[Entry]:
        """The entries of these statistics, in file order."""
        return [e for e in self.entries if e.statistic in statistics]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the paper says in words, in file order."""
        return read_claims(self.own.get("claims"), group_levels(self.factors))

    def frame(self):
        """One row a printed number, as a DataFrame: id, statistic, part, printed, at, method, unit, line."""
        import pandas as pd

        rows = [
            (e.id, e.statistic, c.part, c.shown, "; ".join(c.at), c.method, e.unit, c.line)
            for e in self.entries
            for c in e.cells
        ]
        return pd.DataFrame(rows, columns=["id", "statistic", "part", "printed", "at", "method", "unit", "line"])


@cache
def statistics() -> Mapping[str, Mapping]:
    """The vocabulary: statistic -> label, parts, needs, takes, help."""
    raw = load_rules(Path(__file__).with_name("statistics.yml"))
    return {name: {"needs": [], "takes": [], "help": "", **spec} for name, spec in raw.items()}


def list_studies() -> list[str]:
    """Names of the folders of data/ that hold a published.yml."""
    return [path.parent.name for path in cohort_folders(FILE)]


def load_registry(study) -> Registry:
    """The registry of a study of the data folder by its name, or of a file as read_registry.

    Raises CohortError with every fault found.
    """
    if str(study).endswith(ENDINGS):
        return read_registry(study)
    path = data_folder() / str(study) / FILE
    if not path.is_file():
        raise request_error(f"no study {study} with printed numbers", did_you_mean(study, list_studies()), study)
    check_folder(path.parent, FILE)
    return _registry(path)


def read_registry(path) -> Registry:
    """The registry in a file; the last one stays in memory until the file changes. It needs no data folder.

    Raises CohortError with every fault found.
    """
    path = Path(path)
    if path.is_dir():
        raise request_error(f"{path} is a folder", f"Name the file in it, such as {path / FILE}.")
    return _registry(path)


@last(file_state)
def _registry(path) -> Registry:
    raw, lines = load_yaml(path)
    faults, fault = fault_list(path.name, lines)
    registry = _read(raw, lines, path, fault)
    if faults:
        raise CohortError(sorted(faults, key=lambda f: f.row or 0))
    return registry


def _read(raw, lines, path, fault):
    for key in raw:
        if key not in COHORT_KEYS + OWN_KEYS:
            fault((key,), "unknown key", did_you_mean(key, COHORT_KEYS + OWN_KEYS), key)
    facts = read_facts({k: raw[k] for k in COHORT_KEYS if k in raw}, fault)
    n = _whole(raw.get("n"), ("n",), fault) if "n" in raw else None
    if n is not None and n > MOST_SUBJECTS:
        fault(("n",), f"more than {MOST_SUBJECTS:,} subjects", "Write the number of subjects as printed.", n)
    if n is None and "n" not in raw:
        fault((), "the key `n` is missing", "Add `n:`, the number of subjects; for a meta-analysis, its patients.")
    level = _level(raw.get("level", 95), ("level",), fault)
    factors, groupings = read_factors(facts.get("factors", {}), fault)
    levels = group_levels(factors)
    check_subgroups([str(name) for name in facts.get("subgroups", [])], factors, fault)
    check_declared(raw, levels, fault)
    read_eligibility(facts.get("eligibility", []), factors, fault)
    read_first_course(facts.get("first_course", {}), fault)
    numbers = raw.get("numbers") or []
    if not isinstance(numbers, list) or not numbers:
        fault(
            ("numbers",) if "numbers" in raw else (), "the list `numbers` is empty", "Add one entry a printed number."
        )
        numbers = []
    entries, seen = _entries(raw, numbers, (levels, "n" in raw), lines, fault)
    _check_sums(seen, numbers, fault)
    return Registry(
        name=path.parent.name if path.name == FILE else path.stem,
        path=path,
        n=n,
        entries=tuple(entries),
        cohort={k: raw[k] for k in COHORT_KEYS if raw.get(k) is not None},
        factors=factors,
        groupings=groupings,
        software=str(raw.get("software", "")),
        level=float(level),
        own={k: raw[k] for k in OWN_KEYS if k in raw and k != "numbers"},
    )


def _entries(raw, numbers, known_of_paper, lines, fault):
    """The entries of `numbers`, and the line of each id."""
    entries, seen, (levels, counted) = [], {}, known_of_paper
    further = raw.get("further_endpoints") if isinstance(raw.get("further_endpoints"), dict) else {}
    for i, item in enumerate(numbers):
        entry = _entry(item, ("numbers", str(i)), (levels, further, counted), lines, fault)
        if entry is None:
            continue
        if entry.id in seen:
            rule = f"the id stands on line {seen[entry.id]} too"
            fault(("numbers", str(i), "id"), rule, "Give each a name of its own.", entry.id)
        seen.setdefault(entry.id, entry.line)
        entries.append(entry)
    return entries, seen


def _check_sums(seen, numbers, fault):
    """The numbers that a stated number sums must be there."""
    for i, item in enumerate(numbers):
        parts = item.get("sum_of", []) if isinstance(item, dict) else []
        for part in parts if isinstance(parts, list) else [parts]:
            if str(part) not in seen:
                fault(("numbers", str(i), "sum_of"), "no entry of this id", did_you_mean(part, seen), part)


def _whole(value, path, fault):
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        rule = "nothing is written here" if value is None else "expected a whole number above 0"
        fault(path, rule, "Write it as printed, such as 13.", "" if value is None else value)
        return None
    return number


def _level(value, path, fault):
    if isinstance(value, bool) or not isinstance(value, int | float) or not 50 <= value < 100:
        fault(path, "expected a level of interval in percent", "Such as 95.", value)
        return 95
    return value


def _entry(item, path, known_of_paper, lines, fault):
    levels, further, counted = known_of_paper  # counted : whether the number of subjects is written, if only wrongly
    if not isinstance(item, dict) or item.get("id") in (None, ""):
        fault(path, "an entry needs `id`, `statistic` and `printed`", "See `rechallenge new STUDY --published`.", item)
        return None
    kind = str(item.get("statistic", ""))
    if kind not in statistics():
        fault(
            path + (("statistic",) if "statistic" in item else ()),
            "unknown statistic",
            did_you_mean(kind, statistics()),
            kind,
        )
        return None
    known = statistics()[kind]
    _check_keys(item, path, kind, fault)
    check_description(item, path, levels, fault, further)
    cells = _cells(item, path, known, lines, fault)
    for cell in cells:
        if cell.part == "percent" and kind in ("count", "events") and not counted and "denominator" not in item:
            fault(path, "a percentage without denominator", "Give `n` of the study or `denominator` here.", cell.shown)
    spec = {k: v for k, v in item.items() if k not in GENERAL}
    return Entry(
        id=str(item["id"]),
        statistic=kind,
        spec=spec,
        cells=tuple(cells),
        line=lines[path],
        unit=str(item.get("unit", "")),
        note=str(item.get("note", "")),
        reading=str(item.get("reading", "")),
    )


def _check_keys(item, path, kind, fault):
    """Keys that the statistic does not take, and those that it needs."""
    known = statistics()[kind]
    allowed = [*GENERAL, *known["needs"], *known["takes"]]
    for key in item:
        if key not in allowed:
            fault(path + (key,), f"unknown key of {kind}", did_you_mean(key, allowed), key)
    for key in known["needs"]:
        if item.get(key) in (None, ""):
            fault(path, f"{kind} needs `{key}`", f"Add `{key}:`.", item["id"])
    if "denominator" in item:
        _whole(item["denominator"], path + ("denominator",), fault)
    if "level" in item:
        _level(item["level"], path + ("level",), fault)


def group_levels(factors) -> dict[str, tuple]:
    """Columns by which a registry can name a group, with their levels (none for a number)."""
    responses = tuple(load_dictionary()["adrs"].columns["AVALC"].levels)
    return {name: tuple(c.levels) for name, c in factors.items()} | {f"BOR_{course}": responses for course in COURSES}


def _cells(item, path, known, lines, fault):
    """The prints of an entry: one Cell for each part of each print."""
    prints = item.get("printed")
    if not isinstance(prints, list) or not prints:
        fault(path, "an entry needs `printed`, a list", 'Such as [{at: Table 2, estimate: "2.90"}].', item["id"])
        return []
    cells = []
    for i, entry in enumerate(prints):
        here = path + ("printed", str(i))
        if not isinstance(entry, dict) or not entry.get("at"):
            fault(here, "a print needs `at`", "Say where it stands: Abstract, Text 3.1, Table 2.", entry)
            continue
        parts = [k for k in entry if k not in ("at", "method")]
        if not parts:
            fault(here, "a print without a number", f"Give one of {', '.join(known['parts'])}.", entry["at"])
        places = entry["at"] if isinstance(entry["at"], list) else [entry["at"]]
        for part in parts:
            if part not in known["parts"]:
                fault(here + (part,), "unknown part", did_you_mean(part, known["parts"]), part)
                continue
            text = printed_text(part, entry[part], here + (part,), fault)
            if text is not None:
                cells.append(
                    Cell(part, text, tuple(map(str, places)), lines[here + (part,)], str(entry.get("method", "")))
                )
    return cells


def printed_text(part, value, path, fault) -> str | tuple[str, str] | None:
    """The string of a printed number in plain signs, or the pair of one of PAIRS; None after a fault.

    part : what is printed, such as hr; a comma may divide the thousands of a part in WHOLE. A pair may stand in one
    string, as in "1.97-3.83". fault(path, rule, action, value) takes every fault found.
    """
    if part not in PAIRS:
        return _single_text(part, value, path, fault)
    limits = _limits(value)
    if limits is None:
        fault(path, "expected two limits, or NA", 'Such as ["1.97", "3.83"].', value)
        return None
    if isinstance(limits, str):
        return limits
    texts = [_single_text(part, v, path, fault) for v in limits]
    if None in texts:
        return None
    low, high = map(read_printed, texts)
    if low and high and low.value > high.value:
        fault(path, "the limits are reversed", "Write the lower one first.", f"{limits[0]}, {limits[1]}")
    return tuple(texts)


def _limits(value) -> list | str | None:
    """Both limits as written; the word that stands for both; None for what is neither."""
    if isinstance(value, list):
        return value if len(value) == 2 else None
    if not isinstance(value, str):
        return None
    if as_written(value) in WORDS:
        return as_written(value)
    inner = as_written(value.strip().strip("()[]"))
    divided = DIVIDED.fullmatch(inner)
    return list(divided.groups()) if divided else None


def _single_text(part, value, path, fault) -> str | None:
    if not isinstance(value, str):
        fault(
            path,
            "a printed number must stand in quotation marks",
            f'Write "{value}", so that its zeros are kept.',
            value,
        )
        return None
    try:
        number = read_printed(value)
    except ValueError:
        if re.fullmatch(r"\D?\d+,\d+", value.strip()):
            fault(path, "a comma in a number that is no count", "Write the decimals behind a point, as in 2.90.", value)
        else:
            fault(path, "not a printed number", _instead(part, value), value)
        return None
    rule = _misplaced(part, value)
    if rule:
        fault(path, *rule, value)
        return None
    return as_written(value) if number is None else number.text


def _instead(part, value) -> str:
    """What to write in the place of a text that is no printed number."""
    within = NUMBERS_IN.findall(as_written(value))
    if part == "p" and within and re.search(r"sided|tailed|rank|fisher|stratified|test", value, re.I):
        return f'Write "{within[0]}", and which test it is under `method`, such as one-sided.'
    if len(within) == 1:
        return f'Write the number alone, "{within[0]}"; a unit stands under `unit`, other words under `note`.'
    return "Digits with a point, < or > before them; or NA, NR, NE, and NS for a P value."


def _misplaced(part, value) -> tuple[str, str] | None:
    """Rule and action of a sign that the part does not take."""
    if "," in value and part not in WHOLE:
        return "a comma in a number that is no count", "Write the decimals behind a point, as in 2.90."
    if "%" in value and part not in ("percent", *PAIRS):
        return (
            "a percent sign in a number that is no percentage",
            "Write the number under `percent`, or without the sign.",
        )
    if as_written(value) == NOT_SIGNIFICANT and part != "p":
        return "NS in the place of a number that is no P value", "Write NA if the number is not printed."
    return None

"""The one record of a number: what it is, of whom, at what time, by which method; the ledger is the list of them.

What quantities there are, what they are called and which of their statistics is the estimate stands in quantities.yml.
Tables, sentences, checklists, files and comparisons find a result by its ids; `item` is for people and never read back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

import pandas as pd

from papercheck.files.yamlfile import load_rules

from .text.words import NOT_ESTIMABLE, NOT_REACHED

VERSION = 2  # of the columns of results.csv
COLUMNS = (
    "section",
    "item",
    "by",
    "group",
    "statistic",
    "value",
    "unit",
    "method",
    "quantity",
    "endpoint",
    "variable",
    "reference",
    "at",
    "landmark",
    "model",
    "free",
)
RATIO_UNITS = {
    "hr": "ratio",
    "ci_low": "ratio",
    "ci_high": "ratio",
    "p": "",
}  # of a ratio with its interval and P value


@dataclass(frozen=True)
class Result:
    """One estimate with all that belongs to it.

    quantity : id of quantities.yml; values, units : {statistic: number}, {statistic: unit} in the order of printing.
    endpoint : PARAMCD; by, level, reference : factor, its level, and the level that it is compared with.
    variable : what is described or tested (a column, an adverse event, a study, a definition), where `by` is not it.
    at : months; landmark : months from which times count; model : such as univariable; method : how the interval or
    the test was made. free : whether it rests on a free or assumed input. item : the English words for people.
    fewest : of what compares groups, the fewest patients with the event of one of them; NaN where nobody counted them.
    It stands in no file.
    """

    quantity: str
    values: Mapping[str, float]
    units: Mapping[str, str] = field(default_factory=dict)
    item: str = ""
    endpoint: str = ""
    by: str = ""
    level: str = ""
    reference: str = ""
    variable: str = ""
    at: float | None = None
    landmark: float = 0.0
    model: str = ""
    method: str = ""
    free: bool = False
    fewest: float = float("nan")

    def __getitem__(self, statistic: str) -> float:
        return self.values[statistic]

    def __contains__(self, statistic: str) -> bool:
        return statistic in self.values

    def get(self, statistic: str, default=None):
        """A statistic, or `default` where the result has none of this name."""
        return self.values.get(statistic, default)

    @property
    def estimate(self) -> float:
        """The number that the quantity is about; NaN where there is none."""
        return self._role("estimate")

    @property
    def low(self) -> float:
        """The lower confidence limit."""
        return self._role("low")

    @property
    def high(self) -> float:
        """The upper confidence limit."""
        return self._role("high")

    @property
    def n(self) -> float:
        """Subjects."""
        return self._role("n")

    @property
    def events(self) -> float:
        """Subjects with the event."""
        return self._role("events")

    @property
    def p(self) -> float:
        """The P value."""
        return self._role("p")

    @property
    def unit(self) -> str:
        """The unit of the estimate."""
        return self.units.get(quantity(self.quantity).get("estimate", ""), "")

    def _role(self, role):
        return self.values.get(quantity(self.quantity).get(role, role), float("nan"))


@cache
def quantities() -> Mapping[str, Mapping]:
    """The declared vocabulary: {id: {label, zh, estimate, low, high, ...: names of statistics}}."""
    return load_rules(Path(__file__).with_name("quantities.yml"))


def quantity(name: str) -> Mapping:
    """One quantity of the vocabulary. Raises KeyError for an id that is not declared: a fault of the code."""
    return quantities()[name]


def results(frame: pd.DataFrame, name: str, units: Mapping[str, str], **place) -> list[Result]:
    """A Result for each row of a tidy frame.

    name : quantity id; units : {statistic column: unit}. What place a result has (endpoint, by, level, ...) is taken
    from `place` and else from the columns of the frame that are called so; a column `group` is the level.
    """
    quantity(name)
    known = {f.name for f in fields(Result)} - {"quantity", "values", "units"}
    if unknown := set(place) - known:
        raise TypeError(f"no place of a result: {', '.join(sorted(unknown))}")
    made = []
    for row in frame.rename(columns={"group": "level"}).to_dict("records"):
        where = {k: row[k] for k in known if k in row} | place
        where = {k: _plain(k, v) for k, v in where.items()}
        made.append(Result(name, {s: number(row[s]) for s in units}, dict(units), **where))
    return made


def _plain(key, value):
    if key == "at":
        return None if value is None or pd.isna(value) else float(value)
    if key in ("landmark", "fewest"):
        return float(value)
    return bool(value) if key == "free" else str(value)


def number(value) -> float | int:
    """A number as a plain one of Python; NaN for a missing one."""
    if value is None or value is pd.NA:
        return float("nan")
    return value if isinstance(value, int) and not isinstance(value, bool) else float(value)


def frame_of(found: Iterable[Result]) -> pd.DataFrame:
    """Results as a tidy frame: the ids that differ, then the statistics; a row a result."""
    found = list(found)
    ids = ["quantity", "endpoint", "by", "level", "reference", "variable", "at", "landmark", "model", "method", "free"]
    rows = [{k: getattr(r, k) for k in ids} | dict(r.values) for r in found]
    frame = pd.DataFrame(rows, columns=list(dict.fromkeys([*ids, *(k for row in rows for k in row)])))
    blank = [k for k in ids if frame[k].isin(["", 0.0, False]).all() or frame[k].isna().all()]
    return frame.drop(columns=blank)


def ledger_rows(found: Iterable[Result], section: str = "") -> list[dict]:
    """Results as rows of results.csv (COLUMNS): one for each statistic, in reading order."""
    rows = []
    for r in found:
        place: dict[str, object] = {
            "section": section,
            "item": r.item,
            "by": r.by or r.model,
            "group": r.level,
            "method": r.method,
            "quantity": r.quantity,
            "endpoint": r.endpoint,
            "variable": r.variable,
            "reference": r.reference,
            "at": "" if r.at is None else f"{r.at:g}",
            "landmark": f"{r.landmark:g}" if r.landmark else "",
            "model": r.model,
            "free": "yes" if r.free else "",
        }
        for statistic, value in r.values.items():
            rows.append(
                place | {"statistic": statistic, "value": ledger_value(value), "unit": r.units.get(statistic, "")}
            )
    return rows


def ledger_value(value: float) -> float | int | str:
    """A number as it stands in results.csv: NR for infinity, NE for a missing one."""
    if pd.isna(value):
        return NOT_ESTIMABLE
    if value in (float("inf"), float("-inf")):
        return NOT_REACHED if value > 0 else "-inf"
    return value


def read_ledger(rows: Iterable[Mapping]) -> list[Result]:
    """The results of a results.csv (rows as of csv.DictReader), by their ids. Raises ValueError for another format."""
    found: list[Result] = []
    latest: dict[str, float] = {}
    units: dict[str, str] = {}
    key = None
    for row in rows:
        if "quantity" not in row:
            raise ValueError("no column `quantity`")
        place = {k: row[k] for k in COLUMNS if k not in ("statistic", "value", "unit")}
        if place != key or row["statistic"] in latest:
            key, latest, units = place, {}, {}
            found.append(_read(place, latest, units))
        latest[row["statistic"]] = _number(row["value"])
        units[row["statistic"]] = row["unit"]
    return found


def _read(place, values, units) -> Result:
    model = place["model"]
    return Result(
        place["quantity"],
        values,
        units,
        item=place["item"],
        endpoint=place["endpoint"],
        by="" if place["by"] == model else place["by"],
        level=place["group"],
        reference=place["reference"],
        variable=place["variable"],
        at=float(place["at"]) if place["at"] else None,
        model=model,
        landmark=float(place["landmark"] or 0),
        method=place["method"],
        free=place["free"] == "yes",
    )


def _number(text):
    spelled = {NOT_REACHED: float("inf"), "-inf": float("-inf"), NOT_ESTIMABLE: float("nan"), "": float("nan")}
    return spelled[text] if text in spelled else float(text)


def marked_free(found: Iterable[Result]) -> list[Result]:
    """The same results, marked as resting on a free input."""
    return [replace(r, free=True) for r in found]

"""A reading: one printed number with its meaning and the sentence or cell that prints it."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..files.swap import write_whole
from ..files.visible import safe_text

COLUMNS = (
    "statistic",
    "endpoint",
    "group",
    "denominator",
    "value",
    "ci_low",
    "ci_high",
    "ci_level",
    "p",
    "unit",
    "time",
    "model",
    "where",
    "evidence",
    "confidence",
    "understood",
    "doubt",
    "may_be",
)
SHARES = ("count", "percent", "ae_count", "ae_percent")


@dataclass(frozen=True)
class Reading:
    """One printed number. Every string in `value`, `low` and `high` stands literally in `evidence`.

    statistic : what the number is, such as median_survival; `printed` for what is not understood
    group : the patients it is of, in the paper's words; `A vs B` for a comparison; empty for all
    part : the part of all patients that a sentence or its head is about, beside the group: `with brain metastases`
    operator : <, > or empty, as it stands before the value; level : of the interval, in percent, as printed
    doubt : the rule that found too little support in its sentence; may : what it is then asked for, as statistic,
        endpoint and patients; both empty where it is asserted, or nothing at all is known
    confidence : 0 to 1, how sure the reader is of statistic, endpoint and group (never of the digits)
    """

    statistic: str
    value: str
    where: str
    evidence: str
    endpoint: str = ""
    group: str = ""
    part: str = ""
    total: str = ""
    low: str = ""
    high: str = ""
    level: str = ""
    operator: str = ""
    unit: str = ""
    time: str = ""
    model: str = ""
    confidence: float = 0.9
    pair: str = ""
    block: str = ""
    row: str = ""
    course: str = ""
    kind: str = ""
    column: int = -1  # its place in a table; -1 in a sentence
    opposed: bool = False  # whether its sentence sets the two courses against each other
    doubt: str = ""
    may: tuple[str, str, str] = ("", "", "")

    @property
    def understood(self) -> bool:
        """Whether the reader knows what the number is."""
        return self.statistic != "printed"

    @property
    def offered(self) -> dict[str, str]:
        """What a person is offered for a doubted number, by the names of the fields; {} for every other one."""
        return dict(zip(("statistic", "endpoint", "group"), self.may, strict=True)) if self.doubt else {}

    @property
    def patients(self) -> str:
        """The patients it is of, group and part, in words; empty for all."""
        return ", ".join(filter(None, [self.group, self.part]))

    def cells(self) -> dict[str, str]:
        """The reading as a row of `--readings`."""
        low, high = (self.low, self.high) if self.low or self.high else ("", "")
        value = "0" if self.kind == "dash" else self.operator + self.value  # a dash among counts of events is none
        return dict(
            zip(
                COLUMNS,
                (
                    self.statistic,
                    f"{self.endpoint}, {self.course}" if self.opposed and self.endpoint != "PFS1" else self.endpoint,
                    self.patients or "all",
                    self.total,
                    value,
                    low,
                    high,
                    self.level,
                    "",
                    self.unit,
                    self.time,
                    self.model,
                    self.where,
                    self.evidence,
                    f"{self.confidence:.2f}",
                    "yes" if self.understood else "no",
                    self.doubt,
                    ", ".join(filter(None, self.may)),
                ),
                strict=True,
            )
        )


def write_readings(readings: list[Reading], path):
    """Write the readings as CSV, one row a printed number, whole or not at all."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: safe_text(v) for k, v in r.cells().items()} for r in readings)
    write_whole(Path(path), file.getvalue())

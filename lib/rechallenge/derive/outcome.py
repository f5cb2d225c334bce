"""The outcome of an analysis: rows of patients, with all that is needed to say what they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import observed

from ..cohort.cohort import Cohort
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import plural


class TimeScale:
    """What has a cohort and the unit of its durations: months on that scale and back, by the month of the cohort."""

    cohort: Cohort
    unit: str

    def time(self, months: float) -> float:
        """A time in months, in `unit`."""
        return float(self.cohort.calendar.convert(float(months), "months", self.unit))

    def in_months(self, time: float) -> float:
        """A time in `unit`, in months."""
        return float(self.cohort.calendar.convert(float(time), self.unit, "months"))


@dataclass(frozen=True, eq=False)  # one is equal to itself alone: frames have no truth
class Outcome(TimeScale):
    """Time-to-event rows (ADTTE) of a cohort, and what pandas would lose: unit, landmark, and who is left out by it.

    rows : USUBJID, PARAMCD, STARTDT, ADT, AVAL (in `unit`), UNIT, CNSR (0 = event), EVNTDESC, and
        the subject's factors.
    landmark : months after time zero from which AVAL counts; 0 where it counts from time zero.
    left_out : {PARAMCD: (subjects with an event by the landmark, subjects censored by then)}.
    later : {factor: in words why its groups are not known at time zero, nor at the landmark}: they are not compared.
    """

    cohort: Cohort
    rows: pd.DataFrame
    unit: str
    landmark: float = 0.0
    left_out: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)

    def timely(self, factors: Sequence[str]) -> list[str]:
        """The factors whose groups are known when the clock starts.
        Raises NotAvailable where only others were asked for.
        """
        kept = [name for name in factors if name not in self.later]
        if len(factors) and not kept:
            raise NotAvailable(self.later[factors[0]])
        return kept

    def untimely(self, factors: Sequence[str]) -> list[str]:
        """Why each of the other factors is not compared, a sentence each."""
        return [self.later[name] for name in factors if name in self.later]

    @property
    def endpoints(self) -> list[str]:
        """The endpoints (PARAMCD) that the rows hold, in their order."""
        return list(dict.fromkeys(self.rows["PARAMCD"].astype(str)))

    def with_rows(self, rows: pd.DataFrame) -> "Outcome":
        """The same outcome over other rows: changed, merged or fewer."""
        return replace(self, rows=rows)

    def of(self, endpoint: str) -> "Outcome":
        """The rows of one endpoint."""
        rows = self.rows[self.rows["PARAMCD"] == endpoint].copy()
        rows["PARAMCD"] = rows["PARAMCD"].cat.remove_unused_categories()
        return replace(self, rows=rows, left_out={k: v for k, v in self.left_out.items() if k == endpoint})

    def merge(self, frame: pd.DataFrame, on: str = "USUBJID", how: str = "left") -> "Outcome":
        """The outcome with further columns of its subjects (a biomarker); landmark and unit stay with it."""
        return self.with_rows(self.rows.merge(frame, on=on, how=how))

    def caption(self) -> str:
        """How many patients and events there are of each endpoint."""
        said = []
        for code, rows in self.rows.groupby("PARAMCD", observed=True):
            patients, events = plural(len(rows), "patient"), plural(int(observed(rows["CNSR"]).sum()), "event")
            said.append(say("{endpoint}: {patients}, {events}", endpoint=code, patients=patients, events=events))
        return "; ".join(said)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.rows, self.caption())

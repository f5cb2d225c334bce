"""The two courses of each patient side by side."""

from dataclasses import dataclass

import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.paired import pair_courses

from ..cohort.cohort import Cohort
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import plural
from .outcome import Outcome, TimeScale


@dataclass(frozen=True, eq=False)
class Pairs(TimeScale):
    """Patients with both courses: rows as of smallsurv.paired.pair_courses, durations in `unit`."""

    cohort: Cohort
    rows: pd.DataFrame
    unit: str

    @property
    def free(self) -> bool:
        """Whether it is a choice which first course goes with which rechallenge, as it is for pseudo-patients."""
        return self.cohort.meta.kind == "pseudo"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.rows, say("{patients} with both courses", patients=plural(len(self.rows), "patient")))


def derive_pairs(outcome: Outcome) -> Pairs:
    """PFS1 and PFSR of each patient who has both. Raises NotAvailable where nobody has.

    outcome : of both endpoints, from time zero on.
    """
    rows = pair_courses(outcome.rows)
    if rows.empty:
        raise NotAvailable("needs PFS on both courses (PFS1 and PFSR) of the same patients.")
    return Pairs(outcome.cohort, rows, outcome.unit)

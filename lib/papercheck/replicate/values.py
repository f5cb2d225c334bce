"""A recomputed number under a named convention."""

from dataclasses import dataclass

# Names of conventions. The interval methods of the estimates (log-log, log, plain, spss, bootstrap) are used as they
# are.
FIRST_TIME = "first time with S(t) ≤ 0.5"
BELOW_HALF = "first time with S(t) < 0.5"
MIDDLE = "middle of the step at S(t) = 0.5"
OF_KNOWN = "of those with a known value"
EVERY_GRADE = "every grade counted, not only the worst"
OBSERVED_TIMES = "median of all observed times"
STABILIZED = "stabilized weights"
CENSORED_TIMES = "median of the censored times"


@dataclass(frozen=True)
class Value:
    """`value` of one `part` of an entry, unrounded: a number, a Fraction, or a pair for an interval.

    NaN: not estimable; inf: not reached. `method` names the convention ('' where there is but one); `basis` says what
    went in, such as '8 of 13' or '13 subjects, 11 events'; `of` the number of subjects of a share.
    """

    part: str
    value: object
    method: str = ""
    basis: str = ""
    of: int = 0

"""When the sum of target lesions alone is progression. Source: RECIST 1.1 (Eisenhauer 2009), section 4.3.1."""

import pandas as pd

GROWTH, GROWN_MM = 0.20, 5.0  # over the smallest sum since the baseline, the baseline with it
NOISE = 1e-6  # mm that floating point alone takes from a difference: 29.1 - 24.1 is 5


def is_growth(sums: pd.Series, least: pd.Series) -> pd.Series:
    """Whether sums (n,) are 20% and 5 mm above the smallest ones before (n,), in mm; False where either is missing."""
    more = sums - least + NOISE
    return (more >= GROWN_MM) & (more >= GROWTH * least)


def grown(rows: pd.DataFrame, course: str) -> pd.DataFrame:
    """The sums that are progression: 20% and 5 mm above the smallest one of an earlier day, since and with the
    baseline.

    rows : USUBJID, the column `course`, START (first dose of that course), ADT, SDIAM (mm); those that count, without
        gaps.
    """
    keys = ["USUBJID", course]
    rows = rows.sort_values("ADT", kind="stable")
    base = rows[rows["ADT"] <= rows["START"]].drop_duplicates(keys, keep="last")
    rows = pd.concat([base, rows[rows["ADT"] > rows["START"]]])
    least = rows.groupby([*keys, "ADT"], observed=True)["SDIAM"].min()  # of a day: two of one day tell no growth
    least = least.groupby(level=keys, observed=True).cummin().groupby(level=keys, observed=True).shift()
    rows = rows.join(least.rename("LEAST"), on=[*keys, "ADT"]).sort_values("ADT", kind="stable")
    return rows[is_growth(rows["SDIAM"], rows["LEAST"])].drop(columns="LEAST")

"""When the sum of target lesions alone is progression. Source: RECIST 1.1 (Eisenhauer 2009), section 4.3.1."""

import pandas as pd

GROWTH, GROWN_MM = 0.20, 5.0  # over the smallest sum since the baseline, the baseline with it


def grown(rows: pd.DataFrame, course: str) -> pd.DataFrame:
    """The sums that are progression: 20% and 5 mm above the smallest one since and with the baseline.

    rows : USUBJID, the column `course`, START (first dose of that course), ADT, SDIAM (mm); those that count, without
        gaps.
    """
    keys = ["USUBJID", course]
    rows = rows.sort_values(["ADT", "SDIAM"], kind="stable")
    base = rows[rows["ADT"] <= rows["START"]].drop_duplicates(keys, keep="last")
    rows = pd.concat([base, rows[rows["ADT"] > rows["START"]]]).sort_values("ADT", kind="stable")
    least = rows.groupby(keys, observed=True)["SDIAM"].cummin()
    least = least.groupby([rows[key] for key in keys], observed=True).shift()
    more = rows["SDIAM"] - least
    return rows[(more >= GROWN_MM) & (more >= GROWTH * least)]

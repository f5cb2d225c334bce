"""One patient: every date on record, and how each endpoint came about."""

import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules

from .endpoints import derive_endpoints
from .exposure import counted
from .timeline import COUNTS, CUT_OFF, derive_timeline

DATES = ["date", "day", "what", "phase", "value", "table", "column", "counts", "course", "status"]
VALUES = ("AVALC", "SDIAM", "AEDECOD", "TRT")
TRACE = ["PARAMCD", "AVAL", "UNIT", "CNSR", "EVNTDESC", "STARTDT", "ADT", "origin", "source"]
GIVEN, DERIVED = "given as a duration", "derived from dates"


def patient_dates(cohort, subject) -> pd.DataFrame:
    """Every date of a subject in time order, with DATES.

    day : study day, 1 on the first dose of rechallenge (of the first course where there is none) and no day 0 (ADaM);
    value : the coded value of the row (response, event term, regimen, sum of diameters) or ''; counts : False after the
    data cut-off. course : the course that the date counts under, where it is not the one it stands under; status : of
    assessments and lesions, why one does not count (see derive.timeline), else ''.
    Empty where the cohort has no dates. Raises CohortError for an unknown subject.
    """
    _known(cohort, subject)
    rows = []
    for name, frame in cohort.tables.items():
        spec = load_dictionary()[name].columns
        mine = frame[frame["USUBJID"] == subject]
        for column in mine.select_dtypes("datetime").columns:
            label = spec[column].label if column in spec else column
            for _, row in mine[mine[column].notna()].iterrows():
                value = next((_written(c, row[c]) for c in VALUES if c in mine and pd.notna(row[c])), "")
                phase = str(row["APHASE"]) if "APHASE" in mine and pd.notna(row["APHASE"]) else ""
                rows.append((row[column], label, phase, value, name, column, row.name))
    found = pd.DataFrame(rows, columns=["date", "what", "phase", "value", "table", "column", "row"])
    found["course"], found["status"] = _settled(cohort, found)
    found = found.sort_values("date", kind="stable", ignore_index=True)
    zero = _zero(found)
    apart = (found["date"] - zero).dt.days if len(found) else pd.Series(dtype=float)
    found["day"] = apart + (apart >= 0)
    found["counts"] = counted(cohort, found["date"]) if len(found) else pd.Series(dtype=bool)
    return found[DATES]


def _written(column, value) -> str:
    return f"{value:g} mm" if column == "SDIAM" else str(value)


def _settled(cohort, found) -> tuple[list[str], list[str]]:
    """What the timeline says of each date: another course that it counts under, and why it does not count."""
    timeline = derive_timeline(cohort)
    said = {}
    for name, rows in (("adrs", timeline.assessments), ("adtr", timeline.lesions)):
        mine = rows.loc[rows.index.intersection(found.loc[found["table"] == name, "row"])] if len(rows) else rows
        for index, row in mine.iterrows():
            moved = str(row["COURSE"]) if str(row["COURSE"]) != str(row["APHASE"]) else ""
            said[name, index] = moved, "" if row["STATUS"] in (COUNTS, CUT_OFF) else row["STATUS"]
    keys = list(zip(found["table"], found["row"], strict=True))
    return [said.get(k, ("", ""))[0] for k in keys], [said.get(k, ("", ""))[1] for k in keys]


def _zero(dates):
    """The first dose of rechallenge, else of the first course, else the first date."""
    starts = dates[(dates["table"] == "adex") & (dates["column"] == "ASTDT")]
    for phase in ("RECHALLENGE", "INITIAL"):
        if (starts["phase"] == phase).any():
            return starts.loc[starts["phase"] == phase, "date"].min()
    return dates["date"].min()


def endpoint_trace(cohort, subject, unit="cohort", censor_at="last follow-up") -> pd.DataFrame:
    """How each endpoint of a subject came about: one row an endpoint, with TRACE.

    origin : GIVEN or DERIVED; source : the columns (table.column) whose date ended the clock, '' where none is
    recorded. Arguments as in derive_endpoints. Raises NotAvailable where the subject has no endpoint.
    """
    _known(cohort, subject)
    given = cohort.tables.get("adtte")
    has = set() if given is None else set(given.loc[given["USUBJID"] == subject, "PARAMCD"].astype(str))
    dates = patient_dates(cohort, subject)
    rows = []
    for code in endpoint_rules():
        try:
            frame = derive_endpoints(cohort, [code], unit, censor_at).rows
        except NotAvailable:
            continue
        for _, row in frame[frame["USUBJID"] == subject].iterrows():
            same = dates[dates["date"] == row["ADT"]] if pd.notna(row["ADT"]) else dates.iloc[:0]
            source = ", ".join(dict.fromkeys(same["table"] + "." + same["column"]))
            rows.append([code, *row[TRACE[1:7]], GIVEN if code in has else DERIVED, source])
    if not rows:
        raise NotAvailable(f"needs a duration or a start date of {subject}; the cohort has neither.")
    return pd.DataFrame(rows, columns=TRACE)


def _known(cohort, subject):
    subjects = cohort.table("adsl")["USUBJID"]
    if subject not in set(subjects):
        rule = f"no patient {subject} in {cohort.meta.name}"
        raise request_error(rule, did_you_mean(subject, list(subjects)), subject)

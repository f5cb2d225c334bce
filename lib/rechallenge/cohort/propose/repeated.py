"""A sheet of events or assessments that repeats the patient in each row, and no sheet of the patients beside it."""

from dataclasses import replace

from papercheck.files.findings import shown

from ..read.repeated import patients_once
from .courses import target_of
from .placed import never_given
from .plan import plan_table
from .questions import about
from .wide_events import names_events

MOST = 0.8  # share of the patients with several rows in whom a column must be the same to be of the patient
TABLES = {"adae": "adverse events", "adrs": "assessments", "adtr": "sums of lesions"}
LEAST = 2  # facts of the patient that the rows must repeat
OF_PATIENTS = ("ASTDT_RECHALLENGE", "ASTDT_INITIAL", "DTHDT", "LSTALVDT", "DTHFL", "OS", "OS_EVENT", "PFSR", "PFS1")


def ask_repeated(sheet, sheets):
    """Whether the rows of a sheet are events or assessments that repeat what is known once of their patient."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or sheet.courses or sheet.visits or len(sheets) > 1 or not ids[ids != ""].duplicated().any():
        return
    of_patient = _same_in_each_row(sheet, ids)
    of_row = [c for c in sheet.frame.columns if c not in of_patient and c != sheet.id]
    facts = {target_of(sheet, c)[0] for c in of_patient}
    table = _table_of(sheet, of_row) if of_row and len(facts & set(OF_PATIENTS)) >= LEAST else ""
    if not table:
        return
    several = ids[ids.duplicated(keep=False) & (ids != "")]
    words = {
        "n": int((ids != "").sum()),
        "patients": ids[ids != ""].nunique(),
        "several": several.nunique(),
        "choice": TABLES[table],
    }
    words |= {"same": ", ".join(map(shown, of_patient)), "differ": ", ".join(map(shown, of_row))}
    whole = sheet.frame
    _part(sheet, sheets, of_patient, of_row, table)  # read so until it is answered
    yield (
        about(sheet, "repeated", choices=(TABLES[table], "patients twice"), proposed=TABLES[table], words=words),
        lambda answer: _as_it_was(sheet, sheets, whole) if answer == "patients twice" else None,
    )


def _as_it_was(sheet, sheets, whole):
    sheet.frame, sheet.once = whole, ()
    del sheets[-1]


def _same_in_each_row(sheet, ids) -> list:
    """The columns that say the same in each row of a patient, for nearly all patients with several."""
    several = (ids.duplicated(keep=False) & (ids != "")).to_numpy()
    keys = ids[several].to_numpy()
    words = {c: sheet.cells(c)[several].replace("", None).groupby(keys).nunique() for c in sheet.frame.columns}
    return [c for c, counts in words.items() if c != sheet.id and (counts <= 1).mean() >= MOST]


def _table_of(sheet, columns) -> str:
    """The table that the columns of a row make: the one that most of them are of, '' for none."""
    plans = [plan_table(sheet, table, [sheet.id, *columns], placed=_terms(sheet, columns, table)) for table in TABLES]
    fit = [p for p in plans if not never_given(p) and p.tells and (p.table == "adae" or p.written("ADT"))]
    return max(fit, key=lambda p: len(p.columns)).table if fit else ""


def _terms(sheet, columns, table) -> dict:
    """{column: AEDECOD} of a column of events that is called so (irAE) and holds their names."""
    named = [c for c in columns if table == "adae" and names_events(sheet, c)]
    return {named[0]: "AEDECOD"} if len(named) == 1 else {}


def _part(sheet, sheets, of_patient, of_row, table):
    """Make of the sheet one of patients, and one of the rows beside it."""
    rows = replace(sheet, frame=sheet.frame[[sheet.id, *of_row]], whole=None, left_out=[], titles=[])
    rows.placed = {**sheet.placed, **_terms(sheet, of_row, table)}
    sheet.frame, sheet.whole = patients_once(sheet.frame, sheet.id, of_patient), None
    sheet.once = tuple(of_patient)
    sheets.append(rows)

"""A sheet with a row for each course of a patient and no sheet
of the patients beside it: which row is of which course.
"""

from dataclasses import dataclass, field

from papercheck.vocabulary.dictionary import load_dictionary

from ..read.courses import CALLED, LINES, side_by_side
from .fit import counts_of
from .match import NAMED, candidates_of
from .questions import Value, about
from .words import course_in, level_of

MOST = 0.5  # share of the rows that must be of patients with several
KNOWN = {"INITIAL": CALLED[0], "RECHALLENGE": CALLED[1], "INTERIM": "leave out", "SUBSEQUENT": "leave out"}
ENDS = ("LSTALVDT", "DTHDT", "DTHFL", "OS_EVENT", "DTHCGR1")  # what the last visit tells
DIFFER = 0.2  # share of the patients in whom a column must differ to be one of a course


@dataclass(frozen=True)
class Courses:
    """`by` : the column of the course; `values` : {its cell: first course, rechallenge or leave out}; `once`, `first`
    and `last` : columns that are of the patient; `rows` : those that are put side by side."""

    by: str
    values: dict
    once: tuple
    first: tuple = ()
    last: tuple = ()
    rows: dict = field(default_factory=dict)


def ask_courses(sheet, others):
    """Which row of a patient is of which course. Until it is answered the sheet is read as its words say."""
    if not sheet.id or _patients_beside(sheet, others) or not _several(sheet):
        return
    by = next((c for c in sheet.frame.columns if c != sheet.id and _names_courses(sheet, c)), "")
    if not by:
        return
    counts = counts_of(sheet, by)
    numbered = any(word.isdigit() for word in counts)
    clear = not numbered or course_in(by)[0] != "LINE"  # a third line of therapy is no third course
    said = {word: _meant(word) if clear else "" for word in counts}
    whole = all(said.values()) and set(said.values()) >= set(CALLED)
    values = tuple(Value(w, n) for w, n in counts.items())
    rest = iter([*CALLED, *["leave out"] * len(counts)])
    _put_together(sheet, by, said if whole else {word: next(rest) for word in sorted(counts)})
    if whole and not numbered:
        return  # first and rechallenge in words: cohort.yml says how they are read
    proposed = said if whole else None
    yield (
        about(sheet, "courses", by, values=values, proposed=proposed),
        lambda answer: _put_together(sheet, by, answer),
    )


def _several(sheet) -> bool:
    ids = sheet.cells(sheet.id)
    ids = ids[ids != ""]
    return len(ids) > 3 and ids.duplicated(keep=False).mean() > MOST


def _patients_beside(sheet, others) -> bool:
    """Whether another sheet knows the same patients, a row each."""
    mine = set(sheet.cells(sheet.id)) - {""}
    for other in (o for o in others if o is not sheet and o.id):
        ids = other.cells(other.id)
        ids = ids[ids != ""]
        if not ids.duplicated().any() and len(mine & set(ids)) >= MOST * len(mine):
            return True
    return False


def _names_courses(sheet, name) -> bool:
    """Whether a column says to which course a row belongs: by
    its name or its cells, and once for each of a patient's.
    """
    cells = sheet.cells(name)
    counts = counts_of(sheet, name)
    called = "APHASE" in candidates_of(((name, "name"), (sheet.label(name), "label")), "adex")
    spoken = all(_meant(w) and not w.isdigit() for w in counts)
    if not 1 < len(counts) <= 8 or not (called or spoken) or (cells == "").any():
        return False
    return not (sheet.cells(sheet.id) + "\0" + cells).duplicated().any()


def _meant(word) -> str:
    """The course of a cell: by its level, else by the words of courses; '' where neither tells."""
    code = level_of(word, load_dictionary()["adex"].columns["APHASE"]) or course_in(word)[0]
    return KNOWN.get(code, "")


def _put_together(sheet, by, values):
    """Make the sheet one of a row a patient; a second answer begins from the rows as they were."""
    rows = sheet.rows_of_courses if sheet.rows_of_courses is not None else sheet.frame
    sheet.frame = rows
    put_side_by_side(sheet, Courses(by, dict(values), tuple(_of_the_patient(sheet, by))))


def put_side_by_side(sheet, courses):
    """Make the rows of a sheet one row a patient."""
    rows = sheet.rows_of_courses = sheet.frame
    sheet.courses = courses
    whole = side_by_side(rows, sheet.id, courses)
    sheet.frame = whole[[c for c in whole if not str(c).startswith(LINES.split("{")[0])]]
    for part in (sheet.labels, sheet.codes, sheet.groups, sheet.missing):
        for name in [n for n in part if n in rows.columns]:
            part.update({f"{called} {name}": part[name] for called in CALLED})
    sheet.signs |= {f"{c} {n}": f"{c} {sign}" for c in CALLED for n, sign in sheet.signs.items() if n in rows.columns}
    sheet.whole = None


def target_of(sheet, name) -> tuple[str, float]:
    """The column of subjects that a name or label speaks of most, of either course, and how surely; "" for none."""
    texts = ((name, "name"), (sheet.label(name), "label"))
    found = {t: s for c in ("INITIAL", "RECHALLENGE") for t, s in candidates_of(texts, "adsl", c).items()}
    best = max(found, key=lambda t: found[t][0], default="")
    return best, found[best][0] if best else 0


def is_of_a_course(target) -> bool:
    """Whether a column of subjects is of one course."""
    return target.endswith(("_INITIAL", "_RECHALLENGE")) or target.startswith("PFS")


def _of_the_patient(sheet, by):
    """The columns that say something of the patient and not of a course: called so, or the same in every row."""
    keys = sheet.cells(sheet.id).to_numpy()
    for name in (c for c in sheet.frame.columns if c not in (sheet.id, by)):
        best, score = target_of(sheet, name)
        differ = (sheet.cells(name).replace("", None).groupby(keys).nunique() > 1).mean()
        called = best and not is_of_a_course(best) and score >= NAMED
        if not is_of_a_course(best) and (differ == 0 or (called and differ <= DIFFER)):
            yield name

"""A random dated cohort against its timeline by plain loops, written from the definitions."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort.cohort import Cohort
from rechallenge.cohort.declare.meta import Meta
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.response import derive_best_change, derive_best_response
from rechallenge.derive.timeline import derive_timeline
from tests.sizes import examples

ZERO, CUTOFF = date(2022, 1, 1), 330
PHASES = ("INITIAL", "INTERIM", "RECHALLENGE", "SUBSEQUENT")
ANSWERS = ("CR", "PR", "SD", "PD", "NE")
days = st.integers(0, 400)
visits = st.lists(st.tuples(st.sampled_from(PHASES), days, st.sampled_from(ANSWERS)), max_size=6)
sums = st.lists(st.tuples(st.sampled_from(PHASES), days, st.integers(0, 90)), max_size=6)


@st.composite
def patients(draw):
    """One patient: starts and progressions in days by course, visits, sums, death and last contact."""
    begun = ["INITIAL", *(p for p in PHASES[1:] if draw(st.booleans()))]
    starts = dict(
        zip(begun, sorted(draw(st.sets(st.integers(0, 300), min_size=len(begun), max_size=len(begun)))), strict=True)
    )
    ends = {p: draw(st.none() | days) for p in begun}
    of_course = lambda rows: [r for r in draw(rows) if r[0] in starts]  # noqa: E731
    return {"starts": starts, "ends": ends, "visits": of_course(visits), "sums": of_course(sums),
            "death": draw(st.none() | days), "alive": draw(st.integers(0, 400))}  # fmt: skip


def on(day):
    return pd.NaT if day is None else pd.Timestamp(ZERO + timedelta(days=day))


def coded(table, column, values):
    return pd.Categorical(values, list(load_dictionary()[table].columns[column].levels), ordered=True)


def cohort_of(people) -> Cohort:
    named = {f"S{i}": p for i, p in enumerate(people)}
    adsl = pd.DataFrame(
        [(s, on(p["death"]), on(p["alive"])) for s, p in named.items()], columns=["USUBJID", "DTHDT", "LSTALVDT"]
    )
    adex = [(s, c, on(d), on(p["ends"][c])) for s, p in named.items() for c, d in p["starts"].items()]
    adrs = [(s, c, "OVR", on(d), a) for s, p in named.items() for c, d, a in p["visits"]]
    adtr = [(s, c, on(d), float(v)) for s, p in named.items() for c, d, v in p["sums"]]
    tables = {
        "adsl": adsl,
        "adex": pd.DataFrame(adex, columns=["USUBJID", "APHASE", "ASTDT", "PDDT"]),
        "adrs": pd.DataFrame(adrs, columns=["USUBJID", "APHASE", "PARAMCD", "ADT", "AVALC"]),
        "adtr": pd.DataFrame(adtr, columns=["USUBJID", "APHASE", "ADT", "SDIAM"]),
    }
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    for name, frame in tables.items():
        for column in {"APHASE", "AVALC", "PARAMCD"} & set(frame.columns):
            frame[column] = coded(name, column, frame[column])
        for column in {"ADT", "PDDT", "DTHDT", "LSTALVDT"} & set(frame.columns):
            frame[column] = pd.to_datetime(frame[column])
    return Cohort(Meta(name="c", title="t", data_cutoff=ZERO + timedelta(days=CUTOFF)), tables)


def begun(person):
    return {c: d for c, d in person["starts"].items() if d <= CUTOFF}


def next_start(person, course):
    later = [
        d for c, d in begun(person).items() if PHASES.index(c) > PHASES.index(course) and d > begun(person)[course]
    ]
    return min(later, default=None)


def belongs(person, course, day):
    """The course in whose interval a day lies that stands under `course`; None where that has no start."""
    if course not in begun(person):
        return None
    following = next_start(person, course)
    if following is None or day <= following:
        return course
    return max((d, c) for c, d in begun(person).items() if d < day)[1]


def progressions(person, course):
    found = [person["ends"][course]] if person["ends"][course] is not None else []
    found += [d for c, d, a in person["visits"] if a == "PD" and belongs(person, c, d) == course]
    return [d for d in found if begun(person)[course] <= d <= CUTOFF]


def progression(person, course):
    following = next_start(person, course)
    return min((d for d in progressions(person, course) if following is None or d <= following), default=None)


def progression_at_last(person, course):
    """The first one of the course, else the first of any course after the next one began."""
    own, following = progression(person, course), next_start(person, course)
    after = [] if following is None else [d for c in begun(person) for d in progressions(person, c) if d > following]
    return own if own is not None else min(after, default=None)


def best_response(person, course):
    start, ended = begun(person)[course], progression(person, course)
    seen = [
        (d, a)
        for c, d, a in person["visits"]
        if belongs(person, c, d) == course and start <= d <= CUTOFF and (ended is None or d <= ended)
    ]
    for answer in ("CR", "PR"):
        if any(a == answer for _, a in seen):
            return answer
    if any(a == "SD" and d - start >= 42 for d, a in seen):
        return "SD"
    return "PD" if ended is not None else "NE"


def best_change(person, course):
    start, ended = begun(person)[course], progression(person, course)
    mine = [(d, v) for c, d, v in person["sums"] if belongs(person, c, d) == course and d <= CUTOFF]
    base = [v for d, v in sorted(mine, key=lambda pair: pair[0]) if d <= start]
    after = [v for d, v in mine if d > start and (ended is None or d <= ended)]
    return 100 * (min(after) - base[-1]) / base[-1] if base and base[-1] > 0 and after else None


def end_of(person, endpoint):
    """(last day, 0 event or 1 censored) of an endpoint; None for who has no follow-up after the first day."""
    course = "INITIAL" if endpoint == "PFS1" else "RECHALLENGE"
    start = begun(person)[course]
    stop = next_start(person, course) if endpoint == "PFS1" else None
    ended = {"PFS1": progression, "PFSR": progression_at_last}
    events = [person["death"]] + ([ended[endpoint](person, course)] if endpoint in ended else [])
    events = [d for d in events if d is not None and start <= d <= CUTOFF and (stop is None or d <= stop)]
    if events:
        return min(events), 0
    record = [*person["starts"].values(), *(d for d in person["ends"].values() if d is not None)]
    record += [d for _, d, _ in person["visits"]] + [d for _, d, _ in person["sums"]]
    last = (
        [d for d in record if d <= CUTOFF]
        + [person["alive"]]
        + ([person["death"]] if person["death"] is not None else [])
    )
    end = min(max(last), CUTOFF)
    end = end if stop is None else min(end, stop)
    return (end, 1) if end > start or person["alive"] == start else None


@pytest.mark.slow
@examples(5)
@given(st.lists(patients(), min_size=2, max_size=4))
def test_everything_derived_is_what_plain_loops_find(people):
    cohort, named = cohort_of(people), {f"S{i}": p for i, p in enumerate(people)}
    courses = derive_timeline(cohort).courses
    found = {(r.USUBJID, r.APHASE): r.PDDT for r in courses.itertuples()}
    wanted = {(s, c): on(progression(p, c)) for s, p in named.items() for c in begun(p)}
    assert {k: str(v) for k, v in found.items()} == {k: str(v) for k, v in wanted.items()}
    if "adrs" in cohort.tables:
        assessed = {belongs(p, c, d) for p in people for c, d, _ in p["visits"]}
        best = derive_best_response(cohort)
        said = {(r.USUBJID, r.APHASE): r.AVALC for r in best.itertuples() if r.APHASE in assessed}
        assert said == {(s, c): best_response(p, c) for s, p in named.items() for c in begun(p) if c in assessed}
    loops = {(s, c): best_change(p, c) for s, p in named.items() for c in begun(p)}
    loops = {k: round(v, 6) for k, v in loops.items() if v is not None}
    if loops:
        change = derive_best_change(cohort)
        assert {(r.USUBJID, r.APHASE): round(r.PCHG, 6) for r in change.itertuples()} == loops
    wanted = {
        (e, s): end_of(p, e)
        for s, p in named.items()
        for e in ("PFS1", "PFSR", "OS")
        if ("INITIAL" if e == "PFS1" else "RECHALLENGE") in begun(p)
    }
    wanted = {k: (on(v[0]), v[1]) for k, v in wanted.items() if v is not None}
    try:
        frame = derive_endpoints(cohort, ["PFS1", "PFSR", "OS"], "days").rows
    except NotAvailable:
        assert wanted == {}
        return
    assert {(r.PARAMCD, r.USUBJID): (r.ADT, r.CNSR) for r in frame.itertuples()} == wanted

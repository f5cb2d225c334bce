"""A cohort in which nothing is wrong gives no finding, however it was drawn."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from rechallenge.cohort.cohort import read_cohort
from tests.sizes import examples

YML = (
    "title: T\ntime_unit: {unit}\ndata_cutoff: 2025-06-30\nfactors: {{ALB: {{label: Albumin, type: number, unit:"
    " g/L}}}}\n"
)
HEAD = (
    "USUBJID,SITEID,AGE,SEX,ECOG,STAGE,DISTMET,BMI,ALB,ASTDT_INITIAL,AENDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,"
    "AENDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,DTHDT,DTHCGR1,BOR_INITIAL,BOR_RECHALLENGE,PFS1,PFS1_EVENT,PFSR,"
    "PFSR_EVENT,PFSR_CAUSE,OS,OS_EVENT"
)


def length(start, end, unit, figures):
    """Days with the first day counted, or months of 30.4375 days."""
    days = (end - start).days + 1
    return str(days) if unit == "days" else f"{days / 30.4375:.{figures}f}"


def patient(draw, name, unit, figures):
    """One row of adsl, its assessments, lesions and adverse events."""
    first = date(2016, 1, 1) + timedelta(days=draw.randrange(1800))
    progressed = first + timedelta(days=draw.randrange(60, 500))
    again = progressed + timedelta(days=draw.randrange(7, 400))
    event, dead = draw.random() < 0.7, draw.random() < 0.5
    died_first = event and dead and draw.random() < 0.2
    best = draw.choice(["PR", "SD", "PD"]) if event and not died_first else draw.choice(["PR", "SD"])
    end = again + timedelta(
        days=draw.randrange(50, 180 if best == "PD" else 500)
    )  # progression at the first assessment
    last = min(end + timedelta(days=draw.randrange(0, 300)), date(2025, 6, 30))
    stopped = end if event else last
    last = end if died_first else last
    stage = draw.choice(["IIIB", "IIIC", "IVA", "IVB"])
    cells = [
        name, draw.choice("ABC"), draw.randrange(30, 90), draw.choice("MF"), draw.randrange(3), stage,
        "Y" if stage[:2] == "IV" else "N", f"{draw.uniform(17, 35):.1f}", draw.randrange(28, 50), first,
        first + timedelta(days=50), progressed, again, again + timedelta(days=30), "" if died_first or not event else end,
        last, last if dead else "", draw.choice(["CANCER", ""]) if dead else "", draw.choice(["PR", "SD"]), best,
        length(first, progressed, unit, figures), 1, length(again, stopped, unit, figures),
        int(event or dead and stopped == last), ("DEATH" if died_first else "PROGRESSION") if event else "",
        length(again, last, unit, figures), int(dead),
    ]  # fmt: skip
    seen = [(name, "RECHALLENGE", "OVR", again + timedelta(days=45), best if best != "PD" else "SD")]
    if best == "PD":
        seen = [(name, "RECHALLENGE", "OVR", end, "PD")]
    sums = draw.randrange(20, 150)
    lesions = [
        (name, "RECHALLENGE", again - timedelta(days=9), sums),
        (name, "RECHALLENGE", again + timedelta(days=45), sums * (0.6 if best == "PR" else 0.9)),
    ]
    return cells, seen, lesions, [(name, "RECHALLENGE", "Rash", draw.randrange(1, 4))]


def text(head, rows):
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def cohort(seed, unit, figures, outcomes):
    """The files of a drawn cohort. outcomes : whether durations stand beside the dates."""
    draw = random.Random(seed)
    names = [f"P{i:03d}" for i in range(1, draw.randrange(6, 40))]
    drawn = [patient(draw, name, unit, figures) for name in names]
    columns = HEAD.split(",")
    kept = [i for i, c in enumerate(columns) if outcomes or not c.startswith(("PFS", "OS"))]
    adsl = text(",".join(columns[i] for i in kept), [[cells[i] for i in kept] for cells, *_ in drawn])
    part = lambda i: [row for rows in drawn for row in rows[i]]  # noqa: E731
    return {
        "yml": YML.format(unit=unit),
        "adsl": adsl,
        "adrs": text("USUBJID,APHASE,PARAMCD,ADT,AVALC", part(1)),
        "adtr": text("USUBJID,APHASE,ADT,SDIAM", part(2)),
        "adae": text("USUBJID,APHASE,AEDECOD,ATOXGR", part(3)),
    }


@pytest.mark.slow
@examples(3, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sampled_from(["months", "days"]), st.integers(1, 3), st.booleans())
def test_a_clean_cohort_gives_no_finding(write_cohort, seed, unit, figures, outcomes):
    write_cohort(**cohort(seed, unit, figures, outcomes))
    found = read_cohort("c")[1]
    rules = {f.id for f in found} - {"best-against-assessments", "all-censored"}  # a response may go unconfirmed
    assert not rules, [f for f in found if f.id in rules]

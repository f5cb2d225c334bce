"""Damage of known kinds, done to a good file, its cohort.yml or its answers: never silently wrong.

Each mutation ends in a finding, in a question, or in a change that a person would accept. The verdict comes from what
was damaged: `accepts` says of each kind whether the true numbers must stand (SAME) or whether it must be noticed
(SEEN). Each kind once; MUTATIONS=500 runs more of them, SEED=7 others.
"""

import os
import random

import pytest
import yaml

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from tests.conftest import use_data
from tests.sizes import size

COUNT, SEED = int(os.environ.get("MUTATIONS", size(0, 200))), int(os.environ.get("SEED", 0))
HEAD = ["patient_id", "age", "sex", "ecog", "start of rechallenge", "progression on rechallenge", "death date", "last follow up",
        "best response rechallenge", "pfs_rechallenge_months", "pfs_rechallenge_event", "os_months", "os_event"]  # fmt: skip
ID, AGE, SEX, ECOG, START, PD, DEATH, LAST, BOR, PFS, PFSE, OS, OSE = range(13)
SAME, SEEN = "the true numbers stand", "it is noticed"


def good():
    """The lines of a good file: 14 patients, dates and durations that agree."""
    import datetime as dt

    rows = []
    for i in range(14):
        start = dt.date(2022, 1, 10) + dt.timedelta(days=23 * i)
        pd, died = i % 3 != 0, i % 2 == 0
        progressed, last = start + dt.timedelta(days=60 + 11 * i), start + dt.timedelta(days=200 + 17 * i)
        months = lambda day, start=start: f"{((day - start).days + 1) / 30.4375:.2f}"  # noqa: E731
        rows.append([f"P{i:02d}", str(50 + i), "MF"[i % 2], str(i % 3), start.isoformat(), progressed.isoformat() if pd else "",
                     last.isoformat() if died else "", last.isoformat(), ["PD", "SD", "PR"][i % 3] if pd else "SD",
                     months(progressed if pd else last), str(int(pd or died)), months(last), str(int(died))])  # fmt: skip
    return [list(HEAD), *rows]


def pick(r, lines, column, want=lambda x: x):
    """The place of a patient whose cell is as wanted."""
    return r.choice([i for i, row in enumerate(lines[1:], start=1) if want(row[column])])


def cell(column, value, want=lambda x: x):
    """A mutation that writes one cell; value : text or a function of the old one."""

    def change(r, lines):
        i = pick(r, lines, column, want)
        lines[i][column] = value(lines[i][column]) if callable(value) else value

    return change


def column(place, value):
    """A mutation of every cell of a column."""

    def change(r, lines):
        for row in lines[1:]:
            row[place] = value(row[place])

    return change


def under(*cells):
    return lambda r, lines: lines.append([*cells, *[""] * (13 - len(cells))])


def swap(a, b):
    def change(r, lines):
        i = pick(r, lines, a)
        lines[i][a], lines[i][b] = lines[i][b], lines[i][a]

    return change


def turn(day):
    y, m, d = day.split("-")
    return f"{d}/{m}/{y}"


def double(r, lines):
    i = r.randrange(1, len(lines))
    lines.insert(i, list(lines[i]))


def wide(r, lines):
    lines[r.randrange(1, len(lines))].append("x")


def short(r, lines):
    del lines[-1][-1]


def blank_ids(r, lines):
    lines[r.randrange(1, len(lines))][ID] = ""


def title(r, lines):
    lines.insert(0, ["Rechallenge 2024", *[""] * 12])


def insert_blank(r, lines):
    lines.insert(r.randrange(1, len(lines)), [""] * 13)


def rownames(r, lines):
    for i, row in enumerate(lines):
        row.insert(0, "" if i == 0 else str(i))


def rename(place, name):
    return lambda r, lines: lines[0].__setitem__(place, name)


def days(r, lines):
    import datetime as dt

    for row in lines[1:]:
        for c in (START, PD, DEATH, LAST):
            if row[c]:
                row[c] = str((dt.date.fromisoformat(row[c]) - dt.date(1970, 1, 1)).days)


def flags(**words):
    return lambda r, lines: [row.__setitem__(OSE, words[f"v{row[OSE]}"]) for row in lines[1:]]


DAMAGE = {  # kind: (change, verdict)
    "total below": (under("Total", "14"), SAME), "合计 below": (under("合计", "14"), SAME), "median below": (under("Median", "56"), SAME),
    "note below": (under("* by RECIST 1.1"), SAME), "checked by": (under("checked by LW 2024"), SAME), "legend below": (under("red = dead"), SAME),
    "average below": (under("平均年龄", "56.5"), SAME), "identifier alone": (under("P99"), SEEN), "title above": (title, SAME),
    "blank line": (insert_blank, SAME), "row names": (rownames, SAME), "patient twice": (double, SEEN), "names again": (lambda r, x: x.insert(5, list(HEAD)), SAME),
    "identifier gone": (blank_ids, SEEN), "line too long": (wide, SEEN), "file cut off": (short, SEEN),
    "age in words": (cell(AGE, "old"), SEEN), "age 999": (cell(AGE, "999"), SEEN), "age with unit": (cell(AGE, lambda x: f"{x}岁"), SAME),
    "age full width": (cell(AGE, lambda x: x.translate(str.maketrans("0123456789", "０１２３４５６７８９"))), SAME), "ages as floats": (column(AGE, lambda x: f"{x}.0"), SAME),
    "age negative": (cell(AGE, lambda x: f"-{x}"), SEEN), "sex as codes": (column(SEX, lambda x: {"M": "1", "F": "2"}[x]), SEEN),
    "sex in Chinese": (column(SEX, lambda x: {"M": "男", "F": "女"}[x]), SAME), "sex unknown word": (cell(SEX, "X"), SEEN),
    "ecog 0-1": (cell(ECOG, "0-1"), SEEN), "ecog with unit": (column(ECOG, lambda x: f"{x}分"), SAME), "ecog 9": (cell(ECOG, "9"), SEEN),
    "ecog as floats": (column(ECOG, lambda x: f"{x}.0"), SAME),
    "response remark": (cell(BOR, lambda x: f"{x}(缩小)"), SAME), "response unknown": (cell(BOR, "MR"), SEEN), "response NR": (cell(BOR, "NR"), SEEN),
    "dates day first": (column(START, turn), SAME), "one date day first": (cell(LAST, turn, lambda x: int(x[8:]) <= 12 and x[8:] != x[5:7]), SEEN), "date of month": (cell(DEATH, lambda x: x[:7], bool), SEEN),
    "date of year": (cell(PD, lambda x: x[:4], bool), SEEN), "date impossible": (cell(START, "2023-02-30"), SEEN), "date 1900": (cell(START, "1900-01-01"), SEEN),
    "date in words": (cell(LAST, "unclear"), SEEN), "dates as day numbers": (days, SEEN), "date ten years early": (cell(START, lambda x: "2012" + x[4:]), SEEN),
    "date in Chinese": (column(LAST, lambda x: "{}年{}月{}日".format(*x.split("-"))), SAME), "start after progression": (swap(START, PD), SEEN),
    "death before start": (cell(DEATH, "2021-01-01", bool), SEEN), "dates with midnight": (column(LAST, lambda x: f"{x} 00:00:00"), SAME),
    "pfs decimal comma": (column(PFS, lambda x: x.replace(".", ",")), SEEN), "pfs in days": (column(PFS, lambda x: f"{float(x) * 30.4375:.0f}"), SEEN),
    "pfs longer than os": (cell(PFS, "99"), SEEN), "pfs off by ten": (cell(PFS, lambda x: f"{float(x) * 10:.2f}"), SEEN), "pfs negative": (cell(PFS, lambda x: f"-{x}"), SEEN),
    "os ends early": (cell(OS, lambda x: x[0], lambda x: len(x) > 4), SEEN), "os event 2": (cell(OSE, "2"), SEEN), "os event gone": (cell(OSE, ""), SEEN),
    "os event 9": (cell(OSE, "9"), SEEN), "os flags turned": (column(OSE, lambda x: str(1 - int(x))), SEEN), "os event dropped": (cell(OSE, "0", lambda x: x == "1"), SEEN),
    "os flags in words": (flags(v1="dead", v0="alive"), SAME), "os flags as floats": (flags(v1="1.0", v0="0.0"), SAME), "os codes 1 and 2": (flags(v1="1", v0="2"), SEEN),
    "pfs flag turned": (cell(PFSE, "0", lambda x: x == "1"), SEEN), "name says censored": (rename(OSE, "os_censored"), SEEN),
    "name of another": (rename(AGE, "os"), SEEN), "identifier unnamed": (rename(ID, "x"), SEEN), "name of weeks": (rename(PFS, "pfs_rechallenge_weeks"), SEEN),
    "name twice": (rename(SEX, "age"), SEEN),
}  # fmt: skip


def truth():
    """What the good file says: patients, deaths, events of PFS, sums of the durations and ages."""
    rows = good()[1:]
    return {"n": len(rows), "OS": sum(r[OSE] == "1" for r in rows), "PFSR": sum(r[PFSE] == "1" for r in rows),
            "months": round(sum(float(r[OS]) + float(r[PFS]) for r in rows), 2), "age": sum(int(r[AGE]) for r in rows),
            "women": sum(r[SEX] == "F" for r in rows)}  # fmt: skip


def measured(cohort):
    adsl, adtte = cohort.table("adsl"), cohort.tables.get("adtte")
    outcome = lambda code: adtte[adtte["PARAMCD"].astype(str) == code] if adtte is not None else []  # noqa: E731
    events = {code: int((outcome(code)["CNSR"] == 0).sum()) if len(outcome(code)) else None for code in ("OS", "PFSR")}
    return {"n": len(adsl), **events, "months": round(float(adtte["AVAL"].sum()), 2) if adtte is not None else None,
            "age": int(adsl["AGE"].sum()) if "AGE" in adsl else None, "women": int((adsl["SEX"].astype(str) == "F").sum()) if "SEX" in adsl else None}  # fmt: skip


def careful(paths):
    """The proposal of a person who confirms only what is true of the good file: 1, dead, 1.0 are deaths; proposals
    where nothing else is asked. Anything that she is asked beside the two events is a thing noticed."""
    answers, noticed, asked = {}, [], None
    while asked != []:
        proposal = propose(paths, answers)
        asked = [
            q
            for q in proposal.open()
            if q.blocking
            and q.topic == "event"
            and q.proposed
            and {v.word: q.proposed[v.word] for v in q.values} == {v.word: TRUE.get(v.word) for v in q.values}
        ]
        answers |= {q.id: q.proposed for q in asked}
    noticed = [q.id for q in proposal.open(blocking=True)]
    return proposal, noticed


TRUE = {"1": "event", "0": "censored", "1.0": "event", "0.0": "censored", "dead": "event", "alive": "censored"}


def outcome_of(path, folder):
    """(what was noticed, the numbers of the cohort or None)."""
    try:
        proposal, noticed = careful([path])
        write_cohort("c", proposal, replace=(folder / "c").exists())
    except CohortError as error:
        return [f.rule for f in error.findings], None
    cohort, findings = read_cohort("c")
    left = [name for plan in proposal.plans for name in plan.left if plan.sheet.frame[name].notna().any()]
    return [
        *noticed,
        *(f.rule for f in findings if "no patient" not in f.rule or f.severity == "error"),
        *left,
    ], (measured(cohort) if cohort else None)


def mutations():
    kinds = sorted(DAMAGE)
    return [(kinds[i % len(kinds)], SEED + i) for i in range(max(COUNT, len(kinds)))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    return tmp_path


def save(folder, lines):
    path = folder / "study.csv"
    path.write_text(
        "\n".join(",".join(f'"{c}"' if "," in c else c for c in row) for row in lines) + "\n", encoding="utf-8"
    )
    return path


def test_the_good_file_is_read_as_it_is(folder):
    noticed, found = outcome_of(save(folder, good()), folder / "data")
    assert found == truth() and noticed == []


@pytest.mark.parametrize("kind, seed", mutations())
def test_no_damage_of_the_data_is_silently_wrong(folder, kind, seed):
    change, verdict = DAMAGE[kind]
    lines = good()
    change(random.Random(seed), lines)
    noticed, found = outcome_of(save(folder, lines), folder / "data")
    if verdict is SAME:
        assert found == truth() or noticed, (kind, found)
    else:
        assert noticed or found is None, (kind, found)


def flip(raw, r):
    raw["tables"]["adsl"]["values"] = {"OS_EVENT": {"1": "0", "0": "1"}}


CONFIG = {  # damage of cohort.yml after a good import
    "events turned": flip,
    "event confirmed otherwise": (
        lambda raw, r: raw["confirmed"]["events"]["OS_EVENT"].update(event=["0"], censored=["1"])
    ),
    "counts of other data": lambda raw, r: raw["confirmed"]["events"]["OS_EVENT"]["counts"].update({"1": 3}),
    "columns exchanged": (
        lambda raw, r: raw["tables"]["adsl"]["columns"].update(os_months="PFSR", pfs_rechallenge_months="OS")
    ),
    "column that is not there": lambda raw, r: raw["tables"]["adsl"]["columns"].update(agee="AGE"),
    "column of no table": lambda raw, r: raw["tables"]["adsl"]["columns"].update(age="AGEE"),
    "unit of days": lambda raw, r: raw.update(time_unit="days"),
    "unknown key": lambda raw, r: raw.update(tabels={}),
    "header below": lambda raw, r: raw["tables"]["adsl"].update(header=3),
    "rows end early": lambda raw, r: raw["tables"]["adsl"].update(first_row=2, last_row=r.randrange(5, 12)),
    "file that is not there": lambda raw, r: raw["tables"]["adsl"].update(file="other.csv"),
    "wrong date format": lambda raw, r: raw["tables"]["adsl"].update(dates={"DTHDT": "day-frist"}),
    "decimal comma": lambda raw, r: raw["tables"]["adsl"].update(decimal=","),
    "cut-off early": lambda raw, r: raw.update(data_cutoff=__import__("datetime").date(2022, 3, 1)),
}


@pytest.mark.parametrize("kind", sorted(CONFIG))
def test_no_damage_of_cohort_yml_is_silently_wrong(folder, kind):
    proposal, _ = careful([save(folder, good())])
    write_cohort("c", proposal)
    path = folder / "data" / "c" / "cohort.yml"
    before = {f.rule for f in read_cohort("c")[1]}
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    CONFIG[kind](raw, random.Random(7))
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    cohort, findings = read_cohort("c")
    assert cohort is None or {f.rule for f in findings} - before or measured(cohort) == truth(), measured(cohort)


ANSWERS = [
    {"event.OS_EVENT": ["7"]},
    {"event.OS_EVENT": {"1": "event"}},
    {"event.OS_EVENT": "yes"},
    {"event.OS_EVENT": {"1": "dead", "0": "alive"}},
    {"event.OS_EVENT": 5},
]


@pytest.mark.parametrize("answers", ANSWERS, ids=str)
def test_no_damaged_answer_is_taken(folder, answers):
    with pytest.raises(CohortError):
        propose([save(folder, good())], answers)

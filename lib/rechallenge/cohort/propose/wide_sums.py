"""Sums of lesions in a column for each visit: a row for each visit, or the best change where no visit has a date."""

import re

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from .fit import MOST, counts_of, fit, numbers_of
from .questions import Reasons, about, choices_of
from .which_course import COURSES
from .wide import add_visits, dates_of_visits, likely_course, parted, said_of_visit
from .words import of_visit

NAMES = re.compile(
    r"(?<![a-z])(?:sld|sod|stl|sum)(?![a-z])|sum of (?:the )?(?:longest |target )?(?:diam|lesion)"
    r"|target[ _-]?(?:lesions?|sum|size)|"
    r"tumou?r[ _-]?(?:size|burden|diameter)|lesion[ _-]?(?:size|sum)|靶病灶|直径总?和|病灶总?和|径和|肿瘤(?:大小|直径|负荷)",
    re.IGNORECASE,
)
NOT_SUMS = re.compile(
    r"change|percent|%|变化|缩小|百分|率|best|nadir|最小|最佳|number|count|数目|个数|部位|site", re.IGNORECASE
)
BASELINE = re.compile(
    r"(?<![a-z])(?:baseline|base|bl|screening|pre[ _-]?treatment|w(?:eek)?[ _-]?0|pre)(?![a-z])|基线|治疗前|用药前|筛选期",
    re.IGNORECASE,
)
SMALL = 20  # a median sum below this is not likely in mm


def find_sums(sheet, chosen=()) -> tuple:
    """The columns of a sheet that hold the sum of lesions of a visit each, with the keys of Visit in cohort.yml.

    chosen : columns whose meaning a person chose. Visits without a date have `sum` alone; the baseline has 0 weeks."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or ids[ids != ""].duplicated().any():
        return ()
    series = {}
    for name in (c for c in sheet.frame.columns if c != sheet.id and c not in chosen and _holds_sums(sheet, c)):
        text = BASELINE.sub(" ", name)
        stem, number, at = parted(text)
        at = {"weeks": 0} if text != name and not at else at
        series.setdefault(_bare(stem), []).append((name, number, at))
    told = [[m for m in members if m[2] or m[1] or of_visit(m[0], sheet.label(m[0]))] for members in series.values()]
    several = [members for members in told if len(members) > 1]
    alone = [m for members in told if len(members) == 1 for m in members if m[2] == {"weeks": 0}]
    found = sum(several, []) + (alone if len(several) == 1 else [])  # Baseline SLD beside TA1 SLD, TA2 SLD
    order = {c: i for i, c in enumerate(sheet.frame.columns)}
    found.sort(key=lambda m: (m[2].get("weeks") != 0, order[m[0]]))
    dates = dates_of_visits(sheet, found)
    return tuple({"sum": name, **(dates.get(name) or at)} for name, _, at in found)


def _bare(stem) -> str:
    """What a series is called, without its unit."""
    return re.sub(r"\b(?:mm|cm)\b|毫米|厘米", "", stem).strip()


def _holds_sums(sheet, name) -> bool:
    """Whether a column is called like a sum of lesions and holds one."""
    texts = [t for t in (name, sheet.label(name)) if t]
    if not any(NAMES.search(t.replace("_", " ")) for t in texts) or any(map(NOT_SUMS.search, texts)):
        return False
    return fit(sheet, name, load_dictionary()["adtr"].columns["SDIAM"]).share > MOST


def ask_sums(plan, proposal):
    """Whether the columns of sums are read, as rows of visits or as the best change, and of which course."""
    sums = plan.sheet.wide_sums if plan.table == "adsl" else ()
    if not sums or any(p.table == "adtr" for p in proposal.plans):
        return
    starts = {c: plan.written(f"ASTDT_{code}") for c, code in COURSES.items() if code and plan.written(f"ASTDT_{code}")}
    known = [v for v in sums if set(v) & {"date", "day"} or (starts and set(v) & {"weeks", "months"})]
    best = len(known) < 2
    read = sums if best else known
    choices = [c for c in choices_of("wide_sums") if best or c in starts or c not in COURSES or not _counted(read)]
    said = Reasons(tuple(said_of_visit(plan.sheet, v) for v in read))
    proposed = likely_course(plan, read, starts, choices)
    had = any(t.startswith("PCHG_") for t in plan.columns.values())
    yield (
        about(
            plan.sheet,
            "wide_best" if best else "wide_sums",
            of="sums",
            choices=tuple(choices),
            proposed="unneeded" if had else proposed,
            words={"counts": said, "first": shown(read[0]["sum"])},
        ),
        lambda answer: _settle(plan, proposal, read, answer, starts.get(answer, ""), best),
    )


def _counted(visits) -> bool:
    """Whether dates are counted from the start of a course."""
    return any(not set(v) & {"date", "day"} for v in visits)


def _settle(plan, proposal, visits, answer, start, best):
    if answer != "unneeded":
        add_visits(plan, proposal, list(visits), answer, start, best)


def ask_lesion_unit(plan):
    """Whether sums are in cm, where their name says it, or where they are small."""
    name = plan.written("SDIAM") if plan.table == "adtr" else ""
    if not name:
        return
    rule = plan.sheet.rule.get("visits", {"columns": [{"sum": name}]})
    names = [v["sum"] for v in rule["columns"]]
    said = {
        "cm" if re.search(r"(?<![a-z])cm(?![a-z])|厘米", f"{n} {plan.sheet.label(n)}", re.IGNORECASE) else ""
        for n in names
    }
    if said == {"cm"}:
        plan.scales["SDIAM"] = "cm"
        return
    numbers = numbers_of(counts_of(plan.sheet, name), load_dictionary()["adtr"].columns["SDIAM"])[0]
    cells = plan.sheet.cells(name).map(numbers).dropna()
    if len(cells) and cells.median() < SMALL and not any("mm" in n.lower() or "毫米" in n for n in names):
        words = {"median": f"{cells.median():g}", "columns": ", ".join(map(shown, names[:4]))}
        question = about(plan.sheet, "lesion_unit", words=words)
        yield question, lambda answer: plan.scales.update({"SDIAM": "cm"}) if answer == "cm" else None

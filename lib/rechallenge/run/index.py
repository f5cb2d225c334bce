"""The page of a batch: a table of the cohorts and a comparison,
from the results.csv of each report and nothing else.
"""

import csv
from pathlib import Path

import numpy as np

from papercheck.files.swap import write_whole
from papercheck.files.visible import visible
from papercheck.vocabulary.units import USUAL

from ..results import read_ledger
from ..text.language import language, say, spaced, words
from ..text.words import INTERVAL_NAMES, continued, decimals_for, interval, percent, rounded
from .answer import COURSES, first
from .marks import axis, curve, mark
from .policy import own_script, policy

HERE = Path(__file__).parent / "templates" / "rechallenge"
TIMES = {"PFSR": "Progression-free survival on rechallenge", "OS": "Overall survival"}
SHARES = {"ORR": "Objective response rate on rechallenge", "DCR": "Disease control rate on rechallenge"}
FACTORS = 12  # factors whose hazard ratios are compared: those that most cohorts have
STATES = ("done", "failed", "bad")


def write_index(out, records, facts) -> Path:
    """Write out/index.html for the records of a batch (see task.py); returns its path. No clock, no path, no request.

    facts : {each, cohort, left_out} for a cohort that was split, empty values otherwise.
    """
    from jinja2 import Environment, FileSystemLoader

    rows = [_row(Path(out), record) for record in records]
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["say"] = say
    html = environment.get_template("batch.html.j2").render(
        rows=rows,
        facts=facts,
        comparisons=_comparisons(rows),
        t=words(language(), "batch"),
        times=TIMES,
        shares=SHARES,
        pseudo=any(r["badge"] for r in rows),
        counts={s: sum(r["state"] == s for r in rows) for s in STATES},
        style=(HERE / "report.css").read_text(encoding="utf-8") + (HERE / "batch.css").read_text(encoding="utf-8"),
        script=own_script("batch.js"),
        policy=policy(own_script("batch.js")),
    )
    page = Path(out) / "index.html"
    write_whole(page, visible(html))
    return page


def _row(out, record):
    """A record with the numbers of its report."""
    ledger = []
    if record["digest"]:
        with open(out / record["name"] / "results.csv", encoding="utf-8", newline="") as file:
            ledger = list(csv.DictReader(file))
    numbers = read_numbers(ledger, record.get("events_unknown", ()))
    told = {"errors": record.get("told", record["errors"])}
    return {"badge": ""} | record | told | numbers | {"has_report": bool(record["digest"])}


def read_numbers(rows, unknown=()) -> dict:
    """What the page shows of one report, from the rows of its results.csv: n, times, shares, ratios, curves.

    unknown : endpoints of pseudo-patients whose number of events the paper does not print.
    """
    found = read_ledger(rows)
    times = {code: time for code in TIMES if (time := _time(found, code, code not in unknown))}
    shares = {code: share for code in SHARES if (share := _share(found, code))}
    ratios = {}
    for r in found:
        if r.quantity == "hazard_ratio" and r.model == "univariable" and not r.free:
            ratios.setdefault(f"{r.variable} = {r.level}" if r.level else r.variable, _ratio(r))
    return {"n": _analysed(found), "times": times, "shares": shares, "ratios": ratios}


def _analysed(found) -> int | None:
    """Subjects analysed: the end of the flow; without criteria
    everybody, known and missing of any column; else None.
    """
    flow = [r for r in found if r.quantity == "population.flow"]
    if flow:
        return int(flow[-1].n)
    column = first(found, "population.missing")
    return int(column["known"] + column["missing"]) if column else None


def _time(found, code, known) -> dict | None:
    """Median with interval (the first of the report: the method that its parameter asks for) and the curve.

    known : whether the number of events is; of pseudo-patients it may be one that no paper prints.
    """
    r = first(found, "survival.median", endpoint=code, by=("", COURSES), model="")
    if r is None:
        return None
    if not r.events:
        blank = {"detail": "", "curve": "", "unit": r.unit, "low": None, "high": None, "sort": ""}
        said = say("no event in {n}", n=f"{r.n:.0f}") if known else _not_printed(r)
        return {"value": None, "text": said} | blank
    digits = decimals_for(r.unit)
    rates = [x for x in found if x.quantity == "survival.rate" and x.endpoint == code and x.by in ("", COURSES)]
    points = sorted((x.at, x.estimate, x.low, x.high) for x in rates if not np.isnan([x.estimate, x.low, x.high]).any())
    return {
        "value": _known(r.estimate),
        "low": _known(r.low),
        "high": _known(r.high),
        "unit": r.unit,
        "sort": _sort(_known(USUAL.convert(r.estimate, r.unit, "months"))),
        "text": say("{value} {unit}", value=rounded(r.estimate, digits), unit=r.unit),
        "detail": (
            f"{interval(r.low, r.high, digits)}, {say(INTERVAL_NAMES.get(r.method, r.method))}; "
            + (say("{events} events", events=f"{r.events:.0f}/{r.n:.0f}") if known else _not_printed(r))
        ),
        "curve": curve(points, code) if points else "",
    }


def _not_printed(r) -> str:
    return say("number of events not printed ({n} patients)", n=f"{r.n:.0f}")


def _share(found, code) -> dict | None:
    r = first(found, "response.rate", variable=code, by="APHASE", level="RECHALLENGE")
    if r is None or np.isnan(r.estimate):
        return None
    return {
        "value": r.estimate,
        "low": r.low,
        "high": r.high,
        "sort": _sort(r.estimate),
        "text": f"{percent(r.estimate)}% ({r['count']:.0f}/{r.n:.0f})",
        "detail": f"{percent(r.low)}–{percent(r.high)}%, {say(r.method)}" if _known(r.low) is not None else "",
    }


def _ratio(r) -> dict:
    value = _known(r.estimate)
    text = say("not estimable") if value is None else rounded(value, 2)
    detail = "" if value is None else f"{interval(r.low, r.high, 2)}, {say(r.method)}"
    return {"value": value, "low": _known(r.low), "high": _known(r.high), "text": text, "detail": detail}


def _known(value) -> float | None:
    """A number, or None where it could not be estimated."""
    return None if np.isnan(value) else float(value)


def _sort(value):
    """A number as the script of the page reads it."""
    return "" if value is None else "Infinity" if value == float("inf") else repr(float(value))


def _comparisons(rows):
    """The plots: title, note, the axis, and a mark with its values for each cohort that has the number."""
    plots = []
    for code, title in TIMES.items():
        entries = [(r, r["times"][code]) for r in rows if code in r["times"]]
        units = {e["unit"] for _, e in entries}
        unit = units.pop() if len(units) == 1 else "months"
        entries = [
            (r, e | {k: _converted(e[k], e["unit"], unit) for k in ("value", "low", "high")}) for r, e in entries
        ]
        note = say("Median ({unit}) with 95% confidence interval.", unit=unit)
        note = (
            spaced(f"{note} {say('The marks of cohorts in days are drawn in months.')}", language()) if units else note
        )
        plots.append(_plot(say("Median: {what}", what=continued(say(title))), note, entries, "time"))
    for code, title in SHARES.items():
        entries = [(r, r["shares"][code]) for r in rows if code in r["shares"]]
        plots.append(_plot(say(title), say("Share of subjects (%) with 95% confidence interval."), entries, "share"))
    counts = {}
    for row in rows:
        for item, ratio in row["ratios"].items():
            counts[item] = counts.get(item, 0) + (ratio["value"] is not None)
    compared = [i for i, n in counts.items() if n >= min(2, len(rows))]
    most = sorted(compared, key=lambda item: -counts[item])[:FACTORS]
    for item in [i for i in counts if i in most]:
        entries = [(r, r["ratios"][item]) for r in rows if item in r["ratios"]]
        endpoints = list(dict.fromkeys(r["endpoint"] for r, _ in entries))
        note = say(
            "Unadjusted hazard ratio with 95% confidence interval, logarithmic axis; the line is 1. Units and reference"
            " levels stand in the reports."
        )
        one = say("Endpoint: {endpoint}.", endpoint=endpoints[0]) if len(endpoints) == 1 else ""
        note = spaced(f"{note} {one or say('The endpoint stands behind each cohort.')}", language())
        several = len(endpoints) > 1
        plots.append(_plot(say("Hazard ratio: {item}", item=item), note, entries, "ratio", several))
    return {
        "plots": [p for p in plots if p["rows"]],
        "factors": len(most),
        "known": len(compared),
    }


def _converted(value, unit, target):
    return None if value is None else USUAL.convert(value, unit, target)


def _plot(title, note, entries, kind, endpoints=False):
    scale = axis(kind, [e for _, e in entries])
    return {
        "title": title,
        "note": note,
        "axis": scale.svg(),
        "rows": [
            {
                "name": r["name"],
                "badge": r["badge"],
                "endpoint": r["endpoint"] if endpoints else "",
                **e,
                "svg": mark(scale, e, bool(r["badge"])),
            }
            for r, e in entries
        ],
    }

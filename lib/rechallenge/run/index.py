"""The page of a batch: a table of the cohorts and a comparison, from the results.csv of each report and nothing else."""

import csv
import re
from pathlib import Path

from papercheck.files.swap import write_whole
from papercheck.vocabulary.units import convert

from ..show.words import FREE_MARK, INTERVAL_NAMES, decimals_for, interval, percent, rounded
from .marks import axis, curve, mark

HERE = Path(__file__).parent / "templates" / "rechallenge"
LANDMARK = re.compile(r"(.*) at (\d+(?:\.\d+)?) months")
TIMES = {"PFSR": "Progression-free survival on rechallenge", "OS": "Overall survival"}
SHARES = {"ORR": "Objective response rate on rechallenge", "DCR": "Disease control rate on rechallenge"}
FACTORS = 12  # factors whose hazard ratios are compared: those that most cohorts have
STATES = {"done": "whole", "failed": "failed", "bad": "no report"}


def write_index(out, records, facts) -> Path:
    """Write out/index.html for the records of a batch (see task.py); returns its path. No clock, no path, no request.

    facts : {each, cohort, left_out} for a cohort that was split, empty values otherwise.
    """
    from jinja2 import Environment, FileSystemLoader

    rows = [_row(Path(out), record) for record in records]
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = environment.get_template("batch.html.j2").render(
        rows=rows, facts=facts, comparisons=_comparisons(rows), states=STATES, times=TIMES, shares=SHARES,
        pseudo=any(r["pseudo"] for r in rows), counts={s: sum(r["state"] == s for r in rows) for s in STATES},
        style=(HERE / "report.css").read_text(encoding="utf-8") + (HERE / "batch.css").read_text(encoding="utf-8"),
        script=(HERE / "batch.js").read_text(encoding="utf-8"),
    )  # fmt: skip
    page = Path(out) / "index.html"
    write_whole(page, html)
    return page


def _row(out, record):
    """A record with the numbers of its report."""
    ledger = []
    if record["digest"]:
        with open(out / record["name"] / "results.csv", encoding="utf-8", newline="") as file:
            ledger = list(csv.DictReader(file))
    numbers = read_numbers(ledger)
    return {"pseudo": False} | record | numbers | {"has_report": bool(record["digest"])}


def read_numbers(ledger) -> dict:
    """What the page shows of one report, from the rows of its results.csv: n, times, shares, ratios, curves."""
    times = {code: found for code in TIMES if (found := _time(ledger, code))}
    shares = {code: found for code in SHARES if (found := _share(ledger, code))}
    ratios = {}
    for row in ledger:
        if (
            row["by"] == "univariable"
            and not row["method"].endswith(FREE_MARK)
            and row["statistic"] in ("hr", "ci_low", "ci_high", "n", "method")
        ):
            ratios.setdefault(row["item"], {"method": row["method"]})[row["statistic"]] = _number(row["value"])
    ratios = {item: _ratio(found) for item, found in ratios.items() if {"hr", "ci_low", "ci_high"} <= set(found)}
    return {"n": _analysed(ledger), "times": times, "shares": shares, "ratios": ratios}


def _analysed(ledger):
    """Subjects analysed: the end of the flow; without criteria everybody, known and missing of any column; else None."""
    flow = [r["value"] for r in ledger if r["item"] == "flow" and r["statistic"] == "n"]
    if flow:
        return int(float(flow[-1]))
    counts = {}
    for row in ledger:
        if row["method"] in ("count", "description") and row["statistic"] in ("n", "known", "missing"):
            counts.setdefault((row["section"], row["item"], row["group"]), {})[row["statistic"]] = row["value"]
    whole = [c for c in counts.values() if "missing" in c and len(c) == 2]
    return sum(int(float(v)) for v in whole[0].values()) if whole else None


def _number(text):
    """A value of the ledger: NR is infinity, NE is None."""
    if text in ("NE", ""):
        return None
    return float("inf") if text == "NR" else float("-inf") if text == "-inf" else float(text)


def _is_time(row, code):
    return row["group"] == code if row["by"] == "PARAMCD" else not row["by"] and row["item"].split(" at ")[0] == code


def _time(ledger, code):
    """Median with interval (the first of the report: the method that its parameter asks for) and the curve."""
    rows = [r for r in ledger if _is_time(r, code)]
    first = {}
    for row in rows:
        if not LANDMARK.fullmatch(row["item"]):
            first.setdefault(row["statistic"], row)
    if not {"median", "ci_low", "ci_high"} <= set(first):
        return None
    value, low, high = (_number(first[s]["value"]) for s in ("median", "ci_low", "ci_high"))
    unit, method = first["median"]["unit"], first["median"]["method"]
    n, events = (int(float(first[s]["value"])) if s in first else None for s in ("n", "events"))
    points = {}
    for row in rows:
        if at := LANDMARK.fullmatch(row["item"]):
            points.setdefault(float(at.group(2)), {})[row["statistic"]] = _number(row["value"])
    points = [
        (months, p["survival"], p["ci_low"], p["ci_high"])
        for months, p in sorted(points.items())
        if None not in (p.get("survival"), p.get("ci_low"), p.get("ci_high"))
    ]
    if not events:
        return {
            "value": None,
            "text": f"no event in {n}",
            "detail": "",
            "curve": "",
            "unit": unit,
            "low": None,
            "high": None,
            "sort": "",
        }
    return {
        "value": value, "low": low, "high": high, "unit": unit, "sort": _sort(_converted(value, unit, "months")),
        "text": f"{_shown(value, decimals_for(unit))} {unit}",
        "detail": f"{_range(low, high, decimals_for(unit))}, {INTERVAL_NAMES.get(method, method)}; {events}/{n} events",
        "curve": curve(points, code) if points else "",
    }  # fmt: skip


def _share(ledger, code):
    found = {
        r["statistic"]: r for r in ledger if r["item"] == code and r["by"] == "APHASE" and r["group"] == "RECHALLENGE"
    }
    if not {"count", "n", "share", "ci_low", "ci_high"} <= set(found):
        return None
    value, low, high = (_number(found[s]["value"]) for s in ("share", "ci_low", "ci_high"))
    if value is None:
        return None
    count, n = (int(float(found[s]["value"])) for s in ("count", "n"))
    return {
        "value": value, "low": low, "high": high, "text": f"{percent(value)}% ({count}/{n})",
        "detail": f"{percent(low)}–{percent(high)}%, {found['share']['method']}", "sort": _sort(value),
    }  # fmt: skip


def _ratio(found):
    value, low, high = found["hr"], found["ci_low"], found["ci_high"]
    text = "not estimable" if value is None else _shown(value, 2)
    detail = "" if value is None else f"{_range(low, high, 2)}, {found['method']}"
    return {"value": value, "low": low, "high": high, "text": text, "detail": detail}


def _sort(value):
    """A number as the script of the page reads it."""
    return "" if value is None else "Infinity" if value == float("inf") else repr(float(value))


def _shown(value, digits):
    return "NE" if value is None else rounded(value, digits)


def _range(low, high, digits):
    return interval(*(float("nan") if v is None else v for v in (low, high)), digits)


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
        note = f"Median ({unit}) with 95% confidence interval."
        note += " The marks of cohorts in days are drawn in months." if units else ""
        plots.append(_plot(f"Median: {title.lower()}", note, entries, "time"))
    for code, title in SHARES.items():
        entries = [(r, r["shares"][code]) for r in rows if code in r["shares"]]
        plots.append(_plot(title, "Share of subjects (%) with 95% confidence interval.", entries, "share"))
    counts = {}
    for row in rows:
        for item, ratio in row["ratios"].items():
            counts[item] = counts.get(item, 0) + (ratio["value"] is not None)
    compared = [i for i, n in counts.items() if n >= min(2, len(rows))]
    most = sorted(compared, key=lambda item: -counts[item])[:FACTORS]
    for item in [i for i in counts if i in most]:
        entries = [(r, r["ratios"][item]) for r in rows if item in r["ratios"]]
        endpoints = list(dict.fromkeys(r["endpoint"] for r, _ in entries))
        note = "Unadjusted hazard ratio with 95% confidence interval, logarithmic axis; the line is 1. Units and reference levels stand in the reports. "
        note += f"Endpoint: {endpoints[0]}." if len(endpoints) == 1 else "The endpoint stands behind each cohort."
        several = len(endpoints) > 1
        plots.append(_plot(f"Hazard ratio: {item.replace('=', ' = ', 1)}", note, entries, "ratio", several))
    return {
        "plots": [p for p in plots if p["rows"]],
        "factors": len(most), "known": len(compared),
    }  # fmt: skip


def _converted(value, unit, target):
    return None if value is None else convert(value, unit, target)


def _plot(title, note, entries, kind, endpoints=False):
    scale = axis(kind, [e for _, e in entries])
    return {
        "title": title, "note": note, "axis": scale.svg(),
        "rows": [{"name": r["name"], "pseudo": r["pseudo"], "endpoint": r["endpoint"] if endpoints else "", **e,
                  "svg": mark(scale, e, r["pseudo"])} for r, e in entries],
    }  # fmt: skip

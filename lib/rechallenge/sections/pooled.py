"""What many centres say together: the tables and figures of a pooled study, made of Results."""

import numpy as np

from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules
from smallsurv.coarse import held_back
from smallsurv.curve import band
from smallsurv.pooled import (
    RiskTable,
    pooled_curve,
    pooled_incidence,
    stacked_tables,
)

from ..derive.causes import cause_column
from ..federation.contents import ALL, MISSING, cause_levels
from ..federation.gather import TOGETHER, Pooled
from ..federation.held import table_of
from ..results import Result
from ..show.display import Figure, Table
from ..text.language import say
from ..text.words import interval, listed, percent, rounded

SHARES = dict.fromkeys(("survival", "incidence", "se", "ci_low", "ci_high", "bin_low", "bin_high"), "share")
KAPLAN_MEIER = (
    "Kaplan-Meier estimate at the ends of bins, every time counted at the end of its bin; interval on the log-log"
    " scale. At risk: at the start of the bin. Limits of binning: between them lies the estimate of the patients' own"
    " times."
)
FIGURE_GROUPS, FIGURE_BINS = 6, 3  # curves of one figure at most, bins at least


def name_of(endpoint: str) -> str:
    """An endpoint in words, in the language of the run."""
    return say(endpoint_rules()[endpoint]["label"])


def _sum(found: Pooled, record, field) -> tuple[float, int]:
    """The sum of a field over the centres that tell it, and how many hold it back."""
    values = [c.get(record, {}).get(field) for c in found.contents.values()]
    told = [float(v) for v in values if v is not None]
    return sum(told), len(values) - len(told)


def flow_table(found: Pooled) -> Table:
    """The centres: patients on record and analysed; of a masked study their sum alone."""
    rows, results = [], []
    for centre, contents in found.contents.items():
        record = contents["flow"]
        values = {n: np.nan if record[n] is None else float(record[n]) for n in ("recorded", "analysed")}
        results.append(Result("pooled.flow", values, item=centre, by="centre", level=centre))
        label = say("All centres (masked)") if centre == TOGETHER else centre
        held = len(found.held.get(centre, ()))
        rows.append([label, *(_count(values[n]) for n in values), str(held) if centre != TOGETHER else "–"])
    totals = {n: _sum(found, "flow", n)[0] for n in ("recorded", "analysed")}
    results.append(Result("pooled.flow", totals, item="all", by="", level=""))
    if TOGETHER not in found.contents:
        rows.append([say("All centres"), *(_count(v) for v in totals.values()), ""])
    notes = [say("{n} centres are pooled: {names}.", n=len(found.centres), names=listed(found.centres))]
    if found.waiting:
        lacking = ", ".join(f"{c} ({r})" for c, r in found.waiting.items())
        notes.append(say("Not yet answered (the round in brackets): {names}.", names=lacking))
    columns = [say("Centre"), say("On record"), say("Analysed"), say("Held back in part or whole")]
    title = say("Centres and patients")
    return Table(id="pooled.flow", title=title, columns=columns, rows=rows, results=results, notes=notes)


def _count(value) -> str:
    return say("held back") if np.isnan(value) else f"{value:.0f}"


def characteristics_table(found: Pooled) -> Table:
    """Counts of the levels of each group, and mean and standard deviation of each number, over all centres."""
    rows, indent, results = [], [], []
    for name, levels in found.study.groups.items():
        rows.append([name, "", ""])
        indent.append(0)
        part, made = _counted(found, f"counts/{name}", (*levels, MISSING), name)
        rows += part
        results += made
        indent += [1] * len(part)
    for name in found.study.numbers:
        result = _mean(found, name)
        results.append(result)
        text = f"{rounded(result['mean'], 1)} ({rounded(result['sd'], 1)})"
        rows.append([say("{name}: mean (standard deviation)", name=name), f"{result['n']:.0f}: {text}", _held(result)])
        indent.append(0)
    return Table(
        id="pooled.characteristics",
        title=say("Characteristics of the patients"),
        columns=[say("Characteristic"), say("Patients (%)"), say("Centres that hold it back")],
        rows=rows,
        indent=indent,
        results=results,
        notes=[_HELD()],
    )


def _HELD():
    return say(
        "A count is the sum over the centres that tell it; where some hold it back, at least so many. Shares are of the"
        " counts that are told, which stand in the table, and not of all patients."
    )


def _held(result) -> str:
    return f"{result['centres_held']:.0f}" if result["centres_held"] else ""


def _counted(found, record, names, variable, quantity="pooled.share"):
    """Rows and results of the counts of a record; shares are of all that are told."""
    sums = {name: _sum(found, record, name) for name in names}
    whole = sum(n for n, _ in sums.values())
    if TOGETHER in found.contents:  # a masked sum holds back nothing of itself: here it is done for the reader
        out = held_back([n for n, _ in sums.values()], found.study.smallest)
        sums = {name: (np.nan if o else n, 0) for (name, (n, _)), o in zip(sums.items(), out, strict=True)}
    rows, results = [], []
    for name, (count, held) in sums.items():
        values = {"count": count, "of": whole, "share": count / whole if whole else np.nan, "centres_held": float(held)}
        units = {"share": "share"}
        results.append(
            Result("pooled.share", values, units, item=f"{variable} = {name}", variable=variable, level=name)
            if quantity == "pooled.share"
            else Result(quantity, values, units, item=name, variable=variable, level=name)
        )
        label = say("Missing") if name == MISSING else name
        text = _count(count) if np.isnan(count) or not count else f"{count:.0f} ({percent(count / whole)})"
        rows.append([label, text, f"{held}" if held else ""])
    return rows, results


def _mean(found, name) -> Result:
    parts = [c[f"number/{name}"] for c in found.contents.values()]
    told = [p for p in parts if p["n"] is not None]
    n, total, squares = (sum(float(p[k]) for p in told) for k in ("n", "sum", "squares"))
    mean = total / n if n else np.nan
    sd = float(np.sqrt(max(squares - n * mean**2, 0) / (n - 1))) if n > 1 else np.nan
    values = {"n": n, "mean": mean, "sd": sd, "centres_held": float(len(parts) - len(told))}
    return Result("pooled.number", values, item=name, variable=name)


def response_table(found: Pooled) -> Table | None:
    """Patients by best overall response."""
    if not found.study.response:
        return None
    names = [n for n in next(iter(found.contents.values()))["response"]]
    rows, results = _counted(found, "response", names, "AVALC", "pooled.response")
    labels = load_dictionary()["adrs"].columns["AVALC"].levels
    rows = [[say(labels[name]), *row[1:]] for name, row in zip(names, rows, strict=True)]
    columns = [say("Best overall response"), say("Patients (%)"), say("Centres that hold it back")]
    title = say("Best overall response, all centres")
    return Table(id="pooled.response", title=title, columns=columns, rows=rows, results=results, notes=[_HELD()])


def safety_table(found: Pooled) -> Table | None:
    """Patients by their worst adverse event."""
    if not found.study.safety:
        return None
    rows, results = _counted(found, "safety", ("none", "mild", "severe"), "ATOXGR", "pooled.safety")
    names = [
        say("No adverse event on record"),
        say("Adverse event of a lower or unknown grade"),
        say("Adverse event of grade 3 or higher"),
    ]
    rows = [[label, *row[1:]] for label, row in zip(names, rows, strict=True)]
    columns = [say("Worst adverse event"), say("Patients (%)"), say("Centres that hold it back")]
    title = say("Adverse events, all centres")
    return Table(id="pooled.safety", title=title, columns=columns, rows=rows, results=results, notes=[_HELD()])


def _levels(study, by) -> list[str]:
    """The keys of the parts: of everybody, or of the levels of a group."""
    return [ALL] if by == "" else [f"{by}/{level}" for level in study.groups[by]]


def _label(key) -> str:
    """A part in words."""
    return say("All patients") if key == ALL else key.replace("/", " ")


def _place(endpoint, by, key) -> dict:
    """Where a result of a part belongs."""
    level = key.partition("/")[2]
    return {"endpoint": endpoint, "by": by, "level": level, "item": level or key}


def _tables(found, endpoint, key) -> list[RiskTable]:
    """The risk tables of a part over the centres that tell it."""
    name = f"curve/{endpoint}/{key}"
    records = [c[name] for c in found.contents.values() if name in c]
    return [table_of(r, r.get("edges", found.study.bins)) for r in records]


def _whole_table(found, endpoint, key) -> RiskTable | None:
    """The sum of the tables of a part; None where a centre holds its own back.

    The centres that tell a table are chosen by what happened to their patients (nobody or enough censored): their curve
    alone would mislead.
    """
    tables = _tables(found, endpoint, key)
    whole = stacked_tables(tables) if len(tables) == len(found.contents) else None
    if whole is None or TOGETHER not in found.contents:
        return whole
    enough = int((whole.n_risk >= found.study.smallest).sum())  # of a masked sum no small risk set is told either
    return whole.at(whole.edges[: enough + 1]) if enough else None


def curves_of(found: Pooled, endpoint: str, by: str = "") -> dict:
    """{key of the part: PooledCurve} of everybody, or of each level of a group that has patients."""
    made = {}
    for key in _levels(found.study, by):
        table = _whole_table(found, endpoint, key)
        curve = pooled_curve(table) if table is not None else None
        if curve is not None:
            made[key] = curve
    return made


def survival_table(found: Pooled, endpoint: str, by: str = "") -> Table | None:
    """Share free of the event at the ends of the bins, with its
    interval and the limits of binning; None where nothing is told.
    """
    curves = curves_of(found, endpoint, by)
    if not curves:
        return None
    rows, indent, results = [], [], []
    for key, pooled in curves.items():
        rows.append([_label(key), "", "", "", ""])
        indent.append(0)
        low, high = band(pooled.curve)
        for j, time in enumerate(pooled.curve.time):
            values = {
                "n_risk": float(pooled.curve.n_risk[j]),
                "survival": float(pooled.curve.survival[j]),
                "ci_low": float(low[j]),
                "ci_high": float(high[j]),
                "bin_low": float(pooled.low[j]),
                "bin_high": float(pooled.high[j]),
            }
            where = _place(endpoint, by, key) | {"at": float(time), "method": "log-log"}
            results.append(Result("pooled.survival", values, SHARES, **where))
            cells = [f"{values['n_risk']:.0f}", percent(values["survival"]), interval(100 * low[j], 100 * high[j], 1)]
            rows.append([f"{time:g}", *cells, _limits(values)])
            indent.append(1)
    heads = [say("At risk"), "%", say("95% CI"), say("Limits of binning (%)")]
    return Table(
        id="pooled.survival",
        of=f"{endpoint} {by}".strip(),
        by=by,
        title=say("{endpoint}: share without the event", endpoint=name_of(endpoint)),
        columns=[say("Time ({unit})", unit=say(found.study.unit)), *heads],
        rows=rows,
        indent=indent,
        results=[*results, *medians(found, endpoint, by)],
        notes=[say(KAPLAN_MEIER)],
    )


def _limits(values) -> str:
    """The limits of binning in percent, or that there is nothing between them."""
    low, high = values["bin_low"], values["bin_high"]
    return say("exact") if high - low < 1e-12 else interval(100 * low, 100 * high, 1)


def not_shown(found: Pooled) -> list[str]:
    """The curves that a centre holds back: "OS", "OS ECOG"."""
    study = found.study
    asked = [(code, by) for code in study.endpoints for by in ("", *study.groups)]
    return [f"{code} {by}".strip() for code, by in asked if not curves_of(found, code, by)]


def medians(found: Pooled, endpoint: str, by: str = "") -> list[Result]:
    """The bin or bins in which each median lies, whatever the order within bins; infinite where it is not reached."""
    made = []
    for key, pooled in curves_of(found, endpoint, by).items():
        starts = np.append(0.0, pooled.curve.time[:-1])
        values = {
            "n": float(pooled.curve.n_risk[0]),
            "events": float(pooled.curve.n_event.sum()),
            "from": _first(starts, pooled.low),
            "to": _first(pooled.curve.time, pooled.high),
        }
        units = {"from": found.study.unit, "to": found.study.unit}
        made.append(Result("pooled.median", values, units, **_place(endpoint, by, key)))
    return made


def _first(time, values) -> float:
    below = np.flatnonzero(values <= 0.5)
    return float(time[below[0]]) if len(below) else float("inf")


def survival_figure(found: Pooled, endpoint: str, by: str = "") -> Figure | None:
    """The curves with their bands and numbers at risk, and the limits of binning as thin lines."""
    from ..show.figures.km import CurveLook, survival_panels
    from ..show.style import FAINT, house_style

    curves = curves_of(found, endpoint, by)
    if not curves or len(curves) > FIGURE_GROUPS:
        return None
    plain = {_label(key): pooled.curve for key, pooled in curves.items()}
    if max(len(c.time) for c in plain.values()) < FIGURE_BINS:
        return None
    last = max(c.time[-1] for c in plain.values())
    ends = [e for e in found.study.bins if e <= last]
    ticks = ends[:: max(1, len(ends) // 8)]
    look = CurveLook(
        ylabel=say("Without the event (%)"),
        xlabel=say("Time ({unit})", unit=say(found.study.unit)),
        bands={name: band(curve) for name, curve in plain.items()},
        words={"risk": say("At risk"), "events": say("Events"), "censored": say("Censored"), "median": say("median")},
    )
    figure, (axes, _) = survival_panels(plain, {name: name for name in plain}, ticks, look)
    with house_style():
        for pooled in curves.values():
            axes.step(pooled.curve.time, 100 * pooled.low, where="post", color=FAINT, lw=0.7, zorder=0)
    title = say("{endpoint}, all centres", endpoint=name_of(endpoint))
    alt = say(
        "Kaplan-Meier curves of {n} patients in {groups} groups.",
        n=sum(int(c.n) for c in plain.values()),
        groups=len(plain),
    )
    return Figure(
        id="pooled.curves",
        of=f"{endpoint} {by}".strip(),
        by=by,
        title=title,
        notes=[say("Thin lines: the lower limits of binning.")],
        figure=figure,
        alt=alt,
        name=f"pooled_{endpoint}_{by}".strip("_").lower(),
    )


def incidence_table(found: Pooled, endpoint: str) -> Table | None:
    """Cumulative incidence of each cause at the ends of bins."""
    table = _whole_table(found, endpoint, ALL) if endpoint in found.study.incidence else None
    if table is None:
        return None
    rows, indent, results, labels = [], [], [], cause_column(endpoint).levels
    for of, cause in enumerate(cause_levels(endpoint), 1):
        pooled = pooled_incidence(table, of)
        if pooled is None or not table.events[:, of - 1].any():
            continue
        rows.append([str(say(labels.get(cause, cause))), "", ""])
        indent.append(0)
        for j, time in enumerate(pooled.curve.time):
            values = {
                "incidence": float(pooled.curve.incidence[j]),
                "se": float(np.sqrt(pooled.curve.variance[j])),
                "bin_low": float(pooled.low[j]),
                "bin_high": float(pooled.high[j]),
            }
            where = {"endpoint": endpoint, "variable": cause, "at": float(time), "method": "Aalen-Johansen"}
            results.append(Result("pooled.incidence", values, SHARES, item=cause, **where))
            rows.append([f"{time:g}", f"{percent(values['incidence'])} ({percent(values['se'])})", _limits(values)])
            indent.append(1)
    columns = [
        say("Time ({unit})", unit=say(found.study.unit)),
        say("% (standard error)"),
        say("Limits of binning (%)"),
    ]
    title = say("{endpoint}: cumulative incidence of each cause", endpoint=name_of(endpoint))
    note = say("Aalen-Johansen estimate, every time counted at the end of its bin.")
    return Table(
        id="pooled.incidence",
        of=endpoint,
        title=title,
        columns=columns,
        rows=rows,
        indent=indent,
        results=results,
        notes=[note],
    )

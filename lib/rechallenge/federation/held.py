"""What an open file tells: nothing of fewer than `smallest` patients, and nothing that gives such a number back.

The rules are those of the privacy profile strict (a small count takes a partner with it), and for risk tables bins that
are widened until each holds nobody or enough. Source: Hundepool et al. 2012, Statistical Disclosure Control.
"""

from collections.abc import Mapping

import numpy as np

from smallsurv.coarse import held_back
from smallsurv.pooled import RiskTable

from .contents import ALL, MISSING
from .study import Study


def _few(count, smallest) -> bool:
    """Whether a number of patients is small and not nobody."""
    return 0 < count < smallest


def told_contents(contents: Mapping[str, dict], study: Study) -> tuple[dict[str, dict], list[str]]:
    """What may leave of `contents_of`, and a sentence for each record that leaves in part or not at all."""
    told: dict[str, dict] = {}
    held: list[str] = []
    least, analysed = study.smallest, contents["flow"]["analysed"]
    for key, record in contents.items():
        kind = key.split("/")[0]
        if kind == "flow":
            told[key] = _flow(record, least)
        elif kind in ("counts", "response", "safety"):
            told[key] = _counts(record, least)
        elif kind == "number":
            told[key] = record
            if record["n"] < 2 * least or _few(record[MISSING], least):
                told[key] = dict.fromkeys(record)
        elif kind == "log_rank":
            told[key] = _log_rank(record, analysed, least)
        if key in told and any(value is None for value in told[key].values()):
            held.append(f"{key}: {_how_much(told[key])} of fewer than {least} patients, or gives such a number back")
    for code in study.endpoints:
        tables, why = _curves({k: v for k, v in contents.items() if k.startswith(f"curve/{code}/")}, study, code)
        told |= tables
        held += why
    return told, held


def _how_much(record) -> str:
    return (
        "held back whole, as it tells" if all(v is None for v in record.values()) else "in part held back: what tells"
    )


def _flow(record, least) -> dict:
    made = dict(record)
    if _few(record["recorded"] - record["analysed"], least):
        made["recorded"] = None
    return made if record["analysed"] >= 2 * least else dict.fromkeys(made)


def _counts(record, least) -> dict:
    out = held_back(list(record.values()), least)
    return {name: None if hidden else value for (name, value), hidden in zip(record.items(), out, strict=True)}


def _log_rank(record, analysed, least) -> dict:
    """Sums leave if each group has nobody or enough; numbers of
    patients only where those without a level are none or enough.
    """
    total = sum(record["n"])
    if any(_few(n, least) for n in record["n"]) or total < 2 * least or record["events"] < least:
        return dict.fromkeys(record)
    return record | _sizes(record, total, analysed, least)


def _sizes(record, total, analysed, least) -> dict:
    made = {"n": record["n"], "events": record["events"]}
    if _few(analysed - total, least):
        made["n"] = None
    if _few(total - record["events"], least):
        made["events"] = None
    return made


def table_of(record: Mapping, edges) -> RiskTable:
    """The risk table of a record."""
    events = np.asarray(record["events"], float)
    censored = np.asarray(record["censored"], float)
    return RiskTable(
        np.asarray(edges, float), np.asarray(record["n_risk"], float), events.reshape(len(censored), -1), censored
    )


def _curves(contents, study, code) -> tuple[dict[str, dict], list[str]]:
    """The tables of an endpoint: everybody at widened bins, the parts of each group at bins of these that suit all
    parts.

    So nothing is left of fewer when the parts are taken from the whole.
    """
    tables = {key.removeprefix(f"curve/{code}/"): table_of(record, study.bins) for key, record in contents.items()}
    edges = widened([tables[ALL]], study.bins, study.smallest)
    told, held = {}, []
    if tables[ALL].n_risk[0] < 2 * study.smallest or len(edges) < 2:
        return {}, [f"curve/{code}: held back whole, as no bin can be told of {study.smallest} patients or more"]
    told[f"curve/{code}/{ALL}"] = _record(tables[ALL].at(edges))
    held += _merged(f"curve/{code}/{ALL}", edges, study)
    for name, levels in study.groups.items():
        parts = {level: tables[f"{name}/{level}"] for level in (*levels, MISSING)}
        shared = widened(list(parts.values()), edges, study.smallest)
        if any(_few(p.n_risk[0], study.smallest) for p in parts.values()) or len(shared) < 2:
            held.append(
                f"curve/{code}/{name}: held back whole, as a level has, or a bin would tell of, fewer than"
                f" {study.smallest}"
            )
            continue
        told |= {f"curve/{code}/{name}/{level}": _record(part.at(shared)) for level, part in parts.items()}
        held += _merged(f"curve/{code}/{name}", shared, study)
    return told, held


def _merged(key, edges, study) -> list[str]:
    """What is said where bins were widened."""
    bins, asked = len(edges) - 1, len(study.bins) - 1
    said = (
        f"{key}: {bins} bin{'s' if bins > 1 else ''} in place of {asked}, so that none tells of fewer than"
        f" {study.smallest}"
    )
    return [said] if bins < asked else []


def widened(tables: list[RiskTable], edges, smallest: int) -> list[float]:
    """The edges, the first and the last among them, between which every bin of every table has no event or `smallest`
    of a cause, no censored or as many, and leaves nobody or as many at risk; none where not even one bin is so.

    Every table is told to its end: to cut it where the rest is few would choose by what happens later, and bias the
    curve.
    """
    kept = [float(edges[0])]
    for edge in edges[1:]:
        if _enough(tables, kept[-1], edge, smallest):
            kept.append(float(edge))
    last = float(edges[-1])
    while kept and kept[-1] != last:  # what is left over goes into the bins before it
        if _enough(tables, kept[-1], last, smallest):
            kept.append(last)
        else:
            kept.pop()
    return kept


def _enough(tables, start, end, smallest) -> bool:
    parts = [t.at([start, end]) for t in tables]
    counts = [c for p in parts for c in (*p.events.ravel(), *p.censored, *_left(p))]
    return not any(_few(c, smallest) for c in counts)


def _left(table) -> np.ndarray:
    """Who is still at risk at the end of each bin."""
    return table.n_risk - table.dying - table.censored


def _record(table: RiskTable) -> dict:
    return {
        "edges": table.edges.tolist(),
        "n_risk": table.n_risk.astype(int).tolist(),
        "events": table.events.astype(int).tolist(),
        "censored": table.censored.astype(int).tolist(),
    }


def told_models(found: Mapping[str, dict], analysed: int, study: Study, sizes) -> tuple[dict[str, dict], list[str]]:
    """What may leave of `models_of`: a model of enough patients, events and levels. sizes : {model: patients of each
    level}.

    A model that would tell more numbers than it has events is held back: they could be solved for.
    """
    told, held, least = {}, [], study.smallest
    for key, record in found.items():
        kind, name = key.split("/", 1)
        base = found[f"model/{name}"]
        k = len(study.model_of(name).columns)
        numbers = 1 + k + k * (k + 1) // 2
        why = ""
        if base["n"] < 2 * least or base["events"] < least:
            why = f"fewer than {2 * least} patients or {least} events"
        elif any(_few(n, least) for n in sizes[name]):
            why = f"a level has fewer than {least} patients"
        elif numbers > base["events"]:
            why = f"it would tell {numbers} numbers of {base['events']} events"
        if why:
            told[key] = dict.fromkeys(record)
            held += [f"{key}: held back whole: {why}"] if kind == "model" else []
        else:
            told[key] = record if kind == "own" else record | _sizes(record, record["n"], analysed, least)
    return told, held

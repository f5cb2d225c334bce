"""A reconstruction as a cohort folder: tables, cohort.yml with the standing of each column, reconstruction.yml."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ..audit.finding import Message
from ..files.findings import request_error
from ..files.project import CURVES
from ..files.swap import replacing, write_whole
from ..files.yamlfile import load_yaml
from ..registry.labels import column_label
from ..registry.registry import COURSES, Registry
from ..registry.registry import FILE as PRINTED
from ..registry.targets import as_group, group_sizes
from ..replicate.record import FILE, as_stored
from ..vocabulary.units import USUAL
from .ensemble import most_central, spread, strained, values_of
from .proof import (
    fixed_times,
    given_up_rules,
    impossible_cells,
    not_given,
    skeleton,
    solutions_sentence,
    told_cell,
)
from .reconstruct import Reconstruction, reconstruct_many

TABLES = ("adsl", "adtte", "adrs", "adtr", "adae")
DESCRIPTIONS = {
    "PFS1": ("Progression", "No progression at last follow-up"),
    "PFSR": ("Progression or death", "No progression at last follow-up"),
    "OS": ("Death", "Alive at last follow-up"),
}
# Where a registry asks for bars of a waterfall (synthetic: [adtr]): percent change that fits each best response.
BARS = {"CR": (-100, -100), "PR": (-75, -31), "SD": (-15, 18), "PD": (21, 65)}
# What decides which cohort lies in the middle of those drawn: the quantities that a report shows of them.
SHOWN = ("size", "events", "median", "follow_up", "survival_at", "hr")
SAID = (
    "No count is printed; who carries which level is free, but for what the paper says of it in words: that was"
    " imposed."
)
NOTICE = (
    "Reconstructed pseudo-patients, not patients: built from the printed numbers of the paper so that their re-analysis"
    " gives these numbers."
)


def reconstruct_study(registry: Registry, seed, members=1, out=None, progress=lambda done: None, versions=None):
    """Reconstruct a study and write its folder; returns the Reconstruction that is written and the folder.

    members : cohorts whose spread is noted in reconstruction.yml. Written is the one that lies nearest to the middle of
    them in what the paper does not print, of those whose printed medians do not hang on the program; of an exact search
    the first, whose free times are spread evenly. out : a folder to write into instead of the study's own.
    progress(done) is called after each member; versions : a CSV for the patients of every member (versions_csv).
    Raises CohortError; then nothing is written.
    """
    folder = Path(out) / registry.name if out else _own_folder(registry)
    refuse_patients(folder)
    found = []
    for member in reconstruct_many(registry, seed, members):
        found.append(member)
        progress(len(found))
    chosen, ensemble = found[0], None
    if members > 1:
        values = _open_values(found, registry)
        ensemble = _ensemble(values, (len(found), members, seed))
        shown = [row for row in values if row[1] in SHOWN]
        strain = np.array([strained(member.solution, registry) for member in found])
        middle = most_central(shown, registry.cohort.get("primary_endpoint", ""), strain)
        chosen = found[middle] if found[0].engine == "annealing" else found[0]
    write_cohort(chosen, folder, ensemble, printed=bool(out))
    if versions:
        write_whole(Path(versions), versions_csv(found, registry))
    return chosen, folder


def versions_csv(found: list[Reconstruction], registry: Registry) -> str:
    """The pseudo-patients of every member: set (its number), endpoint, time (months), event (1 or 0), a column a
    factor."""
    unit = str(registry.cohort.get("time_unit", "months"))
    parts = [
        member.solution.adtte(endpoint).assign(set=number, endpoint=endpoint)
        for number, member in enumerate(found, 1)
        for endpoint in member.solution.outcomes
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(time=USUAL.convert(rows["AVAL"], unit, "months"), event=1 - rows["CNSR"])
    first = ["set", "endpoint", "time", "event"]
    rows = rows[[*first, *(c for c in found[0].solution.subjects if c in rows)]]
    return f"# {NOTICE}\n" + rows.to_csv(index=False, lineterminator="\n")


def _own_folder(registry):
    return registry.path.parent if registry.path.name == PRINTED else registry.path.parent / registry.name


def _open_values(found, registry) -> list[tuple]:
    """What is not printed, in each member (ensemble.values_of).

    Left out: results by a factor whose carriers are a free choice; of an endpoint without any event all but its
    follow-up; of one where everybody has an event the events.
    """
    first = found[0].solution
    named = [c for c in first.subjects if c in registry.factors]
    solutions = [replace(f.solution, subjects=f.solution.subjects[named]) for f in found]
    free = [column_label(c, registry) for c in named if c not in _tied_columns(found[0])]
    seen = {e: {int((f.solution.outcomes[e]["CNSR"] == 0).sum()) for f in found} for e in first.outcomes}
    none, all_of_them = ([e for e, counts in seen.items() if counts == {n}] for n in (0, registry.n))

    def told(endpoint, quantity, group):
        if endpoint in none and quantity != "follow_up":
            return False
        if endpoint in all_of_them and quantity in ("events", "follow_up"):
            return False
        return quantity == "size" or not (group in free or group.startswith(tuple(f"{label}: " for label in free)))

    return [row for row in values_of(solutions, registry) if told(*row[:3]) and not np.isnan(row[3]).all()]


def _ensemble(values, members):
    """The ensemble as reconstruction.yml holds it: its members, the seed of the first, and one row for each quantity
    that is not printed."""
    found, asked, seed = members
    rows = [{k: _plain(v) for k, v in row.items()} for row in spread(values).to_dict("records")]
    return {"members": found, "asked": asked, "seed": seed, "spread": rows}


def _plain(value):
    """A number or text that YAML writes plainly, NR for infinity; six digits are enough for a range."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else "NR" if np.isinf(value) else float(f"{value:.6g}")
    return int(value) if isinstance(value, np.integer) else value


def write_cohort(found: Reconstruction, folder: Path, ensemble=None, printed=False) -> Path:
    """Write the cohort folder, whole or not at all; other files of the folder (published.yml) stay.

    printed : copy the registry and its curves too.

    Raises CohortError if the folder holds a cohort of patients.
    """
    folder = Path(folder)
    refuse_patients(folder)
    tables = cohort_tables(found)
    made = {"cohort.yml", FILE, *(f"{name}.csv" for name in TABLES)}
    with replacing(folder, keeps=lambda name: name not in made) as new:
        for name, frame in tables.items():
            frame.to_csv(new / f"{name}.csv", index=False, lineterminator="\n")
        (new / "cohort.yml").write_text(cohort_yml(found, tables), encoding="utf-8")
        (new / FILE).write_text(record_yml(found, ensemble), encoding="utf-8")
        if printed:
            _copy_printed(found, new)
    return folder


def _copy_printed(found, folder):
    """The registry and its curves, for a folder elsewhere."""
    shutil.copyfile(found.registry.path, folder / PRINTED)
    if found.registry.own.get("curves"):
        shutil.copytree(found.registry.path.parent / CURVES, folder / CURVES)


def refuse_patients(folder):
    """A folder of real patients is never overwritten."""
    if (folder / "cohort.yml").is_file() and load_yaml(folder / "cohort.yml")[0].get("kind") != "pseudo":
        raise request_error(
            f"{folder.name} holds patients, not pseudo-patients", "Name another folder with --out; nothing was written."
        )


def cohort_tables(found: Reconstruction) -> dict[str, pd.DataFrame]:
    """The tables of the cohort: adsl, adtte, adrs, adae, and adtr where the registry asks for it."""
    ids = [f"P{i + 1:0{len(str(found.n))}d}" for i in range(found.n)]
    tables = {"adsl": _adsl(found, ids)}
    for name, frame in (("adtte", _adtte(found, ids)), ("adrs", _adrs(found, ids)), ("adae", _adae(found, ids))):
        if frame is not None:
            tables[name] = frame
    if "adtr" in found.registry.own.get("synthetic", []) and "adrs" in tables:
        rng = np.random.default_rng([found.solution.seed, 11])
        bars = [int(rng.integers(*BARS[r], endpoint=True)) for r in tables["adrs"]["AVALC"]]
        tables["adtr"] = tables["adrs"][["USUBJID", "APHASE"]].assign(PCHG=bars)
    return tables


def _adsl(found, ids):
    adsl = pd.DataFrame({"USUBJID": ids})
    for variable, values in found.numbers.items():
        adsl[variable] = pd.Series(values).astype("Int64")
    for name, levels in found.labels.columns.items():
        if not name.startswith("BOR_") and name not in derived_groups(found):
            adsl[name] = levels
    return adsl


def derived_groups(found) -> list[str]:
    """Groupings that the cohort can make itself, from a number, another factor or an endpoint that it has."""
    columns = {*found.numbers, *found.labels.columns, *found.solution.outcomes}
    return [name for name, g in found.registry.groupings.items() if g.source in columns]


def _adtte(found, ids):
    parts = []
    for endpoint, rows in found.solution.outcomes.items():
        event, censored = DESCRIPTIONS[endpoint]
        if not (rows["CNSR"] == 0).any():
            censored = "Last follow-up (no event is printed)"
        part = pd.DataFrame(
            {"USUBJID": ids, "PARAMCD": endpoint, "AVAL": rows["AVAL"].to_numpy(), "CNSR": rows["CNSR"].to_numpy()}
        )
        parts.append(part.assign(EVNTDESC=np.where(part["CNSR"] == 0, event, censored)))
    return pd.concat(parts, ignore_index=True) if parts else None


def _adrs(found, ids):
    parts = [
        pd.DataFrame(
            {"USUBJID": ids, "APHASE": course, "PARAMCD": "BOR", "AVALC": found.labels.columns[f"BOR_{course}"]}
        )
        for course in COURSES
        if f"BOR_{course}" in found.labels.columns
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _adae(found, ids):
    rows = [
        {"USUBJID": ids[i], "APHASE": course, "AEDECOD": term, "ATOXGR": grade}
        for (term, course), grades in found.labels.events.items()
        for i, grade in enumerate(grades)
        if grade
    ]
    return pd.DataFrame(rows) if rows else None


def cohort_yml(found: Reconstruction, tables) -> str:
    """cohort.yml: the registry's keys, kind, notice, and the standing of each column."""
    registry = found.registry
    head = {"title": registry.title, "kind": "pseudo", "notice": str(registry.cohort.get("notice", NOTICE))}
    for key in ("source", "time_unit", "ctcae", "primary_endpoint", "paper_interval"):
        if key in registry.cohort:
            head[key] = registry.cohort[key]
    head["factors"], lacking = _factors(found, {c for table in tables.values() for c in table})
    for key in ("subgroups", "eligibility", "endpoints", "first_course"):
        if key in registry.cohort:
            head[key] = registry.cohort[key]
    if lacking & set(head.get("subgroups", ())):
        head["subgroups"] = [name for name in head["subgroups"] if name not in lacking]
    weights = registry.own.get("weights")
    if weights:
        head["treatment"] = {"arm": weights["treatment"], "covariates": list(weights["covariates"])}
        head["treatment"] |= {key: weights[key] for key in ("decided", "note") if key in weights}
    head["provenance"] = standing(found, tables)
    text = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
    return "# Written by `rechallenge reconstruct`; change published.yml and run it again.\n" + text


def _factors(found, columns):
    """The registry's factors, and the names of those that nothing printed makes, which are left out.

    A grouping whose source the cohort lacks stands as a column of its own.
    """
    declared, made = {}, derived_groups(found)
    for name, entry in (found.registry.cohort.get("factors") or {}).items():
        if name in made or name not in found.registry.groupings:
            declared[name] = entry
        else:
            declared[name] = {k: v for k, v in entry.items() if k not in ("from", "cut", "map")}
    lacking = {name for name, entry in declared.items() if "from" not in entry and name not in columns}
    return {name: entry for name, entry in declared.items() if name not in lacking}, lacking


def standing(found: Reconstruction, tables) -> dict:
    """determined, constrained or synthetic for each column, with a sentence why."""
    notes = {"adsl": _note("synthetic", "No count is printed; who carries which level is free.")}
    tied = _tied_columns(found)
    sizes = group_sizes(found.registry)
    for name in [*found.numbers, *found.labels.columns]:
        if name.startswith("BOR_"):
            continue
        if name in tied:
            notes[f"adsl.{name}"] = tied[name]
        elif name in found.numbers:
            printed = any(e.get("variable") == name for e in found.registry.entries)
            why = "Summary numbers are printed; single values are free within them." if printed else "Not printed."
            notes[f"adsl.{name}"] = _note("constrained" if printed else "synthetic", why)
        elif None not in sizes.get(name, {"": None}).values():
            notes[f"adsl.{name}"] = _note("constrained", "The counts are printed; who carries which level is free.")
        elif source := _made_of(found, name):
            notes[f"adsl.{name}"] = _note("constrained", f"No count is printed; it follows from {source}.")
        elif any(name in (*claim.by, *claim.beside, *claim.where) for claim in found.imposed):
            notes[f"adsl.{name}"] = _note("synthetic", SAID)
    for endpoint, rows in found.solution.outcomes.items():
        notes[f"adtte.{endpoint}"] = _endpoint_note(found, endpoint, rows)
    if "adrs" in tables:
        notes["adrs"] = _response_note(found)
    if "adtr" in tables:
        notes["adtr"] = _note(
            "synthetic",
            "The height of each bar is not printed; it is drawn at random from the range that fits the best response.",
        )
    if "adae" in tables:
        notes["adae"] = _note(
            "constrained",
            "Counts by term, course and grade group are printed; the lowest grade of each group is written, and who had"
            " which event is free.",
        )
    return notes


def _made_of(found, name) -> str:
    """The endpoint or column that settles a column of which no count is printed: it is cut or mapped from that, or each
    of its levels implies one of the column; '' without."""
    if name in derived_groups(found):
        source = found.registry.groupings[name].source
        return source if source in found.solution.outcomes else column_label(source, found.registry)
    implied = {}
    for rule in found.registry.own.get("implications", []):
        given = as_group(rule.get("if"))
        if len(given) == 1 and isinstance(rule["then"].get(name), str):
            implied.setdefault(given[0][0], set()).update(given[0][1])
    for column, levels in implied.items():
        if levels == set(found.registry.factors[column].levels):
            return column_label(column, found.registry)
    return ""


def _note(status, note, *ties):
    return {"status": status, "note": note, **({"ties": list(ties)} if ties else {})}


def _tied_columns(found):
    """Columns that survival numbers tie to the order of the times:
    `ties` names the endpoints whose results are printed.
    """
    tied = {}
    for endpoint, problem in found.problems.items():
        for factor in problem.factors:
            alone = _choices(found, endpoint, factor) == 1
            note = (
                f"Only one choice of patients gives the printed {endpoint} results by this factor."
                if alone
                else f"The {endpoint} results by this factor are printed and met{_but(found, endpoint, factor.columns)};"
                " they leave few choices of patients."
            )
            for column in factor.columns:
                tied[column] = _note("determined" if alone else "constrained", note, endpoint)
    if found.engine == "annealing":
        for entry in found.registry.entries:
            for column in {*(entry.get("where") or {}), entry.get("by")} if entry.get("endpoint") else ():
                if column in found.labels.columns:
                    note = (
                        f"The {entry.get('endpoint')} results by this factor are printed and met; very many choices"
                        " give them."
                    )
                    tied[column] = _note("constrained", note, entry.get("endpoint"))
    return tied


def _but(found, endpoint, columns) -> str:
    """', but for those given up' where a print of an endpoint by one of these columns had to be given up."""
    lost = {row["id"] for row in impossible_cells(found)}
    given_up = [e for e in found.registry.entries if e.id in lost and e.get("endpoint") == endpoint]
    by = ({*(e.get("where") or {}), e.get("by")} for e in given_up)
    return ", but for those given up" if any(set(columns) & each for each in by) else ""


def _choices(found, endpoint, factor):
    """How many choices of subjects all orderings that were found leave for a factor."""
    rows = set()
    for fit in found.fits[endpoint]:
        for candidate in fit.pattern.candidates:
            if candidate.factor.name == factor.name:
                rows |= {tuple(map(int, m)) for m in candidate.masks}
    return len(rows)


def _endpoint_note(found, endpoint, rows):
    if not (rows["CNSR"] == 0).any():
        return _note(
            "synthetic",
            "The paper prints no events of this endpoint: every pseudo-patient is carried as censored at last"
            " follow-up. Read the follow-up only.",
        )
    if endpoint in found.solution.curves:
        return _note("constrained", f"Read from the digitized curve. {found.solution.curves[endpoint]}.")
    what = "The printed results are met;"
    if found.engine == "exact":
        return _note("constrained", f"{what} times that they do not fix are free between their neighbours.")
    return _note("constrained", f"{what} single times are free within them.")


def _response_note(found):
    columns = {c: found.labels.columns[c] for c in found.labels.columns if c.startswith("BOR_")}
    if all(len(set(levels)) == 1 for levels in columns.values()):
        return _note("determined", "Everybody has the printed best response.")
    return _note("constrained", "Counts of best response are printed; who had which is free.")


def _claims(found):
    """Which claims of the paper in words were imposed, by their place in published.yml, and why the others were not."""
    claims = list(found.registry.claims)
    return {
        "imposed": [claims.index(c) + 1 for c in found.imposed],
        "not_imposed": {claims.index(c) + 1: why for c, why in found.not_imposed},
    }


def record_yml(found: Reconstruction, ensemble=None) -> str:
    """reconstruction.yml: engine, seed, how many solutions, what all share, what they fix, what cannot be, the spread
    of the rest."""
    record = {
        "engine": found.engine,
        "seed": found.solution.seed,
        "solutions": solutions_sentence(found),
        "skeleton": skeleton(found),
        "times": fixed_times(found),
        "impossible": impossible_cells(found),
        "contradictions": given_up_rules(found),
    }
    if found.registry.claims:
        record["claims"] = _claims(found)
    entries = {e.id: e for e in found.registry.entries}
    listed = {(row["id"], row["part"], row["printed"]) for row in record["impossible"]}
    listed |= {(t.id, t.part, t.printed) for t, _ in found.solution.left_out}
    left = [
        Message("{what}: {why}", what=told_cell(entries[t.id], t.part, t.printed, found.registry), why=why)
        for t, why in found.solution.left_out
    ]
    left += not_given(found, listed)
    if left:
        record["not_searched"] = left
    if ensemble:
        record["ensemble"] = ensemble
    text = yaml.safe_dump(as_stored(record), allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
    return "# Written by `rechallenge reconstruct`.\n" + text

"""Facts about a cohort: cohort.yml, read and checked."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .dictionary import Column, load_dictionary
from .findings import CohortError, Finding, did_you_mean, shown
from .yamlfile import load_yaml

KINDS = {"patients": "Patients", "pseudo": "Pseudo-patients, not patients"}
TIME_UNITS = ("months", "days")
INTERVALS = ("log-log", "log", "plain", "spss", "bootstrap")
STATUSES = ("determined", "constrained", "synthetic")
KEYS = {
    "title": str, "kind": str, "source": str, "notice": str, "data_cutoff": datetime.date, "time_unit": str,
    "ctcae": str, "primary_endpoint": str, "paper_interval": str, "encoding": str, "columns": dict, "values": dict,
    "factors": dict, "subgroups": list, "eligibility": list, "provenance": dict, "endpoints": dict,
}  # fmt: skip
FACTOR_KEYS = ("label", "type", "unit", "levels", "reference", "from", "cut", "map", "help", "per")
ENDPOINT_KEYS = ("label", "text", "zero")
CRITERION_KEYS = ("label", "column", "in", "min", "max", "present", "source")


@dataclass(frozen=True)
class Criterion:
    """One eligibility criterion: subjects stay whose `column` is in `levels`, within the limits, or present."""

    label: str
    column: str
    levels: tuple = ()
    low: float | None = None
    high: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Grouping:
    """How a factor is made from another column or endpoint: `cut` points (left-closed) or a `map` of levels."""

    source: str
    cut: tuple = ()
    map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Meta:
    """cohort.yml. `factors` holds every column that may serve as a subgroup, in order, with this cohort's labels."""

    name: str
    title: str
    kind: str = "patients"
    source: str = ""
    notice: str = ""
    data_cutoff: datetime.date | None = None
    time_unit: str = "months"
    ctcae: str = ""
    primary_endpoint: str = ""
    paper_interval: str = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    factors: Mapping[str, Column] = field(default_factory=dict)
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    subgroups: tuple = ()
    eligibility: tuple = ()
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, table, name) -> Column:
        """The column's definition, with this cohort's label and levels where it declares its own."""
        if table == "adsl" and name in self.factors:
            return self.factors[name]
        return load_dictionary()[table].columns[name]

    def status_note(self, *names) -> str:
        """What is not determined of the named tables or columns ('adtr', 'adtte.PFSR'), or ''."""
        found = []
        for key, entry in self.provenance.items():
            if entry["status"] != "determined" and (key in names or key.split(".")[0] in names):
                column = key.partition(".")[2]
                found.append(f"{column + ' is ' if column else ''}{entry['status']}: {entry['note']}")
        return " ".join(note[0].upper() + note[1:] for note in found)

    def is_free(self, factor) -> bool:
        """Whether it is a free choice of a reconstruction which pseudo-patient carries this factor."""
        entry = self.provenance.get(f"adsl.{factor}", self.provenance.get("adsl", {"status": "determined"}))
        return self.kind == "pseudo" and entry["status"] != "determined"


def load_meta(folder: Path) -> Meta:
    """Read and check cohort.yml. Raises CohortError with every fault."""
    raw, lines = load_yaml(folder / "cohort.yml")
    faults = []

    def fault(path, rule, action, value=""):
        row = next((lines[path[:i]] for i in range(len(path), 0, -1) if path[:i] in lines), None)
        faults.append(Finding("cohort.yml", rule, action, row=row, column=".".join(path), value=shown(value)))

    for key, value in raw.items():
        if key not in KEYS:
            fault((str(key),), "unknown key", did_you_mean(key, KEYS), key)
        elif value is None:
            continue
        elif KEYS[key] is str:
            raw[key] = str(value)
        elif not isinstance(value, KEYS[key]) or isinstance(value, datetime.datetime):
            wanted = {dict: "indented `name: value` lines", list: "a list", datetime.date: "a date such as 2024-12-01"}
            fault((key,), f"expected {wanted[KEYS[key]]}", "Mend this entry.", value)
    raw = {k: v for k, v in raw.items() if k in KEYS and v is not None and isinstance(v, KEYS[k])}
    if "title" not in raw:
        fault((), "the key `title` is missing", "Add `title:` with the name of the study.")
    for key, allowed in (("kind", KINDS), ("time_unit", TIME_UNITS), ("paper_interval", INTERVALS)):
        if key in raw and raw[key] not in allowed:
            fault((key,), "unknown value", did_you_mean(raw[key], allowed), raw[key])
    endpoints = load_dictionary()["adtte"].columns["PARAMCD"].levels
    if raw.get("primary_endpoint", "OS") not in endpoints:
        fault(("primary_endpoint",), "unknown value", did_you_mean(raw["primary_endpoint"], endpoints))

    columns = {str(k): str(v) for k, v in raw.pop("columns", {}).items()}
    known = {c for t in load_dictionary().values() for c in t.columns} | set(raw.get("factors", {})) | {"EVENT"}
    for source, target in columns.items():
        if target not in known:
            fault(("columns", source), "unknown column on the right", did_you_mean(target, sorted(known)), target)
    values = {}
    for name, mapping in raw.pop("values", {}).items():
        if not isinstance(mapping, dict) or name not in known:
            fault(
                ("values", str(name)), "expected COLUMN: {written: meant}", did_you_mean(name, sorted(known)), mapping
            )
        else:
            values[str(name)] = {str(k): str(v) for k, v in mapping.items()}
    factors, groupings = _factors(raw.pop("factors", {}), fault)
    subgroups = tuple(str(s) for s in raw.pop("subgroups", []))
    for i, name in enumerate(subgroups):
        if name not in factors:
            fault(("subgroups", str(i)), "not a factor", did_you_mean(name, factors), name)
    eligibility = _eligibility(raw.pop("eligibility", []), factors, fault)
    provenance = _provenance(raw.pop("provenance", {}), fault)
    declared = raw.get("endpoints", {})
    for code, entry in declared.items():
        if code not in endpoints or not isinstance(entry, dict):
            fault(
                ("endpoints", str(code)),
                f"expected ENDPOINT: {', '.join(ENDPOINT_KEYS)}",
                did_you_mean(code, endpoints),
                entry,
            )
        else:
            for key in entry:
                if key not in ENDPOINT_KEYS:
                    fault(("endpoints", code, str(key)), "unknown key", did_you_mean(key, ENDPOINT_KEYS), key)
            declared[code] = {k: str(v) for k, v in entry.items()}
    if faults:
        raise CohortError(faults)
    return Meta(
        name=folder.name, columns=columns, values=values, factors=factors, groupings=groupings, subgroups=subgroups,
        eligibility=eligibility, provenance=provenance, **raw,
    )  # fmt: skip


def _factors(declared, fault):
    """The dictionary's factors, overridden and extended by the cohort's; and the groupings."""
    dictionary = load_dictionary()["adsl"].columns
    factors = {name: c for name, c in dictionary.items() if c.factor}
    groupings = {}
    for name, entry in declared.items():
        path = ("factors", str(name))
        if not isinstance(entry, dict):
            fault(path, "expected label, levels ...", "See data/README.md for an example.", entry)
            continue
        for key in entry:
            if key not in FACTOR_KEYS:
                fault(path + (str(key),), "unknown key", did_you_mean(key, FACTOR_KEYS), key)
        base = factors.get(name)
        levels = entry.get("levels", base.levels if base and entry.get("type", "coded") == "coded" else {})
        levels = {str(x): str(x) for x in levels} if isinstance(levels, list) else levels
        if not isinstance(levels, dict):
            fault(path + ("levels",), "expected a list or `code: label` lines", "Mend this entry.", levels)
            continue
        levels = {str(k): str(v) for k, v in levels.items()}
        kind = str(entry.get("type", "coded" if levels else "number"))
        if kind not in ("coded", "number") or (kind == "coded" and not levels):
            fault(path, "a factor is `type: number` or has `levels`", "Add the levels in order.", kind)
        reference = str(entry.get("reference", next(iter(levels), "")))
        if levels and reference not in levels:
            fault(path + ("reference",), "not one of the levels", did_you_mean(reference, levels), reference)
        factors[name] = Column(
            name=name, table="adsl", label=str(entry.get("label", base.label if base else name)), type=kind,
            unit=str(entry.get("unit", base.unit if base else "")), levels=levels, reference=reference,
            help=str(entry.get("help", "")), factor=True, per=_step(entry.get("per", base.per if base else 1), path, fault),
        )  # fmt: skip
        if "from" in entry:
            groupings[name] = _grouping(entry, levels, path, fault)
    order = []
    for name in factors:  # a grouping stands behind its source
        if name in order or getattr(groupings.get(name), "source", None) in factors:
            continue
        order += [name, *(g for g, spec in groupings.items() if spec.source == name)]
    return {name: factors[name] for name in order}, groupings


def _step(value, path, fault):
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        fault(path + ("per",), "expected a number above 0", "It is the step of the hazard ratio, such as 10.", value)
        return 1
    return value


def _grouping(entry, levels, path, fault):
    cut, mapping = entry.get("cut", []), entry.get("map", {})
    if not isinstance(cut, list) or not isinstance(mapping, dict) or bool(cut) == bool(mapping):
        fault(path, "`from` needs either `cut: [...]` or `map: {...}`", "Give one of the two.")
        return Grouping(str(entry["from"]))
    numeric = all(isinstance(c, int | float) for c in cut)
    if cut and (not numeric or cut != sorted(set(cut)) or len(levels) != len(cut) + 1):
        fault(path + ("cut",), "cut points must rise and give one level more than cuts", "Mend cut or levels.", cut)
    for _key, target in mapping.items():
        if str(target) not in levels:
            fault(path + ("map",), "maps to an unknown level", did_you_mean(target, levels), target)
    return Grouping(str(entry["from"]), tuple(cut), {str(k): str(v) for k, v in mapping.items()})


def _eligibility(declared, factors, fault):
    known = [*load_dictionary()["adsl"].columns, *factors]
    criteria = []
    for i, entry in enumerate(declared):
        path = ("eligibility", str(i))
        if not isinstance(entry, dict) or "label" not in entry or "column" not in entry:
            fault(path, "a criterion needs `label` and `column`", "Add them.", entry)
            continue
        for key in entry:
            if key not in CRITERION_KEYS:
                fault(path + (str(key),), "unknown key", did_you_mean(key, CRITERION_KEYS), key)
        if entry["column"] not in known:
            fault(path + ("column",), "unknown column", did_you_mean(entry["column"], known), entry["column"])
        for key in ("min", "max"):
            if key in entry and not isinstance(entry[key], int | float):
                fault(path + (key,), "expected a number", "Mend this entry.", entry[key])
        levels = entry.get("in", [])
        if not isinstance(levels, list):
            fault(path + ("in",), "expected a list of levels", "Write it as [A, B].", levels)
            levels = []
        if not (levels or "min" in entry or "max" in entry or entry.get("present")):
            fault(path, "the criterion says nothing", "Add `in`, `min`, `max` or `present: true`.")
        criteria.append(
            Criterion(str(entry["label"]), str(entry["column"]), tuple(str(x) for x in levels),
                      entry.get("min"), entry.get("max"), str(entry.get("source", "")))
        )  # fmt: skip
    return tuple(criteria)


def _provenance(declared, fault):
    found = {}
    for key, entry in declared.items():
        if not isinstance(entry, dict) or entry.get("status") not in STATUSES or "note" not in entry:
            fault(("provenance", str(key)), f"needs `status` ({', '.join(STATUSES)}) and `note`", "Add them.", entry)
        else:
            found[str(key)] = {"status": entry["status"], "note": str(entry["note"])}
    return found

"""Facts about a cohort: cohort.yml, read and checked."""

import codecs
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from papercheck.files.findings import CohortError, Finding, did_you_mean, shown
from papercheck.files.yamlfile import load_yaml
from papercheck.vocabulary.dictionary import Column, load_dictionary
from papercheck.vocabulary.factors import Grouping, read_eligibility, read_factors
from papercheck.vocabulary.facts import LANGUAGES, STATUSES, check_subgroups, read_facts
from papercheck.vocabulary.first_course import read_first_course

from ..read.dates import read_date_formats
from .source import DECIMALS, Source, read_mapping, read_sources, read_values
from .treatment import Treatment, read_treatment


@dataclass(frozen=True)
class Meta:
    """cohort.yml. `factors` holds every column that may serve as a subgroup, in order, with this cohort's labels.

    `sources` says where tables stand that are not in a file of their own name; `declared` marks the facts as seen by
    one of these (see `of`).
    """

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
    language: str = LANGUAGES[0]
    decimal: str = "."
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, tuple] = field(default_factory=dict)
    ignored: tuple = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    declared: bool = False
    factors: Mapping[str, Column] = field(default_factory=dict)
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    subgroups: tuple = ()
    eligibility: tuple = ()
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    first_course: Mapping[str, str] = field(default_factory=dict)
    treatment: Treatment | None = None
    lines: Mapping[tuple, int] = field(default_factory=dict, compare=False, repr=False)  # of the keys of cohort.yml

    def column(self, table, name) -> Column:
        """The column's definition, with this cohort's label and levels where it declares its own."""
        if table == "adsl" and name in self.factors:
            return self.factors[name]
        return load_dictionary()[table].columns[name]

    def of(self, table) -> "Meta":
        """The facts as they hold for the cells of one table: what its source declares comes first."""
        source = self.sources.get(table)
        if source is None:
            return self
        return replace(
            self, columns={**self.columns, **source.columns}, values={**self.values, **source.values},
            dates={**self.dates, **source.dates}, ignored=source.ignore, declared=True,
            decimal=source.decimal or self.decimal,
        )  # fmt: skip

    def date_formats(self, column) -> tuple:
        """The declared formats of a date column, beside the dates that need none."""
        return self.dates.get(column, self.dates.get("", ()))

    @property
    def reconstructed(self) -> bool:
        """Whether the cohort is made from printed numbers, with the standing of its columns."""
        return self.kind == "pseudo" and bool(self.provenance)

    def is_free(self, factor) -> bool:
        """Whether it is a free choice of a reconstruction which pseudo-patient carries this factor. A factor whose
        survival results are printed and met (`ties`) is not."""
        entry = self.provenance.get(f"adsl.{factor}", self.provenance.get("adsl", {"status": "determined"}))
        return self.kind == "pseudo" and entry["status"] != "determined" and not entry.get("ties")


def load_meta(folder: Path) -> Meta:
    """Read and check cohort.yml. Raises CohortError with every fault."""
    raw, lines = load_yaml(folder / "cohort.yml")
    faults = []

    def fault(path, rule, action, value=""):
        row = next((lines[path[:i]] for i in range(len(path), 0, -1) if path[:i] in lines), None)
        faults.append(Finding("cohort.yml", rule, action, row=row, column=".".join(path), value=shown(value)))

    raw = read_facts(raw, fault)
    known = {c for t in load_dictionary().values() for c in t.columns} | set(map(str, raw.get("factors", {}))) | {"EVENT"}
    columns = read_mapping(raw.pop("columns", {}), known, ("columns",), fault)
    values = read_values(raw.pop("values", {}), known, ("values",), fault)
    dates = read_date_formats(raw.pop("dates", None), known, ("dates",), fault)
    sources = read_sources(raw.pop("tables", {}), known, fault)
    if raw.get("decimal", ".") not in DECIMALS:
        fault(("decimal",), "the decimal mark is a point or a comma", 'Write `decimal: ","`.', raw["decimal"])
    factors, groupings = read_factors(raw.pop("factors", {}), fault)
    subgroups = tuple(str(s) for s in raw.pop("subgroups", []))
    check_subgroups(subgroups, factors, fault)
    if "encoding" in raw and not _is_encoding(raw["encoding"]):
        fault(("encoding",), "unknown encoding", "Such as utf-8, gb18030, latin-1.", raw["encoding"])
    eligibility = read_eligibility(raw.pop("eligibility", []), factors, fault)
    provenance = _provenance(raw.pop("provenance", {}), fault)
    raw["first_course"] = read_first_course(raw.get("first_course", {}), fault)
    treatment = read_treatment(raw.pop("treatment", None), factors, fault)
    if faults:
        raise CohortError(faults)
    return Meta(
        name=folder.name, columns=columns, values=values, dates=dates, sources=sources, factors=factors, groupings=groupings, subgroups=subgroups,
        eligibility=eligibility, provenance=provenance, treatment=treatment, lines=lines, **raw,
    )  # fmt: skip


def _is_encoding(name) -> bool:
    try:
        return bool(codecs.lookup(name))
    except (LookupError, ValueError):
        return False


def _provenance(declared, fault):
    found = {}
    for key, entry in declared.items():
        if str(key).split(".")[0] not in load_dictionary():
            fault(("provenance", str(key)), "not a table", did_you_mean(str(key).split(".")[0], load_dictionary()), key)
        if not isinstance(entry, dict) or entry.get("status") not in STATUSES or "note" not in entry:
            fault(("provenance", str(key)), f"needs `status` ({', '.join(STATUSES)}) and `note`", "Add them.", entry)
        else:
            ties = tuple(map(str, entry.get("ties") or ()))
            found[str(key)] = {"status": entry["status"], "note": str(entry["note"]), "ties": ties}
    return found

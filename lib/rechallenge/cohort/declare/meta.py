"""Facts about a cohort: cohort.yml, read and checked."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from papercheck.files.findings import CohortError, did_you_mean
from papercheck.files.models import SCALAR, Entry, Text, read_model, wrong
from papercheck.files.yamlfile import fault_list, load_yaml
from papercheck.vocabulary.dictionary import Column, load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.factors import Criterion, Factor, Grouping, check_eligibility, make_factors
from papercheck.vocabulary.facts import LANGUAGES, STATUSES, Facts, check_subgroups, check_title, endpoint_words
from papercheck.vocabulary.first_course import FirstCourse
from papercheck.vocabulary.units import DAYS_PER_MONTH, Calendar

from ...context import PRIVACY, SMALLEST
from ..read.dates import read_date_formats
from .answers import Confirmed, Question
from .brief import BriefChoice, check_brief
from .emulation import Emulation, check_emulation
from .evidence import Evidence, check_evidence
from .external import ExternalControl, check_external
from .imputation import Imputation, check_imputation
from .late_entry import LateEntry
from .safety import EventGroup
from .source import Dates, PartialDate, Source, Values, check_sources, check_targets
from .treatment import Treatment, check_treatment

PLAIN = (
    "title",
    "kind",
    "source",
    "notice",
    "data_cutoff",
    "time_unit",
    "ctcae",
    "primary_endpoint",
    "columns",
    "paper_interval",
    "encoding",
    "language",
    "decimal",
    "values",
    "partial_dates",
    "scales",
    "brief",
    "emulation",
    "event_groups",
    "evidence",
    "external_control",
    "imputation",
    "interval_censored",
    "follow_up_time",
    "late_entry",
    "shapes",
    "treatment",
    "confirmed",
    "dismissed",
    "progression_by_sums",
    "profile",
    "smallest_count",
    "days_per_month",
)  # facts that are taken as they are written
FOLLOW_UP_TIME = (
    "The column of adsl with the time that each patient was followed from the start of rechallenge: it stands for OS and"
    " PFSR where they are empty and nobody had the event."
)
NOT_KNOWN = ".not_known"  # ending of the column that says why a value of a coded column is not known
PROTECTED = "patients"  # the kind of cohort whose subjects are persons that nobody may recognise


def _encoding(name):
    try:
        b"1".decode(name)
    except UnicodeDecodeError:  # utf-16: one byte is no character
        return name
    except (LookupError, ValueError):  # unknown, or an encoding and none of text
        raise wrong("unknown encoding", "Such as utf-8, gb18030, latin-1.") from None
    return name


class Provenance(Entry):
    """How a column of pseudo-patients was made."""

    status: Literal[STATUSES] = Field(description=f"An entry needs `status` ({', '.join(STATUSES)}) and `note`.")
    note: Text = Field(description="An entry needs `status` and `note`.")
    ties: tuple[Text, ...] = ()


def _reason(text):
    if not text.strip():
        raise wrong("a dismissal without a reason", "Say in a few words why the question can be left open.")
    return text


def _month(value) -> float:
    """Days of a month, written as a number or as the days of a year over 12."""
    year = str(value).replace(" ", "").removesuffix("/12")
    try:
        days = float(year) / (12 if "/" in str(value) else 1)
    except ValueError:
        days = 0.0
    if isinstance(value, bool) or not 28 <= days <= 31:
        raise wrong("not the days of a month", "Such as 30.4375, 30, 365.25/12 or 365/12; from 28 to 31.")
    return days


class CohortFile(Facts):
    """cohort.yml as a person writes it."""

    encoding: Annotated[Text, AfterValidator(_encoding)] = ""
    decimal: Literal[".", ","] = Field(".", description='The decimal mark is a point or a comma: `decimal: ","`.')
    columns: dict[Text, Text] = Field({}, description="Your own column names: {yours: the dictionary's}.")
    values: Values = Field({}, description="Your own codes: COLUMN: {written: meant}.")
    dates: Dates = Field({}, description="How dates are written: a format, or COLUMN: format.")
    partial_dates: dict[Text, PartialDate] = {}
    scales: dict[Text, Literal["fraction", "percent", "cm", "days", "weeks", "months", "years"]] = Field(
        {},
        description="PCHG_RECHALLENGE: fraction, if -0.45 means -45%; OS: days, if the other durations are in months; SDIAM: cm.",
    )
    tables: dict[Text, Source] = Field({}, description="Where tables stand: `adsl: {file: study.sav}`.")
    factors: dict[Text, Factor] = Field({}, description="Subgroups of the cohort's own: NAME: {label, levels ...}.")
    eligibility: list[Criterion] = Field([], description="Who is analysed, in order.")
    first_course: FirstCourse = FirstCourse()
    profile: Literal[PRIVACY] = Field(
        PRIVACY[1], description="What outputs may show of persons: internal, shared or strict."
    )
    days_per_month: Annotated[float, BeforeValidator(_month)] = Field(
        DAYS_PER_MONTH, description="Days of a month wherever days become months: 30.4375 (365.25/12), 30, 365/12 ..."
    )
    smallest_count: int = Field(
        SMALLEST, ge=2, le=50, strict=True, description="Counts below it are held back under strict."
    )
    progression_by_sums: bool = Field(
        False, description="true: a sum of diameters 20% and 5 mm above the smallest is progression (RECIST 1.1)."
    )
    provenance: dict[Text, Provenance] = {}
    event_groups: dict[Text, EventGroup] = Field(
        {}, description="Kinds of adverse events by their terms, with the source."
    )
    evidence: Evidence | None = Field(None, description="Other studies that are analysed together with the cohort.")
    external_control: ExternalControl | None = Field(None, description="A published arm to compare a single arm with.")
    imputation: Imputation | None = Field(None, description="The joint model whose missing factors are imputed.")
    interval_censored: bool = Field(False, description="true: PFS is also shown as between two assessments.")
    follow_up_time: Text = Field("", description=FOLLOW_UP_TIME)
    late_entry: LateEntry | None = Field(None, description="Times that count from before a patient was observed.")
    shapes: tuple[Text, ...] = Field((), description="Continuous factors shown by their curve: [AGE].")
    brief: BriefChoice = BriefChoice()
    emulation: Emulation | None = Field(None, description="A trial of rechallenge against none, to be imitated.")
    treatment: Treatment | None = Field(None, json_schema_extra=lambda schema: schema["anyOf"].append(SCALAR))
    confirmed: Confirmed = Confirmed()
    questions: list[Question] = []
    dismissed: dict[Text, Annotated[Text, AfterValidator(_reason)]] = Field({}, description="Question: reason.")


@dataclass(frozen=True)
class Meta:
    """cohort.yml. `factors` holds every column that may serve as a subgroup, in order, with this cohort's labels.

    `sources` says where tables stand that are not in a file of their own name; `declared` marks the facts as seen by
    one of these (see `of`).
    """

    name: str
    title: str
    kind: str = PROTECTED
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
    partial_dates: Mapping[str, PartialDate] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)
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
    profile: str = PRIVACY[1]
    days_per_month: float = DAYS_PER_MONTH
    smallest_count: int = SMALLEST
    progression_by_sums: bool = False
    event_groups: Mapping[str, EventGroup] = field(default_factory=dict)
    evidence: Evidence | None = None
    external_control: ExternalControl | None = None
    imputation: Imputation | None = None
    interval_censored: bool = False
    follow_up_time: str = ""
    late_entry: LateEntry | None = None
    shapes: tuple[str, ...] = ()
    brief: BriefChoice = BriefChoice()
    emulation: Emulation | None = None
    treatment: Treatment | None = None
    confirmed: Confirmed = Confirmed()
    questions: tuple[Question, ...] = ()
    dismissed: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple, int] = field(default_factory=dict, compare=False, repr=False)  # of the keys of cohort.yml

    def column(self, table, name) -> Column:
        """The column's definition, with this cohort's label and levels where it declares its own; that of the column
        itself for the one that says why it is not known."""
        name = name.removesuffix(NOT_KNOWN)
        if table == "adsl" and name in self.factors:
            return self.factors[name]
        if table == "adsl" and name in self.moments:
            return self.moments[name]
        return load_dictionary()[table].columns[name]

    @property
    def moments(self) -> dict[str, Column]:
        """Columns of adsl that say when something arises which is not known at the start."""
        found, known = {}, load_dictionary()["adsl"].columns
        for factor in self.factors.values():
            for name, kind in ((factor.date, "date"), (factor.time, "number")):
                if name and name not in known and name not in self.factors:
                    label = f"{factor.label}: {'date' if kind == 'date' else 'time'}"
                    found[name] = Column(name, "adsl", label, kind)
        if self.follow_up_time and self.follow_up_time not in known:
            found[self.follow_up_time] = Column(self.follow_up_time, "adsl", "Time of follow-up", "number")
        for declared in (self.late_entry, self.emulation):
            found |= declared.columns() if declared else {}
        return found

    def asks(self, what) -> bool:
        """Whether the cohort declares what an optional section is about (`asks` in the metadata of its notebook)."""
        arms = self.treatment
        asked = {
            "event_groups": bool(self.event_groups),
            "emulation": bool(self.emulation),
            "evidence": bool(self.evidence),
            "external_control": bool(self.external_control),
            "further": bool(arms and (arms.further or arms.strata or arms.milestones)),
            "moments": any(f.date or f.time for f in self.factors.values()),
            "imputation": bool(self.imputation),
            "interval_censored": self.interval_censored,
            "late_entry": bool(self.late_entry),
            "shapes": bool(self.shapes),
        }
        return asked.get(what, False)

    def of(self, table) -> "Meta":
        """The facts as they hold for the cells of one table: what its source declares comes first."""
        source = self.sources.get(table)
        if source is None:
            return self
        return replace(
            self,
            columns={**self.columns, **source.columns},
            values={**self.values, **source.values},
            dates={**self.dates, **source.dates},
            partial_dates={**self.partial_dates, **source.partial_dates},
            ignored=source.ignore,
            declared=True,
            decimal=source.decimal or self.decimal,
        )

    def date_formats(self, column) -> tuple:
        """The declared formats of a date column, beside the dates that need none."""
        return self.dates.get(column, self.dates.get("", ()))

    @property
    def calendar(self) -> Calendar:
        """How long a month of this cohort is: every conversion of its durations goes through it."""
        return Calendar(self.days_per_month)

    def endpoint(self, code) -> dict:
        """The rule of an endpoint in this cohort: of its course, with the label, text and zero that it declares."""
        rule = endpoint_rules()[str(code)]
        own = rule.get("first_course", {}) if self.confirmed.course == "first course" else {}
        return rule | own | dict(self.endpoints.get(str(code), {}))

    @property
    def reconstructed(self) -> bool:
        """Whether the cohort is made from printed numbers, with the standing of its columns."""
        return self.kind == "pseudo" and bool(self.provenance)

    def is_free(self, *factors) -> bool:
        """Whether it is a free choice of a reconstruction which pseudo-patients carry a factor, or several together.

        A factor whose survival results are printed and met (`ties`) is not free alone. Beside others it is: the prints
        bind each of them, and never who carries both."""
        usual, named = self.provenance.get("adsl", {"status": "determined"}), dict.fromkeys(factors)
        entries = [self.provenance.get(f"adsl.{name}", usual) for name in named]
        ties = [entry.get("ties") for entry in entries if entry["status"] != "determined"]
        return self.kind == "pseudo" and bool(ties) and (len(named) > 1 or not all(ties))


def load_meta(folder: Path) -> Meta:
    """Read and check cohort.yml. Raises CohortError with every fault."""
    raw, lines = load_yaml(folder / "cohort.yml")
    faults, fault = fault_list("cohort.yml", lines)
    check_title(raw, fault)
    meta = _meta(folder.name, read_model(CohortFile, raw, fault), raw, lines, fault)
    if faults:
        raise CohortError(faults)
    return meta


def _meta(name, file, raw, lines, fault) -> Meta:
    """The facts of a cohort.yml whose entries are good each by itself; raw : as written, with those that are not."""
    written = raw.get("factors") if isinstance(raw.get("factors"), dict) else {}
    known = {c for t in load_dictionary().values() for c in t.columns} | set(map(str, written)) | {"EVENT"}
    for declared in (file.late_entry, file.emulation):
        known |= set(declared.columns()) if declared else set()
    known |= {c for factor in file.factors.values() for c in (factor.date, factor.time) if c}
    known |= {file.follow_up_time} - {""}
    check_targets(file, known, (), fault)
    factors, groupings = make_factors(file.factors, fault)
    _check_uses(file, factors, set(map(str, written)) - set(file.factors), fault)
    return Meta(
        name=name,
        dates=read_date_formats(file.dates, known, ("dates",), fault),
        sources=check_sources(file.tables, known, fault),
        factors=factors,
        groupings=groupings,
        subgroups=tuple(file.subgroups),
        eligibility=tuple(file.eligibility),
        provenance={key: entry.model_dump() for key, entry in file.provenance.items()},
        endpoints=endpoint_words(file),
        first_course=file.first_course.model_dump(exclude_unset=True),
        questions=tuple(file.questions),
        lines=lines,
        **{key: getattr(file, key) for key in PLAIN},
    )


def _check_uses(file, factors, lost, fault):
    """Find factors and tables that the entries name and that are
    not there. lost : factors that are named as faulty already.
    """

    def use_fault(path, rule, action, value=""):
        if str(value) not in lost:
            fault(path, rule, action, value)

    check_subgroups(file.subgroups, factors, use_fault)
    check_brief(file.brief, file.subgroups, factors, use_fault)
    check_eligibility(file.eligibility, factors, use_fault)
    if file.emulation:
        check_emulation(file.emulation, factors, use_fault)
    if file.imputation:
        check_imputation(file.imputation, factors, use_fault)
    _check_shapes(file.shapes, factors, use_fault)
    if file.evidence:
        check_evidence(file.evidence, factors, use_fault)
    if file.external_control:
        check_external(file.external_control, factors, file.treatment, use_fault)
    if file.treatment:
        check_treatment(file.treatment, factors, use_fault)
    for key in file.provenance:
        if key.split(".")[0] not in load_dictionary():
            action = did_you_mean(key.split(".")[0], load_dictionary())
            fault(("provenance", key), "not a table", action, key)


def _check_shapes(shapes, factors, fault):
    """Find names that are no factor, have levels, or stand twice."""
    for i, name in enumerate(shapes):
        if name not in factors:
            fault(("shapes", str(i)), "not a factor", did_you_mean(name, factors), name)
        elif factors[name].levels or name in shapes[:i]:
            rule = "stands twice" if name in shapes[:i] else "has levels: a curve needs a factor of numbers"
            fault(("shapes", str(i)), rule, "Name the factor that holds the numbers, once.", name)

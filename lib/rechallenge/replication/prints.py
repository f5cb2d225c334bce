"""What the paper of a cohort prints, from its registry: the
only ground to say 'as printed', and to say 0 of a count.
"""

from dataclasses import dataclass

from papercheck.registry.labels import compared_label, part_label, time_label
from papercheck.registry.places import place_kind
from papercheck.registry.registry import Registry, list_studies, load_registry
from papercheck.replicate.record import read_record

from ..cohort.cohort import Cohort
from ..derive.patterns import CLASS
from ..results import Result
from ..text.language import say
from ..text.words import spread_text
from .said import said_entry

HIGHEST_GRADE = 5  # of CTCAE: death
HEADLINE_PLACES = ("abstract", "report")
PREFIX = {
    "%": "{}%",
    "n": "{}",
    "value": "{}",
    "median": "{}",
    "range": "{}",
}  # how a part is led in; others by their own name
READ = {  # what was read of a paper, and so what "not printed" can mean
    "abstract": "Read of the paper: its abstract. “Not printed” means not printed there.",
    "page": "Read of the paper: the page that its publisher shows to all. “Not printed” means not printed there.",
    "text": (
        "Read of the paper: its text and tables, without the numbers in its figures and appendices. “Not printed” means"
        " not printed there."
    ),
    "whole": "",
}
RANKS = ("pool", "endpoint", "response", "event", "other")  # of the headlines


def printed_median(
    cohort: Cohort, endpoint: str, by: str = "", level: str = "", weighted: bool = False
) -> tuple[str, str]:
    """('2.90', '1.97–3.83') as the paper prints the median of an endpoint and its interval, over all patients or in a
    level of a factor, `weighted` or not; '' for what it does not print."""
    where = {by: level} if by else {}
    for entry in _printed(cohort, "median_survival"):
        same = entry.get("endpoint") == endpoint and bool(entry.get("weights")) == weighted
        if same and _where(entry) == where:
            estimate, limits = (next((cell.shown for cell in entry.printed(part)), "") for part in ("estimate", "ci"))
            return estimate, limits
    return "", ""


def printed_test(cohort: Cohort, endpoint: str, by: str, weighted: bool = False) -> str:
    """The P value that the paper prints of the log-rank test of an endpoint over a factor; '' without one."""
    for entry in _printed(cohort, "log_rank"):
        same = (entry.get("endpoint"), entry.get("by"), bool(entry.get("weights"))) == (endpoint, by, weighted)
        if same and not entry.get("where"):
            return next((cell.shown for cell in entry.printed("p")), "")
    return ""


def ratio_printed(cohort: Cohort, endpoint: str, by: str, level: str, _reference: str = "") -> bool:
    """Whether the paper prints the hazard ratio of a level of a factor, alone in its model."""
    return any(
        (entry.get("endpoint"), entry.get("by")) == (endpoint, by)
        and str(entry.get("group", level)) == level
        and not entry.get("adjusted")
        and not entry.get("weights")
        for entry in _printed(cohort, "cox")
    )


def adjusted_p(cohort: Cohort, endpoint: str, by: str, level: str, beside) -> str:
    """The P value that the paper prints, or is read to print, of a level of a factor in a Cox model with the factors
    `beside` it; '' without one."""
    given = f"adsl.{CLASS}" in cohort.meta.provenance  # the class as the study gave it: its column RESIST
    others = {"RESIST" if given and name == CLASS else name for name in beside} - {by}
    for entry in _printed(cohort, "cox"):
        same = (entry.get("endpoint"), entry.get("by"), str(entry.get("group", level))) == (endpoint, by, level)
        if same and not entry.get("weights") and {*(entry.get("adjusted") or [])} == others:
            return next((cell.shown for cell in entry.printed("p")), "")
    return ""


def held_to_prints(cohort: Cohort) -> bool:
    """Whether it is known what is printed of a cohort: pseudo-patients with the registry of their paper. Of patients,
    and of pseudo-patients without a registry, nothing can be called printed or not printed."""
    return cohort.meta.kind == "pseudo" and _registry(cohort) is not None


def events_known(cohort: Cohort, endpoint: str, by: str = "", level: str = "") -> bool:
    """Whether the number of events of an endpoint is known, over all patients or in a level of a factor: of those whose
    prints are on record if it is printed, or if the paper says that all of them had it, else always."""
    if not held_to_prints(cohort) or all_had_it(cohort, endpoint):
        return True
    where = {by: level} if by else {}
    printed = (e for e in _printed(cohort, "events") if e.get("endpoint") == endpoint)
    return any(_where(entry) == where for entry in printed)


def all_had_it(cohort: Cohort, endpoint: str) -> bool:
    """Whether the registry reads of the paper, without a printed number, that every subject had the event."""
    return held_to_prints(cohort) and (_registry(cohort).own.get("fixed") or {}).get(endpoint) == "all_events"


def follow_up_printed(cohort: Cohort, endpoint: str) -> bool:
    """Whether the paper prints a median follow-up of an endpoint, over all patients."""
    return any(e.get("endpoint") == endpoint and not e.get("where") for e in _printed(cohort, "median_follow_up"))


def definition_known(cohort: Cohort, endpoint: str) -> bool:
    """Whether it is on record how an endpoint is defined: of patients as cohort.yml has it, of reconstructed ones if
    the registry holds the words of the paper."""
    if not cohort.meta.reconstructed or _registry(cohort) is None:
        return True
    said = _registry(cohort).own.get("definitions") or []
    return any(rule.get("endpoint") == endpoint for rule in said)


@dataclass(frozen=True)
class Print:
    """What a paper prints of one result: the estimate, its limits and its P value, '' for what it does not print;
    and whether one of them is given up as a misprint."""

    estimate: str
    limits: str
    p: str
    misprint: bool = False


PRINTED_AS = {  # a kind of quantity -> the statistic of a registry that prints it, and the part that is its estimate
    "median": ("median_survival", "estimate"),
    "survival_at": ("survival_at", "percent"),
    "log_rank": ("log_rank", "p"),
    "hr": ("cox", "hr"),
}


def printed_of(cohort: Cohort, kind: str, result: Result) -> Print | None:
    """What the paper prints of a result of PRINTED_AS that is
    neither weighted nor adjusted; None where it prints nothing.
    """
    statistic, part = PRINTED_AS[kind]
    for entry in _printed(cohort, statistic):
        if not entry.get("weights") and not entry.get("adjusted") and _is_of(entry, kind, result):
            shown = [next((cell.shown for cell in entry.printed(name)), "") for name in (part, "ci", "p")]
            return Print(*shown, _given_up(cohort, entry, dict(zip((part, "ci", "p"), shown, strict=True))))
    return None


def _given_up(cohort, entry, shown) -> bool:
    """Whether the reconstruction had to give up a print of an entry, as no patients have it and the others too."""
    record = read_record(_registry(cohort).path.parent)
    proved = record.impossible if record else ()
    return any(p.id == entry.id and shown.get(p.part) == p.printed for p in proved)


def _is_of(entry, kind, result) -> bool:
    """Whether an entry is of the endpoint, group, contrast and time of a result."""
    if entry.get("endpoint") != result.endpoint:
        return False
    if kind in ("log_rank", "hr"):
        by = result.by if kind == "log_rank" else result.variable
        return not entry.get("where") and entry.get("by") == by and _same_contrast(entry, result)
    of_all = result.by in ("", "PARAMCD")
    if kind == "survival_at" and float(entry.get("time", -1)) != result.at:
        return False
    return _where(entry) == ({} if of_all else {result.by: result.level})


def _same_contrast(entry, result) -> bool:
    said = (entry.get("group"), entry.get("against"))
    return all(mine is None or str(mine) == of for mine, of in zip(said, (result.level, result.reference), strict=True))


def _where(entry) -> dict[str, str]:
    return {name: str(value) for name, value in (entry.get("where") or {}).items()}


@dataclass(frozen=True)
class Drawn:
    """How far a quantity that is not printed lies apart over the cohorts that were drawn (`members`)."""

    lowest: float
    highest: float
    members: int


def drawn(cohort: Cohort, kind: str, endpoint: str, by: str = "", levels=(), at: float | None = None) -> Drawn | None:
    """The spread of a quantity over the reconstructions of a cohort; None for patients, and where none is on record.

    kind : as of papercheck.reconstruction.ensemble.spread; by, levels : factor and the two levels of a ratio; at :
        time.
    """
    registry = _registry(cohort) if held_to_prints(cohort) else None
    record = read_record(registry.path.parent) if registry else None
    if record is None or record.members < 2:
        return None
    group = compared_label(registry, by, *levels) if by else time_label(registry, at) if at is not None else ""
    for row in record.spread:
        if (row["quantity"], row.get("endpoint", ""), row.get("group", "")) == (kind, endpoint, group):
            return Drawn(row["lowest"], row["highest"], record.members)
    return None


def sizes_of_many(cohort: Cohort, factors) -> str:
    """How far the group sizes that the paper does not print lie apart over the cohorts that were drawn; '' where none
    is on record."""
    said, members = [], 0
    for name in factors:
        levels = cohort.factor(name).levels
        found = {level: drawn(cohort, "size", "", name, (level,)) for level in levels}
        spans = {level: spread for level, spread in found.items() if spread}
        if spans:
            members = max(spread.members for spread in spans.values())
            shown = (f"{say(levels[k])} {spread_text(f'{v.lowest:.0f}', f'{v.highest:.0f}')}" for k, v in spans.items())
            said.append(say("{factor}: {contrast}", factor=cohort.factor(name).label, contrast=say(", ").join(shown)))
    text = "Sizes of groups that are not printed are of one reconstruction; over {n} drawn cohorts: {each}."
    return say(text, n=members, each=say("; ").join(said)) if said else ""


def reading_scope(cohort: Cohort) -> str:
    """What of the paper was read, so that "not printed" claims no more; '' for patients, and where all of it was."""
    registry = _registry(cohort) if held_to_prints(cohort) else None
    return say(READ[registry.own["read"]]) if registry and registry.own.get("read") else ""


def grades_printed(cohort: Cohort, grades: tuple[int, int], phase: str) -> bool:
    """Whether the number of patients with an adverse event of some grades in a course is known: of those whose prints
    are on record if it is printed over all terms, for these grades alone or as none of more grades; an event without
    grades is one of any.

    grades : the lowest and the highest, from 0 on for any grade.
    """
    return not held_to_prints(cohort) or any(_tells(entry, grades, phase) for entry in _printed(cohort, "count"))


def _tells(entry, grades, phase) -> bool:
    event, (low, high) = entry.get("event") or {}, grades
    said = set(event.get("ATOXGR") or range(1, HIGHEST_GRADE + 1))
    if event.get("APHASE") != phase or "AEDECOD" in event or not said:
        return False
    wanted = set(range(max(low, 1), high + 1))
    return said == wanted or (wanted <= said and any(cell.shown == "0" for cell in entry.printed("count")))


def _printed(cohort, statistic) -> list:
    """The entries of a statistic in the paper's registry; none without a registry."""
    registry = _registry(cohort)
    return [*registry.of(statistic)] if registry else []


def _registry(cohort) -> Registry | None:
    return load_registry(cohort.meta.name) if cohort.meta.name in list_studies() else None


def headlines(registry: Registry) -> list[tuple[str, list[tuple[str, list[tuple[str, str]]]]]]:
    """What the paper prints of its results where everybody looks: [(id of the group, [(what, [(part, printed), ...]),
    ...])].

    Numbers of the abstract, or of a report that stands for it: time to event first, then response, adverse events and
    pools of studies, the rest last. What belongs to one comparison is one group.
    """
    groups = {}
    for entry in registry.entries:
        cells = [cell for cell in entry.cells if any(place_kind(at) in HEADLINE_PLACES for at in cell.at)]
        if cells and entry.statistic != "stated":
            parts = list(dict.fromkeys((part_label(entry, cell.part, registry), cell.shown) for cell in cells))
            rank, group = _headline_group(entry)
            groups.setdefault((rank, group), []).append((headline_of(entry, registry), parts))
    return [(group, lines) for (_, group), lines in sorted(groups.items(), key=lambda item: item[0][0])]


def headline_of(entry, registry) -> str:
    """What a headline is of; what the paper leaves open and the registry reads into it is said to be read so."""
    what = said_entry(entry, registry)
    return say("{what} (as read)", what=what) if entry.reading else what


def only_abstract(registry: Registry) -> bool:
    """Whether every headline stands in the abstract, and none in a report alone."""
    places = [cell.at for entry in registry.entries if entry.statistic != "stated" for cell in entry.cells]
    told = [kinds for at in places if (kinds := {*map(place_kind, at)}) & {*HEADLINE_PLACES}]
    return all("abstract" in kinds for kinds in told)


def _headline_group(entry) -> tuple[int, str]:
    """(rank, what is compared) of an entry of the abstract."""
    where = [str(name) for name in entry.get("where") or {}]
    if entry.get("event"):
        return RANKS.index("event"), str(entry.get("event")["APHASE"])
    if entry.get("endpoint"):
        by = entry.get("by") or "+".join(where)
        return RANKS.index("endpoint"), f"{entry.get('endpoint')} {by} {entry.get('weights') or ''}"
    if any(name.startswith("BOR_") for name in where):
        return RANKS.index("response"), where[0]
    return RANKS.index("pool" if entry.statistic == "pooled" else "other"), entry.id


def headline_text(lines) -> str:
    """'PFSR median: 2.90 (95% CI 1.97–3.83)' of what belongs to one comparison."""
    return say("; ").join(say("{what}: {printed}", what=what, printed=parts_text(parts)) for what, parts in lines)


def parts_text(parts) -> str:
    return say(", ").join(led_text(part, text) for part, text in parts)


def led_text(part, text) -> str:
    """A printed text with the name of its part: '61.5%', '95% CI 1.97–3.83', 'P 0.004'."""
    if not text:
        return ""
    form = PREFIX.get(part, f"{part} {{}}")
    return text if text in ("NA", "NR", "NE") and part in PREFIX else form.format(text)

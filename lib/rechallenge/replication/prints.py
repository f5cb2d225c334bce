"""What the paper of a cohort prints, from its registry: the only ground to say 'as printed', and to say 0 of a count."""

from papercheck.registry.registry import list_studies, load_registry

from ..cohort.cohort import Cohort


def printed_median(cohort: Cohort, endpoint: str, by: str = "", level: str = "") -> str:
    """'2.90 (1.97–3.83)' as the paper prints the median of an endpoint over all patients or in a level of a factor, or ''."""
    if cohort.meta.name not in list_studies():
        return ""
    where = {by: level} if by else {}
    for entry in load_registry(cohort.meta.name).of("median_survival"):
        said = {name: str(value) for name, value in (entry.get("where") or {}).items()}
        if entry.get("endpoint") == endpoint and said == where and not entry.get("weights"):
            estimate, limits = (next((cell.shown for cell in entry.printed(part)), "") for part in ("estimate", "ci"))
            return f"{estimate} ({limits})" if estimate and limits else estimate
    return ""


def events_known(cohort: Cohort, endpoint: str) -> bool:
    """Whether the number of events of an endpoint is known: of patients always, of pseudo-patients if it is printed."""
    return _of_patients(cohort) or any(entry.get("endpoint") == endpoint for entry in _printed(cohort, "events"))


def grade_known(cohort: Cohort, grade: int, phase: str) -> bool:
    """Whether the number of patients with an adverse event of a grade in a course is known: of pseudo-patients if it is
    printed over all terms, for the grade alone or as none of several grades."""
    return _of_patients(cohort) or any(_tells(entry, grade, phase) for entry in _printed(cohort, "count"))


def _tells(entry, grade, phase) -> bool:
    event = entry.get("event") or {}
    grades = [*event.get("ATOXGR", ())]
    if event.get("APHASE") != phase or "AEDECOD" in event or grade not in grades:
        return False
    return grades == [grade] or any(cell.shown == "0" for cell in entry.printed("count"))


def _of_patients(cohort) -> bool:
    return cohort.meta.kind != "pseudo"


def _printed(cohort, statistic) -> list:
    """The entries of a statistic in the paper's registry; none without a registry."""
    return [*load_registry(cohort.meta.name).of(statistic)] if cohort.meta.name in list_studies() else []

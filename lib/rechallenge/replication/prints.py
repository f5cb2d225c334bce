"""What the paper of a cohort prints of a median, from its registry: the only ground to say 'as printed'."""

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

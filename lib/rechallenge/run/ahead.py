"""What a batch or a watch makes ahead, since every cohort's report shows the same of it: the literature."""

from functools import partial

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.literature.table import load_evidence

from ..sections.literature_flow import blank_note, flow_table, prisma_figure
from ..sections.series import literature_pools, promises_table
from ..sections.synthesis import odds_table, trial_forest
from ..sections.synthesis_checks import entry_table, hang_table, level_table, model_table, review_table, small_trials
from ..show.display import Figure
from .sections import find_sections, parse_parameters

# As the notebook of the evidence synthesis calls them.
DISPLAYS = (
    partial(trial_forest, outcome="os", by_entry=True), partial(trial_forest, outcome="pfs"), partial(trial_forest, outcome="orr"),
    odds_table, model_table, review_table, level_table, partial(hang_table, outcome="os"), partial(entry_table, outcome="os"),
    partial(small_trials, outcome="os"), promises_table, prisma_figure, flow_table, blank_note,
)  # fmt: skip
POOLS = tuple(partial(literature_pools, rate=rate) for rate in ("orr", "dcr"))


def prepare(only=(), pairs=()):
    """Make, and draw, what the sections show of the literature alone; what it lacks is left to the reports to say."""
    sections = find_sections(only)
    asked = [s.parameters["literature"].default for s in sections if "literature" in s.parameters]
    if not asked:
        return
    try:
        evidence = load_evidence(parse_parameters(pairs, sections).get("literature", asked[0]))
    except CohortError:
        return
    for make in (*DISPLAYS, *POOLS):
        try:
            made = make(evidence)
        except NotAvailable:
            continue
        if isinstance(made, Figure):
            made.draw()

"""What a batch or a watch makes before its processes part, since every report shows the same of it: the literature."""

from functools import partial

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.literature.table import load_evidence

from ..show.display import Figure
from .literature_flow import blank_note, flow_table, prisma_figure
from .series import literature_pools, promises_table
from .synthesis import odds_table, trial_forest
from .synthesis_checks import entry_table, hang_table, level_table, model_table, review_table, small_trials

SHOWN = (  # as the notebook of the evidence synthesis calls them
    partial(trial_forest, outcome="os", by_entry=True),
    partial(trial_forest, outcome="pfs"),
    partial(trial_forest, outcome="orr"),
    odds_table,
    model_table,
    review_table,
    level_table,
    partial(hang_table, outcome="os"),
    partial(entry_table, outcome="os"),
    partial(small_trials, outcome="os"),
    promises_table,
    prisma_figure,
    flow_table,
    blank_note,
    *(partial(literature_pools, rate=rate) for rate in ("orr", "dcr", "severe")),
)


def make_literature(name: str) -> None:
    """Make, and draw, what the notebooks show of the literature `name` alone, in the language of the run: forks of
    this process have it. What is faulty or lacks is left to the reports to say."""
    try:
        evidence = load_evidence(name)
    except CohortError:
        return
    for make in SHOWN:
        try:
            made = make(evidence)
        except NotAvailable:
            continue
        if isinstance(made, Figure):
            made.draw()

"""What cohort.yml says of the brief of its report: the parts
that it does without, the subgroups whose curves it shows.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from papercheck.files.models import Entry, Text
from papercheck.vocabulary.dictionary import Column
from papercheck.vocabulary.facts import check_subgroups

# the parts of run/brief.yml
PARTS = (
    "patients",
    "response",
    "pfs",
    "os",
    "treatment",
    "subgroups",
    "factors",
    "safety",
    "resistance",
    "printed",
    "literature",
)


class BriefChoice(Entry):
    """The brief as this cohort wants it; what it leaves out still stands in the appendix."""

    leave_out: tuple[Literal[PARTS], ...] = Field(
        (), description=f"Parts that the brief does without: {', '.join(PARTS)}."
    )
    subgroups: tuple[Text, ...] = Field(
        (),
        description=(
            "Factors whose curves the brief shows, in this order, small levels too; else those under `subgroups`."
        ),
    )


def check_brief(brief: BriefChoice, subgroups: Sequence[str], factors: Mapping[str, Column], fault) -> None:
    """Find subgroups of the brief that are no factor with levels, stand twice, or are none of the cohort's subgroups
    where it declares some; fault(path, rule, action, value) takes them."""

    def of_brief(path, *said):
        fault(("brief", *path), *said)

    check_subgroups(brief.subgroups, factors, of_brief)
    for i, name in enumerate(brief.subgroups):
        if name in factors and subgroups and name not in subgroups:
            of_brief(
                ("subgroups", str(i)), "not among the subgroups of the cohort", "Write it under `subgroups` too.", name
            )

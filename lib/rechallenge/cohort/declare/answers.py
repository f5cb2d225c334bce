"""What a person answered where a machine cannot know: `confirmed`, `questions` and `dismissed` of cohort.yml."""

from typing import Any, Literal

from pydantic import Field

from papercheck.files.models import Entry, Text, TextOrList

COURSES = ("rechallenge", "first course", "neither")
BLOCKING = ("event", "course")  # kinds of question without whose answer there is no report


class ConfirmedEvent(Entry):
    """Which written values of an event column are the event, and how many rows hold each."""

    event: TextOrList = Field(description="The written values that mean the event, such as [2].")
    censored: TextOrList = ()
    counts: dict[Text, int] = Field({}, description="Rows of each written value when it was confirmed.")
    file: Text = ""
    column: Text = ""
    by: Text = ""


class Confirmed(Entry):
    """What was confirmed: which course the cohort is, the event columns, and the counts that were looked at."""

    course: Literal[COURSES] = Field("", description="Which course of the patients the cohort is about.")
    events: dict[Text, ConfirmedEvent] = {}
    patients: int | None = Field(None, ge=0, strict=True)
    deaths: int | None = Field(None, ge=0, strict=True)
    progressions: int | None = Field(None, ge=0, strict=True, description="Events of PFS on rechallenge.")
    answers: dict[Text, Any] = Field(
        {}, description="Every answer of the import, by question; kept for the next import."
    )


class Question(Entry):
    """One thing that the import could not settle. `target` is the column of the dictionary that it is about."""

    id: Text = Field(description="The name under which it is answered or dismissed.")
    kind: Literal["event", "course", "placed", "settle"]
    text: Text = Field(description="The question in words.")
    target: Text = ""
    targets: tuple[Text, ...] = Field((), description="The columns that wait for the answer, where they are several.")
    file: Text = ""
    column: Text = ""
    blocking: bool = False

    @property
    def blocks(self) -> bool:
        """Whether there is no report until it is answered."""
        return self.blocking or self.kind in BLOCKING

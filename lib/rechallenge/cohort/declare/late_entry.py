"""Late entry that cohort.yml declares: times that count from before the patients came under observation."""

from typing import Literal

from pydantic import Field, model_validator

from papercheck.files.models import Entry, Text, wrong
from papercheck.vocabulary.dictionary import Column, load_dictionary

ZERO, ENTRY = ("zero_course", "zero_date", "zero_time"), ("entry_date", "entry_time")


class LateEntry(Entry):
    """From when times count, where that is before the start of the endpoint, and from when a patient was observed,
    where that is not the start of the endpoint."""

    label: Text = Field("", description="What times count from, in words: the diagnosis.")
    zero_course: Literal["INITIAL"] = Field("", description="INITIAL: times count from the first ICI course.")
    zero_date: Text = Field("", description="The column of adsl with the date from which times count.")
    zero_time: Text = Field("", description="The column with the time from there to the start of the endpoint.")
    entry_date: Text = Field("", description="The column with the date from which the patient was observed.")
    entry_time: Text = Field("", description="The column with the time from the start of the endpoint to then.")
    durations: list[Literal["OS"]] = Field(
        [],
        description="Durations of adsl that count from there too: the time to the start of rechallenge is taken off.",
    )

    @model_validator(mode="after")
    def _one_of_each(self):
        for names in (ZERO, ENTRY):
            if sum(bool(getattr(self, name)) for name in names) > 1:
                raise wrong("says the same in two ways", f"Give one of {', '.join(names)}.")
        if not any(getattr(self, name) for name in (*ZERO, *ENTRY)):
            raise wrong(
                "says neither from when times count nor from when a patient was observed",
                f"Give one of {', '.join((*ZERO, *ENTRY))}.",
            )
        if self.durations and not (self.zero_date or self.zero_time):
            raise wrong("the key `durations` needs `zero_date` or `zero_time`", "Say from when these durations count.")
        if (self.zero_date or self.zero_time) and not self.label:
            raise wrong("the key `label` is missing", "Say in words what times count from, such as: the diagnosis.")
        return self

    def columns(self) -> dict[str, Column]:
        """The columns of adsl that it names and that are no columns of the dictionary."""
        named = {self.zero_date: "date", self.entry_date: "date", self.zero_time: "number", self.entry_time: "number"}
        known = load_dictionary()["adsl"].columns
        return {n: Column(n, "adsl", n, kind) for n, kind in named.items() if n and n not in known}

"""Groups of adverse events that cohort.yml declares by their terms, with the source of the list."""

from pydantic import Field

from papercheck.files.models import Entry, Text


class EventGroup(Entry):
    """Terms that are one kind of event, such as immune-related ones. source : where the list comes from."""

    label: Text = Field(description="A group needs `label`, `terms` and `source`.")
    terms: tuple[Text, ...] = Field(min_length=1, description="The preferred terms of adae: [Rash, Pneumonitis].")
    source: Text = Field(min_length=1, description="Where the list of terms comes from, such as the protocol.")

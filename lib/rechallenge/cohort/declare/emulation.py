"""The trial of rechallenge against none that cohort.yml asks
to imitate: which columns hold the choice and what followed.
"""

from typing import Annotated

from pydantic import Field, model_validator

from papercheck.files.findings import did_you_mean
from papercheck.files.models import Entry, Text, wrong
from papercheck.vocabulary.dictionary import Column, load_dictionary

DATES = ("zero_date", "start_date")
TIMES = ("start_time", "time", "event")


class Emulation(Entry):
    """Patients with and without rechallenge, from the time on at which it could be chosen (such as progression).

    By dates (zero_date, start_date, with DTHDT and LSTALVDT) or by durations from zero (start_time, time, event);
    grace: months within which rechallenge is to start; covariates: factors known at zero, or dated ones, as they are
    when the choice is open.
    """

    label: Text = Field("", description="Where the choice arises, in words: progression on the first course.")
    zero_date: Text = Field("", description="The column of adsl with the date at which rechallenge could be chosen.")
    start_date: Text = Field("", description="The column with the date of the start of rechallenge; empty: none.")
    start_time: Text = Field(
        "", description="In place of dates: the column with the time from then to rechallenge; empty: none."
    )
    time: Text = Field(
        "", description="In place of dates: the column with the time from then to death or last contact."
    )
    event: Text = Field("", description="In place of dates: the column with 1 for death, 0 for last contact.")
    grace: Annotated[int, Field(ge=1, le=24)] = Field(3, description="Months within which rechallenge is to start.")
    covariates: tuple[Text, ...] = Field((), description="What the choice may rest on: factors, [AGE, ECOG].")

    @model_validator(mode="after")
    def _one_form(self):
        dates, times = ([bool(getattr(self, n)) for n in names] for names in (DATES, TIMES))
        if all(dates) == all(times) or any(dates) and any(times):
            raise wrong("needs either dates or durations", f"Give {' and '.join(DATES)}, or {', '.join(TIMES)}.")
        if not self.label:
            raise wrong("the key `label` is missing", "Say where the choice arises: progression on the first course.")
        return self

    def columns(self) -> dict[str, Column]:
        """The columns of adsl that it names and that are no columns of the dictionary."""
        kinds = {"event": "flag", "zero_date": "date", "start_date": "date"}
        known = load_dictionary()["adsl"].columns
        named = {getattr(self, key): kinds.get(key, "number") for key in (*DATES, *TIMES)}
        return {n: Column(n, "adsl", n, kind) for n, kind in named.items() if n and n not in known}


def check_emulation(emulation, factors, fault):
    """Find covariates that are no factors; fault(path, rule, action, value) takes every fault found."""
    for name in emulation.covariates:
        if name not in factors:
            fault(("emulation", "covariates"), "not a factor", did_you_mean(name, factors), name)

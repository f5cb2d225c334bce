"""Rules that look across columns and tables, and the list of them all.

Frames are typed and indexed by (file, line); a cell that could not be read is missing and is passed over here.
"""

from dataclasses import replace

from papercheck.files.findings import Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.flag import flag_rows
from .clinical import (
    assessments_without_date_or_course,
    best_response_against_assessments,
    best_response_against_lesions,
    events_outside_their_course,
    progression_without_date,
    responses_outside_their_course,
    stage_against_metastasis,
)
from .dates import (
    courses_without_follow_up,
    dates_after_death_or_cutoff,
    dates_after_last_contact,
    dates_out_of_order,
    starts_given_twice,
)
from .durations import (
    causes_of_nothing,
    durations_look_like_days,
    durations_not_positive,
    durations_too_long,
    everybody_censored,
    outcomes_that_contradict,
    progression_later_than_survival,
)


def cross_findings(tables, meta) -> list[Finding]:
    """Every finding of every rule on these tables."""
    found = [f for rule in RULES for f in rule(tables, meta)]
    if not meta.reconstructed:
        return found
    return [replace(f, action=OF_PRINTED_NUMBERS) if f.severity == "warning" else f for f in found]


OF_PRINTED_NUMBERS = (
    "Made from printed numbers: hold what the paper prints of it against this; there is no record to correct."
)


def duplicate_rows(tables, meta):
    for name, frame in tables.items():
        key = [k for k in load_dictionary()[name].key if k in frame]
        if key and len(frame):
            bad = frame.duplicated(key, keep="first") & frame["USUBJID"].notna()
            if name != "adsl":  # a double subject's shortcuts are double only because the subject is
                from_adsl = frame.index.get_level_values("file").isin(tables["adsl"].index.get_level_values("file"))
                bad &= ~from_adsl | ~frame["USUBJID"].isin(
                    tables["adsl"]["USUBJID"][tables["adsl"]["USUBJID"].duplicated()]
                )
            rule = "duplicate subject" if name == "adsl" else f"a second row for the same {', '.join(key)}"
            yield from flag_rows(frame, bad, name, "USUBJID", rule, "Keep one row.")


def too_few_subjects(tables, meta):
    adsl = tables["adsl"]
    if "USUBJID" in adsl and 0 < adsl["USUBJID"].nunique() < 2:
        yield Finding(adsl.index[0][0], "fewer than 2 subjects", "A cohort needs at least 2.", value="1")


def subjects_not_in_adsl(tables, meta):
    if "USUBJID" not in tables["adsl"]:
        return
    known = tables["adsl"]["USUBJID"].dropna().to_numpy()
    for name, frame in tables.items():
        if name != "adsl" and "USUBJID" in frame:
            bad = frame["USUBJID"].notna() & ~frame["USUBJID"].isin(known)
            yield from flag_rows(
                frame,
                bad,
                name,
                "USUBJID",
                "a subject who is not in adsl",
                "Add the subject to adsl or mend the identifier.",
            )


def identifiers_that_look_alike(tables, meta):
    adsl = tables["adsl"]
    if "USUBJID" in adsl:
        joined = "".join(adsl["USUBJID"].dropna())
        if joined.isascii() and joined.isalnum() and joined in (joined.lower(), joined.upper()):
            return  # one case and no spaces: what differs, differs
        folded = adsl["USUBJID"].dropna().str.replace(r"[\s\u200b\u200c\u200d\ufeff]", "", regex=True).str.casefold()
        alike = folded.duplicated() & ~adsl["USUBJID"].dropna().duplicated()
        yield from flag_rows(
            adsl,
            alike.reindex(adsl.index, fill_value=False),
            "adsl",
            "USUBJID",
            "differs from another identifier only in case or spaces",
            "Make sure that these are two subjects.",
            severity="warning",
        )


RULES = (
    duplicate_rows,
    too_few_subjects,
    subjects_not_in_adsl,
    identifiers_that_look_alike,
    dates_out_of_order,
    starts_given_twice,
    dates_after_last_contact,
    dates_after_death_or_cutoff,
    courses_without_follow_up,
    durations_not_positive,
    durations_too_long,
    durations_look_like_days,
    progression_later_than_survival,
    everybody_censored,
    outcomes_that_contradict,
    causes_of_nothing,
    best_response_against_assessments,
    best_response_against_lesions,
    assessments_without_date_or_course,
    progression_without_date,
    responses_outside_their_course,
    events_outside_their_course,
    stage_against_metastasis,
)

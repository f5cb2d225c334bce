"""The rules of plausibility, one table: what can be known twice is compared, what cannot be is named.

An error stops the report, a warning is shown with it, a note says what was accepted.
"""

from dataclasses import replace

from papercheck.files.findings import Finding

from . import clinical, control, dates, durations, later, outcomes, questions, subjects
from .rule import Data, Rule, findings_of

OF_PRINTED_NUMBERS = (
    "Made from printed numbers: hold what the paper prints of it against this; there is no record to correct."
)
ONE_OF_TWO = "Correct one of the two."
ADTTE = "ADaM ADTTE: one record a subject and parameter; CNSR 0 is the event"
RECIST = "RECIST 1.1, doi:10.1016/j.ejca.2008.10.026"

RULES = (
    # who is in the cohort
    Rule("row-twice", subjects.rows_given_twice, "", "Keep one row.", "error", "ADaM: keys of a table name one row"),
    Rule("one-subject", subjects.too_few_subjects, "fewer than 2 subjects", "A cohort needs at least 2.", "error"),
    Rule("subject-not-in-adsl", subjects.subjects_not_in_adsl, "a subject who is not in adsl",
         "Add the subject to adsl or mend the identifier.", "error", "ADaM: ADSL holds every subject"),
    Rule("total-row", subjects.rows_of_totals, "a row of totals or notes, not a patient",
         "Delete the row, or leave it out under `tables: {adsl: {skip: ...}}` in cohort.yml.", "error",
         "every row of adsl counts as a patient"),
    Rule("empty-row", subjects.rows_without_content, "a patient of whom nothing is known, or next to nothing",
         "Fill in the row, or delete it if it is no patient; it counts in every n.", "warning",
         "every row of adsl counts as a patient"),
    Rule("subjects-alike", subjects.subjects_alike, "differs from another identifier only in case or spaces",
         "Make sure that these are two subjects."),
    Rule("subjects-the-same", subjects.subjects_the_same_in_every_cell, "the same in every cell as another patient",
         "Delete the row if it is the same patient under another identifier."),
    Rule("personal-identifier", subjects.personal_identifiers, "",
         "Replace the identifiers by codes that name nobody, before the file is passed on.", "warning",
         "good practice for patient data: ICH E6(R3), GDPR article 4(5)"),
    Rule("word-in-two-forms", subjects.words_in_two_forms,
         "differs from another word only in case, width or blanks; counts as another", "Write it in one form."),
    Rule("invisible-character", subjects.invisible_characters, "an invisible character in the word",
         "Type the word anew."),
    Rule("unused-outcome", subjects.unused_outcomes, "a column that is called like an outcome is not used",
         "Name it under `columns` of its table in cohort.yml, or under `ignore` if it is not meant."),
    Rule("factor-without-column", subjects.factors_without_column, "", "", "warning"),
    Rule("not-lung-cancer", subjects.tumours_that_are_not_lung_cancer,
         "another tumour than non-small-cell lung cancer",
         "Leave these patients out (`skip`, `eligibility`), or answer `confirmed: {course: neither}`."),
    Rule("confirmed-counts", subjects.counts_that_were_confirmed, "", "Look at what changed, then confirm again.",
         "error"),
    Rule("no-inhibitor", subjects.regimens_without_inhibitor, "a regimen that names no immune checkpoint inhibitor",
         "Correct the regimen, or the course that it stands under (INTERIM is the treatment in between)."),
    Rule("interim-against-courses", subjects.interim_against_courses,
         "no treatment between the courses, yet one is on record", ONE_OF_TWO),
    # dates
    Rule("dates-out-of-order", dates.dates_out_of_order, "", "Correct one of the two dates.", "error"),
    Rule("courses-out-of-order", dates.courses_out_of_order, "", "Correct one of the two dates.", "error"),
    Rule("first-course-after-rechallenge", dates.first_course_after_rechallenge, "",
         "Correct the date, or the course that it stands under (APHASE).", "warning",
         "after a new therapy an assessment tells of that therapy: RECIST 1.1, section 4"),
    Rule("after-next-course", dates.after_the_next_course, "",
         "Correct the date, or the course that it stands under (APHASE).", "warning",
         "after a new therapy an assessment tells of that therapy: RECIST 1.1, section 4"),
    Rule("before-its-course", dates.before_their_course, "", "Correct the date, or the course (APHASE)."),
    Rule("response-after-progression", dates.responses_after_progression,
         "a response after progression of the same course; it does not count",
         "Right for pseudoprogression or treatment beyond progression; else correct one of the two.", "warning", RECIST),
    Rule("progression-twice", dates.progressions_that_differ, "progression is dated later than its assessment",
         "Correct one of the two dates; the earlier one counts.", "warning", RECIST),
    Rule("start-twice", dates.starts_given_twice, "a second start of the same course; the earliest counts",
         "Keep one row a course."),
    Rule("after-last-contact", dates.dates_after_last_contact, "a date after the last date known alive",
         "Correct this date or LSTALVDT."),
    Rule("after-death", dates.dates_after_death, "a date after death",
         "Correct this date or the date of death.", "error"),
    Rule("before-the-drugs", dates.dates_before_the_drugs, "a date before 2010, when no checkpoint inhibitor was approved",
         "Correct the date, or how it is read (`dates` in cohort.yml); an empty cell means unknown.", "error",
         "ipilimumab was approved in 2011, nivolumab in 2014; dates read from the wrong day zero are years early"),
    Rule("after-cutoff", dates.dates_after_cutoff, "", "Correct the date or data_cutoff."),
    Rule("no-cutoff", dates.dates_without_cutoff, "dates without a data cut-off",
         "Add `data_cutoff: 2024-12-01` (your date).", "error"),
    Rule("no-follow-up", dates.courses_without_follow_up,
         "no date after the start of the course: left out of its time to event",
         "Add LSTALVDT (last date known alive), progression or death."),
    # durations and events
    Rule("duration-below-zero", durations.durations_below_zero, "a duration below zero",
         "A duration counts from the day of the first dose; correct it.", "error", ADTTE),
    Rule("duration-of-zero", durations.durations_of_zero, "a duration of zero, counted as it is",
         "Nothing, if the event came on the first day.", "note", "an event on the day of the first dose"),
    Rule("duration-too-long", durations.durations_too_long, "a duration of more than 20 years",
         "Check the value and `time_unit`."),
    Rule("duration-unit", durations.durations_in_another_unit, "", ""),
    Rule("duration-against-dates", durations.durations_against_dates, "the duration is not the one of the dates",
         "Correct one of the two; the duration counts as it is given.", "warning",
         "more than 3 days apart, beside the rounding of the duration; ADaM: ADT - STARTDT + 1"),
    Rule("duration-against-its-dates", durations.durations_against_their_own_dates,
         "AVAL is not the time from STARTDT to ADT", "Correct one of them; AVAL counts as it is given.",
         "warning", ADTTE),
    Rule("pfs-beyond-os", durations.progression_later_than_survival, "", ONE_OF_TWO, "error",
         "progression-free survival ends with death at the latest"),
    Rule("same-courses", durations.two_courses_with_the_same_numbers,
         "PFS on the first course and on rechallenge are the same numbers",
         "One column cannot serve as both: take PFS1 or PFSR out.", "error"),
    Rule("all-censored", durations.everybody_censored, "",
         "Check that 1 means event in an EVENT column and censored in CNSR."),
    Rule("outcomes-lacking", durations.outcomes_of_some_subjects_only, "",
         "Fill them in, or make sure that they are not known; a file that was cut while copied ends like this."),
    Rule("words-against-flags", outcomes.words_against_flags, "", "Correct the event flag or the cause.",
         "warning", ADTTE),
    Rule("sign-against-flag", outcomes.signs_against_flags,
         "an event, yet the sign beside the duration says that the patient was still followed", ONE_OF_TWO, "warning",
         "a plus behind a duration marks a patient who is censored in tables of journals and registries"),
    Rule("deaths-against-os", outcomes.deaths_against_survival, "", ONE_OF_TWO),
    Rule("death-flag-against-date", outcomes.death_flags_against_dates, "",
         "Give the date of death, or correct the flag.", "warning", "ADaM ADSL: DTHFL is Y where DTHDT or a death is on record"),
    Rule("fatal-event-alive", outcomes.grade_5_without_death, "a fatal adverse event, yet no death on record",
         "Add the death, or correct the grade.", "warning", "CTCAE: grade 5 is death from the event"),
    Rule("pfs-against-outcome", outcomes.outcomes_that_contradict, "", ONE_OF_TWO),
    Rule("cause-of-nothing", outcomes.causes_of_nothing, "a cause of death of a patient who is not dead",
         "Add the death (DTHDT, or OS_EVENT = 1), or empty the cause."),
    # responses, lesions, measurements, adverse events
    Rule("best-against-assessments", clinical.best_response_against_assessments, "", "", "warning", RECIST),
    Rule("best-against-lesions", clinical.best_response_against_lesions, "a response with less than 30% shrinkage",
         "Check the best response and the best change.", "warning", RECIST),
    Rule("assessment-of-no-course", clinical.assessments_of_no_course, "an assessment of a course without a start date",
         "Add the course to adex (ASTDT), or give best responses only (PARAMCD = BOR).", "error"),
    Rule("assessment-without-date", clinical.assessments_without_date, "an assessment without a date",
         "Add ADT, or give best responses only (PARAMCD = BOR).", "error"),
    Rule("progression-without-date", clinical.progression_without_date,
         "best response is progression, but no date of progression", "Add the date of progression (PDDT)."),
    Rule("response-of-no-course", clinical.responses_of_no_course,
         "a response of a course that has no start; not counted", "Add the start of the course (ASTDT)."),
    Rule("event-of-no-course", clinical.events_of_no_course,
         "an event of a course that the subject did not have; not counted", "Correct APHASE, or add the course."),
    Rule("event-without-grade", clinical.events_without_grade, "an adverse event without a grade",
         "Nothing, if it is not known: it counts among all grades and in no group of grades.", "note"),
    Rule("stage-against-metastasis", clinical.stage_against_metastasis, "stage IV without distant metastasis, or another stage with it",
         "Right if the stage is IV by M1a (effusion, contralateral nodule) alone; else correct one of the two.", "warning", "TNM, 8th edition"),
    Rule("fraction-for-percent", clinical.percent_as_fractions, "", "", "error"),
    Rule("change-against-sums", clinical.changes_against_sums, "the recorded change is not that of the sums",
         ONE_OF_TWO, "warning", RECIST),
    Rule("sum-unit", clinical.sums_in_another_unit, "", "Write the sums of diameters in mm.", "warning",
         "RECIST 1.1: a target lesion measures 10 mm or more"),
    Rule("lesions-long-before", clinical.lesions_before_or_after, "lesions measured more than a year before the course",
         "Correct the date, or the course (APHASE).", "warning", "RECIST 1.1: baseline within 4 weeks of treatment"),
    Rule("unusual-value", clinical.unusual_values, "", "Correct the value if it is not meant."),
    Rule("two-units", clinical.two_units_in_a_column, "ten, a hundred or a thousand times apart from the others",
         "Write the whole column in one unit."),
    Rule("karnofsky-against-ecog", clinical.karnofsky_against_ecog, "the Karnofsky score and ECOG do not fit",
         ONE_OF_TWO, "warning", "Buccheri 1996, doi:10.1016/0959-8049(95)00664-8"),
    # what arises after the start
    Rule("level-without-moment", later.levels_without_moment, "a level that arises later, without the date or time when it did",
         "Add it; until then the patient is left out of every comparison by this factor.", "warning", later.SOURCE),
    Rule("moment-without-level", later.moments_without_level, "a date or time of something that is recorded as not having happened",
         "Correct one of the two; until then the patient is left out of every comparison by this factor.", "warning",
         later.SOURCE),
    Rule("entry-after-exit", later.entries_after_exit, "observed only from the end of follow-up on",
         "Correct the entry, or leave the patient out: nobody is at risk before being observed.", "error", later.ENTRY),
    Rule("zero-after-start", later.zeros_after_start, "times count from after the start of the endpoint",
         "Correct one of the two dates.", "error", later.ENTRY),
    Rule("choice-out-of-order", later.choices_out_of_order, "", "Correct one of the two.", "error",
         "time counts from the choice on, and nobody starts after the end of follow-up"),
    Rule("factor-without-moment", later.factors_without_moment, "", "", "warning", later.SOURCE),
    Rule("faulty-control", control.faults_of_control, "", "", "error",
         "what a published arm is compared by comes from its files alone"),
    Rule("faulty-evidence", control.faults_of_evidence, "", "", "error",
         "what is analysed together comes from files that can be read"),
    # what only a person knows
    Rule("unanswered", questions.unanswered_questions, "", "", "error"),
    Rule("course-against-columns", questions.course_against_columns, "", ""),
    Rule("open-question", questions.open_questions, "", ""),
    Rule("dismissed", questions.dismissals_of_nothing, "", "", "error"),
    Rule("confirmed-events", questions.events_against_their_confirmation, "", "", "error",
         "what was confirmed holds for the data that were looked at"),
)  # fmt: skip


def plausibility_findings(tables, meta, raw=None) -> list[Finding]:
    """Every finding of every rule, but those of columns whose meaning is still asked: the answer may explain them.

    tables : typed, by (file, line); raw : as written, {table: (file, frame)}.
    """
    data, asked = Data(tables, meta, raw), questions.columns_asked(meta)
    found = [f for rule in RULES for f in findings_of(rule, data) if f.file == "cohort.yml" or f.column not in asked]
    if not meta.reconstructed:
        return found
    return [replace(f, action=OF_PRINTED_NUMBERS) if f.severity == "warning" else f for f in found]

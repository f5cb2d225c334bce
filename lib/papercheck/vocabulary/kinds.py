"""The words for what a cohort is and what a report is written in: plain, for whoever needs nothing else."""

KINDS = {"patients": "Patients", "public": "Patients of a public data set", "pseudo": "Pseudo-patients, not patients"}
LANGUAGES = ("en", "zh")  # of the report; the first is the one that displays are written in

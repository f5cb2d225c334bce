"""The words for what a cohort is and what a report is written in: plain, for whoever needs nothing else."""

SIMULATED = "simulated"
KINDS = {
    "patients": "Patients",
    "public": "Patients of a public data set",
    "pseudo": "Pseudo-patients, not patients",
    SIMULATED: "Simulated, not patients",
}
NO_PERSONS = {"pseudo": "pseudo-patients", SIMULATED: "simulated patients"}  # kinds whose subjects never lived: a badge
LANGUAGES = ("en", "zh")  # of the report; the first is the one that displays are written in

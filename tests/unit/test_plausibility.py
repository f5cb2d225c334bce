"""What can be known twice is compared: each rule names the row, the value as written, and what it is held against."""

import pytest

from rechallenge.cohort.check.rules import RULES
from rechallenge.cohort.cohort import read_cohort

YML = "title: T\ntime_unit: months\n"
DATED = YML + "data_cutoff: 2024-12-31\n"
DATES = "USUBJID,ASTDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,DTHDT"
COURSES = {
    "A": "2021-01-05,2021-06-01,2022-01-03,2022-05-01,2023-01-01,",
    "B": "2021-02-05,2021-07-01,2022-02-03,,2023-02-01,",
    "C": "2021-03-05,2021-08-01,2022-03-03,2022-06-01,,2022-12-01",
}


def dated(more="", cells=None, **changed):
    """adsl with two dated courses; more : name of a further column, cells : by subject; changed : rows by subject."""
    rows = COURSES | changed
    return f"{DATES}{more and ',' + more}\n" + "".join(
        f"{name},{row}{',' + cells[name] if more else ''}\n" for name, row in rows.items()
    )


DURATIONS = "USUBJID,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT,OS,OS_EVENT\n"
RESPONSES = "USUBJID,BOR_RECHALLENGE\nA,SD\nB,PR\n"
OUTCOMES = DURATIONS + "A,5.1,1,2.5,1,8,1\nB,6.2,1,4.1,0,9,0\nC,7.3,1,6.2,1,12,1\n"
ADTTE = "USUBJID,PARAMCD,AVAL,CNSR,EVNTDESC\n"
THREE = "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nP1,60,M,2.5,1\nP2,61,F,3.5,0\nP3,62,M,4.5,1\n"
ADRS = "USUBJID,APHASE,PARAMCD,ADT,AVALC\n"
ADTR = "USUBJID,APHASE,ADT,SDIAM,PCHG\n"
ADAE = "USUBJID,APHASE,AEDECOD,ATOXGR\n"
PLACED = "tables: {adsl: {file: s.csv, columns: {id: USUBJID, age: AGE}}}\n"
EVENT = "- {id: e, kind: event, target: OS_EVENT, text: Which value is a death?}"
CODED = (
    "tables: {adsl: {file: s.csv, columns: {id: USUBJID, time: OS, status: OS_EVENT}, values: {OS_EVENT: {1: 0, 2:"
    " 1}}}}\n"
)
STATUS = "id,time,status\nA,5,2\nB,6,1\nC,7,2\n"

CHOICE = "emulation: {label: x, start_time: RTM, time: FU, event: D}\n"
LATER = YML + "factors: {IRAE: {label: Event, levels: [N, Y], time: IRAETM}}\n"
SEEN = "USUBJID,LSTALVDT\nA,2023-01-01\n"
FOUR = "USUBJID,APHASE,ASTDT\nA,INITIAL,2021-01-05\nA,INTERIM,2021-09-01\nA,RECHALLENGE,2022-01-03\nA,SUBSEQUENT,2022-06-01\n"
AENDT = "USUBJID,APHASE,ASTDT,AENDT,PDDT\n"
LINES = (
    AENDT
    + "A,INITIAL,2021-01-05,{first}\nA,INTERIM,2021-09-01,2021-12-01,\nA,RECHALLENGE,2022-01-03,{again}\nA,SUBSEQUENT,{after},,\n"
)
COURSE = LINES.format(first="2021-08-01,2021-08-01", again="2022-05-01,2022-05-01", after="2022-06-01")
SUMS = ADTR + "A,RECHALLENGE,2022-01-01,50,\nA,RECHALLENGE,2022-03-01,{0},\nA,RECHALLENGE,2022-04-01,{1},\n"
VISITS = ADRS + "A,RECHALLENGE,OVR,2022-03-01,{0}\nA,RECHALLENGE,OVR,2022-04-01,{1}\n"
BOTH_SITES = "USUBJID,SITEID,AGE\n1,Xi'an,60\n1,Quzhou,71\n2,Quzhou,55\n"
ALIKE = "USUBJID,SITEID,AGE,LSTALVDT,DTHDT\nA,X,60,2023-01-01,\nB,X,66,,2023-05-01\nC,Y,71,2022-11-05,\nQ7,Y,60,2023-01-01,\n"
BEGUN = "USUBJID,APHASE,ASTDT\nA,INITIAL,2021-01-05\nB,INITIAL,2021-03-05\nC,INITIAL,2021-04-07\nQ7,INITIAL,{}\n"
LIVED = "USUBJID,PFSR,PFSR_EVENT,PFSR_CAUSE,OS,OS_EVENT\nA,5,1,DEATH,{},1\nB,6,1,PROGRESSION,8,1\n"
WEEKS = "USUBJID,PFSR,PFSR_EVENT,OS,OS_EVENT\nA,{0},1,39,1\nB,17.5,1,60.5,0\nC,22,1,{1},1\n"
FATAL = ADAE.replace("\n", ",ASTDT\n") + "A,RECHALLENGE,Colitis,5,2022-02-01\n"
FATAL_AT = "USUBJID,DTHDT\nA,{}\nB,2022-10-01\n"


BORN = (
    "USUBJID,Date of birth,AGE,ASTDT_INITIAL,ASTDT_RECHALLENGE,LSTALVDT\n"
    "A,1957-03-05,{0},2021-01-05,2022-01-03,2023-01-01\nB,1957-03-05,{1},2021-02-05,2022-02-03,2023-02-01\n"
)
BORN_YEAR = "USUBJID,出生年份,AGE,ASTDT_RECHALLENGE,LSTALVDT\nA,1957,{},2022-01-03,2023-01-01\nB,1960,61,2022-01-03,2023-01-01\n"
TWO = SEEN + "B,2023-01-01\n"


def stable(progressed, *visits):
    """SD as best response of a rechallenge from 2022-01-01 to its progression."""
    adsl = f"{DATES},BOR_RECHALLENGE\nA,2021-01-05,2021-06-01,2022-01-01,{progressed},2023-01-01,,SD\n"
    rows = "".join(f"A,RECHALLENGE,OVR,{date},{answer}\n" for date, answer in visits)
    return {"adsl": adsl, "yml": DATED} | ({"adrs": ADRS + rows} if rows else {})


def sums(first, second, *answers):
    """Two assessments of rechallenge with their sums, after a baseline of 50 mm."""
    course = COURSE.replace("2022-05-01,2022-05-01", "2022-05-01,")
    return {
        "adsl": TWO,
        "yml": DATED,
        "adex": course,
        "adtr": SUMS.format(first, second),
        "adrs": VISITS.format(*answers),
    }


CASES = [  # rule, severity, column, value, against (a part of it), files
    ("row-twice", "error", "USUBJID", "P2", "", {"adsl": THREE.replace("P3", "P2")}),
    ("one-subject", "error", "", "1", "", {"adsl": "USUBJID\nA\n"}),
    ("subject-not-in-adsl", "error", "USUBJID", "Z", "", {"adsl": THREE, "adae": ADAE + "Z,INITIAL,Rash,1\n"}),
    ("total-row", "error", "USUBJID", "Total", "", {"adsl": THREE + "Total,3,,,\n"}),
    ("total-row", "error", "USUBJID", "Median", "", {"adsl": THREE + "Median,61,,3.5,1\n"}),
    ("total-row", "error", "USUBJID", "合计", "", {"adsl": THREE + "合计,,,,\n"}),
    ("total-row", "error", "USUBJID", "Overall (n=3)", "", {"adsl": THREE + "Overall (n=3),61,,3.5,1\n"}),
    ("total-row", "error", "USUBJID", "Mittelwert", "", {"adsl": THREE + "Mittelwert,61,,3.5,1\n"}),
    ("total-row", "error", "USUBJID", "n=3", "", {"adsl": THREE + "n=3,61,,,\n"}),
    ("total-row", "error", "USUBJID", "seen by LW 2024", "", {"adsl": THREE + "seen by LW 2024,,,,\n"}),
    ("empty-row", "warning", "USUBJID", "P4", "", {"adsl": THREE + "P4,,,,\n"}),
    ("empty-row", "warning", "USUBJID", "P4", "", {"adsl": THREE + "P4,63,,,\n"}),
    ("subjects-alike", "warning", "USUBJID", "p 1", "", {"adsl": THREE.replace("P2", "p 1")}),
    ("subjects-the-same", "warning", "USUBJID", "D", "as A", {"adsl": dated(D=COURSES["A"]), "yml": DATED}),
    ("personal-identifier", "warning", "USUBJID", "3 of 3", "",
     {"adsl": THREE.replace("P1", "13812345678").replace("P2", "13912345678").replace("P3", "15012345678")}),
    ("personal-identifier", "warning", "USUBJID", "3 of 3", "",
     {"adsl": THREE.replace("P1", "王小明").replace("P2", "李强").replace("P3", "张伟")}),
    ("personal-identifier", "warning", "USUBJID", "3 of 3", "",
     {"adsl": THREE.replace("P1", "00123456").replace("P2", "00223457").replace("P3", "00723458")}),
    ("word-in-two-forms", "warning", "SITEID", "a1", "elsewhere A1", {"adsl": "USUBJID,SITEID\nP1,A1\nP2,A1\nP3,a1\n"}),
    ("invisible-character", "warning", "AEDECOD", None, "",
     {"adsl": THREE, "adae": ADAE + "P1,INITIAL,Ra\u200bsh,1\n"}),
    ("unused-outcome", "warning", "vital status", "", "",
     {"adsl": None, "s": "id,age,vital status\nA,60,dead\nB,61,alive\n", "yml": YML + PLACED}),
    ("death-flag-against-date", "warning", "DTHFL", "0", "2024-02-01",
     {"adsl": "USUBJID,DTHFL,DTHDT\nA,0,2024-02-01\nB,1,2024-03-01\nC,,\n", "yml": DATED}),
    ("death-flag-against-date", "warning", "DTHFL", "1", "",
     {"adsl": "USUBJID,DTHFL,DTHDT\nA,1,2024-02-01\nB,1,\nC,0,\n", "yml": DATED}),
    ("death-flag-against-date", "error", "DTHFL", "1", "", {"adsl": "USUBJID,DTHFL\nA,1\nB,0\nC,\n", "yml": DATED}),
    ("factor-without-column", "warning", "KRAS", "", "",
     {"adsl": THREE, "yml": YML + "factors: {KRAS: {levels: [WT, MUT]}}\n"}),
    ("factor-without-column", "warning", "BMIGR1", "", "",
     {"adsl": THREE, "yml": YML + "factors: {BMIGR1: {from: BMI, cut: [25], levels: [low, high]}}\n"}),
    ("not-lung-cancer", "warning", "Cancer type", "Melanoma; 1 rows", "",
     {"adsl": "USUBJID,Cancer type\nA,Non-small cell lung cancer\nB,Melanoma\n"}),
    ("no-inhibitor", "warning", "TRT_RECHALLENGE", "docetaxel", "",
     {"adsl": dated("TRT_RECHALLENGE", {"A": "nivolumab + docetaxel", "B": "docetaxel", "C": "信迪利单抗+化疗"}), "yml": DATED}),
    ("interim-against-courses", "warning", "INTERIM", "N", "started 2021-09-01",
     {"adsl": dated("INTERIM", {"A": "N", "B": "N", "C": "Y"}), "yml": DATED,
      "adex": "USUBJID,APHASE,ASTDT\nA,INTERIM,2021-09-01\n"}),
    ("course-against-columns", "warning", "confirmed.course", "first course", "",
     {"adsl": OUTCOMES, "yml": YML + "confirmed: {course: first course}\n"}),
    ("course-against-columns", "warning", "confirmed.course", "neither", "",
     {"adsl": OUTCOMES, "yml": YML + "confirmed: {course: neither}\n"}),
    ("course-against-columns", "warning", "confirmed.course", "first course", "",
     {"adsl": RESPONSES, "yml": YML + "confirmed: {course: first course}\n"}),
    ("confirmed-counts", "error", "confirmed.deaths", "3", "", {"adsl": OUTCOMES, "yml": YML + "confirmed: {deaths: 3}\n"}),
    ("dates-out-of-order", "error", "PDDT_RECHALLENGE", "2022/1/1", "2022-01-03",
     {"adsl": dated(A=COURSES["A"].replace("2022-05-01", "2022/1/1")), "yml": DATED}),
    ("courses-out-of-order", "error", "ASTDT_RECHALLENGE", "2021-02-05", "2021-02-05",
     {"adsl": dated(B=COURSES["B"].replace("2022-02-03", "2021-02-05")), "yml": DATED}),
    ("first-course-after-rechallenge", "warning", "PDDT_INITIAL", "2022-02-01", "rechallenge 2022-01-03",
     {"adsl": dated(A=COURSES["A"].replace("2021-06-01", "2022-02-01")), "yml": DATED}),
    ("first-course-after-rechallenge", "warning", "ADT", "2022-02-01", "rechallenge 2022-01-03",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,INITIAL,OVR,2022-02-01,PD\n"}),
    ("first-course-after-rechallenge", "warning", "ASTDT", "2022-02-01", "rechallenge 2022-01-03",
     {"adsl": dated(), "yml": DATED, "adae": ADAE.replace("\n", ",ASTDT\n") + "A,INITIAL,Rash,1,2022-02-01\n"}),
    ("after-next-course", "warning", "ADT", "2021-11-01", "next course 2021-09-01",
     {"adsl": SEEN, "yml": DATED, "adex": FOUR, "adrs": ADRS + "A,INITIAL,OVR,2021-11-01,PR\n"}),
    ("after-next-course", "warning", "ADT", "2022-09-01", "next course 2022-06-01",
     {"adsl": SEEN, "yml": DATED, "adex": FOUR, "adtr": ADTR + "A,RECHALLENGE,2022-01-01,50,\nA,RECHALLENGE,2022-09-01,20,\n"}),
    ("duration-against-dates", "warning", "PFSR_EVENT", "0", "2022-03-01",
     {"adsl": "USUBJID,LSTALVDT,PFSR,PFSR_EVENT\nA,2023-01-01,4.9,0\n", "yml": DATED + "progression_by_sums: true\n",
      "adex": FOUR, "adtr": ADTR + "A,RECHALLENGE,2022-01-01,50,\nA,RECHALLENGE,2022-03-01,80,\n"}),
    ("before-its-course", "warning", "ADT", "2021-12-01", "2022-01-03",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2021-12-01,SD\n"}),
    ("response-after-progression", "warning", "AVALC", "PR", "progression 2022-05-01",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-05-20,PR\n"}),
    ("response-after-progression", "warning", "AVALC", "PR", "progression 2022-05-01",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-05-01,PR\n"}),
    ("progression-twice", "warning", "PDDT_RECHALLENGE", "2022-05-01", "assessed as PD 2022-04-27",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-04-27,PD\n"}),
    ("start-twice", "warning", "ASTDT_RECHALLENGE", "2022-01-03", "",
     {"adsl": dated(), "yml": DATED, "adex": "USUBJID,APHASE,ASTDT\nA,RECHALLENGE,2022-01-10\n"}),
    ("after-last-contact", "warning", "PDDT_RECHALLENGE", "2022-05-01", "LSTALVDT 2022-04-01",
     {"adsl": dated(A=COURSES["A"].replace("2023-01-01", "2022-04-01")), "yml": DATED}),
    ("after-death", "error", "PDDT_RECHALLENGE", "2022-06-01", "death 2022-05-01",
     {"adsl": dated(C=COURSES["C"].replace("2022-12-01", "2022-05-01")), "yml": DATED}),
    ("before-the-drugs", "error", "ASTDT_INITIAL", "2009-12-31", "",
     {"adsl": dated(A=COURSES["A"].replace("2021-01-05", "2009-12-31")), "yml": DATED}),
    ("after-cutoff", "warning", "LSTALVDT", "2025-01-01", "",
     {"adsl": dated(A=COURSES["A"].replace("2023-01-01", "2025-01-01")), "yml": DATED}),
    ("no-cutoff", "error", "data_cutoff", "", "", {"adsl": dated()}),
    ("no-follow-up", "warning", "ASTDT_RECHALLENGE", "2022-02-03", "",
     {"adsl": dated(B="2021-02-05,2021-07-01,2022-02-03,,,"), "yml": DATED}),
    ("no-follow-up", "warning", "ASTDT_INITIAL", "2022-02-03", "",
     {"adsl": "USUBJID,ASTDT_INITIAL,LSTALVDT\nA,2022-01-03,2023-01-01\nB,2022-02-03,\n",
      "yml": DATED + "confirmed: {course: first course}\n"}),
    ("duration-below-zero", "error", "PFSR", "-1", "", {"adsl": OUTCOMES.replace("2.5", "-1")}),
    ("duration-of-zero", "note", "PFSR", "0", "", {"adsl": OUTCOMES.replace("2.5", "0")}),
    ("duration-too-long", "warning", "OS", "241", "", {"adsl": OUTCOMES.replace("12,1", "241,1")}),
    ("duration-unit", "warning", "PFSR", "median 90", "",
     {"adsl": "USUBJID,PFSR,PFSR_EVENT\nA,150,1\nB,90,1\nC,61,1\n"}),
    ("duration-unit", "warning", "OS", "median 1.2, longest 5.9", "",
     {"adsl": "USUBJID,OS,OS_EVENT\nA,0.4,1\nB,1.2,1\nC,0.8,1\nD,2.3,0\nE,5.9,0\n"}),
    ("duration-unit", "warning", "PFSR", "median 4.1", "",
     {"adsl": OUTCOMES, "yml": "title: T\ntime_unit: days\n"}),
    ("duration-against-dates", "warning", "PFSR", "9", "3.9 months by the dates, 2022-01-03 to 2022-05-01",
     {"adsl": dated("PFSR,PFSR_EVENT", {"A": "9,1", "B": "12,0", "C": "3.0,1"}), "yml": DATED}),
    ("duration-against-dates", "warning", "PFSR_EVENT", "0", "2022-05-01",
     {"adsl": dated("PFSR,PFSR_EVENT", {"A": "3.9,0", "B": "11.9,0", "C": "3.0,1"}), "yml": DATED}),
    ("duration-against-dates", "warning", "OS_EVENT", "1", "",
     {"adsl": dated("OS,OS_EVENT", {"A": "11.9,1", "B": "11.9,0", "C": "9.0,1"}), "yml": DATED}),
    ("duration-against-dates", "warning", "PFSR", "14.0", "last 2023-02-01",
     {"adsl": dated("PFSR,PFSR_EVENT", {"A": "3.9,1", "B": "14.0,0", "C": "3.0,1"}), "yml": DATED}),
    ("duration-against-dates", "warning", "OS", "3.1", "last 2023-02-01",
     {"adsl": dated("OS,OS_EVENT", {"A": "11.9,0", "B": "3.1,0", "C": "9.0,1"}), "yml": DATED}),
    ("duration-against-its-dates", "warning", "AVAL", "9", "2.0 months by the dates, 2022-01-01 to 2022-03-01",
     {"adsl": THREE, "yml": DATED, "adtte": "USUBJID,PARAMCD,AVAL,CNSR,STARTDT,ADT\nP1,OS,9,0,2022-01-01,2022-03-01\n"}),
    ("pfs-beyond-os", "error", "PFSR", "8.2", "OS 8", {"adsl": OUTCOMES.replace("2.5", "8.2").replace(",12,", ",12.5,")}),
    ("pfs-beyond-os", "note", "PFSR", "8.1", "OS 8", {"adsl": OUTCOMES.replace("2.5", "8.1").replace(",12,", ",12.5,")}),
    ("same-courses", "error", "PFSR", "3 of 3 patients", "",
     {"adsl": DURATIONS + "A,2.5,1,2.5,1,8,1\nB,4.1,0,4.1,0,9,0\nC,6.2,1,6.2,1,12,1\n"}),
    ("all-censored", "warning", "OS_EVENT", "", "", {"adsl": OUTCOMES.replace(",8,1", ",8,0").replace("12,1", "12,0")}),
    ("outcomes-lacking", "warning", "AVAL", "without: P3", "",
     {"adsl": "USUBJID,AGE\nP1,60\nP2,61\nP3,62\n", "adtte": ADTTE + "P1,OS,5,0,\nP2,OS,6,1,\n"}),
    ("words-against-flags", "warning", "EVNTDESC", "Disease progression", "",
     {"adsl": THREE, "adtte": ADTTE + "P1,PFS1,5,1,Disease progression\n"}),
    ("words-against-flags", "warning", "EVNTDESC", "失访", "", {"adsl": THREE, "adtte": ADTTE + "P1,OS,5,0,失访\n"}),
    ("words-against-flags", "warning", "EVNTDESC", "progression", "",
     {"adsl": THREE, "adtte": ADTTE + "P1,OS,5,0,progression\n"}),
    ("sign-against-flag", "warning", "OS_EVENT", "2", "carries +",
     {"adsl": None, "s": STATUS.replace("A,5", "A,5+"), "yml": YML + CODED.replace("values: {", "values: {OS: {5+: 5}, ")}),
    ("deaths-against-os", "warning", "OS_EVENT", "0", "dead by an adverse event of grade 5",
     {"adsl": OUTCOMES, "adae": ADAE + "B,RECHALLENGE,Pneumonitis,5\n"}),
    ("deaths-against-os", "warning", "OS_EVENT", "0", "dead by DTHDT 2022-01-01",
     {"adsl": "USUBJID,DTHDT,OS,OS_EVENT\nA,2022-01-01,5,0\nB,2022-01-01,6,1\n", "yml": DATED}),
    ("deaths-against-os", "warning", "OS_EVENT", "1", "",
     {"adsl": "USUBJID,DTHDT,OS,OS_EVENT\nA,,5,1\nB,2022-01-01,6,1\n", "yml": DATED}),
    ("deaths-against-os", "warning", "OS_EVENT", "0", "dead by the end of PFS by death",
     {"adsl": "USUBJID,PFSR,PFSR_EVENT,PFSR_CAUSE,OS,OS_EVENT\nA,5,1,DEATH,5,0\nB,6,1,PROGRESSION,8,1\n"}),
    ("fatal-event-alive", "warning", "ATOXGR", "5", "",
     {"adsl": "USUBJID,DTHDT\nA,\nB,2022-01-01\n", "yml": DATED, "adae": ADAE + "A,INITIAL,Rash,5\n"}),
    ("pfs-against-outcome", "warning", "PFSR_EVENT", "no", "",
     {"adsl": OUTCOMES.replace("2.5,1", "2.5,no"), "yml": YML + "values: {PFSR_EVENT: {no: 0}}\n"}),
    ("pfs-against-outcome", "warning", "PFSR_EVENT", "0", "",
     {"adsl": "USUBJID,BOR_RECHALLENGE,PFSR,PFSR_EVENT\nA,PD,3,0\nB,SD,4,1\n"}),
    ("deaths-unknown", "warning", "DTHDT", "", "",
     {"adsl": "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\nA,2021-02-03,2021-04-01,2022-01-01\nB,2021-02-03,,2022-01-01\n",
      "yml": DATED}),
    ("cause-of-nothing", "warning", "DTHCGR1", "CANCER", "",
     {"adsl": "USUBJID,DTHDT,DTHCGR1\nA,,CANCER\nB,2022-01-01,CANCER\n", "yml": DATED}),
    ("best-against-assessments", "error", "AVALC", "PR", "",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "B,RECHALLENGE,OVR,2022-05-01,SD\nB,RECHALLENGE,BOR,,PR\n"}),
    ("best-against-assessments", "warning", "AVALC", "PR", "progression 2022-05-01",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-06-01,PR\nA,RECHALLENGE,BOR,,PR\n"}),
    ("best-against-lesions", "warning", "BOR_RECHALLENGE", "PR", "best change -29%",
     {"adsl": "USUBJID,BOR_RECHALLENGE,PCHG_RECHALLENGE\nA,PR,-29\nB,PR,-30\n"}),
    ("assessment-of-no-course", "error", "APHASE", "INITIAL", "",
     {"adsl": THREE, "yml": DATED, "adrs": ADRS + "P1,INITIAL,OVR,2022-01-01,SD\n"}),
    ("assessment-without-date", "error", "ADT", "", "",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,,SD\n"}),
    ("progression-without-date", "warning", "AVALC", "PD", "",
     {"adsl": dated(), "yml": DATED, "adrs": ADRS + "B,RECHALLENGE,BOR,,PD\n"}),
    ("response-of-no-course", "warning", "APHASE", "RECHALLENGE", "",
     {"adsl": dated(B="2021-02-05,2021-07-01,,,2023-02-01,"), "yml": DATED, "adrs": ADRS + "B,RECHALLENGE,BOR,,SD\n"}),
    ("event-of-no-course", "warning", "APHASE", "INTERIM", "",
     {"adsl": dated(), "yml": DATED, "adae": ADAE + "A,INTERIM,Rash,1\n"}),
    ("event-without-grade", "note", "ATOXGR", "", "", {"adsl": THREE, "adae": ADAE + "P1,INITIAL,Rash,\nP2,INITIAL,Rash,2\n"}),
    ("stage-against-metastasis", "warning", "STAGE", "IV", "DISTMET N", {"adsl": "USUBJID,STAGE,DISTMET\nA,IV,N\nB,III,N\n"}),
    ("fraction-for-percent", "error", "PCHG_RECHALLENGE", "-1 to 0.25", "",
     {"adsl": "USUBJID,PCHG_RECHALLENGE\nA,-0.45\nB,0.25\nC,-1\n"}),
    ("fraction-for-percent", "error", "PCHG_RECHALLENGE", "-1 to 1.2", "",
     {"adsl": "USUBJID,PCHG_RECHALLENGE\nA,-0.45\nB,1.2\nC,-1\n"}),  # a sum that grew to more than twice its size
    ("fraction-for-percent", "error", "TPS", "0 to 0.9", "",
     {"adsl": "USUBJID,TPS\nA,0.5\nB,0\nC,0.9\n", "yml": YML + 'factors: {TPS: {label: PD-L1, type: number, unit: "%"}}\n'}),
    ("change-against-sums", "warning", "PCHG", "-10", "the sums give -50%",
     {"adsl": dated(), "yml": DATED, "adtr": ADTR + "A,RECHALLENGE,2022-01-01,100,\nA,RECHALLENGE,2022-03-01,50,-10\n"}),
    ("sum-unit", "warning", "SDIAM", "median 4.5", "",
     {"adsl": dated(), "yml": DATED,
      "adtr": ADTR + "A,RECHALLENGE,2022-01-01,5.2,\nB,RECHALLENGE,2022-02-01,4.5,\nC,RECHALLENGE,2022-03-01,3.1,\n"}),
    ("sum-unit", "warning", "SDIAM", "4.8", "beside 50",
     {"adsl": dated(), "yml": DATED,
      "adtr": ADTR + "A,RECHALLENGE,2022-01-01,50,\nA,RECHALLENGE,2022-02-01,4.8,\nC,RECHALLENGE,2022-03-01,70,\n"}),
    ("lesions-long-before", "warning", "ADT", "2020-06-01", "start 2022-01-03",
     {"adsl": dated(), "yml": DATED, "adtr": ADTR + "A,RECHALLENGE,2020-06-01,50,\n"}),
    ("unusual-value", "warning", "AGE", "17", "", {"adsl": THREE.replace("60", "17")}),
    ("unusual-value", "warning", "BMI", "61", "", {"adsl": "USUBJID,BMI\nA,61\nB,22\n"}),
    ("two-units", "warning", "ALB", "4.1", "median of the others 41",
     {"adsl": "USUBJID,ALB\nA,4.1\nB,40\nC,41\nD,39\nE,42\nF,44\n",
      "yml": YML + "factors: {ALB: {label: Albumin, type: number, unit: g/L}}\n"}),
    ("karnofsky-against-ecog", "warning", "KARNOF", "40", "ECOG 0", {"adsl": "USUBJID,KARNOF,ECOG\nA,40,0\nB,90,1\n"}),
    ("row-twice", "error", "USUBJID", "1", "site Quzhou", {"adsl": BOTH_SITES}),
    ("subjects-the-same", "warning", "USUBJID", "Q7", "as A",
     {"adsl": ALIKE, "yml": DATED, "adex": BEGUN.format("2021-01-05")}),
    ("not-lung-cancer", "warning", "DIAG", "melanoma; 1 rows", "", {"adsl": "USUBJID,DIAG\nA,NSCLC\nB,melanoma\n"}),
    ("interim-against-courses", "warning", "INTERIM", "Y", "",
     {"adsl": dated("INTERIM", {"A": "Y", "B": "Y", "C": "N"}), "yml": DATED,
      "adex": "USUBJID,APHASE,ASTDT\nA,INTERIM,2021-09-01\n"}),
    ("resistance-against-course", "warning", "RESIST", "PRIMARY", "PR, PFS1 12 months",
     {"adsl": "USUBJID,RESIST,BOR_INITIAL,PFS1,PFS1_EVENT\nA,PRIMARY,PR,12,1\nB,ACQUIRED,PR,6,1\n"}),
    ("resistance-against-course", "warning", "RESIST", "ACQUIRED", "PD, PFS1 2.7 months",
     {"adsl": "USUBJID,RESIST,BOR_INITIAL,PFS1,PFS1_EVENT\nA,ACQUIRED,PD,2.7,1\nB,PRIMARY,PD,2,1\n"}),
    ("lesions-against-type", "warning", "PROGTYPE", "OLIGO", "NPROG 6", {"adsl": "USUBJID,PROGTYPE,NPROG\nA,OLIGO,6\nB,OLIGO,5\n"}),
    ("lesions-against-type", "warning", "PROGTYPE", "SYSTEMIC", "NPROG 1",
     {"adsl": "USUBJID,PROGTYPE,NPROG\nA,SYSTEMIC,1\nB,SYSTEMIC,2\n"}),
    ("courses-out-of-order", "error", "ASTDT", "2021-12-31", "2022-01-03",
     {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2022-06-01", "2021-12-31")}),
    ("after-next-course", "warning", "PDDT", "2021-10-01", "next course 2021-09-01",
     {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2021-08-01,2021-08-01", "2021-08-01,2021-10-01")}),
    ("after-next-course", "warning", "PDDT", "2022-06-10", "next course 2022-06-01",
     {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2022-05-01,2022-05-01", "2022-05-01,2022-06-10")}),
    ("after-next-course", "warning", "AENDT", "2022-06-10", "next course 2022-06-01",
     {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2022-05-01,2022-05-01", "2022-06-10,2022-05-01")}),
    ("last-dose-unknown", "note", "AENDT", "", "next course 2022-06-01",
     {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2022-05-01,2022-05-01", ",2022-05-01") + "B,RECHALLENGE,2022-01-03,2022-02-01,\n"}),
    ("duration-unit", "warning", "PFSR", "median 17.5", "", {"adsl": WEEKS.format(14, 52)}),
    ("fatal-event-alive", "warning", "ASTDT", "2022-02-01", "death 2022-08-01",
     {"adsl": FATAL_AT.format("2022-08-01"), "yml": DATED, "adae": FATAL}),
    ("pfs-against-outcome", "warning", "PFSR", "5", "OS 9", {"adsl": LIVED.format(9)}),
    ("assessment-against-sum", "warning", "AVALC", "SD", "50 to 60 mm", sums(60, 61, "SD", "PD")),
    ("assessment-against-sum", "warning", "AVALC", "PR", "50 to 36 mm", sums(36, 34, "PR", "PR")),
    ("assessment-against-sum", "warning", "AVALC", "CR", "50 to 20 mm", sums(20, 10, "CR", "CR")),
    ("assessment-against-sum", "note", "AVALC", "SD", "50 to 34 mm", sums(34, 34, "SD", "PR")),
    ("course-without-assessment", "warning", "USUBJID", "A", "",
     {"adsl": TWO, "yml": DATED, "adtr": SUMS.format(45, 40),
      "adex": COURSE + "B,RECHALLENGE,2022-01-03,2022-02-01,\n", "adrs": ADRS + "B,RECHALLENGE,OVR,2022-03-01,SD\n"}),
    ("best-against-length", "warning", "BOR_RECHALLENGE", "PD", "PFSR 6.1 months",
     {"adsl": "USUBJID,BOR_RECHALLENGE,PFSR,PFSR_EVENT\nA,PD,6.1,1\nB,SD,4,1\n"}),
    ("best-against-length", "warning", "BOR_INITIAL", "SD", "PFS1 0.7 months",
     {"adsl": "USUBJID,BOR_INITIAL,PFS1,PFS1_EVENT\nA,SD,0.68,1\nB,SD,4,1\n", "yml": YML + "confirmed: {course: first course}\n"}),
    ("best-against-length", "warning", "BOR_RECHALLENGE", "SD", "41 days", stable("2022-02-11")),
    ("best-against-length", "warning", "BOR_RECHALLENGE", "SD", "40 days",
     stable("2022-04-01", ("2022-02-10", "SD"))),
    ("best-against-lesions", "note", "BOR_RECHALLENGE", "SD", "best change -30%",
     {"adsl": "USUBJID,BOR_RECHALLENGE,PCHG_RECHALLENGE\nA,SD,-30\nB,SD,-29\n"}),
    ("sum-unit", "warning", "SDIAM", "9.9", "",
     {"adsl": TWO, "yml": DATED, "adex": COURSE, "adtr": SUMS.format(28, 29).replace("50", "9.9")}),
    ("age-against-birth", "warning", "AGE", "46", "Date of birth 1957-03-05",
     {"adsl": BORN.format(46, 65), "yml": DATED}),
    ("age-against-birth", "warning", "AGE", "70", "出生年份 1957", {"adsl": BORN_YEAR.format(70), "yml": DATED}),
    ("disease-against-sex", "warning", "History", "prostate cancer 2009", "SEX F",
     {"adsl": "USUBJID,SEX,History\nA,F,prostate cancer 2009\nB,M,prostate cancer\n"}),
    ("disease-against-sex", "warning", "既往史", "卵巢囊肿", "SEX M", {"adsl": "USUBJID,SEX,既往史\nA,M,卵巢囊肿\nB,F,卵巢癌\n"}),
    ("level-without-moment", "warning", "IRAE", "Y", "",
     {"adsl": "USUBJID,IRAE,IRAETM\nA,Y,\nB,N,\nC,Y,3\n", "yml": LATER}),
    ("moment-without-level", "warning", "IRAE", "N", "IRAETM 2",
     {"adsl": "USUBJID,IRAE,IRAETM\nA,N,2\nB,N,\nC,Y,3\n", "yml": LATER}),
    ("factor-without-moment", "warning", "IRAE", None, "", {"adsl": "USUBJID,IRAE\nA,Y\nB,N\n", "yml": LATER}),
    ("factor-without-moment", "note", "IRAE", None, "",
     {"adsl": "USUBJID,IRAE\nA,Y\nB,N\n", "yml": LATER.replace("time: IRAETM", "after_baseline: true")}),
    ("entry-after-exit", "error", "SEQTM", "5", "OS 5",
     {"adsl": "USUBJID,OS,OS_EVENT,SEQTM\nA,5,1,5\nB,6,1,2\n", "yml": YML + "late_entry: {entry_time: SEQTM}\n"}),
    ("zero-after-start", "error", "GAP", "-2", "",
     {"adsl": "USUBJID,OS,OS_EVENT,GAP\nA,5,1,-2\nB,6,1,2\n", "yml": YML + "late_entry: {label: x, zero_time: GAP}\n"}),
    ("faulty-control", "error", "", "", "",
     {"adsl": SEEN, "yml": YML + "external_control: {label: x, source: y, endpoint: OS, patients: none.csv}\n"}),
    ("faulty-evidence", "error", "", "none", "",
     {"adsl": SEEN, "yml": YML + "evidence: {factor: SEX, endpoint: OS, studies: [{label: x, cohort: none}]}\n"}),
    ("choice-out-of-order", "error", "RTM", "9", "FU 5",
     {"adsl": "USUBJID,RTM,FU,D\nA,9,5,1\nB,,6,1\n", "yml": YML + CHOICE}),
    ("choice-out-of-order", "error", "FU", "0", "", {"adsl": "USUBJID,RTM,FU,D\nA,,0,1\nB,,6,1\n", "yml": YML + CHOICE}),
    ("choice-out-of-order", "error", "RDT", "2022-01-01", "PDT 2022-02-01",
     {"adsl": "USUBJID,PDT,RDT,LSTALVDT\nA,2022-02-01,2022-01-01,2023-01-01\nB,2022-02-01,,2023-01-01\n",
      "yml": DATED + "emulation: {label: x, zero_date: PDT, start_date: RDT}\n"}),
    ("unanswered", "error", "questions", "e", "", {"adsl": OUTCOMES, "yml": YML + f"questions:\n{EVENT}\n"}),
    ("open-question", "warning", "x", "p", "",
     {"adsl": OUTCOMES, "yml": YML + "questions:\n- {id: p, kind: placed, column: x, text: x is not placed}\n"}),
    ("dismissed", "error", "dismissed.e", "", "",
     {"adsl": OUTCOMES, "yml": YML + f"questions:\n{EVENT}\ndismissed: {{e: not needed}}\n"}),
    ("confirmed-events", "error", "OS_EVENT", "1: 8, 2: 12; now 1: 1, 2: 2", "",
     {"adsl": None, "s": STATUS,
      "yml": YML + CODED + "confirmed: {events: {OS_EVENT: {column: status, event: 2, censored: 1, counts: {1: 8, 2: 12}}}}\n"}),
    ("confirmed-events", "error", "OS_EVENT", "1; read as 0", "",
     {"adsl": None, "s": STATUS,
      "yml": YML + CODED + "confirmed: {events: {OS_EVENT: {column: status, event: 1, censored: 2}}}\n"}),
]  # fmt: skip


def check(write_cohort, files):
    write_cohort(**({"yml": YML} | files))
    return read_cohort("c")[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule, severity, column, value, against, files", CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_rule_names_what_it_finds_as_the_file_has_it(write_cohort, rule, severity, column, value, against, files):
    ids = (rule, "") if rule == "total-row" else (rule,)  # the reader itself names a line that is no patient
    found = [f for f in check(write_cohort, files) if f.id in ids and f.column == column and f.severity == severity]
    assert [f for f in found if value in (None, f.value) and against in f.against and f.rule and f.action], found


def test_every_rule_of_the_table_is_tried():
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names) and set(names) == {case[0] for case in CASES}


GOOD = [  # what is no fault, at the boundary of each rule
    {"adsl": dated("PFSR,PFSR_EVENT", {"A": "4,1", "B": "11,0", "C": "3,1"}), "yml": DATED},  # rounded to months
    {"adsl": dated("PFSR,PFSR_EVENT", {"A": "3.96,1", "B": "8.0,0", "C": "2.96,1"}), "yml": DATED},  # two days apart
    {"adsl": "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\nI,2024-01-05,2024-01-05,2024-01-05,2024-01-05\n"
             "M,2024-01-05,2024-03-01,2024-03-01,2024-03-01\nN,2024-01-05,,,2024-09-01\n", "yml": DATED},  # an event on day 1
    {"adsl": "USUBJID\nI\nM\nN\n"},
    {"adsl": THREE, "adae": ADAE + "P1,INITIAL,Rash,1\nP2,INITIAL,rash,2\nP3,INITIAL,RASH,2\n"},  # counted as one term
    {"adsl": dated(A=COURSES["A"].replace("2021-01-05", "2010-01-01")), "yml": DATED},
    {"adsl": "USUBJID,AGE,BMI\nA,18,12\nB,95,60\n"},
    {"adsl": "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,PFSR,PFSR_EVENT\nA,2022-01-03,2022-05-01,122,1\n"
             "B,2022-01-03,2022-05-01,116,1\n", "yml": DATED.replace("months", "days")},  # three days apart
    {"adsl": "USUBJID,BOR_RECHALLENGE,PCHG_RECHALLENGE\nA,PR,-29.999999999999996\nB,PR,-30\n"},
    {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-03-01,PR\nA,RECHALLENGE,BOR,,PR\n"},
    {"adsl": "USUBJID,PCHG_RECHALLENGE\nA,-1\nB,0\nC,1\n"},  # whole percents
    {"adsl": "USUBJID,OS,OS_EVENT\nA,0.4,1\nB,1.2,1\nC,0.8,1\nD,2.3,0\nE,6,0\n"},
    {"adsl": "USUBJID,TPS\nA,0.5\nB,0\nC,1.1\n", "yml": YML + 'factors: {TPS: {label: P, type: number, unit: "%"}}\n'},
    {"adsl": "USUBJID,PCHG_RECHALLENGE\nA,-0.5\nB,0.2\nC,5.5\n"},
    {"adsl": THREE, "adtte": ADTTE + "P1,PFS1,5,0,progression or death\nP2,PFS1,6,1,No progression\nP3,PFS1,6,1,\n"},
    {"adsl": "USUBJID,STAGE\nP1,IIIB\nP2,IV\n"},
    {"adsl": RESPONSES, "yml": YML + "confirmed: {course: rechallenge}\n"},  # an outcome of rechallenge too
    {"adsl": "USUBJID,SITEID\nP1,A\nP2,B\n"},
    {"adsl": dated(), "yml": DATED, "adrs": ADRS + "A,INITIAL,OVR,2021-06-01,PD\nA,RECHALLENGE,OVR,2022-05-01,PD\n"},
    {"adsl": dated(A=COURSES["A"].replace("2021-06-01", "2022-01-03")), "yml": DATED},  # progression on the first day
    {"adsl": None, "s": STATUS,
     "yml": YML + CODED + "confirmed: {events: {OS_EVENT: {column: status, event: 2, censored: 1, counts: {1: 1, 2: 2}}}}\n"},
    {"adsl": OUTCOMES, "yml": YML + "questions:\n- {id: p, kind: placed, column: x, text: t}\ndismissed: {p: a running number}\n"},
    {"adsl": OUTCOMES, "yml": YML + "questions:\n- {id: c, kind: course, text: t}\nconfirmed: {course: rechallenge, deaths: 2}\n"},
    {"adsl": "USUBJID,LSTALVDT\nA,1995-01-01\nB,1996-01-01\n", "yml": DATED + "confirmed: {course: neither}\n"},
    {"adsl": ALIKE, "yml": DATED + "confirmed: {course: first course}\n", "adex": BEGUN.format("2021-01-06")},
    {"adsl": "USUBJID,RESIST,BOR_INITIAL,PFS1,PFS1_EVENT\nA,PRIMARY,SD,20,1\nB,PRIMARY,PR,11.9,1\nC,ACQUIRED,PD,2.8,1\n",
     "yml": YML + "confirmed: {course: first course}\n"},
    {"adsl": TWO, "yml": DATED, "adex": COURSE.replace("2022-06-01", "2022-05-01") + "B,INITIAL,2022-01-03,,\n"},
    {"adsl": WEEKS.format(14, 52).replace("17.5", "13.5").replace("22", "13")},
    {"adsl": FATAL_AT.format("2022-07-31"), "yml": DATED, "adae": FATAL},
    {"adsl": BORN.format(62, 65).replace("Date of birth", "DOB").replace("DOB", "BRTHDT"),
     "yml": DATED + "tables: {adsl: {file: adsl.csv, ignore: [BRTHDT]}}\n"},  # at the diagnosis; at rechallenge
    {"adsl": LIVED.format(5.5)},  # half a month of rounding
    sums(59.4, 59, "SD", "SD"),  # 18.8% more
    sums(8, 12.9, "PR", "PR"),  # 4.9 mm more
    sums(34, 40, "PR", "PR"),  # once below 70%
    sums(35, 35, "SD", "PR"),  # 30.0%, either way
    sums(19.9, 8, "CR", "CR"),  # lymph nodes
    sums(40, 38, "PD", "NE"),  # other lesions grew
    sums(45, 46, "SD", "PR") | {"adtr": SUMS.format(45, 46).replace("2022-01-01", "2022-01-09")},  # no baseline
    sums(45, 46, "PR", "PR") | {"adtr": SUMS.format("", 46)},  # not measured when it responded
    {"adsl": "USUBJID,BOR_RECHALLENGE,PFSR,PFSR_EVENT\nA,PD,6,1\nB,SD,0.7,1\nC,PD,9,1\n".replace("C,PD", "C,SD")},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("files", GOOD, ids=range(len(GOOD)))
def test_what_is_no_fault_is_not_named(write_cohort, files):
    untold = {"deaths-unknown"}  # many of them say nothing of deaths, which is named rightly
    assert [f for f in check(write_cohort, files) if f.id not in untold] == []


@pytest.mark.slow
def test_a_row_of_adsl_that_feeds_both_courses_is_read_by_every_rule(write_cohort):
    more = "BOR_INITIAL,BOR_RECHALLENGE,PCHG_INITIAL,PCHG_RECHALLENGE"
    cells = {"A": "PR,PR,-40,-35", "B": "PR,SD,-20,-10", "C": "SD,PR,-10,-10"}
    adsl = dated(more, cells)
    found = check(write_cohort, {"adsl": adsl, "yml": DATED, "adrs": ADRS + "A,RECHALLENGE,OVR,2022-03-01,PR\n"})
    assert {(f.subject, f.column, f.value, f.against) for f in found} == {
        ("B", "BOR_INITIAL", "PR", "best change -20%"),
        ("C", "BOR_RECHALLENGE", "PR", "best change -10%"),
    }


def test_declared_fractions_are_read_as_percent(write_cohort):
    adsl = "USUBJID,PCHG_RECHALLENGE\nA,-0.45\nB,0.25\nC,-1\n"
    write_cohort(yml=YML + "scales: {PCHG_RECHALLENGE: fraction}\n", adsl=adsl)
    cohort, found = read_cohort("c")
    assert cohort.tables["adtr"]["PCHG"].tolist() == [-45, 25, -100] and not found


@pytest.mark.parametrize("given", [115, 123])
def test_four_days_apart_are_named(write_cohort, given):
    adsl = f"USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,PFSR,PFSR_EVENT\nA,2022-01-03,2022-05-01,{given},1\n"
    adsl += "B,2022-01-03,2022-05-01,119,1\n"
    found = check(write_cohort, {"adsl": adsl, "yml": DATED.replace("months", "days")})
    assert [(f.subject, f.value) for f in found] == [("A", str(given))]


def test_months_of_thirty_days_are_known_by_the_dates(write_cohort):
    starts = [f"2019-{m:02d}-01" for m in range(1, 9)]
    rows = [f"P{i},{s},2021-{i + 1:02d}-01" for i, s in enumerate(starts)]
    from datetime import date

    lengths = [(date.fromisoformat(r.split(",")[2]) - date.fromisoformat(r.split(",")[1])).days / 30 for r in rows]
    text = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,PFSR,PFSR_EVENT\n"
    text += "".join(f"{r},{n:.1f},1\n" for r, n in zip(rows, lengths, strict=True))
    assert check(write_cohort, {"adsl": text, "yml": DATED}) == []


@pytest.mark.slow
def test_a_visit_after_progression_is_not_held_against_its_sum(write_cohort):
    """It does not count, and is named as that alone."""
    found = check(write_cohort, sums(61, 80, "PD", "PR"))
    assert [f.id for f in found] == ["deaths-unknown", "response-after-progression"]


def test_a_date_after_the_cut_off_is_not_said_to_count_for_another_course(write_cohort):
    found = check(
        write_cohort, {"adsl": TWO, "yml": DATED, "adex": FOUR, "adrs": ADRS + "A,INITIAL,OVR,2042-01-01,PR\n"}
    )
    assert {f.id for f in found if f.file == "adrs.csv"} == {"after-last-contact", "after-cutoff"}


def test_a_second_start_of_a_course_is_not_said_to_be_left_out(write_cohort):
    adex = FOUR + "A,RECHALLENGE,2023-06-01\n"
    assert {f.id for f in check(write_cohort, {"adsl": TWO, "yml": DATED, "adex": adex})} == {
        "start-twice",
        "after-last-contact",
    }


def test_a_cell_that_could_not_be_read_is_named_once(write_cohort):
    found = check(write_cohort, {"adsl": THREE, "adae": ADAE + "P1,INITIAL,Rash,2.5\nP2,INITIAL,Rash,2\n"})
    assert [(f.severity, f.value) for f in found] == [("error", "2.5")]


@pytest.mark.slow
def test_an_identifier_alone_is_a_patient_where_another_table_tells_of_it(write_cohort):
    """Nobody knows whether B died; the courses of B are dated all the same. Of E there is nothing anywhere."""
    adsl = "USUBJID,DTHDT,LSTALVDT\nA,2023-05-01,2023-05-01\nB,,\nC,2023-06-01,2023-06-01\nD,2023-06-01,2023-06-01\nF,2023-06-01,2023-06-01\n"
    adex = "USUBJID,APHASE,ASTDT,AENDT,PDDT\n" + "".join(f"{s},RECHALLENGE,2023-01-05,2023-02-01,\n" for s in "ABCDF")
    yml = "title: t\nkind: patients\ndata_cutoff: 2024-01-01\n"
    write_cohort(yml=yml, adsl=adsl, adex=adex)
    assert list(read_cohort("c")[0].table("adsl")["USUBJID"]) == list("ABCDF")
    write_cohort(yml=yml, adsl=adsl + "E,,\n", adex=adex)
    errors = [f for f in read_cohort("c")[1] if f.severity == "error"]
    assert [(f.row, f.rule) for f in errors] == [(7, "a line that is no patient: an identifier and nothing else")]

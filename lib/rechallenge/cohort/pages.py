"""The data dictionary as a page for people: data/README.md."""

from papercheck.vocabulary.dictionary import allowed_text, load_dictionary

from .check.rules import RULES
from .read.dates import FORMATS

FILES = """\
## Files as you have them

`rechallenge import FILE... --as NAME` writes `cohort.yml` with a proposal for your own files (SPSS, Stata, SAS, Excel, CSV,
Parquet, a REDCap export, a CDISC ADaM folder). What it writes can be written by hand as well:

```yaml
tables:                       # where each table stands, if not in a file of its own name
  adsl:
    file: study.sav           # a file of the folder; nothing of it is read but what is declared or called like a column
    columns: {patid: USUBJID, gender: SEX, dod: DTHDT}
    values: {SEX: {1: M, 2: F}}
    dates: {DTHDT: day-first}
    ignore: [os]              # called like a column of the dictionary, and not meant
  adae:
    file: export.csv          # several tables may take their rows from one file
    rows: {redcap_repeat_instrument: [adverse_events]}   # only rows with one of these cells; "" is an empty cell
    skip: {grade: [""]}       # and none of these
    set: {APHASE: RECHALLENGE}   # a column that the file lacks
```

Also: `sheet` (Excel), `header` (the line of the column names, if titles stand above), `decimal: ","`, `encoding`, and
`checkboxes: {FIELD: {none: column, boxes: [columns]}}` (REDCap: what contradicts itself is named), and
`join: [{file: study.xlsx, sheet: follow-up, by: patid, columns: [dod]}]` (a second sheet of the same patients, one row each;
a patient who stands on it alone is an error; with `first`, `last` and `order: visit date` a sheet of several visits, of which
each column is read at the first or last visit that fills it), `below: [{file: study.xlsx, sheet: Shanghai, by: patid}]` (a sheet of other
patients under the same columns; with `apart: true` each sheet numbers them anew) and
`courses: {by: line, values: {1: first course, 3: rechallenge}, once: [sex]}` (a row for each course of a patient: they are put
side by side, and a column is then called `rechallenge start`; `first` and `last` name columns of which the first or last filled
row is read, such as a last contact at several visits) and `signs: [pfs]` (10.6+ is 10.6; the sign stands in a column
`pfs (sign)`, which can be mapped to `PFSR_EVENT` with `values: {PFSR_EVENT: {"+": 0, no sign: 1}}`) and `merge_rows: [[4, 9]]` (two lines of one patient, read as one) and,
for `adrs`, `visits: {start: first dose, columns: [{response: V1, date: V1 date}, {response: w12, weeks: 12}]}` (a column of responses
for each visit: every filled one is a row, called `(response of the visit)` and `(date of the visit)`). `set: {APHASE: by date}` of
`adae` or `adrs` places each row in the last course that started before its date; on the day a course starts the earlier one still runs. Subjects whom `rows` or
`skip` of `adsl` leave out are left out everywhere. `columns`, `values`, `dates` and `decimal` may also stand by themselves,
for all tables.

Editors that know YAML (VS Code with the YAML extension, PyCharm) explain and check `cohort.yml` while you type, if its first
line is `# yaml-language-server: $schema=../../docs/schema/cohort.schema.json`.

A date that can be read in one way only needs no word: 2024-03-05, 2024/3/5, 05MAR2024, 5 March 2024, 2024年3月5日. Any other
is refused until `dates` says how its column is written (a list, if in several ways):

| format | means |
|---|---|
"""

ANSWERS = """\
## What only a person knows

`rechallenge import` asks what no file says, and writes what is open under `questions:`. Without the answers to those that
decide the result (which value is the event, which course the cohort is of) there is no report. Answers stand under
`confirmed:`; a question that can be left open is dismissed with its reason:

```yaml
confirmed:
  course: rechallenge         # or: first course, neither
  events:                     # held against the file at every check
    OS_EVENT: {file: study.sav, column: status, event: [2], censored: [1], counts: {1: 8, 2: 12}}
  patients: 20                # counts that were looked at: a check says when the tables hold others
  deaths: 12
scales: {PCHG_RECHALLENGE: fraction, OS: days}   # -0.45 means -45%; OS in days beside durations in months
dismissed:
  place.study.sav.ward: a running number of the ward
```

`rechallenge check` compares what can be known twice; [docs/rules.md](../docs/rules.md) lists its rules.
"""


def dictionary_markdown() -> str:
    """data/README.md: the dictionary for people."""
    lines = [
        "# Data",
        "",
        "One folder a cohort: `cohort.yml` (facts about the cohort) and its tables, as `<table>.csv` or as sheets of",
        (
            "`cohort.xlsx`. `rechallenge new NAME` writes an empty one. Only `adsl` is required; every further table or"
            " column"
        ),
        (
            "opens a further part of the report. Dates are written 2024-03-05 (or as Excel dates). An empty cell means"
            " unknown."
        ),
        "",
        "The numbers that a paper prints stand in `published.yml` of its folder, with or without a cohort beside it;",
        (
            "`rechallenge new NAME --published` writes one to fill in. What papers print about studies that they cite"
            " stands in"
        ),
        "`cited-studies.yml`.",
        "",
        "This page is made from `lib/papercheck/vocabulary/dictionary.yml`.",
        "",
        FILES + "\n".join(f"| `{name}` | {meaning} |" for name, meaning in FORMATS.items()),
        "",
        ANSWERS.rstrip("\n"),
    ]
    for table in load_dictionary().values():
        lines += ["", f"## `{table.name}`: {table.label}", "", f"One row for each {table.row}.", ""]
        lines += ["| column | meaning | type | levels or range | required |", "|---|---|---|---|---|"]
        for c in table.columns.values():
            meaning = f"{c.label}{f' ({c.unit})' if c.unit else ''}{'. ' + c.help if c.help else ''}"
            lines.append(f"| `{c.name}` | {meaning} | {c.type} | {allowed_text(c)} | {'yes' if c.required else ''} |")
    return "\n".join(lines) + "\n"


def rules_markdown() -> str:
    """docs/rules.md: the rules of plausibility for people."""
    lines = [
        "# What `rechallenge check` compares",
        "",
        (
            "An *error* stops the report, a *warning* is shown with it, a *note* says what was accepted. Values are"
            " quoted as the"
        ),
        "file has them. This page is made from `lib/rechallenge/cohort/check/rules.py`.",
        "",
        "| rule | severity | what it finds | what to do | why |",
        "|---|---|---|---|---|",
    ]
    for rule in RULES:
        about = " ".join((rule.find.__doc__ or rule.words).split())
        cells = [f"`{rule.id}`", rule.severity, about, rule.action or "as the finding says", rule.reason]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"

"""A new published.yml: a commented registry of printed numbers to fill in, made from the vocabulary."""

import textwrap

import yaml

from ..files.findings import request_error
from ..files.project import NAME, data_folder
from ..files.swap import write_whole
from ..vocabulary.dictionary import load_dictionary
from ..vocabulary.facts import INTERVALS, TIME_UNITS
from .registry import FILE, statistics

HEAD = """\
# Every number that a paper prints about its own subjects, as printed: misprints too. Lines that start with # are
# explanations and examples: remove the # of an example to use it.
title: "{name}"
n:                 # number of subjects; for a meta-analysis, its patients
# source: "Author year, journal, doi:..."
# software: SPSS 26.0       # as the paper states it
# read: whole               # what of the paper was read: abstract; page (what a publisher shows to all); text
#                           # (with its tables, without the numbers in its figures and appendices); whole
# level: 95                 # of its intervals, in percent
# time_unit: months         # {time_units}
# ctcae: "5.0"              # version of the grades of adverse events
# primary_endpoint: PFSR    # {endpoints}
# paper_interval: spss      # how its intervals of medians were made: {intervals}
# grid: 0.1                 # step of the printed times, in time_unit

# Groups that the paper compares. {factors} are
# known; give them the levels of the paper, and add what it has besides. A cut point opens the upper group: "over 65" in
# whole years is cut: [66].
# factors:
#   ECOG: {{label: ECOG performance status, levels: ["0-1", "2"]}}
#   AGEGR1: {{label: Age group, from: AGE, cut: [66], levels: {{"<=65": "65 years or less", ">65": "Over 65 years"}}}}
#   BONEMET: {{label: Bone metastasis, levels: {{N: "No", Y: "Yes"}}}}

# What must hold for each subject, though no number says it:
# implications:
#   - {{if: {{BONEMET: Y}}, then: {{DISTMET: Y}}, why: "Text 3.1: distant metastases, including bone metastases"}}

# A Kaplan-Meier curve read off a figure; the files stand in the folder curves, with the columns time, survival (1 to 0,
# or 100 to 0) and time, n:
# curves:
#   - {{endpoint: OS, where: {{SEX: F}}, points: os_f.csv, at_risk: [[0, 30], [6, 21]], events: 18, at: Figure 2}}

# The treatment arms and covariates of results that are weighted by inverse probability of treatment:
# weights: {{treatment: INTERIM, covariates: [AGE, SEX], decided: at zero, note: "The paper does not list the covariates."}}

# Endpoints that the paper has besides these, with their names:
# further_endpoints: {{DOR: Duration of response, TTNT: Time to next treatment}}

# Whom the paper left out, in its words; no_censoring if everybody left had the event:
# exclusions:
#   - {{at: Text 2.1, says: no_censoring, text: "Patients without observed events were excluded."}}

# What captions, definitions and lists say in words, and when the study ran; the audit holds them against the numbers:
# captions:
#   - {{at: Figure 2, by: SEX, text: "Overall survival by sex"}}
# definitions:
#   - {{at: Abstract, endpoint: PFSR, ends: [progression, death], text: "until progression or death"}}
#   - {{at: Text 2.3, column: AGEGR1, level: "<=65", text: "65 years or less"}}
# enumerations:
#   - {{at: Text 2.1, what: Inclusion criteria, numbers: [1, 2, 3]}}
# claims:
#   - {{at: Abstract, kind: independent, endpoint: PFSR, by: SEX, beside: [AGEGR1], text: "independent prognostic factor"}}
#   - {{at: Text 3.4, kind: most_common, course: RECHALLENGE, terms: [Fatigue], text: "the most common adverse event"}}
# accrual: {{at: Text 2.1, first: "2020-05", last: "2024-12", cutoff: "2024-12-01"}}

# One entry a quantity: a name of your own (id), what it is (statistic), and every place that prints it (printed). A
# printed number stands in quotation marks, so that its zeros are kept; an interval is a list of two; NA, NR and NE stay
# words; numbers in words become digits. The same string at several places is one print with a list under `at`; another
# string for the same quantity is a second print. What the keys of an entry say:
{keys}
numbers:
"""
WIDTH = 120
KEYS = {
    "where": "the group of subjects, such as {SEX: F} or {BOR_RECHALLENGE: [CR, PR]}; without it, all",
    "of": "the group that the percentage is a share of, written like `where`",
    "denominator": "the number of subjects that the percentage is a share of, where it is printed as no group",
    "event": "an adverse event: {AEDECOD: Rash, APHASE: RECHALLENGE, ATOXGR: [1, 2]}; any event without AEDECOD",
    "includes": "adverse events that the sentence names: {AEDECOD: [Rash, Cough], APHASE: RECHALLENGE}",
    "ungraded": "the places that print the count of some grades without saying the grade, a list",
    "literal": "the group that the wording names, where you read another one under `where`",
    "sum_of": "the ids of the stated numbers that this one sums, a list",
    "endpoint": "the time to event, such as PFSR",
    "variable": "the column that is summarised, such as AGE",
    "whole": "true for a number that is counted in whole units, such as a score",
    "time": "the time from the start, in time_unit",
    "level": "the level of the interval in percent, where it differs",
    "weights": "iptw for a result weighted by the inverse probability of treatment; matched, overlap or other",
    "by": "the column whose levels are compared",
    "group": "the level of `by` that is compared",
    "against": "the level of `by` that it is compared with",
    "adjusted": "further columns of the model, a list",
    "stratified": "columns that the model or test is stratified by, a list",
    "across": "the column whose levels the comparison may differ between",
    "factor": "the column whose levels are tabulated",
    "per": "the units of person-time that a rate is of, such as 100",
    "event_of": "the outcome that is counted, written like `where`",
    "outcome": "the endpoint that was pooled",
    "model": "fixed or random",
    "subset": "the trials or patients that were pooled, where not all",
    "what": "what the number is, in words",
    "unit": "the unit of the numbers",
    "note": "what a reader should know of the print",
    "reading": "how you understood it, where the paper leaves it open",
}


def new_registry(name):
    """Write data/<name>/published.yml, in a new folder or beside a cohort; returns the file.

    Raises CohortError for a file that exists or a name that is not usable as a folder name.
    """
    path = data_folder() / name / FILE
    if not NAME.fullmatch(name):
        raise request_error(f"{name} cannot be a name of a study", "Use letters, digits, dot, dash and underscore.")
    if path.exists():
        raise request_error(f"data/{name}/{FILE} exists already", "Choose another name, or go on with that file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, registry_template(name))
    return path


def registry_template(name) -> str:
    """The text of a published.yml that lacks only what must be filled in: `n` and `numbers`."""
    dictionary = load_dictionary()
    factors = [c.name for c in dictionary["adsl"].columns.values() if c.factor]
    head = HEAD.format(
        name=name,
        time_units=" or ".join(TIME_UNITS),
        intervals=", ".join(INTERVALS),
        factors=", ".join(factors),
        endpoints=", ".join(dictionary["adtte"].columns["PARAMCD"].levels),
        keys="\n".join(f"#   {key:12} {text}" for key, text in KEYS.items()),
    )
    return head + "\n".join(_shown(name, spec) for name, spec in statistics().items())


def _shown(name, spec) -> str:
    """A statistic of the vocabulary: what it is, its keys, one example."""
    keys = [f"{word} {', '.join(spec[word])}" for word in ("needs", "takes") if spec[word]]
    about = f"{spec['label']} ({'; '.join([*keys, 'prints ' + ', '.join(spec['parts'])])}). {spec['help']}"
    prints = [{k: v if k == "at" else _quoted(v) for k, v in p.items()} for p in spec["example"]["printed"]]
    example = {"id": f"my_{name}", "statistic": name, **spec["example"], "printed": prints}
    line = yaml.dump(example, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=float("inf"))
    return textwrap.fill(about.strip(), WIDTH, initial_indent="# ", subsequent_indent="# ") + f"\n#   - {line}"


class _Quoted(str):
    """A printed number, which keeps its quotation marks."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def _quoted(value):
    return list(map(_quoted, value)) if isinstance(value, list) else _Quoted(value)

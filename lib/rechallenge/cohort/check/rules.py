"""The rules of plausibility, one table (rules.yml): what can be known twice is compared, what cannot be is named.

An error stops the report, a warning is shown with it, a note says what was accepted.
"""

from dataclasses import replace
from pathlib import Path

from papercheck.files.findings import Finding
from papercheck.files.yamlfile import load_rules

from . import clinical, control, dates, durations, later, outcomes, persons, questions, responses, subjects
from .rule import Data, Rule, findings_of

OF_PRINTED_NUMBERS = (
    "Made from printed numbers: hold what the paper prints of it against this; there is no record to correct."
)
MODULES = {"clinical": clinical, "control": control, "dates": dates, "durations": durations, "later": later}
MODULES |= {
    "outcomes": outcomes,
    "persons": persons,
    "questions": questions,
    "responses": responses,
    "subjects": subjects,
}


def _rules() -> tuple[Rule, ...]:
    """The rules of rules.yml with the functions that they name."""
    found = []
    for name, entry in load_rules(Path(__file__).with_name("rules.yml")).items():
        module, function = entry["find"].split(".")
        found.append(Rule(name, **entry | {"find": getattr(MODULES[module], function)}))
    return tuple(found)


RULES = _rules()


def plausibility_findings(tables, meta, raw=None) -> list[Finding]:
    """Every finding of every rule, but those of columns whose meaning is still asked: the answer may explain them.

    tables : typed, by (file, line); raw : as written, {table: (file, frame)}.
    """
    data, asked = Data(tables, meta, raw), questions.columns_asked(meta)
    found = [f for rule in RULES for f in findings_of(rule, data) if f.file == "cohort.yml" or f.column not in asked]
    if not meta.reconstructed:
        return found
    return [replace(f, action=OF_PRINTED_NUMBERS) if f.severity == "warning" else f for f in found]

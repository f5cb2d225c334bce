"""What holds of the first ICI course of every subject and stands in no column: `first_course` of cohort.yml, read and checked."""

import re

from ..files.findings import did_you_mean

KEYS = ("regimen", "treated", "pd_after_last_dose", "source", "reading")
REGIMENS = ("monotherapy", "combination")
TREATED = ("until progression",)
WITHIN = re.compile(r"<=\s*(\d+(?:\.\d+)?)\s*(days|weeks|months)")


def read_first_course(declared, fault) -> dict[str, str]:
    """The declared facts as text; fault(path, rule, action, value) takes every fault found.

    regimen : monotherapy or combination. treated : until progression, where no last dose is recorded.
    pd_after_last_dose : the longest time, such as '<=6 months'. source, reading : where it stands, how it is read.
    """
    facts = {str(k): str(v) for k, v in declared.items()}
    for key, value in facts.items():
        allowed = {"regimen": REGIMENS, "treated": TREATED}.get(key)
        path = ("first_course", key)
        if key not in KEYS:
            fault(path, "unknown key", did_you_mean(key, KEYS), key)
        elif allowed and value not in allowed:
            fault(path, "unknown value", did_you_mean(value, allowed), value)
        elif key == "pd_after_last_dose" and not WITHIN.fullmatch(value):
            fault(path, "expected the longest time", "Such as '<=6 months' (days, weeks or months).", value)
    if set(facts) - {"source", "reading"} and not facts.get("source"):
        fault(("first_course",), "a fact without its source", "Add `source:`, such as Methods, Patients.")
    return facts

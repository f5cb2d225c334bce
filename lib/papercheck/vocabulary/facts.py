"""The facts that a cohort.yml and a registry of printed numbers state in the same words."""

import datetime

from ..files.findings import did_you_mean
from .dictionary import load_dictionary

KINDS = {"patients": "Patients", "pseudo": "Pseudo-patients, not patients"}
TIME_UNITS = ("months", "days")
INTERVALS = ("log-log", "log", "plain", "spss", "bootstrap")
LANGUAGES = ("en", "zh")  # of the report; the first is the one that displays are written in
STATUSES = ("determined", "constrained", "synthetic")
KEYS = {
    "title": str, "kind": str, "source": str, "notice": str, "data_cutoff": datetime.date, "time_unit": str,
    "ctcae": str, "primary_endpoint": str, "paper_interval": str, "encoding": str, "columns": dict, "values": dict,
    "factors": dict, "subgroups": list, "eligibility": list, "provenance": dict, "endpoints": dict,
    "first_course": dict, "tables": dict, "dates": (str, list, dict), "decimal": str,
    "treatment": (str, dict), "language": str,
}  # fmt: skip
ENDPOINT_KEYS = ("label", "text", "zero")


def read_facts(raw, fault) -> dict:
    """The entries of a cohort.yml that are known, of the right type and with known words; `endpoints` as text.

    fault(path, rule, action, value) takes every fault found. A registry states the same facts in the same words.
    """
    raw = _entries(raw, fault)
    if "title" not in raw:
        fault((), "the key `title` is missing", "Add `title:` with the name of the study.")
    for key, allowed in (("kind", KINDS), ("time_unit", TIME_UNITS), ("paper_interval", INTERVALS), ("language", LANGUAGES)):
        if key in raw and raw[key] not in allowed:
            fault((key,), "unknown value", did_you_mean(raw[key], allowed), raw[key])
    endpoints = load_dictionary()["adtte"].columns["PARAMCD"].levels
    if raw.get("primary_endpoint", "OS") not in endpoints:
        fault(
            ("primary_endpoint",),
            "unknown value",
            did_you_mean(raw["primary_endpoint"], endpoints),
            raw["primary_endpoint"],
        )
    if "endpoints" in raw:
        raw["endpoints"] = _endpoints(raw["endpoints"], endpoints, fault)
    return raw


def _entries(raw, fault) -> dict:
    """The known keys with values of the right type."""
    for key, value in raw.items():
        if key not in KEYS:
            fault((str(key),), "unknown key", did_you_mean(key, KEYS), key)
        elif value is None:
            continue
        elif KEYS[key] is str and not isinstance(value, dict | list):
            raw[key] = str(value)
        elif not isinstance(value, KEYS[key]) or isinstance(value, datetime.datetime):
            wanted = {
                str: "one line of text",
                dict: "indented `name: value` lines",
                list: "a list",
                (str, dict): "the name of a factor, or indented `name: value` lines",
                (str, list, dict): "a date format, a list of them, or `COLUMN: format` lines",
                datetime.date: "a date such as 2024-12-01",
            }
            fault((key,), f"expected {wanted[KEYS[key]]}", "Mend this entry.", value)
    return {k: v for k, v in raw.items() if k in KEYS and v is not None and isinstance(v, KEYS[k])}


def check_subgroups(subgroups, factors, fault):
    """Find the subgroups that are no factor with levels, or stand twice; fault(path, rule, action, value) takes them."""
    for i, name in enumerate(subgroups):
        if name not in factors:
            fault(("subgroups", str(i)), "not a factor", did_you_mean(name, factors), name)
        elif not factors[name].levels or name in subgroups[:i]:
            rule = "stands twice" if name in subgroups[:i] else "a number, not a factor with levels"
            fault(("subgroups", str(i)), rule, "Declare a group of it under `factors` (from, cut, levels).", name)


def _endpoints(declared, endpoints, fault) -> dict:
    """What the cohort says of its endpoints: {PARAMCD: {label, text, zero}}."""
    found = {}
    for code, entry in declared.items():
        if code not in endpoints or not isinstance(entry, dict):
            fault(
                ("endpoints", str(code)),
                f"expected ENDPOINT: {', '.join(ENDPOINT_KEYS)}",
                did_you_mean(code, endpoints),
                entry,
            )
        else:
            for key in entry:
                if key not in ENDPOINT_KEYS:
                    fault(("endpoints", code, str(key)), "unknown key", did_you_mean(key, ENDPOINT_KEYS), key)
            found[code] = {k: str(v) for k, v in entry.items()}
    return found

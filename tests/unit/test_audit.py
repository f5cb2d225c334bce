"""Each check of the audit fires on an error and stays silent
on a correct table; the papers of data/ against hand work.
"""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from papercheck.audit.engine import CHECKS, KINDS, audit, audit_frame, audit_json, audit_study, counts_by_kind
from papercheck.audit.simulate import test_differences as differences_of_tests
from papercheck.literature.cited import cited_by
from papercheck.registry.registry import PAIRS, WHOLE, load_registry, statistics
from rechallenge.cohort import CohortError
from tests.conftest import use_data
from tests.unit.test_audit_relations import NAMED, RELATIONS

FACTORS = {
    "SEX": {"levels": {"M": "Male", "F": "Female"}},
    "AGEGR1": {"label": "Age group", "from": "AGE", "cut": [60], "levels": {"<60": "<60", ">=60": "≥60"}},
    "PDL1": {"levels": {"LOW": "Low", "MID": "Middle", "HIGH": "High"}},
    "PDL1GR1": {"label": "PD-L1 status", "from": "PDL1", "map": {"LOW": "NEG", "MID": "POS", "HIGH": "POS"}, "levels": ["NEG", "POS"]},
    "ARM": {"label": "Arm", "levels": ["A", "B"]},
    "BONE": {"label": "Bone", "levels": ["N", "Y"]},
    "LIVER": {"label": "Liver", "levels": ["N", "Y"]},
    "METS": {"label": "Metastasis", "levels": ["N", "Y"]},
    "PFS1GR1": {"label": "First course", "from": "PFS1", "cut": [6], "levels": {"<6": "<6", ">=6": "≥6"}},
}  # fmt: skip


@pytest.fixture
def paper(tmp_path):
    """paper(numbers, **top) writes a registry of n = 13 and returns its findings."""

    def write(numbers, **top):
        raw = {"title": "T", "n": 13, "primary_endpoint": "PFSR"} | top | {"factors": FACTORS | top.get("factors", {})}
        entries = [{"id": f"e{i}"} | entry for i, entry in enumerate(numbers or [entry("count", count=str(raw["n"]))])]
        path = tmp_path / "paper.yml"
        path.write_text(json.dumps(raw | {"numbers": entries}), encoding="utf-8")  # JSON is YAML
        return audit(load_registry(path))

    return write


def entry(statistic, at="Table 1", *, prints=None, **keys):
    """One entry: the parts of one print in capitals' place, the description beside them."""
    parts = {k: keys.pop(k) for k in list(keys) if k in PARTS}
    printed = prints or [{"at": at} | {k.rstrip("_"): v for k, v in parts.items()}]
    return {"statistic": statistic, "printed": printed} | keys


PARTS = (
    "count", "percent", "estimate", "ci", "p", "hr", "or_", "range", "sd", "quartiles", "value", "difference", "rr", "events",
    "exposure",
)  # fmt: skip
count, median, log_rank = (
    partial(entry, "count"),
    partial(entry, "median_survival", endpoint="PFSR"),
    partial(entry, "log_rank", endpoint="PFSR"),
)
cox = partial(entry, "cox", endpoint="PFSR", by="ARM", group="B", against="A")
age = {name: partial(entry, name, variable="AGE") for name in ("mean", "median", "range")}
MALE, FEMALE = {"SEX": "M"}, {"SEX": "F"}
ALL_EVENTS = [{"at": "Methods", "text": "Patients without events were excluded.", "says": "no_censoring"}]


def rash(size, grades=None, term="Rash", **keys):
    event = {"APHASE": "RECHALLENGE"} | ({"AEDECOD": term} if term else {}) | ({"ATOXGR": grades} if grades else {})
    return count(event=event, count=str(size), **keys)


def spss(estimate, half, decimals=3, **keys):
    return median(
        estimate=f"{estimate:.1f}",
        ci=[f"{max(0, estimate - half):.{decimals}f}", f"{estimate + half:.{decimals}f}"],
        **keys,
    )


score = partial(entry, "mean", variable="SCORE", whole=True)
odds = partial(entry, "odds_ratio", event_of={"BOR_RECHALLENGE": ["CR", "PR"]}, by="ARM", group="B", against="A")
alive = partial(entry, "survival_at", endpoint="PFSR", time=6)
fails = partial(entry, "events", endpoint="PFSR")
RESPONSE, CONTROL = {"BOR_RECHALLENGE": ["CR", "PR"]}, {"BOR_RECHALLENGE": ["CR", "PR", "SD"]}
SEXES = [count(where=MALE, count="6"), count(where=FEMALE, count="7")]
BOTH = [
    *(count(where={"ARM": x}, count="50") for x in "AB"),
    median(where={"ARM": "A"}, estimate="10.0"),
    median(where={"ARM": "B"}, estimate="4.0"),
]
RESPONSES = [count(where={"ARM": x}, count="10") for x in "AB"] + [
    count(where=RESPONSE | {"ARM": x}, count=k) for x, k in (("A", "2"), ("B", "6"))
]


def serious(grades=(3, 4), **keys):
    return count(event={"APHASE": "RECHALLENGE"} | ({"ATOXGR": list(grades)} if grades else {}), **keys)


ARMS = [count(where={"ARM": x}, count="20") for x in "AB"]
BY_ARM = [*ARMS, *(count(where={"ARM": x, "SEX": "M"}, count=k) for x, k in (("A", "12"), ("B", "7")))]  # Fisher 0.205
between = partial(entry, "group_test", by="ARM")


def limits_of_age(*ranges):
    return [age["range"](where={"ARM": x}, range=r) for x, r in zip("AB", ranges, strict=True)]


def quartiles_of_age(*rows):
    return [
        age["median"](where={"ARM": x}, estimate=m, quartiles=[q, r]) for x, (q, m, r) in zip("AB", rows, strict=True)
    ]


AGES = [
    *ARMS,
    *(age["mean"](where={"ARM": x}, estimate=m, sd=s) for x, m, s in (("A", "62.0", "8.0"), ("B", "66.0", "9.0"))),
]
rate = partial(entry, "event_rate", per=100, unit="person-years", events="5", exposure="40.0")
mean_alive = partial(entry, "rmst", endpoint="OS", time=24)
HRS = [
    cox(where={"SEX": s}, hr=h, ci=c) for s, h, c in (("M", "0.50", ["0.30", "0.83"]), ("F", "0.60", ["0.35", "1.03"]))
]
CAPTIONS = [{"at": "Figure 4", "by": "SEX", "text": "by sex"}, {"at": "Figure 5", "by": "ARM", "text": "by arm"}]
ENDS = [
    {"at": x, "endpoint": "PFSR", "ends": e, "text": " or ".join(e)}
    for x, e in (("Abstract", ["progression", "death"]), ("Methods", ["progression"]))
]
ODD = [between(variable="AGE", p="0.97"), *(between(factor="SEX", at=f"T{i}", p="0.96") for i in range(10))]


def words(*texts):
    levels = ("MID", "HIGH")
    return [{"at": "M", "column": "PDL1", "level": x, "text": t} for x, t in zip(levels, texts, strict=False)]


STAGED = {
    "STAGE": {"levels": {"III": "III", "IV": "IV"}},
    "DISTMET": {"label": "Metastasis", "levels": {"N": "No", "Y": "Yes"}},
}
FEW = [spss(m, h, endpoint=e) for m, h, e in ((11.7, 5.301, "PFSR"), (6.2, 1.137, "PFS1"), (19.4, 7.713, "OS"))]
OFF_MIDDLE = [*FEW[:2], median(endpoint="OS", estimate="11.3", ci=["2.165", "18.436"]), spss(8.1, 2.222, where=MALE)]

BOTH_SEXES = [count(where=MALE, count="8"), count(where=FEMALE, count="5")]
CASES = [  # check, kind, wrong entries, right entries, keys of the top
    ("percentage", "impossible", [count(where=MALE, count="1", percent="7.8")], [count(where=MALE, count="1", percent="7.7")], {}),
    ("percentage", "convention", [count(where=MALE, count="6", percent="46.1")], [count(where=MALE, count="6", percent="46.2")], {}),
    ("percentage", "contradiction", [count(where=MALE, count="4", percent="46.2")], [count(where=MALE, count="4", percent="30.8")], {}),
    ("percentage", "convention", [count(where=MALE, count="6", percent="50.0")], [count(where=MALE, count="6", percent="46")], {}),
    ("percentage", "impossible", [count(where=MALE, percent="53.6")], [count(where=MALE, percent="53.8")], {}),
    ("percentage", "impossible", [count(where=MALE, denominator=8, count="3", percent="37.9")], [count(where=MALE, denominator=8, count="3", percent="37.5")], {}),
    ("percentage", "impossible", [count(where=MALE, count="8"), count(where={"ARM": "A"}, of=MALE, count="3", percent="37.9")],
     [count(where=MALE, count="8"), count(where={"ARM": "A"}, of=MALE, count="3", percent="37.5")], {}),
    ("percentages of the known", "convention",
     [count(where=MALE, count="7", percent="58.3"), count(where=FEMALE, count="5", percent="41.7")],
     [count(where=MALE, count="8", percent="61.5"), count(where=FEMALE, count="5", percent="38.5")], {}),
    ("rounding rule", "convention", [count(where=MALE, count="8", percent="61.5"), count(where=FEMALE, count="5", percent="38.4"), count(where={"ARM": "A"}, count="6", percent="46.1")],
     [count(where=MALE, count="8", percent="61.5"), count(where=FEMALE, count="5", percent="38.5")], {}),
    ("percentage", "contradiction", [count(where=MALE, count="20", percent="46.5")], [count(where=MALE, count="20", percent="64.5")], {"n": 31}),
    ("percentage", "contradiction", [count(where=MALE, count="12", percent="32.4")], [count(where=MALE, count="12", percent="33.3")], {"n": 36}),
    ("sums to 100", "note",
     [count(where={"PDL1": x}, count=k, percent=p) for x, k, p in (("LOW", "6", "46.1"), ("MID", "6", "46.2"), ("HIGH", "1", "7.7"))],
     [count(where={"PDL1": x}, count=k, percent=p) for x, k, p in (("LOW", "6", "46.2"), ("MID", "6", "46.2"), ("HIGH", "1", "7.7"))], {}),
    ("one count, two percentages", "contradiction",
     [count(where=MALE, count="7", percent="53.8"), count(where={"ARM": "A"}, count="7", percent="53.9")],
     [count(where=MALE, count="7", percent="53.8"), count(where={"ARM": "A"}, count="7", percent="54")], {}),
    ("classes", "contradiction", [count(where=MALE, count="9"), count(where=FEMALE, count="5")], [count(where=MALE, count="8"), count(where=FEMALE, count="5")], {}),
    ("classes", "note", [count(where=MALE, count="7"), count(where=FEMALE, count="5")], [count(where=MALE, count="7")], {}),
    ("classes", "note", [count(where={"BOR_RECHALLENGE": x}, count=k) for x, k in (("PR", "3"), ("SD", "4"), ("PD", "5"))],
     [count(where={"BOR_RECHALLENGE": x}, count=k) for x, k in (("PR", "3"), ("SD", "4"), ("PD", "6"))], {}),
    ("unions", "contradiction", [count(where={"PDL1": x}, count="4") for x in ("MID", "HIGH")] + [count(where={"PDL1GR1": "POS"}, count="9")],
     [count(where={"PDL1": x}, count="4") for x in ("MID", "HIGH")] + [count(where={"PDL1GR1": "POS"}, count="8")], {}),
    ("unions", "contradiction", [count(where={"BOR_RECHALLENGE": "SD"}, count="8"), count(where={"BOR_RECHALLENGE": ["CR", "PR", "SD"]}, count="7")],
     [count(where={"BOR_RECHALLENGE": "SD"}, count="8"), count(where={"BOR_RECHALLENGE": ["CR", "PR", "SD"]}, count="9")], {}),
    ("parts", "contradiction", [count(where=MALE, count="4"), count(where=MALE | {"ARM": "A"}, count="5")], [count(where=MALE, count="4"), count(where=MALE | {"ARM": "A"}, count="4")], {}),
    ("parts", "contradiction", [count(where=MALE, count="10"), count(where={"ARM": "A"}, count="10"), count(where=MALE | {"ARM": "A"}, count="6")],
     [count(where=MALE, count="10"), count(where={"ARM": "A"}, count="10"), count(where=MALE | {"ARM": "A"}, count="7")], {}),
    ("parts", "contradiction", [count(where=MALE, count="14")], [count(where=MALE, count="13")], {}),
    ("implications", "contradiction", [count(where={"BONE": "Y"}, count="8"), count(where={"METS": "Y"}, count="7")],
     [count(where={"BONE": "Y"}, count="4"), count(where={"LIVER": "Y"}, count="4"), count(where={"METS": "Y"}, count="7")],
     {"implications": [{"if": {x: "Y"}, "then": {"METS": "Y"}, "why": "a site"} for x in ("BONE", "LIVER")]}),
    ("subjects", "contradiction", [count(count="14")], [count(count="13")], {}),
    ("overlapping groups", "note", [count(where={"BONE": "Y"}, count="8"), count(where={"LIVER": "Y"}, count="6"), log_rank(by=["BONE", "LIVER"], p="0.3")],
     [count(where={"BONE": "Y"}, count="7"), count(where={"LIVER": "Y"}, count="6"), log_rank(by=["BONE", "LIVER"], p="0.3")], {}),
    ("several prints", "contradiction", [median(prints=[{"at": "A", "estimate": "2.90"}, {"at": "B", "estimate": "2.8"}])],
     [median(prints=[{"at": "A", "estimate": "11.7"}, {"at": "B", "estimate": "11.70"}, {"at": "C", "estimate": "12"}])], {}),
    ("several prints", "contradiction", [median(at="A", estimate="2.9"), median(at="B", estimate="2.8")], [median(at="A", estimate="2.9"), median(at="B", where=MALE, estimate="2.8")], {}),
    ("several prints", "convention", [log_rank(by="SEX", prints=[{"at": "A", "p": "0.048"}, {"at": "B", "p": "0.04"}])],
     [log_rank(by="SEX", prints=[{"at": "A", "p": "0.048"}, {"at": "B", "p": "0.05"}, {"at": "C", "p": "<0.05"}])], {}),
    ("several prints", "contradiction", [median(prints=[{"at": "A", "ci": ["1.2", "3.4"]}, {"at": "B", "ci": ["1.2", "3.5"]}])],
     [median(prints=[{"at": "A", "ci": ["1.2", "3.4"]}, {"at": "B", "ci": ["1.20", "3.41"]}, {"at": "C", "ci": "NA"}])], {}),
    ("several prints", "contradiction", [count(where=MALE, prints=[{"at": "A", "count": "4", "percent": "30.8"}, {"at": "B", "count": "6", "percent": "46.2"}])],
     [count(where=MALE, prints=[{"at": "A", "count": "6"}, {"at": "B", "count": "6", "percent": "46.2"}])], {}),
    ("P of zero", "convention", [log_rank(by="SEX", p="0.000")], [log_rank(by="SEX", p="<0.001")], {}),
    ("stated sum", "contradiction", [entry("stated", value="116", sum_of=["e1", "e2"]), entry("stated", value="10"), entry("stated", value="107")],
     [entry("stated", value="116", sum_of=["e1", "e2"]), entry("stated", value="10"), entry("stated", value="106")], {}),
    ("range of a statistic", "impossible", [count(where=MALE, percent="104.0")], [count(where=MALE, percent="100.0")], {}),
    ("range of a statistic", "impossible", [log_rank(by="SEX", p="1.2")], [log_rank(by="SEX", p="1.0")], {}),
    ("mean", "convention", [age["mean"](estimate="5.19")], [age["mean"](estimate="5.18")], {"n": 28}),
    ("mean", "convention", [age["mean"](estimate="5.19"), age["range"](range=["1", "9"])], [age["mean"](estimate="5.25"), age["range"](range=["1", "9"])], {"n": 4}),
    ("mean", "impossible", [score(estimate="3.117")], [score(estimate="3.125")], {"n": 40}),
    ("mean", "convention", [age["mean"](estimate="66.07")], [age["mean"](estimate="66.08")], {}),
    ("standard deviation", "contradiction", [age["mean"](estimate="3.50", sd="1.85")], [age["mean"](estimate="3.50", sd="1.73")], {"n": 4}),
    ("median", "convention", [age["median"](estimate="66.1")], [age["median"](estimate="66.5")], {"n": 14}),
    ("median", "convention", [age["median"](estimate="66.1"), age["mean"](estimate="66.143")], [age["median"](estimate="66.5"), age["mean"](estimate="66.143")], {"n": 14}),
    ("median", "convention", [age["median"](estimate="66.5")], [age["median"](estimate="66")], {}),
    ("order", "contradiction", [age["median"](estimate="57"), age["range"](range=["58", "70"])], [age["median"](estimate="58"), age["range"](range=["58", "70"])], {}),
    ("order", "contradiction", [age["mean"](estimate="71.8"), age["range"](range=["58", "70"])], [age["mean"](estimate="65.0"), age["range"](range=["58", "70"])], {}),
    ("order", "contradiction", [age["mean"](estimate="65.0", sd="9.1"), age["range"](range=["58", "70"])], [age["mean"](estimate="65.0", sd="5.1"), age["range"](range=["58", "70"])], {}),
    ("order", "contradiction", [age["mean"](estimate="65.0", sd="2.0"), age["median"](estimate="60")], [age["mean"](estimate="65.0", sd="6.0"), age["median"](estimate="60")], {}),
    ("classes of a number", "contradiction",
     [count(where={"AGEGR1": "<60"}, count="8"), count(where={"AGEGR1": ">=60"}, count="5"), age["median"](estimate="67")],
     [count(where={"AGEGR1": "<60"}, count="5"), count(where={"AGEGR1": ">=60"}, count="8"), age["median"](estimate="67"), age["range"](range=["58", "70"])], {}),
    ("classes of a number", "contradiction",
     [count(where={"AGEGR1": "<60"}, count="5"), count(where={"AGEGR1": ">=60"}, count="8"), age["range"](range=["61", "70"])],
     [count(where={"AGEGR1": "<60"}, count="0"), count(where={"AGEGR1": ">=60"}, count="13"), age["range"](range=["61", "70"])], {}),
    ("classes of a number", "contradiction",  # 4 below 60 and 4 at 60 or more: the median lies between (50 + 60)/2 and (59 + 80)/2
     [count(where={"AGEGR1": "<60"}, count="4"), count(where={"AGEGR1": ">=60"}, count="4"), age["median"](estimate="71"), age["range"](range=["50", "80"], whole=True)],
     [count(where={"AGEGR1": "<60"}, count="4"), count(where={"AGEGR1": ">=60"}, count="4"), age["median"](estimate="69.5"), age["range"](range=["50", "80"])], {"n": 8}),
    ("eligibility", "contradiction", [age["range"](range=["58", "77"])], [age["range"](range=["18", "75"])], {"eligibility": [{"label": "18 to 75", "column": "AGE", "min": 18, "max": 75}]}),
    ("eligibility", "contradiction", [count(where={"BONE": "Y"}, count="1")], [count(where={"BONE": "Y"}, count="0")], {"eligibility": [{"label": "No bone metastasis", "column": "BONE", "in": ["N"]}]}),
    ("estimate and interval", "contradiction", [median(estimate="2.9", ci=["3.1", "4.0"])], [median(estimate="3.1", ci=["3.1", "4.0"])], {}),
    ("estimate and interval", "contradiction", [cox(hr="1.2", ci=["0.82", "0.99"])], [cox(hr="0.91", ci=["0.82", "0.99"])], {}),
    ("Wald", "convention", [cox(hr="6.389", ci=["1.557", "30.032"])], [cox(hr="6.839", ci=["1.557", "30.032"])], {}),
    ("Wald", "contradiction", [cox(hr="6.389", ci=["1.557", "30.032"])], [cox(hr="6.839", ci=["1.557", "30.032"])], {"software": "SPSS 26"}),
    ("Wald", "convention", [cox(hr="6.839", ci=["1.557", "30.032"], p="0.9")], [cox(hr="6.839", ci=["1.557", "30.032"], p="0.011")], {}),
    ("Wald", "contradiction", [cox(prints=[{"at": "T", "hr": "6.839", "ci": ["1.557", "30.032"], "p": "0.9", "method": "log-rank"}])], [cox(hr="6.839", ci=["1.557", "30.032"], p="0.011")], {}),
    ("Wald", "convention", [cox(hr="0.69", ci=["0.51", "0.92"], p="0.05")], [cox(hr="0.69", ci=["0.51", "0.92"], p="0.01")], {}),
    ("Wald", "contradiction", [cox(hr="0.91", ci=["0.70", "1.18"], p="<0.001")], [cox(hr="0.60", ci=["0.50", "0.72"], p="<0.001")], {}),
    ("middle of an interval", "contradiction", OFF_MIDDLE, [*FEW, spss(8.1, 2.222, where=MALE)], {"software": "SPSS 26"}),
    ("middle of an interval", "unlikely", OFF_MIDDLE, [*FEW, spss(8.1, 2.222, where=MALE)], {}),
    ("middle of an interval", "convention", [*FEW, spss(8.1, 2.222, where=MALE), median(where=FEMALE, estimate="8.28", ci=["8.28", "9.66"])], [*FEW, spss(8.1, 2.222, where=MALE)], {}),
    ("kind of interval", "convention", FEW, FEW[:1], {"software": "R 4.4.1"}),
    ("kind of interval", "convention", [median(estimate="11.7", ci=["6.4", "19.0"]), median(endpoint="OS", estimate="5.0", ci=["4.4", "9.0"])], FEW, {"software": "SPSS 26"}),
    ("limit of 0", "note", [*FEW, spss(7.4, 10.479, where=MALE)], [*FEW, spss(7.4, 5.479, where=MALE)], {}),
    ("medians of parts", "note", [median(estimate="7.0"), median(where=MALE, estimate="5.4"), median(where=FEMALE, estimate="1.1")],
     [median(estimate="2.90"), median(where=MALE, estimate="1.68"), median(where=FEMALE, estimate="3.06")], {}),
    ("medians of parts", "contradiction", [*BOTH_SEXES, median(estimate="7.0"), median(where=MALE, estimate="8.4"), median(where=FEMALE, estimate="9.1")],
     [*BOTH_SEXES, median(estimate="7.0"), median(where=MALE, estimate="7.0"), median(where=FEMALE, estimate="9.1")], {"exclusions": ALL_EVENTS}),
    ("medians of parts", "convention", [median(estimate="7.0"), median(where=MALE, estimate="8.4"), median(where=FEMALE, estimate="9.1")],
     [median(estimate="7.0"), median(where=MALE, estimate="7.0"), median(where=FEMALE, estimate="9.1")], {"exclusions": ALL_EVENTS}),  # some may be of no sex that is printed
    ("medians of parts", "contradiction", [*BOTH_SEXES, median(estimate="7.0"), median(where=MALE, estimate="5.4"), median(where=FEMALE, estimate="1.1"), entry("events", endpoint="PFSR", count="13")],
     [median(estimate="7.0"), median(where=MALE, estimate="5.4"), median(where=FEMALE, estimate="1.1"), entry("events", endpoint="PFSR", count="11")], {}),
    ("medians of parts", "note", [median(where={"ARM": "A"}, estimate="7.0"), *(median(where={"SEX": s}, literal={"SEX": s, "ARM": "A"}, estimate=e) for s, e in (("M", "5.4"), ("F", "1.1")))],
     [median(where={"ARM": "A"}, estimate="7.0"), *(median(where={"SEX": s}, estimate=e) for s, e in (("M", "5.4"), ("F", "1.1")))], {}),
    ("intervals without censoring", "contradiction", [*FEW, count(where=MALE, count="10"), spss(11.7, 3.455, where=MALE)],
     [*FEW[1:], spss(11.7, 5.317), count(where=MALE, count="10"), spss(11.7, 3.409, where=MALE)], {"grid": 0.1, "exclusions": ALL_EVENTS, "n": 14}),  # spacings 2.9 and 2.2
    ("longest time", "contradiction", [entry("longest", endpoint="PFSR", estimate="14.7"), median(where=MALE, estimate="14.8")],
     [entry("longest", endpoint="PFSR", estimate="14.7"), median(where=MALE, estimate="14.7"), median(endpoint="OS", estimate="20.1")], {}),
    ("survival at a time", "contradiction", [entry("survival_at", endpoint="PFSR", time=6, percent="61.5"), median(estimate="5.9")],
     [entry("survival_at", endpoint="PFSR", time=6, percent="46.2"), median(estimate="5.9")], {}),
    ("survival at a time", "contradiction", [entry("survival_at", endpoint="PFSR", time=t, percent=s) for t, s in ((6, "40.1"), (12, "41.2"))],
     [entry("survival_at", endpoint="PFSR", time=t, percent=s) for t, s in ((12, "40.1"), (6, "41.2"))], {}),
    ("classes of a time", "contradiction", [median(endpoint="PFS1", estimate="5.2"), count(where={"PFS1GR1": ">=6"}, count="7")],
     [median(endpoint="PFS1", estimate="5.2"), count(where={"PFS1GR1": ">=6"}, count="6")], {}),
    ("any event", "contradiction", [rash(2, term=""), rash(3)], [rash(3, term=""), rash(3), rash(2, term="Cough")], {}),
    ("any event", "note", [rash(6, term=""), rash(3), rash(2, term="Cough")], [rash(5, term=""), rash(3), rash(2, term="Cough")], {}),
    ("any event", "note", [rash(7, [3, 4], term=""), rash(3, [3, 4]), rash(3, [1, 2])], [rash(3, [3, 4], term=""), rash(3, [3, 4]), rash(9, [1, 2])], {}),
    ("grades", "contradiction", [rash(2), rash(3, [1, 2])], [rash(4), rash(3, [1, 2]), rash(1, [3, 4])], {}),
    ("grades", "convention", [rash(3), rash(3, [1, 2]), rash(1, [3, 4])], [rash(4), rash(3, [1, 2]), rash(1, [3, 4, 5])], {}),
    ("grades", "contradiction", [rash(5), rash(3, [1, 2]), rash(1, [3, 4, 5])], [rash(5), rash(3, [1, 2]), rash(1, [3, 4])], {}),
    ("log-rank and Cox", "contradiction", [cox(hr="0.30", ci=["0.14", "0.64"]), log_rank(by="ARM", p="0.74")], [cox(hr="0.30", ci=["0.14", "0.64"]), log_rank(by="ARM", p="0.001")], {"n": 40}),
    ("A against B", "contradiction", [cox(hr="0.50", ci=["0.10", "2.50"]), cox(hr="1.50", ci=["0.30", "7.50"], group="A", against="B")],
     [cox(hr="0.50", ci=["0.10", "2.50"]), cox(hr="2.00", ci=["0.40", "10.0"], group="A", against="B")], {}),
    ("events and interval", "contradiction", [cox(hr="0.70", ci=["0.55", "0.89"])], [cox(hr="0.70", ci=["0.38", "1.29"])], {"n": 41}),
    ("events and interval", "convention", [cox(hr="0.70", ci=["0.46", "1.06"])], [cox(hr="0.70", ci=["0.37", "1.32"])], {"n": 41}),
    ("ratio and medians", "convention", [*BOTH, cox(hr="0.40", ci=["0.26", "0.62"])], [*BOTH, cox(hr="2.50", ci=["1.61", "3.88"])], {"n": 100}),
    ("ratio and counts", "contradiction", [*RESPONSES, odds(or_="2.00")], [*RESPONSES, odds(or_="6.00")], {"n": 20}),
    ("ratio and counts", "contradiction", [*RESPONSES, odds(or_="0.17")], [*RESPONSES, odds(or_="5.43")], {"n": 20}),  # fisher.test: 5.43
    ("subjects and interval", "contradiction", [alive(percent="33.3", ci=["32.0", "34.7"])], [alive(percent="33.3", ci=["19.5", "48.0"])], {"n": 40}),
    ("subjects and interval", "convention", [alive(percent="50.0", ci=["38.0", "62.0"])], [alive(percent="50.0", ci=["34.5", "65.5"])], {"n": 40}),
    ("events of subjects", "contradiction", [fails(count="14")], [fails(count="13")], {}),
    ("events of subjects", "contradiction", [fails(count="5"), fails(count="6", where=MALE)], [fails(count="6"), fails(count="6", where=MALE)], {}),
    ("events of subjects", "contradiction", [fails(count="12"), count(where=MALE, count="8"), fails(count="6", where=MALE)],
     [fails(count="11"), count(where=MALE, count="8"), fails(count="6", where=MALE)], {}),
    ("events of parts", "contradiction", [fails(count="9"), fails(count="5", where=MALE), fails(count="5", where=FEMALE)],
     [fails(count="10"), fails(count="5", where=MALE), fails(count="5", where=FEMALE)], {}),
    ("events of parts", "contradiction", [*SEXES, fails(count="11"), fails(count="5", where=MALE), fails(count="5", where=FEMALE)],
     [fails(count="11"), fails(count="5", where=MALE), fails(count="5", where=FEMALE)], {}),
    ("deaths", "convention", [fails(count="5"), fails(count="6", endpoint="OS")], [fails(count="6"), fails(count="6", endpoint="OS")], {}),
    ("PFS and OS at a time", "unlikely", [alive(percent="60"), alive(percent="40", endpoint="OS")], [alive(percent="40"), alive(percent="40.0", endpoint="OS")], {"n": 40}),
    ("PFS and OS medians", "unlikely", [median(estimate="12.0"), median(endpoint="OS", estimate="8.0")], [median(estimate="8.0"), median(endpoint="OS", estimate="8.0")], {"n": 60}),
    ("PFS and OS medians", "contradiction", [median(estimate="9.0"), median(endpoint="OS", estimate="8.0"), fails(count="13"), fails(endpoint="OS", count="13")],
     [median(estimate="8.0"), median(endpoint="OS", estimate="8.04"), fails(count="13"), fails(endpoint="OS", count="13")], {}),
    ("not reached", "contradiction", [median(estimate="NR"), fails(count="7")], [median(estimate="NR"), fails(count="6")], {}),
    ("not reached", "contradiction", [median(estimate="NR", ci=["4.0", "9.0"])], [median(estimate="NR", ci=["4.0", "NR"])], {}),
    ("limit not reached", "contradiction", [median(estimate="5.0", ci=["4.0", "NR"]), fails(count="40")], [median(estimate="5.0", ci=["4.0", "NR"]), fails(count="39")], {"n": 40}),
    ("longest of endpoints", "contradiction", [entry("longest", endpoint="OS", estimate="14.7"), entry("median_follow_up", endpoint="OS", estimate="14.9"), fails(count="1", endpoint="OS")],
     [entry("longest", endpoint="OS", estimate="14.7"), entry("median_follow_up", endpoint="OS", estimate="14.7")], {}),
    ("longest of endpoints", "contradiction", [entry("longest", endpoint="OS", estimate="14.7"), entry("longest", endpoint="PFSR", estimate="15.7")],
     [entry("longest", endpoint="OS", estimate="14.7"), entry("longest", endpoint="PFSR", estimate="14.7")], {}),
    ("negative limit", "impossible", [median(estimate="6.8", ci=["-5.8", "7.8"])], [median(estimate="6.8", ci=["5.8", "7.8"])], {}),
    ("negative limit", "convention", [median(estimate="6.8", ci=["-1.0", "14.6"])], [median(estimate="6.8", ci=["0", "14.6"])], {}),
    ("larger part", "contradiction", [count(where=RESPONSE, percent="23.1"), count(where=CONTROL, percent="15.4")], [count(where=RESPONSE, percent="15.4"), count(where=CONTROL, percent="15.4")], {}),
    ("larger grade", "contradiction", [serious(percent="23.1"), serious(percent="15.4", grades=None)], [serious(percent="15.4"), serious(percent="15.4", grades=None)], {}),
    ("tests of counts", "contradiction", [*BY_ARM, between(factor="SEX", p="0.02")], [*BY_ARM, between(factor="SEX", p="0.205")], {"n": 40}),
    ("tests of counts", "contradiction", [*BY_ARM, between(factor="SEX", p="0.002")], [*BY_ARM, between(factor="SEX", p="0.113")], {"n": 40}),
    ("tests of counts", "convention", [*BY_ARM, between(factor="SEX", prints=[{"at": "T", "p": "0.113", "method": "Fisher"}])],
     [*BY_ARM, between(factor="SEX", prints=[{"at": "T", "p": "0.113", "method": "chi-square"}])], {"n": 40}),
    ("tests of counts", "contradiction", [*RESPONSES, between(event_of=RESPONSE, p="0.60")], [*RESPONSES, between(event_of=RESPONSE, p="0.17")], {"n": 20}),
    ("tests of means", "contradiction", [*AGES, between(variable="AGE", prints=[{"at": "T", "p": "0.011", "method": "t test"}])],
     [*AGES, between(variable="AGE", prints=[{"at": "T", "p": "0.146", "method": "t test"}])], {"n": 40}),
    ("tests of means", "convention", [*AGES, between(variable="AGE", p="0.011")], [*AGES, between(variable="AGE", p="0.15")], {"n": 40}),
    ("tests of means", "impossible", [between(variable="AGE", prints=[{"at": "T", "p": "<0.0001", "method": "Mann-Whitney"}])],
     [between(variable="AGE", prints=[{"at": "T", "p": "<0.01", "method": "Mann-Whitney"}])], {}),
    ("baseline P values", "note", ODD, ODD[:5], {}),
    ("interval of a share", "contradiction", [count(where=MALE, count="17", percent="32.7", ci=["27.1", "38.9"])],
     [count(where=MALE, count="17", percent="32.7", ci=["20.3", "47.1"])], {"n": 52}),
    ("interval of a share", "convention", [count(where=MALE, count="17", percent="32.7", ci=["22.0", "43.4"])],
     [count(where=MALE, count="17", percent="32.7", ci=["21.5", "46.2"])], {"n": 52}),
    ("differences", "contradiction", [*RESPONSES, entry("difference", event_of=RESPONSE, by="ARM", group="B", against="A", difference="30.0")],
     [*RESPONSES, entry("difference", event_of=RESPONSE, by="ARM", group="B", against="A", difference="40.0")], {"n": 20}),
    ("differences", "contradiction", [*RESPONSES, entry("risk_ratio", event_of=RESPONSE, by="ARM", group="B", against="A", rr="0.33")],
     [*RESPONSES, entry("risk_ratio", event_of=RESPONSE, by="ARM", group="B", against="A", rr="3.00")], {"n": 20}),
    ("restricted means", "impossible", [mean_alive(estimate="25.1")], [mean_alive(estimate="23.1")], {}),
    ("restricted means", "contradiction", [mean_alive(estimate="18.1"), median(endpoint="OS", estimate="10.0")], [mean_alive(estimate="12.0"), median(endpoint="OS", estimate="10.0")], {}),
    ("rates", "contradiction", [rate(estimate="15.2")], [rate(estimate="12.5")], {}),
    ("subgroups and whole", "convention", [*HRS, cox(hr="1.20", ci=["0.83", "1.74"])], [*HRS, cox(hr="0.55", ci=["0.38", "0.79"])], {"n": 200}),
    ("interaction", "contradiction", [*HRS, entry("interaction", endpoint="PFSR", by="ARM", across="SEX", p="0.01")],
     [*HRS, entry("interaction", endpoint="PFSR", by="ARM", across="SEX", p="0.63")], {"n": 200}),
    ("captions", "contradiction", [log_rank(at="Figure 4", by="ARM", p="0.3"), log_rank(at="Figure 5", by="SEX", p="0.3")],
     [log_rank(at="Figure 4", by="SEX", p="0.3"), log_rank(at="Figure 5", by="ARM", p="0.3")], {"captions": CAPTIONS}),
    ("without a grade", "convention", [rash(3, [1, 2], ungraded=["Text"]), rash(1, [3, 4])], [rash(3, [1, 2], ungraded=["Text"]), rash(0, [3, 4])], {}),
    ("accrual", "contradiction", [entry("longest", endpoint="OS", estimate="36.4")], [entry("longest", endpoint="OS", estimate="31.0")],
     {"accrual": {"at": "M", "first": "2020-05", "cutoff": "2022-12-31"}}),
    ("accrual", "convention", [entry("longest", endpoint="OS", estimate="34.6")], [entry("longest", endpoint="OS", estimate="31.0")],
     {"accrual": {"at": "M", "first": "2020-05", "cutoff": "2022-12-31"}}),  # 974 days: 32.0 months, 34.8 of 28 days
    ("stage and metastasis", "contradiction", [count(where={"STAGE": "IV"}, count="6"), count(where={"DISTMET": "Y"}, count="7")],
     [count(where={"STAGE": "IV"}, count="7"), count(where={"DISTMET": "Y"}, count="7")], {"factors": STAGED}),
    ("stage and metastasis", "note", [count(where={"STAGE": "IV"}, count="8"), count(where={"DISTMET": "Y"}, count="7")],
     [count(where={"DISTMET": "Y"}, count="7")], {"factors": STAGED}),
    ("sites and subjects", "note", [count(where={"BONE": "Y"}, count="5"), count(where={"LIVER": "Y"}, count="4"), count(where={"METS": "Y"}, count="7")],
     [count(where={"BONE": "Y"}, count="4"), count(where={"LIVER": "Y"}, count="3"), count(where={"METS": "Y"}, count="7")],
     {"implications": [{"if": {x: "Y"}, "then": {"METS": "Y"}, "why": "a site"} for x in ("BONE", "LIVER")]}),
    ("bounds of a spread", "contradiction", [score(estimate="1.0", sd="2.4"), entry("range", variable="SCORE", range=["0", "5"])],
     [score(estimate="1.0", sd="1.9"), entry("range", variable="SCORE", range=["0", "5"])], {}),
    ("bounds of a spread", "contradiction", [score(estimate="0.20", sd="0.30"), entry("range", variable="SCORE", range=["0", "1"])],
     [score(estimate="0.20", sd="0.41"), entry("range", variable="SCORE", range=["0", "1"])], {"n": 50}),
    ("grades", "convention", [rash(5), rash(2, [1, 2]), rash(1, [3, 4])], [rash(5), rash(4, [1, 2]), rash(1, [3, 4])], {}),
    ("curve without events", "contradiction", [fails(count="0", endpoint="OS"), median(endpoint="OS", estimate="10.0", ci=["8.0", "12.0"])],
     [fails(count="8", endpoint="OS"), median(endpoint="OS", estimate="10.0", ci=["8.0", "12.0"])], {"n": 40}),
    ("tests of limits", "contradiction", [*ARMS, *limits_of_age(["40", "55"], ["60", "75"]), between(variable="AGE", p="0.50")],
     [*ARMS, *limits_of_age(["40", "65"], ["60", "75"]), between(variable="AGE", p="0.50")], {"n": 40}),
    ("tests of limits", "contradiction", [*ARMS, *limits_of_age(["40", "55"], ["60", "75"]), between(variable="AGE", prints=[{"at": "T", "p": "0.50", "method": "t test"}])],
     [*ARMS, *limits_of_age(["40", "55"], ["60", "75"]), between(variable="AGE", prints=[{"at": "T", "p": "<0.001", "method": "t test"}])], {"n": 40}),
    ("tests of limits", "convention", [*ARMS, *quartiles_of_age(["40", "50", "55"], ["60", "66", "70"]), between(variable="AGE", p="0.90")],
     [*ARMS, *quartiles_of_age(["40", "50", "55"], ["60", "66", "70"]), between(variable="AGE", p="0.20")], {"n": 40}),
    ("unions of unions", "contradiction", [count(where=RESPONSE, count="3"), count(where=CONTROL, count="9"), count(where={"BOR_RECHALLENGE": "SD"}, count="5")],
     [count(where=RESPONSE, count="3"), count(where=CONTROL, count="9"), count(where={"BOR_RECHALLENGE": "SD"}, count="6")], {}),
    ("rates of parts", "contradiction", [*ARMS, fails(count="39"), *(alive(percent=p, **w) for p, w in (("39.0", {}), ("30.0", {"where": {"ARM": "A"}}), ("40.0", {"where": {"ARM": "B"}})))],
     [*ARMS, fails(count="37"), *(alive(percent=p, **w) for p, w in (("39.0", {}), ("30.0", {"where": {"ARM": "A"}}), ("40.0", {"where": {"ARM": "B"}})))], {"n": 40}),
    ("moments and limits", "contradiction", [age["range"](range=["60", "80"]), age["median"](estimate="65", quartiles=["64", "66"]), age["mean"](estimate="75.0")],
     [age["range"](range=["60", "80"]), age["median"](estimate="65", quartiles=["64", "66"]), age["mean"](estimate="67.5")], {"n": 100}),
    ("moments and limits", "contradiction", [age["median"](estimate="60", quartiles=["50", "70"]), age["mean"](estimate="60.0", sd="5.0")],
     [age["median"](estimate="60", quartiles=["50", "70"]), age["mean"](estimate="60.0", sd="8.0")], {"n": 100}),
    ("moments and limits", "contradiction", [age["range"](range=["20", "90"]), age["mean"](estimate="60.0", sd="5.0")],
     [age["range"](range=["20", "90"]), age["mean"](estimate="60.0", sd="12.0")], {"n": 20}),
    ("quartiles and classes", "contradiction", [count(where={"AGEGR1": "<60"}, count="20"), count(where={"AGEGR1": ">=60"}, count="80"), age["median"](estimate="66", quartiles=["55", "72"])],
     [count(where={"AGEGR1": "<60"}, count="25"), count(where={"AGEGR1": ">=60"}, count="75"), age["median"](estimate="66", quartiles=["59", "72"])], {"n": 100}),
    ("named events", "note", [rash(2), count(where={"ARM": "A"}, count="3", includes={"APHASE": "RECHALLENGE", "AEDECOD": ["Rash", "Fever"]})],
     [rash(2), rash(1, term="Fever"), count(where={"ARM": "A"}, count="3", includes={"APHASE": "RECHALLENGE", "AEDECOD": ["Rash", "Fever"]})], {}),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("check, kind, wrong, right, top", CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_a_check_fires_on_an_error_and_is_silent_on_a_correct_table(paper, check, kind, wrong, right, top):
    assert (check, kind) in {(f.check, f.kind) for f in paper(wrong, **top)}
    assert check not in {f.check for f in paper(right, **top)}


WORDED = [  # check, kind, wrong words, right words: what stands beside the numbers
    ("definitions", "contradiction", {"definitions": ENDS}, {"definitions": ENDS[:1] * 2}),
    ("definitions", "note", {"definitions": words("less than 6 months", "more than 6 months")},
     {"definitions": words("less than 6 months", "6 months or more")}),
    ("definitions", "note", {"definitions": words("as many as three lesions")}, {"definitions": words("three or more lesions")}),
    ("definitions", "convention", {"definitions": words("up to three lesions", "three or more lesions")},
     {"definitions": words("fewer than three lesions", "three or more lesions")}),
    ("numbered lists", "note", {"enumerations": [{"at": "M", "what": "Inclusion criteria", "numbers": [1, 2, 2, 4]}]},
     {"enumerations": [{"at": "M", "what": "Inclusion criteria", "numbers": [1, 2, 3, 4]}]}),
    ("exclusions", "note", {"exclusions": ALL_EVENTS}, {"exclusions": [ALL_EVENTS[0] | {"says": "other"}]}),
]  # fmt: skip


@pytest.mark.parametrize("check, kind, wrong, right", WORDED, ids=[f"{i}-{c[0]}" for i, c in enumerate(WORDED)])
def test_words_are_held_against_each_other(paper, check, kind, wrong, right):
    assert (check, kind) in {(f.check, f.kind) for f in paper([], **wrong)}
    assert check not in {f.check for f in paper([], **right)}


def test_every_check_of_a_registry_has_a_case_that_makes_it_fire():
    about_cited = {"cited percentage", "cited number", "sentence about a table", "class definitions"}
    about_cited |= {"at risk of parts", "at risk for PFS and OS"}  # of curves, in the tests of relations
    about_cited |= {case[0] for case in (*WORDED, *RELATIONS, *NAMED)} | {"claims"}
    assert {case[0] for case in CASES} | about_cited == {check.name for check in CHECKS}
    assert set(KINDS) == {case[1] for case in CASES}


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        (["<5", "5-10", ">=10"], "convention"),
        (["1-50%", "\u226550%"], "convention"),
        (["40-60 years", "50-70 years"], "convention"),
        (["<65", ">65"], "note"),
        (["0-4", "6-9"], "note"),
        (["<5", "5-9", ">=10"], None),
        (["\u226465 years", ">65 years"], None),
        (["18.5-23.9", ">=24", "<18.5"], None),
        (["<1%", "1\u201349%", "\u226550%"], None),
        (["Never", "Ever"], None),
    ],
)
def test_classes_that_share_a_value_or_leave_a_gap_are_named(paper, levels, kind):
    found = paper([], factors={"N": {"levels": levels}})
    assert [f.kind for f in found if f.check == "class definitions"] == ([kind] if kind else [])


def test_an_impossible_finding_names_the_wrong_cell_alone(paper):
    [finding] = [
        f
        for f in paper([count(where=MALE, count="1", percent="7.8"), count(where=FEMALE, count="12", percent="92.3")])
        if f.kind == "impossible"
    ]
    assert finding.cells == (("e0", "percent", "7.8"),) and finding.admissible == ("7.6", "7.7")
    assert "1 of 13 (7.69)" in finding.wording and finding.places == ("Table 1",)


def test_the_same_misprint_at_many_places_is_one_finding(paper):
    found = paper([count(where={"PDL1": x}, count="1", percent="7.8", at=["Text", x]) for x in ("LOW", "MID", "HIGH")])
    impossible = [f for f in found if f.kind == "impossible"]
    assert len(impossible) == 1 and len(impossible[0].cells) == 3
    assert impossible[0].places == ("Text", "LOW", "MID", "HIGH")


def test_a_percentage_stands_with_the_count_of_its_own_place(paper):
    found = paper(
        [
            count(
                where=MALE,
                prints=[
                    {"at": "A", "count": "4", "percent": "30.8"},
                    {"at": "B", "count": "6"},
                    {"at": "C", "percent": "46.2"},
                ],
            )
        ]
    )
    assert {f.check for f in found} == {"several prints"}


def test_a_mean_printed_as_a_median_is_said_to_be_the_mean(paper):
    found = paper([age["median"](estimate="66.1"), age["mean"](estimate="66.143")], n=14)
    assert [f.check for f in found] == ["median"] and "It is the mean (66.143" in found[0].wording


def test_ages_with_printed_fractions_are_not_taken_for_whole_years(paper):
    assert not paper([age["median"](estimate="66.1"), age["range"](range=["58.4", "70.9"])], n=14)


def test_counts_that_a_class_leaves_open_are_no_fault(paper):
    assert not paper(
        [count(where={"METS": "Y"}, count="7"), *(count(where={x: "Y"}, count="4") for x in ("BONE", "LIVER"))]
    )


def test_profile_intervals_and_tests_of_another_name_are_left_alone(paper):
    print_ = [{"at": "T", "hr": "6.389", "ci": ["1.557", "30.032"], "p": "0.0004", "method": "profile likelihood"}]
    assert not paper([cox(prints=print_)])


def test_a_hazard_ratio_on_the_edge_of_its_rounding_window_is_left_alone(paper):
    # sqrt(0.82 x 0.99) = 0.901 prints 0.90; but sqrt(0.825 x 0.995) = 0.906 prints 0.91.
    assert not paper([entry("pooled", outcome="OS", hr="0.91", ci=["0.82", "0.99"])])
    assert paper([entry("pooled", outcome="OS", hr="0.92", ci=["0.82", "0.99"])])


@pytest.mark.slow
def test_ratio_intervals_and_p_values_of_r_are_left_alone_and_found_when_changed(paper):
    """Against coefficients, standard errors and P values of R's coxph, printed with three decimals."""
    reference = pd.read_csv("tests/reference/cox.csv")
    rows = reference[(reference["form"] == "group") & reference["se"].lt(2)]
    for row in rows.itertuples():
        hr, low, high = (2.718281828459045**v for v in (row.coef, row.low, row.high))
        right = {"hr": f"{hr:.3f}", "ci": [f"{low:.3f}", f"{high:.3f}"], "p": f"{row.p:.3f}"}
        if row.p < 0.0005:
            continue
        assert not paper([cox(**right)], n=1000), right
        assert {f.check for f in paper([cox(**right | {"p": f"{(row.p + 0.5) % 1:.3f}"})], n=1000)} == {"Wald"}
    assert len(rows) > 1


@pytest.mark.parametrize(
    "method, kinds", [("stratified log-rank", set()), ("", {"convention"}), ("log-rank", {"contradiction"})]
)
def test_a_stratified_p_is_held_against_what_chance_in_the_strata_does(paper, method, kinds):
    """HR 0.81 (0.47-1.38), P 0.8276: right numbers of a subgroup of 88 with 54 events, by a test with two strata."""
    print_ = {"at": "T", "hr": "0.81", "ci": ["0.47", "1.38"], "p": "0.8276"} | ({"method": method} if method else {})
    found = paper([cox(prints=[print_], endpoint="OS", where={"SEX": "M"}, group="B", against="A")], n=438)
    assert {f.kind for f in found if f.check == "Wald"} == kinds


def test_log_rank_statistics_of_r_beside_cox_lie_within_what_is_allowed():
    """Against R's survdiff beside coxph (tests/reference/log_rank_beside_cox.R): least and greatest difference seen."""
    for row in pd.read_csv("tests/reference/log_rank_beside_cox.csv").itertuples():
        kinds, at_visits = (("stratified",), False) if row.strata > 1 else (("score",), True)
        of = (row.n1, row.n0), row.events, float(np.log(row.hr)), row.z, kinds, at_visits
        least, most = differences_of_tests(*of)
        assert least <= row.least and row.most <= most, row


def test_of_two_prints_the_one_that_a_third_backs_is_not_accused(paper):
    """HR 1.79 and 0.56 beside 0.25-1.26; 8 of 31 as 25.8% and 35.8%: the right ones and the interval are no fault."""
    ratio = [
        {"at": "Text", "hr": "1.79", "ci": ["0.25", "1.26"]},
        {"at": "Table 2", "hr": "0.56", "ci": ["0.25", "1.26"]},
    ]
    share = [{"at": "Text", "count": "8", "percent": "35.8"}, {"at": "Table 2", "count": "8", "percent": "25.8"}]
    found = paper([cox(prints=ratio, endpoint="OS"), count(where=MALE, prints=share)], n=31)
    assert {f.check for f in found} >= {"several prints", "estimate and interval", "one count, two percentages"}
    assert {text for f in found if f.kind in ("impossible", "contradiction") for _, _, text in f.cells} == {
        "1.79",
        "35.8",
    }
    assert {f.admissible for f in found if "1.79" in f.wording} == {("0.56",)}


def test_two_prints_that_an_interval_does_not_part_are_both_open(paper):
    ratio = [{"at": "Text", "hr": "0.65", "ci": ["0.25", "1.26"]}, {"at": "Table 2", "hr": "0.56"}]
    [both] = [f for f in paper([cox(prints=ratio, endpoint="OS")], n=31) if f.check == "several prints"]
    assert {text for _, _, text in both.cells} == {"0.65", "0.56"}


def test_percentages_of_fewer_with_digits_cut_off_are_one_finding(paper):
    """39 and 112 of 184 are 21.195...% and 60.869...%, cut off 21.19 and 60.86; of 195 they are none."""
    shares = [count(where=RESPONSE, count="39", percent="21.19"), count(where=CONTROL, count="112", percent="60.86")]
    [found] = paper(shares, n=195)
    assert (found.check, found.kind) == ("percentage", "convention") and "184 of 195" in found.wording


def test_a_follow_up_to_the_cut_off_may_be_longer_than_the_longest_time_of_a_few(paper):
    """Of four nobody died and two were lost before 545 days; to the cut-off it is a median of 568 days."""
    numbers = [fails(count="0", endpoint="OS"), entry("longest", endpoint="OS", estimate="545")]
    found = paper([*numbers, entry("median_follow_up", endpoint="OS", estimate="568")], n=4, time_unit="days")
    assert {(f.check, f.kind) for f in found} == {("longest of endpoints", "convention")}


def test_a_log_rank_p_of_hazards_that_cross_between_few_visits_is_no_contradiction(paper):
    """HR 1.16 (0.97-1.39), P 0.56: right numbers of 666 seen every nine weeks, one arm early and the other late."""
    ratio = cox(hr="1.16", ci=["0.97", "1.39"], group="B", against="A")
    found = paper([count(where={"ARM": "A"}, count="334"), ratio, log_rank(by="ARM", p="0.56")], n=666)
    assert {(f.check, f.kind) for f in found} == {("log-rank and Cox", "convention")}


@pytest.mark.parametrize("off", [("8.28", "8.28", "9.66"), ("8.28", "6.90", "11.04")])
@pytest.mark.parametrize("software", ["", "R 4.4.1"])
def test_times_at_visits_every_six_weeks_look_symmetric_by_chance(paper, off, software):
    """PFS of 425, seen every 1.38 months: three in four intervals are as even as those of SPSS, and none is of it."""
    times = [
        ("8.28", "6.90", "9.66"),
        ("6.90", "5.52", "8.28"),
        ("8.28", "6.90", "9.66"),
        ("6.90", "4.14", "9.66"),
        off,
    ]
    groups = [{}, MALE, FEMALE, {"ARM": "A"}, {"ARM": "B"}]
    found = paper(
        [median(where=g, estimate=m, ci=ci) for g, (m, *ci) in zip(groups, times, strict=True)],
        n=425,
        software=software,
    )
    assert not [f for f in found if f.check in ("middle of an interval", "kind of interval")]


def test_one_median_in_several_groups_is_no_new_coincidence(paper):
    """The same 8.28 (6.91-9.65) in four groups proves no more than in one."""
    same = [median(where=g, estimate="8.28", ci=["6.91", "9.65"]) for g in ({}, MALE, FEMALE, {"ARM": "A"})]
    other = median(where={"ARM": "B"}, estimate="8.50", ci=["7.13", "10.48"])
    assert not [f for f in paper([*same, other], n=425) if f.check == "middle of an interval"]


def test_the_level_that_fits_is_named(paper):
    [finding] = paper([cox(hr="0.69", ci=["0.51", "0.92"], p="0.05")], n=400)
    assert "one-sided with an interval at 80%" in finding.admissible


def test_the_median_of_the_whole_may_lie_on_a_part(paper):
    parts = [median(where={"PDL1": x}, estimate=e) for x, e in (("LOW", "11.7"), ("MID", "10.3"), ("HIGH", "2.2"))]
    assert {f.check for f in paper([median(estimate="11.70"), *parts], exclusions=ALL_EVENTS)} == {"exclusions"}
    assert paper([median(estimate="11.8"), *parts], exclusions=ALL_EVENTS)


def test_parts_that_do_not_make_up_the_whole_prove_nothing(paper):
    parts = [median(where=MALE, estimate="5.4"), median(where=FEMALE, estimate="1.1")]
    sizes = [count(where=MALE, count="5"), count(where=FEMALE, count="5")]
    assert not [f for f in paper([median(estimate="7.0"), *parts, *sizes]) if f.check == "medians of parts"]
    assert not paper([median(estimate="7.0"), parts[0]])


def test_a_median_not_reached_shows_censoring(paper):
    parts = [
        median(where=MALE, estimate="5.4"),
        median(where=FEMALE, estimate="1.1"),
        median(endpoint="PFSR", where={"ARM": "A"}, estimate="NR"),
    ]
    assert not paper([median(estimate="7.0"), *parts])


CITED = """
studies:
  fujita:
    label: Fujita
    prints:
      - {by: here, at: Table 5, n: "12", orr: "8.3", dcr: "%s", pfs: "3.1"}
      - {by: itself, at: Abstract, source: doi, verified: abstract read, n: "12", dcr: "41.7", pfs: "3.1"}
  days:
    label: Days
    prints:
      - {by: here, at: Table 5, n: "35", dcr: {one: "%s", other: "20.0"}, denominator: "35", pfs: "%s"}
      - {by: itself, at: Abstract, source: doi, verified: abstract read, unit: days, n: "%s", pfs: "225"}
ranges:
  - {by: here, at: Text, of: Table 5, n: ["12", "35"], dcr: ["%s", "41.7"], pfs: ["3.1", "%s"]}
"""
CITED_RIGHT = ["41.7", "8.6", "7.4", "35", "8.6", "7.4"]


@pytest.mark.parametrize(
    "changes, check, kind",
    [
        ({}, "", ""),
        ({0: "41.6"}, "cited percentage", "convention"),
        ({0: "41.6"}, "cited number", "convention"),
        ({0: "45.7"}, "cited percentage", "contradiction"),
        ({0: "45.7"}, "cited number", "contradiction"),
        ({1: "8.8", 4: "8.8"}, "cited percentage", "convention"),
        ({2: "7.5", 5: "7.5"}, "cited number", "convention"),
        ({2: "7.7", 5: "7.7"}, "cited number", "contradiction"),
        ({3: "19"}, "cited number", "contradiction"),
        ({4: "28.6"}, "sentence about a table", "convention"),
        ({4: "21.4"}, "sentence about a table", "contradiction"),
        ({5: "7.3"}, "sentence about a table", "contradiction"),
    ],
)
def test_cited_numbers_against_their_size_their_abstract_and_the_sentence_about_the_table(
    tmp_path, monkeypatch, changes, check, kind
):
    folder = tmp_path / "here"
    folder.mkdir()
    use_data(monkeypatch, tmp_path)
    values = [changes.get(i, value) for i, value in enumerate(CITED_RIGHT)]
    (tmp_path / "cited-studies.yml").write_text(CITED % tuple(values), encoding="utf-8")
    numbers = "numbers: [{id: a, statistic: count, printed: [{at: Table 1, count: '13'}]}]"
    (folder / "published.yml").write_text(f"title: T\nn: 13\n{numbers}\n", encoding="utf-8")
    _, found = audit_study("here")
    assert {(f.check, f.kind) for f in found} >= ({(check, kind)} if check else set())
    assert bool(found) == bool(check)
    assert not audit(load_registry("here"))  # without the cited studies


def cells(study, kind):
    registry = load_registry(study)
    found = audit(registry, cited_by(registry))
    return {cell[1:] for f in found if f.kind == kind for cell in f.cells}


def test_quzhou_prints_four_percentages_that_no_count_of_13_gives():
    assert cells("quzhou-2025", "impossible") == {("percent", p) for p in ("7.8", "53.7", "53.9", "69.1")}


def test_chen_prints_a_percentage_that_cannot_be_and_a_median_age_that_whole_years_do_not_give():
    assert cells("chen-2025", "impossible") == {("percent", "7.2")}
    assert ("estimate", "66.1") in cells("chen-2025", "convention")


def test_ages_that_look_whole_are_no_proof_and_declared_ones_are(paper):
    mean, span = age["mean"](estimate="5.19"), age["range"](range=["1", "9"])
    (found,) = paper([mean, span], n=4)
    assert found.kind == "convention" and "the range 1–9 is printed in whole numbers; it holds if" in found.evidence
    (found,) = paper([mean | {"whole": True}, span], n=4)
    assert found.kind == "impossible" and "declared to be whole" in found.evidence


@pytest.mark.parametrize(
    "study, kind, words",
    [
        ("quzhou-2025", "contradiction", "7 of 13 is printed as 53.7% and 53.9%"),
        ("quzhou-2025", "contradiction", "median PFS of Watanabe 2019: 1.6 months at Table 5; the study itself (Abstract): 1.5 months"),
        ("quzhou-2025", "contradiction", "DCR of Torasawa 2023: no count of 30, or of fewer subjects, is 23.4%"),
        ("quzhou-2025", "convention", "46.1% is 6 of 13 with digits cut off"),
        ("quzhou-2025", "convention", "Both intervals of a median are symmetric to the last digit, as SPSS prints them"),
        ("quzhou-2025", "convention", "DCR in Table 5 from 21.4 to 85; the rows print from 6.7 to 85"),
        ("quzhou-2025", "convention", "median OS of Katayama 2019: 7.5 months at Table 5; the study itself (Abstract): 225 days. They agree only if a month has 30 days"),
        ("chen-2025", "contradiction", "Rechallenge with the same ICI: No: printed as 4 and 6"),
        ("chen-2025", "contradiction", "11.3 is not the middle of 2.165–18.436"),
        ("chen-2025", "contradiction", "Immune maintenance: the medians of the parts (10.3 and 7.4) all lie below that of the whole (11.7)"),
        ("chen-2025", "contradiction", "somebody was censored, against"),
        ("chen-2025", "contradiction", "sample size of Katayama 2019: 19 at Discussion; the study itself (Abstract): 35"),
        ("chen-2025", "contradiction", "DCR of Katayama 2019: no count of 19, or of fewer subjects, is 45.7%"),
        ("chen-2025", "convention", "ORR of Niki 2018: 27.2% of 11 holds only if digits are cut off"),
        ("chen-2025", "note", "no table of this course has a row for Hypothyroidism"),
        ("xu-2023", "contradiction", "its median is at least 6, not 5.2"),
        ("xu-2023", "note", "the medians of the parts (5.4 and 1.1) all lie below that of the whole (7.0)"),
    ],
)  # fmt: skip
def test_what_the_papers_print_is_found(study, kind, words):
    _, found = audit_study(study)
    assert any(words in f.wording for f in found if f.kind == kind)


@pytest.mark.parametrize("study", ["shi-2026", "rechallenge-review-2026"])
def test_papers_without_a_fault_give_no_finding(study):
    assert audit_study(study)[1] == []


def test_the_frame_and_the_json_tell_the_same_findings():
    _, found = audit_study("chen-2025")
    frame, records = audit_frame(found), json.loads(audit_json(found))
    assert len(frame) == len(records) == len(found) == sum(counts_by_kind(found).values())
    assert list(frame["kind"]) == [r["kind"] for r in records] == sorted((f.kind for f in found), key=list(KINDS).index)
    assert frame.loc[frame["check"] == "median", "admissible"].item() == "66; 66.5"
    assert audit_json(audit_study("chen-2025")[1]) == audit_json(found)
    assert list(audit_frame([]).columns) == list(frame.columns)


def test_the_command_prints_the_counts_and_exits_0(command):
    code, text = command("audit", "chen-2025")
    assert code == 0 and "1 impossible, 9 contradictions, 0 unlikely, 2 conventions, 6 notes." in text
    code, text = command("audit", "quzhou-2025", "--json")
    assert code == 0 and {record["kind"] for record in json.loads(text)} == set(KINDS) - {"unlikely"}


def test_the_command_exits_1_with_every_fault_of_a_registry(tmp_path, command):
    path = tmp_path / "bad.yml"
    path.write_text("title: T\nnumbers:\n  - {id: a, statistic: cuont, printed: []}\n", encoding="utf-8")
    code, text = command("audit", path)
    assert code == 1 and "the key `n` is missing" in text and "Did you mean count?" in text
    code, text = command("audit", "chen")
    assert code == 1 and "Did you mean chen-2025?" in text


def test_keys_that_the_audit_reads_are_checked_at_the_door(paper):
    with pytest.raises(CohortError) as caught:
        paper(
            [
                entry("stated", value="3", sum_of=["nowhere"]),
                median(where=MALE, literal={"SEX": "X"}, estimate="1"),
                count(count="1", includes=["Rash"]),
                entry("survival_at", endpoint="OS", time="late", percent="50"),
            ],
            eligibility=[{"label": "Adults", "column": "AGES", "min": 18}],
        )
    rules = {f.rule for f in caught.value.findings}
    assert rules == {
        "no entry of this id",
        "not a level of SEX",
        "expected {AEDECOD: [terms], APHASE: course}",
        "expected a number, not below 0",
        "unknown column",
    }
    assert all(f.row for f in caught.value.findings)


@pytest.mark.slow
def test_whatever_a_registry_may_print_the_audit_ends(paper):
    """Bounds, words, zeros and wrong signs in every part of every statistic."""
    texts = ["NA", "NR", "NE", "<0.05", ">12", "0", "0.00", "-3.1", "100", "7.25", "3,081", "0.000001", "99999"]
    pairs = [[low, high] for low in ("NA", "0", "-2.5", "1.00", "<1") for high in ("NR", "1.00", ">20", "30.032")]
    needs = {
        "endpoint": "PFSR",
        "variable": "AGE",
        "time": 6,
        "by": "SEX",
        "event_of": {"BOR_RECHALLENGE": ["CR", "PR"]},
        "outcome": "OS",
        "across": "HIST",
        "per": 100,
    }
    extra = [{}, {"where": MALE}, {"where": {"BOR_RECHALLENGE": ["CR", "PR"]}}, {"where": MALE | {"ARM": "A"}}]
    numbers = []
    for name, known in statistics().items():
        for i, text in enumerate(texts):
            keys = {key: needs[key] for key in known["needs"]} | {
                k: v for k, v in extra[i % 4].items() if k in known["takes"]
            }
            pair = pairs[(i * 7) % len(pairs)]
            parts = {part: pair if part in PAIRS else text for part in known["parts"]}
            parts = {part: v for part, v in parts.items() if "," not in v or part in WHOLE}
            if parts:
                numbers.append({"statistic": name, "printed": [{"at": "T"} | parts]} | keys)
    top = {
        "exclusions": ALL_EVENTS,
        "grid": 0.1,
        "software": "SPSS",
        "implications": [{"if": {}, "then": MALE, "why": "all"}],
    }
    for i in range(0, len(numbers), 9):  # a few at a time, so that each meets different others
        paper(numbers[i : i + 9], **top)
    assert paper(numbers, **top)

"""Random cohorts, counted and estimated, correctly rounded and printed: the audit has nothing to say about them."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from math import exp, isfinite, log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.stats import norm

from papercheck.audit.engine import audit
from papercheck.registry.registry import Cell, Entry, Registry
from papercheck.vocabulary.factors import read_factors
from rechallenge.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from smallsurv.curve import kaplan_meier, median, median_survival, survival_at
from smallsurv.logrank import log_rank
from tests.sizes import size

FACTORS, GROUPINGS = read_factors(
    {
        "AGEGR1": {"from": "AGE", "cut": [55, 65], "levels": ["<55", "55-64", ">=65"]},
        "PDL1": {"levels": ["LOW", "MID", "HIGH"]},
        "PDL1GR1": {"from": "PDL1", "map": {"LOW": "NEG", "MID": "POS", "HIGH": "POS"}, "levels": ["NEG", "POS"]},
        "ARM": {"levels": ["A", "B"]},
    },
    None,
)
TERMS = ("Rash", "Fatigue", "Anaemia")
BLOCKS, BLOCK, CHANGED = size(2, 4), size(6, 35), size(6, 40)  # tests, cohorts of each, and with one changed digit


class Printer:
    """Collects entries whose numbers are printed by one rule of rounding."""

    def __init__(self, rounding):
        self.rounding, self.entries = rounding, []

    def number(self, value, decimals):
        text = f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), self.rounding):f}"
        return text[1:] if text.startswith("-") and not float(text) else text

    def pair(self, low, high, decimals):
        return tuple(self.number(v, decimals) if isfinite(v) else "NR" for v in (low, high))

    def add(self, statistic, *prints, **spec):
        """prints : dictionaries of part -> text, one a place."""
        line = len(self.entries) + 1
        cells = [
            Cell(part, text, (f"place {i}",), line) for i, print_ in enumerate(prints) for part, text in print_.items()
        ]
        self.entries.append(Entry(f"e{line}", statistic, spec, tuple(cells), line))

    def count(self, k, n, decimals, **spec):
        exact = Decimal(100 * int(k)) / Decimal(int(n))
        texts = [f"{exact.quantize(Decimal(1).scaleb(-d), self.rounding):f}" for d in (decimals, max(0, decimals - 1))]
        self.add("count", {"count": str(k), "percent": texts[0]}, {"percent": texts[1]}, **spec)


def cohort(rng) -> pd.DataFrame:
    n = int(rng.integers(8, 120))
    step, longest = (0.1, 300) if rng.random() < 0.5 else (0.01, 3000)
    frame = pd.DataFrame({
        "AGE": rng.integers(40, 81, n), "SEX": rng.choice(["M", "F"], n), "ARM": rng.choice(["A", "B"], n),
        "PDL1": rng.choice(["LOW", "MID", "HIGH"], n, p=[0.5, 0.3, 0.2]),
    })  # fmt: skip
    frame["AGEGR1"] = pd.cut(frame["AGE"], [0, 54, 64, 200], labels=["<55", "55-64", ">=65"]).astype(str)
    frame["PDL1GR1"] = np.where(frame["PDL1"] == "LOW", "NEG", "POS")
    scale = np.where(frame["ARM"] == "A", 1.0, rng.uniform(0.4, 2.5))
    frame["AVAL"] = np.clip(np.round(rng.exponential(0.25, n) * scale * longest), 1, longest) * step
    censored = rng.random() < 0.6
    frame["CNSR"] = (rng.random(n) < (rng.uniform(0, 0.6) if censored else 0)).astype(int)
    for term in TERMS:
        frame[term] = rng.choice([0, 1, 3], n, p=[0.6, 0.3, 0.1])
    return frame


def print_counts(printer, frame, decimals):
    n = len(frame)
    printer.add("count", {"count": str(n)})
    for column in ("SEX", "AGEGR1", "PDL1", "PDL1GR1", "ARM"):
        for level in FACTORS[column].levels:
            printer.count((frame[column] == level).sum(), n, decimals, where={column: level})
    in_a = frame["ARM"] == "A"
    if in_a.any():
        for level in FACTORS["PDL1"].levels:
            k = (in_a & (frame["PDL1"] == level)).sum()
            printer.count(k, in_a.sum(), decimals, where={"PDL1": level}, of={"ARM": "A"})


def print_age(printer, age, rng):
    decimals = int(rng.integers(0, 4))
    mean = {"estimate": printer.number(age.mean(), decimals), "sd": printer.number(age.std(ddof=1), decimals)}
    printer.add("mean", mean, {"estimate": printer.number(age.mean(), max(0, decimals - 1))}, variable="AGE")
    quartiles = tuple(printer.number(q, 1) for q in np.percentile(age, [25, 75]))
    printer.add("median", {"estimate": printer.number(age.median(), 1), "quartiles": quartiles}, variable="AGE")
    printer.add("range", {"range": (str(age.min()), str(age.max()))}, variable="AGE")


def print_survival(printer, frame, method, rng):
    fine = int(rng.integers(1, 4))
    for by in (None, "SEX", "PDL1", "ARM"):
        for level in FACTORS[by].levels if by else [None]:
            part = frame[frame[by] == level] if by else frame
            if not len(part):
                continue
            curve = kaplan_meier(part["AVAL"], part["CNSR"] == 0)
            middle, low, high = median(curve, method)
            ci = printer.pair(low, high, fine) if isfinite(low) else "NA"
            texts = [printer.number(middle, d) if isfinite(middle) else "NR" for d in (2, 1)]
            where = {"where": {by: level}} if by else {}
            printer.add(
                "median_survival", {"estimate": texts[0], "ci": ci}, {"estimate": texts[1]}, endpoint="PFSR", **where
            )
            for time in (6, 12):
                row = survival_at(curve, [time], "plain").iloc[0]
                if isfinite(row["survival"]):
                    limits = (100 * row[limit] for limit in ("ci_low", "ci_high"))
                    print_ = {"percent": printer.number(100 * row["survival"], 1)}
                    if isfinite(row["ci_low"]):
                        print_["ci"] = printer.pair(*limits, 1)
                    printer.add("survival_at", print_, endpoint="PFSR", time=time, **where)
    printer.add("events", {"count": str((frame["CNSR"] == 0).sum())}, endpoint="PFSR")
    printer.add("longest", {"estimate": printer.number(frame["AVAL"].max(), 2)}, endpoint="PFSR")
    p = log_rank(frame, "ARM")["p"].item()
    if isfinite(p):
        printer.add(
            "log_rank",
            {"p": p_text(printer, p)},
            {"p": "<0.05" if p < 0.05 else printer.number(p, 2)},
            endpoint="PFSR",
            by="ARM",
        )


def p_text(printer, p):
    return "<0.001" if p < 0.0005 else printer.number(p, 3)


def print_ratios(printer, frame, rng):
    data = pd.DataFrame({"t": frame["AVAL"], "e": frame["CNSR"] == 0, "x": (frame["ARM"] == "B").astype(float)})
    level, decimals = float(rng.choice([80, 90, 95, 99])), int(rng.integers(1, 4))
    z = norm.ppf(0.5 + level / 200)
    rows = []
    if data.loc[data["e"], "x"].nunique() > 1:
        fit = CoxPHFitter().fit(data, "t", "e").summary.iloc[0]
        rows.append(("cox", "hr", fit["coef"], fit["se(coef)"]))
    table = pd.crosstab(frame["SEX"], frame["ARM"]).to_numpy()
    if table.shape == (2, 2) and (table > 0).all():
        (a, b), (c, d) = table
        rows.append(("odds_ratio", "or", log(a * d / (b * c)), sqrt((1 / table).sum())))
    for statistic, part, value, se in rows:
        if se > 3 or value - z * se < log(0.5 * 10**-decimals):
            continue  # prints 0
        low, high = exp(value - z * se), exp(value + z * se)
        p = 2 * norm.sf(abs(value) / se)
        prints = {
            part: printer.number(exp(value), decimals),
            "ci": printer.pair(low, high, decimals),
            "p": p_text(printer, p),
        }
        printer.add(statistic, prints, endpoint="PFSR", by="ARM", level=level)


def print_events(printer, frame):
    def add(patients, term=None, grades=None):
        event = {"APHASE": "RECHALLENGE"} | ({"AEDECOD": term} if term else {}) | ({"ATOXGR": grades} if grades else {})
        printer.count(patients.sum(), len(frame), 1, event=event)

    add((frame[list(TERMS)] > 0).any(axis=1))
    add((frame[list(TERMS)] >= 3).any(axis=1), grades=[3, 4, 5])
    for term in TERMS:  # a patient counts once a term at the worst grade
        add(frame[term] > 0, term)
        add(frame[term] == 1, term, [1, 2])
        add(frame[term] == 3, term, [3, 4, 5])


def printed_cohort(seed):
    rng = np.random.default_rng(seed)
    frame = cohort(rng)
    method = str(rng.choice(["spss", "log", "log-log", "plain"]))
    printer = Printer(ROUND_HALF_UP if rng.random() < 0.7 else ROUND_HALF_EVEN)
    print_counts(printer, frame, int(rng.integers(0, 3)))
    print_age(printer, frame["AGE"], rng)
    print_survival(printer, frame, method, rng)
    print_ratios(printer, frame, rng)
    print_events(printer, frame)
    nobody = [] if frame["CNSR"].any() else [{"at": "Methods", "text": "None censored.", "says": "no_censoring"}]
    return Registry(
        name="drawn", path=Path("drawn.yml"), n=len(frame), entries=tuple(printer.entries), factors=FACTORS, groupings=GROUPINGS,
        cohort={"primary_endpoint": "PFSR", "eligibility": [{"label": "Adults", "column": "AGE", "min": 40, "max": 80}]},
        software="SPSS 26.0" if method == "spss" else "R 4.4.1", own={"exclusions": nobody, "grid": 0.01},
    )  # fmt: skip


pytestmark = pytest.mark.filterwarnings("ignore")  # lifelines on separated groups


@pytest.mark.parametrize("block", range(BLOCKS))
def test_nothing_is_found_in_correctly_printed_random_cohorts(block):
    uncensored = 0
    for seed in range(BLOCK * block, BLOCK * (block + 1)):
        registry = printed_cohort(seed)
        true = ("limit of 0", "exclusions")  # of such a table and of such an exclusion, and no errors
        found = [f for f in audit(registry) if f.check not in true and (f.kind, f.check) != ("note", "rates of parts")]
        assert not found, (seed, found[0])
        uncensored += bool(registry.own["exclusions"])
    assert uncensored > BLOCK / 7


def test_a_changed_digit_is_mostly_found():
    """One count raised by one in each of many cohorts: its percentage, its factor or a part gives it away."""
    hits = 0
    for seed in range(CHANGED):
        registry, rng = printed_cohort(seed), np.random.default_rng(seed)
        at = [
            i for i, e in enumerate(registry.entries) if e.statistic == "count" and e.get("where") and not e.get("of")
        ]
        i = int(rng.choice(at))
        entry = registry.entries[i]
        first = entry.cells[0]
        cells = (Cell("count", str(int(first.text) + 1), first.at, first.line), *entry.cells[1:])
        changed = Entry(entry.id, entry.statistic, entry.spec, cells, entry.line)
        entries = (*registry.entries[:i], changed, *registry.entries[i + 1 :])
        hits += any(entry.id in f.ids for f in audit(Registry(**vars(registry) | {"entries": entries})))
    assert hits > 0.93 * CHANGED


def test_the_numbers_of_the_workbook_itself_pass():
    """The real patients of ncctg-lung, as the workbook estimates them, in each kind of interval."""
    cohort_ = load_cohort("ncctg-lung")
    frame = derive_endpoints(cohort_).rows.query("PARAMCD == 'OS'")
    for method, software in (("spss", "SPSS 26"), ("log-log", "R 4.4.1"), ("log", "R 4.4.1"), ("plain", "R 4.4.1")):
        printer = Printer(ROUND_HALF_UP)
        print_age(printer, frame["AGE"], np.random.default_rng(1))
        for by in (None, "SEX", "ECOG"):
            for row in median_survival(frame, by, method).itertuples():
                where = {"where": {by: row.group}} if by else {}
                ci = printer.pair(row.ci_low, row.ci_high, 0) if isfinite(row.ci_low) else "NA"
                printer.add(
                    "median_survival", {"estimate": printer.number(row.median, 0), "ci": ci}, endpoint="OS", **where
                )
                if by:
                    printer.count(row.n, len(frame), 1, **where)
        printer.add("events", {"count": str((frame["CNSR"] == 0).sum())}, endpoint="OS")
        registry = Registry(
            "ncctg-lung",
            Path("x.yml"),
            len(frame),
            tuple(printer.entries),
            factors=cohort_.meta.factors,
            software=software,
        )
        assert [f for f in audit(registry) if f.check != "classes"] == [], method  # one ECOG is not known

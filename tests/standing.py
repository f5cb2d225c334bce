"""What every public function of smallsurv answers on three small sets, and of rechallenge.derive on three cohorts: the
numbers that a change of code leaves as they are.

    python -m tests.standing         # writes tests/reference/standing.json anew, where a change is meant; read the difference

A function is called with the arguments below whose names it has (a second time with every option of OTHERWISE that it
has), and what it returns is flattened to numbers and words. That the numbers are right is held elsewhere, against R and
other implementations: here nothing may move unseen.
"""

import inspect
import json
import pkgutil
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

import rechallenge.derive
import smallsurv
from papercheck.files.findings import CohortError, NotAvailable
from papercheck.files.project import Project, within_project

ROOT = Path(__file__).parents[1]
COHORTS = {"synthetic-dates": "docs/examples", "simulated-decision": "docs/examples", "quzhou-2025": "data"}
LONG = 600  # characters of an answer of a cohort that is kept whole
HUGE = 1e6  # a number beyond it stands for infinity, and its digits for nothing
STORED = Path(__file__).parent / "reference" / "standing.json"
SLOW = {"answers", "emulate"}  # known answers have tests of their own
OTHERWISE = {
    "level": 0.8,
    "ties": "breslow",
    "method": "plain",
    "reference": "B",
    "estimand": "ATT",
    "stabilized": False,
    "of": 2,
    "per": 2.0,
    "exact": False,
    "ratio": 2,
    "adjust": ["AGE"],
    "others": ["AGE"],
}


def _people(seed, n, kinds, ties):
    rng = np.random.default_rng(seed)
    time = rng.exponential(8, n) + 0.3
    return pd.DataFrame(
        {
            "USUBJID": [f"P{i:02d}" for i in range(n)],
            "PARAMCD": "PFSR",
            "AVAL": np.ceil(time) if ties else time.round(3),
            "CNSR": (rng.random(n) < 0.35).astype(int),
            "ARM": pd.Categorical(rng.choice(list("ABC")[:kinds], n), list("ABC")[:kinds]),
            "SEX": pd.Categorical(rng.choice(["F", "M"], n), ["F", "M"]),
            "CENTRE": pd.Categorical(rng.choice(["x", "y"], n), ["x", "y"]),
            "AGE": rng.integers(40, 85, n).astype(float),
            "WEIGHT": rng.uniform(0.4, 2.5, n).round(2),
            "CAUSE": rng.integers(1, 3, n),
            "ENTRY": (time * rng.random(n) * 0.4).round(3),
        }
    )


def _arguments(rows) -> dict:
    from smallsurv.curve import kaplan_meier

    time, event = rows["AVAL"].to_numpy(), rows["CNSR"].eq(0).to_numpy()
    group, x = rows["ARM"].cat.codes.to_numpy(), np.column_stack([rows["SEX"].eq("M"), rows["AGE"] / 10]).astype(float)
    treated, n = group == 0, len(rows)
    return {
        "time": time, "event": event, "x": x, "adtte": rows, "rows": rows, "group": group, "tau": 7.5,
        "times": [0.0, 3.0, 6.0, 60.0], "at": 6.0, "weight": rows["WEIGHT"].to_numpy(), "curve": kaplan_meier(time, event),
        "by": "ARM", "n": n, "treated": treated, "treatment": treated, "values": rows["AGE"], "count": int(event.sum()),
        "events": int(event.sum()), "start": rows["ENTRY"].to_numpy(), "stop": time, "entry": rows["ENTRY"].to_numpy(),
        "hazard_ratio": 0.6, "median": 5.0, "cause": np.where(event, rows["CAUSE"], 0), "low": 0.1, "high": 0.3,
        "watch": (24.0, 12.0), "share": 0.4, "cnsr": rows["CNSR"], "covariates": rows[["AGE", "SEX"]], "arm": "ARM",
        "factor": "SEX", "modifier": "ARM", "candidates": ["ARM", "AGE"], "design": x, "score": 0.2 + x[:, 1] / 20,
        "outcome": event, "y": time, "first": event, "second": treated, "p": [0.01, 0.04, 0.03, 0.5], "k": int(group.max()) + 1,
        "left": np.maximum(time - 1, 0), "right": np.where(event, time, np.inf), "centres": rows["CENTRE"].cat.codes.to_numpy(),
        "edges": [0, 4, 8, 100], "step": 5, "counts": [3, 11, 6], "onset": time * 0.6, "state": group.clip(0, 1), "end": 9.0,
        "beta": np.array([0.3, -0.1]), "hazard": time / 9, "accrual": 24.0, "follow_up": 12.0, "delay": 3.0, "hoped": 8.0,
        "other": 4, "m": 15, "exposure": float(time.sum()), "risk_ratio": 1.7, "responses": pd.Series(event), "number": 3,
        "hazard_ratio_limit": 0.8, "per_sd": 1.2, "grid": np.unique(time), "ordered": np.sort(time), "limit": 6.0,
        "replicates": 40, "strata": "CENTRE", "statistic": 2.6, "deaths": np.array([1.0, 2, 1]), "n_risk": np.array([9.0, 7, 3]),
        "censored": np.array([1.0, 2, 0]), "risk": x[:, 1], "estimate": 0.6, "ci_low": 0.4, "ci_high": 0.9,
    }  # fmt: skip


def _of_module(name, rows) -> dict:
    """Arguments that a module calls by a name of its own."""
    if name.startswith("smallsurv.meta"):
        return _studies()
    if name.endswith("comparison"):
        from smallsurv.comparison import weigh

        return {"covariates": ["AGE", "SEX"], "everyone": rows, "weighted": weigh(rows, "ARM", ["AGE", "SEX"])}
    if name.endswith("competing"):
        from smallsurv.competing import cumulative_incidence

        cause = pd.Categorical(
            np.where(rows["CNSR"].eq(0), rows["CAUSE"].map({1: "PD", 2: "death"}), None), ["PD", "death"]
        )
        curve = cumulative_incidence(rows["AVAL"], cause.codes + 1, 1)
        return {"adtte": rows.assign(CAUSE=cause), "curve": curve}
    if name.endswith("planning"):
        from smallsurv.planning import Observed

        return {"watch": Observed(24.0, 12.0, 0.05), "n": 60}
    if name.endswith(("paired", "rmst", "agreement")):
        from smallsurv.paired import pair_courses

        later = rows.assign(
            PARAMCD="PFSR", AVAL=rows["AVAL"].to_numpy()[::-1] + 0.5, CNSR=rows["CNSR"].to_numpy()[::-1]
        )
        both = pd.concat([rows.assign(PARAMCD="PFS1"), later])
        own = {"pairs": pair_courses(both), "first": int(rows["CNSR"].sum()), "second": 4}
        return own | {"adtte": both} if name.endswith("paired") else {"pairs": own["pairs"]}
    if name.endswith("rank_tests"):
        return {"strata": ["CENTRE"], "control": (0.5, 0.02, 10), "limit": 6.0}
    if name.endswith("pooled"):
        from smallsurv.pooled import risk_table

        event = rows["CNSR"].eq(0)
        table = risk_table(rows["AVAL"].to_numpy(), np.where(event, rows["CAUSE"], 0), [0, 4, 8, 100])
        return {"table": table, "tables": [table, table]}
    return {}


def _studies() -> dict:
    from smallsurv.meta.effects import log_ratios

    counts = pd.DataFrame(
        {
            "study": list("abcde"), "events": [0, 7, 12, 3, 9], "n": [20, 30, 41, 16, 22], "events_control": [4, 9, 20, 0, 11],
            "n_control": [22, 31, 40, 15, 20], "class": list("xxyyy"), "by": list("xxyyy"),
        }
    )  # fmt: skip
    ratios = counts[["study", "by"]].assign(
        estimate=[0.6, 0.9, 1.2, 0.75, 0.5],
        ci_low=[0.4, 0.7, 0.8, 0.4, 0.3],
        ci_high=[0.9, 1.15, 1.8, 1.4, 0.85],
        level=0.95,
    )
    effects, se = log_ratios(ratios), np.array([0.2, 0.13, 0.2, 0.3, 0.27])
    own = {
        "studies": ratios,
        "arms": counts,
        "series": counts,
        "effects": effects,
        "by": "by",
        "y": effects["effect"].to_numpy(),
    }
    return own | {
        "v": se**2,
        "events": counts["events"].to_numpy(),
        "n": counts["n"].to_numpy(),
        "usable": effects,
        "model": "REML",
    }


def _functions(package):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        for name, function in sorted(vars(module).items()):
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_") and name not in SLOW:
                yield f"{found.name}.{name}", function


def _flat(value):
    """What was returned, as numbers of eight digits and words."""
    if isinstance(value, pd.DataFrame):
        return {str(c): _flat(value[c].to_numpy()) for c in value}
    if isinstance(value, pd.Series | np.ndarray | list | tuple):
        return [_flat(v) for v in list(value)]
    if isinstance(value, dict):
        return {str(k): _flat(v) for k, v in value.items()}
    if is_dataclass(value):
        return {f.name: _flat(getattr(value, f.name)) for f in fields(value) if f.name not in ("cohort", "meta")}
    if isinstance(value, bool | np.bool_ | str | pd.Timestamp | np.datetime64) or value is None:
        return str(value)
    if isinstance(value, int | float | np.number):
        return float(f"{float(value):.8g}") if abs(value) < HUGE else "none or beyond"
    return type(value).__name__


def _called(function, known, otherwise):
    wanted = inspect.signature(function).parameters
    if any(
        p.default is p.empty and name not in known for name, p in wanted.items() if p.kind == p.POSITIONAL_OR_KEYWORD
    ):
        return None
    options = OTHERWISE if otherwise else {"replicates": known["replicates"]}
    given = {n: known[n] for n, p in wanted.items() if p.default is p.empty and n in known}
    extra = {n: v for n, v in options.items() if n in wanted and n not in given}
    if otherwise and not extra:
        return None
    if "replicates" in wanted:
        extra["replicates"] = known["replicates"]
    if "adtte" in given and "weight" in given:
        given["weight"] = "WEIGHT"
    try:
        return _flat(function(**given, **extra))
    except (ValueError, NotAvailable, CohortError) as fault:  # what is refused is an answer too
        return type(fault).__name__
    except (TypeError, AttributeError, LookupError):  # the arguments above are none of this function
        return None


def _own(module, kind, rows) -> dict:
    try:
        return _of_module(module, rows)
    except ValueError:
        return {}


@cache
def answers() -> dict:
    """{function: {set: what it answers}}."""
    sets = {"ties": _people(1, 26, 2, True), "three": _people(2, 40, 3, False), "few": _people(3, 7, 2, True)}
    known = {name: _arguments(rows) for name, rows in sets.items()}
    found: dict = {}
    for name, function in _functions(smallsurv):
        for kind, arguments in known.items():
            arguments = arguments | _own(function.__module__, kind, sets[kind])
            for otherwise in (False, True):
                said = _called(function, arguments, otherwise)
                if said is not None:
                    found.setdefault(name, {})[kind + ", otherwise" * otherwise] = said
    return json.loads(json.dumps(found | _derived()))


def _derived() -> dict:
    """{function of rechallenge.derive: {cohort: what it answers}}."""
    found: dict = {}
    for cohort, folder in COHORTS.items():
        with within_project(Project(ROOT, ROOT / folder)):
            known = _of_cohort(cohort)
            for name, function in _functions(rechallenge.derive):
                said = _called(function, known, False)
                if said is not None:
                    found.setdefault(name, {})[cohort] = _short(said)
    return found


def _short(said):
    """An answer, or of a long one its length and a digest."""
    text = json.dumps(said, sort_keys=True)
    return said if len(text) <= LONG else f"{len(text)} {sha256(text.encode()).hexdigest()[:16]}"


def _of_cohort(name) -> dict:
    from rechallenge.cohort.cohort import load_cohort
    from rechallenge.derive.endpoints import derive_endpoints
    from rechallenge.derive.population import derive_population

    cohort = derive_population(load_cohort(name))
    subject = cohort.tables["adsl"]["USUBJID"].iloc[0]
    own = {"cohort": cohort, "subject": subject, "phase": "RECHALLENGE", "code": "SITC20", "months": 3.0, "time": 4.0}
    own |= {"replicates": 20, "factor": "SEX", "name": "ECOG", "endpoint": "OS"}
    try:
        return own | {"outcome": derive_endpoints(cohort)}
    except NotAvailable:
        return own


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(said, sort_keys=True)}" for name, said in sorted(answers().items())]
    STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

"""What is not marked as free must not move when the free columns of a pseudo-cohort are dealt out anew."""

import math
import re
import shutil
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import yaml

from rechallenge.cohort import load_cohort
from rechallenge.replication.prints import grades_printed
from rechallenge.run.sections import find_sections
from rechallenge.text.words import interval, ratio_interval
from tests.conftest import project, use_data
from tests.contract.notebook import shown_by

pytestmark = pytest.mark.slow

# A summary of a number is printed with the group that it falls in, so only its values within the group are free.
WITHIN = {"AGE": ("AGEGR1", lambda x: float(x) > 65), "PDL1": ("PDL1GR1", lambda x: x == "<1%")}
PAPER = "time,event,arm\n" + "".join(f"{2 + 3 * i % 11},{i % 4 > 0:d},{'ab'[i % 2]}\n" for i in range(24))
LOW, HIGH = "a", "b"
FURTHER = {  # what each cohort declares besides, so that the sections after 12 have something to show
    "quzhou-2025": {
        "shapes": ["AGE"],
        "event_groups": {"BLOOD": {"label": "Blood", "terms": ["Anaemia", "Leukopenia"], "source": "the test"}},
        "evidence": {"factor": "ECOG", "endpoint": "PFSR", "levels": {LOW: "0-1", HIGH: "2"}},
    },
    "chen-2025": {
        "shapes": ["AGE"],
        "event_groups": {"SKIN": {"label": "Skin", "terms": ["Rash", "Pruritus"], "source": "the test"}},
        "evidence": {"factor": "SEX", "endpoint": "PFSR", "levels": {LOW: "M", HIGH: "F"}},
    },
    "xu-2023": {"evidence": {"factor": "RESIST", "endpoint": "PFSR", "levels": {LOW: "PRIMARY", HIGH: "ACQUIRED"}}},
    "shi-2026": {"evidence": {"factor": "ARM", "endpoint": "PFSR", "levels": {LOW: "CI", HIGH: "CIA"}}},
}


def declared_further(name, folder):
    """Copy the cohorts, with the further declarations of this one."""
    shutil.copytree(project() / "data", folder)
    path = folder / name / "cohort.yml"
    raw, further = yaml.safe_load(path.read_text(encoding="utf-8")), dict(FURTHER[name])
    (folder / name / "curves").mkdir(exist_ok=True)
    (folder / name / "curves" / "paper.csv").write_text(PAPER, encoding="utf-8")
    evidence = dict(further["evidence"])
    study = {"label": "A paper", "source": "the test", "patients": "paper.csv", "column": "arm"}
    further["evidence"] = evidence | {"studies": [study | {"levels": evidence.pop("levels")}]}
    further["evidence"].pop("levels", None)
    if raw.get("treatment"):
        raw["treatment"] |= {"strata": raw["treatment"]["covariates"][:1], "milestones": [6], "further": True}
    path.write_text(yaml.safe_dump(raw | further, allow_unicode=True, sort_keys=False), encoding="utf-8")


def dealt_anew(name, folder, rng) -> list[str]:
    """Deal out anew the free columns, responses, events and pairs of a cohort; the names of what was dealt."""
    cohort = load_cohort(name)
    adsl = _read(folder / name / "adsl.csv")
    dealt = [c for c in adsl.columns if c != "USUBJID" and cohort.meta.is_free(c) and adsl[c].nunique() > 1]
    for column in dealt:
        grouped = column in WITHIN and not cohort.meta.is_free(WITHIN[column][0])
        parts = adsl[column].map(WITHIN[column][1]) if grouped else pd.Series(0, index=adsl.index)
        for rows in adsl.groupby(parts).groups.values():
            adsl.loc[rows, column] = rng.permutation(adsl.loc[rows, column].to_numpy())
    adsl.to_csv(folder / name / "adsl.csv", index=False)
    adae, adtte = folder / name / "adae.csv", folder / name / "adtte.csv"
    return dealt + _events(cohort, adae, adsl["USUBJID"], rng) + _pairs(adtte, rng) + _responses(folder / name, rng)


def _read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _events(cohort, path, ids, rng) -> list[str]:
    """Each term of each course to other patients, as many as before; where it is printed how many had any event, all
    events of a patient to another one."""
    if not path.exists():
        return []
    adae = _read(path)
    for phase, part in adae.groupby("APHASE"):
        if grades_printed(cohort, (0, 5), phase):
            others = dict(zip(ids, rng.permutation(ids.to_numpy()), strict=True))
            adae.loc[part.index, "USUBJID"] = part["USUBJID"].map(others)
            continue
        for rows in part.groupby("AEDECOD").groups.values():
            adae.loc[rows, "USUBJID"] = rng.choice(ids.to_numpy(), len(rows), replace=False)
    adae.to_csv(path, index=False)
    return ["adae"]


def _pairs(path, rng) -> list[str]:
    """Each first course to another patient."""
    adtte = _read(path)
    first = adtte["PARAMCD"] == "PFS1"
    adtte.loc[first, "USUBJID"] = rng.permutation(adtte.loc[first, "USUBJID"].to_numpy())
    adtte.to_csv(path, index=False)
    return ["pairs"] if first.any() else []


def _responses(folder, rng) -> list[str]:
    """Each best response on rechallenge to another patient, of cohorts without lesions, which go with the response."""
    path = folder / "adrs.csv"
    if not path.exists() or (folder / "adtr.csv").exists():
        return []
    adrs = _read(path)
    for rows in adrs.groupby("APHASE").groups.values():
        adrs.loc[rows, "USUBJID"] = rng.permutation(adrs.loc[rows, "USUBJID"].to_numpy())
    adrs.to_csv(path, index=False)
    return ["adrs"]


def numbers(name, monkeypatch) -> dict:
    """{what a result is of: (values, free)} of every section of a cohort."""
    found = {}
    for section in (s.number for s in find_sections()):
        for item in shown_by(section, name, monkeypatch):
            if any(r.free for r in item.results):
                assert says_so(item), f"{section} {item.id}: rests on a free choice, and nothing in it says so"
            assert not limits_told(item), f"{section} {item.id}: a free number with a sampling interval"
            for r in item.results:
                facts = asdict(r)
                values, free = facts.pop("values"), facts.pop("free")
                found[section, item.id, *(str(facts[k]) for k in sorted(facts))] = (values, free)
    return found


def says_so(item) -> bool:
    """Whether what is shown marks what is free: by the dagger, or in a sentence."""
    cells = [cell for row in getattr(item, "rows", ()) for cell in row]
    text = " ".join(
        [str(item.title), *map(str, item.notes), *cells, *(str(part) for line in item.key for part in line[:2])]
    )
    return "†" in text or re.search("free choice|is free|are free", text) is not None


def limits_told(item) -> set[str]:
    """The sampling intervals of free numbers that stand in what is shown: in cells, notes, key results, a picture."""
    cells = [cell for row in getattr(item, "rows", ()) for cell in row]
    keys = [str(x) for line in item.key for x in line]
    text = " ".join([*map(str, item.notes), *cells, *keys, getattr(item, "alt", "")])
    told = {free: {t for r in item.results if r.free == free for t in spelled(r)} for free in (True, False)}
    return {t for t in told[True] - told[False] if f"({t})" in text}


def spelled(r):
    """The interval of a result as tables write it."""
    if math.isfinite(r.low) and r.low != r.high:
        yield from (f(r.low, r.high, d) for f in (interval, ratio_interval) for d in (1, 2, 3))
        yield interval(100 * r.low, 100 * r.high, 1)


def alike(a, b) -> bool:
    both = zip(a.values(), b.values(), strict=True)
    return all(x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in both)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.thorough] * (n != "quzhou-2025")) for n in FURTHER]
)
def test_no_unmarked_number_of_a_pseudo_cohort_rests_on_a_free_choice(name, tmp_path, monkeypatch):
    declared_further(name, tmp_path / "data")
    use_data(monkeypatch, tmp_path / "data")
    before = numbers(name, monkeypatch)
    dealt = dealt_anew(name, tmp_path / "data", np.random.default_rng(7))
    after = numbers(name, monkeypatch)
    assert dealt and len(before) > 200 and max(key[0] for key in before) == "24"
    moved = [k for k, (values, free) in before.items() if not free and not (k in after and alike(values, after[k][0]))]
    assert moved == []
    assert any(free and k in after and not alike(values, after[k][0]) for k, (values, free) in before.items())

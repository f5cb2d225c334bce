"""What is not marked as free must not move when the free columns of a pseudo-cohort are dealt out anew."""

import math
import shutil
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from rechallenge.cohort import load_cohort
from tests.conftest import project, use_data
from tests.contract.notebook import shown_by

pytestmark = pytest.mark.slow

# A summary of a number is printed with the group that it falls in, so only its values within the group are free.
WITHIN = {"AGE": ("AGEGR1", lambda x: float(x) > 65), "PDL1": ("PDL1GR1", lambda x: x == "<1%")}


def dealt_anew(name, folder, rng) -> list[str]:
    """Copy a cohort with its free columns, responses, events and pairs dealt out anew; the names of what was dealt."""
    meta = load_cohort(name).meta
    shutil.copytree(project() / "data", folder)
    adsl = _read(folder / name / "adsl.csv")
    dealt = [c for c in adsl.columns if c != "USUBJID" and meta.is_free(c) and adsl[c].nunique() > 1]
    for column in dealt:
        grouped = column in WITHIN and not meta.is_free(WITHIN[column][0])
        parts = adsl[column].map(WITHIN[column][1]) if grouped else pd.Series(0, index=adsl.index)
        for rows in adsl.groupby(parts).groups.values():
            adsl.loc[rows, column] = rng.permutation(adsl.loc[rows, column].to_numpy())
    adsl.to_csv(folder / name / "adsl.csv", index=False)
    return dealt + _events(folder / name / "adae.csv", adsl["USUBJID"], rng) + _pairs(folder / name / "adtte.csv", rng)


def _read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _events(path, ids, rng) -> list[str]:
    """Each term of each course to other patients, as many as before."""
    if not path.exists():
        return []
    adae = _read(path)
    for rows in adae.groupby(["APHASE", "AEDECOD"]).groups.values():
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


def numbers(name, sections, monkeypatch) -> dict:
    """{what a result is of: (values, free)} of sections of a cohort."""
    found = {}
    for section in sections:
        for item in shown_by(section, name, monkeypatch):
            if any(r.free for r in item.results):
                assert says_so(item), f"{section} {item.id}: rests on a free choice, and nothing in it says so"
            for r in item.results:
                facts = asdict(r)
                values, free = facts.pop("values"), facts.pop("free")
                found[section, *(str(facts[k]) for k in sorted(facts))] = (values, free)
    return found


def says_so(item) -> bool:
    """Whether what is shown marks what is free: by the dagger, or in a sentence."""
    cells = [cell for row in getattr(item, "rows", ()) for cell in row]
    text = " ".join(
        [str(item.title), *map(str, item.notes), *cells, *(str(part) for line in item.key for part in line[:2])]
    )
    return "†" in text or "free choice" in text


def alike(a, b) -> bool:
    both = zip(a.values(), b.values(), strict=True)
    return all(x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in both)


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("quzhou-2025", ("04", "07", "08", "10")),
        ("xu-2023", ("04", "08")),
        pytest.param("chen-2025", ("07", "08"), marks=pytest.mark.thorough),
    ],
)
def test_no_unmarked_number_of_a_pseudo_cohort_rests_on_a_free_choice(name, sections, tmp_path, monkeypatch):
    before = numbers(name, sections, monkeypatch)
    dealt = dealt_anew(name, tmp_path / "data", np.random.default_rng(7))
    use_data(monkeypatch, tmp_path / "data")
    after = numbers(name, sections, monkeypatch)
    assert dealt and len(before) > 40
    moved = [k for k, (values, free) in before.items() if not free and not (k in after and alike(values, after[k][0]))]
    assert moved == []
    assert any(free and k in after and not alike(values, after[k][0]) for k, (values, free) in before.items())

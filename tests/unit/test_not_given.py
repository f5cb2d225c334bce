"""Printed counts that pseudo-patients do not have: shares of adverse events are of a group, not of those with the event."""

from types import SimpleNamespace

import pytest
import yaml

from papercheck.reconstruction.proof import not_given
from papercheck.registry.registry import read_registry

EVENT = {"AEDECOD": "Fatigue", "APHASE": "INITIAL"}
ECOG = {"ECOG": "2"}


@pytest.mark.parametrize(
    ("entry", "printed", "value"),
    [
        ({"event": EVENT}, {"percent": "46.2"}, ""),  # 6 of 13
        ({"event": EVENT}, {"percent": "53.8"}, "6 of 13"),
        ({"event": EVENT, "where": ECOG}, {"percent": "40.0"}, ""),  # 2 of 5 with ECOG 2
        ({"event": EVENT, "where": ECOG}, {"percent": "15.4"}, "2 of 5"),
        ({"event": EVENT, "where": ECOG, "of": {"ECOG": ["1", "2"]}}, {"percent": "15.4"}, ""),  # 2 of 13
        ({"event": EVENT, "denominator": "12"}, {"percent": "50.0"}, ""),
        ({"event": EVENT, "where": ECOG}, {"count": "3"}, "2"),
        ({"where": ECOG}, {"percent": "38.5"}, ""),  # 5 of 13
    ],
)
def test_a_share_of_an_adverse_event_is_of_its_group(tmp_path, entry, printed, value):
    entry = {"id": "a", "statistic": "count", "printed": [{"at": "Table 4", **printed}], **entry}
    factors = {"ECOG": {"label": "ECOG", "levels": ["1", "2"]}}
    told = {"title": "T", "n": 13, "primary_endpoint": "PFSR", "factors": factors, "numbers": [entry]}
    (tmp_path / "published.yml").write_text(yaml.safe_dump(told), encoding="utf-8")
    levels = ["2"] * 5 + ["1"] * 8
    rows = [2 if i in (0, 1, 5, 6, 7, 8) else 0 for i in range(13)]
    labels = SimpleNamespace(columns={"ECOG": levels}, events={("Fatigue", "INITIAL"): rows})
    found = SimpleNamespace(n=13, labels=labels, registry=read_registry(tmp_path / "published.yml"), solution=None)
    missed = not_given(found)
    assert [m.values["value"] for m in missed] == ([value] if value else [])

"""Sets of prints that no cohort has together: each is needed, none beside it, and right prints have none."""

import json

from papercheck.reconstruction import smallest
from papercheck.registry.registry import load_registry


def registry(tmp_path, numbers, n=30):
    factors = {"ARM": {"levels": ["A", "B"]}}
    path = tmp_path / "study.yml"
    entries = [{"id": f"e{i}"} | entry for i, entry in enumerate(numbers)]
    raw = {"title": "T", "n": n, "time_unit": "months", "grid": 0.1, "factors": factors, "numbers": entries}
    path.write_text(json.dumps(raw), encoding="utf-8")  # JSON is YAML
    return load_registry(path)


def entry(statistic, **keys):
    parts = {k: keys.pop(k) for k in ("estimate", "p", "count", "percent") if k in keys}
    endpoint = {} if statistic == "count" else {"endpoint": "PFSR"}
    return {"statistic": statistic, **endpoint, **keys, "printed": [{"at": "Text", **parts}]}


A, B = {"ARM": "A"}, {"ARM": "B"}
SIZES = [entry("count", where=A, count="15"), entry("count", where=B, count="15")]
RIGHT = [*SIZES, entry("log_rank", by="ARM", p="0.40"), entry("survival_at", time=3, percent="80.0")]
# Of 30 with 29 events: half of one arm has failed at 5.0, so that fewer than four in five are left of all at 6 months.
WRONG = [
    entry("events", count="29"),
    entry("survival_at", time=6, percent="80.0"),
    entry("median_survival", where=A, estimate="5.0"),
]
EFFORT = 3, 8_000


def test_the_smallest_set_names_what_does_not_go_together_and_nothing_else(tmp_path):
    study = registry(tmp_path, [*RIGHT, *WRONG])
    (found,) = smallest.smallest_sets(study, EFFORT)
    assert {(t.kind, t.printed) for t in found} == {
        ("events", "29"),
        ("survival_at", "80.0"),
        ("median", "5.0"),
    }
    (note,) = smallest.findings(study, EFFORT)
    assert note.kind == "note" and "PFSR median, ARM: A, 5.0 (Text)" in note.wording and len(note.cells) == len(found)


def test_right_prints_have_none_and_many_subjects_are_not_searched(tmp_path):
    assert not smallest.smallest_sets(registry(tmp_path, RIGHT), EFFORT)
    many = registry(tmp_path, [*RIGHT[2:], *WRONG], smallest.MOST + 1)
    assert not smallest.smallest_sets(many, EFFORT)

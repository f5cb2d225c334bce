"""What a report depends on is known whole: a change of any file of data is seen by verify, a resumed batch and a watch."""

import pytest

from rechallenge.cohort.cohort import data_folders, load_cohort
from rechallenge.run.batch import _fingerprint
from rechallenge.run.provenance import inputs
from rechallenge.run.sections import find_sections
from rechallenge.run.watch import _watched
from tests.conftest import GOOD_ADSL, GOOD_YML, use_run

EVIDENCE = (
    "evidence:\n  factor: SEX\n  endpoint: PFSR\n  studies:\n    - {label: Other, cohort: d}\n"
    "    - {label: Paper, source: the paper, patients: p.csv, column: SEX}\n"
)
CHANGED = {
    "a table of its own": "c/adsl.csv",
    "a curve of its own": "c/curves/p.csv",
    "what a hospital mailed": "c/mail/Alder-round-1.json",
    "a cohort that is evidence": "d/adsl.csv",
    "the facts of that cohort": "d/cohort.yml",
    "studies that papers cite": "cited-studies.yml",
}


@pytest.fixture
def data(write_cohort, monkeypatch):
    """The folder data/ with the cohort c, which declares d as evidence, and e, which it has nothing to do with."""
    for name, more in (("c", EVIDENCE), ("d", ""), ("e", "")):
        folder = write_cohort(name, GOOD_YML + more)
    (folder.parent / "c" / "curves").mkdir()
    (folder.parent / "c" / "curves" / "p.csv").write_text("time,event,SEX\n1,1,M\n")
    (folder.parent / "c" / "mail").mkdir()
    (folder.parent / "c" / "mail" / "Alder-round-1.json").write_text("{}\n")
    (folder.parent / "cited-studies.yml").write_text("studies: {}\n")
    return folder.parent


def known(data):
    return inputs("c", find_sections(["01"]), False)["data"], _fingerprint("", "c", None)


@pytest.mark.parametrize("what", CHANGED)
def test_a_change_of_what_a_report_reads_is_seen(data, what):
    before = known(data)
    path = data / CHANGED[what]
    assert any(path == watched or watched in path.parents for watched in _watched("c"))
    path.write_text(path.read_text() + "\n")
    assert all(a != b for a, b in zip(before, known(data), strict=True))


def test_a_change_of_what_it_does_not_read_is_none(data):
    before = known(data)
    for name in ("e/adsl.csv", "c/.pseudonyms", "c/~$adsl.csv", "d/.federation-1"):
        (data / name).write_text("other\n")
    assert known(data) == before and data / "e" not in _watched("c")


def test_a_cohort_whose_facts_cannot_be_read_has_its_own_folder(data):
    (data / "c" / "cohort.yml").write_text("a: [")
    assert data_folders("c") == [data / "c"] and data_folders("no-cohort") == [data / "no-cohort"]
    assert known(data)


def test_who_enters_later_as_evidence_is_taken_out_of_a_title_that_was_read_before(data, monkeypatch):
    """The files of the other cohort are part of what the cohort as it is seen depends on."""
    for name, more in (("c", EVIDENCE), ("d", "")):
        (data / name / "cohort.yml").write_text(
            GOOD_YML.replace("Test", "Cases of Greta Holmqvist") + "kind: patients\n" + more
        )
    use_run(monkeypatch, privacy="shared")
    assert load_cohort("c").meta.title == "Cases of Greta Holmqvist"
    lines = GOOD_ADSL.splitlines()
    (data / "d" / "adsl.csv").write_text(
        "\n".join([lines[0] + ",NAME", *(f"{x},Greta Holmqvist" for x in lines[1:])]) + "\n"
    )
    assert load_cohort("c").meta.title == "Cases of [taken out]"

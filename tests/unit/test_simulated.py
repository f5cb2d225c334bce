"""A cohort that is simulated: no patients, and no reconstruction of a paper either; and the example that is one."""

import pytest

from papercheck.literature.table import load_evidence
from papercheck.vocabulary.kinds import KINDS, NO_PERSONS
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.cohort.declare.meta import load_meta
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.run.word import warning
from rechallenge.sections.course_times import censoring_table, course_times_table
from rechallenge.sections.survival import survival_table
from rechallenge.sections.synthesis import POOL_LIMITS, odds_table
from rechallenge.sections.synthesis_checks import entry_table, hang_table, level_table, model_table
from rechallenge.text.language import words
from tests.conftest import project, use_data
from tests.dated import ASKS, asking_files

EXAMPLES = project() / "docs" / "examples"


@pytest.fixture
def example(monkeypatch):
    use_data(monkeypatch, EXAMPLES)
    return load_cohort("synthetic-dates")


@pytest.mark.slow
def test_the_example_is_what_the_generator_writes(example):
    folder = EXAMPLES / "synthetic-dates"
    assert (folder / "cohort.yml").read_text(encoding="utf-8") == ASKS
    for name, text in asking_files().items():
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == text
    assert not [f for f in read_cohort("synthetic-dates")[1] if f.severity == "error"]


@pytest.mark.parametrize("kind", NO_PERSONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_never_lived_is_said_on_every_page(kind, language):
    report = words(language, "report")
    assert all(report[f"{kind}_{what}"] for what in ("badge", "warning", "analysed"))
    assert warning({"kind": kind, "language": language}) == report[f"{kind}_warning"]
    assert not warning({"kind": "patients", "language": language})


def test_nothing_of_a_simulated_cohort_is_called_printed_or_reconstructed(example):
    assert example.meta.kind == "simulated" in KINDS and not example.meta.reconstructed
    table = survival_table(derive_endpoints(derive_population(example), ["PFSR", "PFS1"]), "PARAMCD")
    assert all(not r.free for r in table.results)
    said = " ".join([*map(str, table.notes), *(str(c) for row in table.rows for c in row)])
    assert "print" not in said and "reconstruction" not in said and "NE" not in [row[3] for row in table.rows]


def test_a_simulated_cohort_is_no_evidence_for_patients(write_cohort):
    yml = "title: S\nkind: {}\ndata_cutoff: 2024-12-31\ntime_unit: months\n"
    adsl = "USUBJID,SEX,PFSR,PFSR_EVENT\nA,M,2,1\nB,F,3,1\nC,M,4,0\nD,F,5,1\n"
    write_cohort("drawn", yml=yml.format("simulated"), adsl=adsl)
    told = "evidence: {factor: SEX, endpoint: PFSR, studies: [{label: Drawn, cohort: drawn}]}\n"
    for kind, refused in (("public", True), ("patients", True), ("simulated", False)):
        write_cohort("own", yml=yml.format(kind) + told, adsl=adsl)
        rules = [f.rule for f in read_cohort("own")[1] if f.value == "drawn"]
        assert any("is simulated" in rule for rule in rules) == refused, (kind, rules)


@pytest.mark.parametrize(
    ("sums", "found"),
    [
        ((81, 60, 40, 20, 8), ""),  # a deep response, step by step
        ((81, 60, 6.1, 55), "6.1"),
        ((5.2, 50, 48), "5.2"),
    ],
)
def test_a_sum_in_cm_is_one_that_jumps(write_cohort, sums, found):
    days = [f"2022-0{i + 1}-01" for i in range(len(sums))]
    rows = "".join(f"A,RECHALLENGE,{day},{s}\n" for day, s in zip(days, sums, strict=True))
    adsl = "USUBJID,ASTDT_RECHALLENGE,LSTALVDT\nA,2022-01-02,2023-01-01\n"
    yml = "title: S\ndata_cutoff: 2024-12-31\n"
    write_cohort(yml=yml, adsl=adsl, adtr="USUBJID,APHASE,ADT,SDIAM\n" + rows)
    jumps = [f.value for f in read_cohort("c")[1] if f.column == "SDIAM" and "a tenth of" in f.rule]
    assert jumps == ([found] if found else [])


def test_the_example_declares_what_the_sections_ask_for(monkeypatch):
    meta = load_meta(EXAMPLES / "synthetic-dates")
    asked = (meta.late_entry, meta.treatment, meta.event_groups, meta.external_control, meta.shapes, meta.imputation)
    assert all(asked) and meta.interval_censored


@pytest.mark.parametrize("table", [course_times_table, censoring_table])
def test_a_median_with_an_interval_names_the_method_of_the_interval(example, table):
    for method, named in (("log-log", "Interval: log-log."), ("plain", "Interval: plain.")):
        assert named in map(str, table(derive_population(example), method=method).notes)


@pytest.mark.parametrize("table", [odds_table, model_table, level_table, hang_table, entry_table])
def test_a_pool_names_the_method_of_its_interval(table):
    assert POOL_LIMITS in map(str, table(load_evidence("rechallenge-review-2026")).notes)

"""What the section on resistance shows: the paper's numbers,
nobody dropped, sentences where there is nothing to show.
"""

import numpy as np
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.patterns import CLASS, MODIFIERS, derive_patterns, model_factors
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import CLASSES, classify
from rechallenge.sections.multiverse import agreement_table, multiverse, multiverse_table
from rechallenge.sections.regression import multivariable_model
from rechallenge.sections.resistance import class_table, decision_table, definitions_table
from rechallenge.sections.resistance_figures import agreement_figure, class_flow_figure, multiverse_figure
from rechallenge.sections.resistance_patterns import interaction_table, pattern_model, pattern_table

PATTERNS = [CLASS, "PROGTYPE", "INTERIM"]
HEADER = "USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL,PFSR,PFSR_EVENT,INTERIM\n"
FEW = "title: T\ntime_unit: months\nprimary_endpoint: PFSR\n"


def prepared(name):
    population = derive_population(load_cohort(name))
    resistance = classify(population)
    study = derive_patterns(population, resistance.rows)
    return study, resistance, derive_endpoints(study, ["PFSR"])


@pytest.fixture(scope="module")
def xu():
    return prepared("xu-2023")


def test_the_medians_and_tests_of_the_paper_stand_in_the_table(xu):
    study, _, outcome = xu
    table = pattern_table(outcome, PATTERNS, 2)
    cells, p = {row[0]: row for row in table.rows}, table.columns.index("Log-rank P")
    assert cells["Acquired resistance"][3].startswith("7.00") and cells["Primary resistance"][3].startswith("2.10")
    assert cells["Resistance (as given by the study)"][p] == "0.003"
    assert cells["Yes"][3].startswith("6.20") and cells["No"][3].startswith("4.00")
    assert cells["Treatment between first course and rechallenge"][p] == "0.027"
    assert cells["Oligo-progression"][3].startswith("5.40") and cells["Systemic progression"][3].startswith("1.10")
    assert cells["Type of progression"][p] == "<0.001"


def test_systemic_progression_stands_in_the_joint_model_with_the_p_of_the_paper(xu):
    study, _, outcome = xu
    model = multivariable_model(outcome, model_factors(study, PATTERNS))
    rows = {row[0]: row for row in pattern_model(model).rows}
    assert rows["Systemic progression against Oligo-progression"][4] == "0.006, as printed"


def test_the_counts_of_every_definition_add_up_to_all_patients(xu):
    study, resistance, _ = xu
    table = class_table(resistance)
    assert len(table.rows) == 20
    counted = [[int(cell.split()[0].replace("–", "0")) for cell in row[1 : 1 + len(CLASSES)]] for row in table.rows]
    assert all(sum(counts) == 40 for counts in counted)  # – : the definition says nothing of this class
    assert all(row[-1] != "–" for row in table.rows if row[3] != "0" or row[4] != "0"), "left out without a reason"


def test_the_class_that_the_paper_gives_is_the_only_line_that_is_not_a_free_choice(xu):
    study, resistance, outcome = xu
    frame = multiverse(resistance, outcome)
    assert frame["free"].tolist() == [False] + [True] * (len(frame) - 1)
    given = frame.iloc[0]
    assert (given["median"], given["median_reference"]) == (7.0, 2.1) and round(given["p"], 3) == 0.003
    shown = [row[0] for row in multiverse_table(resistance, multiverse(resistance, outcome), outcome).rows]
    assert [row.endswith("†") for row in shown] == frame["free"].tolist()


def test_a_definition_outside_its_scope_is_marked(xu):
    study, resistance, _ = xu
    marked = [row[0] for row in class_table(resistance).rows if row[0].endswith("‡")]
    assert marked == ["JITC melanoma study, original rule ‡"]  # others class nobody here


def test_figures_say_what_they_show(xu):
    study, resistance, outcome = xu
    assert "8 definitions" in class_flow_figure(resistance).alt
    assert "8 definitions" in agreement_figure(resistance).alt
    assert "5 definitions" in multiverse_figure(multiverse(resistance, outcome), outcome).alt


def test_every_definition_is_written_out_with_its_source(xu):
    study, resistance, _ = xu
    table = definitions_table(resistance)
    heads = [row for row, level in zip(table.rows, table.indent, strict=True) if not level]
    assert len(heads) == 20 and all(len(row) == 2 and row[1] for row in heads)


def test_classes_told_by_progression_on_rechallenge_are_named(write_cohort):
    rows = "USUBJID,ASTDT_INITIAL,AENDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,BOR_INITIAL\n"
    rows += "A,2020-01-01,2020-09-01,2021-01-10,2021-02-01,2021-06-01,2021-07-01,PR\n"
    rows += "B,2020-01-01,2020-03-01,2020-03-01,2020-06-01,2020-09-01,2021-07-01,PD\n"
    rows += "C,2020-01-01,2020-09-01,2020-09-01,2020-12-01,2021-03-01,2021-07-01,PR\n"
    write_cohort(yml="title: T\nprimary_endpoint: PFSR\ndata_cutoff: 2022-01-01\n", adsl=rows)
    study, resistance, outcome = prepared("c")
    notes = " ".join(multiverse_table(resistance, multiverse(resistance, outcome), outcome).notes)
    assert "which is the outcome itself: SITC 2020, single agent (1)" in notes
    decided = decision_table(resistance, "SITC20")
    assert [row[1] for row in decided.rows] == ["Acquired resistance", "Primary resistance", "Acquired resistance"]
    assert decided.rows[1][4:6] == ["2020-03-01", "2020-03-01"]


@pytest.mark.parametrize(
    "rows",
    [
        "A,3,1,SD,2,1,N\nB,9,1,SD,4,1,Y\n",  # one patient in each class
        "A,3,1,SD,2,0,N\nB,9,1,SD,4,0,Y\nC,4,1,PD,3,0,Y\n",  # no event
        "A,3,1,PR,2,1,N\nB,9,1,PR,4,1,N\n",  # one class under most, one level
        "A,3,0,PR,2,1,N\nB,9,0,SD,4,1,Y\n",  # nobody has progressed
        "A,3,1,,2,1,\nB,9,1,,4,1,\n",  # no response
    ],
    ids=["single", "no event", "one level", "no progression", "no response"],
)
def test_thin_data_give_a_table_or_a_sentence(write_cohort, rows):
    write_cohort(yml=FEW, adsl=HEADER + rows)
    study, resistance, outcome = prepared("c")
    made = [
        lambda: class_table(resistance), lambda: class_flow_figure(resistance), lambda: agreement_figure(resistance),
        lambda: decision_table(resistance), lambda: agreement_table(resistance),
        lambda: multiverse_table(resistance, multiverse(resistance, outcome), outcome), lambda: multiverse_figure(multiverse(resistance, outcome), outcome),
        lambda: pattern_table(outcome, PATTERNS, 2), lambda: interaction_table(outcome, MODIFIERS),
    ]  # fmt: skip
    for make in made:
        try:
            assert make()._repr_mimebundle_()
        except NotAvailable as reason:
            assert str(reason).startswith("needs ")


def test_an_interaction_that_cannot_be_estimated_says_why(write_cohort):
    rows = "".join(f"P{i},{3 + 6 * (i % 2)},1,SD,{i + 1},1,{'Y' if i % 2 else 'N'}\n" for i in range(8))
    write_cohort(yml=FEW, adsl=HEADER + rows)
    study, _, outcome = prepared("c")
    table = interaction_table(outcome, MODIFIERS)
    assert any("a combination of the two has no patient" in note for note in table.notes)


def test_many_patients_are_counted_by_rule_not_listed(write_cohort):
    rng = np.random.default_rng(4)
    rows = "".join(f"P{i},{rng.integers(1, 20)},1,SD,{rng.integers(1, 9)},1,N\n" for i in range(60))
    write_cohort(yml=FEW, adsl=HEADER + rows)
    study, resistance, _ = prepared("c")
    table = decision_table(resistance, "S1400F")
    assert sum(int(row[2].split()[0]) for row in table.rows) == 60
    assert {row[0] for row in table.rows} <= set(CLASSES.values())

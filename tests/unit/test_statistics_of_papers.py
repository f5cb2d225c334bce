"""The vocabulary of a registry: what other papers print, further endpoints, kinds of test."""

import pytest

from papercheck.files.findings import CohortError
from papercheck.registry.labels import describe_entry
from papercheck.registry.registry import read_registry
from papercheck.registry.targets import endpoints_with_targets, survival_targets

HEAD = """title: T
n: 40
time_unit: months
factors:
  ARM: {label: Arm, levels: {A: "A", B: "B"}}
further_endpoints: {DOR: Duration of response}
numbers:
"""


@pytest.fixture
def registry(tmp_path):
    def read(*lines, head=HEAD):
        path = tmp_path / "paper.yml"
        path.write_text(head + "\n".join(f"  - {line}" for line in lines) + "\n", encoding="utf-8")
        return read_registry(path)

    return read


def test_a_paper_may_print_an_interval_of_a_share_and_an_endpoint_of_its_own(registry):
    found = registry(
        '{id: orr, statistic: count, where: {BOR_RECHALLENGE: [CR, PR]}, printed: [{at: T, percent: "20", ci:'
        ' "9.1-35.6"}]}',
        '{id: dor, statistic: median_survival, endpoint: DOR, printed: [{at: T, estimate: "7.1"}]}',
        '{id: os, statistic: median_survival, endpoint: OS, printed: [{at: T, estimate: "17.1"}]}',
    )
    assert found.entries[0].printed("ci")[0].text == ("9.1", "35.6")
    assert describe_entry(found.entries[1], found) == "Duration of response median"
    assert endpoints_with_targets(found) == ["OS"]  # no patients are made for what the workbook has no endpoint of


def test_an_unknown_endpoint_is_refused_with_the_way_to_declare_it(registry):
    with pytest.raises(CohortError, match="unknown endpoint.*Declare another one under `further_endpoints`"):
        registry('{id: x, statistic: median_survival, endpoint: PFRS, printed: [{at: T, estimate: "7.1"}]}')
    with pytest.raises(CohortError, match="OS cannot be the name of a further endpoint"):
        registry('{id: x, statistic: count, printed: [{at: T, count: "40"}]}', head=HEAD.replace("{DOR:", "{OS:"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("group_test, by: ARM, factor: SEX, printed: [{at: T, p: '.37', method: Fisher}]", "Test, Sex, Arm"),
        ("interaction, endpoint: OS, by: ARM, across: SEX, printed: [{at: T, p: NS}]", "Interaction, OS, Arm, across Sex"),
        ("difference, endpoint: OS, time: 12, by: ARM, group: B, against: A, printed: [{at: T, difference: '-3.1'}]",
         "Difference of shares, OS at 12, Arm: B against A"),
        ("cox, endpoint: OS, by: ARM, stratified: [SEX], printed: [{at: T, hr: '0.8'}]", "OS hazard ratio, Arm, stratified by Sex"),
        ("auc, what: NLR, event_of: {SEX: F}, printed: [{at: T, estimate: '0.7'}]", "AUC, NLR, Sex: Female"),
    ],
)  # fmt: skip
def test_what_else_a_paper_prints_is_described_in_words(registry, line, words):
    found = registry(f"{{id: x, statistic: {line}}}")
    assert describe_entry(found.entries[0], found) == words


@pytest.mark.parametrize(
    ("line", "window"),
    [
        ("log_rank, endpoint: OS, by: ARM, printed: [{at: T, p: '0.02', method: one-sided}]", (0.03, 0.05)),
        ("log_rank, endpoint: OS, by: ARM, printed: [{at: T, p: '0.02', method: log-rank}]", (0.015, 0.025)),
        ("log_rank, endpoint: OS, by: ARM, printed: [{at: T, p: '0.02', method: Gehan}]", None),
        ("log_rank, endpoint: OS, by: ARM, printed: [{at: T, p: '0.02', method: stratified log-rank}]", None),
        ("log_rank, endpoint: OS, by: ARM, stratified: [SEX], printed: [{at: T, p: '0.02'}]", None),
        ("cox, endpoint: OS, by: ARM, weights: overlap, printed: [{at: T, p: '0.02'}]", None),
        ("cox, endpoint: OS, by: ARM, printed: [{at: T, p: '0.02', method: log-rank}]", None),
    ],
)
def test_a_p_value_is_asked_of_the_test_that_it_is_of(registry, line, window):
    targets = survival_targets(registry(f"{{id: x, statistic: {line}}}"), "OS")
    assert [t.window for t in targets] == ([] if window is None else [pytest.approx(window)])

"""Right papers are never accused: registries printed from simulated cohorts, by many rules of rounding and software."""

import pytest

from papercheck.audit.engine import audit
from tests.bench.audit_benchmark import ACCUSED, planted, right_registry
from tests.sizes import size

PAPERS = size(16, 200)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_no_right_paper_is_accused(block):
    size, unlikely = PAPERS // 4, 0
    for seed in range(block * size, (block + 1) * size):
        for finding in audit(right_registry(seed)):
            assert finding.kind not in ACCUSED, (seed, finding.check, finding.wording)
            unlikely += finding.kind == "unlikely"
            assert finding.probability is None or finding.probability <= 0.005
    assert unlikely <= 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "a count",
        "events above subjects",
        "ORR above DCR",
        "P off by ten",
        pytest.param("PFS above OS", marks=pytest.mark.thorough),
    ],
)
def test_a_planted_error_is_named(kind):
    told = [x for seed in range(size(5, 8)) if (x := planted(kind, seed)) not in (None, "hidden")]
    assert told and told.count("named") >= 0.7 * len(told), told

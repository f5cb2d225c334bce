"""Eight hundred more right papers, none of which is accused."""

import pytest

from papercheck.audit.engine import audit
from tests.bench.audit_benchmark import ACCUSED, right_registry


@pytest.mark.thorough
def test_no_right_paper_of_many_is_accused():
    found = [
        (seed, f.check, f.wording)
        for seed in range(200, 1000)
        for f in audit(right_registry(seed))
        if f.kind in ACCUSED
    ]
    assert found == []

"""How much the audit of printed numbers misses, and whether it accuses: `python tests/bench/audit_benchmark.py [PAPERS
[ERRORS]]`.

PAPERS right papers (2000) are printed from simulated cohorts (audit_papers): none may be called impossible or a
contradiction. Then one error of each of KINDS (audit_errors) is planted in each of ERRORS papers (40): how many are
named, and how many are hidden: no one could find them, as a right paper could print the same. Prints two tables in
Markdown.
"""

import sys
from collections import Counter

from tests.bench.audit_errors import ACCUSED, KINDS, planted
from tests.bench.audit_papers import right_registry

from papercheck.audit.engine import audit

__all__ = ["ACCUSED", "KINDS", "planted", "right_registry"]


def right_papers(papers) -> Counter:
    """Findings of right papers by kind; each that accuses is printed with its seed, progress goes to stderr."""
    kinds = Counter()
    for seed in range(papers):
        for f in audit(right_registry(seed)):
            kinds[f.kind] += 1
            if f.kind in ACCUSED:
                print(f"FALSE ALARM seed {seed}: {f.check}: {f.wording}", flush=True)
        if seed % 100 == 99:
            print(f"{seed + 1} of {papers} papers: {dict(kinds)}", file=sys.stderr, flush=True)
    return kinds


def main(papers=2000, errors=40):
    print(
        "| planted error | planted | hidden | named of the others | n below 60 | n of 60 or more"
        " |\n|---|---|---|---|---|---|"
    )
    told_of = {kind: [] for kind in KINDS}
    for seed in range(errors):
        small = right_registry(seed).n < 60
        for kind in KINDS:
            if (verdict := planted(kind, seed)) is not None:
                told_of[kind].append((verdict, small))
    for kind, told in [*told_of.items(), ("all", [x for mine in told_of.values() for x in mine])]:
        rows = [[v for v, s in told if v != "hidden" and side in (None, s)] for side in (None, True, False)]
        shares = [f"{row.count('named')} of {len(row)}" for row in rows]
        print(f"| {kind} | {len(told)} | {sum(v == 'hidden' for v, _ in told)} | {' | '.join(shares)} |", flush=True)
    kinds = right_papers(papers)
    print(f"\nRight papers: {papers}\n\n| verdict | findings |\n|---|---|")
    print("\n".join(f"| {kind} | {kinds[kind]} |" for kind in (*ACCUSED, "unlikely", "convention", "note")))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

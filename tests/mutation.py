"""One-line changes of the statistics and of what is derived, each run against the tests beside it: how many are
noticed?

    python tests/mutation.py [--count 40] [--seed 1] [--only smallsurv/logrank.py] [--at smallsurv/logrank.py:142]
                             [--skip 50]

A change is drawn at random (seeded) from: < and <=, > and >=, + and -, and/or, a whole number plus one, a returned
value gone. It is made in a copy of lib/; the tests that import the module run there with -x, in a fork of this process:
those of its own name first, then the smallest six of those that name the changed function or the module and
test_standing_answers.py, the quick ones before the slow. More tests could only notice more. What changes nothing that anyone could see stands with its reason in
mutants_alike.yml: it is drawn and not judged. Prints a table and the score, which docs/mutation.md keeps. Needs a
system that forks.
"""

import argparse
import ast
import importlib
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
# What every fork needs is loaded once, but nothing of ours.
LOADED = (
    "hypothesis", "lifelines", "scipy.stats", "scipy.optimize", "matplotlib.pyplot", "numba", "pydantic", "yaml", "IPython", "nbformat",
    "nbconvert", "papermill", "jinja2", "openpyxl", "typer", "rich.console", "pyarrow.parquet", "pyreadstat",
)  # fmt: skip
PLACES = ("smallsurv/*.py", "smallsurv/meta/*.py", "rechallenge/derive/*.py")
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SIGNS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Add: "+",
    ast.Sub: "-",
    ast.And: "and",
    ast.Or: "or",
}
ALIKE = Path(__file__).with_name("mutants_alike.yml")
LONGEST = 240  # seconds of computing that the tests of one change may take
ROUNDS = ("not slow", "slow")
NEAR = 6  # test files of other modules that a change is run against
STANDING = "tests/unit/test_standing_answers.py"  # calls every public function, and names none
_pass_unchanged = set()  # rounds of tests that were seen to pass without a change


@dataclass(frozen=True)
class Mutant:
    """A module, the number of the node that changes in the order of ast.walk, its line, what changes into what, the
    text of that line, and the function or class that it stands in."""

    module: Path
    node: int
    line: int
    change: str
    text: str
    inside: str

    @property
    def place(self) -> str:
        return str(self.module.relative_to(PROJECT / "lib"))


def mutants_of(module: Path) -> list[Mutant]:
    """Every change that can be made in a module."""
    found = []
    source = module.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    inside = {n.lineno + i: n.name for n in tree.body if hasattr(n, "name") for i in range(n.end_lineno - n.lineno + 1)}
    for number, node in enumerate(ast.walk(tree)):
        change = _change(node)
        if change:
            text = lines[node.lineno - 1].strip()
            found.append(Mutant(module, number, node.lineno, change, text, inside.get(node.lineno, "")))
    return found


def alike() -> set[tuple[str, str, str]]:
    """Module, line of code and change of what changes nothing that anyone could see."""
    known = yaml.safe_load(ALIKE.read_text(encoding="utf-8")) or []
    return {(k["module"], k["line"], k["change"]) for k in known}


def _change(node) -> str:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        return f"{SIGNS[type(node.ops[0])]} -> {SIGNS[SWAPS[type(node.ops[0])]]}"
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        return f"{SIGNS[type(node.op)]} -> {SIGNS[SWAPS[type(node.op)]]}"
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return f"{node.value} -> {node.value + 1}"
    if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        return "return -> return None"
    return ""


def mutated(mutant: Mutant) -> str:
    """The source of the module with the change."""
    tree = ast.parse(mutant.module.read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[mutant.node]
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value += 1
    else:
        node.value = None
    return ast.unparse(tree)


def tests_beside(module: Path, inside="") -> list[list[str]]:
    """Unit and property tests that name the module in an import, the one called after it first; else those that name
    a function of it, else those of the modules that import it. Of the others, those that name `inside` come first.
    """
    files = [*(PROJECT / "tests" / "unit").glob("test_*.py"), *(PROJECT / "tests" / "property").glob("test_*.py")]
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    folder = module.parent.name
    named = [
        file
        for file, text in texts.items()
        if any(
            f"{folder}.{module.stem} import" in line
            or (f"{folder} import" in line and module.stem in line)
            or line.strip(" ,").split(" as ")[0] == module.stem
            for line in text.splitlines()
        )
    ]
    found = named or [f for f in files if public_names(module) & set(re.findall(r"\w+", texts[f]))]
    if not found:
        users = [m for m in module.parent.glob("*.py") if f".{module.stem} import" in m.read_text(encoding="utf-8")]
        found = [PROJECT / test for user in users for part in tests_beside(user)[:1] for test in part]
    own = [f for f in found if module.stem in f.stem or f.stem.removeprefix("test_") in module.stem]
    others = [f for f in set(found) if f not in own]
    others = sorted(others, key=lambda f: (inside not in texts[f], len(texts[f]), f))[:NEAR]
    parts = [[str(f.relative_to(PROJECT)) for f in part] for part in (sorted(own), others)]
    return [part for part in (parts[0], [*parts[1], STANDING]) if part]


def public_names(module: Path) -> set[str]:
    """Functions and classes of a module that others may use, but for words that are not names of it alone."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and "_" in node.name
    }


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether the tests beside the module pass with the change made in the copy of lib/."""
    place = copy / mutant.place
    before = place.read_bytes()
    for tests in tests_beside(mutant.module, mutant.inside):
        for quick in ROUNDS:
            place.write_text(mutated(mutant), encoding="utf-8")
            try:
                passed = passes(tests, quick, copy)
            finally:
                place.write_bytes(before)
            if not passed and pass_unchanged(tests, quick, copy):
                return False
    return True


def pass_unchanged(tests: list[str], quick: str, copy: Path) -> bool:
    """Whether the tests pass without a change: else their failure says nothing of it."""
    key = (quick, *sorted(tests))
    if key not in _pass_unchanged and passes(tests, quick, copy):
        _pass_unchanged.add(key)
    if key not in _pass_unchanged:
        print(f"not judged by {tests}, {quick}: they do not pass without a change either", file=sys.stderr)
    return key in _pass_unchanged


def passes(tests: list[str], quick: str, copy: Path) -> bool:
    """Whether these tests, the quick or the slow, pass with the library of `copy`, in a fork of this process that may
    compute for LONGEST seconds, however busy the machine is."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        signal.alarm(4 * LONGEST)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.chdir(PROJECT)
        os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True  # two changes of a module may have one length and one second
        sys.path[:0] = [str(copy), str(PROJECT)]
        ended = pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider", "-m", quick, *tests])
        os._exit(ended not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))
    return os.waitpid(child, 0)[1] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="how many of the draw were run before")
    parser.add_argument("--only", default="", help="a module, as smallsurv/logrank.py")
    parser.add_argument("--at", default=[], nargs="*", help="every change of these lines, as smallsurv/logrank.py:142")
    asked = parser.parse_args()
    modules = [m for place in PLACES for m in sorted((PROJECT / "lib").glob(place)) if asked.only in str(m)]
    known = alike()
    every = [c for m in modules for c in mutants_of(m)]
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))[asked.skip :]
    if asked.at:
        drawn = [c for c in every if f"{c.place}:{c.line}" in asked.at]
    judged = [c for c in drawn if (c.place, c.text, c.change) not in known]
    alive = 0
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "lib"
        shutil.copytree(PROJECT / "lib", copy, symlinks=True)
        for mutant in judged:
            began = time.monotonic()
            lives = survives(mutant, copy)
            alive += lives
            said, took = "survives" if lives else "noticed", time.monotonic() - began
            print(
                f"| {mutant.place}:{mutant.line} | {mutant.change} | {said} | `{mutant.text}` | {took:.0f} s |",
                flush=True,
            )
    noticed, same = len(judged) - alive, len(drawn) - len(judged)
    print(f"noticed {noticed} of {len(judged)} ({noticed / max(1, len(judged)):.0%}); {same} drawn that change nothing")


if __name__ == "__main__":
    main()

"""One-line changes of the statistics and of what is derived, each run against the tests beside it: how many are
noticed?

    python tests/mutation.py [--count 40] [--seed 1] [--only smallsurv/logrank.py]

A change is drawn at random (seeded) from: < and <=, > and >=, + and -, and/or, a whole number plus one, a returned
value gone. It is made in a copy of lib/; the tests that import the module run there with -x, in a fork of this process,
those of its own name first. Prints a table and the score. Needs a system that forks.
"""

import argparse
import ast
import importlib
import os
import random
import re
import resource
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

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
LONGEST = 240  # seconds of computing that the tests of one change may take
_pass_unchanged = set()  # tests that were seen to pass without a change


@dataclass(frozen=True)
class Mutant:
    """A module, the number of the node that changes in the order of ast.walk, its line, and what changes into what."""

    module: Path
    node: int
    line: int
    change: str


def mutants_of(module: Path) -> list[Mutant]:
    """Every change that can be made in a module; doc strings and defaults of arguments are left alone."""
    found = []
    for number, node in enumerate(ast.walk(ast.parse(module.read_text(encoding="utf-8")))):
        change = _change(node)
        if change:
            found.append(Mutant(module, number, node.lineno, change))
    return found


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


def tests_beside(module: Path) -> list[list[str]]:
    """Unit and property tests that name the module in an import, the one called after it first; else those that name
    a function of it, else those of the modules that import it.
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
        users = [
            m for m in module.parent.glob("*.py") if f"from .{module.stem} import" in m.read_text(encoding="utf-8")
        ]
        tests = sorted({test for user in users for part in tests_beside(user)[:1] for test in part})
        return [tests] if tests else []
    own = [f for f in found if module.stem in f.stem or f.stem.removeprefix("test_") in module.stem]
    others = [f for f in found if f not in own]
    return [sorted(str(f.relative_to(PROJECT)) for f in part) for part in (own, others) if part]


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
    place = copy / mutant.module.relative_to(PROJECT / "lib")
    before = place.read_bytes()
    place.write_text(mutated(mutant), encoding="utf-8")
    try:
        failed = next((tests for tests in tests_beside(mutant.module) if not passes(tests, copy)), [])
    finally:
        place.write_bytes(before)
    if failed and tuple(failed) not in _pass_unchanged:
        if not passes(failed, copy):
            sys.exit(f"{failed} do not pass without {mutant} either")
        _pass_unchanged.add(tuple(failed))
    return not failed


def passes(tests: list[str], copy: Path) -> bool:
    """Whether all of these tests pass with the library of `copy`, in a fork of this process that may compute for
    LONGEST seconds, however busy the machine is."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.chdir(PROJECT)
        os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True  # two changes of a module may have one length and one second
        sys.path[:0] = [str(copy), str(PROJECT)]
        os._exit(pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]) != 0)
    return os.waitpid(child, 0)[1] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a module, as smallsurv/logrank.py")
    asked = parser.parse_args()
    modules = [m for place in PLACES for m in sorted((PROJECT / "lib").glob(place)) if "kernels" not in m.name]
    every = [c for m in modules if asked.only in str(m) for c in mutants_of(m)]
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    alive = 0
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "lib"
        shutil.copytree(PROJECT / "lib", copy, symlinks=True)
        for mutant in drawn:
            lives = survives(mutant, copy)
            alive += lives
            name = mutant.module.relative_to(PROJECT / "lib")
            print(f"| {name}:{mutant.line} | {mutant.change} | {'survives' if lives else 'noticed'} |", flush=True)
    print(
        f"noticed {len(drawn) - alive} of {len(drawn)} ({(len(drawn) - alive) / max(1, len(drawn)):.0%}), of"
        f" {len(every)}"
    )


if __name__ == "__main__":
    main()

"""The project's own promises: pins agree, generated files are current, imports go one way."""

import ast
import importlib.util
import re
import tomllib

import pytest
import yaml

from tests.conftest import project

PACKAGES = ["smallsurv", "papercheck", "rechallenge"]
ORDER = [
    "context", "text", "results", "release", "cohort", "derive", "federation", "replication", "show", "sections", "wb", "run", "explore", "cli", "__main__",
]  # fmt: skip


def lock():
    lines = (project() / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return dict(re.match(r"([\w.-]+)==([^ ;]+)", line).groups() for line in lines if "==" in line)


def test_every_pin_of_the_lock_has_the_hashes_of_its_files():
    entries = (project() / "requirements.hashes").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    hashed = {
        re.match(r"([\w.-]+)==([^ ;]+)", e).groups() for e in entries if re.search(r"--hash=sha256:[0-9a-f]{64}", e)
    }
    assert hashed == set(lock().items()) and len(entries) == len(hashed)


def declared():
    meta = tomllib.loads((project() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.match(r"[\w-]+", d).group() for d in meta["dependencies"] + meta["optional-dependencies"]["test"]}


def test_conda_users_get_the_same_pins_as_the_lock():
    entries = yaml.safe_load((project() / "environment.yml").read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    pins = dict(e.split("==") for e in entries if "==" in e)
    assert pins == {name: lock()[name] for name in declared()}
    assert "--constraint requirements.lock" in entries


@pytest.mark.slow
def test_every_installed_dependency_is_locked():
    from importlib.metadata import distribution, requires

    waiting, seen = list(declared()), set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        assert name in lock(), f"{name} is not locked"
        assert distribution(name).version == lock()[name]
        for line in requires(name) or []:
            if ";" not in line:
                waiting.append(re.match(r"[\w.-]+", line).group())


def test_lifelines_has_the_pandas_that_it_needs():
    assert lock()["lifelines"] == "0.30.3" and int(lock()["pandas"].split(".")[0]) < 3


def test_shipped_tables_are_what_their_script_makes(tmp_path):
    folder = project() / "data" / "ncctg-lung"
    spec = importlib.util.spec_from_file_location("build", folder / "source" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(tmp_path)
    made = {p.name: p.read_bytes() for p in tmp_path.glob("*.csv")}
    assert made == {p.name: p.read_bytes() for p in folder.glob("*.csv")}


IMPORT = re.compile(r"^[ \t]*(from [\w.]+ import (?:\([^)]*\)|[\w., ]+?)|import [\w., ]+?)[ \t]*(?:#.*)?$", re.M)


def imported(path, package):
    """Every module of ours that a file imports, function-level imports included, as (package, module, ...)."""
    statements = IMPORT.findall(path.read_text(encoding="utf-8"))
    for node in ast.parse("\n".join(statements)).body:
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            target = (*base, *(node.module or "").split(".")) if node.module else base
            for alias in node.names:
                yield (*target, alias.name)
        elif isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)


def arrows():
    """(room, room) of every import between the packages and between the rooms of the workbook."""
    lib, found = project() / "lib", set()
    for path in lib.rglob("*.py"):
        parts = path.relative_to(lib).with_suffix("").parts
        for target in imported(path, parts[:-1]):
            if target[0] in PACKAGES and target[0] != parts[0]:
                found.add((parts[0], target[0]))
            elif target[0] == parts[0] == "rechallenge" and len(parts) > 1 and len(target) > 1:
                found.add((f"rechallenge.{parts[1]}", f"rechallenge.{target[1]}"))
    return found


def place(room):
    package, _, inner = room.partition(".")
    return PACKAGES.index(package), ORDER.index(inner) if inner else 0


def test_imports_go_one_way_between_packages_and_rooms():
    found = {(a, b) for a, b in arrows() if a != b and "__init__" not in a}
    assert len(found) > 15
    assert {(a, b) for a, b in found if place(a) < place(b)} == set()


def test_no_notebook_names_a_section_to_the_runner():
    names = [p.stem[3:] for p in (project() / "notebooks").glob("[0-9][0-9]_*.ipynb")]
    text = "".join(p.read_text(encoding="utf-8") for p in (project() / "lib" / "rechallenge" / "run").rglob("*.py"))
    assert not [
        n for n in names if re.search(rf"[\"'](\d\d_)?{n}[\"']", text.replace("05_progression_free_survival", ""))
    ]


def test_the_interval_methods_of_cohort_yml_are_those_of_the_estimates():
    from papercheck.vocabulary.facts import INTERVALS
    from rechallenge.text.words import INTERVAL_NAMES, INTERVAL_NOTES
    from smallsurv.curve import METHODS

    assert INTERVALS == METHODS == tuple(INTERVAL_NAMES) == tuple(INTERVAL_NOTES)


def test_patients_stay_out_of_git():
    ignored = (project() / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "data/*" in ignored and "outputs/*" in ignored


@pytest.mark.slow
def test_comments_and_docstrings_keep_to_the_width_of_the_code():
    """What the formatter leaves alone; tables, patterns and the examples of templates may be wider."""
    wide = []
    for path in sorted((project() / "lib").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines, documented = text.splitlines(), set()
        if all(len(line) <= 120 for line in lines):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
                documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        template = path.stem == "template"
        wide += [
            f"{path.name}:{number}"
            for number, line in enumerate(lines, 1)
            if len(line) > 120 and (number in documented or line.lstrip().startswith("#") and not template)
        ]
    assert not wide


def test_what_the_mutation_run_does_not_judge_stands_in_the_code_with_a_reason():
    for told in yaml.safe_load((project() / "tests" / "mutants_alike.yml").read_text(encoding="utf-8")):
        code = (project() / "lib" / told["module"]).read_text(encoding="utf-8")
        assert told["line"] in map(str.strip, code.splitlines()) and told["why"] and " -> " in told["change"], told

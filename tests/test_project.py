"""The project's own promises: pins agree, generated files are current, imports go one way."""

import ast
import importlib.util
import re
import tomllib

import yaml

from rechallenge.intake.dictionary import dictionary_markdown

from .conftest import project

ORDER = ["estimate", "intake", "derive", "published", "present", "report", "cli"]


def lock():
    lines = (project() / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return dict(re.match(r"([\w.-]+)==([^ ;]+)", line).groups() for line in lines if "==" in line)


def declared():
    meta = tomllib.loads((project() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.match(r"[\w-]+", d).group() for d in meta["dependencies"] + meta["optional-dependencies"]["test"]}


def test_conda_users_get_the_same_pins_as_the_lock():
    entries = yaml.safe_load((project() / "environment.yml").read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    pins = dict(e.split("==") for e in entries if "==" in e)
    assert pins == {name: lock()[name] for name in declared()}
    assert "--constraint requirements.lock" in entries


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


def test_data_readme_is_the_dictionary():
    assert (project() / "data" / "README.md").read_text(encoding="utf-8") == dictionary_markdown()


def test_shipped_tables_are_what_their_script_makes(tmp_path):
    folder = project() / "data" / "ncctg-lung"
    spec = importlib.util.spec_from_file_location("build", folder / "source" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(tmp_path)
    made = {p.name: p.read_bytes() for p in tmp_path.glob("*.csv")}
    assert made == {p.name: p.read_bytes() for p in folder.glob("*.csv")}


def test_a_later_stage_imports_earlier_ones_never_the_reverse():
    for path in (project() / "lib" / "rechallenge").rglob("*.py"):
        parts = path.relative_to(project() / "lib" / "rechallenge").with_suffix("").parts
        if parts[0] not in ORDER:
            continue
        allowed = ORDER[: ORDER.index(parts[0]) + 1] if parts[0] != "estimate" else ["estimate"]
        if parts[0] == "intake":
            allowed = ["intake"]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                package = ("rechallenge", *parts[:-1])[: len(parts) + 1 - node.level]
                target = [*package[1:], *(node.module or "").split(".")]
                assert not target[0] or target[0] in allowed, f"{path.name} imports {target}"


def test_no_notebook_names_a_section_to_the_runner():
    names = [p.stem[3:] for p in (project() / "notebooks").glob("[0-9][0-9]_*.ipynb")]
    text = "".join(p.read_text(encoding="utf-8") for p in (project() / "lib" / "rechallenge" / "report").rglob("*.py"))
    assert not [n for n in names if n in text.replace("05_progression_free_survival", "")]


def test_the_interval_methods_of_cohort_yml_are_those_of_the_estimates():
    from rechallenge.estimate.survival import METHODS
    from rechallenge.intake.meta import INTERVALS
    from rechallenge.present.words import INTERVAL_NAMES, INTERVAL_NOTES

    assert INTERVALS == METHODS == tuple(INTERVAL_NAMES) == tuple(INTERVAL_NOTES)


def test_patients_stay_out_of_git():
    ignored = (project() / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "data/*" in ignored and "outputs/" in ignored

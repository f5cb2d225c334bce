"""The installed wheel, away from its repository: a project is started, its example makes a whole report."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from rechallenge.run.starter import EXAMPLE, SHIPPED
from tests.conftest import project


def run(*command, cwd, **environment):
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(command, cwd=cwd, env=kept | environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built of what git holds, without network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    names = run("git", "ls-files", "-z", cwd=project()).stdout.split("\0")
    for name in filter(None, names):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((project() / name).read_bytes())
    (source / "data" / "ours").mkdir()
    (source / "data" / "ours" / "adsl.csv").write_text("USUBJID\nSECRET-1\n")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", str(out)]
    done = run(sys.executable, "-m", "pip", "wheel", *options, str(source), cwd=out)
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("rechallenge-*.whl")
    return made


def test_the_wheel_holds_the_example_and_no_other_data(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    held = {n.removeprefix("rechallenge/starter/") for n in names if n.startswith("rechallenge/starter/")}
    assert {n for n in held if not n.startswith(SHIPPED)} == set()
    assert all(any(n.startswith(shipped) for n in held) for shipped in SHIPPED)
    assert not [n for n in names if "/ours/" in n or n.startswith("tests")]


@pytest.fixture(scope="module")
def command(wheel, tmp_path_factory):
    """The command of a fresh environment that has the wheel; its other packages are those of this one."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    scheme = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    python = f"{scheme['scripts']}/{os.path.basename(sys.executable)}"
    options = ["--no-deps", "--no-index", "-q", "--python", python]
    done = run(sys.executable, "-m", "pip", *options[3:], "install", *options[:3], str(wheel), cwd=home)
    assert done.returncode == 0, done.stderr
    # Behind the wheel's own: a line of a .pth file is appended to the path; without this repository's .pth it names
    # no other.
    with open(f"{scheme['purelib']}/others.pth", "w") as file:
        file.write(sysconfig.get_paths()["purelib"])
    jupyter = f"{sys.prefix}/share/jupyter"  # page templates and kernels, which a whole installation puts beside itself
    return lambda *arguments, cwd: run(python, "-m", "rechallenge", *arguments, cwd=cwd, JUPYTER_PATH=jupyter)


METADATA = "ro-crate-metadata.json"


def digests(folder):
    """{what: digest} of what a report was made of."""
    graph = json.loads((folder / METADATA).read_text(encoding="utf-8"))["@graph"]
    return {e["name"]: e["identifier"] for e in graph if e["@type"] == "Dataset" and e["@id"] != "./"}


def test_a_started_project_makes_the_report_that_this_tree_makes(command, reports, tmp_path):
    done = command("init", "w", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = command("cohorts", cwd=tmp_path / "w" / "notebooks")
    assert done.returncode == 0 and EXAMPLE in done.stdout, done.stderr
    done = command("report", EXAMPLE, cwd=tmp_path / "w")
    assert done.returncode == 0, done.stdout + done.stderr
    made, ours = tmp_path / "w" / "outputs" / EXAMPLE, reports[EXAMPLE]
    names = sorted(str(p.relative_to(ours)) for p in ours.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file())
    other = [n for n in names if (made / n).read_bytes() != (ours / n).read_bytes()]
    assert set(other) <= {METADATA}  # it tells of the lock, which the repository has and the wheel has not
    assert digests(made)["data"] == digests(ours)["data"] and digests(made)["notebooks"] == digests(ours)["notebooks"]
    page = (made / "report.html").read_text(encoding="utf-8")
    assert page.count('class="chapter"') > 10 and "Median" in page
    assert str(project()) not in page


@pytest.mark.parametrize("arguments", [["cohorts"], ["new", "mine"], ["parameters"], ["report", EXAMPLE]])
def test_outside_a_project_one_sentence_and_nothing_written(command, tmp_path, arguments):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 1 and "no project" in done.stderr and "rechallenge init" in done.stderr
    assert "Traceback" not in done.stderr and list(tmp_path.iterdir()) == []

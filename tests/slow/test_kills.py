"""A command is killed while it changes files: what it makes stands all old or all new, and the same command then works.

Where it is killed is counted in changes of files: the audit hook of Python tells of each before it happens.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from rechallenge.run.pool import start_method
from tests.conftest import GOOD_ADSL, GOOD_YML
from tests.slow.test_faults import begin, do, wait_for, write_project

pytestmark = pytest.mark.skipif(os.name == "nt" or start_method() != "fork", reason="forks and signals of Unix")
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod", "os.truncate")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
COMMANDS = {
    "report": ("report", "c"),
    "export": ("export", "c"),
    "import": ("import", "liu.csv", "--as", "liu"),
    "reconstruct": ("reconstruct", "paper", "--seed", "2"),
    "batch": ("report", "c", "d"),
    "share": ("share", "c"),
    "contribute": ("contribute", "c", "--study", "study/study.yml", "--centre", "A", "--out", "study", "--yes"),
    "pool": ("pool", "study"),
    "read": ("read", "paper.txt", "--as", "read", "--replace"),
}
FIRST = COMMANDS | {  # before it
    "export": COMMANDS["report"],
    "reconstruct": ("reconstruct", "paper", "--seed", "1"),
    "pool": ("pool", "study", "--lang", "zh"),
}
PLACES = ("data", "outputs", "study")
SHARES = (0.1, 0.5, 0.6, 0.8, 0.9, 1.0)  # near the end the new stands in the place of the old: the moments that matter
TIMES = 25  # kills of each command at a moment that nobody chose
LIU = "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,M,2.5,1\nB,65,F,4,0\nC,70,M,6,1\nD,58,F,1.5,1\n"
PAPER = """title: T
n: 8
time_unit: months
numbers:
  - {id: men, statistic: count, where: {SEX: M}, printed: [{at: Table 1, count: "5", percent: "62.5"}]}
  - {id: women, statistic: count, where: {SEX: F}, printed: [{at: Table 1, count: "3", percent: "37.5"}]}
  - {id: pfs, statistic: median_survival, endpoint: PFSR, printed: [{at: Text, estimate: "6.2"}]}
"""


def counted(home, at=0):
    """What a process does before its command: count the changes of files within `home`; stop dead before the one that
    is number `at`. Without one the count is left in home/counted."""

    def begins():
        os.setsid()  # its group is itself and what it starts
        leader, seen = os.getpid(), []

        def hook(event, arguments):
            if os.getpid() != leader or not _changes(event, arguments, home):
                return
            seen.append(event)
            if len(seen) == at:
                os.kill(leader, signal.SIGKILL)

        sys.addaudithook(hook)
        leave = os._exit

        def left(code):
            if os.getpid() == leader:
                (home / "counted").write_text(str(len(seen)))
            leave(code)

        os._exit = left

    return begins


def _changes(event, arguments, home) -> bool:
    if event == "open":
        path, _, flags = arguments
        return isinstance(flags, int) and bool(flags & WRITES) and str(path).startswith(str(home))
    return event in CHANGES and (not os.path.isabs(os.fspath(arguments[0])) or str(arguments[0]).startswith(str(home)))


def living(group) -> list[str]:
    """The processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, theirs = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(theirs) == group and state != "Z":
            found.append(stat.parent.name)
    return found


def standing(home) -> dict[str, bytes]:
    """Every file of the folders that commands write to that a person sees, and the secrets of cohorts."""
    files = (p for folder in PLACES for p in sorted((home / folder).rglob("*")) if p.is_file())
    return {
        p.relative_to(home).as_posix(): p.read_bytes()
        for p in files
        if not p.relative_to(home).parts[1].startswith(".")
    }


def parts(files) -> dict[str, dict]:
    """The files by what is put in place in one step: a folder of data/ or outputs/, or a file beside them."""
    found = {}
    for name, data in files.items():
        found.setdefault("/".join(name.split("/")[:2]), {})[name] = data
    return found


STUDY = "title: T\ncentres: [A, B]\nendpoints: [PFSR]\nbins: [0, 24]\nnumbers: [AGE]\n"
READ = """Rechallenge in lung cancer. A total of 40 patients were included. The median progression-free survival was 5.1 months
(95% CI 3.2-7.0). The objective response rate was 25.0% (10/40).
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """old(name): a project after a first run of the command, with other data since."""
    made = {}

    def get(name):
        if name not in made:
            home = made[name] = write_project(tmp_path_factory.mktemp(f"old_{name}") / "home")
            (home / "notebooks" / "02_long.ipynb").unlink()
            shutil.copytree(home / "data" / "c", home / "data" / "d")
            (home / "data" / "paper").mkdir()
            (home / "data" / "paper" / "published.yml").write_text(PAPER)
            (home / "liu.csv").write_text(LIU)
            (home / "paper.txt").write_text(READ)
            (home / "study").mkdir()
            (home / "study" / "study.yml").write_text(STUDY)
            if name == "pool":
                for centre in ("A", "B"):
                    told = (*COMMANDS["contribute"][:5], centre, *COMMANDS["contribute"][6:])
                    assert do(home, *told)[0] == 0
            assert do(home, *FIRST[name])[0] in (0, 1)
            shutil.rmtree(home / "said")
            (home / "data" / "c" / "cohort.yml").write_text(GOOD_YML.replace("Test", "Another title"))
            (home / "data" / "d" / "adsl.csv").write_text(GOOD_ADSL.replace("C,70", "C,71"))
            (home / "liu.csv").write_text(LIU.replace("D,58", "D,57"))
            (home / "paper.txt").write_text(READ.replace("5.1", "5.3"))
        return made[name]

    return get


@pytest.fixture(scope="module")
def new(old, tmp_path_factory):
    """new(name): what stands after the command, its exit code, how many changes of files it makes, its seconds."""
    made = {}

    def get(name):
        if name not in made:
            home = shutil.copytree(old(name), tmp_path_factory.mktemp(f"new_{name}") / "home")
            start = time.monotonic()
            code, _, error = do(home, *COMMANDS[name], before=counted(home))
            assert code in (0, 1), error
            made[name] = standing(home), code, int((home / "counted").read_text()), time.monotonic() - start
            assert made[name][0] != standing(old(name))
        return made[name]

    return get


def settled(home, old, new, name, group):
    """After a kill: nothing runs on, each part is old or new, and the same command makes the new without litter."""
    wait_for(lambda: not living(group), 20)
    before, after = parts(standing(old(name))), parts(new(name)[0])
    for place, files in parts(standing(home)).items():
        assert files in (before.get(place), after.get(place)), place
    assert set(parts(standing(home))) >= set(before)
    assert do(home, *COMMANDS[name])[0] == new(name)[1]
    assert standing(home) == new(name)[0]
    litter = [p for folder in PLACES for p in (home / folder).glob(".*")]
    assert litter == [] and not [p for p in home.rglob(".*.new")]


def killed_at(home, old, new, name, at):
    process = begin(home, *COMMANDS[name], before=counted(home, at))
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    settled(home, old, new, name, process.pid)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.thorough] * (n != "import")) for n in COMMANDS])
def test_a_kill_at_a_change_of_files_leaves_all_old_or_all_new(old, new, tmp_path, name, share):
    home = shutil.copytree(old(name), tmp_path / "home")
    killed_at(home, old, new, name, max(1, round(share * new(name)[2])))


@pytest.mark.thorough
@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_change_of_files_leaves_all_old_or_all_new(old, new, tmp_path, name):
    for at in range(1, new(name)[2] + 1):
        home = shutil.copytree(old(name), tmp_path / str(at) / "home")
        killed_at(home, old, new, name, at)
        shutil.rmtree(home.parent)


@pytest.mark.thorough
@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_moment_leaves_all_old_or_all_new(old, new, tmp_path, name):
    drawn, longest = random.Random(17), new(name)[3]
    for turn in range(TIMES):
        home = shutil.copytree(old(name), tmp_path / str(turn) / "home")
        process = begin(home, *COMMANDS[name], before=os.setsid)
        time.sleep(drawn.uniform(0, longest))
        process.kill()
        process.communicate()
        if process.returncode != -signal.SIGKILL:  # it ended before: the machine is less busy than it was
            longest *= 0.8
        settled(home, old, new, name, process.pid)
        shutil.rmtree(home.parent)

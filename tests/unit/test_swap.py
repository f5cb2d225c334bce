"""Folders are written whole or not at all, wherever a process is killed; the next one finishes and sweeps."""

import errno
import os
import shutil
import signal
import subprocess
import sys

import pytest

from papercheck.files import swap
from papercheck.files.findings import CohortError
from papercheck.files.swap import beside, recover, replacing, write_bytes_whole, write_whole, writing

OLD, NEW = (
    {"a.csv": "old a", "b.csv": "old b", "mine.txt": "kept"},
    {"a.csv": "new a", "c.csv": "new c", "mine.txt": "kept"},
)


def write(folder, texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def held(folder):
    return {p.name: p.read_text() for p in folder.iterdir()}


def replace_it(target):
    with replacing(target, keeps=lambda name: name == "mine.txt") as new:
        write(new, {"a.csv": "new a", "c.csv": "new c"})


@pytest.fixture(params=[True, False], ids=["exchanged", "renamed"])
def exchanges(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(swap, "exchange", lambda first, second: False)
    return request.param


def test_the_new_folder_takes_the_place_of_the_old_one(tmp_path, exchanges):
    target = write(tmp_path / "x", OLD)
    replace_it(target)
    assert held(target) == NEW and [p.name for p in tmp_path.iterdir()] == ["x"]
    replace_it(tmp_path / "y" / "z")
    assert held(tmp_path / "y" / "z") == {"a.csv": "new a", "c.csv": "new c"}


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_everything_as_it_was(tmp_path, exchanges, error):
    target = write(tmp_path / "x", OLD)
    with pytest.raises(type(error)), replacing(target) as new:
        write(new, {"a.csv": "half"})
        raise error
    assert held(target) == OLD and [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_is_said_with_the_name_of_the_folder(tmp_path):
    with pytest.raises(OSError) as said, replacing(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert said.value.filename == str(tmp_path / "x") and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write, method", [(write_whole, "write_text"), (write_bytes_whole, "write_bytes")])
def test_a_full_disk_is_said_with_the_name_of_the_file(tmp_path, monkeypatch, write, method):
    def full(self, *arguments, **named):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"pathlib.Path.{method}", full)
    with pytest.raises(OSError) as said:
        write(tmp_path / "x", "text")
    assert said.value.filename == str(tmp_path / "x") and list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_moved_stays_and_nothing_is_finished_later(tmp_path, monkeypatch):
    target = write(tmp_path / "x", OLD)
    monkeypatch.setattr(swap, "exchange", lambda first, second: False)
    monkeypatch.setattr(swap, "_finish", lambda target: (_ for _ in ()).throw(PermissionError(13, "in use", "x")))
    with pytest.raises(PermissionError):
        replace_it(target)
    monkeypatch.undo()
    recover(tmp_path)
    assert held(target) == OLD and [p.name for p in tmp_path.iterdir()] == ["x"]


KILLED = """
import os, signal, sys
from pathlib import Path
from papercheck.files import swap
count, after, exchanges = int(sys.argv[2]), sys.argv[3] == "after", sys.argv[4] == "True"
if not exchanges:
    swap.exchange = lambda first, second: False
def counted(real):
    def call(*arguments, **named):
        global count
        count -= 1
        if count == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call
for name in ("mkdir", "rename", "unlink", "rmdir", "link"):
    setattr(os, name, counted(getattr(os, name)))
swap.exchange = counted(swap.exchange)
with swap.replacing(Path(sys.argv[1]), keeps=lambda name: name == "mine.txt") as new:
    (new / "a.csv").write_text("new a")
    (new / "c.csv").write_text("new c")
print("whole")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill here")
def test_a_kill_at_any_step_leaves_all_old_or_all_new(tmp_path, exchanges):
    killed = 0
    for count in range(1, 40):
        whole = []
        for when in ("before", "after"):
            home = tmp_path / f"{count}{when}"
            home.mkdir()
            target = write(home / "x", OLD)
            command = [sys.executable, "-S", "-c", KILLED, str(target), str(count), when, str(exchanges)]
            done = subprocess.run(
                command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
            )
            if exchanges:  # at no moment is there anything else
                assert held(target) in (OLD, NEW)
            recover(home)
            assert held(target) in (OLD, NEW) and [p.name for p in home.iterdir()] == ["x"]
            replace_it(target)  # the same command works
            assert held(target) == NEW
            whole.append(done.stdout.strip() == "whole")
            assert whole[-1] or done.returncode == -signal.SIGKILL, done.stderr
        killed += whole.count(False)
        if all(whole):
            break
    assert all(whole) and killed >= 10


@pytest.mark.parametrize("left, found", [({"old": OLD}, OLD), ({"ready": NEW, "old": OLD}, NEW), ({"ready": NEW}, NEW)])
def test_what_a_kill_between_two_renames_left_is_finished(tmp_path, left, found):
    for state, texts in left.items():
        write(beside(tmp_path / "x", state), texts)
    recover(tmp_path)
    assert held(tmp_path / "x") == found and [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_foreign_dot_folder_is_left_alone(tmp_path):
    write(tmp_path / ".git", {"HEAD": "x"})
    write(tmp_path / ".x.renew", {"a": "b"})
    recover(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".git", ".x.renew"]


def test_two_writers_of_one_folder_the_second_is_told(tmp_path):
    code = (
        "import sys; from pathlib import Path; from papercheck.files.swap import replacing\nwith"
        " replacing(Path(sys.argv[1])) as new:\n    (new / 'a').write_text('first'); print('on', flush=True);"
        " sys.stdin.read()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path / "x")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as first:
        assert first.stdout.readline() == "on\n"
        with (
            pytest.raises(CohortError, match=f"another run is writing {tmp_path / 'x'}.*try again"),
            replacing(tmp_path / "x"),
        ):
            pass
        recover(tmp_path)  # what a living process writes is left alone
        with replacing(tmp_path / "y") as other:  # another folder is nobody's
            write(other, {"b": "second"})
        first.communicate()
    assert first.returncode == 0 and held(tmp_path / "x") == {"a": "first"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x", "y"]
    with writing(tmp_path / "x"):
        pass


def test_a_text_file_is_replaced_whole(tmp_path):
    path = tmp_path / "index.html"
    write_whole(path, "one\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "two\ud800")
    assert path.read_text() == "one\n" and [p.name for p in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_folder_that_a_person_has_protected_is_emptied_once_it_is_replaced(tmp_path, monkeypatch):
    """Else it stays beside the new one, and stands in the way of the next run."""
    inner = tmp_path / "x" / "figures"
    inner.mkdir(parents=True)
    (inner / "a.svg").write_text("old")
    inner.chmod(0o555)
    (tmp_path / "x").chmod(0o555)
    modes, real = [], swap.shutil.rmtree

    def rmtree(path, **named):
        modes.extend(p.stat().st_mode & 0o700 for p in (path, *path.rglob("*")) if p.is_dir())
        real(path, **named)

    monkeypatch.setattr(swap.shutil, "rmtree", rmtree)
    with replacing(tmp_path / "x") as new:
        (new / "b.svg").write_text("new")
    assert 0o700 in modes and set(modes) == {0o700}
    assert [p.name for p in tmp_path.iterdir()] == ["x"] and [p.name for p in (tmp_path / "x").iterdir()] == ["b.svg"]


def test_the_first_reason_why_a_folder_was_not_copied_is_told_with_its_place(tmp_path):
    def full(source, target, **named):
        raise OSError(28, "No space left on device", str(target))

    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "a").write_text("x")
    with pytest.raises(OSError, match="No space left on device") as error, replacing(tmp_path / "to") as new:
        shutil.copytree(tmp_path / "from", new / "all", copy_function=full)
    assert (error.value.errno, error.value.strerror) == (28, "No space left on device")
    assert error.value.filename.endswith("a") and not (tmp_path / "to").exists()

"""Folders written whole or not at all: filled beside their place, then put there in one step.

Of a folder `x`, `.x.new` is one that is being filled, `.x.ready` one that is filled and decided upon, `.x.old` the one
that it replaces, `.x.lock` says who writes. The names are the journal: whoever comes next finishes what is ready and
removes the rest. Where the system exchanges two folders in one step (Linux), there is nothing to finish.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EIO
from pathlib import Path

from .findings import Message, request_error

STATES = ("new", "ready", "old", "lock")
OURS = re.compile(rf"\.(?P<name>.+)\.(?:{'|'.join(STATES)})")
REASON = re.compile(r"\[Errno (\d+)\] ([^:]*).*")  # an error that is told within another
AT_WORKING_FOLDER, EXCHANGE = -100, 2  # of renameat2(2)


def beside(target: Path, state: str) -> Path:
    """`.name.state` beside a folder."""
    return target.with_name(f".{target.name}.{state}")


@contextmanager
def replacing(target: Path, keeps: Callable[[str], bool] = lambda name: False) -> Iterator[Path]:
    """An empty folder to fill; when the block ends well it takes the place of `target`, in one step.

    keeps : which entries of the present folder stay, by name. If the block fails, everything is as it was. Raises
    CohortError while another process writes `target`, OSError (with a file name) if the disk does not take it.
    """
    target = Path(target).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with writing(target):
        recover_one(target)
        new = beside(target, "new")
        try:
            with naming(target):
                new.mkdir()
                yield new
                if target.is_dir():
                    for path in target.iterdir():
                        if keeps(path.name) and not (new / path.name).exists():
                            keep(path, new / path.name)
                _commit(new, target)
        finally:
            _remove(new)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError of the block that names no file, as that of a full disk, name this one; of the many of a folder
    that is copied the first is told."""
    try:
        yield
    except shutil.Error as error:
        _, place, why = error.args[0][0]
        words = REASON.fullmatch(str(why))
        raise OSError(int(words[1]) if words else EIO, words[2] if words else str(why), str(place)) from None
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def keep(path: Path, new: Path) -> None:
    """The same file or folder at a second place: its files linked where the disk can, else copied."""
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, new, symlinks=True, copy_function=_link)
    else:
        _link(path, new)


def _link(path, new, follow_symlinks=True):
    try:
        os.link(path, new, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(path, new, follow_symlinks=follow_symlinks)


def _commit(new, target):
    """Put a filled folder in place; what was there goes only when the new one stands."""
    if not target.exists():
        new.rename(target)
    elif not exchange(new, target):
        ready = beside(target, "ready")
        new.rename(ready)
        try:
            _finish(target)
        except OSError:  # Windows keeps a folder in place while a file of it is open
            _remove(ready)
            raise


def _finish(target):
    """The steps from a folder that is ready to one that stands; each may be the first."""
    ready, old = beside(target, "ready"), beside(target, "old")
    if target.exists():
        _remove(old)
        target.rename(old)
    ready.rename(target)
    _remove(old)


def exchange(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where the system or the disk cannot."""
    if sys.platform != "linux":
        return False
    import ctypes

    call = getattr(ctypes.CDLL(None), "renameat2", None)
    places = AT_WORKING_FOLDER, os.fsencode(first), AT_WORKING_FOLDER, os.fsencode(second)
    return bool(call) and call(*places, EXCHANGE) == 0


def recover(folder: Path) -> None:
    """Finish or undo what killed processes left in a folder of folders; what a living one writes is left alone."""
    names = [found["name"] for path in _entries(folder) if (found := OURS.fullmatch(path.name))]
    for name in dict.fromkeys(names):
        target = Path(folder).resolve() / name
        lock = _Lock(beside(target, "lock"))
        if lock.take():
            try:
                recover_one(target)
            finally:
                lock.free()


def _entries(folder):
    try:
        return sorted(Path(folder).iterdir())
    except OSError:
        return []


def recover_one(target: Path) -> None:
    """Finish or undo what a killed process left of one folder; the caller holds its lock."""
    if beside(target, "ready").exists():
        _finish(target)
    if not target.exists() and beside(target, "old").exists():
        beside(target, "old").rename(target)
    for state in ("new", "old"):
        _remove(beside(target, state))


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        _free(path)
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _free(folder):
    """Let what a person has protected be emptied: a folder that is replaced is ours to remove."""
    with suppress(OSError):
        folder.chmod(0o700)
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                _free(path)
            elif os.name == "nt":  # a file that is read-only cannot be removed there
                path.chmod(0o600)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Be the only process that writes `target` for the block. Raises CohortError while another one does."""
    lock = _Lock(beside(Path(target).resolve(), "lock"))
    if not lock.take():
        rule = Message("another run is writing {target} at this moment", target=target)
        raise request_error(rule, "Wait until it has ended, then try again.", Path(target).name)
    try:
        yield
    finally:
        lock.free()


class _Lock:
    """A file that one process holds; the system frees it when the process ends, however it ends."""

    def __init__(self, path):
        self.path, self.file = path, None

    def take(self) -> bool:
        """Whether this process holds it now."""
        while True:
            file = open(self.path, "a+b")  # noqa: SIM115
            if not _hold(file):
                file.close()
                return False
            if _same(file, self.path):
                self.file = file
                return True
            file.close()  # another process has just removed it

    def free(self):
        """Give it back and remove the file."""
        if os.name == "nt":  # an open file cannot be removed there
            self.file.close()
            self.path.unlink(missing_ok=True)
        else:
            self.path.unlink(missing_ok=True)
            self.file.close()


def _hold(file) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _same(file, path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def write_whole(path: Path, text: str, secret: bool = False) -> None:
    """Write a text file whole or not at all. secret : it is readable by its owner alone, and was so from the start."""
    new = path.with_name(f".{path.name}.new")
    try:
        with naming(path):
            if secret:
                new.unlink(missing_ok=True)
                os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            new.write_text(text, encoding="utf-8", newline="\n")
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file of bytes whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        with naming(path):
            new.write_bytes(data)
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)

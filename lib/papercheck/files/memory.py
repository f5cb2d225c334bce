"""What a process remembers of the files that it read: the last result of a reader, for as long as the files stay the
same.

Sections of a report, and reports of a batch, are forks of a process that has read; they share its pages instead of
reading again. Nothing is kept on disk.
"""

from functools import wraps
from pathlib import Path


def last(state):
    """Decorate make(...): its last result is given again while state(...), of the same values, is equal.

    Results are shared: treat them as read-only. make.forget() empties the memory. A result that is an error is not
    kept.
    """

    def decorate(make):
        held = []  # state, result

        @wraps(make)
        def once(*values, **named):
            now = state(
                *values, **named
            )  # before reading: a file that changes meanwhile is read again by the next call
            if not held or held[0] != now:
                held.clear()  # two of them need not fit into the memory
                held.extend((now, make(*values, **named)))
            return held[1]

        once.forget = held.clear
        return once

    return decorate


def file_state(path: Path) -> tuple:
    """Path, size and times of change of a file; only the path if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return (path.resolve(),)
    return path.resolve(), found.st_size, found.st_mtime_ns, found.st_ctime_ns


def folder_state(folder: Path) -> tuple:
    """file_state of everything in a folder."""
    folder = folder.resolve()
    return folder, tuple(map(file_state, sorted(folder.iterdir()))) if folder.is_dir() else ()

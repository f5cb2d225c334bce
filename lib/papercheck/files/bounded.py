"""Work on files that anybody may have written, within limits: a process of its own does it, and ends with them.

A few hundred bytes can ask for more time or memory than there is (forms that draw each other, copies of copies, packed
zeros), in ways that no list holds; a library in C may also break down. Each is one sentence.
"""

import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing import get_context, get_start_method
from typing import Any

from .findings import CohortError, Finding, Message

SECONDS = 40  # of the processor
MEMORY = 3 * 2**30  # bytes beside what the process has at its start
ACTION = "Save it anew with what matters alone: the pages of a paper as a PDF or as text, a table as CSV."
_tell: list[Callable[[Any], None]] = []  # in the process that does the work: where to say which file it is at


def now_at(name: str) -> None:
    """Say which file is worked on from here on: it is named if the limits are reached."""
    for tell in _tell:
        tell((name, None, None))


def forks() -> bool:
    """Whether a process is had at once, as a fork of this one; elsewhere it begins anew, in a second or two."""
    return sys.platform == "linux" and get_start_method(allow_none=True) != "spawn"


def bounded(name: str, work: Callable, *arguments, seconds: int = SECONDS):
    """What work(*arguments) gives; work is a function of a module, and all can be pickled.

    Raises what it raises, and CohortError, which names the file (`name`, or the last of now_at), where it takes more
    than `seconds` or MEMORY, or ends its process. Memory is limited where the system does it (Linux).
    """
    context = get_context("fork" if forks() else "spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(writer, seconds, work, arguments))
    process.start()
    writer.close()
    result, error, done = None, None, False
    try:
        while not done and (forks() or reader.poll(seconds)):  # a fork counts the seconds of the processor itself
            name, result, error = reader.recv()
            done = name == ""
    except EOFError:
        process.join()
    finally:
        process.kill()
        process.join()
        reader.close()
    if error is not None:
        raise error
    if not done:
        raise _ended(name, process.exitcode, seconds)
    return result


def _ended(name, code, seconds) -> CohortError:
    """The error for a process that ended without a result."""
    rule = Message("to read it takes more than {n} GB of memory, or breaks the reader down", n=MEMORY // 2**30)
    if code in (-9, -24):  # by us, or SIGXCPU
        rule = Message("to read it takes more than {n} seconds, as no file of its kind does", n=seconds)
    return CohortError([Finding(name, rule, ACTION)])


def _work(writer, seconds, work, arguments):
    """The life of the process: limits, work, and (which file or "" at the end, result, error) of it."""
    import faulthandler
    import signal

    faulthandler.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where libraries say how they break down: the parent says it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to answer
    if sys.platform == "linux":
        _limit(seconds)
    _tell[:] = [writer.send]
    try:
        sent = "", work(*arguments), None
    except MemoryError:
        return  # without a result
    except BaseException as error:
        error.add_note(traceback.format_exc())
        sent = "", None, error
    writer.send(sent)


def _limit(seconds):
    import ctypes
    import resource
    import signal
    from pathlib import Path

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends with its parent
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, has + MEMORY)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, hard))

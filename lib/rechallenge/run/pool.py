"""Calls, each in a process of its own and several at a time: what sections, cohorts and `watch` run on.

A process ends with its call, so no state passes to the next. Results come back as values. Where the system forks safely
(Linux) a process is a fork of this one and shares what it has read; elsewhere, and wherever
`multiprocessing.set_start_method("spawn")` was said, it starts anew. Cluster has the same face for a Dask cluster.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, get_start_method, parent_process
from typing import Any

from papercheck.files.findings import request_error

from .library import LIBRARY

CONNECT = "5s"  # patience with a scheduler
LOOK = 1.0  # seconds of one wait: an interrupt that comes just before it begins does not end it


@dataclass(frozen=True)
class Call:
    """A function of a module and its arguments, all of which can be pickled; `key` tells results apart."""

    key: str
    function: Callable
    arguments: tuple = ()


@dataclass(frozen=True)
class Died:
    """The result of a call whose process ended without one, and why."""

    why: str
    code: int | None = field(default=None, compare=False)  # with which the process ended by itself


@dataclass
class _Running:
    call: Call
    number: int  # of tries, this one included
    process: Any
    ends: float = field(default=float("inf"))  # monotonic clock


def start_method() -> str:
    """`fork` where forks are safe and nothing else was said, else `spawn`."""
    return "fork" if sys.platform == "linux" and get_start_method(allow_none=True) != "spawn" else "spawn"


@dataclass(frozen=True)
class Processes:
    """workers : processes at a time (None: one a core). limit : seconds a call may take (None: any). tries : runs of a
    call whose process dies."""

    workers: int | None = None
    limit: float | None = None
    tries: int = 1

    def run(self, calls: Iterable[Call]) -> Iterator[tuple[str, Any]]:
        """(key, result) of each call as it ends; Died where there is no result. Raises OSError where a call did."""
        waiting, running = [(call, 1) for call in calls], {}
        try:
            while waiting or running:
                while waiting and len(running) < (self.workers or os.cpu_count() or 1):
                    with interrupted_later():
                        reader, entry = self._start(*waiting.pop(0))
                        running[reader] = entry
                for reader, why in self._ended(running):
                    entry = running[reader]
                    result = _take(reader, entry.process, why)
                    del running[reader]
                    if isinstance(result, Died) and entry.number < self.tries and not why:
                        waiting.insert(0, (entry.call, entry.number + 1))
                    else:
                        yield entry.call.key, _told(result, entry.number)
        finally:
            for entry in running.values():
                entry.process.kill()
            for entry in running.values():
                entry.process.join()

    def _start(self, call, number):
        context = get_context(start_method())
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(call, writer, os.getpid(), context.get_start_method()))
        process.start()
        writer.close()  # a reader whose writers are all gone is at its end
        ends = time.monotonic() + self.limit if self.limit else float("inf")
        return reader, _Running(call, number, process, ends)

    def _ended(self, running):
        """(reader, why it was ended, or '') of each process that gave its result, died, or took too long."""
        soonest = min(entry.ends for entry in running.values())
        left = 1.0
        while left > 0:
            left = soonest - time.monotonic()
            ready = connection.wait(list(running), timeout=max(min(left, LOOK), 0))
            if ready:
                return [(reader, "") for reader in ready]
        now, said = time.monotonic(), f"it took longer than {_duration(self.limit)} and was ended"
        return [(reader, said) for reader, entry in running.items() if entry.ends <= now]


@contextmanager
def interrupted_later():
    """Answer an interrupt that comes in this block at its end.

    A process that has begun and that nobody has noted would not be ended, and the end of this one waits for it; and a
    library that loads may take an interrupt for something that is missing, and go on.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # not the thread that is interrupted, or interrupts are ignored
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _duration(seconds) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} seconds"


def _take(reader, process, why):
    """What a process sent; Died if nothing."""
    try:
        if why:
            process.kill()
        sent = None if why else reader.recv()
    except (EOFError, OSError):
        sent = None
    reader.close()
    process.join()
    if sent is None:
        return Died(why) if why else Died(f"with code {process.exitcode}", process.exitcode)
    result, error = sent
    if isinstance(error, OSError):  # a full disk is a matter of the whole run
        raise error
    return Died(error) if error else result


def _told(result, number):
    if not isinstance(result, Died) or result.code is None:
        return result
    times = f"ended {number} times, the last time" if number > 1 else "ended"
    return Died(f"its process {times} {result.why}", result.code)


def _work(call, writer, parent, method):
    """The life of a process: do the call, send (result, error), end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to answer
    _end_with_parent(parent, method)
    # The parent's streams may belong to a progress bar whose lock another thread held at the fork.
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        sent = call.function(*call.arguments), None
    except OSError as error:
        sent = None, OSError(error.errno or 0, error.strerror or str(error), error.filename)
    except BaseException:
        sent = None, traceback.format_exc().strip().split("\n")[-1]
    writer.send(sent)
    writer.close()
    if method == "fork":
        os._exit(0)  # what the parent registered for its own end is not for a copy of it


def _end_with_parent(parent, method):
    """Let this process end when its parent does: no orphan writes a report."""
    if sys.platform == "linux":
        die_with(parent)
    elif method == "spawn":

        def watch():
            connection.wait([parent_process().sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def die_with(parent: int) -> None:
    """Ask the kernel of Linux to end this process when `parent` (its process id) ends."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it ended before the request
        os._exit(1)


@dataclass(frozen=True)
class Cluster:
    """The Dask cluster whose scheduler is at `address`; its workers see the same folders and have this environment."""

    address: str
    tries: int = 1

    def run(self, calls: Iterable[Call]) -> Iterator[tuple[str, Any]]:
        """As Processes.run. A call whose worker is killed runs again on another one.

        Raises CohortError if there is no scheduler, or if it goes away.
        """
        from uuid import uuid4

        from distributed import Client, as_completed

        try:
            client = Client(self.address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            action = "Start one (dask scheduler), or leave --scheduler out to run here."
            raise request_error(f"no Dask scheduler at {self.address}", action, str(error)) from None
        with client:
            run = uuid4().hex  # a scheduler remembers keys; a new batch is new work
            named = {f"rechallenge-{run}-{call.key}": call for call in calls}
            again = {"retries": self.tries - 1, "pure": False}
            futures = {client.submit(in_new_process, call, key=key, **again): call for key, call in named.items()}
            for future in as_completed(list(futures), loop=client.loop):
                yield futures.pop(future).key, self._result(future)
                future.release()

    def _result(self, future):
        if future.status in ("cancelled", "lost"):
            rule = f"the Dask scheduler at {self.address} went away"
            raise request_error(rule, "The same command goes on where it stopped.")
        fault = future.exception() if future.status == "error" else None
        return Died(f"{type(fault).__name__}: {fault}") if fault else future.result()


class ChildDied(RuntimeError):
    """The process that a Dask worker started ended without a result."""


def in_new_process(call: Call):
    """Do a call in a process of one thread, which may fork; a Dask worker itself may not. Raises ChildDied."""
    paths = os.pathsep.join(filter(None, [str(LIBRARY), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "rechallenge.run.remote", str(os.getpid())]
    done = subprocess.run(
        command, input=pickle.dumps(call), stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}
    )
    if done.returncode or not done.stdout:
        raise ChildDied(f"its process ended with code {done.returncode}")
    return pickle.loads(done.stdout)

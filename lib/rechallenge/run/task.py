"""The report of one cohort as a task: plain values in, a plain record out, in a process of its own.

A task is {name, pairs, out, only, kernels, data, part, scratch, language}. A record is {name, state, title, kind, endpoint, errors,
unavailable, digest}; state is done, failed (a section, or the run) or bad (the data). Both go through JSON unchanged, so
that a task runs the same in a fork, in a child started by a Dask worker, or in this process.
"""

import hashlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from multiprocessing import connection, get_context
from pathlib import Path

from papercheck.files.findings import CohortError, request_error, sentence
from papercheck.registry.registry import load_registry
from papercheck.vocabulary.facts import KINDS

from ..cohort.cohort import cohort_meta
from ..cohort.part import VARIABLE
from .build import NO_PATIENTS, build_report, has_no_patients
from .run import can_fork, die_with_parent, warm
from .sections import find_sections, parse_parameters

TRIES = 2  # runs of a cohort whose process dies
CONNECT = "5s"  # patience with a scheduler
SAID = 20  # errors of a cohort that a record keeps
# What a cohort's process, beside its sections, imports only when it needs it.
SHARED = ("seaborn",)
_mine = threading.local()


def empty_record(name, state, *errors) -> dict:
    """A record of a cohort without a report."""
    blank = {"title": "", "kind": "", "endpoint": "", "unavailable": [], "digest": ""}
    return {"name": name, "state": state, "errors": list(errors), **blank}


def make_report(task) -> dict:
    """Build the report of a task in this process, one section at a time; returns its record. Raises nothing."""
    name = task["name"]
    os.environ["RECHALLENGE_DATA"] = task["data"]
    if task["part"]:
        os.environ[VARIABLE] = task["part"]
    else:
        os.environ.pop(VARIABLE, None)
    record = empty_record(name, "bad")
    try:
        record |= _study(name) if has_no_patients(name) else _cohort(name, task)
        done = build_report(
            name, task["pairs"], task["out"], task["only"], task["kernels"], workers=1, scratch=task["scratch"],
            language=task["language"],
        )  # fmt: skip
    except CohortError as error:
        faults = [f for f in error.findings if f.severity == "error"]
        said = [sentence(f).removeprefix("request: ") for f in faults[:SAID]]
        return record | {"errors": said + ([f"And {len(faults) - SAID} more."] if len(faults) > SAID else [])}
    except Exception as error:  # a full disk, a fault of the workbook: the other cohorts go on
        return record | {"state": "failed", "errors": [f"{type(error).__name__}: {error}"]}
    return record | {
        "state": "failed" if done.failed else "done",
        "errors": [f"{s.title}: {s.error}" for s in done.failed],
        "unavailable": [s.title for s in done.unavailable],
        "digest": digest(done.path.parent),
    }


def _study(name):
    """What the page of a batch says of a study that has printed numbers and no patients."""
    return {"title": load_registry(name).title, "kind": NO_PATIENTS, "pseudo": False}


def _cohort(name, task):
    """What the page of a batch says of a cohort."""
    meta = cohort_meta(name)
    asked = parse_parameters(task["pairs"], find_sections(task["only"])).get("endpoint", "primary")
    endpoint = (meta.primary_endpoint or "PFSR") if asked == "primary" else asked
    return {"title": meta.title, "kind": KINDS[meta.kind], "pseudo": meta.kind == "pseudo", "endpoint": endpoint}


def digest(folder) -> str:
    """What tells whether a report is still the one that was made, or '' if it is not there."""
    try:
        parts = [(Path(folder) / name).read_bytes() for name in ("report.html", "results.csv")]
    except OSError:
        return ""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _warm(only, pairs=()):
    """Import and make once what every report needs, so that each fork has it."""
    for name in SHARED:
        importlib.import_module(name)
    warm(find_sections(only))
    from .ahead import prepare
    from .render import exporter

    exporter()
    prepare(only, pairs)


def _child(task, writer, parent):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to answer: never a failed section
    die_with_parent(parent)
    # The parent's streams may belong to a progress bar whose lock another thread held at the fork.
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    writer.send(make_report(task))
    writer.close()
    os._exit(0)


def run_forked(tasks, workers=None):
    """Run tasks in forks of this process, `workers` at a time (None: as many as cores); yields each record as it ends.

    A process that dies is replaced and its cohort run again; after TRIES the record says failed.
    """
    waiting, running = [(task, 1) for task in tasks], {}
    if waiting:
        _warm(waiting[0][0]["only"], waiting[0][0]["pairs"])
    context = get_context("fork")
    try:
        while waiting or running:
            while waiting and len(running) < (workers or os.cpu_count() or 1):
                task, number = waiting.pop(0)
                reader, writer = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(task, writer, os.getpid()))
                process.start()
                writer.close()
                running[reader] = process, task, number
            for reader in connection.wait(list(running)):
                process, task, number = running.pop(reader)
                try:
                    record = reader.recv()
                except (EOFError, OSError):  # nobody holds the other end: the process is gone
                    record = None
                reader.close()
                process.join()
                if record is not None:
                    yield record
                elif number < TRIES:
                    waiting.insert(0, (task, number + 1))
                else:
                    why = f"its process ended {TRIES} times, the last time with code {process.exitcode}"
                    yield empty_record(task["name"], "failed", why)
    finally:
        for process, _, _ in running.values():
            process.kill()
        for process, _, _ in running.values():
            process.join()


def run_in_child(task) -> dict:
    """Run a task in a clean child process of this thread, kept for the next task; a pure function for Dask and threads.

    The child has one thread, so it may fork; a Dask worker itself may not. Raises ChildDied if the child ends.
    """
    server = getattr(_mine, "server", None)
    if server is None or server.poll() is not None:
        here = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        server = _mine.server = subprocess.Popen(
            [sys.executable, "-m", "rechallenge.run.task", str(os.getpid())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | threads | {"PYTHONPATH": paths},
            encoding="utf-8",
        )  # fmt: skip
    try:
        server.stdin.write(json.dumps(task) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
    except BrokenPipeError:
        answer = ""
    if not answer:
        raise ChildDied(f"its process ended with code {server.wait()}")
    return json.loads(answer)


class ChildDied(RuntimeError):
    """The child process of a Dask worker or thread ended without an answer."""


def run_in_threads(tasks, workers=None):
    """Run tasks where there is no fork: one kept child process a thread; yields each record as it ends."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    def run(task):
        for number in range(1, TRIES + 1):
            try:
                return run_in_child(task)
            except ChildDied as error:
                if number == TRIES:
                    return empty_record(task["name"], "failed", str(error))

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        try:
            for future in as_completed([pool.submit(run, task) for task in tasks]):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt must not wait for what has not begun
            raise


def run_on_dask(tasks, address):
    """Run tasks on the Dask cluster whose scheduler is at `address`; yields each record as it ends.

    A task whose worker is killed runs again on another one; after the cluster's limit its record says failed.
    Raises CohortError if there is no scheduler, or if it goes away.
    """
    from uuid import uuid4

    from distributed import Client, as_completed

    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        action = "Start one (dask scheduler), or leave --scheduler out to run here."
        raise request_error(f"no Dask scheduler at {address}", action, str(error)) from None
    with client:
        run = uuid4().hex  # a scheduler remembers keys; a new batch is new work
        futures = {
            client.submit(run_in_child, t, key=f"rechallenge-{run}-{t['name']}", retries=TRIES - 1, pure=False): t
            for t in tasks
        }
        for future in as_completed(list(futures), loop=client.loop):
            task = futures.pop(future)
            if future.status in ("cancelled", "lost"):
                raise request_error(
                    f"the Dask scheduler at {address} went away", "The same command goes on where it stopped."
                )
            fault = future.exception() if future.status == "error" else None
            yield empty_record(task["name"], "failed", f"{type(fault).__name__}: {fault}") if fault else future.result()
            future.release()


def main():
    """Answer tasks from standard input, one JSON line each, until it is closed."""
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a notebook prints must not be taken for an answer
    for line in sys.stdin:
        task = json.loads(line)
        record = next(run_forked([task], 1)) if can_fork() and not task["kernels"] else make_report(task)
        answers.write(json.dumps(record) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

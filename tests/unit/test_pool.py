"""Calls in processes of their own: results as values, deaths named, limits kept, with and without forks."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from rechallenge.run import pool
from rechallenge.run.pool import Call, Died, Processes


def double(value):
    return value * 2


def fail(text):
    raise ValueError(text)


def write_to(path):
    with open(path, "w"):
        pass


def end(code):
    os._exit(code)


def end_once(path):
    if not path.exists():
        path.write_text("")
        os.kill(os.getpid(), signal.SIGTERM)
    return "second"


def sleep(seconds):
    time.sleep(seconds)
    return "slept"


@pytest.fixture(params=["fork", "spawn"])
def method(request, monkeypatch):
    if request.param == "fork" and pool.start_method() != "fork":
        pytest.skip("no forks here")
    monkeypatch.setattr(pool, "start_method", lambda: request.param)
    return request.param


@pytest.mark.slow
def test_results_are_values_and_a_death_is_named(method):
    calls = [
        Call("a", double, (21,)),
        Call("b", fail, ("no",)),
        Call("c", end, (9,)),
        Call("big", double, ("x" * 10**6,)),
    ]
    found = dict(Processes(2).run(calls))
    assert found["a"] == 42 and len(found["big"]) == 2 * 10**6
    assert found["b"] == Died("ValueError: no") and found["c"] == Died("its process ended with code 9")


@pytest.mark.slow
def test_a_call_whose_process_dies_runs_again(method, tmp_path):
    found = dict(Processes(1, tries=2).run([Call("once", end_once, (tmp_path / "trace",)), Call("always", end, (3,))]))
    assert found == {"once": "second", "always": Died("its process ended 2 times, the last time with code 3")}


@pytest.mark.slow
def test_what_takes_too_long_is_ended_and_the_others_go_on(method, monkeypatch):
    found, late = {}, 0
    monkeypatch.setattr(pool, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + late))
    for key, result in Processes(2, limit=600).run([Call("hangs", sleep, (3600,)), Call("fast", double, (1,))]):
        found[key], late = result, 600  # the clock goes on once the fast one is done
    assert found["fast"] == 2 and found["hangs"].why == "it took longer than 10 minutes and was ended"


@pytest.mark.slow
def test_an_error_of_the_disk_is_one_of_the_whole_run(method, tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        list(Processes(1).run([Call("a", write_to, (str(tmp_path / "no" / "x"),))]))
    assert error.value.filename == str(tmp_path / "no" / "x")


def test_spawn_is_taken_where_it_was_asked_for(monkeypatch):
    monkeypatch.setattr(pool, "get_start_method", lambda allow_none: "spawn")
    assert pool.start_method() == "spawn"
    monkeypatch.setattr(pool, "get_start_method", lambda allow_none: None)
    monkeypatch.setattr(pool.sys, "platform", "darwin")
    assert pool.start_method() == "spawn"
    monkeypatch.setattr(pool.sys, "platform", "linux")
    assert pool.start_method() == "fork"


def test_a_limit_is_said_in_the_unit_of_a_person():
    assert pool._duration(3600) == "60 minutes" and pool._duration(30) == "30 seconds"


BEGUN = """
import os, signal, time
from multiprocessing.process import BaseProcess
from rechallenge.run.pool import Call, Processes

begin = BaseProcess.start

def start(self):
    begin(self)
    os.kill(os.getpid(), signal.SIGINT)  # before anybody has noted the new process
    time.sleep(0.01)

BaseProcess.start = start
try:
    list(Processes(1).run([Call("a", time.sleep, (600,))]))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such interrupt there")
def test_an_interrupt_while_a_process_begins_leaves_none_behind():
    done = subprocess.run([sys.executable, "-c", BEGUN], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("interrupted\n", 0), done.stderr

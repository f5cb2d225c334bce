"""A call in a fork of this process, which need not load again what is loaded here. Only where the system forks."""

import os
import signal
import sys
import time
import traceback
from pathlib import Path


class Forked:
    """What subprocess.Popen is for a program, for a call: `returncode`, `send_signal`, `kill`, `communicate`.

    call : no arguments; SystemExit gives the code. folder : where it works. said : a folder that is made for its words.
    """

    def __init__(self, call, folder: Path, said: Path):
        said.mkdir(parents=True)
        for name in ("out", "error"):  # it may be killed before it says anything
            (said / name).touch()
        self._said, self.returncode = said, None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _live(call, folder, said)

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=180):
        """(standard output, standard error) once it has ended."""
        end = time.monotonic() + timeout
        while not (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            assert time.monotonic() < end, "it did not end"
            time.sleep(0.02)
        self.returncode = os.waitstatus_to_exitcode(found[1])
        return tuple((self._said / name).read_text(encoding="utf-8") for name in ("out", "error"))


def _live(call, folder, said):
    """The life of the fork: its words go to files, and nothing that is registered here for the end happens there."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        for number, name in ((1, "out"), (2, "error")):
            os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        sys.stdout, sys.stderr = (open(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))  # noqa: SIM115
        call()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed, 3 two reports differ, 130 interrupted.
"""

import signal
import sys


def interrupted() -> int:
    """Say that a person ended the command; its exit code. A second Ctrl-C on the way out changes nothing any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write("Interrupted.\n")
    return 130


def main():
    """Entry point. Whatever happens to a command, a person reads one sentence."""
    try:
        from .command import run

        code = run()
    except KeyboardInterrupt:
        code = interrupted()
    sys.exit(code or 0)

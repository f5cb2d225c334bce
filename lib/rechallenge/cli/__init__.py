"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed, 3 two reports differ, 130 interrupted.
"""

import signal
import sys

INTERRUPTED = 130


def interrupted(said="Interrupted.") -> int:
    """Say once that a person ended the command; its exit code.

    A second Ctrl-C on the way out changes nothing any more.
    """
    if signal.signal(signal.SIGINT, signal.SIG_IGN) is not signal.SIG_IGN:
        sys.stderr.write(f"{said}\n")
    return INTERRUPTED


def main():
    """Entry point. Whatever happens to a command, a person reads one sentence."""
    try:
        from .command import run

        code = run()
        if code == INTERRUPTED:  # before the command had begun, nobody has said it
            interrupted()
    except KeyboardInterrupt:
        code = interrupted()
    sys.exit(code or 0)

"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed, 3 two reports differ, 130 interrupted.
"""

import sys


def main():
    """Entry point. Whatever happens to a command, a person reads one sentence."""
    try:
        from .command import run

        code = run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = 130
    sys.exit(code or 0)

"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed, 3 two reports differ, 130 interrupted.
"""

import sys


def main():
    """Entry point. Whatever happens to a command, a person reads one sentence."""
    from papercheck.files.interrupts import INTERRUPTED, at_once, in_order, interrupted, is_interrupt

    try:
        at_once()
        from papercheck.files.visible import lost_output, tolerant_output

        from .command import run

        tolerant_output()

        in_order()
        code = run()
        if (lost := lost_output()) and not code:
            sys.stderr.write(f"Error: {lost}\n")
            code = 1
        if code == INTERRUPTED:  # before the command had begun, nobody has said it
            interrupted()
    except (Exception, KeyboardInterrupt) as error:
        if not is_interrupt(error):
            raise
        code = interrupted()
    raise SystemExit(code or 0)

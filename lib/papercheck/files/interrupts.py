"""Ctrl-C: one sentence and one exit code, whenever a person presses it."""

import os
import sys

INTERRUPTED = 130


def at_once() -> None:
    """Until `in_order`, let an interrupt end the process with its sentence: while libraries load there is nothing to
    undo, and some of them take an interrupt for something that is missing.

    Nothing changes where interrupts are ignored (nohup), where somebody else answers them, and in another thread than
    the one to which they come.
    """
    import signal
    import threading

    first = threading.current_thread() is threading.main_thread()
    if first and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def in_order() -> None:
    """From here on an interrupt is KeyboardInterrupt, also where it comes while an object is cleared away and Python
    would print it and go on; once the command has ended it changes nothing."""
    import atexit
    import signal

    if signal.getsignal(signal.SIGINT) is not _end:
        return
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _raised_again
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted(said="Interrupted.") -> int:
    """Say once that a person ended the command; its exit code.

    A second Ctrl-C on the way out changes nothing any more.
    """
    import signal

    if signal.signal(signal.SIGINT, signal.SIG_IGN) is not signal.SIG_IGN:
        sys.stderr.write(f"{said}\n")
    exec("")  # `python -m` ends by the signal in place of the code if a text that it ran last was interrupted
    return INTERRUPTED


def is_interrupt(error: BaseException | None) -> bool:
    """Whether an exception is an interrupt, or comes of one: a class that is being made turns it into RuntimeError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _end(number, frame):
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)


def _raised_again(lost):
    if not is_interrupt(lost.exc_value):
        sys.__unraisablehook__(lost)
        return
    import _thread

    _thread.start_new_thread(_thread.interrupt_main, ())  # raised in here, it would be lost again

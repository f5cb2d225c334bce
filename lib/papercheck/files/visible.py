"""Text from files as it may stand on a terminal or in a spreadsheet: nothing in it
moves the cursor, sets a title, turns the writing round or is computed.
"""

import contextlib
import os
import re
import sys
import unicodedata

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet could take for a formula
SIGNED = re.compile(r"[-+]\s?[\d.,]+(?:e[-+]?\d+)?\s?%?")


def safe_text(text: str) -> str:
    """A cell of a CSV file that a spreadsheet does not take for a formula; a number with its sign stays."""
    return f"'{text}" if text.startswith(FORMULA) and not SIGNED.fullmatch(text) else text


def visible(text: str) -> str:
    """The text with each control character as its picture (ESC is U+241B) and each one that turns writing as U+FFFD.

    One character stands for one, so that tables keep their columns; line breaks and tabs stay.
    """
    return UNSEEN.sub(_picture, text)


def is_seen(name: str) -> bool:
    """Whether each character of a name can be seen on its one line: none controls, turns the writing round or is a
    broken byte."""
    return not any(c in "\t\n" or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name)


def tolerant_output() -> None:
    """Let standard output write what its encoding lacks (Chinese in a Western one, a broken byte of a path) as \\u674e,
    as standard error does, in place of an error. What has been closed (>&-) takes everything and keeps nothing."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def lost_output() -> str:
    """What standard output could not take at the end, as a sentence; '' where it took all, or nobody reads on (head).

    The rest is dropped, so that Python, as it ends, does not try again and fail.
    """
    try:
        sys.stdout.flush()
        return ""
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "" if isinstance(error, BrokenPipeError) else f"standard output: {getattr(error, 'strerror', error)}"


def visible_json(text: str) -> str:
    """A JSON text in which such characters are written as escapes:
    the same values, and nothing for a terminal to obey.
    """
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _picture(match) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"

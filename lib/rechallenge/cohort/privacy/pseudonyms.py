"""Pseudonyms of a cohort: P01, P02, ... in an order that only a secret beside the data knows."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from papercheck.files.findings import Message, request_error

FILE = ".pseudonyms"  # in the folder of the cohort; git ignores it, no file that leaves holds anything of it


def secret_of(folder: Path) -> bytes:
    """The secret of a cohort's folder, made at first use and then kept. Raises CohortError where it cannot be."""
    path = Path(folder) / FILE
    try:
        secret = _made(path) if not path.exists() else _read(path)
        for left in path.parent.glob(
            f"{FILE}.*.new"
        ):  # of a run that was killed; one that lives takes the secret that is there
            left.unlink(missing_ok=True)
        return secret
    except OSError as error:
        rule = Message(
            "the secret of the pseudonyms cannot be kept in {path}: {what}", path=path, what=error.strerror or error
        )
        raise request_error(rule, "Make this folder writable once, or ask for --profile internal.") from None


def _made(path) -> bytes:
    """Written whole before it has its name: a second process that makes one too gets the first one's."""
    new = path.with_name(f"{FILE}.{os.getpid()}.new")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        except OSError:  # a disk without links
            if not path.exists():
                os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    return _read(path)


def _read(path) -> bytes:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise request_error(
            Message("{path} is not the secret that was written", path=path),
            "Remove it: the next report makes a new one.",
        )
    return bytes.fromhex(text)


def pseudonyms(subjects: Iterable[str], secret: bytes) -> Mapping[str, str]:
    """{identifier: pseudonym}, in the order of their keyed digests (HMAC-SHA-256)."""
    names = sorted({str(s) for s in subjects}, key=lambda s: hmac.digest(secret, s.encode(), hashlib.sha256))
    width = max(2, len(str(len(names))))
    return {name: f"P{place:0{width}d}" for place, name in enumerate(names, 1)}

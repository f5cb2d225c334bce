"""One value that holds for a block of code, or for the whole process."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")


class Current(Generic[T]):  # Python 3.11 has no `class Current[T]`
    """What functions far below may ask for without its being handed through every call.

    within(value) holds for a block of this thread; settle(value) for every thread of the process, where no block says
    otherwise. A process that is started gets the value as an argument and settles it.
    """

    def __init__(self, name: str):
        self._block: ContextVar[T | None] = ContextVar(name, default=None)
        self._process: T | None = None

    def get(self) -> T | None:
        """The value of the innermost block, else that of the process, else None."""
        found = self._block.get()
        return self._process if found is None else found

    @contextmanager
    def within(self, value: T) -> Iterator[T]:
        """Let the value hold for the block."""
        token = self._block.set(value)
        try:
            yield value
        finally:
            self._block.reset(token)

    def settle(self, value: T | None) -> None:
        """Let the value hold for the process; None takes it back."""
        self._process = value

"""The words of the command that is being carried out, for whoever writes down how a result came about.

    with command(["run", "seed-article"]):
        words()                              ("sousveil", "run", "seed-article")
    words()                                  (): a notebook or a script calls, and nothing was typed
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["command", "words"]

_WORDS: ContextVar[tuple[str, ...]] = ContextVar("words", default=())


@contextmanager
def command(typed: Sequence[str]) -> Iterator[None]:
    """Until the end of the block, these words behind `sousveil` are what was typed."""
    before = _WORDS.set(("sousveil", *typed))
    try:
        yield
    finally:
        _WORDS.reset(before)


def words() -> tuple[str, ...]:
    """What was typed; nothing where no command is being carried out."""
    return _WORDS.get()

"""Whether somebody asked for the end of the work, whatever a library made of it.

    with listening() as heard:
        work()
        if heard: ...

An interrupt is raised as before, where it finds the work. But whoever is being called then may catch it: a library that
writes a file puts an error of its own in its place, or none. What was heard here was an interrupt all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["listening"]


class _Ear:
    """A handler of signals that takes down what comes, and raises it as Python would."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def __call__(self, number: int, frame: FrameType | None) -> None:
        import signal

        self.heard.append(number)
        signal.default_int_handler(number, frame)


@contextmanager
def listening() -> Iterator[list[int]]:
    """The signals that came and were raised as interrupts since the block began, or the one around it.

    Nothing is heard in another thread than the first, or where somebody else handles the signals.
    """
    import signal
    import threading

    ear, kept = _Ear(), []
    if threading.current_thread() is threading.main_thread():
        around = signal.getsignal(signal.SIGINT)
        if isinstance(around, _Ear):
            yield around.heard
            return
        kept = [number for number in (signal.SIGINT, signal.SIGTERM)
                if signal.getsignal(number) is signal.default_int_handler]
    for number in kept:
        signal.signal(number, ear)
    try:
        yield ear.heard
    finally:
        for number in kept:
            signal.signal(number, signal.default_int_handler)

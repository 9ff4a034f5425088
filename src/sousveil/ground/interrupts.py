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

__all__ = ["ending", "listening", "of_a_terminal"]


def of_a_terminal() -> set[int]:
    """The signals that a terminal sends to all who work in it at once: at Ctrl-C, and where it is closed."""
    import signal

    return {signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}


def ending() -> set[int]:
    """The signals that ask this process for its end: those of a terminal, and that of the system.

    One that was ignored from the beginning is left out: whoever types `nohup` wants the work to go on.
    """
    import signal

    return {number for number in {*of_a_terminal(), signal.SIGTERM} if signal.getsignal(number) != signal.SIG_IGN}


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
        kept = [number for number in ending() if signal.getsignal(number) is signal.default_int_handler]
    for number in kept:
        signal.signal(number, ear)
    try:
        yield ear.heard
    finally:
        for number in kept:
            signal.signal(number, signal.default_int_handler)

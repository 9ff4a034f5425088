"""How far the work is, for whoever waits at a terminal. Elsewhere, and for work that is soon done, nothing is shown."""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from sousveil.ground.characters import printable

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Listener", "hundredths", "listened", "note", "progress", "tell"]

Listener = Callable[[str, int, int], None]
"""Told of every step: what is done, how much of it is done, and how much there is."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)

PATIENCE = 1.0
"""Seconds of work before a bar is worth its place."""


@contextmanager
def listened(listener: Listener) -> Iterator[None]:
    """Whoever waits elsewhere than at a terminal hears how far the work in here is."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """`with progress("Running", total=120) as advance: advance(1)`: a bar on standard error while it lasts."""
    bar: Any = None  # of rich, or of a notebook
    done = 0
    began = time.monotonic()
    listener = _LISTENER.get()  # here, since the work may be done in other threads

    def advance(steps: int) -> None:
        nonlocal bar, done
        done += steps
        if listener is not None:
            listener(title, done, total)
        if bar is None and time.monotonic() - began > PATIENCE and (sys.stderr.isatty() or _in_notebook()):
            bar = _bar(title, total, done) if sys.stderr.isatty() else _Shown(title, total)
            bar.start()
        elif bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def hundredths(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """As `progress`, where how much there is to do is not to be known: only how much of a hundred is done."""
    done = 0

    with progress(title, 100) as shown:
        def advance(steps: int) -> None:
            nonlocal done
            before, done = done, min(total, done + steps)
            shown(100 * done // max(1, total) - 100 * before // max(1, total))

        yield advance


def note(message: str) -> None:
    """One line for whoever waits at a terminal, for example that a first use compiles."""
    if sys.stderr.isatty():
        print(printable(message), file=sys.stderr, flush=True)


def tell(message: str) -> None:
    """A line on standard error. Where that is closed, or the disk behind it full, nobody is told, and the work goes on.
    """
    if sys.stderr is None:
        return
    try:
        print(printable(message), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # else Python would try again when it ends, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _in_notebook() -> bool:
    """Whether a notebook waits: IPython is there, and what answers it is a kernel and no terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class _Shown:
    """A bar in a notebook, with the methods of rich's that are used here; it is gone when the work is done."""

    task_ids = (0,)

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._handle: Any = None
        self._next = 0.0

    def start(self) -> None:
        from IPython.display import display

        self._handle = display(self._html(0), display_id=True)

    def update(self, _task: int, *, completed: int) -> None:
        if time.monotonic() >= self._next:  # a browser is not told a thousand times a second
            self._next = time.monotonic() + 0.2
            self._handle.update(self._html(completed))

    def stop(self) -> None:
        from IPython.display import HTML

        self._handle.update(HTML(""))

    def _html(self, done: int) -> Any:
        from IPython.display import HTML

        said = f"{html.escape(self._title)} {min(1.0, done / max(1, self._total)):.0%}"
        return HTML(f'<progress max="{self._total}" value="{done}" aria-label="{said}"></progress> {said}')


def _bar(title: str, total: int, done: int) -> Progress:
    """`done` is where the bar begins: of a run that goes on after an interruption, it says nothing about its speed."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(title, total=total, completed=done)
    return bar

"""Processes that carry questions out: no more at once than there are cores, each question once, and none in vain.

A worker does one thing at a time and is told all of it: nothing of an earlier question is left in it that an answer
could hang on. A question that nobody waits for any more, or that takes too long, ends with its process; the next one
starts within a moment, from a process in which the compiled code lies ready (where the system can fork).

    workers = Workers(2)
    job = workers.submit(key, "change", order)
    answer = await workers.wait(job)                  raises InputError, TooSlow, TooBusy, Gone
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import reduction
from typing import Any

from sousveil.errors import InputError, Problem, SousveilError
from sousveil.ground.interrupts import of_a_terminal

__all__ = ["FAR", "LONGEST", "Defect", "Gone", "Job", "TooBusy", "TooSlow", "Workers", "place_of"]

LONGEST = {"preview": 120.0, "whole": 240.0, "long": 1800.0}
"""Seconds that a job of each class may take, before its process is ended. The first one ever has to compile."""

FAR = {"preview": 60.0, "whole": 120.0, "long": 600.0}
"""The same where others can reach this machine."""

MOST_WAITING = 64
"""Questions that may wait; who comes later is told so, and may come again."""

MOST_BYTES = 3 << 30
"""What a worker may hold in memory, where the system can be told."""

JOBS = 400
"""After so many, a worker is replaced by a fresh one: what a library holds on to does not add up."""


class TooBusy(SousveilError):
    """More questions wait than can be answered soon."""


class TooSlow(SousveilError):
    """It took longer than a page waits."""


class Gone(SousveilError):
    """Nobody waited for it any more, or it was cancelled."""


class Defect(SousveilError):
    """A worker failed in a way that nobody foresaw. The message names the place and quotes nothing."""


@dataclass(eq=False)
class Job:
    """A question at work. `grade`: preview, whole or long; `waiting`: how many wait for it; `since`: when it
    came to what it is at, of which `part` is done; `table`: an open file that is handed to the worker, which ends
    afterwards.
    """

    key: str
    kind: str
    order: Mapping[str, Any]
    grade: str
    done: asyncio.Future[dict[str, Any]]
    waiting: int = 0
    title: str = ""
    part: float = 0.0
    began: float = 0.0
    since: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    table: int | None = None

    @property
    def left(self) -> float | None:
        """Seconds until what it is at is done, by how fast that went so far; None before that can be said."""
        passed = time.monotonic() - self.since
        return passed * (1 - self.part) / self.part if self.began and self.part > 0.02 and passed > 1 else None

    def told(self, title: str, part: float) -> None:
        """Take down how much of what is done."""
        if title != self.title:
            self.since = time.monotonic()
        self.title, self.part = title, part

    def close(self) -> None:
        """Let go of the table."""
        table, self.table = self.table, None
        if table is not None:
            os.close(table)


class Workers:
    """As many processes as cores, started when they are first needed."""

    def __init__(self, count: int, longest: Mapping[str, float] = LONGEST) -> None:
        self.count = max(1, count)
        self.longest = longest
        self._jobs: dict[str, Job] = {}
        self._queues: dict[str, deque[Job]] = {grade: deque() for grade in LONGEST}
        self._ready = threading.Condition()
        self._long = 0
        self._closed = False
        self._context = _context()
        self._threads: list[threading.Thread] = []
        self._idle = 0

    def find(self, key: str) -> Job | None:
        """The job of a question that is at work or waits."""
        return self._jobs.get(key)

    def submit(self, key: str, kind: str, order: Mapping[str, Any], grade: str, table: int | None = None) -> Job:
        """The job of a question: the one that is at work for it already, or a new one. Raises TooBusy.

        table  an open file, closed when the job ends; where TooBusy is raised, it stays open
        """
        job = self._jobs.get(key)
        if job is not None and not job.cancelled.is_set():
            return job
        if sum(map(len, self._queues.values())) >= MOST_WAITING:
            raise TooBusy("too many questions wait here; try again in a moment")
        job = Job(key, kind, order, grade, asyncio.get_running_loop().create_future(), table=table)
        job.done.add_done_callback(lambda future: future.cancelled() or future.exception())  # it may be nobody's
        self._jobs[key] = job
        with self._ready:
            self._queues[grade].append(job)
            if self._idle == 0 and len(self._threads) < self.count:
                thread = threading.Thread(target=self._serve, args=(asyncio.get_running_loop(),), daemon=True)
                self._threads.append(thread)
                thread.start()
            self._ready.notify()
        return job

    async def wait(self, job: Job, seconds: float | None = None) -> dict[str, Any] | None:
        """The answer; None where it is not there after so many seconds. Whoever stops waiting counts no more."""
        job.waiting += 1
        try:
            return await asyncio.wait_for(asyncio.shield(job.done), seconds)
        except TimeoutError:
            return None
        finally:
            job.waiting -= 1

    def cancel(self, job: Job) -> None:
        """End a job, wherever it stands."""
        job.cancelled.set()
        self._jobs.pop(job.key, None)
        if not job.done.done():
            job.done.set_exception(Gone("cancelled"))
        job.changed.set()

    def leave(self, job: Job) -> None:
        """Nobody here wants it any more: it ends unless somebody else waits."""
        if job.waiting == 0 and not job.done.done():
            self.cancel(job)

    def renew(self) -> None:
        """Fork the next processes from a new one, which has in it what was compiled meanwhile."""
        threading.Thread(target=_renewed, daemon=True).start()  # it may wait for a process that is starting

    def close(self) -> None:
        """End all work."""
        with self._ready:
            self._closed = True
            for job in list(self._jobs.values()):
                job.cancelled.set()
            self._ready.notify_all()
        _end_forks()
        for thread in self._threads:
            thread.join(timeout=5)

    # --- in the thread of one worker ---------------------------------------------------------------------------------

    def _next(self) -> Job | None:
        with self._ready:
            while not self._closed:
                for grade in LONGEST:
                    # A long job leaves a core for those who look, where there is another.
                    if grade == "long" and self._long >= max(1, self.count - 1):
                        continue
                    while self._queues[grade]:
                        job = self._queues[grade].popleft()
                        if not job.cancelled.is_set():
                            self._long += grade == "long"
                            return job
                        job.close()
                self._idle += 1
                self._ready.wait()
                self._idle -= 1
            return None

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        worker: _Worker | None = None
        while (job := self._next()) is not None:
            try:
                if worker is None or not worker.is_alive() or worker.jobs >= JOBS:
                    if worker is not None:
                        worker.end()
                    worker = _Worker(self._context)
                answer: dict[str, Any] | SousveilError = worker.carry(job, loop, self.longest[job.grade])
            except (OSError, EOFError, ValueError):
                answer = Defect("a worker ended before its time; it may have needed more memory than there is")
            # It held somebody's table, or a compiler, which keeps hundreds of megabytes.
            held = job.table is not None or (isinstance(answer, dict) and answer.get("fresh"))
            job.close()
            if worker is not None and (held or isinstance(answer, TooSlow | Gone | Defect)):
                worker.end()
                worker = None
            with self._ready:
                self._long -= job.grade == "long"
                self._ready.notify()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._finish, job, answer)
        if worker is not None:
            worker.end()

    def _finish(self, job: Job, answer: dict[str, Any] | SousveilError) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        if not job.done.done():
            if isinstance(answer, dict):
                job.done.set_result(answer)
            else:
                job.done.set_exception(answer)
        job.changed.set()


_STARTING = threading.Lock()
"""Held while a process is forked, and while what it is forked from is ended."""


class _Worker:
    """One process and the line to it."""

    def __init__(self, context: Any) -> None:
        self.jobs = 0
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        with _STARTING, _deaf():
            self._process.start()
        theirs.close()

    def is_alive(self) -> bool:
        return bool(self._process.is_alive())

    def carry(self, job: Job, loop: asyncio.AbstractEventLoop, longest: float) -> dict[str, Any] | SousveilError:
        """Carry a job out, or end in the middle of it where it was cancelled or takes too long."""
        self.jobs += 1
        job.began = time.monotonic()
        self._line.send((job.kind, dict(job.order)))
        if job.table is not None:
            reduction.send_handle(self._line, job.table, self._process.pid)
        job.order = {}
        while True:
            if self._line.poll(0.05):
                what, value = self._line.recv()
                if what == "done":
                    return dict(value)
                if what == "wrong":
                    return InputError([Problem(*p) for p in value])
                if what == "defect":
                    return Defect(value)
                job.told(*value)
                loop.call_soon_threadsafe(job.changed.set)
            elif job.cancelled.is_set():
                return Gone("cancelled")
            elif time.monotonic() - job.began > longest:
                return TooSlow(f"this takes longer than {longest:.0f} seconds; ask for fewer people")

    def end(self) -> None:
        """End the process, whatever it is at."""
        with contextlib.suppress(OSError, ValueError):
            self._line.close()
            self._process.kill()
            self._process.join(5)


def _context() -> Any:
    """Where the system can fork, workers come from a process that has all the code in it and does nothing else."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sousveil.app.warm"])
    return context


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile hears no Ctrl-C, which a terminal sends to all at once, from its first moment on: the
    server alone ends it. Python itself lets a process to fork from hear it until all is loaded, and print where it was.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # else that is started with the first process, and lets Ctrl-C be heard again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, of_a_terminal())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _renewed() -> None:
    with _STARTING:  # who is being forked just now would have nobody to be forked from
        _end_forks()


def _end_forks() -> None:
    """End the process that workers are forked from, which may be compiling still: Ctrl-C waits for nothing."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        number = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
        if number is not None:
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
                os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)  # dying still, it would be asked for the next one


def _work(line: Any) -> None:
    """What a worker does until its line is cut."""
    from sousveil.app.answers import carried
    from sousveil.progress import listened

    for number in of_a_terminal():
        signal.signal(number, signal.SIG_IGN)
    _bound()
    told = 0.0

    def tell(title: str, done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told > 0.1:
            told = now
            line.send(("progress", (title, done / total if total else 0.0)))

    while True:
        try:
            kind, order = line.recv()
            if "table" in order:
                order["table"] = reduction.recv_handle(line)
        except (EOFError, OSError):
            return
        try:
            with listened(tell):
                line.send(("done", carried(kind, order)))
        except InputError as error:
            line.send(("wrong", [(p.file, p.line, p.column, p.message) for p in error.problems]))
        except SousveilError as error:
            line.send(("wrong", [("", 0, 0, str(error))]))
        except MemoryError:
            line.send(("wrong", [("", 0, 0, "not enough memory for this; ask for fewer people")]))
        except (BrokenPipeError, EOFError):
            return
        except Exception as error:
            line.send(("defect", place_of(error)))


def place_of(error: Exception) -> str:
    """Where an exception came from. What it says is left out: it could quote what somebody typed or chose."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else "?"
    if os.environ.get("SOUSVEIL_DEBUG") == "1":
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    return f"{type(error).__name__} at {place}"


def _bound() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what somebody chose to audit

"""Many tasks, carried out in one of three places: here, in processes of this machine, or on a Dask cluster.

    done, failed = execute(tasks, Place("processes", workers=4), shelf)

A task is a function and its arguments, and its result plain data, so that the place changes nothing: the same bits come
back from everywhere. A result is put on the shelf as soon as it is there, so that an interrupted set of tasks goes on
where it stopped. What may go wrong:

    a task fails                 it is reported by its name, with the reason; the rest complete
    a worker is killed           its tasks are carried out again, elsewhere
    a task kills its workers     it takes innocent ones along; so all that were lost with it are tried again one by
                                 one, and the one that is lost alone is reported by its name
    the scheduler is lost        Interrupted; what is done is on the shelf
"""

from __future__ import annotations

import os
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sousveil.comparisons.store import Shelf
from sousveil.errors import InputError, Interrupted, SousveilError
from sousveil.ground import process
from sousveil.ground.interrupts import listening, of_a_terminal
from sousveil.progress import progress
from sousveil.runs.settings import WORKERS
from sousveil.studies.limits import whole

__all__ = ["HERE", "Place", "Task", "execute", "place"]


@dataclass(frozen=True, slots=True)
class Task:
    """`work(*arguments)`, under a name that can be the name of a file. What it returns must be plain data (JSON)."""

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where tasks are carried out.

    workers    processes on this machine, of one thread each; for `dask` without a scheduler those of a local cluster
    scheduler  address of a Dask scheduler, as in tcp://10.0.0.1:8786
    """

    kind: Literal["here", "processes", "dask"] = "here"
    workers: int = 1
    scheduler: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "workers", whole("workers", self.workers, *WORKERS))


HERE = Place()

ALONE = 2
"""How often a task must lose a worker that it has to itself before it counts as the reason."""

PATIENCE = "10s"
"""How long a Dask scheduler may be silent before it counts as lost."""

Outcome = tuple[Task, Any, str]
"""A task, its result, and why it has none ('' where it has)."""


def place(processes: int | None = None, workers: int | None = None, scheduler: str | None = None) -> Place:
    """The place that a command line asks for. Raises InputError for two places, or fewer than one worker."""
    given = {"processes": processes, "workers": workers, "scheduler": scheduler}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InputError(f"choose one of {', '.join(f'--{name}' for name in named)}: each is a place of its own")
    if scheduler is not None:
        if "://" not in scheduler:
            raise InputError(f'scheduler: "{scheduler}" is not an address, as in tcp://10.0.0.1:8786')
        return Place("dask", 1, scheduler)
    if processes is not None:
        return Place("processes", whole("processes", processes, *WORKERS))
    return HERE if workers is None else Place("dask", workers)


def execute(tasks: Sequence[Task], where: Place = HERE, shelf: Shelf | None = None, title: str = "Tasks"
            ) -> tuple[dict[str, Any], dict[str, str]]:
    """Carry out all tasks: results by name in the order of the tasks, and reasons by name of those that failed.

    What is on the shelf already is not done again. Raises InputError where a place cannot be had, Interrupted when it
    is lost, or somebody stops it.
    """
    if len({task.name for task in tasks}) < len(tasks):
        raise ValueError("two tasks have the same name")
    done: dict[str, Any] = shelf.read_all([task.name for task in tasks]) if shelf else {}
    failed: dict[str, str] = {}
    left = [task for task in tasks if task.name not in done]
    try:
        with progress(title, total=len(tasks)) as advance:
            advance(len(tasks) - len(left))
            for task, result, reason in _carried(left, where):
                if reason:
                    failed[task.name] = reason
                else:
                    done[task.name] = result
                    if shelf:
                        shelf.write(task.name, result)
                advance(1)
    except KeyboardInterrupt:
        raise Interrupted(_stopped("interrupted", len(done), len(tasks), shelf)) from None
    except _Lost as lost:
        raise Interrupted(_stopped(str(lost), len(done), len(tasks), shelf)) from None
    return ({task.name: done[task.name] for task in tasks if task.name in done},
            {task.name: failed[task.name] for task in tasks if task.name in failed})


class _Lost(Exception):
    """The place is gone."""


def _stopped(why: str, done: int, total: int, shelf: Shelf | None) -> str:
    if not done:
        return f"{why}; 0 of {total:,} were done"
    kept = "are kept; the same command goes on from there" if shelf else "were done, and are lost without -o"
    return f"{why}; {done:,} of {total:,} {kept}"


def _carried(tasks: Sequence[Task], where: Place) -> Iterator[Outcome]:
    if where.kind == "processes":
        return _in_processes(tasks, where.workers)
    if where.kind == "dask":
        return _on_dask(tasks, where)
    return _here(tasks)


def _attempt(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, str]:
    """The result and '', or None and the reason. Reasons are words: not every exception can travel."""
    try:
        return work(*arguments), ""
    except Interrupted:
        raise KeyboardInterrupt from None
    except SousveilError as error:
        return None, str(error)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return None, f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}"


# --- here -------------------------------------------------------------------------------------------------------------


def _here(tasks: Sequence[Task]) -> Iterator[Outcome]:
    """One after the other. A task that somebody interrupts has not failed, whatever comes back of it: a library may
    have put an error of its own in the place of the interrupt, or none.
    """
    with listening() as heard:
        for task in tasks:
            outcome = _attempt(task.work, task.arguments)
            if heard:
                raise KeyboardInterrupt
            yield task, *outcome


# --- processes ------------------------------------------------------------------------------------------------------


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """All together; those that were lost with a worker again, each alone."""
    lost = yield from _in_pool(deque(tasks), workers)
    for _ in range(ALONE):
        lost = yield from _in_pool(deque(lost), 1)
    for task in lost:
        yield task, None, "it killed its worker, also when it was alone with it"


def _in_pool(waiting: deque[Task], workers: int) -> Generator[Outcome, None, list[Task]]:
    """Carry out what waits; the tasks that were in flight whenever a worker was lost are returned."""
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    lost: list[Task] = []
    while waiting:
        flying: dict[Future[tuple[Any, str]], Task] = {}
        # Spawned, not forked: compiled threads do not survive a fork.
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin)
        try:
            while waiting or flying:
                # No more in flight than there are workers: then what is lost with a worker is known.
                while waiting and len(flying) < workers:
                    flying[pool.submit(_attempt, waiting[0].work, waiting[0].arguments)] = waiting[0]
                    waiting.popleft()
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    yield flying.pop(future), *outcome
        except BrokenProcessPool:
            lost += flying.values()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return lost


def _begin() -> None:
    """In a worker: Ctrl-C and the end of a terminal are for the one who asked, who then sends no more work; and it ends
    when that one ends, for whoever is killed can send no word.
    """
    import signal
    import threading

    for number in of_a_terminal():
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    process.begin()


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # a pipe that the system closes when its other end is gone, on every system
        os._exit(1)


# --- Dask -----------------------------------------------------------------------------------------------------------


def _on_dask(tasks: Sequence[Task], where: Place) -> Iterator[Outcome]:
    try:
        from distributed import KilledWorker
    except ImportError:
        raise InputError("a Dask cluster needs the extra sousveil[cluster]; --processes does without") from None
    alone: list[Task] = []
    with _client(where) as client:
        for task, future in _as_completed(client, tasks, "together"):
            error = _error_of(future)
            if isinstance(error, KilledWorker):
                alone.append(task)
            else:
                yield _settled(task, future, error)
        for task in alone:
            for _, future in _as_completed(client, [task], "alone"):
                error = _error_of(future)
                killed = isinstance(error, KilledWorker)
                yield (task, None, "it killed its workers, also when it was alone with them") if killed else _settled(
                    task, future, error)


@contextmanager
def _client(where: Place) -> Iterator[Any]:
    """A client of the scheduler, or of a local cluster that ends with it."""
    import logging

    import dask
    from distributed import Client, LocalCluster

    # Dask tells of every worker that it loses; we tell what came of it.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set({"distributed.comm.timeouts.connect": PATIENCE, "distributed.worker.daemon": True}):
        cluster = None
        try:
            if not where.scheduler:
                cluster = LocalCluster(
                    n_workers=where.workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                    # Without an address Dask would serve its pages to the whole network, and on one port only.
                    dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL)
            client = Client(where.scheduler or cluster, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            if cluster is not None:
                cluster.close()
            raise InputError(f"no Dask scheduler answers at {where.scheduler or 'this machine'}") from error
        try:
            yield client
        finally:
            client.close(timeout=5)
            if cluster is not None:
                cluster.close(timeout=30)


def _as_completed(client: Any, tasks: Sequence[Task], how: str) -> Iterator[tuple[Task, Any]]:
    """The tasks with their futures, as they end; so many in flight that workers do not wait, and no more."""
    from distributed import as_completed

    def sent(task: Task) -> Any:
        # A key is sent once in the life of a scheduler: results of an earlier sweep are not taken for these.
        key = f"{task.name}-{how}-{os.getpid()}-{time.time_ns()}"
        return client.submit(_attempt, task.work, task.arguments, key=key, pure=False)

    waiting = deque(tasks)
    flying: dict[Any, Task] = {}
    most = max(16, 4 * sum(client.nthreads().values()))
    while waiting and len(flying) < most:
        task = waiting.popleft()
        flying[sent(task)] = task
    ended: Any = as_completed(list(flying))
    for future in ended:
        task = flying.pop(future)
        if future.status == "cancelled" or client.status in ("closed", "closing"):
            raise _Lost("the Dask scheduler was lost")
        if waiting:
            following = waiting.popleft()
            added = sent(following)
            flying[added] = following
            ended.add(added)
        yield task, future


def _error_of(future: Any) -> BaseException | None:
    from concurrent.futures import CancelledError

    try:
        error: BaseException | None = future.exception(timeout=60)
        return error
    except (CancelledError, OSError, TimeoutError):
        raise _Lost("the Dask scheduler was lost") from None


def _settled(task: Task, future: Any, error: BaseException | None) -> Outcome:
    from concurrent.futures import CancelledError

    if error is not None:
        return task, None, f"{type(error).__name__}: {error}"
    try:
        result, reason = future.result(timeout=60)
        future.release()
        return task, result, reason
    except (CancelledError, OSError, TimeoutError):
        raise _Lost("the Dask scheduler was lost") from None

"""Tasks in three places, and what goes wrong with them: done for real, with processes that are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from errands import dies_once, killer, kills, poisoned, slow, third
from sousveil.comparisons import execute as module
from sousveil.comparisons.execute import HERE, Place, Task, execute, place
from sousveil.comparisons.store import Shelf, claim, shelf_beside, write_results
from sousveil.errors import InputError, Interrupted

pytest.importorskip("distributed")

DASK = Place("dask", 2)
PROCESSES = Place("processes", 2)


def thirds(n: int) -> list[Task]:
    return [Task(f"point-{i}", third, (i / 7,)) for i in range(n)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task may lose one worker with others around before it is suspected; Dask's own number is three."""
    import dask

    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    dask.config.refresh()


@pytest.mark.parametrize("where", [HERE, PROCESSES, DASK], ids=lambda p: p.kind)
def test_the_same_bits_come_from_everywhere_and_a_poisoned_task_is_reported_by_name(where: Place) -> None:
    done, failed = execute([*thirds(12), Task("bad", poisoned), Task("last", third, (1.0,))], where)
    assert list(done) == [*(f"point-{i}" for i in range(12)), "last"]
    assert done == execute([*thirds(12), Task("last", third, (1.0,))], HERE)[0]
    assert list(failed) == ["bad"]
    assert "ZeroDivisionError" in failed["bad"]
    assert "a poisoned point" in failed["bad"]


@pytest.mark.parametrize("where", [PROCESSES, DASK], ids=lambda p: p.kind)
def test_a_task_that_kills_its_workers_is_reported_and_innocent_ones_complete(where: Place) -> None:
    innocent = [Task(f"innocent-{i}", slow, (i,)) for i in range(6)]
    done, failed = execute([*innocent[:2], Task("killer", killer), *innocent[2:]], where)
    assert done == {f"innocent-{i}": i for i in range(6)}
    assert list(failed) == ["killer"]
    assert "killed its worker" in failed["killer"]


@pytest.mark.parametrize("where", [PROCESSES, DASK], ids=lambda p: p.kind)
def test_a_worker_killed_in_mid_task_loses_nothing(where: Place, tmp_path: Path) -> None:
    tasks = [*thirds(3), Task("unlucky", dies_once, (str(tmp_path / "died"),)), *[Task("more", third, (9.0,))]]
    done, failed = execute(tasks, where)
    assert failed == {}
    assert done["unlucky"] == 42
    assert list(done) == [task.name for task in tasks]


def lasting(folder: str) -> None:
    """Leaves its number and its parent's, and works on, compiled loops and all, for much longer than a test lasts."""
    import numpy as np

    from sousveil.engine import kernels

    (Path(folder) / str(os.getpid())).touch()
    home, adults = np.zeros(10**6, np.uint8), np.array([1 << 31, 1 << 32], np.uint64)
    while True:
        kernels.households(home, 0, len(home) - 2, 0, 0, adults, adults, np.uint64(1), np.uint64(0))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("place", ["Place('processes', 2)", "Place('dask', 2)"])
def test_workers_end_with_whoever_asked_them(tmp_path: Path, place: str) -> None:
    program = ("from test_execute import lasting\nfrom sousveil.comparisons.execute import Place, Task, execute\n"
               f"if __name__ == '__main__':\n"
               f"    execute([Task(str(i), lasting, ({str(tmp_path)!r},)) for i in range(2)], {place})\n")
    script = tmp_path / "asks.py"
    script.write_text(program)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    asks = subprocess.Popen([sys.executable, str(script)], env=env)
    workers: set[int] = set()
    while len(workers) < 2:
        assert asks.poll() is None
        time.sleep(0.1)
        workers = {int(path.name) for path in tmp_path.iterdir() if path.name.isdecimal()}
    asks.kill()
    asks.wait()
    for _ in range(600):
        if not any(alive(worker) for worker in workers):
            break
        time.sleep(0.1)
    left = [worker for worker in workers if alive(worker)]
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    assert left == []


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def scheduler() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler and a worker in processes of their own."""
    there = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    head = subprocess.Popen([*there, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], env=env,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert head.stderr is not None
    address = next(line.split()[-1] for line in head.stderr if "Scheduler at" in line)
    worker = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1",
                               "--no-dashboard", "--death-timeout", "20"], env=env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, text=True)
    yield address, [head, worker]
    for process in (head, worker):
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def test_a_lost_scheduler_loses_nothing_and_the_rest_is_done_later(
        scheduler: tuple[str, list[subprocess.Popen[str]]], tmp_path: Path) -> None:
    address, (head, _) = scheduler
    shelf = Shelf(str(tmp_path / "shelf"), "key")
    tasks = [Task("first", slow, (0,)), Task("end", kills, (head.pid, str(tmp_path / "shelf" / "first.json"))),
             *(Task(f"late-{i}", slow, (i, 0.2)) for i in range(20))]
    with pytest.raises(Interrupted, match=r"scheduler was lost; .* are kept"):
        execute(tasks, Place("dask", 1, address), shelf)
    kept = shelf.read_all()
    assert "first" in kept
    assert len(kept) < len(tasks)
    later = [task for task in tasks if task.name != "end"]
    done, failed = execute(later, HERE, shelf)
    assert failed == {}
    assert done == {task.name: task.arguments[0] for task in later}


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", "1s")
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        execute(thirds(1), Place("dask", 1, "tcp://127.0.0.1:9"))


def test_what_is_on_the_shelf_is_not_done_again(tmp_path: Path) -> None:
    shelf = Shelf(str(tmp_path / "shelf"), "one")
    shelf.write("point-0", "from before")
    assert execute(thirds(2), HERE, shelf)[0] == {"point-0": "from before", "point-1": third(1 / 7)}
    assert execute(thirds(2), HERE, Shelf(str(tmp_path / "shelf"), "one"))[0]["point-0"] == "from before"
    with pytest.raises(InputError, match="of another question"):
        execute(thirds(1), HERE, Shelf(str(tmp_path / "shelf"), "other"))


def test_a_failure_is_tried_again_the_next_time(tmp_path: Path) -> None:
    shelf = Shelf(str(tmp_path / "shelf"), "key")
    assert execute([Task("a", poisoned)], HERE, shelf)[1]
    assert execute([Task("a", third, (3.0,))], HERE, shelf) == ({"a": {"x": 3.0, "third": 1.0}}, {})


def interrupted_here() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def swallowed() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        interrupted_here()


def turned() -> None:
    try:
        interrupted_here()
    except KeyboardInterrupt:
        raise ValueError("an error of some library's own") from None


def said() -> None:
    raise Interrupted("interrupted; nothing was kept")


@pytest.mark.parametrize("stops", [interrupted_here, swallowed, turned, said])
def test_a_task_that_somebody_interrupts_has_not_failed(stops: Callable[[], None]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted, match="interrupted; 2 of 4"):
            execute([*thirds(2), Task("stops", stops), Task("more", third, (1.0,))])
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_says_what_is_kept(tmp_path: Path) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    shelf = Shelf(str(tmp_path / "shelf"), "key")
    with pytest.raises(Interrupted, match="interrupted; 2 of 3 are kept; the same command goes on"):
        execute([*thirds(2), Task("stop", interrupted)], HERE, shelf)


def test_results_go_wherever_fsspec_reaches() -> None:
    import pyarrow as pa

    out = "memory://bucket/sweep"
    claim(out)
    shelf = shelf_beside(out, "key")
    shelf.write("a", 1)
    assert shelf_beside(out, "key").read_all() == {"a": 1}
    record = '{"format": "sousveil-run/1", "result": {}, "circumstance": {}}'
    write_results(out, {"sweep": pa.table({"x": [1.0]})}, {"run.json": record})
    import fsspec

    files = fsspec.filesystem("memory")
    assert {Path(f).name for f in files.ls("/bucket/sweep", detail=False)} == {"run.json", "sweep.csv", "sweep.parquet"}
    claim(out)
    shelf.clear()
    assert shelf_beside(out, "key").read_all() == {}
    with pytest.raises(InputError, match="cannot be reached"):
        claim("nonsense://x/y")


@pytest.mark.parametrize(("given", "message"), [
    ({"processes": 1, "workers": 2}, "choose one"), ({"workers": 0}, "workers: 0"),
    ({"scheduler": "somewhere"}, "is not an address")])
def test_a_place_that_cannot_be_is_told(given: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        place(**given)  # type: ignore[arg-type]


def test_the_place_is_what_the_command_line_names() -> None:
    assert place() == HERE
    assert place(processes=3) == Place("processes", 3)
    assert place(workers=2) == DASK
    assert place(scheduler="tcp://h:1") == Place("dask", 1, "tcp://h:1")

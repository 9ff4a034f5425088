"""Does a long life cost anything? Memory and open files of one process, over one large run and many small ones.

    python bench/soak.py              2 million people through 600 steps, then 300 small runs: some ten minutes
    python bench/soak.py --quick      a twentieth of both

Every run is saved, loaded and reported, so that whatever is not given back shows: memory, files, threads, folders. What
is printed at the end is by how much each grew from the first half to the second, and whether that is nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.progress import listened

PEOPLE, STEPS, RUNS = 2_000_000, 600, 300
STUDY = "seed-article"

SLACK_MB = 8.0
"""Growth of memory that is no growth: the system gives room back in pieces, and not at once."""


def held() -> tuple[float, int, int]:
    """Memory of this process in MB, its open files, and its threads."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(os.listdir("/proc/self/fd")), threading.active_count()


def large(people: int, steps: int, folder: Path) -> None:
    """One run, with checkpoints, looked at whenever it tells how far it is; then what its intervals take, and saving.
    """
    seen: list[tuple[float, tuple[float, int, int]]] = []
    began = time.perf_counter()
    with listened(lambda title, done, total: seen.append((done / total, held()))):
        run = sousveil.run(STUDY, people=people, steps=steps, engine="agents", keep=folder / "keep")
    run.save(folder / "large")
    print(f"{people:,} people × {steps:,} steps: {time.perf_counter() - began:,.0f} s")
    # The first tenth fills what is kept for the whole run.
    first = max((at for share, at in seen if 0.1 < share <= 0.5), default=held())
    second = max((at for share, at in seen if share > 0.5), default=held())
    told(f"large run, looked at {len(seen):,} times", first, second)
    print(f"  then the intervals, and saving: {held()[0] - second[0]:+.1f} MB")


def small(runs: int, folder: Path) -> None:
    """Many runs in this process, each saved, loaded, reported and verified."""
    seen = []
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    began = time.perf_counter()
    for i in range(runs):
        os.dup2(nothing, 1)
        code = dispatch(app, ["run", STUDY, "--people", "2000", "--steps", "12", "--engine", "agents", "--seed", str(i),
                              "--points", "8", "-o", str(folder / "small")])
        code += dispatch(app, ["verify", str(folder / "small")]) if i % 10 == 0 else 0
        sys.stdout.flush()
        os.dup2(out, 1)
        if code:
            raise SystemExit(f"run {i} failed")
        seen.append(held())
        if (i + 1) % max(1, runs // 6) == 0:
            memory, files, threads = seen[-1]
            print(f"  after {i + 1:3} runs: {memory:7.1f} MB, {files} files, {threads} threads")
    os.close(nothing)
    os.close(out)
    print(f"{runs} runs: {time.perf_counter() - began:,.0f} s")
    # The first fifth fills caches that are meant to be filled.
    told("small runs", max(seen[runs // 5:runs // 2]), max(seen[runs // 2:]))
    left = sorted(path.name for path in folder.iterdir())
    print(f"in the folder: {', '.join(left)}" + ("" if left == ["large", "small"] else "   TOO MUCH"))


def told(what: str, first: tuple[float, int, int], second: tuple[float, int, int]) -> None:
    memory, files, threads = (after - before for before, after in zip(first, second, strict=True))
    grown = memory > SLACK_MB or files > 0 or threads > 0
    print(f"{what}, growth from the first half to the second: {memory:+.1f} MB (of {second[0]:,.0f}), "
          f"{files:+d} files, {threads:+d} threads: {'GROWTH' if grown else 'none'}")


if __name__ == "__main__":
    share = 20 if "--quick" in sys.argv else 1
    with tempfile.TemporaryDirectory() as scratch:
        before = {path.name for path in Path(tempfile.gettempdir()).iterdir()}
        large(PEOPLE // share, STEPS, Path(scratch))
        small(RUNS // share, Path(scratch))
        after = {path.name for path in Path(tempfile.gettempdir()).iterdir() if path.name.startswith("sousveil-")}
        print(f"temporary folders left: {len(after - before)}")

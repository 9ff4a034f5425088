"""How much faster two workers make the points of a sweep, beside what this machine has to give at that moment.

    python bench/sweep.py [POINTS [ROUNDS]]

The same command is typed with `--processes 1` and with `--processes 2`, by turns. The ceiling is what two processes
reach that have nothing to do with each other: two commands at once, of half of the points and one worker each. Ratios
are of the clock, the best of each kind. Other work on the machine spoils all of them alike, so a ratio says little
without its ceiling; processor seconds, in brackets, tell what the second worker costs.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = {"seed-article, 10,000 x 60": ["seed-article", "--people", "1e4", "--steps", "60"],
         "seed-article, 100,000 x 120": ["seed-article"]}
PATH = "channels.camera.coverage=0:1"


def typed(study: list[str], points: int, workers: int, out: Path) -> subprocess.Popen[bytes]:
    """Start a sweep of so many points, as a user types it."""
    return subprocess.Popen([sys.executable, "-m", "sousveil", "sweep", *study, "--engine", "agents", "--vary",
                             f"{PATH}:{points}", "--processes", str(workers), "-o", str(out)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def timed(*sweeps: tuple[list[str], int, int]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time, of sweeps at once: study, points and workers of each."""
    with tempfile.TemporaryDirectory() as folder:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        running = [typed(*sweep, Path(folder) / str(i)) for i, sweep in enumerate(sweeps)]
        for each in running:
            if each.wait() != 0:
                sys.exit("a sweep failed")
        clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(points: int, rounds: int) -> None:
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""  # else every process would compile what it imports
    print(f"{points} points; seconds by the clock, the best of {rounds} (in brackets: of processor time)\n"
          f"{'':<30}{'1 worker':>16}{'2 workers':>16}{'ratio':>7}{'2 commands':>16}{'ceiling':>9}")
    for name, study in SIZES.items():
        kinds = {"one": [(study, points, 1)], "two": [(study, points, 2)], "apart": [(study, points // 2, 1)] * 2}
        timed((study, 2, 1))  # compiled, and in the cache of the disk
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind, sweeps in kinds.items():
                found[kind].append(timed(*sweeps))
        clock = {kind: min(seconds for seconds, _ in times) for kind, times in found.items()}
        cells = {kind: f"{clock[kind]:.1f} ({min(s for _, s in times):.1f})" for kind, times in found.items()}
        print(f"{name:<30}{cells['one']:>16}{cells['two']:>16}{clock['one'] / clock['two']:>7.2f}"
              f"{cells['apart']:>16}{clock['one'] / clock['apart']:>9.2f}", flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]), *(40, 3)[len(sys.argv) - 1:])

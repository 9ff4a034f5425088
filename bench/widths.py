"""What the second width costs: `run seed-article --people 1e6` alone, and with 128 points over what is not published.

    python bench/widths.py [POINTS]

Prints seconds of the clock and of processors. At most 15 seconds more are wanted on two cores.
"""

from __future__ import annotations

import sys
import time

import sousveil as sv

PEOPLE = 1_000_000


def main(points: int = 128) -> None:
    """Print the cost of the run, and of its widths."""
    sv.widen(sv.run("seed-article", people=1_000), 2)  # what is compiled is compiled
    began, spent = time.perf_counter(), time.process_time()
    run = sv.run("seed-article", people=PEOPLE)
    print(f"run of {PEOPLE:,} people: {_cost(began, spent)}")
    began, spent = time.perf_counter(), time.process_time()
    wide = sv.widen(run, points)
    print(f"{points} points more: {_cost(began, spent)}, "
          f"{len(wide.widths)} widths")


def _cost(began: float, spent: float) -> str:
    return f"{time.perf_counter() - began:.1f} s, {time.process_time() - spent:.1f} s of cores"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

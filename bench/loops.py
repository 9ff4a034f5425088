"""Where the time of a person's step goes: the loops of `engine/loops.py`, one added after the other.

    python bench/loops.py               W1 with a million people: about a minute

Every line is nanoseconds of processor time per person and step, the best of several, and what the last loop added. A
block is carried eight times before the next one, as in a pool that goes through many steps at once.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

from sousveil.engine import agents, gear, loops, march
from sousveil.engine.people import settle
from sousveil.engine.whole import OfKernel
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load

PEOPLE, REPEATS, AGAIN = 1_000_000, 10, 8
STAGES = ("words", "own records", "stray records", "score and tier", "moves between tiers")


@numba.njit(nogil=True, pipeline_class=OfKernel)
def carried(stages: int, again: int, step: int, blocks: Any, persons: Any, t: Any, room: Any, counts: Any,
            key0: Any, key1: Any) -> None:
    """Every block `again` times, as `advance` does it, up to a stage; without households and points given back."""
    for tie in range(len(t.others)):
        march._gates(0, tie, t, room, counts)
    for block in range(len(blocks.order)):
        lo, hi, u, shift = blocks.bounds[block], blocks.bounds[block + 1], blocks.unit[block], blocks.shift[block]
        for turn in range(again):
            loops.words(hi - lo, np.uint64(lo + shift), np.uint64(step + turn), room, key0, key1)
            if stages > 1:
                loops.laws(lo, hi, persons, counts, t, room)
                loops.own_debits(hi - lo, t, room)
                loops.own_credits(hi - lo, t, room)
                loops.sums(0, lo, hi, u, persons, room, counts)
            if stages > 2:
                many = loops.marked(room.records, room.records_eights, hi - lo, room.found)
                march.befall(step, 0, lo, many, u, shift, persons, t, None, room, counts, key0, key1)
            if stages > 3:
                loops.settle(lo, hi, u, persons, t, room)
                loops.changes(lo, hi, 0, persons, t, room)
            if stages > 4:
                many = loops.marked(room.moved, room.moved_eights, hi - lo, room.found)
                loops.move(step, 0, lo, many, u, persons, room, counts)


def main() -> None:
    plan = plan_of(load(Path(__file__).parent / "w1").evolve(people=PEOPLE, steps=30))
    given: list[Any] = []
    real, agents._WORK = gear.advance, PEOPLE  # a step at a time, to have what the last one was given

    def watched(*arguments: Any) -> Any:
        given[:] = arguments
        return real(*arguments)

    gear.advance = watched
    agents.simulate(plan, settle(plan, 1), 30, 1)
    first, _, _, _, blocks, persons, t, _, _, room, counts, key0, key1 = given
    best = [float("inf")] * (len(STAGES) + 1)
    for _ in range(REPEATS):
        for stages in range(1, len(STAGES) + 1):
            began = time.process_time()
            carried(stages, AGAIN, first, blocks, persons, t, room, counts, key0, key1)
            best[stages] = min(best[stages], time.process_time() - began)
    best[0] = 0.0
    for stages, name in enumerate(STAGES, start=1):
        each = [seconds / PEOPLE / AGAIN * 1e9 for seconds in best[stages - 1:stages + 1]]
        print(f"{name:<22}{each[1]:>7.1f} ns{each[1] - each[0]:>7.1f}", flush=True)


if __name__ == "__main__":
    main()

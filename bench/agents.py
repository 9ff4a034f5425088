"""How fast the agents engine is, and beside its peers: one command, one table.

    python bench/agents.py              the engine, this machine's limits, compilation, start: about five minutes
    python bench/agents.py --large      100 million people
    python bench/agents.py --peers      W1 in sousveil and in five peers (pip install "sousveil[bench]" first)
    python bench/agents.py --nation     5 billion person-steps, and from them the hours for 1.4 billion people

Each figure is the best of several in a process of its own, so that the peak of memory is its own. Speeds are given per
second of processor time as well as of the clock: on a machine that others use too only the former can be repeated. W1
is the study in bench/w1. A peer whose answers are not those of the exact engine within four standard errors is void.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sousveil.runs.plans import plan_of
from sousveil.studies.study import load

HERE = Path(__file__).parent
W1 = str(HERE / "w1")
PEERS = {"mesa_objects": (100_000, 12), "mesa_arrays": (100_000, 24), "numpy_per_kind": (100_000, 24),
         "polars_frame": (100_000, 24), "vivarium_model": (100_000, 12)}
PEER_TARGETS = {"mesa_objects": 150, "numpy_per_kind": 15, "polars_frame": 40, "vivarium_model": 20}
Figures = dict[str, Any]


# What runs in a process of its own: each prints its figures as JSON.

def speed(study: str, people: float, steps: int, threads: int = 1, repeats: int = 3) -> Figures:
    """Best of several runs in memory."""
    from sousveil.engine import agents
    from sousveil.engine.people import settle

    plan = plan_of(load(study).evolve(people=int(people), steps=steps))
    small = plan_of(load(study).evolve(people=1000))
    agents.simulate(small, settle(small, 1), 2, 1)
    before = peak()
    everybody = settle(plan, 1)
    found = [timed(lambda: agents.simulate(plan, everybody, steps, 1, threads=threads)) for _ in range(repeats)]
    work = people * steps
    cpu, wall = (min(seconds[i] for seconds in found) for i in range(2))
    return {"per cpu": work / cpu, "per wall": work / wall, "wall": wall, "ns": cpu / work * 1e9, "peak": peak(),
            "bytes": (peak() - before) / people}


def more(study: str, people: float, steps: int, repeats: int = 5) -> Figures:
    """Nanoseconds of processor time for one more step of a person: a run less a shorter one, each the best of several.

    So what is done once (laws and tables, which depend on cells and signals, not on people) is left out.
    """
    return extra({1: plan_of(load(study).evolve(people=int(people), steps=3 * steps))}, steps, repeats)["1"]


def signals(study: str, people: float, steps: int, repeats: int = 5) -> Figures:
    """The same, with each kind of record whole and cut into eight, in turn."""
    plan = plan_of(load(study).evolve(people=int(people), steps=3 * steps))
    return extra({parts: finer(plan, parts) for parts in (1, 8)}, steps, repeats)


def extra(plans: dict[int, Any], steps: int, repeats: int) -> Figures:
    """By name of a plan: nanoseconds for one more step of a person, and seconds of what is done once."""
    from sousveil.engine import agents
    from sousveil.engine.people import settle

    everybody, best = settle(next(iter(plans.values())), 1), dict[tuple[int, int], float]()
    for _ in range(repeats + 1):
        for name, plan in plans.items():
            for n in (steps, 3 * steps):
                cpu, _ = timed(lambda p=plan, n=n: agents.simulate(p, everybody, n, 1))  # type: ignore[misc]
                best[name, n] = min(best.get((name, n), math.inf), cpu)
    return {str(name): {"ns": (best[name, 3 * steps] - best[name, steps]) / (2 * steps * len(everybody)) * 1e9,
                        "once": (3 * best[name, steps] - best[name, 3 * steps]) / 2} for name in plans}


def whole(study: str, people: float, steps: int) -> Figures:
    """A run as a user has it, with people to be settled, trace and provenance."""
    import sousveil

    cpu, wall = timed(lambda: sousveil.run(study, people=people, steps=steps, engine="agents"))
    return {"cpu": cpu, "wall": wall, "peak": peak()}


def crowd(people: float, steps: int) -> Figures:
    """A streamed run of W1, with people to be settled."""
    from sousveil.engine.stream import stream
    from sousveil.runs.settings import cores

    plan = plan_of(load(W1).evolve(people=int(people), steps=steps))
    cpu, wall = timed(lambda: stream(plan, steps, 1, threads=cores()))
    return {"cpu": cpu, "wall": wall, "peak": peak(), "threads": cores()}


def answers(people: float, steps: int) -> Figures:
    """W1's expectations: by group, mean and variance of the score, and shares of the tiers; T rows of [G]."""
    from sousveil.engine import exact

    plan = plan_of(load(W1).evolve(people=int(people), steps=steps))
    outcome = exact.simulate(plan, steps, spells="none")
    found: Figures = {"mean": [], "variance": [], "share": []}
    for g in range(len(plan.groups)):
        scores = outcome.scores[1][plan.unit_group == g].sum(axis=0)
        points = plan.ladder.points(np.arange(len(scores)))
        persons = scores.sum()
        mean = scores @ points / persons
        found["mean"].append(mean)
        found["variance"].append(scores @ (points - mean) ** 2 / persons)
        found["share"].append((outcome.occupancy[-1, plan.cell_group == g].sum(axis=0) / persons).tolist())
        found.setdefault("persons", []).append(persons)
    return found


def sampled(people: float, steps: int) -> Figures:
    """W1 by the agents engine, told as the peers tell it."""
    from sousveil.engine import agents
    from sousveil.engine.people import settle

    plan = plan_of(load(W1).evolve(people=int(people), steps=steps))
    everybody = settle(plan, 1)
    agents.simulate(plan, everybody, 1, 1)
    outcome = agents.simulate(plan, everybody, steps, 1)
    found = speed(W1, people, steps)
    found |= {"mean": [], "share": []}
    for g in range(len(plan.groups)):
        scores = outcome.scores[1][plan.unit_group == g].sum(axis=0)
        found["mean"].append(scores @ plan.ladder.points(np.arange(len(scores))) / scores.sum())
        found["share"].append((outcome.occupancy[-1, plan.cell_group == g].sum(axis=0) / scores.sum()).tolist())
    return found


def machine() -> Figures:
    """What a core of this machine can do: bytes copied a second (read and written), and Philox blocks of four words."""
    import numba

    from sousveil import draws

    philox = numba.njit(inline="always")(draws.philox)
    low = np.uint64(0xFFFFFFFF)

    @numba.njit
    def fill(out: Any, key: Any) -> None:
        for i in range(out.shape[1]):
            a, b, c, _ = philox(np.uint64(i) & low, np.uint64(0), np.uint64(1), np.uint64(2), key, key)
            out[0, i], out[1, i], out[2, i] = a, b, c

    source, target = np.ones(1 << 25), np.zeros(1 << 25)
    words = np.empty((3, 8192), dtype=np.uint32)
    key = np.uint64(7)
    fill(words, key)

    def many() -> None:
        for _ in range(200):
            fill(words, key)

    copied = min(timed(lambda: np.copyto(target, source))[0] for _ in range(7))
    drawn = min(timed(many)[0] for _ in range(7))
    return {"bandwidth": 2 * source.nbytes / copied, "philox": 200 * words.shape[1] / drawn}


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of processor time and of the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def peak() -> int:
    """The most memory this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def finer(plan: Any, parts: int) -> Any:
    """The same plan with every kind of record cut into so many, each as much rarer: the same law of points."""
    if parts == 1:
        return plan
    rates = {name: np.repeat(getattr(plan, name) / parts, parts, axis=-1)
             for name in ("own", "mistaken", "acts", "forgone", "spurious")}
    rest = {name: np.repeat(getattr(plan, name), parts)
            for name in ("weight", "at_most", "once", "lawful", "expressive", "necessity")}
    return replace(plan, kinds=tuple(f"{k}-{i}" for k in plan.kinds for i in range(parts)), **rates, **rest)


# The table.

def child(name: str, **given: Any) -> Figures:
    """Run one of the functions above in a process of its own."""
    return asked([sys.executable, __file__, "--child", json.dumps([name, given])])


BYTECODE = tempfile.TemporaryDirectory()
# Bytecode is kept, as on any machine that is not told otherwise; the first of several processes makes it.
KEPT = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": BYTECODE.name}


def asked(words: list[str]) -> Figures:
    told = subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ, **KEPT}).stdout
    found: Figures = json.loads(told.splitlines()[-1])
    return found


def command(words: list[str], repeats: int, **environment: str) -> tuple[float, float]:
    """Best seconds of processor time, and of the clock, of a command in a fresh process."""
    found = []
    for _ in range(repeats):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(words, check=True, capture_output=True, env={**os.environ, **environment})
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall))
    return min(cpu for cpu, _ in found), min(wall for _, wall in found)


def row(what: str, figure: str, target: str = "") -> None:
    print(f"{what:<62} {figure:>26}   {target}", flush=True)


def engine() -> None:
    row("", "figure", "target")
    w1 = child("speed", study=W1, people=1e6, steps=120)
    tied = child("speed", study="seed-article", people=1e6, steps=120)
    for name, found, target in (("W1", w1, 40), ("seed-article", tied, 25)):
        row(f"{name}, 1e6 x 120: person-steps per CPU-second", f"{found['per cpu'] / 1e6:.1f} M", f"{target} M")
        row("  the same, per second of the clock, 1 thread", f"{found['per wall'] / 1e6:.1f} M")
    run = min((child("whole", study="seed-article", people=1e6, steps=120) for _ in range(3)), key=lambda r: r["wall"])
    row("seed-article, 1e6 x 120, whole run with trace: wall", f"{run['wall']:.1f} s", "6 s")
    row("  the same, processor time", f"{run['cpu']:.1f} s")
    row("  peak memory of the process", f"{run['peak'] / 1e6:.0f} MB", "600 MB")
    one, two = (child("speed", study=W1, people=4e6, steps=48, threads=n, repeats=5) for n in (1, 2))
    row("W1, 2 threads: parallel efficiency by the clock", f"{two['per wall'] / one['per wall'] / 2:.2f}", "0.85")
    row("  by processor time (what threads cost each other)", f"{two['per cpu'] / one['per cpu']:.2f}")
    for people, steps in ((1e5, 40), (1e6, 20), (1e7, 4)):
        flat(people, steps)
    big = child("speed", study=W1, people=1e7, steps=4, repeats=1)
    row("  bytes a person at 1e7, accumulators and all", f"{big['bytes']:.1f}", "16")
    for parts, cut in child("signals", study=W1, people=1e6, steps=20).items():
        row(f"W1, {8 * int(parts)} signals: CPU-nanoseconds for a person's step", f"{cut['ns']:.1f}", "within 20 %")
        row("  and once, before the first step: CPU-seconds", f"{cut['once']:.2f}")
    start()
    roofline(w1["per cpu"], "W1")
    roofline(tied["per cpu"], "seed-article")


def flat(people: float, steps: int) -> None:
    found = child("more", study=W1, people=people, steps=steps)
    row(f"W1, {people:.0e} people: CPU-nanoseconds for a person's step", f"{found['ns']:.1f}", "flat, +-25 %")


def start() -> None:
    """Compilation, a short run and an import, each in a fresh process."""
    w1 = [sys.executable, "-m", "sousveil", "run", W1, "--steps", "3", "--people", "1000", "--points", "0"]
    whole = [sys.executable, "-m", "sousveil", "run", "seed-article", "--steps", "60", "--people", "100000", "--points",
             "0"]
    with tempfile.TemporaryDirectory() as folder:
        fresh = {**KEPT, "NUMBA_CACHE_DIR": f"{folder}/cache"}
        total = 0.0
        for engine in ("agents", "exact"):
            tiny = [*w1, "--engine", engine, "--out"]
            command([*tiny, f"{folder}/first"], 1, **KEPT)
            cold = command([*tiny, f"{folder}/cold"], 1, **fresh)
            warm = command([*tiny, f"{folder}/warm"], 2, **fresh)
            row(f"compiling all that a first run with {engine} needs: processor time", f"{cold[0] - warm[0]:.1f} s")
            total += cold[0] - warm[0]
        row("  both", f"{total:.1f} s", "10 s")
        run = command([*whole, "--out", f"{folder}/run"], 4, **KEPT)
        imported = command([sys.executable, "-c", "import sousveil"], 5, **KEPT)
        nothing = command([sys.executable, "-c", "pass"], 5, **KEPT)
    row("sousveil run, 100,000 x 60, with report, new process, compiled: wall", f"{run[1]:.1f} s", "1.5 s")
    row("  the same, processor time", f"{run[0]:.1f} s")
    row("import sousveil: wall", f"{imported[1] - nothing[1]:.2f} s", "0.3 s")


def roofline(rate: float, what: str) -> None:
    """What of a core's time goes into moving state and making draws, if they were all there is."""
    limits = child("machine")
    moved = 2 * 9 + 3  # a step reads and writes 9 bytes of state and reads 3 of who a person is
    row(f"{what}: copying {moved} bytes at {limits['bandwidth'] / 1e9:.1f} GB/s, of a person-step's time",
        f"{moved / limits['bandwidth'] * rate:.0%}")
    row(f"{what}: one Philox block at {limits['philox'] / 1e6:.0f} M/s, of a person-step's time",
        f"{rate / limits['philox']:.0%}")


def peers() -> None:
    print(f"{'W1':<16}{'persons x steps':>18}{'M per CPU-s':>13}{'M per s':>10}{'peak MB':>9}{'bytes each':>12}"
          f"{'sousveil is':>14}{'target':>9}{'largest error':>15}")
    ours = child("sampled", people=1e6, steps=24)
    # A small run fits into what the process held before: what a person takes shows with many.
    ours["bytes"] = child("speed", study=W1, people=1e7, steps=2, repeats=1)["bytes"]
    tell("sousveil", 1_000_000, 24, ours["per cpu"], ours["per wall"], ours, 1.0, "")
    for name, (people, steps) in PEERS.items():
        # In turn, so that a machine which is slow for a while is slow for both.
        runs, mine = [], []
        for _ in range(3):
            runs.append(asked([sys.executable, str(HERE / "peers" / f"{name}.py"), str(people), str(steps)]))
            mine.append(child("speed", study=W1, people=1e6, steps=24))
        best = min(runs, key=lambda run: run["cpu"])
        rate = people * steps / best["cpu"]
        target = f">= {PEER_TARGETS[name]}" if name in PEER_TARGETS else ""
        tell(name, people, steps, rate, people * steps / min(run["wall"] for run in runs), best,
             max(run["per cpu"] for run in mine) / rate, target)


def tell(name: str, people: int, steps: int, rate: float, by_clock: float, found: Figures, ratio: float,
         target: str) -> None:
    off = error(found, child("answers", people=people, steps=steps))
    peak_mb = found["peak"] / 1e6
    verdict = f"{off:.1f} s.e." if off < 4.0 else f"VOID ({off:.0f} s.e.)"
    print(f"{name:<16}{f'{people:,} x {steps}':>18}{rate / 1e6:>13.3g}{by_clock / 1e6:>10.3g}"
          f"{peak_mb:>9.0f}{found['bytes']:>12.0f}{f'{ratio:.1f} x':>14}{target:>9}{verdict:>15}", flush=True)


def error(found: Figures, expected: Figures) -> float:
    """The largest distance of a mean score or a tier's share by group from what is expected, in standard errors."""
    off = [0.0]
    for g, persons in enumerate(expected["persons"]):
        off.append(abs(found["mean"][g] - expected["mean"][g]) / np.sqrt(expected["variance"][g] / persons))
        for share, p in zip(found["share"][g], expected["share"][g], strict=True):
            off.append(abs(share - p) / np.sqrt(max(p * (1.0 - p), 1e-12) / persons))
    return float(max(off))


def nation() -> None:
    people, steps = 8e7, 64
    found = child("crowd", people=people, steps=steps)
    work = people * steps
    hours = 1.4e9 * 120 / work / 3600
    row(f"W1 streamed, {people:.0e} x {steps} = {work:.2g} person-steps: wall", f"{found['wall']:.0f} s")
    row("  processor time", f"{found['cpu']:.0f} s")
    row("  peak memory of the process", f"{found['peak'] / 1e9:.2f} GB", "4 GB")
    row("1.4e9 x 120, extrapolated by person-steps: wall as measured", f"{found['wall'] * hours:.1f} h")
    at_best = found["cpu"] * hours / found["threads"]
    row(f"  at best, if {found['threads']} cores were free and never idle", f"{at_best:.1f} h")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("large", "peers", "nation"):
        parser.add_argument(f"--{option}", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        name, arguments = json.loads(given.child)
        print(json.dumps(globals()[name](**arguments)))
    elif given.peers:
        peers()
    elif given.nation:
        nation()
    elif given.large:
        flat(1e8, 2)
    else:
        engine()


if __name__ == "__main__":
    main()

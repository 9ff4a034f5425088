"""What it takes to know a share to one per cent of itself: processor seconds, by sousveil and by its peers.

    python bench/accuracy.py [STEPS]      W1 over so many steps (12 unless said)

Persons fall nearly independently, so a share p among n persons has a relative standard error of sqrt((1 - p) / (p n)):
one per cent takes n = 10,000 (1 - p) / p persons: 90,000 for one in ten, ten million for one in a thousand, a billion
for one in 100,000. A run of so many is measured where it takes seconds; else what it would take is extrapolated, by
person-steps, from the largest run that was measured. Each number says which. Peers and what they are spared:
bench/peers/workload.py. The exact engine draws nobody, so it takes the same for every share, and its error is that of
arithmetic. Nobody is asked for spells. A peer whose answers are not those of the exact engine within four standard
errors is void.

Peers are no part of sousveil: pip install mesa vivarium starsim, best in an environment of its own that has sousveil
too. One that is not there is left out, and said. Only processor seconds are compared: a machine that others use makes
seconds of the clock worth nothing. Each run is in a process of its own, and the best of two counts.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

from agents import W1, asked, child, error
from sousveil.engine import exact
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load

HERE = Path(__file__).parent
SHARES = (1e-1, 1e-3, 1e-5)
ERROR = 0.01
PEERS = {"Mesa": ("mesa", "mesa_objects"), "vivarium": ("vivarium", "vivarium_model"),
         "Starsim": ("starsim", "starsim_model"), "NumPy": ("numpy", "numpy_per_kind")}
"""Name: the library that it needs, and its program."""


def persons_for(share: float) -> int:
    """How many independent persons tell a share with a relative standard error of `ERROR`."""
    return round((1.0 - share) / share / ERROR**2)


def said(name: str, measured: dict[int, float], what: str = "") -> None:
    """A line: what each share takes, where runs of so many persons took so many seconds."""
    most = max(measured)
    cells = ""
    for wanted in map(persons_for, SHARES):
        there = wanted in measured
        seconds = measured[wanted] if there else wanted / most * measured[most]
        cells += f"{seconds:>14,.2f} {'measured' if there else 'extrapolated':<12}"
    print(f"{name:<17}{cells}{what}", flush=True)


def peer(name: str, steps: int) -> None:
    """Time a peer, or say that it is not there."""
    library, program = PEERS[name]
    if importlib.util.find_spec(library) is None:
        print(f"{name:<17}  left out: {library} is not installed here (pip install {library})")
        return
    persons = persons_for(SHARES[0])
    command = [sys.executable, str(HERE / "peers" / f"{program}.py"), str(persons), str(steps)]
    try:
        best = min((asked(command) for _ in range(2)), key=lambda run: run["cpu"])
        off = error(best, child("answers", people=persons, steps=steps))
        said(name, {persons: best["cpu"]}, f"{off:.1f} s.e. from exact" if off < 4.0 else f"VOID: {off:.0f} s.e. off")
    except (subprocess.CalledProcessError, json.JSONDecodeError, IndexError):
        print(f"{name:<17}  left out: its program stops with an error under the versions that are installed here")


def ours(steps: int) -> None:
    """The agents, and the exact engine."""
    said("sousveil, agents", {persons: persons * steps / child("speed", study=W1, people=persons, steps=steps,
                                                               repeats=2)["per cpu"]
                              for persons in map(persons_for, SHARES[:2])})
    plan, times = plan_of(load(W1)), []
    exact.simulate(plan, 1, spells="none")
    for _ in range(2):
        began = time.process_time()
        lost = exact.simulate(plan, steps, spells="none").lost.max()
        times.append(time.process_time() - began)
    said("sousveil, exact", dict.fromkeys(map(persons_for, SHARES), min(times)), f"its error: {lost:.0e}")


def main(steps: int = 12) -> None:
    """Print the table."""
    print(f"W1 over {steps} steps: processor seconds to a relative standard error of {ERROR:.0%}\n{'a share of':<17}"
          + "".join(f"{f'1 in {round(1 / share):,}':>14} {'':<12}" for share in SHARES))
    print(f"{'persons':<17}" + "".join(f"{persons_for(share):>14,} {'':<12}" for share in SHARES))
    for name in PEERS:
        peer(name, steps)
    ours(steps)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

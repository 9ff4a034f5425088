"""What inference costs: four unknowns and three figures, by the exact engine and by agents, and asking afterwards.

    python bench/infer.py [exact] [agents]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy, as the command line has it

from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.runs.run import run
from sousveil.studies.figures import Figures
from sousveil.studies.study import Study, load
from sousveil.unknowns.infer import Inferred, infer


def study() -> Study:
    """The list of judgment defaulters with four unknowns: whether appeals are upheld is taken as known."""
    return load("judgment-defaulters").evolve(steps=60).reform({"redress.upheld": 0.5})


def figures(people: int = 1_100_000_000) -> Figures:
    """Three figures."""
    return Figures.model_validate({"about": {"population": people}, "figures": {
        "entries": {"of": "entries", "tier": "listed", "from": 49, "value": 3.4e6, "rounded": 2e5, "cite": "-"},
        "so-far": {"of": "entries", "tier": "listed", "value": 13e6, "rounded": 5e5, "cite": "-"},
        "share": {"of": "share", "tier": "listed", "value": 0.009, "discrepancy": 0.2, "cite": "-"}}})


def told(what: str, found: Inferred, seconds: float, most: int) -> None:
    runs = len(found.seen.unit) + len(found.drawn.unit)
    print(f"infer, {what}: {len(found.evidence.free)} unknowns, {len(found.evidence.names)} figures, {runs} runs   "
          f"{seconds:6.1f} s   (at most {most})", flush=True)


def exact() -> None:
    run(study(), steps=2)  # compiles
    began = time.perf_counter()
    found = infer(study(), figures())
    told("exact", found, time.perf_counter() - began, 60)
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        dispatch(app, ["infer", "judgment-defaulters", "--points", "32", "-o", "fitted"])
        began = time.perf_counter()
        dispatch(app, ["ask", "fitted", "--harm", "rights-denied"])
        print(f"ask, after infer   {time.perf_counter() - began:6.1f} s   (at most 5)")
        os.chdir("/")


def agents() -> None:
    run(study(), steps=2, people=1_000, engine="agents")
    began = time.perf_counter()
    found = infer(study(), figures(), engine="agents", people=30_000)
    told("agents, 30,000 people × 60 steps", found, time.perf_counter() - began, 300)


if __name__ == "__main__":
    for name in sys.argv[1:] or ("exact", "agents"):
        {"exact": exact, "agents": agents}[name]()

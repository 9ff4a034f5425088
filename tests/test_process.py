"""What a short command leaves out: what it does not need is not loaded, and at its end nothing is looked through."""

from __future__ import annotations

import json
import subprocess
import sys

from sousveil.studies.study import load

COMMAND = """
import atexit, gc, json, sys
from sousveil.cli import main

def show():
    print(json.dumps([len(gc.get_objects()), sorted(sys.modules)]))

atexit.register(show)
sys.argv = ["sousveil", *WORDS]
main()
"""


def left(*words: str) -> tuple[int, set[str]]:
    """How many objects would be looked through when the process of a command ends, and the modules it has loaded."""
    program = COMMAND.replace("WORDS", repr(words))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    objects, modules = json.loads(ended.stdout.splitlines()[-1])
    return objects, set(modules)


def test_to_check_a_study_loads_neither_what_runs_it_nor_what_looks_for_plugins() -> None:
    _, modules = left("check", "seed-article")
    assert {"pydantic", "numpy", "sousveil.engine.oracle"} <= modules
    assert not {"importlib.metadata", "numba", "pyarrow", "sousveil.engine.trace", "sousveil.runs.run"} & modules


def test_a_process_that_ends_is_not_looked_through_for_garbage() -> None:
    objects, _ = left("--version")
    assert objects < 1_000


def test_a_reform_that_was_tried_out_is_not_made_again() -> None:
    study = load("seed-article")
    assert all(study.reform(name) is study.reform(name) for name in study.reforms)
    assert study.evolve(people=10).reform("no-ceiling").people == 10

"""What a short command leaves out: what it does not need is not loaded, and at its end nothing is looked through."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from sousveil.audits.invented import tables
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


def test_a_run_does_without_products_of_matrices() -> None:
    _, modules = left("run", "seed-article", "--people", "100", "--steps", "2", "--engine", "agents")
    assert {"numba.np.arraymath", "sousveil.engine.march"} <= modules
    assert "scipy.linalg" not in modules


def test_a_process_that_ends_is_not_looked_through_for_garbage() -> None:
    objects, _ = left("--version")
    assert objects < 1_000


def test_a_reform_that_was_tried_out_is_not_made_again() -> None:
    study = load("seed-article")
    assert all(study.reform(name) is study.reform(name) for name in study.reforms)
    assert study.evolve(people=10).reform("no-ceiling").people == 10


@pytest.mark.parametrize("words", [["check", "seed-article"], ["atlas"], ["explain", "seed-article"],
                                   ["run", "seed-article", "--people", "200", "--steps", "2"],
                                   ["audit", "decisions.csv", "--decision", "flagged", "--groups", "sex"],
                                   ["audit", "decisions.parquet", "--decision", "flagged", "--groups", "sex"],
                                   ["evidence", "compas-confusion"],
                                   ["baserate", "--faces", "1000", "--watchlist", "10", "--present", "1", "--fpir",
                                    "0.001"]])
def test_no_library_has_the_last_word(words: list[str], tmp_path: Path) -> None:
    """Libraries that find, at the end of a process, what of theirs is left may print it."""
    (tmp_path / "decisions.csv").write_text(tables()["decisions.csv"], encoding="utf-8")
    table = pyarrow.csv.read_csv(tmp_path / "decisions.csv")
    pyarrow.parquet.write_table(table, tmp_path / "decisions.parquet")
    ended = subprocess.run([sys.executable, "-m", "sousveil", *words], capture_output=True, text=True, cwd=tmp_path,
                           check=True)
    said = [line for line in ended.stderr.splitlines() if not line.startswith("First use: compiling")]
    assert said == []


def test_a_pydantic_that_wants_more_of_its_plugins_gets_it() -> None:
    program = ("from sousveil.ground import process\nprocess.begin()\nimport pydantic\n"
               "from pydantic.plugin._loader import PYDANTIC_ENTRY_POINT_GROUP as name\nprint(name)")
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "pydantic\n"

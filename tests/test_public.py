"""The public names: exactly those that can be seen, all of them there, and none of them heavy to import."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import sousveil

HEAVY = {"cyclopts", "dask", "duckdb", "jinja2", "numba", "numpy", "pandas", "pyarrow", "pydantic", "rich",
         "ruamel", "scipy", "starlette", "uvicorn"}


def fresh(program: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names: list[str] = json.loads(ended.stdout)
    return names


def test_the_exported_names_are_the_visible_ones() -> None:
    assert sousveil.__all__ == sorted(sousveil.__all__)
    assert [name for name in dir(sousveil) if not name.startswith("_")] == sousveil.__all__
    visible = fresh("import json, sousveil; print(json.dumps([n for n in vars(sousveil) if n[0] != '_']))")
    assert visible == [], "these names can be seen without being public"


def test_importing_costs_next_to_nothing() -> None:
    loaded = fresh("import json, sys, sousveil; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))")
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("name", sousveil.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(sousveil, name)
    assert not isinstance(value, ModuleType)
    assert inspect.getdoc(value)


@pytest.mark.parametrize("name", sousveil.__all__)
def test_a_module_does_not_hide_the_public_name_it_holds(name: str) -> None:
    importlib.import_module(f"sousveil.{sousveil._PLACES[name].partition(':')[0]}")
    assert not isinstance(getattr(sousveil, name), ModuleType)


def test_an_unknown_name_is_refused_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'sousveil' has no attribute 'stduy'"):
        sousveil.stduy  # noqa: B018
    with pytest.raises(ImportError):
        from sousveil import stduy  # noqa: F401


def test_every_command_has_a_name_in_python_that_is_there() -> None:
    from sousveil.cli import COMMANDS

    guide = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in guide.splitlines() if line.startswith("| ")]
    named = {command: row[2] for row in rows if len(row) == 3 for command in re.findall(r"`([a-z]+)[` ]", row[1])}
    assert {*COMMANDS} <= {*named}
    without = [command for command in COMMANDS if not re.search(r"`(sv|study)\.", named[command])]
    assert without == ["app"]
    called = {*re.findall(r"sv\.(\w+)\(", guide)}
    assert called <= {*sousveil.__all__}
    results = {name for name in sousveil.__all__ if name[0].islower()} - {"reform"}
    assert results <= called, "a function that the guide does not show"


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", sousveil.__version__)
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert 'dynamic = ["version"]' in project, "the version stands in one place"

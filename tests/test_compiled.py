"""Compiled once, for every scheme; and kept where it can be kept."""

from __future__ import annotations

from pathlib import Path

import numba
import pytest

from random_schemes import Case, hold
from sousveil.engine import compiled, kernels
from sousveil.engine.agents import simulate
from sousveil.engine.people import settle


def test_no_scheme_needs_a_compilation_of_its_own() -> None:
    def claim(case: Case) -> None:
        plan = case.plan()
        simulate(plan, settle(plan, case.number), case.steps, case.number, threads=2, block=50)

    hold(claim, 30)
    for name in kernels.__all__:
        assert len(getattr(kernels, name).signatures) <= 1, name
    assert len(kernels.advance.signatures) == 1


def test_where_nothing_can_be_written_a_temporary_folder_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(compiled, "_writable", lambda folder: False)
    compiled.prepare()
    assert "sousveil-compiled" in numba.config.CACHE_DIR


def test_a_folder_that_can_be_written_to_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    compiled.prepare()
    assert numba.config.CACHE_DIR == ""


def test_a_first_use_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compiled, "_HERE", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    compiled.announce("kernels")
    said = capsys.readouterr()
    assert "compiling" in said.err
    assert said.out == ""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "kernels.advance-1.py311.nbi").touch()
    compiled.announce("kernels")
    assert capsys.readouterr().err == ""

"""Compiled loops read and write arrays as Python does, however little of them is written down, and lose no memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba.core.runtime import _nrt_python, rtsys

from sousveil.engine.compiled import INNER, kept
from sousveil.engine.lean import Lean, empty, zeros
from sousveil.engine.whole import OfKernel

ENDS = [(0, 5), (1, 3), (3, 1), (-2, 5), (-9, 2), (2, 99), (-3, -1), (5, 5), (7, 9), (-99, -98)]


def compiled(function: Any) -> Any:
    return numba.njit(pipeline_class=OfKernel)(function)


def table() -> Any:
    return np.arange(60.0).reshape(3, 4, 5)


def items(a: Any, i: int, j: int, k: int, u: np.uint8) -> Any:
    row = a[i]
    line = row[j]
    return a[i, j, k], row[j, k], line[k], a[i, j][k], a[u, j, -1], a[-1, -1, -1], a[0, u, 0], line.shape, row.shape


def runs(a: Any, low: int, high: int) -> Any:
    row, rows, last = a[1, 2, low:high], a[low:high], a[0, low:high]
    return len(row), row.sum(), len(rows), rows.sum(), rows.shape, last.sum(), a[1][2][low:high].size, a[0, 0, :3].sum()


def written(a: Any, low: int, high: int) -> Any:
    a[1, 2, 3] = 7
    a[-1, 0, 0] += 0.5
    a[0, 1][low:high] = 3
    a[2, low:high] = 1.5
    a[0][0][:] = -1.0
    return a


def strided(a: Any, low: int, high: int) -> Any:
    a[:, 1, 2] = 9.0
    a[0, 0, low:high:2] = 4.0
    a[1, 0, 1:4] = a[2, 3, 0:3]
    return a[:, 0].sum(), a[0, :, low:high].sum(), a[..., 1].sum(), a[1, 2, ::-1][0]


@pytest.mark.parametrize("place", [(0, 0, 0, 2), (2, 3, 4, 1), (-1, -2, -3, 0), (1, -4, 2, 2)])
def test_an_item_is_where_python_finds_it(place: Any) -> None:
    i, j, k, u = place
    assert compiled(items)(table(), i, j, k, np.uint8(u)) == items(table(), i, j, k, np.uint8(u))


def test_a_run_is_cut_to_what_there_is() -> None:
    read, write, other = compiled(runs), compiled(written), compiled(strided)
    for low, high in ENDS:
        assert read(table(), low, high) == runs(table(), low, high), (low, high)
        assert np.array_equal(write(table(), low, high), written(table(), low, high)), (low, high)
        assert other(table(), low, high) == strided(table(), low, high), (low, high)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int16, np.int32, np.uint64, np.float32, np.float64])
def test_numbers_of_every_type_are_read_and_written(kind: Any) -> None:
    @compiled
    def changed(a: Any) -> Any:
        a[1, :] = a[0, 2]
        a[0, 0] = 1
        return a[0, 1], len(a)

    here = np.array([[0, 1, 1], [0, 0, 0]], dtype=kind)
    assert changed(here) == (1, 2)
    assert np.array_equal(here, np.array([[1, 1, 1], [1, 1, 1]], dtype=kind))


def test_new_arrays_are_as_asked_for_and_are_given_back() -> None:
    @numba.njit(**INNER)
    def pair(n: Any) -> Any:
        return zeros((n, 3), np.int32), empty(n, np.float64)

    @kept
    def work(n: Any) -> Any:
        total, held = 0.0, pair(n)
        for i in range(n):
            whole, room = pair(i + 1)
            whole[i, 2] += 1
            room[:] = whole[i, 2]
            part = room[i:]
            held = (whole, part)
            total += part[0] + held[0][i].sum() + zeros(i, np.uint8).sum()
        return held, total, zeros((2, 2, n), np.float64)

    work._cache.disable()
    _nrt_python.memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    held, total, cube = work(6)
    assert (total, cube.shape, cube.any(), cube.flags.c_contiguous) == (12.0, (2, 2, 6), False, True)
    assert held[0].dtype == np.int32
    assert held[0].tolist() == [[0, 0, 0]] * 5 + [[0, 0, 1]]
    assert held[1].tolist() == [1.0]
    between = rtsys.get_allocation_stats()
    assert (between.alloc - before.alloc, between.free - before.free) == (21, 18)
    del held, cube
    after = rtsys.get_allocation_stats()
    assert after.alloc - before.alloc == after.free - before.free


def test_little_is_written_for_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `Lean` is there for: numba's own words for this are more than twice as many."""
    def words() -> int:
        def added(a: Any, b: Any, i: Any) -> Any:
            a[i, 0], a[i, 1], b[i], b[0] = b[i] + a[i][1], b[1] + a[i, 2], b[2] + a[0, 0], b[3] + a[1, i]
            return a[i][i], a[1:i], b[:i]

        written, library = list[str](), OfKernel.before.library
        with monkeypatch.context() as here:
            here.setattr(library, "add_ir_module", lambda self, module, of=library.add_ir_module: (
                written.append(str(module)), of(self, module)))
            numba.njit(pipeline_class=OfKernel, no_cpython_wrapper=True, no_cfunc_wrapper=True)(added).compile(
                (numba.float64[:, ::1], numba.float64[::1], numba.int64))
        return "".join(written).count("\n")

    few = words()
    for name in ("lower_getitem", "lower_setitem", "lower_expr", "lower_inst", "incref", "decref", "delvar"):
        monkeypatch.delattr(Lean, name)
    assert words() > 2 * few


def test_numba_is_asked_once_what_an_operation_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = numba.core.types.functions.BaseFunction
    look, asked = functions.get_call_type, list[Any]()
    monkeypatch.setattr(functions, "get_call_type", lambda self, context, args, kws: (
        asked.append((self, args)), look(self, context, args, kws))[1])
    within = functions.get_call_type

    @compiled
    def added(a: Any, n: Any) -> Any:
        total = 0
        for i in range(n):
            total += a[i] + a[i] + a[i + 1 + 1 + n] + n
        return total

    added.compile((numba.int64[::1], numba.int64))
    operations = [one for one in asked if one[1] == (numba.int64, numba.int64)]
    assert operations
    assert len(operations) == len(set(operations))
    assert functions.get_call_type is within, "whoever compiles something else asks as before"


RUN = """
import sys, numba
numba.__version__ = sys.argv[1]
import sousveil
from sousveil.engine import compiled
assert ("pipeline_class" in compiled.INNER) == (sys.argv[1] == sys.argv[2])
for engine in ("agents", "exact"):
    study = sousveil.study("seed-article").reform({"kin": []} if engine == "exact" else {})
    print(sousveil.run(study, people=300, steps=4, engine=engine).harms().to_pylist())
"""


@pytest.mark.long
def test_a_numba_that_nobody_here_has_seen_compiles_in_its_own_way(tmp_path: Path) -> None:
    """The same bits, in more time: nothing stands on the inside of a numba that may have changed."""
    said = set()
    for version in (numba.__version__, "9.0.0"):
        place = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / version)}
        said.add(subprocess.run([sys.executable, "-c", RUN, version, numba.__version__], env=place, capture_output=True,
                                text=True, check=True).stdout)
    assert len(said) == 1
    assert "share in tier" in said.pop()

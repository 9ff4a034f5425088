"""What is lent to compiled loops is what stands in the named tuple, whatever its shape; and nothing else is taken."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest

from sousveil.engine.lent import lent


class Within(NamedTuple):
    on: bool
    table: Any


class Given(NamedTuple):
    number: int
    nothing: Any
    cube: Any
    within: Any
    bytes_: Any


def given() -> Given:
    return Given(-7, None, np.arange(24.0).reshape(2, 3, 4), Within(True, np.arange(6, dtype=np.int32).reshape(2, 3)),
                 np.arange(5, dtype=np.uint8))


def test_a_loop_finds_what_was_lent_and_changes_the_very_arrays() -> None:
    @numba.njit
    def read(g: Any) -> Any:
        inner = g.within
        inner.table[1, 2] += 90
        cube, found = g.cube, g.nothing is None
        return g.number, found, cube[1, 2, 3], cube[0, 1, :].sum(), cube.shape, inner.on, len(g.bytes_), g.bytes_[4]

    one = given()
    assert read(lent(one)) == (-7, True, 23.0, 22.0, (2, 3, 4), True, 5, 4)
    assert one.within.table[1, 2] == 95
    other = one._replace(number=2**62, cube=np.zeros((2, 4, 5)), within=Within(False, one.within.table))
    assert read(lent(other)) == (2**62, True, 0.0, 0.0, (2, 4, 5), False, 5, 4)
    assert len(read.signatures) == 1, "other lengths are not another type"


def test_another_array_is_lent_in_the_place_of_one() -> None:
    @numba.njit
    def read(g: Any) -> Any:
        return g.number, g.cube[-1, -1, -1], g.cube.shape, g.bytes_[0]

    here = lent(given())
    assert read(here) == (-7, 23.0, (2, 3, 4), 0)
    here.put(cube=np.full((1, 1, 5), 8.5))
    assert read(here) == (-7, 8.5, (1, 1, 5), 0)
    for wrong, why in ((np.zeros(5), "is of another type"), (np.zeros((1, 1, 5), np.float32), "is of another type"),
                       (np.zeros((5, 1, 2)).T, "does not lie in one piece")):
        with pytest.raises(ValueError, match=rf"Given\.cube {why}"):
            here.put(cube=wrong)
    assert read(here) == (-7, 8.5, (1, 1, 5), 0)


@pytest.mark.parametrize("wrong", [np.zeros((4, 3, 2)).T, np.zeros((2, 3, 8))[:, :, ::2],
                                   np.broadcast_to(0.0, (2, 3, 4))])
def test_what_loops_are_not_compiled_for_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"Given\.cube does not lie in one piece"):
        lent(given()._replace(cube=wrong))

"""A coarse table with a few rows left out, added or changed is about the same people; next year's table is not."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sousveil.audits.closeness import CLOSE, likeness
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError
from tiers import few_and_many

Table = dict[tuple[str, str, str], int]
FIRST = Question(decision="flagged", groups=("sex", "place"), counts="n")
NAMES = ("sex", "place", "flagged")
CELLS = list(product(("men", "women"), ("north", "south", "west"), ("0", "1")))


def drawn(luck: random.Random, n: int = 10_000) -> Table:
    """People of an office whose shares are always the same."""
    shares = [0.12, 0.03, 0.2, 0.07, 0.09, 0.05, 0.14, 0.02, 0.1, 0.06, 0.08, 0.04]
    chosen = luck.choices(CELLS, shares, k=n)
    return {cell: chosen.count(cell) for cell in CELLS}


def moved(luck: random.Random, table: Table, rows: int, step: int) -> Table:
    """With so many rows more (a step of 1) or fewer (-1)."""
    found = dict(table)
    for cell in luck.choices(CELLS, k=rows):
        found[cell] += step
    return found


def changed(luck: random.Random, table: Table, rows: int) -> Table:
    return moved(luck, moved(luck, table, rows, -1), rows, 1)


def saved(path: Path, table: Table, names: tuple[str, ...] = NAMES) -> Path:
    sums: dict[tuple[str, ...], int] = {}
    for cell, n in table.items():
        key = tuple(text for name, text in zip(NAMES, cell, strict=True) if name in names)
        sums[key] = sums.get(key, 0) + n
    path.write_text(f"{','.join(names)},n\n" + "".join(f"{','.join(cell)},{n}\n" for cell, n in sums.items()))
    return path


WAYS: dict[str, Callable[[random.Random, Table], Table]] = {
    "one row fewer": lambda luck, table: moved(luck, table, 1, -1),
    "nine rows fewer": lambda luck, table: moved(luck, table, 9, -1),
    "three rows more": lambda luck, table: moved(luck, table, 3, 1),
    "thirty rows more": lambda luck, table: moved(luck, table, 30, 1),
    "one row changed": lambda luck, table: changed(luck, table, 1),
    "six rows changed": lambda luck, table: changed(luck, table, 6),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_coarse_table_with_a_few_other_rows_tells_nothing_new(tmp_path: Path, way: str) -> None:
    luck = random.Random(way)
    table = drawn(luck)
    audit(saved(tmp_path / "a.csv", table), FIRST)
    asked = Question(decision="flagged", groups=("place",), counts="n")
    with pytest.raises(BoundaryError, match="of whom something was told before, from another file"):
        audit(saved(tmp_path / "b.csv", WAYS[way](luck, table)), asked)


def test_so_does_one_that_lacks_a_column_too(tmp_path: Path) -> None:
    luck = random.Random(3)
    table = drawn(luck)
    audit(saved(tmp_path / "a.csv", table), FIRST)
    path = saved(tmp_path / "b.csv", moved(luck, table, 2, -1), ("place", "flagged"))
    with pytest.raises(BoundaryError, match="from another file"):
        audit(path, Question(decision="flagged", groups=("place",), counts="n"))


def test_next_years_table_of_the_same_office_is_answered(tmp_path: Path) -> None:
    for year in range(6):
        path = saved(tmp_path / f"{year}.csv", drawn(random.Random(year), 10_000 + 7 * year))
        assert audit(path, FIRST).earlier == ()


@few_and_many("pairs", 250, 20_000)
@pytest.mark.parametrize("groups", [1, 3, 6])
@pytest.mark.parametrize("sizes", ["as many", "as many of each group", "as they come"])
def test_counts_of_other_people_are_seldom_so_close(sizes: str, groups: int, pairs: int) -> None:
    """At most once in 2^10, whatever the sizes of the tables; both are drawn by the same shares."""
    luck = np.random.default_rng(groups)
    taken = 0
    for _ in range(pairs):
        n, shares = int(luck.choice([300, 3000, 30_000])), luck.dirichlet(np.full(4, 2.0), groups)
        if sizes == "as many":
            tables = luck.multinomial(n, shares.ravel() / groups, 2).reshape(2, groups, 4)
        elif sizes == "as they come":
            tables = luck.poisson(n * shares / groups, (2, groups, 4))
        else:
            tables = np.stack([luck.multinomial(n // groups, shares) for _ in range(2)])
        pairs_of = {((0, str(g)),): [(int(a), int(b)) for a, b in tables[:, g].T if a >= 10] for g in range(groups)}
        taken += likeness(pairs_of) >= CLOSE
    assert taken <= 1 + pairs * 2.0 ** -CLOSE


def test_planned_groups_say_nothing_by_their_sizes() -> None:
    """500 letters of each kind every year: then one cell of each group follows from the other."""
    small = {"a": 40, "b": 61, "c": 55}
    planned = {((0, name),): [(500 - n, 497 - n), (n, n + 3)] for name, n in small.items()}
    assert likeness(planned) == likeness({((0, name),): [(n, n + 3)] for name, n in small.items()})

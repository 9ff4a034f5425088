"""Which counts are not printed: those under the floor, and the others that would give them away.

A reader who knows every printed count can subtract, or set up equations. So for each count under the floor there must
be another table that fits everything printed, in which that count is larger by at least the floor. Such a table is
looked for by linear programming, and of all of them the one that disturbs the least of what is worth printing; the
counts in which it differs from the true table are hidden too. With every count hidden such a table always exists, so
the search ends. Zero counts as under the floor: "nobody in this group" tells of everybody in it.

This is the one-cell-at-a-time heuristic of Kelly, Golden and Assad (1992), which offices of statistics use in several
forms; docs/audit.md says why τ-ARGUS and others are not called here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sousveil.audits.counts import Cell, Counts, Margin
from sousveil.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from scipy.sparse import csr_array

    Whole = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["MOST_COUNTS", "Printed", "System", "hidden", "printed", "system"]

MOST_COUNTS = 12_000
"""A table with more counts than this is not read by people; it is refused rather than protected for an hour."""


@dataclass(frozen=True)
class System:
    """The printed counts as sums of cells: `sums @ cells` are the counts. Equal sums appear once.

    place   the row of `sums` that each margin is
    weights what hiding a unit of each row costs
    """

    sums: csr_array
    cells: Whole
    place: Mapping[Margin, int]
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Printed:
    """What may be printed: counts by margin, None where one is withheld."""

    counts: Counts
    floor: int
    values: Mapping[Margin, int | None]

    def __getitem__(self, margin: Margin) -> int | None:
        return self.values.get(margin)


def printed(counts: Counts, floor: int) -> Printed:
    """The counts that may be printed under a floor. Raises InputError when there are too many to protect."""
    rows = system(counts)
    totals = rows.sums @ rows.cells
    away = hidden(rows, floor)
    return Printed(counts, floor, {m: None if away[i] else int(totals[i]) for m, i in rows.place.items()})


def system(counts: Counts) -> System:
    """The system of sums behind a table. Raises InputError when there are too many."""
    import numpy as np
    from scipy.sparse import csr_array

    order = {cell: j for j, cell in enumerate(counts.possible())}
    place: dict[Margin, int] = {}
    rows: dict[tuple[int, ...], int] = {}
    weights: list[float] = []
    for (group, kind), members in counts.margins():
        row = tuple(order[cell] for cell in members)
        if row not in rows:
            rows[row] = len(rows)
            total = sum(counts.cells.get(cell, 0) for cell in members)
            weights.append(_worth(len(group), kind) * (1 + np.log1p(total)))
        place[group, kind] = rows[row]
        if len(rows) > MOST_COUNTS:
            raise InputError(f"the groups and their intersections make more than {MOST_COUNTS:,} counts; name fewer "
                             "group columns, or columns with fewer groups")
    pairs = [(i, j) for row, i in rows.items() for j in row]
    at = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    sums = csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(rows), len(order)))
    cells = np.array([_count(counts, cell) for cell in order], dtype=np.int64)
    return System(sums, cells, place, np.array(weights))


def hidden(rows: System, floor: int) -> Flags:
    """Which rows of the system are not printed: those under the floor, and what protects them."""
    import numpy as np

    totals = np.rint(rows.sums @ rows.cells).astype(np.int64)
    away: Flags = totals < floor
    unsafe = [int(i) for i in np.argsort(-totals, kind="stable") if away[i]]
    safe: set[int] = set()
    for row in unsafe:
        if row in safe:
            continue
        change = _other_table(rows, row, floor, away)
        moved = np.rint(rows.sums @ change).astype(np.int64)
        away = away | (moved != 0)
        safe.update(i for i in unsafe if moved[i] >= floor)
    return away


def _other_table(rows: System, row: int, floor: int, away: Flags) -> Whole:
    """The cheapest change of the cells to a table that fits what is printed, with `row` larger by the floor."""
    import numpy as np

    change = _least_change(rows, row, floor, away)
    if change is None:
        raise AssertionError("with every count hidden, another table exists")
    nearest: Whole = np.rint(change).astype(np.int64)
    if np.abs(change - nearest).max() < 1e-6:
        return nearest
    # People are whole, and a reader knows it. What the parts of people disturbed may be disturbed by whole ones.
    away = away | (np.abs(rows.sums @ change) > 1e-6)
    found = _least_change(rows, row, floor, away, whole=True, among=np.abs(change) > 1e-6)
    if found is None:
        found = _least_change(rows, row, floor, away, whole=True)
    if found is None:
        raise AssertionError("with every count hidden, another table exists")
    return np.rint(found).astype(np.int64)


def _least_change(rows: System, row: int, floor: int, away: Flags, whole: bool = False, among: Flags | None = None
                  ) -> npt.NDArray[np.float64] | None:
    """A linear program: a change for every cell, and for every printed row a bound on the size of its change.

    `among`: no other cells change. None when there is no such change.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import eye_array, hstack, vstack

    n = rows.sums.shape[1]
    shown = rows.sums[np.flatnonzero(~away)]
    k = shown.shape[0]
    one = eye_array(k, format="csr")
    need = hstack([rows.sums[[row]], 0 * one[:1]]) if k else rows.sums[[row]]
    limits: list[Any] = [LinearConstraint(need, floor, np.inf)]
    if k:
        limits.append(LinearConstraint(vstack([hstack([shown, -one]), hstack([-shown, -one])]), -np.inf, 0))
    may = np.ones(n) if among is None else among.astype(float)
    bounds = Bounds(np.concatenate([-rows.cells * may, np.zeros(k)]),
                    np.concatenate([may * float(rows.cells.sum() + floor), np.full(k, np.inf)]))
    answer = milp(np.concatenate([np.zeros(n), rows.weights[~away]]), constraints=limits, bounds=bounds,
                  integrality=np.concatenate([np.full(n, int(whole)), np.zeros(k)]),
                  options={"mip_rel_gap": 0.5} if whole else None)
    return None if answer.x is None else answer.x[:n]


def _worth(groups: int, kind: str) -> float:
    """Totals are worth more than parts, everybody more than a group, a group more than an intersection."""
    level = (400.0, 20.0, 1.0, 0.5)[groups]
    return level * {"n": 4.0, "d1": 2.0, "d0": 2.0, "k": 2.0}.get(kind, 0.3 if kind.startswith("b") else 1.0)


def _count(counts: Counts, cell: Cell) -> int:
    return counts.cells.get(cell, 0)

"""What a reader of all releases can set up: every printed count as a sum of cells, and what no such sums may tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING

from sousveil.audits.joint import Joint, Table
from sousveil.audits.left_out import Said, pooled_are_few, told_of_sizes
from sousveil.audits.release import Box, Margin, Release
from sousveil.errors import BoundaryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from scipy.sparse import csr_array

    Whole = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]
    Real = npt.NDArray[np.float64]

__all__ = ["MOST_COUNTS", "System", "check_size", "system"]

MOST_COUNTS = 12_000
"""A release with more counts than this is not read by people; it is refused rather than protected for an hour."""


_TOO_MANY = (f"the groups and their intersections make more than {MOST_COUNTS:,} counts; name fewer group columns, or "
             "columns with fewer groups")


@dataclass(frozen=True)
class System:
    """Sums of cells.

    cells    how many people are in each cell
    ties     sums that are equal in all tables of people: what two tables share
    sums     what releases may print; equal sums stand once
    place    the row of `sums` that each margin of each release is; a sum of no possible cell has none
    small    sums under the floor, whether a release could print them or a reader could subtract his way to them
    few      which of `sums` tell of few people
    need     how far apart each of `small` has to be in two tables
    limited  sums of which an answer tells, by being given and by whom it leaves out, that they are at least `least`
             and at most `most`; of a few who are not counted a reader may know how many they are
    """

    cells: Whole
    ties: csr_array
    sums: csr_array
    place: Mapping[tuple[int, Margin], int]
    few: Flags
    small: csr_array
    need: Whole
    limited: csr_array
    least: Real
    most: Real

    @property
    def totals(self) -> Whole:
        """The counts that releases may print."""
        import numpy as np

        return np.asarray(self.sums @ self.cells)


def system(joint: Joint, releases: Sequence[Release], floor: int, knowing: bool = False) -> System:
    """The system of all releases, for a reader who knows (`knowing`) how many each answer did not count.

    Raises BoundaryError when a release has more counts than anybody reads.
    """
    import numpy as np
    from scipy.sparse import vstack

    sizes = [int(table.possible.sum()) for table in joint.tables]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    cells = np.concatenate([table.counts[table.possible] for table in joint.tables])
    rows: dict[bytes, int] = {}
    members: list[Whole] = []
    place: dict[tuple[int, Margin], int] = {}
    for number, release in enumerate(releases):
        for margin, at, inside in _margins(joint, release):
            if not len(inside):
                continue
            key = at.to_bytes(4, "big") + inside.tobytes()
            if key not in rows:
                rows[key] = len(members)
                members.append(inside + starts[at])
            place[number, margin] = rows[key]
            if len(place) > MOST_COUNTS * (number + 1):
                raise BoundaryError(_TOO_MANY)
    n = len(cells)
    pools = [(np.flatnonzero(flags[table.possible.ravel()]) + starts[at], many)
             for at, table in enumerate(joint.tables) for flags, many in _pools(table, joint, floor)]
    outside = [(~np.isin(np.arange(n), row), many) for row, many in pools]
    few = np.array([(people := int(np.sum(cells[row]))) < floor or any(
        pooled_are_few(people, many, floor) and not other[row].any() for other, many in outside)
        for row in members], dtype=bool)
    small = [row + starts[at] for at, table in enumerate(joint.tables) for row in _small(table, joint, floor)]
    small += [row for row, is_few in zip(members, few, strict=True) if is_few]
    small = list({row.tobytes(): row for row in small}.values())
    need = np.array([min([floor, *((floor - 1) * many for other, many in outside if not other[row].any())])
                     for row in small], dtype=np.int64)
    limits = _limits(joint, releases, floor, starts, cells, knowing, pools)
    ends = np.array([end for _, *end in limits], dtype=float).reshape(len(limits), 2)
    halves, least, most = _halves(joint, starts)
    return System(cells, _ties(joint, starts), _matrix(members, n), place, few, _matrix(small, n), need,
                  vstack([_matrix([row for row, *_ in limits], n), halves], format="csr"),
                  np.append(ends[:, 0], least), np.append(ends[:, 1], most))


def check_size(release: Release, labels: Sequence[Sequence[str]]) -> None:
    """Raises BoundaryError where a release has more counts than anybody reads, whoever is counted."""
    if next(islice(release.margins(labels), MOST_COUNTS, None), None) is not None:
        raise BoundaryError(_TOO_MANY)


def _limits(joint: Joint, releases: Sequence[Release], floor: int, starts: Whole, cells: Whole,
            knowing: bool, pools: Sequence[tuple[Whole, int]]) -> list[tuple[Whole, float, float]]:
    """Sums of cells of which answers tell between what they lie, with the least and the most: people of a label that
    is left out, without a known outcome, without a decision. Who knows how many they are has them in one number. And
    of pooled labels, each has fewer people than the floor.
    """
    import numpy as np

    def cells_of(box: Box) -> Whole:
        masks = joint.masks(box)
        at = joint.home(masks)
        inside: Whole = joint.tables[at].take(masks) + starts[at]
        return inside

    def people_of(box: Box) -> int:
        return int(np.sum(cells[cells_of(box)]))

    found = {row.tobytes(): (row, 0.0, (floor - 1.0) * many) for row, many in pools}
    few = {row.tobytes() for row, many in pools if pooled_are_few(int(np.sum(cells[row])), many, floor)}
    for release in releases:
        undecided = [Said(release.box((), "dx"), 0, 2 * floor - 1, counted=False)] if knowing else []
        told = told_of_sizes(release, joint.labels(release), floor, people_of, joint.pooled)
        for said in [*told, *undecided]:
            row = cells_of(said.people)
            _, least, most = found.get(row.tobytes(), (row, 0, math.inf))
            people = int(np.sum(cells[row]))  # of attributes all people stand under each: there others hold
            low = said.least if said.least <= people and row.tobytes() not in few else 0
            high = said.most if people <= said.most else most
            if knowing and high < math.inf and not said.counted:
                low = high = people
            found[row.tobytes()] = row, max(least, low), min(most, high)
    return [(row, low, high) for row, low, high in found.values() if len(row) and (low or high < math.inf)]


def _halves(joint: Joint, starts: Whole) -> tuple[csr_array, list[float], list[float]]:
    """Of each score that is cut at its median: those below a number minus all others. They are fewer under the place
    of the middle, and no fewer under the next.
    """
    import numpy as np
    from scipy.sparse import csr_array

    rows, least, most = [np.zeros((0, int(starts[-1])), dtype=np.int64)], [], []
    for column, (low, high) in joint.middles.items():
        coding = next(one for one in joint.axes[column].codings if one.role == "score")
        at = joint.home([column])
        for edge, ends in ((low, (-math.inf, -1.0)), (high, (0.0, math.inf))):
            row = np.zeros(int(starts[-1]), dtype=np.int64)
            for allowed, sign in (((-math.inf, edge), 1), ((edge, math.inf), -1)):
                row[joint.tables[at].take({column: joint.axes[column].where(coding, allowed)}) + starts[at]] = sign
            rows.append(row[None, :])
            least.append(ends[0])
            most.append(ends[1])
    return csr_array(np.vstack(rows)), least, most


def _margins(joint: Joint, release: Release) -> list[tuple[Margin, int, Whole]]:
    """Every margin of a release, the table it is a sum of, and the cells of that table which it adds up."""
    homes: dict[tuple[tuple[str, bytes], ...], tuple[int, Whole]] = {}
    found = []
    for margin in release.margins(joint.labels(release)):
        masks = joint.masks(release.box(*margin))
        key = tuple((column, masks[column].tobytes()) for column in sorted(masks))
        if key not in homes:
            at = joint.home(masks)
            homes[key] = at, joint.tables[at].take(masks)
        found.append((margin, *homes[key]))
    return found


def _pools(table: Table, joint: Joint, floor: int) -> list[tuple[Flags, int]]:
    """The cells, as one long list, of people whose label is pooled, and how many labels are; of each column."""
    import numpy as np

    found = []
    for i, a in enumerate(table.axes):
        if floor and a.column in joint.pooled:
            shape = [1] * len(table.axes)
            shape[i] = -1
            flags = np.broadcast_to(a.pool().reshape(shape), table.counts.shape).ravel()
            found.append((flags, joint.pooled[a.column]))
    return found


def _small(table: Table, joint: Joint, floor: int) -> list[Whole]:
    """The sums of few people of a table and its margins: of every code, or all, of each of its columns."""
    import numpy as np
    from scipy.sparse import csr_array, kron

    tests = [csr_array(np.array(a.tests(joint.cuts.get(a.column, ())), dtype=np.int64)) for a in table.axes]
    every = csr_array(reduce(lambda a, b: kron(a, b, format="csr"), tests))
    sums = every @ table.counts.ravel()
    is_few = sums < floor
    for flags, many in _pools(table, joint, floor):
        is_few |= (every @ (~flags).astype(np.int64) == 0) & np.array([pooled_are_few(n, many, floor) for n in sums])
    few = np.flatnonzero(is_few)
    rows = csr_array(every[few][:, np.flatnonzero(table.possible.ravel())])
    rows.sort_indices()
    ends = zip(rows.indptr, rows.indptr[1:], strict=False)
    found = {rows.indices[a:b].tobytes(): rows.indices[a:b].astype(np.int64) for a, b in ends if b > a}
    return list(found.values())


def _ties(joint: Joint, starts: Whole) -> csr_array:
    """For every combination of the values that two tied tables share: the one's sum minus the other's."""
    import numpy as np
    from scipy.sparse import csr_array

    at: list[int] = []
    cell: list[int] = []
    sign: list[int] = []
    row = 0
    for first, second, columns in joint.ties:
        shape = [len(joint.axes[column].values) for column in columns]
        for number, side in ((first, 1), (second, -1)):
            table = joint.tables[number]
            index = np.argwhere(table.possible).T
            shared = np.zeros(len(index[0]), dtype=np.int64)
            for column, size in zip(columns, shape, strict=True):
                shared = shared * size + index[table.columns.index(column)]
            at += (row + shared).tolist()
            cell += range(int(starts[number]), int(starts[number + 1]))
            sign += [side] * len(shared)
        row += int(np.prod(shape))
    return csr_array((sign, (at, cell)), shape=(row, int(starts[-1])), dtype=np.int64)


def _matrix(rows: Sequence[Whole], n: int) -> csr_array:
    import numpy as np
    from scipy.sparse import csr_array

    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate(rows) if len(rows) else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(rows), n))

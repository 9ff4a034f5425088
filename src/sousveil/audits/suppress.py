"""Which counts are not printed: those under the floor, and the others that would give them away.

A reader who knows every printed count of every release can subtract, or set up equations. So for each count under the
floor there must be tables of whole people that fit everything printed, between which that count differs by at least the
floor. Zero counts as under the floor: "nobody in this group" tells of everybody in it. What an earlier release printed
cannot be called back: it binds every further one.

Cells that every printed count takes or leaves together are one *class*: a reader cannot tell who of a class is in which
of its cells, so a sum may be as little as the classes that lie inside it and as much as those that it touches. Tables
are searched among classes by linear programming; where there is none yet, the one that disturbs the least of what is
worth printing says what else to withhold, which makes classes larger. The search is the one-cell-at-a-time heuristic of
Kelly, Golden and Assad (1992), which offices of statistics use in several forms. Its answer does not rest on the
solver: every table that is found is checked in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sousveil.audits.equations import System
from sousveil.progress import hundredths

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from scipy.sparse import csr_array

    Whole = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]
    Real = npt.NDArray[np.float64]

__all__ = ["protected", "widths"]

_NODES = 2_000
"""How far a search for whole people branches before more is withheld instead. A number and not a time: the same
question must get the same answer on every machine."""

_MANY, _PART = 5, 5
"""While more small sums than this are not protected, a part of them (one in so many) is protected by one table. All by
one would be faster and withhold a quarter more; one by one would withhold no less and take many times as long (290
places by decision by outcome)."""

_PARTS = 1e-6
"""A solver's number that is nearer than this to a whole one is that."""


def protected(rows: System, floor: int, worth: Real, told: Flags, barred: Flags, need: Whole | None = None
              ) -> Flags | None:
    """Which sums may be printed. `told`: printed already; `barred`: withheld before; `worth`: what hiding one costs.
    `need`: how far apart each small sum has to be in two tables, where `rows` does not say it.

    None when nothing more can be printed without telling, with what was printed already, of fewer than `floor` people.
    """
    search = _Search(rows, floor, worth, told, told | (~barred & ~rows.few), need)
    return search.shown if search.carried_out() else None


def widths(rows: System, floor: int, told: Flags) -> Whole:
    """How far apart each small sum is in tables that fit what was printed; no further than the floor."""
    import numpy as np

    search = _Search(rows, floor, np.ones(len(told)), told, told)
    search.push()
    for target in search.open():
        search.widen(int(target))
    return np.asarray(np.minimum(search.most - search.least, floor))


@dataclass(frozen=True)
class _Classes:
    """Cells by what is printed of them.

    people   how many there are in each class
    ties     sums of classes that are zero for every change
    shown    the printed sums, as sums of classes; `rows` says which they are
    limited  sums that must stay between `least` and `most` in every table, as sums of classes
    touched  the classes of which each small sum takes a cell
    inside   the classes of which each small sum takes every cell
    """

    people: Whole
    ties: csr_array
    shown: csr_array
    rows: Whole
    limited: csr_array
    least: Real
    most: Real
    touched: csr_array
    inside: csr_array

    @property
    def room(self) -> tuple[Real, Real]:
        """How much less, and how much more, each limited sum may become."""
        import numpy as np

        people = np.asarray(self.limited @ self.people)
        return self.least - people, self.most - people

    def may_be(self, people: Whole) -> bool:
        """Whether a table is one of people, within the limits."""
        sums = self.limited @ people
        return bool((people >= 0).all() and (sums >= self.least).all() and (sums <= self.most).all())


def _classes(system: System, shown: Flags) -> _Classes:
    import numpy as np
    from scipy.sparse import csr_array, vstack

    rows = np.flatnonzero(shown)
    printed = vstack([system.ties, system.sums[rows], system.limited], format="csr")
    of = _alike(printed)
    n = len(of)
    member = csr_array((np.ones(n, dtype=np.int64), (np.arange(n), of)), shape=(n, int(of.max()) + 1))
    size = np.asarray(member.sum(axis=0)).ravel()
    sums, small = (printed @ member).tocsr(), (system.small @ member).tocsr()
    parts = np.abs(sums.data) // size[sums.indices]
    if (parts * size[sums.indices] != np.abs(sums.data)).any():
        raise AssertionError("a class of cells is cut by a printed sum")
    sums.data = np.sign(sums.data)
    touched, inside = small.copy(), small.copy()
    touched.data = np.ones_like(small.data)
    inside.data = (small.data == size[small.indices]).astype(np.int64)
    inside.eliminate_zeros()
    k, m = system.ties.shape[0], system.ties.shape[0] + len(rows)
    return _Classes(np.asarray(member.T @ system.cells), sums[:k], sums[k:m], rows, sums[m:], system.least, system.most,
                    touched, inside)


def _alike(sums: csr_array) -> Whole:
    """The number of the class of each cell: cells that the same sums take, with the same sign, are one."""
    import numpy as np

    from sousveil.draws import Purpose, words

    keys = words(0, np.arange(sums.shape[0]), 0, Purpose.MARK).astype(np.int64)
    marks = np.stack([np.asarray(sums.T @ keys[:, i]) for i in range(keys.shape[1])], axis=1)
    return np.unique(marks, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


class _Search:
    """What is printed so far, and for each small sum the least and the most it has in a table that fits."""

    def __init__(self, rows: System, floor: int, worth: Real, told: Flags, shown: Flags, need: Whole | None = None
                 ) -> None:
        import numpy as np

        self.rows, self.floor, self.worth, self.told = rows, floor, worth, told
        self.need = rows.need if need is None else need
        self.least = np.asarray(rows.small @ rows.cells)
        self.most = self.least.copy()
        self._show(shown)

    def _show(self, shown: Flags) -> None:
        """Print these sums and no others."""
        import numpy as np

        self.shown = shown
        self.classes = _classes(self.rows, shown)
        self._keep(np.zeros(len(self.classes.people), dtype=np.int64))

    def carried_out(self) -> bool:
        """Withhold until every small sum is protected; False when that cannot be."""
        self.push()
        with hundredths("Withholding", len(self.open())) as advance:  # how many small sums there are is not told
            return self._protected(advance)

    def _protected(self, advance: Callable[[int], None]) -> bool:
        before = len(self.open())
        while len(left := self.open()):
            advance(max(0, before - len(left)))
            before = min(before, len(left))
            if len(left) > _MANY:  # in the order of the system, in which no count has a say
                self._protect_many(left[:len(left) // _PART])
                self.push()
            if len(left) <= _MANY or len(self.open()) == len(left):
                if not self._protect(int(left[0])):
                    return False
                self.push()
        return True

    def open(self) -> Whole:
        import numpy as np

        found: Whole = np.flatnonzero(self.most - self.least < self.need)
        return found

    def _safe(self, target: int) -> bool:
        return bool(self.most[target] - self.least[target] >= self.need[target])

    def push(self) -> None:
        """Tables in which as many small sums as possible are larger, or smaller, at once. Nothing more is withheld."""
        for up in (True, False):
            left = self.open()
            if len(left) > 1:
                change = self._furthest(self._towards(left, up))
                if change is not None:
                    self._accept(change)

    def _towards(self, targets: Whole, up: bool) -> Real:
        import numpy as np

        sums = self.classes.touched if up else self.classes.inside
        return (1.0 if up else -1.0) * np.asarray(sums[targets].sum(axis=0), dtype=float).ravel()

    def _protect(self, target: int) -> bool:
        """Find tables for one small sum, and withhold what keeps them from being found."""
        whole = False
        while True:
            self.widen(target)
            if self._safe(target):
                return True
            pair = self._nearest(target, whole)
            if pair is not None and self._withhold(pair):
                return True
            away = self._disturbed(pair) if pair is not None else ~self.told
            if not whole and (pair is None or not (self.shown & away).any()):
                whole = pair is not None  # parts of people may be moved so, whole people perhaps not
                if whole:
                    continue
            if not (self.shown & away).any():
                away = ~self.told  # all that is new goes; then tables are easier to find
            if not (self.shown & away).any():
                return False
            self._show(self.shown & ~away)

    def _protect_many(self, targets: Whole) -> None:
        """Withhold for many small sums at once: one table in which as many of them as can be grow by the floor."""
        import numpy as np

        change = self._raising(targets)
        if change is not None:
            pair = np.stack([change, np.zeros_like(change)])
            if not self._withhold(pair):
                self._show(self.shown & ~self._disturbed(pair))

    def widen(self, target: int) -> None:
        """Look for tables in which one small sum first of all, and others with it, are larger or smaller."""
        import numpy as np

        for up in (True, False):
            if not self._safe(target):
                left = self.open()
                self._whole_people(2 * len(left) * self._towards(np.array([target]), up) + self._towards(left, up))

    def _whole_people(self, goal: Real) -> None:
        """The furthest change in a direction, in whole people."""
        import numpy as np

        change = self._furthest(goal)
        if change is not None and not self._accept(change):
            change = self._furthest(goal, among=np.abs(change) > _PARTS)
            if change is not None:
                self._accept(change)

    def _disturbed(self, pair: Real) -> Flags:
        """Which sums, of those that are printed and were not before, two changes disturb."""
        import numpy as np

        found = np.zeros(len(self.shown), dtype=bool)
        found[self.classes.rows] = (np.abs(self.classes.shown @ pair.T) > _PARTS).any(axis=1)
        return found & ~self.told

    def _withhold(self, pair: Real) -> bool:
        """Print no more what two changes of whole people disturb, and keep them as tables that fit."""
        import numpy as np

        near = np.rint(pair).astype(np.int64)
        if np.abs(pair - near).max() > _PARTS:
            return False
        people = self.classes.people + near
        told = self.told[self.classes.rows]
        if not all(map(self.classes.may_be, people)) or (self.classes.ties @ near.T).any() or (
                self.classes.shown[told] @ near.T).any():
            return False
        for change in near:
            self._keep(change)
        self._show(self.shown & ~self._disturbed(pair))
        return True

    def _accept(self, change: Real) -> bool:
        """Keep a change that leads to a table of whole people which fits everything printed; False when it does not."""
        import numpy as np

        near = np.rint(change).astype(np.int64)
        fits = bool(np.abs(change - near).max(initial=0.0) <= _PARTS and self.classes.may_be(self.classes.people + near)
                    and not (self.classes.shown @ near).any() and not (self.classes.ties @ near).any())
        if fits:
            self._keep(near)
        return fits

    def _keep(self, change: Whole) -> None:
        import numpy as np

        people = self.classes.people + change
        self.most = np.maximum(self.most, self.classes.touched @ people)
        self.least = np.minimum(self.least, self.classes.inside @ people)

    def _furthest(self, goal: Real, among: Flags | None = None) -> Real | None:
        """The change that fits everything printed and goes furthest towards `goal`; `among` these, in whole people."""
        import numpy as np
        from scipy.sparse import vstack

        people = self.classes.people
        fixed = vstack([self.classes.ties, self.classes.shown], format="csr")
        may = np.ones(len(people)) if among is None else among.astype(float)
        # More of one small class than the floor protects nobody better; the solver spreads it over many instead.
        cap = np.where(people < self.floor, self.floor, people.sum() + self.floor)
        return _solved(-goal, [(fixed, 0.0, 0.0), (self.classes.limited, *self.classes.room)], -people * may, cap * may,
                       among is not None)

    def _raising(self, targets: Whole) -> Real | None:
        """One change that raises many small sums by what they lack, or by as much as can be, and disturbs the least."""
        import numpy as np
        from scipy.sparse import csr_array, eye_array, hstack, vstack

        people, told = self.classes.people, self.told[self.classes.rows]
        fixed = vstack([self.classes.ties, self.classes.shown[told]], format="csr")
        free, more = self.classes.shown[~told], self.classes.touched[targets]
        n, k, m = len(people), free.shape[0], len(targets)
        size, none = eye_array(k), csr_array((k, m))
        limited = self.classes.limited
        limits = [(hstack([fixed, csr_array((fixed.shape[0], k + m))], format="csr"), 0.0, 0.0),
                  (hstack([limited, csr_array((limited.shape[0], k + m))], format="csr"), *self.classes.room),
                  (hstack([more, csr_array((m, k)), eye_array(m)], format="csr"),
                   (self.least[targets] + self.need[targets] - more @ people).astype(float), np.inf),
                  (vstack([hstack([free, -size, none]), hstack([-free, -size, none])], format="csr"), -np.inf, 0.0)]
        worth = self.worth[self.classes.rows[~told]]
        dear = 4 * worth.max(initial=1.0)
        found = _solved(np.concatenate([np.zeros(n), worth, np.full(m, dear)]), limits,
                        np.concatenate([-people, np.zeros(k + m)]).astype(float),
                        np.concatenate([np.full(n, float(people.sum() + self.floor)), np.full(k + m, np.inf)]), False)
        return None if found is None else found[:n]

    def _nearest(self, target: int, whole: bool = False) -> Real | None:
        """Two changes between which a sum differs by the floor, and which disturb the least of what is worth most."""
        import numpy as np
        from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

        people, both = self.classes.people, eye_array(2, format="csr")
        n, told = len(people), self.told[self.classes.rows]
        fixed = vstack([self.classes.ties, self.classes.shown[told]], format="csr")
        free = self.classes.shown[~told]
        k = free.shape[0]
        more, less = self.classes.touched[[target]], self.classes.inside[[target]]
        apart = hstack([more, -less, csr_array((1, k), dtype=np.int64)], format="csr")
        need = self.need[target] - (more @ people)[0] + (less @ people)[0]
        limited, room = kron(both, self.classes.limited), [np.tile(end, 2) for end in self.classes.room]
        limits = [(hstack([kron(both, fixed), csr_array((2 * fixed.shape[0], k))], format="csr"), 0.0, 0.0),
                  (hstack([limited, csr_array((limited.shape[0], k))], format="csr"), *room),
                  (apart, float(need), np.inf)]
        if k:
            moves, size = kron(both, free), vstack([eye_array(k), eye_array(k)])
            limits.append((vstack([hstack([moves, -size]), hstack([-moves, -size])], format="csr"), -np.inf, 0.0))
        low = np.concatenate([-people, -people, np.zeros(k)]).astype(float)
        high = np.concatenate([np.full(2 * n, float(people.sum() + self.floor)), np.full(k, np.inf)])
        found = _solved(np.concatenate([np.zeros(2 * n), self.worth[self.classes.rows[~told]]]), limits, low, high,
                        whole, 2 * n)
        return None if found is None else found[:2 * n].reshape(2, n)


def _solved(goal: Real, limits: list[tuple[Any, Any, Any]], low: Real, high: Real, whole: bool, parts: int | None = None
            ) -> Real | None:
    """The least of `goal`; the first `parts` numbers are whole people. None when there is no answer."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    kind = np.zeros(len(goal))
    kind[:parts] = int(whole)
    answer = milp(goal, constraints=[LinearConstraint(*limit) for limit in limits if limit[0].shape[0]],
                  bounds=Bounds(low, high), integrality=kind,
                  options={"mip_rel_gap": 0.5, "node_limit": _NODES} if whole else None)
    found: Real | None = answer.x
    return found

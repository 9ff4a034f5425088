"""Which columns stand in one table of a system, and how the tables are tied: the cliques of a decomposable graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

__all__ = ["SMALL", "plan"]

SMALL = 3_000
"""Columns of all releases are crossed in one table while it has no more cells than this."""

Tie = tuple[int, int, tuple[str, ...]]


def plan(bags: Sequence[frozenset[str]], sizes: Mapping[str, int], small: int = SMALL
         ) -> tuple[list[tuple[str, ...]], tuple[Tie, ...]]:
    """The tables that a system needs, each the names of its columns, and the ties that make them one.

    Columns that a release crosses stand in one table. The graph of columns is made decomposable by eliminating that
    column first which adds the fewest crossings; its cliques are the tables, and the heaviest tree of what neighbours
    share ties them (Lauritzen and Spiegelhalter 1988).
    """
    every = frozenset().union(*bags)
    if prod(sizes[column] for column in every) <= small:
        return [tuple(sorted(every))], ()
    near = {column: set().union(*(bag for bag in bags if column in bag)) - {column} for column in every}
    cliques: list[frozenset[str]] = []
    while near:
        column = min(near, key=lambda c: (_missing(near, c), prod(sizes[k] for k in near[c]), c))
        clique = frozenset(near[column] | {column})
        if not any(clique <= other for other in cliques):
            cliques.append(clique)
        for other in near[column]:
            near[other] |= near[column] - {other}
            near[other].discard(column)
        del near[column]
    cliques = _merged(cliques, sizes, small)
    names = [tuple(sorted(clique)) for clique in cliques]
    return names, tuple((i, j, tuple(sorted(cliques[i] & cliques[j]))) for i, j in _tree(cliques))


def _missing(near: Mapping[str, set[str]], column: str) -> int:
    """How many pairs of a column's neighbours are not neighbours."""
    return sum(b not in near[a] for a in near[column] for b in near[column] if a < b)


def _merged(cliques: list[frozenset[str]], sizes: Mapping[str, int], small: int) -> list[frozenset[str]]:
    """Neighbours in the tree become one table while it is small: then their crossing is protected too."""
    while True:
        pairs = [(prod(sizes[c] for c in cliques[i] | cliques[j]), i, j) for i, j in _tree(cliques)]
        least = min(pairs, default=(small + 1, 0, 0))
        if least[0] > small:
            return cliques
        _, i, j = least
        rest = [clique for k, clique in enumerate(cliques) if k not in (i, j)]
        cliques = [*rest, cliques[i] | cliques[j]]


def _tree(cliques: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """The pairs of a spanning tree in which neighbours share as much as they can."""
    group = list(range(len(cliques)))
    pairs = sorted(((i, j) for i in range(len(cliques)) for j in range(i)),
                   key=lambda p: (-len(cliques[p[0]] & cliques[p[1]]), p))
    found = []
    for i, j in pairs:
        if group[i] != group[j]:
            found.append((i, j))
            old, new = group[i], group[j]
            group = [new if g == old else g for g in group]
    return found


"""How close a table comes to what was printed of another: the same people with some rows left out, added or changed.

A coarse table has few cells, all of many people, and a row more or less changes most of what `sketch` can compare. But
what was printed of it is known to every reader, so the ledger may keep it; and nothing else can be subtracted from. Two
tables of other people differ in each cell by chance, by about the root of twice its people; those of the same people by
no more than the rows that differ. Cells in which they differ by a few at most are the evidence, as a likelihood ratio.

Two totals are no evidence, and can be subtracted all the same: how many were selected and how many were not, of all
rows and of all but a few. Where they come out within a few people of each other (`totals`, `near`), somebody has to say
whether the people are others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, product
from typing import Any

from sousveil.audits.joint import Record, edges_of
from sousveil.audits.release import UNKNOWN, Box, Coding, Group, Margin, Release
from sousveil.errors import InputError

__all__ = ["CLOSE", "Count", "Totals", "closeness", "counts_everybody", "distance", "likeness", "near", "totals"]

CLOSE = 10.0
"""From so many bits on, two tables are too much alike to be of other people: by chance once in 2^10 tables, at most."""

_WITHIN = (0, 1, 2, 4, 8, 16, 32)
"""By how many people a cell may differ that is called close."""

_SHARES = (0.6, 0.9, 0.999)
"""Which share of the cells may be close, for a test against none but by chance."""

_FEW, _MOST = 20, 0.9
"""In a copy with a few rows left out, added or changed, this share of the cells differs by less than this."""

_CORRECTED = 2
"""So many people may be on the other side of something in a copy, and the copy still be asked about."""

_MET = 1 / 64
"""How often two tables of other people, drawn by the same shares, may come to near totals."""

_FINE, _COARSE = ("d1y1", "d1y0", "d1yx", "d0y1", "d0y0", "d0yx"), ("d1", "d0")
"""Kinds of count that each person of a group is in one of."""

Count = Callable[[Release], Iterable[Record]]
"""How many people of the file at hand have each combination of the codes of a release."""

Totals = frozenset[tuple[int, int]]
"""How many people are on either side of something, the fewer first."""

Cells = Mapping[Group, Sequence[tuple[int, int]]]
"""For each group its cells: how many people were printed, and how many are here."""


def closeness(release: Release, printed: Mapping[Margin, int], columns: Iterable[str], count: Count) -> float:
    """In bits, how much likelier it is that a table with these columns shares its people with a release than not."""
    found = [likeness(cells) for cells in _compared(release, printed, columns, count)]
    return max(found) - math.log2(len(found)) if found else 0.0


def distance(release: Release, printed: Mapping[Margin, int], columns: Iterable[str], count: Count) -> float:
    """In bits, how much likelier it is that a table with these columns is of other people than that it is of those of a
    release but for a few, who make cells differ by fewer than _FEW.
    """
    found = []
    for cells in _compared(release, printed, columns, count):
        bits = 0.0
        # A label that nobody has here may be spelled otherwise.
        for was, now in chain.from_iterable(own for own in cells.values() if any(now for _, now in own)):
            chance = _by_chance(was, _FEW)
            bits -= math.log2(_MOST / chance + 1 - _MOST if abs(was - now) < _FEW else 1 - _MOST)
        found.append(bits)
    return max(found) - math.log2(len(found)) if found else 0.0


def _compared(release: Release, printed: Mapping[Margin, int], columns: Iterable[str], count: Count) -> list[Cells]:
    """For the columns of groups, all and all but one, the printed cells and how many people are in them here.

    Of a release whose columns are here in part, what was printed of that part is compared.
    """
    here = set(columns)
    if not {coding.column for coding in (release.decision, *release.where)} <= here or (
            release.only_known and release.outcome and release.outcome.column not in here):
        return []
    places = [i for i, coding in enumerate(release.groups) if coding.column in here]
    if any(place not in places for place, _ in release.left):
        return []
    outcome = release.outcome if release.outcome and release.outcome.column in here else None
    try:
        part = replace(release, groups=tuple(release.groups[i] for i in places), outcome=outcome, left=())
        records = list(count(part))
    except InputError:  # columns that are called alike and hold something else
        return []
    kinds = _FINE if outcome else _COARSE
    return [_cells(release, printed, part.codings, records, chosen, kinds) for chosen in _crossings(places)]


def totals(release: Release, count: Count) -> Totals:
    """Who is selected and who is not, who has the outcome and who has not, who has a label and who has not: of all
    rows, and of those that the filters of a release leave. Nobody is left out.
    """
    release = replace(release, left=(), only_known=False)
    ends = (-math.inf, *edges_of([release], release.decision))
    records = list(count(release))
    found = []
    for part in dict.fromkeys((release, replace(release, where=()))):
        sizes = {}
        for kind in ("d1", "d0", "y1", "y0")[:4 if part.outcome else 2]:
            inside = _inside(part.box((), kind), release.codings, ends)
            sizes[kind] = sum(n for codes, n in records if inside(codes))
        found += [(sizes[one], sizes[other]) for one, other in (("d1", "d0"), ("y1", "y0")) if one in sizes]
        everybody = _inside(tuple(dict.fromkeys(part.where, (1,)).items()), release.codings, ends)
        for place in range(len(part.groups)):
            labels: Counter[Any] = Counter()
            for codes, n in records:
                labels[codes[place]] += n * everybody(codes)
            found += [(n, labels.total() - n) for n in labels.values()]
    return frozenset((min(pair), max(pair)) for pair in found)


def counts_everybody(release: Release, count: Count) -> bool:
    """Whether nobody has a label that a release leaves out."""
    ends = (-math.inf, *edges_of([release], release.decision))
    every, counted = (_inside(one.box((), "n"), release.codings, ends) for one in (replace(release, left=()), release))
    return all(counted(codes) for codes, n in count(release) if n and every(codes))


def near(pair: tuple[int, int], floor: int) -> Totals:
    """Every pair that comes of one by fewer than `floor` people more, or fewer, on each side; the fewer first.

    By still fewer where so many pairs are near that two tables of other people would often come to one of them.
    """
    even = 4 * math.pi * math.sqrt(max(1, pair[0]) * max(1, pair[1]))  # one of so many pairs is met by chance, at most
    few = max(1, min(floor, math.isqrt(int(even * _MET / 2))))
    steps = [(one, other) for one, other in product(range(1 - few, few), repeat=2)
             if one * other >= 0 or max(abs(one), abs(other)) <= _CORRECTED]
    return frozenset((min(a, b), max(a, b)) for one, other in steps
                     for a, b in [(pair[0] + one, pair[1] + other)] if min(a, b) >= 0)


def likeness(cells: Cells) -> float:
    """The logarithm of the mean likelihood ratio that so many cells are close, against chance.

    Where a group has as many people in both tables that may have been planned: its last cell follows from the others.
    """
    pairs: list[tuple[int, int]] = []
    for own in cells.values():
        planned = sum(was for was, _ in own) == sum(now for _, now in own)
        pairs += sorted(own)[:-1] if planned else own
    if cells and all(sum(was for was, _ in own) != sum(now for _, now in own) for own in cells.values()):
        every = [pair for own in cells.values() for pair in own]
        if sum(was for was, _ in every) == sum(now for _, now in every):
            pairs.remove(max(pairs))
    logs = []
    for within in _WITHIN:
        for share in _SHARES:
            bits = 0.0
            for was, now in pairs:
                chance = _by_chance(was, within)
                bits += math.log2(share / chance + 1 - share if abs(was - now) <= within else 1 - share)
            logs.append(bits)
    most = max(logs)
    return most + math.log2(sum(2.0 ** (bits - most) for bits in logs) / len(logs))


def _by_chance(count: int, within: int) -> float:
    """At most how likely a count of other people is so close: the likeliest difference of two counts of one law of
    Poisson, once for each difference.
    """
    return min(1.0, (2 * within + 1) / math.sqrt(4 * math.pi * count)) if count else 1.0


def _crossings(places: Sequence[int]) -> list[tuple[int, ...]]:
    """All columns of groups, and all but one."""
    every = tuple(places)
    return [every, *combinations(every, len(every) - 1)] if every else [()]


def _cells(release: Release, printed: Mapping[Margin, int], codings: Sequence[Coding], records: Sequence[Record],
           chosen: tuple[int, ...], kinds: Sequence[str]) -> dict[Group, list[tuple[int, int]]]:
    """The printed cells of the crossing of some columns, with how many people are in each here."""
    ends = (-math.inf, *edges_of([release], release.decision))
    found: dict[Group, list[tuple[int, int]]] = {}
    for (group, kind), was in printed.items():
        if kind in kinds and tuple(place for place, _ in group) == chosen:
            inside = _inside(release.box(group, kind), codings, ends)
            found.setdefault(group, []).append((was, sum(n for codes, n in records if inside(codes))))
    return found


def _inside(box: Box, codings: Sequence[Coding], ends: Sequence[float]) -> Callable[[Sequence[Any]], bool]:
    """Whether people with these codes are in a box."""
    tests = [(codings.index(coding), coding.role, allowed) for coding, allowed in box]

    def test(codes: Sequence[Any]) -> bool:
        for at, role, allowed in tests:
            code = codes[at]
            if role == "score" and not isinstance(allowed, frozenset) and allowed != (UNKNOWN,):
                low, high = allowed
                if code < 0 or not low <= ends[code] < high:
                    return False
            elif (code not in allowed) != isinstance(allowed, frozenset):
                return False
        return True

    return test

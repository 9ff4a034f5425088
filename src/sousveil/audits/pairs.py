"""Which counts are withheld together, decided without looking at any count that is withheld.

Whoever has this program can run it on every table that fits what was printed, and strike out those of which other
counts would have been withheld (a minimality attack: Wong, Fu, Wang and Pei 2007). Where the cheapest count is withheld
beside a small one, that tells: of 30, 30 and 40 people 10, 10 and 9 are selected; with the first printed, one table
alone is left. So no price depends on a count, and the labels of a column stand in pairs, by what readers may know: a
count is not withheld without that of the other label of its pair, nor a decision without its opposite.

What such a reader learns: in each pair that is withheld some count is few; in the others none is. Say n and m people of
both labels were printed, and that together t were selected: then x of the n were, from max(0, t - m) to min(n, t). At
either end x, n - x, t - x or m - (t - x) is none, so few, and the same counts are withheld. So nothing is struck out at
the ends: x can be whatever it can be for who knows no program. That is as wide as the floor, or more is withheld. The
largest label of an odd number has no partner; it takes the pair before along, and that pair does not take it. It has
none or all at both ends of its range, or nobody, or everybody, of the pair is selected, and the pair needs it.

Of labels that are crossed, pairs make rectangles. Those are what protects a cell of a table whose margins are printed.
So much is shown of decisions by one column. Of outcomes and of crossed labels it is not, and tables are known in which
such a reader narrows a small count (docs/audit.md, what remains).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TypeVar

from sousveil.audits.release import Margin, Release

__all__ = ["Pairs", "paired"]

Item = TypeVar("Item")

_OPPOSITES = (("d1", "d0"), ("y1", "y0"), ("k", "yx"), ("d1y1", "d1y0", "d0y1", "d0y0"), ("d1k", "d0k", "d1yx", "d0yx"))
"""Kinds of count of which one is never withheld alone, since their sums are printed."""


class Pairs:
    """Of a release, which counts go with which. `labels`: of each column, in the order in which they are paired."""

    def __init__(self, release: Release, labels: Sequence[Sequence[str]]) -> None:
        self._labels = [_pairs(texts) for texts in labels]
        self._kinds: dict[str, tuple[str, ...]] = {kind: kinds for kinds in _OPPOSITES for kind in kinds}
        above = sum(release.cut is not None and edge < release.cut for edge in release.edges) + 1
        for side in (range(above), range(above, release.bands)):
            for band, bands in _pairs(side).items():
                self._kinds |= {f"b{band}k": tuple(f"b{b}k" for b in bands)}
                both = tuple(f"b{b}{outcome}" for b in bands for outcome in ("y1", "y0"))
                self._kinds |= dict.fromkeys((f"b{band}y1", f"b{band}y0"), both)

    def closed(self, margins: Iterable[Margin]) -> set[Margin]:
        """These counts, and all that are withheld together with one of them."""
        found = set(margins)
        left = list(found)
        while left:
            group, kind = left.pop()
            texts = product(*(self._labels[place].get(text, (text,)) for place, text in group))
            places = [place for place, _ in group]
            more = {(tuple(zip(places, some, strict=True)), other)
                    for some, other in product(texts, self._kinds.get(kind, (kind,)) if group else (kind,))} - found
            found |= more
            left += more
        return found


def paired(release: Release, labels: Sequence[Sequence[str]], people: Mapping[Margin, int], floor: int) -> Pairs:
    """Labels are paired by how many people have them, the fewest first, where every reader is told; else by name."""
    ordered = []
    for place, texts in enumerate(labels):
        sizes = {text: people.get((((place, text),), "n"), 0) for text in texts}
        if min(sizes.values(), default=0) < floor:
            sizes = dict.fromkeys(texts, 0)
        ordered.append([text for _, text in sorted((n, text) for text, n in sizes.items())])
    return Pairs(release, ordered)


def _pairs(items: Sequence[Item]) -> dict[Item, tuple[Item, ...]]:
    """Neighbours, two by two; the last of an odd number goes with the two before."""
    found = {item: tuple(items[i:i + 2]) for k, item in enumerate(items) for i in [k - k % 2]}
    if len(items) % 2:
        found[items[-1]] = tuple(items[-3:])
    return found

"""How often a coarse table is known again with some rows left out, and how often other people's table is taken for it,
or comes so near to its totals that somebody has to say whether the people are others.

    python bench/audit_closeness.py [PAIRS]

Counts alone, of all that may be printed; cells under the floor are not. Other people are drawn by the same shares:
as many, as many of each group, as they come, and as many of each group but for a few who are missing.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from sousveil.audits.closeness import CLOSE, likeness, near
from sousveil.audits.question import FLOOR

WAYS = ("as many", "of each group as many", "as they come", "of each group as many, some missing")


def drawn(luck: Any, way: str, n: int, shares: Any) -> Any:
    """One table: people by group and kind."""
    groups = len(shares)
    if way == "as many":
        return luck.multinomial(n, shares.ravel()).reshape(shares.shape)
    if way == "as they come":
        return luck.poisson(n * shares)
    sizes = np.full(groups, n // groups) - (luck.poisson(2, groups) if way.endswith("missing") else 0)
    return np.stack([luck.multinomial(size, own / own.sum()) for size, own in zip(sizes, shares, strict=True)])


def close(first: Any, second: Any) -> bool:
    """Whether two tables are taken for the same people's."""
    return likeness({((0, str(g)),): [(int(a), int(b)) for a, b in zip(first[g], second[g], strict=True) if a >= FLOOR]
                     for g in range(len(first))}) >= CLOSE


def met(first: Any, second: Any) -> bool:
    """Whether the totals of the one are near to those of the other: of the first half of the kinds, and of the rest."""
    one, other = (tuple(sorted(int(half.sum()) for half in np.split(table, 2, axis=1))) for table in (first, second))
    return one in near(other, FLOOR)


def main() -> None:
    pairs, luck = int(sys.argv[1]) if len(sys.argv) > 1 else 1500, np.random.default_rng(1)
    taken, asked = dict.fromkeys(WAYS, 0), dict.fromkeys(WAYS, 0)
    tables = 0
    for groups, kinds in ((1, 2), (1, 4), (2, 2), (2, 4), (4, 2), (6, 2), (6, 4), (12, 4)):
        for n in (300, 1000, 10_000, 100_000):
            tables += pairs
            shares = [luck.dirichlet(np.full(groups * kinds, 2.0)).reshape(groups, kinds) for _ in range(pairs)]
            for way in WAYS:
                both = [(drawn(luck, way, n, own), drawn(luck, way, n, own)) for own in shares]
                taken[way] += sum(close(*pair) for pair in both)
                asked[way] += sum(met(*pair) for pair in both)
            known = []
            for rows in (1, 3, 9, 30):
                found = 0
                for own in shares[:100]:
                    table = drawn(luck, "as many", n, own)
                    gone = luck.multivariate_hypergeometric(table.ravel(), rows).reshape(table.shape)
                    found += close(table, table - gone)
                known.append(f"{found} of {len(shares[:100])} with {rows}")
            print(f"{groups:2} groups × {kinds}, {n:7,} people; known again with rows left out: {', '.join(known)}",
                  flush=True)
    print(*(f"other people, {way}: taken for the same {n} of {tables:,} times; totals near {asked[way] / tables:.1%}"
            for way, n in taken.items()), sep="\n")


if __name__ == "__main__":
    main()

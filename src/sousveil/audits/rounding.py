"""What every table would say that rounds to the given one: how far a number can move inside the box of such tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sousveil.audits.counts import Margin, Printed

__all__ = ["Count", "box_ends", "counted"]

Count = tuple[float, float]
"""A number of people, and how far it may be off."""

_ROUNDS = 20
"""So often all counts are tried once more; a number that still moves then has no interval."""


def counted(shown: Printed, whole: Margin, events: Sequence[Margin] = ()) -> tuple[Count, Count] | None:
    """Events of a whole, and the rest of it; None where a count is withheld."""
    many, some = shown[whole], [shown[margin] for margin in events]
    if many is None or None in some:
        return None
    total = sum(n or 0 for n in some)
    if not shown.rounded:
        return (total, 0.0), (many - total, 0.0)
    half = shown.rounded // 2
    parts = sum(shown.parts.get(margin, 1) for margin in events)
    return (total, half * parts), (many - total, half * max(shown.parts.get(whole, 1) - parts, 0))


def box_ends(of: Callable[[Sequence[float]], tuple[float, float] | None], counts: Sequence[Count]
             ) -> tuple[float, float] | None:
    """The least lower end and the greatest upper end of an interval over the box: one count after the other is moved to
    the end that moves it further, until none does. None where there is no interval in a table on the way.
    """
    found = []
    for side, sign in ((0, 1.0), (1, -1.0)):
        here = [n for n, _ in counts]
        now = of(here)
        if now is None:
            return None
        best = sign * now[side]
        for _ in range(_ROUNDS):
            moved = False
            for i, (n, off) in enumerate(counts):
                for to in {max(n - off, 0.0), n + off} - {here[i]}:
                    there = of([*here[:i], to, *here[i + 1:]])
                    if there is None:
                        return None
                    if sign * there[side] < best:
                        best, here[i], moved = sign * there[side], to, True
            if not moved:
                break
        else:
            return None
        found.append(sign * best)
    return found[0], found[1]

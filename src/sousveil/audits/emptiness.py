"""Where nobody is, and readers know it: rules that follow from how records are kept, or from what columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sousveil.audits.axis import Axis
from sousveil.audits.release import MISSING, OTHER, UNKNOWN, Release

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

__all__ = ["SURE", "known_empty", "no_score"]

SURE = 50.0
"""If chance would put at least so many people where nobody is, that nobody is there is a rule which readers know."""

_SOME = 0.5
"""If chance would put fewer people than this where nobody is, it is no sign of a rule."""


def no_score(column: Axis, people: Whole) -> Flags:
    """Places of a score in which nobody is. Some readers know which scores there are: no whole number lies between 6.1
    and 7, so that cuts at both tell the same.
    """
    import numpy as np

    none = np.zeros(len(column.values), dtype=bool)
    for at, coding in enumerate(column.codings):
        places = [value[at] for value in column.values]
        used = {place for place, n in zip(places, people, strict=True) if n}
        if coding.role == "score":
            none |= np.array([place is not None and place not in used for place in places])
    return none


def known_empty(first: Axis, second: Axis, pair: Whole, releases: Sequence[Release]) -> tuple[Flags, Flags]:
    """Which pairs of values of two columns readers know that nobody has; and which some may know.

    Of a decision and its outcome: whether outcomes are known at all of those selected, or of the others, is a fact
    about records. Of columns that no release crosses, or of two that say whom decisions are about (groups, filters):
    that one follows from the other (a region from a place, a decision from a score); of the former also that one yes
    never goes without another. Such a rule is known when chance would have put many people where nobody is, and may be
    known when it would not. Of the former any part of a rule may be known: that all of a place lie in one region, when
    one place alone was asked about.
    """
    import numpy as np

    known, weak = np.zeros(pair.shape, dtype=bool), np.zeros(pair.shape, dtype=bool)
    for release in releases:
        columns = [coding.column for coding in release.codings]
        if first.column in columns and second.column in columns:
            known |= _records(first, second, pair, release)
    crossed = any({first.column, second.column} <= {c.column for c in r.codings} for r in releases)
    if crossed and not (_grouping(first, releases) and _grouping(second, releases)):
        return known, weak
    by_chance = np.outer(pair.sum(axis=1), pair.sum(axis=0)) / max(1, pair.sum())
    rules = [_follows(first, pair), _follows(second, pair.T).T]
    if not crossed:
        rules += [_nested(first, second, pair), _nested(second, first, pair.T).T]
    for rule in rules:
        if by_chance[rule].sum() >= SURE:
            known |= rule
        else:
            weak |= rule
    if not crossed:
        weak |= (pair == 0) & (by_chance >= _SOME)
    return known, weak & ~known


def _grouping(column: Axis, releases: Sequence[Release]) -> bool:
    """Whether a column is read as groups and filters alone."""
    filters = {coding for release in releases for coding in release.where}
    decided = {coding for release in releases for coding in (release.decision, release.outcome)}
    return all(coding.role == "label" or coding in filters - decided for coding in column.codings)


def _records(first: Axis, second: Axis, pair: Whole, release: Release) -> Flags:
    """Decisions whose outcome is never known, or always: what is not in the records then."""
    import numpy as np

    empty = np.zeros(pair.shape, dtype=bool)
    if release.outcome is None or {first.column, second.column} != {release.decision.column, release.outcome.column}:
        return empty
    turned = first.column == release.outcome.column
    decided, came = (second, first) if turned else (first, second)
    counts, view = (pair.T, empty.T) if turned else (pair, empty)
    known = np.flatnonzero(came.where(release.outcome, (0, 1)))
    unknown = np.flatnonzero(came.where(release.outcome, (UNKNOWN,)))
    sides = {kind: np.flatnonzero(decided.where(*next(part for part in release.box((), kind)
                                                      if part[0] == release.decision)))
             for kind in ("d1", "d0")}
    some = {kind: counts[np.ix_(side, known)].sum() > 0 for kind, side in sides.items()}
    for kind, side in sides.items():
        if not counts[np.ix_(side, unknown)].any():
            view[np.ix_(side, unknown)] = True
        elif kind == "d0" and some["d1"] and not some["d0"]:
            view[np.ix_(side, known)] = True
    return empty


def _follows(first: Axis, pair: Whole) -> Flags:
    """All that is empty, where every value of the first column goes with one value of the second."""
    import numpy as np

    named = np.array([not {MISSING, OTHER} & set(value) for value in first.values]) & (pair.sum(axis=1) > 0)
    used = pair[named] > 0
    certain = len(used) > 1 and used.sum(axis=1).max() == 1 and used.any(axis=0).sum() > 1
    return (pair == 0) & named[:, None] & (pair.sum(axis=0) > 0) if certain else np.zeros(pair.shape, dtype=bool)


def _nested(first: Axis, second: Axis, pair: Whole) -> Flags:
    """Empty corners of yes × yes, and of score × yes where the one is a cut of the other (but for one place)."""
    import numpy as np

    none = np.zeros(pair.shape, dtype=bool)
    if len(first.codings) != 1 or len(second.codings) != 1 or second.codings[0].role not in ("yes", "arm"):
        return none
    kind = first.codings[0].role
    codes = {"yes": (0, 1), "arm": (0, 1), "score": range(len(first.edges) + 1)}.get(kind, ())
    corner = np.ix_(np.array([first.place[code,] for code in codes], dtype=np.int64),
                    np.array([second.place[code,] for code in (0, 1)], dtype=np.int64))
    some: Any = pair[corner] > 0
    if kind == "score":
        most = [np.flatnonzero(some[:, code]).max(initial=-1) for code in (0, 1)]
        least = [np.flatnonzero(some[:, code]).min(initial=len(some)) for code in (0, 1)]
        if most[0] > least[1] and most[1] > least[0]:
            return none
    none[corner] = ~some & some.any(axis=1)[:, None] & some.any(axis=0)
    return none

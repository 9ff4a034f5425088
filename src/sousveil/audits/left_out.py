"""Who is left out of an answer because they are few, decided so that being left out or not tells of no few people.

A part of people whose number may be known already (a label, of which a filter takes some) must not be told to be large:
of 21 people of a label, at least 20 women leave at most one man. So a part counts as few where it is small, or where
whatever it is a part of is: with a filter dropped, or with the labels that are left out. Parts are smaller the more
filters there are, so one filter dropped at a time is enough.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sousveil.audits.counts import UNKNOWN, Cell
from sousveil.audits.emptiness import SURE
from sousveil.audits.release import MISSING, OTHER, Allowed, Box, Coding, Release

__all__ = ["Said", "completed", "crossed_with", "is_few", "labels_of_few", "pooled_are_few", "told_of_sizes",
           "unknown_are_few"]

Sizes = Mapping[Cell, float]
"""How many people are in each cell, under some of the filters."""

_REST, _POOLED = 8, 4
"""Labels of few people are left out where all others have so many times the floor of people for each of them, and so
many times as many as pooled labels can have: for it must not tell how many people these few have."""


def is_few(part: float, wholes: Sequence[float], few: int, floor: int) -> bool:
    """Whether a part has fewer people than `few`, or may be told from the rest of a whole that has few more."""
    return part < few or min(wholes, default=few + 2 * floor) < few + 2 * floor


def labels_of_few(labels: Sequence[Sequence[str]], here: Sizes, wholes: Sequence[Sizes], few: int, floor: int,
                  pooled: Mapping[int, int]) -> tuple[tuple[int, str], ...]:
    """Labels of few people, of whom hardly anything can be told and who would hide what can be told of others.

    Fewer than `few`: twice the floor, so that their being left out does not tell by itself that they are fewer than
    the floor; and of a column never all labels but one, nor where the others are not many. Where a tenth of all were
    left out and no more, of 88 people 8 would be and of 89 not 9: as good as a count. So are pooled labels (of each
    column so many) of so many people that each label must have some. Of those whose label is not known, or pooled, it
    takes twice the floor for each label that they are crossed with: else a few blanks hide all men of every place.
    """
    found: list[tuple[int, str]] = []
    for place, texts in enumerate(labels):
        inside, *around = [_by_label(sizes, place, texts) for sizes in (here, *wholes)]
        found += [(place, text) for text in _left(inside, around, few, floor, pooled.get(place, 0), crossed_with(
            labels, place))]
    return tuple(found)


def _left(inside: Mapping[str, float], around: Sequence[Mapping[str, float]], few: int, floor: int, pooled: int,
          crossed: int) -> Sequence[str]:
    for parts in (crossed, 1):  # where the others are too few for what crossings take, as if nothing were crossed
        most = _few_labels(inside, around, few, floor, pooled, parts)
        others = sum(n for text, n in inside.items() if text not in most)
        if len(most) < len(inside) - 1 and others >= _enough(most, floor, pooled, parts):
            return list(most)
    return ()


def crossed_with(labels: Sequence[Sequence[str]], place: int) -> int:
    """In how many parts the labels of a column are cut by those of all others that are known."""
    return math.prod(len({*texts} - {MISSING, OTHER}) or 1 for other, texts in enumerate(labels) if other != place)


def _few_labels(inside: Mapping[str, float], around: Sequence[Mapping[str, float]], few: int, floor: int, pooled: int,
                crossed: int) -> dict[str, int]:
    """The labels of few people, and the most people that each can have and be one.

    Where each label of a column is inside the filters or outside, as places are in a region, a label's being inside
    tells nothing.
    """
    wholes = [one for one in around if not _nested(inside, one)]
    found = {}
    for text, n in inside.items():
        enough = few + _more(text, floor, crossed)
        pools = text == OTHER and pooled_are_few(n, pooled, floor)
        if pools or is_few(n, [one[text] for one in wholes], enough, floor):
            found[text] = max(enough + 2 * floor * bool(around) - 1, (floor - 1) * pooled * (text == OTHER))
    return found


def _more(text: str, floor: int, crossed: int) -> int:
    """How many more people than of other labels are few."""
    return 2 * floor * (crossed - 1) if text in (MISSING, OTHER) else 0


def _enough(few: Iterable[str], floor: int, pooled: int, crossed: int) -> int:
    """How many people all other labels of a column must have, that these are left out."""
    return sum(max(_REST * floor + 4 * _more(text, floor, crossed), _POOLED * (floor - 1) * pooled * (text == OTHER))
               for text in few)


def pooled_are_few(people: float, labels: int, floor: int) -> bool:
    """Whether people whose labels are pooled are so many that each of the labels must have some.

    Readers may know which labels a column has. Who knows of two that fewer than ten have each, and that eighteen have
    one or the other, knows how many have which.
    """
    return floor > 0 < labels and people > (floor - 1) * (labels - 1)


def _nested(inside: Mapping[str, float], around: Mapping[str, float]) -> bool:
    """Whether a filter takes all of a label or none of it, whichever it is, and not by chance."""
    share = sum(inside.values()) / max(1, sum(around.values()))
    by_chance = sum(n * (1 - share if inside[text] else share) for text, n in around.items())
    return by_chance >= SURE and all(inside[text] in (0, n) for text, n in around.items())


def _by_label(sizes: Sizes, place: int, texts: Sequence[str]) -> dict[str, float]:
    found = dict.fromkeys(texts, 0.0)
    for cell, n in sizes.items():
        found[cell.labels[place]] += n
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """Of some people, between what an answer tells that their number lies. `counted`: they are among its counts."""

    people: Box
    least: float = 0
    most: float = math.inf
    counted: bool = True


def told_of_sizes(release: Release, labels: Sequence[Sequence[str]], floor: int, count: Callable[[Box], int],
                  pooled: Mapping[str, int]) -> Iterator[Said]:
    """What an answer tells of how many people there are by being given, and by whom it leaves out.

    What a filter leaves is not few, nor is it without one of its parts; a value that is asked for has twice the floor
    in the whole table, a label that is named has it; labels that are left out are few, others are not where few would
    be left out; unknown outcomes are few where they are left out, and are not where they are told of. `count` counts a
    box, `pooled` says of a column how many labels are told as one.
    """
    where: dict[Coding, Allowed] = dict.fromkeys(release.where, (1,))
    decided: dict[Coding, Allowed] = {release.decision: (-math.inf, math.inf) if release.decision.role == "score"
                                      else (0, 1)}
    if where:
        yield Said(_box(where | decided), 2 * floor)
    for coding in release.where:
        yield Said(_box(_but(where, coding) | decided), 4 * floor)
    for coding in (release.decision, *([release.outcome] if release.outcome else []), *release.where):
        if coding.role == "yes" and coding.value:
            yield Said(_box({coding: (1,)}), 2 * floor * len(json.loads(coding.value)))
    if release.decision.role == "arm":
        yield Said(_box(where | {release.decision: (0,)}), 2 * floor)
        for coding in release.where:
            yield Said(_box(_but(where, coding) | {release.decision: (0,)}), 4 * floor)
    named = [(*texts, *(text for p, text in release.left if p == place)) for place, texts in enumerate(labels)]
    for place in range(len(release.groups)):
        yield from _told_of_labels(release, place, named, floor, count, pooled)
    if release.outcome:
        outside: dict[Coding, Allowed] = {
            release.groups[place]: frozenset(text for p, text in release.left if p == place)
            for place, _ in release.left}
        unknown = decided | {release.outcome: (UNKNOWN,)}
        if release.only_known:
            few = (4 if where or outside else 2) * floor - 1
            yield Said(_box(where | outside | unknown), 0, few, counted=False)
        else:
            yield Said(_box(where | outside | unknown), 2 * floor)
            for around in (*(_but(where, coding) | outside for coding in where), *([where] if outside else [])):
                yield Said(_box(around | unknown), 4 * floor)


def _told_of_labels(release: Release, place: int, labels: Sequence[Sequence[str]], floor: int,
                    count: Callable[[Box], int], pooled: Mapping[str, int]) -> Iterator[Said]:
    """Of the labels of a column: which are few, which are not, and whether all other people were enough to leave few
    people out. With all that, no other table that fits would have others left out.
    """
    sums = any(len(json.loads(coding.value)) > 1 for coding in release.where)
    where: dict[Coding, Allowed] = {} if sums else dict.fromkeys(release.where, (1,))
    filters = [where, *(_but(where, coding) for coding in where)]
    group = release.groups[place]
    for text in labels[place]:
        if text != OTHER:
            yield Said(_box({group: (text,)}), floor)
    left = {text for p, text in release.left if p == place}
    if len(labels[place]) < 3:
        return  # of two labels none is left out, however few have one
    inside, *around = [{text: count(_box({**some, group: (text,)})) for text in labels[place]} for some in filters]
    many, crossed = pooled.get(group.column, 0), crossed_with(labels, place)
    for parts in dict.fromkeys((crossed, 1)):
        few = _few_labels(inside, around, 2 * floor, floor, many, parts)
        for text in labels[place]:
            enough = 2 * floor + _more(text, floor, parts)
            of = [(_box({**some, group: (text,)}), enough + 2 * floor * (some is not where)) for some in filters]
            if text not in few:
                yield from (Said(people, least) for people, least in of)
                continue
            # Either is enough; where it is a part of few, how many the part has is not told.
            why = (Said(people, 0, least - 1) for people, least in reversed(of) if count(people) < least)
            yield from islice(why, 1)
            if text in left:
                yield Said(of[0][0], 0, few[text], counted=False)
        rest, others = _box({**where, group: frozenset(few)}), _enough(few, floor, many, parts)
        if left and left == {*few} and count(rest) >= others:
            yield Said(rest, others)
            return
        if 0 < len(few) < len(inside) - 1:
            yield Said(rest, 0, others - 1)


def _but(where: Mapping[Coding, Allowed], dropped: Coding) -> dict[Coding, Allowed]:
    return {coding: yes for coding, yes in where.items() if coding != dropped}


def _box(parts: Mapping[Coding, Allowed]) -> Box:
    return tuple(sorted(parts.items()))


def unknown_are_few(here: Sizes, wholes: Sequence[Sizes], everybody: Sizes, floor: int) -> bool:
    """Whether decisions without a known outcome are left out of everything: they would be a small cell in every table.

    That nobody's outcome is unknown is a fact about records where it is so of everybody.
    """
    def unknown(sizes: Sizes) -> float:
        return sum(n for cell, n in sizes.items() if cell.outcome == UNKNOWN and cell.decision != UNKNOWN)

    return unknown(everybody) > 0 and is_few(unknown(here), [unknown(one) for one in wholes], 2 * floor, floor)


def completed(cells: Mapping[Cell, float], everybody: Mapping[Cell, float]) -> dict[Cell, float]:
    """Cells, and somebody with each decision and outcome that anybody has: which of them there are is a fact about the
    records of everybody. Of those whom an answer counts alone, it would be a count.
    """
    found = dict(cells)
    seen = {(cell.decision, cell.outcome) for cell, n in cells.items() if n}
    for decision, outcome in sorted({(cell.decision, cell.outcome) for cell, n in everybody.items() if n} - seen):
        alike = [cell for cell in cells if cell.decision == decision] or list(cells)
        if alike:
            like = max(alike, key=lambda cell: cells[cell])
            cell = Cell(like.labels, like.band, decision, outcome)
            found[cell] = max(found.get(cell, 0), 1)
    return found

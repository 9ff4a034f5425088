"""Who is left out of an answer because they are few, decided so that being left out or not tells of no few people.

A part of people whose number may be known already (a label, of which a filter takes some) must not be told to be large:
of 21 people of a label, at least 20 women leave at most one man. So a part counts as few where it is small, or where
whatever it is a part of is: with a filter dropped, or with the labels that are left out. Parts are smaller the more
filters there are, so one filter dropped at a time is enough.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from sousveil.audits.counts import UNKNOWN, Cell
from sousveil.audits.joint import SURE
from sousveil.audits.release import OTHER, Allowed, Box, Coding, Release

__all__ = ["completed", "is_few", "labels_of_few", "pooled_are_few", "told_of_sizes", "unknown_are_few"]

Sizes = Mapping[Cell, float]
"""How many people are in each cell, under some of the filters."""


def is_few(part: float, wholes: Sequence[float], few: int, floor: int) -> bool:
    """Whether a part has fewer people than `few`, or may be told from the rest of a whole that has few more."""
    return part < few or min(wholes, default=few + 2 * floor) < few + 2 * floor


def labels_of_few(labels: Sequence[Sequence[str]], here: Sizes, wholes: Sequence[Sizes], few: int, floor: int,
                  pooled: Mapping[int, int]) -> tuple[tuple[int, str], ...]:
    """Labels of few people, of whom hardly anything can be told and who would hide what can be told of others.

    Fewer than `few`: twice the floor, so that their being left out does not tell by itself that they are fewer than
    the floor; and of a column at most a tenth of all people here, and never all labels but one. Where each label of a
    column is inside the filters or outside, as places are in a region, a label's being inside tells nothing. So are
    pooled labels (of each column so many) of so many people that each label must have some.
    """
    found: list[tuple[int, str]] = []
    people = sum(here.values())
    for place, texts in enumerate(labels):
        inside, *around = [_by_label(sizes, place, texts) for sizes in (here, *wholes)]
        around = [one for one in around if not _nested(inside, one)]
        tiny = [text for text in texts if is_few(inside[text], [one[text] for one in around], few, floor)
                or (text == OTHER and pooled_are_few(inside[text], pooled.get(place, 0), floor))]
        if 10 * sum(inside[text] for text in tiny) <= people and len(tiny) < len(texts) - 1:
            found += [(place, text) for text in tiny]
    return tuple(found)


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


def told_of_sizes(release: Release, labels: Sequence[Sequence[str]], floor: int) -> Iterator[tuple[Box, int, float]]:
    """What an answer tells by being given, and by whom it leaves out: people, the least and the most that they are.

    What a filter leaves is not few, nor is it without one of its parts; a value that is asked for, or a label that is
    named, has as many people as the floor in the whole table; labels that are left out are few, others are not where
    few would be left out; unknown outcomes are few where they are left out, and are not where they are told of.
    """
    where: dict[Coding, Allowed] = dict.fromkeys(release.where, (1,))
    sums = any(len(json.loads(coding.value)) > 1 for coding in release.where)
    decided: dict[Coding, Allowed] = {release.decision: (-math.inf, math.inf) if release.decision.role == "score"
                                      else (0, 1)}
    if where:
        yield _box(where | decided), 2 * floor, math.inf
    for coding in release.where:
        yield _box({one: yes for one, yes in where.items() if one != coding} | decided), 4 * floor, math.inf
    for coding in (release.decision, *([release.outcome] if release.outcome else []), *release.where):
        if coding.role == "yes" and coding.value:
            yield _box({coding: (1,)}), floor * len(json.loads(coding.value)), math.inf
    if release.decision.role == "arm":
        yield _box(where | {release.decision: (0,)}), floor, math.inf
    yield from _told_of_labels(release, labels, floor, {} if sums else where)
    if release.outcome:
        outside: dict[Coding, Allowed] = {
            release.groups[place]: frozenset(text for p, text in release.left if p == place)
            for place, _ in release.left}
        unknown = _box(where | outside | decided | {release.outcome: (UNKNOWN,)})
        few = (4 if where or outside else 2) * floor - 1
        yield (unknown, 0, few) if release.only_known else (unknown, 2 * floor, math.inf)


def _told_of_labels(release: Release, labels: Sequence[Sequence[str]], floor: int, where: Mapping[Coding, Allowed]
                    ) -> Iterator[tuple[Box, int, float]]:
    few = (4 if where else 2) * floor - 1
    for place, group in enumerate(release.groups):
        left = [text for p, text in release.left if p == place]
        for text in left:
            yield _box({**where, group: (text,)}), 0, few
        for text in labels[place]:
            if left or len(labels[place]) > 2:
                yield _box({**where, group: (text,)}), 2 * floor, math.inf
            if text != OTHER:
                yield _box({group: (text,)}), floor, math.inf


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

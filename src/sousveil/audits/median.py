"""The median of a score as the cut of a filing, and what it tells of people: about half are on either side.

Fewer than half of all have less than the person in the middle has, and at least half have no more. Who knows how many
have each other number could tell from this how many have that one: so it is a limit of the system that further answers
are decided with, as if readers knew which number that is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from sousveil.audits import numbers, sql
from sousveil.audits.describe import Ask
from sousveil.audits.question import Question
from sousveil.audits.release import Release
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["Middles", "median", "middles"]

_PARTS = 20
"""Whole scores are rounded so that there are so many round numbers, or fewer, between all but a few of them."""

Middles = dict[str, tuple[float, float]]
"""By columns of scores: fewer than half have less than the first number, and at least half less than the second."""


def middles(ask: Ask, raw: Source, question: Question, releases: Iterable[Release]) -> Middles:
    """Of the scores that some releases cut at their median, where the middle is. It is not kept: it may be one
    person's.
    """
    found = {}
    for column in dict.fromkeys(release.decision.column for release in releases if release.middle):
        _, low, high = median(ask, numbers.plain(ask, raw, question, [column]), column, question)
        if low < high:
            found[column] = low, high
    return found


def median(ask: Ask, found: Source, column: str, question: Question) -> tuple[float, float, float]:
    """A round number above the median of a score, so that about half are at or above it; and where the middle is.

    How round it is goes by how far scores spread, not by how many people have which: that would tell of those near the
    middle. It is rounder where scores are whole, as incomes are: the next whole number would tell what the person in
    the middle has.
    """
    score = sql.number(column)
    people = sql.whole(question.counts) if question.counts else "1"
    each = (f"WITH few AS (SELECT {score} AS s, {people} AS w FROM {found.sql}), "
            "each AS (SELECT s, sum(w) AS n FROM few WHERE s IS NOT NULL GROUP BY s HAVING sum(w) > 0) ")
    row = ask(f"{each}, placed AS (SELECT s, sum(n) OVER (ORDER BY s) AS upto, sum(n) OVER () AS n FROM each) "
              "SELECT min(s) FILTER (2 * upto >= n), coalesce(bool_and(s = floor(s)), true), min(s), max(s), "
              f"min(s) FILTER (upto >= {question.floor}), max(s) FILTER (n - upto >= {question.floor}) FROM placed")[0]
    middle, whole, least, most, low, high = row
    if middle is None:
        raise InputError(Problem(found.name, 0, 0, f'column "{column}" has no values'))
    span = (high - low) if low is not None and high is not None and high > low else most - least
    if not whole:
        step = 10.0 ** math.floor(math.log10(span / 200)) if span > 0 else 1.0
        cut = _above(middle, step)
        return cut, float(f"{cut - step:.12g}"), cut
    width = min((k * 10.0**p for p in range(24) for k in (1, 2, 5) if k * 10**p >= span / _PARTS), default=1.0)
    return _above(middle, width), float(middle), float(middle) + 1


def _above(middle: float, step: float) -> float:
    """The first multiple of a step above a number."""
    return float(f"{(math.floor(middle / step) + 1) * step:.12g}")



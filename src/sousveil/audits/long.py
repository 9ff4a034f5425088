"""Tables in which everybody stands several times: once as a woman, once as young, once as born abroad.

Such a table has a column that names the attribute and one with its values. Counted as it stands, everybody is counted
once for each attribute. It is known by this: each value belongs to one attribute, and every attribute has all people.
"""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.audits import sql
from sousveil.audits.describe import Ask
from sousveil.audits.question import Question
from sousveil.audits.release import picked
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["check"]

_MOST_ATTRIBUTES = 30
_LOOKED_AT = 20_000
_ALIKE = 0.005
"""Attributes of the same people have the same totals, but for a few blanks; regions hardly ever do so."""

_NAMES = ("attribute", "attributes", "characteristic", "dimension", "breakdown", "variable", "demographic", "merkmal",
          "eigenschaft", "kenmerk", "caractéristique", "característica", "caratteristica", "cecha", "egenskap", "属性")
"""What a column of attributes is called."""


def check(ask: Ask, found: Source, question: Question, distinct: Mapping[str, int]) -> None:
    """Raises InputError, with the way out, where the table stands on several attributes. `distinct`: about how many
    values each column has."""
    held = {picked(text)[0] for text in question.where}
    parts = {name for name in question.columns if name not in question.groups}
    for group in question.groups:
        for name, many in distinct.items():
            if name in held or name in parts or name == group or not 2 <= many <= _MOST_ATTRIBUTES:
                continue
            if many < distinct[group] and _several(ask, found, question, name, group):
                raise InputError(Problem(found.name, 0, 0, (
                    f'column "{group}" has the groups of several attributes, and column "{name}" says of which: '
                    f'everybody would be counted once for each. Choose one: --where "{name}=VALUE"')))


def _several(ask: Ask, found: Source, question: Question, name: str, group: str) -> bool:
    people = sql.whole(question.counts) if question.counts else "1"
    first = _pairs(ask, f"(SELECT * FROM {found.sql} LIMIT {_LOOKED_AT})", name, group, people)
    if not _nested(first):
        return False
    labels, groups, attributes, fewest, least, most = _pairs(ask, found.sql, name, group, people)
    alike = most and (most - least) <= _ALIKE * most
    return _nested((labels, groups, attributes, fewest)) and bool(alike or name.strip().casefold() in _NAMES)


def _nested(pairs: tuple[int, ...]) -> bool:
    """Whether each group belongs to one attribute, and each attribute has at least two groups."""
    both, groups, attributes, fewest = pairs[:4]
    return both == groups and attributes >= 2 and fewest >= 2


def _pairs(ask: Ask, table: str, name: str, group: str, people: str) -> tuple[int, ...]:
    """How many pairs, groups and attributes there are, the fewest groups of one, and the least and largest total."""
    found: tuple[int, ...] = ask(
        f"WITH few AS (SELECT {sql.text(name)} AS a, {sql.text(group)} AS b, sum({people}) AS n FROM {table} "
        f"WHERE {sql.text(name)} <> '' AND {sql.text(group)} <> '' GROUP BY 1, 2), "
        "whole AS (SELECT a, count(*) AS k, sum(n) AS n FROM few GROUP BY 1) "
        "SELECT (SELECT count(*) FROM few), (SELECT count(DISTINCT b) FROM few), count(*), coalesce(min(k), 0), "
        "coalesce(min(n), 0), coalesce(max(n), 0) FROM whole")[0]
    return found

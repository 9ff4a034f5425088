"""What a file is, before anything of it is counted: rows, kinds of values, and whether the guard lets it pass.

Everything here is a question to the database that is answered in counts and shares. Python sees no value of a row, but
for the ends of the range that all but a floor of people's scores have. No message tells how many rows it is about: with
a column of one's choice, that would count people past the floor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.audits import bands, sql
from sousveil.audits.guard import SHAPES, Traits, check_columns
from sousveil.audits.question import Question
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["Ask", "Described", "Scores", "described"]

Ask = Callable[[str], list[tuple[Any, ...]]]
"""A question to the database."""

_SAMPLE = 20_000

_FULL = 0.3
"""Of all combinations of groups, decisions and outcomes, the share that a table of counts has rows for, at least."""

_PER_KIND, _FEW_KINDS = 1.2, 3
"""Of each combination of the columns that are not asked about, a table of counts has several rows, by decisions and
groups: so many on average at least, where there are more combinations than a few. A list of people has one."""

_MANY_CELLS = 20
"""A table of counts with fewer rows than this need not be complete: it is read at a glance."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score over the whole file: its ends, whether it is all whole numbers, how many values, its fine steps."""

    least: float
    most: float
    whole: bool
    values: int
    fine: bands.Steps


@dataclass(frozen=True, slots=True)
class Described:
    """The score, if there is one, about how many values each column has, and which look like identifiers and are kept.
    """

    scores: Scores | None
    distinct: Mapping[str, int]
    kept: frozenset[str] = frozenset()


def described(ask: Ask, found: Source, columns: Sequence[str], question: Question) -> Described:
    """Raises InputError for what is no such table, BoundaryError for what is not taken."""
    parts = ["count(*)"]
    for name in columns:
        text = sql.text(name)
        parts += [f"count({text})", f"approx_count_distinct({text})"]
        parts.append(f"count(*) FILTER (contains({text}, chr(10)))")
    facts = sql.facts(question)
    row = ask(f"SELECT {', '.join([*parts, *facts])} FROM {found.sql}")[0]
    rows, stats, facts_found = row[0], row[1:-len(facts)], row[-len(facts):]
    if not rows:
        raise InputError(Problem(found.name, 0, 0, "has no rows"))
    broken = next((name for i, name in enumerate(columns) if stats[3 * i + 2]), None)
    if broken is not None:
        raise InputError(Problem(found.name, 0, 0, f'column "{broken}" has line breaks inside values; '
                                                   "a table of decisions has none"))
    shapes = _shapes(ask, found, columns, rows)
    # Rows, not what rows stand for: a column of payments must not make a list of people look like a table.
    traits = {name: Traits(stats[3 * i], min(stats[3 * i + 1], stats[3 * i]), *shapes[i])
              for i, name in enumerate(columns)}
    kept = check_columns(traits, question)
    _check_numbers(found.name, question, facts_found)
    if question.counts:
        _check_counts(ask, found, columns, question)
    return Described(_scores(ask, found, question, facts_found) if question.score else None,
                     {name: known.distinct for name, known in traits.items()}, kept)


def _check_numbers(name: str, question: Question, facts: tuple[Any, ...]) -> None:
    """Raises InputError when counts are no counts, weights no weights or scores no numbers."""
    people, bad, bad_scores, _, least, _ = facts
    numbers, what = ((question.weight, "no weight (a number from 0)") if question.weight else
                     (question.counts, "no count (a whole number from 0)"))
    problems = [Problem(name, 0, 0, f'column "{column}" has {words} in some rows')
                for column, wrong, words in ((numbers, bad, what), (question.score, bad_scores, "no number")) if wrong]
    if question.score and least is None and not bad_scores:
        problems.append(Problem(name, 0, 0, f'column "{question.score}" has no values'))
    nothing = people <= 0 and not question.weight  # weights of nothing are told of with those that are alike
    if numbers and not bad and (nothing or people >= 1e15):
        what = "weights" if question.weight else "counts"
        problems.append(Problem(name, 0, 0, f"the {what} add up to " + ("nothing" if nothing else
                                                                        "more people than there are")))
    if problems:
        raise InputError(problems)


def _check_counts(ask: Ask, found: Source, columns: Sequence[str], question: Question) -> None:
    """Raises InputError when a table of counts has several rows for one combination, or far too few combinations."""
    counted = [name for name in question.columns if name != question.counts]
    others = [name for name in columns if name != question.counts]
    beside = [name for name in others if name not in counted or name == question.score]
    rows, different, used, possible, kinds, most = ask(sql.table_of_counts(found.sql, others, counted, beside))[0]
    if different < rows:
        raise InputError(Problem(found.name, 0, 0, (
            f'has several rows that differ in column "{question.counts}" alone: a table of counts has one row for each '
            "combination of the other columns. If a row is one person and the column says how many that person stands "
            f"for in a survey: --weight {question.counts}")))
    # Where rows are people, what some column says of them (their income) would be told as if it were how many.
    alone = kinds > _FEW_KINDS and _PER_KIND * kinds > rows
    if alone or (rows >= _MANY_CELLS and _PER_KIND * most > rows):
        raise InputError(Problem(found.name, 0, 0, (
            "has hardly two rows that are alike in anything but decisions and groups, as a list of people has: column "
            f'"{question.counts}" cannot say how many a row stands for. Leave --counts out, or leave out the columns '
            "in which rows differ (--drop) and add rows up")))
    if rows >= _MANY_CELLS and used < _FULL * possible:
        raise InputError(Problem(found.name, 0, 0, (
            "has rows for few of the combinations of groups, decisions and outcomes: that is a list, not a table of "
            "counts. Write the rows of zero too, or name coarser group columns")))


def _scores(ask: Ask, found: Source, question: Question, facts: tuple[Any, ...]) -> Scores:
    least, most, values = ask(sql.inner(found.sql, question))[0]
    if least is None or most is None or least > most:  # fewer people than the floor: then one band is enough
        least = most = question.cut
    whole = not facts[3]
    steps = bands.fine(float(least), float(most), whole)
    if steps is None:
        raise InputError(Problem(found.name, 0, 0, f'column "{question.score}" has scores too far apart, or too near '
                                                   "to each other, to be cut into bands"))
    return Scores(facts[4], facts[5], whole, values, steps)


def _shapes(ask: Ask, found: Source, columns: Sequence[str], rows: int) -> list[tuple[Any, ...]]:
    """For every column what `Traits` says of a sample of its values: all of them, or about twenty thousand."""
    sample = f" USING SAMPLE {100 * _SAMPLE / rows:.6f} PERCENT (system, 1)" if rows > _SAMPLE else ""
    chosen = ", ".join(f"{sql.text(name)} AS c{i}" for i, name in enumerate(columns))
    ask(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT {chosen} FROM {found.sql}{sample}")
    # Columns one below the other: every pattern is made ready once, and not once for each of them.
    cells = ", ".join(f"c{i}" for i in range(len(columns)))
    shapes = ", ".join(sql.traits("v", [shape.pattern for shape in SHAPES]))
    known = {i: traits for i, *traits in ask(
        f"SELECT i, {shapes} FROM (SELECT unnest([{cells}]) AS v, unnest(range({len(columns)})) AS i FROM sampled) "
        "GROUP BY i")}
    ask("DROP TABLE sampled")
    result = []
    for i in range(len(columns)):
        numbers, *matches, many, dated, years, located, named = known.get(i) or [0.0] * (len(SHAPES) + 6)
        result.append((numbers, tuple(matches), many, dated, years, located, named))
    return result

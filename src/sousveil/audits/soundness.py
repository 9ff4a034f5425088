"""Whether what was counted can be answered from: yes and no, two arms, groups that are not too fine, their labels."""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.audits import sql
from sousveil.audits.counts import UNKNOWN, Cell, Counts
from sousveil.audits.describe import Ask, Described
from sousveil.audits.guard import check_fineness, check_rarity
from sousveil.audits.guard import check_labels as check_shapes
from sousveil.audits.left_out import is_few
from sousveil.audits.question import Question
from sousveil.audits.release import OTHER, Coding, chosen
from sousveil.audits.source import Source
from sousveil.errors import BoundaryError, InputError, Problem

__all__ = ["MOST_LABELS", "check_arms", "check_cells", "check_labels", "check_weights", "has_few",
           "too_few"]

MOST_LABELS = 400
"""A column of groups with more labels than this is read by nobody."""


def has_few(ask: Ask, found: Source, coding: Coding, question: Question) -> bool:
    """Whether hardly anybody has one of the values to be counted as yes: it may be spelled otherwise.

    Fewer than twice the floor, as of those whom a filter leaves: by two thresholds one could measure.
    """
    return any(people < 2 * question.floor for people in ask(sql.carried(found.sql, coding, question.counts))[0])


def check_cells(ask: Ask, name: str, question: Question) -> None:
    """Raises InputError for decisions or outcomes that are not binary, BoundaryError for groups too fine.

    Whether a filter leaves enough people is asked last, by whoever knows what was told before: else every other reason
    why nothing is told would say that it does. And whether groups are too fine is asked of the whole table: of a filter
    that leaves one person, it would tell whether that one has a label of few.
    """
    bad = ask("SELECT count(*) FILTER (d = -1), count(*) FILTER (y = -1) FROM cells")
    problems = [Problem(name, 0, 0, f'column "{column}" is not yes or no (0/1, true/false, yes/no) in some rows; to '
                                    f'say which values mean yes: {option} "{column}=VALUE,VALUE"')
                for option, column, count in zip(("--decision", "--outcome"), (question.decision, question.outcome),
                                                 bad[0], strict=True) if count]
    if problems:
        raise InputError(problems)
    places = range(len(question.groups))
    few = "".join(f", count(DISTINCT g{i})" for i in places)
    singles, cells, decided, *labels = ask(
        f"SELECT count(*) FILTER (n = 1), count(*) FILTER (n > 0), coalesce(sum(n), 0){few} FROM (SELECT "
        + "".join(f"g{i}, " for i in places)
        + f"d, y, sum({'a' if question.where else 'n'}) AS n FROM cells WHERE d <> {UNKNOWN} GROUP BY ALL)")[0]
    if not question.where:
        if not decided:
            raise InputError(Problem(name, 0, 0, f'column "{question.decided_by}" is missing in every row'))
        if decided < question.floor:
            raise InputError(Problem(name, 0, 0,
                                     f"has fewer than {question.floor} decisions: nothing of it can be told"))
    check_fineness(singles, cells, question.floor)
    for name, number in zip(question.groups, labels, strict=True):
        if number > MOST_LABELS:
            raise InputError(f'column "{name}" has more than {MOST_LABELS} groups; put a coarser column there')


def too_few(ask: Ask, question: Question, code: int | None = None) -> bool:
    """Whether filters leave too few decisions (of one `code`), or a part of too few, with one filter dropped. There is
    one threshold: by two one could measure.
    """
    which = f"d <> {UNKNOWN}" if code is None else f"d = {code}"
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in ("n", *sql.wholes(len(question.where))))
    here, *around = ask(f"SELECT {sums} FROM cells WHERE {which}")[0]
    return is_few(here, around[:-1], 2 * question.floor, question.floor)


def check_arms(ask: Ask, found: Source, question: Question) -> None:
    """Raises InputError when there are not two arms. Nothing is said of values that few people have."""
    ((arms,),) = ask(sql.arms(found.sql, question.selection))
    if arms > 2 and not any(coding.column == question.selection for coding in map(chosen, question.where)):
        raise InputError(Problem(found.name, 0, 0, (
            f'column "{question.selection}" has more than two values: a random-control design compares one selected '
            f'arm with one drawn at random. Name these two: --where "{question.selection}=VALUE,{question.control}"')))


def check_weights(ask: Ask, found: Source, question: Question) -> None:
    """Raises BoundaryError where all people of the table, or all but a few, have one weight: a weighted share beside
    the counts would tell what was decided about those few. Asked of one group or filter after the other, it would count
    them. Whether there are any is not told either.
    """
    ((told,),) = ask(
        f"WITH few AS (SELECT {sql.number(question.weight)} AS w, count(*) AS n FROM {found.sql} GROUP BY 1) "
        f"SELECT sum(n) - max(n) < {question.floor} FROM few")
    if told:
        raise BoundaryError(f'in column "{question.weight}" all people, or all but a few, have one weight: weighted '
                            "shares beside counts would tell what was decided about those few. Ask without --weight")


def check_labels(counts: Counts, everybody: Mapping[Cell, int], question: Question, whole: Described) -> frozenset[str]:
    """Raises BoundaryError for labels that look like identifiers, or that are so rare that they nearly are. Which
    columns look like identifiers, by values or labels, and are kept.
    """
    kept = set(whole.kept)
    people = sum(everybody.values())
    for place, column in enumerate(question.groups):
        rare = sum(n for cell, n in everybody.items() if cell.labels[place] == OTHER)
        check_rarity(column, rare, people, whole.distinct[column])
        try:
            check_shapes(column, counts.labels[place])
        except BoundaryError:
            if column not in question.keep:
                raise
            kept.add(column)
    return frozenset(kept)

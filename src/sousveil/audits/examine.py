"""From a file and a question to an `Audit`: counts, what of them may be printed, the measures that rest on those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sousveil.audits import checks, control, metrics
from sousveil.audits.counts import Counts, Group, label
from sousveil.audits.question import Question
from sousveil.audits.read import Ranking, Reading, read
from sousveil.audits.suppress import Printed, printed
from sousveil.errors import InputError, did_you_mean
from sousveil.measures.measures import Measures

__all__ = ["Audit", "audit", "of_counts"]


@dataclass(frozen=True)
class Audit:
    """What an audit came to. Nothing in it is about one person.

    question    what was asked
    printed     the counts that may be printed
    references  whom the groups are compared with, by place of the group columns
    measures    every rate, comparison and check, each with its interval and the method of it
    left_out    what of the table was not counted, in words
    """

    question: Question
    printed: Printed
    references: Mapping[tuple[int, ...], Group]
    measures: Measures
    left_out: tuple[str, ...]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that anything is printed of, as the measures name them."""
        return tuple(label(self.printed.counts.columns, group) for group in metrics.visible(self.printed))

    @cached_property
    def withheld(self) -> int:
        """How many counts are withheld."""
        return sum(value is None for value in self.printed.values.values())


def audit(path: str | Path, question: Question) -> Audit:
    """The audit of a file of decisions, or of counts of decisions. MODEL.md section 9.

    Raises InputError for a file that is not such a table or lacks a column, and BoundaryError for a table that carries
    direct identifiers or is cut so fine that its cells are persons. No error quotes a value of the table.
    """
    return _audit(read(path, question), question)


def of_counts(counts: Counts, question: Question) -> Audit:
    """The audit of counts that are at hand, for example published ones."""
    return _audit(Reading(counts, {}, 0, 0), question)


def _audit(reading: Reading, question: Question) -> Audit:
    shown = printed(reading.counts, question.floor)
    chosen = metrics.references(shown, _wanted(shown, question))
    rankings: Mapping[Group, Ranking] = reading.rankings
    if question.population is not None:
        found = [*control.measures(shown, chosen, question.population), *checks.swedish(shown, "d0")]
    else:
        found = [*metrics.measures(shown, chosen, rankings), *checks.four_fifths(shown), *checks.swedish(shown)]
    return Audit(question, shown, chosen, Measures(tuple(found)), _left_out(reading, question))


def _wanted(shown: Printed, question: Question) -> dict[int, str]:
    """The references asked for, by place of the column. Raises InputError for a label that no printed group has."""
    columns = shown.counts.columns
    known: dict[str, list[Group]] = {}
    for group in metrics.visible(shown):
        if len(group) == 1:
            for name in (group[0][1], label(columns, group)):
                known.setdefault(name, []).append(group)
    wanted: dict[int, str] = {}
    for name in question.reference:
        groups = known.get(name, [])
        if not groups:
            raise InputError(f'no group that can be printed is called "{name}"{did_you_mean(name, list(known))}')
        if len(groups) > 1:
            options = ", ".join(label(columns, group) for group in groups)
            raise InputError(f'"{name}" is a group of more than one column; say which: {options}')
        place, text = groups[0][0]
        if place in wanted:
            raise InputError(f'--reference names two groups of column "{columns[place]}"; one is enough')
        wanted[place] = text
    return wanted


def _left_out(reading: Reading, question: Question) -> tuple[str, ...]:
    """Decisions that were not counted, in words that tell no small number."""
    def some(number: int) -> str:
        return f"{number:,}" if number >= question.floor else f"fewer than {question.floor}"

    column = question.decision or question.score or question.selection
    found = []
    if reading.undecided:
        found.append(f'{some(reading.undecided)} decisions have no value in column "{column}" and are not counted')
    if 0 < reading.unknown < question.floor:
        found.append(f"{some(reading.unknown)} decisions have no known outcome and are not counted")
    elif reading.unknown:
        found.append(f"{reading.unknown:,} decisions have no known outcome; they count for rates of selection alone"
                     if reading.counts.partly_known and reading.unknown >= question.floor else
                     "some decisions have no known outcome")
    return tuple(found)

"""What is asked of a table: which column plays which part. A value, checked when it is made."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sousveil.audits.release import picked
from sousveil.errors import InputError

__all__ = ["FLOOR", "LEAST_FLOOR", "LOW_FLOOR", "MOST_GROUPS", "Question"]

FLOOR = 10
"""Counts below it are not printed, unless told otherwise."""

LOW_FLOOR = 5
"""A floor under this needs a reason in words: four people can know each other."""

LEAST_FLOOR = 3
"""The least floor of all: in a cell of two, each can tell the other's."""

MOST_FLOOR = 1_000_000

MOST_GROUPS = 3
"""More group columns than this cut people into cells too small to be told of."""

_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

_WORDS = 4
"""A reason is a sentence: it has at least so many words."""


@dataclass(frozen=True, slots=True)
class Question:
    """Columns by the part they play. Raises InputError when they do not go together.

    decision    0/1, true/false or yes/no, or `column=value,value`: these values mean selected, others not; or else
                `score` with `cut`: at or above it is selected
    outcome     what turned out to be so, coded like the decision; may be missing for some or all
    groups      columns of groups; their intersections are counted too
    counts      the column that says how many decisions a row stands for; then the table is one of counts
    weight      the column of weights for estimates, of a survey; a row is still one person, and people are counted
    reference   labels the others are compared with: `men`, or `sex=men`; by default each column's largest group
    where       `column=value`, or several values with commas: only people are counted who have one of them; of the
                column of `selection` the two arms that are compared
    sheet       of a workbook, the sheet
    decimal     `point` or `comma`: which of them marks decimals, where numbers do not say so themselves
    rounded     with `counts`: counts are rounded to multiples of this, which every interval knows
    form        `ll144` or `eeoc`: the lines of a filing, too; with ll144 a score needs no cut: its median is one
    given       a column (it becomes one of `groups`): people are compared within its values
    logistic    a logistic regression on all columns of groups, too; with `clusters` (one of `groups` then) errors by it
    power       a gap, in (0, 1): what gap could have been seen, and how many decisions show this one
    drop        columns that are never read, as if they were not there
    keep        columns that look like identifiers and are none, for the reason that `because` gives
    because     a sentence: why an exception is right (`keep`, or a floor under 5); it stands in the report
    other_people  a sentence: why these are other people than those of a table that comes nearly to the same totals
    floor       counts below it are not printed: at least 3; under 5 needs `because`
    selection   with `control`: the column that says how a person was chosen, and the value that means "at random"
    population  with `control`: how many people the arms were chosen from
    """

    decision: str = ""
    score: str = ""
    cut: float | None = None
    outcome: str = ""
    groups: tuple[str, ...] = ()
    counts: str = ""
    weight: str = ""
    reference: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    because: str = ""
    floor: int = FLOOR
    selection: str = ""
    control: str = ""
    population: int | None = None
    where: tuple[str, ...] = ()
    sheet: str = ""
    decimal: str = ""
    rounded: int = 0
    form: str = ""
    given: str = ""
    logistic: bool = False
    clusters: str = ""
    power: float | None = None
    other_people: str = ""

    def __post_init__(self) -> None:
        # Whatever people are compared within is crossed with the groups: it is one of the columns of the release.
        more = filter(None, (self.given, self.clusters))
        object.__setattr__(self, "groups", tuple(dict.fromkeys((*self.groups, *more))))
        problem = self._obeyed() or self._selects() or self._counted() or self._excepted() or self._distinct()
        if problem:
            raise InputError(problem)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is counted over, in a fixed order."""
        named = (picked(self.decision)[0], self.score, self.selection, picked(self.outcome)[0], *self.groups,
                 self.counts, self.weight)
        return tuple(name for name in named if name)

    @property
    def named(self) -> tuple[str, ...]:
        """What was typed as column=value: of a decision, an outcome, and of filters that take several values."""
        decided = [text for text in (self.decision, self.outcome) if picked(text)[1]]
        return (*decided, *(text for text in self.where if len(picked(text)[1]) > 1))

    @property
    def sums(self) -> bool:
        """Whether a filter takes people of several values: of sums that one may choose, thresholds tell much."""
        return any(len(picked(text)[1]) > 1 for text in self.where)

    @property
    def decided_by(self) -> str:
        """The column that says how people were selected."""
        return picked(self.decision)[0] or self.score or self.selection

    def _obeyed(self) -> str:
        """No page, table or terminal in which an answer is read is to obey what was typed."""
        texts = (self.decision, self.score, self.outcome, *self.groups, self.counts, self.weight, *self.reference,
                 *self.keep, self.because, self.selection, self.control, *self.where, self.sheet, self.other_people)
        bad = next((text for text in texts if _OBEYED.search(text)), None)
        return "" if bad is None else (f'"{_OBEYED.sub("?", bad)}" has a line break or another control character: '
                                       "rename the column or the value in the table")

    def _selects(self) -> str:
        if sum(map(bool, (self.decision, self.score, self.selection))) != 1:
            return ("say how people were selected, in one way: --decision COLUMN, or --score COLUMN with --cut NUMBER, "
                    "or --selection COLUMN with --control VALUE")
        if bool(self.score) != (self.cut is not None) and not (self.score and self.form == "ll144"):
            return "--score and --cut go together: a person is selected at or above the cut"
        if self.cut is not None and not math.isfinite(self.cut):
            return "--cut must be a number"
        if bool(self.selection) != bool(self.control) or bool(self.selection) != (self.population is not None):
            return ("--selection, --control and --population go together: the column of the arms, the value that means "
                    "chosen at random, and how many people both arms were chosen from")
        if problem := self._filtered():
            return problem
        if self.selection and not self.outcome:
            return "a random-control design needs --outcome"
        return ""

    def _filtered(self) -> str:
        for text in self.where:
            column, values = picked(text)
            if not column or not values:
                return f'--where "{text}": expected column=value, or column=value,value for several'
            if column in self.groups and len(values) == 1:
                return f'--where "{text}" leaves one group of column "{column}": take it out of --groups'
            if self.selection and column == self.selection and len(values) == 2 and self.control in values:
                continue  # of several arms the two that are compared
            if column in (self.decided_by, picked(self.outcome)[0], self.counts, self.weight):
                return (f'--where "{text}": the column plays another part already; a filter names a column that says '
                        "whom the decisions are about")
        return ""

    def _more(self) -> str:
        """Whether what is worked out besides goes with the rest."""
        if self.form and self.form not in ("ll144", "eeoc"):
            return f'--form "{self.form}": expected ll144 or eeoc'
        if self.form and (not self.groups or self.selection):
            return "--form needs --groups (the columns of sex and race), and decisions or a score about everybody"
        if self.clusters and not self.logistic:
            return "--clusters goes with --logistic: its errors are by cluster"
        others = [name for name in self.groups if name != self.clusters]
        if self.logistic and (not others or self.selection or self.weight):
            return "--logistic needs --groups, and decisions or a score that are not weighted"
        if self.given and (len(others) < 2 or self.selection or self.weight):
            return "--given needs --groups beside it, and decisions or a score that are not weighted"
        if self.power is not None and (not others or self.selection):
            return "--power needs --groups, and decisions or a score about everybody"
        if self.power is not None and not 0 < self.power < 1:
            return "--power is a gap between two shares, such as 0.05 for five points"
        return ""

    def _counted(self) -> str:
        if self.population is not None and self.population < 1:
            return "--population must be at least 1"
        if self.counts and self.weight:
            return ("--counts and --weight do not go together: --counts is for a table in which a row stands for many "
                    "decisions, --weight for one in which a row is one person who was drawn for a survey")
        if problem := self._more():
            return problem
        if self.decimal not in ("", "point", "comma"):
            return f'--decimal "{self.decimal}": expected point or comma'
        if self.rounded and (self.rounded < 2 or not self.counts):
            return "--rounded says to what base the counts of a table are rounded, such as 10; it goes with --counts"
        if self.weight and self.selection:
            return "--weight and --control do not go together: both arms count as they were drawn"
        if self.floor < LEAST_FLOOR:
            return f"--floor must be at least {LEAST_FLOOR}: in a group of two, each can tell the other's decision"
        if self.floor > MOST_FLOOR:
            return f"--floor is at most {MOST_FLOOR:,}: nobody is a small group above that"
        return ""

    def _excepted(self) -> str:
        excepted = bool(self.keep) or self.floor < LOW_FLOOR
        if excepted and len(self.because.split()) < _WORDS:
            what = "--keep" if self.keep else f"a floor under {LOW_FLOOR}"
            return (f'{what} needs --because "...": a sentence that says why this tells of nobody; it is printed in '
                    "the report")
        if self.other_people and len(self.other_people.split()) < _WORDS:
            return ("--other-people needs a sentence that says whom this table is about, and whom the one before was; "
                    "it is printed in the report")
        if self.because and not excepted:
            return f"--because goes with --keep or with a floor under {LOW_FLOOR}; without them nothing needs a reason"
        return ""

    def _distinct(self) -> str:
        if len(self.groups) > MOST_GROUPS:
            return f"--groups takes at most {MOST_GROUPS} columns: more would cut people into cells too small"
        names = self.columns
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            return f'column "{twice}" is named for two parts; each column plays one'
        both = next((name for name in self.keep if name in self.drop), None)
        if both is not None:
            return f'column "{both}" is both kept and dropped'
        filters = [picked(text)[0] for text in self.where]
        dropped = next((name for name in (*names, *filters) if name in self.drop), None)
        return f'column "{dropped}" is both used and dropped' if dropped is not None else ""

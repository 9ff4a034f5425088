"""From a file and a question to an `Audit`: counts, what of them may be printed, the measures that rest on those."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

from sousveil.audits import checks, control, filing, given, ledger, logistic, metrics, power, ranking
from sousveil.audits.bounds import bounds
from sousveil.audits.counts import Cell, Counts, Group, Margin, Printed, declared, label, records
from sousveil.audits.decide import Told, decided, known, totals, weighed
from sousveil.audits.joint import Joint, joined
from sousveil.audits.left_out import crossed_with
from sousveil.audits.question import LOW_FLOOR, Question
from sousveil.audits.read import Reading, read
from sousveil.audits.release import MISSING, OTHER, UNKNOWN, Release, picked, spoken
from sousveil.errors import BoundaryError, InputError, Problem, did_you_mean
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures

__all__ = ["Audit", "audit", "is_standard_input", "of_counts"]


_LEFT = "left out of every number"


@dataclass(frozen=True)
class Audit:
    """What an audit came to. Nothing in it is about one person.

    question    what was asked
    printed     the counts that may be printed
    references  whom the groups are compared with, by place of the group columns
    measures    every rate, comparison and check, each with its interval and the method of it
    left_out    what was assumed of the file, and what of it was not counted, in words
    earlier     what was released of the same table before, in words
    again       whether the same was asked of it before
    filing      the lines of the form that was asked for
    table       what the table is called: its file, without the place
    kept        columns that look like identifiers and were kept for a reason
    """

    question: Question
    printed: Printed
    references: Mapping[tuple[int, ...], Group]
    measures: Measures
    left_out: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    again: bool = False
    filing: tuple[filing.Line, ...] = ()
    table: str = "the table"
    kept: frozenset[str] = frozenset()

    @property
    def before(self) -> str:
        """A sentence on what was printed of the same table before; '' where nothing was."""
        if self.again:
            return "The same was asked of this table before: these are the counts that were printed then."
        if not self.earlier:
            return ""
        return ("Decided together with what was printed of this table before, so that all answers together tell of no "
                f"small group: {'; '.join(self.earlier)}.")

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that anything is printed of, as the measures name them."""
        return tuple(label(self.printed.layout.columns, group) for group in metrics.visible(self.printed))

    @property
    def leaves_out_labels(self) -> bool:
        """Whether labels of few people are left out of every number."""
        return any(text.startswith(_LEFT) for text in self.left_out)

    @property
    def exceptions(self) -> tuple[str, ...]:
        """Where a stated reason overruled a rule of the audit, and the reason: it travels with every answer."""
        question = self.question
        found = [f'column "{name}" looks like an identifier and was kept'
                 for name in question.keep if name in self.kept]
        if question.because and question.floor < LOW_FLOOR:
            found.append(f"counts from {question.floor} are printed, not from {LOW_FLOOR}")
        said = [f"{what}. The reason given: {question.because}" for what in found]
        if question.other_people:
            said.append("the table is said to be about other people than those before which come nearly to the same "
                        f"totals. The reason given: {question.other_people.rstrip('.')}")
        return tuple(said)

    @cached_property
    def withheld(self) -> int:
        """How many counts are withheld."""
        return sum(value is None for value in self.printed.values.values())


def audit(path: str | Path, question: Question) -> Audit:
    """The audit of a file of decisions, or of counts of decisions; `-` is standard input. MODEL.md section 9.

    It is decided together with all that was printed of the same file before, as the user's ledger knows it (see
    `ledger`), and written down there. Raises InputError for a file that is not such a table or lacks a column, and
    BoundaryError for a table that carries direct identifiers or is cut so fine that its cells are persons, or when the
    answer, together with earlier ones, would tell of fewer people than the floor. No error quotes a value of the table,
    and none carries one along.
    """
    try:
        return _of_file(path, question)
    except BaseException as error:
        _emptied(error)
        raise


def _emptied(error: BaseException | None) -> None:
    """Forget the variables of all calls that an error came through: whoever logs errors together with them, as services
    and debuggers do, would log the cells of the table.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        if error.__cause__ is not None and error.__context__ is not error.__cause__:
            _emptied(error.__cause__)
        error = error.__context__


def _of_file(path: str | Path, question: Question) -> Audit:
    data = sys.stdin.buffer.read() if is_standard_input(path) else None
    with ledger.opened(Path(path), data) as opened:
        reading = read(path, question, opened, data)
        book, asked, question = reading.book, question, reading.question
        earlier = book.told
        margins = _margins(reading, question, earlier)
        new_weight = question.weight != book.terms.get("weight", "") and question.weight
        values = totals(reading.alone, reading.release.within)
        middle = book.tells_middle(reading.release)
        if not earlier or new_weight or middle or margins != _known(reading, earlier):
            printed = {margin: values.get(margin, 0) for margin in margins}  # absent: nobody can be there
            book.add(reading.release, printed, reading.known_by, question)
    may = {margin: n if margin in margins else None for margin, n in values.items()}
    name = "standard input" if is_standard_input(path) else Path(path).name
    if question.rounded and any((n or 0) % question.rounded for n in may.values()):
        raise InputError(Problem(name, 0, 0, (
            f"has counts that are no multiples of {question.rounded}: they were not rounded to that. Leave out "
            "--rounded, or give the base to which they were")))
    weights = reading.spread
    shown = Printed(reading.layout, question.floor, may, _weighed(reading, question, may), question.rounded,
                    _parts(reading, question, margins), weights.step(question.floor) if weights else 0.0,
                    weights.worth(question.floor) if weights else 0.0)
    left_out = (*_left_out(shown, question, reading), *_other_people(reading, earlier))
    if asked.cut != question.cut:
        whose = " of the whole table" if reading.release.where or reading.release.left else ""
        left_out = (f"selected means a score of at least {question.cut:.12g}: the first round number above the "
                    f"median{whose}", *left_out)
    again = any(told.release == reading.release for told in earlier)
    return replace(_audit(shown, question, left_out), earlier=tuple(map(str, earlier)), again=again,
                   table=name, kept=reading.kept)


def is_standard_input(path: str | Path) -> bool:
    """Whether a table is to come by standard input."""
    return str(path) in ("-", "/dev/stdin")


def of_counts(counts: Counts, question: Question) -> Audit:
    """The audit of counts that somebody has published already: nothing is withheld."""
    release = declared(counts)
    joint = joined([release], lambda codings: records(counts.cells, release, codings))
    return _audit(Printed(counts.layout, 0, totals(joint, release)), question)


def _known(reading: Reading, earlier: Sequence[Told]) -> frozenset[Margin]:
    """What earlier releases printed of this one."""
    before = known(earlier, reading.release, reading.alone.labels(reading.release))
    return frozenset(margin for margin, told in before.items() if told)


def _margins(reading: Reading, question: Question, earlier: Sequence[Told]) -> frozenset[Margin]:
    if reading.joint is None:
        return _known(reading, earlier)
    release = reading.release if earlier or reading.release.middle else reading.release.within
    try:
        return decided(reading.joint, [*earlier, Told(release, frozenset())], question.floor)
    except BoundaryError:
        if question.where:
            raise reading.book.refused_filter(reading.release.where, question) from None
        if earlier and (question.named or question.selection):
            raise reading.book.refused_values("", question) from None
        raise


def _weighed(reading: Reading, question: Question, printed: Mapping[Margin, int | None]) -> dict[Margin, float]:
    """With weights, of each count that may be printed the sum of the weights, in steps."""
    if reading.spread is None:
        return {}
    (table,) = reading.alone.tables
    within = reading.release.within
    (cells,) = reading.weights
    sums = weighed(reading.alone, within, records(cells, within, table.codings))
    everybody = None if reading.release.where else printed.get(((), "n"))
    each = [group for group in reading.layout.groups if len(group) == len(question.groups)]
    found = {}
    for margin, n in printed.items():
        hidden = reading.spread.by_group and any(
            printed.get((group, margin[1]), 0) is None for group in each if set(margin[0]) <= set(group))
        if n is not None and margin in sums and not hidden:
            told = reading.spread.told(sums[margin], n, question.floor, everybody=n == everybody)
            if told is not None:
                found[margin] = told
    return found


def _parts(reading: Reading, question: Question, margins: Collection[Margin]) -> dict[Margin, int]:
    """Of rounded counts, how many of the table each printed one is the sum of, if the table has a row for each
    combination. Where rows of zero are not written, how many rows there are would tell of those that are not.
    """
    if not question.rounded:
        return {}
    (table,), within = reading.alone.tables, reading.release.within
    rows, most = reading.weights[0], max(reading.weights[0].values())
    kinds = {(cell.band, cell.decision, cell.outcome) for cell in rows if cell in reading.counts.cells}
    cells = {Cell(labels, *kind): most for labels in product(*reading.layout.labels) for kind in kinds}
    sums = weighed(reading.alone, within, records(cells, within, table.codings))
    return {margin: round(n) for margin, n in sums.items() if margin in margins}


def _audit(shown: Printed, question: Question, left_out: tuple[str, ...] = ()) -> Audit:
    chosen = metrics.references(shown, _wanted(shown, question))
    left = {} if shown.worth or shown.rounded else bounds(shown)  # counts bound no weighted rate, nor what was rounded
    if question.population is not None:
        people = shown[(), "n"]
        if people is not None and people > question.population:  # a total that is withheld is not told by an error
            raise InputError(f"--population {question.population:,} is less than the {people:,} people of both arms: "
                             "it is how many people they were chosen from")
        found = [*control.measures(shown, chosen, question.population), *checks.swedish(shown, "d0")]
    else:
        found = [*metrics.measures(shown, chosen, left), *ranking.measures(shown, chosen),
                 *checks.four_fifths(shown, left), *checks.swedish(shown)]
    found += _more(shown, question, chosen)
    lines = tuple(filing.lines(shown, question.form, left)) if question.form else ()
    return Audit(question, shown, chosen, Measures(tuple(found)), left_out, filing=lines)


def _more(shown: Printed, question: Question, chosen: Mapping[tuple[int, ...], Group]) -> list[Measure]:
    """What was asked for besides, all of it from the printed counts."""
    found: list[Measure] = []
    if question.given:
        found += given.measures(shown, chosen, question.given)
    if question.logistic:
        found += logistic.measures(shown, chosen, question.clusters)
    if question.power is not None:
        found += power.measures(shown, chosen, question.power)
    return found


def _wanted(shown: Printed, question: Question) -> dict[int, str]:
    """The references asked for, by place of the column. Raises InputError for a label that no printed group has."""
    columns = shown.layout.columns
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


def _other_people(reading: Reading, earlier: Sequence[Told]) -> tuple[str, ...]:
    """That an earlier answer counted other people: one number beside the other is then no change of anything."""
    mine = _counted(reading.release, reading.joint)
    others = dict.fromkeys(str(told) for told in earlier if _counted(told.release, reading.joint) != mine)
    return (f"the people counted here are not the same as in an earlier answer: {'; '.join(others)}",) if others else ()


def _counted(release: Release, joint: Joint | None) -> tuple[object, ...]:
    """Whom a release counts: its filters, the labels that are left out, and whose outcome or decision is not known."""
    left = frozenset((release.groups[place].column, text) for place, text in release.left)
    some = joint is not None and joint.axes[release.decision.column].where(release.decision, (UNKNOWN,)).any()
    return (frozenset(release.where), left, release.outcome if release.only_known else None,
            release.decision if some else None)


def _meant(shown: Printed, reading: Reading) -> list[str]:
    """Where how many were selected is withheld: what was asked, in words. It says nothing of why that is withheld."""
    release, question = reading.release, reading.question
    if shown[(), "d1"] is not None and shown[(), "d0"] is not None:
        return []
    if question.score and not release.middle:
        return [f'how many were selected is withheld: --cut {question.cut:g} selects who has {question.cut:g} or more '
                f'in column "{question.score}", by the units of that column']
    column, values = picked(question.decision)
    if values:
        return [f'how many were selected is withheld: --decision "{question.decision}" selects who has in column '
                f'"{column}" {" or ".join(values)}, and nobody else']
    return []


def _left_out(shown: Printed, question: Question, reading: Reading) -> tuple[str, ...]:
    """What was assumed of the file, and decisions not counted, in words that tell no number which is withheld."""
    column = question.decided_by
    found = [*reading.assumed, *_meant(shown, reading)]
    found += [f'column "{name}" does not look like an identifier: --keep was not needed for it'
              for name in question.keep if name not in reading.kept]
    if reading.release.where:
        found.append(f"counted are only people with {' and '.join(map(spoken, reading.release.where))}")
        if question.population is not None and any(c.column != question.selection for c in reading.release.where):
            found.append(f"the population of {question.population:,} is taken to be of these people alone")
    for place, name in enumerate(question.groups):
        few = [text for p, text in reading.release.left if p == place]
        if few:
            of = " or a part of few" if reading.release.where else ""
            of += " or, as (other), few labels" if OTHER in few else ""
            crossings = crossed_with([(*texts, *(text for p, text in reading.release.left if p == column))
                                      for column, texts in enumerate(shown.layout.labels)], place)
            if crossings > 1 and {MISSING, OTHER} & {*few}:
                of += (f" or, as they are not known, of fewer than {2 * question.floor} for each of {crossings} "
                       "crossings")
            found.append(f"{_LEFT}, because each is of nobody here or of fewer than "
                         f"{2 * question.floor} people{of}: "
                         + ", ".join(f"{name}={text}" for text in few))
    if ((), "dx") in shown.values:
        some = shown[(), "dx"]
        many, rest = ("some", "; how many is withheld") if some is None else (f"{some:,}", "")
        found.append(f'{many} decisions have no value in column "{column}" and are not counted{rest}')
    if reading.release.only_known:
        may, some = "may have" if reading.release.where or reading.release.left else "have", shown[(), "yx"]
        found.append(f"some decisions {may} no known outcome and are not counted; how many is withheld"
                     if some is None else f"{some:,} decisions have no known outcome and are not counted")
    elif shown.layout.partly_known:
        some = shown[(), "yx"]
        found.append("some decisions have no known outcome" if some is None else
                     f"{some:,} decisions have no known outcome; they count for rates of selection alone")
    return tuple(found)

"""A file of decisions, reduced to counts inside DuckDB: the only module with duckdb.

Nothing of a row comes out: Python sees the names of columns, counts, shares, and labels that at least `floor` people
share (rarer ones are pooled as `(other)` before they leave). DuckDB runs in memory, may not spill to disk, and loads no
extensions. Its messages quote the line they stumble on, so none is passed on: `_without_values` says what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.audits import bands, source, sql
from sousveil.audits.counts import UNKNOWN, Cell, Counts, Group
from sousveil.audits.guard import SHAPES, Traits, check_columns, check_fineness, check_labels
from sousveil.audits.question import Question
from sousveil.errors import InputError, Problem

__all__ = ["MISSING", "OTHER", "Ranking", "Reading", "read"]

MISSING = sql.MISSING
OTHER = sql.OTHER
MOST_LABELS = 400
_SAMPLE = 20_000
_MEMORY = "1200MB"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Area under the ROC curve of one group with DeLong's variance; from `positives` and `negatives`."""

    area: float
    variance: float
    positives: int
    negatives: int
    binned: bool


@dataclass(frozen=True)
class Reading:
    """What came out of a file: counts, rankings by group, and decisions without a decision or an outcome."""

    counts: Counts
    rankings: Mapping[tuple[tuple[int, str], ...], Ranking]
    undecided: int
    unknown: int


def read(path: str | Path, question: Question) -> Reading:
    """The counts of a file. Raises InputError for what is no such table, BoundaryError for what is not taken."""
    import duckdb
    import pyarrow as pa

    try:
        found = source.find(Path(path), question)
        with _database(found.path.stat().st_size) as db:
            if found.kind == "arrow":
                return _reduced(db, found, question, lambda: db.register("arrow_rows", source.arrow(found.path)))
            return _reduced(db, found, question, lambda: None)
    except (duckdb.Error, pa.ArrowException, UnicodeError, OSError) as error:
        problem = _without_values(Path(path).name, type(error).__name__, str(error))
    # Raised out here: the error that was caught must not travel along, not even as a context.
    raise InputError(problem)


def _reduced(db: Any, found: source.Source, question: Question, renew: Any) -> Reading:
    def ask(text: str) -> list[tuple[Any, ...]]:
        renew()
        rows: list[tuple[Any, ...]] = db.execute(text).fetchall()
        return rows

    columns = [name for name in found.columns if name not in question.drop]
    whole = _describe(ask, found, columns, question)
    ask("CREATE OR REPLACE TEMP TABLE cells AS " + sql.cells(found.sql, question, whole.fine))
    _check_cells(ask, found.name, question)
    counts = _counts(ask, found.name, question, whole)
    rankings = _rankings(ask, found, question, whole) if question.score and question.outcome else {}
    undecided, unknown = ask("SELECT coalesce(sum(n) FILTER (d IS NULL), 0)::BIGINT, "
                             "coalesce(sum(n) FILTER (y = 2 AND d IS NOT NULL), 0)::BIGINT FROM cells")[0]
    return Reading(counts, rankings, undecided, unknown if question.outcome else 0)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Facts about the score over the whole file: its range, how many values it has, its fine steps."""

    least: float
    most: float
    values: int
    fine: bands.Fine | None


def _describe(ask: Any, found: source.Source, columns: list[str], question: Question) -> _Whole:
    """One pass over everything: rows, line breaks, distinct values; then the guard."""
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
    people = int(facts_found[0]) if question.weight else rows
    shapes = _shapes(ask, found, columns, rows)
    traits = {name: Traits(max(people - (rows - stats[3 * i]), 0), min(stats[3 * i + 1], stats[3 * i]), *shapes[i])
              for i, name in enumerate(columns)}
    check_columns(traits, question)
    values = int(stats[3 * columns.index(question.score) + 1]) if question.score else 0
    return _checked(found.name, question, rows, facts_found, values)


def _checked(name: str, question: Question, rows: int, facts: tuple[Any, ...], values: int) -> _Whole:
    """Raises InputError when weights are no counts or scores no numbers."""
    persons, bad_weights, least, most, bad_scores, fractions = facts
    problems = []
    for column, bad, what in ((question.weight, bad_weights, "no count (a whole number from 0)"),
                              (question.score, bad_scores, "no number")):
        if bad:
            problems.append(Problem(name, 0, 0, f'column "{column}" has {what} in {bad:,} of {rows:,} rows'))
    if question.score and least is None and not bad_scores:
        problems.append(Problem(name, 0, 0, f'column "{question.score}" has no values'))
    if question.weight and not bad_weights and not 0 < persons < 1e15:
        problems.append(Problem(name, 0, 0, "the counts add up to " + ("nothing" if persons <= 0 else
                                                                       "more people than there are")))
    if problems:
        raise InputError(problems)
    fine = bands.fine(least, most, not fractions) if question.score else None
    return _Whole(least or 0.0, most or 0.0, values, fine)


def _shapes(ask: Any, found: source.Source, columns: list[str], rows: int) -> list[tuple[Any, ...]]:
    """For every column what `Traits` says of a sample of its values: all of them, or about twenty thousand."""
    sample = f" USING SAMPLE {100 * _SAMPLE / rows:.6f} PERCENT (system, 1)" if rows > _SAMPLE else ""
    chosen = ", ".join(f"{sql.text(name)} AS c{i}" for i, name in enumerate(columns))
    ask(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT {chosen} FROM {found.sql}{sample}")
    parts = [part for i in range(len(columns)) for part in sql.traits(f"c{i}", [s.pattern for s in SHAPES])]
    row = ask(f"SELECT {', '.join(parts)} FROM sampled")[0]
    ask("DROP TABLE sampled")
    width, result = len(row) // len(columns), []
    for i in range(len(columns)):
        numbers, *matches, many, dated, years, located = row[i * width:(i + 1) * width]
        result.append((numbers, tuple(matches), many, dated, years, located))
    return result


def _check_cells(ask: Any, name: str, question: Question) -> None:
    """Raises InputError for decisions or outcomes that are not binary, BoundaryError for groups too fine."""
    bad = ask("SELECT coalesce(sum(n) FILTER (d = -1), 0)::BIGINT, "
              "coalesce(sum(n) FILTER (y = -1), 0)::BIGINT FROM cells")
    problems = [Problem(name, 0, 0, f'column "{column}" is not yes or no (0/1, true/false, yes/no) in {count:,} of the '
                                    "decisions")
                for column, count in zip((question.decision, question.outcome), bad[0], strict=True) if count]
    if problems:
        raise InputError(problems)
    few = ", ".join(f"count(DISTINCT g{i})" for i in range(len(question.groups)))
    singles, cells, decided, *labels = ask(
        "SELECT count(*) FILTER (n = 1), count(*), coalesce(sum(n), 0)" + (", " + few if few else "")
        + f" FROM (SELECT {sql.labels(question)} d, y, sum(n) AS n FROM cells "
        "WHERE d IS NOT NULL AND n > 0 GROUP BY ALL)")[0]
    if not decided:
        column = question.decision or question.score or question.selection
        raise InputError(Problem(name, 0, 0, f'column "{column}" is missing in every row'))
    check_fineness(singles, cells)
    for name, number in zip(question.groups, labels, strict=True):
        if number > MOST_LABELS:
            raise InputError(f'column "{name}" has more than {MOST_LABELS} groups; put a coarser column there')


def _counts(ask: Any, name: str, question: Question, whole: _Whole) -> Counts:
    columns = question.groups
    few = sum(n for (n,) in ask("SELECT coalesce(sum(n), 0)::BIGINT FROM cells WHERE y = 2 AND d IS NOT NULL"))
    # So few without an outcome would be a small cell in every table: they are left out instead.
    keep = " AND y <> 2" if question.outcome and 0 < few < question.floor else ""
    rows = ask(f"SELECT {sql.labels(question)} b, d, y, sum(n)::BIGINT FROM cells WHERE d IS NOT NULL AND n > 0{keep} "
               "GROUP BY ALL ORDER BY ALL")
    cells: dict[Cell, int] = {}
    for *labels, band, decision, outcome, n in rows:
        cell = Cell(tuple(map(_clean, labels)), band, decision, outcome)
        cells[cell] = cells.get(cell, 0) + n
    for place, column in enumerate(columns):
        check_labels(column, {cell.labels[place] for cell in cells})
    if question.outcome and all(cell.outcome == UNKNOWN for cell in cells):
        raise InputError(Problem(name, 0, 0, f'column "{question.outcome}" is missing in every row'))
    counts = Counts(columns, cells, (), bool(question.outcome))
    return bands.merged(counts, whole.fine, question) if whole.fine else counts


def _rankings(ask: Any, found: source.Source, question: Question,
              whole: _Whole) -> dict[tuple[tuple[int, str], ...], Ranking]:
    """One pass for all groups: the rank statistics are summed up inside DuckDB."""
    binned = whole.values > sql.RANKS
    rows = ask(sql.ranking(found.sql, question, whole.least, whole.most, binned))
    result: dict[Group, Ranking] = {}
    for column, text, area, variance, positives, negatives in rows:
        group: Group = () if column < 0 else ((column, _clean(text)),)
        result[group] = Ranking(area, max(variance, 0.0), positives, negatives, binned)
    return result


def _clean(text: str) -> str:
    """A label without what a terminal or a page would obey."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "�", text)


@contextmanager
def _database(size: int) -> Iterator[Any]:
    """A database in memory that can neither spill to disk nor load anything. Small files are not worth two threads."""
    import duckdb

    db = duckdb.connect(":memory:", config={**({"threads": "1"} if size < 4 << 20 else {}),
        "memory_limit": _MEMORY, "temp_directory": "", "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "allow_community_extensions": "false",
        "preserve_insertion_order": "false"})
    db.execute("SET enable_progress_bar = false")  # it would be drawn into the answer
    try:
        yield db
    finally:
        db.close()


def _without_values(name: str, kind: str, message: str) -> Problem:
    """What went wrong, from the fixed words of a message alone."""
    found = re.search(r"^(?:.*Error: )?CSV Error on Line: (\d+)$", message, re.MULTILINE)
    line = int(found[1]) if found else 0
    ragged = re.search(r"^Expected Number of Columns: (\d+) Found: (\d+)$", message, re.MULTILINE)
    if ragged:
        return Problem(name, line, 1, f"has {ragged[2]} values where the first line names {ragged[1]} columns")
    for words, what in (("unterminated quote", "has a quote that is never closed; the file may be cut off"),
                        ("not utf-8", "is not UTF-8 text; save the table as UTF-8"),
                        ("invalid unicode", "is not UTF-8 text; save the table as UTF-8"),
                        ("maximum line size", "has a line too long for a table"),
                        ("state machine", "has mixed line ends or broken quotes; save it again as a plain table")):
        if words in message.casefold():
            return Problem(name, line, 1 if line else 0, what)
    if kind == "UnicodeDecodeError":
        return Problem(name, 1, 1, "is not UTF-8 text; save the table as UTF-8")
    if kind == "OutOfMemoryException":
        return Problem(name, 0, 0, "has too many different values to count in the memory allowed; name coarser columns")
    return Problem(name, line, 1 if line else 0, "cannot be read as a table; it may be cut off or broken")

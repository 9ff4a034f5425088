"""A file of decisions, reduced to counts inside DuckDB: the only module with duckdb.

Nothing of a row comes out: Python sees the names of columns, counts, shares, and labels that at least `floor` people
share (rarer ones are pooled as `(other)` before they leave). Workbooks, packed files and texts with a footer are taken
apart in memory before (`source`), and come here as a table. DuckDB runs in memory, may not spill to disk, and loads no
extensions. Its messages quote the line they stumble on, so none is passed on: `without_values` says what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sousveil.audits import bands, follows, long, numbers, soundness, source, sql
from sousveil.audits.broken import without_values
from sousveil.audits.closeness import Count, Totals, totals
from sousveil.audits.columns import BATCH, taken_in
from sousveil.audits.counts import UNKNOWN, Cell, Counts, Layout, Number, records, regrouped
from sousveil.audits.decide import known
from sousveil.audits.describe import Ask, Scores, described
from sousveil.audits.equations import check_size
from sousveil.audits.identity import Identity, People
from sousveil.audits.joint import Joint, Record, edges_of, joined
from sousveil.audits.ledger import Book, Ledger
from sousveil.audits.left_out import completed, labels_of_few, unknown_are_few
from sousveil.audits.median import Middles, median, middles
from sousveil.audits.question import Question
from sousveil.audits.release import OTHER, Coding, Release, chosen, picked
from sousveil.audits.tabulated import check_rows
from sousveil.audits.weights import Weights
from sousveil.errors import BoundaryError, InputError, Problem
from sousveil.progress import hundredths, progress

__all__ = ["Reading", "read"]

_MEMORY = "1200MB"

_STEPS = 12
"""Questions that are put to the database, about; only a bar of progress goes by it."""


@dataclass(frozen=True)
class Reading:
    """What came out of a file.

    counts    the finest cells of the release
    layout    what the answer is made of, without the counts
    release   what may be printed of it
    alone     the system of this release, and `joint` that of all releases; None where earlier ones decided everything
    assumed   what was taken for granted about how the file is written, in words
    question  what was asked, with the cut that was worked out where none was given, and what was said of other people
    book      what was told of these people before
    known_by  the digest of the table of counts that the release is made from, and hashes of its totals
    weights   with weights, for every cell of `counts` the sum of the weights; of rounded counts, how many each cell
              is the sum of
    spread    what is known of the weights of the whole table, if there are any
    kept      columns that look like identifiers and were kept for a reason
    """

    counts: Counts
    layout: Layout
    release: Release
    alone: Joint
    joint: Joint | None
    weights: tuple[Mapping[Cell, float], ...]
    assumed: tuple[str, ...]
    question: Question
    book: Book
    known_by: tuple[str, frozenset[str]]
    spread: Weights | None = None
    kept: frozenset[str] = frozenset()


def read(path: str | Path, question: Question, ledger: Ledger, data: bytes | None = None) -> Reading:
    """The counts of a file. Raises InputError for what is no such table, BoundaryError for what is not taken."""
    import duckdb
    import pyarrow as pa

    try:
        found = source.find(Path(path), question, data)
        size = found.rows.nbytes if found.rows is not None else found.path.stat().st_size
        with _database(size) as db:
            lazy = found.kind == "arrow" and found.rows is None

            def ask(text: str) -> list[tuple[Any, ...]]:
                if lazy and "arrow_rows" in text:
                    db.register("arrow_rows", source.arrow(found.path))
                rows: list[tuple[Any, ...]] = db.execute(text).fetchall()
                return rows

            if found.rows is not None:
                db.register("arrow_rows", found.rows)
            ledger = ledger.of_sheet(found.sheet)
            held, identity = _taken_in(db, ask, found, question, ledger.salt)
            if held is not None:
                db.register("held_rows", held)
                found = replace(found, sql="held_rows")
            with progress("Counting", _STEPS) as advance:
                return _reduced(_stepping(ask, advance), found, question,
                                lambda *known: ledger.book(identity, question, *known))
    except (duckdb.Error, pa.ArrowException, UnicodeError, OSError) as error:
        problem = without_values(Path(path).name, type(error).__name__, str(error))
    # Raised out here: the error that was caught must not travel along, not even as a context.
    raise InputError(problem)


def _stepping(ask: Ask, advance: Callable[[int], None]) -> Ask:
    """Questions each of which is a step of a bar."""
    def asked(text: str) -> list[tuple[Any, ...]]:
        rows = ask(text)
        advance(1)
        return rows

    return asked


def _taken_in(db: Any, ask: Ask, found: source.Source, question: Question, salt: bytes) -> tuple[Any, Identity]:
    """All rows as text, held in memory where they are not too many, and whom they are about."""
    names = [name for name in found.columns if name not in question.drop]
    shown = ", ".join(f"{sql.text(name)} AS {sql.quoted(name)}" for name in names)
    people = People([name for name in names if name != question.counts], salt)
    rows = found.likely_rows or ask(f"SELECT count(*) FROM {found.sql}")[0][0]
    with hundredths("Reading", rows) as advance:  # some rows are not counted, and how many may be withheld
        ask(f"SELECT 0 FROM {found.sql} LIMIT 0")  # of a file that is read only once, the count has read it
        batches = db.sql(f"SELECT {shown} FROM {found.sql}").to_arrow_reader(BATCH)
        held = taken_in(batches, names, people, question.counts, advance)
    return held, people.found()


def _reduced(ask: Ask, found: source.Source, question: Question, recall: Callable[[Count, Totals], Book]) -> Reading:
    columns = [name for name in found.columns if name not in question.drop]
    raw, found = found, numbers.plain(ask, found, question)
    where = tuple(map(chosen, question.where))
    middle = bool(question.score) and question.cut is None
    if middle:
        question = replace(question, cut=median(ask, found, question.score, question)[0])
    whole = described(ask, found, columns, question)
    check_rows(ask, found, columns, question)
    found = replace(found, assumed=(*found.assumed, *long.check(ask, found, question, whole.distinct)))
    scores = whole.scores
    counted: dict[object, list[Record]] = {}

    def count(release: Release) -> list[Record]:  # once, for however many releases of the ledger count in the same way
        key = release.codings, edges_of([release], release.decision)
        if key not in counted:
            counted[key] = _people_of(ask, raw, question, [release], release.codings)
        return counted[key]

    bare = Release(_decision(question), question.cut, chosen(question.outcome) if question.outcome else None,
                   where=where, middle=middle)
    book = recall(count, totals(bare, count))
    book.refuse_sums(where if question.sums else ())

    def rare(codings: Sequence[Coding]) -> int:
        return int(ask(sql.pooled(found.sql, codings, question))[0][0])

    attributes = long.attributes(ask, found, question, whole.distinct)
    book.refuse_attributes(bare, attributes)
    earlier = book.told
    places = middles(ask, raw, question, [*(told.release for told in earlier), bare])
    release = replace(bare, groups=tuple(Coding(name, "label") for name in question.groups))
    banded = next((told.release for told in earlier if told.release.decision == release.decision
                   and told.release.bands), None)
    steps: bands.Steps | None = bands.Steps(banded.edges) if banded else scores.fine if scores else None
    parts = _parts(release, question, steps)
    filters = [sql.coded(coding, f"w{i}") for i, coding in enumerate(where)]
    ask("CREATE OR REPLACE TEMP TABLE cells AS " + sql.kept(
        sql.cells(found.sql, [*parts, *filters], question), [part.name for part in parts],
        _sums(question), len(where)))
    soundness.check_cells(ask, found.name, question)
    if question.selection:
        soundness.check_arms(ask, found, question)
    counts, weights, wholes = _counts(ask, found.name, question)
    like_identifiers = soundness.check_labels(counts, wholes[-1] if where else counts.cells, question, whole)
    weight = question.weight or book.terms.get("weight", "")
    if question.weight:
        soundness.check_weights(ask, found, question)
    follows.check(ask, raw, question, replace(release, edges=steps.edges if steps else ()), earlier, weight)
    # Asked when every other reason to refuse is gone: else that one would tell that these are not few.
    few_named = any(soundness.has_few(ask, found, chosen(text), question) for text in question.named)
    if few_named or (question.selection and not where and soundness.too_few(ask, question, 0)):
        book.refuse_others()
        book.refuse_doubted(where, question)
        raise book.refused_values(found.name, question)
    counts = replace(counts, cells=_without(counts.cells, release))
    wholes = tuple(_without(part, release) for part in wholes)
    everybody = wholes[-1] if where else dict(counts.cells)
    if where:  # before it is asked whether the filter leaves few: too many cells would tell that it does not
        every = [*(told.release for told in earlier), release] if earlier else [release.within]
        joined(every, lambda codings: _people_of(ask, raw, question, every, codings, places), middles=places)
        check_size(release, counts.labels)
    if where and (soundness.too_few(ask, question) or (question.selection and soundness.too_few(ask, question, 0))):
        book.refuse_others()  # else it would tell, of any filter, whether it leaves few
        raise book.refused_filter(where, question)
    # Whether few of a label are left by a sum of one's choice would tell how few they are: there all people count.
    sizes, around = (everybody, ()) if question.sums else (counts.cells, wholes[:-1])
    # Of an attribute, only the labels of others are left out, of which nobody is: all attributes have all people.
    few = (1, 0) if attributes else (2 * question.floor, question.floor)
    pooled = {place: rare([group]) for place, group in enumerate(release.groups) if OTHER in counts.labels[place]}
    release = replace(release, left=labels_of_few(counts.labels, sizes, around, *few, pooled))
    with_left = [counts.cells] if release.left else []
    counts = replace(counts, cells=_without(counts.cells, release))
    weights = tuple(_without(part, release) for part in weights)
    wholes = tuple(_without(part, release) for part in wholes)
    if scores:
        edges, band = _bands(counts, scores, question, banded)
        counts = replace(counts, cells=regrouped(counts.cells, band),
                         bands=bands.names(edges, scores.whole) if release.outcome else ())
        weights = tuple(regrouped(part, band) for part in weights)
        wholes = tuple(regrouped(part, band) for part in wholes)
        release = replace(release, edges=edges)
    only_known = counts.outcomes and unknown_are_few(
        counts.cells, [*wholes[:-1], *with_left], everybody, question.floor)
    release = replace(release, only_known=only_known)
    within = release.within
    whole_table = completed(wholes[-1] if where else counts.cells, everybody)
    alone = _joined([within], lambda codings: _people(whole_table, within, codings), book, where, question, rare)
    if where or release.left:  # what readers know of the records, they know of the whole table
        alone = alone.of(records(counts.cells, within, alone.tables[0].codings))
    joint = _joint(ask, raw, question, book, release, alone, rare, places)
    kept = replace(counts, cells=regrouped(counts.cells, _known)) if release.only_known else counts
    facts = replace(counts, cells=everybody).layout
    question = replace(question, other_people=question.other_people if book.doubted else "; ".join(book.said))
    spread = None
    if question.weight:
        least, most, mean, square, people = ask(sql.spread(found.sql, question))[0]
        spread = Weights(least, most, mean, square, people, follows.own_groups(ask, raw, question, weight, release))
    layout = replace(kept.layout, partly_known=facts.partly_known and not only_known,
                     only_selected=facts.only_selected and not only_known)
    return Reading(kept, layout, release, alone, joint, weights, found.assumed, question, book,
                   book.known_by(release), spread, like_identifiers)


def _people(cells: Mapping[Cell, float], release: Release, codings: Sequence[Coding]) -> list[Record]:
    """People by their codes, as whole numbers."""
    return [(codes, int(n)) for codes, n in records(cells, release, codings)]


def _parts(release: Release, question: Question, steps: bands.Steps | None) -> list[sql.Part]:
    """The columns of the finest cells: labels g0, g1, ..., step b of the score, decision d, outcome y."""
    parts = [sql.coded(group, f"g{i}") for i, group in enumerate(release.groups)]
    parts.append(sql.Part("b", steps.sql(sql.number(question.score)) if steps else "0", "coalesce(r_b, 0)"))
    parts.append(sql.coded(release.decision, "d") if question.cut is None else sql.cut(question.score, question.cut))
    parts.append(sql.coded(release.outcome, "y") if release.outcome else sql.Part("y", str(UNKNOWN), "r_y"))
    return parts


def _bands(counts: Counts, scores: Scores, question: Question, banded: Release | None
           ) -> tuple[tuple[float, ...], Callable[[Cell], Cell]]:
    """The edges between the bands of a score, and each cell with its band in place of its step."""
    if banded is not None and counts.outcomes:
        return banded.edges, lambda cell: cell
    if not counts.outcomes:
        return (), lambda cell: replace(cell, band=0)
    where, edges = bands.merged(counts, scores.fine, question)
    return edges, lambda cell: replace(cell, band=where.get((cell.band, cell.decision), 0))


def _without(cells: Mapping[Cell, Number], release: Release) -> dict[Cell, Number]:
    """The cells of people whose labels are counted."""
    def counted(cell: Cell) -> bool:
        return all(release.counts_label(place, text) for place, text in enumerate(cell.labels))

    return {cell: n for cell, n in cells.items() if counted(cell)}


def _known(cell: Cell) -> Cell | None:
    """The cell, unless the outcome of its people is not known."""
    return None if cell.outcome == UNKNOWN and cell.decision != UNKNOWN else cell


def _decision(question: Question) -> Coding:
    if question.decision:
        return chosen(question.decision)
    return Coding(question.score, "score") if question.score else Coding(question.selection, "arm", question.control)


def _joint(ask: Ask, raw: source.Source, question: Question, book: Book, release: Release, alone: Joint,
           rare: Callable[[Sequence[Coding]], int], places: Middles) -> Joint | None:
    """The system of this release and all earlier ones, or None when they have decided all that this one prints."""
    labels = alone.labels(release)
    if book.told and not book.tells_middle(release) and len(known(book.told, release, labels)) == sum(
            1 for _ in release.margins(labels)):
        return None
    book.refuse_others()
    book.refuse_doubted(release.where, question)
    if not book.told and not release.middle:
        return alone
    releases = [*(told.release for told in book.told), release]
    return _joined(releases, lambda codings: _people_of(ask, raw, question, releases, codings, places), book,
                   release.where, question, rare, places)


def _joined(releases: Sequence[Release], ask: Callable[[Sequence[Coding]], list[Record]], book: Book,
            where: tuple[Coding, ...], question: Question, rare: Callable[[Sequence[Coding]], int],
            places: Middles | None = None) -> Joint:
    """The system of some releases. Raises BoundaryError for too many cells; of a filter in the words for few people."""
    try:
        return joined(releases, ask, pooled=rare, middles=places or {})
    except BoundaryError:
        if where:
            raise book.refused_filter(where, question) from None
        raise


def _people_of(ask: Ask, raw: source.Source, question: Question, releases: Sequence[Release],
               codings: Sequence[Coding], places: Middles | None = None) -> list[Record]:
    """How many people have each combination of codes; of a score, of its places among the edges of some releases."""
    scores = [coding.column for coding in codings if coding.role == "score"]
    found = numbers.plain(ask, raw, question, scores)
    steps = {coding: bands.Steps(edges_of(releases, coding, places)) for coding in codings if coding.role == "score"}
    parts = [sql.coded(coding, f"c{i}", steps.get(coding)) for i, coding in enumerate(codings)]
    rows = ask(sql.cells(found.sql, parts, replace(question, weight="", rounded=0)))
    return [(tuple(_clean(code) if coding.role == "label" else code
                   for coding, code in zip(codings, codes, strict=True)), n) for *codes, n in rows]


Parts = tuple[dict[Cell, int], ...]


def _counts(ask: Ask, name: str, question: Question) -> tuple[Counts, Parts, Parts]:
    """The finest cells; with weights also, of each, the sum of the weights; of rounded counts,
    how many counts each cell is the sum of. With filters, last: how many people each cell has with one of them
    dropped, for each of them, and with none.
    """
    sums, wholes = _sums(question), sql.wholes(len(question.where))
    rows = ask(f"SELECT {''.join(f'g{i}, ' for i in range(len(question.groups)))}b, d, y, "
               f"{', '.join((*sums, *wholes))} FROM cells")
    found: list[dict[Cell, Any]] = [{} for _ in (*sums, *wholes)]
    for row in rows:
        codes, numbers = row[:-len(found)], row[-len(found):]
        cell = Cell(tuple(map(_clean, codes[:-3])), *codes[-3:])
        for part, number in zip(found, numbers, strict=True):
            part[cell] = part.get(cell, 0) + number
    everybody = found[-1] if wholes else found[0]
    if question.outcome and all(cell.outcome == UNKNOWN for cell, n in everybody.items()
                                if n and cell.decision != UNKNOWN):
        raise InputError(Problem(name, 0, 0, f'column "{picked(question.outcome)[0]}" is missing in every row'))
    return (Counts(question.groups, found[0], (), bool(question.outcome)), tuple(found[1:len(sums)]),
            tuple(found[len(sums):]))


def _sums(question: Question) -> tuple[str, ...]:
    """What is added up in each cell: people; with weights these; of rounded counts how many."""
    return ("n", "s") if question.weight else ("n", "r") if question.rounded else ("n",)


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

"""What was printed before: the ledger, which every further release about the same people is decided with.

A folder of the user's own ($XDG_STATE_HOME/sousveil/people, nobody else may read it) holds a random salt and a file for
each group of tables about the same people. In it stand the floor, what was declared, the counts that were printed, and
what the tables are known by: a salted hash of their bytes, salted digests of their columns, and sketches of their cells
(`sketch`). No count stands there that was not printed, no value, and no hash that could be tried without the salt.

A table is known again however it was saved. An earlier release can be decided with where its own table of counts comes
out the same in the file at hand, whatever the columns are called now. Where it does not, and the people are the same
(by their cells, or because what was printed comes out nearly the same: `closeness`), nothing more is told but what was
told already. Where only the totals come out nearly the same, whoever asks has to say whether the people are others.

Two people with two copies of a table have two ledgers; docs/audit.md says what remains.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sousveil.audits.closeness import CLOSE, Count, Totals, closeness, counts_everybody, distance, near, totals
from sousveil.audits.decide import Told
from sousveil.audits.identity import Identity
from sousveil.audits.kept import Kept, Line, in_names, my_names, put, read, renamed, their_names, write
from sousveil.audits.question import FLOOR, Question
from sousveil.audits.release import Coding, Margin, Release, picked
from sousveil.audits.sketch import Sketch, evidence, unlike
from sousveil.errors import BoundaryError, InputError, Problem, SousveilError

__all__ = ["Book", "Ledger", "folder", "opened"]

_CHUNK = 1 << 20

SAME = 13.0
"""From so many bits on two tables are about the same people: chance comes to as much once in 2^13 tables, at most."""

OTHERS = 5.0
"""From so many bits on, printed cells tell that a table which comes to nearly the same totals is of other people."""


def folder() -> Path:
    """Where the ledger of this user lies. A place that is none by itself would be another ledger in every folder in
    which somebody works; the XDG Base Directory Specification has it ignored.
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    whole = Path(state) if os.path.isabs(state) else Path(os.path.expanduser("~")) / ".local" / "state"
    return whole / "sousveil" / "people"


@dataclass
class Book:
    """What is known of the people of a table.

    told     releases that the file at hand can be decided with, in its own names, in the order of their printing
    others   releases about the same people that it cannot be decided with, in words
    doubted  releases that may be about the same people, in words, by the file of the ledger
    totals   of the decision and the outcome that are asked about
    beside   of each value of all columns that are asked about
    apart    files of the ledger that are said to be about other people
    said     what was said of that, when this table was asked of
    refused  filters that were refused, of which each takes people of several values
    others_told  whether something was told of any other table, of these people or not
    """

    ledger: Ledger
    file: str
    identity: Identity
    count: Count
    totals: Totals
    beside: Totals = frozenset()
    told: tuple[Told, ...] = ()
    others: tuple[str, ...] = ()
    doubted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    refused: tuple[tuple[Coding, ...], ...] = ()
    others_told: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)
    kept: Kept | None = None
    _close: dict[int, frozenset[str]] = field(default_factory=dict)

    def close(self, floor: int) -> frozenset[str]:
        """Hashes of totals too close to what is asked: near those of decisions, or the same of other columns."""
        if floor not in self._close:
            every = frozenset().union(*(near(pair, floor) for pair in self.totals)) | self.beside
            self._close[floor] = frozenset(map(self.ledger.hashed, every))
        return self._close[floor]

    def tells_middle(self, release: Release) -> bool:
        """Whether a release tells of a score where its median is, and none before did."""
        return release.middle and not any(told.release.middle and told.release.decision == release.decision
                                          for told in self.told)

    def agree(self, question: Question, same_file: bool) -> None:
        """Raises BoundaryError when a question cannot be decided together with what was printed before.

        In another file people may be counted in another way: it shows by itself whether they come out the same.
        """
        for key, option in (("floor", "--floor"), ("counts", "--counts")):
            before, now = self.terms[key], getattr(question, key)
            if before != now and (same_file or key != "counts"):
                said = f"{option} {before}" if before else f"without {option}"
                raise BoundaryError(f"this table was released {said} before, and every release of a table counts "
                                    "people in one way: say that again")
        if question.weight and self.terms["weight"] not in ("", question.weight):
            raise BoundaryError(f'this table was released with --weight {self.terms["weight"]} before; under other '
                                "weights the same shares would tell who has which")

    def refuse_others(self) -> None:
        """Raises BoundaryError when something was told of these people that this file cannot be decided with."""
        if self.others:
            raise BoundaryError(
                "this table is about people of whom something was told before, from another file: "
                f"{'; '.join(self.others)}. What both tell together cannot be worked out from this file, because rows "
                "or values differ, or columns are not here (or left out by --drop). Ask of one file that has all rows "
                "and all columns, with --where for a part of it; rows that were added can be asked of in a file of "
                "their own")

    def refuse_doubted(self, where: tuple[Coding, ...], question: Question) -> None:
        """Raises BoundaryError when something may have been told of these people, unless it was said that these are
        others. Of a filter the words are those for one that leaves few: else they would tell that it does not.
        """
        if self.doubted and not question.other_people:
            if where:
                raise self.refused_filter(where, question)
            tables = len(self.doubted)
            before = "one of which something was" if tables == 1 else f"{tables} of which something was"
            which = "it" if tables == 1 else "each of them"
            raise BoundaryError(
                f"this table comes to nearly the same totals as {before} told before: "
                f"{'; '.join(', '.join(one) for one in self.doubted.values())}. If they are about the same people, the "
                "one answer subtracted from the other would tell of a few: ask of one file that has all rows and all "
                f'columns. If this table is about other people than {which}, say who they are: --other-people "..."; '
                "that sentence is printed in the report")

    def refuse_attributes(self, bare: Release, attributes: Collection[str]) -> None:
        """Raises BoundaryError where everybody stands in a table once for each of some attributes, one of them was told
        of, and what is asked of another is not of the very same totals. `attributes`: columns that say of which.
        """
        for told in self.told:
            others = [one for one in told.release.where if one.column in attributes and one not in bare.where]
            before = told.release
            alike = (before.decision, before.outcome) == (bare.decision, bare.outcome) and not before.only_known
            if others and not (alike and counts_everybody(before, self.count)
                               and totals(replace(bare, where=before.where), self.count) == self.totals):
                raise BoundaryError(
                    f'this table has everybody once for each value of column "{others[0].column}", and of one of them '
                    f"something was told before: {told}. Of the others only the same can be asked, where nobody is "
                    "missing; else the one answer subtracted from the other would tell of a few. Ask of a table with a "
                    "row for each decision, or ask of one attribute")

    def refuse_sums(self, where: Sequence[Coding]) -> None:
        """Raises BoundaryError where a filter takes people of several values as one that was refused before does.

        By one such sum after another, and whether it is refused, somebody could find out how few people a part has.
        """
        columns = {coding.column for coding in where}
        if any(set(where) != set(one) and columns & {coding.column for coding in one} for one in self.refused):
            raise BoundaryError(
                "a --where with several values was refused for this table before, and another one over the same "
                "columns could tell why: ask for one value a column")

    def refused_filter(self, where: tuple[Coding, ...], question: Question) -> SousveilError:
        """That a filter leaves too few, or too few of whom nothing was told before: which of them is not said where
        both can be, since of 45 people and 20 who are told, a part of 20 or more leaves five at most.
        """
        if question.sums:
            return self._refused_sum(where, question)
        few = (f"--where leaves fewer than {2 * question.floor} decisions (are its values spelled as in the table?), "
               f"or without one of its conditions fewer than {4 * question.floor}")
        if question.selection:
            few += f', or so few chosen at random (--control "{question.control}")'
        near = "" if not self.others_told or question.other_people else (
            ", or it comes to nearly the same totals as another table of which something was told before (if this "
            'table is about other people than all before, say who they are: --other-people "...")')
        if not self.told:
            return InputError(f"{few}{near}: name a wider filter")
        return BoundaryError(f"{few}, or it leaves fewer than {question.floor} more or less than something that was "
                             f"told before{near}: name a wider filter, or ask for less. What was told: "
                             f"{'; '.join(map(str, self.told))}")

    def _refused_sum(self, where: tuple[Coding, ...], question: Question) -> BoundaryError:
        """Write down that such a filter was refused; the words for it are one and the same, whatever the reason."""
        kept = self._kept_for(question)
        names = their_names(kept.columns, self.identity.columns)
        theirs = in_names(where, names)
        if theirs not in kept.refused:
            write(replace(kept, refused=(*kept.refused, theirs)))
        return BoundaryError(
            "--where leaves too few people (are its values spelled as in the table?), or its people less those of whom "
            "something was told before are too few: name a wider filter, or one value a column")

    def refused_values(self, name: str, question: Question) -> SousveilError:
        """That hardly anybody has a value which was named, or that something told before forbids the answer: which of
        them is not said where both can be.
        """
        few = [f'column "{column}" has {_one_of(values)} for fewer than {2 * question.floor} people: name values that '
               "are spelled as in the table" for column, values in map(picked, question.named)]
        if question.selection:
            few.append(f'column "{question.selection}" has the value "{question.control}" in too few rows: --control '
                       "names the value that means chosen at random, spelled as in the table")
        if not self.told:
            return InputError([Problem(name, 0, 0, " Or ".join(few))])
        return BoundaryError(f"{'. Or '.join(few)}. Or together with what was printed of this table before, this would "
                             f"tell of fewer than {question.floor} people. What was told: "
                             f"{'; '.join(map(str, self.told))}")

    def known_by(self, release: Release) -> tuple[str, frozenset[str]]:
        """The digest of the table of counts that a release is made from, and salted hashes of its totals."""
        every = totals(release, self.count) | self.identity.every_total
        return self.ledger.digest(release, self.count), frozenset(map(self.ledger.hashed, every))

    def add(self, release: Release, printed: Mapping[Margin, int], known_by: tuple[str, frozenset[str]],
            question: Question) -> None:
        """Write down a release, and the counts of it that will be printed, before anything of it is."""
        kept = self._kept_for(question)
        names = their_names(kept.columns, self.identity.columns)
        line = Line(renamed(release, names), printed, *known_by, date.today().isoformat(), bool(question.weight))
        said = dict.fromkeys(self.doubted, question.other_people)
        write(replace(kept, lines=(*kept.lines, line), apart=dict(kept.apart) | said))
        self.told = (*self.told, Told(release, frozenset(printed), line.weighted))

    def _kept_for(self, question: Question) -> Kept:
        """The file of the ledger that is to hold what is told now, with this table in it."""
        kept = self.kept or Kept(self.ledger.place / f"{os.urandom(12).hex()}.json", {}, {}, (), (), ())
        names = their_names(kept.columns, self.identity.columns)
        columns = dict(kept.columns) | {names[name]: digest for name, digest in self.identity.columns.items()}
        terms = {"floor": question.floor, "counts": question.counts,
                 "weight": names.get(question.weight, question.weight) or kept.terms.get("weight", "")}
        has = {sketch.digest for sketch in kept.sketches}
        sketches = (*kept.sketches, *(Sketch.of(one) for one in self.identity.samples if one.digest not in has))
        return replace(kept, terms=terms, columns=columns, files=tuple(dict.fromkeys((*kept.files, self.file))),
                       sketches=sketches)


@dataclass(frozen=True)
class Ledger:
    """The ledger of this user, kept from others. `file`: the salted hash of the file at hand."""

    place: Path
    salt: bytes
    file: str

    def of_sheet(self, sheet: str) -> Ledger:
        """The ledger for one of several sheets of a file, which may be about other people than the others."""
        if not sheet:
            return self
        return replace(self, file=hashlib.blake2b(f"{self.file} {sheet}".encode("utf-8", "surrogatepass"),
                                                  key=self.salt, digest_size=20).hexdigest())

    def book(self, identity: Identity, question: Question, count: Count, asked: Totals) -> Book:
        """What was told of the people of the file at hand, of which something with these totals is asked.

        Raises InputError for a ledger that cannot be read, BoundaryError when people were counted in another way.
        """
        beside = frozenset().union(*(identity.totals.get(name, frozenset()) for name in question.columns))
        book = Book(self, self.file, identity, count, asked, beside)
        every = [read(path) for path in sorted(self.place.glob("*.json"))]
        own = [kept for kept in every if self.file in kept.files]
        mine = {kept.path.stem for kept in own}
        book.apart = frozenset(name for kept in own for name in kept.apart) | frozenset(
            kept.path.stem for kept in every if mine & set(kept.apart))
        book.said = tuple(dict.fromkeys(said for kept in own for said in kept.apart.values()))
        for kept in every:
            self._compare(book, kept, question)
        return book

    def _compare(self, book: Book, kept: Kept, question: Question) -> None:
        """Add to a book what one file of the ledger holds about the same people."""
        known = book.file in kept.files
        mine = my_names(kept.columns, book.identity.columns)
        found = Book(self, book.file, book.identity, book.count, book.totals, terms=dict(kept.terms) | {
            "weight": mine.get(kept.terms["weight"], kept.terms["weight"])})
        if known:
            found.agree(question, known)
        told, others = [], []
        for line in kept.lines:
            here = {coding.column for coding in line.release.codings} <= set(mine)
            release = renamed(line.release, mine) if here else None
            if release is not None and self.digest(release, book.count) == line.digest:
                told.append(replace(line.told, release=release))
            else:
                others.append(line)
        if others and not known and not self._alike(book, kept, others):
            doubted = () if kept.path.stem in book.apart else self._doubted(book, kept, others)
            if doubted:
                words = tuple(f"{line.told} (told on {line.day})" for line in doubted)
                book.doubted = {**book.doubted, kept.path.stem: words}
            others = []
        book.others_told |= bool(kept.lines) and not (known or told or others)
        if known or told or others:
            book.refused = (*book.refused, *(in_names(one, mine) for one in kept.refused))
        if known:
            book.kept = book.kept or kept
        if told or others:
            found.agree(question, known)
            book.told, book.others = (*book.told, *told), (*book.others, *(str(line.told) for line in others))
            book.terms, book.kept = found.terms, book.kept or (kept if told else None)

    def _alike(self, book: Book, kept: Kept, others: Sequence[Line]) -> bool:
        """Whether the file at hand is about the people of some releases that its tables of counts are not those of."""
        columns = book.identity.columns
        return evidence(book.identity.samples, kept.sketches) >= SAME or any(
            closeness(line.release, line.printed, columns, book.count) >= CLOSE for line in others)

    def _doubted(self, book: Book, kept: Kept, lines: Sequence[Line]) -> list[Line]:
        """The releases that come to nearly the same totals, where nothing tells that the people are others."""
        close = book.close(max(FLOOR, kept.terms["floor"]))
        found = [line for line in lines if line.totals & close]
        others = found and (unlike(book.identity.samples, kept.sketches) or any(
            distance(line.release, line.printed, book.identity.columns, book.count) >= OTHERS for line in lines))
        return [] if others else found

    def hashed(self, pair: tuple[int, int]) -> str:
        """Of two totals."""
        return hashlib.blake2b(repr(pair).encode(), key=self.salt, digest_size=8).hexdigest()

    def digest(self, release: Release, count: Count) -> str:
        """Of the table of counts that a release is made from."""
        rows = sorted(f"{codes!r}{n}" for codes, n in count(release) if n)
        return hashlib.blake2b("\n".join(rows).encode("utf-8", "surrogatepass"), key=self.salt,
                               digest_size=16).hexdigest()

def _one_of(values: Sequence[str]) -> str:
    named = ", ".join(f'"{value}"' for value in values)
    return f"the value {named}" if len(values) == 1 else f"one of the values {named}"


@contextmanager
def opened(table: Path, data: bytes | None = None) -> Iterator[Ledger]:
    """The ledger for a table (for `data`, where it came by standard input), kept from others until the block ends.

    Raises InputError when it cannot be kept.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o700)
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_kept(place, error) from None
    try:
        _wait(lock)
        salt = _salt(place)  # only now: who came first may still be writing it
        yield Ledger(place, salt, _hashed(table, salt, data))
    finally:
        os.close(lock)


def _not_kept(place: Path, error: OSError) -> InputError:
    return InputError(f"the ledger of what was printed before cannot be kept in {place}: "
                      f"{error.strerror or 'no access'}; set XDG_STATE_HOME to a folder of your own")


def _salt(place: Path) -> bytes:
    """The salt of this ledger, made once."""
    path = place / "salt"
    try:
        if not path.exists():
            put(path, os.urandom(32))
        salt = path.read_bytes()
    except OSError as error:
        raise _not_kept(place, error) from None
    if len(salt) != 32:
        raise InputError(f"the salt of the ledger in {place} is broken, so no table is known by it any more. If none "
                         "of the tables that it knew is asked about again, move that folder away")
    return salt


def _hashed(table: Path, salt: bytes, data: bytes | None) -> str:
    found = hashlib.blake2b(data or b"", key=salt, digest_size=20)
    if data is None and table.is_file():
        try:
            with table.open("rb") as file:
                while part := file.read(_CHUNK):
                    found.update(part)
        except OSError:
            pass  # whoever reads the table says so
    return found.hexdigest()


def _wait(lock: int) -> None:
    """Until no other audit is under way: two at once would not know of each other."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(lock, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)

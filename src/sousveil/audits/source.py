"""Finding a table: what kind of file it is, what its columns are called, and how DuckDB is told to read it."""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import os
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.audits import shape, sheets
from sousveil.audits.encoding import check_zero, encoding
from sousveil.audits.guard import plausible_header
from sousveil.audits.question import Question
from sousveil.audits.release import picked
from sousveil.audits.sql import quoted, text_literal
from sousveil.errors import InputError, Problem

__all__ = ["MOST_COLUMNS", "Source", "arrow", "find", "unpacked"]

MOST_COLUMNS = 500
_HEADER = 1 << 20
_TAIL = 1 << 16
_GZIP = b"\x1f\x8b"

_MOST_BYTES = 400 << 20
"""A packed file, a footer or standard input is held in memory here: not more than this."""

_JSON = re.compile(r"\ufeff?\s*(\[\s*)*\{\s*\"")

_LATIN = "".join(map(chr, range(0x80, 0xA0)))
_WINDOWS = bytes(range(0x80, 0xA0)).decode("cp1252", "replace")
"""What CP1252 has where Latin-1 has control characters; DuckDB reads Latin-1 alone."""

_SEPARATORS = {".csv": ",;|\t", ".tsv": "\t", ".tab": "\t", ".txt": ",;|\t"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be asked: its name without folders, `kind`, columns, and the table expression for DuckDB.

    assumed  what was taken for granted about how it is written, in words
    rows     the table itself, where it had to be read here: of a workbook, a packed file, standard input
    likely_rows  about how many rows there are, by the length of the first; 0 where that is not known
    sheet   of a workbook with several, the sheet
    """

    path: Path
    name: str
    kind: str
    columns: tuple[str, ...]
    sql: str
    assumed: tuple[str, ...] = ()
    rows: Any = None
    likely_rows: int = 0
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class _Given:
    """What is asked about: the name, its ending, the first bytes, and all bytes where they are in memory already."""

    path: Path
    name: str
    suffix: str
    head: bytes
    data: bytes | None

    def whole(self) -> bytes:
        return self.path.read_bytes() if self.data is None else self.data


def find(path: Path, question: Question, data: bytes | None = None) -> Source:
    """Looks at a file, or at bytes that came by standard input.

    Raises InputError when it is no table or lacks a column that was asked for.
    """
    given = _given(path, data)
    if not given.head.strip():
        raise InputError(Problem(given.name, 0, 0, "is empty"))
    head, suffix = given.head, given.suffix
    if head.startswith(b"PAR1") or suffix in (".parquet", ".pq"):
        found = _parquet(given, question)
    elif head.startswith((b"ARROW1", b"\xff\xff\xff\xff")) or suffix in (".arrow", ".feather", ".ipc", ".arrows"):
        found = _arrow(given, question)
    elif suffix in sheets.ENDINGS or head.startswith(b"PK\x03\x04"):
        found = _workbook(given, question)
    elif suffix in _SEPARATORS:
        found = _text(given, question, _SEPARATORS[suffix])
    else:
        raise InputError(Problem(given.name, 0, 0, "has no ending that says what it is: .csv, .tsv, .xlsx, .ods, "
                                                   ".parquet or .arrow, each also packed as .gz"))
    if question.sheet and suffix not in sheets.ENDINGS and not head.startswith(b"PK\x03\x04"):
        raise InputError(Problem(given.name, 0, 0, "is no workbook: it has no sheets, so --sheet says nothing"))
    return found


def unpacked(data: bytes) -> bytes:
    """What gzip packed; raises InputError where that is more than is held in memory, or broken."""
    try:
        with gzip.open(io.BytesIO(data)) as file:
            found = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError("the packed file is broken or cut off") from None
    if len(found) > _MOST_BYTES:
        raise InputError(f"unpacked it is more than {_MOST_BYTES >> 20:,} MB: unpack it first")
    return found


def arrow(path: Path) -> Any:
    """The rows of an Arrow file or stream, for DuckDB to read once, batch by batch from the mapped file."""
    import pyarrow as pa

    return _batches(pa.memory_map(str(path)))


def _batches(source: Any) -> Any:
    import pyarrow as pa

    if source.read(6) == b"ARROW1":
        file = pa.ipc.open_file(source)
        schema, batches = file.schema, (file.get_batch(i) for i in range(file.num_record_batches))
    else:
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        schema, batches = stream.schema, iter(stream)
    return pa.RecordBatchReader.from_batches(schema, map(_sound, batches))


def _sound(batch: Any) -> Any:
    """A batch whose lengths and places are those of its buffers: of a damaged file they may lead out of memory."""
    batch.validate(full=True)
    return batch


def _given(path: Path, data: bytes | None) -> _Given:
    name, suffix = path.name, path.suffix.casefold()
    if data is None:
        if not path.exists():
            raise InputError(Problem(name, 0, 0, "no such file"))
        if not path.is_file():
            raise InputError(Problem(name, 0, 0, "is not a file"))
        with path.open("rb") as file:
            head = file.read(_HEADER)
        if head.startswith(_GZIP):
            data = path.read_bytes()
    else:
        name, suffix, head = "standard input", ".txt", data[:_HEADER]
    if head.startswith(_GZIP) and data is not None:
        try:
            data = unpacked(data)
        except InputError as error:
            raise InputError(Problem(name, 0, 0, str(error))) from None
        head = data[:_HEADER]
        suffix = Path(path.stem).suffix.casefold() if suffix == ".gz" else suffix
    return _Given(path, name, suffix or ".txt" if data is not None else suffix, head, data)


def _parquet(given: _Given, question: Question) -> Source:
    import pyarrow.parquet as pq

    source = given.path if given.data is None else io.BytesIO(given.data)
    names = tuple(pq.read_schema(source).names)
    _check(given.name, names, question)
    if given.data is not None:
        return Source(given.path, given.name, "parquet", names, "arrow_rows", (), pq.read_table(io.BytesIO(given.data)))
    return Source(given.path, given.name, "parquet", names, f"read_parquet({text_literal(_one(given.path))})")


def _arrow(given: _Given, question: Question) -> Source:
    reader = arrow(given.path) if given.data is None else _batches(io.BytesIO(given.data))
    names = tuple(reader.schema.names)
    _check(given.name, names, question)
    return Source(given.path, given.name, "arrow", names, "arrow_rows", (),
                  None if given.data is None else reader.read_all())


def _workbook(given: _Given, question: Question) -> Source:
    wanted = _wanted(question)
    sheet = sheets.sheet(given.whole(), given.name, question.sheet,
                         lambda cells: shape.named_in(cells, wanted) is not None)
    rows = sheet.rows
    at = _named_at(given.name, rows, wanted)
    width = max(map(len, rows))
    end = len(rows) - shape.footer(rows[at + 1:], width)
    names = shape.named([*rows[at], *[""] * (width - len(rows[at]))])
    _check(given.name, names, question)
    numbers = next((one for one in (question.counts, question.weight) if one and names.index(one) in sheet.merged), "")
    if numbers:
        raise InputError(Problem(given.name, 0, 0, f'column "{numbers}" has numbers that are merged over several rows: '
                                                   "how many each row stands for is not said; unmerge them"))
    assumed = (*sheet.said, *_around(given.name, at, len(rows) - end))
    return Source(given.path, given.name, "workbook", names, "arrow_rows", assumed,
                  _table(names, [row + [""] * (width - len(row)) for row in rows[at + 1:end]]), 0, sheet.name)


def _named_at(name: str, rows: Sequence[Sequence[str]], wanted: Sequence[str]) -> int:
    """Where the names of columns stand. Raises InputError for a table without them: whichever values are
    asked for as names, an answer would tell whether the first person has them.
    """
    at = shape.header(rows, wanted)
    if shape.without_names(rows, at):
        raise InputError(Problem(name, at + 1, 1, "looks like a row, not like names of columns: write names above it"))
    return at


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array([cell or None for cell in column], pa.string())
                     for name, column in zip(names, columns, strict=True)})


def _text(given: _Given, question: Question, separators: str) -> Source:
    codec, read_as, assumed = encoding(given.head)
    if not codec.startswith("utf-16"):
        check_zero(given.name, given.path, given.data)
    start = codecs.getincrementaldecoder(codec)("replace").decode(given.head)
    if _JSON.match(start):  # its first line is somebody's row: nothing of it may be taken for names and repeated
        raise InputError(Problem(given.name, 0, 0, "is JSON, not a table with names in its first line; save it as CSV"))
    lines = start.splitlines()[:shape.FOOTER + 1]
    wanted = _wanted(question)
    rows, separator = _rows(lines, separators, wanted)
    at = _named_at(given.name, rows, wanted)
    names = shape.named(rows[at])
    cut = _footer(given, codec, separator, len(names), at)
    if read_as == "latin-1":
        assumed = (f"{given.name} is not UTF-8 and was read as Western European text (CP1252); if its labels look "
                   "wrong, save it as UTF-8",)
    _check(given.name, names, question)
    assumed = (*assumed, *_around(given.name, at, cut))
    if given.data is not None or cut or not read_as:
        if given.data is None and given.path.stat().st_size > _MOST_BYTES:
            raise InputError(Problem(given.name, 0, 0, "is too long to be read as UTF-16 with its bytes in that order; "
                                                       "save the table as UTF-8"))
        text = given.whole().decode(codec, "replace").lstrip("\ufeff")
        return Source(given.path, given.name, "text", names, "arrow_rows", assumed,
                      _parsed(given.name, text, names, separator, at, cut))
    read = [f"c{i}" for i in range(len(names))]
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in read)
    one = (lambda name: f"translate({name}, {text_literal(_LATIN)}, {text_literal(_WINDOWS)})") \
        if read_as == "latin-1" else str
    shown = ", ".join(f"{one(name)} AS {quoted(final)}" for name, final in zip(read, names, strict=True)
                      if final not in question.drop)
    sql = (f"(SELECT {shown} FROM read_csv({text_literal(_one(given.path))}, header=true, auto_detect=false, "
           f"strict_mode=true, skip={at}, delim={text_literal(separator)}, quote='\"', escape='\"', "
           f"encoding='{read_as}', columns={{{types}}}))")
    likely = given.path.stat().st_size * max(1, given.head.count(b"\n")) // len(given.head)
    return Source(given.path, given.name, "text", names, sql, assumed, None, likely)


def _rows(lines: Sequence[str], separators: str, wanted: Sequence[str]) -> tuple[list[list[str]], str]:
    """The first lines cut into cells, by the separator that gives a line with the names asked for, or most cells."""
    best: list[list[str]] = []
    for separator in sorted(separators, key=(lines[0] if lines else "").count, reverse=True):
        rows = [_cells(line, separator) for line in lines]
        if shape.named_in(rows, wanted) is not None:
            return rows, separator
        if not best:
            best, first = rows, separator
    return best or [[""]], first


def _cells(line: str, separator: str) -> list[str]:
    """A line cut into cells; one with a value longer than any value of a table is one cell."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [line]


def _footer(given: _Given, codec: str, separator: str, width: int, at: int) -> int:
    """How many of the last lines of a text are no rows. A file too large to be read here has to come without any."""
    if given.data is None:
        size = given.path.stat().st_size
        if size > _MOST_BYTES or codec.startswith("utf-16"):
            return 0
        with given.path.open("rb") as file:
            file.seek(max(0, size - _TAIL))
            tail = file.read()
    else:
        size, tail = len(given.data), given.data[-_TAIL:]
    if codec.startswith("utf-16") or width < 2:
        return 0
    lines = tail.decode(codec, "replace").splitlines()[at + 1 if size <= _TAIL else 1:]
    rows = [_cells(line, separator) for line in lines[-shape.FOOTER - 1:]]
    count = shape.footer(rows, width)
    return count if any(any(cell.strip() for cell in row) for row in rows[len(rows) - count:]) else 0


def _parsed(name: str, text: str, names: Sequence[str], separator: str, at: int, cut: int) -> Any:
    """A text in memory as a table of text. Raises InputError that quotes nothing of it."""
    import pyarrow as pa
    from pyarrow import csv as reader

    lines = text.splitlines(keepends=True)
    body = "".join(lines[at + 1:len(lines) - cut]).encode()
    types = {column: pa.string() for column in names}
    if not body.strip():
        return pa.table({column: pa.array([], pa.string()) for column in names})
    try:
        return reader.read_csv(
            io.BytesIO(body), reader.ReadOptions(column_names=list(names), use_threads=False),
            reader.ParseOptions(delimiter=separator, newlines_in_values=True),
            reader.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True))
    except pa.ArrowInvalid as error:
        ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
    if ragged:
        raise InputError(Problem(name, int(ragged[1]) + at + 1, 1, (
            f"has {ragged[3]} values where the first line names {ragged[2]} columns")))
    raise InputError(Problem(name, 0, 0, "cannot be read as a table; it may be cut off or broken"))


def _around(name: str, title: int, foot: int) -> tuple[str, ...]:
    found = [f"the first {'line' if title == 1 else f'{title} lines'} of {name} "
             f"{'was' if title == 1 else 'were'} taken for a title"] if title else []
    if foot:
        found.append(f"the last {'line' if foot == 1 else f'{foot} lines'} of {name} {'was' if foot == 1 else 'were'} "
                     "taken for a footer")
    return tuple(found)


def _one(path: Path) -> str:
    """The path as DuckDB takes it: one file, never a pattern."""
    whole = os.path.abspath(path)  # a link stays one: what it leads to may have no name of its own (`app.tables`)
    if any(sign in whole for sign in "*?[]{}"):
        raise InputError(Problem(path.name, 0, 0, "has one of * ? [ ] { } in its path; rename it"))
    return whole


def _wanted(question: Question) -> tuple[str, ...]:
    """The columns that a question needs."""
    return tuple(dict.fromkeys((*question.columns, *(picked(text)[0] for text in question.where))))


def _check(name: str, columns: Sequence[str], question: Question) -> None:
    """The columns asked for are there, once. Names from the file are repeated only where they must be names."""
    wanted = dict.fromkeys((*_wanted(question), *question.drop, *question.keep))
    if len(columns) > MOST_COLUMNS:
        raise InputError(Problem(name, 0, 0, f"has {len(columns):,} columns; at most {MOST_COLUMNS} are read"))
    twice = next((one for one in wanted if one not in columns and f"{one} (1)" in columns), None)
    if twice is not None:
        raise InputError(Problem(name, 0, 0, f'has two columns "{twice}"; they are called "{twice} (1)" and '
                                             f'"{twice} (2)" here: name one of them'))
    missing = [one for one in wanted if one not in columns]
    if missing:
        near = _near(missing[0], columns)
        raise InputError([Problem(name, 0, 0, f'has no column "{one}"{near if i == 0 else ""}')
                          for i, one in enumerate(missing)])
    lower = [one.casefold() for one in columns]
    if len(set(lower)) < len(lower):
        raise InputError(Problem(name, 0, 0, "has two columns of one name"))


def _near(name: str, columns: Sequence[str]) -> str:
    if not plausible_header(columns):
        return "; its first line does not look like names of columns"
    nearest = difflib.get_close_matches(name, columns, n=1, cutoff=0.7)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""



"""Finding a table: what kind of file it is, what its columns are called, and how DuckDB is told to read it."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.audits.guard import plausible_header
from sousveil.audits.question import Question
from sousveil.audits.sql import text_literal
from sousveil.errors import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_COLUMNS", "Source", "arrow", "find"]

MOST_COLUMNS = 500
_HEADER = 1 << 20
_SEPARATORS = {".csv": ",;|\t", ".tsv": "\t", ".tab": "\t", ".txt": ",;|\t"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be asked: its name without folders, `kind`, columns, and the table expression for DuckDB.

    assumed  what was taken for granted about how it is written, in words
    """

    path: Path
    name: str
    kind: str
    columns: tuple[str, ...]
    sql: str
    assumed: tuple[str, ...] = ()


def find(path: Path, question: Question) -> Source:
    """Looks at the beginning of a file. Raises InputError when it is no table or lacks a column that was asked for."""
    name = path.name
    if not path.exists():
        raise InputError(Problem(name, 0, 0, "no such file"))
    if not path.is_file():
        raise InputError(Problem(name, 0, 0, "is not a file"))
    with path.open("rb") as file:
        head = file.read(_HEADER)
    if not head.strip():
        raise InputError(Problem(name, 0, 0, "is empty"))
    suffix = path.suffix.casefold()
    if head.startswith(b"PAR1") or suffix in (".parquet", ".pq"):
        found = _parquet(path)
    elif head.startswith((b"ARROW1", b"\xff\xff\xff\xff")) or suffix in (".arrow", ".feather", ".ipc", ".arrows"):
        found = _arrow(path)
    elif suffix in _SEPARATORS:
        found = _text(path, head, _SEPARATORS[suffix])
    else:
        raise InputError(Problem(name, 0, 0, "has no ending that says what it is: .csv, .tsv, .parquet or .arrow"))
    _check(found, question)
    return found


def arrow(path: Path) -> Any:
    """The rows of an Arrow file or stream, for DuckDB to read once, batch by batch from the mapped file."""
    import pyarrow as pa

    source = pa.memory_map(str(path))
    if source.read(6) == b"ARROW1":
        reader = pa.ipc.open_file(source)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        return pa.RecordBatchReader.from_batches(reader.schema, batches)
    source.seek(0)
    return pa.ipc.open_stream(source)


def _parquet(path: Path) -> Source:
    import pyarrow.parquet as pq

    names = tuple(pq.read_schema(path).names)
    return Source(path, path.name, "parquet", names, f"read_parquet({text_literal(_one(path))})")


def _arrow(path: Path) -> Source:
    schema: pa.Schema = arrow(path).schema
    return Source(path, path.name, "arrow", tuple(schema.names), "arrow_rows")


def _text(path: Path, head: bytes, separators: str) -> Source:
    name = path.name
    codec, encoding, assumed = _encoding(name, head)
    text = codecs.getincrementaldecoder(codec)().decode(head)
    first = text.split("\n", 1)[0].split("\r", 1)[0]
    separator = max(separators, key=first.count)
    columns = tuple(next(csv.reader(io.StringIO(first), delimiter=separator)))
    types = ", ".join(f"{text_literal(column)}: 'VARCHAR'" for column in columns)
    sql = (f"read_csv({text_literal(_one(path))}, header=true, auto_detect=false, strict_mode=true, "
           f"delim={text_literal(separator)}, quote='\"', escape='\"', "
           f"encoding='{encoding}', columns={{{types}}})")
    return Source(path, name, "text", columns, sql, assumed)


def _encoding(name: str, head: bytes) -> tuple[str, str, tuple[str, ...]]:
    """How the text is written: for Python, for DuckDB, and what was assumed. Raises InputError when it is no text."""
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", "utf-8", ()
    if head.startswith(b"\xff\xfe"):
        return "utf-16", "utf-16", (f"{name} was read as UTF-16, as its first bytes say",)
    if head.startswith(b"\xfe\xff") or b"\x00" in head[:1000]:
        raise InputError(Problem(name, 1, 1, "is not UTF-8 text; save the table as UTF-8"))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "latin-1", "latin-1", (f"{name} is not UTF-8 and was read as Western European text (Latin-1, CP1252); "
                                      "if its labels look wrong, save it as UTF-8",)
    return "utf-8", "utf-8", ()


def _one(path: Path) -> str:
    """The path as DuckDB takes it: one file, never a pattern."""
    whole = os.path.abspath(path)  # a link stays one: it may lead to a file that has no other name
    if any(sign in whole for sign in "*?[]{}"):
        raise InputError(Problem(path.name, 0, 0, "has one of * ? [ ] { } in its path; rename it"))
    return whole


def _check(found: Source, question: Question) -> None:
    """The columns asked for are there, once. Names from the file are repeated only where they must be names."""
    columns, wanted = found.columns, (*question.columns, *question.drop)
    if len(columns) > MOST_COLUMNS:
        raise InputError(Problem(found.name, 0, 0, f"has {len(columns):,} columns; at most {MOST_COLUMNS} are read"))
    missing = [name for name in wanted if name not in columns]
    if missing:
        near = _near(missing[0], columns)
        raise InputError([Problem(found.name, 0, 0, f'has no column "{name}"{near if i == 0 else ""}')
                          for i, name in enumerate(missing)])
    if not all(name.strip() for name in columns):
        raise InputError(Problem(found.name, 0, 0, "has a column without a name"))
    lower = [name.casefold() for name in columns]
    twice = next((name for name in columns if lower.count(name.casefold()) > 1), None)
    if twice is not None:
        raise InputError(Problem(found.name, 0, 0, f'has two columns "{twice}"' if twice in wanted else
                                 "has two columns of one name"))


def _near(name: str, columns: Sequence[str]) -> str:
    if not plausible_header(columns):
        return "; its first line does not look like names of columns"
    nearest = difflib.get_close_matches(name, columns, n=1, cutoff=0.7)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""



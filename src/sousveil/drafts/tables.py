"""Small tables that somebody made: a CSV file or a sheet of a workbook, as rows of text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sousveil.errors import InputError, Problem
from sousveil.studies.from_margins import Given

__all__ = ["rows_of"]

MOST_BYTES, MOST_ROWS = 10_000_000, 70_000


def rows_of(path: Path) -> Given:
    """The rows of a file. Raises InputError, with the file's name, for what cannot be read as a table."""
    from sousveil.audits import sheets

    if not path.is_file():
        raise InputError(Problem(path.name, 0, 0, "no such file"))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(path.name, 0, 0, f"cannot be read: {error.strerror}")) from error
    if len(data) > MOST_BYTES:
        raise InputError(Problem(path.name, 0, 0, f"is larger than {MOST_BYTES // 1_000_000} MB; a table of margins is "
                                                  "small, and no table of persons is read"))
    if path.suffix.casefold() in sheets.ENDINGS:
        rows = [list(row) for row in sheets.sheet(data, path.name, "", lambda found: len(found) > 1).rows]
    else:
        rows = _separated(path.name, data)
    if len(rows) > MOST_ROWS:
        raise InputError(Problem(path.name, 0, 0, f"has more than {MOST_ROWS:,} lines; no table of persons is read"))
    return Given(path.name, rows)


def _separated(name: str, data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem(name, 0, 0, "is no CSV file in UTF-8, and no workbook (.xlsx, .xls, .ods)")) from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    except csv.Error as error:
        raise InputError(Problem(name, 0, 0, f"is no CSV file: {error}")) from None

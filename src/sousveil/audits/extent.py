"""How large the sheets of a workbook are, before they are read.

The reader makes room for every cell between the first and the last one that has a value. One value in the last corner
of an empty sheet is room for 17 billion, and a process that asks for so much memory is ended by the system, with
whatever else it was doing. So sizes are looked up in the text of the workbook first.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

__all__ = ["too_large"]

_MOST_BYTES = 2 << 30
"""Of all parts of a workbook, unpacked."""

_MOST_CELLS = 50_000_000
"""A million rows of fifty columns."""

_MOST_ROWS = 1 << 20
"""Of a sheet (.xlsx)."""

_CHUNK = 1 << 22
_LONGEST = 1 << 12
"""What is looked for is shorter than this: so much of a chunk is looked at again with the next."""

_OUT = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{2,7})\d{1,9}["'](?:[^<>]*[^<>/])?>""")
"""A cell of a workbook (.xlsx) with something in it, in the 27th column or further out."""

_DOWN = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{1,7}(\d{1,9})["'](?:[^<>]*[^<>/])?>""")
"""Any such cell; where columns are few, all rows that there can be are not too many."""

_ROW = re.compile(rb"<table:table-row\b([^>]*)>(.*?)</table:table-row>", re.DOTALL)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ROWS = re.compile(rb"""number-rows-repeated\s*=\s*["'](\d{1,12})""")
_COLUMNS = re.compile(rb"""number-columns-repeated\s*=\s*["'](\d{1,12})""")


def too_large(data: bytes) -> bool:
    """Whether a workbook, unpacked, is more than can be held. Raises zipfile.BadZipFile or OSError for a broken one."""
    if not data.startswith(b"PK"):
        return False  # .xls: 65,536 rows of 256 columns at most
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        if sum(part.file_size for part in book.infolist()) > _MOST_BYTES:
            return True
        for part in book.infolist():
            name = part.filename.casefold()
            if name.endswith(".xml") and "worksheets/" in name and _placed(book, part) > _MOST_CELLS:
                return True
            if name == "content.xml" and _repeated(book.read(part)) > _MOST_CELLS:
                return True
    return False


def _placed(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many cells there may be from the first to the last of a sheet, if it has more columns than letters."""
    width = max((_column(letters) for letters in _all(book, part, _OUT)), default=1)
    return width if width * _MOST_ROWS <= _MOST_CELLS else width * max(map(int, _all(book, part, _DOWN)), default=1)


def _all(book: zipfile.ZipFile, part: zipfile.ZipInfo, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """What a pattern finds in a part of a workbook, each at least once."""
    kept = b""
    with book.open(part) as file:
        while chunk := file.read(_CHUNK):
            kept += chunk
            yield from pattern.findall(kept)
            kept = kept[-_LONGEST:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _repeated(text: bytes) -> int:
    """How many cells the rows of a sheet (.ods) stand for, up to the last with a value in each."""
    every = width = 0
    for head, cells in _ROW.findall(text):
        at = last = 0
        for cell in _CELL.findall(cells):
            at += int(found[1]) if (found := _COLUMNS.search(cell)) else 1
            last = at if b"value" in cell or not cell.endswith(b"/") else last
        width = max(width, last)
        if last:
            every += int(found[1]) if (found := _ROWS.search(head)) else 1
    return every * width

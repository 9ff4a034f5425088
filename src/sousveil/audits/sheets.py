"""Workbooks (.xlsx, .xls, .ods): the sheet that is asked for, as rows of text. They are read by calamine.

A workbook has to be taken apart here, in memory; nothing of it is kept but the table that DuckDB counts.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.audits.column_names import common_names
from sousveil.errors import InputError, Problem, did_you_mean

__all__ = ["ENDINGS", "Sheet", "sheet"]

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

Row = list[str]

_SPANNED = re.compile(rb"""number-rows-spanned\s*=\s*["'](?!1["'])""")


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    rows    as text; a cell that is merged over several rows has its value in each
    said    what had to be guessed, in words
    name    '' where there is one sheet alone
    merged  places of columns with cells that are merged over several rows
    """

    rows: list[Row]
    said: tuple[str, ...] = ()
    name: str = ""
    merged: frozenset[int] = frozenset()


def sheet(data: bytes, name: str, wanted: str, fits: Callable[[Sequence[Row]], bool]) -> Sheet:
    """The sheet that is asked for.

    wanted  its name; '' for the only one that has the columns asked for, as `fits` sees
    Raises InputError for what is no workbook, a sheet that is not there, or several that fit.
    """
    import python_calamine

    from sousveil.audits.extent import too_large

    broken = Problem(name, 0, 0, "cannot be read as a workbook; it may be cut off, broken or locked with a password")
    try:
        large = too_large(data)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        raise InputError(broken) from None
    if large:
        raise InputError(Problem(name, 0, 0, "is too large to be held in memory; if it has a value far below or to the "
                                             "right of its table, delete it, else save the sheet as CSV"))
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = list(book.sheet_names)
        opened = [wanted] if wanted in names else [] if wanted else names
        read = {one: _read(book.get_sheet_by_name(one)) for one in opened}
        blank = _blank_where_merged(data)
    except BaseException as error:  # whatever it is: its message may quote a cell. Panics of Rust are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise InputError(broken) from None
    if wanted:
        if wanted not in read:
            near = did_you_mean(wanted, [one for one in names if not _of_person(one)])
            raise InputError(Problem(name, 0, 0, f'has no sheet "{wanted}"{near}'))
        return _of(read[wanted], name, "", wanted if len(names) > 1 else "", blank)
    full = [one for one, (cells, _) in read.items() if cells]
    found = [one for one in full if fits(read[one][0])] or full
    if not found:
        raise InputError(Problem(name, 0, 0, "is empty"))
    if len(found) > 1:
        plain = [f'"{one}"' for one in found if not _of_person(one)]
        listed, one = (": " + ", ".join(plain[:8]), plain[0]) if plain else ("", "NAME")
        raise InputError(Problem(name, 0, 0, f"has {len(found)} sheets that could be meant{listed}; choose one: "
                                             f"--sheet {one}"))
    called = f'sheet "{found[0]}"' if not _of_person(found[0]) else "one sheet"
    some = len(names) > 1
    return _of(read[found[0]], name, f"{called} of {name} was read" if some else "", found[0] if some else "", blank)


def _of(read: tuple[list[Row], frozenset[int]], file: str, said: str, name: str, blank: bool) -> Sheet:
    rows, merged = read
    how = f"where cells of {file} are merged over several rows, each of these rows has their value" if merged else (
        f"{file} has cells that are merged over several rows: all these rows but the first are empty there") * blank
    return Sheet(rows, tuple(filter(None, (said, how))), name, merged)


def _read(found: Any) -> tuple[list[Row], frozenset[int]]:
    """The rows of a sheet, and the places of columns with cells that are merged over several of them."""
    rows = [[_text(cell) for cell in row] for row in found.to_python()]
    above, beside = found.start or (0, 0)
    merged = set()
    for (top, left), (bottom, _) in found.merged_cell_ranges or ():
        top, bottom, left = top - above, min(bottom - above, len(rows) - 1), left - beside
        if 0 <= top < bottom and 0 <= left < len(rows[top]) and rows[top][left]:
            merged.add(left)
            for row in rows[top + 1:bottom + 1]:
                row[left] = rows[top][left]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows, frozenset(merged)


def _blank_where_merged(data: bytes) -> bool:
    """Whether a document (.ods) has cells that are merged over several rows: calamine does not say which."""
    if not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "content.xml" in book.namelist() and bool(_SPANNED.search(book.read("content.xml")))


def _of_person(name: str) -> bool:
    """Whether a sheet is called after somebody, as where each client has one: such a name is repeated nowhere."""
    names, _ = common_names()
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("ł", "l")) if not unicodedata.combining(c))
    return bool(names & set(re.findall(r"[a-z]+", plain.casefold())))


def _text(cell: Any) -> str:
    """A cell as a person sees it: 1, not 1.0."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()

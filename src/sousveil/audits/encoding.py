"""How a text is written: its encoding by its first bytes, and that it is a text at all."""

from __future__ import annotations

import codecs
import mmap
from pathlib import Path

from sousveil.errors import InputError, Problem

__all__ = ["check_zero", "encoding"]


def encoding(head: bytes) -> tuple[str, str, tuple[str, ...]]:
    """How the text is written: for Python, for DuckDB ('' where it reads no such text), and what was assumed."""
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", "utf-8", ()
    said = ("the table was read as UTF-16, as its first bytes say",)
    if head.startswith(b"\xff\xfe"):
        return "utf-16", "utf-16", said
    if head.startswith(b"\xfe\xff"):
        return "utf-16", "", said
    if b"\x00" in head[:1000]:
        zeros = [sum(byte == 0 for byte in head[i:1000:2]) for i in (0, 1)]
        if 4 * max(zeros) >= len(head[:1000]) and 10 * min(zeros) <= max(zeros):
            return ("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"), "", said
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252", "latin-1", ()
    return "utf-8", "utf-8", ()


def check_zero(name: str, path: Path, data: bytes | None) -> None:
    """Raises InputError for a byte of zero, which no text has: it would pass unseen, as a part of a label."""
    if data is not None:
        at, before = data.find(0), data
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            at = mapped.find(b"\0")
            before = mapped[:at] if at >= 0 else b""
    if at >= 0:
        line = before.count(b"\n", 0, at) + 1  # where in the line is not said: it tells how long somebody's values are
        raise InputError(Problem(name, line, 1, "has a byte of zero (NUL), which is no text: the file may be "
                                                "damaged, or be no table at all; save it again as a table"))

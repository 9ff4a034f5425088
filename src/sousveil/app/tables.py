"""A table of decisions that somebody chose in the page, counted by a process that then ends.

It is audited as `sousveil audit` audits a file on a disk. The ledger knows a table by its rows, which are the same
here and there: what was printed by the command is known to the page, and what the page printed to the command.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sousveil.errors import InputError
from sousveil.ground import typed

__all__ = ["PARTS", "audited"]

PARTS = {
    "decision": "text", "score": "text", "cut": "number", "outcome": "text", "groups": "texts", "reference": "texts",
    "counts": "text", "weight": "text", "selection": "text", "control": "text", "population": "whole", "where": "one",
    "sheet": "text", "decimal": "text", "rounded": "whole", "drop": "texts", "keep": "texts", "because": "text",
    "other_people": "text", "floor": "whole"}
"""What is said of a table, by the names of the command's options."""

_SHARED = "/dev/shm"
"""A folder in memory, where the system has one: the name of a table is not written to a disk either."""


def audited(order: Mapping[str, Any]) -> dict[str, Any]:
    """What a table shows, in aggregates only. No error quotes a value of it.

    Raises InputError, and BoundaryError for a table that carries direct identifiers, or of which nothing more is told.
    """
    from sousveil.app import pieces
    from sousveil.audits.examine import audit
    from sousveil.audits.question import Question
    from sousveil.reports.audit import report

    said, name = order["said"], order["name"]
    question = Question(**{part: _read(part, said[part]) for part in PARTS if said.get(part)})
    with _placed(order["table"], name) as path:
        found = audit(path, question)
    made = report(name, found, order["command"])
    sections, charts = pieces.sections(made.page, leave={"again"})
    return {"headline": made.page.title, "lead": made.page.lead, "sections": sections, "charts": charts,
            "figures": pieces.key_figures(made.page), "before": found.before, "left_out": list(found.left_out),
            "withheld": found.withheld, "measures": found.measures.plain(), "html": made.html}


def _read(part: str, text: str) -> Any:
    """A part as the audit takes it. Raises InputError."""
    kind = PARTS[part]
    if kind == "text":
        return text
    if kind == "one":
        return (text,)
    if kind == "texts":
        return tuple(one.strip() for one in text.split(",") if one.strip())
    try:
        return typed.real(text) if kind == "number" else typed.whole(text)
    except ValueError as error:
        raise InputError(f"{part}: {error}") from None


@contextmanager
def _placed(handle: int, name: str) -> Iterator[Path]:
    """The table under its name, for this process alone: a link to what it holds open, gone when the block ends."""
    shared = _SHARED if os.path.isdir(_SHARED) and os.access(_SHARED, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="sousveil-table-", dir=shared) as folder:
        path = Path(folder) / name
        path.symlink_to(f"/proc/self/fd/{handle}")
        try:
            yield path
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, 0)

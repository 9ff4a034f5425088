"""The two instruments for what exists already: a search of faces or lists, and a table of decisions.

A table that is audited is bytes in memory from the moment it is here. It is laid out for the audit in a file that has
no name and no place on any disk, and the process that held it ends when the answer is given.
"""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sousveil.errors import InputError, Problem

__all__ = ["COUNTED", "FORM", "audited", "searched"]

FORM = {"faces": "60000", "watchlist": "1000", "present": "3", "fpir": "1/6000", "fnir": "0.11", "days": "1"}
"""A search to begin with: one false alert in 6,000 faces, which sounds like little."""

COUNTED = ("decision", "outcome", "groups", "reference", "weight", "score", "cut")
"""What is said of a table."""

_SEPARATORS = ",;\t|"


def searched(order: Mapping[str, Any]) -> dict[str, Any]:
    """How many innocent people a search stops. Raises InputError."""
    from sousveil.app import pieces
    from sousveil.baserates import asked, scaling
    from sousveil.baserates.outcome import results
    from sousveil.reports.baserate import report

    form = order["form"]
    whole = {name: _whole(form, name) for name in ("faces", "watchlist", "present", "days")}
    search = asked.search_of(asked.Asked(whole["faces"], whole["watchlist"], whole["present"], fpir=(form["fpir"],),
                                         fnir=(form["fnir"],) if form["fnir"] else (), days=whole["days"]))
    rows = results(search)
    points = [point for along in scaling.ALONG for point in scaling.growth(search, along)]
    command = "sousveil baserate " + " ".join(f"--{name} {shlex.quote(value)}" for name, value in form.items() if value)
    page = report(search, rows, points, command).page
    sections, _ = pieces.sections(page, leave={"again"})
    return {"headline": page.title, "lead": page.lead, "figures": _figures(page), "sections": sections,
            "command": command, "measures": rows.plain()}


def _figures(page: Any) -> list[dict[str, str]]:
    return [{"value": f.value, "unit": f.unit, "what": f.what, "interval": f.interval} for f in page.figures]


def _whole(form: Mapping[str, str], name: str) -> int:
    try:
        return int(form[name].replace(",", "").replace("_", ""))
    except ValueError:
        raise InputError(f'{name}: "{form[name]}" is no whole number') from None


def audited(order: Mapping[str, Any]) -> dict[str, Any]:
    """What a table of decisions shows, in aggregates only. No error quotes a value of it.

    Raises InputError, and BoundaryError for a table that carries direct identifiers.
    """
    from sousveil.app import pieces
    from sousveil.audits.examine import audit
    from sousveil.audits.question import Question
    from sousveil.reports.audit import report

    said = order["question"]
    name = order["name"]
    try:
        cut = float(said["cut"]) if said.get("cut") else None
    except ValueError:
        raise InputError("the cut is no number") from None
    question = Question(said.get("decision", ""), said.get("score", ""), cut, said.get("outcome", ""),
                        _listed(said.get("groups", "")), said.get("weight", ""), _listed(said.get("reference", "")))
    with _in_memory(order["raw"], name) as path:
        try:
            found = audit(path, question)
        except InputError as error:
            raise InputError([Problem(name if p.file else "", p.line, p.column, p.message)
                              for p in error.problems]) from None
    command = f"sousveil audit {shlex.quote(name)}" + "".join(
        f" --{key} {shlex.quote(said[key])}" for key in COUNTED if said.get(key))
    page = report(name, found, command).page
    sections, _ = pieces.sections(page, leave={"again"})
    return {"headline": page.title, "lead": page.lead, "figures": _figures(page), "sections": sections,
            "command": command, "measures": found.measures.plain()}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@contextmanager
def _in_memory(raw: bytes, name: str) -> Iterator[Path]:
    """The table where the audit can read it, and nobody can find it. Raises InputError for what is no table."""
    if not hasattr(os, "memfd_create"):
        raise InputError("on this system a table is audited with: sousveil audit FILE")
    handle = os.memfd_create("table", os.MFD_CLOEXEC)
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(raw if raw[:4] == b"PAR1" or raw[:6] == b"ARROW1" else _as_arrow(raw, name))
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


def _as_arrow(raw: bytes, name: str) -> bytes:
    """A table of text as an Arrow file, every value as it is written."""
    import pyarrow as pa
    import pyarrow.csv

    head = raw[:1 << 20].split(b"\n", 1)[0].split(b"\r", 1)[0]
    problem = Problem(name, 0, 0, "cannot be read as a table: it must be UTF-8 text with as many values in every line "
                                  "as the first has names")
    try:
        line = head.decode("utf-8-sig")
        separator = max(_SEPARATORS, key=line.count)
        names = pa.csv.open_csv(io.BytesIO(raw), parse_options=pa.csv.ParseOptions(delimiter=separator)).schema.names
        table = pa.csv.read_csv(
            io.BytesIO(raw), parse_options=pa.csv.ParseOptions(delimiter=separator),
            convert_options=pa.csv.ConvertOptions(column_types={n: pa.string() for n in names}, null_values=[""],
                                                  strings_can_be_null=True, quoted_strings_can_be_null=True))
        out = io.BytesIO()
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    except (pa.ArrowException, UnicodeError, ValueError, OSError):
        raise InputError(problem) from None
    return out.getvalue()

"""A table that is sent from the page: streamed, as it comes, into a file that has no name and no place on any disk.

A worker is handed that file (see `tables.py`). Nothing of it is kept, and of what it showed nothing either.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sousveil.app import frame
from sousveil.app.inquiry import Inquiry
from sousveil.app.tables import PARTS
from sousveil.app.workers import TooBusy
from sousveil.errors import InputError

__all__ = ["can", "counted"]

_LONGEST_NAME = 100
"""Bytes of the name of a table: what systems take as the name of a file, and a page in a line."""

MOST_TABLES = 2
"""Tables in memory at once."""

def can() -> bool:
    """Whether this system can hold a file that has no place."""
    return hasattr(os, "memfd_create")


async def counted(asks: Inquiry, request: Request) -> Response:
    """What the table in the body shows. Nothing of it is kept, the answer neither."""
    if not can():
        raise InputError("this system has no files in memory, so a table is audited with: sousveil audit FILE")
    if asks.tables >= MOST_TABLES:
        raise TooBusy(f"{MOST_TABLES} tables are being counted; try again in a moment")
    said = {part: request.query_params[part].strip()[:400] for part in PARTS if request.query_params.get(part)}
    name = _named(request.query_params.get("name", ""))
    asks.tables += 1
    try:
        table = await _held(request)
        try:
            order = {"table": True, "name": name, "said": said, "command": _command(name, said)}
            job = asks.workers.submit(secrets.token_hex(16), "audit", order, "whole", table)
        except BaseException:
            os.close(table)
            raise
        found = await asks.while_there(request, job, None)
    finally:
        asks.tables -= 1
    assert found is not None
    text = frame.render("audited.html", answer=found, command=_command(name, said))
    return JSONResponse({"html": text, "problems": [], "measures": found["measures"], "report": found["html"]},
                        headers={"Cache-Control": "no-store"})


async def _held(request: Request) -> int:
    """The body of a request in a file without a name; whoever calls must close it. Raises the guard's TooLarge."""
    handle = os.memfd_create("table", os.MFD_CLOEXEC)
    try:
        async for chunk in request.stream():
            while chunk:
                chunk = chunk[os.write(handle, chunk):]
    except BaseException:
        os.close(handle)
        raise
    return handle


def _named(given: str) -> str:
    """The last part of the name that a browser gives to a file."""
    name = "".join(c for c in given if c.isprintable()).replace("\\", "/").rpartition("/")[2].strip()
    name = name.encode("utf-8", "ignore")[-_LONGEST_NAME:].decode("utf-8", "ignore").strip()
    return name if name.strip(".") else "table.csv"


def _command(name: str, said: Mapping[str, str]) -> str:
    """What to type for the same."""
    whole = name if not name.startswith("-") else f"./{name}"
    return " ".join(map(shlex.quote, ["sousveil", "audit", whole, *(
        word for part in PARTS if said.get(part) for word in (f"--{part.replace('_', '-')}", said[part]))]))

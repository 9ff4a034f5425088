"""What is written here: studies of one's own, kept in memory until the person says where to save them, and tables that
are reduced to counts.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sousveil import disk
from sousveil.app.studies import FILES, LARGEST, Origin
from sousveil.errors import InputError

if TYPE_CHECKING:
    from sousveil.app.site import Site

__all__ = ["Desk", "check", "edit", "keep", "new", "save"]

MOST = 50
"""Studies on the desk at most; the one that was not touched the longest goes first."""


class Desk:
    """Studies that are being written, by name. They are gone when the server ends, unless they were saved."""

    def __init__(self) -> None:
        self._held: dict[str, Origin] = {}

    def find(self, name: str) -> Origin | None:
        """The study of this name, or None."""
        return self._held.get(name)

    def names(self) -> list[str]:
        """All of them."""
        return [*self._held]

    def lay(self, origin: Origin) -> None:
        """Put a study there, in the place of an older one of that name."""
        self._held.pop(origin.name, None)
        self._held[origin.name] = origin
        while len(self._held) > MOST:
            self._held.pop(next(iter(self._held)))


async def _json(request: Request) -> dict[str, Any]:
    try:
        found = await request.json()
    except ValueError:
        raise InputError("what was sent is not JSON") from None
    if not isinstance(found, dict):
        raise InputError("what was sent is no JSON object")
    return found


def _files(given: Any) -> tuple[tuple[str, str], ...]:
    """The four texts, and nothing else. Raises InputError."""
    if not isinstance(given, dict) or not all(isinstance(given.get(n), str) for n in FILES):
        raise InputError("a study is four texts: " + ", ".join(FILES))
    for name in FILES:
        if len(given[name].encode("utf-8", "surrogatepass")) > LARGEST:
            raise InputError(f"{name} is larger than {LARGEST:,} bytes")
    return tuple((name, given[name]) for name in FILES)


async def new(site: Site, request: Request) -> Response:
    """A study of one's own from any other, nobody's claim any more."""
    told = await _json(request)
    source = site.origin(str(told.get("from", "seed-article")))
    name = f"mine-{secrets.token_hex(4)}"
    files = dict(source.files)
    files.setdefault("assumptions.yaml", f"assumptions: {name}\n")
    made = {n: _own(files[n], n.removesuffix(".yaml"), name) for n in FILES}
    site.desk.lay(Origin("page", name, "", tuple(made.items())))
    return JSONResponse({"name": name, "address": f"/edit/{name}"})


def _own(text: str, kind: str, name: str) -> str:
    text = re.sub(r"\A# yaml-language-server:.*\n", "", text)
    text = re.sub(rf"^{kind}: .*$", f"{kind}: {name}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^status: .*$", "status: invented", text, count=1, flags=re.MULTILINE)


async def edit(site: Site, request: Request) -> Response:
    """The page with the four files."""
    name = request.path_params["name"]
    origin = site.desk.find(name)
    if origin is None:
        return site.missing(request)
    return site.page(request, "edit.html", origin=origin, files=FILES, texts=dict(origin.files))


async def check(site: Site, request: Request) -> Response:
    """The mistakes of the files as they stand in the page."""
    return JSONResponse({"problems": await _mistakes(site, _files((await _json(request)).get("files")))})


async def _mistakes(site: Site, files: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    origin = Origin("page", "checked", "", files)
    found = await site.answer("check", origin.digest, {"files": dict(files)}, None)
    assert found is not None
    problems: list[dict[str, Any]] = found["problems"]
    return problems


async def keep(site: Site, request: Request) -> Response:
    """Take the files as the study; refused while there are mistakes in them."""
    name = request.path_params["name"]
    held = site.desk.find(name)
    if held is None:
        return JSONResponse({"problems": ["this study is no longer here"]}, 404)
    files = _files((await _json(request)).get("files"))
    problems = await _mistakes(site, files)
    if not problems:
        site.desk.lay(Origin("page", name, held.place, files))
    return JSONResponse({"problems": problems, "address": f"/{name}/does"})


async def save(site: Site, request: Request) -> Response:
    """Write the files to a folder that is new. Whole or not at all: they are written beside it, and moved there."""
    origin = site.desk.find(request.path_params["name"])
    if origin is None:
        return JSONResponse({"problems": ["this study is no longer here"]}, 404)
    target = _target(str((await _json(request)).get("folder", "")))
    try:
        saved(target, origin)
    except FileExistsError:
        raise InputError(f"{target} is there already, and is left alone; take another name") from None
    except OSError as error:
        raise InputError(f"cannot write to {target}: {error.strerror}; nothing was left there") from error
    site.desk.lay(Origin("page", origin.name, str(target), origin.files))
    return JSONResponse({"saved": str(target), "problems": []})


def _target(text: str) -> Path:
    if not text.strip() or len(text) > 400 or "\0" in text:
        raise InputError("name a folder that is not there yet, such as ~/my-scheme")
    try:
        target = Path(text.strip()).expanduser()
    except RuntimeError:
        raise InputError("nobody knows where that home is; name the folder in full") from None
    if not target.is_absolute():
        target = Path.home() / target
    if not re.fullmatch(r"[^\W_][\w .-]*", target.name) or ".." in target.parts:
        raise InputError(f'"{target.name}" is no name for a folder; letters, digits and hyphens will do')
    if not target.parent.is_dir():
        raise InputError(f"{target.parent} is not there; save into a folder that is")
    return target


def saved(target: Path, origin: Origin) -> None:
    """The files of a study in a new folder. Raises OSError, FileExistsError where something of that name is there."""
    import os
    import shutil

    if os.path.lexists(target):
        raise FileExistsError
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        for name, text in origin.files:
            disk.write(beside / name, lambda file, text=text: file.write(text.encode()))  # type: ignore[misc]
        # `rename` replaces an empty folder, which somebody may have made meanwhile, and nothing else.
        beside.rename(target)
        disk.force(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)

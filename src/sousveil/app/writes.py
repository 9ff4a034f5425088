"""What is written by a page: a study of one's own is begun, checked, kept, and saved where the person says."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sousveil.app.desk import made_own, saved, target_of
from sousveil.app.inquiry import Inquiry
from sousveil.app.studies import BESIDE, FILES, LARGEST, Origin
from sousveil.errors import InputError

__all__ = ["check", "keep", "new", "save"]


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


async def new(asks: Inquiry, request: Request) -> Response:
    """A study of one's own from any other, nobody's claim any more."""
    told = await _json(request)
    source = asks.origin(str(told.get("from", "seed-article")))
    name = f"mine-{secrets.token_hex(4)}"
    files = dict(source.files)
    files.setdefault("assumptions.yaml", f"assumptions: {name}\n")
    made = {n: made_own(text, n.removesuffix(".yaml"), name) for n, text in files.items()}
    asks.desk.lay(Origin("page", name, "", tuple(made.items())))
    return JSONResponse({"name": name, "address": f"/edit/{name}"})


async def check(asks: Inquiry, request: Request) -> Response:
    """The mistakes of the files as they stand in the page."""
    return JSONResponse({"problems": await _mistakes(asks, _files((await _json(request)).get("files")))})


async def _mistakes(asks: Inquiry, files: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    origin = Origin("page", "checked", "", files)
    found = await asks.answer("check", origin.digest, {"files": dict(files)}, None)
    assert found is not None
    problems: list[dict[str, Any]] = found["problems"]
    return problems


async def keep(asks: Inquiry, request: Request) -> Response:
    """Take the files as the study; refused while there are mistakes in them."""
    name = request.path_params["name"]
    held = asks.desk.find(name)
    if held is None:
        return JSONResponse({"problems": ["this study is no longer here"]}, 404)
    files = _files((await _json(request)).get("files"))
    problems = await _mistakes(asks, files)
    if not problems:
        beside = tuple(pair for pair in held.files if pair[0] in BESIDE)
        asks.desk.lay(Origin("page", name, held.place, files + beside))
    return JSONResponse({"problems": problems, "address": f"/{name}/does"})


async def save(asks: Inquiry, request: Request) -> Response:
    """Write the files to a folder that is new. Whole or not at all: they are written beside it, and moved there."""
    origin = asks.desk.find(request.path_params["name"])
    if origin is None:
        return JSONResponse({"problems": ["this study is no longer here"]}, 404)
    target = target_of(str((await _json(request)).get("folder", "")))
    try:
        saved(target, origin)
    except FileExistsError:
        raise InputError(f"{target} is there already, and is left alone; take another name") from None
    except OSError as error:
        raise InputError(f"cannot write to {target}: {error.strerror}; nothing was left there") from error
    asks.desk.lay(Origin("page", origin.name, str(target), origin.files))
    return JSONResponse({"saved": str(target), "problems": []})

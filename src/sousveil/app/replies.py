"""What goes back to whoever asked: a body with its tag, how far a job is, or what went wrong, with a status."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from sousveil.app import frame
from sousveil.app.guard import TooLarge
from sousveil.app.workers import Defect, Gone, Job, TooBusy, TooSlow, place_of
from sousveil.errors import BoundaryError, InputError

__all__ = ["PAGE", "Handler", "cached", "careful", "not_from_afar", "progress", "tag_of"]

Handler = Callable[[Request], Awaitable[Response]]
PAGE = "text/html; charset=utf-8"


def tag_of(body: bytes) -> str:
    """What a body is known by: who has one with this tag need not get it again."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def cached(request: Request, body: bytes, tag: str, kind: str) -> Response:
    """A body with its tag. Browsers ask again each time, and whoever stands in front may keep it for ever: not where a
    password is asked for, since what stands in front would then give it to those who have none.
    """
    kept = "private, max-age=0, must-revalidate" if request.app.state.far else (
        "public, max-age=0, must-revalidate, s-maxage=31536000")
    heads = {"ETag": tag, "Cache-Control": kept}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=heads)
    return Response(body, 200, heads, kind)


async def progress(job: Job | None) -> AsyncIterator[str]:
    """Lines of an event stream; the last says that it is done, whatever came of it."""
    while job is not None and not job.done.done():
        left = job.left
        told = {"title": job.title, "part": round(job.part, 3), "left": None if left is None else round(left)}
        yield f"data: {json.dumps(told)}\n\n"
        job.changed.clear()
        try:
            await asyncio.wait_for(job.changed.wait(), 5)
        except TimeoutError:
            yield ": still at it\n\n"
        await asyncio.sleep(0.1)
    yield "event: done\ndata: {}\n\n"


def careful(handler: Handler) -> Handler:
    """What can go wrong for whoever asked, in words and with a status."""
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except InputError as error:
            return _told(request, 422, [str(p) for p in error.problems])
        except BoundaryError as error:
            return _told(request, 403, [str(error)])
        except TooBusy as error:
            return _told(request, 503, [str(error)], {"Retry-After": "2"})
        except TooSlow as error:
            return _told(request, 504, [str(error)])
        except Gone as error:
            return _told(request, 409, [str(error)])
        except Defect as error:
            return _told(request, 500, [f"This is a defect of sousveil, not a mistake of yours: {error}."])
        except TooLarge as error:
            return _told(request, 413, [str(error)])
        except ClientDisconnect:  # nobody is there to be told, and the server would print all calls it came through
            return Response(status_code=400)
        except Exception as error:  # nothing of what somebody asked or chose is repeated
            return _told(request, 500, [f"This is a defect of sousveil, not a mistake of yours: {place_of(error)}."])
    return answered


async def not_from_afar(request: Request) -> Response:
    """That others can reach this app, in the place of what only this machine may ask for."""
    return _told(request, 403, ["Others can reach this app, so it takes no table, saves nothing and is not stopped "
                                "from here. Start it without --host for that."])


def _told(request: Request, status: int, lines: list[str], heads: dict[str, str] | None = None) -> Response:
    heads = {"Cache-Control": "no-store", **(heads or {})}
    if request.method == "POST" or "stage" in request.query_params:
        return JSONResponse({"problems": lines}, status, heads)
    text = frame.render("told.html", lines=lines, status=status, view="", part=False, pending=False, problem=None,
                        job=None, query="", far=request.app.state.far, here=request.url.path)
    return Response(text, status, heads, PAGE)

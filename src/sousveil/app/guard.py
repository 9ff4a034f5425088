"""Who may not get in: the first thing that every request meets.

A page of another site that is open in the same browser can send requests here, and make a name of its own lead here
(DNS rebinding). So: a request must name this machine as its host; one that another site sent is refused, or shown a
page that asks; what changes something needs the token that only pages of ours carry; and bodies have a limit, in bytes
and in time, which is counted as they come.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import html
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["HEADERS", "LARGEST_BODY", "LARGEST_TABLE", "SLOWEST", "Guard", "TooLarge"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 2_000_000
"""Bytes of a body: the four files of a study."""
LARGEST_TABLE = 128_000_000
"""Bytes of a table that is audited here; a larger one goes to `sousveil audit`, which reads it from the disk."""
LONGEST_ADDRESS = 16_000
SLOWEST = 10.0
"""Seconds for which a body may stand still, and in which the head of a request must be here."""
LONGEST_BODY = 120.0
"""Seconds in which a body must be here."""

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")

HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY", "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()"}


class TooLarge(Exception):
    """A body beyond its limit, or one that does not come."""


class Guard:
    """Wraps the site.

    hosts     what this server is called, with its port
    token     what writes must carry
    password  what every request must carry where others can reach this machine; '': nothing
    """

    def __init__(self, app: App, hosts: frozenset[str], token: str, password: str = "") -> None:
        self._app = app
        self._hosts = hosts
        self._token = token
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets here
            return
        heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        wrong = self._refused(scope, heads)
        if wrong is not None:
            await _answer(send, *wrong)
            return
        most = LARGEST_TABLE if scope["path"] == "/audit" else LARGEST_BODY
        if heads.get("content-length", "0").isdecimal() and int(heads.get("content-length", "0")) > most:
            await _answer(send, 413, f"A body here has at most {most:,} bytes.")
            return
        await self._app(scope, _counted(receive, most), _headed(send))

    def _refused(self, scope: Scope, heads: MutableMapping[str, str]) -> tuple[int, str] | None:
        """Why a request is not taken, with its status; None for one that is."""
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return 414, "The address is too long."
        if heads.get("host", "").lower() not in self._hosts:
            return 421, "This is not the name of this server. Open the address that it printed when it started."
        if self._password and not hmac.compare_digest(_password_in(heads.get("authorization", "")),
                                                      self._password.encode()):
            return 401, "This page is for those who have the password that was printed when it was started."
        origin = heads.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self._hosts}:
            return 403, "Requests from other sites are not taken."
        method = scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            return 405, "GET and POST are what is taken here."
        if method == "POST" and not hmac.compare_digest(heads.get("x-sousveil-token", "").encode(),
                                                        self._token.encode()):
            return 403, "What changes something needs the token that the pages here carry."
        if heads.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            if (method, heads.get("sec-fetch-mode"), heads.get("sec-fetch-dest")) == ("GET", "navigate", "document"):
                return 200, ASKS
            return 403, "Requests from other sites are not taken."
        return None


ASKS = ("Another page sent you here, and nothing was worked out for it. To open what the address says, put the cursor "
        "into the address bar and press Enter.")


def _password_in(head: str) -> bytes:
    """The password of an `Authorization: Basic` head, whatever name stands before it; empty where there is none."""
    kind, _, code = head.partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(code.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _counted(receive: Receive, most: int) -> Receive:
    """The body as it comes, up to a limit in bytes and in time."""
    had = 0
    began: float | None = None

    async def received() -> Message:
        nonlocal had, began
        now = asyncio.get_running_loop().time()
        began = now if began is None else began
        if had < 0:  # the body is here: what still comes is that somebody left
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), min(SLOWEST, max(0.0, began + LONGEST_BODY - now)))
        except TimeoutError:
            raise TooLarge("The body did not come in time.") from None
        if message["type"] == "http.request":
            had += len(message.get("body", b""))
            if had > most:
                raise TooLarge(f"A body here has at most {most:,} bytes.")
            if not message.get("more_body", False):
                had = -1
        return message

    return received


def _headed(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            has = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(
                (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
                if name.lower().encode() not in has)]
        await send(message)

    return sent


async def _answer(send: Send, status: int, text: str) -> None:
    body = ("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>sousveil</title>"
            f"<main><h1>sousveil</h1><p>{html.escape(text)}</p></main></html>").encode()
    heads = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode()),
             (b"cache-control", b"no-store"), (b"connection", b"close")]
    heads += [(b"www-authenticate", b'Basic realm="sousveil", charset="UTF-8"')] if status == 401 else []
    heads += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": heads})
    await send({"type": "http.response.body", "body": body})

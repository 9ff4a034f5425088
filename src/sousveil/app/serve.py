"""A port, a browser, an end.

    serve()                      on a free port of this machine, until Ctrl-C, or until the page says so
    serve(host="192.0.2.7", i_know=CONSENT)   for others too, with a password that is printed
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import secrets
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from sousveil.app.guard import Guard
from sousveil.app.shelf import Shelf, place
from sousveil.app.site import Site
from sousveil.app.studies import Origin, of_atlas, of_folder
from sousveil.app.workers import FAR, LONGEST, Workers
from sousveil.errors import InputError
from sousveil.ground.interrupts import ending
from sousveil.progress import tell
from sousveil.runs.settings import cores

__all__ = ["CLIENTS", "CONSENT", "serve"]

CLIENTS = 400
"""Connections at once; who comes later is told to come again."""


CONSENT = "others can reach this page, and what they send is not encrypted"
"""What has to be said, word for word, before the app listens to others than this machine."""

LOOPBACK = ("127.0.0.1", "localhost")


def serve(study: str | None = None, *, port: int = 0, browser: bool = True, host: str = LOOPBACK[0], i_know: str = ""
          ) -> str:
    """Serve the app until it is stopped; returns the address that it had.

    study  an entry of the atlas, or the folder of a study, to open first
    port   0: one that is free
    host   an address of this machine; where it is not the loopback address, `i_know` must be `CONSENT`, and every
           request must carry the password that is printed

    Raises InputError for a study that is not there, an address or a port that cannot be had, and without consent.
    """
    far = _is_far(host, i_know)
    opened = [] if study is None else [_origin(study)]
    listening = _listen(host, port)
    number = listening.getsockname()[1]
    address = f"http://{host}:{number}/"
    token, password = secrets.token_urlsafe(24), secrets.token_urlsafe(18) if far else ""
    workers = Workers(cores(), FAR if far else LONGEST)
    site = Site(workers, Shelf(place()), token, opened, far=far)
    first = address + (f"{opened[0].name}/does" if opened else "")
    with _ending() as end:
        tell(f"sousveil is at {first} (" + (f"for whoever can reach this machine and has the password {password}"
                                            if far else "on this machine only") + "; Ctrl-C ends it)")
        for line in _in_the_way(_open(first) if browser else True):
            tell(line)
        try:
            _served(Guard(site.app, _names(host, number), token, password), listening, site, end)
        finally:
            workers.close()
            listening.close()
    return address


class _End:
    """Takes down that somebody asked for the end. Where that were raised in the middle of an import, as Python does, it
    could be lost there.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.stop: Callable[[], None] | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self.stop is not None:
            self.stop()
        elif self.asked > 1:  # the browser that is being opened may not come back
            raise KeyboardInterrupt


@contextlib.contextmanager
def _ending() -> Iterator[_End]:
    end = _End()
    kept = {number: signal.signal(number, end) for number in {signal.SIGINT, signal.SIGTERM, *ending()}}
    try:
        yield end
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _origin(study: str) -> Origin:
    folder = Path(study)
    if folder.name == "study.yaml":
        folder = folder.parent
    if folder.is_dir():
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in folder.resolve().name) or "study"
        return of_folder(folder.resolve(), f"folder-{name}")
    return of_atlas(study)


def _is_far(host: str, i_know: str) -> bool:
    """Whether others can reach that address. Raises InputError for one that is none, and without consent."""
    if host in LOOPBACK:
        return False
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        raise InputError(f'host: "{host[:60]}" is no address such as 192.0.2.7; the default is {LOOPBACK[0]}') from None
    if address.is_unspecified or address.is_multicast:
        raise InputError(f"host: {host} is not one address of this machine; name the one that others will open")
    if i_know.strip().rstrip(".").casefold() != CONSENT.casefold():
        raise InputError(f"host: {host} is open to others. If that is meant, and docs/app.md was read, say so: "
                         f'--i-know "{CONSENT}"')
    return True


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two programs listen at once
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(CLIENTS)  # from here on a browser waits, rather than being turned away
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or "there is no such port"
        raise InputError(f"{host}, port {port}: {reason}; without --port a free one is taken") from error
    return listening


def _names(host: str, port: int) -> frozenset[str]:
    """What the server is called: a name that somebody made to lead here is none of them."""
    return frozenset(f"{name}:{port}" for name in (LOOPBACK if host in LOOPBACK else (host,)))


def _open(address: str) -> bool:
    """Open a browser; whether there was one."""
    with contextlib.suppress(webbrowser.Error, OSError):
        return webbrowser.open(address)
    return False


def _in_the_way(opened: bool) -> list[str]:
    """What of this machine may keep the page from being seen, and what to do about it."""
    found = [] if opened else [
        "No browser could be opened here: copy the address into one. If this machine has no screen, forward the port "
        "from the one that you sit at: ssh -L PORT:127.0.0.1:PORT THIS-MACHINE, with the port of the address"]
    given = {name.lower(): value for name, value in os.environ.items()}
    proxy = next((name for name in ("all_proxy", "http_proxy") if given.get(name)), "")
    passed = {part.strip() for part in given.get("no_proxy", "").split(",")}
    if proxy and not passed & {"*", "127.0.0.1", "127.0.0.0/8"}:
        found.append(f"{proxy.upper()} is set, so a browser may ask a proxy for this page, which cannot reach it. If "
                     "the page does not open, set NO_PROXY=127.0.0.1, or except 127.0.0.1 in the browser")
    return found


def _served(app: object, listening: socket.socket, site: Site, end: _End) -> None:
    """Serve until a signal comes, or the page says so; then come back, as from any other work."""
    import uvicorn

    from sousveil.app.patience import Impatient

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # they are heard since before this began

        def stop(self) -> None:
            self.force_exit = self.should_exit
            self.should_exit = True
            if self.force_exit:  # whoever does not wait for the end needs no account of what was cut short
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    server = Server(uvicorn.Config(
        app, http=Impatient, ws="none", loop="asyncio", access_log=False, log_config=None,  # type: ignore[arg-type]
        server_header=False, limit_concurrency=CLIENTS, timeout_keep_alive=15, h11_max_incomplete_event_size=64_000,
        timeout_graceful_shutdown=2))
    site.stop = end.stop = server.stop
    if not end.asked:
        server.run(sockets=[listening])

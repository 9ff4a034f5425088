"""`sousveil baserate` as typed, for the tests of what it answers."""

from __future__ import annotations

from cyclopts import App

from sousveil.cli.output import dispatch

__all__ = ["BASE", "CHECKED", "NOTHING", "run", "typed"]

BASE = {"--faces": "60000", "--watchlist": "1000", "--present": "3", "--fpir": "1/6000"}
NOTHING: dict[str, str | None] = dict.fromkeys(BASE)
CHECKED = ("--check", "faces=15000,alerts=16,confirmed=3,wrong=13")


def run(*words: str) -> int:
    app = App(name="sousveil", help_format="plaintext", suppress_keyboard_interrupt=False)
    app.command("sousveil.cli.baserate:baserate", name="baserate")
    return dispatch(app, ["baserate", *words])


def typed(changes: dict[str, str | None], *more: str) -> list[str]:
    options = {**BASE, **changes}
    return [word for option, text in options.items() if text is not None for word in (option, text)] + list(more)

"""Connections on which no whole request comes are closed. Somebody who sends its head letter by letter, or nothing at
all, would otherwise keep a place that others need, for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from sousveil.app.guard import SLOWEST

__all__ = ["Impatient"]


class Impatient(H11Protocol):
    """Uvicorn's protocol, with a limit to the seconds in which the head of a request must be here."""

    _heard: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; what is no whole head yet is waited for no longer than the first letter of it was."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._heard is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._heard = self.loop.call_later(SLOWEST, self._give_up)

    def _stop(self) -> None:
        if self._heard is not None:
            self._heard.cancel()
            self._heard = None

    def _give_up(self) -> None:
        self._heard = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()

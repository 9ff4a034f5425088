"""What pages ask, and who answers: a study, its card, an answer from the shelf or from a worker.

An answer is asked for once. Who asks and leaves takes the question along, unless somebody else waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sousveil.app.desk import Desk
from sousveil.app.question import FAR, HERE, Question, question
from sousveil.app.studies import Origin, of_atlas
from sousveil.app.views import FORM
from sousveil.app.workers import Gone, Job, TooBusy, TooSlow, Workers
from sousveil.errors import InputError
from sousveil.version import __version__

if TYPE_CHECKING:
    from sousveil.app.shelf import Shelf

__all__ = ["FIRST", "Inquiry"]

Answer = dict[str, Any]

FIRST = 8.0
"""Seconds for which a page waits for its preview, before it is sent without."""

MOST_REFUSALS, REMEMBERED = 100, 120.0
"""So many questions that were refused are remembered, and for so many seconds."""

GRADES = {"card": "preview", "check": "preview", "report": "whole", "why": "long", "weigh": "long",
          "sweep": "long", "extremes": "long", "infer": "long", "ask": "long", "story": "whole", "baserate": "preview",
          "warm": "long"}
"""Which class of work each kind of question is (see `workers.LONGEST`)."""


class Inquiry:
    """Studies, workers and the shelf.

    opened   studies that were named when the server was started
    far      whether others than this machine can reach it: then less is carried out, and nothing is taken or written
    """

    def __init__(self, workers: Workers, shelf: Shelf, opened: list[Origin], *, far: bool = False) -> None:
        self.workers = workers
        self.far = far
        self.shelf = shelf
        self.opened = {origin.name: origin for origin in opened}
        self.desk = Desk()
        self.cards: dict[str, Answer] = {}
        self.tables = 0  # in memory now
        self.refusals: dict[str, tuple[float, Exception]] = {}
        self.rendered: dict[str, tuple[bytes, str]] = {}  # pages that were made a moment ago, and their tags
        self.compiling: Job | None = None

    def begin(self) -> None:
        """Let a worker compile what is not compiled yet, and others start from what came of it."""
        self.compiling = self.workers.submit(self.key("warm", ""), "warm", {}, GRADES["warm"])

        def ended(done: asyncio.Future[Answer]) -> None:
            self.compiling = None
            if not done.cancelled() and done.exception() is None:
                if done.result()["fresh"]:
                    self.workers.renew()
                self._compile(0, done.result()["others"])

        self.compiling.done.add_done_callback(ended)

    def _compile(self, number: int, until: int) -> None:
        """Compile what rarer rules take, while nobody waits for it: one after the other, so that long work comes
        between. Whoever asks for it before waits for it in their own question.
        """
        if number >= until:
            return

        def ended(done: asyncio.Future[Answer]) -> None:
            if not done.cancelled() and done.exception() is None:
                self._compile(number + 1, until)

        with contextlib.suppress(TooBusy):
            job = self.workers.submit(self.key("warm", str(number)), "warm", {"other": number}, GRADES["warm"])
            job.done.add_done_callback(ended)

    async def compiled(self, seconds: float | None) -> Job | None:
        """The job that compiles, where it is at work still after so many seconds."""
        job = self.compiling
        if job is not None and not job.done.done():
            await asyncio.wait({job.done}, timeout=seconds)
        return self.compiling

    def origin(self, name: str) -> Origin:
        """Where the study of this name comes from. Raises InputError."""
        return self.opened.get(name) or self.desk.find(name) or of_atlas(name)

    async def card(self, origin: Origin) -> Answer:
        """What a study offers. Raises InputError with its mistakes."""
        key = self.key("card", origin.digest)
        found = self.cards.get(key) or self.shelf.get(key)
        if found is None:
            found = await self.answer("card", origin.digest, {"origin": origin.plain()}, FIRST * 3)
        if found is None:
            raise TooSlow("the study cannot be read in time")
        self.cards[key] = found
        while len(self.cards) > 100:
            self.cards.pop(next(iter(self.cards)))
        return found

    async def asked(self, request: Request, name: str, view: str = "") -> tuple[Origin, Answer, Question]:
        """The study of an address, its card, and the state. Raises InputError."""
        origin = self.origin(name)
        card = await self.card(origin)
        return origin, card, question(name, request.query_params.multi_items(), card, FAR if self.far else HERE, view)

    def key(self, kind: str, content: str, *more: str) -> str:
        told = json.dumps([__version__, FORM, kind, content, *more])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def submit(self, kind: str, content: str, order: Answer, *more: str, grade: str = "") -> tuple[str, Job]:
        key = self.key(kind, content, *more)
        job = self.workers.submit(key, kind, order, grade or GRADES[kind])
        if not getattr(job, "kept", False):
            job.kept = True  # type: ignore[attr-defined]
            job.done.add_done_callback(lambda done: self._keep(key, kind, done))
        return key, job

    def _keep(self, key: str, kind: str, done: asyncio.Future[Answer]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self.shelf.put(key, done.result())
            if kind == "weigh":  # pages say from now on how much hangs on each guess
                self.rendered.clear()
        elif isinstance(error, InputError | TooSlow):
            self.refusals[key] = asyncio.get_running_loop().time(), error
            while len(self.refusals) > MOST_REFUSALS:
                self.refusals.pop(next(iter(self.refusals)))

    def refused(self, key: str) -> None:
        """Raise what a question was refused with a moment ago: a page that asks again must be told, not wait anew."""
        since, error = self.refusals.get(key, (0.0, None))
        if error is not None and asyncio.get_running_loop().time() - since < REMEMBERED:
            raise error

    async def answer(self, kind: str, content: str, order: Answer, seconds: float | None, *more: str,
                      grade: str = "") -> Answer | None:
        found = self.shelf.get(self.key(kind, content, *more))
        if found is not None:
            return found
        _, job = self.submit(kind, content, order, *more, grade=grade)
        return await self.workers.wait(job, seconds)

    def order(self, kind: str, stage: str, q: Question, origin: Origin) -> tuple[str, Answer, tuple[str, ...], str]:
        """What a worker is told, and what its answer is known by."""
        q = q.sized(kind)
        told: Answer = {"origin": origin.plain(), "question": q.plain(), "stage": stage}
        more = (stage, json.dumps(q.pairs()))
        staged = {"preview": "preview", "whole": "whole", "wide": "long"}
        grade = staged[stage] if kind in ("does", "change") else GRADES[kind]
        return kind, told, more, grade

    def has(self, kind: str, q: Question, origin: Origin) -> bool:
        """Whether the whole answer lies ready."""
        kind, _, more, _ = self.order(kind, "whole", q, origin)
        return self.shelf.get(self.key(kind, origin.digest, *more)) is not None

    async def result(self, kind: str, stage: str, q: Question, origin: Origin, seconds: float | None,
                     request: Request | None = None, extra: Answer | None = None
                     ) -> tuple[Answer | None, Job | None, str]:
        """An answer, or the job that makes it, and its key. What nobody waits for any more is ended."""
        kind, told, more, grade = self.order(kind, stage, q, origin)
        told |= extra or {}
        more = (*more, json.dumps(extra, sort_keys=True)) if extra else more
        key = self.key(kind, origin.digest, *more)
        found = self.shelf.get(key)
        if found is not None:
            return found, None, key
        self.refused(key)
        if self.compiling is not None and seconds != 0:
            await self.compiled(None)
        key, job = self.submit(kind, origin.digest, told, *more, grade=grade)
        if seconds == 0:
            return None, job, key
        if request is None:
            return await self.workers.wait(job, seconds), job, key
        return await self.while_there(request, job, seconds), job, key

    async def while_there(self, request: Request, job: Job, seconds: float | None) -> Answer | None:
        """Wait while the one who asked is there; then the job ends, unless somebody else waits."""
        waiting = asyncio.ensure_future(self.workers.wait(job, seconds))
        leaving = asyncio.ensure_future(_left(request))
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        await asyncio.sleep(0)
        self.workers.leave(job)
        raise Gone("nobody waits")


async def _left(request: Request) -> None:
    """Comes back when the one who asked has gone."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return

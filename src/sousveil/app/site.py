"""The addresses, and what stands there. Everything that is read is a GET and a function of its address and the version;
what changes something is a POST that carries the token.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from sousveil.app import downloads, frame, uploads, views, writes
from sousveil.app.inquiry import FIRST, Inquiry
from sousveil.app.instruments import FORM
from sousveil.app.question import FAR, HERE, INQUIRIES, VIEWS, Question
from sousveil.app.replies import PAGE, Handler, cached, careful, not_from_afar, progress, tag_of
from sousveil.app.studies import FILES, Origin, of_atlas
from sousveil.app.waiting import LONG, long
from sousveil.app.workers import TooSlow, Workers
from sousveil.errors import InputError
from sousveil.ground import called

if TYPE_CHECKING:
    from sousveil.app.shelf import Shelf

__all__ = ["Site"]

Answer = dict[str, Any]

MOST_PAGES = 100
"""Pages that are held as they were sent: 10 MB or so. Who asks for one of them again is not made to wait for it."""

KEPT = ("number", "wide")
"""What an address may hold beside the state."""


class Site(Inquiry):
    """All pages. `stop`: what ends the server."""

    def __init__(self, workers: Workers, shelf: Shelf, token: str, opened: list[Origin], *, far: bool = False
                 ) -> None:
        super().__init__(workers, shelf, opened, far=far)
        self.token = token
        self.stop: Callable[[], None] = lambda: None
        self.app = Starlette(routes=self._routes(), lifespan=self._lifespan)
        self.app.state.far = far

    def _routes(self) -> list[Route]:
        def get(path: str, handler: Handler) -> Route:
            return Route(path, careful(handler), methods=["GET"])

        def post(path: str, handler: Handler) -> Route:
            return Route(path, careful(handler), methods=["POST"])

        def own(path: str, handler: Handler) -> Route:
            """A write that only this machine may ask for."""
            return post(path, not_from_afar if self.far else handler)

        return [
            get("/", self.home), get("/open", self.open), get("/token", self.give_token),
            get("/static/{name}", self.static), get("/events/{key}", self.events), get("/words", self.words),
            get("/baserate", self.baserate), get("/baserate/files/{name}", self.search_file),
            get("/audit", self.audit_page), own("/audit", self.audit),
            post("/cancel/{key}", self.cancel), own("/stop", self.end), post("/studies", self.new_study),
            get("/edit/{name}", self.edit), post("/edit/{name}", self.keep), post("/check", self.check),
            own("/save/{name}", self.save),
            get("/{study}", self.study), get("/{study}/weigh", self.weigh),
            get("/{study}/files/{name}", self.download),
            get("/{study}/{view}", self.view)]

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Let a worker get ready while the first page is read."""
        first = next(iter(self.opened.values()), None) or of_atlas("seed-article")
        self.begin()
        self.submit("card", first.digest, {"origin": first.plain()})
        yield

    # --- pages ------------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """What do you hold?"""
        entries = await asyncio.to_thread(views.entries)
        return self.page(request, "home.html", entries=entries, opened=[*self.opened.values()],
                         made=[] if self.far else self.desk.names())

    async def open(self, request: Request) -> Response:
        """The way from a form with a list of studies to the address of one."""
        name = request.query_params.get("study", "")
        self.origin(name)
        return RedirectResponse(f"/{name}/does", 303)

    async def study(self, request: Request) -> Response:
        """A study without a view: what it does."""
        self.origin(request.path_params["study"])
        return RedirectResponse(f"/{request.path_params['study']}/does", 303)

    async def view(self, request: Request) -> Response:
        """One view of one state."""
        name, view = request.path_params["study"], request.path_params["view"]
        if view not in (*VIEWS, *INQUIRIES):
            return self.missing(request)
        try:
            origin, card, q = await self.asked(request, name, view)
        except InputError as error:
            return await self._wrong(request, name, error)
        stage = request.query_params.get("stage", "")
        said = [(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k in KEPT]
        if not stage and urlencode(q.pairs()) != urlencode([p for p in parse_qsl(request.url.query, True)
                                                            if p[0] not in KEPT]):
            return RedirectResponse(q.address(view, *said), 303)
        request.state.key = self.key("page", origin.digest, request.url.path, request.url.query, *self._names())
        if (made := self.rendered.get(request.state.key)) is not None:
            return cached(request, *made, PAGE)
        if view in LONG:
            return await self._long(request, view, origin, card, q)
        shows = {"claimed": self._claimed, "does": self._does, "change": self._change, "check": self._check}
        return await shows[view](request, origin, card, q, stage)

    async def _wrong(self, request: Request, name: str, error: InputError) -> Response:
        return self.page(request, "wrong.html", status=422, name=name, problems=error.problems,
                         editable=self.desk.find(name) is not None)

    async def _claimed(self, request: Request, origin: Origin, card: Answer, q: Question, stage: str) -> Response:
        return self.page(request, "claimed.html", **self._frame(origin, card, q, "claimed"))

    async def _does(self, request: Request, origin: Origin, card: Answer, q: Question, stage: str) -> Response:
        kept = replace(q, reforms=(), sets=())
        return await self._staged(request, "does", "does.html", origin, card, q, kept, stage)

    async def _change(self, request: Request, origin: Origin, card: Answer, q: Question, stage: str) -> Response:
        kind = "change" if q.changed else "does"
        return await self._staged(request, kind, "change.html", origin, card, q, q, stage)

    async def _staged(self, request: Request, kind: str, template: str, origin: Origin, card: Answer, q: Question,
                      asked: Question, stage: str) -> Response:
        """A preview first and the whole after it: in a page for who has no script, in parts for who has."""
        view = "does" if template == "does.html" else "change"
        values = self._frame(origin, card, q, view)
        try:
            if stage in ("preview", "whole"):
                found, _, key = await self.result(kind, stage, asked, origin, None, request)
                return self.page(request, "result.html", part=True, answer=found, key=key, **values)
            if not stage and (job := await self.compiled(1.0)) is not None and not self.has(kind, asked, origin):
                return self.page(request, template, **{**values, **(await self._controls(origin, card, q)),
                                                       "answer": None, "key": job.key, "pending": True,
                                                       "compiling": True})
            wide, wide_key = None, ""
            if request.query_params.get("wide"):
                wide, _, wide_key = await self.result(kind, "wide", asked, origin, 0.2)
            found, _, key = (wide, None, "") if wide else await self.result(kind, "whole", asked, origin, 0)
            if found is None:
                found, _, _ = await self.result(kind, "preview", asked, origin, FIRST)
        except (InputError, TooSlow) as error:
            return self.page(request, "result.html" if stage else template, **{
                **values, **(await self._controls(origin, card, q)), "part": bool(stage), "answer": None, "key": "",
                "problem": error, "status": 422})
        pending = found is None or found["stage"] == "preview"
        return self.page(request, template, **{
            **values, **(await self._controls(origin, card, q)), "answer": found, "key": key if pending else "",
            "pending": pending or bool(wide_key and not wide), "unfinished": pending,
            "wide_key": "" if wide else wide_key})

    async def _controls(self, origin: Origin, card: Answer, q: Question) -> Answer:
        moves = (self.shelf.get(self.key("weigh", origin.digest)) or {}).get("moves", {})
        return {"sections": views.controls(card, q), "guesses": views.guesses(card, q, moves), "weighed": bool(moves)}

    async def weigh(self, request: Request) -> Response:
        """How far every guess moves the answer over its range."""
        origin = self.origin(request.path_params["study"])
        await self.card(origin)
        told = {"origin": origin.plain(), "question": Question(origin.name).plain(), "stage": "whole"}
        key = self.key("weigh", origin.digest)
        found = self.shelf.get(key)
        if found is None:
            _, job = self.submit("weigh", origin.digest, told)
            found = await self.while_there(request, job, None)
        body = json.dumps(found).encode()
        return cached(request, body, tag_of(body), "application/json")

    async def _long(self, request: Request, view: str, origin: Origin, card: Answer, q: Question) -> Response:
        """A page for work that takes long: its progress first, its answer when it is there."""
        work = long(view, origin, card, q, request.query_params)
        values = {**self._frame(origin, card, q, view), **work.values}
        template = f"{view}.html" if view in ("why", "story", "sweep") else "unpublished.html"
        try:
            found, job, key = await self.result(view, "whole", work.q, origin, 1.0, extra=work.extra)
        except (InputError, TooSlow) as error:
            return self.page(request, template, **{**values, "status": 422, "answer": None, "key": "",
                                                   "problem": error})
        if view == "story" and found is not None:
            values |= views.cited(origin, work.q, view, card, number=found["number"])
        return self.page(request, template, **{**values, "answer": found, "key": "" if found else key,
                                               "pending": found is None, "job": job})

    async def _check(self, request: Request, origin: Origin, card: Answer, q: Question, stage: str) -> Response:
        return self.page(request, "check.html", **self._frame(origin, card, q, "check"))

    def _frame(self, origin: Origin, card: Answer, q: Question, view: str) -> Answer:
        return {"origin": origin, "card": card, "q": q, "view": view, "views": VIEWS, "problem": None,
                "wide_key": "", "unfinished": False,
                "studies": self._names(),
                **views.cited(origin, q, view, card)}

    def _names(self) -> list[str]:
        """All studies that can be opened."""
        return [*views.names(), *self.opened, *([] if self.far else self.desk.names())]

    async def words(self, request: Request) -> Response:
        """What the words mean."""
        return self.page(request, "words.html", terms=views.terms())

    async def baserate(self, request: Request) -> Response:
        """How many innocent people a search stops."""
        form = _form(request)
        found, problem = None, None
        try:
            found = await self.answer("baserate", "", {"form": form}, None, json.dumps(form))
        except InputError as error:
            problem = error
        said = urlencode([(name, value) for name, value in form.items() if value != FORM[name]])
        return self.page(request, "baserate.html", form=form, answer=found, problem=problem,
                         said=f"?{said}" if said else "", status=422 if problem else 200)

    async def search_file(self, request: Request) -> Response:
        """A file of a search."""
        form = _form(request)
        found = await self.answer("baserate", "", {"form": form}, None, json.dumps(form))
        return downloads.of_search(found, request.path_params["name"]) or self.missing(request)

    async def audit_page(self, request: Request) -> Response:
        """Where a table is chosen."""
        return self.page(request, "audit.html", can=uploads.can() and not self.far)

    async def audit(self, request: Request) -> Response:
        """A table, reduced to counts."""
        return await uploads.counted(self, request)

    # --- files, progress, ends ---------------------------------------------------------------------------------------

    async def download(self, request: Request) -> Response:
        """A table, a picture, the report, the study."""
        return await downloads.file(self, request) or self.missing(request)

    async def static(self, request: Request) -> Response:
        """The style sheet and the script."""
        found = frame.asset(request.url.path)
        if found is None:
            return self.missing(request)
        return Response(found[0], media_type=found[1],
                        headers={"Cache-Control": "public, max-age=31536000, immutable"})

    async def events(self, request: Request) -> Response:
        """How far a job is, as server-sent events, until it is done."""
        job = self.workers.find(request.path_params["key"])
        return StreamingResponse(progress(job), media_type="text/event-stream",
                                 headers={"Cache-Control": "no-store"})

    async def cancel(self, request: Request) -> Response:
        """End a job."""
        job = self.workers.find(request.path_params["key"])
        if job is not None:
            self.workers.cancel(job)
        return JSONResponse({"cancelled": job is not None})

    async def give_token(self, request: Request) -> Response:
        """The token, for the script of our own pages: another site can ask for it, and cannot read the answer."""
        return JSONResponse({"token": self.token}, headers={"Cache-Control": "no-store"})

    async def end(self, request: Request) -> Response:
        """Stop the server."""
        asyncio.get_running_loop().call_later(0.2, self.stop)
        return JSONResponse({"stopped": True})

    async def new_study(self, request: Request) -> Response:
        """A study of one's own, from any entry."""
        return await writes.new(self, request)

    async def edit(self, request: Request) -> Response:
        """The files of a study of one's own."""
        origin = self.desk.find(request.path_params["name"])
        if origin is None:
            return self.missing(request)
        return self.page(request, "edit.html", origin=origin, files=FILES, texts=dict(origin.files))

    async def keep(self, request: Request) -> Response:
        """Take the files as they stand in the page."""
        return await writes.keep(self, request)

    async def check(self, request: Request) -> Response:
        """The mistakes in files, each at its line."""
        return await writes.check(self, request)

    async def save(self, request: Request) -> Response:
        """Write a study to a folder that was named."""
        return await writes.save(self, request)

    def missing(self, request: Request) -> Response:
        """Nothing stands here."""
        return self.page(request, "missing.html", status=404)

    def page(self, request: Request, template: str, *, status: int = 200, part: bool = False, **values: Any
             ) -> Response:
        """A page, with a tag of what is in it: who has it need not get it again."""
        values = {"view": "", "pending": False, "problem": None, "job": None, "part": part, "far": self.far,
                  "query": request.url.query, "here": request.url.path, "compiling": False,
                  "most_people": (FAR if self.far else HERE).people} | values
        card = values.get("card")
        names: Answer = card["shown"] if isinstance(card, dict) else {}
        with called.by(called.Names(**names)):
            text = frame.render(template, **values)
        if status != 200 or values["pending"]:
            return Response(text, status, {"Cache-Control": "no-store"}, PAGE)
        body = text.encode()
        tag = tag_of(body)
        if key := getattr(request.state, "key", ""):
            self.rendered[key] = body, tag
            while len(self.rendered) > MOST_PAGES:
                self.rendered.pop(next(iter(self.rendered)))
        return cached(request, body, tag, PAGE)


def _form(request: Request) -> dict[str, str]:
    """A search as it stands in an address."""
    return {name: request.query_params.get(name, value).strip()[:40] for name, value in FORM.items()}

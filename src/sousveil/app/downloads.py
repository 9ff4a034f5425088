"""Files of a view: its tables as CSV, its pictures as SVG, the offline report, the study as a folder."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sousveil.app import instruments, views
from sousveil.app.commands import FIGURES
from sousveil.app.inquiry import Inquiry
from sousveil.app.question import INQUIRIES, VIEWS, Question
from sousveil.app.studies import Origin
from sousveil.app.waiting import LONG, long

__all__ = ["FORMS", "file", "of_search"]

_KINDS = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml", "html": "text/html; charset=utf-8",
          "zip": "application/zip", "json": "application/json", "jsonld": "application/ld+json",
          "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}

FORMS = {"fria": ("html", "docx", "jsonld"), "iama": ("html", "docx", "json"), "aia": ("html", "docx", "json")}
"""Forms of authorities, and the files of each that a view offers."""


async def file(asks: Inquiry, request: Request) -> Response | None:
    """The file of this name for this state; None where there is none."""
    origin, card, q = await asks.asked(request, request.path_params["study"])
    name, _, ending = request.path_params["name"].rpartition(".")
    if ending not in _KINDS or not name:
        return None
    if ending == "zip":
        return _sent(_zipped(origin, card, q), f"{origin.name}.zip", ending)
    if name in FORMS and ending in FORMS[name]:
        return await _form(asks, request, origin, card, q, name, ending)
    if ending == "html":
        return await _report(asks, request, origin, card, q, name)
    kind = request.query_params.get("of", "change" if q.changed else "does")
    if kind not in ("change", "does", *LONG):
        return None
    found = await _found(asks, request, origin, card, q, kind)
    if ending == "csv":
        text = _table(found, name)
        return None if text is None else _sent(text.encode(), f"{origin.name}-{name}.csv", ending)
    chart = found["charts"].get(name)
    if chart is None:
        return None
    return _sent(chart["svg"].encode(), f"{origin.name}-{name}.svg", ending)


async def _found(asks: Inquiry, request: Request, origin: Origin, card: Mapping[str, Any], q: Question, kind: str
                 ) -> dict[str, Any]:
    """The whole answer of a view."""
    extra = None
    if kind in LONG:
        work = long(kind, origin, card, q, request.query_params)
        q, extra = work.q, work.extra
    elif kind == "does":
        q = replace(q, reforms=(), sets=())
    found, _, _ = await asks.result(kind, "whole", q, origin, None, request, extra=extra)
    assert found is not None
    return found


async def _report(asks: Inquiry, request: Request, origin: Origin, card: Mapping[str, Any], q: Question, view: str
                  ) -> Response | None:
    """The offline report, under a name that holds the hash of what is in it."""
    if view in INQUIRIES:
        text = (await _found(asks, request, origin, card, q, view))["html"]
    elif view not in VIEWS:
        return None
    else:
        q = q.sized(view)
        seen = view if view in ("why", "story") else "does" if view in ("does", "claimed") else "change"
        told = {"origin": origin.plain(), "question": q.plain(), "view": seen,
                "command": views.cited(origin, q, "does" if view == "claimed" else view, card)["command"]}
        found = await asks.answer("report", origin.digest, told, None, seen, json.dumps(q.pairs()), grade="whole")
        assert found is not None
        text = found["html"]
    body = text.encode()
    return _sent(body, f"{origin.name}-{view}-{hashlib.sha256(body).hexdigest()[:10]}.html", "html")


async def _form(asks: Inquiry, request: Request, origin: Origin, card: Mapping[str, Any], q: Question, form: str,
                ending: str) -> Response:
    """A form of an authority, filled from what this state does."""
    seen = "change" if q.changed else "does"
    q = q.sized(seen)
    told = {"origin": origin.plain(), "question": q.plain(), "form": form, "ending": ending,
            "command": views.cited(origin, q, seen, card)["command"]}
    found = await asks.answer("form", origin.digest, told, None, form, ending, json.dumps(q.pairs()), grade="long")
    assert found is not None
    if ending == "docx":
        body = base64.b64decode(found["body"])
    elif ending == "html":
        body = found["html"].encode()
    else:
        body = (json.dumps(found["data"], indent=2, ensure_ascii=False) + "\n").encode()
    return _sent(body, f"{origin.name}-{form}.{ending}", ending)


def of_search(found: Mapping[str, Any] | None, name: str) -> Response | None:
    """A file of a search of faces or of a list; None where there is none of that name."""
    if found is None:
        return None
    stem, _, ending = name.rpartition(".")
    if name == "report.html":
        body = found["html"].encode()
        return _sent(body, f"baserate-{hashlib.sha256(body).hexdigest()[:10]}.html", "html")
    if name == "numbers.csv":
        return _sent(instruments.written(found).encode(), "baserate-numbers.csv", "csv")
    if name == "baserate.zip":
        return _sent(instruments.packed(found), name, "zip")
    chart = found["charts"].get(stem)
    if chart is None or ending not in ("svg", "csv"):
        return None
    return _sent(chart[ending].encode(), f"baserate-{name}", ending)


def _sent(body: bytes, name: str, ending: str) -> Response:
    return Response(body, 200, {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"},
                    _KINDS[ending])


def _table(found: Mapping[str, Any], name: str) -> str | None:
    rows: Iterable[Mapping[str, Any]]
    if name in ("harms", "differences", "causes", "numbers") and "measures" in found:
        rows = found["measures"]
    elif name in ("before", "after", "moved", "changes", "places", "foretold") and name in found:
        rows = found[name]
    elif name == "story" and "entries" in found:
        rows = found["entries"]
    elif name in found.get("charts", {}):
        return str(found["charts"][name]["csv"])
    else:
        return None
    rows = list(rows)
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: _safe(v) for k, v in row.items()} for row in rows)
    return out.getvalue()


def _safe(value: Any) -> Any:
    """Text that a spreadsheet will not take for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _zipped(origin: Origin, card: Mapping[str, Any], q: Question) -> bytes:
    """The study's files and the command, as a folder; the same bytes for the same state."""
    out = io.BytesIO()
    place = replace(origin, kind="folder", place=origin.name)
    what = "infer" if q.figures else "check"
    texts = dict(origin.files) | ({FIGURES: q.figures} if q.figures else {})
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            packed.writestr(zipfile.ZipInfo(f"{origin.name}/{name}"), _without_schema(text))
        packed.writestr(zipfile.ZipInfo(f"{origin.name}/command.txt"),
                        views.cited(place, q, what, card)["command"] + "\n")
    return out.getvalue()


def _without_schema(text: str) -> str:
    """The line for editors leads to schemas that lie beside the atlas."""
    head, newline, rest = text.partition("\n")
    return rest if newline and head.startswith("# yaml-language-server:") else text

"""An instrument for what exists already: a search of faces, or of any list."""

from __future__ import annotations

import csv
import io
import json
import shlex
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sousveil.errors import InputError
from sousveil.ground import typed

__all__ = ["FORM", "packed", "searched", "written"]

N = TypeVar("N", int, float)

FORM = {"faces": "60000", "watchlist": "1000", "present": "3", "fpir": "1/6000", "fnir": "0.11", "days": "1"}
"""A search to begin with: one false alert in 6,000 faces, which sounds like little."""


def searched(order: Mapping[str, Any]) -> dict[str, Any]:
    """How many innocent people a search stops. Raises InputError."""
    from sousveil.app import pieces
    from sousveil.baserates import asked, scaling
    from sousveil.baserates.outcome import results
    from sousveil.reports.baserate import report

    form = order["form"]
    whole = {name: _whole(form, name) for name in ("faces", "watchlist", "days")}
    search = asked.search_of(asked.Asked(
        whole["faces"], whole["watchlist"], _present(form), fpir=(form["fpir"],),
        fnir=(form["fnir"],) if form["fnir"] else (), days=whole["days"]))
    rows = results(search)
    points = [point for along in scaling.ALONG for point in scaling.growth(search, along)]
    command = "sousveil baserate " + " ".join(f"--{name} {shlex.quote(value)}" for name, value in form.items() if value)
    made = report(search, rows, points, command)
    sections, charts = pieces.sections(made.page, leave={"again"})
    return {"headline": made.page.title, "lead": made.page.lead, "figures": pieces.key_figures(made.page),
            "sections": sections, "charts": charts, "command": command, "python": _python(form), "html": made.html,
            "measures": rows.plain()}


def _whole(form: Mapping[str, str], name: str) -> int:
    return _read(form, name, typed.whole)


def _present(form: Mapping[str, str]) -> float:
    return _read(form, "present", typed.real)


def _read(form: Mapping[str, str], name: str, as_typed: Callable[[str], N]) -> N:
    try:
        return as_typed(form[name])
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None


def _python(form: Mapping[str, str]) -> str:
    """The same in Python."""
    def text(name: str) -> str:
        return json.dumps(form[name], ensure_ascii=False)

    given = [f"{_whole(form, 'faces')}, {_whole(form, 'watchlist')}, {_present(form):g}", f"fpir=({text('fpir')},)"]
    given += [f"fnir=({text('fnir')},)"] if form["fnir"] else []
    given += [f"days={_whole(form, 'days')}"]
    return "\n".join(["from sousveil.baserates.asked import Asked, search_of",
                      "from sousveil.baserates.outcome import results", "",
                      f"search = search_of(Asked({', '.join(given)}))", "found = results(search)",
                      "print(found.table())"])


# --- files ------------------------------------------------------------------------------------------------------------


def written(found: Mapping[str, Any]) -> str:
    """All numbers of an answer as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(found["measures"][0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found["measures"])
    return out.getvalue()


def packed(found: Mapping[str, Any]) -> bytes:
    """The command, the lines of Python, the numbers and the report as a folder; the same bytes for the same search."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, text in (("command.txt", found["command"] + "\n"), ("search.py", found["python"] + "\n"),
                           ("numbers.csv", written(found)), ("report.html", found["html"])):
            folder.writestr(zipfile.ZipInfo(f"baserate/{name}"), text)
    return out.getvalue()

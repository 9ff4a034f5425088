"""An instrument for what exists already: a search of faces, or of any list."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from sousveil.errors import InputError

__all__ = ["FORM", "searched"]

FORM = {"faces": "60000", "watchlist": "1000", "present": "3", "fpir": "1/6000", "fnir": "0.11", "days": "1"}
"""A search to begin with: one false alert in 6,000 faces, which sounds like little."""


def searched(order: Mapping[str, Any]) -> dict[str, Any]:
    """How many innocent people a search stops. Raises InputError."""
    from sousveil.app import pieces
    from sousveil.baserates import asked, scaling
    from sousveil.baserates.outcome import results
    from sousveil.reports.baserate import report

    form = order["form"]
    whole = {name: _whole(form, name) for name in ("faces", "watchlist", "present", "days")}
    search = asked.search_of(asked.Asked(whole["faces"], whole["watchlist"], whole["present"], fpir=(form["fpir"],),
                                         fnir=(form["fnir"],) if form["fnir"] else (), days=whole["days"]))
    rows = results(search)
    points = [point for along in scaling.ALONG for point in scaling.growth(search, along)]
    command = "sousveil baserate " + " ".join(f"--{name} {shlex.quote(value)}" for name, value in form.items() if value)
    page = report(search, rows, points, command).page
    sections, _ = pieces.sections(page, leave={"again"})
    return {"headline": page.title, "lead": page.lead, "figures": pieces.key_figures(page), "sections": sections,
            "command": command, "measures": rows.plain()}


def _whole(form: Mapping[str, str], name: str) -> int:
    try:
        return int(form[name].replace(",", "").replace("_", ""))
    except ValueError:
        raise InputError(f'{name}: "{form[name]}" is no whole number') from None

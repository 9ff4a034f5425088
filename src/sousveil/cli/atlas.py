"""`atlas`: what is documented, how well, and how it fares beside what was published."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sousveil.atlas import names
from sousveil.cli.output import Answer, aligned, plural, width
from sousveil.errors import InputError, did_you_mean
from sousveil.runs.provenance import as_named
from sousveil.studies.entries import Entry, entries, entry

if TYPE_CHECKING:
    from sousveil.reports.surveyed import Surveyed

__all__ = ["atlas"]

MOST = 6
"""Figures of one entry that fit on a screen."""


def atlas(id: str | None = None, /, *, out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None) -> Answer:
    """List the documented schemes: how well each rule is known, how well it can be checked, and how it fares.

    Parameters
    ----------
    id
        Tell one entry in a screenful.
    out
        A folder for the gallery: an index and a page for each entry, or for the one named, which open offline.
    """
    if id is not None and id not in names():
        raise InputError(f'"{id}" is not in the atlas' + did_you_mean(id, names()))
    if out is not None:
        from sousveil.reports.gallery import gallery

        written = gallery(out, names() if id is None else (id,))
        return Answer(f"{plural(len(written), 'page')} written to {as_named(out)}; open {as_named(out)}/{written[0]}",
                      {"files": written})
    return _list() if id is None else _one(entry(id))


def _list() -> Answer:
    from sousveil.reports.surveyed import fares, kept

    found, rows, data = kept(), [], []
    listed = sorted(entries(), key=lambda one: (one.country, one.family, one.id))
    for one in listed:
        rows.append((one.id, one.country, one.years, one.family, one.status, f"{one.verified} of {one.rules}",
                     _fares(found.get(one.id), fares)))
        data.append(_plain(one, found.get(one.id)))
    head = ("entry", "country", "years", "reaches into", "rules", "read in source", "figures inside")
    note = ("“read in source”: of how many rules every source was read. “figures inside”: of the figures that somebody "
            "published, and to which nothing was fitted, how many the rules give within their tolerance; “in a wide "
            "range”: the range over what is not published spans most of what the figure could be, so that this says "
            "next to nothing.")
    text = "\n".join([aligned([head, *rows]), "", *textwrap.wrap(note, width()),
                      "Next: sousveil atlas ID, sousveil evidence ID, sousveil cases ID, sousveil run ID"])
    return Answer(text, {"entries": data})


def _one(one: Entry) -> Answer:
    from sousveil.reports.surveyed import fares, kept

    stood = kept().get(one.id)
    lines = [f"{one.id}  ({one.country}, {one.years}; {one.family}; {one.status})", *textwrap.wrap(one.title, width()),
             "", *textwrap.wrap(one.finding, width()), "",
             f"Rules read in their source: {one.verified} of {one.rules}. Sources: "
             + ", ".join(f"{n} {m}" for m, n in one.marks)]
    if stood is None:
        lines.append("Its files were changed since it was last looked at: see sousveil evidence " + one.id)
    else:
        lines += [f"Published figures inside their tolerance: {_fares(stood, fares)}", *_figures(stood), *_open(stood)]
    lines += ["", f"Next: sousveil explain {one.id}, sousveil evidence {one.id}, sousveil cases {one.id}, "
                  f"sousveil run {one.id}"]
    return Answer("\n".join(lines), _plain(one, stood))


def _fares(stood: Surveyed | None, fares: Any) -> str:
    return "?" if stood is None else str(fares(stood))


def _figures(stood: Surveyed) -> list[str]:
    shown = sorted((f for f in stood.figures if f["counted"]), key=lambda f: f["inside"])
    rows = [(f["figure"], _number(f["published"]), _number(f["value"]),
             "" if f["least"] is None else f"[{_number(f['least'])} to {_number(f['most'])}]",
             f["verdict"]) for f in shown[:MOST]]
    lines = [f"  {line}" for line in aligned([("", "published", "predicted", "not published", ""), *rows]).splitlines()
             ] if rows else []
    if len(shown) > MOST:
        lines.append(f"  and {len(shown) - MOST} more: sousveil evidence")
    for why in dict.fromkeys(f["outside"] for f in shown if not f["inside"] and f["outside"]):
        lines += textwrap.wrap(f"Outside: {why}.", width(), initial_indent="  ", subsequent_indent="  ")
    return lines


def _open(stood: Surveyed) -> list[str]:
    said = []
    if stood.widest:
        said.append(f"Widest open: {stood.widest} ({stood.widest_share:.0%} of what is uncertain about the worst tier)")
    if stood.ask:
        said.append(f"To be published: {stood.ask} ({stood.ask_share:.0%} would go)")
    return [line for text in said for line in textwrap.wrap(text, width(), subsequent_indent="  ")]


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _plain(one: Entry, stood: Surveyed | None) -> dict[str, Any]:
    told = {key: value for key, value in asdict(one).items() if key != "verified"}
    return told | {"marks": dict(one.marks), "read": one.verified, "standing": None if stood is None else asdict(stood)}

"""`extremes`: the least and the most that a harm can be over what is not published."""

from __future__ import annotations

from sousveil.cli.options import FarOut, StudyWord, Whole
from sousveil.cli.output import Answer, aligned, plural, wrapped
from sousveil.cli.settings import Anywhere, Goal, Reformed
from sousveil.comparisons.objective import objective
from sousveil.comparisons.store import claim, points_shelf
from sousveil.ground import called
from sousveil.reports.saved import write
from sousveil.runs import provenance
from sousveil.runs.settings import settings
from sousveil.studies.shown import names_of
from sousveil.unknowns.extremes import Extreme, Extremes
from sousveil.unknowns.extremes import extremes as search

__all__ = ["extremes"]


def extremes(study: StudyWord, /, *, goal: Goal = Goal(), points: Whole = 128, shelf: str | None = None,
             first: Reformed = Reformed(), asked: Anywhere = Anywhere(), out: FarOut | None = None) -> Answer:
    """Find the least and the most that a harm can be within the ranges of the assumptions.

    Parameters
    ----------
    points
        How many points over the ranges the search begins with.
    shelf
        A folder or an address where points are kept, so that no command asks for one twice.
    """
    held = None if out is None else claim(out)
    since = provenance.clock()
    where = asked.place()
    read, wanted = objective(settings(**asked.given).sized(first.of(study)), goal.harm, goal.group, goal.pair)
    found = search(read, wanted, points=points, engine=asked.engine, where=where,
                   shelf=None if shelf is None else points_shelf(shelf))
    if held is not None:
        write(found, held, since)
    with called.by(names_of(read)):
        unit = called.money(wanted.unit)
    head = (f"{read.name}: {wanted.words} ({unit}), over the ranges of {plural(len(found.least.at), 'thing')} "
            f"that nobody has published; {plural(found.runs, 'run')}, engine {found.engine}")
    text = [wrapped(head), _told(found),
            wrapped("Found by search, not proved: there may be values within the ranges that give less, or more.")]
    data = {"harm": goal.harm, "group": wanted.group, "reference": wanted.reference, "unit": wanted.unit,
            "engine": found.engine, "runs": found.runs, "value": found.value, "found": "by search, not proved",
            "least": _plain(found.least), "most": _plain(found.most),
            "out": None if out is None else provenance.as_named(out)}
    return Answer("\n\n".join([*text, *([] if out is None else [f"Written to {provenance.as_named(out)}"])]), data)


def _told(found: Extremes) -> str:
    assumed = "not estimable" if found.value is None else f"{found.value:.4g}"
    rows = [("", "least found", "as assumed", "most found"),
            ("the harm", _value(found.least), assumed, _value(found.most))]
    for name, x in found.least.at.items():
        rows.append((f"  {name}", _said(x, name in found.least.ends), "",
                     _said(found.most.at[name], name in found.most.ends)))
    return aligned(rows)


def _value(end: Extreme) -> str:
    chance = "" if end.low is None or end.high is None else f" ({end.low:.4g} to {end.high:.4g})"
    return f"{end.value:.4g}{chance}"


def _said(x: float | str, at_end: bool) -> str:
    return x if isinstance(x, str) else f"{x:.4g}{', an end of its range' if at_end else ''}"


def _plain(end: Extreme) -> dict[str, object]:
    return {"value": end.value, "low": end.low, "high": end.high, "at": dict(end.at), "ends": list(end.ends)}

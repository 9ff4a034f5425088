"""What has been published about real deployments: counts, their sources, and what they cannot tell.

The tables lie in `data/`, with a README on where they come from. A figure that was not published is None, never 0.
Rows that count the same alerts (a year and its events, a running total and its years) are never pooled: `independent`
refuses.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from sousveil.baserates.rate import Count
from sousveil.errors import InputError, did_you_mean

__all__ = ["Deployment", "Intervention", "PublishedRate", "deployment", "deployments", "faces", "independent",
           "interventions", "overlap", "published_rates"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment, an event, a year or a running total, as published.

    faces        faces seen (detections), persons in a crowd where `faces_are` is `crowd`
    faces_are    seen | round | at-least | crowd | '' (not published)
    crowd        a crowd figure that the source gives beside it
    true, false  alerts by the operator's own view, unless the note says who decided
    unconfirmed  alerts whose truth nobody established
    days, deployments  on how many days and deployments the alerts fell, where known
    listed       0 when nobody on the list was there by design; else None
    adds_up      whether the printed figures agree with each other
    groups       false alerts by group, where published
    stops_right, stops_wrong  people stopped after true and after false alerts
    mark         verified: read in the source named; recalled: remembered, or derived past what was read; given: typed
    """

    id: str
    system: str
    operator: str
    place: str
    period: str
    faces: int | None
    faces_are: str
    crowd: int | None
    watchlist: int | None
    alerts: int | None
    true: int | None
    false: int | None
    unconfirmed: int | None
    threshold: str
    days: int | None
    deployments: int | None
    listed: int | None
    adds_up: bool
    groups: tuple[tuple[str, int], ...]
    stops_right: int | None
    stops_wrong: int | None
    source: str
    url: str
    mark: str
    note: str

    @property
    def typed(self) -> bool:
        """Whether they are counts of somebody's own: what is not there was not given, and not "not published"."""
        return self.mark == "given"


@dataclass(frozen=True, slots=True)
class Intervention:
    """Of so many false alerts, so many ended with somebody being stopped."""

    id: str
    deployment: str
    count: Count
    source: str
    url: str
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """A published error rate, for a group where there are groups. `list_size` is as printed; it may be a range."""

    id: str
    study: str
    system: str
    group: str
    metric: str
    value: float
    unit: str
    threshold: str
    list_size: str
    events: int | None
    source: str
    url: str
    mark: str
    note: str


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("sousveil.baserates").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _count(text: str) -> int | None:
    return int(text) if text else None


def _mark(verified: str) -> str:
    return "verified" if verified == "yes" else "recalled"


@functools.cache
def deployments() -> tuple[Deployment, ...]:
    """Every published row, in the order of the table."""
    conditions = {row["id"]: row for row in _rows("conditions.csv")}
    found = []
    for row in _rows("deployments.csv"):
        more = conditions.get(row["id"], {})
        groups = tuple((name, int(count)) for name, count in
                       (pair.split("=") for pair in more.get("groups", "").split(";") if pair))
        found.append(Deployment(
            row["id"], row["system"], row["operator"], row["place"], row["date_or_period"], _count(row["faces_seen"]),
            more.get("faces_are", ""), _count(more.get("crowd", "")), _count(row["watchlist_size"]),
            _count(row["alerts"]), _count(row["true_alerts"]), _count(row["false_alerts"]), _count(row["unconfirmed"]),
            row["threshold"],
            _count(more.get("days", "")), _count(more.get("deployments", "")), _count(more.get("listed", "")),
            more.get("add_up", "") != "no", groups, _count(more.get("stops_right", "")),
            _count(more.get("stops_wrong", "")), row["source_title"], row["source_url"], _mark(row["verified"]),
            row["note"]))
    return tuple(found)


@functools.cache
def interventions() -> tuple[Intervention, ...]:
    """Every published count of stops after false alerts."""
    return tuple(Intervention(row["id"], row["deployment"],
                              Count(int(row["stops_after_false_alert"]), int(row["false_alerts"])), row["source_title"],
                              row["source_url"], _mark(row["verified"]), row["note"])
                 for row in _rows("interventions.csv"))


@functools.cache
def published_rates() -> tuple[PublishedRate, ...]:
    """Every published error rate, by group where there are groups."""
    return tuple(PublishedRate(row["id"], row["study"], row["system"], row["group"], row["metric"], float(row["value"]),
                               row["unit"], row["threshold"], row["gallery_size"], _count(row["events"]),
                               row["source_title"], row["source_url"], _mark(row["verified"]), row["note"])
                 for row in _rows("fpir_by_group.csv"))


def deployment(id: str) -> Deployment:
    """The row with this id. Raises InputError with the nearest id when there is none."""
    for row in deployments():
        if row.id == id:
            return row
    near = did_you_mean(id, [row.id for row in deployments()])
    raise InputError(f'no deployment is called "{id[:60]}"{near or "; see sousveil baserate --deployments"}')


@functools.cache
def _overlaps() -> dict[frozenset[str], str]:
    """Why two rows may not be pooled, for every pair; parts of parts are parts."""
    rows = _rows("overlaps.csv")
    parts: dict[str, set[str]] = {}
    for row in rows:
        if row["how"] == "contains":
            parts.setdefault(row["id"], set()).add(row["with"])
    why = {frozenset((row["id"], row["with"])): row["why"] for row in rows}
    for total in parts:
        waiting = list(parts[total])
        while waiting:
            part = waiting.pop()
            why.setdefault(frozenset((total, part)), "a part of one of its parts")
            waiting.extend(parts.get(part, ()))
    return why


def overlap(one: str, other: str) -> str:
    """Why the two rows count the same alerts, or ''."""
    return "the same row" if one == other else _overlaps().get(frozenset((one, other)), "")


def independent(ids: Iterable[str]) -> tuple[Deployment, ...]:
    """The rows with these ids, fit to be pooled.

    Raises InputError for an unknown id, for figures that contradict each other and for rows that count the same alerts.
    """
    rows = tuple(deployment(id) for id in ids)
    for row in rows:
        if not row.adds_up:
            raise InputError(f"{row.id}: the printed figures contradict each other ({row.note})")
    for i, row in enumerate(rows):
        for other in rows[i + 1:]:
            why = overlap(row.id, other.id)
            if why:
                raise InputError(f"{row.id} and {other.id} count the same alerts ({why}); a total is never pooled with "
                                 "its parts: name one of the two")
    return rows


def faces(row: Deployment) -> Count:
    """False alerts among the faces seen. Raises InputError, in words, where the published figures cannot give it."""
    if not row.adds_up:
        raise InputError(f"{row.id}: no rate per face, because the printed figures contradict each other")
    if row.false is None:
        raise InputError(f"{row.id}: no rate per face, because the number of false alerts was not published")
    if row.faces is None or row.faces_are == "crowd":
        size = row.crowd if row.faces is None else row.faces
        if size is None:
            raise InputError(f"{row.id}: no rate per face, because the number of faces seen was not published")
        raise InputError(f"{row.id}: no rate per face, because {size:,} is the size of a crowd, not the number of "
                         f"faces seen ({row.false / size:.3g} if every visitor were seen exactly once)")
    return Count(row.false, row.faces)

"""A study to be completed, from a table of rules: what counts, for how many points, and where that is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.ground.characters import plain_digits
from sousveil.studies.from_margins import Given
from sousveil.studies.number import MOST
from sousveil.studies.written_yaml import lines, slug

__all__ = ["RuleLine", "files_of", "read_rules"]

NEEDED = ("signal", "points")
KNOWN = (*NEEDED, "source", "about", "channel", "lawful", "domain", "url")

FINEST = 6
"""Decimal places of points that are read."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line of the table: the key of the signal, its points, and what else was said of it ('' where nothing was)."""

    key: str
    points: float
    about: str
    source: str
    url: str
    channel: str
    lawful: bool
    domain: str


def read_rules(given: Given) -> list[RuleLine]:
    """The rules of a table. Raises InputError, with file and line, for what is none."""
    rows = [list(row) for row in given.rows]
    head = [column.strip().casefold() for column in rows[0]] if rows else []
    for column in head:
        if column not in KNOWN:
            nearest = did_you_mean(column, KNOWN)
            raise InputError(Problem(given.name, 1, 1, f'"{column}" is no column of rules{nearest}'))
    for column in NEEDED:
        if head.count(column) != 1:
            raise InputError(Problem(given.name, 1, 1, f'a table of rules has one column "{column}"; it may have '
                                     f"{', '.join(KNOWN[2:])} too"))
    found: list[RuleLine] = []
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            cells = dict(zip(head, (*(cell.strip() for cell in row), *[""] * len(head)), strict=False))
            found.append(_rule(given.name, line, cells))
            if found[-1].key in [rule.key for rule in found[:-1]]:
                said = f'there are two rules "{found[-1].key}"; name them apart'
                raise InputError(Problem(given.name, line, 1, said))
    if not found:
        raise InputError(Problem(given.name, 0, 0, "there is no rule in this table"))
    return found


def _rule(name: str, line: int, cells: Mapping[str, str]) -> RuleLine:
    key = slug(cells["signal"])
    if not key:
        raise InputError(Problem(name, line, 1, f'"{cells["signal"]}" is no name for a signal'))
    text = cells["points"].replace("\u2212", "-").replace(",", ".")
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    if meant := plain_digits(text):
        raise InputError(Problem(name, line, 1, f'"{cells["points"]}" is written with other digits; write {meant}'))
    if not math.isfinite(points) or abs(points) > MOST or round(points, FINEST) != points:
        raise InputError(Problem(name, line, 1, f'"{cells["points"]}" is no number of points'))
    lawful = cells.get("lawful", "").casefold()
    if lawful not in ("", "yes", "no", "true", "false", "1", "0"):
        raise InputError(Problem(name, line, 1, f'lawful is yes or no, not "{lawful}"'))
    said = cells.get("about", "") or (cells["signal"] if slug(cells["signal"]) != cells["signal"] else "")
    return RuleLine(key, points, said, cells.get("source", ""), cells.get("url", ""),
                    slug(cells.get("channel", "")) or "records", lawful in ("yes", "true", "1"),
                    slug(cells.get("domain", "")))


def files_of(name: str, rules: Sequence[RuleLine]) -> dict[str, str]:
    """File -> its text: a study that can be checked and run, with all that the table does not say as assumptions."""
    return {"scheme.yaml": _scheme(name, rules), "population.yaml": _population(name, rules),
            "assumptions.yaml": _assumptions(name, rules),
            "study.yaml": lines({"study": name, "scheme": "scheme.yaml", "population": "population.yaml",
                                 "assumptions": "assumptions.yaml", "steps": 60, "seed": 1})}


def _scheme(name: str, rules: Sequence[RuleLine]) -> str:
    cited = list(dict.fromkeys((rule.source, rule.url) for rule in rules if rule.source))
    ids = {source: f"source-{i}" for i, source in enumerate(cited, start=1)}
    unit, reach = _unit(rules), 10 * max(1.0, *(abs(rule.points) for rule in rules))
    high_is_bad = all(rule.points >= 0 for rule in rules)
    score: dict[str, Any] = {"start": 0, "floor": 0 if high_is_bad else -reach, "ceiling": reach, "resolution": unit}
    tiers: dict[str, Any] = {"unmarked": {"from": -reach / 2}, "listed": {"from": -reach}}
    if high_is_bad:
        score = {"direction": "high-is-bad", **score}
        tiers = {"unmarked": {"from": 0}, "listed": {"from": reach / 2}}
    data = {
        "scheme": name, "about": f"{len(rules)} rules, to be completed", "status": "invented",
        "sources": [{"id": ids[key], "cite": key[0], "mark": "recalled", **({"url": key[1]} if key[1] else {})}
                    for key in cited],
        "channels": {channel: {"coverage": "unknown"} for channel in dict.fromkeys(rule.channel for rule in rules)},
        "signals": {rule.key: {
            "channel": rule.channel, "points": rule.points, "lawful": rule.lawful,
            **({"domain": rule.domain} if rule.domain else {}), **({"about": rule.about} if rule.about else {}),
            **({"cite": ids[rule.source, rule.url]} if rule.source else {})} for rule in rules},
        "score": score, "tiers": tiers,
        "consequences": {"listed": [{"right": "to-be-named", "effect": "restricted"}]}, "redress": {"notice": False}}
    head = ("# Signals and points are those of the table. To be completed, and invented until then: where scores\n"
            "# start and end, where tiers begin, what they mean for people, redress; which acts are lawful. A source\n"
            "# that was read bears the mark verified; with sources for all that counts, the status is documented.\n")
    return head + lines(data, ("sources", "channels", "signals", "tiers"))


def _unit(rules: Sequence[RuleLine]) -> float:
    """The coarsest power of ten that all points are multiples of, at most 1."""
    return next(10.0**-places for places in range(FINEST + 1)
                if all(round(rule.points, places) == rule.points for rule in rules))


def _population(name: str, rules: Sequence[RuleLine]) -> str:
    head = "# To be completed: who lives under it (sousveil population --from TABLE writes shares of people).\n"
    return head + lines({"population": name, "people": 100_000, "groups": {"A": 0.5, "B": "rest"},
                         "conduct": {rule.key: {"rate": "unknown"} for rule in rules}}, ("conduct",))


def _assumptions(name: str, rules: Sequence[RuleLine]) -> str:
    source = "to be completed; nothing is known of it"
    fill = {f"channels.{channel}.coverage": {"value": 0.5, "range": [0.05, 1], "source": source}
            for channel in dict.fromkeys(rule.channel for rule in rules)}
    fill |= {f"population.conduct.{rule.key}.rate": {"value": 0.01, "range": [0.0001, 1], "distribution": "log-uniform",
                                                     "source": source} for rule in rules}
    head = "# Every number here is a placeholder: put what is known, and a range that you can defend.\n"
    return head + lines({"assumptions": name, "fill": fill}, ("fill",))

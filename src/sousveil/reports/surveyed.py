"""How every entry of the atlas fares, as it was worked out last for its files (`reports.survey`).

    kept()["nl-duo-cub-2014"]                left out where the files have changed since

It stands in `standing.json` beside the entries, under the digest of their files; `tests/survey.py
--write` works it out anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sousveil.atlas import ATLAS, names
from sousveil.studies.entries import digest, entry

__all__ = ["KEPT", "Surveyed", "digest_of", "fares", "kept", "kept_text", "table"]

KEPT = ATLAS / "standing.json"

@dataclass(frozen=True, slots=True)
class Surveyed:
    """How an entry fares.

    main         its main numbers: the share of all people in each tier at the end
    figures      each as `Stand.plain` says it; cases: those with a published outcome, and whether they agree
    inside, counted   of figures and cases that somebody printed, and to which nothing was fitted
    widest       what is not published and moves the share of people in the worst tier most; its part of the variance
    ask          the number whose publication would take most off that, in words, with the share that would go
    """

    digest: str
    main: Mapping[str, float]
    figures: tuple[Mapping[str, Any], ...]
    cases: tuple[Mapping[str, Any], ...]
    inside: int
    counted: int
    widest: str
    widest_share: float
    ask: str
    ask_share: float

    @property
    def by_range(self) -> int:
        """How many are inside by a range over what is not published, which is not wide."""
        return sum(bool(f["by range"] and f["counted"] and not f["wide"]) for f in self.figures)

    @property
    def wide(self) -> int:
        """How many are inside a range that spans most of what they could be."""
        return sum(bool(f["wide"] and f["counted"] and f["inside"]) for f in self.figures)


def kept() -> dict[str, Surveyed]:
    """What was worked out last, by entry; an entry whose files have changed since is left out."""
    return {name: one for name, one in _read().items() if name in names() and one.digest == digest_of(name)}


def kept_text(found: Mapping[str, Surveyed]) -> str:
    """As the file holds it."""
    return json.dumps({name: asdict(one) for name, one in sorted(found.items())}, indent=1, ensure_ascii=False) + "\n"


def table(found: Mapping[str, Surveyed]) -> str:
    """The table of the guide, in Markdown."""
    head = ("entry", "country", "years", "rules read in their source", "figures inside / all", "widest unknown",
            "what must be published")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, one in sorted(found.items()):
        about = entry(name)
        lines.append(f"| {name} | {about.country} | {about.years} | {about.verified} of {about.rules} | {fares(one)} | "
                     f"{_part(one.widest, one.widest_share)} | {_part(one.ask, one.ask_share)} |")
    return "\n".join(lines)


def fares(one: Surveyed) -> str:
    """`5 / 6`, with how many of them by range alone and how many in a wide range; – where nothing was published."""
    if not one.counted:
        return "–"
    weak = [f"{count} {what}" for count, what in ((one.by_range, "by range alone"), (one.wide, "in a wide range"))
            if count]
    return f"{one.inside} / {one.counted}" + (f" ({', '.join(weak)})" if weak else "")


def digest_of(name: str) -> str:
    """Of all that a number of it hangs on."""
    return digest(name, without=("entry.yaml",))


@cache
def _read() -> dict[str, Surveyed]:
    if not KEPT.is_file():
        return {}
    data = json.loads(KEPT.read_text(encoding="utf-8"))
    return {name: Surveyed(**{**one, "figures": tuple(one["figures"]), "cases": tuple(one["cases"])})
            for name, one in data.items()}


def _part(what: str, share: float) -> str:
    return f"{what} ({share:.0%})" if what else "–"

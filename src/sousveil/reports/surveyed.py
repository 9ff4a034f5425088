"""How every entry of the atlas fares: its figures and published cases held against its rules, what is widest open, and
the number that should be published.

    found = survey("nl-duo-cub-2014")        worked out now
    kept()["nl-duo-cub-2014"]                as it was worked out last for these files, or left out

What was worked out stands in `standing.json` beside the entries, under the digest of their files; `tests/survey.py
--write` works it out anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sousveil.atlas import ATLAS, folder, names
from sousveil.errors import InputError
from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import ALL
from sousveil.runs.run import run
from sousveil.studies.entries import entry
from sousveil.studies.explain import rules
from sousveil.studies.study import load

__all__ = ["KEPT", "Surveyed", "digest", "fares", "kept", "kept_text", "known", "main_numbers", "survey", "table"]

KEPT = ATLAS / "standing.json"

ASK = 64
"""Points of the ranges behind what is widest open, and what to ask for."""

HARMS = ("bottom-tier", "rights-denied")
"""The harm that is asked about: the share of people in the worst tier at the end; where nothing moves it, the months
with a right denied or limited."""


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


def digest(name: str) -> str:
    """Of the files that an entry is made of."""
    found = hashlib.sha256()
    for path in sorted(folder(name).glob("*.yaml")):
        if path.stem != "entry":
            found.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()[:16]


def survey(name: str) -> Surveyed:
    """An entry, worked out now. Raises KeyError when there is none, Interrupted."""
    figures, cases = _figures(name), _cases(name)
    printed = [f["inside"] for f in figures if f["counted"]] + [c["agrees"] for c in cases]
    return Surveyed(digest(name), main_numbers(name), figures, cases, sum(printed), len(printed), *_asked(name))


def main_numbers(name: str) -> dict[str, float]:
    """The share of all people in each tier at the end, to six digits: expected where the engine is exact, of one run
    otherwise.
    """
    found = run(load(name)).measures().of(TIER_SHARE)
    return {m.name["tier"]: float(f"{m.value:.6g}") for m in found if m.group == ALL and m.value is not None}


def kept() -> dict[str, Surveyed]:
    """What was worked out last, by entry; an entry whose files have changed since is left out."""
    return {name: one for name, one in _read().items() if name in names() and one.digest == digest(name)}


def kept_text(found: Mapping[str, Surveyed]) -> str:
    """As the file holds it."""
    return json.dumps({name: asdict(one) for name, one in sorted(found.items())}, indent=1, ensure_ascii=False) + "\n"


def known(name: str) -> tuple[int, int]:
    """How well the rules of an entry are known: of how many every source was read, and how many there are."""
    marks = [rule.mark for rule in rules(load(name)) if not rule.path.startswith("assumptions.") and rule.mark]
    return marks.count("verified"), len(marks)


def table(found: Mapping[str, Surveyed]) -> str:
    """The table of the guide, in Markdown."""
    head = ("entry", "country", "years", "rules read in their source", "figures inside / all", "widest unknown",
            "what must be published")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, one in sorted(found.items()):
        about, (read, rule) = entry(name), known(name)
        lines.append(f"| {name} | {about.country} | {about.years} | {read} of {rule} | {fares(one)} | "
                     f"{_part(one.widest, one.widest_share)} | {_part(one.ask, one.ask_share)} |")
    return "\n".join(lines)


def fares(one: Surveyed) -> str:
    """`5 / 6`, with how many of them by range alone and how many in a wide range; – where nothing was published."""
    if not one.counted:
        return "–"
    weak = [f"{count} {what}" for count, what in ((one.by_range, "by range alone"), (one.wide, "in a wide range"))
            if count]
    return f"{one.inside} / {one.counted}" + (f" ({', '.join(weak)})" if weak else "")


@cache
def _read() -> dict[str, Surveyed]:
    if not KEPT.is_file():
        return {}
    data = json.loads(KEPT.read_text(encoding="utf-8"))
    return {name: Surveyed(**{**one, "figures": tuple(one["figures"]), "cases": tuple(one["cases"])})
            for name, one in data.items()}


def _part(what: str, share: float) -> str:
    return f"{what} ({share:.0%})" if what else "–"


def _figures(name: str) -> tuple[dict[str, Any], ...]:
    from sousveil.unknowns.published import read
    from sousveil.unknowns.standing import standing

    study, file = load(name), folder(name) / "figures.yaml"
    return tuple(_short(one.plain()) for one in standing(study, read(file, study))) if file.is_file() else ()


def _short(figure: dict[str, Any]) -> dict[str, Any]:
    """Numbers to six digits: more would differ between machines."""
    return {key: float(f"{x:.6g}") if isinstance(x, float) else x for key, x in figure.items()}


def _cases(name: str) -> tuple[dict[str, Any], ...]:
    from sousveil.runs.situations import agrees, outcome
    from sousveil.unknowns.published import read_cases

    study, file = load(name), folder(name) / "cases.yaml"
    if not file.is_file():
        return ()
    return tuple({"case": case, "about": s.about, "score": s.score, "tier": s.tier, "cite": s.cite, "mark": s.mark,
                  "agrees": agrees(s, outcome(study, s))}
                 for case, s in read_cases(file, study).situations.items() if s.counted)


def _asked(name: str) -> tuple[str, float, str, float]:
    """The widest unknown and the number to ask for, each with its share; '' where nothing is open, or tells enough."""
    from sousveil.reports.requests import LITTLE, asked_for
    from sousveil.reports.run.limits import spelled
    from sousveil.unknowns.ask import ask

    for harm in HARMS:
        try:
            found = ask(load(name), harm, points=ASK)
        except InputError:
            continue
        telling = [n for n in found.numbers if n.share >= LITTLE]
        if telling:
            break
    else:
        return "", 0.0, "", 0.0
    unknown = next((n for n in telling if n.figure is None), None)
    number = next((n for n in telling if n.figure is not None), unknown)
    return ("" if unknown is None else spelled(unknown.name, found.study.scheme),
            0.0 if unknown is None else round(unknown.share, 2),
            "" if number is None else asked_for(number, found.study), 0.0 if number is None else round(number.share, 2))

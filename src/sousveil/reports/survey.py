"""How an entry of the atlas fares, worked out now: its figures and published cases held against its rules, what is
widest open, and the number that should be published.
"""

from __future__ import annotations

from typing import Any

from sousveil.atlas import folder
from sousveil.errors import InputError
from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import ALL
from sousveil.reports.requests import LITTLE, asked_for
from sousveil.reports.run.limits import spelled
from sousveil.reports.surveyed import Surveyed, digest_of
from sousveil.runs.run import run
from sousveil.runs.situations import agrees, outcome
from sousveil.studies.study import load
from sousveil.unknowns.ask import ask
from sousveil.unknowns.published import read, read_cases
from sousveil.unknowns.standing import standing

__all__ = ["main_numbers", "survey"]

ASK = 64
"""Points of the ranges behind what is widest open, and what to ask for."""

HARMS = ("bottom-tier", "rights-denied")
"""The harm that is asked about: the share of people in the worst tier at the end; where nothing moves it, the months
with a right denied or limited."""


def survey(name: str) -> Surveyed:
    """An entry, worked out now. Raises KeyError when there is none, Interrupted."""
    figures, cases = _figures(name), _cases(name)
    printed = [f["inside"] for f in figures if f["counted"]] + [c["agrees"] for c in cases]
    return Surveyed(digest_of(name), main_numbers(name), figures, cases, sum(printed), len(printed), *_asked(name))


def main_numbers(name: str) -> dict[str, float]:
    """The share of all people in each tier at the end, to six digits: expected where the engine is exact, of one run
    otherwise.
    """
    found = run(load(name)).measures().of(TIER_SHARE)
    return {m.name["tier"]: float(f"{m.value:.6g}") for m in found if m.group == ALL and m.value is not None}


def _figures(name: str) -> tuple[dict[str, Any], ...]:
    study, file = load(name), folder(name) / "figures.yaml"
    return tuple(_short(one.plain()) for one in standing(study, read(file, study))) if file.is_file() else ()


def _short(figure: dict[str, Any]) -> dict[str, Any]:
    """Numbers to six digits: more would differ between machines."""
    return {key: float(f"{x:.6g}") if isinstance(x, float) else x for key, x in figure.items()}


def _cases(name: str) -> tuple[dict[str, Any], ...]:
    study, file = load(name), folder(name) / "cases.yaml"
    if not file.is_file():
        return ()
    return tuple({"case": case, "about": s.about, "score": s.score, "tier": s.tier, "cite": s.cite, "mark": s.mark,
                  "agrees": agrees(s, outcome(study, s))}
                 for case, s in read_cases(file, study).situations.items() if s.counted)


def _asked(name: str) -> tuple[str, float, str, float]:
    """The widest unknown and the number to ask for, each with its share; '' where nothing is open, or tells enough."""
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

"""One synthetic person's story, and the search for somebody to whom a given thing happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sousveil
from sousveil.app.courses import course
from sousveil.errors import InputError
from sousveil.ground import called
from sousveil.progress import progress

if TYPE_CHECKING:
    from sousveil.app.question import Question
    from sousveil.runs.run import Run
    from sousveil.runs.story import Story

__all__ = ["told"]

_NOT_THEIRS = ("somebody else", "nobody")
"""How the truth of a record begins that was for an act of another, or for none."""


def told(run: Run, asked: Question, happenings: Mapping[str, str], searched: int, number: int | None) -> dict[str, Any]:
    """The story of the person of this number, or of the first to whom it happened. Raises InputError where nobody is.
    """
    wanted = asked.happened or "any"
    if wanted not in happenings:
        raise InputError(f'happened: "{wanted}" is none of {", ".join(happenings)}')
    if number is not None:
        return _plain(sousveil.story(run, number), run, number, 0)
    bottom, group = called.tier([*run.study.scheme.tiers][-1]), called.name("group", asked.group)
    against = 1.0 if run.study.scheme.score.high_is_bad else -1.0
    looked = 0
    with progress("Lives", total=searched) as done:
        for n in range(1, searched + 1):
            life = sousveil.story(run, n)
            done(1)
            if asked.group and life.labels.get("group") != group:
                continue
            looked += 1
            if _happened(wanted, life, bottom, against):
                return _plain(life, run, n, looked)
    whose = f" of group {group}" if asked.group else ""
    raise InputError(f"of {looked} people{whose} who were looked at, none {happenings[wanted]}")


def _happened(what: str, life: Story, bottom: str, against: float) -> bool:
    """Whether it happened. `against`: the sign of points that count against somebody."""
    tiers = [tier for _, _, tier in life.course]
    wrongly = {e.step for e in life.entries if e.points * against > 0 and e.truth.startswith(_NOT_THEIRS)}
    match what:
        case "wrong":
            return bool(wrongly)
        case "mistaken":
            return any(tiers[s] == bottom != tiers[s - 1] for s in wrongly)
        case "kin":
            return any(e.truth == "a relative" and e.points * against > 0 for e in life.entries)
        case "bottom":
            return tiers[0] != bottom and bottom in tiers
        case "out":
            return bottom in tiers and tiers[0] != bottom and tiers[-1] != bottom
        case "forever":
            return tiers[0] != bottom and tiers[-1] == bottom
        case "nothing":
            return not any(e.points * against > 0 for e in life.entries)
    return True


def _plain(life: Story, run: Run, number: int, looked: int) -> dict[str, Any]:
    source = f"one synthetic person of {run.study.name}, seed {run.study.seed}"
    tiers = [*map(called.tier, run.study.scheme.tiers)]
    return {**life.plain(), **course(life, tiers, source), "number": number, "looked": looked, "tiers": tiers,
            "people": run.study.people, "seed": str(run.study.seed), "steps": run.study.steps}

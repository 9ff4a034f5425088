"""One synthetic person's story, and the search for somebody to whom a given thing happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sousveil
from sousveil.errors import InputError
from sousveil.progress import progress

if TYPE_CHECKING:
    from sousveil.app.question import Question
    from sousveil.runs.run import Run
    from sousveil.runs.story import Story

__all__ = ["told"]


def told(run: Run, asked: Question, happenings: Mapping[str, str], searched: int, number: int | None) -> dict[str, Any]:
    """The story of the person of this number, or of the first to whom it happened. Raises InputError where nobody is.
    """
    wanted = asked.happened or "any"
    if wanted not in happenings:
        raise InputError(f'happened: "{wanted}" is none of {", ".join(happenings)}')
    if number is not None:
        return _plain(sousveil.story(run, number), run, number, 0)
    bottom = [*run.study.scheme.tiers][-1]
    looked = 0
    with progress("Lives", total=searched) as done:
        for n in range(1, searched + 1):
            life = sousveil.story(run, n)
            done(1)
            if asked.group and life.labels.get("group") != asked.group:
                continue
            looked += 1
            if _happened(wanted, life, bottom):
                return _plain(life, run, n, looked)
    whose = f" of group {asked.group}" if asked.group else ""
    raise InputError(f"of {looked} people{whose} who were looked at, none {happenings[wanted]}")


def _happened(what: str, life: Story, bottom: str) -> bool:
    tiers = [tier for _, _, tier in life.course]
    match what:
        case "wrong":
            return any(e.points < 0 and e.truth.startswith(("somebody else", "nobody")) for e in life.entries)
        case "kin":
            return any(e.truth == "a relative" and e.points < 0 for e in life.entries)
        case "bottom":
            return tiers[0] != bottom and bottom in tiers
        case "out":
            return bottom in tiers and tiers[0] != bottom and tiers[-1] != bottom
        case "forever":
            return tiers[0] != bottom and tiers[-1] == bottom
        case "nothing":
            return not any(e.points < 0 for e in life.entries)
    return True


def _plain(life: Story, run: Run, number: int, looked: int) -> dict[str, Any]:
    told = life.plain()
    return {**told, "number": number, "looked": looked, "tiers": [*run.study.scheme.tiers], "people": run.study.people,
            "seed": str(run.study.seed), "steps": run.study.steps}

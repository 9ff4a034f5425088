"""Who ends where: the share of each group in each tier, at the end and over time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Names

__all__ = ["TIER_SHARE", "TierShare", "bottom", "measures", "over_time"]

TIER_SHARE = Names("tiers", "share in tier {tier}")


class TierShare(NamedTuple):
    """How many of a group, and what share of it, are in a tier after a step. A row of a chart."""

    step: int
    group: str
    tier: str
    persons: float
    share: float


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`share in tier NAME` at the end, for everybody and each group, from the bottom."""
    look = view.of(trace, sampling)
    last, ceilings = look.column("persons")[-1], np.array(look.setting.ceilings)
    found = []
    for group, part in look.parts():
        for t, tier in enumerate(look.setting.tiers):
            barred = bool((ceilings[part] < t).all()) and t < len(look.setting.tiers) - look.setting.left
            name = TIER_SHARE(tier=tier)
            share = estimate.share(last[part, t].sum(), look.people[part].sum(), effect=look.effect(name, part) or 1.0)
            found.append(estimate.measure(name, group, share, "share", look.exact or barred,
                                          note="a ceiling keeps the group out" if barred else ""))
    return found


def bottom(look: view.View, part: list[int]) -> estimate.Estimate:
    """Share of these groups in the bottom tier at the end."""
    effect = look.effect(TIER_SHARE(tier=look.setting.tiers[0]), part) or 1.0
    return estimate.share(look.column("persons")[-1, part, 0].sum(), look.people[part].sum(), effect=effect)


def over_time(trace: Trace) -> list[TierShare]:
    """Shares after every step, for everybody and each group with people: by group, step, and tier from the bottom."""
    look = view.of(trace)
    persons = look.column("persons")
    return [TierShare(step, group, tier, float(persons[step, part, t].sum()),
                      float(persons[step, part, t].sum() / look.people[part].sum()))
            for group, part in look.parts() if look.people[part].sum() > 0
            for step in range(look.setting.steps + 1) for t, tier in enumerate(look.setting.tiers)]

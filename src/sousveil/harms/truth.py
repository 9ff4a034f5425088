"""Truth beside the score: how often the scheme is wrong about what it claims to look for, by group.

What a regime claims is held against what is so. These numbers are reported; no command looks for a scheme that has
better ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sousveil.engine.trace import Trace
from sousveil.engine.trace_columns import STRATUM
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["FALSE_NEGATIVE_RATE", "FALSE_POSITIVE_RATE", "IN_VAIN", "PRECISION", "measures"]

HARM = "truth"
FALSE_POSITIVE_RATE = Name(HARM, "false positive rate")
FALSE_NEGATIVE_RATE = Name(HARM, "false negative rate")
PRECISION = Name(HARM, "precision")
IN_VAIN = Name(HARM, "looked at in vain for each one found")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """For everybody and each group, by who was in which tier during the last step; none where no truth is given.

    false positive rate                      share of those whom the claim is wrong about who are flagged all the same
    false negative rate                      share of those whom it is right about who are not flagged
    precision                                share of the flagged whom it is right about
    looked at in vain for each one found     flagged whom it is wrong about, for each whom it is right about
    """
    look = view.of(trace, sampling)
    setting = look.setting
    if not setting.truth:
        return []
    cells = look.cells()
    names, code = view.words(trace.cells, STRATUM + setting.truth)
    positive = [name in setting.positive for name in names]
    right = np.array(positive)[code.reshape(cells.person_steps.shape)[:, 0]]
    flagged = [setting.tiers.index(tier) for tier in setting.flagged]
    last = cells.column("last")
    found = []
    for group, part in look.parts():
        here = cells.of(part)
        hit, meant = (float(last[here & right][:, tiers].sum()) for tiers in (flagged, slice(None)))
        wrong, others = (float(last[here & ~right][:, tiers].sum()) for tiers in (flagged, slice(None)))
        for name, some, every, none in (
                (FALSE_POSITIVE_RATE, wrong, others, "the claim is right about everybody"),
                (FALSE_NEGATIVE_RATE, meant - hit, meant, "the claim is right about nobody"),
                (PRECISION, hit, hit + wrong, "nobody is flagged")):
            share = estimate.share(some, every, none, effect=look.effect(name, part) or 1.0)
            found.append(estimate.measure(name, group, share, "share", look.exact))
        found.append(estimate.measure(IN_VAIN, group, _in_vain(look, hit, wrong, part), "people", look.exact))
    return found


def _in_vain(look: view.View, hit: float, wrong: float, part: list[int]) -> estimate.Estimate:
    """The odds against a hit, from the share of hits among the flagged and its interval."""
    share = estimate.share(hit, hit + wrong, "nobody is flagged", effect=look.effect(IN_VAIN, part) or 1.0)
    if share.value is None:
        return share
    if hit <= 0 or not share.low:
        return estimate.absent("nobody was found", share.n)
    assert share.high is not None
    return replace(share, value=wrong / hit, low=(1.0 - share.high) / share.high, high=(1.0 - share.low) / share.low,
                   variance=None)

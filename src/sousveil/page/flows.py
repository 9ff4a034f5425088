"""Where people move, laid out: blocks of tiers on both sides, and bands between them as thick as a share.

Plain arithmetic, from shares to places between 0 (top) and 1 (bottom); `transitions` draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Band", "Block", "Flow", "laid"]


@dataclass(frozen=True, slots=True)
class Flow:
    """The share of a group that is in tier `before` in one world and in tier `after` in the other."""

    before: str
    after: str
    share: float

    @property
    def stays(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Block:
    """A tier on one side, from `top` to `bottom`."""

    tier: str
    share: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Band:
    """A flow, from its upper edge on the left and on the right; its thickness is the same everywhere."""

    flow: Flow
    left: float
    right: float
    thickness: float


def _blocks(flows: Sequence[Flow], tiers: Sequence[str], gap: float, room: float, *, after: bool) -> list[Block]:
    """The tiers of one side, from the top tier down, `gap` apart, everybody taking up `room`.

    Those with nobody in them are left out. Their gaps are kept, so that who stays is drawn straight.
    """
    found, place = [], 0.0
    for tier in tiers:
        share = sum(f.share for f in flows if (f.after if after else f.before) == tier)
        if share > 0:
            found.append(Block(tier, share, place, place + room * share))
        place += room * share + gap
    return found


def laid(flows: Sequence[Flow], before: Sequence[str], after: Sequence[str], gap: float
         ) -> tuple[list[Block], list[Block], list[Band]]:
    """The blocks of the left and of the right, and the bands between them. Tiers run from the top one down.

    Bands leave a block in the order of where they go, and arrive in the order of where they come from.
    """
    room = 1.0 - gap * (max(len(before), len(after)) - 1)
    left = _blocks(flows, before, gap, room, after=False)
    right = _blocks(flows, after, gap, room, after=True)
    kept = sorted((f for f in flows if f.share > 0), key=lambda f: (before.index(f.before), after.index(f.after)))
    starts = _stacked(kept, {b.tier: b.top for b in left}, room, after=False)
    arriving = sorted(kept, key=lambda f: before.index(f.before))
    ends = _stacked(arriving, {b.tier: b.top for b in right}, room, after=True)
    return left, right, [Band(f, starts[f], ends[f], room * f.share) for f in kept]


def _stacked(flows: Sequence[Flow], tops: dict[str, float], room: float, *, after: bool) -> dict[Flow, float]:
    """The upper edge of every flow, one below the other within its block."""
    found = {}
    for flow in flows:
        tier = flow.after if after else flow.before
        found[flow] = tops[tier]
        tops[tier] += room * flow.share
    return found

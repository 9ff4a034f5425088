"""What a checkpoint says, held against the plan: types, shapes and ranges, before a compiled loop gets to see it.

Compiled loops look nothing up twice: a score, a tier or a cell that cannot be would lead them out of their arrays.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import outcome as outcomes
from sousveil.engine.agents import State
from sousveil.engine.arrays import CHILDREN, HEAD, TIER, WRONG
from sousveil.engine.npz import Damaged, Reader
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People
from sousveil.engine.plan import Plan

__all__ = ["outcome", "people", "people_range", "pulls", "state", "state_range"]

Ints = npt.NDArray[np.int64]


_SIGNED = {"total": ("points",), "outcome": ("points",), "rows": ("points", "occupancy", "wrongful_ever")}
"""What may be below 0: sums of points and, in rows, changes of who stands where."""


def outcome(file: Reader, prefix: str, plan: Plan, steps: int) -> Outcome | None:
    """The outcome of this name, when it is one of this plan. Raises Damaged."""
    if f"{prefix}-occupancy" not in file.names:
        return None
    like = outcomes.empty(plan, 0 if prefix == "rows" else steps)
    shapes: dict[str, tuple[int | None, ...]] = {
        f.name: getattr(like, f.name).shape for f in fields(Outcome) if f.name != "debits"}
    if prefix == "rows":  # of one step: without scores, and with spells as long as they have been
        units, tiers = like.left.shape[:2]
        shapes |= {"scores": (2, 0, 0), "left": (units, tiers, int(file.facts["step"]) + 1)}
    arrays: dict[str, Any] = {
        name: file.take(f"{prefix}-{name}", np.float64 if name == "cuts" else np.int64, shape,
                        None if name in _SIGNED[prefix] or name == "cuts" else 0) for name, shape in shapes.items()}
    if not np.isfinite(arrays["cuts"]).all():
        raise Damaged("ranks that nobody has")
    made = Outcome(**arrays)
    if np.abs(made.occupancy).max(initial=0) > plan.people:
        raise Damaged("more people than there are")
    count = sum(name.startswith(f"{prefix}-debits-") for name in file.names)
    if count not in (0, len(plan.unit_group)):
        raise Damaged("debits of other units")
    for unit in range(count):
        sums, persons = file.take(f"{prefix}-debits-{unit}", np.int64, (2, None), 0)
        made.debits.append((sums, persons))
    return made


def pulls(file: Reader, plan: Plan, steps: int) -> npt.NDArray[np.float64]:
    """The mistaken records of each step, pool and kind. Raises Damaged."""
    found = file.take("pulls", np.float64, (steps + 1, plan.pools, len(plan.kinds)))
    if not np.isfinite(found).all() or found.min(initial=0.0) < 0:
        raise Damaged("mistaken records that cannot be counted")
    return found


def state(file: Reader, people: int) -> State:
    """The state of so many people. Raises Damaged."""
    made = State(file.take("score", np.int16, (people,)), file.take("tier", np.uint8, (people,)),
                 file.take("since", np.uint16, (people,)), file.take("debits", np.int32, (people,)))
    if "many" in file.names:
        made.many = file.take("many", np.uint16, (people,))
        made.base = file.take("base", np.int32, (None,))
        made.records = file.take("records", np.uint32, (int(made.many.sum(dtype=np.int64)),))
    if "chosen" in file.names:
        made.chosen = file.take("chosen", np.uint16, (None, people))
    if "wrong" in file.names:
        made.wrong, made.heard = file.take("wrong", np.int16, (people,)), file.take("heard", np.uint16, (people,))
    for name in file.names:
        if name.startswith("who-"):
            who = file.take(name, np.int64, (None,))
            made.due[int(name[4:])] = who, file.take(f"points-{name[4:]}", np.int64, (len(who),))
    return made


def state_range(found: State, plan: Plan, step: int) -> None:
    """Whether people can be in that state after that step. Raises Damaged."""
    due = found.due.items()
    if (found.score.min(initial=0) < 0 or found.score.max(initial=0) >= plan.ladder.states
            or (found.tier & TIER).max(initial=0) >= len(plan.tiers) or found.since.max(initial=0) > step
            or found.debits.min(initial=0) < 0
            or not _can_be_kept(found, plan, step) or not _can_be_heard(found, plan, step)
            or len(found.chosen) != sum(place.held >= 0 for place in plan.places)
            or found.chosen.max(initial=0) > step + 1
            or not all(step < when <= step + plan.delay for when, _ in due)
            or not all(len(who) == 0 or 0 <= who[0] <= who[-1] < len(found.score) for _, (who, _) in due)
            or not all((np.diff(who) > 0).all() for _, (who, _) in due)
            or not all(0 <= points.min(initial=0) <= points.max(initial=0) < 2**31 for _, (_, points) in due)):
        raise Damaged("a state that nobody can be in")


def _can_be_kept(found: State, plan: Plan, step: int) -> bool:
    """Whether a register can stand so: as many people as there are, and records of its kinds that began by then."""
    register, people = plan.register, len(found.score)
    longest = WRONG if "listings" in plan.grounds else plan.delay
    if register is None:
        return len(found.many) == 0
    kind, wait, began = found.records >> np.uint32(24), found.records >> np.uint32(17) & np.uint32(127), (
        found.records & np.uint32(0x1FFFF))
    return (len(found.many) == people and len(found.base) == (people if register.sums else 0)
            and int(np.abs(found.base.astype(np.int64)).max(initial=0)) <= 1 << 30
            and int(kind.max(initial=0)) < max(1, len(register.lasts))
            and bool(((wait <= plan.delay) | (wait == longest)).all())
            and int(began.max(initial=0)) <= step)


def _can_be_heard(found: State, plan: Plan, step: int) -> bool:
    """Whether appeals against listings can stand so."""
    if "listings" not in plan.grounds:
        return len(found.wrong) == len(found.heard) == 0
    return (len(found.wrong) == len(found.heard) == len(found.score)
            and int(found.wrong.min(initial=0)) >= 0 and int(found.wrong.max(initial=0)) < plan.ladder.states
            and int(found.heard.max(initial=0)) <= step + plan.delay)


def people(file: Reader, begins: Ints, unit: Ints, shift: Ints) -> People:
    """The people of the spans that have this outline, see `engine.people.outline`. Raises Damaged."""
    whole = int(begins[-1])
    cell, home = file.take("cell", np.uint16, (whole,)), file.take("home", np.uint8, (whole,))
    for name, wanted in (("begins", begins), ("unit", unit), ("shift", shift)):
        if not np.array_equal(file.take(name, np.int64, wanted.shape), wanted):
            raise Damaged("other people")
    return People(cell, home, begins, unit, shift)


def people_range(found: People, plan: Plan) -> None:
    """Whether there can be such people: of a cell of their unit, in households that the population has."""
    for i, unit in enumerate(found.unit):
        cells = np.flatnonzero(plan.cell_unit == unit)
        cell = found.cell[found.begins[i]:found.begins[i + 1]]
        if cell.min() < cells[0] or cell.max() > cells[-1] or not found.home[found.begins[i]] & HEAD:
            raise Damaged("people of another unit")
    alone = found.home & HEAD == 0
    if (found.home[alone] != 0).any() or (found.home & (0xFF ^ HEAD ^ CHILDREN)).any() or (
            (found.home & CHILDREN).max(initial=0) > max(plan.children)):
        raise Damaged("a household that cannot be")
    for _ in range(max(plan.adults) - 1):  # so many members after the first, and no more
        alone = alone[1:] & alone[:-1]
    if alone.any():
        raise Damaged("a household that is too large")

"""What an engine hands over: counts by step, as plain arrays. `trace.py` turns them into the table that users see.

Indices as in `plan.py`. Row 0 is the start, row s is what stands after step s, or what happened in it. Flows are booked
under the tier that was in force during the step, which is the tier held at its start. Counts are int64 from the agents
and the oracle; the exact engine fills the same arrays with expectations, as float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.plan import Plan

__all__ = ["CAUSES", "FATES", "GROUNDS", "Outcome", "add", "empty"]

CAUSES = ("own", "mistaken", "spurious", "kin", "redress")
"""Why points were given: for what one did, for what somebody else did, for nothing, for a relative, given back."""

FATES = ("given", "appealed", "upheld")
"""What became of wrongful debits (mistaken or spurious records with negative points, within the kind's cap)."""

GROUNDS = ("irrelevant", "listings")
"""What can be appealed beside mistakes: debits for what one did, which is irrelevant; coming into a tier that takes a
right away.
"""


@dataclass(slots=True, eq=False)
class Outcome:
    """Filled by an engine, step by step.

    occupancy      [steps+1, C, T] persons of cell c in tier t after step s
    moves          [steps+1, U, T, T] persons who went from one tier to another in step s (diagonal 0)
    points         [steps+1, U, T, 5] sum of points (in units) by cause, see CAUSES; points undone at once (redress
                   without delay) count under their cause and under redress
    wrongful       [steps+1, U, T, 3] wrongful debits by fate, see FATES; booked in the step of the record
    wrongful_ever  [steps+1, U, T] persons with at least one wrongful debit so far, by the tier they are in after step s
    appeals        [steps+1, U, T, G, 3] what else could be appealed, by ground, see GROUNDS, and fate; booked in the
                   step of the record, or the first of the stay. Without a row for any unit where nothing else can
    fresh          [steps+1, C, D] persons of cell c who were in the first steps of a stay in step s, see `Plan.timed`
    placed         [steps+1, C, T, D2] persons of cell c in tier t who bore what a place brings, see `Plan.borne`
    placed_only    [steps+1, U, T] persons with a right taken away by a place and by no tier, by the tier they were in
    eligible       [steps+1, P, U] persons who could be chosen for a place at the end of step s; chosen: who were
    cuts           float64[steps+1, P, Q, 2] how far the places of each pool reached: rank and number of the last one
    shared         [steps+1, U, H] children, or other members of the household, touched by household right h in step s
    scores         [2, U, S] persons by score, at the start and at the end
    left           [U, T, steps+1] spells in tier t that ended after so many steps
    still          [U, T, steps+1] spells that had lasted so many steps when the run ended
    fallen         [U] persons who were ever in the bottom tier; zero where the engine does not know
    debits         per unit (sums of debits a person got over the run, in units, as positive numbers; persons with that
                   sum), before any was given back; empty where the engine does not know
    """

    occupancy: npt.NDArray[Any]
    moves: npt.NDArray[Any]
    points: npt.NDArray[Any]
    wrongful: npt.NDArray[Any]
    wrongful_ever: npt.NDArray[Any]
    appeals: npt.NDArray[Any]
    fresh: npt.NDArray[Any]
    placed: npt.NDArray[Any]
    placed_only: npt.NDArray[Any]
    eligible: npt.NDArray[Any]
    chosen: npt.NDArray[Any]
    cuts: npt.NDArray[Any]
    shared: npt.NDArray[Any]
    scores: npt.NDArray[Any]
    left: npt.NDArray[Any]
    still: npt.NDArray[Any]
    fallen: npt.NDArray[Any]
    debits: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many steps were run."""
        return len(self.occupancy) - 1

    def absorb(self, rows: Outcome, first: int) -> None:
        """Take in what the steps from `first` on changed, a row a step: flows as they are, stocks as changes."""
        last = first + len(rows.moves)
        for name in ("moves", "points", "wrongful", "appeals", "fresh", "placed", "placed_only", "shared"):
            flow = getattr(rows, name)
            if flow.size:
                getattr(self, name)[first:last] = flow
        for name in ("occupancy", "wrongful_ever"):
            whole, change = getattr(self, name), getattr(rows, name)
            np.add(whole[first - 1], change.cumsum(axis=0) if len(change) > 1 else change, out=whole[first:last])
        self.left[:, :, :last] += rows.left

    def count_debits(self, unit: int, sums: npt.NDArray[Any], persons: npt.NDArray[Any]) -> None:
        """Add persons of a unit by their sum of debits."""
        while len(self.debits) < self.scores.shape[1]:
            self.debits.append((np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)))
        known, counted = self.debits[unit]
        if len(known) == 0:
            self.debits[unit] = sums.astype(np.int64), persons.astype(np.int64)
            return
        both, place = np.unique(np.concatenate([known, sums.astype(np.int64)]), return_inverse=True)
        total = np.zeros(len(both), dtype=np.int64)
        np.add.at(total, place, np.concatenate([counted, persons.astype(np.int64)]))
        self.debits[unit] = both, total


def add(parts: Sequence[Outcome]) -> Outcome:
    """The sum of outcomes of the same shape, of different persons."""
    names = [f.name for f in fields(Outcome) if f.name != "debits"]
    whole = Outcome(**{name: sum(getattr(part, name) for part in parts) for name in names})
    for part in parts:
        for unit, (sums, persons) in enumerate(part.debits):
            whole.count_debits(unit, sums, persons)
    return whole


def empty(plan: Plan, steps: int, dtype: type = np.int64) -> Outcome:
    """An outcome of zeros for this plan and so many steps."""
    c, t, u = len(plan.cells), len(plan.tiers), len(plan.unit_group)
    h, s, p = len(plan.household_rights), plan.ladder.states, len(plan.places)

    def zeros(*shape: int) -> npt.NDArray[Any]:
        return np.zeros(shape, dtype=dtype)

    return Outcome(occupancy=zeros(steps + 1, c, t), moves=zeros(steps + 1, u, t, t),
                   points=zeros(steps + 1, u, t, len(CAUSES)), wrongful=zeros(steps + 1, u, t, len(FATES)),
                   wrongful_ever=zeros(steps + 1, u, t),
                   appeals=zeros(steps + 1, u if plan.grounds else 0, t, len(GROUNDS), len(FATES)),
                   fresh=zeros(steps + 1, c, len(plan.timed)),
                   placed=zeros(steps + 1, c, t, len(plan.borne)),
                   placed_only=zeros(steps + 1, u if plan.borne else 0, t), eligible=zeros(steps + 1, p, u),
                   chosen=zeros(steps + 1, p, u),
                   cuts=np.zeros((steps + 1, p, max((len(place.names) for place in plan.places), default=0), 2)),
                   shared=zeros(steps + 1, u, h), scores=zeros(2, u, s), left=zeros(u, t, steps + 1),
                   still=zeros(u, t, steps + 1), fallen=zeros(u))

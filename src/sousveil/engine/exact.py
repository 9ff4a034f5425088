"""The exact engine: no persons and no noise (MODEL.md section 4).

The distribution over (score, tier) of every cell is carried forward by the same laws that the agents draw from. Cells
that share everything are one class and cost once. The only thing that people do to each other is that records are
pinned on the wrong one: it passes through the mean of the look-alike pool, the law of a large population. So the cost
depends on classes and scores, not on how many people there are.

Rules that change on a date are laws that change: what is carried goes over from period to period as it stands. So cells
are one class only if they share everything in all periods, and stays are told apart for as long as any period asks for.

What cannot be carried so, `refusals` names. Rights borne by children or by the household are carried, because they
change nothing else: members of a household are independent draws from their district and group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sousveil.engine import appeals, classes, laws, quantiles, stays
from sousveil.engine.classes import Classes, Phase, Rules
from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.refusals import wrongful_debits

__all__ = ["Expectation", "simulate"]

Floats = npt.NDArray[np.float64]
Work = Callable[[int, int], None]
"""Something to do for the classes from one up to, but not, another."""

_STRIDE = 12
"""Steps carried between two reports of progress, where the laws of a run do not change."""

_WORTH = 20_000
"""States of all classes and tiers from which more threads save more than it takes to start them."""

_FOLLOWED, _CARRYING = 8, 0.5
"""Classes whose spells are followed in one go; what share of the work it is to carry the distribution before that."""


@dataclass(slots=True, eq=False)
class Expectation(Outcome):
    """An outcome of expectations (float64) for `plan.people` persons.

    lost     [steps+1] share of all people that rounding and cut tails have lost so far
    tiers    the tiers whose spells were followed; `left` and `still` are zero for the others
    spread   variances of occupancy, moves, points, wrongful, wrongful_ever and scores (in arrays of the same names)
             in a population of this size: people fall independently, each by the law of its cell; None unless asked for
    """

    lost: Floats = field(default_factory=lambda: np.zeros(0))
    tiers: tuple[int, ...] = ()
    spread: Outcome | None = None


def simulate(plan: Plan, steps: int, *, spells: Literal["none", "bottom", "denying", "all"] = "bottom",
             spread: bool = False, threads: int = 1, done: Callable[[int], None] = lambda steps: None) -> Expectation:
    """Run. Cells hold `plan.cells.share * plan.people` persons, not whole numbers. The plan must have no refusals.

    spells   tiers whose spells are followed; `denying`: the bottom one, and those that deny a right of one's own.
             Without mistaken records all tiers cost about as much as the run itself; with them, or with terms of
             tiers, every cohort is followed by itself, which costs with the square of the steps
    spread   fill in `Expectation.spread` too
    threads  how many parts of the classes are carried at once; the result is the same bits for any number
    done     told how many steps' worth of the work was done since the last call
    """
    found = classes.merge(plan)
    course = classes.phases(plan, found, steps)
    outcome = Expectation(**_arrays(plan, steps), spread=empty(plan, steps, np.float64) if spread else None,
                          tiers=_followed(plan, spells))
    reached = _progress(steps, done)
    few = len(found.first) * len(plan.tiers) * plan.ladder.states < _WORTH
    with ThreadPoolExecutor(threads) if threads > 1 and not few else nullcontext() as pool:
        each = partial(_in_parts, pool, len(found.first))
        share, lived = _CARRYING if outcome.tiers else 1.0, stays.lived(plan, course)
        kept = stays.entries(found, lived, outcome.tiers, steps)
        pulls = _carry(outcome, plan, found, course, kept, partial(each, 4 * threads if threads > 1 else 1),
                       lambda part: reached(share * part))
        if outcome.tiers:
            parts = -(-len(found.first) // _FOLLOWED)
            stays.follow(outcome, plan, found, lived, kept, pulls, outcome.tiers,
                         partial(each, parts, tell=lambda part: reached(share + (1.0 - share) * part)))
    return outcome


def _followed(plan: Plan, spells: str) -> tuple[int, ...]:
    """The tiers whose spells are asked for."""
    if spells == "denying":
        return tuple(sorted({0} | {right.tier for each in plan.plans for right in each.rights if right.burden}))
    return tuple(range({"none": 0, "bottom": 1, "all": len(plan.tiers)}[spells]))


def _progress(steps: int, done: Callable[[int], None]) -> Callable[[float], None]:
    """Turn shares of the whole work, as they are reached, into steps done since the last call."""
    told = 0

    def reached(share: float) -> None:
        nonlocal told
        now = int(share * steps + 1e-9)
        if now > told:
            done(now - told)
            told = now
    return reached


def _in_parts(pool: ThreadPoolExecutor | None, count: int, parts: int, work: Work,
              tell: Callable[[float], None] = lambda part: None) -> None:
    """Do the work for all classes, cut into parts, and tell what share is done. On an error drop what still waits."""
    size = -(-count // parts)
    if pool is None:
        for a in range(0, count, size):
            work(a, min(a + size, count))
            tell(min(a + size, count) / count)
        return
    waiting = [pool.submit(work, a, min(a + size, count)) for a in range(0, count, size)]
    try:
        for i, part in enumerate(waiting):
            part.result()
            tell((i + 1) / len(waiting))
    except BaseException:
        for part in waiting:
            part.cancel()
        raise


def _arrays(plan: Plan, steps: int) -> dict[str, Any]:
    blank = empty(plan, steps, np.float64)
    return {f.name: getattr(blank, f.name) for f in fields(blank)} | {"lost": np.zeros(steps + 1)}


def _carry(outcome: Expectation, plan: Plan, found: Classes, course: Sequence[Phase], kept: stays.Entries,
           each: Callable[[Work], None], reached: Callable[[float], None]) -> Floats:
    """Carry all classes through all steps, book them, and keep who enters; float64[steps, P, K], what each pool pinned
    on others.
    """
    from sousveil.engine import flows
    from sousveil.engine.jumps import MOMENTS
    from sousveil.engine.lent import lent

    steps, tracked, tier = outcome.steps, any(map(wrongful_debits, plan.plans)), course[0].rules.tier
    rows, spans = classes.start(plan, found, course[0].rules)
    clean, clean_spans = (rows.copy(), spans.copy()) if tracked else (rows, spans)
    j, t = len(rows), len(plan.tiers)
    fresh = np.zeros((steps + 1, j, len(plan.timed)))
    moved, never = np.zeros((steps + 1, j, t, t)), np.zeros((steps + 1, j, t))
    pulls, moments = np.zeros((max(1, steps), plan.pools, len(plan.kinds))), np.zeros((j, t, MOMENTS))
    held = np.add.reduceat(rows.sum(axis=2), np.searchsorted(tier, np.arange(t)), axis=1)
    _book_state(outcome, found, 0, held, held)
    _book_scores(outcome, found, 0, rows)
    quantiles.hand_out(outcome, plan, plan.at(1), found, tier, rows, 0)
    for phase in course:
        now, rules = phase.plan, phase.rules
        coupled, own, laid = bool(rules.mistaken.any()), _own(now, found, rules), lent(rules)
        for first, last in _strides(phase, 1 if coupled else _STRIDE):
            if coupled:
                pulls[first] = _pull(now, found, rules, held)
            each(lambda a, b, s=first, e=last, r=laid: flows.carry(  # type: ignore[misc]
                a, b, s, e, r, pulls, rows, spans, clean, clean_spans, tracked, moved, never, moments, fresh,
                *kept.of(a, b)))
            for s in range(first + 1, last + 1):
                _book_flows(outcome, now, found, rules, s, held, moved[s], _records(now, found, rules, moments, own))
                outcome.fresh[s] = found.mass[:, None] * fresh[s][found.of]
                held = moved[s].sum(axis=1)
                _book_state(outcome, found, s, held, never[s] if tracked else held)
            quantiles.hand_out(outcome, now, plan.at(last + 1), found, tier, rows, last)
            reached(last / steps)
    _book_scores(outcome, found, 1, rows)
    return pulls


def _strides(phase: Phase, stride: int) -> Iterator[tuple[int, int]]:
    """From after which step to after which: so many at once, but no further than to the next giving out of places."""
    first = phase.first
    while first < phase.last:
        last = min(first + stride, phase.last)
        last = next((s for s in range(first + 1, last) if due(phase.plan.places, s)), last)
        yield first, last
        first = last


def _pull(plan: Plan, found: Classes, rules: Rules, held: Floats) -> Floats:
    """float64[P, K]: mistaken records that each pool gives away in a step."""
    given = (held[:, :, None] * rules.mistaken).sum(axis=1)
    pull = np.zeros((plan.pools, len(plan.kinds)))
    np.add.at(pull, plan.cell_pool, found.mass[:, None] * given[found.of])
    return pull


def _book_state(outcome: Expectation, found: Classes, s: int, held: Floats, never: Floats) -> None:
    """Persons after step s, by tier (held) and by tier without a wrongful debit (never): shares of a class [J, T]."""
    outcome.occupancy[s] = found.mass[:, None] * held[found.of]
    outcome.lost[s] = abs(1.0 - outcome.occupancy[s].sum() / found.mass.sum())
    ever = np.maximum(0.0, held - never)
    outcome.wrongful_ever[s] = found.by_unit(ever)
    if outcome.spread is not None:
        outcome.spread.occupancy[s] = outcome.occupancy[s] * (1.0 - held)[found.of]
        outcome.spread.wrongful_ever[s] = found.by_unit(ever * (1.0 - ever))


def _book_flows(outcome: Expectation, plan: Plan, found: Classes, rules: Rules, s: int, held: Floats, moved: Floats,
                records: tuple[Floats, Floats]) -> None:
    """What happened in step s: held [J, T] at its start, moved [J, T, T]; records: as `_records` says."""
    went = moved * (1.0 - np.eye(held.shape[1]))
    mean, variance = records
    outcome.moves[s] = found.by_unit(went)
    each = held[:, :, None] * mean
    sums = found.by_unit(each)
    outcome.points[s], outcome.wrongful[s] = sums[:, :, :5], sums[:, :, 5:8]
    if plan.grounds:
        outcome.appeals[s, :, :, 0] = sums[:, :, 8:]
    outcome.shared[s] = _shared(plan, found.by_unit(held), found.by_unit(np.ones(len(held))))
    if outcome.spread is not None:
        outcome.spread.moves[s] = found.by_unit(went * (1.0 - went))
        sums = found.by_unit(held[:, :, None] * (variance + mean * mean) - each * each)
        outcome.spread.points[s], outcome.spread.wrongful[s] = sums[:, :, :5], sums[:, :, 5:8]
        if plan.grounds:
            outcome.spread.appeals[s, :, :, 0] = sums[:, :, 8:]


def _own(plan: Plan, found: Classes, rules: Rules) -> tuple[Floats, Floats]:
    """Mean and variance of the points of a person's own records in a step, then of what is undone of them at once, and
    of debits that can be appealed by fate: [J, T, 1] each, or [J, T, 5] where own debits can be.
    """
    law, first, which = rules.own_law, rules.own_first, rules.own
    if plan.grounds:  # that of the loops is of what stays
        whole = laws.own_laws(plan.own[found.first], plan.weight, plan.at_most, plan.once)
        law, first, which = whole.pmf, whole.first, whole.which
    jumps = first + np.arange(law.shape[1])
    own = (law * jumps).sum(axis=1)
    own_variance = (law * jumps**2).sum(axis=1) - own**2
    more = appeals.moments(plan, found.first) if plan.grounds else np.zeros((2, *which.shape, 0))
    return (np.concatenate([own[which][..., None], more[0]], axis=-1),
            np.concatenate([own_variance[which][..., None], more[1]], axis=-1))


def _records(plan: Plan, found: Classes, rules: Rules, m: Floats, own: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Mean and variance of what a person in a tier gets in a step: points by cause, debits by fate [J, T, 5 + 3], and
    3 more where own debits can be appealed; own: as `_own` says.
    """
    appealed = plan.appeal[found.first][:, None]
    upheld = appealed * plan.upheld[found.first][:, None]
    undone, none = 1.0 - rules.keep[:, None], np.zeros(m.shape[:2])
    number, spread = m[..., 4], m[..., 5]
    (one, *more), (one_variance, *more_variance) = (list(np.moveaxis(each, -1, 0)) for each in own)
    mean = [one, m[..., 0], m[..., 2], none, undone * m[..., 6], number, appealed * number, upheld * number]
    variance = [one_variance, m[..., 1], m[..., 3], none,
                undone**2 * m[..., 7] + undone * (1 - undone) * m[..., 8], spread,
                appealed**2 * spread + appealed * (1 - appealed) * number,
                upheld**2 * spread + upheld * (1 - upheld) * number]
    if more:
        mean[4], variance[4] = mean[4] + more[0], variance[4] + more_variance[0]
    return np.stack([*mean, *more[1:]], axis=-1), np.stack([*variance, *more_variance[1:]], axis=-1)


def _shared(plan: Plan, held: Floats, people: Floats) -> Floats:
    """float64[U, H]: whom the tier of another adult of the household touches; held [U, T], people [U] at the start."""
    size, share = np.array(list(plan.adults)), np.array(list(plan.adults.values()))
    households = people / (size @ share)
    children = sum(n * x for n, x in plan.children.items())
    out = np.zeros((len(people), len(plan.household_rights)))
    for h, right in enumerate(plan.household_rights):
        spared = 1.0 - held[:, [t for t in range(held.shape[1]) if right.tiers >> t & 1]].sum(axis=1) / people
        spared = np.clip(spared, 0.0, 1.0)[:, None]
        if right.bearer == "children":
            out[:, h] = households * children * ((1.0 - spared**size) @ share)
        else:
            out[:, h] = households * ((size * (spared - spared**size)) @ share)
    return out


def _book_scores(outcome: Expectation, found: Classes, row: int, rows: Floats) -> None:
    histogram = rows.sum(axis=1)
    outcome.scores[row] = _histogram(found, histogram)
    if outcome.spread is not None:
        outcome.spread.scores[row] = _histogram(found, histogram * (1.0 - histogram))


def _histogram(found: Classes, values: Floats) -> Floats:
    # Unit by unit: a value for every cell and score at once may not fit.
    ends = np.append(found.begins[1:], len(found.of))
    return np.stack([(found.mass[a:b, None] * values[found.of[a:b]]).sum(axis=0)
                     for a, b in zip(found.begins, ends, strict=True)])

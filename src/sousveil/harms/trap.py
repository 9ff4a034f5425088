"""The trap: how long those who fall into the bottom tier stay there (Kaplan and Meier 1958).

A spell begins when somebody enters the tier (or with the run) and ends when they leave; spells still running when the
run ends are censored. Times are in the scheme's steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil import intervals
from sousveil.engine.trace import Trace
from sousveil.errors import InputError, did_you_mean
from sousveil.harms import estimate, view
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name, Names

__all__ = ["IN_TIER", "MEAN_STAY", "MEAN_STAY_DIFFERENCE", "MEDIAN_STAY", "NEVER_LEAVING", "CurvePoint", "Lasting",
           "curve", "denying", "horizon", "influence", "measures"]

HARM = "trap"
MEDIAN_STAY = Name(HARM, "median time to leave")
MEAN_STAY = Name(HARM, "restricted mean time to leave")
MEAN_STAY_DIFFERENCE = Name(HARM, "restricted mean time to leave, difference")
NEVER_LEAVING = Name(HARM, "share never leaving")

IN_TIER = {MEDIAN_STAY: Names(HARM, "median time to leave {tier}"),
           MEAN_STAY: Names(HARM, "restricted mean time to leave {tier}"),
           NEVER_LEAVING: Names(HARM, "share never leaving {tier}")}
"""The same of every other tier that denies or limits a right of whoever is in it."""

Floats = npt.NDArray[np.float64]
ENOUGH = 30
"""Spells in the bottom tier, as independent ones, that a group needs for anything to be said of how long they last."""

_NONE = "nobody was ever in the bottom tier"


class CurvePoint(NamedTuple):
    """The share of spells in the bottom tier that last longer than `duration` steps, with its interval.

    at_risk   spells that had lasted until then; left: those that ended there
    low, high 95 % interval; None for an expectation
    """

    duration: int
    at_risk: float
    left: float
    survival: float
    low: float | None
    high: float | None


class _Point(NamedTuple):
    """The same without an interval; greenwood: what is added up to its variance on the scale log(-log S)."""

    duration: int
    at_risk: float
    left: float
    survival: float
    greenwood: float


def curve(trace: Trace, group: str = ALL, sampling: bool | None = None) -> list[CurvePoint]:
    """Kaplan-Meier curve of bottom-tier spells, from duration 0 on; empty when there was no spell.

    The interval is Greenwood's on the scale log(-log S), which stays between 0 and 1. Before the first leaves, and
    once all have left, that scale has no end; there the interval of Wilson for those at risk stands in.
    Raises InputError for a group that does not exist.
    """
    look = view.of(trace, sampling)
    if group not in (ALL, *look.setting.groups):
        raise InputError(f'there is no group "{group}"' + did_you_mean(group, look.setting.groups))
    points = _kaplan_meier(*_spells(look, dict(look.parts())[group]))
    together = _together(look, MEDIAN_STAY, group, points)
    return [CurvePoint(*p[:4], *((None, None) if look.exact else _ends(points, i, together)))
            for i, p in enumerate(points)]


def horizon(steps: int) -> int:
    """How many steps spells in the bottom tier are followed for: half of the run, and at least one step.

    Whoever enters in the first half can be seen for as long. It hangs on the length of the run alone, so that all
    groups, replicates, worlds, points and engines look at spells for the same time.
    """
    return min(steps, max(1, (steps + 1) // 2))


def measures(trace: Trace, reference: str | None = None, sampling: bool | None = None) -> list[Measure]:
    """Time to leave the bottom tier, for everybody and each group.

    median time to leave             steps
    restricted mean time to leave    steps; a spell that lasts longer than the `horizon` counts as that long
    share never leaving              share of spells that last longer than the `horizon`
    ... TIER                         the same of every other tier that denies or limits a right of one's own
    restricted mean time to leave, difference   against the reference group

    Groups with fewer than `ENOUGH` spells, counted as their design effect says, and those of which nobody was seen for
    so long, are not estimable.
    """
    look = view.of(trace, sampling)
    unit = f"{look.setting.step}s"
    curves = _curves(look)
    span = horizon(look.setting.steps)
    found = []
    for group, points in curves.items():
        rows = ((MEDIAN_STAY, _median(points, _together(look, MEDIAN_STAY, group, points)), unit, ""),
                (MEAN_STAY, _mean_stay(look, group, points, span), unit, _span(look, span)),
                (NEVER_LEAVING, _lasting(points, span), "share", _span(look, span)))
        for name, number, kind, note in rows:
            if name is NEVER_LEAVING:
                number = estimate.wider(number, _together(look, name, group, points))
            known = _enough(look, group, points, span, name) or number
            found.append(estimate.measure(name, group, known, kind, look.exact,
                                          note="" if known.value is None else note))
    against = look.setting.groups[view.reference_of(look, reference)]
    for group in (g for g in look.setting.groups if g != against):
        pair = [_enough(look, g, curves[g], span, MEAN_STAY) or _mean_stay(look, g, curves[g], span)
                for g in (group, against)]
        gap = estimate.difference(*pair)
        found.append(estimate.measure(MEAN_STAY_DIFFERENCE, group, gap, unit, look.exact, against,
                                      _span(look, span) if gap.value is not None else ""))
    return [*found, *(m for tier in denying(look) for m in _of_tier(look, tier, span))]


def denying(look: view.View) -> list[int]:
    """The tiers above the bottom one that deny or limit a right of whoever is in them, and whose spells are known."""
    table, tiers = look.trace.rights, look.setting.tiers
    bearers, bearer = view.words(table, "bearer")
    names, code = view.words(table, "tiers")
    own = view.numbers(table, "burden") > 0
    own &= np.array([name == "self" for name in bearers], dtype=bool)[bearer]
    named = {tier for c in np.unique(code[own]).tolist() for tier in names[c].split(" + ")}
    known, tier = view.words(look.trace.spells, "tier")
    followed = {known[c] for c in np.unique(tier).tolist()}
    return [t for t, name in enumerate(tiers) if t > 0 and name in named and (name in followed or not look.exact)]


def _of_tier(look: view.View, tier: int, span: int) -> list[Measure]:
    """How long those who come into a tier above the bottom one stay there, for everybody and each group."""
    found, name = [], look.setting.tiers[tier]
    for group, points in _curves(look, tier).items():
        names = {what: names(tier=name) for what, names in IN_TIER.items()}
        together = _together(look, names[NEVER_LEAVING], group, points)
        if not points:
            none = estimate.absent("nobody was ever in the tier", 0.0)
            found += [estimate.measure(names[what], group, none, unit, look.exact) for what, unit in (
                (MEDIAN_STAY, f"{look.setting.step}s"), (MEAN_STAY, f"{look.setting.step}s"),
                (NEVER_LEAVING, "share"))]
            continue
        half = _median(points, _together(look, names[MEDIAN_STAY], group, points))
        rows = ((MEDIAN_STAY, half, f"{look.setting.step}s", ""),
                (MEAN_STAY, _mean_stay(look, group, points, span, names[MEAN_STAY]), f"{look.setting.step}s",
                 _span(look, span)),
                (NEVER_LEAVING, estimate.wider(_lasting(points, span), together), "share", _span(look, span)))
        for what, number, unit, note in rows:
            known = _enough(look, group, points, span, names[what], what) or number
            found.append(estimate.measure(names[what], group, known, unit, look.exact,
                                          note="" if known.value is None else note))
    return found


def _curves(look: view.View, tier: int = 0) -> dict[str, list[_Point]]:
    return {group: _kaplan_meier(*_spells(look, part, tier)) for group, part in look.parts()}


def _enough(look: view.View, group: str, points: list[_Point], span: int,
            name: Name, what: Name | None = None) -> estimate.Estimate | None:
    """None where the spells tell what a measure asks; else why they do not. Expectations need no number of spells."""
    if not points:
        return None
    people = float(look.people.sum())
    if look.exact:
        if points[0].at_risk < 1e-9 * people:
            return estimate.absent(f"nobody was ever in {_where(what)}", points[0].at_risk)
    elif points[0].at_risk < ENOUGH * max(1.0, look.effect(name, dict(look.parts())[group]) or 1.0):
        independent = " independent" if points[0].at_risk >= ENOUGH else ""
        return estimate.absent(f"fewer than {ENOUGH}{independent} spells in {_where(what)}", points[0].at_risk)
    if (what or name) is not MEDIAN_STAY and points[-1].survival > 0 and points[-1].duration < span:
        return estimate.absent(f"nobody was seen in it for {span} {look.setting.step}{'' if span == 1 else 's'}",
                               points[0].at_risk)
    return None


def _where(what: Name | None) -> str:
    return "the bottom tier" if what is None else "the tier"


def _mean_stay(look: view.View, group: str, points: list[_Point], span: int,
               name: Name = MEAN_STAY) -> estimate.Estimate:
    found = _restricted_mean(points, span)
    if found.value is None or found.n is None or not found.variance or not 0 < found.value < span:
        return found
    alone = found.value * (span - found.value) / found.n
    effect = found.variance * _together(look, name, group, points) / alone
    return estimate.between(found.value, 0.0, float(span), found.n, effect)


def _together(look: view.View, name: Name, group: str, points: list[_Point]) -> float:
    """How many spells count as one: by their design effect; else spells to a person of those who had any."""
    effect = look.effect(name, dict(look.parts())[group])
    if effect is not None:
        return effect
    fallen = look.setting.fallen
    if not fallen or not points:
        return 1.0
    persons = sum(n for n, name in zip(fallen, look.setting.groups, strict=True) if group in (ALL, name))
    return max(1.0, points[0].at_risk / persons) if persons > 0 else 1.0


def _span(look: view.View, steps: int) -> str:
    return f"within {steps} {look.setting.step}{'' if steps == 1 else 's'}"


class Lasting(NamedTuple):
    """The curve of some groups, and by how much each spell changes the share that lasts: of what is it an estimate."""

    points: list[_Point]
    survival: Floats
    ended: Floats
    still: Floats


def influence(look: view.View, part: list[int], tier: int = 0) -> Lasting | None:
    """By how much a spell that ended, or that was censored, after d steps changes the curve at t, float64[t, d] each.

    survival   float64[t]: the curve. None where nobody was in the tier. Source: Reid 1981 (product-limit estimator).
    """
    points = _kaplan_meier(*_spells(look, part, tier))
    if not points:
        return None
    steps = look.setting.steps + 1
    survival, hazard, at_risk = np.zeros(steps), np.zeros(steps), np.full(steps, np.inf)
    for p in points:
        survival[p.duration], hazard[p.duration], at_risk[p.duration] = p.survival, p.left / p.at_risk, p.at_risk
    survival[points[-1].duration:] = points[-1].survival
    each = np.divide(1.0, at_risk * (1.0 - hazard), out=np.zeros(steps), where=hazard < 1.0)
    t, d = np.indices((steps, steps))
    exposed = np.cumsum(hazard * each)[np.minimum(t, d)]
    fell = np.where(d <= t, each[d], 0.0)
    return Lasting(points, survival, -survival[:, None] * (fell - exposed), survival[:, None] * exposed)


def _spells(look: view.View, part: list[int], tier: int = 0) -> tuple[Floats, Floats]:
    """Spells in a tier that ended, and that were censored, after 0, 1 ... steps: float64[steps+1] each."""
    table, setting = look.trace.spells, look.setting
    here = np.isin(view.codes(table, "group", setting.groups), part)
    here &= view.codes(table, "tier", setting.tiers) == tier
    duration, steps = view.numbers(table, "duration")[here].astype(np.int64), setting.steps + 1
    left, still = (view.summed(duration, view.numbers(table, name)[here], steps) for name in ("left", "still"))
    return left, still


def _kaplan_meier(left: Floats, still: Floats) -> list[_Point]:
    spells = float((left + still).sum())
    if spells <= 0:
        return []
    at_risk = (left + still)[::-1].cumsum()[::-1].tolist()
    points = [_Point(0, spells, 0.0, 1.0, 0.0)]
    survival, greenwood = 1.0, 0.0
    for d, (n, ended) in enumerate(zip(at_risk[1:], left[1:].tolist(), strict=True), 1):
        if n <= 0:  # nobody is seen for longer
            break
        e = min(ended, n)
        survival *= 1.0 - e / n
        room = n * (n - e)  # of next to nobody, which an expectation can be, it may round to nothing
        greenwood += e / room if room > 0 else math.inf
        points.append(_Point(d, n, e, survival, greenwood))
        if survival <= 0.0:
            break
    return points


def _ends(points: list[_Point], at: int, together: float) -> tuple[float | None, float | None]:
    """The interval of a curve at one of its points, where so many spells count as one."""
    return estimate.wider_ends(points[at].survival, *_greenwood(points, at), together, "share")


def _greenwood(points: list[_Point], at: int) -> tuple[float, float]:
    _, at_risk, _, survival, greenwood = points[at]
    if at == 0:
        return 1.0, 1.0
    if survival >= 1.0:
        return (intervals.wilson(at_risk, at_risk) or (0.0, 1.0))[0], 1.0
    if survival <= 0.0:
        return 0.0, points[at - 1].survival * (intervals.wilson(0.0, at_risk) or (0.0, 1.0))[1]
    half = estimate.Z * math.sqrt(greenwood) / abs(math.log(survival))
    return survival ** math.exp(min(half, 700.0)), survival ** math.exp(-half)


def _median(points: list[_Point], together: float) -> estimate.Estimate:
    """First time by which half have left; from where the curve's low end crosses a half to where its high end does.

    Source: Brookmeyer and Crowley 1982.
    """
    if not points:
        return estimate.absent(_NONE, 0.0)
    n = points[0].at_risk

    def first(ends: Iterable[float | None]) -> float | None:
        return next((float(p.duration) for p, s in zip(points, ends, strict=False)
                     if s is not None and s <= 0.5 + 1e-12), None)

    value = first(p.survival for p in points)
    if value is None:
        return estimate.absent("fewer than half left while they were seen", n)
    low, high = (first(_ends(points, at, together)[end] for at in range(len(points))) for end in (0, 1))
    note = "" if high is not None else "the interval has no upper end within the run"
    return estimate.Estimate(value, low, high, None, n, note)


def _restricted_mean(points: list[_Point], within: int) -> estimate.Estimate:
    """Area under the curve until `within`, with Greenwood's variance (Klein and Moeschberger 2003, section 4.5)."""
    if not points:
        return estimate.absent(_NONE, 0.0)
    survival = np.zeros(within + 1)
    for p in points[:within + 1]:
        survival[p.duration] = p.survival
    # Area from time d on: a curve is flat from one step to the next.
    area = np.concatenate([survival[:within][::-1].cumsum()[::-1], [0.0]])
    variance = sum(area[p.duration] ** 2 * p.left / (p.at_risk * (p.at_risk - p.left))
                   for p in points[1:within + 1] if p.at_risk * (p.at_risk - p.left) > 0)
    number = estimate.spread(float(area[0]), float(variance), points[0].at_risk)
    return estimate.Estimate(number.value, max(number.low or 0.0, 0.0), min(number.high or 0.0, float(within)),
                             number.variance, number.n)


def _lasting(points: list[_Point], within: int) -> estimate.Estimate:
    if not points:
        return estimate.absent(_NONE, 0.0)
    last = min(within, len(points) - 1)
    return estimate.Estimate(points[last].survival, *_greenwood(points, last), None, points[0].at_risk)

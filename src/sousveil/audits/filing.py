"""Tables as they are filed: New York's Local Law 144 and the four-fifths rule of the EEOC. From printed counts.

    ll144   6 RCNY 5-301: of each sex, each race and each intersection how many were assessed and selected, the rate,
            and the impact ratio to the highest rate. Of a score, the scoring rate: how many score above the median. A
            category under 2 % of the data may be left out; those of unknown category are said apart.
    eeoc    29 CFR 1607.4(D): the ratio to the highest rate against four fifths, with the difference in standard
            deviations (Hazelwood v. United States, 1977) and Fisher's exact test; groups under 2 % (1607.4(A)) are
            marked.

The ratio is to the highest rate of the same kind of category that is not under 2 %. A category that is withheld may
have the highest rate. Then the printed counts bound the ratio, and the bounds are told (see `highest`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any

from sousveil.audits.bounds import Bounds, two_places
from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.highest import Highest, fewest, highest
from sousveil.audits.metrics import SELECTION, left_open, named
from sousveil.audits.shares import WITHHELD, Share, ratio_ends, share
from sousveil.errors import InputError

__all__ = ["FORMS", "Line", "lines"]

FORMS = {"ll144": "New York City Local Law 144, bias audit", "eeoc": "EEOC Uniform Guidelines, adverse impact"}

_FIFTHS = 0.8
_FISHER = 20_000
"""Fisher's test is worked out up to so many people; beyond, the standard deviations say the same."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a filing: counts that may be printed, else None and the note says why.

    kind      whose categories: the columns, as `sex` or `sex × race`
    category  as the measures name it
    n, selected   people, with weights too: their rate is weighted then
    rate, ratio, low, high   the ratio is to the highest rate, with its 95 % interval
    deviations, chance   of the eeoc form: the difference in standard deviations, and Fisher's two-sided p
    least, most   between what the ratio lies, where a category that is withheld may have the highest rate
    """

    kind: str
    category: str
    n: int | None
    selected: int | None = None
    rate: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    deviations: float | None = None
    chance: float | None = None
    note: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def p(self) -> str:
        """Fisher's p as it is printed."""
        return "" if self.chance is None else _p(self.chance)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def lines(shown: Printed, form: str, left: Bounds) -> Iterator[Line]:
    """Every line of a form. Raises InputError for a form that is not known, or without groups.

    left  what the printed counts leave of each count
    """
    if form not in FORMS:
        raise InputError(f'--form "{form}": expected {" or ".join(FORMS)}')
    columns = shown.layout.columns
    if not columns:
        raise InputError("--form needs --groups: the columns of sex and race, as sex,race")
    for places in dict.fromkeys(tuple(place for place, _ in group) for group in shown.layout.groups if group):
        if len(places) <= 2:
            groups = [group for group in shown.layout.groups if tuple(place for place, _ in group) == places]
            yield from _lines(shown, form, " × ".join(columns[place] for place in places), groups, left)


def _lines(shown: Printed, form: str, kind: str, groups: Sequence[Group], left: Bounds) -> Iterator[Line]:
    found = {group: share(shown, [(group, "d1")], (group, "n"), "nobody") for group in groups}
    top = highest(shown, left, groups, found, "d1", "d0")
    beyond = _beyond_chance(sum(isinstance(found[group], Share) for group in top.ends))
    for group in groups:
        one, n = found[group], shown[group, "n"]
        notes = [] if named(group) else ["category not known, not compared"]
        if n is not None and n < fewest(shown):
            notes.append("under 2% of all")
        if isinstance(one, Share):
            best = found[top.best] if top.best is not None and named(group) and not top.rivals else None
            compared = _compared(form, one, best, beyond, shown) if isinstance(best, Share) else \
                _open(form, top, group, one.value) if named(group) and top.rivals else {}
            line = Line(kind, label(shown.layout.columns, group), n, shown[group, "d1"], one.value, **compared)
        else:
            notes = [WITHHELD, *notes, left_open(SELECTION, group, left)] if one.startswith(WITHHELD) else [one, *notes]
            line = Line(kind, label(shown.layout.columns, group), n, shown[group, "d1"],
                        **(_open(form, top, group) if group in top.ends else {}))
        yield replace(line, note="; ".join(filter(None, [*notes, line.note])))


def _compared(form: str, one: Share, top: Share, beyond: float, shown: Printed) -> dict[str, Any]:
    """What a line says of a rate beside the highest, where that is known."""
    if one is top:
        return {"ratio": 1.0, "note": "highest rate"} if top.value else {}
    if not top.value:
        return {}
    value = one.value / top.value
    low, high = ratio_ends(one, top) or (None, None)
    found: dict[str, Any] = {"ratio": value, "low": low, "high": high}
    if form == "eeoc":
        notes = ["below four fifths" if value < _FIFTHS else "four fifths or more"]
        if shown.rounded:
            notes = _rounded(one, top, beyond)
        else:
            found |= {"deviations": _deviations(one, top), "chance": None if shown.worth else _fisher(one, top)}
            corners = [_deviations(*two) for two in _corners(one, top)]
            notes.append(_by_chance(corners, beyond, "sums of weights in steps"))
        found["note"] = "; ".join(notes)
    return found


def _by_chance(deviations: Sequence[float], beyond: float, source: str) -> str:
    """Whether chance explains a gap, by all tables that it may be of."""
    apart = {abs(d) >= beyond for d in deviations}
    if len(apart) > 1 or (apart == {True} and min(deviations) < 0 < max(deviations)):
        return f"whether chance explains it cannot be told from {source}"
    return "chance hardly explains it" if apart == {True} else "chance may explain it"


def _rounded(one: Share, top: Share, beyond: float) -> list[str]:
    """Both tests over the tables that round to this one: one number would be that of a table that nobody has."""
    corners = _corners(one, top)
    deviations = [_deviations(*two) for two in corners]
    chances = [p for p in (_fisher(*two) for two in corners) if p is not None]
    below = {a[0] / a[1] < _FIFTHS * b[0] / b[1] for a in (one.least, one.most) for b in (top.least, top.most)
             if a[1] and b[1]}
    found = ["whether it is below four fifths cannot be told from rounded counts" if len(below) > 1 else
             "below four fifths" if True in below else "four fifths or more",
             f"{min(deviations):+.2f} to {max(deviations):+.2f} deviations, by what was rounded"]
    if len(chances) == len(corners):
        # A table between them has equal rates, where they differ to both sides.
        most = 1.0 if min(deviations) < 0 < max(deviations) else max(chances)
        ends = dict.fromkeys((_p(min(chances)), _p(most)))
        found.append(f"Fisher's p {'from ' if len(ends) > 1 else ''}{' to '.join(ends)}")
    return [*found, _by_chance(deviations, beyond, "rounded counts")]


def _corners(one: Share, top: Share) -> list[tuple[Share, Share]]:
    """Two shares, each as little and as much as it can have been before it was rounded."""
    return [(Share(*mine, one.n), Share(*theirs, top.n)) for mine in (one.least, one.most)
            for theirs in (top.least, top.most) if mine[1] and theirs[1]]


def _p(chance: float) -> str:
    return "under 0.001" if chance < 0.001 else f"{chance:.3f}"


def _open(form: str, top: Highest, group: Group, rate: float | None = None) -> dict[str, Any]:
    """What a line says of a rate, or of one that is withheld, beside the highest, where a withheld one may be that."""
    if top.rivals == (group,):
        return {"note": "highest rate" if top.sure else "whether it is the highest rate cannot be told"}
    ends = top.ratio(group, rate or 0.0)
    notes = []
    if rate is not None:
        notes.append(f"the highest rate is that of {top.who}" if top.sure else
                     f"the highest rate cannot be told: it may be that of {top.who}")
    elif group in top.rivals:
        notes.append("may be the highest rate")
    if ends is None or (group in top.rivals and ends[1] >= 1):
        return {"note": "; ".join(notes)}
    notes.append(f"impact ratio {two_places(*ends)}")
    if form == "eeoc":
        notes.append("below four fifths" if ends[1] < _FIFTHS else "four fifths or more" if ends[0] >= _FIFTHS else
                     "whether it is below four fifths cannot be told")
    return {"least": ends[0], "most": ends[1], "note": "; ".join(notes)}


def _beyond_chance(categories: int) -> float:
    """Standard deviations that chance hardly explains: 1.96 for two categories, more where the highest is one of
    many: any pair of them can come out as the highest and another (Bonferroni).
    """
    return NormalDist().inv_cdf(1 - 0.025 / max(1, categories * (categories - 1) // 2))


def _deviations(one: Share, top: Share) -> float:
    both = (one.events + top.events) / (one.trials + top.trials)
    spread = math.sqrt(both * (1 - both) * (1 / one.trials + 1 / top.trials))
    return (one.value - top.value) / spread if spread else 0.0


def _fisher(one: Share, top: Share) -> float | None:
    """Fisher's exact test, two-sided: the chance of a table no likelier than this one."""
    a, n, m = round(one.events), round(one.trials), round(top.trials)
    events = a + round(top.events)
    if n + m > _FISHER:
        return None
    import numpy as np
    from scipy.special import gammaln

    def ways(of: Any, taken: Any) -> Any:
        return gammaln(of + 1) - gammaln(taken + 1) - gammaln(of - taken + 1)

    x = np.arange(max(0, events - m), min(n, events) + 1)
    logs = ways(n, x) + ways(m, events - x) - ways(n + m, events)
    mine = logs[int(a - x[0])]
    return min(1.0, float(np.exp(logs[logs <= mine + 1e-7]).sum()))

"""Tables as they are filed: New York's Local Law 144 and the four-fifths rule of the EEOC. From printed counts.

    ll144   6 RCNY 5-301: of each sex, each race and each intersection how many were assessed and selected, the rate,
            and the impact ratio to the highest rate. Of a score, the scoring rate: how many score above the median. A
            category under 2 % of the data may be left out; those of unknown category are said apart.
    eeoc    29 CFR 1607.4(D): the ratio to the highest rate against four fifths, with the difference in standard
            deviations (Hazelwood v. United States, 1977) and Fisher's exact test; groups under 2 % (1607.4(A)) are
            marked.

The ratio is to the highest rate of the same kind of category that is not under 2 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import Share, named, ratio_ends, share
from sousveil.errors import InputError

__all__ = ["FORMS", "Line", "lines"]

FORMS = {"ll144": "New York City Local Law 144, bias audit", "eeoc": "EEOC Uniform Guidelines, adverse impact"}

_SMALL = 0.02
_FIFTHS = 0.8
_FISHER = 20_000
"""Fisher's test is worked out up to so many people; beyond, the standard deviations say the same."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a filing: counts that may be printed, else None and the note says why.

    kind      whose categories: the columns, as `sex` or `sex × race`
    category  as the measures name it
    n, selected, rate, ratio, low, high   the ratio is to the highest rate, with its 95 % interval
    deviations, chance   of the eeoc form: the difference in standard deviations, and Fisher's two-sided p
    """

    kind: str
    category: str
    n: int | None
    selected: int | None
    rate: float | None
    ratio: float | None
    low: float | None
    high: float | None
    deviations: float | None
    chance: float | None
    note: str

    @property
    def p(self) -> str:
        """Fisher's p as it is printed."""
        return "" if self.chance is None else "under 0.001" if self.chance < 0.001 else f"{self.chance:.3f}"

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def lines(shown: Printed, form: str) -> Iterator[Line]:
    """Every line of a form. Raises InputError for a form that is not known, or without groups."""
    if form not in FORMS:
        raise InputError(f'--form "{form}": expected {" or ".join(FORMS)}')
    columns = shown.layout.columns
    if not columns:
        raise InputError("--form needs --groups: the columns of sex and race, as sex,race")
    for places in dict.fromkeys(tuple(place for place, _ in group) for group in shown.layout.groups if group):
        if len(places) <= 2:
            groups = [group for group in shown.layout.groups if tuple(place for place, _ in group) == places]
            yield from _lines(shown, form, " × ".join(columns[place] for place in places), groups)


def _lines(shown: Printed, form: str, kind: str, groups: Sequence[Group]) -> Iterator[Line]:
    everybody = shown[(), "n"]
    found = {group: share(shown, [(group, "d1")], (group, "n"), "nobody") for group in groups}
    rates = {group: one for group, one in found.items() if isinstance(one, Share) and named(group)
             and (everybody is None or one.n >= _SMALL * everybody)}
    best = max(rates, key=lambda group: rates[group].value, default=None)
    top = rates[best] if best is not None else None
    beyond = _beyond_chance(len(rates))
    for group in groups:
        one, n = found[group], shown[group, "n"]
        if isinstance(one, str):
            yield Line(kind, label(shown.layout.columns, group), n, None, None, None, None, None, None, None,
                       one.partition(":")[0] if one.startswith("withheld") else one)
            continue
        notes = [] if named(group) else ["category not known, not compared"]
        if everybody is not None and one.n < _SMALL * everybody:
            notes.append("under 2% of all")
        yield _line(shown, form, kind, group, one, top if named(group) else None, notes, beyond)


def _line(shown: Printed, form: str, kind: str, group: Group, one: Share, top: Share | None, notes: list[str],
          beyond: float) -> Line:
    value = low = high = deviations = chance = None
    if top is not None and top.value:
        value = one.value / top.value
        low, high = (ratio_ends(one, top) or (None, None)) if one is not top else (None, None)
        if one is top:
            notes.append("highest rate")
        elif form == "eeoc":
            deviations, chance = _deviations(one, top), _fisher(one, top)
            notes.append("below four fifths" if value < _FIFTHS else "four fifths or more")
            notes.append("chance may explain it" if abs(deviations) < beyond else "chance hardly explains it")
    return Line(kind, label(shown.layout.columns, group), one.n, round(one.events), one.value, value, low, high,
                deviations, chance, "; ".join(notes))


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

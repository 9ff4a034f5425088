"""Detriment out of context and out of proportion: the two limbs of Art. 5(1)(c) of the EU AI Act, as numbers.

A scheme says to which domain its signals and its consequences belong, and how grave its signals are. Who bore what
because of which act is not kept: burdens are set beside the points that were taken from the same group over the run,
as if each burden came from all of them in proportion.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, rights, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["ACROSS", "IRRELEVANT_POINTS", "PER_GRAVITY", "measures"]

HARM = "domains"
ACROSS = Name(HARM, "share of burden in another domain than the act")
PER_GRAVITY = Name(HARM, "months with a right denied or limited for each unit of gravity")
IRRELEVANT_POINTS = Name(HARM, "share of debited points for irrelevant acts")

Floats = npt.NDArray[np.float64]
TAKEN = ("points_own", "points_wrongful", "points_being")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """For everybody and each group; each only where the scheme says what it takes.

    share of burden in another domain than the act      person-months of own rights, of consequences with a domain
    months ... for each unit of gravity                 of a person, by the gravity of the person's recorded acts
    share of debited points for irrelevant acts         of points taken for acts
    """
    if trace.domains is None:
        return []
    look = view.of(trace, sampling)
    table = _amounts(look)
    found = []
    for group, part in look.parts():
        sums = {key: float(amount[part].sum()) for key, amount in table.items()}
        rows = (*_across(look, sums, part), *_proportion(look, sums, part), *_irrelevant(look, sums, part))
        found += [estimate.measure(name, group, number, unit, look.exact, note=note)
                  for name, number, unit, note in rows]
    return found


def _amounts(look: view.View) -> dict[tuple[str, str], Floats]:
    """(what, domain) -> float64[G]."""
    table = look.trace.domains
    assert table is not None
    group = view.codes(table, "group", look.setting.groups)
    found: dict[tuple[str, str], Floats] = {}
    for g, what, domain, amount in zip(group.tolist(), table["what"].to_pylist(), table["domain"].to_pylist(),
                                       view.numbers(table, "amount").tolist(), strict=True):
        found.setdefault((what, domain), np.zeros(len(look.setting.groups)))[g] += amount
    return found


Row = tuple[Name, estimate.Estimate, str, str]


def _across(look: view.View, sums: dict[tuple[str, str], float], part: list[int]) -> list[Row]:
    burdens = {domain: amount for (what, domain), amount in sums.items() if what == "burden"}
    if not burdens:
        return []
    taken: dict[str, float] = {}
    for (what, domain), amount in sums.items():
        if what in TAKEN:
            taken[domain] = taken.get(domain, 0.0) + amount
    whole, people = sum(burdens.values()), float(look.people[part].sum())
    if not sum(taken.values()):
        return [(ACROSS, estimate.absent("no points were taken", people), "share", "")]
    elsewhere = sum(amount * (1.0 - taken.get(domain, 0.0) / sum(taken.values())) for domain, amount in burdens.items())
    # Months of one person hang together: they count as the people who would bear them from the first step to the last.
    steps = max(look.setting.steps, 1)
    share = estimate.share(elsewhere / steps, whole / steps, "no right was denied or limited", n=people)
    note = "" if share.value is None else "as if each burden came from all points taken, in proportion"
    return [(ACROSS, share, "share", note)]


def _proportion(look: view.View, sums: dict[tuple[str, str], float], part: list[int]) -> list[Row]:
    grave = [amount for (what, _), amount in sums.items() if what == "gravity"]
    if not grave:
        return []
    months, people = rights.limited(look, part), float(look.people[part].sum())
    each = sum(grave) / people if people else 0.0
    if not each:
        return [(PER_GRAVITY, estimate.absent("no act with a gravity was recorded", people), "months", "")]
    found = estimate.scaled(months, 1.0 / each)
    note = "" if found.value is None else "expected gravity, given who was in which tier"
    return [(PER_GRAVITY, found, "months", note)]


def _irrelevant(look: view.View, sums: dict[tuple[str, str], float], part: list[int]) -> list[Row]:
    some = [amount for (what, _), amount in sums.items() if what == "points_irrelevant"]
    if not some:
        return []
    every = sum(amount for (what, _), amount in sums.items() if what in ("points_own", "points_wrongful"))
    # As for points that were taken wrongly: worth at least as much as this many independent records.
    largest = look.setting.largest_debit or 1.0
    people = float(look.people[part].sum())
    share = estimate.share(sum(some) / largest, every / largest, "no points were taken", n=people)
    note = "" if share.value is None else "expected, given who was in which tier"
    return [(IRRELEVANT_POINTS, share, "share", note)]

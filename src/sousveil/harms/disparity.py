"""Disparity: how much worse one group fares than another, as a difference and as a ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, income, rights, tiers, view, wrongful
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["BOTTOM_TIER", "EVER_WRONGED", "INCOME_LOST", "MONTHS_LIMITED", "Compared", "measures"]

HARM = "disparity"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared: the number for some groups, its unit, and what its difference and its ratio are called."""

    number_of: Callable[[view.View, list[int]], estimate.Estimate]
    unit: str
    difference: Name
    ratio: Name


BOTTOM_TIER = Compared(tiers.bottom, "share", Name(HARM, "share in the bottom tier, difference"),
                       Name(HARM, "share in the bottom tier, ratio"))
MONTHS_LIMITED = Compared(rights.limited, "months", Name(HARM, "months with a right denied or limited, difference"),
                          Name(HARM, "months with a right denied or limited, ratio"))
INCOME_LOST = Compared(income.loss, "money per person-year", Name(HARM, "income lost, difference"),
                       Name(HARM, "income lost, ratio"))
EVER_WRONGED = Compared(wrongful.ever, "share", Name(HARM, "share with a wrongful debit, difference"),
                        Name(HARM, "share with a wrongful debit, ratio"))
OF = (BOTTOM_TIER, MONTHS_LIMITED, INCOME_LOST, EVER_WRONGED)


def measures(trace: Trace, reference: str | None = None, sampling: bool | None = None) -> list[Measure]:
    """Each of `OF` for every group against the reference: its difference and its ratio.

    reference   a group; default: the largest. Raises InputError for a name unknown.
    """
    look = view.of(trace, sampling)
    against = view.reference_of(look, reference)
    name_of = look.setting.groups
    others = [g for g in range(len(name_of)) if g != against]
    found = []
    for of in OF:
        base = of.number_of(look, [against])
        alone = estimate.absent("there is only one group", base.n)
        for group in others or [against]:
            mine = of.number_of(look, [group])
            pair = ((of.difference, of.unit, estimate.difference(mine, base)),
                    (of.ratio, "ratio", estimate.ratio(mine, base)))
            found += [estimate.measure(name, name_of[group], number if others else alone, unit, look.exact,
                                       name_of[against]) for name, unit, number in pair]
    return found

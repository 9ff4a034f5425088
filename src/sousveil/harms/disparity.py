"""Disparity: how much worse one group fares than another, as a difference and as a ratio."""

from __future__ import annotations

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, income, rights, tiers, view, wrongful
from sousveil.measures.measure import Measure

__all__ = ["measures"]

HARM = "disparity"
OF = (("share in the bottom tier", tiers.bottom, "share"),
      ("months with a right denied or limited", rights.limited, "months"),
      ("income lost", income.loss, "money per person-year"),
      ("share with a wrongful debit", wrongful.ever, "share"))
"""What is compared: its name, the number for some groups, its unit."""


def measures(trace: Trace, reference: str | None = None, sampling: bool | None = None) -> list[Measure]:
    """Each of `OF` for every group against the reference: `NAME, difference` and `NAME, ratio`.

    reference   a group; default: the largest. Raises InputError for a name unknown.
    """
    look = view.of(trace, sampling)
    against = view.reference_of(look, reference)
    name_of = look.setting.groups
    others = [g for g in range(len(name_of)) if g != against]
    found = []
    for name, number_of, unit in OF:
        base = number_of(look, [against])
        alone = estimate.absent("there is only one group", base.n)
        for group in others or [against]:
            mine = number_of(look, [group])
            pair = (("difference", unit, estimate.difference(mine, base)),
                    ("ratio", "ratio", estimate.ratio(mine, base)))
            found += [estimate.measure(HARM, f"{name}, {kind}", name_of[group], number if others else alone, in_unit,
                                       look.exact, name_of[against]) for kind, in_unit, number in pair]
    return found

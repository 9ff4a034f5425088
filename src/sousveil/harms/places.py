"""Places: who is chosen where there is a limited number, by group. What a regime does is reported; nothing seeks it.
"""

from __future__ import annotations

import numpy as np

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Names

__all__ = ["CHOSEN", "OF_THOSE", "measures"]

HARM = "places"
CHOSEN = Names(HARM, "share chosen for {place}")
OF_THOSE = Names(HARM, "share of those ranked who are chosen for {place}")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """For everybody and each group, a time on average over the times that places were given out; none without places.

    share chosen for PLACE                           of all people
    share of those ranked who are chosen for PLACE   of those who could be chosen then
    """
    if trace.places is None:
        return []
    look = view.of(trace, sampling)
    names, place = view.words(trace.places, "place")
    group = view.codes(trace.places, "group", look.setting.groups)
    eligible, chosen = (view.numbers(trace.places, column) for column in ("eligible", "chosen"))
    times = view.numbers(trace.places, "step")
    found = []
    for n, name in enumerate(names):
        often = max(1, len(np.unique(times[place == n])))
        for label, part in look.parts():
            here = (place == n) & np.isin(group, part)
            some, ranked = chosen[here].sum(), eligible[here].sum()
            # The same people are ranked again and again: as many are independent as there are, not as were ranked.
            for which, of in ((CHOSEN, look.people[part].sum() * often), (OF_THOSE, ranked)):
                effect = (look.effect(which(place=name), part) or 1.0) * often
                share = estimate.share(some, of, "nobody could be chosen", effect=effect)
                found.append(estimate.measure(which(place=name), label, share, "share", look.exact))
    return found

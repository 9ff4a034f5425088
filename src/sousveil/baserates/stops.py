"""From an alert to a stop: officers act on most alerts when they are few, and on almost none when they flood.

Published counts run from 5 stops after 2,297 false alerts to 5 after 7. Where the user gives no share, it is read off
those whose load is known (`data/loads.csv`): a share p of the alerts while there is time, and a capacity of so many
alerts a day,

    P(stop | alert) = p / (1 + load / capacity),     load = false alerts a day at one camera

with flat priors on p and on the logarithm of the capacity, and beta-binomial spread between the counts. Five counts
carry it: it is an assumption with a wide interval, and the shape is ours.
"""

from __future__ import annotations

import csv
import functools
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Loads", "loads", "share_at"]

Loads = tuple[tuple[float, int, int], ...]
"""(false alerts a day, stops, false alerts) of each published count."""


@functools.cache
def loads() -> Loads:
    """The published counts whose number of days is known."""
    text = resources.files("sousveil.baserates").joinpath("data", "loads.csv").read_text(encoding="utf-8")
    return tuple((int(row["false_alerts"]) / int(row["days"]), int(row["stops"]), int(row["false_alerts"]))
                 for row in csv.DictReader(text.splitlines()))


@functools.cache
def _posterior() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares, capacities and weights on a grid; the weights add up to 1."""
    import numpy as np

    from sousveil.ground.special import betaln

    share, capacity, rho = (axis.ravel() for axis in np.meshgrid(
        np.linspace(0.02, 0.98, 49), np.geomspace(0.05, 200.0, 60), np.geomspace(0.001, 0.2, 6), indexing="ij"))
    log = np.zeros_like(share)
    for load, stops, alerts in loads():
        q, size = share / (1 + load / capacity), 1 / rho - 1
        log += betaln(stops + q * size, alerts - stops + (1 - q) * size) - betaln(q * size, (1 - q) * size)
    weight = np.exp(log - log.max())
    return share, capacity, weight / weight.sum()


def share_at(u: NDArray[np.float64], load: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(stop | alert) at each load, at the quantile `u` of what the published counts leave open; shares.

    `u` and `load` have one shape. Quantiles are those at the mean load, so that equal `u` are the same officers.
    """
    import numpy as np

    share, capacity, weight = _posterior()
    order = np.argsort(share / (1 + float(np.mean(load)) / capacity), kind="stable")
    chosen = order[np.minimum(np.searchsorted(np.cumsum(weight[order]), u), len(order) - 1)]
    return np.asarray(share[chosen] / (1 + load / capacity[chosen]), dtype=np.float64)

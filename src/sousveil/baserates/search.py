"""A search of faces (or scans) against a list, as rates: what goes in (MODEL.md section 8).

    faces       F  faces seen by one camera on one day; a person who passes twice is two faces
    present     P  how many of them belong to people on the list; more than the list has where people pass often, and
                   less than one where nobody passes on most days
    watchlist   L  entries of the list
    FPIR           chance that a face whose owner is not on the list raises an alert
    FNIR           chance that a face whose owner is on the list raises none

`Search` holds the inputs, checked. `worlds` turns them into arrays over equally likely nodes (one node when every input
is stated); everything else is arithmetic on those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sousveil.baserates import listsize, nodes, stops
from sousveil.baserates.rate import LARGEST, Rate
from sousveil.errors import InputError
from sousveil.measures.measure import ALL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Group", "Search", "Worlds", "worlds"]


_TRIES = 10**9
"""So many chances, each tiny, make a Poisson count."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group among the faces.

    share    of the faces, in [0, 1]
    factor   how many times more often it is falsely matched than a group with factor 1
    between  95 % range of the factor (log-normal), in place of `factor`
    fpir, fnir  rates of its own, in place of the search's
    """

    name: str
    share: float
    factor: float = 1.0
    between: tuple[float, float] | None = None
    fpir: Rate | None = None
    fnir: Rate | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A watch that runs. Raises InputError when the inputs contradict each other.

    false_positive  FPIR, or the rate per comparison when `per_comparison`; None when every group has its own FPIR
    measured_with   list size that the FPIR was measured with; None: this list
    rule            how the rate grows with the list, see `sousveil.baserates.listsize`
    false_negative  FNIR; None: nobody on the list is missed, the best case for the system
    stop            share of false alerts that end in a stop; None: read off published counts, falling with the load
    stop_right      share of true alerts that do; None: the same, because officers cannot tell
    days, cameras   each camera sees `faces` a day
    passes          how often in a year the person passes whose yearly chance is asked for
    """

    faces: int
    watchlist: int
    present: float
    false_positive: Rate | None
    per_comparison: bool = False
    measured_with: int | None = None
    rule: listsize.Rule = "exact"
    false_negative: Rate | None = None
    groups: tuple[Group, ...] = ()
    stop: Rate | None = None
    stop_right: Rate | None = None
    days: int = 1
    cameras: int = 1
    passes: int = 365

    def __post_init__(self) -> None:
        for name, least in (("faces", 1), ("watchlist", 1), ("present", 0), ("days", 1), ("cameras", 1), ("passes", 1)):
            value = getattr(self, name)
            if not value >= least:
                raise InputError(f"{name} must be at least {least}, not {value}")
            if value > LARGEST:
                raise InputError(f"{name} is {value:.3g}: more than sousveil counts (1e15)")
        if self.present > self.faces:
            raise InputError(f"present ({self.present:,}) cannot exceed the faces seen ({self.faces:,})")
        if self.faces * self.days * self.cameras > LARGEST:
            raise InputError("faces x days x cameras is beyond 1e15: more than sousveil counts")
        if self.measured_with is not None and self.measured_with < 1:
            raise InputError(f"a rate is measured with a list of at least 1, not {self.measured_with}")
        if self.per_comparison and self.measured_with is not None:
            raise InputError("a rate per comparison was measured with no list: give the list size with an FPIR only")
        if any(group.name == ALL for group in self.groups):
            raise InputError(f'"{ALL}" cannot be the name of a group: it means everybody')
        _check_groups(self)

    @property
    def listed(self) -> tuple[int, float]:
        """Listed faces over all camera-days: how many chances of an alert there are, and how much each counts for.

        Where they are no whole number on a day, they pass at random with that mean: so many tries that hardly any comes
        true. Over more days their number is no surer for being whole.
        """
        many = self.present * self.runs
        return (round(many), 1.0) if self.present == round(self.present) else (_TRIES, many / _TRIES)

    @property
    def innocent(self) -> float:
        """Faces a day and camera whose owners are not on the list."""
        return self.faces - self.present

    @property
    def runs(self) -> int:
        """Camera-days."""
        return self.days * self.cameras


def _check_groups(search: Search) -> None:
    groups = search.groups
    names = [group.name for group in groups]
    if len(set(names)) < len(names):
        raise InputError("two groups have the same name")
    for group in groups:
        if not math.isfinite(group.share) or not 0 <= group.share <= 1:
            raise InputError(f'the share of group "{group.name}" must lie between 0 and 1, not {group.share:g}')
        low, high = group.between or (group.factor, group.factor)
        if not (math.isfinite(low) and math.isfinite(high)) or not 0 <= low <= high or (group.between and low == 0):
            raise InputError(f'the multiplier of group "{group.name}" must be at least 0, or a range above 0')
    if groups and abs(sum(group.share for group in groups) - 1) > 1e-6:
        raise InputError(f"the shares of the groups add up to {sum(group.share for group in groups):.6g}, not to 1")
    own = [group for group in groups if group.fpir is not None]
    if own and len(own) < len(groups):
        missing = next(group.name for group in groups if group.fpir is None)
        raise InputError(f'group "{missing}" has no FPIR: give one for every group, or multipliers')
    if own and any(group.factor != 1 or group.between for group in groups):
        raise InputError("give the groups rates of their own or multipliers, not both")
    if bool(own) == (search.false_positive is not None):
        raise InputError("give one false positive rate: an FPIR, a rate per comparison, or an FPIR for every group")
    if groups and not sum(group.share * group.factor for group in groups):
        raise InputError("the multipliers are 0 for every face: no group would bear the alerts")


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """The rates at equally likely nodes; arrays of one shape, (1,) when nothing is uncertain.

    fpir      over all faces of people not on the list
    by_group  the same by group, in the order of the search's groups
    hit       1 - FNIR over the listed, who are taken to have the mix of the faces
    stop, stop_right   shares of false and of true alerts that end in a stop
    axes      inputs of the lattice used so far, so that a caller can add its own
    """

    fpir: NDArray[np.float64]
    by_group: tuple[NDArray[np.float64], ...]
    hit: NDArray[np.float64]
    stop: NDArray[np.float64]
    stop_right: NDArray[np.float64]
    axes: int


class _Axes:
    """Hands out the axes of the lattice in a fixed order while the inputs are read."""

    def __init__(self) -> None:
        self.used = 0

    def next(self) -> int:
        self.used += 1
        return self.used - 1

    def rate(self, rate: Rate) -> NDArray[np.float64]:
        import numpy as np

        return np.array([rate.value]) if rate.is_stated else nodes.rate_strata(rate, self.next())


def worlds(search: Search) -> Worlds:
    """The inputs as arrays over nodes. Raises InputError when a group's rate would exceed 1 or a list rule fails."""
    import numpy as np

    axes = _Axes()
    overall, by_group = _false_positive(search, axes)
    hit = 1 - _false_negative(search, axes)
    if search.stop is not None:
        stop = axes.rate(search.stop)
    else:
        u = (nodes.strata(axes.next()) + 0.5) / nodes.NODES
        stop = stops.share_at(u, np.broadcast_to(search.innocent * overall, u.shape))
    right = stop if search.stop_right is None else axes.rate(search.stop_right)
    size = nodes.NODES if axes.used else 1

    def full(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ascontiguousarray(np.broadcast_to(values, (size,)))

    return Worlds(full(overall), tuple(map(full, by_group)), full(hit), full(stop), full(right), axes.used)


def _false_positive(search: Search, axes: _Axes) -> tuple[NDArray[np.float64], Sequence[NDArray[np.float64]]]:
    """FPIR with this list, over all faces and by group."""
    import numpy as np

    def with_list(rate: Rate) -> NDArray[np.float64]:
        values = axes.rate(rate)
        if search.per_comparison:
            return np.asarray(listsize.search(values, search.watchlist, search.rule))
        measured = search.measured_with or search.watchlist
        return np.asarray(listsize.rescale(values, measured, search.watchlist, search.rule))

    shares = [group.share for group in search.groups]
    if search.false_positive is None:
        by_group = [with_list(group.fpir) for group in search.groups if group.fpir is not None]
        return np.asarray(sum(s * p for s, p in zip(shares, by_group, strict=True)) / sum(shares)), by_group
    overall = with_list(search.false_positive)
    factors = [nodes.lognormal_strata(*group.between, axes.next()) if group.between else np.array([group.factor])
               for group in search.groups]
    if not factors:
        return overall, []
    mean = sum(s * f for s, f in zip(shares, factors, strict=True)) / sum(shares)
    by_group = [np.asarray(overall * factor / mean) for factor in factors]
    for group, rates in zip(search.groups, by_group, strict=True):
        if float(np.mean(rates)) > 1:
            raise InputError(f'group "{group.name}" would have an FPIR above 1: its multiplier is too large')
    # The far end of an uncertain rate may pass 1 when multiplied; it is held there, and what it does to all with it.
    by_group = [np.minimum(rates, 1.0) for rates in by_group]
    return np.asarray(sum(s * p for s, p in zip(shares, by_group, strict=True)) / sum(shares)), by_group


def _false_negative(search: Search, axes: _Axes) -> NDArray[np.float64]:
    import numpy as np

    overall = np.array([0.0]) if search.false_negative is None else axes.rate(search.false_negative)
    if not any(group.fnir for group in search.groups):
        return overall
    total = sum(group.share for group in search.groups)
    return np.asarray(sum(group.share * (axes.rate(group.fnir) if group.fnir else overall) for group in search.groups)
                      / total)

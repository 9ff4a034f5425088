"""What a sweep, a sensitivity analysis or a search looks at: a harm, for everybody, for a group, or between two groups.

There is none that rewards control, and none is added: how many are caught, deterred or ranked is not a harm
(`comparisons.listed`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sousveil.comparisons.listed import FIXED, Listed, one_of
from sousveil.errors import InputError, did_you_mean
from sousveil.ground import called
from sousveil.harms.disparity import BOTTOM_TIER
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.runs.settings import AnyStudy, study_of
from sousveil.studies.study import Study

__all__ = ["HARMS", "Objective", "objective"]

HARMS = ("bottom-tier", *(harm.key for harm in FIXED))
"""What may be asked of every study; `listed` adds what hangs on its tiers and rights."""


def _shown(group: str) -> str:
    return called.name("group", group)


@dataclass(frozen=True, slots=True)
class Objective:
    """One number of a run: a measure of a group or, with a `reference`, the gap between the two.

    harm   what was asked for; name: of the measure
    """

    listed: Listed
    group: str
    reference: str

    @property
    def harm(self) -> str:
        """What was asked for."""
        return self.listed.key

    @property
    def name(self) -> Name:
        """Of the measure that holds it, or of each side of the gap where no measure holds that."""
        return self.listed.gap if self.reference and self.listed.gap is not None else self.listed.name

    @property
    def unit(self) -> str:
        """Of the number."""
        return self.listed.unit

    @property
    def words(self) -> str:
        """What it is, for readers."""
        what = self.listed.words
        if self.reference:
            what = "share of people who end in the bottom tier" if self.listed.gap == BOTTOM_TIER.difference else what
            return f"{what}, group {_shown(self.group)} minus group {_shown(self.reference)}"
        return what if self.group == ALL else f"{what}, group {_shown(self.group)}"

    def of(self, measures: Measures) -> Measure | None:
        """Its measure among those of a run, or None where it could not be estimated."""
        if self.reference and self.listed.gap is None:
            return self._gap(*(self._one(measures, group) for group in (self.group, self.reference)))
        if self.reference:
            found = measures.find(self.name, self.group, self.reference)
            return found if found is not None and found.value is not None else None
        return self._one(measures, self.group)

    def _one(self, measures: Measures, group: str) -> Measure | None:
        found = measures.find(self.listed.name, group)
        if found is None or found.value is None:
            return None
        if not self.listed.each:
            return found
        if not found.n:
            return None
        value, low, high = (None if x is None else x / found.n for x in (found.value, found.low, found.high))
        return replace(found, value=value, low=low, high=high, unit=self.unit)

    def _gap(self, one: Measure | None, other: Measure | None) -> Measure | None:
        """The difference of two sides that are estimated apart (Newcombe 1998, method 10)."""
        if one is None or other is None or one.value is None or other.value is None:
            return None
        value = one.value - other.value
        low = high = None
        if None not in (one.low, one.high, other.low, other.high):
            low = value - math.hypot(one.value - one.low, other.high - other.value)  # type: ignore[operator]
            high = value + math.hypot(one.high - one.value, other.value - other.low)  # type: ignore[operator]
        return replace(one, reference=self.reference, value=value, low=low, high=high)


def objective(study: AnyStudy, harm: str | Objective, group: str | None = None,
              between: Sequence[str] | None = None) -> tuple[Study, Objective]:
    """The objective, and the study with the group to compare with as its reference.

    harm   by name, of everybody, of a `group`, or as a gap `between` two; an objective that was made already stays
    Raises InputError for a harm or a group that there is not.
    """
    study = study_of(study)
    if isinstance(harm, Objective):
        return study, harm
    asked = one_of(study, harm)
    if group is not None and between is not None:
        raise InputError("--group is about one group, --between about two; choose one")
    groups = [*study.population.groups]
    for name in (*(between or ()), *([group] if group else [])):
        if name not in groups and name != ALL:
            raise InputError(f'group "{name}" is not in the population' + did_you_mean(name, groups))
    if between is None:
        return study, Objective(asked, group or ALL, "")
    if len(between) != 2 or between[0] == between[1] or ALL in between:
        raise InputError("a gap is between two groups, for example --between A,B")
    return replace(study, reference=between[0]), Objective(asked, between[1], between[0])

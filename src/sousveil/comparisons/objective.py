"""What a sweep, a sensitivity analysis or a search looks at: a harm, for everybody, for a group, or between two groups.

There is none that rewards control, and none is added: how many are caught, deterred or ranked is not a harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sousveil.errors import InputError, did_you_mean
from sousveil.harms import disparity, income, rights, tiers, wrongful
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names
from sousveil.runs.settings import AnyStudy, study_of
from sousveil.studies.study import Study

__all__ = ["HARMS", "Objective", "objective"]

HARMS: dict[str, tuple[Name | Names, disparity.Compared]] = {
    "bottom-tier": (tiers.TIER_SHARE, disparity.BOTTOM_TIER),
    "rights-denied": (rights.MONTHS_LIMITED, disparity.MONTHS_LIMITED),
    "income-lost": (income.INCOME_LOST, disparity.INCOME_LOST),
    "wrongful-debit": (wrongful.EVER_WRONGED, disparity.EVER_WRONGED),
}
"""What to ask for -> what it is called for one group (the tier is filled in), and between two."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One number of a run: a measure of a group or, with a `reference`, the gap between the two.

    harm   a key of HARMS; name: of the measure
    """

    harm: str
    name: Name
    group: str
    reference: str
    unit: str

    @property
    def words(self) -> str:
        """What it is, for readers."""
        own, _ = HARMS[self.harm]
        if own == wrongful.EVER_WRONGED:
            what = "share of people with a wrongful debit"
        elif isinstance(own, Name):
            what = own.label
        else:
            where = "in the bottom tier" if self.reference else f"\u201c{self.name['tier']}\u201d"
            what = f"share of people who end {where}"
        if self.reference:
            return f"{what}, group {self.group} minus group {self.reference}"
        return what if self.group == ALL else f"{what}, group {self.group}"

    def of(self, measures: Measures) -> Measure | None:
        """Its measure among those of a run, or None where it could not be estimated."""
        found = measures.find(self.name, self.group, self.reference)
        return found if found is not None and found.value is not None else None


def objective(study: AnyStudy, harm: str, group: str | None = None, between: tuple[str, ...] | None = None
              ) -> tuple[Study, Objective]:
    """The objective, and the study with the group to compare with as its reference.

    Raises InputError for a harm or a group that there is not.
    """
    if harm not in HARMS:
        raise InputError(f'harm: "{harm}" is not one of them' + did_you_mean(harm, [*HARMS]))
    if group is not None and between is not None:
        raise InputError("--group is about one group, --between about two; choose one")
    own, gap = HARMS[harm]
    study = study_of(study)
    groups = [*study.population.groups]
    for name in (*(between or ()), *([group] if group else [])):
        if name not in groups and name != ALL:
            raise InputError(f'group "{name}" is not in the population' + did_you_mean(name, groups))
    if between is None:
        called = own if isinstance(own, Name) else own(tier=[*study.scheme.tiers][-1])
        return study, Objective(harm, called, group or ALL, "", gap.unit)
    if len(between) != 2 or between[0] == between[1] or ALL in between:
        raise InputError("a gap is between two groups, for example --between A,B")
    return replace(study, reference=between[0]), Objective(harm, gap.difference, between[1], between[0], gap.unit)

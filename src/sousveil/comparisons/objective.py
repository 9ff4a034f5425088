"""What a sweep, a sensitivity analysis or a search looks at: a harm, for everybody, for a group, or between two groups.

There is none that rewards control, and none is added: how many are caught, deterred or ranked is not a harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sousveil.errors import InputError, did_you_mean
from sousveil.measures.measure import ALL
from sousveil.studies.study import Study

__all__ = ["HARMS", "Objective", "objective"]

HARMS = {
    "bottom-tier": ("tiers", "share in tier {bottom}", "share in the bottom tier, difference", "share"),
    "rights-denied": ("rights", "months with a right denied or limited",
                      "months with a right denied or limited, difference", "months"),
    "income-lost": ("income", "income lost", "income lost, difference", "money per person-year"),
    "wrongful-debit": ("wrongful", "share with a wrongful debit", "share with a wrongful debit, difference", "share"),
}
"""Name -> (harm, measure of a group, measure of the gap between two groups, unit)."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One number of a run: a measure of a group or, with a `reference`, the gap between the two."""

    name: str
    harm: str
    measure: str
    group: str
    reference: str
    unit: str

    @property
    def words(self) -> str:
        """What it is, for readers."""
        tier = self.measure.removeprefix("share in tier ")
        what = {"bottom-tier": "share of people who end in the bottom tier" if self.reference else
                f"share of people who end \u201c{tier}\u201d",
                "wrongful-debit": "share of people with a wrongful debit"}.get(
                    self.name, self.measure.removesuffix(", difference"))
        if self.reference:
            return f"{what}, group {self.group} less group {self.reference}"
        return what if self.group == ALL else f"{what}, group {self.group}"

    def of(self, rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Its row among the rows of a run, or None where it could not be estimated."""
        wanted = (self.harm, self.measure, self.group, self.reference)
        found = next((r for r in rows if (r["harm"], r["measure"], r["group"], r["reference"]) == wanted), None)
        return found if found is not None and found["value"] is not None else None


def objective(study: Study, harm: str, group: str | None = None, between: tuple[str, ...] | None = None
              ) -> tuple[Study, Objective]:
    """The objective, and the study with the group to compare with as its reference.

    Raises InputError for a harm or a group that there is not.
    """
    if harm not in HARMS:
        raise InputError(f'harm: "{harm}" is not one of them' + did_you_mean(harm, [*HARMS]))
    if group is not None and between is not None:
        raise InputError("--group is about one group, --between about two; choose one")
    kind, own, gap, unit = HARMS[harm]
    groups = [*study.population.groups]
    for name in (*(between or ()), *([group] if group else [])):
        if name not in groups and name != ALL:
            raise InputError(f'group "{name}" is not in the population' + did_you_mean(name, groups))
    if between is None:
        bottom = [*study.scheme.tiers][-1]
        return study, Objective(harm, kind, own.format(bottom=bottom), group or ALL, "", unit)
    if len(between) != 2 or between[0] == between[1] or ALL in between:
        raise InputError("a gap is between two groups, for example --between A,B")
    return replace(study, reference=between[0]), Objective(harm, "disparity", gap, between[1], between[0], unit)

"""What a report of a run is written from: the run, its measures by name, and who is compared with whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sousveil.ground import called
from sousveil.harms import trap as spells
from sousveil.harms import view
from sousveil.harms.disparity import Compared
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.measures.width import Width
from sousveil.page import palette, words
from sousveil.reports import claims
from sousveil.reports.claims import Contrast
from sousveil.reports.run import inputs

if TYPE_CHECKING:
    from sousveil.engine.trace import Setting
    from sousveil.runs.run import Run

__all__ = ["Context"]

LEAST = 0.005
"""Share of people from which on a tier counts as inhabited."""


@dataclass(frozen=True)
class Context:
    """A run, and what is asked of it more than once. The sections and the findings ask nothing else."""

    run: Run

    @cached_property
    def measures(self) -> Measures:
        """The measures of the run that could be estimated."""
        return self.run.measures().known

    @cached_property
    def look(self) -> view.View:
        return view.of(self.run.trace)

    @property
    def setting(self) -> Setting:
        return self.run.trace.setting

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that have people, in the order of the population file."""
        return tuple(g for g, people in zip(self.setting.groups, self.look.people, strict=True) if people > 0)

    @property
    def reference(self) -> str:
        """The group that others are compared with."""
        wanted = self.run.study.reference
        return wanted if wanted in self.groups else self.groups[0]

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(g for g in self.groups if g != self.reference)

    @property
    def tiers(self) -> tuple[str, ...]:
        """From the top."""
        return self.setting.tiers[::-1]

    @property
    def bottom(self) -> str:
        return self.setting.tiers[0]

    @cached_property
    def low(self) -> str:
        """The tier to tell of: the lowest that people end in, where that is a minority; else the bottom one."""
        for tier in self.setting.tiers[:-1]:
            share = self.persons(ALL, tier)[-1] / self.people()
            if share >= LEAST:
                return tier if share < 0.5 else self.bottom
        return self.bottom

    @property
    def moved(self) -> bool:
        """Whether anybody changed tier within the run."""
        return bool(self.run.trace.moves.num_rows)

    @cached_property
    def tier_colours(self) -> dict[str, str]:
        return palette.tiers(tuple(map(called.tier, self.tiers)))

    @cached_property
    def group_colours(self) -> dict[str, str]:
        return palette.groups(self.setting.groups) | {ALL: palette.ACCENT}

    @property
    def shown_groups(self) -> tuple[str, ...]:
        """The groups to show one by one, or everybody where there is only one."""
        return self.groups if len(self.groups) > 1 else (ALL,)

    @property
    def few(self) -> bool:
        """Whether so few people are run that no finding is made of them."""
        return self.run.study.people < claims.FEWEST

    @property
    def horizon(self) -> str:
        """How long the run was, in words."""
        return words.duration(self.look.months)

    def by_group(self, name: Name) -> Measures:
        """The measure for every group, in order; for everybody where there is one group. Without what is missing."""
        return self.measures.by_group(name, self.shown_groups)

    def contrast(self, name: Name, compared: Compared | None = None) -> Contrast | None:
        """The group that differs most from the reference in a measure, and whether that may be said."""
        base = self.measures.find(name, self.reference)
        if base is None or len(self.groups) < 2:
            return None
        others = self.measures.by_group(name, self.others)
        differences, ratios = ([self.measures.find(of, m.group, self.reference) for m in others] if of is not None
                               else [None] * len(others)
                               for of in ((compared.difference, compared.ratio) if compared else (None, None)))
        orders = [self._order(m, base) for m in others]
        return claims.contrast(base, others, differences, ratios, orders, self.looked_at, len(self.run.traces))

    def _order(self, one: Measure, other: Measure) -> Width | None:
        """The width of how far apart the two are, the larger one first."""
        more, less = (one, other) if (one.value or 0.0) >= (other.value or 0.0) else (other, one)
        return self.run.widths.order(one.name, more.group, less.group)

    @property
    def looked_at(self) -> int:
        """In how many ways this page sets each group beside the reference: the share in every tier that it looks at,
        wrongful debits, the trap, rights, lawful acts and income. The headline is picked among all of them."""
        return len(self.told_tiers) + 5

    @cached_property
    def told_tiers(self) -> tuple[str, ...]:
        """The tiers whose shares can be findings: the lowest that people end in, and all that deny a right."""
        return tuple(dict.fromkeys((self.low, *inputs.denied(self.run.study))))

    def everybody(self, name: Name) -> Measure | None:
        """The measure over all people."""
        return self.measures.find(name)

    def followed(self, whole: bool = False) -> str:
        """How long spells in the bottom tier were followed, in words. `whole`: cut to whole years, so never longer."""
        steps = spells.horizon(self.setting.steps)
        months = steps * self.setting.years * 12
        if whole and months >= 24:
            return words.duration(12 * int(months / 12 + 1e-9))
        return words.plural(steps, self.setting.step)

    @property
    def year(self) -> int:
        """Steps in a year, where they are even."""
        return {"month": 12, "quarter": 4, "week": 52, "year": 1}.get(self.setting.step, 0)

    def persons(self, group: str, tier: str) -> list[float]:
        """How many of a group are in a tier, after every step from the start on."""
        setting = self.setting
        column = self._occupied[:, :, setting.tiers.index(tier)]
        if group == ALL:
            return [float(x) for x in column.sum(axis=1)]
        return [float(x) for x in column[:, setting.groups.index(group)]]

    @cached_property
    def _occupied(self) -> npt.NDArray[np.float64]:
        """[steps+1, groups, tiers] persons, the mean over the runs: as the measures are."""
        return np.asarray(np.mean([view.of(trace).column("persons") for trace in self.run.traces], axis=0))

    def people(self, group: str = ALL) -> float:
        """How many people a group has."""
        if group == ALL:
            return float(self.look.people.sum())
        return float(self.look.people[self.setting.groups.index(group)])

"""The columns that people are counted over: the values each may have, and what a release takes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sousveil.audits.release import OTHER, UNKNOWN, Allowed, Coding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

__all__ = ["Axis", "Code", "axis"]

Code = Any


@dataclass(frozen=True)
class Axis:
    """A column: the values it may have, each a code for every way it is read; of a score the code is a place."""

    codings: tuple[Coding, ...]
    values: tuple[tuple[Code, ...], ...]
    edges: tuple[float, ...] = ()

    @property
    def column(self) -> str:
        return self.codings[0].column

    @cached_property
    def place(self) -> Mapping[tuple[Code, ...], int]:
        """Where each value stands."""
        return {value: i for i, value in enumerate(self.values)}

    def where(self, coding: Coding, allowed: Allowed) -> Flags:
        """Which values a box takes."""
        import numpy as np

        at = self.codings.index(coding)
        if isinstance(allowed, frozenset):
            return np.array([value[at] not in allowed for value in self.values], dtype=bool)
        if coding.role == "score" and allowed != (UNKNOWN,):
            starts = (float("-inf"), *self.edges)
            allowed = tuple(i for i, start in enumerate(starts) if allowed[0] <= start < allowed[1])
        elif coding.role == "score":
            allowed = (-1,)
        return np.array([value[at] in allowed for value in self.values], dtype=bool)

    def pool(self) -> Flags:
        """The values of labels that no release names: those pooled, or all but the ones that mean yes."""
        import numpy as np

        label = next((coding for coding in self.codings if coding.role == "label"), None)
        if label:
            return self.where(label, (OTHER,))
        named = all(coding.role == "yes" and coding.value for coding in self.codings)
        return np.array([named and all(code == 0 for code in value) for value in self.values], dtype=bool)

    def tests(self, cuts: Sequence[float]) -> list[Flags]:
        """Which sets of values a reader may ask for: each value, each code, everything, what lies between two cuts."""
        import numpy as np

        found = [np.ones(len(self.values), dtype=bool), *np.eye(len(self.values), dtype=bool)]
        for i, coding in enumerate(self.codings):
            if coding.role == "score":
                ends = [float("-inf"), *sorted(cuts), float("inf")]
                found += [self.where(coding, (low, high)) for k, low in enumerate(ends) for high in ends[k + 1:]]
            codes = {value[i] for value in self.values}
            found += [np.array([value[i] == code for value in self.values]) for code in sorted(codes, key=str)]
        return [np.array(flags) for flags in dict.fromkeys(tuple(f) for f in found if f.any())]


def axis(codings: Sequence[Coding], seen: Iterable[tuple[Code, ...]], edges: Sequence[float] = ()) -> Axis:
    """The values a column may have: those seen, and whatever must seem possible although nobody has it.

    That nobody was selected, or everybody, or nobody has such a score, is a count like others. That no decision is
    missing is a fact about records alone.
    """
    values = set(seen)
    for i, coding in enumerate(codings):
        every: Iterable[Code] = {"yes": (0, 1), "arm": (0, 1), "score": range(len(edges) + 1)}.get(coding.role, ())
        for code in set(every) - {value[i] for value in values}:
            values.add(tuple(code if j == i else None for j in range(len(codings))))
    return Axis(tuple(codings), tuple(sorted(values, key=str)), tuple(edges))

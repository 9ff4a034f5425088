"""What was put into a study that differs by group: rules, published figures, and what was assumed.

A gap between groups that comes out of a run can only come from what went in. So a reader must see what did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sousveil.studies.citations import MARKS, cited_in
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.model import Model, Steps, fields_by_key
from sousveil.studies.number import Number, numbers
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import Study

__all__ = ["Input", "Known", "inputs_by_group"]

Known = Literal["rule", "published", "assumed"]

_OURS = re.compile(r"(an? )?(invent|made[ -]up|guess|assum|illustrat|fictio|synthetic)", re.I)
"""How the citation of a population begins that names no publication: such figures are assumed."""

_GROUP = "group"


@dataclass(frozen=True, slots=True)
class Input:
    """One input that is not the same for every group.

    path    where it stands, as the assumptions write it; what holds for some labels only has them behind it
    values  group -> its number, factor or tier; None where it is given by further labels
    known   a rule of the scheme, a published figure, or assumed by whoever wrote the study
    source  the citation, or why the value was assumed; '' where there is none
    """

    path: str
    values: Mapping[str, float | str | None]
    known: Known
    source: str


def inputs_by_group(study: Study) -> tuple[Input, ...]:
    """Every rule, rate and share that differs by group, in the order of the files."""
    return (*_named(study), *(found for path, number in numbers(study.scheme)
                              if path[0] != "handicaps" or len(path) > 2 for found in _of_scheme(study, path, number)),
            *(found for path, number in numbers(study.population) for found in _of_population(study, path, number)),
            *_margins(study))


def _named(study: Study) -> Iterator[Input]:
    """Rules that name groups: ceilings, floors and handicaps."""
    scheme = study.scheme
    for key, gates in (("ceilings", [*tiers_of(scheme.ceilings)]), ("floors", [*tiers_of(scheme.floors)]),
                       ("handicaps", [*handicaps_of(scheme.handicaps)])):
        given = [(dict(gate.when)[_GROUP], gate) for gate in gates if _GROUP in dict(gate.when)]
        cites = [scheme.cites.get(".".join(map(str, (key, *gate.path))), scheme.cites.get(key, ""))
                 for _, gate in given]
        values: dict[str, float | str | None] = {}
        for group, gate in given:
            rule = gate.rule.value if isinstance(gate.rule, Number) else gate.rule
            values[group] = rule if len(gate.when) == 1 and group not in values else None
        if values and (set(values) != set(study.population.groups) or len({str(v) for v in values.values()}) > 1):
            yield Input(key, values, *_rule(scheme, ", ".join(dict.fromkeys(c for c in cites if c))))


def _of_scheme(study: Study, steps: Steps, number: Number) -> Iterator[Input]:
    for more, values in _differing(number):
        path = ".".join(map(str, (*steps, *more)))
        filled = _filled(study, path)
        yield Input(path, values, *(filled or _rule(study.scheme, _cite(study.scheme, steps))))


def _of_population(study: Study, steps: Steps, number: Number) -> Iterator[Input]:
    for more, values in _differing(number):
        path = ".".join(map(str, ("population", *steps, *more)))
        yield Input(path, values, *(_filled(study, path) or _figure(
            _cite(study.population, steps) or study.population.cite)))


def _margins(study: Study) -> Iterator[Input]:
    for i, margin in enumerate(study.population.margins):
        if _GROUP in margin.over:
            yield Input(f"population.margins.{i}", dict.fromkeys(study.population.groups), *_figure(
                margin.cite or study.population.cite))


def _differing(number: Number) -> Iterator[tuple[tuple[str, ...], dict[str, float | str | None]]]:
    """The parts of a number that are given by group and are not the same for all: their path inside it, and the values.
    A group that no factor is given for has the factor 1."""
    if number.base is not None:
        for more, values in _differing(number.base):
            yield ("value", *more), values
        for label, factors in number.times:
            if label == _GROUP and any(factor != 1.0 for _, factor in factors):
                yield ("times",), dict(factors)
    elif number.label == _GROUP:
        if len({inner for _, inner in number.by}) > 1:
            yield (), {name: inner.value for name, inner in number.by}
    else:
        for name, inner in number.by:
            for more, values in _differing(inner):
                yield (number.label, name, *more), values


def _filled(study: Study, path: str) -> tuple[Known, str] | None:
    """That a number was assumed, in whole or for some group, and why."""
    found = [f for f in study.filled if f.path == path or f.path.startswith(f"{path}.{_GROUP}.")]
    return ("assumed", "; ".join(dict.fromkeys(f.source for f in found if f.source))) if found else None


def _rule(scheme: Scheme, cite: str) -> tuple[Known, str]:
    """A rule, or, where no source gives its figure, something assumed."""
    cited = [source for source in scheme.sources if source.id in cited_in(cite)]
    weakest = min((source.mark for source in cited), key=MARKS.index, default="")
    return "assumed" if weakest == "assumed" else "rule", "; ".join(source.cite for source in cited)


def _figure(cite: str) -> tuple[Known, str]:
    return "published" if cite and not _OURS.match(cite.strip()) else "assumed", cite


def _cite(value: Any, steps: Steps) -> str:
    """The nearest citation above a number."""
    found, walked = "", value
    for step in steps:
        named = fields_by_key(type(walked)) if isinstance(walked, Model) else {}
        walked = getattr(walked, named[str(step)]) if named else walked[step]
        found = getattr(walked, "cite", "") or found
    return found

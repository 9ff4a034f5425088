"""Numbers held against the labels that there are, and against one another for every combination of them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping

from sousveil.errors import did_you_mean
from sousveil.studies.model import KEY, Finding
from sousveil.studies.number import Number, UnknownNumber

__all__ = ["cases", "misfits"]


def misfits(number: Number, names: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Labels and names that a number uses and `names` (label -> its names) does not have, and names that it lacks."""
    if number.base is not None:
        yield from ((("value", *path), message) for path, message in misfits(number.base, names))
        for label, factors in number.times:
            yield from ((("times", *path), message) for path, message in _misnamed(label, dict(factors), names))
    elif number.label:
        yield from _misnamed(number.label, dict(number.by), names)
        missing = [name for name in names.get(number.label, ()) if name not in dict(number.by)]
        if missing and all(name in names[number.label] for name, _ in number.by):  # else one name is just misspelt
            yield (number.label,), f'{number.label} "{missing[0]}" is missing here'
        for name, inner in number.by:
            yield from (((number.label, name, *path), message) for path, message in misfits(inner, names))


def _misnamed(label: str, given: Iterable[str], names: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    if label not in names:
        allowed = did_you_mean(label, list(names)) if names else "; this number is the same for everybody"
        yield (label, KEY), f'"{label}" is not a label here{allowed}'
        return
    for name in given:
        if name not in names[label]:
            yield (label, name, KEY), f'{label} "{name}" is not in the population' + did_you_mean(name, [*names[label]])


CASES = 10_000
"""How many combinations of labels are looked at, at most, when a rule is checked for each of them."""


def cases(*given: Number) -> Iterator[tuple[dict[str, str], tuple[float, ...]]]:
    """The values that some numbers take together, for every combination of the labels that they mention.

    A label that only has factors also takes a name that is not mentioned (''). Cases with an unknown are left out.
    """
    if all(number.is_plain for number in given):
        yield {}, tuple(number.at({}) for number in given)
        return
    names: dict[str, dict[str, None]] = {}
    for number in given:
        for path, label, name in number.mentions():
            if path[-3:-2] == ("times",):
                names.setdefault(label, {})[""] = None
            names.setdefault(label, {})[name] = None
    for combination in itertools.islice(itertools.product(*names.values()), CASES):
        labels = dict(zip(names, combination, strict=True))
        try:
            yield {k: v for k, v in labels.items() if v}, tuple(number.at(labels) for number in given)
        except (UnknownNumber, KeyError):
            continue

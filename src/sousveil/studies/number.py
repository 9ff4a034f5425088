"""A number as a file may write it: plain, unknown, by label, or a value with factors.

    0.6                                                 the same for everybody
    unknown                                             nobody has published it: an assumption must fill it
    {district: {north: 0.6, south: 0.3}}                by label, to any depth
    {value: 0.6, times: {group: {B: 1.5}}}              a value and factors; a label not named has factor 1

`at` evaluates a number for the labels of one cell of the population. Bounds are checked at every leaf when a file is
read, and once more on the product when factors are given (a coverage of 0.8 times 1.5 is not a coverage): there for the
names that the number mentions, and where the population is known, for all its names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from sousveil.ground.characters import plain_digits
from sousveil.studies.model import Model, Steps, fields_by_key

__all__ = ["IN_POINTS", "MOST", "Bounds", "Factor", "Number", "Points", "Rate", "Share", "UnknownNumber", "numbers",
           "shown"]

_ROUNDING = 1e-9
"""Share of a bound by which a product of decimals may miss it: 0.1 times 10 is not more than 1."""


class UnknownNumber(Exception):
    """A number was needed that is still `unknown`."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number by label. Exactly one of the forms of this module's docstring.

    value    the plain value; None when the number is unknown or given by label
    label    the label it is given by ('' when it is not): `group`, `district` or a stratum of the population
    by       name of the label -> number
    times    label -> name -> factor
    base     the number that the factors multiply (None when there are no factors)
    """

    value: float | None = None
    label: str = ""
    by: tuple[tuple[str, Number], ...] = ()
    times: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    base: Number | None = None

    def at(self, labels: Mapping[str, str]) -> float:
        """The value for somebody with these labels.

        Raises UnknownNumber when the number is unknown, KeyError when a label or its name is not given.
        """
        if self.base is not None:
            product = self.base.at(labels)
            for label, factors in self.times:
                product *= dict(factors).get(labels[label], 1.0)
            return product
        if self.label:
            return dict(self.by)[labels[self.label]].at(labels)
        if self.value is None:
            raise UnknownNumber
        return self.value

    def each(self, labels: Sequence[Mapping[str, str]]) -> list[float]:
        """`at` for each of many, of whom those who are alike may share one mapping: it is asked once."""
        if self.base is None and not self.label:
            return [self.at({})] * len(labels)
        known = {id(x): self.at(x) for x in {id(x): x for x in labels}.values()}
        return [known[id(x)] for x in labels]

    @property
    def is_plain(self) -> bool:
        """Whether it is one known value for everybody."""
        return self.value is not None

    @property
    def has_unknown(self) -> bool:
        """Whether any part of it is still unknown."""
        if self.base is not None:
            return self.base.has_unknown
        if self.label:
            return any(number.has_unknown for _, number in self.by)
        return self.value is None

    def mentions(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """Every (path inside the number, label, name) it mentions, so that they can be checked against a population."""
        if self.base is not None:
            for path, label, name in self.base.mentions():
                yield ("value", *path), label, name
            for label, factors in self.times:
                for name, _ in factors:
                    yield ("times", label, name), label, name
        for name, number in self.by:
            yield (self.label, name), self.label, name
            for path, label, inner in number.mentions():
                yield (self.label, name, *path), label, inner

    def unknowns(self) -> Iterator[tuple[str, ...]]:
        """The path inside the number of every part that is still unknown."""
        if self.base is not None:
            yield from (("value", *path) for path in self.base.unknowns())
        elif self.label:
            yield from ((self.label, name, *path) for name, number in self.by for path in number.unknowns())
        elif self.value is None:
            yield ()

    def plain(self) -> Any:
        """The number as a file would write it."""
        return self._tree(lambda leaf: "unknown" if leaf.value is None else _tidy(leaf.value), float)

    def opened(self) -> Any:
        """The number as mappings whose leaves are numbers that are read already; `of` puts it together again."""
        return self._tree(lambda leaf: leaf, Number)

    def _tree(self, leaf: Callable[[Number], Any], factor: Callable[[float], Any]) -> Any:
        if self.base is not None:
            return {"value": self.base._tree(leaf, factor), "times": {
                label: {name: factor(value) for name, value in factors} for label, factors in self.times}}
        if self.label:
            return {self.label: {name: number._tree(leaf, factor) for name, number in self.by}}
        return leaf(self)

    def replaced(self, path: tuple[str, ...], other: Number) -> Number:
        """The number with another in place of the part at a path, which is one that `unknowns` gives."""
        if not path:
            return other
        if self.base is not None:
            return replace(self, base=self.base.replaced(path[1:], other))
        return replace(self, by=tuple((name, number.replaced(path[2:], other) if name == path[1] else number)
                                      for name, number in self.by))

    def within(self, low: float, high: float) -> bool:
        """Whether every value in it lies in [low, high], before its factors and after."""
        if self.base is not None:
            return self.base.within(low, high) and not self.excess(low, high)
        if self.label:
            return all(number.within(low, high) for _, number in self.by)
        return self.value is None or low <= self.value <= high

    def ends(self, names: Mapping[str, Collection[str]] | None = None) -> tuple[float, float]:
        """The least and the most that it comes to, for any combination of labels; (inf, -inf) when all is unknown.

        names   label -> its names, of which some may have no factor; without it, only names that the number mentions
        """
        found = [*self._ends(names or {}, {}, {})]
        return min((low for low, _ in found), default=math.inf), max((high for _, high in found), default=-math.inf)

    def excess(self, low: float, high: float, names: Mapping[str, Collection[str]] | None = None) -> str:
        """What to say where its factors push it out of [low, high], for some of these names; '' where they do not."""
        least, most = self.ends(names)
        if most > high + _ROUNDING * abs(high):
            return f"with its factors this comes to {shown(most)}, which is more than {shown(high)}"
        if least < low - _ROUNDING * abs(low):
            return f"with its factors this comes to {shown(least)}, which is less than {shown(low)}"
        return ""

    def _ends(self, names: Mapping[str, Collection[str]], here: Mapping[str, str],
              factors: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[float, float]]:
        """The ends of every leaf, with the names that lead to it (`here`) and its factors (label -> name -> factor)."""
        if self.base is not None:
            both: dict[str, Mapping[str, float]] = dict(factors)
            for label, by_name in self.times:
                own, outer = dict(by_name), both.get(label, {})
                both[label] = {name: own.get(name, 1.0) * outer.get(name, 1.0) for name in (*own, *outer)}
            yield from self.base._ends(names, here, both)
        elif self.label:
            for name, number in self.by:
                if here.get(self.label, name) == name:
                    yield from number._ends(names, {**here, self.label: name}, factors)
        elif self.value is not None:
            least = most = 1.0
            for label, given in factors.items():
                among = [here[label]] if label in here else names.get(label, given)
                possible = [given.get(name, 1.0) for name in among] or [1.0]
                least, most = least * min(possible), most * max(possible)
            ends = (self.value * least, self.value * most)
            yield min(ends), max(ends)

    @classmethod
    def of(cls, data: Any, low: float = -math.inf, high: float = math.inf) -> Number:
        """Read a number from plain data; every leaf must lie in [low, high]. Raises PydanticCustomError."""
        return _read(data, low, high, ())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return _schema(-math.inf, math.inf)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return _json_schema(-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Annotation: every leaf of the number lies in [low, high]."""

    low: float = -math.inf
    high: float = math.inf

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return _schema(self.low, self.high)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return _json_schema(self.low, self.high)


MOST = 1e6
"""The most that any number in a file is, but for counts: enough for money in any currency, and for points."""

Share = Annotated[Number, Bounds(0.0, 1.0)]
Rate = Annotated[Number, Bounds(0.0, MOST)]
Factor = Annotated[Number, Bounds(0.0, MOST)]
IN_POINTS = Bounds(-MOST, MOST)
"""The bounds of points, and of nothing else: what has them is counted in steps of the score."""
Points = Annotated[Number, IN_POINTS]


def numbers(value: Model) -> list[tuple[Steps, Number]]:
    """Every number in a value read from a file, with its path there."""
    found: list[tuple[Steps, Number]] = []
    _gather(value, (), found)
    return found


def _gather(value: Any, path: Steps, found: list[tuple[Steps, Number]]) -> None:
    if isinstance(value, Number):
        found.append((path, value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(inner, float):
                _gather(inner, (*path, key), found)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            _gather(inner, (*path, index), found)
    elif isinstance(value, BaseModel):
        for key, name in fields_by_key(type(value)).items():
            inner = value.__dict__[name]
            if inner and not isinstance(inner, str | float):
                _gather(inner, (*path, key), found)


def shown(value: float) -> str:
    """A number as a message shows it: no trailing zeros, no exponent below a million."""
    return f"{value:.10g}"


def _tidy(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _schema(low: float, high: float) -> core_schema.CoreSchema:
    def validate(data: Any) -> Number:
        return _read(data, low, high, ())

    return core_schema.no_info_plain_validator_function(
        validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda n: n.plain()))


def _json_schema(low: float, high: float) -> dict[str, Any]:
    """The bounds alone: a number may hold numbers, which only the schema as a whole can say (`json_schema`)."""
    return {"x-bounds": [low, high]}


def _wrong(path: tuple[str, ...], message: str) -> PydanticCustomError:
    # The reader puts `at` behind the place of the number, so that the message points at the leaf.
    return PydanticCustomError("number", "{message}", {"message": message, "at": path})


def _plainly(text: str) -> str:
    """What to write in place of a number in the digits of another script; '' where there is none."""
    meant = plain_digits(text)
    return f"; numbers are written with the digits 0 to 9: {meant}" if meant else ""


def _read(data: Any, low: float, high: float, path: tuple[str, ...]) -> Number:
    if isinstance(data, Number):
        return data if data.within(low, high) else _read(data.plain(), low, high, path)  # which says what is outside
    if isinstance(data, bool) or not isinstance(data, int | float | str | Mapping):
        raise _wrong(path, f"expected a number, not {_kind(data)}")
    if isinstance(data, str):
        if data != "unknown":
            raise _wrong(path, f'expected a number or "unknown", not "{data[:40]}"' + _plainly(data))
        return Number()
    if isinstance(data, int | float):
        value = float(data)
        if not math.isfinite(value):
            raise _wrong(path, f"expected a finite number, not {value}")
        if not low <= value <= high:
            raise _wrong(path, f"{shown(value)} is not {_between(low, high)}")
        return Number(value)
    if "value" in data or "times" in data:
        return _read_factors(data, low, high, path)
    if len(data) != 1:
        raise _wrong(path, "expected one label, as in {group: {A: 0.1, B: 0.2}}"
                     + (f", not {len(data)}: " + ", ".join(map(str, list(data)[:4])) if data else ""))
    label, names = next(iter(data.items()))
    if not isinstance(names, Mapping) or not names:
        raise _wrong((*path, str(label)), f'expected the names of label "{label}", as in {{{label}: {{north: 0.6}}}}')
    by = tuple((str(name), _read(inner, low, high, (*path, str(label), str(name)))) for name, inner in names.items())
    return Number(label=str(label), by=by)


_MOST_LABELS = 16


def _read_factors(data: Mapping[Any, Any], low: float, high: float, path: tuple[str, ...]) -> Number:
    extra = [str(key) for key in data if key not in ("value", "times")]
    if extra or "value" not in data:
        instead = f", not {extra[0]!r}" if extra else ""
        raise _wrong(path, f'a value with factors has the keys "value" and "times"{instead}')
    base = _read(data["value"], low, high, (*path, "value"))
    times = data.get("times", {})
    if isinstance(times, Mapping) and len(times) > _MOST_LABELS:
        raise _wrong((*path, "times"), f"factors for {len(times)} labels; at most {_MOST_LABELS} can be told apart")
    if not isinstance(times, Mapping) or any(not isinstance(factors, Mapping) for factors in times.values()):
        raise _wrong((*path, "times"), "expected factors by label, as in {group: {B: 1.5}}")
    read = []
    for label, factors in times.items():
        pairs = []
        for name, factor in factors.items():
            number = _read(factor, 0.0, MOST, (*path, "times", str(label), str(name)))
            if number.value is None:
                raise _wrong((*path, "times", str(label), str(name)), "a factor is a plain number")
            pairs.append((str(name), number.value))
        read.append((str(label), tuple(pairs)))
    number = Number(times=tuple(read), base=base)
    if excess := number.excess(low, high):
        raise _wrong(path, excess)
    return number


def _between(low: float, high: float) -> str:
    if low > -math.inf and high < math.inf:
        return f"between {shown(low)} and {shown(high)}"
    return f"at least {shown(low)}" if low > -math.inf else f"at most {shown(high)}"


def _kind(data: Any) -> str:
    if data is None:
        return "nothing"
    return {bool: "true or false", list: "a list", dict: "a mapping"}.get(type(data), type(data).__name__)

"""Reforms as values: a named patch that makes one scheme (or its population, or its assumptions) into another.

    reform("ceilings={}", "channels.camera.coverage=0.3", name="no ceiling")

A path leads from the file's top: `channels.camera.coverage`. It starts at the scheme, unless it begins with
`population.` or `assumptions.` (or, to be plain, `scheme.`). A reform edits nothing: `apply` gives new values.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from pydantic import Field, ValidationError, field_validator

from sousveil.errors import InputError, Problem, did_you_mean, two_readings
from sousveil.ground.characters import found_in, printable
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.citations import cited_in
from sousveil.studies.given import Given
from sousveil.studies.limits import described
from sousveil.studies.model import Model, Steps
from sousveil.studies.number import Number
from sousveil.studies.patch import Patch, plain
from sousveil.studies.paths import Inconsistent, steps_of
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.whereabouts import Place, Source, remember, source_of
from sousveil.studies.yaml_source import LEAST, scalar, validate

__all__ = ["PARTS", "Change", "Parts", "Reform", "apply", "diff", "lineage", "plain_values", "reform"]

M = TypeVar("M", bound=Model)

PARTS = ("scheme", "population", "assumptions")
"""What a path may begin with; without one of them it starts at the scheme."""


class Reform(Given):
    """A named patch. `set` maps paths to values; `from` names the reform of the same study that it builds on."""

    name: str = ""
    about: str = ""
    from_: str | None = None
    set: Mapping[str, Any] = Field(default_factory=dict)
    cite: str = ""

    @field_validator("set", mode="before")
    @classmethod
    def _as_a_file_holds_it(cls, given: Any) -> Any:
        return plain_values(given) if isinstance(given, Mapping) else given


class Parts(NamedTuple):
    """What a reform can change: the three files of a study, as written."""

    scheme: Scheme
    population: Population
    assumptions: Assumptions


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemes (or populations, or assumptions): before and after as a file would say it.

    `before` or `after` is None where the path is not there at all. `cite`: the source of the rule, in words.
    """

    path: str
    before: Any
    after: Any
    cite: str = ""


def reform(*settings: str, name: str = "", about: str = "", **more: Any) -> Reform:
    """A reform from settings as the command line takes them: `path=value`, the value as YAML would read it.

    Raises InputError for a setting without `=`, or whose value is not YAML or can be read in two ways.
    """
    for part, given in (("name", name), ("about", about)):
        if not isinstance(given, str):
            raise InputError(f"{part}: {described(given)} is not text")
    parsed: dict[str, Any] = {}
    for setting in settings:
        if not isinstance(setting, str):
            raise InputError(f"{described(setting)} is not a setting; write text, as in "
                             '"channels.camera.coverage=0.3"; a mapping is for study.reform')
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            raise InputError(f'"{setting}" is not a setting; write path=value, as in channels.camera.coverage=0.3')
        if reason := two_readings(text, whole=False):
            raise InputError(f"{path.strip()}: {reason}")
        try:
            parsed[path.strip()] = scalar(text.strip())
        except InputError as error:
            raise InputError(f'"{setting}": {error.problems[0].message}') from None
    return Reform(name=name or ", ".join(settings), about=about, set=parsed, **more)


def plain_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a reform sets, as a file would hold it: NumPy's numbers and arrays become Python's. Raises InputError."""
    for path in settings:
        if not isinstance(path, str):
            raise InputError(f"reform: {described(path)} is not a path, such as channels.camera.coverage")
    return {path: _as_in_a_file(path, value) for path, value in settings.items()}


def _as_in_a_file(path: str, value: Any) -> Any:
    if isinstance(value, Model | Number):
        return value.plain() if isinstance(value, Number) else plain(value)
    if hasattr(value, "tolist"):  # of NumPy, which is not loaded for this
        value = value.tolist()
    if isinstance(value, str) and (odd := found_in(value)):
        raise InputError(f'"{printable(path)}" cannot be set to a text with {odd}, which is not printable')
    if isinstance(value, float) and 0 < abs(value) < LEAST:
        raise InputError(f'"{path}" cannot be set to {value:g}, which is nearer to 0 than {LEAST:g}; set it to 0')
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {_as_in_a_file(path, key): _as_in_a_file(path, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_in_a_file(path, inner) for inner in value]
    raise InputError(f'"{path}" cannot be set to {described(value)}: a file could not hold it')


def lineage(patch: Reform, reforms: Mapping[str, Reform]) -> list[Reform]:
    """The reforms a reform builds on, the first one first, and itself."""
    lineage = [patch]
    while patch.from_ is not None:
        if patch.from_ not in reforms:
            raise InputError(f'reform "{patch.name}" builds on "{patch.from_}", which there is not'
                             + did_you_mean(patch.from_, [*reforms]))
        patch = reforms[patch.from_]
        if any(patch is other for other in lineage):
            raise InputError(f'reform "{patch.name}" builds on itself')
        lineage.insert(0, patch)
    return lineage


def apply(parts: Parts, patch: Reform) -> Parts:
    """New parts with the reform's settings made, in order. Raises InputError with the place of every mistake."""
    by_part: dict[str, list[tuple[str, Any, Place]]] = {part: [] for part in PARTS}
    source = source_of(patch)
    for path, value in patch.set.items():
        place = source.place(("set", path)) if source else Place("")
        head, _, rest = path.partition(".")
        part, inner = (head, rest) if head in PARTS and rest else ("scheme", path)
        by_part[part].append((inner, value, place))
    return Parts(*(_applied(getattr(parts, part), by_part[part], patch, part) for part in PARTS))


def _applied(value: M, settings: list[tuple[str, Any, Place]], reform: Reform, part: str) -> M:
    if not settings:
        return value
    patch = Patch(value)
    source = source_of(value) or Source("", {}, {})
    problems = []
    for path, new, place in settings:
        steps = patch.set(path, new)
        if steps is None:
            problems.append(place.problem(_nowhere(path, patch.data(), part)))
        else:
            source = source.patched(steps, place)
    if problems:
        raise InputError(_named(problems, reform))
    try:
        return remember(patch.read(), source)
    except (ValidationError, Inconsistent):
        pass  # what was set does not fit where it landed: the whole is read, and says all that is wrong
    try:
        return validate(source, patch.data(), (), type(value))
    except InputError as error:
        raise InputError(_named(error.problems, reform)) from None


def _named(problems: Iterable[Problem], patch: Reform) -> list[Problem]:
    prefix = f'reform "{patch.name}": ' if patch.name else ""
    return [Problem(p.file, p.line, p.column, prefix + p.message) for p in problems]


def _nowhere(path: str, data: Any, part: str) -> str:
    paths = [".".join(map(str, steps)) for steps in _every(data)]
    nearest = difflib.get_close_matches(path, paths, n=1, cutoff=0.5)
    steps, rest = steps_of(data, path)
    where = "the " + part if not steps else '"' + ".".join(map(str, steps)) + '"'
    hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
    return f'"{path}" leads nowhere: {where} has no "{rest.split(".")[0]}"{hint}'


# --- what differs ---------------------------------------------------------------------------------------------------


_RANKED: tuple[Steps, ...] = (("tiers",), ("strata",))
# In these mappings the order means something: the rank of tiers, and which strata may depend on which.


def diff(a: Parts, b: Parts) -> tuple[Change, ...]:
    """Every difference between two sets of rules, in the order of the files. A path into the scheme has no prefix."""
    changes = []
    for part in PARTS:
        before, after = getattr(a, part), getattr(b, part)
        prefix = () if part == "scheme" else (part,)
        for steps in _unequal(plain(before), plain(after), ()):
            path = ".".join(map(str, (*prefix, *steps)))
            cite = _cite(b.scheme, after, steps) or _cite(a.scheme, before, steps)
            changes.append(Change(path, _shown(before, steps), _shown(after, steps), cite))
    return tuple(changes)


def _unequal(before: Any, after: Any, steps: Steps) -> Iterator[Steps]:
    if isinstance(before, dict) and isinstance(after, dict):
        both = [key for key in before if key in after]
        if before and after and not both:
            yield steps  # another form of number, say: not one thing gone and another come
            return
        for key in dict.fromkeys((*before, *after)):
            if key in both:
                yield from _unequal(before[key], after[key], (*steps, key))
            else:
                yield (*steps, key)
        if steps in _RANKED and both != [key for key in after if key in before]:
            yield steps
    elif isinstance(before, list) and isinstance(after, list) and _long(before, after):
        for index, (one, other) in enumerate(itertools.zip_longest(before, after)):
            yield from _unequal(one, other, (*steps, index))
    elif before != after:
        yield steps


def _long(before: list[Any], after: list[Any]) -> bool:
    """Whether lists are rules, one an entry, rather than one value of several numbers."""
    return all(isinstance(entry, dict) for entry in (*before, *after))


def _shown(value: Model, steps: Steps) -> Any:
    """What stands there, without what is only a default; None where nothing does."""
    short = _reach(value.model_dump(mode="json", by_alias=True, exclude_defaults=True), steps)
    return _reach(plain(value), steps) if short is None else short


def _reach(data: Any, steps: Steps) -> Any:
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _cite(scheme: Scheme, value: Model, steps: Steps) -> str:
    """The citation of the innermost rule around these steps, in words."""
    data = plain(value)
    around = [_reach(data, steps[:end]) for end in range(len(steps), -1, -1)]
    cite = next((inner["cite"] for inner in around if isinstance(inner, dict) and inner.get("cite")), "")
    if value is not scheme:
        return str(cite)
    cite = cite or scheme.cites.get(".".join(map(str, steps)), "")
    cited = {source.id: source.cite for source in scheme.sources}
    return "; ".join(cited.get(name, name) for name in cited_in(str(cite)))


def _every(data: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every path in plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, inner in items:
        yield (*steps, step)
        yield from _every(inner, (*steps, step))

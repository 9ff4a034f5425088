"""What is given in Python, as a file would have it: plain data, and what to call each part of it.

    Scheme(scheme="library", statsu="invented")     InputError: statsu  unknown key "statsu"; did you mean "status"?
    given({"study": "library", ...})                the document that a file with the same content would be
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from sousveil.errors import InputError
from sousveil.ground.characters import as_seen, found_in, looks_like, printable
from sousveil.studies.kinds import inside, is_by_name, keys_of
from sousveil.studies.limits import described
from sousveil.studies.messages import findings
from sousveil.studies.model import KEY, Finding, Model, Steps, fields_by_key
from sousveil.studies.number import Number
from sousveil.studies.patch import plain
from sousveil.studies.whereabouts import Place, Source, placed
from sousveil.studies.yaml_source import LEAST, MAX_DEPTH, Document, validate

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)  # it has no public name

__all__ = ["Given", "given"]


class _Told(ModelMetaclass):
    """What a call of the class does. A validator of the model would do it for files too, and read those less strictly.
    """

    def __call__(cls, *parts: object, **named: Any) -> Any:
        model: type[Model] = cls  # type: ignore[assignment]  # a class of models is what this is the class of
        name = cls.__name__
        if parts:
            first = next(iter(fields_by_key(model).values()))
            raise InputError(f"{name}: its parts are given by name, as in {name}({first}=...), or {name}(**parts)")
        try:
            return super().__call__(**named)
        except ValidationError as error:
            wrong = error
        source, data, found = _document(named, model, name)
        validate(source, data, found, model)  # as strict as for a file, so it refuses what was refused here
        raise InputError(placed(source, findings(data, model, wrong)))


class Given(Model, metaclass=_Told):
    """A value of a file that Python can make too. Its mistakes are told by their paths, as those of a file."""


def given(mapping: Mapping[str, Any]) -> Document:
    """The mapping of a study as a document; a mistake in it is told with its path, as `scheme.score.start`.

    Values (`Scheme(...)`, reforms, arrays of numbers) may stand anywhere. What no file can hold is among what is found.
    """
    return _document({"assumptions": {"assumptions": "none"}, **mapping}, Any, "study")


def _document(parts: Any, kind: Any, root: str) -> Document:
    found: list[Finding] = []
    data = _as_in_a_file(parts, kind, (), found)
    places = {(): Place(root), **{steps: Place(printable(".".join(map(str, steps)))) for steps in _paths(data, ())}}
    return Document(Source("", places, places), data, tuple(found))


def _as_in_a_file(value: Any, kind: Any, steps: Steps, found: list[Finding]) -> Any:
    """The value as plain data; what no file can hold is noted, and something else stands in its place."""
    if isinstance(value, Model):
        value = plain(value)
    elif isinstance(value, Number):
        value = value.plain()
    elif hasattr(value, "tolist"):  # of NumPy, which is not loaded for this
        value = value.tolist()
    if len(steps) > MAX_DEPTH:
        found.append((steps, f"more than {MAX_DEPTH} levels, one inside another"))
        return 0
    if isinstance(value, Mapping):
        return _mapping(value, kind, steps, found)
    if isinstance(value, list | tuple):
        return [_as_in_a_file(entry, inside(kind, i), (*steps, i), found) for i, entry in enumerate(value)]
    if refusal := _refusal(value):
        found.append((steps, refusal))
        return 0
    return value


def _mapping(value: Mapping[Any, Any], kind: Any, steps: Steps, found: list[Finding]) -> dict[str, Any]:
    """Keys as files write them: `at-most` for the parameter at_most, and numbers as text."""
    hyphenated = {} if is_by_name(kind) else {key.replace("-", "_"): key for key in keys_of(kind)}
    made: dict[str, Any] = {}
    seen: dict[str, str] = {}
    for given_key, entry in value.items():
        is_number = isinstance(given_key, numbers.Real) and not isinstance(given_key, bool)
        key = hyphenated.get(str(given_key).rstrip("_"), str(given_key))
        if not isinstance(given_key, str) and not is_number:
            found.append(((*steps, KEY), f"a key is a word, not {described(given_key)}"))
        elif odd := found_in(key):
            found.append(((*steps, KEY), f'{odd} in the name "{printable(key)}"; only printable text is read'))
        elif (twin := seen.setdefault(as_seen(key), key)) != key:
            found.append(((*steps, KEY), looks_like(key, twin)))
        else:
            made[key] = _as_in_a_file(entry, inside(kind, key), (*steps, key), found)
    return made


def _refusal(value: Any) -> str:
    """Why no file can hold this value; '' where one can."""
    if isinstance(value, str):
        odd = found_in(value)
        return f"{odd}, which is not printable; only printable text is read" if odd else ""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number"
    if isinstance(value, float) and 0 < abs(value) < LEAST:
        return f"{value:g} is nearer to 0 than {LEAST:g}; write 0"
    if value is None or isinstance(value, bool | int | float):
        return ""
    return f"{described(value)} is neither text, a number, a list nor a mapping"


def _paths(data: Any, steps: Steps) -> Iterator[Steps]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*steps, key)
        yield from _paths(value, (*steps, key))

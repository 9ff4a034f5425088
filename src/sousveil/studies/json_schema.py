"""JSON Schemas of the six kinds of file, so that editors complete, explain and check them while they are written.

A schema knows keys, types, bounds and words. What one part of a file says about another (that a tier is defined, that
shares add up to one) only `sousveil check` knows.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.cases import Cases
from sousveil.studies.figures import Figures
from sousveil.studies.model import Model
from sousveil.studies.number import MOST, shown
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.study_parts import StudyFile

__all__ = ["FORM", "json_schemas", "models_inside", "written"]

FORM = "0.1"
"""The form of the six kinds of file (docs/versions.md): the first number goes up when a file of the old form would be
misread or refused, the second when there is more that a file may say.
"""

_FILES: dict[str, type[Model]] = {"scheme": Scheme, "population": Population, "assumptions": Assumptions,
                                  "study": StudyFile, "figures": Figures, "cases": Cases}
_FIELD = re.compile(r"^    (?P<names>[a-z_-]+(?:, [a-z_-]+)*)  +(?P<text>\S.*(?:\n {8,}\S.*)*)", re.MULTILINE)


def json_schemas() -> dict[str, dict[str, Any]]:
    """Kind of file -> its JSON Schema (draft 2020-12)."""
    return {kind: _schema(kind, model) for kind, model in _FILES.items()}


def written(folder: Path) -> list[Path]:
    """The schemas as files in a folder, one a kind: `scheme.json` and so on, each whole or not at all.

    Raises InputError where they cannot be written.
    """
    made: list[Path] = []
    try:
        made = disk.make_folders(folder)
        paths = []
        for kind, schema in json_schemas().items():
            text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
            paths.append(folder / f"{kind}.json")
            disk.write(paths[-1], lambda file, text=text: file.write(text.encode()))  # type: ignore[misc]
        return paths
    except OSError as error:
        disk.unmake(made)
        raise InputError(f"cannot write to {folder}: {error.strerror}; name another folder") from error


class _Generator(GenerateJsonSchema):
    """pydantic's schema without the titles it makes up, which editors would show instead of the description."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema(kind: str, model: type[Model]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    bounds: dict[str, tuple[float, float]] = {}
    _settle(schema, bounds)
    defs = schema.setdefault("$defs", {})
    defs |= {name: _number(name, low, high) for name, (low, high) in bounds.items()}
    known: type[BaseModel]
    for known in (model, *models_inside(model)):
        target = schema if known is model else defs.get(known.__name__)
        if target is not None:
            _explain(target, known)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:sousveil:schema:{kind}:{FORM}",
            "title": f"sousveil {kind} file", **schema}


def _settle(part: Any, bounds: dict[str, tuple[float, float]]) -> None:
    """Note the numbers, in place, and let a union accept what any of its branches accepts."""
    if isinstance(part, dict):
        if "x-bounds" in part:
            low, high = part.pop("x-bounds")
            free = low == -math.inf and high == math.inf
            name = "Number" if free else f"Number-from-{shown(low)}-to-{shown(high)}"
            bounds[name] = (low, high)
            part["$ref"] = f"#/$defs/{name}"
        if "oneOf" in part and any("$ref" in branch for branch in part["oneOf"]):
            part["anyOf"] = part.pop("oneOf")
            part.pop("discriminator", None)
        if isinstance(part.get("title"), str):
            del part["title"]
        if isinstance(part.get("default"), dict | list):
            del part["default"]  # a value of ours, not what a file would write
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _settle(inner, bounds)


def _number(name: str, low: float, high: float) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "number"}
    plain |= {"minimum": low} if low > -math.inf else {}
    plain |= {"maximum": high} if high < math.inf else {}
    itself = {"$ref": f"#/$defs/{name}"}
    factors = {"type": "object", "additionalProperties": {
        "type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": MOST}}}
    forms = "number, `unknown`, {label: {name: number}} or {value: number, times: {label: {name: factor}}}"
    return {"description": forms,
            "anyOf": [plain, {"const": "unknown"},
                      {"type": "object", "required": ["value"], "properties": {"value": itself, "times": factors},
                       "additionalProperties": False},
                      {"type": "object", "minProperties": 1, "maxProperties": 1,
                       "propertyNames": {"not": {"enum": ["value", "times"]}},
                       "additionalProperties": {"type": "object", "minProperties": 1, "additionalProperties": itself}}]}


def _explain(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Give every key the line that the model's docstring has for it."""
    text = model.__doc__ or ""
    schema["description"] = " ".join(text.split("\n\n")[0].split())
    for match in _FIELD.finditer(text):
        for name in match["names"].split(", "):
            key = name.rstrip("_").replace("_", "-")
            if key in schema.get("properties", {}):
                schema["properties"][key]["description"] = " ".join(match["text"].split())


def models_inside(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Every model that a model is made of."""
    found: set[type[BaseModel]] = set()
    kinds = [field.annotation for field in model.model_fields.values()]
    while kinds:
        kind: Any = kinds.pop()
        kinds += getattr(kind, "__args__", ())
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found |= {kind, *models_inside(kind)}
    return found

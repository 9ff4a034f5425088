"""Schemas for editors: they accept what the reader accepts, and refuse what it refuses where a schema can know."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import strategies as st
from pydantic import ValidationError

from sousveil.atlas import ATLAS
from sousveil.errors import InputError
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.cases import Cases
from sousveil.studies.figures import Figures
from sousveil.studies.json_schema import json_schemas, written
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.study_parts import StudyFile
from sousveil.studies.yaml_source import parse
from tiers import for_all

BROKEN = Path(__file__).parent / "broken"
SCHEMAS = json_schemas()
MODELS = {"scheme": Scheme, "population": Population, "assumptions": Assumptions, "study": StudyFile,
          "figures": Figures, "cases": Cases}
FOLDERS = {"figures": BROKEN.parent / "broken_figures", "cases": BROKEN.parent / "broken_cases"}
GOOD = {kind: parse(FOLDERS.get(kind, BROKEN) / "good" / f"{kind}.yaml").data for kind in MODELS}

SEEN_BY_SCHEMAS = {
    "coverage-above-one", "missing-key", "unknown-key", "underscore-for-hyphen", "effect-unknown", "word-for-number",
    "yes-for-true", "rate-and-chance", "neither-rate-nor-chance", "negative-rate", "rows-about-people", "nobody",
    "no-steps", "range-with-one-end", "range-with-three-ends", "chilling-below-zero", "factor-too-large",
    "margin-too-wide", "range-too-wide", "direction-unknown", "together-too-strong", "tier-with-half-a-term",
    "appeal-against-no-such-thing"}


def refused_by_schema(data: Any, kind: str) -> bool:
    return not jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(data)


def refused_by_reader(data: Any, kind: str) -> bool:
    """Whether the reader refuses it for something that a schema could know."""
    try:
        MODELS[kind].model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        # That conduct has a rate or a chance is checked with what goes together, but a schema can say it.
        # What a share or a chance comes to after its factors only the reader knows.
        return any((wrong["type"] != "inconsistent" and "with its factors" not in wrong["msg"])
                   or (wrong["loc"][:1] == ("conduct",) and "factors" not in wrong["msg"])
                   for wrong in error.errors())
    return False


@pytest.mark.parametrize("kind", list(MODELS))
def test_a_schema_is_a_schema_and_accepts_every_file_we_ship(kind):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    assert not refused_by_schema(GOOD[kind], kind)
    for path in ATLAS.glob(f"*/{kind}.yaml"):
        assert not refused_by_schema(parse(path).data, kind), path


def test_of_the_broken_files_schemas_refuse_those_that_they_can_know():
    refused = set()
    for path in BROKEN.glob("*.yaml"):
        try:
            data = parse(path).data
        except InputError:
            continue  # not even a tree
        if refused_by_schema(data, next(iter(data))):
            refused.add(path.stem)
    assert refused == SEEN_BY_SCHEMAS


def test_the_schemas_beside_the_atlas_are_those_of_the_code(tmp_path):
    fresh = {path.name: path.read_text(encoding="utf-8") for path in written(tmp_path)}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ATLAS / "schemas").iterdir()}
    assert kept == fresh, "write them again: python3 sv schema -o src/sousveil/atlas/schemas"


@pytest.mark.parametrize("kind", list(MODELS))
def test_every_file_we_ship_tells_editors_its_schema(kind):
    for path in ATLAS.glob(f"*/{kind}.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../schemas/{kind}.json"
        assert (path.parent / first.partition("=")[2]).is_file()


def test_keys_carry_the_line_that_explains_them():
    channel = SCHEMAS["scheme"]["$defs"]["Channel"]["properties"]
    assert channel["mistaken"]["description"] == (
        "share of recorded acts that are pinned on somebody else; miss + mistaken <= 1")


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at] * bool(at) + [path for key, inner in items for path in paths(inner, (*at, key))]


ANYTHING = st.sampled_from([
    None, True, 0, 0.5, 1, 2, -1, 10**7, "unknown", "rest", "denied", "word", "", [], {}, ["A"], [0, 1],
    {"group": {"A": 0.5}}, {"value": 0.5, "times": {"group": {"B": 2}}}, {"value": 2}, {"group": {}},
    {"group": {"A": 2}}, {"x": 1, "z": 2}])


@for_all(st.sampled_from(list(MODELS)), st.data(), few=400, many=4000)
def test_schema_and_reader_are_of_one_mind(kind, data):
    changed = copy.deepcopy(GOOD[kind])
    *above, last = data.draw(st.sampled_from(paths(changed)))
    holder = changed
    for step in above:
        holder = holder[step]
    what = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if what == "replace":
        holder[last] = data.draw(ANYTHING)
    elif what == "remove":
        del holder[last]
    elif isinstance(holder, dict):
        holder["stranger"] = data.draw(ANYTHING)
    assert refused_by_schema(changed, kind) == refused_by_reader(changed, kind)

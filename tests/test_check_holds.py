"""What `check` accepts, the engine can compile; what it refuses, it refuses with a place. Whatever the files hold."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sousveil.engine.plan import compile_plan
from sousveil.studies.study import check, load
from sousveil.studies.yaml_source import parse as tree
from tiers import for_all

GOOD = Path(__file__).parent / "broken" / "good"
KINDS = ["scheme", "population", "assumptions", "study"]
FILES = {kind: tree(GOOD / f"{kind}.yaml").data for kind in KINDS}

WORDS = ["A", "B", "C", "north", "poor", "camera", "clerk", "jaywalks", "pays-late", "trusted", "middle", "shunned",
         "small", "unknown", "rest", "passport", "no-ceiling", "half", "paper", "", "scheme.yaml", "group", "district",
         "class"]
NUMBERS = [0, 1, 2, 0.5, 0.25, 1.5, -1, -20, 60, 100, 1e-9, 200]
VALUES = st.one_of(
    st.sampled_from([None, True, False, [], {}, *WORDS, *NUMBERS]),
    st.sampled_from(NUMBERS).map(lambda n: {"group": {"A": n, "B": 1}}),
    st.sampled_from(NUMBERS).map(lambda n: {"district": {"north": n, "south": n}}),
    st.sampled_from(NUMBERS).map(lambda n: {"value": n, "times": {"class": {"poor": 2}}}),
    st.sampled_from(WORDS).map(lambda word: [word]), st.sampled_from(WORDS).map(lambda word: {word: 1}))


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at] * bool(at) + [place for key, inner in items for place in places(inner, (*at, key))]


def spoil(data: Any, draw: Any) -> None:
    *above, last = draw(st.sampled_from(places(data)))
    for step in above:
        data = data[step]
    what = draw(st.sampled_from(["replace", "replace", "remove", "add", "rename"]))
    if what == "replace":
        data[last] = draw(VALUES)
    elif what == "remove":
        del data[last]
    elif isinstance(data, dict):
        data[draw(st.sampled_from(WORDS[:-1]))] = data.pop(last) if what == "rename" else draw(VALUES)


@for_all(st.data(), few=60, many=1500)
def test_what_is_accepted_compiles_and_what_is_refused_has_a_place(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "study"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    files = copy.deepcopy(FILES)
    for kind in data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)):
        if files[kind]:
            spoil(files[kind], data.draw)
    for kind, content in files.items():
        (folder / f"{kind}.yaml").write_text(json.dumps(content, indent=1), encoding="utf-8")
    problems = check(folder).problems
    for problem in problems:
        assert problem.file.endswith(".yaml")
        assert problem.line > 0 or problem.message == "the file is empty"
    if not problems:
        study = load(folder)
        for world in (study, *(study.reform(name) for name in study.reforms)):
            compile_plan(world.scheme, world.population, world.assumptions)

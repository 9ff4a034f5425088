"""The house stands: imports go downwards only, never in a circle, and what one module alone may do, no other does.

Every import in the source is read, also those inside functions and those for type checkers only. The rooms and what
each may import stand in `tests/house.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import sousveil
from house import END, GUIDE, ROOMS, SOURCE, arrows, circles, guide, imports, name_of, room

MONOPOLIES = {
    "cyclopts": ["cli/"],
    "dask": ["comparisons/execute.py"],
    "distributed": ["comparisons/execute.py"],
    "docx": ["page/word.py"],
    "duckdb": ["audits/read.py"],
    "fsspec": ["comparisons/store.py"],
    "jinja2": ["page/", "app/frame.py"],
    "numba": ["draws.py", "engine/compiled.py", "engine/kernels.py", "engine/march.py",
              "engine/registers.py", "engine/strays.py", "engine/survival.py", "engine/appealed.py",
              "engine/convolve.py", "engine/giving.py",
              "engine/jumps.py", "engine/flows.py", "engine/cohorts.py", "engine/lean.py", "engine/lent.py",
              "engine/loops.py", "engine/whole.py"],
    "numpy.random": ["draws.py"],
    "random": ["draws.py"],
    "resvg_py": ["page/pictures.py"],
    "rich": ["progress.py", "cli/"],
    "ruamel": ["studies/yaml_source.py"],
    "secrets": ["app/"],
    "starlette": ["app/"],
    "uvicorn": ["app/"],
    "xlsxwriter": ["page/workbook.py"],
    # Nobody: it reads no pictures, calls nobody up, and evaluates no data.
    "cv2": [], "PIL": [], "face_recognition": [], "torch": [], "sklearn": [], "pandas": [], "yaml": [], "pickle": [],
    "requests": [], "httpx": [], "urllib.request": [], "http.client": [], "smtplib": [], "ftplib": [],
}
"""Library -> the only places that may import it."""

TO_COME = {"ask", "assess", "audit", "baserate", "cite", "evidence", "extremes", "infer", "mend", "review",
           "sensitivity", "sweep"}
"""Commands that will be public names: none of them may be a module of `sousveil`, which would hide it."""

ALL = imports()
DRAWN = arrows()


def test_the_source_is_seen() -> None:
    assert sum(map(len, DRAWN.values())) > 200
    assert {"numba", "pydantic", "ruamel.yaml.YAML"} & {found.module for found in ALL}


def test_every_module_stands_in_a_room() -> None:
    lost = [name for name in DRAWN if room(name) not in ROOMS]
    assert not lost, f"no room yet: {lost}; give them one in tests/house.py"


def test_rooms_stand_above_what_they_import() -> None:
    order = list(ROOMS)
    upwards = [(name, below) for name, may in ROOMS.items() for below in may if order.index(below) >= order.index(name)]
    assert not upwards


def test_imports_go_downwards_only() -> None:
    upwards = [found for here, those in DRAWN.items() for there, found in those.items()
               if room(there) != room(here) and room(there) not in ROOMS[room(here)]]
    assert not upwards, "\n".join(map(str, upwards))


def test_nothing_is_imported_in_a_circle() -> None:
    assert circles(DRAWN) == []


def test_a_circle_would_be_found() -> None:
    found = next(iter(DRAWN["sousveil.engine.agents"].values()))
    planted = {"a": {"b": found}, "b": {"c": found}, "c": {"a": found, "d": found}, "d": {}}
    assert circles(planted) == [["a", "b", "c"]]


def test_no_room_is_allowed_what_it_does_not_use() -> None:
    used = {(room(here), room(there)) for here, those in DRAWN.items() for there in those}
    idle = [(name, below) for name, may in ROOMS.items() for below in may
            if below != "ground" and (name, below) not in used]
    assert not idle, "a wall that could be closed"


def test_no_public_name_is_also_a_module() -> None:
    modules = {module.name for module in pkgutil.iter_modules([str(SOURCE)])}
    assert not modules & ({*sousveil.__all__} | TO_COME)


def test_a_module_can_be_imported_by_its_full_name() -> None:
    for path in SOURCE.rglob("*.py"):
        if path.name != "__main__.py":
            assert isinstance(importlib.import_module(name_of(path)), ModuleType)
    for name in sousveil.__all__:
        assert not isinstance(getattr(sousveil, name), ModuleType)


def test_the_guide_shows_the_house_as_it_stands() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert END in text
    assert text == guide(text), "run: python tests/house.py --write"


@pytest.mark.parametrize("library", MONOPOLIES)
def test_what_one_module_alone_may_do_no_other_does(library: str) -> None:
    allowed = MONOPOLIES[library]
    breaches = [found for found in ALL if (found.module + ".").startswith(library + ".")
                and not any(found.file == place or (place.endswith("/") and found.file.startswith(place))
                            for place in allowed)]
    assert not breaches, "\n".join(map(str, breaches))


def test_every_place_of_a_monopoly_exists() -> None:
    for place in {place for places in MONOPOLIES.values() for place in places} - {"app/"}:
        assert Path(SOURCE / place).exists(), place

"""The house stands: imports go downwards only, and what one module alone may do, no other does.

Every import in the source is read, also those inside functions and those for type checkers only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "sousveil"

LAYERS = [
    ["errors", "number", "wording", "reading", "draws", "intervals", "provenance", "results", "progress",
     "harms.measure"],
    ["scheme", "population", "assumptions"],
    ["study", "reform", "accord", "filling", "schema", "prose", "atlas", "engine"],
    ["trace", "run", "story"],
    ["harms"],
    ["compare"],
    ["report", "evidence"],
    ["cli", "app", "__main__"],
]
"""From the bottom. A module may import from its own layer and from those below."""

STRANGERS = [{"scheme", "population", "assumptions"}, {"audit", "baserate"}]
"""Modules of which none imports another."""

CONVENIENCE = {("run", "harms")}
"""The only ways up, each from inside a function: `run.harms()` reads better than a second function beside `run`."""

BESIDE = {"audit", "baserate"}
"""They stand beside the simulator: they import nothing but layer 0, and only layer 6 and above import them."""

MONOPOLIES = {
    "altair": ["report/draw.py", "report/figures.py"],
    "cyclopts": ["cli/"],
    "dask": ["compare/execute.py"],
    "distributed": ["compare/execute.py"],
    "duckdb": ["audit/read.py"],
    "fsspec": ["compare/shelf.py"],
    "jinja2": ["report/"],
    "numba": ["draws.py", "engine/compiled.py", "engine/kernels.py", "engine/march.py", "engine/convolve.py"],
    "numpy.random": ["draws.py"],
    "random": ["draws.py"],
    "rich": ["progress.py", "cli/"],
    "ruamel": ["reading.py"],
    "secrets": ["app/"],
    "starlette": ["app/"],
    "uvicorn": ["app/"],
    "vl_convert": ["report/"],
    # Nobody: it reads no pictures, calls nobody up, and evaluates no data.
    "cv2": [], "PIL": [], "face_recognition": [], "torch": [], "sklearn": [], "pandas": [], "yaml": [], "pickle": [],
    "requests": [], "httpx": [], "urllib.request": [], "http.client": [], "smtplib": [], "ftplib": [],
}
"""Library -> the only places that may import it."""


class Import(NamedTuple):
    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def imports() -> Iterator[Import]:
    for path in sorted(SOURCE.rglob("*.py")):
        file = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=file)):
            for module in imported(node, path):
                yield Import(file, node.lineno, module)  # type: ignore[attr-defined]


def imported(node: ast.AST, path: Path) -> Iterator[str]:
    """The modules that a statement names, relative ones in full. `from a import b` names `a.b`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = ["sousveil", *path.relative_to(SOURCE).parent.parts]
            base = ".".join([*package[:len(package) - node.level + 1], *filter(None, [base])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):  # `np.random` needs no import of its own
        if node.attr == "random" and node.value.id in ("np", "numpy"):
            yield "numpy.random"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "import_module":
        yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


ALL = list(imports())


def room(dotted: str) -> str:
    """The first part of a module's name within sousveil, or `harms.measure`, which is a room of its own."""
    parts = dotted.split(".")
    return "harms.measure" if parts[:2] == ["harms", "measure"] else parts[0]


def room_of(file: str) -> str:
    return room(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def layer(name: str) -> int:
    for height, rooms in enumerate(LAYERS):
        if name in rooms:
            return height
    if name in BESIDE:
        return 3
    pytest.fail(f"{name} has no layer yet: give it one in tests/test_layers.py")


INSIDE = [(found, room_of(found.file), room(found.module.removeprefix("sousveil.")))
          for found in ALL if found.module.startswith("sousveil.") and found.file != "__init__.py"
          and found.module != "sousveil.__version__"]


def test_the_source_is_seen() -> None:
    assert len(INSIDE) > 50
    assert {"numba", "pydantic", "ruamel.yaml.YAML"} & {found.module for found in ALL}


def test_every_module_has_a_layer() -> None:
    for path in SOURCE.iterdir():
        name = path.name.removesuffix(".py")
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and name != "__init__":
            layer(name)


def test_imports_go_downwards_only() -> None:
    upwards = [found for found, here, there in INSIDE
               if layer(there) > layer(here) and (here, there) not in CONVENIENCE]
    assert not upwards, "\n".join(map(str, upwards))


def test_strangers_do_not_meet() -> None:
    met = [found for found, here, there in INSIDE for group in STRANGERS if here != there and {here, there} <= group]
    assert not met, "\n".join(map(str, met))


def test_audit_and_baserate_stand_beside_the_simulator() -> None:
    down = [found for found, here, there in INSIDE if here in BESIDE and here != there and layer(there) > 0]
    up = [found for found, here, there in INSIDE if there in BESIDE and here != there and layer(here) < 6]
    assert not down + up, "\n".join(map(str, down + up))


@pytest.mark.parametrize("library", MONOPOLIES)
def test_what_one_module_alone_may_do_no_other_does(library: str) -> None:
    allowed = MONOPOLIES[library]
    breaches = [found for found in ALL if (found.module + ".").startswith(library + ".")
                and not any(found.file == place or (place.endswith("/") and found.file.startswith(place))
                            for place in allowed)]
    assert not breaches, "\n".join(map(str, breaches))

"""The house as it stands: which module imports which, read from the source, and the table of rooms for the docs.

    python tests/house.py           print the table of rooms
    python tests/house.py --write   put it into docs/contributing.md
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "sousveil"
GUIDE = ROOT / "docs" / "contributing.md"

GROUND = ("errors", "draws", "progress", "intervals", "version", "ground")
"""The modules that stand in no room, and the room of what they and others need that may not import one another."""

ROOMS: dict[str, tuple[str, ...]] = {
    "ground": (),
    "measures": ("ground",),
    "page": ("ground", "measures"),
    "charts": ("ground", "page"),
    "atlas": (),
    "studies": ("ground", "atlas"),
    "engine": ("ground", "studies"),
    "harms": ("ground", "measures", "engine"),
    "runs": ("ground", "measures", "charts", "studies", "engine", "harms"),
    "comparisons": ("ground", "measures", "charts", "studies", "engine", "harms", "runs"),
    "audits": ("ground", "measures"),
    "baserates": ("ground", "measures"),
    "unknowns": ("ground", "measures", "studies", "engine", "harms", "runs", "comparisons", "audits"),
    "drafts": ("ground", "atlas", "studies", "audits", "runs", "unknowns"),
    "reproductions": ("ground", "measures", "atlas", "studies", "runs", "audits", "baserates", "unknowns"),
    "reports": ("ground", "measures", "atlas", "studies", "engine", "harms", "runs", "comparisons", "unknowns",
                "audits", "baserates", "page"),
    "filings": ("ground", "measures", "studies", "harms", "runs", "comparisons", "audits", "page", "reports"),
    "face": ("ground", "studies", "runs", "comparisons", "audits", "baserates", "unknowns", "drafts", "reproductions",
             "reports", "filings"),
    "app": ("ground", "measures", "atlas", "studies", "engine", "harms", "runs", "comparisons", "unknowns", "audits",
            "baserates", "page", "reports", "face"),
    "cli": ("ground", "measures", "atlas", "studies", "runs", "comparisons", "unknowns", "audits", "baserates",
            "drafts", "reproductions", "page", "reports", "filings", "face", "app"),
    "__main__": ("cli",),
}
"""Room -> the rooms it may import from, from the bottom up. `face` is `sousveil` itself: the public names."""


class Import(NamedTuple):
    """One name of an import statement, in full: `from a import b` names `a.b`."""

    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def files() -> list[Path]:
    """Every file of the source."""
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """`sousveil.engine.month`; a package by its own name."""
    return ".".join(["sousveil", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")


@cache
def imports() -> tuple[Import, ...]:
    """Every import in the source, also those inside functions and those for type checkers only. Read once."""
    found = []
    for path in files():
        file = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=file)):
            found += [Import(file, node.lineno, module) for module in _imported(node, path)]  # type: ignore[attr-defined]
    return tuple(found)


def _imported(node: ast.AST, path: Path) -> Iterator[str]:
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


def room(module: str) -> str:
    """The room of a module of ours, named in full."""
    first = module.removeprefix("sousveil").removeprefix(".").partition(".")[0]
    return "face" if not first else "ground" if first in GROUND else first


def arrows() -> dict[str, dict[str, Import]]:
    """Module -> the modules of ours that it imports, each with one place where it does."""
    modules = {name_of(path) for path in files()}
    drawn: dict[str, dict[str, Import]] = {name: {} for name in modules}
    for found in imports():
        if found.module == "sousveil" or found.module.startswith("sousveil."):
            here = name_of(SOURCE / found.file)
            there = found.module if found.module in modules else found.module.rpartition(".")[0]
            if there != here:
                drawn[here].setdefault(there, found)
    return drawn


def circles(drawn: dict[str, dict[str, Import]]) -> list[list[str]]:
    """Modules that import one another in a circle (strongly connected components of more than one; Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in drawn.get(name, {}):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            part = [stack.pop()]
            while part[-1] != name:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for name in drawn:
        if name not in index:
            visit(name)
    return found


def table(sizes: bool = False) -> str:
    """The rooms from the top, each with what it is for and the rooms that it imports; `sizes`: and how large it is.

    Sizes change with every change of the code, so the guide does without.
    """
    drawn = arrows()
    more = ("modules | lines | ", "---|---|") if sizes else ("", "")
    lines = [f"| room | what it is for | {more[0]}imports |", f"|---|---|{more[1]}---|"]
    for name in reversed(ROOMS):
        inside = [path for path in files() if room(name_of(path)) == name]
        used = {room(there) for path in inside for there in drawn[name_of(path)]} - {name}
        size = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in inside)
        where = {"ground": ", ".join([*(f"`{module}.py`" for module in sorted(GROUND[:-1])), "`ground/`"]),
                 "face": "`__init__.py`",
                 "__main__": "`__main__.py`"}.get(name, f"`{name}/`")
        lines.append(f"| {where} | {_purpose(name)} | {f'{len(inside)} | {size:,} | ' if sizes else ''}"
                     f"{', '.join(r for r in ROOMS if r in used) or 'nothing of ours'} |")
    return "\n".join(lines)


def _purpose(name: str) -> str:
    if name == "ground":
        return "What rooms need that may not import one another: errors, chance, progress, intervals, the version."
    path = {"face": SOURCE / "__init__.py", "__main__": SOURCE / "__main__.py"}.get(name, SOURCE / name / "__init__.py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


BEGIN, END = "<!-- the table of rooms -->", "<!-- end of the table -->"


def guide(text: str) -> str:
    """The guide with the table of today in its place."""
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{table()}\n{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        GUIDE.write_text(guide(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table(sizes=True))

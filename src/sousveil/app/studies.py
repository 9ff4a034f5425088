"""Where a study comes from: an entry of the atlas, a folder that was opened, or files that are edited in the page.

A worker is told which, as plain data, and reads it there: a file made to be slow to read then holds up nobody else.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import atlas
from sousveil.errors import InputError, Problem

if TYPE_CHECKING:
    from sousveil.studies.study import Study

__all__ = ["FILES", "Origin", "of_atlas", "of_folder", "problems", "read"]

FILES = ("scheme.yaml", "population.yaml", "assumptions.yaml", "study.yaml")
"""The files of a study, and the only ones that are read of one that is edited or opened here."""

BESIDE = ("figures.yaml",)
"""What may lie beside them, and is taken along: published figures."""

LARGEST = 400_000
"""Bytes of a file at most: the largest of the atlas has a tenth of it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A study before it is read. `kind`: atlas, folder or page; `place`: the name or the folder; `files`: their texts.
    """

    kind: str
    name: str
    place: str
    files: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """Of all that the study is read from."""
        whole = "\0".join(part for pair in self.files for part in pair)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"kind": self.kind, "name": self.name, "place": self.place, "files": dict(self.files)}


def of_atlas(name: str) -> Origin:
    """An entry. Raises InputError where there is none of that name."""
    if name not in atlas.names():
        raise InputError(f'there is no study "{name[:60]}" here')
    return Origin("atlas", name, name, _texts(atlas.folder(name)))


def of_folder(folder: Path, name: str) -> Origin:
    """The study in a folder. Raises InputError for a folder that holds none, or whose files lead out of it."""
    return Origin("folder", name, str(folder), _texts(folder))


def _texts(folder: Path) -> tuple[tuple[str, str], ...]:
    home = folder.resolve()
    found = []
    for name in (*FILES, *BESIDE):
        path = home / name
        if not path.exists() and name in ("assumptions.yaml", *BESIDE):
            continue
        if path.resolve().parent != home:
            raise InputError(Problem(name, 0, 0, "leads out of the study's folder, and is not read"))
        try:
            if not path.is_file() or path.stat().st_size > LARGEST:
                raise InputError(Problem(name, 0, 0, f"is no file of at most {LARGEST:,} bytes"))
            found.append((name, path.read_text(encoding="utf-8")))
        except (OSError, UnicodeError) as error:
            raise InputError(Problem(name, 0, 0, "cannot be read as text")) from error
    return tuple(found)


def read(origin: Mapping[str, Any]) -> Study:
    """The study, in a worker. Raises InputError with every mistake, each in the file as it is called in the page."""
    from sousveil.studies.study import load

    if origin["kind"] == "atlas":
        return load(origin["name"])
    found: list[Study] = []
    _in_a_folder(origin["files"], lambda folder: found.append(load(folder / "study.yaml")))
    return found[0]


def problems(files: Mapping[str, str]) -> list[Problem]:
    """Every mistake in the files, as `sousveil check` says it."""
    from sousveil.studies.study import check

    def look(folder: Path) -> None:
        found = check(folder / "study.yaml").problems
        if found:
            raise InputError(found)

    try:
        _in_a_folder(files, look)
    except InputError as error:
        return list(error.problems)
    return []


def _in_a_folder(files: Mapping[str, str], use: Callable[[Path], None]) -> None:
    """Use the files in a folder that nobody else can look into and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sousveil-study-") as held:
        folder = Path(held)
        for name in FILES:
            if name in files:
                (folder / name).write_text(files[name], encoding="utf-8")
        try:
            if wrong := _outside(folder / "study.yaml"):
                raise InputError(wrong)
            use(folder)
        except InputError as error:
            raise InputError([_named(p, held) for p in error.problems]) from None


def _outside(path: Path) -> list[Problem]:
    """What study.yaml names that is not one of the files beside it."""
    from sousveil.studies.yaml_source import parse

    try:
        document = parse(path)
    except InputError:
        return []  # it will be said with all other mistakes
    data = document.data if isinstance(document.data, dict) else {}
    return [document.source.place((part,)).problem(f'only "{part}.yaml" beside it is read here')
            for part in ("scheme", "population", "assumptions") if data.get(part, f"{part}.yaml") != f"{part}.yaml"]


def _named(problem: Problem, folder: str) -> Problem:
    def clean(text: str) -> str:
        return text.replace(folder + "/", "").replace(folder, "")
    return Problem(clean(problem.file), problem.line, problem.column, clean(problem.message))

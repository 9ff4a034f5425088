"""A study as the YAML of its four files, which `load` reads to the same study.

A default is not written. Numbers are written to the last bit.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.studies.model import Model
from sousveil.studies.reform import Parts, Reform
from sousveil.studies.written_yaml import quoted

__all__ = ["files_of", "write"]

WIDTH = 110
"""What fits within so many characters stands on one line."""


def write(files: Mapping[str, str], directory: Path, check: Callable[[Path], None]) -> tuple[Path, ...]:
    """Write files to a folder that is not there yet, or is empty, once `check` has seen them; whole or not at all.

    Raises InputError.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(f"{directory} is there already, and is left alone; take another name")
    made: list[Path] = []
    beside: Path | None = None
    try:
        made = disk.make_folders(directory.parent)
        beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        for name, text in files.items():
            (beside / name).write_text(text, encoding="utf-8")
        check(beside)
        os.chmod(beside, 0o777 & ~_umask())  # a folder for a moment is its owner's alone
        os.replace(beside, directory)
    except BaseException as error:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
        disk.unmake(made)
        if isinstance(error, OSError):
            raise InputError(f"cannot write {directory}: {error.strerror}; name another place") from error
        raise
    return tuple(directory / name for name in files)


def files_of(head: Mapping[str, Any], parts: Parts, reforms: Mapping[str, Reform], used: Container[str] | None = None
             ) -> dict[str, str]:
    """File -> its text.

    head   what study.yaml says beside the names of its files and the reforms
    used   of a study under a reform, the guesses that it still needs: another would lead nowhere
    """
    assumptions = _plain(parts.assumptions)
    if used is not None:
        assumptions["fill"] = {path: guess for path, guess in assumptions.get("fill", {}).items() if path in used}
    named = {name: _plain(one) for name, one in reforms.items()}
    data = {"study": {**head, **({"reforms": named} if named else {})}, "scheme": _plain(parts.scheme),
            "population": _plain(parts.population), "assumptions": assumptions}
    return {f"{name}.yaml": "".join(f"{line}\n" for line in _mapping(part, 0)) for name, part in data.items()}


def _plain(value: Model) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _mapping(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    """A key a line; what is inside on the same line where it fits, else indented under it."""
    before = "  " * depth
    for key, value in data.items():
        head = f"{before}{quoted(str(key))}:"
        line = f"{head} {_inline(value)}"
        if (len(line) <= WIDTH and depth) or not isinstance(value, Mapping | list) or not value:
            yield line
        elif isinstance(value, Mapping):
            yield head
            yield from _mapping(value, depth + 1)
        else:
            yield head
            yield from (f"{before}  - {_inline(item)}" for item in value)


def _inline(data: Any) -> str:
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {_inline(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_inline, data)) + "]"
    if data is None or isinstance(data, bool | int):
        return json.dumps(data)
    if isinstance(data, float):
        return str(int(data)) if data.is_integer() and abs(data) < 2**53 and math.copysign(1, data) > 0 else repr(data)
    return str(data) if data in ("unknown", "rest") else quoted(str(data))


def _umask() -> int:
    """What the system takes away from a new folder."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

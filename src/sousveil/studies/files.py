"""Where the files of a study lie. What somebody else has written opens no other file of this machine."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from sousveil.atlas import folder, names
from sousveil.errors import InputError, Problem, did_you_mean

__all__ = ["beside", "inside", "own", "study_file"]


def study_file(path: str) -> Path:
    """The file that a path, a folder or a name of the atlas means. Raises InputError."""
    if os.path.isdir(path):
        return own(Path(path), "study.yaml")
    if os.path.exists(path) or os.sep in path or path.endswith((".yaml", ".yml")):
        return Path(path)
    if path not in names():
        raise InputError(f'"{path}" is neither a file nor in the atlas' + (
            did_you_mean(path, names()) or _elsewhere(path)))
    return folder(path) / "study.yaml"


def _elsewhere(name: str) -> str:
    """What to write for a study that is not here: the command that a result records was typed in another folder."""
    head = ""
    if os.path.isfile("study.json"):
        with suppress(OSError), open("study.json", encoding="utf-8", errors="replace") as file:
            head = " ".join(file.read(1_000).split())
    if head.startswith(f'{{ "study": {json.dumps(name, ensure_ascii=False)},'):
        return "; study.json, which lies here, is a study of that name: write study.json in its place"
    return "; write the path to its folder, or to the study.json of a result that was made with it"


def beside(path: str, name: str, option: str) -> Path:
    """The file of that name beside a study, which an option would have named. Raises InputError where there is none."""
    place = Path(path) if os.path.isdir(path) else folder(path) if path in names() else Path(path).parent
    if not os.path.lexists(own(place, name)):
        raise InputError(f"there is no {name} beside {path}; name the file with {option}")
    return place / name


def own(place: Path, name: str) -> Path:
    """A file of a folder. Raises InputError for a link that leads out of it."""
    if not inside(place, name):
        raise InputError(Problem(str(place / name), 0, 0, "leads out of the folder of the study, and is not read"))
    return place / name


def inside(place: Path, name: str) -> bool:
    """Whether a name means something in a folder."""
    try:
        return (place / name).resolve().is_relative_to(place.resolve())
    except (OSError, RuntimeError, ValueError):  # too long a name, a circle of links
        return not Path(name).is_absolute() and ".." not in Path(name).parts

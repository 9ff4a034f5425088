"""Studies of one's own, kept in memory until the person says where to save them, and saved whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from sousveil.app.studies import Origin
from sousveil.errors import InputError
from sousveil.ground import disk

__all__ = ["Desk", "made_own", "saved", "target_of"]

MOST = 50
"""Studies on the desk at most; the one that was not touched the longest goes first."""


class Desk:
    """Studies that are being written, by name. They are gone when the server ends, unless they were saved."""

    def __init__(self) -> None:
        self._held: dict[str, Origin] = {}

    def find(self, name: str) -> Origin | None:
        """The study of this name, or None."""
        return self._held.get(name)

    def names(self) -> list[str]:
        """All of them."""
        return [*self._held]

    def lay(self, origin: Origin) -> None:
        """Put a study there, in the place of an older one of that name."""
        self._held.pop(origin.name, None)
        self._held[origin.name] = origin
        while len(self._held) > MOST:
            self._held.pop(next(iter(self._held)))


def made_own(text: str, kind: str, name: str) -> str:
    """The file of another study under a new name, and nobody's claim any more."""
    text = re.sub(r"\A# yaml-language-server:.*\n", "", text)
    text = re.sub(rf"^{kind}: .*$", f"{kind}: {name}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^status: .*$", "status: invented", text, count=1, flags=re.MULTILINE)


def target_of(text: str) -> Path:
    """The folder that was typed. Raises InputError where nothing can be saved."""
    if not text.strip() or len(text) > 400 or "\0" in text:
        raise InputError("name a folder that is not there yet, such as ~/my-scheme")
    try:
        target = Path(text.strip()).expanduser()
    except RuntimeError:
        raise InputError("nobody knows where that home is; name the folder in full") from None
    if not target.is_absolute():
        target = Path.home() / target
    if not re.fullmatch(r"[^\W_][\w .-]*", target.name) or ".." in target.parts:
        raise InputError(f'"{target.name}" is no name for a folder; letters, digits and hyphens will do')
    if not target.parent.is_dir():
        raise InputError(f"{target.parent} is not there; save into a folder that is")
    return target


def saved(target: Path, origin: Origin) -> None:
    """The files of a study in a new folder. Raises OSError, FileExistsError where something of that name is there."""
    if os.path.lexists(target):
        raise FileExistsError
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        for name, text in origin.files:
            disk.write(beside / name, lambda file, text=text: file.write(text.encode()))  # type: ignore[misc]
        # `rename` replaces an empty folder, which somebody may have made meanwhile, and nothing else.
        beside.rename(target)
        disk.force(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)

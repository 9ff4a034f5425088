"""Answers on disk, by the content of their question: what was asked once costs nothing when it is asked again.

Nothing of an audit comes here. The folder is the user's alone, its size is bounded, and what is older goes first. A
file that is damaged, or of another version, is as if it were not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zlib
from pathlib import Path
from typing import Any

from sousveil.ground import disk

__all__ = ["MOST_BYTES", "Shelf", "place"]

MOST_BYTES = 200_000_000
"""What all answers may take together: some two thousand views."""

_KEY = re.compile(r"[0-9a-f]{32}")


def place() -> Path:
    """The folder of answers, in the user's cache."""
    wanted = os.environ.get("SOUSVEIL_APP_CACHE")
    if wanted:
        return Path(wanted)
    try:
        home = Path.home()
    except RuntimeError:  # nobody knows where this user is at home
        home = Path(".")
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "sousveil-app"


class Shelf:
    """Answers, in memory while few and on disk; without a folder of its own, in memory alone."""

    def __init__(self, folder: Path | None, most: int = MOST_BYTES) -> None:
        self._folder = folder if folder is not None and disk.is_private(folder) else None
        self._most = most
        self._near: dict[str, dict[str, Any]] = {}
        self._written = 0

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer to a question, or None."""
        if key in self._near:
            self._near[key] = self._near.pop(key)
            return self._near[key]
        if self._folder is None or not _KEY.fullmatch(key):
            return None
        path = self._folder / key
        try:
            raw = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            with open(raw, "rb") as file:
                found = json.loads(zlib.decompress(file.read(MOST_BYTES)))
            os.utime(path)
        except (OSError, ValueError, zlib.error, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        self._keep(key, found)
        return found

    def put(self, key: str, answer: dict[str, Any]) -> None:
        """Keep an answer. A disk that is full, or may not be written to, keeps nothing, and nobody is told."""
        self._keep(key, answer)
        if self._folder is None or not _KEY.fullmatch(key):
            return
        packed = zlib.compress(json.dumps(answer, ensure_ascii=False).encode(), 3)
        with contextlib.suppress(OSError):
            disk.write(self._folder / key, lambda file: file.write(packed))
            self._written += len(packed)
            if self._written > self._most // 20:
                self.prune()

    def prune(self) -> None:
        """Take away what was not asked for the longest, until the rest fits."""
        self._written = 0
        if self._folder is None:
            return
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                known = path.lstat()
                found.append((known.st_mtime_ns, known.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._most:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size

    def clear(self) -> int:
        """Take all answers away; how many there were."""
        self._near.clear()
        gone = 0
        for path in list(self._folder.iterdir()) if self._folder is not None else ():
            if _KEY.fullmatch(path.name.lstrip(".").split(".")[0]) and not path.is_dir():
                with contextlib.suppress(OSError):
                    path.unlink()
                    gone += 1
        return gone

    def _keep(self, key: str, answer: dict[str, Any]) -> None:
        self._near[key] = answer
        while len(self._near) > 16:
            self._near.pop(next(iter(self._near)))

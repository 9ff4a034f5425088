"""Compiling once: where compiled kernels are kept, and a word to whoever waits for the first compilation."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["INNER", "OUTER", "announce", "prepare"]

OUTER: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
"""How a kernel that Python calls is compiled: kept on the disk, and not made callable from C, which nobody needs."""

INNER: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""How a function is compiled that kernels alone call: without a way in from Python, which would take as long again."""

_HERE = Path(__file__).parent


def prepare() -> None:
    """Find a place for compiled code that can be written to, before the first kernel is declared.

    numba keeps it beside the source, else in the user's cache folder. Where neither can be written to (a read-only
    installation run without a home), it would refuse to start: then the system's folder for temporary files has to do.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(_HERE / "__pycache__") or _writable(_user_cache()):
        return
    from numba import config

    owner = os.getuid() if hasattr(os, "getuid") else "user"
    config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"sousveil-compiled-{owner}")  # type: ignore[attr-defined]


def announce(module: str) -> None:
    """Say on standard error that the first use of a module's kernels compiles; nothing when that was done before."""
    places = [_HERE / "__pycache__", _user_cache(), Path(os.environ.get("NUMBA_CACHE_DIR") or _user_cache())]
    if not any(next(place.rglob(f"{module}.*.nbi"), None) for place in places if place.is_dir()):
        print("First use: compiling, some 10 to 20 seconds; later runs start at once.", file=sys.stderr)


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache") / "numba"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False

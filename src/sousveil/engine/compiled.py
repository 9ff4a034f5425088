"""Compiling once: where compiled kernels are kept, and a word to whoever waits for the first compilation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["announce"]


def announce() -> None:
    """Say, once and on standard error, that the first use compiles; when nothing has to be compiled, say nothing."""
    folder = Path(__file__).parent / "__pycache__"
    if os.environ.get("NUMBA_CACHE_DIR") or any(folder.glob("kernels.advance-*.nbi")):
        return
    print("First use: compiling the kernels, some 10 to 20 seconds; later runs start at once.", file=sys.stderr)

"""What a process of our own does before anything else, a command and every worker that it starts, and at its end.

Not for a process of somebody else who imports sousveil: how that one is set up is theirs to say.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

__all__ = ["begin", "end", "ours"]

_begun: list[bool] = []


def begin() -> None:
    """Set the process up for what we do in it."""
    # The matrices here are small: on a busy machine, threads of BLAS wait for one another longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is imported stays. To look through it for garbage again and again would take a tenth of a short command.
    gc.freeze()
    gc.set_threshold(10_000)
    _begun.append(True)
    # pydantic looks through all that is installed for plugins, and would show them what it reads. Nothing here has any,
    # and to look takes a twentieth of a short command.
    sys.modules.setdefault(_PLUGINS, _no_plugins())


def ours() -> bool:
    """Whether this process is one of our own: whether `begin` was called."""
    return bool(_begun)


def end(code: int) -> NoReturn:
    """End the process. What is left goes with it: to look through all of it for garbage, once more, would take as long
    as to read a study.
    """
    if "_duckdb" not in sys.modules:  # which prints, at its end, what of it has not been taken away
        gc.freeze()
    sys.exit(code)


_PLUGINS = "pydantic.plugin._loader"


def _no_plugins() -> ModuleType:
    """What pydantic finds in the place of its own module that looks for plugins: one that has none. Whoever wants more
    of that module than is known here gets it from the module itself.
    """
    def whole(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[_PLUGINS]
        return getattr(import_module(_PLUGINS), name)

    found: Any = ModuleType(_PLUGINS)
    found.get_plugins, found.__getattr__ = tuple, whole
    return found  # type: ignore[no-any-return]

"""Compiling once: where compiled kernels are kept, how they are taken from there, and a word to whoever waits.

numba keeps what it compiled, and takes it for fresh as long as the one file that a kernel stands in is unchanged. Our
kernels take in functions and constants of other files, so here a folder is named after all of them, the compiler and
the processor. Compiled code is run as it lies there: the folder is ours alone, and what is damaged is thrown away.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numba
from numba.core import caching

from sousveil.ground import disk, process
from sousveil.progress import tell

__all__ = ["INNER", "LENT", "SOURCES", "announce", "kept", "place"]

_KNOWN = (0, 61), (0, 68)
"""The oldest and the newest numba whose inside `whole` and `lean` were tried with."""


def _ways() -> tuple[dict[str, Any], dict[str, Any]]:
    """How numba is to compile what kernels call, and kernels: in its own way, which takes twice as long, where it is a
    numba whose inside nobody here has seen.
    """
    if not _KNOWN[0] <= tuple(map(int, numba.__version__.split(".")[:2])) <= _KNOWN[1]:
        return {}, {}
    from sousveil.engine.whole import OfKernel, OfPart

    return {"pipeline_class": OfPart}, {"pipeline_class": OfKernel}


_OF_PART, _OF_KERNEL = _ways()

INNER: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, **_OF_PART}
"""How a function is compiled that kernels alone call: without a way in from Python, which would take as long again."""

LENT: dict[str, Any] = {**INNER, "_nrt": False}
"""The same where a function is only lent arrays and makes none: it does not count references to them. To count takes
instructions that lock the memory bus, for every array that goes along in a loop over persons.
"""

_OUTER: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True, **_OF_KERNEL}

SOURCES = ("draws.py", "engine/appealed.py", "engine/arrays.py", "engine/classes.py", "engine/cohorts.py",
           "engine/compiled.py", "engine/convolve.py", "engine/flows.py", "engine/giving.py", "engine/jumps.py",
           "engine/kernels.py", "engine/lean.py", "engine/lent.py", "engine/loops.py", "engine/march.py",
           "engine/registers.py", "engine/strays.py", "engine/survival.py", "engine/tables.py", "engine/whole.py")
"""Every file of which something ends up in a kernel: its own, those it imports, and those of its arguments' types."""

_PACKAGE = Path(__file__).parents[1]


def kept(function: Callable[..., Any]) -> Any:
    """Compile a kernel that Python calls when it is first called, or take it from where it was kept.

    It cannot be called from C, which nobody needs.
    """
    kernel: Any = numba.njit(**_OUTER)(function)
    kernel._cache = _Kept(function)  # numba's `cache=True` does the same, with a cache that looks at one file only
    return kernel


@cache
def place() -> Path:
    """The folder of compiled code: where the user wants it, in the user's cache, beside the source, else a temporary
    one. It is ours alone, and bears the name of all that its content depends on.
    """
    name = _name()
    for folder in _folders() if name else ():
        if disk.is_private(folder) and disk.is_private(folder / name):
            return folder / name
    fresh = Path(tempfile.mkdtemp(prefix="sousveil-"))
    atexit.register(_forget, fresh, os.getpid())
    return fresh


def announce(engine: str) -> None:
    """Say on standard error that the first use of an engine compiles; nothing when that was done before."""
    if not any(place().glob(f"{'march' if engine == 'agents' else 'flows'}.*.nbi")):
        tell("First use: compiling, some 5 to 15 seconds; later runs start at once.")


def _folders() -> Iterator[Path]:
    wanted = os.environ.get("NUMBA_CACHE_DIR")
    if wanted:
        yield Path(wanted).absolute() / "sousveil"
    with suppress(RuntimeError):  # nobody knows where this user is at home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sousveil"
    yield Path(__file__).parent / "__pycache__" / "sousveil"
    # Anybody can put a folder of this name there; it is used only if it is ours alone.
    yield Path(tempfile.gettempdir()) / f"sousveil-{os.geteuid() if hasattr(os, 'geteuid') else 'compiled'}"


def _name() -> str:
    """A hash of all that compiled code is a function of; '' where the sources cannot be read."""
    import llvmlite
    from llvmlite import binding

    made = hashlib.sha256()
    try:
        for source in SOURCES:
            made.update(hashlib.sha256((_PACKAGE / source).read_bytes()).digest())
    except OSError:
        return ""
    asked: Any = numba.config
    features = asked.CPU_FEATURES
    for word in (numba.__version__, llvmlite.__version__, sys.version, binding.get_process_triple(),
                 asked.CPU_NAME or binding.get_host_cpu_name(), asked.OPT,
                 binding.get_host_cpu_features().flatten() if features is None else features):
        made.update(f"{word}\n".encode())
    return made.hexdigest()[:32]


def _forget(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a child that was forked leaves it to its parent
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _without_matrices() -> None:
    """Let numba do without products of matrices, of which no kernel has any: for them it would import half of SciPy,
    which takes a quarter of a short run. Only in a process of ours: other code in somebody else's may want them.
    """
    from numba.np import linalg

    asked = getattr(linalg, "ensure_blas", None)
    if asked is None or not process.ours():  # a later numba may ask elsewhere
        return
    linalg.ensure_blas = _no_matrices
    try:
        import_module("numba.np.arraymath")  # it asks once, when it is imported
    finally:
        linalg.ensure_blas = asked


def _no_matrices() -> None:
    raise ImportError("no kernel multiplies matrices")


class _Kept(caching._Cache):
    """The kept code of one kernel. What cannot be read is as if it were not there, and what cannot be kept is not."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._enabled = True

    @cached_property
    def _files(self) -> Any:
        return _Files(self._function)

    @property
    def cache_path(self) -> str:
        return str(place())

    def load_overload(self, signature: Any, context: Any) -> Any:
        if not self._enabled:
            return None
        _without_matrices()
        try:
            return self._files.load_overload(signature, context)
        except Exception:  # a damaged file can raise anything
            self.flush()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        if self._enabled:
            with suppress(OSError):
                self._files.save_overload(signature, data)

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        """Throw away what is kept of this kernel."""
        for path in place().glob(f"{self._files.base}.*"):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


class _Place(caching._CacheLocator):
    """Where numba is to look for a function's files: `place`, whose name says all about their freshness."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._py_file, self._line = file, function.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Place:
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        return str(place())

    def get_source_stamp(self) -> str:
        return place().name

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Code(caching.CompileResultCacheImpl):
    _locator_classes = [_Place]


class _Files(caching.FunctionCache):
    """numba's own files of a function, in our place and with a hash at the end of each."""

    _impl_class = _Code

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self.base = self._impl.filename_base
        self._cache_file = _Hashed(cache_path=self._cache_path, filename_base=self.base,
                                   source_stamp=self._impl.locator.get_source_stamp())


class _Hashed(caching.IndexDataCacheFile):
    """Files that end in the SHA-256 of what stands before it, which numba does not read. Raises ValueError."""

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[IO[bytes]]:
        content = io.BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + hashlib.sha256(content.getvalue()).digest())

    def _load_index(self) -> Any:
        if os.path.lexists(self._index_path):
            _check(self._index_path)
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        _check(self._data_path(name))
        return super()._load_data(name)


def _check(path: str) -> None:
    content = Path(path).read_bytes()
    if hashlib.sha256(content[:-32]).digest() != content[-32:]:
        raise ValueError(path)

"""What is written to a disk: whole or not at all, by one process at a time, and where it must be for nobody else.

Everything here raises OSError; whoever calls knows what to say about it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

__all__ = ["Held", "Lock", "exchange", "force", "is_private", "make_folders", "unmake",
           "write"]

_UNLOCKABLE = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What a file system answers that knows no locks."""


class Held(OSError):
    """Another process holds the lock."""


class Lock:
    """A file that one process holds at a time, until `release`, or until it ends in whatever way.

    The system lets go of the lock of a process that is gone, so a file that is left behind is in nobody's way. It works
    across machines where the file system carries locks (NFS does). Where none can be had, nobody is kept out.
    """

    def __init__(self, path: Path) -> None:
        """Raises Held, and OSError where the file cannot be made."""
        self._path = path
        while True:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
            try:
                _take(self._handle)
                if self._is_there():
                    return
            except BaseException:
                os.close(self._handle)
                raise
            os.close(self._handle)  # whoever held it took the file away in between: begin again, with a new one

    def release(self) -> None:
        """Let go, and take the file away."""
        # While it is still held: whoever opens the old file from here on finds that it is no longer there.
        if os.name != "nt" and self._is_there():
            self._path.unlink(missing_ok=True)
        os.close(self._handle)
        if os.name == "nt":  # there, no open file can be taken away
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._handle), os.lstat(self._path))
        except OSError:
            return False


def _take(handle: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise Held(error.errno, "another process holds it") from None
        if error.errno not in _UNLOCKABLE:
            raise


def write(path: Path, fill: Callable[[IO[bytes]], object], durable: bool = True) -> None:
    """Let `fill` write a file, which appears under its name when it is whole, in the place of an older one.

    durable  whether it must outlast a power cut

    What is no file is left alone: a device, as /dev/null, would be taken away from all who use it.
    """
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "there is something that is no file", str(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    beside.unlink(missing_ok=True)  # of a process that was killed, or a link that leads elsewhere
    try:
        with beside.open("xb") as file:
            fill(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    if durable:
        force(path.parent)


def force(folder: Path) -> None:
    """Force the names in a folder onto the disk."""
    if os.name == "nt":  # there, folders cannot be opened, and need not be
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(path: Path) -> list[Path]:
    """Make a folder and all that it lies in; those that were not there, the outermost first."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    made: list[Path] = []
    try:
        for folder in reversed(missing):  # one by one: `mkdir(parents=True)` calls itself for each, and gives up
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                made.append(folder)
    except OSError:
        unmake(made)
        raise
    return made


def unmake(folders: Sequence[Path]) -> None:
    """Take folders away that were made for something that did not come, the innermost first; full ones stay."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def exchange(one: Path, other: Path) -> bool:
    """Let two files or folders change places, at once; False where the system cannot do that."""
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            code = system.renamex_np(os.fsencode(one), os.fsencode(other), 2)
        else:
            here = -100  # what AT_FDCWD is on Linux; 2 is RENAME_EXCHANGE
            code = system.renameat2(here, os.fsencode(one), here, os.fsencode(other), 2)
    except (AttributeError, OSError, TypeError):  # no such call in this system's library, or no such library
        return False
    if code == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))


def is_private(folder: Path) -> bool:
    """Make a folder that only we can look into, or look whether one that is there is such: what lies in it is ours."""
    try:
        make_folders(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(0o700)
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
            return False
        if os.name == "nt":  # there, folders of users are theirs alone to begin with
            return True
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return False
        if found.st_mode & 0o077:
            folder.chmod(0o700)
        parent = folder.parent.resolve()
        return not any(_anybody_may_replace(os.stat(above)) for above in (parent, *parent.parents))
    except OSError:
        return False


def _anybody_may_replace(folder: os.stat_result) -> bool:
    """Whether anybody may rename what is in a folder, whoever it belongs to."""
    return bool(folder.st_mode & stat.S_IWOTH) and not folder.st_mode & stat.S_ISVTX

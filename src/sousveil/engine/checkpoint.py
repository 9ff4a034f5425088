"""Stop and go on. What a run has done so far, in a folder, always whole.

A folder holds one `progress.npz` and the states of the tiles it speaks of, each in a file that is named after the step
it stands after. Nothing that the present `progress.npz` needs is ever overwritten: new states go into new files, then a
new `progress.npz` is written beside the old one, forced onto the disk and renamed over it, and only then are states
removed that nobody needs any more. So whenever a process dies, what is there is a whole checkpoint, and nothing but the
work since then is lost.

One process at a time works with a folder. Every file says which run it belongs to, and where it stands in it; what is
read is held against the plan before anything is done with it (see `npz` and `held_against`).
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import held_against, npz
from sousveil.engine.agents import State
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People, Span, outline
from sousveil.engine.plan import Plan
from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.progress import tell

__all__ = ["Checkpoint", "Progress", "found", "remove"]

_OURS = re.compile(r"progress\.npz|(tile-\d+-\d+-\d+|people-\d+-\d+)\.npz|\..*\.npz\.\d+\.partial")


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How far a run is.

    realm, step, tile  the realm at work, and the first step and tile of it that are still to be done
    total              everybody whose realm is done; outcome: those at work, up to step - 1
    rows               what the tiles before `tile` did in `step`
    pulls              mistaken records per step, pool and kind so far
    versions           per tile of the realm: the step after which its state on disk stands
    """

    realm: int
    step: int
    tile: int
    total: Outcome
    outcome: Outcome | None
    rows: Outcome | None
    pulls: npt.NDArray[np.float64]
    versions: tuple[int, ...]


class Checkpoint:
    """A folder that belongs to one run, told by its identity.

    every    seconds between two checkpoints
    durable  whether it must outlive this process; else it is only room for what does not fit into memory
    """

    def __init__(self, folder: str | os.PathLike[str], identity: str, every: float = 30.0,
                 durable: bool = True) -> None:
        self.folder = Path(folder)
        self.durable = durable
        self.identity = identity
        self.every = every
        self._last = time.monotonic()
        self._warned = False
        self._known: set[Path] = set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process from this folder for a while. Raises InputError where one is at work with it."""
        try:
            if self.folder.is_symlink():
                raise InputError(f"{self.folder} is a link; checkpoints need a folder of their own")
            made = disk.make_folders(self.folder) or [self.folder]
            lock = disk.Lock(self.folder / "lock")
        except disk.Held:
            raise InputError(f"another sousveil is at work with the checkpoint in {self.folder}; wait until it is done"
                             ) from None
        except OSError as error:
            raise InputError(f"no checkpoint can be kept in {self.folder}: {error.strerror}") from error
        try:
            for path in self.folder.glob(".*.npz.*.partial"):  # of a process that was killed
                path.unlink()
            yield
        finally:
            lock.release()
            disk.unmake(made)

    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() - self._last >= self.every

    def load(self, plan: Plan, steps: int) -> Progress | None:
        """Where the run stood, or None for a new one. Raises InputError when the folder is another run's, or broken."""
        try:
            with npz.read(self.folder / "progress.npz") as file:
                mine = file.facts.get("identity") == self.identity
                if mine:
                    realm, step, tile = (int(file.facts[name]) for name in ("realm", "step", "tile"))
                    total, outcome, rows = (held_against.outcome(file, name, plan, steps)
                                            for name in ("total", "outcome", "rows"))
                    if total is None:
                        raise npz.Damaged("no total")
                    progress = Progress(realm, step, tile, total, outcome, rows, held_against.pulls(file, plan, steps),
                                        tuple(map(int, file.facts["versions"])))
                    _can_stand(progress, steps)
        except FileNotFoundError:
            return None
        except (OSError, npz.Damaged) as error:
            raise self._broken(error) from error
        if not mine:
            raise self._of_another()
        return progress

    def commit(self, progress: Progress) -> bool:
        """Make this the state to go on from; whether that worked. A full disk leaves the one before, and says so."""
        facts = {"realm": progress.realm, "step": progress.step, "tile": progress.tile, "versions": progress.versions}
        arrays: dict[str, Any] = {"pulls": progress.pulls}
        for name in ("total", "outcome", "rows"):
            arrays |= _packed(getattr(progress, name), name)
        try:
            self._write(self.folder / "progress.npz", arrays, **facts)
        except OSError as error:
            self.complain(error)
            return False
        kept = {self._tile(progress.realm, i, version) for i, version in enumerate(progress.versions)}
        kept |= {self._people(progress.realm, i) for i in range(len(progress.versions))}
        for path in self.folder.glob("*-*.npz"):
            if path not in kept and _OURS.fullmatch(path.name):
                path.unlink(missing_ok=True)
        self._last = time.monotonic()
        return True

    def save_tile(self, realm: int, tile: int, step: int, state: State) -> None:
        """Keep a tile's state as it stands after a step. Raises OSError."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "score": state.score, "tier": state.tier, "since": state.since, "debits": state.debits}
        if len(state.many):
            arrays |= {"base": state.base, "many": state.many, "records": state.records}
        if len(state.chosen):
            arrays |= {"chosen": state.chosen}
        if len(state.wrong):
            arrays |= {"wrong": state.wrong, "heard": state.heard}
        for when, (who, points) in state.due.items():
            arrays |= {f"who-{when}": who, f"points-{when}": points}
        path = self._tile(realm, tile, step)
        self._write(path, arrays)
        before = self._tile(realm, tile, step - 1)
        self._known = self._known - {before} | {path}
        if not self.durable:
            before.unlink(missing_ok=True)

    def load_tile(self, plan: Plan, realm: int, tile: int, step: int, people: int) -> State:
        """The state of so many people as it stood after a step. Raises InputError."""
        with self._read(self._tile(realm, tile, step)) as (file, known):
            state = held_against.state(file, people)
            if not known:
                held_against.state_range(state, plan, step)
        return state

    def people(self, plan: Plan, realm: int, tile: int, parts: Sequence[Span], make: Callable[[], People]) -> People:
        """Who is in these spans: as written down here, else made and written down. Raises OSError and InputError."""
        path = self._people(realm, tile)
        if not os.path.lexists(path):
            people = make()
            self._write(path, {f.name: getattr(people, f.name) for f in fields(People)})
            self._known.add(path)
            return people
        with self._read(path) as (file, known):
            people = held_against.people(file, *outline(plan, parts))
            if not known:
                held_against.people_range(people, plan)
        return people

    def complain(self, error: OSError) -> None:
        """Say once that a checkpoint could not be written."""
        if not self._warned:
            tell(f"No checkpoint could be written ({error.strerror}); the run goes on, and the last one before stays.")
        self._warned, self._last = True, time.monotonic()

    def broken(self) -> InputError:
        """What to say where the files do not go together."""
        return InputError(f"the checkpoint in {self.folder} is broken; delete that folder to begin again")

    def _broken(self, error: Exception) -> InputError:
        if isinstance(error, OSError) and error.strerror and not isinstance(error, FileNotFoundError):
            return InputError(f"the checkpoint in {self.folder} cannot be read: {error.strerror}")
        return self.broken()

    def _of_another(self) -> InputError:
        return InputError(f"{self.folder} holds the checkpoint of another run (other files, settings or version of "
                          "sousveil); delete that folder to begin anew")

    @contextmanager
    def _read(self, path: Path) -> Iterator[tuple[npz.Reader, bool]]:
        """A file of this run, and whether this process has written or read it before. Raises InputError."""
        try:
            with npz.read(path) as file:
                facts = file.facts
                if facts.get("identity") == self.identity and facts.get("file") == path.name:
                    yield file, path in self._known
        except (OSError, npz.Damaged) as error:
            raise self._broken(error) from error
        if facts.get("identity") != self.identity:
            raise self._of_another()
        if facts.get("file") != path.name:
            raise self.broken()
        self._known.add(path)

    def _write(self, path: Path, arrays: dict[str, npt.NDArray[Any]], **facts: Any) -> None:
        npz.write(path, {"identity": self.identity, "file": path.name, **facts}, arrays, self.durable)

    def _people(self, realm: int, tile: int) -> Path:
        return self.folder / f"people-{realm}-{tile}.npz"

    def _tile(self, realm: int, tile: int, step: int) -> Path:
        return self.folder / f"tile-{realm}-{tile}-{step}.npz"


def found(keep: str | os.PathLike[str]) -> bool:
    """Whether there is anything to go on from below a folder of checkpoints."""
    return any(Path(keep).glob("*/progress.npz"))


def remove(keep: str | os.PathLike[str]) -> None:
    """Take the checkpoints below a folder away, and nothing else that may be there."""
    for folder in Path(keep).glob("[0-9]*"):
        with contextlib.suppress(InputError, OSError), Checkpoint(folder, "").held():
            for path in folder.iterdir():
                if _OURS.fullmatch(path.name):
                    path.unlink()
    with contextlib.suppress(OSError):  # something else is in it
        Path(keep).rmdir()


def _can_stand(found: Progress, steps: int) -> None:
    """Whether a run can stand there. Raises Damaged."""
    at_work = found.outcome is not None
    versions = tuple(found.step if i < found.tile else found.step - 1 for i in range(len(found.versions)))
    if (found.realm < 0 or not 1 <= found.step <= steps or at_work != bool(versions) or found.versions != versions
            or not 0 <= found.tile < max(1, len(versions)) or (found.tile > 0) != (found.rows is not None)):
        raise npz.Damaged("no run stands there")


def _packed(outcome: Outcome | None, prefix: str) -> dict[str, npt.NDArray[Any]]:
    if outcome is None:
        return {}
    arrays = {f"{prefix}-{f.name}": getattr(outcome, f.name) for f in fields(Outcome) if f.name != "debits"}
    for unit, (sums, persons) in enumerate(outcome.debits):
        arrays[f"{prefix}-debits-{unit}"] = np.stack([sums, persons])
    return arrays

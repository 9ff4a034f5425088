"""Stop and go on. What a run has done so far, in a folder, always whole.

A folder holds one `progress.npz` and the states of the tiles it speaks of, each in a file that is named after the step
it stands after. Nothing that the present `progress.npz` needs is ever overwritten: new states go into new files, then a
new `progress.npz` is written beside the old one, forced onto the disk and renamed over it, and only then are states
removed that nobody needs any more. So whenever a process dies, what is there is a whole checkpoint, and nothing but the
work since then is lost.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.agents import State
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People
from sousveil.errors import InputError

__all__ = ["Checkpoint", "Progress"]

Arrays = Mapping[str, npt.NDArray[Any]]


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

    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() - self._last >= self.every

    def load(self) -> Progress | None:
        """Where the run stood, or None for a new one. Raises InputError when the folder is another run's, or broken."""
        path = self.folder / "progress.npz"
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                facts = json.loads(str(arrays["facts"]))
                if facts["identity"] == self.identity:
                    parts = {name: _unpacked(arrays, name) for name in ("total", "outcome", "rows")}
                    total = parts.pop("total")
                    assert total is not None
                    return Progress(facts["realm"], facts["step"], facts["tile"], total, parts["outcome"],
                                    parts["rows"], arrays["pulls"], tuple(facts["versions"]))
        except (OSError, ValueError, KeyError, AssertionError, zipfile.BadZipFile) as error:
            raise InputError(f"the checkpoint in {self.folder} is broken; delete that folder to begin again") from error
        raise InputError(f"{self.folder} holds the checkpoint of another run (other files, settings or version of "
                         "sousveil); delete that folder to begin anew")

    def commit(self, progress: Progress) -> bool:
        """Make this the state to go on from; whether that worked. A full disk leaves the one before, and says so."""
        facts = {"identity": self.identity, "realm": progress.realm, "step": progress.step, "tile": progress.tile,
                 "versions": progress.versions}
        arrays: dict[str, Any] = {"facts": np.array(json.dumps(facts)), "pulls": progress.pulls}
        for name in ("total", "outcome", "rows"):
            arrays |= _packed(getattr(progress, name), name)
        try:
            _write(self.folder / "progress.npz", arrays, True)
        except OSError as error:
            self.complain(error)
            return False
        kept = {self._tile(progress.realm, i, version) for i, version in enumerate(progress.versions)}
        kept |= {self._people(progress.realm, i) for i in range(len(progress.versions))}
        for path in self.folder.glob("*-*.npz"):
            if path not in kept:
                path.unlink(missing_ok=True)
        self._last = time.monotonic()
        return True

    def save_tile(self, realm: int, tile: int, step: int, state: State) -> None:
        """Keep a tile's state as it stands after a step. Raises OSError."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "score": state.score, "tier": state.tier, "since": state.since, "debits": state.debits}
        for when, (who, points) in state.due.items():
            arrays |= {f"who-{when}": who, f"points-{when}": points}
        _write(self._tile(realm, tile, step), arrays, self.durable)
        if not self.durable:
            self._tile(realm, tile, step - 1).unlink(missing_ok=True)

    def load_tile(self, realm: int, tile: int, step: int) -> State:
        """A tile's state as it stood after a step. Raises InputError."""
        try:
            with np.load(self._tile(realm, tile, step), allow_pickle=False) as arrays:
                due = {int(name[4:]): (arrays[name], arrays[f"points-{name[4:]}"]) for name in arrays.files
                       if name.startswith("who-")}
                return State(arrays["score"], arrays["tier"], arrays["since"], arrays["debits"], due)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"the checkpoint in {self.folder} is broken; delete that folder to begin again") from error

    def people(self, realm: int, tile: int, make: Callable[[], People]) -> People:
        """Who is in a tile: as written down here, else made and written down. Raises OSError."""
        path = self._people(realm, tile)
        if path.exists():
            with np.load(path, allow_pickle=False) as arrays:
                return People(**{f.name: arrays[f.name] for f in fields(People)})
        people = make()
        _write(path, {f.name: getattr(people, f.name) for f in fields(People)}, self.durable)
        return people

    def remove(self) -> None:
        """The run is done and its result is safe."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _people(self, realm: int, tile: int) -> Path:
        return self.folder / f"people-{realm}-{tile}.npz"

    def _tile(self, realm: int, tile: int, step: int) -> Path:
        return self.folder / f"tile-{realm}-{tile}-{step}.npz"

    def complain(self, error: OSError) -> None:
        """Say once that a checkpoint could not be written."""
        if not self._warned:
            print(f"No checkpoint could be written ({error.strerror}); the run goes on, and the last one before stays.",
                  file=sys.stderr)
        self._warned, self._last = True, time.monotonic()


def _packed(outcome: Outcome | None, prefix: str) -> dict[str, npt.NDArray[Any]]:
    if outcome is None:
        return {}
    arrays = {f"{prefix}-{f.name}": getattr(outcome, f.name) for f in fields(Outcome) if f.name != "debits"}
    for unit, (sums, persons) in enumerate(outcome.debits):
        arrays[f"{prefix}-debits-{unit}"] = np.stack([sums, persons])
    return arrays


def _unpacked(arrays: Any, prefix: str) -> Outcome | None:
    if f"{prefix}-occupancy" not in arrays.files:
        return None
    outcome = Outcome(**{f.name: arrays[f"{prefix}-{f.name}"] for f in fields(Outcome) if f.name != "debits"})
    while f"{prefix}-debits-{len(outcome.debits)}" in arrays.files:
        sums, persons = arrays[f"{prefix}-debits-{len(outcome.debits)}"]
        outcome.debits.append((sums, persons))
    return outcome


def _write(path: Path, arrays: Arrays, durable: bool) -> None:
    """All or nothing: written beside, forced onto the disk where it must last, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.partial")
    try:
        with beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            if durable:
                os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if not durable:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

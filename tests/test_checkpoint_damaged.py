"""A checkpoint that is damaged, or that somebody made up, is refused in words, or goes on to the same bits.

It is gone on from in a process of its own: what leads a compiled loop out of its arrays would take the tests along.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from forked import forked
from sousveil.draws import Purpose, uniforms
from sousveil.engine import npz
from sousveil.engine.checkpoint import Checkpoint
from sousveil.engine.outcome import Outcome
from sousveil.engine.stream import stream
from sousveil.errors import InputError
from test_stream import same, town

PLAN, STEPS, SEED, TILE = town(1_500), 6, 9, 500

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes by fork")


class Made:
    """A checkpoint in the middle of a run, on the disk, and what comes of the run."""

    def __init__(self, folder: Path, whole: Outcome) -> None:
        self.folder, self.whole = folder, whole


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")

    def stopped(done: int) -> None:
        told[0] += done
        if told[0] > 1_500 * STEPS * 0.4:
            raise KeyboardInterrupt

    told = [0]
    with pytest.raises(KeyboardInterrupt):
        stream(PLAN, STEPS, SEED, tile=TILE, keep=Checkpoint(folder, "mine", every=0.0), done=stopped)
    names = {path.name.partition("-")[0] for path in folder.glob("*.npz")}
    assert names == {"progress.npz", "people", "tile"}
    return Made(folder, stream(PLAN, STEPS, SEED, tile=TILE))


def gone_on(made: Made, folder: Path) -> str:
    """What becomes of it in a process of its own: `same`, `other`, or the words of the refusal."""
    (said,) = went_on(made, [folder])
    return said


def went_on(made: Made, folders: Sequence[Path]) -> list[str]:
    """The same of several, one after the other in one process: each says what becomes of it before the next begins."""
    def go_on() -> None:
        for folder in folders:
            try:
                found = stream(PLAN, STEPS, SEED, tile=TILE, keep=Checkpoint(folder, "mine"))
                said = "same" if same(found, made.whole) else "other"
            except InputError as error:
                said = str(error)
            except BaseException as error:
                said = f"{type(error).__name__}: {error}"
            print(json.dumps(said), flush=True)

    ended = forked(go_on)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, len(told)) == (0, len(folders)), f"after {told[-1:]}: {ended.stderr}"
    return told


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder, tmp_path / "copy"))


def one(folder: Path, kind: str) -> Path:
    return min(folder.glob(f"{kind}*.npz"))


KINDS = ["progress", "tile", "people"]


def test_what_is_whole_goes_on_to_the_same_bits(made: Made, copy: Path) -> None:
    assert gone_on(made, copy) == "same"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.rename(path.parent.parent / path.name)
    path.symlink_to(path.parent.parent / path.name)


def a_link_to_endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [cut, empty, zeros, a_folder, a_pipe, a_link, a_link_to_endless])
def test_damage_is_told(made: Made, copy: Path, kind: str, damage: Callable[[Path], None]) -> None:
    damage(one(copy, kind))
    said = gone_on(made, copy)
    assert said.startswith(f"the checkpoint in {copy} ")
    assert "is broken; delete that folder to begin again" in said or "cannot be read: " in said


def test_no_bit_can_be_changed_unnoticed(made: Made, tmp_path: Path) -> None:
    """Sixty files with one bit changed: the run is refused or, where zip and numpy read nothing of it, the same."""
    files = sorted(made.folder.glob("*.npz"))
    changed = []
    for i in range(60):
        folder = Path(shutil.copytree(made.folder, tmp_path / str(i)))
        path = folder / files[i % len(files)].name
        content = bytearray(path.read_bytes())
        where = int(float(uniforms(5, i, 0, Purpose.ORACLE)[0]) * len(content))
        content[where] ^= 1 << i % 8
        path.write_bytes(content)
        changed.append((folder, path.name, where))
    for (folder, name, where), said in zip(changed, went_on(made, [folder for folder, *_ in changed]), strict=True):
        assert said == "same" or said.startswith(f"the checkpoint in {folder} is broken"), (name, where, said)


def test_every_file_stands_in_its_own_place(made: Made, tmp_path: Path) -> None:
    """Every file in the place of every other one, as a careless copy leaves it."""
    names = [path.name for path in sorted(made.folder.glob("*.npz"))]
    with npz.read(made.folder / "progress.npz") as file:
        needed = {f"tile-0-{i}-{step}.npz" for i, step in enumerate(file.facts["versions"])}
    folders = []
    for name in names:
        for other in names:
            if name != other and (other in needed or not other.startswith("tile")):
                folders.append(Path(shutil.copytree(made.folder, tmp_path / f"{name} for {other}")))
                shutil.copy(made.folder / name, folders[-1] / other)
    for folder, said in zip(folders, went_on(made, folders), strict=True):
        assert said.startswith(f"the checkpoint in {folder} is broken"), folder.name


def contents(path: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    with np.load(path) as arrays:
        found = dict(arrays)
    with npz.read(path) as file:
        facts = file.facts
    found.pop("facts")
    return facts, found


Change = Callable[[dict[str, Any], dict[str, npt.NDArray[Any]]], object]


def put(name: str, value: int, place: int = 3) -> Change:
    """A number where none like it can be."""
    def change(_: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        arrays[name].reshape(-1)[place] = value

    return change


def fact(name: str, value: object) -> Change:
    return lambda facts, _: facts.update({name: value})


def remade(name: str, make: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Change:
    return lambda _, arrays: arrays.update({name: make(arrays[name])})


def due(when: int, who: int) -> Change:
    return lambda _, arrays: arrays.update({f"who-{when}": np.array([who]), f"points-{when}": np.ones(1, np.int64)})


CHANGES: dict[str, tuple[str, Change]] = {
    "a score above the highest": ("tile", put("score", 30_000)),
    "a score below the lowest": ("tile", put("score", -1)),
    "a tier that there is not": ("tile", put("tier", 0x7F)),
    "a spell from the future": ("tile", put("since", 60_000)),
    "negative debits": ("tile", put("debits", -5)),
    "fewer people": ("tile", remade("score", lambda a: a[:-1])),
    "scores of another type": ("tile", remade("score", lambda a: a.astype(np.int64))),
    "scores in another order of bytes": ("tile", remade("score", lambda a: a.astype(">i2"))),
    "points for somebody else": ("tile", due(4, 10**9)),
    "points for nobody": ("tile", due(4, -1)),
    "points at no time": ("tile", due(99, 1)),
    "points without people": ("tile", lambda _, a: a.update({"who-x": np.array([1])})),
    "a cell of another unit": ("people", put("cell", 60_000)),
    "a household without a head": ("people", put("home", 0, 0)),
    "a household of everybody": ("people", remade("home", lambda a: a * (np.arange(len(a)) == 0))),
    "children without number": ("people", put("home", 0x9F, 0)),
    "other people's numbers": ("people", put("shift", 10**12, 0)),
    "another unit": ("people", put("unit", 10**6, 0)),
    "people who begin elsewhere": ("people", put("begins", 10**9, -1)),
    "another run": ("tile", fact("identity", "other")),
    "a tile of another step": ("tile", fact("file", "tile-0-0-1.npz")),
    "more people than there are": ("progress", put("outcome-occupancy", 10**15)),
    "fewer than nobody": ("progress", put("outcome-moves", -1)),
    "a step after the last": ("progress", fact("step", STEPS + 1)),
    "a step that is no number": ("progress", fact("step", "one")),
    "an endless step": ("progress", fact("step", 1e999)),
    "a step before the first": ("progress", fact("step", 0)),
    "a tile that there is not": ("progress", fact("tile", 77)),
    "a realm that there is not": ("progress", fact("realm", -1)),
    "versions of no tiles": ("progress", fact("versions", [])),
    "versions of other steps": ("progress", fact("versions", [10**9] * 3)),
    "versions that are no numbers": ("progress", fact("versions", {"a": []})),
    "no total": ("progress", lambda _, a: a.pop("total-occupancy")),
    "half of an outcome": ("progress", lambda _, a: a.pop("outcome-points")),
    "pulls of another shape": ("progress", remade("pulls", lambda a: a[:, :, :-1])),
    "pulls that are no numbers": ("progress", remade("pulls", lambda a: a * np.nan)),
    "a run that is done, of nobody": ("progress", fact("realm", 10**6)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_somebody_made_up_is_told(made: Made, copy: Path, name: str) -> None:
    """Whole files, with sums that are right, that say what cannot be."""
    kind, change = CHANGES[name]
    path = one(copy, kind)
    facts, arrays = contents(path)
    change(facts, arrays)
    npz.write(path, facts, arrays)
    said = gone_on(made, copy)
    assert said.startswith((f"the checkpoint in {copy} is broken", f"{copy} holds the checkpoint of another run"))


class Hostile:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.proof),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_runs_nothing(made: Made, copy: Path, tmp_path: Path, kind: str) -> None:
    proof, path = tmp_path / "proof", one(copy, kind)
    _, arrays = contents(path)
    arrays[next(iter(arrays))] = np.array([Hostile(proof)], dtype=object)
    with np.load(path) as file:
        facts = file["facts"]
    np.savez(path, facts=facts, **arrays)  # type: ignore[arg-type]
    assert "is broken" in gone_on(made, copy)
    path.write_bytes(pickle.dumps(Hostile(proof)))
    assert "is broken" in gone_on(made, copy)
    assert not proof.exists()


def header(shape: tuple[int, ...], dtype: str = "<i2") -> bytes:
    made = io.BytesIO()
    np.lib.format.write_array_header_1_0(made, {"descr": dtype, "fortran_order": False, "shape": shape})
    return made.getvalue()


def bombs(path: Path) -> Iterator[Callable[[], None]]:
    """Files of a few kilobytes that would fill any memory."""
    facts, arrays = contents(path)

    def packed() -> None:
        with np.load(path) as file:
            np.savez_compressed(path, **{**file, "score": np.zeros(10**8, np.int8)})

    def deflated() -> None:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("more.npy", "w") as entry:
            for _ in range(100):
                entry.write(bytes(10**6))

    def large() -> None:
        npz.write(path, facts, {name: a for name, a in arrays.items() if name != "score"})
        with zipfile.ZipFile(path, "a") as file:
            file.writestr("score.npy", header((10**15,)))

    def twice() -> None:
        with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as file:
            file.writestr("score.npy", header((10**15,)))

    yield from (packed, deflated, large, twice)


@pytest.mark.parametrize("which", range(4))
def test_no_bomb_goes_off(made: Made, copy: Path, which: int) -> None:
    path = one(copy, "tile")
    list(bombs(path))[which]()
    limit = 4 << 30
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        assert "is broken" in gone_on(made, copy)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_a_folder_of_checkpoints_that_is_a_link_is_refused(made: Made, tmp_path: Path) -> None:
    """It may lead to a folder whose files must not be taken away."""
    (tmp_path / "link").symlink_to(made.folder)
    assert gone_on(made, tmp_path / "link") == f"{tmp_path}/link is a link; checkpoints need a folder of their own"

"""Any number of people in bounded memory, interrupted at any moment: always the same bits."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from random_schemes import Case, hold
from sousveil.draws import Purpose, uniforms
from sousveil.engine import agents, npz
from sousveil.engine.agents import simulate
from sousveil.engine.checkpoint import Checkpoint
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import find, settle, spans
from sousveil.engine.plan import Plan
from sousveil.engine.stream import stream
from sousveil.errors import InputError
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load
from tiers import few_and_many


def stopped_and_gone_on(plan: Plan, steps: int, tile: int, at: int, whole: Outcome, folder: Path) -> None:
    """A run that is stopped in a step, and goes on from its checkpoint, ends as the whole one (150 people, seed 9)."""
    class Stopped(Exception):
        pass

    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        if done >= 150 * at:
            raise Stopped

    keep = Checkpoint(folder, "x", every=0.0)
    with pytest.raises(Stopped):
        stream(plan, steps, 9, tile=tile, keep=keep, done=told)
    assert same(whole, stream(plan, steps, 9, tile=tile, keep=keep))


def same(one: Outcome, other: Outcome) -> bool:
    names = [f.name for f in fields(Outcome) if f.name != "debits"]
    pairs = zip(one.debits, other.debits, strict=True)
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names) and all(
        np.array_equal(a, b) for pair in pairs for a, b in zip(*pair, strict=True))


def town(people: int, **changes: object) -> Plan:
    """The seed article's towns, small, with delayed redress and plenty of mistaken records."""
    study = load("seed-article").reform("notice-and-appeal").evolve(people=people)
    return plan_of(study.reform(changes) if changes else study)


@pytest.mark.parametrize(("tile", "threads"), [(15, 1), (40, 2)])
@few_and_many("studies", 20, 200)
def test_tiles_and_threads_change_no_bit(tile: int, threads: int, studies: int,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "CROWD", 0)  # threads work on few people, too

    def claim(case: Case) -> None:
        plan = case.plan()
        pulls, again = (np.zeros((case.steps + 1, plan.pools, len(plan.kinds))) for _ in range(2))
        whole = simulate(plan, settle(plan, 5), case.steps, 5, pulls=pulls)
        assert same(whole, stream(plan, case.steps, 5, tile=tile, threads=threads, pulls=again))
        assert np.array_equal(pulls, again)

    hold(claim, studies)


@pytest.mark.parametrize("most", [1, 3, 30])
def test_spans_are_the_people_cut_at_households(most: int) -> None:
    hold(lambda case: people_are_cut_at_households(case, most), 15)


def people_are_cut_at_households(case: Case, most: int) -> None:
    plan = case.plan()
    whole, cut = settle(plan, 3), settle(plan, 3, list(spans(plan, 3, most)))
    assert np.array_equal(whole.cell, cut.cell)
    assert np.array_equal(whole.home, cut.home)
    for person in range(0, len(whole), 7):
        home = find(plan, 3, person)
        members = settle(plan, 3, [home])
        first = int(members.shift[0])
        assert first <= person < first + len(home)
        assert np.array_equal(members.cell, whole.cell[first:first + len(home)])
        assert np.array_equal(members.home, whole.home[first:first + len(home)])


@pytest.mark.parametrize(("tile", "at_once"), [(100_000, 1), (100_000, 4), (500, 1)],
                         ids=["in memory", "in memory, four steps at once", "on the disk"])
@few_and_many("kills", 10, 60)
def test_a_run_killed_again_and_again_gives_the_same_bits(tile: int, at_once: int, kills: int, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    plan, steps = town(2_000), 30
    if at_once > 1:
        plan = plan_of(load("seed-article").evolve(people=2_000))
    whole = stream(plan, steps, 9, tile=tile)
    monkeypatch.setattr(agents, "_WORK", at_once * 2_000)
    begun = time.monotonic()
    stream(plan, steps, 9, tile=tile, keep=Checkpoint(tmp_path / "unbroken", "x", every=0.0))
    took = time.monotonic() - begun
    for killed in range(kills):
        child = os.fork()
        if child == 0:
            stream(plan, steps, 9, tile=tile, keep=Checkpoint(tmp_path / "keep", "x", every=0.0))
            os._exit(0)
        time.sleep(float(uniforms(1, killed, 0, Purpose.ORACLE)[0]) * took / 4)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert same(whole, stream(plan, steps, 9, tile=tile, keep=Checkpoint(tmp_path / "keep", "x", every=0.0)))


@pytest.mark.parametrize("tile", [100_000, 900])
def test_whoever_goes_on_is_told_first_of_what_was_done(tile: int, tmp_path: Path) -> None:
    plan, steps, told = town(1_500), 6, list[int]()

    def interrupted(done: int) -> None:
        told.append(done)
        if sum(told) > 1_500 * steps / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(plan, steps, 1, tile=tile, keep=Checkpoint(tmp_path, "x", every=0.0), done=interrupted)
    again = list[int]()
    stream(plan, steps, 1, tile=tile, keep=Checkpoint(tmp_path, "x", every=0.0), done=again.append)
    assert again[0] > 1_500 * steps / 4
    assert sum(again) == 1_500 * steps


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    stream(town(500), 6, 1, keep=Checkpoint(tmp_path, "one", every=0.0))
    with pytest.raises(InputError, match="another run"):
        stream(town(500), 6, 1, keep=Checkpoint(tmp_path, "two", every=0.0))


def test_a_broken_checkpoint_is_told(tmp_path: Path) -> None:
    stream(town(500), 6, 1, keep=Checkpoint(tmp_path, "one", every=0.0))
    (tmp_path / "progress.npz").write_bytes(b"half of it")
    with pytest.raises(InputError, match="broken"):
        stream(town(500), 6, 1, keep=Checkpoint(tmp_path, "one", every=0.0))


def test_a_full_disk_stops_no_run_that_fits_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    whole = stream(town(500), 6, 1)
    monkeypatch.setattr(npz, "write", full)
    assert same(whole, stream(town(500), 6, 1, keep=Checkpoint(tmp_path, "one", every=0.0)))
    assert capsys.readouterr().err.count("No space left on device") == 1


def test_the_state_of_a_person_fits_into_sixteen_bytes(tmp_path: Path) -> None:
    """On the disk: state and place of everybody of a realm, and one tile more while it is written."""
    plan = town(60_000)
    people = int(np.bincount(plan.unit_tie, weights=plan.unit_size).max())
    most = 0

    def weigh(_: int) -> None:
        nonlocal most
        sizes = [path.stat().st_size for path in tmp_path.glob("*-*.npz")]
        most = max(most, sum(sizes))

    stream(plan, 3, 2, tile=4_000, keep=Checkpoint(tmp_path, "x", every=0.0), done=weigh)
    assert 9 * people < most < 16 * people

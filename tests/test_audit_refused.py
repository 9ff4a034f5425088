"""Refusals: one threshold for all of them, and what they tell is remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import sousveil as sv
from audit_attack import written
from sousveil.audits.equations import system
from sousveil.audits.joint import Record, joined
from sousveil.audits.release import Coding, Release, chosen
from sousveil.errors import InputError

SIZES = {"p": 9, "q": 19, "r": 19}


def table(path: Path, sizes: dict[str, int]) -> Path:
    return written(path, [{"z": z, "d": str(i % 2), "k": "ab"[i % 2]} for z, n in sizes.items() for i in range(n)])


@pytest.mark.parametrize("asked", [
    lambda z: {"decision": "d", "where": f"z={z}"}, lambda z: {"decision": f"z={z}"},
    lambda z: {"decision": "d", "where": f"z=s,{z}"}, lambda z: {"decision": "d", "outcome": f"z={z}"}])
def test_there_are_no_two_thresholds_to_measure_with(tmp_path: Path, asked: object) -> None:
    """That p has fewer than ten, and q and r fewer than twenty each, would tell of 47 people how many have which."""
    path = table(tmp_path / "a.csv", SIZES | {"s": 30})
    said = []
    for z in SIZES:
        with pytest.raises(InputError, match="fewer than 20") as refused:
            sv.audit(path, **asked(z))  # type: ignore[operator]
        said.append(str(refused.value).replace(f'"{z}"', '"_"'))
    assert len(set(said)) == 1


def test_a_refused_filter_is_remembered_and_keeps_nothing_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                                      ) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    path = table(tmp_path / "a.csv", SIZES)
    for z in (*SIZES, "misspelled"):
        with pytest.raises(InputError):
            sv.audit(path, decision="d", where=f"z={z}")
    (kept,) = (state / "sousveil" / "people").glob("*.json")
    assert len(json.loads(kept.read_text())["refused"]) == 4
    found = sv.audit(path, decision="d", floor=9)  # nothing was told yet, under whichever floor
    assert found.printed[(), "n"] == 47
    assert not found.earlier


def test_an_answer_is_decided_with_what_refusals_told() -> None:
    def ask(codings: Sequence[Coding]) -> list[Record]:
        found: dict[tuple[object, ...], int] = {}
        for z, n in SIZES.items():
            for i in range(n):
                codes = tuple(i % 2 if c.column == "d" else int(json.dumps([z]) == c.value) for c in codings)
                found[codes] = found.get(codes, 0) + 1
        return list(found.items())

    release = Release(Coding("d", "yes"))
    refused = [(chosen(f"z={z}"),) for z in SIZES]
    known = system(joined([release], ask, refused=refused), [release], 10)
    assert sorted(zip((known.limited @ known.cells).tolist(), known.most.tolist(), strict=True)) == [
        (9, 19), (19, 19), (19, 19)]
    assert 9 in (known.small @ known.cells).tolist()
    assert not len(system(joined([release], ask), [release], 10).most)


@pytest.mark.parametrize(("a", "b", "told"), [(19, 30, 1), (25, 39, 2), (25, 60, 0)])
def test_a_filter_of_two_columns_tells_that_it_or_a_part_of_it_leaves_few(a: int, b: int, told: int) -> None:
    def ask(codings: Sequence[Coding]) -> list[Record]:
        cells = {(1, 1): a, (1, 0): b - a, (0, 1): 100, (0, 0): 100}
        found: dict[tuple[object, ...], int] = {}
        for (x, y), n in cells.items():
            codes = tuple({"x": x, "y": y, "d": 1}[c.column] for c in codings)
            found[codes] = found.get(codes, 0) + n
        return list(found.items())

    release = Release(Coding("d", "yes"))
    known = system(joined([release], ask, refused=[(chosen("x=1"), chosen("y=1"))]), [release], 10)
    assert {19.0: 1, 39.0: 2}.get(min(known.most.tolist(), default=0.0), 0) == told

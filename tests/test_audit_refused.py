"""Refusals: one threshold for all of them, and words that do not tell which of several reasons it was."""

from __future__ import annotations

from pathlib import Path

import pytest

import sousveil as sv
from audit_attack import written
from sousveil.errors import BoundaryError, InputError, SousveilError

SIZES = {"p": 9, "q": 19, "r": 19}


def table(path: Path, sizes: dict[str, int]) -> Path:
    return written(path, [{"z": z, "d": str(i % 2), "k": "ab"[i // 2 % 2]} for z, n in sizes.items() for i in range(n)])


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


@pytest.mark.parametrize("asked", [{"where": "z=misspelled"}, {"outcome": "z=misspelled"}, {"where": "z=p"}])
def test_a_refusal_keeps_nothing_from_others(tmp_path: Path, asked: dict[str, str]) -> None:
    path = table(tmp_path / "a.csv", SIZES | {"s": 60})
    with pytest.raises(SousveilError):
        sv.audit(path, decision="d", **asked)  # type: ignore[arg-type]
    found = sv.audit(path, decision="d", groups="k", floor=9)  # nothing was told yet, under whichever floor
    assert found.withheld == 0
    assert not found.earlier


@pytest.mark.parametrize(("high", "medium"), [(23, 5), (19, 9)])
def test_words_of_a_refusal_do_not_tell_that_many_have_a_value(tmp_path: Path, high: int, medium: int) -> None:
    """28 are flagged, all of them of high or medium risk: that 20 of them are of high risk leaves eight."""
    rows = [{"level": level, "flagged": str(int(level != "low")), "sex": "mw"[i % 2]}
            for level, n in (("high", high), ("medium", medium), ("low", 300)) for i in range(n)]
    path = written(tmp_path / "a.csv", rows)
    assert sv.audit(path, decision="flagged").printed[(), "d1"] == 28
    said = []
    for decision in ("level=high", "level=medium", "level=high,medium"):
        try:
            said.append(str(sv.audit(path, decision=decision).printed[(), "d1"]))
        except BoundaryError as error:
            said.append(str(error).replace("medium", "high"))
    assert said[0] == said[1]
    with pytest.raises(InputError, match='"sex" is not yes or no'):
        sv.audit(path, decision="level=high", outcome="sex")


def test_a_control_arm_is_no_finer_measure_than_a_filter(tmp_path: Path) -> None:
    """Of 24 people of a place, men, women and divers are each under ten: no refusal says so of one of them."""
    rows = [{"place": place, "sex": sex, "d": str(i % 2), "y": str(i // 2 % 2)} for place, sizes in (
        ("x", (8, 7, 9)), ("y", (60, 60, 60))) for sex, n in zip("mwd", sizes, strict=True) for i in range(n)]
    path = written(tmp_path / "a.csv", rows)
    said = set()
    for control in "mwd":
        with pytest.raises(InputError, match="more than two values") as refused:
            sv.audit(path, selection="sex", control=control, outcome="y", population=500, where="place=x")
        said.add(str(refused.value).replace(f",{control}", ""))
    assert len(said) == 1

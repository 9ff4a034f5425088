"""One file, up to five questions with any options: what was printed does not add up to what may not be printed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit_attack import Attack, answers, asked, made, written


def attacked(folder: Path, seed: int) -> tuple[Attack, int]:
    luck = random.Random(seed)
    rows, floor = made(luck), luck.choice([10, 10, 5])
    questions = [asked(luck, floor) for _ in range(luck.randrange(2, 6))]
    found = answers(written(folder / f"{seed}.csv", rows), questions)
    return Attack(rows, found, floor), len(questions)


@pytest.mark.parametrize("seed", range(24))
def test_nothing_small_is_told_by_five_answers(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []


def test_the_attacker_wins_when_every_answer_is_given_as_if_it_were_the_first(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """He must be able to win, or the tests here say nothing."""
    lost = []
    for seed in range(4):
        luck = random.Random(seed)
        rows, floor = made(luck), luck.choice([10, 10, 5])
        path, found = written(tmp_path / f"{seed}.csv", rows), []
        for i in range(4):
            monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{seed}-{i}"))
            found += answers(path, [asked(luck, floor)])
        lost += Attack(rows, found, floor).won()
    assert lost


@pytest.mark.long
@pytest.mark.parametrize("seed", range(24, 206))
def test_nothing_small_is_told_of_two_hundred_files(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []

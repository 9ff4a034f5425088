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


@pytest.mark.parametrize("seed", range(6))
def test_nothing_small_is_told_by_five_answers(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6, 206))
def test_nothing_small_is_told_of_two_hundred_files(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []

"""One file, up to five questions with any options: what was printed does not add up to what may not be printed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit_attack import Attack, answers, asked, made, written
from sousveil.audits.question import Question


def attacked(folder: Path, seed: int) -> tuple[Attack, int]:
    luck = random.Random(seed)
    rows, floor = made(luck), luck.choice([10, 10, 5])
    questions = [asked(luck, floor) for _ in range(luck.randrange(2, 6))]
    found = answers(written(folder / f"{seed}.csv", rows), questions)
    return Attack(rows, found, floor), len(questions)


@pytest.mark.parametrize("seed", range(13, 16))
def test_nothing_small_is_told_by_five_answers(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (3, 4, 14, 16, 18))])
def test_the_attacker_wins_where_an_answer_is_given_as_if_it_were_the_first(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """He must be able to win, or the tests here say nothing: two ordinary questions, with and without one ledger."""
    rows = made(random.Random(seed))
    path = written(tmp_path / "a.csv", rows)
    both = [Question(decision="checked", outcome=outcome, groups=("sex", "place")) for outcome in ("", "fraud")]
    assert Attack(rows, answers(path, both), 10).won() == []
    apart = []
    for question in both:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"of {question.outcome}"))
        apart += answers(path, [question])
    assert Attack(rows, apart, 10).won()


@pytest.mark.parametrize("seed", [15, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(60))])
def test_two_cuts_between_which_nobody_scores_tell_no_more_than_one(tmp_path: Path, seed: int) -> None:
    """Where scores are whole numbers, who has at least 6.1 has at least 7."""
    luck = random.Random(seed)
    rows, floor = made(luck), luck.choice([10, 10, 5])
    groups = luck.choice(["place", "sex", "age"])
    first = Question(score="score", cut=6.1, outcome=luck.choice(["appeal", "fraud"]), floor=floor,
                     groups=luck.choice([(groups,), ()]))
    further = [Question(score="score", cut=7.0, floor=floor),
               Question(score="score", cut=6.5, floor=floor, groups=(groups,))]
    assert Attack(rows, answers(written(tmp_path / "a.csv", rows), [first, *further]), floor).won() == []


@pytest.mark.long
@pytest.mark.parametrize("seed", [*range(13), *range(16, 213)])
def test_nothing_small_is_told_of_two_hundred_files(tmp_path: Path, seed: int) -> None:
    attack, _ = attacked(tmp_path, seed)
    assert attack.won() == []


@pytest.mark.parametrize("seed", [2, 5, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(40))])
def test_a_third_arm_that_is_left_out_is_not_told_of(tmp_path: Path, seed: int) -> None:
    """Two arms out of three, and then everybody: what is left between both is the third."""
    luck = random.Random(seed)
    rows, floor = made(luck), luck.choice([10, 10, 5])
    third = luck.choice([0.02, 0.1, 0.3])
    rows = [row | {"arm": "tip" if luck.random() < third else row["arm"]} for row in rows]
    groups = (luck.choice(["sex", "place", "age"]),)
    two = Question(selection="arm", control="chance", population=5000, outcome="fraud", groups=groups,
                   where=("arm=algorithm,chance",), floor=floor)
    questions = [two, Question(decision="fraud", groups=groups, floor=floor),
                 Question(decision="checked", outcome="fraud", groups=groups, floor=floor),
                 Question(decision="arm=tip", outcome="fraud", groups=groups, floor=floor)]
    luck.shuffle(questions)
    found = answers(written(tmp_path / "a.csv", rows), questions)
    assert Attack(rows, found, floor).won() == []

"""Answers about the same people but for a few: who knows how many these are is told no more of anybody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit_attack import UNKNOWN, Attack, answers, written
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.errors import SousveilError


def table(seed: int) -> list[dict[str, str]]:
    """Some offices, many of them small, and six X; of six others the outcome is not known, and of six a decision."""
    luck = random.Random(seed)
    rows = [{"sex": luck.choice("mw"), "org": org, "d": str(int(luck.random() < 0.4))}
            for org in "abcdef"[:luck.randrange(3, 6)] for _ in range(luck.choice([7, 8, 9, 12, 15, 25, 40]))]
    orgs = [row["org"] for row in rows]
    rows += [{"sex": "x", "org": luck.choice(orgs), "d": str(i % 2)} for i in range(6)]
    for column in ("fraud", "flagged"):
        gone = set(luck.sample(range(len(rows)), 6))
        rows = [row | {column: UNKNOWN if i in gone else str(int(luck.random() < 0.4))} for i, row in enumerate(rows)]
    return rows


def narrowed(rows: list[dict[str, str]], path: Path, questions: list[Question], knows: tuple[str, str]) -> list[str]:
    """Small sums that the last answer leaves narrower than those before it do, for who knows how many some are."""
    found = answers(written(path, rows), questions)
    if len(found) < 2:
        return []
    every = Attack(rows, found, 10, (knows,))
    before = Attack(rows, found, 10, (knows,))
    before.found = found[:-1]
    before._classify(*before._equations())
    return [f"{inside @ every.people:.0f} people: {before.wide(inside):.0f} wide, then {every.wide(inside):.0f}"
            for inside in every.small() if every.wide(inside) < min(10, before.wide(inside))]


@pytest.mark.parametrize("seed", [5, 20, 74, 81, 142])
def test_who_knows_how_many_are_left_out_learns_no_more_from_an_answer_with_them(tmp_path: Path, seed: int) -> None:
    both = [Question(decision="d", groups=groups) for groups in (("sex", "org"), ("org",))]
    assert narrowed(table(seed), tmp_path / "a.csv", both, ("sex", "(other)")) == []


@pytest.mark.parametrize("seed", [5, 20, 74, 81, 142])
@pytest.mark.parametrize(("first", "knows"), [({"decision": "d", "outcome": "fraud"}, "fraud"),
                                              ({"decision": "flagged"}, "flagged")])
def test_who_knows_how_many_have_no_outcome_or_decision_learns_no_more(
        tmp_path: Path, first: dict[str, str], knows: str, seed: int) -> None:
    both = [Question(**asked, groups=("org",)) for asked in (first, {"decision": "d"})]
    assert narrowed(table(seed), tmp_path / "a.csv", both, (knows, UNKNOWN)) == []


def test_an_answer_says_that_an_earlier_one_counted_other_people(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", table(74))
    found = answers(path, [Question(decision="d", groups=groups) for groups in (("sex", "org"), ("org",), ("sex",))])
    said = "the people counted here are not the same as in an earlier answer: d by "
    assert not any(said in text for text in found[0].left_out)
    assert f"{said}sex, org without sex=(other)" in found[1].left_out
    assert f"{said}org" in found[2].left_out
    (apart,) = answers(written(tmp_path / "b.csv", table(75)), [Question(decision="d", groups=("org",))])
    assert not any("earlier" in text for text in apart.left_out)


@pytest.mark.parametrize(("men", "women", "x"), [(20, 14, 3), (13, 12, 4), (12, 16, 2)])
def test_that_a_label_is_named_narrows_nobody_down(tmp_path: Path, men: int, women: int, x: int) -> None:
    """Labels of fewer than ten are pooled: of 37 people with 20 men and ten women or more, seven at most are others."""
    luck = random.Random(men)
    rows = [{"sex": sex, "d": str(int(luck.random() < 0.35))} for sex, n in (("m", men), ("w", women), ("x", x))
            for _ in range(n)]
    found = answers(written(tmp_path / "a.csv", rows), [Question(decision="d", groups=("sex",))])
    assert any(found[0].printed.values.values())
    assert Attack(rows, found, 10).won() == []


def test_a_refusal_does_not_tell_whether_the_one_person_a_filter_leaves_has_a_rare_label(tmp_path: Path) -> None:
    """Whichever word the one old X has for a job: the answer is one and the same."""
    said = []
    for job in ("cook", "rare 1"):
        luck = random.Random(1)
        rows = [(luck.choice("mw"), luck.choice(["clerk", "cook"]) if i % 4 else f"rare {luck.randrange(30)}",
                 luck.choice(["old", "young"]), int(luck.random() < 0.4)) for i in range(400)]
        rows += [*(("x", "cook", "young", i % 2) for i in range(11)), ("x", job, "old", 1)]
        path = tmp_path / "a.csv"
        path.write_text("sex,job,age,d\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
        with pytest.raises(SousveilError) as refused:
            audit(path, Question(decision="d", groups=("job",), where=("sex=x", "age=old")))
        said.append(str(refused.value))
    assert said[0] == said[1]

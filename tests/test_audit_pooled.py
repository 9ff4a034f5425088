"""Labels of few people that are told as one: who knows which labels a column has learns no label's number."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import sousveil as sv
from audit_attack import Attack, answers, written
from sousveil.audits.examine import Audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError
from test_audit_given_away import table


@pytest.mark.parametrize("rare", [(9, 9), (9, 8), (8, 3), (9, 9, 9, 9), (8, 9, 8)])
def test_how_many_have_labels_of_few_together_does_not_tell_how_many_have_each(tmp_path: Path, rare: tuple[int, ...]
                                                                             ) -> None:
    """Each of two labels that are not named has nine people at most; eighteen have one of both."""
    rows = [("a", i % 2) for i in range(60)] + [(f"x{k}", i % 2) for k, n in enumerate(rare) for i in range(n)]
    found = sv.audit(table(tmp_path / "a.csv", "faith,d", rows), decision="d", groups="faith").printed
    told = found[((0, "(other)"),), "n"]
    assert told is None or told <= 9 * (len(rare) - 1)


def test_labels_of_few_are_told_together_where_there_are_many(tmp_path: Path) -> None:
    rows = [("a", i % 2) for i in range(60)] + [(f"x{k}", i % 2) for k in range(9) for i in range(4)]
    found = sv.audit(table(tmp_path / "a.csv", "faith,d", rows), decision="d", groups="faith").printed
    assert found[((0, "(other)"),), "n"] == 36


@pytest.mark.parametrize("decisions", [["level=high,middle"], ["level=high", "level=middle"]])
def test_who_is_not_selected_does_not_tell_how_many_have_each_label_of_few(tmp_path: Path, decisions: list[str]
                                                                           ) -> None:
    """That fewer than ten have a value is told to whoever asks for it as a filter; so eighteen of two are nine each."""
    sizes = {"high": 70, "middle": 50, "low": 9, "none": 9}
    rows = [(level, i % 2) for level, n in sizes.items() for i in range(n)]
    path = table(tmp_path / "a.csv", "level,sex", rows)
    told = []
    for decision in decisions:
        try:
            told.append(sv.audit(path, decision=decision).printed)
        except BoundaryError:
            continue
    assert told
    assert sum(one[(), "n"] is not None and one[(), "d1"] is not None for one in told) < len(decisions)


class Informed(Attack):
    """An attacker who knows which places there are, and that fewer than ten people have each that is not named."""

    def rare(self) -> list[str]:
        places = [row["place"] for row in self.rows]
        return sorted(place for place in set(places) if places.count(place) < self.floor)

    def _code(self, name: str, value: str) -> object:
        return value if name == "place" else super()._code(name, value)

    def _labelled(self, answer: Audit, place: int, text: str) -> np.ndarray:
        if answer.question.groups[place] == "place" and text == "(other)":
            return self._where("place", set(self.rare()))
        return super()._labelled(answer, place, text)

    def _equations(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sums, low, high = super()._equations()
        each = [self._where("place", {place}) for place in self.rare()] if "place" in self.columns else []
        return (np.vstack([sums, *each]), np.append(low, [0.0] * len(each)),
                np.append(high, [self.floor - 1.0] * len(each)))

    def won(self, most: int = 2) -> list[str]:
        """Of one rare place no sum can be further apart than from none to nine."""
        rare = [self._where("place", {place}) for place in self.rare()] if "place" in self.columns else []
        return [f"{inside @ self.people:.0f} people: {self.wide(inside):.0f} wide" for inside in self.small(most)
                if self.wide(inside) < self.floor - any((inside <= one).all() for one in rare)]


@pytest.mark.parametrize("seed", [0, 1, 4, 6, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(7, 60))])
def test_who_knows_the_labels_learns_no_small_number_by_four_answers(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    places = [f"rare {i}" for i in range(luck.choice([2, 2, 3])) for _ in range(luck.choice([9, 9, 8, 7]))]
    places += [luck.choice("ab") for _ in range(luck.choice([60, 100, 250]))]
    rows = [{"sex": luck.choice("mw"), "place": place, "age": luck.choice(["young", "old", "old"]),
             "flagged": str(int(luck.random() < 0.3)), "fraud": str(int(luck.random() < 0.4))} for place in places]
    questions = []
    for _ in range(4):
        decision = luck.choice(["flagged", "place=a,b", "place=a"])
        pool = ["sex", "age"] if "place" in decision else ["sex", "place", "age"]
        questions.append(Question(decision=decision, outcome=luck.choice(["", "fraud"]),
                                  groups=tuple(luck.sample(pool, luck.choice([0, 1, 1, 2])))))
    found = answers(written(tmp_path / "a.csv", rows), questions)
    assert found
    assert Informed(rows, found, 10).won() == []

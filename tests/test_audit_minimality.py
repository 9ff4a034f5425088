"""Somebody who has the program runs it on every table that fits what was printed, and strikes out those of which other
counts would have been withheld. So long as two of those left are ten apart, a small count is not told.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from sousveil.audits.counts import Cell, Counts, Margin
from sousveil.audits.decide import printed
from sousveil.audits.pairs import Pairs
from sousveil.audits.release import Coding, Release

FLOOR = 10
LABELS = "abcdef"
Table = tuple[int, ...]
"""Of each label, how many were selected."""


def drawn(luck: random.Random) -> tuple[Table, Table]:
    people = tuple(luck.randint(25, 60) for _ in range(luck.choice([2, 3, 4, 5, 6])))
    share = luck.choice([0.05, 0.1, 0.2, 0.3, 0.5])
    return people, tuple(sum(luck.random() < share for _ in range(n)) for n in people)


@dataclass
class Minimality:
    """How many people each label has, and what the program prints of any table of selected people."""

    people: Table
    memory: dict[Table, Mapping[Margin, int | None]] = field(default_factory=dict)

    def told(self, selected: Table) -> Mapping[Margin, int | None]:
        if selected not in self.memory:
            cells = {Cell((LABELS[i],), 0, d, 2): n for i, (all_, yes) in enumerate(
                zip(self.people, selected, strict=True)) for d, n in ((1, yes), (0, all_ - yes))}
            self.memory[selected] = printed(Counts(("g",), cells), FLOOR).values
        return self.memory[selected]

    def width(self, selected: Table, at: int) -> int:
        """How far apart a count is in tables of which the program prints just the same; no more than the floor."""
        told = self.told(selected)
        away = [i for i in range(len(selected)) if told[((0, LABELS[i]),), "d1"] is None]
        sums = [sum(selected[i] for i in away)] if told[(), "d1"] is not None else None
        least, most = selected[at], selected[at]
        for n in [*range(least), *range(self.people[at], most, -1)]:
            if (n < least or n > most) and any(self.told(table) == told for table in self.fit(
                    selected, away, at, n, sums)):
                least, most = min(least, n), max(most, n)
            if most - least >= FLOOR:
                break
        return min(FLOOR, most - least)

    def fit(self, selected: Table, away: Sequence[int], at: int, n: int, sums: list[int] | None) -> Iterator[Table]:
        """Tables with `n` there and the same sum of those that are withheld; of many, some hundreds."""
        luck, rest = random.Random(n), [i for i in away if i != at]
        few = sum(1 for _ in rest) <= 2 and sums is not None
        for turn in range(self.people[rest[0]] + 1 if few and rest else 200):
            table = list(selected)
            table[at] = n
            for i in rest:
                ends = luck.choice([(0, FLOOR - 1), (0, 1), (self.people[i] - 1, self.people[i]), (0, self.people[i])])
                table[i] = luck.randint(*ends)
            if few and rest:
                table[rest[0]] = turn
            for i in reversed(rest) if sums is not None else ():
                table[i] = min(self.people[i], max(0, table[i] + sums[0] - sum(table[j] for j in away)))
            if sums is None or sum(table[j] for j in away) == sums[0]:
                yield tuple(table)


def narrow(people: Table, selected: Table) -> list[tuple[str, int]]:
    """Withheld small counts that the attacker narrows down below the floor, and how wide they are left.

    Where all counts of a decision are withheld, even the sum, that few were selected of all is what is told.
    """
    attack = Minimality(people)
    told = attack.told(selected)
    return [(LABELS[i], width) for i, (n, yes) in enumerate(zip(people, selected, strict=True))
            if told[((0, LABELS[i]),), "d1"] is None and min(yes, n - yes) < FLOOR
            and (width := attack.width(selected, i)) < FLOOR - (told[(), "d1"] is None)]


@pytest.mark.parametrize(("people", "selected"), [
    ((30, 30, 40), (10, 10, 9)), ((40, 50, 60, 30), (9, 11, 12, 10)), ((25, 25, 25), (12, 3, 11)),
    ((60, 40, 30), (5, 20, 15)), ((50, 30, 40, 60, 25), (4, 3, 20, 18, 12))])
def test_who_has_the_program_narrows_no_small_count_down(people: Table, selected: Table) -> None:
    assert narrow(people, selected) == []


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(12, 300))])
def test_who_has_the_program_narrows_no_small_count_of_any_table_down(seed: int) -> None:
    assert narrow(*drawn(random.Random(seed))) == []


def test_the_attacker_wins_where_labels_do_not_stand_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """He must be able to win, or the tests above say nothing."""
    def alone(self: Pairs, margins: Iterable[Margin]) -> set[Margin]:
        return set(margins)

    monkeypatch.setattr(Pairs, "closed", alone)
    assert any(narrow(*drawn(random.Random(seed))) for seed in range(12))


def test_labels_stand_in_pairs_and_an_odd_one_takes_the_last_pair_along() -> None:
    release = Release(Coding("d", "yes"), None, None, (Coding("g", "label"), Coding("h", "label")))
    pairs = Pairs(release, ["abcde", "xy"])

    def together(group: str) -> set[str]:
        margin = tuple((i, text) for i, text in enumerate(group)), "d1"
        return {"".join(text for _, text in found) for found, kind in pairs.closed([margin]) if kind == "d0"}

    assert together("b") == {"a", "b"}
    assert together("c") == {"c", "d"}
    assert together("e") == {"c", "d", "e"}
    assert together("ax") == {"ax", "ay", "bx", "by"}
    assert pairs.closed([((), "d1")]) == {((), "d1")}


def test_bands_stand_in_pairs_on_either_side_of_the_cut() -> None:
    release = Release(Coding("s", "score"), 5.0, Coding("y", "yes"), (Coding("g", "label"),), (1.0, 3.0, 5.0, 7.0))
    bands = Pairs(release, ["a"])
    found = [sorted(kind for _, kind in bands.closed([(((0, "a"),), f"b{i}k")])) for i in range(5)]
    assert found == [["b0k", "b1k"], ["b0k", "b1k"], ["b0k", "b1k", "b2k"], ["b3k", "b4k"], ["b3k", "b4k"]]

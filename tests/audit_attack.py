"""Somebody who asks one file up to five questions, and then solves for small cells: made without the audit's own ideas.

The attacker knows everything that was printed and how a table is built, and nothing of how counts are withheld. Cells
are combinations of what was asked about: labels, decisions, outcomes, places of a score between all edges and cuts that
were ever named. For every small sum of cells the least and the most people are sought that fit every printed count, in
whole people.
"""

from __future__ import annotations

import csv
import math
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from sousveil.audits.examine import Audit, audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError

Row = Mapping[str, str]
UNKNOWN = "?"


def made(luck: random.Random) -> list[dict[str, str]]:
    """People with groups of unequal size, decisions, outcomes that may be missing, and a score with a few far out."""
    n = luck.choice([60, 120, 250, 400])
    sexes = luck.choice([["men", "women"], ["men", "women", "x"]])
    places = luck.choice([["north", "south"], ["north", "south", "east", "west"], ["a", "b", "c"]])
    rare = luck.choice([0.02, 0.06, 0.3])
    gone = luck.choice([0.0, 0.03, 0.2])
    whole = luck.random() < 0.5
    rows = []
    for _ in range(n):
        sex = sexes[-1] if luck.random() < rare else luck.choice(sexes[:-1])
        score = luck.gauss(5, 2) + (20 if luck.random() < 0.01 else 0)
        risk = min(max(score / 10, 0.02), 0.98)
        rows.append({
            "sex": sex, "place": luck.choice(places), "age": luck.choice(["young", "old", "old"]),
            "score": f"{score:.0f}" if whole else f"{score:.2f}",
            "flagged": UNKNOWN if luck.random() < gone else str(int(score > 6)),
            "checked": str(int(luck.random() < 0.3)),
            "fraud": UNKNOWN if luck.random() < gone else str(int(luck.random() < risk)),
            "appeal": str(int(luck.random() < 0.1)), "arm": luck.choice(["chance", "algorithm"]),
            "weight": str(luck.randrange(1, 9))})
    return rows


BINARY = ("flagged", "checked", "fraud", "appeal")


def asked(luck: random.Random, floor: int) -> Question:
    """Any question; also one that groups people by a decision, by an outcome or by their score."""
    way = luck.choice(["decision"] * 5 + ["score"] * 4 + ["arm"])
    outcome = luck.choice(["", "fraud", "fraud", "appeal"])
    given = {"floor": floor, "weight": "weight" if luck.random() < 0.15 and way != "arm" else ""}
    if way == "decision":
        given |= {"decision": luck.choice(["flagged", "flagged", "checked", "flagged=1", "checked=0", "place=north,a"])}
    elif way == "score":
        given |= {"score": "score", "cut": luck.choice([6.0, 6.1, 6.5, 7.0, 8.0])}
    else:
        given |= {"selection": "arm", "control": "chance", "population": 5000}
        outcome = outcome or "fraud"
    pool = ["sex", "place", "age"] * 3 + ["flagged", "checked", "appeal", "score"]
    groups = dict.fromkeys(luck.choice(pool) for _ in range(luck.choice([0, 1, 1, 2, 2, 3])))
    taken = (*given.values(), outcome, given.get("decision", "").split("=")[0])
    free = [name for name in groups if name not in taken]
    where = luck.choice([(), (), (), (), (), (), (), ("place=north",), ("place=a,b",), ("sex=women",),
                         ("age=old", "sex=men"), ("appeal=0",), ("sex=x,men",), ("score=5",), ("score=4,6",)])
    where = tuple(text for text in where if text.split("=")[0] not in taken)
    free = [name for name in free if not any(text.startswith(f"{name}=") and "," not in text for text in where)]
    if free and way != "arm" and luck.random() < 0.3:
        given["form"] = luck.choice(["ll144", "eeoc"])
        if way == "score" and given["form"] == "ll144":
            given["cut"] = None  # the median, which the answer tells in round numbers
    if len(free) > 1 and way != "arm" and not given["weight"] and luck.random() < 0.3:
        given |= {"given": free[-1], "logistic": True, "power": 0.1}
    if outcome and luck.random() < 0.2:
        outcome += luck.choice(["=1", "=0"])
    return Question(outcome=outcome, groups=tuple(free), where=where, **given)


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({k: "" if v == UNKNOWN else v for k, v in row.items()} for row in rows)
    return path


def answers(path: Path, questions: list[Question]) -> list[Audit]:
    """What was answered; a question that is refused tells nothing."""
    found = []
    for question in questions:
        try:
            found.append(audit(path, question))
        except (BoundaryError, InputError):  # a filter that leaves too few, a value that is spelled otherwise here
            continue
    return found


def between(name: str, whole: bool) -> tuple[float, float]:
    """The ends of a band, from its printed name; of whole numbers half-way to the next."""
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", name)]
    low = -math.inf if name.startswith(("under ", "up to ")) or name == "any" else numbers[0] - 0.5 * whole
    high = math.inf if name.endswith(" and above") or name == "any" else numbers[-1] + 0.5 * whole
    return low, high


@dataclass
class Attack:
    """All printed counts as equations over cells, and the tables of whole people that were found to fit them.

    knows  columns with a value of which the attacker knows how many have it
    """

    rows: list[dict[str, str]]
    found: list[Audit]
    floor: int
    knows: tuple[tuple[str, str], ...] = ()
    columns: list[str] = field(init=False)

    def __post_init__(self) -> None:
        questions = [answer.question for answer in self.found]
        used = {name for q in questions for name in q.columns if name != q.weight}
        used |= {text.split("=")[0] for q in questions for text in q.where}
        self.columns = [name for name in self.rows[0] if name in used]
        whole = all(float(row.get("score", 0)).is_integer() for row in self.rows)
        edges = {q.cut for q in questions if q.cut is not None}
        if whole:  # no whole number lies between a cut and the next number up
            edges = {math.ceil(edge) - 0.5 for edge in edges}
        for answer in self.found:
            edges |= {end for name in answer.printed.layout.bands for end in between(name, whole) if math.isfinite(end)}
            edges |= {float(text) + side for j, name in enumerate(answer.question.groups) if name == "score"
                      for text in self._labels(answer, j) if text[0] != "(" for side in (-0.5, 0.5)}
            edges |= {float(value) + side for text in answer.question.where if text.startswith("score=")
                      for value in text.partition("=")[2].split(",") for side in (-0.5, 0.5)}
        self.edges, self.whole = sorted(edges), whole
        self.values = [self._values(name) for name in self.columns]
        self.cells = [cell for cell in product(*self.values) if self._recorded(cell)]
        order = {cell: i for i, cell in enumerate(self.cells)}
        self.people = np.zeros(len(self.cells))
        for row in self.rows:
            self.people[order[tuple(self._code(name, row[name]) for name in self.columns)]] += 1
        self.codes = np.array([[self.values[j].index(cell[j]) for j in range(len(self.columns))]
                               for cell in self.cells]).reshape(len(self.cells), len(self.columns))
        self._classify(*self._equations())

    def _values(self, name: str) -> list[object]:
        if name == "score":
            return list(range(len(self.edges) + 1))
        seen = {self._code(name, row[name]) for row in self.rows}
        return sorted(seen | ({"0", "1"} if name in BINARY else set()))

    def _recorded(self, cell: tuple[object, ...]) -> bool:
        """That no outcome is missing of those selected, or of the others, is a fact about records: it may be told."""
        mine = dict(zip(self.columns, cell, strict=True))
        for q in (answer.question for answer in self.found):
            way, outcome = q.decision.split("=")[0] or q.selection, q.outcome.split("=")[0]
            if outcome and mine[outcome] == UNKNOWN and way and mine[way] != UNKNOWN and not any(
                    self._side(q, row[way]) == self._side(q, mine[way]) and row[outcome] == UNKNOWN
                    for row in self.rows):
                return False
            if outcome and mine[outcome] == UNKNOWN and q.score and not any(
                    (float(row["score"]) >= q.cut) == self._above(mine["score"], q.cut) and row[outcome] == UNKNOWN
                    for row in self.rows):
                return False
        return True

    def _side(self, q: Question, value: object) -> object:
        """What a value means for the decision: itself, or whether it is one of those that mean selected."""
        named = q.decision.partition("=")[2].split(",")
        return value if value == UNKNOWN or named == [""] else value in named

    def _above(self, place: object, cut: float) -> bool:
        return [-math.inf, *self.edges][place] >= (math.ceil(cut) - 0.5 if self.whole else cut)

    def _code(self, name: str, value: str) -> object:
        if name == "score":
            return sum(float(value) >= edge for edge in self.edges)
        if name in ("sex", "place", "age", "org"):
            share = sum(row[name] == value for row in self.rows)
            return value if share >= self.floor else "(other)"
        return value

    def _where(self, name: str, codes: set[object]) -> np.ndarray:
        j = self.columns.index(name)
        return np.isin(self.codes[:, j], [self.values[j].index(code) for code in codes if code in self.values[j]])

    def _scored(self, low: float, high: float) -> np.ndarray:
        starts = [-math.inf, *self.edges]
        return self._where("score", {i for i, start in enumerate(starts) if low <= start < high})

    def _classify(self, sums: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Cells by what is printed of them, and the printed sums as sums of such kinds."""
        kinds, self.kind = np.unique(sums, axis=1, return_inverse=True)
        self.kind = self.kind.ravel()
        self.size = np.bincount(self.kind)
        self.known, self.low, self.high = csr_array(kinds), low, high
        self.tables = [np.bincount(self.kind, weights=self.people)]

    def _equations(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sums of cells, and the least and the most people that were said to be in each."""
        sums, ends = {}, {}
        for answer in self.found:
            for (group, kind), count in answer.printed.values.items():
                if count is not None:
                    inside = self._counted(answer, group, kind)
                    assert inside @ self.people == count, (answer.question, group, kind)
                    sums[inside.tobytes()], ends[inside.tobytes()] = inside, (count, count)
            for name, text in self._left(answer):
                inside = self._filtered(answer) & self._labelled(answer, answer.question.groups.index(name), text)
                few = 4 * self.floor if answer.question.where and not answer.question.sums else 2 * self.floor
                few = math.inf if text == "(other)" else few  # or of so few labels that each must have some
                if text == "(missing)":
                    others = [i for i, other in enumerate(answer.question.groups) if other != name]
                    crossed = math.prod(sum(label[0] != "(" for label in self._labels(answer, i)) or 1 for i in others)
                    few += 2 * self.floor * (crossed - 1)
                assert inside @ self.people < few, (answer.question, name, text)
                sums.setdefault(inside.tobytes(), inside)
                ends.setdefault(inside.tobytes(), (0, few - 1.0))
            for inside, least in self._enough(answer):
                assert inside @ self.people >= least, (answer.question, least)
                sums.setdefault(inside.tobytes(), inside)
                low, high = ends.get(inside.tobytes(), (0, math.inf))
                ends[inside.tobytes()] = max(low, least), high
        for name, code in self.knows:
            inside = self._where(name, {code})
            sums.setdefault(inside.tobytes(), inside)
            ends[inside.tobytes()] = (inside @ self.people, inside @ self.people)
        low, high = (np.array([end[i] for end in ends.values()], dtype=float) for i in (0, 1))
        return np.array(list(sums.values()), dtype=float).reshape(len(sums), len(self.cells)), low, high

    def _enough(self, answer: Audit) -> Iterator[tuple[np.ndarray, int]]:
        """Of whom an answer says, by being given, that they are not few: what a filter leaves, also without one
        of its parts, labels that are named, and those not left out where others of their column are, values asked for.
        """
        where = answer.question.where
        if where:
            yield self._filtered(answer), 2 * self.floor
        for text in where:
            yield self._filtered(answer, text), 4 * self.floor
        for place in range(len(answer.question.groups)):
            for text in self._labels(answer, place):
                if text != "(other)":
                    yield self._labelled(answer, place, text), self.floor
        for text in (answer.question.decision, answer.question.outcome):
            name, _, values = text.partition("=")
            if values and self._where(name, set(values.split(","))).any():
                yield self._where(name, set(values.split(","))), 2 * self.floor * len(values.split(","))
        left = {name for name, _ in self._left(answer)}
        for place, name in enumerate(answer.question.groups):
            if name in left and not answer.question.sums:
                for text in answer.printed.layout.labels[place]:
                    yield self._filtered(answer) & self._labelled(answer, place, text), 2 * self.floor

    def _labels(self, answer: Audit, place: int) -> list[str]:
        """The labels of a column that an answer names: those that it counts, and those that it leaves out."""
        left = [text for name, text in self._left(answer) if name == answer.question.groups[place]]
        return [*answer.printed.layout.labels[place], *left]

    def _left(self, answer: Audit) -> list[tuple[str, str]]:
        """The labels that an answer says are left out of every number."""
        return [pair for text in answer.left_out if text.startswith("left out of every number")
                for pair in re.findall(r"(\w+)=([^,]+)", text.partition(": ")[2])]

    def _filtered(self, answer: Audit, dropped: str = "") -> np.ndarray:
        inside = np.ones(len(self.cells), dtype=bool)
        for text in answer.question.where:
            if text == dropped:
                continue
            name, _, values = text.partition("=")
            inside &= self._where(name, set(values.split(","))) if name != "score" else np.any(
                [self._scored(float(value) - 0.5, float(value) + 0.5) for value in values.split(",")], axis=0)
        return inside

    def _counted(self, answer: Audit, group: tuple[tuple[int, str], ...], kind: str) -> np.ndarray:
        """Whom a printed count is about, by the words of docs/audit.md."""
        q, inside = answer.question, self._filtered(answer)
        for name, text in self._left(answer):
            inside &= ~self._labelled(answer, q.groups.index(name), text)
        for place, text in group:
            inside &= self._labelled(answer, place, text)
        if kind == "dx":
            return inside & self._where(q.decision.split("=")[0], {UNKNOWN}) if q.decision else inside & False
        cut = (math.ceil(q.cut) - 0.5 if self.whole else q.cut) if q.cut is not None else None
        yes, no = self._yes_and_no(q.decision) if q.decision else \
            (self._scored(cut, math.inf), self._scored(-math.inf, cut)) if q.score else \
            (self._where("arm", {"algorithm"}), self._where("arm", {"chance"}))
        inside &= yes if "d1" in kind else no if "d0" in kind else yes | no
        if kind.startswith("b"):
            inside &= self._scored(*between(answer.printed.layout.bands[int(re.match(r"b(\d+)", kind)[1])], self.whole))
        if q.outcome:
            end = kind.removeprefix("d1").removeprefix("d0")
            codes = {"1"} if end.endswith("y1") else {"0"} if end.endswith("y0") else \
                {UNKNOWN} if end.endswith("yx") else {"0", "1"} if end.endswith("k") else None
            left_out = any("no known outcome and are not counted" in text for text in answer.left_out)
            if codes is None and left_out:
                codes = {"0", "1"}
            if codes:
                column, (present, absent) = q.outcome.split("=")[0], self._yes_and_no(q.outcome)
                each = {"1": present, "0": absent, UNKNOWN: self._where(column, {UNKNOWN})}
                inside &= np.any([each[code] for code in codes], axis=0)
        return inside

    def _yes_and_no(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The cells that `column=value,value` means by yes and by no; of a column alone, 1 and 0."""
        name, _, values = text.partition("=")
        yes = self._where(name, set(values.split(",")) if values else {"1"})
        return yes, ~yes & ~self._where(name, {UNKNOWN})

    def _labelled(self, answer: Audit, place: int, text: str) -> np.ndarray:
        """Who has a label: a score's labels are its numbers, and `(other)` is everybody whose label is rare."""
        name, labels = answer.question.groups[place], self._labels(answer, place)
        if name == "score":
            each = {t: self._scored(float(t) - 0.5, float(t) + 0.5) for t in labels if t[0] != "("}
            return each[text] if text in each else ~np.any(list(each.values()), axis=0)
        if name not in BINARY:
            return self._where(name, {text})
        named = {"0": "0", "1": "1", UNKNOWN: "(missing)"}
        codes = {code for code, label in named.items()
                 if text == (label if sum(row[name] == code for row in self.rows) >= self.floor else "(other)")}
        return self._where(name, codes)

    def small(self, most: int = 3) -> Iterator[np.ndarray]:
        """Sums under the floor: of every code of up to `most` columns, and every cell that somebody is in."""
        shape = [len(values) for values in self.values]
        seen = set()
        for size in range(1, min(most, len(shape)) + 1):
            for chosen in combinations(range(len(shape)), size):
                for codes in product(*(range(shape[j]) for j in chosen)):
                    inside = np.all(self.codes[:, list(chosen)] == codes, axis=1)
                    if inside.any() and inside @ self.people < self.floor and inside.tobytes() not in seen:
                        seen.add(inside.tobytes())
                        yield inside
        for i in np.flatnonzero((self.people > 0) & (self.people < self.floor)):
            yield np.arange(len(self.cells)) == i

    def won(self, most: int = 3) -> list[str]:
        """The small sums that the attacker has to within less than the floor."""
        lost = []
        for inside in self.small(most):
            wide = self.wide(inside)
            if wide < self.floor:
                cells = [self.cells[i] for i in np.flatnonzero(inside)]
                lost.append(f"{inside @ self.people:.0f} people of {len(cells)} cells like {cells[0]}: {wide:.0f} wide")
        return lost

    def wide(self, inside: np.ndarray) -> float:
        """How far apart a sum is in tables that fit; no further than the floor is looked for."""
        ends = self._ends(inside)
        return self._width(*ends) if self._width(*ends) >= self.floor else self._solved(*ends)

    def _ends(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The kinds of which a sum takes every cell, and those of which it takes any.

        Cells of one kind are told apart by no printed count: all people of a kind may be in any of its cells. So a sum
        may be as little as the kinds that lie inside it and as much as those that it touches.
        """
        taken = np.bincount(self.kind, weights=inside, minlength=len(self.size))
        return (taken == self.size).astype(float), (taken > 0).astype(float)

    def _width(self, least: np.ndarray, most: np.ndarray) -> float:
        return max(most @ table for table in self.tables) - min(least @ table for table in self.tables)

    def _solved(self, least: np.ndarray, most: np.ndarray) -> float:
        """Look for tables that fit in which a sum is small and in which it is large; how far apart those found are.

        Linear programming finds most of them, since its answers are mostly whole; where they are not, the sum may be
        narrower for whole people than for parts of people, and integer programming says.
        """
        luck = random.Random(len(self.tables))
        noise = np.array([luck.random() for _ in least])  # among the best tables one at random: it settles other sums
        for goal in (-1000.0 * most, 1000.0 * least):
            self._keep(self._best(goal + noise, 0))
            if self._width(least, most) >= self.floor:
                return self._width(least, most)
        for goal in (-most, least):
            self._keep(self._best(goal, 1))
        return self._width(least, most)

    def _best(self, goal: np.ndarray, whole: int) -> np.ndarray | None:
        limits = [LinearConstraint(self.known, self.low, self.high)] if self.known.shape[0] else []
        return milp(goal, constraints=limits, bounds=Bounds(0, self.people.sum() + 2 * self.floor),
                    integrality=np.full(len(goal), whole)).x

    def _keep(self, answer: np.ndarray | None) -> None:
        """A table that was found, if it is one of whole people and fits everything printed."""
        table = None if answer is None else np.rint(answer)
        if table is None or (table < 0).any():
            return
        sums = self.known @ table
        if (sums >= self.low).all() and (sums <= self.high).all():
            self.tables.append(table)

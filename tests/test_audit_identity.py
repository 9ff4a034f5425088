"""A table that is saved again is about the same people, and other tables are not."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from audit_attack import Attack, made
from sousveil.audits.columns import taken_in
from sousveil.audits.examine import Audit, audit
from sousveil.audits.identity import Identity, People
from sousveil.audits.ledger import SAME, folder
from sousveil.audits.question import Question
from sousveil.audits.sketch import Sketch, evidence
from sousveil.errors import BoundaryError
from test_audit_everyday import xlsx

Rows = list[dict[str, str]]
NAMES = {"sex": "gender", "place": "region", "checked": "control", "fraud": "outcome"}


def text(rows: Rows, separator: str = ",", end: str = "\n") -> str:
    lines = [list(rows[0]), *(row.values() for row in rows)]
    return end.join(separator.join("" if cell == "?" else cell for cell in line) for line in lines) + end


def shuffled(rows: Rows) -> Rows:
    return random.Random(1).sample(rows, len(rows))


def without(rows: Rows, *names: str) -> Rows:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def renamed(rows: Rows) -> Rows:
    return [{NAMES.get(name, name): value for name, value in reversed(row.items())} for row in rows]


def again(row: dict[str, str]) -> dict[str, str]:
    return row | {"checked": f"{row['checked']}.0", "score": row["score"].replace(".", ","), "sex": f" {row['sex']} "}


SAVED: dict[str, Callable[[Rows], tuple[str, bytes]]] = {
    "shuffled": lambda rows: ("b.csv", text(shuffled(rows)).encode()),
    "semicolons": lambda rows: ("b.csv", text(rows, ";", "\r\n").encode("utf-8-sig")),
    "UTF-16": lambda rows: ("b.csv", text(shuffled(rows)).encode("utf-16")),
    "tabs, packed": lambda rows: ("b.tsv.gz", gzip.compress(text(rows, "\t").encode())),
    "a workbook": lambda rows: ("b.xlsx", xlsx(people=[list(rows[0]), *([
        "" if cell == "?" else cell for cell in row.values()] for row in rows)])),
    "other columns": lambda rows: ("b.csv", text(without(rows, "age", "score")).encode()),
    "one column more": lambda rows: ("b.csv", text([row | {"office": str(i % 7)} for i, row in enumerate(rows)])
                                     .encode()),
    "numbers in another way": lambda rows: ("b.csv", text([again(row) for row in rows], ";").encode()),
    "renamed and turned round": lambda rows: ("b.csv", text(renamed(shuffled(rows))).encode()),
    "a title and a footer": lambda rows: ("b.csv", f"Decisions of 2023\n{text(rows)}Total,1\n".encode()),
}

FEWER: dict[str, Callable[[Rows], Rows]] = {
    "one row fewer": lambda rows: shuffled(rows)[1:],
    "without the few": lambda rows: [row for row in rows if row["sex"] != "x"],
    "one group": lambda rows: [row for row in rows if row["sex"] == "men"],
    "half of the rows, renamed": lambda rows: renamed(shuffled(rows)[::2]),
    "rows added": lambda rows: [*rows, *made(random.Random(5))[:60]],
    "one row fewer, one column more": lambda rows: [row | {"office": str(i % 7)} for i, row in enumerate(rows)][1:],
    "one value changed": lambda rows: [rows[0] | {"checked": "01"[rows[0]["checked"] == "0"]}, *rows[1:]],
}


@pytest.fixture(scope="module")
def people() -> Rows:
    return made(random.Random(11))


FIRST = Question(decision="checked", groups=("sex", "place"))
SECOND = Question(decision="checked", outcome="fraud", groups=("sex", "place"))


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


class Told(NamedTuple):
    """What two questions about one file are answered, and the ledger as it is after the first of them."""

    answers: list[Audit]
    ledger: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, people: Rows) -> Told:
    place = tmp_path_factory.mktemp("told")
    path = saved(place, "a.csv", text(people).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(place / "state"))
        first = audit(path, FIRST)
        shutil.copytree(place / "state", place / "after")
        return Told([first, audit(path, SECOND)], place / "after")


@pytest.fixture
def first(told: Told, _own_ledger: Path) -> Audit:
    """The first answer, with a ledger that knows of it."""
    shutil.copytree(told.ledger, _own_ledger, dirs_exist_ok=True)
    return told.answers[0]


def test_two_answers_about_one_file_tell_nothing_small(people: Rows, told: Told) -> None:
    assert Attack(people, told.answers, 10).won() == []


@pytest.mark.parametrize("way", SAVED)
def test_a_table_that_is_saved_again_tells_no_more_than_one_that_is_not(
        tmp_path: Path, people: Rows, told: Told, first: Audit, way: str) -> None:
    """To the letter: the same counts are printed and withheld. Where more is said of how it was read: attacked."""
    asked = SECOND
    if way.startswith("renamed"):
        asked = Question(decision="control", outcome="outcome", groups=("gender", "region"))
    second = audit(saved(tmp_path, *SAVED[way](people)), asked)
    assert second.earlier
    if seen(second) != seen(told.answers[1]):
        assert Attack(people, [first, replace(second, question=SECOND)], 10).won() == []


def seen(answer: Audit) -> tuple[object, ...]:
    """All that an attacker reads in an answer."""
    printed = answer.printed
    return dict(printed.values), printed.layout.labels, printed.layout.bands, printed.floor, answer.left_out


@pytest.mark.parametrize("way", FEWER)
@pytest.mark.usefixtures("first")
def test_a_table_with_other_rows_of_the_same_people_tells_nothing_new(tmp_path: Path, people: Rows, way: str) -> None:
    rows = FEWER[way](people)
    names = NAMES if "gender" in rows[0] else {}
    asked = Question(decision=names.get("checked", "checked"), groups=(names.get("place", "place"),))
    with pytest.raises(BoundaryError, match="of whom something was told before, from another file"):
        audit(saved(tmp_path, "b.csv", text(rows).encode()), asked)


def test_the_attacker_wins_where_a_saved_table_is_taken_for_another(
        tmp_path: Path, people: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """He must be able to win, or the tests above say nothing."""
    answers: list[Audit] = []
    for name, question in (("a", FIRST), ("b", Question(decision="flagged", groups=("sex", "place")))):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"of {name}"))
        answers.append(audit(saved(tmp_path, f"{name}.csv", text(people).encode()), question))
    assert Attack(people, answers, 10).won()


def test_what_was_told_is_told_again_by_a_file_that_lacks_what_was_told_later(tmp_path: Path, people: Rows) -> None:
    some = saved(tmp_path, "a.csv", text(without(people, "fraud")).encode())
    first = audit(some, FIRST)
    audit(saved(tmp_path, "b.csv", text(people).encode()), SECOND)
    assert audit(some, FIRST).printed.values == first.printed.values
    with pytest.raises(BoundaryError, match="columns are not here"):
        audit(some, Question(decision="checked", groups=("age",)))


def test_people_are_counted_by_rows_or_by_counts_and_known_again(tmp_path: Path) -> None:
    cells = [("men", "1", 340), ("men", "0", 611), ("women", "1", 287), ("women", "0", 530)]
    rows = [{"sex": sex, "flagged": flagged} for sex, flagged, n in cells for _ in range(n)]
    audit(saved(tmp_path, "a.csv", text(rows).encode()), Question(decision="flagged"))
    table = [{"sex": sex, "flagged": flagged, "n": str(n)} for sex, flagged, n in cells]
    found = audit(saved(tmp_path, "b.csv", text(table).encode()), Question(decision="flagged", groups=("sex",),
                                                                          counts="n"))
    assert found.earlier == ("flagged",)


def identity(rows: Rows, salt: bytes = b"s" * 32) -> Identity:
    import pyarrow as pa

    people, names = People(list(rows[0]), salt), list(rows[0])
    batch = pa.record_batch([pa.array([row[name] for row in rows], pa.string()) for name in names], names)
    taken_in([batch], names, people, "", lambda steps: None)
    return people.found()


def another(luck: random.Random, kind: int) -> Rows:
    """A table of one of five shapes, of people of its own: coarse ones, and some with planned columns."""
    n = luck.choice([300, 300, 1000, 2500])
    if kind == 0:
        return [{"sex": luck.choice("mw"), "flagged": luck.choice("001")} for _ in range(n)]
    if kind == 1:
        return [{"sex": luck.choice("mw"), "place": luck.choice("nsew"), "age": str(luck.randrange(18, 80)),
                 "flagged": luck.choice("0001"), "fraud": luck.choice("01")} for _ in range(n)]
    if kind == 2:  # an experiment: as many letters of each kind, numbered
        return [{"letter": str(i), "name": "ab"[i % 2], "trade": "cdefghij"[i // 2 % 8], "called": luck.choice("0001")}
                for i in range(n)]
    if kind == 3:  # ranked by a score that nobody else has
        ranks = luck.sample(range(n), n)
        return [{"rank": f"{rank / n:.4f}", "tenth": str(10 * rank // n), "sex": luck.choice("mw")} for rank in ranks]
    return [{"score": f"{luck.random():.2f}", "day": f"2023-{i * 12 // n + 1:02}-01", "sex": luck.choice("mww"),
             "flagged": luck.choice("01")} for i in range(n)]


@pytest.mark.long
@pytest.mark.parametrize("kind", range(5))
def test_tables_of_other_people_are_not_taken_for_the_same(kind: int) -> None:
    """190 pairs of each shape; by chance one in eight thousand may be."""
    found = [identity(another(random.Random(f"{kind} {i}"), kind)) for i in range(20)]
    sketches = [[Sketch.of(sample) for sample in one.samples] for one in found]
    taken = [(i, j) for i, j in combinations(range(20), 2) if evidence(found[i].samples, sketches[j]) >= SAME]
    assert taken == []


@pytest.mark.parametrize("kind", [1, 4])
def test_a_part_of_a_table_is_known_again(kind: int) -> None:
    rows = another(random.Random("a part"), kind)
    sketches = [Sketch.of(sample) for sample in identity(rows).samples]
    for part in (rows[1:], [row for row in rows if row["sex"] == "w"]):
        assert evidence(identity(part).samples, sketches) >= SAME


def test_other_counts_of_a_small_cell_fit_a_sketch_as_well(tmp_path: Path) -> None:
    """Whoever holds the ledger and its salt tries all counts of a cell: about every other one fits."""
    rows = another(random.Random(3), 1)
    (sample,) = [one for one in identity(rows).samples if set(one.columns) == {"age", "place"}]
    kept = Sketch.of(sample)
    small = [i for i, n in enumerate(sample.counts) if n < 10]
    assert len(small) > 50
    fits = [[kept.held(replace(sample, cells=sample.cells[[i]], counts=np.array([count])))[0][0]
             for count in range(1, 10)] for i in small[:80]]
    assert np.mean(np.sum(fits, axis=1) >= 2) > 0.9


def test_nothing_of_a_value_is_in_the_ledger(tmp_path: Path, people: Rows) -> None:
    audit(saved(tmp_path, "a.csv", text(people).encode()), Question(decision="checked"))
    (file,) = folder().glob("*.json")
    assert not {"women", "north", "old", "young", "algorithm", "chance"} & set(
        json.dumps(json.loads(file.read_text())).replace('"', " ").split())

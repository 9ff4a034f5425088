"""A small group that was left out is not told by the totals of a copy, whatever else the copy holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from sousveil.audits.examine import audit
from sousveil.audits.ledger import folder
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError

Rows = list[tuple[str, str, str]]
FIRST = Question(decision="d", groups=("g",))
OTHERS = "These are the decisions of July; the ones before were of June."


def people(seed: int = 3, n: int = 2000, rate: float = 0.3) -> Rows:
    """Of two large groups and, of each 2,000, of six whose decisions nobody may learn; by group, decision, outcome."""
    luck = random.Random(seed)
    return [("C" if i % 2000 < 6 else luck.choice("AB"), str(int(luck.random() < rate)), str(int(luck.random() < 0.4)))
            for i in range(n)]


def saved(path: Path, names: str, rows: list[tuple[str, ...]]) -> Path:
    path.write_text("".join(",".join(row) + "\n" for row in [tuple(names.split(",")), *rows]))
    return path


COPIES: dict[str, tuple[Question, str, Callable[[Rows], list[tuple[str, ...]]]]] = {
    "the decision alone": (Question(decision="d"), "d", lambda rows: [(d,) for _, d, _ in rows]),
    "the outcome alone": (Question(decision="y"), "y", lambda rows: [(y,) for *_, y in rows]),
    "the group alone": (Question(decision="g=A"), "g", lambda rows: [(g,) for g, *_ in rows]),
    "beside a column that was not there": (
        Question(decision="d", groups=("z",)), "d,z",
        lambda rows: [(d, "xy"[i * 7 % 13 < 5]) for i, (_, d, _) in enumerate(rows)]),
    "the small group called as a large one": (
        FIRST, "g,d", lambda rows: [("A" if g == "C" else g, d) for g, d, _ in rows]),
    "other names and values": (
        Question(decision="taken", groups=("side",)), "side,taken",
        lambda rows: [("left" if g == "B" else "right", "no" if d == "1" else "yes") for g, d, _ in rows]),
    "another decision, the small group called as a large one": (
        Question(decision="y", groups=("g",)), "g,y",
        lambda rows: [("A" if g == "C" else g, y) for g, _, y in rows]),
    "a finer decision": (
        Question(decision="level=mid"), "level",
        lambda rows: [("high" if d == "1" else "mid" if y == "1" else "low",) for _, d, y in rows]),
    "values spelled otherwise": (
        Question(decision="d"), "g,d", lambda rows: [("ABC".index(g).__str__(), d) for g, d, _ in rows]),
    "one decision corrected": (
        Question(decision="d"), "d", lambda rows: [("0",) if i == [d for _, d, _ in rows].index("1") else (d,)
                                                   for i, (_, d, _) in enumerate(rows)]),
    "a row fewer": (Question(decision="d"), "d", lambda rows: [(d,) for _, d, _ in rows[1:]]),
    "the group, and some rows more": (
        Question(decision="d"), "d", lambda rows: [*((d,) for _, d, _ in rows), ("0",), ("1",), ("0",)]),
}


WIDE = Question(decision="d", groups=("g",), outcome="y")


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_with_the_totals_of_a_table_is_asked_about(tmp_path: Path, copy: str) -> None:
    question, names, of = COPIES[copy]
    assert not audit(saved(tmp_path / "a.csv", "g,d,y", list(people())), WIDE).earlier
    with pytest.raises(BoundaryError, match="nearly the same totals as one of which something was told before: d with"):
        audit(saved(tmp_path / "b.csv", names, of(people())), question)


@pytest.mark.parametrize("copy", COPIES)
def test_so_is_the_table_after_its_copy_or_both_are_decided_together(tmp_path: Path, copy: str) -> None:
    question, names, of = COPIES[copy]
    everybody = audit(saved(tmp_path / "b.csv", names, of(people())), question).printed[(), "n"]
    try:
        found = audit(saved(tmp_path / "a.csv", "g,d,y", list(people())), WIDE)
    except BoundaryError:
        return
    assert found.earlier
    assert found.printed[(), "n"] in (None, everybody)


def test_other_people_are_told_of_when_somebody_says_so_and_the_report_says_it(tmp_path: Path) -> None:
    audit(saved(tmp_path / "a.csv", "g,d,y", list(people())), FIRST)
    path = saved(tmp_path / "b.csv", "d", [(d,) for _, d, _ in people()])
    found = audit(path, Question(decision="d", other_people=OTHERS))
    assert found.printed[(), "n"] == 2000
    (said,) = found.exceptions
    assert said.endswith(OTHERS.rstrip("."))
    assert "about other people" in said
    with pytest.raises(InputError, match="--other-people needs a sentence"):
        Question(decision="d", other_people="others")


def test_what_somebody_says_does_not_undo_what_is_known(tmp_path: Path) -> None:
    """The same file, or the same rows, are the same people whatever is said of them."""
    path = saved(tmp_path / "a.csv", "g,d,y", list(people()))
    audit(path, FIRST)
    with pytest.raises(BoundaryError, match="together with what was printed of this table before"):
        audit(saved(tmp_path / "b.csv", "g,d,y", people()[::-1]), Question(decision="d", other_people=OTHERS))


def test_what_was_said_of_a_table_is_remembered_on_both_sides(tmp_path: Path) -> None:
    june = saved(tmp_path / "june.csv", "g,d,y", list(people()))
    july = saved(tmp_path / "july.csv", "d", [("0",), ("1",), *((d,) for _, d, _ in people())])
    audit(june, FIRST)
    audit(july, Question(decision="d", other_people=OTHERS))
    (said,) = audit(july, Question(decision="d")).exceptions
    assert OTHERS.rstrip(".") in said
    assert not audit(june, WIDE).exceptions


def test_nothing_is_said_where_nothing_was_near(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.csv", "g,d,y", list(people()))
    assert not audit(path, Question(decision="d", groups=("g",), other_people=OTHERS)).exceptions


@pytest.mark.parametrize("recoded", [True, False])
def test_one_column_that_is_written_otherwise_is_no_proof_of_other_people(tmp_path: Path, recoded: bool) -> None:
    """Two columns with other people in them are, in about four of five ledgers; in the others it is asked."""
    folder().mkdir(parents=True)
    (folder() / "salt").write_bytes(bytes(range(32)))
    luck = random.Random(5)
    days = [f"2023-{luck.randrange(1, 13):02}-{luck.randrange(1, 29):02}" for _ in range(2000)]
    ages = [str(round(luck.triangular(18, 80, 25))) for _ in range(2000)]
    audit(saved(tmp_path / "a.csv", "g,d,day,age", [(g, d, day, age) for (g, d, _), day, age in
                                                    zip(people(), days, ages, strict=True)]), FIRST)
    if recoded:
        path = saved(tmp_path / "b.csv", "d,day", [(d, ".".join(day.split("-")[::-1])) for (_, d, _), day in
                                                   zip(people(), days, strict=True)])
        with pytest.raises(BoundaryError, match="nearly the same totals"):
            audit(path, Question(decision="d"))
    else:
        others = [(d, f"2024-{luck.randrange(1, 13):02}-{luck.randrange(1, 29):02}",
                   str(round(luck.triangular(18, 80, 25)))) for _, d, _ in people()]
        assert audit(saved(tmp_path / "b.csv", "d,day,age", others), Question(decision="d")).printed[(), "n"] == 2000


@pytest.mark.parametrize("n", [300, 2000, pytest.param(20_000, marks=pytest.mark.long)])
def test_tables_of_other_people_are_seldom_asked_about(tmp_path: Path, n: int) -> None:
    """Months of one office, whose shares never change and whose numbers of decisions come as they come."""
    luck, asked = random.Random(n), []
    for month in range(12):
        size = round(luck.gauss(n, n ** 0.5))
        path = saved(tmp_path / f"{month}.csv", "g,d,y", list(people(n + month, size)))
        try:
            audit(path, WIDE)
        except BoundaryError as error:
            asked.append(str(error))
    assert len(asked) <= 3
    assert all("nearly the same totals" in said for said in asked)

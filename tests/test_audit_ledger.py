"""Several runs over one file: the second knows what the first printed, and nobody else can read what it knows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from sousveil.audits import ledger
from sousveil.audits.examine import audit
from sousveil.audits.ledger import folder
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError


def written(path: Path) -> Path:
    """Two large groups, and twenty-four people of whom one was not selected."""
    people = [("women", 0, 0, 4000), ("women", 1, 0, 500), ("women", 1, 1, 500), ("men", 0, 0, 4200),
              ("men", 1, 0, 400), ("men", 1, 1, 400), ("X", 0, 0, 1), ("X", 1, 1, 23)]
    path.write_text("sex,flagged,fraud\n" + "".join(f"{s},{d},{y}\n" * n for s, d, y, n in people))
    return path


def test_two_ordinary_questions_do_not_undo_each_other(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    first = audit(path, Question(decision="flagged", groups=("sex",)))
    second = audit(path, Question(decision="flagged", groups=("sex",), outcome="fraud"))
    told: dict[object, int] = {}
    for found in (first, second):
        for (group, kind), n in found.printed.values.items():
            if n is not None and kind in ("n", "d1", "d0"):
                told[group and group[0][1], kind] = n
    for kind in ("d1", "d0"):
        assert sum((name, kind) in told for name in ((), "women", "men")) < 3
    assert "flagged by sex" in " ".join(second.earlier)


def test_the_same_question_gets_the_same_answer(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    question = Question(decision="flagged", groups=("sex",), outcome="fraud")
    first, second = audit(path, question), audit(path, question)
    assert second.printed.values == first.printed.values
    assert (first.before, second.before[:39]) == ("", "The same was asked of this table before")


def test_a_copy_under_another_name_is_the_same_table(tmp_path: Path) -> None:
    audit(written(tmp_path / "a.csv"), Question(decision="flagged", groups=("sex",)))
    assert audit(written(tmp_path / "b.csv"), Question(decision="flagged", groups=("sex",), outcome="fraud")).earlier


def test_people_are_counted_in_one_way_in_every_release(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    audit(path, Question(decision="flagged", groups=("sex",)))
    with pytest.raises(BoundaryError, match="--floor 10 before"):
        audit(path, Question(decision="flagged", groups=("sex",), floor=5))


def test_the_ledger_holds_what_was_printed_alone_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    found = audit(written(tmp_path / "a.csv"), Question(decision="flagged", groups=("sex",), outcome="fraud"))
    (file,) = folder().glob("*.json")
    assert file.stat().st_mode & 0o77 == 0
    assert folder().stat().st_mode & 0o77 == 0
    data = json.loads(file.read_text())
    (release,) = data["releases"]
    kept = {(tuple(map(tuple, group)), kind): n for group, kind, n in release.pop("printed")}
    assert kept == {margin: n for margin, n in found.printed.values.items() if n is not None}
    assert found.withheld
    assert release["release"]["decision"]["column"] == "flagged"
    marks = [data.pop("columns"), data.pop("files"), data.pop("sketches")]  # salted: digests, and bits for cells
    assert release.pop("totals")
    assert release.pop("day")
    assert not re.search(r"\d{3}", re.sub(r'"digest": "\w+"', "", json.dumps(data)))
    assert not any(re.search("women|men|X", str(part)) for part in (marks[0], marks[1]))


def test_a_broken_ledger_is_no_ledger_and_nothing_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    audit(path, Question(decision="flagged", groups=("sex",)))
    (file,) = folder().glob("*.json")
    file.write_text("{}")
    with pytest.raises(InputError, match="is not a ledger"):
        audit(path, Question(decision="flagged", groups=("sex",)))


def test_a_floor_is_no_ruler(tmp_path: Path) -> None:
    """Which floor a small group falls under is not told where the table was told of under another."""
    path = written(tmp_path / "a.csv")
    audit(path, Question(decision="flagged", groups=("sex",)))
    said = set()
    for floor in (5, 23, 24, 25, 30):
        for asked in ({"where": ("sex=X",)}, {"groups": ("sex",)}):
            with pytest.raises(BoundaryError) as refused:
                audit(path, Question(decision="flagged", floor=floor, **asked))
            said.add(str(refused.value))
    assert len(said) == 1


def test_sums_of_ones_choice_are_no_ruler(tmp_path: Path) -> None:
    """Once a filter of several values was refused, another one is refused whatever it leaves."""
    path = tmp_path / "a.csv"
    sizes = {("P", "R"): 6, ("P", "S"): 90, ("M", "R"): 13, ("N", "R"): 15, ("M", "S"): 80, ("N", "S"): 120}
    path.write_text("h,k,d\n" + "".join(f"{h},{k},{i % 2}\n" for (h, k), n in sizes.items() for i in range(n)))
    told = []
    for values in ("P,M", "P,N", "P,M,N"):
        try:
            audit(path, Question(decision="d", where=(f"h={values}", "k=R")))
            told.append("answered")
        except BoundaryError as error:
            told.append(str(error))
    assert "too few people" in told[0]
    assert all("was refused for this table before" in said for said in told[1:])
    assert audit(path, Question(decision="d", where=("k=S",))).printed[(), "n"] == 290


@pytest.mark.parametrize("harm", [
    ("role", '"role":"yes"', '"role":"zzz"'), ("a number", '"cut":null', '"cut":1e400000'),
    ("the floor", '"floor":10', '"floor":"ten"'), ("a coding", '"value":""', '"value":"{not json"'),
    ("a sketch", '"level":0', '"level":99'), ("apart", '"apart":{}', '"apart":[1]'), ("cut off", "}", "")],
    ids=lambda h: h[0])
def test_a_ledger_that_was_changed_is_refused_in_words(tmp_path: Path, harm: tuple[str, str, str]) -> None:
    path = written(tmp_path / "a.csv")
    audit(path, Question(decision="flagged", groups=("sex",)))
    (file,) = folder().glob("*.json")
    file.write_text(file.read_text().replace(*harm[1:]))
    with pytest.raises(InputError, match="move it away"):
        audit(written(tmp_path / "b.csv"), Question(decision="flagged", groups=("sex",)))


def test_two_at_once_know_of_each_other(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    ask = [sys.executable, "-m", "sousveil", "audit", str(path), "--decision", "flagged", "--groups", "sex", "--json"]
    both = [subprocess.Popen([*ask, *more], stdout=subprocess.PIPE, text=True) for more in ([], ["--outcome", "fraud"])]
    told = [one.communicate()[0] for one in both]
    earlier = [json.loads(one)["earlier"] for one in told]
    assert sorted(map(len, earlier)) == [0, 1]


def test_who_comes_second_waits_for_the_salt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the first one takes to make it."""
    path, salts, random = written(tmp_path / "a.csv"), [], os.urandom

    def known() -> None:
        with ledger.opened(path) as found:
            salts.append(found.salt)

    def slow(size: int) -> bytes:
        monkeypatch.setattr(os, "urandom", random)
        second.start()
        second.join(0.2)
        return random(size)

    second = Thread(target=known)
    monkeypatch.setattr(os, "urandom", slow)
    known()
    second.join()
    assert len(salts) == 2
    assert salts[0] == salts[1]
